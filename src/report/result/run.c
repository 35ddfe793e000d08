// SPDX-License-Identifier: Apache-2.0
// One run: summary.json, its text, cycles.csv, and the streams of tasks, clusters and servers.

#include "dcat/x/report.h"
#include "report/result/tables.h"

#include "dcat/x/model.h"
#include "file/json_write.h"
#include "file/table/table.h"
#include "file/write_text.h"
#include "report/json_values.h"
#include "report/result/columns.h"
#include "report/result/facts.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

// --- cycles.csv and timing.csv

static const dcat_column cycle_columns[] = {
    DCAT_COLUMN("cycle", DCAT_COLUMN_COUNT, NULL, "number of the cycle"),
    DCAT_COLUMN("arrived", DCAT_COLUMN_COUNT, NULL, "tasks that arrived"),
    DCAT_COLUMN("awarded", DCAT_COLUMN_COUNT, NULL, "tasks awarded to a cluster"),
    DCAT_COLUMN("offloading", DCAT_COLUMN_NUMBER, "1", "tasks awarded of those arrived"),
    DCAT_COLUMN("fee", DCAT_COLUMN_NUMBER, "money", "fees paid by users"),
    DCAT_COLUMN("payment", DCAT_COLUMN_NUMBER, "money", "payments to clusters"),
    DCAT_COLUMN("cost", DCAT_COLUMN_NUMBER, "money", "costs of clusters"),
    DCAT_COLUMN("profit", DCAT_COLUMN_NUMBER, "money", "fees less payments"),
    REPORT_OUTCOME_COLUMNS,
    REPORT_DELAY_COLUMNS,
    DCAT_COLUMN("clusters", DCAT_COLUMN_COUNT, NULL, "clusters of the cycle"),
    REPORT_ALL_EXITED_COLUMN,
    REPORT_LATE_COLUMN(DCAT_COLUMN_COUNT, NULL),
    DCAT_COLUMN("time_s", DCAT_COLUMN_NUMBER, "s", "start of the cycle, since cycle 0"),
    REPORT_TIMESTAMP_COLUMN,
};
static const dcat_column timing_columns[] = {
    DCAT_COLUMN("cycle", DCAT_COLUMN_COUNT, NULL, "number of the cycle"),
    DCAT_COLUMN("decision_s", DCAT_COLUMN_NUMBER, "s", "wall time of the clustering decision"),
};
static const dcat_table_head cycles_head =
    DCAT_TABLE_HEAD("cycles", "a cycle of the run", cycle_columns);

// What came of a cycle, or of a whole run.
static void add_totals(uint64_t cycle, const dcat_totals *t, dcat_cell clusters, dcat_cell time_s,
                       dcat_cell timestamp, dcat_table *table)
{
    const dcat_cell cells[] = {
        dcat_cell_count(cycle),
        dcat_cell_count(t->arrived),
        dcat_cell_count(t->awarded),
        dcat_cell_number(ratio((double)t->awarded, (double)t->arrived)),
        dcat_cell_number(t->fee),
        dcat_cell_number(t->payment),
        dcat_cell_number(t->cost),
        dcat_cell_number(dcat_totals_profit(t)),
        REPORT_OUTCOME_CELLS(t),
        REPORT_DELAY_CELLS(t),
        clusters,
        dcat_cell_count(t->all_left),
        dcat_cell_count(t->late),
        time_s,
        timestamp,
    };
    dcat_table_add(table, cells, DCAT_ROW_PLAIN);
}

dcat_table cycles_table(const dcat_run_report *report)
{
    dcat_table table = {.head = cycles_head};
    for (size_t i = 0; i < report->result->cycle_count; i++) {
        uint32_t cycle = report->config->cycle_first + (uint32_t)i;
        double time_s = report->cycle_start_s != NULL
                            ? report->cycle_start_s[i]
                            : dcat_world_slot_start_s(report->world, cycle, 0);
        char date[REPORT_TIMESTAMP_SIZE];
        add_totals(
            cycle, &report->cycles[i],
            report->cycle_cluster_count == NULL ? dcat_cell_missing()
                                                : dcat_cell_count(report->cycle_cluster_count[i]),
            dcat_cell_number(time_s), report_timestamp(report->scenario, time_s, date), &table);
    }
    return table;
}

