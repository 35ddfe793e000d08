// SPDX-License-Identifier: Apache-2.0
// One run as files: summary, cycles, tasks, clusters, servers, manifest.

#include "dcat/version.h"
#include "result_samples.h"

#include <inttypes.h>
#include <jansson.h>

#define CYCLES 3

typedef struct run_sample {
    dcat_scenario *scenario;
    dcat_world *world;
    dcat_run_config config;
    dcat_run_result result;
    dcat_totals cycles[CYCLES];
    double decision_s[CYCLES];
    int32_t cluster_count[CYCLES];
    char *tasks, *clusters, *servers; // files
    size_t tasks_size, clusters_size, servers_size;
    FILE *tasks_file, *clusters_file, *servers_file;
    uint64_t job_count;
    size_t cycles_done;
} run_sample;

static bool after_slot(void *user, const dcat_slot_record *slot)
{
    run_sample *s = user;
    dcat_write_tasks_csv_rows(s->scenario, slot, s->job_count, s->tasks_file);
    s->job_count += slot->task_count;
    return true;
}

static bool after_cycle(void *user, const dcat_cycle_record *cycle)
{
    run_sample *s = user;
    s->cluster_count[s->cycles_done] = dcat_state_cluster_count(cycle->state);
    s->decision_s[s->cycles_done++] = 0.5;
    dcat_write_clusters_csv_rows(s->scenario, cycle->state, cycle->cycle, s->clusters_file);
    if (s->cycles_done == CYCLES) {
        dcat_csv_header(&dcat_servers_head, s->servers_file);
        dcat_write_servers_csv_rows(s->scenario, cycle->state, 60.0, NULL, s->servers_file);
    }
    return true;
}

static int set_up(void **fixture)
{
    run_sample *s = calloc(1, sizeof *s);
    assert_int_equal(dcat_scenario_load("paper", NULL, 0, &s->scenario, NULL), DCAT_OK);
    assert_int_equal(dcat_scenario_world(s->scenario, 5, &s->world, NULL), DCAT_OK);
    s->config = (dcat_run_config){DCAT_SIZED(dcat_run_config), .seed = 5,
                                  .cycle_first = dcat_scenario_test_cycles(s->scenario).first,
                                  .cycle_count = CYCLES};
    assert_int_equal(dcat_policy_parse("linkage:rea", &s->config.policy, NULL), DCAT_OK);
    s->tasks_file = open_memstream(&s->tasks, &s->tasks_size);
    s->clusters_file = open_memstream(&s->clusters, &s->clusters_size);
    s->servers_file = open_memstream(&s->servers, &s->servers_size);
    dcat_csv_header(&dcat_tasks_head, s->tasks_file);
    dcat_csv_header(&dcat_clusters_head, s->clusters_file);
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = s, .after_slot = after_slot,
                                  .after_cycle = after_cycle};
    assert_int_equal(dcat_run(s->world, dcat_scenario_demand_view(s->scenario), &s->config, &hooks,
                              s->cycles, &s->result, NULL),
                     DCAT_OK);
    fclose(s->tasks_file);
    fclose(s->clusters_file);
    fclose(s->servers_file);
    *fixture = s;
    return 0;
}

static int tear_down(void **fixture)
{
    run_sample *s = *fixture;
    free(s->tasks);
    free(s->clusters);
    free(s->servers);
    dcat_world_destroy(s->world);
    dcat_scenario_destroy(s->scenario);
    free(s);
    return 0;
}

static dcat_run_report report_of(const run_sample *s)
{
    return (dcat_run_report){
        .scenario = s->scenario,
        .world = s->world,
        .config = &s->config,
        .result = &s->result,
        .cycles = s->cycles,
        .cycle_decision_s = s->decision_s,
        .cycle_cluster_count = s->cluster_count,
    };
}

// --- Reading CSV back (these files have no quoted fields)

#define FIELD_MAX 40

// Split a line in place; returns the fields.
static size_t split(char *line, char *fields[FIELD_MAX])
{
    size_t count = 0;
    for (char *at = line;; at++) {
        assert_true(count < FIELD_MAX);
        fields[count++] = at;
        at = strchr(at, ',');
        if (at == NULL) {
            return count;
        }
        *at = '\0';
    }
}

