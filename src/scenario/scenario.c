// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/scenario.h"

#include "scenario/object.h"

#include <assert.h>
#include <sodium/crypto_hash_sha256.h>
#include <stdlib.h>
#include <string.h>

dcat_status dcat_scenario_load(const char *name_or_path, const char *const *overrides,
                               size_t override_count, dcat_scenario **scenario, dcat_error *err)
{
    dcat_scenario *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a scenario");
    }
    locale_t before = text_locale_enter(); // printf and strtod follow the locale
    dcat_status status = scenario_load(made, name_or_path, overrides, override_count, err);
    text_locale_leave(before);
    if (status != DCAT_OK) {
        dcat_scenario_destroy(made);
        return status;
    }
    *scenario = made;
    return DCAT_OK;
}

dcat_status dcat_scenario_load_market(const char *path, const char *const *others,
                                      size_t other_count, dcat_scenario **scenario, dcat_error *err)
{
    dcat_scenario *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a market");
    }
    locale_t before = text_locale_enter();
    dcat_status status = scenario_load_market(made, path, others, other_count, err);
    text_locale_leave(before);
    if (status != DCAT_OK) {
        dcat_scenario_destroy(made);
        return status;
    }
    *scenario = made;
    return DCAT_OK;
}

const dcat_world_config *dcat_scenario_world_config(const dcat_scenario *scenario)
{
    return &scenario->config;
}

const dcat_area *dcat_scenario_areas_view(const dcat_scenario *scenario)
{
    return scenario->areas.areas;
}

void dcat_scenario_destroy(dcat_scenario *scenario)
{
    if (scenario == NULL) {
        return;
    }
    dcat_demand_destroy(scenario->demand);
    network_data_free(&scenario->network);
    server_data_free(&scenario->servers);
    area_data_free(&scenario->areas);
    resource_data_free(&scenario->resources);
    free(scenario->drawn_devices);
    latency_data_free(&scenario->latency);
    free(scenario->class_weight);
    free(scenario->stated);
    scenario_values_free(scenario->values);
    scenario_document_free(&scenario->document);
    for (size_t i = 0; i < scenario->input_count; i++) {
        free((char *)scenario->inputs[i].path);
    }
    free(scenario->inputs);
    for (size_t i = 0; i < scenario->note_count; i++) {
        free(scenario->notes[i].text);
    }
    free(scenario->notes);
    dcat_plugged_share_close(scenario->plugged_share);
    free(scenario->share_path);
    free(scenario->links_path);
    free(scenario->folder);
    free(scenario->path);
    free(scenario);
}

// --- Worlds

static void draw_places(const dcat_scenario *s, uint64_t seed, const int32_t *drawn,
                        dcat_server *servers, dcat_area *areas)
{
    const scenario_values *v = s->values;
    if (s->servers_drawn) {
        dcat_range speed_hz = {v->servers.random.speed_ghz[0] * 1e9,
                               v->servers.random.speed_ghz[1] * 1e9};
        dcat_draw_servers(seed, v->servers.random.side_km * 1e3, speed_hz,
                          (int)v->servers.random.cores, servers, s->servers.names.count);
        if (v->servers.random.owners > 0) {
            dcat_draw_owners(seed, (int32_t)v->servers.random.owners, servers,
                             s->servers.names.count);
        }
        scenario_draw_hosts(s, drawn, servers);
        dcat_draw_costs(seed, &s->config.market, v->servers.random.cost_noise, servers,
                        s->servers.names.count);
        for (size_t i = 0; v->servers.random.tariff != 0 && i < s->servers.names.count; i++) {
            servers[i].tariff_per_cycle =
                dcat_unit_cost(s->config.market.energy_cost, s->config.market.time_cost_per_s,
                               servers[i].speed_hz, servers[i].core_count);
        }
    }
    if (s->areas_drawn) {
        dcat_draw_areas(seed, v->areas.random.side_km * 1e3, areas, s->areas.names.count);
    }
}

