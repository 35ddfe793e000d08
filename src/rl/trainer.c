#include "rl/trainer.h"

#include "base/jobs.h"
#include <assert.h>
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- configuration

static const char *const estimator_names[DCAT_ESTIMATOR_COUNT] = {"group", "gae", "paper"};

const char *dcat_estimator_name(dcat_estimator estimator)
{
    assert(estimator < DCAT_ESTIMATOR_COUNT);
    return estimator_names[estimator];
}

dcat_estimator dcat_estimator_find(const char *name)
{
    unsigned found = 0;
    while (found < DCAT_ESTIMATOR_COUNT && strcmp(estimator_names[found], name) != 0) {
        found++;
    }
    return (dcat_estimator)found;
}

dcat_train_config dcat_train_config_default(dcat_estimator estimator)
{
    dcat_train_config config = {
        .estimator = estimator,
        .auction = DCAT_AUCTION_REA_S,
        .seed = 1,
        .epoch_count = 600,
        .environment_count = 8,
        .sample_count = 16,
        .draw_count = 2,
        .step_count = 16,
        .world_cycle_count = 12,
        .learning_rate = 1e-3,
        .learning_rate_end = 1e-5,
        .critic_rate = 1e-3,
        .entropy_weight = 0.01,
        .gradient_max = 1.0,
        .discount = estimator == DCAT_ESTIMATOR_PAPER ? 0.99 : 0.5,
        .trace = 0.9,
    };
    return config;
}

static dcat_status check_count(const char *name, int64_t value, int64_t min, int64_t max,
                               dcat_error *err)
{
    if (value < min || value > max) {
        return dcat_fail(err, DCAT_ERR_RANGE, "train.%s must be in [%lld, %lld], got %lld", name,
                         (long long)min, (long long)max, (long long)value);
    }
    return DCAT_OK;
}

static dcat_status check_real(const char *name, double value, double min, double max,
                              dcat_error *err)
{
    if (!(value >= min && value <= max)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "train.%s must be in [%g, %g], got %g", name, min,
                         max, value);
    }
    return DCAT_OK;
}

dcat_status dcat_train_config_check(const dcat_train_config *config, dcat_error *err)
{
    const struct {
        const char *name;
        int64_t value, min, max;
    } counts[] = {
        {"estimator", (int64_t)config->estimator, 0, DCAT_ESTIMATOR_COUNT - 1},
        {"auction", (int64_t)config->auction, 0, DCAT_AUCTION_KIND_COUNT - 1},
        {"epochs", config->epoch_count, 1, UINT32_MAX},
        {"environments", config->environment_count, 1, 4096},
        {"samples", config->sample_count, 2, 1024},
        {"draws", config->draw_count, 1, 1024},
        {"steps", config->step_count, 1, 1024},
        {"world_cycles", config->world_cycle_count, 1, INT32_MAX},
        {"threads", config->thread_count, 0, 1024},
    };
    const struct {
        const char *name;
        double value, min, max;
    } reals[] = {
        {"learning_rate", config->learning_rate, 0.0, 1.0},
        {"learning_rate_end", config->learning_rate_end, 0.0, 1.0},
        {"critic_rate", config->critic_rate, 0.0, 1.0},
        {"entropy_weight", config->entropy_weight, 0.0, 100.0},
        {"gradient_max", config->gradient_max, 1e-9, 1e9},
        {"discount", config->discount, 0.0, 0.999999},
        {"trace", config->trace, 0.0, 1.0},
    };
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < sizeof counts / sizeof counts[0]; i++) {
        status = check_count(counts[i].name, counts[i].value, counts[i].min, counts[i].max, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < sizeof reals / sizeof reals[0]; i++) {
        status = check_real(reals[i].name, reals[i].value, reals[i].min, reals[i].max, err);
    }
    return status;
}

// --- creation

static size_t steps_per_environment(const dcat_train_config *config)
{
    return (size_t)(config->estimator == DCAT_ESTIMATOR_GROUP ? config->sample_count
                                                              : config->step_count + 1);
}

