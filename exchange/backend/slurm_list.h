// SPDX-License-Identifier: Apache-2.0
// slurm_list.h (internal) - the list of all jobs of payloads, as squeue says it, asked for beside
// everything else.

#ifndef DCAT_EXCHANGE_BACKEND_SLURM_LIST_H
#define DCAT_EXCHANGE_BACKEND_SLURM_LIST_H

#include "exchange/backend/process.h"

#include <jansson.h>
#include <sys/types.h>

typedef struct slurm_list {
    double base_s;         // from one list to the next, when Slurm is quick
    const char *user_name; // whose jobs
    json_t *jobs;          // Nullable: of the last good list
    int64_t begun_ns;      // monotonic: when that was asked for
    uint64_t number;       // of good lists so far
    bool wanted;           // as soon as may be
    bool failed;           // the last one did
    // of the one under way
    int out; // -1: there is none
    pid_t pid;
    int64_t asked_ns, next_ns, interval_ns;
    char *text;
    size_t used, room;
} slurm_list;

void slurm_list_init(slurm_list *l, double base_s, const char *user_name);
void slurm_list_end(slurm_list *l);
// True: there is a new list. Returns at once.
bool slurm_list_tick(slurm_list *l);
int64_t slurm_list_due_ns(const slurm_list *l); // when to tick again (monotonic)

// What a job's line says: its number, its state in one word, and its exit code.
int64_t slurm_job_id(const json_t *job);
const char *slurm_job_state(const json_t *job);
int64_t slurm_job_restarts(const json_t *job); // how often it was requeued
int64_t slurm_job_start_s(const json_t *job);  // UTC, of its last run; 0: not known
int64_t slurm_job_exit(const json_t *job);

// Start a program; its outcome is nobody's affair but through what it writes. keep: a descriptor
// that stays open in it, or -1. As the payload's user where config is given. -1: it could not.
pid_t slurm_call(const char *const *argv, int out, int err, int keep, const agent_config *config);

#endif
