// The figures of dcat bench: collected, and printed as a table or as JSON.

#include "bench.h"
#include "dcat/version.h"
#include "io/json_write.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double read_clock_s(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_process_s(void)
{
    return read_clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

double bench_thread_s(void)
{
    return read_clock_s(CLOCK_THREAD_CPUTIME_ID);
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

void bench_rates(double *samples, size_t sample_count, double amount)
{
    for (size_t i = 0; i < sample_count; i++) {
        samples[i] = amount / samples[i];
    }
}

static bench_figure *next_figure(bench *b, const char *name, const char *unit, bench_target target,
                                 json_t *params)
{
    assert(b->figure_count < BENCH_FIGURE_MAX);
    bench_figure *figure = &b->figures[b->figure_count++];
    *figure = (bench_figure){
        .unit = unit, .value = NAN, .min = NAN, .max = NAN, .target = target, .params = params};
    snprintf(figure->name, sizeof figure->name, "%s", name);
    return figure;
}

bench_figure *bench_add(bench *b, const char *name, const char *unit, bench_target target,
                        double *samples, size_t sample_count, json_t *params)
{
    assert(sample_count > 0);
    bench_figure *figure = next_figure(b, name, unit, target, params);
    qsort(samples, sample_count, sizeof samples[0], by_value);
    figure->value = (samples[(sample_count - 1) / 2] + samples[sample_count / 2]) / 2.0;
    figure->min = samples[0];
    figure->max = samples[sample_count - 1];
    json_object_set_new(params, "repetitions", json_count(sample_count));
    return figure;
}

void bench_add_missing(bench *b, const char *name, const char *unit, bench_target target,
                       json_t *params, const char *note)
{
    bench_figure *figure = next_figure(b, name, unit, target, params);
    snprintf(figure->note, sizeof figure->note, "%s", note);
}

static bool reached(const bench_figure *figure)
{
    return figure->target.direction == BENCH_AT_LEAST ? figure->value >= figure->target.value
                                                      : figure->value <= figure->target.value;
}

// --- as a table

// Four digits, but whole numbers from a thousand on.
static void write_number(double value, char text[32])
{
    int decimals = fabs(value) >= 1000.0 || value == 0.0 ? 0 : 3 - (int)floor(log10(fabs(value)));
    if (isfinite(value)) {
        snprintf(text, 32, "%.*f", decimals > 6 ? 6 : decimals, value);
    } else {
        snprintf(text, 32, "-");
    }
}

static void print_figure(const bench_figure *figure, FILE *file)
{
    char value[32], min[32], max[32], bound[32] = "";
    write_number(figure->value, value);
    write_number(figure->min, min);
    write_number(figure->max, max);
    fprintf(file, "%-32s %10s %10s %10s  %-10s", figure->name, value, min, max, figure->unit);
    if (figure->target.direction != BENCH_NO_TARGET) {
        snprintf(bound, sizeof bound, "%s %g",
                 figure->target.direction == BENCH_AT_LEAST ? ">=" : "<=", figure->target.value);
        const char *verdict = reached(figure) ? "yes" : "NO";
        fprintf(file, "%10s  %s", bound, isnan(figure->value) ? "?" : verdict);
    }
    fprintf(file, "\n");
    if (figure->note[0] != '\0') {
        fprintf(file, "    %s\n", figure->note);
    }
}

void bench_print_text(const bench *b, FILE *file)
{
    fprintf(file, "dcat %s (%s, %s), %d cores\n%s%d repetitions of every measurement%s\n\n",
            dcat_version(), dcat_commit(), dcat_build(), omp_get_num_procs(),
            b->quick ? "QUICK: smaller inputs, no result; " : "", b->repetition_count,
            b->quick ? "" : "; dcat bench --json says on what");
    fprintf(file, "%-32s %10s %10s %10s  %-10s%10s  %s\n", "figure", "median", "min", "max", "unit",
            "target", "met");
    for (size_t i = 0; i < b->figure_count; i++) {
        print_figure(&b->figures[i], file);
    }
}

// --- as JSON

static json_t *figure_json(const bench_figure *figure)
{
    json_t *params = figure->params == NULL ? NULL : json_deep_copy(figure->params);
    json_t *row =
        json_pack("{s:o,s:o,s:s,s:o,s:o,s:o}", "name", json_text(figure->name), "value",
                  json_number(figure->value), "unit", figure->unit, "min", json_number(figure->min),
                  "max", json_number(figure->max), "params", params);
    if (row != NULL && figure->target.direction != BENCH_NO_TARGET) {
        bool at_least = figure->target.direction == BENCH_AT_LEAST;
        json_object_set_new(row, at_least ? "at_least" : "at_most",
                            json_number(figure->target.value));
        json_object_set_new(row, "met",
                            isnan(figure->value) ? json_null() : json_boolean(reached(figure)));
    }
    if (row != NULL && figure->note[0] != '\0') {
        json_object_set_new(row, "note", json_text(figure->note));
    }
    return row;
}

dcat_status bench_print_json(const bench *b, FILE *file, dcat_error *err)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < b->figure_count; i++) {
        if (json_array_append_new(rows, figure_json(&b->figures[i])) != 0) {
            json_decref(rows);
            return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the figures");
        }
    }
    return json_write(json_pack("{s:o,s:o,s:o,s:i,s:b,s:o}", "version", json_text(dcat_version()),
                                "commit", json_text(dcat_commit()), "build",
                                json_text(dcat_build()), "cores", omp_get_num_procs(), "quick",
                                (int)b->quick, "rows", rows),
                      file, err);
}

void bench_free(bench *b)
{
    for (size_t i = 0; i < b->figure_count; i++) {
        json_decref(b->figures[i].params);
    }
    b->figure_count = 0;
}
