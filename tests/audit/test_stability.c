// SPDX-License-Identifier: Apache-2.0
// What a server would earn elsewhere, against runs that put it there.

#include "audit_runs.h"
#include "dcat/partition.h"
#include "dcat/x/clock.h"
#include <math.h>
#include <stdio.h>

// What server 0 earns and the platform keeps with the same clusters in every cycle.
static double earns(const audit_plan *plan, const dcat_world *world, const int32_t *cluster_of,
                    double *platform)
{
    dcat_env *env = NULL;
    assert_int_equal(audit_env_create(plan, world, &env, NULL), DCAT_OK);
    dcat_totals sum = {0};
    assert_int_equal(dcat_env_set_clusters(env, cluster_of, NULL), DCAT_OK);
    for (uint32_t c = 0; c < plan->run.cycle_count; c++) {
        assert_int_equal(dcat_env_step_cycle(env, &sum, NULL), DCAT_OK);
    }
    dcat_server_account account = dcat_state_server(dcat_env_state_view(env), 0);
    *platform = dcat_totals_profit(&sum);
    dcat_env_destroy(env);
    return account.payment - account.cost;
}

static void test_leaving_is_worth_what_a_run_alone_says(void **fixture)
{
    (void)fixture;
    int gains = 0, together = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        market m = market_create_with_shares(seed);
        size_t S = dcat_world_server_count(m.world);
        audit_run run = run_in(&m, seed, dcat_auction_find("rea-s"));
        const dcat_run_config whole = {DCAT_SIZED(dcat_run_config), .policy = run.policy,
                                       .seed = run.seed, .cycle_first = run.cycle_first,
                                       .cycle_count = run.cycle_count};
        dcat_audit_stability found = {0};
        audit_plan plan;
        assert_int_equal(audit_plan_create(m.world, &run, &plan, NULL), DCAT_OK);
        assert_int_equal(audit_stability(m.world, &run, 0, 1, true, &found, NULL), DCAT_OK);
        int32_t alone[MARKET_SERVER_MAX], scratch[MARKET_SERVER_MAX];
        double kept, kept_alone;
        double stays = earns(&plan, m.world, plan.cluster_of, &kept);
        int32_t last = 0, with_first = 0;
        for (size_t i = 0; i < S; i++) { // linkage: the same clusters in every cycle
            alone[i] = plan.cluster_of[i];
            last = alone[i] > last ? alone[i] : last;
            with_first += i > 0 && alone[i] == 0;
        }
        alone[0] = with_first > 0 ? last + 1 : 0; // free, as there are fewer clusters than servers
        together += with_first;
        dcat_partition_canonical(alone, S, scratch);
        double leaves = earns(&plan, m.world, alone, &kept_alone);
        assert_int_equal(found.leave.attempt_count, 1);
        assert_near(found.leave.honest, stays, 1e-9);
        assert_near(found.leave.gamed, fmax(stays, leaves), 1e-9);
        assert_near(found.leave.platform_gamed, leaves > stays ? kept_alone : kept, 1e-9);
        assert_true(found.leave.gainful == (leaves > 1.01 * stays + 1e-9));
        assert_int_equal(found.would_leave.count, found.leave.gainful);
        if (found.would_leave.count > 0) {
            const dcat_audit_stay *who = &found.would_leave.of[0];
            assert_true(who->seed == seed && who->server == 0);
            assert_near(who->honest, stays, 1e-9);
            assert_near(who->gamed, leaves, 1e-9);
            assert_near(who->platform_gamed, kept_alone, 1e-9);
        }
        assert_true(found.move.gamed >= found.move.honest);
        double gain[MARKET_SERVER_MAX];
        assert_int_equal(dcat_audit_leaving(m.world, m.demand, &whole, NULL, gain, NULL), DCAT_OK);
        assert_near(gain[0], leaves - stays, 1e-9);
        gains += (int)found.leave.gainful;
        audit_plan_free(&plan);
        market_destroy(&m);
    }
    printf("%d of 60 would leave, %d servers share a cluster with the first\n", gains, together);
    assert_true(gains > 0 && gains < 60 && together > 10);
}

static void test_those_who_would_gain_most_are_named(void **fixture)
{
    (void)fixture;
    dcat_audit_stability sum = {0};
    for (int i = 0; i < 40; i++) { // gains 0, 7, 14, ... modulo 40, each once
        dcat_audit_stability part = {0};
        part.would_leave.count = 1;
        part.would_leave.of[0] = (dcat_audit_stay){
            .seed = (uint64_t)i, .server = i, .honest = 1.0, .gamed = 1.0 + 7 * i % 40};
        audit_stability_add(&sum, &part);
    }
    assert_int_equal(sum.would_leave.count, DCAT_AUDIT_NAMED);
    assert_int_equal(sum.would_move.count, 0);
    for (int i = 0; i < DCAT_AUDIT_NAMED; i++) {
        assert_near(sum.would_leave.of[i].gamed, 40.0 - i, 0.0);
        assert_int_equal(7 * sum.would_leave.of[i].server % 40, 39 - i);
    }
}

static void test_a_single_server_has_nowhere_to_go(void **fixture)
{
    (void)fixture;
    market m = market_create(2);
    audit_run run = run_in(&m, 2, dcat_auction_find("rea-s"));
    run.policy.clusterer = dcat_clusterer_find("single");
    dcat_audit_stability found = {0};
    assert_int_equal(audit_stability(m.world, &run, 2, 0, false, &found, NULL), DCAT_OK);
    assert_int_equal(found.leave.attempt_count, dcat_world_server_count(m.world));
    assert_int_equal(found.leave.gainful, 0);
    assert_true(found.leave.gamed == found.leave.honest);
    assert_int_equal(found.move.attempt_count, 0);
    const dcat_run_config whole = {DCAT_SIZED(dcat_run_config), .policy = run.policy,
                                   .seed = run.seed, .cycle_first = run.cycle_first,
                                   .cycle_count = run.cycle_count};
    dcat_jobs jobs = dcat_jobs_default();
    jobs.thread_count = -1;
    double gain[MARKET_SERVER_MAX];
    gain[0] = 1.0;
    assert_int_equal(dcat_audit_leaving(m.world, m.demand, &whole, &jobs, gain, NULL),
                     DCAT_ERR_RANGE);
    jobs.thread_count = 2;
    assert_int_equal(dcat_audit_leaving(m.world, m.demand, &whole, &jobs, gain, NULL), DCAT_OK);
    for (size_t i = 0; i < dcat_world_server_count(m.world); i++) {
        assert_true(gain[i] == 0.0);
    }
    market_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaving_is_worth_what_a_run_alone_says),
        cmocka_unit_test(test_those_who_would_gain_most_are_named),
        cmocka_unit_test(test_a_single_server_has_nowhere_to_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
