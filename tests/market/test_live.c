// SPDX-License-Identifier: Apache-2.0
// What a live market asks of the engine: quotes that leave no trace, queues set from outside, and a
// state that goes on in another world.

#include "dcat/x/task_auction.h"
#include "market/state.h"
#include "random_world.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>

typedef struct scene {
    market m;
    dcat_state *state;
    dcat_task *tasks;
    size_t server_count;
} scene;

static scene scene_make(uint64_t seed)
{
    scene s = {.m = market_create(seed)};
    dcat_rng rng = test_rng(seed);
    const dcat_auction *auction =
        dcat_auction_at(dcat_rng_below(&rng, (uint32_t)dcat_auction_count()));
    size_t task_max = dcat_demand_slot_task_max(s.m.demand);
    s.server_count = dcat_world_server_count(s.m.world);
    s.tasks = malloc((task_max + 1) * sizeof *s.tasks);
    assert_non_null(s.tasks);
    assert_int_equal(dcat_state_create(s.m.world, auction, seed, task_max, &s.state, NULL),
                     DCAT_OK);
    int32_t cluster_of[MARKET_SERVER_MAX];
    random_partition(s.m.world, &rng, cluster_of);
    dcat_state_set_clusters(s.state, cluster_of);
    return s;
}

static void scene_end(scene *s)
{
    free(s->tasks);
    dcat_state_destroy(s->state);
    market_destroy(&s->m);
}

// One slot; returns how many tasks it had.
static size_t step(scene *s, dcat_state *state, uint32_t slot, dcat_award *awards)
{
    size_t count = dcat_demand_slot(s->m.demand, s->m.world, 1, 0, slot, 0, s->tasks);
    dcat_totals totals = {0};
    double now_s = dcat_world_slot_start_s(s->m.world, 0, slot);
    assert_int_equal(dcat_state_step(state, now_s, 0, slot, s->tasks, count, awards, &totals, NULL),
                     DCAT_OK);
    return count;
}

static void test_a_quote_is_the_auction_and_leaves_no_trace(void **fixture)
{
    (void)fixture;
    size_t sold = 0;
    for (uint64_t seed = 1; seed <= test_cases(100); seed++) {
        scene s = scene_make(seed);
        for (uint32_t slot = 0; slot < 3; slot++) {
            size_t count = dcat_demand_slot(s.m.demand, s.m.world, seed, 0, slot, 0, s.tasks);
            double now_s = dcat_world_slot_start_s(s.m.world, 0, slot);
            for (size_t n = 0; n < count; n++) {
                dcat_award quote, award;
                dcat_totals totals = {0};
                double before = dcat_state_server(s.state, 0).payment;
                assert_int_equal(dcat_state_quote(s.state, now_s, &s.tasks[n], &quote, NULL),
                                 DCAT_OK);
                assert_int_equal(dcat_state_quote(s.state, now_s, &s.tasks[n], &award, NULL),
                                 DCAT_OK);
                assert_memory_equal(&quote, &award, sizeof quote);
                assert_true(dcat_state_server(s.state, 0).payment == before);
                // With the draws of the quote, which no slot has.
                dcat_state_auction_task(s.state, now_s, UINT32_MAX, UINT32_MAX, &s.tasks[n], 0,
                                        &award, &totals, NULL);
                if (!award.late) { // which a quote does not foresee
                    assert_memory_equal(&quote, &award, sizeof quote);
                    sold += award.outcome == DCAT_AUCTION_SOLD;
                }
            }
            assert_int_equal(dcat_state_check(s.state, NULL), DCAT_OK);
        }
        dcat_award quote;
        dcat_error err;
        assert_int_equal(dcat_state_quote(s.state, -1.0, s.tasks, &quote, &err), DCAT_ERR_RANGE);
        scene_end(&s);
    }
    assert_true(sold > 100);
}

static void test_queues_are_set_from_outside(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 1; seed <= test_cases(60); seed++) {
        scene s = scene_make(seed);
        for (uint32_t slot = 0; slot < 3; slot++) {
            step(&s, s.state, slot, NULL);
        }
        dcat_state *other = NULL;
        assert_int_equal(dcat_state_clone(s.state, &other, NULL), DCAT_OK);
        dcat_error err;
        for (int32_t i = 0; i < (int32_t)s.server_count; i++) { // as it is
            for (size_t q = 0; q < dcat_world_queue_count(s.m.world); q++) {
                double until_s = dcat_state_queue(other, i, q).busy_until_s;
                double paid = dcat_state_server(other, i).payment;
                assert_int_equal(dcat_state_set_unit_busy(other, i, q, until_s, &err), DCAT_OK);
                assert_true(dcat_state_queue(other, i, q).busy_until_s == until_s);
                assert_true(fabs(dcat_state_server(other, i).payment - paid) <= 1e-9 * fabs(paid));
            }
        }
        assert_int_equal(dcat_state_check(other, NULL), DCAT_OK);
        for (int32_t i = 0; i < (int32_t)s.server_count; i++) { // all out of service
            for (size_t q = 0; q < dcat_world_queue_count(s.m.world); q++) {
                dcat_state_set_unit_busy(other, i, q, (double)INFINITY, &err);
            }
        }
        size_t count = step(&s, other, 3, NULL);
        dcat_award award;
        dcat_totals totals = {0};
        for (size_t n = 0; n < count; n++) {
            double now_s = dcat_world_slot_start_s(s.m.world, 0, 3);
            dcat_state_auction_task(other, now_s, 0, 3, s.tasks, (int32_t)n, &award, &totals, NULL);
            assert_int_equal(award.candidate_count, 0);
        }
        assert_int_equal(dcat_state_set_unit_busy(other, (int32_t)s.server_count, 0, 0.0, &err),
                         DCAT_ERR_RANGE);
        assert_int_equal(dcat_state_set_unit_busy(other, 0, 99, 0.0, &err), DCAT_ERR_RANGE);
        assert_int_equal(dcat_state_set_unit_busy(other, 0, 0, (double)NAN, &err), DCAT_ERR_RANGE);
        dcat_state_destroy(other);
        scene_end(&s);
    }
}

