// SPDX-License-Identifier: Apache-2.0
// What a run of the suite found, as tables.
//
// Choice: a policy's score is the mean over points of its gain in percent of the baseline's profit,
// the baseline being the best of the paper's there, so that no point counts more because money is
// larger in it. Points share seeds, so their errors are no independent ones: the interval is the
// mean of the points' half-widths, which is never too narrow.

#include "tool/suite/suite_run.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static size_t policy_count(const suite_run *run)
{
    return run->suite->policy_count + run->entry_count;
}

static const char *entry_of(const suite_run *run, size_t p)
{
    return p < run->suite->policy_count ? NULL : run->entries[p - run->suite->policy_count].name;
}

static dcat_cell text_or_missing(const char *text)
{
    return text != NULL ? dcat_cell_text(text) : dcat_cell_missing();
}

// Gain of a policy at a point, %.
static dcat_estimate gain_of(const comparison *c, size_t p)
{
    double base = c->rows[c->baseline].profit.mean;
    dcat_estimate gain = c->rows[p].profit_gain;
    return (dcat_estimate){.mean = 100.0 * gain.mean / base, .ci95 = 100.0 * gain.ci95 / base};
}

static size_t best_of(const suite_run *run, const comparison *c)
{
    size_t best = 0;
    for (size_t p = 1; p < policy_count(run); p++) {
        best = c->rows[p].profit.mean > c->rows[best].profit.mean ? p : best;
    }
    return best;
}

// --- suite.csv

static const dcat_column result_columns[] = {
    DCAT_COLUMN("point", DCAT_COLUMN_TEXT, NULL, "where"),
    DCAT_COLUMN("policy", DCAT_COLUMN_TEXT, NULL, "clusterer:auction"),
    DCAT_COLUMN("entry", DCAT_COLUMN_TEXT, NULL, "entry that adds it; empty for the suite's own"),
    DCAT_COLUMN("profit", DCAT_COLUMN_INTERVAL, "money/cycle", "fees less payments"),
    DCAT_COLUMN("gain", DCAT_COLUMN_INTERVAL, "%",
                "profit beyond the baseline's, paired by world, in percent of the baseline's"),
    DCAT_COLUMN("offloading", DCAT_COLUMN_INTERVAL, "1", "tasks awarded of those arrived"),
    DCAT_COLUMN("margin", DCAT_COLUMN_NUMBER, "1", "profit as a share of the fees"),
    DCAT_COLUMN("cluster_count", DCAT_COLUMN_NUMBER, NULL, "mean number of clusters"),
    DCAT_COLUMN("is_baseline", DCAT_COLUMN_BOOLEAN, NULL, "whether gains are measured against it"),
};

static dcat_table results_table(const suite_run *run)
{
    dcat_table table = {.head = DCAT_TABLE_HEAD("suite", "a policy at a point", result_columns)};
    for (size_t i = 0; i < run->suite->point_count; i++) {
        const comparison *c = &run->points[i];
        for (size_t p = 0; p < policy_count(run); p++) {
            const dcat_compare_row *row = &c->rows[p];
            char text[DCAT_POLICY_TEXT_SIZE];
            dcat_policy_text(&row->policy, text);
            dcat_estimate gain = gain_of(c, p);
            const dcat_cell cells[] = {
                dcat_cell_text(run->suite->points[i].name),
                dcat_cell_text(text),
                text_or_missing(entry_of(run, p)),
                dcat_cell_interval(row->profit.mean, row->profit.ci95),
                dcat_cell_interval(gain.mean, gain.ci95),
                dcat_cell_interval(row->offloading.mean, row->offloading.ci95),
                dcat_cell_number(row->margin),
                dcat_cell_number(row->cluster_count),
                dcat_cell_boolean(p == c->baseline),
            };
            dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
        }
    }
    return table;
}

// --- scores.csv

static const dcat_column score_columns[] = {
    {.key = "policy",
     .type = DCAT_COLUMN_TEXT,
     .meaning = "clusterer:auction",
     .heading = {"policy", ""},
     .left = true},
    {.key = "entry",
     .type = DCAT_COLUMN_TEXT,
     .heading = {"entry", ""},
     .left = true,
     .meaning = "entry that adds it; empty for the suite's own"},
    {.key = "score",
     .type = DCAT_COLUMN_INTERVAL,
     .unit = "%",
     .heading = {"score", "%"},
     .meaning = "mean over points of its gain over the best of the paper's baselines there",
     .decimals = 2,
     .sign = DCAT_SIGN_PLUS},
    {.key = "best_count",
     .type = DCAT_COLUMN_COUNT,
     .heading = {"best at", "points"},
     .meaning = "points where it earns most"},
    {.key = "least_gain",
     .type = DCAT_COLUMN_NUMBER,
     .unit = "%",
     .heading = {"least", "gain, %"},
     .meaning = "its gain at the point where that is least",
     .decimals = 2,
     .sign = DCAT_SIGN_PLUS},
    {.key = "offloading",
     .type = DCAT_COLUMN_NUMBER,
     .unit = "1",
     .heading = {"offloading", ""},
     .meaning = "mean over points of the tasks awarded of those arrived",
     .decimals = 3},
};

