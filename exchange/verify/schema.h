// SPDX-License-Identifier: Apache-2.0
// schema.h (internal) - what the bodies of events mean to a verifier: all that it takes from the
// exchange's design stands here, in words of its own.

#ifndef DCAT_EXCHANGE_VERIFY_SCHEMA_H
#define DCAT_EXCHANGE_VERIFY_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

// ---- accounts: five of the platform, two of each party, one of payouts, two more of each party
enum {
    SCHEMA_WORLD = 0,
    SCHEMA_CLEARING = 1, // is empty after every event
    SCHEMA_PROFIT = 2,
    SCHEMA_ROUNDING = 4,
    SCHEMA_PARTIES = 5,
    SCHEMA_PAYOUTS = 1 << 29,
    SCHEMA_MORE = SCHEMA_PAYOUTS + 16,
};

static inline bool schema_may_overdraw(int64_t account)
{
    return account == SCHEMA_WORLD || account == SCHEMA_PROFIT || account == SCHEMA_ROUNDING ||
           (account >= SCHEMA_MORE && (account - SCHEMA_MORE) % 2 == 1); // what users owe
}

static inline bool schema_account(int64_t account, int64_t parties)
{
    return account >= 0 && (account < SCHEMA_PARTIES + 2 * parties || account == SCHEMA_PAYOUTS ||
                            (account >= SCHEMA_MORE && account < SCHEMA_MORE + 2 * parties));
}

static inline bool schema_is_held(int64_t account) // of a user: the fees of its open tasks
{
    return account >= SCHEMA_PARTIES && account < SCHEMA_PAYOUTS &&
           (account - SCHEMA_PARTIES) % 2 == 1;
}

static inline int64_t schema_payable(int64_t party) // of a provider; of a user what is available
{
    return SCHEMA_PARTIES + 2 * party;
}

// ---- steps: from, to
#define SCHEMA_TASK_STEPS(X)                                                                       \
    X("-", "accepted")                                                                             \
    X("accepted", "awarded")                                                                       \
    X("accepted", "accepted")                                                                      \
    X("accepted", "unserved")                                                                      \
    X("accepted", "cancelled")                                                                     \
    X("awarded", "running")                                                                        \
    X("awarded", "cancelled")                                                                      \
    X("awarded", "settled_fault")                                                                  \
    X("awarded", "accepted")                                                                       \
    X("awarded", "failed")                                                                         \
    X("running", "settled")                                                                        \
    X("running", "settled_late")                                                                   \
    X("running", "settled_fault")                                                                  \
    X("running", "cancelled")                                                                      \
    X("running", "accepted")                                                                       \
    X("running", "failed")                                                                         \
    X("settled", "disputed")                                                                       \
    X("disputed", "settled")                                                                       \
    X("disputed", "refunded")
#define SCHEMA_SERVER_STEPS(X)                                                                     \
    X("-", "registered")                                                                           \
    X("registered", "admitted")                                                                    \
    X("registered", "registered")                                                                  \
    X("registered", "out")                                                                         \
    X("registered", "suspended")                                                                   \
    X("admitted", "active")                                                                        \
    X("admitted", "admitted")                                                                      \
    X("admitted", "out")                                                                           \
    X("admitted", "suspended")                                                                     \
    X("active", "active")                                                                          \
    X("active", "lost")                                                                            \
    X("active", "draining")                                                                        \
    X("active", "suspended")                                                                       \
    X("lost", "active")                                                                            \
    X("lost", "out")                                                                               \
    X("lost", "suspended")                                                                         \
    X("draining", "draining")                                                                      \
    X("draining", "out")                                                                           \
    X("draining", "active")                                                                        \
    X("draining", "suspended")                                                                     \
    X("out", "admitted")                                                                           \
    X("out", "suspended")                                                                          \
    X("suspended", "admitted")
#define SCHEMA_PAYOUT_STEPS(X)                                                                     \
    X("-", "ordered")                                                                              \
    X("ordered", "confirmed")                                                                      \
    X("ordered", "returned")
#define SCHEMA_MODE_STEPS(X)                                                                       \
    X("starting", "open")                                                                          \
    X("open", "halted")                                                                            \
    X("open", "draining")                                                                          \
    X("halted", "open")                                                                            \
    X("halted", "draining")                                                                        \
    X("draining", "stopped")

// ---- lists of a body: [task, attempt, cluster, candidates, round, pay, [[server, load, ...],
// ...]]
enum {
    AWARD_TASK,
    AWARD_ATTEMPT,
    AWARD_CLUSTER,
    AWARD_CANDIDATES,
    AWARD_ROUND,
    AWARD_PAY,
    AWARD_TEAM
};
enum { MEMBER_SERVER, MEMBER_LOAD };
// [debit, credit, amount, kind, task, attempt]
enum { LEG_DEBIT, LEG_CREDIT, LEG_AMOUNT, LEG_KIND, LEG_TASK, LEG_ATTEMPT };
// [machine, id, to]
enum { STEP_MACHINE, STEP_ID, STEP_TO };

#endif
