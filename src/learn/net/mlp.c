// SPDX-License-Identifier: Apache-2.0
#include "learn/net/mlp.h"

#include "dcat/rng.h"
#include "learn/net/matrix.h"
#include <assert.h>
#include <math.h>
#include <string.h>

rl_mlp_parts rl_mlp_parts_of(rl_mlp net)
{
    rl_mlp_parts at = {0};
    at.b1 = at.w1 + net.in * net.hidden;
    at.w2 = at.b1 + net.hidden;
    at.b2 = at.w2 + net.hidden * net.hidden;
    at.w3 = at.b2 + net.hidden;
    at.b3 = at.w3 + net.hidden * net.out;
    at.count = at.b3 + net.out;
    return at;
}

// Uniform with the given standard deviation: as good as normal here, and needs no logarithm.
static void draw_weights(float *weights, size_t count, double sd, dcat_rng *rng)
{
    for (size_t i = 0; i < count; i++) {
        weights[i] = (float)(sd * 1.7320508075688772 * (2.0 * dcat_rng_uniform(rng) - 1.0));
    }
}

void rl_mlp_init(rl_mlp net, float *weights, uint64_t seed, uint32_t part, float out_scale)
{
    assert(net.hidden % RL_HIDDEN_MULTIPLE == 0 && net.hidden <= RL_HIDDEN_MAX);
    rl_mlp_parts at = rl_mlp_parts_of(net);
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, part, 0);
    memset(weights, 0, sizeof *weights * at.count);
    draw_weights(&weights[at.w1], net.in * net.hidden, sqrt(2.0 / (double)net.in), &rng);
    draw_weights(&weights[at.w2], net.hidden * net.hidden, sqrt(2.0 / (double)net.hidden), &rng);
    draw_weights(&weights[at.w3], net.hidden * net.out,
                 (double)out_scale * sqrt(1.0 / (double)net.hidden), &rng);
}

// --- one row

typedef float eight __attribute__((vector_size(32), aligned(4), may_alias));

static inline __attribute__((always_inline)) void rectify(const eight *sum, float *y)
{
    for (int lane = 0; lane < 8; lane++) {
        y[lane] = (*sum)[lane] > 0.0f ? (*sum)[lane] : 0.0f;
    }
}

// y = max(0, W^T x + b), eight outputs at a time, the sum over inputs in order. Four times eight
// side by side where there are as many, since each sum waits for its last addition.
static inline __attribute__((always_inline)) void
layer_body(size_t in, size_t out, const float *w, const float *b, const float *x, float *y)
{
    size_t j = 0;
    for (; j + 32 <= out; j += 32) {
        const eight *bias = (const eight *)&b[j];
        eight sum_0 = bias[0], sum_1 = bias[1], sum_2 = bias[2], sum_3 = bias[3];
        for (size_t i = 0; i < in; i++) {
            const eight *row = (const eight *)&w[i * out + j];
            sum_0 += row[0] * x[i];
            sum_1 += row[1] * x[i];
            sum_2 += row[2] * x[i];
            sum_3 += row[3] * x[i];
        }
        rectify(&sum_0, &y[j]);
        rectify(&sum_1, &y[j + 8]);
        rectify(&sum_2, &y[j + 16]);
        rectify(&sum_3, &y[j + 24]);
    }
    for (; j < out; j += 8) {
        eight sum = *(const eight *)&b[j];
        for (size_t i = 0; i < in; i++) {
            sum += *(const eight *)&w[i * out + j] * x[i];
        }
        rectify(&sum, &y[j]);
    }
}

// Wider registers give the same bits: lanes never mix, and multiply and add stay apart.
__attribute__((target("avx2"))) static void layer_wide(size_t in, size_t out, const float *w,
                                                       const float *b, const float *x, float *y)
{
    layer_body(in, out, w, b, x, y);
}

static void layer_plain(size_t in, size_t out, const float *w, const float *b, const float *x,
                        float *y)
{
    layer_body(in, out, w, b, x, y);
}

static void layer(size_t in, size_t out, const float *w, const float *b, const float *x, float *y)
{
    if (__builtin_cpu_supports("avx2")) {
        layer_wide(in, out, w, b, x, y);
    } else {
        layer_plain(in, out, w, b, x, y);
    }
}

