// SPDX-License-Identifier: Apache-2.0
// slot.h - one slot of the market a second time, as naively as possible: queues kept per
// server, every delay and cost of every server summed anew from the world for every task, the
// literal auctions, plain loops.

#ifndef DCAT_BENCH_REFERENCE_SLOT_H
#define DCAT_BENCH_REFERENCE_SLOT_H

#include "bench/reference/server.h"

// Any two servers of one owner give their clusters the lower of their bidders, until none changes.
static inline void reference_join_bidders(reference_market *ref)
{
    const dcat_server *servers = dcat_world_servers_view(ref->world);
    size_t S = dcat_world_server_count(ref->world);
    ref->joined = false;
    for (int32_t k = 0; k < ref->cluster_count; k++) {
        ref->bidder_of[k] = k;
    }
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < S; i++) {
            for (size_t j = 0; j < S && servers[i].owner > 0; j++) {
                int32_t *one = &ref->bidder_of[ref->cluster_of[i]];
                int32_t other = ref->bidder_of[ref->cluster_of[j]];
                if (servers[i].owner == servers[j].owner && *one > other) {
                    *one = other;
                    ref->joined = more = true;
                }
            }
        }
    }
}

static inline reference_market reference_market_of(const dcat_world *world,
                                                   const dcat_auction *auction, uint64_t seed)
{
    reference_market ref = {.world = world, .auction = auction, .seed = seed};
    assert(dcat_world_server_count(world) <= REFERENCE_SERVER_MAX);
    ref.cluster_count = (int32_t)dcat_world_server_count(world);
    for (int32_t i = 0; i < ref.cluster_count; i++) {
        ref.cluster_of[i] = i;
    }
    reference_join_bidders(&ref);
    return ref;
}

static inline void reference_set_clusters(reference_market *ref, const int32_t *cluster_of)
{
    ref->cluster_count = 0;
    for (size_t i = 0; i < dcat_world_server_count(ref->world); i++) {
        ref->cluster_of[i] = cluster_of[i];
        if (cluster_of[i] >= ref->cluster_count) {
            ref->cluster_count = cluster_of[i] + 1;
        }
    }
    reference_join_bidders(ref);
}

// Everything about one cluster and one task.
typedef struct reference_offer {
    double speed_hz, busy_until_s, transfer_s, mean_cost, max_cost;
    double tariff, ratio; // mean tariff per cycle; largest unit cost beside its tariff
    double start;         // price of its own
} reference_offer;

static inline bool reference_pays_by_dearest_member(const dcat_auction *auction)
{
    return strcmp(auction->name, "rea-s") == 0 || strcmp(auction->name, "vickrey") == 0 ||
           strcmp(auction->name, "posted") == 0;
}

// Whether anything reads tariffs.
static inline bool reference_uses_tariffs(const reference_market *ref)
{
    const dcat_auction_config *rules = &dcat_world_config_view(ref->world)->auction;
    return reference_pays_by_dearest_member(ref->auction) &&
           (strcmp(rules->share->name, "tariff") == 0 || isfinite(rules->tariff_ceiling));
}

// Mean tariffs of clusters [cluster_count], by the speed of those who work; 0 where nobody does.
static inline void reference_mean_tariffs(const reference_market *ref, int32_t q, const bool *works,
                                          double *mean)
{
    double speed_hz[REFERENCE_SERVER_MAX] = {0};
    memset(mean, 0, sizeof *mean * (size_t)ref->cluster_count);
    for (int32_t i = 0; i < (int32_t)dcat_world_server_count(ref->world); i++) {
        if (works[i]) {
            double mine_hz = reference_speed_hz(ref, i, q);
            speed_hz[ref->cluster_of[i]] += mine_hz;
            mean[ref->cluster_of[i]] += mine_hz * reference_tariff(ref, i, q);
        }
    }
    for (int32_t k = 0; k < ref->cluster_count; k++) {
        mean[k] = speed_hz[k] > 0.0 ? mean[k] / speed_hz[k] : 0.0;
    }
}

