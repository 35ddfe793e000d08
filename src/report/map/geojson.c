// SPDX-License-Identifier: Apache-2.0
// Clusters as GeoJSON (RFC 7946). Choice: the RFC knows longitude and latitude only. On a plane we
// write kilometres all the same, since every reader can draw them, and say so in the member "dcat".

#include "dcat/x/report.h"

#include "dcat/x/model.h"
#include "file/json_write.h"
#include "report/map/antimeridian.h"
#include "report/map/hull.h"
#include "report/map/scene.h"
#include "report/result/facts.h"
#include <math.h>
#include <stdlib.h>

static json_t *position(dcat_site at)
{
    return json_pack("[o, o]", json_number(at.x), json_number(at.y));
}

// A site of the scene, whose longitude may go on beyond 180.
static dcat_site wrapped(const map_scene *scene, dcat_site at)
{
    return scene->geographic ? (dcat_site){map_wrapped(at.x), at.y} : at;
}

static json_t *feature(json_t *geometry, json_t *properties)
{
    return json_pack("{s:s, s:o, s:o}", "type", "Feature", "geometry", geometry, "properties",
                     properties);
}

static json_t *point(dcat_site at)
{
    return json_pack("{s:s, s:o}", "type", "Point", "coordinates", position(at));
}

static json_t *server_feature(const dcat_cluster_report *report, const map_scene *scene, size_t i)
{
    const double *unit_cost = dcat_world_unit_cost_view(dcat_state_world(report->state));
    bool mixed = dcat_world_config_view(dcat_state_world(report->state))->resources != NULL;
    const map_server *server = &scene->servers[i];
    json_t *properties = json_pack(
        "{s:s, s:o, s:i, s:o, s:o}", "kind", "server", "name",
        json_text(dcat_scenario_server_name(report->scenario, i)), "cluster", (int)server->cluster,
        "speed_ghz", json_number(server->speed_ghz), "unit_cost_per_gigacycle",
        json_number(mixed ? NAN : unit_cost[i] * DCAT_CYCLES_PER_GIGACYCLE));
    if (mixed) {
        properties = json_with(properties, "device",
                               server->called != NULL ? json_text(server->called) : json_null());
    }
    return feature(point(wrapped(scene, server->at)), properties);
}

static json_t *area_feature(const map_scene *scene, const map_area *area)
{
    return feature(point(wrapped(scene, area->at)),
                   json_pack("{s:s, s:o, s:o}", "kind", "area", "name", json_text(area->name),
                             "arrivals_per_slot", json_number(area->arrivals_per_slot)));
}

// The coordinates of a line of 2, or of a ring, which is counter-clockwise and ends where it
// begins, as the RFC wants.
static json_t *line_or_ring(const dcat_site *hull, size_t count)
{
    json_t *line = json_array();
    for (size_t i = 0; i < count; i++) {
        line = json_plus(line, position(hull[i]));
    }
    return count == 2 ? line : json_pack("[o]", json_plus(line, position(hull[0])));
}

// A hull as the simplest geometry that holds it: a point, a line or a ring.
static json_t *hull_geometry(const dcat_site *hull, size_t count)
{
    return count == 1 ? point(hull[0])
                      : json_pack("{s:s, s:o}", "type", count == 2 ? "LineString" : "Polygon",
                                  "coordinates", line_or_ring(hull, count));
}

// The same in longitudes that go on beyond 180: cut at the antimeridian, as section 3.1.9 of the
// RFC asks. parts is scratch for 2 * count + 4 points.
static json_t *cut_geometry(dcat_site *hull, size_t count, dcat_site *parts)
{
    bool beyond = false, before = false;
    for (size_t i = 0; i < count; i++) {
        beyond = beyond || hull[i].x > 180.0;
        before = before || hull[i].x < 180.0;
    }
    for (size_t i = 0; i < count && beyond && !before; i++) { // all of it is in the east
        hull[i].x -= 360.0;
    }
    if (!beyond || !before) {
        return hull_geometry(hull, count);
    }
    size_t least = count == 2 ? 2 : 3; // a corner on the antimeridian alone has no area
    json_t *all = json_array();
    for (int east = 0; east < 2; east++) {
        size_t corners = map_cut(hull, count, east == 1, parts);
        if (corners >= least) {
            all = json_plus(all, line_or_ring(parts, corners));
        }
    }
    return json_pack("{s:s, s:o}", "type", count == 2 ? "MultiLineString" : "MultiPolygon",
                     "coordinates", all);
}

