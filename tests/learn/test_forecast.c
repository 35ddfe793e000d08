// SPDX-License-Identifier: Apache-2.0
// What may be expected of a cycle is told by earlier days and cycles alone, and a decision that
// sees it knows nothing of the future.

#include "dcat/run.h"
#include "dcat/x/actor.h"
#include "learn/net/actor.h"
#include "rl_support.h"
#include "support.h"
#include "world/demand.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 6, DAYS = 5, STEPS = DAY * DAYS, NOW = 4 * DAY + 2, SLOTS = 5 };

typedef struct sight {
    double number[7][RL_AREAS];
    dcat_observation observation;
} sight;

static void clear(sight *s)
{
    memset(s->number, 0, sizeof s->number);
    s->observation =
        (dcat_observation){RL_AREAS,     s->number[0], s->number[1], s->number[2], s->number[3],
                           s->number[4], s->number[5], s->number[6], NULL,         1};
}

// Arrivals of every area in the cycle before, and sizes.
static void see(sight *s, double arrivals)
{
    clear(s);
    for (int a = 0; a < RL_AREAS; a++) {
        s->number[0][a] = arrivals;
        s->number[1][a] = 700e9;
        s->number[2][a] = 20e6;
        s->number[3][a] = 2.5;
    }
}

// Rates are the weights themselves; from step `from` on areas change places with each other, so
// that the mean stays.
static dcat_demand *profile(size_t from)
{
    double weight[STEPS * RL_AREAS], sum = 0.0;
    for (size_t t = 0; t < STEPS; t++) {
        for (size_t a = 0; a < RL_AREAS; a++) {
            size_t shown = t >= from ? RL_AREAS - 1 - a : a;
            weight[t * RL_AREAS + a] = 1.0 + (double)((t % DAY + 2 * shown) % DAY);
            sum += weight[t * RL_AREAS + a];
        }
    }
    const dcat_demand_profile description = {
        DCAT_SIZED(dcat_demand_profile),
        .arrivals_per_slot = sum / STEPS,
        .weight = weight,
        .step_count = STEPS,
        .area_count = RL_AREAS,
        .work_cycles = {500e9, 900e9},
        .data_bits = {20e6, 20e6},
        .deadline_s = {2.0, 3.0},
        .value_per_gigacycle = {INFINITY, INFINITY},
        .train_step_count = 2 * DAY,
    };
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_demand_create_profile(&description, &demand, NULL), DCAT_OK);
    dcat_demand_set_day(demand, DAY);
    return demand;
}

static double usual(size_t cycle, size_t area)
{
    return 1.0 + (double)((cycle % DAY + 2 * area) % DAY);
}

