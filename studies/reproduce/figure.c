// SPDX-License-Identifier: Apache-2.0
#include "reproduce/figure.h"

#include "reproduce/facts.h"
#include "reproduce/write.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIGURE_HEIGHT 400

// --- Which figures there are

static void add_figure(const reproduce_plan_figure *plan, const char *name, const char *title,
                       size_t sweep, reproduce_figure *figures, size_t *count)
{
    reproduce_figure *figure = &figures[(*count)++];
    *figure = (reproduce_figure){.plan = plan, .sweep = sweep};
    snprintf(figure->name, sizeof figure->name, "%s%s", name,
             plan->suffix != NULL ? plan->suffix : "");
    snprintf(figure->title, sizeof figure->title, "%s: %s", title, plan->title);
}

size_t reproduce_figures_of(const reproduce_study *study, reproduce_figure *figures)
{
    const reproduce_plan *plan = study->plan;
    size_t count = 0;
    for (size_t f = 0; study->curves && f < plan->curves.figure_count; f++) {
        add_figure(&plan->curves.figures[f], plan->curves.figure, plan->curves.title, 0, figures,
                   &count);
    }
    for (size_t s = 0; s < plan->sweep_count; s++) {
        const reproduce_sweep *sweep = &plan->sweeps[s];
        for (size_t f = 0; reproduce_has_sweep(study, s) && sweep->place == REPRODUCE_IN_PAPER &&
                           f < plan->figure_count;
             f++) {
            add_figure(&plan->figures[f], sweep->figure, sweep->title, s, figures, &count);
        }
    }
    return count;
}

// --- Data

static void put_number(FILE *file, double value)
{
    char text[NUMBER_TEXT_SIZE];
    number_text(value, text);
    fputs(isfinite(value) ? text : "NaN", file);
    putc(' ', file);
}

// Value and the ends of its interval.
static void put_estimate(FILE *file, dcat_estimate value)
{
    double half = isfinite(value.ci95) ? value.ci95 : 0.0;
    put_number(file, value.mean);
    put_number(file, value.mean - half);
    put_number(file, value.mean + half);
    putc('\n', file);
}

// Lines are told apart by colour and mark; the auction by the dash: one-off dashed, rea-s dotted.
static const char *dash_of(const reproduce_arm *arm)
{
    return strcmp(arm->auction->name, "one-off") == 0 ? "2"
           : strcmp(arm->auction->name, "rea-s") == 0 ? "3"
                                                      : "1";
}

static int mark_of(const reproduce_arm *arm)
{
    static const struct {
        const char *clusterer;
        int mark;
    } marks[] = {{"a2c", 7}, {"kmeans", 5}, {"random", 9}, {"anneal", 13}, {"linkage", 11}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strcmp(marks[i].clusterer, arm->clusterer) == 0) {
            return reproduce_is_trained(arm) ? 6 : marks[i].mark;
        }
    }
    return 4;
}

// --- Sweeps

// What a figure shows of an algorithm at a point, in the unit of its axis.
static dcat_estimate shown_value(const reproduce_study *study, const reproduce_figure *figure,
                                 size_t point, size_t arm, money_unit unit)
{
    const reproduce_plan_figure *plan = figure->plan;
    if (plan->kind == REPRODUCE_FIGURE_GAIN) {
        size_t of = reproduce_arm_find(study, plan->of);
        const reproduce_gain gain = reproduce_gain_over(study, point, of, arm, REPRODUCE_PROFIT);
        return (dcat_estimate){gain.percent, gain.percent_ci95};
    }
    if (plan->kind == REPRODUCE_FIGURE_OFFLOADING) {
        dcat_estimate mean = reproduce_mean(study, point, arm, REPRODUCE_OFFLOADING);
        return (dcat_estimate){100.0 * mean.mean, 100.0 * mean.ci95};
    }
    dcat_estimate mean = reproduce_mean(study, point, arm, REPRODUCE_PROFIT);
    return (dcat_estimate){mean.mean / unit.divisor, mean.ci95 / unit.divisor};
}

