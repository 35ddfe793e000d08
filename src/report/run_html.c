// SPDX-License-Identifier: Apache-2.0
// The page of a run: what it earned, who was served, cycle by cycle; clusters at its end.

#include "dcat/x/report.h"

#include "file/write_text.h"
#include "report/figure/run.h"
#include "report/map/scene.h"
#include "report/page/page.h"
#include "report/result/clusters.h"
#include "report/result/columns.h"
#include "report/result/tables.h"
#include <inttypes.h>
#include <stdlib.h>

typedef struct run_page {
    const dcat_run_report *report;
    html_page html;
} run_page;

// --- What it answers

static void money_text(double value, char *text, size_t size)
{
    char number[NUMBER_TEXT_SIZE];
    money_unit unit = money_unit_for(fabs(value));
    number_fixed(value / unit.divisor, decimals_for(fabs(value) / unit.divisor), number);
    snprintf(text, size, "%s%s%s", number, unit.suffix[0] != '\0' ? " " : "", unit.suffix);
}

static double percent(int64_t part, int64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0.0;
}

static void say_earned(const dcat_run_report *report, char *answer, char *proof, size_t size)
{
    const dcat_totals *t = &report->result->totals;
    double cycles = (double)report->result->cycle_count;
    char profit[64], fees[64], payments[64];
    money_text(dcat_totals_profit(t) / cycles, profit, sizeof profit);
    money_text(t->fee / cycles, fees, sizeof fees);
    money_text(t->payment / cycles, payments, sizeof payments);
    snprintf(answer, size, "%s per cycle", profit);
    snprintf(proof, size, "fees of %s less payments of %s: a margin of %.1f %%", fees, payments,
             t->fee > 0.0 ? 100.0 * dcat_totals_profit(t) / t->fee : 0.0);
}

static void say_served(const dcat_run_report *report, char *answer, char *proof, size_t size)
{
    const dcat_totals *t = &report->result->totals;
    double served = t->awarded > 0 ? (double)t->awarded : 1.0;
    snprintf(answer, size, "%.1f %% of the tasks", percent(t->awarded, t->arrived));
    static const dcat_column plain = {.type = DCAT_COLUMN_COUNT};
    const dcat_cell counts[] = {dcat_cell_count((uint64_t)t->awarded),
                                dcat_cell_count((uint64_t)t->arrived)};
    char awarded[DCAT_SHOWN_SIZE], arrived[DCAT_SHOWN_SIZE];
    dcat_cell_show(&plain, &counts[0], awarded);
    dcat_cell_show(&plain, &counts[1], arrived);
    snprintf(proof, size,
             "%s of %s; one takes %.2f s to transfer, waits %.2f s and is "
             "processed in %.2f s, on average",
             awarded, arrived, t->transfer_s / served, t->waiting_s / served,
             t->processing_s / served);
}

// Awards that somebody would complain about.
static bool say_wrong(const dcat_run_report *report, char *answer, char *proof, size_t size)
{
    const dcat_totals *t = &report->result->totals;
    int64_t lost = t->all_left + t->round_limit;
    bool wrong = t->late > 0 || t->member_below_cost > 0 || lost > 0;
    snprintf(answer, size, "%s",
             t->late > 0                ? "Late in a real queue"
             : t->member_below_cost > 0 ? "Members below their cost"
             : lost > 0                 ? "Lost in the auction"
                                        : "Nothing found");
    snprintf(proof, size,
             "%.1f %% of the awards late in a real queue, %.1f %% pay some member less than its "
             "cost; %.1f %% of the tasks lost because the last bidders left together or the rounds "
             "ran out",
             percent(t->late, t->awarded), percent(t->member_below_cost, t->awarded),
             percent(lost, t->arrived));
    return wrong;
}

