// SPDX-License-Identifier: Apache-2.0
// enumerate.h - what a slot could earn, by plain enumeration. Knows the offers of a state and the
// text of the queue rules, and nothing of the programs that it checks.

#ifndef DCAT_TESTS_ENUMERATE_H
#define DCAT_TESTS_ENUMERATE_H

#include "dcat/x/bound.h"
#include "dcat/x/model.h"
#include "dcat/x/task_auction.h"
#include "random_world.h"
#include <stdio.h>
#include <string.h>

enum { ENUMERATE_TASK_MAX = 6, ENUMERATE_PAIR_MAX = ENUMERATE_TASK_MAX * MARKET_SERVER_MAX };

typedef enum enumerate_how { IN_MARKET_ORDER, IN_ANY_ORDER, INTERRUPTED } enumerate_how;

// Walks (C + 1)^N assignments and, for any order, all N! of each.
typedef struct enumeration {
    enumerate_how how;
    size_t task_count, cluster_count;
    double gain[ENUMERATE_PAIR_MAX], work_s[ENUMERATE_PAIR_MAX];
    double ready_s[ENUMERATE_PAIR_MAX], until_s[ENUMERATE_PAIR_MAX]; // of the work
    double queue_s[MARKET_SERVER_MAX];
    int32_t order[ENUMERATE_TASK_MAX]; // the market's
    int32_t assigned[ENUMERATE_TASK_MAX];
    double best;
} enumeration;

static inline bool enumerate_is_late(double end_s, double until_s)
{
    return end_s > until_s + 1e-9;
}

static inline bool enumerate_keeps(const enumeration *e, const size_t *order)
{
    double free_s[MARKET_SERVER_MAX];
    memcpy(free_s, e->queue_s, sizeof free_s);
    for (size_t i = 0; i < e->task_count; i++) {
        if (e->assigned[order[i]] >= 0) {
            size_t k = (size_t)e->assigned[order[i]];
            size_t at = order[i] * e->cluster_count + k;
            free_s[k] = fmax(free_s[k], e->ready_s[at]) + e->work_s[at];
            if (enumerate_is_late(free_s[k], e->until_s[at])) {
                return false;
            }
        }
    }
    return true;
}

static inline bool enumerate_some_order_keeps(const enumeration *e, size_t *order, size_t fixed)
{
    if (fixed == e->task_count) {
        return enumerate_keeps(e, order);
    }
    for (size_t i = fixed; i < e->task_count; i++) {
        size_t swap = order[fixed];
        order[fixed] = order[i];
        order[i] = swap;
        bool found = enumerate_some_order_keeps(e, order, fixed + 1);
        order[i] = order[fixed];
        order[fixed] = swap;
        if (found) {
            return true;
        }
    }
    return false;
}

// Cluster k always works on the task that ends first of those whose data is there.
static inline bool enumerate_keeps_interrupted(const enumeration *e, size_t k)
{
    double left_s[ENUMERATE_TASK_MAX] = {0};
    for (size_t n = 0; n < e->task_count; n++) {
        left_s[n] = e->assigned[n] == (int32_t)k ? e->work_s[n * e->cluster_count + k] : 0.0;
    }
    for (double now_s = e->queue_s[k];;) {
        double next_s = INFINITY;
        size_t chosen = e->task_count;
        for (size_t n = 0; n < e->task_count; n++) {
            size_t at = n * e->cluster_count + k;
            if (left_s[n] <= 0.0) {
                continue;
            }
            if (e->ready_s[at] > now_s) {
                next_s = fmin(next_s, e->ready_s[at]);
            } else if (chosen == e->task_count ||
                       e->until_s[at] < e->until_s[chosen * e->cluster_count + k]) {
                chosen = n;
            }
        }
        if (chosen == e->task_count && next_s == INFINITY) {
            return true;
        }
        if (chosen == e->task_count || now_s + left_s[chosen] > next_s) {
            if (chosen != e->task_count) {
                left_s[chosen] -= next_s - now_s;
            }
            now_s = next_s;
            continue;
        }
        now_s += left_s[chosen];
        left_s[chosen] = 0.0;
        if (enumerate_is_late(now_s, e->until_s[chosen * e->cluster_count + k])) {
            return false;
        }
    }
}

