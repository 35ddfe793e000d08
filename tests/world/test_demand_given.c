// SPDX-License-Identifier: Apache-2.0
// Arrivals that are given as a list.

#include "demand_support.h"
#include "random_world.h"
#include "world/demand.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- given

static void test_given_tasks_come_in_the_first_slot_at_or_after_arrival(void **fixture)
{
    (void)fixture;
    // Slots of 2 s, three a cycle: starts 0, 2, 4 | 6, 8, 10 | 12. In any order; ties as in the
    // list.
    const dcat_task tasks[] = {task_at(2.0), task_at(0.0), task_at(2.1), task_at(11.9),
                               task_at(4.0), task_at(2.1), task_at(6.0), task_at(0.5)};
    dcat_demand *demand = task_demand(tasks, 8, 2.0, 3);
    assert_false(dcat_demand_is_drawn(demand));
    assert_int_equal(dcat_demand_cycle_count(demand), 3); // 11.9 waits for the slot at 12
    assert_int_equal(dcat_demand_slot_task_max(demand), 3);
    const struct {
        uint32_t cycle, slot;
        size_t count;
        int32_t id[3];
    } expected[] = {
        {0, 0, 1, {1}}, {0, 1, 2, {7, 0}}, {0, 2, 3, {2, 5, 4}}, {1, 0, 1, {6}},
        {1, 1, 0, {0}}, {1, 2, 0, {0}},    {2, 0, 1, {3}},       {2, 1, 0, {0}},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        dcat_task slot[3];
        size_t count =
            dcat_demand_slot(demand, NULL, 99, expected[i].cycle, expected[i].slot, 0, slot);
        assert_int_equal(count, expected[i].count);
        for (size_t n = 0; n < count; n++) {
            assert_int_equal(slot[n].id, expected[i].id[n]);
            assert_near(slot[n].arrival_s, tasks[slot[n].id].arrival_s, 0.0);
        }
    }
    dcat_demand_destroy(demand);
}

static void test_a_task_that_arrives_at_a_slot_start_is_in_that_slot(void **fixture)
{
    (void)fixture;
    // Slot starts as a run computes them: k * 0.01. Many quotients k * 0.01 / 0.01 are not k:
    // 0.07 / 0.01 is 7.000000000000001.
    enum { COUNT = 2000 };
    static dcat_task tasks[COUNT];
    for (int k = 0; k < COUNT; k++) {
        tasks[k] = task_at(k * 0.01);
    }
    dcat_demand *demand = task_demand(tasks, COUNT, 0.01, COUNT);
    assert_int_equal(dcat_demand_slot_task_max(demand), 1);
    for (uint32_t k = 0; k < COUNT; k++) {
        dcat_task slot[1];
        assert_int_equal(dcat_demand_slot(demand, NULL, 0, 0, k, 0, slot), 1);
        assert_int_equal(slot[0].id, k);
    }
    dcat_demand_destroy(demand);
}

static void test_no_task_is_auctioned_before_it_arrives_or_a_slot_late(void **fixture)
{
    (void)fixture;
    const uint64_t seed = 17;
    dcat_rng rng = test_rng(seed);
    size_t case_count = test_cases(200);
    for (size_t c = 0; c < case_count; c++) {
        enum { COUNT = 100, PER_CYCLE = 7 };
        static dcat_task tasks[COUNT], slot[COUNT];
        double slot_s = rng_in(&rng, 0.01, 2.0);
        for (size_t n = 0; n < COUNT; n++) {
            double arrival_s = dcat_rng_below(&rng, 50) * slot_s;
            uint32_t kind = dcat_rng_below(&rng, 4);
            arrival_s = kind == 0   ? nextafter(arrival_s, INFINITY)
                        : kind == 1 ? nextafter(arrival_s, 0.0)
                        : kind == 2 ? arrival_s + slot_s * dcat_rng_uniform(&rng)
                                    : arrival_s;
            tasks[n] = task_at(arrival_s);
        }
        dcat_demand *demand = task_demand(tasks, COUNT, slot_s, PER_CYCLE);
        size_t seen = 0, cycles = dcat_demand_cycle_count(demand);
        for (uint32_t k = 0; k < cycles * PER_CYCLE; k++) {
            size_t count = dcat_demand_slot(demand, NULL, 0, k / PER_CYCLE, k % PER_CYCLE, 0, slot);
            for (size_t n = 0; n < count; n++, seen++) {
                assert_true(k * slot_s >= slot[n].arrival_s);
                assert_true(k == 0 || (k - 1) * slot_s < slot[n].arrival_s);
                assert_true(
                    n == 0 || slot[n].arrival_s > slot[n - 1].arrival_s ||
                    (slot[n].arrival_s == slot[n - 1].arrival_s && slot[n].id > slot[n - 1].id));
            }
        }
        assert_int_equal(seen, COUNT);
        dcat_demand_destroy(demand);
    }
}

