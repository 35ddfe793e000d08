// SPDX-License-Identifier: Apache-2.0
// A study on a terminal, as JSON, and as a folder with everything.

#include "reproduce/write.h"
#include "dcat/x/file.h"

#include "file/json_write.h"
#include "report/json_values.h"
#include <inttypes.h>
#include <math.h>

// --- Text

#define TEXT_COLUMNS 110

static dcat_status put_table(void *user, const char *title, const char *note,
                             const dcat_table *table, dcat_error *err)
{
    FILE *file = user;
    fprintf(file, "\n%s\n", title);
    if (note != NULL) {
        dcat_write_wrapped(note, TEXT_COLUMNS, file);
    }
    putc('\n', file);
    return dcat_table_write_text(table, file, err);
}

dcat_status reproduce_write_text(const reproduce_study *study, bool brief, FILE *file,
                                 dcat_error *err)
{
    const reproduce_table_writer writer = {file, brief, put_table};
    char headline[512];
    reproduce_headline(study, headline, sizeof headline);
    dcat_write_wrapped(headline, TEXT_COLUMNS, file);
    for (size_t r = 0; r < study->remark_count; r++) {
        char clean[REPRODUCE_REMARK_SIZE];
        text_clean(study->remarks[r], clean, sizeof clean);
        dcat_write_wrapped(clean, TEXT_COLUMNS, file);
    }
    dcat_status status = reproduce_write_tables(study, &writer, brief, err);
    if (study->point_count > 0) {
        fputs("\n± is the half-width of the 95 % confidence interval over worlds; gains are "
              "paired, world by world.\n",
              file);
    }
    return status;
}

// --- What it is about

money_unit reproduce_unit(const reproduce_study *study)
{
    double largest = 0.0;
    for (size_t p = 0; p < study->point_count; p++) {
        for (size_t a = 0; a < study->arm_count; a++) {
            if (reproduce_runs(study, p, a)) {
                largest = fmax(largest, reproduce_mean(study, p, a, REPRODUCE_PROFIT).mean);
            }
        }
    }
    return money_unit_for(largest);
}

void reproduce_headline(const reproduce_study *study, char *text, size_t size)
{
    const reproduce_options *options = &study->options;
    char points[160] = "";
    char curves[120] = "";
    if (study->point_count > 0) {
        snprintf(points, sizeof points,
                 " %zu points, %zu worlds each (seeds %" PRIu64 " to %" PRIu64 "), %" PRIu32
                 " test cycles a world",
                 study->point_count, options->world_count, options->seed,
                 options->seed + options->world_count - 1, study->points[0].cycles.count);
    }
    if (study->curves) {
        snprintf(curves, sizeof curves,
                 "%s %zu trainings of %" PRIu32 " epochs for each of %zu estimators",
                 study->point_count > 0 ? ";" : "", options->curve_seed_count,
                 options->curve_epoch_count, study->plan->curves.estimator_count);
    }
    snprintf(text, size, "%sThe paper's evaluation, scenario %s:%s%s.",
             options->quick ? "QUICK: " : "", dcat_scenario_name(study->base), points, curves);
}

// --- JSON

static json_t *gain_json(const reproduce_gain *gain)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "difference", json_number(gain->difference.mean),
                     "difference_ci95", json_number(gain->difference.ci95), "percent",
                     json_number(gain->percent), "percent_ci95", json_number(gain->percent_ci95));
}

static json_t *claims_json(const reproduce_study *study)
{
    reproduce_claim claims[REPRODUCE_CLAIM_MAX];
    size_t count = reproduce_claims(study, claims);
    json_t *array = json_array();
    for (size_t c = 0; c < count; c++) {
        const reproduce_claim *claim = &claims[c];
        array =
            json_plus(array, json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:s, s:o, s:s}",
                                       "figure", study->plan->sweeps[claim->sweep].figure,
                                       "measure", reproduce_measure_names[claim->measure],
                                       "algorithm", study->arms[claim->arm].name, "paper_percent",
                                       json_number(claim->paper), "best_value",
                                       reproduce_value_of(study, claim->points[claim->best]),
                                       "best_baseline", study->arms[claim->bases[claim->best]].name,
                                       "best", gain_json(&claim->gains[claim->best]),
                                       "best_verdict", reproduce_verdict_names[claim->best_verdict],
                                       "mean", gain_json(&claim->whole), "mean_verdict",
                                       reproduce_verdict_names[claim->whole_verdict]));
    }
    return array;
}

