// SPDX-License-Identifier: Apache-2.0
// topology.h - the nodes and links that a GML text describes, as written there.

#ifndef DCAT_IMPORT_TOPOLOGY_H
#define DCAT_IMPORT_TOPOLOGY_H

#include "dcat/error.h"
#include "dcat/world.h"
#include <stddef.h>
#include <stdint.h>

#define TOPOLOGY_LABEL_BYTES 128

typedef struct topology_node {
    int64_t id;
    char label[TOPOLOGY_LABEL_BYTES]; // one line of UTF-8; "node7" after its id when the file has
                                      // none
    dcat_site site;                   // NAN where the file has none
    size_t line;
} topology_node;

typedef struct topology_link {
    int64_t source_id, target_id;
    int source, target; // indices of nodes
    double rate_bps;    // NAN when the file has none
    size_t line;
} topology_link;

typedef struct topology {
    topology_node *nodes; // [node_count] in the order of the file
    size_t node_count, node_capacity;
    topology_link *links; // [link_count] in the order of the file
    size_t link_count, link_capacity;
    char label[TOPOLOGY_LABEL_BYTES]; // of the graph; "" for none
    char date[TOPOLOGY_LABEL_BYTES];
    bool from_zoo; // made by the tools of the Internet Topology Zoo
} topology;

// Read GML from memory. Keys that we have no use for are passed over. On success the caller frees
// with topology_free. Errors: ERR_FORMAT, ERR_RANGE (coordinates), ERR_REFERENCE (a link to a node
// that is not there), ERR_MEMORY.
dcat_status topology_read(const char *path, const char *text, size_t size, topology *read,
                          dcat_error *err);
void topology_free(topology *t);

static inline bool topology_is_placed(const topology_node *node)
{
    return node->site.x == node->site.x && node->site.y == node->site.y; // neither is NAN
}

#endif
