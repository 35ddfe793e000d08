// SPDX-License-Identifier: Apache-2.0
// Stepping an environment is the run, bit for bit; copies go their own way; what comes from outside
// is checked.

#include <stdlib.h> // declares what the next header defines

#include "dcat/env.h"
#include "dcat/run.h"
#include "dcat/x/policy_file.h"
#include "dcat/x/scenario.h"
#include "market/count_allocations.h"
#include "random_world.h"
#include <string.h>

// --- the same as a run

typedef struct shipped {
    dcat_scenario *scenario;
    dcat_world *world;
    const dcat_demand *demand;
    uint32_t first;
} shipped;

static shipped open_shipped(const char *name)
{
    shipped s = {0};
    assert_int_equal(dcat_scenario_load(name, NULL, 0, &s.scenario, NULL), DCAT_OK);
    assert_int_equal(dcat_scenario_world(s.scenario, 1, &s.world, NULL), DCAT_OK);
    s.demand = dcat_scenario_demand_view(s.scenario);
    s.first = dcat_scenario_test_cycles(s.scenario).first;
    return s;
}

static void close_shipped(shipped *s)
{
    dcat_world_destroy(s->world);
    dcat_scenario_destroy(s->scenario);
}

static dcat_env *env_of(const dcat_world *world, const dcat_demand *demand,
                        const dcat_policy *policy, uint64_t seed, uint32_t cycle)
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

static void decide_if_due(dcat_env *env)
{
    if (dcat_env_decision_due(env)) {
        assert_int_equal(dcat_env_decide(env, NULL), DCAT_OK);
    }
}

// A cycle, slot by slot.
static dcat_totals step_slots(dcat_env *env)
{
    uint32_t cycle = dcat_env_cycle(env);
    dcat_totals totals = {0};
    decide_if_due(env);
    while (dcat_env_cycle(env) == cycle) {
        assert_int_equal(dcat_env_step_slot(env, &totals, NULL), DCAT_OK);
        assert_int_equal(dcat_state_check(dcat_env_state_view(env), NULL), DCAT_OK);
    }
    return totals;
}

static dcat_totals step_cycle(dcat_env *env)
{
    dcat_totals totals = {0};
    decide_if_due(env);
    assert_int_equal(dcat_env_step_cycle(env, &totals, NULL), DCAT_OK);
    return totals;
}

static void step_as_run(const shipped *s, const dcat_policy *policy, uint32_t cycle_count)
{
    dcat_totals of_run[8];
    dcat_run_result result;
    const dcat_run_config config = {DCAT_SIZED(dcat_run_config), .policy = *policy, .seed = 1,
                                    .cycle_first = s->first, .cycle_count = cycle_count};
    assert_int_equal(dcat_run(s->world, s->demand, &config, NULL, of_run, &result, NULL), DCAT_OK);
    dcat_env *env = env_of(s->world, s->demand, policy, 1, s->first);
    for (uint32_t c = 0; c < cycle_count; c++) {
        dcat_totals own = c % 2 == 0 ? step_slots(env) : step_cycle(env);
        assert_memory_equal(&own, &of_run[c], sizeof own);
    }
    assert_true(result.totals.awarded > 0);
    dcat_env_destroy(env);
}

static void test_stepping_is_the_run_bit_for_bit(void **fixture)
{
    (void)fixture;
    const char *const names[] = {"paper", "chinanet"};
    for (size_t i = 0; i < 2; i++) {
        shipped s = open_shipped(names[i]);
        for (size_t a = 0; a < dcat_auction_count(); a++) {
            dcat_actor *actor = NULL;
            assert_int_equal(dcat_actor_shipped(dcat_auction_at(a), &actor, NULL), DCAT_OK);
            for (size_t c = 0; c < dcat_clusterer_count(); c++) {
                const dcat_clusterer *clusterer = dcat_clusterer_at(c);
                bool slow = strcmp(clusterer->name, "anneal") == 0;
                const dcat_policy policy = {
                    .clusterer = clusterer, .auction = dcat_auction_at(a), .model = actor};
                if (!slow || (a == 0 && i == 0)) {
                    step_as_run(&s, &policy, slow ? 1 : 4);
                }
            }
            dcat_actor_destroy(actor);
        }
        close_shipped(&s);
    }
}

// --- copies and resets

