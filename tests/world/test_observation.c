// SPDX-License-Identifier: Apache-2.0
// What the platform remembers of demand: against naive sums, and drawing tasks from it again.

#include "random_world.h"
#include "world/demand.h"
#include <stdio.h>
#include <stdlib.h>

enum { AREAS = 4, TASKS = 500 };

// An observation with its arrays; sds may be left out.
typedef struct kept_observation {
    dcat_observation view;
    double numbers[7][AREAS];
} kept_observation;

static void prepare(kept_observation *kept, bool with_sd)
{
    *kept = (kept_observation){0};
    kept->view = (dcat_observation){
        .area_count = AREAS,
        .arrivals_per_slot = kept->numbers[0],
        .work_cycles = kept->numbers[1],
        .data_bits = kept->numbers[2],
        .deadline_s = kept->numbers[3],
        .work_sd = with_sd ? kept->numbers[4] : NULL,
        .data_sd = with_sd ? kept->numbers[5] : NULL,
        .deadline_sd = with_sd ? kept->numbers[6] : NULL,
    };
    for (size_t i = 0; i < 7; i++) {
        for (size_t a = 0; a < AREAS; a++) {
            kept->numbers[i][a] = 123.0; // rubbish from before
        }
    }
}

static double field(const dcat_task *task, int which)
{
    return which == 0 ? task->work_cycles : which == 1 ? task->data_bits : task->deadline_s;
}

// Mean and standard deviation in two passes.
static void naive(const dcat_task *tasks, int32_t area, int which, double *mean, double *sd)
{
    double sum = 0.0, squares = 0.0, count = 0.0;
    for (size_t n = 0; n < TASKS; n++) {
        sum += tasks[n].area == area ? field(&tasks[n], which) : 0.0;
        count += tasks[n].area == area;
    }
    *mean = count > 0.0 ? sum / count : 0.0;
    for (size_t n = 0; n < TASKS; n++) {
        double deviation = field(&tasks[n], which) - *mean;
        squares += tasks[n].area == area ? deviation * deviation : 0.0;
    }
    *sd = count > 0.0 ? sqrt(squares / count) : 0.0;
}

static void test_collected_means_and_deviations_are_those_of_the_tasks(void **fixture)
{
    (void)fixture;
    static dcat_task tasks[TASKS];
    static kept_observation kept;
    dcat_rng rng = test_rng(1);
    double arrived[AREAS] = {0};
    for (size_t n = 0; n < TASKS; n++) {
        int32_t area = (int32_t)dcat_rng_below(&rng, AREAS - 1); // nothing ever in the last area
        tasks[n] = (dcat_task){.work_cycles = rng_in(&rng, 500e9, 900e9),
                               .data_bits = 20e6, // all the same: no spread, not rounding noise
                               .deadline_s = rng_in(&rng, 2.0, 3.0),
                               .area = area};
        arrived[area] += 1.0;
    }
    prepare(&kept, true);
    observation_clear(&kept.view);
    observation_add(&kept.view, tasks, 200); // in two slots of a cycle of twenty
    observation_add(&kept.view, tasks + 200, TASKS - 200);
    observation_finish(&kept.view, 20);
    for (int32_t a = 0; a < AREAS; a++) {
        assert_near(kept.view.arrivals_per_slot[a], arrived[a] / 20.0, 1e-15);
        for (int which = 0; which < 3; which++) {
            double mean, sd;
            naive(tasks, a, which, &mean, &sd);
            assert_near(kept.numbers[1 + which][a], mean, 1e-12);
            assert_near(kept.numbers[4 + which][a], which == 1 ? 0.0 : sd, 1e-9);
        }
    }
    assert_near(kept.view.data_sd[0], 0.0, 0.0);
}

