// SPDX-License-Identifier: Apache-2.0
// A comparison as JSON and as tables of its own. Rows keep the order in which the policies were
// given.

#include "dcat/x/report.h"
#include "report/result/tables.h"

#include "file/json_write.h"
#include "file/table/table.h"
#include "report/json_values.h"
#include "report/result/columns.h"
#include "report/result/facts.h"
#include "report/result/table.h"

// --- compare.csv

static const dcat_column compare_columns[] = {
    REPORT_POLICY_COLUMNS,
    DCAT_COLUMN("profit", DCAT_COLUMN_INTERVAL, "money/cycle", "fees less payments"),
    DCAT_COLUMN("offloading", DCAT_COLUMN_INTERVAL, "1", "tasks awarded of those arrived"),
    DCAT_COLUMN("profit_gain", DCAT_COLUMN_INTERVAL, "money/cycle",
                "profit beyond the baseline's, paired by world"),
    DCAT_COLUMN("profit_gain_percent", DCAT_COLUMN_INTERVAL, "%",
                "the same in percent of the baseline's profit"),
    DCAT_COLUMN("offloading_gain", DCAT_COLUMN_INTERVAL, "1",
                "offloading beyond the baseline's, paired by world"),
    REPORT_SHARE_COLUMNS,
    REPORT_DELAY_COLUMNS,
    DCAT_COLUMN("cluster_count", DCAT_COLUMN_NUMBER, NULL, "mean number of clusters"),
    DCAT_COLUMN("is_baseline", DCAT_COLUMN_BOOLEAN, NULL, "whether gains are measured against it"),
    REPORT_SIMULTANEOUS_EXIT_COLUMN,
    REPORT_LATE_COLUMN(DCAT_COLUMN_NUMBER, "1"),
    DCAT_COLUMN("not_admitted", DCAT_COLUMN_NUMBER, "1",
                "tasks lost because nobody in time was admitted"),
    DCAT_COLUMN("over_value", DCAT_COLUMN_NUMBER, "1",
                "tasks lost because the fee is more than they are worth"),
    DCAT_COLUMN("bound_share", DCAT_COLUMN_INTERVAL, "1",
                "profit as a share of what no policy can exceed"),
    DCAT_COLUMN("decision_s", DCAT_COLUMN_NUMBER, "s", "mean wall time of a clustering decision"),
};
// Behind those of compare.csv: the bound, which may be missing, and what only people and --json
// see.
enum { BOUND_AND_TIMES = 2 };

static dcat_cell interval(dcat_estimate estimate)
{
    return dcat_cell_interval(estimate.mean, estimate.ci95);
}

