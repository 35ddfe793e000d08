// SPDX-License-Identifier: Apache-2.0
// result_samples.h - a small comparison with made-up results, and a scenario with nasty names.

#ifndef DCAT_TESTS_REPORT_RESULT_SAMPLES_H
#define DCAT_TESTS_REPORT_RESULT_SAMPLES_H

#include "dcat/dcat.h"
#include "dcat/x/x.h"
#include "import/import_files.h"
#include "report/result/tables.h"
#include "support.h"

#define SAMPLE_POLICIES 3
#define SAMPLE_WORLDS 2

typedef struct sample {
    dcat_scenario *scenario;
    dcat_world *world[SAMPLE_WORLDS];
    uint64_t seed[SAMPLE_WORLDS];
    dcat_policy policy[SAMPLE_POLICIES];
    dcat_run_result result[SAMPLE_POLICIES * SAMPLE_WORLDS];
    dcat_compare_row row[SAMPLE_POLICIES];
    dcat_compare_config config;
    dcat_compare_report report;
} sample;

static inline dcat_totals sample_totals(double fee, double payment, int64_t awarded)
{
    return (dcat_totals){
        .arrived = 100,
        .awarded = awarded,
        .no_candidate = 100 - awarded - 5,
        .all_left = 5,
        .single_candidate = 10,
        .single_awarded = 10,
        .contested = awarded - 5,
        .member_below_cost = 3,
        .late = 2,
        .fee = fee,
        .payment = payment,
        .cost = payment / 2,
        .transfer_s = 0.25 * (double)awarded,
        .waiting_s = 0.5 * (double)awarded,
        .processing_s = 1.0 * (double)awarded,
    };
}

