// SPDX-License-Identifier: Apache-2.0
#include "import/topology.h"

#include "file/gml/graph.h"
#include "file/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A label as one line of UTF-8; some files hold Latin-1, line ends or a number.
static dcat_status read_label(const char *path, const gml_pair *pair,
                              char label[TOPOLOGY_LABEL_BYTES], dcat_error *err)
{
    if (pair->kind == GML_NUMBER) {
        snprintf(label, TOPOLOGY_LABEL_BYTES, "%.15g", pair->number);
        return DCAT_OK;
    }
    if (pair->kind == GML_END) {
        return DCAT_OK;
    }
    if (gml_text(pair, label, TOPOLOGY_LABEL_BYTES) >= TOPOLOGY_LABEL_BYTES) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s:%zu: %s must be a text shorter than %d bytes",
                         path, pair->line, pair->key, TOPOLOGY_LABEL_BYTES);
    }
    bool line = text_is_line(label, strlen(label));
    for (char *at = label; !line && *at != '\0'; at++) {
        *at = (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7f ? *at : '?';
    }
    return DCAT_OK;
}

static dcat_status take_node(const char *path, const gml_node *from, topology *t, dcat_error *err)
{
    topology_node *node = &t->nodes[t->node_count++];
    node->site = (dcat_site){from->longitude, from->latitude};
    if (floor(from->id) != from->id) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s:%zu: id must be a whole number, got %g", path,
                         from->line, from->id);
    }
    dcat_status status = read_label(path, &from->label, node->label, err);
    if (node->label[0] == '\0') {
        snprintf(node->label, sizeof node->label, "node%.0f", from->id);
    }
    return status;
}

static dcat_status take_graph(const char *path, const gml_graph *g, topology *t, dcat_error *err)
{
    t->nodes = calloc(g->node_count + 1, sizeof *t->nodes);
    t->links = calloc(g->edge_count + 1, sizeof *t->links);
    if (t->nodes == NULL || t->links == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", path);
    }
    t->from_zoo = g->from_zoo;
    dcat_status status = read_label(path, &g->label, t->label, err);
    status = status == DCAT_OK ? read_label(path, &g->date, t->date, err) : status;
    for (size_t n = 0; status == DCAT_OK && n < g->node_count; n++) {
        status = take_node(path, &g->nodes[n], t, err);
    }
    for (size_t e = 0; e < g->edge_count; e++) {
        const gml_edge *edge = &g->edges[e];
        t->links[t->link_count++] =
            (topology_link){(int)edge->node[0], (int)edge->node[1], edge->rate_bps};
    }
    return status;
}

dcat_status topology_read(const char *path, const char *text, size_t size, topology *read,
                          dcat_error *err)
{
    topology t = {0};
    gml_graph g;
    dcat_status status = gml_graph_read(path, text, size, true, &g, err);
    if (status == DCAT_OK && g.node_count == 0) {
        status =
            dcat_fail(err, DCAT_ERR_FORMAT, "%s: no \"graph [ node [ ... ] ]\" in this file", path);
    }
    if (status == DCAT_OK) {
        status = take_graph(path, &g, &t, err);
    }
    gml_graph_free(&g);
    if (status != DCAT_OK) {
        topology_free(&t);
        return status;
    }
    *read = t;
    return DCAT_OK;
}

void topology_free(topology *t)
{
    free(t->nodes);
    free(t->links);
    *t = (topology){0};
}
