// SPDX-License-Identifier: Apache-2.0
// The slot problem as a mixed-integer program for Cbc.
//
// x[n, k] = 1: cluster k serves task n. Minimise -sum gain x (as a maximisation the model would
// be read wrongly by other tools) so that
//   each task is served at most once (10a): sum over k of x[n, k] <= 1;
//   each is on time (10b).
//
// On time in the market's order: k works along it and starts a task when its data is there and the
// one before is done. So n ends when the last wait ends, plus the work from there to n. The wait is
// for the queue, or for the data of some m on k that is auctioned no later than n and comes later
// than the queue ends. So for every n, k:
//   the tasks on k up to n take no longer than latest[n, k] - queue[k], if n is on k;
//   for each m: those from m to n take no longer than latest[n, k] - ready[m, k], if n and m are.
//   Written with queue for ready and ready - queue added to m's own time it is implied by the first
//   when m is not on k, so it needs no big number for m.
//
// On time in free order: for every moment s at which a task could start on k, and every n, k: the
// tasks on k that start no earlier than s and whose last moment is no later than that of n take no
// longer than latest[n, k] - s. That holds for every schedule, and it is enough for one in which
// tasks may be interrupted (the one of earliest last moment first). When all start at the same
// moment, as under DCAT_QUEUE_PAPER, that one interrupts nobody, and the program is exact. It also
// holds when n itself is not on k, by the row of the last task before it that is.
//
// Where k has teams for several classes of work, all of this is about tasks of classes that are
// alone with n's (slot_problem.h), of which k does one at a time. In the market's order a task may
// also wait, by way of others, for one of a class that its own does not wait for. Such a chain is
// found when a solution makes its last task late. Not all of its tasks may then be on k: one row
// more, and the program is solved again, until the solution is on time.

#include "bound/slot_problem.h"

#ifndef DCAT_HAVE_CBC

dcat_status dcat_bound_check_exact(dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_NOT_FOUND,
                     "there is no exact solver: dcat was built without Cbc (package "
                     "coinor-libcbc-dev, CMake option DCAT_CBC)");
}

dcat_status slot_problem_solve(const slot_problem *problem, dcat_bound_order order, double seconds,
                               int32_t *assigned, dcat_exact_result *result, dcat_error *err)
{
    (void)problem;
    (void)order;
    (void)seconds;
    (void)assigned;
    (void)result;
    return dcat_fail(err, DCAT_ERR_NOT_FOUND, "dcat was built without Cbc");
}

#else

#include "base/memory.h"
#include "bound/child.h"
#include <Cbc_C_Interface.h>
#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Cbc is loaded when it is first needed: linked in, it and what it stands on would take a third of
// the time in which every command starts.
#define CBC_LIBRARY "libCbcSolver.so.3"

#define CBC_FUNCTIONS(X)                                                                           \
    X(newModel)                                                                                    \
    X(deleteModel)                                                                                 \
    X(addCol)                                                                                      \
    X(addRow)                                                                                      \
    X(setLogLevel)                                                                                 \
    X(setMaximumSeconds)                                                                           \
    X(solve)                                                                                       \
    X(isProvenOptimal)                                                                             \
    X(bestSolution)                                                                                \
    X(getBestPossibleObjValue)

static struct cbc_library {
    void *handle; // NULL: not loaded
#define CBC_MEMBER(name) __typeof__(&Cbc_##name) name;
    CBC_FUNCTIONS(CBC_MEMBER)
#undef CBC_MEMBER
} cbc;

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

