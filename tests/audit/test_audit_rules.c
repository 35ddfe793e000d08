// SPDX-License-Identifier: Apache-2.0
// The audit of rules: ours pass, seeded bad ones are caught, for the reason one would give by hand.

#include "bad_rules.h"
#include "dcat/x/audit.h"
#include "dcat/x/clock.h"
#include "support.h"
#include <stdio.h>
#include <string.h>

static dcat_auction_rules rules_of(int round_max)
{
    dcat_auction_config config = dcat_auction_config_default();
    config.rea_round_max = round_max;
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &config);
    return rules;
}

static void print_lies(const char *who, const dcat_audit_rule *rule, const dcat_audit_lies *lies)
{
    printf("%s, %s: %lld lies, %lld pay, at most %.3f of the fee\n", rule->name, who,
           (long long)lies->pair_count, (long long)lies->profitable, lies->largest_gain);
}

static dcat_audit_lies clusters_of(const dcat_audit_rule *rule)
{
    dcat_audit_lies lies = dcat_audit_small_clusters(rule);
    print_lies("clusters", rule, &lies);
    return lies;
}

static dcat_audit_lies members_of(const dcat_audit_rule *rule)
{
    dcat_audit_lies lies = dcat_audit_small_members(rule);
    print_lies("members", rule, &lies);
    return lies;
}

static void test_no_lie_of_a_cluster_pays_in_our_auctions(void **fixture)
{
    (void)fixture;
    // The paper preset ends in a lottery after ten cuts; being in it depends on one's own limit and
    // its price does not, so that a lie only adds lotteries at a loss.
    const dcat_auction_rules rules = rules_of(10);
    for (size_t kind = 0; kind < dcat_auction_count(); kind++) {
        dcat_audit_rule rule = dcat_audit_rule_of(dcat_auction_at(kind), &rules);
        dcat_audit_lies lies = clusters_of(&rule);
        assert_true(lies.pair_count > 1000000);
        assert_int_equal(lies.profitable, 0);
    }
}

static void test_no_lie_of_a_cluster_pays_without_a_limit_on_rounds(void **fixture)
{
    (void)fixture;
    const dcat_auction_rules rules = rules_of(DCAT_ROUND_UNLIMITED);
    dcat_audit_rule rule = dcat_audit_rule_of(dcat_auction_find("rea"), &rules);
    assert_int_equal(clusters_of(&rule).profitable, 0);
}

static void test_no_lie_of_a_member_pays_where_the_dearest_sets_the_limit(void **fixture)
{
    (void)fixture;
    const dcat_auction_rules rules = rules_of(10);
    for (size_t kind = 0; kind < dcat_auction_count(); kind++) {
        dcat_audit_rule rule = dcat_audit_rule_of(dcat_auction_at(kind), &rules);
        int64_t profitable = members_of(&rule).profitable;
        // Under the mean rule a dear member keeps its cluster out of tasks on which it would lose.
        assert_true(rule.shares.share->truthful ? profitable == 0 : profitable > 0);
        assert_int_equal(dcat_auction_promises(dcat_auction_at(kind), &rules.config,
                                               DCAT_PROMISE_TRUTHFUL_MEMBERS),
                         rule.shares.share->truthful);
    }
}

// --- the four seeded failures

static void test_a_lottery_at_the_previous_price_is_caught(void **fixture)
{
    (void)fixture;
    const dcat_auction_rules rules = rules_of(10);
    const dcat_audit_rule rule = {
        .name = "lottery", .rules = &rules, .run = bad_lottery_at_previous_price};
    dcat_audit_lies lies = clusters_of(&rule);
    assert_true(lies.profitable > 0);
    // Who would win at 64 leaves with the rest instead and draws for 80: at least 16 of 100.
    assert_true(lies.largest_gain > 0.15);
}

static void test_the_settings_lottery_of_rea_is_caught_and_not_promised(void **fixture)
{
    (void)fixture;
    dcat_auction_config config = dcat_auction_config_default();
    config.rea_round_max = DCAT_ROUND_UNLIMITED;
    config.rea_all_left = DCAT_END_LOTTERY;
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &config);
    dcat_audit_rule rule = dcat_audit_rule_of(dcat_auction_find("rea"), &rules);
    assert_true(clusters_of(&rule).profitable > 0);
    assert_false(
        dcat_auction_promises(dcat_auction_find("rea"), &config, DCAT_PROMISE_TRUTHFUL_CLUSTERS));
}

