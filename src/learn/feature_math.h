// SPDX-License-Identifier: Apache-2.0
// feature_math.h (for scene.c, merger.c, features.c) - what features are built from.

#ifndef DCAT_LEARN_FEATURE_MATH_H
#define DCAT_LEARN_FEATURE_MATH_H

#include "learn/features.h"
#include "world/world.h"

#include <math.h>

#define RL_CONTEXT_WAIT 1 // of the waiting times: what contexts look at

static inline double squash(double x)
{
    return x / (1.0 + x);
}

static inline double clamp01(double x)
{
    return x < 0.0 ? 0.0 : (x > 1.0 ? 1.0 : x);
}

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

static inline double speed_of(const rl_scene *scene, size_t i)
{
    return dcat_world_servers_view(scene->world)[rl_scene_server(scene, i)].speed_hz;
}

// Sums over live clusters, in rl_merger.sum.
enum {
    SUM_WORK_TIME,
    SUM_DEMAND, // RL_SCALES of them
    SUM_WITHIN = SUM_DEMAND + RL_SCALES,
    SUM_SINGLE,
    SUM_SERVED, // RL_SCALES of them
    SUM_COUNT = SUM_SERVED + RL_SCALES
};

#define SQRT_3 1.7320508075688772

// Transfer delays that count as near, in mean deadlines.
static const double rl_reach_of_deadline[RL_SCALES] = {0.15, 0.3, 0.5};
#define RL_REACH_SOFTNESS 0.2 // mean deadlines between fully and not at all within reach

// How much a transfer delay is within reach, in [0, 1].
static inline double within_reach(const rl_scene *scene, double transfer_s, int scale)
{
    double shares = transfer_s / scene->deadline_s;
    return clamp01((rl_reach_of_deadline[scale] - shares) / RL_REACH_SOFTNESS + 0.5);
}

// Work rate that a cluster of this speed at these transfer delays could finish in time, for each
// waiting time, and the chance that a task of each area could after waiting RL_CONTEXT_WAIT.
// (merger.c)
void rl_demand_of(const rl_scene *scene, double speed_hz, const double *transfer_a,
                  const double *transfer_b, double demand_hz[RL_SCALES], double *chance_of);

#endif
