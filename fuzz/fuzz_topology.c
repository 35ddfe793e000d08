// SPDX-License-Identifier: Apache-2.0
// GML from memory: whatever the bytes, a topology is refused with a message or is consistent.

#include "file/net/topology.h"
#include "file/text.h"

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

static void check_node(const topology_node *node)
{
    size_t length = strnlen(node->label, sizeof node->label);
    require(length > 0 && length < sizeof node->label && text_is_line(node->label, length));
    require(node->label[0] != ' ' && node->label[length - 1] != ' ');
    require(!topology_is_placed(node) ||
            (fabs(node->latitude) <= 90.0 && fabs(node->longitude) <= 180.0));
    require(node->dropped || topology_is_placed(node));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    topology t;
    dcat_error err = {0};
    char *text = malloc(size + 1);
    require(text != NULL);
    memcpy(text, data, size);
    dcat_status status = topology_read_gml("net.gml", &text, &size, true, &t, &err);
    free(text);
    if (status != DCAT_OK) {
        require(err.status == status && dcat_status_is_user_error(status));
        require(strncmp(err.message, "net.gml", 7) == 0);
        return 0;
    }
    require(topology_settle(&t, NULL) == DCAT_OK);
    for (size_t n = 0; n < t.node_count; n++) {
        check_node(&t.nodes[n]);
    }
    for (size_t l = 0; l < t.link_count; l++) {
        const topology_link *link = &t.links[l];
        require(link->source >= 0 && (size_t)link->source < t.node_count);
        require(link->target >= 0 && (size_t)link->target < t.node_count);
        require(isnan(link->rate_bps) || link->rate_bps > 0.0);
    }
    topology_free(&t);
    return 0;
}
