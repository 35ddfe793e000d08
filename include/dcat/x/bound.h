// SPDX-License-Identifier: Apache-2.0
// bound.h - the best that anybody could have earned, to hold every policy against.
//
// Two kinds. The bound of a run holds for every clustering, assignment, order and payment rule,
// even for one that knows the future; it scales to whole scenarios and is not always reached. The
// exact optimum of problem P1 is for one slot, by mixed-integer programming, and is reached. Both
// hold for the world's queue rule (model.h).
//
// No cluster accepts less than its limit (auction.h), so fee minus limit is the ceiling of profit
// everywhere here.

#ifndef DCAT_BOUND_H
#define DCAT_BOUND_H

#include "dcat/auction.h"
#include "dcat/cluster.h"
#include "dcat/demand.h"
#include "dcat/error.h"
#include "dcat/market.h"
#include "dcat/world.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// --- a whole run

typedef struct dcat_bound_config {
    size_t size;                 // DCAT_SIZED(dcat_bound_config)
    const dcat_auction *auction; // decides what clusters accept: mean or largest member cost
    uint64_t seed;               // of arrivals
    uint32_t cycle_first;        // profile step of the first cycle
    uint32_t cycle_count;        // >= 1; cycle_first + cycle_count <= dcat_demand_cycle_count
    const int32_t *cluster_of; // Nullable [S]: only these clusters, in every cycle; NULL: all legal
                               // ones, any in every cycle
    size_t option_max;         // legal clusters that are listed one by one for a class of work;
                               // above, a weaker bound of one entry per server is used; >= 1;
                               // default 4096
} dcat_bound_config;

typedef struct dcat_bound_result {
    double total;        // no policy earns more over the cycles asked for
    double per_cycle;    // total / cycle_count
    size_t option_count; // clusters looked at
    bool complete;       // every legal cluster was one of them
} dcat_bound_result;

DCAT_API dcat_bound_config dcat_bound_config_default(void);

// Bound the profit of every policy on a world over a span of cycles that starts with empty queues.
// With cluster_of, of every policy with those clusters, by more prices and so more tightly.
// cycles is [cycle_count], nullable: the total split by cycle (only the total is a bound, since
// work may move from one cycle to the next). The relaxation and the proof that it is a bound are
// in src/bound/relaxation.h. The same bits for the same arguments. Costs about a second for half a
// thousand cycles of 400 tasks and 40 servers. Errors: ERR_RANGE, ERR_MEMORY.
DCAT_API dcat_status dcat_bound_run(const dcat_world *world, const dcat_demand *demand,
                                    const dcat_bound_config *config, double *cycles,
                                    dcat_bound_result *result, dcat_error *err);

// --- one slot, exactly

// Whether the problems below can be solved: dcat was built with Cbc, and it is here. Each is solved
// in a child process, as Cbc ends its process when it gets no memory; that is ERR_MEMORY here.
// Errors: ERR_NOT_FOUND, ERR_MEMORY (address space for it).
DCAT_API dcat_status dcat_bound_check_exact(dcat_error *err);

// In which order a cluster works on the tasks that one slot gives it.
typedef enum dcat_bound_order {
    // Any: the best one. Under DCAT_QUEUE_PAPER exact with one class of work. Under
    // DCAT_QUEUE_FIFO, where data comes at different times, the best order of one cluster alone is
    // a strongly NP-hard problem; and teams of several classes may be free at different times. Then
    // tasks may be interrupted here, and the result says at most: no order and assignment earns
    // more, and perhaps none earns as much.
    DCAT_BOUND_ORDER_FREE = 0,
    // As the market auctions them (dcat_task_order_of). Exact under either rule.
    DCAT_BOUND_ORDER_MARKET,
} dcat_bound_order;

// The freest order of the two whose program is exact for a world.
DCAT_API dcat_bound_order dcat_exact_order(const dcat_world *world);

// What a slot could earn. Money is fee - limit, summed over served tasks.
typedef struct dcat_exact_result {
    double profit; // of the best assignment found
    double bound;  // no assignment earns more, by the solver's own account; >= profit
    bool optimal;  // the solver proved that profit is the optimum
    bool at_most;  // profit is that of a relaxation: of its assignment if tasks may be interrupted
} dcat_exact_result;

// Problem P1 for one slot and the clusters of a state: assign tasks, at most one cluster each, so
// that fee - limit is largest and everything is done in time behind the queues there are.
//   assigned  [task_count] nullable: the cluster of each task, -1 for none
//   seconds   time limit of the solver, > 0; what it takes depends on the machine, so a result
//             that is not optimal may differ between runs
// Errors: ERR_NOT_FOUND without a solver in this build, ERR_RANGE, ERR_MEMORY, ERR_INTERNAL.
DCAT_API dcat_status dcat_exact_slot(const dcat_state *state, double now_s, const dcat_task *tasks,
                                     size_t task_count, dcat_bound_order order, double seconds,
                                     int32_t *assigned, dcat_exact_result *result, dcat_error *err);

// The exact optimum of every slot in turn, in dcat_exact_order, each behind the queues that the
// ones before it made: what choice of winner and, where it is free, order of tasks are worth over
// time to somebody who does not know the future.
//   bound_config  cluster_of must be given; option_max is not used
//   unit_price    what a cycle of work must bring beyond its limit to be served at all; 0 serves
//                 whatever pays. A slot by itself never keeps capacity for a better task
//   seconds       time limit for each slot
// Writes the profit at limits, over all cycles, and how many slots were not proved optimal.
DCAT_API dcat_status dcat_exact_run(const dcat_world *world, const dcat_demand *demand,
                                    const dcat_bound_config *bound_config, double unit_price,
                                    double seconds, double *profit, size_t *unproven,
                                    dcat_error *err);

#define DCAT_EXACT_SERVER_MAX 10

// Clustering and assignment together, for tiny worlds of at most DCAT_EXACT_SERVER_MAX servers:
// the best of all partitions within the span limit, behind empty queues, in dcat_exact_order.
//   cluster_of  [S] nullable: the best partition, canonical labels
//   seconds     time limit for each partition
// Errors: as above; ERR_RANGE for a world that is too large.
DCAT_API dcat_status dcat_exact_clustering(const dcat_world *world, const dcat_auction *auction,
                                           double now_s, const dcat_task *tasks, size_t task_count,
                                           double seconds, int32_t *cluster_of,
                                           dcat_exact_result *result, dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
