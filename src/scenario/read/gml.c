// SPDX-License-Identifier: Apache-2.0
// Graph networks from GML files. What becomes of nodes without coordinates, of names and of text
// that is not UTF-8 is the same as in imports: src/file/net/topology.h.

#include "file/net/topology.h"
#include "scenario/read/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GML_BYTES_MAX (64u << 20)

static dcat_status add_nodes(const topology *t, network_data *network, int32_t *index,
                             dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t n = 0; status == DCAT_OK && n < t->node_count; n++) {
        const topology_node *node = &t->nodes[n];
        if (node->dropped) {
            continue;
        }
        bool added;
        index[n] = (int32_t)network->nodes.count;
        status = network_add_node(network, node->label, strlen(node->label),
                                  (dcat_site){node->longitude, node->latitude}, &added, err);
    }
    return status;
}

static dcat_status add_topology(const char *path, const topology *t, network_data *network,
                                int32_t *index, dcat_error *err)
{
    network->counts = t->counts;
    dcat_status status = add_nodes(t, network, index, err);
    if (status == DCAT_OK && network->nodes.count == 0) {
        status = dcat_fail(err, DCAT_ERR_FORMAT,
                           "%s: must have a graph with at least one node that has a Longitude and "
                           "a Latitude",
                           path);
    }
    for (size_t l = 0; status == DCAT_OK && l < t->link_count; l++) {
        const topology_link *link = &t->links[l];
        if (topology_is_kept(t, link)) {
            status = network_add_link(
                network, (dcat_link){index[link->source], index[link->target], NAN, link->rate_bps},
                err);
        }
    }
    return status;
}

dcat_status network_read_gml(input *in, network_data *network, dcat_error *err)
{
    char *text;
    size_t size;
    topology t = {0};
    dcat_status status = input_read_all(in, GML_BYTES_MAX, &text, &size, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = topology_read_gml(in->path, &text, &size, false, &t, err);
    if (status == DCAT_OK) {
        status = topology_settle(&t, err);
    }
    if (status == DCAT_OK) {
        int32_t *index = calloc(t.node_count + 1, sizeof *index);
        status = index != NULL ? add_topology(in->path, &t, network, index, err)
                               : dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", in->path);
        free(index);
    }
    topology_free(&t);
    free(text);
    return status;
}
