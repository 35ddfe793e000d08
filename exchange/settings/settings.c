// SPDX-License-Identifier: Apache-2.0
#include "exchange/settings/apart.h"
#include "exchange/settings/canary.h"

#include "file/read_source.h"
#include "file/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// ---- keys

// Not said: set when the price is known.
#define SPEND_CAP_BY_PRICE (-1)

typedef enum key_kind {
    KEY_TEXT,
    KEY_FILE,
    KEY_REAL,
    KEY_NS,
    KEY_COUNT,
    KEY_LONG,
    KEY_MONEY,
    KEY_WORD
} key_kind;
typedef struct settings_key {
    const char *path;
    key_kind kind;
    size_t at;
    double low, high;
    const char *words[4]; // of KEY_WORD: the value is the index, an int or a bool
} settings_key;

#define AT(member) offsetof(exchange_settings, member)
#define TIME(name, member)                                                                         \
    {                                                                                              \
        "times." name, KEY_NS, AT(member), 1e-6, 3e8,                                              \
        {                                                                                          \
            NULL                                                                                   \
        }                                                                                          \
    }
#define ROOM(name, member)                                                                         \
    {                                                                                              \
        "limits." name, KEY_COUNT, AT(setup.config.member), 1, 1e8,                                \
        {                                                                                          \
            NULL                                                                                   \
        }                                                                                          \
    }

static const settings_key keys[] = {
    {"policy", KEY_TEXT, AT(policy), 0, 0, {NULL}},
    {"listen", KEY_TEXT, AT(listen), 0, 0, {NULL}},
    {"data", KEY_FILE, AT(data), 0, 0, {NULL}},
    {"currency", KEY_TEXT, AT(currency), 0, 0, {NULL}},
    {"admit", KEY_WORD, AT(admit_all), 0, 0, {"operator", "auto"}},
    {"world_seed", KEY_LONG, AT(world_seed), 0, 9e15, {NULL}},
    {"tls.certificate", KEY_FILE, AT(certificate), 0, 0, {NULL}},
    {"tls.key", KEY_FILE, AT(key), 0, 0, {NULL}},
    TIME("slot_s", setup.config.slot_ns),
    TIME("cycle_s", cycle_ns),
    TIME("ack_s", setup.config.ack_ns),
    TIME("gang_s", setup.config.gang_ns),
    TIME("grace_s", setup.config.grace_ns),
    TIME("heartbeat_s", setup.config.heartbeat_ns),
    TIME("dispute_s", setup.config.dispute_ns),
    {"money.pricing", KEY_WORD, AT(setup.config.pricing), 0, 0, {"spread", "pass-through"}},
    {"money.commission_bp", KEY_COUNT, AT(setup.config.commission_bp), 0, EXCHANGE_BASIS, {NULL}},
    {"money.provider_bears_bp",
     KEY_COUNT,
     AT(setup.config.provider_bears_bp),
     0,
     EXCHANGE_BASIS,
     {NULL}},
    {"money.spend_cap_per_hour", KEY_MONEY, AT(setup.config.spend_cap), 0, 1e12, {NULL}},
    {"money.payout_every_s", KEY_NS, AT(setup.config.payout_ns), 0, 3e8, {NULL}},
    {"money.payout_min", KEY_MONEY, AT(setup.config.payout_min), 0, 1e12, {NULL}},
    {"money.tax_bp", KEY_COUNT, AT(tax_bp), 0, EXCHANGE_BASIS, {NULL}},
    {"money.minor_digits", KEY_COUNT, AT(minor_digits), 0, 6, {NULL}},
    {"trust.benchmark", KEY_WORD, AT(setup.config.benchmark), 0, 0, {"off", "required"}},
    {"trust.benchmark_age_s", KEY_NS, AT(benchmark_age_ns), 1, 3e8, {NULL}},
    {"trust.bond", KEY_MONEY, AT(setup.config.bond), 0, 1e9, {NULL}},
    {"trust.bond_s", KEY_NS, AT(setup.config.bond_ns), 0, 3e8, {NULL}},
    {"legal.name", KEY_TEXT, AT(legal_name), 0, 0, {NULL}},
    {"legal.tax_id", KEY_TEXT, AT(legal_tax_id), 0, 0, {NULL}},
    {"legal.address", KEY_TEXT, AT(legal_address), 0, 0, {NULL}},
    ROOM("parties", party_max),
    ROOM("keys", key_max),
    ROOM("servers", server_max),
    ROOM("tasks", task_max),
    ROOM("parts", part_max),
    ROOM("tasks_per_slot", slot_task_max),
    ROOM("payouts", payout_max),
    {"limits.requests_per_s", KEY_REAL, AT(requests_per_s), 1, 1e9, {NULL}},
    {"limits.failures_per_s", KEY_REAL, AT(failures_per_s), 1, 1e9, {NULL}},
    {"limits.connections", KEY_LONG, AT(connection_max), 1, 100000, {NULL}},
    {"limits.queue", KEY_LONG, AT(queue_max), 1, 1e7, {NULL}},
    {"log.unseal_s", KEY_NS, AT(unseal_ns), 1e-6, 3e8, {NULL}},
    {"log.level", KEY_WORD, AT(quiet), 0, 0, {"info", "warning"}},
};
#define KEY_COUNT_ALL (sizeof keys / sizeof *keys)

