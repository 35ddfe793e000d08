// SPDX-License-Identifier: Apache-2.0
// network.h - nodes and links of a graph network, from CSV or GML.

#ifndef DCAT_SCENARIO_READ_NETWORK_H
#define DCAT_SCENARIO_READ_NETWORK_H

#include "dcat/world.h"
#include "file/net/topology.h"
#include "file/read_source.h"
#include "file/text_names.h"

// All zero is no network.
typedef struct network_data {
    names nodes;
    dcat_site *sites; // [nodes.count]
    size_t site_capacity;
    dcat_link *links; // [link_count]
    size_t link_count, link_capacity;
    char *path;             // of the nodes, as messages name it
    topology_counts counts; // of a GML file
} network_data;

void network_data_free(network_data *network);

// nodes.csv: name and position. Errors: as of tables (csv_table.h), ERR_FIELD for a duplicate name.
dcat_status network_read_nodes(input *in, dcat_geometry geometry, network_data *network,
                               dcat_error *err);
// links.csv, after the nodes. Errors: also ERR_REFERENCE for an unknown node.
dcat_status network_read_links(input *in, network_data *network, dcat_error *err);
// A GML file of the Internet Topology Zoo; see docs/formats.md.
dcat_status network_read_gml(input *in, network_data *network, dcat_error *err);

// Add one node or link. Errors: ERR_MEMORY.
dcat_status network_add_node(network_data *network, const char *name, size_t length, dcat_site site,
                             bool *added, dcat_error *err);
dcat_status network_add_link(network_data *network, dcat_link link, dcat_error *err);

// Group of connected nodes each node is in: group [nodes.count], numbered by any member.
// Errors: ERR_MEMORY.
dcat_status network_groups(const network_data *network, int32_t **group, dcat_error *err);

#endif
