// SPDX-License-Identifier: Apache-2.0
// The files a scenario names, read in the order they need each other: network, servers, areas,
// demand.

#include "base/array_room.h"
#include "scenario/object.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- Notes

__attribute__((format(printf, 4, 0))) static dcat_status
add_note(dcat_scenario *s, bool warning, dcat_error *err, const char *format, va_list arguments)
{
    dcat_status status =
        array_room(&s->notes, &s->note_capacity, s->note_count + 1, sizeof *s->notes, err);
    if (status != DCAT_OK) {
        return status;
    }
    char *text;
    if (vasprintf(&text, format, arguments) < 0) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a remark");
    }
    s->notes[s->note_count++] = (scenario_remark){text, warning};
    return DCAT_OK;
}

dcat_status scenario_note(dcat_scenario *s, dcat_error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    dcat_status status = add_note(s, false, err, format, arguments);
    va_end(arguments);
    return status;
}

dcat_status scenario_warn(dcat_scenario *s, dcat_error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    dcat_status status = add_note(s, true, err, format, arguments);
    va_end(arguments);
    return status;
}

// --- Files

dcat_status scenario_read_file(dcat_scenario *s, const char *key, const char *name,
                               file_reader *reader, dcat_error *err)
{
    input in;
    dcat_error inner = {0};
    dcat_status status = source_open(&s->source, name, &in, &inner);
    if (status != DCAT_OK) {
        return scenario_document_fail(&s->document, err, status, key, "%s", inner.message);
    }
    status = reader(s, &in, err);
    if (status != DCAT_OK) {
        input_close(&in, NULL);
        return status;
    }
    if (in.hash_row_count > 0) {
        status = scenario_warn(s, err,
                               "%s: lines that begin with # and have as many cells as a row are "
                               "left out as comments: %zu, line %zu first; a name that begins with "
                               "# needs quotes",
                               in.path, in.hash_row_count, in.hash_row_first);
    }
    return status == DCAT_OK ? scenario_record_input(s, &in, err) : status;
}

dcat_status scenario_keep_path(char **kept, const input *in, dcat_error *err)
{
    *kept = strdup(in->path);
    return *kept == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a path") : DCAT_OK;
}

// --- Network

static dcat_status read_nodes(dcat_scenario *s, input *in, dcat_error *err)
{
    dcat_status status = scenario_keep_path(&s->network.path, in, err);
    return status == DCAT_OK
               ? network_read_nodes(in, (dcat_geometry)s->values->geometry, &s->network, err)
               : status;
}

static dcat_status read_links(dcat_scenario *s, input *in, dcat_error *err)
{
    dcat_status status = scenario_keep_path(&s->links_path, in, err);
    return status == DCAT_OK ? network_read_links(in, &s->network, err) : status;
}

// What became of a foreign network, where it is not word for word what the file says.
static dcat_status note_topology(dcat_scenario *s, const char *path, dcat_error *err)
{
    const topology_counts *c = &s->network.counts;
    const struct {
        int count;
        const char *what;
    } notes[] = {
        {(int)c->encoding.line_count, "lines are not UTF-8: read as Latin-1 (Windows-1252)"},
        {c->node_junction_count, "nodes without coordinates join others: put at the mean of their "
                                 "neighbours"},
        {c->node_dropped_count, "nodes without coordinates join nothing: dropped"},
        {c->link_loop_count, "links from a node to itself: dropped"},
        {c->label_tidied_count, "names have blanks around them or line ends in them: tidied"},
        {c->label_cut_count, "names are longer than 200 bytes: cut"},
        {c->label_missing_count, "nodes have no name: named after their ids"},
        {c->node_renamed_count, "nodes have a name that is taken: numbered"},
    };
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < sizeof notes / sizeof *notes; i++) {
        if (notes[i].count > 0) {
            status = scenario_note(s, err, "%s: %d %s", path, notes[i].count, notes[i].what);
        }
    }
    return status;
}

static dcat_status read_gml(dcat_scenario *s, input *in, dcat_error *err)
{
    dcat_status status = scenario_keep_path(&s->network.path, in, err);
    if (status == DCAT_OK) {
        status = scenario_keep_path(&s->links_path, in, err);
    }
    if (status == DCAT_OK) {
        status = network_read_gml(in, &s->network, err);
    }
    return status == DCAT_OK ? note_topology(s, in->path, err) : status;
}

