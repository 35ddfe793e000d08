// SPDX-License-Identifier: Apache-2.0
#include "bound/slot_problem.h"

#include "dcat/x/model.h"
#include "dcat/x/task_auction.h"
#include <math.h>
#include <stdlib.h>

// Rounding between our sums and the market's, and the tolerance of the solver.
#define ROUNDING_S 1e-6

static bool allocate(slot_problem *p)
{
    size_t pairs = p->task_count * p->cluster_count + 1;
    p->gain = calloc(pairs, sizeof *p->gain);
    p->processing_s = calloc(pairs, sizeof *p->processing_s);
    p->ready_s = calloc(pairs, sizeof *p->ready_s);
    p->latest_s = calloc(pairs, sizeof *p->latest_s);
    p->allowed = calloc(pairs, sizeof *p->allowed);
    p->queue_s = calloc(p->cluster_count + 1, sizeof *p->queue_s);
    p->order = calloc(p->task_count + 1, sizeof *p->order);
    return p->gain != NULL && p->processing_s != NULL && p->ready_s != NULL &&
           p->latest_s != NULL && p->allowed != NULL && p->queue_s != NULL && p->order != NULL;
}

static void fill_pair(slot_problem *p, const dcat_state *state, double now_s,
                      const dcat_task *tasks, size_t n, size_t k)
{
    const dcat_market_config *market = dcat_state_market_view(state);
    size_t at = n * p->cluster_count + k;
    dcat_offer offer = dcat_state_offer(state, now_s, &tasks[n], (int32_t)k);
    double fee = dcat_fee(market->price_per_gigacycle, market->urgency_s, tasks[n].deadline_s,
                          tasks[n].work_cycles);
    double late_s = dcat_waiting_delay_s(now_s, tasks[n].arrival_s);
    p->gain[at] = dcat_profit(fee, offer.limit);
    p->processing_s[at] = offer.processing_s;
    bool fifo = market->queue == DCAT_QUEUE_FIFO;
    p->ready_s[at] = fifo ? offer.transfer_s : 0.0;
    p->latest_s[at] = tasks[n].deadline_s - late_s - (fifo ? 0.0 : offer.transfer_s);
    // Who is admitted begins by a moment, so ends by one.
    double admission_s =
        dcat_admission_s(market->admission_per_gigacycle, market->admission_per_gigacycle_s, fee,
                         tasks[n].work_cycles);
    p->latest_s[at] = fmin(p->latest_s[at], admission_s + offer.processing_s);
    // Serving at a loss is never better than not serving.
    p->allowed[at] = offer.feasible && offer.admitted && p->gain[at] > 0.0;
}

dcat_status slot_problem_create(const dcat_state *state, double now_s, const dcat_task *tasks,
                                size_t task_count, slot_problem *problem, dcat_error *err)
{
    *problem = (slot_problem){.task_count = task_count,
                              .cluster_count = (size_t)dcat_state_cluster_count(state)};
    if (!allocate(problem)) {
        slot_problem_destroy(problem);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a slot of %zu tasks", task_count);
    }
    for (size_t k = 0; k < problem->cluster_count; k++) {
        dcat_cluster_view cluster = dcat_state_cluster(state, (int32_t)k);
        problem->queue_s[k] = dcat_waiting_delay_s(cluster.busy_until_s, now_s);
        for (size_t n = 0; n < task_count; n++) {
            fill_pair(problem, state, now_s, tasks, n, k);
        }
    }
    dcat_task_order_of(dcat_state_world(state), dcat_state_auction(state), tasks, task_count,
                       problem->order);
    return DCAT_OK;
}

double slot_problem_start_s(const slot_problem *p, size_t n, size_t k)
{
    return fmax(p->ready_s[n * p->cluster_count + k], p->queue_s[k]);
}

void slot_problem_set_queues(slot_problem *problem, double now_s, const double *busy_until_s)
{
    size_t C = problem->cluster_count;
    for (size_t k = 0; k < C; k++) {
        problem->queue_s[k] = dcat_waiting_delay_s(busy_until_s[k], now_s);
        for (size_t n = 0; n < problem->task_count; n++) {
            size_t at = n * C + k;
            bool in_time = slot_problem_start_s(problem, n, k) + problem->processing_s[at] <=
                           problem->latest_s[at];
            problem->allowed[at] = problem->allowed[at] && in_time;
        }
    }
}

void slot_problem_destroy(slot_problem *problem)
{
    free(problem->gain);
    free(problem->processing_s);
    free(problem->ready_s);
    free(problem->latest_s);
    free(problem->allowed);
    free(problem->queue_s);
    free(problem->order);
    *problem = (slot_problem){0};
}

// Is cluster k on time with what it was given, in the market's order?
static bool in_time_as_auctioned(const slot_problem *p, const int32_t *assigned, size_t k)
{
    double busy_s = p->queue_s[k];
    for (size_t i = 0; i < p->task_count; i++) {
        size_t n = (size_t)p->order[i];
        if (assigned[n] == (int32_t)k) {
            size_t at = n * p->cluster_count + k;
            busy_s = fmax(busy_s, p->ready_s[at]) + p->processing_s[at];
            if (busy_s > p->latest_s[at] + ROUNDING_S) {
                return false;
            }
        }
    }
    return true;
}

// When cluster k would be done with what it was given that cannot start before from_s and must end
// by until_s, had it begun at from_s.
static double done_s(const slot_problem *p, const int32_t *assigned, size_t k, double from_s,
                     double until_s)
{
    double busy_s = from_s;
    for (size_t j = 0; j < p->task_count; j++) {
        size_t at = j * p->cluster_count + k;
        if (assigned[j] == (int32_t)k && slot_problem_start_s(p, j, k) >= from_s &&
            p->latest_s[at] <= until_s) {
            busy_s += p->processing_s[at];
        }
    }
    return busy_s;
}

// Is it when tasks may be interrupted? If and only if, between the start of any of them and the
// last moment of any, there is time for all that must be done within.
static bool in_time_somehow(const slot_problem *p, const int32_t *assigned, size_t k)
{
    for (size_t n = 0; n < p->task_count; n++) {
        double latest_s = p->latest_s[n * p->cluster_count + k];
        for (size_t m = 0; assigned[n] == (int32_t)k && m < p->task_count; m++) {
            if (assigned[m] == (int32_t)k && done_s(p, assigned, k, slot_problem_start_s(p, m, k),
                                                    latest_s) > latest_s + ROUNDING_S) {
                return false;
            }
        }
    }
    return true;
}

double slot_problem_profit(const slot_problem *p, dcat_bound_order order, const int32_t *assigned)
{
    double profit = 0.0;
    for (size_t n = 0; n < p->task_count; n++) {
        if (assigned[n] >= 0) {
            size_t at = n * p->cluster_count + (size_t)assigned[n];
            if (!p->allowed[at]) {
                return -1.0;
            }
            profit += p->gain[at];
        }
    }
    for (size_t k = 0; k < p->cluster_count; k++) {
        bool in_time = order == DCAT_BOUND_ORDER_FREE ? in_time_somehow(p, assigned, k)
                                                      : in_time_as_auctioned(p, assigned, k);
        if (!in_time) {
            return -1.0;
        }
    }
    return profit;
}
