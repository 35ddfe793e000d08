// SPDX-License-Identifier: Apache-2.0
// trainer_epoch.c - an epoch: every environment plays, the gradients are added up, one step down.
//
// With several ranks each plays its own environments, and what they must agree on goes in one sum:
// the gradient, then numbers that have a place of their own for every environment or rank. There,
// all but one rank add zero, so nothing is rounded, and everybody goes through them in order.
//
// Choice: derivatives are rounded to multiples of 2^-46 before they are added in double. As long as
// a sum stays below 2^7 it is then exact, so it does not matter who added what first: any number
// of ranks gives the same bits. What is lost, 7e-15 at most, is nothing to Adam, whose own epsilon
// is 1e-8.

#include "learn/trainer.h"

#include "base/hash.h"
#include "base/ranks/ranks.h"
#include "base/threads.h"
#include <math.h>
#include <string.h>

// What an environment reports.
enum {
    REPORT_PROFIT,
    REPORT_SAMPLED,
    REPORT_CLUSTERS,
    REPORT_ENTROPY,
    REPORT_ERROR,
    REPORT_CYCLES,
    REPORT_CHOICES,
    REPORT_SIMULATION,
    REPORT_SCORING,
    REPORT_BACKWARD,
    REPORT_COUNT
};

// What a rank says, besides whether it failed.
enum { SAY_STOP, SAY_WEIGHTS, SAY_RATE, SAY_COUNT };

// Where things are in trainer->exchange: the gradient, [E, REPORT_COUNT], [ranks, SAY_COUNT], and
// last, behind whatever is summed, [ranks] who failed.
static size_t reports_at(const dcat_trainer *trainer)
{
    return trainer->actor->weight_count;
}

static size_t says_at(const dcat_trainer *trainer)
{
    return reports_at(trainer) + (size_t)trainer->config.environment_count * REPORT_COUNT;
}

static size_t failed_at(const dcat_trainer *trainer)
{
    return says_at(trainer) + (size_t)rl_rank_count(&trainer->config) * SAY_COUNT;
}

size_t rl_exchange_count(const dcat_train_config *config, size_t weight_count)
{
    return weight_count + (size_t)config->environment_count * REPORT_COUNT +
           (size_t)rl_rank_count(config) * (SAY_COUNT + 1);
}

static double now(const dcat_trainer *trainer)
{
    const dcat_jobs *jobs = rl_jobs(&trainer->config);
    return jobs->clock_s != NULL ? jobs->clock_s(jobs->user) : 0.0;
}

// Add up the first count numbers of the exchange over all ranks. Any rank's failure is everybody's,
// told apart from the sum so that a rank that failed need not leave the others waiting.
static dcat_status sum_over_ranks(dcat_trainer *trainer, size_t count, dcat_status own,
                                  double *exchange_s, dcat_error *err)
{
    const dcat_ranks *ranks = rl_jobs(&trainer->config)->ranks;
    if (ranks == NULL || ranks->count == 1) {
        return own;
    }
    size_t rank_count = (size_t)ranks->count;
    double start_s = now(trainer);
    double *failed = &trainer->exchange[count];
    memset(failed, 0, sizeof *failed * rank_count);
    failed[ranks->rank] = own != DCAT_OK;
    dcat_error inner = {0};
    dcat_status status = ranks->sum(ranks->user, trainer->exchange, count + rank_count, &inner);
    *exchange_s += now(trainer) - start_s;
    if (status != DCAT_OK) {
        return dcat_fail(err, status, "%s", inner.message);
    }
    bool any = false;
    for (size_t r = 0; r < rank_count; r++) {
        any = any || failed[r] != 0.0;
    }
    return any ? ranks_agree(ranks, own, err) : DCAT_OK;
}

// --- playing

// Environments of this rank; the index-th of them.
static size_t own_count(const dcat_train_config *config)
{
    int rank_count = rl_rank_count(config);
    int count = (config->environment_count - rl_rank(config) + rank_count - 1) / rank_count;
    return count > 0 ? (size_t)count : 0;
}

static size_t own_environment(const dcat_train_config *config, size_t index)
{
    return (size_t)rl_rank(config) + index * (size_t)rl_rank_count(config);
}

static void play_one(void *user, size_t index, int thread)
{
    const dcat_trainer *trainer = user;
    (void)thread;
    const dcat_train_config *config = &trainer->config;
    size_t e = own_environment(config, index);
    rl_environment *env = &trainer->environments[e];
    memset(&env->report, 0, sizeof env->report);
    env->status = rl_environment_renew(env, rl_cycles_needed(config), &env->err);
    if (env->status == DCAT_OK) {
        rl_play(env, trainer->actor, trainer->epoch,
                &trainer->steps[e * rl_steps_per_environment(config)]);
        const dcat_world_config *market = dcat_world_config_view(env->world.world);
        env->status = dcat_share_failure(market->auction.share, &env->err);
    }
}

