// SPDX-License-Identifier: Apache-2.0
// told.h - what an event led to, kept as it was told: steps of the state machines, transfers,
// awards with their teams.

#ifndef DCAT_EXCHANGE_STORE_TOLD_H
#define DCAT_EXCHANGE_STORE_TOLD_H

#include "exchange/core/exchange.h"

typedef struct exchange_told_award {
    exchange_award award; // without its arrays, which are in members
    size_t member_first;
} exchange_told_award;
typedef struct exchange_told_member {
    int32_t server;
    int64_t load;
} exchange_told_member;
typedef struct exchange_told {
    exchange_leg *legs;
    exchange_step *steps;
    exchange_told_award *awards;
    exchange_told_member *members;
    size_t leg_count, step_count, award_count, member_count;
    size_t leg_room, step_room, award_room, member_room;
    bool failed; // without memory
} exchange_told;

void told_clear(exchange_told *t);
void told_free(exchange_told *t);
exchange_sink told_sink(exchange_told *t);

#endif
