// SPDX-License-Identifier: Apache-2.0
// Exact optima: of one slot, and of clustering and assignment together for tiny worlds.

#include "bound/bound.h"
#include "bound/slot_problem.h"
#include "dcat/env.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static dcat_status check(const dcat_world *world, double seconds, dcat_error *err)
{
    dcat_status status = dcat_bound_check_exact(err);
    if (status != DCAT_OK) {
        return status;
    }
    if (dcat_world_config_view(world)->true_speed_hz != NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "slots are not solved exactly where servers are not as fast as the "
                         "platform takes them to be (resources.collapse)");
    }
    if (!(seconds > 0.0)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the time limit must be > 0 s, got %g", seconds);
    }
    return DCAT_OK;
}

dcat_bound_order dcat_exact_order(const dcat_world *world)
{
    bool one_start = dcat_world_config_view(world)->market.queue == DCAT_QUEUE_PAPER &&
                     dcat_world_class_count(world) == 1;
    return one_start ? DCAT_BOUND_ORDER_FREE : DCAT_BOUND_ORDER_MARKET;
}

dcat_status dcat_exact_slot(const dcat_state *state, double now_s, const dcat_task *tasks,
                            size_t task_count, dcat_bound_order order, double seconds,
                            int32_t *assigned, dcat_exact_result *result, dcat_error *err)
{
    dcat_status status = check(dcat_state_world(state), seconds, err);
    if (status != DCAT_OK) {
        return status;
    }
    slot_problem problem;
    status = slot_problem_create(state, now_s, tasks, task_count, &problem, err);
    if (status != DCAT_OK) {
        return status;
    }
    int32_t *own = malloc(sizeof *own * (task_count + 1));
    dcat_exact_result solved = {0};
    status = own == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu tasks", task_count)
                         : slot_problem_solve(&problem, order, seconds, own, &solved, err);
    if (status == DCAT_OK) {
        bool exact =
            order == DCAT_BOUND_ORDER_MARKET || order == dcat_exact_order(dcat_state_world(state));
        *result = solved;
        result->at_most = !exact;
        if (assigned != NULL) {
            memcpy(assigned, own, sizeof *assigned * task_count);
        }
    }
    free(own);
    slot_problem_destroy(&problem);
    return status;
}

// --- slot after slot

typedef struct forward {
    const dcat_world *world;
    dcat_state *state;      // holds the clusters, and empty queues
    dcat_bound_order order; // in which slots are solved
    double unit_price, seconds;
    int32_t *assigned;    // [task_max]
    double *busy_until_s; // [Q, C]
    double profit;
    size_t unproven;
    dcat_status status; // of the last slot
    dcat_error *err;
} forward;

// Only what brings the price beyond its limit is worth serving.
static void take_price(slot_problem *problem, const dcat_task *tasks, double unit_price)
{
    for (size_t n = 0; n < problem->task_count; n++) {
        for (size_t k = 0; k < problem->cluster_count; k++) {
            size_t at = n * problem->cluster_count + k;
            problem->gain[at] -= unit_price * tasks[n].work_cycles;
            problem->allowed[at] = problem->allowed[at] && problem->gain[at] > 0.0;
        }
    }
}

// In the market's order, which is the one it was solved for, or any: then it makes no difference.
static void book_slot(forward *f, const slot_problem *problem, const dcat_task *tasks, double now_s)
{
    assert(f->assigned != NULL && f->busy_until_s != NULL);
    for (size_t i = 0; i < problem->task_count; i++) {
        size_t n = f->order == DCAT_BOUND_ORDER_MARKET ? (size_t)problem->order[i] : i;
        if (f->assigned[n] >= 0) {
            size_t k = (size_t)f->assigned[n];
            size_t at = n * problem->cluster_count + k;
            f->profit += problem->gain[at] + f->unit_price * tasks[n].work_cycles;
            size_t team = (size_t)problem->class_id[n] * problem->cluster_count + k;
            double end_s = fmax(f->busy_until_s[team], now_s + problem->ready_s[at]) +
                           problem->processing_s[at];
            slot_problem_keep_busy(problem, n, k, end_s, f->busy_until_s);
        }
    }
}

static bool forward_slot(void *user, const dcat_slot_record *slot)
{
    forward *f = user;
    slot_problem problem;
    f->status =
        slot_problem_create(f->state, slot->now_s, slot->tasks, slot->task_count, &problem, f->err);
    if (f->status != DCAT_OK) {
        return false;
    }
    slot_problem_set_queues(&problem, slot->now_s, f->busy_until_s);
    take_price(&problem, slot->tasks, f->unit_price);
    dcat_exact_result solved = {0};
    f->status = slot_problem_solve(&problem, f->order, f->seconds, f->assigned, &solved, f->err);
    if (f->status == DCAT_OK) {
        book_slot(f, &problem, slot->tasks, slot->now_s);
        f->unproven += !solved.optimal;
    }
    slot_problem_destroy(&problem);
    return f->status == DCAT_OK;
}

// Its tasks arrive in an environment without an auction: the solver assigns them.
static dcat_status forward_cycles(forward *f, const dcat_demand *demand,
                                  const dcat_bound_config *config, dcat_error *err)
{
    dcat_env_config arrivals = dcat_env_config_default();
    arrivals.world = f->world;
    arrivals.demand = demand;
    arrivals.seed = config->seed;
    arrivals.cycle = config->cycle_first;
    dcat_env *env = NULL;
    dcat_status status = dcat_env_create(&arrivals, &env, err);
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_env_hooks hooks = {.user = f, .after_slot = forward_slot};
    dcat_env_set_hooks(env, &hooks);
    f->err = err;
    dcat_totals totals = {0};
    for (uint32_t done = 0; status == DCAT_OK && done < config->cycle_count; done++) {
        status = dcat_env_step_cycle(env, &totals, err);
    }
    dcat_env_destroy(env);
    return status == DCAT_OK ? f->status : status;
}

