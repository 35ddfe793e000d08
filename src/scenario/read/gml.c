// SPDX-License-Identifier: Apache-2.0
// Graph networks from GML files as the Internet Topology Zoo publishes them.
//
// Choice: a node without coordinates is dropped with its edges (in these files it stands for "the
// rest of the world"), and so is an edge from a node to itself, which no path uses. Labels are
// names here and must be unique: the second "Paris" becomes "Paris#2". A node without a label is
// "node7" after its id.

#include "file/gml.h"
#include "file/read_array.h"
#include "file/text.h"
#include "scenario/read/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GML_BYTES_MAX (64u << 20)
#define LABEL_BYTES 216 // a label of 200 bytes and the number that makes it unique

typedef struct gml_edge {
    double end[2]; // ids
    double rate_bps;
    size_t line;
} gml_edge;

typedef struct gml_graph {
    gml_reader reader;
    network_data *network;
    names ids;        // of all nodes, as text
    int32_t *node_of; // [ids.count] index into the network's nodes, -1 when dropped
    size_t node_of_capacity;
    names labels;
    int *label_uses; // [labels.count] the highest number tried behind each
    size_t label_capacity;
    gml_edge *edges; // [edge_count]
    size_t edge_count, edge_capacity;
} gml_graph;

static dcat_status fail_at(const gml_graph *g, size_t line, dcat_error *err, dcat_status status,
                           const char *key, const char *what, const char *got, size_t length)
{
    return dcat_fail(err, status, "%s:%zu: %s: %s%s%s", g->reader.path, line, key, what,
                     length == 0 ? "" : ", got ", length == 0 ? "" : TEXT_SHOW(got, length));
}

// --- One list of numbers and a label

typedef struct gml_field {
    const char *key;
    text_bound bound;
    bool given;
    double number;
} gml_field;

