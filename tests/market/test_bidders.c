// SPDX-License-Identifier: Apache-2.0
// Who is one bidder, which of its bids stands, and that an owner gains nothing in an auction by
// letting its clusters say something else, or nothing.

#include "auction/auction.h"
#include "dcat/x/clock.h"
#include "dcat/x/task_auction.h"
#include "market/state.h"
#include "random_world.h"
#include <stdio.h>
#include <string.h>

enum { S = 5 };

// Servers of 250 GHz beside one area, each dearer than the one before, with these owners.
static dcat_world *world_of(const int32_t *owner)
{
    dcat_world_config config = dcat_world_config_default();
    config.network.rate_bps = (dcat_range){1e9, 1e9};
    dcat_server servers[S];
    for (int i = 0; i < S; i++) {
        servers[i] = (dcat_server){.speed_hz = 250e9,
                                   .core_count = 100,
                                   .energy_cost = 0.0,
                                   .time_cost_per_s = 1000.0 * (i + 1),
                                   .owner = owner[i]};
    }
    const dcat_area area = {.node = 0};
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_world_create(&config, servers, S, &area, 1, 1, &world, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return world;
}

static dcat_state *state_of(const dcat_world *world, const char *auction)
{
    dcat_state *state = NULL;
    assert_int_equal(dcat_state_create(world, dcat_auction_find(auction), 1, 1, &state, NULL),
                     DCAT_OK);
    return state;
}

static void assert_bidders(const dcat_state *state, const int32_t *expected)
{
    assert_memory_equal(dcat_state_bidder_of_view(state), expected,
                        sizeof *expected * (size_t)dcat_state_cluster_count(state));
}

// 250 giga-cycles: 1 s on one server, for costs of 1000, 2000, ... and a fee of 4500.
static dcat_award award_of(dcat_state *state)
{
    const dcat_task task = {
        .work_cycles = 250e9, .data_bits = 0.0, .deadline_s = 2.5, .value = INFINITY};
    dcat_award award;
    dcat_totals totals = {0};
    assert_int_equal(dcat_state_step(state, 0.0, 0, 0, &task, 1, &award, &totals, NULL), DCAT_OK);
    return award;
}

static void test_common_owners_make_one_bidder(void **fixture)
{
    (void)fixture;
    // Servers 1 and 3 share owner 2; 0 and 4 have none, and are not each other's.
    dcat_world *world = world_of((const int32_t[S]){0, 2, 1, 2, 0});
    dcat_state *state = state_of(world, "vickrey");
    assert_bidders(state, (const int32_t[]){0, 1, 2, 1, 4});
    // Clusters {0, 3}, {1, 2}, {4}: the first two by owner 2.
    dcat_state_set_clusters(state, (const int32_t[S]){0, 1, 1, 0, 2});
    assert_bidders(state, (const int32_t[]){0, 0, 2});
    dcat_state_destroy(state);
    dcat_world_destroy(world);
    // By two steps: owner 1 joins 0 and 3, owner 2 joins 3 and 1 once 1 is with 4.
    world = world_of((const int32_t[S]){1, 3, 2, 1, 2});
    state = state_of(world, "vickrey");
    assert_bidders(state, (const int32_t[]){0, 1, 2, 0, 2});
    dcat_state_set_clusters(state, (const int32_t[S]){0, 1, 2, 1, 3}); // {0}, {1, 3}, {2}, {4}
    assert_bidders(state, (const int32_t[]){0, 0, 2, 2});
    dcat_state_set_clusters(state, (const int32_t[S]){0, 1, 2, 3, 3}); // {0}, {1}, {2}, {3, 4}
    assert_bidders(state, (const int32_t[]){0, 1, 0, 0});
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_bidders_are_set_until_clusters_change(void **fixture)
{
    (void)fixture;
    dcat_world *world = world_of((const int32_t[S]){1, 1, 0, 0, 0});
    dcat_state *state = state_of(world, "vickrey");
    dcat_state_set_bidders(state, (const int32_t[S]){7, INT32_MIN, 7, INT32_MIN, -1});
    assert_bidders(state, (const int32_t[]){0, 1, 0, 1, 4});
    dcat_state_set_bidders(state, NULL);
    assert_bidders(state, (const int32_t[]){0, 1, 2, 3, 4});
    assert_near(award_of(state).payment, 2000.0, 1e-9); // owners do not count now
    dcat_state_set_clusters(state, (const int32_t[S]){0, 1, 2, 3, 4});
    assert_bidders(state, (const int32_t[]){0, 0, 2, 3, 4});
    dcat_state *copy = NULL;
    assert_int_equal(dcat_state_clone(state, &copy, NULL), DCAT_OK);
    dcat_state_set_bidders(state, NULL);
    assert_bidders(copy, (const int32_t[]){0, 0, 2, 3, 4});
    dcat_state_destroy(copy);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_price_is_set_by_other_bidders(void **fixture)
{
    (void)fixture;
    const struct {
        int32_t owner[S];
        double vickrey, rea; // payment
        int candidates;
    } cases[] = {
        {{0, 0, 0, 0, 0}, 2000.0, 1843.2, 5}, // 4500 * 0.8^4 = 1843.2 < 2000
        {{1, 1, 0, 0, 0}, 3000.0, 2880.0, 5}, // 4500 * 0.8^2 = 2880 < 3000
        {{1, 1, 1, 1, 1}, 4500.0, 4500.0, 5}, // nobody else: as a lone candidate
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dcat_world *world = world_of(cases[i].owner);
        dcat_state *state = state_of(world, "vickrey");
        dcat_award award = award_of(state);
        assert_int_equal(award.cluster, 0);
        assert_int_equal(award.candidate_count, cases[i].candidates);
        assert_near(award.payment, cases[i].vickrey, 1e-9);
        dcat_state_destroy(state);
        state = state_of(world, "rea");
        award = award_of(state);
        assert_int_equal(award.cluster, 0);
        assert_near(award.payment, cases[i].rea, 1e-9);
        dcat_state_destroy(state);
        dcat_world_destroy(world);
    }
}

static void test_of_equal_bids_that_of_the_lower_cluster_stands(void **fixture)
{
    (void)fixture;
    const int32_t bidder_of[] = {0, 1, 0, 1, 4}, cluster[] = {0, 1, 2, 3, 4};
    const double bid[] = {5.0, 5.0, 5.0, 4.0, 9.0};
    const bool stands[] = {true, false, false, true, true};
    for (size_t i = 0; i < 5; i++) {
        assert_true(dcat_bid_stands(bidder_of, bid, cluster, 5, i) == stands[i]);
    }
}

// --- no ring of one owner, and no withholding, pays

// An owner has two of clusters 0 to 2, somebody else the third. Limits and reports are on the grid,
// or, for reports, so high that the cluster stays away.
#define FEE 100.0
static const double grid[] = {20.0, 50.0, 63.99, 64.0, 70.0, 80.0, 81.0, 130.0, INFINITY};
enum { GRID = sizeof grid / sizeof *grid, COSTS = GRID - 1, DRAWS = 8 };

typedef struct ring {
    dcat_auction_rules rules;
    const dcat_auction *auction;
    double handicap[3];
    int32_t mine[2], other; // clusters
    bool one_bidder;
} ring;

typedef struct outcome {
    int winner;
    double payment;
} outcome;

static outcome auction_of(const ring *r, const double *limit, uint64_t draw)
{
    int32_t bidder_of[] = {0, 1, 2};
    if (r->one_bidder) {
        bidder_of[r->mine[1]] = r->mine[0];
    }
    double bid[3], standing[3];
    int32_t cluster[3], bidder[3], who[3];
    size_t count = 0, kept = 0;
    for (int32_t k = 0; k < 3; k++) {
        if (isfinite(limit[k])) {
            bid[count] = limit[k] + r->handicap[k];
            cluster[count++] = k;
        }
    }
    for (int32_t b = 0; b < 3; b++) { // in the order of bidders
        for (size_t i = 0; i < count; i++) {
            if (bidder_of[cluster[i]] == b && dcat_bid_stands(bidder_of, bid, cluster, count, i)) {
                standing[kept] = bid[i];
                bidder[kept] = b;
                who[kept++] = cluster[i];
            }
        }
    }
    const dcat_auction_input input = {.fee = FEE,
                                      .work_cycles = 1e9,
                                      .bid = standing,
                                      .cluster = bidder,
                                      .bidder_count = kept,
                                      .draw = draw};
    dcat_auction_result result = r->auction->run(&r->rules, &input);
    int winner = result.winner < 0 ? -1 : who[result.winner];
    return (outcome){winner, winner < 0 ? 0.0 : result.clearing_price - r->handicap[winner]};
}

// By the true limits of its two clusters.
static double gain_of_owner(const ring *r, outcome o, const double *truth)
{
    bool mine = o.winner >= 0 && o.winner != r->other;
    return mine ? o.payment - truth[o.winner == r->mine[1]] : 0.0;
}

// Every pair of reports against the truth, whatever the truth and the rival's limit.
static size_t rings_that_pay(const ring *r, size_t *tried)
{
    size_t paying = 0;
    for (size_t rival = 0; rival < COSTS; rival++) {
        for (uint64_t d = 0; d < DRAWS; d++) {
            outcome of[GRID][GRID];
            for (size_t i = 0; i < GRID * GRID; i++) {
                double said[3];
                said[r->mine[0]] = grid[i / GRID];
                said[r->mine[1]] = grid[i % GRID];
                said[r->other] = grid[rival];
                of[i / GRID][i % GRID] = auction_of(r, said, d * (UINT64_MAX / DRAWS) + 12345);
            }
            for (size_t t = 0; t < COSTS * COSTS; t++) {
                const double truth[] = {grid[t / COSTS], grid[t % COSTS]};
                double honest = gain_of_owner(r, of[t / COSTS][t % COSTS], truth);
                for (size_t i = 0; i < GRID * GRID; i++) {
                    paying += gain_of_owner(r, of[i / GRID][i % GRID], truth) > honest + 1e-9;
                    (*tried)++;
                }
            }
        }
    }
    return paying;
}

static void test_no_ring_of_one_owner_pays(void **fixture)
{
    (void)fixture;
    static const double handicaps[][3] = {{0.0, 0.0, 0.0}, {3.7, 0.0, 16.5}, {0.0, 16.5, 3.7}};
    size_t tried = 0;
    for (size_t a = 0; a < dcat_auction_count(); a++) {
        size_t apart = 0;
        ring r = {.auction = dcat_auction_at(a)};
        for (size_t i = 0; i < 18; i++) {
            r.other = (int32_t)(i / 6);
            r.mine[0] = r.other == 0 ? 1 : 0;
            r.mine[1] = r.other == 2 ? 1 : 2;
            dcat_auction_config config = dcat_auction_config_default();
            config.ceiling_per_cycle = (i % 2 == 0 ? 150.0 : 75.0) / 1e9;
            config.rea_round_max = i % 4 < 2 ? 10 : DCAT_ROUND_UNLIMITED;
            dcat_auction_rules_init(&r.rules, &config);
            // Handicaps act under rules with a public ceiling.
            memcpy(r.handicap, handicaps[r.auction->under_ceiling ? i % 6 / 2 : 0],
                   sizeof r.handicap);
            r.one_bidder = false;
            apart += rings_that_pay(&r, &tried);
            r.one_bidder = true;
            assert_int_equal(rings_that_pay(&r, &tried), 0);
        }
        printf("%s: %zu rings of two bidders pay\n", r.auction->name, apart);
        assert_true(apart > 0);
    }
    printf("0 of %zu rings of one bidder pay\n", tried / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_common_owners_make_one_bidder),
        cmocka_unit_test(test_bidders_are_set_until_clusters_change),
        cmocka_unit_test(test_price_is_set_by_other_bidders),
        cmocka_unit_test(test_of_equal_bids_that_of_the_lower_cluster_stands),
        cmocka_unit_test(test_no_ring_of_one_owner_pays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
