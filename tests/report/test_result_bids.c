// SPDX-License-Identifier: Apache-2.0
// bids.csv, fed from the hooks of a run; examples/verify recomputes whole files of it.

#include "result_samples.h"

#define TASKS_MAX 2000

typedef struct bids_sample {
    dcat_scenario *scenario;
    dcat_world *world;
    dcat_bid_rows *rows;
    uint64_t job_count;
    dcat_award awards[TASKS_MAX]; // by job
} bids_sample;

static void before_task(void *user, const dcat_slot_record *slot, int32_t n)
{
    dcat_bid_rows_before(((bids_sample *)user)->rows, slot, n);
}

static void after_task(void *user, const dcat_slot_record *slot, int32_t n, const dcat_award *award)
{
    bids_sample *s = user;
    uint64_t job = s->job_count + (uint64_t)n;
    assert_true(job < TASKS_MAX);
    s->awards[job] = *award;
    dcat_bid_rows_after(s->rows, slot, n, award, job);
}

static bool after_slot(void *user, const dcat_slot_record *slot)
{
    ((bids_sample *)user)->job_count += slot->task_count;
    return true;
}

// The file of one cycle; the caller frees it.
static char *run(bids_sample *s, const char *policy)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    *s = (bids_sample){0};
    static const char *const untuned[] = {"market.handicap_per_gigacycle_s=0",
                                          "market.admission_per_gigacycle_s=0"};
    assert_int_equal(dcat_scenario_load("paper", untuned, 2, &s->scenario, NULL), DCAT_OK);
    assert_int_equal(dcat_scenario_world(s->scenario, 5, &s->world, NULL), DCAT_OK);
    assert_int_equal(dcat_bid_rows_create(s->world, file, &s->rows, NULL), DCAT_OK);
    dcat_run_config config = {DCAT_SIZED(dcat_run_config), .seed = 5,
                              .cycle_first = dcat_scenario_test_cycles(s->scenario).first,
                              .cycle_count = 1};
    assert_int_equal(dcat_policy_parse(policy, &config.policy, NULL), DCAT_OK);
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = s, .before_task = before_task,
                                  .after_task = after_task, .after_slot = after_slot};
    dcat_run_result result;
    assert_int_equal(dcat_run(s->world, dcat_scenario_demand_view(s->scenario), &config, &hooks,
                              NULL, &result, NULL),
                     DCAT_OK);
    fclose(file);
    return text;
}

static void clean(bids_sample *s, char *text)
{
    free(text);
    dcat_bid_rows_destroy(s->rows);
    dcat_world_destroy(s->world);
    dcat_scenario_destroy(s->scenario);
}

typedef struct bid_row {
    int job, cluster, round_left; // -1: never left
    double limit, bid;
} bid_row;

static bool next_row(char **text, bid_row *row)
{
    char *line = strsep(text, "\n");
    if (*line == '\0') {
        return false;
    }
    row->round_left = -1;
    assert_true(sscanf(line, "%d,%d,%*[^,],%*[^,],%*[^,],%lf,%lf,%d", &row->job, &row->cluster,
                       &row->limit, &row->bid, &row->round_left) >= 4);
    return true;
}

// A row for every candidate; who won never left, and of the others of a clock all or none did.
static void check_rows(const char *policy, bool losers_leave)
{
    static bids_sample s;
    char *text = run(&s, policy), *rest = text;
    int rows[TASKS_MAX] = {0};
    bid_row row;
    while (next_row(&rest, &row)) {
        const dcat_award *award = &s.awards[row.job];
        rows[row.job]++;
        assert_true(row.bid == row.limit); // no handicap
        assert_int_equal(row.round_left >= 0, losers_leave && row.cluster != award->cluster);
        assert_true(row.round_left <= award->round);
        if (row.cluster == award->cluster) {
            assert_true(row.limit == award->limit);
        }
    }
    int sold = 0;
    for (uint64_t job = 0; job < s.job_count; job++) {
        assert_int_equal(rows[job], s.awards[job].candidate_count);
        sold += s.awards[job].outcome == DCAT_AUCTION_SOLD;
    }
    assert_true(s.job_count > 100 && sold > 50);
    clean(&s, text);
}

static void test_losers_of_a_clock_leave_it(void **fixture)
{
    (void)fixture;
    check_rows("linkage:rea-s", true);
}

static void test_whoever_accepts_the_posted_price_stays(void **fixture)
{
    (void)fixture;
    check_rows("linkage:posted", false); // the ceiling is above every limit
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losers_of_a_clock_leave_it),
        cmocka_unit_test(test_whoever_accepts_the_posted_price_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
