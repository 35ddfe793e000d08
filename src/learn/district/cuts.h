// SPDX-License-Identifier: Apache-2.0
// cuts.h (internal) - points in space, cut into parts of neighbours of at most a given
// size.
//
// A part that is too large is cut across one axis, where it separates the fewest of the pairs that
// belong together, but so that neither side is below three tenths: what is joined stays whole where
// it can, and no part is tiny. Among equally few: the widest gap, then nearest the middle, then the
// first axis; equal coordinates are in order of their numbers. So the same points give the same
// parts.

#ifndef DCAT_LEARN_DISTRICT_CUTS_H
#define DCAT_LEARN_DISTRICT_CUTS_H

#include "base/arena.h"
#include <stddef.h>
#include <stdint.h>

#define CUT_ORDERS 4 // along three axes, and by number

// Which points belong together: those of point i are other[first[i]] .. other[first[i + 1] - 1].
typedef struct rl_cut_pairs {
    const size_t *first; // [point_count + 1] NULL: none do
    const int32_t *other;
} rl_cut_pairs;

typedef struct rl_cuts {
    size_t point_count;
    const double (*point)[3];   // [point_count] borrowed
    rl_cut_pairs pairs;         // borrowed
    size_t part_max;            // points of a part, at most
    int32_t *order[CUT_ORDERS]; // [point_count] part by part; the last is ascending in each
    int32_t *spare;             // [point_count]
    unsigned char *low;         // [point_count] is on the lower side of the cut at work
    int32_t *group;             // [point_count] where the group of a point begins in the orders
    int32_t *rank;              // [point_count] in its group, along the axis looked at
    int32_t *crossing;          // [point_count + 1] pairs that a cut separates
    int32_t *first;             // [part_count_max + 1] parts in the orders
    size_t part_count;
} rl_cuts;

// No cutting gives more parts than this.
size_t rl_cuts_part_count_max(size_t point_count, size_t part_max);

void rl_cuts_layout(arena *a, size_t point_count, size_t part_max, rl_cuts *cuts);

// O(n log^2 n), no heap.
void rl_cuts_make(rl_cuts *cuts, const double (*point)[3], rl_cut_pairs pairs);

// The points [point_count] part by part, ascending in each.
static inline const int32_t *rl_cuts_members(const rl_cuts *cuts)
{
    return cuts->order[CUT_ORDERS - 1];
}

#endif
