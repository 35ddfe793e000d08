// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/explain.h"

#include "dcat/x/clock.h"
#include "dcat/x/model.h"
#include "dcat/x/task_auction.h"
#include "file/json_write.h"
#include "file/write_text.h"
#include "report/json_values.h"
#include <math.h>
#include <string.h>

static bool has_clock(const dcat_explanation *e)
{
    return dcat_state_auction(e->state)->clock != NULL;
}

// --- text; --json holds all that it leaves out

#define MEMBERS_SHOWN 12 // in a cluster's line, and in the winner's table

static void put_name(FILE *file, const char *name)
{
    char clean[64];
    text_clean(name, clean, sizeof clean);
    fputs(clean, file);
}

static void put_members(const dcat_explanation *e, const dcat_scenario *scenario, int32_t k,
                        FILE *file)
{
    dcat_cluster_view view = dcat_state_cluster(e->state, k);
    size_t shown = view.member_count < MEMBERS_SHOWN ? view.member_count : MEMBERS_SHOWN;
    for (size_t m = 0; m < shown; m++) {
        fputs(m == 0 ? "" : " + ", file);
        put_name(file, dcat_scenario_server_name(scenario, (size_t)view.members[m]));
    }
    if (shown < view.member_count) {
        fprintf(file, " + %zu more", view.member_count - shown);
    }
}

// What a cluster did in the auction, in a few words.
static void fate_text(const dcat_explanation *e, int32_t k, char *text, size_t size)
{
    const dcat_explained_cluster *cluster = &e->clusters[k];
    if (e->award.cluster == k) {
        snprintf(text, size,
                 e->decided == DCAT_DECIDED_LOTTERY      ? "won by lottery"
                 : e->decided == DCAT_DECIDED_LAST_ASKED ? "won, asked last"
                                                         : "won");
    } else if (!cluster->bidder) {
        double total_s = dcat_total_delay_s(cluster->offer.transfer_s, cluster->offer.waiting_s,
                                            cluster->offer.processing_s);
        if (cluster->offer.feasible && !cluster->offer.admitted) {
            snprintf(text, size, "not admitted");
        } else if (cluster->offer.feasible) {
            snprintf(text, size, "its bidder's lower bid stands");
        } else if (total_s > e->task.deadline_s) {
            snprintf(text, size, "%.3f s too late", total_s - e->task.deadline_s);
        } else {
            snprintf(text, size, "user pays at most %.6g", e->task.value);
        }
    } else if (isinf(cluster->offer.bid)) {
        snprintf(text, size, "refused its %.6g", cluster->offer.start);
    } else if (!has_clock(e)) {
        snprintf(text, size, "%s",
                 !cluster->accepts                       ? "refused"
                 : e->decided == DCAT_DECIDED_LOTTERY    ? "accepted, not drawn"
                 : e->decided == DCAT_DECIDED_LOWEST_BID ? "outbid"
                                                         : "accepted");
    } else if (cluster->exit_round <= e->award.round) {
        snprintf(text, size, "left in round %d", cluster->exit_round);
    } else if (e->decided == DCAT_DECIDED_LOTTERY) {
        snprintf(text, size, "still in, not drawn");
    } else {
        snprintf(text, size, "still in at the end");
    }
}

static void put_cluster_line(const dcat_explanation *e, const dcat_scenario *scenario, int32_t k,
                             FILE *file)
{
    const dcat_offer *offer = &e->clusters[k].offer;
    char fate[64];
    fate_text(e, k, fate, sizeof fate);
    fprintf(file, "%c%6d %8.3f %8.3f %8.3f %8.3f %8.2f %8.2f  %-18s  ",
            e->award.cluster == k ? '>' : ' ', k, offer->transfer_s, offer->waiting_s,
            offer->processing_s,
            dcat_total_delay_s(offer->transfer_s, offer->waiting_s, offer->processing_s),
            offer->limit, isfinite(offer->bid) ? offer->bid : offer->limit + offer->handicap, fate);
    put_members(e, scenario, k, file);
    fputc('\n', file);
}

