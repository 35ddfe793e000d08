// SPDX-License-Identifier: Apache-2.0
// Why a task was not sold, in words that say what would have helped.
#include "dcat/x/task_auction.h"
#include "exchange/core/cut.h"
#include "exchange/core/object.h"

#include <math.h>

// What clusters could have done, the best of them.
typedef struct best {
    double idle_s, busy_s; // from arrival to the end: if nobody waited; behind the queues
    double bid;            // of those in time, per cycle of work
    bool reached;
} best;

// From the slot until the last of a cluster would begin, if all were idle.
static double lead_s(const exchange_cut *cut, const dcat_task *task, int32_t cluster)
{
    dcat_cluster_view team = dcat_state_team(cut->state, cluster, task->class_id);
    size_t queue = dcat_world_queue_of(cut->world, task->class_id);
    double most_s = 0.0;
    for (size_t m = 0; m < team.worker_count; m++) {
        size_t at = queue * (size_t)cut->server_count + (size_t)team.workers[m];
        most_s = fmax(most_s, cut->lead_s[at]);
    }
    return most_s;
}

static best look(const exchange *x, const dcat_task *task, double now_s)
{
    const dcat_state *state = x->cut->state;
    best b = {.idle_s = INFINITY, .busy_s = INFINITY, .bid = INFINITY};
    for (int32_t c = 0; c < dcat_state_cluster_count(state); c++) {
        dcat_offer offer = dcat_state_offer(state, now_s, task, c);
        double work_s = offer.transfer_s + offer.processing_s;
        if (!(work_s < INFINITY)) {
            continue; // no path, or nobody who can do it
        }
        b.reached = true;
        double idle_s = fmax(offer.transfer_s, lead_s(x->cut, task, c)) + offer.processing_s;
        b.idle_s = fmin(b.idle_s, fmax(now_s - task->arrival_s, 0.0) + idle_s);
        b.busy_s = fmin(b.busy_s, work_s + offer.waiting_s);
        if (offer.feasible && offer.admitted) {
            double bid = offer.limit + offer.handicap;
            b.bid = fmin(b.bid, bid / task->work_cycles);
        }
    }
    return b;
}

// Choice: the deadline that would have fitted is told in whole micro-seconds, rounded up, so that a
// task that asks for it can be in time.
static finding late(const exchange_cut *cut, const dcat_task *task, best b)
{
    if (!b.reached) {
        return (finding){.reason = REASON_NO_SERVER_IN_REACH};
    }
    bool slow = b.idle_s > task->deadline_s;
    if (!slow && cut->least_count > 0 && b.busy_s == (double)INFINITY) {
        return (finding){.reason = REASON_MIN_COUNT, .needed = cut->least_count};
    }
    double needed = slow ? b.idle_s : b.busy_s;
    return (finding){.reason = slow ? REASON_TOO_SLOW : REASON_QUEUES_FULL,
                     .needed = needed < INFINITY ? ceil(needed * 1e6) / 1e6 : 0.0};
}

static double admitted_s(const exchange *x, const dcat_task *task)
{
    const dcat_market_config *market = dcat_state_market_view(x->cut->state);
    double fee = dcat_task_fee(x->cut->world, task);
    double queue_s = dcat_admission_s(market->admission_per_gigacycle,
                                      market->admission_per_gigacycle_s, fee, task->work_cycles);
    return isfinite(queue_s) && queue_s > 0.0 ? queue_s : 0.0;
}

finding reason_find(const exchange *x, const dcat_task *task, dcat_auction_outcome outcome,
                    double now_s)
{
    switch (outcome) {
    case DCAT_AUCTION_NO_DEVICE:
        return (finding){.reason = REASON_NO_DEVICE};
    case DCAT_AUCTION_NOT_ADMITTED:
        return (finding){.reason = REASON_NOT_ADMITTED, .needed = admitted_s(x, task)};
    case DCAT_AUCTION_OVER_VALUE:
        return (finding){.reason = REASON_OVER_LIMIT};
    case DCAT_AUCTION_ALL_LEFT:
        return (finding){.reason = REASON_ALL_LEFT};
    case DCAT_AUCTION_ROUND_LIMIT:
        return (finding){.reason = REASON_ROUND_LIMIT};
    case DCAT_AUCTION_NO_BIDDER: {
        double bid = look(x, task, now_s).bid;
        return (finding){.reason = REASON_ABOVE_CEILING,
                         .needed = bid < INFINITY ? bid * 1e9 : 0.0};
    }
    default:
        break;
    }
    return late(x->cut, task, look(x, task, now_s));
}

// Choice: a bound that nobody beats, since it takes the fastest path for each of its two delays and
// all servers together; so what it refuses could never have been served as the market stands.
double reason_least_s(const exchange *x, const dcat_task *task)
{
    const exchange_cut *cut = x->cut;
    if (cut == NULL) {
        return 0.0;
    }
    size_t Q = dcat_world_class_count(cut->world);
    const cut_reach *reach = &cut->reach[(size_t)task->area * Q + (size_t)task->class_id];
    double speed_hz = cut->class_hz[task->class_id];
    return speed_hz > 0.0 ? task->data_bits * reach->seconds_per_bit + reach->propagation_s +
                                task->work_cycles / speed_hz
                          : 0.0;
}
