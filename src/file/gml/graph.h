// SPDX-License-Identifier: Apache-2.0
// graph.h - nodes and edges of a GML file as the Internet Topology Zoo publishes them.

#ifndef DCAT_FILE_GML_GRAPH_H
#define DCAT_FILE_GML_GRAPH_H

#include "file/gml/gml.h"
#include <stdbool.h>

// An id as it stands in the file, a number or a text.
typedef struct gml_ref {
    const char *text;
    size_t length;
    double number; // NAN when it is a text
} gml_ref;

// What ids are compared by: digits when text is NULL.
typedef struct gml_id_text {
    const char *text;
    size_t length;
    char digits[24];
} gml_id_text;
gml_id_text gml_id(const gml_ref *ref);

// Labels are as they stand in the file, of kind GML_END where there is none.
typedef struct gml_node {
    gml_ref id;
    gml_pair label;
    double longitude, latitude; // NAN when the file lacks one of them
    size_t line;
} gml_node;

typedef struct gml_edge {
    gml_ref end[2];  // ids of its source and target
    size_t node[2];  // indices of these nodes
    double rate_bps; // NAN when the file has none; 0 says nothing, like a missing one
    size_t line;
} gml_edge;

typedef struct gml_graph {
    gml_node *nodes; // [node_count] in the order of the file
    size_t node_count, node_capacity;
    gml_edge *edges; // [edge_count] in the order of the file
    size_t edge_count, edge_capacity;
    gml_pair label, date; // of the network
    bool from_zoo;        // made by the tools of the Topology Zoo
    int rate_unusable_count;
} gml_graph;

// Read text [size], which the labels borrow. Keys that we have no use for are passed over.
// any_rate: a rate that is no number or below 0 is counted and says nothing either; without it such
// a rate is refused. On success free with gml_graph_free. Errors: ERR_FORMAT, ERR_FIELD, ERR_RANGE,
// ERR_REFERENCE (an edge to a node that is not there), ERR_MEMORY.
dcat_status gml_graph_read(const char *path, const char *text, size_t size, bool any_rate,
                           gml_graph *graph, dcat_error *err);
void gml_graph_free(gml_graph *graph);

// "PATH:LINE: KEY: WHAT, got GOT", without the end when length is 0.
dcat_status gml_fail(const char *path, size_t line, dcat_error *err, dcat_status status,
                     const char *key, const char *what, const char *got, size_t length);

#endif