static dcat_policy linkage(void)
{
    dcat_policy policy;
    assert_int_equal(dcat_policy_parse("linkage:rea-s", &policy, NULL), DCAT_OK);
    return policy;
}

static void test_a_clone_goes_its_own_way(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    const dcat_policy policy = linkage();
    dcat_env *env = env_of(s.world, s.demand, &policy, 1, s.first);
    dcat_env *alone = env_of(s.world, s.demand, &policy, 1, s.first);
    dcat_env *copy = NULL;
    step_cycle(env);
    step_cycle(alone);
    dcat_totals half = {0}, other = {0};
    assert_int_equal(dcat_env_step_slot(env, &half, NULL), DCAT_OK); // copied within a cycle
    assert_int_equal(dcat_env_step_slot(alone, &other, NULL), DCAT_OK);
    assert_int_equal(dcat_env_clone(env, &copy, NULL), DCAT_OK);
    int32_t single[1000];
    for (size_t i = 0; i < dcat_world_server_count(s.world); i++) {
        single[i] = (int32_t)i;
    }
    dcat_totals of_copy = {0};
    assert_int_equal(dcat_env_set_clusters(copy, single, NULL), DCAT_OK);
    assert_int_equal(dcat_env_step_cycle(copy, &of_copy, NULL), DCAT_OK);
    step_cycle(copy);
    assert_int_equal(dcat_env_step_cycle(env, &half, NULL), DCAT_OK);
    assert_int_equal(dcat_env_step_cycle(alone, &other, NULL), DCAT_OK);
    assert_memory_equal(&half, &other, sizeof half);
    assert_true(of_copy.awarded > 0 && of_copy.payment != half.payment);

    // Copied back, all go the same way again.
    assert_int_equal(dcat_env_copy(copy, env, NULL), DCAT_OK);
    for (int c = 0; c < 3; c++) {
        dcat_totals a = step_cycle(env), b = step_cycle(copy), d = step_slots(alone);
        assert_memory_equal(&a, &b, sizeof a);
        assert_memory_equal(&a, &d, sizeof a);
    }
    dcat_env_destroy(env);
    dcat_env_destroy(alone);
    dcat_env_destroy(copy);
    close_shipped(&s);
}

static void test_a_reset_gives_the_same_bits_again(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 1; seed <= test_cases(20); seed++) {
        market m = market_create(seed);
        const dcat_policy policy = linkage();
        dcat_env *env = env_of(m.world, m.demand, &policy, seed, 0);
        dcat_totals first = step_cycle(env);
        assert_int_equal(dcat_env_reset(env, seed + 1, 0, NULL), DCAT_OK);
        dcat_totals other = step_cycle(env);
        assert_int_equal(dcat_env_reset(env, seed, 0, NULL), DCAT_OK);
        dcat_totals again = step_slots(env);
        assert_memory_equal(&first, &again, sizeof first);
        assert_true(first.arrived == 0 || memcmp(&first, &other, sizeof first) != 0);
        dcat_env_destroy(env);
        market_destroy(&m);
    }
}

// --- what is observed

static void test_what_is_observed_is_the_last_cycle_and_the_queues(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    const dcat_policy policy = linkage();
    dcat_env *env = env_of(s.world, s.demand, &policy, 1, s.first);
    dcat_cluster_input seen = dcat_env_observe(env);
    assert_true(seen.world == s.world && seen.auction == policy.auction && seen.seed == 1);
    assert_true(seen.busy_until_s[0] == 0.0 && seen.cluster_of[3] == 3);

    dcat_totals totals = step_cycle(env);
    seen = dcat_env_observe(env);
    double arrived = 0.0;
    for (size_t a = 0; a < seen.observation->area_count; a++) {
        arrived += seen.observation->arrivals_per_slot[a];
    }
    assert_near(arrived * dcat_world_config_view(s.world)->slots_per_cycle, (double)totals.arrived,
                1e-9);
    assert_int_equal(seen.cycle, s.first + 1);
    for (int32_t i = 0; (size_t)i < dcat_world_server_count(s.world); i++) {
        assert_true(seen.busy_until_s[i] ==
                    dcat_state_server(dcat_env_state_view(env), i).busy_until_s);
    }
    dcat_env_destroy(env);
    close_shipped(&s);
}

// --- given arrivals, and moments of business

typedef struct drawn {
    dcat_task *tasks;
    size_t *task_end;
    dcat_arrivals arrivals;
} drawn;

