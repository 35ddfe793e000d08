// SPDX-License-Identifier: Apache-2.0
// demand.h - which tasks arrive when.
//
// Either drawn: Poisson arrivals by area whose rates follow a demand profile, one step per cycle.
// Or given: a list of tasks with arrival times. Immutable after creation; shared by worlds, states
// and threads. The same (seed, cycle, slot) gives the same tasks whoever asks.

#ifndef DCAT_DEMAND_H
#define DCAT_DEMAND_H

#include "dcat/error.h"
#include "dcat/world.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dcat_task {
    double arrival_s;   // since cycle 0
    double work_cycles; // l_n > 0
    double data_bits;   // m_n >= 0
    double deadline_s;  // tau_n > 0, from arrival
    double value;       // v_n; INFINITY when the user gave none
    int32_t area;       // O_n
    int32_t id;         // position in the file, or number within its cycle when drawn
    int32_t class_id;   // of the world's classes of work; 0 where there is one
    int32_t unused;     // 0, so that equal tasks are equal bytes
} dcat_task;

// Can the task be auctioned in this world? Every number in its range above and finite (but value),
// at least one cycle of work, an area and a class of the world, and a fee (5) that is a positive
// number. Errors: ERR_RANGE, ERR_REFERENCE (area, class), naming the field.
DCAT_API dcat_status dcat_task_check(const dcat_world *world, const dcat_task *task,
                                     dcat_error *err);

// Eq. (5) at the price and urgency of its class; the task has been checked.
DCAT_API double dcat_task_fee(const dcat_world *world, const dcat_task *task);

typedef struct dcat_demand_profile {
    size_t size; // DCAT_SIZED(dcat_demand_profile)
    double
        arrivals_per_slot; // lambda: mean arrivals per slot, all areas, mean over the profile; > 0
    const double *weight;  // [step_count, area_count] >= 0, not all 0
    size_t step_count;
    size_t area_count;
    dcat_range work_cycles;         // uniform; > 0
    dcat_range data_bits;           // uniform; >= 0
    dcat_range deadline_s;          // uniform; > 0
    dcat_range value_per_gigacycle; // uniform; {INFINITY, INFINITY}: no value given
    size_t train_step_count;        // the first steps, whose mean is the long-run demand; >= 1
    // Nullable: [area_count, class_count] >= 0, how likely a task of an area is of each class, some
    // class of every area; NULL: all tasks are of class 0. Classes have draws of their own, so that
    // they change nothing else about the tasks.
    const double *class_weight;
    size_t class_count;
} dcat_demand_profile;

typedef struct dcat_demand dcat_demand;

// Drawn arrivals. Choice: the rate of area a in cycle t is
// lambda * weight[t][a] / (mean over t of the sum over a of weight), so lambda is the mean load of
// the whole profile. Copies its input. Errors: ERR_RANGE, ERR_MEMORY.
DCAT_API dcat_status dcat_demand_create_profile(const dcat_demand_profile *profile,
                                                dcat_demand **demand, dcat_error *err);

// Given tasks, in any order; sorted (stable) by arrival. Choice: a task is auctioned at the first
// slot start at or after its arrival, and the time it waited for that counts against its deadline.
// Copies its input. Errors: ERR_RANGE (with the index of the task), ERR_MEMORY.
DCAT_API dcat_status dcat_demand_create_tasks(const dcat_task *tasks, size_t task_count,
                                              size_t area_count, double slot_s, int slots_per_cycle,
                                              dcat_demand **demand, dcat_error *err);
DCAT_API void dcat_demand_destroy(dcat_demand *demand);

// Does the demand fit the world (same areas; classes that it has; given tasks were sorted into its
// slots; no task needs paths that the world did not keep), and has it cycle_count >= 1 cycles from
// cycle_first on? dcat_run and dcat_env_create ask this themselves. Errors: ERR_RANGE.
DCAT_API dcat_status dcat_demand_check(const dcat_demand *demand, const dcat_world *world,
                                       uint32_t cycle_first, uint32_t cycle_count, dcat_error *err);

