// SPDX-License-Identifier: Apache-2.0
#include "file/net/topology.h"

#include "base/array_room.h"
#include "file/text_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void topology_free(topology *t)
{
    free(t->nodes);
    free(t->links);
    *t = (topology){0};
}

// --- Names

// Names that were asked for, and the highest number tried behind each.
typedef struct asked_names {
    names asked, given;
    int *tries; // [asked.count]
    size_t capacity;
} asked_names;

// Puts a number behind a label, which loses its end where both together would be too long.
static void number_label(topology_node *node, size_t length, int number)
{
    char text[16];
    size_t digits = (size_t)snprintf(text, sizeof text, "#%d", number);
    if (length + digits > TOPOLOGY_NAME_MAX) {
        for (length = TOPOLOGY_NAME_MAX - digits; length > 0; length--) {
            if (((unsigned char)node->label[length] & 0xc0) != 0x80) {
                break; // not within a character of UTF-8
            }
        }
    }
    memcpy(node->label + length, text, digits + 1);
}

// Give a node a name of its own: the label, with a number behind it when it is taken.
static dcat_status name_node(asked_names *a, topology_node *node, bool *renamed, dcat_error *err)
{
    size_t length = strlen(node->label);
    size_t index, place;
    bool first, added = false;
    dcat_status status = names_add(&a->asked, node->label, length, &index, &first, err);
    if (status == DCAT_OK) {
        status = array_room(&a->tries, &a->capacity, a->asked.count, sizeof *a->tries, err);
    }
    if (status == DCAT_OK && first) {
        a->tries[index] = 1;
    }
    if (status == DCAT_OK) {
        status = names_add(&a->given, node->label, length, &place, &added, err);
    }
    *renamed = status == DCAT_OK && !added;
    while (status == DCAT_OK && !added) {
        number_label(node, length, ++a->tries[index]);
        status = names_add(&a->given, node->label, strlen(node->label), &place, &added, err);
    }
    return status;
}

static dcat_status name_nodes(topology *t, dcat_error *err)
{
    asked_names a = {0};
    dcat_status status = DCAT_OK;
    for (size_t n = 0; status == DCAT_OK && n < t->node_count; n++) {
        bool renamed = false;
        if (!t->nodes[n].dropped) {
            status = name_node(&a, &t->nodes[n], &renamed, err);
        }
        t->counts.node_renamed_count += renamed;
    }
    names_free(&a.asked);
    names_free(&a.given);
    free(a.tries);
    return status;
}

// --- Links

static int compare_pairs(const void *a, const void *b)
{
    return memcmp(a, b, 2 * sizeof(int));
}

// How many kept links join two nodes that another one joins already.
static dcat_status count_parallel(topology *t, dcat_error *err)
{
    int(*pair)[2] = calloc(t->link_count + 1, sizeof *pair);
    if (pair == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu links", t->link_count);
    }
    size_t count = 0;
    for (size_t l = 0; l < t->link_count; l++) {
        const topology_link *link = &t->links[l];
        if (topology_is_kept(t, link)) {
            bool up = link->source < link->target;
            pair[count][0] = up ? link->source : link->target;
            pair[count++][1] = up ? link->target : link->source;
        }
    }
    qsort(pair, count, sizeof *pair, compare_pairs);
    for (size_t i = 1; i < count; i++) {
        t->counts.link_parallel_count += compare_pairs(pair[i - 1], pair[i]) == 0;
    }
    free(pair);
    return DCAT_OK;
}

dcat_status topology_settle(topology *t, dcat_error *err)
{
    dcat_status status = topology_place_junctions(t, err);
    if (status == DCAT_OK) {
        status = name_nodes(t, err);
    }
    for (size_t l = 0; status == DCAT_OK && l < t->link_count; l++) {
        const topology_link *link = &t->links[l];
        t->counts.link_loop_count += link->source == link->target;
        t->counts.link_dropped_count += link->source != link->target && !topology_is_kept(t, link);
    }
    return status == DCAT_OK ? count_parallel(t, err) : status;
}