dcat_status dcat_exact_run(const dcat_world *world, const dcat_demand *demand,
                           const dcat_bound_config *config, double unit_price, double seconds,
                           double *profit, size_t *unproven, dcat_error *err)
{
    dcat_status status = check(world, seconds, err);
    if (status == DCAT_OK) {
        status = bound_config_check(world, demand, config, err);
    }
    if (status == DCAT_OK && config->cluster_of == NULL) {
        status = dcat_fail(err, DCAT_ERR_FIELD, "cluster_of is needed to run slots exactly");
    }
    if (status != DCAT_OK) {
        return status;
    }
    size_t task_max = dcat_demand_slot_task_max(demand);
    forward f = {.world = world,
                 .order = dcat_exact_order(world),
                 .unit_price = unit_price,
                 .seconds = seconds,
                 .assigned = calloc(task_max + 1, sizeof *f.assigned),
                 .busy_until_s =
                     calloc(dcat_world_class_count(world) * dcat_world_server_count(world) + 1,
                            sizeof *f.busy_until_s)};
    if (f.assigned == NULL || f.busy_until_s == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for slots of %zu tasks", task_max);
    } else {
        status = dcat_state_create(world, config->auction, config->seed, task_max, &f.state, err);
    }
    if (status == DCAT_OK) {
        dcat_state_set_clusters(f.state, config->cluster_of);
        status = forward_cycles(&f, demand, config, err);
    }
    if (status == DCAT_OK) {
        *profit = f.profit;
        *unproven = f.unproven;
    }
    dcat_state_destroy(f.state);
    free(f.assigned);
    free(f.busy_until_s);
    return status;
}

// --- all partitions

// The search over partitions of a tiny world. Labels grow in order of the smallest server, so each
// partition is met once and is canonical.
typedef struct partition_search {
    dcat_state *state;
    double now_s;
    const dcat_task *tasks;
    size_t task_count;
    double seconds;
    int32_t cluster_of[DCAT_EXACT_SERVER_MAX];
    int32_t best_of[DCAT_EXACT_SERVER_MAX];
    dcat_exact_result best;
    dcat_error *err;
} partition_search;

static bool may_join(const partition_search *s, size_t server, int32_t cluster)
{
    const dcat_world *world = dcat_state_world(s->state);
    double span_m_max = dcat_world_config_view(world)->span_m_max;
    for (size_t j = 0; j < server; j++) {
        if (s->cluster_of[j] == cluster &&
            dcat_world_distance_m(world, (int)server, (int)j) > span_m_max) {
            return false;
        }
    }
    return true;
}

static dcat_status try_partition(partition_search *s)
{
    dcat_state_set_clusters(s->state, s->cluster_of);
    dcat_exact_result solved;
    dcat_status status = dcat_exact_slot(s->state, s->now_s, s->tasks, s->task_count,
                                         dcat_exact_order(dcat_state_world(s->state)), s->seconds,
                                         NULL, &solved, s->err);
    if (status != DCAT_OK) {
        return status;
    }
    s->best.bound = fmax(s->best.bound, solved.bound);
    s->best.optimal = s->best.optimal && solved.optimal;
    if (solved.profit > s->best.profit) {
        s->best.profit = solved.profit;
        memcpy(s->best_of, s->cluster_of, sizeof s->best_of);
    }
    return DCAT_OK;
}

static dcat_status search(partition_search *s, size_t server, int32_t cluster_count)
{
    if (server == dcat_world_server_count(dcat_state_world(s->state))) {
        return try_partition(s);
    }
    dcat_status status = DCAT_OK;
    for (int32_t k = 0; k <= cluster_count && status == DCAT_OK; k++) {
        if (k == cluster_count || may_join(s, server, k)) {
            s->cluster_of[server] = k;
            status = search(s, server + 1, cluster_count + (k == cluster_count));
        }
    }
    return status;
}

dcat_status dcat_exact_clustering(const dcat_world *world, const dcat_auction *auction,
                                  double now_s, const dcat_task *tasks, size_t task_count,
                                  double seconds, int32_t *cluster_of, dcat_exact_result *result,
                                  dcat_error *err)
{
    dcat_status status = check(world, seconds, err);
    size_t server_count = dcat_world_server_count(world);
    if (status == DCAT_OK && server_count > DCAT_EXACT_SERVER_MAX) {
        status = dcat_fail(err, DCAT_ERR_RANGE,
                           "all partitions can be tried for at most %d servers, the world has %zu",
                           DCAT_EXACT_SERVER_MAX, server_count);
    }
    partition_search s = {.now_s = now_s,
                          .tasks = tasks,
                          .task_count = task_count,
                          .seconds = seconds,
                          .best = {.profit = -1.0, .bound = 0.0, .optimal = true},
                          .err = err};
    if (status == DCAT_OK) {
        status = dcat_state_create(world, auction, 0, task_count, &s.state, err);
    }
    if (status == DCAT_OK) {
        status = search(&s, 0, 0);
    }
    if (status == DCAT_OK) {
        *result = s.best;
        if (cluster_of != NULL) {
            memcpy(cluster_of, s.best_of, sizeof *cluster_of * server_count);
        }
    }
    dcat_state_destroy(s.state);
    return status;
}
