// SPDX-License-Identifier: Apache-2.0
#include "dcat/world.h"
#include "dcat/x/world_facts.h"

#include "world/world.h"
#include <assert.h>
#include <math.h>
#ifdef DCAT_HAVE_PROJ
#include <geodesic.h>
#endif

#define WGS84_RADIUS_M 6378137.0
#define WGS84_FLATTENING (1.0 / 298.257223563)
#define EARTH_MEAN_RADIUS_M 6371008.8
#define RADIANS_PER_DEGREE 0.017453292519943295

// Without PROJ there are no geographic worlds (dcat_world_create says so).
static double geodesic_m(dcat_site a, dcat_site b)
{
#ifdef DCAT_HAVE_PROJ
    struct geod_geodesic ellipsoid;
    geod_init(&ellipsoid, WGS84_RADIUS_M, WGS84_FLATTENING);
    double distance_m = 0.0;
    geod_inverse(&ellipsoid, a.y, a.x, b.y, b.x, &distance_m, NULL, NULL);
    return distance_m;
#else
    (void)a;
    (void)b;
    return NAN;
#endif
}

double dcat_distance_m(dcat_geometry geometry, dcat_site a, dcat_site b)
{
    if (geometry == DCAT_GEO) {
        return geodesic_m(a, b);
    }
    double dx = a.x - b.x;
    double dy = a.y - b.y;
    return sqrt(dx * dx + dy * dy); // not hypot(): its last bit depends on the C library
}

double dcat_world_distance_m(const dcat_world *world, int server_a, int server_b)
{
    size_t a = (size_t)server_a;
    size_t b = (size_t)server_b;
    assert(a < world->server_count && b < world->server_count);
    if (world->distance_m != NULL) {
        return world->distance_m[a * world->server_count + b];
    }
    if (a == b) {
        return 0.0;
    }
    // The higher server first, as in the table: a geodesic's last bit depends on its direction.
    const dcat_server *servers = world->servers;
    return a > b ? dcat_distance_m(world->config.geometry, servers[a].site, servers[b].site)
                 : dcat_distance_m(world->config.geometry, servers[b].site, servers[a].site);
}

// Whether `other` is among a server's neighbours.
static bool is_neighbour(const dcat_world *world, int32_t server, int32_t other)
{
    world_neighbours around = world_neighbours_of(world, (size_t)server);
    size_t low = 0, high = around.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (around.server[middle] < other) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < around.count && around.server[low] == other;
}

bool world_may_share(const dcat_world *world, int32_t server_a, int32_t server_b)
{
    if (server_a != server_b && world->distance_m == NULL && world->config.geometry == DCAT_GEO) {
        return is_neighbour(world, server_a, server_b); // a geodesic takes far longer
    }
    return dcat_world_distance_m(world, server_a, server_b) <= world->config.span_m_max;
}

void dcat_world_position_m(const dcat_world *world, int server, double position[3])
{
    assert(server >= 0 && (size_t)server < world->server_count);
    dcat_site site = world->servers[server].site;
    if (world->config.geometry == DCAT_PLANE) {
        position[0] = site.x;
        position[1] = site.y;
        position[2] = 0.0;
        return;
    }
    double longitude = site.x * RADIANS_PER_DEGREE;
    double latitude = site.y * RADIANS_PER_DEGREE;
    position[0] = EARTH_MEAN_RADIUS_M * cos(latitude) * cos(longitude);
    position[1] = EARTH_MEAN_RADIUS_M * cos(latitude) * sin(longitude);
    position[2] = EARTH_MEAN_RADIUS_M * sin(latitude);
}
