// SPDX-License-Identifier: Apache-2.0
// exchange.h - the exchange as a pure state machine: who takes part, what was promised, whose money
// is where.
//
// Everything that happens is an event, and exchange_apply is the only function that changes
// anything. It knows no clock, no file and no generator, and takes no memory: what an event does
// follows from the exchange and the event alone, so a log of events replayed gives the same
// exchange to the last bit. It is total: every event in every state has a result or a refusal, and
// what is refused changes nothing. Auctions are those of libdcat, by its public functions.
//
// Time is in the events: nanoseconds since the exchange's first slot. docs/exchange.md tells the
// whole.

#ifndef DCAT_EXCHANGE_CORE_EXCHANGE_H
#define DCAT_EXCHANGE_CORE_EXCHANGE_H

#include "dcat/market.h"
#include "dcat/money.h"
#include "dcat/world.h"
#include "exchange/core/machine.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct exchange exchange;
typedef struct exchange_cut exchange_cut; // cut.h

// ---- what is set

enum { EXCHANGE_RUNG_MAX = 8, EXCHANGE_STRIKES = 3, EXCHANGE_STRIKE_AWARDS = 100 };
#define EXCHANGE_BASIS 10000 // basis points in a whole

typedef enum exchange_pricing {
    EXCHANGE_SPREAD = 0,   // the platform keeps what the fee is above the payment
    EXCHANGE_PASS_THROUGH, // the user pays the payment and a commission on it, at most the fee
} exchange_pricing;

// Work that comes more than over_bp of its deadline late gives credit_bp of the charge back.
typedef struct exchange_rung {
    int32_t over_bp, credit_bp;
} exchange_rung;

typedef struct exchange_config {
    int64_t slot_ns;
    int64_t ack_ns;       // from the award until every part is acknowledged
    int64_t gang_ns;      // from the forecast start until every part has started
    int64_t grace_ns;     // from the forecast finish of a started award until its lease ends
    int64_t heartbeat_ns; // of silence until a server is lost
    int64_t dispute_ns;   // in which a settled task may be disputed
    double price_per_gigacycle, urgency_s; // p and mu of eq. (5)
    exchange_pricing pricing;
    int32_t commission_bp;                 // under pass-through
    exchange_rung late[EXCHANGE_RUNG_MAX]; // [rung_count] ascending; the last that applies counts
    int32_t rung_count;
    int32_t provider_bears_bp; // part of a credit that comes out of the providers' pay
    int32_t area_count;
    // Room, all of it taken at creation.
    int32_t party_max, server_max, task_max, part_max;
    int32_t slot_task_max; // auctioned in one slot; the rest wait
} exchange_config;

// The presets demo (the paper's clock), inference and batch, by name; false if there is none.
// Prices are Table I's, and there is room for 1 000 parties, servers and tasks.
bool exchange_config_preset(const char *name, exchange_config *config);

// The first wrong field by name.
dcat_status exchange_config_check(const exchange_config *config, dcat_error *err);

// ---- what happens

#define EXCHANGE_ROLES(X)                                                                          \
    X(USER, "user")                                                                                \
    X(PROVIDER, "provider")                                                                        \
    X(OPERATOR, "operator")                                                                        \
    X(AUDITOR, "auditor")
typedef enum exchange_role {
#define ROLE_ENUM(name, text) ROLE_##name,
    EXCHANGE_ROLES(ROLE_ENUM)
#undef ROLE_ENUM
        ROLE_COUNT
} exchange_role;

