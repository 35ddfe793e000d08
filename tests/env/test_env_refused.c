// SPDX-License-Identifier: Apache-2.0
// What comes from outside into an environment is checked.

#include "env_support.h"
#include "random_world.h"
#include <stdlib.h>
#include <string.h>

// --- what is refused

static int every_cycle(const dcat_world *world)
{
    (void)world;
    return 1;
}

static size_t no_workspace(const dcat_world *world, const void *model)
{
    (void)world;
    (void)model;
    return 0;
}

static dcat_status decide_badly(const dcat_cluster_input *input, void *workspace,
                                int32_t *cluster_of, dcat_error *err)
{
    (void)workspace;
    cluster_of[1] = (int32_t)dcat_world_server_count(input->world);
    return input->cycle % 2 == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "no idea in cycle %u", input->cycle);
}

static const dcat_clusterer bad_clusterer = {DCAT_SIZED(dcat_clusterer),
                                             .name = "bad",
                                             .summary = "fails, or makes illegal clusters",
                                             .decide_every = every_cycle,
                                             .workspace_bytes = no_workspace,
                                             .decide = decide_badly};

static void test_failures_of_a_clusterer_end_a_run(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    const dcat_policy policy = {.clusterer = &bad_clusterer, .auction = dcat_auction_find("rea")};
    for (uint32_t odd = 0; odd < 2; odd++) {
        dcat_run_config config = {DCAT_SIZED(dcat_run_config), .policy = policy,
                                  .cycle_first = 2 + odd, .cycle_count = 1};
        dcat_run_result result = {.cycle_count = 77};
        dcat_error err = {0};
        assert_int_equal(dcat_run(s.world, s.demand, &config, NULL, NULL, &result, &err),
                         odd == 0 ? DCAT_ERR_RANGE : DCAT_ERR_FORMAT);
        assert_non_null(strstr(err.message, odd == 0 ? "clusterer bad: cluster of server 1 must be"
                                                     : "clusterer bad: no idea in cycle 3"));
        assert_int_equal(result.cycle_count, 77);
    }
    close_shipped(&s);
}

static void expect_refused(const dcat_env_config *config, const char *why)
{
    dcat_env *env = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_env_create(config, &env, &err), DCAT_ERR_RANGE);
    assert_null(env);
    if (strstr(err.message, why) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, why);
    }
}

static void test_wrong_configurations_are_refused(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    market other = market_create(3);
    dcat_env_config good = dcat_env_config_default();
    good.world = s.world;
    good.demand = s.demand;
    good.auction = dcat_auction_find("rea");
    good.clusterer = dcat_clusterer_find("linkage");
    dcat_env_config config = {0};
    expect_refused(&config, "dcat_env_config: made for another version");
    config = good;
    config.world = NULL;
    expect_refused(&config, "world is needed");
    config = good;
    config.demand = NULL;
    expect_refused(&config, "task_max must be >= 1");
    config = good;
    config.demand = other.demand;
    expect_refused(&config, "areas");
    config = good;
    config.auction = NULL;
    expect_refused(&config, "auction is needed");
    config = good;
    config.clusterer = dcat_clusterer_find("a2c");
    expect_refused(&config, "decides by a model");
    config = good;
    config.cycle = 1000000;
    expect_refused(&config, "cycles 1000000 to 1000000");
    market_destroy(&other);
    close_shipped(&s);
}