dcat_status scenario_read_network(dcat_scenario *s, dcat_error *err)
{
    const scenario_values *v = s->values;
    if (v->network.graph.gml_file != NULL) {
        return scenario_read_file(s, "network.graph.gml_file", v->network.graph.gml_file, read_gml,
                                  err);
    }
    if (v->network.graph.nodes_file == NULL) {
        return DCAT_OK;
    }
    dcat_status status = scenario_read_file(s, "network.graph.nodes_file",
                                            v->network.graph.nodes_file, read_nodes, err);
    return status == DCAT_OK ? scenario_read_file(s, "network.graph.links_file",
                                                  v->network.graph.links_file, read_links, err)
                             : status;
}

// --- Servers

static placing place_of(const dcat_scenario *s)
{
    return (placing){
        .geometry = (dcat_geometry)s->values->geometry,
        .graph = s->values->network.kind == DCAT_NETWORK_GRAPH,
        .network = &s->network,
    };
}

// A server must cost something, or no clock ever reaches its limit.
static dcat_status check_costs(const dcat_scenario *s, const input *in, dcat_error *err)
{
    const server_data *data = &s->servers;
    for (size_t i = 0; i < data->names.count; i++) {
        double energy = data->servers[i].energy_cost;
        double time = data->servers[i].time_cost_per_s;
        energy = isnan(energy) ? s->values->market.energy_cost_per_cycle_hz2 : energy;
        time = isnan(time) ? s->values->market.time_cost_per_s : time;
        if (!(energy > 0.0 || time > 0.0)) {
            return dcat_fail(
                err, DCAT_ERR_RANGE,
                "%s:%zu: server %s must have an energy or a time cost > 0, of its own "
                "or from market",
                in->path, data->lines[i],
                TEXT_SHOW(names_at(&data->names, i), strlen(names_at(&data->names, i))));
        }
    }
    return DCAT_OK;
}

static dcat_status read_servers(dcat_scenario *s, input *in, dcat_error *err)
{
    placing place = place_of(s);
    bool units = s->values->resources.units_file != NULL;
    dcat_status status = servers_read(in, &place, units, &s->servers, err);
    return status == DCAT_OK ? check_costs(s, in, err) : status;
}

// A letter and a number from 1.
static dcat_status add_numbered(names *set, char letter, int64_t count, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (int64_t i = 1; status == DCAT_OK && i <= count; i++) {
        char name[24];
        size_t index;
        bool added;
        int length = snprintf(name, sizeof name, "%c%lld", letter, (long long)i);
        status = names_add(set, name, (size_t)length, &index, &added, err);
    }
    return status;
}

// Drawn servers are called s1, s2, ..., their owners o1, o2, ...
static dcat_status name_drawn_servers(dcat_scenario *s, dcat_error *err)
{
    dcat_status status = add_numbered(&s->servers.names, 's', s->values->servers.random.count, err);
    return status == DCAT_OK
               ? add_numbered(&s->servers.owners, 'o', s->values->servers.random.owners, err)
               : status;
}

// --- Areas and demand

static dcat_status read_areas(dcat_scenario *s, input *in, dcat_error *err)
{
    placing place = place_of(s);
    return areas_read(in, &place, &s->areas, err);
}

dcat_status scenario_read_areas(dcat_scenario *s, dcat_error *err)
{
    return scenario_read_file(s, "areas.file", s->values->areas.file, read_areas, err);
}

static area_source source_of_areas(dcat_scenario *s)
{
    return (area_source){
        .kind = s->areas_drawn                  ? AREAS_RANDOM
                : s->values->areas.file != NULL ? AREAS_GIVEN
                                                : AREAS_NODES,
        .areas = &s->areas,
        .network = &s->network,
        .path = s->values->areas.file,
        .servers = s->servers_drawn ? NULL : &s->servers,
    };
}

// The cycles whose day is in [days[0], days[1]].
static dcat_cycle_span span_of(const profile_data *profile, const int64_t *days)
{
    dcat_cycle_span span = {0, 0};
    for (size_t i = 0; i < profile->step_count; i++) {
        if (profile->day[i] < days[0]) {
            span.first = (uint32_t)i + 1;
        } else if (profile->day[i] <= days[1]) {
            span.count++;
        }
    }
    return span;
}

static dcat_status check_span(const dcat_scenario *s, const profile_data *profile, const char *path,
                              const int64_t *days, dcat_cycle_span span, dcat_error *err)
{
    if (span.count > 0) {
        return DCAT_OK;
    }
    return scenario_document_fail(
        &s->document, err, DCAT_ERR_RANGE, path,
        "must include a day of %s, which has days %d to %d, got [%lld, %lld]",
        s->values->demand.profile_file, profile->day[0], profile->day[profile->step_count - 1],
        (long long)days[0], (long long)days[1]);
}

