// SPDX-License-Identifier: Apache-2.0
// journal.h (internal) - what an agent must know after it was killed at any moment: a SQLite file,
// of one agent at a time, every commit on the disk before anything depends on it.
//
// After a failed write every later call fails, too: the agent ends and begins again from the disk.

#ifndef DCAT_EXCHANGE_AGENT_JOURNAL_H
#define DCAT_EXCHANGE_AGENT_JOURNAL_H

#include "dcat/error.h"
#include "exchange/backend/config.h"
#include "exchange/backend/part.h"

typedef struct journal journal;

// Errors: ERR_IO (also: another agent has it), ERR_FORMAT (no journal of ours), ERR_MEMORY.
dcat_status journal_open(const char *path, journal **opened, dcat_error *err);
void journal_close(journal *j); // nullable; what was not committed is gone

// Write a part as it is now, and then all that was written, at once.
dcat_status journal_put(journal *j, const agent_config *config, const agent_part *part,
                        dcat_error *err);
dcat_status journal_commit(journal *j, dcat_error *err);

// Every part that is not SENT or DROPPED, or that one. Parts of servers that the config no longer
// has are left out. The payload and the receipt belong to the part.
typedef dcat_status journal_visitor(void *user, const agent_part *part, dcat_error *err);
dcat_status journal_open_parts(journal *j, const agent_config *config, journal_visitor *visit,
                               void *user, dcat_error *err);
dcat_status journal_find(journal *j, const agent_config *config, const char *task, int64_t attempt,
                         const char *server, bool *found, agent_part *part, dcat_error *err);

// A number that outlives the agent: 0 when it was never set; a set one is committed at once.
dcat_status journal_number(journal *j, const char *name, int64_t *value, dcat_error *err);
dcat_status journal_set_number(journal *j, const char *name, int64_t value, dcat_error *err);

#endif
