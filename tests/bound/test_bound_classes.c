// SPDX-License-Identifier: Apache-2.0
// Bounds and exact programs where work has classes: teams, queues by pool, what nobody can do.

#include "bound/slot_problem.h"
#include "dcat/run.h"
#include "dcat/x/bound.h"
#include "dcat/x/task_auction.h"
#include "random_fleet.h"
#include <string.h>

#define SECONDS 30.0

static double bound_of(const dcat_world *world, const dcat_demand *demand,
                       const dcat_bound_config *config)
{
    dcat_bound_result result = {0};
    dcat_error err = {0};
    if (dcat_bound_run(world, demand, config, NULL, &result, &err) != DCAT_OK) {
        fail_msg("bound: %s", err.message);
    }
    return result.total;
}

static double earned_by(const market *m, const char *clusterer, const dcat_auction *auction,
                        uint64_t seed)
{
    const dcat_run_config run = {
        DCAT_SIZED(dcat_run_config),
        .policy = {.clusterer = dcat_clusterer_find(clusterer), .auction = auction},
        .seed = seed,
        .cycle_count = (uint32_t)dcat_demand_cycle_count(m->demand),
    };
    dcat_run_result result;
    dcat_error err = {0};
    if (dcat_run(m->world, m->demand, &run, NULL, NULL, &result, &err) != DCAT_OK) {
        fail_msg("run: %s", err.message);
    }
    return dcat_totals_profit(&result.totals);
}

// All devices in one pool, half of the time not for a class: so teams of a cluster share some of
// their servers.
static dcat_resources *draw_one_pool(void *user, uint64_t seed, bool even,
                                     const dcat_world_config *config, const dcat_server *servers,
                                     size_t server_count)
{
    (void)servers;
    fleet *f = user;
    fleet_draw(f, seed, even, config, server_count);
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 15, 0);
    for (size_t d = 0; d < FLEET_DEVICES; d++) {
        f->devices[d].pool = DCAT_POOL_GPU;
    }
    for (size_t q = 0; q < f->config.class_count; q++) {
        f->classes[q].pool = DCAT_POOL_GPU;
        f->classes[q].memory_bytes = 0.0;
        f->classes[q].features = 0;
    }
    for (size_t i = 0; i < FLEET_DEVICES * f->config.class_count; i++) {
        f->efficiency[i] = rng_chance(&rng, 0.5) ? 0.0 : f->efficiency[i];
    }
    f->config.unit_count = 0;
    fleet_draw_units(&rng, even, f);
    return fleet_create(f);
}

// Tasks of all classes: a profile without mixes has them all alike.
static market mixed_market(uint64_t seed, fleet *f)
{
    market m = seed % 2 == 0 ? market_create_mixed(seed, f)
                             : market_create_by(seed, true, draw_one_pool, f);
    market given = {.world = m.world};
    static dcat_task tasks[4096];
    const dcat_world_config *config = dcat_world_config_view(m.world);
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 13, 0);
    size_t count = 0;
    for (uint32_t c = 0; c < MARKET_STEP_MAX; c++) {
        for (uint32_t slot = 0; slot < (uint32_t)config->slots_per_cycle; slot++) {
            size_t more = dcat_demand_slot(m.demand, m.world, seed, c, slot, 0, &tasks[count]);
            for (size_t n = count; n < count + more; n++) {
                tasks[n].class_id =
                    (int32_t)dcat_rng_below(&rng, (uint32_t)dcat_world_class_count(m.world));
                tasks[n].id = (int32_t)n;
                tasks[n].arrival_s = dcat_world_slot_start_s(m.world, c, slot);
            }
            count += more;
        }
    }
    dcat_error err = {0};
    if (dcat_demand_create_tasks(tasks, count, dcat_world_area_count(m.world), config->slot_s,
                                 config->slots_per_cycle, &given.demand, &err) != DCAT_OK) {
        fail_msg("demand: %s", err.message);
    }
    dcat_demand_destroy(m.demand);
    return given;
}

