// SPDX-License-Identifier: Apache-2.0
// Random markets, slot by slot, against a naive second implementation and the invariants: nobody is
// served late, nobody is paid below its limit, no promise is broken, money is conserved.

#include "bench/reference/slot.h"
#include "dcat/cluster.h"
#include "dcat/x/clock.h"
#include "dcat/x/constraint.h"
#include "dcat/x/model.h"
#include "random_fleet.h"
#include <stdio.h>
#include <stdlib.h>

enum { CYCLES = 4 };

// One market under one auction.
typedef struct environment {
    uint64_t seed;
    market m;
    fleet fleet;
    dcat_rng classes; // of tasks
    dcat_state *state;
    reference_market reference;
    dcat_task tasks[REFERENCE_TASK_MAX];
    dcat_award awards[REFERENCE_TASK_MAX], expected[REFERENCE_TASK_MAX];
    dcat_totals totals;
    int64_t single_awarded;
    size_t reclustered_with_work;
    size_t joined;                     // cycles in which some bidder has several clusters
    size_t opted_out, dead;            // members; clusters that refuse their start price
    size_t unable;                     // clusters in which nobody can do a class
    size_t shared;                     // awards of classes to several servers
    size_t at_own_start;               // awards: paid that
    size_t just_in_time, at_the_limit; // awards: ends at the deadline itself, pays the limit itself
    bool tied;                         // rounding decided: from here on these are two markets
    size_t tied_count;                 // such markets
} environment;

static bool same_money(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fmax(1.0, fabs(b));
}

#define ROUNDING 1e-14

static void assert_same_award(environment *env, size_t n, double now_s)
{
    const dcat_award *got = &env->awards[n], *expected = &env->expected[n];
    bool same =
        got->outcome == expected->outcome && got->cluster == expected->cluster &&
        got->candidate_count == expected->candidate_count && got->round == expected->round &&
        got->member_below_cost == expected->member_below_cost &&
        same_money(got->fee, expected->fee) && same_money(got->payment, expected->payment) &&
        same_money(got->limit, expected->limit) && same_money(got->cost, expected->cost) &&
        same_money(got->transfer_s, expected->transfer_s) &&
        same_money(got->waiting_s, expected->waiting_s) &&
        same_money(got->processing_s, expected->processing_s);
    env->tied = env->tied || (!same && env->reference.closest < ROUNDING);
    if (!same && !env->tied) {
        fail_msg("seed %llu, %s, %g s, task %zu: %s to %d of %d for %.17g after %.17g s, expected "
                 "%s to %d of %d for %.17g after %.17g s",
                 (unsigned long long)env->seed, env->reference.auction->name, now_s, n,
                 dcat_auction_outcome_name(got->outcome), got->cluster, got->candidate_count,
                 got->payment, got->waiting_s, dcat_auction_outcome_name(expected->outcome),
                 expected->cluster, expected->candidate_count, expected->payment,
                 expected->waiting_s);
    }
}

// What every award promises, looked at from outside.
static void check_award(environment *env, const dcat_task *task, const dcat_award *award)
{
    if (award->outcome != DCAT_AUCTION_SOLD) {
        assert_int_equal(award->cluster, -1);
        assert_near(award->payment, 0.0, 0.0);
        return;
    }
    const dcat_auction_config *rules = &dcat_world_config_view(env->m.world)->auction;
    double total_s = dcat_total_delay_s(award->transfer_s, award->waiting_s, award->processing_s);
    assert_int_equal(dcat_check_10b(&total_s, &task->deadline_s, 1, 1e-12, NULL), DCAT_OK);
    env->just_in_time += total_s == task->deadline_s;
    env->at_the_limit += award->payment == award->limit;
    double unit_start = dcat_state_team(env->state, award->cluster, task->class_id).unit_start;
    bool no_handicap = dcat_world_config_view(env->m.world)->market.handicap_per_gigacycle_s == 0.0;
    env->at_own_start +=
        no_handicap && award->payment == dcat_cluster_cost(task->work_cycles, unit_start);
    assert_true(award->waiting_s >= 0.0 && award->transfer_s >= 0.0 && award->processing_s > 0.0);
    assert_true(award->payment <= award->fee * (1.0 + 1e-12)); // the platform never loses on one
    assert_true(award->payment >= award->limit - 1e-12 * award->fee);
    assert_true(award->limit >= award->cost * (1.0 - 1e-12));
    env->shared += env->reference.fleet != NULL &&
                   dcat_state_team(env->state, award->cluster, task->class_id).worker_count > 1;
    assert_true(dcat_user_utility(task->value, award->fee) >= 0.0);
    if (env->reference.auction->limit == DCAT_LIMIT_MAX) {
        assert_true(!award->member_below_cost || !rules->share->covers);
        assert_true(award->payment <=
                    dcat_auction_reserve(rules, award->fee, task->work_cycles) * (1.0 + 1e-12));
    }
}

