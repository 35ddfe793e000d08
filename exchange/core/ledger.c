// SPDX-License-Identifier: Apache-2.0
// Transfers: every one carries its debit and its credit, so that nothing is ever unbalanced.
#include "exchange/core/object.h"

#include <assert.h>

// The world outside, where deposits come from; and what the platform earns and rounds, which a
// credit that it bears can take below nothing; and what users owe, up to what they may.
bool exchange_account_overdraws(int32_t account)
{
    return account == ACCOUNT_WORLD || account == ACCOUNT_PROFIT || account == ACCOUNT_ROUNDING ||
           (account >= ACCOUNT_MORE_PARTIES && (account - ACCOUNT_MORE_PARTIES) % 2 == 1);
}

dcat_money *ledger_at(const exchange *x, int32_t account)
{
    int32_t parties = x->core.party_count;
    if (account >= 0 && account < ACCOUNT_PLATFORM_COUNT + 2 * parties) {
        return &x->balance[account];
    }
    if (account == ACCOUNT_PAYOUTS) {
        return &((exchange *)x)->core.payouts;
    }
    if (account < ACCOUNT_MORE_PARTIES || account - ACCOUNT_MORE_PARTIES >= 2 * parties) {
        return NULL;
    }
    party_record *p = &x->parties[(account - ACCOUNT_MORE_PARTIES) / 2];
    return (account - ACCOUNT_MORE_PARTIES) % 2 == 0 ? &p->voucher : &p->credit;
}

// Choice: what credits took from the platform is an amount like what the world gave and what users
// owe, beside what open tasks may still take. Then all that anybody has is below 7 DCAT_MONEY_MAX,
// which no sum of it goes beyond.
bool ledger_room(const exchange *x)
{
    return x->balance[ACCOUNT_PROFIT] >= -DCAT_MONEY_MAX;
}

void ledger_move(exchange *x, const exchange_sink *sink, ledger_entry entry, int32_t debit,
                 int32_t credit, dcat_money amount)
{
    assert(amount >= 0 && debit != credit);
    if (amount == 0) {
        return;
    }
    dcat_money *from = ledger_at(x, debit), *to = ledger_at(x, credit);
    assert(from != NULL && to != NULL && (exchange_account_overdraws(debit) || *from >= amount));
    *from -= amount;
    *to += amount;
    if (sink != NULL && sink->leg != NULL) {
        const exchange_leg leg = {
            .debit = debit,
            .credit = credit,
            .amount = amount,
            .kind = entry.kind,
            .task = entry.task == NULL ? 0 : entry.task->id,
            .attempt = entry.task == NULL ? 0 : entry.task->attempt,
        };
        sink->leg(sink->user, &leg);
    }
}
