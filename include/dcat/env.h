// SPDX-License-Identifier: Apache-2.0
// env.h - the market as an environment that is stepped, slot by slot or cycle by cycle.
//
// An environment is one market in time: clusters, queues, the tasks that arrive, what was observed.
// Every cycle: decide on clusters, then step its slots. Source: paper, Algorithm 3, whose loop over
// cycles is dcat_run. Many environments share one world and one demand; each belongs to one thread
// at a time. Stepping takes no heap, reads no clock, and gives the same bits for the same seed.
//
// S is the number of servers of the world, A that of its areas.

#ifndef DCAT_ENV_H
#define DCAT_ENV_H

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

typedef struct dcat_env dcat_env;

// World, demand, rows and model are borrowed and must outlive the environment.
typedef struct dcat_env_config {
    size_t size; // sizeof(dcat_env_config), set by dcat_env_config_default
    const dcat_world *world;
    const dcat_demand *demand;       // Nullable: all tasks are given, see dcat_env_give
    const dcat_auction *auction;     // Nullable: tasks arrive, and nobody gets them
    const dcat_clusterer *clusterer; // Nullable: clusters come by dcat_env_set_clusters alone
    const void *model;               // Nullable: for the clusterer
    uint64_t seed;                   // of arrivals, lotteries and clusterer, until the first reset
    uint32_t cycle;                  // in which it begins, until the first reset
    size_t task_max;                 // most tasks a slot will be given; 0: as many as demand's
    bool trial; // only totals count: it observes nothing, so that dcat_env_observe keeps what was
                // known at the start, and it calls no hooks
} dcat_env_config;

DCAT_API dcat_env_config dcat_env_config_default(void);
DCAT_API dcat_status dcat_env_config_check(const dcat_env_config *config, dcat_error *err);

// One block of memory, in the state after dcat_env_reset. Errors: ERR_RANGE, ERR_MEMORY.
DCAT_API dcat_status dcat_env_create(const dcat_env_config *config, dcat_env **env,
                                     dcat_error *err);
DCAT_API void dcat_env_destroy(dcat_env *env);

// An independent copy that goes on from here, without the hooks. Errors: ERR_MEMORY.
DCAT_API dcat_status dcat_env_clone(const dcat_env *env, dcat_env **copy, dcat_error *err);
// The same into an environment made from the same configuration; takes no heap. Errors: ERR_RANGE
// when the configurations differ.
DCAT_API dcat_status dcat_env_copy(dcat_env *to, const dcat_env *from, dcat_error *err);

// To the start of a cycle with empty queues, every server its own cluster, and nothing seen but the
// long-run demand of a profile, or of given tasks those of the last cycle before this one that has
// any. Choice: where there is none, the first cycle that has tasks is seen, as if it had been
// before: whoever has a list of tasks knows what its tasks are like. Hooks and given arrivals stay.
// Errors: ERR_RANGE: no such cycle.
DCAT_API dcat_status dcat_env_reset(dcat_env *env, uint64_t seed, uint32_t cycle, dcat_error *err);

// The same at any moment of business: queues busy_until_s [dcat_world_queue_count, S] (Nullable:
// empty), as dcat_state_queue tells them, and partition cluster_of [S], checked as in
// dcat_env_set_clusters. What was observed stays. Errors: ERR_RANGE.
DCAT_API dcat_status dcat_env_place(dcat_env *env, uint32_t cycle, const double *busy_until_s,
                                    const int32_t *cluster_of, dcat_error *err);

// --- clusters

// What a clusterer sees now, and nothing that it does not see: the last finished cycle's demand
// (arrays [A]), the partition in force and the queues (arrays [S]), seed and number of the cycle.
// Valid until the next call that takes the environment non-const.
DCAT_API dcat_cluster_input dcat_env_observe(dcat_env *env);

// Is the clusterer to decide before the next slot? True at the start of the first cycle after a
// reset, and of every decide_every-th one after it.
DCAT_API bool dcat_env_decision_due(const dcat_env *env);

