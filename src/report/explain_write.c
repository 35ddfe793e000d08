// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/explain.h"

#include "base/number_text.h"
#include "dcat/x/clock.h"
#include "dcat/x/model.h"
#include "dcat/x/resources.h"
#include "dcat/x/task_auction.h"
#include "file/write_text.h"
#include "report/explain_parts.h"
#include <math.h>
#include <string.h>

// --- text; --json holds all that it leaves out

#define MEMBERS_SHOWN 12 // in a cluster's line, and in the winner's table

static void put_name(FILE *file, const char *name)
{
    char clean[64];
    text_clean(name, clean, sizeof clean);
    fputs(clean, file);
}

static void put_names(const dcat_scenario *scenario, const int32_t *servers, size_t count,
                      FILE *file)
{
    size_t shown = count < MEMBERS_SHOWN ? count : MEMBERS_SHOWN;
    for (size_t m = 0; m < shown; m++) {
        fputs(m == 0 ? "" : " + ", file);
        put_name(file, dcat_scenario_server_name(scenario, (size_t)servers[m]));
    }
    if (shown < count) {
        fprintf(file, " + %zu more", count - shown);
    }
}

// With classes of work those who can do the task's.
static void put_members(const dcat_explanation *e, const dcat_scenario *scenario, int32_t k,
                        FILE *file)
{
    dcat_cluster_view view = view_of(e, k);
    bool team = resources_of(e) != NULL;
    put_names(scenario, team ? view.workers : view.members,
              team ? view.worker_count : view.member_count, file);
}

// What a cluster did in the auction, in a few words.
void explain_fate(const dcat_explanation *e, int32_t k, char *text, size_t size)
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
        if (view_of(e, k).worker_count == 0) {
            snprintf(text, size, "no device");
        } else if (cluster->offer.feasible && !cluster->offer.admitted) {
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
    explain_fate(e, k, fate, sizeof fate);
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
void explain_decided(const dcat_explanation *e, char *text, size_t size)
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
    const dcat_member *member = &members_of(e)[server];
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
    dcat_cluster_view view = view_of(e, award->cluster);
    fprintf(file,
            "\nSold to cluster %d after %d price cuts for %.2f: fee %.2f - payment %.2f = "
            "profit %.2f (6)\n",
            award->cluster, award->round, award->payment, award->fee, award->payment,
            dcat_profit(award->fee, award->payment));
    char decided[160];
    explain_decided(e, decided, sizeof decided);
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
    int32_t beyond = 0, unable = 0;
    for (int32_t k = 0; k < dcat_state_cluster_count(e->state); k++) {
        if (view_of(e, k).worker_count == 0) {
            unable++;
        } else if (isinf(e->clusters[k].offer.transfer_s)) {
            beyond++;
        } else {
            put_cluster_line(e, scenario, k, file);
        }
    }
    if (unable > 0) {
        fprintf(file, "%8d cluster%s no devices for it\n", unable, unable == 1 ? " has" : "s have");
    }
    if (beyond > 0) {
        fprintf(file, "%8d cluster%s out of the area's reach\n", beyond,
                beyond == 1 ? " is" : "s are");
    }
}

// Why nobody got it, without a full stop.
void explain_reason(const dcat_explanation *e, char *text, size_t size)
{
    static const char *const reasons[DCAT_AUCTION_OUTCOME_COUNT] = {
        [DCAT_AUCTION_SOLD] = "",
        [DCAT_AUCTION_NO_CANDIDATE] = "no cluster could finish it in time",
        [DCAT_AUCTION_NO_BIDDER] = "no candidate accepted the first price",
        [DCAT_AUCTION_NO_DEVICE] = "no cluster has devices for its class of work",
        [DCAT_AUCTION_OVER_VALUE] = "it is worth less to its user than the fee",
    };
    if (e->award.outcome == DCAT_AUCTION_NOT_ADMITTED) {
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
    explain_reason(e, reason, sizeof reason);
    fprintf(file, "\nNot served (%s): %s.\n", dcat_auction_outcome_name(e->award.outcome), reason);
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

static void put_class(const dcat_explanation *e, const dcat_scenario *scenario, FILE *file)
{
    if (resources_of(e) != NULL) {
        fputs(" of class ", file);
        put_name(file, dcat_scenario_class_name(scenario, (size_t)e->task.class_id));
        fprintf(file, " (pool %s)", dcat_pool_name(class_of(e)->pool));
    }
}

// What each cluster is to the class: its effective speed, what it costs there, and the queue of the
// pool.
static void put_teams(const dcat_explanation *e, const dcat_scenario *scenario, FILE *file)
{
    if (resources_of(e) == NULL) {
        return;
    }
    fputs("\nTeams for class ", file);
    put_name(file, dcat_scenario_class_name(scenario, (size_t)e->task.class_id));
    fprintf(file, "\ncluster        GHz  cost/Gcycle  dearest  %s queue s  members who can\n",
            dcat_pool_name(class_of(e)->pool));
    for (int32_t k = 0; k < dcat_state_cluster_count(e->state); k++) {
        dcat_cluster_view view = view_of(e, k);
        if (view.worker_count > 0) {
            fprintf(file, "%7d %10.1f %12.4g %8.4g %*.3f  ", k, view.speed_hz * 1e-9,
                    view.unit_cost_mean * DCAT_CYCLES_PER_GIGACYCLE,
                    view.unit_cost_max * DCAT_CYCLES_PER_GIGACYCLE,
                    (int)strlen(dcat_pool_name(class_of(e)->pool)) + 9, queue_s(e, &view));
            put_names(scenario, view.workers, view.worker_count, file);
            fputc('\n', file);
        }
    }
}

void dcat_write_explanation_text(const dcat_explanation *e, const dcat_scenario *scenario,
                                 const dcat_policy *policy, FILE *file)
{
    fprintf(file, "Task      %d of cycle %u, slot %u, auctioned as number %d of its slot (%s:%s)\n",
            e->task.id, e->cycle, e->slot, e->place + 1, dcat_policy_clusterer_name(policy),
            policy->auction->name);
    fprintf(file, "Asks for  %s giga-cycles", NUMBER_SHOWN(e->task.work_cycles * 1e-9, 4));
    put_stated(e, scenario, file);
    put_class(e, scenario, file);
    fputs(" from ", file);
    put_name(file, dcat_scenario_area_name(scenario, (size_t)e->task.area));
    fprintf(file, " with %s Mb within %s s; fee %.2f (5)\n",
            NUMBER_SHOWN(e->task.data_bits * 1e-6, 4), NUMBER_SHOWN(e->task.deadline_s, 4),
            e->award.fee);
    put_auction(e, file);
    fprintf(file, "        transfer  waiting process.    total    limit      bid\n");
    fprintf(file, "cluster    (3) s    (2) s    (1) s    (4) s      (8)           fate"
                  "                members\n");
    put_clusters(e, scenario, file);
    put_teams(e, scenario, file);
    if (e->award.outcome == DCAT_AUCTION_SOLD) {
        put_winner(e, scenario, file);
    } else {
        put_reason(e, file);
    }
}
