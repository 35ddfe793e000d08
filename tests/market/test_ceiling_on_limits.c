// SPDX-License-Identifier: Apache-2.0
// A ceiling on limits by hand: a handicap shuts nobody out, pay is at most the ceiling, who is too
// dear without its handicap stays out; and no lie about a cost pays, by brute force over markets.

#include "dcat/x/clock.h"
#include "dcat/x/task_auction.h"
#include "market/state.h"
#include "random_world.h"
#include <stdio.h>
#include <string.h>

// Servers of 250 GHz beside an area over a link that takes 0.25 s for 2^28 bits.
#define WORK_GIGACYCLES 250.0
#define SERVERS 3

typedef struct game {
    const char *auction;
    dcat_ceiling_on ceiling_on;
    double ceiling, handicap;
    double cost[SERVERS];    // a giga-cycle; 0: there is no such server
    double queue_s[SERVERS]; // until it is free
    int32_t owner[SERVERS];
    uint32_t slot; // whose random bits decide
    dcat_queue_rule queue;
    double deadline_s;
} game;

static game game_of(const char *auction, dcat_ceiling_on ceiling_on)
{
    return (game){.auction = auction,
                  .ceiling_on = ceiling_on,
                  .ceiling = 1.8,
                  .handicap = 0.5,
                  .deadline_s = 4.0};
}

