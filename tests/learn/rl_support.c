// SPDX-License-Identifier: Apache-2.0
#include "support.h"

#include "rl_support.h"

#include "dcat/x/world_facts.h"
#include "learn/net/matrix.h"
#include "world/world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

dcat_world *rl_test_world(uint64_t seed, size_t server_count)
{
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = 150e3;
    config.slots_per_cycle = 5;
    dcat_server servers[64];
    dcat_area areas[RL_AREAS];
    dcat_draw_servers(seed, 400e3, (dcat_range){200e9, 300e9}, 100, servers, server_count);
    dcat_draw_areas(seed, 400e3, areas, RL_AREAS);
    dcat_world *world = NULL;
    dcat_error err = {0};
    dcat_status status =
        dcat_world_create(&config, servers, server_count, areas, RL_AREAS, seed, &world, &err);
    if (status != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return world;
}

dcat_demand *rl_test_demand(void)
{
    double weight[RL_STEPS * RL_AREAS];
    for (size_t i = 0; i < RL_STEPS * RL_AREAS; i++) {
        weight[i] = 1.0 + (double)(i % 7);
    }
    const dcat_demand_profile profile = {
        DCAT_SIZED(dcat_demand_profile),
        .arrivals_per_slot = 10.0,
        .weight = weight,
        .step_count = RL_STEPS,
        .area_count = RL_AREAS,
        .work_cycles = {500e9, 900e9},
        .data_bits = {20e6, 20e6},
        .deadline_s = {2.0, 3.0},
        .value_per_gigacycle = {INFINITY, INFINITY},
        .train_step_count = RL_STEPS,
    };
    dcat_demand *demand = NULL;
    dcat_error err = {0};
    if (dcat_demand_create_profile(&profile, &demand, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return demand;
}

dcat_observation rl_test_observation(const dcat_demand *demand)
{
    size_t A = dcat_demand_area_count(demand);
    double *block = calloc(7 * A, sizeof *block);
    assert_non_null(block);
    dcat_observation observation = {
        .area_count = A,
        .arrivals_per_slot = block,
        .work_cycles = &block[A],
        .data_bits = &block[2 * A],
        .deadline_s = &block[3 * A],
        .work_sd = &block[4 * A],
        .data_sd = &block[5 * A],
        .deadline_sd = &block[6 * A],
    };
    dcat_demand_long_run(demand, &observation);
    return observation;
}

void rl_test_observation_free(dcat_observation *observation)
{
    free(observation->arrivals_per_slot);
}

static dcat_status open_world(void *user, uint64_t number, dcat_train_world *world, dcat_error *err)
{
    (void)err;
    *world = (dcat_train_world){
        .world = rl_test_world(number, 8 + number % 5),
        .demand = user,
        .cycle_first = 0,
        .cycle_count = 40,
    };
    return DCAT_OK;
}

static void close_world(void *user, dcat_train_world *world)
{
    (void)user;
    dcat_world_destroy((dcat_world *)world->world); // made by open_world
}

static dcat_status open_paper_world(void *user, uint64_t number, dcat_train_world *world,
                                    dcat_error *err)
{
    dcat_status status = open_world(user, number, world, err);
    ((dcat_world *)world->world)->config.market.queue = DCAT_QUEUE_PAPER; // open_world made it
    return status;
}

dcat_train_source rl_test_paper_source(dcat_demand *demand)
{
    return (dcat_train_source){.user = demand, .open = open_paper_world, .close = close_world};
}

dcat_train_source rl_test_source(dcat_demand *demand)
{
    return (dcat_train_source){.user = demand, .open = open_world, .close = close_world};
}

// --- gradients

void rl_test_forward(rl_mlp net, const double *w, const float *x, double *y)
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

double *rl_test_in_double(const float *w, size_t count)
{
    double *copy = malloc(sizeof *copy * count);
    assert_non_null(copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = (double)w[i];
    }
    return copy;
}

rl_mlp_scratch rl_test_scratch(float **block)
{
    assert_int_equal(matrix_open(NULL), DCAT_OK);
    size_t each = (size_t)RL_BATCH * RL_HIDDEN_MAX;
    *block = calloc(4 * each, sizeof **block);
    assert_non_null(*block);
    return (rl_mlp_scratch){*block, *block + each, *block + 2 * each, *block + 3 * each};
}

void rl_test_same_gradient(const float *gradient, const double *expected, size_t count,
                           double scale)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        wrong += !(fabs((double)gradient[i] - expected[i]) <= 1e-3 * scale);
    }
    if (!(scale > 0.0) || wrong > count / 200) {
        fail_msg("%zu of %zu derivatives differ; the largest is %g", wrong, count, scale);
    }
}

void rl_test_replay(rl_walk *walk, const dcat_actor *actor, const double *w,
                    const rl_sample *sample, double *log_probability, double *entropy)
{
    rl_merger *merger = &walk->merger;
    rl_merger_copy(merger, &walk->start);
    *log_probability = *entropy = 0.0;
    for (size_t t = 0; t < sample->step_count; t++) {
        const int32_t *choice = &sample->merged[2 * t];
        double score[256], chosen = 0.0;
        size_t count = 0;
        for (size_t p = 0; p < merger->live_count; p++) {
            for (size_t q = p + 1; q < merger->live_count; q++) {
                int32_t a = merger->live[p], b = merger->live[q];
                if (!rl_merger_legal(merger, a, b)) {
                    continue;
                }
                assert_true(count + 2 < sizeof score / sizeof score[0]);
                float x[RL_PAIR_COUNT], weight[RL_AREAS], context[RL_CONTEXT_COUNT];
                double answer[RL_CONTEXT_COUNT];
                rl_pair_features(merger, a, b, x, weight);
                rl_pair_contexts(merger, weight, context);
                rl_test_forward(actor->pair, w, x, answer);
                score[count] = 0.0;
                for (size_t j = 0; j < RL_CONTEXT_COUNT; j++) {
                    score[count] += answer[j] * (double)context[j];
                }
                chosen = a == choice[0] && b == choice[1] ? score[count] : chosen;
                count++;
            }
        }
        float pool[RL_POOL_COUNT];
        rl_pool_features(merger, count, pool);
        rl_test_forward(actor->stop, &w[actor->stop_at], pool, &score[count]);
        chosen = choice[0] < 0 ? score[count] : chosen;
        double sum = 0.0, mean = 0.0;
        for (size_t p = 0; p <= count; p++) {
            sum += exp(score[p]);
        }
        for (size_t p = 0; p <= count; p++) {
            mean += exp(score[p]) / sum * score[p];
        }
        *log_probability += chosen - log(sum);
        *entropy += log(sum) - mean;
        if (choice[0] >= 0) {
            rl_merger_join(merger, choice[0], choice[1]);
        }
    }
}

unsigned char *rl_test_read(const char *path, size_t *byte_count)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    rewind(file);
    unsigned char *bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
    fclose(file);
    *byte_count = (size_t)size;
    return bytes;
}

void rl_test_write(const char *path, const unsigned char *bytes, size_t byte_count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, byte_count, file), byte_count);
    assert_int_equal(fclose(file), 0);
}

char *rl_test_temporary_name(void)
{
    char path[] = "/tmp/dcat-test-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    return strdup(path);
}