// The sections that are not a scenario's. times.preset and what is in apart.h are read apart.
static const char *const sections[] = {"policy",     "listen", "data",  "currency", "admit",
                                       "world_seed", "tls",    "times", "money",    "limits",
                                       "log",        "legal",  "trust"};
#define SECTION_COUNT (sizeof sections / sizeof *sections)

// ---- values

typedef struct reading {
    exchange_settings *into;
    const char *folder; // of the file, "" or with its slash
    dcat_error *err;
} reading;

static dcat_status put_text(const reading *r, const settings_key *key, const tree_node *node)
{
    char *text = (char *)r->into + key->at;
    bool here = key->kind == KEY_FILE && node->text[0] != '/';
    int length = snprintf(text, SETTINGS_TEXT, "%s%s", here ? r->folder : "", node->text);
    if (node->length == 0 || length >= SETTINGS_TEXT || !text_is_line(node->text, node->length)) {
        return tree_fail(r->err, DCAT_ERR_RANGE, node, key->path,
                         "must be a text of up to %d bytes", SETTINGS_TEXT - 1);
    }
    if (key->at == AT(currency) &&
        (length != 3 || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)) {
        return tree_fail(r->err, DCAT_ERR_RANGE, node, key->path,
                         "must be three letters of ISO 4217, such as EUR, got %s",
                         TEXT_SHOW(node->text, node->length));
    }
    return DCAT_OK;
}

static dcat_status put_word(const reading *r, const settings_key *key, const tree_node *node)
{
    for (int i = 0; i < 4 && key->words[i] != NULL; i++) {
        if (strcmp(node->text, key->words[i]) == 0) {
            void *at = (char *)r->into + key->at;
            if (key->at == AT(setup.config.pricing)) {
                *(exchange_pricing *)at = (exchange_pricing)i;
            } else {
                *(bool *)at = i == 1;
            }
            return DCAT_OK;
        }
    }
    return tree_fail(r->err, DCAT_ERR_RANGE, node, key->path, "must be %s or %s, got %s",
                     key->words[0], key->words[1], TEXT_SHOW(node->text, node->length));
}