static dcat_state *state_of(const game *g, dcat_world **world)
{
    dcat_world_config config = dcat_world_config_default();
    dcat_server servers[SERVERS];
    const dcat_area area = {.node = 0};
    size_t count = 0;
    config.market.ceiling_on = g->ceiling_on;
    config.market.handicap_per_gigacycle_s = g->handicap;
    config.market.queue = g->queue;
    config.auction.ceiling_per_cycle = g->ceiling / 1e9;
    config.network.rate_bps = (dcat_range){0x1p30, 0x1p30};
    for (; count < SERVERS && g->cost[count] > 0.0; count++) {
        servers[count] = (dcat_server){.speed_hz = 250e9,
                                       .core_count = 100,
                                       .time_cost_per_s = 250.0 * g->cost[count],
                                       .owner = g->owner[count]};
    }
    dcat_error err = {0};
    dcat_state *state = NULL;
    if (dcat_world_create(&config, servers, count, &area, 1, 1, world, &err) != DCAT_OK ||
        dcat_state_create(*world, dcat_auction_find(g->auction), 1, 1, &state, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    for (size_t k = 0; k < count; k++) {
        state_delay(state, (int32_t)k, g->queue_s[k]);
    }
    return state;
}

// 250 giga-cycles in 1 s; at a deadline of 4 s the fee is 10 (1 + 2 / 4) = 15 a giga-cycle.
static dcat_award play(const game *g)
{
    const dcat_task task = {.work_cycles = WORK_GIGACYCLES * 1e9,
                            .data_bits = 0x1p28,
                            .deadline_s = g->deadline_s,
                            .value = INFINITY};
    dcat_world *world = NULL;
    dcat_state *state = state_of(g, &world);
    dcat_totals totals = {0};
    dcat_award award;
    assert_int_equal(
        dcat_state_auction_task(state, 0.0, 0, g->slot, &task, 0, &award, &totals, NULL), DCAT_OK);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
    award.payment /= WORK_GIGACYCLES;
    return award;
}

static void test_a_handicap_shuts_nobody_out(void **fixture)
{
    (void)fixture;
    static const char *const auctions[] = {"rea-s", "vickrey", "posted"};
    for (size_t a = 0; a < 3; a++) {
        // Free in 2 s it bids 1 + 0.5 * 2, more than 1.8.
        game g = game_of(auctions[a], DCAT_CEILING_ON_BID);
        g.cost[0] = 1.0;
        g.queue_s[0] = 2.0;
        assert_int_equal(play(&g).outcome, DCAT_AUCTION_NO_BIDDER);
        g.ceiling_on = DCAT_CEILING_ON_LIMIT;
        dcat_award award = play(&g);
        assert_int_equal(award.outcome, DCAT_AUCTION_SOLD);
        assert_true(award.payment == 1.8);
        // Nor is anybody shut out who begins as late as the deadline allows.
        g.queue_s[0] = 3.0;
        assert_true(play(&g).payment == 1.8);
        g.queue_s[0] = 3.1;
        assert_int_equal(play(&g).outcome, DCAT_AUCTION_NO_CANDIDATE);
    }
}

static void test_the_second_bid_or_the_ceiling_is_paid(void **fixture)
{
    (void)fixture;
    game g = game_of("vickrey", DCAT_CEILING_ON_LIMIT);
    // Bids 1.5 + 0.5 * 0.25 = 1.625, since the data takes 0.25 s, and 1 + 0.5 * 1 = 1.5.
    g.cost[0] = 1.5;
    g.cost[1] = 1.0;
    g.queue_s[1] = 1.0;
    dcat_award award = play(&g);
    assert_int_equal(award.cluster, 1);
    assert_near(award.payment, 1.625 - 0.5, 1e-12);
    // 1.625 and 2: 2 - 0.125 is above the ceiling.
    g.queue_s[1] = 2.0;
    award = play(&g);
    assert_int_equal(award.cluster, 0);
    assert_true(award.payment == 1.8);
    // The paper's queue does not count the transfer: 1.5 and 2.
    g.queue = DCAT_QUEUE_PAPER;
    g.handicap = 0.4;
    g.cost[1] = 0.9; // 1.5 and 0.9 + 0.4 * 2 = 1.7
    award = play(&g);
    assert_int_equal(award.cluster, 0);
    assert_near(award.payment, 1.7, 1e-12);
}

static void test_who_is_too_dear_alone_stays_out(void **fixture)
{
    (void)fixture;
    static const char *const auctions[] = {"rea-s", "vickrey", "posted"};
    for (size_t a = 0; a < 3; a++) {
        game g = game_of(auctions[a], DCAT_CEILING_ON_LIMIT);
        g.cost[0] = 1.81;
        assert_int_equal(play(&g).outcome, DCAT_AUCTION_NO_BIDDER);
        g.cost[1] = 1.7; // begins later, and is the only one
        g.queue_s[1] = 1.5;
        assert_int_equal(play(&g).cluster, 1);
        assert_true(play(&g).payment == 1.8);
        // Without a ceiling the fee, 15 a giga-cycle, takes its place.
        g.ceiling = INFINITY;
        g.cost[0] = 15.5;
        g.cost[1] = 14.5;
        dcat_award award = play(&g);
        assert_int_equal(award.cluster, 1);
        assert_near(award.payment, 15.0, 1e-12);
        g.cost[1] = 15.1;
        assert_int_equal(play(&g).outcome, DCAT_AUCTION_NO_BIDDER);
    }
}

static void test_without_a_handicap_both_are_alike(void **fixture)
{
    (void)fixture;
    for (int on_limits = 0; on_limits < 2; on_limits++) {
        game g = game_of("rea-s", on_limits ? DCAT_CEILING_ON_LIMIT : DCAT_CEILING_ON_BID);
        dcat_world *world = NULL;
        g.handicap = 0.0;
        g.cost[0] = 1.0;
        dcat_state *state = state_of(&g, &world);
        assert_false(state->on_limits);
        assert_ptr_equal(dcat_state_rules_view(state), &world->rules);
        dcat_state_destroy(state);
        dcat_world_destroy(world);
    }
}

// Two clusters of one owner: the one that begins sooner is dearer. Were both clusters paid up to
// the ceiling, the owner would gain 0.1 by keeping the lower bid away.
static void test_bidders_of_several_clusters_have_it_on_bids(void **fixture)
{
    (void)fixture;
    game g = game_of("vickrey", DCAT_CEILING_ON_LIMIT);
    g.cost[0] = 1.0; // bids 1.125
    g.cost[1] = 0.9; // and 1.4
    g.queue_s[1] = 1.0;
    assert_int_equal(play(&g).cluster, 0);
    assert_near(play(&g).payment, 1.4 - 0.125, 1e-12); // rivals
    g.owner[0] = g.owner[1] = 1;
    dcat_award honest = play(&g);
    assert_int_equal(honest.cluster, 0);
    assert_near(honest.payment, 1.8 - 0.125, 1e-12);
    g.cost[0] = 1.9; // away
    dcat_award lied = play(&g);
    assert_int_equal(lied.cluster, 1);
    assert_near(lied.payment, 1.8 - 0.5, 1e-12);
    assert_true(lied.payment - 0.9 < honest.payment - 1.0);
}

// --- no lie pays

static const double grid[] = {0.4, 0.9, 1.2, 1.6, 1.8, 2.0, 15.5};
enum { GRID = sizeof grid / sizeof *grid, PROFILES = GRID * GRID * GRID, DRAWS = 4 };

typedef struct outcome {
    int32_t winner;
    double payment;
} outcome;

static size_t lies_that_pay(game *g, size_t *tried)
{
    static outcome made[PROFILES];
    static const size_t stride[SERVERS] = {1, GRID, GRID * GRID};
    for (size_t p = 0; p < PROFILES; p++) {
        for (size_t k = 0; k < SERVERS; k++) {
            g->cost[k] = grid[p / stride[k] % GRID];
        }
        dcat_award award = play(g);
        made[p] = (outcome){award.cluster, award.payment};
        assert_true(award.cluster < 0 || award.payment >= g->cost[award.cluster] - 1e-12);
        assert_true(award.cluster < 0 || award.payment <= fmin(g->ceiling, 15.0) + 1e-12);
    }
    size_t paying = 0;
    for (size_t p = 0; p < PROFILES; p++) { // as things are
        for (size_t k = 0; k < SERVERS; k++) {
            size_t truth = p / stride[k] % GRID;
            double cost = grid[truth];
            double honest = made[p].winner == (int32_t)k ? made[p].payment - cost : 0.0;
            for (size_t said = 0; said < GRID; said++) {
                const outcome *o = &made[p - truth * stride[k] + said * stride[k]];
                double lied = o->winner == (int32_t)k ? o->payment - cost : 0.0;
                paying += lied > honest + 1e-9;
                *tried += said != truth;
            }
        }
    }
    return paying;
}

static void test_no_lie_pays(void **fixture)
{
    (void)fixture;
    static const char *const auctions[] = {"rea-s", "vickrey", "posted"};
    static const double queues_s[2][SERVERS] = {{0.0, 0.6, 1.5}, {1.0, 0.3, 0.3}};
    size_t tried = 0;
    for (size_t i = 0; i < 3 * 2 * 2 * DRAWS; i++) {
        game g = game_of(auctions[i % 3], DCAT_CEILING_ON_LIMIT);
        g.handicap = i / 3 % 2 ? 0.2 : 0.9;
        g.ceiling = i / 6 % 2 ? 1.8 : INFINITY;
        g.slot = (uint32_t)(i / 12);
        memcpy(g.queue_s, queues_s[i % 2], sizeof g.queue_s);
        assert_int_equal(lies_that_pay(&g, &tried), 0);
    }
    printf("0 of %zu lies pay under a ceiling on limits\n", tried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_handicap_shuts_nobody_out),
        cmocka_unit_test(test_the_second_bid_or_the_ceiling_is_paid),
        cmocka_unit_test(test_who_is_too_dear_alone_stays_out),
        cmocka_unit_test(test_without_a_handicap_both_are_alike),
        cmocka_unit_test(test_bidders_of_several_clusters_have_it_on_bids),
        cmocka_unit_test(test_no_lie_pays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
