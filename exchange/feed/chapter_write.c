// SPDX-License-Identifier: Apache-2.0
// A chapter of a log as the files of a scenario.
#include "exchange/feed/chapter.h"

#include "dcat/x/resources.h"
#include "exchange/store/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct writing {
    const exchange_book *book;
    const exchange_chapter *chapter;
    const dcat_world_config *config;
    const dcat_resources *resources; // Nullable
    sqlite3 *db;
    const char *into;
    FILE *file;         // being written
    const char *folder; // of the log
    dcat_status status; // of what was read for it
    dcat_error *err;
} writing;

static void put(writing *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(writing *w, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(w->file, format, arguments);
    va_end(arguments);
}

// A cell with a comma before it; empty for NAN, and for INFINITY, which files say by nothing.
static void put_cell(writing *w, double value)
{
    if (isfinite(value)) {
        put(w, ",%.17g", value);
    } else {
        put(w, ",");
    }
}

static dcat_status open_file(writing *w, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", w->into, name);
    w->file = fopen(path, "w");
    return w->file != NULL
               ? DCAT_OK
               : dcat_fail(w->err, DCAT_ERR_IO, "cannot write %s: %s", path, strerror(errno));
}

static dcat_status close_file(writing *w)
{
    bool good = ferror(w->file) == 0;
    good = fclose(w->file) == 0 && good;
    return w->status != DCAT_OK ? w->status
           : good               ? DCAT_OK
                                : dcat_fail(w->err, DCAT_ERR_IO, "cannot write to %s", w->into);
}

static void put_site(writing *w, dcat_site site)
{
    bool plane = w->config->geometry == DCAT_PLANE;
    put_cell(w, plane ? site.x / 1e3 : site.x);
    put_cell(w, plane ? site.y / 1e3 : site.y);
}

static const char *site_columns(const writing *w)
{
    return w->config->geometry == DCAT_PLANE ? "x_km,y_km" : "lon_deg,lat_deg";
}

static bool has_graph(const writing *w)
{
    return w->config->network.kind == DCAT_NETWORK_GRAPH;
}

static void put_node(writing *w, int node)
{
    if (has_graph(w)) {
        put(w, ",%d", node);
    }
}

// ---- names

// In quotes, which a name of the log never has. Choice: one that several providers use has the
// provider's number behind it, and one without a name is a number.
static void put_server(writing *w, int32_t server)
{
    sqlite3_stmt *row = NULL;
    int code = sqlite3_prepare_v2(w->db,
                                  "SELECT s.name, s.party, (SELECT count(*) FROM server o WHERE "
                                  "o.name=s.name) FROM server s WHERE s.id=?",
                                  -1, &row, NULL);
    code = code == SQLITE_OK ? sqlite3_bind_int(row, 1, server) : code;
    code = code == SQLITE_OK ? sqlite3_step(row) : code;
    if (code == SQLITE_ROW && sqlite3_column_type(row, 0) == SQLITE_TEXT) {
        put(w, "\"%s", (const char *)sqlite3_column_text(row, 0));
        if (sqlite3_column_int(row, 2) > 1) {
            put(w, "@%d", sqlite3_column_int(row, 1));
        }
        put(w, "\"");
    } else {
        put(w, "%" PRId32, server);
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE && w->status == DCAT_OK) {
        w->status = dcat_fail(w->err, DCAT_ERR_IO, "%s: the name of server %" PRId32 ": %s",
                              w->folder, server, sqlite3_errmsg(w->db));
    }
    sqlite3_finalize(row);
}

static void put_name(writing *w, const char *name)
{
    put(w, "\"%s\"", name);
}

// ---- tables

// Device `server` of scenarios: the CPU that a server's own numbers are.
static bool is_own(const writing *w, int device)
{
    return device >= 0 && strcmp(w->book->device_names[device], "server") == 0;
}

// The server's own numbers, which stand in the world or, with classes of work, in its unit.
static void put_numbers(writing *w, size_t i)
{
    const dcat_server *server = &dcat_world_servers_view(w->chapter->world)[i];
    double speed_hz = server->speed_hz, energy = server->energy_cost;
    double time = server->time_cost_per_s;
    if (w->resources != NULL) {
        dcat_unit_facts unit = dcat_resources_unit(w->resources, (int)i, DCAT_POOL_CPU);
        bool own = is_own(w, unit.device);
        speed_hz = own ? unit.speed_hz : (double)NAN;
        energy = own ? unit.energy_cost : (double)NAN;
        time = own ? unit.time_cost_per_s : (double)NAN;
    }
    put_cell(w, speed_hz / 1e9);
    put(w, ",%d", server->core_count);
    put_cell(w, energy);
    put_cell(w, time);
}

static void put_servers(writing *w)
{
    const dcat_server *servers = dcat_world_servers_view(w->chapter->world);
    put(w,
        "name,%s%s,speed_ghz,cores,energy_cost_per_cycle_hz2,time_cost_per_s,owner,"
        "tariff_per_gigacycle\n",
        site_columns(w), has_graph(w) ? ",node" : "");
    for (size_t i = 0; i < dcat_world_server_count(w->chapter->world); i++) {
        put_server(w, w->chapter->server_of[i]);
        put_site(w, servers[i].site);
        put_node(w, servers[i].node);
        put_numbers(w, i);
        put(w, ",%" PRId32, w->chapter->party_of[i]);
        put_cell(w, servers[i].tariff_per_cycle > 0.0 && w->resources == NULL
                        ? servers[i].tariff_per_cycle * 1e9
                        : (double)NAN);
        put(w, "\n");
    }
}

static void put_areas(writing *w)
{
    const dcat_area *areas = dcat_world_areas_view(w->chapter->world);
    put(w, "name,%s%s\n", site_columns(w), has_graph(w) ? ",node" : "");
    for (size_t a = 0; a < dcat_world_area_count(w->chapter->world); a++) {
        put(w, "%zu", a);
        put_site(w, areas[a].site);
        put_node(w, areas[a].node);
        put(w, "\n");
    }
}

static void put_nodes(writing *w)
{
    put(w, "name,%s\n", site_columns(w));
    for (size_t n = 0; n < w->config->network.node_count; n++) {
        put(w, "%zu", n);
        put_site(w, w->config->network.nodes[n]);
        put(w, "\n");
    }
}

static void put_links(writing *w)
{
    put(w, "from,to,length_km,rate_mbps\n");
    for (size_t l = 0; l < w->config->network.link_count; l++) {
        const dcat_link *link = &w->config->network.links[l];
        put(w, "%d,%d", link->node_a, link->node_b);
        put_cell(w, link->length_m / 1e3);
        put_cell(w, link->rate_bps / 1e6);
        put(w, "\n");
    }
}

static void put_tasks(writing *w)
{
    put(w, "arrival_s,origin,work_gigacycles,data_mb,deadline_s,value%s\n",
        w->resources != NULL ? ",class" : "");
    for (size_t n = 0; n < w->book->task_count; n++) {
        const dcat_task *task = &w->book->tasks[n];
        put(w, "%.17g,%d", task->arrival_s, task->area);
        put_cell(w, task->work_cycles / 1e9);
        put_cell(w, task->data_bits / 1e6);
        put_cell(w, task->deadline_s);
        put_cell(w, task->value);
        if (w->resources != NULL) {
            put(w, ",");
            put_name(w, w->book->class_names[task->class_id]);
        }
        put(w, "\n");
    }
}

static void put_devices(writing *w)
{
    const dcat_device *devices = dcat_resources_devices_view(w->resources);
    put(w, "name,pool,speed_ghz,cores,memory_gib,energy_cost_per_cycle_hz2,time_cost_per_s,"
           "tariff_per_gigacycle\n");
    for (size_t d = 0; d < dcat_resources_device_count(w->resources); d++) {
        if (is_own(w, (int)d)) {
            continue;
        }
        put_name(w, w->book->device_names[d]);
        put(w, ",%s,%.17g,%d", dcat_pool_name(devices[d].pool), devices[d].speed_hz / 1e9,
            devices[d].core_count);
        put_cell(w, devices[d].memory_bytes / 0x1p30);
        put_cell(w, devices[d].energy_cost);
        put_cell(w, devices[d].time_cost_per_s);
        put_cell(w, devices[d].tariff_per_cycle > 0.0 ? devices[d].tariff_per_cycle * 1e9
                                                      : (double)NAN);
        put(w, "\n");
    }
}

static void put_classes(writing *w)
{
    const dcat_class *classes = dcat_resources_classes_view(w->resources);
    put(w, "name,pool,memory_gib,memory_mode,price_per_gigacycle,urgency_s\n");
    for (size_t q = 0; q < dcat_resources_class_count(w->resources); q++) {
        put_name(w, w->book->class_names[q]);
        put(w, ",%s", dcat_pool_name(classes[q].pool));
        put_cell(w, classes[q].memory_bytes / 0x1p30);
        put(w, ",%s", classes[q].memory_mode == DCAT_MEMORY_SUM ? "sum" : "each");
        put_cell(w, classes[q].price_per_gigacycle);
        put_cell(w, classes[q].urgency_s);
        put(w, "\n");
    }
}

// What a device lacks for a class, features too, is in its efficiency: 0.
static void put_efficiency(writing *w)
{
    size_t Q = dcat_resources_class_count(w->resources);
    put(w, "device");
    for (size_t q = 0; q < Q; q++) {
        put(w, ",");
        put_name(w, w->book->class_names[q]);
    }
    put(w, "\n");
    for (size_t d = 0; d < dcat_resources_device_count(w->resources); d++) {
        if (is_own(w, (int)d)) {
            continue;
        }
        put_name(w, w->book->device_names[d]);
        for (size_t q = 0; q < Q; q++) {
            put_cell(w, dcat_resources_efficiency(w->resources, (int)d, (int)q));
        }
        put(w, "\n");
    }
}

static void put_units(writing *w)
{
    put(w, "server,device,count,speed_ghz,energy_cost_per_cycle_hz2,time_cost_per_s,"
           "tariff_per_gigacycle\n");
    size_t count = dcat_world_server_count(w->chapter->world) * DCAT_POOL_COUNT;
    for (size_t at = 0; at < count; at++) {
        int server = (int)(at / DCAT_POOL_COUNT);
        dcat_unit_facts unit =
            dcat_resources_unit(w->resources, server, (dcat_pool)(at % DCAT_POOL_COUNT));
        if (unit.device >= 0 && !is_own(w, unit.device)) {
            put_server(w, w->chapter->server_of[server]);
            put(w, ",");
            put_name(w, w->book->device_names[unit.device]);
            put(w, ",%d", unit.count);
            put_cell(w, unit.speed_hz / 1e9);
            put_cell(w, unit.energy_cost);
            put_cell(w, unit.time_cost_per_s);
            put_cell(w, unit.tariff_per_cycle * 1e9);
            put(w, "\n");
        }
    }
}

// ---- scenario.yaml

static void put_or(writing *w, const char *key, double value, const char *word)
{
    if (isfinite(value)) {
        put(w, "  %s: %.17g\n", key, value);
    } else {
        put(w, "  %s: %s\n", key, word);
    }
}

static void put_network(writing *w)
{
    const dcat_network_config *n = &w->config->network;
    put(w, "network:\n  kind: %s\n  link_mbps: [%.17g, %.17g]\n  access_mbps: [%.17g, %.17g]\n",
        has_graph(w) ? "graph" : "hops", n->rate_bps.min / 1e6, n->rate_bps.max / 1e6,
        n->access_bps.min / 1e6, n->access_bps.max / 1e6);
    put(w, "  signal_speed_mps: %.17g\n  reference_data_mb: %.17g\n", n->signal_speed_mps,
        n->reference_bits / 1e6);
    put(w, "  hops: {hop_km: %.17g, hop_max: %d}\n", n->hop_m / 1e3, n->hop_max);
    if (has_graph(w)) {
        put(w, "  graph: {nodes_file: nodes.csv, links_file: links.csv}\n");
    }
}

static void put_market(writing *w)
{
    const dcat_market_config *m = &w->config->market;
    const dcat_auction_config *a = &w->config->auction;
    put(w, "market:\n  queue: fifo\n  price_per_gigacycle: %.17g\n  urgency_s: %.17g\n",
        m->price_per_gigacycle, m->urgency_s);
    put(w, "  energy_cost_per_cycle_hz2: %.17g\n  time_cost_per_s: %.17g\n", m->energy_cost,
        m->time_cost_per_s);
    put(w, "  task_order: %s\n  ceiling_on: %s\n",
        m->task_order == DCAT_ORDER_URGENCY ? "urgency" : "arrival",
        m->ceiling_on == DCAT_CEILING_ON_LIMIT ? "limit" : "bid");
    put(w,
        "  handicap_per_gigacycle_s: %.17g\n  admission_per_gigacycle: %.17g\n"
        "  admission_per_gigacycle_s: %.17g\n",
        m->handicap_per_gigacycle_s, m->admission_per_gigacycle, m->admission_per_gigacycle_s);
    put_or(w, "ceiling_per_gigacycle", a->ceiling_per_cycle * 1e9, "none");
    put_or(w, "tariff_ceiling", a->tariff_ceiling, "none");
    put(w, "  share: %s\n  opt_out: %s\n", a->share->name, a->opt_out ? "true" : "false");
    put(w, "auction:\n  rea:\n    decrement: %.17g\n", a->rea_decrement);
    if (a->rea_round_max == DCAT_ROUND_UNLIMITED) {
        put(w, "    round_max: unlimited\n");
    } else {
        put(w, "    round_max: %d\n", a->rea_round_max);
    }
    put(w, "    all_left: %s\n    round_end: %s\n",
        a->rea_all_left == DCAT_END_LOTTERY ? "lottery" : "unsold",
        a->rea_round_end == DCAT_END_LOTTERY ? "lottery" : "unsold");
    put(w, "  one_off: {offer_of_fee: %.17g}\n  rea_s: {decrement: %.17g}\n", a->one_off_offer,
        a->rea_s_decrement);
}

static void put_scenario(writing *w)
{
    put(w, "schema: %d\nname: log\ntitle: cycles %" PRIu32 " to %" PRIu32 " of an exchange\n", 2,
        w->chapter->first, w->chapter->first + w->chapter->cycle_count - 1);
    put(w, "geometry: %s\ntime: {slot_s: %.17g, slots_per_cycle: %d}\n",
        w->config->geometry == DCAT_GEO ? "geo" : "plane", w->config->slot_s,
        w->config->slots_per_cycle);
    put(w, "servers: {file: servers.csv}\nareas: {file: areas.csv}\n");
    put_network(w);
    put(w, "demand: {tasks_file: tasks.csv}\n");
    if (w->resources != NULL) {
        put(w, "resources: {devices_file: devices.csv, classes_file: classes.csv, "
               "efficiency_file: efficiency.csv, units_file: units.csv}\n");
    }
    put_market(w);
    put(w, "clustering: {span_max_km: %.17g, dear_alone: %s, guard: %s, guard_margin: %.17g}\n",
        w->config->span_m_max / 1e3, w->config->dear_alone ? "true" : "false",
        w->config->guard ? "on" : "off", w->config->guard_margin);
}

dcat_status exchange_chapter_write(const char *folder, const exchange_book *book,
                                   const exchange_chapter *chapter, const char *into,
                                   dcat_error *err)
{
    const dcat_world_config *config = dcat_world_config_view(chapter->world);
    writing w = {.book = book,
                 .chapter = chapter,
                 .config = config,
                 .resources = config->resources,
                 .into = into,
                 .folder = folder,
                 .err = err};
    const struct {
        const char *name;
        void (*put)(writing *w);
        bool wanted;
    } files[] = {
        {"scenario.yaml", put_scenario, true},
        {"servers.csv", put_servers, true},
        {"areas.csv", put_areas, true},
        {"tasks.csv", put_tasks, true},
        {"nodes.csv", put_nodes, has_graph(&w)},
        {"links.csv", put_links, has_graph(&w)},
        {"devices.csv", put_devices, w.resources != NULL},
        {"classes.csv", put_classes, w.resources != NULL},
        {"efficiency.csv", put_efficiency, w.resources != NULL},
        {"units.csv", put_units, w.resources != NULL},
    };
    exchange_reader *reader = NULL;
    dcat_status status = exchange_reader_open(folder, 60000, &reader, err);
    for (size_t i = 0; status == DCAT_OK && i < sizeof files / sizeof *files; i++) {
        if (files[i].wanted && (status = open_file(&w, files[i].name)) == DCAT_OK) {
            w.db = exchange_reader_start(reader);
            files[i].put(&w);
            status = close_file(&w);
        }
    }
    exchange_reader_close(reader);
    return status;
}
