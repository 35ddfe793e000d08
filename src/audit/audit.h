// SPDX-License-Identifier: Apache-2.0
// audit.h (internal) - what the parts of the audit share: variants of a world, a run that is walked
// task by task, and the counting of lies.

#ifndef DCAT_AUDIT_AUDIT_H
#define DCAT_AUDIT_AUDIT_H

#include "dcat/env.h"
#include "dcat/x/audit.h"
#include "dcat/x/resources.h"

// Gains and losses below this share of the fee or cost are rounding.
#define AUDIT_TOLERANCE 1e-9

// --- lies (lies.c)

// One lie, told and compared with honesty: counts it and keeps it when it is the worst so far.
void audit_count_lie(dcat_audit_lies *lies, const dcat_audit_lie *lie);

void audit_inner_add(dcat_audit_inner *sum, const dcat_audit_inner *part);

// --- worlds (variant.c)

// How a variant differs from a world. Unit costs are those of the world times cost_factor, whatever
// the speeds say.
typedef struct audit_change {
    const double *speed_factor; // Nullable [S]
    const double *cost_factor;  // Nullable [S]
    const dcat_device_lie *lie; // Nullable: in a world with resources
    double handicap;            // >= 0, or NAN: the world's
    bool no_ceiling;
} audit_change;

// The same servers, areas and links, changed. Errors: ERR_RANGE, ERR_MEMORY.
dcat_status audit_world_variant(const dcat_world *world, const audit_change *change,
                                dcat_world **variant, dcat_error *err);

// --- runs (walk.c)

// Which run is audited.
typedef struct audit_run {
    const dcat_demand *demand;
    dcat_policy policy;
    uint64_t seed;
    uint32_t cycle_first, cycle_count;
} audit_run;

// The clusters of every cycle of an honest run, so that it can be walked again, also in a variant
// of its world: nobody's clusters change because somebody lies.
typedef struct audit_plan {
    audit_run run;
    size_t server_count;
    int32_t *cluster_of; // [cycle_count, S]
    dcat_totals totals;  // of the honest run
} audit_plan;

// Run honestly and remember. Errors: as dcat_run.
dcat_status audit_plan_create(const dcat_world *world, const audit_run *run, audit_plan *plan,
                              dcat_error *err);
void audit_plan_free(audit_plan *plan);

// The environment of a walk, at its start. Errors: as dcat_env_create.
dcat_status audit_env_create(const audit_plan *plan, const dcat_world *world, dcat_env **env,
                             dcat_error *err);

// Walk the first cycle_count cycles (0: all) of a plan in its world or a variant of it, with hooks.
// Errors: as audit_env_create.
dcat_status audit_walk(const audit_plan *plan, const dcat_world *world, uint32_t cycle_count,
                       const dcat_env_hooks *hooks, dcat_totals *totals, dcat_error *err);

// --- parts

void audit_lies_add(dcat_audit_lies *sum, const dcat_audit_lies *part);

// The auctions of one run: who lost money, and random lies in them. pair_count lies are spread
// evenly. rational is Nullable; clusters and members are added to.
typedef struct audit_real {
    dcat_audit_lies clusters, members;
    dcat_audit_rational rational;
} audit_real;
dcat_status audit_real_run(const dcat_world *world, const audit_run *run, int64_t pair_count,
                           bool rational, audit_real *result, dcat_error *err);
void audit_rational_add(dcat_audit_rational *sum, const dcat_audit_rational *part);

// At most attempt_max of each kind try (0: all).
dcat_status audit_manipulate(const dcat_world *world, const audit_run *run, uint32_t cycle_count,
                             size_t attempt_max, dcat_audit_manipulation *result, dcat_error *err);
void audit_manipulation_add(dcat_audit_manipulation *sum, const dcat_audit_manipulation *part);

// At most attempt_max servers try to leave, and to move if asked (0: all). result is added to.
dcat_status audit_stability(const dcat_world *world, const audit_run *run, uint32_t cycle_max,
                            size_t attempt_max, bool moves, dcat_audit_stability *result,
                            dcat_error *err);
void audit_gain_add(dcat_audit_gain *sum, const dcat_audit_gain *part);
void audit_stability_add(dcat_audit_stability *sum, const dcat_audit_stability *part);

// Users in a world that the plan was made in.
dcat_status audit_users(const audit_plan *plan, const dcat_world *world,
                        dcat_audit_deadline *result, dcat_error *err);
void audit_users_add(dcat_audit_deadline *sum, const dcat_audit_deadline *part);

// Theorem 2 on invented profiles and with the unit costs of the clusters that policy forms.
dcat_status audit_theorem2(const dcat_demand *demand, const dcat_audit_config *config,
                           const dcat_policy *policy, dcat_audit_theorem2 *result, dcat_error *err);

// Theorem 2's exact condition. clock holds gamma; round_max as in dcat_auction_config; c1 <= c2.
bool audit_theorem2_sold(const dcat_clock *clock, int round_max, double fee, double c1, double c2);

#endif
