// SPDX-License-Identifier: Apache-2.0
// The first event, `rules`: the settings that hold for the whole log, and the version of the rules
// by which its events were applied.
#include "base/json.h"
#include "exchange/store/body.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum field_kind { REAL, WHOLE, LONG, FLAG } field_kind;
typedef struct field {
    const char *name;
    size_t at;
    int64_t since; // version of the rules; 0: the first
    field_kind kind;
    bool rare; // stands there unless it is 0
} field;

#define OF_CONFIG(name, kind)                                                                      \
    {                                                                                              \
#name, offsetof(exchange_config, name), 0, kind, false                                     \
    }
#define OF_CONFIG_2(name, kind)                                                                    \
    {                                                                                              \
#name, offsetof(exchange_config, name), 2, kind, false                                     \
    }
#define OF_CONFIG_RARE(name)                                                                       \
    {                                                                                              \
#name, offsetof(exchange_config, name), 2, LONG, true                                      \
    }
static const field config_fields[] = {
    // by name
    OF_CONFIG(ack_ns, LONG),           OF_CONFIG(area_count, WHOLE),
    OF_CONFIG_2(benchmark, FLAG),      OF_CONFIG_2(bond, LONG),
    OF_CONFIG_2(bond_ns, LONG),        OF_CONFIG_RARE(canary_ns),
    OF_CONFIG(commission_bp, WHOLE),   OF_CONFIG(cycle_first, WHOLE),

    OF_CONFIG(dispute_ns, LONG),       OF_CONFIG_2(forfeit_bp[0], WHOLE),
    OF_CONFIG_2(forfeit_bp[1], WHOLE), OF_CONFIG_2(forfeit_bp[2], WHOLE),
    OF_CONFIG(gang_ns, LONG),          OF_CONFIG(geometry, WHOLE),
    OF_CONFIG(grace_ns, LONG),         OF_CONFIG(heartbeat_ns, LONG),
    OF_CONFIG(key_max, WHOLE),         OF_CONFIG(node_count, WHOLE),
    OF_CONFIG(part_max, WHOLE),        OF_CONFIG(party_max, WHOLE),
    OF_CONFIG_2(payout_max, WHOLE),    OF_CONFIG_2(payout_min, LONG),
    OF_CONFIG_2(payout_ns, LONG),      OF_CONFIG(price_per_gigacycle, REAL),
    OF_CONFIG(pricing, WHOLE),         OF_CONFIG(provider_bears_bp, WHOLE),
    OF_CONFIG(server_max, WHOLE),      OF_CONFIG(slot_ns, LONG),
    OF_CONFIG(slot_task_max, WHOLE),   OF_CONFIG_2(spend_cap, LONG),
    OF_CONFIG(task_max, WHOLE),        OF_CONFIG(urgency_s, REAL),
};

#define SINCE(version, name, kind)                                                                 \
    {                                                                                              \
#name, offsetof(dcat_world_config, name), version, kind, false                             \
    }
#define OF_WORLD(name, kind) SINCE(0, name, kind)
static const field world_fields[] = {
    SINCE(2, anneal.iteration_max, WHOLE),
    SINCE(2, anneal.recluster_every, WHOLE),
    SINCE(2, anneal.temperature, REAL),
    OF_WORLD(auction.ceiling_per_cycle, REAL),
    OF_WORLD(auction.one_off_offer, REAL),
    SINCE(2, auction.opt_out, FLAG),
    OF_WORLD(auction.rea_all_left, WHOLE),
    OF_WORLD(auction.rea_decrement, REAL),
    OF_WORLD(auction.rea_round_end, WHOLE),
    OF_WORLD(auction.rea_round_max, WHOLE),
    OF_WORLD(auction.rea_s_decrement, REAL),
    OF_WORLD(auction.tariff_ceiling, REAL),
    OF_WORLD(dear_alone, FLAG),
    OF_WORLD(geometry, WHOLE),
    SINCE(2, guard, FLAG),
    SINCE(2, guard_margin, REAL),
    SINCE(2, kmeans_cluster_count, WHOLE),
    SINCE(2, kmeans_start, WHOLE),
    OF_WORLD(market.admission_per_gigacycle, REAL),
    OF_WORLD(market.admission_per_gigacycle_s, REAL),
    OF_WORLD(market.ceiling_on, WHOLE),
    OF_WORLD(market.energy_cost, REAL),
    OF_WORLD(market.handicap_per_gigacycle_s, REAL),
    OF_WORLD(market.task_order, WHOLE),
    OF_WORLD(market.time_cost_per_s, REAL),
    OF_WORLD(network.access_bps.max, REAL),
    OF_WORLD(network.access_bps.min, REAL),
    OF_WORLD(network.hop_m, REAL),
    OF_WORLD(network.hop_max, WHOLE),
    OF_WORLD(network.kind, WHOLE),
    OF_WORLD(network.rate_bps.max, REAL),
    OF_WORLD(network.rate_bps.min, REAL),
    OF_WORLD(network.reach_bits, REAL),
    OF_WORLD(network.reach_s, REAL),
    OF_WORLD(network.reach_work_cycles, REAL),
    OF_WORLD(network.reference_bits, REAL),
    OF_WORLD(network.signal_speed_mps, REAL),
    OF_WORLD(slots_per_cycle, WHOLE),
    OF_WORLD(span_m_max, REAL),
};

