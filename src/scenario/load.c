// SPDX-License-Identifier: Apache-2.0
// From a name to a checked scenario: find its text, merge, load, and see that it makes sense as a
// whole.

#include "base/array_room.h"
#include "file/embedded.h"
#include "scenario/check.h"
#include "scenario/object.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SCENARIO_FILE "scenario.yaml"

static dcat_status out_of_memory(dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a scenario");
}

dcat_status scenario_record_input(dcat_scenario *scenario, input *in, dcat_error *err)
{
    dcat_status status = array_room(&scenario->inputs, &scenario->input_capacity,
                                    scenario->input_count + 1, sizeof *scenario->inputs, err);
    if (status == DCAT_OK) {
        input_close(in, &scenario->inputs[scenario->input_count++]);
    } else {
        input_close(in, NULL);
    }
    return status;
}

// --- The text

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

// Split a path into the folder its files are in and the file's name; a folder stands for the
// scenario.yaml in it.
static dcat_status locate_on_disk(dcat_scenario *s, const char *path, const char **file,
                                  dcat_error *err)
{
    const char *slash = strrchr(path, '/');
    if (is_folder(path)) {
        size_t length = strlen(path);
        s->folder = strndup(path, length > 1 && path[length - 1] == '/' ? length - 1 : length);
        *file = SCENARIO_FILE;
    } else if (slash == NULL) {
        s->folder = strdup("");
        *file = path;
    } else {
        s->folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
        *file = slash + 1;
    }
    s->source = (file_source){.shipped = false, .folder = s->folder};
    return s->folder == NULL ? out_of_memory(err) : DCAT_OK;
}

static dcat_status no_such_scenario(const char *name, dcat_error *err)
{
    char list[300] = "";
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    const char *shipped;
    for (size_t i = 0; (shipped = dcat_shipped_scenario_name(i)) != NULL; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", used == 0 ? "" : ", ", shipped);
        size_t distance = text_distance(name, shipped);
        if (distance < best) {
            best = distance;
            nearest = shipped;
        }
    }
    bool close = nearest != NULL && text_is_close(best, name);
    return dcat_fail(err, DCAT_ERR_NOT_FOUND,
                     "no shipped scenario %s%s%s%s there are %s. The path of a file has a '/' or "
                     "a '.' in it",
                     TEXT_SHOW(name, strlen(name)), close ? "; did you mean " : ";",
                     close ? nearest : "", close ? "?" : "", list);
}

static dcat_status locate(dcat_scenario *s, const char *name_or_path, const char **file,
                          dcat_error *err)
{
    if (strpbrk(name_or_path, "/.") != NULL) {
        return locate_on_disk(s, name_or_path, file, err);
    }
    char path[256];
    bool fits =
        (size_t)snprintf(path, sizeof path, "%s/" SCENARIO_FILE, name_or_path) < sizeof path;
    if (!fits || name_or_path[0] == '\0' || shipped_find(path) == NULL) {
        return no_such_scenario(name_or_path, err);
    }
    s->folder = strdup(name_or_path);
    s->source = (file_source){.shipped = true, .folder = s->folder};
    *file = SCENARIO_FILE;
    return s->folder == NULL ? out_of_memory(err) : DCAT_OK;
}

static dcat_status read_text(dcat_scenario *s, const char *file, char **text, size_t *size,
                             dcat_error *err)
{
    input in;
    dcat_status status = source_open(&s->source, file, &in, err);
    if (status != DCAT_OK) {
        return status;
    }
    s->path = strdup(in.path);
    status = s->path == NULL ? out_of_memory(err)
                             : input_read_all(&in, TREE_BYTES_MAX + 3, text, size, err);
    if (status != DCAT_OK) {
        input_close(&in, NULL);
        return status;
    }
    status = scenario_record_input(s, &in, err);
    if (status != DCAT_OK) {
        free(*text);
    }
    return status;
}

// --- Defaults

