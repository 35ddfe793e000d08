// SPDX-License-Identifier: Apache-2.0
// An audit as JSON: everything that was counted.

#include "dcat/x/report.h"

#include "file/json_write.h"
#include "report/audit/table.h"
#include <math.h>

static bool put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static json_t *whole(int64_t value)
{
    return json_integer((json_int_t)value);
}

// The worst lie. Small markets have their bids, real auctions a place in the run.
static json_t *lie_json(const dcat_audit_lie *lie)
{
    json_t *object = json_object();
    bool ok = put(object, "fee", json_number(lie->fee));
    ok = put(object, "limit", json_number(lie->limit)) && ok;
    ok = put(object, "lie", json_number(lie->lie)) && ok;
    ok = put(object, "utility_honest", json_number(lie->honest)) && ok;
    ok = put(object, "utility_lied", json_number(lie->lied)) && ok;
    ok = put(object, "bidders", whole((int64_t)lie->bidder_count)) && ok;
    if (lie->task < 0) {
        json_t *bids = json_array();
        for (size_t i = 0; i < lie->bidder_count; i++) {
            ok = json_array_append_new(bids, json_number(lie->bid[i])) == 0 && ok;
        }
        ok = put(object, "bids", bids) && ok;
    } else {
        ok = put(object, "seed", json_count(lie->seed)) && ok;
        ok = put(object, "cycle", whole(lie->cycle)) && ok;
        ok = put(object, "slot", whole(lie->slot)) && ok;
        ok = put(object, "task", whole(lie->task)) && ok;
    }
    if (!ok) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *lies_json(const dcat_audit_lies *lies)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "pairs", whole(lies->pair_count), "profitable",
                     whole(lies->profitable), "largest_gain_of_fee",
                     json_number(lies->largest_gain), "worst",
                     lies->profitable > 0 ? lie_json(&lies->worst) : json_null());
}

static json_t *side_json(const dcat_audit_side *side)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "awards", whole(side->case_count), "below",
                     whole(side->below), "share",
                     json_number(audit_ratio((double)side->below, (double)side->case_count)),
                     "worst", json_number(side->worst), "worst_of_cost",
                     json_number(side->worst_share), "lost", json_number(side->lost));
}

static json_t *rational_json(const dcat_audit_rational *r)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "platform", side_json(&r->platform), "user",
                     side_json(&r->user), "cluster", side_json(&r->cluster), "member",
                     side_json(&r->member), "payment", json_number(r->payment));
}

static json_t *gain_json(const dcat_audit_gain *gain)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "attempts", whole(gain->attempt_count),
        "gainful", whole(gain->gainful), "honest", json_number(gain->honest), "gamed",
        json_number(gain->gamed), "largest_gain", json_number(gain->largest), "platform_honest",
        json_number(gain->platform_honest), "platform_gamed", json_number(gain->platform_gamed),
        "awards", whole(gain->award_count), "late", whole(gain->late));
}

static json_t *deadline_json(const dcat_audit_deadline *d)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "tasks", whole(d->task_count),
                     "served_honest", whole(d->served_honest), "served_lied", whole(d->served_lied),
                     "in_time_lied", whole(d->in_time_lied), "fee_honest",
                     json_number(d->fee_honest), "fee_lied", json_number(d->fee_lied));
}

static json_t *manipulation_json(const dcat_audit_manipulation *m)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "withhold", gain_json(&m->withhold), "speed",
                     gain_json(&m->speed), "cost", gain_json(&m->dear), "deadline",
                     deadline_json(&m->deadline));
}

static json_t *promises_json(const dcat_audit_auction *result)
{
    json_t *list = json_array();
    for (int p = 0; p < DCAT_PROMISE_COUNT; p++) {
        json_t *row = json_pack("{s:o, s:b, s:b}", "guarantee",
                                json_text(dcat_audit_promise_name((dcat_promise)p)), "promised",
                                result->promised[p], "broken", result->broken[p]);
        if (json_array_append_new(list, row) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *auction_json(const dcat_audit_auction *result)
{
    json_t *lies = json_pack(
        "{s:o, s:o, s:o, s:o}", "small_clusters", lies_json(&result->small_clusters),
        "small_members", lies_json(&result->small_members), "real_clusters",
        lies_json(&result->real_clusters), "real_members", lies_json(&result->real_members));
    json_t *gaming =
        json_pack("{s:o, s:o}", "with_ceiling", manipulation_json(&result->manipulation[0]),
                  "without_ceiling",
                  result->ceiling ? manipulation_json(&result->manipulation[1]) : json_null());
    return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o}", "auction", json_text(result->kind->name),
                     "failed", dcat_audit_failed(result), "guarantees", promises_json(result),
                     "lies", lies, "rational", rational_json(&result->rational),
                     "beyond_one_auction", gaming);
}

static json_t *counts_json(const int64_t *counts)
{
    json_t *list = json_array();
    for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
        json_array_append_new(list, whole(counts[g]));
    }
    return list;
}

static json_t *cells_json(const dcat_audit_theorem2 *t)
{
    json_t *rows = json_array();
    for (size_t c = 0; c < DCAT_AUDIT_CROWDS; c++) {
        json_t *row = json_pack(
            "{s:o, s:o, s:o, s:o, s:o}", "candidates", whole(t->crowd[c]), "lost",
            counts_json(t->lost[c]), "lost_exact", counts_json(t->lost_exact[c]), "paper_condition",
            counts_json(t->paper_says[c]), "simple_condition", counts_json(t->simple_says[c]));
        if (json_array_append_new(rows, row) != 0) {
            json_decref(rows);
            return NULL;
        }
    }
    return rows;
}

static json_t *theorem2_json(const dcat_audit_theorem2 *t)
{
    if (t->cell_profiles == 0) {
        return json_null();
    }
    json_t *gammas = json_array();
    for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
        json_array_append_new(gammas, json_number(t->gamma[g]));
    }
    json_t *random = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "profiles", whole(t->profile_count),
        "exact_wrong", whole(t->exact_wrong), "paper_holds", whole(t->paper_holds),
        "paper_lost_inside", whole(t->paper_lost_inside), "paper_lost_above_fee",
        whole(t->paper_lost_above), "paper_lost_rounds", whole(t->paper_lost_rounds),
        "simple_holds", whole(t->simple_holds), "simple_lost", whole(t->simple_lost), "ties",
        whole(t->tie_count), "ties_sold", whole(t->tie_sold));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "random", random, "gamma", gammas,
                     "profiles_per_cell", whole(t->cell_profiles), "cells", cells_json(t),
                     "step_paper", json_number(t->step_paper), "step_simple",
                     json_number(t->step_simple));
}

dcat_status dcat_write_audit_json(const dcat_audit_report *report, FILE *file, dcat_error *err)
{
    const dcat_audit_config *config = report->config;
    json_t *auctions = json_array();
    bool failed = false;
    for (size_t p = 0; p < config->policy_count; p++) {
        failed = failed || dcat_audit_failed(&report->results[p]);
        if (json_array_append_new(auctions, auction_json(&report->results[p])) != 0) {
            json_decref(auctions);
            return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
        }
    }
    json_t *document = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "scenario",
        json_text(dcat_scenario_name(report->scenario)), "clusterer",
        json_text(dcat_policy_clusterer_name(&config->policies[0])), "worlds",
        whole((int64_t)config->world_count), "seed", json_count(report->seed), "cycle_first",
        whole(config->cycle_first), "cycles", whole(config->cycle_count), "failed", failed,
        "auctions", auctions, "theorem2", theorem2_json(report->theorem2));
    return json_write(document, file, err);
}