// Why this one of the candidates: what decided, as a sentence without its full stop; "" where the
// auction was unsold.
static void decided_text(const dcat_explanation *e, char *text, size_t size)
{
    static const char *const words[DCAT_DECIDED_COUNT] = {
        [DCAT_DECIDED_NOTHING] = "",
        [DCAT_DECIDED_ONLY_CANDIDATE] = "Won as the only bidder, at the first price",
        [DCAT_DECIDED_PRICE] = "Won as the only one to accept the last price",
        [DCAT_DECIDED_LOWEST_BID] = "Won by the lowest bid",
    };
    if (e->decided == DCAT_DECIDED_LAST_ASKED) {
        snprintf(
            text, size,
            "Tie: %zu would have left in round %d; the last one asked wins at the price before",
            e->among, e->award.round);
    } else if (e->decided != DCAT_DECIDED_LOTTERY) {
        snprintf(text, size, "%s", words[e->decided]);
    } else if (!has_clock(e)) {
        snprintf(text, size, "Won by lottery among %zu %s", e->among,
                 dcat_state_auction(e->state)->by_limit != NULL ? "equal lowest bids"
                                                                : "that accept the one price");
    } else if (e->clusters[e->award.cluster].exit_round > e->award.round) {
        snprintf(text, size,
                 "Won by lottery among %zu at the clock's last price: round %d is the limit "
                 "(auction.rea.round_max)",
                 e->among, e->award.round);
    } else {
        snprintf(text, size,
                 "Won by lottery among %zu that left together in round %d, at the price before",
                 e->among, e->award.round);
    }
}

// The share that clusters of this auction divide by.
static const dcat_share *share_of(const dcat_explanation *e)
{
    const dcat_world_config *config = dcat_world_config_view(dcat_state_world(e->state));
    return dcat_auction_shares(dcat_state_auction(e->state), &config->auction).share;
}

// One member of the winner: part of the work, what it is paid, what that costs it; by tariffs also
// the tariff per giga-cycle and its cost beside it, the largest of which is the cluster's limit.
static void put_member(const dcat_explanation *e, const dcat_scenario *scenario, int32_t server,
                       FILE *file)
{
    const dcat_member *member = &dcat_world_members_view(dcat_state_world(e->state))[server];
    dcat_member_share share = dcat_state_member_share(e->state, e->task.class_id, server,
                                                      e->task.work_cycles, e->award.payment);
    char name[24];
    text_clean(dcat_scenario_server_name(scenario, (size_t)server), name, sizeof name);
    fprintf(file, "%-22s %6.1f %% %10.2f %10.2f %+10.2f", name,
            100.0 * (share.work_cycles / e->task.work_cycles), share.payment, share.cost,
            share.payment - share.cost);
    if (share_of(e)->by_tariff) {
        fprintf(file, " %13.4g %9.4f%s", member->tariff * DCAT_CYCLES_PER_GIGACYCLE,
                member->unit_cost / member->tariff, share.work_cycles > 0.0 ? "" : "  opted out");
    }
    fputc('\n', file);
}

static void put_winner(const dcat_explanation *e, const dcat_scenario *scenario, FILE *file)
{
    const dcat_award *award = &e->award;
    dcat_cluster_view view = dcat_state_cluster(e->state, award->cluster);
    fprintf(file,
            "\nSold to cluster %d after %d price cuts for %.2f: fee %.2f - payment %.2f = "
            "profit %.2f (6)\n",
            award->cluster, award->round, award->payment, award->fee, award->payment,
            dcat_profit(award->fee, award->payment));
    char decided[160];
    decided_text(e, decided, sizeof decided);
    fprintf(file, "%s\n", decided);
    fprintf(file, "Ready %.3f s after arrival, deadline %.3f s\n\n",
            dcat_total_delay_s(award->transfer_s, award->waiting_s, award->processing_s),
            e->task.deadline_s);
    fprintf(file, "Member                    share    payment       cost    utility (9)%s\n",
            share_of(e)->by_tariff ? "  tariff/Gcycle  ratio" : "");
    size_t shown = view.member_count < MEMBERS_SHOWN ? view.member_count : MEMBERS_SHOWN;
    for (size_t m = 0; m < shown; m++) {
        put_member(e, scenario, view.members[m], file);
    }
    if (shown < view.member_count) {
        fprintf(file, "and %zu more\n", view.member_count - shown);
    }
}

