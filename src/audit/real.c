// SPDX-License-Identifier: Apache-2.0
// Random lies in the auctions that a scenario really has.
//
// A run is walked task by task. At some auctions one candidate at a time, or one member server of
// it, says something else about its cost; all other bids and the random draw stay. Of a bidder with
// several candidates two lie at a time, or one stays away, and what counts is what all of them are
// left with. Choice: their members are not judged one by one, since who is in one of a bidder's
// clusters only might say less so that this one stands, at the cost of its partners.

#include "audit/audit.h"
#include "audit/rational.h"

#include "dcat/x/clock.h"
#include "dcat/x/model.h"
#include "dcat/x/resources.h"
#include "dcat/x/task_auction.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

// Lies told in one auction, so that its candidates are collected once.
#define BATCH 8
// Part of the oracle's stream that belongs to lies.
#define LIE_PART 0x6c6965

typedef struct explorer {
    int64_t batch_count;   // batches to tell in this run
    int64_t auction_count; // auctions with a candidate in it
    int64_t seen;          // of them, so far
    bool rational;
    audit_real *result;
    dcat_audit_rule rule;
    uint64_t seed;
    // The auction at hand.
    dcat_auction_input input;               // its lists are those that stand
    size_t count;                           // candidates
    double *bid, *limit, *handicap, *start; // [S]
    dcat_member *said;                      // [S] what members of one cluster say, in its order
    int32_t *order, *workers;               // [S] 0, 1, 2 ...; those of said who work
    int32_t *cluster;                       // [S]
    const int32_t *bidder_of;               // [C]
    double *standing;                       // [S] bids
    int32_t *bidder, *place;                // [S] theirs, and their candidates
    int32_t class_id;                       // of the task
    int32_t *able;                          // [S] members of one cluster who can do it
    size_t able_count;
    int32_t winner; // cluster that should win; -1
    bool told;
    bool unsteady; // a rule from outside gave one auction two results
} explorer;

// --- the auction at hand

static size_t collect(explorer *e, const dcat_slot_record *slot, const dcat_task *task)
{
    size_t count = 0;
    for (int32_t k = 0; k < dcat_state_cluster_count(slot->state); k++) {
        dcat_offer offer = dcat_state_offer(slot->state, slot->now_s, task, k);
        if (offer.feasible && offer.admitted) {
            e->cluster[count] = k;
            e->limit[count] = offer.limit;
            e->handicap[count] = offer.handicap;
            e->start[count] = offer.start;
            e->bid[count] = offer.bid;
            count++;
        }
    }
    return count;
}

// The bids that stand, by bidder. An infinite one is of a cluster that stays away.
static void stand(explorer *e)
{
    size_t count = 0;
    for (size_t i = 0; i < e->count; i++) {
        if (isinf(e->bid[i]) || !dcat_bid_stands(e->bidder_of, e->bid, e->cluster, e->count, i)) {
            continue;
        }
        int32_t bidder = e->bidder_of[e->cluster[i]];
        size_t at = count++;
        for (; at > 0 && e->bidder[at - 1] > bidder; at--) {
            e->standing[at] = e->standing[at - 1];
            e->bidder[at] = e->bidder[at - 1];
            e->place[at] = e->place[at - 1];
        }
        e->standing[at] = e->bid[i];
        e->bidder[at] = bidder;
        e->place[at] = (int32_t)i;
    }
    e->input.bidder_count = count;
}

// Who wins with the bids as they are, and what it is paid, its handicap taken off.
typedef struct sale {
    int32_t winner; // a candidate, or -1
    double payment;
} sale;

static sale sell(explorer *e)
{
    stand(e);
    dcat_auction_result result = e->rule.run(e->rule.rules, &e->input);
    int32_t winner = result.winner < 0 ? -1 : e->place[result.winner];
    if (winner < 0) {
        return (sale){-1, 0.0};
    }
    return (sale){winner, fmin(result.clearing_price, e->start[winner]) - e->handicap[winner]};
}

static void say(explorer *e, size_t who, double limit)
{
    double bid = limit + e->handicap[who];
    e->bid[who] = bid <= e->start[who] ? bid : INFINITY;
}

