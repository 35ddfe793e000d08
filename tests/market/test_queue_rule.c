// SPDX-License-Identifier: Apache-2.0
// When a cluster starts what it won, by hand: first in, first out, or (2)-(4) to the letter.

#include "dcat/x/model.h"
#include "dcat/x/task_auction.h"
#include "market/state.h"
#include "support.h"

enum { S = 2 };

// Servers of 250 GHz at the place of the only area, behind a link of 20 Mb/s: 20 Mb take 1 s.
static dcat_world *slow_world(dcat_queue_rule queue, double handicap)
{
    dcat_world_config config = dcat_world_config_default();
    config.network.rate_bps = (dcat_range){20e6, 20e6};
    config.market.queue = queue;
    config.market.handicap_per_gigacycle_s = handicap;
    dcat_server servers[S];
    for (int i = 0; i < S; i++) {
        servers[i] = (dcat_server){
            .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    }
    const dcat_area area = {.site = {0.0, 0.0}};
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_world_create(&config, servers, S, &area, 1, 1, &world, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return world;
}

// Both servers as one cluster of 500 GHz.
static dcat_state *one_cluster(const dcat_world *world, const char *auction)
{
    static const int32_t together[S] = {0, 0};
    dcat_state *state = NULL;
    assert_int_equal(dcat_state_create(world, dcat_auction_find(auction), 1, 16, &state, NULL),
                     DCAT_OK);
    dcat_state_set_clusters(state, together);
    return state;
}

// 500 G: a second of work for the cluster.
static dcat_task task_with(double data_bits, double deadline_s)
{
    return (dcat_task){
        .work_cycles = 500e9, .data_bits = data_bits, .deadline_s = deadline_s, .value = INFINITY};
}

static void test_the_two_rules_in_numbers(void **fixture)
{
    (void)fixture;
    const struct {
        double queue_s, transfer_s, start_s, waits_s; // under fifo
    } cases[] = {
        {0.0, 0.0, 0.0, 0.0},           {0.0, 0.5, 0.5, 0.0}, {0.5, 0.0, 0.5, 0.5},
        {0.5, 0.5, 0.5, 0.0},           {2.0, 0.5, 2.0, 1.5}, {0.25, 0.5, 0.5, 0.0},
        {1.0, INFINITY, INFINITY, 0.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double queue_s = cases[i].queue_s, transfer_s = cases[i].transfer_s;
        assert_true(dcat_start_delay_s(DCAT_QUEUE_FIFO, queue_s, transfer_s) == cases[i].start_s);
        assert_true(dcat_queue_delay_s(DCAT_QUEUE_FIFO, queue_s, transfer_s) == cases[i].waits_s);
        assert_true(dcat_start_delay_s(DCAT_QUEUE_PAPER, queue_s, transfer_s) == queue_s);
        assert_true(dcat_queue_delay_s(DCAT_QUEUE_PAPER, queue_s, transfer_s) == queue_s);
    }
}

// Data for 1 s and for 0.5 s, in one slot.
static void play_two(dcat_state *state, double deadline_s, dcat_award awards[2],
                     dcat_totals *totals)
{
    const dcat_task tasks[] = {task_with(20e6, 9.0), task_with(10e6, deadline_s)};
    assert_int_equal(dcat_state_step(state, 0.0, 0, 0, tasks, 2, awards, totals, NULL), DCAT_OK);
}

static void test_fifo_starts_when_data_and_cluster_are_there(void **fixture)
{
    (void)fixture;
    dcat_world *world = slow_world(DCAT_QUEUE_FIFO, 0.0);
    dcat_state *state = one_cluster(world, "posted");
    dcat_award awards[2];
    dcat_totals totals = {0};
    play_two(state, 3.0, awards, &totals);
    // The first: data at 1 s, done at 2 s, no wait. The second: data at 0.5 s, but free at 2 s; it
    // waits for 1.5 s and is done at 3 s, just in time.
    assert_int_equal(totals.awarded, 2);
    assert_near(awards[0].transfer_s, 1.0, 1e-15);
    assert_near(awards[0].waiting_s, 0.0, 0.0);
    assert_near(awards[1].transfer_s, 0.5, 1e-15);
    assert_near(awards[1].waiting_s, 1.5, 1e-15);
    assert_near(awards[1].processing_s, 1.0, 1e-15);
    assert_near(dcat_state_cluster(state, 0).busy_until_s, 3.0, 1e-15);
    assert_near(dcat_state_server(state, 1).busy_s, 2.0, 1e-15); // waiting for data is not work
    assert_int_equal(totals.late, 0);
    // A hundredth of a second less and it is nobody's.
    dcat_state_reset(state);
    dcat_state_set_clusters(state, (const int32_t[S]){0, 0});
    play_two(state, 2.99, awards, &totals);
    assert_int_equal(awards[1].outcome, DCAT_AUCTION_NO_CANDIDATE);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_paper_works_on_data_still_on_its_way(void **fixture)
{
    (void)fixture;
    dcat_world *world = slow_world(DCAT_QUEUE_PAPER, 0.0);
    dcat_state *state = one_cluster(world, "posted");
    dcat_award awards[2];
    dcat_totals totals = {0};
    play_two(state, 2.5, awards, &totals);
    // Busy from 0 to 1 s for the first; the second: 0.5 + 1 + 1 = 2.5 s, and busy until 2 s.
    assert_int_equal(totals.awarded, 2);
    assert_near(awards[1].waiting_s, 1.0, 1e-15);
    assert_near(dcat_state_cluster(state, 0).busy_until_s, 2.0, 1e-15);
    // A machine has the first one's data at 1 s, is done with it at 2 s and with the other at 3 s.
    assert_false(awards[0].late);
    assert_true(awards[1].late);
    assert_int_equal(totals.late, 1);
    assert_near(dcat_state_server(state, 0).fifo_until_s, 3.0, 1e-15);
    // Its queue stays with the servers when they part; until 3 s it would have kept its word.
    dcat_state_set_clusters(state, (const int32_t[S]){0, 1});
    assert_near(dcat_state_server(state, 1).fifo_until_s, 3.0, 1e-15);
    dcat_state_reset(state);
    dcat_state_set_clusters(state, (const int32_t[S]){0, 0});
    play_two(state, 3.0, awards, &totals);
    assert_false(awards[1].late);
    assert_int_equal(totals.late, 1);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

// 0.3 money per giga-cycle and second, 500 G: 150 a second, until the work can begin.
static void test_handicap_counts_the_time_until_work_can_begin(void **fixture)
{
    (void)fixture;
    dcat_world *world = slow_world(DCAT_QUEUE_FIFO, 0.3);
    dcat_state *state = one_cluster(world, "posted");
    const dcat_task far = task_with(20e6, 9.0), near = task_with(10e6, 9.0);
    dcat_offer offer = dcat_state_offer(state, 0.0, &far, 0); // idle, but the data takes 1 s
    assert_near(offer.bid - offer.limit, 150.0, 1e-11);
    dcat_award award;
    dcat_totals totals = {0};
    dcat_state_step(state, 0.0, 0, 0, &far, 1, &award, &totals, NULL);
    double ceiling = award.payment + 150.0;         // what a taker is paid before the handicap
    offer = dcat_state_offer(state, 0.0, &near, 0); // free at 2 s, and the data long there
    assert_near(offer.bid - offer.limit, 300.0, 1e-11);
    dcat_state_step(state, 0.0, 0, 0, &near, 1, &award, &totals, NULL);
    assert_near(award.payment, ceiling - 300.0, 1e-11);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

// For a payment of 0, which is one, too.
static void test_award_by_hand_keeps_the_same_queue(void **fixture)
{
    (void)fixture;
    for (int fifo = 0; fifo < 2; fifo++) {
        dcat_world *world = slow_world(fifo ? DCAT_QUEUE_FIFO : DCAT_QUEUE_PAPER, 0.0);
        dcat_state *state = one_cluster(world, "posted");
        const dcat_task first = task_with(20e6, 9.0), second = task_with(10e6, 2.5);
        dcat_award award;
        dcat_totals totals = {0};
        assert_int_equal(dcat_state_award_task(state, 0.0, &first, 0, 0.0, &award, &totals, NULL),
                         DCAT_OK);
        assert_near(dcat_state_cluster(state, 0).busy_until_s, fifo ? 2.0 : 1.0, 1e-15);
        // 0.5 + 1.5 + 1 = 3 s under fifo, 2.5 s by the paper, which no machine keeps.
        assert_int_equal(dcat_state_award_task(state, 0.0, &second, 0, 1.0, &award, &totals, NULL),
                         fifo ? DCAT_ERR_RANGE : DCAT_OK);
        assert_int_equal(totals.late, fifo ? 0 : 1);
        dcat_state_destroy(state);
        dcat_world_destroy(world);
    }
}

static void test_a_state_that_is_placed_begins_at_time_0(void **fixture)
{
    (void)fixture;
    dcat_world *world = slow_world(DCAT_QUEUE_FIFO, 0.0);
    dcat_state *state = one_cluster(world, "posted");
    const dcat_task task = task_with(20e6, 9.0);
    dcat_award award;
    dcat_totals totals = {0};
    assert_int_equal(dcat_state_step(state, 0.0, 0, 0, &task, 1, &award, &totals, NULL), DCAT_OK);
    dcat_task later = task;
    later.arrival_s = 5.0;
    assert_int_equal(dcat_state_step(state, 5.0, 0, 5, &later, 1, &award, &totals, NULL), DCAT_OK);
    assert_int_equal(dcat_state_step(state, 0.0, 0, 6, &task, 1, &award, &totals, NULL),
                     DCAT_ERR_RANGE); // time does not run backwards
    const double busy_until_s[S] = {2.0, 0.0};
    state_place(state, busy_until_s, (const int32_t[S]){0, 1});
    assert_int_equal(dcat_state_step(state, 0.0, 0, 0, &task, 1, &award, &totals, NULL), DCAT_OK);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_two_rules_in_numbers),
        cmocka_unit_test(test_fifo_starts_when_data_and_cluster_are_there),
        cmocka_unit_test(test_paper_works_on_data_still_on_its_way),
        cmocka_unit_test(test_handicap_counts_the_time_until_work_can_begin),
        cmocka_unit_test(test_award_by_hand_keeps_the_same_queue),
        cmocka_unit_test(test_a_state_that_is_placed_begins_at_time_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
