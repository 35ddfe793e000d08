// SPDX-License-Identifier: Apache-2.0
// history.h - how the figures of the exchange stood every ten seconds of the last day, in memory:
// what charts are drawn of. It begins anew with the process.

#ifndef DCAT_EXCHANGE_LIVE_HISTORY_H
#define DCAT_EXCHANGE_LIVE_HISTORY_H

#include "exchange/live/figures.h"

#define HISTORY_EVERY_NS (INT64_C(10) * 1000000000)
enum { HISTORY_SAMPLES = 24 * 360 };

typedef struct live_sample {
    int64_t at_ns, open_tasks;
    uint64_t events;
    uint64_t tasks[LIVE_TASK_STATES];
    double profit_micro, awarded_micro, awarded_cycles;
    uint64_t commits[LIVE_BOUND_COUNT + 1]; // by how long they took, as in the histogram
    uint32_t cycle;
    int32_t servers; // that are active
} live_sample;

typedef struct live_history {
    live_sample *samples; // [HISTORY_SAMPLES], a ring
    size_t count, next;
} live_history;

// False without memory.
bool live_history_create(live_history *h);
void live_history_destroy(live_history *h);
// Whether the last one is as old as that.
bool live_history_is_due(const live_history *h, int64_t now_ns);
void live_history_add(live_history *h, const live_sample *sample);
// The i-th of those that are kept, oldest first.
const live_sample *live_history_at(const live_history *h, size_t i);

// How it stands now. The exchange is that of the figures.
live_sample live_sample_of(const exchange *x, const live_figures *figures, uint64_t events,
                           int64_t now_ns);

// The time within which a share of the commits between two samples ended, s; 0 without any. As
// Prometheus has it: linear within a bucket; the open one counts as its lower bound.
double live_commit_quantile(const live_sample *from, const live_sample *to, double share);

#endif
