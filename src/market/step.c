// SPDX-License-Identifier: Apache-2.0
// One slot of the market: Algorithm 3, lines 4 to 6.

#include "auction/candidates.h"
#include "base/inlined.h"
#include "market/told.h"
#include "market/totals.h"
#include "world/demand.h"

#include "dcat/x/model.h"
#include "dcat/x/task_auction.h"
#include <assert.h>
#include <math.h>
#include <string.h>

// --- what a task meets

// Eq. (3): the least delay to any member, from the task's origin.
static double cluster_transfer_s(const dcat_state *state, const plane *p, const dcat_task *task,
                                 int32_t k)
{
    double least_s = INFINITY;
    for (int32_t m = p->worker_first[k]; m < p->worker_first[k + 1]; m++) {
        dcat_path path = dcat_world_path(state->world, task->area, p->workers[m]);
        least_s = fmin(least_s, dcat_transfer_delay_s(task->data_bits, path.seconds_per_bit,
                                                      path.propagation_s));
    }
    return least_s;
}

// The user's side of (10f): nobody pays more than the task is worth to them.
static bool user_accepts(const dcat_task *task, double fee)
{
    return dcat_user_utility(task->value, fee) >= 0.0;
}

double dcat_state_told_fee(const dcat_state *state, const dcat_task *task)
{
    return told_of(state, state_plane(state, task), state->now_s, task).clock_fee;
}

uint64_t dcat_state_auction_draw(const dcat_state *state, uint32_t cycle, uint32_t slot,
                                 uint32_t index)
{
    const slot_terms terms = terms_of_slot(state, state->now_s, cycle, slot);
    return draw_of(&terms, index);
}

dcat_offer dcat_state_offer(const dcat_state *state, double now_s, const dcat_task *task,
                            int32_t cluster)
{
    assert(cluster >= 0 && cluster < state->cluster_count);
    const dcat_market_config *market = &state->market;
    const plane *p = state_plane(state, task);
    const told t = told_of(state, p, now_s, task);
    double queue_s = dcat_waiting_delay_s(p->busy_until_s[cluster], now_s);
    double transfer_s = cluster_transfer_s(state, p, task, cluster);
    dcat_offer offer = {
        .transfer_s = transfer_s,
        .waiting_s = t.late_s + dcat_queue_delay_s(market->queue, queue_s, transfer_s),
        .processing_s = dcat_processing_delay_s(task->work_cycles, p->speed_hz[cluster]),
        .cost = dcat_cluster_cost(task->work_cycles, p->unit_cost_mean[cluster]),
        .limit = dcat_cluster_cost(task->work_cycles, p->unit_limit[cluster]),
        .handicap = market_handicap(market->handicap_per_gigacycle_s, t.gigacycles,
                                    dcat_start_delay_s(market->queue, queue_s, transfer_s)),
        .start = dcat_cluster_cost(task->work_cycles, p->unit_start[cluster]),
    };
    double bid = offer.limit + offer.handicap;
    bool stands = bid <= offer.start;
    if (state->on_limits) {
        double most = fmin(t.most, offer.start);
        stands = offer.limit <= most;
        offer.start = most + offer.handicap;
    }
    stands = stands && isfinite(p->unit_standing[cluster]);
    offer.bid = stands ? bid : INFINITY;
    offer.feasible = user_accepts(task, t.fee) &&
                     dcat_total_delay_s(offer.transfer_s, offer.waiting_s, offer.processing_s) <=
                         task->deadline_s;
    offer.admitted = dcat_start_delay_s(market->queue, queue_s, transfer_s) <= t.admission_s;
    return offer;
}

// --- what becomes of it

// A payment within rounding of a member's cost is not below it.
#define BELOW_COST_TOLERANCE 1e-12

// What physics makes of a promise of DCAT_QUEUE_PAPER: the cluster works off its awards in order,
// each when its data is there, and should finish this one until latest_s.
static inline void queue_up(plane *p, int32_t k, double ready_s, double latest_s, dcat_award *award)
{
    double start_s = p->fifo_until_s[k] > ready_s ? p->fifo_until_s[k] : ready_s;
    p->fifo_until_s[k] = start_s + award->processing_s;
    award->late = p->fifo_until_s[k] > latest_s + LATE_TOLERANCE_S;
}

