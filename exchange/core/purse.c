// SPDX-License-Identifier: Apache-2.0
// What a user pays from: vouchers first, then its own money, then what it may owe; and how fast.
//
// Choice: vouchers are one account of a user and each a record, with its end and the classes of
// work that it may buy. A fee comes out of up to VOUCHER_DRAWS of those that may buy it, the one
// that ends first being the first. What comes back of a fee pays what the user owes, then goes to
// its own money up to what came from there, and last to the vouchers, the other way round, so that
// they are used first whatever a task costs in the end. What comes back to one that has ended ends,
// too.
#include "exchange/core/purse.h"
#include "exchange/core/object.h"

#define HOUR_NS (INT64_C(3600) * 1000000000)

static dcat_money smaller(dcat_money a, dcat_money b)
{
    return a < b ? a : b;
}

static bool may_buy(const voucher_record *v, int32_t class_id)
{
    return v->classes == 0 || (v->classes >> class_id & 1) == 1;
}

static bool ends_after(const voucher_record *v, const voucher_record *other)
{
    return other == NULL || v->expires_ns > other->expires_ns ||
           (v->expires_ns == other->expires_ns && v->id > other->id);
}

// Which vouchers pay a fee, at most: NULL behind the last.
typedef struct choice {
    voucher_record *of[VOUCHER_DRAWS + 1];
    dcat_money sum;
} choice;

static choice choose(const exchange *x, int32_t party, int32_t class_id, int64_t now_ns)
{
    choice c = {.sum = 0};
    for (int n = 0; n < VOUCHER_DRAWS && x->parties[party].voucher > c.sum; n++) {
        const voucher_record *last = n == 0 ? NULL : c.of[n - 1];
        for (int32_t i = 0; i < x->core.voucher_used; i++) {
            voucher_record *v = &x->vouchers[i];
            bool fits = v->party == party && v->left > 0 && v->expires_ns > now_ns &&
                        may_buy(v, class_id) && ends_after(v, last);
            c.of[n] = fits && (c.of[n] == NULL || ends_after(c.of[n], v)) ? v : c.of[n];
        }
        if (c.of[n] == NULL) {
            break;
        }
        c.sum += c.of[n]->left;
    }
    return c;
}

// What it may still owe. All debts together are an amount, too.
static dcat_money credit_of(const exchange *x, const party_record *p)
{
    dcat_money left = p->credit_max + p->credit;
    return left > 0 ? smaller(left, DCAT_MONEY_MAX - x->core.lent) : 0;
}

dcat_money exchange_user_has(const exchange *x, int32_t party, int32_t class_id, int64_t now_ns)
{
    return x->balance[exchange_account_available(party)] + choose(x, party, class_id, now_ns).sum +
           credit_of(x, &x->parties[party]);
}

// ---- so much an hour

static dcat_money cap_of(const exchange *x, const party_record *p)
{
    dcat_money cap = p->spend_cap > 0 ? p->spend_cap : x->config.spend_cap;
    return cap > 0 ? cap : DCAT_MONEY_MAX;
}

static dcat_money spent_of(const party_record *p, int64_t now_ns)
{
    return p->spent_hour == now_ns / HOUR_NS ? p->spent : 0;
}

static dcat_money spent_by(const key_record *k, int64_t now_ns)
{
    return k->spent_hour == now_ns / HOUR_NS ? k->spent : 0;
}

static bool is_within(dcat_money cap, dcat_money spent, dcat_money fee)
{
    return fee <= cap - smaller(spent, cap);
}

bool purse_within_cap(const exchange *x, const exchange_event *event, dcat_money fee)
{
    const party_record *p = &x->parties[event->actor];
    if (!is_within(cap_of(x, p), spent_of(p, event->at_ns), fee)) {
        return false;
    }
    const key_record *k = event->task.key > 0 ? &x->keys[event->task.key - 1] : NULL;
    return k == NULL || k->spend_cap == 0 ||
           is_within(k->spend_cap, spent_by(k, event->at_ns), fee);
}

exchange_terms_view exchange_terms(const exchange *x, int32_t party)
{
    if (party < 0 || party >= x->core.party_count) {
        return (exchange_terms_view){0};
    }
    const party_record *p = &x->parties[party];
    dcat_money cap = cap_of(x, p);
    int64_t first_ns = 0;
    for (int32_t i = 0; i < x->core.voucher_used; i++) {
        const voucher_record *v = &x->vouchers[i];
        bool first =
            v->party == party && v->left > 0 && (first_ns == 0 || v->expires_ns < first_ns);
        first_ns = first ? v->expires_ns : first_ns;
    }
    return (exchange_terms_view){.credit = p->credit_max,
                                 .spend_cap = cap == DCAT_MONEY_MAX ? 0 : cap,
                                 .spent = spent_of(p, x->core.now_ns),
                                 .voucher_expires_ns = first_ns};
}

