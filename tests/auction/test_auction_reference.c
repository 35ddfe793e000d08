// SPDX-License-Identifier: Apache-2.0
// The closed forms against the literal walk: same outcome, winner, round and price, bit for bit.

#include "bench/reference/auction.h"
#include "dcat/x/clock.h"
#include "random_world.h"
#include <stdio.h>

#define SEED 20250101

enum { BIDDER_MAX = 40 };

static double pick_decrement(dcat_rng *rng)
{
    static const double corners[] = {0.01, 0.1, 0.5, 0.8, 0.99, 0.9999};
    if (rng_chance(rng, 0.5)) {
        return rng_in(rng, 0.3, 0.999);
    }
    return corners[dcat_rng_below(rng, sizeof corners / sizeof corners[0])];
}

static dcat_auction_config random_config(dcat_rng *rng)
{
    static const int round_max[] = {1, 2, 3, 10, 64, DCAT_ROUND_UNLIMITED};
    static const double ceilings[] = {0.05, 0.7, 1.0, 1.3, INFINITY}; // of the fee per work below
    dcat_auction_config config = dcat_auction_config_default();
    config.rea_decrement = pick_decrement(rng);
    config.rea_round_max = round_max[dcat_rng_below(rng, 6)];
    config.rea_all_left = rng_chance(rng, 0.5) ? DCAT_END_UNSOLD : DCAT_END_LOTTERY;
    config.rea_round_end = rng_chance(rng, 0.5) ? DCAT_END_UNSOLD : DCAT_END_LOTTERY;
    config.one_off_offer = rng_chance(rng, 0.2) ? 1.0 : rng_in(rng, 0.1, 1.0);
    config.rea_s_decrement = pick_decrement(rng);
    config.ceiling_per_cycle = ceilings[dcat_rng_below(rng, 5)] * 18e-9;
    return config;
}

typedef struct random_case {
    double bid[BIDDER_MAX];
    int32_t cluster[BIDDER_MAX];
    dcat_auction_input input;
} random_case;

static int pick_depth(dcat_rng *rng)
{
    return 1 + (int)dcat_rng_below(rng, rng_chance(rng, 0.01)  ? 300
                                        : rng_chance(rng, 0.2) ? 40
                                                               : 6);
}

// A bid within depth rounds of the clock: on a price, one bit beside it, between two, above the
// start, a copy of another's, or out of reach.
static double random_bid(dcat_rng *rng, const dcat_clock *clock, double start, int depth,
                         const double *others, size_t other_count)
{
    double price = dcat_clock_price(clock, start, (int)dcat_rng_below(rng, (uint32_t)depth + 1));
    switch (dcat_rng_below(rng, 8)) {
    case 0:
        return price;
    case 1:
        return nextafter(price, INFINITY);
    case 2:
        return nextafter(price, 0.0);
    case 3:
        return other_count > 0 ? others[dcat_rng_below(rng, (uint32_t)other_count)] : price;
    case 4:
        return rng_chance(rng, 0.5) ? start * rng_in(rng, 1.0, 1.5) : INFINITY;
    default:
        return price * rng_in(rng, clock->decrement, 1.0);
    }
}

static void make_case(random_case *c, dcat_rng *rng, const dcat_auction *auction,
                      const dcat_auction_rules *rules)
{
    size_t count = dcat_rng_below(rng, rng_chance(rng, 0.06) ? BIDDER_MAX + 1 : 7);
    double work_cycles = rng_in(rng, 500e9, 900e9);
    double fee = 18e-9 * work_cycles * (rng_chance(rng, 0.5) ? 1.0 : rng_in(rng, 0.9, 1.1));
    double reserve = dcat_auction_reserve(&rules->config, fee, work_cycles);
    bool clock_of_rea = auction == dcat_auction_find("rea") || rng_chance(rng, 0.1);
    const dcat_clock *clock = clock_of_rea ? &rules->rea : &rules->rea_s;
    double start = auction == dcat_auction_find("one-off") ? fee * rules->config.one_off_offer
                   : clock_of_rea                          ? fee
                                                           : reserve;
    int depth = pick_depth(rng);
    // No walk to prices that nobody would ask: at most 400 rounds of the auction's own clock.
    const dcat_clock *own = auction == dcat_auction_find("rea") ? &rules->rea : &rules->rea_s;
    double least = dcat_clock_price(own, start, 400);
    least = least > 0.0 ? least : 1e-300;
    int32_t label = 0;
    for (size_t i = 0; i < count; i++) {
        c->bid[i] = fmax(least, random_bid(rng, clock, start, depth, c->bid, i));
        label += 1 + (int32_t)dcat_rng_below(rng, 3);
        c->cluster[i] = label;
    }
    c->input = (dcat_auction_input){.fee = fee,
                                    .work_cycles = work_cycles,
                                    .bid = c->bid,
                                    .cluster = c->cluster,
                                    .bidder_count = count,
                                    .draw = dcat_rng_u64(rng)};
}

