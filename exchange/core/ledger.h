// SPDX-License-Identifier: Apache-2.0
// ledger.h - accounts, and transfers between them.

#ifndef DCAT_EXCHANGE_CORE_LEDGER_H
#define DCAT_EXCHANGE_CORE_LEDGER_H

#include "dcat/money.h"

#include <stdint.h>

// Accounts: the platform's, then two of each party.
#define EXCHANGE_PLATFORM(X)                                                                       \
    X(WORLD, "world")                                                                              \
    X(CLEARING, "platform.clearing")                                                               \
    X(PROFIT, "platform.profit")                                                                   \
    X(COMMISSION, "platform.commission")                                                           \
    X(ROUNDING, "platform.rounding")
enum exchange_platform_account {
#define ACCOUNT_ENUM(name, text) ACCOUNT_##name,
    EXCHANGE_PLATFORM(ACCOUNT_ENUM)
#undef ACCOUNT_ENUM
        ACCOUNT_PLATFORM_COUNT
};
// What came later has numbers of its own, so that the older ones stay.
enum { ACCOUNT_PAYOUTS = 1 << 29, ACCOUNT_MORE_PARTIES = ACCOUNT_PAYOUTS + 16 };
static inline int32_t exchange_account_voucher(int32_t party) // of a user
{
    return ACCOUNT_MORE_PARTIES + 2 * party;
}
static inline int32_t exchange_account_credit(int32_t party) // of a user: below 0 what it owes
{
    return ACCOUNT_MORE_PARTIES + 2 * party + 1;
}
static inline int32_t exchange_account_available(int32_t party) // of a provider: payable
{
    return ACCOUNT_PLATFORM_COUNT + 2 * party;
}
static inline int32_t exchange_account_held(int32_t party)
{
    return ACCOUNT_PLATFORM_COUNT + 2 * party + 1;
}

#define EXCHANGE_LEGS(X)                                                                           \
    X(DEPOSIT, "deposit")                                                                          \
    X(HOLD, "hold")                                                                                \
    X(RELEASE, "release")                                                                          \
    X(CHARGE, "charge")                                                                            \
    X(CREDIT, "credit")                                                                            \
    X(SHARE, "share")                                                                              \
    X(MARGIN, "margin")                                                                            \
    X(COMMISSION, "commission")                                                                    \
    X(ROUNDING, "rounding")                                                                        \
    X(REVERSAL, "reversal")                                                                        \
    X(VOUCHER, "voucher")                                                                          \
    X(EXPIRY, "expiry")                                                                            \
    X(REPAYMENT, "repayment")                                                                      \
    X(PAYOUT, "payout")                                                                            \
    X(BOND, "bond")                                                                                \
    X(FORFEIT, "forfeit")
typedef enum exchange_leg_kind {
#define LEG_ENUM(name, text) LEG_##name,
    EXCHANGE_LEGS(LEG_ENUM)
#undef LEG_ENUM
        LEG_COUNT
} exchange_leg_kind;

typedef struct exchange_leg {
    int32_t debit, credit; // accounts, different
    dcat_money amount;     // > 0
    exchange_leg_kind kind;
    int64_t task; // 0: none
    int32_t attempt;
} exchange_leg;

#endif
