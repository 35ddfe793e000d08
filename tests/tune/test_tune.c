// SPDX-License-Identifier: Apache-2.0
// The search for settings: what is moved, what is refused, and what a setting must survive.

#include "support.h"
#include "tune/search.h"

#include "dcat/x/tune.h"

#include <math.h>
#include <string.h>

static const char *const small[] = {
    "servers.random.count=8",    "demand.arrivals_per_slot=6", "time.train_days=[1, 2]",
    "time.validate_days=[3, 4]", "time.test_days=[5, 5]",
};

static dcat_tune_plan plan_for(const char *policy)
{
    dcat_tune_plan plan = {
        .scenario = "paper",
        .overrides = small,
        .override_count = sizeof small / sizeof small[0],
        .seed = 1,
        .world_count = 2,
        .test_world_count = 3,
        .proposal_count = 30,
        .program = "test",
    };
    assert_int_equal(dcat_policy_parse(policy, &plan.policy, NULL), DCAT_OK);
    return plan;
}

static void expect_refused(const dcat_tune_plan *plan, dcat_status status, const char *text)
{
    dcat_error err = {0};
    dcat_tune_result result;
    assert_int_equal(dcat_tune_run(plan, &result, &err), status);
    if (strstr(err.message, text) == NULL) {
        fail_msg("'%s' is not in '%s'", text, err.message);
    }
}

static void test_a_plan_that_is_none_is_refused(void **fixture)
{
    (void)fixture;
    dcat_tune_plan plan = plan_for("linkage:one-off");
    expect_refused(&plan, DCAT_ERR_FIELD, "auction one-off has no public ceiling");
    plan = plan_for("linkage:rea-s");
    plan.test_world_count = DCAT_TUNE_SEED_OFFSET + 1; // seeds of both kinds would meet
    expect_refused(&plan, DCAT_ERR_RANGE, "1 to 100 worlds");
    plan.test_world_count = 0;
    expect_refused(&plan, DCAT_ERR_RANGE, "1 to 100 worlds");
    plan = plan_for("linkage:rea-s");
    plan.seed = UINT64_MAX - 100;
    expect_refused(&plan, DCAT_ERR_RANGE, "2^64 - 1");
}

static size_t lever_named(const char *key)
{
    for (size_t i = 0; i < tune_lever_count; i++) {
        if (strcmp(tune_levers[i].key, key) == 0) {
            return i;
        }
    }
    fail_msg("no lever %s", key);
    return 0;
}

static void test_neighbours_are_a_quarter_away_where_a_number_is_on(void **fixture)
{
    (void)fixture;
    size_t h = lever_named("market.handicap_per_gigacycle_s");
    size_t ceiling = lever_named("market.ceiling_per_gigacycle");
    tune_setting setting = {{0.0}}, neighbour[TUNE_STEP_MAX];
    tune_step step[TUNE_STEP_MAX];
    tune_scale scale = {.cost_max = 1.2, .fee_max = 20.0, .applies = {true, true, true}};
    setting.value[ceiling] = 2.0; // no handicap
    assert_int_equal(tune_neighbours(&scale, &setting, neighbour, step), 2);
    assert_int_equal(step[0].lever, ceiling);
    assert_near(neighbour[0].value[ceiling], 1.5, 1e-12);
    assert_near(neighbour[1].value[ceiling], 2.5, 1e-12);
    assert_true(step[0].towards_cliff && !step[1].towards_cliff);

    setting.value[ceiling] = 1.3; // 0.975 would be below the dearest server
    assert_int_equal(tune_neighbours(&scale, &setting, neighbour, step), 2);
    assert_near(neighbour[0].value[ceiling], 1.2, 1e-12);
    assert_near(step[0].factor, 1.2 / 1.3, 1e-12);

    setting.value[ceiling] = INFINITY; // none
    setting.value[h] = 0.4;
    assert_int_equal(tune_neighbours(&scale, &setting, neighbour, step), 2);
    assert_near(neighbour[0].value[h], 0.5, 1e-12); // the cliff is above
    assert_near(neighbour[1].value[h], 0.3, 1e-12);
    assert_true(step[0].towards_cliff && !step[1].towards_cliff);
    assert_true(isinf(neighbour[1].value[ceiling]));

    scale.applies[h] = false; // a lever that does nothing is let alone
    assert_int_equal(tune_neighbours(&scale, &setting, neighbour, step), 0);
}

