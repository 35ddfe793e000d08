// SPDX-License-Identifier: Apache-2.0
// market.h - a market of 40 servers for measuring the writer of an exchange: tasks, slots, and
// agents that do what was promised.

#ifndef DCAT_BENCH_WRITER_MARKET_H
#define DCAT_BENCH_WRITER_MARKET_H

#include "exchange/feed/agenda.h"
#include "exchange/live/signer.h"
#include "exchange/store/store.h"

enum { MARKET_SERVERS = 40 };

typedef struct market {
    exchange_store *store;
    signer *signer; // of checkpoints, one a slot as an exchange does; NULL: none
    agenda agents;
    int32_t provider[MARKET_SERVERS];
    int64_t now_ns, slot, slot_signed;
    int64_t stride; // slots from one that is held to the next
    bool some_late; // every tenth award is finished after its deadline
    uint64_t tasks, awards, members, commits;
    uint32_t draws;
} market;

void must(dcat_status status, const dcat_error *err); // or end

// Room for so many tasks that are not forgotten; clusters by linkage, or every server alone.
void market_create(market *m, const char *folder, int32_t open_max, bool alone);
// One that begins with November 2026 and holds a slot every so many, with agents that need not say
// that they are there.
void market_create_month(market *m, const char *folder, int64_t stride);
void market_sign(market *m, const char *folder); // from here on
void market_close(market *m);
void market_commit(market *m);

void market_skip(market *m);   // to just before the next slot that is held
void market_submit(market *m); // one task
void market_slot(market *m);   // the next slot
void market_plan(market *m);   // what its agents will say of what it awarded: after it
// Up to max reports that are due before the next slot: how many. And hand them in.
size_t market_due(market *m, exchange_event *reports, size_t max);
void market_report(market *m, const exchange_event *reports, size_t count);

#endif
