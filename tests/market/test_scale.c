// SPDX-License-Identifier: Apache-2.0
// What large worlds leave out or find in other ways than small ones changes nothing.

#include "cluster/cluster_worlds.h"
#include "dcat/run.h"
#include "dcat/x/clock.h"
#include "dcat/x/model.h"
#include "dcat/x/task_auction.h"
#include "dcat/x/world_facts.h"
#include "market/state.h"
#include "random_fleet.h"
#include "world/kdtree.h"
#include <math.h>
#include <stdio.h>

// --- the tree

enum { POINT_MAX = 400 };

static void draw_points(dcat_rng *rng, double (*point)[3], size_t count)
{
    bool coarse = rng_chance(rng, 0.5); // many points on one place, many equally far
    bool flat = rng_chance(rng, 0.5);
    for (size_t i = 0; i < count; i++) {
        for (int d = 0; d < 3; d++) {
            double x = 10.0 * dcat_rng_uniform(rng);
            point[i][d] = flat && d == 2 ? 0.0 : coarse ? floor(0.5 * x) : x;
        }
    }
}

static kdtree plant(const double (*point)[3], size_t count, void **memory)
{
    kdtree tree;
    arena measure = {0};
    kd_layout(&measure, count, &tree);
    *memory = aligned_alloc(64, measure.used);
    arena place = {.base = *memory};
    kd_layout(&place, count, &tree);
    kd_build(&tree, point);
    return tree;
}

static void test_tree_finds_all_that_is_near_and_the_lowest_nearest(void **fixture)
{
    (void)fixture;
    static double point[POINT_MAX][3];
    for (uint64_t seed = 0; seed < 300; seed++) {
        dcat_rng rng = test_rng(seed);
        size_t count = 1 + dcat_rng_below(&rng, POINT_MAX);
        draw_points(&rng, point, count);
        void *memory = NULL;
        kdtree tree = plant((const double(*)[3])point, count, &memory);
        int32_t found[POINT_MAX];
        for (int question = 0; question < 20; question++) {
            double centre[1][3];
            draw_points(&rng, centre, 1);
            double radius = 4.0 * dcat_rng_uniform(&rng);
            size_t found_count = kd_within(&tree, centre[0], radius, found);
            bool listed[POINT_MAX] = {false};
            for (size_t j = 0; j < found_count; j++) {
                assert_false(listed[found[j]]); // once each
                listed[found[j]] = true;
            }
            int32_t nearest = 0;
            for (size_t i = 0; i < count; i++) {
                double square = kd_square(centre[0], point[i]);
                assert_true(listed[i] || square > radius * radius);
                assert_true(!listed[i] || square <= radius * radius * 1.001);
                nearest = square < kd_square(centre[0], point[nearest]) ? (int32_t)i : nearest;
            }
            int32_t guess = (int32_t)dcat_rng_below(&rng, (uint32_t)count);
            assert_int_equal(kd_nearest(&tree, centre[0], guess), nearest);
        }
        free(memory);
    }
}

// --- bounded reach

// The same world with a bound on its reach.
static dcat_world *bounded(const dcat_world *world, double reach_s, double reach_bits,
                           double reach_work_cycles)
{
    dcat_world_config config = *dcat_world_config_view(world);
    config.network.reach_s = reach_s;
    config.network.reach_bits = reach_bits;
    config.network.reach_work_cycles = reach_work_cycles;
    dcat_world *made = NULL;
    dcat_error err = {0};
    if (dcat_world_create(&config, dcat_world_servers_view(world), dcat_world_server_count(world),
                          dcat_world_areas_view(world), dcat_world_area_count(world),
                          dcat_world_seed(world), &made, &err) != DCAT_OK) {
        fail_msg("bounded world: %s", err.message);
    }
    return made;
}

static void assert_same_award(const dcat_award *a, const dcat_award *b)
{
    assert_int_equal(a->outcome, b->outcome);
    assert_int_equal(a->cluster, b->cluster);
    assert_int_equal(a->candidate_count, b->candidate_count);
    assert_int_equal(a->round, b->round);
    assert_true(a->fee == b->fee && a->payment == b->payment && a->limit == b->limit &&
                a->cost == b->cost);
    assert_true(a->transfer_s == b->transfer_s && a->waiting_s == b->waiting_s &&
                a->processing_s == b->processing_s);
    assert_int_equal(a->member_below_cost, b->member_below_cost);
}

enum { TASK_MAX = 512 };

