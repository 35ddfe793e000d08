// SPDX-License-Identifier: Apache-2.0
// Payouts in two steps: an order sets money aside, and an operator says that it has left or that it
// came back. None waits for another. What may still be asked back is not paid out.
#include "exchange/core/object.h"

static bool payout_go(const exchange_sink *sink, payout_record *p, enum payout_input input)
{
    exchange_step step = {.machine = MACHINE_PAYOUT, .id = p->id, .from = p->state};
    if (!machine_go(MACHINE_PAYOUT, &p->state, (int)input)) {
        return false;
    }
    step.to = p->state;
    tell_step(sink, &step);
    return true;
}

// ---- what is kept back

static bool may_be_disputed(const exchange *x, const task_record *t)
{
    return t->state == TASK_SETTLED && !t->disputed &&
           x->core.now_ns - t->closed_ns <= x->config.dispute_ns;
}

// Of every party, into x->locked: its shares of tasks that may come back to their users.
static void find_locked(exchange *x)
{
    for (int32_t i = 0; i < x->core.party_count; i++) {
        x->locked[i] = 0;
    }
    for (int32_t a = x->core.head[LIST_CLOSED]; a != NONE; a = x->tasks[a].next) {
        const task_record *t = &x->tasks[a];
        if (t->state != TASK_DISPUTED && !may_be_disputed(x, t)) {
            continue;
        }
        for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
            x->locked[x->servers[x->parts[i].server].party] += x->parts[i].share;
        }
    }
}

static dcat_money free_of(const exchange *x, int32_t party) // after find_locked
{
    return x->balance[exchange_account_available(party)] - x->locked[party];
}

dcat_money payout_free(exchange *x, int32_t party)
{
    find_locked(x);
    return free_of(x, party);
}

// ---- orders

// A place that was never used, or that of the payout closed first; NULL: all are open.
static payout_record *place_of(exchange *x)
{
    if (x->core.payout_used < x->config.payout_max) {
        return &x->payouts[x->core.payout_used++];
    }
    payout_record *place = NULL;
    for (int32_t i = 0; i < x->core.payout_used; i++) {
        payout_record *p = &x->payouts[i];
        bool closed = p->state != PAYOUT_ORDERED;
        place = closed && (place == NULL || p->closed_ns < place->closed_ns) ? p : place;
    }
    return place;
}

static exchange_code order(exchange *x, const exchange_sink *sink, int32_t party, dcat_money amount)
{
    payout_record *p = place_of(x);
    if (p == NULL) {
        return CODE_BUSY;
    }
    *p = (payout_record){.id = ++x->core.payout_last,
                         .party = party,
                         .amount = amount,
                         .ordered_ns = x->core.now_ns};
    ledger_move(x, sink, (ledger_entry){LEG_PAYOUT, NULL}, exchange_account_available(party),
                ACCOUNT_PAYOUTS, amount);
    payout_go(sink, p, PAYOUT_ON_ORDER);
    return CODE_DONE;
}

exchange_result on_payout(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    int32_t party = event->payout.party;
    if (party < 0 || party >= x->core.party_count) {
        return refused(CODE_NOT_FOUND);
    }
    bool own = party == event->actor || x->parties[event->actor].role == ROLE_OPERATOR;
    if (!own || x->parties[party].role != ROLE_PROVIDER) {
        return refused(CODE_FORBIDDEN);
    }
    if (event->payout.amount <= 0) {
        return refused(CODE_OUT_OF_RANGE);
    }
    if (event->payout.amount > x->balance[exchange_account_available(party)]) {
        return refused(CODE_INSUFFICIENT_BALANCE); // before all tasks are looked through
    }
    find_locked(x);
    if (event->payout.amount > free_of(x, party)) {
        return refused(CODE_INSUFFICIENT_BALANCE);
    }
    exchange_code code = order(x, sink, party, event->payout.amount);
    return code == CODE_DONE ? done(x->core.payout_last) : refused(code);
}

void payout_order_due(exchange *x, const exchange_sink *sink, int64_t before_ns, int64_t now_ns)
{
    int64_t every_ns = x->config.payout_ns;
    if (every_ns == 0 || now_ns / every_ns <= (before_ns < 0 ? 0 : before_ns / every_ns)) {
        return;
    }
    find_locked(x);
    for (int32_t i = 0; i < x->core.party_count; i++) {
        dcat_money amount = x->parties[i].role == ROLE_PROVIDER ? free_of(x, i) : 0;
        if (amount > 0 && amount >= x->config.payout_min) {
            order(x, sink, i, amount); // without room it stays payable
        }
    }
}

