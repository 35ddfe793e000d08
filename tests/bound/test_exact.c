// SPDX-License-Identifier: Apache-2.0
// Exact optima of a slot against plain enumeration.

#include "bound/child.h"
#include "bound/slot_problem.h"
#include "dcat/x/task_auction.h"
#include "enumerate.h"

#define SECONDS 30.0
#define TASK_MAX 64

static void need_solver(void)
{
    if (dcat_bound_check_exact(NULL) != DCAT_OK) {
        skip();
    }
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

// Data takes up to 20 times as long as usual in half of them, which is as long as the work.
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
            s->tasks[n].data_bits *= seed % 4 < 2 ? 1.0 : rng_in(&rng, 1.0, 20.0);
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

static double solved(const snapshot *s, uint64_t seed, dcat_bound_order order, bool *at_most)
{
    dcat_exact_result result;
    dcat_error err = {0};
    int32_t assigned[ENUMERATE_TASK_MAX];
    if (dcat_exact_slot(s->state, s->now_s, s->tasks, s->task_count, order, SECONDS, assigned,
                        &result, &err) != DCAT_OK) {
        fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
    }
    assert_true(result.optimal);
    slot_problem problem;
    assert_int_equal(
        slot_problem_create(s->state, s->now_s, s->tasks, s->task_count, &problem, NULL), DCAT_OK);
    assert_near(slot_problem_profit(&problem, order, assigned), result.profit, 1e-12);
    slot_problem_destroy(&problem);
    *at_most = result.at_most;
    return result.profit;
}

static void must_be(double profit, double expected, uint64_t seed, const char *what)
{
    if (!(fabs(profit - expected) <= 1e-6 * fmax(1.0, expected))) {
        fail_msg("seed %llu, %s: %.9g, enumeration %.9g", (unsigned long long)seed, what, profit,
                 expected);
    }
}

// The market's order is exact under either rule. Free order is exact under paper; under fifo it is
// what can be done with interruptions, at least as much as in the best order.
static void test_exact_slot_is_the_best_of_all_assignments(void **fixture)
{
    (void)fixture;
    need_solver();
    static snapshot s;
    size_t busy[2] = {0, 0};
    double sum_free = 0.0, sum_any = 0.0, sum_market = 0.0; // under fifo
    for (uint64_t seed = 1; seed <= test_cases(80); seed++) {
        take_snapshot(&s, seed, 4);
        bool fifo = dcat_world_config_view(s.m.world)->market.queue == DCAT_QUEUE_FIFO;
        bool at_most;
        double market_order = enumerated(s.state, s.now_s, s.tasks, s.task_count, IN_MARKET_ORDER);
        double any_order = enumerated(s.state, s.now_s, s.tasks, s.task_count, IN_ANY_ORDER);
        must_be(solved(&s, seed, DCAT_BOUND_ORDER_MARKET, &at_most), market_order, seed, "market");
        assert_false(at_most);
        double free_order = solved(&s, seed, DCAT_BOUND_ORDER_FREE, &at_most);
        assert_int_equal(at_most, fifo);
        if (fifo) {
            must_be(free_order, enumerated(s.state, s.now_s, s.tasks, s.task_count, INTERRUPTED),
                    seed, "interrupted");
            assert_true(free_order >= any_order * (1.0 - 1e-9));
            sum_free += free_order;
            sum_any += any_order;
            sum_market += market_order;
        } else {
            must_be(free_order, any_order, seed, "any order");
        }
        busy[fifo] += market_order > 0.0;
        drop_snapshot(&s);
    }
    print_message("fifo: best order %.4f of what the free order says at most, the market's %.4f\n",
                  sum_any / sum_free, sum_market / sum_free);
    assert_true(busy[0] > 20 && busy[1] > 20); // or the test says nothing
    assert_true(sum_any > 0.99 * sum_free);
    assert_true(sum_market < sum_any);
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

// One server of 250 GHz under a queue rule, busy for queue_s, and a task's data of so many seconds.
typedef struct one_server {
    dcat_world *world;
    dcat_state *state;
} one_server;

static one_server make_one_server(dcat_queue_rule queue, double queue_s)
{
    one_server one = {0};
    dcat_world_config config = dcat_world_config_default();
    config.market.queue = queue;
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area area = {.node = 0};
    assert_int_equal(dcat_world_create(&config, &server, 1, &area, 1, 1, &one.world, NULL),
                     DCAT_OK);
    assert_int_equal(
        dcat_state_create(one.world, dcat_auction_find("rea-s"), 1, 2, &one.state, NULL), DCAT_OK);
    if (queue_s > 0.0) {
        dcat_totals totals = {0};
        const dcat_task before = {
            .work_cycles = 250e9 * queue_s, .deadline_s = 9.0, .value = INFINITY};
        double payment = before.work_cycles * dcat_world_unit_cost_view(one.world)[0];
        assert_int_equal(
            dcat_state_award_task(one.state, 0.0, &before, 0, payment, NULL, &totals, NULL),
            DCAT_OK);
    }
    return one;
}

static void drop_one_server(one_server *one)
{
    dcat_state_destroy(one->state);
    dcat_world_destroy(one->world);
}

static dcat_task task_of(const one_server *one, double transfer_s, double work_s, double deadline_s)
{
    dcat_path path = dcat_world_path(one->world, 0, 0);
    double bits = (transfer_s - path.propagation_s) / path.seconds_per_bit;
    return (dcat_task){.work_cycles = 250e9 * work_s,
                       .data_bits = fmax(0.0, bits),
                       .deadline_s = deadline_s,
                       .value = INFINITY};
}

static double gain_of(const one_server *one, const dcat_task *task)
{
    double fee = task->work_cycles / 1e9 * 10.0 * (1.0 + 2.0 / task->deadline_s);
    return fee - task->work_cycles * dcat_world_unit_cost_view(one->world)[0];
}

static void earns(const one_server *one, const dcat_task *tasks, size_t count,
                  dcat_bound_order order, double expected)
{
    dcat_exact_result result;
    assert_int_equal(
        dcat_exact_slot(one->state, 0.0, tasks, count, order, SECONDS, NULL, &result, NULL),
        DCAT_OK);
    assert_near(result.profit, expected, 1e-9);
}

// The server is busy until 1 s. A task of 1 s is done at 2 s: late for 1.9 s, on time for 2.1 s.
// Data that takes 0.9 s comes while it is busy: under fifo still 2 s, under paper 2.9 s.
static void test_exact_slot_stands_behind_earlier_queues(void **fixture)
{
    (void)fixture;
    need_solver();
    for (int queue = DCAT_QUEUE_FIFO; queue <= DCAT_QUEUE_PAPER; queue++) {
        one_server one = make_one_server((dcat_queue_rule)queue, 1.0);
        for (int order = DCAT_BOUND_ORDER_FREE; order <= DCAT_BOUND_ORDER_MARKET; order++) {
            dcat_task late = task_of(&one, 0.0, 1.0, 1.9), in_time = task_of(&one, 0.0, 1.0, 2.1);
            dcat_task far = task_of(&one, 0.9, 1.0, 2.1);
            double gain = gain_of(&one, &in_time);
            earns(&one, &late, 1, (dcat_bound_order)order, 0.0);
            earns(&one, &in_time, 1, (dcat_bound_order)order, gain);
            earns(&one, &far, 1, (dcat_bound_order)order, queue == DCAT_QUEUE_FIFO ? gain : 0.0);
            // Two of 1 s with 2.5 s: the second would be done at 3 s.
            const dcat_task two[] = {task_of(&one, 0.0, 1.0, 2.5), task_of(&one, 0.0, 1.0, 2.5)};
            earns(&one, two, 2, (dcat_bound_order)order, gain_of(&one, two));
        }
        drop_one_server(&one);
    }
}

// First the task whose data takes 1 s, with a deadline of 2.1 s, then one with its data here and
// 1.1 s: each takes 1 s. In the market's order the second would start at 2 s. The other way both
// are on time. Under paper the first has to be done by 1.1 s as well.
static void test_exact_slot_waits_for_data_in_its_order(void **fixture)
{
    (void)fixture;
    need_solver();
    for (int queue = DCAT_QUEUE_FIFO; queue <= DCAT_QUEUE_PAPER; queue++) {
        one_server one = make_one_server((dcat_queue_rule)queue, 0.0);
        const dcat_task tasks[] = {task_of(&one, 1.0, 1.0, 2.1), task_of(&one, 0.0, 1.0, 1.1)};
        double first = gain_of(&one, &tasks[0]), second = gain_of(&one, &tasks[1]);
        double best = queue == DCAT_QUEUE_FIFO ? first + second : second;
        earns(&one, tasks, 2, DCAT_BOUND_ORDER_MARKET, second);
        earns(&one, tasks, 2, DCAT_BOUND_ORDER_FREE, best);
        drop_one_server(&one);
    }
}

// 2 s of work by 3.1 s, its data here; and 1 s of work by 2 s whose data comes at 0.9 s. Whoever is
// first, the other is late; but with an interruption both are on time: 0 to 0.9, 0.9 to 1.9, 1.9 to
// 3. So the free order says at most both, and the best that can be done is one.
static void test_exact_slot_in_free_order_interrupts_under_fifo(void **fixture)
{
    (void)fixture;
    need_solver();
    one_server one = make_one_server(DCAT_QUEUE_FIFO, 0.0);
    const dcat_task tasks[] = {task_of(&one, 0.0, 2.0, 3.1), task_of(&one, 0.9, 1.0, 2.0)};
    double first = gain_of(&one, &tasks[0]), second = gain_of(&one, &tasks[1]);
    assert_near(enumerated(one.state, 0.0, tasks, 2, IN_ANY_ORDER), fmax(first, second), 1e-9);
    earns(&one, tasks, 2, DCAT_BOUND_ORDER_MARKET, fmax(first, second));
    earns(&one, tasks, 2, DCAT_BOUND_ORDER_FREE, first + second);
    drop_one_server(&one);
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
    if (dcat_bound_check_exact(NULL) != DCAT_OK) {
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

// What a child may do to itself.
static void leave_seven(void *user)
{
    *(int *)user = 7;
}

static void end_as_cbc_does(void *user)
{
    *(int *)user = 8;
    abort();
}

static char *behind(FILE *file)
{
    static char text[32];
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    return text;
}

static void leave(void *user)
{
    (void)user;
    exit(0);
}

static void test_a_child_that_exits_is_an_error_and_writes_nothing_of_ours(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    FILE *file = tmpfile();
    assert_non_null(file);
    fputs("once", file); // still in our buffer, and in the child's copy of it
    assert_int_equal(child_run(leave, NULL, "the solver", &err), DCAT_ERR_MEMORY);
    assert_non_null(strstr(err.message, "the solver ended the process"));
    assert_string_equal(behind(file), "once");
    fclose(file);
}

static void test_a_child_that_ends_by_a_signal_is_an_error_and_ends_nothing_else(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    int *shared = child_share(sizeof *shared);
    assert_non_null(shared);
    assert_int_equal(child_run(leave_seven, shared, "it", &err), DCAT_OK);
    assert_int_equal(*shared, 7);
    assert_int_equal(child_run(end_as_cbc_does, shared, "the solver", &err), DCAT_ERR_MEMORY);
    assert_non_null(strstr(err.message, "the solver was ended by signal 6"));
    assert_int_equal(*shared, 8);
    child_unshare(shared, sizeof *shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_child_that_exits_is_an_error_and_writes_nothing_of_ours),
        cmocka_unit_test(test_a_child_that_ends_by_a_signal_is_an_error_and_ends_nothing_else),
        cmocka_unit_test(test_exact_slot_is_the_best_of_all_assignments),
        cmocka_unit_test(test_exact_slot_earns_no_less_than_the_auction),
        cmocka_unit_test(test_exact_slot_orders_by_last_moment),
        cmocka_unit_test(test_exact_slot_stands_behind_earlier_queues),
        cmocka_unit_test(test_exact_slot_waits_for_data_in_its_order),
        cmocka_unit_test(test_exact_slot_in_free_order_interrupts_under_fifo),
        cmocka_unit_test(test_exact_says_what_it_cannot_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
