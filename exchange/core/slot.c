// SPDX-License-Identifier: Apache-2.0
// One slot: what ran out of time, then the auctions. And the cut of a cycle.
#include "dcat/share.h"
#include "dcat/x/task_auction.h"
#include "exchange/core/cut.h"
#include "exchange/core/object.h"

#include <assert.h>
#include <math.h>

// ---- time-outs

// Whether limit_ns have gone since then, not counting what we were deaf.
static bool is_over(const exchange *x, int64_t now_ns, int64_t since_ns, int64_t limit_ns)
{
    int64_t from_ns = since_ns > x->core.anew_ns ? since_ns : x->core.anew_ns;
    return now_ns - from_ns > limit_ns;
}

// Choice: when no agent at all is heard, the fault is taken to be ours, and nobody is held to a
// time that passes meanwhile.
static bool is_deaf(const exchange *x, int64_t now_ns)
{
    bool somebody = false;
    for (int32_t i = 0; i < x->core.server_count; i++) {
        uint8_t state = x->servers[i].state;
        somebody = somebody || state == SERVER_ACTIVE || state == SERVER_DRAINING;
    }
    return somebody && now_ns - x->core.heard_ns > x->config.heartbeat_ns;
}

static void find_silent(exchange *x, const exchange_sink *sink, int64_t now_ns)
{
    for (int32_t i = 0; i < x->core.server_count; i++) {
        const server_record *s = &x->servers[i];
        bool expected = s->state == SERVER_ACTIVE || s->state == SERVER_DRAINING;
        if (expected && is_over(x, now_ns, s->seen_ns, x->config.heartbeat_ns)) {
            server_go(x, sink, i, SERVER_ON_SILENT);
        }
    }
}

static bool some_part_is(const exchange *x, const task_record *t, uint8_t state)
{
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        if (x->parts[i].state == state) {
            return true;
        }
    }
    return false;
}

// The servers of these parts did not do it.
static void lapse(exchange *x, const exchange_sink *sink, task_record *t, uint8_t state,
                  enum reason reason)
{
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        part_record *p = &x->parts[i];
        if (p->state == state) {
            schedule_part_done(x, t, p, x->core.now_ns);
            part_go(sink, t, p, PART_ON_LAPSE);
            x->servers[p->server].open_parts--;
            server_strike(x, sink, p->server);
            server_leave_if_empty(x, sink, p->server);
        }
    }
    attempt_lose(x, sink, t, reason);
}

static void check_award(exchange *x, const exchange_sink *sink, task_record *t, int64_t now_ns)
{
    const exchange_config *config = &x->config;
    if (t->state == TASK_RUNNING) {
        if (is_over(x, now_ns, (int64_t)(t->finish_s * NS_PER_S), config->grace_ns)) {
            lapse(x, sink, t, PART_STARTED, REASON_LEASE_ENDED);
        }
    } else if (some_part_is(x, t, PART_OFFERED)) {
        if (is_over(x, now_ns, t->awarded_ns, config->ack_ns)) {
            lapse(x, sink, t, PART_OFFERED, REASON_NOT_ACKNOWLEDGED);
        }
    } else if (is_over(x, now_ns, (int64_t)(t->start_s * NS_PER_S), config->gang_ns)) {
        lapse(x, sink, t, PART_ACKNOWLEDGED, REASON_NOT_STARTED);
    }
}

static void give_up(exchange *x, const exchange_sink *sink, task_record *t, finding why)
{
    t->reason = (uint8_t)why.reason;
    t->needed = why.needed;
    task_list_take(x, t, LIST_ACCEPTED);
    task_go(sink, t, TASK_ON_UNSOLD);
    settle_release(x, sink, t);
    task_close(x, sink, t);
}

static void run_out(exchange *x, const exchange_sink *sink, int64_t now_ns)
{
    schedule_make(x, seconds(now_ns));
    find_silent(x, sink, now_ns);
    for (int32_t a = x->core.head[LIST_AWARDED]; a != NONE;) {
        int32_t next = x->tasks[a].next;
        check_award(x, sink, &x->tasks[a], now_ns);
        a = next;
    }
}

static void expire(exchange *x, const exchange_sink *sink, int64_t now_ns)
{
    for (int32_t a = x->core.head[LIST_ACCEPTED]; a != NONE;) {
        task_record *t = &x->tasks[a];
        a = t->next;
        if (now_ns >= t->arrived_ns + t->deadline_us * 1000) {
            give_up(x, sink, t, (finding){.reason = REASON_DEADLINE});
        }
    }
}

// ---- auctions

