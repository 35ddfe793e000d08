// SPDX-License-Identifier: Apache-2.0
// kept_runs.h - the runs of a comparison, kept beside its folder until its result is written.
//
// A run depends on nothing but what its key hashes: the program, the scenario with all its files,
// the world, the policy with its weights, and the cycles. So what another comparison left is either
// the very same run or never found.

#ifndef DCAT_X_KEPT_RUNS_H
#define DCAT_X_KEPT_RUNS_H

#include "dcat/compare.h"
#include "dcat/error.h"
#include "dcat/x/scenario.h"
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dcat_kept_runs dcat_kept_runs;

// What decides the runs of a comparison.
typedef struct dcat_runs_origin {
    const char *program; // what identifies the code that runs
    const dcat_scenario *scenario;
    const dcat_compare_config *config; // policies, seeds and cycles
    const char *const *models; // [policy_count] policy files, hashed here; NULL is a shipped one
    const int *sample_counts;  // [policy_count]
    const int *guard_tasks;    // Nullable [policy_count]: 0 by default
    // Nullable [policy_count]: what else a policy's runs depend on; NULL for nothing.
    const char *const *plugins;
} dcat_runs_origin;

// Work out the keys of all runs; nothing is kept yet. Borrows results
// [policy_count, world_count], where runs are filled in and come from. Errors: ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_kept_runs_create(const dcat_runs_origin *origin, dcat_run_result *results,
                                           dcat_kept_runs **kept, dcat_error *err);
DCAT_API void dcat_kept_runs_destroy(dcat_kept_runs *kept);

// Keep runs in OUT.jobs from now on, and fill in those that are there: *recalled. Files that are
// not what was written, *damaged, count as not there. Errors: ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_kept_runs_open(dcat_kept_runs *kept, const char *out, size_t *recalled,
                                         size_t *damaged, dcat_error *err);
DCAT_API const char *dcat_kept_runs_folder(const dcat_kept_runs *kept); // NULL before that

// Whether a run was filled in; and keep one that has come, if there is a folder.
DCAT_API bool dcat_kept_runs_has(const dcat_kept_runs *kept, size_t policy, size_t world);
DCAT_API dcat_status dcat_kept_runs_add(dcat_kept_runs *kept, size_t policy, size_t world,
                                        dcat_error *err);

// Remove what is kept, and the folder if nothing else is in it.
DCAT_API void dcat_kept_runs_remove(dcat_kept_runs *kept);

// The same bytes in two processes that have read the same scenario, policies and program.
DCAT_API const void *dcat_kept_runs_identity(const dcat_kept_runs *kept, size_t *byte_count);

#ifdef __cplusplus
}
#endif
#endif