// The same world in which devices really are faster, or in every other world 0.3 to 1.5 times as
// fast, or cannot do a class at all.
static dcat_world *deceived(const dcat_world *world, uint64_t seed)
{
    dcat_world_config config = *dcat_world_config_view(world);
    size_t count = dcat_world_class_count(world) * dcat_world_server_count(world);
    const dcat_member *members = dcat_world_members_view(world);
    double *true_hz = malloc(sizeof *true_hz * count);
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 14, 0);
    for (size_t i = 0; i < count; i++) {
        bool never = rng_chance(&rng, seed / 2 % 2 == 0 ? 0.0 : 0.1);
        double factor = seed / 2 % 2 == 0 ? rng_in(&rng, 2.0, 6.0) : rng_in(&rng, 0.3, 1.5);
        true_hz[i] = never ? 0.0 : members[i].speed_hz * factor;
    }
    config.true_speed_hz = true_hz;
    config.market.queue = DCAT_QUEUE_FIFO;
    dcat_world *made = NULL;
    dcat_error err = {0};
    if (dcat_world_create(&config, dcat_world_servers_view(world), dcat_world_server_count(world),
                          dcat_world_areas_view(world), dcat_world_area_count(world), seed, &made,
                          &err) != DCAT_OK) {
        fail_msg("deceived: %s", err.message);
    }
    free(true_hz);
    return made;
}

static void check_policies(const market *m, uint64_t seed, const char *what, size_t *close)
{
    static const char *const names[] = {"single", "random", "linkage"};
    static const size_t option_max[] = {4096, 1};
    const dcat_auction *auction = dcat_auction_at(seed % dcat_auction_count());
    dcat_bound_config config = dcat_bound_config_default();
    config.auction = auction;
    config.seed = seed;
    config.cycle_count = (uint32_t)dcat_demand_cycle_count(m->demand);
    for (size_t o = 0; o < 2; o++) {
        config.option_max = option_max[o];
        double bound = bound_of(m->world, m->demand, &config);
        for (size_t c = 0; c < 3; c++) {
            double profit = earned_by(m, names[c], auction, seed);
            if (!(profit <= bound * (1.0 + 1e-12) + 1e-9)) {
                fail_msg("seed %llu, %s, %s, %s, %zu options: profit %.9g above the bound %.9g",
                         (unsigned long long)seed, what, names[c], auction->name, option_max[o],
                         profit, bound);
            }
            *close += o == 0 && profit > 0.7 * bound && bound > 0.0;
        }
    }
}

static void test_bound_holds_for_every_policy_with_classes(void **fixture)
{
    (void)fixture;
    static fleet f;
    size_t close = 0, close_deceived = 0;
    for (uint64_t seed = 1; seed <= test_cases(40); seed++) {
        market m = mixed_market(seed, &f);
        check_policies(&m, seed, "as they are", &close);
        market other = {.world = deceived(m.world, seed), .demand = m.demand};
        check_policies(&other, seed, "deceived", &close_deceived);
        dcat_world_destroy(other.world);
        market_destroy(&m);
    }
    print_message("%zu runs above 70 %% of their bound, %zu of those deceived\n", close,
                  close_deceived);
    assert_true(close > 0); // or a bound of infinity would pass
}

// --- small worlds: bound >= exact >= what the run earns

typedef struct small {
    market m;
    int32_t cluster_of[MARKET_SERVER_MAX];
    dcat_bound_config config;
} small;

static bool take_small(small *s, uint64_t seed, fleet *f)
{
    s->m = mixed_market(seed, f);
    dcat_rng rng = test_rng(seed);
    random_partition(s->m.world, &rng, s->cluster_of);
    s->config = dcat_bound_config_default();
    s->config.cycle_count = dcat_demand_cycle_count(s->m.demand) < 2 ? 1 : 2;
    s->config.cluster_of = s->cluster_of;
    if (dcat_world_server_count(s->m.world) > 10) {
        market_destroy(&s->m);
        return false;
    }
    return true;
}

