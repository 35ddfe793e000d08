// SPDX-License-Identifier: Apache-2.0
// What was tuned as text, as JSON, and as a folder with a page.

#include "dcat/x/tune_report.h"

#include "file/json_write.h"
#include "file/write_text.h"
#include "report/json_values.h"
#include "report/page/page.h"
#include "report/tune/figure.h"
#include "report/tune/table.h"

#include <math.h>

#define WIDTH 80

// --- text

static void put_settings(const dcat_tune_result *result, FILE *file)
{
    bool any = false;
    for (size_t i = 0; i < result->lever_count; i++) {
        const dcat_tune_lever *lever = &result->levers[i];
        if (lever->changed) {
            fprintf(file, "%s--set %s=%s", any ? " " : "", lever->key, lever->after);
            any = true;
        }
    }
    fputs(any ? "\n" : "The scenario's own settings are the best found.\n", file);
}

dcat_status dcat_write_tune_text(const dcat_tune_report *report, FILE *file, dcat_error *err)
{
    char text[TUNE_SENTENCE_SIZE];
    for (size_t i = 0; tune_sentence(report, i, text); i++) {
        dcat_write_wrapped(text, WIDTH, file);
    }
    dcat_table levers = tune_levers_table(report), moves = tune_moves_table(report);
    putc('\n', file);
    dcat_status status = dcat_table_write_text(&levers, file, err);
    if (status == DCAT_OK && moves.row_count > 0) {
        fputs("\nWhen something is other than expected, on validation days:\n", file);
        status = dcat_table_write_text(&moves, file, err);
    }
    putc('\n', file);
    put_settings(report->result, file);
    dcat_table_free(&levers);
    dcat_table_free(&moves);
    return status;
}

// --- JSON

static json_t *setting_json(const dcat_tune_lever *lever)
{
    return lever->number && isfinite(lever->value) ? json_number(lever->value)
                                                   : json_text(lever->after);
}

dcat_status dcat_write_tune_json(const dcat_tune_report *report, FILE *file, dcat_error *err)
{
    const dcat_tune_result *result = report->result;
    json_t *settings = json_object(), *ablation = json_array();
    for (size_t i = 0; i < result->lever_count; i++) {
        const dcat_tune_lever *lever = &result->levers[i];
        settings = json_with(settings, lever->key, setting_json(lever));
        if (lever->changed) {
            ablation = json_plus(ablation, json_pack("{s:s, s:o, s:o}", "lever", lever->key,
                                                     "alone", json_estimate(lever->alone),
                                                     "without", json_estimate(lever->without)));
        }
    }
    json_t *document = json_pack("{s:o, s:o, s:o}", "settings", settings, "gain",
                                 json_estimate(result->gain), "ablation", ablation);
    return json_write(document, file, err);
}

// --- the page

static dcat_status put_table(const html_page *page, const char *title, const char *note,
                             dcat_table table, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    if (table.row_count > 0) {
        status = page_put_table(page, title, note, &table, err);
        fputs("</section>\n", page->file);
    }
    dcat_table_free(&table);
    return status;
}

typedef struct drawing {
    const dcat_tune_result *result;
    tune_figure_kind kind;
} drawing;

static dcat_status draw(const void *user, const figure_canvas *canvas, figure_image *image,
                        dcat_error *err)
{
    const drawing *d = user;
    return tune_figure_draw(d->result, d->kind, canvas, image, err);
}

static dcat_status put_figures(const dcat_tune_report *report, html_page *page, dcat_error *err)
{
    const dcat_tune_result *result = report->result;
    dcat_status status = DCAT_OK;
    fputs("<section>\n<div class=\"figures\">\n", page->file);
    for (int kind = 0; kind < TUNE_FIGURE_COUNT && status == DCAT_OK; kind++) {
        const drawing d = {result, (tune_figure_kind)kind};
        if (tune_figure_applies(result, d.kind)) {
            char shows[TUNE_SENTENCE_SIZE];
            figure_text text = tune_figure_texts[kind];
            if (tune_sentence(report, (size_t)kind, shows)) { // the gain; of how many proposals
                text.shows = shows;
            }
            status = page_add_figure(page, &text, draw, &d, err);
        }
    }
    fputs("</div>\n", page->file);
    page_put_trouble(page);
    fputs("</section>\n", page->file);
    return status;
}

