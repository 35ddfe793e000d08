// SPDX-License-Identifier: Apache-2.0
// A struct of another size, as an older or newer program would hand it over, is refused with both
// sizes.

#include "dcat/dcat.h"
#include "dcat/x/audit.h"
#include "dcat/x/bound.h"
#include "dcat/x/train.h"
#include "tests/support.h"
#include <string.h>

static void expect_refused(dcat_status status, const dcat_error *err, const char *name)
{
    assert_int_equal(status, DCAT_ERR_RANGE);
    if (strncmp(err->message, name, strlen(name)) != 0 ||
        strstr(err->message, "another version of dcat (size 3,") == NULL) {
        fail_msg("%s: %s", name, err->message);
    }
}

static void test_structs_of_another_size_are_refused(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    dcat_world_config world = dcat_world_config_default();
    world.size = 3;
    expect_refused(dcat_world_config_check(&world, &err), &err, "dcat_world_config:");

    const dcat_demand_profile profile = {.size = 3};
    dcat_demand *demand = NULL;
    expect_refused(dcat_demand_create_profile(&profile, &demand, &err), &err,
                   "dcat_demand_profile:");

    dcat_env_config env = dcat_env_config_default();
    env.size = 3;
    expect_refused(dcat_env_config_check(&env, &err), &err, "dcat_env_config:");
    env = dcat_env_config_default();
    const dcat_auction auction = {.size = 3};
    env.auction = &auction;
    expect_refused(dcat_env_config_check(&env, &err), &err, "dcat_auction:");
    env = dcat_env_config_default();
    const dcat_clusterer clusterer = {.size = 3};
    env.clusterer = &clusterer;
    expect_refused(dcat_env_config_check(&env, &err), &err, "dcat_clusterer:");

    const dcat_run_config old_run = {.size = 3};
    expect_refused(dcat_run(NULL, NULL, &old_run, NULL, NULL, NULL, &err), &err,
                   "dcat_run_config:");
    const dcat_run_config run = {DCAT_SIZED(dcat_run_config)};
    const dcat_run_hooks hooks = {.size = 3};
    expect_refused(dcat_run(NULL, NULL, &run, &hooks, NULL, NULL, &err), &err, "dcat_run_hooks:");

    const dcat_compare_config old_compare = {.size = 3};
    expect_refused(dcat_compare_run(NULL, &old_compare, NULL, &err), &err, "dcat_compare_config:");
    const dcat_ranks ranks = {.size = 3};
    const dcat_jobs old_jobs = {.size = 3}, jobs = {DCAT_SIZED(dcat_jobs), .ranks = &ranks};
    dcat_compare_config compare = {DCAT_SIZED(dcat_compare_config), .jobs = &old_jobs};
    expect_refused(dcat_compare_run(NULL, &compare, NULL, &err), &err, "dcat_jobs:");
    compare.jobs = &jobs;
    expect_refused(dcat_compare_run(NULL, &compare, NULL, &err), &err, "dcat_ranks:");

    dcat_train_config train = dcat_train_config_default(DCAT_ESTIMATOR_GROUP);
    train.size = 3;
    expect_refused(dcat_train_config_check(&train, &err), &err, "dcat_train_config:");

    const dcat_audit_config audit = {.size = 3};
    expect_refused(dcat_audit_run(NULL, &audit, NULL, NULL, &err), &err, "dcat_audit_config:");

    dcat_bound_config bound = dcat_bound_config_default();
    bound.size = 3;
    expect_refused(dcat_bound_run(NULL, NULL, &bound, NULL, NULL, &err), &err,
                   "dcat_bound_config:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structs_of_another_size_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
