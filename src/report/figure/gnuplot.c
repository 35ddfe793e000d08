// SPDX-License-Identifier: Apache-2.0
#include "report/figure/gnuplot.h"

#include "file/write_text.h"
#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *figure_colour(size_t index)
{
    static const char *const colours[FIGURE_COLOUR_COUNT] = {"#0072b2", "#e69f00", "#009e73",
                                                             "#cc79a7", "#56b4e9", "#d55e00"};
    return colours[index % FIGURE_COLOUR_COUNT];
}

dcat_status figure_begin(figure_format format, int width, int height, figure_script *script,
                         dcat_error *err)
{
    // The script goes through an unnamed file rather than a pipe: a gnuplot that dies early would
    // break the pipe and end the whole program by a signal.
    const figure_script made = {tmpfile(), format, width, height};
    FILE *file = made.file;
    if (file == NULL) {
        return dcat_fail(err, DCAT_ERR_IO, "cannot make a temporary file: %s", strerror(errno));
    }
    *script = made;
    if (format == FIGURE_SVG) {
        fprintf(file,
                "set terminal svg dynamic noenhanced size %d,%d background '#ffffff' "
                "font 'Arial,%d' linewidth 1\npoint = 1.0\n",
                width, height, width <= FIGURE_PAGE_WIDTH ? 11 : 13);
    } else {
        // Twice as many pixels; a point of pngcairo is 4/3 pixel, so that texts keep their share.
        fprintf(file,
                "set terminal pngcairo noenhanced size %d,%d background '#ffffff' "
                "font 'DejaVu Sans,13' fontscale 1.5 linewidth 2\npoint = 2.0\n",
                2 * width, 2 * height);
    }
    fputs("set encoding utf8\n"
          "set decimalsign '.'\n"
          "set border 3 linecolor '#9aa0a6'\n"
          "set tics nomirror textcolor '#3c4043'\n"
          "set grid linecolor '#e6e8eb' linetype 1 linewidth 1\n"
          "set key textcolor '#3c4043'\n"
          "set style fill solid 1.0 noborder\n",
          file);
    return DCAT_OK;
}

double figure_step(double range, int most)
{
    double step = pow(10.0, floor(log10(range > 0.0 ? range : 1.0)) - 1.0);
    static const double factors[] = {2.0, 2.5, 2.0};
    for (int i = 0; range / step > most; i++) {
        step *= factors[i % 3];
    }
    return step;
}

void figure_put_cycle_axis(const figure_canvas *canvas, uint32_t first, uint32_t count,
                           double highest, FILE *file)
{
    fputs("set yrange [0:*]\nset offsets 0, 0, graph 0.06, 0\nset tics scale 0.5\n"
          "set grid noxtics\nset border 1\nset xrange [",
          file);
    number_put(file, first - 0.5);
    putc(':', file);
    number_put(file, (double)first + count - 0.5);
    fputs("]\nset xlabel 'cycle' textcolor '#3c4043'\nset xtics ", file);
    number_put(file, fmax(1.0, figure_step(count, canvas->width / 60)));
    fputs("\nset ytics ", file);
    number_put(file, figure_step(highest, 5));
    putc('\n', file);
}

// Everything a stream holds, with a NUL behind it; NULL, with errno, when that cannot be had.
static char *read_whole(FILE *file, size_t *size)
{
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    char *bytes = length < 0 ? NULL : malloc((size_t)length + 1);
    if (bytes != NULL) {
        *size = fread(bytes, 1, (size_t)length, file);
        bytes[*size] = '\0';
    }
    if (bytes != NULL && *size != (size_t)length) {
        int reason = errno;
        free(bytes);
        errno = reason;
        return NULL;
    }
    return bytes;
}