static dcat_status put_number(const reading *r, const settings_key *key, const tree_node *node)
{
    double value = 0.0;
    const char *rule = text_number(node->text, node->length, &value);
    bool whole = key->kind == KEY_COUNT || key->kind == KEY_LONG;
    if (rule != NULL || !(value >= key->low && value <= key->high) ||
        (whole && value != floor(value))) {
        return tree_fail(r->err, DCAT_ERR_RANGE, node, key->path,
                         "must be a %snumber in [%.15g, %.15g], got %s", whole ? "whole " : "",
                         key->low, key->high, TEXT_SHOW(node->text, node->length));
    }
    void *at = (char *)r->into + key->at;
    switch (key->kind) {
    case KEY_NS:
        *(int64_t *)at = llround(value * 1e9);
        break;
    case KEY_MONEY:
        *(dcat_money *)at = llround(value * (double)DCAT_MONEY_UNIT);
        break;
    case KEY_COUNT:
        *(int32_t *)at = (int32_t)value;
        break;
    case KEY_LONG:
        *(int64_t *)at = (int64_t)value;
        break;
    default:
        *(double *)at = value;
        break;
    }
    return DCAT_OK;
}

static dcat_status put(const reading *r, const settings_key *key, const tree_node *node)
{
    if (node->kind != TREE_SCALAR) {
        return tree_fail(r->err, DCAT_ERR_FORMAT, node, key->path, "must be one value");
    }
    return key->kind == KEY_TEXT || key->kind == KEY_FILE ? put_text(r, key, node)
           : key->kind == KEY_WORD                        ? put_word(r, key, node)
                                                          : put_number(r, key, node);
}

// ---- sections

static const settings_key *key_of(const char *section, const char *word)
{
    char path[128];
    snprintf(path, sizeof path, "%s%s%.60s", section, section[0] != '\0' ? "." : "", word);
    for (size_t i = 0; i < KEY_COUNT_ALL; i++) {
        if (strcmp(path, keys[i].path) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

static dcat_status read_entry(const reading *r, const char *section, const tree_node *entry)
{
    if (strcmp(section, "times") == 0 && strcmp(entry->key, "preset") == 0) {
        return DCAT_OK; // came first
    }
    const settings_apart *apart = settings_apart_find(section, entry->key);
    const settings_key *key = key_of(section, entry->key);
    return apart != NULL ? apart->read(entry, apart->path, r->into, r->err)
           : key != NULL ? put(r, key, entry)
                         : tree_fail(r->err, DCAT_ERR_FIELD, entry, NULL, "%s.%s: unknown key",
                                     section, TEXT_SHOW(entry->key, strlen(entry->key)));
}

static dcat_status read_section(const reading *r, const tree_node *node)
{
    const settings_key *key = key_of("", node->key);
    if (key != NULL) {
        return put(r, key, node);
    }
    if (node->kind != TREE_MAPPING) {
        return tree_fail(r->err, DCAT_ERR_FORMAT, node, node->key, "must be a section of keys");
    }
    dcat_status status = DCAT_OK;
    for (const tree_node *e = node->child; e != NULL && status == DCAT_OK; e = e->next) {
        char path[128];
        snprintf(path, sizeof path, "%s.%.60s", node->key, e->key);
        status = tree_check_once(node, e, path, r->err);
        if (status == DCAT_OK) {
            status = read_entry(r, node->key, e);
        }
    }
    return status;
}

static bool is_ours(const char *word)
{
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        if (strcmp(word, sections[i]) == 0) {
            return true;
        }
    }
    return false;
}

static dcat_status set_preset(const reading *r, const tree *t)
{
    const tree_node *preset = tree_find(t, "times.preset");
    const char *name = preset == NULL ? "demo" : preset->kind == TREE_SCALAR ? preset->text : "";
    if (!exchange_config_preset(name, &r->into->setup.config)) {
        return tree_fail(r->err, DCAT_ERR_RANGE, preset, "times.preset",
                         "must be demo, inference or batch, got %s", TEXT_SHOW(name, strlen(name)));
    }
    r->into->cycle_ns = 20 * r->into->setup.config.slot_ns;
    r->into->setup.config.spend_cap = SPEND_CAP_BY_PRICE;
    return DCAT_OK;
}

static dcat_status read_tree(const reading *r, const tree *t)
{
    dcat_status status = set_preset(r, t);
    const tree_node *first =
        t->root != NULL && t->root->kind == TREE_MAPPING ? t->root->child : NULL;
    for (const tree_node *node = first; node != NULL && status == DCAT_OK; node = node->next) {
        if (is_ours(node->key)) {
            status = tree_check_once(t->root, node, node->key, r->err);
            status = status == DCAT_OK ? read_section(r, node) : status;
        }
    }
    return status;
}

// ---- the file

static dcat_status open_tree(const char *path, const tree_origin *origin, tree *t, dcat_error *err)
{
    char *text = NULL;
    size_t size = 0;
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) { // it is read twice: no pipe can be
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "%s: is no file to be read", path);
    }
    dcat_status status = source_read_all(path, TREE_BYTES_MAX, &text, &size, err);
    if (status == DCAT_OK) {
        status = tree_parse(text, size, origin, t, err);
        free(text);
    }
    return status;
}

