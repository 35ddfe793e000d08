// SPDX-License-Identifier: Apache-2.0
// The audit of a scenario: it walks the very run that it audits, finds what is there to find, and
// does not depend on threads.

#include "audit/rational.h"
#include "audit_runs.h"
#include "dcat/x/task_auction.h"
#include <stdio.h>
#include <string.h>

// --- walking

static void test_a_walk_is_the_run_it_repeats(void **fixture)
{
    (void)fixture;
    size_t count = test_cases(40);
    for (uint64_t seed = 1; seed <= count; seed++) {
        market m = market_create(seed);
        audit_run run = run_in(&m, seed, dcat_auction_at(seed % dcat_auction_count()));
        run.policy.clusterer = dcat_clusterer_at(seed % 4); // the ones that need no model
        audit_plan plan;
        dcat_totals walked;
        const dcat_env_hooks nobody = {.user = NULL};
        assert_int_equal(audit_plan_create(m.world, &run, &plan, NULL), DCAT_OK);
        assert_int_equal(audit_walk(&plan, m.world, 0, &nobody, &walked, NULL), DCAT_OK);
        assert_memory_equal(&walked, &plan.totals, sizeof walked);
        audit_plan_free(&plan);
        market_destroy(&m);
    }
}

static void test_a_variant_without_a_change_is_the_same_world(void **fixture)
{
    (void)fixture;
    size_t count = test_cases(40);
    for (uint64_t seed = 1; seed <= count; seed++) {
        market m = market_create(seed);
        const audit_change nothing = {.handicap = NAN};
        dcat_world *variant = NULL;
        assert_int_equal(audit_world_variant(m.world, &nothing, &variant, NULL), DCAT_OK);
        audit_run run = run_in(&m, seed, dcat_auction_find("rea-s"));
        audit_plan plan;
        dcat_totals walked;
        const dcat_env_hooks nobody = {.user = NULL};
        assert_int_equal(audit_plan_create(m.world, &run, &plan, NULL), DCAT_OK);
        assert_int_equal(audit_walk(&plan, variant, 0, &nobody, &walked, NULL), DCAT_OK);
        assert_memory_equal(&walked, &plan.totals, sizeof walked);
        audit_plan_free(&plan);
        dcat_world_destroy(variant);
        market_destroy(&m);
    }
}

static void test_a_variant_changes_speed_and_cost_apart(void **fixture)
{
    (void)fixture;
    market m = market_create(11);
    size_t S = dcat_world_server_count(m.world);
    double speed[MARKET_SERVER_MAX];
    double cost[MARKET_SERVER_MAX];
    for (size_t i = 0; i < S; i++) {
        speed[i] = 1.0 + (double)i / 8.0;
        cost[i] = i % 2 == 0 ? 1.5 : 1.0;
    }
    const audit_change change = {
        .speed_factor = speed, .cost_factor = cost, .handicap = 2.0, .no_ceiling = true};
    dcat_world *variant = NULL;
    assert_int_equal(audit_world_variant(m.world, &change, &variant, NULL), DCAT_OK);
    const dcat_world_config *config = dcat_world_config_view(variant);
    assert_true(isinf(config->auction.ceiling_per_cycle));
    assert_near(config->market.handicap_per_gigacycle_s, 2.0, 0.0);
    for (size_t i = 0; i < S; i++) {
        assert_near(dcat_world_servers_view(variant)[i].speed_hz,
                    speed[i] * dcat_world_servers_view(m.world)[i].speed_hz, 1e-12);
        double unit = dcat_world_unit_cost_view(variant)[i];
        assert_near(unit / dcat_world_unit_cost_view(m.world)[i], cost[i], 1e-12);
    }
    dcat_world_destroy(variant);
    market_destroy(&m);
}

// --- losses

// The example of docs/guarantees.md: servers of 200 and 300 GHz, time cost only, one area, one task
// of 700 giga-cycles whose fee, p (1 + 2/2) 700, is 59.5.
static dcat_world *world_of_two(void)
{
    dcat_world_config config = dcat_world_config_default();
    config.market.price_per_gigacycle = 0.0425;
    config.market.urgency_s = 2.0;
    config.market.energy_cost = 0.0;
    config.market.time_cost_per_s = 20.0;
    const dcat_server server = {
        .speed_hz = 200e9, .core_count = 1, .energy_cost = NAN, .time_cost_per_s = NAN};
    dcat_server servers[] = {server, server};
    servers[1].speed_hz = 300e9;
    const dcat_area area = {.node = 0};
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, servers, 2, &area, 1, 1, &world, NULL), DCAT_OK);
    return world;
}

