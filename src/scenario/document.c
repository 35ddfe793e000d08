// SPDX-License-Identifier: Apache-2.0
#include "scenario/document.h"

#include "scenario/check.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 96

// --- Alternatives

// Ways to say the same thing, of which a scenario uses one. Choosing is by a selector; members come
// with the choice and get their defaults only then.
typedef struct alternative {
    const char *section;
    const char *selectors[2];
    const char *members[5];
} alternative;

static const alternative alternatives[] = {
    {"servers", {"file"}, {NULL}},
    {"servers", {"random"}, {NULL}},
    {"areas", {"file"}, {NULL}},
    {"areas", {"random"}, {NULL}},
    {"network.graph", {"nodes_file", "links_file"}, {NULL}},
    {"network.graph", {"gml_file"}, {NULL}},
    {"demand",
     {"profile_file"},
     {"arrivals_per_slot", "work_gigacycles", "data_mb", "deadline_s", "value_per_gigacycle"}},
    {"demand", {"tasks_file"}, {NULL}},
};
#define ALTERNATIVE_COUNT (sizeof alternatives / sizeof *alternatives)

// Two keys that say one thing in different units; the default is that of the first.
static const struct {
    const char *path, *other;
} restated[] = {
    {"market.price_per_gigacycle", "market.price_per_hour"},
    {"market.ceiling_per_gigacycle", "market.ceiling_per_hour"},
    {"market.time_cost_per_s", "market.time_cost_per_hour"},
    {"clustering.span_max_km", "clustering.span_max_ms"},
};
#define RESTATED_COUNT (sizeof restated / sizeof *restated)

// True when path is the entry `key` of the section, or below it.
static bool is_within(const char *path, const char *section, const char *key)
{
    size_t length = strlen(section);
    if (key == NULL || strncmp(path, section, length) != 0 || path[length] != '.') {
        return false;
    }
    size_t key_length = strlen(key);
    const char *rest = path + length + 1;
    return strncmp(rest, key, key_length) == 0 &&
           (rest[key_length] == '\0' || rest[key_length] == '.');
}

static bool has_selector(const alternative *a, const char *path)
{
    return is_within(path, a->section, a->selectors[0]) ||
           is_within(path, a->section, a->selectors[1]);
}

static bool has_member(const alternative *a, const char *path)
{
    for (size_t m = 0; m < 5 && a->members[m] != NULL; m++) {
        if (is_within(path, a->section, a->members[m])) {
            return true;
        }
    }
    return has_selector(a, path);
}

