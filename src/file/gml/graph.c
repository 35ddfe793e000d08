// SPDX-License-Identifier: Apache-2.0
#include "file/gml/graph.h"

#include "base/array_room.h"
#include "file/text.h"
#include "file/text_names.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct graph_reader {
    gml_reader tokens;
    gml_graph *graph;
    bool any_rate;
} graph_reader;

dcat_status gml_fail(const char *path, size_t line, dcat_error *err, dcat_status status,
                     const char *key, const char *what, const char *got, size_t length)
{
    return dcat_fail(err, status, "%s:%zu: %s: %s%s%s", path, line, key, what,
                     length == 0 ? "" : ", got ", length == 0 ? "" : TEXT_SHOW(got, length));
}

static bool is_key(const gml_pair *pair, const char *key)
{
    return strcasecmp(pair->key, key) == 0; // writers of GML differ in case
}

// --- One list of numbers and a label

typedef struct gml_field {
    const char *keys[4]; // as writers of GML spell it; the first is the usual one
    text_bound bound;
    int *unusable; // nullable: counts what is no such number, which is as if it were not there
    bool given;
    double number;
} gml_field;

// The number that a pair stands for: numbers may be quoted. An empty text says nothing, nor does
// "None", which is what programs in Python write for it.
// Returns the rule that it broke.
static const char *number_of(const gml_pair *pair, bool *given, double *number)
{
    const char *text = pair->text;
    size_t length = pair->kind == GML_LIST ? 0 : pair->length;
    while (length > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) {
        length--;
    }
    bool none = length == 4 && strncasecmp(text, "None", length) == 0;
    *given = pair->kind != GML_STRING || (length > 0 && !none);
    if (pair->kind == GML_LIST) {
        return "must be a number";
    }
    return *given ? text_number(text, length, number) : NULL;
}

static dcat_status read_field(const graph_reader *r, const gml_pair *pair, gml_field *field,
                              dcat_error *err)
{
    bool given;
    double number = 0.0;
    const char *rule = number_of(pair, &given, &number);
    dcat_status status = DCAT_ERR_FORMAT;
    text_bound_words words = {{0}};
    char range[128];
    if (rule == NULL && given && !text_bound_holds(&field->bound, number)) {
        snprintf(range, sizeof range, "must be %s", text_bound_rule(&words, &field->bound, number));
        rule = range;
        status = DCAT_ERR_RANGE;
    }
    if (rule != NULL && field->unusable != NULL) {
        ++*field->unusable;
        return DCAT_OK;
    }
    if (rule != NULL) {
        return gml_fail(r->tokens.path, pair->line, err, status, pair->key, rule, pair->text,
                        pair->kind == GML_LIST ? 0 : pair->length);
    }
    field->given = given;
    field->number = number;
    return DCAT_OK;
}

static dcat_status take_pair(const graph_reader *r, const gml_pair *pair, gml_field *fields,
                             size_t field_count, dcat_error *err)
{
    for (size_t i = 0; i < field_count; i++) {
        for (size_t k = 0; k < 4 && fields[i].keys[k] != NULL; k++) {
            if (is_key(pair, fields[i].keys[k])) {
                return read_field(r, pair, &fields[i], err);
            }
        }
    }
    return DCAT_OK;
}

typedef struct gml_ref_field {
    const char *key;
    gml_ref ref; // text is NULL when it is not given
} gml_ref_field;

// Ids are compared as text, so that none is too large; a number is its shortest text.
static dcat_status take_ref(const graph_reader *r, const gml_pair *pair, gml_ref_field *refs,
                            size_t ref_count, dcat_error *err)
{
    for (size_t i = 0; i < ref_count; i++) {
        if (!is_key(pair, refs[i].key)) {
            continue;
        }
        if (pair->kind == GML_LIST || pair->length == 0) {
            return gml_fail(r->tokens.path, pair->line, err, DCAT_ERR_FORMAT, pair->key,
                            "must be a number or a text", "", 0);
        }
        bool number = pair->kind == GML_NUMBER;
        if (number && floor(pair->number) != pair->number) {
            return gml_fail(r->tokens.path, pair->line, err, DCAT_ERR_RANGE, pair->key,
                            "must be a whole number", pair->text, pair->length);
        }
        refs[i].ref = (gml_ref){pair->text, pair->length, number ? pair->number : NAN};
    }
    return DCAT_OK;
}

