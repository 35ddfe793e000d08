// SPDX-License-Identifier: Apache-2.0
// Exact optima against plain enumeration.

#include "bound/slot_problem.h"
#include "dcat/x/bound.h"
#include "random_world.h"
#include <stdio.h>
#include <string.h>

#define SECONDS 30.0
#define TASK_MAX 64

static void need_solver(void)
{
    if (!dcat_bound_has_exact()) {
        skip();
    }
}

// --- enumeration

// Best profit over all assignments and, for each, over all orders in which tasks are handed out.
// Walks (C + 1)^N assignments; the order is checked by trying all N! hand-outs.
typedef struct brute {
    const slot_problem *problem;
    bool free_order;
    int32_t assigned[8];
    double best;
} brute;

static bool on_time_in_order(const slot_problem *p, const int32_t *assigned, const size_t *order)
{
    double busy_s[MARKET_SERVER_MAX];
    memcpy(busy_s, p->queue_s, sizeof *busy_s * p->cluster_count);
    for (size_t i = 0; i < p->task_count; i++) {
        if (assigned[order[i]] >= 0) {
            size_t k = (size_t)assigned[order[i]];
            size_t at = order[i] * p->cluster_count + k;
            busy_s[k] += p->processing_s[at];
            if (busy_s[k] > p->latest_s[at] + 1e-9) {
                return false;
            }
        }
    }
    return true;
}

static bool some_order_is_on_time(const slot_problem *p, const int32_t *assigned, size_t *order,
                                  size_t fixed)
{
    if (fixed == p->task_count) {
        return on_time_in_order(p, assigned, order);
    }
    for (size_t i = fixed; i < p->task_count; i++) {
        size_t swap = order[fixed];
        order[fixed] = order[i];
        order[i] = swap;
        bool found = some_order_is_on_time(p, assigned, order, fixed + 1);
        order[i] = order[fixed];
        order[fixed] = swap;
        if (found) {
            return true;
        }
    }
    return false;
}

static void enumerate(brute *b, size_t task, double profit)
{
    const slot_problem *p = b->problem;
    if (task < p->task_count) {
        b->assigned[task] = -1;
        enumerate(b, task + 1, profit);
        for (size_t k = 0; k < p->cluster_count; k++) {
            size_t at = task * p->cluster_count + k;
            if (p->allowed[at]) {
                b->assigned[task] = (int32_t)k;
                enumerate(b, task + 1, profit + p->gain[at]);
            }
        }
        return;
    }
    size_t order[8];
    for (size_t i = 0; i < p->task_count; i++) {
        order[i] = b->free_order ? i : (size_t)p->order[i];
    }
    if (profit > b->best && (b->free_order ? some_order_is_on_time(p, b->assigned, order, 0)
                                           : on_time_in_order(p, b->assigned, order))) {
        b->best = profit;
    }
}

static double enumerated(const slot_problem *problem, dcat_bound_order order)
{
    brute b = {.problem = problem, .free_order = order == DCAT_BOUND_ORDER_FREE};
    enumerate(&b, 0, 0.0);
    return b.best;
}

// --- random slots

// A state some slots into a run, so that queues are uneven, and the next slot's tasks.
typedef struct snapshot {
    market m;
    dcat_state *state;
    dcat_task tasks[4096];
    size_t task_count;
    double now_s;
} snapshot;

static void take_snapshot(snapshot *s, uint64_t seed, size_t task_max)
{
    s->m = market_create(seed);
    dcat_rng rng = test_rng(seed ^ 0x5151);
    size_t most = dcat_demand_slot_task_max(s->m.demand);
    assert_true(most <= 4096);
    assert_int_equal(
        dcat_state_create(s->m.world, dcat_auction_find("rea-s"), seed, most, &s->state, NULL),
        DCAT_OK);
    int32_t cluster_of[MARKET_SERVER_MAX];
    random_partition(s->m.world, &rng, cluster_of);
    dcat_state_set_clusters(s->state, cluster_of);
    double slot_s = dcat_world_config_view(s->m.world)->slot_s;
    dcat_totals totals = {0};
    for (uint32_t slot = 0; slot < 4; slot++) {
        s->now_s = slot * slot_s;
        s->task_count = dcat_demand_slot(s->m.demand, s->m.world, seed, 0, 0, 0, s->tasks);
        for (size_t n = 0; n < s->task_count; n++) {
            s->tasks[n].arrival_s = s->now_s;
        }
        if (slot < 3) {
            dcat_state_step(s->state, s->now_s, 0, slot, s->tasks, s->task_count, NULL, &totals,
                            NULL);
        }
    }
    s->task_count = s->task_count < task_max ? s->task_count : task_max;
}

