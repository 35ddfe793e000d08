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
#include "exchange/core/ledger.h"
#include "exchange/core/machine.h"
#include "exchange/core/market/config.h"
#include "exchange/core/market/trust.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct exchange exchange;
typedef struct exchange_cut exchange_cut; // cut.h

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
#define BY_ANYBODY ((1u << (ROLE_COUNT + 1)) - 1)
#define EXCHANGE_EVENTS(X)                                                                         \
    X(PARTY, "party", BY_OPERATOR | BY_SELF)                                                       \
    X(KEY, "key", BY_ANYBODY)                                                                      \
    X(REVOKE, "revoke", BY_ANYBODY)                                                                \
    X(DEPOSIT, "deposit", BY_OPERATOR)                                                             \
    X(REGISTER, "register", BY_PROVIDER)                                                           \
    X(ADMIT, "admit", BY_OPERATOR | BY_SELF)                                                       \
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
    X(STOP, "stop", BY_OPERATOR | BY_SELF)                                                         \
    X(VOUCHER, "voucher", BY_OPERATOR)                                                             \
    X(TERMS, "terms", BY_OPERATOR)                                                                 \
    X(PAYOUT, "payout", BY_PROVIDER | BY_OPERATOR)                                                 \
    X(CONFIRM, "confirm", BY_OPERATOR)                                                             \
    X(RETURN, "return", BY_OPERATOR)                                                               \
    X(OFFER, "offer", BY_PROVIDER)                                                                 \
    X(BENCHMARK, "benchmark", BY_PROVIDER)                                                         \
    X(BOND, "bond", BY_PROVIDER | BY_OPERATOR)
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
    X(SPEND_CAP, "spend-cap") /* of this hour */                                                   \
    X(STALE_NONCE, "stale-nonce")                                                                  \
    X(STALE_TIME, "stale-time") /* earlier than what already happened */                           \
    X(STALE_CUT, "stale-cut")   /* prepared for another moment */                                  \
    X(BUSY, "busy")                                                                                \
    X(HALTED, "halted")                                                                            \
    X(DEADLINE_IMPOSSIBLE, "deadline-impossible") /* by nobody who takes part */
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
    int32_t core_count, card_count;      // >= 1, >= 0
    int32_t node;                        // of the network, where that has nodes
    int32_t own_costs;                   // 0: the market's, and both of these are 0
    double energy_cost, time_cost_per_s; // of its own, for an ask by formula
    double exact_hz; // > 0: a simulation's, of which speed_hz is next to it; 0: speed_hz
} exchange_machine;

// Devices of one type in a server, and its public tariff. Of a server in an exchange without
// classes, which is its own number: the tariff alone, in the first of its units.
typedef struct exchange_unit {
    int32_t device, count; // count 0: there is none
    int64_t speed_hz;      // of them all, as measured; 0: count times the device's
    dcat_money tariff;     // micro-units per tariff_per; 0: the device's, or by eq. (8)
    int32_t tariff_per;    // exchange_per; PER_FORMULA without a tariff
    int32_t own_costs;     // 0: the device's, and both of these are 0
    double energy_cost, time_cost_per_s; // of its own, for an ask by formula
    double exact_hz, exact_tariff;       // a simulation's, next to the above; 0: as above
} exchange_unit;

// A task to the last bit, where it comes from a simulation; all 0: as its whole numbers say, which
// are next to these otherwise. value: what the user gives at most; 0: anything.
typedef struct exchange_exact {
    double arrival_s, work_cycles, data_bits, deadline_s, value;
} exchange_exact;

// What goes with a server's asks, until the next offer. All 0: nothing.
typedef struct exchange_offer {
    int64_t until_ns;  // when it leaves by itself; 0: it stays
    int64_t notice_ns; // of a drain: work that is then still open may be given up without a strike
    dcat_money floor;  // no ask of it may be below; 0: any
    int32_t min_count; // no task whose work is stated for fewer of its cores or cards; 0: any
    int32_t server;
} exchange_offer;

