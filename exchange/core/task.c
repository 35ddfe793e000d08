// SPDX-License-Identifier: Apache-2.0
// What users do: submit, cancel, dispute; and an operator's verdict.
#include "exchange/core/object.h"
#include "exchange/core/purse.h"

#include "dcat/x/model.h"

#include <math.h>
#include <string.h>

#define WORK_MAX (INT64_C(1) << 53)
#define DEADLINE_US_MAX (INT64_C(366) * 86400 * 1000000) // a year
#define RETRY_NS_MAX (DEADLINE_US_MAX * 1000)

// Next to the whole numbers, or not there.
static bool exact_is_valid(const exchange_event *event)
{
    const exchange_exact *e = &event->task.exact;
    if (e->arrival_s == 0.0 && e->work_cycles == 0.0 && e->data_bits == 0.0 &&
        e->deadline_s == 0.0 && e->value == 0.0) {
        return true;
    }
    return fabs(e->arrival_s * 1e9 - (double)event->at_ns) <= 1e3 && e->work_cycles >= 1.0 &&
           fabs(e->work_cycles - (double)event->task.work_cycles) <= 1.0 && e->data_bits >= 0.0 &&
           fabs(e->data_bits - (double)event->task.data_bits) <= 1.0 && e->deadline_s > 0.0 &&
           fabs(e->deadline_s * 1e6 - (double)event->task.deadline_us) <= 1.0 && e->value >= 0.0;
}

// A key that is told is a bearer key of whoever submits.
static bool key_is_of(const exchange *x, int32_t key, int32_t party)
{
    return key == 0 || (key > 0 && key <= x->core.key_count && x->keys[key - 1].party == party &&
                        x->keys[key - 1].kind == EXCHANGE_KEY_BEARER);
}

static bool task_is_valid(const exchange *x, const exchange_event *event)
{
    return event->task.area >= 0 && event->task.area < x->config.area_count &&
           event->task.work_cycles > 0 && event->task.work_cycles <= WORK_MAX &&
           event->task.data_bits >= 0 && event->task.data_bits <= WORK_MAX &&
           event->task.deadline_us > 0 && event->task.deadline_us <= DEADLINE_US_MAX &&
           event->task.retry_ns >= 0 && event->task.retry_ns <= RETRY_NS_MAX &&
           event->task.max_fee > 0 && event->task.max_fee <= DCAT_MONEY_MAX &&
           event->task.class_id >= 0 &&
           event->task.class_id < (x->config.class_count > 0 ? x->config.class_count : 1) &&
           event->task.count >= 0 && key_is_of(x, event->task.key, event->actor) &&
           exact_is_valid(event);
}

dcat_money exchange_task_fee(const exchange_config *config, const exchange_event *event)
{
    const exchange_exact *e = &event->task.exact;
    bool exact = e->work_cycles > 0.0, classes = config->class_count > 0;
    const exchange_class *wanted = &config->classes[event->task.class_id];
    return dcat_money_fee(
        dcat_fee(classes ? wanted->price_per_gigacycle : config->price_per_gigacycle,
                 classes ? wanted->urgency_s : config->urgency_s,
                 exact ? e->deadline_s : (double)event->task.deadline_us / 1e6,
                 exact ? e->work_cycles : (double)event->task.work_cycles));
}

double exchange_task_least_s(const exchange *x, const exchange_event *event)
{
    const dcat_task task = {.work_cycles = (double)event->task.work_cycles,
                            .data_bits = (double)event->task.data_bits,
                            .area = event->task.area,
                            .class_id = event->task.class_id};
    return event->task.exact.work_cycles > 0.0 ? 0.0 : reason_least_s(x, &task);
}

// Choice: tasks of a simulation are auctioned even so, as the simulation does.
static bool is_possible(const exchange *x, const exchange_event *event)
{
    return exchange_task_least_s(x, event) <= (double)event->task.deadline_us / 1e6;
}

