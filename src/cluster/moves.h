// SPDX-License-Identifier: Apache-2.0
// moves.h - small changes to a partition, at random and legal by construction: searches try them.
//
// A move takes a server to another cluster or to one of its own, a merge joins two clusters, a
// split parts one, a swap exchanges two servers. Dear servers stay alone.

#ifndef DCAT_CLUSTER_MOVES_H
#define DCAT_CLUSTER_MOVES_H

#include "base/arena.h"
#include "dcat/partition.h"
#include "dcat/rng.h"
#include "dcat/world.h"
#include <stdbool.h>

typedef struct moves {
    const dcat_world *world;
    const uint8_t *dear;   // [S] Nullable: servers that stay alone
    int32_t *current;      // [S] where the search stands, canonical
    int32_t *proposal;     // [S] where it may go, canonical
    int32_t *first;        // [S + 1] members by cluster of the current one
    int32_t *member;       // [S]
    int32_t *option;       // [S] clusters to choose from; scratch between proposals
    int64_t *legal_count;  // [S] by cluster: its pairs with the movers that are within the limit
    int32_t cluster_count; // of the current one
    dcat_rng rng;
} moves;

void moves_layout(arena *a, const dcat_world *world, moves *m);

// Stand at m->current.
void moves_enter(moves *m);

// A random change of the current partition into m->proposal; false when it found nothing to change.
// Half of the proposals move a server, where swaps are allowed every eighth one swaps two.
bool moves_propose(moves *m, bool swaps);

// Go to m->proposal.
void moves_accept(moves *m);

#endif
