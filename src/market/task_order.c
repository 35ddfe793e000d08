// SPDX-License-Identifier: Apache-2.0
// The order in which the tasks of a slot are auctioned.

#include "base/sort.h"
#include "dcat/market.h"
#include "dcat/x/task_auction.h"
#include "world/world.h"

// Fee per work (5) without the price: what urgency sorts by.
static double urgency(const dcat_world *world, const dcat_task *task)
{
    return 1.0 + world->config.market.urgency_s / task->deadline_s;
}

typedef struct task_list {
    const dcat_world *world;
    const dcat_task *tasks;
    int32_t *order;
} task_list;

// More urgent, or as urgent and earlier in the list.
static bool comes_first(const task_list *list, size_t i, size_t j)
{
    int32_t a = list->order[i], b = list->order[j];
    double urgency_a = urgency(list->world, &list->tasks[a]);
    double urgency_b = urgency(list->world, &list->tasks[b]);
    return urgency_a > urgency_b || (urgency_a == urgency_b && a < b);
}

static void swap(const task_list *list, size_t i, size_t j)
{
    sort_swap(list->order, i, j);
}

SORT_DEFINE(sort_by_urgency, const task_list *, comes_first, swap)

void dcat_task_order_of(const dcat_world *world, const dcat_task *tasks, size_t task_count,
                        int32_t *order)
{
    for (size_t n = 0; n < task_count; n++) {
        order[n] = (int32_t)n;
    }
    if (world->config.market.task_order == DCAT_ORDER_URGENCY) {
        const task_list list = {world, tasks, order};
        sort_by_urgency(&list, task_count);
    }
}
