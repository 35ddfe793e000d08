// SPDX-License-Identifier: Apache-2.0
// What an epoch does between plays and weights: standardising, the entropy's weight, the gradient's
// limit, the rates, and the reports.

#include "support.h"

#include "learn/trainer.h"
#include "rl_support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENVIRONMENTS = 3, STEPS = 4, EPOCHS = 8 };

static dcat_train_config epoch_config(dcat_estimator estimator)
{
    static const dcat_jobs threads_1 = {.size = sizeof(dcat_jobs), .thread_count = 1};
    dcat_train_config config = dcat_train_config_default(estimator);
    config.auction = dcat_auction_find("rea");
    config.epoch_count = EPOCHS;
    config.environment_count = ENVIRONMENTS;
    config.sample_count = config.step_count = STEPS;
    config.gradient_max = 1e9; // where nothing else is said
    config.jobs = &threads_1;
    return config;
}

// A trainer of always the same actor, in the given epoch of its training.
static dcat_trainer *trainer_at(const dcat_train_config *config, dcat_demand *demand,
                                uint32_t epoch)
{
    dcat_error err = {0};
    const dcat_actor_shape shape = {
        .pair_hidden = 16, .stop_hidden = 8, .critic_hidden = 8, .feature_version = 1};
    dcat_train_source source = rl_test_source(demand);
    dcat_actor *actor = NULL;
    dcat_trainer *trainer = NULL;
    assert_int_equal(dcat_actor_create(&shape, 6, &actor, &err), DCAT_OK);
    actor->weights[actor->critic_at - 1] -= 2.0f; // the stop score's bias: it would rather merge
    if (dcat_trainer_create(config, &source, actor, &trainer, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    dcat_actor_destroy(actor);
    trainer->epoch = epoch;
    return trainer;
}

static dcat_train_report run_epoch(dcat_trainer *trainer)
{
    dcat_train_report report;
    dcat_error err = {0};
    if (dcat_trainer_epoch(trainer, &report, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return report;
}

// The gradient of one epoch [weight_count], to be freed.
static float *gradient_of(const dcat_train_config *config, dcat_demand *demand, uint32_t epoch,
                          size_t *count)
{
    dcat_trainer *trainer = trainer_at(config, demand, epoch);
    run_epoch(trainer);
    *count = trainer->actor->critic_at;
    float *copy = malloc(sizeof *copy * *count);
    memcpy(copy, trainer->gradient, sizeof *copy * *count);
    dcat_trainer_destroy(trainer);
    return copy;
}

static const rl_step *step_of(const dcat_trainer *trainer, size_t e, size_t t)
{
    return &trainer->steps[e * rl_steps_per_environment(&trainer->config) + t];
}

static void test_gae_advantages_of_an_epoch_have_mean_0_and_deviation_1(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = epoch_config(DCAT_ESTIMATOR_GAE);
    dcat_trainer *trainer = trainer_at(&config, demand, 0);
    run_epoch(trainer);
    double sum = 0.0, squares = 0.0, raw = 0.0;
    for (size_t e = 0; e < ENVIRONMENTS; e++) {
        for (size_t t = 0; t < STEPS; t++) {
            const rl_step *step = step_of(trainer, e, t);
            sum += step->advantage;
            squares += step->advantage * step->advantage;
            raw += step->target - step->value;
        }
    }
    assert_near(sum / (ENVIRONMENTS * STEPS), 0.0, 1e-9);
    assert_near(squares / (ENVIRONMENTS * STEPS), 1.0, 1e-3); // 1e-6 is added to the deviation
    // Raw advantages are target - value, and their mean is far from 0: it had to be taken off.
    assert_true(fabs(raw / (ENVIRONMENTS * STEPS)) > 0.01);
    dcat_trainer_destroy(trainer);
    dcat_demand_destroy(demand);
}

static void test_reports_of_an_epoch_are_means_over_environments_and_steps(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = epoch_config(DCAT_ESTIMATOR_GAE);
    dcat_trainer *trainer = trainer_at(&config, demand, 0);
    dcat_train_report report = run_epoch(trainer);
    double error = 0.0, profit = 0.0, choices = 0.0, entropy = 0.0;
    for (size_t e = 0; e < ENVIRONMENTS; e++) {
        for (size_t t = 0; t < STEPS; t++) {
            const rl_step *step = step_of(trainer, e, t);
            error += (step->value - step->target) * (step->value - step->target);
            profit += step->profit;
        }
        for (size_t t = 0; t <= STEPS; t++) { // the last gives a value only, but was sampled
            choices += (double)trainer->environments[e].samples[t].step_count;
            entropy += trainer->environments[e].samples[t].entropy;
        }
    }
    assert_near(report.critic_error, sqrt(error / (ENVIRONMENTS * STEPS)), 1e-5);
    assert_near(report.profit, profit / (ENVIRONMENTS * STEPS), 1e-9);
    assert_near(report.profit_sampled, report.profit, 1e-9); // what is sampled is held
    assert_near((double)report.choice_count, choices, 0.0);
    assert_near(report.entropy, entropy / choices, 1e-6);
    assert_int_equal(report.cycle_count, ENVIRONMENTS * STEPS);
    assert_true(report.cluster_count > 0.1 && report.cluster_count <= 1.0);
    assert_int_equal(report.epoch, 1);
    dcat_trainer_destroy(trainer);
    dcat_demand_destroy(demand);
}

static void test_the_entropys_weight_falls_linearly_to_nothing(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    // The gradient is A + w B, with A and B the same for all trainers of one epoch. Of 8 epochs 6
    // are done, so weight 4 counts as 4 (1 - 6 / 8) = 1; of 6 millions hardly anything is done, and
    // 1 counts as 1. After all 8 nothing is left of 4.
    for (uint32_t epoch = 6; epoch <= 8; epoch += 2) {
        size_t count;
        dcat_train_config config = epoch_config(DCAT_ESTIMATOR_GROUP);
        config.entropy_weight = 4.0;
        float *falling = gradient_of(&config, demand, epoch, &count);
        config.epoch_count = 6000000;
        config.entropy_weight = epoch == 6 ? 1.0 : 0.0;
        float *held = gradient_of(&config, demand, epoch, &count);
        config.entropy_weight = epoch == 6 ? 0.0 : 1.0;
        float *other = gradient_of(&config, demand, epoch, &count);
        double norm = rl_norm(held, count);
        for (size_t i = 0; i < count; i++) {
            other[i] -= held[i];
            held[i] -= falling[i];
        }
        assert_true(rl_norm(held, count) < 1e-3 * norm);
        assert_true(rl_norm(other, count) > 0.05 * norm); // B is felt
        free(falling);
        free(held);
        free(other);
    }
    dcat_demand_destroy(demand);
}

static void test_only_the_actors_gradient_is_cut_to_its_limit(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = epoch_config(DCAT_ESTIMATOR_GROUP);
    dcat_trainer *free_one = trainer_at(&config, demand, 0);
    double norm = run_epoch(free_one).gradient_norm;
    assert_true(norm > 0.0 && free_one->gradient[0] != 0.0f); // the first is cut, too
    size_t actors = free_one->actor->critic_at, all = free_one->actor->weight_count;
    assert_near(rl_norm(free_one->gradient, actors), norm, 1e-6 * norm);
    config.gradient_max = norm / 4.0;
    dcat_trainer *cut = trainer_at(&config, demand, 0);
    assert_near(run_epoch(cut).gradient_norm, norm, 0.0); // as it was found
    for (size_t i = 0; i < all; i++) {
        float share = i < actors ? 0.25f : 1.0f;
        assert_near((double)cut->gradient[i], (double)(share * free_one->gradient[i]), 1e-6 * norm);
        // The optimiser's mean takes a tenth of it: (1 - 0.9) g.
        assert_near((double)cut->adam.mean[i], 0.1 * (double)cut->gradient[i], 1e-6 * norm);
    }
    dcat_trainer_destroy(free_one);
    dcat_trainer_destroy(cut);
    dcat_demand_destroy(demand);
}

// The largest change of weights [first, end) in one epoch.
static double largest_step(const dcat_train_config *config, dcat_demand *demand, uint32_t epoch,
                           bool critic, double *rate)
{
    dcat_trainer *trainer = trainer_at(config, demand, epoch);
    const dcat_actor *actor = trainer->actor;
    size_t first = critic ? actor->critic_at : 0;
    size_t end = critic ? actor->weight_count : actor->critic_at;
    float *before = malloc(sizeof *before * actor->weight_count);
    memcpy(before, actor->weights, sizeof *before * actor->weight_count);
    *rate = run_epoch(trainer).learning_rate;
    double largest = 0.0;
    for (size_t i = first; i < end; i++) {
        largest = fmax(largest, fabs((double)(actor->weights[i] - before[i])));
    }
    free(before);
    dcat_trainer_destroy(trainer);
    return largest;
}

static void test_the_learning_rate_falls_along_half_a_cosine(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = epoch_config(DCAT_ESTIMATOR_GROUP);
    config.learning_rate = 0.04;
    config.learning_rate_end = 0.01;
    config.critic_rate = 0.005;
    // 0.01 + 0.03 (1 + cos(pi done)) / 2 after 0, 2, 4, 8 and 12 of 8 epochs: cos is 1, root 0.5,
    // 0, -1 and stays. The optimiser's first step is its rate, whatever the gradient.
    const uint32_t epochs[] = {0, 2, 4, 8, 12};
    const double rates[] = {0.04, 0.01 + 0.015 * (1.0 + sqrt(0.5)), 0.025, 0.01, 0.01};
    for (size_t i = 0; i < 5; i++) {
        double rate;
        assert_near(largest_step(&config, demand, epochs[i], false, &rate), rates[i], 1e-5);
        assert_near(rate, rates[i], 1e-12);
        assert_near(largest_step(&config, demand, epochs[i], true, &rate), 0.005, 1e-5);
    }
    dcat_demand_destroy(demand);
}

static void test_a_group_goes_on_with_the_decision_that_nobody_sampled(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = epoch_config(DCAT_ESTIMATOR_GROUP);
    size_t others = 0, merged = 0;
    for (uint32_t epoch = 0; epoch < 3; epoch++) {
        dcat_trainer *trainer = trainer_at(&config, demand, epoch);
        dcat_trainer *twin = trainer_at(&config, demand, epoch);
        dcat_train_report report = run_epoch(trainer);
        double profit = 0.0;
        for (int e = 0; e < ENVIRONMENTS; e++) {
            rl_environment *env = &twin->environments[e];
            dcat_error err = {0};
            assert_int_equal(rl_environment_renew(env, 1, &err), DCAT_OK);
            assert_true(rl_environment_look(env, twin->actor));
            rl_environment_draw(env, (size_t)config.draw_count);
            int32_t decided[64];
            rl_walk_decide(&env->walk, decided);
            profit += rl_environment_go_on(env, decided) / ENVIRONMENTS;
            const rl_environment *played = &trainer->environments[e];
            assert_memory_equal(played->in_force, decided, sizeof *decided * env->S);
            for (size_t i = 0; i < env->S; i++) {
                merged += decided[i] != (int32_t)i;
            }
            for (int g = 0; g < STEPS; g++) {
                others +=
                    memcmp(played->samples[g].cluster_of, decided, sizeof *decided * env->S) != 0;
            }
        }
        assert_near(report.profit, profit, 1e-12);
        dcat_trainer_destroy(trainer);
        dcat_trainer_destroy(twin);
    }
    assert_true(merged > 10); // or the partition at the start would do as well
    assert_true(others > 10); // of 36 samples: they are other partitions
    dcat_demand_destroy(demand);
}

// Numbers that change mean that training changes: say so in the commit. Sums in float may differ in
// their last bits between processors.
static void test_three_epochs_have_their_numbers(void **state)
{
    (void)state;
    enum { NUMBERS = 8 };
    static const double expected[DCAT_ESTIMATOR_COUNT][NUMBERS] = {
        {0.39911216, 0.41272706, 0.48148148, 1.5413098, 0.42651489, 0.24729215, -29.996523,
         10.204855},
        {0.38486307, 0.38486307, 0.60416667, 1.734013, 0.2943563, 0.75184182, -29.463693,
         6.8627514},
        {0.38486307, 0.38486307, 0.60416667, 1.7376979, 0.01043763, 0.018468486, -31.560979,
         0.98107046}};
    dcat_demand *demand = rl_test_demand();
    size_t wrong = 0;
    for (int e = 0; e < DCAT_ESTIMATOR_COUNT; e++) {
        dcat_train_config config = epoch_config((dcat_estimator)e);
        config.gradient_max = 0.05;
        config.world_cycle_count = 6;
        dcat_trainer *trainer = trainer_at(&config, demand, 0);
        dcat_train_report r = {0};
        for (int epoch = 0; epoch < 3; epoch++) {
            r = run_epoch(trainer);
        }
        double weights = 0.0, gradient = 0.0;
        for (size_t i = 0; i < trainer->actor->weight_count; i++) {
            weights += (double)(i % 7) * (double)trainer->actor->weights[i];
            gradient += (double)(1 + i % 5) * fabs((double)trainer->gradient[i]);
        }
        const double numbers[NUMBERS] = {r.profit,  r.profit_sampled, r.cluster_count,
                                         r.entropy, r.critic_error,   r.gradient_norm,
                                         weights,   gradient};
        printf("{");
        for (int i = 0; i < NUMBERS; i++) {
            printf("%s%.8g", i > 0 ? ", " : "", numbers[i]);
            wrong += !(fabs(numbers[i] - expected[e][i]) <= 2e-4 * fabs(numbers[i]));
        }
        printf("},\n");
        dcat_trainer_destroy(trainer);
    }
    dcat_demand_destroy(demand);
    assert_int_equal(wrong, 0);
}

static void test_an_expert_earns_more_than_all_samples_and_is_learned(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = epoch_config(DCAT_ESTIMATOR_GROUP);
    dcat_trainer *alone = trainer_at(&config, demand, 0);
    double reward = run_epoch(alone).profit;
    config.expert_moves = 40;
    dcat_trainer *trainer = trainer_at(&config, demand, 0);
    assert_near(run_epoch(trainer).profit, reward,
                0.0); // the actor's decision is held all the same
    int better = 0;
    for (size_t e = 0; e < ENVIRONMENTS; e++) {
        const rl_step *expert = step_of(trainer, e, STEPS);
        assert_true(expert->used);
        for (size_t g = 0; g < STEPS; g++) {
            assert_near(step_of(trainer, e, g)->profit, step_of(alone, e, g)->profit, 0.0);
            assert_true(expert->profit >= step_of(trainer, e, g)->profit);
            assert_true(expert->advantage >= step_of(trainer, e, g)->advantage);
        }
        assert_true(expert->advantage <= sqrt((double)STEPS));
        better += expert->advantage > step_of(trainer, e, 0)->advantage;
        // Its sample is a clustering that earns what is said of it.
        rl_environment *env = &trainer->environments[e];
        assert_true(env->samples[STEPS].step_count > 0);
        assert_true(memcmp(env->samples[STEPS].cluster_of, env->moves.current,
                           sizeof(int32_t) * env->S) == 0);
    }
    assert_true(better > 0);
    float largest = 0.0f;
    for (size_t i = 0; i < trainer->actor->critic_at; i++) {
        largest = fmaxf(largest, fabsf(trainer->gradient[i] - alone->gradient[i]));
    }
    assert_true(largest > 1e-4f); // it is felt
    dcat_trainer_destroy(alone);
    dcat_trainer_destroy(trainer);
    dcat_demand_destroy(demand);
}

// A critic that judges partitions is measured by how it tells clusterings of one state apart.
static void test_a_critic_that_judges_learns_how_clusterings_differ(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = epoch_config(DCAT_ESTIMATOR_GROUP);
    config.epoch_count = 300;
    config.sample_count = 8;
    config.learning_rate = config.learning_rate_end = 0.0; // clusterings stay as different
    config.critic_rate = 0.01;
    config.critic_judges = true;
    dcat_trainer *trainer = trainer_at(&config, demand, 0);
    double first = 0.0, last = 0.0;
    for (uint32_t epoch = 0; epoch < config.epoch_count; epoch++) {
        double error = run_epoch(trainer).critic_error;
        first += epoch < 10 ? error / 10 : 0.0;
        last += epoch >= 290 ? error / 10 : 0.0;
    }
    assert_true(last < 0.95 * first && last < 1.0);
    for (size_t g = 0; g < 8; g++) {
        assert_near(step_of(trainer, 0, g)->target, step_of(trainer, 0, g)->profit, 0.0);
    }
    dcat_trainer_destroy(trainer);
    config = epoch_config(DCAT_ESTIMATOR_GAE);
    config.critic_judges = true;
    dcat_error err = {0};
    assert_int_equal(dcat_train_config_check(&config, &err), DCAT_ERR_RANGE);
    config.critic_judges = false;
    config.expert_moves = 1;
    assert_int_equal(dcat_train_config_check(&config, &err), DCAT_ERR_RANGE);
    dcat_demand_destroy(demand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gae_advantages_of_an_epoch_have_mean_0_and_deviation_1),
        cmocka_unit_test(test_reports_of_an_epoch_are_means_over_environments_and_steps),
        cmocka_unit_test(test_the_entropys_weight_falls_linearly_to_nothing),
        cmocka_unit_test(test_only_the_actors_gradient_is_cut_to_its_limit),
        cmocka_unit_test(test_the_learning_rate_falls_along_half_a_cosine),
        cmocka_unit_test(test_a_group_goes_on_with_the_decision_that_nobody_sampled),
        cmocka_unit_test(test_three_epochs_have_their_numbers),
        cmocka_unit_test(test_an_expert_earns_more_than_all_samples_and_is_learned),
        cmocka_unit_test(test_a_critic_that_judges_learns_how_clusterings_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