// Read the pairs of a node or edge: the references and numbers asked for by key, and the label.
static dcat_status read_fields(graph_reader *r, gml_ref_field *refs, size_t ref_count,
                               gml_field *fields, size_t field_count, gml_pair *label,
                               dcat_error *err)
{
    gml_pair pair;
    dcat_status status;
    while ((status = gml_next(&r->tokens, &pair, err)) == DCAT_OK && pair.kind != GML_END) {
        if (is_key(&pair, "label") && pair.kind != GML_LIST) {
            *label = pair;
        }
        status = take_ref(r, &pair, refs, ref_count, err);
        if (status == DCAT_OK) {
            status = take_pair(r, &pair, fields, field_count, err);
        }
        if (status == DCAT_OK && pair.kind == GML_LIST) {
            status = gml_skip_list(&r->tokens, err);
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    return status;
}

// --- Nodes and edges

static dcat_status read_node(graph_reader *r, size_t line, dcat_error *err)
{
    enum { LONGITUDE, LATITUDE, COUNT };
    gml_ref_field id = {"id", {NULL, 0, NAN}};
    gml_field fields[COUNT] = {
        [LONGITUDE] = {.keys = {"Longitude", "lon", "long", "lng"}, .bound = {-180, 180, 0, 0}},
        [LATITUDE] = {.keys = {"Latitude", "lat"}, .bound = {-90, 90, 0, 0}},
    };
    gml_graph *g = r->graph;
    gml_pair label = {.kind = GML_END};
    dcat_status status = read_fields(r, &id, 1, fields, COUNT, &label, err);
    if (status == DCAT_OK && id.ref.text == NULL) {
        status =
            gml_fail(r->tokens.path, line, err, DCAT_ERR_FIELD, "node", "must have an id", "", 0);
    }
    if (status == DCAT_OK) {
        status = array_room(&g->nodes, &g->node_capacity, g->node_count + 1, sizeof *g->nodes, err);
    }
    if (status == DCAT_OK) {
        bool placed = fields[LONGITUDE].given && fields[LATITUDE].given;
        g->nodes[g->node_count++] = (gml_node){
            .id = id.ref,
            .label = label,
            .longitude = placed ? fields[LONGITUDE].number : NAN,
            .latitude = placed ? fields[LATITUDE].number : NAN,
            .line = line,
        };
    }
    return status;
}

static dcat_status read_edge(graph_reader *r, size_t line, dcat_error *err)
{
    gml_graph *g = r->graph;
    gml_ref_field ends[2] = {{"source", {NULL, 0, NAN}}, {"target", {NULL, 0, NAN}}};
    gml_field speed = {.keys = {"LinkSpeedRaw"},
                       .bound = {0, 1e18, false, false},
                       .unusable = r->any_rate ? &g->rate_unusable_count : NULL};
    gml_pair label;
    dcat_status status = read_fields(r, ends, 2, &speed, 1, &label, err);
    if (status == DCAT_OK && (ends[0].ref.text == NULL || ends[1].ref.text == NULL)) {
        status = gml_fail(r->tokens.path, line, err, DCAT_ERR_FIELD, "edge",
                          "must have a source and a target", "", 0);
    }
    if (status == DCAT_OK) {
        status = array_room(&g->edges, &g->edge_capacity, g->edge_count + 1, sizeof *g->edges, err);
    }
    if (status == DCAT_OK) {
        g->edges[g->edge_count++] = (gml_edge){
            .end = {ends[0].ref, ends[1].ref},
            .rate_bps = speed.given && speed.number > 0.0 ? speed.number : NAN,
            .line = line,
        };
    }
    return status;
}

// --- Ids

gml_id_text gml_id(const gml_ref *ref)
{
    gml_id_text id = {.text = ref->text, .length = ref->length};
    if (fabs(ref->number) <= 1e15) { // 7, 7.0 and 07 are one id
        id.length = (size_t)snprintf(id.digits, sizeof id.digits, "%.0f", ref->number + 0.0);
        id.text = NULL;
    }
    return id;
}

static const char *id_text(const gml_id_text *id)
{
    return id->text != NULL ? id->text : id->digits;
}

// Every node by its id, which nobody else has.
static dcat_status add_ids(const graph_reader *r, names *ids, dcat_error *err)
{
    for (size_t n = 0; n < r->graph->node_count; n++) {
        const gml_id_text id = gml_id(&r->graph->nodes[n].id);
        size_t index;
        bool added;
        dcat_status status = names_add(ids, id_text(&id), id.length, &index, &added, err);
        if (status != DCAT_OK) {
            return status;
        }
        if (!added) {
            return gml_fail(r->tokens.path, r->graph->nodes[n].line, err, DCAT_ERR_FIELD, "id",
                            "must be unique", id_text(&id), id.length);
        }
    }
    return DCAT_OK;
}

// Edges may come before their nodes, so their ends are looked up last.
static dcat_status join_ends(const graph_reader *r, const names *ids, dcat_error *err)
{
    for (size_t e = 0; e < r->graph->edge_count; e++) {
        gml_edge *edge = &r->graph->edges[e];
        for (int i = 0; i < 2; i++) {
            const gml_id_text id = gml_id(&edge->end[i]);
            edge->node[i] = names_find(ids, id_text(&id), id.length);
            if (edge->node[i] == NAMES_NONE) {
                return gml_fail(r->tokens.path, edge->line, err, DCAT_ERR_REFERENCE,
                                i == 0 ? "source" : "target", "must be the id of a node",
                                id_text(&id), id.length);
            }
        }
    }
    return DCAT_OK;
}

// --- The file

static dcat_status read_pair(graph_reader *r, const gml_pair *pair, dcat_error *err)
{
    gml_graph *g = r->graph;
    if (pair->kind == GML_LIST) {
        return is_key(pair, "node")   ? read_node(r, pair->line, err)
               : is_key(pair, "edge") ? read_edge(r, pair->line, err)
                                      : gml_skip_list(&r->tokens, err);
    }
    if (is_key(pair, "label")) {
        g->label = *pair;
    } else if (is_key(pair, "NetworkDate")) {
        g->date = *pair;
    } else if (is_key(pair, "Creator") && pair->kind == GML_STRING) {
        g->from_zoo = memmem(pair->text, pair->length, "Topology Zoo", 12) != NULL;
    }
    return DCAT_OK;
}

static dcat_status read_graph(graph_reader *r, dcat_error *err)
{
    gml_pair pair;
    dcat_status status;
    while ((status = gml_next(&r->tokens, &pair, err)) == DCAT_OK && pair.kind != GML_END) {
        status = read_pair(r, &pair, err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    return status;
}

static dcat_status read_file(graph_reader *r, dcat_error *err)
{
    gml_pair pair;
    dcat_status status;
    int graph_count = 0;
    while ((status = gml_next(&r->tokens, &pair, err)) == DCAT_OK && pair.kind != GML_END) {
        bool graph = pair.kind == GML_LIST && is_key(&pair, "graph");
        graph_count += graph;
        if (graph_count > 1) {
            return gml_fail(r->tokens.path, pair.line, err, DCAT_ERR_FORMAT, "graph",
                            "must stand once", "", 0);
        }
        if (pair.kind == GML_LIST) {
            status = graph ? read_graph(r, err) : gml_skip_list(&r->tokens, err);
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    return status;
}

dcat_status gml_graph_read(const char *path, const char *text, size_t size, bool any_rate,
                           gml_graph *graph, dcat_error *err)
{
    *graph = (gml_graph){.label = {.kind = GML_END}, .date = {.kind = GML_END}};
    graph_reader r = {.graph = graph, .any_rate = any_rate};
    names ids = {0};
    gml_open(&r.tokens, path, text, size);
    dcat_status status = read_file(&r, err);
    if (status == DCAT_OK) {
        status = add_ids(&r, &ids, err);
    }
    if (status == DCAT_OK) {
        status = join_ends(&r, &ids, err);
    }
    names_free(&ids);
    if (status != DCAT_OK) {
        gml_graph_free(graph);
    }
    return status;
}

void gml_graph_free(gml_graph *graph)
{
    free(graph->nodes);
    free(graph->edges);
    *graph = (gml_graph){0};
}