// Three policies in two worlds of two cycles. Profit per cycle: kmeans:rea 400 and 600 (mean 500),
// linkage:rea-s 600 and 840 (720, gains 200 and 240), kmeans:one-off 100 in both.
static inline void sample_make_from(sample *s, const char *scenario)
{
    static const char *const names[SAMPLE_POLICIES] = {"kmeans:rea", "linkage:rea-s",
                                                       "kmeans:one-off"};
    static const double fee[SAMPLE_POLICIES][SAMPLE_WORLDS] = {
        {1000, 1400}, {1400, 1880}, {800, 800}};
    static const double payment[SAMPLE_POLICIES] = {200, 200, 600};
    dcat_error err = {0};
    *s = (sample){0};
    if (dcat_scenario_load(scenario, NULL, 0, &s->scenario, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    for (size_t w = 0; w < SAMPLE_WORLDS; w++) {
        s->seed[w] = 7 + w;
        assert_int_equal(dcat_scenario_world(s->scenario, s->seed[w], &s->world[w], &err), DCAT_OK);
    }
    for (size_t p = 0; p < SAMPLE_POLICIES; p++) {
        assert_int_equal(dcat_policy_parse(names[p], &s->policy[p], &err), DCAT_OK);
        for (size_t w = 0; w < SAMPLE_WORLDS; w++) {
            s->result[p * SAMPLE_WORLDS + w] = (dcat_run_result){
                .totals = sample_totals(fee[p][w], payment[p], 60 + (int64_t)(10 * p)),
                .cycle_count = 2,
                .decision_count = 2,
                .decision_s = 0.004,
                .cluster_count = 30.0,
            };
        }
    }
    s->config = (dcat_compare_config){
        DCAT_SIZED(dcat_compare_config),
        .policies = s->policy,
        .policy_count = SAMPLE_POLICIES,
        .source = dcat_compare_source_of((const dcat_world *const *)s->world),
        .seeds = s->seed,
        .world_count = SAMPLE_WORLDS,
        .cycle_first = dcat_scenario_test_cycles(s->scenario).first,
        .cycle_count = 2,
    };
}

static inline void sample_summarise(sample *s)
{
    size_t baseline = dcat_compare_baseline(&s->config, s->result);
    dcat_compare_summarise(&s->config, s->result, baseline, s->row);
    s->report = (dcat_compare_report){
        .scenario = s->scenario,
        .config = &s->config,
        .world = s->world[0],
        .results = s->result,
        .rows = s->row,
        .baseline = baseline,
        .seed = 7,
        .wall_s = 1.5,
    };
}

static inline void sample_make(sample *s)
{
    sample_make_from(s, "paper");
    sample_summarise(s);
}

static inline void sample_free(sample *s)
{
    for (size_t w = 0; w < SAMPLE_WORLDS; w++) {
        dcat_world_destroy(s->world[w]);
    }
    dcat_scenario_destroy(s->scenario);
}

// What a writer writes, as text to be freed.
static inline char *written_csv(dcat_table table)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_int_equal(dcat_table_write_csv(&table, file, NULL), DCAT_OK);
    fclose(file);
    dcat_table_free(&table);
    return text;
}

static inline char *written(const sample *s,
                            dcat_status (*write)(const dcat_compare_report *, FILE *, dcat_error *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    dcat_error err = {0};
    assert_int_equal(write(&s->report, file, &err), DCAT_OK);
    fclose(file);
    return text;
}

static inline char *file_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    char *text = NULL;
    size_t size = 0;
    FILE *copy = open_memstream(&text, &size);
    for (int c = getc(file); c != EOF; c = getc(file)) {
        putc(c, copy);
    }
    fclose(file);
    fclose(copy);
    return text;
}

// Names that break careless CSV, HTML, SVG or gnuplot. %s in them is a file nobody may make.
static const char *const nasty_names[] = {
    "plain",
    "comma, and \"quotes\"",
    "`touch %s`",
    "$(touch %s) @A %%d",
    "<script>alert(1)</script><b onclick='x'>",
    "' ; system('touch %s'); '",
    "\"; system \"touch %s\"; #",
    "EOD",
    "a_b^c{d}&amp;\\n\\\\",
    "\xe4\xb8\x8a\xe6\xb5\xb7",
    "=1+1",
    "]]></style></svg>--%>",
};
#define NASTY_COUNT (sizeof nasty_names / sizeof nasty_names[0])

// Names as they are once %s is the path of trap.
static inline void nasty_name(size_t index, const char *trap, char *name, size_t size)
{
    const char *at = nasty_names[index % NASTY_COUNT];
    size_t used = 0;
    for (; *at != '\0' && used + strlen(trap) + 2 < size; at++) {
        if (at[0] == '%' && at[1] == 's') {
            used += (size_t)snprintf(name + used, size - used, "%s", trap);
            at++;
        } else {
            name[used++] = *at;
        }
    }
    name[used] = '\0';
}

static inline void put_quoted(FILE *file, const char *text)
{
    putc('"', file);
    for (; *text != '\0'; text++) {
        fputs(*text == '"' ? "\"\"" : (const char[]){*text, '\0'}, file);
    }
    putc('"', file);
}

// A scenario on a plane, its servers and areas named nastily; returns its path in the folder.
static inline const char *nasty_scenario(const test_folder *folder, const char *trap)
{
    char name[300];
    FILE *servers = fopen(folder_file(folder, "servers.csv"), "w");
    FILE *areas = fopen(folder_file(folder, "areas.csv"), "w");
    FILE *demand = fopen(folder_file(folder, "demand.csv"), "w");
    FILE *scenario = fopen(folder_file(folder, "scenario.yaml"), "w");
    fputs("name,x_km,y_km,speed_ghz,cores\n", servers);
    fputs("name,x_km,y_km\n", areas);
    fputs("day,hour", demand);
    for (size_t i = 0; i < NASTY_COUNT; i++) {
        nasty_name(i, trap, name, sizeof name);
        put_quoted(servers, name);
        fprintf(servers, ",%zu,%zu,250,100\n", 400 * (i % 3) + 7 * i, 150 * (i / 3));
        put_quoted(areas, name);
        fprintf(areas, ",%zu,%zu\n", 400 * (i % 3) + 30, 150 * (i / 3) + 70);
        putc(',', demand);
        put_quoted(demand, name);
    }
    for (int hour = 0; hour < 3 * 24; hour++) {
        fprintf(demand, "\n%d,%d", 1 + hour / 24, hour % 24);
        for (size_t i = 0; i < NASTY_COUNT; i++) {
            fprintf(demand, ",%zu", 1 + i);
        }
    }
    fputs("\n", demand);
    fputs("schema: 1\nname: nasty\n"
          "title: \"A <b>bold</b> title & 'quotes' `touch`\"\n"
          "time: {train_days: [1, 1], validate_days: [2, 2], test_days: [3, 3]}\n"
          "servers: {file: servers.csv}\nareas: {file: areas.csv}\n"
          "network: {kind: hops}\ndemand: {profile_file: demand.csv}\n",
          scenario);
    fclose(servers);
    fclose(areas);
    fclose(demand);
    fclose(scenario);
    return folder_file(folder, "scenario.yaml");
}

#endif
