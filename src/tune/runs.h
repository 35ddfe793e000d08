// SPDX-License-Identifier: Apache-2.0
// runs.h (internal) - what settings earn somewhere: many at a time, over threads, kept as they
// come.

#ifndef DCAT_TUNE_RUNS_H
#define DCAT_TUNE_RUNS_H

#include "file/job_store.h"
#include "tune/levers.h"

// Where settings are tried.
typedef struct tune_place {
    uint64_t first_seed;
    size_t world_count;
    dcat_cycle_span span;
    uint32_t cycle_count; // in each world: stretches of the span, one world's behind the other's
    const char *override; // Nullable: one more setting of the scenario
} tune_place;

typedef struct tune_money {
    double profit, fee; // of a whole run
} tune_money;

typedef struct tune_runs {
    const dcat_tune_plan *plan;
    tune_setting own; // of the scenario
    char *folder;     // Nullable
    job_store store;
    char model[65];  // hash of the policy file, or ""
    size_t done;     // so far
    size_t expected; // of all runs, for progress
    size_t recalled; // of those done
} tune_runs;

// Hash what the policy decides by, and open the folder of kept runs. Errors: ERR_IO, ERR_MEMORY.
dcat_status tune_runs_open(const dcat_tune_plan *plan, tune_runs *runs, dcat_error *err);
void tune_runs_close(tune_runs *runs);

// The scenario with other settings; values equal to its own are left as they are written.
dcat_status tune_load(const tune_runs *runs, const tune_setting *setting, const char *more,
                      dcat_scenario **scenario, dcat_error *err);

// Run all settings in all worlds of a place: money is [setting_count, world_count].
dcat_status tune_earn(tune_runs *runs, const tune_place *place, const tune_setting *settings,
                      size_t setting_count, tune_money *money, dcat_error *err);

// A share of what the scenario's own settings earn in that world. Choice: where they keep less than
// a hundredth of their fees, gains are counted in those, as in training.
double tune_share(const tune_money *money, const tune_money *own);

#endif
