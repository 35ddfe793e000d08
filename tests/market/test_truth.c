// SPDX-License-Identifier: Apache-2.0
// Servers that are not what the platform takes them for: promises go by what it knows, queues by
// what work takes, and a late task pays nothing.

#include "dcat/x/resources.h"
#include "dcat/x/task_auction.h"
#include "market/state.h"
#include "random_world.h"

enum { S = 2 };

typedef struct fixture_world {
    dcat_world *world;
    dcat_state *state;
} fixture_world;

// Two servers of 100 GHz each at the one class, beside the area; in truth as fast as said.
static fixture_world make(const double true_speed_hz[S])
{
    const dcat_device device = {.pool = DCAT_POOL_GPU,
                                .speed_hz = 100e9,
                                .core_count = 1,
                                .memory_bytes = INFINITY,
                                .energy_cost = 0.0,
                                .time_cost_per_s = 100.0};
    const dcat_class class = {.pool = DCAT_POOL_GPU, .price_per_gigacycle = 10.0, .urgency_s = 0.0};
    const double efficiency = 1.0;
    const dcat_unit units[S] = {
        {.server = 0, .count = 1, .speed_hz = NAN, .energy_cost = NAN, .time_cost_per_s = NAN},
        {.server = 1, .count = 1, .speed_hz = NAN, .energy_cost = NAN, .time_cost_per_s = NAN}};
    const dcat_resources_config known = {
        DCAT_SIZED(dcat_resources_config),
        .devices = &device,
        .device_count = 1,
        .classes = &class,
        .class_count = 1,
        .efficiency = &efficiency,
        .units = units,
        .unit_count = S,
        .server_count = S,
    };
    dcat_resources *resources = NULL;
    assert_int_equal(dcat_resources_create(&known, &resources, NULL), DCAT_OK);
    dcat_world_config config = dcat_world_config_default();
    config.network.rate_bps = (dcat_range){1e9, 1e9};
    config.resources = resources;
    config.true_speed_hz = true_speed_hz;
    dcat_server servers[S];
    for (int i = 0; i < S; i++) {
        servers[i] = (dcat_server){.site = {1e3 * i, 0.0},
                                   .speed_hz = 250e9,
                                   .core_count = 100,
                                   .energy_cost = NAN,
                                   .time_cost_per_s = NAN};
    }
    const dcat_area area = {.site = {0.0, 0.0}};
    fixture_world made = {0};
    dcat_error err = {0};
    if (dcat_world_create(&config, servers, S, &area, 1, 1, &made.world, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    dcat_resources_destroy(resources);
    assert_int_equal(
        dcat_state_create(made.world, dcat_auction_find("vickrey"), 1, 4, &made.state, NULL),
        DCAT_OK);
    return made;
}

static void destroy(fixture_world *made)
{
    dcat_state_destroy(made->state);
    dcat_world_destroy(made->world);
}

// 400 giga-cycles, no data: on both servers together 2 s by what the platform knows.
static dcat_task task_of(double deadline_s)
{
    return (dcat_task){
        .work_cycles = 400e9, .data_bits = 0.0, .deadline_s = deadline_s, .value = INFINITY};
}

static dcat_award sell(fixture_world *made, double deadline_s, dcat_totals *totals)
{
    const int32_t together[S] = {0, 0};
    const dcat_task task = task_of(deadline_s);
    dcat_award award;
    dcat_state_set_clusters(made->state, together);
    assert_int_equal(
        dcat_state_auction_task(made->state, 0.0, 0, 0, &task, 0, &award, totals, NULL), DCAT_OK);
    assert_int_equal(award.outcome, DCAT_AUCTION_SOLD);
    assert_true(award.payment > 0.0);
    return award;
}

static void test_truth_that_is_as_said_changes_nothing(void **fixture)
{
    (void)fixture;
    const double as_said[S] = {100e9, 100e9};
    fixture_world plain = make(NULL), same = make(as_said);
    dcat_totals first = {0}, second = {0};
    dcat_award a = sell(&plain, 2.5, &first), b = sell(&same, 2.5, &second);
    assert_memory_equal(&a.fee, &b.fee, sizeof a.fee);
    assert_memory_equal(&a.processing_s, &b.processing_s, sizeof a.processing_s);
    assert_false(b.late);
    assert_near(dcat_state_cluster(plain.state, 0).busy_until_s,
                dcat_state_cluster(same.state, 0).busy_until_s, 0.0);
    destroy(&plain);
    destroy(&same);
}

static void test_truth_the_slowest_worker_ends_a_task(void **fixture)
{
    (void)fixture;
    // Halves of 200 giga-cycles: 2 s on the one, 200 / 80 = 2.5 s on the other.
    const double slower[S] = {100e9, 80e9};
    fixture_world made = make(slower);
    dcat_totals totals = {0};
    dcat_award award = sell(&made, 3.0, &totals);
    assert_near(award.processing_s, 2.5, 1e-12);
    assert_false(award.late);
    assert_near(totals.fee, 4000.0, 1e-9);
    double busy_until_s = dcat_state_cluster(made.state, 0).busy_until_s;
    assert_near(busy_until_s, award.transfer_s + award.waiting_s + 2.5, 1e-12);
    assert_near(dcat_state_server(made.state, 1).busy_s, 2.5, 1e-12);
    destroy(&made);
}

static void test_truth_makes_a_late_task_pay_nothing_and_its_provider_is_paid(void **fixture)
{
    (void)fixture;
    const double slower[S] = {100e9, 80e9};
    fixture_world made = make(slower);
    dcat_totals totals = {0};
    dcat_award award = sell(&made, 2.4, &totals);
    assert_true(award.late);
    assert_near(award.fee, 0.0, 0.0);
    assert_near(totals.fee, 0.0, 0.0);
    assert_near(totals.payment, award.payment, 0.0);
    assert_int_equal(totals.late, 1);
    assert_int_equal(totals.awarded, 1);
    destroy(&made);
}

static void test_truth_that_never_ends_is_given_up_when_promised(void **fixture)
{
    (void)fixture;
    const double never[S] = {100e9, 0.0};
    fixture_world made = make(never);
    dcat_totals totals = {0};
    dcat_award award = sell(&made, 30.0, &totals);
    assert_true(award.late);
    assert_near(award.processing_s, 2.0, 1e-12);
    destroy(&made);
}

// Whoever dispatches meets the same truth.
static void test_truth_holds_for_awards_from_outside(void **fixture)
{
    (void)fixture;
    const double faster[S] = {200e9, 200e9}, never[S] = {0.0, 0.0};
    const dcat_task task = task_of(2.5);
    const struct {
        const double *true_hz;
        double processing_s;
        bool late;
    } cases[] = {{faster, 2.0, false}, {never, 4.0, true}};
    for (size_t i = 0; i < 2; i++) {
        fixture_world made = make(cases[i].true_hz);
        dcat_totals totals = {0};
        dcat_award award;
        dcat_task alone = task;
        alone.deadline_s = 10.0; // one server alone: 4 s by what is known
        assert_int_equal(
            dcat_state_award_task(made.state, 0.0, &alone, 0, 50.0, &award, &totals, NULL),
            DCAT_OK);
        assert_near(award.processing_s, cases[i].processing_s, 1e-12);
        assert_int_equal(award.late, cases[i].late);
        assert_near(award.fee, cases[i].late ? 0.0 : 4000.0, 1e-9);
        destroy(&made);
    }
}

static void test_truth_needs_resources_and_real_queues(void **fixture)
{
    (void)fixture;
    const double as_said[S] = {100e9, 100e9};
    dcat_world_config config = dcat_world_config_default();
    config.true_speed_hz = as_said;
    const dcat_server servers[S] = {
        {.speed_hz = 1e9, .core_count = 1, .energy_cost = NAN, .time_cost_per_s = NAN},
        {.speed_hz = 1e9, .core_count = 1, .energy_cost = NAN, .time_cost_per_s = NAN}};
    const dcat_area area = {.site = {0.0, 0.0}};
    dcat_world *world = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_world_create(&config, servers, S, &area, 1, 1, &world, &err),
                     DCAT_ERR_RANGE);
    assert_string_equal(err.message, "true speeds need resources and first-in-first-out queues");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truth_that_is_as_said_changes_nothing),
        cmocka_unit_test(test_truth_the_slowest_worker_ends_a_task),
        cmocka_unit_test(test_truth_makes_a_late_task_pay_nothing_and_its_provider_is_paid),
        cmocka_unit_test(test_truth_that_never_ends_is_given_up_when_promised),
        cmocka_unit_test(test_truth_holds_for_awards_from_outside),
        cmocka_unit_test(test_truth_needs_resources_and_real_queues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
