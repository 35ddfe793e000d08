// SPDX-License-Identifier: Apache-2.0
// What a clusterer sees, and putting what it says into force.

#include "env/env.h"

#include "market/partition.h"
#include "market/state.h"
#include <string.h>

// Before the first cycle of a run the long run is all that is known; and what is given from outside
// need not be what the demand would have brought.
static const dcat_observation *forecast_of(dcat_env *env)
{
    bool known =
        env->scratch_area != NULL && env->cycle != env->cycle_first && env->given.task_end == NULL;
    return known && dcat_demand_forecast(env->config.demand, env->config.world, env->cycle,
                                         &env->observation, env->scratch_area, &env->forecast)
               ? &env->forecast
               : NULL;
}

dcat_cluster_input dcat_env_observe(dcat_env *env)
{
    const dcat_env_config *config = &env->config;
    if (env->state != NULL) {
        state_queues(env->state, env->busy_until_s);
    }
    return (dcat_cluster_input){
        .world = config->world,
        .observation = &env->observation,
        .cluster_of = env->state != NULL ? env->state->cluster_of : NULL,
        .busy_until_s = env->busy_until_s,
        .auction = config->auction,
        .seed = env->seed,
        .cycle = env->cycle,
        .model = config->model,
        .first = env->cycle == env->cycle_first,
        .forecast = forecast_of(env),
    };
}

bool dcat_env_decision_due(const dcat_env *env)
{
    const dcat_clusterer *clusterer = env->config.clusterer;
    if (clusterer == NULL || env->slot > 0 || env->stopped) {
        return false;
    }
    const dcat_world *world = env->config.world;
    int every = clusterer->decide_every_of != NULL
                    ? clusterer->decide_every_of(env->config.model, world)
                    : clusterer->decide_every(world);
    uint32_t done = env->cycle - env->cycle_first;
    return done == 0 || (every > 0 && done % (uint32_t)every == 0);
}

void env_set_clusters(dcat_env *env, const int32_t *cluster_of)
{
    dcat_state_set_clusters(env->state, cluster_of);
}

dcat_status env_take_labels(dcat_env *env, const int32_t *cluster_of, dcat_error *err)
{
    const dcat_world *world = env->config.world;
    size_t S = dcat_world_server_count(world);
    if (env->state == NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE, "an environment without auction has no clusters");
    }
    dcat_status status = partition_check(world, cluster_of, env->scratch, err);
    if (status == DCAT_OK) {
        memmove(env->cluster_of, cluster_of, sizeof *cluster_of * S);
        dcat_partition_canonical(env->cluster_of, S, env->scratch);
    }
    return status;
}

dcat_status dcat_env_set_clusters(dcat_env *env, const int32_t *cluster_of, dcat_error *err)
{
    dcat_status status = env_take_labels(env, cluster_of, err);
    if (status == DCAT_OK) {
        env_set_clusters(env, env->cluster_of);
    }
    return status;
}

dcat_status env_decide(dcat_env *env, double (*clock_s)(void *user), void *user, double *seconds,
                       dcat_error *err)
{
    const dcat_clusterer *clusterer = env->config.clusterer;
    if (clusterer == NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the environment has no clusterer to decide");
    }
    const dcat_cluster_input input = dcat_env_observe(env);
    memcpy(env->cluster_of, dcat_state_cluster_of_view(env->state),
           sizeof *env->cluster_of * dcat_world_server_count(input.world));
    dcat_error inner = {0};
    double start_s = clock_s != NULL ? clock_s(user) : 0.0;
    dcat_status status = clusterer->decide(&input, env->workspace, env->cluster_of, &inner);
    *seconds = clock_s != NULL ? clock_s(user) - start_s : 0.0;
    if (status == DCAT_OK) {
        status = dcat_env_set_clusters(env, env->cluster_of, &inner);
    }
    return status == DCAT_OK
               ? DCAT_OK
               : dcat_fail(err, status, "clusterer %s: %s", clusterer->name, inner.message);
}

dcat_status dcat_env_decide(dcat_env *env, dcat_error *err)
{
    double unused;
    return env_decide(env, NULL, NULL, &unused, err);
}