static void put_block(const reproduce_study *study, const reproduce_figure *figure, size_t arm,
                      money_unit unit, FILE *file)
{
    const reproduce_sweep *sweep = &study->plan->sweeps[figure->sweep];
    size_t first = reproduce_first_point(study, figure->sweep);
    fprintf(file, "$arm%zu << EOD\n", arm);
    for (size_t v = 0; v < sweep->value_count; v++) {
        fprintf(file, "%s ", sweep->values[v]);
        put_estimate(file, shown_value(study, figure, first + v, arm, unit));
    }
    fputs("EOD\n", file);
}

static void put_profit_label(money_unit unit, FILE *file)
{
    fprintf(file, "set ylabel 'profit per cycle%s%s' textcolor '#3c4043'\n",
            unit.suffix[0] != '\0' ? ", " : "", unit.suffix);
}

static void put_axes(const reproduce_study *study, const reproduce_figure *figure, money_unit unit,
                     FILE *file)
{
    const reproduce_sweep *sweep = &study->plan->sweeps[figure->sweep];
    char axis[160];
    text_for_gnuplot(sweep->axis, axis, sizeof axis);
    fprintf(file, "set xlabel '%s' textcolor '#3c4043'\nset xtics (", axis);
    for (size_t v = 0; v < sweep->value_count; v++) {
        fprintf(file, "%s%s", v == 0 ? "" : ", ", sweep->values[v]);
    }
    fputs(")\nset offsets graph 0.04, graph 0.04, graph 0.05, 0\n", file);
    if (figure->plan->kind == REPRODUCE_FIGURE_GAIN) {
        fputs("set ylabel 'gain in profit, %' textcolor '#3c4043'\n"
              "set arrow from graph 0, first 0 to graph 1, first 0 nohead linecolor '#202124' "
              "linewidth 1.4 back\n",
              file);
    } else if (figure->plan->kind == REPRODUCE_FIGURE_OFFLOADING) {
        fputs("set ylabel 'tasks awarded, % of arrived' textcolor '#3c4043'\n", file);
    } else {
        put_profit_label(unit, file);
    }
    fputs("set key outside top left horizontal Left reverse samplen 2 width 1 font ',11'\n"
          "set bars 0.5\n",
          file);
}

// Points are set apart a little from left to right so that whiskers do not hide each other.
static double shift_of(const reproduce_sweep *sweep, size_t index, size_t count)
{
    const char *const *values = sweep->values;
    double step = strtod(values[1], NULL) - strtod(values[0], NULL);
    return step * 0.02 * ((double)index - 0.5 * (double)(count - 1));
}

static void draw_sweep(const reproduce_study *study, const reproduce_figure *figure, FILE *file)
{
    money_unit unit = reproduce_unit(study);
    size_t shown[REPRODUCE_ARM_MAX];
    size_t count = 0;
    for (size_t a = 0; a < study->arm_count; a++) {
        if (reproduce_in_paper(&study->arms[a]) &&
            reproduce_names_hold(&figure->plan->algorithms, study->arms[a].name)) {
            shown[count++] = a;
            put_block(study, figure, a, unit, file);
        }
    }
    put_axes(study, figure, unit, file);
    for (size_t i = 0; i < count; i++) {
        const reproduce_arm *arm = &study->arms[shown[i]];
        double shift = shift_of(&study->plan->sweeps[figure->sweep], i, count);
        char name[REPRODUCE_NAME_SIZE];
        char text[NUMBER_TEXT_SIZE];
        text_for_gnuplot(arm->name, name, sizeof name);
        number_text(shift, text);
        fprintf(file,
                "%s$arm%zu using ($1+(%s)):2:3:4 with yerrorlines linecolor '%s' dashtype %s "
                "linewidth 1.6 pointtype %d pointsize 0.7*point title '%s%s'",
                i == 0 ? "plot " : ", ", shown[i], text, arm->colour, dash_of(arm), mark_of(arm),
                figure->plan->kind == REPRODUCE_FIGURE_GAIN ? "over " : "", name);
    }
    putc('\n', file);
}

// --- Learning curves

// What is drawn of one training: epoch, and mean with interval over seeds.
typedef struct curve_point {
    size_t epoch;
    dcat_estimate value;
} curve_point;

static size_t curve_point_count(const reproduce_study *study, bool looks)
{
    // A few hundred points are as many as the picture can show.
    size_t every = study->options.curve_epoch_count / 250 + 1;
    return looks ? study->look_count : (study->options.curve_epoch_count - 1) / every + 1;
}

