// SPDX-License-Identifier: Apache-2.0
// reader.h - a network whose nodes are known by texts, put together while a file is read.

#ifndef DCAT_IMPORT_NET_READER_H
#define DCAT_IMPORT_NET_READER_H

#include "dcat/x/import.h"
#include "file/net/topology.h"
#include "file/text_names.h"

// What is sent between two nodes; only some formats tell.
typedef struct net_demand {
    int source, target;
    double amount;
} net_demand;

typedef struct net_reader {
    const char *path;
    topology *topology;
    names ids;           // of the nodes, in their order
    net_demand *demands; // [demand_count]
    size_t demand_count, demand_capacity;
    char unit[32]; // of rates and demands where it is not Mb/s; "" otherwise
} net_reader;

void net_reader_free(net_reader *r); // but not the topology

// "PATH:LINE: WHAT: RULE, got GOT"; got is nullable.
dcat_status net_fail(const net_reader *r, size_t line, dcat_status status, const char *what,
                     const char *rule, const char *got, dcat_error *err);

// A number within bounds. Errors: ERR_FORMAT, ERR_RANGE.
dcat_status net_number(const net_reader *r, size_t line, const char *what, const char *text,
                       double min, double max, double *number, dcat_error *err);

// Add a node, called label or, without one, id. Coordinates are NAN where there are none. Errors:
// ERR_FIELD for an id that is taken, ERR_MEMORY.
dcat_status net_add_node(net_reader *r, size_t line, const char *id, const char *label,
                         double longitude, double latitude, dcat_error *err);

// Index of a node. Errors: ERR_REFERENCE.
dcat_status net_find_node(const net_reader *r, size_t line, const char *what, const char *id,
                          int *node, dcat_error *err);

// Add a link or a demand of two nodes that are there. Errors: ERR_REFERENCE, ERR_MEMORY.
dcat_status net_add_link(net_reader *r, size_t line, const char *source, const char *target,
                         double rate_bps, dcat_error *err);
dcat_status net_add_demand(net_reader *r, size_t line, const char *source, const char *target,
                           double amount, dcat_error *err);

const char *network_format_name(dcat_network_format format); // "gml"

// One reader for each format: text [size] into an empty reader. Errors: those above, ERR_FORMAT.
dcat_status net_read_graphml(net_reader *r, const char *text, size_t size, dcat_error *err);
// Native or XML, whichever it is.
dcat_status net_read_sndlib(net_reader *r, const char *text, size_t size, dcat_error *err);
bool net_is_xml(const char *text, size_t size);
dcat_status net_read_sndlib_xml(net_reader *r, const char *text, size_t size, dcat_error *err);
// Bits per second of a unit as SNDlib calls it ("MBITPERSEC"); Mb/s when it is none, which
// r->unit then names.
double net_unit_bps(net_reader *r, const char *unit, size_t length);

#endif