dcat_status scenario_defaults(tree *defaults, dcat_error *err)
{
    static const tree_origin origin = {.label = "shipped:defaults.yaml", .has_lines = true};
    const struct dcat_shipped_file *file = shipped_find("defaults.yaml");
    if (file == NULL) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "%s: is not in this library", origin.label);
    }
    dcat_status status = tree_parse((const char *)file->data, file->size, &origin, defaults, err);
    if (status == DCAT_OK) {
        status = scenario_check(defaults->root, "", err);
        if (status != DCAT_OK) {
            tree_free(defaults);
        }
    }
    return status;
}

static dcat_status record_defaults(dcat_scenario *s, dcat_error *err)
{
    input in;
    file_source shipped = {.shipped = true, .folder = ""};
    dcat_status status = source_open(&shipped, "defaults.yaml", &in, err);
    return status == DCAT_OK ? scenario_record_input(s, &in, err) : status;
}

// --- What single values cannot say

static dcat_status check_days(const dcat_scenario *s, dcat_error *err)
{
    const scenario_values *v = s->values;
    if (v->time.train_days[1] >= v->time.validate_days[0]) {
        return scenario_document_fail(&s->document, err, DCAT_ERR_RANGE, "time.validate_days",
                                      "must begin after train_days end, got %lld after %lld",
                                      (long long)v->time.validate_days[0],
                                      (long long)v->time.train_days[1]);
    }
    if (v->time.validate_days[1] >= v->time.test_days[0]) {
        return scenario_document_fail(&s->document, err, DCAT_ERR_RANGE, "time.test_days",
                                      "must begin after validate_days end, got %lld after %lld",
                                      (long long)v->time.test_days[0],
                                      (long long)v->time.validate_days[1]);
    }
    return DCAT_OK;
}

// Random places are points on a square of a plane, at no node of any network.
static dcat_status check_random(const dcat_scenario *s, dcat_error *err)
{
    const scenario_values *v = s->values;
    const char *places = s->servers_drawn ? "servers.random" : "areas.random";
    if (!s->servers_drawn && !s->areas_drawn) {
        return DCAT_OK;
    }
    if (s->servers_drawn && v->servers.random.owners > v->servers.random.count) {
        return scenario_document_fail(&s->document, err, DCAT_ERR_RANGE, "servers.random.owners",
                                      "must be at most servers.random.count, %lld, got %lld",
                                      (long long)v->servers.random.count,
                                      (long long)v->servers.random.owners);
    }
    if (v->geometry != DCAT_PLANE) {
        return scenario_document_fail(&s->document, err, DCAT_ERR_FIELD, places,
                                      "needs geometry: plane");
    }
    if (v->network.kind != DCAT_NETWORK_HOPS) {
        return scenario_document_fail(&s->document, err, DCAT_ERR_FIELD, places,
                                      "needs network.kind: hops, because it has no nodes");
    }
    return DCAT_OK;
}

static dcat_status check_hours(const dcat_scenario *s, dcat_error *err)
{
    static const char *const paths[] = {"market.price_per_hour", "market.ceiling_per_hour",
                                        "market.hour_of"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (s->values->market.hour_ghz == 0.0 && tree_find(&s->document.tree, paths[i]) != NULL) {
            return scenario_document_fail(&s->document, err, DCAT_ERR_FIELD, paths[i],
                                          "needs market.hour_ghz: how fast what is sold is");
        }
    }
    return DCAT_OK;
}

static dcat_status check_together(const dcat_scenario *s, dcat_error *err)
{
    const scenario_values *v = s->values;
    dcat_status status = check_days(s, err);
    if (status == DCAT_OK) {
        status = check_hours(s, err);
    }
    if (status == DCAT_OK) {
        status = check_random(s, err);
    }
    if (status == DCAT_OK && v->network.graph.gml_file != NULL && v->geometry != DCAT_GEO) {
        status = scenario_document_fail(&s->document, err, DCAT_ERR_FIELD, "network.graph.gml_file",
                                        "needs geometry: geo, because it gives longitudes");
    }
    if (status == DCAT_OK && v->demand.tasks_file == NULL &&
        tree_find(&s->document.tree, "time.start_s") != NULL) {
        status = scenario_document_fail(&s->document, err, DCAT_ERR_FIELD, "time.start_s",
                                        "needs demand.tasks_file: a profile has days");
    }
    if (status == DCAT_OK) {
        status = scenario_check_resources(s, err);
    }
    if (status == DCAT_OK && v->market.opt_out && !s->share->by_tariff) {
        status = scenario_document_fail(&s->document, err, DCAT_ERR_FIELD, "market.opt_out",
                                        "needs market.share: tariff, got %s", v->market.share);
    }
    bool costs = v->market.energy_cost_per_cycle_hz2 > 0.0 || v->market.time_cost_per_s > 0.0;
    if (status == DCAT_OK && s->servers_drawn && !costs) {
        status = scenario_document_fail(&s->document, err, DCAT_ERR_RANGE, "market.time_cost_per_s",
                                        "must be > 0 when the energy cost is 0, got 0");
    }
    return status;
}