static dcat_audit_rational award_to_both(const dcat_auction *kind, double value, dcat_award *award)
{
    dcat_world *world = world_of_two();
    dcat_state *state = NULL;
    assert_int_equal(dcat_state_create(world, kind, 1, 1, &state, NULL), DCAT_OK);
    const int32_t together[] = {0, 0};
    dcat_state_set_clusters(state, together);
    const dcat_task task = {
        .work_cycles = 700e9, .data_bits = 1.0, .deadline_s = 2.0, .value = value};
    dcat_totals totals = {0};
    assert_int_equal(dcat_state_auction_task(state, 0.0, 0, 0, &task, 0, award, &totals, NULL),
                     DCAT_OK);
    dcat_audit_rational r = {0};
    audit_rational_note(&r, state, &task, award);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
    return r;
}

static void test_the_mean_rule_lets_a_member_lose(void **fixture)
{
    (void)fixture;
    dcat_award award;
    dcat_audit_rational r = award_to_both(dcat_auction_find("rea"), INFINITY, &award);
    // Costs per giga-cycle 20/200 and 20/300, shares 280 and 420: 28 each, 56 together. Pay 59.5:
    // 23.8 and 35.7, so -4.2 and +7.7.
    assert_near(award.payment, 59.5, 1e-12);
    assert_int_equal(r.member.below, 1);
    assert_near(r.member.worst, -4.2, 1e-9);
    assert_near(r.member.worst_share, -4.2 / 28.0, 1e-9);
    assert_near(r.member.lost, 4.2, 1e-9);
    assert_int_equal(r.cluster.below, 0);
    assert_int_equal(r.platform.below, 0);
    assert_int_equal(r.user.case_count, 0); // no value, so nothing to lose
}

static void test_the_dearest_members_limit_keeps_the_cluster_away(void **fixture)
{
    (void)fixture;
    dcat_award award;
    // The limit is 700 times 0.1, above the fee.
    dcat_audit_rational r = award_to_both(dcat_auction_find("rea-s"), INFINITY, &award);
    assert_int_equal(award.outcome, DCAT_AUCTION_NO_BIDDER);
    assert_int_equal(r.member.case_count, 0);
}

static void test_losses_of_every_side_are_seen(void **fixture)
{
    (void)fixture;
    dcat_world *world = world_of_two();
    dcat_state *state = NULL;
    assert_int_equal(dcat_state_create(world, dcat_auction_find("rea"), 1, 1, &state, NULL),
                     DCAT_OK);
    const dcat_task task = {.work_cycles = 700e9, .deadline_s = 9.0, .value = 50.0};
    // An award that no auction of ours makes: server 0 alone, cost 70, paid 60 from a fee of 55.
    const dcat_award award = {
        .outcome = DCAT_AUCTION_SOLD, .cluster = 0, .fee = 55.0, .payment = 60.0, .cost = 70.0};
    dcat_audit_rational r = {0};
    audit_rational_note(&r, state, &task, &award);
    assert_near(r.platform.worst, -5.0, 1e-12);
    assert_near(r.user.worst, -5.0, 1e-12);
    assert_near(r.cluster.worst, -10.0, 1e-12);
    assert_near(r.member.worst, -10.0, 1e-9);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

// --- beyond one auction

// Servers of 250 GHz, one costing 20 a second and the next ones 10 more each, and one task of 500
// giga-cycles: 2 s of work.
static dcat_audit_manipulation one_task(size_t server_count, double deadline_s, double ceiling,
                                        const char *auction)
{
    dcat_world_config config = dcat_world_config_default();
    config.market.price_per_gigacycle = 10.0;
    config.market.urgency_s = 2.0;
    config.market.energy_cost = 0.0;
    config.slots_per_cycle = 1;
    config.auction.ceiling_per_cycle = ceiling;
    dcat_server servers[2];
    for (size_t i = 0; i < server_count; i++) {
        servers[i] = (dcat_server){.speed_hz = 250e9,
                                   .core_count = 1,
                                   .energy_cost = NAN,
                                   .time_cost_per_s = 20.0 + 10.0 * (double)i};
    }
    const dcat_area area = {.node = 0};
    const dcat_task task = {
        .work_cycles = 500e9, .data_bits = 1.0, .deadline_s = deadline_s, .value = INFINITY};
    dcat_world *world = NULL;
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_world_create(&config, servers, server_count, &area, 1, 1, &world, NULL),
                     DCAT_OK);
    assert_int_equal(
        dcat_demand_create_tasks(&task, 1, 1, config.slot_s, config.slots_per_cycle, &demand, NULL),
        DCAT_OK);
    const audit_run run = {.demand = demand,
                           .policy = {.clusterer = dcat_clusterer_find("single"),
                                      .auction = dcat_auction_find(auction)},
                           .cycle_count = 1};
    dcat_audit_manipulation m;
    assert_int_equal(audit_manipulate(world, &run, 0, 0, &m, NULL), DCAT_OK);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
    return m;
}

