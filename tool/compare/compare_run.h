// SPDX-License-Identifier: Apache-2.0
// compare_run.h (for compare.c and the suite) - the runs of a comparison: keeping, dividing,
// stopping, bounding them.

#ifndef DCAT_TOOL_COMPARE_COMPARE_RUN_H
#define DCAT_TOOL_COMPARE_COMPARE_RUN_H

#include "dcat/x/kept_runs.h"
#include "tool/policy.h"
#include "tool/stop.h"
#include "tool/worlds.h"

#define COMPARISON_POLICY_MAX 256

// Everything a comparison holds; freed together.
typedef struct comparison {
    dcat_scenario *scenario;
    cli_policy chosen[COMPARISON_POLICY_MAX];
    dcat_policy policies[COMPARISON_POLICY_MAX]; // of chosen
    size_t policy_count;
    dcat_worlds *worlds;
    const dcat_world *first; // of the worlds, for the report
    dcat_run_result *results;
    dcat_compare_row *rows;
    double *bound; // Nullable [world_count]
    dcat_compare_config config;
    dcat_jobs how; // of config: threads, ranks, and what is kept
    dcat_kept_runs *kept;
    cli_jobs jobs;
    bool stopped; // at whichever rank
    cli_progress progress;
    size_t baseline;
    bool baseline_chosen; // by the user; else it is the best of the paper's
    bool over_cycles;     // intervals, as the user wants
    size_t block_cycles;  // of these; 0: intervals are over worlds
    double wall_s;
} comparison;

// Another policy, "K:A" as cli_policy_parse takes it; learned has file and samples of a2c. There
// are less than COMPARISON_POLICY_MAX before.
dcat_status comparison_add(comparison *c, char *text, const cli_policy *learned, bool quiet,
                           dcat_error *err);
// Once there is a scenario: what policies need of it.
dcat_status comparison_bind(comparison *c, const cli_options *common, dcat_error *err);

// Once scenario and policies are loaded: room for all results, the worlds, and what the runs are
// known by. cycle_count 0: all test cycles. Errors: ERR_RANGE, ERR_IO, ERR_MEMORY.
dcat_status comparison_make_room(comparison *c, const cli_options *common, size_t world_count,
                                 dcat_error *err);
dcat_status comparison_configure(comparison *c, const cli_options *common, uint32_t cycle_count,
                                 dcat_error *err);

// With --out, fill in the runs that are kept beside DIR. Rank 0 alone keeps runs.
dcat_status comparison_recall(comparison *c, const cli_options *common, dcat_error *err);

// That all ranks have read the same scenario and policies.
dcat_status comparison_check_same_input(const comparison *c, dcat_error *err);

// Run what is not kept yet; rank 0 then has all results and rows.
dcat_status comparison_run(comparison *c, const cli_options *common, dcat_error *err);

// What no policy can exceed in each world. Choice: one yardstick for all policies, so the limits
// are those of the auctions that ask least of the platform, the clusters' mean costs.
dcat_status comparison_find_bound(comparison *c, const cli_options *common, dcat_error *err);

// Runs are kept until their result is in its place; the folder goes as well when it holds none.
void comparison_clear_up(const comparison *c, bool committed);
void comparison_free(comparison *c); // what it holds

#endif
