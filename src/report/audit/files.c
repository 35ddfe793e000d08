// SPDX-License-Identifier: Apache-2.0
// An audit for programs: everything that was counted, as JSON and as CSV with one number a line.

#include "dcat/x/report.h"

#include "file/json_write.h"
#include "file/table/fields.h"
#include "file/write_text.h"
#include "report/audit/table.h"
#include "report/json_values.h"

// --- What is counted, by the name it has in both

static const field lies_fields[] = {
    FIELD(dcat_audit_lies, "pairs", pair_count),
    FIELD(dcat_audit_lies, "profitable", profitable),
    FIELD(dcat_audit_lies, "largest_gain_of_fee", largest_gain),
    {0},
};
static const field side_fields[] = {
    FIELD(dcat_audit_side, "awards", case_count),
    FIELD(dcat_audit_side, "below", below),
    FIELD(dcat_audit_side, "worst", worst),
    FIELD(dcat_audit_side, "worst_of_cost", worst_share),
    FIELD(dcat_audit_side, "lost", lost),
    {0},
};
static const field gain_fields[] = {
    FIELD(dcat_audit_gain, "attempts", attempt_count),
    FIELD(dcat_audit_gain, "gainful", gainful),
    FIELD(dcat_audit_gain, "honest", honest),
    FIELD(dcat_audit_gain, "gamed", gamed),
    FIELD(dcat_audit_gain, "largest_gain", largest),
    FIELD(dcat_audit_gain, "platform_honest", platform_honest),
    FIELD(dcat_audit_gain, "platform_gamed", platform_gamed),
    FIELD(dcat_audit_gain, "awards", award_count),
    FIELD(dcat_audit_gain, "late", late),
    {0},
};
static const field deadline_fields[] = {
    FIELD(dcat_audit_deadline, "tasks", task_count),
    FIELD(dcat_audit_deadline, "served_honest", served_honest),
    FIELD(dcat_audit_deadline, "served_lied", served_lied),
    FIELD(dcat_audit_deadline, "in_time_lied", in_time_lied),
    FIELD(dcat_audit_deadline, "fee_honest", fee_honest),
    FIELD(dcat_audit_deadline, "fee_lied", fee_lied),
    {0},
};

// --- JSON

static const field lie_fields[] = {
    FIELD(dcat_audit_lie, "fee", fee),
    FIELD(dcat_audit_lie, "limit", limit),
    FIELD(dcat_audit_lie, "lie", lie),
    FIELD(dcat_audit_lie, "utility_honest", honest),
    FIELD(dcat_audit_lie, "utility_lied", lied),
    FIELD(dcat_audit_lie, "bidders", bidder_count),
    {0},
};
static const field lie_moment_fields[] = {
    FIELD(dcat_audit_lie, "seed", seed),
    FIELD(dcat_audit_lie, "cycle", cycle),
    FIELD(dcat_audit_lie, "slot", slot),
    FIELD(dcat_audit_lie, "task", task),
    {0},
};
static const field factor_fields[] = {FIELD(dcat_audit_gain, "factor", factor), {0}};
static const field theorem2_fields[] = {
    FIELD(dcat_audit_theorem2, "profiles", profile_count),
    FIELD(dcat_audit_theorem2, "exact_wrong", exact_wrong),
    FIELD(dcat_audit_theorem2, "paper_holds", paper_holds),
    FIELD(dcat_audit_theorem2, "paper_lost_inside", paper_lost_inside),
    FIELD(dcat_audit_theorem2, "paper_lost_above_fee", paper_lost_above),
    FIELD(dcat_audit_theorem2, "paper_lost_rounds", paper_lost_rounds),
    FIELD(dcat_audit_theorem2, "simple_holds", simple_holds),
    FIELD(dcat_audit_theorem2, "simple_lost", simple_lost),
    FIELD(dcat_audit_theorem2, "ties", tie_count),
    FIELD(dcat_audit_theorem2, "ties_sold", tie_sold),
    {0},
};

// The worst lie. Small markets have their bids, real auctions a moment of the run.
static json_t *lie_json(const dcat_audit_lie *lie)
{
    return json_merged(fields_json(lie_fields, lie),
                       lie->task < 0
                           ? json_pack("{s:o}", "bids", json_reals(lie->bid, lie->bidder_count))
                           : fields_json(lie_moment_fields, lie));
}

static json_t *lies_json(const dcat_audit_lies *lies)
{
    json_t *worst = lies->profitable > 0 ? lie_json(&lies->worst) : json_null();
    return json_merged(fields_json(lies_fields, lies), json_pack("{s:o}", "worst", worst));
}

