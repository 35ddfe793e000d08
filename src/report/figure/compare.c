// SPDX-License-Identifier: Apache-2.0
#include "report/figure/compare.h"

#include "file/write_text.h"
#include "report/result/table.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define FIGURE_WIDTH 580
#define BAR_HALF "0.34" // of the distance between two bars
#define BEST_COLOUR 0x00659e
#define BASELINE_COLOUR 0xc08400
#define OTHER_COLOUR 0x8a949e

const figure_text figure_texts[FIGURE_KIND_COUNT] = {
    [FIGURE_PROFIT] = {"profit", "Profit per cycle",
                       "What the platform keeps in one cycle: fees of the users less payments to "
                       "the clusters. Whiskers: 95 % confidence interval over worlds.",
                       NULL},
    [FIGURE_OFFLOADING] = {"offloading", "Tasks served",
                           "Share of the arrived tasks that were awarded to a cluster (the "
                           "offloading rate). Whiskers: 95 % confidence interval over worlds.",
                           NULL},
    [FIGURE_GAIN] = {"gain", "Profit gain, world by world",
                     "Each dot is one world: the policy's profit less the baseline's on the very "
                     "same tasks, in percent of the baseline's mean profit. The diamond is the "
                     "mean with its 95 % confidence interval. What lies far below is "
                     "written at the left edge.",
                     NULL},
    [FIGURE_OUTCOMES] =
        {"outcomes", "Where the tasks went",
         "Every arrived task ends in one of these ways. Green was awarded: dark with "
         "several candidates, light with a single one, so that nobody could bid "
         "against it. The rest was lost: no cluster could finish in time, or the "
         "auction ended without a winner.",
         NULL},
    [FIGURE_DELAYS] = {"delays", "Mean delay of awarded tasks",
                       "Moving the data to the cluster, waiting until the cluster is free, and "
                       "processing; together they stay within the task's deadline.",
                       NULL},
    [FIGURE_DEMAND] = {"demand", "Demand over the compared cycles",
                       "Tasks that arrived in each cycle of the first world, with their mean.",
                       NULL},
};

bool figure_compare_applies(const dcat_compare_report *report, figure_kind kind)
{
    return kind != FIGURE_GAIN ||
           (report->config->policy_count > 1 && report->rows[report->baseline].profit.mean > 0.0);
}

// Policies from top to bottom, best first: their names beside the axis.
static void put_policy_axis(const dcat_compare_report *report, const size_t *order, size_t count,
                            FILE *file)
{
    fputs("set ytics scale 0 (", file);
    for (size_t i = 0; i < count; i++) {
        char policy[DCAT_POLICY_TEXT_SIZE];
        char clean[DCAT_POLICY_TEXT_SIZE];
        dcat_policy_text(&report->rows[order[i]].policy, policy);
        text_for_gnuplot(policy, clean, sizeof clean);
        fprintf(file, "%s'%s' %zu", i > 0 ? ", " : "", clean, count - 1 - i);
    }
    fprintf(file, ")\nset yrange [-0.6:%zu.6]\nset grid noytics xtics\nset xtics scale 0.5\n",
            count - 1);
}

// Height of a chart with a bar per policy: axis, key, and a line each.
static int bars_height(size_t count)
{
    return (int)(105 + 25 * count);
}

// One bar of a chart with whiskers.
typedef struct bar {
    double value, ci95;
    char label[DCAT_SHOWN_SIZE]; // behind the bar
} bar;

static long bar_colour(const dcat_compare_report *report, const size_t *order, size_t i)
{
    return order[i] == report->baseline ? BASELINE_COLOUR : i == 0 ? BEST_COLOUR : OTHER_COLOUR;
}

