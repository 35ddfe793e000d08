// SPDX-License-Identifier: Apache-2.0
// The folder of a training: a page, the validations as a table, the manifest.

#include "report/training.h"

#include "dcat/x/table.h"
#include "file/write_text.h"
#include "report/page/page.h"

#include <inttypes.h>
#include <math.h>

#define PERCENT 100.0
#define TEXT_BYTES 1024

// --- the table

static const dcat_column columns[] = {
    {.key = "epoch",
     .type = DCAT_COLUMN_COUNT,
     .meaning = "updates of the actor so far",
     .heading = {"epoch", ""}},
    {.key = "gain_percent",
     .type = DCAT_COLUMN_NUMBER,
     .unit = "%",
     .meaning = "profit over linkage's on validation days, mean over validation worlds",
     .heading = {"over linkage", "%"},
     .decimals = 2,
     .sign = DCAT_SIGN_PLUS},
    {.key = "reward",
     .type = DCAT_COLUMN_NUMBER,
     .unit = "1",
     .meaning = "share of profit of the partitions that environments went on with, moving average",
     .heading = {"reward", ""},
     .decimals = 4},
    {.key = "entropy",
     .type = DCAT_COLUMN_NUMBER,
     .unit = "nats",
     .meaning = "mean over choices in this epoch",
     .heading = {"entropy", "nats"},
     .decimals = 3},
};

static dcat_table validations_table(const dcat_training_report *report)
{
    size_t count;
    const figure_training_point *points = training_log_points(report->log, &count);
    dcat_table table = {.head = DCAT_TABLE_HEAD("validations", "a validation", columns)};
    for (size_t i = 0; i < count; i++) {
        if (isfinite(points[i].gain)) {
            const dcat_cell cells[] = {
                dcat_cell_count(points[i].epoch), dcat_cell_number(PERCENT * points[i].gain),
                dcat_cell_number(points[i].reward_average), dcat_cell_number(points[i].entropy)};
            dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
        }
    }
    return table;
}

// --- the page

static void put_answer(const dcat_training_summary *s, const html_page *page)
{
    char gain[NUMBER_TEXT_SIZE], answer[TEXT_BYTES], proof[TEXT_BYTES];
    number_fixed(PERCENT * fabs(s->validation_gain), 2, gain);
    bool policy = isfinite(s->validation_gain);
    snprintf(answer, sizeof answer, "%s %% %s than linkage on validation days.", gain,
             s->validation_gain < 0.0 ? "less" : "more");
    snprintf(proof, sizeof proof, "%s is the policy of epoch %" PRIu32 ", the best of the %s.",
             s->policy != NULL ? s->policy : "", s->best_epoch, "validations so far");
    const page_answer band = {
        .question = "What does the policy earn?",
        .answer = policy ? answer : "There is no policy yet: nothing was validated.",
        .proof = policy ? proof : NULL,
        .doubt = !policy || s->validation_gain < 0.0,
    };
    page_put_band(page, &band, 1);
}

static void put_course(const dcat_training_summary *s, const html_page *page)
{
    char text[TEXT_BYTES];
    int used = snprintf(text, sizeof text,
                        "%" PRIu32 " of %" PRIu32 " epoch%s by the estimator %s under %s, %" PRIu64
                        " simulated cycle%s in this run.",
                        s->epoch_count, s->epochs_planned, s->epochs_planned == 1 ? "" : "s",
                        dcat_estimator_name(s->estimator), s->auction->name, s->cycle_count,
                        s->cycle_count == 1 ? "" : "s");
    if (s->epoch_count < s->epochs_planned) {
        snprintf(&text[used], sizeof text - (size_t)used,
                 " It was stopped; --resume goes on from %s.", s->checkpoint);
    }
    page_put_note(page, text);
}

static dcat_status draw(const void *user, const figure_canvas *canvas, figure_image *image,
                        dcat_error *err)
{
    const dcat_training_report *report = user;
    size_t count;
    const figure_training_point *points = training_log_points(report->log, &count);
    return figure_training_draw(points, count, canvas, image, err);
}

static dcat_status put_figure(const dcat_training_report *report, html_page *page, dcat_error *err)
{
    char gain[NUMBER_TEXT_SIZE], shows[TEXT_BYTES];
    const dcat_training_summary *s = report->summary;
    number_fixed(PERCENT * s->validation_gain, 2, gain);
    snprintf(shows, sizeof shows,
             "Three curves by epoch up to %" PRIu32
             ": reward, gain over linkage on validation days "
             "(best %s %% at epoch %" PRIu32 "), and entropy.",
             s->epoch_count, isfinite(s->validation_gain) ? gain : "-", s->best_epoch);
    const figure_text text = {
        .name = "training",
        .title = "Course of the training",
        .caption =
            "Above: share of profit of each epoch, and its moving average. Middle: what the "
            "policy of that epoch earns over linkage on validation days. Below: how undecided "
            "it still is.",
        .shows = shows,
        .file_width = 760,
    };
    fputs("<section>\n<div class=\"figures\">\n", page->file);
    dcat_status status = page_add_figure(page, &text, draw, report, err);
    fputs("</div>\n", page->file);
    page_put_trouble(page);
    fputs("</section>\n", page->file);
    return status;
}

static dcat_status put_sections(const dcat_training_report *report, html_page *page,
                                dcat_error *err)
{
    put_answer(report->summary, page);
    put_course(report->summary, page);
    dcat_status status = put_figure(report, page, err);
    dcat_table validations = validations_table(report);
    if (status == DCAT_OK && validations.row_count > 0) {
        status = page_put_table(page, "Validations",
                                "On days and worlds that nothing is learned from. The log beside "
                                "the policy has a line for every epoch.",
                                &validations, err);
        fputs("</section>\n", page->file);
    }
    dcat_table_free(&validations);
    return status;
}

static dcat_status write_page(const dcat_training_report *report, const dcat_manifest *manifest,
                              dcat_output *output, bool png, dcat_error *err)
{
    const char *name = dcat_scenario_name(manifest->scenario);
    const char *title = dcat_scenario_title(manifest->scenario);
    const page_names names = {.command = "dcat train",
                              .subject = name,
                              .title = name,
                              .heading = title[0] != '\0' ? title : name};
    html_page page = {.output = output, .png = png};
    dcat_status status = page_open(&page, &names, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = put_sections(report, &page, err);
    char wall[NUMBER_TEXT_SIZE], text[TEXT_BYTES];
    number_fixed(report->summary->wall_s, 1, wall);
    snprintf(text, sizeof text,
             "%s s. The policy is the same for any number of threads and processes, and however "
             "often the training was stopped.",
             wall);
    page_put_origin(&page, manifest, text);
    return page_finish(&page, status, err);
}

// --- the folder

dcat_status dcat_write_training_folder(const dcat_training_report *report,
                                       const dcat_manifest *manifest, bool png, dcat_output *output,
                                       dcat_error *err)
{
    dcat_schema schema = {0};
    dcat_table validations = validations_table(report);
    dcat_status status = dcat_table_file(&validations, output, &schema, err);
    if (status == DCAT_OK) {
        status = dcat_schema_write(&schema, output, err);
    }
    if (status == DCAT_OK) {
        status = write_page(report, manifest, output, png, err);
    }
    dcat_table_free(&validations);
    FILE *file = status == DCAT_OK ? dcat_output_file(output, "manifest.json", err) : NULL;
    return status != DCAT_OK ? status
           : file == NULL    ? DCAT_ERR_IO
                             : dcat_manifest_write(manifest, file, err);
}