// A key stays where it was first set.
static json_t *side_json(const dcat_audit_side *side)
{
    double share = audit_ratio((double)side->below, (double)side->case_count);
    return json_merged(json_pack("{s:n, s:n, s:o}", "awards", "below", "share", json_number(share)),
                       fields_json(side_fields, side));
}

static json_t *promises_json(const dcat_audit_auction *result)
{
    json_t *list = json_array();
    for (int p = 0; p < DCAT_PROMISE_COUNT; p++) {
        list = json_plus(list,
                         json_pack("{s:o, s:b, s:b}", "guarantee",
                                   json_text(dcat_audit_promise_name((dcat_promise)p)), "promised",
                                   result->promised[p], "broken", result->broken[p]));
    }
    return list;
}

// What the best factor brings each, and every factor by itself.
static json_t *factors_json(const dcat_audit_gain *best, const dcat_audit_gain *gains, size_t count)
{
    json_t *list = json_array();
    for (size_t f = 0; f < count; f++) {
        list = json_plus(list, json_merged(fields_json(factor_fields, &gains[f]),
                                           fields_json(gain_fields, &gains[f])));
    }
    return json_merged(fields_json(gain_fields, best), json_pack("{s:o}", "factors", list));
}

static json_t *manipulation_json(const dcat_audit_manipulation *m)
{
    json_t *speed = factors_json(&m->speed_best, m->speed, DCAT_AUDIT_SPEED_FACTORS);
    json_t *cost = factors_json(&m->cost_best, m->cost, DCAT_AUDIT_COST_FACTORS);
    json_t *made = json_pack("{s:o, s:o, s:o, s:o}", "withhold",
                             fields_json(gain_fields, &m->withhold), "speed", speed, "cost", cost,
                             "deadline", fields_json(deadline_fields, &m->deadline));
    if (m->efficiency_best.attempt_count > 0) {
        json_t *efficiency =
            factors_json(&m->efficiency_best, m->efficiency, DCAT_AUDIT_EFFICIENCY_FACTORS);
        made = json_merged(made, json_pack("{s:o, s:o}", "efficiency", efficiency, "memory",
                                           fields_json(gain_fields, &m->memory)));
    }
    return made;
}

static const field inner_fields[] = {
    FIELD(dcat_audit_inner, "markets", market_count),
    FIELD(dcat_audit_inner, "awards", award_count),
    FIELD(dcat_audit_inner, "below_cost", below_cost),
    FIELD(dcat_audit_inner, "above_start", above_start),
    FIELD(dcat_audit_inner, "not_shared", not_shared),
    {0},
};

static json_t *inner_json(const dcat_audit_inner *inner)
{
    return json_merged(fields_json(inner_fields, inner),
                       json_pack("{s:o, s:o, s:o}", "members", lies_json(&inner->members),
                                 "clusters", lies_json(&inner->clusters), "pairs",
                                 lies_json(&inner->pairs)));
}

static const field stay_fields[] = {
    FIELD(dcat_audit_stay, "earns", honest),
    FIELD(dcat_audit_stay, "would_earn", gamed),
    FIELD(dcat_audit_stay, "platform", platform_honest),
    FIELD(dcat_audit_stay, "platform_would_keep", platform_gamed),
    {0},
};

static json_t *stays_json(const dcat_audit_stays *stays)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < stays->count; i++) {
        const dcat_audit_stay *stay = &stays->of[i];
        list =
            json_plus(list, json_merged(json_pack("{s:o, s:i}", "world_seed",
                                                  json_count(stay->seed), "server", stay->server),
                                        fields_json(stay_fields, stay)));
    }
    return list;
}

static json_t *auction_json(const dcat_audit_auction *result)
{
    const dcat_audit_rational *r = &result->rational;
    return json_pack(
        "{s:o, s:b, s:o, s:{s:o, s:o, s:o, s:o}, s:o, s:{s:o, s:o, s:o, s:o, s:o}, s:{s:o, s:o, "
        "s:o, s:o, s:o, s:o}}",
        "auction", json_text(result->kind->name), "failed", dcat_audit_failed(result), "guarantees",
        promises_json(result), "lies", "small_clusters", lies_json(&result->small_clusters),
        "small_members", lies_json(&result->small_members), "real_clusters",
        lies_json(&result->real_clusters), "real_members", lies_json(&result->real_members),
        "inner", inner_json(&result->inner), "rational", "platform", side_json(&r->platform),
        "user", side_json(&r->user), "cluster", side_json(&r->cluster), "member",
        side_json(&r->member), "payment", json_number(r->payment), "beyond_one_auction",
        "with_ceiling", manipulation_json(&result->manipulation[0]), "without_ceiling",
        result->ceiling ? manipulation_json(&result->manipulation[1]) : json_null(), "leave",
        fields_json(gain_fields, &result->stability.leave), "move",
        fields_json(gain_fields, &result->stability.move), "would_gain_by_leaving",
        stays_json(&result->stability.would_leave), "would_gain_by_moving",
        stays_json(&result->stability.would_move));
}