// What an award whose payment is set is to cluster k.
static INLINED void award_to(const plane *p, double work_cycles, int32_t k, dcat_award *award)
{
    award->cluster = k;
    award->limit = dcat_cluster_cost(work_cycles, p->unit_limit[k]);
    award->cost = dcat_cluster_cost(work_cycles, p->unit_cost_mean[k]);
    award->processing_s = dcat_processing_delay_s(work_cycles, p->speed_hz[k]);
    award->member_below_cost =
        award->payment <
        dcat_cluster_cost(work_cycles, p->unit_break_even[k]) * (1.0 - BELOW_COST_TOLERANCE);
}

// Book it; the cluster turns to it at start_s.
static INLINED void book(dcat_state *state, plane *p, double start_s, double work_cycles, int32_t k,
                         dcat_award *award)
{
    award_to(p, work_cycles, k, award);
    plane_set_busy(p, k, start_s + award->processing_s);
    p->cluster_work_cycles[k] += work_cycles;
    p->cluster_payment[k] += award->payment;
    p->cluster_busy_s[k] += award->processing_s;
    state->payment_total += award->payment;
}

// What the rule sold, to whom. Whether it is booked is known where this is called. Without branches
// that are hard to foresee: the larger of two and what is left of it, for (2) and what follows.
static INLINED void book_result(dcat_state *state, plane *p, bool mixed, bool books,
                                const candidates *c, const dcat_auction_result *result,
                                dcat_award *award)
{
    const slot_terms *slot = c->slot;
    const told *task = c->task;
    int32_t k = candidate_cluster(c, (size_t)result->winner);
    double busy_until_s = p->busy_until_s[k], now_s = slot->now_s;
    double free_s = busy_until_s > now_s ? busy_until_s : now_s;
    double transfer_s = c->transfer_s[result->winner];
    double ready_s = slot->queue == DCAT_QUEUE_FIFO ? transfer_s : 0.0;
    double delay_s = dcat_start_delay_s(slot->queue, free_s - now_s, transfer_s);
    double start = dcat_cluster_cost(task->work_cycles, p->unit_start[k]);
    double handicap = market_handicap(slot->handicap_per_gigacycle_s, task->gigacycles, delay_s);
    double price = result->clearing_price < start ? result->clearing_price : start;
    award->payment = price - handicap;
    if (state->on_limits) { // the start is none of a bid
        double most = start < task->most ? start : task->most;
        double pay = result->clearing_price - handicap;
        award->payment = pay < most ? pay : most;
    }
    award->transfer_s = transfer_s;
    award->waiting_s = task->late_s + (delay_s - ready_s); // dcat_queue_delay_s
    if (!books) {
        award_to(p, task->work_cycles, k, award);
        return;
    }
    book(state, p, now_s + delay_s, task->work_cycles, k, award);
    double latest_s = now_s - task->late_s + task->deadline_s;
    if (slot->queue == DCAT_QUEUE_PAPER) {
        queue_up(p, k, now_s + transfer_s, latest_s, award);
    }
    if (mixed) {
        if (p->stretch != NULL) {
            plane_keep_truth(p, k, now_s + delay_s, latest_s, award);
        }
        plane_tell(state->planes, p, k);
    }
}

// By cluster, or bidder, in place: Shell's sort.
static void sort_candidates(dcat_state *state, size_t count)
{
    size_t gap = 1;
    while (gap < count / 3) {
        gap = 3 * gap + 1;
    }
    for (; gap > 0; gap /= 3) {
        for (size_t i = gap; i < count; i++) {
            double bid = state->bid[i];
            int32_t cluster = state->candidate[i], item = state->item[i];
            size_t at = i;
            for (; at >= gap && state->candidate[at - gap] > cluster; at -= gap) {
                state->bid[at] = state->bid[at - gap];
                state->candidate[at] = state->candidate[at - gap];
                state->item[at] = state->item[at - gap];
            }
            state->bid[at] = bid;
            state->candidate[at] = cluster;
            state->item[at] = item;
        }
    }
}

