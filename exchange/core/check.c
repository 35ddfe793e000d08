// SPDX-License-Identifier: Apache-2.0
// The invariants that can be seen in one moment of an exchange. Numbers are those of
// docs/exchange.md.
#include "exchange/core/cut.h"
#include "exchange/core/object.h"

#include <math.h>

#define BROKEN(err, ...) dcat_fail((err), DCAT_ERR_INTERNAL, __VA_ARGS__)

static bool is_live(const part_record *p)
{
    return p->state == PART_OFFERED || p->state == PART_ACKNOWLEDGED || p->state == PART_STARTED;
}

// I1: nothing was made or lost. I2: what came out of holds has gone to where it belongs. I3: nobody
// is overdrawn.
static dcat_status check_balances(const exchange *x, dcat_error *err)
{
    uint64_t sum = 0; // may go around, so that no state that was read does harm
    int32_t count = ACCOUNT_PLATFORM_COUNT + 2 * x->core.party_count;
    for (int32_t i = 0; i < count; i++) {
        sum += (uint64_t)x->balance[i];
        if (x->balance[i] < 0 && !exchange_account_overdraws(i)) {
            return BROKEN(err, "I3: account %d has %lld", i, (long long)x->balance[i]);
        }
    }
    sum += (uint64_t)x->core.payouts;
    uint64_t owed = 0, given = 0, vouchers = 0;
    for (int32_t i = 0; i < x->core.party_count; i++) {
        const party_record *p = &x->parties[i];
        sum += (uint64_t)p->voucher + (uint64_t)p->credit;
        owed -= (uint64_t)p->credit;
        given += (uint64_t)p->voucher;
        if (p->voucher < 0 || p->credit > 0) {
            return BROKEN(err, "I3: party %d has vouchers of %lld and owes %lld", i,
                          (long long)p->voucher, -(long long)p->credit);
        }
    }
    for (int32_t i = 0; i < x->core.voucher_used; i++) {
        vouchers += (uint64_t)x->vouchers[i].left;
    }
    if (vouchers != given) {
        return BROKEN(err, "I3: vouchers have %lld, their accounts %lld", (long long)vouchers,
                      (long long)given);
    }
    if (owed != (uint64_t)x->core.lent) {
        return BROKEN(err, "I3: %lld is owed, counted %lld", (long long)owed,
                      (long long)x->core.lent);
    }
    if (sum != 0) {
        return BROKEN(err, "I1: all balances add up to %lld", (long long)(int64_t)sum);
    }
    return x->balance[ACCOUNT_CLEARING] == 0
               ? DCAT_OK
               : BROKEN(err, "I2: clearing keeps %lld", (long long)x->balance[ACCOUNT_CLEARING]);
}

// I5: what is set aside is that of the payouts that are ordered, each by itself.
static dcat_status check_payouts(const exchange *x, dcat_error *err)
{
    uint64_t ordered = 0;
    for (int32_t i = 0; i < x->core.payout_used; i++) {
        const payout_record *p = &x->payouts[i];
        ordered += p->state == PAYOUT_ORDERED ? (uint64_t)p->amount : 0;
    }
    return ordered == (uint64_t)x->core.payouts
               ? DCAT_OK
               : BROKEN(err, "I5: %lld is set aside for payouts of %lld",
                        (long long)x->core.payouts, (long long)ordered);
}

// I3: what is held is what open tasks hold, user by user. O(parties + tasks) by one pass over each.
static dcat_status check_holds(const exchange *x, dcat_error *err)
{
    uint64_t held = 0, due = 0;
    for (int32_t p = 0; p < x->core.party_count; p++) {
        held +=
            x->parties[p].role == ROLE_USER ? (uint64_t)x->balance[exchange_account_held(p)] : 0;
    }
    for (int32_t i = 0; i < x->core.task_used; i++) {
        const task_record *t = &x->tasks[i];
        due += t->settlement == SETTLEMENT_HELD ? (uint64_t)t->fee : 0;
        if (t->settlement == SETTLEMENT_HELD &&
            x->balance[exchange_account_held(t->party)] < t->fee) {
            return BROKEN(err, "I3: the fee of task %lld is not held", (long long)t->id);
        }
    }
    return held == due
               ? DCAT_OK
               : BROKEN(err, "I18: %lld is held for fees of %lld", (long long)held, (long long)due);
}