dcat_table cycles_timing_table(const dcat_run_report *report)
{
    dcat_table table = {.head = DCAT_TABLE_HEAD("timing", "a cycle of the run", timing_columns)};
    for (size_t i = 0; report->cycle_decision_s != NULL && i < report->result->cycle_count; i++) {
        const dcat_cell cells[] = {dcat_cell_count((uint64_t)report->config->cycle_first + i),
                                   dcat_cell_number(report->cycle_decision_s[i])};
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    return table;
}

// --- summary.json

#define OUTCOME_WORD(enumerator, key, name, meaning) " " #key

// decision_s, a wall time, only with times.
static dcat_status write_summary(const dcat_run_report *report, bool times, FILE *file,
                                 dcat_error *err)
{
    const dcat_run_result *result = report->result;
    double cycles = (double)result->cycle_count;
    double profit = dcat_totals_profit(&result->totals);
    double decision_s = ratio(result->decision_s, (double)result->decision_count);
    dcat_table totals = {.head = cycles_head};
    add_totals(0, &result->totals, dcat_cell_missing(), dcat_cell_missing(), dcat_cell_missing(),
               &totals);
    json_t *money =
        json_merged(table_json(&totals, 0, "fees=fee payments=payment costs=cost profit"),
                    json_pack("{s:o}", "margin", json_number(ratio(profit, result->totals.fee))));
    json_t *outcomes =
        table_json(&totals, 0, "sold=awarded" DCAT_AUCTION_UNSOLD(OUTCOME_WORD) " all_exited");
    json_t *delays = table_json(&totals, 0, "transfer_s waiting_s processing_s");
    json_t *document = json_pack(
        "{s:o, s:o, s:o, s:I, s:I}", "scenario", json_text(dcat_scenario_name(report->scenario)),
        "policy", json_policy(&report->config->policy), "seed", json_count(report->config->seed),
        "cycle_first", (json_int_t)report->config->cycle_first, "cycles",
        (json_int_t)result->cycle_count);
    document = json_merged(document, table_json(&totals, 0, "arrived awarded offloading"));
    document = json_merged(document, json_pack("{s:o, s:o, s:o}", "profit_per_cycle",
                                               json_number(ratio(profit, cycles)), "money", money,
                                               "outcomes", outcomes));
    document = json_merged(
        document, table_json(&totals, 0, "single_candidate contested members_below_cost late"));
    document = json_with(document, "delays", delays);
    document =
        json_with(document, "cluster_count", json_number(ratio(result->cluster_count, cycles)));
    if (run_shows_classes(report)) {
        document = json_with(document, "classes", run_classes_json(report));
    }
    if (times) {
        document = json_with(document, "decision_s", json_number(decision_s));
    }
    dcat_table_free(&totals);
    return json_write(document, file, err);
}

dcat_status dcat_write_run_summary_json(const dcat_run_report *report, FILE *file, dcat_error *err)
{
    return write_summary(report, true, file, err);
}

// --- The folder

dcat_status dcat_write_run_folder(const dcat_run_report *report, dcat_output *output,
                                  dcat_schema *schema, dcat_error *err)
{
    dcat_error own = {0};
    dcat_table cycles = cycles_table(report);
    dcat_table timing = cycles_timing_table(report);
    FILE *file = dcat_output_file(output, "summary.json", &own);
    dcat_status status = file == NULL ? dcat_fail(err, own.status, "%s", own.message)
                                      : write_summary(report, false, file, err);
    if (status == DCAT_OK) {
        status = dcat_table_file(&cycles, output, schema, err);
    }
    if (status == DCAT_OK) {
        status = dcat_table_file(&timing, output, schema, err);
    }
    if (status == DCAT_OK && run_shows_classes(report)) {
        dcat_table classes = run_classes_table(report, true);
        status = dcat_table_file(&classes, output, schema, err);
    }
    dcat_table_free(&cycles);
    dcat_table_free(&timing);
    return status == DCAT_OK ? dcat_schema_write(schema, output, err) : status;
}

// --- The summary as text

static void put_money(FILE *file, const char *label, double value, const char *more)
{
    char text[NUMBER_TEXT_SIZE];
    money_unit unit = money_unit_for(fabs(value));
    number_fixed(value / unit.divisor, decimals_for(fabs(value) / unit.divisor), text);
    fprintf(file, "  %-22s%s%s%s%s\n", label, text, *unit.suffix != '\0' ? " " : "", unit.suffix,
            more);
}

static void put_share(FILE *file, const char *label, int64_t part, int64_t whole)
{
    char text[NUMBER_TEXT_SIZE] = "-";
    if (whole > 0) {
        number_fixed(100.0 * (double)part / (double)whole, 1, text);
    }
    fprintf(file, "  %-22s%s %%  (%" PRId64 ")\n", label, text, part);
}

static void put_seconds(FILE *file, const char *label, double seconds)
{
    char text[NUMBER_TEXT_SIZE];
    duration_text(seconds, text);
    fprintf(file, "  %-22s%s\n", label, text);
}

void dcat_write_run_summary_text(const dcat_run_report *report, FILE *file)
{
    const dcat_totals *totals = &report->result->totals;
    const dcat_run_result *result = report->result;
    char policy[DCAT_POLICY_TEXT_SIZE];
    char name[256];
    char number[NUMBER_TEXT_SIZE];
    dcat_policy_text(&report->config->policy, policy);
    text_clean(dcat_scenario_name(report->scenario), name, sizeof name);
    fprintf(file, "%s: %s on %" PRIu32 " cycle%s from cycle %" PRIu32 ", seed %" PRIu64 "\n\n",
            name, policy, result->cycle_count, result->cycle_count == 1 ? "" : "s",
            report->config->cycle_first, report->config->seed);
    double cycles = result->cycle_count > 0 ? (double)result->cycle_count : NAN;
    put_money(file, "profit per cycle", dcat_totals_profit(totals) / cycles, "");
    put_money(file, "  fees", totals->fee / cycles, "  paid by users");
    put_money(file, "  payments", totals->payment / cycles, "  to clusters");
    put_money(file, "  costs", totals->cost / cycles, "  of clusters");
    fprintf(file, "  %-22s%" PRId64 "\n", "tasks arrived", totals->arrived);
    put_share(file, "tasks awarded", totals->awarded, totals->arrived);
    put_share(file, "  one candidate", totals->single_candidate, totals->arrived);
    put_share(file, "lost: no candidate", totals->no_candidate, totals->arrived);
    put_share(file, "lost: all left", totals->all_left, totals->arrived);
    put_share(file, "lost: no bidder", totals->no_bidder, totals->arrived);
    put_share(file, "lost: round limit", totals->round_limit, totals->arrived);
    if (totals->not_admitted > 0) { // none without an admission
        put_share(file, "lost: not admitted", totals->not_admitted, totals->arrived);
    }
    if (totals->no_device > 0) { // none without classes of work
        put_share(file, "lost: no device", totals->no_device, totals->arrived);
    }
    if (totals->over_value > 0) { // none where users take any fee
        put_share(file, "lost: over its value", totals->over_value, totals->arrived);
    }
    put_share(file, "member below its cost", totals->member_below_cost, totals->awarded);
    if (totals->late > 0) { // none under market.queue: fifo
        put_share(file, "late in a real queue", totals->late, totals->awarded);
    }
    put_seconds(file, "transfer delay", ratio(totals->transfer_s, (double)totals->awarded));
    put_seconds(file, "waiting delay", ratio(totals->waiting_s, (double)totals->awarded));
    put_seconds(file, "processing delay", ratio(totals->processing_s, (double)totals->awarded));
    number_fixed(result->cluster_count / cycles, 1, number);
    fprintf(file, "  %-22s%s\n", "clusters", number);
    put_seconds(file, "decision time", ratio(result->decision_s, (double)result->decision_count));
    if (run_shows_classes(report)) {
        dcat_table classes = run_classes_table(report, false);
        fputc('\n', file);
        dcat_table_write_text(&classes, file, NULL);
        dcat_table_free(&classes);
    }
}

// --- tasks.csv

static const dcat_column task_columns[] = {
    DCAT_COLUMN("job_id", DCAT_COLUMN_COUNT, NULL, "number of the task in the run, from 0"),
    DCAT_COLUMN("submission_time", DCAT_COLUMN_NUMBER, "s", "when the task arrived"),
    DCAT_COLUMN("waiting_time", DCAT_COLUMN_NUMBER, "s", "transfer and queue"),
    DCAT_COLUMN("starting_time", DCAT_COLUMN_NUMBER, "s", "when processing starts"),
    DCAT_COLUMN("execution_time", DCAT_COLUMN_NUMBER, "s", "how long processing takes"),
    DCAT_COLUMN("finish_time", DCAT_COLUMN_NUMBER, "s", "when processing ends"),
    DCAT_COLUMN("turnaround_time", DCAT_COLUMN_NUMBER, "s", "from arrival to the end"),
    DCAT_COLUMN("success", DCAT_COLUMN_BOOLEAN, NULL, "whether the task was awarded"),
    DCAT_COLUMN("cycle", DCAT_COLUMN_COUNT, NULL, "cycle of the arrival"),
    DCAT_COLUMN("slot", DCAT_COLUMN_COUNT, NULL, "slot of the arrival within its cycle"),
    DCAT_COLUMN("task", DCAT_COLUMN_COUNT, NULL, "number of the task within its cycle"),
    DCAT_COLUMN("origin", DCAT_COLUMN_TEXT, NULL, "area that the task comes from"),
    DCAT_COLUMN("work_gigacycles", DCAT_COLUMN_NUMBER, "gigacycle", "work to do"),
    DCAT_COLUMN("data_mb", DCAT_COLUMN_NUMBER, "Mbit", "data to transfer"),
    DCAT_COLUMN("deadline_s", DCAT_COLUMN_NUMBER, "s", "longest turnaround that is in time"),
    DCAT_COLUMN("value", DCAT_COLUMN_NUMBER, "money", "worth of the task to its user"),
    DCAT_COLUMN("outcome", DCAT_COLUMN_TEXT, NULL, "how the auction ended"),
    DCAT_COLUMN("candidates", DCAT_COLUMN_COUNT, NULL, "clusters that could finish in time"),
    DCAT_COLUMN("rounds", DCAT_COLUMN_COUNT, NULL, "rounds of the auction"),
    DCAT_COLUMN("cluster", DCAT_COLUMN_COUNT, NULL, "winner"),
    DCAT_COLUMN("transfer_s", DCAT_COLUMN_NUMBER, "s", "time to transfer the data"),
    DCAT_COLUMN("queue_s", DCAT_COLUMN_NUMBER, "s", "time until the cluster is free"),
    DCAT_COLUMN("processing_s", DCAT_COLUMN_NUMBER, "s", "time of processing"),
    DCAT_COLUMN("fee", DCAT_COLUMN_NUMBER, "money", "what the user pays or would have paid"),
    DCAT_COLUMN("payment", DCAT_COLUMN_NUMBER, "money", "what the winner is paid"),
    DCAT_COLUMN("limit", DCAT_COLUMN_NUMBER, "money", "lowest payment that the winner accepts"),
    DCAT_COLUMN("cost", DCAT_COLUMN_NUMBER, "money", "what the work costs the winner"),
    DCAT_COLUMN("member_below_cost", DCAT_COLUMN_BOOLEAN, NULL,
                "whether some member is paid less than its own cost"),
    DCAT_COLUMN("class", DCAT_COLUMN_TEXT, NULL, "class of work"),
};
const dcat_table_head dcat_tasks_head = DCAT_TABLE_HEAD("tasks", "a task", task_columns);

// Times of an awarded task in the words of SWF and Batsim. Choice: a task starts once its data has
// arrived and the cluster is free, so waiting_time = starting_time - submission_time holds transfer
// and queue, and finish_time = starting_time + execution_time.
static void put_task(const dcat_scenario *scenario, const dcat_slot_record *slot, size_t n,
                     uint64_t job_id, FILE *file)
{
    const dcat_task *task = &slot->tasks[n];
    const dcat_award *award = &slot->awards[n];
    bool sold = award->outcome == DCAT_AUCTION_SOLD;
    double waiting_s = award->transfer_s + award->waiting_s;
    double start_s = task->arrival_s + waiting_s;
    const dcat_cell cells[] = {
        dcat_cell_count(job_id),
        dcat_cell_number(task->arrival_s),
        number_if(sold, waiting_s),
        number_if(sold, start_s),
        number_if(sold, award->processing_s),
        number_if(sold, start_s + award->processing_s),
        number_if(sold, waiting_s + award->processing_s),
        dcat_cell_boolean(sold),
        dcat_cell_count(slot->cycle),
        dcat_cell_count(slot->slot),
        dcat_cell_count(task->id),
        dcat_cell_text(dcat_scenario_area_name(scenario, (size_t)task->area)),
        dcat_cell_number(task->work_cycles / 1e9),
        dcat_cell_number(task->data_bits / 1e6),
        dcat_cell_number(task->deadline_s),
        dcat_cell_number(task->value),
        dcat_cell_text(dcat_auction_outcome_name(award->outcome)),
        dcat_cell_count(award->candidate_count),
        dcat_cell_count(award->round),
        sold ? dcat_cell_count(award->cluster) : dcat_cell_missing(),
        number_if(sold, award->transfer_s),
        number_if(sold, award->waiting_s),
        number_if(sold, award->processing_s),
        dcat_cell_number(award->fee), // the offer stands whether or not it was sold
        number_if(sold, award->payment),
        number_if(sold, award->limit),
        number_if(sold, award->cost),
        sold ? dcat_cell_boolean(award->member_below_cost) : dcat_cell_missing(),
        dcat_cell_text(dcat_scenario_class_name(scenario, (size_t)task->class_id)),
    };
    dcat_csv_row(&dcat_tasks_head, cells, file);
}

void dcat_write_tasks_csv_rows(const dcat_scenario *scenario, const dcat_slot_record *slot,
                               uint64_t first_job_id, FILE *file)
{
    for (size_t n = 0; n < slot->task_count; n++) {
        put_task(scenario, slot, n, first_job_id + n, file);
    }
}

// --- clusters.csv

static const dcat_column cluster_columns[] = {
    DCAT_COLUMN("cycle", DCAT_COLUMN_COUNT, NULL, "cycle in which the cluster stands"),
    DCAT_COLUMN("cluster", DCAT_COLUMN_COUNT, NULL, "number of the cluster within its cycle"),
    DCAT_COLUMN("server", DCAT_COLUMN_TEXT, NULL, "a member"),
    DCAT_COLUMN("speed_ghz", DCAT_COLUMN_NUMBER, "GHz", "the member's speed"),
    DCAT_COLUMN("cluster_servers", DCAT_COLUMN_COUNT, NULL, "members of the cluster"),
    DCAT_COLUMN("cluster_speed_ghz", DCAT_COLUMN_NUMBER, "GHz",
                "speed of all members who work together"),
    DCAT_COLUMN("cluster_span_km", DCAT_COLUMN_NUMBER, "km", "largest distance between members"),
    DCAT_COLUMN("unit_cost_per_gigacycle", DCAT_COLUMN_NUMBER, "money/gigacycle",
                "what work costs the member"),
    DCAT_COLUMN("works", DCAT_COLUMN_BOOLEAN, NULL, "0: the member opted out of the start price"),
};
const dcat_table_head dcat_clusters_head =
    DCAT_TABLE_HEAD("clusters", "a server of a cluster of a cycle", cluster_columns);

void dcat_write_clusters_csv_rows(const dcat_scenario *scenario, const dcat_state *state,
                                  uint32_t cycle, FILE *file)
{
    const dcat_world *world = dcat_state_world(state);
    const dcat_server *servers = dcat_world_servers_view(world);
    const double *unit_cost = dcat_world_unit_cost_view(world);
    for (int32_t k = 0; k < dcat_state_cluster_count(state); k++) {
        dcat_cluster_view cluster = dcat_state_cluster(state, k);
        double span_m = dcat_span_m(world, cluster.members, cluster.member_count);
        bool mixed = dcat_world_config_view(world)->resources != NULL;
        for (size_t m = 0; m < cluster.member_count; m++) {
            int32_t i = cluster.members[m];
            const dcat_cell cells[] = {
                dcat_cell_count(cycle),
                dcat_cell_count(k),
                dcat_cell_text(dcat_scenario_server_name(scenario, (size_t)i)),
                dcat_cell_number(servers[i].speed_hz / 1e9),
                dcat_cell_count(cluster.member_count),
                dcat_cell_number(facts_cluster_speed_hz(state, k) / 1e9),
                dcat_cell_number(span_m / 1e3),
                number_if(!mixed, unit_cost[i] * DCAT_CYCLES_PER_GIGACYCLE),
                dcat_cell_boolean(facts_works(state, i)),
            };
            dcat_csv_row(&dcat_clusters_head, cells, file);
        }
    }
}
