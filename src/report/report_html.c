// SPDX-License-Identifier: Apache-2.0
// The HTML report of a comparison: text from report_parts.c, figures by gnuplot, and a map.

#include "dcat/x/report.h"
#include "report/result/tables.h"

#include "file/write_text.h"
#include "report/figure/compare.h"
#include "report/map/scene.h"
#include "report/report_parts.h"
#include "report/result/clusters.h"
#include "report/result/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct report_page {
    const dcat_compare_report *report;
    const demand_facts *demand;
    html_page html;
} report_page;

// A figure of the comparison.
typedef struct compare_figure {
    const report_page *page;
    figure_kind kind;
} compare_figure;

static dcat_status draw_figure(const void *user, const figure_canvas *canvas, figure_image *image,
                               dcat_error *err)
{
    const compare_figure *figure = user;
    return figure_compare_draw(figure->page->report, figure->page->demand, figure->kind, canvas,
                               image, err);
}

// A figure in words, for those who do not see it: its extremes. False without memory.
static bool say_what_is_seen(const report_page *page, figure_kind kind, char *text, size_t size)
{
    const dcat_compare_report *report = page->report;
    size_t count = report->config->policy_count;
    size_t best = facts_best(report);
    char first[DCAT_POLICY_TEXT_SIZE], base[DCAT_POLICY_TEXT_SIZE];
    dcat_policy_text(&report->rows[best].policy, first);
    dcat_policy_text(&report->rows[report->baseline].policy, base);
    dcat_totals totals = facts_totals(report, best);
    task_shares shares = facts_shares(&totals);
    const dcat_compare_row *row = &report->rows[best];
    const char *ies = count == 1 ? "y" : "ies";
    if (kind == FIGURE_GAIN) {
        char most[DCAT_SHOWN_SIZE], least[DCAT_SHOWN_SIZE];
        if (!compare_cell_text(report, 0, COMPARE_GAIN, most) ||
            !compare_cell_text(report, count - 1, COMPARE_GAIN, least)) {
            return false;
        }
        snprintf(text, size,
                 "A row for each of %zu polic%s, best profit first: the gain over %s is %s %% for "
                 "%s and %s %% for the last. The table above has the numbers.",
                 count, ies, base, most, first, least);
    } else if (kind == FIGURE_OUTCOMES) {
        snprintf(text, size,
                 "A bar for each of %zu polic%s. Of the tasks of %s, %.0f %% were won in "
                 "competition and %.0f %% without a rival; %.0f %% came too late for all and "
                 "%.0f %% were lost in the auction.",
                 count, ies, first, 100.0 * shares.sold_contested, 100.0 * shares.sold_single,
                 100.0 * shares.no_candidate, 100.0 * (shares.all_left + shares.other));
    } else if (kind == FIGURE_DELAYS) {
        snprintf(text, size,
                 "A bar for each of %zu polic%s. A task that %s serves takes %.2f s to transfer, "
                 "waits %.2f s and is processed in %.2f s.",
                 count, ies, first, row->transfer_s, row->waiting_s, row->processing_s);
    } else {
        double least = INFINITY, most = 0.0;
        for (uint32_t c = 0; c < report->config->cycle_count; c++) {
            least = fmin(least, page->demand->arrivals[c]);
            most = fmax(most, page->demand->arrivals[c]);
        }
        snprintf(text, size, "A line over %u cycle%s, between %.0f and %.0f tasks.",
                 (unsigned)report->config->cycle_count, report->config->cycle_count == 1 ? "" : "s",
                 least, most);
    }
    return true;
}

static dcat_status add_figures(report_page *page, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    fputs("<section>\n<div class=\"figures\">\n", page->html.file);
    for (figure_kind kind = 0; kind < FIGURE_KIND_COUNT && status == DCAT_OK; kind++) {
        if (figure_compare_applies(page->report, kind)) {
            const compare_figure figure = {page, kind};
            char shows[512];
            figure_text text = figure_texts[kind];
            text.shows = shows;
            status = say_what_is_seen(page, kind, shows, sizeof shows)
                         ? page_add_figure(&page->html, &text, draw_figure, &figure, err)
                         : dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
        }
    }
    fputs("</div>\n", page->html.file);
    page_put_trouble(&page->html);
    fputs("</section>\n", page->html.file);
    return status;
}

// --- Map

typedef struct map_job {
    const report_page *page;
    const dcat_compare_row *row;
    map_scene scene;
    dcat_table clusters; // of the scene
    size_t left_out;     // of these
    dcat_status status;
    dcat_error *err;
} map_job;

