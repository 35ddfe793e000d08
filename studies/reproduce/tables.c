// SPDX-License-Identifier: Apache-2.0
// The tables of a study, for whatever draws tables.

#include "reproduce/write.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

void reproduce_percent_text(double percent, double ci95, char text[REPRODUCE_CELL_SIZE])
{
    char mean[NUMBER_TEXT_SIZE];
    char half[NUMBER_TEXT_SIZE];
    if (!isfinite(percent)) {
        snprintf(text, REPRODUCE_CELL_SIZE, "-");
        return;
    }
    number_fixed(percent, 1, mean);
    number_fixed(ci95, 1, half);
    snprintf(text, REPRODUCE_CELL_SIZE, "%s%s%s%s", mean[0] == '-' ? "" : "+", mean,
             isfinite(ci95) ? " ± " : "", isfinite(ci95) ? half : "");
}

void reproduce_mean_text(dcat_estimate estimate, reproduce_measure measure, money_unit unit,
                         char text[REPRODUCE_CELL_SIZE])
{
    double scale = measure == REPRODUCE_PROFIT ? 1.0 / unit.divisor : 100.0;
    int decimals = measure == REPRODUCE_PROFIT ? 3 : 1;
    char mean[NUMBER_TEXT_SIZE];
    char half[NUMBER_TEXT_SIZE];
    number_fixed(scale * estimate.mean, decimals, mean);
    number_fixed(scale * estimate.ci95, decimals, half);
    bool interval = isfinite(estimate.ci95);
    snprintf(text, REPRODUCE_CELL_SIZE, "%s%s%s", mean, interval ? " ± " : "",
             interval ? half : "");
}

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

