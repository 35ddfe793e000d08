// SPDX-License-Identifier: Apache-2.0
#include "world/kdtree.h"

#include <math.h>
#include <stdbool.h>

static int depth_of(size_t count)
{
    int depth = 0;
    while (count > ((size_t)KD_LEAF << depth)) {
        depth++;
    }
    return depth;
}

size_t kd_node_count(size_t count)
{
    return (size_t)2 << depth_of(count);
}

void kd_layout(arena *a, size_t count, kdtree *tree)
{
    tree->count = count;
    tree->depth = depth_of(count);
    tree->order = ARENA_ARRAY(a, int32_t, count);
    tree->box = ARENA_ARRAY(a, kd_box, kd_node_count(count));
}

// --- building

static kd_box box_of(const kdtree *tree, kd_span span)
{
    kd_box box = {{INFINITY, INFINITY, INFINITY}, {-INFINITY, -INFINITY, -INFINITY}};
    for (size_t i = span.first; i < span.end; i++) {
        const double *point = tree->point[tree->order[i]];
        for (int d = 0; d < 3; d++) {
            box.low[d] = point[d] < box.low[d] ? point[d] : box.low[d];
            box.high[d] = point[d] > box.high[d] ? point[d] : box.high[d];
        }
    }
    return box;
}

static int widest_side(const kd_box *box)
{
    int widest = 0;
    for (int d = 1; d < 3; d++) {
        if (box->high[d] - box->low[d] > box->high[widest] - box->low[widest]) {
            widest = d;
        }
    }
    return widest;
}

// Hoare's selection: afterwards nothing before middle is above anything from middle on.
static void split_at(kdtree *tree, kd_span span, size_t middle, int d)
{
    int32_t *order = tree->order;
    size_t first = span.first, last = span.end - 1;
    while (first < last) {
        double pivot = tree->point[order[first + (last - first) / 2]][d];
        size_t i = first, j = last;
        for (;;) {
            while (tree->point[order[i]][d] < pivot) {
                i++;
            }
            while (tree->point[order[j]][d] > pivot) {
                j--;
            }
            if (i >= j) {
                break;
            }
            int32_t point = order[i];
            order[i++] = order[j];
            order[j--] = point;
        }
        // first..i-1 <= pivot <= j+1..last; here i is j, or one above it.
        if (middle < i) {
            last = i - 1;
        } else if (middle > j) {
            first = j + 1;
        } else {
            return; // order[middle] is the pivot itself
        }
    }
}

static void build_node(kdtree *tree, size_t node, int depth, kd_span span)
{
    tree->box[node] = box_of(tree, span);
    if (depth == 0 || span.end - span.first < 2) {
        for (size_t child = 2 * node; depth > 0 && child <= 2 * node + 1; child++) {
            kd_span half = child % 2 == 0 ? kd_left(span) : kd_right(span);
            build_node(tree, child, depth - 1, half); // of nothing or of one point
        }
        return;
    }
    split_at(tree, span, kd_left(span).end, widest_side(&tree->box[node]));
    build_node(tree, 2 * node, depth - 1, kd_left(span));
    build_node(tree, 2 * node + 1, depth - 1, kd_right(span));
}

void kd_build(kdtree *tree, const double (*point)[3])
{
    tree->point = point;
    for (size_t i = 0; i < tree->count; i++) {
        tree->order[i] = (int32_t)i;
    }
    build_node(tree, 1, tree->depth, (kd_span){0, tree->count});
}

// --- asking

// As kd_square of the box's nearest point: a coordinate inside the box is no distance.
double kd_box_square(const kd_box *box, const double centre[3])
{
    double side[3];
    for (int d = 0; d < 3; d++) {
        double below = box->low[d] - centre[d], above = centre[d] - box->high[d];
        side[d] = below > above ? below : above;
        side[d] = side[d] > 0.0 ? side[d] : 0.0;
    }
    return side[0] * side[0] + side[1] * side[1] + side[2] * side[2];
}

typedef struct range {
    const double *centre;
    double square;
    int32_t *found;
    size_t count;
} range;

static void find_within(const kdtree *tree, size_t node, int depth, kd_span span, range *r)
{
    if (kd_box_square(&tree->box[node], r->centre) > r->square) {
        return;
    }
    if (depth > 0) {
        find_within(tree, 2 * node, depth - 1, kd_left(span), r);
        find_within(tree, 2 * node + 1, depth - 1, kd_right(span), r);
        return;
    }
    for (size_t i = span.first; i < span.end; i++) {
        int32_t point = tree->order[i];
        r->found[r->count] = point;
        r->count += kd_square(r->centre, tree->point[point]) <= r->square;
    }
}

// Squares and the caller's own distances round; this leaves room for both.
#define ROOM (1.0 + 1e-9)

size_t kd_within(const kdtree *tree, const double centre[3], double radius, int32_t *found)
{
    range r = {.centre = centre, .square = radius * radius * ROOM, .found = found};
    find_within(tree, 1, tree->depth, (kd_span){0, tree->count}, &r);
    return r.count;
}

typedef struct nearest {
    const double *centre;
    double square;
    int32_t point;
} nearest;

static void find_nearest(const kdtree *tree, size_t node, int depth, kd_span span, nearest *n)
{
    if (depth == 0) {
        for (size_t i = span.first; i < span.end; i++) {
            int32_t point = tree->order[i];
            double square = kd_square(n->centre, tree->point[point]);
            if (square < n->square || (square == n->square && point < n->point)) {
                n->square = square;
                n->point = point;
            }
        }
        return;
    }
    double left = kd_box_square(&tree->box[2 * node], n->centre);
    double right = kd_box_square(&tree->box[2 * node + 1], n->centre);
    for (int turn = 0; turn < 2; turn++) {
        bool go_left = (left <= right) == (turn == 0);
        if ((go_left ? left : right) > n->square) { // as near may still be lower
            continue;
        }
        find_nearest(tree, 2 * node + !go_left, depth - 1, go_left ? kd_left(span) : kd_right(span),
                     n);
    }
}

int32_t kd_nearest(const kdtree *tree, const double centre[3], int32_t guess)
{
    nearest n = {.centre = centre, .square = kd_square(centre, tree->point[guess]), .point = guess};
    find_nearest(tree, 1, tree->depth, (kd_span){0, tree->count}, &n);
    return n.point;
}