dcat_task engine_task(const task_record *t, int32_t id)
{
    const exchange_exact *e = &t->exact;
    bool exact = e->work_cycles > 0.0;
    return (dcat_task){
        .arrival_s = exact ? e->arrival_s : seconds(t->arrived_ns),
        .work_cycles = exact ? e->work_cycles : (double)t->work_cycles,
        .data_bits = exact ? e->data_bits : (double)t->data_bits,
        .deadline_s = exact ? e->deadline_s : (double)t->deadline_us / 1e6,
        // Its fee is below its limit, which was asked at submission.
        .value = exact && e->value > 0.0 ? e->value : (double)INFINITY,
        .area = t->area,
        .class_id = t->class_id,
        .id = id,
    };
}

// The tasks of this slot, as the engine sees them, in the order in which they were accepted.
static size_t collect(exchange *x, int64_t now_ns)
{
    exchange_cut *cut = x->cut;
    int32_t count = 0;
    for (int32_t a = x->core.head[LIST_ACCEPTED]; a != NONE; a = x->tasks[a].next) {
        const task_record *t = &x->tasks[a];
        if (count == x->config.slot_task_max) {
            break;
        }
        if (t->arrived_ns <= now_ns) {
            cut->task_of[count] = a;
            cut->tasks[count] = engine_task(t, count);
            count++;
        }
    }
    return (size_t)count;
}

// How fast a worker of a team is at the class of the task, as a whole number: the weight of its
// load and, where shares do not go by tariff, of its pay.
static uint64_t speed_of(const exchange *x, const task_record *t, int32_t worker)
{
    if (x->config.class_count == 0) {
        const server_record *s = &x->servers[x->cut->server_of[worker]];
        return (uint64_t)speed_measured(x, s, 0, true, (double)s->machine.speed_hz);
    }
    double speed_hz = cut_member(x->cut, t->class_id, worker)->speed_hz;
    return speed_hz < 1.0 ? 1 : (uint64_t)(speed_hz + 0.5);
}

// Choice: tariffs are real numbers, so the weights by them are parts of 2^52.
static void weigh_pay(exchange *x, task_record *t, dcat_cluster_view cluster)
{
    const double whole = 4503599627370496.0;
    bool by_tariff = dcat_world_config_view(x->cut->world)->auction.share->by_tariff;
    int32_t m = 0;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next, m++) {
        const dcat_member *member = cut_member(x->cut, t->class_id, cluster.workers[m]);
        double part = member->speed_hz * member->tariff / (cluster.speed_hz * cluster.tariff);
        uint64_t parts = (uint64_t)(fmin(part, 1.0) * whole);
        x->parts[i].weight = !by_tariff  ? speed_of(x, t, cluster.workers[m])
                             : parts > 0 ? parts
                                         : 1;
    }
}

// Parts for the team of a cluster, which is left in x->team, and their loads in x->loads.
static int32_t make_parts(exchange *x, const exchange_sink *sink, task_record *t,
                          dcat_cluster_view cluster)
{
    int32_t count = (int32_t)cluster.worker_count;
    for (int32_t m = 0; m < count; m++) {
        x->team[m] = x->cut->server_of[cluster.workers[m]];
        x->weights[m] = speed_of(x, t, cluster.workers[m]);
    }
    dcat_share_split(t->work_cycles, x->weights, cluster.worker_count, x->loads);
    bool covers = dcat_world_config_view(x->cut->world)->auction.share->covers;
    parts_free(x, t);                   // of the attempt before
    for (int32_t m = count; m-- > 0;) { // a chain begins with the last one put in
        part_record *p = part_new(x, t, x->team[m]);
        p->load = x->loads[m];
        p->speed_bp = speed_part(x, &x->servers[x->team[m]], t->class_id, true);
        // Under a share that covers no member's ask, nobody makes up for what one lacks.
        p->least = covers ? settle_least(x, p, pool_of(x, t), (double)x->weights[m]) : 0;
        start_promise(x, t, p);
    }
    weigh_pay(x, t, cluster);
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        part_go(sink, t, &x->parts[i], PART_ON_AWARD);
        server_record *s = &x->servers[x->parts[i].server];
        s->open_parts++;
        s->award_count++;
    }
    return count;
}

static void book(exchange *x, const exchange_sink *sink, task_record *t, const dcat_award *award,
                 int64_t now_ns)
{
    double now_s = seconds(now_ns);
    dcat_cluster_view cluster = dcat_state_team(x->cut->state, award->cluster, t->class_id);
    int32_t pool = pool_of(x, t);
    t->attempt++;
    t->cluster = award->cluster;
    t->awarded_ns = now_ns;
    t->running_ns = t->ready_ns = 0;
    t->pay = dcat_money_payment(award->payment, t->fee);
    t->processing_s = award->processing_s;
    t->data_s = now_s + award->transfer_s;
    task_list_take(x, t, LIST_ACCEPTED);
    task_list_put(x, t, LIST_AWARDED);
    task_go(sink, t, TASK_ON_SOLD);
    int32_t count = make_parts(x, sink, t, cluster);
    t->after_s = 0.0;
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        t->after_s = fmax(t->after_s, start_part_after(x, t, &x->parts[i]));
    }
    t->start_s = fmax(t->data_s, t->after_s);
    schedule_book(x, t, cluster.busy_until_s);
    cut_booked(x->cut, t->class_id, cluster.workers, count);
    if (sink != NULL && sink->award != NULL) {
        const exchange_award told = {
            .task = t->id,
            .attempt = t->attempt,
            .cluster = award->cluster,
            .candidate_count = award->candidate_count,
            .round = award->round,
            .pool = pool,
            .slot = x->core.slot,
            .cycle = x->core.cycle,
            .payment = award->payment,
            .pay = t->pay,
            .data_s = t->data_s,
            .start_s = t->start_s,
            .finish_s = t->finish_s,
            .member_count = count,
            .servers = x->team,
            .loads = x->loads,
        };
        sink->award(sink->user, &told);
    }
}

