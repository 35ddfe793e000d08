#include "reproduce/figure.h"

#include "reproduce/facts.h"
#include "reproduce/write.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIGURE_WIDTH 580
#define FIGURE_HEIGHT 400

// --- Which figures there are

static const struct {
    const char *suffix, *title, *caption;
} sweep_figures[] = {
    [REPRODUCE_FIGURE_PROFIT] = {"a", "profit of the platform",
                                 "The paper's six algorithms. Whiskers: 95 % confidence interval "
                                 "over worlds."},
    [REPRODUCE_FIGURE_OFFLOADING] = {"b", "offloading rate",
                                     "Share of the arrived tasks that were awarded. Whiskers: 95 % "
                                     "confidence interval over worlds."},
    [REPRODUCE_FIGURE_OURS] = {"-ours", "profit, beyond the paper",
                               "DCAT and what the paper does not have: other clusterers, DCAT "
                               "trained for the one world, and the auction rea-s (S)."},
    [REPRODUCE_FIGURE_GAIN] = {"-gain", "DCAT over every other clusterer",
                               "Paired by world: the generalist's profit less the other's, in "
                               "percent of the other's mean, all under rea. An interval above the "
                               "line says that DCAT surely earns more. Single servers are left "
                               "out: they are far below."},
};

static void add_sweep(size_t sweep, reproduce_figure *figures, size_t *count)
{
    for (reproduce_figure_kind kind = 0; kind <= REPRODUCE_FIGURE_GAIN; kind++) {
        reproduce_figure *figure = &figures[(*count)++];
        *figure = (reproduce_figure){
            .kind = kind, .sweep = sweep, .caption = sweep_figures[kind].caption};
        snprintf(figure->name, sizeof figure->name, "%s%s", reproduce_sweeps[sweep].figure,
                 sweep_figures[kind].suffix);
        snprintf(figure->title, sizeof figure->title, "Figure %c: %s",
                 reproduce_sweeps[sweep].figure[3], sweep_figures[kind].title);
    }
}

