// SPDX-License-Identifier: Apache-2.0
// Constraints (10a) to (10f): each accepts what it should and names the first violation.

#include "dcat/x/constraint.h"
#include "support.h"
#include <string.h>

static void assert_refused(dcat_status status, const dcat_error *err, const char *words)
{
    assert_int_equal(status, DCAT_ERR_INTERNAL);
    if (strstr(err->message, words) == NULL) {
        fail_msg("'%s' does not say '%s'", err->message, words);
    }
}

static void test_10a_a_task_goes_to_one_cluster_at_most(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    const uint8_t one_or_none[] = {0, 1, 0, /**/ 0, 0, 0, /**/ 1, 0, 0};
    assert_int_equal(dcat_check_10a(one_or_none, 3, 3, &err), DCAT_OK);
    const uint8_t twice[] = {0, 1, 0, /**/ 1, 0, 1, /**/ 1, 1, 1};
    assert_refused(dcat_check_10a(twice, 3, 3, &err), &err, "task 1 is assigned 2 times");
    assert_int_equal(dcat_check_10a(twice, 0, 3, NULL), DCAT_OK);
    assert_int_equal(dcat_check_10a(twice, 3, 3, NULL), DCAT_ERR_INTERNAL);
}

static void test_10b_total_delay_is_within_the_deadline(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    const double delay_s[] = {1.9, 2.5}, deadline_s[] = {2.0, 2.5};
    assert_int_equal(dcat_check_10b(delay_s, deadline_s, 2, 0.0, &err),
                     DCAT_OK); // equal is in time
    const double late_s[] = {1.9, 2.5001};
    assert_refused(dcat_check_10b(late_s, deadline_s, 2, 0.0, &err), &err, "task 1 takes 2.5001");
    assert_int_equal(dcat_check_10b(late_s, deadline_s, 2, 1e-4, &err), DCAT_OK); // 2.5 (1 + 1e-4)
    const double not_a_number_s[] = {NAN, 1.0};
    assert_refused(dcat_check_10b(not_a_number_s, deadline_s, 2, 1.0, &err), &err, "task 0");
}

static dcat_world *line_of_servers(double span_m_max)
{
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = span_m_max;
    dcat_server servers[3]; // at 0, 60 and 120 km
    for (int i = 0; i < 3; i++) {
        servers[i] = (dcat_server){.site = {60e3 * i, 0.0},
                                   .speed_hz = 250e9,
                                   .core_count = 100,
                                   .energy_cost = NAN,
                                   .time_cost_per_s = NAN};
    }
    const dcat_area area = {.site = {0.0, 0.0}};
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, servers, 3, &area, 1, 1, &world, NULL), DCAT_OK);
    return world;
}

static void test_10c_members_are_within_the_span_limit(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    dcat_world *world = line_of_servers(60e3);
    const int32_t pair[] = {0, 0, 1}, all[] = {0, 0, 0}, ends[] = {0, 1, 0};
    assert_int_equal(dcat_check_10c(world, pair, &err), DCAT_OK); // exactly at the limit
    assert_refused(dcat_check_10c(world, all, &err), &err, "servers 0 and 2 of cluster 0");
    assert_refused(dcat_check_10c(world, ends, &err), &err, "120 km apart");
    dcat_world_destroy(world);
}

static void test_10d_assignments_are_zero_or_one(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    const uint8_t good[] = {0, 1, 1, 0}, bad[] = {0, 1, 1, 2};
    assert_int_equal(dcat_check_10d(good, 2, 2, &err), DCAT_OK);
    assert_refused(dcat_check_10d(bad, 2, 2, &err), &err, "task 1 and cluster 1 is 2");
}

