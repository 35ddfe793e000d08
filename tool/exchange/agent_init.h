// SPDX-License-Identifier: Apache-2.0
// agent_init.h - dcat agent init: an agent.yaml to begin with.

#ifndef DCAT_TOOL_EXCHANGE_AGENT_INIT_H
#define DCAT_TOOL_EXCHANGE_AGENT_INIT_H

#include "tool/cli.h"

typedef struct agent_init {
    const char *from_slurm; // what Slurm prints, or a folder made of it
    const char *url, *key_file, *sign_key_file;
    const char *partition, *run_as; // nullable
    double core_ghz;                // of a core of which nobody says
    bool units;                     // GPUs as units, not as cards
} agent_init;

// Write common->out, which dcat agent reads as it is: the exit code.
int agent_init_run(const cli_options *common, const agent_init *init);

#endif
