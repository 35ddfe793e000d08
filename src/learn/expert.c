// SPDX-License-Identifier: Apache-2.0
// expert.c - expert iteration: what a search makes of the actor's clusterings, for the actor to
// learn.
//
// From the best clustering of a state that was tried, or the actor's own decision where that earns
// more, local moves go on as those of the guard do, on the same arrivals. What they lead to is one
// more sample, drawn by a walk that was led there; its advantage is measured as that of the others,
// by whose mean and deviation it is not counted. So it would have no end where all others are
// equal: at most it is what one of them has that earns more than all the rest, which are equal,
// sqrt(G).
//
// Choice: the same arrivals as for all samples. Others would cost as much again, and what chance
// gives to one group the next one takes.

#include "learn/trainer.h"

#include "world/world.h"
#include <string.h>

static double try_on_all(rl_environment *env, const int32_t *cluster_of)
{
    double profit = 0.0;
    for (size_t d = 0; d < env->draw_max; d++) {
        profit += rl_environment_try(env, cluster_of, d) / (double)env->draw_max;
    }
    return profit;
}

// Where to begin: env->moves.current. Returns what it earns.
static double best_tried(rl_environment *env, const rl_step *steps)
{
    const int32_t *best = env->decided;
    double profit = try_on_all(env, best);
    for (int g = 0; g < env->config->sample_count; g++) {
        if (steps[g].profit > profit) {
            profit = steps[g].profit;
            best = env->samples[g].cluster_of;
        }
    }
    memcpy(env->moves.current, best, sizeof *best * env->S);
    return profit;
}

double rl_play_expert(rl_environment *env, dcat_rng *rng, const rl_step *steps)
{
    moves *m = &env->moves;
    double profit = best_tried(env, steps);
    m->rng = *rng;
    m->dear = dcat_world_dear_view(env->world.world, env->config->auction);
    moves_enter(m);
    for (int n = 0; n < env->config->expert_moves; n++) {
        double found = moves_propose(m, true) ? try_on_all(env, m->proposal) : profit;
        if (found > profit) {
            profit = found;
            moves_accept(m);
        }
    }
    *rng = m->rng;
    rl_walk_follow(&env->walk, rng, m->current, &env->samples[env->config->sample_count]);
    return profit;
}
