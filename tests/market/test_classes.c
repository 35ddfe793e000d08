// SPDX-License-Identifier: Apache-2.0
// Classes of work by hand: queues side by side, teams, memory together, prices of their own, what
// nobody can do, and what the check of a state finds.

#include "cluster/cluster_worlds.h"
#include "dcat/x/resources.h"
#include "dcat/x/task_auction.h"
#include "market/state.h"
#include <math.h>

enum { CPU, GPU, BIG, DEVICES };
enum { WORK, TRAIN, SHARDED, DREAM, CLASSES };
enum { S = 3 };

static const dcat_device devices[DEVICES] = {
    [CPU] = {DCAT_POOL_CPU, 250e9, 100, INFINITY, 0, 0.0, 50.0, 0.0},
    [GPU] = {DCAT_POOL_GPU, 100e9, 1, 10.0, 0, 0.0, 40.0, 0.0},
    [BIG] = {DCAT_POOL_GPU, 300e9, 1, 20.0, 1, 0.0, 90.0, 0.0},
};
static const dcat_class classes[CLASSES] = {
    [WORK] = {DCAT_POOL_CPU, 0.0, DCAT_MEMORY_EACH, 0, 10.0, 2.0},
    [TRAIN] = {DCAT_POOL_GPU, 0.0, DCAT_MEMORY_EACH, 0, 20.0, 1.0},
    [SHARDED] = {DCAT_POOL_GPU, 25.0, DCAT_MEMORY_SUM, 0, 10.0, 2.0},
    [DREAM] = {DCAT_POOL_NPU, 0.0, DCAT_MEMORY_EACH, 0, 10.0, 2.0},
};
static const double efficiency[DEVICES * CLASSES] = {
    1.0, 0.0, 0.0, 0.0, // CPU
    0.0, 1.0, 0.5, 0.0, // GPU
    0.0, 0.5, 1.0, 0.0, // BIG
};
// Server 0: a CPU and a GPU. 1: the big GPU. 2: a CPU.
static const dcat_unit units[] = {
    {0, CPU, 1, NAN, NAN, NAN, 0.0},
    {0, GPU, 1, NAN, NAN, NAN, 0.0},
    {1, BIG, 1, NAN, NAN, NAN, 0.0},
    {2, CPU, 1, NAN, NAN, NAN, 0.0},
};

static dcat_resources *make_resources(size_t server_count, const double *e)
{
    const dcat_resources_config config = {
        DCAT_SIZED(dcat_resources_config),
        .devices = devices,
        .device_count = DEVICES,
        .classes = classes,
        .class_count = CLASSES,
        .efficiency = e,
        .units = units,
        .unit_count = sizeof units / sizeof *units,
        .server_count = server_count,
        .energy_cost = 1e-28,
        .time_cost_per_s = 20.0,
    };
    dcat_resources *made = NULL;
    assert_int_equal(dcat_resources_create(&config, &made, NULL), DCAT_OK);
    return made;
}

static dcat_world *make_world(dcat_world_config config)
{
    const dcat_server servers[S] = {test_server(0.0, 0.0), test_server(1e3, 0.0),
                                    test_server(2e3, 0.0)};
    dcat_resources *resources = make_resources(S, efficiency);
    config.resources = resources;
    dcat_world *world = build_world(&config, servers, S, 1);
    dcat_resources_destroy(resources); // the world has its own
    return world;
}

static dcat_state *make_state(const dcat_world *world, const int32_t *cluster_of)
{
    dcat_state *state = NULL;
    assert_int_equal(dcat_state_create(world, dcat_auction_find("rea-s"), 1, 8, &state, NULL),
                     DCAT_OK);
    dcat_state_set_clusters(state, cluster_of);
    return state;
}

static dcat_task task_of(int32_t class_id, double work_cycles)
{
    return (dcat_task){.work_cycles = work_cycles,
                       .data_bits = 1e3,
                       .deadline_s = 5.0,
                       .value = INFINITY,
                       .class_id = class_id};
}

static dcat_award sell(dcat_state *state, double now_s, dcat_task task)
{
    dcat_totals totals = {0};
    dcat_award award;
    assert_int_equal(dcat_state_auction_task(state, now_s, 0, 0, &task, 0, &award, &totals, NULL),
                     DCAT_OK);
    assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    return award;
}

static const int32_t together[S] = {0, 0, 0};

