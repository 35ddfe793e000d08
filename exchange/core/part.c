// SPDX-License-Identifier: Apache-2.0
// What agents report of the parts of awards: acknowledged, started, finished, given up, the task's
// own fault.
//
// A report names task, attempt and server. One of another attempt changes nothing, and one that
// comes twice is answered as the first was.
#include "exchange/core/object.h"

static enum part_input input_of(exchange_kind kind)
{
    switch (kind) {
    case EVENT_ACK:
        return PART_ON_ACK;
    case EVENT_START:
        return PART_ON_START;
    case EVENT_FINISH:
        return PART_ON_FINISH;
    case EVENT_FAULT:
        return PART_ON_FAULT;
    default:
        return PART_ON_FAIL;
    }
}

static part_record *find_part(const exchange *x, const task_record *t, int32_t server)
{
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        if (x->parts[i].server == server) {
            return &x->parts[i];
        }
    }
    return NULL;
}

static exchange_code find(const exchange *x, const exchange_event *event, task_record **t,
                          part_record **p)
{
    int32_t server = event->report.server;
    if (server < 0 || server >= x->core.server_count) {
        return CODE_NOT_FOUND;
    }
    if (x->servers[server].party != event->actor) {
        return CODE_FORBIDDEN;
    }
    *t = task_find(x, event->report.task);
    if (*t == NULL) {
        return CODE_NOT_FOUND;
    }
    if ((*t)->attempt != event->report.attempt) {
        return CODE_WRONG_ATTEMPT;
    }
    *p = find_part(x, *t, server);
    return *p == NULL ? CODE_NOT_FOUND : CODE_DONE;
}

// Whether a part failed since its agent said this: a fault of the task ends the task at once, and a
// wrong answer to a canary was neither.
static bool failed_so(const task_record *t, enum part_input input)
{
    return t->state == TASK_SETTLED_FAULT
               ? input == PART_ON_FAULT
               : input == PART_ON_FAIL && t->reason != REASON_WRONG_ANSWER;
}

// Whether a part has been where this would bring it: the states on that way ascend.
static bool is_repeated(const task_record *t, const part_record *p, enum part_input input)
{
    if (p->state == PART_FAILED) {
        return failed_so(t, input);
    }
    static const uint8_t leads_to[PART_INPUT_COUNT] = {
        [PART_ON_ACK] = PART_ACKNOWLEDGED,
        [PART_ON_START] = PART_STARTED,
        [PART_ON_FINISH] = PART_FINISHED,
    };
    return leads_to[input] != 0 && p->state >= leads_to[input] && p->state <= PART_FINISHED;
}

static uint8_t least_state(const exchange *x, const task_record *t)
{
    uint8_t least = PART_STATE_COUNT;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        least = x->parts[i].state < least ? x->parts[i].state : least;
    }
    return least;
}

static void after_ack(exchange *x, task_record *t, const part_record *p, int64_t at_ns)
{
    start_acked(x, t, p, at_ns);
    if (least_state(x, t) >= PART_ACKNOWLEDGED) {
        t->ready_ns = at_ns;
    }
}

static void after_start(exchange *x, const exchange_sink *sink, task_record *t, part_record *p,
                        int64_t at_ns)
{
    p->started_ns = at_ns;
    start_began(t, p, at_ns);
    if (least_state(x, t) == PART_STARTED) {
        schedule_started(x, t, at_ns);
        task_go(sink, t, TASK_ON_START);
    }
}

// Choice: a receipt counts when it arrives. The clock of an agent moves no money.
static void after_finish(exchange *x, const exchange_sink *sink, task_record *t,
                         const part_record *p, const exchange_event *event)
{
    int64_t at_ns = event->at_ns;
    bool late = schedule_is_late(t, at_ns);
    schedule_part_done(x, t, p, at_ns);
    speed_note(x, t, p, at_ns);
    start_ended(x, t, p, at_ns, event->report.ran_ns);
    x->servers[p->server].open_parts--;
    server_leave_if_empty(x, sink, p->server);
    if (least_state(x, t) != PART_FINISHED) {
        return;
    }
    int64_t late_ns = at_ns - t->arrived_ns - t->deadline_us * 1000;
    attempt_end(x, sink, t);
    task_go(sink, t, late_ns > 0 ? TASK_ON_LATE : TASK_ON_IN_TIME);
    settle_full(x, sink, t, late_ns);
    task_close(x, sink, t);
    if (late) { // those behind may begin at once, not at the end of the slot
        schedule_make(x, seconds(at_ns));
    }
}

static void after_loss(exchange *x, const exchange_sink *sink, task_record *t, const part_record *p,
                       int64_t at_ns, enum reason reason)
{
    schedule_part_done(x, t, p, at_ns);
    x->servers[p->server].open_parts--;
    bool excused = reason == REASON_GIVEN_UP && offer_excuses(&x->servers[p->server], at_ns);
    server_leave_if_empty(x, sink, p->server);
    if (reason != REASON_NOTHING) {
        if (!excused) {
            server_strike(x, sink, p->server);
        }
        attempt_lose(x, sink, t, reason);
        return;
    }
    bool runs = t->state == TASK_RUNNING;
    attempt_end(x, sink, t);
    task_go(sink, t, TASK_ON_FAULT);
    settle_part(x, sink, t, runs ? at_ns - t->running_ns : 0);
    task_close(x, sink, t);
}

exchange_result on_report(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    task_record *t = NULL;
    part_record *p = NULL;
    exchange_code code = find(x, event, &t, &p);
    if (code != CODE_DONE) {
        return refused(code);
    }
    enum part_input input = input_of(event->kind);
    if (input == PART_ON_FINISH && event->report.ran_ns < 0) {
        return refused(CODE_OUT_OF_RANGE);
    }
    // Choice: a wrong answer to a canary is its provider's fault, whatever the receipt calls it.
    bool wrong = canary_is_wrong(t, event);
    if (is_repeated(t, p, input) || (wrong && t->reason == REASON_WRONG_ANSWER)) {
        return (exchange_result){.code = CODE_REPEATED, .id = t->id};
    }
    // Parts start together, so none before all are acknowledged.
    if (input == PART_ON_START && least_state(x, t) < PART_ACKNOWLEDGED) {
        return refused(CODE_WRONG_STATE);
    }
    wrong = wrong && p->state == PART_STARTED;
    input = wrong ? PART_ON_FAIL : input;
    if (!part_go(sink, t, p, input)) {
        return refused(CODE_WRONG_STATE);
    }
    if (input == PART_ON_START) {
        after_start(x, sink, t, p, event->at_ns);
    } else if (input == PART_ON_FINISH) {
        after_finish(x, sink, t, p, event);
    } else if (input == PART_ON_ACK) {
        after_ack(x, t, p, event->at_ns);
    } else {
        after_loss(x, sink, t, p, event->at_ns,
                   wrong                    ? REASON_WRONG_ANSWER
                   : input == PART_ON_FAULT ? REASON_NOTHING
                                            : REASON_GIVEN_UP);
    }
    return done(t->id);
}