// The paths of an area, asked for at once, are those that one gets by asking for each.
static void assert_all_paths(const dcat_world *world)
{
    size_t S = dcat_world_server_count(world), all = 0;
    for (size_t a = 0; a < dcat_world_area_count(world); a++) {
        int32_t servers[MARKET_SERVER_MAX];
        dcat_path paths[MARKET_SERVER_MAX];
        bool listed[MARKET_SERVER_MAX] = {false};
        size_t count = dcat_world_paths(world, (int)a, servers, paths);
        for (size_t j = 0; j < count; j++) {
            dcat_path path = dcat_world_path(world, (int)a, servers[j]);
            assert_false(listed[servers[j]]); // once each
            listed[servers[j]] = true;
            assert_true(path.seconds_per_bit == paths[j].seconds_per_bit &&
                        path.propagation_s == paths[j].propagation_s);
            assert_int_equal(path.hop_count, paths[j].hop_count);
        }
        for (size_t i = 0; i < S; i++) {
            assert_true(listed[i] ==
                        isfinite(dcat_world_path(world, (int)a, (int)i).propagation_s));
        }
        all += count;
    }
    assert_int_equal(dcat_world_path_count(world), all);
}

// A copy of a state goes on as the original, wherever it was made.
static void assert_copy_goes_on(dcat_state *state, const dcat_task *tasks, size_t count,
                                dcat_award *award, dcat_award *copy_award)
{
    dcat_state *copy = NULL, *original = NULL;
    dcat_totals totals = {0};
    assert_int_equal(dcat_state_clone(state, &copy, NULL), DCAT_OK);
    assert_int_equal(dcat_state_clone(state, &original, NULL), DCAT_OK);
    dcat_state_step(original, 100.0, 1, 1, tasks, count, award, &totals, NULL);
    dcat_state_destroy(original);
    dcat_state_step(copy, 100.0, 1, 1, tasks, count, copy_award, &totals, NULL);
    for (size_t n = 0; n < count; n++) {
        assert_same_award(&award[n], &copy_award[n]);
    }
    dcat_state_destroy(copy);
}

// Tasks a quarter as long and as much in a hurry, so that what is far is out of reach.
static size_t hurried_tasks(const market *m, uint64_t seed, uint32_t slot, dcat_task *tasks)
{
    size_t count = dcat_demand_slot(m->demand, m->world, seed, 0, slot, 0, tasks);
    for (size_t n = 0; n < count; n++) {
        tasks[n].work_cycles *= 0.125;
        tasks[n].deadline_s *= 0.25;
        tasks[n].value *= 0.125;
        tasks[n].class_id = (int32_t)(n % dcat_world_class_count(m->world));
    }
    return count;
}

// One market, once with all paths and once with those in reach; returns how many were left out.
static size_t compare_reach(uint64_t seed, bool mixed, const dcat_auction *kind, int64_t *awarded)
{
    static fleet f;
    static dcat_task tasks[TASK_MAX];
    static dcat_award all_award[TASK_MAX], near_award[TASK_MAX];
    market m = mixed ? market_create_mixed(seed, &f) : market_create(seed);
    double data_bits = INFINITY;
    for (uint32_t slot = 0; slot < 8; slot++) {
        size_t count = hurried_tasks(&m, seed, slot, tasks);
        for (size_t n = 0; n < count; n++) {
            data_bits = fmin(data_bits, tasks[n].data_bits);
        }
    }
    data_bits = isinf(data_bits) ? 0.0 : data_bits;
    dcat_world *near = bounded(m.world, 0.75, data_bits, 62.5e9);
    dcat_state *all_state = NULL, *near_state = NULL;
    size_t task_max = dcat_demand_slot_task_max(m.demand);
    assert_true(task_max <= TASK_MAX);
    assert_int_equal(dcat_state_create(m.world, kind, seed, task_max, &all_state, NULL), DCAT_OK);
    assert_int_equal(dcat_state_create(near, kind, seed, task_max, &near_state, NULL), DCAT_OK);
    dcat_rng rng = test_rng(seed);
    dcat_totals all_totals = {0}, near_totals = {0};
    for (uint32_t slot = 0; slot < 8; slot++) {
        if (slot % 4 == 0) {
            int32_t cluster_of[MARKET_SERVER_MAX];
            random_partition(m.world, &rng, cluster_of);
            dcat_state_set_clusters(all_state, cluster_of);
            dcat_state_set_clusters(near_state, cluster_of);
        }
        size_t count = hurried_tasks(&m, seed, slot, tasks);
        dcat_state_step(all_state, slot, 0, slot, tasks, count, all_award, &all_totals, NULL);
        dcat_state_step(near_state, slot, 0, slot, tasks, count, near_award, &near_totals, NULL);
        for (size_t n = 0; n < count; n++) {
            assert_same_award(&all_award[n], &near_award[n]);
        }
        assert_int_equal(dcat_state_check(near_state, NULL), DCAT_OK);
        assert_copy_goes_on(near_state, tasks, count, all_award, near_award);
        assert_copy_goes_on(all_state, tasks, count, all_award, near_award);
    }
    *awarded += all_totals.awarded;
    size_t left_out = 0;
    for (size_t a = 0; a < dcat_world_area_count(near); a++) {
        for (size_t i = 0; i < dcat_world_server_count(near); i++) {
            dcat_path path = dcat_world_path(m.world, (int)a, (int)i);
            dcat_path kept = dcat_world_path(near, (int)a, (int)i);
            bool in_reach =
                dcat_transfer_delay_s(data_bits, path.seconds_per_bit, path.propagation_s) <= 0.75;
            assert_true(kept.seconds_per_bit == (in_reach ? path.seconds_per_bit : INFINITY));
            assert_true(kept.propagation_s == (in_reach ? path.propagation_s : INFINITY));
            assert_int_equal(kept.hop_count, in_reach ? path.hop_count : 0);
            left_out += !in_reach;
        }
    }
    assert_all_paths(m.world);
    assert_all_paths(near);
    dcat_state_destroy(all_state);
    dcat_state_destroy(near_state);
    dcat_world_destroy(near);
    market_destroy(&m);
    return left_out;
}

