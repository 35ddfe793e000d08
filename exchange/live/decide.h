// SPDX-License-Identifier: Apache-2.0
// decide.h (internal) - the clusters of the next cycle, decided on a thread beside the writer from
// a copy of the exchange as it was sealed.

#ifndef DCAT_EXCHANGE_LIVE_DECIDE_H
#define DCAT_EXCHANGE_LIVE_DECIDE_H

#include "dcat/run.h"
#include "exchange/core/cut.h"

typedef struct decider decider;

// area_count: of the demand that was seen. The policy and what it points at are borrowed.
dcat_status decider_start(const exchange_config *config, const dcat_policy *policy, decider **d,
                          dcat_error *err);
void decider_stop(decider *d);

// ---- demand, summed up by the writer
void decider_saw(decider *d, const exchange_event *submitted);

// Begin a decision about x, which was just sealed, after so many slots since the last one. Not
// while one is under way.
void decider_begin(decider *d, const exchange *x, const exchange_cut_config *config,
                   int64_t slot_count);

typedef enum decider_state { DECIDER_IDLE, DECIDER_WORKS, DECIDER_DONE } decider_state;
decider_state decider_look(decider *d);
// What was decided, idle from then on: the cut, the taker's; NULL when none could be made, and why.
typedef struct decision {
    exchange_cut *cut;
    const dcat_clusterer *by;
    double took_s;
    double span_most_m, span_mean_m; // of its clusters
    dcat_error why;
} decision;
decision decider_take(decider *d);

#endif