static inline bool enumerate_is_possible(const enumeration *e)
{
    size_t order[ENUMERATE_TASK_MAX];
    for (size_t i = 0; i < e->task_count; i++) {
        order[i] = (size_t)e->order[i];
    }
    bool possible = true;
    for (size_t k = 0; e->how == INTERRUPTED && k < e->cluster_count && possible; k++) {
        possible = enumerate_keeps_interrupted(e, k);
    }
    return e->how == IN_MARKET_ORDER ? enumerate_keeps(e, order)
           : e->how == IN_ANY_ORDER  ? enumerate_some_order_keeps(e, order, 0)
                                     : possible;
}

static inline void enumerate_from(enumeration *e, size_t task, double profit)
{
    if (task == e->task_count) {
        if (profit > e->best && enumerate_is_possible(e)) {
            e->best = profit;
        }
        return;
    }
    e->assigned[task] = -1;
    enumerate_from(e, task + 1, profit);
    for (size_t k = 0; k < e->cluster_count; k++) {
        double gain = e->gain[task * e->cluster_count + k];
        if (gain > 0.0) {
            e->assigned[task] = (int32_t)k;
            enumerate_from(e, task + 1, profit + gain);
        }
    }
}

static inline double enumerated(const dcat_state *state, double now_s, const dcat_task *tasks,
                                size_t task_count, enumerate_how how)
{
    const dcat_market_config *rules = dcat_state_market_view(state);
    enumeration e = {.how = how,
                     .task_count = task_count,
                     .cluster_count = (size_t)dcat_state_cluster_count(state)};
    assert_true(task_count <= ENUMERATE_TASK_MAX);
    dcat_task_order_of(dcat_state_world(state), dcat_state_auction(state), tasks, task_count,
                       e.order);
    for (size_t k = 0; k < e.cluster_count; k++) {
        e.queue_s[k] = fmax(0.0, dcat_state_cluster(state, (int32_t)k).busy_until_s - now_s);
        for (size_t n = 0; n < task_count; n++) {
            size_t at = n * e.cluster_count + k;
            dcat_offer offer = dcat_state_offer(state, now_s, &tasks[n], (int32_t)k);
            // (5) to the bit: some values are the fee exactly.
            double fee = dcat_fee(rules->price_per_gigacycle, rules->urgency_s, tasks[n].deadline_s,
                                  tasks[n].work_cycles);
            bool waits_for_data = rules->queue == DCAT_QUEUE_FIFO;
            bool accepted = tasks[n].value >= fee;
            e.gain[at] = accepted ? fee - offer.limit : 0.0;
            e.work_s[at] = offer.processing_s;
            e.ready_s[at] = waits_for_data ? offer.transfer_s : 0.0;
            e.until_s[at] = tasks[n].arrival_s + tasks[n].deadline_s - now_s -
                            (waits_for_data ? 0.0 : offer.transfer_s);
            double admission_s =
                dcat_admission_s(rules->admission_per_gigacycle, rules->admission_per_gigacycle_s,
                                 fee, tasks[n].work_cycles);
            e.until_s[at] = fmin(e.until_s[at], admission_s + offer.processing_s);
        }
    }
    enumerate_from(&e, 0, 0.0);
    return e.best;
}

// By dcat_exact_order.
static inline double enumerated_exact(const dcat_state *state, double now_s, const dcat_task *tasks,
                                      size_t task_count)
{
    bool is_free = dcat_exact_order(dcat_state_world(state)) == DCAT_BOUND_ORDER_FREE;
    return enumerated(state, now_s, tasks, task_count, is_free ? IN_ANY_ORDER : IN_MARKET_ORDER);
}

#endif
