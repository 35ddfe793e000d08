// SPDX-License-Identifier: Apache-2.0
// feature_math.h (for scene.c, merger.c, features.c) - what features are built from.

#ifndef DCAT_LEARN_FEATURE_MATH_H
#define DCAT_LEARN_FEATURE_MATH_H

#include "dcat/x/resources.h"
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

// Of a cluster or server at a class; 0 where it has no device, or not the memory.
static inline double able_hz(const rl_scene *scene, size_t q, const rl_skill *skill)
{
    return skill->memory >= scene->memory_needed[q] ? skill->speed_hz : 0.0;
}

// Of a server at a class, before anybody shares memory.
static inline double speed_at(const rl_scene *scene, size_t i, int32_t class_id)
{
    return scene->Q == 1 ? scene->server_hz[i]
                         : scene->skill[i * scene->Q + (size_t)class_id].speed_hz;
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

static inline int32_t rl_owner_of_both(int32_t a, int32_t b)
{
    return a == b || b == DCAT_NO_OWNER ? a : a == DCAT_NO_OWNER ? b : OWNERS_MIXED;
}

// What two clusters are to each class together [Q]; b may be NULL.
static inline void class_speeds(const rl_merger *merger, size_t a, const size_t *b,
                                double *class_hz)
{
    const rl_scene *scene = merger->scene;
    for (size_t q = 0; q < scene->Q; q++) {
        rl_skill sum = merger->skill[a * scene->Q + q];
        if (b != NULL) {
            sum.speed_hz += merger->skill[*b * scene->Q + q].speed_hz;
            sum.memory += merger->skill[*b * scene->Q + q].memory;
        }
        class_hz[q] = able_hz(scene, q, &sum);
    }
}

// Transfer delays that count as near, in mean deadlines.
static const double rl_reach_of_deadline[RL_SCALES] = {0.15, 0.3, 0.5};
#define RL_REACH_SOFTNESS 0.2 // mean deadlines between fully and not at all within reach

// How much a transfer delay is within reach, in [0, 1].
static inline double within_reach(const rl_scene *scene, double transfer_s, int scale)
{
    double shares = transfer_s / scene->deadline_s;
    return clamp01((rl_reach_of_deadline[scale] - shares) / RL_REACH_SOFTNESS + 0.5);
}

// Work rate that a cluster of these speeds at classes [Q] and transfer delays could finish in time,
// for each waiting time, and the chance that a task of each area could after waiting
// RL_CONTEXT_WAIT. (merger.c)
void rl_demand_of(const rl_scene *scene, const double *class_hz, const double *transfer_a,
                  const double *transfer_b, double demand_hz[RL_SCALES], double *chance_of);

#endif