// The queue of a server that tasks of a pool wait in, and what the server is expected to have in
// it; tells of pools that nothing needs.
static bool queue_of_pool(const environment *env, int pool, size_t *queue)
{
    const dcat_world *world = env->m.world;
    for (int32_t q = 0; q < (int32_t)dcat_world_class_count(world); q++) {
        if ((int)reference_pool(&env->reference, q) == pool) {
            *queue = dcat_world_queue_of(world, q);
            return true;
        }
    }
    return false;
}

static void check_servers(const environment *env)
{
    double paid = 0.0, worked = 0.0;
    bool loses = false;
    int32_t S = (int32_t)dcat_world_server_count(env->m.world);
    for (int32_t at = 0; at < S * DCAT_POOL_COUNT; at++) {
        int32_t i = at % S, pool = at / S;
        size_t queue;
        if (!queue_of_pool(env, pool, &queue)) {
            continue;
        }
        dcat_server_account got = dcat_state_queue(env->state, i, queue);
        const dcat_server_account *expected = &env->reference.server[pool][i];
        assert_near(got.busy_until_s, expected->busy_until_s, 1e-12);
        assert_near(got.busy_s, expected->busy_s, 1e-12);
        assert_near(got.work_cycles, expected->work_cycles, 1e-11);
        assert_near(got.payment, expected->payment, 1e-11);
        assert_near(got.cost, expected->cost, 1e-11);
        assert_true(got.busy_until_s >= 0.0 && got.busy_s <= got.busy_until_s + 1e-9);
        loses = loses || got.payment < got.cost * (1.0 - 1e-9) - 1e-9;
        paid += got.payment;
        worked += got.cost;
    }
    assert_near(paid, env->totals.payment, 1e-11);
    assert_near(worked, env->totals.cost, 1e-11);
    assert_true(env->totals.member_below_cost > 0 || !loses);
}

static void check_totals(const environment *env)
{
    const dcat_totals *t = &env->totals;
    assert_int_equal(t->arrived, t->awarded + t->no_candidate + t->no_bidder + t->all_left +
                                     t->round_limit + t->not_admitted + t->no_device +
                                     t->over_value);
    assert_int_equal(t->arrived, t->no_candidate + t->not_admitted + t->no_device + t->over_value +
                                     t->single_candidate + t->contested);
    assert_int_equal(t->single_awarded, env->single_awarded);
    assert_true(dcat_totals_profit(t) >= -1e-9 * t->fee);
}

static void step(environment *env, uint32_t cycle, uint32_t slot)
{
    const dcat_world_config *config = dcat_world_config_view(env->m.world);
    double now_s = ((double)cycle * config->slots_per_cycle + slot) * config->slot_s;
    size_t count =
        dcat_demand_slot(env->m.demand, env->m.world, env->seed, cycle, slot, 0, env->tasks);
    double sum_fee = env->totals.fee, sum_payment = env->totals.payment;
    for (size_t n = 0; n < count; n++) { // as if they had come during the slot before
        env->tasks[n].arrival_s -= (n % 3 == 0 && now_s > 0.0) ? 0.3 * config->slot_s : 0.0;
        env->tasks[n].class_id =
            (int32_t)dcat_rng_below(&env->classes, (uint32_t)dcat_world_class_count(env->m.world));
    }
    assert_int_equal(dcat_state_step(env->state, now_s, cycle, slot, env->tasks, count, env->awards,
                                     &env->totals, NULL),
                     DCAT_OK);
    reference_step(&env->reference, now_s, cycle, slot, env->tasks, count, env->expected);
    for (size_t n = 0; n < count; n++) {
        assert_same_award(env, n, now_s);
    }
    for (size_t n = 0; n < count && !env->tied; n++) {
        check_award(env, &env->tasks[n], &env->awards[n]);
        if (env->awards[n].outcome == DCAT_AUCTION_SOLD) {
            sum_fee += env->awards[n].fee;
            sum_payment += env->awards[n].payment;
            env->single_awarded += env->awards[n].candidate_count == 1;
        }
    }
    if (env->tied) {
        return;
    }
    assert_near(env->totals.fee, sum_fee, 1e-12);
    assert_near(env->totals.payment, sum_payment, 1e-12);
    dcat_error err = {0};
    if (dcat_state_check(env->state, &err) != DCAT_OK) {
        fail_msg("seed %llu: %s", (unsigned long long)env->seed, err.message);
    }
    check_servers(env);
    check_totals(env);
}