static void put_bars(const dcat_compare_report *report, const size_t *order, const bar *bars,
                     FILE *file)
{
    size_t count = report->config->policy_count;
    fputs("$bars << EOD\n", file);
    for (size_t i = 0; i < count; i++) {
        double ci95 = isfinite(bars[i].ci95) ? bars[i].ci95 : 0.0;
        fprintf(file, "%zu ", count - 1 - i);
        number_put(file, bars[i].value);
        putc(' ', file);
        number_put(file, bars[i].value - ci95);
        putc(' ', file);
        number_put(file, bars[i].value + ci95);
        fprintf(file, " %ld \"%s\"\n", bar_colour(report, order, i), bars[i].label);
    }
    fputs("EOD\n", file);
    put_policy_axis(report, order, count, file);
    fputs("set key outside top left horizontal Left reverse samplen 1 width 1\n", file);
    fputs("plot $bars using (0):1:(0):2:($1-" BAR_HALF "):($1+" BAR_HALF "):5 with boxxyerror "
          "linecolor rgb variable notitle, ",
          file);
    fputs("$bars using 2:1:3:4 with xerrorbars linecolor '#202124' pointtype 0 linewidth 1.2 "
          "notitle, "
          "$bars using (column(4) > 0 ? column(4) : 0):1:6 with labels left offset character "
          "0.7,0 noenhanced textcolor '#3c4043' font ',11' notitle, ",
          file);
    fprintf(file, "NaN with boxes linecolor rgb %ld title 'earns most', ", (long)BEST_COLOUR);
    fprintf(file, "NaN with boxes linecolor rgb %ld title 'baseline'\n", (long)BASELINE_COLOUR);
}

static bool draw_profit(const dcat_compare_report *report, const size_t *order, bar *bars,
                        FILE *file)
{
    money_unit unit = compare_unit(report);
    double largest = 0.0;
    double lowest = 0.0;
    bool ok = true;
    for (size_t i = 0; i < report->config->policy_count; i++) {
        const dcat_estimate *profit = &report->rows[order[i]].profit;
        double ci95 = isfinite(profit->ci95) ? profit->ci95 : 0.0;
        bars[i].value = profit->mean / unit.divisor;
        bars[i].ci95 = ci95 / unit.divisor;
        ok = ok && compare_cell_text(report, i, COMPARE_PROFIT, bars[i].label);
        largest = fmax(largest, bars[i].value + bars[i].ci95);
        lowest = fmin(lowest, bars[i].value - bars[i].ci95);
    }
    fputs("set xrange [", file);
    number_put(file, 1.05 * lowest);
    putc(':', file);
    number_put(file, largest > 0.0 ? 1.3 * largest : 1.0);
    fprintf(file, "]\nset xlabel 'profit per cycle%s%s' textcolor '#3c4043'\n",
            unit.suffix[0] != '\0' ? ", " : "", unit.suffix);
    put_bars(report, order, bars, file);
    return ok;
}

static bool draw_offloading(const dcat_compare_report *report, const size_t *order, bar *bars,
                            FILE *file)
{
    bool ok = true;
    for (size_t i = 0; i < report->config->policy_count; i++) {
        const dcat_estimate *offloading = &report->rows[order[i]].offloading;
        bars[i].value = 100.0 * offloading->mean;
        bars[i].ci95 = 100.0 * offloading->ci95;
        ok = ok && compare_cell_text(report, i, COMPARE_OFFLOADING, bars[i].label);
    }
    fputs("set xrange [0:125]\nset xtics 0,20,100\n"
          "set xlabel 'tasks awarded, % of arrived' textcolor '#3c4043'\n",
          file);
    put_bars(report, order, bars, file);
    return ok;
}

// --- Gains

// Where the gain axis begins. A policy far behind all others would squeeze the interesting part, so
// the axis is cut; what is cut off is written at its edge. -INFINITY: not cut.
static double gain_cut(const dcat_compare_report *report)
{
    double highest = 0.0;
    double lowest = 0.0;
    for (size_t r = 0; r < report->config->policy_count; r++) {
        for (size_t w = 0; w < report->config->world_count; w++) {
            double gain = facts_world_gain(report, r, w);
            highest = fmax(highest, gain);
            lowest = fmin(lowest, gain);
        }
    }
    double cut = -fmax(10.0, highest);
    return lowest < 2.0 * cut ? cut : -INFINITY;
}