typedef struct score {
    double mean, ci95, least, offloading;
    size_t best_count;
} score;

static score score_of(const suite_run *run, size_t p)
{
    score s = {.least = INFINITY};
    double n = (double)run->suite->point_count;
    for (size_t i = 0; i < run->suite->point_count; i++) {
        const comparison *c = &run->points[i];
        dcat_estimate gain = gain_of(c, p);
        s.mean += gain.mean / n;
        s.ci95 += gain.ci95 / n;
        s.offloading += c->rows[p].offloading.mean / n;
        s.least = gain.mean < s.least ? gain.mean : s.least;
        s.best_count += best_of(run, c) == p;
    }
    return s;
}

static void add_score(const suite_run *run, size_t p, const score *s, dcat_row_rank rank,
                      dcat_table *table)
{
    char text[DCAT_POLICY_TEXT_SIZE];
    dcat_policy_text(&run->points[0].rows[p].policy, text);
    const dcat_cell cells[] = {
        dcat_cell_text(text),
        text_or_missing(entry_of(run, p)),
        dcat_cell_interval(s->mean, s->ci95),
        dcat_cell_count(s->best_count),
        dcat_cell_number(s->least),
        dcat_cell_number(s->offloading),
    };
    dcat_table_add(table, cells, rank);
}

// Highest score first; of equal ones the one that was named first.
static dcat_table scores_table(const suite_run *run)
{
    dcat_table table = {.head = DCAT_TABLE_HEAD("scores", "a policy, best first", score_columns)};
    score scores[COMPARISON_POLICY_MAX];
    bool told[COMPARISON_POLICY_MAX] = {false};
    size_t count = policy_count(run);
    for (size_t p = 0; p < count; p++) {
        scores[p] = score_of(run, p);
    }
    for (size_t rank = 0; rank < count; rank++) {
        size_t next = count;
        for (size_t p = 0; p < count; p++) {
            if (!told[p] && (next == count || scores[p].mean > scores[next].mean)) {
                next = p;
            }
        }
        told[next] = true;
        add_score(run, next, &scores[next], rank == 0 ? DCAT_ROW_BEST : DCAT_ROW_PLAIN, &table);
    }
    return table;
}

// --- points.csv

static const dcat_column point_columns[] = {
    {.key = "point",
     .type = DCAT_COLUMN_TEXT,
     .meaning = "where",
     .heading = {"point", ""},
     .left = true},
    {.key = "baseline",
     .type = DCAT_COLUMN_TEXT,
     .heading = {"baseline", ""},
     .left = true,
     .meaning = "the best of the paper's baselines there"},
    {.key = "best",
     .type = DCAT_COLUMN_TEXT,
     .heading = {"earns most", ""},
     .left = true,
     .meaning = "the policy that earns most there"},
    {.key = "gain",
     .type = DCAT_COLUMN_INTERVAL,
     .unit = "%",
     .heading = {"gain", "%"},
     .meaning = "of the latter over the former",
     .decimals = 2,
     .sign = DCAT_SIGN_PLUS},
    DCAT_COLUMN("cycle_first", DCAT_COLUMN_COUNT, NULL, "first test cycle"),
    DCAT_COLUMN("cycle_count", DCAT_COLUMN_COUNT, NULL, "test cycles"),
    DCAT_COLUMN("world_count", DCAT_COLUMN_COUNT, NULL, "worlds, seeds from that of the command"),
    DCAT_COLUMN("digest", DCAT_COLUMN_TEXT, NULL,
                "SHA-256 of the scenario's files: results compare where it is the same"),
    DCAT_COLUMN("how", DCAT_COLUMN_TEXT, NULL, "the point as the command line says it"),
};
enum { POINT_COLUMNS_SHOWN = 4 };

// "compare paper --set KEY=VALUE", "generate --servers 400 --seed 1".
static void say_how(const suite_point *point, char *text, size_t size)
{
    if (point->scenario == NULL) {
        snprintf(text, size, "generate --servers %zu --seed %" PRIu64, point->server_count,
                 point->seed);
        return;
    }
    snprintf(text, size, "compare %s", point->scenario);
    for (size_t k = 0; k < point->set_count; k++) {
        size_t used = strlen(text);
        snprintf(text + used, size - used, " --set %s", point->set[k]);
    }
}

