// SPDX-License-Identifier: Apache-2.0
// ending.h - how commands end that would run for ever.

#ifndef DCAT_TOOL_EXCHANGE_ENDING_H
#define DCAT_TOOL_EXCHANGE_ENDING_H

#include <stdatomic.h>
#include <stdbool.h>

// Have Ctrl-C and SIGTERM set the flag that is returned. parent: so does the end of this process,
// which started us; 0: of none.
const atomic_bool *ending_catch(int parent);

// The exit code of a command that was to run until a signal came: as the signal would have it.
int ending_code(int code);

#endif
