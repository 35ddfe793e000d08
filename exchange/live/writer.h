// SPDX-License-Identifier: Apache-2.0
// writer.h (internal) - the inside of an exchange in real time.

#ifndef DCAT_EXCHANGE_LIVE_WRITER_H
#define DCAT_EXCHANGE_LIVE_WRITER_H

#include "exchange/live/backup.h"
#include "exchange/live/decide.h"
#include "exchange/live/history.h"
#include "exchange/live/live.h"
#include "exchange/live/queue.h"
#include "exchange/live/signer.h"

// A canary that was drawn, and is submitted at a moment of the slot that says nothing.
typedef struct live_canary {
    int64_t due_ns;
    int32_t server;
    const exchange_known_task *task;
} live_canary;
enum { LIVE_CANARIES_MAX = 16 }; // in a slot

struct live {
    live_config config;
    pthread_t thread;
    pthread_mutex_t lock; // of the store, but while it is written to by the writer, who holds it
    queue queue;
    exchange_store *store;
    live_hub *hub;
    decider *decider;
    signer *signer;
    backuper *backuper;
    live_figures figures;
    live_history history;
    int64_t started_ns;   // when this process began
    int64_t monotonic_ns; // CLOCK_MONOTONIC minus the exchange's time
    bool stopped;
    // The writer's own:
    int64_t next_cycle_ns;                   // when the next one is due
    int64_t forgot_ns;                       // when old answers were thrown away
    int64_t sealed_slot;                     // when demand was last summed up
    int32_t asking;                          // servers that could take part in the next cycle
    live_canary canaries[LIVE_CANARIES_MAX]; // [canary_count]
    size_t canary_count;
    exchange_code canary_hindrance, canary_refusal; // of all now; of the last one that was due
};

void *live_write(void *user);

// Apply an event, tell the hub and the figures what it led to.
void live_apply(live *l, const exchange_event *event, const exchange_note *note,
                exchange_result *result);
// What is due at a time: a cycle, and a slot.
void live_tick(live *l, int64_t now_ns);
// Draw canaries by the lots of the slot that was held last; submit those whose time has come.
void live_canaries_draw(live *l);
void live_canaries_submit(live *l, int64_t now_ns);
int64_t live_canaries_next_ns(const live *l); // INT64_MAX: none waits
// Say why in one line, and end the process.
_Noreturn void live_die(const char *what, const dcat_error *err);

#endif
