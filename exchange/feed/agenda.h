// SPDX-License-Identifier: Apache-2.0
// agenda.h (internal) - what agents will do, by time.

#ifndef DCAT_EXCHANGE_FEED_AGENDA_H
#define DCAT_EXCHANGE_FEED_AGENDA_H

#include "exchange/core/exchange.h"

typedef struct agenda_item {
    int64_t at_ns, number; // number: equal times go as they were put
    exchange_event event;
} agenda_item;

typedef struct agenda { // a heap; all zero: empty
    agenda_item *items; // [count]
    size_t count, room;
    int64_t next;
} agenda;

bool agenda_put(agenda *a, const exchange_event *event); // false without memory
bool agenda_due(const agenda *a, int64_t until_ns);
exchange_event agenda_take(agenda *a); // the first one
void agenda_free(agenda *a);

#endif
