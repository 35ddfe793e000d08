// SPDX-License-Identifier: Apache-2.0
// options.h - what a task may be run on: every cluster that the span limit allows.
//
// Any clustering that any policy ever forms is made of these, so a bound over all of them holds for
// every clustering. When there are too many to list, one option per server stands for all clusters
// that hold the server: as fast and as near as the server with everybody it may legally join.
//
// A class of work has options of its own: the teams that clusters can have for it, which are the
// legal clusters of servers who can do the class and together have its memory. What a team keeps
// busy is a queue of each server, that of the class's pool.

#ifndef DCAT_BOUND_OPTIONS_H
#define DCAT_BOUND_OPTIONS_H

#include "dcat/auction.h"
#include "dcat/world.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Lists of numbers, one per option: those of option k are item[first[k]] .. item[first[k+1]-1].
typedef struct bound_lists {
    size_t *first; // [count + 1]
    int32_t *item; // [first[count]]
} bound_lists;

typedef struct bound_options {
    size_t count;
    bool complete;       // every legal cluster is an option of its own
    size_t *class_first; // [Q + 1] options of class q: class_first[q] .. class_first[q+1]-1
    bound_lists paid;    // the queues (bound_queue) whose time a task on this option takes
    bound_lists near;    // the servers one of which receives the task's data
    double *speed_hz;    // [count] at least the speed of the cluster
    double *paid_hz;     // [count] summed speed of the paid servers
    double *unit_limit;  // [count] at most the payment per cycle that the cluster accepts
    int32_t *cluster;    // [count] of the partition, if one is given
} bound_options;

// A queue of a server, by number: there are bound_queue_count.
static inline int32_t bound_queue(const dcat_world *world, size_t queue, int32_t server)
{
    return (int32_t)(queue * dcat_world_server_count(world)) + server;
}

static inline size_t bound_queue_count(const dcat_world *world)
{
    return dcat_world_queue_count(world) * dcat_world_server_count(world);
}

// List the options of a world under an auction. cluster_of is [S], nullable: then only the clusters
// of this partition. At most count_max clusters are listed for each class. Errors: ERR_MEMORY.
dcat_status bound_options_create(const dcat_world *world, const dcat_auction *auction,
                                 const int32_t *cluster_of, size_t count_max,
                                 bound_options *options, dcat_error *err);
void bound_options_destroy(bound_options *options);

#endif