// The first entry of the document that belongs to the alternative; NULL when there is none.
static const tree_node *find_entry(const tree *t, const alternative *a, bool selectors_only)
{
    const tree_node *section = tree_find(t, a->section);
    for (int s = 0; section != NULL && s < 2 && a->selectors[s] != NULL; s++) {
        const tree_node *found = tree_child(section, a->selectors[s]);
        if (found != NULL) {
            return found;
        }
    }
    for (int m = 0; section != NULL && !selectors_only && m < 5 && a->members[m] != NULL; m++) {
        const tree_node *found = tree_child(section, a->members[m]);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

// The section a path is in, and its last word.
static const char *split_path(const char *path, char *section)
{
    const char *dot = strrchr(path, '.');
    size_t length = dot == NULL ? 0 : (size_t)(dot - path);
    memcpy(section, path, length);
    section[length] = '\0';
    return dot == NULL ? path : dot + 1;
}

static void remove_key(tree *t, const char *path)
{
    char section_path[PATH_BYTES];
    const char *word = split_path(path, section_path);
    tree_node *section = tree_find(t, section_path);
    if (section != NULL) {
        tree_remove(section, word);
    }
}

static void drop_restated(tree *t, const char *path)
{
    for (size_t i = 0; i < RESTATED_COUNT; i++) {
        if (strcmp(path, restated[i].path) == 0) {
            remove_key(t, restated[i].other);
        } else if (strcmp(path, restated[i].other) == 0) {
            remove_key(t, restated[i].path);
        }
    }
}

// An override that chooses one alternative takes the others out.
static void drop_other_alternatives(tree *t, const char *path)
{
    drop_restated(t, path);
    for (size_t chosen = 0; chosen < ALTERNATIVE_COUNT; chosen++) {
        if (!has_selector(&alternatives[chosen], path)) {
            continue;
        }
        for (size_t other = 0; other < ALTERNATIVE_COUNT; other++) {
            const alternative *a = &alternatives[other];
            if (other == chosen || strcmp(a->section, alternatives[chosen].section) != 0) {
                continue;
            }
            tree_node *section = tree_find(t, a->section);
            for (int s = 0; s < 2 && a->selectors[s] != NULL; s++) {
                tree_remove(section, a->selectors[s]);
            }
            for (int m = 0; m < 5 && a->members[m] != NULL; m++) {
                tree_remove(section, a->members[m]);
            }
        }
    }
}

static dcat_status check_restated(const tree *t, dcat_error *err)
{
    for (size_t i = 0; i < RESTATED_COUNT; i++) {
        const tree_node *one = tree_find(t, restated[i].path);
        if (one != NULL && tree_find(t, restated[i].other) != NULL) {
            return tree_fail(err, DCAT_ERR_FIELD, one, restated[i].path, "cannot stand beside %s",
                             restated[i].other);
        }
    }
    return DCAT_OK;
}

static dcat_status check_alternatives(const tree *t, dcat_error *err)
{
    for (size_t i = 0; i < ALTERNATIVE_COUNT; i++) {
        for (size_t j = i + 1; j < ALTERNATIVE_COUNT; j++) {
            const alternative *a = &alternatives[i];
            if (strcmp(a->section, alternatives[j].section) != 0) {
                continue;
            }
            const tree_node *one = find_entry(t, a, false);
            const tree_node *two = find_entry(t, &alternatives[j], false);
            if (one != NULL && two != NULL) {
                char path[PATH_BYTES];
                snprintf(path, sizeof path, "%s.%s", a->section, one->key);
                return tree_fail(err, DCAT_ERR_FIELD, one, path, "cannot stand beside %s.%s",
                                 a->section, two->key);
            }
        }
    }
    return DCAT_OK;
}

// --- Overrides

static dcat_status out_of_memory(dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a scenario");
}

static dcat_status label_override(const char *text, tree_origin *origin, dcat_error *err)
{
    const char *equals = strchr(text, '=');
    size_t path_length = equals == NULL ? strlen(text) : (size_t)(equals - text);
    const char *value = equals == NULL ? "" : equals + 1;
    char path[PATH_BYTES];
    bool whole = path_length < sizeof path && text_is_line(text, path_length);
    snprintf(path, sizeof path, "%.*s", whole ? (int)path_length : 0, text);
    char *label = NULL;
    int made = asprintf(&label, "--set %s%s%s", whole ? path : TEXT_SHOW(text, path_length),
                        equals == NULL ? "" : "=", TEXT_SHOW(value, strlen(value)));
    if (made < 0) {
        return out_of_memory(err);
    }
    *origin = (tree_origin){.label = label};
    return DCAT_OK;
}

static dcat_status unknown_override(const char *path, const tree_node *here, dcat_error *err)
{
    char section[PATH_BYTES];
    const char *word = split_path(path, section);
    bool known = scenario_key_is_section(section);
    return scenario_unknown_key(here, known ? section : "", word, err);
}

// Parse the value and hang it into the document at path.
static dcat_status place_override(scenario_document *document, const tree_origin *origin,
                                  const char *path, const char *value, dcat_error *err)
{
    tree parsed;
    dcat_status status = tree_parse(value, strlen(value), origin, &parsed, err);
    if (status != DCAT_OK) {
        return status;
    }
    char section_path[PATH_BYTES];
    const char *word = split_path(path, section_path);
    tree *t = &document->tree;
    tree_node *node =
        parsed.root == NULL ? tree_scalar(t, "", origin, 1) : tree_copy(t, parsed.root);
    tree_free(&parsed);
    tree_node *section = tree_section(t, section_path, origin, 1);
    if (node == NULL || section == NULL || !tree_set(t, section, word, node)) {
        return out_of_memory(err);
    }
    drop_other_alternatives(t, path);
    return scenario_check(node, path, err);
}

static dcat_status apply_override(scenario_document *document, const char *text,
                                  const tree_origin *origin, dcat_error *err)
{
    tree_node here = {.origin = origin};
    const char *equals = strchr(text, '=');
    if (equals == NULL) {
        return tree_fail(err, DCAT_ERR_FORMAT, &here, NULL, "must be key.path=value");
    }
    char path[PATH_BYTES];
    size_t length = (size_t)(equals - text);
    if (length == 0 || length >= sizeof path) {
        return tree_fail(err, DCAT_ERR_FIELD, &here, NULL, "unknown key");
    }
    memcpy(path, text, length);
    path[length] = '\0';
    if (scenario_key_find(path) == NULL && !scenario_key_is_section(path)) {
        return unknown_override(path, &here, err);
    }
    return place_override(document, origin, path, equals + 1, err);
}

// --- Defaults and what is required

// Whether a default belongs here: not when its alternative was not chosen.
static bool wants_default(const tree *t, const char *path)
{
    for (size_t i = 0; i < ALTERNATIVE_COUNT; i++) {
        if (has_member(&alternatives[i], path)) {
            return find_entry(t, &alternatives[i], true) != NULL;
        }
    }
    for (size_t i = 0; i < RESTATED_COUNT; i++) {
        if (strcmp(path, restated[i].path) == 0) {
            return tree_find(t, restated[i].other) == NULL;
        }
    }
    return true;
}

static bool fill_default(tree *t, const char *path, const tree_node *value)
{
    char section_path[PATH_BYTES];
    const char *word = split_path(path, section_path);
    tree_node *node = tree_copy(t, value);
    tree_node *section = tree_section(t, section_path, value->origin, value->line);
    return node != NULL && section != NULL && tree_set(t, section, word, node);
}

static dcat_status merge_defaults(scenario_document *document, const tree *defaults,
                                  dcat_error *err)
{
    tree *t = &document->tree;
    for (size_t i = 0; i < scenario_key_count; i++) {
        const char *path = scenario_keys[i].path;
        const tree_node *value = tree_find(defaults, path);
        bool wanted = value != NULL && tree_find(t, path) == NULL && wants_default(t, path);
        if (wanted && !fill_default(t, path, value)) {
            return out_of_memory(err);
        }
    }
    // A network is a graph when one is given, unless the scenario says otherwise.
    if (tree_find(t, "network.kind") == NULL) {
        bool graph = tree_find(t, "network.graph") != NULL;
        tree_node *kind = tree_scalar(t, graph ? "graph" : "hops", &document->file, 1);
        tree_node *section = tree_section(t, "network", &document->file, 1);
        if (kind == NULL || section == NULL || !tree_set(t, section, "kind", kind)) {
            return out_of_memory(err);
        }
    }
    return DCAT_OK;
}

dcat_status scenario_document_fail(const scenario_document *document, dcat_error *err,
                                   dcat_status status, const char *path, const char *format, ...)
{
    char message[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    const tree_node *node = tree_find(&document->tree, path);
    if (node == NULL) {
        return dcat_fail(err, status, "%s: %s: %s", document->file.label, path, message);
    }
    if (node->origin->has_lines && node->origin != &document->file) {
        return dcat_fail(err, status, "%s: %s: %s (the default)", document->file.label, path,
                         message);
    }
    return tree_fail(err, status, node, path, "%s", message);
}

static dcat_status require(const scenario_document *document, const char *path,
                           const char *other_path, dcat_error *err)
{
    const tree *t = &document->tree;
    if (tree_find(t, path) != NULL || (other_path != NULL && tree_find(t, other_path) != NULL)) {
        return DCAT_OK;
    }
    return dcat_fail(err, DCAT_ERR_FIELD, "%s: %s%s%s: must be given", document->file.label, path,
                     other_path == NULL ? "" : " or ", other_path == NULL ? "" : other_path);
}

// market: of an exchange, which has no servers and no demand in a file.
static dcat_status check_required(const scenario_document *document, bool market, dcat_error *err)
{
    const tree *t = &document->tree;
    bool csv_graph = find_entry(t, &alternatives[4], true) != NULL;
    bool nodes = csv_graph || find_entry(t, &alternatives[5], true) != NULL;
    bool graph = strcmp(tree_find(t, "network.kind")->text, "graph") == 0;
    const struct {
        const char *path, *other_path;
        bool needed;
    } rules[] = {
        {"schema", NULL, true},
        {"name", NULL, true},
        {"servers.file", "servers.random", !market},
        {"demand.profile_file", "demand.tasks_file", !market},
        {"network.graph.nodes_file", NULL, csv_graph},
        {"network.graph.links_file", NULL, csv_graph},
        {"network.graph.nodes_file", "network.graph.gml_file", graph},
        {"areas.file", "areas.random", !nodes},
    };
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].needed) {
            status = require(document, rules[i].path, rules[i].other_path, err);
        }
    }
    return status;
}

