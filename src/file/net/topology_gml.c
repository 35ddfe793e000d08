// SPDX-License-Identifier: Apache-2.0
#include "file/gml/graph.h"
#include "file/net/topology.h"
#include "file/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A label as a name; "" when there is none. Resolving entities never makes a text longer.
static dcat_status read_label(const gml_pair *pair, char label[TOPOLOGY_LABEL_BYTES],
                              name_changes *changes, dcat_error *err)
{
    *changes = (name_changes){0};
    label[0] = '\0';
    if (pair->kind == GML_END) {
        return DCAT_OK;
    }
    size_t room = pair->length + GML_TEXT_ROOM;
    char *text = malloc(room);
    if (text == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a label of %zu bytes",
                         pair->length);
    }
    size_t length = gml_text(pair, text, room);
    name_tidy(text, length, label, TOPOLOGY_NAME_MAX, changes);
    free(text);
    return DCAT_OK;
}

static dcat_status take_node(const gml_node *from, topology *t, dcat_error *err)
{
    topology_node *node = &t->nodes[t->node_count++];
    node->longitude = from->longitude;
    node->latitude = from->latitude;
    name_changes changes;
    dcat_status status = read_label(&from->label, node->label, &changes, err);
    t->counts.label_tidied_count += changes.tidied;
    t->counts.label_cut_count += changes.cut;
    if (status == DCAT_OK && node->label[0] == '\0') {
        const gml_id_text id = gml_id(&from->id);
        char name[TOPOLOGY_LABEL_BYTES];
        int length = snprintf(name, sizeof name, "node%.*s", (int)fmin((double)id.length, 100.0),
                              id.text != NULL ? id.text : id.digits);
        name_tidy(name, (size_t)length, node->label, TOPOLOGY_NAME_MAX, &changes);
        t->counts.label_missing_count++;
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
    t->counts.rate_unusable_count = g->rate_unusable_count;
    name_changes changes;
    dcat_status status = read_label(&g->label, t->label, &changes, err);
    status = status == DCAT_OK ? read_label(&g->date, t->date, &changes, err) : status;
    for (size_t n = 0; status == DCAT_OK && n < g->node_count; n++) {
        status = take_node(&g->nodes[n], t, err);
    }
    for (size_t e = 0; e < g->edge_count; e++) {
        const gml_edge *edge = &g->edges[e];
        t->links[t->link_count++] =
            (topology_link){(int)edge->node[0], (int)edge->node[1], edge->rate_bps};
    }
    return status;
}

dcat_status topology_read_gml(const char *path, char **text, size_t *size, bool any_rate,
                              topology *read, dcat_error *err)
{
    topology t = {0};
    gml_graph g = {0};
    dcat_status status = encoding_make_utf8(path, text, size, &t.counts.encoding, err);
    if (status == DCAT_OK) {
        status = gml_graph_read(path, *size > 0 ? *text : "", *size, any_rate, &g, err);
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
