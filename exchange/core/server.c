// SPDX-License-Identifier: Apache-2.0
// Parties, deposits, servers and asks.
#include "dcat/x/model.h"
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
    x->parties[party] = (party_record){.role = event->party.role};
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
    // What the world gives is an amount, too, so that no sum of money can overflow (ledger_room).
    if (event->deposit.amount <= 0 ||
        event->deposit.amount > DCAT_MONEY_MAX + x->balance[ACCOUNT_WORLD]) {
        return refused(CODE_OUT_OF_RANGE);
    }
    ledger_move(x, sink, (ledger_entry){LEG_DEPOSIT, NULL}, ACCOUNT_WORLD,
                exchange_account_available(party), event->deposit.amount);
    purse_repay(x, sink, party);
    return done(party);
}

// ---- servers

#define COUNT_MAX 1000000

// Some cost (8), however small, and one that is a number; or the market's.
static bool costs_are_valid(int32_t own_costs, double energy_cost, double time_cost_per_s,
                            double speed_hz, int32_t core_count)
{
    double unit_cost = dcat_unit_cost(energy_cost, time_cost_per_s, speed_hz, core_count);
    return own_costs == 1 ? energy_cost >= 0.0 && time_cost_per_s >= 0.0 && unit_cost > 0.0 &&
                                isfinite(unit_cost)
                          : own_costs == 0 && energy_cost == 0.0 && time_cost_per_s == 0.0;
}

#define METRES_MAX 1e9 // from the origin of a plane

// Where dcat_world_create takes it, or one server would keep all others from the next cycle.
static bool place_is_valid(const exchange *x, const exchange_machine *m)
{
    bool geo = x->config.geometry == DCAT_GEO;
    int32_t nodes = x->config.node_count > 0 ? x->config.node_count : 1;
    return fabs(m->x) <= (geo ? 180.0 : METRES_MAX) && fabs(m->y) <= (geo ? 90.0 : METRES_MAX) &&
           m->node >= 0 && m->node < nodes;
}

static bool machine_is_valid(const exchange *x, const exchange_machine *m)
{
    return place_is_valid(x, m) && m->speed_hz > 0 && m->speed_hz <= EXCHANGE_SPEED_HZ_MAX &&
           m->core_count >= 1 && m->core_count <= COUNT_MAX && m->card_count >= 0 &&
           m->card_count <= COUNT_MAX &&
           costs_are_valid(m->own_costs, m->energy_cost, m->time_cost_per_s, (double)m->speed_hz,
                           m->core_count) &&
           (m->exact_hz == 0.0 ||
            (m->exact_hz >= 1.0 && fabs(m->exact_hz - (double)m->speed_hz) <= 1.0));
}

static bool price_is_valid(dcat_money micro, int32_t per, int32_t card_count)
{
    if (per < 0 || per >= PER_COUNT || (per == PER_CARD_HOUR && card_count == 0)) {
        return false;
    }
    return per == PER_FORMULA ? micro == 0 : micro > 0 && micro <= DCAT_MONEY_MAX;
}

// What stands beside the tariff is of exchanges with classes.
static bool unit_is_valid(const exchange *x, const exchange_event *event, int32_t pool)
{
    const exchange_unit *u = &event->units[pool];
    const exchange_config *config = &x->config;
    bool tariff = isfinite(u->exact_tariff) && u->exact_tariff >= 0.0;
    if (u->count == 0) {
        bool own_number = config->class_count == 0 && pool == 0;
        return u->device == 0 && u->speed_hz == 0 && u->own_costs == 0 && u->energy_cost == 0.0 &&
               u->time_cost_per_s == 0.0 && u->exact_hz == 0.0 && tariff &&
               (own_number
                    ? price_is_valid(u->tariff, u->tariff_per, event->machine.card_count)
                    : u->tariff == 0 && u->tariff_per == PER_FORMULA && u->exact_tariff == 0.0);
    }
    if (u->device < 0 || u->device >= config->device_count ||
        config->devices[u->device].pool != pool || u->count < 1 || u->count > COUNT_MAX ||
        u->speed_hz < 0 || u->speed_hz > EXCHANGE_SPEED_HZ_MAX) {
        return false;
    }
    const exchange_size size = exchange_unit_size(config, pool, u);
    return size.speed_hz >= 1 && size.speed_hz <= EXCHANGE_SPEED_HZ_MAX && tariff &&
           costs_are_valid(u->own_costs, u->energy_cost, u->time_cost_per_s, (double)size.speed_hz,
                           size.core_count) &&
           price_is_valid(u->tariff, u->tariff_per, pool == DCAT_POOL_CPU ? 0 : u->count) &&
           (u->exact_hz == 0.0 ||
            (u->exact_hz >= 1.0 && fabs(u->exact_hz - (double)u->speed_hz) <= 1.0));
}