// Within loading.
static bool load(void)
{
    void *handle = dlopen(CBC_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    bool complete = handle != NULL;
#define CBC_FIND(name)                                                                             \
    if (complete) {                                                                                \
        *(void **)&cbc.name = dlsym(handle, "Cbc_" #name);                                         \
        complete = *(void **)&cbc.name != NULL;                                                    \
    }
    CBC_FUNCTIONS(CBC_FIND)
#undef CBC_FIND
    if (complete) {
        cbc.handle = handle; // for as long as the process lives
    } else if (handle != NULL) {
        dlclose(handle);
    }
    return complete;
}

dcat_status dcat_bound_check_exact(dcat_error *err)
{
    dcat_status status = DCAT_OK;
    pthread_mutex_lock(&loading);
    if (cbc.handle == NULL && !memory_has_addresses(memory_blas_bytes())) {
        status = dcat_fail(err, DCAT_ERR_MEMORY,
                           "the exact solver needs %zu MiB of address space for OpenBLAS, which "
                           "comes with it (see ulimit -v)",
                           memory_blas_bytes() >> 20);
    } else if (cbc.handle == NULL && !load()) {
        const char *why = dlerror();
        bool missing = why != NULL && strstr(why, strerror(ENOENT)) != NULL;
        status = dcat_fail(err, missing ? DCAT_ERR_NOT_FOUND : DCAT_ERR_MEMORY,
                           "there is no exact solver: %s (%s)", why != NULL ? why : CBC_LIBRARY,
                           missing ? "package coinor-libcbc3" : "is there memory for it?");
    }
    pthread_mutex_unlock(&loading);
    return status;
}

typedef struct building {
    const slot_problem *problem;
    Cbc_Model *model;
    int *column;         // [N, C] or -1
    int *index;          // of the row under construction, [N + C]
    double *coefficient; // likewise
    double *from;        // [N] of the cluster under construction: place of a task, or start
    double *until;       // [N] likewise: place, or last moment
    int32_t *chains;     // found late: cluster, count, and so many tasks
    size_t chain_used, chain_room;
} building;

static int add_columns(building *b)
{
    const slot_problem *p = b->problem;
    int count = 0;
    for (size_t n = 0; n < p->task_count; n++) {
        for (size_t k = 0; k < p->cluster_count; k++) {
            size_t at = n * p->cluster_count + k;
            b->column[at] = -1;
            if (p->allowed[at]) {
                char name[48];
                snprintf(name, sizeof name, "x_%zu_%zu", n, k);
                cbc.addCol(b->model, name, 0.0, 1.0, -p->gain[at], 1, 0, NULL, NULL);
                b->column[at] = count++;
            }
        }
    }
    return count;
}

static void add_once_rows(building *b)
{
    const slot_problem *p = b->problem;
    for (size_t n = 0; n < p->task_count; n++) {
        int used = 0;
        for (size_t k = 0; k < p->cluster_count; k++) {
            int column = b->column[n * p->cluster_count + k];
            if (column >= 0) {
                b->index[used] = column;
                b->coefficient[used++] = 1.0;
            }
        }
        if (used > 1) {
            char name[48];
            snprintf(name, sizeof name, "once_%zu", n);
            cbc.addRow(b->model, name, used, b->index, b->coefficient, 'L', 1.0);
        }
    }
}

// A row about time on cluster k: tasks from some place or start on, until that of task n.
typedef struct time_row {
    size_t n, k;
    double from;
    size_t first;   // the task whose data, or whose team, is waited for
    double wait_s;  // for it after the first team is free; 0: for that alone
    double room_s;  // the tasks take no longer
    bool if_served; // this need hold only when n is on k
} time_row;

static void add_time_row(building *b, const time_row *row)
{
    const slot_problem *p = b->problem;
    size_t C = p->cluster_count;
    double room_s = row->room_s;
    double sum_s = 0.0;
    int used = 0;
    int own = -1;
    for (size_t j = 0; j < p->task_count; j++) {
        if (b->column[j * C + row->k] >= 0 && b->from[j] >= row->from &&
            b->until[j] <= b->until[row->n] && slot_problem_alone(p, row->n, j, row->k)) {
            double wait_s = j == row->first ? row->wait_s : 0.0;
            own = j == row->n ? used : own;
            b->index[used] = b->column[j * C + row->k];
            b->coefficient[used] = p->processing_s[j * C + row->k] + wait_s;
            sum_s += b->coefficient[used++];
        }
    }
    if (sum_s <= room_s) {
        return;
    }
    if (row->if_served && own >= 0) { // leave room for all the others when it is not
        b->coefficient[own] += sum_s - room_s;
        room_s = sum_s;
    }
    char name[64];
    snprintf(name, sizeof name, "time_%zu_%zu", row->n, row->k);
    cbc.addRow(b->model, name, used, b->index, b->coefficient, 'L', room_s);
}

// The rows of task n on k in the market's order.
static void add_order_rows(building *b, size_t n, size_t k)
{
    const slot_problem *p = b->problem;
    double free_s = slot_problem_free_s(p, n, k);
    double room_s = p->latest_s[n * p->cluster_count + k] - free_s;
    add_time_row(b, &(time_row){.n = n, .k = k, .room_s = room_s, .if_served = true});
    for (size_t m = 0; m < p->task_count; m++) {
        double wait_s = slot_problem_start_s(p, m, k) - free_s;
        if (wait_s > 0.0 && b->from[m] <= b->from[n] && b->column[m * p->cluster_count + k] >= 0 &&
            slot_problem_alone(p, n, m, k)) {
            add_time_row(b, &(time_row){n, k, b->from[m], m, wait_s, room_s, true});
        }
    }
}

// Those in free order: one for each different start.
static void add_free_rows(building *b, size_t n, size_t k)
{
    const slot_problem *p = b->problem;
    for (size_t m = 0; m < p->task_count; m++) {
        bool is_new = b->column[m * p->cluster_count + k] >= 0 && slot_problem_alone(p, n, m, k);
        for (size_t j = 0; is_new && j < m; j++) {
            is_new = b->column[j * p->cluster_count + k] < 0 || b->from[j] != b->from[m] ||
                     !slot_problem_alone(p, n, j, k);
        }
        if (is_new) {
            double room_s = p->latest_s[n * p->cluster_count + k] - b->from[m];
            add_time_row(b, &(time_row){.n = n, .k = k, .from = b->from[m], .room_s = room_s});
        }
    }
}

static void add_time_rows(building *b, dcat_bound_order order)
{
    const slot_problem *p = b->problem;
    for (size_t k = 0; k < p->cluster_count; k++) {
        for (size_t i = 0; i < p->task_count; i++) {
            size_t n = (size_t)p->order[i];
            bool is_free = order == DCAT_BOUND_ORDER_FREE;
            b->from[n] = is_free ? slot_problem_start_s(p, n, k) : (double)i;
            b->until[n] = is_free ? p->latest_s[n * p->cluster_count + k] : (double)i;
        }
        for (size_t n = 0; n < p->task_count; n++) {
            if (b->column[n * p->cluster_count + k] < 0) {
                continue;
            }
            if (order == DCAT_BOUND_ORDER_FREE) {
                add_free_rows(b, n, k);
            } else {
                add_order_rows(b, n, k);
            }
        }
    }
}

static void read_assignment(const building *b, const double *solution, int32_t *assigned)
{
    const slot_problem *p = b->problem;
    for (size_t n = 0; n < p->task_count; n++) {
        assigned[n] = -1;
        for (size_t k = 0; k < p->cluster_count; k++) {
            int column = b->column[n * p->cluster_count + k];
            if (solution != NULL && column >= 0 && solution[column] > 0.5) {
                assigned[n] = (int32_t)k;
            }
        }
    }
}

// --- chains of tasks that wait for each other

static void add_chain_rows(building *b)
{
    for (size_t at = 0; at < b->chain_used; at += 2 + (size_t)b->chains[at + 1]) {
        const int32_t *tasks = &b->chains[at + 2];
        int count = b->chains[at + 1];
        for (int i = 0; i < count; i++) {
            b->index[i] =
                b->column[(size_t)tasks[i] * b->problem->cluster_count + (size_t)b->chains[at]];
            b->coefficient[i] = 1.0;
        }
        char name[48];
        snprintf(name, sizeof name, "chain_%zu", at);
        cbc.addRow(b->model, name, count, b->index, b->coefficient, 'L', count - 1.0);
    }
}

// The chains that make this assignment late, one of each cluster; says whether there are any. Where
// drop is set they are no longer noted: what is late is not assigned.
static bool find_chains(building *b, int32_t *assigned, bool drop, dcat_status *status)
{
    const slot_problem *p = b->problem;
    size_t before = b->chain_used, room = b->chain_used + p->cluster_count * (p->task_count + 2);
    bool late = false;
    if (b->chains == NULL || room > b->chain_room) {
        int32_t *grown = realloc(b->chains, sizeof *grown * 2 * room);
        if (grown == NULL) {
            *status = DCAT_ERR_MEMORY;
            return false;
        }
        b->chains = grown;
        b->chain_room = 2 * room;
    }
    for (size_t k = 0; k < p->cluster_count; k++) {
        int32_t *chain = &b->chains[b->chain_used];
        size_t count = slot_problem_late_chain(p, assigned, k, &chain[2]);
        chain[0] = (int32_t)k;
        chain[1] = (int32_t)count;
        b->chain_used += count > 0 && !drop ? count + 2 : 0;
        late = late || count > 0;
        if (drop && count > 0) {
            assigned[chain[1 + count]] = -1;
        }
    }
    return late && (drop || b->chain_used > before);
}

// --- solving

static double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// One program, with the chains known so far. Its solution may be late by one that is not.
static dcat_status solve_once(building *b, dcat_bound_order order, double seconds,
                              int32_t *assigned, dcat_exact_result *result, dcat_error *err)
{
    b->model = cbc.newModel();
    if (b->model == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the exact solver");
    }
    *result = (dcat_exact_result){.optimal = true};
    if (add_columns(b) == 0) { // nobody can serve anything
        read_assignment(b, NULL, assigned);
    } else {
        add_once_rows(b);
        add_time_rows(b, order);
        add_chain_rows(b);
        cbc.setLogLevel(b->model, 0);
        cbc.setMaximumSeconds(b->model, seconds);
        cbc.solve(b->model);
        result->optimal = cbc.isProvenOptimal(b->model) != 0;
        result->bound = -cbc.getBestPossibleObjValue(b->model);
        read_assignment(b, cbc.bestSolution(b->model), assigned);
    }
    cbc.deleteModel(b->model);
    return DCAT_OK;
}

static dcat_status build_and_solve(building *b, dcat_bound_order order, double seconds,
                                   int32_t *assigned, dcat_exact_result *result, dcat_error *err)
{
    bool chains = order == DCAT_BOUND_ORDER_MARKET && b->problem->class_count > 1;
    double end_s = clock_s() + seconds, left_s = seconds;
    dcat_status status;
    do {
        status = solve_once(b, order, left_s, assigned, result, err);
        left_s = end_s - clock_s();
    } while (status == DCAT_OK && chains && left_s > 0.0 &&
             find_chains(b, assigned, false, &status));
    while (status == DCAT_OK && chains && find_chains(b, assigned, true, &status)) {
        result->optimal = false; // out of time
    }
    if (status != DCAT_OK) {
        return dcat_fail(err, status, "no memory for the exact solver");
    }
    result->profit = slot_problem_profit(b->problem, order, assigned);
    if (result->profit < 0.0) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "the solver's assignment is late");
    }
    result->bound = result->optimal ? result->profit : fmax(result->profit, result->bound);
    return DCAT_OK;
}