static void test_paths_out_of_reach_change_no_result(void **fixture)
{
    (void)fixture;
    size_t cases = test_cases(300);
    for (int mixed = 0; mixed < 2; mixed++) {
        size_t left_out = 0;
        int64_t awarded = 0;
        for (uint64_t seed = 1; seed <= cases; seed++) {
            const dcat_auction *kind = dcat_auction_at(seed % dcat_auction_count());
            left_out += compare_reach(seed, mixed == 1, kind, &awarded);
        }
        printf("seeds 1..%zu: %zu paths left out, %lld awards\n", cases, left_out,
               (long long)awarded);
        assert_true(left_out > cases && awarded > (int64_t)cases);
    }
}

static void test_a_run_refuses_tasks_that_the_reach_was_not_made_for(void **fixture)
{
    (void)fixture;
    market m = {0};
    for (uint64_t seed = 1; m.demand == NULL; seed++) { // all 20 Mb, work differs
        market_destroy(&m);
        m = market_create(seed);
        dcat_task tasks[TASK_MAX];
        size_t count = dcat_demand_slot(m.demand, m.world, 1, 0, 0, 0, tasks);
        if (count == 0 || tasks[0].data_bits != 20e6 || tasks[0].work_cycles == EVEN_WORK) {
            market_destroy(&m);
        }
    }
    const double wrong[][3] = {{2.9, 20e6, 500e9}, {3.0, 20.1e6, 500e9}, {3.0, 20e6, 501e9}};
    const dcat_run_config config = {DCAT_SIZED(dcat_run_config),
                                    .policy = {.clusterer = dcat_clusterer_find("linkage"),
                                               .auction = dcat_auction_find("rea")},
                                    .cycle_count = 1};
    dcat_run_result result;
    for (size_t i = 0; i < 3; i++) {
        dcat_world *world = bounded(m.world, wrong[i][0], wrong[i][1], wrong[i][2]);
        assert_int_equal(dcat_run(world, m.demand, &config, NULL, NULL, &result, NULL),
                         DCAT_ERR_RANGE);
        dcat_world_destroy(world);
    }
    dcat_world *world = bounded(m.world, 3.0, 20e6, 500e9);
    assert_int_equal(dcat_run(world, m.demand, &config, NULL, NULL, &result, NULL), DCAT_OK);
    dcat_world_destroy(world);
    market_destroy(&m);
}

// --- candidates at the deadline

