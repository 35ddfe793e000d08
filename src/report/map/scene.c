// SPDX-License-Identifier: Apache-2.0
#include "report/map/scene.h"

#include "dcat/x/resources.h"
#include "report/map/antimeridian.h"

#include <math.h>
#include <stdlib.h>

static dcat_site shown(const map_scene *scene, dcat_site site)
{
    double scale = scene->geographic ? 1.0 : 1e-3;
    return (dcat_site){scale * site.x, scale * site.y};
}

// The device by which a server is known: what it has beside a CPU.
static void find_device(const dcat_cluster_report *report, size_t index, map_server *server)
{
    const dcat_world *world = dcat_state_world(report->state);
    const dcat_resources *resources = dcat_world_config_view(world)->resources;
    server->device = -1;
    for (int pool = DCAT_POOL_CPU + 1; resources != NULL && pool < DCAT_POOL_COUNT; pool++) {
        int device = dcat_resources_unit(resources, (int)index, (dcat_pool)pool).device;
        if (server->device < 0 && device >= 0) {
            server->device = device;
            server->called = dcat_scenario_device_name(report->scenario, (size_t)device);
        }
    }
}

static void fill_servers(const dcat_cluster_report *report, map_scene *scene)
{
    const dcat_server *servers = dcat_world_servers_view(dcat_state_world(report->state));
    const int32_t *cluster_of = dcat_state_cluster_of_view(report->state);
    for (size_t i = 0; i < scene->server_count; i++) {
        scene->servers[i] = (map_server){.at = shown(scene, servers[i].site),
                                         .speed_ghz = servers[i].speed_hz / 1e9,
                                         .cluster = cluster_of[i]};
        find_device(report, i, &scene->servers[i]);
    }
}

static void fill_areas(const dcat_cluster_report *report, map_scene *scene)
{
    const dcat_area *areas = dcat_world_areas_view(dcat_state_world(report->state));
    for (size_t a = 0; a < scene->area_count; a++) {
        double rate = report->observation == NULL ? 0.0 : report->observation->arrivals_per_slot[a];
        scene->areas[a] = (map_area){shown(scene, areas[a].site), rate,
                                     dcat_scenario_area_name(report->scenario, a)};
    }
}

static void fill_links(const dcat_network_config *network, map_scene *scene)
{
    for (size_t l = 0; l < scene->link_count; l++) {
        scene->links[l] = (map_link){shown(scene, network->nodes[network->links[l].node_a]),
                                     shown(scene, network->nodes[network->links[l].node_b])};
    }
}

static void fill_node_labels(const dcat_cluster_report *report, const dcat_network_config *network,
                             map_scene *scene)
{
    const dcat_area *areas = dcat_world_areas_view(dcat_state_world(report->state));
    for (size_t n = 0; n < scene->label_count; n++) {
        scene->labels[n] = (map_label){shown(scene, network->nodes[n]),
                                       dcat_scenario_node_name(report->scenario, n), 0.0};
    }
    for (size_t a = 0; a < scene->area_count; a++) {
        scene->labels[areas[a].node].weight += scene->areas[a].arrivals_per_slot;
    }
}

static void fill_area_labels(map_scene *scene)
{
    for (size_t a = 0; a < scene->label_count; a++) {
        const map_area *area = &scene->areas[a];
        scene->labels[a] = (map_label){area->at, area->name, area->arrivals_per_slot};
    }
}

// Hand every longitude of the scene to a function.
static void for_each_x(map_scene *scene, void (*visit)(void *user, double *x), void *user)
{
    for (size_t i = 0; i < scene->server_count; i++) {
        visit(user, &scene->servers[i].at.x);
    }
    for (size_t a = 0; a < scene->area_count; a++) {
        visit(user, &scene->areas[a].at.x);
    }
    for (size_t l = 0; l < scene->link_count; l++) {
        visit(user, &scene->links[l].a.x);
        visit(user, &scene->links[l].b.x);
    }
    for (size_t n = 0; n < scene->label_count; n++) {
        visit(user, &scene->labels[n].at.x);
    }
}

typedef struct longitudes {
    double *x;
    size_t count;
    double west;
} longitudes;

static void collect(void *user, double *x)
{
    longitudes *all = user;
    all->x[all->count++] = *x;
}