static void test_long_run_is_the_mean_of_the_training_steps(void **fixture)
{
    (void)fixture;
    // Mean total 3 over three steps, lambda 6: a weight of 1 is 2 arrivals. Two training steps.
    const double weight[] = {1.0, 0.0, 2.0, 0.0, /**/ 1.0, 1.0, 0.0, 0.0, /**/ 0.0, 4.0, 0.0, 0.0};
    const dcat_demand_profile profile = {DCAT_SIZED(dcat_demand_profile),
                                         .arrivals_per_slot = 6.0,
                                         .weight = weight,
                                         .step_count = 3,
                                         .area_count = AREAS,
                                         .work_cycles = {500e9, 900e9},
                                         .data_bits = {20e6, 20e6},
                                         .deadline_s = {2.0, 3.0},
                                         .value_per_gigacycle = {INFINITY, INFINITY},
                                         .train_step_count = 2};
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_demand_create_profile(&profile, &demand, NULL), DCAT_OK);
    const double expected[] = {2.0, 1.0, 2.0, 0.0}; // 2 (1 + 1) / 2, 2 (0 + 1) / 2, 2 (2 + 0) / 2
    for (int with_sd = 0; with_sd < 2; with_sd++) {
        static kept_observation kept;
        prepare(&kept, with_sd);
        dcat_demand_long_run(demand, &kept.view);
        for (size_t a = 0; a < AREAS; a++) {
            assert_near(kept.view.arrivals_per_slot[a], expected[a], 1e-14);
            assert_near(kept.view.work_cycles[a], 700e9, 0.0);
            assert_near(kept.view.data_bits[a], 20e6, 0.0);
            assert_near(kept.view.deadline_s[a], 2.5, 0.0);
            if (with_sd) { // uniform: width / sqrt(12)
                assert_near(kept.view.work_sd[a], 400e9 / 3.4641016151377544, 1e-14);
                assert_near(kept.view.data_sd[a], 0.0, 0.0);
                assert_near(kept.view.deadline_sd[a], 0.28867513459481287, 1e-14);
            }
        }
    }
    dcat_demand_destroy(demand);
}

// Slots of 1 s, 20 a cycle: tasks at 25 and 30 s are in cycle 1, that at 70 s in cycle 3.
static dcat_demand *given_tasks(void)
{
    const dcat_task tasks[] = {
        {.arrival_s = 25.0, .work_cycles = 1e9, .deadline_s = 1.0, .area = 1},
        {.arrival_s = 30.0, .work_cycles = 3e9, .deadline_s = 2.0, .area = 1},
        {.arrival_s = 70.0, .work_cycles = 5e9, .data_bits = 1e6, .deadline_s = 4.0, .area = 2},
    };
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_demand_create_tasks(tasks, 3, AREAS, 1.0, 20, &demand, NULL), DCAT_OK);
    return demand;
}

static void test_given_tasks_are_known_by_the_first_cycle_that_has_any(void **fixture)
{
    (void)fixture;
    dcat_demand *demand = given_tasks();
    for (int with_sd = 0; with_sd < 2; with_sd++) {
        static kept_observation kept;
        prepare(&kept, with_sd == 1);
        dcat_demand_long_run(demand, &kept.view);
        assert_near(kept.numbers[0][1], 2.0 / 20.0, 1e-15); // two in twenty slots
        assert_near(kept.numbers[1][1], 2e9, 1e-15);
        assert_near(kept.numbers[2][1], 0.0, 0.0);
        assert_near(kept.numbers[3][1], 1.5, 1e-15);
        assert_near(kept.numbers[4][1], with_sd == 1 ? 1e9 : 123.0, 1e-15);
        assert_near(kept.numbers[6][1], with_sd == 1 ? 0.5 : 123.0, 1e-15);
        assert_near(kept.numbers[0][2], 0.0, 0.0); // the later task is not known
    }
    dcat_demand_destroy(demand);
}

static void test_given_tasks_are_known_by_the_last_cycle_before_the_run(void **fixture)
{
    (void)fixture;
    dcat_demand *demand = given_tasks();
    // From cycle 0 and 1 on there is none before, so the first; from 2 and 3 on it is cycle 1.
    static const int area_seen[] = {1, 1, 1, 1, 2};
    for (uint32_t cycle = 0; cycle <= 4; cycle++) {
        static kept_observation kept;
        prepare(&kept, true);
        demand_seen_before(demand, cycle, &kept.view);
        for (int a = 0; a < AREAS; a++) {
            double expected = a != area_seen[cycle] ? 0.0 : a == 1 ? 2.0 / 20.0 : 1.0 / 20.0;
            assert_near(kept.numbers[0][a], expected, 1e-15);
        }
    }
    dcat_demand_destroy(demand);
}

