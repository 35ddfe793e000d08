// SPDX-License-Identifier: Apache-2.0
// Arrivals: drawn from a profile, and given as a list.

#include "random_world.h"
#include "world/demand.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dcat_world *simple_world(double slot_s, int slots_per_cycle, size_t area_count)
{
    dcat_world_config config = dcat_world_config_default();
    config.slot_s = slot_s;
    config.slots_per_cycle = slots_per_cycle;
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    dcat_area areas[MARKET_AREA_MAX] = {{.node = 0}};
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, &server, 1, areas, area_count, 1, &world, NULL),
                     DCAT_OK);
    return world;
}

// Three steps with totals 2, 4 and 0 of mean 2; two areas.
static const double weights[] = {0.5, 1.5, /**/ 4.0, 0.0, /**/ 0.0, 0.0};

static dcat_demand_profile good_profile(void)
{
    return (dcat_demand_profile){
        DCAT_SIZED(dcat_demand_profile),
        .arrivals_per_slot = 10.0,
        .weight = weights,
        .step_count = 3,
        .area_count = 2,
        .work_cycles = {500e9, 900e9},
        .data_bits = {20e6, 20e6},
        .deadline_s = {2.0, 3.0},
        .value_per_gigacycle = {INFINITY, INFINITY},
        .train_step_count = 2,
    };
}

