// SPDX-License-Identifier: Apache-2.0
#include "file/gml/graph.h"

#include "file/read_array.h"
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
    const char *key;
    text_bound bound;
    bool lenient; // what is no such number is none
    bool given;
    double number;
} gml_field;

static dcat_status read_field(const graph_reader *r, const gml_pair *pair, gml_field *field,
                              dcat_error *err)
{
    bool number = pair->kind == GML_NUMBER;
    bool holds = number && text_bound_holds(&field->bound, pair->number);
    if (!holds && field->lenient) {
        return DCAT_OK;
    }
    if (!number) {
        return gml_fail(r->tokens.path, pair->line, err, DCAT_ERR_FORMAT, pair->key,
                        "must be a number", pair->text, pair->length);
    }
    if (!holds) {
        text_bound_words words = {{0}};
        char rule[128];
        snprintf(rule, sizeof rule, "must be %s",
                 text_bound_rule(&words, &field->bound, pair->number));
        return gml_fail(r->tokens.path, pair->line, err, DCAT_ERR_RANGE, pair->key, rule,
                        pair->text, pair->length);
    }
    field->given = true;
    field->number = pair->number;
    return DCAT_OK;
}

// Read the pairs of a node or edge: the numbers asked for by key, and the label.
static dcat_status read_fields(graph_reader *r, gml_field *fields, size_t field_count,
                               gml_pair *label, dcat_error *err)
{
    gml_pair pair;
    dcat_status status;
    while ((status = gml_next(&r->tokens, &pair, err)) == DCAT_OK && pair.kind != GML_END) {
        if (pair.kind == GML_LIST) {
            status = gml_skip_list(&r->tokens, err);
        } else if (is_key(&pair, "label")) {
            *label = pair;
        }
        for (size_t i = 0; status == DCAT_OK && i < field_count; i++) {
            if (is_key(&pair, fields[i].key)) {
                status = read_field(r, &pair, &fields[i], err);
            }
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
    enum { ID, LONGITUDE, LATITUDE, COUNT };
    gml_field fields[COUNT] = {
        [ID] = {"id", {-1e15, 1e15, false, false}, false, false, 0},
        [LONGITUDE] = {"Longitude", {-180, 180, false, false}, false, false, 0},
        [LATITUDE] = {"Latitude", {-90, 90, false, false}, false, false, 0},
    };
    gml_graph *g = r->graph;
    gml_pair label = {.kind = GML_END};
    dcat_status status = read_fields(r, fields, COUNT, &label, err);
    if (status == DCAT_OK && !fields[ID].given) {
        status =
            gml_fail(r->tokens.path, line, err, DCAT_ERR_FIELD, "node", "must have an id", "", 0);
    }
    if (status == DCAT_OK) {
        status = array_room(&g->nodes, &g->node_capacity, g->node_count + 1, sizeof *g->nodes, err);
    }
    if (status == DCAT_OK) {
        bool placed = fields[LONGITUDE].given && fields[LATITUDE].given;
        g->nodes[g->node_count++] = (gml_node){
            .id = fields[ID].number,
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
    enum { SOURCE, TARGET, SPEED, COUNT };
    gml_field fields[COUNT] = {
        [SOURCE] = {"source", {-1e15, 1e15, false, false}, false, false, 0},
        [TARGET] = {"target", {-1e15, 1e15, false, false}, false, false, 0},
        [SPEED] = {"LinkSpeedRaw", {0, 1e18, false, false}, r->any_rate, false, 0},
    };
    gml_graph *g = r->graph;
    gml_pair label;
    dcat_status status = read_fields(r, fields, COUNT, &label, err);
    if (status == DCAT_OK && !(fields[SOURCE].given && fields[TARGET].given)) {
        status = gml_fail(r->tokens.path, line, err, DCAT_ERR_FIELD, "edge",
                          "must have a source and a target", "", 0);
    }
    if (status == DCAT_OK) {
        status = array_room(&g->edges, &g->edge_capacity, g->edge_count + 1, sizeof *g->edges, err);
    }
    if (status == DCAT_OK) {
        bool rated = fields[SPEED].given && fields[SPEED].number > 0.0;
        g->edges[g->edge_count++] = (gml_edge){
            .end = {fields[SOURCE].number, fields[TARGET].number},
            .rate_bps = rated ? fields[SPEED].number : NAN,
            .line = line,
        };
    }
    return status;
}

// --- Ids

typedef struct id_text {
    char text[32];
} id_text;

static id_text id_of(double id)
{
    id_text shown;
    snprintf(shown.text, sizeof shown.text, "%.17g", id);
    return shown;
}

// Every node by its id, which nobody else has.
static dcat_status add_ids(const graph_reader *r, names *ids, dcat_error *err)
{
    for (size_t n = 0; n < r->graph->node_count; n++) {
        const id_text id = id_of(r->graph->nodes[n].id);
        size_t index;
        bool added = true;
        dcat_status status = names_add(ids, id.text, strlen(id.text), &index, &added, err);
        if (status == DCAT_OK && !added) {
            status = gml_fail(r->tokens.path, r->graph->nodes[n].line, err, DCAT_ERR_FIELD, "id",
                              "must be unique", id.text, strlen(id.text));
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    return DCAT_OK;
}

static dcat_status join_ends(const graph_reader *r, const names *ids, dcat_error *err)
{
    for (size_t e = 0; e < r->graph->edge_count; e++) {
        gml_edge *edge = &r->graph->edges[e];
        for (int i = 0; i < 2; i++) {
            const id_text id = id_of(edge->end[i]);
            edge->node[i] = names_find(ids, id.text, strlen(id.text));
            if (edge->node[i] == NAMES_NONE) {
                return gml_fail(r->tokens.path, edge->line, err, DCAT_ERR_REFERENCE,
                                i == 0 ? "source" : "target", "must be the id of a node", id.text,
                                strlen(id.text));
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
