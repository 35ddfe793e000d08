// SPDX-License-Identifier: Apache-2.0
#include "report/figure/compare.h"

#include "file/write_text.h"
#include "report/result/table.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define BAR_HALF "0.3" // of the distance between two bars
#define BEST_COLOUR 0x00659e
#define BASELINE_COLOUR 0xc08400
#define OTHER_COLOUR 0x6b7580

const figure_text figure_texts[FIGURE_KIND_COUNT] = {
    [FIGURE_GAIN] = {.name = "gain",
                     .title = "Gain, world by world",
                     .unit = "% of the baseline's profit",
                     .caption = "Ring: one world, on the very same tasks. Dot and line: mean with "
                                "its 95 % interval. What lies far below stands at the left edge."},
    [FIGURE_OUTCOMES] =
        {.name = "outcomes",
         .title = "Where the tasks went",
         .unit = "% of those that arrived",
         .caption = "Too late: no cluster could finish in time. Lost: nobody was admitted, "
                    "nobody bid, the last bidders left together, or the rounds ran out."},
    [FIGURE_DELAYS] = {.name = "delays",
                       .title = "Delay of a served task",
                       .unit = "seconds, mean",
                       .caption = "Moving the data to the cluster, waiting until it is free, and "
                                  "processing; together within the task's deadline."},
    [FIGURE_DEMAND] = {.name = "demand",
                       .title = "Demand",
                       .unit = "tasks a cycle, world 1",
                       .caption = "Tasks that arrived in each of the compared cycles."},
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
    return (int)(60 + 18 * count);
}

// A phone's drawing has its key in several lines.
static bool is_narrow(const figure_canvas *canvas)
{
    return canvas->width < FIGURE_PAGE_WIDTH;
}

static long bar_colour(const dcat_compare_report *report, const size_t *order, size_t i)
{
    return order[i] == report->baseline ? BASELINE_COLOUR : i == 0 ? BEST_COLOUR : OTHER_COLOUR;
}

// --- Gains

// Where the gain axis begins. A policy far behind all others would squeeze the interesting part, so
// the axis is cut; what is cut off is written at its edge. -INFINITY: not cut. range: of all that
// is drawn, ends of intervals too.
static double gain_cut(const dcat_compare_report *report, double *range)
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
    double cut = lowest < -2.0 * fmax(10.0, highest) ? -fmax(10.0, highest) : -INFINITY;
    for (size_t r = 0; r < report->config->policy_count; r++) {
        percent_estimate gain = facts_gain(report, r);
        if (r != report->baseline && gain.mean >= cut && isfinite(gain.ci95)) {
            highest = fmax(highest, gain.mean + gain.ci95);
            lowest = fmin(lowest, gain.mean - gain.ci95);
        }
    }
    *range = highest - fmax(lowest, cut);
    return cut;
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
            fprintf(file, "%zu NaN NaN NaN \"\u25c2 %s\" 0\n", count - 1 - i, label);
            continue;
        }
        fprintf(file, "%zu ", count - 1 - i);
        number_put(file, gain.mean);
        putc(' ', file);
        number_put(file, gain.mean - ci95);
        putc(' ', file);
        number_put(file, gain.mean + ci95);
        fprintf(file, " \"\" %ld\n", bar_colour(report, order, i));
    }
    fputs("EOD\n", file);
    return ok;
}

// Dots of one row are spread a little so that equal worlds do not hide each other.
static double spread(size_t world)
{
    return 0.05 * ((double)(world * 3 % 7) - 3.0);
}

static bool draw_gain(const dcat_compare_report *report, const size_t *order,
                      const figure_canvas *canvas, FILE *file)
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
    double range = 0.0;
    double cut = gain_cut(report, &range);
    bool ok = put_gain_means(report, order, cut, file);
    if (isfinite(cut)) {
        fputs("set xrange [", file);
        number_put(file, cut);
        fputs(":*]\n", file);
    }
    put_policy_axis(report, order, count, file);
    fputs("set xtics ", file);
    number_put(file, figure_step(range, canvas->width / 60));
    fprintf(file,
            "\nset errorbars 0\nunset key\nset offsets graph 0.04, graph 0.04, 0, 0\n"
            "set arrow from 0, graph 0 to 0, graph 1 nohead linecolor '#c08400' linewidth 1.5 "
            "back\n"
            "plot $worlds using 2:1:3 with points pointtype 6 pointsize 0.4*point linewidth 0.9 "
            "linecolor rgb "
            "variable notitle, $means using 2:1:3:4:6 with xerrorbars linecolor rgb variable "
            "pointtype 7 pointsize 0.55*point linewidth 1.6 notitle");
    if (isfinite(cut)) {
        fputs(", $means using (", file);
        number_put(file, cut);
        fputs("):1:5 with labels left offset character 0.5,0 noenhanced textcolor '#3c4043' "
              "notitle",
              file);
    }
    putc('\n', file);
    return ok;
}

// --- Stacked bars

#define PART_MAX 4

typedef struct stack_part {
    const char *title;
    const char *colour;
} stack_part;

