// SPDX-License-Identifier: Apache-2.0
// An audit as CSV: one number a line.

#include "dcat/x/report.h"

#include "file/write_text.h"

static const dcat_column columns[] = {
    DCAT_COLUMN("auction", DCAT_COLUMN_TEXT, NULL, "the auction under audit"),
    DCAT_COLUMN("part", DCAT_COLUMN_TEXT, NULL, "what was tried"),
    DCAT_COLUMN("measure", DCAT_COLUMN_TEXT, NULL, "what was counted"),
    DCAT_COLUMN("value", DCAT_COLUMN_NUMBER, NULL, "how many or how much"),
};

// Begins of every line: whose numbers follow.
typedef struct lines {
    dcat_table *table;
    const char *auction, *part;
} lines;

static void put(const lines *l, const char *measure, double value)
{
    const dcat_cell cells[] = {dcat_cell_text(l->auction), dcat_cell_text(l->part),
                               dcat_cell_text(measure), dcat_cell_number(value)};
    dcat_table_add(l->table, cells, DCAT_ROW_PLAIN);
}

static void put_lies(lines l, const char *part, const dcat_audit_lies *lies)
{
    l.part = part;
    put(&l, "pairs", (double)lies->pair_count);
    put(&l, "profitable", (double)lies->profitable);
    put(&l, "largest_gain_of_fee", lies->largest_gain);
}

static void put_side(lines l, const char *part, const dcat_audit_side *side)
{
    l.part = part;
    put(&l, "awards", (double)side->case_count);
    put(&l, "below", (double)side->below);
    put(&l, "worst", side->worst);
    put(&l, "worst_of_cost", side->worst_share);
    put(&l, "lost", side->lost);
}

static void put_gain(lines l, const char *part, const dcat_audit_gain *gain)
{
    l.part = part;
    put(&l, "attempts", (double)gain->attempt_count);
    put(&l, "gainful", (double)gain->gainful);
    put(&l, "honest", gain->honest);
    put(&l, "gamed", gain->gamed);
    put(&l, "largest_gain", gain->largest);
    put(&l, "platform_honest", gain->platform_honest);
    put(&l, "platform_gamed", gain->platform_gamed);
    put(&l, "awards", (double)gain->award_count);
    put(&l, "late", (double)gain->late);
}

static void put_deadline(lines l, const char *part, const dcat_audit_deadline *d)
{
    l.part = part;
    put(&l, "tasks", (double)d->task_count);
    put(&l, "served_honest", (double)d->served_honest);
    put(&l, "served_lied", (double)d->served_lied);
    put(&l, "in_time_lied", (double)d->in_time_lied);
    put(&l, "fee_honest", d->fee_honest);
    put(&l, "fee_lied", d->fee_lied);
}

static void put_manipulation(const lines *l, const dcat_audit_auction *result)
{
    const dcat_audit_manipulation *with = &result->manipulation[0];
    const dcat_audit_manipulation *without = &result->manipulation[1];
    put_gain(*l, "withhold", &with->withhold);
    put_gain(*l, "speed", &with->speed);
    put_gain(*l, "cost", &with->dear);
    put_deadline(*l, "deadline", &with->deadline);
    if (result->ceiling) {
        put_gain(*l, "withhold_no_ceiling", &without->withhold);
        put_gain(*l, "speed_no_ceiling", &without->speed);
        put_gain(*l, "cost_no_ceiling", &without->dear);
        put_deadline(*l, "deadline_no_ceiling", &without->deadline);
    }
}

static void put_auction(const dcat_audit_auction *result, dcat_table *table)
{
    lines l = {.table = table, .auction = result->kind->name};
    put_lies(l, "small_clusters", &result->small_clusters);
    put_lies(l, "small_members", &result->small_members);
    put_lies(l, "real_clusters", &result->real_clusters);
    put_lies(l, "real_members", &result->real_members);
    put_side(l, "platform", &result->rational.platform);
    put_side(l, "user", &result->rational.user);
    put_side(l, "cluster", &result->rational.cluster);
    put_side(l, "member", &result->rational.member);
    put_manipulation(&l, result);
    l.part = "promised";
    for (int p = 0; p < DCAT_PROMISE_COUNT; p++) {
        put(&l, dcat_audit_promise_name((dcat_promise)p), result->promised[p]);
    }
    l.part = "broken";
    for (int p = 0; p < DCAT_PROMISE_COUNT; p++) {
        put(&l, dcat_audit_promise_name((dcat_promise)p), result->broken[p]);
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
            const lines l = {.table = table, .auction = "rea", .part = part};
            put(&l, "profiles", (double)t->cell_profiles);
            put(&l, "lost", (double)t->lost[c][g]);
            put(&l, "lost_exact", (double)t->lost_exact[c][g]);
            put(&l, "paper_condition", (double)t->paper_says[c][g]);
            put(&l, "simple_condition", (double)t->simple_says[c][g]);
        }
    }
}

dcat_table dcat_audit_table(const dcat_audit_report *report)
{
    dcat_table table = {.head = DCAT_TABLE_HEAD("audit", "a number", columns)};
    for (size_t p = 0; p < report->config->policy_count; p++) {
        put_auction(&report->results[p], &table);
    }
    put_theorem2(report->theorem2, &table);
    return table;
}
