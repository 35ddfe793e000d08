// SPDX-License-Identifier: Apache-2.0
// run.h - a policy on a world over many cycles. Source: paper, Algorithm 3.

#ifndef DCAT_RUN_H
#define DCAT_RUN_H

#include "dcat/cluster.h"
#include "dcat/demand.h"
#include "dcat/env.h"
#include "dcat/error.h"
#include "dcat/market.h"
#include "dcat/world.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Clusterers by index 0..count-1, and by name (NULL if there is none).
DCAT_API size_t dcat_clusterer_count(void);
DCAT_API const dcat_clusterer *dcat_clusterer_at(size_t index);
DCAT_API const dcat_clusterer *dcat_clusterer_find(const char *name);

typedef struct dcat_policy {
    const dcat_clusterer *clusterer;
    const dcat_auction *auction;
    const void *model; // Nullable: for the clusterer
    const char *name;  // Nullable: shown instead of the clusterer's, such as "a2c=tuned"
} dcat_policy;

// What to call a policy's clusterer in tables.
DCAT_INLINE const char *dcat_policy_clusterer_name(const dcat_policy *policy)
{
    return policy->name != NULL ? policy->name : policy->clusterer->name;
}

// A policy as tables name it: "linkage:rea-s".
#define DCAT_POLICY_TEXT_SIZE 64
DCAT_API void dcat_policy_text(const dcat_policy *policy, char text[DCAT_POLICY_TEXT_SIZE]);

// Parse "clusterer:auction". Errors: ERR_FORMAT, ERR_NOT_FOUND with the names there are.
DCAT_API dcat_status dcat_policy_parse(const char *text, dcat_policy *policy, dcat_error *err);

typedef struct dcat_cycle_record {
    const dcat_state *state;
    uint32_t cycle;
    const dcat_totals *totals; // of this cycle
    double decision_s;         // wall time of its clustering decision; 0 without a clock
} dcat_cycle_record;

// Nullable hooks; user is handed to each. Those of slots and tasks are the environment's (env.h). A
// hook returns false to stop the run there.
typedef struct dcat_run_hooks {
    size_t size; // DCAT_SIZED(dcat_run_hooks)
    void *user;
    bool (*before_slot)(void *user, const dcat_slot_record *slot);
    void (*before_task)(void *user, const dcat_slot_record *slot, int32_t n);
    void (*after_task)(void *user, const dcat_slot_record *slot, int32_t n,
                       const dcat_award *award);
    bool (*after_slot)(void *user, const dcat_slot_record *slot);
    bool (*after_cycle)(void *user, const dcat_cycle_record *cycle);
    double (*clock_s)(void *user); // to time decisions; the library reads no clock of its own
} dcat_run_hooks;

typedef struct dcat_run_config {
    size_t size; // DCAT_SIZED(dcat_run_config)
    dcat_policy policy;
    uint64_t seed;        // of arrivals, lotteries and clusterers
    uint32_t cycle_first; // profile step of the first cycle
    uint32_t cycle_count; // >= 1; cycle_first + cycle_count <= dcat_demand_cycle_count
} dcat_run_config;

typedef struct dcat_run_result {
    dcat_totals totals;
    uint32_t cycle_count; // completed
    uint32_t decision_count;
    double decision_s;    // summed wall time
    double cluster_count; // summed over cycles
} dcat_run_result;

// Run. cycles is [cycle_count], nullable: totals of each cycle. Errors: ERR_RANGE, ERR_MEMORY.
DCAT_API dcat_status dcat_run(const dcat_world *world, const dcat_demand *demand,
                              const dcat_run_config *config, const dcat_run_hooks *hooks,
                              dcat_totals *cycles, dcat_run_result *result, dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
