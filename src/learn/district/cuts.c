// SPDX-License-Identifier: Apache-2.0
#include "learn/district/cuts.h"

#include "base/sort.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

// The smaller side of a cut has at least this much of count >= 2 points.
static size_t side_min(size_t count)
{
    size_t least = 3 * count / 10;
    return least > 0 ? least : 1;
}

size_t rl_cuts_part_count_max(size_t point_count, size_t part_max)
{
    return point_count / side_min(part_max + 1) + 1;
}

void rl_cuts_layout(arena *a, size_t point_count, size_t part_max, rl_cuts *cuts)
{
    *cuts = (rl_cuts){.point_count = point_count, .part_max = part_max};
    for (int axis = 0; axis < CUT_ORDERS; axis++) {
        cuts->order[axis] = ARENA_ARRAY(a, int32_t, point_count);
    }
    cuts->spare = ARENA_ARRAY(a, int32_t, point_count);
    cuts->low = ARENA_ARRAY(a, unsigned char, point_count);
    cuts->group = ARENA_ARRAY(a, int32_t, point_count);
    cuts->rank = ARENA_ARRAY(a, int32_t, point_count);
    cuts->crossing = ARENA_ARRAY(a, int32_t, point_count + 1);
    cuts->first = ARENA_ARRAY(a, int32_t, rl_cuts_part_count_max(point_count, part_max) + 1);
}

// --- sorting

typedef struct axis_order {
    const rl_cuts *cuts;
    int axis;
    int32_t *point;
} axis_order;

static int comes_first(const axis_order *order, size_t i, size_t j)
{
    int32_t a = order->point[i], b = order->point[j];
    double at_a = order->cuts->point[a][order->axis], at_b = order->cuts->point[b][order->axis];
    return at_a != at_b ? at_a < at_b : a < b;
}

static void swap(const axis_order *order, size_t i, size_t j)
{
    sort_swap(order->point, i, j);
}

SORT_DEFINE(sort_points, const axis_order *, comes_first, swap)

static void sort_along(rl_cuts *cuts, int axis)
{
    const axis_order order = {cuts, axis, cuts->order[axis]};
    sort_points(&order, cuts->point_count);
}

// --- cutting

#define PAIRS_ASKED 8 // of a point, spread over all that it has

typedef struct cut {
    int axis;
    size_t at; // points of the lower side
    int32_t crossing;
    double gap;
} cut;

// crossing[k] becomes the number of pairs that a cut behind the first k points separates.
static void count_crossings(rl_cuts *cuts, int axis, size_t begin, size_t end)
{
    const int32_t *order = &cuts->order[axis][begin];
    const size_t *first = cuts->pairs.first;
    size_t count = end - begin;
    memset(cuts->crossing, 0, sizeof *cuts->crossing * (count + 1));
    for (size_t r = 0; first != NULL && r < count; r++) {
        cuts->rank[order[r]] = (int32_t)r;
    }
    for (size_t r = 0; first != NULL && r < count; r++) {
        size_t n = first[order[r]], last = first[order[r] + 1];
        size_t step = (last - n + PAIRS_ASKED - 1) / PAIRS_ASKED;
        for (; n < last; n += step) {
            int32_t other = cuts->pairs.other[n];
            if (cuts->group[other] == (int32_t)begin) {
                size_t s = (size_t)cuts->rank[other];
                cuts->crossing[(s < r ? s : r) + 1]++;
                cuts->crossing[(s < r ? r : s) + 1]--;
            }
        }
    }
    for (size_t k = 1; k <= count; k++) {
        cuts->crossing[k] += cuts->crossing[k - 1];
    }
}

// The best cut along an axis within the middle, looked for from the middle outward.
static void look_along(rl_cuts *cuts, int axis, size_t begin, size_t end, cut *best)
{
    const int32_t *order = &cuts->order[axis][begin];
    size_t count = end - begin, least = side_min(count), middle = count / 2;
    count_crossings(cuts, axis, begin, end);
    for (size_t step = 0; step <= middle - least; step++) {
        size_t sides[2] = {middle - step, middle + step};
        for (int side = 0; side < 2; side++) {
            size_t at = sides[side];
            int32_t crossing = cuts->crossing[at];
            double gap = cuts->point[order[at]][axis] - cuts->point[order[at - 1]][axis];
            bool better =
                crossing < best->crossing || (crossing == best->crossing && gap > best->gap);
            if (at <= count - least && better) {
                *best = (cut){axis, at, crossing, gap};
            }
        }
    }
}

// Put the lower side first in every order, which stays sorted on both sides.
static void part(rl_cuts *cuts, size_t begin, size_t end, const cut *chosen)
{
    for (size_t p = begin; p < end; p++) {
        cuts->low[cuts->order[chosen->axis][p]] = p - begin < chosen->at;
    }
    for (int axis = 0; axis < CUT_ORDERS; axis++) {
        int32_t *order = cuts->order[axis];
        size_t low = begin, high = 0;
        for (size_t p = begin; p < end; p++) {
            int32_t point = order[p];
            if (cuts->low[point]) {
                order[low++] = point;
            } else {
                cuts->spare[high++] = point;
            }
        }
        memcpy(&order[low], cuts->spare, sizeof *order * high);
    }
}

// Each side is at most 0.7 of the whole, so this goes less than 64 deep.
static void cut_group(rl_cuts *cuts, size_t begin, size_t end) // NOLINT(misc-no-recursion)
{
    if (end - begin <= cuts->part_max) {
        cuts->first[++cuts->part_count] = (int32_t)end;
        return;
    }
    cut best = {.crossing = INT32_MAX, .gap = -1.0};
    for (int axis = 0; axis < 3; axis++) {
        look_along(cuts, axis, begin, end, &best);
    }
    part(cuts, begin, end, &best);
    for (size_t p = begin + best.at; p < end; p++) {
        cuts->group[cuts->order[0][p]] = (int32_t)(begin + best.at);
    }
    cut_group(cuts, begin, begin + best.at);
    cut_group(cuts, begin + best.at, end);
}

void rl_cuts_make(rl_cuts *cuts, const double (*point)[3], rl_cut_pairs pairs)
{
    assert(cuts->point_count > 0 && cuts->part_max > 0);
    cuts->point = point;
    cuts->pairs = pairs;
    memset(cuts->group, 0, sizeof *cuts->group * cuts->point_count);
    for (int axis = 0; axis < CUT_ORDERS; axis++) {
        for (size_t i = 0; i < cuts->point_count; i++) {
            cuts->order[axis][i] = (int32_t)i;
        }
        if (axis < 3) {
            sort_along(cuts, axis);
        }
    }
    cuts->part_count = 0;
    cuts->first[0] = 0;
    cut_group(cuts, 0, cuts->point_count);
}
