// SPDX-License-Identifier: Apache-2.0
// The figures of dcat bench: collected, and printed as a table or as JSON.

#include "base/sort.h"
#include "base/threads.h"
#include "bench/bench.h"
#include "dcat/version.h"
#include "file/json_write.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHOW_DELAY_S 2.0 // shorter work needs no line
#define NAME_WIDTH 44

void bench_rates(double *samples, size_t sample_count, double amount)
{
    for (size_t i = 0; i < sample_count; i++) {
        samples[i] = amount / samples[i];
    }
}

static bool reached(const bench_figure *figure)
{
    return figure->target.direction == BENCH_AT_LEAST ? figure->value >= figure->target.value
                                                      : figure->value <= figure->target.value;
}

// --- what is at work

void bench_show(bench *b, const char *name, int repetition)
{
    double elapsed_s = cli_clock_s() - b->start_s;
    if (!b->show || elapsed_s < SHOW_DELAY_S) {
        return;
    }
    fprintf(stderr, "\rbench %s (part %d of %d, %.0f s so far): %s, %d of %d \033[K", b->part,
            b->part_number, b->part_count, elapsed_s, name, repetition + 1, b->repetition_count);
    fflush(stderr);
    b->shown = true;
}

void bench_hide(bench *b)
{
    if (b->shown) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
        b->shown = false;
    }
}

// --- as a table

// Four digits, but whole numbers from a thousand on.
static void write_number(double value, char text[32])
{
    int decimals = fabs(value) >= 1000.0 || value == 0.0 ? 0 : 3 - (int)floor(log10(fabs(value)));
    if (isfinite(value)) {
        snprintf(text, 32, "%.*f", decimals > 7 ? 7 : decimals, value);
    } else {
        snprintf(text, 32, "-");
    }
}

static const char *verdict_of(const bench_figure *figure)
{
    if (isnan(figure->value)) {
        return "?";
    }
    return reached(figure) ? "ok" : "NO";
}

static void print_figure(const bench_figure *figure, FILE *file)
{
    char value[32], min[32], max[32];
    write_number(figure->value, value);
    write_number(figure->min, min);
    write_number(figure->max, max);
    fprintf(file, "%-*s %10s %10s %10s  %s", NAME_WIDTH, figure->name, value, min, max,
            figure->unit);
    if (figure->target.direction != BENCH_NO_TARGET) {
        char bound[32];
        snprintf(bound, sizeof bound, "%s %g",
                 figure->target.direction == BENCH_AT_LEAST ? ">=" : "<=", figure->target.value);
        int padding = 10 - (int)strlen(figure->unit);
        fprintf(file, "%*s%10s  %s", padding > 0 ? padding : 0, "", bound, verdict_of(figure));
    }
    fprintf(file, "\n");
    const char *note = json_string_value(json_object_get(figure->params, "note"));
    if (note != NULL) {
        fprintf(file, "    %s\n", note);
    }
    fflush(file);
}

void bench_print_head(const bench *b, FILE *file)
{
    fprintf(file, "dcat %s (%s, %s), %d cores\n", dcat_version(), dcat_commit(), dcat_build(),
            threads_core_count());
    fprintf(file, "%s%d repetition%s of every measurement%s\n\n",
            b->quick ? "QUICK: smaller inputs, no result; " : "", b->repetition_count,
            b->repetition_count == 1 ? "" : "s",
            b->quick ? "" : "; dcat bench --json says on what");
    fprintf(file, "%-*s %10s %10s %10s  %-10s%10s  %s\n", NAME_WIDTH, "figure", "median", "min",
            "max", "unit", "target", "met");
}

