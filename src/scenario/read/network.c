// SPDX-License-Identifier: Apache-2.0
#include "scenario/read/network.h"

#include "base/array_room.h"
#include "file/csv_table.h"
#include "scenario/read/position.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void network_data_free(network_data *network)
{
    names_free(&network->nodes);
    free(network->sites);
    free(network->links);
    free(network->path);
    *network = (network_data){0};
}

dcat_status network_add_node(network_data *network, const char *name, size_t length, dcat_site site,
                             bool *added, dcat_error *err)
{
    size_t index;
    dcat_status status = names_add(&network->nodes, name, length, &index, added, err);
    if (status != DCAT_OK || !*added) {
        return status;
    }
    status = array_room(&network->sites, &network->site_capacity, network->nodes.count,
                        sizeof *network->sites, err);
    if (status == DCAT_OK) {
        network->sites[index] = site;
    }
    return status;
}

dcat_status network_add_link(network_data *network, dcat_link link, dcat_error *err)
{
    dcat_status status = array_room(&network->links, &network->link_capacity,
                                    network->link_count + 1, sizeof *network->links, err);
    if (status == DCAT_OK) {
        network->links[network->link_count++] = link;
    }
    return status;
}

// --- nodes.csv

enum { NODE_NAME, NODE_POSITION };

dcat_status network_read_nodes(input *in, dcat_geometry geometry, network_data *network,
                               dcat_error *err)
{
    table_column columns[NODE_POSITION + POSITION_COLUMNS] = {
        [NODE_NAME] = {"name", COLUMN_NAME, true, POSITION_ANY},
    };
    position_columns(geometry, true, columns + NODE_POSITION);
    table *t;
    dcat_status status = table_open(in, columns, sizeof columns / sizeof *columns, NULL, &t, err);
    while (table_each(t, &status, err)) {
        const table_cell *name = table_cell_at(t, NODE_NAME);
        bool added = true;
        status = network_add_node(network, name->text, name->length,
                                  position_site(t, NODE_POSITION, geometry), &added, err);
        if (status == DCAT_OK && !added) {
            status = table_fail(t, err, DCAT_ERR_FIELD, NODE_NAME, "must be unique, got %s again",
                                TEXT_SHOW(name->text, name->length));
        }
    }
    if (status == DCAT_OK && network->nodes.count == 0) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s: must have at least one node", in->path);
    }
    table_close(t);
    return status;
}

// --- links.csv

enum { LINK_FROM, LINK_TO, LINK_LENGTH, LINK_RATE, LINK_COLUMNS };

static const table_column link_columns[LINK_COLUMNS] = {
    [LINK_FROM] = {"from", COLUMN_NAME, true, POSITION_ANY},
    [LINK_TO] = {"to", COLUMN_NAME, true, POSITION_ANY},
    [LINK_LENGTH] = {"length_km", COLUMN_NUMBER, false, {0.0, 1e6, false, false}},
    [LINK_RATE] = {"rate_mbps", COLUMN_NUMBER, false, {0.0, 1e12, true, false}},
};

static dcat_status take_link(const table *t, network_data *network, dcat_error *err)
{
    int node[2];
    for (int end = 0; end < 2; end++) {
        dcat_status status =
            position_find_node(t, LINK_FROM + (size_t)end, network, &node[end], err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    if (node[0] == node[1]) {
        return table_fail(
            t, err, DCAT_ERR_RANGE, LINK_TO, "must differ from `from`, got %s",
            TEXT_SHOW(table_cell_at(t, LINK_TO)->text, table_cell_at(t, LINK_TO)->length));
    }
    const table_cell *length_km = table_cell_at(t, LINK_LENGTH);
    const table_cell *rate_mbps = table_cell_at(t, LINK_RATE);
    dcat_link link = {
        .node_a = node[0],
        .node_b = node[1],
        .length_m = length_km->given ? length_km->number * 1e3 : NAN,
        .rate_bps = rate_mbps->given ? rate_mbps->number * 1e6 : NAN,
    };
    return network_add_link(network, link, err);
}

dcat_status network_read_links(input *in, network_data *network, dcat_error *err)
{
    table *t;
    dcat_status status = table_open(in, link_columns, LINK_COLUMNS, NULL, &t, err);
    while (table_each(t, &status, err)) {
        status = take_link(t, network, err);
    }
    table_close(t);
    return status;
}

// --- Connection

static int32_t find_root(int32_t *parent, int32_t node)
{
    while (parent[node] != node) {
        parent[node] = parent[parent[node]]; // shorten the way for the next search
        node = parent[node];
    }
    return node;
}

dcat_status network_groups(const network_data *network, int32_t **group, dcat_error *err)
{
    size_t count = network->nodes.count;
    int32_t *parent = malloc(sizeof *parent * (count == 0 ? 1 : count));
    if (parent == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu nodes", count);
    }
    for (size_t i = 0; i < count; i++) {
        parent[i] = (int32_t)i;
    }
    for (size_t i = 0; i < network->link_count; i++) {
        int32_t a = find_root(parent, network->links[i].node_a);
        int32_t b = find_root(parent, network->links[i].node_b);
        parent[a > b ? a : b] = a > b ? b : a;
    }
    for (size_t i = 0; i < count; i++) {
        parent[i] = find_root(parent, (int32_t)i);
    }
    *group = parent;
    return DCAT_OK;
}
