// SPDX-License-Identifier: Apache-2.0
// Algorithm 3: clusters are decided on every cycle, and every slot's tasks auctioned (src/env).

#include "dcat/run.h"

#include "base/sized.h"
#include "env/env.h"
#include "world/demand.h"

// Lines 3 to 6. *stopped: a hook wants no more.
static dcat_status run_cycle(dcat_env *env, const dcat_run_hooks *hooks, dcat_totals *totals,
                             dcat_run_result *result, bool *stopped, dcat_error *err)
{
    dcat_cycle_record record = {
        .state = dcat_env_state_view(env), .cycle = dcat_env_cycle(env), .totals = totals};
    if (dcat_env_decision_due(env)) {
        dcat_status status =
            env_decide(env, hooks->clock_s, hooks->user, &record.decision_s, err); // line 3
        if (status != DCAT_OK) {
            return status;
        }
        result->decision_s += record.decision_s;
        result->decision_count++;
    }
    dcat_status status = dcat_env_step_cycle(env, totals, err); // lines 4 to 6
    *stopped = dcat_env_is_stopped(env);
    if (status != DCAT_OK || *stopped) {
        return status;
    }
    dcat_totals_add(&result->totals, totals);
    result->cluster_count += dcat_state_cluster_count(record.state);
    result->cycle_count++;
    *stopped = hooks->after_cycle != NULL && !hooks->after_cycle(hooks->user, &record);
    return DCAT_OK;
}

static dcat_status check_config(const dcat_demand *demand, const dcat_run_config *config,
                                const dcat_run_hooks *hooks, dcat_error *err)
{
    dcat_status status = SIZED_CHECK(dcat_run_config, config, err);
    if (status == DCAT_OK) {
        status = SIZED_CHECK(dcat_run_hooks, hooks, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    if (config->policy.clusterer == NULL || config->policy.auction == NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE, "a policy is a clusterer and an auction");
    }
    return demand_check_cycles(demand, config->cycle_first, config->cycle_count, err);
}

static dcat_status create_env(const dcat_world *world, const dcat_demand *demand,
                              const dcat_run_config *config, const dcat_run_hooks *hooks,
                              dcat_env **env, dcat_error *err)
{
    dcat_env_config made = dcat_env_config_default();
    made.world = world;
    made.demand = demand;
    made.auction = config->policy.auction;
    made.clusterer = config->policy.clusterer;
    made.model = config->policy.model;
    made.seed = config->seed;
    made.cycle = config->cycle_first;
    dcat_status status = dcat_env_create(&made, env, err);
    if (status == DCAT_OK) {
        const dcat_env_hooks slots = {
            .user = hooks->user,
            .before_slot = hooks->before_slot,
            .before_task = hooks->before_task,
            .after_task = hooks->after_task,
            .after_slot = hooks->after_slot,
        };
        dcat_env_set_hooks(*env, &slots);
    }
    return status;
}

dcat_status dcat_run(const dcat_world *world, const dcat_demand *demand,
                     const dcat_run_config *config, const dcat_run_hooks *hooks,
                     dcat_totals *cycles, dcat_run_result *result, dcat_error *err)
{
    static const dcat_run_hooks no_hooks = {DCAT_SIZED(dcat_run_hooks)};
    const dcat_run_hooks *asked = hooks != NULL ? hooks : &no_hooks;
    dcat_env *env = NULL;
    dcat_status status = check_config(demand, config, asked, err);
    if (status == DCAT_OK) {
        status = create_env(world, demand, config, asked, &env, err);
    }
    dcat_run_result made = {0};
    bool stopped = false;
    for (uint32_t done = 0; status == DCAT_OK && done < config->cycle_count && !stopped; done++) {
        dcat_totals totals = {0};
        status = run_cycle(env, asked, &totals, &made, &stopped, err);
        if (cycles != NULL) {
            cycles[done] = totals;
        }
    }
    dcat_env_destroy(env);
    if (status == DCAT_OK) {
        *result = made;
    }
    return status;
}
