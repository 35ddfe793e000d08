// SPDX-License-Identifier: Apache-2.0
// The game inside clusters: ours pass by brute force over small markets, and six rules that look
// right are caught.

#include "bad_rules.h"
#include "dcat/x/audit.h"
#include "dcat/x/clock.h"
#include "support.h"
#include <stdio.h>

enum { MARKETS = 3000 };

static dcat_auction_rules rules;

static dcat_audit_inner play_any(const char *what, const dcat_audit_inner_rule *rule)
{
    dcat_audit_inner r = dcat_audit_inner_game(rule, 1, MARKETS);
    printf(
        "%s: members %lld of %lld, clusters %lld of %lld, pairs %lld of %lld; of %lld awards %lld "
        "below cost, %lld above the start, %lld not shared\n",
        what, (long long)r.members.profitable, (long long)r.members.pair_count,
        (long long)r.clusters.profitable, (long long)r.clusters.pair_count,
        (long long)r.pairs.profitable, (long long)r.pairs.pair_count, (long long)r.award_count,
        (long long)r.below_cost, (long long)r.above_start, (long long)r.not_shared);
    assert_true(r.members.pair_count > 10 * MARKETS && r.pairs.pair_count > 30 * MARKETS);
    assert_true(r.award_count > MARKETS / 4);
    return r;
}

static dcat_audit_inner play(const char *what, const dcat_audit_inner_rule *rule)
{
    dcat_audit_inner r = play_any(what, rule);
    assert_int_equal(r.not_shared, 0);
    return r;
}

static dcat_audit_inner_rule rule_of(const char *auction, const dcat_share *share)
{
    dcat_audit_inner_rule rule = dcat_audit_inner_rule_of(dcat_auction_find(auction), &rules);
    rule.rule.shares.share = share;
    return rule;
}

static void test_no_lie_pays_under_safe_shares(void **fixture)
{
    (void)fixture;
    static const char *const auctions[] = {"rea-s", "vickrey", "posted"};
    for (size_t a = 0; a < 3; a++) {
        for (size_t i = 0; i < dcat_share_count(); i++) {
            const dcat_share *share = dcat_share_at(i);
            char what[64];
            snprintf(what, sizeof what, "%s, %s", auctions[a], share->name);
            dcat_audit_inner_rule rule = rule_of(auctions[a], share);
            dcat_audit_inner r = play(what, &rule);
            assert_int_equal(r.clusters.profitable, 0);
            assert_int_equal(r.above_start, 0);
            assert_int_equal(r.members.profitable > 0, !share->truthful);
            assert_int_equal(r.below_cost > 0, !share->covers);
            assert_true(!share->truthful || r.pairs.profitable == 0);
        }
    }
}

static void test_the_papers_rules_are_truthful_for_clusters_only(void **fixture)
{
    (void)fixture;
    static const char *const auctions[] = {"rea", "one-off"};
    for (size_t a = 0; a < 2; a++) {
        dcat_audit_inner_rule rule =
            dcat_audit_inner_rule_of(dcat_auction_find(auctions[a]), &rules);
        dcat_audit_inner r = play(auctions[a], &rule);
        assert_int_equal(r.clusters.profitable, 0);
        // The one offer of one-off is far above all costs of these markets: nobody is tempted.
        assert_int_equal(r.members.profitable > 0 && r.below_cost > 0, a == 0);
    }
}

// Queues for which some are not admitted, and bids that the ceiling would shut out.
static void test_no_lie_pays_under_the_terms_of_a_market(void **fixture)
{
    (void)fixture;
    static const char *const auctions[] = {"rea-s", "vickrey", "posted"};
    dcat_market_config market = dcat_world_config_default().market;
    market.handicap_per_gigacycle_s = 2.0;
    market.admission_per_gigacycle = 8.0;
    market.admission_per_gigacycle_s = 4.0;
    for (size_t i = 0; i < 6; i++) {
        market.ceiling_on = i < 3 ? DCAT_CEILING_ON_BID : DCAT_CEILING_ON_LIMIT;
        dcat_audit_inner_rule rule = rule_of(auctions[i % 3], dcat_share_find("tariff"));
        dcat_audit_inner drawn = play(auctions[i % 3], &rule);
        rule.market = &market;
        dcat_audit_inner r = play(i < 3 ? "terms, on bids" : "terms, on limits", &rule);
        assert_int_equal(r.members.profitable + r.clusters.profitable + r.pairs.profitable, 0);
        assert_int_equal(r.below_cost + r.above_start, 0);
        assert_true(r.award_count != drawn.award_count);
        market.admission_per_gigacycle = 1e3; // too much for any fee
        assert_int_equal(dcat_audit_inner_game(&rule, 1, 100).award_count, 0);
        market.admission_per_gigacycle = 8.0;
        rule.price = bad_price_of_the_largest_start;
        assert_true(dcat_audit_inner_game(&rule, 1, MARKETS).above_start > 0);
    }
}

