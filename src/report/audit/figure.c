// SPDX-License-Identifier: Apache-2.0
#include "report/audit/figure.h"

#include "file/write_text.h"
#include "report/audit/table.h"

const figure_text audit_figure_texts[AUDIT_FIGURE_COUNT] = {
    [AUDIT_FIGURE_THEOREM2] = {.name = "theorem2",
                               .title = "Contested tasks that the paper's clock loses",
                               .caption = "Share of tasks lost because the last candidates leave "
                                          "on the same price cut, by the size "
                                          "of the cut and the number of candidates, for costs as "
                                          "the scenario's clusters have them "
                                          "and no limit on rounds. Points: simulated. Lines: the "
                                          "exact condition. With coarse cuts "
                                          "it "
                                          "matters where the few prices happen to lie."},
    [AUDIT_FIGURE_GAMING] =
        {.name = "gaming",
         .title = "Gains beyond one auction",
         .caption =
             "Change of what those earn who try, over a run in which everybody else is honest. No "
             "auction promises that these are 0."},
};

// --- Theorem 2

static void put_curve(const dcat_audit_theorem2 *t, size_t crowd, FILE *file)
{
    fprintf(file, "$crowd%zu << EOD\n", crowd);
    for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
        double profiles = (double)t->cell_profiles;
        number_put(file, 1.0 - t->gamma[g]);
        putc(' ', file);
        number_put(file, 100.0 * (double)t->lost[crowd][g] / profiles);
        putc(' ', file);
        number_put(file, 100.0 * (double)t->lost_exact[crowd][g] / profiles);
        putc('\n', file);
    }
    fputs("EOD\n", file);
}

static void draw_theorem2(const dcat_audit_theorem2 *t, FILE *file)
{
    for (size_t c = 0; c < DCAT_AUDIT_CROWDS; c++) {
        put_curve(t, c, file);
    }
    // gamma on an axis that gives the last thousandth as much room as the first half.
    fputs("set logscale x\nset xrange [0.55:0.0009]\n"
          "set yrange [0:100]\nset ylabel 'contested tasks lost, %' textcolor '#3c4043'\n"
          "set xlabel 'decrement gamma' textcolor '#3c4043'\nset xtics (",
          file);
    for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
        char gamma[NUMBER_TEXT_SIZE];
        number_text(t->gamma[g], gamma);
        bool crowded = g == 1; // too close to its neighbours for a text of its own
        fprintf(file, "%s'%s' ", g > 0 ? ", " : "", crowded ? "" : gamma);
        number_put(file, 1.0 - t->gamma[g]);
    }
    fputs(")\nset key outside top left horizontal Left reverse samplen 2 width 1 title "
          "'candidates' left\n",
          file);
    for (size_t c = 0; c < DCAT_AUDIT_CROWDS; c++) {
        const char *colour = figure_colour(c);
        fprintf(file,
                "%s$crowd%zu using 1:3 with lines linecolor '%s' linewidth 1.6 notitle, "
                "$crowd%zu using 1:2 with points pointtype 7 pointsize 0.6*point linecolor '%s' "
                "title '%d'",
                c == 0 ? "plot " : ", ", c, colour, c, colour, (int)t->crowd[c]);
    }
    putc('\n', file);
}

// --- gaming

#define BAR_MAX (2 * DCAT_AUCTION_MAX)

typedef struct bar {
    const dcat_audit_auction *result;
    int without;
} bar;

static size_t list_bars(const dcat_audit_report *report, bar bars[BAR_MAX])
{
    size_t count = 0;
    for (size_t p = 0; p < report->config->policy_count; p++) {
        const dcat_audit_auction *result = &report->results[p];
        for (int without = 0; without <= (result->ceiling ? 1 : 0); without++) {
            bars[count++] = (bar){result, without};
        }
    }
    return count;
}

static void bar_name(const bar *b, char *text, size_t size)
{
    const char *name = b->result->kind->name;
    snprintf(text, size, "%s%s", name, b->without ? ", no ceiling" : "");
}

