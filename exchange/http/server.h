// SPDX-License-Identifier: Apache-2.0
// server.h - an exchange that answers over HTTP.

#ifndef DCAT_EXCHANGE_HTTP_SERVER_H
#define DCAT_EXCHANGE_HTTP_SERVER_H

#include "exchange/books/books.h"
#include "exchange/live/live.h"

typedef struct http_server http_server;

typedef struct http_config {
    live_config live;
    const char *const *area_names; // [area_count of the log]
    const char *const *node_names; // [node_count of the log]; Nullable without nodes
    const char *address;           // numeric, IPv4 or IPv6
    int port;                      // 0: any that is free
    const char *certificate, *key; // Nullable: PEM texts; without them only a loopback address
    double requests_per_s;         // of a key
    double failures_per_s;         // of an address
    int connection_max;
    int idle_s;               // of a connection without a whole request, until it is ended
    books_options books;      // who keeps it and what is taxed; its area_names are above
    int64_t benchmark_age_ns; // of a benchmark that is handed in, at most
    uint64_t memory_classes;  // a bit each: whose benchmark is the one of memory
    int64_t unseal_ns;        // after which what was sealed of an ask is shown
} http_config;

http_config http_config_default(void); // all but live and area_names
// The first wrong field by name. Errors: ERR_RANGE.
dcat_status http_config_check(const http_config *config, dcat_error *err);

// Start the exchange and answer. What the config points at is borrowed. Errors: those of
// live_start; ERR_IO: the address cannot be listened at.
dcat_status http_server_start(const http_config *config, http_server **server, dcat_error *err);
int http_server_port(const http_server *server);
live *http_server_live(http_server *server);
// Answer what was asked, write it, and end.
void http_server_stop(http_server *server);

#endif
