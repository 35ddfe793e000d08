// SPDX-License-Identifier: Apache-2.0
#include "report/map/hull.h"

#include <stdlib.h>

static int compare_sites(const void *a, const void *b)
{
    const dcat_site *p = a;
    const dcat_site *q = b;
    if (p->x != q->x) {
        return p->x < q->x ? -1 : 1;
    }
    return p->y < q->y ? -1 : p->y > q->y;
}

// Twice the area of the triangle a, b, c; positive when it turns left.
static double turn(dcat_site a, dcat_site b, dcat_site c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

// Andrew's monotone chain: the lower chain from left to right, then the upper one back.
size_t map_hull(dcat_site *points, size_t count, dcat_site *hull)
{
    qsort(points, count, sizeof *points, compare_sites);
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        if (distinct == 0 || compare_sites(&points[distinct - 1], &points[i]) != 0) {
            points[distinct++] = points[i];
        }
    }
    if (distinct < 2) {
        if (distinct == 1) {
            hull[0] = points[0];
        }
        return distinct;
    }
    size_t used = 0;
    for (size_t i = 0; i < distinct; i++) {
        while (used >= 2 && turn(hull[used - 2], hull[used - 1], points[i]) <= 0.0) {
            used--;
        }
        hull[used++] = points[i];
    }
    size_t lower = used + 1; // the upper chain starts on the last point of the lower one
    for (size_t i = distinct - 1; i-- > 0;) {
        while (used >= lower && turn(hull[used - 2], hull[used - 1], points[i]) <= 0.0) {
            used--;
        }
        hull[used++] = points[i];
    }
    return used - 1; // the last point is the first again
}
