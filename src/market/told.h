// SPDX-License-Identifier: Apache-2.0
// told.h (internal) - finds what an auction is told of a task (auction/candidates.h).
//
// A slot finds it for all of its tasks before the first is auctioned, two at a time: no division of
// one task then waits for the auction of another.

#ifndef DCAT_MARKET_TOLD_H
#define DCAT_MARKET_TOLD_H

#include "base/inlined.h"
#include "dcat/x/model.h"
#include "market/state.h"

#include <math.h>

// What the tasks of a slot have in common, with random bits that are drawn one by one.
static INLINED slot_terms terms_of_slot(const dcat_state *state, double now_s, uint32_t cycle,
                                        uint32_t slot)
{
    return (slot_terms){
        .now_s = now_s,
        .handicap_per_gigacycle_s = state->market.handicap_per_gigacycle_s,
        .queue = state->market.queue,
        .cycle = cycle,
        .slot = slot,
        .seed = state->seed,
    };
}

// Of one task, in a slot that starts now.
told told_of(const dcat_state *state, const plane *p, double now_s, const dcat_task *task);

// Where all are admitted and the ceiling is on bids, little is told, and that soon.
static INLINED bool told_ahead(const dcat_state *state)
{
    return !state->admits_all || state->on_limits;
}

static INLINED told told_plainly(const plane *p, double now_s, const dcat_task *task)
{
    double fee = dcat_fee(p->price_per_gigacycle, p->urgency_s, task->deadline_s,
                          task->work_cycles); // eq. (5)
    return (told){
        .work_cycles = task->work_cycles,
        .gigacycles = task->work_cycles / DCAT_CYCLES_PER_GIGACYCLE,
        .deadline_s = task->deadline_s,
        .late_s = dcat_waiting_delay_s(now_s, task->arrival_s),
        .fee = fee,
        .admission_s = INFINITY,
        .most = INFINITY,
        .clock_fee = fee,
    };
}

// Of all tasks of a slot, into state->told.
void told_slot(dcat_state *state, double now_s, const dcat_task *tasks, size_t count);

#endif