static dcat_demand *profile_demand(const dcat_demand_profile *profile)
{
    dcat_error err = {0};
    dcat_demand *demand = NULL;
    if (dcat_demand_create_profile(profile, &demand, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return demand;
}

// --- drawn

static void test_rates_follow_the_profile_and_average_to_lambda(void **fixture)
{
    (void)fixture;
    // lambda * weight / 2: area 0 gets 2.5, 20, 0 and area 1 gets 7.5, 0, 0 arrivals per slot.
    const double expected[] = {2.5, 7.5, 20.0, 0.0, 0.0, 0.0};
    const dcat_demand_profile profile = good_profile();
    dcat_demand *demand = profile_demand(&profile);
    dcat_world *world = simple_world(1.0, 20, 2);
    dcat_task *tasks = calloc(dcat_demand_slot_task_max(demand), sizeof *tasks);
    const uint32_t slot_count = 4000;
    double total = 0.0;
    for (uint32_t cycle = 0; cycle < 3; cycle++) {
        double seen[2] = {0.0, 0.0};
        for (uint32_t slot = 0; slot < slot_count; slot++) {
            size_t count = dcat_demand_slot(demand, world, 77, cycle, slot, 0, tasks);
            for (size_t n = 0; n < count; n++) {
                seen[tasks[n].area] += 1.0;
            }
        }
        for (size_t a = 0; a < 2; a++) {
            double rate = expected[2 * cycle + a];
            total += seen[a];
            // Five standard errors of a Poisson mean.
            assert_true(fabs(seen[a] / slot_count - rate) <= 5.0 * sqrt(rate / slot_count));
        }
    }
    assert_near(total / (3.0 * slot_count), 10.0, 0.02); // lambda: the mean over the whole profile
    free(tasks);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

static void test_drawn_tasks_fill_their_ranges(void **fixture)
{
    (void)fixture;
    dcat_demand_profile profile = good_profile();
    profile.value_per_gigacycle = (dcat_range){12.0, 30.0};
    dcat_demand *demand = profile_demand(&profile);
    dcat_world *world = simple_world(0.5, 20, 2);
    dcat_task *tasks = calloc(dcat_demand_slot_task_max(demand), sizeof *tasks);
    double count = 0.0, work = 0.0, deadline = 0.0, value = 0.0, cross = 0.0;
    for (uint32_t slot = 0; slot < 2000; slot++) {
        size_t arrived = dcat_demand_slot(demand, world, 5, 1, slot, 100, tasks);
        for (size_t n = 0; n < arrived; n++) {
            const dcat_task *task = &tasks[n];
            assert_true(task->work_cycles >= 500e9 && task->work_cycles <= 900e9);
            assert_true(task->deadline_s >= 2.0 && task->deadline_s <= 3.0);
            assert_near(task->data_bits, 20e6, 0.0);
            assert_near(task->arrival_s, (20.0 + slot) * 0.5, 0.0); // its slot's start, cycle 1
            assert_int_equal(task->id, 100 + n);
            double per_gigacycle = task->value / (task->work_cycles * 1e-9);
            assert_true(per_gigacycle >= 12.0 * (1.0 - 1e-12) &&
                        per_gigacycle <= 30.0 * (1.0 + 1e-12));
            count += 1.0;
            work += task->work_cycles * 1e-9;
            deadline += task->deadline_s;
            value += per_gigacycle;
            cross += (task->work_cycles * 1e-9 - 700.0) * (task->deadline_s - 2.5);
        }
    }
    // Uniform: mean in the middle, within five times width / sqrt(12 n).
    double error = 5.0 / sqrt(12.0 * count);
    assert_true(fabs(work / count - 700.0) < 400.0 * error);
    assert_true(fabs(deadline / count - 2.5) < 1.0 * error);
    assert_true(fabs(value / count - 21.0) < 18.0 * error);
    assert_true(fabs(cross / count) < 400.0 * 1.0 * 5.0 / 12.0 / sqrt(count)); // not correlated
    free(tasks);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

static void test_without_value_range_tasks_have_no_limit_on_the_fee(void **fixture)
{
    (void)fixture;
    const dcat_demand_profile profile = good_profile();
    dcat_demand *demand = profile_demand(&profile);
    dcat_world *world = simple_world(1.0, 20, 2);
    dcat_task *tasks = calloc(dcat_demand_slot_task_max(demand), sizeof *tasks);
    size_t count = dcat_demand_slot(demand, world, 5, 1, 0, 0, tasks);
    assert_true(count > 0 && tasks[0].value == INFINITY);
    free(tasks);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

static void test_the_same_seed_cycle_and_slot_give_the_same_tasks(void **fixture)
{
    (void)fixture;
    const dcat_demand_profile profile = good_profile();
    dcat_demand *demand = profile_demand(&profile);
    dcat_world *world = simple_world(1.0, 20, 2);
    size_t task_max = dcat_demand_slot_task_max(demand);
    dcat_task *first = calloc(task_max, sizeof *first), *second = calloc(task_max, sizeof *second);
    size_t differs_by_seed = 0, differs_by_slot = 0;
    for (uint32_t slot = 0; slot < 20; slot++) {
        size_t count = dcat_demand_slot(demand, world, 5, 1, slot, 0, first);
        dcat_demand_slot(demand, world, 6, 0, 19 - slot, 0, second); // something else in between
        assert_int_equal(dcat_demand_slot(demand, world, 5, 1, slot, 0, second), count);
        assert_memory_equal(first, second, count * sizeof *first);
        size_t other = dcat_demand_slot(demand, world, 6, 1, slot, 0, second);
        differs_by_seed += other != count || memcmp(first, second, count * sizeof *first) != 0;
        other = dcat_demand_slot(demand, world, 5, 1, slot + 1, 0, second);
        differs_by_slot += other != count || first[0].work_cycles != second[0].work_cycles;
    }
    assert_int_equal(differs_by_seed, 20);
    assert_int_equal(differs_by_slot, 20);
    free(first);
    free(second);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

static void test_profile_is_copied_and_measured(void **fixture)
{
    (void)fixture;
    double *weight = calloc(6, sizeof *weight);
    memcpy(weight, weights, sizeof weights);
    dcat_demand_profile profile = good_profile();
    profile.weight = weight;
    dcat_demand *demand = profile_demand(&profile);
    free(weight);
    assert_int_equal(dcat_demand_area_count(demand), 2);
    assert_int_equal(dcat_demand_cycle_count(demand), 3);
    assert_true(dcat_demand_is_drawn(demand));
    // The busiest step has 20: 20 + 8 sqrt(20) + 40 = 95.8.
    assert_int_equal(dcat_demand_slot_task_max(demand), 95);
    dcat_demand_destroy(demand);
    dcat_demand_destroy(NULL);
}

static void assert_profile_refused(const dcat_demand_profile *profile, const char *words)
{
    dcat_error err = {0};
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_demand_create_profile(profile, &demand, &err), DCAT_ERR_RANGE);
    assert_null(demand);
    if (strstr(err.message, words) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, words);
    }
}

static void test_bad_profiles_are_refused_by_field(void **fixture)
{
    (void)fixture;
    const struct {
        size_t offset;
        double min, max; // min alone for plain numbers (max NAN)
        const char *words;
    } cases[] = {
        {offsetof(dcat_demand_profile, arrivals_per_slot), 0.0, NAN, "demand.arrivals_per_slot"},
        {offsetof(dcat_demand_profile, arrivals_per_slot), -1.0, NAN, "demand.arrivals_per_slot"},
        {offsetof(dcat_demand_profile, arrivals_per_slot), 2e9, NAN, "demand.arrivals_per_slot"},
        {offsetof(dcat_demand_profile, arrivals_per_slot), 9e8, NAN,
         "the busiest step has 1.8e+09"},
        {offsetof(dcat_demand_profile, work_cycles), 0.0, 1.0, "demand.work_gigacycles"},
        {offsetof(dcat_demand_profile, work_cycles), 2.0, 1.0, "demand.work_gigacycles"},
        {offsetof(dcat_demand_profile, work_cycles), 2.0, INFINITY, "demand.work_gigacycles"},
        {offsetof(dcat_demand_profile, data_bits), -1.0, 1.0, "demand.data_mb"},
        {offsetof(dcat_demand_profile, deadline_s), 0.0, 1.0, "demand.deadline_s"},
        {offsetof(dcat_demand_profile, value_per_gigacycle), -1.0, 1.0, "value_per_gigacycle"},
        {offsetof(dcat_demand_profile, value_per_gigacycle), 3.0, 1.0, "value_per_gigacycle"},
        {offsetof(dcat_demand_profile, value_per_gigacycle), 1.0, INFINITY, "value_per_gigacycle"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dcat_demand_profile profile = good_profile();
        char *at = (char *)&profile + cases[i].offset;
        memcpy(at, &cases[i].min, sizeof(double));
        if (!isnan(cases[i].max)) {
            memcpy(at + sizeof(double), &cases[i].max, sizeof(double));
        }
        assert_profile_refused(&profile, cases[i].words);
    }
    dcat_demand_profile profile = good_profile();
    profile.value_per_gigacycle.min = NAN;
    assert_profile_refused(&profile, "value_per_gigacycle");
    profile = good_profile();
    profile.arrivals_per_slot = NAN;
    assert_profile_refused(&profile, "demand.arrivals_per_slot");
    profile = good_profile();
    profile.data_bits = (dcat_range){0.0, 0.0}; // no data is fine
    dcat_demand *demand = profile_demand(&profile);
    dcat_demand_destroy(demand);
}

static void test_bad_profile_tables_are_refused(void **fixture)
{
    (void)fixture;
    dcat_demand_profile profile = good_profile();
    profile.step_count = 0;
    assert_profile_refused(&profile, "at least one step and one area, got 0 x 2");
    profile = good_profile();
    profile.area_count = 0;
    assert_profile_refused(&profile, "got 3 x 0");
    profile = good_profile();
    profile.step_count = (size_t)UINT32_MAX + 1;
    assert_profile_refused(&profile, "at least one step");
    profile = good_profile();
    profile.area_count = (size_t)INT32_MAX + 1;
    assert_profile_refused(&profile, "at least one step");
    profile = good_profile();
    profile.train_step_count = 0;
    assert_profile_refused(&profile, "training steps must be in [1, 3], got 0");
    profile.train_step_count = 4;
    assert_profile_refused(&profile, "training steps must be in [1, 3], got 4");

    double bad[] = {1.0, 2.0, 3.0, 4.0, 5.0, -1.0};
    profile = good_profile();
    profile.weight = bad;
    assert_profile_refused(&profile, "demand of area 1 in step 2 must be >= 0, got -1");
    bad[5] = NAN;
    assert_profile_refused(&profile, "demand of area 1 in step 2");
    bad[5] = INFINITY;
    assert_profile_refused(&profile, "demand of area 1 in step 2");
    const double nothing[6] = {0.0};
    profile.weight = nothing;
    assert_profile_refused(&profile, "sums to 0; it must be > 0");
    const double too_little[6] = {1e-320};
    profile.weight = too_little;
    assert_profile_refused(&profile, "too little to scale");
    const double too_much[6] = {1e308, 1e308};
    profile.weight = too_much;
    assert_profile_refused(&profile, "sums to inf");
}

// --- given

static dcat_task task_at(double arrival_s)
{
    return (dcat_task){.arrival_s = arrival_s,
                       .work_cycles = 700e9,
                       .data_bits = 20e6,
                       .deadline_s = 2.5,
                       .value = INFINITY};
}

static dcat_demand *task_demand(const dcat_task *tasks, size_t count, double slot_s, int per_cycle)
{
    dcat_error err = {0};
    dcat_demand *demand = NULL;
    if (dcat_demand_create_tasks(tasks, count, 2, slot_s, per_cycle, &demand, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return demand;
}

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

static void test_demand_must_fit_the_world(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    const dcat_demand_profile profile = good_profile();
    const dcat_task task = task_at(0.0);
    dcat_demand *drawn = profile_demand(&profile), *given = task_demand(&task, 1, 1.0, 20);
    dcat_world *fits = simple_world(1.0, 20, 2), *longer = simple_world(2.0, 20, 2);
    dcat_world *fewer = simple_world(1.0, 10, 2), *areas = simple_world(1.0, 20, 3);
    assert_int_equal(demand_check_world(drawn, fits, &err), DCAT_OK);
    assert_int_equal(demand_check_world(drawn, longer, &err), DCAT_OK); // knows no slots of its own
    assert_int_equal(demand_check_world(drawn, areas, &err), DCAT_ERR_RANGE);
    assert_string_equal(err.message, "the demand has 2 areas, the world 3");
    assert_int_equal(demand_check_world(given, fits, &err), DCAT_OK);
    assert_int_equal(demand_check_world(given, longer, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "slots of 1 s, 20 a cycle; the world has slots of 2 s"));
    assert_int_equal(demand_check_world(given, fewer, &err), DCAT_ERR_RANGE);
    dcat_demand_destroy(drawn);
    dcat_demand_destroy(given);
    dcat_world_destroy(fits);
    dcat_world_destroy(longer);
    dcat_world_destroy(fewer);
    dcat_world_destroy(areas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates_follow_the_profile_and_average_to_lambda),
        cmocka_unit_test(test_drawn_tasks_fill_their_ranges),
        cmocka_unit_test(test_without_value_range_tasks_have_no_limit_on_the_fee),
        cmocka_unit_test(test_the_same_seed_cycle_and_slot_give_the_same_tasks),
        cmocka_unit_test(test_profile_is_copied_and_measured),
        cmocka_unit_test(test_bad_profiles_are_refused_by_field),
        cmocka_unit_test(test_bad_profile_tables_are_refused),
        cmocka_unit_test(test_given_tasks_come_in_the_first_slot_at_or_after_arrival),
        cmocka_unit_test(test_a_task_that_arrives_at_a_slot_start_is_in_that_slot),
        cmocka_unit_test(test_no_task_is_auctioned_before_it_arrives_or_a_slot_late),
        cmocka_unit_test(test_given_tasks_are_copied_and_numbered_by_position),
        cmocka_unit_test(test_bad_tasks_are_refused_by_index_and_field),
        cmocka_unit_test(test_bad_lists_and_slots_are_refused),
        cmocka_unit_test(test_demand_must_fit_the_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
