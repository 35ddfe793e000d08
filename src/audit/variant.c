// SPDX-License-Identifier: Apache-2.0
// A world as it is, or as somebody says it is.

#include "audit/audit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The server as reported: faster or slower, at the unit cost that it would have anyway. Only the
// product of the unit cost and the speed is kept, as a cost of time.
static void change_server(const dcat_world *world, const audit_change *change, size_t i,
                          dcat_server *server)
{
    double speed_factor = change->speed_factor != NULL ? change->speed_factor[i] : 1.0;
    double cost_factor = change->cost_factor != NULL ? change->cost_factor[i] : 1.0;
    if (speed_factor == 1.0 && cost_factor == 1.0) {
        return;
    }
    server->speed_hz *= speed_factor;
    server->energy_cost = 0.0;
    server->time_cost_per_s = dcat_world_unit_cost_view(world)[i] * cost_factor * server->speed_hz;
}

dcat_status audit_world_variant(const dcat_world *world, const audit_change *change,
                                dcat_world **variant, dcat_error *err)
{
    size_t server_count = dcat_world_server_count(world);
    dcat_server *servers = malloc(sizeof *servers * server_count);
    if (servers == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a variant of the world");
    }
    memcpy(servers, dcat_world_servers_view(world), sizeof *servers * server_count);
    dcat_world_config config = *dcat_world_config_view(world);
    dcat_resources *said = NULL;
    dcat_status status = DCAT_OK;
    if (config.resources != NULL) { // then all that servers can do is there
        status = dcat_resources_said(config.resources, change->speed_factor, change->cost_factor,
                                     change->lie, &said, err);
        config.resources = said;
    }
    for (size_t i = 0; i < server_count && config.resources == NULL; i++) {
        change_server(world, change, i, &servers[i]);
    }
    if (isfinite(change->handicap)) {
        config.market.handicap_per_gigacycle_s = change->handicap;
    }
    if (change->no_ceiling) {
        config.auction.ceiling_per_cycle = INFINITY;
    }
    // The same seed draws the same link rates.
    if (status == DCAT_OK) {
        status =
            dcat_world_create(&config, servers, server_count, dcat_world_areas_view(world),
                              dcat_world_area_count(world), dcat_world_seed(world), variant, err);
    }
    dcat_resources_destroy(said);
    free(servers);
    return status;
}