static drawn draw_cycle(const shipped *s, uint32_t cycle)
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

static void drawn_free(drawn *d)
{
    free(d->tasks);
    free(d->task_end);
}

static void test_given_arrivals_are_played_as_the_demands_own(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    const dcat_policy policy = linkage();
    dcat_env *env = env_of(s.world, s.demand, &policy, 1, s.first);
    step_cycle(env);
    dcat_cluster_input seen = dcat_env_observe(env);

    // An environment without a demand, put at the same moment and given the same tasks.
    dcat_env_config config = dcat_env_config_default();
    config.world = s.world;
    config.auction = policy.auction;
    config.seed = 1;
    config.trial = true;
    config.task_max = dcat_demand_slot_task_max(s.demand);
    dcat_env *trial = NULL;
    assert_int_equal(dcat_env_create(&config, &trial, NULL), DCAT_OK);
    dcat_totals totals = {0};
    assert_int_equal(dcat_env_step_cycle(trial, &totals, NULL), DCAT_ERR_RANGE);
    drawn d = draw_cycle(&s, s.first + 1);
    assert_int_equal(dcat_env_give(trial, &d.arrivals, NULL), DCAT_OK);
    dcat_totals own = {0};
    for (int round = 0; round < 2; round++) { // twice, from the same queues
        totals = (dcat_totals){0};
        assert_int_equal(
            dcat_env_place(trial, s.first + 1, seen.busy_until_s, seen.cluster_of, NULL), DCAT_OK);
        assert_int_equal(dcat_env_step_cycle(trial, &totals, NULL), DCAT_OK);
        if (round == 0) {
            own = totals;
        }
        assert_memory_equal(&totals, &own, sizeof own);
    }
    dcat_totals real = step_cycle(env);
    assert_memory_equal(&real, &own, sizeof own);
    drawn_free(&d);
    dcat_env_destroy(env);
    dcat_env_destroy(trial);
    close_shipped(&s);
}

// --- hooks

typedef struct watcher {
    int slots, tasks, awards;
    int stop_after; // slots; 0: never
    const dcat_award *last;
} watcher;

static bool before_slot(void *user, const dcat_slot_record *slot)
{
    watcher *w = user;
    assert_null(slot->awards);
    w->slots++;
    return w->stop_after == 0 || w->slots <= w->stop_after;
}

static void before_task(void *user, const dcat_slot_record *slot, int32_t n)
{
    watcher *w = user;
    assert_true(n >= 0 && (size_t)n < slot->task_count);
    w->tasks++;
}

static void after_task(void *user, const dcat_slot_record *slot, int32_t n, const dcat_award *award)
{
    watcher *w = user;
    (void)slot;
    (void)n;
    w->awards += award->outcome == DCAT_AUCTION_SOLD;
}

static void test_hooks_see_every_task_and_change_nothing(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    const dcat_policy policy = linkage();
    dcat_env *env = env_of(s.world, s.demand, &policy, 1, s.first);
    dcat_env *plain = env_of(s.world, s.demand, &policy, 1, s.first);
    watcher w = {0};
    const dcat_env_hooks hooks = {.user = &w,
                                  .before_slot = before_slot,
                                  .before_task = before_task,
                                  .after_task = after_task};
    dcat_env_set_hooks(env, &hooks);
    dcat_totals a = step_cycle(env), b = step_cycle(plain);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(w.tasks, a.arrived);
    assert_int_equal(w.awards, a.awarded);

    w = (watcher){.stop_after = 2};
    dcat_totals some = step_cycle(env), nothing = {0};
    assert_true(dcat_env_is_stopped(env) && some.arrived > 0);
    assert_int_equal(dcat_env_slot(env), 2);
    assert_int_equal(dcat_env_step_slot(env, &nothing, NULL), DCAT_OK);
    assert_int_equal(nothing.arrived, 0);
    dcat_env_set_hooks(env, NULL);
    assert_int_equal(dcat_env_reset(env, 1, s.first, NULL), DCAT_OK);
    dcat_totals again = step_cycle(env);
    assert_memory_equal(&again, &a, sizeof a);
    dcat_env_destroy(env);
    dcat_env_destroy(plain);
    close_shipped(&s);
}

