// SPDX-License-Identifier: Apache-2.0
// A state by hand: clusters, queues that belong to servers, order of tasks, offers, and a check
// that finds whatever is broken.

#include "dcat/x/model.h"
#include "dcat/x/task_auction.h"
#include "market/state.h"
#include "random_world.h"
#include <stdlib.h>
#include <string.h>

enum { S = 4 };

// Four servers of 250 GHz, 10 km apart, beside one area; every link 1 Gb/s. Under the paper's rule
// transfers, which are short here, do not enter queues; test_queue_rule.c has the other one.
static dcat_world_config simple_config(void)
{
    dcat_world_config config = dcat_world_config_default();
    config.network.rate_bps = (dcat_range){1e9, 1e9};
    config.market.queue = DCAT_QUEUE_PAPER;
    return config;
}

static dcat_world *simple_world(const dcat_world_config *config)
{
    dcat_server servers[S];
    for (int i = 0; i < S; i++) {
        servers[i] = (dcat_server){.site = {10e3 * i, 0.0},
                                   .speed_hz = 250e9,
                                   .core_count = 100,
                                   .energy_cost = NAN,
                                   .time_cost_per_s = NAN};
    }
    const dcat_area area = {.site = {0.0, 0.0}};
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_world_create(config, servers, S, &area, 1, 1, &world, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return world;
}

static dcat_state *create_state(const dcat_world *world, const dcat_auction *auction)
{
    dcat_state *state = NULL;
    assert_int_equal(dcat_state_create(world, auction, 1, 16, &state, NULL), DCAT_OK);
    return state;
}

static dcat_task task_with(double work_cycles, double deadline_s)
{
    return (dcat_task){.work_cycles = work_cycles,
                       .data_bits = 20e6, // 0.02 s on a link of 1 Gb/s
                       .deadline_s = deadline_s,
                       .value = INFINITY};
}

static const int32_t singles[] = {0, 1, 2, 3}, pairs[] = {0, 0, 1, 1}, all[] = {0, 0, 0, 0},
                     crossed[] = {0, 1, 0, 1};

static void test_fresh_state_has_every_server_alone_and_idle(void **fixture)
{
    (void)fixture;
    const dcat_world_config config = simple_config();
    dcat_world *world = simple_world(&config);
    dcat_state *state = create_state(world, dcat_auction_find("vickrey"));
    assert_ptr_equal(dcat_state_world(state), world);
    assert_ptr_equal(dcat_state_auction(state), dcat_auction_find("vickrey"));
    assert_int_equal(dcat_state_cluster_count(state), S);
    assert_memory_equal(dcat_state_cluster_of_view(state), singles, sizeof singles);
    const dcat_server_account nothing = {0};
    for (int32_t i = 0; i < S; i++) {
        dcat_server_account account = dcat_state_server(state, i);
        assert_memory_equal(&account, &nothing, sizeof account);
    }
    assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    dcat_state_destroy(state);
    dcat_state_destroy(NULL);
    dcat_world_destroy(world);
}

static void test_cluster_view_adds_up_its_members(void **fixture)
{
    (void)fixture;
    const dcat_world_config config = simple_config();
    dcat_world *world = simple_world(&config);
    dcat_state *state = create_state(world, dcat_auction_find("rea"));
    dcat_state_set_clusters(state, crossed);
    dcat_cluster_view view = dcat_state_cluster(state, 1);
    assert_int_equal(view.member_count, 2);
    assert_int_equal(view.members[0], 1);
    assert_int_equal(view.members[1], 3);
    assert_near(view.speed_hz, 500e9, 0.0);
    assert_near(view.unit_cost_mean * 700e9, 493.5, 1e-14); // see test_eq05_09_money
    assert_near(view.unit_cost_max * 700e9, 493.5, 1e-14);
    assert_near(view.busy_until_s, 0.0, 0.0);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_promises_survive_a_re_clustering(void **fixture)
{
    (void)fixture;
    const dcat_world_config config = simple_config();
    dcat_world *world = simple_world(&config);
    dcat_state *state = create_state(world, dcat_auction_find("posted"));
    dcat_state_set_clusters(state, pairs);
    // 1000 G on 500 GHz: 2 s. One task, to one pair.
    dcat_task task = task_with(1000e9, 3.0);
    task.arrival_s = 10.0;
    dcat_award award;
    dcat_totals totals = {0};
    dcat_state_step(state, 10.0, 0, 10, &task, 1, &award, &totals, NULL);
    assert_int_equal(award.outcome, DCAT_AUCTION_SOLD);
    int32_t busy = award.cluster * 2; // servers 0 and 1, or 2 and 3
    for (int32_t i = 0; i < S; i++) {
        assert_near(dcat_state_server(state, i).busy_until_s, i / 2 == award.cluster ? 12.0 : 0.0,
                    1e-15);
    }
    // Crossed, both clusters have a busy member; alone, the idle ones are free again.
    dcat_state_set_clusters(state, crossed);
    assert_near(dcat_state_cluster(state, 0).busy_until_s, 12.0, 1e-15);
    assert_near(dcat_state_cluster(state, 1).busy_until_s, 12.0, 1e-15);
    dcat_state_set_clusters(state, singles);
    assert_near(dcat_state_cluster(state, busy).busy_until_s, 12.0, 1e-15);
    assert_near(dcat_state_cluster(state, (busy + 2) % 4).busy_until_s, 0.0, 0.0);
    // All together, the next task waits for the busy ones: at 11 s one second, then 1000 / 1000
    // = 1.
    dcat_state_set_clusters(state, all);
    task.arrival_s = 11.0;
    dcat_state_step(state, 11.0, 0, 11, &task, 1, &award, &totals, NULL);
    assert_near(award.waiting_s, 1.0, 1e-15);
    assert_near(award.processing_s, 1.0, 1e-15);
    for (int32_t i = 0; i < S; i++) {
        dcat_server_account account = dcat_state_server(state, i);
        assert_near(account.busy_until_s, 13.0, 1e-15);
        assert_near(account.busy_s, i / 2 == busy / 2 ? 3.0 : 1.0, 1e-15);
        assert_near(account.work_cycles, i / 2 == busy / 2 ? 750e9 : 250e9, 1e-15);
    }
    // Reset: as new, with the same auction.
    dcat_state_reset(state);
    assert_int_equal(dcat_state_cluster_count(state), S);
    assert_near(dcat_state_server(state, 0).busy_until_s, 0.0, 0.0);
    assert_near(dcat_state_server(state, 0).payment, 0.0, 0.0);
    assert_ptr_equal(dcat_state_auction(state), dcat_auction_find("posted"));
    assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_a_task_is_served_up_to_its_deadline_and_not_beyond(void **fixture)
{
    (void)fixture;
    const dcat_world_config config = simple_config();
    dcat_world *world = simple_world(&config);
    dcat_state *state = create_state(world, dcat_auction_find("posted"));
    dcat_state_set_clusters(state, all); // 1000 GHz, server 0 at the area: transfer 0.02 s
    dcat_award awards[3];
    dcat_totals totals = {0};
    // 2000 G take 2 s: in time with 2.0201, late with 2.0199. And late again when it waited for its
    // slot.
    dcat_task tasks[] = {task_with(2000e9, 2.0199), task_with(2000e9, 2.0201),
                         task_with(2000e9, 4.1)};
    dcat_state_step(state, 0.0, 0, 0, tasks, 1, awards, &totals, NULL);
    assert_int_equal(awards[0].outcome, DCAT_AUCTION_NO_CANDIDATE);
    assert_int_equal(awards[0].candidate_count, 0);
    dcat_state_step(state, 0.5, 0, 1, tasks + 1, 2, awards + 1, &totals, NULL); // arrived at 0
    assert_int_equal(awards[1].outcome, DCAT_AUCTION_NO_CANDIDATE);
    assert_int_equal(awards[2].outcome, DCAT_AUCTION_SOLD); // 0.02 + 0.5 + 2
    assert_near(awards[2].waiting_s, 0.5, 1e-15);
    assert_int_equal(awards[2].candidate_count, 1);
    assert_int_equal(totals.no_candidate, 2);
    assert_int_equal(totals.single_candidate, 1);
    assert_int_equal(totals.single_awarded, 1);
    assert_int_equal(totals.arrived, 3);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_nobody_pays_more_than_the_task_is_worth(void **fixture)
{
    (void)fixture;
    const dcat_world_config config = simple_config();
    dcat_world *world = simple_world(&config);
    dcat_state *state = create_state(world, dcat_auction_find("rea-s"));
    dcat_task tasks[] = {task_with(500e9, 2.5), task_with(500e9, 2.5)};
    double fee = dcat_fee(10.0, 2.0, 2.5, 500e9); // 9000
    tasks[0].value = nextafter(fee, 0.0);
    tasks[1].value = fee;
    dcat_award awards[2];
    dcat_totals totals = {0};
    assert_false(dcat_state_offer(state, 0.0, &tasks[0], 0).feasible);
    assert_true(dcat_state_offer(state, 0.0, &tasks[1], 0).feasible);
    dcat_state_step(state, 0.0, 0, 0, tasks, 2, awards, &totals, NULL);
    assert_int_equal(awards[0].outcome, DCAT_AUCTION_OVER_VALUE);
    assert_near(awards[0].fee, fee, 0.0); // what was asked in vain
    assert_int_equal(awards[1].outcome, DCAT_AUCTION_SOLD);
    assert_int_equal(totals.over_value, 1);
    assert_int_equal(totals.no_candidate, 0);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_handicap_is_added_to_the_bid_and_taken_off_the_pay(void **fixture)
{
    (void)fixture;
    dcat_world_config config = simple_config();
    config.market.handicap_per_gigacycle_s = 0.3;
    config.span_m_max = 0.0;
    dcat_world *world = simple_world(&config);
    dcat_state *state = create_state(world, dcat_auction_find("vickrey"));
    dcat_award award;
    dcat_totals totals = {0};
    const dcat_task first = task_with(250e9, 9.0), task = task_with(700e9, 9.0);
    dcat_state_step(state, 0.0, 0, 0, &first, 1, &award, &totals, NULL); // 1 s on some server
    int32_t busy = award.cluster;
    dcat_offer offer = dcat_state_offer(state, 0.25, &task, busy);
    // 0.75 s left, 700 G: 0.3 * 0.75 * 700 = 157.5 on top of 493.5.
    assert_near(offer.limit, 493.5, 1e-14);
    assert_near(offer.cost, 493.5, 1e-14);
    assert_near(offer.bid, 651.0, 1e-14);
    assert_near(offer.waiting_s, 1.0, 1e-15); // 0.25 s for its slot, 0.75 for the queue
    assert_near(offer.processing_s, 2.8, 1e-15);
    assert_true(offer.feasible);
    // Idle servers win at the second lowest bid, 493.5 each, until only the busy one is idle
    // enough.
    for (int n = 0; n < 3; n++) {
        dcat_state_step(state, 0.25, 0, 1, &task, 1, &award, &totals, NULL);
        assert_true(award.cluster != busy);
        // The third idle one is the only idle one left: it is paid the busy one's bid.
        assert_near(award.payment, n < 2 ? 493.5 : 651.0, 1e-13);
    }
    // Then the busy one wins against three that are busy for 2.8 s: their bid is 493.5 + 0.3 * 2.8
    // * 700 = 1081.5, minus its own handicap of 157.5: 924.
    dcat_state_step(state, 0.25, 0, 1, &task, 1, &award, &totals, NULL);
    assert_int_equal(award.cluster, busy);
    assert_near(award.payment, 924.0, 1e-13);
    assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_urgent_tasks_go_first_and_equals_as_they_came(void **fixture)
{
    (void)fixture;
    dcat_world_config config = simple_config();
    dcat_world *world = simple_world(&config);
    const double deadline_s[] = {3.0, 2.0, 2.5, 2.0, 3.0, 2.0, 2.9};
    enum { N = sizeof deadline_s / sizeof deadline_s[0] };
    const int32_t by_urgency[] = {1, 3, 5, 2, 6, 0, 4};
    dcat_task tasks[N];
    int32_t order[N];
    for (int n = 0; n < N; n++) {
        tasks[n] = task_with(500e9, deadline_s[n]);
    }
    dcat_task_order_of(world, dcat_auction_find("rea-s"), tasks, N, order);
    for (int n = 0; n < N; n++) {
        assert_int_equal(order[n], n); // the paper: as they came
    }
    dcat_world_destroy(world);

    config.market.task_order = DCAT_ORDER_URGENCY;
    world = simple_world(&config);
    dcat_task_order_of(world, dcat_auction_find("rea-s"), tasks, N, order);
    assert_memory_equal(order, by_urgency, sizeof order);
    dcat_task_order_of(world, dcat_auction_find("rea-s"), tasks, 0, order); // nothing to sort
    // The paper's rules take them as they come, whatever the market says.
    int32_t as_they_came[N];
    dcat_task_order_of(world, dcat_auction_find("rea"), tasks, N, as_they_came);
    for (int n = 0; n < N; n++) {
        assert_int_equal(as_they_came[n], n);
    }
    // The step follows it: with room for two on one cluster, tasks 1 and 3 are served.
    dcat_state *state = create_state(world, dcat_auction_find("rea-s"));
    dcat_state_set_clusters(state, all);
    for (int n = 0; n < N; n++) {
        tasks[n].work_cycles = 900e9; // 0.9 s each; the third would end at 2.7 + 0.02 s
    }
    dcat_award awards[N];
    dcat_totals totals = {0};
    dcat_state_step(state, 0.0, 0, 0, tasks, N, awards, &totals, NULL);
    for (int n = 0; n < N; n++) {
        bool served = n == 1 || n == 3 || n == 6; // 6 has 2.9 s: 0.02 + 2.7; 2 has 2.5
        assert_int_equal(awards[n].outcome == DCAT_AUCTION_SOLD, served);
    }
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_offers_are_what_the_step_uses(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        market m = market_create(seed);
        dcat_state *state = NULL;
        size_t task_max = dcat_demand_slot_task_max(m.demand);
        assert_int_equal(
            dcat_state_create(m.world, dcat_auction_find("rea-s"), seed, task_max, &state, NULL),
            DCAT_OK);
        dcat_task *tasks = calloc(task_max, sizeof *tasks);
        for (uint32_t slot = 0; slot < 4; slot++) {
            double now_s = slot * dcat_world_config_view(m.world)->slot_s;
            size_t count = dcat_demand_slot(m.demand, m.world, seed, 0, slot, 0, tasks);
            for (size_t n = 0; n < count; n++) { // one at a time, so that nothing happens between
                int32_t feasible = 0;
                dcat_offer offers[MARKET_SERVER_MAX];
                for (int32_t k = 0; k < dcat_state_cluster_count(state); k++) {
                    offers[k] = dcat_state_offer(state, now_s, &tasks[n], k);
                    feasible += offers[k].feasible && offers[k].admitted;
                }
                dcat_award award;
                dcat_totals totals = {0};
                dcat_state_step(state, now_s, 0, slot, &tasks[n], 1, &award, &totals, NULL);
                assert_int_equal(award.candidate_count, feasible);
                if (award.outcome == DCAT_AUCTION_SOLD) {
                    const dcat_offer *offer = &offers[award.cluster];
                    assert_true(offer->feasible && offer->admitted);
                    assert_true(offer->transfer_s == award.transfer_s);
                    assert_true(offer->waiting_s == award.waiting_s);
                    assert_true(offer->processing_s == award.processing_s);
                    assert_true(offer->cost == award.cost && offer->limit == award.limit);
                }
            }
        }
        free(tasks);
        dcat_state_destroy(state);
        market_destroy(&m);
    }
}

static void test_awards_are_optional_and_states_repeat_themselves(void **fixture)
{
    (void)fixture;
    const dcat_world_config config = simple_config();
    dcat_world *world = simple_world(&config);
    size_t bytes = dcat_state_bytes(world, 16);
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    memset(memory, 0xa5, bytes);
    dcat_state *placed = dcat_state_init(memory, world, dcat_auction_find("one-off"), 1, 16);
    dcat_state *created = create_state(world, dcat_auction_find("one-off"));
    dcat_totals a = {0}, b = {0}, c = {0};
    dcat_task tasks[6];
    dcat_award awards[6];
    for (int n = 0; n < 6; n++) {
        tasks[n] = task_with(300e9 + 50e9 * n, 3.0);
    }
    dcat_state_step(placed, 0.0, 3, 2, tasks, 6, NULL, &a, NULL);
    dcat_state_step(created, 0.0, 3, 2, tasks, 6, awards, &b, NULL);
    assert_memory_equal(&a, &b, sizeof a);
    dcat_state_reset(created);
    dcat_state_step(created, 0.0, 3, 2, tasks, 6, NULL, &c, NULL);
    assert_memory_equal(&b, &c, sizeof b);
    assert_true(dcat_state_auction_draw(created, 3, 2, 0) ==
                dcat_state_auction_draw(placed, 3, 2, 0));
    assert_true(dcat_state_auction_draw(created, 3, 2, 0) !=
                dcat_state_auction_draw(created, 3, 2, 1));
    free(memory);
    dcat_state_destroy(created);
    dcat_world_destroy(world);
}

static void test_totals_add_field_by_field(void **fixture)
{
    (void)fixture;
    dcat_totals sum = {0};
    const dcat_totals part = {1,  2,  3,  4,  5,    6,    7,    8,    9,    10,
                              11, 12, 13, 14, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5};
    dcat_totals_add(&sum, &part);
    assert_memory_equal(&sum, &part, sizeof sum);
    dcat_totals_add(&sum, &part);
    const dcat_totals twice = {2,  4,  6,  8,  10,   12,   14,   16,   18,   20,
                               22, 24, 26, 28, 25.0, 27.0, 29.0, 31.0, 33.0, 35.0};
    assert_memory_equal(&sum, &twice, sizeof sum);
    assert_int_equal(sizeof part, 14 * sizeof(int64_t) + 6 * sizeof(double)); // nothing forgotten
}

static void test_outcomes_are_counted_by_kind(void **fixture)
{
    (void)fixture;
    // Rounds end unsold: with K = 1 and gamma 0.8 both of two bidders still accept.
    dcat_world_config config = simple_config();
    config.auction.rea_round_max = 1;
    config.auction.rea_round_end = DCAT_END_UNSOLD;
    dcat_world *world = simple_world(&config);
    dcat_state *state = create_state(world, dcat_auction_find("rea"));
    const dcat_task task = task_with(500e9, 2.5);
    dcat_totals totals = {0};
    dcat_state_step(state, 0.0, 0, 0, &task, 1, NULL, &totals, NULL);
    assert_int_equal(totals.round_limit, 1);
    assert_int_equal(totals.contested, 1);
    dcat_state_destroy(state);
    dcat_world_destroy(world);

    // No limit on rounds: four equal costs leave together.
    config.auction.rea_round_max = DCAT_ROUND_UNLIMITED;
    world = simple_world(&config);
    state = create_state(world, dcat_auction_find("rea"));
    dcat_state_step(state, 0.0, 0, 0, &task, 1, NULL, &totals, NULL);
    assert_int_equal(totals.all_left, 1);
    dcat_state_destroy(state);
    dcat_world_destroy(world);

    // A ceiling below every limit: 0.1 money per giga-cycle is 50, the limit is 352.5.
    config.auction.ceiling_per_cycle = 0.1e-9;
    world = simple_world(&config);
    state = create_state(world, dcat_auction_find("posted"));
    dcat_state_step(state, 0.0, 0, 0, &task, 1, NULL, &totals, NULL);
    assert_int_equal(totals.no_bidder, 1);
    assert_int_equal(totals.arrived, 3);
    assert_int_equal(totals.awarded, 0);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

// --- the check

static void assert_broken(const dcat_state *state, const char *words)
{
    dcat_error err = {0};
    assert_int_equal(dcat_state_check(state, &err), DCAT_ERR_INTERNAL);
    if (strstr(err.message, words) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, words);
    }
}

static void test_check_finds_broken_lists(void **fixture)
{
    (void)fixture;
    const dcat_world_config config = simple_config();
    dcat_world *world = simple_world(&config);
    dcat_state *state = create_state(world, dcat_auction_find("posted"));
    dcat_state_set_clusters(state, pairs);
    state->member_first[0] = 1;
    assert_broken(state, "the clusters do not hold all servers");
    dcat_state_set_clusters(state, pairs);
    state->member_first[2] = 3;
    assert_broken(state, "the clusters do not hold all servers");
    dcat_state_set_clusters(state, pairs);
    state->member_first[1] = 0;
    assert_broken(state, "cluster 0 has no members");
    dcat_state_set_clusters(state, pairs);
    state->cluster_of[1] = 1;
    assert_broken(state, "server 1 is listed in cluster 0 but is in 1");
    dcat_state_set_clusters(state, pairs);
    state->members[0] = 1;
    state->members[1] = 0;
    assert_broken(state, "members of cluster 0 are not ascending");
    dcat_state_set_clusters(state, pairs);
    assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_check_finds_broken_queues_speeds_spans_and_money(void **fixture)
{
    (void)fixture;
    const dcat_world_config config = simple_config();
    dcat_world *world = simple_world(&config);
    dcat_state *state = create_state(world, dcat_auction_find("posted"));
    state->planes[0].busy_until_s[2] = -1.0;
    assert_broken(state, "cluster 2 is busy until -1 s");
    state->planes[0].busy_until_s[2] = INFINITY;
    assert_broken(state, "cluster 2 is busy until inf s");
    dcat_state_reset(state);
    state->accounts[3].busy_until_s = 5.0;
    assert_broken(state, "server 3 is busy until 5 s, past its cluster's 0 s");
    dcat_state_reset(state);
    state->planes[0].speed_hz[1] *= 1.001;
    assert_broken(state, "cluster 1 has speed");
    dcat_state_reset(state);
    dcat_state_set_clusters(state, all);
    world->config.span_m_max = 25e3; // the ends are 30 km apart
    assert_broken(state, "(10c)");
    world->config.span_m_max = 200e3;
    state->payment_total += 1.0;
    assert_broken(state, "servers were paid 0, the platform paid 1");
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh_state_has_every_server_alone_and_idle),
        cmocka_unit_test(test_cluster_view_adds_up_its_members),
        cmocka_unit_test(test_promises_survive_a_re_clustering),
        cmocka_unit_test(test_a_task_is_served_up_to_its_deadline_and_not_beyond),
        cmocka_unit_test(test_nobody_pays_more_than_the_task_is_worth),
        cmocka_unit_test(test_handicap_is_added_to_the_bid_and_taken_off_the_pay),
        cmocka_unit_test(test_urgent_tasks_go_first_and_equals_as_they_came),
        cmocka_unit_test(test_offers_are_what_the_step_uses),
        cmocka_unit_test(test_awards_are_optional_and_states_repeat_themselves),
        cmocka_unit_test(test_totals_add_field_by_field),
        cmocka_unit_test(test_outcomes_are_counted_by_kind),
        cmocka_unit_test(test_check_finds_broken_lists),
        cmocka_unit_test(test_check_finds_broken_queues_speeds_spans_and_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
