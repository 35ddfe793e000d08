// SPDX-License-Identifier: Apache-2.0
// A comparison as table, JSON and CSV: shape, numbers and words.

#include "file/write_text.h"
#include "report/result/facts.h"
#include "result_samples.h"
#include "sim/estimate.h"

#include <jansson.h>

static int set_up(void **fixture)
{
    sample *s = malloc(sizeof *s);
    sample_make(s);
    *fixture = s;
    return 0;
}

static int tear_down(void **fixture)
{
    sample_free(*fixture);
    free(*fixture);
    return 0;
}

static json_t *parsed(const sample *s)
{
    char *text = written(s, dcat_write_compare_json);
    json_error_t error;
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL) {
        fail_msg("%s: %s", error.text, text);
    }
    free(text);
    return document;
}

static double real_at(const json_t *object, const char *key, const char *inner)
{
    const json_t *value = json_object_get(object, key);
    value = inner != NULL ? json_object_get(value, inner) : value;
    if (!json_is_number(value)) {
        fail_msg("%s.%s is no number", key, inner != NULL ? inner : "");
    }
    return json_number_value(value);
}

static void test_compare_json_has_the_promised_keys_and_numbers(void **fixture)
{
    json_t *document = parsed(*fixture);
    assert_string_equal(json_string_value(json_object_get(document, "scenario")), "paper");
    assert_int_equal(json_integer_value(json_object_get(document, "worlds")), SAMPLE_WORLDS);
    assert_int_equal(json_integer_value(json_object_get(document, "seed")), 7);
    const json_t *rows = json_object_get(document, "rows");
    assert_int_equal(json_array_size(rows), SAMPLE_POLICIES);
    const json_t *row = json_array_get(rows, 1); // rows keep the order given
    assert_string_equal(json_string_value(json_object_get(row, "clusterer")), "linkage");
    assert_string_equal(json_string_value(json_object_get(row, "auction")), "rea-s");
    // Worlds earn (1400 - 200) / 2 = 600 and (1880 - 200) / 2 = 840 a cycle: mean 720, standard
    // error 120, t(0.975, 1) = 12.706.
    assert_near(real_at(row, "profit", "mean"), 720.0, 1e-12);
    assert_near(real_at(row, "profit", "ci95"), student_t975(1) * 120.0, 1e-9);
    assert_near(real_at(row, "offloading", "mean"), 0.70, 1e-12);
    assert_near(real_at(row, "offloading", "ci95"), 0.0, 1e-12);
    // Fees 3280, payments 400.
    assert_near(real_at(row, "margin", NULL), 2880.0 / 3280.0, 1e-12);
    assert_near(real_at(row, "no_candidate", NULL), 0.25, 1e-12);
    assert_near(real_at(row, "single_candidate", NULL), 0.10, 1e-12);
    assert_near(real_at(row, "all_left", NULL), 0.05, 1e-12);
    assert_near(real_at(row, "members_below_cost", NULL), 3.0 / 70.0, 1e-12);
    assert_near(real_at(row, "decision_s", NULL), 0.002, 1e-12);
    // Added keys: gains of 200 and 240 over the baseline's mean of 500.
    assert_near(real_at(row, "profit_gain", "mean"), 220.0, 1e-12);
    assert_near(real_at(row, "profit_gain", "ci95"), student_t975(1) * 20.0, 1e-9);
    assert_near(real_at(row, "profit_gain", "percent"), 44.0, 1e-12);
    assert_near(real_at(row, "profit_gain", "percent_ci95"), student_t975(1) * 4.0, 1e-9);
    assert_near(real_at(row, "delays", "waiting_s"), 0.5, 1e-12);
    assert_near(real_at(row, "cluster_count", NULL), 15.0, 1e-12);
    assert_true(json_is_false(json_object_get(row, "is_baseline")));
    assert_true(json_is_true(json_object_get(json_array_get(rows, 0), "is_baseline")));
    const json_t *best = json_object_get(document, "best");
    assert_string_equal(json_string_value(json_object_get(best, "clusterer")), "linkage");
    json_decref(document);
}