static void test_without_an_auction_tasks_only_arrive(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    const dcat_policy policy = linkage();
    dcat_env *env = env_of(s.world, s.demand, &policy, 1, s.first);
    const dcat_policy none = {0};
    dcat_env *arrivals = env_of(s.world, s.demand, &none, 1, s.first);
    dcat_totals a = step_cycle(env), b = step_cycle(arrivals);
    assert_true(a.arrived == b.arrived && b.awarded == 0);
    dcat_error err = {0};
    int32_t labels[1000] = {0};
    assert_int_equal(dcat_env_set_clusters(arrivals, labels, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_decide(arrivals, &err), DCAT_ERR_RANGE);
    assert_null(dcat_env_observe(arrivals).cluster_of);
    dcat_env_destroy(env);
    dcat_env_destroy(arrivals);
    close_shipped(&s);
}

static void test_stepping_uses_no_heap(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    const dcat_policy policy = linkage();
    dcat_env *env = env_of(s.world, s.demand, &policy, 1, s.first);
    dcat_env *copy = env_of(s.world, s.demand, &policy, 1, s.first);
    size_t before = allocation_count;
    step_cycle(env);
    assert_int_equal(dcat_env_copy(copy, env, NULL), DCAT_OK);
    step_cycle(copy);
    assert_int_equal(dcat_env_reset(env, 3, s.first, NULL), DCAT_OK);
    step_cycle(env);
    assert_int_equal(allocation_count, before);
    dcat_env_destroy(env);
    dcat_env_destroy(copy);
    close_shipped(&s);
}

// --- what is refused

static int every_cycle(const dcat_world *world)
{
    (void)world;
    return 1;
}

static size_t no_workspace(const dcat_world *world, const void *model)
{
    (void)world;
    (void)model;
    return 0;
}

static dcat_status decide_badly(const dcat_cluster_input *input, void *workspace,
                                int32_t *cluster_of, dcat_error *err)
{
    (void)workspace;
    cluster_of[1] = (int32_t)dcat_world_server_count(input->world);
    return input->cycle % 2 == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "no idea in cycle %u", input->cycle);
}

static const dcat_clusterer bad_clusterer = {DCAT_SIZED(dcat_clusterer),
                                             .name = "bad",
                                             .summary = "fails, or makes illegal clusters",
                                             .decide_every = every_cycle,
                                             .workspace_bytes = no_workspace,
                                             .decide = decide_badly};

static void test_failures_of_a_clusterer_end_a_run(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    const dcat_policy policy = {.clusterer = &bad_clusterer, .auction = dcat_auction_find("rea")};
    for (uint32_t odd = 0; odd < 2; odd++) {
        dcat_run_config config = {DCAT_SIZED(dcat_run_config), .policy = policy,
                                  .cycle_first = 2 + odd, .cycle_count = 1};
        dcat_run_result result = {.cycle_count = 77};
        dcat_error err = {0};
        assert_int_equal(dcat_run(s.world, s.demand, &config, NULL, NULL, &result, &err),
                         odd == 0 ? DCAT_ERR_RANGE : DCAT_ERR_FORMAT);
        assert_non_null(strstr(err.message, odd == 0 ? "clusterer bad: cluster of server 1 must be"
                                                     : "clusterer bad: no idea in cycle 3"));
        assert_int_equal(result.cycle_count, 77);
    }
    close_shipped(&s);
}

static void expect_refused(const dcat_env_config *config, const char *why)
{
    dcat_env *env = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_env_create(config, &env, &err), DCAT_ERR_RANGE);
    assert_null(env);
    if (strstr(err.message, why) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, why);
    }
}

static void test_wrong_configurations_are_refused(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    market other = market_create(3);
    dcat_env_config good = dcat_env_config_default();
    good.world = s.world;
    good.demand = s.demand;
    good.auction = dcat_auction_find("rea");
    good.clusterer = dcat_clusterer_find("linkage");
    dcat_env_config config = {0};
    expect_refused(&config, "dcat_env_config: made for another version");
    config = good;
    config.world = NULL;
    expect_refused(&config, "world is needed");
    config = good;
    config.demand = NULL;
    expect_refused(&config, "task_max must be >= 1");
    config = good;
    config.demand = other.demand;
    expect_refused(&config, "areas");
    config = good;
    config.auction = NULL;
    expect_refused(&config, "auction is needed");
    config = good;
    config.clusterer = dcat_clusterer_find("a2c");
    expect_refused(&config, "decides by a model");
    config = good;
    config.cycle = 1000000;
    expect_refused(&config, "cycles 1000000 to 1000000");
    market_destroy(&other);
    close_shipped(&s);
}