// Collect the candidates' bids that stand, by cluster or bidder; returns how many.
static size_t collect_bids(dcat_state *state, candidates *c)
{
    size_t count = 0;
    candidate_walk w = candidates_walk(c);
    for (size_t i = next_candidate(&w); i != NO_CANDIDATE; i = next_candidate(&w)) {
        state->item[count] = (int32_t)i;
        state->candidate[count] = candidate_cluster(c, i);
        state->bid[count++] =
            candidate_limit(c, i) <= c->task->most ? candidate_bid(c, i) : INFINITY;
    }
    if (state->bidders.joined) {
        count =
            bidders_keep_lowest(&state->bidders, state->bid, state->candidate, state->item, count);
    }
    if (c->clusters->by_limit || state->bidders.joined) {
        sort_candidates(state, count); // winners of lotteries are counted off by number
    }
    return count;
}

// The rule itself, on the list of all bids. The winner becomes an item of the candidates.
static dcat_auction_result run_on_bids(dcat_state *state, candidates *c)
{
    const dcat_auction_input input = {
        .fee = c->task->clock_fee,
        .work_cycles = c->task->work_cycles,
        .bid = state->bid,
        .cluster = state->candidate,
        .bidder_count = collect_bids(state, c), // (1)-(4), (8), (10b)
        .draw = candidates_draw(c),
        .user = state->auction->user,
    };
    dcat_auction_result result = state->auction->run(state->rules, &input);
    if (result.winner >= 0) {
        result.winner = state->item[result.winner];
    }
    return result;
}

static void make_list(const dcat_state *state, plane *p, const dcat_task *task)
{
    const scan_clusters clusters = {
        .count = state->cluster_count,
        .cluster_of = p->works_in,
        .member_first = p->worker_first,
        .members = p->workers,
        .speed_hz = p->speed_hz,
        .unit_limit = p->unit_standing,
        .unit_start = p->unit_start,
        .busy_until_s = p->busy_until_s,
        .on_limits = state->on_limits,
        .handicaps = state->market.handicap_per_gigacycle_s != 0.0,
        .limited = !state->admits_all,
    };
    if (!p->scan.ready) {
        scan_prepare(&p->scan, &clusters);
    }
    scan_make_list(&p->scan, &clusters, task->area, task->data_bits);
}

// The task as it meets the clusters that its area can reach.
static INLINED candidates candidates_of(const dcat_state *state, plane *p, const slot_terms *slot,
                                        const dcat_task *task, const told *t, uint32_t index)
{
    scan *s = &p->scan;
    const reach_list *list = &s->lists[task->area];
    if (!s->ready || list->data_bits != task->data_bits) {
        make_list(state, p, task);
    }
    return (candidates){
        .slot = slot,
        .task = t,
        .index = index,
        .clusters = &s->clusters,
        .transfer_s = scan_list_transfer(s, list),
        .rounded_s = scan_list_rounded(s, list),
        .rank = scan_list_rank(s, list),
        .count = (size_t)list->count,
    };
}

static inline bool is_mixed(const dcat_state *state)
{
    return state->world->config.resources != NULL;
}

// One auction: fee, candidates, rule. Without exact the count of candidates may stop at two.
// Whether the world has resources, which make it mixed, is known where this is called.
static INLINED void auction_task(dcat_state *state, const slot_terms *slot, const dcat_task *task,
                                 const told *t, uint32_t index, bool exact, bool mixed, bool books,
                                 dcat_award *award)
{
    plane *p = mixed ? state_plane(state, task) : state->planes;
    *award = (dcat_award){.outcome = DCAT_AUCTION_NO_CANDIDATE, .cluster = -1, .fee = t->fee};
    if (!user_accepts(task, t->fee)) {
        award->outcome = DCAT_AUCTION_OVER_VALUE;
        return;
    }
    candidates c = candidates_of(state, p, slot, task, t, index);
    dcat_auction_result result;
    // Fast paths know nothing of clusters that are too dear for one task alone.
    bool some_too_dear = state->on_limits && p->standing_max * t->work_cycles > t->most;
    if (state->fast == NULL || some_too_dear || !state->fast(state->rules, &c, &result)) {
        result = run_on_bids(state, &c);
    }
    award->outcome = result.outcome;
    if (mixed && c.clusters->count == 0) {
        award->outcome = DCAT_AUCTION_NO_DEVICE;
    } else if (!state->admits_all && result.outcome == DCAT_AUCTION_NO_CANDIDATE &&
               candidates_some_not_admitted(&c)) {
        award->outcome = DCAT_AUCTION_NOT_ADMITTED;
    }
    award->round = result.round;
    award->candidate_count = (int32_t)(exact ? candidates_count(&c) : c.feasible_count);
    if (result.outcome == DCAT_AUCTION_SOLD) {
        book_result(state, p, mixed, books, &c, &result, award);
    }
}

