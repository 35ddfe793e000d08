// SPDX-License-Identifier: Apache-2.0
// The first event, `rules`: the settings that hold for the whole log, and the version of the rules
// by which its events were applied.
#include "base/json.h"
#include "exchange/store/body.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RULES_VERSION 1

typedef enum field_kind { REAL, WHOLE, LONG, FLAG } field_kind;
typedef struct field {
    const char *name;
    size_t at;
    field_kind kind;
} field;

#define OF_CONFIG(name, kind)                                                                      \
    {                                                                                              \
#name, offsetof(exchange_config, name), kind                                               \
    }
static const field config_fields[] = {
    // by name
    OF_CONFIG(ack_ns, LONG),         OF_CONFIG(area_count, WHOLE),
    OF_CONFIG(commission_bp, WHOLE), OF_CONFIG(dispute_ns, LONG),
    OF_CONFIG(gang_ns, LONG),        OF_CONFIG(grace_ns, LONG),
    OF_CONFIG(heartbeat_ns, LONG),   OF_CONFIG(part_max, WHOLE),
    OF_CONFIG(party_max, WHOLE),     OF_CONFIG(price_per_gigacycle, REAL),
    OF_CONFIG(pricing, WHOLE),       OF_CONFIG(provider_bears_bp, WHOLE),
    OF_CONFIG(server_max, WHOLE),    OF_CONFIG(slot_ns, LONG),
    OF_CONFIG(slot_task_max, WHOLE), OF_CONFIG(task_max, WHOLE),
    OF_CONFIG(urgency_s, REAL),
};

#define OF_WORLD(name, kind)                                                                       \
    {                                                                                              \
#name, offsetof(dcat_world_config, name), kind                                             \
    }
static const field world_fields[] = {
    OF_WORLD(auction.ceiling_per_cycle, REAL),
    OF_WORLD(auction.one_off_offer, REAL),
    OF_WORLD(auction.rea_all_left, WHOLE),
    OF_WORLD(auction.rea_decrement, REAL),
    OF_WORLD(auction.rea_round_end, WHOLE),
    OF_WORLD(auction.rea_round_max, WHOLE),
    OF_WORLD(auction.rea_s_decrement, REAL),
    OF_WORLD(dear_alone, FLAG),
    OF_WORLD(geometry, WHOLE),
    OF_WORLD(market.admission_per_gigacycle, REAL),
    OF_WORLD(market.admission_per_gigacycle_s, REAL),
    OF_WORLD(market.ceiling_on, WHOLE),
    OF_WORLD(market.energy_cost, REAL),
    OF_WORLD(market.handicap_per_gigacycle_s, REAL),
    OF_WORLD(market.task_order, WHOLE),
    OF_WORLD(market.time_cost_per_s, REAL),
    OF_WORLD(network.hop_m, REAL),
    OF_WORLD(network.hop_max, WHOLE),
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

static void add_real(body_text *body, double value)
{
    if (isinf(value)) {
        text_add(body, "\"inf\"");
    } else {
        text_add(body, "%.17g", value);
    }
}

static void add_fields(body_text *body, const field *fields, size_t count, const void *object)
{
    for (size_t i = 0; i < count; i++) {
        const void *at = (const char *)object + fields[i].at;
        text_add(body, "%s\"%s\":", i > 0 ? "," : "", fields[i].name);
        switch (fields[i].kind) {
        case REAL:
            add_real(body, *(const double *)at);
            break;
        case WHOLE:
            text_add(body, "%d", *(const int32_t *)at);
            break;
        case LONG:
            text_add(body, "%" PRId64, *(const int64_t *)at);
            break;
        case FLAG:
            text_add(body, "%d", *(const bool *)at);
            break;
        }
    }
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

void setup_write(body_text *body, const exchange_setup *setup)
{
    text_clear(body);
    text_add(body, "{\"actor\":-1,\"areas\":[");
    for (int32_t i = 0; i < setup->config.area_count; i++) {
        const dcat_area *area = &setup->areas[i];
        text_add(body, "%s[%.17g,%.17g]", i > 0 ? "," : "", area->site.x, area->site.y);
    }
    text_add(body, "],\"at_ns\":0,\"auction\":\"%s\",\"config\":{", setup->auction);
    add_fields(body, config_fields, COUNT_OF(config_fields), &setup->config);
    text_add(body, "},\"kind\":\"rules\",\"late\":[");
    for (int32_t i = 0; i < setup->config.rung_count; i++) {
        const exchange_rung *rung = &setup->config.late[i];
        text_add(body, "%s[%d,%d]", i > 0 ? "," : "", rung->over_bp, rung->credit_bp);
    }
    text_add(body, "],\"share\":\"%s\",\"version\":%d,\"world\":{",
             setup->world.auction.share->name, RULES_VERSION);
    add_fields(body, world_fields, COUNT_OF(world_fields), &setup->world);
    text_add(body, "}}");
}

// ---- reading

static void read_fields(const json_t *json, const field *fields, size_t count, void *object)
{
    for (size_t i = 0; i < count; i++) {
        void *at = (char *)object + fields[i].at;
        const json_t *value = json_object_get(json, fields[i].name);
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

static dcat_status read_areas(const json_t *json, exchange_setup *setup, dcat_area **own,
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
    }
    setup->areas = *own = made;
    return DCAT_OK;
}

static dcat_status read_words(const json_t *json, exchange_setup *setup, dcat_error *err)
{
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

dcat_status setup_read(const char *body, size_t length, exchange_setup *setup, dcat_area **areas,
                       dcat_error *err)
{
    json_error_t why;
    json_t *json = json_object_of(body, length, &why);
    if (json == NULL) {
        return dcat_fail(err, why.text[0] == '\0' ? DCAT_ERR_MEMORY : DCAT_ERR_FORMAT,
                         "the rules are no JSON: %s", why.text);
    }
    *setup = (exchange_setup){.world = dcat_world_config_default()};
    int64_t version = json_integer_value(json_object_get(json, "version"));
    dcat_status status =
        version == RULES_VERSION
            ? DCAT_OK
            : dcat_fail(err, DCAT_ERR_FORMAT, "rules of version %" PRId64 ", this program knows %d",
                        version, RULES_VERSION);
    if (status == DCAT_OK) {
        read_fields(json_object_get(json, "config"), config_fields, COUNT_OF(config_fields),
                    &setup->config);
        read_fields(json_object_get(json, "world"), world_fields, COUNT_OF(world_fields),
                    &setup->world);
        status = read_words(json, setup, err);
    }
    if (status == DCAT_OK) {
        status = exchange_config_check(&setup->config, err);
    }
    if (status == DCAT_OK) {
        status = read_areas(json, setup, areas, err);
    }
    json_decref(json);
    return status;
}