// The scene is taken when the first cycle has ended and its state still holds the clusters.
static bool take_scene(void *user, const dcat_cycle_record *cycle)
{
    map_job *job = user;
    const dcat_observation demand = {
        .area_count = dcat_world_area_count(dcat_state_world(cycle->state)),
        .arrivals_per_slot = job->page->demand->area_per_slot,
    };
    const dcat_cluster_report report = {
        .scenario = job->page->report->scenario,
        .state = cycle->state,
        .observation = &demand,
        .clusterer = dcat_policy_clusterer_name(&job->row->policy),
        .cycle = cycle->cycle,
    };
    job->status = map_scene_create(&report, &job->scene, job->err);
    clusters_shown_make(report.scenario, cycle->state, 0.0, &job->clusters, &job->left_out);
    return false;
}

// The clusters of the best policy in the first world and cycle. They are decided again: a
// comparison keeps numbers, not clusters.
static dcat_status run_for_map(map_job *job, dcat_error *err)
{
    const dcat_compare_config *config = job->page->report->config;
    const dcat_run_config run = {
        DCAT_SIZED(dcat_run_config),        .policy = job->row->policy, .seed = config->seeds[0],
        .cycle_first = config->cycle_first, .cycle_count = 1,
    };
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = job,
                                  .after_cycle = take_scene};
    dcat_run_result result;
    dcat_status status =
        dcat_run(job->page->report->world, dcat_scenario_demand_view(job->page->report->scenario),
                 &run, &hooks, NULL, &result, err);
    return status != DCAT_OK ? status : job->status;
}

static dcat_status draw_map(const void *user, const figure_canvas *canvas, figure_image *image,
                            dcat_error *err)
{
    return map_scene_draw(user, canvas, image, err);
}

static dcat_status put_clusters(const report_page *page, const map_job *job, dcat_error *err)
{
    char note[96];
    snprintf(note, sizeof note, "The fastest; %zu more are left out.", job->left_out);
    dcat_status status = page_put_table(&page->html, "Clusters", job->left_out > 0 ? note : NULL,
                                        &job->clusters, err);
    fputs("</section>\n", page->html.file);
    return status;
}

// The map and its table. Without gnuplot the table is there.
static dcat_status add_map(report_page *page, dcat_error *err)
{
    const dcat_compare_report *report = page->report;
    map_job job = {.page = page, .row = &report->rows[facts_best(report)], .err = err};
    dcat_status status = run_for_map(&job, err);
    if (status == DCAT_OK) {
        char title[256];
        char unit[64];
        char shows[256];
        char policy[DCAT_POLICY_TEXT_SIZE];
        dcat_policy_text(&job.row->policy, policy);
        snprintf(title, sizeof title, "Clusters of %s", policy);
        snprintf(unit, sizeof unit, "world 1, cycle %u", (unsigned)report->config->cycle_first);
        map_scene_say(&job.scene, shows, sizeof shows);
        const figure_text text = {
            .name = "map",
            .title = title,
            .unit = unit,
            .caption = MAP_CAPTION " Circles: tasks that arrive in an area, mean over the compared "
                                   "cycles.",
            .shows = shows,
            .file_width = MAP_FILE_WIDTH,
            // On the Earth there are many names to read; in a plane the table stands beside the
            // map.
            .wide_width = job.scene.geographic ? MAP_FILE_WIDTH : 0,
        };
        page->html.wide = job.scene.geographic;
        fprintf(page->html.file, "<div class=\"%s\">\n", page->html.wide ? "below" : "figures");
        status = page_add_figure(&page->html, &text, draw_map, &job.scene, err);
        page_put_trouble(&page->html);
    }
    if (status == DCAT_OK) {
        status = put_clusters(page, &job, err);
        fputs("</div>\n", page->html.file);
    }
    dcat_table_free(&job.clusters);
    map_scene_free(&job.scene);
    return status;
}

// --- All

static dcat_status put_page(report_page *page, const dcat_manifest *manifest, dcat_error *err)
{
    dcat_status status = report_put_band(page->report, &page->html, err);
    if (status == DCAT_OK) {
        status = report_put_table(page->report, page->html.file, err);
    }
    if (status == DCAT_OK) {
        status = add_figures(page, err);
    }
    if (status == DCAT_OK) {
        status = add_map(page, err);
    }
    report_put_reproduction(page->report, manifest, &page->html);
    report_put_glossary(page->html.file);
    return page_finish(&page->html, status, err);
}

dcat_status compare_write_report(const dcat_compare_report *report, const dcat_manifest *manifest,
                                 dcat_output *output, bool png, dcat_error *err)
{
    demand_facts demand;
    dcat_status status = demand_facts_create(report, &demand, err);
    if (status != DCAT_OK) {
        return status;
    }
    report_page page = {
        .report = report,
        .demand = &demand,
        .html = {.output = output, .png = png},
    };
    status = report_open(report, &demand, &page.html, err);
    if (status == DCAT_OK) {
        status = put_page(&page, manifest, err);
    }
    demand_facts_destroy(&demand);
    return status;
}
