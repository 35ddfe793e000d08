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
        assert_true(found.move.gamed >= found.move.honest);
        gains += (int)found.leave.gainful;
        audit_plan_free(&plan);
        market_destroy(&m);
    }
    printf("%d of 60 would leave, %d servers share a cluster with the first\n", gains, together);
    assert_true(gains > 0 && gains < 60 && together > 10);
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
    market_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaving_is_worth_what_a_run_alone_says),
        cmocka_unit_test(test_a_single_server_has_nowhere_to_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