typedef struct csv_reader {
    char *header, *rest;
    char *names[FIELD_MAX];
    size_t column_count;
    char *fields[FIELD_MAX];
} csv_reader;

static csv_reader csv_open(char *text)
{
    csv_reader csv = {.header = text};
    char *end = strchr(text, '\n');
    *end = '\0';
    csv.rest = end + 1;
    csv.column_count = split(text, csv.names);
    return csv;
}

static bool csv_next(csv_reader *csv)
{
    char *end = strchr(csv->rest, '\n');
    if (end == NULL) {
        assert_string_equal(csv->rest, "");
        return false;
    }
    *end = '\0';
    assert_int_equal(split(csv->rest, csv->fields), csv->column_count);
    csv->rest = end + 1;
    return true;
}

static const char *csv_text(const csv_reader *csv, const char *column)
{
    for (size_t i = 0; i < csv->column_count; i++) {
        if (strcmp(csv->names[i], column) == 0) {
            return csv->fields[i];
        }
    }
    fail_msg("no column %s", column);
    return NULL;
}

static double csv_number(const csv_reader *csv, const char *column)
{
    const char *text = csv_text(csv, column);
    if (*text == '\0') {
        fail_msg("column %s is empty", column);
    }
    return strtod(text, NULL);
}

// --- Tests

static void test_tasks_csv_keeps_the_identities_of_swf_and_batsim(void **fixture)
{
    run_sample *s = *fixture;
    csv_reader csv = csv_open(s->tasks);
    assert_string_equal(csv.names[0], "job_id");
    int64_t tasks = 0;
    int64_t sold = 0;
    double fee = 0.0;
    double payment = 0.0;
    for (; csv_next(&csv); tasks++) {
        assert_true(csv_number(&csv, "job_id") == (double)tasks);
        assert_true(csv_number(&csv, "fee") > 0.0);
        if (strcmp(csv_text(&csv, "success"), "0") == 0) {
            // What never happened is empty, not -1, which a mean would swallow.
            assert_string_equal(csv_text(&csv, "finish_time"), "");
            assert_string_equal(csv_text(&csv, "payment"), "");
            assert_string_equal(csv_text(&csv, "cluster"), "");
            assert_string_not_equal(csv_text(&csv, "outcome"), "sold");
            continue;
        }
        sold++;
        fee += csv_number(&csv, "fee");
        payment += csv_number(&csv, "payment");
        double submitted = csv_number(&csv, "submission_time");
        double start = csv_number(&csv, "starting_time");
        assert_string_equal(csv_text(&csv, "outcome"), "sold");
        assert_near(start - submitted, csv_number(&csv, "waiting_time"), 1e-9);
        assert_near(csv_number(&csv, "transfer_s") + csv_number(&csv, "queue_s"),
                    csv_number(&csv, "waiting_time"), 1e-9);
        assert_near(start + csv_number(&csv, "execution_time"), csv_number(&csv, "finish_time"),
                    1e-9);
        assert_near(csv_number(&csv, "finish_time") - submitted,
                    csv_number(&csv, "turnaround_time"), 1e-6);
        assert_true(csv_number(&csv, "turnaround_time") <=
                    csv_number(&csv, "deadline_s") * (1.0 + 1e-9));
    }
    assert_int_equal(tasks, s->result.totals.arrived);
    assert_int_equal(sold, s->result.totals.awarded);
    assert_true(sold > 0 && sold < tasks);
    assert_near(fee, s->result.totals.fee, 1e-9);
    assert_near(payment, s->result.totals.payment, 1e-9);
}

static void test_tasks_csv_units_are_those_users_write(void **fixture)
{
    run_sample *s = *fixture;
    csv_reader csv = csv_open(s->tasks);
    assert_true(csv_next(&csv));
    double work = csv_number(&csv, "work_gigacycles"); // paper: 500 to 900
    assert_true(work >= 500.0 && work <= 900.0);
    assert_near(csv_number(&csv, "data_mb"), 20.0, 1e-12);
    assert_string_equal(csv_text(&csv, "value"), ""); // the paper gives none
}