static void set_area(kept_observation *kept, size_t a, const double numbers[7])
{
    for (size_t i = 0; i < 7; i++) {
        kept->numbers[i][a] = numbers[i];
    }
}

static void test_drawing_from_an_observation_gives_back_its_means(void **fixture)
{
    (void)fixture;
    static kept_observation kept, again;
    prepare(&kept, true);
    set_area(&kept, 0, (const double[]){0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0});
    set_area(&kept, 1, (const double[]){3.0, 700e9, 20e6, 2.5, 100e9, 0.0, 0.25});
    set_area(&kept, 2, (const double[]){1.5, 300e9, 5e6, 4.0, 0.0, 1e6, 0.0});
    set_area(&kept, 3, (const double[]){0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0});
    prepare(&again, true);
    observation_clear(&again.view);
    const int slot_count = 8000;
    for (uint32_t slot = 0; slot < (uint32_t)slot_count; slot++) {
        dcat_task tasks[60];
        size_t count = dcat_observation_draw(&kept.view, 3, 1, 2, slot, 0.25 * slot, tasks, 60);
        for (size_t n = 0; n < count; n++) {
            assert_near(tasks[n].arrival_s, 0.25 * slot, 0.0);
            assert_int_equal(tasks[n].id, n);
            assert_true(tasks[n].value == INFINITY);
            assert_true(tasks[n].work_cycles > 0.0 && tasks[n].deadline_s > 0.0);
        }
        observation_add(&again.view, tasks, count);
    }
    observation_finish(&again.view, slot_count);
    for (size_t a = 0; a < AREAS; a++) {
        double rate = kept.view.arrivals_per_slot[a];
        assert_true(fabs(again.view.arrivals_per_slot[a] - rate) <= 5.0 * sqrt(rate / slot_count));
        for (size_t i = 1; i < 4; i++) { // means within five standard errors, sd within 5 %
            double sd = kept.numbers[3 + i][a];
            double error = rate > 0.0 ? 5.0 * sd / sqrt(rate * slot_count) : 0.0;
            double mean = kept.numbers[i][a];
            assert_true(fabs(again.numbers[i][a] - mean) <= error + 1e-12 * mean);
            assert_true(fabs(again.numbers[3 + i][a] - sd) <= 0.05 * sd + 1e-6 * mean);
        }
    }
}

static void test_drawn_sizes_stay_positive_and_need_no_deviations(void **fixture)
{
    (void)fixture;
    static kept_observation kept;
    dcat_task tasks[200];
    prepare(&kept, true);
    for (size_t a = 0; a < AREAS; a++) { // a spread wider than the mean
        set_area(&kept, a, (const double[]){10.0, 100e9, 1e6, 1.0, 300e9, 3e6, 3.0});
    }
    size_t least = 0, total = 0;
    for (uint32_t slot = 0; slot < 50; slot++) {
        size_t count = dcat_observation_draw(&kept.view, 1, 0, 0, slot, 0.0, tasks, 200);
        for (size_t n = 0; n < count; n++, total++) {
            assert_true(tasks[n].work_cycles >= 10e9 && tasks[n].data_bits >= 1e5 &&
                        tasks[n].deadline_s >= 0.1);
            least += tasks[n].work_cycles == 0.1 * 100e9;
        }
    }
    assert_true(least > 0 && least < total);
    prepare(&kept, false);
    for (size_t a = 0; a < AREAS; a++) {
        set_area(&kept, a, (const double[]){10.0, 100e9, 1e6, 1.0, 0.0, 0.0, 0.0});
    }
    size_t count = dcat_observation_draw(&kept.view, 1, 0, 0, 0, 0.0, tasks, 200);
    assert_true(count > 0);
    for (size_t n = 0; n < count; n++) {
        assert_near(tasks[n].work_cycles, 100e9, 0.0);
        assert_near(tasks[n].data_bits, 1e6, 0.0);
        assert_near(tasks[n].deadline_s, 1.0, 0.0);
    }
}