static void test_a_world_knows_what_its_servers_are_to_classes(void **fixture)
{
    (void)fixture;
    dcat_world *world = make_world(dcat_world_config_default());
    const dcat_member *members = dcat_world_members_view(world);
    assert_int_equal(dcat_world_class_count(world), CLASSES);
    assert_int_equal(dcat_world_queue_count(world), 3); // nothing needs the pool `other`
    assert_int_equal(dcat_world_queue_of(world, WORK), 0);
    assert_int_equal(dcat_world_queue_of(world, TRAIN), 1);
    assert_int_equal(dcat_world_queue_of(world, SHARDED), 1);
    assert_int_equal(dcat_world_queue_of(world, DREAM), 2);
    assert_near(members[TRAIN * S + 1].speed_hz, 150e9, 0.0);     // 300 x 0.5
    assert_near(members[TRAIN * S + 1].unit_cost, 0.6e-9, 1e-24); // 90 / 300 / 0.5
    assert_near(members[TRAIN * S + 1].tariff, 0.6e-9, 1e-24);    // the device's costs
    assert_near(members[TRAIN * S + 2].speed_hz, 0.0, 0.0);       // has no GPU
    assert_ptr_not_equal(dcat_world_config_view(world)->resources, NULL);
    const dcat_task task = task_of(TRAIN, 100e9);
    assert_near(dcat_task_fee(world, &task), 20.0 * (1.0 + 1.0 / 5.0) * 100.0, 1e-9);
    dcat_world_destroy(world);
}

