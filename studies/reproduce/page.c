// SPDX-License-Identifier: Apache-2.0
// The page of a study: what was run, the tables, the figures, how to get it again.

#include "reproduce/write.h"

#include "report/page/page.h"
#include "reproduce/figure.h"

typedef struct page {
    const reproduce_study *study;
    html_page html;
} page;

static void put_lead(const page *p)
{
    const reproduce_study *study = p->study;
    char headline[512];
    reproduce_headline(study, headline, sizeof headline);
    const page_answer answer = {.question = "What came out?", .answer = headline};
    page_put_band(&p->html, &answer, 1);
    for (size_t r = 0; r < study->remark_count; r++) {
        page_put_note(&p->html, study->remarks[r]);
    }
}

// --- Tables

static dcat_status put_table(void *user, const char *title, const char *note,
                             const dcat_table *table, dcat_error *err)
{
    const page *p = user;
    dcat_status status = page_put_table(&p->html, title, note, table, err);
    fputs("</section>\n", p->html.file);
    return status;
}

// --- Figures

typedef struct drawing {
    const reproduce_study *study;
    const reproduce_figure *figure;
} drawing;

static dcat_status draw(const void *user, const figure_canvas *canvas, figure_image *image,
                        dcat_error *err)
{
    const drawing *d = user;
    return reproduce_draw(d->study, d->figure, canvas, image, err);
}

static dcat_status add_figures(page *p, dcat_error *err)
{
    reproduce_figure figures[REPRODUCE_FIGURE_MAX];
    size_t count = reproduce_figures_of(p->study, figures);
    dcat_status status = DCAT_OK;
    if (count == 0) {
        return DCAT_OK;
    }
    fputs("<section>\n<h2>Figures</h2>\n<div class=\"figures\">\n", p->html.file);
    for (size_t f = 0; f < count && status == DCAT_OK; f++) {
        const drawing figure = {p->study, &figures[f]};
        const figure_text text = {.name = figures[f].name,
                                  .title = figures[f].title,
                                  .caption = figures[f].plan->caption,
                                  .file_width = REPRODUCE_FIGURE_WIDTH};
        status = page_add_figure(&p->html, &text, draw, &figure, err);
        page_put_trouble(&p->html);
    }
    fputs("</div>\n</section>\n", p->html.file);
    return status;
}

// --- Foot

static void put_origin(const page *p, const dcat_manifest *manifest)
{
    char text[640];
    snprintf(text, sizeof text,
             "%zu jobs were kept from before, %zu ran now. Algorithms that do not learn on the "
             "world, and those that decide by a given policy, give the same numbers on every "
             "machine; training goes through a linear algebra library whose kernels differ by "
             "processor, so what it makes agrees between machines within the intervals only. "
             "Numbers never depend on the number of threads.",
             p->study->recalled, p->study->to_do);
    page_put_origin(&p->html, manifest, text);
}

dcat_status reproduce_write_page(const reproduce_study *study, const dcat_manifest *manifest,
                                 dcat_output *output, dcat_error *err)
{
    const page_names names = {
        .command = "dcat reproduce",
        .title = study->options.quick ? "QUICK: The paper reproduced" : "The paper reproduced",
        .heading = study->options.quick ? "QUICK RUN: The paper's evaluation, reproduced"
                                        : "The paper's evaluation, reproduced",
    };
    page p = {.study = study, .html = {.output = output, .png = true}};
    dcat_status status = page_open(&p.html, &names, err);
    if (status != DCAT_OK) {
        return status;
    }
    const reproduce_table_writer writer = {&p, true, put_table};
    put_lead(&p);
    status = add_figures(&p, err);
    if (status == DCAT_OK) {
        status = reproduce_write_tables(study, &writer, false, err);
    }
    put_origin(&p, manifest);
    return page_finish(&p.html, status, err);
}
