// SPDX-License-Identifier: Apache-2.0
// From the checked tree to C values: the table of keys says where each one goes.

#include "scenario/check.h"
#include "scenario/document.h"
#include "scenario/read/money.h"

#include <stdlib.h>
#include <string.h>

// False when out of memory for a text.
static bool store(const scenario_key *key, const key_value *value, void *member)
{
    int code = (int)value->whole[0];
    char *text = NULL;
    switch (key->kind) {
    case KEY_WHOLE:
        memcpy(member, value->whole, sizeof value->whole[0]);
        break;
    case KEY_DAYS:
        memcpy(member, value->whole, sizeof value->whole);
        break;
    case KEY_NUMBER:
        memcpy(member, value->number, sizeof value->number[0]);
        break;
    case KEY_RANGE:
        memcpy(member, value->number, sizeof value->number);
        break;
    case KEY_CHOICE:
        memcpy(member, &code, sizeof code);
        break;
    case KEY_MIX:
        memcpy(member, &value->node, sizeof(value->node));
        break;
    case KEY_NAME:
    case KEY_TEXT:
    case KEY_FILE:
    case KEY_ROW:
        text = strndup(value->text, value->length);
        memcpy(member, &text, sizeof text);
        return text != NULL;
    }
    return true;
}

// Choice: milliseconds are those of light in fibre, at two thirds of its speed in vacuum, whatever
// network.signal_speed_mps says: the circle of 1 ms that people speak of is 200 km.
#define FIBRE_KM_PER_MS 200.0

// What is said by the hour or in milliseconds, as the keys with defaults say it.
static void restate(const scenario_document *document, scenario_values *v)
{
    // Without a speed the scenario is refused; here any will do.
    double hour_gigacycles = HOUR_S * (v->market.hour_ghz > 0.0 ? v->market.hour_ghz : 1.0);
    const struct {
        const char *path;
        double *value, restated;
    } keys[] = {
        {"market.price_per_hour", &v->market.price_per_gigacycle,
         v->market.price_per_hour / hour_gigacycles},
        {"market.ceiling_per_hour", &v->market.ceiling_per_gigacycle,
         v->market.ceiling_per_hour / hour_gigacycles},
        {"market.time_cost_per_hour", &v->market.time_cost_per_s,
         v->market.time_cost_per_hour / HOUR_S},
        {"clustering.span_max_ms", &v->clustering.span_max_km,
         v->clustering.span_max_ms * FIBRE_KM_PER_MS},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (tree_find(&document->tree, keys[i].path) != NULL) {
            *keys[i].value = keys[i].restated;
        }
    }
}

dcat_status scenario_values_load(const scenario_document *document, scenario_values **values,
                                 dcat_error *err)
{
    scenario_values *made = calloc(1, sizeof *made);
    dcat_status status = made != NULL ? DCAT_OK : DCAT_ERR_MEMORY;
    for (size_t i = 0; status == DCAT_OK && i < scenario_key_count; i++) {
        const scenario_key *key = &scenario_keys[i];
        const tree_node *node = tree_find(&document->tree, key->path);
        key_value value;
        if (node == NULL) {
            continue;
        }
        status = scenario_check_value(node, key, &value, err);
        if (status == DCAT_OK && !store(key, &value, (char *)made + key->offset)) {
            status = DCAT_ERR_MEMORY;
        }
    }
    if (status != DCAT_OK) {
        scenario_values_free(made);
        return status == DCAT_ERR_MEMORY
                   ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a scenario")
                   : status;
    }
    restate(document, made);
    *values = made;
    return DCAT_OK;
}

void scenario_values_free(scenario_values *values)
{
    for (size_t i = 0; values != NULL && i < scenario_key_count; i++) {
        key_kind kind = scenario_keys[i].kind;
        if (kind == KEY_NAME || kind == KEY_TEXT || kind == KEY_FILE || kind == KEY_ROW) {
            char *text;
            memcpy(&text, (char *)values + scenario_keys[i].offset, sizeof text);
            free(text);
        }
    }
    free(values);
}