static void test_a_share_of_next_to_nothing_counts_in_fees(void **fixture)
{
    (void)fixture;
    const tune_money own = {.profit = 200.0, .fee = 1000.0}, poor = {.profit = 1.0, .fee = 1000.0};
    const tune_money more = {.profit = 300.0, .fee = 1000.0};
    assert_near(tune_share(&more, &own), 1.5, 1e-12);
    assert_near(tune_share(&more, &poor), 30.0, 1e-12); // of 1 % of the fees
}

static void test_what_is_found_earns_more_and_stands_at_no_cliff(void **fixture)
{
    (void)fixture;
    dcat_tune_plan plan = plan_for("linkage:rea-s");
    dcat_tune_result result;
    dcat_error err = {0};
    if (dcat_tune_run(&plan, &result, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_true(result.validate_gain > 0.0);
    assert_true(result.loss_max >= TUNE_MOVE_LOSS_MAX);
    assert_true(result.move_count > 0);
    // Safe is what it says; and what is not is worth more than it costs at the worst.
    double worst = 0.0;
    bool survives = true;
    for (size_t i = 0; i < result.move_count; i++) {
        worst = fmin(worst, result.moves[i].change);
    }
    for (size_t t = 0; t < result.trial_count; t++) {
        assert_true(result.trials[t].applies);
        survives = survives && result.trials[t].change >= -TUNE_TRIAL_LOSS_MAX;
    }
    assert_int_equal(result.safe, worst >= -result.loss_max && survives);
    assert_true((1.0 + result.validate_gain) * (1.0 + worst) > 1.0 - result.loss_max);
    assert_true(result.try_count <= plan.proposal_count);
    assert_near(result.tries[0].gain, 0.0, 0.0); // the scenario's own settings
    assert_near(result.after.mean / result.before.mean - 1.0, result.gain.mean, 0.01);

    // A lever that alone is changed brings all there is, and nothing is left without it.
    size_t changed = 0, only = 0;
    for (size_t i = 0; i < result.lever_count; i++) {
        changed += result.levers[i].changed;
        only = result.levers[i].changed ? i : only;
        if (!result.levers[i].changed) {
            assert_near(result.levers[i].alone.mean, 0.0, 0.0);
            assert_near(result.levers[i].without.mean, result.gain.mean, 0.0);
        }
    }
    assert_true(changed > 0);
    if (changed == 1) {
        assert_near(result.levers[only].alone.mean, result.gain.mean, 0.0);
    }
    dcat_tune_result_free(&result);
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void test_a_stop_is_an_error_and_leaves_nothing(void **fixture)
{
    (void)fixture;
    dcat_tune_plan plan = plan_for("single:vickrey");
    dcat_jobs jobs = dcat_jobs_default();
    bool stopped = false;
    jobs.stop = stop_at_once;
    jobs.stopped = &stopped;
    plan.jobs = &jobs;
    dcat_tune_result result;
    assert_int_equal(dcat_tune_run(&plan, &result, NULL), DCAT_ERR_IO);
    assert_true(stopped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plan_that_is_none_is_refused),
        cmocka_unit_test(test_neighbours_are_a_quarter_away_where_a_number_is_on),
        cmocka_unit_test(test_a_share_of_next_to_nothing_counts_in_fees),
        cmocka_unit_test(test_what_is_found_earns_more_and_stands_at_no_cliff),
        cmocka_unit_test(test_a_stop_is_an_error_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
