// One slot of the market: Algorithm 3, lines 4 to 6.

#include "core/state.h"

#include "dcat/model.h"
#include <assert.h>
#include <math.h>

// --- order
// ---------------------------------------------------------------------------------------------

// Fee per work (5) without the price: what urgency sorts by.
static double urgency(const dcat_world *world, const dcat_task *task)
{
    return 1.0 + world->config.market.urgency_s / task->deadline_s;
}

// Whether task a is auctioned after task b: less urgent, or as urgent and later in the list.
static bool comes_after(const dcat_world *world, const dcat_task *tasks, int32_t a, int32_t b)
{
    double urgency_a = urgency(world, &tasks[a]);
    double urgency_b = urgency(world, &tasks[b]);
    return urgency_a < urgency_b || (urgency_a == urgency_b && a > b);
}

static void sift_down(const dcat_world *world, const dcat_task *tasks, int32_t *heap, size_t count,
                      size_t at)
{
    for (;;) {
        size_t last = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < count && comes_after(world, tasks, heap[child], heap[last])) {
                last = child;
            }
        }
        if (last == at) {
            return;
        }
        int32_t index = heap[at];
        heap[at] = heap[last];
        heap[last] = index;
        at = last;
    }
}

// Heapsort: needs no memory, which qsort() may take.
static void sort_by_urgency(const dcat_world *world, const dcat_task *tasks, size_t count,
                            int32_t *order)
{
    for (size_t at = count / 2; at-- > 0;) {
        sift_down(world, tasks, order, count, at);
    }
    for (size_t end = count; end-- > 1;) {
        int32_t index = order[0];
        order[0] = order[end];
        order[end] = index;
        sift_down(world, tasks, order, end, 0);
    }
}

void dcat_task_order_of(const dcat_world *world, const dcat_task *tasks, size_t task_count,
                        int32_t *order)
{
    for (size_t n = 0; n < task_count; n++) {
        order[n] = (int32_t)n;
    }
    if (world->config.market.task_order == DCAT_ORDER_URGENCY) {
        sort_by_urgency(world, tasks, task_count, order);
    }
}

// --- what a task meets
// -----------------------------------------------------------------------------------

// Eq. (3): the least delay to any member, from the task's origin.
static double cluster_transfer_s(const dcat_state *state, size_t area, double data_bits, int32_t k)
{
    const dcat_world *world = state->world;
    const double *seconds_per_bit = &world->seconds_per_bit[area * world->server_count];
    const double *propagation_s = &world->propagation_s[area * world->server_count];
    double least_s = INFINITY;
    for (int32_t m = state->member_first[k]; m < state->member_first[k + 1]; m++) {
        int32_t i = state->members[m];
        least_s =
            fmin(least_s, dcat_transfer_delay_s(data_bits, seconds_per_bit[i], propagation_s[i]));
    }
    return least_s;
}

// The row of transfer delays of a task's origin, [C].
static const double *transfer_row(dcat_state *state, const dcat_task *task)
{
    size_t area = (size_t)task->area;
    double *row = &state->transfer_s[area * state->world->server_count];
    if (state->transfer_bits[area] != task->data_bits) {
        for (int32_t k = 0; k < state->cluster_count; k++) {
            row[k] = cluster_transfer_s(state, area, task->data_bits, k);
        }
        state->transfer_bits[area] = task->data_bits;
    }
    return row;
}

// The user's side of (10f): nobody pays more than the task is worth to them.
static bool user_accepts(const dcat_task *task, double fee)
{
    return dcat_user_utility(task->value, fee) >= 0.0;
}

// What the market adds to a bid, and takes off the pay, of a cluster that is still busy.
static double handicap_of(const dcat_world *world, double work_cycles, double waiting_s)
{
    return world->config.market.handicap_per_gigacycle_s * waiting_s *
           (work_cycles / DCAT_CYCLES_PER_GIGACYCLE);
}

// Collect the clusters that can finish the task in time (10b), with their bids; returns how many.
static size_t collect_candidates(dcat_state *state, double now_s, const dcat_task *task)
{
    const double *transfer_s = transfer_row(state, task);
    const double late_s = dcat_waiting_delay_s(now_s, task->arrival_s);
    size_t count = 0;
    for (int32_t k = 0; k < state->cluster_count; k++) {
        double queue_s = dcat_waiting_delay_s(state->busy_until_s[k], now_s);
        double processing_s = dcat_processing_delay_s(task->work_cycles, state->speed_hz[k]);
        double total_s = dcat_total_delay_s(transfer_s[k], late_s + queue_s, processing_s);
        double limit = dcat_cluster_cost(task->work_cycles, state->unit_limit[k]);
        state->bid[count] = limit + handicap_of(state->world, task->work_cycles, queue_s);
        state->candidate[count] = k;
        count += total_s <= task->deadline_s; // without a branch: about half are feasible
    }
    return count;
}

uint64_t dcat_state_auction_draw(const dcat_state *state, uint32_t cycle, uint32_t slot,
                                 uint32_t index)
{
    dcat_draw draw = dcat_draw_at(state->seed, DCAT_STREAM_AUCTION, 0, cycle, slot, index);
    return dcat_draw_u64(&draw, 0);
}