static void test_compare_json_numbers_are_the_very_doubles(void **fixture)
{
    sample *s = *fixture;
    s->row[0].margin = 0.1 + 0.2;
    s->row[1].margin = 1.0 / 3.0;
    json_t *document = parsed(s);
    const json_t *rows = json_object_get(document, "rows");
    assert_true(real_at(json_array_get(rows, 0), "margin", NULL) == 0.1 + 0.2);
    assert_true(real_at(json_array_get(rows, 1), "margin", NULL) == 1.0 / 3.0);
    json_decref(document);
}

static void test_compare_json_of_one_world_has_null_intervals(void **fixture)
{
    sample *s = *fixture;
    // Keep the first world only: [policy, world] becomes [policy].
    for (size_t p = 0; p < SAMPLE_POLICIES; p++) {
        s->result[p] = s->result[p * SAMPLE_WORLDS];
    }
    s->config.world_count = 1;
    sample_summarise(s);
    json_t *document = parsed(s);
    const json_t *row = json_array_get(json_object_get(document, "rows"), 1);
    assert_true(json_is_null(json_object_get(json_object_get(row, "profit"), "ci95")));
    assert_true(json_is_null(json_object_get(json_object_get(row, "offloading"), "ci95")));
    assert_true(json_is_null(json_object_get(json_object_get(row, "profit_gain"), "percent_ci95")));
    assert_near(real_at(row, "profit", "mean"), 600.0, 1e-12);
    json_decref(document);
}

// --- CSV

static size_t count_char(const char *text, size_t length, char wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        count += text[i] == wanted;
    }
    return count;
}

// Every line has as many fields as the header (no field here needs quotes). Returns the lines.
static size_t assert_rectangular(const char *text)
{
    size_t lines = 0;
    size_t commas = 0;
    for (const char *line = text; *line != '\0'; lines++) {
        size_t length = strcspn(line, "\n");
        assert_int_equal(line[length], '\n');
        size_t own = count_char(line, length, ',');
        commas = lines == 0 ? own : commas;
        assert_int_equal(own, commas);
        line += length + 1;
    }
    return lines;
}

static void test_compare_csv_has_a_row_per_policy_and_equal_columns(void **fixture)
{
    char *text = written_csv(compare_table(&((sample *)*fixture)->report, false));
    assert_int_equal(assert_rectangular(text), 1 + SAMPLE_POLICIES);
    assert_non_null(strstr(text, "clusterer,auction,profit,profit_ci95,offloading,"));
    assert_non_null(strstr(text, "\nkmeans,rea,500,"));
    assert_non_null(strstr(text, "\nlinkage,rea-s,720,"));
    free(text);
}

static void test_worlds_csv_has_a_row_per_policy_and_world(void **fixture)
{
    char *text = written_csv(compare_worlds_table(&((sample *)*fixture)->report));
    assert_int_equal(assert_rectangular(text), 1 + SAMPLE_POLICIES * SAMPLE_WORLDS);
    assert_non_null(strstr(text, "world,seed,clusterer,auction,cycles,arrived,"));
    assert_non_null(strstr(text, "\n1,7,kmeans,rea,2,100,60,"));
    assert_non_null(strstr(text, "\n2,8,linkage,rea-s,2,100,70,"));
    assert_non_null(strstr(text, ",840,0.7,0.25,0.5,1,15,5,2\n")); // profit a cycle and on
    free(text);
    char *timing = written_csv(compare_timing_table(&((sample *)*fixture)->report));
    assert_non_null(strstr(timing, "\n2,8,linkage,rea-s,0.002\n"));
    free(timing);
}

// --- Table and words

static char *table_text(const sample *s)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_int_equal(dcat_write_compare_text(&s->report, file, NULL), DCAT_OK);
    fclose(file);
    return text;
}

