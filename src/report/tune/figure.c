// SPDX-License-Identifier: Apache-2.0
#include "report/tune/figure.h"

#include "file/write_text.h"

#include <math.h>
#include <string.h>

#define PERCENT 100.0
#define NAME_SIZE 64

const figure_text tune_figure_texts[TUNE_FIGURE_COUNT] = {
    [TUNE_FIGURE_LEVERS] = {.name = "levers",
                            .title = "What each lever brings",
                            .unit = "% of the profit of the scenario's own settings",
                            .caption = "On test days, with 95 % intervals: this lever alone at "
                                       "its new value, and all but this one. Dashed: all of them."},
    [TUNE_FIGURE_SEARCH] = {.name = "search",
                            .title = "The search",
                            .unit = "gain in %",
                            .caption = "Every proposal on training days, in the order in which "
                                       "they were tried, and the best so far. What earns less "
                                       "than the axis shows stands at its lower edge."},
};

bool tune_figure_applies(const dcat_tune_result *result, tune_figure_kind kind)
{
    bool changed = false;
    for (size_t i = 0; i < result->lever_count; i++) {
        changed = changed || result->levers[i].changed;
    }
    return kind == TUNE_FIGURE_LEVERS ? changed : result->try_count > 1;
}

// --- levers

static void put_estimate(dcat_estimate share, FILE *file)
{
    double ci95 = isfinite(share.ci95) ? share.ci95 : 0.0;
    const double values[] = {share.mean, share.mean - ci95, share.mean + ci95};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        putc(' ', file);
        number_put(file, PERCENT * values[i]);
    }
}

// "market.handicap_per_gigacycle_s" is "handicap_s" beside the axis.
static void short_name(const char *key, char name[NAME_SIZE])
{
    static const char middle[] = "_per_gigacycle";
    char text[NAME_SIZE];
    const char *dot = strrchr(key, '.');
    snprintf(text, sizeof text, "%s", dot != NULL ? dot + 1 : key);
    char *found = strstr(text, middle);
    if (found != NULL) {
        const char *rest = found + strlen(middle);
        memmove(found, rest, strlen(rest) + 1);
    }
    text_for_gnuplot(text, name, NAME_SIZE);
}

// Those that changed, from top to bottom. Returns how many.
static size_t put_levers(const dcat_tune_result *result, FILE *file)
{
    size_t count = 0;
    fputs("$levers << EOD\n", file);
    for (size_t i = result->lever_count; i-- > 0;) {
        if (result->levers[i].changed) {
            fprintf(file, "%zu", count++);
            put_estimate(result->levers[i].alone, file);
            put_estimate(result->levers[i].without, file);
            putc('\n', file);
        }
    }
    fputs("EOD\nset ytics scale 0 (", file);
    size_t row = count;
    for (size_t i = 0; i < result->lever_count; i++) {
        if (result->levers[i].changed) {
            char name[NAME_SIZE];
            short_name(result->levers[i].key, name);
            fprintf(file, "%s'%s' %zu", row < count ? ", " : "", name, row - 1);
            row--;
        }
    }
    fputs(")\n", file);
    return count;
}

// From the lowest to the highest end of what is drawn.
static double lever_range(const dcat_tune_result *result)
{
    double lowest = 0.0, highest = result->gain.mean;
    for (size_t i = 0; i < result->lever_count; i++) {
        const dcat_estimate *both[] = {&result->levers[i].alone, &result->levers[i].without};
        for (int b = 0; b < 2 && result->levers[i].changed; b++) {
            double ci95 = isfinite(both[b]->ci95) ? both[b]->ci95 : 0.0;
            lowest = fmin(lowest, both[b]->mean - ci95);
            highest = fmax(highest, both[b]->mean + ci95);
        }
    }
    return PERCENT * (highest - lowest);
}

static void draw_levers(const dcat_tune_result *result, const figure_canvas *canvas, FILE *file)
{
    size_t count = put_levers(result, file);
    fputs("$all << EOD\n", file);
    number_put(file, PERCENT * result->gain.mean);
    fputs(" -0.6\n", file);
    number_put(file, PERCENT * result->gain.mean);
    fprintf(file, " %zu.6\nEOD\n", count - 1);
    fprintf(file,
            "set yrange [-0.6:%zu.6]\nset grid noytics xtics\nset xtics scale 0.5\n"
            "set offsets graph 0.03, graph 0.03, 0, 0\n"
            "set key outside top left horizontal Left reverse samplen 1 width -1\nset xtics ",
            count - 1);
    number_put(file, figure_step(fmax(lever_range(result), 0.01), canvas->width / 80));
    fputs("\nplot ", file);
    const struct {
        const char *title, *colour, *shift;
        int column;
    } parts[] = {{"alone", "#00659e", "+0.15", 2}, {"all but it", "#c08400", "-0.15", 5}};
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        int at = parts[p].column;
        fprintf(file,
                "$levers using %d:($1%s):%d:%d with xerrorbars pointtype 7 pointsize 0.6*point "
                "linewidth 1.75 linecolor '%s' title '%s', ",
                at, parts[p].shift, at + 1, at + 2, parts[p].colour, parts[p].title);
    }
    fputs("$all using 1:2 with lines linecolor '#6b7580' dashtype 2 linewidth 1.75 notitle\n",
          file);
}

// --- search

static void draw_search(const dcat_tune_result *result, const figure_canvas *canvas, FILE *file)
{
    double best = 0.0;
    for (size_t i = 0; i < result->try_count; i++) {
        best = fmax(best, PERCENT * result->tries[i].gain);
    }
    double lowest = -fmax(1.0, best);
    double so_far = lowest;
    fputs("$tries << EOD\n", file);
    for (size_t i = 0; i < result->try_count; i++) {
        double gain = fmax(lowest, PERCENT * result->tries[i].gain); // NAN: the edge
        so_far = fmax(so_far, gain);
        fprintf(file, "%zu ", i + 1);
        number_put(file, gain);
        putc(' ', file);
        number_put(file, so_far);
        putc('\n', file);
    }
    fputs("EOD\nset yrange [", file);
    number_put(file, 1.04 * lowest);
    putc(':', file);
    number_put(file, fmax(1.0, 1.08 * best));
    fprintf(file, "]\nset xrange [0:%zu]\nset xtics ", result->try_count + 1);
    number_put(file, figure_step((double)result->try_count, canvas->width / 60));
    fputs("\nset xlabel 'proposal' textcolor '#3c4043'\nset tics scale 0.5\n"
          "set key outside top left horizontal Left reverse samplen 2 width 1\n"
          "plot $tries using 1:2 with points pointtype 7 pointsize 0.5*point linecolor '#6b7580' "
          "title 'proposal', $tries using 1:3 with steps linecolor '#00659e' linewidth 1.75 "
          "title 'best so far'\n",
          file);
}

dcat_status tune_figure_draw(const dcat_tune_result *result, tune_figure_kind kind,
                             const figure_canvas *canvas, figure_image *image, dcat_error *err)
{
    int changed = 0;
    for (size_t i = 0; i < result->lever_count; i++) {
        changed += result->levers[i].changed;
    }
    figure_script script;
    dcat_status status =
        figure_begin(canvas->format, canvas->width,
                     kind == TUNE_FIGURE_LEVERS ? 80 + 30 * changed : 260, &script, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (kind == TUNE_FIGURE_LEVERS) {
        draw_levers(result, canvas, script.file);
    } else {
        draw_search(result, canvas, script.file);
    }
    return figure_render(&script, image, err);
}
