// SPDX-License-Identifier: Apache-2.0
// What dcat bench does with a clock: repetitions of a measurement, alone or in turns.

#include "base/threads.h"
#include "bench/bench.h"

#include <string.h>
#include <time.h>

#define MEASURE_AT_LEAST_S 0.1 // ten passes of the paper's steps: one alone varies by a fifth

const bench_target bench_no_target = {BENCH_NO_TARGET, 0.0};

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

// What is over too soon for a steady figure is done again: a measurement is their mean.
dcat_status bench_once(const bench_way *way, double *seconds, dcat_error *err)
{
    double spent_s = 0.0, run_s = 0.0;
    int count = 0;
    do {
        dcat_status status = way->run(way->user, &run_s, err);
        if (status != DCAT_OK) {
            return status;
        }
        spent_s += run_s;
        count++;
    } while (spent_s < MEASURE_AT_LEAST_S);
    *seconds = spent_s / count;
    return DCAT_OK;
}

// Seconds for one unit of the amount, so that unequal amounts compare.
static double seconds_per_unit(const bench_way *way, double seconds)
{
    return way->amount > 0.0 ? seconds / way->amount : seconds;
}

// A figure of seconds, or of the rate that they mean.
static void add_way(bench *b, const bench_race *race, const char *name, const bench_way *way,
                    bench_target target, double *seconds, json_t *params)
{
    size_t count = (size_t)b->repetition_count;
    if (way->amount > 0.0) {
        bench_rates(seconds, count, way->amount);
    }
    bench_add(b, name, race->unit, target, seconds, count, params);
}

dcat_status bench_run(bench *b, const bench_race *race, double *seconds, dcat_error *err)
{
    double ours_s[BENCH_REPETITION_MAX], straight_s[BENCH_REPETITION_MAX],
        ratio[BENCH_REPETITION_MAX];
    dcat_status status = DCAT_OK;
    if (race->warm_up) {
        status = race->ours.run(race->ours.user, &ours_s[0], err);
    }
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        bench_show(b, race->name, i);
        ours_s[i] = straight_s[i] = 0.0;
        status = bench_once(&race->ours, &ours_s[i], err);
        if (status == DCAT_OK && race->straight.run != NULL) {
            status = bench_once(&race->straight, &straight_s[i], err);
            ratio[i] = seconds_per_unit(&race->straight, straight_s[i]) /
                       seconds_per_unit(&race->ours, ours_s[i]);
        }
    }
    if (status != DCAT_OK) {
        json_decref(race->params);
        return status;
    }
    if (seconds != NULL) {
        memcpy(seconds, ours_s, sizeof *seconds * (size_t)b->repetition_count);
    }
    if (race->complete != NULL) {
        race->complete(race->ours.user, race->params);
    }
    json_t *straight_params = NULL, *ratio_params = NULL;
    if (race->straight.run != NULL) {
        straight_params = json_deep_copy(race->params);
        json_object_set_new(straight_params, "straightforward", json_string(race->straight_is));
        ratio_params = json_deep_copy(straight_params);
    }
    add_way(b, race, race->name, &race->ours, race->target, ours_s, race->params);
    if (race->straight.run != NULL) {
        char name[2 * BENCH_NAME_BYTES];
        snprintf(name, sizeof name, "%s/straightforward", race->name);
        add_way(b, race, name, &race->straight, bench_no_target, straight_s, straight_params);
        snprintf(name, sizeof name, "%s/ratio", race->name);
        bench_add(b, name, "x", race->ratio_target, ratio, (size_t)b->repetition_count,
                  ratio_params);
    }
    return DCAT_OK;
}

static dcat_status wall_with(int thread_count, const bench_way *way, double *seconds,
                             dcat_error *err)
{
    double cpu_s;
    threads_set_default(thread_count);
    double start_s = cli_clock_s();
    dcat_status status = way->run(way->user, &cpu_s, err);
    *seconds = cli_clock_s() - start_s;
    threads_set_default(1);
    return status;
}

// One thread and two take turns, so that both meet the same disturbances.
dcat_status bench_two_threads(bench *b, const char *name, const bench_way *way, json_t *params,
                              dcat_error *err)
{
    char full_name[2 * BENCH_NAME_BYTES];
    double gain[BENCH_REPETITION_MAX];
    snprintf(full_name, sizeof full_name, "threads/%s", name);
    if (b->thread_count < 2) {
        bench_add_missing(b, full_name, "x", bench_no_target, params,
                          "not measured: there is one core only");
        return DCAT_OK;
    }
    dcat_status status = DCAT_OK;
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        double one_s = 0.0, two_s = 0.0;
        bench_show(b, full_name, i);
        status = wall_with(1, way, &one_s, err);
        if (status == DCAT_OK) {
            status = wall_with(2, way, &two_s, err);
        }
        gain[i] = one_s / two_s;
    }
    if (status != DCAT_OK) {
        json_decref(params);
        return status;
    }
    json_object_set_new(params, "threads", json_integer(2));
    bench_add(b, full_name, "x", bench_no_target, gain, (size_t)b->repetition_count, params);
    return DCAT_OK;
}
