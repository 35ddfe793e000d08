// SPDX-License-Identifier: Apache-2.0
// Random lies in the auctions of random markets, and who loses money there.

#include "audit_runs.h"
#include <stdio.h>
#include <string.h>

// Lies in the auctions of one random market, and losses.
static void audit_lies(uint64_t seed, const dcat_auction *kind, audit_real *result, bool *lottery)
{
    market m = market_create(seed);
    audit_run run = run_in(&m, seed, kind);
    *lottery = dcat_world_config_view(m.world)->auction.rea_all_left == DCAT_END_LOTTERY;
    assert_int_equal(audit_real_run(m.world, &run, 2000, true, result, NULL), DCAT_OK);
    market_destroy(&m);
}

static void test_random_markets_keep_what_is_promised(void **fixture)
{
    (void)fixture;
    size_t count = test_cases(20);
    int64_t pairs = 0;
    int64_t members_of_rea = 0;
    for (uint64_t seed = 1; seed <= count; seed++) {
        for (size_t i = 0; i < dcat_auction_count(); i++) {
            const dcat_auction *auction = dcat_auction_at(i);
            bool rea = strcmp(auction->name, "rea") == 0;
            audit_real r;
            bool lottery;
            audit_lies(seed, auction, &r, &lottery);
            bool dearest = auction->limit == DCAT_LIMIT_MAX;
            if (!rea || !lottery) {
                assert_int_equal(r.clusters.profitable, 0);
            }
            if (dearest) {
                assert_int_equal(r.members.profitable, 0);
                assert_int_equal(r.rational.member.below, 0);
            }
            assert_int_equal(r.rational.platform.below, 0);
            assert_int_equal(r.rational.user.below, 0);
            assert_int_equal(r.rational.cluster.below, 0);
            pairs += r.clusters.pair_count + r.members.pair_count;
            members_of_rea += rea ? r.members.profitable : 0;
        }
    }
    printf("%lld lies in random markets\n", (long long)pairs);
    assert_true(pairs > (int64_t)count * 2000);
    assert_true(members_of_rea > 0); // random lies do find what is there
}

static void test_random_lies_find_the_lottery_of_rea(void **fixture)
{
    (void)fixture;
    int64_t profitable = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        audit_real r;
        bool lottery;
        audit_lies(seed, dcat_auction_find("rea"), &r, &lottery);
        profitable += lottery ? r.clusters.profitable : 0;
    }
    assert_true(profitable > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_markets_keep_what_is_promised),
        cmocka_unit_test(test_random_lies_find_the_lottery_of_rea),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