static dcat_status solve_here(const slot_problem *problem, dcat_bound_order order, double seconds,
                              int32_t *assigned, dcat_exact_result *result, dcat_error *err)
{
    size_t pairs = problem->task_count * problem->cluster_count;
    building b = {
        .problem = problem,
        .column = malloc(sizeof *b.column * (pairs + 1)),
        .index = malloc(sizeof *b.index * (problem->task_count + problem->cluster_count + 1)),
        .coefficient =
            malloc(sizeof *b.coefficient * (problem->task_count + problem->cluster_count + 1)),
        .from = malloc(sizeof *b.from * (problem->task_count + 1)),
        .until = malloc(sizeof *b.until * (problem->task_count + 1)),
    };
    dcat_status status = DCAT_OK;
    if (b.column == NULL || b.index == NULL || b.coefficient == NULL || b.from == NULL ||
        b.until == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu tasks", problem->task_count);
    } else {
        status = build_and_solve(&b, order, seconds, assigned, result, err);
    }
    free(b.column);
    free(b.index);
    free(b.coefficient);
    free(b.from);
    free(b.until);
    free(b.chains);
    return status;
}

// --- in a process of its own: without memory Cbc ends the one that it is in

typedef struct answer { // shared with the child
    dcat_status status;
    dcat_error err;
    dcat_exact_result result;
    int32_t assigned[]; // [N]
} answer;

