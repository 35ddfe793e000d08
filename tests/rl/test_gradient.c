// Gradients against finite differences, in double precision: of every layer, and of the
// log-probability and entropy of whole clusterings.

#include "support.h"

#include "rl/mlp.h"
#include "rl/walk.h"
#include "rl_support.h"
#include <stdlib.h>
#include <string.h>

// --- an independent network in double
// -------------------------------------------------------------

// Written out once more, in double and without blocks: what the library's float code is held
// against.
static void forward_in_double(rl_mlp net, const double *w, const float *x, double *y)
{
    rl_mlp_parts at = rl_mlp_parts_of(net);
    double h1[RL_HIDDEN_MAX], h2[RL_HIDDEN_MAX];
    for (size_t j = 0; j < net.hidden; j++) {
        double sum = w[at.b1 + j];
        for (size_t i = 0; i < net.in; i++) {
            sum += w[at.w1 + i * net.hidden + j] * (double)x[i];
        }
        h1[j] = sum > 0.0 ? sum : 0.0;
    }
    for (size_t j = 0; j < net.hidden; j++) {
        double sum = w[at.b2 + j];
        for (size_t i = 0; i < net.hidden; i++) {
            sum += w[at.w2 + i * net.hidden + j] * h1[i];
        }
        h2[j] = sum > 0.0 ? sum : 0.0;
    }
    for (size_t k = 0; k < net.out; k++) {
        y[k] = w[at.b3 + k];
        for (size_t j = 0; j < net.hidden; j++) {
            y[k] += w[at.w3 + j * net.out + k] * h2[j];
        }
    }
}

static double *in_double(const float *w, size_t count)
{
    double *copy = malloc(sizeof *copy * count);
    assert_non_null(copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = (double)w[i];
    }
    return copy;
}

static rl_mlp_scratch make_scratch(float **block)
{
    size_t each = (size_t)RL_BATCH * RL_HIDDEN_MAX;
    *block = calloc(4 * each, sizeof **block);
    assert_non_null(*block);
    return (rl_mlp_scratch){*block, *block + each, *block + 2 * each, *block + 3 * each};
}

// --- layers
// ---------------------------------------------------------------------------------------

#define ROWS 300 // more than one batch

