// SPDX-License-Identifier: Apache-2.0
// The HTML report of a comparison: text from report_parts.c, figures by gnuplot, and a map.

#include "dcat/x/report.h"
#include "report/result/tables.h"

#include "file/write_text.h"
#include "report/figure/compare.h"
#include "report/map/scene.h"
#include "report/report_parts.h"
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

static dcat_status draw_figure(const void *user, figure_format format, figure_image *image,
                               dcat_error *err)
{
    const compare_figure *figure = user;
    return figure_compare_draw(figure->page->report, figure->page->demand, figure->kind, format,
                               image, err);
}

// A figure in words, for those who do not see it: its extremes, and where the rest is. False
// without memory.
static bool say_what_is_seen(const report_page *page, figure_kind kind, char *text, size_t size)
{
    static const struct {
        const char *measure;
        size_t column;
    } of[FIGURE_KIND_COUNT] = {
        [FIGURE_PROFIT] = {"profit per cycle", COMPARE_PROFIT},
        [FIGURE_OFFLOADING] = {"tasks served, %", COMPARE_OFFLOADING},
        [FIGURE_GAIN] = {"gain over the baseline, %", COMPARE_GAIN},
    };
    const dcat_compare_report *report = page->report;
    size_t count = report->config->policy_count;
    if (of[kind].measure != NULL && count > 0) {
        char first[DCAT_POLICY_TEXT_SIZE], base[DCAT_POLICY_TEXT_SIZE];
        char most[DCAT_SHOWN_SIZE], least[DCAT_SHOWN_SIZE];
        dcat_policy_text(&report->rows[facts_best(report)].policy, first);
        dcat_policy_text(&report->rows[report->baseline].policy, base);
        if (!compare_cell_text(report, 0, of[kind].column, most) ||
            !compare_cell_text(report, count - 1, of[kind].column, least)) {
            return false;
        }
        snprintf(
            text, size,
            "A row for each of %zu policies, best profit first: %s is %s for %s and %s for the "
            "last; the baseline is %s. The table above has the numbers.",
            count, of[kind].measure, most, first, least, base);
    } else if (kind == FIGURE_DEMAND) {
        double least = INFINITY, most = 0.0;
        for (uint32_t c = 0; c < report->config->cycle_count; c++) {
            least = fmin(least, page->demand->arrivals[c]);
            most = fmax(most, page->demand->arrivals[c]);
        }
        snprintf(text, size, "A line over %u cycles, between %.0f and %.0f tasks.",
                 (unsigned)report->config->cycle_count, least, most);
    } else {
        snprintf(text, size, "A bar for each of %zu policies. %s", count,
                 figure_texts[kind].caption);
    }
    return true;
}

static dcat_status add_figures(report_page *page, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    fputs("<section>\n<h2>Figures</h2>\n<div class=\"figures\">\n", page->html.file);
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

static dcat_status draw_map(const void *user, figure_format format, figure_image *image,
                            dcat_error *err)
{
    return map_scene_draw(user, format, image, err);
}

static dcat_status add_map(report_page *page, dcat_error *err)
{
    const dcat_compare_report *report = page->report;
    map_job job = {.page = page, .row = &report->rows[facts_best(report)], .err = err};
    dcat_status status = page->html.drawable ? run_for_map(&job, err) : DCAT_OK;
    if (status != DCAT_OK || !page->html.drawable) {
        return status;
    }
    char title[256];
    char caption[512];
    char policy[DCAT_POLICY_TEXT_SIZE];
    dcat_policy_text(&job.row->policy, policy);
    snprintf(title, sizeof title, "Clusters of %s in world 1, cycle %u", policy,
             (unsigned)report->config->cycle_first);
    snprintf(caption, sizeof caption,
             "Servers of one colour that share an outline act as one cluster; grey ones stay "
             "alone. %zu servers form %d clusters. Orange circles: tasks that arrive in an area, "
             "mean over the compared cycles.",
             job.scene.server_count, (int)job.scene.cluster_count);
    const figure_text text = {"map", title, caption, NULL};
    fputs("<section>\n<h2>Map</h2>\n<div class=\"wide\">\n", page->html.file);
    status = page_add_figure(&page->html, &text, draw_map, &job.scene, err);
    page_put_trouble(&page->html);
    fputs("</div>\n</section>\n", page->html.file);
    map_scene_free(&job.scene);
    return status;
}

// --- All

static dcat_status put_page(report_page *page, const dcat_manifest *manifest, dcat_error *err)
{
    report_put_lead(page->report, page->html.file);
    dcat_status status = report_put_table(page->report, page->html.file, err);
    if (status == DCAT_OK) {
        status = add_figures(page, err);
    }
    if (status == DCAT_OK) {
        status = add_map(page, err);
    }
    report_put_facts(page->report, page->demand, page->html.file);
    report_put_glossary(page->html.file);
    report_put_reproduction(page->report, manifest, &page->html);
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
    status = report_open(report, &page.html, err);
    if (status == DCAT_OK) {
        status = put_page(&page, manifest, err);
    }
    demand_facts_destroy(&demand);
    return status;
}
