// SPDX-License-Identifier: Apache-2.0
// estimator.c - how an epoch's clusterings become advantages and gradients.
//
// group: G clusterings of one state are tried on the same arrivals; the advantage is the profit's
// distance from their mean in standard deviations. What an expert's moves make of the best of them
// is one more (expert.c). The environment goes on with the decision that the actor would make
// without sampling, so that states are those it will meet in use. gae: one clustering a cycle for T
// cycles; the critic V and the TD error (14), summed with weights (xi lambda)^k, give the
// advantage, standardised over the epoch. paper: Algorithm 1, lines 10 and 11: the TD error (14) of
// Q moves Q, and Q itself weighs the policy's gradient (13).
//
// Choice: rewards count (1 - xi), so values stay profit shares whatever xi is; not to the letter.
// Choice: line 10 of Algorithm 1 needs a_(t+1) before line 3 samples it for t + 1. It is sampled
// for line 10, and again in line 3 from the policy that has learned since.

#include "learn/trainer.h"

#include <math.h>
#include <string.h>

static double now(const rl_environment *env)
{
    const dcat_jobs *jobs = rl_jobs(env->config);
    return jobs->clock_s != NULL ? jobs->clock_s(jobs->user) : 0.0;
}

uint32_t rl_cycles_needed(const dcat_train_config *config)
{
    return config->estimator == DCAT_ESTIMATOR_GROUP ? 1 : (uint32_t)config->step_count + 1;
}

static double critic_value(const dcat_actor *actor, const float *x)
{
    float y;
    rl_mlp_forward(actor->critic, &actor->weights[actor->critic_at], x, &y);
    return (double)y;
}

static size_t count_clusters(const int32_t *cluster_of, size_t S)
{
    int32_t most = -1;
    for (size_t i = 0; i < S; i++) {
        most = cluster_of[i] > most ? cluster_of[i] : most;
    }
    return (size_t)most + 1; // 0 when there are no servers
}

static void go_on(rl_environment *env, const int32_t *cluster_of)
{
    double start_s = now(env);
    env->report.cluster_count += (double)count_clusters(cluster_of, env->S) / (double)env->S;
    env->report.profit += rl_environment_go_on(env, cluster_of);
    env->report.simulation_s += now(env) - start_s;
}

static void sample(rl_environment *env, dcat_rng *rng, rl_sample *into)
{
    double start_s = now(env);
    rl_walk_sample(&env->walk, rng, into);
    env->report.scoring_s += now(env) - start_s;
    env->report.entropy += into->entropy;
    env->report.choice_count += into->step_count;
}

static bool look(rl_environment *env, const dcat_actor *actor)
{
    double start_s = now(env);
    bool demand = rl_environment_look(env, actor);
    env->report.scoring_s += now(env) - start_s;
    return demand;
}

// --- group

// Returns one over the standard deviation; the mean is everybody's target.
static double standardise(rl_step *steps, size_t count)
{
    double mean = 0.0, square = 0.0;
    for (size_t g = 0; g < count; g++) {
        mean += steps[g].profit / (double)count;
    }
    for (size_t g = 0; g < count; g++) {
        square += (steps[g].profit - mean) * (steps[g].profit - mean) / (double)count;
    }
    double scale = 1.0 / (sqrt(square) + 1e-6);
    for (size_t g = 0; g < count; g++) {
        steps[g].advantage = (steps[g].profit - mean) * scale;
        steps[g].target = mean;
    }
    return scale;
}

