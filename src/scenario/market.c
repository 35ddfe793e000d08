// SPDX-License-Identifier: Apache-2.0
// What an exchange has of a scenario's files: network, devices, classes and areas.
#include "scenario/object.h"

#include <stdlib.h>
#include <string.h>

// Choice: all nodes must be connected. A server that registers at one that no area reaches would
// keep all others from their next cycle.
static dcat_status check_whole(const dcat_scenario *s, dcat_error *err)
{
    if (s->values->network.kind != DCAT_NETWORK_GRAPH) {
        return DCAT_OK;
    }
    int32_t *group = NULL;
    dcat_status status = network_groups(&s->network, &group, err);
    for (size_t n = 1; status == DCAT_OK && n < s->network.nodes.count; n++) {
        if (group[n] != group[0]) {
            const char *a = names_at(&s->network.nodes, 0), *b = names_at(&s->network.nodes, n);
            status = dcat_fail(err, DCAT_ERR_REFERENCE,
                               "%s: no links connect node %s with %s: in an exchange all nodes "
                               "must be connected",
                               s->links_path, TEXT_SHOW(a, strlen(a)), TEXT_SHOW(b, strlen(b)));
        }
    }
    free(group);
    return status;
}

dcat_status scenario_read_market(dcat_scenario *s, dcat_error *err)
{
    dcat_status status = scenario_read_network(s, err);
    if (status == DCAT_OK) {
        status = check_whole(s, err);
    }
    if (status == DCAT_OK) {
        status = scenario_read_resources(s, err);
    }
    return status == DCAT_OK ? scenario_read_areas(s, err) : status;
}

bool dcat_scenario_market_resources(const dcat_scenario *scenario, dcat_resources_config *resources)
{
    const resource_data *r = &scenario->resources;
    *resources =
        (dcat_resources_config){DCAT_SIZED(dcat_resources_config),     .devices = r->devices,
                                .device_count = r->device_names.count, .classes = r->classes,
                                .class_count = r->class_names.count,   .efficiency = r->efficiency};
    return r->class_names.count > 0;
}