static void test_a_cluster_works_on_a_class_with_those_who_can(void **fixture)
{
    (void)fixture;
    dcat_world *world = make_world(dcat_world_config_default());
    dcat_state *state = make_state(world, together);
    dcat_cluster_view train = dcat_state_team(state, 0, TRAIN);
    assert_int_equal(train.worker_count, 2);
    assert_int_equal(train.workers[0], 0);
    assert_int_equal(train.workers[1], 1);
    assert_near(train.speed_hz, 250e9, 0.0);
    assert_near(train.unit_cost_mean, (100.0 * 0.4 + 150.0 * 0.6) / 250.0 * 1e-9, 1e-24);
    assert_int_equal(dcat_state_team(state, 0, DREAM).worker_count, 0);
    assert_true(isinf(dcat_state_team(state, 0, DREAM).unit_limit));
    assert_int_equal(dcat_state_cluster(state, 0).worker_count, 2); // class 0: both CPUs

    // 500 G in 2 s: 100 of 250 are server 0's.
    dcat_award award = sell(state, 0.0, task_of(TRAIN, 500e9));
    assert_int_equal(award.outcome, DCAT_AUCTION_SOLD);
    assert_near(award.processing_s, 2.0, 1e-12);
    dcat_member_share share = dcat_state_member_share(state, TRAIN, 0, 500e9, 100.0);
    assert_near(share.work_cycles, 200e9, 1.0);
    assert_near(share.payment, 40.0, 1e-9);
    assert_near(dcat_state_member_share(state, TRAIN, 2, 500e9, 100.0).payment, 0.0, 0.0);
    assert_near(dcat_state_queue(state, 0, 1).work_cycles, 200e9, 1.0);
    assert_near(dcat_state_queue(state, 0, 0).work_cycles, 0.0, 0.0);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_queues_of_pools_do_not_wait_for_each_other(void **fixture)
{
    (void)fixture;
    dcat_world *world = make_world(dcat_world_config_default());
    dcat_state *state = make_state(world, together);
    double train_s = sell(state, 0.0, task_of(TRAIN, 500e9)).processing_s;
    assert_near(sell(state, 0.0, task_of(WORK, 500e9)).waiting_s, 0.0, 0.0);
    // The same GPUs: it waits until the first has done. 350 G on 50 + 300 GHz are a second.
    dcat_award behind = sell(state, 0.0, task_of(SHARDED, 350e9));
    assert_near(behind.waiting_s, train_s, 1e-9);
    assert_near(behind.processing_s, 1.0, 1e-12);
    double end_s = dcat_state_queue(state, 1, 1).busy_until_s;
    assert_near(dcat_state_team(state, 0, TRAIN).busy_until_s, end_s, 0.0);
    assert_near(dcat_state_server(state, 0).busy_until_s, end_s, 0.0); // the later of two
    assert_true(dcat_state_queue(state, 0, 0).busy_until_s < end_s);
    assert_near(dcat_state_server(state, 0).busy_s,
                dcat_state_queue(state, 0, 0).busy_s + dcat_state_queue(state, 0, 1).busy_s, 0.0);

    // Alone again each server takes its queues along.
    dcat_state_set_clusters(state, (const int32_t[S]){0, 1, 2});
    assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    assert_near(dcat_state_team(state, 1, SHARDED).busy_until_s, 0.0, 0.0); // 20 of 25: no team
    assert_near(dcat_state_team(state, 1, TRAIN).busy_until_s, end_s, 0.0);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_what_nobody_has_devices_for_is_lost_for_that(void **fixture)
{
    (void)fixture;
    dcat_world *world = make_world(dcat_world_config_default());
    dcat_state *state = make_state(world, together);
    dcat_totals totals = {0};
    dcat_award awards[3];
    dcat_task tasks[3] = {task_of(DREAM, 1e9), task_of(DREAM, 1e9), task_of(TRAIN, 1e15)};
    tasks[1].value = 1.0; // less than its fee: its user would not have it in any case
    assert_int_equal(dcat_state_step(state, 0.0, 0, 0, tasks, 3, awards, &totals, NULL), DCAT_OK);
    assert_int_equal(awards[0].outcome, DCAT_AUCTION_NO_DEVICE);
    assert_int_equal(awards[1].outcome, DCAT_AUCTION_OVER_VALUE);
    assert_int_equal(awards[2].outcome, DCAT_AUCTION_NO_CANDIDATE);
    assert_int_equal(totals.no_device, 1);
    assert_int_equal(totals.over_value, 1);
    assert_int_equal(totals.no_candidate, 1);
    assert_false(dcat_state_offer(state, 0.0, &tasks[0], 0).feasible);
    assert_int_equal(dcat_state_award_task(state, 0.0, &tasks[0], 0, 1.0, NULL, &totals, NULL),
                     DCAT_ERR_RANGE);
    // In clusters of their own no GPUs hold 25 together.
    dcat_state_set_clusters(state, (const int32_t[S]){0, 1, 2});
    assert_int_equal(sell(state, 0.0, task_of(SHARDED, 1e9)).outcome, DCAT_AUCTION_NO_DEVICE);
    tasks[0].class_id = CLASSES;
    dcat_error err = {0};
    assert_int_equal(dcat_state_step(state, 0.0, 0, 0, tasks, 1, NULL, &totals, &err),
                     DCAT_ERR_REFERENCE);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_urgency_compares_what_classes_pay(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    config.market.task_order = DCAT_ORDER_URGENCY;
    dcat_world *world = make_world(config);
    // 10 (1 + 2 / 5) = 14 a giga-cycle, 20 (1 + 1 / 5) = 24, and 10 (1 + 2 / 1) = 30.
    dcat_task tasks[3] = {task_of(WORK, 1e9), task_of(TRAIN, 1e9), task_of(SHARDED, 1e9)};
    tasks[2].deadline_s = 1.0;
    int32_t order[3];
    dcat_task_order_of(world, dcat_auction_find("rea-s"), tasks, 3, order);
    assert_int_equal(order[0], 2);
    assert_int_equal(order[1], 1);
    assert_int_equal(order[2], 0);
    dcat_world_destroy(world);
}

static void test_awards_by_hand_and_delays_reach_all_classes_of_a_queue(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    config.market.queue = DCAT_QUEUE_PAPER;
    dcat_world *world = make_world(config);
    dcat_state *state = make_state(world, (const int32_t[S]){0, 0, 1});
    dcat_totals totals = {0};
    const dcat_task task = task_of(TRAIN, 250e9);
    assert_int_equal(dcat_state_award_task(state, 0.0, &task, 0, 50.0, NULL, &totals, NULL),
                     DCAT_OK);
    assert_near(dcat_state_team(state, 0, SHARDED).busy_until_s, 1.0, 1e-12);
    assert_near(dcat_state_team(state, 0, WORK).busy_until_s, 0.0, 0.0);
    assert_near(dcat_state_queue(state, 1, 1).fifo_until_s,
                dcat_state_queue(state, 0, 1).fifo_until_s, 0.0);
    assert_true(dcat_state_queue(state, 0, 1).fifo_until_s > 1.0); // its data came first
    state_delay(state, 0, 0.5);
    assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    assert_near(dcat_state_team(state, 0, SHARDED).busy_until_s, 1.5, 1e-12);
    assert_near(dcat_state_team(state, 0, WORK).busy_until_s, 0.5, 0.0);
    assert_near(dcat_state_queue(state, 1, 1).busy_until_s, 1.5, 1e-12);
    assert_near(dcat_state_team(state, 1, WORK).busy_until_s, 0.0, 0.0);
    double busy_until_s[S];
    state_queues(state, busy_until_s);
    assert_near(busy_until_s[0], 1.5, 1e-12);
    assert_near(busy_until_s[2], 0.0, 0.0);
    // A team alone: who shares its servers waits as well, others do not.
    state_delay_team(state, 0, TRAIN, 0.25);
    state_delay_team(state, 1, TRAIN, 0.25); // nobody there
    assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    assert_near(dcat_state_team(state, 0, TRAIN).busy_until_s, 1.75, 1e-12);
    assert_near(dcat_state_team(state, 0, SHARDED).busy_until_s, 1.75, 1e-12);
    assert_near(dcat_state_team(state, 0, WORK).busy_until_s, 0.5, 0.0);
    assert_near(dcat_state_queue(state, 1, 1).busy_until_s, 1.75, 1e-12);
    // The next award comes behind it, on the scan as well.
    assert_near(sell(state, 0.0, task_of(SHARDED, 350e9)).waiting_s, 1.75, 1e-9);
    state_place(state, (const double[S]){3.0, 4.0, 0.0}, (const int32_t[S]){0, 0, 1});
    assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    assert_near(dcat_state_team(state, 0, TRAIN).busy_until_s, 4.0, 0.0);
    assert_near(dcat_state_team(state, 0, WORK).busy_until_s, 3.0, 0.0);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void assert_broken(const dcat_state *state, const char *beginning)
{
    dcat_error err = {0};
    assert_int_equal(dcat_state_check(state, &err), DCAT_ERR_INTERNAL);
    assert_true(strncmp(err.message, beginning, strlen(beginning)) == 0);
}

static void test_check_walks_every_class(void **fixture)
{
    (void)fixture;
    dcat_world *world = make_world(dcat_world_config_default());
    dcat_state *state = make_state(world, together);
    plane *train = &state->planes[TRAIN], *dream = &state->planes[DREAM];
    sell(state, 0.0, task_of(TRAIN, 250e9));
    train->speed_hz[0] *= 2.0;
    assert_broken(state, "cluster 0 has speed 5");
    train->speed_hz[0] *= 0.5;
    double until_s = state->planes[SHARDED].busy_until_s[0];
    plane_set_busy(&state->planes[SHARDED], 0, 0.5 * until_s);
    assert_broken(state, "server 0 is busy until");
    plane_set_busy(&state->planes[SHARDED], 0, 2.0 * until_s);
    assert_broken(state, "cluster 0 is busy until 2.0");
    plane_set_busy(&state->planes[SHARDED], 0, until_s);
    dream->busy_until_s[0] = 1.0;
    assert_broken(state, "nobody works on class 3 in cluster 0");
    dream->busy_until_s[0] = 0.0;
    dream->speed_hz[0] = 1.0;
    assert_broken(state, "nobody works on class 3 in cluster 0");
    dream->speed_hz[0] = 0.0;
    dream->unit_standing[0] = 1.0;
    assert_broken(state, "nobody works on class 3 in cluster 0");
    dream->unit_standing[0] = INFINITY;
    sell(state, 0.0, task_of(DREAM, 1e9)); // makes its ranks
    dream->scan.rank_of[0] = 0;
    assert_broken(state, "nobody works on class 3 in cluster 0");
    dream->scan.rank_of[0] = -1;
    train->works_in[1] = -1;
    assert_broken(state, "server 1 is to work in cluster 0 but is in 0, works in -1");
    train->works_in[1] = 0;
    assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void expect_refused(size_t server_count, const double *e, const char *message)
{
    const dcat_server servers[S] = {test_server(0.0, 0.0), test_server(1e3, 0.0),
                                    test_server(2e3, 0.0)};
    const dcat_area area = {.site = servers[0].site};
    dcat_world_config config = dcat_world_config_default();
    dcat_resources *resources = make_resources(server_count, e);
    config.resources = resources;
    dcat_error err = {0};
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, servers, S, &area, 1, 1, &world, &err),
                     DCAT_ERR_RANGE);
    assert_string_equal(err.message, message);
    dcat_resources_destroy(resources);
}

static void test_worlds_refuse_resources_that_do_not_fit(void **fixture)
{
    (void)fixture;
    expect_refused(4, efficiency, "the resources are of 4 servers, the world has 3");
    double e[DEVICES * CLASSES];
    memcpy(e, efficiency, sizeof e);
    e[BIG * CLASSES + TRAIN] = 1e300; // 300 GHz times that are more than a number
    expect_refused(3, e,
                   "server 1, class 1: effective speed, cost and tariff must be finite and > 0, "
                   "got inf Hz, 3e-310 and 3e-310 per cycle");
    e[BIG * CLASSES + TRAIN] = 0x1p-1070; // 0.3 by that is, too
    expect_refused(3, e,
                   "server 1, class 1: effective speed, cost and tariff must be finite and > 0, "
                   "got 2.37152e-311 Hz, inf and inf per cycle");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_world_knows_what_its_servers_are_to_classes),
        cmocka_unit_test(test_a_cluster_works_on_a_class_with_those_who_can),
        cmocka_unit_test(test_queues_of_pools_do_not_wait_for_each_other),
        cmocka_unit_test(test_what_nobody_has_devices_for_is_lost_for_that),
        cmocka_unit_test(test_urgency_compares_what_classes_pay),
        cmocka_unit_test(test_awards_by_hand_and_delays_reach_all_classes_of_a_queue),
        cmocka_unit_test(test_check_walks_every_class),
        cmocka_unit_test(test_worlds_refuse_resources_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