static void put_band(const run_page *page)
{
    char text[6][320];
    say_earned(page->report, text[0], text[1], sizeof text[0]);
    say_served(page->report, text[2], text[3], sizeof text[0]);
    bool wrong = say_wrong(page->report, text[4], text[5], sizeof text[0]);
    const page_answer answers[] = {
        {"What did it earn?", text[0], text[1], false},
        {"Who was served?", text[2], text[3], false},
        {"Is anything wrong?", text[4], text[5], wrong},
    };
    page_put_band(&page->html, answers, sizeof answers / sizeof answers[0]);
}

// --- What became of the tasks

static const dcat_column task_columns[] = {
    {.key = "outcome",
     .type = DCAT_COLUMN_TEXT,
     .heading = {"what became of the tasks"},
     .left = true},
    {.key = "tasks", .type = DCAT_COLUMN_COUNT, .heading = {"tasks"}},
    {.key = "share",
     .type = DCAT_COLUMN_NUMBER,
     .heading = {"share", "%"},
     .decimals = 1,
     .drawn = true},
};

#define ALWAYS_TOLD 7 // outcomes

static dcat_status put_outcomes(const run_page *page, dcat_error *err)
{
    const dcat_totals *t = &page->report->result->totals;
    const struct {
        const char *name;
        int64_t count;
    } rows[] = {
        {"won in competition", t->awarded - t->single_awarded},
        {"won without a rival", t->single_awarded},
        {"no cluster could finish in time", t->no_candidate},
        {"nobody bid", t->no_bidder},
        {"the last bidders left together", t->all_left},
        {"the rounds ran out", t->round_limit},
        {"nobody in time was admitted", t->not_admitted},
        {"no cluster has devices for it", t->no_device}, // where there are any
        {"the fee was more than it was worth", t->over_value},
    };
    dcat_table table = {.head = DCAT_TABLE_HEAD("outcomes", "an outcome", task_columns)};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (i >= ALWAYS_TOLD && rows[i].count == 0) {
            continue;
        }
        const dcat_cell cells[] = {dcat_cell_text(rows[i].name),
                                   dcat_cell_count((uint64_t)rows[i].count),
                                   dcat_cell_number(percent(rows[i].count, t->arrived))};
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    dcat_status status = page_put_table(&page->html, "Tasks", NULL, &table, err);
    if (status == DCAT_OK && run_shows_classes(page->report)) {
        dcat_table classes = run_classes_table(page->report, false);
        status = page_put_table(&page->html, "Classes of work", NULL, &classes, err);
        dcat_table_free(&classes);
    }
    fputs("</section>\n", page->html.file);
    dcat_table_free(&table);
    return status;
}

// --- Figures

typedef struct run_figure {
    const run_page *page;
    run_figure_kind kind;
} run_figure;

static dcat_status draw_figure(const void *user, const figure_canvas *canvas, figure_image *image,
                               dcat_error *err)
{
    const run_figure *figure = user;
    return figure_run_draw(figure->page->report, figure->kind, canvas, image, err);
}

static dcat_status add_figures(run_page *page, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    fputs("<section>\n<div class=\"figures\">\n", page->html.file);
    for (run_figure_kind kind = 0; kind < RUN_FIGURE_COUNT && status == DCAT_OK; kind++) {
        const run_figure figure = {page, kind};
        char unit[64], shows[256];
        figure_text text =
            figure_run_text(page->report, kind, unit, sizeof unit, shows, sizeof shows);
        status = page_add_figure(&page->html, &text, draw_figure, &figure, err);
    }
    fputs("</div>\n", page->html.file);
    page_put_trouble(&page->html);
    fputs("</section>\n", page->html.file);
    return status;
}

// --- Clusters

static dcat_status draw_map(const void *user, const figure_canvas *canvas, figure_image *image,
                            dcat_error *err)
{
    return map_scene_draw(user, canvas, image, err);
}

