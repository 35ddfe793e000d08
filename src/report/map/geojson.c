// SPDX-License-Identifier: Apache-2.0
// Clusters as GeoJSON (RFC 7946). Choice: the RFC knows longitude and latitude only. On a plane we
// write kilometres all the same, since every reader can draw them, and say so in the member "dcat".

#include "dcat/x/report.h"

#include "dcat/x/model.h"
#include "file/json_write.h"
#include "report/map/hull.h"
#include "report/map/scene.h"
#include <stdlib.h>

static json_t *position(dcat_site at)
{
    return json_pack("[o, o]", json_number(at.x), json_number(at.y));
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
    const map_server *server = &scene->servers[i];
    return feature(point(server->at),
                   json_pack("{s:s, s:o, s:i, s:o, s:o}", "kind", "server", "name",
                             json_text(dcat_scenario_server_name(report->scenario, i)), "cluster",
                             (int)server->cluster, "speed_ghz", json_number(server->speed_ghz),
                             "unit_cost_per_gigacycle",
                             json_number(unit_cost[i] * DCAT_CYCLES_PER_GIGACYCLE)));
}

static json_t *area_feature(const map_area *area)
{
    return feature(point(area->at),
                   json_pack("{s:s, s:o, s:o}", "kind", "area", "name", json_text(area->name),
                             "arrivals_per_slot", json_number(area->arrivals_per_slot)));
}

// A hull as the simplest geometry that holds it: a point, a line, or a ring, which is
// counter-clockwise and ends where it begins, as the RFC wants.
static json_t *hull_geometry(const dcat_site *hull, size_t count)
{
    if (count == 1) {
        return point(hull[0]);
    }
    json_t *line = json_array();
    for (size_t i = 0; i < count; i++) {
        line = json_plus(line, position(hull[i]));
    }
    if (count == 2) {
        return json_pack("{s:s, s:o}", "type", "LineString", "coordinates", line);
    }
    line = json_plus(line, position(hull[0]));
    return json_pack("{s:s, s:[o]}", "type", "Polygon", "coordinates", line);
}

static json_t *cluster_feature(const dcat_cluster_report *report, const map_scene *scene, int32_t k,
                               dcat_site *points, dcat_site *hull)
{
    dcat_cluster_view cluster = dcat_state_cluster(report->state, k);
    const dcat_world *world = dcat_state_world(report->state);
    json_t *members = json_array();
    for (size_t m = 0; m < cluster.member_count; m++) {
        size_t i = (size_t)cluster.members[m];
        points[m] = scene->servers[i].at;
        members = json_plus(members, json_text(dcat_scenario_server_name(report->scenario, i)));
    }
    size_t corners = map_hull(points, cluster.member_count, hull);
    double span_m = dcat_span_m(world, cluster.members, cluster.member_count);
    json_t *properties = json_pack(
        "{s:s, s:i, s:I, s:o, s:o, s:o, s:o}", "kind", "cluster", "cluster", (int)k, "servers",
        (json_int_t)cluster.member_count, "speed_ghz", json_number(cluster.speed_hz / 1e9),
        "span_km", json_number(span_m / 1e3), "unit_cost_per_gigacycle",
        json_number(cluster.unit_cost_mean * DCAT_CYCLES_PER_GIGACYCLE), "members", members);
    return feature(hull_geometry(hull, corners), properties);
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
    dcat_site *points = calloc(2 * scene.server_count + 2, sizeof *points);
    json_t *features = json_array();
    for (int32_t k = 0; points != NULL && k < scene.cluster_count; k++) {
        features = json_plus(
            features, cluster_feature(report, &scene, k, points, points + scene.server_count + 1));
    }
    for (size_t i = 0; i < scene.server_count; i++) {
        features = json_plus(features, server_feature(report, &scene, i));
    }
    for (size_t a = 0; a < scene.area_count; a++) {
        features = json_plus(features, area_feature(&scene.areas[a]));
    }
    json_t *document = json_kept(json_pack("{s:s, s:o, s:o}", "type", "FeatureCollection", "dcat",
                                           about(report, scene.geographic), "features", features),
                                 points != NULL);
    free(points);
    map_scene_free(&scene);
    return json_write(document, file, err);
}
