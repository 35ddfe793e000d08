// SPDX-License-Identifier: Apache-2.0
// The page of a bound: how much nobody can exceed, and what the policy earns of it.
#include "dcat/x/bound_report.h"

#include "file/write_text.h"
#include "report/page/page.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>

typedef struct row {
    const char *name;
    size_t offset; // in dcat_bound_world
} row;

static const row rows[] = {
    {"nobody earns more: any clusters, order and payment", offsetof(dcat_bound_world, bound)},
    {"nobody earns more with the policy's clusters", offsetof(dcat_bound_world, given)},
    {"the policy, had it paid winners' limits", offsetof(dcat_bound_world, at_limits)},
    {"the policy", offsetof(dcat_bound_world, profit)},
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static double number_of(const dcat_bound_world *world, size_t offset)
{
    return *(const double *)(const void *)((const char *)world + offset);
}

// Mean and interval over the worlds: money, or each world's own share of its bound in percent.
static dcat_estimate estimate_of(const dcat_bound_report *report, size_t offset, bool share)
{
    dcat_sample sample = {0};
    for (size_t w = 0; w < report->world_count; w++) {
        const dcat_bound_world *world = &report->worlds[w];
        double money = number_of(world, offset);
        double part = world->bound > 0.0 ? 100.0 * money / world->bound : (double)NAN;
        dcat_sample_add(&sample, share ? part : money);
    }
    return dcat_sample_estimate(&sample);
}

static dcat_cell cell_of(dcat_estimate estimate)
{
    return isfinite(estimate.mean) ? dcat_cell_interval(estimate.mean, estimate.ci95)
                                   : dcat_cell_missing();
}

static dcat_status put_table(const dcat_bound_report *report, const html_page *page,
                             dcat_error *err)
{
    static const dcat_column columns[] = {
        {.key = "what", .type = DCAT_COLUMN_TEXT, .heading = {"", "who"}, .left = true},
        {.key = "share",
         .type = DCAT_COLUMN_INTERVAL,
         .unit = "%",
         .meaning = "share of the bound",
         .heading = {"share of", "bound, %"},
         .decimals = 1,
         .drawn = true},
        {.key = "profit",
         .type = DCAT_COLUMN_INTERVAL,
         .meaning = "money a cycle",
         .heading = {"profit", "a cycle"},
         .decimals = 0},
    };
    dcat_table table = {.head = DCAT_TABLE_HEAD("bound", "what is earned", columns)};
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const dcat_cell cells[] = {dcat_cell_text(rows[i].name),
                                   cell_of(estimate_of(report, rows[i].offset, true)),
                                   cell_of(estimate_of(report, rows[i].offset, false))};
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    dcat_status status = page_put_table(
        page, "Of what nobody can exceed",
        "± half of the 95 % interval over worlds; of each world its own share is taken first",
        &table, err);
    fputs("</section>\n", page->file);
    dcat_table_free(&table);
    return status;
}

static void put_band(const dcat_bound_report *report, const html_page *page)
{
    dcat_estimate own = estimate_of(report, offsetof(dcat_bound_world, profit), true);
    dcat_estimate limits = estimate_of(report, offsetof(dcat_bound_world, at_limits), true);
    char share[NUMBER_TEXT_SIZE], above[NUMBER_TEXT_SIZE], rest[NUMBER_TEXT_SIZE];
    char answers[3][96], proofs[2][192];
    number_fixed(own.mean, 1, share);
    number_fixed(limits.mean - own.mean, 1, above);
    number_fixed(100.0 - limits.mean, 1, rest);
    snprintf(answers[0], sizeof answers[0], "%s %%", share);
    snprintf(answers[1], sizeof answers[1], "%s + %s points", rest, above);
    snprintf(proofs[0], sizeof proofs[0],
             "clusters, order of tasks, choice of winner, the future, and what nobody can reach; "
             "%s points are paid above limits",
             above);
    bool few = report->world_count < 5;
    snprintf(answers[2], sizeof answers[2], few ? "Only %zu world%s" : "%zu world%s",
             report->world_count, report->world_count == 1 ? "" : "s");
    snprintf(proofs[1], sizeof proofs[1], "%" PRIu32 " cycle%s in each, queue rule %s%s",
             report->cycle_count, report->cycle_count == 1 ? "" : "s",
             dcat_queue_rule_name(report->queue), few ? "; --worlds narrows the interval" : "");
    const page_answer band[] = {
        {"How much of the bound does it earn?", answers[0], "nobody earns more than the bound",
         false},
        {"Where is the rest?", answers[1], proofs[0], false},
        {"How sure is it?", answers[2], proofs[1], few},
    };
    page_put_band(page, band, sizeof band / sizeof band[0]);
}

dcat_status dcat_write_bound_page(const dcat_bound_report *report, const dcat_manifest *manifest,
                                  dcat_output *output, dcat_error *err)
{
    char policy[DCAT_POLICY_TEXT_SIZE], facts[256];
    const char *name = dcat_scenario_name(report->scenario);
    const char *title = dcat_scenario_title(report->scenario);
    dcat_policy_text(&report->policy, policy);
    snprintf(facts, sizeof facts, "%s, held against what no policy can exceed", policy);
    const page_names names = {.command = "dcat bound",
                              .subject = name,
                              .title = name,
                              .heading = title[0] != '\0' ? title : name,
                              .facts = facts};
    html_page page = {.output = output, .wide = true};
    dcat_status status = page_open(&page, &names, err);
    if (status != DCAT_OK) {
        return status;
    }
    put_band(report, &page);
    status = put_table(report, &page, err);
    page_put_origin(&page, manifest,
                    "bound.txt has the slots that were solved exactly, worlds.csv every world.");
    return page_finish(&page, status, err);
}
