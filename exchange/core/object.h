// SPDX-License-Identifier: Apache-2.0
// object.h (internal) - the inside of an exchange: one block of records without pointers among
// them.

#ifndef DCAT_EXCHANGE_CORE_OBJECT_H
#define DCAT_EXCHANGE_CORE_OBJECT_H

#include "exchange/core/purse.h"

enum { NONE = -1 };
#define NS_PER_S 1e9

// Why a task was not served, or an attempt lost.
#define REASONS(X)                                                                                 \
    X(NOTHING, NULL)                                                                               \
    X(NO_CANDIDATE, "no-candidate")                                                                \
    X(NO_BIDDER, "no-bidder")                                                                      \
    X(ALL_LEFT, "all-left")                                                                        \
    X(ROUND_LIMIT, "round-limit")                                                                  \
    X(NOT_ADMITTED, "not-admitted")                                                                \
    X(DEADLINE, "deadline")                                                                        \
    X(NOT_ACKNOWLEDGED, "not-acknowledged")                                                        \
    X(NOT_STARTED, "not-started")                                                                  \
    X(LEASE_ENDED, "lease-ended")                                                                  \
    X(GIVEN_UP, "given-up")                                                                        \
    X(NO_SERVER_IN_REACH, "no-server-in-reach")                                                    \
    X(TOO_SLOW, "too-slow")                                                                        \
    X(QUEUES_FULL, "queues-full")                                                                  \
    X(ABOVE_CEILING, "above-ceiling")                                                              \
    X(NO_DEVICE, "no-device")                                                                      \
    X(OVER_LIMIT, "over-limit")                                                                    \
    X(MIN_COUNT, "min-count")                                                                      \
    X(WRONG_ANSWER, "wrong-answer")
enum reason {
#define REASON_ENUM(name, text) REASON_##name,
    REASONS(REASON_ENUM) REASON_COUNT
#undef REASON_ENUM
};

// The digest reads whole records, so they must have no padding.
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

// Tasks are in one of three lists, or were never used. What is closed is forgotten in the order of
// closing, once its room is needed and nobody may dispute it any more.
enum task_list { LIST_ACCEPTED, LIST_AWARDED, LIST_CLOSED, LIST_COUNT };

// Of a fee: how much of it came out of which voucher.
enum { VOUCHER_DRAWS = 3 };
typedef struct voucher_draw {
    int64_t voucher; // id
    dcat_money amount;
} voucher_draw;

typedef struct task_record {
    exchange_client client;
    int64_t id;
    int64_t work_cycles, data_bits, deadline_us, retry_ns;
    int64_t arrived_ns, awarded_ns, running_ns, closed_ns;
    dcat_money fee, max_fee, charge, pay;
    // Forecasts of the open award. after_s: when its team is free of the awards before it.
    double data_s, after_s, start_s, processing_s, finish_s;
    double until_s; // for how long its team counts as busy: past finish_s when that was missed
    exchange_exact exact;
    int32_t party, area, attempt, tries, cluster;
    int32_t part_first, part_count; // a chain of parts
    int32_t next, prev;             // in its list
    int32_t next_id, next_client;   // in its buckets
    uint8_t state, settlement, reason, disputed;
    dcat_money from_voucher, back; // of its fee: what came out of vouchers; what was given back
    int32_t class_id, unused;
    double needed;      // what would have served it: exchange_task_view
    int32_t count, key; // as it was submitted
    voucher_draw draws[VOUCHER_DRAWS];
    int64_t ready_ns; // when the last of its team had acknowledged
    // Of a canary: 1 + its server, 0: it is none; and what is right.
    int32_t pin, unused2;
    unsigned char answer[32];
} task_record;

typedef struct part_record {
    int64_t load; // cycles of work
    int64_t started_ns;
    dcat_money least; // that it works for: its ask at the award
    dcat_money share; // what it was paid
    int32_t server, next;
    uint8_t state, unused[1];
    uint16_t speed_bp; // of its unit at the class at the award, by speed_record; 0: as declared
    uint8_t unused2[4];
    uint64_t weight;         // its part of the pay
    int64_t ack_ns, hold_ns; // what its promise holds, by start_record
    int64_t go_ns;           // when it might begin
} part_record;