_Static_assert(sizeof(exchange_pricing) == sizeof(int32_t), "enums are read as whole numbers");

// ---- writing

static void add_field(body_text *body, const field *f, const void *object)
{
    const void *at = (const char *)object + f->at;
    body_add(body, "\"");
    body_add(body, f->name);
    body_add(body, "\":");
    switch (f->kind) {
    case REAL:
        if (isinf(*(const double *)at)) {
            body_add(body, "\"inf\"");
        } else {
            body_real(body, *(const double *)at);
        }
        break;
    case WHOLE:
        body_number(body, *(const int32_t *)at);
        break;
    case LONG:
        body_number(body, *(const int64_t *)at);
        break;
    case FLAG:
        body_number(body, *(const bool *)at);
        break;
    }
}

// Those that the version has.
static void add_fields(body_text *body, const field *fields, size_t count, const void *object,
                       int64_t version)
{
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        const int64_t *rare = (const int64_t *)((const char *)object + fields[i].at);
        if (fields[i].since <= version && (!fields[i].rare || *rare != 0)) {
            body_add(body, first ? "" : ",");
            add_field(body, &fields[i], object);
            first = false;
        }
    }
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static void add_words(body_text *body, const char *key, const char *words)
{
    body_add(body, key);
    body_add(body, "\"");
    body_add(body, words);
    body_add(body, "\"");
}

static void add_areas(body_text *body, const exchange_setup *setup)
{
    for (int32_t i = 0; i < setup->config.area_count; i++) {
        body_add(body, i > 0 ? ",[" : "[");
        body_real(body, setup->areas[i].site.x);
        body_add(body, ",");
        body_real(body, setup->areas[i].site.y);
        body_add(body, ",");
        body_number(body, setup->areas[i].node);
        body_add(body, "]");
    }
}

// NaN, which links have for what follows from elsewhere, is null.
static void add_or_null(body_text *body, double value)
{
    if (isnan(value)) {
        body_add(body, "null");
    } else {
        body_real(body, value);
    }
}

static void add_network(body_text *body, const dcat_network_config *network)
{
    body_add(body, ",\"network\":{\"links\":[");
    for (size_t i = 0; i < network->link_count; i++) {
        const dcat_link *link = &network->links[i];
        body_add(body, i > 0 ? ",[" : "[");
        body_number(body, link->node_a);
        body_add(body, ",");
        body_number(body, link->node_b);
        body_add(body, ",");
        add_or_null(body, link->length_m);
        body_add(body, ",");
        add_or_null(body, link->rate_bps);
        body_add(body, "]");
    }
    body_add(body, "],\"nodes\":[");
    for (size_t i = 0; i < network->node_count; i++) {
        body_add(body, i > 0 ? ",[" : "[");
        body_real(body, network->nodes[i].x);
        body_add(body, ",");
        body_real(body, network->nodes[i].y);
        body_add(body, "]");
    }
    body_add(body, "]}");
}

static void add_late(body_text *body, const exchange_config *config)
{
    for (int32_t i = 0; i < config->rung_count; i++) {
        body_add(body, i > 0 ? ",[" : "[");
        body_number(body, config->late[i].over_bp);
        body_add(body, ",");
        body_number(body, config->late[i].credit_bp);
        body_add(body, "]");
    }
}