// --- In SI

static dcat_range range(const double *pair, double unit)
{
    return (dcat_range){pair[0] * unit, pair[1] * unit};
}

static dcat_network_config network_config(const dcat_scenario *s)
{
    const scenario_values *v = s->values;
    return (dcat_network_config){
        .kind = (dcat_network_kind)v->network.kind,
        .rate_bps = range(v->network.link_mbps, 1e6),
        .signal_speed_mps = v->network.signal_speed_mps,
        .reference_bits = v->network.reference_data_mb * 1e6,
        .hop_m = v->network.hops.hop_km * 1e3,
        .hop_max = (int)v->network.hops.hop_max,
        .access_bps = range(v->network.access_mbps, 1e6),
        .nodes = s->network.sites,
        .node_count = s->network.nodes.count,
        .links = s->network.links,
        .link_count = s->network.link_count,
        .latency_s = s->latency.delay_s,
        .zone_count = s->latency.zones.count,
        .area_zone = s->latency.area,
        .server_zone = s->latency.server,
    };
}

static dcat_auction_config auction_config(const dcat_scenario *s)
{
    const scenario_values *v = s->values;
    return (dcat_auction_config){
        .share = s->share,
        .tariff_ceiling = v->market.tariff_ceiling,
        .opt_out = v->market.opt_out != 0,
        .rea_decrement = v->auction.rea.decrement,
        .rea_round_max = (int)v->auction.rea.round_max,
        .rea_all_left = (dcat_end_rule)v->auction.rea.all_left,
        .rea_round_end = (dcat_end_rule)v->auction.rea.round_end,
        .one_off_offer = v->auction.one_off.offer_of_fee,
        .rea_s_decrement = v->auction.rea_s.decrement,
        .ceiling_per_cycle = v->market.ceiling_per_gigacycle / 1e9,
    };
}

// Beyond this many servers a world keeps only the paths that some task of the demand can use: a
// table of all would need memory for areas times servers. It changes no result.
#define REACH_SERVER_MIN 2001

// Choice: a list of given tasks keeps the table, as nothing is known of its tasks here; and so does
// a network with delays between zones, which no distance bounds.
static void bound_reach(const dcat_scenario *s, dcat_network_config *network)
{
    const scenario_values *v = s->values;
    if (s->servers.names.count < REACH_SERVER_MIN || v->demand.profile_file == NULL ||
        network->latency_s != NULL) {
        return;
    }
    network->reach_s = v->demand.deadline_s[1];
    network->reach_bits = v->demand.data_mb[0] * 1e6;
    network->reach_work_cycles = v->demand.work_gigacycles[0] * 1e9;
}

