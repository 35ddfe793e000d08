// SPDX-License-Identifier: Apache-2.0
// Decisions of the learned clusterer, and epochs of its training, run without the heap.

#include <stdlib.h> // declares what the next header defines

#include "dcat/x/constraint.h"
#include "learn/net/actor.h"
#include "learn/trainer.h"
#include "market/count_allocations.h"
#include "rl_support.h"
#include "sim/golden_worlds.h"
#include <string.h>

static dcat_actor *make_actor(void)
{
    const dcat_actor_shape shape = {.pair_hidden = 16, .stop_hidden = 8, .critic_hidden = 8};
    dcat_actor *actor = NULL;
    assert_int_equal(dcat_actor_create(&shape, 2, &actor, NULL), DCAT_OK);
    return actor;
}

// Allocations after each cycle, and the partitions.
typedef struct record {
    size_t at[GOLDEN_CYCLES];
    int32_t cluster_of[GOLDEN_CYCLES][GOLDEN_SERVERS];
} record;

static bool note(void *user, const dcat_cycle_record *cycle)
{
    record *r = user;
    r->at[cycle->cycle] = allocation_count;
    memcpy(r->cluster_of[cycle->cycle], dcat_state_cluster_of_view(cycle->state),
           sizeof r->cluster_of[0]);
    return true;
}

static record run(const dcat_world *world, const dcat_demand *demand, const dcat_actor *actor,
                  uint64_t seed, dcat_totals *totals)
{
    record r = {.at = {0}};
    const dcat_run_config config = {
        DCAT_SIZED(dcat_run_config),
        .policy = {.clusterer = &dcat_clusterer_a2c,
                   .auction = dcat_auction_find("rea"),
                   .model = actor},
        .seed = seed,
        .cycle_count = GOLDEN_CYCLES,
    };
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &r, .after_cycle = note};
    dcat_run_result result;
    assert_int_equal(dcat_run(world, demand, &config, &hooks, NULL, &result, NULL), DCAT_OK);
    *totals = result.totals;
    return r;
}

static void test_decisions_use_no_heap(void **state)
{
    (void)state;
    static const int sample_counts[] = {0, 2};
    dcat_demand *demand = golden_demand();
    dcat_actor *actor = make_actor();
    for (int w = 0; w < GOLDEN_WORLDS; w++) {
        dcat_world *world = golden_world(w, DCAT_QUEUE_FIFO);
        for (int s = 0; s < 2; s++) {
            dcat_totals totals;
            dcat_actor_set_sample_count(actor, sample_counts[s]);
            record r = run(world, demand, actor, 3, &totals);
            assert_true(r.at[0] > 0);
            assert_int_equal(r.at[GOLDEN_CYCLES - 1] - r.at[0], 0);
        }
        dcat_world_destroy(world);
    }
    dcat_actor_destroy(actor);
    dcat_demand_destroy(demand);
}

static void test_sampled_decisions_keep_the_span_limit_repeat_and_earn_more(void **state)
{
    (void)state;
    dcat_demand *demand = golden_demand();
    dcat_actor *actor = make_actor();
    double profit = 0.0, profit_sampled = 0.0;
    size_t changed = 0;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        dcat_world *world = golden_world((int)(seed % GOLDEN_WORLDS), DCAT_QUEUE_FIFO);
        dcat_totals plain_totals, totals, again_totals;
        dcat_error err = {0};
        dcat_actor_set_sample_count(actor, 0);
        record plain = run(world, demand, actor, seed, &plain_totals);
        dcat_actor_set_sample_count(actor, 4);
        record sampled = run(world, demand, actor, seed, &totals);
        record again = run(world, demand, actor, seed, &again_totals);
        assert_memory_equal(sampled.cluster_of, again.cluster_of, sizeof sampled.cluster_of);
        assert_memory_equal(&totals, &again_totals, sizeof totals);
        for (int c = 0; c < GOLDEN_CYCLES; c++) {
            if (dcat_check_10c(world, sampled.cluster_of[c], &err) != DCAT_OK) {
                fail_msg("seed %d, cycle %d: %s", (int)seed, c, err.message);
            }
            changed +=
                memcmp(sampled.cluster_of[c], plain.cluster_of[c], sizeof plain.cluster_of[c]) != 0;
        }
        profit += dcat_totals_profit(&plain_totals);
        profit_sampled += dcat_totals_profit(&totals);
        dcat_world_destroy(world);
    }
    // An actor that learned nothing leaves much to choose from.
    print_message("profit %.0f, with 4 samples %.0f, %zu decisions differ\n", profit,
                  profit_sampled, changed);
    assert_true(changed > 5);
    assert_true(profit_sampled > profit);
    dcat_actor_destroy(actor);
    dcat_demand_destroy(demand);
}

static void check_training(dcat_estimator estimator)
{
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = dcat_train_config_default(estimator);
    config.environment_count = 2;
    config.sample_count = config.step_count = 3;
    config.world_cycle_count = 1000;
    static const dcat_jobs threads_1 = {.size = sizeof(dcat_jobs), .thread_count = 1};
    config.jobs = &threads_1;
    dcat_train_source source = rl_test_source(demand);
    dcat_actor *actor = make_actor();
    dcat_trainer *trainer = NULL;
    dcat_error err = {0};
    if (dcat_trainer_create(&config, &source, actor, &trainer, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    dcat_actor_destroy(actor);
    // One environment's part of an epoch: opening a world allocates, what follows does not. Threads
    // are left out, since starting one allocates.
    rl_environment *env = &trainer->environments[0];
    size_t before = 0, after = 0;
    for (uint32_t epoch = 0; epoch < 4; epoch++) {
        assert_int_equal(rl_environment_renew(env, rl_cycles_needed(&trainer->config), &err),
                         DCAT_OK);
        before = epoch == 1 ? allocation_count : before; // matrix products reserve memory once
        rl_play(env, trainer->actor, epoch, trainer->steps);
        rl_learn(env, trainer->actor, trainer->steps, 0.1, 0.1);
        after = allocation_count;
    }
    dcat_trainer_destroy(trainer);
    dcat_demand_destroy(demand);
    assert_int_equal(after - before, 0);
}

static void test_epochs_on_open_worlds_use_no_heap(void **state)
{
    (void)state;
    for (int e = 0; e < DCAT_ESTIMATOR_COUNT; e++) {
        check_training((dcat_estimator)e);
    }
}

int main(void)
{
    // What is counted is ours. OpenBLAS, which the first trainer loads, takes memory for threads of
    // its own, and with the kernels for some processors in each small product; the oldest ones do
    // not.
    setenv("OPENBLAS_CORETYPE", "Prescott", 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions_use_no_heap),
        cmocka_unit_test(test_sampled_decisions_keep_the_span_limit_repeat_and_earn_more),
        cmocka_unit_test(test_epochs_on_open_worlds_use_no_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