// What a candidate is paid when its limit is said to be `said`; NAN if it does not win.
static double payment_of(explorer *e, size_t who, double said)
{
    double honest = e->bid[who];
    if (said != e->limit[who]) {
        say(e, who, said);
    }
    sale sold = sell(e);
    e->bid[who] = honest;
    return sold.winner == (int32_t)who ? sold.payment : NAN;
}

// What the sale leaves the bidder of a candidate with.
static double bidder_utility(const explorer *e, sale sold, size_t who)
{
    bool mine =
        sold.winner >= 0 && e->bidder_of[e->cluster[sold.winner]] == e->bidder_of[e->cluster[who]];
    return mine ? sold.payment - e->limit[sold.winner] : 0.0;
}

// Another candidate of the same bidder; `who` itself when there is none.
static size_t partner_of(const explorer *e, size_t who)
{
    for (size_t i = 0; i < e->count; i++) {
        if (i != who && e->bidder_of[e->cluster[i]] == e->bidder_of[e->cluster[who]]) {
            return i;
        }
    }
    return who;
}

static double either_side(double value, uint32_t choice)
{
    return choice == 0 ? nextafter(value, 0.0) : choice == 1 ? value : nextafter(value, INFINITY);
}

// A limit worth trying: near the truth, at a rival's bid, at a clock price, far off.
static double pick_lie(const explorer *e, size_t who, dcat_rng *rng)
{
    const dcat_auction_rules *rules = e->rule.rules;
    double reserve = dcat_auction_reserve(&rules->config, e->input.fee, e->input.work_cycles);
    size_t rival = dcat_rng_below(rng, (uint32_t)e->count);
    uint32_t side = dcat_rng_below(rng, 3);
    double target = 0.0;
    switch (dcat_rng_below(rng, 8)) {
    case 0:
    case 1:
    case 2:
        return e->limit[who] * exp(2.2 * (dcat_rng_uniform(rng) - 0.5)); // a third to three times
    case 3:
    case 4:
        target = either_side(isfinite(e->bid[rival]) ? e->bid[rival] : e->start[rival], side);
        break;
    case 5:
        target = either_side(
            dcat_clock_price(&rules->rea_s, reserve, (int)dcat_rng_below(rng, 200)), side);
        break;
    case 6:
        target = dcat_clock_price(&rules->rea, e->input.fee, (int)dcat_rng_below(rng, 16));
        target = either_side(isfinite(e->start[who]) ? e->start[who] : target, side);
        break;
    default:
        return e->limit[who] * (side == 0 ? 1e-3 : 1e3);
    }
    return fmax(target - e->handicap[who], 1e-3 * e->limit[who]);
}

// --- lies

static dcat_audit_lie lie_at(const explorer *e, const dcat_slot_record *slot, int32_t n)
{
    return (dcat_audit_lie){.fee = e->input.fee,
                            .bidder_count = e->count,
                            .cycle = slot->cycle,
                            .slot = slot->slot,
                            .task = slot->tasks[n].id,
                            .seed = e->seed};
}

static void tell_cluster(explorer *e, dcat_audit_lie lie, size_t who, dcat_rng *rng)
{
    size_t partner = partner_of(e, who);
    double honest = e->bid[who], honest_partner = e->bid[partner];
    lie.limit = e->limit[who];
    lie.lie = pick_lie(e, who, rng);
    lie.honest = bidder_utility(e, sell(e), who);
    if (partner != who) {
        bool away = dcat_rng_below(rng, 2) == 0;
        say(e, partner, away ? INFINITY : pick_lie(e, partner, rng));
    }
    if (lie.lie != lie.limit) {
        say(e, who, lie.lie);
    }
    lie.lied = bidder_utility(e, sell(e), who);
    e->bid[who] = honest;
    e->bid[partner] = honest_partner;
    audit_count_lie(&e->result->clusters, &lie);
}

static const dcat_member *members_of(const explorer *e, const dcat_world *world)
{
    return &dcat_world_members_view(world)[(size_t)e->class_id * dcat_world_server_count(world)];
}

// Members of a cluster who can do the task's class, into e->able.
static void find_able(explorer *e, const dcat_state *state, int32_t cluster)
{
    dcat_cluster_view view = dcat_state_team(state, cluster, e->class_id);
    const dcat_member *members = members_of(e, dcat_state_world(state));
    e->able_count = 0;
    for (size_t m = 0; m < view.member_count; m++) {
        e->able[e->able_count] = view.members[m];
        e->able_count += members[view.members[m]].speed_hz > 0.0;
    }
}