// Choice: validation may be empty, since only learning uses it; training and test days may not.
static dcat_status set_spans(dcat_scenario *s, const profile_data *profile, dcat_error *err)
{
    const scenario_values *v = s->values;
    s->train = span_of(profile, v->time.train_days);
    s->validate = span_of(profile, v->time.validate_days);
    s->test = span_of(profile, v->time.test_days);
    dcat_status status =
        check_span(s, profile, "time.train_days", v->time.train_days, s->train, err);
    return status == DCAT_OK
               ? check_span(s, profile, "time.test_days", v->time.test_days, s->test, err)
               : status;
}

static dcat_range range(const double *pair, double unit)
{
    return (dcat_range){pair[0] * unit, pair[1] * unit};
}

static dcat_status create_demand(dcat_scenario *s, const profile_data *profile, dcat_error *err)
{
    const scenario_values *v = s->values;
    dcat_demand_profile description = {
        DCAT_SIZED(dcat_demand_profile),
        .arrivals_per_slot = v->demand.arrivals_per_slot,
        .weight = profile->weight,
        .step_count = profile->step_count,
        .area_count = s->areas.names.count,
        .work_cycles = range(v->demand.work_gigacycles, 1e9),
        .data_bits = range(v->demand.data_mb, 1e6),
        .deadline_s = range(v->demand.deadline_s, 1.0),
        .value_per_gigacycle = range(v->demand.value_per_gigacycle, 1.0),
        // Days before the training days have been seen as well.
        .train_step_count = s->train.first + s->train.count,
        .class_weight = s->class_weight,
        .class_count = s->resources.class_names.count,
    };
    return dcat_demand_create_profile(&description, &s->demand, err);
}

static dcat_status read_profile(dcat_scenario *s, input *in, dcat_error *err)
{
    profile_data profile = {0};
    area_source areas = source_of_areas(s);
    dcat_status status = profile_read(in, s->values->time.cycles_per_day, &areas, &profile, err);
    if (status == DCAT_OK) {
        status = set_spans(s, &profile, err);
    }
    if (status == DCAT_OK) {
        status = scenario_read_class_mix(s, err);
    }
    if (status == DCAT_OK) {
        status = create_demand(s, &profile, err);
    }
    profile_data_free(&profile);
    return status;
}

// Choice: with given tasks, results are about the cycles from the first with a task to the last, so
// that a list that begins at some date is not averaged over the empty years before it.
static dcat_status set_used_cycles(dcat_scenario *s, const char *path, const task_data *tasks,
                                   dcat_error *err)
{
    uint32_t first;
    size_t used;
    dcat_demand_used_cycles(s->demand, &first, &used);
    size_t end = dcat_demand_cycle_count(s->demand);
    dcat_cycle_span span = {first, (uint32_t)(end - first)};
    s->train = s->validate = s->test = span;
    double empty = 1.0 - (double)used / (double)span.count;
    if (first > 0) {
        return scenario_warn(s, err,
                             "%s: the first task arrives at %.15g s, in cycle %u; %.4g %% of the "
                             "%zu cycles from 0 on are empty. Results are about cycles %u to %zu, "
                             "of which %.3g %% are empty; `time.start_s: first` counts from the "
                             "first arrival",
                             path, tasks->arrival_s_first, first,
                             100.0 * (1.0 - (double)used / (double)end), end, first, end - 1,
                             100.0 * empty);
    }
    return empty <= 0.5 ? DCAT_OK
                        : scenario_warn(s, err,
                                        "%s: of the %u cycles from the first task to the last, "
                                        "%.4g %% are empty; results are means over all of them",
                                        path, span.count, 100.0 * empty);
}

#define UNIX_TIME_LEAST 1e8

static dcat_status read_tasks(dcat_scenario *s, input *in, dcat_error *err)
{
    task_data tasks = {0};
    area_source areas = source_of_areas(s);
    double slot_s = s->values->time.slot_s;
    dcat_status status =
        tasks_read(in, slot_s, s->values->time.start_s, &areas, &s->resources, &tasks, err);
    if (status == DCAT_OK) {
        status = scenario_limit_classes(s, in->path, &tasks, err);
    }
    if (status == DCAT_OK) {
        status = dcat_demand_create_tasks(tasks.tasks, tasks.count, s->areas.names.count, slot_s,
                                          (int)s->values->time.slots_per_cycle, &s->demand, err);
    }
    if (status == DCAT_OK) {
        scenario_measure_tasks(s, tasks.tasks, tasks.count);
        status = set_used_cycles(s, in->path, &tasks, err);
        s->start_s = tasks.arrival_s_first >= UNIX_TIME_LEAST ? tasks.start_s : NAN;
    }
    if (status == DCAT_OK) {
        status = scenario_note_stated(s, in->path, &tasks, err);
    }
    s->stated = tasks.stated;
    tasks.stated = NULL;
    task_data_free(&tasks);
    return status;
}