#define FETCH_AHEAD 2 // tasks

dcat_award state_auction_task(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                              const dcat_task *tasks, int32_t n, dcat_totals *totals)
{
    dcat_award award;
    const dcat_task *task = &tasks[n];
    const slot_terms terms = terms_of_slot(state, now_s, cycle, slot);
    state->now_s = now_s;
    const told t = told_of(state, state_plane(state, task), now_s, task);
    auction_task(state, &terms, task, &t, (uint32_t)n, true, is_mixed(state), true, &award);
    totals_count(totals, &award);
    return award;
}

static INLINED void step_tasks(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                               const dcat_task *tasks, size_t task_count, bool mixed, bool ahead,
                               dcat_award *awards, dcat_totals *totals)
{
    slot_terms terms = terms_of_slot(state, now_s, cycle, slot);
    terms.task_count = (uint32_t)task_count;
    terms.all = &state->draws;
    memset(state->draws.drawn, 0, draw_blocks(task_count));
    if (ahead) {
        told_slot(state, now_s, tasks, task_count);
    }
    for (size_t i = 0; i < task_count; i++) {
        int32_t n = state->order[i];
        const dcat_task *soon =
            &tasks[state->order[i + FETCH_AHEAD < task_count ? i + FETCH_AHEAD : i]];
        scan_prefetch(mixed ? &state_plane(state, soon)->scan : &state->planes->scan, soon->area);
        told plain;
        if (!ahead) {
            plain = told_plainly(mixed ? state_plane(state, &tasks[n]) : state->planes, now_s,
                                 &tasks[n]);
        }
        const told *t = ahead ? &state->told[n] : &plain;
        if (awards != NULL) {
            auction_task(state, &terms, &tasks[n], t, (uint32_t)n, true, mixed, true, &awards[n]);
            totals_count(totals, &awards[n]);
        } else { // need not go through memory
            dcat_award award;
            auction_task(state, &terms, &tasks[n], t, (uint32_t)n, false, mixed, true, &award);
            totals_count(totals, &award);
        }
    }
}

void state_step(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                const dcat_task *tasks, size_t task_count, dcat_award *awards, dcat_totals *totals)
{
    assert(task_count <= state->task_max);
    state->now_s = now_s;
    dcat_task_order_of(state->world, state->auction, tasks, task_count, state->order);
    const bool ahead = told_ahead(state);
    if (is_mixed(state)) {
        step_tasks(state, now_s, cycle, slot, tasks, task_count, true, ahead, awards, totals);
    } else if (ahead) {
        step_tasks(state, now_s, cycle, slot, tasks, task_count, false, true, awards, totals);
    } else {
        step_tasks(state, now_s, cycle, slot, tasks, task_count, false, false, awards, totals);
    }
}

// --- from outside

static dcat_status check_time(const dcat_state *state, double now_s, dcat_error *err)
{
    if (!(now_s >= state->now_s && isfinite(now_s))) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "now_s must be finite and not before the last slot's %.17g, got %.17g",
                         state->now_s, now_s);
    }
    return DCAT_OK;
}

