// SPDX-License-Identifier: Apache-2.0
// compare.h - many policies on many worlds, paired, with intervals.
//
// Every policy meets the same arrivals in the same worlds, so differences are paired by world. Runs
// spread over all cores, and over processes when there are ranks (jobs.h); results do not depend
// on how many there are.

#ifndef DCAT_COMPARE_H
#define DCAT_COMPARE_H

#include "dcat/run.h"
#include "dcat/x/estimate.h"
#include "dcat/x/jobs.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Worlds by index: the same index is the same world. A world is asked for when a run in it begins
// and is no longer in use when it has been closed as often as opened. Called from any thread,
// several at a time.
typedef struct dcat_compare_source {
    void *user;
    dcat_status (*open)(void *user, size_t index, const dcat_world **world, dcat_error *err);
    void (*close)(void *user, size_t index); // Nullable
} dcat_compare_source;

// Worlds that are there already. Borrows the array.
DCAT_API dcat_compare_source dcat_compare_source_of(const dcat_world *const *worlds);

typedef struct dcat_compare_config {
    size_t size;                 // DCAT_SIZED(dcat_compare_config)
    const dcat_policy *policies; // [policy_count]
    size_t policy_count;
    dcat_compare_source source;
    const uint64_t *seeds; // [world_count] seed of arrivals and lotteries per world
    size_t world_count;
    uint32_t cycle_first, cycle_count;
    // Nullable. Jobs are runs, world by world: job = world * policy_count + policy.
    const dcat_jobs *jobs;
} dcat_compare_config;

// Run every policy on every world; there must be one of each at least. results is
// [policy_count, world_count]. With ranks, rank 0 has all of them afterwards, the others those of
// their own runs. After a failure no further run begins. Errors: the first failing run's, world by
// world, and of those that ran when there are ranks; ERR_IO when it was stopped before the end;
// ERR_RANGE, ERR_MEMORY.
DCAT_API dcat_status dcat_compare_run(const dcat_demand *demand, const dcat_compare_config *config,
                                      dcat_run_result *results, dcat_error *err);

// One policy's line of a comparison. Rates are in [0, 1]; money is per cycle; delays are means over
// awarded tasks.
typedef struct dcat_compare_row {
    dcat_policy policy;
    // Over worlds. Where all of them give the same (given tasks, nothing drawn) they are one
    // sample: no interval.
    dcat_estimate profit, offloading;
    dcat_estimate profit_gain,
        offloading_gain; // paired difference to the baseline row; 0 +- 0 for it
    double margin;       // profit / fees
    double no_candidate, single_candidate, all_left, no_bidder, round_limit, not_admitted,
        over_value;                  // of arrivals
    double members_below_cost, late; // of awards
    double transfer_s, waiting_s, processing_s;
    double cluster_count; // mean
    double decision_s;    // mean wall time of one decision
} dcat_compare_row;

// Summarise results [policy_count, world_count] into rows [policy_count]. baseline is the row that
// gains are measured against; see dcat_compare_baseline.
DCAT_API void dcat_compare_summarise(const dcat_compare_config *config,
                                     const dcat_run_result *results, size_t baseline,
                                     dcat_compare_row *rows);

// Whether worlds hardly differ: every row's interval over them is missing, or less than a
// thousandth of its mean. Where tasks are given, which no world draws, it then says nothing.
DCAT_API bool dcat_compare_is_one_sample(const dcat_compare_config *config,
                                         const dcat_compare_row *rows);

// Put intervals over the cycles of world 0 in place of those over worlds, by a circular
// block bootstrap with blocks of that many cycles; gains are paired by cycle. None where there are
// less than two blocks. Runs every policy once more. Errors: those of dcat_run, and ERR_MEMORY.
DCAT_API dcat_status dcat_compare_over_cycles(const dcat_demand *demand,
                                              const dcat_compare_config *config, size_t baseline,
                                              size_t block, dcat_compare_row *rows,
                                              dcat_error *err);

// Blocks for that: the cycles of a day, or the cube root of how many there are when these are not
// five days, or a day is no whole number of cycles. day > 0: cycles of one.
DCAT_API size_t dcat_compare_block(uint32_t cycle_count, double day);

// Whether a policy is one of the paper's baselines: random or kmeans with rea or one-off.
DCAT_API bool dcat_compare_is_baseline(const dcat_policy *policy);

// The best baseline: highest mean profit among the paper's; among all
// rows when none of those was chosen.
DCAT_API size_t dcat_compare_baseline(const dcat_compare_config *config,
                                      const dcat_run_result *results);

#ifdef __cplusplus
}
#endif
#endif
