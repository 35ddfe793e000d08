// SPDX-License-Identifier: Apache-2.0
// The order in which the tasks of a slot are auctioned.

#include "dcat/market.h"
#include "world/world.h"

// Fee per work (5) without the price: what urgency sorts by.
static double urgency(const dcat_world *world, const dcat_task *task)
{
    return 1.0 + world->config.market.urgency_s / task->deadline_s;
}

// Whether task a is auctioned after task b: less urgent, or as urgent and later in the list.
static bool comes_after(const dcat_world *world, const dcat_task *tasks, int32_t a, int32_t b)
{
    double urgency_a = urgency(world, &tasks[a]);
    double urgency_b = urgency(world, &tasks[b]);
    return urgency_a < urgency_b || (urgency_a == urgency_b && a > b);
}

static void sift_down(const dcat_world *world, const dcat_task *tasks, int32_t *heap, size_t count,
                      size_t at)
{
    for (;;) {
        size_t last = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < count && comes_after(world, tasks, heap[child], heap[last])) {
                last = child;
            }
        }
        if (last == at) {
            return;
        }
        int32_t index = heap[at];
        heap[at] = heap[last];
        heap[last] = index;
        at = last;
    }
}

// Heapsort: needs no memory, which qsort() may take.
static void sort_by_urgency(const dcat_world *world, const dcat_task *tasks, size_t count,
                            int32_t *order)
{
    for (size_t at = count / 2; at-- > 0;) {
        sift_down(world, tasks, order, count, at);
    }
    for (size_t end = count; end-- > 1;) {
        int32_t index = order[0];
        order[0] = order[end];
        order[end] = index;
        sift_down(world, tasks, order, end, 0);
    }
}

void dcat_task_order_of(const dcat_world *world, const dcat_task *tasks, size_t task_count,
                        int32_t *order)
{
    for (size_t n = 0; n < task_count; n++) {
        order[n] = (int32_t)n;
    }
    if (world->config.market.task_order == DCAT_ORDER_URGENCY) {
        sort_by_urgency(world, tasks, task_count, order);
    }
}
