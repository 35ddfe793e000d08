// SPDX-License-Identifier: Apache-2.0
// stop.h - Ctrl-C and SIGTERM ask a long command to end in an orderly way, and what it then says.

#ifndef DCAT_TOOL_STOP_H
#define DCAT_TOOL_STOP_H

#include "dcat/error.h"

#include <stdbool.h>
#include <stddef.h>

// From now on the first signal of either kind only asks; the second ends the program as usual.
void cli_stop_catch(void);

// The same, but no signal of either kind ends the program: launchers send several, and kill at
// last. A later cli_stop_catch changes nothing.
void cli_stop_catch_all(void);

bool cli_stop_asked(void);

int cli_stop_signal(void); // the last that asked; 0: none

// Jobs of a command, as far as they have come.
typedef struct cli_jobs {
    const char *folder; // that keeps them; NULL: nothing does
    size_t done, count; // kept ones among them
    bool said;
} cli_jobs;

// Whether to begin no further job. With several processes the launcher kills soon: rank 0 then says
// at once how far it has come.
bool cli_jobs_stop(cli_jobs *jobs);

// The error of a command that was ended before its time.
dcat_status cli_jobs_ended(const cli_jobs *jobs, dcat_error *err);

#endif
