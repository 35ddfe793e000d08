// SPDX-License-Identifier: Apache-2.0
// An audit as one self-contained HTML page with figures by gnuplot.
//
// Figures are an extra. When gnuplot is missing or fails, the page says so and keeps its tables.

#include "dcat/x/report.h"

#include "dcat/version.h"
#include "dcat/x/file.h"
#include "file/write_text.h"
#include "report/audit_figure.h"
#include "report/audit_table.h"
#include "report/figure/svg.h"
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

static void put_table(const audit_page *page, audit_table_kind kind)
{
    audit_table table;
    FILE *file = page->file;
    audit_table_make(page->report, kind, &table);
    fputs("<section>\n<h2>", file);
    html_put_text(file, table.title);
    fputs("</h2>\n<p class=\"note\">", file);
    html_put_text(file, table.note);
    fputs("</p>\n<div class=\"scroll\">\n<table>\n<thead><tr>", file);
    for (size_t c = 0; c < table.column_count; c++) {
        fprintf(file, "<th scope=\"col\"%s>", c < table.name_count ? " class=\"name\"" : "");
        html_put_text(file, table.head[0][c]);
        fputs("<small>", file);
        html_put_text(file, table.head[1][c]);
        fputs("</small></th>", file);
    }
    fputs("</tr></thead>\n<tbody>\n", file);
    for (size_t row = 0; row < table.row_count; row++) {
        fputs("<tr>", file);
        for (size_t c = 0; c < table.column_count; c++) {
            fprintf(file, "<td%s>", c < table.name_count ? " class=\"name\"" : "");
            html_put_text(file, table.cell[row][c]);
            fputs("</td>", file);
        }
        fputs("</tr>\n", file);
    }
    fputs("</tbody>\n</table>\n</div>\n", file);
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

static dcat_status save_image(const audit_page *page, const char *name, figure_format format,
                              const figure_image *image, dcat_error *err)
{
    char path[96];
    snprintf(path, sizeof path, "figures/%s.%s", name, format == FIGURE_SVG ? "svg" : "png");
    dcat_error own = {0};
    FILE *file = dcat_output_file(page->output, path, &own);
    if (file == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    if (format == FIGURE_SVG) {
        figure_svg_write(image, file);
    } else {
        fwrite(image->bytes, 1, image->size, file);
    }
    return DCAT_OK;
}

static void put_figure(const audit_page *page, const audit_figure_text *text,
                       const figure_image *svg)
{
    fputs("<div class=\"wide\"><figure>\n<h3>", page->file);
    html_put_text(page->file, text->title);
    fputs("</h3>\n", page->file);
    figure_svg_embed(svg, text->name, text->title, page->file);
    fputs("<figcaption>", page->file);
    html_put_text(page->file, text->caption);
    fputs("</figcaption>\n</figure></div>\n", page->file);
}

// Into page and folder. Only what keeps the folder from being written is an error.
static dcat_status add_figure(const audit_page *page, audit_figure_kind kind, dcat_error *err)
{
    const audit_figure_text *text = &audit_figure_texts[kind];
    dcat_status status = DCAT_OK;
    figure_format last = page->png ? FIGURE_PNG : FIGURE_SVG;
    for (figure_format format = FIGURE_SVG; format <= last && status == DCAT_OK; format++) {
        dcat_error trouble = {0};
        figure_image image;
        if (audit_figure_draw(page->report, kind, format, &image, &trouble) != DCAT_OK) {
            fputs("<p class=\"note\">A figure is missing here: ", page->file);
            html_put_text(page->file, trouble.message);
            fputs(".</p>\n", page->file);
            break;
        }
        if (format == FIGURE_SVG) {
            put_figure(page, text, &image);
        }
        status = save_image(page, text->name, format, &image, err);
        figure_image_free(&image);
    }
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
        put_table(page, kind);
        if (kind == AUDIT_TABLE_GAMING) {
            status = add_figure(page, AUDIT_FIGURE_GAMING, err);
        } else if (kind == AUDIT_TABLE_THEOREM2) {
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