void rl_mlp_forward(rl_mlp net, const float *weights, const float *x, float *y)
{
    rl_mlp_parts at = rl_mlp_parts_of(net);
    float hidden_1[RL_HIDDEN_MAX], hidden_2[RL_HIDDEN_MAX];
    layer(net.in, net.hidden, &weights[at.w1], &weights[at.b1], x, hidden_1);
    layer(net.hidden, net.hidden, &weights[at.w2], &weights[at.b2], hidden_1, hidden_2);
    for (size_t k = 0; k < net.out; k++) {
        y[k] = weights[at.b3 + k];
    }
    for (size_t j = 0; j < net.hidden; j++) {
        for (size_t k = 0; k < net.out; k++) {
            y[k] += weights[at.w3 + j * net.out + k] * hidden_2[j];
        }
    }
}

// --- many rows

static void add_bias_and_rectify(float *h, size_t row_count, size_t width, const float *bias)
{
    for (size_t r = 0; r < row_count; r++) {
        for (size_t j = 0; j < width; j++) {
            float value = h[r * width + j] + bias[j];
            h[r * width + j] = value > 0.0f ? value : 0.0f;
        }
    }
}

static void forward_batch(rl_mlp net, const float *weights, const float *x, size_t row_count,
                          const rl_mlp_scratch *scratch)
{
    rl_mlp_parts at = rl_mlp_parts_of(net);
    matrix_product(row_count, net.in, net.hidden, x, &weights[at.w1], scratch->hidden_1);
    add_bias_and_rectify(scratch->hidden_1, row_count, net.hidden, &weights[at.b1]);
    matrix_product(row_count, net.hidden, net.hidden, scratch->hidden_1, &weights[at.w2],
                   scratch->hidden_2);
    add_bias_and_rectify(scratch->hidden_2, row_count, net.hidden, &weights[at.b2]);
}

void rl_mlp_forward_rows(rl_mlp net, const float *weights, const float *x, size_t row_count,
                         const rl_mlp_scratch *scratch, float *y)
{
    rl_mlp_parts at = rl_mlp_parts_of(net);
    for (size_t first = 0; first < row_count; first += RL_BATCH) {
        size_t count = row_count - first < RL_BATCH ? row_count - first : RL_BATCH;
        forward_batch(net, weights, &x[first * net.in], count, scratch);
        float *rows = &y[first * net.out];
        matrix_product(count, net.hidden, net.out, scratch->hidden_2, &weights[at.w3], rows);
        for (size_t r = 0; r < count; r++) {
            for (size_t k = 0; k < net.out; k++) {
                rows[r * net.out + k] += weights[at.b3 + k];
            }
        }
    }
}

static void add_columns(size_t rows, size_t width, const float *d, float *sum)
{
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < width; j++) {
            sum[j] += d[r * width + j];
        }
    }
}

static void backward_batch(rl_mlp net, const float *weights, const float *x, const float *dy,
                           size_t row_count, const rl_mlp_scratch *scratch, float *gradient)
{
    rl_mlp_parts at = rl_mlp_parts_of(net);
    size_t hidden = net.hidden;
    forward_batch(net, weights, x, row_count, scratch);
    matrix_add_outer(row_count, hidden, net.out, scratch->hidden_2, dy, &gradient[at.w3]);
    add_columns(row_count, net.out, dy, &gradient[at.b3]);
    matrix_product_transposed(row_count, net.out, hidden, dy, &weights[at.w3], scratch->delta_2);
    for (size_t i = 0; i < row_count * hidden; i++) {
        scratch->delta_2[i] = scratch->hidden_2[i] > 0.0f ? scratch->delta_2[i] : 0.0f;
    }
    matrix_add_outer(row_count, hidden, hidden, scratch->hidden_1, scratch->delta_2,
                     &gradient[at.w2]);
    add_columns(row_count, hidden, scratch->delta_2, &gradient[at.b2]);
    matrix_product_transposed(row_count, hidden, hidden, scratch->delta_2, &weights[at.w2],
                              scratch->delta_1);
    for (size_t i = 0; i < row_count * hidden; i++) {
        scratch->delta_1[i] = scratch->hidden_1[i] > 0.0f ? scratch->delta_1[i] : 0.0f;
    }
    matrix_add_outer(row_count, net.in, hidden, x, scratch->delta_1, &gradient[at.w1]);
    add_columns(row_count, hidden, scratch->delta_1, &gradient[at.b1]);
}

void rl_mlp_backward_rows(rl_mlp net, const float *weights, const float *x, const float *dy,
                          size_t row_count, const rl_mlp_scratch *scratch, float *gradient)
{
    for (size_t first = 0; first < row_count; first += RL_BATCH) {
        size_t count = row_count - first < RL_BATCH ? row_count - first : RL_BATCH;
        backward_batch(net, weights, &x[first * net.in], &dy[first * net.out], count, scratch,
                       gradient);
    }
}
