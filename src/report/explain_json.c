// SPDX-License-Identifier: Apache-2.0
// An explanation for programs: all there is.

#include "dcat/x/explain.h"

#include "file/json_write.h"
#include "report/explain_parts.h"
#include "report/json_values.h"
#include <math.h>

static json_t *json_stated(const dcat_explanation *e, const dcat_scenario *scenario)
{
    dcat_stated_work stated;
    return dcat_scenario_stated_work(scenario, &e->task, &stated)
               ? json_pack("{s:o,s:i,s:o}", "device",
                           json_text(dcat_scenario_device_name(scenario, (size_t)stated.device)),
                           "count", stated.count, "seconds", json_number(stated.seconds))
               : json_null();
}

static json_t *json_members(const dcat_explanation *e, const dcat_scenario *scenario, int32_t k)
{
    const dcat_member *all = members_of(e);
    dcat_cluster_view view = view_of(e, k);
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
        if (resources_of(e) != NULL) {
            member = json_with(member, "effective_ghz", json_number(all[i].speed_hz * 1e-9));
            member = json_with(member, "cost_per_gigacycle",
                               json_number(all[i].unit_cost * DCAT_CYCLES_PER_GIGACYCLE));
        }
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
    explain_fate(e, k, fate, sizeof fate);
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
    if (resources_of(e) != NULL) {
        dcat_cluster_view view = view_of(e, k);
        object = json_with(object, "team",
                           json_pack("{s:I,s:o,s:o,s:o}", "servers", (json_int_t)view.worker_count,
                                     "effective_ghz", json_number(view.speed_hz * 1e-9),
                                     "cost_per_gigacycle",
                                     json_number(view.unit_cost_mean * DCAT_CYCLES_PER_GIGACYCLE),
                                     "queue_s", json_number(queue_s(e, &view))));
    }
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
        explain_decided(e, why, sizeof why);
    } else {
        explain_reason(e, why, sizeof why);
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
    if (resources_of(e) != NULL) {
        task = json_with(task, "class",
                         json_text(dcat_scenario_class_name(scenario, (size_t)e->task.class_id)));
        task = json_with(task, "pool", json_text(dcat_pool_name(class_of(e)->pool)));
    }
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