// Large worlds know no path to most clusters.
static void put_clusters(const dcat_explanation *e, const dcat_scenario *scenario, FILE *file)
{
    int32_t beyond = 0;
    for (int32_t k = 0; k < dcat_state_cluster_count(e->state); k++) {
        if (isinf(e->clusters[k].offer.transfer_s)) {
            beyond++;
        } else {
            put_cluster_line(e, scenario, k, file);
        }
    }
    if (beyond > 0) {
        fprintf(file, "%8d clusters are out of the area's reach\n", beyond);
    }
}

// Why nobody got it, without a full stop.
static void reason_text(const dcat_explanation *e, char *text, size_t size)
{
    static const char *const reasons[DCAT_AUCTION_OUTCOME_COUNT] = {
        [DCAT_AUCTION_SOLD] = "",
        [DCAT_AUCTION_NO_CANDIDATE] = "no cluster could finish it in time",
        [DCAT_AUCTION_NO_BIDDER] = "no candidate accepted the first price",
    };
    if (e->task.value < e->award.fee) {
        snprintf(text, size, "it is worth less to its user than the fee");
    } else if (e->award.outcome == DCAT_AUCTION_NOT_ADMITTED) {
        snprintf(text, size, "nobody that could finish it in time is admitted");
    } else if (e->award.outcome == DCAT_AUCTION_ALL_LEFT) {
        snprintf(text, size, "a tie, the last %zu candidates left on the same price cut, round %d",
                 e->among, e->award.round);
    } else if (e->award.outcome == DCAT_AUCTION_ROUND_LIMIT) {
        snprintf(text, size, "%zu candidates were left after round %d, the limit", e->among,
                 e->award.round);
    } else {
        snprintf(text, size, "%s", reasons[e->award.outcome]);
    }
}

static void put_reason(const dcat_explanation *e, FILE *file)
{
    char reason[160];
    reason_text(e, reason, sizeof reason);
    fprintf(file, "\nNot served (%s): %s.\n", dcat_auction_outcome_name(e->award.outcome), reason);
}

// How long a cluster may take to begin and still be admitted; INFINITY: any time.
static double admission_of(const dcat_explanation *e)
{
    const dcat_market_config *market = dcat_state_market_view(e->state);
    return dcat_admission_s(market->admission_per_gigacycle, market->admission_per_gigacycle_s,
                            e->award.fee, e->task.work_cycles);
}

static void put_auction(const dcat_explanation *e, FILE *file)
{
    const dcat_auction *auction = dcat_state_auction(e->state);
    fprintf(file, "Auction   %s: %s %.2f", auction->name,
            has_clock(e) ? "clock starts at" : "price at most", e->start_price);
    if (isfinite(e->second_bid)) {
        fprintf(file, "; second lowest bid %.2f", e->second_bid);
    }
    fputc('\n', file);
    double most_s = admission_of(e);
    if (most_s < 0.0) {
        fprintf(file, "Admitted  nobody: the fee per giga-cycle is below the admission's a\n");
    } else if (isfinite(most_s)) {
        fprintf(file, "Admitted  who can begin within %.3f s\n", most_s);
    }
    fputc('\n', file);
}

