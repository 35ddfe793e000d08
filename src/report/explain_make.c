// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/clock.h"
#include "dcat/x/explain.h"
#include "dcat/x/task_auction.h"

#include <math.h>
#include <stdlib.h>

// Auction the tasks before this one on a copy, so that its queues are what this task met.
static dcat_status advance(dcat_explanation *e, const dcat_slot_record *slot, int32_t n,
                           dcat_error *err)
{
    int32_t *order = malloc(sizeof *order * slot->task_count);
    if (order == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu tasks", slot->task_count);
    }
    dcat_task_order_of(dcat_state_world(e->state), dcat_state_auction(e->state), slot->tasks,
                       slot->task_count, order);
    dcat_totals totals = {0};
    dcat_award award;
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && order[e->place] != n) {
        status = dcat_state_auction_task(e->state, slot->now_s, slot->cycle, slot->slot,
                                         slot->tasks, order[e->place], &award, &totals, err);
        e->place += status == DCAT_OK;
    }
    free(order);
    return status;
}

// Of one bidder's candidates the lowest bid stands, of equal ones the first.
static void keep_standing(dcat_explanation *e)
{
    const int32_t *bidder_of = dcat_state_bidder_of_view(e->state);
    int32_t count = dcat_state_cluster_count(e->state);
    for (int32_t k = 0; k < count; k++) {
        for (int32_t j = 0; j < k && e->clusters[k].bidder; j++) {
            if (e->clusters[j].bidder && bidder_of[j] == bidder_of[k]) {
                bool lower = e->clusters[k].offer.bid < e->clusters[j].offer.bid;
                e->clusters[lower ? j : k].bidder = false;
            }
        }
    }
}

static size_t count_bidders(const dcat_explanation *e)
{
    size_t count = 0;
    for (int32_t k = 0; k < dcat_state_cluster_count(e->state); k++) {
        count += e->clusters[k].bidder;
    }
    return count;
}

static void explain_clusters(dcat_explanation *e, const dcat_auction_rules *rules)
{
    const dcat_auction *auction = dcat_state_auction(e->state);
    const dcat_clock *clock = auction->clock != NULL ? auction->clock(rules) : &rules->rea;
    int round_min = auction->skips_start ? 1 : 0;
    double lowest = INFINITY;
    e->second_bid = INFINITY;
    for (int32_t k = 0; k < dcat_state_cluster_count(e->state); k++) {
        dcat_explained_cluster *cluster = &e->clusters[k];
        cluster->offer = dcat_state_offer(e->state, e->now_s, &e->task, k);
        cluster->bidder = cluster->offer.feasible && cluster->offer.admitted;
    }
    keep_standing(e);
    for (int32_t k = 0; k < dcat_state_cluster_count(e->state); k++) {
        dcat_explained_cluster *cluster = &e->clusters[k];
        cluster->accepts = cluster->offer.bid <= e->start_price;
        cluster->exit_round =
            dcat_clock_exit_round(clock, e->start_price, cluster->offer.bid, round_min);
        if (cluster->bidder && cluster->offer.bid < lowest) {
            e->second_bid = lowest;
            lowest = cluster->offer.bid;
        } else if (cluster->bidder && cluster->offer.bid < e->second_bid) {
            e->second_bid = cluster->offer.bid;
        }
    }
}

// --- what decided

// Bidders who leave a clock in a round, or later (the ones still in).
static size_t count_exits(const dcat_explanation *e, int round, bool later)
{
    size_t count = 0;
    for (int32_t k = 0; k < dcat_state_cluster_count(e->state); k++) {
        const dcat_explained_cluster *c = &e->clusters[k];
        count += c->bidder && (later ? c->exit_round > round : c->exit_round == round);
    }
    return count;
}

// Bidders who accept a price, or bid exactly that.
static size_t count_bids(const dcat_explanation *e, double price, bool equal)
{
    size_t count = 0;
    for (int32_t k = 0; k < dcat_state_cluster_count(e->state); k++) {
        const dcat_explained_cluster *c = &e->clusters[k];
        count += c->bidder && (equal ? c->offer.bid == price : c->offer.bid <= price);
    }
    return count;
}

static dcat_decided of_clock(dcat_explanation *e)
{
    int round = e->award.round;
    size_t still_in = count_exits(e, round, true);
    if (e->award.outcome != DCAT_AUCTION_SOLD) {
        e->among =
            e->award.outcome == DCAT_AUCTION_ALL_LEFT ? count_exits(e, round, false) : still_in;
        return DCAT_DECIDED_NOTHING;
    }
    if (still_in == 1) {
        return DCAT_DECIDED_PRICE;
    }
    bool in_turn = still_in == 0 && dcat_state_auction(e->state)->asks_in_turn;
    e->among = still_in > 0 ? still_in : count_exits(e, round, false);
    return in_turn ? DCAT_DECIDED_LAST_ASKED : DCAT_DECIDED_LOTTERY;
}

// One price for all, or the lowest bid.
static dcat_decided of_price(dcat_explanation *e)
{
    const dcat_auction *auction = dcat_state_auction(e->state);
    if (e->award.outcome != DCAT_AUCTION_SOLD) {
        return DCAT_DECIDED_NOTHING;
    }
    bool lowest_wins = auction->by_limit != NULL;
    double winning = e->clusters[e->award.cluster].offer.bid;
    e->among = count_bids(e, lowest_wins ? winning : e->start_price, lowest_wins);
    return e->among > 1                             ? DCAT_DECIDED_LOTTERY
           : lowest_wins && isfinite(e->second_bid) ? DCAT_DECIDED_LOWEST_BID
                                                    : DCAT_DECIDED_PRICE;
}

static void explain_end(dcat_explanation *e)
{
    e->among = e->award.outcome == DCAT_AUCTION_SOLD;
    if (count_bidders(e) == 1 && e->award.outcome == DCAT_AUCTION_SOLD) {
        e->decided = DCAT_DECIDED_ONLY_CANDIDATE;
        return;
    }
    e->decided = dcat_state_auction(e->state)->clock != NULL ? of_clock(e) : of_price(e);
}

dcat_status dcat_explanation_make(dcat_explanation *e, const dcat_slot_record *slot, int32_t n,
                                  dcat_error *err)
{
    *e = (dcat_explanation){
        .task = slot->tasks[n], .now_s = slot->now_s, .cycle = slot->cycle, .slot = slot->slot};
    dcat_status status = dcat_state_clone(slot->state, &e->state, err);
    if (status == DCAT_OK) {
        status = advance(e, slot, n, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    e->clusters = calloc((size_t)dcat_state_cluster_count(e->state), sizeof *e->clusters);
    dcat_state *after = NULL; // the award is made on another copy: the state shown is before it
    if (e->clusters == NULL || dcat_state_clone(e->state, &after, err) != DCAT_OK) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory to explain a task");
    }
    dcat_totals totals = {0};
    status = dcat_state_auction_task(after, slot->now_s, slot->cycle, slot->slot, slot->tasks, n,
                                     &e->award, &totals, err);
    dcat_state_destroy(after);
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_auction_rules *rules = dcat_state_rules_view(e->state);
    e->start_price = dcat_state_auction(e->state)->start_price(
        rules, dcat_state_told_fee(e->state, &e->task), e->task.work_cycles);
    explain_clusters(e, rules);
    explain_end(e);
    return DCAT_OK;
}

void dcat_explanation_free(dcat_explanation *e)
{
    dcat_state_destroy(e->state);
    free(e->clusters);
}
