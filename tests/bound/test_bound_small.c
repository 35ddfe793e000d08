// SPDX-License-Identifier: Apache-2.0
// The bound against enumeration in small worlds, under each queue rule: never below what can be
// earned, and how far above.

#include "dcat/x/bound.h"
#include "dcat/x/task_auction.h"
#include "dcat/x/world_facts.h"
#include "random_world.h"
#include <string.h>

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

static const char *const queue_names[] = {[DCAT_QUEUE_FIFO] = "fifo", [DCAT_QUEUE_PAPER] = "paper"};

// --- against the optimum of a player who knows the future

enum { TINY_SLOTS = 3, TINY_TASKS = 6, TINY_SERVERS = 3 };

typedef struct tiny {
    dcat_queue_rule queue;
    dcat_world *world;
    dcat_demand *demand;
    dcat_task tasks[TINY_TASKS]; // in order of arrival
    int32_t cluster_of[TINY_SERVERS];
    dcat_state *state; // holding the clusters
} tiny;

// In half of the worlds transfers are short, in the other half as long as the work: up to 1.5 s.
static void draw_tasks(tiny *t, dcat_rng *rng)
{
    bool one_size = rng_chance(rng, 0.5);
    bool is_far = rng_chance(rng, 0.5);
    double same_s = rng_in(rng, 0.0, 1.5);
    for (int n = 0; n < TINY_TASKS; n++) {
        dcat_path path = dcat_world_path(t->world, n % 2, 0);
        double far_bits = (one_size ? same_s : rng_in(rng, 0.0, 1.5)) / path.seconds_per_bit;
        double near_bits = one_size ? 20e6 : rng_in(rng, 0.0, 40e6);
        t->tasks[n] = (dcat_task){
            .arrival_s = (double)(n / 2) - (n / 2 > 0 ? rng_in(rng, 0.0, 0.3) : 0.0),
            .work_cycles = rng_in(rng, 300e9, 800e9),
            .data_bits = is_far ? far_bits : near_bits,
            .deadline_s = rng_in(rng, 1.5, 3.5),
            .value = INFINITY,
            .area = n % 2,
        };
    }
}

// Three servers within the span limit or not, six tasks in three slots of a second.
static void make_tiny(tiny *t, uint64_t seed, dcat_queue_rule queue)
{
    dcat_rng rng = test_rng(seed);
    dcat_world_config config = dcat_world_config_default();
    dcat_server servers[TINY_SERVERS];
    dcat_area areas[2];
    config.slots_per_cycle = TINY_SLOTS;
    config.span_m_max = 250e3;
    config.market.queue = queue;
    config.market.time_cost_per_s = rng_chance(&rng, 0.5) ? 20.0 : 1500.0;
    dcat_draw_servers(seed, 350e3, (dcat_range){200e9, 300e9}, 100, servers, TINY_SERVERS);
    dcat_draw_areas(seed, 350e3, areas, 2);
    market_draw_shares(seed, false, &config, servers, TINY_SERVERS);
    t->queue = queue;
    assert_int_equal(
        dcat_world_create(&config, servers, TINY_SERVERS, areas, 2, seed, &t->world, NULL),
        DCAT_OK);
    draw_tasks(t, &rng);
    assert_int_equal(
        dcat_demand_create_tasks(t->tasks, TINY_TASKS, 2, 1.0, TINY_SLOTS, &t->demand, NULL),
        DCAT_OK);
    assert_int_equal(
        dcat_state_create(t->world, dcat_auction_find("rea-s"), seed, TINY_TASKS, &t->state, NULL),
        DCAT_OK);
    random_partition(t->world, &rng, t->cluster_of);
    dcat_state_set_clusters(t->state, t->cluster_of);
}

static void drop_tiny(tiny *t)
{
    dcat_state_destroy(t->state);
    dcat_demand_destroy(t->demand);
    dcat_world_destroy(t->world);
}