// Work as its user stated it.
static void put_stated(const dcat_explanation *e, const dcat_scenario *scenario, FILE *file)
{
    dcat_stated_work stated;
    if (dcat_scenario_stated_work(scenario, &e->task, &stated)) {
        fputs(" (", file);
        if (stated.count > 1) {
            fprintf(file, "%d of ", stated.count);
        }
        put_name(file, dcat_scenario_device_name(scenario, (size_t)stated.device));
        fprintf(file, " for %g s)", stated.seconds);
    }
}

static json_t *json_stated(const dcat_explanation *e, const dcat_scenario *scenario)
{
    dcat_stated_work stated;
    return dcat_scenario_stated_work(scenario, &e->task, &stated)
               ? json_pack("{s:o,s:i,s:o}", "device",
                           json_text(dcat_scenario_device_name(scenario, (size_t)stated.device)),
                           "count", stated.count, "seconds", json_number(stated.seconds))
               : json_null();
}

void dcat_write_explanation_text(const dcat_explanation *e, const dcat_scenario *scenario,
                                 const dcat_policy *policy, FILE *file)
{
    fprintf(file, "Task      %d of cycle %u, slot %u, auctioned as number %d of its slot (%s:%s)\n",
            e->task.id, e->cycle, e->slot, e->place + 1, dcat_policy_clusterer_name(policy),
            policy->auction->name);
    fprintf(file, "Asks for  %.4g giga-cycles", e->task.work_cycles * 1e-9);
    put_stated(e, scenario, file);
    fputs(" from ", file);
    put_name(file, dcat_scenario_area_name(scenario, (size_t)e->task.area));
    fprintf(file, " with %.4g Mb within %.4g s; fee %.2f (5)\n", e->task.data_bits * 1e-6,
            e->task.deadline_s, e->award.fee);
    put_auction(e, file);
    fprintf(file, "        transfer  waiting process.    total    limit      bid\n");
    fprintf(file, "cluster    (3) s    (2) s    (1) s    (4) s      (8)           fate"
                  "                members\n");
    put_clusters(e, scenario, file);
    if (e->award.outcome == DCAT_AUCTION_SOLD) {
        put_winner(e, scenario, file);
    } else {
        put_reason(e, file);
    }
}

// --- JSON

static json_t *json_members(const dcat_explanation *e, const dcat_scenario *scenario, int32_t k)
{
    const dcat_member *all = dcat_world_members_view(dcat_state_world(e->state));
    dcat_cluster_view view = dcat_state_cluster(e->state, k);
    bool won = e->award.cluster == k;
    json_t *members = json_array();
    for (size_t m = 0; m < view.member_count; m++) {
        int32_t i = view.members[m];
        dcat_member_share share = dcat_state_member_share(
            e->state, e->task.class_id, i, e->task.work_cycles, won ? e->award.payment : 0.0);
        json_t *member = json_pack(
            "{s:o,s:o,s:o,s:o}", "name", json_text(dcat_scenario_server_name(scenario, (size_t)i)),
            "share", json_number(share.work_cycles / e->task.work_cycles), "tariff_per_gigacycle",
            json_number(all[i].tariff * DCAT_CYCLES_PER_GIGACYCLE), "ratio",
            json_number(all[i].unit_cost / all[i].tariff));
        if (won) {
            member = json_with(member, "payment", json_number(share.payment));
            member = json_with(member, "cost", json_number(share.cost));
            member = json_with(member, "utility", json_number(share.payment - share.cost));
        }
        members = json_plus(members, member);
    }
    return members;
}

