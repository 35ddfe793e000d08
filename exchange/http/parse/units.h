// SPDX-License-Identifier: Apache-2.0
// units.h (internal) - what servers have of devices, and words of classes and pools.

#ifndef DCAT_EXCHANGE_HTTP_PARSE_UNITS_H
#define DCAT_EXCHANGE_HTTP_PARSE_UNITS_H

#include "exchange/http/fields.h"
#include "exchange/http/parse/amount.h"
#include "exchange/http/request.h"

extern const char *const http_pools[DCAT_POOL_COUNT];
extern const char *const http_pers[PER_COUNT]; // that prices are for

// Of a server that registers: its speed, cores and cards, its tariff, and where there are classes
// its units and what it does not work on.
bool http_parse_units(http_request *r, fields *f, exchange_event *event);

// Names of classes as bits; key is what messages call them.
bool http_parse_classes(http_request *r, const char *key, const json_t *names, uint64_t *classes);

// Of a task: its class, and its work in giga-cycles or as seconds of a device.
bool http_parse_work(http_request *r, fields *f, exchange_event *event);

#endif
