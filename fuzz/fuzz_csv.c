// SPDX-License-Identifier: Apache-2.0
// Every kind of CSV file that a scenario may name, from memory. The first byte says which kind,
// from '0' on.

#include "scenario/read/demand.h"
#include "scenario/read/resources.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

// Nodes a, b and c, which links, servers, areas and demand may refer to.
static const network_data *network(void)
{
    static network_data made;
    if (made.nodes.count == 0) {
        made.path = strdup("nodes.csv");
        for (int i = 0; i < 3; i++) {
            char name = (char)('a' + i);
            bool added;
            dcat_site site = {i, -i};
            require(network_add_node(&made, &name, 1, site, &added, NULL) == DCAT_OK);
        }
    }
    return &made;
}

// --- One function for each kind

static dcat_status read_servers(input *in, const placing *place, dcat_error *err)
{
    server_data servers = {0};
    dcat_status status = servers_read(in, place, false, &servers, err);
    for (size_t i = 0; status == DCAT_OK && i < servers.names.count; i++) {
        const dcat_server *server = &servers.servers[i];
        require(server->speed_hz > 0.0 && isfinite(server->speed_hz) && server->core_count >= 1);
        require(isfinite(server->site.x) && isfinite(server->site.y));
        require(place->graph ? server->node >= 0 : true);
        require(names_at(&servers.names, i)[0] != '\0');
    }
    server_data_free(&servers);
    return status;
}

static dcat_status read_areas(input *in, const placing *place, dcat_error *err)
{
    area_data areas = {0};
    dcat_status status = areas_read(in, place, &areas, err);
    require(status != DCAT_OK || areas.names.count > 0);
    area_data_free(&areas);
    return status;
}

static dcat_status read_nodes(input *in, const placing *place, dcat_error *err)
{
    network_data nodes = {0};
    dcat_status status = network_read_nodes(in, place->geometry, &nodes, err);
    require(status != DCAT_OK || nodes.nodes.count > 0);
    network_data_free(&nodes);
    return status;
}

static dcat_status read_links(input *in, dcat_error *err)
{
    network_data copy = *network(); // links are added to a copy that shares the nodes
    dcat_status status = network_read_links(in, &copy, err);
    for (size_t i = 0; status == DCAT_OK && i < copy.link_count; i++) {
        require(copy.links[i].node_a != copy.links[i].node_b);
        require(!(copy.links[i].length_m < 0.0) && !(copy.links[i].rate_bps <= 0.0));
    }
    free(copy.links);
    return status;
}

static dcat_status read_profile(input *in, area_kind kind, dcat_error *err)
{
    area_data areas = {0};
    profile_data profile = {0};
    area_source from = {.kind = kind, .areas = &areas, .network = network(), .path = "areas.csv"};
    dcat_status status = DCAT_OK;
    for (int i = 0; kind == AREAS_GIVEN && i < 2; i++) {
        size_t index;
        bool added;
        dcat_area area = {{0.0, 0.0}, -1};
        status = area_add(&areas, i == 0 ? "a" : "b", 1, area, &index, &added, err);
    }
    if (status == DCAT_OK) {
        status = profile_read(in, 24, &from, &profile, err);
    }
    size_t weight_count = profile.step_count * areas.names.count;
    for (size_t i = 0; status == DCAT_OK && i < weight_count; i++) {
        require(profile.weight[i] >= 0.0 && isfinite(profile.weight[i]));
    }
    profile_data_free(&profile);
    area_data_free(&areas);
    return status;
}

typedef enum resource_kind { DEVICES, CLASSES, EFFICIENCY, UNITS, CLASS_MIX } resource_kind;

// One text of resources, or CSV of the other kinds where it needs them.
static dcat_status read_part(resource_kind kind, const char *text, resource_data *r,
                             dcat_error *err)
{
    input in;
    input_memory(&in, "fuzz.csv", text, strlen(text));
    dcat_status status =
        kind == DEVICES ? devices_read(&in, r, err) : classes_read(&in, 10.0, 2.0, r, err);
    input_close(&in, NULL);
    return status;
}