static json_t *counts_json(const int64_t *counts)
{
    json_t *list = json_array();
    for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
        list = json_plus(list, json_integer(counts[g]));
    }
    return list;
}

static json_t *theorem2_json(const dcat_audit_theorem2 *t)
{
    if (t->cell_profiles == 0) {
        return json_null();
    }
    json_t *cells = json_array();
    for (size_t c = 0; c < DCAT_AUDIT_CROWDS; c++) {
        cells = json_plus(cells, json_pack("{s:i, s:o, s:o, s:o, s:o}", "candidates",
                                           (int)t->crowd[c], "lost", counts_json(t->lost[c]),
                                           "lost_exact", counts_json(t->lost_exact[c]),
                                           "paper_condition", counts_json(t->paper_says[c]),
                                           "simple_condition", counts_json(t->simple_says[c])));
    }
    return json_pack("{s:o, s:o, s:I, s:o, s:o, s:o}", "random", fields_json(theorem2_fields, t),
                     "gamma", json_reals(t->gamma, DCAT_AUDIT_GAMMAS), "profiles_per_cell",
                     (json_int_t)t->cell_profiles, "cells", cells, "step_paper",
                     json_number(t->step_paper), "step_simple", json_number(t->step_simple));
}

dcat_status dcat_write_audit_json(const dcat_audit_report *report, FILE *file, dcat_error *err)
{
    const dcat_audit_config *config = report->config;
    json_t *auctions = json_array();
    bool failed = false;
    for (size_t p = 0; p < config->policy_count; p++) {
        failed = failed || dcat_audit_failed(&report->results[p]);
        auctions = json_plus(auctions, auction_json(&report->results[p]));
    }
    json_t *document = json_pack(
        "{s:o, s:o, s:I, s:o, s:I, s:I, s:b, s:o, s:o}", "scenario",
        json_text(dcat_scenario_name(report->scenario)), "clusterer",
        json_text(dcat_policy_clusterer_name(&config->policies[0])), "worlds",
        (json_int_t)config->world_count, "seed", json_count(report->seed), "cycle_first",
        (json_int_t)config->cycle_first, "cycles", (json_int_t)config->cycle_count, "failed",
        failed, "auctions", auctions, "theorem2", theorem2_json(report->theorem2));
    return json_write(document, file, err);
}

// --- CSV

static const dcat_column columns[] = {
    DCAT_COLUMN("auction", DCAT_COLUMN_TEXT, NULL, "the auction under audit"),
    DCAT_COLUMN("part", DCAT_COLUMN_TEXT, NULL, "what was tried"),
    DCAT_COLUMN("measure", DCAT_COLUMN_TEXT, NULL, "what was counted"),
    DCAT_COLUMN("value", DCAT_COLUMN_NUMBER, NULL, "how many or how much"),
};

#define PART(name_, member_, fields_) FIELD_OF(dcat_audit_auction, name_, member_, fields_)
static const field parts[] = {
    PART("small_clusters", small_clusters, lies_fields),
    PART("small_members", small_members, lies_fields),
    PART("real_clusters", real_clusters, lies_fields),
    PART("real_members", real_members, lies_fields),
    PART("inner_members", inner.members, lies_fields),
    PART("inner_clusters", inner.clusters, lies_fields),
    PART("inner_pairs", inner.pairs, lies_fields),
    PART("inner_awards", inner, inner_fields),
    PART("platform", rational.platform, side_fields),
    PART("user", rational.user, side_fields),
    PART("cluster", rational.cluster, side_fields),
    PART("member", rational.member, side_fields),
    PART("leave", stability.leave, gain_fields),
    PART("move", stability.move, gain_fields),
    PART("withhold", manipulation[0].withhold, gain_fields),
    PART("speed", manipulation[0].speed_best, gain_fields),
    PART("cost", manipulation[0].cost_best, gain_fields),
    PART("deadline", manipulation[0].deadline, deadline_fields),
    {0},
};
static const field device_parts[] = {
    PART("efficiency", manipulation[0].efficiency_best, gain_fields),
    PART("efficiency x0.8", manipulation[0].efficiency[0], gain_fields),
    PART("efficiency x1.25", manipulation[0].efficiency[1], gain_fields),
    PART("efficiency x2", manipulation[0].efficiency[2], gain_fields),
    PART("memory", manipulation[0].memory, gain_fields),
    {0},
};
static const field device_no_ceiling_parts[] = {
    PART("efficiency_no_ceiling", manipulation[1].efficiency_best, gain_fields),
    PART("efficiency x0.8_no_ceiling", manipulation[1].efficiency[0], gain_fields),
    PART("efficiency x1.25_no_ceiling", manipulation[1].efficiency[1], gain_fields),
    PART("efficiency x2_no_ceiling", manipulation[1].efficiency[2], gain_fields),
    PART("memory_no_ceiling", manipulation[1].memory, gain_fields),
    {0},
};
static const field no_ceiling_parts[] = {
    PART("withhold_no_ceiling", manipulation[1].withhold, gain_fields),
    PART("speed_no_ceiling", manipulation[1].speed_best, gain_fields),
    PART("cost_no_ceiling", manipulation[1].cost_best, gain_fields),
    PART("deadline_no_ceiling", manipulation[1].deadline, deadline_fields),
    {0},
};