typedef struct ask_record {
    dcat_money micro;
    int32_t per;
    uint8_t state, unused[3];
} ask_record;

typedef struct unit_record {      // what trades by itself
    ask_record ask, sealed, next; // in force; sealed for the next cycle; signed since then
    double base_s;                // when its last closed award left it free
    double free_s;                // when its last open one will
} unit_record;

// How fast a server was at a class of work in its last receipts, in basis points of what its unit
// declares for it.
enum { SPEED_SAMPLES = 50, SPEED_SAMPLES_LEAST = 10, SPEED_WHOLE = 10000 };
typedef struct speed_record {
    uint16_t samples[SPEED_SAMPLES];
    uint8_t count, next;
    uint16_t sealed, in_force; // what the next cycle and this one go by; 0: as declared
    uint8_t unused[6];
} speed_record;

// What the last parts of a unit took beside their work: until they were acknowledged, and from when
// they might begin until the receipt was there, less what they ran.
enum { START_SAMPLES = 20 };
typedef struct start_list {
    int64_t of[START_SAMPLES]; // [count]
    int64_t held_ns;           // of these: what promises hold
    uint8_t count, next;
    uint8_t fresh; // one came since the last cycle was sealed
    uint8_t unused[5];
} start_list;
typedef struct start_record {
    start_list ack, lag;
} start_record;

typedef struct server_record {
    exchange_machine machine;
    int64_t seen_ns, nonce;
    int64_t award_count, strike_at[EXCHANGE_STRIKES]; // awards that it had then, newest first
    unit_record first; // of pool 0: the server's own where there are no classes
    int32_t party, open_parts;
    uint8_t state, takes_part, unused[6]; // takes_part: of the next cycle, as sealed
    exchange_offer offer;
    int64_t drained_ns; // when it began to drain
    exchange_unit units[DCAT_POOL_COUNT];
    unit_record others[DCAT_POOL_COUNT - 1];
    uint64_t barred;
    int64_t start_ns; // as declared
    start_record starts[DCAT_POOL_COUNT];
    int64_t shown_hz[DCAT_CLASS_MAX];      // by its benchmarks; 0: none
    uint64_t shown_sealed, shown_in_force; // classes that it has one of, a bit each
    int64_t served_ns, struck_ns;          // when it last left, and had a strike; 0: never
    exchange_canaries canaries;
} server_record;

typedef struct party_record {
    int32_t role;
    int32_t unused;
    // Of users: balances and limits.
    dcat_money voucher, credit; // of all its vouchers; credit <= 0: what it owes
    int64_t unused_ns;
    dcat_money credit_max, spend_cap;
    dcat_money spent; // in the hour with this number
    int64_t spent_hour;
} party_record;

typedef struct voucher_record {
    int64_t id;
    dcat_money left;
    int64_t expires_ns;
    uint64_t classes; // a bit each; 0: any
    int32_t party, unused;
} voucher_record;

typedef struct payout_record {
    int64_t id;
    dcat_money amount;
    int64_t ordered_ns, closed_ns;
    int32_t party;
    uint8_t state, unused[3];
} payout_record;

typedef struct key_record {
    exchange_key key;
    int64_t expires_ns;
    int32_t party;
    uint8_t kind, revoked, unused[2];
    dcat_money spend_cap, spent; // spent: in the hour with this number
    int64_t spent_hour;
} key_record;

// Everything but arrays.
typedef struct exchange_core {
    int64_t now_ns;     // of the last event
    int64_t slot;       // number of the last one
    int64_t heard_ns;   // when some agent spoke last
    int64_t anew_ns;    // no time-out counts from before: nobody was heard, so we were deaf
    int64_t task_next;  // id
    int64_t seals;      // how often a cycle was sealed
    int64_t slot_first; // of the cycle in force
    uint32_t cycle;     // number of the one in force
    int32_t party_count, key_count, server_count, task_used;
    int32_t part_used, part_free, parts_left; // used: ever; free: a chain of those
    int32_t head[LIST_COUNT], tail[LIST_COUNT];
    int32_t open_count;
    uint8_t mode, sealed, unused[2]; // sealed: asks and servers of the next cycle stand
    int64_t payout_last;             // number of the last payout
    dcat_money payouts, lent;        // ordered; what users owe
    int64_t voucher_ends_ns;         // not before then one ends; 0: there is none
    int32_t payout_used, voucher_used;
    int64_t voucher_last; // number of the last voucher
} exchange_core;

