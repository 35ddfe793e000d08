// SPDX-License-Identifier: Apache-2.0
// slurm.h (internal) - the back end that runs what users send as jobs of Slurm.
//
// A job is known by its comment, dcat:EXCHANGE:TASK:ATTEMPT:SERVER, never by a number that the
// agent might lose: a job is submitted only after a list of all jobs, asked for when no sbatch of
// the part was under way any more, has none with that comment. So an agent that is killed anywhere,
// or an sbatch that fails when the job is in, leads to one job. One squeue serves all parts.
//
// The part's folder, which all nodes must see, has these files:
//
//   lock        held by sbatch as long as it runs, whoever called it
//   script      what sbatch is given
//   sbatch      what it said
//   job/claim   a link that names the job that began the payload: another one ends at once
//   job/start   made when the payload begins
//   job/output  what it printed
//   job/exit    "ended", its exit code, and in which run of the job: how often it was requeued

#ifndef DCAT_EXCHANGE_BACKEND_SLURM_H
#define DCAT_EXCHANGE_BACKEND_SLURM_H

#include "exchange/backend/process.h"

typedef struct slurm slurm;
typedef void slurm_say(void *user, const char *level, const char *text);

// exchange: its name, for comments. Errors: ERR_MEMORY.
dcat_status slurm_create(const agent_config *config, const char *exchange, slurm_say *say,
                         void *user, slurm **made, dcat_error *err);
void slurm_destroy(slurm *s); // nullable; jobs live on

// Make the part ready to be submitted, which slurm_look does. Errors: as process_start.
dcat_status slurm_prepare(const slurm *s, const agent_part *part, dcat_error *err);

// Go on with the list of jobs; when a new one came, jobs of ours that no part of parts [count]
// wants are cancelled. Returns when to be called again (monotonic).
int64_t slurm_tick(slurm *s, const agent_part *parts, size_t count);

// What became of a part that is to run; submits it when there is no job. Fills in when it began.
process_state slurm_look(slurm *s, agent_part *part, process_end *end);
void slurm_stop(slurm *s, const agent_part *part);

#endif
