// SPDX-License-Identifier: Apache-2.0
// units.h (internal) - prices and devices of a server in agent.yaml.

#ifndef DCAT_EXCHANGE_BACKEND_UNITS_H
#define DCAT_EXCHANGE_BACKEND_UNITS_H

#include "exchange/backend/config.h"
#include "file/yaml_tree.h"

// formula, {amount, per} or {exec, per}. Errors: as of agent_config_load.
dcat_status agent_price_read(const tree_node *node, const char *path, agent_price *price,
                             dcat_error *err);

typedef struct agent_unit_nodes {
    const tree_node *server, *units, *tariff, *bars; // all but the first nullable
} agent_unit_nodes;
// Units, tariffs and barred classes of a server whose own keys are read.
dcat_status agent_units_read(const agent_unit_nodes *nodes, const char *path, agent_server *server,
                             dcat_error *err);

#endif
