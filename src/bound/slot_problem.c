// SPDX-License-Identifier: Apache-2.0
#include "bound/slot_problem.h"

#include "dcat/x/model.h"
#include "dcat/x/resources.h"
#include "dcat/x/task_auction.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Rounding between our sums and the market's, and the tolerance of the solver.
#define ROUNDING_S 1e-6

static bool allocate(slot_problem *p)
{
    size_t pairs = p->task_count * p->cluster_count + 1;
    size_t teams = p->class_count * p->cluster_count + 1;
    p->gain = calloc(pairs, sizeof *p->gain);
    p->processing_s = calloc(pairs, sizeof *p->processing_s);
    p->ready_s = calloc(pairs, sizeof *p->ready_s);
    p->latest_s = calloc(pairs, sizeof *p->latest_s);
    p->allowed = calloc(pairs, sizeof *p->allowed);
    p->queue_s = calloc(teams, sizeof *p->queue_s);
    p->waits = calloc(teams, sizeof *p->waits);
    p->alone = calloc(teams, sizeof *p->alone);
    p->order = calloc(p->task_count + 1, sizeof *p->order);
    p->class_id = calloc(p->task_count + 1, sizeof *p->class_id);
    return p->gain != NULL && p->processing_s != NULL && p->ready_s != NULL &&
           p->latest_s != NULL && p->allowed != NULL && p->queue_s != NULL && p->waits != NULL &&
           p->alone != NULL && p->order != NULL && p->class_id != NULL;
}

// --- who waits for whom

static uint64_t class_bit(size_t class_id)
{
    return UINT64_C(1) << class_id;
}

// Two teams of a cluster wait for each other when they share a server, and queue there.
static bool teams_meet(const dcat_state *state, int32_t k, int32_t a, int32_t b)
{
    const dcat_world *world = dcat_state_world(state);
    if (dcat_world_queue_of(world, a) != dcat_world_queue_of(world, b)) {
        return false;
    }
    dcat_cluster_view x = dcat_state_team(state, k, a), y = dcat_state_team(state, k, b);
    size_t i = 0, j = 0;
    while (i < x.worker_count && j < y.worker_count && x.workers[i] != y.workers[j]) {
        bool behind = x.workers[i] < y.workers[j];
        i += behind;
        j += !behind;
    }
    return i < x.worker_count && j < y.worker_count;
}

static void find_waits(slot_problem *p, const dcat_state *state, size_t k)
{
    size_t C = p->cluster_count;
    for (size_t a = 0; a < p->class_count; a++) {
        p->waits[a * C + k] |= class_bit(a);
        for (size_t b = 0; b < a; b++) {
            if (teams_meet(state, (int32_t)k, (int32_t)a, (int32_t)b)) {
                p->waits[a * C + k] |= class_bit(b);
                p->waits[b * C + k] |= class_bit(a);
            }
        }
    }
    for (size_t a = 0; a < p->class_count; a++) {
        uint64_t *alone = &p->alone[a * C + k];
        *alone = class_bit(a);
        for (size_t b = 0; b < p->class_count; b++) {
            bool with_all = (*alone & ~p->waits[b * C + k]) == 0;
            *alone |= with_all ? class_bit(b) : 0;
        }
    }
}

static void fill_pair(slot_problem *p, const dcat_state *state, double now_s,
                      const dcat_task *tasks, size_t n, size_t k)
{
    const dcat_market_config *market = dcat_state_market_view(state);
    size_t at = n * p->cluster_count + k;
    dcat_offer offer = dcat_state_offer(state, now_s, &tasks[n], (int32_t)k);
    double fee = dcat_task_fee(dcat_state_world(state), &tasks[n]);
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
                              .cluster_count = (size_t)dcat_state_cluster_count(state),
                              .class_count = dcat_world_class_count(dcat_state_world(state))};
    if (!allocate(problem)) {
        slot_problem_destroy(problem);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a slot of %zu tasks", task_count);
    }
    for (size_t n = 0; n < task_count; n++) {
        problem->class_id[n] = tasks[n].class_id;
    }
    for (size_t k = 0; k < problem->cluster_count; k++) {
        for (size_t q = 0; q < problem->class_count; q++) {
            dcat_cluster_view team = dcat_state_team(state, (int32_t)k, (int32_t)q);
            problem->queue_s[q * problem->cluster_count + k] =
                dcat_waiting_delay_s(team.busy_until_s, now_s);
        }
        find_waits(problem, state, k);
        for (size_t n = 0; n < task_count; n++) {
            fill_pair(problem, state, now_s, tasks, n, k);
        }
    }
    dcat_task_order_of(dcat_state_world(state), dcat_state_auction(state), tasks, task_count,
                       problem->order);
    return DCAT_OK;
}

// The team for a task's class.
static size_t team_of(const slot_problem *p, size_t n, size_t k)
{
    return (size_t)p->class_id[n] * p->cluster_count + k;
}