// Serve task n by the offer of a cluster that is free from *free_s on. false: it would be late.
static bool serve(const tiny *t, size_t n, const dcat_offer *offer, double now_s, double *free_s)
{
    bool waits_for_data = t->queue == DCAT_QUEUE_FIFO;
    double ready_s = waits_for_data ? now_s + offer->transfer_s : now_s;
    *free_s = fmax(*free_s, ready_s) + offer->processing_s;
    double done_s = waits_for_data ? *free_s : *free_s + offer->transfer_s;
    return done_s - t->tasks[n].arrival_s <= t->tasks[n].deadline_s;
}

// The best of all (C + 1)^6 assignments, tasks of a slot in the market's order or in either.
static double best_future(const tiny *t, const dcat_offer *offer, size_t pair, int order_count,
                          double *free_s)
{
    if (pair == TINY_SLOTS) {
        return 0.0;
    }
    size_t C = (size_t)dcat_state_cluster_count(t->state);
    double best = 0.0;
    for (int flip = 0; flip < order_count; flip++) {
        size_t task[2] = {2 * pair + (size_t)flip, 2 * pair + 1 - (size_t)flip};
        for (size_t code = 0; code < (C + 1) * (C + 1); code++) {
            size_t choice[2] = {code % (C + 1), code / (C + 1)};
            double saved_s[TINY_SERVERS];
            memcpy(saved_s, free_s, sizeof saved_s);
            double profit = 0.0;
            bool on_time = true;
            for (int i = 0; i < 2 && on_time; i++) {
                if (choice[i] == C) {
                    continue; // not served
                }
                const dcat_task *n = &t->tasks[task[i]];
                const dcat_offer *o = &offer[task[i] * C + choice[i]];
                on_time = serve(t, task[i], o, (double)pair, &free_s[choice[i]]);
                double fee = n->work_cycles * 1e-9 * 10.0 * (1.0 + 2.0 / n->deadline_s);
                profit += fee - o->limit;
            }
            if (on_time) {
                best = fmax(best, profit + best_future(t, offer, pair + 1, order_count, free_s));
            }
            memcpy(free_s, saved_s, sizeof saved_s);
        }
    }
    return best;
}

static double clairvoyant(const tiny *t, int order_count)
{
    size_t C = (size_t)dcat_state_cluster_count(t->state);
    dcat_offer offer[TINY_TASKS * TINY_SERVERS];
    for (size_t n = 0; n < TINY_TASKS; n++) {
        for (size_t k = 0; k < C; k++) {
            offer[n * C + k] = dcat_state_offer(t->state, 0.0, &t->tasks[n], (int32_t)k);
        }
    }
    double free_s[TINY_SERVERS] = {0};
    return best_future(t, offer, 0, order_count, free_s);
}

static void check_future(dcat_queue_rule queue)
{
    double sum_given = 0.0, sum_any = 0.0, sum_best = 0.0, sum_market = 0.0;
    for (uint64_t seed = 1; seed <= test_cases(40); seed++) {
        tiny t;
        make_tiny(&t, seed, queue);
        double best = clairvoyant(&t, 2);
        double in_order = clairvoyant(&t, 1);
        dcat_bound_config config = dcat_bound_config_default();
        config.cluster_of = t.cluster_of;
        double given = bound_of(t.world, t.demand, &config);
        config.cluster_of = NULL;
        double any = bound_of(t.world, t.demand, &config);
        config.option_max = 1;
        double coarse = bound_of(t.world, t.demand, &config);
        assert_true(in_order <= best);
        if (!(best <= given * (1.0 + 1e-9) && best <= any * (1.0 + 1e-9) &&
              best <= coarse * (1.0 + 1e-9))) {
            fail_msg("%s, seed %llu: optimum %.9g, bounds %.9g given clusters, %.9g, %.9g coarse",
                     queue_names[queue], (unsigned long long)seed, best, given, any, coarse);
        }
        sum_given += given;
        sum_any += any;
        sum_best += best;
        sum_market += in_order;
        drop_tiny(&t);
    }
    print_message("%s: bound over optimum of tiny runs %.3f with their clusters, %.3f with any; "
                  "market's order %.3f of the optimum\n",
                  queue_names[queue], sum_given / sum_best, sum_any / sum_best,
                  sum_market / sum_best);
    assert_true(sum_market < sum_best); // or the orders say nothing
    assert_true(sum_given < 1.2 * sum_best);
}