static bool units_are_valid(const exchange *x, const exchange_event *event)
{
    bool valid = true, some = false;
    for (int32_t pool = 0; pool < DCAT_POOL_COUNT; pool++) {
        valid = valid && unit_is_valid(x, event, pool);
        some = some || event->units[pool].count > 0;
    }
    int32_t classes = x->config.class_count;
    bool bars = classes == DCAT_CLASS_MAX || event->barred >> classes == 0;
    return valid && bars && some == (classes > 0);
}

exchange_result on_register(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    if (!machine_is_valid(x, &event->machine) || !units_are_valid(x, event) ||
        event->start_ns < 0 || event->start_ns > EXCHANGE_START_MAX) {
        return refused(CODE_OUT_OF_RANGE);
    }
    if (x->core.server_count == x->config.server_max) {
        return refused(CODE_BUSY);
    }
    int32_t server = x->core.server_count++;
    server_record *s = &x->servers[server];
    memset(s, 0, sizeof *s);
    s->machine = event->machine;
    memcpy(s->units, event->units, sizeof s->units);
    s->barred = event->barred;
    s->start_ns = event->start_ns;
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
    bool own = event->actor == EXCHANGE_SELF || x->servers[server].party == event->actor;
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
    } else if (event->kind == EVENT_DRAIN) {
        x->servers[server].drained_ns = event->at_ns;
    }
    server_leave_if_empty(x, sink, server);
    return done(server);
}

// ---- asks

exchange_size exchange_machine_size(const exchange_machine *machine)
{
    return (exchange_size){machine->speed_hz, machine->core_count, machine->card_count};
}

exchange_size exchange_unit_size(const exchange_config *config, int32_t pool,
                                 const exchange_unit *unit)
{
    const exchange_device *device = &config->devices[unit->device];
    double speed_hz = unit->speed_hz > 0 ? (double)unit->speed_hz : unit->count * device->speed_hz;
    double core_count = (double)unit->count * device->core_count;
    return (exchange_size){
        .speed_hz = speed_hz < 9e18 ? (int64_t)speed_hz : INT64_MAX,
        .core_count = core_count < INT32_MAX ? (int32_t)core_count : INT32_MAX,
        .card_count = pool == DCAT_POOL_CPU ? 0 : unit->count,
    };
}

exchange_size size_of(const exchange *x, const server_record *s, int32_t pool)
{
    return x->config.class_count > 0 ? exchange_unit_size(&x->config, pool, &s->units[pool])
                                     : exchange_machine_size(&s->machine);
}

int32_t exchange_class_pool(const exchange_config *config, int32_t class_id)
{
    return config->class_count > 0 ? config->classes[class_id].pool : 0;
}

double exchange_ask_per_s(dcat_money micro, exchange_per per, exchange_size size)
{
    double price = (double)micro / (double)DCAT_MONEY_UNIT;
    double hour_s = 3600.0;
    switch (per) {
    case PER_CORE_HOUR:
        return price * size.core_count / hour_s;
    case PER_CARD_HOUR:
        return price * size.card_count / hour_s;
    case PER_NODE_HOUR:
        return price / hour_s;
    case PER_GIGACYCLE:
        return price * ((double)size.speed_hz / 1e9);
    case PER_FORMULA:
    case PER_COUNT:
        break;
    }
    return NAN;
}

