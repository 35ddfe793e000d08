// SPDX-License-Identifier: Apache-2.0
// env.h (internal) - the inside of dcat_env, and what callers that have checked may do without
// being checked again: clusterers and trainers that try many partitions.

#ifndef DCAT_ENV_ENV_H
#define DCAT_ENV_ENV_H

#include "base/arena.h"
#include "dcat/env.h"

struct dcat_env {
    dcat_env_config config;
    uint64_t seed;
    uint32_t cycle, slot; // that come next
    uint32_t cycle_first; // since the last reset
    int32_t arrived;      // tasks of this cycle
    size_t task_max;      // of a slot
    bool stopped;         // by a hook
    dcat_state *state;    // NULL without an auction
    dcat_env_hooks hooks;
    dcat_arrivals given;          // task_end == NULL: those of the demand
    dcat_task *tasks;             // [task_max] of a slot, when there is a demand
    dcat_award *awards;           // [task_max]
    int32_t *order;               // [task_max]
    void *workspace;              // of the clusterer
    int32_t *cluster_of;          // [S] that a decision writes
    int32_t *scratch;             // [2 S]
    double *busy_until_s;         // [S] as last observed
    dcat_observation observation; // of the last finished cycle
    dcat_observation collecting;  // of this cycle
    dcat_observation forecast;    // of the next one; only with a clusterer and a demand
    double *scratch_area;         // [2 A] of forecasts
};

// In memory the caller owns: at least env_bytes, 64-byte aligned. config has been checked.
size_t env_bytes(const dcat_env_config *config);
dcat_env *env_init(void *memory, const dcat_env_config *config);

// As the public functions, without their checks. env_set_clusters and env_place take canonical
// labels.
void env_reset(dcat_env *env, uint64_t seed, uint32_t cycle);
void env_place(dcat_env *env, uint32_t cycle, const double *busy_until_s,
               const int32_t *cluster_of);
void env_set_clusters(dcat_env *env, const int32_t *cluster_of);
void env_give(dcat_env *env, const dcat_arrivals *arrivals);
void env_step_slot(dcat_env *env, dcat_totals *totals);
void env_step_cycle(dcat_env *env, dcat_totals *totals);
void env_copy(dcat_env *to, const dcat_env *from);

// The slot that comes next, with these tasks instead of its own.
void env_step_tasks(dcat_env *env, const dcat_task *tasks, size_t task_count, dcat_totals *totals);

// Check labels and make them canonical, in env->cluster_of.
dcat_status env_take_labels(dcat_env *env, const int32_t *cluster_of, dcat_error *err);

// As dcat_env_decide, and how long the clusterer took by this clock (nullable: 0), without the
// check of what it decided.
dcat_status env_decide(dcat_env *env, double (*clock_s)(void *user), void *user, double *seconds,
                       dcat_error *err);

// Observe these arrivals as the last finished cycle's.
void env_see(dcat_env *env, const dcat_arrivals *arrivals);

#endif