static void test_table_is_aligned_marks_best_and_baseline_and_fits_120_columns(void **fixture)
{
    char *text = table_text(*fixture);
    const char *best = strstr(text, "\n> linkage");
    const char *base = strstr(text, "\n= kmeans");
    const char *last = strstr(text, "\n  kmeans");
    if (best == NULL || base == NULL || last == NULL) {
        fail_msg("a row is missing or not marked in:\n%s", text);
        return;
    }
    assert_true(best < base && base < last); // by profit, descending
    assert_true(strstr(base, "baseline") != NULL);
    assert_true(strstr(best, "+44.0 \u00b1 50.8") != NULL);
    size_t widths[3];
    const char *const lines[] = {best + 1, base + 1, last + 1};
    for (size_t i = 0; i < 3; i++) {
        char *line = strndup(lines[i], strcspn(lines[i], "\n"));
        widths[i] = text_width(line);
        free(line);
    }
    assert_int_equal(widths[0], widths[1]);
    assert_int_equal(widths[0], widths[2]);
    assert_true(widths[0] <= 120);
    free(text);
}

static void test_table_of_large_money_names_its_unit(void **fixture)
{
    sample *s = *fixture;
    for (size_t i = 0; i < SAMPLE_POLICIES * SAMPLE_WORLDS; i++) {
        s->result[i].totals.fee *= 1e4;
        s->result[i].totals.payment *= 1e4;
    }
    sample_summarise(s);
    char *text = table_text(s);
    assert_non_null(strstr(text, "M per cycle"));
    assert_non_null(strstr(text, "7.200"));
    free(text);
}

static void assert_headline(const sample *s, const char *expected)
{
    char text[1024];
    facts_headline(&s->report, text, sizeof text);
    if (strstr(text, expected) == NULL) {
        fail_msg("headline is \"%s\", which lacks \"%s\"", text, expected);
    }
}

static void test_headline_says_what_the_numbers_say(void **fixture)
{
    sample *s = *fixture;
    // Gain 44 +- 50.8 %: not shown to differ from zero.
    assert_headline(s,
                    "linkage:rea-s earns 44.0 \u00b1 50.8 % more than kmeans:rea, the best of the "
                    "paper's baselines; the interval includes zero");
    assert_headline(s, "It serves 70.0 % of the tasks, 10.0 \u00b1 0.0 percentage points more.");
    s->row[1].profit_gain.ci95 = 10.0;
    s->row[1].offloading_gain = (dcat_estimate){-0.02, 0.01};
    assert_headline(s,
                    "linkage:rea-s earns 44.0 \u00b1 2.0 % more than kmeans:rea, the best of the "
                    "paper's baselines. ");
    assert_headline(s, "2.0 \u00b1 1.0 percentage points fewer.");
    s->row[1].offloading_gain = (dcat_estimate){0.0001, 0.01};
    assert_headline(s, "about as many as the baseline");
    s->row[1].profit_gain.ci95 = NAN;
    assert_headline(s, "(one sample: no interval)");
    s->row[0].profit.mean = -3.0;
    assert_headline(s, "makes no profit, so no percentage is given");
    s->row[0].profit.mean = 10000.0;
    assert_headline(s, "No other policy earns more than kmeans:rea");
    s->config.policy_count = 1;
    assert_headline(s, "kmeans:rea ran alone");
}

static void test_headline_splits_the_gain_into_auction_and_clusters(void **fixture)
{
    sample *s = *fixture;
    char text[1024];
    facts_headline(&s->report, text, sizeof text);
    assert_null(strstr(text, "Of this")); // no row tells
    assert_int_equal(dcat_policy_parse("kmeans:rea-s", &s->row[2].policy, NULL), DCAT_OK);
    // Profits of 450 and 630 a cycle under kmeans:rea-s, 50 and 30 above kmeans:rea: 10 and 6 % of
    // 500. linkage:rea-s is 40 and 48 % above, 30 and 42 of it by its clusters: t(0.975, 1) times
    // a standard error of 2 and of 6.
    const double fee[] = {1100.0, 1460.0};
    for (size_t w = 0; w < SAMPLE_WORLDS; w++) {
        s->result[2 * SAMPLE_WORLDS + w].totals = sample_totals(fee[w], 200.0, 60);
    }
    s->row[2].profit_gain = (dcat_estimate){40.0, student_t975(1) * 10.0};
    assert_headline(s, "Of this, 8.0 \u00b1 25.4 points are the auction (kmeans:rea-s) and "
                       "36.0 \u00b1 76.2 the clusters. It serves");
    assert_int_equal(dcat_policy_parse("kmeans:rea-s", &s->row[1].policy, NULL), DCAT_OK);
    facts_headline(&s->report, text, sizeof text);
    assert_null(strstr(text, "Of this")); // the baseline's clusters
}