static double weighted_output(rl_mlp net, const double *w, const float *x, const float *dy)
{
    double sum = 0.0;
    for (size_t r = 0; r < ROWS; r++) {
        double y[8];
        forward_in_double(net, w, &x[r * net.in], y);
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
    rl_mlp_scratch scratch = make_scratch(&block);
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

    double *wide = in_double(w, count);
    size_t kinks = 0;
    for (size_t i = 0; i < count; i++) {
        const double step = 1e-6, saved = wide[i];
        wide[i] = saved + step;
        double above = weighted_output(net, wide, x, dy);
        wide[i] = saved - step;
        double below = weighted_output(net, wide, x, dy);
        wide[i] = saved;
        double expected = (above - below) / (2.0 * step);
        // A unit at its kink within the step makes the difference quotient wrong, not the gradient.
        kinks += !(fabs((double)gradient[i] - expected) <= 2e-3 * fmax(1.0, fabs(expected)));
    }
    assert_true(kinks <= count / 200);
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
}

static void test_one_row_and_many_rows_agree(void **state)
{
    (void)state;
    const rl_mlp net = {11, 24, 3};
    size_t count = rl_mlp_parts_of(net).count;
    float *w = malloc(sizeof *w * count), *block, *x = malloc(sizeof *x * ROWS * net.in);
    float *y = malloc(sizeof *y * ROWS * net.out);
    rl_mlp_scratch scratch = make_scratch(&block);
    rl_mlp_init(net, w, 3, 0, 1.0f);
    dcat_rng rng = dcat_rng_at(3, DCAT_STREAM_USER, 98, 0);
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
// ----------------------------------------------------------------------------

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

// Log-probability and entropy of the sampled choices, told from scratch in double: every step's
// scores come from the networks above and the features of the partition at that step.
static void replay(fixture *f, const double *w, const int32_t choice[][2], size_t step_count,
                   double *log_probability, double *entropy)
{
    const dcat_actor *actor = f->actor;
    rl_merger *merger = &f->walk.merger;
    rl_merger_copy(merger, &f->walk.start);
    *log_probability = *entropy = 0.0;
    for (size_t t = 0; t < step_count; t++) {
        double score[128], chosen = 0.0;
        size_t count = 0;
        for (size_t p = 0; p < merger->live_count; p++) {
            for (size_t q = p + 1; q < merger->live_count; q++) {
                int32_t a = merger->live[p], b = merger->live[q];
                if (!rl_merger_legal(merger, a, b)) {
                    continue;
                }
                float x[RL_PAIR_COUNT], weight[RL_AREAS], context[RL_CONTEXT_COUNT];
                double answer[RL_CONTEXT_COUNT];
                rl_pair_features(merger, a, b, x, weight);
                rl_pair_contexts(merger, weight, context);
                forward_in_double(actor->pair, w, x, answer);
                score[count] = 0.0;
                for (size_t j = 0; j < RL_CONTEXT_COUNT; j++) {
                    score[count] += answer[j] * (double)context[j];
                }
                chosen = a == choice[t][0] && b == choice[t][1] ? score[count] : chosen;
                count++;
            }
        }
        float pool[RL_POOL_COUNT];
        rl_pool_features(merger, count, pool);
        forward_in_double(actor->stop, &w[actor->stop_at], pool, &score[count]);
        chosen = choice[t][0] < 0 ? score[count] : chosen;
        double sum = 0.0, mean = 0.0;
        for (size_t p = 0; p <= count; p++) {
            sum += exp(score[p]);
        }
        for (size_t p = 0; p <= count; p++) {
            mean += exp(score[p]) / sum * score[p];
        }
        *log_probability += chosen - log(sum);
        *entropy += log(sum) - mean;
        if (choice[t][0] >= 0) {
            rl_merger_join(merger, choice[t][0], choice[t][1]);
        }
    }
}

// The choices of the last sample: its merges are found by sampling again, watching the live
// clusters.
static size_t choices_of(fixture *f, dcat_rng rng, int32_t choice[][2])
{
    rl_sample *sample = &f->sample;
    rl_walk_sample(&f->walk, &rng, sample);
    for (size_t t = 0; t < sample->step_count; t++) {
        choice[t][0] = sample->merged[2 * t];
        choice[t][1] = sample->merged[2 * t + 1];
    }
    return sample->step_count;
}

static void check_clustering(uint64_t seed, float weight_log, float weight_entropy)
{
    fixture f = {0};
    set_up(&f, seed);
    rl_rows_clear(&f.rows);
    assert_true(rl_walk_begin(&f.walk, f.actor, &f.observation, DCAT_AUCTION_REA));
    int32_t choice[64][2];
    size_t steps = choices_of(&f, dcat_rng_at(seed, DCAT_STREAM_USER, 97, 0), choice);
    assert_true(steps >= 4);
    rl_sample_weigh(&f.sample, weight_log, weight_entropy, &f.rows);
    size_t count = f.actor->weight_count;
    float *gradient = calloc(count, sizeof *gradient), *block;
    rl_mlp_scratch scratch = make_scratch(&block);
    rl_rows_backward(&f.rows, f.actor, &scratch, gradient);

    double *w = in_double(f.actor->weights, count), log_probability, entropy;
    replay(&f, w, choice, steps, &log_probability, &entropy);
    assert_near(f.sample.log_probability, log_probability, 1e-4);
    assert_near(f.sample.entropy, entropy, 1e-4);
    size_t wrong = 0;
    double largest = 0.0;
    for (size_t i = 0; i < f.actor->critic_at; i++) {
        const double step = 1e-5, saved = w[i];
        double above[2], below[2];
        w[i] = saved + step;
        replay(&f, w, choice, steps, &above[0], &above[1]);
        w[i] = saved - step;
        replay(&f, w, choice, steps, &below[0], &below[1]);
        w[i] = saved;
        double expected = ((double)weight_log * (above[0] - below[0]) +
                           (double)weight_entropy * (above[1] - below[1])) /
                          (2.0 * step);
        wrong += !(fabs((double)gradient[i] - expected) <= 2e-3 * fmax(1.0, fabs(expected)));
        largest = fmax(largest, fabs(expected));
    }
    assert_true(largest > 0.1);
    assert_true(wrong <= count / 200); // kinks, as above
    free(w);
    free(block);
    free(gradient);
    tear_down(&f);
}

static void test_gradient_of_a_clusterings_log_probability_matches(void **state)
{
    (void)state;
    check_clustering(11, 1.0f, 0.0f);
    check_clustering(12, 1.0f, 0.0f);
}

static void test_gradient_of_a_clusterings_entropy_matches(void **state)
{
    (void)state;
    check_clustering(13, 0.0f, 1.0f);
    check_clustering(14, 0.5f, -2.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_of_every_layer_match_finite_differences),
        cmocka_unit_test(test_one_row_and_many_rows_agree),
        cmocka_unit_test(test_gradient_of_a_clusterings_log_probability_matches),
        cmocka_unit_test(test_gradient_of_a_clusterings_entropy_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
