// SPDX-License-Identifier: Apache-2.0
// The one way in.
#include "exchange/core/object.h"

#include <assert.h>

// ---- steps along the tables

void tell_step(const exchange_sink *sink, const exchange_step *step)
{
    if (sink != NULL && sink->step != NULL) {
        sink->step(sink->user, step);
    }
}

bool task_go(const exchange_sink *sink, task_record *t, enum task_input input)
{
    exchange_step step = {
        .machine = MACHINE_TASK, .id = t->id, .attempt = t->attempt, .from = t->state};
    if (!machine_go(MACHINE_TASK, &t->state, (int)input)) {
        return false;
    }
    step.to = t->state;
    step.reason = reason_text(t->reason);
    step.needed = t->needed;
    tell_step(sink, &step);
    return true;
}

bool part_go(const exchange_sink *sink, const task_record *t, part_record *p, enum part_input input)
{
    exchange_step step = {.machine = MACHINE_PART,
                          .id = t->id,
                          .attempt = t->attempt,
                          .server = p->server,
                          .from = p->state};
    if (!machine_go(MACHINE_PART, &p->state, (int)input)) {
        return false;
    }
    step.to = p->state;
    tell_step(sink, &step);
    return true;
}

bool server_go(exchange *x, const exchange_sink *sink, int32_t server, enum server_input input)
{
    exchange_step step = {
        .machine = MACHINE_SERVER, .id = server, .from = x->servers[server].state};
    if (!machine_go(MACHINE_SERVER, &x->servers[server].state, (int)input)) {
        return false;
    }
    step.to = x->servers[server].state;
    if (step.to != step.from) {
        bond_left(x, &x->servers[server], step.from);
        tell_step(sink, &step);
    }
    return true;
}

bool settlement_go(const exchange_sink *sink, task_record *t, enum settlement_input input)
{
    exchange_step step = {
        .machine = MACHINE_SETTLEMENT, .id = t->id, .attempt = t->attempt, .from = t->settlement};
    bool went = machine_go(MACHINE_SETTLEMENT, &t->settlement, (int)input);
    assert(went); // a task's own table leads here once
    step.to = t->settlement;
    tell_step(sink, &step);
    return went;
}

// ---- the exchange itself

static enum mode_input mode_input(exchange_kind kind)
{
    switch (kind) {
    case EVENT_OPEN:
        return MODE_ON_START;
    case EVENT_HALT:
        return MODE_ON_HALT;
    case EVENT_RESUME:
        return MODE_ON_RESUME;
    case EVENT_CLOSE:
        return MODE_ON_DRAIN;
    default:
        return MODE_ON_STOP;
    }
}

exchange_result on_mode(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    exchange_step step = {.machine = MACHINE_MODE, .from = x->core.mode};
    bool early = event->kind == EVENT_STOP && x->core.open_count > 0;
    if (early || !machine_go(MACHINE_MODE, &x->core.mode, (int)mode_input(event->kind))) {
        return refused(CODE_WRONG_STATE);
    }
    step.to = x->core.mode;
    tell_step(sink, &step);
    return done(0);
}

// ---- who may, and what then

typedef struct kind_row {
    unsigned roles;
    exchange_handler handle;
} kind_row;

static const exchange_handler handlers[EVENT_COUNT] = {
    [EVENT_KEY] = on_key,
    [EVENT_REVOKE] = on_revoke,
    [EVENT_PARTY] = on_party,
    [EVENT_DEPOSIT] = on_deposit,
    [EVENT_REGISTER] = on_register,
    [EVENT_ADMIT] = on_server,
    [EVENT_HEARTBEAT] = on_server,
    [EVENT_DRAIN] = on_server,
    [EVENT_UNDRAIN] = on_server,
    [EVENT_SUSPEND] = on_server,
    [EVENT_ASK] = on_ask,
    [EVENT_SEAL] = on_seal,
    [EVENT_CYCLE] = on_cycle,
    [EVENT_SLOT] = on_slot,
    [EVENT_SUBMIT] = on_submit,
    [EVENT_CANCEL] = on_cancel,
    [EVENT_ACK] = on_report,
    [EVENT_START] = on_report,
    [EVENT_FINISH] = on_report,
    [EVENT_FAIL] = on_report,
    [EVENT_FAULT] = on_report,
    [EVENT_DISPUTE] = on_dispute,
    [EVENT_RESOLVE] = on_resolve,
    [EVENT_OPEN] = on_mode,
    [EVENT_HALT] = on_mode,
    [EVENT_RESUME] = on_mode,
    [EVENT_CLOSE] = on_mode,
    [EVENT_STOP] = on_mode,
    [EVENT_VOUCHER] = on_voucher,
    [EVENT_TERMS] = on_terms,
    [EVENT_PAYOUT] = on_payout,
    [EVENT_CONFIRM] = on_payout_end,
    [EVENT_RETURN] = on_payout_end,
    [EVENT_OFFER] = on_offer,
    [EVENT_BENCHMARK] = on_benchmark,
    [EVENT_BOND] = on_bond,
};

static const unsigned roles[EVENT_COUNT] = {
#define EVENT_ROLES(name, text, who) [EVENT_##name] = (who),
    EXCHANGE_EVENTS(EVENT_ROLES)
#undef EVENT_ROLES
};

static exchange_code may(const exchange *x, const exchange_event *event)
{
    if ((int)event->kind < 0 || event->kind >= EVENT_COUNT) {
        return CODE_OUT_OF_RANGE;
    }
    if (event->actor != EXCHANGE_SELF &&
        (event->actor < 0 || event->actor >= x->core.party_count)) {
        return CODE_FORBIDDEN;
    }
    unsigned role = event->actor == EXCHANGE_SELF ? BY_SELF : 1u << x->parties[event->actor].role;
    if ((roles[event->kind] & role) == 0) {
        return CODE_FORBIDDEN;
    }
    if (event->at_ns < x->core.now_ns || event->at_ns > EXCHANGE_TIME_MAX) {
        return CODE_STALE_TIME;
    }
    return CODE_DONE;
}

// An agent spoke. After a time in which none did, nobody is held to what passed meanwhile.
static void hear(exchange *x, const exchange_event *event)
{
    if (event->at_ns - x->core.heard_ns > x->config.heartbeat_ns) {
        x->core.anew_ns = event->at_ns;
    }
    x->core.heard_ns = event->at_ns;
}

exchange_result exchange_apply(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    exchange_code code = may(x, event);
    if (code != CODE_DONE) {
        return refused(code);
    }
    // Handlers read the time of now_ns; what is refused gives it back.
    int64_t before_ns = x->core.now_ns;
    x->core.now_ns = event->at_ns;
    exchange_result result = handlers[event->kind](x, event, sink);
    if (result.code != CODE_DONE) {
        x->core.now_ns = before_ns;
        return result;
    }
    if (roles[event->kind] == BY_PROVIDER) {
        hear(x, event);
    }
    return result;
}