static json_t *point_json(const reproduce_study *study, size_t p, size_t a, bool times)
{
    const reproduce_arm *arm = &study->arms[a];
    const reproduce_sweep *sweep = reproduce_sweep_of(study, p);
    dcat_totals totals = reproduce_totals(study, p, a);
    double below =
        totals.awarded > 0 ? (double)totals.member_below_cost / (double)totals.awarded : 0.0;
    double late = totals.awarded > 0 ? (double)totals.late / (double)totals.awarded : 0.0;
    json_t *point =
        json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "figure",
                  sweep->figure, "variable", sweep->variable, "value", reproduce_value_of(study, p),
                  "algorithm", json_text(arm->name), "clusterer", arm->clusterer, "auction",
                  arm->auction->name, "model", reproduce_source_names[arm->source], "profit",
                  json_estimate(reproduce_mean(study, p, a, REPRODUCE_PROFIT)), "offloading",
                  json_estimate(reproduce_mean(study, p, a, REPRODUCE_OFFLOADING)),
                  "members_below_cost", json_number(below), "late", json_number(late));
    return times ? json_with(point, "decision_s", json_number(reproduce_decision_s(study, p, a)))
                 : point;
}

static json_t *points_json(const reproduce_study *study, bool times)
{
    json_t *array = json_array();
    for (size_t p = 0; p < study->point_count; p++) {
        for (size_t a = 0; a < study->arm_count; a++) {
            if (reproduce_runs(study, p, a)) {
                array = json_plus(array, point_json(study, p, a, times));
            }
        }
    }
    return array;
}

static json_t *against_json(const reproduce_study *study)
{
    json_t *array = json_array();
    for (size_t a = 0; a < study->arm_count; a++) {
        const reproduce_arm *arm = &study->arms[a];
        if (!arm->claimant || !reproduce_in_paper(arm)) {
            continue;
        }
        const reproduce_tally tally = reproduce_tally_of_all(study, a);
        array = json_plus(array, json_pack("{s:s, s:I, s:I, s:I, s:o, s:o}", "algorithm", arm->name,
                                           "points", (json_int_t)tally.point_count, "ahead_of_all",
                                           (json_int_t)tally.ahead, "surely_ahead_of_all",
                                           (json_int_t)tally.sure, "mean_percent",
                                           json_number(tally.percent), "smallest_percent",
                                           json_number(tally.percent_min)));
    }
    return array;
}

static json_t *curves_json(const reproduce_study *study)
{
    json_t *array = json_array();
    for (size_t e = 0; study->curves && e < study->plan->curves.estimator_count; e++) {
        array = json_plus(
            array, json_pack("{s:s, s:o, s:I, s:o, s:o, s:I}", "estimator",
                             study->plan->curves.estimators[e].name, "final_reward",
                             json_estimate(reproduce_final_reward(study, e)), "reward_settles_at",
                             (json_int_t)reproduce_settled_epoch(study, e), "profit",
                             json_estimate(reproduce_look(study, e, study->look_count - 1)),
                             "linkage_profit", json_number(study->curve_linkage),
                             "profit_settles_at", (json_int_t)reproduce_settled_look(study, e)));
    }
    return array;
}

static json_t *remarks_json(const reproduce_study *study)
{
    json_t *array = json_array();
    for (size_t r = 0; r < study->remark_count; r++) {
        array = json_plus(array, json_text(study->remarks[r]));
    }
    return array;
}

dcat_status reproduce_write_json(const reproduce_study *study, bool times, FILE *file,
                                 dcat_error *err)
{
    const reproduce_options *options = &study->options;
    json_t *document =
        json_pack("{s:s, s:o, s:b, s:I, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "format",
                  "dcat-reproduce/1", "scenario", json_text(dcat_scenario_name(study->base)),
                  "quick", options->quick, "worlds", (json_int_t)options->world_count, "seed",
                  json_count(options->seed), "cycles",
                  (json_int_t)(study->point_count > 0 ? study->points[0].cycles.count : 0),
                  "epochs", (json_int_t)options->epoch_count, "remarks", remarks_json(study),
                  "claims", claims_json(study), "against", against_json(study), "points",
                  points_json(study, times), "curves", curves_json(study));
    return json_write(document, file, err);
}

// --- The folder

// A new file of the folder; *status says why there is none.
static FILE *open_file(dcat_output *output, const char *name, dcat_status *status, dcat_error *err)
{
    dcat_error own = {0};
    FILE *file = *status == DCAT_OK ? dcat_output_file(output, name, &own) : NULL;
    if (file == NULL && *status == DCAT_OK) {
        *status = dcat_fail(err, own.status, "%s", own.message);
    }
    return file;
}

dcat_status reproduce_write_folder(const reproduce_study *study, const dcat_manifest *manifest,
                                   dcat_output *output, dcat_error *err)
{
    dcat_status status = reproduce_write_csv(study, output, err);
    FILE *file = open_file(output, "reproduce.txt", &status, err);
    if (file != NULL) {
        status = reproduce_write_text(study, false, file, err);
    }
    file = open_file(output, "reproduce.json", &status, err);
    if (file != NULL) {
        status = reproduce_write_json(study, false, file, err);
    }
    file = open_file(output, "scenario.yaml", &status, err);
    if (file != NULL) {
        status = dcat_scenario_write(study->base, file, err);
    }
    if (status == DCAT_OK) {
        status = reproduce_write_page(study, manifest, output, err);
    }
    file = open_file(output, "manifest.json", &status, err);
    return file != NULL ? dcat_manifest_write(manifest, file, err) : status;
}