// --- Together

static dcat_status apply_overrides(scenario_document *document, const char *const *overrides,
                                   size_t override_count, dcat_error *err)
{
    if (override_count == 0) {
        return DCAT_OK;
    }
    document->overrides = calloc(override_count, sizeof *document->overrides);
    if (document->overrides == NULL) {
        return out_of_memory(err);
    }
    document->override_count = override_count;
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < override_count; i++) {
        status = label_override(overrides[i], &document->overrides[i], err);
        if (status == DCAT_OK) {
            status = apply_override(document, overrides[i], &document->overrides[i], err);
        }
    }
    return status;
}

static dcat_status parse(scenario_document *document, const char *text, size_t size,
                         dcat_error *err)
{
    dcat_status status = tree_parse(text, size, &document->file, &document->tree, err);
    if (status == DCAT_OK && document->tree.root == NULL) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s: is empty; a scenario begins with schema: 2",
                           document->file.label);
    }
    return status;
}

// Check, override, complete.
static dcat_status make(scenario_document *document, const char *const *overrides,
                        size_t override_count, const tree *defaults, bool market, dcat_error *err)
{
    dcat_status status = scenario_check(document->tree.root, "", err);
    if (status == DCAT_OK) {
        status = apply_overrides(document, overrides, override_count, err);
    }
    if (status == DCAT_OK) {
        status = check_alternatives(&document->tree, err);
    }
    if (status == DCAT_OK) {
        status = check_restated(&document->tree, err);
    }
    if (status == DCAT_OK) {
        status = merge_defaults(document, defaults, err);
    }
    return status == DCAT_OK ? check_required(document, market, err) : status;
}

