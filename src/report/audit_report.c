// SPDX-License-Identifier: Apache-2.0
// An audit as one self-contained HTML page with figures by gnuplot.

#include "dcat/x/report.h"

#include "dcat/version.h"
#include "dcat/x/file.h"
#include "file/write_text.h"
#include "report/audit_figure.h"
#include "report/audit_table.h"
#include "report/manifest.h"
#include "report/report_parts.h"
#include "report/report_style.h"
#include <inttypes.h>

#define COMMAND_TEXT_SIZE 4096

typedef struct audit_page {
    const dcat_audit_report *report;
    dcat_output *output;
    FILE *file;
    bool png;
} audit_page;

static void put_head(const audit_page *page)
{
    const dcat_audit_report *report = page->report;
    const char *name = dcat_scenario_name(report->scenario);
    const char *title = dcat_scenario_title(report->scenario);
    char text[AUDIT_SENTENCE_SIZE];
    FILE *file = page->file;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          file);
    html_put_text(file, name);
    fputs(" - dcat audit</title>\n<style>\n", file);
    fputs(report_style, file);
    fputs("</style>\n</head>\n<body>\n<header>\n<p class=\"eyebrow\">dcat audit &middot; ", file);
    html_put_text(file, name);
    fputs("</p>\n<h1>", file);
    html_put_text(file, title[0] != '\0' ? title : name);
    fputs("</h1>\n<p class=\"lead\">", file);
    for (size_t i = 0; audit_verdict_sentence(report, i, text); i++) {
        fputs(i > 0 ? "<br>" : "", file);
        html_put_text(file, text);
    }
    fprintf(file,
            "</p>\n<p class=\"note\">%" PRIu32 " cycles in each of %zu world%s, seed %" PRIu64
            ", clusters by ",
            report->config->cycle_count, report->config->world_count,
            report->config->world_count == 1 ? "" : "s", report->seed);
    html_put_text(file, dcat_policy_clusterer_name(&report->config->policies[0]));
    fputs(". Every number is a count over cases that were tried: 0 means none among them.</p>\n"
          "</header>\n<main>\n",
          file);
}

static dcat_status put_table(const audit_page *page, audit_table_kind kind, dcat_error *err)
{
    audit_table made;
    audit_table_make(page->report, kind, &made);
    fputs("<section>\n<h2>", page->file);
    html_put_text(page->file, made.title);
    fputs("</h2>\n<p class=\"note\">", page->file);
    html_put_text(page->file, made.note);
    fputs("</p>\n", page->file);
    dcat_status status = dcat_table_write_html(&made.table, page->file, err);
    dcat_table_free(&made.table);
    return status;
}

static void put_theorem2_sentences(const audit_page *page)
{
    char text[AUDIT_SENTENCE_SIZE];
    fputs("<ul>\n", page->file);
    for (size_t i = 0; audit_theorem2_sentence(page->report->theorem2, i, text); i++) {
        fputs("<li>", page->file);
        html_put_text(page->file, text);
        fputs("</li>\n", page->file);
    }
    fputs("</ul>\n", page->file);
}

// --- figures

typedef struct audit_figure {
    const audit_page *page;
    audit_figure_kind kind;
} audit_figure;

static dcat_status draw_figure(const void *user, figure_format format, figure_image *image,
                               dcat_error *err)
{
    const audit_figure *figure = user;
    return audit_figure_draw(figure->page->report, figure->kind, format, image, err);
}

static dcat_status add_figure(const audit_page *page, audit_figure_kind kind, dcat_error *err)
{
    const audit_figure figure = {page, kind};
    figure_page figures = {.output = page->output,
                           .file = page->file,
                           .png = page->png,
                           .wide = true,
                           .drawable = true};
    dcat_status status =
        figure_page_add(&figures, &audit_figure_texts[kind], draw_figure, &figure, err);
    figure_page_put_trouble(&figures);
    return status;
}

// --- all

static dcat_status put_sections(const audit_page *page, dcat_error *err)
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
        fputs("</section>\n", page->file);
    }
    return status;
}

static void put_reproduction(const audit_page *page, const dcat_manifest *manifest)
{
    char text[COMMAND_TEXT_SIZE];
    char number[NUMBER_TEXT_SIZE];
    FILE *file = page->file;
    fputs("<section>\n<h2>How to get these numbers again</h2>\n<pre>", file);
    manifest_command_text(manifest, text, sizeof text);
    html_put_text(file, text);
    fputs("</pre>\n<p class=\"note\">dcat ", file);
    html_put_text(file, dcat_version());
    fputs(", commit ", file);
    html_put_text(file, dcat_commit());
    number_fixed(page->report->wall_s, 1, number);
    fprintf(file,
            "; %s s. The numbers are the same for any number of threads. The folder of this page "
            "holds all of them as JSON and CSV.</p>\n</section>\n",
            number);
}

dcat_status dcat_write_audit_report(const dcat_audit_report *report, const dcat_manifest *manifest,
                                    dcat_output *output, bool png, dcat_error *err)
{
    dcat_error own = {0};
    audit_page page = {.report = report, .output = output, .png = png};
    page.file = dcat_output_file(output, "report.html", &own);
    if (page.file == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    put_head(&page);
    dcat_status status = put_sections(&page, err);
    put_reproduction(&page, manifest);
    report_put_foot(page.file);
    if (status == DCAT_OK && ferror(page.file)) {
        status = dcat_fail(err, DCAT_ERR_IO, "writing report.html failed");
    }
    return status;
}
