// SPDX-License-Identifier: Apache-2.0
// Where a fee goes. What a user pays, what providers are paid and what the platform keeps add up to
// what was held, to the last micro-unit.
#include "exchange/core/object.h"

#include "dcat/share.h"

#include <assert.h>
#include <math.h>

static int32_t payable_of(const exchange *x, const part_record *p)
{
    return exchange_account_available(x->servers[p->server].party);
}

void settle_hold(exchange *x, const exchange_sink *sink, task_record *t)
{
    settlement_go(sink, t, SETTLEMENT_ON_HOLD);
    purse_hold(x, sink, t);
}

void settle_release(exchange *x, const exchange_sink *sink, task_record *t)
{
    settlement_go(sink, t, SETTLEMENT_ON_RELEASE);
    purse_give_back(x, sink, (ledger_entry){LEG_RELEASE, t}, t, exchange_account_held(t->party),
                    t->fee);
}

// What the user pays for the whole work, before any credit.
static dcat_money charge_of(const exchange *x, const task_record *t)
{
    if (x->config.pricing == EXCHANGE_SPREAD) {
        return t->fee;
    }
    dcat_money whole = t->pay / EXCHANGE_BASIS * x->config.commission_bp;
    dcat_money rest = t->pay % EXCHANGE_BASIS * x->config.commission_bp;
    dcat_money commission = whole + (rest + EXCHANGE_BASIS - 1) / EXCHANGE_BASIS; // rounded up
    return commission < t->fee - t->pay ? t->pay + commission : t->fee;
}

static dcat_money credit_of(const exchange *x, const task_record *t, dcat_money charge,
                            int64_t late_ns)
{
    int32_t credit_bp = 0;
    for (int32_t i = 0; i < x->config.rung_count; i++) {
        const exchange_rung *rung = &x->config.late[i];
        // over_bp of the deadline, which is in micro-seconds.
        bool applies = (double)late_ns > (double)t->deadline_us * 0.1 * rung->over_bp;
        credit_bp = late_ns > 0 && applies ? rung->credit_bp : credit_bp;
    }
    return charge - dcat_money_part(charge, EXCHANGE_BASIS - credit_bp, EXCHANGE_BASIS);
}

// Divide pay among the parts by their weights, less what the providers bear of a credit.
static void share_out(exchange *x, const task_record *t, dcat_money pay, dcat_money borne)
{
    size_t count = 0;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        x->weights[count++] = x->parts[i].weight;
    }
    dcat_share_split(pay, x->weights, count, x->shares);
    if (borne > 0) {
        for (size_t m = 0; m < count; m++) {
            x->weights[m] = (uint64_t)x->shares[m];
        }
        dcat_share_split(borne, x->weights, count, x->loads);
        for (size_t m = 0; m < count; m++) {
            x->shares[m] -= x->loads[m];
        }
    }
}

dcat_money settle_least(const exchange *x, const part_record *p, int32_t pool, double speed_hz)
{
    const ask_record *ask = &unit_at(x, p->server, pool)->ask;
    const server_record *s = &x->servers[p->server];
    exchange_size size = size_of(x, s, pool);
    size.speed_hz = (int64_t)speed_measured(x, s, pool, true, (double)size.speed_hz);
    double per_s = exchange_ask_per_s(ask->micro, (exchange_per)ask->per, size);
    return isnan(per_s) ? 0 : dcat_money_fee((double)p->load / speed_hz * per_s);
}

static void pay_parts(exchange *x, const exchange_sink *sink, task_record *t, bool whole)
{
    size_t m = 0;
    t->pay = 0;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        part_record *p = &x->parts[i];
        p->share = x->shares[m++];
        t->pay += p->share;
        ledger_move(x, sink, (ledger_entry){LEG_SHARE, t}, ACCOUNT_CLEARING, payable_of(x, p),
                    p->share);
        dcat_money least = whole ? p->least : 0;
        if (p->share < least) { // floors took a micro-unit
            ledger_move(x, sink, (ledger_entry){LEG_ROUNDING, t}, ACCOUNT_ROUNDING,
                        payable_of(x, p), least - p->share);
        }
    }
}