// Speeds add up, costs are weighed by them, and the dearest member is known.
static void assert_sums_of_members(const environment *env, int32_t q, const dcat_cluster_view *view)
{
    double speed_hz = 0.0, weighed = 0.0, dearest = 0.0;
    for (size_t j = 0; j < view->worker_count; j++) {
        double mine_hz = reference_speed_hz(&env->reference, view->workers[j], q);
        double unit_cost = reference_unit_cost(&env->reference, view->workers[j], q);
        speed_hz += mine_hz;
        weighed += mine_hz * unit_cost;
        dearest = fmax(dearest, unit_cost);
    }
    assert_near(view->speed_hz, speed_hz, 1e-14);
    assert_near(view->unit_cost_mean * speed_hz / weighed, 1.0, 1e-13);
    assert_near(view->unit_cost_max, dearest, 1e-14 * dearest);
}

static void check_team(environment *env, int32_t k, int32_t q, const int32_t *cluster_of)
{
    dcat_cluster_view view = dcat_state_team(env->state, k, q);
    double busy_until_s = 0.0;
    if (view.worker_count == 0) {
        assert_true(view.speed_hz == 0.0 && isinf(view.unit_limit) && isinf(view.unit_cost_mean));
        env->unable++;
        return;
    }
    assert_sums_of_members(env, q, &view);
    for (size_t j = 0; j < view.worker_count; j++) {
        assert_int_equal(cluster_of[view.workers[j]], k);
        dcat_server_account account =
            dcat_state_queue(env->state, view.workers[j], dcat_world_queue_of(env->m.world, q));
        busy_until_s = fmax(busy_until_s, account.busy_until_s);
    }
    env->opted_out += env->reference.fleet == NULL ? view.member_count - view.worker_count : 0;
    env->dead += view.unit_limit > view.unit_start;
    assert_true(view.busy_until_s == busy_until_s); // as busy as its busiest member
}

// Every server in exactly one cluster, spans legal, and every queue and account as before.
static void recluster(environment *env, uint32_t cycle)
{
    const dcat_world *world = env->m.world;
    size_t S = dcat_world_server_count(world);
    dcat_rng rng = dcat_rng_at(env->seed, DCAT_STREAM_USER, 9, cycle);
    int32_t cluster_of[MARKET_SERVER_MAX];
    size_t queue_count = dcat_world_queue_count(world);
    dcat_server_account before[DCAT_POOL_COUNT * MARKET_SERVER_MAX];
    random_partition(world, &rng, cluster_of);
    for (size_t i = 0; i < S * queue_count; i++) {
        before[i] = dcat_state_queue(env->state, (int32_t)(i % S), i / S);
        env->reclustered_with_work += before[i].busy_until_s > 0.0;
    }
    dcat_state_set_clusters(env->state, cluster_of);
    reference_set_clusters(&env->reference, cluster_of);
    size_t members = 0;
    for (int32_t k = 0; k < dcat_state_cluster_count(env->state); k++) {
        dcat_cluster_view view = dcat_state_cluster(env->state, k);
        for (size_t j = 0; j < view.member_count; j++) {
            assert_int_equal(cluster_of[view.members[j]], k);
        }
        for (int32_t q = 0; q < (int32_t)dcat_world_class_count(world); q++) {
            check_team(env, k, q, cluster_of);
        }
        assert_true(dcat_span_m(world, view.members, view.member_count) <=
                    dcat_world_config_view(world)->span_m_max);
        members += view.member_count;
    }
    assert_int_equal(members, S);
    assert_memory_equal(dcat_state_bidder_of_view(env->state), env->reference.bidder_of,
                        sizeof env->reference.bidder_of[0] *
                            (size_t)dcat_state_cluster_count(env->state));
    env->joined += env->reference.joined;
    for (size_t i = 0; i < S * queue_count; i++) {
        dcat_server_account after = dcat_state_queue(env->state, (int32_t)(i % S), i / S);
        assert_memory_equal(&before[i], &after, sizeof after);
    }
    assert_int_equal(dcat_state_check(env->state, NULL), DCAT_OK);
}