static void test_a_boaster_gets_what_it_cannot_finish(void **fixture)
{
    (void)fixture;
    dcat_audit_manipulation m = one_task(2, 1.8, INFINITY, "rea");
    // Honest, nobody is a candidate; said to run at 275 GHz neither: 1.82 s. Said to run at 300 GHz
    // a server would need 1.67 s and is paid the fee, 10 (1 + 2/1.8) 500; the work costs it 500 *
    // 20/250 = 40, the other one 60, and takes the 2 s that it takes.
    double fee = 5000.0 * (1.0 + 2.0 / 1.8);
    for (size_t f = 0; f < DCAT_AUDIT_SPEED_FACTORS; f++) {
        assert_int_equal(m.speed[f].attempt_count, 2);
        assert_int_equal(m.speed[f].gainful, f == 3 ? 2 : 0);
        assert_near(m.speed[f].honest, 0.0, 0.0);
        assert_near(m.speed[f].gamed, f == 3 ? 2.0 * fee - 100.0 : 0.0, 1e-9);
        assert_near(m.speed[f].largest, f == 3 ? fee - 40.0 : 0.0, 1e-9); // the first one's
        assert_int_equal(m.speed[f].award_count, f == 3 ? 2 : 0);
        assert_int_equal(m.speed[f].late, f == 3 ? 2 : 0);
    }
    assert_near(m.speed_best.gamed, m.speed[3].gamed, 0.0);
    assert_near(m.speed_best.largest, m.speed[3].largest, 0.0);
    assert_int_equal(m.speed_best.late, 2);
}

static void test_who_says_more_than_the_ceiling_gets_nothing(void **fixture)
{
    (void)fixture;
    // The work costs 40; the ceiling is 1.15 of it, 46 for the task. Up to 1.1 the server is served
    // as before, from 1.2 on it is not; best is to stay honest.
    dcat_audit_manipulation m = one_task(1, 3.0, 1.15 * 20.0 / 250e9, "rea-s");
    for (size_t f = 0; f < DCAT_AUDIT_COST_FACTORS; f++) {
        assert_near(m.cost[f].honest, 6.0, 1e-9);
        assert_near(m.cost[f].gamed, f < 3 ? 6.0 : 0.0, 1e-9);
        assert_int_equal(m.cost[f].gainful, 0);
    }
    assert_near(m.cost_best.gamed, 6.0, 1e-9);
    assert_int_equal(m.cost_best.award_count, 0); // nobody lied
}

static void test_nobody_owns_the_whole_market(void **fixture)
{
    (void)fixture;
    // Two servers, costs 40 and 60, and no ceiling. An owner of up to three clusters has one of
    // them: withholding it earns nothing, and honesty pays the first about 60. Who had both would
    // keep the second out and be paid the fee.
    dcat_audit_manipulation m = one_task(2, 3.0, INFINITY, "rea-s");
    assert_int_equal(m.withhold.attempt_count, 2);
    assert_int_equal(m.withhold.gainful, 0);
    assert_true(m.withhold.honest > 15.0 && m.withhold.honest <= 20.5); // pay less 40
    assert_near(m.withhold.gamed, m.withhold.honest, 0.0);
}

// Of one who tries: the best of count factors, honesty included; whether the last one is it.
static bool best_is_last(const dcat_audit_gain *best, const dcat_audit_gain *gain, size_t count)
{
    double most = best->honest;
    for (size_t f = 0; f < count; f++) {
        assert_int_equal(gain[f].attempt_count, 1);
        assert_near(gain[f].honest, best->honest, 0.0);
        most = fmax(most, gain[f].gamed);
    }
    assert_near(best->gamed, most, 0.0);
    assert_near(best->largest, best->gainful > 0 ? most - best->honest : 0.0, 0.0);
    return gain[count - 1].gamed >= most;
}

