// SPDX-License-Identifier: Apache-2.0
// The reader of plans: the shipped plan holds the paper's Table I and claims, and whatever is wrong
// in a changed copy is named by file, line, field, rule and value.

#include "support.h"

#include "reproduce/plan.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- The shipped plan

static char *shipped_text(void)
{
    FILE *file = fopen(DCAT_SOURCE_DIR "/studies/reproduce/plan.yaml", "r");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

static void test_the_shipped_plan_holds_the_paper_s_table_and_claims(void **fixture)
{
    (void)fixture;
    reproduce_plan *plan = NULL;
    dcat_error err = {0};
    if (reproduce_plan_load(NULL, &plan, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(plan->arm_count, 22);
    assert_int_equal(plan->sweep_count, 8);
    assert_int_equal(plan->full.worlds, 20);
    assert_int_equal(plan->quick.cycles, 96);
    assert_string_equal(plan->sweeps[2].key, "demand.arrivals_per_slot");
    assert_int_equal(plan->sweeps[2].value_count, 4);
    assert_string_equal(plan->sweeps[2].values[3], "50");
    assert_string_equal(plan->arms[21].name, "Single-S");
    assert_int_equal(plan->arms[7].source, REPRODUCE_TUNED);
    assert_int_equal(plan->arms[0].places, REPRODUCE_IN_PAPER | REPRODUCE_IN_NETWORK |
                                               REPRODUCE_IN_ABLATION | REPRODUCE_IN_FIFO);
    assert_string_equal(plan->sweeps[0].queue, "paper");
    assert_string_equal(plan->sweeps[5].figure, "fig3-fifo"); // the points of Figure 3
    assert_string_equal(plan->sweeps[5].of, "fig3");
    assert_string_equal(plan->sweeps[5].queue, "fifo");
    assert_string_equal(plan->sweeps[5].key, plan->sweeps[0].key);
    assert_int_equal(plan->sweeps[5].value_count, plan->sweeps[0].value_count);
    // Section V: 17.51, 33.69, 19.09 in profit and 20.47, 19.47, 14.06 in offloading.
    const double profit[] = {17.51, 33.69, 19.09};
    const double offloading[] = {20.47, 19.47, 14.06};
    assert_int_equal(plan->claims.gain_count, 6);
    for (size_t i = 0; i < 6; i++) {
        const reproduce_paper_gain *gain = &plan->claims.gains[i];
        assert_string_equal(gain->sweep, plan->sweeps[i / 2].figure);
        assert_int_equal(gain->measure, i % 2);
        assert_true(gain->percent == (i % 2 == 0 ? profit : offloading)[i / 2]);
    }
    reproduce_plan_destroy(plan);
}

// --- Wrong plans

// The shipped plan with the first `from` replaced by `to`.
static char *changed(const char *from, const char *to)
{
    char *text = shipped_text();
    const char *at = strstr(text, from);
    if (at == NULL) {
        fail_msg("the shipped plan does not hold '%s'", from);
    }
    size_t size = strlen(text) + strlen(to) + 1;
    char *made = malloc(size);
    assert_non_null(made);
    snprintf(made, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    free(text);
    return made;
}

// Line of a place in a text, from 1.
static size_t line_of(const char *text, const char *at)
{
    size_t line = 1;
    for (; text < at; text++) {
        line += *text == '\n';
    }
    return line;
}

typedef struct wrong_plan {
    const char *from, *to;
    const char *where; // a part of the changed text that stands on the line of the message
    const char *message;
    dcat_status status;
} wrong_plan;

static const wrong_plan wrong_plans[] = {
    {"schema: 1", "schema: 2", "schema: 2", "schema: must be in [1, 1], got 2", DCAT_ERR_RANGE},
    {"worlds: 20", "worlds: many", "worlds: many", "full.worlds: must be a whole number, got many",
     DCAT_ERR_FORMAT},
    {"worlds: 20", "worlds: 0", "worlds: 0", "full.worlds: must be in [1, 10000], got 0",
     DCAT_ERR_RANGE},
    {"worlds: 20", "wolds: 20", "wolds: 20",
     "full: there is no key wolds; there are: worlds, cycles", DCAT_ERR_FIELD},
    {"  epochs: 600", "  worlds: 600", "worlds: 600", "full: worlds must be given once",
     DCAT_ERR_FIELD},
    {"  curve_seeds: 3\n", "", "worlds: 4", "quick.curve_seeds: must be given", DCAT_ERR_FIELD},
    {"clusterer: kmeans", "clusterer: k-means", "k-means",
     "algorithms[2].clusterer: must be a clusterer (see dcat list), got k-means",
     DCAT_ERR_REFERENCE},
    {"auction: one-off", "auction: one-on", "one-on",
     "algorithms[1].auction: must be an auction (see dcat list), got one-on", DCAT_ERR_REFERENCE},
    {"model: tuned", "model: turned", "turned",
     "algorithms[7].model: must be one of none, generalist, trained, tuned, got turned",
     DCAT_ERR_FIELD},
    {"auction: rea, model: generalist", "auction: rea", "name: DCAT,",
     "algorithms[0].model: must be given, since a2c decides by a model", DCAT_ERR_FIELD},
    {"name: KM-OB-REA", "name: KM-REA", "KM-REA, clusterer: kmeans, auction: one-off",
     "algorithms[3].name: must be a new name of at most 39 bytes, got KM-REA", DCAT_ERR_REFERENCE},
    {"runs_in: [paper, network]", "runs_in: [paper, desert]", "desert",
     "algorithms[10].runs_in: must be one of paper, network, ablation, fifo, got desert",
     DCAT_ERR_FIELD},
    {"\"#56b4e9\"", "blue", "blue", "algorithms[1].colour: must be a colour like \"#0072b2\"",
     DCAT_ERR_REFERENCE},
    {"name: fig4", "name: fig3", "name: fig3\n    title: Figure 4",
     "sweeps[1].name: must be a new word", DCAT_ERR_REFERENCE},
    {"values: [20, 30, 40, 50]", "values: [20]", "values: [20]\n",
     "sweeps[2].values: must be at least two in the group paper, got one", DCAT_ERR_RANGE},
    {"values: [20, 30, 40, 50]", "values: [20, few]", "values: [20, few]",
     "sweeps[2].values: must be numbers in the group paper, got few", DCAT_ERR_FORMAT},
    {"values: [20, 30, 40, 50]", "values: 20", "values: 20\n",
     "sweeps[2].values: must be a list of 1 to 8, got 20", DCAT_ERR_FORMAT},
    {"of: fig3}", "of: fig9}", "of: fig9}",
     "sweeps[5].of: must be the name of a sweep of the paper, got fig9", DCAT_ERR_REFERENCE},
    {"queue: fifo, of: fig4", "queue: lifo, of: fig4", "of: fig4",
     "sweeps[6].queue: must be one of fifo, paper, got lifo", DCAT_ERR_FIELD},
    {"values: [default]", "values: [1, 2, 3, 4, 5, 6, 7, 8, 9]", "7, 8, 9",
     "sweeps[4].values: must be a list of 1 to 8, got 9", DCAT_ERR_RANGE},
    {"    of: DCAT\n", "", "suffix: -gain", "figures[3].of: must be given", DCAT_ERR_FIELD},
    {"shows: offloading", "shows: reward", "shows: reward",
     "figures[1].shows: must be profit, offloading or gain, got reward", DCAT_ERR_FIELD},
    {"baselines: [KM-REA,", "baselines: [KM-RAE,", "KM-RAE",
     "claims.baselines: must be an algorithm that runs in the paper's sweeps and is not trained "
     "on its world, got KM-RAE",
     DCAT_ERR_REFERENCE},
    {"sweep: fig4, measure: profit", "sweep: chinanet, measure: profit", "sweep: chinanet",
     "claims.gains[2].sweep: must be the name of a sweep of the paper, got chinanet",
     DCAT_ERR_REFERENCE},
    {"percent: 33.69", "percent: third", "third",
     "claims.gains[2].percent: must be a number, got third", DCAT_ERR_FORMAT},
    {"against: DCAT\n", "against: [DCAT]\n", "against: [DCAT]\n",
     "mechanism.against: must be a text of one line, got a list", DCAT_ERR_FORMAT},
    {"{name: gae,", "{name: gea,", "gea",
     "convergence.estimators[0].name: must be one of gae, group, paper, got gea",
     DCAT_ERR_REFERENCE},
    {"rivals:\n", "rivals: none\nrival:\n", "rival:\n",
     "there is no key rival; there are:", DCAT_ERR_FIELD},
    {"full:\n", "full: [\n", NULL, "not YAML", DCAT_ERR_FORMAT},
};

static void test_what_is_wrong_in_a_plan_is_named_with_its_line(void **fixture)
{
    (void)fixture;
    size_t failures = 0;
    for (size_t i = 0; i < sizeof wrong_plans / sizeof wrong_plans[0]; i++) {
        const wrong_plan *wrong = &wrong_plans[i];
        char *text = changed(wrong->from, wrong->to);
        reproduce_plan *plan = NULL;
        dcat_error err = {0};
        dcat_status status = reproduce_plan_parse("my.yaml", text, strlen(text), &plan, &err);
        assert_null(plan);
        char start[64] = "my.yaml:";
        if (wrong->where != NULL) {
            snprintf(start, sizeof start,
                     "my.yaml:%zu: ", line_of(text, strstr(text, wrong->where)));
        }
        if (status != wrong->status || strncmp(err.message, start, strlen(start)) != 0 ||
            strstr(err.message, wrong->message) == NULL) {
            failures++;
            print_error("%s -> %s: expected '%s%s', got %d '%s'\n", wrong->from, wrong->to, start,
                        wrong->message, (int)status, err.message);
        }
        free(text);
    }
    assert_int_equal(failures, 0);
}

static void test_an_empty_plan_and_a_missing_file_are_refused(void **fixture)
{
    (void)fixture;
    reproduce_plan *plan = NULL;
    dcat_error err = {0};
    assert_int_equal(reproduce_plan_parse("my.yaml", "# nothing\n", 10, &plan, &err),
                     DCAT_ERR_FORMAT);
    assert_string_equal(err.message, "my.yaml:1: must be a mapping, got nothing");
    assert_int_equal(reproduce_plan_load("nothing-here.yaml", &plan, &err), DCAT_ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "nothing-here.yaml"));
    assert_null(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shipped_plan_holds_the_paper_s_table_and_claims),
        cmocka_unit_test(test_what_is_wrong_in_a_plan_is_named_with_its_line),
        cmocka_unit_test(test_an_empty_plan_and_a_missing_file_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
