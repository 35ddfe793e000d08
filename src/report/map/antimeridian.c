// SPDX-License-Identifier: Apache-2.0
#include "report/map/antimeridian.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double map_west(double *longitude, size_t count)
{
    if (count == 0) {
        return -180.0;
    }
    qsort(longitude, count, sizeof *longitude, ascending);
    double west = -180.0;
    double widest = 360.0 - (longitude[count - 1] - longitude[0]); // across the antimeridian
    for (size_t i = 1; i < count; i++) {
        if (longitude[i] - longitude[i - 1] > widest) {
            widest = longitude[i] - longitude[i - 1];
            west = longitude[i];
        }
    }
    return west;
}

static dcat_site brought_back(dcat_site at, bool east)
{
    return (dcat_site){east ? at.x - 360.0 : at.x, at.y};
}

// Clipping a polygon by a line (Sutherland and Hodgman).
size_t map_cut(const dcat_site *ring, size_t count, bool east, dcat_site *part)
{
    size_t used = 0;
    bool line = count == 2; // has no edge back
    for (size_t i = 0; i < count; i++) {
        dcat_site a = ring[i], b = ring[(i + 1) % count];
        bool inside = east ? a.x >= 180.0 : a.x <= 180.0;
        bool crosses = (a.x < 180.0 && b.x > 180.0) || (a.x > 180.0 && b.x < 180.0);
        if (inside) {
            part[used++] = brought_back(a, east);
        }
        if (crosses && !(line && i == 1)) {
            double share = (180.0 - a.x) / (b.x - a.x);
            part[used++] = brought_back((dcat_site){180.0, a.y + share * (b.y - a.y)}, east);
        }
    }
    return used;
}
