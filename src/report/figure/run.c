// SPDX-License-Identifier: Apache-2.0
#include "report/figure/run.h"

#include "file/write_text.h"
#include <inttypes.h>
#include <math.h>

#define HEIGHT 220
#define POINT_MAX 500   // more would not show: consecutive cycles are drawn as their mean
#define DOTTED_UP_TO 60 // cycles

// The largest profit of a cycle decides the unit.
static double highest_profit(const dcat_run_report *report)
{
    double highest = 0.0;
    for (size_t c = 0; c < report->result->cycle_count; c++) {
        highest = fmax(highest, fabs(dcat_totals_profit(&report->cycles[c])));
    }
    return highest;
}

static void extremes(const dcat_run_report *report, run_figure_kind kind, double *least,
                     double *most)
{
    *least = INFINITY;
    *most = -INFINITY;
    for (size_t c = 0; c < report->result->cycle_count; c++) {
        const dcat_totals *t = &report->cycles[c];
        double value = kind == RUN_FIGURE_PROFIT ? dcat_totals_profit(t) : (double)t->arrived;
        *least = fmin(*least, value);
        *most = fmax(*most, value);
    }
}

figure_text figure_run_text(const dcat_run_report *report, run_figure_kind kind, char *unit,
                            size_t unit_size, char *shows, size_t shows_size)
{
    double least, most;
    extremes(report, kind, &least, &most);
    size_t cycles = report->result->cycle_count;
    if (kind == RUN_FIGURE_TASKS) {
        snprintf(unit, unit_size, "a cycle");
        snprintf(shows, shows_size,
                 "Two lines over %zu cycle%s: between %.0f and %.0f tasks arrive; %.0f %% of all "
                 "are served.",
                 cycles, cycles == 1 ? "" : "s", least, most,
                 report->result->totals.arrived > 0
                     ? 100.0 * (double)report->result->totals.awarded /
                           (double)report->result->totals.arrived
                     : 0.0);
        return (figure_text){.name = "tasks",
                             .title = "Tasks",
                             .unit = unit,
                             .shows = shows,
                             .caption = "Tasks that arrived in each cycle, and those that a "
                                        "cluster was awarded."};
    }
    money_unit money = money_unit_for(highest_profit(report));
    int decimals = decimals_for(most / money.divisor);
    char low[NUMBER_TEXT_SIZE], high[NUMBER_TEXT_SIZE];
    number_fixed(least / money.divisor, decimals, low);
    number_fixed(most / money.divisor, decimals, high);
    snprintf(unit, unit_size, "%s%sa cycle", money.suffix, money.suffix[0] != '\0' ? " " : "");
    snprintf(shows, shows_size, "A line over %zu cycle%s, between %s and %s %s.", cycles,
             cycles == 1 ? "" : "s", low, high, money.suffix);
    return (figure_text){.name = "profit",
                         .title = "Profit",
                         .unit = unit,
                         .shows = shows,
                         .caption = "Fees of the users less payments to the clusters."};
}

// The data; returns the largest number of it.
static double put_data(const dcat_run_report *report, run_figure_kind kind, double divisor,
                       FILE *file)
{
    double highest = 0.0;
    size_t count = report->result->cycle_count;
    size_t size = (count + POINT_MAX - 1) / POINT_MAX;
    fputs("$cycles << EOD\n", file);
    for (size_t first = 0; first < count; first += size) {
        size_t end = first + size < count ? first + size : count;
        dcat_totals sum = {0};
        for (size_t c = first; c < end; c++) {
            dcat_totals_add(&sum, &report->cycles[c]);
        }
        double cycles = (double)(end - first);
        double row[] = {
            (double)report->config->cycle_first + 0.5 * (double)(first + end - 1),
            (kind == RUN_FIGURE_PROFIT ? dcat_totals_profit(&sum) / divisor : (double)sum.arrived) /
                cycles,
            (double)sum.awarded / cycles};
        highest = fmax(highest, row[1]);
        for (size_t i = 0; i < 3; i++) {
            number_put(file, row[i]);
            putc(i < 2 ? ' ' : '\n', file);
        }
    }
    fputs("EOD\n", file);
    return highest;
}

dcat_status figure_run_draw(const dcat_run_report *report, run_figure_kind kind,
                            const figure_canvas *canvas, figure_image *image, dcat_error *err)
{
    figure_script script;
    dcat_status status = figure_begin(canvas->format, canvas->width, HEIGHT, &script, err);
    if (status != DCAT_OK) {
        return status;
    }
    FILE *file = script.file;
    double divisor = money_unit_for(highest_profit(report)).divisor;
    double highest = put_data(report, kind, divisor, file);
    uint32_t count = (uint32_t)report->result->cycle_count;
    // gnuplot refuses points' type and size on lines without points.
    const char *style =
        count > DOTTED_UP_TO ? "lines" : "linespoints pointtype 7 pointsize 0.4*point";
    figure_put_cycle_axis(canvas, report->config->cycle_first, count, highest, file);
    if (kind == RUN_FIGURE_PROFIT) {
        fprintf(file,
                "unset key\nset yrange [*<0:*]\n"
                "plot $cycles using 1:2 with %s linecolor '#00659e' linewidth 1.75\n",
                style);
    } else {
        fprintf(file,
                "set key outside top left horizontal Left reverse samplen 1 width -2\n"
                "plot $cycles using 1:2 with %s linecolor '#6b7580' linewidth 1.75 title "
                "'arrived', $cycles using 1:3 with %s linecolor '#00659e' linewidth 1.75 title "
                "'served'\n",
                style, style);
    }
    return figure_render(&script, image, err);
}