static void play_group(rl_environment *env, const dcat_actor *actor, uint32_t epoch, rl_step *steps)
{
    const dcat_train_config *config = env->config;
    size_t G = (size_t)config->sample_count, D = (size_t)config->draw_count;
    dcat_rng rng = rl_environment_rng(env, epoch);
    bool demand = look(env, actor);
    rl_environment_draw(env, D);
    for (size_t g = 0; g < G; g++) {
        steps[g] = (rl_step){.used = demand};
        if (!demand) {
            continue;
        }
        sample(env, &rng, &env->samples[g]);
        double start_s = now(env);
        for (size_t d = 0; d < D; d++) {
            steps[g].profit += rl_environment_try(env, env->samples[g].cluster_of, d) / (double)D;
        }
        env->report.simulation_s += now(env) - start_s;
        env->report.profit_sampled += steps[g].profit / (double)G;
    }
    if (!demand) {
        steps[rl_steps_per_environment(config) - 1] = (rl_step){.used = false};
        go_on(env, env->in_force);
        return;
    }
    double scale = standardise(steps, G), mean = steps[0].target;
    for (size_t g = 0; g < G && config->critic_judges; g++) {
        steps[g].target = steps[g].profit;
    }
    double start_s = now(env);
    rl_walk_decide(&env->walk, env->decided);
    env->report.scoring_s += now(env) - start_s;
    if (config->expert_moves > 0) {
        steps[G] = (rl_step){.used = true, .profit = rl_play_expert(env, &rng, steps)};
        steps[G].advantage = fmin((steps[G].profit - mean) * scale, sqrt((double)G));
    }
    go_on(env, env->decided);
}

// --- gae and paper

static bool is_q(const dcat_train_config *config)
{
    return config->estimator == DCAT_ESTIMATOR_PAPER || config->critic_judges;
}

// The critic's input: the state, and for Q the partition chosen in it. The state is kept with the
// sample, since the walk moves on.
static void critic_input(const dcat_train_config *config, const dcat_actor *actor,
                         const rl_sample *sampled, float *x)
{
    size_t count = actor->stop.in;
    memcpy(x, sampled->state, sizeof *x * count);
    if (is_q(config)) {
        memcpy(&x[count], sampled->pool, sizeof *x * count);
    } else {
        memset(&x[count], 0, sizeof *x * count);
    }
}

static void play_steps(rl_environment *env, const dcat_actor *actor, uint32_t epoch, rl_step *steps)
{
    const dcat_train_config *config = env->config;
    size_t T = (size_t)config->step_count;
    dcat_rng rng = rl_environment_rng(env, epoch);
    for (size_t t = 0; t <= T; t++) {
        rl_sample *sampled = &env->samples[t];
        steps[t] = (rl_step){.used = look(env, actor)};
        if (steps[t].used) {
            float x[RL_CRITIC_IN];
            sample(env, &rng, sampled);
            critic_input(config, actor, sampled, x);
            steps[t].value = critic_value(actor, x);
        } else if (t > 0) {
            steps[t].value = steps[t - 1].value;
        }
        if (t < T) {
            double before = env->report.profit;
            rl_environment_draw(env, 1);
            go_on(env, steps[t].used ? sampled->cluster_of : env->in_force);
            steps[t].profit = env->report.profit - before;
            env->report.profit_sampled += steps[t].profit;
        }
    }
}

// Backwards through the rollout: advantage_t = error_t + xi lambda advantage_(t+1).
static void advantages_of_steps(const dcat_train_config *config, rl_step *steps)
{
    double carried = 0.0;
    for (size_t t = (size_t)config->step_count; t-- > 0;) {
        double reward = (config->letter ? 1.0 : 1.0 - config->discount) * steps[t].profit;
        double error = reward + config->discount * steps[t + 1].value - steps[t].value; // (14)
        if (config->estimator == DCAT_ESTIMATOR_PAPER) {
            steps[t].target = steps[t].value + error;
            steps[t].advantage = steps[t].value; // (13)
        } else {
            carried = error + config->discount * config->trace * carried;
            steps[t].target = steps[t].value + carried;
            steps[t].advantage = carried;
        }
    }
}

void rl_play(rl_environment *env, const dcat_actor *actor, uint32_t epoch, rl_step *steps)
{
    rl_rows_clear(&env->rows);
    if (env->config->estimator == DCAT_ESTIMATOR_GROUP) {
        play_group(env, actor, epoch, steps);
    } else {
        play_steps(env, actor, epoch, steps);
        advantages_of_steps(env->config, steps);
    }
}

// --- gradients