// I4, I6: where a task stands says where its fee is.
static dcat_status check_task(const task_record *t, dcat_error *err)
{
    bool open = t->state == TASK_ACCEPTED || t->state == TASK_AWARDED || t->state == TASK_RUNNING;
    bool held = t->settlement == SETTLEMENT_HELD;
    if (t->state == TASK_NONE || open != held) {
        return BROKEN(err, "I4: task %lld is %s, its fee %s", (long long)t->id,
                      machines[MACHINE_TASK].states[t->state],
                      machines[MACHINE_SETTLEMENT].states[t->settlement]);
    }
    bool paid =
        t->state == TASK_SETTLED || t->state == TASK_SETTLED_LATE || t->state == TASK_DISPUTED;
    bool back = t->state == TASK_UNSERVED || t->state == TASK_FAILED;
    if ((paid && t->settlement != SETTLEMENT_POSTED) ||
        (back && t->settlement != SETTLEMENT_RELEASED) ||
        ((t->state == TASK_REFUNDED) != (t->settlement == SETTLEMENT_REVERSED))) {
        return BROKEN(err, "I6: task %lld is %s, its fee %s", (long long)t->id,
                      machines[MACHINE_TASK].states[t->state],
                      machines[MACHINE_SETTLEMENT].states[t->settlement]);
    }
    return t->charge <= t->fee
               ? DCAT_OK
               : BROKEN(err, "I11: task %lld is charged above its fee", (long long)t->id);
}

// I4: parts are live where the task has an award, and nowhere else. I9: their work is the task's.
static dcat_status check_parts(const exchange *x, const task_record *t, dcat_error *err)
{
    bool awarded = t->state == TASK_AWARDED || t->state == TASK_RUNNING;
    uint64_t load = 0;
    int32_t live = 0, count = 0;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        const part_record *p = &x->parts[i];
        live += is_live(p);
        load += (uint64_t)p->load;
        if (++count > t->part_count) {
            break;
        }
        if (t->state == TASK_RUNNING && p->state != PART_STARTED && p->state != PART_FINISHED) {
            return BROKEN(err, "I4: task %lld runs, a part of it is %s", (long long)t->id,
                          machines[MACHINE_PART].states[p->state]);
        }
    }
    if (count != t->part_count || (live > 0) != awarded) {
        return BROKEN(err, "I4: task %lld is %s with %d live parts of %d", (long long)t->id,
                      machines[MACHINE_TASK].states[t->state], live, count);
    }
    return count == 0 || load == (uint64_t)t->work_cycles
               ? DCAT_OK
               : BROKEN(err, "I9: parts of task %lld have %lld cycles of %lld", (long long)t->id,
                        (long long)load, (long long)t->work_cycles);
}