static void test_world_gains_average_to_the_gain(void **fixture)
{
    const sample *s = *fixture;
    // Gains of 200 and 240 on a mean of 500.
    assert_near(facts_world_gain(&s->report, 1, 0), 40.0, 1e-12);
    assert_near(facts_world_gain(&s->report, 1, 1), 48.0, 1e-12);
    assert_near(facts_gain(&s->report, 1).mean, 44.0, 1e-12);
    assert_near(facts_gain(&s->report, 0).mean, 0.0, 1e-12);
}

static void test_task_shares_sum_to_one(void **fixture)
{
    (void)fixture;
    const dcat_totals totals = {.arrived = 100,
                                .awarded = 60,
                                .no_candidate = 20,
                                .no_bidder = 3,
                                .over_value = 1,
                                .all_left = 10,
                                .round_limit = 6,
                                .single_candidate = 14,
                                .single_awarded = 10};
    task_shares shares = facts_shares(&totals);
    // 10 of the 60 awards had no rival, so 50 had one.
    assert_near(shares.sold_single, 0.10, 1e-12);
    assert_near(shares.sold_contested, 0.50, 1e-12);
    assert_near(shares.other, 0.10, 1e-12);
    assert_near(shares.sold_contested + shares.sold_single + shares.no_candidate + shares.all_left +
                    shares.other,
                1.0, 1e-12);
    const dcat_totals nothing = {0};
    assert_near(facts_shares(&nothing).sold_contested, 0.0, 0.0);
}

static void test_demand_facts_count_what_a_run_meets(void **fixture)
{
    sample *s = *fixture;
    demand_facts demand;
    assert_int_equal(demand_facts_create(&s->report, &demand, NULL), DCAT_OK);
    const dcat_run_config run = {DCAT_SIZED(dcat_run_config), .policy = s->policy[0],
                                 .seed = s->seed[0], .cycle_first = s->config.cycle_first,
                                 .cycle_count = 2};
    dcat_run_result result;
    dcat_totals cycles[2];
    assert_int_equal(dcat_run(s->world[0], dcat_scenario_demand_view(s->scenario), &run, NULL,
                              cycles, &result, NULL),
                     DCAT_OK);
    double per_slot = 0.0;
    for (size_t a = 0; a < dcat_scenario_area_count(s->scenario); a++) {
        per_slot += demand.area_per_slot[a];
    }
    int slots = dcat_world_config_view(s->world[0])->slots_per_cycle;
    assert_true(demand.arrivals[0] == (double)cycles[0].arrived);
    assert_true(demand.arrivals[1] == (double)cycles[1].arrived);
    assert_near(per_slot * 2.0 * slots, (double)result.totals.arrived, 1e-9);
    assert_true(demand.load_factor > 0.0);
    demand_facts_destroy(&demand);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(test_compare_json_has_the_promised_keys_and_numbers),
        HERE(test_compare_json_numbers_are_the_very_doubles),
        HERE(test_compare_json_of_one_world_has_null_intervals),
        HERE(test_compare_csv_has_a_row_per_policy_and_equal_columns),
        HERE(test_worlds_csv_has_a_row_per_policy_and_world),
        HERE(test_table_is_aligned_marks_best_and_baseline_and_fits_120_columns),
        HERE(test_table_of_large_money_names_its_unit),
        HERE(test_headline_says_what_the_numbers_say),
        HERE(test_headline_splits_the_gain_into_auction_and_clusters),
        HERE(test_world_gains_average_to_the_gain),
        cmocka_unit_test(test_task_shares_sum_to_one),
        HERE(test_demand_facts_count_what_a_run_meets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