// Read the pairs of a node or edge: the numbers asked for by key, and the label.
static dcat_status read_fields(gml_graph *g, gml_field *fields, size_t field_count, gml_pair *label,
                               dcat_error *err)
{
    gml_pair pair;
    dcat_status status;
    while ((status = gml_next(&g->reader, &pair, err)) == DCAT_OK && pair.kind != GML_END) {
        if (pair.kind == GML_LIST) {
            status = gml_skip_list(&g->reader, err);
        }
        if (label != NULL && strcasecmp(pair.key, "label") == 0) {
            *label = pair;
        }
        for (size_t i = 0; status == DCAT_OK && i < field_count; i++) {
            gml_field *field = &fields[i];
            if (strcasecmp(pair.key, field->key) != 0) {
                continue;
            }
            if (pair.kind != GML_NUMBER) {
                return fail_at(g, pair.line, err, DCAT_ERR_FORMAT, pair.key, "must be a number",
                               pair.text, pair.length);
            }
            if (!text_bound_holds(&field->bound, pair.number)) {
                text_bound_words words = {{0}};
                char rule[128];
                snprintf(rule, sizeof rule, "must be %s",
                         text_bound_rule(&words, &field->bound, pair.number));
                return fail_at(g, pair.line, err, DCAT_ERR_RANGE, pair.key, rule, pair.text,
                               pair.length);
            }
            field->given = true;
            field->number = pair.number;
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    return status;
}

// --- Nodes

static dcat_status read_label(const gml_graph *g, const gml_pair *label, double id, char *name,
                              dcat_error *err)
{
    size_t length = 0;
    if (label->kind == GML_STRING || label->kind == GML_NUMBER) {
        length = gml_text(label, name, 201);
        if (length > 200 || !text_is_line(name, length)) {
            return fail_at(g, label->line, err, DCAT_ERR_FORMAT, "label",
                           "must be one line of at most 200 bytes of UTF-8 text", label->text,
                           label->length);
        }
    }
    if (length == 0) {
        snprintf(name, LABEL_BYTES, "node%.17g", id);
    }
    return DCAT_OK;
}

// Add a node, with a number behind its name when that is taken.
static dcat_status add_node(gml_graph *g, char *name, dcat_site site, dcat_error *err)
{
    size_t length = strlen(name);
    size_t label;
    bool first = true;
    dcat_status status = names_add(&g->labels, name, length, &label, &first, err);
    if (status == DCAT_OK) {
        status = array_room(&g->label_uses, &g->label_capacity, g->labels.count,
                            sizeof *g->label_uses, err);
    }
    if (status == DCAT_OK && first) {
        g->label_uses[label] = 1;
    }
    bool added = false;
    if (status == DCAT_OK) {
        status = network_add_node(g->network, name, length, site, &added, err);
    }
    while (status == DCAT_OK && !added) {
        snprintf(name + length, LABEL_BYTES - length, "#%d", ++g->label_uses[label]);
        status = network_add_node(g->network, name, strlen(name), site, &added, err);
    }
    return status;
}

// Remember an id; refuse it when it is there already.
static dcat_status add_id(gml_graph *g, double id, int32_t node, size_t line, dcat_error *err)
{
    char text[32];
    snprintf(text, sizeof text, "%.17g", id);
    size_t index;
    bool added = true;
    dcat_status status = names_add(&g->ids, text, strlen(text), &index, &added, err);
    if (status == DCAT_OK && !added) {
        status = fail_at(g, line, err, DCAT_ERR_FIELD, "id", "must be unique", text, strlen(text));
    }
    if (status == DCAT_OK) {
        status =
            array_room(&g->node_of, &g->node_of_capacity, g->ids.count, sizeof *g->node_of, err);
    }
    if (status == DCAT_OK) {
        g->node_of[index] = node;
    }
    return status;
}

static dcat_status read_node(gml_graph *g, size_t line, dcat_error *err)
{
    enum { ID, LONGITUDE, LATITUDE, COUNT };
    gml_field fields[COUNT] = {
        [ID] = {"id", {-1e15, 1e15, false, false}, false, 0},
        [LONGITUDE] = {"Longitude", {-180, 180, false, false}, false, 0},
        [LATITUDE] = {"Latitude", {-90, 90, false, false}, false, 0},
    };
    gml_pair label = {.kind = GML_END};
    dcat_status status = read_fields(g, fields, COUNT, &label, err);
    if (status == DCAT_OK && !fields[ID].given) {
        status = fail_at(g, line, err, DCAT_ERR_FIELD, "node", "must have an id", "", 0);
    }
    if (status != DCAT_OK) {
        return status;
    }
    int32_t index = -1;
    if (fields[LONGITUDE].given && fields[LATITUDE].given) {
        char name[LABEL_BYTES];
        dcat_site site = {fields[LONGITUDE].number, fields[LATITUDE].number};
        status = read_label(g, &label, fields[ID].number, name, err);
        if (status == DCAT_OK) {
            index = (int32_t)g->network->nodes.count;
            status = add_node(g, name, site, err);
        }
    }
    return status == DCAT_OK ? add_id(g, fields[ID].number, index, line, err) : status;
}

// --- Edges

static dcat_status read_edge(gml_graph *g, size_t line, dcat_error *err)
{
    enum { SOURCE, TARGET, SPEED, COUNT };
    gml_field fields[COUNT] = {
        [SOURCE] = {"source", {-1e15, 1e15, false, false}, false, 0},
        [TARGET] = {"target", {-1e15, 1e15, false, false}, false, 0},
        [SPEED] = {"LinkSpeedRaw", {0, 1e18, false, false}, false, 0},
    };
    dcat_status status = read_fields(g, fields, COUNT, NULL, err);
    if (status == DCAT_OK && !(fields[SOURCE].given && fields[TARGET].given)) {
        status =
            fail_at(g, line, err, DCAT_ERR_FIELD, "edge", "must have a source and a target", "", 0);
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

// Node indices of an edge's ends, once all nodes are known.
static dcat_status resolve_edge(const gml_graph *g, const gml_edge *edge, int32_t *node,
                                dcat_error *err)
{
    for (int i = 0; i < 2; i++) {
        char id[32];
        snprintf(id, sizeof id, "%.17g", edge->end[i]);
        size_t found = names_find(&g->ids, id, strlen(id));
        if (found == NAMES_NONE) {
            return fail_at(g, edge->line, err, DCAT_ERR_REFERENCE, i == 0 ? "source" : "target",
                           "must be the id of a node", id, strlen(id));
        }
        node[i] = g->node_of[found];
    }
    return DCAT_OK;
}

static dcat_status add_edges(gml_graph *g, dcat_error *err)
{
    for (size_t i = 0; i < g->edge_count; i++) {
        int32_t node[2] = {-1, -1};
        dcat_status status = resolve_edge(g, &g->edges[i], node, err);
        if (status == DCAT_OK && node[0] >= 0 && node[1] >= 0 && node[0] != node[1]) {
            dcat_link link = {node[0], node[1], NAN, g->edges[i].rate_bps};
            status = network_add_link(g->network, link, err);
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    return DCAT_OK;
}

// --- The file

static dcat_status read_graph(gml_graph *g, dcat_error *err)
{
    gml_pair pair;
    dcat_status status;
    while ((status = gml_next(&g->reader, &pair, err)) == DCAT_OK && pair.kind != GML_END) {
        if (pair.kind == GML_LIST) {
            status = strcasecmp(pair.key, "node") == 0   ? read_node(g, pair.line, err)
                     : strcasecmp(pair.key, "edge") == 0 ? read_edge(g, pair.line, err)
                                                         : gml_skip_list(&g->reader, err);
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    return status;
}

static dcat_status read_file(gml_graph *g, dcat_error *err)
{
    gml_pair pair;
    dcat_status status;
    int graph_count = 0;
    while ((status = gml_next(&g->reader, &pair, err)) == DCAT_OK && pair.kind != GML_END) {
        bool graph = pair.kind == GML_LIST && strcasecmp(pair.key, "graph") == 0;
        graph_count += graph;
        if (graph_count > 1) {
            return fail_at(g, pair.line, err, DCAT_ERR_FORMAT, "graph", "must stand once", "", 0);
        }
        if (pair.kind == GML_LIST) {
            status = graph ? read_graph(g, err) : gml_skip_list(&g->reader, err);
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    if (status == DCAT_OK && g->network->nodes.count == 0) {
        status = dcat_fail(err, DCAT_ERR_FORMAT,
                           "%s: must have a graph with at least one node that has a Longitude and "
                           "a Latitude",
                           g->reader.path);
    }
    return status == DCAT_OK ? add_edges(g, err) : status;
}

static dcat_status check_encoding(const char *path, const char *text, size_t size, dcat_error *err)
{
    size_t bad;
    if (text_is_utf8(text, size, &bad)) {
        return DCAT_OK;
    }
    size_t line = 1;
    for (size_t i = 0; i < bad; i++) {
        line += text[i] == '\n';
    }
    return dcat_fail(err, DCAT_ERR_FORMAT, "%s:%zu: must be UTF-8 text, got byte 0x%02x", path,
                     line, (unsigned char)text[bad]);
}

dcat_status network_read_gml(input *in, network_data *network, dcat_error *err)
{
    char *text;
    size_t size;
    dcat_status status = input_read_all(in, GML_BYTES_MAX, &text, &size, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = check_encoding(in->path, text, size, err);
    if (status == DCAT_OK) {
        gml_graph g = {.network = network};
        gml_open(&g.reader, in->path, text, size);
        status = read_file(&g, err);
        names_free(&g.ids);
        names_free(&g.labels);
        free(g.label_uses);
        free(g.node_of);
        free(g.edges);
    }
    free(text);
    return status;
}