#pragma GCC diagnostic pop

struct exchange {
    exchange_config config;
    exchange_cut *cut; // borrowed; NULL before the first cycle
    exchange_core core;
    uint32_t bucket_mask;
    dcat_money *balance; // [ACCOUNT_PLATFORM_COUNT + 2 party_max]
    party_record *parties;
    key_record *keys;
    server_record *servers;
    task_record *tasks;
    part_record *parts;
    payout_record *payouts;             // [payout_max]
    voucher_record *vouchers;           // [party_max]
    speed_record *speeds;               // [server_max, classes]
    int32_t *bucket_id, *bucket_client; // [bucket_mask + 1]
    int32_t *team;                      // [server_max] scratch of one award
    uint64_t *weights;                  // [server_max]
    int64_t *loads;                     // [server_max]
    dcat_money *shares;                 // [server_max]
    dcat_money *locked;                 // [party_max] scratch
};

// ---- object.c
void tasks_index(exchange *x); // buckets, from the chains that tasks themselves keep
task_record *task_find(const exchange *x, int64_t id);
task_record *task_find_client(const exchange *x, int32_t party, const exchange_client *client);
bool task_room(const exchange *x);
task_record *task_new(exchange *x, int32_t party, const exchange_client *client);
void task_list_put(exchange *x, task_record *t, enum task_list list); // accepted ones by id
void task_list_take(exchange *x, task_record *t, enum task_list list);
bool parts_room(exchange *x, int32_t count); // takes those of closed tasks that nobody may dispute
part_record *part_new(exchange *x, task_record *t, int32_t server);
void parts_free(exchange *x, task_record *t);
const char *reason_text(uint8_t reason);

static inline double seconds(int64_t ns)
{
    return (double)ns / NS_PER_S;
}

// ---- what is told
void tell_step(const exchange_sink *sink, const exchange_step *step);
bool task_go(const exchange_sink *sink, task_record *t, enum task_input input);
bool part_go(const exchange_sink *sink, const task_record *t, part_record *p,
             enum part_input input);
bool server_go(exchange *x, const exchange_sink *sink, int32_t server, enum server_input input);
bool settlement_go(const exchange_sink *sink, task_record *t, enum settlement_input input);

// ---- units
static inline unit_record *unit_of(server_record *s, int32_t pool)
{
    return pool == 0 ? &s->first : &s->others[pool - 1];
}
static inline const unit_record *unit_at(const exchange *x, int32_t server, int32_t pool)
{
    return unit_of(&x->servers[server], pool);
}
static inline int32_t pool_count(const exchange *x)
{
    return x->config.class_count > 0 ? DCAT_POOL_COUNT : 1;
}
static inline size_t class_count(const exchange *x)
{
    return x->config.class_count > 0 ? (size_t)x->config.class_count : 1;
}
static inline bool has_unit(const exchange *x, const server_record *s, int32_t pool)
{
    return x->config.class_count == 0 ? pool == 0 : s->units[pool].count > 0;
}
static inline int32_t pool_of(const exchange *x, const task_record *t)
{
    return exchange_class_pool(&x->config, t->class_id);
}
// The ask that counts in the next cycle, or in_force; whether there is one, and the offer of the
// server lets it stand.
const ask_record *unit_ask(const server_record *s, int32_t pool, bool in_force); // server.c
bool unit_trades(const server_record *s, int32_t pool, bool in_force);
exchange_size size_of(const exchange *x, const server_record *s, int32_t pool); // server.c

// ---- market/speed.c
// A part is finished: how fast its server was at the class.
void speed_note(exchange *x, const task_record *t, const part_record *p, int64_t at_ns);
void speed_seal(exchange *x, int32_t server);  // what the receipts so far say of the next cycle
void speed_enter(exchange *x, int32_t server); // what was sealed
// Basis points of what it declares, in the next cycle or in_force; 0: as declared.
uint16_t speed_part(const exchange *x, const server_record *s, int32_t class_id, bool in_force);
// Of a whole unit: the speed that it declares, as its best class has it.
double speed_measured(const exchange *x, const server_record *s, int32_t pool, bool in_force,
                      double declared_hz);
