// SPDX-License-Identifier: Apache-2.0
// slot_problem.h - problem P1 for one slot, in numbers: who can do what by when, and what it earns.

#ifndef DCAT_BOUND_SLOT_PROBLEM_H
#define DCAT_BOUND_SLOT_PROBLEM_H

#include "dcat/x/bound.h"

// A cluster has a team for each class of work. Teams that share a server's queue wait for each
// other, others do not; with one class a cluster does one thing after the other.
//
// Arrays are [N, C], task-major, except where said. Times are seconds from the slot's start.
typedef struct slot_problem {
    size_t task_count, cluster_count, class_count;
    double *gain;         // fee - limit; a task that may not be served has none, see allowed
    double *processing_s; // l / F
    double *ready_s;      // work begins no earlier: the transfer; 0 under DCAT_QUEUE_PAPER
    double *latest_s;     // work ends no later: deadline less time waited and, under that,
                          // transfer; and who is admitted begins in time
    uint8_t *allowed;     // in time when served first, admitted, user accepts, gain > 0
    double *queue_s;      // [Q, C] until the cluster's team for the class is free
    int32_t *order;       // [N] in which the market auctions tasks
    int32_t *class_id;    // [N]
    uint64_t *waits;      // [Q, C] classes whose teams wait for this one, itself too: a bit each
    uint64_t *alone;      // [Q, C] some of them, itself too, that all wait for each other, so that
                          // the cluster works on one task of these at a time
} slot_problem;

// Errors: ERR_MEMORY.
dcat_status slot_problem_create(const dcat_state *state, double now_s, const dcat_task *tasks,
                                size_t task_count, slot_problem *problem, dcat_error *err);
// Put clusters behind other queues, busy_until_s [Q, C], and leave out what they cannot finish
// then.
void slot_problem_set_queues(slot_problem *problem, double now_s, const double *busy_until_s);

void slot_problem_destroy(slot_problem *problem);

// When cluster k turns to task n if it serves nothing before it.
double slot_problem_start_s(const slot_problem *problem, size_t n, size_t k);

// When the first of the classes that are alone with that of task n on cluster k is free.
double slot_problem_free_s(const slot_problem *problem, size_t n, size_t k);

// Is m of a class that is alone with that of n on cluster k?
bool slot_problem_alone(const slot_problem *problem, size_t n, size_t m, size_t k);

// Task n keeps cluster k busy until end_s: and with it teams that wait, of busy_until_s [Q, C].
void slot_problem_keep_busy(const slot_problem *problem, size_t n, size_t k, double end_s,
                            double *busy_until_s);

// Which of the tasks assigned [N] to cluster k make some task late in the market's order: it is the
// last of them, and each waits for the one before. Writes tasks [N]; returns how many, 0 when all
// are on time.
size_t slot_problem_late_chain(const slot_problem *problem, const int32_t *assigned, size_t k,
                               int32_t *tasks);

// Profit of an assignment [N] (-1: none), or -1 if some task would be late: in the market's order,
// or else however the work of the slot is ordered and interrupted (bound.h).
double slot_problem_profit(const slot_problem *problem, dcat_bound_order order,
                           const int32_t *assigned);

// Solve, in a process of its own; assigned is [N]. As dcat_exact_slot. In exact_cbc.c.
dcat_status slot_problem_solve(const slot_problem *problem, dcat_bound_order order, double seconds,
                               int32_t *assigned, dcat_exact_result *result, dcat_error *err);

#endif