// Start gnuplot with the three streams and wait for it: its wait status, or -1 with errno.
static int run_gnuplot(FILE *in, FILE *out, FILE *complaints)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) {
        errno = error;
        return -1;
    }
    posix_spawn_file_actions_adddup2(&actions, fileno(in), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(out), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(complaints), STDERR_FILENO);
    // -d: neither the user's nor the system's start-up file, so figures look alike everywhere.
    char *const arguments[] = {(char[]){"gnuplot"}, (char[]){"-d"}, NULL};
    pid_t child = -1;
    error = posix_spawnp(&child, "gnuplot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        errno = error;
        return -1;
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return status;
}

// What stands behind "line N: ", which begins gnuplot's errors and warnings; NULL without it.
static const char *message_of(const char *line)
{
    size_t digits = strncmp(line, "line ", 5) == 0 ? strspn(line + 5, "0123456789") : 0;
    return digits > 0 && strncmp(line + 5 + digits, ": ", 2) == 0 ? line + 7 + digits : NULL;
}

// The first error among gnuplot's complaints, for a message. Before it stand warnings, and the
// command with a '^' below the place. Without one, the last line: that a library is missing.
static void first_error(const char *text, char *line, size_t size)
{
    static const char nothing[] = " \t\r\n^";
    bool is_error = false;
    snprintf(line, size, "no reason given");
    for (text += strspn(text, nothing); *text != '\0' && !is_error; text += strspn(text, nothing)) {
        size_t length = strcspn(text, "\r\n");
        const char *message = message_of(text);
        is_error = message != NULL && strncmp(message, "warning", 7) != 0;
        if (is_error || (message == NULL && strncmp(text, "gnuplot>", 8) != 0)) {
            const char *said = is_error ? message : text;
            snprintf(line, size, "%.*s", (int)(text + length - said), said);
        }
        text += length;
    }
}

// Judge how gnuplot ended. It returns 0 even after some errors, so the picture must be there too.
static dcat_status judge(int status, FILE *complaints, const figure_image *image, dcat_error *err)
{
    // posix_spawn may report a missing program as exit code 127.
    if ((status == -1 && errno == ENOENT) || (WIFEXITED(status) && WEXITSTATUS(status) == 127)) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND,
                         "gnuplot is not installed (Debian: gnuplot-nox); it draws the figures");
    }
    if (status == -1) {
        return dcat_fail(err, DCAT_ERR_IO, "cannot run gnuplot: %s", strerror(errno));
    }
    if (status != 0 || image->size == 0) {
        size_t size = 0;
        char *text = read_whole(complaints, &size);
        if (text == NULL) {
            return dcat_fail(err, DCAT_ERR_IO, "cannot read a temporary file: %s", strerror(errno));
        }
        char line[300];
        first_error(text, line, sizeof line);
        free(text);
        return dcat_fail(err, DCAT_ERR_INTERNAL, "gnuplot failed: %s", line);
    }
    return DCAT_OK;
}

dcat_status figure_render(figure_script *script, figure_image *image, dcat_error *err)
{
    FILE *out = tmpfile();
    FILE *complaints = tmpfile();
    figure_image made = {NULL, 0};
    dcat_status status;
    if (out == NULL || complaints == NULL || fflush(script->file) != 0 || ferror(script->file)) {
        status = dcat_fail(err, DCAT_ERR_IO, "cannot write a temporary file: %s", strerror(errno));
    } else {
        rewind(script->file);
        int ended = run_gnuplot(script->file, out, complaints);
        int reason = errno;
        made.bytes = read_whole(out, &made.size);
        if (made.bytes == NULL) {
            status =
                dcat_fail(err, DCAT_ERR_IO, "cannot read a temporary file: %s", strerror(errno));
        } else {
            errno = reason;
            status = judge(ended, complaints, &made, err);
        }
    }
    if (out != NULL) {
        fclose(out);
    }
    if (complaints != NULL) {
        fclose(complaints);
    }
    fclose(script->file);
    script->file = NULL;
    if (status == DCAT_OK) {
        *image = made;
    } else {
        free(made.bytes);
    }
    return status;
}

void figure_image_free(figure_image *image)
{
    free(image->bytes);
    *image = (figure_image){NULL, 0};
}
