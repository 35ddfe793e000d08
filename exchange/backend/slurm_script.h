// SPDX-License-Identifier: Apache-2.0
// slurm_script.h (internal) - what sbatch is given: a script that claims the part, runs its payload
// and leaves how it ended; and words, all of them, or it is known that one is missing.

#ifndef DCAT_EXCHANGE_BACKEND_SLURM_SCRIPT_H
#define DCAT_EXCHANGE_BACKEND_SLURM_SCRIPT_H

#include "exchange/backend/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

void slurm_write_script(FILE *out, const part_command *c, const agent_part *part,
                        const agent_server *server);

enum { SLURM_WORDS_MAX = 24, SLURM_WORDS_SIZE = 4 * PART_PATH_SIZE };

// All zero: none. argv ends with NULL; it points into text, so the whole cannot be copied.
typedef struct slurm_words {
    const char *argv[SLURM_WORDS_MAX + 1];
    char text[SLURM_WORDS_SIZE];
    size_t count, used;
    bool short_of_room; // something was left out: not to be run
} slurm_words;

void slurm_word(slurm_words *w, const char *word);
void slurm_option(slurm_words *w, const char *name, const char *value); // Nullable: nothing
void slurm_number(slurm_words *w, const char *name, int64_t value);     // nothing up to 0

#endif