static void test_cycles_csv_adds_up_to_the_run(void **fixture)
{
    run_sample *s = *fixture;
    const dcat_run_report report = report_of(s);
    char *text = written_csv(cycles_table(&report));
    csv_reader csv = csv_open(text);
    size_t rows = 0;
    double profit = 0.0;
    double arrived = 0.0;
    for (; csv_next(&csv); rows++) {
        assert_true(csv_number(&csv, "cycle") == (double)(s->config.cycle_first + rows));
        assert_true(csv_number(&csv, "clusters") == (double)s->cluster_count[rows]);
        assert_near(csv_number(&csv, "offloading"),
                    csv_number(&csv, "awarded") / csv_number(&csv, "arrived"), 1e-12);
        profit += csv_number(&csv, "profit");
        arrived += csv_number(&csv, "arrived");
    }
    assert_int_equal(rows, CYCLES);
    assert_near(profit, dcat_totals_profit(&s->result.totals), 1e-9);
    assert_true(arrived == (double)s->result.totals.arrived);
    free(text);
}

static void test_cycles_csv_leaves_unknown_columns_empty(void **fixture)
{
    run_sample *s = *fixture;
    dcat_run_report report = report_of(s);
    report.cycle_cluster_count = NULL;
    s->cycles[1] = (dcat_totals){0}; // a cycle without tasks has no rate and no delay
    char *text = written_csv(cycles_table(&report));
    csv_reader csv = csv_open(text);
    assert_true(csv_next(&csv) && csv_next(&csv));
    assert_string_equal(csv_text(&csv, "clusters"), "");
    assert_string_equal(csv_text(&csv, "offloading"), "");
    assert_string_equal(csv_text(&csv, "waiting_s"), "");
    assert_string_equal(csv_text(&csv, "profit"), "0");
    free(text);
}

static void test_wall_times_stand_apart(void **fixture)
{
    run_sample *s = *fixture;
    const dcat_run_report report = report_of(s);
    char *cycles = written_csv(cycles_table(&report));
    char *timing = written_csv(cycles_timing_table(&report));
    csv_reader csv = csv_open(timing);
    size_t rows = 0;
    for (; csv_next(&csv); rows++) {
        assert_true(csv_number(&csv, "cycle") == (double)(s->config.cycle_first + rows));
        assert_near(csv_number(&csv, "decision_s"), 0.5, 0.0);
    }
    assert_int_equal(rows, CYCLES);
    assert_null(strstr(cycles, "decision_s"));
    free(cycles);
    free(timing);
}

static void test_clusters_csv_names_every_server_once_a_cycle(void **fixture)
{
    run_sample *s = *fixture;
    csv_reader csv = csv_open(s->clusters);
    size_t rows = 0;
    double speed = 0.0;
    for (; csv_next(&csv); rows++) {
        assert_true(csv_number(&csv, "cluster_span_km") <= 200.0); // the limit of paper
        assert_true(csv_number(&csv, "cluster_speed_ghz") >= csv_number(&csv, "speed_ghz"));
        speed += csv_number(&csv, "speed_ghz");
    }
    const dcat_server *servers = dcat_world_servers_view(s->world);
    double expected = 0.0;
    for (size_t i = 0; i < dcat_world_server_count(s->world); i++) {
        expected += CYCLES * servers[i].speed_hz / 1e9;
    }
    assert_int_equal(rows, CYCLES * dcat_world_server_count(s->world));
    assert_near(speed, expected, 1e-9);
}

static void test_servers_csv_shares_out_all_payments_and_costs(void **fixture)
{
    run_sample *s = *fixture;
    csv_reader csv = csv_open(s->servers);
    double earnings = 0.0;
    double cost = 0.0;
    size_t rows = 0;
    for (; csv_next(&csv); rows++) {
        earnings += csv_number(&csv, "earnings");
        cost += csv_number(&csv, "cost");
        assert_near(csv_number(&csv, "utility"),
                    csv_number(&csv, "earnings") - csv_number(&csv, "cost"), 1e-9);
        assert_near(csv_number(&csv, "utilisation"), csv_number(&csv, "busy_s") / 60.0, 1e-12);
        assert_string_equal(csv_text(&csv, "server"), dcat_scenario_server_name(s->scenario, rows));
    }
    assert_int_equal(rows, dcat_world_server_count(s->world));
    assert_near(earnings, s->result.totals.payment, 1e-9);
    assert_near(cost, s->result.totals.cost, 1e-9);
}