// Of a class, by the best one of its unit: a factor below 1, or 1.
double speed_beside_best(const exchange *x, const server_record *s, int32_t class_id,
                         bool in_force);

// ---- market/start.c
// What a promise holds of a unit, in seconds.
typedef struct start_hold {
    double ack_s, lag_s;
} start_hold;
start_hold start_of(const server_record *s, int32_t pool);
int64_t start_lag_ns(const server_record *s, int32_t pool);
void start_promise(const exchange *x, const task_record *t, part_record *p); // into a new part
// When work on a part could begin on a unit that is free then, awarded at now_s.
double start_after(start_hold hold, double free_s, double now_s);
double start_part_after(const exchange *x, const task_record *t, const part_record *p);
void start_acked(exchange *x, const task_record *t, const part_record *p, int64_t at_ns);
void start_began(const task_record *t, part_record *p, int64_t at_ns);
void start_seal(server_record *s, int32_t pool); // what nothing was seen of fades
// ran_ns: as the receipt says; 0: it does not.
void start_ended(exchange *x, const task_record *t, const part_record *p, int64_t at_ns,
                 int64_t ran_ns);
uint16_t speed_sample(double part); // in basis points, above 0

// ---- market/benchmark.c
void benchmark_seal(const exchange *x, server_record *s); // what counts in the next cycle
// The classes that a server may work on, a bit each; whether a unit may trade in the next cycle;
// how fast it is at most at a class, in basis points of what it declares, 0: as declared.
uint64_t benchmark_classes(const exchange *x, const server_record *s, bool in_force);
bool benchmark_lets(const exchange *x, const server_record *s, int32_t pool);
uint16_t benchmark_part(const exchange *x, int32_t server, int32_t class_id);

// ---- market/bond.c
bool bond_covers(const exchange *x, int32_t server);         // it and those before it
void bond_left(exchange *x, server_record *s, uint8_t from); // it went along an arrow
void bond_strike(exchange *x, const exchange_sink *sink, int32_t server);

// ---- market/canary.c
exchange_code canary_may_submit(const exchange *x, const exchange_event *event);
void canary_take(exchange *x, task_record *t, const exchange_canary *canary);
// Whether what is reported of a task that runs is the wrong answer of a canary.
bool canary_is_wrong(const task_record *t, const exchange_event *event);
void canary_closed(exchange *x, const task_record *t);

// ---- ledger.c
typedef struct ledger_entry { // which transfer
    exchange_leg_kind kind;
    const task_record *task; // Nullable
} ledger_entry;
// Nothing for an amount of 0. The debited account must have it, unless it may be overdrawn.
void ledger_move(exchange *x, const exchange_sink *sink, ledger_entry entry, int32_t debit,
                 int32_t credit, dcat_money amount);
// Whether what a fee may lead to fits, too.
bool ledger_room(const exchange *x);
// The balance of an account; NULL where there is none.
dcat_money *ledger_at(const exchange *x, int32_t account);

// ---- purse.c: what a user pays from; what it could pay is in purse.h
// Whether a fee is within the caps of the actor and of the key that it used.
bool purse_within_cap(const exchange *x, const exchange_event *event, dcat_money fee);
void purse_hold(exchange *x, const exchange_sink *sink, task_record *t);
// Give back of a fee, out of an account, to where it came from: debts first, vouchers last.
void purse_give_back(exchange *x, const exchange_sink *sink, ledger_entry entry, task_record *t,
                     int32_t from, dcat_money amount);
void purse_repay(exchange *x, const exchange_sink *sink, int32_t party); // with what it has
void purse_expire(exchange *x, const exchange_sink *sink, int64_t now_ns);

// ---- payout.c
dcat_money payout_free(exchange *x, int32_t party); // of a provider: what may be paid out
void payout_order_due(exchange *x, const exchange_sink *sink, int64_t before_ns, int64_t now_ns);

// ---- offer.c
bool offer_allows(const server_record *s, int32_t per, dcat_money micro);
bool offer_excuses(const server_record *s, int64_t now_ns); // of a strike
void offer_end(exchange *x, const exchange_sink *sink, int64_t now_ns);

