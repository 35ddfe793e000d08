// SPDX-License-Identifier: Apache-2.0
// Estimators: advantages and targets against examples worked by hand, and the gradient of a whole
// epoch, critic included, against finite differences in double.

#include "learn/estimator.c" // its recursions are static

#include "support.h"

#include "learn/net/adam.h"
#include "rl_support.h"
#include <stdlib.h>

// --- worked by hand

static void test_group_advantages_are_standardised_profits(void **state)
{
    (void)state;
    // Profits 1, 2, 3, 6: mean 3, squares of the distances 4, 1, 0, 9, variance 14 / 4 = 3.5.
    rl_step steps[4] = {{.profit = 1.0}, {.profit = 2.0}, {.profit = 3.0}, {.profit = 6.0}};
    standardise(steps, 4);
    assert_near(steps[0].advantage, -2.0 / sqrt(3.5), 1e-5);
    assert_near(steps[1].advantage, -1.0 / sqrt(3.5), 1e-5);
    assert_near(steps[2].advantage, 0.0, 1e-12);
    assert_near(steps[3].advantage, 3.0 / sqrt(3.5), 1e-5);
    for (int g = 0; g < 4; g++) {
        assert_near(steps[g].target, 3.0, 1e-12);
    }
}

static void test_equal_profits_teach_nothing(void **state)
{
    (void)state;
    rl_step steps[3] = {{.profit = 0.25}, {.profit = 0.25}, {.profit = 0.25}};
    standardise(steps, 3);
    for (int g = 0; g < 3; g++) {
        assert_near(steps[g].advantage, 0.0, 1e-9);
    }
}

// Three cycles and the value of what follows them. xi = 0.5, so rewards count half.
static const double profits[] = {0.6, 0.2, 1.0, 0.0};
static const double values[] = {0.5, 0.4, 0.3, 0.7};

static void make_steps(rl_step steps[4])
{
    for (int t = 0; t < 4; t++) {
        steps[t] = (rl_step){.profit = profits[t], .value = values[t], .used = true};
    }
}

static void test_gae_sums_discounted_errors_backwards(void **state)
{
    (void)state;
    dcat_train_config config = dcat_train_config_default(DCAT_ESTIMATOR_GAE);
    config.step_count = 3;
    config.discount = 0.5;
    config.trace = 0.8;
    rl_step steps[4];
    make_steps(steps);
    advantages_of_steps(&config, steps);
    // Errors (14): 0.5 + 0.5 * 0.7 - 0.3 = 0.55, 0.1 + 0.5 * 0.3 - 0.4 = -0.15 and
    // 0.3 + 0.5 * 0.4 - 0.5 = 0. Each takes 0.5 * 0.8 = 0.4 of the one behind it:
    // 0.55, -0.15 + 0.22 = 0.07, 0 + 0.028.
    const double expected[] = {0.028, 0.07, 0.55};
    for (int t = 0; t < 3; t++) {
        assert_near(steps[t].advantage, expected[t], 1e-12);
        assert_near(steps[t].target, values[t] + expected[t], 1e-12);
    }
}

static void test_paper_weighs_by_q_and_moves_q_by_the_td_error(void **state)
{
    (void)state;
    dcat_train_config config = dcat_train_config_default(DCAT_ESTIMATOR_PAPER);
    config.step_count = 3;
    config.discount = 0.5;
    rl_step steps[4];
    make_steps(steps);
    advantages_of_steps(&config, steps);
    // The target is the reward and half of the next Q: 0.3 + 0.2, 0.1 + 0.15, 0.5 + 0.35.
    const double expected[] = {0.5, 0.25, 0.85};
    for (int t = 0; t < 3; t++) {
        assert_near(steps[t].advantage, values[t], 1e-12); // (13): Q itself, no baseline
        assert_near(steps[t].target, expected[t], 1e-12);
    }
}

static void test_the_critic_sees_the_partition_only_as_q(void **state)
{
    (void)state;
    rl_sample sample = {0};
    const dcat_actor_shape shape = dcat_actor_shape_default();
    dcat_actor *actor = NULL;
    assert_int_equal(dcat_actor_create(&shape, 1, &actor, NULL), DCAT_OK);
    for (int i = 0; i < RL_POOL_COUNT; i++) {
        sample.state[i] = 1.0f + (float)i;
        sample.pool[i] = -1.0f - (float)i;
    }
    for (int e = 0; e < DCAT_ESTIMATOR_COUNT; e++) {
        const dcat_train_config config = dcat_train_config_default((dcat_estimator)e);
        float x[RL_CRITIC_IN];
        critic_input(&config, actor, &sample, x);
        for (int i = 0; i < RL_POOL_COUNT; i++) {
            float chosen = e == DCAT_ESTIMATOR_PAPER ? sample.pool[i] : 0.0f;
            assert_true(x[i] == sample.state[i] && x[RL_POOL_COUNT + i] == chosen);
        }
    }
    dcat_actor_destroy(actor);
}