static void drop_snapshot(snapshot *s)
{
    dcat_state_destroy(s->state);
    market_destroy(&s->m);
}

static void test_exact_slot_is_the_best_of_all_assignments(void **fixture)
{
    (void)fixture;
    need_solver();
    static snapshot s;
    size_t busy = 0;
    for (uint64_t seed = 1; seed <= test_cases(24); seed++) {
        take_snapshot(&s, seed, 4);
        slot_problem problem;
        assert_int_equal(
            slot_problem_create(s.state, s.now_s, s.tasks, s.task_count, &problem, NULL), DCAT_OK);
        for (int order = DCAT_BOUND_ORDER_FREE; order <= DCAT_BOUND_ORDER_MARKET; order++) {
            dcat_exact_result result;
            dcat_error err = {0};
            int32_t assigned[8];
            if (dcat_exact_slot(s.state, s.now_s, s.tasks, s.task_count, (dcat_bound_order)order,
                                SECONDS, assigned, &result, &err) != DCAT_OK) {
                fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
            }
            double expected = enumerated(&problem, (dcat_bound_order)order);
            assert_true(result.optimal);
            if (!(fabs(result.profit - expected) <= 1e-6 * fmax(1.0, expected))) {
                fail_msg("seed %llu, order %d: %.9g, enumeration %.9g", (unsigned long long)seed,
                         order, result.profit, expected);
            }
            assert_near(slot_problem_profit(&problem, (dcat_bound_order)order, assigned),
                        result.profit, 1e-12);
            busy += expected > 0.0;
        }
        slot_problem_destroy(&problem);
        drop_snapshot(&s);
    }
    assert_true(busy > 12); // or the test says nothing
}

static void test_exact_slot_earns_no_less_than_the_auction(void **fixture)
{
    (void)fixture;
    need_solver();
    static snapshot s;
    size_t better = 0;
    for (uint64_t seed = 1; seed <= test_cases(12); seed++) {
        take_snapshot(&s, seed, TASK_MAX);
        dcat_exact_result same, best;
        dcat_error err = {0};
        assert_int_equal(dcat_exact_slot(s.state, s.now_s, s.tasks, s.task_count,
                                         DCAT_BOUND_ORDER_MARKET, SECONDS, NULL, &same, &err),
                         DCAT_OK);
        assert_int_equal(dcat_exact_slot(s.state, s.now_s, s.tasks, s.task_count,
                                         DCAT_BOUND_ORDER_FREE, SECONDS, NULL, &best, &err),
                         DCAT_OK);
        dcat_totals totals = {0};
        static dcat_award awards[4096];
        dcat_state_step(s.state, s.now_s, 0, 99, s.tasks, s.task_count, awards, &totals, NULL);
        double at_limits = 0.0;
        for (size_t n = 0; n < s.task_count; n++) {
            at_limits += awards[n].cluster >= 0 ? awards[n].fee - awards[n].limit : 0.0;
        }
        double tolerance = 1e-6 * fmax(1.0, at_limits);
        assert_true(dcat_totals_profit(&totals) <= at_limits + tolerance);
        assert_true(at_limits <= same.bound + tolerance);
        assert_true(same.profit <= best.bound + tolerance);
        better += best.profit > at_limits + tolerance;
        drop_snapshot(&s);
    }
    assert_true(better > 0);
}