static void add_hash(body_text *body, const char *key, const merkle_hash *hash)
{
    if (hash != NULL) {
        body_hex(body, key, hash->byte, MERKLE_BYTES);
    }
}

void setup_write(body_text *body, const exchange_setup *setup, int64_t version,
                 const setup_chain *chain)
{
    body_clear(body);
    body_add(body, "{\"actor\":-1,\"areas\":[");
    add_areas(body, setup);
    body_add(body, "],\"at_ns\":");
    body_number(body, chain->at_ns);
    add_words(body, ",\"auction\":", setup->auction);
    body_add(body, ",\"begun_unix_ns\":");
    body_number(body, setup->begun_unix_ns);
    body_add(body, ",\"config\":{");
    add_fields(body, config_fields, COUNT_OF(config_fields), &setup->config, version);
    add_words(body, "},\"currency\":", setup->currency);
    body_add(body, ",\"kind\":\"rules\",\"late\":[");
    add_late(body, &setup->config);
    add_words(body, "],\"name\":", setup->name);
    add_network(body, &setup->world.network);
    add_hash(body, ",\"prev\":", chain->prev);
    setup_resources_write(body, setup);
    add_hash(body, ",\"sealed\":", chain->sealed);
    body_add(body, ",\"seeds_given\":");
    body_number(body, setup->seeds_given);
    add_words(body, ",\"share\":", setup->world.auction.share->name);
    add_hash(body, ",\"state\":", chain->state);
    body_add(body, ",\"version\":");
    body_number(body, version);
    body_add(body, ",\"world\":{");
    add_fields(body, world_fields, COUNT_OF(world_fields), &setup->world, version);
    body_add(body, "}}");
}

// ---- reading

static void read_fields(const json_t *json, const field *fields, size_t count, void *object)
{
    for (size_t i = 0; i < count; i++) {
        void *at = (char *)object + fields[i].at;
        const json_t *value = json_object_get(json, fields[i].name);
        if (value == NULL && fields[i].since > 0) {
            continue; // as by default
        }
        switch (fields[i].kind) {
        case REAL:
            *(double *)at = json_is_string(value) ? (double)INFINITY : json_number_value(value);
            break;
        case WHOLE:
            *(int32_t *)at = (int32_t)json_integer_value(value);
            break;
        case LONG:
            *(int64_t *)at = json_integer_value(value);
            break;
        case FLAG:
            *(bool *)at = json_integer_value(value) != 0;
            break;
        }
    }
}

static dcat_status read_areas(const json_t *json, exchange_setup *setup, setup_own *own,
                              dcat_error *err)
{
    const json_t *areas = json_object_get(json, "areas");
    if (setup->config.area_count < 1 ||
        json_array_size(areas) != (size_t)setup->config.area_count) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "there are %zu areas, not area_count = %d",
                         json_array_size(areas), setup->config.area_count);
    }
    dcat_area *made = calloc((size_t)setup->config.area_count, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for areas");
    }
    for (int32_t i = 0; i < setup->config.area_count; i++) {
        const json_t *area = json_array_get(areas, (size_t)i);
        made[i].site.x = json_number_value(json_array_get(area, 0));
        made[i].site.y = json_number_value(json_array_get(area, 1));
        made[i].node = (int)json_integer_value(json_array_get(area, 2));
    }
    setup->areas = own->areas = made;
    return DCAT_OK;
}

static double real_or_nan(const json_t *value)
{
    return json_is_null(value) ? (double)NAN : json_number_value(value);
}

