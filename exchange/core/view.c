// SPDX-License-Identifier: Apache-2.0
// What others may see, and the words for it.
#include "exchange/core/object.h"

const exchange_config *exchange_config_view(const exchange *x)
{
    return &x->config;
}

enum mode_state exchange_mode(const exchange *x)
{
    return (enum mode_state)x->core.mode;
}

dcat_money exchange_balance(const exchange *x, int32_t account)
{
    int32_t count = ACCOUNT_PLATFORM_COUNT + 2 * x->core.party_count;
    return account >= 0 && account < count ? x->balance[account] : 0;
}

#define TEXT(name, text) text,
#define EVENT_TEXT(name, text, roles) text,

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
        .data_s = t->data_s,
        .start_s = t->start_s,
        .finish_s = t->finish_s,
        .reason = reason_text(t->reason),
    };
    return true;
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
        .free_s = s->free_s,
    };
    return true;
}