// Mean square error of the critic over the steps. To the letter: line 11, w + beta error grad Q.
static void learn_critic(rl_environment *env, const dcat_actor *actor, const rl_step *steps,
                         size_t count, double share)
{
    for (size_t t = 0; t < count; t++) {
        float x[RL_CRITIC_IN];
        if (!steps[t].used) {
            continue;
        }
        critic_input(env->config, actor, &env->samples[t], x);
        double error = critic_value(actor, x) - steps[t].target;
        float d = (float)((env->config->letter ? 1.0 : 2.0) * error * share);
        rl_mlp_backward_rows(actor->critic, &actor->weights[actor->critic_at], x, &d, 1,
                             &env->scratch, &env->gradient[actor->critic_at]);
        env->report.critic_error += error * error * share;
    }
}

// How one clustering of a state differs from another is what a judge of partitions must know. The
// report's error is the root of what is unexplained of that, as a share: 1 for a critic that sees
// no difference.
static void learn_to_judge(rl_environment *env, const dcat_actor *actor, const rl_step *steps,
                           size_t count, double share)
{
    double sum[2] = {0.0}, squares[2] = {0.0}; // of errors, of profits
    double before = env->report.critic_error;
    for (size_t g = 0; steps[0].used && g < count; g++) {
        float x[RL_CRITIC_IN];
        critic_input(env->config, actor, &env->samples[g], x);
        const double of[2] = {critic_value(actor, x) - steps[g].target, steps[g].target};
        for (int i = 0; i < 2; i++) {
            sum[i] += of[i];
            squares[i] += of[i] * of[i];
        }
    }
    learn_critic(env, actor, steps, count, share);
    double n = (double)count, unexplained = squares[0] - sum[0] * sum[0] / n;
    double all = squares[1] - sum[1] * sum[1] / n;
    env->report.critic_error = before + (all > 0.0 ? unexplained / all : 1.0) * n * share;
}

// Line 12 weighs by the Q of the weights that line 11 has just moved.
static double value_after_line_11(rl_environment *env, const dcat_actor *actor)
{
    float x[RL_CRITIC_IN];
    float y;
    for (size_t i = actor->critic_at; i < actor->weight_count; i++) {
        env->moved[i] = actor->weights[i] - (float)env->config->critic_rate * env->gradient[i];
    }
    critic_input(env->config, actor, &env->samples[0], x);
    rl_mlp_forward(actor->critic, &env->moved[actor->critic_at], x, &y);
    return (double)y;
}

// Lines 10 to 12 of Algorithm 1, as derivatives that a plain step takes away.
static void learn_to_the_letter(rl_environment *env, const dcat_actor *actor, const rl_step *step)
{
    if (!step->used) {
        return;
    }
    learn_critic(env, actor, step, 1, 1.0);
    double value = value_after_line_11(env, actor);
    rl_sample_weigh(&env->samples[0], (float)-value, 0.0f, &env->rows);
    rl_rows_backward(&env->rows, actor, &env->scratch, env->gradient);
}

void rl_learn(rl_environment *env, const dcat_actor *actor, const rl_step *steps,
              double entropy_weight, double share)
{
    double start_s = now(env);
    bool group = env->config->estimator == DCAT_ESTIMATOR_GROUP;
    size_t count = (size_t)(group ? env->config->sample_count : env->config->step_count);
    memset(env->gradient, 0, sizeof *env->gradient * actor->weight_count);
    if (env->config->letter) {
        learn_to_the_letter(env, actor, steps);
        env->report.backward_s += now(env) - start_s;
        return;
    }
    for (size_t g = 0; g < count; g++) {
        if (steps[g].used) {
            // The optimiser descends, so what should grow has a minus.
            rl_sample_weigh(&env->samples[g], (float)(-steps[g].advantage * share),
                            (float)(-entropy_weight * share), &env->rows);
        }
    }
    if (env->config->expert_moves > 0 && steps[count].used) {
        rl_sample_weigh(&env->samples[count], (float)(-steps[count].advantage * share), 0.0f,
                        &env->rows);
    }
    rl_rows_backward(&env->rows, actor, &env->scratch, env->gradient);
    if (env->config->critic_judges) {
        learn_to_judge(env, actor, steps, count, share);
    } else {
        learn_critic(env, actor, steps, group ? 1 : count, group ? share * (double)count : share);
    }
    env->report.backward_s += now(env) - start_s;
}