static curve_point curve_point_at(const reproduce_study *study, bool looks, size_t e, size_t i)
{
    size_t every = study->options.curve_epoch_count / 250 + 1;
    if (looks) {
        double divisor = money_unit_for(study->curve_linkage).divisor;
        dcat_estimate profit = reproduce_look(study, e, i);
        return (curve_point){i * study->options.curve_look_every,
                             {profit.mean / divisor, profit.ci95 / divisor}};
    }
    return (curve_point){i * every + 1, reproduce_reward(study, e, i * every)};
}

// Lines decide what is shown; a band of few trainings may reach far beyond and is cut.
static void put_curve_range(const reproduce_study *study, bool looks, FILE *file)
{
    double lowest = INFINITY;
    double highest = -INFINITY;
    for (size_t e = 0; e < study->plan->curves.estimator_count; e++) {
        for (size_t i = 0; i < curve_point_count(study, looks); i++) {
            const curve_point point = curve_point_at(study, looks, e, i);
            lowest = fmin(lowest, point.value.mean);
            highest = fmax(highest, point.value.mean);
        }
    }
    double room = 0.15 * (highest - lowest) + 1e-3;
    fputs("set yrange [", file);
    put_number(file, lowest - room);
    fputs(": ", file);
    put_number(file, highest + room);
    fputs("]\n", file);
}

static void put_curve_blocks(const reproduce_study *study, bool looks, FILE *file)
{
    for (size_t e = 0; e < study->plan->curves.estimator_count; e++) {
        fprintf(file, "$curve%zu << EOD\n", e);
        for (size_t i = 0; i < curve_point_count(study, looks); i++) {
            const curve_point point = curve_point_at(study, looks, e, i);
            fprintf(file, "%zu ", point.epoch);
            put_estimate(file, point.value);
        }
        fputs("EOD\n", file);
    }
}

static void draw_curves(const reproduce_study *study, const reproduce_figure *figure, FILE *file)
{
    bool looks = figure->plan->kind == REPRODUCE_FIGURE_LOOKS;
    money_unit unit = money_unit_for(study->curve_linkage);
    put_curve_blocks(study, looks, file);
    put_curve_range(study, looks, file);
    fprintf(file, "set xlabel 'epoch' textcolor '#3c4043'\nset xrange [0:%u]\n",
            study->options.curve_epoch_count);
    fputs("set key outside top left horizontal Left reverse samplen 2 width 1\n", file);
    if (looks) {
        put_profit_label(unit, file);
    } else {
        fputs("set ylabel 'reward' textcolor '#3c4043'\n", file);
    }
    for (size_t e = 0; e < study->plan->curves.estimator_count; e++) {
        fprintf(file,
                "%s$curve%zu using 1:3:4 with filledcurves fillcolor '%s' fillstyle transparent "
                "solid 0.18 noborder notitle",
                e == 0 ? "plot " : ", ", e, study->plan->curves.estimators[e].colour);
    }
    for (size_t e = 0; e < study->plan->curves.estimator_count; e++) {
        fprintf(file, ", $curve%zu using 1:2 with lines linecolor '%s' linewidth 1.8 title '%s'", e,
                study->plan->curves.estimators[e].colour, study->plan->curves.estimators[e].name);
    }
    if (looks) {
        fputs(", ", file);
        put_number(file, study->curve_linkage / unit.divisor);
        fputs("with lines linecolor '#5f6368' dashtype 2 linewidth 1.4 title 'linkage'", file);
    }
    putc('\n', file);
}

dcat_status reproduce_draw(const reproduce_study *study, const reproduce_figure *figure,
                           const figure_canvas *canvas, figure_image *image, dcat_error *err)
{
    figure_script script;
    dcat_status status = figure_begin(canvas->format, canvas->width, FIGURE_HEIGHT, &script, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (study->options.quick) {
        fputs("set label 'QUICK RUN: no result' at graph 0.02, graph 0.97 left "
              "textcolor '#b3261e' font ',11' front\n",
              script.file);
    }
    if (figure->plan->kind >= REPRODUCE_FIGURE_REWARD) {
        draw_curves(study, figure, script.file);
    } else {
        draw_sweep(study, figure, script.file);
    }
    return figure_render(&script, image, err);
}