static void test_bound_holds_for_one_who_knows_the_future(void **fixture)
{
    (void)fixture;
    check_future(DCAT_QUEUE_FIFO);
    check_future(DCAT_QUEUE_PAPER);
}

static void test_bound_holds_for_the_best_clustering(void **fixture)
{
    (void)fixture;
    if (dcat_bound_check_exact(NULL) != DCAT_OK) {
        skip();
    }
    double sum_bound = 0.0, sum_best = 0.0;
    for (uint64_t seed = 1; seed <= test_cases(16); seed++) {
        tiny t;
        make_tiny(&t, seed, seed % 2 == 0 ? DCAT_QUEUE_FIFO : DCAT_QUEUE_PAPER);
        dcat_demand_destroy(t.demand);
        for (int n = 0; n < TINY_TASKS; n++) {
            t.tasks[n].arrival_s = 0.0;
        }
        assert_int_equal(
            dcat_demand_create_tasks(t.tasks, TINY_TASKS, 2, 1.0, TINY_SLOTS, &t.demand, NULL),
            DCAT_OK);
        dcat_exact_result exact;
        assert_int_equal(dcat_exact_clustering(t.world, dcat_auction_find("rea-s"), 0.0, t.tasks,
                                               TINY_TASKS, 30.0, NULL, &exact, NULL),
                         DCAT_OK);
        dcat_bound_config config = dcat_bound_config_default();
        double bound = bound_of(t.world, t.demand, &config);
        assert_true(exact.optimal);
        if (!(exact.profit <= bound * (1.0 + 1e-9))) {
            fail_msg("seed %llu: optimum %.9g above the bound %.9g", (unsigned long long)seed,
                     exact.profit, bound);
        }
        sum_bound += bound;
        sum_best += exact.profit;
        drop_tiny(&t);
    }
    print_message("bound / optimum of clustering and assignment: %.3f\n", sum_bound / sum_best);
    assert_true(sum_bound < 1.5 * sum_best);
}

// --- data that travels while others are worked on

// One server of 250 GHz and tasks that are there at 0. Task n takes length_s[n], its data
// transfer_s[n], and its deadline is deadline_s[n].
typedef struct line {
    dcat_world *world;
    dcat_demand *demand;
    double gain[TINY_TASKS]; // fee less limit
} line;

static void make_line(line *l, dcat_queue_rule queue, size_t count, const double *transfer_s,
                      const double *length_s, const double *deadline_s)
{
    dcat_world_config config = dcat_world_config_default();
    config.market.queue = queue;
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area area = {.node = 0};
    assert_int_equal(dcat_world_create(&config, &server, 1, &area, 1, 1, &l->world, NULL), DCAT_OK);
    dcat_path path = dcat_world_path(l->world, 0, 0);
    dcat_task tasks[TINY_TASKS];
    for (size_t n = 0; n < count; n++) {
        double bits = (transfer_s[n] - path.propagation_s) / path.seconds_per_bit;
        tasks[n] = (dcat_task){.work_cycles = 250e9 * length_s[n],
                               .data_bits = fmax(0.0, bits),
                               .deadline_s = deadline_s[n] + 1e-4,
                               .value = INFINITY};
        // Fee (5): 10 a giga-cycle, urgency 2 s.
        double fee = 2500.0 * length_s[n] * (1.0 + 2.0 / tasks[n].deadline_s);
        l->gain[n] = fee - tasks[n].work_cycles * dcat_world_unit_cost_view(l->world)[0];
    }
    assert_int_equal(dcat_demand_create_tasks(tasks, count, 1, config.slot_s,
                                              config.slots_per_cycle, &l->demand, NULL),
                     DCAT_OK);
}

static double bound_of_line(const line *l, bool given)
{
    const int32_t cluster_of[] = {0};
    dcat_bound_config config = dcat_bound_config_default();
    config.cluster_of = given ? cluster_of : NULL;
    return bound_of(l->world, l->demand, &config);
}