// Members who opt out, and the start prices of clusters without regard to bidders.
static inline void reference_opt_out(const reference_market *ref, int32_t q, bool *works,
                                     double *unit_start)
{
    const dcat_auction_config *rules = &dcat_world_config_view(ref->world)->auction;
    int32_t S = (int32_t)dcat_world_server_count(ref->world);
    double mean[REFERENCE_SERVER_MAX], team[REFERENCE_SERVER_MAX];
    double ratio[REFERENCE_SERVER_MAX] = {0};
    size_t willing[REFERENCE_SERVER_MAX] = {0};
    bool able[REFERENCE_SERVER_MAX];
    memcpy(able, works, sizeof able);
    reference_mean_tariffs(ref, q, works, mean);
    for (int32_t k = 0; k < ref->cluster_count; k++) {
        ratio[k] = fmin(rules->ceiling_per_cycle / mean[k], rules->tariff_ceiling);
        unit_start[k] = rules->tariff_ceiling * mean[k];
    }
    for (int32_t i = 0; i < S && rules->opt_out; i++) {
        int32_t k = ref->cluster_of[i];
        works[i] =
            able[i] && reference_unit_cost(ref, i, q) <= ratio[k] * reference_tariff(ref, i, q);
        willing[k] += works[i];
    }
    for (int32_t i = 0; i < S; i++) {
        works[i] = works[i] || (able[i] && willing[ref->cluster_of[i]] == 0);
    }
    reference_mean_tariffs(ref, q, works, team);
    for (int32_t i = 0; i < S; i++) { // a cluster that somebody has left
        int32_t k = ref->cluster_of[i];
        bool left = able[i] && !works[i];
        unit_start[k] = left ? fmin(unit_start[k], ratio[k] * team[k]) : unit_start[k];
    }
}

// Who works on a class [S], and the start price per cycle of work of every cluster.
static inline void reference_teams(const reference_market *ref, int32_t q, bool *works,
                                   double *unit_start)
{
    int32_t S = (int32_t)dcat_world_server_count(ref->world);
    bool somebody[REFERENCE_SERVER_MAX] = {false};
    for (int32_t i = 0; i < S; i++) {
        works[i] = reference_speed_hz(ref, i, q) > 0.0;
    }
    for (int32_t k = 0; k < ref->cluster_count; k++) {
        unit_start[k] = INFINITY;
    }
    if (reference_uses_tariffs(ref)) {
        reference_opt_out(ref, q, works, unit_start);
    }
    reference_need_memory(ref, q, works);
    for (int32_t i = 0; i < S; i++) {
        somebody[ref->cluster_of[i]] = somebody[ref->cluster_of[i]] || works[i];
    }
    for (int32_t k = 0; k < ref->cluster_count; k++) {
        unit_start[k] = somebody[k] ? unit_start[k] : 0.0;
    }
    for (int32_t k = 0; k < ref->cluster_count; k++) { // a bidder's start is its highest
        for (int32_t j = 0; j < k; j++) {
            if (ref->bidder_of[k] == ref->bidder_of[j]) {
                unit_start[k] = unit_start[j] = fmax(unit_start[k], unit_start[j]);
            }
        }
    }
}

// All clusters, from scratch: offers [cluster_count].
static inline void reference_look(const reference_market *ref, const dcat_task *task,
                                  reference_offer *offers)
{
    int32_t q = task->class_id;
    bool works[REFERENCE_SERVER_MAX];
    double unit_start[REFERENCE_SERVER_MAX];
    reference_teams(ref, q, works, unit_start);
    for (int32_t k = 0; k < ref->cluster_count; k++) {
        offers[k] =
            (reference_offer){.transfer_s = INFINITY, .start = task->work_cycles * unit_start[k]};
    }
    for (int i = 0; i < (int)dcat_world_server_count(ref->world); i++) {
        if (!works[i]) {
            continue;
        }
        reference_offer *o = &offers[ref->cluster_of[i]];
        double speed_hz = reference_speed_hz(ref, i, q), tariff = reference_tariff(ref, i, q);
        double unit_cost = reference_unit_cost(ref, i, q);
        dcat_path path = dcat_world_path(ref->world, task->area, i);
        double transfer_s = task->data_bits * path.seconds_per_bit + path.propagation_s;
        o->speed_hz += speed_hz;
        o->mean_cost += speed_hz * unit_cost; // sums until all members are in
        o->tariff += speed_hz * tariff;
        o->ratio = fmax(o->ratio, unit_cost / tariff);
        o->max_cost = fmax(o->max_cost, task->work_cycles * unit_cost);
        o->busy_until_s =
            fmax(o->busy_until_s, ref->server[reference_pool(ref, q)][i].busy_until_s);
        o->transfer_s = fmin(o->transfer_s, transfer_s);
    }
    for (int32_t k = 0; k < ref->cluster_count; k++) {
        offers[k].mean_cost = task->work_cycles * (offers[k].mean_cost / offers[k].speed_hz);
        offers[k].tariff /= offers[k].speed_hz;
    }
}

