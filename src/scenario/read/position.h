// SPDX-License-Identifier: Apache-2.0
// position.h - the columns that say where something is: a position, a node, or both.

#ifndef DCAT_SCENARIO_READ_POSITION_H
#define DCAT_SCENARIO_READ_POSITION_H

#include "file/csv_table.h"
#include "scenario/read/network.h"
#include <math.h>

#define POSITION_COLUMNS 2
#define POSITION_ANY                                                                               \
    {                                                                                              \
        -INFINITY, INFINITY, false, false                                                          \
    }

// Fill two columns: x_km and y_km on a plane, lon_deg and lat_deg on the Earth.
void position_columns(dcat_geometry geometry, bool required, table_column *columns);

// The site of the current row; both cells must be given.
dcat_site position_site(const table *t, size_t first_column, dcat_geometry geometry);

// The node a cell names. Errors: ERR_REFERENCE with the nearest name.
dcat_status position_find_node(const table *t, size_t column, const network_data *network,
                               int *node, dcat_error *err);

// Site and node of a server or area. node_column comes right behind the two of the position.
// Choice: a graph network needs the node, and its position is the default of the row's own; without
// a graph the position is needed and a node is looked up only when nodes are known.
typedef struct placing {
    dcat_geometry geometry;
    bool graph;                  // network.kind
    const network_data *network; // without nodes when none were read
} placing;
dcat_status position_read(const table *t, size_t first_column, const placing *place,
                          dcat_site *site, int *node, dcat_error *err);

#endif
