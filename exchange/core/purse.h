// SPDX-License-Identifier: Apache-2.0
// purse.h - what others may see of money beside balances: accounts in a row, terms of users, what
// providers have and what keeps it.

#ifndef DCAT_EXCHANGE_CORE_PURSE_H
#define DCAT_EXCHANGE_CORE_PURSE_H

#include "exchange/core/exchange.h"

// Accounts without gaps: where one is among exchange_account_room of a config, or -1.
int32_t exchange_account_index(const exchange_config *config, int32_t account);
int32_t exchange_account_at(const exchange_config *config, int32_t index); // and back
size_t exchange_account_room(const exchange_config *config);
bool exchange_account_overdraws(int32_t account); // may be below 0

// What an operator set of a user, and what it spent.
typedef struct exchange_terms_view {
    dcat_money credit, spend_cap; // the cap that holds for it; 0: any
    dcat_money spent;             // in the hour of the last event
    int64_t voucher_expires_ns;   // when the first of its vouchers ends; 0: it has none
} exchange_terms_view;
exchange_terms_view exchange_terms(const exchange *x, int32_t party);
// What a user could pay for work of a class: vouchers, its own, and what it may still owe.
dcat_money exchange_user_has(const exchange *x, int32_t party, int32_t class_id, int64_t now_ns);

// Vouchers, of all users, used up and ended ones among them; false after the last.
typedef struct exchange_voucher_view {
    int64_t id;
    int32_t party;
    dcat_money left;
    int64_t expires_ns;
    uint64_t classes; // that it may buy, a bit each; 0: any
} exchange_voucher_view;
bool exchange_voucher_at(const exchange *x, int32_t index, exchange_voucher_view *view);

typedef struct exchange_payout_view {
    int64_t id;
    int32_t party;
    enum payout_state state;
    dcat_money amount;
    int64_t ordered_ns, closed_ns;
} exchange_payout_view;
bool exchange_payout_find(const exchange *x, int64_t payout, exchange_payout_view *view);

// What a provider has, and what keeps it. payable = free + disputable + disputed. O(tasks).
typedef struct exchange_earnings {
    dcat_money accrued; // its parts of open awards, by the work in them, if they end in time
    dcat_money payable;
    dcat_money free;       // may be ordered as a payout
    dcat_money disputable; // of settled tasks that may still be disputed
    dcat_money disputed;   // until the disputes are resolved
    dcat_money ordered;    // of payouts, until they are confirmed or come back
    int32_t accrued_count, disputable_count, disputed_count, ordered_count;
    int64_t next_free_ns, all_free_ns; // of what may be disputed: the first, the last; 0: nothing
    int64_t next_payout_ns;            // 0: none by itself
} exchange_earnings;
exchange_earnings exchange_earnings_of(const exchange *x, int32_t party);

#endif