double slot_problem_start_s(const slot_problem *p, size_t n, size_t k)
{
    return fmax(p->ready_s[n * p->cluster_count + k], p->queue_s[team_of(p, n, k)]);
}

double slot_problem_free_s(const slot_problem *p, size_t n, size_t k)
{
    uint64_t alone = p->alone[team_of(p, n, k)];
    double free_s = INFINITY;
    for (size_t q = 0; q < p->class_count; q++) {
        free_s = (alone & class_bit(q)) != 0 ? fmin(free_s, p->queue_s[q * p->cluster_count + k])
                                             : free_s;
    }
    return free_s;
}

bool slot_problem_alone(const slot_problem *p, size_t n, size_t m, size_t k)
{
    return (p->alone[team_of(p, n, k)] & class_bit((size_t)p->class_id[m])) != 0;
}

void slot_problem_keep_busy(const slot_problem *p, size_t n, size_t k, double end_s,
                            double *busy_until_s)
{
    uint64_t waits = p->waits[team_of(p, n, k)];
    for (size_t q = 0; q < p->class_count; q++) {
        double *busy_s = &busy_until_s[q * p->cluster_count + k];
        *busy_s = (waits & class_bit(q)) != 0 ? fmax(*busy_s, end_s) : *busy_s;
    }
}

void slot_problem_set_queues(slot_problem *problem, double now_s, const double *busy_until_s)
{
    size_t C = problem->cluster_count;
    for (size_t at = 0; at < problem->class_count * C; at++) {
        problem->queue_s[at] = dcat_waiting_delay_s(busy_until_s[at], now_s);
    }
    for (size_t n = 0; n < problem->task_count; n++) {
        for (size_t k = 0; k < C; k++) {
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
    free(problem->waits);
    free(problem->alone);
    free(problem->order);
    free(problem->class_id);
    *problem = (slot_problem){0};
}

// Work through what cluster k was given, in the market's order, until something is late: its place
// in that order, or N. last is [N] Nullable: by place, that of the task it waited for, or -1.
static size_t first_late(const slot_problem *p, const int32_t *assigned, size_t k, int32_t *last)
{
    double busy_s[DCAT_CLASS_MAX];
    int32_t keeps[DCAT_CLASS_MAX]; // who keeps the team of a class busy
    for (size_t q = 0; q < p->class_count; q++) {
        busy_s[q] = p->queue_s[q * p->cluster_count + k];
        keeps[q] = -1;
    }
    for (size_t i = 0; i < p->task_count; i++) {
        size_t n = (size_t)p->order[i], q = (size_t)p->class_id[n];
        if (assigned[n] != (int32_t)k) {
            continue;
        }
        size_t at = n * p->cluster_count + k;
        double end_s = fmax(busy_s[q], p->ready_s[at]) + p->processing_s[at];
        if (last != NULL) {
            last[i] = p->ready_s[at] > busy_s[q] ? -1 : keeps[q];
        }
        if (end_s > p->latest_s[at] + ROUNDING_S) {
            return i;
        }
        for (size_t other = 0; other < p->class_count; other++) {
            if ((p->waits[q * p->cluster_count + k] & class_bit(other)) != 0 &&
                end_s > busy_s[other]) {
                busy_s[other] = end_s;
                keeps[other] = (int32_t)i;
            }
        }
    }
    return p->task_count;
}

size_t slot_problem_late_chain(const slot_problem *p, const int32_t *assigned, size_t k,
                               int32_t *tasks)
{
    size_t late = first_late(p, assigned, k, tasks), count = 0;
    if (late == p->task_count) {
        return 0;
    }
    for (int32_t i = (int32_t)late; i >= 0;) { // what is written is behind what is read
        int32_t before = tasks[i];
        tasks[late - count++] = p->order[i];
        i = before;
    }
    memmove(tasks, &tasks[late + 1 - count], sizeof *tasks * count);
    return count;
}

// When cluster k would be done with what it was given, of classes alone with that of n, that cannot
// start before from_s and must end as n, had it begun at from_s.
static double done_s(const slot_problem *p, const int32_t *assigned, size_t k, double from_s,
                     size_t n)
{
    double busy_s = from_s, until_s = p->latest_s[n * p->cluster_count + k];
    for (size_t j = 0; j < p->task_count; j++) {
        size_t at = j * p->cluster_count + k;
        if (assigned[j] == (int32_t)k && slot_problem_alone(p, n, j, k) &&
            slot_problem_start_s(p, j, k) >= from_s && p->latest_s[at] <= until_s) {
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
            if (assigned[m] == (int32_t)k && slot_problem_alone(p, n, m, k) &&
                done_s(p, assigned, k, slot_problem_start_s(p, m, k), n) > latest_s + ROUNDING_S) {
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
        bool in_time = order == DCAT_BOUND_ORDER_FREE
                           ? in_time_somehow(p, assigned, k)
                           : first_late(p, assigned, k, NULL) == p->task_count;
        if (!in_time) {
            return -1.0;
        }
    }
    return profit;
}