// A step multiplies by 1 / F and compares moments; dcat_state_offer() follows the equations.
static void test_candidates_are_exact_where_the_deadline_is(void **fixture)
{
    (void)fixture;
    size_t at_deadline = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        market m = market_create(seed);
        dcat_rng rng = test_rng(seed);
        dcat_state *state = NULL;
        dcat_totals totals = {0};
        int32_t cluster_of[MARKET_SERVER_MAX];
        const dcat_auction *kind = dcat_auction_at(seed % dcat_auction_count());
        assert_int_equal(dcat_state_create(m.world, kind, seed, 1, &state, NULL), DCAT_OK);
        random_partition(m.world, &rng, cluster_of);
        dcat_state_set_clusters(state, cluster_of);
        for (int32_t round = 0; round < 60; round++) {
            int32_t k = (int32_t)dcat_rng_below(&rng, (uint32_t)dcat_state_cluster_count(state));
            double now_s = 1000.0 * (double)seed + 0.1 * round;
            dcat_task task = {.arrival_s = now_s - 0.3 * dcat_rng_uniform(&rng),
                              .work_cycles = rng_in(&rng, 500e9, 900e9),
                              .data_bits = 20e6,
                              .deadline_s = 1e9,
                              .value = INFINITY,
                              .area = 0};
            dcat_offer offer = dcat_state_offer(state, now_s, &task, k);
            double total_s =
                dcat_total_delay_s(offer.transfer_s, offer.waiting_s, offer.processing_s);
            task.deadline_s = round % 3 == 0   ? total_s
                              : round % 3 == 1 ? nextafter(total_s, 0.0)
                                               : nextafter(total_s, INFINITY);
            int32_t feasible = 0;
            for (int32_t c = 0; c < dcat_state_cluster_count(state); c++) {
                dcat_offer other = dcat_state_offer(state, now_s, &task, c);
                feasible += other.feasible && other.admitted;
            }
            at_deadline += dcat_state_offer(state, now_s, &task, k).feasible;
            dcat_award award =
                state_auction_task(state, now_s, 0, (uint32_t)round, &task, 0, &totals);
            assert_int_equal(award.candidate_count, feasible);
        }
        dcat_state_destroy(state);
        market_destroy(&m);
    }
    assert_int_equal(at_deadline, 60 * 40); // two of three
}

static void test_a_delayed_cluster_is_seen_as_busy(void **fixture)
{
    (void)fixture;
    dcat_server servers[1] = {test_server(0.0, 0.0)};
    dcat_world_config config = dcat_world_config_default();
    dcat_world *world = build_world(&config, servers, 1, 1);
    dcat_state *state = NULL;
    dcat_totals totals = {0};
    // 250 G on 250 GHz: one second and some hundredths of transfer, so two fit and a third does
    // not.
    const dcat_task task = {
        .work_cycles = 250e9, .data_bits = 1e6, .deadline_s = 2.5, .value = INFINITY};
    assert_int_equal(dcat_state_create(world, dcat_auction_find("rea-s"), 1, 1, &state, NULL),
                     DCAT_OK);
    assert_int_equal(state_auction_task(state, 0.0, 0, 0, &task, 0, &totals).outcome,
                     DCAT_AUCTION_SOLD);
    state_delay(state, 0, 1.0);
    assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    assert_int_equal(state_auction_task(state, 0.0, 0, 0, &task, 0, &totals).outcome,
                     DCAT_AUCTION_NO_CANDIDATE);
    state->planes[0].busy_until_s[0] = 0.0; // behind the back of the step
    assert_int_equal(dcat_state_check(state, NULL), DCAT_ERR_INTERNAL);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

// --- many clusters

enum { CROWD = 300, CROWD_AREAS = 4 }; // several masks of 64 entries

static dcat_world *crowded_world(dcat_rng *rng, uint64_t seed, bool with_bound)
{
    dcat_server servers[CROWD];
    dcat_area areas[CROWD_AREAS];
    dcat_world_config config = market_config(rng);
    config.network.hop_max = rng_chance(rng, 0.7) ? 12 : 1000; // far is still near, or not
    config.network.reach_s = with_bound ? 3.0 : 0.0;
    config.network.reach_bits = 20e6;
    config.network.reach_work_cycles = 500e9;
    dcat_draw_servers(seed, 3e6, (dcat_range){800e9, 1200e9}, 400, servers, CROWD);
    dcat_draw_areas(seed, 3e6, areas, CROWD_AREAS);
    for (size_t i = 0; i < CROWD; i++) { // some have the same cost: bids tie
        servers[i].speed_hz = rng_chance(rng, 0.5) ? servers[i].speed_hz : 1000e9;
    }
    dcat_world *world = NULL;
    assert_int_equal(
        dcat_world_create(&config, servers, CROWD, areas, CROWD_AREAS, seed, &world, NULL),
        DCAT_OK);
    return world;
}

// The rule on the list of all offers, then the task itself.
static dcat_award assert_award_follows_the_list(dcat_state *state, double now_s, uint32_t slot,
                                                const dcat_task *tasks, int32_t n)
{
    const dcat_world_config *config = dcat_world_config_view(dcat_state_world(state));
    const dcat_task *task = &tasks[n];
    dcat_totals totals = {0};
    double bid[CROWD], handicap[CROWD];
    int32_t cluster[CROWD];
    size_t count = 0;
    for (int32_t k = 0; k < dcat_state_cluster_count(state); k++) {
        dcat_offer offer = dcat_state_offer(state, now_s, task, k);
        if (offer.feasible && offer.admitted) {
            bid[count] = offer.bid;
            handicap[count] = offer.bid - offer.limit;
            cluster[count++] = k;
        }
    }
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &config->auction);
    const dcat_auction_input input = {
        .fee = dcat_fee(config->market.price_per_gigacycle, config->market.urgency_s,
                        task->deadline_s, task->work_cycles),
        .work_cycles = task->work_cycles,
        .bid = bid,
        .cluster = cluster,
        .bidder_count = count,
        .draw = dcat_state_auction_draw(state, 0, slot, (uint32_t)n),
    };
    dcat_auction_result expected = dcat_state_auction(state)->run(&rules, &input);
    dcat_award award = state_auction_task(state, now_s, 0, slot, tasks, n, &totals);
    assert_int_equal(award.candidate_count, count);
    assert_int_equal(award.outcome, expected.outcome);
    assert_int_equal(award.round, expected.round);
    assert_int_equal(award.cluster, expected.winner < 0 ? -1 : cluster[expected.winner]);
    if (expected.winner >= 0) {
        assert_near(award.payment, expected.clearing_price - handicap[expected.winner], 1e-9);
    }
    return award;
}

