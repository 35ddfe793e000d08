#include "core/slot_reference.h"

#include "core/auction_reference.h"
#include <assert.h>
#include <math.h>
#include <string.h>

reference_market reference_market_of(const dcat_world *world, dcat_auction_kind auction,
                                     uint64_t seed)
{
    reference_market market = {.world = world, .auction = auction, .seed = seed};
    assert(dcat_world_server_count(world) <= REFERENCE_SERVER_MAX);
    market.cluster_count = (int32_t)dcat_world_server_count(world);
    for (int32_t i = 0; i < market.cluster_count; i++) {
        market.cluster_of[i] = i;
    }
    return market;
}

void reference_set_clusters(reference_market *market, const int32_t *cluster_of)
{
    market->cluster_count = 0;
    for (size_t i = 0; i < dcat_world_server_count(market->world); i++) {
        market->cluster_of[i] = cluster_of[i];
        if (cluster_of[i] >= market->cluster_count) {
            market->cluster_count = cluster_of[i] + 1;
        }
    }
}

// Everything about one cluster and one task, from scratch.
typedef struct offer {
    double speed_hz, busy_until_s, transfer_s, mean_cost, max_cost;
} offer;

static offer look_at(const reference_market *market, const dcat_task *task, int32_t k)
{
    offer o = {.transfer_s = INFINITY};
    const dcat_server *servers = dcat_world_servers_view(market->world);
    double cost_by_speed = 0.0;
    for (int i = 0; i < (int)dcat_world_server_count(market->world); i++) {
        if (market->cluster_of[i] != k) {
            continue;
        }
        const dcat_server *s = &servers[i];
        double core_hz = s->speed_hz / s->core_count;
        double unit_cost = s->energy_cost * core_hz * core_hz + s->time_cost_per_s / s->speed_hz;
        dcat_path path = dcat_world_path(market->world, task->area, i);
        double transfer_s = task->data_bits * path.seconds_per_bit + path.propagation_s;
        o.speed_hz += s->speed_hz;
        cost_by_speed += s->speed_hz * unit_cost;
        o.max_cost = fmax(o.max_cost, task->work_cycles * unit_cost);
        o.busy_until_s = fmax(o.busy_until_s, market->server[i].busy_until_s);
        o.transfer_s = fmin(o.transfer_s, transfer_s);
    }
    o.mean_cost = task->work_cycles * (cost_by_speed / o.speed_hz);
    return o;
}

static bool pays_by_dearest_member(dcat_auction_kind kind)
{
    return kind == DCAT_AUCTION_REA_S || kind == DCAT_AUCTION_VICKREY ||
           kind == DCAT_AUCTION_POSTED;
}

// Every member works the task's whole processing time and takes its share by speed.
static bool book(reference_market *market, const dcat_task *task, int32_t k, double now_s,
                 double speed_hz, double payment)
{
    const dcat_server *servers = dcat_world_servers_view(market->world);
    double start_s = now_s;
    bool somebody_loses = false;
    size_t S = dcat_world_server_count(market->world);
    for (size_t i = 0; i < S; i++) {
        if (market->cluster_of[i] == k) {
            start_s = fmax(start_s, market->server[i].busy_until_s);
        }
    }
    for (size_t i = 0; i < S; i++) {
        if (market->cluster_of[i] != k) {
            continue;
        }
        double share = servers[i].speed_hz / speed_hz;
        double cost = task->work_cycles * share * dcat_world_unit_cost_view(market->world)[i];
        dcat_server_account *account = &market->server[i];
        account->busy_until_s = start_s + task->work_cycles / speed_hz;
        account->busy_s += task->work_cycles / speed_hz;
        account->work_cycles += task->work_cycles * share;
        account->payment += payment * share;
        account->cost += cost;
        somebody_loses = somebody_loses || payment * share < cost * (1.0 - 1e-12);
    }
    return somebody_loses;
}

