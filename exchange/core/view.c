// SPDX-License-Identifier: Apache-2.0
// What others may see, and the words for it.
#include "exchange/core/cut.h"
#include "exchange/core/object.h"

#include <math.h>
#include <string.h>

const exchange_config *exchange_config_view(const exchange *x)
{
    return &x->config;
}

enum mode_state exchange_mode(const exchange *x)
{
    return (enum mode_state)x->core.mode;
}

const exchange_cut *exchange_cut_in_force(const exchange *x)
{
    return x->cut;
}

dcat_money exchange_balance(const exchange *x, int32_t account)
{
    const dcat_money *at = ledger_at(x, account);
    return at == NULL ? 0 : *at;
}

size_t exchange_account_room(const exchange_config *config)
{
    return ACCOUNT_PLATFORM_COUNT + 4 * (size_t)config->party_max + 1;
}

int32_t exchange_account_at(const exchange_config *config, int32_t index)
{
    int32_t first = ACCOUNT_PLATFORM_COUNT + 2 * config->party_max;
    return index < first    ? index
           : index == first ? ACCOUNT_PAYOUTS
                            : ACCOUNT_MORE_PARTIES + index - first - 1;
}

int32_t exchange_account_index(const exchange_config *config, int32_t account)
{
    int32_t first = ACCOUNT_PLATFORM_COUNT + 2 * config->party_max, parties = 2 * config->party_max;
    if (account >= 0 && account < first) {
        return account;
    }
    int32_t more = account - ACCOUNT_MORE_PARTIES;
    return account == ACCOUNT_PAYOUTS ? first
                                      : (more >= 0 && more < parties ? first + 1 + more : -1);
}

#define TEXT(name, text) text,
#define EVENT_TEXT(name, text, roles) text,

const char *exchange_role_name(exchange_role role)
{
    static const char *const names[] = {EXCHANGE_ROLES(TEXT)};
    return names[role];
}

const char *exchange_code_name(exchange_code code)
{
    static const char *const names[] = {EXCHANGE_CODES(TEXT)};
    return names[code];
}

const char *exchange_kind_name(exchange_kind kind)
{
    static const char *const names[] = {EXCHANGE_EVENTS(EVENT_TEXT)};
    return names[kind];
}

const char *exchange_leg_name(exchange_leg_kind kind)
{
    static const char *const names[] = {EXCHANGE_LEGS(TEXT)};
    return names[kind];
}

const char *reason_text(uint8_t reason)
{
    static const char *const names[] = {REASONS(TEXT)};
    return names[reason];
}

const char *exchange_needed_name(const char *reason)
{
    static const struct {
        const char *reason, *name;
    } rows[] = {{"too-slow", "deadline_s"},
                {"queues-full", "deadline_s"},
                {"deadline-impossible", "deadline_s"},
                {"above-ceiling", "price_per_gigacycle"},
                {"not-admitted", "queue_s"},
                {"min-count", "count"}};
    for (size_t i = 0; reason != NULL && i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(reason, rows[i].reason) == 0) {
            return rows[i].name;
        }
    }
    return NULL;
}

bool exchange_task_find(const exchange *x, int64_t task, exchange_task_view *view)
{
    const task_record *t = task_find(x, task);
    if (t == NULL) {
        return false;
    }
    *view = (exchange_task_view){
        .state = (enum task_state)t->state,
        .settlement = (enum settlement_state)t->settlement,
        .party = t->party,
        .attempt = t->attempt,
        .tries = t->tries,
        .fee = t->fee,
        .charge = t->charge,
        .pay = t->pay,
        .arrived_ns = t->arrived_ns,
        .data_s = t->data_s,
        .start_s = t->start_s,
        .finish_s = t->finish_s,
        .reason = reason_text(t->reason),
        .needed = t->needed,
    };
    return true;
}

exchange_open_view exchange_open_tasks(const exchange *x)
{
    exchange_open_view view = {0};
    for (int32_t i = x->core.head[LIST_ACCEPTED]; i != NONE; i = x->tasks[i].next) {
        view.accepted++;
    }
    for (int32_t i = x->core.head[LIST_AWARDED]; i != NONE; i = x->tasks[i].next) {
        const task_record *t = &x->tasks[i];
        bool runs = t->state == TASK_RUNNING;
        view.running += runs;
        view.awarded += !runs;
        view.at_risk += (int64_t)(t->finish_s * NS_PER_S) > t->arrived_ns + t->deadline_us * 1000;
    }
    return view;
}

static exchange_ask_view ask_view(const ask_record *ask)
{
    return (exchange_ask_view){ask->per, ask->micro, (enum ask_state)ask->state};
}

bool exchange_server_find(const exchange *x, int32_t server, exchange_server_view *view)
{
    if (server < 0 || server >= x->core.server_count) {
        return false;
    }
    const server_record *s = &x->servers[server];
    *view = (exchange_server_view){
        .state = (enum server_state)s->state,
        .party = s->party,
        .strikes = server_strikes(x, server),
        .probation = server_on_probation(x, server),
        .open_parts = s->open_parts,
        .seen_ns = s->seen_ns,
        .nonce = s->nonce,
        .start_ns = s->start_ns,
        .machine = s->machine,
        .offer = s->offer,
    };
    for (int32_t pool = DCAT_POOL_COUNT - 1; pool >= 0; pool--) {
        exchange_unit_view unit;
        if (!exchange_unit_find(x, server, pool, &unit)) {
            continue;
        }
        view->free_s = fmax(view->free_s, unit.free_s);
        if (unit.ask.state != ASK_NONE || unit.next.state != ASK_NONE) { // the first one in the end
            view->ask = unit.ask;
            view->next = unit.next;
        }
    }
    return true;
}