static void test_wrong_arguments_are_refused(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    const dcat_policy policy = linkage();
    uint32_t last = (uint32_t)dcat_demand_cycle_count(s.demand) - 1;
    dcat_env *env = env_of(s.world, s.demand, &policy, 1, last);
    size_t S = dcat_world_server_count(s.world);
    decide_if_due(env);
    int32_t before[1000], labels[1000] = {0};
    double busy_until_s[1000] = {0};
    memcpy(before, dcat_env_observe(env).cluster_of, sizeof *before * S);
    dcat_error err = {0};
    assert_int_equal(dcat_env_set_clusters(env, labels, &err), DCAT_ERR_RANGE); // all in one
    assert_non_null(strstr(err.message, "(10c)"));
    labels[4] = -1;
    assert_int_equal(dcat_env_set_clusters(env, labels, &err), DCAT_ERR_RANGE);
    labels[4] = (int32_t)S;
    assert_int_equal(dcat_env_set_clusters(env, labels, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_place(env, last, busy_until_s, labels, &err), DCAT_ERR_RANGE);
    busy_until_s[2] = NAN;
    assert_int_equal(dcat_env_place(env, last, busy_until_s, before, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_place(env, last + 1, NULL, before, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_reset(env, 1, last + 1, &err), DCAT_ERR_RANGE);
    assert_memory_equal(dcat_env_observe(env).cluster_of, before, sizeof *before * S);

    drawn d = draw_cycle(&s, last);
    d.arrivals.slot_count--;
    assert_int_equal(dcat_env_give(env, &d.arrivals, &err), DCAT_ERR_RANGE);
    d.arrivals.slot_count++;
    d.task_end[1] = d.task_end[0] - 1;
    assert_int_equal(dcat_env_give(env, &d.arrivals, &err), DCAT_ERR_RANGE);
    drawn_free(&d);

    step_cycle(env); // the demand's last
    dcat_totals totals = {0};
    assert_int_equal(dcat_env_step_slot(env, &totals, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_step_cycle(env, &totals, &err), DCAT_ERR_RANGE);
    const dcat_policy none = {0};
    dcat_env *other = env_of(s.world, s.demand, &none, 1, last);
    assert_int_equal(dcat_env_copy(other, env, &err), DCAT_ERR_RANGE);
    dcat_env_destroy(other);
    dcat_env_destroy(env);
    close_shipped(&s);
}

static void test_labels_from_outside_may_have_any_names(void **fixture)
{
    (void)fixture;
    market m = market_create(7);
    dcat_rng rng = test_rng(7);
    size_t S = dcat_world_server_count(m.world);
    int32_t canonical[MARKET_SERVER_MAX], renamed[MARKET_SERVER_MAX];
    random_partition(m.world, &rng, canonical);
    for (size_t i = 0; i < S; i++) {
        renamed[i] = (int32_t)S - 1 - canonical[i];
    }
    const dcat_policy policy = linkage();
    dcat_env *env = env_of(m.world, m.demand, &policy, 1, 0);
    assert_int_equal(dcat_env_set_clusters(env, renamed, NULL), DCAT_OK);
    assert_memory_equal(dcat_env_observe(env).cluster_of, canonical, sizeof *canonical * S);
    dcat_env_destroy(env);
    market_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stepping_is_the_run_bit_for_bit),
        cmocka_unit_test(test_a_clone_goes_its_own_way),
        cmocka_unit_test(test_a_reset_gives_the_same_bits_again),
        cmocka_unit_test(test_what_is_observed_is_the_last_cycle_and_the_queues),
        cmocka_unit_test(test_given_arrivals_are_played_as_the_demands_own),
        cmocka_unit_test(test_hooks_see_every_task_and_change_nothing),
        cmocka_unit_test(test_without_an_auction_tasks_only_arrive),
        cmocka_unit_test(test_stepping_uses_no_heap),
        cmocka_unit_test(test_failures_of_a_clusterer_end_a_run),
        cmocka_unit_test(test_wrong_configurations_are_refused),
        cmocka_unit_test(test_wrong_arguments_are_refused),
        cmocka_unit_test(test_labels_from_outside_may_have_any_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