// What servers are to each class of work, and how fast they really are where the platform takes
// them for something else.
static dcat_status add_resources(const dcat_scenario *s, uint64_t seed, const int32_t *drawn,
                                 const dcat_server *servers, dcat_world_config *config,
                                 dcat_resources **own, dcat_resources **known,
                                 double **true_speed_hz, dcat_error *err)
{
    dcat_status status = scenario_make_resources(s, seed, drawn, servers, own, known, err);
    config->resources = *known != NULL ? *known : *own;
    if (status != DCAT_OK || *known == NULL) {
        return status;
    }
    size_t S = s->servers.names.count, Q = s->resources.class_names.count;
    *true_speed_hz = calloc(Q * S, sizeof **true_speed_hz);
    if (*true_speed_hz == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory for a world", s->path);
    }
    for (size_t at = 0; at < Q * S; at++) {
        (*true_speed_hz)[at] = dcat_effective_speed_hz(*own, (int)(at % S), (int)(at / S));
    }
    config->true_speed_hz = *true_speed_hz;
    return DCAT_OK;
}

// Make a world, or measure what it needs.
static dcat_status with_servers(const dcat_scenario *s, uint64_t seed, const int32_t *drawn,
                                const dcat_server *servers, const dcat_area *areas,
                                dcat_world **world, dcat_world_needs *needs, dcat_error *err)
{
    size_t server_count = s->servers.names.count, area_count = s->areas.names.count;
    dcat_world_config config = s->config;
    dcat_resources *own = NULL, *known = NULL;
    double *true_speed_hz = NULL;
    dcat_status status =
        add_resources(s, seed, drawn, servers, &config, &own, &known, &true_speed_hz, err);
    if (status == DCAT_OK) {
        dcat_error inner = {0};
        status = needs != NULL ? dcat_world_needs_of(&config, servers, server_count, areas,
                                                     area_count, seed, needs, &inner)
                               : dcat_world_create(&config, servers, server_count, areas,
                                                   area_count, seed, world, &inner);
        if (status != DCAT_OK) {
            dcat_fail(err, status, "%s: %s", s->path, inner.message);
        }
    }
    dcat_resources_destroy(own);
    dcat_resources_destroy(known);
    free(true_speed_hz);
    return status;
}

static dcat_status with_places(const dcat_scenario *s, uint64_t seed, dcat_world **world,
                               dcat_world_needs *needs, dcat_error *err)
{
    size_t server_count = s->servers.names.count;
    size_t area_count = s->areas.names.count;
    dcat_server *servers =
        s->servers_drawn ? calloc(server_count, sizeof *servers) : s->servers.servers;
    dcat_area *areas = s->areas_drawn ? calloc(area_count, sizeof *areas) : s->areas.areas;
    dcat_status status = DCAT_OK;
    if (servers == NULL || areas == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory for a world", s->path);
    }
    int32_t *drawn = NULL;
    if (status == DCAT_OK) {
        status = scenario_draw_devices(s, seed, &drawn, err);
    }
    if (status == DCAT_OK) {
        draw_places(s, seed, drawn, servers, areas);
        status = with_servers(s, seed, drawn, servers, areas, world, needs, err);
    }
    free(drawn);
    if (s->servers_drawn) {
        free(servers);
    }
    if (s->areas_drawn) {
        free(areas);
    }
    return status;
}

dcat_status dcat_scenario_world(const dcat_scenario *scenario, uint64_t seed, dcat_world **world,
                                dcat_error *err)
{
    return with_places(scenario, seed, world, NULL, err);
}

dcat_status dcat_scenario_world_needs(const dcat_scenario *scenario, uint64_t seed,
                                      dcat_world_needs *needs, dcat_error *err)
{
    return with_places(scenario, seed, NULL, needs, err);
}

const dcat_demand *dcat_scenario_demand_view(const dcat_scenario *scenario)
{
    return scenario->demand;
}

// --- Names

