// SPDX-License-Identifier: Apache-2.0
// Gradients against finite differences, in double precision: of every layer, and of the
// log-probability and entropy of whole clusterings.

#include "support.h"

#include "learn/net/mlp.h"
#include "learn/walk.h"
#include "rl_support.h"
#include <stdlib.h>
#include <string.h>

// --- layers

#define ROWS 300 // more than one batch

static double weighted_output(rl_mlp net, const double *w, const float *x, const float *dy)
{
    double sum = 0.0;
    for (size_t r = 0; r < ROWS; r++) {
        double y[8];
        rl_test_forward(net, w, &x[r * net.in], y);
        for (size_t k = 0; k < net.out; k++) {
            sum += (double)dy[r * net.out + k] * y[k];
        }
    }
    return sum;
}

static void check_network(rl_mlp net, uint64_t seed)
{
    size_t count = rl_mlp_parts_of(net).count;
    float *w = malloc(sizeof *w * count), *gradient = calloc(count, sizeof *gradient), *block;
    float *x = malloc(sizeof *x * ROWS * net.in), *dy = malloc(sizeof *dy * ROWS * net.out);
    rl_mlp_scratch scratch = rl_test_scratch(&block);
    rl_mlp_init(net, w, seed, 0, 1.0f);
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 99, 0);
    for (size_t i = 0; i < count; i++) {
        w[i] += (float)(0.1 * dcat_rng_uniform(&rng)); // biases too
    }
    for (size_t i = 0; i < ROWS * net.in; i++) {
        x[i] = (float)(2.0 * dcat_rng_uniform(&rng) - 1.0);
    }
    for (size_t i = 0; i < ROWS * net.out; i++) {
        dy[i] = (float)(2.0 * dcat_rng_uniform(&rng) - 1.0);
    }
    rl_mlp_backward_rows(net, w, x, dy, ROWS, &scratch, gradient);

    double *wide = rl_test_in_double(w, count), *expected = malloc(sizeof *expected * count);
    double largest = 0.0;
    assert_non_null(expected);
    size_t tried = 0, stride = count / 300 + 1; // all weights of a small network
    for (size_t i = 0; i < count; i += stride) {
        const double step = 1e-6, saved = wide[i];
        wide[i] = saved + step;
        double above = weighted_output(net, wide, x, dy);
        wide[i] = saved - step;
        double below = weighted_output(net, wide, x, dy);
        wide[i] = saved;
        gradient[tried] = gradient[i];
        expected[tried] = (above - below) / (2.0 * step);
        largest = fmax(largest, fabs(expected[tried]));
        tried++;
    }
    rl_test_same_gradient(gradient, expected, tried, largest);
    free(expected);
    free(wide);
    free(block);
    free(dy);
    free(x);
    free(gradient);
    free(w);
}

static void test_gradients_of_every_layer_match_finite_differences(void **state)
{
    (void)state;
    check_network((rl_mlp){5, 8, 1}, 1);
    check_network((rl_mlp){7, 16, 5}, 2);
    check_network((rl_mlp){RL_PAIR_COUNT, 16, RL_CONTEXT_COUNT}, 3);
    check_network((rl_mlp){RL_POOL_COUNT, 8, 1}, 4);
    check_network((rl_mlp){2 * RL_POOL_COUNT, 8, 1}, 5); // the critic
}

static void test_one_row_and_many_rows_agree(void **state)
{
    (void)state;
    const rl_mlp net = {11, 24, 3};
    size_t count = rl_mlp_parts_of(net).count;
    float *w = malloc(sizeof *w * count), *block, *x = malloc(sizeof *x * ROWS * net.in);
    float *y = malloc(sizeof *y * ROWS * net.out);
    rl_mlp_scratch scratch = rl_test_scratch(&block);
    rl_mlp_init(net, w, 3, 0, 1.0f);
    dcat_rng rng = dcat_rng_at(3, DCAT_STREAM_USER, 98, 0);
    for (size_t i = 0; i < count; i++) {
        w[i] += (float)(0.1 * dcat_rng_uniform(&rng)); // biases too
    }
    for (size_t i = 0; i < ROWS * net.in; i++) {
        x[i] = (float)dcat_rng_uniform(&rng);
    }
    rl_mlp_forward_rows(net, w, x, ROWS, &scratch, y);
    for (size_t r = 0; r < ROWS; r++) {
        float one[3];
        rl_mlp_forward(net, w, &x[r * net.in], one);
        for (size_t k = 0; k < 3; k++) {
            assert_near((double)one[k], (double)y[r * 3 + k], 1e-4);
        }
    }
    free(y);
    free(x);
    free(block);
    free(w);
}

// --- whole clusterings

typedef struct fixture {
    dcat_world *world;
    dcat_demand *demand;
    dcat_observation observation;
    dcat_actor *actor;
    void *block;
    rl_walk walk;
    rl_rows rows;
    rl_sample sample;
} fixture;

