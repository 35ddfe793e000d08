// SPDX-License-Identifier: Apache-2.0
// kdtree.h - points in space, found by where they are: within a radius, or nearest.
//
// A balanced tree over an order of the points; the bounds of every subtree are a box. Squared
// distances are summed as kd_square() does, and a box bounds them as computed, not only as meant:
// every operation is monotone, so no point is missed by a rounding.

#ifndef DCAT_WORLD_KDTREE_H
#define DCAT_WORLD_KDTREE_H

#include "base/arena.h"
#include <stddef.h>
#include <stdint.h>

#define KD_LEAF 8 // points of a leaf, at most

typedef struct kd_box {
    double low[3], high[3];
} kd_box;

typedef struct kdtree {
    size_t count;
    int depth;                // levels above the leaves
    const double (*point)[3]; // [count] borrowed
    int32_t *order;           // [count] points, subtree by subtree
    kd_box *box;              // [node_count] of node 1, its children 2 and 3, and so on
} kdtree;

static inline double kd_square(const double a[3], const double b[3])
{
    double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
    return x * x + y * y + z * z;
}

// Room for count >= 1 points.
size_t kd_node_count(size_t count);
void kd_layout(arena *a, size_t count, kdtree *tree);

// O(n log n), no heap. The same points give the same tree.
void kd_build(kdtree *tree, const double (*point)[3]);

// The points at most radius from centre, in no order, into found [count]; a few just outside may be
// among them. Returns how many.
size_t kd_within(const kdtree *tree, const double centre[3], double radius, int32_t *found);

// The nearest point, the lowest among those equally near. A good guess, which is any point, makes
// it quick.
int32_t kd_nearest(const kdtree *tree, const double centre[3], int32_t guess);

// The points of a node: order[first] .. order[end - 1].
typedef struct kd_span {
    size_t first, end;
} kd_span;

static inline kd_span kd_left(kd_span span)
{
    return (kd_span){span.first, span.first + (span.end - span.first) / 2};
}

static inline kd_span kd_right(kd_span span)
{
    return (kd_span){span.first + (span.end - span.first) / 2, span.end};
}

// Least squared distance from centre to anything in the box.
double kd_box_square(const kd_box *box, const double centre[3]);

#endif