static dcat_status names_of(const dcat_scenario *scenario,
                            const char *(*name)(const dcat_scenario *, size_t), size_t count,
                            const char ***names, dcat_error *err)
{
    *names = calloc(count + 1, sizeof **names);
    if (*names == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for names");
    }
    for (size_t i = 0; i < count; i++) {
        (*names)[i] = name(scenario, i);
    }
    return DCAT_OK;
}

// As they stand in the log, in requests and in answers.
static dcat_status check_names(const char *path, const char *what, const char *const *names,
                               size_t count, dcat_error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(names[i]);
        if (length > EXCHANGE_NAME_MAX || !text_is_line(names[i], length) ||
            strpbrk(names[i], "\"\\") != NULL) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "%s: resources: the name of %s %s must be up to %d characters without "
                             "quotes and \\",
                             path, what, TEXT_SHOW(names[i], length), EXCHANGE_NAME_MAX);
        }
    }
    return DCAT_OK;
}

static dcat_status set_resources(exchange_settings *s, const char *path, dcat_error *err)
{
    if (!dcat_scenario_market_resources(s->scenario, &s->resources)) {
        return DCAT_OK;
    }
    size_t classes = s->resources.class_count, devices = s->resources.device_count;
    dcat_status status =
        names_of(s->scenario, dcat_scenario_class_name, classes, &s->class_names, err);
    if (status == DCAT_OK) {
        status = names_of(s->scenario, dcat_scenario_device_name, devices, &s->device_names, err);
    }
    if (status == DCAT_OK) {
        status = check_names(path, "class", s->class_names, classes, err);
    }
    if (status == DCAT_OK) {
        status = check_names(path, "device", s->device_names, devices, err);
    }
    s->setup.resources = &s->resources;
    s->setup.class_names = s->class_names;
    s->setup.device_names = s->device_names;
    dcat_error inner = {0};
    if (status == DCAT_OK && exchange_setup_classes(&s->setup, &inner) != DCAT_OK) {
        status = dcat_fail(err, DCAT_ERR_RANGE, "%s: resources: %s", path, inner.message);
    }
    return status;
}

