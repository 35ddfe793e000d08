// SPDX-License-Identifier: Apache-2.0
#include "import/net/reader.h"

#include "base/array_room.h"
#include "file/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void net_reader_free(net_reader *r)
{
    names_free(&r->ids);
    free(r->demands);
    r->demands = NULL;
}

dcat_status net_fail(const net_reader *r, size_t line, dcat_status status, const char *what,
                     const char *rule, const char *got, dcat_error *err)
{
    return dcat_fail(err, status, "%s:%zu: %s: %s%s%s", r->path, line, what, rule,
                     got == NULL ? "" : ", got ",
                     got == NULL      ? ""
                     : got[0] == '\0' ? "nothing"
                                      : TEXT_SHOW(got, strlen(got)));
}

dcat_status net_number(const net_reader *r, size_t line, const char *what, const char *text,
                       double min, double max, double *number, dcat_error *err)
{
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", *text) != NULL) {
        text++;
        length--;
    }
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL) {
        length--;
    }
    const char *rule = text_number(text, length, number);
    if (rule != NULL) {
        return net_fail(r, line, DCAT_ERR_FORMAT, what, rule, text, err);
    }
    if (!(*number >= min && *number <= max)) {
        char range[80];
        snprintf(range, sizeof range, "must be in [%g, %g]", min, max);
        return net_fail(r, line, DCAT_ERR_RANGE, what, range, text, err);
    }
    return DCAT_OK;
}

dcat_status net_add_node(net_reader *r, size_t line, const char *id, const char *label,
                         double longitude, double latitude, dcat_error *err)
{
    topology *t = r->topology;
    size_t index;
    bool added;
    if (id[0] == '\0') {
        return net_fail(r, line, DCAT_ERR_FIELD, "node", "must have an id", NULL, err);
    }
    dcat_status status = names_add(&r->ids, id, strlen(id), &index, &added, err);
    if (status == DCAT_OK && !added) {
        return net_fail(r, line, DCAT_ERR_FIELD, "id", "must be unique", id, err);
    }
    if (status == DCAT_OK) {
        status = array_room(&t->nodes, &t->node_capacity, t->node_count + 1, sizeof *t->nodes, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    topology_node *node = &t->nodes[t->node_count++];
    bool placed = longitude == longitude && latitude == latitude;
    *node = (topology_node){.longitude = placed ? longitude : (double)NAN,
                            .latitude = placed ? latitude : (double)NAN};
    name_changes changes;
    size_t length = name_tidy(label, strlen(label), node->label, TOPOLOGY_NAME_MAX, &changes);
    t->counts.label_tidied_count += changes.tidied;
    t->counts.label_cut_count += changes.cut;
    if (length == 0) {
        char name[TOPOLOGY_LABEL_BYTES];
        snprintf(name, sizeof name, "node%.100s", id);
        name_tidy(name, strlen(name), node->label, TOPOLOGY_NAME_MAX, &changes);
        t->counts.label_missing_count++;
    }
    return DCAT_OK;
}

dcat_status net_find_node(const net_reader *r, size_t line, const char *what, const char *id,
                          int *node, dcat_error *err)
{
    size_t index = names_find(&r->ids, id, strlen(id));
    *node = (int)index;
    return index != NAMES_NONE
               ? DCAT_OK
               : net_fail(r, line, DCAT_ERR_REFERENCE, what, "must be the id of a node", id, err);
}

dcat_status net_add_link(net_reader *r, size_t line, const char *source, const char *target,
                         double rate_bps, dcat_error *err)
{
    topology *t = r->topology;
    topology_link link = {.rate_bps = rate_bps};
    dcat_status status = net_find_node(r, line, "source", source, &link.source, err);
    if (status == DCAT_OK) {
        status = net_find_node(r, line, "target", target, &link.target, err);
    }
    if (status == DCAT_OK) {
        status = array_room(&t->links, &t->link_capacity, t->link_count + 1, sizeof *t->links, err);
    }
    if (status == DCAT_OK) {
        t->links[t->link_count++] = link;
    }
    return status;
}

dcat_status net_add_demand(net_reader *r, size_t line, const char *source, const char *target,
                           double amount, dcat_error *err)
{
    net_demand demand = {.amount = amount};
    dcat_status status = net_find_node(r, line, "source", source, &demand.source, err);
    if (status == DCAT_OK) {
        status = net_find_node(r, line, "target", target, &demand.target, err);
    }
    if (status == DCAT_OK) {
        status = array_room(&r->demands, &r->demand_capacity, r->demand_count + 1,
                            sizeof *r->demands, err);
    }
    if (status == DCAT_OK) {
        r->demands[r->demand_count++] = demand;
    }
    return status;
}

double net_unit_bps(net_reader *r, const char *unit, size_t length)
{
    static const struct {
        const char *name;
        double bps;
    } units[] = {
        {"BITPERSEC", 1.0},   {"KBITPERSEC", 1e3},    {"MBITPERSEC", 1e6},    {"GBITPERSEC", 1e9},
        {"TBITPERSEC", 1e12}, {"MBITPERSECOND", 1e6}, {"GBITPERSECOND", 1e9}, {"STM1", 155.52e6},
        {"STM4", 622.08e6},   {"STM16", 2488.32e6},   {"STM64", 9953.28e6},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) == length && strncasecmp(units[i].name, unit, length) == 0) {
            return units[i].bps;
        }
    }
    snprintf(r->unit, sizeof r->unit, "%.*s", (int)(length < 20 ? length : 20), unit);
    return 1e6;
}
