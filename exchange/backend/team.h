// SPDX-License-Identifier: Apache-2.0
// team.h (internal) - the place of a part in the team of its award, and what its payload is told of
// it.

#ifndef DCAT_EXCHANGE_BACKEND_TEAM_H
#define DCAT_EXCHANGE_BACKEND_TEAM_H

#include "dcat/error.h"
#include "exchange/backend/part.h"

#include <jansson.h>

// The part's place as a line of the exchange's list says it. Errors: ERR_MEMORY.
dcat_status team_note(agent_part *part, const json_t *line, dcat_error *err);

enum { TEAM_WORD_COUNT = 6 };
typedef struct team_words {
    char *word[TEAM_WORD_COUNT]; // owned: NAME=VALUE
} team_words;

// DCAT_RANK, DCAT_WORLD_SIZE, DCAT_SHARE, DCAT_SHARE_BEGIN, DCAT_SHARE_END, DCAT_PEERS. A part
// without a team is one of its own. Errors: ERR_MEMORY.
dcat_status team_words_make(const agent_part *part, team_words *words, dcat_error *err);
void team_words_free(team_words *words);

#endif
