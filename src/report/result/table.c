// SPDX-License-Identifier: Apache-2.0
#include "report/result/table.h"

#include "file/table/table.h"
#include "report/result/facts.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- The table

static const dcat_column columns[COMPARE_SHOWN_MAX] = {
    {.key = "clusterer",
     .heading = {"clusterer"},
     .left = true,
     .meaning = "how servers are grouped"},
    {.key = "auction",
     .heading = {"auction"},
     .left = true,
     .meaning = "how a task is awarded and priced"},
    {.key = "profit",
     .type = DCAT_COLUMN_INTERVAL,
     .heading = {"profit", "per cycle"},
     .meaning = "fees less payments, mean over worlds"},
    {.key = "gain",
     .type = DCAT_COLUMN_INTERVAL,
     .heading = {"gain over", "baseline %"},
     .decimals = 1,
     .sign = DCAT_SIGN_PLUS,
     .meaning = "paired difference to the baseline on the same tasks"},
    {.key = "offloading",
     .type = DCAT_COLUMN_INTERVAL,
     .heading = {"offloading", "%"},
     .decimals = 1,
     .meaning = "tasks awarded of those arrived"},
    {.key = "margin",
     .type = DCAT_COLUMN_NUMBER,
     .heading = {"margin", "%"},
     .decimals = 1,
     .meaning = "profit as a share of fees"},
    {.key = "no_candidate",
     .type = DCAT_COLUMN_NUMBER,
     .heading = {"no cand.", "%"},
     .decimals = 1,
     .meaning = "tasks that no cluster could finish in time"},
    {.key = "single_candidate",
     .type = DCAT_COLUMN_NUMBER,
     .heading = {"single", "%"},
     .decimals = 1,
     .meaning = "tasks that only one cluster could finish in time"},
    {.key = "simultaneous_exit",
     .type = DCAT_COLUMN_NUMBER,
     .heading = {"simult.", "%"},
     .decimals = 1,
     .meaning = "tasks lost because the last bidders left together"},
    {.key = "members_below_cost",
     .type = DCAT_COLUMN_NUMBER,
     .heading = {"below cost", "%"},
     .decimals = 1,
     .meaning = "awards that pay some member server less than its own cost"},
    {.key = "bound_share",
     .type = DCAT_COLUMN_NUMBER,
     .heading = {"of bound", "%"},
     .decimals = 1,
     .meaning = "profit as a share of what no policy can exceed"},
    {.key = "decision_s",
     .type = DCAT_COLUMN_TEXT,
     .heading = {"decision", "time"},
     .meaning = "wall time of one clustering decision"},
};
enum { BOUND_COLUMN = 10 };

money_unit compare_unit(const dcat_compare_report *report)
{
    double largest = 0.0;
    for (size_t i = 0; i < report->config->policy_count; i++) {
        largest = fmax(largest, fabs(report->rows[i].profit.mean));
    }
    return money_unit_for(largest);
}

static void add_policy(const dcat_compare_report *report, size_t r, bool best, compare_shown *shown)
{
    const dcat_compare_row *row = &report->rows[r];
    percent_estimate gain = facts_gain(report, r);
    double divisor = compare_unit(report).divisor;
    char time[NUMBER_TEXT_SIZE];
    duration_text(row->decision_s, time);
    const dcat_cell bound = dcat_cell_number(facts_bound_share(report, r).mean);
    const dcat_cell cells[] = {
        dcat_cell_text(dcat_policy_clusterer_name(&row->policy)),
        dcat_cell_text(row->policy.auction->name),
        dcat_cell_interval(row->profit.mean / divisor, row->profit.ci95 / divisor),
        r == report->baseline ? dcat_cell_text("baseline")
                              : dcat_cell_interval(gain.mean, gain.ci95),
        dcat_cell_interval(100.0 * row->offloading.mean, 100.0 * row->offloading.ci95),
        dcat_cell_number(100.0 * row->margin),
        dcat_cell_number(100.0 * row->no_candidate),
        dcat_cell_number(100.0 * row->single_candidate),
        dcat_cell_number(100.0 * row->simultaneous_exit),
        dcat_cell_number(100.0 * row->members_below_cost),
        report->bound != NULL ? bound : dcat_cell_text(time),
        dcat_cell_text(time),
    };
    dcat_table_add(&shown->table, cells,
                   best                    ? DCAT_ROW_BEST
                   : r == report->baseline ? DCAT_ROW_BASELINE
                                           : DCAT_ROW_PLAIN);
}

