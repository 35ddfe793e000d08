// SPDX-License-Identifier: Apache-2.0
// guard.h - what stands between a learned policy and the market: the simulator.
//
// A policy is good where it learned and fails in silence elsewhere. So its partition is one of a
// few candidates: the partition in force, the policy's, that of linkage, single servers; then some
// local moves from the best. All are simulated from the servers' queues on the same arrivals, drawn
// like those that are expected, and one replaces what is in force when it earns more by a margin.
// The first decision of a run has more candidates: k-means, random clusters, linkage by other
// rules, and by owner where servers have some.
//
// Effort is counted in simulated tasks, never in time, so a decision is the same on any machine.
//
// Choice: a regular decision looks at the candidates for one cycle's arrivals. Local moves are
// tried at the first decision of a run, which looks longer, and where the partition in force is
// about to be left: then something has changed.
//
// Choice: a margin, and a second look at arrivals that nobody was chosen by, keep chance from
// changing clusters. Partitions of about the same worth differ by a percent or two on the arrivals
// of one cycle; and what is a little better for good would lose its place once, and never earn
// enough more to get it back.

#ifndef DCAT_CLUSTER_GUARD_H
#define DCAT_CLUSTER_GUARD_H

#include "base/arena.h"
#include "cluster/moves.h"
#include "cluster/oracle.h"

// Tasks to simulate in a regular decision, at most, by default; and in the first, at least.
#define GUARD_TASKS_PER_SERVER 200
#define GUARD_TASKS_MOST 8000000 // however many servers
#define GUARD_TASKS_FIRST 1200000

typedef struct guard {
    const dcat_world *world;
    size_t tasks_max; // to simulate in a regular decision
    void *rule;       // workspace of any simple rule
    moves moves;      // stands at the best candidate
    oracle oracle;
    int32_t *in_force;  // [S]
    int32_t *candidate; // [S]
    double profit;      // of the best candidate
    size_t tasks_left;
} guard;

// tasks_max 0: by default.
void guard_layout(arena *a, const dcat_world *world, size_t tasks_max, guard *g);

// What is in force, before a policy writes over it.
void guard_note_in_force(guard *g, const int32_t *cluster_of);

// cluster_of [S] is the policy's partition, then the one to put into force; both are canonical. No
// heap. Without demand nothing changes.
void guard_decide(guard *g, const dcat_cluster_input *input, int32_t *cluster_of);

#endif