void bench_print_verdict(const bench *b, FILE *file)
{
    size_t target_count = 0, met_count = 0;
    for (size_t i = 0; i < b->figure_count; i++) {
        const bench_figure *figure = &b->figures[i];
        target_count += figure->target.direction != BENCH_NO_TARGET;
        met_count += figure->target.direction != BENCH_NO_TARGET && reached(figure);
    }
    fprintf(file, "\n%zu of %zu targets met", met_count, target_count);
    for (size_t i = 0; i < b->figure_count; i++) {
        const bench_figure *figure = &b->figures[i];
        if (figure->target.direction != BENCH_NO_TARGET && !reached(figure)) {
            fprintf(file, "\n  %s: %s", isnan(figure->value) ? "not measured" : "missed",
                    figure->name);
        }
    }
    fprintf(file, "\n");
}

// --- collected

static bench_figure *add_figure(bench *b, const bench_figure *figure)
{
    assert(b->figure_count < BENCH_FIGURE_MAX);
    bench_figure *added = &b->figures[b->figure_count++];
    *added = *figure;
    if (b->rows != NULL) {
        bench_hide(b);
        print_figure(added, b->rows);
    }
    return added;
}

bench_figure *bench_add(bench *b, const char *name, const char *unit, bench_target target,
                        double *samples, size_t sample_count, json_t *params)
{
    assert(sample_count > 0);
    qsort(samples, sample_count, sizeof samples[0], sort_by_value);
    bench_figure figure = {
        .unit = unit,
        .value = (samples[(sample_count - 1) / 2] + samples[sample_count / 2]) / 2.0,
        .min = samples[0],
        .max = samples[sample_count - 1],
        .target = target,
        .params = params,
    };
    snprintf(figure.name, sizeof figure.name, "%s", name);
    json_object_set_new(params, "repetitions", json_count(sample_count));
    return add_figure(b, &figure);
}

void bench_add_missing(bench *b, const char *name, const char *unit, bench_target target,
                       json_t *params, const char *note)
{
    bench_figure figure = {
        .unit = unit, .value = NAN, .min = NAN, .max = NAN, .target = target, .params = params};
    snprintf(figure.name, sizeof figure.name, "%s", name);
    json_object_set_new(params, "note", json_text(note));
    add_figure(b, &figure);
}

// --- as JSON

static json_t *figure_json(const bench_figure *figure)
{
    json_t *params = figure->params == NULL ? NULL : json_deep_copy(figure->params);
    return json_pack("{s:o,s:o,s:s,s:o,s:o,s:o}", "name", json_text(figure->name), "value",
                     json_number(figure->value), "unit", figure->unit, "min",
                     json_number(figure->min), "max", json_number(figure->max), "params", params);
}

static json_t *target_json(const bench_figure *figure)
{
    bool at_least = figure->target.direction == BENCH_AT_LEAST;
    json_t *met = isnan(figure->value) ? json_null() : json_boolean(reached(figure));
    return json_pack("{s:o,s:o,s:o}", "name", json_text(figure->name),
                     at_least ? "at_least" : "at_most", json_number(figure->target.value), "met",
                     met);
}

dcat_status bench_print_json(const bench *b, FILE *file, dcat_error *err)
{
    json_t *rows = json_array(), *targets = json_array();
    bool failed = false;
    for (size_t i = 0; i < b->figure_count; i++) {
        const bench_figure *figure = &b->figures[i];
        failed = failed || json_array_append_new(rows, figure_json(figure)) != 0;
        if (figure->target.direction != BENCH_NO_TARGET) {
            failed = failed || json_array_append_new(targets, target_json(figure)) != 0;
        }
    }
    if (failed) {
        json_decref(rows);
        json_decref(targets);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the figures");
    }
    return json_write(json_pack("{s:o,s:o,s:o,s:i,s:b,s:o,s:o}", "version",
                                json_text(dcat_version()), "commit", json_text(dcat_commit()),
                                "build", json_text(dcat_build()), "cores", threads_core_count(),
                                "quick", (int)b->quick, "rows", rows, "targets", targets),
                      file, err);
}

void bench_free(bench *b)
{
    for (size_t i = 0; i < b->figure_count; i++) {
        json_decref(b->figures[i].params);
    }
    b->figure_count = 0;
}