void compare_shown_make(const dcat_compare_report *report, bool times, compare_shown *shown)
{
    size_t count = report->config->policy_count;
    size_t *order = calloc(count, sizeof *order);
    money_unit unit = compare_unit(report);
    *shown = (compare_shown){.table = {.head = {.name = "compare",
                                                .meaning = "a policy",
                                                .columns = shown->columns,
                                                .column_count = BOUND_COLUMN}}};
    memcpy(shown->columns, columns, sizeof columns);
    // Bound and times are the last columns; either may be missing.
    if (report->bound == NULL) {
        shown->columns[BOUND_COLUMN] = columns[BOUND_COLUMN + 1];
    }
    shown->table.head.column_count += (report->bound != NULL) + times;
    snprintf(shown->money, sizeof shown->money, "%s%sper cycle", unit.suffix,
             unit.suffix[0] != '\0' ? " " : "");
    shown->columns[COMPARE_PROFIT].heading[1] = shown->money;
    shown->columns[COMPARE_PROFIT].decimals =
        decimals_for(fabs(report->rows[facts_best(report)].profit.mean) / unit.divisor);
    if (order == NULL) {
        shown->table.no_memory = true;
        return;
    }
    facts_order(report, order);
    for (size_t i = 0; i < count; i++) {
        add_policy(report, order[i], i == 0, shown);
    }
    free(order);
}

void compare_cell_text(const dcat_compare_report *report, size_t at, size_t column,
                       char text[DCAT_SHOWN_SIZE])
{
    compare_shown shown;
    compare_shown_make(report, false, &shown);
    snprintf(text, DCAT_SHOWN_SIZE, "-");
    if (at < shown.table.row_count) {
        dcat_cell_show(&shown.columns[column], &shown.table.rows[at].cells[column], text);
    }
    dcat_table_free(&shown.table);
}

// --- Terminal

static void put_facts(const dcat_compare_report *report, FILE *file)
{
    const dcat_compare_config *config = report->config;
    const dcat_world *world = report->world;
    char name[256];
    char title[256];
    char span[NUMBER_TEXT_SIZE];
    text_clean(dcat_scenario_name(report->scenario), name, sizeof name);
    text_clean(dcat_scenario_title(report->scenario), title, sizeof title);
    number_fixed(dcat_world_config_view(world)->span_m_max / 1e3, 0, span);
    fprintf(file, "%s%s%s\n", name, title[0] != '\0' ? ": " : "", title);
    fprintf(file,
            "%zu servers, %zu areas, clusters up to %s km; %" PRIu32 " cycles in each of %zu "
            "world%s, seed %" PRIu64 "\n\n",
            dcat_world_server_count(world), dcat_world_area_count(world), span, config->cycle_count,
            config->world_count, config->world_count == 1 ? "" : "s", report->seed);
}

static void put_bound(const dcat_compare_report *report, FILE *file)
{
    money_unit unit = compare_unit(report);
    dcat_estimate bound = dcat_estimate_of(report->bound, report->config->world_count);
    int decimals = decimals_for(bound.mean / unit.divisor);
    char mean[NUMBER_TEXT_SIZE];
    char half[NUMBER_TEXT_SIZE];
    char cell[3 * NUMBER_TEXT_SIZE];
    number_fixed(bound.mean / unit.divisor, decimals, mean);
    number_fixed(bound.ci95 / unit.divisor, decimals, half);
    bool interval = isfinite(bound.ci95);
    snprintf(cell, sizeof cell, "%s%s%s", mean, interval ? " \u00b1 " : "", interval ? half : "");
    fprintf(file,
            "bound: %s%s%s per cycle; no clustering, assignment or payment can earn more (dcat "
            "bound says where it goes)\n",
            cell, unit.suffix[0] != '\0' ? " " : "", unit.suffix);
}

static void put_legend(const dcat_compare_report *report, FILE *file)
{
    char base[DCAT_POLICY_TEXT_SIZE];
    char headline[1024];
    dcat_policy_text(&report->rows[report->baseline].policy, base);
    facts_headline(report, headline, sizeof headline);
    fprintf(file, "\n> earns most   = baseline %s, %s\n", base, facts_baseline_role(report));
    if (report->config->world_count > 1) {
        fputs("\u00b1 95 % confidence interval over worlds; all policies meet the same tasks, so "
              "gains are paired by world\n",
              file);
    }
    fputs(
        "profit: fees less payments   offloading: tasks awarded of those arrived   margin: profit "
        "of fees\n"
        "no cand.: no cluster could finish in time   single: only one could   simult.: last "
        "bidders left together\n"
        "below cost: awards that pay some member server less than its own cost\n",
        file);
    if (report->bound != NULL) {
        put_bound(report, file);
    }
    putc('\n', file);
    fprintf(file, "%s\n", headline);
}

void compare_write_text(const dcat_compare_report *report, bool times, FILE *file)
{
    compare_shown shown;
    // On a terminal the bound takes the place of the time, so that lines stay within 120 columns.
    compare_shown_make(report, times && report->bound == NULL, &shown);
    put_facts(report, file);
    if (dcat_table_write_text(&shown.table, file, NULL) == DCAT_ERR_MEMORY) {
        fputs("(no memory for the table)\n", file);
    }
    put_legend(report, file);
    dcat_table_free(&shown.table);
}

void dcat_write_compare_text(const dcat_compare_report *report, FILE *file)
{
    compare_write_text(report, true, file);
}
