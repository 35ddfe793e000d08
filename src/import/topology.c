// SPDX-License-Identifier: Apache-2.0
#include "import/topology.h"

#include "file/gml.h"
#include "file/read_array.h"
#include "file/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// --- Values

static bool is_key(const gml_pair *pair, const char *key)
{
    return strcasecmp(pair->key, key) == 0; // writers of GML differ in case
}

static dcat_status want_number(const gml_reader *reader, const gml_pair *pair, dcat_error *err)
{
    return pair->kind == GML_NUMBER ? DCAT_OK
                                    : dcat_fail(err, DCAT_ERR_FORMAT, "%s:%zu: %s must be a number",
                                                reader->path, pair->line, pair->key);
}

static dcat_status read_id(const gml_reader *reader, const gml_pair *pair, int64_t *id,
                           dcat_error *err)
{
    dcat_status status = want_number(reader, pair, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (!(fabs(pair->number) <= 1e15) || floor(pair->number) != pair->number) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s:%zu: %s must be a whole number, got %g",
                         reader->path, pair->line, pair->key, pair->number);
    }
    *id = (int64_t)pair->number;
    return DCAT_OK;
}

static dcat_status read_degrees(const gml_reader *reader, const gml_pair *pair, double limit,
                                double *degrees, dcat_error *err)
{
    dcat_status status = want_number(reader, pair, err);
    if (status == DCAT_OK && !(fabs(pair->number) <= limit)) {
        status = dcat_fail(err, DCAT_ERR_RANGE, "%s:%zu: %s must be in [-%g, %g] degrees, got %g",
                           reader->path, pair->line, pair->key, limit, limit, pair->number);
    }
    if (status == DCAT_OK) {
        *degrees = pair->number;
    }
    return status;
}

// A label as one line of UTF-8; some files hold Latin-1, line ends or a number.
static dcat_status read_label(const gml_reader *reader, const gml_pair *pair,
                              char label[TOPOLOGY_LABEL_BYTES], dcat_error *err)
{
    if (pair->kind == GML_NUMBER) {
        snprintf(label, TOPOLOGY_LABEL_BYTES, "%.15g", pair->number);
        return DCAT_OK;
    }
    if (pair->kind != GML_STRING ||
        gml_text(pair, label, TOPOLOGY_LABEL_BYTES) >= TOPOLOGY_LABEL_BYTES) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s:%zu: %s must be a text shorter than %d bytes",
                         reader->path, pair->line, pair->key, TOPOLOGY_LABEL_BYTES);
    }
    bool line = text_is_line(label, strlen(label));
    for (char *at = label; !line && *at != '\0'; at++) {
        *at = (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7f ? *at : '?';
    }
    return DCAT_OK;
}

// --- Nodes and links

static dcat_status read_node_pair(gml_reader *reader, const gml_pair *pair, topology_node *node,
                                  bool *has_id, dcat_error *err)
{
    if (is_key(pair, "id")) {
        *has_id = true;
        return read_id(reader, pair, &node->id, err);
    }
    if (is_key(pair, "label")) {
        return read_label(reader, pair, node->label, err);
    }
    if (is_key(pair, "Latitude")) {
        return read_degrees(reader, pair, 90.0, &node->site.y, err);
    }
    if (is_key(pair, "Longitude")) {
        return read_degrees(reader, pair, 180.0, &node->site.x, err);
    }
    return pair->kind == GML_LIST ? gml_skip_list(reader, err) : DCAT_OK;
}

