#include "dcat/run.h"

#include "world/demand.h"
#include <stdlib.h>
#include <string.h>

#define POLICY_NAME_MAX 64

static dcat_status unknown_clusterer(const char *name, dcat_error *err)
{
    char known[256] = "";
    for (size_t i = 0; i < dcat_clusterer_count(); i++) {
        strncat(known, i == 0 ? "" : ", ", sizeof known - strlen(known) - 1);
        strncat(known, dcat_clusterer_at(i)->name, sizeof known - strlen(known) - 1);
    }
    return dcat_fail(err, DCAT_ERR_NOT_FOUND, "no clusterer is called '%s'; there are: %s", name,
                     known);
}

static dcat_status unknown_auction(const char *name, dcat_error *err)
{
    char known[256] = "";
    for (size_t i = 0; i < dcat_auction_count(); i++) {
        strncat(known, i == 0 ? "" : ", ", sizeof known - strlen(known) - 1);
        strncat(known, dcat_auction_at(i)->name, sizeof known - strlen(known) - 1);
    }
    return dcat_fail(err, DCAT_ERR_NOT_FOUND, "no auction is called '%s'; there are: %s", name,
                     known);
}

dcat_status dcat_policy_parse(const char *text, dcat_policy *policy, dcat_error *err)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= POLICY_NAME_MAX) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "a policy is written clusterer:auction, such as linkage:rea-s; got '%s'",
                         text);
    }
    char name[POLICY_NAME_MAX] = "";
    memcpy(name, text, (size_t)(colon - text));
    const dcat_clusterer *clusterer = dcat_clusterer_find(name);
    if (clusterer == NULL) {
        return unknown_clusterer(name, err);
    }
    const dcat_auction *auction = dcat_auction_find(colon + 1);
    if (auction == NULL) {
        return unknown_auction(colon + 1, err);
    }
    *policy = (dcat_policy){.clusterer = clusterer, .auction = auction};
    return DCAT_OK;
}

// --- the run

// One environment and its scratch memory, all in one block.
typedef struct environment {
    const dcat_world *world;
    const dcat_demand *demand;
    const dcat_run_config *config;
    const dcat_run_hooks *hooks; // never NULL
    size_t task_max;
    dcat_state *state;
    void *workspace;              // of the clusterer
    int32_t *cluster_of;          // [S]
    dcat_task *tasks;             // [task_max]
    dcat_award *awards;           // [task_max]
    dcat_observation observation; // last finished cycle
    dcat_observation collecting;  // this cycle
    bool stopped;                 // by a hook
} environment;

static void layout(arena *a, environment *env)
{
    size_t S = dcat_world_server_count(env->world);
    size_t A = dcat_world_area_count(env->world);
    const dcat_policy *policy = &env->config->policy;
    env->workspace = arena_take(a, policy->clusterer->workspace_bytes(env->world, policy->model));
    env->cluster_of = ARENA_ARRAY(a, int32_t, S);
    env->tasks = ARENA_ARRAY(a, dcat_task, env->task_max);
    env->awards = ARENA_ARRAY(a, dcat_award, env->task_max);
    observation_layout(a, A, &env->observation);
    observation_layout(a, A, &env->collecting);
}

static bool decision_due(const environment *env, uint32_t done)
{
    int every = env->config->policy.clusterer->decide_every(env->world);
    return done == 0 || (every > 0 && done % (uint32_t)every == 0);
}

// Algorithm 3, line 3: obtain the clustering from what was observed. Returns its wall time.
static double decide(environment *env, uint32_t cycle)
{
    const dcat_policy *policy = &env->config->policy;
    const dcat_cluster_input input = {
        .world = env->world,
        .observation = &env->observation,
        .auction = policy->auction,
        .seed = env->config->seed,
        .cycle = cycle,
        .model = policy->model,
    };
    double (*clock_s)(void) = env->hooks->clock_s;
    double start_s = clock_s != NULL ? clock_s() : 0.0;
    policy->clusterer->decide(&input, env->workspace, env->cluster_of);
    double end_s = clock_s != NULL ? clock_s() : 0.0;
    dcat_state_set_clusters(env->state, env->cluster_of);
    return end_s - start_s;
}

static void show_slot(environment *env, bool (*hook)(void *, const dcat_slot_record *),
                      const dcat_slot_record *slot)
{
    if (hook != NULL && !hook(env->hooks->user, slot)) {
        env->stopped = true;
    }
}

