// SPDX-License-Identifier: Apache-2.0
// The order of a slot's tasks against one that picks the most urgent task that is left, again and
// again: few tasks and many, ties, and urgencies that hardly differ.

#include "dcat/x/task_auction.h"
#include "random_world.h"
#include <stdlib.h>

enum { TASK_MAX = 700 };

static dcat_world *world_by_urgency(void)
{
    dcat_world_config config = dcat_world_config_default();
    config.market.task_order = DCAT_ORDER_URGENCY;
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area area = {0};
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, &server, 1, &area, 1, 1, &world, NULL), DCAT_OK);
    return world;
}

static double urgency(const dcat_world *world, const dcat_task *task)
{
    return 1.0 + dcat_world_config_view(world)->market.urgency_s / task->deadline_s;
}

static void assert_in_order(const dcat_world *world, const dcat_task *tasks, size_t count)
{
    static int32_t order[TASK_MAX + 1];
    bool done[TASK_MAX] = {false};
    order[count] = -7;
    dcat_task_order_of(world, dcat_auction_find("rea-s"), tasks, count, order);
    for (size_t i = 0; i < count; i++) {
        size_t next = TASK_MAX;
        for (size_t n = 0; n < count; n++) {
            if (!done[n] &&
                (next == TASK_MAX || urgency(world, &tasks[n]) > urgency(world, &tasks[next]))) {
                next = n;
            }
        }
        done[next] = true;
        if (order[i] != (int32_t)next) {
            fail_msg("%zu tasks: place %zu has task %d instead of %zu", count, i, order[i], next);
        }
    }
    assert_int_equal(order[count], -7); // what lies behind is not touched
}

// The kinds of deadlines, of task n of count.
static double deadline_of(dcat_rng *rng, int kind, size_t n, size_t count)
{
    switch (kind) {
    case 0:
        return rng_in(rng, 2.0, 3.0);
    case 1: // ties
        return 2.0 + (double)dcat_rng_below(rng, 5);
    case 2: // some of them differ by a rounding, and urgencies by one or none
        return 2.0 + 0x1p-51 * (double)dcat_rng_below(rng, 40);
    case 3: // as they should be, and the other way round
        return 1.0 + (double)n;
    case 4:
        return 1.0 + (double)(count - n);
    case 5: // from the urgencies of all tasks to one beyond the range of float, and of double
        return ldexp(1.0, (int)dcat_rng_below(rng, 2100) - 1060);
    default: { // the middle one of first, middle and last is nearly the largest, again and again
        size_t half = count / 2;
        return n >= half ? (double)(2 * (n - half + 1)) : (double)(n % 2 == 0 ? n + 1 : half + n);
    }
    }
}

static void test_tasks_are_in_order_of_urgency_however_many_there_are(void **fixture)
{
    (void)fixture;
    static dcat_task tasks[TASK_MAX];
    dcat_world *world = world_by_urgency();
    dcat_rng rng = test_rng(1);
    for (int kind = 0; kind < 7; kind++) {
        for (size_t count = 0; count <= TASK_MAX; count += count < 140 ? 1 : 93) {
            for (size_t n = 0; n < count; n++) {
                tasks[n] = (dcat_task){.deadline_s = deadline_of(&rng, kind, n, count)};
            }
            assert_in_order(world, tasks, count);
        }
    }
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tasks_are_in_order_of_urgency_however_many_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