// What the auctions earn with these clusters, had every winner been paid its limit.
static double earned_at_limits(const small *s)
{
    const dcat_world_config *config = dcat_world_config_view(s->m.world);
    static dcat_task tasks[4096];
    static dcat_award awards[4096];
    dcat_state *state = NULL;
    assert_int_equal(dcat_state_create(s->m.world, s->config.auction, 0, 4096, &state, NULL),
                     DCAT_OK);
    dcat_state_set_clusters(state, s->cluster_of);
    dcat_totals totals = {0};
    double sum = 0.0;
    for (uint32_t c = 0; c < s->config.cycle_count; c++) {
        for (uint32_t slot = 0; slot < (uint32_t)config->slots_per_cycle; slot++) {
            size_t count = dcat_demand_slot(s->m.demand, s->m.world, 0, c, slot, 0, tasks);
            assert_int_equal(dcat_state_step(state, dcat_world_slot_start_s(s->m.world, c, slot), c,
                                             slot, tasks, count, awards, &totals, NULL),
                             DCAT_OK);
            for (size_t n = 0; n < count; n++) {
                sum += awards[n].outcome == DCAT_AUCTION_SOLD ? awards[n].fee - awards[n].limit : 0;
            }
        }
    }
    dcat_state_destroy(state);
    return sum;
}

static void test_bound_is_above_exact_slots_with_classes(void **fixture)
{
    (void)fixture;
    if (dcat_bound_check_exact(NULL) != DCAT_OK) {
        skip();
    }
    static fleet f;
    static small s;
    size_t tried = 0, more = 0, tighter = 0;
    for (uint64_t seed = 1; tried < test_cases(12); seed++) {
        if (!take_small(&s, seed, &f)) {
            continue;
        }
        double bound = bound_of(s.m.world, s.m.demand, &s.config);
        double exact = 0.0, limits = earned_at_limits(&s);
        size_t unproven = 0;
        assert_int_equal(
            dcat_exact_run(s.m.world, s.m.demand, &s.config, 0.0, SECONDS, &exact, &unproven, NULL),
            DCAT_OK);
        assert_true(exact <= bound * (1.0 + 1e-9) + 1e-9);
        assert_true(limits <= bound * (1.0 + 1e-9) + 1e-9);
        s.config.cluster_of = NULL;
        double any = bound_of(s.m.world, s.m.demand, &s.config);
        assert_true(bound <= any * (1.0 + 1e-2)); // neither search for prices is perfect
        tighter += bound < 0.999 * any;
        tried += limits > 0.0;
        more += exact > limits * (1.0 + 1e-9);
        market_destroy(&s.m);
    }
    print_message("%zu of %zu slot by slot above the auctions at limits, %zu bounds tighter "
                  "with the clusters given\n",
                  more, tried, tighter);
    assert_true(4 * more > tried); // or the programs choose nothing
    assert_true(tighter > 0);
}

// --- one slot against all assignments, made one by one in copies of the market

static double gain_of(const dcat_state *state, double now_s, const dcat_task *task, int32_t k)
{
    dcat_offer offer = dcat_state_offer(state, now_s, task, k);
    double gain = dcat_task_fee(dcat_state_world(state), task) - offer.limit;
    return offer.feasible && offer.admitted ? gain : 0.0;
}

static double best_of_all(const dcat_state *state, double now_s, const dcat_task *tasks,
                          const int32_t *order, size_t task_count)
{
    if (task_count == 0) {
        return 0.0;
    }
    const dcat_task *task = &tasks[order[0]];
    double best = best_of_all(state, now_s, tasks, order + 1, task_count - 1);
    for (int32_t k = 0; k < dcat_state_cluster_count(state); k++) {
        double gain = gain_of(state, now_s, task, k);
        if (gain > 0.0) {
            dcat_state *copy = NULL;
            dcat_totals totals = {0};
            assert_int_equal(dcat_state_clone(state, &copy, NULL), DCAT_OK);
            assert_int_equal(dcat_state_award_task(copy, now_s, task, k, 0.0, NULL, &totals, NULL),
                             DCAT_OK);
            best = fmax(best, gain + best_of_all(copy, now_s, tasks, order + 1, task_count - 1));
            dcat_state_destroy(copy);
        }
    }
    return best;
}