static void test_a_finer_clock_after_a_failed_round_is_caught(void **fixture)
{
    (void)fixture;
    const dcat_auction_rules rules = rules_of(10);
    const dcat_audit_rule rule = {.name = "finer", .rules = &rules, .run = bad_finer_clock};
    dcat_audit_lies lies = clusters_of(&rule);
    assert_true(lies.profitable > 0);
    // Who is alone at 64 pretends to leave, too, and wins in the finer round just below 80.
    assert_true(lies.largest_gain > 0.05);
}

static void test_a_first_price_auction_is_caught(void **fixture)
{
    (void)fixture;
    const dcat_auction_rules rules = rules_of(10);
    const dcat_audit_rule rule = {.name = "first", .rules = &rules, .run = bad_first_price};
    dcat_audit_lies lies = clusters_of(&rule);
    // The cheapest asks for what the next one would: nearly the whole fee.
    assert_true(lies.largest_gain > 0.9);
}

static void test_a_split_on_reported_costs_is_caught(void **fixture)
{
    (void)fixture;
    const dcat_auction_rules rules = rules_of(DCAT_ROUND_UNLIMITED);
    dcat_audit_rule rule = dcat_audit_rule_of(dcat_auction_find("rea-s"), &rules);
    rule.name = "split";
    rule.shares.share = &bad_share_cost_plus_surplus;
    assert_int_equal(clusters_of(&rule).profitable, 0); // no cluster gains, so only members show it
    dcat_audit_lies lies = members_of(&rule);
    assert_true(lies.profitable > 0);
    assert_true(lies.largest_gain > 0.1);
}

// --- counting

static void test_the_worst_lie_is_one_that_anyone_can_check(void **fixture)
{
    (void)fixture;
    const dcat_auction_rules rules = rules_of(10);
    const dcat_audit_rule rule = {.name = "first", .rules = &rules, .run = bad_first_price};
    dcat_audit_lies lies = dcat_audit_small_clusters(&rule);
    const dcat_audit_lie *worst = &lies.worst;
    // A first price pays what is asked: the gain is the lie less the truth, handicaps aside.
    assert_near(worst->lied - worst->honest, worst->lie - worst->limit, 1e-9);
    assert_near((worst->lied - worst->honest) / worst->fee, lies.largest_gain, 1e-12);
    assert_int_equal(worst->task, -1);
}

static void test_every_promise_has_words_of_its_own(void **fixture)
{
    (void)fixture;
    static const char *const names[DCAT_PROMISE_COUNT] = {
        "no lie of a cluster", "no lie of a member", "platform never",
        "users never",         "clusters never",     "members never"};
    for (int p = 0; p < DCAT_PROMISE_COUNT; p++) {
        const char *name = dcat_audit_promise_name((dcat_promise)p);
        assert_int_equal(strncmp(name, names[p], strlen(names[p])), 0);
    }
}

static void test_a_guarantee_that_is_not_promised_cannot_fail_the_audit(void **fixture)
{
    (void)fixture;
    dcat_audit_auction result = {.kind = dcat_auction_find("rea")};
    result.broken[DCAT_PROMISE_MEMBERS] = true;
    assert_false(dcat_audit_failed(&result));
    result.promised[DCAT_PROMISE_MEMBERS] = true;
    assert_true(dcat_audit_failed(&result));
    for (int p = 0; p < DCAT_PROMISE_COUNT; p++) { // each promise is for itself
        for (int q = 0; q < DCAT_PROMISE_COUNT; q++) {
            dcat_audit_auction other = {.kind = dcat_auction_find("rea")};
            other.promised[p] = true;
            other.broken[q] = true;
            assert_int_equal(dcat_audit_failed(&other), p == q);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_lie_of_a_cluster_pays_in_our_auctions),
        cmocka_unit_test(test_no_lie_of_a_cluster_pays_without_a_limit_on_rounds),
        cmocka_unit_test(test_no_lie_of_a_member_pays_where_the_dearest_sets_the_limit),
        cmocka_unit_test(test_a_lottery_at_the_previous_price_is_caught),
        cmocka_unit_test(test_the_settings_lottery_of_rea_is_caught_and_not_promised),
        cmocka_unit_test(test_a_finer_clock_after_a_failed_round_is_caught),
        cmocka_unit_test(test_a_first_price_auction_is_caught),
        cmocka_unit_test(test_a_split_on_reported_costs_is_caught),
        cmocka_unit_test(test_the_worst_lie_is_one_that_anyone_can_check),
        cmocka_unit_test(test_every_promise_has_words_of_its_own),
        cmocka_unit_test(test_a_guarantee_that_is_not_promised_cannot_fail_the_audit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
