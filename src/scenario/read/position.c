// SPDX-License-Identifier: Apache-2.0
#include "scenario/read/position.h"

#include <string.h>

#define COORDINATE_KM_MAX 1e6

void position_columns(dcat_geometry geometry, bool required, table_column *columns)
{
    bool plane = geometry == DCAT_PLANE;
    double limit[2] = {plane ? COORDINATE_KM_MAX : 180.0, plane ? COORDINATE_KM_MAX : 90.0};
    const char *name[2] = {plane ? "x_km" : "lon_deg", plane ? "y_km" : "lat_deg"};
    for (int i = 0; i < 2; i++) {
        columns[i] = (table_column){
            .name = name[i],
            .kind = COLUMN_NUMBER,
            .required = required,
            .bound = {-limit[i], limit[i], false, false},
        };
    }
}

dcat_site position_site(const table *t, size_t first_column, dcat_geometry geometry)
{
    double unit = geometry == DCAT_PLANE ? 1e3 : 1.0;
    return (dcat_site){
        .x = table_cell_at(t, first_column)->number * unit,
        .y = table_cell_at(t, first_column + 1)->number * unit,
    };
}

dcat_status position_find_node(const table *t, size_t column, const network_data *network,
                               int *node, dcat_error *err)
{
    const table_cell *cell = table_cell_at(t, column);
    size_t found = names_find(&network->nodes, cell->text, cell->length);
    if (found == NAMES_NONE) {
        const char *nearest = names_nearest(&network->nodes, cell->text);
        return table_fail(t, err, DCAT_ERR_REFERENCE, (int)column,
                          "must be a node of %s, got %s%s%s%s", network->path,
                          TEXT_SHOW(cell->text, cell->length),
                          nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                          nearest == NULL ? "" : "?");
    }
    *node = (int)found;
    return DCAT_OK;
}

dcat_status position_read(const table *t, size_t first_column, const placing *place,
                          dcat_site *site, int *node, dcat_error *err)
{
    const table_cell *x = table_cell_at(t, first_column);
    const table_cell *y = table_cell_at(t, first_column + 1);
    size_t node_column = first_column + 2;
    bool has_node = table_cell_at(t, node_column)->given;
    if (x->given != y->given) {
        return table_fail(t, err, DCAT_ERR_FIELD, (int)(x->given ? first_column + 1 : first_column),
                          "must be given when the other coordinate is");
    }
    if (place->graph && !has_node) {
        return table_fail(t, err, DCAT_ERR_FIELD, (int)node_column,
                          "must be given: the network is a graph");
    }
    *node = -1;
    if (has_node && place->network->nodes.count > 0) {
        dcat_status status = position_find_node(t, node_column, place->network, node, err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    if (!x->given && *node < 0) {
        return table_fail(t, err, DCAT_ERR_FIELD, (int)first_column, "must be given");
    }
    *site =
        x->given ? position_site(t, first_column, place->geometry) : place->network->sites[*node];
    return DCAT_OK;
}