static void count_on(void *user, double *x)
{
    *x = map_unwrapped(*x, ((const longitudes *)user)->west);
}

// A map of what lies around the antimeridian is not one of the whole globe.
static dcat_status unwrap(map_scene *scene, dcat_error *err)
{
    if (!scene->geographic) {
        return DCAT_OK;
    }
    size_t count =
        scene->server_count + scene->area_count + 2 * scene->link_count + scene->label_count;
    longitudes all = {.x = calloc(count + 1, sizeof *all.x)};
    if (all.x == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    for_each_x(scene, collect, &all);
    all.west = map_west(all.x, all.count);
    for_each_x(scene, count_on, &all);
    free(all.x);
    return DCAT_OK;
}

dcat_status map_scene_create(const dcat_cluster_report *report, map_scene *scene, dcat_error *err)
{
    const dcat_world *world = dcat_state_world(report->state);
    const dcat_world_config *config = dcat_world_config_view(world);
    bool graph = config->network.kind == DCAT_NETWORK_GRAPH;
    map_scene made = {
        .geographic = config->geometry == DCAT_GEO,
        .server_count = dcat_world_server_count(world),
        .area_count = dcat_world_area_count(world),
        .link_count = graph ? config->network.link_count : 0,
        .label_count = graph ? config->network.node_count : dcat_world_area_count(world),
        .cluster_count = dcat_state_cluster_count(report->state),
    };
    made.servers = calloc(made.server_count + 1, sizeof *made.servers);
    made.areas = calloc(made.area_count + 1, sizeof *made.areas);
    made.links = calloc(made.link_count + 1, sizeof *made.links);
    made.labels = calloc(made.label_count + 1, sizeof *made.labels);
    if (made.servers == NULL || made.areas == NULL || made.links == NULL || made.labels == NULL) {
        map_scene_free(&made);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    fill_servers(report, &made);
    fill_areas(report, &made);
    fill_links(&config->network, &made);
    if (graph) {
        fill_node_labels(report, &config->network, &made);
    } else {
        fill_area_labels(&made);
    }
    dcat_status status = unwrap(&made, err);
    if (status != DCAT_OK) {
        map_scene_free(&made);
        return status;
    }
    *scene = made;
    return DCAT_OK;
}

void map_scene_free(map_scene *scene)
{
    free(scene->servers);
    free(scene->areas);
    free(scene->links);
    free(scene->labels);
    *scene = (map_scene){0};
}

static void include_site(map_frame *frame, dcat_site site)
{
    frame->x_min = fmin(frame->x_min, site.x);
    frame->x_max = fmax(frame->x_max, site.x);
    frame->y_min = fmin(frame->y_min, site.y);
    frame->y_max = fmax(frame->y_max, site.y);
}

map_frame map_scene_frame(const map_scene *scene)
{
    map_frame frame = {INFINITY, -INFINITY, INFINITY, -INFINITY, 1.0};
    for (size_t i = 0; i < scene->server_count; i++) {
        include_site(&frame, scene->servers[i].at);
    }
    for (size_t a = 0; a < scene->area_count; a++) {
        include_site(&frame, scene->areas[a].at);
    }
    for (size_t l = 0; l < scene->link_count; l++) {
        include_site(&frame, scene->links[l].a);
        include_site(&frame, scene->links[l].b);
    }
    if (!(frame.x_min <= frame.x_max)) {
        frame = (map_frame){0.0, 1.0, 0.0, 1.0, 1.0};
    }
    if (scene->geographic) {
        double middle = 0.5 * (frame.y_min + frame.y_max) * acos(-1.0) / 180.0;
        frame.x_per_y = 1.0 / fmax(cos(middle), 0.1);
    }
    double x_size = frame.x_max - frame.x_min;
    double y_size = frame.y_max - frame.y_min;
    double margin = 0.06 * fmax(x_size, y_size * frame.x_per_y);
    margin = margin > 0.0 ? margin : scene->geographic ? 0.5 : 1.0;
    frame.x_min -= margin;
    frame.x_max += margin;
    frame.y_min -= margin / frame.x_per_y;
    frame.y_max += margin / frame.x_per_y;
    return frame;
}