static void test_wrong_arguments_are_refused(void **fixture)
{
    (void)fixture;
    shipped s = open_shipped("paper");
    const dcat_policy policy = linkage();
    uint32_t last = (uint32_t)dcat_demand_cycle_count(s.demand) - 1;
    dcat_env *env = env_of(s.world, s.demand, &policy, 1, last);
    size_t S = dcat_world_server_count(s.world);
    decide_if_due(env);
    int32_t before[1000], labels[1000] = {0};
    double busy_until_s[1000] = {0};
    memcpy(before, dcat_env_observe(env).cluster_of, sizeof *before * S);
    dcat_error err = {0};
    assert_int_equal(dcat_env_set_clusters(env, labels, &err), DCAT_ERR_RANGE); // all in one
    assert_non_null(strstr(err.message, "(10c)"));
    labels[4] = -1;
    assert_int_equal(dcat_env_set_clusters(env, labels, &err), DCAT_ERR_RANGE);
    labels[4] = (int32_t)S;
    assert_int_equal(dcat_env_set_clusters(env, labels, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_place(env, last, busy_until_s, labels, &err), DCAT_ERR_RANGE);
    busy_until_s[2] = NAN;
    assert_int_equal(dcat_env_place(env, last, busy_until_s, before, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_place(env, last + 1, NULL, before, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_reset(env, 1, last + 1, &err), DCAT_ERR_RANGE);
    assert_memory_equal(dcat_env_observe(env).cluster_of, before, sizeof *before * S);

    drawn d = draw_cycle(&s, last);
    d.arrivals.slot_count--;
    assert_int_equal(dcat_env_give(env, &d.arrivals, &err), DCAT_ERR_RANGE);
    d.arrivals.slot_count++;
    int32_t area = d.tasks[3].area;
    d.tasks[3].area = (int32_t)dcat_world_area_count(s.world);
    assert_int_equal(dcat_env_give(env, &d.arrivals, &err),
                     dcat_task_check(s.world, &d.tasks[3], NULL));
    assert_true(err.status != DCAT_OK);
    assert_non_null(strstr(err.message, "task 3"));
    d.tasks[3].area = area;
    d.tasks[3].class_id = 1;
    assert_int_equal(dcat_env_give(env, &d.arrivals, &err), DCAT_ERR_REFERENCE);
    assert_non_null(strstr(err.message, "task 3: class 1 does not exist, there is 1"));
    d.tasks[3].class_id = 0;
    d.tasks[2].work_cycles = NAN;
    assert_int_equal(dcat_env_give(env, &d.arrivals, &err), DCAT_ERR_RANGE);
    d.tasks[2].work_cycles = 1e9;
    assert_int_equal(dcat_env_give(env, &d.arrivals, &err), DCAT_OK);
    assert_int_equal(dcat_env_give(env, NULL, &err), DCAT_OK);
    d.task_end[1] = d.task_end[0] - 1;
    assert_int_equal(dcat_env_give(env, &d.arrivals, &err), DCAT_ERR_RANGE);
    drawn_free(&d);

    assert_int_equal(dcat_env_delay(env, -1, -1, 1.0, &err), DCAT_ERR_RANGE);
    assert_int_equal(
        dcat_env_delay(env, dcat_state_cluster_count(dcat_env_state_view(env)), -1, 1.0, &err),
        DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_delay(env, 0, -1, -1.0, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_delay(env, 0, -1, NAN, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_delay(env, 0, 1, 1.0, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_delay(env, 0, -2, 1.0, &err), DCAT_ERR_RANGE);
    double busy = dcat_state_cluster(dcat_env_state_view(env), 0).busy_until_s;
    assert_int_equal(dcat_env_delay(env, 0, -1, 2.5, &err), DCAT_OK);
    assert_near(dcat_state_cluster(dcat_env_state_view(env), 0).busy_until_s, busy + 2.5, 0.0);

    step_cycle(env); // the demand's last
    dcat_totals totals = {0};
    assert_int_equal(dcat_env_step_slot(env, &totals, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_env_step_cycle(env, &totals, &err), DCAT_ERR_RANGE);
    const dcat_policy none = {0};
    dcat_env *other = env_of(s.world, s.demand, &none, 1, last);
    assert_int_equal(dcat_env_copy(other, env, &err), DCAT_ERR_RANGE);
    dcat_env_destroy(other);
    dcat_env_destroy(env);
    close_shipped(&s);
}

static void test_labels_from_outside_may_have_any_names(void **fixture)
{
    (void)fixture;
    market m = market_create(7);
    dcat_rng rng = test_rng(7);
    size_t S = dcat_world_server_count(m.world);
    int32_t canonical[MARKET_SERVER_MAX], renamed[MARKET_SERVER_MAX];
    random_partition(m.world, &rng, canonical);
    for (size_t i = 0; i < S; i++) {
        renamed[i] = (int32_t)S - 1 - canonical[i];
    }
    const dcat_policy policy = linkage();
    dcat_env *env = env_of(m.world, m.demand, &policy, 1, 0);
    assert_int_equal(dcat_env_set_clusters(env, renamed, NULL), DCAT_OK);
    assert_memory_equal(dcat_env_observe(env).cluster_of, canonical, sizeof *canonical * S);
    dcat_env_destroy(env);
    market_destroy(&m);
}

static void test_a_copy_needs_the_same_configuration(void **fixture)
{
    (void)fixture;
    market m = market_create(7);
    const dcat_policy policy = linkage();
    dcat_env *env = env_of(m.world, m.demand, &policy, 1, 0);
    // One field after the other is another one.
    for (int field = 0; field < 3; field++) {
        dcat_env_config config = dcat_env_config_default();
        config.world = m.world;
        config.demand = m.demand;
        config.auction = field == 0 ? NULL : policy.auction;
        config.task_max = field == 1 ? 100000 : 0;
        config.trial = field == 2;
        dcat_env *other = NULL, *copy = NULL;
        dcat_error err = {0};
        assert_int_equal(dcat_env_create(&config, &other, &err), DCAT_OK);
        assert_int_equal(dcat_env_copy(other, env, &err), DCAT_ERR_RANGE);
        assert_non_null(strstr(err.message, "same configuration"));
        // A copy of its own configuration goes on like it, with an auction or without.
        assert_int_equal(dcat_env_clone(other, &copy, NULL), DCAT_OK);
        dcat_totals a = {0}, b = {0};
        assert_int_equal(dcat_env_step_cycle(other, &a, NULL), DCAT_OK);
        assert_int_equal(dcat_env_step_cycle(copy, &b, NULL), DCAT_OK);
        assert_memory_equal(&a, &b, sizeof a);
        assert_true(field == 0 ? dcat_env_state_view(copy) == NULL : a.arrived > 0);
        dcat_env_destroy(copy);
        dcat_env_destroy(other);
    }
    dcat_env_destroy(env);
    market_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures_of_a_clusterer_end_a_run),
        cmocka_unit_test(test_wrong_configurations_are_refused),
        cmocka_unit_test(test_wrong_arguments_are_refused),
        cmocka_unit_test(test_labels_from_outside_may_have_any_names),
        cmocka_unit_test(test_a_copy_needs_the_same_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