static void trainer_layout(arena *a, const dcat_train_config *config, const dcat_actor *actor,
                           dcat_trainer *trainer)
{
    size_t E = (size_t)config->environment_count;
    size_t hidden = actor->pair.hidden;
    hidden = actor->stop.hidden > hidden ? actor->stop.hidden : hidden;
    hidden = actor->critic.hidden > hidden ? actor->critic.hidden : hidden;
    trainer->environments = ARENA_ARRAY(a, rl_environment, E);
    trainer->adam.mean = ARENA_ARRAY(a, float, actor->weight_count);
    trainer->adam.square = ARENA_ARRAY(a, float, actor->weight_count);
    trainer->gradient = ARENA_ARRAY(a, float, actor->weight_count);
    trainer->steps = ARENA_ARRAY(a, rl_step, E * steps_per_environment(config));
    for (size_t e = 0; e < E; e++) {
        rl_environment env = {
            .gradient = ARENA_ARRAY(a, float, actor->weight_count),
            .scratch = {ARENA_ARRAY(a, float, RL_BATCH *hidden),
                        ARENA_ARRAY(a, float, RL_BATCH *hidden),
                        ARENA_ARRAY(a, float, RL_BATCH *hidden),
                        ARENA_ARRAY(a, float, RL_BATCH *hidden)},
            .number = (int)e,
        };
        if (a->base != NULL) {
            trainer->environments[e] = env;
        }
    }
}

static dcat_status copy_actor(const dcat_actor *from, dcat_actor **copy, dcat_error *err)
{
    dcat_actor_shape shape = dcat_actor_shape_of(from);
    dcat_status status = dcat_actor_create(&shape, 0, copy, err);
    if (status == DCAT_OK) {
        memcpy((*copy)->weights, from->weights, sizeof(float) * from->weight_count);
        (*copy)->origin = from->origin;
    }
    return status;
}

dcat_status dcat_trainer_create(const dcat_train_config *config, const dcat_train_source *source,
                                const dcat_actor *initial, dcat_trainer **trainer, dcat_error *err)
{
    dcat_status status = dcat_train_config_check(config, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_trainer made = {.config = *config, .source = *source};
    arena measure = {0};
    arena_take(&measure, sizeof made);
    trainer_layout(&measure, config, initial, &made);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    if (place.base == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a trainer (%zu MiB)",
                         measure.used >> 20);
    }
    status = copy_actor(initial, &made.actor, err);
    if (status != DCAT_OK) {
        free(place.base);
        return status;
    }
    memset(place.base, 0, measure.used);
    dcat_trainer *block = arena_take(&place, sizeof *block);
    trainer_layout(&place, config, made.actor, &made);
    *block = made;
    block->adam.count = block->actor->weight_count;
    for (int e = 0; e < config->environment_count; e++) {
        block->environments[e].config = &block->config;
        block->environments[e].source = &block->source;
    }
    openblas_set_num_threads(1); // environments are what runs in parallel
    *trainer = block;
    return DCAT_OK;
}

void dcat_trainer_destroy(dcat_trainer *trainer)
{
    if (trainer == NULL) {
        return;
    }
    for (int e = 0; e < trainer->config.environment_count; e++) {
        rl_environment_close(&trainer->environments[e]);
    }
    dcat_actor_destroy(trainer->actor);
    free(trainer);
}

const dcat_actor *dcat_trainer_actor_view(const dcat_trainer *trainer)
{
    return trainer->actor;
}

uint32_t dcat_trainer_epoch_count(const dcat_trainer *trainer)
{
    return trainer->epoch;
}

// --- an epoch

// Over all environments at once: the epoch's advantages get mean 0 and standard deviation 1.
static void standardise_all(const dcat_train_config *config, rl_step *steps)
{
    size_t stride = steps_per_environment(config), T = (size_t)config->step_count;
    size_t E = (size_t)config->environment_count;
    double count = (double)(E * T), mean = 0.0, square = 0.0;
    for (size_t e = 0; e < E; e++) {
        for (size_t t = 0; t < T; t++) {
            double advantage = steps[e * stride + t].advantage;
            mean += advantage / count;
            square += advantage * advantage / count;
        }
    }
    double variance = square - mean * mean;
    double scale = 1.0 / (sqrt(variance > 0.0 ? variance : 0.0) + 1e-6);
    for (size_t e = 0; e < E; e++) {
        for (size_t t = 0; t < T; t++) {
            rl_step *step = &steps[e * stride + t];
            step->advantage = (step->advantage - mean) * scale;
        }
    }
}

static dcat_status play_all(dcat_trainer *trainer, rl_step *steps, int threads, dcat_error *err)
{
    const dcat_train_config *config = &trainer->config;
    size_t stride = steps_per_environment(config);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (int e = 0; e < config->environment_count; e++) {
        rl_environment *env = &trainer->environments[e];
        memset(&env->report, 0, sizeof env->report);
        env->status = rl_environment_renew(env, rl_cycles_needed(config), &env->err);
        if (env->status == DCAT_OK) {
            rl_play(env, trainer->actor, trainer->epoch, &steps[(size_t)e * stride]);
        }
    }
    for (int e = 0; e < config->environment_count; e++) {
        const rl_environment *env = &trainer->environments[e];
        if (env->status != DCAT_OK) {
            return dcat_fail(err, env->status, "%s", env->err.message);
        }
    }
    return DCAT_OK;
}