// Does some class of a cluster wait for two that do not wait for each other?
static bool waits_by_way(const slot_problem *p)
{
    bool some = false;
    for (size_t at = 0; at < p->class_count * p->cluster_count; at++) {
        some = some || p->alone[at] != p->waits[at];
    }
    return some;
}

typedef struct coverage {
    size_t tried, by_way, sold, late_by_way;
} coverage;

static void check_slot(const small *s, uint64_t seed, coverage *seen)
{
    enum { TASKS = 5 };
    static dcat_task tasks[4096];
    dcat_rng rng = test_rng(seed ^ 0x77);
    dcat_state *state = NULL;
    assert_int_equal(dcat_state_create(s->m.world, s->config.auction, 0, 4096, &state, NULL),
                     DCAT_OK);
    dcat_state_set_clusters(state, s->cluster_of);
    size_t count = dcat_demand_slot(s->m.demand, s->m.world, 0, 0, 0, 0, tasks);
    count = count < TASKS ? count : TASKS;
    size_t Q = dcat_world_class_count(s->m.world);
    int32_t order[TASKS];
    for (int round = 0; round < 3; round++) { // queues grow unevenly
        for (size_t n = 0; n < count; n++) {
            tasks[n].class_id = (int32_t)dcat_rng_below(&rng, (uint32_t)Q);
            tasks[n].deadline_s = rng_in(&rng, 2.0, 6.0);
        }
        slot_problem problem;
        assert_int_equal(slot_problem_create(state, 0.0, tasks, count, &problem, NULL), DCAT_OK);
        dcat_task_order_of(s->m.world, s->config.auction, tasks, count, order);
        dcat_exact_result result;
        dcat_error err = {0};
        int32_t assigned[TASKS];
        if (dcat_exact_slot(state, 0.0, tasks, count, DCAT_BOUND_ORDER_MARKET, SECONDS, assigned,
                            &result, &err) != DCAT_OK) {
            fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
        }
        double best = best_of_all(state, 0.0, tasks, order, count);
        if (!(fabs(result.profit - best) <= 1e-6 * fmax(1.0, best)) || !result.optimal) {
            fail_msg("seed %llu, round %d: %.9g, enumeration %.9g", (unsigned long long)seed, round,
                     result.profit, best);
        }
        assert_false(result.at_most);
        dcat_exact_result any;
        assert_int_equal(dcat_exact_slot(state, 0.0, tasks, count, DCAT_BOUND_ORDER_FREE, SECONDS,
                                         NULL, &any, NULL),
                         DCAT_OK);
        assert_true(any.profit >= best * (1.0 - 1e-6));
        assert_true(any.at_most || Q == 1);
        seen->tried++;
        seen->sold += best > 0.0;
        seen->by_way += waits_by_way(&problem);
        slot_problem_destroy(&problem);
        dcat_totals totals = {0};
        dcat_state_step(state, 0.0, 0, 0, tasks, count < 2 ? count : 2, NULL, &totals, NULL);
    }
    dcat_state_destroy(state);
}

static void test_exact_slot_with_classes_is_the_best_of_all_assignments(void **fixture)
{
    (void)fixture;
    if (dcat_bound_check_exact(NULL) != DCAT_OK) {
        skip();
    }
    static fleet f;
    static small s;
    coverage seen = {0};
    for (uint64_t seed = 1; seed <= test_cases(120); seed++) {
        if (take_small(&s, seed, &f)) {
            check_slot(&s, seed, &seen);
            market_destroy(&s.m);
        }
    }
    print_message("%zu slots, %zu with something to sell, %zu with chains of classes\n", seen.tried,
                  seen.sold, seen.by_way);
    assert_true(seen.sold > seen.tried / 3 && seen.by_way > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound_holds_for_every_policy_with_classes),
        cmocka_unit_test(test_bound_is_above_exact_slots_with_classes),
        cmocka_unit_test(test_exact_slot_with_classes_is_the_best_of_all_assignments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