static dcat_status read_tasks(input *in, area_kind kind, bool devices, dcat_error *err)
{
    area_data areas = {0};
    task_data tasks = {0};
    area_source from = {.kind = kind, .areas = &areas, .network = network(), .path = "areas.csv"};
    resource_data r = {0};
    if (devices) {
        require(resources_start(&r, NULL) == DCAT_OK);
        require(read_part(DEVICES, "name,pool,speed_ghz\nd,gpu,1\n", &r, NULL) == DCAT_OK);
        require(read_part(CLASSES, "name,pool\np,gpu\nq,cpu\n", &r, NULL) == DCAT_OK);
        require(efficiency_default(&r, NULL) == DCAT_OK);
    }
    dcat_status status = tasks_read(in, 0.5, 0.0, &from, &r, &tasks, err);
    for (size_t i = 0; status == DCAT_OK && i < tasks.count; i++) {
        require(tasks.tasks[i].deadline_s > 0.0 && tasks.tasks[i].work_cycles > 0.0);
        require((size_t)tasks.tasks[i].area < areas.names.count);
    }
    task_data_free(&tasks);
    resource_data_free(&r);
    area_data_free(&areas);
    return status;
}

static dcat_status read_weights(input *in, resource_data *r, dcat_error *err)
{
    area_data areas = {0};
    double *weight = NULL;
    size_t index;
    bool added;
    dcat_area area = {{0.0, 0.0}, -1};
    require(area_add(&areas, "a", 1, area, &index, &added, NULL) == DCAT_OK);
    require(class_mix_default(r, 1, &weight, NULL) == DCAT_OK);
    dcat_status status = class_mix_read(in, r, &areas, weight, err);
    for (size_t q = 0; status == DCAT_OK && q < r->class_names.count; q++) {
        require(weight[q] >= 0.0 && weight[q] <= 1.0);
    }
    free(weight);
    area_data_free(&areas);
    return status;
}

static dcat_status read_units(input *in, resource_data *r, dcat_error *err)
{
    server_data servers = {0};
    size_t index;
    bool added;
    require(names_add(&servers.names, "a", 1, &index, &added, NULL) == DCAT_OK);
    r->no_cpu = calloc(1, sizeof *r->no_cpu);
    require(r->no_cpu != NULL);
    dcat_status status = units_read(in, &servers, r, err);
    for (size_t u = 0; status == DCAT_OK && u < r->unit_count; u++) {
        require(r->units[u].count >= 1 && (size_t)r->units[u].device < r->device_names.count);
    }
    server_data_free(&servers);
    return status;
}

static dcat_status read_resources(input *in, resource_kind kind, dcat_error *err)
{
    resource_data r = {0};
    require(resources_start(&r, NULL) == DCAT_OK);
    if (kind != DEVICES) {
        require(read_part(DEVICES, "name,pool,speed_ghz\nd,gpu,1\n", &r, NULL) == DCAT_OK);
    }
    if (kind != CLASSES) {
        require(read_part(CLASSES, "name,pool\np,gpu\nq,gpu\n", &r, NULL) == DCAT_OK);
    }
    dcat_status status = kind == DEVICES   ? devices_read(in, &r, err)
                         : kind == CLASSES ? classes_read(in, 10.0, 2.0, &r, err)
                                           : efficiency_default(&r, err);
    if (kind == EFFICIENCY && status == DCAT_OK) {
        status = efficiency_read(in, &r, err);
    } else if (kind == UNITS && status == DCAT_OK) {
        status = read_units(in, &r, err);
    } else if (kind == CLASS_MIX && status == DCAT_OK) {
        status = read_weights(in, &r, err);
    }
    resource_data_free(&r);
    return status;
}

static dcat_status read_kind(uint8_t kind, input *in, dcat_error *err)
{
    static const network_data nothing;
    const placing plane = {.geometry = DCAT_PLANE, .graph = false, .network = &nothing};
    const placing earth = {.geometry = DCAT_GEO, .graph = true, .network = network()};
    switch ((uint8_t)(kind - '0') % 15) {
    case 0:
        return read_servers(in, &plane, err);
    case 1:
        return read_servers(in, &earth, err);
    case 2:
        return read_areas(in, &plane, err);
    case 3:
        return read_areas(in, &earth, err);
    case 4:
        return read_nodes(in, &plane, err);
    case 5:
        return read_links(in, err);
    case 6:
        return read_profile(in, AREAS_GIVEN, err);
    case 7:
        return read_profile(in, AREAS_RANDOM, err);
    case 8:
        return read_tasks(in, AREAS_NODES, false, err);
    case 9:
        return read_tasks(in, AREAS_RANDOM, true, err);
    default:
        return read_resources(in, (resource_kind)((uint8_t)(kind - '0') % 15 - 10), err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    input in;
    dcat_error err = {0};
    input_memory(&in, "fuzz.csv", (const char *)data + 1, size - 1);
    dcat_status status = read_kind(data[0], &in, &err);
    if (status != DCAT_OK) {
        require(err.status == status && dcat_status_is_user_error(status));
        require(strncmp(err.message, "fuzz.csv:", 9) == 0);
    }
    input_close(&in, NULL);
    return 0;
}
