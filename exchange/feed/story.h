// SPDX-License-Identifier: Apache-2.0
// story.h - the log of an exchange told again as the run of a simulation: slots with their tasks
// and awards, cycles with their clusters, on the world of a scenario.
//
// In these cycles the same servers must take part, in the order of the world, and be what the world
// says they are (chapter.h finds such cycles).

#ifndef DCAT_EXCHANGE_FEED_STORY_H
#define DCAT_EXCHANGE_FEED_STORY_H

#include "dcat/run.h"
#include "exchange/store/store.h"

// With what a slot begins.
typedef struct exchange_story_slot {
    const dcat_slot_record *record; // without awards
    uint64_t seed;                  // of its auctions
    // [queue_count, S] until when the log had them busy; INFINITY: out of service, and then the
    // server is no part of its cluster. Where the slot has no task they are those of an earlier
    // one.
    const double *busy_until_s;
    // [queue_count, S] what a start takes: after an award in this slot the team's queues end so
    // much later.
    const double *hold_s;
    size_t queue_count;
} exchange_story_slot;

typedef struct exchange_story_config {
    const char *folder; // of the log
    const dcat_world *world;
    const dcat_auction *auction;      // of the log, or ERR_RANGE
    const dcat_run_hooks *hooks;      // as of a run; env of their slots is NULL
    uint32_t cycle_from, cycle_count; // which of its cycles, from 0
    void (*before_slot)(void *user, const exchange_story_slot *slot); // Nullable; user of the hooks
} exchange_story_config;

// The task of an event that submits one, as the engine sees it.
dcat_task exchange_story_task(const exchange_event *event);

// How many cycles a log has, and the number of the first. Errors: those of exchange_store_open.
dcat_status exchange_story_cycles(const char *folder, uint32_t *first, uint32_t *count,
                                  dcat_error *err);

// Every event is applied again and compared, as in an audit. cycles [cycle_count] totals of each.
// Errors: ERR_RANGE where the log is of another world; those of exchange_store_audit.
dcat_status exchange_story_tell(const exchange_story_config *config, dcat_totals *cycles,
                                dcat_run_result *result, dcat_error *err);

#endif