typedef struct question {
    const slot_problem *problem;
    dcat_bound_order order;
    double seconds;
    answer *answer;
} question;

static void solve_in_child(void *user)
{
    const question *q = user;
    q->answer->status = solve_here(q->problem, q->order, q->seconds, q->answer->assigned,
                                   &q->answer->result, &q->answer->err);
}

dcat_status slot_problem_solve(const slot_problem *problem, dcat_bound_order order, double seconds,
                               int32_t *assigned, dcat_exact_result *result, dcat_error *err)
{
    size_t byte_count = sizeof(answer) + sizeof *assigned * problem->task_count;
    question q = {.problem = problem, .order = order, .seconds = seconds};
    dcat_status status = dcat_bound_check_exact(err);
    if (status != DCAT_OK) {
        return status;
    }
    q.answer = child_share(byte_count);
    if (q.answer == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu tasks", problem->task_count);
    }
    q.answer->status = DCAT_ERR_INTERNAL; // until there is one
    status = child_run(solve_in_child, &q, "the exact solver, Cbc,", err);
    if (status == DCAT_OK && q.answer->status != DCAT_OK) {
        status = dcat_fail(err, q.answer->status, "%s",
                           q.answer->err.message[0] != '\0' ? q.answer->err.message
                                                            : "the exact solver gave no answer");
    } else if (status == DCAT_OK) {
        *result = q.answer->result;
        memcpy(assigned, q.answer->assigned, sizeof *assigned * problem->task_count);
    }
    child_unshare(q.answer, byte_count);
    return status;
}

#endif