// What a party shows that it is the one: the hash of a bearer key, or the public key by which it
// signs documents. Who may say what it is was checked by whoever made the event.
typedef enum exchange_key_kind {
    EXCHANGE_KEY_BEARER = 0,
    EXCHANGE_KEY_SIGN,
    EXCHANGE_KEY_KIND_COUNT
} exchange_key_kind;
typedef struct exchange_key {
    unsigned char byte[32];
} exchange_key;

#define EXCHANGE_SELF (-1)
#define EXCHANGE_TIME_MAX (INT64_MAX / 4)                // 73 years
#define EXCHANGE_START_MAX (INT64_C(86400) * 1000000000) // that a start may be said to take
#define EXCHANGE_SPEED_HZ_MAX (INT64_C(1) << 53)
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
            exchange_key key;
            int64_t expires_ns; // 0: never
            int32_t party, kind;
            dcat_money spend_cap; // of a user's bearer key, an hour; 0: its party's alone
        } key;                    // key; revoke: its key alone
        struct {
            int32_t party;
            dcat_money amount;
        } deposit;
        struct {
            int32_t party;
            dcat_money amount;
            int64_t expires_ns; // > at_ns; what is left of it then ends
            uint64_t classes;   // of work that it may buy, a bit each; 0: any
        } voucher;
        struct {
            int32_t party;
            dcat_money credit;    // what it may owe; 0: nothing
            dcat_money spend_cap; // an hour; 0: the exchange's; DCAT_MONEY_MAX: any
        } terms;
        struct {
            int64_t payout;    // confirm, return
            int32_t party;     // payout
            dcat_money amount; // payout
        } payout;
        exchange_offer offer;
        exchange_benchmark benchmark;
        exchange_bond_change bond;
        struct {
            exchange_machine machine;
            exchange_unit units[DCAT_POOL_COUNT]; // by pool
            uint64_t barred;                      // classes that it does not work on, a bit each
            int64_t start_ns;                     // that a part of it takes beside its work
        };                                        // register
        struct {
            int32_t server;
        } server; // admit, heartbeat, drain, undrain, suspend
        struct {
            int32_t server;
            int32_t per; // exchange_per
            dcat_money micro;
            int64_t nonce;
            int32_t pool; // of the unit; 0 without classes
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
            exchange_exact exact;
            int32_t class_id;
            int32_t count; // of cores or cards that its work was stated for; 0: it was not
            int32_t key;   // 1 + number of the bearer key that it came with; 0: not told
            exchange_canary canary;
        } task;
        struct {
            int64_t task;
            int32_t attempt, server; // of reports
            bool refund;             // resolve
            int64_t ran_ns;          // finish: for how long, as the receipt says; 0: it does not
            unsigned char
                output[32]; // finish: SHA-256 of it, as the receipt says; all 0: it does not
        } report;           // cancel, ack, start, finish, fail, fault, dispute, resolve
    };
} exchange_event;

// ---- what it led to

// A machine that went along an arrow: of a task, a part, a server, an ask, a settlement, a payout,
// the exchange.
typedef struct exchange_step {
    enum machine_id machine;
    int64_t id;      // task, server, payout; 0 for the exchange
    int32_t attempt; // of parts
    int32_t server;  // of parts
    int32_t pool;    // of asks
    uint8_t from, to;
    const char *reason; // Nullable: why a task was not served
    double needed;      // as of exchange_task_view
} exchange_step;

typedef struct exchange_award {
    int64_t task;
    int32_t attempt, cluster, candidate_count, round;
    int32_t pool; // that it is worked on in
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
    int64_t id; // of the party, key, server, task, voucher or payout that it made or is about; or 0
} exchange_result;

// ---- the exchange

// One block, with no party, no server, starting. Errors: ERR_RANGE, ERR_MEMORY.
dcat_status exchange_create(const exchange_config *config, exchange **x, dcat_error *err);
void exchange_destroy(exchange *x);

// The same moment in another exchange made with the same config. Cuts are shared.
void exchange_copy(exchange *to, const exchange *from);