dcat_world_config scenario_world_config(const dcat_scenario *s)
{
    const scenario_values *v = s->values;
    dcat_world_config config = dcat_world_config_default();
    config.geometry = (dcat_geometry)v->geometry;
    config.span_m_max = v->clustering.span_max_km * 1e3;
    config.slot_s = v->time.slot_s;
    config.slots_per_cycle = (int)v->time.slots_per_cycle;
    config.market = (dcat_market_config){
        .price_per_gigacycle = v->market.price_per_gigacycle,
        .urgency_s = v->market.urgency_s,
        .energy_cost = v->market.energy_cost_per_cycle_hz2,
        .time_cost_per_s = v->market.time_cost_per_s,
        .task_order = (dcat_task_order)v->market.task_order,
        .queue = (dcat_queue_rule)v->market.queue,
        .handicap_per_gigacycle_s = v->market.handicap_per_gigacycle_s,
        .admission_per_gigacycle = v->market.admission_per_gigacycle,
        .admission_per_gigacycle_s = v->market.admission_per_gigacycle_s,
        .ceiling_on = (dcat_ceiling_on)v->market.ceiling_on,
    };
    config.auction = auction_config(s);
    config.network = network_config(s);
    bound_reach(s, &config.network);
    config.kmeans_cluster_count = (int)v->clustering.kmeans.cluster_count;
    config.kmeans_start = (dcat_kmeans_start)v->clustering.kmeans.start;
    config.anneal = (dcat_anneal_config){
        .iteration_max = (int)v->clustering.anneal.iteration_max,
        .recluster_every = (int)v->clustering.anneal.recluster_every,
        .temperature = v->clustering.anneal.temperature,
    };
    config.dear_alone = v->clustering.dear_alone != 0;
    config.guard = v->clustering.guard != 0;
    config.guard_margin = v->clustering.guard_margin;
    return config;
}

// --- Together

// others: sections of the text that are somebody else's; NULL: of a scenario, which has none.
static dcat_status load_document(dcat_scenario *s, const char *file, const char *const *others,
                                 const char *const *overrides, size_t count, dcat_error *err)
{
    char *text = NULL;
    size_t size = 0;
    tree defaults = {0};
    dcat_status status = read_text(s, file, &text, &size, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = scenario_defaults(&defaults, err);
    if (status == DCAT_OK) {
        status = others != NULL ? scenario_document_load_market(s->path, text, size, others, count,
                                                                &defaults, &s->document, err)
                                : scenario_document_load(s->path, text, size, overrides, count,
                                                         &defaults, &s->document, err);
    }
    tree_free(&defaults);
    free(text);
    return status == DCAT_OK ? scenario_values_load(&s->document, &s->values, err) : status;
}

static dcat_status check_config(dcat_scenario *s, dcat_error *err)
{
    dcat_error inner = {0};
    s->config = scenario_world_config(s);
    dcat_status status = dcat_world_config_check(&s->config, &inner);
    return status == DCAT_OK ? DCAT_OK : dcat_fail(err, status, "%s: %s", s->path, inner.message);
}

dcat_status scenario_load_market(dcat_scenario *s, const char *path, const char *const *others,
                                 size_t other_count, dcat_error *err)
{
    static const char *const none[] = {""};
    const char *file = NULL;
    s->start_s = NAN;
    dcat_status status = locate_on_disk(s, path, &file, err);
    if (status == DCAT_OK) {
        status = load_document(s, file, others != NULL ? others : none, NULL, other_count, err);
    }
    if (status == DCAT_OK) {
        status = record_defaults(s, err);
    }
    if (status == DCAT_OK) {
        status = scenario_load_share(s, err);
    }
    if (status == DCAT_OK) {
        status = check_together(s, err);
    }
    if (status == DCAT_OK) {
        status = scenario_read_market(s, err);
    }
    return status == DCAT_OK ? check_config(s, err) : status;
}

dcat_status scenario_load(dcat_scenario *s, const char *name_or_path, const char *const *overrides,
                          size_t override_count, dcat_error *err)
{
    const char *file = NULL;
    dcat_status status = locate(s, name_or_path, &file, err);
    if (status == DCAT_OK) {
        status = load_document(s, file, NULL, overrides, override_count, err);
    }
    if (status == DCAT_OK) {
        status = record_defaults(s, err);
    }
    if (status == DCAT_OK) {
        s->servers_drawn = s->values->servers.file == NULL;
        s->areas_drawn = tree_find(&s->document.tree, "areas.random") != NULL;
        status = scenario_load_share(s, err);
    }
    if (status == DCAT_OK) {
        status = check_together(s, err);
    }
    if (status == DCAT_OK) {
        status = scenario_read_files(s, err);
    }
    return status == DCAT_OK ? check_config(s, err) : status;
}