// One server of 250 GHz; two tasks of 250 G with the deadline 1.5 s and 2.5 s and no transfer to
// speak of. Each takes 1 s: both are on time only when the urgent one goes first. The market's
// order is that of arrival, the patient one first: then only one can be served.
static void test_exact_slot_orders_by_last_moment(void **fixture)
{
    (void)fixture;
    need_solver();
    dcat_world_config config = dcat_world_config_default();
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area area = {.node = 0};
    dcat_world *world = NULL;
    dcat_state *state = NULL;
    assert_int_equal(dcat_world_create(&config, &server, 1, &area, 1, 1, &world, NULL), DCAT_OK);
    assert_int_equal(dcat_state_create(world, dcat_auction_find("rea-s"), 1, 2, &state, NULL),
                     DCAT_OK);
    const dcat_task tasks[] = {
        {.work_cycles = 250e9, .data_bits = 1e3, .deadline_s = 2.5, .value = INFINITY},
        {.work_cycles = 250e9, .data_bits = 1e3, .deadline_s = 1.5, .value = INFINITY},
    };
    double limit = 250e9 * dcat_world_unit_cost_view(world)[0];
    // Fees (5): 250 * 10 * (1 + 2 / 2.5) = 4500 and 250 * 10 * (1 + 2 / 1.5) = 5833.33.
    dcat_exact_result result;
    assert_int_equal(
        dcat_exact_slot(state, 0.0, tasks, 2, DCAT_BOUND_ORDER_FREE, SECONDS, NULL, &result, NULL),
        DCAT_OK);
    assert_near(result.profit, 4500.0 + 17500.0 / 3.0 - 2.0 * limit, 1e-9);
    assert_int_equal(dcat_exact_slot(state, 0.0, tasks, 2, DCAT_BOUND_ORDER_MARKET, SECONDS, NULL,
                                     &result, NULL),
                     DCAT_OK);
    assert_near(result.profit, 17500.0 / 3.0 - limit, 1e-9);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

// One server of 250 GHz, slots of 1 s. 500 G at 1 s keeps it busy until 3 s. 250 G at 2 s would be
// done at 4 s, 2 s after its arrival: too late for its 1.9 s. 250 G at 5 s finds it idle.
static void test_exact_run_keeps_its_queues(void **fixture)
{
    (void)fixture;
    need_solver();
    dcat_world_config world_config = dcat_world_config_default();
    world_config.slot_s = 1.0;
    world_config.slots_per_cycle = 3; // so the third task is in the second cycle
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area area = {.node = 0};
    const dcat_task tasks[] = {
        {.arrival_s = 1.0, .work_cycles = 500e9, .deadline_s = 2.5, .value = INFINITY},
        {.arrival_s = 2.0, .work_cycles = 250e9, .deadline_s = 1.9, .value = INFINITY},
        {.arrival_s = 5.0, .work_cycles = 250e9, .deadline_s = 1.9, .value = INFINITY},
    };
    dcat_world *world = NULL;
    dcat_demand *demand = NULL;
    assert_int_equal(dcat_world_create(&world_config, &server, 1, &area, 1, 1, &world, NULL),
                     DCAT_OK);
    assert_int_equal(dcat_demand_create_tasks(tasks, 3, 1, 1.0, 3, &demand, NULL), DCAT_OK);
    const int32_t cluster_of[] = {0};
    dcat_bound_config config = dcat_bound_config_default();
    config.cluster_of = cluster_of;
    config.cycle_count = 2;
    double profit = 0.0;
    size_t unproven = 1;
    assert_int_equal(dcat_exact_run(world, demand, &config, 0.0, SECONDS, &profit, &unproven, NULL),
                     DCAT_OK);
    // Fees (5): 5000 (1 + 2 / 2.5) = 9000 and 2500 (1 + 2 / 1.9) = 5131.58.
    double limits = 750e9 * dcat_world_unit_cost_view(world)[0];
    assert_near(profit, 9000.0 + 2500.0 * (1.0 + 2.0 / 1.9) - limits, 1e-9);
    assert_int_equal(unproven, 0);
    config.cluster_of = NULL;
    assert_int_equal(dcat_exact_run(world, demand, &config, 0.0, SECONDS, &profit, &unproven, NULL),
                     DCAT_ERR_FIELD);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

// --- clustering and assignment

static bool is_legal(const dcat_world *world, const int32_t *cluster_of, size_t server_count)
{
    for (size_t i = 0; i < server_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (cluster_of[i] == cluster_of[j] && dcat_world_distance_m(world, (int)i, (int)j) >
                                                      dcat_world_config_view(world)->span_m_max) {
                return false;
            }
        }
    }
    return true;
}

// All S^S labellings, most of them the same partition many times over: slow and plain.
static double best_of_all_labellings(const dcat_world *world, const dcat_task *tasks,
                                     size_t task_count)
{
    size_t server_count = dcat_world_server_count(world);
    size_t labellings = 1;
    for (size_t i = 0; i < server_count; i++) {
        labellings *= server_count;
    }
    dcat_state *state = NULL;
    assert_int_equal(
        dcat_state_create(world, dcat_auction_find("rea-s"), 0, task_count, &state, NULL), DCAT_OK);
    double best = 0.0;
    for (size_t code = 0; code < labellings; code++) {
        int32_t cluster_of[5], scratch[5];
        size_t rest = code;
        for (size_t i = 0; i < server_count; i++, rest /= server_count) {
            cluster_of[i] = (int32_t)(rest % server_count);
        }
        if (is_legal(world, cluster_of, server_count)) {
            dcat_partition_canonical(cluster_of, server_count, scratch);
            dcat_state_set_clusters(state, cluster_of);
            slot_problem problem;
            assert_int_equal(slot_problem_create(state, 0.0, tasks, task_count, &problem, NULL),
                             DCAT_OK);
            best = fmax(best, enumerated(&problem, DCAT_BOUND_ORDER_FREE));
            slot_problem_destroy(&problem);
        }
    }
    dcat_state_destroy(state);
    return best;
}

static dcat_world *tiny_world(uint64_t seed, size_t server_count)
{
    dcat_world_config config = dcat_world_config_default();
    dcat_server servers[5];
    dcat_area areas[2];
    config.span_m_max = 250e3;
    dcat_draw_servers(seed, 400e3, (dcat_range){200e9, 300e9}, 100, servers, server_count);
    dcat_draw_areas(seed, 400e3, areas, 2);
    dcat_world *world = NULL;
    assert_int_equal(
        dcat_world_create(&config, servers, server_count, areas, 2, seed, &world, NULL), DCAT_OK);
    return world;
}

static void test_exact_clustering_is_the_best_of_all_partitions(void **fixture)
{
    (void)fixture;
    need_solver();
    size_t single = 0, several = 0;
    for (uint64_t seed = 1; seed <= test_cases(5); seed++) {
        dcat_world *world = tiny_world(seed, 4);
        dcat_rng rng = test_rng(seed);
        dcat_task tasks[4];
        for (size_t n = 0; n < 4; n++) {
            tasks[n] = (dcat_task){.work_cycles = rng_in(&rng, 500e9, 900e9),
                                   .data_bits = 20e6,
                                   .deadline_s = rng_in(&rng, 2.0, 3.0),
                                   .value = INFINITY,
                                   .area = (int32_t)(n % 2)};
        }
        int32_t cluster_of[5];
        dcat_exact_result result;
        dcat_error err = {0};
        if (dcat_exact_clustering(world, dcat_auction_find("rea-s"), 0.0, tasks, 4, SECONDS,
                                  cluster_of, &result, &err) != DCAT_OK) {
            fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
        }
        double expected = best_of_all_labellings(world, tasks, 4);
        if (!(fabs(result.profit - expected) <= 1e-6 * fmax(1.0, expected))) {
            fail_msg("seed %llu: %.9g, enumeration %.9g", (unsigned long long)seed, result.profit,
                     expected);
        }
        assert_true(is_legal(world, cluster_of, 4));
        single += cluster_of[3] == 0;
        several += cluster_of[3] != 0;
        dcat_world_destroy(world);
    }
    assert_true(several > 0);
    (void)single;
}

// A run of one slot from empty queues is that slot's optimum; no run earns more than the bound for
// its clusters; and a price on work above every fee leaves nothing worth serving.
static void test_exact_run_is_the_optimum_of_slot_after_slot(void **fixture)
{
    (void)fixture;
    need_solver();
    static dcat_task tasks[4096];
    size_t served = 0;
    for (uint64_t seed = 1; seed <= test_cases(6); seed++) {
        market m = market_create(seed);
        dcat_rng rng = test_rng(seed);
        int32_t cluster_of[MARKET_SERVER_MAX];
        random_partition(m.world, &rng, cluster_of);
        dcat_bound_config config = dcat_bound_config_default();
        config.seed = seed;
        config.cluster_of = cluster_of;
        dcat_bound_result bound;
        double profit = -1.0, nothing = -1.0;
        size_t unproven = 0;
        dcat_error err = {0};
        if (dcat_exact_run(m.world, m.demand, &config, 0.0, SECONDS, &profit, &unproven, &err) !=
            DCAT_OK) {
            fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
        }
        assert_int_equal(unproven, 0);
        assert_int_equal(dcat_bound_run(m.world, m.demand, &config, NULL, &bound, &err), DCAT_OK);
        assert_true(profit <= bound.total * (1.0 + 1e-9));
        assert_int_equal(
            dcat_exact_run(m.world, m.demand, &config, 1.0, SECONDS, &nothing, &unproven, &err),
            DCAT_OK);
        assert_true(nothing == 0.0);
        served += profit > 0.0;

        // The first slot alone, which is all there is when a cycle has one slot.
        if (dcat_world_config_view(m.world)->slots_per_cycle == 1) {
            dcat_state *state = NULL;
            dcat_exact_result slot;
            size_t most = dcat_demand_slot_task_max(m.demand);
            assert_true(most <= 4096);
            assert_int_equal(
                dcat_state_create(m.world, dcat_auction_find("rea-s"), seed, most, &state, NULL),
                DCAT_OK);
            dcat_state_set_clusters(state, cluster_of);
            size_t count = dcat_demand_slot(m.demand, m.world, seed, 0, 0, 0, tasks);
            assert_int_equal(dcat_exact_slot(state, 0.0, tasks, count, DCAT_BOUND_ORDER_FREE,
                                             SECONDS, NULL, &slot, NULL),
                             DCAT_OK);
            assert_near(profit, slot.profit, 1e-9);
            dcat_state_destroy(state);
        }
        market_destroy(&m);
    }
    assert_true(served > 0);
}

static void test_exact_says_what_it_cannot_do(void **fixture)
{
    (void)fixture;
    market m = market_create(3);
    dcat_state *state = NULL;
    dcat_error err = {0};
    dcat_exact_result result;
    const dcat_task task = {.work_cycles = 1e9, .deadline_s = 1.0, .value = INFINITY};
    assert_int_equal(dcat_state_create(m.world, dcat_auction_find("rea-s"), 1, 4, &state, NULL),
                     DCAT_OK);
    if (!dcat_bound_has_exact()) {
        assert_int_equal(
            dcat_exact_slot(state, 0.0, &task, 1, DCAT_BOUND_ORDER_FREE, 1.0, NULL, &result, &err),
            DCAT_ERR_NOT_FOUND);
        assert_non_null(strstr(err.message, "no exact solver"));
    } else {
        assert_int_equal(
            dcat_exact_slot(state, 0.0, &task, 1, DCAT_BOUND_ORDER_FREE, 0.0, NULL, &result, &err),
            DCAT_ERR_RANGE);
        assert_int_equal(dcat_exact_clustering(m.world, dcat_auction_find("rea-s"), 0.0, &task, 1,
                                               1.0, NULL, &result, &err),
                         dcat_world_server_count(m.world) > DCAT_EXACT_SERVER_MAX ? DCAT_ERR_RANGE
                                                                                  : DCAT_OK);
    }
    dcat_state_destroy(state);
    market_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_slot_is_the_best_of_all_assignments),
        cmocka_unit_test(test_exact_slot_earns_no_less_than_the_auction),
        cmocka_unit_test(test_exact_slot_orders_by_last_moment),
        cmocka_unit_test(test_exact_clustering_is_the_best_of_all_partitions),
        cmocka_unit_test(test_exact_run_keeps_its_queues),
        cmocka_unit_test(test_exact_run_is_the_optimum_of_slot_after_slot),
        cmocka_unit_test(test_exact_says_what_it_cannot_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