static void set_up(fixture *f, uint64_t seed)
{
    dcat_error err = {0};
    const dcat_actor_shape shape = {.pair_hidden = 8, .stop_hidden = 8, .critic_hidden = 8};
    f->world = rl_test_world(seed, 14);
    f->demand = rl_test_demand();
    f->observation = rl_test_observation(f->demand);
    assert_int_equal(dcat_actor_create(&shape, seed, &f->actor, &err), DCAT_OK);
    for (size_t i = 0; i < f->actor->weight_count; i++) {
        f->actor->weights[i] *= 3.0f; // far from uniform
    }
    for (int pass = 0; pass < 2; pass++) {
        arena a = {.base = pass == 0 ? NULL : f->block};
        rl_walk_layout(&a, f->world, &f->walk);
        rl_rows_layout(&a, f->world, f->walk.pair_max, 1, 1, &f->rows);
        rl_sample_layout(&a, f->walk.pair_max, 14, &f->sample);
        if (pass == 0) {
            f->block = aligned_alloc(DCAT_ARENA_ALIGN, a.used);
            assert_non_null(f->block);
        }
    }
    f->walk.rows = &f->rows;
}

static void tear_down(fixture *f)
{
    free(f->block);
    dcat_actor_destroy(f->actor);
    rl_test_observation_free(&f->observation);
    dcat_demand_destroy(f->demand);
    dcat_world_destroy(f->world);
}

// led: by a walk towards what another one came to, which it must reach.
static void check_clustering(uint64_t seed, float weight_log, float weight_entropy, bool led)
{
    fixture f = {0};
    set_up(&f, seed);
    rl_rows_clear(&f.rows);
    assert_true(rl_walk_begin(&f.walk, f.actor, &f.observation, dcat_auction_find("rea")));
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 97, 0);
    rl_walk_sample(&f.walk, &rng, &f.sample);
    if (led) {
        int32_t target[14], merged[2 * 14];
        size_t step_count = f.sample.step_count;
        memcpy(target, f.sample.cluster_of, sizeof target);
        memcpy(merged, f.sample.merged, sizeof *merged * 2 * step_count);
        rl_rows_clear(&f.rows);
        assert_true(rl_walk_begin(&f.walk, f.actor, &f.observation, dcat_auction_find("rea")));
        rng = dcat_rng_at(seed, DCAT_STREAM_USER, 98, 0);
        rl_walk_follow(&f.walk, &rng, target, &f.sample);
        assert_memory_equal(f.sample.cluster_of, target, sizeof target);
        assert_int_equal(f.sample.step_count, step_count); // merges, and the stop
        assert_true(memcmp(f.sample.merged, merged, sizeof *merged * 2 * step_count) != 0);
    }
    assert_true(f.sample.step_count >= 4);
    rl_sample_weigh(&f.sample, weight_log, weight_entropy, &f.rows);
    size_t count = f.actor->critic_at; // pair and stop; the critic has no part in it
    float *gradient = calloc(f.actor->weight_count, sizeof *gradient), *block;
    rl_mlp_scratch scratch = rl_test_scratch(&block);
    rl_rows_backward(&f.rows, f.actor, &scratch, gradient);

    double *w = rl_test_in_double(f.actor->weights, f.actor->weight_count);
    double *expected = malloc(sizeof *expected * count), log_probability, entropy;
    double largest_pair = 0.0, largest_stop = 0.0;
    assert_non_null(expected);
    rl_test_replay(&f.walk, f.actor, w, &f.sample, &log_probability, &entropy);
    assert_near(f.sample.log_probability, log_probability, 1e-4);
    assert_near(f.sample.entropy, entropy, 1e-4);
    for (size_t i = 0; i < count; i++) {
        const double step = 1e-5, saved = w[i];
        double above[2], below[2];
        w[i] = saved + step;
        rl_test_replay(&f.walk, f.actor, w, &f.sample, &above[0], &above[1]);
        w[i] = saved - step;
        rl_test_replay(&f.walk, f.actor, w, &f.sample, &below[0], &below[1]);
        w[i] = saved;
        expected[i] = ((double)weight_log * (above[0] - below[0]) +
                       (double)weight_entropy * (above[1] - below[1])) /
                      (2.0 * step);
        double *largest = i < f.actor->stop_at ? &largest_pair : &largest_stop;
        *largest = fmax(*largest, fabs(expected[i]));
    }
    // Each network by its own scale: the smaller one must not hide behind the larger.
    size_t stop_at = f.actor->stop_at;
    rl_test_same_gradient(gradient, expected, stop_at, largest_pair);
    rl_test_same_gradient(&gradient[stop_at], &expected[stop_at], count - stop_at, largest_stop);
    for (size_t i = count; i < f.actor->weight_count; i++) {
        assert_true(gradient[i] == 0.0f);
    }
    free(expected);
    free(w);
    free(block);
    free(gradient);
    tear_down(&f);
}

static void test_gradient_of_a_clusterings_log_probability_matches(void **state)
{
    (void)state;
    check_clustering(41, 1.0f, 0.0f, false);
    check_clustering(42, 1.0f, 0.0f, false);
}

static void test_gradient_of_a_clusterings_entropy_matches(void **state)
{
    (void)state;
    check_clustering(43, 0.0f, 1.0f, false);
    check_clustering(44, 0.5f, -2.0f, false);
}

static void test_a_walk_that_is_led_comes_to_its_target_and_its_gradients_match(void **state)
{
    (void)state;
    check_clustering(45, 1.0f, 0.0f, true);
    check_clustering(46, 0.5f, -2.0f, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_of_every_layer_match_finite_differences),
        cmocka_unit_test(test_one_row_and_many_rows_agree),
        cmocka_unit_test(test_gradient_of_a_clusterings_log_probability_matches),
        cmocka_unit_test(test_gradient_of_a_clusterings_entropy_matches),
        cmocka_unit_test(test_a_walk_that_is_led_comes_to_its_target_and_its_gradients_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