static void test_awards_among_many_clusters_follow_the_list_of_all_offers(void **fixture)
{
    (void)fixture;
    static dcat_task tasks[40];
    int64_t sold = 0, crowded = 0;
    size_t cases = test_cases(60);
    for (uint64_t seed = 1; seed <= cases; seed++) {
        dcat_rng rng = test_rng(seed);
        dcat_world *world = crowded_world(&rng, seed, seed % 2 == 0);
        dcat_state *state = NULL, *twin = NULL;
        const dcat_auction *kind = dcat_auction_at(seed / 2 % dcat_auction_count());
        int32_t cluster_of[CROWD];
        dcat_totals totals = {0};
        for (int32_t i = 0; i < CROWD; i++) {
            cluster_of[i] = i;
        }
        if (rng_chance(&rng, 0.5)) {
            random_partition(world, &rng, cluster_of);
        }
        assert_int_equal(dcat_state_create(world, kind, seed, 40, &state, NULL), DCAT_OK);
        dcat_state_set_clusters(state, cluster_of);
        assert_int_equal(dcat_state_clone(state, &twin, NULL), DCAT_OK);
        for (uint32_t slot = 0; slot < 3; slot++) {
            for (int32_t n = 0; n < 40; n++) {
                tasks[n] = (dcat_task){.arrival_s = slot,
                                       .work_cycles = rng_in(&rng, 500e9, 900e9),
                                       .data_bits = 20e6,
                                       .deadline_s = rng_in(&rng, 2.0, 3.0),
                                       .value = INFINITY,
                                       .area = (int32_t)dcat_rng_below(&rng, CROWD_AREAS)};
            }
            int32_t order[40];
            dcat_task_order_of(world, kind, tasks, 40, order);
            for (int32_t i = 0; i < 40; i++) {
                dcat_award award =
                    assert_award_follows_the_list(state, slot, slot, tasks, order[i]);
                sold += award.outcome == DCAT_AUCTION_SOLD;
                crowded += award.candidate_count > 64;
            }
            // Without awards candidates are counted up to two; all else is the same.
            dcat_state_step(twin, slot, 0, slot, tasks, 40, NULL, &totals, NULL);
            for (int32_t k = 0; k < dcat_state_cluster_count(state); k++) {
                assert_true(dcat_state_cluster(state, k).busy_until_s ==
                            dcat_state_cluster(twin, k).busy_until_s);
            }
        }
        dcat_state_destroy(state);
        dcat_state_destroy(twin);
        dcat_world_destroy(world);
    }
    printf("seeds 1..%zu: %lld of %zu sold, %lld with more than 64 candidates\n", cases,
           (long long)sold, cases * 120, (long long)crowded);
    assert_true(sold > (int64_t)cases && crowded > (int64_t)cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_finds_all_that_is_near_and_the_lowest_nearest),
        cmocka_unit_test(test_paths_out_of_reach_change_no_result),
        cmocka_unit_test(test_a_run_refuses_tasks_that_the_reach_was_not_made_for),
        cmocka_unit_test(test_candidates_are_exact_where_the_deadline_is),
        cmocka_unit_test(test_a_delayed_cluster_is_seen_as_busy),
        cmocka_unit_test(test_awards_among_many_clusters_follow_the_list_of_all_offers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