// The terms of a cluster, of whom e->able can work, whose member `liar` says factor times its unit
// cost, into e->said and e->workers. Choice: a team that a lie makes larger is taken to be as near
// and as free as the one that works: it tries to gain, so it is given the better of chances.
static dcat_terms members_say(explorer *e, const dcat_world *world, size_t liar, double factor)
{
    for (size_t m = 0; m < e->able_count; m++) {
        e->said[m] = members_of(e, world)[e->able[m]];
        e->said[m].unit_cost *= m == liar ? factor : 1.0;
        e->order[m] = (int32_t)m;
    }
    return dcat_share_terms(&e->rule.shares, e->said, e->order, e->able_count, e->workers);
}

// Have the workers of these terms together the memory that the class needs?
static bool has_memory(explorer *e, const dcat_world *world, const dcat_terms *terms)
{
    const dcat_resources *resources = dcat_world_config_view(world)->resources;
    if (resources == NULL) {
        return true;
    }
    for (size_t m = 0; m < terms->team.member_count; m++) { // then they are servers, not places
        e->place[m] = e->able[e->workers[m]];
    }
    return dcat_team_of(resources, e->place, terms->team.member_count, e->class_id).count > 0;
}

// What the liar, whose cycle of work really costs unit_cost, makes of what it says.
static double member_utility(explorer *e, const dcat_world *world, const dcat_terms *terms,
                             size_t who, size_t liar, double unit_cost)
{
    bool works = false;
    for (size_t m = 0; m < terms->team.member_count; m++) {
        works = works || e->workers[m] == (int32_t)liar;
    }
    works = works && has_memory(e, world, terms);
    double work_cycles = e->input.work_cycles;
    double payment =
        works ? payment_of(e, who, dcat_cluster_cost(work_cycles, terms->unit_limit)) : NAN;
    const dcat_member *member = &e->said[liar];
    return isnan(payment)
               ? 0.0
               : e->rule.shares.share->pay(e->rule.shares.share, &terms->team, member, work_cycles,
                                           payment) -
                     dcat_cluster_cost(work_cycles * (member->speed_hz / terms->team.speed_hz),
                                       unit_cost);
}

static void tell_member(explorer *e, dcat_audit_lie lie, const dcat_slot_record *slot, size_t who,
                        dcat_rng *rng)
{
    const dcat_world *world = dcat_state_world(slot->state);
    find_able(e, slot->state, e->cluster[who]);
    size_t liar = dcat_rng_below(rng, (uint32_t)e->able_count);
    double factor = exp(2.2 * (dcat_rng_uniform(rng) - 0.5));
    dcat_terms honest = members_say(e, world, liar, 1.0);
    double unit_cost = e->said[liar].unit_cost;
    lie.limit = dcat_cluster_cost(
        e->input.work_cycles * (e->said[liar].speed_hz / honest.team.speed_hz), unit_cost);
    lie.lie = lie.limit * factor;
    lie.honest = member_utility(e, world, &honest, who, liar, unit_cost);
    dcat_terms lied = members_say(e, world, liar, factor);
    lie.lied = member_utility(e, world, &lied, who, liar, unit_cost);
    audit_count_lie(&e->result->members, &lie);
}

// Half of the lies are told by a member, where there is more than one.
static void tell_batch(explorer *e, const dcat_slot_record *slot, int32_t n, dcat_rng *rng)
{
    dcat_audit_lie lie = lie_at(e, slot, n);
    for (int i = 0; i < BATCH; i++) {
        size_t who = dcat_rng_below(rng, (uint32_t)e->count);
        find_able(e, slot->state, e->cluster[who]);
        bool alone = partner_of(e, who) == who;
        if (alone && e->able_count > 1 && dcat_rng_below(rng, 2) == 0) {
            tell_member(e, lie, slot, who, rng);
        } else {
            tell_cluster(e, lie, who, rng);
        }
    }
}

// --- the walk

// Batches that are told by the time `seen` auctions have been seen.
static int64_t told_by(const explorer *e, int64_t seen)
{
    return (int64_t)((__int128)e->batch_count * seen / e->auction_count);
}