// Bring a cluster's servers together, wherever the map of all begins.
static void gather(dcat_site *points, size_t count, double *scratch)
{
    for (size_t i = 0; i < count; i++) {
        points[i].x = map_wrapped(points[i].x);
        scratch[i] = points[i].x;
    }
    double west = map_west(scratch, count);
    for (size_t i = 0; i < count; i++) {
        points[i].x = map_unwrapped(points[i].x, west);
    }
}

static json_t *cluster_feature(const dcat_cluster_report *report, const map_scene *scene, int32_t k,
                               dcat_site *points, dcat_site *hull)
{
    dcat_cluster_view cluster = dcat_state_cluster(report->state, k);
    const dcat_world *world = dcat_state_world(report->state);
    bool mixed = dcat_world_config_view(world)->resources != NULL; // costs are by class
    json_t *members = json_array();
    for (size_t m = 0; m < cluster.member_count; m++) {
        size_t i = (size_t)cluster.members[m];
        points[m] = scene->servers[i].at;
        members = json_plus(members, json_text(dcat_scenario_server_name(report->scenario, i)));
    }
    dcat_site *parts = hull + scene->server_count + 1;
    if (scene->geographic) {
        gather(points, cluster.member_count, &parts[0].x);
    }
    size_t corners = map_hull(points, cluster.member_count, hull);
    double span_m = dcat_span_m(world, cluster.members, cluster.member_count);
    json_t *properties =
        json_pack("{s:s, s:i, s:I, s:o, s:o, s:o, s:o}", "kind", "cluster", "cluster", (int)k,
                  "servers", (json_int_t)cluster.member_count, "speed_ghz",
                  json_number(facts_cluster_speed_hz(report->state, k) / 1e9), "span_km",
                  json_number(span_m / 1e3), "unit_cost_per_gigacycle",
                  json_number(mixed ? NAN : cluster.unit_cost_mean * DCAT_CYCLES_PER_GIGACYCLE),
                  "members", members);
    return feature(scene->geographic ? cut_geometry(hull, corners, parts)
                                     : hull_geometry(hull, corners),
                   properties);
}

static json_t *about(const dcat_cluster_report *report, bool geographic)
{
    return json_pack(
        "{s:o, s:o, s:I, s:s}", "scenario", json_text(dcat_scenario_name(report->scenario)),
        "clusterer", json_text(report->clusterer), "cycle", (json_int_t)report->cycle,
        "coordinates",
        geographic ? "longitude, latitude in degrees, WGS 84"
                   : "x, y in kilometres on a plane; not longitude and latitude as in RFC 7946");
}

dcat_status dcat_write_clusters_geojson(const dcat_cluster_report *report, FILE *file,
                                        dcat_error *err)
{
    map_scene scene;
    dcat_status status = map_scene_create(report, &scene, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_site *points = calloc(4 * scene.server_count + 8, sizeof *points);
    json_t *features = json_array();
    for (int32_t k = 0; points != NULL && k < scene.cluster_count; k++) {
        features = json_plus(
            features, cluster_feature(report, &scene, k, points, points + scene.server_count + 1));
    }
    for (size_t i = 0; i < scene.server_count; i++) {
        features = json_plus(features, server_feature(report, &scene, i));
    }
    for (size_t a = 0; a < scene.area_count; a++) {
        features = json_plus(features, area_feature(&scene, &scene.areas[a]));
    }
    json_t *document = json_kept(json_pack("{s:s, s:o, s:o}", "type", "FeatureCollection", "dcat",
                                           about(report, scene.geographic), "features", features),
                                 points != NULL);
    free(points);
    map_scene_free(&scene);
    return json_write(document, file, err);
}
