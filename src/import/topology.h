// SPDX-License-Identifier: Apache-2.0
// topology.h - the nodes and links that a GML text describes, as written there.

#ifndef DCAT_IMPORT_TOPOLOGY_H
#define DCAT_IMPORT_TOPOLOGY_H

#include "dcat/error.h"
#include "dcat/world.h"
#include <stdbool.h>
#include <stddef.h>

#define TOPOLOGY_LABEL_BYTES 128

typedef struct topology_node {
    char label[TOPOLOGY_LABEL_BYTES]; // one line of UTF-8; "node7" after its id when the file has
                                      // none
    dcat_site site;                   // NAN where the file has none
} topology_node;

typedef struct topology_link {
    int source, target; // indices of nodes
    double rate_bps;    // NAN when the file has none
} topology_link;

typedef struct topology {
    topology_node *nodes; // [node_count] in the order of the file
    size_t node_count;
    topology_link *links; // [link_count] in the order of the file
    size_t link_count;
    char label[TOPOLOGY_LABEL_BYTES]; // of the graph; "" for none
    char date[TOPOLOGY_LABEL_BYTES];
    bool from_zoo; // made by the tools of the Internet Topology Zoo
} topology;

// Read GML from memory. Labels may be Latin-1 or hold anything: what is no plain text in them
// becomes
// '?'. On success the caller frees with topology_free. Errors: as gml_graph_read.
dcat_status topology_read(const char *path, const char *text, size_t size, topology *read,
                          dcat_error *err);
void topology_free(topology *t);

static inline bool topology_is_placed(const topology_node *node)
{
    return node->site.x == node->site.x && node->site.y == node->site.y; // neither is NAN
}

#endif