// Each kind of event: name, its word, which roles may cause it (bits), and whose doing it says it
// is. EXCHANGE_SELF is the exchange's own writer.
#define BY_USER (1u << ROLE_USER)
#define BY_PROVIDER (1u << ROLE_PROVIDER)
#define BY_OPERATOR (1u << ROLE_OPERATOR)
#define BY_SELF (1u << ROLE_COUNT)
#define EXCHANGE_EVENTS(X)                                                                         \
    X(PARTY, "party", BY_OPERATOR | BY_SELF)                                                       \
    X(DEPOSIT, "deposit", BY_OPERATOR)                                                             \
    X(REGISTER, "register", BY_PROVIDER)                                                           \
    X(ADMIT, "admit", BY_OPERATOR)                                                                 \
    X(HEARTBEAT, "heartbeat", BY_PROVIDER)                                                         \
    X(DRAIN, "drain", BY_PROVIDER | BY_OPERATOR)                                                   \
    X(UNDRAIN, "undrain", BY_PROVIDER | BY_OPERATOR)                                               \
    X(SUSPEND, "suspend", BY_OPERATOR)                                                             \
    X(ASK, "ask", BY_PROVIDER)                                                                     \
    X(SEAL, "seal", BY_SELF)                                                                       \
    X(CYCLE, "cycle", BY_SELF)                                                                     \
    X(SLOT, "slot", BY_SELF)                                                                       \
    X(SUBMIT, "submit", BY_USER)                                                                   \
    X(CANCEL, "cancel", BY_USER | BY_OPERATOR)                                                     \
    X(ACK, "ack", BY_PROVIDER)                                                                     \
    X(START, "start", BY_PROVIDER)                                                                 \
    X(FINISH, "finish", BY_PROVIDER)                                                               \
    X(FAIL, "fail", BY_PROVIDER)                                                                   \
    X(FAULT, "fault", BY_PROVIDER)                                                                 \
    X(DISPUTE, "dispute", BY_USER)                                                                 \
    X(RESOLVE, "resolve", BY_OPERATOR)                                                             \
    X(OPEN, "open", BY_OPERATOR | BY_SELF)                                                         \
    X(HALT, "halt", BY_OPERATOR | BY_SELF)                                                         \
    X(RESUME, "resume", BY_OPERATOR)                                                               \
    X(CLOSE, "close", BY_OPERATOR | BY_SELF)                                                       \
    X(STOP, "stop", BY_OPERATOR | BY_SELF)
typedef enum exchange_kind {
#define EVENT_ENUM(name, text, roles) EVENT_##name,
    EXCHANGE_EVENTS(EVENT_ENUM)
#undef EVENT_ENUM
        EVENT_COUNT
} exchange_kind;

// Why an event changed nothing.
#define EXCHANGE_CODES(X)                                                                          \
    X(DONE, "done")                                                                                \
    X(REPEATED, "repeated") /* the same was said before: the answer is the first one's */          \
    X(OUT_OF_RANGE, "out-of-range")                                                                \
    X(FORBIDDEN, "forbidden")                                                                      \
    X(NOT_FOUND, "not-found")                                                                      \
    X(WRONG_STATE, "wrong-state")                                                                  \
    X(WRONG_ATTEMPT, "wrong-attempt")                                                              \
    X(KEY_REUSED, "key-reused") /* the same client id with another body */                         \
    X(FEE_ABOVE_LIMIT, "fee-above-limit")                                                          \
    X(INSUFFICIENT_BALANCE, "insufficient-balance")                                                \
    X(STALE_NONCE, "stale-nonce")                                                                  \
    X(STALE_TIME, "stale-time") /* earlier than what already happened */                           \
    X(STALE_CUT, "stale-cut")   /* prepared for another moment */                                  \
    X(BUSY, "busy")                                                                                \
    X(HALTED, "halted")
typedef enum exchange_code {
#define CODE_ENUM(name, text) CODE_##name,
    EXCHANGE_CODES(CODE_ENUM)
#undef CODE_ENUM
        CODE_COUNT
} exchange_code;

typedef enum exchange_per { // what an ask is for
    PER_FORMULA = 0,        // eq. (8) from the market's costs: no price of its own
    PER_CORE_HOUR,
    PER_CARD_HOUR,
    PER_NODE_HOUR,
    PER_GIGACYCLE,
    PER_COUNT
} exchange_per;

typedef struct exchange_machine { // a server as its provider describes it
    double x, y;                  // its site, in the world's coordinates
    int64_t speed_hz;
    int32_t core_count, card_count; // >= 1, >= 0
    int32_t node;                   // of the network, where that has nodes
    int32_t unused;                 // 0
} exchange_machine;

#define EXCHANGE_SELF (-1)
#define EXCHANGE_TIME_MAX (INT64_MAX / 4) // 73 years
typedef struct exchange_client { // an id that the client made, and the hash of what it sent
    uint64_t id[2], body[2];
} exchange_client;

