// SPDX-License-Identifier: Apache-2.0
// The page of a study: what was run, the tables, the figures, how to get it again.

#include "reproduce/write.h"

#include "dcat/version.h"
#include "dcat/x/file.h"
#include "report/figure/page.h"
#include "report/manifest.h"
#include "report/report_style.h"
#include "reproduce/figure.h"
#include <string.h>

#define COMMAND_TEXT_SIZE 4096

typedef struct page {
    const reproduce_study *study;
    dcat_output *output;
    FILE *file;
} page;

// --- Head

static void put_note(const page *p, const char *text)
{
    fputs("<p class=\"note\">", p->file);
    html_put_text(p->file, text);
    fputs("</p>\n", p->file);
}

static void put_head(const page *p)
{
    const reproduce_study *study = p->study;
    char headline[512];
    reproduce_headline(study, headline, sizeof headline);
    fprintf(p->file,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<title>%sThe paper reproduced - dcat</title>\n<style>\n%s</style>\n</head>\n<body>\n"
            "<header>\n<p class=\"eyebrow\">dcat reproduce</p>\n<h1>%sThe paper's evaluation, "
            "reproduced</h1>\n<p class=\"lead\">",
            study->options.quick ? "QUICK: " : "", report_style,
            study->options.quick ? "QUICK RUN: " : "");
    html_put_text(p->file, headline);
    fputs("</p>\n", p->file);
    for (size_t r = 0; r < study->remark_count; r++) {
        put_note(p, study->remarks[r]);
    }
    fputs("</header>\n<main>\n", p->file);
}

// --- Tables

static dcat_status put_table(void *user, const char *title, const char *note,
                             const dcat_table *table, dcat_error *err)
{
    const page *p = user;
    fputs("<section>\n<h2>", p->file);
    html_put_text(p->file, title);
    fputs("</h2>\n", p->file);
    if (note != NULL) {
        put_note(p, note);
    }
    dcat_status status = dcat_table_write_html(table, p->file, err);
    fputs("</section>\n", p->file);
    return status;
}

// --- Figures

typedef struct drawing {
    const reproduce_study *study;
    const reproduce_figure *figure;
} drawing;

static dcat_status draw(const void *user, figure_format format, figure_image *image,
                        dcat_error *err)
{
    const drawing *d = user;
    return reproduce_draw(d->study, d->figure, format, image, err);
}

static dcat_status add_figures(const page *p, dcat_error *err)
{
    reproduce_figure figures[REPRODUCE_FIGURE_MAX];
    size_t count = reproduce_figures_of(p->study, figures);
    figure_page on_page = {.output = p->output, .file = p->file, .png = true, .drawable = true};
    dcat_status status = DCAT_OK;
    if (count == 0) {
        return DCAT_OK;
    }
    fputs("<section>\n<h2>Figures</h2>\n<div class=\"figures\">\n", p->file);
    for (size_t f = 0; f < count && status == DCAT_OK; f++) {
        const drawing figure = {p->study, &figures[f]};
        const figure_text text = {figures[f].name, figures[f].title, figures[f].plan->caption};
        status = figure_page_add(&on_page, &text, draw, &figure, err);
        figure_page_put_trouble(&on_page);
    }
    fputs("</div>\n</section>\n", p->file);
    return status;
}

// --- Foot

static void put_again(const page *p, const dcat_manifest *manifest)
{
    char text[COMMAND_TEXT_SIZE];
    fputs("<section>\n<h2>How to get these numbers again</h2>\n<pre>", p->file);
    manifest_command_text(manifest, text, sizeof text);
    html_put_text(p->file, text);
    fputs("</pre>\n<p class=\"note\">dcat ", p->file);
    snprintf(text, sizeof text, "%s, commit %s; %zu jobs were kept from before, %zu ran now",
             dcat_version(), dcat_commit(), p->study->recalled, p->study->to_do);
    html_put_text(p->file, text);
    fputs(". Algorithms that do not learn on the world, and those that decide by a given policy, "
          "give the same numbers on every machine; training goes through a linear algebra library "
          "whose kernels differ by processor, so what it makes agrees between machines within the "
          "intervals only. Numbers never depend on the number of threads.</p>\n</section>\n",
          p->file);
    fputs("</main>\n<footer>Made by dcat ", p->file);
    html_put_text(p->file, dcat_version());
    fputs(". This page needs no network and no other file.</footer>\n</body>\n</html>\n", p->file);
}

dcat_status reproduce_write_page(const reproduce_study *study, const dcat_manifest *manifest,
                                 dcat_output *output, dcat_error *err)
{
    dcat_error own = {0};
    page p = {.study = study, .output = output};
    p.file = dcat_output_file(output, "report.html", &own);
    if (p.file == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    const reproduce_table_writer writer = {&p, put_table};
    put_head(&p);
    dcat_status status = add_figures(&p, err);
    if (status == DCAT_OK) {
        status = reproduce_write_tables(study, &writer, false, err);
    }
    put_again(&p, manifest);
    if (status == DCAT_OK && ferror(p.file)) {
        status = dcat_fail(err, DCAT_ERR_IO, "writing report.html failed");
    }
    return status;
}
