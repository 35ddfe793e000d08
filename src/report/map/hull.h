// SPDX-License-Identifier: Apache-2.0
// hull.h - the convex hull of points in a plane.

#ifndef DCAT_REPORT_MAP_HULL_H
#define DCAT_REPORT_MAP_HULL_H

#include "dcat/world.h"
#include <stddef.h>

// The convex hull of points [count], counter-clockwise from the leftmost (lowest of those), without
// points that lie on an edge or twice. points is sorted in place; hull has room for count + 1.
// Returns how many points the hull has: 0, 1 or 2 when all are equal or on one line.
size_t map_hull(dcat_site *points, size_t count, dcat_site *hull);

#endif
