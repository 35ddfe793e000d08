// SPDX-License-Identifier: Apache-2.0
// slot_problem.h - problem P1 for one slot, in numbers: who can do what by when, and what it earns.

#ifndef DCAT_BOUND_SLOT_PROBLEM_H
#define DCAT_BOUND_SLOT_PROBLEM_H

#include "dcat/x/bound.h"

// Arrays are [N, C], task-major, except where said. Times are seconds from the slot's start.
typedef struct slot_problem {
    size_t task_count, cluster_count;
    double *gain;         // fee - limit; a task that may not be served has none, see allowed
    double *processing_s; // l / F
    double *ready_s;      // work begins no earlier: the transfer; 0 under DCAT_QUEUE_PAPER
    double *latest_s;     // work ends no later: deadline less time waited and, under that,
                          // transfer; and who is admitted begins in time
    uint8_t *allowed;     // in time when served first, admitted, user accepts, gain > 0
    double *queue_s;      // [C] until the cluster is free
    int32_t *order;       // [N] in which the market auctions tasks
} slot_problem;

// Errors: ERR_MEMORY.
dcat_status slot_problem_create(const dcat_state *state, double now_s, const dcat_task *tasks,
                                size_t task_count, slot_problem *problem, dcat_error *err);
// Put clusters behind other queues, busy_until_s [C], and leave out what they cannot finish then.
void slot_problem_set_queues(slot_problem *problem, double now_s, const double *busy_until_s);

void slot_problem_destroy(slot_problem *problem);

// When cluster k turns to task n if it serves nothing before it.
double slot_problem_start_s(const slot_problem *problem, size_t n, size_t k);

// Profit of an assignment [N] (-1: none), or -1 if some task would be late: in the market's order,
// or else however the work of the slot is ordered and interrupted (bound.h).
double slot_problem_profit(const slot_problem *problem, dcat_bound_order order,
                           const int32_t *assigned);

// Solve, in a process of its own; assigned is [N]. As dcat_exact_slot. In exact_cbc.c.
dcat_status slot_problem_solve(const slot_problem *problem, dcat_bound_order order, double seconds,
                               int32_t *assigned, dcat_exact_result *result, dcat_error *err);

#endif