static bool ask_is_valid(const exchange *x, const exchange_event *event, const server_record *s)
{
    int32_t pool = event->ask.pool;
    return pool >= 0 && pool < pool_count(x) && has_unit(x, s, pool) &&
           price_is_valid(event->ask.micro, event->ask.per, size_of(x, s, pool).card_count) &&
           offer_allows(s, event->ask.per, event->ask.micro);
}

// Of which unit an ask is.
typedef struct asker {
    int32_t server, pool;
} asker;

static void ask_go(const exchange_sink *sink, asker who, ask_record *ask, enum ask_input input)
{
    exchange_step step = {
        .machine = MACHINE_ASK, .id = who.server, .pool = who.pool, .from = ask->state};
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
    if (!ask_is_valid(x, event, s)) {
        return refused(CODE_OUT_OF_RANGE);
    }
    if (event->ask.nonce <= s->nonce) {
        return refused(CODE_STALE_NONCE);
    }
    const asker who = {server, event->ask.pool};
    ask_record *next = &unit_of(s, who.pool)->next;
    if (next->state == ASK_SIGNED) {
        ask_go(sink, who, next, ASK_ON_NEWER);
    }
    *next = (ask_record){.micro = event->ask.micro, .per = event->ask.per, .state = ASK_NONE};
    ask_go(sink, who, next, ASK_ON_SIGN);
    s->nonce = event->ask.nonce;
    return done(server);
}

const ask_record *unit_ask(const server_record *s, int32_t pool, bool in_force)
{
    const unit_record *unit = unit_of((server_record *)s, pool);
    return unit->sealed.state == ASK_SEALED && !in_force ? &unit->sealed : &unit->ask;
}

bool unit_trades(const server_record *s, int32_t pool, bool in_force)
{
    const ask_record *ask = unit_ask(s, pool, in_force);
    return ask->state != ASK_NONE && offer_allows(s, ask->per, ask->micro);
}

static void ask_seal(const exchange_sink *sink, asker who, unit_record *unit)
{
    if (unit->next.state != ASK_SIGNED) {
        return;
    }
    if (unit->sealed.state == ASK_SEALED) {
        ask_go(sink, who, &unit->sealed, ASK_ON_NEWER);
    }
    unit->sealed = unit->next;
    unit->next = (ask_record){.state = ASK_NONE};
    ask_go(sink, who, &unit->sealed, ASK_ON_SEAL);
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
        bool asks = false;
        speed_seal(x, i);
        for (int32_t pool = 0; pool < pool_count(x); pool++) {
            unit_record *unit = unit_of(s, pool);
            ask_seal(sink, (asker){i, pool}, unit);
            start_seal(s, pool);
            asks = asks || (unit_trades(s, pool, false) && benchmark_lets(x, s, pool));
        }
        benchmark_seal(x, s);
        bool there = s->state == SERVER_ADMITTED || s->state == SERVER_ACTIVE;
        s->takes_part = there && asks && bond_covers(x, i);
    }
    return done(0);
}

static void ask_enter(const exchange_sink *sink, asker who, unit_record *unit)
{
    if (unit->sealed.state != ASK_SEALED) {
        return;
    }
    if (unit->ask.state == ASK_IN_FORCE) {
        ask_go(sink, who, &unit->ask, ASK_ON_NEWER);
    }
    unit->ask = unit->sealed;
    unit->sealed = (ask_record){.state = ASK_NONE};
    ask_go(sink, who, &unit->ask, ASK_ON_CUT);
}

void asks_enter(exchange *x, const exchange_sink *sink, int32_t server)
{
    for (int32_t pool = 0; pool < pool_count(x); pool++) {
        ask_enter(sink, (asker){server, pool}, unit_of(&x->servers[server], pool));
    }
    speed_enter(x, server);
    x->servers[server].shown_in_force = x->servers[server].shown_sealed;
}