// Algorithm 3, line 3: let the clusterer decide, check what it says, put it into force. Errors: the
// clusterer's own, ERR_RANGE when there is none or when its clusters are not legal; the partition
// in force then stays.
DCAT_API dcat_status dcat_env_decide(dcat_env *env, dcat_error *err);

// Put clusters from outside into force: labels cluster_of [S] in [0, S), any names. Queues stay
// with the servers. Errors: ERR_RANGE, naming the server or the pair beyond the span limit; the
// partition in force then stays.
DCAT_API dcat_status dcat_env_set_clusters(dcat_env *env, const int32_t *cluster_of,
                                           dcat_error *err);

// --- tasks

// Arrivals of one cycle.
typedef struct dcat_arrivals {
    const dcat_task *tasks; // slot after slot
    const size_t *task_end; // [slot_count] where each slot's tasks end
    size_t slot_count;      // of the world: slots_per_cycle
} dcat_arrivals;

// Play these arrivals in this cycle and the next ones, instead of those of the demand. Their arrays
// are borrowed until others are given. Nullable: back to the demand. Errors: ERR_RANGE, and those
// of dcat_task_check, naming the first wrong task.
DCAT_API dcat_status dcat_env_give(dcat_env *env, const dcat_arrivals *arrivals, dcat_error *err);

// --- time

// One slot: its tasks are auctioned in the market's order. totals is added to. Errors: ERR_RANGE
// beyond the demand's last cycle.
DCAT_API dcat_status dcat_env_step_slot(dcat_env *env, dcat_totals *totals, dcat_error *err);

// The slots up to the end of this cycle, whose demand is then what is observed.
DCAT_API dcat_status dcat_env_step_cycle(dcat_env *env, dcat_totals *totals, dcat_error *err);

// A cluster is busy for extra_s longer than its awards account for: it was slower than it said, or
// broke down. Its team for a class of work, and whoever waits behind the same servers; class_id -1:
// all of it. Also from a hook. Errors: ERR_RANGE: no such cluster or class, or no number >= 0.
DCAT_API dcat_status dcat_env_delay(dcat_env *env, int32_t cluster, int32_t class_id,
                                    double extra_s, dcat_error *err);

// The cycle and slot that come next.
DCAT_API uint32_t dcat_env_cycle(const dcat_env *env);
DCAT_API uint32_t dcat_env_slot(const dcat_env *env);

DCAT_API const dcat_state *dcat_env_state_view(const dcat_env *env); // NULL without an auction

// --- hooks

// One slot, shown before and after it is played.
typedef struct dcat_slot_record {
    dcat_env *env;           // not to be stepped or moved in a hook; it may be copied
    const dcat_state *state; // its state; NULL without an auction
    double now_s;
    uint32_t cycle, slot;
    const dcat_task *tasks;   // [task_count]
    const dcat_award *awards; // [task_count]; NULL before the slot, and without an auction
    size_t task_count;
} dcat_slot_record;

// All nullable; user is handed to each. before_slot and after_slot return false to stop the
// environment there: it then steps no further, see dcat_env_is_stopped. before_task and after_task
// are called for tasks[n] in the order of their auctions.
typedef struct dcat_env_hooks {
    void *user;
    bool (*before_slot)(void *user, const dcat_slot_record *slot);
    void (*before_task)(void *user, const dcat_slot_record *slot, int32_t n);
    void (*after_task)(void *user, const dcat_slot_record *slot, int32_t n,
                       const dcat_award *award);
    bool (*after_slot)(void *user, const dcat_slot_record *slot);
} dcat_env_hooks;

DCAT_API void dcat_env_set_hooks(dcat_env *env, const dcat_env_hooks *hooks); // Nullable: none
DCAT_API bool dcat_env_is_stopped(const dcat_env *env); // by a hook, since the last reset

#ifdef __cplusplus
}
#endif
#endif
