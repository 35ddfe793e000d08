// SPDX-License-Identifier: Apache-2.0
// oracle.h - what a partition would earn: the simulator on arrivals that resemble the last cycle.
//
// Every partition asked about in one decision meets the same arrivals and the same lotteries, so
// answers differ by the partition alone.
//
// Choice: how long it simulates is a number of arrivals, not of cycles. With few arrivals a search
// fits their chance; docs/clusterers.md has held-out profit against their number.
//
// Queues start empty, or as they are where the caller says so.

#ifndef DCAT_CLUSTER_ORACLE_H
#define DCAT_CLUSTER_ORACLE_H

#include "base/arena.h"
#include "dcat/cluster.h"
#include "env/env.h"

typedef struct oracle {
    const dcat_world *world;
    void *env_memory;
    dcat_env *env;
    dcat_task *task;   // [task_max] arrivals of all slots, in order
    size_t *task_end;  // [ORACLE_SLOT_MAX] end of each slot's arrivals
    size_t room;       // most arrivals
    size_t task_max;   // arrivals to simulate: as many, until somebody wants fewer
    size_t slot_count; // slots that they fill
    double *queue_s;   // [S] how long servers have to do in the beginning
    bool from_queues;  // or nothing
} oracle;

// How many arrivals make a search learn the world and not their chance.
size_t oracle_task_count(const dcat_world *world);

void oracle_layout(arena *a, const dcat_world *world, size_t task_max, oracle *o);

// Has anything arrived?
bool oracle_has_demand(const dcat_observation *observation);

// Draw the arrivals of one decision; false when nothing arrived in the cycle it sees. part is the
// clusterer's, of DCAT_STREAM_CLUSTER.
bool oracle_begin(oracle *o, const dcat_cluster_input *input, uint32_t part);

// Begin with the queues that the decision sees (busy_until_s is not NULL), after oracle_begin.
void oracle_start_from(oracle *o, const dcat_cluster_input *input);

// Profit (6) of a partition [S] on the drawn arrivals.
double oracle_profit(const oracle *o, const int32_t *cluster_of);

#endif