static dcat_status play_all(dcat_trainer *trainer, dcat_error *err)
{
    const dcat_train_config *config = &trainer->config;
    int first = rl_rank(config), rank_count = rl_rank_count(config);
    threads_for(own_count(config), rl_jobs(config)->thread_count, play_one, trainer);
    for (int e = first; e < config->environment_count; e += rank_count) {
        const rl_environment *env = &trainer->environments[e];
        if (env->status != DCAT_OK) {
            return dcat_fail(err, env->status, "%s", env->err.message);
        }
    }
    return DCAT_OK;
}

// Mean and mean square of an environment's advantages, as its part of those of all.
static void sum_advantages(const rl_step *steps, size_t T, double count, double sum[2])
{
    for (size_t t = 0; t < T; t++) {
        double advantage = steps[t].advantage;
        sum[0] += advantage / count;
        sum[1] += advantage * advantage / count;
    }
}

// Over all environments at once: the epoch's advantages get mean 0 and standard deviation 1.
static dcat_status standardise_all(dcat_trainer *trainer, dcat_status own, double *exchange_s,
                                   dcat_error *err)
{
    const dcat_train_config *config = &trainer->config;
    size_t stride = rl_steps_per_environment(config), T = (size_t)config->step_count;
    size_t E = (size_t)config->environment_count;
    size_t first = (size_t)rl_rank(config), rank_count = (size_t)rl_rank_count(config);
    double(*sums)[2] = (double(*)[2])trainer->exchange; // [E]
    memset(sums, 0, sizeof *sums * E);
    for (size_t e = first; own == DCAT_OK && e < E; e += rank_count) {
        sum_advantages(&trainer->steps[e * stride], T, (double)(E * T), sums[e]);
    }
    dcat_status status = sum_over_ranks(trainer, 2 * E, own, exchange_s, err);
    if (status != DCAT_OK) {
        return status;
    }
    double mean = 0.0, square = 0.0;
    for (size_t e = 0; e < E; e++) {
        mean += sums[e][0];
        square += sums[e][1];
    }
    double variance = square - mean * mean;
    double scale = 1.0 / (sqrt(variance > 0.0 ? variance : 0.0) + 1e-6);
    for (size_t e = first; e < E; e += rank_count) {
        for (size_t t = 0; t < T; t++) {
            rl_step *step = &trainer->steps[e * stride + t];
            step->advantage = (step->advantage - mean) * scale;
        }
    }
    return DCAT_OK;
}

static void learn_one(void *user, size_t index, int thread)
{
    const dcat_trainer *trainer = user;
    (void)thread;
    const dcat_train_config *config = &trainer->config;
    size_t e = own_environment(config, index), stride = rl_steps_per_environment(config);
    bool group = config->estimator == DCAT_ESTIMATOR_GROUP;
    size_t counted = group ? (size_t)config->sample_count : stride - 1;
    double share = 1.0 / (double)((size_t)config->environment_count * counted);
    double done = (double)trainer->epoch / config->epoch_count;
    double entropy_weight = config->entropy_weight * (done < 1.0 ? 1.0 - done : 0.0);
    rl_learn(&trainer->environments[e], trainer->actor, &trainer->steps[e * stride], entropy_weight,
             share);
}

// --- what ranks tell each other

// Where the last bit of a double is worth 2^-46.
#define GRID 0x1.8p6

void rl_add_gradient(double *sum, const float *part, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sum[i] += ((double)part[i] + GRID) - GRID;
    }
}

static void put_report(const dcat_train_report *part, double *at)
{
    at[REPORT_PROFIT] = part->profit;
    at[REPORT_SAMPLED] = part->profit_sampled;
    at[REPORT_CLUSTERS] = part->cluster_count;
    at[REPORT_ENTROPY] = part->entropy;
    at[REPORT_ERROR] = part->critic_error;
    at[REPORT_CYCLES] = (double)part->cycle_count;
    at[REPORT_CHOICES] = (double)part->choice_count;
    at[REPORT_SIMULATION] = part->simulation_s;
    at[REPORT_SCORING] = part->scoring_s;
    at[REPORT_BACKWARD] = part->backward_s;
}

static double learning_rate_at(const dcat_train_config *config, uint32_t epoch)
{
    if (config->letter) {
        return config->learning_rate;
    }
    double done = (double)epoch / config->epoch_count;
    done = done < 1.0 ? done : 1.0;
    double fall = 0.5 * (1.0 + cos(3.14159265358979323846 * done));
    return config->learning_rate_end + fall * (config->learning_rate - config->learning_rate_end);
}

// A number that is another one for other weights, as good as always.
static double mark_of(const dcat_actor *actor)
{
    return hash_as_double(actor->weights, sizeof *actor->weights * actor->weight_count);
}

static void put_says(const dcat_trainer *trainer, double *at)
{
    const dcat_train_config *config = &trainer->config;
    const dcat_jobs *jobs = rl_jobs(config);
    at[SAY_STOP] = jobs->stop != NULL && jobs->stop(jobs->user);
    at[SAY_WEIGHTS] = rl_rank_count(config) > 1 ? mark_of(trainer->actor) : 0.0;
    at[SAY_RATE] = learning_rate_at(config, trainer->epoch);
}