bool exchange_unit_is_same(const exchange_unit *a, const exchange_unit *b)
{
    return a->device == b->device && a->count == b->count && a->speed_hz == b->speed_hz &&
           a->tariff == b->tariff && a->tariff_per == b->tariff_per &&
           a->own_costs == b->own_costs && a->energy_cost == b->energy_cost &&
           a->time_cost_per_s == b->time_cost_per_s && a->exact_hz == b->exact_hz &&
           a->exact_tariff == b->exact_tariff;
}

bool exchange_unit_find(const exchange *x, int32_t server, int32_t pool, exchange_unit_view *view)
{
    if (server < 0 || server >= x->core.server_count || pool < 0 || pool >= DCAT_POOL_COUNT ||
        !has_unit(x, &x->servers[server], pool)) {
        return false;
    }
    const server_record *s = &x->servers[server];
    const unit_record *unit = unit_at(x, server, pool);
    exchange_size size = size_of(x, s, pool);
    *view = (exchange_unit_view){
        .unit = s->units[pool],
        .speed_hz = size.speed_hz,
        .measured_hz = (int64_t)speed_measured(x, s, pool, true, (double)size.speed_hz),
        .core_count = size.core_count,
        .card_count = size.card_count,
        .ask = ask_view(&unit->ask),
        .next = ask_view(unit->next.state == ASK_SIGNED ? &unit->next : &unit->sealed),
        .free_s = unit->free_s,
        .ack_ns = s->starts[pool].ack.held_ns,
        .start_ns = start_lag_ns(s, pool),
    };
    return true;
}

double exchange_class_part(const exchange *x, int32_t server, int32_t class_id)
{
    if (server < 0 || server >= x->core.server_count || class_id < 0 ||
        (size_t)class_id >= class_count(x)) {
        return 1.0;
    }
    uint16_t part = speed_part(x, &x->servers[server], class_id, true);
    return part == 0 ? 1.0 : (double)part / SPEED_WHOLE;
}

uint64_t exchange_server_barred(const exchange *x, int32_t server)
{
    return server >= 0 && server < x->core.server_count ? x->servers[server].barred : 0;
}

int32_t exchange_cluster_of(const exchange *x, int32_t server)
{
    if (x->cut == NULL || server < 0 || server >= x->core.server_count) {
        return NONE;
    }
    int32_t w = x->cut->index_of[server];
    return w == NONE ? NONE : x->cut->cluster_of[w];
}

int32_t exchange_server_count(const exchange *x)
{
    return x->core.server_count;
}

int32_t exchange_party_count(const exchange *x)
{
    return x->core.party_count;
}

int32_t exchange_party_role(const exchange *x, int32_t party)
{
    return party >= 0 && party < x->core.party_count ? x->parties[party].role : -1;
}

bool exchange_key_at(const exchange *x, int32_t index, exchange_key_view *view)
{
    if (index < 0 || index >= x->core.key_count) {
        return false;
    }
    const key_record *k = &x->keys[index];
    *view = (exchange_key_view){.key = k->key,
                                .kind = (exchange_key_kind)k->kind,
                                .party = k->party,
                                .expires_ns = k->expires_ns,
                                .spend_cap = k->spend_cap,
                                .revoked = k->revoked == 1};
    return true;
}

// ---- parts

static exchange_part_view part_view(const exchange *x, const task_record *t, const part_record *p)
{
    uint8_t least = PART_STATE_COUNT;
    int32_t rank = 0, count = 0;
    int64_t before = 0, sum = 0;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        if (&x->parts[i] == p) {
            rank = count;
            before = sum;
        }
        count++;
        sum += x->parts[i].load;
        least = x->parts[i].state < least ? x->parts[i].state : least;
    }
    return (exchange_part_view){
        .task = t->id,
        .attempt = t->attempt,
        .server = p->server,
        .pool = pool_of(x, t),
        .state = (enum part_state)p->state,
        .team_state = (enum part_state)least,
        .rank = rank,
        .team_count = count,
        .load = p->load,
        .before = before,
        .work = sum,
        .share = p->share,
        .started_ns = p->started_ns,
        .lease_ns = (int64_t)(t->finish_s * NS_PER_S) + x->config.grace_ns,
        .deadline_ns = t->arrived_ns + t->deadline_us * 1000,
        .data_s = t->data_s,
        .start_s = t->start_s,
        .finish_s = t->finish_s,
        .go_s = t->start_s - seconds(p->hold_ns),
    };
}

void exchange_part_each(const exchange *x, void *user,
                        void (*each)(void *user, const exchange_part_view *view))
{
    for (int32_t a = x->core.head[LIST_AWARDED]; a != NONE; a = x->tasks[a].next) {
        const task_record *t = &x->tasks[a];
        for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
            const exchange_part_view view = part_view(x, t, &x->parts[i]);
            each(user, &view);
        }
    }
}

bool exchange_task_part(const exchange *x, int64_t task, int32_t number, exchange_part_view *view)
{
    const task_record *t = task_find(x, task);
    int32_t i = t == NULL ? NONE : t->part_first;
    for (; i != NONE && number > 0; number--) {
        i = x->parts[i].next;
    }
    if (i != NONE) {
        *view = part_view(x, t, &x->parts[i]);
    }
    return i != NONE;
}

exchange_time_view exchange_time(const exchange *x)
{
    return (exchange_time_view){x->core.now_ns, x->core.slot, x->core.open_count, x->core.cycle,
                                x->core.sealed == 1};
}