// The whole state as bytes, and back: what decides, and of the cut in force what it is made of. One
// of an older version of the rules has shorter records; what is missing is 0. Errors of reading:
// ERR_FORMAT, ERR_MEMORY. bytes are aligned as of malloc; the exchange that was read has no cut yet
// (exchange_cut_restore).
size_t exchange_snapshot_bytes(const exchange *x);
void exchange_snapshot_write(const exchange *x, void *bytes);
typedef struct exchange_snapshot_cut {
    int64_t seals;
    uint64_t world_seed;
    uint32_t number;
    int32_t server_count;      // 0: no cycle was in force
    const int32_t *server_of;  // [server_count] of the bytes, as is the next
    const int32_t *cluster_of; // [server_count]
} exchange_snapshot_cut;
dcat_status exchange_snapshot_read(const exchange_config *config, const void *bytes, size_t count,
                                   exchange **x, exchange_snapshot_cut *cut, dcat_error *err);

// Sink nullable. The cut of a cycle is borrowed until the next one is in force.
exchange_result exchange_apply(exchange *x, const exchange_event *event, const exchange_sink *sink);

// Walk the invariants that the exchange itself can see (docs/exchange.md). Errors: ERR_INTERNAL,
// naming what is broken.
dcat_status exchange_check(const exchange *x, dcat_error *err);

// A hash of everything that decides what will happen but the cut in force, which is made of an
// event: equal exchanges have equal ones.
uint64_t exchange_digest(const exchange *x);

const exchange_config *exchange_config_view(const exchange *x);
enum mode_state exchange_mode(const exchange *x);
dcat_money exchange_balance(const exchange *x, int32_t account); // 0 where there is none
const exchange_cut *exchange_cut_in_force(const exchange *x);    // Nullable: before the first cycle
const char *exchange_role_name(exchange_role role);
const char *exchange_code_name(exchange_code code);
const char *exchange_kind_name(exchange_kind kind);
const char *exchange_leg_name(exchange_leg_kind kind);

typedef struct exchange_task_view {
    enum task_state state;
    enum settlement_state settlement;
    int32_t party, attempt, tries;
    dcat_money fee, charge, pay; // charge and pay: what was booked
    int64_t arrived_ns;
    double data_s, start_s, finish_s;
    const char *reason; // Nullable
    // What would have been enough, where a number would: the deadline in seconds of what is
    // too-slow or queues-full, the price per giga-cycle of what is above-ceiling, the seconds of
    // queue that not-admitted would admit, the cores or cards of min-count. 0: none.
    double needed;
} exchange_task_view;
// The word for that number: "deadline_s", "price_per_gigacycle", "queue_s", "count"; NULL: none.
const char *exchange_needed_name(const char *reason);
bool exchange_task_find(const exchange *x, int64_t task, exchange_task_view *view);

// Open tasks by state, and how many of them will be late by their forecasts. O(open tasks).
typedef struct exchange_open_view {
    int64_t accepted, awarded, running, at_risk;
} exchange_open_view;
exchange_open_view exchange_open_tasks(const exchange *x);

typedef struct exchange_ask_view {
    int32_t per; // exchange_per
    dcat_money micro;
    enum ask_state state; // ASK_NONE: there is none
} exchange_ask_view;

typedef struct exchange_server_view {
    enum server_state state;
    int32_t party, strikes; // in its last EXCHANGE_STRIKE_AWARDS awards
    bool probation;         // at most one open award
    int32_t open_parts;
    int64_t seen_ns, nonce; // of its last heartbeat; of its last ask
    double free_s;          // forecast finish of its last open award, whichever unit works on it
    int64_t start_ns;       // what a start takes, as declared
    exchange_machine machine;
    exchange_ask_view ask, next; // in force; to be: of its first unit that asks
    exchange_offer offer;
} exchange_server_view;
bool exchange_server_find(const exchange *x, int32_t server, exchange_server_view *view);

// What a server has of a pool, its asks and its queue; false where it has nothing. Without classes
// the server itself is the one of pool 0.
typedef struct exchange_unit_view {
    exchange_unit unit;
    int64_t speed_hz;    // of reference work, as declared
    int64_t measured_hz; // the lesser of that and what receipts showed, as this cycle goes by it
    int32_t core_count, card_count;
    exchange_ask_view ask, next;
    double free_s;
    // What promises hold, by its last receipts: until it acknowledges an award; from when it may
    // begin until the receipt is there, less what it ran, and at least what it declared.
    int64_t ack_ns, start_ns;
} exchange_unit_view;
bool exchange_unit_find(const exchange *x, int32_t server, int32_t pool, exchange_unit_view *view);
bool exchange_unit_is_same(const exchange_unit *a, const exchange_unit *b);
uint64_t exchange_server_barred(const exchange *x, int32_t server);
// What receipts of a class showed of the speed that its unit declares for it, as this cycle goes by
// it: a part below 1, or 1.
double exchange_class_part(const exchange *x, int32_t server, int32_t class_id);