static bool put_gain_means(const dcat_compare_report *report, const size_t *order, double cut,
                           FILE *file)
{
    size_t count = report->config->policy_count;
    bool ok = true;
    fputs("$means << EOD\n", file);
    for (size_t i = 0; i < count; i++) {
        percent_estimate gain = facts_gain(report, order[i]);
        double ci95 = isfinite(gain.ci95) && order[i] != report->baseline ? gain.ci95 : 0.0;
        if (gain.mean < cut) {
            char label[DCAT_SHOWN_SIZE] = "";
            ok = ok && compare_cell_text(report, i, COMPARE_GAIN, label);
            fprintf(file, "%zu NaN NaN NaN \"\u25c2 %s\"\n", count - 1 - i, label);
            continue;
        }
        fprintf(file, "%zu ", count - 1 - i);
        number_put(file, gain.mean);
        putc(' ', file);
        number_put(file, gain.mean - ci95);
        putc(' ', file);
        number_put(file, gain.mean + ci95);
        fputs(" \"\"\n", file);
    }
    fputs("EOD\n", file);
    return ok;
}

// Dots of one row are spread a little so that equal worlds do not hide each other.
static double spread(size_t world)
{
    return 0.05 * ((double)(world * 3 % 7) - 3.0);
}

static bool draw_gain(const dcat_compare_report *report, const size_t *order, FILE *file)
{
    size_t count = report->config->policy_count;
    fputs("$worlds << EOD\n", file);
    for (size_t i = 0; i < count; i++) {
        for (size_t w = 0; w < report->config->world_count && order[i] != report->baseline; w++) {
            number_put(file, (double)(count - 1 - i) + spread(w));
            putc(' ', file);
            number_put(file, facts_world_gain(report, order[i], w));
            fprintf(file, " %ld\n", bar_colour(report, order, i));
        }
    }
    fputs("EOD\n", file);
    double cut = gain_cut(report);
    bool ok = put_gain_means(report, order, cut, file);
    if (isfinite(cut)) {
        fputs("set xrange [", file);
        number_put(file, cut);
        fputs(":*]\n", file);
    }
    put_policy_axis(report, order, count, file);
    fputs(
        "set key outside top left horizontal Left reverse samplen 1 width 1\n"
        "set xlabel 'profit gain over the baseline, %' textcolor '#3c4043'\n"
        "set offsets graph 0.04, graph 0.04, 0, 0\n"
        "set arrow from 0, graph 0 to 0, graph 1 nohead linecolor '#80868b' linewidth 1.2 back\n"
        "plot $worlds using 2:1:3 with points pointtype 7 pointsize 0.45*point linecolor rgb "
        "variable "
        "notitle, $means using 2:1:3:4 with xerrorbars linecolor '#202124' pointtype 13 "
        "pointsize 0.8*point linewidth 1.4 title 'mean and interval', NaN with points pointtype 7 "
        "pointsize 0.45*point linecolor '#5f6368' title 'one world'",
        file);
    if (isfinite(cut)) {
        fputs(", $means using (", file);
        number_put(file, cut);
        fputs("):1:5 with labels left offset character 0.5,0 noenhanced textcolor '#3c4043' "
              "font ',11' notitle",
              file);
    }
    putc('\n', file);
    return ok;
}

// --- Stacked bars

#define PART_MAX 5

typedef struct stack_part {
    const char *title;
    const char *colour;
    const char *text_colour;
} stack_part;

