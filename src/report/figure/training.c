// SPDX-License-Identifier: Apache-2.0
#include "report/figure/training.h"

#include "dcat/x/report.h"
#include "file/write_text.h"
#include "report/figure/svg.h"

#include <math.h>

#define WIDTH 760
#define HEIGHT 640
#define BIN_MAX 800 // points of a curve: more would not show

// One row of plot data: a bin of consecutive epochs.
typedef struct bin {
    double epoch, reward, reward_average, entropy;
} bin;

// Rewards and entropies are means over the bin, the moving average is the last: it is one already.
static bin bin_of(const figure_training_point *points, size_t count)
{
    bin made = {.epoch = points[count - 1].epoch,
                .reward_average = points[count - 1].reward_average};
    for (size_t i = 0; i < count; i++) {
        made.reward += points[i].reward / (double)count;
        made.entropy += points[i].entropy / (double)count;
    }
    return made;
}

static void put_curves(const figure_training_point *points, size_t count, FILE *file)
{
    size_t size = (count + BIN_MAX - 1) / BIN_MAX;
    fputs("$curves << EOD\n", file);
    for (size_t first = 0; first < count; first += size) {
        bin at = bin_of(&points[first], count - first < size ? count - first : size);
        const double row[] = {at.epoch, at.reward, at.reward_average, at.entropy};
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
            number_put(file, row[i]);
            putc(i + 1 < sizeof row / sizeof row[0] ? ' ' : '\n', file);
        }
    }
    fputs("EOD\n", file);
}

// Returns how many there are.
static size_t put_gains(const figure_training_point *points, size_t count, FILE *file)
{
    size_t gains = 0;
    fputs("$gains << EOD\n", file);
    for (size_t i = 0; i < count; i++) {
        if (isfinite(points[i].gain)) {
            fprintf(file, "%u ", points[i].epoch);
            number_put(file, 100.0 * points[i].gain);
            putc('\n', file);
            gains++;
        }
    }
    fputs("EOD\n", file);
    return gains;
}

static void put_reward_panel(FILE *file)
{
    fputs("set key inside bottom right horizontal samplen 2 width 1\n"
          "set ylabel 'reward'\n"
          "plot $curves using 1:2 with lines linecolor '#9ec5e2' linewidth 1 title 'epoch', "
          "$curves using 1:3 with lines linecolor '#0072b2' linewidth 2 title 'moving average'\n",
          file);
}

static void put_gain_panel(size_t gains, FILE *file)
{
    fputs("set ylabel 'over linkage, %'\n", file);
    if (gains == 0) {
        // An empty block is an error to gnuplot; the panel stays, so that figures look alike.
        fputs("set yrange [-1:1]\nplot NaN notitle\nset yrange [*:*]\n", file);
        return;
    }
    fputs("plot 0 with lines linecolor '#9aa0a6' dashtype 2 notitle, "
          "$gains using 1:2 with linespoints linecolor '#d55e00' linewidth 1.5 pointtype 7 "
          "pointsize 0.5*point title 'validation days'\n",
          file);
}

static void put_entropy_panel(FILE *file)
{
    fputs("set key inside top right\nset yrange [0:*]\nset xlabel 'epoch' textcolor '#3c4043'\nset "
          "format x\n"
          "set ylabel 'entropy, nats'\nset offsets 0, 0, graph 0.2, 0\n"
          "plot $curves using 1:4 with lines linecolor '#009e73' linewidth 1.5 "
          "title 'mean over choices'\n",
          file);
}

static void put_script(const figure_training_point *points, size_t count, int width, FILE *file)
{
    put_curves(points, count, file);
    size_t gains = put_gains(points, count, file);
    uint32_t last = points[count - 1].epoch;
    // From 0, as one epoch alone would give an empty range; no half epochs.
    fprintf(file, "set xrange [0:%u]\n%s", last, last <= 12 ? "set xtics 1\n" : "");
    double left = 87.0 / width; // texts keep their size
    fputs("set multiplot layout 3,1 margins ", file);
    number_put(file, left);
    fputs(",0.975,0.085,0.955 spacing 0,0.07\n"
          "set tics scale 0.5\nset format x ''\nset offsets 0, 0, graph 0.08, graph 0.2\n"
          "set ylabel offset 0,0 textcolor '#3c4043'\n",
          file);
    put_reward_panel(file);
    put_gain_panel(gains, file);
    put_entropy_panel(file);
    fputs("unset multiplot\n", file);
}

dcat_status figure_training_draw(const figure_training_point *points, size_t point_count,
                                 const figure_canvas *canvas, figure_image *image, dcat_error *err)
{
    if (point_count == 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "a training without epochs has no figure");
    }
    figure_script script;
    dcat_status status = figure_begin(canvas->format, canvas->width, HEIGHT, &script, err);
    if (status != DCAT_OK) {
        return status;
    }
    put_script(points, point_count, canvas->width, script.file);
    return figure_render(&script, image, err);
}

dcat_status figure_training_save(const figure_training_point *points, size_t point_count,
                                 figure_format format, const char *path, dcat_error *err)
{
    const figure_canvas canvas = {format, WIDTH};
    figure_image image;
    dcat_status status = figure_training_draw(points, point_count, &canvas, &image, err);
    return status == DCAT_OK ? figure_image_save(&image, format, path, err) : status;
}