typedef struct bill {
    dcat_money charge, pay; // before the credit
    dcat_money credit;      // <= charge: back to the user
    bool whole;             // all of the work, in time
} bill;

static void post(exchange *x, const exchange_sink *sink, task_record *t, bill b)
{
    settlement_go(sink, t, SETTLEMENT_ON_POST);
    int32_t held = exchange_account_held(t->party);
    dcat_money borne = dcat_money_part(b.credit, x->config.provider_bears_bp, EXCHANGE_BASIS);
    borne = borne < b.pay ? borne : b.pay;
    share_out(x, t, b.pay, borne);
    t->charge = b.charge - b.credit;
    dcat_money margin = t->charge - (b.pay - borne);
    ledger_move(x, sink, (ledger_entry){LEG_CHARGE, t}, held, ACCOUNT_CLEARING, t->charge);
    purse_give_back(x, sink, (ledger_entry){LEG_RELEASE, t}, t, held, t->fee - b.charge);
    purse_give_back(x, sink, (ledger_entry){LEG_CREDIT, t}, t, held, b.credit);
    if (margin < 0) { // the platform bears its part of the credit
        ledger_move(x, sink, (ledger_entry){LEG_MARGIN, t}, ACCOUNT_PROFIT, ACCOUNT_CLEARING,
                    -margin);
    }
    pay_parts(x, sink, t, b.whole);
    if (margin > 0) {
        bool spread = x->config.pricing == EXCHANGE_SPREAD;
        ledger_move(x, sink, (ledger_entry){spread ? LEG_MARGIN : LEG_COMMISSION, t},
                    ACCOUNT_CLEARING, spread ? ACCOUNT_PROFIT : ACCOUNT_COMMISSION, margin);
    }
}

void settle_full(exchange *x, const exchange_sink *sink, task_record *t, int64_t late_ns)
{
    bill b = {.charge = charge_of(x, t), .pay = t->pay, .whole = late_ns <= 0};
    b.credit = credit_of(x, t, b.charge, late_ns);
    post(x, sink, t, b);
}

// Choice: work done is counted by the exchange's clock from when the last part was reported
// started, so nobody gains by what a receipt claims.
void settle_part(exchange *x, const exchange_sink *sink, task_record *t, int64_t done_ns)
{
    int64_t whole_ns = (int64_t)ceil(t->processing_s * NS_PER_S);
    done_ns = done_ns < whole_ns ? done_ns : whole_ns;
    if (done_ns <= 0) {
        settle_release(x, sink, t);
        t->pay = 0;
        return;
    }
    post(x, sink, t,
         (bill){.charge = dcat_money_part(charge_of(x, t), done_ns, whole_ns),
                .pay = dcat_money_part(t->pay, done_ns, whole_ns)});
}

// Every leg of a settlement in time, the other way round.
void settle_reverse(exchange *x, const exchange_sink *sink, task_record *t)
{
    settlement_go(sink, t, SETTLEMENT_ON_REVERSE);
    const ledger_entry entry = {LEG_REVERSAL, t};
    bool spread = x->config.pricing == EXCHANGE_SPREAD;
    assert(t->charge >= t->pay); // only what came in time is disputed
    ledger_move(x, sink, entry, spread ? ACCOUNT_PROFIT : ACCOUNT_COMMISSION, ACCOUNT_CLEARING,
                t->charge - t->pay);
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        part_record *p = &x->parts[i];
        ledger_move(x, sink, entry, payable_of(x, p), ACCOUNT_CLEARING, p->share);
        p->share = 0;
    }
    purse_give_back(x, sink, entry, t, ACCOUNT_CLEARING, t->charge);
    t->charge = t->pay = 0;
}
