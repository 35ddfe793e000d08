// SPDX-License-Identifier: Apache-2.0
// Bonds: what a provider leaves with the exchange while its servers serve. Strikes take a part of
// it, and what is locked is free once its servers have been out for a time without a strike.
//
// Choice: a bond is the provider's, so much for each of its servers that serves or served not long
// ago; where it is too small for all of them, those that registered first take part.
#include "exchange/core/object.h"

static int32_t account_of(int32_t party)
{
    return exchange_account_held(party); // of a user what is held; of a provider its bond
}

static bool is_serving(uint8_t state)
{
    return state == SERVER_ADMITTED || state == SERVER_ACTIVE || state == SERVER_LOST ||
           state == SERVER_DRAINING;
}

static bool serves(const server_record *s)
{
    return is_serving(s->state) || s->open_parts > 0;
}

// Since when it counts that nothing happened; it serves: for ever.
static int64_t frees_ns(const exchange *x, const server_record *s)
{
    int64_t since_ns = s->served_ns > s->struck_ns ? s->served_ns : s->struck_ns;
    return since_ns + x->config.bond_ns;
}

static bool locks(const exchange *x, const server_record *s)
{
    bool served = s->served_ns > 0 || s->struck_ns > 0;
    return serves(s) || (served && x->core.now_ns < frees_ns(x, s));
}

// So much for each of so many.
static dcat_money for_servers(const exchange *x, int32_t count)
{
    dcat_money bond = x->config.bond;
    return count > 0 && bond > DCAT_MONEY_MAX / count ? DCAT_MONEY_MAX : bond * count;
}

bool bond_covers(const exchange *x, int32_t server)
{
    int32_t party = x->servers[server].party, count = 1;
    for (int32_t i = 0; x->config.bond > 0 && i < server; i++) {
        count += x->servers[i].party == party && locks(x, &x->servers[i]);
    }
    return x->config.bond == 0 || x->balance[account_of(party)] >= for_servers(x, count);
}

void bond_left(exchange *x, server_record *s, uint8_t from)
{
    bool left = is_serving(from) && !is_serving(s->state);
    s->served_ns = left ? x->core.now_ns : s->served_ns;
}

void bond_strike(exchange *x, const exchange_sink *sink, int32_t server)
{
    server_record *s = &x->servers[server];
    int32_t bp = x->config.forfeit_bp[server_strikes(x, server) - 1];
    dcat_money has = x->balance[account_of(s->party)];
    dcat_money part = dcat_money_part(x->config.bond, bp, EXCHANGE_BASIS);
    s->struck_ns = x->core.now_ns;
    ledger_move(x, sink, (ledger_entry){LEG_FORFEIT, NULL}, account_of(s->party), ACCOUNT_PROFIT,
                part < has ? part : has);
}

exchange_bond exchange_bond_of(const exchange *x, int32_t party)
{
    exchange_bond b = {0};
    if (exchange_party_role(x, party) != ROLE_PROVIDER) {
        return b;
    }
    for (int32_t i = 0; x->config.bond > 0 && i < x->core.server_count; i++) {
        const server_record *s = &x->servers[i];
        if (s->party != party || !locks(x, s)) {
            continue;
        }
        b.server_count++;
        b.serving_count += serves(s);
        if (!serves(s) && (b.next_free_ns == 0 || frees_ns(x, s) < b.next_free_ns)) {
            b.next_free_ns = frees_ns(x, s);
        }
    }
    b.has = x->balance[account_of(party)];
    b.needs = for_servers(x, b.server_count);
    b.locked = b.needs < b.has ? b.needs : b.has;
    return b;
}

// Into the bond: by an operator from outside, by the provider from what it may be paid. Out of it:
// what is not locked, to what it may be paid.
exchange_result on_bond(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    int32_t party = event->bond.party, payable = exchange_account_available(party);
    dcat_money amount = event->bond.amount;
    if (party < 0 || party >= x->core.party_count) {
        return refused(CODE_NOT_FOUND);
    }
    bool by_operator = x->parties[event->actor].role == ROLE_OPERATOR;
    if ((party != event->actor && !by_operator) || x->parties[party].role != ROLE_PROVIDER) {
        return refused(CODE_FORBIDDEN);
    }
    if (x->config.bond == 0) {
        return refused(CODE_WRONG_STATE); // there are none here
    }
    if (amount == 0 || amount < -DCAT_MONEY_MAX ||
        amount > (by_operator ? DCAT_MONEY_MAX + x->balance[ACCOUNT_WORLD] : DCAT_MONEY_MAX)) {
        return refused(CODE_OUT_OF_RANGE);
    }
    const exchange_bond b = exchange_bond_of(x, party);
    dcat_money may = amount < 0 ? b.has - b.locked : payout_free(x, party);
    if ((amount < 0 || !by_operator) && (amount < 0 ? -amount : amount) > may) {
        return refused(CODE_INSUFFICIENT_BALANCE);
    }
    ledger_move(x, sink, (ledger_entry){LEG_BOND, NULL},
                amount < 0    ? account_of(party)
                : by_operator ? (int32_t)ACCOUNT_WORLD
                              : payable,
                amount < 0 ? payable : account_of(party), amount < 0 ? -amount : amount);
    return done(party);
}
