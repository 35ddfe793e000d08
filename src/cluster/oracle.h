// SPDX-License-Identifier: Apache-2.0
// oracle.h - what a partition would earn: the simulator on arrivals that resemble the last cycle.
//
// Every partition asked about in one decision meets the same arrivals and the same lotteries, so
// answers differ by the partition alone.
//
// Choice: how long it simulates is a number of arrivals, not of cycles. With few arrivals a search
// fits their chance; docs/clusterers.md has held-out profit against their number.
//
// Choice: queues start empty and the oracle knows nothing of work under way, as a decision sees
// demand only.

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
    size_t task_max;   // arrivals to simulate
    size_t slot_count; // slots that they fill
} oracle;

void oracle_layout(arena *a, const dcat_world *world, oracle *o);

// Draw the arrivals of one decision; false when nothing arrived in the cycle it sees. part is the
// clusterer's, of DCAT_STREAM_CLUSTER.
bool oracle_begin(oracle *o, const dcat_cluster_input *input, uint32_t part);

// Profit (6) of a partition [S] on the drawn arrivals.
double oracle_profit(const oracle *o, const int32_t *cluster_of);

#endif