static void append(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

void reproduce_headline(const reproduce_study *study, char *text, size_t size)
{
    const reproduce_options *options = &study->options;
    snprintf(text, size, "%sThe paper's evaluation, scenario %s:", options->quick ? "QUICK: " : "",
             dcat_scenario_name(study->base));
    if (study->point_count > 0) {
        append(text, size,
               " %zu points, %zu worlds each (seeds %" PRIu64 " to %" PRIu64 "), %" PRIu32
               " test cycles a world",
               study->point_count, options->world_count, options->seed,
               options->seed + options->world_count - 1, study->points[0].cycles.count);
    }
    if (study->curves) {
        append(text, size, "%s %zu trainings of %" PRIu32 " epochs for each of %zu estimators",
               study->point_count > 0 ? ";" : "", options->curve_seed_count,
               options->curve_epoch_count, study->plan->curves.estimator_count);
    }
    append(text, size, ".");
}

// --- Drawing

typedef char cell[REPRODUCE_CELL_SIZE];

typedef struct table {
    const reproduce_study *study;
    const reproduce_table_writer *writer;
} table;

static void put_row(const table *t, cell *cells)
{
    t->writer->row(t->writer->user, (const char(*)[REPRODUCE_CELL_SIZE])cells);
}

static void put_text(cell into, const char *text)
{
    snprintf(into, REPRODUCE_CELL_SIZE, "%s", text);
}

static void put_gain(cell into, const reproduce_gain *gain)
{
    reproduce_percent_text(gain->percent, gain->percent_ci95, into);
}

static void put_share(cell into, int64_t part, int64_t whole)
{
    char number[NUMBER_TEXT_SIZE];
    number_fixed(whole > 0 ? 100.0 * (double)part / (double)whole : 0.0, 1, number);
    put_text(into, number);
}

// --- Claims

static void put_claims(const table *t)
{
    static const char *const headers[] = {"figure", "measure",  "algorithm", "paper", "best point",
                                          "at",     "baseline", "verdict",   "mean",  "verdict"};
    reproduce_claim claims[REPRODUCE_CLAIM_MAX];
    size_t count = reproduce_claims(t->study, claims);
    if (count == 0) {
        return;
    }
    t->writer->begin(t->writer->user, t->study->plan->claims.title, t->study->plan->claims.note, 10,
                     headers, 3);
    for (size_t c = 0; c < count; c++) {
        const reproduce_claim *claim = &claims[c];
        cell cells[10];
        char paper[NUMBER_TEXT_SIZE];
        number_fixed(claim->paper, 2, paper);
        put_text(cells[0], t->study->plan->sweeps[claim->sweep].figure);
        put_text(cells[1], reproduce_measure_names[claim->measure]);
        put_text(cells[2], t->study->arms[claim->arm].name);
        snprintf(cells[3], sizeof cells[3], "+%s", paper);
        put_gain(cells[4], &claim->gains[claim->best]);
        put_text(cells[5], reproduce_value_of(t->study, claim->points[claim->best]));
        put_text(cells[6], t->study->arms[claim->bases[claim->best]].name);
        put_text(cells[7], reproduce_verdict_names[claim->best_verdict]);
        put_gain(cells[8], &claim->whole);
        put_text(cells[9], reproduce_verdict_names[claim->whole_verdict]);
        put_row(t, cells);
    }
    t->writer->end(t->writer->user);
}

// --- One against another

static void put_tally(const table *t, const char *name, const char *against,
                      const reproduce_tally *tally)
{
    cell cells[6];
    put_text(cells[0], name);
    put_text(cells[1], against);
    reproduce_percent_text(tally->percent, NAN, cells[2]);
    reproduce_percent_text(tally->percent_min, NAN, cells[3]);
    snprintf(cells[4], sizeof cells[4], "%zu of %zu", tally->ahead, tally->point_count);
    snprintf(cells[5], sizeof cells[5], "%zu of %zu", tally->sure, tally->point_count);
    put_row(t, cells);
}

// Whether arm b is shown as beaten by claimant a.
static bool is_pair(const reproduce_study *study, size_t a, size_t b)
{
    return study->arms[a].claimant && reproduce_in_paper(&study->arms[a]) &&
           reproduce_is_rival(study, a, b) && reproduce_in_paper(&study->arms[b]);
}

static bool has_pair(const reproduce_study *study)
{
    for (size_t i = 0; i < study->arm_count * study->arm_count; i++) {
        if (is_pair(study, i / study->arm_count, i % study->arm_count)) {
            return true;
        }
    }
    return false;
}

static void put_tallies(const table *t)
{
    static const char *const headers[] = {"algorithm",     "against", "mean gain",
                                          "smallest gain", "ahead",   "interval above 0"};
    const reproduce_study *study = t->study;
    if (!has_pair(study)) {
        return;
    }
    t->writer->begin(t->writer->user, study->plan->rivals.title, study->plan->rivals.note, 6,
                     headers, 2);
    for (size_t a = 0; a < study->arm_count; a++) {
        if (!study->arms[a].claimant || !reproduce_in_paper(&study->arms[a])) {
            continue;
        }
        for (size_t b = 0; b < study->arm_count; b++) {
            if (is_pair(study, a, b)) {
                const reproduce_tally tally = reproduce_tally_of(study, a, b);
                put_tally(t, study->arms[a].name, study->arms[b].name, &tally);
            }
        }
        const reproduce_tally tally = reproduce_tally_of_all(study, a);
        put_tally(t, study->arms[a].name, "all of them", &tally);
    }
    t->writer->end(t->writer->user);
}

// --- A row per algorithm, a column per point

// The points of a sweep; returns how many.
static size_t points_of(const reproduce_study *study, size_t sweep, size_t *points)
{
    size_t count = 0;
    for (size_t p = 0; p < study->point_count; p++) {
        if (study->points[p].sweep == sweep) {
            points[count++] = p;
        }
    }
    return count;
}

static void begin_sweep(const table *t, size_t sweep, const char *what, const char *note)
{
    const reproduce_sweep *at = &t->study->plan->sweeps[sweep];
    const char *headers[REPRODUCE_VALUE_MAX + 1] = {"algorithm"};
    char title[160];
    for (size_t v = 0; v < at->value_count; v++) {
        headers[v + 1] = at->values[v];
    }
    snprintf(title, sizeof title, "%s: %s by %s", at->figure, what, at->axis);
    t->writer->begin(t->writer->user, title, note, at->value_count + 1, headers, 1);
}

static void put_means(const table *t, size_t sweep, reproduce_measure measure)
{
    const reproduce_study *study = t->study;
    money_unit unit = reproduce_unit(study);
    size_t points[REPRODUCE_VALUE_MAX];
    size_t count = points_of(study, sweep, points);
    char what[64];
    snprintf(what, sizeof what, "profit per cycle%s%s", unit.suffix[0] != '\0' ? ", " : "",
             unit.suffix);
    begin_sweep(t, sweep, measure == REPRODUCE_PROFIT ? what : "offloading rate, %", NULL);
    for (size_t a = 0; a < study->arm_count; a++) {
        cell cells[REPRODUCE_VALUE_MAX + 1];
        if (!reproduce_in_paper(&study->arms[a])) {
            continue;
        }
        put_text(cells[0], study->arms[a].name);
        for (size_t i = 0; i < count; i++) {
            reproduce_mean_text(reproduce_mean(study, points[i], a, measure), measure, unit,
                                cells[i + 1]);
        }
        put_row(t, cells);
    }
    t->writer->end(t->writer->user);
}

static void put_gain_row(const table *t, size_t sweep, const char *name, size_t arm, size_t base)
{
    cell cells[REPRODUCE_VALUE_MAX + 1];
    size_t points[REPRODUCE_VALUE_MAX];
    size_t count = points_of(t->study, sweep, points);
    put_text(cells[0], name);
    for (size_t i = 0; i < count; i++) {
        const reproduce_gain gain =
            reproduce_gain_over(t->study, points[i], arm, base, REPRODUCE_PROFIT);
        put_gain(cells[i + 1], &gain);
    }
    put_row(t, cells);
}

// Each DCAT against its rivals at every point.
static void put_rivals(const table *t, size_t sweep)
{
    const reproduce_study *study = t->study;
    begin_sweep(t, sweep, "gain in profit over other clusterers, %", NULL);
    for (size_t a = 0; a < study->arm_count; a++) {
        for (size_t b = 0; b < study->arm_count; b++) {
            if (is_pair(study, a, b)) {
                char name[2 * REPRODUCE_NAME_SIZE + 8];
                snprintf(name, sizeof name, "%s over %s", study->arms[a].name, study->arms[b].name);
                put_gain_row(t, sweep, name, a, b);
            }
        }
    }
    t->writer->end(t->writer->user);
}

static void put_generality(const table *t, size_t sweep)
{
    const reproduce_plan *plan = t->study->plan;
    bool begun = false;
    for (size_t i = 0; i < plan->generality.pair_count; i++) {
        const reproduce_pair *pair = &plan->generality.pairs[i];
        size_t arm = reproduce_arm_find(t->study, pair->algorithm);
        size_t base = reproduce_arm_find(t->study, pair->against);
        if (arm == SIZE_MAX || base == SIZE_MAX || !reproduce_in_paper(&t->study->arms[arm]) ||
            !reproduce_in_paper(&t->study->arms[base])) {
            continue;
        }
        if (!begun) {
            begin_sweep(t, sweep, plan->generality.title, plan->generality.note);
            begun = true;
        }
        char name[2 * REPRODUCE_NAME_SIZE + 8];
        snprintf(name, sizeof name, "%s over %s", pair->algorithm, pair->against);
        put_gain_row(t, sweep, name, arm, base);
    }
    if (begun) {
        t->writer->end(t->writer->user);
    }
}

// --- rea-s against rea

static void put_mechanism_point(const table *t, size_t p, size_t s, size_t rea)
{
    const reproduce_study *study = t->study;
    cell cells[6];
    const reproduce_gain profit = reproduce_gain_over(study, p, s, rea, REPRODUCE_PROFIT);
    const reproduce_gain offloading = reproduce_gain_over(study, p, s, rea, REPRODUCE_OFFLOADING);
    const dcat_totals ours = reproduce_totals(study, p, s);
    const dcat_totals theirs = reproduce_totals(study, p, rea);
    put_text(cells[0], reproduce_sweep_of(study, p)->figure);
    put_text(cells[1], reproduce_value_of(study, p));
    put_gain(cells[2], &profit);
    put_gain(cells[3], &offloading);
    put_share(cells[4], theirs.member_below_cost, theirs.awarded);
    put_share(cells[5], ours.member_below_cost, ours.awarded);
    put_row(t, cells);
}

static void put_mechanisms(const table *t)
{
    const reproduce_study *study = t->study;
    const reproduce_plan *plan = study->plan;
    size_t s = reproduce_arm_find(study, plan->mechanism.pair.algorithm);
    size_t rea = reproduce_arm_find(study, plan->mechanism.pair.against);
    if (s == SIZE_MAX || rea == SIZE_MAX) {
        return;
    }
    cell below[2];
    snprintf(below[0], sizeof below[0], "below cost, %s", study->arms[rea].auction->name);
    snprintf(below[1], sizeof below[1], "below cost, %s", study->arms[s].auction->name);
    const char *headers[] = {"figure", "at", "profit", "offloading", below[0], below[1]};
    t->writer->begin(t->writer->user, plan->mechanism.title, plan->mechanism.note, 6, headers, 2);
    for (size_t p = 0; p < study->point_count; p++) {
        if (study->points[p].same_as == p && reproduce_runs(study, p, s) &&
            reproduce_runs(study, p, rea)) {
            put_mechanism_point(t, p, s, rea);
        }
    }
    t->writer->end(t->writer->user);
}

// --- Single points

static void put_point_row(const table *t, size_t p, size_t a, size_t linkage)
{
    const reproduce_study *study = t->study;
    money_unit unit = reproduce_unit(study);
    cell cells[6];
    put_text(cells[0], study->arms[a].name);
    put_text(cells[1], study->arms[a].auction->name);
    reproduce_mean_text(reproduce_mean(study, p, a, REPRODUCE_PROFIT), REPRODUCE_PROFIT, unit,
                        cells[2]);
    if (a == linkage || linkage == SIZE_MAX || !reproduce_runs(study, p, linkage)) {
        put_text(cells[3], "");
    } else {
        const reproduce_gain gain = reproduce_gain_over(study, p, a, linkage, REPRODUCE_PROFIT);
        put_gain(cells[3], &gain);
    }
    reproduce_mean_text(reproduce_mean(study, p, a, REPRODUCE_OFFLOADING), REPRODUCE_OFFLOADING,
                        unit, cells[4]);
    duration_text(reproduce_decision_s(study, p, a), cells[5]);
    put_row(t, cells);
}

// The algorithm that those of this auction stand beside, or SIZE_MAX.
static size_t reference_of(const reproduce_study *study, const dcat_auction *auction)
{
    const reproduce_plan *plan = study->plan;
    for (size_t i = 0; i < plan->reference_count; i++) {
        if (strcmp(plan->references[i].auction, auction->name) == 0) {
            return reproduce_arm_find(study, plan->references[i].algorithm);
        }
    }
    return SIZE_MAX;
}

static void put_single_point(const table *t, size_t p)
{
    const reproduce_study *study = t->study;
    const reproduce_sweep *sweep = reproduce_sweep_of(study, p);
    money_unit unit = reproduce_unit(study);
    char profit[64];
    char title[160];
    snprintf(profit, sizeof profit, "profit per cycle%s%s", unit.suffix[0] != '\0' ? ", " : "",
             unit.suffix);
    snprintf(title, sizeof title, "%s: %s", sweep->figure, sweep->axis);
    const char *headers[] = {"algorithm",       "auction",   profit,
                             "over linkage, %", "served, %", "decision time"};
    t->writer->begin(t->writer->user, title, NULL, 6, headers, 2);
    for (size_t a = 0; a < study->arm_count; a++) {
        size_t linkage = reference_of(study, study->arms[a].auction);
        if (reproduce_runs(study, p, a)) {
            put_point_row(t, p, a, linkage);
        }
    }
    t->writer->end(t->writer->user);
}

// --- Learning

static void put_curve(const table *t, size_t e)
{
    const reproduce_study *study = t->study;
    cell cells[6];
    char mean[NUMBER_TEXT_SIZE];
    char half[NUMBER_TEXT_SIZE];
    dcat_estimate last = reproduce_final_reward(study, e);
    dcat_estimate look = reproduce_look(study, e, study->look_count - 1);
    money_unit unit = money_unit_for(study->curve_linkage);
    number_fixed(last.mean, 4, mean);
    number_fixed(last.ci95, 4, half);
    put_text(cells[0], study->plan->curves.estimators[e].name);
    snprintf(cells[1], sizeof cells[1], "%s%s%s", mean, isfinite(last.ci95) ? " ± " : "",
             isfinite(last.ci95) ? half : "");
    snprintf(cells[2], sizeof cells[2], "%zu", reproduce_settled_epoch(study, e));
    reproduce_mean_text(look, REPRODUCE_PROFIT, unit, cells[3]);
    reproduce_percent_text(100.0 * (look.mean / study->curve_linkage - 1.0),
                           100.0 * look.ci95 / study->curve_linkage, cells[4]);
    snprintf(cells[5], sizeof cells[5], "%zu", reproduce_settled_look(study, e));
    put_row(t, cells);
}

static void put_curves(const table *t)
{
    if (!t->study->curves) {
        return;
    }
    money_unit unit = money_unit_for(t->study->curve_linkage);
    char profit[64];
    snprintf(profit, sizeof profit, "profit, validation%s%s", unit.suffix[0] != '\0' ? ", " : "",
             unit.suffix);
    const char *headers[] = {"estimator", "final reward",    "within 1 % from",
                             profit,      "over linkage, %", "within 1 % from"};
    t->writer->begin(t->writer->user, t->study->plan->curves.table, t->study->plan->curves.note, 6,
                     headers, 1);
    for (size_t e = 0; e < t->study->plan->curves.estimator_count; e++) {
        put_curve(t, e);
    }
    t->writer->end(t->writer->user);
}

// --- All

void reproduce_write_tables(const reproduce_study *study, const reproduce_table_writer *writer,
                            bool brief)
{
    const table t = {study, writer};
    put_claims(&t);
    put_tallies(&t);
    put_mechanisms(&t);
    for (size_t s = 0; s < study->plan->sweep_count; s++) {
        if (reproduce_has_sweep(study, s) && study->plan->sweeps[s].place == REPRODUCE_IN_PAPER) {
            put_means(&t, s, REPRODUCE_PROFIT);
            put_means(&t, s, REPRODUCE_OFFLOADING);
            if (!brief) {
                put_rivals(&t, s);
            }
            put_generality(&t, s);
        }
    }
    for (size_t p = 0; p < study->point_count; p++) {
        if (reproduce_sweep_of(study, p)->place != REPRODUCE_IN_PAPER) {
            put_single_point(&t, p);
        }
    }
    put_curves(&t);
}