static dcat_award auction_task(reference_market *market, double now_s, const dcat_task *task,
                               uint64_t draw, const dcat_auction_rules *rules)
{
    const dcat_market_config *prices = &dcat_world_config_view(market->world)->market;
    double gigacycles = task->work_cycles / 1e9;
    double fee =
        prices->price_per_gigacycle * (1.0 + prices->urgency_s / task->deadline_s) * gigacycles;
    double bid[REFERENCE_SERVER_MAX], handicap[REFERENCE_SERVER_MAX];
    int32_t cluster[REFERENCE_SERVER_MAX];
    size_t count = 0;
    for (int32_t k = 0; k < market->cluster_count && fee <= task->value; k++) {
        offer o = look_at(market, task, k);
        double queue_s = fmax(0.0, o.busy_until_s - now_s);
        double late_s = fmax(0.0, now_s - task->arrival_s);
        double total_s = o.transfer_s + (late_s + queue_s) + task->work_cycles / o.speed_hz;
        if (total_s <= task->deadline_s) {
            double limit = pays_by_dearest_member(market->auction) ? o.max_cost : o.mean_cost;
            handicap[count] = prices->handicap_per_gigacycle_s * queue_s * gigacycles;
            bid[count] = limit + handicap[count];
            cluster[count++] = k;
        }
    }
    const dcat_auction_input input = {.fee = fee,
                                      .work_cycles = task->work_cycles,
                                      .bid = bid,
                                      .cluster = cluster,
                                      .bidder_count = count,
                                      .draw = draw};
    dcat_auction_result result = reference_auction(market->auction, rules, &input);
    dcat_award award = {.outcome = result.outcome,
                        .cluster = -1,
                        .candidate_count = (int32_t)count,
                        .round = result.round,
                        .fee = fee};
    if (result.outcome == DCAT_AUCTION_SOLD) {
        award.cluster = cluster[result.winner];
        offer o = look_at(market, task, award.cluster);
        award.payment = result.clearing_price - handicap[result.winner];
        award.limit = pays_by_dearest_member(market->auction) ? o.max_cost : o.mean_cost;
        award.cost = o.mean_cost;
        award.transfer_s = o.transfer_s;
        award.waiting_s = fmax(now_s, o.busy_until_s) - task->arrival_s;
        award.processing_s = task->work_cycles / o.speed_hz;
        award.member_below_cost =
            book(market, task, award.cluster, now_s, o.speed_hz, award.payment);
    }
    return award;
}

// Which task is auctioned at this place: as they came, or the most urgent that is left.
static size_t next_task(const reference_market *market, const dcat_task *tasks, size_t task_count,
                        const bool *done)
{
    const dcat_market_config *prices = &dcat_world_config_view(market->world)->market;
    size_t next = task_count;
    double most = -INFINITY;
    for (size_t n = 0; n < task_count; n++) {
        double urgency = prices->task_order == DCAT_ORDER_URGENCY
                             ? 1.0 + prices->urgency_s / tasks[n].deadline_s
                             : 0.0;
        if (!done[n] && urgency > most) {
            most = urgency;
            next = n;
        }
    }
    return next;
}

void reference_step(reference_market *market, double now_s, uint32_t cycle, uint32_t slot,
                    const dcat_task *tasks, size_t task_count, dcat_award *awards)
{
    bool done[REFERENCE_TASK_MAX] = {false};
    dcat_auction_rules rules;
    assert(task_count <= REFERENCE_TASK_MAX);
    dcat_auction_rules_init(&rules, &dcat_world_config_view(market->world)->auction);
    for (size_t place = 0; place < task_count; place++) {
        size_t n = next_task(market, tasks, task_count, done);
        done[n] = true;
        dcat_draw draw =
            dcat_draw_at(market->seed, DCAT_STREAM_AUCTION, 0, cycle, slot, (uint32_t)n);
        awards[n] = auction_task(market, now_s, &tasks[n], dcat_draw_u64(&draw, 0), &rules);
    }
}