// ---- how they end

static payout_record *find(const exchange *x, int64_t payout)
{
    for (int32_t i = 0; i < x->core.payout_used; i++) {
        if (x->payouts[i].id == payout) {
            return &x->payouts[i];
        }
    }
    return NULL;
}

exchange_result on_payout_end(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    payout_record *p = find(x, event->payout.payout);
    if (p == NULL) {
        return refused(CODE_NOT_FOUND);
    }
    bool left = event->kind == EVENT_CONFIRM;
    uint8_t there = left ? PAYOUT_CONFIRMED : PAYOUT_RETURNED;
    if (p->state == there) {
        return (exchange_result){.code = CODE_REPEATED, .id = p->id};
    }
    if (!payout_go(sink, p, left ? PAYOUT_ON_CONFIRM : PAYOUT_ON_RETURN)) {
        return refused(CODE_WRONG_STATE);
    }
    p->closed_ns = event->at_ns;
    ledger_move(x, sink, (ledger_entry){LEG_PAYOUT, NULL}, ACCOUNT_PAYOUTS,
                left ? ACCOUNT_WORLD : exchange_account_available(p->party), p->amount);
    return done(p->id);
}

// ---- what can be seen

bool exchange_payout_find(const exchange *x, int64_t payout, exchange_payout_view *view)
{
    const payout_record *p = find(x, payout);
    if (p == NULL) {
        return false;
    }
    *view = (exchange_payout_view){.id = p->id,
                                   .party = p->party,
                                   .state = (enum payout_state)p->state,
                                   .amount = p->amount,
                                   .ordered_ns = p->ordered_ns,
                                   .closed_ns = p->closed_ns};
    return true;
}

// Of one task: the shares of a party, and whether it has one. Open ones by their work.
static bool share_of(const exchange *x, const task_record *t, int32_t party, dcat_money *share)
{
    bool some = false;
    *share = 0;
    bool open = t->settlement == SETTLEMENT_HELD;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        const part_record *p = &x->parts[i];
        if (x->servers[p->server].party == party) {
            some = true;
            *share += open ? dcat_money_part(t->pay, p->load, t->work_cycles) : p->share;
        }
    }
    return some;
}

static void add_closed(const exchange *x, const task_record *t, dcat_money share,
                       exchange_earnings *e)
{
    if (t->state == TASK_DISPUTED) {
        e->disputed += share;
        e->disputed_count++;
    } else if (may_be_disputed(x, t)) {
        int64_t free_ns = t->closed_ns + x->config.dispute_ns;
        e->disputable += share;
        e->disputable_count++;
        e->next_free_ns =
            e->next_free_ns == 0 || free_ns < e->next_free_ns ? free_ns : e->next_free_ns;
        e->all_free_ns = free_ns > e->all_free_ns ? free_ns : e->all_free_ns;
    }
}

exchange_earnings exchange_earnings_of(const exchange *x, int32_t party)
{
    exchange_earnings e = {0};
    if (exchange_party_role(x, party) != ROLE_PROVIDER) {
        return e;
    }
    dcat_money share = 0;
    for (int32_t a = x->core.head[LIST_AWARDED]; a != NONE; a = x->tasks[a].next) {
        bool some = share_of(x, &x->tasks[a], party, &share);
        e.accrued += share;
        e.accrued_count += some;
    }
    for (int32_t a = x->core.head[LIST_CLOSED]; a != NONE; a = x->tasks[a].next) {
        if (share_of(x, &x->tasks[a], party, &share)) {
            add_closed(x, &x->tasks[a], share, &e);
        }
    }
    for (int32_t i = 0; i < x->core.payout_used; i++) {
        const payout_record *p = &x->payouts[i];
        bool open = p->party == party && p->state == PAYOUT_ORDERED;
        e.ordered += open ? p->amount : 0;
        e.ordered_count += open;
    }
    e.payable = x->balance[exchange_account_available(party)];
    e.free = e.payable - e.disputable - e.disputed;
    if (x->config.payout_ns > 0) {
        e.next_payout_ns = (x->core.now_ns / x->config.payout_ns + 1) * x->config.payout_ns;
    }
    return e;
}