// ---- settle.c
void settle_hold(exchange *x, const exchange_sink *sink, task_record *t);
void settle_release(exchange *x, const exchange_sink *sink, task_record *t);
// All work done late_ns after the deadline (<= 0: in time).
void settle_full(exchange *x, const exchange_sink *sink, task_record *t, int64_t late_ns);
// done_ns of its processing time of work done; nothing of it: a release.
void settle_part(exchange *x, const exchange_sink *sink, task_record *t, int64_t done_ns);
void settle_reverse(exchange *x, const exchange_sink *sink, task_record *t);
// The least that a part is worked on for by a unit of that speed at its class: its ask for the time
// that it takes, rounded up.
dcat_money settle_least(const exchange *x, const part_record *p, int32_t pool, double speed_hz);

// ---- task.c
// A task that is not known yet: may it be accepted? Sets its fee where it has one.
exchange_code task_may_submit(const exchange *x, const exchange_event *event, dcat_money *fee);

// ---- slot.c
dcat_task engine_task(const task_record *t, int32_t id); // as the engine sees it

// ---- market/reason.c
typedef struct finding {
    enum reason reason;
    double needed; // 0: no number would have
} finding;
// Why the engine, as it was told last, sold a task not.
finding reason_find(const exchange *x, const dcat_task *task, dcat_auction_outcome outcome,
                    double now_s);
// The least time from arrival to end that all servers of the cut in force could need together;
// 0: nothing is known.
double reason_least_s(const exchange *x, const dcat_task *task);

// ---- schedule.c
void schedule_book(exchange *x, task_record *t, double finish_s);
void schedule_started(const exchange *x, task_record *t, int64_t at_ns);
void schedule_part_done(exchange *x, const task_record *t, const part_record *p, int64_t at_ns);
bool schedule_is_late(const task_record *t, int64_t at_ns);
void schedule_make(exchange *x, double now_s); // every forecast again

// ---- attempt.c
// What keeps an award alive ended: drop its parts, give the task back or close it.
void attempt_lose(exchange *x, const exchange_sink *sink, task_record *t, enum reason reason);
// The work is over, however it came: drop parts that are not finished, take it from the queues.
void attempt_end(exchange *x, const exchange_sink *sink, task_record *t);
void task_close(exchange *x, const exchange_sink *sink, task_record *t);
void server_strike(exchange *x, const exchange_sink *sink, int32_t server);
int32_t server_strikes(const exchange *x, int32_t server);
bool server_on_probation(const exchange *x, int32_t server);
void server_leave_if_empty(exchange *x, const exchange_sink *sink, int32_t server);

// ---- server.c
void asks_enter(exchange *x, const exchange_sink *sink, int32_t server); // what was sealed

// ---- market/count.c: servers that take no task for so few cores or cards are out of service for
// it, and their clusters; then back again. Nothing for a task that states none.
void count_leave_out(const exchange *x, exchange_cut *cut, int32_t class_id, int32_t count);
// The same for all but one server, which is then alone.
void count_leave_alone(exchange_cut *cut, int32_t class_id, int32_t server);
void count_let_in(exchange_cut *cut, int32_t class_id);

// ---- market/cut_units.c
dcat_server cut_server(const exchange *x, const server_record *s, bool in_force);

// ---- cut.c
void cut_enter(exchange *x, const exchange_sink *sink, exchange_cut *cut);
bool cut_fits(const exchange *x, const exchange_cut *cut);

// ---- slot.c, task.c, part.c, server.c: one function a kind of event
typedef exchange_result (*exchange_handler)(exchange *x, const exchange_event *event,
                                            const exchange_sink *sink);
exchange_result on_party(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_key(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_revoke(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_deposit(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_register(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_server(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_ask(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_seal(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_cycle(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_slot(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_submit(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_cancel(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_report(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_dispute(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_resolve(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_voucher(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_terms(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_payout(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_payout_end(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_offer(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_benchmark(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_bond(exchange *x, const exchange_event *event, const exchange_sink *sink);
exchange_result on_mode(exchange *x, const exchange_event *event, const exchange_sink *sink);

static inline exchange_result refused(exchange_code code)
{
    return (exchange_result){.code = code};
}
static inline exchange_result done(int64_t id)
{
    return (exchange_result){.code = CODE_DONE, .id = id};
}

#endif