static void run_market(environment *env, uint64_t seed, const dcat_auction *auction, bool mixed)
{
    env->seed = seed;
    env->totals = (dcat_totals){0};
    env->single_awarded = 0;
    env->tied = false;
    env->m = mixed ? market_create_mixed(seed, &env->fleet) : market_create_with_shares(seed);
    env->classes = dcat_rng_at(seed, DCAT_STREAM_USER, 13, 0);
    size_t task_max = dcat_demand_slot_task_max(env->m.demand);
    assert_true(task_max <= REFERENCE_TASK_MAX);
    assert_int_equal(dcat_state_create(env->m.world, auction, seed, task_max, &env->state, NULL),
                     DCAT_OK);
    env->reference = reference_market_of(env->m.world, auction, seed);
    env->reference.fleet = mixed ? &env->fleet.config : NULL;
    uint32_t slots = (uint32_t)dcat_world_config_view(env->m.world)->slots_per_cycle;
    for (uint32_t cycle = 0; cycle < CYCLES && !env->tied; cycle++) {
        recluster(env, cycle);
        for (uint32_t slot = 0; slot < slots && !env->tied; slot++) {
            step(env, cycle, slot);
        }
    }
    env->tied_count += env->tied;
    dcat_state_destroy(env->state);
    market_destroy(&env->m);
}

static dcat_totals run_markets(environment *env, const dcat_auction *auction, unsigned seed_base,
                               size_t count, bool mixed)
{
    dcat_totals sum = {0};
    for (uint64_t seed = 1; seed <= count; seed++) {
        run_market(env, seed_base + seed, auction, mixed);
        dcat_totals_add(&sum, &env->totals);
    }
    printf("%s, seeds %u + 1..%zu: %lld tasks, %lld awarded, %lld contested, %lld below a member's "
           "cost, %lld without device, %zu servers re-clustered with work, %zu ends at a deadline, "
           "%zu pays of a limit\n",
           auction->name, seed_base, count, (long long)sum.arrived, (long long)sum.awarded,
           (long long)sum.contested, (long long)sum.member_below_cost, (long long)sum.no_device,
           env->reclustered_with_work, env->just_in_time, env->at_the_limit);
    printf("%zu of these markets end where rounding decides a tie\n", env->tied_count);
    assert_true(env->tied_count * 1000 <= count); // with a thousand markets at most one
    env->tied_count = 0;
    return sum;
}

static void property(const char *name, unsigned seed_base)
{
    const dcat_auction *auction = dcat_auction_find(name);
    static environment env;
    size_t count = test_cases(400);
    dcat_totals sum = run_markets(&env, auction, seed_base, count, false);
    printf("%zu members opted out, %zu clusters refused their start, %zu awards at it\n",
           env.opted_out, env.dead, env.at_own_start);
    bool ceiling = auction->limit == DCAT_LIMIT_MAX;
    assert_true(!ceiling || (env.opted_out > count / 10 && env.dead > count / 10 &&
                             env.at_own_start > count / 10));
    assert_true(env.just_in_time > count / 10 && env.at_the_limit > count / 10); // ties
    assert_true(sum.awarded > 0 && sum.contested > 0 && env.reclustered_with_work > 0);
    assert_true(env.joined > count / 4);
    assert_int_equal(sum.not_admitted > 0, auction->under_ceiling);
}

static void test_market_under_rea_keeps_every_promise(void **fixture)
{
    (void)fixture;
    property("rea", 0);
}

static void test_market_under_one_off_keeps_every_promise(void **fixture)
{
    (void)fixture;
    property("one-off", 1000);
}

static void test_market_under_rea_s_keeps_every_promise(void **fixture)
{
    (void)fixture;
    property("rea-s", 2000);
}

