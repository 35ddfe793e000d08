// SPDX-License-Identifier: Apache-2.0
// relaxation.h - the bound for given prices of server time.
//
// Every server's time has a price: server_price[i] * factor[w] money per second in window w. Where
// servers have queues that do not wait for each other, the time of each has one, and "server" means
// a queue of a server below. The value of a task is then what is left of its fee after the winner's
// limit and the price of the time it takes, on the option and at the time that leave most, or 0
// when nothing is left.
//
// Theorem. For any prices >= 0, the profit of every clustering, assignment, order and payment rule
// is at most
//
//     price of all server time + sum over tasks of their value.
//
// When a task can be worked on. Let it be auctioned at moment a with deadline d, and let cluster K
// be reached by its data in t (3), be free in q, and take p = l / F_K.
//
//     fifo    K begins at a + max(t, q) >= a + t, and (10b) has it end at a + max(t, q) + p <= d.
//             So the work lies in the period [a + t, d].
//     paper   K begins at a + q >= a, and (10b) is a + q + t + p <= d, so it ends at
//             a + q + p <= d - t. So the work lies in the period [a, d - t].
//
// Either is d - a - t long: what fits under one rule fits under the other. But not at the same
// time. Two tasks auctioned at 0 with p = 1 on one server, one with t = 0 and d = 1, the other with
// t = 1 and d = 2: fifo serves both, in [0, 1] and [1, 2]; under paper both would need [0, 1].
//
// Proof. Take any run of the model. An awarded task n on cluster K pays the platform
// fee_n - payment <= fee_n - limit_n(K), since no cluster accepts less than its limit. It keeps the
// members of K busy for p seconds within its period on K. Let c_n be the price of these seconds.
// Then
//
//     profit <= sum over awarded n of (fee_n - limit_n(K) - c_n) + sum over awarded n of c_n.
//
// A server works on one task at a time: under either rule a cluster begins when all its members are
// free, and all are busy until it ends (of a class of work: those who can do it, in the queue of
// its pool). So the busy times of a server do not overlap, whatever
// clusters it was in, and the second sum is at most the price of all server time. Each term of the
// first sum is at most the value of its task: K is one of the options (or, when these stand for
// single servers, no better than the cheapest of its members, whose delay t is no longer, so that
// its period contains that of K), and c_n is at least the price of the cheapest p seconds of the
// period. Tasks that are not awarded have value >= 0. QED.
//
// What is relaxed, therefore: clusters may differ from task to task within a cycle; a task may be
// interrupted; and the future is known.

#ifndef DCAT_BOUND_RELAXATION_H
#define DCAT_BOUND_RELAXATION_H

#include "bound/options.h"
#include "bound/tasks.h"
#include "bound/windows.h"

typedef struct bound_prices {
    double *server; // [bound_queue_count] money per second at factor 1, >= 0
    double window_s;
    size_t window_count; // covers the span and the longest deadline after it
    double *factor;      // [dcat_world_queue_count, window_count] >= 0
} bound_prices;

// The options of a class in an area in the order they are looked at. With one data size there,
// options that are no better than another in any respect are left out. O: options of the class.
typedef struct bound_row {
    size_t count;
    int32_t *option;         // [O]
    double *transfer_s;      // [O] least delay (3) to a near server
    double *unit_limit_from; // [O] the least of this and all later ones
    double *unit_price_from; // [O] likewise
} bound_row;

typedef struct bound_relaxation {
    const dcat_world *world;
    dcat_queue_rule queue; // of the world
    const bound_options *options;
    const bound_tasks *tasks;
    double *unit_price; // [options] price per cycle of work at factor 1
    bound_row *row;     // [Q, A] bound_row_of
    double *scratch;    // [options]
} bound_relaxation;

// Errors: ERR_MEMORY. Borrows its arguments.
dcat_status bound_relaxation_create(const dcat_world *world, const bound_options *options,
                                    const bound_tasks *tasks, bound_relaxation *relaxation,
                                    dcat_error *err);
void bound_relaxation_destroy(bound_relaxation *relaxation);

// Take over new prices of servers. Must be called before what follows.
void bound_relaxation_set_servers(bound_relaxation *relaxation, const double *server_price);

// The bound. cycle_value is [cycle_count], nullable: the bound split by cycle.
double bound_relaxation_value(const bound_relaxation *relaxation, const bound_prices *prices,
                              double *cycle_value);

// The option on which a task stays worth its time the longest as the factor rises.
typedef struct bound_breakeven {
    double factor;      // at which nothing is left; 0 when no option can finish the task in time
    double price;       // of its time at factor 1
    work_period period; // in which it can be worked on
} bound_breakeven;
bound_breakeven bound_relaxation_breakeven(const bound_relaxation *relaxation,
                                           const bound_task *task);

// Transfer delay (3) from an area to every option of a class: writes theirs of row [options].
void bound_transfer_row(const dcat_world *world, const bound_options *options, int32_t class_id,
                        int32_t area, double data_bits, double *row);

#endif