static dcat_status put_sections(const dcat_tune_report *report, html_page *page, dcat_error *err)
{
    dcat_status status = put_table(
        page, "Levers",
        "Gains are on test days, over the scenario's own settings, paired by world: with this "
        "lever alone at its new value, and with all the others at theirs.",
        tune_levers_table(report), err);
    fputs("<pre>", page->file);
    put_settings(report->result, page->file);
    fputs("</pre>\n", page->file);
    if (status == DCAT_OK) {
        status = put_figures(report, page, err);
    }
    if (status == DCAT_OK) {
        status = put_table(
            page, "When something is other than expected",
            "On validation days. A lever moved by a quarter: change over the settings found. "
            "Servers or data as they are not: change over what the scenario's own settings earn "
            "there.",
            tune_moves_table(report), err);
    }
    if (status == DCAT_OK) { // hundreds of rows, which stand in tries.csv, too
        fputs("<details>\n<summary>All proposals, one by one</summary>\n", page->file);
        status = put_table(page, "Proposals",
                           "On training days, over the scenario's own settings. The safe gain is "
                           "what a proposal counts for once it must not stand at a cliff.",
                           tune_tries_table(report), err);
        fputs("</details>\n", page->file);
    }
    return status;
}

static dcat_status write_page(const dcat_tune_report *report, const dcat_manifest *manifest,
                              dcat_output *output, dcat_error *err)
{
    const char *name = dcat_scenario_name(manifest->scenario);
    const char *title = dcat_scenario_title(manifest->scenario);
    const page_names names = {.command = "dcat tune",
                              .subject = name,
                              .title = name,
                              .heading = title[0] != '\0' ? title : name};
    html_page page = {.output = output};
    dcat_status status = page_open(&page, &names, err);
    if (status != DCAT_OK) {
        return status;
    }
    char text[TUNE_SENTENCE_SIZE];
    for (size_t i = 0; tune_sentence(report, i, text); i++) {
        const page_answer answer = {.question = "What came out?", .answer = text};
        if (i == 0) {
            page_put_band(&page, &answer, 1);
        } else {
            page_put_note(&page, text);
        }
    }
    status = put_sections(report, &page, err);
    char wall[NUMBER_TEXT_SIZE];
    number_fixed(manifest->wall_s, 1, wall);
    snprintf(text, sizeof text,
             "%s s. The numbers are the same for any number of threads. The folder of this page "
             "holds all of them as JSON and CSV, and scenario.yaml with the settings found.",
             wall);
    page_put_origin(&page, manifest, text);
    return page_finish(&page, status, err);
}

// --- the folder

static dcat_status write_tables(const dcat_tune_report *report, dcat_output *output,
                                dcat_error *err)
{
    dcat_schema schema = {0};
    dcat_table tables[] = {tune_levers_table(report), tune_moves_table(report),
                           tune_tries_table(report)};
    dcat_status status = DCAT_OK;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        status = status == DCAT_OK ? dcat_table_file(&tables[i], output, &schema, err) : status;
        dcat_table_free(&tables[i]);
    }
    return status == DCAT_OK ? dcat_schema_write(&schema, output, err) : status;
}

dcat_status dcat_write_tune_folder(const dcat_tune_report *report, const dcat_manifest *manifest,
                                   dcat_output *output, dcat_error *err)
{
    dcat_error own = {0};
    dcat_status status = write_tables(report, output, &own);
    FILE *json = status == DCAT_OK ? dcat_output_file(output, "tune.json", &own) : NULL;
    FILE *text = json != NULL ? dcat_output_file(output, "tune.txt", &own) : NULL;
    if (text == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    status = dcat_write_tune_json(report, json, err);
    if (status == DCAT_OK) {
        status = dcat_write_tune_text(report, text, err);
    }
    return status == DCAT_OK ? write_page(report, manifest, output, err) : status;
}
