// SPDX-License-Identifier: Apache-2.0
// Graph networks from GML files.
//
// Choice: a node without coordinates is dropped with its edges (in these files it stands for "the
// rest of the world"), and so is an edge from a node to itself, which no path uses. Labels are
// names here and must be unique: the second "Paris" becomes "Paris#2". A node without a label is
// "node7" after its id.

#include "file/gml/graph.h"
#include "file/read_array.h"
#include "file/text.h"
#include "scenario/read/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GML_BYTES_MAX (64u << 20)
#define LABEL_BYTES 216 // a label of 200 bytes and the number that makes it unique

// Labels that were taken, and how often each was asked for.
typedef struct used_labels {
    names labels;
    int *uses; // [labels.count] the highest number tried behind each
    size_t capacity;
} used_labels;

static dcat_status read_label(const char *path, const gml_node *node, char *name, dcat_error *err)
{
    const gml_pair *label = &node->label;
    size_t length = label->kind == GML_END ? 0 : gml_text(label, name, 201);
    if (length > 200 || (length > 0 && !text_is_line(name, length))) {
        return gml_fail(path, label->line, err, DCAT_ERR_FORMAT, "label",
                        "must be one line of at most 200 bytes of UTF-8 text", label->text,
                        label->length);
    }
    if (length == 0) {
        snprintf(name, LABEL_BYTES, "node%.17g", node->id);
    }
    return DCAT_OK;
}

// Add a node, with a number behind its name when that is taken.
static dcat_status add_node(network_data *network, used_labels *used, char *name, dcat_site site,
                            dcat_error *err)
{
    size_t length = strlen(name);
    size_t label;
    bool first = true;
    dcat_status status = names_add(&used->labels, name, length, &label, &first, err);
    if (status == DCAT_OK) {
        status =
            array_room(&used->uses, &used->capacity, used->labels.count, sizeof *used->uses, err);
    }
    if (status == DCAT_OK && first) {
        used->uses[label] = 1;
    }
    bool added = false;
    if (status == DCAT_OK) {
        status = network_add_node(network, name, length, site, &added, err);
    }
    while (status == DCAT_OK && !added) {
        snprintf(name + length, LABEL_BYTES - length, "#%d", ++used->uses[label]);
        status = network_add_node(network, name, strlen(name), site, &added, err);
    }
    return status;
}

// index [node_count] of each node in the network, -1 when it is dropped.
static dcat_status add_nodes(const char *path, const gml_graph *g, network_data *network,
                             int32_t *index, dcat_error *err)
{
    used_labels used = {0};
    dcat_status status = DCAT_OK;
    for (size_t n = 0; status == DCAT_OK && n < g->node_count; n++) {
        const gml_node *node = &g->nodes[n];
        char name[LABEL_BYTES];
        index[n] = -1;
        if (isnan(node->longitude)) {
            continue;
        }
        index[n] = (int32_t)network->nodes.count;
        status = read_label(path, node, name, err);
        if (status == DCAT_OK) {
            status =
                add_node(network, &used, name, (dcat_site){node->longitude, node->latitude}, err);
        }
    }
    names_free(&used.labels);
    free(used.uses);
    return status;
}

static dcat_status add_graph(const char *path, const gml_graph *g, network_data *network,
                             int32_t *index, dcat_error *err)
{
    dcat_status status = add_nodes(path, g, network, index, err);
    if (status == DCAT_OK && network->nodes.count == 0) {
        status = dcat_fail(err, DCAT_ERR_FORMAT,
                           "%s: must have a graph with at least one node that has a Longitude and "
                           "a Latitude",
                           path);
    }
    for (size_t e = 0; status == DCAT_OK && e < g->edge_count; e++) {
        const gml_edge *edge = &g->edges[e];
        dcat_link link = {index[edge->node[0]], index[edge->node[1]], NAN, edge->rate_bps};
        if (link.node_a >= 0 && link.node_b >= 0 && link.node_a != link.node_b) {
            status = network_add_link(network, link, err);
        }
    }
    return status;
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
    gml_graph g = {0};
    dcat_status status = input_read_all(in, GML_BYTES_MAX, &text, &size, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = check_encoding(in->path, text, size, err);
    if (status == DCAT_OK) {
        status = gml_graph_read(in->path, text, size, false, &g, err);
    }
    if (status == DCAT_OK) {
        int32_t *index = calloc(g.node_count + 1, sizeof *index);
        status = index != NULL ? add_graph(in->path, &g, network, index, err)
                               : dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", in->path);
        free(index);
    }
    gml_graph_free(&g);
    free(text);
    return status;
}
