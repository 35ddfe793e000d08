// SPDX-License-Identifier: Apache-2.0
// timeline.h - what is to happen in a simulation, by time, of equal times in the order put in.

#ifndef DCAT_TESTS_EXCHANGE_TIMELINE_H
#define DCAT_TESTS_EXCHANGE_TIMELINE_H

#include "exchange/core/exchange.h"

// A message that arrives, or somebody who acts.
typedef enum what_kind { MESSAGE, OFFER, USER, AGENT, BEAT, SLOT, CUT } what_kind;

typedef struct item {
    int64_t at_ns;
    uint64_t order;
    what_kind what;
    int32_t who, attempt; // user or server
    int64_t task;         // index of the user's; id of the agent's
    exchange_event event;
} item;

typedef struct timeline { // a binary heap; all zero: empty
    item *items;
    size_t count, room;
    uint64_t order;
} timeline;

void timeline_put(timeline *line, item it);
item timeline_take(timeline *line); // the first; there must be one
void timeline_free(timeline *line);

#endif