// The lowest payment that the cluster accepts.
static inline double reference_limit(const reference_market *ref, const dcat_task *task,
                                     const reference_offer *o)
{
    const char *share = dcat_world_config_view(ref->world)->auction.share->name;
    if (!reference_pays_by_dearest_member(ref->auction) || strcmp(share, "load") == 0) {
        return o->mean_cost;
    }
    return strcmp(share, "tariff") == 0 ? task->work_cycles * (o->tariff * o->ratio) : o->max_cost;
}

// Every member works the task's whole processing time and takes its share by speed. Under fifo the
// data has to be there first.
static inline bool reference_book(reference_market *ref, const dcat_task *task, int32_t k,
                                  double now_s, const reference_offer *o, double payment)
{
    int32_t q = task->class_id;
    bool works[REFERENCE_SERVER_MAX];
    bool by_tariff = reference_pays_by_dearest_member(ref->auction) &&
                     dcat_world_config_view(ref->world)->auction.share->by_tariff;
    bool fifo = dcat_world_config_view(ref->world)->market.queue == DCAT_QUEUE_FIFO;
    double start_s = fifo ? now_s + o->transfer_s : now_s;
    bool somebody_loses = false;
    double unit_start[REFERENCE_SERVER_MAX];
    dcat_server_account *accounts = ref->server[reference_pool(ref, q)];
    reference_teams(ref, q, works, unit_start);
    int32_t S = (int32_t)dcat_world_server_count(ref->world);
    for (int32_t i = 0; i < S; i++) {
        if (ref->cluster_of[i] == k && works[i]) {
            start_s = fmax(start_s, accounts[i].busy_until_s);
        }
    }
    for (int32_t i = 0; i < S; i++) {
        if (ref->cluster_of[i] != k || !works[i]) {
            continue;
        }
        double share = reference_speed_hz(ref, i, q) / o->speed_hz;
        double part = by_tariff ? share * (reference_tariff(ref, i, q) / o->tariff) : share;
        double cost = task->work_cycles * share * reference_unit_cost(ref, i, q);
        accounts[i].busy_until_s = start_s + task->work_cycles / o->speed_hz;
        accounts[i].busy_s += task->work_cycles / o->speed_hz;
        accounts[i].work_cycles += task->work_cycles * share;
        accounts[i].payment += payment * part;
        accounts[i].cost += cost;
        somebody_loses = somebody_loses || payment * part < cost * (1.0 - 1e-12);
    }
    return somebody_loses;
}

// Does a bidder of this one have a lower bid, or the same for a cluster with a lower number?
static inline bool reference_undercuts_itself(const reference_market *ref, const double *bid,
                                              const int32_t *cluster, size_t count, size_t i)
{
    for (size_t j = 0; j < count; j++) {
        if ((bid[j] < bid[i] || (j < i && bid[j] == bid[i])) &&
            ref->bidder_of[cluster[i]] == ref->bidder_of[cluster[j]]) {
            return true;
        }
    }
    return false;
}

static inline void reference_note(reference_market *ref, double a, double b)
{
    double apart = a == b ? 0.0 : fabs(a - b) / fmax(fabs(a), fabs(b));
    ref->closest = apart < ref->closest ? apart : ref->closest;
}

// Bids against each other, and against the clock prices next to them.
static inline void reference_note_bids(reference_market *ref, const dcat_clock *clock, double start,
                                       const double *bid, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(bid[i]) || bid[i] <= 0.0) {
            continue;
        }
        int round = dcat_clock_exit_round(clock, start, bid[i], 0);
        reference_note(ref, bid[i], dcat_clock_price(clock, start, round));
        reference_note(ref, bid[i], dcat_clock_price(clock, start, round > 0 ? round - 1 : 0));
        for (size_t j = 0; j < i; j++) {
            reference_note(ref, bid[i], isfinite(bid[j]) ? bid[j] : 0.0);
        }
    }
}