static void put(dcat_table *table, const char *auction, const char *part, const char *measure,
                dcat_cell value)
{
    const dcat_cell cells[] = {dcat_cell_text(auction), dcat_cell_text(part),
                               dcat_cell_text(measure), value};
    dcat_table_add(table, cells, DCAT_ROW_PLAIN);
}

static void put_parts(const dcat_audit_auction *result, const field *some, dcat_table *table)
{
    for (const field *part = some; part != NULL && part->key != NULL; part++) {
        for (const field *f = part->members; f->key != NULL; f++) {
            put(table, result->kind->name, part->key, f->key,
                field_cell(f, (const char *)result + part->offset));
        }
    }
}

// Every factor by itself: "cost x1.02", "cost x1.02_no_ceiling".
static void put_factors(const dcat_audit_auction *result, bool without, dcat_table *table)
{
    const dcat_audit_manipulation *m = &result->manipulation[without];
    for (size_t i = 0; i < DCAT_AUDIT_SPEED_FACTORS + DCAT_AUDIT_COST_FACTORS; i++) {
        bool speed = i < DCAT_AUDIT_SPEED_FACTORS;
        const dcat_audit_gain *gain = speed ? &m->speed[i] : &m->cost[i - DCAT_AUDIT_SPEED_FACTORS];
        char factor[NUMBER_TEXT_SIZE];
        char name[64];
        number_text(gain->factor, factor);
        snprintf(name, sizeof name, "%s x%s%s", speed ? "speed" : "cost", factor,
                 without ? "_no_ceiling" : "");
        for (const field *f = gain_fields; f->key != NULL; f++) {
            put(table, result->kind->name, name, f->key, field_cell(f, gain));
        }
    }
}

static void put_promises(const dcat_audit_auction *result, const char *part, const bool *which,
                         dcat_table *table)
{
    for (int p = 0; p < DCAT_PROMISE_COUNT; p++) {
        put(table, result->kind->name, part, dcat_audit_promise_name((dcat_promise)p),
            dcat_cell_number(which[p]));
    }
}

static void put_theorem2(const dcat_audit_theorem2 *t, dcat_table *table)
{
    for (size_t c = 0; c < DCAT_AUDIT_CROWDS && t->cell_profiles > 0; c++) {
        for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
            char part[64];
            char gamma[NUMBER_TEXT_SIZE];
            number_text(t->gamma[g], gamma);
            snprintf(part, sizeof part, "theorem2 candidates=%d gamma=%s", (int)t->crowd[c], gamma);
            const struct {
                const char *measure;
                int64_t value;
            } numbers[] = {{"profiles", t->cell_profiles},
                           {"lost", t->lost[c][g]},
                           {"lost_exact", t->lost_exact[c][g]},
                           {"paper_condition", t->paper_says[c][g]},
                           {"simple_condition", t->simple_says[c][g]}};
            for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
                put(table, "rea", part, numbers[i].measure,
                    dcat_cell_number((double)numbers[i].value));
            }
        }
    }
}

dcat_table dcat_audit_table(const dcat_audit_report *report)
{
    dcat_table table = {.head = DCAT_TABLE_HEAD("audit", "a number", columns)};
    for (size_t p = 0; p < report->config->policy_count; p++) {
        const dcat_audit_auction *result = &report->results[p];
        bool mixed = result->manipulation[0].efficiency_best.attempt_count > 0;
        put_parts(result, parts, &table);
        put_factors(result, false, &table);
        put_parts(result, mixed ? device_parts : NULL, &table);
        if (result->ceiling) {
            put_parts(result, no_ceiling_parts, &table);
            put_factors(result, true, &table);
            put_parts(result, mixed ? device_no_ceiling_parts : NULL, &table);
        }
        put_promises(result, "promised", result->promised, &table);
        put_promises(result, "broken", result->broken, &table);
    }
    put_theorem2(report->theorem2, &table);
    return table;
}