static void test_given_tasks_are_copied_and_numbered_by_position(void **fixture)
{
    (void)fixture;
    dcat_task *tasks = calloc(2, sizeof *tasks);
    tasks[0] = task_at(1.0);
    tasks[1] = task_at(0.0);
    tasks[0].id = tasks[1].id = 77; // ids are positions, whatever they were
    tasks[0].area = 1;
    tasks[0].value = 5.0;
    dcat_demand *demand = task_demand(tasks, 2, 1.0, 1);
    free(tasks);
    dcat_task slot[1];
    assert_int_equal(dcat_demand_slot(demand, NULL, 0, 1, 0, 0, slot), 1);
    assert_int_equal(slot[0].id, 0);
    assert_int_equal(slot[0].area, 1);
    assert_near(slot[0].value, 5.0, 0.0);
    dcat_demand_destroy(demand);
}

static void assert_tasks_refused(const dcat_task *tasks, size_t count, double slot_s, int per_cycle,
                                 dcat_status status, const char *words)
{
    dcat_error err = {0};
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_demand_create_tasks(tasks, count, 2, slot_s, per_cycle, &demand, &err),
                     status);
    assert_null(demand);
    if (strstr(err.message, words) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, words);
    }
}

static void test_bad_tasks_are_refused_by_index_and_field(void **fixture)
{
    (void)fixture;
    const struct {
        size_t offset;
        double value;
        const char *words;
    } cases[] = {
        {offsetof(dcat_task, arrival_s), -1.0, "task 1: arrival_s must be finite and >= 0, got -1"},
        {offsetof(dcat_task, arrival_s), NAN, "task 1: arrival_s"},
        {offsetof(dcat_task, arrival_s), INFINITY, "task 1: arrival_s"},
        {offsetof(dcat_task, arrival_s), 3e9, "task 1: arrival_s is slot 3e+09"},
        {offsetof(dcat_task, work_cycles), 0.0, "task 1: work must be finite and > 0"},
        {offsetof(dcat_task, work_cycles), INFINITY, "task 1: work"},
        {offsetof(dcat_task, data_bits), -1.0, "task 1: data"},
        {offsetof(dcat_task, data_bits), NAN, "task 1: data"},
        {offsetof(dcat_task, deadline_s), 0.0, "task 1: deadline_s"},
        {offsetof(dcat_task, deadline_s), NAN, "task 1: deadline_s"},
        {offsetof(dcat_task, value), -1.0, "task 1: value"},
        {offsetof(dcat_task, value), NAN, "task 1: value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dcat_task tasks[] = {task_at(0.0), task_at(1.0)};
        memcpy((char *)&tasks[1] + cases[i].offset, &cases[i].value, sizeof(double));
        assert_tasks_refused(tasks, 2, 1.0, 20, DCAT_ERR_RANGE, cases[i].words);
    }
    dcat_task tasks[] = {task_at(0.0), task_at(1.0)};
    tasks[1].area = 2;
    assert_tasks_refused(tasks, 2, 1.0, 20, DCAT_ERR_REFERENCE, "task 1: area 2 does not exist");
    tasks[1].area = -1;
    assert_tasks_refused(tasks, 2, 1.0, 20, DCAT_ERR_REFERENCE, "task 1: area -1");
    tasks[1].area = 0;
    tasks[1].class_id = -1;
    assert_tasks_refused(tasks, 2, 1.0, 20, DCAT_ERR_REFERENCE, "task 1: class -1");
}

static void test_bad_lists_and_slots_are_refused(void **fixture)
{
    (void)fixture;
    const dcat_task task = task_at(0.0);
    assert_tasks_refused(&task, 0, 1.0, 20, DCAT_ERR_RANGE, "there must be 1 to 2147483647 tasks");
    assert_tasks_refused(&task, (size_t)INT32_MAX + 1, 1.0, 20, DCAT_ERR_RANGE, "there must be");
    assert_tasks_refused(&task, 1, 0.0, 20, DCAT_ERR_RANGE, "time.slot_s");
    assert_tasks_refused(&task, 1, NAN, 20, DCAT_ERR_RANGE, "time.slot_s");
    assert_tasks_refused(&task, 1, INFINITY, 20, DCAT_ERR_RANGE, "time.slot_s");
    assert_tasks_refused(&task, 1, 1.0, 0, DCAT_ERR_RANGE, "time.slots_per_cycle");
}

static void test_used_cycles_are_those_with_a_task(void **fixture)
{
    (void)fixture;
    // Cycles of 6 s: two tasks in cycle 2, one in cycle 5, none in between.
    const dcat_task tasks[] = {task_at(31.0), task_at(12.0), task_at(14.5)};
    dcat_demand *demand = task_demand(tasks, 3, 2.0, 3);
    uint32_t first = 99;
    size_t count = 99;
    dcat_demand_used_cycles(demand, &first, &count);
    assert_int_equal(first, 2);
    assert_int_equal(count, 2);
    dcat_demand_destroy(demand);
    market m = market_create(3); // drawn: all of them
    dcat_demand_used_cycles(m.demand, &first, &count);
    assert_int_equal(first, 0);
    assert_int_equal(count, dcat_demand_cycle_count(m.demand));
    market_destroy(&m);
}

static void test_a_demand_fits_a_world_with_its_areas_and_cycles(void **fixture)
{
    (void)fixture;
    market m = market_create(3);
    dcat_error err = {0};
    uint32_t count = (uint32_t)dcat_demand_cycle_count(m.demand);
    assert_int_equal(dcat_demand_check(m.demand, m.world, 0, count, &err), DCAT_OK);
    assert_int_equal(dcat_demand_check(m.demand, m.world, 1, count, &err), DCAT_ERR_RANGE);
    const dcat_world_config config = dcat_world_config_default();
    const dcat_server server = {
        .speed_hz = 1e9, .core_count = 1, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area areas[MARKET_AREA_MAX + 1] = {{.node = 0}};
    dcat_world *other = NULL;
    assert_int_equal(dcat_world_create(&config, &server, 1, areas,
                                       dcat_world_area_count(m.world) + 1, 1, &other, NULL),
                     DCAT_OK);
    assert_int_equal(dcat_demand_check(m.demand, other, 0, count, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "areas"));
    dcat_world_destroy(other);
    market_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given_tasks_come_in_the_first_slot_at_or_after_arrival),
        cmocka_unit_test(test_a_task_that_arrives_at_a_slot_start_is_in_that_slot),
        cmocka_unit_test(test_no_task_is_auctioned_before_it_arrives_or_a_slot_late),
        cmocka_unit_test(test_given_tasks_are_copied_and_numbered_by_position),
        cmocka_unit_test(test_bad_tasks_are_refused_by_index_and_field),
        cmocka_unit_test(test_bad_lists_and_slots_are_refused),
        cmocka_unit_test(test_used_cycles_are_those_with_a_task),
        cmocka_unit_test(test_a_demand_fits_a_world_with_its_areas_and_cycles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