static dcat_status read_network(const json_t *json, exchange_setup *setup, setup_own *own,
                                dcat_error *err)
{
    const json_t *network = json_object_get(json, "network");
    const json_t *links = json_object_get(network, "links"),
                 *nodes = json_object_get(network, "nodes");
    size_t link_count = json_array_size(links), node_count = json_array_size(nodes);
    own->links = calloc(link_count + 1, sizeof *own->links);
    own->nodes = calloc(node_count + 1, sizeof *own->nodes);
    if (own->links == NULL || own->nodes == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a network");
    }
    for (size_t i = 0; i < link_count; i++) {
        const json_t *link = json_array_get(links, i);
        own->links[i] =
            (dcat_link){(int)json_integer_value(json_array_get(link, 0)),
                        (int)json_integer_value(json_array_get(link, 1)),
                        real_or_nan(json_array_get(link, 2)), real_or_nan(json_array_get(link, 3))};
    }
    for (size_t i = 0; i < node_count; i++) {
        const json_t *node = json_array_get(nodes, i);
        own->nodes[i] = (dcat_site){json_number_value(json_array_get(node, 0)),
                                    json_number_value(json_array_get(node, 1))};
    }
    setup->world.network.links = own->links;
    setup->world.network.link_count = link_count;
    setup->world.network.nodes = own->nodes;
    setup->world.network.node_count = node_count;
    return DCAT_OK;
}

static bool read_name(const json_t *json, const char *key, char name[EXCHANGE_NAME_MAX + 1])
{
    const char *words = json_string_value(json_object_get(json, key));
    if (words == NULL || !name_is_valid(words)) {
        return false;
    }
    memcpy(name, words, strlen(words) + 1);
    return true;
}

static dcat_status read_words(const json_t *json, exchange_setup *setup, setup_own *own,
                              dcat_error *err)
{
    if (!read_name(json, "name", own->name) || !read_name(json, "currency", own->currency)) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "name and currency must be 1 to %d printable characters",
                         EXCHANGE_NAME_MAX);
    }
    setup->name = own->name;
    setup->currency = own->currency;
    const char *auction = json_string_value(json_object_get(json, "auction"));
    const char *share = json_string_value(json_object_get(json, "share"));
    const dcat_auction *rule = auction == NULL ? NULL : dcat_auction_find(auction);
    setup->world.auction.share = share == NULL ? NULL : dcat_share_find(share);
    if (rule == NULL || setup->world.auction.share == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "there is no auction \"%s\" with share \"%s\"",
                         auction == NULL ? "" : auction, share == NULL ? "" : share);
    }
    setup->auction = rule->name;
    const json_t *late = json_object_get(json, "late");
    size_t count = json_array_size(late);
    for (size_t i = 0; i < count && i < EXCHANGE_RUNG_MAX; i++) {
        const json_t *rung = json_array_get(late, i);
        setup->config.late[i] =
            (exchange_rung){(int32_t)json_integer_value(json_array_get(rung, 0)),
                            (int32_t)json_integer_value(json_array_get(rung, 1))};
    }
    setup->config.rung_count = (int32_t)count;
    return DCAT_OK;
}

dcat_status setup_read(const char *body, size_t length, exchange_setup *setup, setup_own *own,
                       dcat_error *err)
{
    json_t *json = NULL;
    dcat_status status = body_json(body, length, &json, err);
    if (status != DCAT_OK) {
        return status;
    }
    *setup = (exchange_setup){.world = dcat_world_config_default()};
    read_fields(json_object_get(json, "config"), config_fields, COUNT_OF(config_fields),
                &setup->config);
    read_fields(json_object_get(json, "world"), world_fields, COUNT_OF(world_fields),
                &setup->world);
    setup->begun_unix_ns = json_integer_value(json_object_get(json, "begun_unix_ns"));
    setup->seeds_given = json_integer_value(json_object_get(json, "seeds_given")) != 0;
    status = read_words(json, setup, own, err);
    if (status == DCAT_OK) {
        status = setup_resources_read(json_object_get(json, "resources"), setup, own, err);
    }
    if (status == DCAT_OK) {
        status = exchange_config_check(&setup->config, err);
    }
    if (status == DCAT_OK) {
        status = read_areas(json, setup, own, err);
    }
    if (status == DCAT_OK) {
        status = read_network(json, setup, own, err);
    }
    json_decref(json);
    return status;
}

void setup_free(setup_own *own)
{
    free(own->areas);
    free(own->links);
    free(own->nodes);
    free(own->classes);
    free(own->devices);
    free(own->efficiency);
    free(own->names);
    free(own->name_list);
    *own = (setup_own){.areas = NULL};
}

dcat_status setup_version(const char *body, size_t length, int64_t *version, dcat_error *err)
{
    json_t *json = NULL;
    dcat_status status = body_json(body, length, &json, err);
    *version = json_integer_value(json_object_get(json, "version"));
    json_decref(json);
    return status;
}
