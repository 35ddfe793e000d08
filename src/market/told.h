// SPDX-License-Identifier: Apache-2.0
// told.h (internal) - what an auction is told of a task, which depends on no cluster.
//
// A slot finds it for all of its tasks before the first is auctioned, two at a time: no division of
// one task then waits for the auction of another.

#ifndef DCAT_MARKET_TOLD_H
#define DCAT_MARKET_TOLD_H

#include "base/inlined.h"
#include "dcat/x/model.h"
#include "market/state.h"

#include <math.h>

typedef struct told {
    double fee;        // (5)
    double gigacycles; // its work
    // How long a cluster may take to begin and still be admitted; INFINITY where all are.
    double admission_s;
    // Where the ceiling is on limits, the most that is paid for the task; INFINITY otherwise.
    double most;
    // What the rule takes for the fee: that, or where the ceiling is on limits, `most` and the
    // handicap of whoever can begin last. No candidate's start price is above it.
    double clock_fee;
} told;

// Of one task.
told told_of(const dcat_state *state, const plane *p, const dcat_task *task);

// Where all are admitted and the ceiling is on bids, little is told, and that soon.
static INLINED bool told_ahead(const dcat_state *state)
{
    return !state->admits_all || state->on_limits;
}

static INLINED told told_plainly(const plane *p, const dcat_task *task)
{
    double fee = dcat_fee(p->price_per_gigacycle, p->urgency_s, task->deadline_s,
                          task->work_cycles); // eq. (5)
    return (told){fee, task->work_cycles / DCAT_CYCLES_PER_GIGACYCLE, INFINITY, INFINITY, fee};
}

// Of all tasks of a slot, into state->told.
void told_slot(dcat_state *state, const dcat_task *tasks, size_t count);

#endif