typedef struct exchange_event {
    exchange_kind kind;
    int32_t actor; // party, or EXCHANGE_SELF
    int64_t at_ns; // when the exchange received it
    union {
        struct {
            int32_t role; // exchange_role
        } party;
        struct {
            int32_t party;
            dcat_money amount;
        } deposit;
        exchange_machine machine; // register
        struct {
            int32_t server;
        } server; // admit, heartbeat, drain, undrain, suspend
        struct {
            int32_t server;
            int32_t per; // exchange_per
            dcat_money micro;
            int64_t nonce;
        } ask;
        exchange_cut *cut; // cycle
        struct {
            int64_t number;
            uint64_t seed; // of its auctions
        } slot;
        struct {
            exchange_client client;
            int64_t work_cycles, data_bits, deadline_us;
            int64_t retry_ns;   // after arrival, in which it may be auctioned again; 0: once
            dcat_money max_fee; // DCAT_MONEY_MAX: any
            int32_t area;
        } task;
        struct {
            int64_t task;
            int32_t attempt, server; // of reports
            bool refund;             // resolve
        } report;                    // cancel, ack, start, finish, fail, fault, dispute, resolve
    };
} exchange_event;

// ---- what it led to

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
    X(REVERSAL, "reversal")
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

// A machine that went along an arrow: of a task, a part, a server, an ask, a settlement, the
// exchange.
typedef struct exchange_step {
    enum machine_id machine;
    int64_t id;      // task, server; 0 for the exchange
    int32_t attempt; // of parts
    int32_t server;  // of parts
    uint8_t from, to;
    const char *reason; // Nullable: why a task was not served
} exchange_step;

typedef struct exchange_award {
    int64_t task;
    int32_t attempt, cluster, candidate_count, round;
    int64_t slot;
    uint32_t cycle;
    double payment;                   // as the auction says it
    dcat_money pay;                   // as it is booked
    double data_s, start_s, finish_s; // forecasts
    int32_t member_count;
    const int32_t *servers; // [member_count] the team
    const int64_t *loads;   // [member_count] cycles of work, whose sum is the task's
} exchange_award;

// Who is told, in order. All nullable.
typedef struct exchange_sink {
    void *user;
    void (*leg)(void *user, const exchange_leg *leg);
    void (*step)(void *user, const exchange_step *step);
    void (*award)(void *user, const exchange_award *award);
} exchange_sink;

typedef struct exchange_result {
    exchange_code code;
    int64_t id; // of the party, server or task that the event made or is about; 0 otherwise
} exchange_result;

// ---- the exchange

// One block, with no party, no server, starting. Errors: ERR_RANGE, ERR_MEMORY.
dcat_status exchange_create(const exchange_config *config, exchange **x, dcat_error *err);
void exchange_destroy(exchange *x);

// The same moment in another exchange made with the same config. Cuts are shared.
void exchange_copy(exchange *to, const exchange *from);

// Sink nullable. The cut of a cycle is borrowed until the next one is in force.
exchange_result exchange_apply(exchange *x, const exchange_event *event, const exchange_sink *sink);

// Walk the invariants that the exchange itself can see (docs/exchange.md). Errors: ERR_INTERNAL,
// naming what is broken.
dcat_status exchange_check(const exchange *x, dcat_error *err);

// A hash of everything that decides what will happen: equal exchanges have equal ones.
uint64_t exchange_digest(const exchange *x);

const exchange_config *exchange_config_view(const exchange *x);
enum mode_state exchange_mode(const exchange *x);
dcat_money exchange_balance(const exchange *x, int32_t account); // 0 where there is none
const char *exchange_code_name(exchange_code code);
const char *exchange_kind_name(exchange_kind kind);
const char *exchange_leg_name(exchange_leg_kind kind);

typedef struct exchange_task_view {
    enum task_state state;
    enum settlement_state settlement;
    int32_t party, attempt, tries;
    dcat_money fee, charge, pay; // charge and pay: what was booked
    double data_s, start_s, finish_s;
    const char *reason; // Nullable
} exchange_task_view;
bool exchange_task_find(const exchange *x, int64_t task, exchange_task_view *view);

typedef struct exchange_server_view {
    enum server_state state;
    int32_t party, strikes; // in its last EXCHANGE_STRIKE_AWARDS awards
    bool probation;         // at most one open award
    double free_s;          // forecast finish of its last open award
} exchange_server_view;
bool exchange_server_find(const exchange *x, int32_t server, exchange_server_view *view);

// An ask as money per second of the whole server; NAN for PER_FORMULA. The one place where prices
// as people state them become a double.
double exchange_ask_per_s(dcat_money micro, exchange_per per, const exchange_machine *machine);

#endif
