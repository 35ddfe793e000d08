// SPDX-License-Identifier: Apache-2.0
#include "env_support.h"

#include "support.h"
#include <stdlib.h>

shipped open_shipped(const char *name)
{
    shipped s = {0};
    assert_int_equal(dcat_scenario_load(name, NULL, 0, &s.scenario, NULL), DCAT_OK);
    assert_int_equal(dcat_scenario_world(s.scenario, 1, &s.world, NULL), DCAT_OK);
    s.demand = dcat_scenario_demand_view(s.scenario);
    s.first = dcat_scenario_test_cycles(s.scenario).first;
    return s;
}

void close_shipped(shipped *s)
{
    dcat_world_destroy(s->world);
    dcat_scenario_destroy(s->scenario);
}

dcat_env *env_of(const dcat_world *world, const dcat_demand *demand, const dcat_policy *policy,
                 uint64_t seed, uint32_t cycle)
{
    dcat_env_config config = dcat_env_config_default();
    config.world = world;
    config.demand = demand;
    config.auction = policy->auction;
    config.clusterer = policy->clusterer;
    config.model = policy->model;
    config.seed = seed;
    config.cycle = cycle;
    dcat_env *env = NULL;
    dcat_error err = {0};
    if (dcat_env_create(&config, &env, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return env;
}

void decide_if_due(dcat_env *env)
{
    if (dcat_env_decision_due(env)) {
        assert_int_equal(dcat_env_decide(env, NULL), DCAT_OK);
    }
}

dcat_totals step_cycle(dcat_env *env)
{
    dcat_totals totals = {0};
    decide_if_due(env);
    assert_int_equal(dcat_env_step_cycle(env, &totals, NULL), DCAT_OK);
    return totals;
}

dcat_policy linkage(void)
{
    dcat_policy policy;
    assert_int_equal(dcat_policy_parse("linkage:rea-s", &policy, NULL), DCAT_OK);
    return policy;
}

drawn draw_cycle(const shipped *s, uint32_t cycle)
{
    size_t slots = (size_t)dcat_world_config_view(s->world)->slots_per_cycle;
    drawn d = {calloc(slots * dcat_demand_slot_task_max(s->demand), sizeof *d.tasks),
               calloc(slots, sizeof *d.task_end),
               {0}};
    size_t count = 0;
    for (size_t slot = 0; slot < slots; slot++) {
        count += dcat_demand_slot(s->demand, s->world, 1, cycle, (uint32_t)slot, (int32_t)count,
                                  &d.tasks[count]);
        d.task_end[slot] = count;
    }
    d.arrivals = (dcat_arrivals){d.tasks, d.task_end, slots};
    return d;
}

void drawn_free(drawn *d)
{
    free(d->tasks);
    free(d->task_end);
}