static double gain_of(const dcat_audit_gain *gain)
{
    return 100.0 * audit_ratio(gain->gamed - gain->honest, gain->honest);
}

static void put_gain(FILE *file, const dcat_audit_gain *gain)
{
    char label[NUMBER_TEXT_SIZE];
    double percent = gain_of(gain);
    number_fixed(percent, 1, label);
    putc(' ', file);
    number_put(file, percent);
    fprintf(file, " \"%s%s\"", percent >= 0.05 ? "+" : "", label);
}

static void put_gains(const bar *bars, size_t count, FILE *file)
{
    fputs("$gains << EOD\n", file);
    for (size_t i = 0; i < count; i++) {
        const dcat_audit_manipulation *m = &bars[i].result->manipulation[bars[i].without];
        fprintf(file, "%zu", count - 1 - i);
        put_gain(file, &m->withhold);
        put_gain(file, &m->speed_best);
        put_gain(file, &m->cost_best);
        putc('\n', file);
    }
    fputs("EOD\n", file);
}

static void draw_gaming(const dcat_audit_report *report, bool narrow, FILE *file)
{
    // Title, colour, and the bar's lower edge, middle and upper edge beside its row.
    static const char *const parts[][5] = {
        {"withhold", "#0072b2", "0.14", "0.25", "0.36"},
        {"speed, best lie", "#e69f00", "-0.11", "0", "0.11"},
        {"cost, best lie", "#009e73", "-0.36", "-0.25", "-0.14"},
    };
    bar bars[BAR_MAX];
    size_t count = list_bars(report, bars);
    put_gains(bars, count, file);
    fputs("set ytics scale 0 (", file);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        bar_name(&bars[i], name, sizeof name);
        fprintf(file, "%s'%s' %zu", i > 0 ? ", " : "", name, count - 1 - i);
    }
    fprintf(file,
            ")\nset yrange [-0.6:%zu.6]\nset grid noytics xtics\nset xtics scale 0.5\n"
            "set offsets graph 0.03, graph 0.12, 0, 0\n"
            "set xlabel 'mean change of own earnings, %%' textcolor '#3c4043'\n"
            "set key %s Left reverse samplen 0.8 width -5\n"
            "set arrow from 0, graph 0 to 0, graph 1 nohead linecolor '#80868b' linewidth 1.2\n",
            count - 1, narrow ? "tmargin left vertical maxrows 3" : "outside top left horizontal");
    for (int p = 0; p < 3; p++) {
        int value = 2 * p + 2;
        fprintf(file,
                "%s$gains using %d:1:($%d<0?$%d:0):($%d>0?$%d:0):($1+%s):($1+%s) with boxxyerror "
                "linecolor '%s' title '%s', $gains using ($%d>0?$%d:0):($1+%s):%d with labels left "
                "offset character 0.5,0 noenhanced textcolor '#3c4043' font ',11' notitle",
                p == 0 ? "plot " : ", ", value, value, value, value, value, parts[p][2],
                parts[p][4], parts[p][1], parts[p][0], value, value, parts[p][3], value + 1);
    }
    putc('\n', file);
}

dcat_status audit_figure_draw(const dcat_audit_report *report, audit_figure_kind kind,
                              const figure_canvas *canvas, figure_image *image, dcat_error *err)
{
    bar bars[BAR_MAX];
    bool narrow = canvas->width < 400; // the key has a line for each of its words
    int height = kind == AUDIT_FIGURE_GAMING
                     ? (narrow ? 140 : 110) + 38 * (int)list_bars(report, bars)
                     : 380;
    figure_script script;
    dcat_status status = figure_begin(canvas->format, canvas->width, height, &script, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (kind == AUDIT_FIGURE_THEOREM2) {
        draw_theorem2(report->theorem2, script.file);
    } else {
        draw_gaming(report, narrow, script.file);
    }
    return figure_render(&script, image, err);
}
