// SPDX-License-Identifier: Apache-2.0
// What a task would get, without it.
#include "dcat/x/task_auction.h"
#include "exchange/core/cut.h"
#include "exchange/core/object.h"

// The task as if it were the first of the slot that begins now, behind the queues as they are
// forecast.
static void ask_engine(const exchange *x, const exchange_event *event, exchange_quote *quote)
{
    const task_record t = {.work_cycles = event->task.work_cycles,
                           .data_bits = event->task.data_bits,
                           .deadline_us = event->task.deadline_us,
                           .arrived_ns = event->at_ns,
                           .area = event->task.area,
                           .class_id = event->task.class_id,
                           .exact = event->task.exact};
    const dcat_task task = engine_task(&t, 0);
    double now_s = seconds(event->at_ns);
    dcat_award award;
    cut_tell(x, x->cut, now_s);
    count_leave_out(x, x->cut, t.class_id, event->task.count);
    dcat_status status = dcat_state_quote(x->cut->state, now_s, &task, &award, NULL);
    quote->candidate_count = status == DCAT_OK ? award.candidate_count : 0;
    if (status != DCAT_OK || award.outcome != DCAT_AUCTION_SOLD) {
        dcat_auction_outcome outcome =
            status == DCAT_OK ? award.outcome : DCAT_AUCTION_NO_CANDIDATE;
        const finding why = reason_find(x, &task, outcome, now_s);
        count_let_in(x->cut, t.class_id);
        quote->reason = reason_text((uint8_t)why.reason);
        quote->needed = why.needed;
        return;
    }
    count_let_in(x->cut, t.class_id);
    quote->served = true;
    quote->pay = dcat_money_payment(award.payment, quote->fee);
    quote->data_s = now_s + award.transfer_s;
    quote->start_s = quote->data_s + award.waiting_s; // it counts from arrival, which is now
    quote->finish_s = quote->start_s + award.processing_s;
}

exchange_quote exchange_quote_of(const exchange *x, const exchange_event *event)
{
    exchange_quote quote = {.code = CODE_FORBIDDEN};
    if (exchange_party_role(x, event->actor) != ROLE_USER) {
        return quote;
    }
    if (event->at_ns < x->core.now_ns || event->at_ns > EXCHANGE_TIME_MAX) {
        quote.code = CODE_STALE_TIME;
        return quote;
    }
    quote.code = task_may_submit(x, event, &quote.fee);
    if (quote.code == CODE_DEADLINE_IMPOSSIBLE) {
        quote.needed = exchange_task_least_s(x, event);
    }
    if (quote.code == CODE_DONE && x->cut == NULL) {
        quote.reason = reason_text(REASON_NO_SERVER_IN_REACH);
    } else if (quote.code == CODE_DONE) {
        ask_engine(x, event, &quote);
    }
    return quote;
}