// Bars of parts [policy_count, part_count]; a part's own size is written on it where it is at least
// least_shown long.
static void put_stacks(const dcat_compare_report *report, const size_t *order,
                       const stack_part *parts, size_t part_count, const double (*sizes)[PART_MAX],
                       double least_shown, int decimals, FILE *file)
{
    size_t count = report->config->policy_count;
    for (size_t p = 0; p < part_count; p++) {
        fprintf(file, "$part%zu << EOD\n", p);
        for (size_t i = 0; i < count; i++) {
            double begin = 0.0;
            for (size_t q = 0; q < p; q++) {
                begin += sizes[i][q];
            }
            char label[NUMBER_TEXT_SIZE];
            number_fixed(sizes[i][p], decimals, label);
            fprintf(file, "%zu ", count - 1 - i);
            number_put(file, begin);
            putc(' ', file);
            number_put(file, begin + sizes[i][p]);
            fprintf(file, " \"%s\"\n", sizes[i][p] >= least_shown ? label : "");
        }
        fputs("EOD\n", file);
    }
    put_policy_axis(report, order, count, file);
    fputs("set key outside top left horizontal Left reverse samplen 1 width 0 maxrows 2\n", file);
    for (size_t p = 0; p < part_count; p++) {
        fprintf(file,
                "%s$part%zu using 2:1:2:3:($1-" BAR_HALF "):($1+" BAR_HALF ") with boxxyerror "
                "linecolor '%s' title '%s', $part%zu using (($2+$3)/2):1:4 with labels center "
                "noenhanced textcolor '%s' font ',11' notitle",
                p == 0 ? "plot " : ", ", p, parts[p].colour, parts[p].title, p,
                parts[p].text_colour);
    }
    putc('\n', file);
}

static dcat_status draw_outcomes(const dcat_compare_report *report, const size_t *order, FILE *file,
                                 dcat_error *err)
{
    static const stack_part parts[PART_MAX] = {
        {"awarded in competition", "#009e73", "#14181d"},
        {"awarded, no rival", "#7fcfb9", "#14181d"},
        {"no candidate", "#d55e00", "#14181d"},
        {"all left together", "#e69f00", "#14181d"},
        {"other", "#bdc1c6", "#14181d"},
    };
    size_t count = report->config->policy_count;
    double(*sizes)[PART_MAX] = calloc(count, sizeof *sizes);
    if (sizes == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        dcat_totals totals = facts_totals(report, order[i]);
        task_shares shares = facts_shares(&totals);
        sizes[i][0] = 100.0 * shares.sold_contested;
        sizes[i][1] = 100.0 * shares.sold_single;
        sizes[i][2] = 100.0 * shares.no_candidate;
        sizes[i][3] = 100.0 * shares.all_left;
        sizes[i][4] = 100.0 * shares.other;
    }
    fputs("set xrange [0:100]\nset xlabel '% of arrived tasks' textcolor '#3c4043'\n", file);
    put_stacks(report, order, parts, PART_MAX, (const double(*)[PART_MAX])sizes, 5.0, 0, file);
    free(sizes);
    return DCAT_OK;
}