static void learn_all(dcat_trainer *trainer, const rl_step *steps, int threads)
{
    const dcat_train_config *config = &trainer->config;
    size_t stride = steps_per_environment(config);
    bool group = config->estimator == DCAT_ESTIMATOR_GROUP;
    size_t counted = group ? stride : stride - 1;
    double share = 1.0 / (double)((size_t)config->environment_count * counted);
    double done = (double)trainer->epoch / config->epoch_count;
    double entropy_weight = config->entropy_weight * (done < 1.0 ? 1.0 - done : 0.0);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (int e = 0; e < config->environment_count; e++) {
        rl_learn(&trainer->environments[e], trainer->actor, &steps[(size_t)e * stride],
                 entropy_weight, share);
    }
}

// In the order of environments, whatever thread made them.
static void add_gradients(dcat_trainer *trainer)
{
    size_t count = trainer->actor->weight_count;
    memset(trainer->gradient, 0, sizeof *trainer->gradient * count);
    for (int e = 0; e < trainer->config.environment_count; e++) {
        const float *part = trainer->environments[e].gradient;
        for (size_t i = 0; i < count; i++) {
            trainer->gradient[i] += part[i];
        }
    }
}

static double learning_rate_at(const dcat_train_config *config, uint32_t epoch)
{
    double done = (double)epoch / config->epoch_count;
    done = done < 1.0 ? done : 1.0;
    double fall = 0.5 * (1.0 + cos(3.14159265358979323846 * done));
    return config->learning_rate_end + fall * (config->learning_rate - config->learning_rate_end);
}

static void descend(dcat_trainer *trainer, dcat_train_report *report)
{
    const dcat_train_config *config = &trainer->config;
    dcat_actor *actor = trainer->actor;
    report->gradient_norm = rl_norm(trainer->gradient, actor->critic_at);
    report->learning_rate = learning_rate_at(config, trainer->epoch);
    if (report->gradient_norm > config->gradient_max) {
        float scale = (float)(config->gradient_max / report->gradient_norm);
        for (size_t i = 0; i < actor->critic_at; i++) {
            trainer->gradient[i] *= scale;
        }
    }
    rl_adam_apply(&trainer->adam, actor->weights, trainer->gradient, 0, actor->critic_at,
                  report->learning_rate);
    rl_adam_apply(&trainer->adam, actor->weights, trainer->gradient, actor->critic_at,
                  actor->weight_count - actor->critic_at, config->critic_rate);
    rl_adam_advance(&trainer->adam);
}

static void add_reports(const dcat_trainer *trainer, dcat_train_report *sum)
{
    const dcat_train_config *config = &trainer->config;
    bool group = config->estimator == DCAT_ESTIMATOR_GROUP;
    double cycles = (double)config->environment_count * (group ? 1.0 : config->step_count);
    for (int e = 0; e < config->environment_count; e++) {
        const dcat_train_report *part = &trainer->environments[e].report;
        sum->profit += part->profit / cycles;
        sum->profit_sampled += part->profit_sampled / cycles;
        sum->cluster_count += part->cluster_count / cycles;
        sum->entropy += part->entropy;
        sum->critic_error += part->critic_error;
        sum->cycle_count += part->cycle_count;
        sum->choice_count += part->choice_count;
        sum->simulation_s += part->simulation_s;
        sum->scoring_s += part->scoring_s;
        sum->backward_s += part->backward_s;
    }
    sum->entropy /= sum->choice_count > 0 ? (double)sum->choice_count : 1.0;
    sum->critic_error = sqrt(sum->critic_error);
}

dcat_status dcat_trainer_epoch(dcat_trainer *trainer, dcat_train_report *report, dcat_error *err)
{
    const dcat_train_config *config = &trainer->config;
    int threads = jobs_thread_count(config->thread_count);
    rl_step *steps = trainer->steps;
    dcat_status status = play_all(trainer, steps, threads, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (config->estimator == DCAT_ESTIMATOR_GAE) {
        standardise_all(config, steps);
    }
    learn_all(trainer, steps, threads);
    dcat_train_report made = {0};
    add_reports(trainer, &made);
    double start_s = config->clock_s != NULL ? config->clock_s() : 0.0;
    add_gradients(trainer);
    descend(trainer, &made);
    made.optimiser_s = config->clock_s != NULL ? config->clock_s() - start_s : 0.0;
    made.epoch = ++trainer->epoch;
    *report = made;
    return DCAT_OK;
}