static dcat_status set_market(exchange_settings *s, const char *path, dcat_error *err)
{
    size_t count = dcat_scenario_area_count(s->scenario);
    dcat_status named = names_of(s->scenario, dcat_scenario_area_name, count, &s->area_names, err);
    if (named == DCAT_OK) {
        named = set_resources(s, path, err);
    }
    if (named != DCAT_OK) {
        return named;
    }
    snprintf(s->name, sizeof s->name, "%s", dcat_scenario_name(s->scenario));
    exchange_setup *setup = &s->setup;
    setup->world = *dcat_scenario_world_config(s->scenario);
    setup->areas = dcat_scenario_areas_view(s->scenario);
    setup->name = s->name;
    setup->currency = s->currency;
    setup->config.area_count = (int32_t)count;
    setup->config.geometry = (int32_t)setup->world.geometry;
    setup->config.price_per_gigacycle = setup->world.market.price_per_gigacycle;
    setup->config.urgency_s = setup->world.market.urgency_s;
    if (setup->config.spend_cap == SPEND_CAP_BY_PRICE) {
        setup->config.spend_cap = exchange_spend_cap(setup->config.price_per_gigacycle);
    }
    setup->config.node_count = (int32_t)setup->world.network.node_count;
    named = names_of(s->scenario, dcat_scenario_node_name, setup->world.network.node_count,
                     &s->node_names, err);
    if (named != DCAT_OK) {
        return named;
    }
    if (setup->world.market.queue != DCAT_QUEUE_FIFO) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "%s: market.queue must be fifo in an exchange: promises are kept here",
                         path);
    }
    if (s->cycle_ns < setup->config.slot_ns) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s: times.cycle_s must be at least times.slot_s",
                         path);
    }
    if ((s->certificate[0] != '\0') != (s->key[0] != '\0')) {
        return dcat_fail(err, DCAT_ERR_FIELD, "%s: tls needs both certificate and key", path);
    }
    dcat_error inner = {0};
    dcat_status status = exchange_config_check(&setup->config, &inner);
    return status == DCAT_OK ? settings_apart_classes(s, path, err)
                             : dcat_fail(err, status, "%s: %s", path, inner.message);
}

static dcat_status load(const char *path, exchange_settings *s, dcat_error *err)
{
    const tree_origin origin = {.label = path, .has_lines = true};
    char folder[4096] = "";
    const char *slash = strrchr(path, '/');
    if (slash != NULL) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
    }
    tree t = {0};
    dcat_status status = open_tree(path, &origin, &t, err);
    if (status == DCAT_OK) {
        const reading r = {s, folder, err};
        status = read_tree(&r, &t);
        tree_free(&t);
    }
    if (status == DCAT_OK) {
        status = dcat_scenario_load_market(path, sections, SECTION_COUNT, &s->scenario, err);
    }
    return status == DCAT_OK ? set_market(s, path, err) : status;
}

dcat_status exchange_settings_load(const char *path, exchange_settings *settings, dcat_error *err)
{
    *settings = (exchange_settings){
        .policy = "a2c:rea-s",
        .listen = "127.0.0.1:8080",
        .currency = "CNY",
        .world_seed = 1,
        .minor_digits = -1,
        .requests_per_s = 200.0,
        .failures_per_s = 20.0,
        .connection_max = 1200,
        .unseal_ns = 86400 * INT64_C(1000000000),
        .benchmark_age_ns = 86400 * INT64_C(1000000000),
        .queue_max = 65536,
    };
    locale_t before = text_locale_enter();
    dcat_status status = load(path, settings, err);
    text_locale_leave(before);
    if (status != DCAT_OK) {
        exchange_settings_free(settings);
    }
    return status;
}

void exchange_settings_free(exchange_settings *settings)
{
    free(settings->area_names);
    free(settings->node_names);
    free(settings->class_names);
    free(settings->device_names);
    settings_canary_free(settings);
    dcat_scenario_destroy(settings->scenario);
    *settings = (exchange_settings){0};
}

dcat_status exchange_settings_are(const char *path, bool *ours, dcat_error *err)
{
    const tree_origin origin = {.label = path, .has_lines = true};
    bool is_name = strpbrk(path, "/.") == NULL; // of a scenario
    tree t = {0};
    *ours = false;
    dcat_status status = is_name ? DCAT_ERR_NOT_FOUND : open_tree(path, &origin, &t, err);
    bool some = status == DCAT_OK && t.root != NULL && t.root->kind == TREE_MAPPING;
    for (const tree_node *node = some ? t.root->child : NULL; node != NULL; node = node->next) {
        *ours = *ours || is_ours(node->key);
    }
    tree_free(&t); // what is wrong with a text, the reader of scenarios says
    return status == DCAT_ERR_MEMORY || status == DCAT_ERR_IO ? status : DCAT_OK;
}