const char *dcat_scenario_name(const dcat_scenario *scenario)
{
    return scenario->values->name;
}

int dcat_scenario_schema(const dcat_scenario *scenario)
{
    return (int)scenario->values->schema;
}

double dcat_scenario_start_s(const dcat_scenario *scenario)
{
    return scenario->start_s;
}

double dcat_scenario_cycles_per_day(const dcat_scenario *scenario)
{
    const scenario_values *v = scenario->values;
    return v->demand.tasks_file == NULL
               ? (double)v->time.cycles_per_day
               : 86400.0 / ((double)v->time.slots_per_cycle * v->time.slot_s);
}

dcat_sold_hour dcat_scenario_hour(const dcat_scenario *scenario)
{
    static const char *const of[] = {
        [HOUR_CORE] = "core", [HOUR_CARD] = "card", [HOUR_NODE] = "node"};
    return (dcat_sold_hour){of[scenario->values->market.hour_of],
                            scenario->values->market.hour_ghz};
}

dcat_queue_rule dcat_scenario_queue(const dcat_scenario *scenario)
{
    return scenario->config.market.queue;
}

const char *dcat_scenario_title(const dcat_scenario *scenario)
{
    return scenario->values->title == NULL ? "" : scenario->values->title;
}

size_t dcat_scenario_server_count(const dcat_scenario *scenario)
{
    return scenario->servers.names.count;
}

size_t dcat_scenario_area_count(const dcat_scenario *scenario)
{
    return scenario->areas.names.count;
}

const char *dcat_scenario_server_name(const dcat_scenario *scenario, size_t server)
{
    return names_at(&scenario->servers.names, server);
}

const char *dcat_scenario_owner_name(const dcat_scenario *scenario, int32_t owner)
{
    return owner == DCAT_NO_OWNER ? "" : names_at(&scenario->servers.owners, (size_t)owner - 1);
}

const char *dcat_scenario_area_name(const dcat_scenario *scenario, size_t area)
{
    return names_at(&scenario->areas.names, area);
}

const char *dcat_scenario_node_name(const dcat_scenario *scenario, size_t node)
{
    return names_at(&scenario->network.nodes, node);
}

// --- Cycles, text and inputs

dcat_cycle_span dcat_scenario_train_cycles(const dcat_scenario *scenario)
{
    return scenario->train;
}

dcat_cycle_span dcat_scenario_validate_cycles(const dcat_scenario *scenario)
{
    return scenario->validate;
}

dcat_cycle_span dcat_scenario_test_cycles(const dcat_scenario *scenario)
{
    return scenario->test;
}

dcat_status dcat_scenario_write(const dcat_scenario *scenario, FILE *file, dcat_error *err)
{
    return scenario_document_write(&scenario->document, NULL, file, err);
}

size_t dcat_scenario_input_count(const dcat_scenario *scenario)
{
    return scenario->input_count;
}

dcat_input_file dcat_scenario_input(const dcat_scenario *scenario, size_t index)
{
    assert(index < scenario->input_count);
    return scenario->inputs[index];
}

const char *dcat_scenario_note(const dcat_scenario *scenario, size_t index)
{
    return index < scenario->note_count ? scenario->notes[index].text : NULL;
}

bool dcat_scenario_note_is_warning(const dcat_scenario *scenario, size_t index)
{
    return index < scenario->note_count && scenario->notes[index].warning;
}

void dcat_scenario_digest(const dcat_scenario *scenario, char hex[65])
{
    crypto_hash_sha256_state hash;
    crypto_hash_sha256_init(&hash);
    for (size_t i = 0; i < dcat_scenario_input_count(scenario); i++) {
        char line[66];
        int length = snprintf(line, sizeof line, "%s\n", dcat_scenario_input(scenario, i).sha256);
        crypto_hash_sha256_update(&hash, (const unsigned char *)line, (size_t)length);
    }
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&hash, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(&hex[2 * i], 3, "%02x", digest[i]);
    }
}