static void test_market_under_vickrey_keeps_every_promise(void **fixture)
{
    (void)fixture;
    property("vickrey", 3000);
}

static void test_market_under_posted_keeps_every_promise(void **fixture)
{
    (void)fixture;
    property("posted", 4000);
}

// The same where servers have units of several pools and tasks are of up to eight classes.
static void test_market_of_classes_keeps_every_promise(void **fixture)
{
    (void)fixture;
    static environment env;
    size_t count = test_cases(120);
    dcat_totals sum = {0};
    for (size_t a = 0; a < dcat_auction_count(); a++) {
        dcat_totals part =
            run_markets(&env, dcat_auction_at(a), 5000 + 1000 * (unsigned)a, count, true);
        dcat_totals_add(&sum, &part);
    }
    printf("%zu times nobody of a cluster can do a class, %zu awards to several servers\n",
           env.unable, env.shared);
    assert_true(sum.no_device > 0 && sum.not_admitted > 0 && sum.contested > sum.arrived / 10);
    assert_true(env.unable > count && env.shared > (size_t)sum.awarded / 10);
    assert_true(env.joined > count / 4 && env.dead > count / 10 && env.at_own_start > count / 10);
}

// One class, one device and efficiency 1 are a market without resources, to the last bit.
static struct dcat_resources *restate(void *user, uint64_t seed, bool even,
                                      const dcat_world_config *config, const dcat_server *servers,
                                      size_t server_count)
{
    (void)seed;
    (void)even;
    fleet_restate(user, config, servers, server_count);
    return fleet_create(user);
}

static void compare_one_class(uint64_t seed, const dcat_auction *auction)
{
    static fleet f;
    static dcat_task tasks[REFERENCE_TASK_MAX];
    static dcat_award awards[2][REFERENCE_TASK_MAX];
    market m[2] = {market_create_with_shares(seed), market_create_by(seed, true, restate, &f)};
    dcat_state *state[2];
    dcat_totals totals[2] = {{0}};
    int32_t cluster_of[MARKET_SERVER_MAX];
    size_t task_max = dcat_demand_slot_task_max(m[0].demand);
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 9, 0);
    random_partition(m[0].world, &rng, cluster_of);
    for (int w = 0; w < 2; w++) {
        assert_int_equal(dcat_state_create(m[w].world, auction, seed, task_max, &state[w], NULL),
                         DCAT_OK);
        dcat_state_set_clusters(state[w], cluster_of);
    }
    for (uint32_t slot = 0; slot < 6; slot++) {
        size_t count = dcat_demand_slot(m[0].demand, m[0].world, seed, slot, 0, 0, tasks);
        memset(awards, 0, sizeof awards);
        for (int w = 0; w < 2; w++) {
            assert_int_equal(
                dcat_state_step(state[w], slot, slot, 0, tasks, count, awards[w], &totals[w], NULL),
                DCAT_OK);
        }
        assert_memory_equal(awards[0], awards[1], sizeof awards[0]);
    }
    assert_memory_equal(&totals[0], &totals[1], sizeof totals[0]);
    for (int32_t i = 0; i < (int32_t)dcat_world_server_count(m[0].world); i++) {
        dcat_server_account a = dcat_state_server(state[0], i), b = dcat_state_server(state[1], i);
        assert_memory_equal(&a, &b, sizeof a);
    }
    for (int w = 0; w < 2; w++) {
        dcat_state_destroy(state[w]);
        market_destroy(&m[w]);
    }
}

static void test_market_of_one_class_is_one_without_resources(void **fixture)
{
    (void)fixture;
    size_t count = test_cases(100);
    for (uint64_t seed = 1; seed <= count; seed++) {
        for (size_t a = 0; a < dcat_auction_count(); a++) {
            compare_one_class(10000 + seed, dcat_auction_at(a));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_market_under_rea_keeps_every_promise),
        cmocka_unit_test(test_market_under_one_off_keeps_every_promise),
        cmocka_unit_test(test_market_under_rea_s_keeps_every_promise),
        cmocka_unit_test(test_market_under_vickrey_keeps_every_promise),
        cmocka_unit_test(test_market_under_posted_keeps_every_promise),
        cmocka_unit_test(test_market_of_classes_keeps_every_promise),
        cmocka_unit_test(test_market_of_one_class_is_one_without_resources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
