// SPDX-License-Identifier: Apache-2.0
// backup.h (internal) - backups, one after the other, on a thread beside the writer.

#ifndef DCAT_EXCHANGE_LIVE_BACKUP_H
#define DCAT_EXCHANGE_LIVE_BACKUP_H

#include "exchange/live/live.h"

typedef struct backuper backuper;

// folder: of the log, borrowed.
dcat_status backuper_start(const char *folder, backuper **b, dcat_error *err);
// A command with a backup, which is told when that is made, or why it is not.
void backuper_take(backuper *b, live_command *command);
// End the one that is under way; who asked for it and who waits is told that there is none.
void backuper_stop(backuper *b); // b nullable

#endif
