// SPDX-License-Identifier: Apache-2.0
// units.h (internal) - devices, classes and nodes as answers have them; each begins with a comma.

#ifndef DCAT_EXCHANGE_HTTP_ANSWER_UNITS_H
#define DCAT_EXCHANGE_HTTP_ANSWER_UNITS_H

#include "exchange/http/request.h"

#include <stdio.h>

// Of a server: its ask, or where there are classes its units with theirs. Under the exchange's
// lock.
// Classes by their bits; without a comma.
void out_class_names(const exchange_setup *setup, uint64_t classes, FILE *out);
void out_units(const exchange_setup *setup, const exchange *x, int32_t server, FILE *out);
void out_classes(const exchange_setup *setup, FILE *out); // and devices; nothing without
void out_nodes(const http_request *r, const exchange_setup *setup, FILE *out);

// What a server showed of its speed, under the lock; and, where benchmarks are required, how.
void out_benchmarks(const exchange_setup *setup, const exchange *x, int32_t server, FILE *out);
// How it did at canaries; nothing for NULL.
void out_canaries(const http_request *r, const exchange_canaries *c, FILE *out);
void out_programs(const http_request *r, const exchange_setup *setup, FILE *out);

#endif