static void run_slot(environment *env, uint32_t cycle, uint32_t slot, dcat_totals *totals)
{
    const dcat_world_config *config = dcat_world_config_view(env->world);
    double now_s = ((double)cycle * config->slots_per_cycle + slot) * config->slot_s;
    size_t task_count = dcat_demand_slot(env->demand, env->world, env->config->seed, cycle, slot,
                                         (int32_t)totals->arrived, env->tasks);
    dcat_slot_record record = {
        .state = env->state,
        .now_s = now_s,
        .cycle = cycle,
        .slot = slot,
        .tasks = env->tasks,
        .task_count = task_count,
    };
    show_slot(env, env->hooks->before_slot, &record);
    if (env->stopped) {
        return;
    }
    dcat_state_step(env->state, now_s, cycle, slot, env->tasks, task_count, env->awards, totals);
    observation_add(&env->collecting, env->tasks, task_count);
    record.awards = env->awards;
    show_slot(env, env->hooks->after_slot, &record);
}

// Algorithm 3, lines 3 to 6.
static void run_cycle(environment *env, uint32_t done, dcat_totals *totals, dcat_run_result *result)
{
    const dcat_world_config *config = dcat_world_config_view(env->world);
    uint32_t cycle = env->config->cycle_first + done;
    double decision_s = 0.0;
    if (decision_due(env, done)) {
        decision_s = decide(env, cycle);
        result->decision_s += decision_s;
        result->decision_count++;
    }
    observation_clear(&env->collecting);
    for (uint32_t slot = 0; slot < (uint32_t)config->slots_per_cycle && !env->stopped; slot++) {
        run_slot(env, cycle, slot, totals);
    }
    if (env->stopped) {
        return;
    }
    observation_finish(&env->collecting, config->slots_per_cycle);
    dcat_observation last = env->observation;
    env->observation = env->collecting;
    env->collecting = last;

    dcat_totals_add(&result->totals, totals);
    result->cluster_count += dcat_state_cluster_count(env->state);
    result->cycle_count++;
    const dcat_cycle_record record = {
        .state = env->state, .cycle = cycle, .totals = totals, .decision_s = decision_s};
    if (env->hooks->after_cycle != NULL && !env->hooks->after_cycle(env->hooks->user, &record)) {
        env->stopped = true;
    }
}

static dcat_status check_config(const dcat_world *world, const dcat_demand *demand,
                                const dcat_run_config *config, dcat_error *err)
{
    dcat_status status = demand_check_world(demand, world, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (config->policy.clusterer->needs_model && config->policy.model == NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE, "clusterer %s decides by a model; none was given",
                         config->policy.clusterer->name);
    }
    return demand_check_cycles(demand, config->cycle_first, config->cycle_count, err);
}

dcat_status dcat_run(const dcat_world *world, const dcat_demand *demand,
                     const dcat_run_config *config, const dcat_run_hooks *hooks,
                     dcat_totals *cycles, dcat_run_result *result, dcat_error *err)
{
    static const dcat_run_hooks no_hooks;
    dcat_status status = check_config(world, demand, config, err);
    if (status != DCAT_OK) {
        return status;
    }
    environment env = {
        .world = world,
        .demand = demand,
        .config = config,
        .hooks = hooks != NULL ? hooks : &no_hooks,
        .task_max = dcat_demand_slot_task_max(demand),
    };
    arena measure = {0};
    layout(&measure, &env);
    size_t state_bytes = dcat_state_bytes(world, env.task_max);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used + state_bytes)};
    if (place.base == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a run (%zu MiB)",
                         (measure.used + state_bytes) >> 20);
    }
    layout(&place, &env);
    env.state = dcat_state_init(arena_take(&place, state_bytes), world, config->policy.auction,
                                config->seed, env.task_max);
    memcpy(env.cluster_of, dcat_state_cluster_of_view(env.state),
           sizeof *env.cluster_of * dcat_world_server_count(world));
    dcat_demand_long_run(demand, &env.observation);

    dcat_run_result made = {0};
    for (uint32_t done = 0; done < config->cycle_count && !env.stopped; done++) {
        dcat_totals totals = {0};
        run_cycle(&env, done, &totals, &made);
        if (cycles != NULL) {
            cycles[done] = totals;
        }
    }
    free(place.base);
    *result = made;
    return DCAT_OK;
}