size_t reproduce_figures_of(const reproduce_study *study, reproduce_figure *figures)
{
    size_t count = 0;
    if (study->curves) {
        figures[count++] = (reproduce_figure){
            .kind = REPRODUCE_FIGURE_REWARD,
            .name = "fig2",
            .title = "Figure 2: reward while learning",
            .caption =
                "Profit of the clusterings drawn in an epoch, as a share of what all servers "
                "could earn at the mean fee without being paid; mean of the last 20 epochs. "
                "Lines: mean over trainings; bands, cut at the frame: 95 % confidence interval."};
        figures[count++] = (reproduce_figure){
            .kind = REPRODUCE_FIGURE_LOOKS,
            .name = "fig2-validation",
            .title = "Figure 2: profit on validation days",
            .caption = "What the actor's best-scored clusterings earn on days that it does not "
                       "learn from, as learning goes on. Dashed: linkage on the same days."};
    }
    for (size_t s = 0; s < REPRODUCE_PAPER_SWEEP_COUNT; s++) {
        if (reproduce_has_sweep(study, s)) {
            add_sweep(s, figures, &count);
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

// x, value and the ends of its interval.
static void put_estimate(FILE *file, double mean, double ci95)
{
    double half = isfinite(ci95) ? ci95 : 0.0;
    put_number(file, mean);
    put_number(file, mean - half);
    put_number(file, mean + half);
    putc('\n', file);
}

typedef bool (*arm_filter)(const reproduce_arm *arm);

static bool is_in_sweeps(const reproduce_arm *arm)
{
    return (arm->places & REPRODUCE_IN_PAPER) != 0;
}

static bool is_papers(const reproduce_arm *arm)
{
    return arm->paper;
}

// DCAT, its best rivals and its relatives: what would crowd the figure is in the tables.
static bool is_ours(const reproduce_arm *arm)
{
    static const char *const names[] = {"DCAT",       "DCAT-world",   "DCAT-tuned",
                                        "Anneal-REA", "Linkage-REA",  "KM-REA",
                                        "DCAT-S",     "DCAT-tuned-S", "Linkage-S"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(arm->name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_shown_rival(const reproduce_arm *arm)
{
    return arm->source == REPRODUCE_NO_MODEL && strcmp(arm->auction_name, "rea") == 0 &&
           strcmp(arm->clusterer, "single") != 0;
}

// Lines are told apart by colour and mark; the auction by the dash: one-off dashed, rea-s dotted.
static const char *dash_of(const reproduce_arm *arm)
{
    return strcmp(arm->auction_name, "one-off") == 0 ? "2"
           : strcmp(arm->auction_name, "rea-s") == 0 ? "3"
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
            return arm->source == REPRODUCE_TRAINED || arm->source == REPRODUCE_TUNED
                       ? 6
                       : marks[i].mark;
        }
    }
    return 4;
}

// --- Sweeps

// The x of a point; values are numbers in all of the paper's sweeps.
static const char *x_of(const reproduce_study *study, size_t point)
{
    return reproduce_sweeps[study->points[point].sweep].values[study->points[point].value];
}

static void put_block(const reproduce_study *study, const reproduce_figure *figure, size_t arm,
                      money_unit unit, FILE *file)
{
    size_t dcat = reproduce_arm_find(study, "DCAT");
    fprintf(file, "$arm%zu << EOD\n", arm);
    for (size_t p = 0; p < study->point_count; p++) {
        if (study->points[p].sweep != figure->sweep) {
            continue;
        }
        fprintf(file, "%s ", x_of(study, p));
        if (figure->kind == REPRODUCE_FIGURE_GAIN) {
            const reproduce_gain gain = reproduce_gain_over(study, p, dcat, arm, REPRODUCE_PROFIT);
            put_estimate(file, gain.percent, gain.percent_ci95);
        } else if (figure->kind == REPRODUCE_FIGURE_OFFLOADING) {
            dcat_estimate mean = reproduce_mean(study, p, arm, REPRODUCE_OFFLOADING);
            put_estimate(file, 100.0 * mean.mean, 100.0 * mean.ci95);
        } else {
            dcat_estimate mean = reproduce_mean(study, p, arm, REPRODUCE_PROFIT);
            put_estimate(file, mean.mean / unit.divisor, mean.ci95 / unit.divisor);
        }
    }
    fputs("EOD\n", file);
}

static void put_axes(const reproduce_study *study, const reproduce_figure *figure, money_unit unit,
                     FILE *file)
{
    const reproduce_sweep *sweep = &reproduce_sweeps[figure->sweep];
    fprintf(file, "set xlabel '%s' textcolor '#3c4043'\nset xtics (", sweep->axis);
    bool first = true;
    for (size_t p = 0; p < study->point_count; p++) {
        if (study->points[p].sweep == figure->sweep) {
            fprintf(file, "%s%s", first ? "" : ", ", x_of(study, p));
            first = false;
        }
    }
    fputs(")\nset offsets graph 0.04, graph 0.04, graph 0.05, 0\n", file);
    if (figure->kind == REPRODUCE_FIGURE_GAIN) {
        fputs("set ylabel 'gain in profit, %' textcolor '#3c4043'\n"
              "set arrow from graph 0, first 0 to graph 1, first 0 nohead linecolor '#202124' "
              "linewidth 1.4 back\n",
              file);
    } else if (figure->kind == REPRODUCE_FIGURE_OFFLOADING) {
        fputs("set ylabel 'tasks awarded, % of arrived' textcolor '#3c4043'\n", file);
    } else {
        fprintf(file, "set ylabel 'profit per cycle%s%s' textcolor '#3c4043'\n",
                unit.suffix[0] != '\0' ? ", " : "", unit.suffix);
    }
    fputs("set key outside top left horizontal Left reverse samplen 2 width 1 font ',11'\n"
          "set bars 0.5\n",
          file);
}

// Points are set apart a little from left to right so that whiskers do not hide each other.
static double shift_of(size_t sweep, size_t index, size_t count)
{
    const char *const *values = reproduce_sweeps[sweep].values;
    double step = strtod(values[1], NULL) - strtod(values[0], NULL);
    return step * 0.02 * ((double)index - 0.5 * (double)(count - 1));
}

static void draw_sweep(const reproduce_study *study, const reproduce_figure *figure, FILE *file)
{
    static const arm_filter filters[] = {
        [REPRODUCE_FIGURE_PROFIT] = is_papers,
        [REPRODUCE_FIGURE_OFFLOADING] = is_papers,
        [REPRODUCE_FIGURE_OURS] = is_ours,
        [REPRODUCE_FIGURE_GAIN] = is_shown_rival,
    };
    money_unit unit = reproduce_unit(study);
    size_t shown[REPRODUCE_ARM_MAX];
    size_t count = 0;
    for (size_t a = 0; a < study->arm_count; a++) {
        if (is_in_sweeps(&study->arms[a]) && filters[figure->kind](&study->arms[a])) {
            shown[count++] = a;
            put_block(study, figure, a, unit, file);
        }
    }
    put_axes(study, figure, unit, file);
    for (size_t i = 0; i < count; i++) {
        const reproduce_arm *arm = &study->arms[shown[i]];
        double shift = shift_of(figure->sweep, i, count);
        char name[REPRODUCE_NAME_SIZE];
        char text[NUMBER_TEXT_SIZE];
        text_for_gnuplot(arm->name, name, sizeof name);
        number_text(shift, text);
        fprintf(file,
                "%s$arm%zu using ($1+(%s)):2:3:4 with yerrorlines linecolor '%s' dashtype %s "
                "linewidth 1.6 pointtype %d pointsize 0.7*point title '%s%s'",
                i == 0 ? "plot " : ", ", shown[i], text, arm->colour, dash_of(arm), mark_of(arm),
                figure->kind == REPRODUCE_FIGURE_GAIN ? "over " : "", name);
    }
    putc('\n', file);
}

// --- Learning curves

static const char *const curve_colours[REPRODUCE_ESTIMATOR_COUNT] = {"#e69f00", "#0072b2",
                                                                     "#882255"};

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
    for (size_t e = 0; e < REPRODUCE_ESTIMATOR_COUNT; e++) {
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
    for (size_t e = 0; e < REPRODUCE_ESTIMATOR_COUNT; e++) {
        fprintf(file, "$curve%zu << EOD\n", e);
        for (size_t i = 0; i < curve_point_count(study, looks); i++) {
            const curve_point point = curve_point_at(study, looks, e, i);
            fprintf(file, "%zu ", point.epoch);
            put_estimate(file, point.value.mean, point.value.ci95);
        }
        fputs("EOD\n", file);
    }
}

static void draw_curves(const reproduce_study *study, const reproduce_figure *figure, FILE *file)
{
    bool looks = figure->kind == REPRODUCE_FIGURE_LOOKS;
    money_unit unit = money_unit_for(study->curve_linkage);
    put_curve_blocks(study, looks, file);
    put_curve_range(study, looks, file);
    fprintf(file, "set xlabel 'epoch' textcolor '#3c4043'\nset xrange [0:%u]\n",
            study->options.curve_epoch_count);
    fputs("set key outside top left horizontal Left reverse samplen 2 width 1\n", file);
    if (looks) {
        fprintf(file, "set ylabel 'profit per cycle%s%s' textcolor '#3c4043'\n",
                unit.suffix[0] != '\0' ? ", " : "", unit.suffix);
    } else {
        fputs("set ylabel 'reward' textcolor '#3c4043'\n", file);
    }
    for (size_t e = 0; e < REPRODUCE_ESTIMATOR_COUNT; e++) {
        fprintf(file,
                "%s$curve%zu using 1:3:4 with filledcurves fillcolor '%s' fillstyle transparent "
                "solid 0.18 noborder notitle",
                e == 0 ? "plot " : ", ", e, curve_colours[e]);
    }
    for (size_t e = 0; e < REPRODUCE_ESTIMATOR_COUNT; e++) {
        fprintf(file, ", $curve%zu using 1:2 with lines linecolor '%s' linewidth 1.8 title '%s'", e,
                curve_colours[e], reproduce_estimators[e]);
    }
    if (looks) {
        fputs(", ", file);
        put_number(file, study->curve_linkage / unit.divisor);
        fputs("with lines linecolor '#5f6368' dashtype 2 linewidth 1.4 title 'linkage'", file);
    }
    putc('\n', file);
}

dcat_status reproduce_draw(const reproduce_study *study, const reproduce_figure *figure,
                           figure_format format, figure_image *image, dcat_error *err)
{
    figure_script script;
    dcat_status status = figure_begin(format, FIGURE_WIDTH, FIGURE_HEIGHT, &script, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (study->options.quick) {
        fputs("set label 'QUICK RUN: no result' at graph 0.02, graph 0.97 left "
              "textcolor '#b3261e' font ',11' front\n",
              script.file);
    }
    if (figure->kind >= REPRODUCE_FIGURE_REWARD) {
        draw_curves(study, figure, script.file);
    } else {
        draw_sweep(study, figure, script.file);
    }
    return figure_render(&script, image, err);
}
