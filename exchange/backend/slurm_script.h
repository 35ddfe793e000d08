// SPDX-License-Identifier: Apache-2.0
// slurm_script.h (internal) - what sbatch is given: a script that claims the part, runs its payload
// and leaves how it ended.

#ifndef DCAT_EXCHANGE_BACKEND_SLURM_SCRIPT_H
#define DCAT_EXCHANGE_BACKEND_SLURM_SCRIPT_H

#include "exchange/backend/command.h"

#include <stdio.h>

void slurm_write_script(FILE *out, const part_command *c, const agent_part *part,
                        const agent_server *server);

#endif