DCAT_API size_t dcat_demand_area_count(const dcat_demand *demand);
// Cycles that exist: profile steps, or cycles up to the last given task.
DCAT_API size_t dcat_demand_cycle_count(const dcat_demand *demand);
// No slot ever has more tasks than this; size buffers by it. Choice: a Poisson draw is cut at a
// bound whose excess probability is below 1e-12.
DCAT_API size_t dcat_demand_slot_task_max(const dcat_demand *demand);
// The first cycle with a task, and in how many cycles there is one. Drawn: 0, and all of them.
DCAT_API void dcat_demand_used_cycles(const dcat_demand *demand, uint32_t *first, size_t *count);
DCAT_API bool dcat_demand_is_drawn(const dcat_demand *demand);

// The tasks of one slot into tasks [slot_task_max]; returns how many. A drawn task arrives at its
// slot's start; its id counts from first_id.
DCAT_API size_t dcat_demand_slot(const dcat_demand *demand, const dcat_world *world, uint64_t seed,
                                 uint32_t cycle, uint32_t slot, int32_t first_id, dcat_task *tasks);

// What the platform saw of demand, by area: the state <lambda, l, m, tau> of the paper's MDP.
typedef struct dcat_observation {
    size_t area_count;
    double *arrivals_per_slot; // [A] lambda
    double *work_cycles;       // [A] mean l; 0 where nothing arrived
    double *data_bits;         // [A] mean m
    double *deadline_s;        // [A] mean tau
    double *work_sd;           // [A] standard deviations of the three; Nullable: taken as 0
    double *data_sd;
    double *deadline_sd;
    // Nullable: the same by area and class of work, where there are several: of class q in area a
    // in row a * class_count + q of as many "areas".
    struct dcat_observation *by_class;
    size_t class_count;
} dcat_observation;

// What is known of demand before the first cycle: the mean of the training steps for a profile, the
// first cycle that has tasks for given ones.
DCAT_API void dcat_demand_long_run(const dcat_demand *demand, dcat_observation *observation);

// How many cycles a day has: 24 until this says otherwise. Before the demand is used.
// cycles_per_day
// >= 1.
DCAT_API void dcat_demand_set_day(dcat_demand *demand, size_t cycles_per_day);

// What may be expected of a cycle's demand before it begins, from earlier days and cycles alone:
// for every area the mean of that hour of the last 14 days, times how the cycle before it, which
// was seen, compared with its own hour. Sizes are those that were seen. Reads nothing of this cycle
// or later ones. Of a drawn demand the days' rates stand for what would have been counted. forecast
// has the same arrays as seen, scratch [2 A]. False, and what was seen, when no day has passed.
// O(days * A), or of given tasks O(those of these hours).
DCAT_API bool dcat_demand_forecast(const dcat_demand *demand, const dcat_world *world,
                                   uint32_t cycle, const dcat_observation *seen, double *scratch,
                                   dcat_observation *forecast);

// Sums up arrivals from outside, as an environment does its own, for clusterers of live markets.
typedef struct dcat_observer dcat_observer;
// Errors: ERR_RANGE, ERR_MEMORY.
DCAT_API dcat_status dcat_observer_create(size_t area_count, size_t class_count,
                                          dcat_observer **observer, dcat_error *err);
DCAT_API void dcat_observer_destroy(dcat_observer *observer);
DCAT_API void dcat_observer_add(dcat_observer *observer, const dcat_task *tasks, size_t task_count);
// What was seen in so many slots (at least 1), and begin anew. Valid until the next call of this.
DCAT_API const dcat_observation *dcat_observer_finish(dcat_observer *observer, int slot_count);

// Draw the tasks of one slot from an observation instead: Poisson with its rates, sizes uniform
// with its means and standard deviations, of each class where it is by class. For clusterers that
// simulate before they decide. A drawn task has no value of its own. Returns how many, at most
// task_max.
DCAT_API size_t dcat_observation_draw(const dcat_observation *observation, uint64_t seed,
                                      uint32_t part, uint32_t cycle, uint32_t slot, double now_s,
                                      dcat_task *tasks, size_t task_max);

#ifdef __cplusplus
}
#endif
#endif