static dcat_status draw_delays(const dcat_compare_report *report, const size_t *order, FILE *file,
                               dcat_error *err)
{
    static const stack_part parts[] = {
        {"transfer", "#56b4e9", "#14181d"},
        {"waiting", "#e69f00", "#14181d"},
        {"processing", "#0072b2", "#ffffff"},
    };
    size_t count = report->config->policy_count;
    double(*sizes)[PART_MAX] = calloc(count, sizeof *sizes);
    if (sizes == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    double longest = 0.0;
    for (size_t i = 0; i < count; i++) {
        const dcat_compare_row *row = &report->rows[order[i]];
        const double delays_s[] = {row->transfer_s, row->waiting_s, row->processing_s};
        double total_s = 0.0;
        for (size_t p = 0; p < 3; p++) {
            sizes[i][p] = isfinite(delays_s[p]) ? delays_s[p] : 0.0;
            total_s += sizes[i][p];
        }
        longest = fmax(longest, total_s);
    }
    fputs("set xrange [0:", file);
    number_put(file, longest > 0.0 ? 1.04 * longest : 1.0);
    fputs("]\nset xlabel 'seconds' textcolor '#3c4043'\n", file);
    int decimals = longest >= 100.0 ? 0 : longest >= 10.0 ? 1 : 2;
    put_stacks(report, order, parts, 3, (const double(*)[PART_MAX])sizes, 0.08 * longest, decimals,
               file);
    free(sizes);
    return DCAT_OK;
}

// --- Demand

static void draw_demand(const dcat_compare_report *report, const demand_facts *demand, FILE *file)
{
    const dcat_compare_config *config = report->config;
    double sum = 0.0;
    fputs("$cycles << EOD\n", file);
    for (uint32_t c = 0; c < config->cycle_count; c++) {
        fprintf(file, "%" PRIu32 " ", config->cycle_first + c);
        number_put(file, demand->arrivals[c]);
        putc('\n', file);
        sum += demand->arrivals[c];
    }
    fputs("EOD\nset yrange [0:*]\nset offsets 0, 0, graph 0.06, 0\n"
          "set key outside top left horizontal Left reverse samplen 2\n"
          "set xlabel 'cycle' textcolor '#3c4043'\n"
          "set ylabel 'tasks arrived' textcolor '#3c4043'\nset tics scale 0.5\n",
          file);
    fputs("set xrange [", file);
    number_put(file, config->cycle_first - 0.5);
    putc(':', file);
    number_put(file, (double)config->cycle_first + config->cycle_count - 0.5);
    fputs("]\n", file);
    if (config->cycle_count <= 12) {
        fputs("set xtics 1\n", file); // no half cycles
    }
    // gnuplot refuses points' type and size on lines without points.
    const char *style =
        config->cycle_count > 60 ? "lines" : "linespoints pointtype 7 pointsize 0.4*point";
    fputs("plot $cycles using 1:2 with filledcurves above y1=0 fillstyle transparent solid 0.12 "
          "linecolor '#00659e' notitle, ",
          file);
    fprintf(file, "$cycles using 1:2 with %s linecolor '#00659e' linewidth 1.2 notitle, ", style);
    number_put(file, config->cycle_count > 0 ? sum / config->cycle_count : 0.0);
    fputs(" with lines linecolor '#c08400' dashtype 2 linewidth 1.2 title 'mean'\n", file);
}

// --- All

static dcat_status draw_kind(const dcat_compare_report *report, const demand_facts *demand,
                             figure_kind kind, FILE *file, dcat_error *err)
{
    size_t count = report->config->policy_count;
    size_t *order = calloc(count, sizeof *order);
    bar *bars = calloc(count, sizeof *bars);
    dcat_status status = DCAT_OK;
    if (order == NULL || bars == NULL) {
        free(order);
        free(bars);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    facts_order(report, order);
    bool ok = true;
    switch (kind) {
    case FIGURE_PROFIT:
        ok = draw_profit(report, order, bars, file);
        break;
    case FIGURE_OFFLOADING:
        ok = draw_offloading(report, order, bars, file);
        break;
    case FIGURE_GAIN:
        ok = draw_gain(report, order, file);
        break;
    case FIGURE_OUTCOMES:
        status = draw_outcomes(report, order, file, err);
        break;
    case FIGURE_DELAYS:
        status = draw_delays(report, order, file, err);
        break;
    case FIGURE_DEMAND:
        draw_demand(report, demand, file);
        break;
    case FIGURE_KIND_COUNT:
        break;
    }
    free(order);
    free(bars);
    return ok ? status : dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
}

dcat_status figure_compare_draw(const dcat_compare_report *report, const demand_facts *demand,
                                figure_kind kind, figure_format format, figure_image *image,
                                dcat_error *err)
{
    int height = kind == FIGURE_DEMAND ? 280 : bars_height(report->config->policy_count);
    height += kind == FIGURE_OUTCOMES ? 40 : 0; // its key has three lines
    figure_script script;
    dcat_status status = figure_begin(format, FIGURE_WIDTH, height, &script, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = draw_kind(report, demand, kind, script.file, err);
    if (status != DCAT_OK) {
        fclose(script.file);
        return status;
    }
    return figure_render(&script, image, err);
}
