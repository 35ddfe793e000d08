// SPDX-License-Identifier: Apache-2.0
// An honest run, and walking it again with its clusters.

#include "audit/audit.h"

#include "market/state.h"
#include <stdlib.h>
#include <string.h>

static bool remember_clusters(void *user, const dcat_cycle_record *cycle)
{
    audit_plan *plan = user;
    size_t done = cycle->cycle - plan->run.cycle_first;
    memcpy(&plan->cluster_of[done * plan->server_count], dcat_state_cluster_of_view(cycle->state),
           sizeof *plan->cluster_of * plan->server_count);
    return true;
}

dcat_status audit_plan_create(const dcat_world *world, const audit_run *run, audit_plan *plan,
                              dcat_error *err)
{
    audit_plan made = {.run = *run, .server_count = dcat_world_server_count(world)};
    made.cluster_of = calloc((size_t)run->cycle_count * made.server_count, sizeof *made.cluster_of);
    if (made.cluster_of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the clusters of %u cycles",
                         run->cycle_count);
    }
    const dcat_run_config config = {DCAT_SIZED(dcat_run_config), .policy = run->policy,
                                    .seed = run->seed, .cycle_first = run->cycle_first,
                                    .cycle_count = run->cycle_count};
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &made,
                                  .after_cycle = remember_clusters};
    dcat_run_result result;
    dcat_status status = dcat_run(world, run->demand, &config, &hooks, NULL, &result, err);
    if (status != DCAT_OK) {
        free(made.cluster_of);
        return status;
    }
    made.totals = result.totals;
    *plan = made;
    return DCAT_OK;
}

void audit_plan_free(audit_plan *plan)
{
    free(plan->cluster_of);
    *plan = (audit_plan){0};
}

// What a walk needs beside the plan.
typedef struct walk {
    const audit_plan *plan;
    const dcat_world *world;
    const audit_visitor *visitor;
    dcat_state *state;
    dcat_task *tasks;
    int32_t *order;
    dcat_totals totals; // of the cycle at hand
} walk;

static void walk_slot(walk *w, uint32_t cycle, uint32_t slot, int32_t first_id)
{
    const dcat_world_config *config = dcat_world_config_view(w->world);
    const audit_run *run = &w->plan->run;
    const audit_visitor *visitor = w->visitor;
    const audit_moment moment = {
        .state = w->state,
        .now_s = ((double)cycle * config->slots_per_cycle + slot) * config->slot_s,
        .cycle = cycle,
        .slot = slot,
        .tasks = w->tasks,
        .task_count =
            dcat_demand_slot(run->demand, w->world, run->seed, cycle, slot, first_id, w->tasks),
    };
    if (visitor->slot != NULL) {
        visitor->slot(visitor->user, &moment);
    }
    dcat_task_order_of(w->world, w->tasks, moment.task_count, w->order);
    for (size_t i = 0; i < moment.task_count; i++) {
        int32_t n = w->order[i];
        if (visitor->task != NULL) {
            visitor->task(visitor->user, &moment, n);
        }
        dcat_award award =
            state_auction_task(w->state, moment.now_s, cycle, slot, w->tasks, n, &w->totals);
        if (visitor->award != NULL) {
            visitor->award(visitor->user, &moment, n, &award);
        }
    }
}

// Sums by cycle and then over cycles, as a run does, so that they have the same bits.
static void walk_cycles(walk *w, uint32_t cycle_count, dcat_totals *totals)
{
    int slot_count = dcat_world_config_view(w->world)->slots_per_cycle;
    size_t S = w->plan->server_count;
    for (uint32_t done = 0; done < cycle_count; done++) {
        const int32_t *cluster_of = &w->plan->cluster_of[done * S];
        if (done == 0 || memcmp(cluster_of, cluster_of - S, sizeof *cluster_of * S) != 0) {
            dcat_state_set_clusters(w->state, cluster_of);
        }
        w->totals = (dcat_totals){0};
        for (uint32_t slot = 0; slot < (uint32_t)slot_count; slot++) {
            walk_slot(w, w->plan->run.cycle_first + done, slot, (int32_t)w->totals.arrived);
        }
        dcat_totals_add(totals, &w->totals);
    }
}

dcat_status audit_walk(const audit_plan *plan, const dcat_world *world, uint32_t cycle_count,
                       const audit_visitor *visitor, dcat_totals *totals, dcat_error *err)
{
    const audit_run *run = &plan->run;
    size_t task_max = dcat_demand_slot_task_max(run->demand);
    walk w = {.plan = plan, .world = world, .visitor = visitor};
    w.tasks = calloc(task_max, sizeof *w.tasks);
    w.order = calloc(task_max, sizeof *w.order);
    dcat_status status = DCAT_OK;
    if (w.tasks == NULL || w.order == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the tasks of a slot");
    } else {
        status = dcat_state_create(world, run->policy.auction, run->seed, task_max, &w.state, err);
    }
    if (status == DCAT_OK) {
        bool all = cycle_count == 0 || cycle_count > run->cycle_count;
        *totals = (dcat_totals){0};
        walk_cycles(&w, all ? run->cycle_count : cycle_count, totals);
        dcat_state_destroy(w.state);
    }
    free(w.tasks);
    free(w.order);
    return status;
}
