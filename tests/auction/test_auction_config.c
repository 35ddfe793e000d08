// SPDX-License-Identifier: Apache-2.0
// The table of auctions, and the checks of their settings.

#include "dcat/auction.h"
#include "dcat/x/clock.h"
#include "support.h"
#include <stdio.h>
#include <string.h>

// --- the table and the settings

static void test_names_lead_back_to_their_rows(void **fixture)
{
    (void)fixture;
    const char *const names[] = {"rea", "one-off", "rea-s", "vickrey", "posted"};
    for (size_t kind = 0; kind < dcat_auction_count(); kind++) {
        const dcat_auction *row = dcat_auction_at(kind);
        assert_string_equal(row->name, names[kind]);
        assert_true(strlen(row->summary) > 10);
        assert_ptr_equal(dcat_auction_find(names[kind]), row);
    }
    assert_null(dcat_auction_find("rea_s"));
    assert_null(dcat_auction_find(""));
    // The paper's auctions accept at the cluster's cost, ours at the dearest member's.
    assert_int_equal(dcat_auction_find("rea")->limit, DCAT_LIMIT_MEAN);
    assert_int_equal(dcat_auction_find("one-off")->limit, DCAT_LIMIT_MEAN);
    assert_int_equal(dcat_auction_find("rea-s")->limit, DCAT_LIMIT_MAX);
    assert_int_equal(dcat_auction_find("vickrey")->limit, DCAT_LIMIT_MAX);
    assert_int_equal(dcat_auction_find("posted")->limit, DCAT_LIMIT_MAX);
}

static void test_outcomes_have_distinct_names(void **fixture)
{
    (void)fixture;
    for (int a = 0; a < DCAT_AUCTION_OUTCOME_COUNT; a++) {
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(dcat_auction_outcome_name((dcat_auction_outcome)a),
                                    dcat_auction_outcome_name((dcat_auction_outcome)b));
        }
    }
}

static void test_config_check_names_the_wrong_field(void **fixture)
{
    (void)fixture;
    const struct {
        size_t offset; // of a double
        double value;
        const char *field;
    } cases[] = {
        {offsetof(dcat_auction_config, rea_decrement), 0.0099, "auction.rea.decrement"},
        {offsetof(dcat_auction_config, rea_decrement), 0.99991, "auction.rea.decrement"},
        {offsetof(dcat_auction_config, rea_decrement), NAN, "auction.rea.decrement"},
        {offsetof(dcat_auction_config, one_off_offer), 0.0, "auction.one_off.offer_of_fee"},
        {offsetof(dcat_auction_config, one_off_offer), 1.0001, "auction.one_off.offer_of_fee"},
        {offsetof(dcat_auction_config, one_off_offer), NAN, "auction.one_off.offer_of_fee"},
        {offsetof(dcat_auction_config, rea_s_decrement), 1.0, "auction.rea_s.decrement"},
        {offsetof(dcat_auction_config, rea_s_decrement), -0.5, "auction.rea_s.decrement"},
        {offsetof(dcat_auction_config, ceiling_per_cycle), 0.0, "ceiling_per_gigacycle"},
        {offsetof(dcat_auction_config, ceiling_per_cycle), NAN, "ceiling_per_gigacycle"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dcat_auction_config config = dcat_auction_config_default();
        dcat_error err = {0};
        assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_OK);
        memcpy((char *)&config + cases[i].offset, &cases[i].value, sizeof(double));
        assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_ERR_RANGE);
        assert_non_null(strstr(err.message, cases[i].field));
        assert_int_equal(dcat_auction_config_check(&config, NULL), DCAT_ERR_RANGE);
    }
}

static void test_config_check_refuses_unknown_rules_and_negative_rounds(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    dcat_auction_config config = dcat_auction_config_default();
    config.rea_round_max = -1;
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "auction.rea.round_max"));
    config = dcat_auction_config_default();
    config.rea_all_left = (dcat_end_rule)2;
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "auction.rea.all_left"));
    config = dcat_auction_config_default();
    config.rea_round_end = (dcat_end_rule)7;
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "auction.rea.round_end"));
    const dcat_auction_config zero = {0};
    assert_int_equal(dcat_auction_config_check(&zero, &err), DCAT_ERR_RANGE);
    config = dcat_auction_config_default();
    config.rea_decrement = 0.01;
    config.rea_s_decrement = 0.9999;
    config.one_off_offer = 1.0;
    config.rea_round_max = DCAT_ROUND_UNLIMITED;
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_OK);
}

static void test_config_check_knows_what_shares_need(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    dcat_auction_config config = dcat_auction_config_default();
    config.share = NULL;
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "market.share"));
    config = dcat_auction_config_default();
    const double wrong[] = {0.99, -1.0, NAN};
    for (size_t i = 0; i < 3; i++) {
        config.tariff_ceiling = wrong[i];
        assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_ERR_RANGE);
        assert_non_null(strstr(err.message, "market.tariff_ceiling"));
    }
    config.tariff_ceiling = 1.0;
    config.opt_out = true; // of shares by unit
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "market.opt_out"));
    config.share = dcat_share_find("tariff");
    assert_int_equal(dcat_auction_config_check(&config, &err), DCAT_OK);
}

static void test_only_a_lottery_among_leavers_takes_a_promise_from_rea(void **fixture)
{
    (void)fixture;
    const char *const names[] = {"rea", "one-off", "rea-s", "vickrey", "posted"};
    for (size_t i = 0; i < 5; i++) {
        for (int lottery = 0; lottery < 2; lottery++) {
            dcat_auction_config config = dcat_auction_config_default();
            config.rea_all_left = lottery != 0 ? DCAT_END_LOTTERY : DCAT_END_UNSOLD;
            for (int p = 0; p < DCAT_PROMISE_COUNT; p++) {
                bool to_members = p == DCAT_PROMISE_TRUTHFUL_MEMBERS || p == DCAT_PROMISE_MEMBERS;
                // The paper's two accept at the mean of the members' costs, so some may lose.
                bool promised = !to_members || i >= 2;
                promised &= !(i == 0 && lottery != 0 && p == DCAT_PROMISE_TRUTHFUL_CLUSTERS);
                assert_int_equal(
                    dcat_auction_promises(dcat_auction_find(names[i]), &config, (dcat_promise)p),
                    promised);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_lead_back_to_their_rows),
        cmocka_unit_test(test_outcomes_have_distinct_names),
        cmocka_unit_test(test_config_check_names_the_wrong_field),
        cmocka_unit_test(test_config_check_refuses_unknown_rules_and_negative_rounds),
        cmocka_unit_test(test_config_check_knows_what_shares_need),
        cmocka_unit_test(test_only_a_lottery_among_leavers_takes_a_promise_from_rea),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