static void before_task(void *user, const dcat_slot_record *slot, int32_t n)
{
    explorer *e = user;
    const dcat_task *task = &slot->tasks[n];
    e->told = false;
    e->class_id = task->class_id;
    int64_t due = e->seen < e->auction_count ? told_by(e, e->seen + 1) - told_by(e, e->seen) : 0;
    e->count = due > 0 ? collect(e, slot, task) : 0;
    if (e->count == 0) {
        return;
    }
    e->input = (dcat_auction_input){
        .fee = dcat_state_told_fee(slot->state, task),
        .work_cycles = task->work_cycles,
        .bid = e->standing,
        .cluster = e->bidder,
        .draw = dcat_state_auction_draw(slot->state, slot->cycle, slot->slot, (uint32_t)n),
        .user = e->rule.user,
    };
    e->rule.rules = dcat_state_rules_view(slot->state);
    e->bidder_of = dcat_state_bidder_of_view(slot->state);
    sale honest = sell(e);
    e->winner = honest.winner >= 0 ? e->cluster[honest.winner] : -1;
    e->told = true;
    dcat_rng rng = dcat_rng_at(e->seed ^ e->input.draw, DCAT_STREAM_ORACLE, LIE_PART, slot->cycle);
    for (; due > 0; due--) {
        tell_batch(e, slot, n, &rng);
    }
}

static void after_award(void *user, const dcat_slot_record *slot, int32_t n,
                        const dcat_award *award)
{
    explorer *e = user;
    // The market must have done what was audited.
    bool same = !e->told || award->cluster == e->winner;
    assert(same || e->rule.user != NULL); // one from outside may do anything
    e->unsteady = e->unsteady || !same;
    e->seen += award->candidate_count > 0;
    if (e->rational) {
        audit_rational_note(&e->result->rational, slot->state, &slot->tasks[n], award);
    }
}

static dcat_status explore(const dcat_world *world, const audit_plan *plan, explorer *e,
                           dcat_error *err)
{
    size_t S = dcat_world_server_count(world);
    double *numbers = calloc(5 * S, sizeof *numbers);
    int32_t *indices = calloc(6 * S, sizeof *indices);
    e->said = calloc(S, sizeof *e->said);
    if (numbers == NULL || indices == NULL || e->said == NULL) {
        free(numbers);
        free(indices);
        free(e->said);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the bids of a task");
    }
    e->bid = numbers;
    e->limit = numbers + S;
    e->handicap = numbers + 2 * S;
    e->start = numbers + 3 * S;
    e->standing = numbers + 4 * S;
    e->cluster = indices;
    e->order = indices + S;
    e->workers = indices + 2 * S;
    e->bidder = indices + 3 * S;
    e->place = indices + 4 * S;
    e->able = indices + 5 * S;
    const dcat_env_hooks hooks = {.user = e, .before_task = before_task, .after_task = after_award};
    dcat_totals totals;
    dcat_status status = audit_walk(plan, world, 0, &hooks, &totals, err);
    free(numbers);
    free(indices);
    free(e->said);
    return status;
}

dcat_status audit_real_run(const dcat_world *world, const audit_run *run, int64_t pair_count,
                           bool rational, audit_real *result, dcat_error *err)
{
    audit_plan plan;
    dcat_status status = audit_plan_create(world, run, &plan, err);
    if (status != DCAT_OK) {
        return status;
    }
    *result = (audit_real){0};
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &dcat_world_config_view(world)->auction);
    explorer e = {
        .batch_count = (pair_count + BATCH - 1) / BATCH,
        .auction_count = plan.totals.arrived - plan.totals.no_candidate - plan.totals.not_admitted -
                         plan.totals.no_device - plan.totals.over_value,
        .rational = rational,
        .result = result,
        .rule = dcat_audit_rule_of(run->policy.auction, &rules),
        .seed = run->seed,
    };
    status = explore(world, &plan, &e, err);
    audit_plan_free(&plan);
    if (status == DCAT_OK && e.unsteady) {
        status = dcat_fail(err, DCAT_ERR_RANGE,
                           "auction %s gave other results for the same bids: it is no rule",
                           e.rule.name);
    }
    return status;
}