static void drop_line(line *l)
{
    dcat_demand_destroy(l->demand);
    dcat_world_destroy(l->world);
}

// Two tasks of 1 s. The data of the first is there at 0, its deadline is 1 s; that of the second
// comes at 1 s, its deadline is 2 s. fifo serves both, in [0, 1] and [1, 2]. Under paper both would
// need [0, 1], so the best is the first, which pays 1 + 2 / 1 in place of 1 + 2 / 2 for the second.
static void test_bound_lets_data_travel_while_others_are_worked_on(void **fixture)
{
    (void)fixture;
    const double transfer_s[] = {0.0, 1.0}, length_s[] = {1.0, 1.0}, deadline_s[] = {1.0, 2.0};
    for (int given = 0; given < 2; given++) {
        line fifo, paper;
        make_line(&fifo, DCAT_QUEUE_FIFO, 2, transfer_s, length_s, deadline_s);
        make_line(&paper, DCAT_QUEUE_PAPER, 2, transfer_s, length_s, deadline_s);
        double both = fifo.gain[0] + fifo.gain[1];
        assert_near(bound_of_line(&fifo, given), both, 1e-9);
        double bound = bound_of_line(&paper, given);
        assert_true(bound >= paper.gain[0]);
        assert_true(bound < 0.9 * both);
        drop_line(&fifo);
        drop_line(&paper);
    }
}

// Two tasks of 1 s with a deadline of 2 s whose data comes at 1 s: under fifo both need [1, 2].
// Under paper the data takes its second at the end, and both need [0, 1]. So one is served.
static void test_bound_counts_no_time_before_the_data_is_there(void **fixture)
{
    (void)fixture;
    const double transfer_s[] = {1.0, 1.0}, length_s[] = {1.0, 1.0}, deadline_s[] = {2.0, 2.0};
    for (int given = 0; given < 2; given++) {
        for (int queue = DCAT_QUEUE_FIFO; queue <= DCAT_QUEUE_PAPER; queue++) {
            line l;
            make_line(&l, (dcat_queue_rule)queue, 2, transfer_s, length_s, deadline_s);
            double bound = bound_of_line(&l, given);
            assert_true(bound >= l.gain[0]);
            assert_true(bound < 1.01 * l.gain[0]);
            drop_line(&l);
        }
    }
}

// Up to six tasks one after the other, each with its data there just before the server turns to
// it and its deadline when it is done. fifo serves them all, so no bound is below what they pay.
static void test_bound_holds_for_tasks_without_a_gap(void **fixture)
{
    (void)fixture;
    double most = 0.0;
    for (uint64_t seed = 1; seed <= test_cases(40); seed++) {
        dcat_rng rng = test_rng(seed ^ 0x6a9);
        size_t count = 2 + dcat_rng_below(&rng, TINY_TASKS - 1);
        double transfer_s[TINY_TASKS], length_s[TINY_TASKS], deadline_s[TINY_TASKS];
        double free_s = 0.0, sum = 0.0;
        for (size_t n = 0; n < count; n++) {
            transfer_s[n] = free_s;
            length_s[n] = rng_in(&rng, 0.2, 1.2);
            free_s += length_s[n];
            deadline_s[n] = free_s;
        }
        line l;
        make_line(&l, DCAT_QUEUE_FIFO, count, transfer_s, length_s, deadline_s);
        for (size_t n = 0; n < count; n++) {
            sum += l.gain[n];
        }
        for (int given = 0; given < 2; given++) {
            double bound = bound_of_line(&l, given);
            assert_true(bound >= sum * (1.0 - 1e-12));
            most = fmax(most, bound / sum);
        }
        drop_line(&l);
    }
    print_message("bound over optimum without a gap: at most %.4f\n", most);
    assert_true(most < 1.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound_holds_for_one_who_knows_the_future),
        cmocka_unit_test(test_bound_holds_for_the_best_clustering),
        cmocka_unit_test(test_bound_lets_data_travel_while_others_are_worked_on),
        cmocka_unit_test(test_bound_counts_no_time_before_the_data_is_there),
        cmocka_unit_test(test_bound_holds_for_tasks_without_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