static void unsold(exchange *x, const exchange_sink *sink, task_record *t,
                   dcat_auction_outcome outcome, int64_t now_ns)
{
    const dcat_task task = engine_task(t, 0);
    const finding why = reason_find(x, &task, outcome, seconds(now_ns));
    t->tries++;
    int64_t next_ns = now_ns + x->config.slot_ns;
    bool again =
        next_ns <= t->arrived_ns + t->retry_ns && next_ns < t->arrived_ns + t->deadline_us * 1000;
    if (again) {
        t->reason = (uint8_t)why.reason;
        t->needed = why.needed;
        task_go(sink, t, TASK_ON_AGAIN);
    } else {
        give_up(x, sink, t, why);
    }
}

static void auction(exchange *x, const exchange_sink *sink, int64_t now_ns, uint64_t seed)
{
    exchange_cut *cut = x->cut;
    size_t count = collect(x, now_ns);
    if (count == 0) {
        return;
    }
    cut_tell(x, cut, seconds(now_ns));
    dcat_state_set_seed(cut->state, seed);
    dcat_task_order_of(cut->world, dcat_state_auction(cut->state), cut->tasks, count, cut->order);
    dcat_totals totals = {0};
    uint32_t first = (uint32_t)x->config.cycle_first;
    for (size_t i = 0; i < count; i++) {
        // Any award fits what is left, or the tasks wait for the next slot.
        if (!parts_room(x, cut->server_count)) {
            return;
        }
        int32_t n = cut->order[i];
        task_record *t = &x->tasks[cut->task_of[n]];
        dcat_award award;
        if (t->pin > 0) {
            count_leave_alone(cut, t->class_id, t->pin - 1);
        } else {
            count_leave_out(x, cut, t->class_id, t->count);
        }
        dcat_status status = dcat_state_auction_task(
            cut->state, seconds(now_ns), first + x->core.cycle - 1,
            (uint32_t)(x->core.slot - x->core.slot_first), cut->tasks, n, &award, &totals, NULL);
        assert(status == DCAT_OK); // what a task may be was checked when it was submitted
        (void)status;
        int32_t class_id = t->class_id;
        if (award.outcome == DCAT_AUCTION_SOLD) {
            book(x, sink, t, &award, now_ns);
        } else {
            unsold(x, sink, t, award.outcome, now_ns);
        }
        count_let_in(cut, class_id);
    }
}

// ---- events

// Choice: the slot's boundary is the time of all that happens in it, whatever the clock says when
// it is worked off. While halted, times run out and fees go back, but nothing is sold.
exchange_result on_slot(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    int64_t number = event->slot.number;
    if (x->core.mode == MODE_STARTING || x->core.mode == MODE_STOPPED) {
        return refused(CODE_WRONG_STATE);
    }
    if (number <= x->core.slot) {
        return refused(CODE_STALE_TIME);
    }
    if (number > event->at_ns / x->config.slot_ns) {
        return refused(CODE_OUT_OF_RANGE); // it has not begun
    }
    int64_t now_ns = number * x->config.slot_ns, before_ns = x->core.slot * x->config.slot_ns;
    x->core.slot = number;
    bool deaf = is_deaf(x, now_ns);
    if (deaf) {
        x->core.anew_ns = now_ns;
    } else {
        run_out(x, sink, now_ns);
    }
    schedule_make(x, seconds(now_ns));
    expire(x, sink, now_ns);
    offer_end(x, sink, now_ns);
    purse_expire(x, sink, now_ns);
    payout_order_due(x, sink, before_ns, now_ns);
    bool sells = x->core.mode == MODE_OPEN || x->core.mode == MODE_DRAINING;
    if (sells && !deaf && x->cut != NULL) {
        auction(x, sink, now_ns, event->slot.seed);
    }
    return done(0);
}

exchange_result on_cycle(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    if (x->core.mode == MODE_STOPPED) {
        return refused(CODE_WRONG_STATE);
    }
    if (!cut_fits(x, event->cut)) {
        return refused(CODE_STALE_CUT);
    }
    cut_enter(x, sink, event->cut);
    return done(event->cut->number);
}