static void test_drawing_repeats_itself_and_differs_by_part(void **fixture)
{
    (void)fixture;
    static kept_observation kept;
    prepare(&kept, true);
    for (size_t a = 0; a < AREAS; a++) {
        set_area(&kept, a, (const double[]){5.0, 100e9, 1e6, 1.0, 20e9, 0.0, 0.0});
    }
    dcat_task first[100], second[100];
    size_t count = dcat_observation_draw(&kept.view, 1, 4, 0, 9, 0.0, first, 100);
    assert_int_equal(dcat_observation_draw(&kept.view, 1, 4, 0, 9, 0.0, second, 100), count);
    assert_memory_equal(first, second, count * sizeof *first);
    dcat_observation_draw(&kept.view, 1, 5, 0, 9, 0.0, second, 100);
    assert_true(first[0].work_cycles != second[0].work_cycles);
    // Nothing seen, nothing drawn; and never more than there is room for.
    assert_int_equal(dcat_observation_draw(&kept.view, 1, 4, 0, 9, 0.0, second, 3), 3);
    observation_clear(&kept.view);
    assert_int_equal(dcat_observation_draw(&kept.view, 1, 4, 0, 9, 0.0, second, 100), 0);
}

// With many areas an area is found by signposts; the definition adds up all before it.
static void test_areas_are_drawn_in_proportion_to_their_arrivals(void **fixture)
{
    (void)fixture;
    enum { AREA_MAX = 1500, DRAWN_MAX = 4000 };
    static double rate[AREA_MAX], some[AREA_MAX];
    static dcat_task drawn[DRAWN_MAX];
    static const size_t area_counts[] = {1, 2, 255, 256, 257, 512, 513, AREA_MAX};
    for (size_t c = 0; c < sizeof area_counts / sizeof area_counts[0]; c++) {
        size_t area_count = area_counts[c];
        dcat_rng rng = test_rng(c);
        double total = 0.0;
        for (size_t a = 0; a < area_count; a++) { // half of the areas are asleep
            rate[a] = a > 0 && rng_chance(&rng, 0.5) ? 0.0 : 4.0 * dcat_rng_uniform(&rng);
            some[a] = 1.0;
            total += rate[a];
        }
        const dcat_observation observation = {.area_count = area_count,
                                              .arrivals_per_slot = rate,
                                              .work_cycles = some,
                                              .data_bits = some,
                                              .deadline_s = some};
        size_t count = dcat_observation_draw(&observation, 9, 5, 2, 3, 0.0, drawn, DRAWN_MAX);
        assert_true(area_count < 100 || count > 50);
        for (size_t n = 0; n < count; n++) {
            dcat_draw draw = dcat_draw_at(9, DCAT_STREAM_ORACLE, 4 * 5, 2, 3, (uint32_t)n);
            double target = total * dcat_draw_uniform(&draw, 0), sum = rate[0];
            size_t area = 0;
            while (sum <= target && area + 1 < area_count) {
                sum += rate[++area];
            }
            assert_int_equal(drawn[n].area, area);
        }
    }
}

// --- by class

// An observation of two classes in a block.
static void *observe_classes(size_t area_count, dcat_observation *observation)
{
    arena measure = {0};
    observation_layout(&measure, area_count, 2, observation);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    assert_non_null(place.base);
    observation_layout(&place, area_count, 2, observation);
    observation_clear(observation);
    return place.base;
}

