// SPDX-License-Identifier: Apache-2.0
// Transfers: every one carries its debit and its credit, so that nothing is ever unbalanced.
#include "exchange/core/object.h"

#include <assert.h>

// The world outside, where deposits come from; and what the platform earns and rounds, which a
// credit that it bears can take below nothing.
bool ledger_may_overdraw(int32_t account)
{
    return account == ACCOUNT_WORLD || account == ACCOUNT_PROFIT || account == ACCOUNT_ROUNDING;
}

void ledger_move(exchange *x, const exchange_sink *sink, ledger_entry entry, int32_t debit,
                 int32_t credit, dcat_money amount)
{
    assert(amount >= 0 && debit != credit);
    if (amount == 0) {
        return;
    }
    assert(ledger_may_overdraw(debit) || x->balance[debit] >= amount);
    x->balance[debit] -= amount;
    x->balance[credit] += amount;
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