static dcat_status check_tasks(const exchange *x, dcat_error *err)
{
    int32_t open = 0, parts = 0;
    for (int32_t i = 0; i < x->core.task_used; i++) {
        const task_record *t = &x->tasks[i];
        open += t->settlement == SETTLEMENT_HELD;
        parts += t->part_count;
        dcat_status status = check_task(t, err);
        if (status == DCAT_OK) {
            status = check_parts(x, t, err);
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    if (parts != x->config.part_max - x->core.parts_left) {
        return BROKEN(err, "I9: %d parts are in use, counted %d", parts,
                      x->config.part_max - x->core.parts_left);
    }
    return open == x->core.open_count
               ? DCAT_OK
               : BROKEN(err, "I4: %d tasks are open, counted %d", open, x->core.open_count);
}

// The lists hold every task once, each where its state belongs, the accepted ones in order of
// acceptance.
static dcat_status check_lists(const exchange *x, dcat_error *err)
{
    int32_t seen = 0;
    for (int list = 0; list < LIST_COUNT; list++) {
        int64_t last = 0;
        for (int32_t i = x->core.head[list]; i != NONE; i = x->tasks[i].next) {
            const task_record *t = &x->tasks[i];
            bool awarded = t->state == TASK_AWARDED || t->state == TASK_RUNNING;
            int here =
                awarded ? LIST_AWARDED : (t->state == TASK_ACCEPTED ? LIST_ACCEPTED : LIST_CLOSED);
            if (here != list || (list == LIST_ACCEPTED && t->id <= last) ||
                ++seen > x->core.task_used) {
                return BROKEN(err, "list %d: task %lld does not belong there", list,
                              (long long)t->id);
            }
            last = t->id;
        }
    }
    return seen == x->core.task_used
               ? DCAT_OK
               : BROKEN(err, "%d of %d tasks are in lists", seen, x->core.task_used);
}

// I8: the parts that a server is counted to have; its queues are free at some time.
static dcat_status check_servers(const exchange *x, dcat_error *err)
{
    int32_t *open = x->team; // scratch
    for (int32_t s = 0; s < x->core.server_count; s++) {
        open[s] = 0;
    }
    for (int32_t a = x->core.head[LIST_AWARDED]; a != NONE; a = x->tasks[a].next) {
        for (int32_t i = x->tasks[a].part_first; i != NONE; i = x->parts[i].next) {
            open[x->parts[i].server] += is_live(&x->parts[i]);
        }
    }
    for (int32_t s = 0; s < x->core.server_count; s++) {
        if (open[s] != x->servers[s].open_parts) {
            return BROKEN(err, "I8: server %d has %d open parts, counted %d", s, open[s],
                          x->servers[s].open_parts);
        }
        for (int32_t pool = 0; pool < pool_count(x); pool++) {
            double free_s = unit_at(x, s, pool)->free_s;
            if (!(free_s >= 0.0)) {
                return BROKEN(err, "I8: pool %d of server %d is free at %g s", pool, s, free_s);
            }
        }
    }
    return DCAT_OK;
}

// I22: a server has one open canary at most, and each is that of its server.
static dcat_status check_canaries(const exchange *x, dcat_error *err)
{
    for (int32_t s = 0; s < x->core.server_count; s++) {
        const int64_t open = x->servers[s].canaries.open;
        const task_record *t = open == 0 ? NULL : task_find(x, open);
        if (open != 0 && (t == NULL || t->pin != s + 1 || t->settlement != SETTLEMENT_HELD)) {
            return BROKEN(err, "I22: server %d has task %lld as its open canary", s,
                          (long long)open);
        }
    }
    for (int32_t i = 0; i < x->core.task_used; i++) {
        const task_record *t = &x->tasks[i];
        if (t->pin > 0 && t->settlement == SETTLEMENT_HELD &&
            x->servers[t->pin - 1].canaries.open != t->id) {
            return BROKEN(err, "I22: task %lld is another canary of server %d", (long long)t->id,
                          t->pin - 1);
        }
    }
    return DCAT_OK;
}

dcat_status exchange_check(const exchange *x, dcat_error *err)
{
    dcat_status status = check_balances(x, err);
    if (status == DCAT_OK) {
        status = check_holds(x, err);
    }
    if (status == DCAT_OK) {
        status = check_payouts(x, err);
    }
    if (status == DCAT_OK) {
        status = check_tasks(x, err);
    }
    if (status == DCAT_OK) {
        status = check_lists(x, err);
    }
    if (status == DCAT_OK) {
        status = check_servers(x, err);
    }
    return status == DCAT_OK ? check_canaries(x, err) : status;
}