dcat_offer dcat_state_offer(const dcat_state *state, double now_s, const dcat_task *task,
                            int32_t cluster)
{
    assert(cluster >= 0 && cluster < state->cluster_count);
    const dcat_market_config *market = &state->world->config.market;
    double fee = dcat_fee(market->price_per_gigacycle, market->urgency_s, task->deadline_s,
                          task->work_cycles);
    double queue_s = dcat_waiting_delay_s(state->busy_until_s[cluster], now_s);
    dcat_offer offer = {
        .transfer_s = cluster_transfer_s(state, (size_t)task->area, task->data_bits, cluster),
        .waiting_s = dcat_waiting_delay_s(now_s, task->arrival_s) + queue_s,
        .processing_s = dcat_processing_delay_s(task->work_cycles, state->speed_hz[cluster]),
        .cost = dcat_cluster_cost(task->work_cycles, state->unit_cost_mean[cluster]),
        .limit = dcat_cluster_cost(task->work_cycles, state->unit_limit[cluster]),
    };
    offer.bid = offer.limit + handicap_of(state->world, task->work_cycles, queue_s);
    offer.feasible = user_accepts(task, fee) &&
                     dcat_total_delay_s(offer.transfer_s, offer.waiting_s, offer.processing_s) <=
                         task->deadline_s;
    return offer;
}

// --- what becomes of it
// ------------------------------------------------------------------------------------

// A payment within rounding of a member's cost is not below it.
#define BELOW_COST_TOLERANCE 1e-12

// Book a sold task: queue, earnings, and the award's details.
static void book(dcat_state *state, double now_s, const dcat_task *task,
                 const dcat_auction_result *result, dcat_award *award)
{
    int32_t k = state->candidate[result->winner];
    double queue_s = dcat_waiting_delay_s(state->busy_until_s[k], now_s);
    award->cluster = k;
    award->limit = dcat_cluster_cost(task->work_cycles, state->unit_limit[k]);
    award->cost = dcat_cluster_cost(task->work_cycles, state->unit_cost_mean[k]);
    award->payment = result->clearing_price - handicap_of(state->world, task->work_cycles, queue_s);
    award->transfer_s = transfer_row(state, task)[k];
    award->waiting_s = dcat_waiting_delay_s(now_s, task->arrival_s) + queue_s;
    award->processing_s = dcat_processing_delay_s(task->work_cycles, state->speed_hz[k]);
    // Members are paid by load, so the dearest one loses first.
    award->member_below_cost =
        award->payment < dcat_cluster_cost(task->work_cycles, state->unit_cost_max[k]) *
                             (1.0 - BELOW_COST_TOLERANCE);

    state->busy_until_s[k] = now_s + queue_s + award->processing_s;
    state->cluster_work_cycles[k] += task->work_cycles;
    state->cluster_payment[k] += award->payment;
    state->cluster_busy_s[k] += award->processing_s;
    state->payment_total += award->payment;
}

static void count(dcat_totals *totals, const dcat_award *award)
{
    totals->arrived++;
    totals->single_candidate += award->candidate_count == 1;
    totals->contested += award->candidate_count >= 2;
    switch (award->outcome) {
    case DCAT_AUCTION_SOLD:
        totals->awarded++;
        totals->single_awarded += award->candidate_count == 1;
        totals->member_below_cost += award->member_below_cost;
        totals->fee += award->fee;
        totals->payment += award->payment;
        totals->cost += award->cost;
        totals->transfer_s += award->transfer_s;
        totals->waiting_s += award->waiting_s;
        totals->processing_s += award->processing_s;
        break;
    case DCAT_AUCTION_NO_CANDIDATE:
        totals->no_candidate++;
        break;
    case DCAT_AUCTION_NO_BIDDER:
        totals->no_bidder++;
        break;
    case DCAT_AUCTION_ALL_EXITED:
        totals->all_exited++;
        break;
    case DCAT_AUCTION_ROUND_LIMIT:
    case DCAT_AUCTION_OUTCOME_COUNT:
        totals->round_limit++;
        break;
    }
}

// One auction: fee, candidates, rule.
static dcat_auction_result clear_task(dcat_state *state, double now_s, const dcat_task *task,
                                      uint64_t draw, dcat_award *award)
{
    const dcat_world *world = state->world;
    const dcat_market_config *market = &world->config.market;
    double fee = dcat_fee(market->price_per_gigacycle, market->urgency_s, task->deadline_s,
                          task->work_cycles); // eq. (5)
    size_t candidate_count =
        user_accepts(task, fee) ? collect_candidates(state, now_s, task) : 0; // (1)-(4), (8), (10b)
    const dcat_auction_input input = {
        .fee = fee,
        .work_cycles = task->work_cycles,
        .bid = state->bid,
        .cluster = state->candidate,
        .bidder_count = candidate_count,
        .draw = draw,
    };
    dcat_auction_result result = dcat_auction_get(state->auction)->run(&world->rules, &input);
    *award = (dcat_award){
        .outcome = result.outcome,
        .cluster = -1,
        .candidate_count = (int32_t)candidate_count,
        .round = result.round,
        .fee = fee,
    };
    return result;
}

dcat_award dcat_state_auction_task(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                                   const dcat_task *tasks, int32_t n, dcat_totals *totals)
{
    dcat_award award;
    uint64_t draw = dcat_state_auction_draw(state, cycle, slot, (uint32_t)n);
    dcat_auction_result result = clear_task(state, now_s, &tasks[n], draw, &award);
    if (result.outcome == DCAT_AUCTION_SOLD) {
        book(state, now_s, &tasks[n], &result, &award);
    }
    count(totals, &award);
    return award;
}

void dcat_state_step(dcat_state *state, double now_s, uint32_t cycle, uint32_t slot,
                     const dcat_task *tasks, size_t task_count, dcat_award *awards,
                     dcat_totals *totals)
{
    assert(task_count <= state->task_max);
    dcat_task_order_of(state->world, tasks, task_count, state->order);
    for (size_t i = 0; i < task_count; i++) {
        int32_t n = state->order[i];
        dcat_award award = dcat_state_auction_task(state, now_s, cycle, slot, tasks, n, totals);
        if (awards != NULL) {
            awards[n] = award;
        }
    }
}
