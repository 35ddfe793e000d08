// SPDX-License-Identifier: Apache-2.0
// Arrivals that are drawn from a profile.

#include "demand_support.h"
#include "random_world.h"
#include "world/demand.h"
#include <string.h>

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

// --- classes

static void test_classes_follow_their_weights_and_change_nothing_else(void **fixture)
{
    (void)fixture;
    const double class_weight[] = {3.0, 0.0, 1.0, /**/ 0.0, 2.0, 0.0};
    dcat_demand_profile profile = good_profile();
    dcat_demand *one = profile_demand(&profile);
    profile.class_weight = class_weight;
    profile.class_count = 3;
    dcat_demand *several = profile_demand(&profile);
    dcat_world *world = simple_world(1.0, 20, 2);
    size_t task_max = dcat_demand_slot_task_max(one);
    dcat_task *plain = calloc(task_max, sizeof *plain), *tasks = calloc(task_max, sizeof *tasks);
    double seen[6] = {0.0}, count_0 = 0.0;
    for (uint32_t slot = 0; slot < 4000; slot++) {
        size_t count = dcat_demand_slot(one, world, 5, 0, slot, 0, plain);
        assert_int_equal(dcat_demand_slot(several, world, 5, 0, slot, 0, tasks), count);
        for (size_t n = 0; n < count; n++) {
            assert_int_equal(plain[n].class_id, 0);
            assert_true(tasks[n].area == plain[n].area && tasks[n].id == plain[n].id &&
                        tasks[n].work_cycles == plain[n].work_cycles &&
                        tasks[n].data_bits == plain[n].data_bits &&
                        tasks[n].deadline_s == plain[n].deadline_s);
            seen[3 * tasks[n].area + tasks[n].class_id] += 1.0;
            count_0 += tasks[n].area == 0;
        }
    }
    // Area 0: 3 of 4 are of class 0, within five standard errors; area 1: all of class 1.
    assert_true(fabs(seen[0] / count_0 - 0.75) < 5.0 * sqrt(0.75 * 0.25 / count_0));
    assert_near(seen[0] + seen[2], count_0, 0.0);
    assert_near(seen[3] + seen[5], 0.0, 0.0);
    assert_true(seen[4] > 0.0);
    dcat_error err = {0};
    assert_int_equal(demand_check_world(several, world, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "tasks of class 2"));
    free(plain);
    free(tasks);
    dcat_demand_destroy(one);
    dcat_demand_destroy(several);
    dcat_world_destroy(world);
}

static void test_wrong_weights_of_classes_are_refused(void **fixture)
{
    (void)fixture;
    double class_weight[] = {1.0, 1.0, /**/ 0.0, 0.0};
    dcat_demand_profile profile = good_profile();
    profile.class_weight = class_weight;
    assert_profile_refused(&profile, "1 to 65536 classes, got 0");
    profile.class_count = 70000;
    assert_profile_refused(&profile, "got 70000");
    profile.class_count = 2;
    assert_profile_refused(&profile, "the weights of classes in area 1 sum to 0");
    class_weight[2] = NAN;
    assert_profile_refused(&profile, "the weight of class 0 in area 1 must be >= 0, got nan");
    class_weight[2] = INFINITY;
    assert_profile_refused(&profile, "sum to inf");
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
    dcat_task second = task;
    second.class_id = 1;
    dcat_demand *classes = task_demand(&second, 1, 1.0, 20);
    assert_int_equal(demand_check_world(classes, fits, &err), DCAT_ERR_RANGE);
    assert_string_equal(err.message, "the demand has tasks of class 1, the world 1 class");
    dcat_demand_destroy(classes);
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
        cmocka_unit_test(test_classes_follow_their_weights_and_change_nothing_else),
        cmocka_unit_test(test_wrong_weights_of_classes_are_refused),
        cmocka_unit_test(test_demand_must_fit_the_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
