// SPDX-License-Identifier: Apache-2.0
// An audit as one self-contained HTML page with figures by gnuplot.

#include "dcat/x/report.h"

#include "file/write_text.h"
#include "report/audit/figure.h"
#include "report/audit/table.h"
#include "report/page/page.h"
#include <inttypes.h>

typedef struct audit_page {
    const dcat_audit_report *report;
    html_page html;
} audit_page;

#define ANSWERS 3 // broken promises that are named; the tables have all

static void put_band(const audit_page *page)
{
    char texts[ANSWERS][AUDIT_SENTENCE_SIZE];
    page_answer answers[ANSWERS];
    bool broken = false;
    size_t count = 0;
    for (size_t p = 0; p < page->report->config->policy_count; p++) {
        broken = broken || dcat_audit_failed(&page->report->results[p]);
    }
    while (count < ANSWERS && audit_verdict_sentence(page->report, count, texts[count])) {
        answers[count] = (page_answer){.answer = texts[count], .doubt = broken};
        count++;
    }
    answers[0].question = "Do the auctions keep what they promise?";
    answers[0].proof =
        "Every number below is a count over cases that were tried: 0 means none among them.";
    page_put_band(&page->html, answers, count);
}

static dcat_status put_table(const audit_page *page, audit_table_kind kind, dcat_error *err)
{
    audit_table made;
    audit_table_make(page->report, kind, &made);
    dcat_status status = page_put_table(&page->html, made.title, made.note, &made.table, err);
    dcat_table_free(&made.table);
    return status;
}

static void put_theorem2_sentences(const audit_page *page)
{
    char text[AUDIT_SENTENCE_SIZE];
    fputs("<ul>\n", page->html.file);
    for (size_t i = 0; audit_theorem2_sentence(page->report->theorem2, i, text); i++) {
        fputs("<li>", page->html.file);
        html_put_text(page->html.file, text);
        fputs("</li>\n", page->html.file);
    }
    fputs("</ul>\n", page->html.file);
}

// --- figures

typedef struct audit_figure {
    const audit_page *page;
    audit_figure_kind kind;
} audit_figure;

static dcat_status draw_figure(const void *user, const figure_canvas *canvas, figure_image *image,
                               dcat_error *err)
{
    const audit_figure *figure = user;
    return audit_figure_draw(figure->page->report, figure->kind, canvas, image, err);
}

static dcat_status add_figure(audit_page *page, audit_figure_kind kind, dcat_error *err)
{
    const audit_figure figure = {page, kind};
    dcat_status status =
        page_add_figure(&page->html, &audit_figure_texts[kind], draw_figure, &figure, err);
    page_put_trouble(&page->html);
    return status;
}

// --- all

static dcat_status put_sections(audit_page *page, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (audit_table_kind kind = 0; kind < AUDIT_TABLE_COUNT && status == DCAT_OK; kind++) {
        if (!audit_table_applies(page->report, kind)) {
            continue;
        }
        status = put_table(page, kind, err);
        if (status == DCAT_OK && kind == AUDIT_TABLE_GAMING) {
            status = add_figure(page, AUDIT_FIGURE_GAMING, err);
        } else if (status == DCAT_OK && kind == AUDIT_TABLE_THEOREM2) {
            put_theorem2_sentences(page);
            status = add_figure(page, AUDIT_FIGURE_THEOREM2, err);
        }
        fputs("</section>\n", page->html.file);
    }
    return status;
}

static void put_origin(const audit_page *page, const dcat_manifest *manifest)
{
    char number[NUMBER_TEXT_SIZE];
    char text[256];
    number_fixed(page->report->wall_s, 1, number);
    snprintf(text, sizeof text,
             "%s s. The numbers are the same for any number of threads. The folder of this page "
             "holds all of them as JSON and CSV.",
             number);
    page_put_origin(&page->html, manifest, text);
}

dcat_status dcat_write_audit_report(const dcat_audit_report *report, const dcat_manifest *manifest,
                                    dcat_output *output, bool png, dcat_error *err)
{
    const char *name = dcat_scenario_name(report->scenario);
    const char *title = dcat_scenario_title(report->scenario);
    char facts[256];
    snprintf(facts, sizeof facts,
             "%" PRIu32 " cycles in each of %zu world%s, seed %" PRIu64 ", clusters by %s",
             report->config->cycle_count, report->config->world_count,
             report->config->world_count == 1 ? "" : "s", report->seed,
             dcat_policy_clusterer_name(&report->config->policies[0]));
    const page_names names = {"dcat audit", name, name, title[0] != '\0' ? title : name, facts};
    audit_page page = {.report = report, .html = {.output = output, .png = png, .wide = true}};
    dcat_status status = page_open(&page.html, &names, err);
    if (status != DCAT_OK) {
        return status;
    }
    put_band(&page);
    status = put_sections(&page, err);
    put_origin(&page, manifest);
    return page_finish(&page.html, status, err);
}
