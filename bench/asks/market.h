// SPDX-License-Identifier: Apache-2.0
// market.h - a market in virtual time whose servers have true costs, and ask what they like: what
// lies about a cost are worth. Played through the exchange, event by event, with a log.
//
// A server that asks its cost is honest. Clusters are made by linkage at the beginning and stay;
// tasks follow from seed, slot and number alone, so two markets of one seed differ in nothing but
// the asks.

#ifndef DCAT_BENCH_ASKS_MARKET_H
#define DCAT_BENCH_ASKS_MARKET_H

#include "dcat/demand.h"
#include "exchange/core/cut.h"
#include "exchange/feed/agenda.h"

enum { ASKS_SERVERS = 40, ASKS_AREAS = 60, ASKS_SLOTS = 10 }; // slots of a cycle
enum { ASKS_FIRST = 20 };                                     // tasks of a liar that are told apart

typedef struct asks_config {
    double tasks_a_slot; // mean; this market can work on about 14
    uint64_t seed;
    bool alone; // every server a cluster
    // One that declares so many times its true speed, where this is > 0; all others are honest.
    int32_t liar;
    double overstated;
} asks_config;

typedef struct asks_market {
    asks_config config;
    exchange *x;
    agenda agents;
    exchange_cut **cuts; // [cut_count] of its own
    exchange_event *log; // [log_count] all that was done
    size_t cut_count, log_count, log_room;
    dcat_area areas[ASKS_AREAS];
    int32_t provider[ASKS_SERVERS], cluster_of[ASKS_SERVERS];
    dcat_money cost[ASKS_SERVERS];    // of a giga-cycle, truly, in micro-units
    dcat_money ask[ASKS_SERVERS];     // in force from the next cycle on
    dcat_money paid[ASKS_SERVERS];    // booked so far
    double spent[ASKS_SERVERS];       // what the awarded work costs truly, in micro-units
    double first_price[ASKS_SERVERS]; // what the awarded work costs by the asks in force
    double asked[ASKS_SERVERS];       // in force
    // Of the liar: its first tasks, what they paid and truly cost, and when it is truly free.
    int64_t first_tasks[ASKS_FIRST], first_count;
    double first_paid, first_spent, free_s;
    int64_t now_ns, slot, nonce;
    uint64_t tasks, awards;
} asks_market;

// Everybody honest, no cycle yet. Ends the program where anything is refused, as all others do.
void asks_create(asks_market *m, const asks_config *config);
// The same moment, with a log of its own that is empty. Cuts that are in force stay the other's.
void asks_copy(asks_market *to, const asks_market *from);
void asks_destroy(asks_market *m);

void asks_set(asks_market *m, int32_t server, double factor); // ask so many times the cost
void asks_cycle(asks_market *m);                              // the asks come into force
void asks_slot(asks_market *m);                               // its tasks, and their auctions
void asks_slot_of(asks_market *m, uint32_t task_count);       // the first so many of them
void asks_finish(asks_market *m);                             // all that was promised is done
void asks_play(asks_market *m, int cycles);                   // and finish

// The log up to an event applied to a fresh exchange: its digest.
uint64_t asks_replay(const asks_market *m);

double asks_utility(const asks_market *m, int32_t server); // pay less true cost, in micro-units
dcat_money asks_profit(const asks_market *m);              // the platform's

#endif
