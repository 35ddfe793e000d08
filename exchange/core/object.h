// SPDX-License-Identifier: Apache-2.0
// object.h (internal) - the inside of an exchange: one block of records without pointers among
// them.

#ifndef DCAT_EXCHANGE_CORE_OBJECT_H
#define DCAT_EXCHANGE_CORE_OBJECT_H

#include "exchange/core/exchange.h"

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
    X(GIVEN_UP, "given-up")
enum reason {
#define REASON_ENUM(name, text) REASON_##name,
    REASONS(REASON_ENUM)
#undef REASON_ENUM
};

// The digest reads whole records, so they must have no padding.
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

// Tasks are in one of three lists, or were never used. What is closed is forgotten in the order of
// closing, once its room is needed and nobody may dispute it any more.
enum task_list { LIST_ACCEPTED, LIST_AWARDED, LIST_CLOSED, LIST_COUNT };

typedef struct task_record {
    exchange_client client;
    int64_t id;
    int64_t work_cycles, data_bits, deadline_us, retry_ns;
    int64_t arrived_ns, awarded_ns, running_ns, closed_ns;
    dcat_money fee, max_fee, charge, pay;
    // Forecasts of the open award. after_s: when its team is free of the awards before it.
    double data_s, after_s, start_s, processing_s, finish_s;
    double until_s; // for how long its team counts as busy: past finish_s when that was missed
    int32_t party, area, attempt, tries, cluster;
    int32_t part_first, part_count; // a chain of parts
    int32_t next, prev;             // in its list
    int32_t next_id, next_client;   // in its buckets
    uint8_t state, settlement, reason, disputed;
} task_record;

typedef struct part_record {
    int64_t load; // cycles of work
    int64_t started_ns;
    dcat_money least; // that it works for: its ask at the award
    dcat_money share; // what it was paid
    int32_t server, next;
    uint8_t state, unused[7];
} part_record;

typedef struct ask_record {
    dcat_money micro;
    int32_t per;
    uint8_t state, unused[3];
} ask_record;

typedef struct server_record {
    exchange_machine machine;
    int64_t seen_ns, nonce;
    int64_t award_count, strike_at[EXCHANGE_STRIKES]; // awards that it had then, newest first
    ask_record ask, sealed, next; // in force; sealed for the next cycle; signed since then
    double base_s;                // when its last closed award left it free
    double free_s;                // when its last open one will
    int32_t party, open_parts;
    uint8_t state, takes_part, unused[6]; // takes_part: of the next cycle, as sealed
} server_record;

typedef struct party_record {
    int32_t role;
} party_record;

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
    int32_t party_count, server_count, task_used;
    int32_t part_free, parts_left;
    int32_t head[LIST_COUNT], tail[LIST_COUNT];
    int32_t open_count;
    uint8_t mode, sealed, unused[2]; // sealed: asks and servers of the next cycle stand
} exchange_core;

#pragma GCC diagnostic pop

struct exchange {
    exchange_config config;
    exchange_cut *cut; // borrowed; NULL before the first cycle
    exchange_core core;
    uint32_t bucket_mask;
    dcat_money *balance; // [ACCOUNT_PLATFORM_COUNT + 2 party_max]
    party_record *parties;
    server_record *servers;
    task_record *tasks;
    part_record *parts;
    int32_t *bucket_id, *bucket_client; // [bucket_mask + 1]
    int32_t *team;                      // [server_max] scratch of one award
    uint64_t *weights;                  // [server_max]
    int64_t *loads;                     // [server_max]
    dcat_money *shares;                 // [server_max]
};

// ---- object.c
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

// ---- ledger.c
typedef struct ledger_entry { // which transfer
    exchange_leg_kind kind;
    const task_record *task; // Nullable
} ledger_entry;
// Nothing for an amount of 0. The debited account must have it, unless it may be overdrawn.
void ledger_move(exchange *x, const exchange_sink *sink, ledger_entry entry, int32_t debit,
                 int32_t credit, dcat_money amount);
bool ledger_may_overdraw(int32_t account);

// ---- settle.c
void settle_hold(exchange *x, const exchange_sink *sink, task_record *t);
void settle_release(exchange *x, const exchange_sink *sink, task_record *t);
// All work done late_ns after the deadline (<= 0: in time).
void settle_full(exchange *x, const exchange_sink *sink, task_record *t, int64_t late_ns);
// done_ns of its processing time of work done; nothing of it: a release.
void settle_part(exchange *x, const exchange_sink *sink, task_record *t, int64_t done_ns);
void settle_reverse(exchange *x, const exchange_sink *sink, task_record *t);
// The least that the server of a part works for: its ask for its part of the work, rounded up.
dcat_money settle_least(const exchange *x, const part_record *p);

// ---- schedule.c
void schedule_book(exchange *x, task_record *t, double finish_s);
void schedule_started(task_record *t, int64_t at_ns);
void schedule_part_done(exchange *x, const task_record *t, const part_record *p, int64_t at_ns);
void schedule_make(exchange *x, double now_s); // every forecast again

// ---- attempt.c
// What keeps an award alive ended: drop its parts, give the task back or close it.
void attempt_lose(exchange *x, const exchange_sink *sink, task_record *t, enum reason reason);
// The work is over, however it came: drop parts that are not finished, take it from the queues.
void attempt_end(exchange *x, const exchange_sink *sink, task_record *t);
void task_close(exchange *x, const exchange_sink *sink, task_record *t);
void server_strike(exchange *x, int32_t server);
int32_t server_strikes(const exchange *x, int32_t server);
bool server_on_probation(const exchange *x, int32_t server);
void server_leave_if_empty(exchange *x, const exchange_sink *sink, int32_t server);

// ---- server.c
void ask_enter(exchange *x, const exchange_sink *sink, int32_t server); // what was sealed

// ---- cut.c
void cut_enter(exchange *x, const exchange_sink *sink, exchange_cut *cut);
bool cut_fits(const exchange *x, const exchange_cut *cut);

// ---- slot.c, task.c, part.c, server.c: one function a kind of event
typedef exchange_result (*exchange_handler)(exchange *x, const exchange_event *event,
                                            const exchange_sink *sink);
exchange_result on_party(exchange *x, const exchange_event *event, const exchange_sink *sink);
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