static json_t *json_cluster(const dcat_explanation *e, const dcat_scenario *scenario, int32_t k)
{
    const dcat_explained_cluster *cluster = &e->clusters[k];
    const dcat_offer *offer = &cluster->offer;
    char fate[64];
    fate_text(e, k, fate, sizeof fate);
    json_t *object = json_pack(
        "{s:i,s:o,s:o,s:o,s:o,s:b,s:b,s:o,s:o,s:o,s:s,s:o}", "cluster", (int)k, "transfer_s",
        json_number(offer->transfer_s), "waiting_s", json_number(offer->waiting_s), "processing_s",
        json_number(offer->processing_s), "total_s",
        json_number(dcat_total_delay_s(offer->transfer_s, offer->waiting_s, offer->processing_s)),
        "feasible", (int)offer->feasible, "admitted", (int)offer->admitted, "cost",
        json_number(offer->cost), "limit", json_number(offer->limit), "bid",
        json_number(offer->bid), "fate", fate, "members", json_members(e, scenario, k));
    object = json_with(object, "bidder", json_integer(dcat_state_bidder_of_view(e->state)[k]));
    object = json_with(object, "stands", json_boolean(cluster->bidder));
    if (isfinite(offer->start)) {
        object = json_with(object, "start_price", json_number(offer->start));
    }
    if (cluster->bidder && has_clock(e) && cluster->exit_round <= e->award.round) {
        object = json_with(object, "exit_round", json_integer(cluster->exit_round));
    }
    return object;
}

// What decided, by a word for programs and a sentence for people.
static json_t *json_with_end(json_t *award, const dcat_explanation *e)
{
    static const char *const words[DCAT_DECIDED_COUNT] = {
        [DCAT_DECIDED_ONLY_CANDIDATE] = "only-candidate", [DCAT_DECIDED_PRICE] = "price",
        [DCAT_DECIDED_LOWEST_BID] = "lowest-bid",         [DCAT_DECIDED_LOTTERY] = "lottery",
        [DCAT_DECIDED_LAST_ASKED] = "last-asked",
    };
    bool sold = e->award.outcome == DCAT_AUCTION_SOLD;
    char why[160];
    if (sold) {
        decided_text(e, why, sizeof why);
    } else {
        reason_text(e, why, sizeof why);
    }
    award = json_with(award, "decided_by", sold ? json_text(words[e->decided]) : json_null());
    award = json_with(award, "among", json_count(e->among));
    return json_with(award, "why", json_text(why));
}

dcat_status dcat_write_explanation_json(const dcat_explanation *e, const dcat_scenario *scenario,
                                        const dcat_policy *policy, FILE *file, dcat_error *err)
{
    json_t *clusters = json_array();
    for (int32_t k = 0; k < dcat_state_cluster_count(e->state); k++) {
        clusters = json_plus(clusters, json_cluster(e, scenario, k));
    }
    json_t *task = json_pack("{s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "task", (int)e->task.id, "origin",
                             json_text(dcat_scenario_area_name(scenario, (size_t)e->task.area)),
                             "arrival_s", json_number(e->task.arrival_s), "work_gigacycles",
                             json_number(e->task.work_cycles * 1e-9), "data_mb",
                             json_number(e->task.data_bits * 1e-6), "deadline_s",
                             json_number(e->task.deadline_s), "value", json_number(e->task.value),
                             "stated", json_stated(e, scenario));
    json_t *award =
        json_pack("{s:s,s:i,s:i,s:i,s:o,s:o,s:o}", "outcome",
                  dcat_auction_outcome_name(e->award.outcome), "cluster", (int)e->award.cluster,
                  "round", (int)e->award.round, "candidates", (int)e->award.candidate_count, "fee",
                  json_number(e->award.fee), "payment", json_number(e->award.payment), "profit",
                  json_number(e->award.outcome == DCAT_AUCTION_SOLD
                                  ? dcat_profit(e->award.fee, e->award.payment)
                                  : 0.0));
    award = json_with_end(award, e);
    json_t *document = json_policy(policy);
    document = json_with(document, "cycle", json_count(e->cycle));
    document = json_with(document, "slot", json_count(e->slot));
    document = json_with(document, "task", task);
    document = json_with(document, "start_price", json_number(e->start_price));
    document = json_with(document, "admission_s", json_number(admission_of(e)));
    document = json_with(document, "award", award);
    document = json_with(document, "clusters", clusters);
    return json_write(document, file, err);
}
