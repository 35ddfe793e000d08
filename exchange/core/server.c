// SPDX-License-Identifier: Apache-2.0
// Parties, deposits, servers and asks.
#include "exchange/core/object.h"

#include <assert.h>
#include <math.h>
#include <string.h>

exchange_result on_party(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    (void)sink;
    if (event->party.role < 0 || event->party.role >= ROLE_COUNT) {
        return refused(CODE_OUT_OF_RANGE);
    }
    if (x->core.party_count == x->config.party_max) {
        return refused(CODE_BUSY);
    }
    int32_t party = x->core.party_count++;
    x->parties[party].role = event->party.role;
    return done(party);
}

exchange_result on_deposit(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    int32_t party = event->deposit.party;
    if (party < 0 || party >= x->core.party_count) {
        return refused(CODE_NOT_FOUND);
    }
    if (x->parties[party].role != ROLE_USER) {
        return refused(CODE_FORBIDDEN);
    }
    // All money inside is what the world has given, so no sum of it can overflow.
    if (event->deposit.amount <= 0 ||
        event->deposit.amount > DCAT_MONEY_MAX + x->balance[ACCOUNT_WORLD]) {
        return refused(CODE_OUT_OF_RANGE);
    }
    ledger_move(x, sink, (ledger_entry){LEG_DEPOSIT, NULL}, ACCOUNT_WORLD,
                exchange_account_available(party), event->deposit.amount);
    return done(party);
}

// ---- servers

#define SPEED_HZ_MAX (INT64_C(1) << 53)
#define COUNT_MAX 1000000

static bool machine_is_valid(const exchange_machine *m)
{
    return isfinite(m->x) && isfinite(m->y) && m->speed_hz > 0 && m->speed_hz <= SPEED_HZ_MAX &&
           m->core_count >= 1 && m->core_count <= COUNT_MAX && m->card_count >= 0 &&
           m->card_count <= COUNT_MAX && m->node >= 0 && m->unused == 0;
}

exchange_result on_register(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    if (!machine_is_valid(&event->machine)) {
        return refused(CODE_OUT_OF_RANGE);
    }
    if (x->core.server_count == x->config.server_max) {
        return refused(CODE_BUSY);
    }
    int32_t server = x->core.server_count++;
    server_record *s = &x->servers[server];
    memset(s, 0, sizeof *s);
    s->machine = event->machine;
    s->party = event->actor;
    server_go(x, sink, server, SERVER_ON_REGISTER);
    return done(server);
}

// A provider acts on its own servers, an operator on all.
static exchange_code may_act(const exchange *x, const exchange_event *event, int32_t server)
{
    if (server < 0 || server >= x->core.server_count) {
        return CODE_NOT_FOUND;
    }
    bool own = x->servers[server].party == event->actor;
    return own || x->parties[event->actor].role == ROLE_OPERATOR ? CODE_DONE : CODE_FORBIDDEN;
}

static enum server_input input_of(exchange_kind kind)
{
    switch (kind) {
    case EVENT_ADMIT:
        return SERVER_ON_ADMIT;
    case EVENT_DRAIN:
        return SERVER_ON_DRAIN;
    case EVENT_UNDRAIN:
        return SERVER_ON_UNDRAIN;
    case EVENT_SUSPEND:
        return SERVER_ON_SUSPEND;
    default:
        return SERVER_ON_HEARTBEAT;
    }
}

exchange_result on_server(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    int32_t server = event->server.server;
    exchange_code code = may_act(x, event, server);
    if (code != CODE_DONE) {
        return refused(code);
    }
    if (!server_go(x, sink, server, input_of(event->kind))) {
        return refused(CODE_WRONG_STATE);
    }
    if (event->kind == EVENT_HEARTBEAT) {
        x->servers[server].seen_ns = event->at_ns;
    }
    server_leave_if_empty(x, sink, server);
    return done(server);
}

// ---- asks

double exchange_ask_per_s(dcat_money micro, exchange_per per, const exchange_machine *machine)
{
    double price = (double)micro / (double)DCAT_MONEY_UNIT;
    double hour_s = 3600.0;
    switch (per) {
    case PER_CORE_HOUR:
        return price * machine->core_count / hour_s;
    case PER_CARD_HOUR:
        return price * machine->card_count / hour_s;
    case PER_NODE_HOUR:
        return price / hour_s;
    case PER_GIGACYCLE:
        return price * ((double)machine->speed_hz / 1e9);
    case PER_FORMULA:
    case PER_COUNT:
        break;
    }
    return NAN;
}

static bool ask_is_valid(const exchange_event *event, const server_record *s)
{
    int32_t per = event->ask.per;
    if (per < 0 || per >= PER_COUNT || (per == PER_CARD_HOUR && s->machine.card_count == 0)) {
        return false;
    }
    return per == PER_FORMULA ? event->ask.micro == 0
                              : event->ask.micro > 0 && event->ask.micro <= DCAT_MONEY_MAX;
}

static void ask_go(const exchange_sink *sink, int32_t server, ask_record *ask, enum ask_input input)
{
    exchange_step step = {.machine = MACHINE_ASK, .id = server, .from = ask->state};
    bool went = machine_go(MACHINE_ASK, &ask->state, (int)input);
    assert(went);
    (void)went;
    step.to = ask->state;
    tell_step(sink, &step);
}

exchange_result on_ask(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    int32_t server = event->ask.server;
    exchange_code code = may_act(x, event, server);
    if (code != CODE_DONE) {
        return refused(code);
    }
    server_record *s = &x->servers[server];
    if (!ask_is_valid(event, s)) {
        return refused(CODE_OUT_OF_RANGE);
    }
    if (event->ask.nonce <= s->nonce) {
        return refused(CODE_STALE_NONCE);
    }
    if (s->next.state == ASK_SIGNED) {
        ask_go(sink, server, &s->next, ASK_ON_NEWER);
    }
    s->next = (ask_record){.micro = event->ask.micro, .per = event->ask.per, .state = ASK_NONE};
    ask_go(sink, server, &s->next, ASK_ON_SIGN);
    s->nonce = event->ask.nonce;
    return done(server);
}

// Who takes part in the next cycle, and what they ask: from here on it can be made, beside the
// exchange, and neither comes from anywhere else when a log is replayed.
exchange_result on_seal(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    (void)event;
    x->core.sealed = 1;
    x->core.seals++;
    for (int32_t i = 0; i < x->core.server_count; i++) {
        server_record *s = &x->servers[i];
        if (s->next.state == ASK_SIGNED) {
            if (s->sealed.state == ASK_SEALED) {
                ask_go(sink, i, &s->sealed, ASK_ON_NEWER);
            }
            s->sealed = s->next;
            s->next = (ask_record){.state = ASK_NONE};
            ask_go(sink, i, &s->sealed, ASK_ON_SEAL);
        }
        bool there = s->state == SERVER_ADMITTED || s->state == SERVER_ACTIVE;
        bool asks = s->ask.state == ASK_IN_FORCE || s->sealed.state == ASK_SEALED;
        s->takes_part = there && asks;
    }
    return done(0);
}

void ask_enter(exchange *x, const exchange_sink *sink, int32_t server)
{
    server_record *s = &x->servers[server];
    if (s->sealed.state != ASK_SEALED) {
        return;
    }
    if (s->ask.state == ASK_IN_FORCE) {
        ask_go(sink, server, &s->ask, ASK_ON_NEWER);
    }
    s->ask = s->sealed;
    s->sealed = (ask_record){.state = ASK_NONE};
    ask_go(sink, server, &s->ask, ASK_ON_CUT);
}