static inline dcat_award reference_auction_task(reference_market *ref, double now_s,
                                                const dcat_task *task, uint64_t draw,
                                                const dcat_auction_rules *rules)
{
    const dcat_market_config *prices = &dcat_world_config_view(ref->world)->market;
    double gigacycles = task->work_cycles / 1e9;
    const dcat_class *wanted = ref->fleet == NULL ? NULL : &ref->fleet->classes[task->class_id];
    double price = wanted == NULL ? prices->price_per_gigacycle : wanted->price_per_gigacycle;
    double urgency_s = wanted == NULL ? prices->urgency_s : wanted->urgency_s;
    double fee = price * (1.0 + urgency_s / task->deadline_s) * gigacycles;
    double bid[REFERENCE_SERVER_MAX], handicap[REFERENCE_SERVER_MAX], start[REFERENCE_SERVER_MAX];
    reference_offer offers[REFERENCE_SERVER_MAX];
    int32_t cluster[REFERENCE_SERVER_MAX];
    size_t count = 0;
    bool turned_away = false, devices = false;
    bool fifo = prices->queue == DCAT_QUEUE_FIFO;
    double late_s = fmax(0.0, now_s - task->arrival_s);
    double most_s = dcat_admission_s(prices->admission_per_gigacycle,
                                     prices->admission_per_gigacycle_s, fee, task->work_cycles);
    double most = fmin(fee, rules->config.ceiling_per_cycle * task->work_cycles);
    bool on_limits = prices->ceiling_on == DCAT_CEILING_ON_LIMIT && !ref->joined &&
                     ref->auction->under_ceiling && prices->handicap_per_gigacycle_s > 0.0;
    reference_look(ref, task, offers);
    for (int32_t k = 0; k < ref->cluster_count && fee <= task->value; k++) {
        const reference_offer *o = &offers[k];
        devices = devices || o->speed_hz > 0.0;
        double queue_s = fmax(0.0, o->busy_until_s - now_s);
        double begin_s = fifo ? fmax(o->transfer_s, queue_s) : queue_s;
        double wait_s = fifo ? begin_s - o->transfer_s : queue_s;
        double total_s = o->transfer_s + (late_s + wait_s) + task->work_cycles / o->speed_hz;
        reference_note(ref, total_s, task->deadline_s);
        reference_note(ref, begin_s, isfinite(most_s) ? most_s : -1.0);
        bool admitted = begin_s <= most_s || !ref->auction->under_ceiling;
        turned_away = turned_away || (total_s <= task->deadline_s && !admitted);
        if (total_s <= task->deadline_s && admitted) {
            handicap[count] = ref->auction->under_ceiling
                                  ? prices->handicap_per_gigacycle_s * begin_s * gigacycles
                                  : 0.0;
            bid[count] = reference_limit(ref, task, o) + handicap[count];
            start[count] = o->start;
            bool stands = bid[count] <= o->start;
            if (on_limits) {
                start[count] = fmin(most, o->start);
                stands = reference_limit(ref, task, o) <= start[count];
            }
            reference_note(ref, on_limits ? bid[count] - handicap[count] : bid[count],
                           isfinite(start[count]) ? start[count] : 0.0);
            bid[count] = stands ? bid[count] : INFINITY;
            cluster[count++] = k;
        }
    }
    double standing_bid[REFERENCE_SERVER_MAX];
    int32_t standing[REFERENCE_SERVER_MAX];
    size_t place[REFERENCE_SERVER_MAX], standing_count = 0;
    for (size_t i = 0; i < count; i++) { // by bidder, which is who is asked and drawn
        if (!ref->joined || !reference_undercuts_itself(ref, bid, cluster, count, i)) {
            int32_t bidder = ref->bidder_of[cluster[i]];
            size_t at = standing_count++;
            for (; at > 0 && standing[at - 1] > bidder; at--) {
                standing_bid[at] = standing_bid[at - 1];
                standing[at] = standing[at - 1];
                place[at] = place[at - 1];
            }
            standing_bid[at] = bid[i];
            standing[at] = bidder;
            place[at] = i;
        }
    }
    double latest_s = fmax(0.0, fmin(task->deadline_s, most_s));
    double told = on_limits ? most + prices->handicap_per_gigacycle_s * latest_s * gigacycles : fee;
    dcat_auction_rules lifted = *rules;
    lifted.config.ceiling_per_cycle = on_limits ? INFINITY : rules->config.ceiling_per_cycle;
    const dcat_auction_input input = {.fee = told,
                                      .work_cycles = task->work_cycles,
                                      .bid = standing_bid,
                                      .cluster = standing,
                                      .bidder_count = standing_count,
                                      .draw = draw};
    dcat_auction_result result = reference_auction(ref->auction, &lifted, &input);
    reference_note_bids(ref, &rules->rea_s,
                        dcat_auction_reserve(&lifted.config, told, task->work_cycles), bid, count);
    dcat_award award = {.outcome = result.outcome,
                        .cluster = -1,
                        .candidate_count = (int32_t)count,
                        .round = result.round,
                        .fee = fee};
    if (fee > task->value) {
        award.outcome = DCAT_AUCTION_OVER_VALUE;
    } else if (count == 0 && !devices) {
        award.outcome = DCAT_AUCTION_NO_DEVICE;
    } else if (count == 0 && turned_away) {
        award.outcome = DCAT_AUCTION_NOT_ADMITTED;
    }
    if (result.outcome == DCAT_AUCTION_SOLD) {
        award.cluster = cluster[place[result.winner]];
        const reference_offer *o = &offers[award.cluster];
        size_t at = place[result.winner];
        award.payment = on_limits ? fmin(result.clearing_price - handicap[at], start[at])
                                  : fmin(result.clearing_price, start[at]) - handicap[at];
        award.limit = reference_limit(ref, task, o);
        award.cost = o->mean_cost;
        award.transfer_s = o->transfer_s;
        double ready_s = fifo ? now_s + o->transfer_s : now_s;
        award.waiting_s =
            fmax(ready_s, o->busy_until_s) - task->arrival_s - (fifo ? o->transfer_s : 0.0);
        award.processing_s = task->work_cycles / o->speed_hz;
        award.member_below_cost = reference_book(ref, task, award.cluster, now_s, o, award.payment);
    }
    return award;
}