static void test_adam_takes_the_steps_worked_by_hand(void **state)
{
    (void)state;
    float mean[3] = {0}, square[3] = {0}, weights[3] = {7.0f, 1.0f, 7.0f};
    rl_adam adam = {.mean = mean, .square = square, .count = 3};
    // Gradient 0.5: mean 0.05 / 0.1 = 0.5, square 0.00025 / 0.001 = 0.25, so a step of
    // 0.1 * 0.5 / 0.5.
    rl_adam_apply(&adam, weights, (float[]){9.0f, 0.5f, 9.0f}, 1, 1, 0.1);
    rl_adam_advance(&adam);
    assert_near((double)weights[1], 0.9, 1e-6);
    // Gradient -0.25: mean (0.9 * 0.05 - 0.1 * 0.25) / 0.19 = 0.02 / 0.19 = 0.1052632, square
    // (0.999 * 0.00025 + 0.001 * 0.0625) / 0.001999 = 0.00031225 / 0.001999 = 0.1562031, its root
    // 0.3952254: a step of 0.1 * 0.1052632 / 0.3952254 = 0.0266337.
    rl_adam_apply(&adam, weights, (float[]){9.0f, -0.25f, 9.0f}, 1, 1, 0.1);
    rl_adam_advance(&adam);
    assert_near((double)weights[1], 0.8733663, 1e-6);
    assert_true(weights[0] == 7.0f && weights[2] == 7.0f); // outside [first, first + count)
    assert_near(rl_norm((float[]){3.0f, -4.0f}, 2), 5.0, 1e-12);
}

// --- the gradient of an epoch

#define TRIED 160 // weights of the actor that are moved; the critic's all are
#define ENTROPY_WEIGHT 0.3
#define SHARE 0.25