static dcat_status put_clusters(const run_page *page, dcat_error *err)
{
    const dcat_run_report *report = page->report;
    const dcat_world_config *config = dcat_world_config_view(report->world);
    uint32_t count = report->result->cycle_count;
    double duration_s = report->cycle_start_s != NULL
                            ? report->cycle_start_s[count] - report->cycle_start_s[0]
                            : (double)count * config->slots_per_cycle * config->slot_s;
    dcat_table table;
    size_t left_out = 0;
    char note[96];
    clusters_shown_make(report->scenario, report->state, duration_s, &table, &left_out);
    snprintf(note, sizeof note, "The fastest; %zu more are left out.", left_out);
    dcat_status status =
        page_put_table(&page->html, "Clusters", left_out > 0 ? note : NULL, &table, err);
    fputs("</section>\n", page->html.file);
    dcat_table_free(&table);
    return status;
}

static dcat_status add_map(run_page *page, dcat_error *err)
{
    const dcat_run_report *report = page->report;
    const dcat_observation demand = {
        .area_count = dcat_world_area_count(report->world),
        .arrivals_per_slot = (double *)report->arrivals_per_slot,
    };
    uint32_t last = report->config->cycle_first + (uint32_t)report->result->cycle_count - 1;
    const dcat_cluster_report clusters = {
        .scenario = report->scenario,
        .state = report->state,
        .observation = report->arrivals_per_slot != NULL ? &demand : NULL,
        .clusterer = dcat_policy_clusterer_name(&report->config->policy),
        .cycle = last,
    };
    map_scene scene;
    dcat_status status = map_scene_create(&clusters, &scene, err);
    if (status != DCAT_OK) {
        return status;
    }
    char unit[64], shows[256];
    snprintf(unit, sizeof unit, "as they are in cycle %" PRIu32, last);
    map_scene_say(&scene, shows, sizeof shows);
    const figure_text text = {
        .name = "map",
        .title = "Clusters",
        .unit = unit,
        .caption = MAP_CAPTION " Circles: tasks that arrive in an area, mean over the run.",
        .shows = shows,
        .file_width = MAP_FILE_WIDTH,
        .wide_width = scene.geographic ? MAP_FILE_WIDTH : 0,
    };
    page->html.wide = scene.geographic;
    fprintf(page->html.file, "<div class=\"%s\">\n", page->html.wide ? "below" : "figures");
    status = page_add_figure(&page->html, &text, draw_map, &scene, err);
    page_put_trouble(&page->html);
    if (status == DCAT_OK) {
        status = put_clusters(page, err);
    }
    fputs("</div>\n", page->html.file);
    map_scene_free(&scene);
    return status;
}

// --- All

static dcat_status put_page(run_page *page, const dcat_manifest *manifest, dcat_error *err)
{
    put_band(page);
    dcat_status status = put_outcomes(page, err);
    if (status == DCAT_OK) {
        status = add_figures(page, err);
    }
    if (status == DCAT_OK && page->report->state != NULL) {
        status = add_map(page, err);
    }
    page_put_origin(&page->html, manifest,
                    "the numbers are the same on every machine; the folder of this page holds them "
                    "as CSV and JSON, and the figures as files.");
    return page_finish(&page->html, status, err);
}

dcat_status dcat_write_run_report(const dcat_run_report *report, const dcat_manifest *manifest,
                                  dcat_output *output, dcat_error *err)
{
    const char *name = dcat_scenario_name(report->scenario);
    const char *title = dcat_scenario_title(report->scenario);
    char policy[DCAT_POLICY_TEXT_SIZE];
    char facts[512];
    dcat_policy_text(&report->config->policy, policy);
    snprintf(facts, sizeof facts,
             "%s on %zu servers and %zu areas; %" PRIu32 " cycle%s from cycle %" PRIu32
             ", seed %" PRIu64,
             policy, dcat_world_server_count(report->world), dcat_world_area_count(report->world),
             (uint32_t)report->result->cycle_count, report->result->cycle_count == 1 ? "" : "s",
             report->config->cycle_first, report->config->seed);
    const page_names names = {.command = "dcat simulate",
                              .subject = name,
                              .title = name,
                              .heading = title[0] != '\0' ? title : name,
                              .facts = facts};
    run_page page = {.report = report, .html = {.output = output}};
    dcat_status status = page_open(&page.html, &names, err);
    return status == DCAT_OK ? put_page(&page, manifest, err) : status;
}