static dcat_table points_table(const suite_run *run)
{
    dcat_table table = {.head = DCAT_TABLE_HEAD("points", "a point of the suite", point_columns)};
    for (size_t i = 0; i < run->suite->point_count; i++) {
        const comparison *c = &run->points[i];
        char baseline[DCAT_POLICY_TEXT_SIZE];
        char best[DCAT_POLICY_TEXT_SIZE];
        char digest[65];
        char how[1024];
        size_t p = best_of(run, c);
        dcat_policy_text(&c->rows[c->baseline].policy, baseline);
        dcat_policy_text(&c->rows[p].policy, best);
        dcat_scenario_digest(c->scenario, digest);
        say_how(&run->suite->points[i], how, sizeof how);
        dcat_estimate gain = gain_of(c, p);
        const dcat_cell cells[] = {
            dcat_cell_text(run->suite->points[i].name),
            dcat_cell_text(baseline),
            dcat_cell_text(best),
            dcat_cell_interval(gain.mean, gain.ci95),
            dcat_cell_count(c->config.cycle_first),
            dcat_cell_count(c->config.cycle_count),
            dcat_cell_count(c->config.world_count),
            dcat_cell_text(digest),
            dcat_cell_text(how),
        };
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    return table;
}

// --- entries.csv

static const dcat_column entry_columns[] = {
    DCAT_COLUMN("entry", DCAT_COLUMN_TEXT, NULL, "its name"),
    DCAT_COLUMN("suite", DCAT_COLUMN_COUNT, NULL, "version of the suite that it was made for"),
    DCAT_COLUMN("authors", DCAT_COLUMN_TEXT, NULL, "who made it"),
    DCAT_COLUMN("policy", DCAT_COLUMN_TEXT, NULL, "as the manifest says it"),
    DCAT_COLUMN("about", DCAT_COLUMN_TEXT, NULL, "what it is"),
    DCAT_COLUMN("url", DCAT_COLUMN_TEXT, NULL, "where more is said"),
    DCAT_COLUMN("licence", DCAT_COLUMN_TEXT, NULL, "its licence"),
};

static dcat_table entries_table(const suite_run *run)
{
    dcat_table table = {.head = DCAT_TABLE_HEAD("entries", "an entry", entry_columns)};
    for (size_t e = 0; e < run->entry_count; e++) {
        const suite_entry *entry = &run->entries[e];
        const dcat_cell cells[] = {
            dcat_cell_text(entry->name),     dcat_cell_count(entry->version),
            dcat_cell_text(entry->authors),  dcat_cell_text(entry->policy),
            text_or_missing(entry->about),   text_or_missing(entry->url),
            text_or_missing(entry->licence),
        };
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    return table;
}

// --- writing

typedef dcat_table make_table(const suite_run *run);
static make_table *const makers[] = {scores_table, points_table, entries_table, results_table};
static const char *const json_keys[] = {"scores", "points", "entries", "results"};
enum { TABLE_COUNT = sizeof makers / sizeof *makers };

dcat_status suite_write_json(const suite_run *run, FILE *file, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    fprintf(file, "{\n\"suite\": %zu,\n\"quick\": %s,\n\"seed\": %" PRIu64, run->suite->version,
            run->quick ? "true" : "false", run->common->seed);
    for (size_t t = 0; status == DCAT_OK && t < TABLE_COUNT; t++) {
        dcat_table table = makers[t](run);
        fprintf(file, ",\n\"%s\": ", json_keys[t]);
        status = dcat_table_write_json(&table, file, err);
        dcat_table_free(&table);
    }
    fprintf(file, "\n}\n");
    return status;
}

dcat_status suite_write_text(const suite_run *run, size_t text_width, FILE *file, dcat_error *err)
{
    fprintf(file, "Suite %zu%s: %zu points, %zu worlds each, seeds from %" PRIu64 "\n\n",
            run->suite->version, run->quick ? " (quick: no result)" : "", run->suite->point_count,
            run->budget.world_count, run->common->seed);
    dcat_table table = scores_table(run);
    table.text_width = text_width;
    dcat_status status = dcat_table_write_text(&table, file, err);
    dcat_table_free(&table);
    fputc('\n', file);
    table = points_table(run);
    size_t column_count = table.head.column_count;
    table.head.column_count = POINT_COLUMNS_SHOWN;
    table.text_width = text_width;
    if (status == DCAT_OK) {
        status = dcat_table_write_text(&table, file, err);
    }
    table.head.column_count = column_count; // all are given back
    dcat_table_free(&table);
    return status;
}

static dcat_status write_others(const suite_run *run, dcat_output *output, dcat_error *err)
{
    FILE *file = dcat_output_file(output, "suite.json", err);
    dcat_status status = file == NULL ? err->status : suite_write_json(run, file, err);
    if (status == DCAT_OK) {
        file = dcat_output_file(output, "suite.txt", err);
        status = file == NULL ? err->status : suite_write_text(run, 0, file, err);
    }
    if (status == DCAT_OK) {
        const dcat_manifest manifest =
            cli_manifest(run->common, run->points[0].scenario, run->wall_s);
        file = dcat_output_file(output, "manifest.json", err);
        status = file == NULL ? err->status : dcat_manifest_write(&manifest, file, err);
    }
    return status;
}

dcat_status suite_write_folder(const suite_run *run, dcat_output *output, dcat_error *err)
{
    dcat_schema schema = {0};
    dcat_status status = DCAT_OK;
    for (size_t t = 0; status == DCAT_OK && t < TABLE_COUNT; t++) {
        dcat_table table = makers[t](run);
        status = dcat_table_file(&table, output, &schema, err);
    }
    if (status == DCAT_OK) {
        status = dcat_schema_write(&schema, output, err);
    }
    return status == DCAT_OK ? write_others(run, output, err) : status;
}