static dcat_status read_node(gml_reader *reader, topology *t, size_t line, dcat_error *err)
{
    topology_node node = {.site = {NAN, NAN}, .line = line};
    bool has_id = false;
    gml_pair pair;
    dcat_status status;
    while ((status = gml_next(reader, &pair, err)) == DCAT_OK && pair.kind != GML_END) {
        status = read_node_pair(reader, &pair, &node, &has_id, err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    if (status == DCAT_OK && !has_id) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s:%zu: a node has no id", reader->path, line);
    }
    if (status == DCAT_OK) {
        status = array_room(&t->nodes, &t->node_capacity, t->node_count + 1, sizeof node, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    if (node.label[0] == '\0') {
        snprintf(node.label, sizeof node.label, "node%lld", (long long)node.id);
    }
    assert(t->nodes != NULL);
    t->nodes[t->node_count++] = node;
    return DCAT_OK;
}

static dcat_status read_link_pair(gml_reader *reader, const gml_pair *pair, topology_link *link,
                                  int *end_count, dcat_error *err)
{
    if (is_key(pair, "source")) {
        *end_count |= 1;
        return read_id(reader, pair, &link->source_id, err);
    }
    if (is_key(pair, "target")) {
        *end_count |= 2;
        return read_id(reader, pair, &link->target_id, err);
    }
    // The zoo's rate in bit/s. Choice: a rate of 0 or a word says nothing, like a missing one.
    if (is_key(pair, "LinkSpeedRaw") && pair->kind == GML_NUMBER && pair->number > 0.0) {
        link->rate_bps = pair->number;
    }
    return pair->kind == GML_LIST ? gml_skip_list(reader, err) : DCAT_OK;
}

static dcat_status read_link(gml_reader *reader, topology *t, size_t line, dcat_error *err)
{
    topology_link link = {.rate_bps = NAN, .line = line};
    int ends = 0;
    gml_pair pair;
    dcat_status status;
    while ((status = gml_next(reader, &pair, err)) == DCAT_OK && pair.kind != GML_END) {
        status = read_link_pair(reader, &pair, &link, &ends, err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    if (status == DCAT_OK && ends != 3) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s:%zu: an edge needs source and target",
                           reader->path, line);
    }
    if (status == DCAT_OK) {
        status = array_room(&t->links, &t->link_capacity, t->link_count + 1, sizeof link, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    assert(t->links != NULL);
    t->links[t->link_count++] = link;
    return DCAT_OK;
}

static dcat_status read_graph_pair(gml_reader *reader, const gml_pair *pair, topology *t,
                                   dcat_error *err)
{
    if (pair->kind == GML_LIST && is_key(pair, "node")) {
        return read_node(reader, t, pair->line, err);
    }
    if (pair->kind == GML_LIST && is_key(pair, "edge")) {
        return read_link(reader, t, pair->line, err);
    }
    if (pair->kind == GML_LIST) {
        return gml_skip_list(reader, err);
    }
    if (is_key(pair, "label")) {
        return read_label(reader, pair, t->label, err);
    }
    if (is_key(pair, "NetworkDate")) {
        return read_label(reader, pair, t->date, err);
    }
    if (is_key(pair, "Creator") && pair->kind == GML_STRING) {
        t->from_zoo = memmem(pair->text, pair->length, "Topology Zoo", 12) != NULL;
    }
    return DCAT_OK;
}

// --- The whole

typedef struct id_index {
    int64_t id;
    int index;
} id_index;

static int by_id(const void *a, const void *b)
{
    const id_index *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static dcat_status find_end(const char *path, const topology *t, const id_index *ids,
                            const topology_link *link, int64_t id, int *index, dcat_error *err)
{
    id_index wanted = {id, -1};
    const id_index *found = bsearch(&wanted, ids, t->node_count, sizeof *ids, by_id);
    if (found == NULL) {
        return dcat_fail(err, DCAT_ERR_REFERENCE,
                         "%s:%zu: an edge ends at node %lld, which is not "
                         "in the file",
                         path, link->line, (long long)id);
    }
    *index = found->index;
    return DCAT_OK;
}

// Turn the ids at the ends of links into indices.
static dcat_status join_ends(const char *path, topology *t, id_index *ids, dcat_error *err)
{
    for (size_t n = 0; n < t->node_count; n++) {
        ids[n] = (id_index){t->nodes[n].id, (int)n};
    }
    qsort(ids, t->node_count, sizeof *ids, by_id);
    for (size_t n = 1; n < t->node_count; n++) {
        if (ids[n].id == ids[n - 1].id) {
            return dcat_fail(err, DCAT_ERR_FORMAT, "%s: two nodes have the id %lld", path,
                             (long long)ids[n].id);
        }
    }
    for (size_t l = 0; l < t->link_count; l++) {
        topology_link *link = &t->links[l];
        dcat_status status = find_end(path, t, ids, link, link->source_id, &link->source, err);
        if (status == DCAT_OK) {
            status = find_end(path, t, ids, link, link->target_id, &link->target, err);
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    return DCAT_OK;
}

static dcat_status read_graphs(gml_reader *reader, topology *t, dcat_error *err)
{
    int graph_count = 0;
    gml_pair pair;
    dcat_status status;
    while ((status = gml_next(reader, &pair, err)) == DCAT_OK && pair.kind != GML_END) {
        if (pair.kind == GML_LIST && !is_key(&pair, "graph")) {
            status = gml_skip_list(reader, err);
        } else if (pair.kind == GML_LIST && graph_count++ > 0) {
            status =
                dcat_fail(err, DCAT_ERR_FORMAT, "%s:%zu: a second graph", reader->path, pair.line);
        } else if (pair.kind == GML_LIST) {
            while ((status = gml_next(reader, &pair, err)) == DCAT_OK && pair.kind != GML_END) {
                if ((status = read_graph_pair(reader, &pair, t, err)) != DCAT_OK) {
                    break;
                }
            }
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    if (status == DCAT_OK && t->node_count == 0) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: no \"graph [ node [ ... ] ]\" in this file",
                         reader->path);
    }
    return status;
}

dcat_status topology_read(const char *path, const char *text, size_t size, topology *read,
                          dcat_error *err)
{
    topology t = {0};
    gml_reader reader;
    gml_open(&reader, path, text, size);
    dcat_status status = read_graphs(&reader, &t, err);
    if (status == DCAT_OK) {
        id_index *ids = calloc(t.node_count, sizeof *ids);
        status = ids != NULL ? join_ends(path, &t, ids, err)
                             : dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", path);
        free(ids);
    }
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