bool exchange_voucher_at(const exchange *x, int32_t index, exchange_voucher_view *view)
{
    if (index < 0 || index >= x->core.voucher_used) {
        return false;
    }
    const voucher_record *v = &x->vouchers[index];
    *view = (exchange_voucher_view){v->id, v->party, v->left, v->expires_ns, v->classes};
    return true;
}

// A voucher that ends then: a slot looks, no later.
static void note_end(exchange *x, int64_t expires_ns)
{
    int64_t *ends_ns = &x->core.voucher_ends_ns;
    *ends_ns = *ends_ns == 0 || *ends_ns > expires_ns ? expires_ns : *ends_ns;
}

// ---- into a hold and back

void purse_hold(exchange *x, const exchange_sink *sink, task_record *t)
{
    party_record *p = &x->parties[t->party];
    const ledger_entry entry = {LEG_HOLD, t};
    int32_t held = exchange_account_held(t->party), own = exchange_account_available(t->party);
    choice c = choose(x, t->party, t->class_id, t->arrived_ns);
    for (int n = 0; c.of[n] != NULL && t->from_voucher < t->fee; n++) {
        dcat_money part = smaller(c.of[n]->left, t->fee - t->from_voucher);
        t->draws[n] = (voucher_draw){c.of[n]->id, part};
        c.of[n]->left -= part;
        t->from_voucher += part;
    }
    dcat_money left = t->fee - t->from_voucher;
    dcat_money of_own = smaller(x->balance[own], left);
    ledger_move(x, sink, entry, exchange_account_voucher(t->party), held, t->from_voucher);
    ledger_move(x, sink, entry, own, held, of_own);
    ledger_move(x, sink, entry, exchange_account_credit(t->party), held, left - of_own);
    x->core.lent += left - of_own;
    p->spent = spent_of(p, t->arrived_ns) + t->fee;
    p->spent_hour = t->arrived_ns / HOUR_NS;
    if (t->key > 0) {
        key_record *k = &x->keys[t->key - 1];
        k->spent = spent_by(k, t->arrived_ns) + t->fee;
        k->spent_hour = p->spent_hour;
    }
}

static voucher_record *find_voucher(const exchange *x, int64_t voucher)
{
    for (int32_t i = 0; i < x->core.voucher_used; i++) {
        if (x->vouchers[i].id == voucher) {
            return &x->vouchers[i];
        }
    }
    return NULL;
}

// To the voucher that it came from. Its place was taken only if it has ended.
static void refill(exchange *x, const exchange_sink *sink, ledger_entry entry, int32_t from,
                   voucher_draw back)
{
    int32_t account = exchange_account_voucher(entry.task->party);
    voucher_record *v = find_voucher(x, back.voucher);
    ledger_move(x, sink, entry, from, account, back.amount);
    if (v == NULL) {
        ledger_move(x, sink, (ledger_entry){LEG_EXPIRY, NULL}, account, ACCOUNT_WORLD, back.amount);
    } else if (back.amount > 0) {
        v->left += back.amount;
        note_end(x, v->expires_ns); // maybe past its end: the next slot looks
    }
}

// Towards what it owes: how much of an amount that is.
static dcat_money owed_of(const exchange *x, int32_t party, dcat_money amount)
{
    return smaller(-x->parties[party].credit, amount);
}

void purse_give_back(exchange *x, const exchange_sink *sink, ledger_entry entry, task_record *t,
                     int32_t from, dcat_money amount)
{
    party_record *p = &x->parties[t->party];
    int64_t hour = t->arrived_ns / HOUR_NS;
    dcat_money of_own = t->fee - t->from_voucher, before = t->back;
    dcat_money to_own = smaller(amount, of_own - smaller(t->back, of_own));
    dcat_money owed = owed_of(x, t->party, to_own);
    t->back += amount;
    ledger_move(x, sink, entry, from, exchange_account_credit(t->party), owed);
    x->core.lent -= owed;
    ledger_move(x, sink, entry, from, exchange_account_available(t->party), to_own - owed);
    before -= smaller(before, of_own); // of vouchers, that came back already
    dcat_money left = amount - to_own;
    for (int n = VOUCHER_DRAWS; n-- > 0 && left > 0;) {
        dcat_money gone = smaller(before, t->draws[n].amount);
        dcat_money part = smaller(left, t->draws[n].amount - gone);
        refill(x, sink, entry, from, (voucher_draw){t->draws[n].voucher, part});
        before -= gone;
        left -= part;
    }
    if (p->spent_hour == hour) {
        p->spent -= smaller(p->spent, amount);
    }
    if (t->key > 0 && x->keys[t->key - 1].spent_hour == hour) {
        x->keys[t->key - 1].spent -= smaller(x->keys[t->key - 1].spent, amount);
    }
}