// In a world with one server less nothing else is lost, and back in the old one the rest goes on.
static void test_a_state_goes_on_in_another_world(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 1; seed <= test_cases(60); seed++) {
        scene s = scene_make(seed);
        for (uint32_t slot = 0; slot < 3; slot++) {
            step(&s, s.state, slot, NULL);
        }
        dcat_state *other = NULL;
        assert_int_equal(dcat_state_create(s.m.world, dcat_state_auction(s.state), seed,
                                           dcat_demand_slot_task_max(s.m.demand), &other, NULL),
                         DCAT_OK);
        int32_t from[MARKET_SERVER_MAX];
        for (size_t i = 0; i < s.server_count; i++) {
            from[i] = i == 0 ? -1 : (int32_t)(s.server_count - i); // another order, one new
        }
        dcat_error err;
        assert_int_equal(dcat_state_carry_over(other, s.state, from, &err), DCAT_OK);
        assert_true(dcat_state_server(other, 0).busy_until_s == 0.0);
        for (size_t i = 1; i < s.server_count; i++) {
            dcat_server_account a = dcat_state_server(other, (int32_t)i);
            dcat_server_account b = dcat_state_server(s.state, from[i]);
            assert_true(a.busy_until_s == b.busy_until_s && a.payment == b.payment);
        }
        for (size_t i = 0; i < s.server_count; i++) {
            from[i] = (int32_t)i; // the same servers
        }
        assert_int_equal(dcat_state_carry_over(other, s.state, from, &err), DCAT_OK);
        dcat_state_set_clusters(other, dcat_state_cluster_of_view(s.state));
        assert_int_equal(dcat_state_check(other, &err), DCAT_OK);
        dcat_award *a = calloc(dcat_demand_slot_task_max(s.m.demand) + 1, sizeof *a);
        dcat_award *b = calloc(dcat_demand_slot_task_max(s.m.demand) + 1, sizeof *b);
        size_t count = step(&s, s.state, 3, a);
        step(&s, other, 3, b);
        assert_memory_equal(a, b, count * sizeof *a);
        from[0] = (int32_t)s.server_count;
        assert_int_equal(dcat_state_carry_over(other, s.state, from, &err), DCAT_ERR_RANGE);
        from[0] = -2;
        assert_int_equal(dcat_state_carry_over(other, s.state, from, &err), DCAT_ERR_RANGE);
        free(a);
        free(b);
        dcat_state_destroy(other);
        scene_end(&s);
    }
}

static void test_an_observer_sees_what_an_environment_sees(void **fixture)
{
    (void)fixture;
    dcat_observer *observer = NULL;
    dcat_error err;
    assert_int_equal(dcat_observer_create(0, 1, &observer, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_observer_create(2, 2, &observer, &err), DCAT_OK);
    const dcat_task tasks[] = {
        {.work_cycles = 1e9, .data_bits = 10.0, .deadline_s = 1.0, .area = 1},
        {.work_cycles = 3e9, .data_bits = 10.0, .deadline_s = 2.0, .area = 1, .class_id = 1},
    };
    dcat_observer_add(observer, tasks, 2);
    const dcat_observation *seen = dcat_observer_finish(observer, 4);
    assert_true(seen->arrivals_per_slot[0] == 0.0 && seen->arrivals_per_slot[1] == 0.5);
    assert_true(seen->work_cycles[1] == 2e9 && seen->work_sd[1] == 1e9);
    assert_true(seen->data_bits[1] == 10.0 && seen->data_sd[1] == 0.0);
    assert_true(seen->deadline_s[1] == 1.5 && seen->deadline_sd[1] == 0.5);
    assert_true(seen->by_class->work_cycles[3] == 3e9 && seen->by_class->work_cycles[2] == 1e9);
    seen = dcat_observer_finish(observer, 0); // anew
    assert_true(seen->arrivals_per_slot[1] == 0.0 && seen->work_cycles[1] == 0.0);
    dcat_observer_destroy(observer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quote_is_the_auction_and_leaves_no_trace),
        cmocka_unit_test(test_queues_are_set_from_outside),
        cmocka_unit_test(test_a_state_goes_on_in_another_world),
        cmocka_unit_test(test_an_observer_sees_what_an_environment_sees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