static void test_10e_together_is_an_equivalence(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    const uint8_t good[] = {1, 0, 1, /**/ 0, 1, 0, /**/ 1, 0, 1};
    assert_int_equal(dcat_check_10e(good, 3, &err), DCAT_OK);
    const uint8_t two[] = {1, 2, 0, /**/ 2, 1, 0, /**/ 0, 0, 1};
    assert_refused(dcat_check_10e(two, 3, &err), &err, "servers 0 and 1 is 2");
    const uint8_t not_itself[] = {1, 0, 0, /**/ 0, 0, 0, /**/ 0, 0, 1};
    assert_refused(dcat_check_10e(not_itself, 3, &err), &err, "servers 1 and 1 is 0");
    const uint8_t one_way[] = {1, 1, 0, /**/ 0, 1, 0, /**/ 0, 0, 1};
    assert_refused(dcat_check_10e(one_way, 3, &err), &err, "not symmetric");
    const uint8_t chain[] = {1, 1, 0, /**/ 1, 1, 1, /**/ 0, 1, 1}; // 0-1 and 1-2, but not 0-2
    assert_refused(dcat_check_10e(chain, 3, &err), &err, "but not both with server");
}

static void test_10f_nobody_loses(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    const double users[] = {0.0, 3.0}, servers[] = {0.0, 7.7};
    assert_int_equal(dcat_check_10f(0.0, users, 2, servers, 2, 0.0, &err), DCAT_OK);
    assert_refused(dcat_check_10f(-1.0, users, 2, servers, 2, 0.5, &err), &err, "the platform");
    const double sad_user[] = {3.0, -0.6};
    assert_refused(dcat_check_10f(0.0, sad_user, 2, servers, 2, 0.5, &err), &err, "user 1");
    const double sad_server[] = {-4.2, 7.7}; // the paper's own split, see test_eq05_09_money
    assert_refused(dcat_check_10f(0.0, users, 2, sad_server, 2, 0.5, &err), &err,
                   "server 0 has utility -4.2");
    const double unknown[] = {NAN};
    assert_refused(dcat_check_10f(0.0, unknown, 1, servers, 2, 0.5, &err), &err, "user 0");
    assert_int_equal(dcat_check_10f(-0.4, sad_user, 1, servers, 2, 0.5, &err), DCAT_OK);
}

static void test_what_lies_behind_the_last_is_not_looked_at(void **fixture)
{
    (void)fixture;
    const uint8_t assigned[] = {0, 1, 1, 2, 2, 2}; // wrong from the fourth on
    const double delay_s[] = {1.0, 9.0}, deadline_s[] = {2.0, 2.0}, utility[] = {1.0, -1.0};
    const uint8_t together[] = {1, 7, 7, 7};
    assert_int_equal(dcat_check_10a(assigned, 1, 2, NULL), DCAT_OK);
    assert_int_equal(dcat_check_10d(assigned, 1, 3, NULL), DCAT_OK);
    assert_int_equal(dcat_check_10d(assigned, 3, 1, NULL), DCAT_OK);
    assert_int_equal(dcat_check_10b(delay_s, deadline_s, 1, 0.0, NULL), DCAT_OK);
    assert_int_equal(dcat_check_10e(together, 1, NULL), DCAT_OK);
    assert_int_equal(dcat_check_10f(0.0, utility, 1, utility, 1, 0.0, NULL), DCAT_OK);
    // And the last one is.
    assert_int_equal(dcat_check_10d(assigned, 2, 2, NULL), DCAT_ERR_INTERNAL);
    assert_int_equal(dcat_check_10b(delay_s, deadline_s, 2, 0.0, NULL), DCAT_ERR_INTERNAL);
    assert_int_equal(dcat_check_10f(0.0, utility, 2, utility, 1, 0.0, NULL), DCAT_ERR_INTERNAL);
    assert_int_equal(dcat_check_10f(0.0, utility, 1, utility, 2, 0.0, NULL), DCAT_ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_10a_a_task_goes_to_one_cluster_at_most),
        cmocka_unit_test(test_10b_total_delay_is_within_the_deadline),
        cmocka_unit_test(test_10c_members_are_within_the_span_limit),
        cmocka_unit_test(test_10d_assignments_are_zero_or_one),
        cmocka_unit_test(test_10e_together_is_an_equivalence),
        cmocka_unit_test(test_10f_nobody_loses),
        cmocka_unit_test(test_what_lies_behind_the_last_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