static void test_every_factor_is_tried_and_the_best_one_counts(void **fixture)
{
    (void)fixture;
    const double speed[DCAT_AUDIT_SPEED_FACTORS] = {0.8, 0.9, 1.1, 1.2};
    const double cost[DCAT_AUDIT_COST_FACTORS] = {1.02, 1.05, 1.1, 1.2, 1.5};
    size_t count = test_cases(20);
    int speed_last = 0, cost_last = 0;
    for (uint64_t seed = 1; seed <= count; seed++) {
        market m = market_create(seed);
        audit_run run = run_in(&m, seed, dcat_auction_find("rea-s"));
        dcat_audit_manipulation found;
        assert_int_equal(audit_manipulate(m.world, &run, 0, 1, &found, NULL), DCAT_OK);
        for (size_t f = 0; f < DCAT_AUDIT_SPEED_FACTORS; f++) {
            assert_near(found.speed[f].factor, speed[f], 0.0);
        }
        for (size_t f = 0; f < DCAT_AUDIT_COST_FACTORS; f++) {
            assert_near(found.cost[f].factor, cost[f], 0.0);
        }
        speed_last += best_is_last(&found.speed_best, found.speed, DCAT_AUDIT_SPEED_FACTORS);
        cost_last += best_is_last(&found.cost_best, found.cost, DCAT_AUDIT_COST_FACTORS);
        market_destroy(&m);
    }
    assert_true(speed_last < (int)count && cost_last < (int)count);
}

static void test_sums_over_worlds_keep_the_largest_gain(void **fixture)
{
    (void)fixture;
    const dcat_audit_gain more = {.factor = 1.2, .attempt_count = 2, .gainful = 1, .largest = 5.0};
    const dcat_audit_gain less = {.factor = 1.2, .attempt_count = 3, .gainful = 3, .largest = 4.0};
    dcat_audit_manipulation sum = {0};
    const dcat_audit_manipulation parts[] = {
        {.withhold = more, .speed = {[3] = more}, .cost = {[0] = more}, .cost_best = more},
        {.withhold = less, .speed = {[3] = less}, .cost = {[0] = less}, .cost_best = less}};
    audit_manipulation_add(&sum, &parts[0]);
    audit_manipulation_add(&sum, &parts[1]);
    const dcat_audit_gain *sums[] = {&sum.withhold, &sum.speed[3], &sum.cost[0], &sum.cost_best};
    for (size_t i = 0; i < 4; i++) {
        assert_near(sums[i]->largest, 5.0, 0.0);
        assert_near(sums[i]->factor, 1.2, 0.0);
        assert_int_equal(sums[i]->attempt_count, 5);
        assert_int_equal(sums[i]->gainful, 4);
    }
    assert_int_equal(sum.speed[0].attempt_count, 0);
}

static void test_a_longer_deadline_is_cheaper_and_comes_too_late(void **fixture)
{
    (void)fixture;
    dcat_audit_manipulation m = one_task(1, 1.8, INFINITY, "rea");
    // Said to have 2.7 s the task is served in 2 s, for 10 (1 + 2/2.7) 500.
    assert_int_equal(m.deadline.task_count, 1);
    assert_int_equal(m.deadline.served_honest, 0);
    assert_int_equal(m.deadline.served_lied, 1);
    assert_int_equal(m.deadline.in_time_lied, 0);
    assert_near(m.deadline.fee_lied, 5000.0 * (1.0 + 2.0 / 2.7), 1e-9);
}

static void test_attempts_are_compared_with_the_honest_run(void **fixture)
{
    (void)fixture;
    size_t count = test_cases(10);
    double changed = 0.0;
    for (uint64_t seed = 1; seed <= count; seed++) {
        market m = market_create(seed);
        audit_run run = run_in(&m, seed, dcat_auction_find("rea-s"));
        dcat_audit_manipulation found;
        assert_int_equal(audit_manipulate(m.world, &run, 0, 6, &found, NULL), DCAT_OK);
        // Withholding nothing is one of the choices. The platform's honest profit is the run's.
        assert_true(found.withhold.gamed >= found.withhold.honest);
        dcat_run_result result;
        const dcat_run_config config = {DCAT_SIZED(dcat_run_config), .policy = run.policy,
                                        .seed = run.seed, .cycle_first = run.cycle_first,
                                        .cycle_count = run.cycle_count};
        assert_int_equal(dcat_run(m.world, m.demand, &config, NULL, NULL, &result, NULL), DCAT_OK);
        const dcat_audit_gain *speed = &found.speed[3];
        assert_near(speed->platform_honest,
                    (double)speed->attempt_count * dcat_totals_profit(&result.totals), 1e-9);
        assert_true(speed->late <= speed->award_count);
        assert_true(found.deadline.in_time_lied <= found.deadline.served_lied);
        for (size_t f = 0; f < DCAT_AUDIT_COST_FACTORS; f++) {
            changed += fabs(found.cost[f].gamed - found.cost[f].honest);
        }
        market_destroy(&m);
    }
    assert_true(changed > 0.0);
}