static json_t *json_of(char *text)
{
    json_error_t error;
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL) {
        fail_msg("%s: %s", error.text, text);
    }
    free(text);
    return document;
}

static void test_summary_json_holds_the_run(void **fixture)
{
    run_sample *s = *fixture;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    const dcat_run_report report = report_of(s);
    assert_int_equal(dcat_write_run_summary_json(&report, file, NULL), DCAT_OK);
    fclose(file);
    json_t *document = json_of(text);
    const json_t *money = json_object_get(document, "money");
    const json_t *outcomes = json_object_get(document, "outcomes");
    const dcat_totals *totals = &s->result.totals;
    assert_true(json_number_value(json_object_get(money, "profit")) == dcat_totals_profit(totals));
    assert_true(json_number_value(json_object_get(money, "fees")) == totals->fee);
    assert_near(json_number_value(json_object_get(document, "profit_per_cycle")),
                dcat_totals_profit(totals) / CYCLES, 1e-12);
    int64_t sum = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)outcomes, key, value)
    {
        sum += json_integer_value(value);
    }
    assert_int_equal(sum, totals->arrived);
    json_decref(document);
}

static void test_summary_text_names_policy_and_profit(void **fixture)
{
    run_sample *s = *fixture;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    const dcat_run_report report = report_of(s);
    dcat_write_run_summary_text(&report, file);
    fclose(file);
    assert_non_null(strstr(text, "paper: linkage:rea on 3 cycles"));
    assert_non_null(strstr(text, "profit per cycle"));
    free(text);
}

static void test_manifest_says_who_made_it_of_what(void **fixture)
{
    run_sample *s = *fixture;
    const char *const command[] = {"dcat simulate", "paper", "--out", "a b'c"};
    const dcat_manifest manifest = {.scenario = s->scenario,
                                    .command = command,
                                    .command_count = 4,
                                    .seed = 5,
                                    .wall_s = 1.25,
                                    .thread_count = 3};
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_int_equal(dcat_manifest_write(&manifest, file, NULL), DCAT_OK);
    fclose(file);
    json_t *document = json_of(text);
    const json_t *inputs = json_object_get(document, "inputs");
    assert_string_equal(json_string_value(json_object_get(document, "format")), "dcat-result/1");
    assert_string_equal(json_string_value(json_object_get(document, "version")), dcat_version());
    assert_string_equal(json_string_value(json_object_get(document, "commit")), dcat_commit());
    assert_int_equal(json_integer_value(json_object_get(document, "seed")), 5);
    assert_int_equal(json_integer_value(json_object_get(document, "threads")), 3);
    assert_near(json_number_value(json_object_get(document, "wall_s")), 1.25, 0.0);
    assert_true(json_integer_value(json_object_get(document, "peak_memory_bytes")) > 1000000);
    assert_int_equal(json_array_size(inputs), dcat_scenario_input_count(s->scenario));
    assert_int_equal(json_string_length(json_object_get(json_array_get(inputs, 0), "sha256")), 64);
    const json_t *words = json_object_get(document, "command");
    assert_string_equal(json_string_value(json_array_get(words, 3)), "a b'c");
    // 2024-01-01T00:00:00Z
    assert_int_equal(json_string_length(json_object_get(document, "started")), 20);
    json_decref(document);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(test_tasks_csv_keeps_the_identities_of_swf_and_batsim),
        HERE(test_tasks_csv_units_are_those_users_write),
        HERE(test_cycles_csv_adds_up_to_the_run),
        HERE(test_cycles_csv_leaves_unknown_columns_empty),
        HERE(test_wall_times_stand_apart),
        HERE(test_clusters_csv_names_every_server_once_a_cycle),
        HERE(test_servers_csv_shares_out_all_payments_and_costs),
        HERE(test_summary_json_holds_the_run),
        HERE(test_summary_text_names_policy_and_profit),
        HERE(test_manifest_says_who_made_it_of_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