void purse_repay(exchange *x, const exchange_sink *sink, int32_t party)
{
    int32_t own = exchange_account_available(party);
    dcat_money owed = owed_of(x, party, x->balance[own]);
    ledger_move(x, sink, (ledger_entry){LEG_REPAYMENT, NULL}, own, exchange_account_credit(party),
                owed);
    x->core.lent -= owed;
}

// ---- vouchers and credit

static exchange_code user_of(const exchange *x, int32_t party)
{
    if (party < 0 || party >= x->core.party_count) {
        return CODE_NOT_FOUND;
    }
    return x->parties[party].role == ROLE_USER ? CODE_DONE : CODE_FORBIDDEN;
}

// A place that was never used, or that of one that has ended; NULL: there is none.
static voucher_record *place_of(exchange *x, int64_t now_ns)
{
    for (int32_t i = 0; i < x->core.voucher_used; i++) {
        voucher_record *v = &x->vouchers[i];
        if (v->left == 0 && v->expires_ns <= now_ns) {
            return v;
        }
    }
    bool room = x->core.voucher_used < x->config.party_max;
    return room ? &x->vouchers[x->core.voucher_used++] : NULL;
}

exchange_result on_voucher(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    int32_t party = event->voucher.party;
    exchange_code code = user_of(x, party);
    if (code != CODE_DONE) {
        return refused(code);
    }
    dcat_money amount = event->voucher.amount;
    int64_t expires_ns = event->voucher.expires_ns;
    if (amount <= 0 || amount > DCAT_MONEY_MAX + x->balance[ACCOUNT_WORLD] ||
        expires_ns <= event->at_ns || expires_ns > EXCHANGE_TIME_MAX ||
        (class_count(x) < 64 && event->voucher.classes >> class_count(x) != 0)) {
        return refused(CODE_OUT_OF_RANGE);
    }
    voucher_record *v = place_of(x, event->at_ns);
    if (v == NULL) {
        return refused(CODE_BUSY);
    }
    *v = (voucher_record){.id = ++x->core.voucher_last,
                          .left = amount,
                          .expires_ns = expires_ns,
                          .classes = event->voucher.classes,
                          .party = party};
    ledger_move(x, sink, (ledger_entry){LEG_VOUCHER, NULL}, ACCOUNT_WORLD,
                exchange_account_voucher(party), amount);
    note_end(x, expires_ns);
    return done(v->id);
}

void purse_expire(exchange *x, const exchange_sink *sink, int64_t now_ns)
{
    if (x->core.voucher_ends_ns == 0 || now_ns < x->core.voucher_ends_ns) {
        return;
    }
    x->core.voucher_ends_ns = 0;
    for (int32_t i = 0; i < x->core.voucher_used; i++) {
        voucher_record *v = &x->vouchers[i];
        if (v->expires_ns <= now_ns) {
            ledger_move(x, sink, (ledger_entry){LEG_EXPIRY, NULL},
                        exchange_account_voucher(v->party), ACCOUNT_WORLD, v->left);
            v->left = 0;
        } else if (v->left > 0) {
            note_end(x, v->expires_ns);
        }
    }
}

exchange_result on_terms(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    (void)sink;
    int32_t party = event->terms.party;
    exchange_code code = user_of(x, party);
    if (code != CODE_DONE) {
        return refused(code);
    }
    if (event->terms.credit < 0 || event->terms.credit > DCAT_MONEY_MAX ||
        event->terms.spend_cap < 0 || event->terms.spend_cap > DCAT_MONEY_MAX) {
        return refused(CODE_OUT_OF_RANGE);
    }
    x->parties[party].credit_max = event->terms.credit;
    x->parties[party].spend_cap = event->terms.spend_cap;
    return done(party);
}