// --- all of it

static void audit_market(const market *m, uint64_t seed, int64_t pair_count, int thread_count,
                         dcat_audit_auction results[DCAT_AUCTION_MAX])
{
    dcat_policy policies[DCAT_AUCTION_MAX];
    for (size_t k = 0; k < dcat_auction_count(); k++) {
        policies[k] = (dcat_policy){.clusterer = dcat_clusterer_find("linkage"),
                                    .auction = dcat_auction_at(k)};
    }
    const dcat_world *worlds[] = {m->world};
    const dcat_jobs jobs = {.size = sizeof jobs, .thread_count = thread_count};
    const dcat_audit_config config = {
        DCAT_SIZED(dcat_audit_config),
        .policies = policies,
        .policy_count = dcat_auction_count(),
        .worlds = worlds,
        .seeds = &seed,
        .world_count = 1,
        .cycle_first = 3,
        .cycle_count = 3,
        .pair_count = pair_count,
        .jobs = &jobs,
    };
    // Small markets are tested in test_audit_rules; what differs here is the scenario.
    dcat_audit_theorem2 theorem2;
    assert_int_equal(dcat_audit_run(m->demand, &config, results, &theorem2, NULL), DCAT_OK);
    assert_int_equal(theorem2.exact_wrong, 0);
    assert_int_equal(theorem2.paper_lost_inside, 0);
    assert_int_equal(theorem2.simple_lost, 0);
    // 250 gammas with 800 profiles each, every tenth with a tie, every other gamma without a limit
    // on rounds: 10 000 ties, but for those of two limits above the fee, one in a hundred.
    assert_true(theorem2.tie_count > 9000 && theorem2.tie_count < 10500);
    assert_int_equal(theorem2.tie_sold, 0);
    assert_true(theorem2.paper_lost_above > 0 && theorem2.paper_lost_rounds > 0);
}

static void test_an_audit_does_not_depend_on_threads(void **fixture)
{
    (void)fixture;
    market m = market_create(5);
    static dcat_audit_auction one[DCAT_AUCTION_MAX];
    static dcat_audit_auction three[DCAT_AUCTION_MAX];
    memset(one, 0, sizeof one);
    memset(three, 0, sizeof three);
    audit_market(&m, 5, 2000, 1, one);
    audit_market(&m, 5, 2000, 3, three);
    for (size_t k = 0; k < dcat_auction_count(); k++) {
        assert_int_equal(one[k].real_clusters.pair_count, three[k].real_clusters.pair_count);
        assert_int_equal(one[k].real_members.profitable, three[k].real_members.profitable);
        assert_true(one[k].rational.payment == three[k].rational.payment);
        assert_true(one[k].manipulation[1].speed_best.gamed ==
                    three[k].manipulation[1].speed_best.gamed);
        assert_true(one[k].manipulation[0].withhold.gamed ==
                    three[k].manipulation[0].withhold.gamed);
        assert_false(dcat_audit_failed(&one[k]));
    }
    market_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_walk_is_the_run_it_repeats),
        cmocka_unit_test(test_a_variant_without_a_change_is_the_same_world),
        cmocka_unit_test(test_a_variant_changes_speed_and_cost_apart),
        cmocka_unit_test(test_the_mean_rule_lets_a_member_lose),
        cmocka_unit_test(test_the_dearest_members_limit_keeps_the_cluster_away),
        cmocka_unit_test(test_losses_of_every_side_are_seen),
        cmocka_unit_test(test_a_boaster_gets_what_it_cannot_finish),
        cmocka_unit_test(test_who_says_more_than_the_ceiling_gets_nothing),
        cmocka_unit_test(test_nobody_owns_the_whole_market),
        cmocka_unit_test(test_every_factor_is_tried_and_the_best_one_counts),
        cmocka_unit_test(test_sums_over_worlds_keep_the_largest_gain),
        cmocka_unit_test(test_a_longer_deadline_is_cheaper_and_comes_too_late),
        cmocka_unit_test(test_attempts_are_compared_with_the_honest_run),
        cmocka_unit_test(test_an_audit_does_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
