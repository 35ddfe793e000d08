// SPDX-License-Identifier: Apache-2.0
// figures.h - what the writer counts, for /metrics.

#ifndef DCAT_EXCHANGE_LIVE_FIGURES_H
#define DCAT_EXCHANGE_LIVE_FIGURES_H

#include "exchange/store/told.h"

// Bounds of histograms; one more bucket is open.
enum { LIVE_BOUND_COUNT = 11, LIVE_TASK_STATES = 16, LIVE_CANDIDATES = 3 };
typedef const double live_bounds[LIVE_BOUND_COUNT];
extern live_bounds live_seconds, live_counts, live_ratios;

// Parts of an award's delay, as forecast.
#define LIVE_DELAYS(X) X(SLOT, "slot") X(TRANSFER, "transfer") X(QUEUE, "queue") X(RUN, "run")
enum live_delay {
#define LIVE_DELAY_ENUM(name, text) LIVE_DELAY_##name,
    LIVE_DELAYS(LIVE_DELAY_ENUM)
#undef LIVE_DELAY_ENUM
        LIVE_DELAY_COUNT
};

typedef struct live_histogram {
    uint64_t bucket[LIVE_BOUND_COUNT + 1], count;
    double sum;
} live_histogram;

typedef struct live_figures {
    uint64_t tasks[LIVE_TASK_STATES];       // how often a task came into a state
    uint64_t awards[LIVE_CANDIDATES];       // with 1, 2, 3 or more candidates
    uint64_t commits, batch_commands, late; // late: cycles whose cut was not ready in time
    uint64_t slots, slots_skipped;          // numbers that were passed over
    uint64_t refusals[CODE_COUNT];          // of events
    uint64_t checks;                        // of all invariants, once a cycle
    uint64_t signed_size;                   // events under the last checkpoint
    int64_t signed_ns;                      // when it was stored
    uint64_t canaries_missed;               // that were due, and could not be submitted
    exchange_code canary_code;              // why none can be now, or the last one could not be
    double fees_micro, payments_micro;      // held; shared among providers
    double awarded_micro, awarded_cycles;   // payments that were awarded, and for how much work
    double ceiling_per_cycle;               // the most that is paid for a cycle of work; INFINITY
    double span_most_m, span_mean_m;        // of the clusters that were decided last
    live_histogram accept, commit, slot, recluster;
    live_histogram batch;                   // events that were asked for, a commit
    live_histogram price;                   // of awards: payment over the ceiling's
    live_histogram delay[LIVE_DELAY_COUNT]; // of awards
} live_figures;

void live_histogram_add(live_histogram *h, live_bounds bounds, double value);
// What an event led to, in an exchange that is just behind it.
void live_figures_count(live_figures *f, const exchange *x, const exchange_told *led_to);

#endif
