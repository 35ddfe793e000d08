// SPDX-License-Identifier: Apache-2.0
// topology.h - the network that a foreign file describes, made fit for our tables.
//
// Readers of formats fill nodes and links as they are written there; topology_settle decides what
// becomes of nodes without coordinates and gives every node a name of its own. Scenarios and
// importers go the same way, so that a file means the same to both.

#ifndef DCAT_FILE_NET_TOPOLOGY_H
#define DCAT_FILE_NET_TOPOLOGY_H

#include "dcat/error.h"
#include "file/foreign/encoding.h"
#include <stdbool.h>
#include <stddef.h>

#define TOPOLOGY_NAME_MAX 200 // bytes
#define TOPOLOGY_LABEL_BYTES (TOPOLOGY_NAME_MAX + 1)

typedef struct topology_node {
    char label[TOPOLOGY_LABEL_BYTES]; // a name; "node7" after its id when the file has none
    double longitude, latitude;       // degrees; NAN where the file has none
    bool junction;                    // placed by topology_settle
    bool dropped;                     // by topology_settle
} topology_node;

typedef struct topology_link {
    int source, target; // indices of nodes
    double rate_bps;    // NAN when the file has none
} topology_link;

// What was found and done.
typedef struct topology_counts {
    encoding_count encoding; // lines that were not UTF-8
    int label_tidied_count;  // blanks around them, line ends in them
    int label_cut_count;     // longer than TOPOLOGY_NAME_MAX
    int label_missing_count; // none, or blanks only
    int rate_unusable_count; // no number, or below 0: as if there were none
    int node_junction_count; // without coordinates, between others: kept
    int node_dropped_count;  // without coordinates otherwise
    int node_renamed_count;  // the name was taken
    int link_dropped_count;  // to a dropped node
    int link_loop_count;     // from a node to itself: dropped
    int link_parallel_count; // kept, and between two nodes that a link before joins already
} topology_counts;

typedef struct topology {
    topology_node *nodes; // [node_count] in the order of the file
    size_t node_count, node_capacity;
    topology_link *links; // [link_count] in the order of the file
    size_t link_count, link_capacity;
    char label[TOPOLOGY_LABEL_BYTES]; // of the network; "" for none
    char date[TOPOLOGY_LABEL_BYTES];
    bool from_zoo; // made by the tools of the Internet Topology Zoo
    topology_counts counts;
} topology;

void topology_free(topology *t);

static inline bool topology_is_placed(const topology_node *node)
{
    return node->longitude == node->longitude && node->latitude == node->latitude; // not NAN
}

// Whether a link goes into the tables; after topology_settle.
static inline bool topology_is_kept(const topology *t, const topology_link *link)
{
    return link->source != link->target && !t->nodes[link->source].dropped &&
           !t->nodes[link->target].dropped;
}

// Read GML from memory; the text may be replaced (encoding.h) and stays the caller's.
//   any_rate   a rate that is no number or below 0 is counted; otherwise it is refused
// On success free with topology_free. Errors: as gml_graph_read.
dcat_status topology_read_gml(const char *path, char **text, size_t *size, bool any_rate,
                              topology *read, dcat_error *err);

// Keep or drop the nodes without coordinates, and number equal names.
//
// Choice: a node without coordinates that joins others stays, as a junction: rings, hubs and
// crossings are drawn so, and without them networks fall apart. It is put at the mean of its
// neighbours, again and again until all are at rest (the harmonic positions, on the sphere). One
// that joins nothing - it hangs on at most one node, directly or through others like it - stands
// for the rest of the world and is dropped. Errors: ERR_MEMORY.
dcat_status topology_settle(topology *t, dcat_error *err);

// The part of topology_settle that is about places.
dcat_status topology_place_junctions(topology *t, dcat_error *err);

#endif
