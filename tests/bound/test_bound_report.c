// SPDX-License-Identifier: Apache-2.0
// A comparison with a bound: shares in the table, the page, JSON and CSV, and nothing without one.

#include "dcat/x/bound_report.h"
#include "report/result/facts.h"
#include "report/result_samples.h"
#include "sim/estimate.h"

#include <string.h>

// The samples' linkage:rea-s earns 600 and 840 a cycle in its two worlds. Bounds of 1000 and 1200:
// shares 60 % and 70 %, mean 65 %.
static const double bounds[SAMPLE_WORLDS] = {1000.0, 1200.0};

static char *text_of(const sample *s)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_int_equal(dcat_write_compare_text(&s->report, file, NULL), DCAT_OK);
    fclose(file);
    return text;
}

static void test_compare_shows_shares_of_the_bound(void **fixture)
{
    (void)fixture;
    sample s;
    sample_make(&s);
    char *without = text_of(&s);
    assert_null(strstr(without, "bound"));
    assert_non_null(strstr(without, "decision"));
    free(without);

    s.report.bound = bounds;
    percent_estimate share = facts_bound_share(&s.report, 1);
    assert_near(share.mean, 65.0, 1e-12);
    assert_near(share.ci95, student_t975(1) * 5.0, 1e-9);
    char *with = text_of(&s);
    assert_non_null(strstr(with, "of bound"));
    assert_non_null(strstr(with, "65.0\n"));
    assert_non_null(strstr(with, "bound: 1100 "));
    assert_non_null(
        strstr(with, dcat_world_config_view(s.report.world)->market.queue == DCAT_QUEUE_FIFO
                         ? "under queue rule fifo\n"
                         : "under queue rule paper\n"));
    assert_null(strstr(with, "decision"));
    free(with);

    char *json = written(&s, dcat_write_compare_json);
    assert_non_null(strstr(json, "\"bound\": {\"mean\": 1100.0"));
    assert_non_null(strstr(json, "\"bound_share\": {\"mean\": 0.65"));
    free(json);
    char *csv = written_csv(compare_table(&s.report, false));
    assert_non_null(strstr(csv, "is_baseline,simultaneous_exit,late,not_admitted,over_value,bound_"
                                "share,bound_share_ci95\n"));
    // Late: 2 of 70 in both worlds.
    assert_non_null(strstr(csv, ",0,0.05,0.02857142857142857,0,0,0.65,"));
    free(csv);
    char *worlds = written_csv(compare_worlds_table(&s.report));
    assert_non_null(strstr(worlds, "cluster_count,all_exited,late,bound\n"));
    assert_non_null(strstr(worlds, ",1200\n"));
    free(worlds);
    sample_free(&s);
}

// Two worlds with bounds 100 and 200: the policy earns 80 and 170, at limits 90 and 180.
static void test_bound_report_takes_shares_world_by_world(void **fixture)
{
    (void)fixture;
    sample s;
    sample_make(&s);
    const dcat_bound_world worlds[] = {
        {.seed = 7, .bound = 100, .given = 95, .at_limits = 90, .profit = 80, .complete = true},
        {.seed = 8, .bound = 200, .given = 190, .at_limits = 180, .profit = 170, .complete = true}};
    const dcat_bound_slot slots[] = {
        {.cycle = 3,
         .slot = 1,
         .task_count = 4,
         .profit = 10,
         .at_limits = 12,
         .market = {20, 20, true, false},
         .free = {25, 30, false, false}},
    };
    dcat_bound_report report = {
        .scenario = s.scenario,
        .policy = s.policy[1],
        .queue = DCAT_QUEUE_PAPER,
        .seed = 7,
        .cycle_count = 2,
        .worlds = worlds,
        .world_count = 2,
        .slots = slots,
        .slot_count = 1,
        .slot_seconds = 10,
    };
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    dcat_write_bound_text(&report, file);
    fclose(file);
    assert_non_null(strstr(text, "150"));          // mean bound
    assert_non_null(strstr(text, "82.5"));         // mean of 80 % and 85 %
    assert_non_null(strstr(text, "7.5  paid"));    // 90 % less 82.5 %
    assert_non_null(strstr(text, "0 of 1 slots")); // not both proved
    assert_non_null(strstr(text, "11.11 %"));      // (30 + 20) / (25 + 20) - 1
    free(text);
    file = open_memstream(&text, &size);
    assert_int_equal(dcat_write_bound_json(&report, file, NULL), DCAT_OK);
    fclose(file);
    assert_non_null(strstr(text, "\"optimum_any_order\": 25.0"));
    assert_non_null(strstr(text, "\"forward\": null"));
    assert_non_null(strstr(text, "\"queue\": \"paper\""));
    free(text);
    text = written_csv(bound_worlds_table(&report));
    assert_non_null(strstr(text, "2,8,200,190,180,170\n"));
    free(text);
    text = written_csv(bound_slots_table(&report));
    assert_non_null(strstr(text, "3,1,4,10,12,20,20,25,30,0\n"));
    free(text);
    sample_free(&s);
}

// Under fifo the free order is a relaxation. Every output calls it at most, by the solver's bound
// of 30, and none an optimum; and slot after slot is in the market's order.
static void test_bound_report_says_at_most_under_fifo(void **fixture)
{
    (void)fixture;
    sample s;
    sample_make(&s);
    const dcat_bound_world worlds[] = {
        {.seed = 7, .bound = 100, .given = 95, .at_limits = 90, .profit = 80, .complete = true}};
    const dcat_bound_slot slots[] = {
        {.cycle = 3,
         .slot = 1,
         .task_count = 4,
         .profit = 12,
         .at_limits = 15,
         .market = {.profit = 24, .bound = 24, .optimal = true},
         .free = {.profit = 25, .bound = 30, .at_most = true}},
    };
    dcat_bound_report report = {
        .scenario = s.scenario,
        .policy = s.policy[1],
        .queue = DCAT_QUEUE_FIFO,
        .seed = 7,
        .cycle_count = 2,
        .worlds = worlds,
        .world_count = 1,
        .slots = slots,
        .slot_count = 1,
        .slot_seconds = 10,
        .forward = {.cycle_count = 1,
                    .order = DCAT_BOUND_ORDER_MARKET,
                    .given = 50,
                    .optimum = 40,
                    .priced = 41,
                    .at_limits = 39},
    };
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    dcat_write_bound_text(&report, file);
    fclose(file);
    assert_non_null(strstr(text, "queue rule fifo"));
    assert_non_null(strstr(text, "at most, any order of tasks"));
    assert_null(strstr(text, "optimum, any order of tasks"));
    assert_non_null(strstr(text, "80.0\n")); // 24 of 30
    assert_non_null(strstr(text, "0 of 1 slots solved to the end"));
    assert_non_null(strstr(text, "in the market's order\n"));
    free(text);
    file = open_memstream(&text, &size);
    assert_int_equal(dcat_write_bound_json(&report, file, NULL), DCAT_OK);
    fclose(file);
    assert_non_null(strstr(text, "\"queue\": \"fifo\""));
    assert_non_null(strstr(text, "\"at_most_any_order\": 30.0"));
    assert_non_null(strstr(text, "\"order\": \"market\""));
    assert_null(strstr(text, "optimum_any_order"));
    free(text);
    text = written_csv(bound_slots_table(&report));
    assert_non_null(strstr(text, "3,1,4,12,15,24,24,,30,0\n"));
    free(text);
    sample_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare_shows_shares_of_the_bound),
        cmocka_unit_test(test_bound_report_takes_shares_world_by_world),
        cmocka_unit_test(test_bound_report_says_at_most_under_fifo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