// The pool that tasks of a class are worked on in; 0 without classes.
int32_t exchange_class_pool(const exchange_config *config, int32_t class_id);
int32_t exchange_server_count(const exchange *x);
// Its cluster in the cycle in force, which is numbered by smallest member; -1: it is in none.
int32_t exchange_cluster_of(const exchange *x, int32_t server);

int32_t exchange_party_count(const exchange *x);
int32_t exchange_party_role(const exchange *x, int32_t party); // exchange_role; -1 where none is

typedef struct exchange_key_view {
    exchange_key key;
    exchange_key_kind kind;
    int32_t party;
    int64_t expires_ns;   // 0: never
    dcat_money spend_cap; // 0: its party's alone
    bool revoked;
} exchange_key_view;
bool exchange_key_at(const exchange *x, int32_t index, exchange_key_view *view); // as they came

// A part of an open award, with the forecasts of the whole.
typedef struct exchange_part_view {
    int64_t task;
    int32_t attempt, server, pool;
    enum part_state state, team_state; // team_state: the least of the parts' states
    int32_t rank, team_count;          // its place in the team
    int64_t load;                      // cycles of work
    int64_t before, work;              // of the team's lower ranks; of the whole
    dcat_money share;                  // what it was paid
    int64_t started_ns;                // 0: not yet
    int64_t lease_ns;                  // when its lease ends, as forecast
    int64_t deadline_ns;
    double data_s, start_s, finish_s;
    double go_s; // when its agent should set about it, so that it has begun at start_s
} exchange_part_view;
// All of them, in the order of award. O(open awards).
void exchange_part_each(const exchange *x, void *user,
                        void (*each)(void *user, const exchange_part_view *view));
// Those of one task's last attempt by number, as long as it is known; false after the last.
bool exchange_task_part(const exchange *x, int64_t task, int32_t number, exchange_part_view *view);

// Where time stands: of the last event; the last slot; the cycle in force, 0 before the first.
typedef struct exchange_time_view {
    int64_t now_ns, slot;
    int64_t open_tasks;
    uint32_t cycle;
    bool sealed; // the next cycle
} exchange_time_view;
exchange_time_view exchange_time(const exchange *x);

// What would become of a task that is submitted at event->at_ns: what submission would say and,
// where it would be accepted, what its slot would say if it were now. Books and holds nothing, and
// what is decided later does not depend on it. Only kind, actor, at_ns and task of the event are
// read; its client id need not be new.
typedef struct exchange_quote {
    exchange_code code; // DONE: it would be accepted
    dcat_money fee;     // 0 where there is none for it
    bool served;
    const char *reason; // Nullable: why it would not be served
    double needed;      // as of exchange_task_view
    int32_t candidate_count;
    dcat_money pay;
    double data_s, start_s, finish_s; // as an award's
} exchange_quote;
exchange_quote exchange_quote_of(const exchange *x, const exchange_event *event);

// The fee (5) of a task to be submitted, rounded up; and the least deadline in seconds with which
// all who take part now could serve it together, 0: nothing is known.
dcat_money exchange_task_fee(const exchange_config *config, const exchange_event *event);
double exchange_task_least_s(const exchange *x, const exchange_event *event);

// A price as money per second of a whole unit; NAN for PER_FORMULA. The one place where prices as
// people state them become a double.
typedef struct exchange_size {
    int64_t speed_hz;
    int32_t core_count, card_count;
} exchange_size;
double exchange_ask_per_s(dcat_money micro, exchange_per per, exchange_size size);
exchange_size exchange_machine_size(const exchange_machine *machine);
exchange_size exchange_unit_size(const exchange_config *config, int32_t pool,
                                 const exchange_unit *unit);

#endif