exchange_code task_may_submit(const exchange *x, const exchange_event *event, dcat_money *fee)
{
    *fee = 0;
    if (x->core.mode != MODE_OPEN) {
        return x->core.mode == MODE_HALTED ? CODE_HALTED : CODE_WRONG_STATE;
    }
    if (!task_is_valid(x, event)) {
        return CODE_OUT_OF_RANGE;
    }
    *fee = exchange_task_fee(&x->config, event);
    if (*fee <= 0 || *fee >= DCAT_MONEY_MAX) {
        *fee = 0;
        return CODE_OUT_OF_RANGE;
    }
    exchange_code code = canary_may_submit(x, event);
    if (code != CODE_DONE) {
        return code;
    }
    if (*fee > event->task.max_fee) {
        return CODE_FEE_ABOVE_LIMIT;
    }
    if (exchange_user_has(x, event->actor, event->task.class_id, event->at_ns) < *fee) {
        return CODE_INSUFFICIENT_BALANCE;
    }
    if (!purse_within_cap(x, event, *fee)) {
        return CODE_SPEND_CAP;
    }
    if (!is_possible(x, event)) {
        return CODE_DEADLINE_IMPOSSIBLE;
    }
    return task_room(x) && ledger_room(x) ? CODE_DONE : CODE_BUSY;
}

exchange_result on_submit(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    const exchange_client *client = &event->task.client;
    const task_record *known = task_find_client(x, event->actor, client);
    if (known != NULL) {
        bool same = memcmp(known->client.body, client->body, sizeof client->body) == 0;
        return (exchange_result){.code = same ? CODE_REPEATED : CODE_KEY_REUSED,
                                 .id = same ? known->id : 0};
    }
    dcat_money fee = 0;
    exchange_code code = task_may_submit(x, event, &fee);
    if (code != CODE_DONE) {
        return refused(code);
    }
    task_record *t = task_new(x, event->actor, client);
    t->work_cycles = event->task.work_cycles;
    t->data_bits = event->task.data_bits;
    t->deadline_us = event->task.deadline_us;
    t->retry_ns = event->task.retry_ns;
    t->area = event->task.area;
    t->class_id = event->task.class_id;
    t->count = event->task.count;
    t->key = event->task.key;
    t->exact = event->task.exact;
    t->max_fee = event->task.max_fee;
    t->arrived_ns = event->at_ns;
    t->fee = fee;
    canary_take(x, t, &event->task.canary);
    x->core.open_count++;
    task_go(sink, t, TASK_ON_SUBMIT);
    settle_hold(x, sink, t);
    task_list_put(x, t, LIST_ACCEPTED);
    return done(t->id);
}

// The task of a report, which must be the actor's own, or anybody's for an operator.
static exchange_code find_own(const exchange *x, const exchange_event *event, task_record **t)
{
    *t = task_find(x, event->report.task);
    if (*t == NULL) {
        return CODE_NOT_FOUND;
    }
    bool own = (*t)->party == event->actor;
    return own || x->parties[event->actor].role == ROLE_OPERATOR ? CODE_DONE : CODE_FORBIDDEN;
}

// Choice: what a running task has had by the exchange's clock is paid, and nothing before it runs.
exchange_result on_cancel(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    task_record *t = NULL;
    exchange_code code = find_own(x, event, &t);
    if (code != CODE_DONE) {
        return refused(code);
    }
    bool accepted = t->state == TASK_ACCEPTED, runs = t->state == TASK_RUNNING;
    if (!task_go(sink, t, TASK_ON_CANCEL)) {
        return refused(CODE_WRONG_STATE);
    }
    if (accepted) {
        task_list_take(x, t, LIST_ACCEPTED);
    } else {
        attempt_end(x, sink, t);
    }
    settle_part(x, sink, t, runs ? event->at_ns - t->running_ns : 0);
    task_close(x, sink, t);
    return done(t->id);
}

exchange_result on_dispute(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    task_record *t = NULL;
    exchange_code code = find_own(x, event, &t);
    if (code != CODE_DONE) {
        return refused(code);
    }
    bool open = !t->disputed && event->at_ns - t->closed_ns <= x->config.dispute_ns;
    if (!open || !task_go(sink, t, TASK_ON_DISPUTE)) {
        return refused(CODE_WRONG_STATE);
    }
    t->disputed = 1; // once
    return done(t->id);
}

exchange_result on_resolve(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    task_record *t = task_find(x, event->report.task);
    if (t == NULL) {
        return refused(CODE_NOT_FOUND);
    }
    if (!task_go(sink, t, event->report.refund ? TASK_ON_REVERSE : TASK_ON_UPHOLD)) {
        return refused(CODE_WRONG_STATE);
    }
    if (event->report.refund) {
        settle_reverse(x, sink, t);
    }
    return done(t->id);
}
