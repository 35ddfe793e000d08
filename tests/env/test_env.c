// SPDX-License-Identifier: Apache-2.0
// Stepping an environment is the run, bit for bit; copies go their own way.

#include <stdlib.h> // declares what the next header defines

#include "dcat/x/policy_file.h"
#include "env_support.h"
#include "market/count_allocations.h"
#include "random_world.h"
#include <string.h>

// --- the same as a run

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

// Whether a clusterer plays many partitions in the simulator for one decision.
static bool tries_partitions(const char *name)
{
    const char *const names[] = {"anneal", "guard", "linkage-tuned", "search"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
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
                bool slow = tries_partitions(clusterer->name); // once each
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

// An environment without a demand, to be given tasks.
static dcat_env *trial_of(const shipped *s, const dcat_policy *policy)
{
    dcat_env_config config = dcat_env_config_default();
    config.world = s->world;
    config.auction = policy->auction;
    config.seed = 1;
    config.trial = true;
    config.task_max = dcat_demand_slot_task_max(s->demand);
    dcat_env *trial = NULL;
    assert_int_equal(dcat_env_create(&config, &trial, NULL), DCAT_OK);
    return trial;
}

static void test_given_arrivals_are_played_as_the_demands_own(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    const dcat_policy policy = linkage();
    dcat_env *env = env_of(s.world, s.demand, &policy, 1, s.first);
    step_cycle(env);
    dcat_cluster_input seen = dcat_env_observe(env);

    // Put at the same moment and given the same tasks.
    dcat_env *trial = trial_of(&s, &policy);
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

// A server's queues are placed one by one: with all of them as long as its longest the next cycle
// would be another.
static void test_queues_of_pools_are_placed_one_by_one(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("hetero");
    const dcat_policy policy = linkage();
    dcat_env *env = env_of(s.world, s.demand, &policy, 1, s.first);
    step_cycle(env);
    dcat_cluster_input seen = dcat_env_observe(env);
    size_t S = dcat_world_server_count(s.world), queues = dcat_world_queue_count(s.world);
    double busy_until_s[2 * 100], longest_s[2 * 100];
    assert_true(queues == 2 && S <= 100);
    for (size_t at = 0; at < queues * S; at++) {
        const dcat_state *state = dcat_env_state_view(env);
        busy_until_s[at] = dcat_state_queue(state, (int32_t)(at % S), at / S).busy_until_s;
        longest_s[at] = seen.busy_until_s[at % S];
    }
    dcat_env *trial = trial_of(&s, &policy);
    drawn d = draw_cycle(&s, s.first + 1);
    dcat_totals placed[2] = {{0}, {0}};
    for (int way = 0; way < 2; way++) {
        assert_int_equal(dcat_env_give(trial, &d.arrivals, NULL), DCAT_OK);
        assert_int_equal(dcat_env_place(trial, s.first + 1, way == 0 ? busy_until_s : longest_s,
                                        seen.cluster_of, NULL),
                         DCAT_OK);
        assert_int_equal(dcat_env_step_cycle(trial, &placed[way], NULL), DCAT_OK);
    }
    dcat_totals real = step_cycle(env);
    assert_memory_equal(&real, &placed[0], sizeof real);
    assert_memory_not_equal(&placed[1], &real, sizeof real);
    busy_until_s[S] = -1.0; // of the second queue
    dcat_error err = {0};
    assert_int_equal(dcat_env_place(trial, s.first, busy_until_s, seen.cluster_of, &err),
                     DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "server 0, queue 1"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stepping_is_the_run_bit_for_bit),
        cmocka_unit_test(test_a_clone_goes_its_own_way),
        cmocka_unit_test(test_a_reset_gives_the_same_bits_again),
        cmocka_unit_test(test_what_is_observed_is_the_last_cycle_and_the_queues),
        cmocka_unit_test(test_given_arrivals_are_played_as_the_demands_own),
        cmocka_unit_test(test_queues_of_pools_are_placed_one_by_one),
        cmocka_unit_test(test_hooks_see_every_task_and_change_nothing),
        cmocka_unit_test(test_without_an_auction_tasks_only_arrive),
        cmocka_unit_test(test_stepping_uses_no_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