// Fee per work by the lowest price of all classes.
static inline double reference_urgency(const reference_market *ref, const dcat_task *task)
{
    const dcat_market_config *prices = &dcat_world_config_view(ref->world)->market;
    if (ref->fleet == NULL) {
        return 1.0 + prices->urgency_s / task->deadline_s;
    }
    double lowest = INFINITY;
    for (size_t q = 0; q < ref->fleet->class_count; q++) {
        lowest = fmin(lowest, ref->fleet->classes[q].price_per_gigacycle);
    }
    const dcat_class *wanted = &ref->fleet->classes[task->class_id];
    return wanted->price_per_gigacycle / lowest * (1.0 + wanted->urgency_s / task->deadline_s);
}

// Which task is auctioned at this place: as they came, or the most urgent that is left.
static inline size_t reference_next_task(const reference_market *ref, const dcat_task *tasks,
                                         size_t task_count, const bool *done)
{
    const dcat_market_config *prices = &dcat_world_config_view(ref->world)->market;
    bool sorted = prices->task_order == DCAT_ORDER_URGENCY && ref->auction->under_ceiling;
    size_t next = task_count;
    double most = -INFINITY;
    for (size_t n = 0; n < task_count; n++) {
        double urgency = sorted ? reference_urgency(ref, &tasks[n]) : 0.0;
        if (!done[n] && urgency > most) {
            most = urgency;
            next = n;
        }
    }
    return next;
}

// As dcat_state_step; awards are in the order of tasks.
static inline void reference_step(reference_market *ref, double now_s, uint32_t cycle,
                                  uint32_t slot, const dcat_task *tasks, size_t task_count,
                                  dcat_award *awards)
{
    bool done[REFERENCE_TASK_MAX] = {false};
    dcat_auction_rules rules;
    ref->closest = INFINITY;
    assert(task_count <= REFERENCE_TASK_MAX);
    dcat_auction_rules_init(&rules, &dcat_world_config_view(ref->world)->auction);
    for (size_t place = 0; place < task_count; place++) {
        size_t n = reference_next_task(ref, tasks, task_count, done);
        done[n] = true;
        dcat_draw draw = dcat_draw_at(ref->seed, DCAT_STREAM_AUCTION, 0, cycle, slot, (uint32_t)n);
        awards[n] = reference_auction_task(ref, now_s, &tasks[n], dcat_draw_u64(&draw, 0), &rules);
    }
}

#endif
