// SPDX-License-Identifier: Apache-2.0
// A GML file from memory.

#include "scenario/read/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_network(const network_data *network)
{
    size_t node_count = network->nodes.count;
    require(node_count > 0);
    for (size_t i = 0; i < node_count; i++) {
        require(fabs(network->sites[i].x) <= 180.0 && fabs(network->sites[i].y) <= 90.0);
        const char *name = names_at(&network->nodes, i);
        require(name[0] != '\0' && names_find(&network->nodes, name, strlen(name)) == i);
    }
    for (size_t i = 0; i < network->link_count; i++) {
        const dcat_link *link = &network->links[i];
        require((size_t)link->node_a < node_count && (size_t)link->node_b < node_count);
        require(link->node_a != link->node_b && !(link->rate_bps <= 0.0));
    }
    int32_t *group;
    require(network_groups(network, &group, NULL) == DCAT_OK);
    free(group);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in;
    network_data network = {0};
    dcat_error err = {0};
    input_memory(&in, "fuzz.gml", (const char *)data, size);
    dcat_status status = network_read_gml(&in, &network, &err);
    if (status == DCAT_OK) {
        check_network(&network);
    } else {
        require(err.status == status && dcat_status_is_user_error(status));
        require(strncmp(err.message, "fuzz.gml:", 9) == 0);
    }
    network_data_free(&network);
    input_close(&in, NULL);
    return 0;
}