dcat_status dcat_state_step(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                            const dcat_task *tasks, size_t task_count, dcat_award *awards,
                            dcat_totals *totals, dcat_error *err)
{
    if (task_count > state->task_max) {
        return dcat_fail(err, DCAT_ERR_RANGE, "a slot has at most task_max = %zu tasks, got %zu",
                         state->task_max, task_count);
    }
    dcat_status status = check_time(state, now_s, err);
    if (status == DCAT_OK) {
        status = tasks_check(state->world, tasks, task_count, err);
    }
    if (status == DCAT_OK) {
        state_step(state, now_s, cycle, slot, tasks, task_count, awards, totals);
    }
    return status;
}

dcat_status dcat_state_auction_task(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                                    const dcat_task *tasks, int32_t n, dcat_award *award,
                                    dcat_totals *totals, dcat_error *err)
{
    if (n < 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "there is no task %d", n);
    }
    dcat_status status = check_time(state, now_s, err);
    if (status == DCAT_OK) {
        status = dcat_task_check(state->world, &tasks[n], err);
    }
    if (status == DCAT_OK) {
        *award = state_auction_task(state, now_s, cycle, slot, tasks, n, totals);
    }
    return status;
}

dcat_status dcat_state_quote(dcat_state *state, double now_s, const dcat_task *task,
                             dcat_award *award, dcat_error *err)
{
    dcat_status status = check_time(state, now_s, err);
    if (status == DCAT_OK) {
        status = dcat_task_check(state->world, task, err);
    }
    if (status == DCAT_OK) {
        const slot_terms terms = terms_of_slot(state, now_s, UINT32_MAX, UINT32_MAX);
        const told t = told_of(state, state_plane(state, task), now_s, task);
        auction_task(state, &terms, task, &t, 0, true, is_mixed(state), false, award);
    }
    return status;
}

// What keeps the cluster from getting the task for this payment.
static dcat_status check_award(const dcat_state *state, double now_s, const dcat_task *task,
                               int32_t cluster, double payment, dcat_error *err)
{
    if (cluster < 0 || cluster >= state->cluster_count) {
        return dcat_fail(err, DCAT_ERR_RANGE, "there is no cluster %d, there are %d", cluster,
                         state->cluster_count);
    }
    if (!(payment >= 0.0 && isfinite(payment))) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the payment must be finite and >= 0, got %g",
                         payment);
    }
    if (!dcat_state_offer(state, now_s, task, cluster).feasible) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "cluster %d cannot finish the task in time (10b), or its fee is above its "
                         "value",
                         cluster);
    }
    return DCAT_OK;
}

dcat_status dcat_state_award_task(dcat_state *state, double now_s, const dcat_task *task,
                                  int32_t cluster, double payment, dcat_award *award,
                                  dcat_totals *totals, dcat_error *err)
{
    dcat_status status = check_time(state, now_s, err);
    if (status == DCAT_OK) {
        status = dcat_task_check(state->world, task, err);
    }
    if (status == DCAT_OK) {
        status = check_award(state, now_s, task, cluster, payment, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_market_config *market = &state->world->config.market;
    plane *p = state_plane(state, task);
    dcat_offer offer = dcat_state_offer(state, now_s, task, cluster);
    dcat_award made = {
        .outcome = DCAT_AUCTION_SOLD,
        .fee = dcat_fee(p->price_per_gigacycle, p->urgency_s, task->deadline_s, task->work_cycles),
        .payment = payment,
        .transfer_s = offer.transfer_s,
        .waiting_s = offer.waiting_s};
    double queue_s = dcat_waiting_delay_s(p->busy_until_s[cluster], now_s);
    state->now_s = now_s;
    double start_s = now_s + dcat_start_delay_s(market->queue, queue_s, offer.transfer_s);
    book(state, p, start_s, task->work_cycles, cluster, &made);
    if (market->queue == DCAT_QUEUE_PAPER) {
        queue_up(p, cluster, now_s + made.transfer_s, task->arrival_s + task->deadline_s, &made);
    }
    if (p->stretch != NULL) {
        plane_keep_truth(p, cluster, start_s, task->arrival_s + task->deadline_s, &made);
    }
    if (p->meets != NULL) {
        plane_tell(state->planes, p, cluster);
    }
    totals_count(totals, &made);
    if (award != NULL) {
        *award = made;
    }
    return DCAT_OK;
}