static dcat_trainer *make_trainer_of(dcat_train_config config, dcat_demand *demand)
{
    config.auction = dcat_auction_find("rea");
    config.environment_count = 1;
    static const dcat_jobs threads_1 = {.size = sizeof(dcat_jobs), .thread_count = 1};
    config.jobs = &threads_1;
    const dcat_actor_shape shape = {.pair_hidden = 8, .stop_hidden = 8, .critic_hidden = 8};
    dcat_train_source source = rl_test_source(demand);
    dcat_actor *actor = NULL;
    dcat_trainer *trainer = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_actor_create(&shape, 21, &actor, &err), DCAT_OK);
    for (size_t i = 0; i < actor->weight_count; i++) {
        actor->weights[i] *= 3.0f; // far from uniform
    }
    if (dcat_trainer_create(&config, &source, actor, &trainer, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    dcat_actor_destroy(actor);
    rl_environment *env = &trainer->environments[0];
    if (rl_environment_renew(env, rl_cycles_needed(&trainer->config), &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return trainer;
}

static dcat_trainer *make_trainer(dcat_estimator estimator, dcat_demand *demand)
{
    dcat_train_config config = dcat_train_config_default(estimator);
    config.sample_count = 3;
    config.step_count = 3;
    return make_trainer_of(config, demand);
}

// Weights to move: some of the actor's, spread over pair and stop network, and all of the critic's.
static size_t choose_weights(const dcat_actor *actor, size_t *chosen)
{
    size_t count = 0;
    for (size_t i = 0; i < TRIED; i++) {
        chosen[count++] = i * 7919 % actor->stop_at;
        chosen[count++] = actor->stop_at + i * 7919 % (actor->critic_at - actor->stop_at);
    }
    for (size_t i = actor->critic_at; i < actor->weight_count; i++) {
        chosen[count++] = i;
    }
    return count;
}

// The loss that one sample adds, as a function of the weights: what the optimiser should descend.
static double loss_of(rl_environment *env, const dcat_actor *actor, const double *w,
                      const rl_sample *sample, const rl_step *step, bool of_critic)
{
    if (of_critic) {
        float x[RL_CRITIC_IN];
        double value;
        critic_input(env->config, actor, sample, x);
        rl_test_forward(actor->critic, &w[actor->critic_at], x, &value);
        return (value - step->target) * (value - step->target);
    }
    double log_probability, entropy;
    rl_test_replay(&env->walk, actor, w, sample, &log_probability, &entropy);
    return -step->advantage * log_probability - ENTROPY_WEIGHT * entropy;
}

// Add a sample's derivatives by the chosen weights. The twin environment is in the sample's scene.
static void add_derivatives(rl_environment *twin, const dcat_actor *actor, double *w,
                            const rl_sample *sample, const rl_step *step, double critic_share,
                            const size_t *chosen, size_t chosen_count, double *sum)
{
    for (size_t i = 0; i < chosen_count; i++) {
        const double h = 1e-5, saved = w[chosen[i]];
        bool of_critic = chosen[i] >= actor->critic_at;
        w[chosen[i]] = saved + h;
        double above = loss_of(twin, actor, w, sample, step, of_critic);
        w[chosen[i]] = saved - h;
        double below = loss_of(twin, actor, w, sample, step, of_critic);
        w[chosen[i]] = saved;
        sum[i] += (of_critic ? critic_share : SHARE) * (above - below) / (2.0 * h);
    }
}

// Fail unless the derivatives of one network's weights agree, by that network's own scale.
static void compare_part(const float *gradient, const double *sum, const size_t *chosen,
                         size_t chosen_count, size_t first, size_t end)
{
    float found[2048];
    double expected[2048], largest = 0.0;
    size_t count = 0;
    for (size_t i = 0; i < chosen_count; i++) {
        if (chosen[i] >= first && chosen[i] < end) {
            assert_true(count < 2048);
            found[count] = gradient[chosen[i]];
            expected[count++] = sum[i];
            largest = fmax(largest, fabs(sum[i]));
        }
    }
    rl_test_same_gradient(found, expected, count, largest);
}

static void check_epoch(dcat_estimator estimator)
{
    dcat_demand *demand = rl_test_demand();
    dcat_trainer *trainer = make_trainer(estimator, demand),
                 *other = make_trainer(estimator, demand);
    rl_environment *env = &trainer->environments[0], *twin = &other->environments[0];
    const dcat_actor *actor = trainer->actor;
    size_t chosen[4096], count = choose_weights(actor, chosen);
    double *w = rl_test_in_double(actor->weights, actor->weight_count);
    double *sum = calloc(count, sizeof *sum);
    assert_non_null(sum);
    rl_play(env, actor, 0, trainer->steps);
    rl_learn(env, actor, trainer->steps, ENTROPY_WEIGHT, SHARE);
    // The twin lives through the same cycles, so that every sample meets its own scene again.
    bool group = estimator == DCAT_ESTIMATOR_GROUP;
    for (size_t t = 0; t < 3; t++) {
        if (t == 0 || !group) {
            rl_rows_clear(&twin->rows);
            assert_true(rl_environment_look(twin, actor));
        }
        // Of a group the critic learns one thing, the mean: the first sample has it, three shares.
        double critic_share = !group ? SHARE : t == 0 ? 3.0 * SHARE : 0.0;
        add_derivatives(twin, actor, w, &env->samples[t], &trainer->steps[t], critic_share, chosen,
                        count, sum);
        if (!group) {
            rl_environment_draw(twin, 1);
            double profit = rl_environment_go_on(twin, env->samples[t].cluster_of);
            assert_near(profit, trainer->steps[t].profit, 1e-12);
        }
    }
    compare_part(env->gradient, sum, chosen, count, 0, actor->stop_at);
    compare_part(env->gradient, sum, chosen, count, actor->stop_at, actor->critic_at);
    compare_part(env->gradient, sum, chosen, count, actor->critic_at, actor->weight_count);
    free(sum);
    free(w);
    dcat_trainer_destroy(trainer);
    dcat_trainer_destroy(other);
    dcat_demand_destroy(demand);
}

static void test_an_epochs_gradient_matches_finite_differences_for_group(void **state)
{
    (void)state;
    check_epoch(DCAT_ESTIMATOR_GROUP);
}

static void test_an_epochs_gradient_matches_finite_differences_for_gae(void **state)
{
    (void)state;
    check_epoch(DCAT_ESTIMATOR_GAE);
}

static void test_an_epochs_gradient_matches_finite_differences_for_paper(void **state)
{
    (void)state;
    check_epoch(DCAT_ESTIMATOR_PAPER);
}

// --- Algorithm 1 to the letter

static double q_of(const dcat_train_config *config, const dcat_actor *actor,
                   const rl_sample *sample)
{
    float x[RL_CRITIC_IN];
    critic_input(config, actor, sample, x);
    return critic_value(actor, x);
}

// Two cycles, line by line. The last weight of a network is its output's bias, by which Q's
// derivative is 1.
static void test_the_letter_is_lines_10_to_12_of_algorithm_1(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = dcat_train_config_default(DCAT_ESTIMATOR_PAPER);
    config.letter = true;
    config.step_count = 1;
    config.entropy_weight = 0.0;
    config.learning_rate = 0.25; // alpha; the schedule would end at 1e-5
    config.epoch_count = 1;
    config.critic_rate = 0.125; // beta
    config.discount = 0.75;     // gamma of line 10
    config.gradient_max = 1e-9; // would leave nothing
    dcat_trainer *trainer = make_trainer_of(config, demand);
    dcat_trainer *twin = make_trainer_of(config, demand);
    const dcat_actor *actor = trainer->actor;
    size_t last = actor->weight_count - 1;
    for (uint32_t t = 0; t < 2; t++) {
        // The twin plays the cycle with the same weights: a_t, r_t, a_(t+1), and grad log pi of
        // a_t.
        rl_environment *env = &twin->environments[0];
        memcpy(twin->actor->weights, actor->weights, sizeof(float) * actor->weight_count);
        env->report = (dcat_train_report){0};
        rl_play(env, twin->actor, t, twin->steps);
        double q = q_of(&config, actor, &env->samples[0]);
        double q_next = q_of(&config, actor, &env->samples[1]);
        double delta = twin->steps[0].profit + 0.75 * q_next - q; // line 10
        memset(env->gradient, 0, sizeof(float) * actor->weight_count);
        rl_sample_weigh(&env->samples[0], 1.0f, 0.0f, &env->rows);
        rl_rows_backward(&env->rows, actor, &env->scratch, env->gradient);
        dcat_train_report report;
        assert_int_equal(dcat_trainer_epoch(trainer, &report, NULL), DCAT_OK);
        assert_near(report.learning_rate, 0.25, 0.0);
        // Line 11: w + beta delta grad Q.
        assert_near((double)actor->weights[last],
                    (double)twin->actor->weights[last] + 0.125 * delta, 1e-6);
        // Line 12: theta + alpha grad log pi Q, by the w of line 11.
        double q_moved = q_of(&config, actor, &env->samples[0]);
        assert_true(fabs(q_moved - q) > 1e-4);
        double largest = 0.0;
        for (size_t i = 0; i < actor->critic_at; i++) {
            double step = 0.25 * q_moved * (double)env->gradient[i];
            assert_near((double)actor->weights[i], (double)twin->actor->weights[i] + step, 1e-5);
            largest = fmax(largest, fabs(step));
        }
        assert_true(largest > 1e-3);
    }
    dcat_trainer_destroy(trainer);
    dcat_trainer_destroy(twin);
    dcat_demand_destroy(demand);
}

static void test_the_letter_takes_nothing_that_algorithm_1_has_not(void **state)
{
    (void)state;
    dcat_train_config good = dcat_train_config_default(DCAT_ESTIMATOR_PAPER);
    good.letter = true;
    good.environment_count = good.step_count = 1;
    good.entropy_weight = 0.0;
    assert_int_equal(dcat_train_config_check(&good, NULL), DCAT_OK);
    dcat_train_config wrong[] = {good, good, good, good};
    wrong[0].estimator = DCAT_ESTIMATOR_GAE;
    wrong[1].environment_count = 2;
    wrong[2].step_count = 2;
    wrong[3].entropy_weight = 0.01;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(dcat_train_config_check(&wrong[i], NULL), DCAT_ERR_RANGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_group_advantages_are_standardised_profits),
        cmocka_unit_test(test_equal_profits_teach_nothing),
        cmocka_unit_test(test_gae_sums_discounted_errors_backwards),
        cmocka_unit_test(test_paper_weighs_by_q_and_moves_q_by_the_td_error),
        cmocka_unit_test(test_the_critic_sees_the_partition_only_as_q),
        cmocka_unit_test(test_adam_takes_the_steps_worked_by_hand),
        cmocka_unit_test(test_an_epochs_gradient_matches_finite_differences_for_group),
        cmocka_unit_test(test_an_epochs_gradient_matches_finite_differences_for_gae),
        cmocka_unit_test(test_an_epochs_gradient_matches_finite_differences_for_paper),
        cmocka_unit_test(test_the_letter_is_lines_10_to_12_of_algorithm_1),
        cmocka_unit_test(test_the_letter_takes_nothing_that_algorithm_1_has_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