static dcat_status read_demand(dcat_scenario *s, dcat_error *err)
{
    const scenario_values *v = s->values;
    dcat_status status = DCAT_OK;
    s->start_s = NAN;
    if (v->areas.file != NULL) {
        status = scenario_read_areas(s, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    status = v->demand.tasks_file != NULL
                 ? scenario_read_file(s, "demand.tasks_file", v->demand.tasks_file, read_tasks, err)
                 : scenario_read_file(s, "demand.profile_file", v->demand.profile_file,
                                      read_profile, err);
    if (status == DCAT_OK) { // given tasks need not fill whole cycles of a day
        dcat_demand_set_day(s->demand, (size_t)fmax(round(dcat_scenario_cycles_per_day(s)), 1.0));
    }
    return status;
}

// --- Delays between zones

static dcat_status read_latency(dcat_scenario *s, input *in, dcat_error *err)
{
    dcat_status status = latency_read(in, &s->latency, err);
    if (status == DCAT_OK) {
        status = latency_place(&s->latency, &s->areas, &s->servers, err);
    }
    if (status == DCAT_OK && (s->latency.areas_in == 0 || s->latency.servers_in == 0)) {
        status = scenario_warn(s, err, "%s: no %s is in a zone of it: it changes nothing", in->path,
                               s->latency.areas_in == 0 ? "area" : "server");
    }
    return status;
}

static dcat_status read_zones(dcat_scenario *s, dcat_error *err)
{
    const char *file = s->values->network.latency_file;
    return file == NULL ? DCAT_OK
                        : scenario_read_file(s, "network.latency_file", file, read_latency, err);
}

// --- Together

static dcat_status no_path(const dcat_scenario *s, size_t area, size_t server, dcat_error *err)
{
    const char *area_name = names_at(&s->areas.names, area);
    const char *server_name = names_at(&s->servers.names, server);
    const char *area_node = names_at(&s->network.nodes, (size_t)s->areas.areas[area].node);
    const char *server_node = names_at(&s->network.nodes, (size_t)s->servers.servers[server].node);
    return dcat_fail(
        err, DCAT_ERR_REFERENCE, "%s: no path joins area %s (node %s) and server %s (node %s)",
        s->links_path, TEXT_SHOW(area_name, strlen(area_name)),
        TEXT_SHOW(area_node, strlen(area_node)), TEXT_SHOW(server_name, strlen(server_name)),
        TEXT_SHOW(server_node, strlen(server_node)));
}

// Every area must reach every server: all of their nodes are in one group.
static dcat_status check_connected(const dcat_scenario *s, dcat_error *err)
{
    if (s->values->network.kind != DCAT_NETWORK_GRAPH) {
        return DCAT_OK;
    }
    int32_t *group;
    dcat_status status = network_groups(&s->network, &group, err);
    if (status != DCAT_OK) {
        return status;
    }
    int32_t first_area = group[s->areas.areas[0].node];
    int32_t first_server = group[s->servers.servers[0].node];
    for (size_t i = 0; status == DCAT_OK && i < s->servers.names.count; i++) {
        if (group[s->servers.servers[i].node] != first_area) {
            status = no_path(s, 0, i, err);
        }
    }
    for (size_t a = 0; status == DCAT_OK && a < s->areas.names.count; a++) {
        if (group[s->areas.areas[a].node] != first_server) {
            status = no_path(s, a, 0, err);
        }
    }
    free(group);
    return status;
}

dcat_status scenario_read_files(dcat_scenario *s, dcat_error *err)
{
    dcat_status status = scenario_read_network(s, err);
    if (status == DCAT_OK) {
        status = scenario_read_resources(s, err);
    }
    if (status == DCAT_OK) {
        status = s->servers_drawn ? name_drawn_servers(s, err)
                                  : scenario_read_file(s, "servers.file", s->values->servers.file,
                                                       read_servers, err);
    }
    if (status == DCAT_OK) {
        status = scenario_read_units(s, err);
    }
    if (status == DCAT_OK) {
        status = read_demand(s, err);
    }
    if (status == DCAT_OK) {
        status = read_zones(s, err);
    }
    return status == DCAT_OK ? check_connected(s, err) : status;
}