dcat_status scenario_document_load(const char *label, const char *text, size_t size,
                                   const char *const *overrides, size_t override_count,
                                   const tree *defaults, scenario_document *document,
                                   dcat_error *err)
{
    *document = (scenario_document){.file = {.label = label, .has_lines = true}};
    dcat_status status = parse(document, text, size, err);
    if (status == DCAT_OK) {
        status = make(document, overrides, override_count, defaults, false, err);
    }
    if (status != DCAT_OK) {
        scenario_document_free(document);
    }
    return status;
}

// What the market of an exchange has not, and why.
static dcat_status refuse_foreign(const tree *t, dcat_error *err)
{
    static const struct {
        const char *path, *why;
    } rules[] = {
        {"servers", "servers register themselves"},
        {"demand", "tasks are submitted"},
        {"time", "an exchange has `times`"},
        {"resources.units_file", "units are registered with their servers"},
        {"resources.class_mix_file", "tasks are submitted"},
        {"resources.collapse", "an exchange knows its devices"},
        {"network.latency_file", "servers of an exchange come and go"},
        {"areas.random", "users must know the areas: give areas.file"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const tree_node *node = tree_find(t, rules[i].path);
        if (node != NULL) {
            return tree_fail(err, DCAT_ERR_FIELD, node, rules[i].path, "cannot stand here: %s",
                             rules[i].why);
        }
    }
    return DCAT_OK;
}

dcat_status scenario_document_load_market(const char *label, const char *text, size_t size,
                                          const char *const *others, size_t other_count,
                                          const tree *defaults, scenario_document *document,
                                          dcat_error *err)
{
    *document = (scenario_document){.file = {.label = label, .has_lines = true}};
    dcat_status status = parse(document, text, size, err);
    for (size_t i = 0; status == DCAT_OK && i < other_count; i++) {
        if (document->tree.root->kind == TREE_MAPPING) {
            tree_remove(document->tree.root, others[i]);
        }
    }
    if (status == DCAT_OK) {
        status = scenario_check_beside(document->tree.root, others, other_count, err);
    }
    if (status == DCAT_OK) {
        status = refuse_foreign(&document->tree, err);
    }
    if (status == DCAT_OK) {
        status = make(document, NULL, 0, defaults, true, err);
    }
    if (status != DCAT_OK) {
        scenario_document_free(document);
    }
    return status;
}

void scenario_document_free(scenario_document *document)
{
    tree_free(&document->tree);
    for (size_t i = 0; i < document->override_count; i++) {
        free((char *)document->overrides[i].label);
    }
    free(document->overrides);
    *document = (scenario_document){0};
}