static dcat_status check_marks(const dcat_trainer *trainer, dcat_error *err)
{
    const double *says = &trainer->exchange[says_at(trainer)];
    for (int r = 1; r < rl_rank_count(&trainer->config); r++) {
        if (says[r * SAY_COUNT + SAY_WEIGHTS] != says[SAY_WEIGHTS]) {
            return dcat_fail(err, DCAT_ERR_INTERNAL,
                             "rank %d holds other weights than rank 0 after epoch %u: all ranks "
                             "must run the same program",
                             r, trainer->epoch);
        }
    }
    return DCAT_OK;
}

// The one sum of an epoch.
static dcat_status add_up(dcat_trainer *trainer, dcat_status own, double *exchange_s,
                          dcat_error *err)
{
    const dcat_train_config *config = &trainer->config;
    int first = rl_rank(config), rank_count = rl_rank_count(config);
    double *exchange = trainer->exchange;
    memset(exchange, 0, sizeof *exchange * failed_at(trainer));
    for (int e = first; own == DCAT_OK && e < config->environment_count; e += rank_count) {
        const rl_environment *env = &trainer->environments[e];
        rl_add_gradient(exchange, env->gradient, trainer->actor->weight_count);
        put_report(&env->report, &exchange[reports_at(trainer) + (size_t)e * REPORT_COUNT]);
    }
    put_says(trainer, &exchange[says_at(trainer) + (size_t)first * SAY_COUNT]);
    dcat_status status = sum_over_ranks(trainer, failed_at(trainer), own, exchange_s, err);
    return status == DCAT_OK ? check_marks(trainer, err) : status;
}

// --- what follows

// Lines 11 and 12 of Algorithm 1. Both gradients were taken at what the lines find.
static void step_plainly(dcat_trainer *trainer, double rate)
{
    dcat_actor *actor = trainer->actor;
    for (size_t i = 0; i < actor->weight_count; i++) {
        double own = i < actor->critic_at ? rate : trainer->config.critic_rate;
        actor->weights[i] -= (float)own * trainer->gradient[i];
    }
}

// Rank 0's learning rate is everybody's: another C library's cosine may differ in the last bit, and
// with it the weights would.
static void descend(dcat_trainer *trainer, dcat_train_report *report)
{
    const dcat_train_config *config = &trainer->config;
    dcat_actor *actor = trainer->actor;
    for (size_t i = 0; i < actor->weight_count; i++) {
        trainer->gradient[i] = (float)trainer->exchange[i];
    }
    report->gradient_norm = rl_norm(trainer->gradient, actor->critic_at);
    report->learning_rate = trainer->exchange[says_at(trainer) + SAY_RATE];
    if (config->letter) {
        step_plainly(trainer, report->learning_rate);
        return;
    }
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
        const double *part = &trainer->exchange[reports_at(trainer) + (size_t)e * REPORT_COUNT];
        sum->profit += part[REPORT_PROFIT] / cycles;
        sum->profit_sampled += part[REPORT_SAMPLED] / cycles;
        sum->cluster_count += part[REPORT_CLUSTERS] / cycles;
        sum->entropy += part[REPORT_ENTROPY];
        sum->critic_error += part[REPORT_ERROR];
        sum->cycle_count += (uint64_t)part[REPORT_CYCLES];
        sum->choice_count += (uint64_t)part[REPORT_CHOICES];
        sum->simulation_s += part[REPORT_SIMULATION];
        sum->scoring_s += part[REPORT_SCORING];
        sum->backward_s += part[REPORT_BACKWARD];
    }
    sum->entropy /= sum->choice_count > 0 ? (double)sum->choice_count : 1.0;
    sum->critic_error = sqrt(sum->critic_error);
    for (int r = 0; r < rl_rank_count(config); r++) {
        sum->stop |= trainer->exchange[says_at(trainer) + (size_t)r * SAY_COUNT + SAY_STOP] != 0.0;
    }
}

dcat_status dcat_trainer_epoch(dcat_trainer *trainer, dcat_train_report *report, dcat_error *err)
{
    dcat_train_report made = {0};
    dcat_error failure = {0}; // for other ranks too, whether this caller wants it or not
    dcat_status status = play_all(trainer, &failure);
    if (trainer->config.estimator == DCAT_ESTIMATOR_GAE) {
        status = standardise_all(trainer, status, &made.exchange_s, &failure);
        if (status != DCAT_OK) { // known to all
            return dcat_fail(err, status, "%s", failure.message);
        }
    }
    if (status == DCAT_OK) {
        const dcat_train_config *config = &trainer->config;
        threads_for(own_count(config), rl_jobs(config)->thread_count, learn_one, trainer);
    }
    double start_s = now(trainer) - made.exchange_s;
    status = add_up(trainer, status, &made.exchange_s, &failure);
    if (status != DCAT_OK) {
        return dcat_fail(err, status, "%s", failure.message);
    }
    add_reports(trainer, &made);
    descend(trainer, &made);
    made.optimiser_s = now(trainer) - made.exchange_s - start_s;
    made.epoch = ++trainer->epoch;
    *report = made;
    return DCAT_OK;
}
