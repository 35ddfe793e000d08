// SPDX-License-Identifier: Apache-2.0
// GraphML and SNDlib from memory: whatever the bytes, a network is refused with a message or is
// consistent.

#include "file/text.h"
#include "import/net/reader.h"

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

static void check_topology(topology *t)
{
    require(topology_settle(t, NULL) == DCAT_OK);
    for (size_t n = 0; n < t->node_count; n++) {
        const topology_node *node = &t->nodes[n];
        size_t length = strnlen(node->label, sizeof node->label);
        require(length > 0 && length < sizeof node->label && text_is_line(node->label, length));
        require(node->dropped || topology_is_placed(node));
        require(!topology_is_placed(node) ||
                (fabs(node->latitude) <= 90.0 && fabs(node->longitude) <= 180.0));
    }
    for (size_t l = 0; l < t->link_count; l++) {
        require((size_t)t->links[l].source < t->node_count);
        require((size_t)t->links[l].target < t->node_count);
        require(isnan(t->links[l].rate_bps) || t->links[l].rate_bps > 0.0);
    }
}

static void try_format(const char *text, size_t size, bool graphml)
{
    topology t = {0};
    net_reader reader = {.path = "net", .topology = &t};
    dcat_error err = {0};
    dcat_status status = graphml ? net_read_graphml(&reader, text, size, &err)
                                 : net_read_sndlib(&reader, text, size, &err);
    if (status == DCAT_OK) {
        check_topology(&t);
        for (size_t d = 0; d < reader.demand_count; d++) {
            require(reader.demands[d].amount >= 0.0);
        }
    } else {
        require(err.status == status && dcat_status_is_user_error(status));
        require(strncmp(err.message, "net", 3) == 0);
    }
    net_reader_free(&reader);
    topology_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1);
    require(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    size_t bad;
    try_format(text, size, true);
    if (net_is_xml(text, size) || text_is_utf8(text, size, &bad)) { // native text is recoded first
        try_format(text, size, false);
    }
    free(text);
    return 0;
}