static void test_classes_are_seen_and_drawn_by_area(void **fixture)
{
    (void)fixture;
    // Area 0: two of class 0 and one of class 1, which is larger; area 1: one of class 1.
    const dcat_task tasks[] = {
        {.work_cycles = 100e9, .data_bits = 1e6, .deadline_s = 1.0, .area = 0, .class_id = 0},
        {.work_cycles = 300e9, .data_bits = 1e6, .deadline_s = 1.0, .area = 0, .class_id = 0},
        {.work_cycles = 800e9, .data_bits = 1e6, .deadline_s = 3.0, .area = 0, .class_id = 1},
        {.work_cycles = 900e9, .data_bits = 1e6, .deadline_s = 4.0, .area = 1, .class_id = 1},
    };
    dcat_observation seen, copy;
    void *memory = observe_classes(2, &seen), *other = observe_classes(2, &copy);
    observation_add(&seen, tasks, 4);
    observation_finish(&seen, 2);
    observation_copy(&copy, &seen);
    assert_near(copy.arrivals_per_slot[0], 1.5, 0.0);
    assert_near(copy.work_cycles[0], 400e9, 1.0);
    const dcat_observation *rows = copy.by_class;
    assert_int_equal(rows->area_count, 4);
    const double arrivals[] = {1.0, 0.5, 0.0, 0.5}, work[] = {200e9, 800e9, 0.0, 900e9};
    for (size_t row = 0; row < 4; row++) {
        assert_near(rows->arrivals_per_slot[row], arrivals[row], 0.0);
        assert_near(rows->work_cycles[row], work[row], 1.0);
    }
    assert_near(rows->work_sd[0], 100e9, 1.0);
    // Drawn again, each is of the size of its class.
    size_t count[2][2] = {0};
    for (uint32_t slot = 0; slot < 2000; slot++) {
        dcat_task drawn[40];
        size_t n = dcat_observation_draw(&copy, 3, 1, 0, slot, 0.0, drawn, 40);
        while (n-- > 0) {
            assert_true(drawn[n].area >= 0 && drawn[n].area < 2);
            assert_true(drawn[n].class_id == 0 || drawn[n].class_id == 1);
            count[drawn[n].area][drawn[n].class_id]++;
            if (drawn[n].class_id == 1) {
                assert_near(drawn[n].work_cycles, drawn[n].area == 0 ? 800e9 : 900e9, 1.0);
            }
        }
    }
    assert_int_equal(count[1][0], 0);
    assert_in_range(count[0][0], 2000 - 225, 2000 + 225); // five standard errors
    assert_in_range(count[0][1], 1000 - 160, 1000 + 160);
    observation_clear(&copy);
    assert_near(copy.by_class->arrivals_per_slot[1], 0.0, 0.0);
    free(memory);
    free(other);
}

static void test_the_long_run_knows_classes(void **fixture)
{
    (void)fixture;
    const double weight[] = {2.0, 6.0}, class_weight[] = {1.0, 3.0, /**/ 1.0, 0.0};
    dcat_demand_profile profile = {
        DCAT_SIZED(dcat_demand_profile),
        .arrivals_per_slot = 8.0,
        .weight = weight,
        .step_count = 1,
        .area_count = 2,
        .work_cycles = {100e9, 300e9},
        .data_bits = {1e6, 1e6},
        .deadline_s = {1.0, 3.0},
        .value_per_gigacycle = {INFINITY, INFINITY},
        .train_step_count = 1,
        .class_weight = class_weight,
        .class_count = 2,
    };
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_demand_create_profile(&profile, &demand, NULL), DCAT_OK);
    dcat_observation seen;
    void *memory = observe_classes(2, &seen);
    dcat_demand_long_run(demand, &seen);
    const double arrivals[] = {0.5, 1.5, 6.0, 0.0};
    for (size_t row = 0; row < 4; row++) {
        assert_near(seen.by_class->arrivals_per_slot[row], arrivals[row], 1e-12);
    }
    assert_near(seen.by_class->work_cycles[1], 200e9, 1.0);
    dcat_demand_destroy(demand);
    // Demand of one class in a world of two.
    profile.class_weight = NULL;
    assert_int_equal(dcat_demand_create_profile(&profile, &demand, NULL), DCAT_OK);
    dcat_demand_long_run(demand, &seen);
    assert_near(seen.by_class->arrivals_per_slot[0], 2.0, 1e-12);
    assert_near(seen.by_class->arrivals_per_slot[1], 0.0, 0.0);
    dcat_demand_destroy(demand);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collected_means_and_deviations_are_those_of_the_tasks),
        cmocka_unit_test(test_long_run_is_the_mean_of_the_training_steps),
        cmocka_unit_test(test_given_tasks_are_known_by_the_first_cycle_that_has_any),
        cmocka_unit_test(test_given_tasks_are_known_by_the_last_cycle_before_the_run),
        cmocka_unit_test(test_drawing_from_an_observation_gives_back_its_means),
        cmocka_unit_test(test_drawn_sizes_stay_positive_and_need_no_deviations),
        cmocka_unit_test(test_drawing_repeats_itself_and_differs_by_part),
        cmocka_unit_test(test_areas_are_drawn_in_proportion_to_their_arrivals),
        cmocka_unit_test(test_classes_are_seen_and_drawn_by_area),
        cmocka_unit_test(test_the_long_run_knows_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