dcat_table compare_table(const dcat_compare_report *report, bool whole)
{
    dcat_table table = {.head = DCAT_TABLE_HEAD("compare", "a policy", compare_columns)};
    table.head.column_count -= whole ? 0 : BOUND_AND_TIMES - (report->bound != NULL);
    for (size_t r = 0; r < report->config->policy_count; r++) {
        const dcat_compare_row *row = &report->rows[r];
        percent_estimate percent = facts_gain(report, r);
        percent_estimate share = facts_bound_share(report, r);
        const dcat_cell cells[] = {
            REPORT_POLICY_CELLS(&row->policy),
            interval(row->profit),
            interval(row->offloading),
            interval(row->profit_gain),
            dcat_cell_interval(percent.mean, percent.ci95),
            interval(row->offloading_gain),
            dcat_cell_number(row->margin),
            dcat_cell_number(row->no_candidate),
            dcat_cell_number(row->single_candidate),
            dcat_cell_number(row->all_left),
            dcat_cell_number(row->no_bidder),
            dcat_cell_number(row->round_limit),
            dcat_cell_number(row->members_below_cost),
            dcat_cell_number(row->transfer_s),
            dcat_cell_number(row->waiting_s),
            dcat_cell_number(row->processing_s),
            dcat_cell_number(row->cluster_count),
            dcat_cell_boolean(r == report->baseline),
            dcat_cell_number(row->all_left),
            dcat_cell_number(row->late),
            dcat_cell_number(row->not_admitted),
            dcat_cell_number(row->over_value),
            dcat_cell_interval(share.mean / 100.0, share.ci95 / 100.0),
            dcat_cell_number(row->decision_s),
        };
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    return table;
}

// --- compare.json

static json_t *row_json(const dcat_compare_report *report, const dcat_table *table, size_t r,
                        bool times)
{
    percent_estimate percent = facts_gain(report, r);
    json_t *gain =
        json_pack("{s:o, s:o, s:o, s:o}", "mean", json_number(report->rows[r].profit_gain.mean),
                  "ci95", json_number(report->rows[r].profit_gain.ci95), "percent",
                  json_number(percent.mean), "percent_ci95", json_number(percent.ci95));
    json_t *row = table_json(table, r,
                             "clusterer auction profit offloading margin no_candidate "
                             "single_candidate all_left no_bidder round_limit "
                             "members_below_cost");
    row = json_merged(row, table_json(table, r, times ? "decision_s" : ""));
    row = json_merged(row, json_pack("{s:o}", "profit_gain", gain));
    row = json_merged(row, table_json(table, r, "offloading_gain"));
    row = json_merged(row, json_pack("{s:o}", "delays",
                                     table_json(table, r, "transfer_s waiting_s processing_s")));
    row = json_merged(row, table_json(table, r, report->bound != NULL ? "bound_share" : ""));
    return json_merged(row, table_json(table, r,
                                       "cluster_count is_baseline simultaneous_exit late "
                                       "not_admitted over_value"));
}

// What the intervals of all rows are over.
static json_t *interval_json(const dcat_compare_report *report)
{
    return report->block_cycles == 0
               ? json_pack("{s:s}", "over", "worlds")
               : json_pack("{s:s, s:s, s:I}", "over", "cycles", "method", "block-bootstrap",
                           "block_cycles", (json_int_t)report->block_cycles);
}

// decision_s, a wall time, only with times.
static dcat_status write_json(const dcat_compare_report *report, bool times, FILE *file,
                              dcat_error *err)
{
    const dcat_compare_config *config = report->config;
    json_t *rows = json_array();
    dcat_table table = compare_table(report, true);
    for (size_t r = 0; r < config->policy_count; r++) {
        rows = json_plus(rows, row_json(report, &table, r, times));
    }
    dcat_table_free(&table);
    json_t *bound = report->bound == NULL ? json_null() : json_estimate(facts_bound(report));
    json_t *document = json_pack(
        "{s:o, s:s, s:I, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "scenario",
        json_text(dcat_scenario_name(report->scenario)), "queue",
        dcat_queue_rule_name(dcat_world_config_view(report->world)->market.queue), "worlds",
        (json_int_t)config->world_count, "seed", json_count(report->seed), "cycle_first",
        (json_int_t)config->cycle_first, "cycles", (json_int_t)config->cycle_count, "baseline",
        json_policy(&report->rows[report->baseline].policy), "best",
        json_policy(&report->rows[facts_best(report)].policy), "bound", bound, "interval",
        interval_json(report), "rows", rows);
    return json_write(document, file, err);
}

dcat_status dcat_write_compare_json(const dcat_compare_report *report, FILE *file, dcat_error *err)
{
    return write_json(report, true, file, err);
}

// --- worlds.csv and timing.csv

static const dcat_column world_columns[] = {
    REPORT_WORLD_COLUMNS,
    REPORT_POLICY_COLUMNS,
    REPORT_RUN_COLUMNS,
    DCAT_COLUMN("bound", DCAT_COLUMN_NUMBER, "money/cycle", "profit that no policy can exceed"),
};
static const dcat_column timing_columns[] = {
    REPORT_WORLD_COLUMNS,
    REPORT_POLICY_COLUMNS,
    DCAT_COLUMN("decision_s", DCAT_COLUMN_NUMBER, "s", "mean wall time of a clustering decision"),
};

static void add_world(const dcat_compare_report *report, size_t w, size_t p, dcat_table *table)
{
    const dcat_compare_config *config = report->config;
    const dcat_run_result *result = &report->results[p * config->world_count + w];
    const dcat_cell cells[] = {
        dcat_cell_count(w + 1),
        dcat_cell_count(config->seeds[w]),
        REPORT_POLICY_CELLS(&config->policies[p]),
        REPORT_RUN_CELLS(result),
        report->bound == NULL ? dcat_cell_missing() : dcat_cell_number(report->bound[w]),
    };
    dcat_table_add(table, cells, DCAT_ROW_PLAIN);
}

dcat_table compare_worlds_table(const dcat_compare_report *report)
{
    dcat_table table = {.head = DCAT_TABLE_HEAD("worlds", "a policy in a world", world_columns)};
    table.head.column_count -= report->bound == NULL; // the last column
    for (size_t w = 0; w < report->config->world_count; w++) {
        for (size_t p = 0; p < report->config->policy_count; p++) {
            add_world(report, w, p, &table);
        }
    }
    return table;
}

dcat_table compare_timing_table(const dcat_compare_report *report)
{
    const dcat_compare_config *config = report->config;
    dcat_table table = {.head = DCAT_TABLE_HEAD("timing", "a policy in a world", timing_columns)};
    for (size_t w = 0; w < config->world_count; w++) {
        for (size_t p = 0; p < config->policy_count; p++) {
            const dcat_run_result *result = &report->results[p * config->world_count + w];
            const dcat_cell cells[] = {
                dcat_cell_count(w + 1),
                dcat_cell_count(config->seeds[w]),
                REPORT_POLICY_CELLS(&config->policies[p]),
                dcat_cell_number(ratio(result->decision_s, (double)result->decision_count)),
            };
            dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
        }
    }
    return table;
}

// --- The folder

dcat_status dcat_write_compare_folder(const dcat_compare_report *report,
                                      const dcat_manifest *manifest, dcat_output *output, bool png,
                                      dcat_error *err)
{
    dcat_schema schema = {0};
    dcat_error own = {0};
    dcat_table tables[] = {compare_table(report, false), compare_worlds_table(report),
                           compare_timing_table(report)};
    dcat_status status = DCAT_OK;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        status = status == DCAT_OK ? dcat_table_file(&tables[i], output, &schema, &own) : status;
        dcat_table_free(&tables[i]);
    }
    status = status == DCAT_OK ? dcat_schema_write(&schema, output, &own) : status;
    FILE *json = status == DCAT_OK ? dcat_output_file(output, "compare.json", &own) : NULL;
    FILE *text = json != NULL ? dcat_output_file(output, "compare.txt", &own) : NULL;
    if (text == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    dcat_compare_report whole = *report;
    whole.text_width = 0; // a file is no terminal
    status = compare_write_text(&whole, false, text, err);
    status = status == DCAT_OK ? write_json(report, false, json, err) : status;
    return status == DCAT_OK ? compare_write_report(report, manifest, output, png, err) : status;
}
