// SPDX-License-Identifier: Apache-2.0
// An honest run, and walking it again with its clusters.

#include "audit/audit.h"

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

dcat_status audit_env_create(const audit_plan *plan, const dcat_world *world, dcat_env **env,
                             dcat_error *err)
{
    dcat_env_config config = dcat_env_config_default();
    config.world = world;
    config.demand = plan->run.demand;
    config.auction = plan->run.policy.auction;
    config.seed = plan->run.seed;
    config.cycle = plan->run.cycle_first;
    return dcat_env_create(&config, env, err);
}

dcat_status audit_walk(const audit_plan *plan, const dcat_world *world, uint32_t cycle_count,
                       const dcat_env_hooks *hooks, dcat_totals *totals, dcat_error *err)
{
    size_t S = plan->server_count;
    dcat_env *env = NULL;
    dcat_status status = audit_env_create(plan, world, &env, err);
    if (status != DCAT_OK) {
        return status;
    }
    bool all = cycle_count == 0 || cycle_count > plan->run.cycle_count;
    uint32_t count = all ? plan->run.cycle_count : cycle_count;
    dcat_env_set_hooks(env, hooks);
    *totals = (dcat_totals){0};
    // Sums by cycle and then over cycles, as a run does, so that they have the same bits.
    for (uint32_t done = 0; done < count && status == DCAT_OK; done++) {
        const int32_t *cluster_of = &plan->cluster_of[done * S];
        dcat_totals cycle = {0};
        if (done == 0 || memcmp(cluster_of, cluster_of - S, sizeof *cluster_of * S) != 0) {
            status = dcat_env_set_clusters(env, cluster_of, err);
        }
        status = status == DCAT_OK ? dcat_env_step_cycle(env, &cycle, err) : status;
        dcat_totals_add(totals, &cycle);
    }
    dcat_env_destroy(env);
    return status;
}