// Bars of parts [policy_count, part_count].
static void put_stacks(const dcat_compare_report *report, const size_t *order,
                       const stack_part *parts, size_t part_count, const double (*sizes)[PART_MAX],
                       const figure_canvas *canvas, FILE *file)
{
    size_t count = report->config->policy_count;
    for (size_t p = 0; p < part_count; p++) {
        fprintf(file, "$part%zu << EOD\n", p);
        for (size_t i = 0; i < count; i++) {
            double begin = 0.0;
            for (size_t q = 0; q < p; q++) {
                begin += sizes[i][q];
            }
            fprintf(file, "%zu ", count - 1 - i);
            number_put(file, begin);
            putc(' ', file);
            number_put(file, begin + sizes[i][p]);
            putc('\n', file);
        }
        fputs("EOD\n", file);
    }
    put_policy_axis(report, order, count, file);
    fprintf(file, "set key outside top left horizontal Left reverse samplen 0.8 width -2 %s\n",
            is_narrow(canvas) ? "maxcols 2" : "maxrows 1");
    for (size_t p = 0; p < part_count; p++) {
        fprintf(file,
                "%s$part%zu using 2:1:2:3:($1-" BAR_HALF "):($1+" BAR_HALF ") with boxxyerror "
                "linecolor '%s' title '%s'",
                p == 0 ? "plot " : ", ", p, parts[p].colour, parts[p].title);
    }
    putc('\n', file);
}

static dcat_status draw_outcomes(const dcat_compare_report *report, const size_t *order,
                                 const figure_canvas *canvas, FILE *file, dcat_error *err)
{
    static const stack_part parts[PART_MAX] = {
        {"competition", "#00659e"},
        {"no rival", "#3795de"},
        {"too late", "#8a949e"},
        {"lost", "#a83a00"},
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
        sizes[i][3] = 100.0 * (shares.all_left + shares.other);
    }
    fputs("set xrange [0:100]\nset xtics 25\n", file);
    put_stacks(report, order, parts, PART_MAX, (const double(*)[PART_MAX])sizes, canvas, file);
    free(sizes);
    return DCAT_OK;
}

static dcat_status draw_delays(const dcat_compare_report *report, const size_t *order,
                               const figure_canvas *canvas, FILE *file, dcat_error *err)
{
    static const stack_part parts[] = {
        {"transfer", "#3795de"},
        {"waiting", "#8a949e"},
        {"processing", "#00659e"},
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
    fputs("]\nset xtics ", file);
    number_put(file, figure_step(longest, canvas->width / 60));
    putc('\n', file);
    put_stacks(report, order, parts, 3, (const double(*)[PART_MAX])sizes, canvas, file);
    free(sizes);
    return DCAT_OK;
}

// --- Demand

static void draw_demand(const dcat_compare_report *report, const demand_facts *demand,
                        const figure_canvas *canvas, FILE *file)
{
    const dcat_compare_config *config = report->config;
    double highest = 0.0;
    fputs("$cycles << EOD\n", file);
    for (uint32_t c = 0; c < config->cycle_count; c++) {
        fprintf(file, "%" PRIu32 " ", config->cycle_first + c);
        number_put(file, demand->arrivals[c]);
        putc('\n', file);
        highest = fmax(highest, demand->arrivals[c]);
    }
    fputs("EOD\n", file);
    figure_put_cycle_axis(canvas, config->cycle_first, config->cycle_count, highest, file);
    // gnuplot refuses points' type and size on lines without points.
    fprintf(file, "unset key\nplot $cycles using 1:2 with %s linecolor '#6b7580' linewidth 1.75\n",
            config->cycle_count > 60 ? "lines" : "linespoints pointtype 7 pointsize 0.4*point");
}

// --- All

static dcat_status draw_kind(const dcat_compare_report *report, const demand_facts *demand,
                             figure_kind kind, const figure_canvas *canvas, FILE *file,
                             dcat_error *err)
{
    size_t count = report->config->policy_count;
    size_t *order = calloc(count, sizeof *order);
    dcat_status status = DCAT_OK;
    if (order == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    facts_order(report, order);
    bool ok = true;
    switch (kind) {
    case FIGURE_GAIN:
        ok = draw_gain(report, order, canvas, file);
        break;
    case FIGURE_OUTCOMES:
        status = draw_outcomes(report, order, canvas, file, err);
        break;
    case FIGURE_DELAYS:
        status = draw_delays(report, order, canvas, file, err);
        break;
    case FIGURE_DEMAND:
        draw_demand(report, demand, canvas, file);
        break;
    case FIGURE_KIND_COUNT:
        break;
    }
    free(order);
    return ok ? status : dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
}

dcat_status figure_compare_draw(const dcat_compare_report *report, const demand_facts *demand,
                                figure_kind kind, const figure_canvas *canvas, figure_image *image,
                                dcat_error *err)
{
    int height = kind == FIGURE_DEMAND ? 220 : bars_height(report->config->policy_count);
    height += is_narrow(canvas) && kind != FIGURE_DEMAND ? 20 : 0;
    figure_script script;
    dcat_status status = figure_begin(canvas->format, canvas->width, height, &script, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = draw_kind(report, demand, kind, canvas, script.file, err);
    if (status != DCAT_OK) {
        fclose(script.file);
        return status;
    }
    return figure_render(&script, image, err);
}