// --- the six seeded failures

static void test_a_tariff_from_the_reported_cost_is_caught(void **fixture)
{
    (void)fixture;
    dcat_audit_inner_rule rule = rule_of("rea-s", &bad_share_reported_tariff);
    dcat_audit_inner r = play("tariff from the reported cost", &rule);
    assert_true(r.members.profitable > 0 && r.pairs.profitable > 0);
}

static void test_cost_plus_surplus_is_caught(void **fixture)
{
    (void)fixture;
    dcat_audit_inner_rule rule = rule_of("rea-s", &bad_share_cost_plus_surplus);
    dcat_audit_inner r = play("cost plus surplus", &rule);
    assert_true(r.members.profitable > 0 && r.pairs.profitable > 0);
    assert_int_equal(r.below_cost, 0); // nobody loses: only lies show it
}

static void test_team_vcg_is_caught(void **fixture)
{
    (void)fixture;
    dcat_audit_inner_rule rule = rule_of("rea-s", &bad_share_team_vcg);
    dcat_audit_inner r = play_any("team VCG", &rule);
    assert_int_equal(r.members.profitable, 0); // truthful, and nobody loses:
    assert_int_equal(r.below_cost, 0);
    assert_true(r.not_shared > 0); // the platform does
    assert_true(r.pairs.profitable > 0);
}

static void test_another_clusters_start_price_is_caught(void **fixture)
{
    (void)fixture;
    dcat_audit_inner_rule rule = rule_of("rea-s", dcat_share_find("tariff"));
    rule.price = bad_price_of_the_largest_start;
    dcat_audit_inner r = play("largest start", &rule);
    assert_true(r.clusters.profitable > 0 && r.above_start > 0);
}

static void test_a_first_price_is_caught(void **fixture)
{
    (void)fixture;
    dcat_audit_inner_rule rule = rule_of("rea-s", dcat_share_find("tariff"));
    rule.rule.run = bad_first_price;
    dcat_audit_inner r = play("first price", &rule);
    assert_true(r.members.profitable > 0 && r.clusters.profitable > 0);
    assert_int_equal(r.below_cost, 0);
}

static void test_a_team_chosen_by_bids_is_caught(void **fixture)
{
    (void)fixture;
    dcat_audit_inner_rule rule = rule_of("rea-s", dcat_share_find("tariff"));
    rule.team = bad_team_of_the_cheapest;
    dcat_audit_inner r = play("team of the cheapest", &rule);
    assert_true(r.members.profitable > 0);
}

static int make_rules(void **fixture)
{
    (void)fixture;
    const dcat_auction_config config = dcat_auction_config_default();
    dcat_auction_rules_init(&rules, &config);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_lie_pays_under_safe_shares),
        cmocka_unit_test(test_the_papers_rules_are_truthful_for_clusters_only),
        cmocka_unit_test(test_no_lie_pays_under_the_terms_of_a_market),
        cmocka_unit_test(test_a_tariff_from_the_reported_cost_is_caught),
        cmocka_unit_test(test_cost_plus_surplus_is_caught),
        cmocka_unit_test(test_team_vcg_is_caught),
        cmocka_unit_test(test_another_clusters_start_price_is_caught),
        cmocka_unit_test(test_a_first_price_is_caught),
        cmocka_unit_test(test_a_team_chosen_by_bids_is_caught),
    };
    return cmocka_run_group_tests(tests, make_rules, NULL);
}
