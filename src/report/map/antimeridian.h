// SPDX-License-Identifier: Apache-2.0
// antimeridian.h - sites on both sides of longitude 180, which are near each other all the same.

#ifndef DCAT_REPORT_MAP_ANTIMERIDIAN_H
#define DCAT_REPORT_MAP_ANTIMERIDIAN_H

#include "dcat/world.h"
#include <stdbool.h>
#include <stddef.h>

// The longitude at which a map of these begins in the west: behind the widest gap between them all
// around the globe. -180 when that gap lies across the antimeridian, so that nothing changes.
// longitude [count] is sorted in place.
double map_west(double *longitude, size_t count);

// A longitude counted on from the west, up to 540, and back in [-180, 180].
static inline double map_unwrapped(double x, double west)
{
    return x < west ? x + 360.0 : x;
}

static inline double map_wrapped(double x)
{
    return x > 180.0 ? x - 360.0 : x;
}

// The part of a convex ring [count], or of a line of 2, on one side of longitude 180, counted on in
// its longitudes; the eastern part, beyond 180, is brought back below 0. part has room for
// count + 2. Returns how many points it has, fewer than 2 for none.
size_t map_cut(const dcat_site *ring, size_t count, bool east, dcat_site *part);

#endif