static void assert_same(const random_case *c, const dcat_auction *auction,
                        const dcat_auction_rules *rules, size_t number, dcat_auction_result closed,
                        dcat_auction_result walked)
{
    if (closed.outcome == walked.outcome && closed.winner == walked.winner &&
        closed.round == walked.round && closed.clearing_price == walked.clearing_price) {
        return;
    }
    for (size_t i = 0; i < c->input.bidder_count; i++) {
        printf("bid[%zu] = %a of cluster %d\n", i, c->bid[i], c->cluster[i]);
    }
    fail_msg("%s, seed %d, case %zu, gamma %.17g / %.17g, K %d, fee %a: closed form %s to %d in "
             "round %d at %a, walk %s to %d in round %d at %a",
             auction->name, SEED, number, rules->config.rea_decrement,
             rules->config.rea_s_decrement, rules->config.rea_round_max, c->input.fee,
             dcat_auction_outcome_name(closed.outcome), closed.winner, closed.round,
             closed.clearing_price, dcat_auction_outcome_name(walked.outcome), walked.winner,
             walked.round, walked.clearing_price);
}

// Every outcome must have been met, or the cases are too tame to mean anything.
static void agree(const char *name, uint32_t stream, size_t case_count,
                  const bool *expected_outcome)
{
    const dcat_auction *auction = dcat_auction_find(name);
    dcat_rng rng = dcat_rng_at(SEED, DCAT_STREAM_USER, stream, 0);
    static dcat_auction_rules rules;
    static random_case c;
    size_t seen[DCAT_AUCTION_OUTCOME_COUNT] = {0};
    size_t number = test_cases(case_count);
    for (size_t n = 0; n < number; n++) {
        if (n % 100 == 0) { // preparing a clock costs more than an auction
            dcat_auction_config config = random_config(&rng);
            dcat_auction_rules_init(&rules, &config);
        }
        make_case(&c, &rng, auction, &rules);
        dcat_auction_result closed = auction->run(&rules, &c.input);
        dcat_auction_result walked = reference_auction(auction, &rules, &c.input);
        assert_same(&c, auction, &rules, n, closed, walked);
        seen[closed.outcome]++;
    }
    printf("%s, seed %d: %zu cases agree;", auction->name, SEED, number);
    for (int o = 0; o < DCAT_AUCTION_OUTCOME_COUNT; o++) {
        printf(" %s %zu", dcat_auction_outcome_name((dcat_auction_outcome)o), seen[o]);
        if (number >= 10000) {
            assert_int_equal(seen[o] > 0, expected_outcome[o]);
        }
    }
    printf("\n");
}

static const bool all_outcomes[DCAT_AUCTION_OUTCOME_COUNT] = {true, true, true, true, true};
static const bool not_by_clock[DCAT_AUCTION_OUTCOME_COUNT] = {true, true, true};

static void test_rea_agrees_with_the_walk_over_rounds(void **fixture)
{
    (void)fixture;
    agree("rea", 0, 1400000, all_outcomes);
}

static void test_rea_s_agrees_with_asking_one_at_a_time(void **fixture)
{
    (void)fixture;
    agree("rea-s", 2, 1000000, not_by_clock);
}

static void test_the_rules_without_a_clock_agree_with_their_definition(void **fixture)
{
    (void)fixture;
    agree("one-off", 1, 200000, not_by_clock);
    agree("vickrey", 3, 200000, not_by_clock);
    agree("posted", 4, 200000, not_by_clock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rea_agrees_with_the_walk_over_rounds),
        cmocka_unit_test(test_rea_s_agrees_with_asking_one_at_a_time),
        cmocka_unit_test(test_the_rules_without_a_clock_agree_with_their_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