static void test_what_is_usual_at_an_hour_is_expected_by_how_the_last_one_compared(void **state)
{
    (void)state;
    dcat_world *world = rl_test_world(1, 8); // 5 slots a cycle
    dcat_demand *demand = profile(STEPS);
    double scratch[2 * RL_AREAS];
    sight seen, forecast;
    see(&seen, 6.0);
    clear(&forecast);
    assert_true(dcat_demand_forecast(demand, world, NOW, &seen.observation, scratch,
                                     &forecast.observation));
    for (size_t a = 0; a < RL_AREAS; a++) {
        // Against chance, whose variance is the rate by the slots, the deviation counts as d^2 /
        // (d^2 + variance).
        double before = usual(NOW - 1, a), d = 6.0 - before;
        double level = 1.0 + d * d / (d * d + before / SLOTS) * (6.0 / before - 1.0);
        assert_near(forecast.number[0][a], usual(NOW, a) * fmin(level, 4.0), 1e-9);
        assert_near(forecast.number[1][a], 700e9, 0.0); // sizes are those that were seen
    }
    // Exactly the usual before: exactly the usual now. Nothing seen in an area: nothing, here, but
    // with the profile's sizes where chance might have it so.
    for (size_t a = 0; a < RL_AREAS; a++) {
        seen.number[0][a] = usual(NOW - 1, a);
    }
    seen.number[0][0] = 0.0;
    assert_true(dcat_demand_forecast(demand, world, NOW, &seen.observation, scratch,
                                     &forecast.observation));
    double before = usual(NOW - 1, 0);
    assert_near(forecast.number[0][0], usual(NOW, 0) * (1.0 - before / (before + 1.0 / SLOTS)),
                1e-9);
    assert_near(forecast.number[1][0], 700e9, 1e-9);
    for (size_t a = 1; a < RL_AREAS; a++) {
        assert_near(forecast.number[0][a], usual(NOW, a), 1e-9);
    }
    // On the first day there is no earlier one.
    see(&seen, 6.0);
    assert_false(dcat_demand_forecast(demand, world, DAY, &seen.observation, scratch,
                                      &forecast.observation));
    assert_near(forecast.number[0][1], 6.0, 0.0);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

static void test_given_tasks_are_counted_by_hour(void **state)
{
    (void)state;
    // Two cycles a day of 5 slots of 1 s. Area 0 has 10 tasks in every even cycle and 5 in every
    // odd one: 2 and 1 a slot. Area 1 has none before cycle 4.
    enum { CYCLES = 6 };
    dcat_task tasks[CYCLES * 15];
    size_t count = 0;
    for (int cycle = 0; cycle < CYCLES; cycle++) {
        for (int n = 0; n < (cycle % 2 == 0 ? 10 : 5); n++) {
            tasks[count] = (dcat_task){.arrival_s = 5.0 * cycle + 0.3 * n,
                                       .work_cycles = 700e9,
                                       .data_bits = 20e6,
                                       .deadline_s = 2.5,
                                       .value = INFINITY,
                                       .area = cycle == 4 && n == 0 ? 1 : 0,
                                       .id = (int32_t)count};
            count++;
        }
    }
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_demand_create_tasks(tasks, count, RL_AREAS, 1.0, SLOTS, &demand, NULL),
                     DCAT_OK);
    dcat_demand_set_day(demand, 2);
    dcat_world *world = rl_test_world(1, 8);
    double scratch[2 * RL_AREAS];
    sight seen, forecast;
    see(&seen, 0.0);
    seen.number[0][0] = 2.0;
    clear(&forecast);
    assert_true(
        dcat_demand_forecast(demand, world, 5, &seen.observation, scratch, &forecast.observation));
    assert_near(forecast.number[0][0], 1.0, 1e-9);
    assert_near(forecast.number[0][1], 0.0, 0.0);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

// The partitions in force in the cycles from first on, one after another.
typedef struct decisions {
    int32_t cluster_of[STEPS][16];
    int count;
} decisions;

static bool note(void *user, const dcat_cycle_record *cycle)
{
    decisions *made = user;
    memcpy(made->cluster_of[made->count++], dcat_state_cluster_of_view(cycle->state),
           sizeof(int32_t) * 12);
    return true;
}

static decisions run(const dcat_world *world, const dcat_demand *demand, const dcat_actor *actor)
{
    decisions made = {.count = 0};
    const dcat_run_config config = {
        DCAT_SIZED(dcat_run_config),
        .policy = {.clusterer = &dcat_clusterer_a2c,
                   .auction = dcat_auction_find("rea-s"),
                   .model = actor},
        .seed = 5,
        .cycle_first = NOW - 4,
        .cycle_count = 6,
    };
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &made, .after_cycle = note};
    dcat_run_result result;
    assert_int_equal(dcat_run(world, demand, &config, &hooks, NULL, &result, NULL), DCAT_OK);
    return made;
}

static void test_profiles_that_differ_in_the_future_alone_lead_to_the_same_decision(void **state)
{
    (void)state;
    const dcat_actor_shape shape = dcat_actor_shape_default();
    dcat_actor *actor = NULL;
    assert_int_equal(dcat_actor_create(&shape, 4, &actor, NULL), DCAT_OK);
    for (size_t i = rl_mlp_parts_of(actor->pair).w3; i < actor->stop_at; i++) {
        actor->weights[i] *= -6.0f; // this one would not merge anybody otherwise
    }
    for (size_t guarded = 0; guarded < 2; guarded++) {
        size_t differ = 0;
        dcat_actor_set_guard_tasks(actor, guarded == 0 ? -1 : 20000);
        for (uint64_t seed = 1; seed <= 6; seed++) {
            dcat_world *world = rl_test_world(seed, 12);
            dcat_demand *now = profile(STEPS), *other = profile(NOW);
            dcat_demand *past = profile(NOW - 7); // an earlier day's hours differ
            decisions of_now = run(world, now, actor), of_other = run(world, other, actor);
            decisions of_past = run(world, past, actor);
            assert_int_equal(of_now.count, 6);
            // Cycles NOW - 4 to NOW are decided before anything differs.
            for (int cycle = 0; cycle <= 4; cycle++) {
                assert_memory_equal(of_now.cluster_of[cycle], of_other.cluster_of[cycle],
                                    sizeof(int32_t) * 12);
            }
            differ += memcmp(of_now.cluster_of, of_past.cluster_of, sizeof of_now.cluster_of) != 0;
            dcat_demand_destroy(now);
            dcat_demand_destroy(other);
            dcat_demand_destroy(past);
            dcat_world_destroy(world);
        }
        assert_true(differ > 0 || guarded == 1); // it does look at earlier days
    }
    dcat_actor_destroy(actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_usual_at_an_hour_is_expected_by_how_the_last_one_compared),
        cmocka_unit_test(test_given_tasks_are_counted_by_hour),
        cmocka_unit_test(test_profiles_that_differ_in_the_future_alone_lead_to_the_same_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
