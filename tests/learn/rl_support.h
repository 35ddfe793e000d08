// SPDX-License-Identifier: Apache-2.0
// rl_support.h - a small world with demand, for the tests of the learner.

#ifndef DCAT_TESTS_LEARN_RL_SUPPORT_H
#define DCAT_TESTS_LEARN_RL_SUPPORT_H

#include "dcat/demand.h"
#include "dcat/world.h"
#include "dcat/x/train.h"
#include "learn/walk.h"

#define RL_AREAS 4
#define RL_STEPS 48

// Random servers on a square of 400 km with a span limit of 150 km; 10 arrivals a slot, 5 slots a
// cycle.
dcat_world *rl_test_world(uint64_t seed, size_t server_count);
dcat_demand *rl_test_demand(void);

// The arrays of an observation, all of them.
dcat_observation rl_test_observation(const dcat_demand *demand);
void rl_test_observation_free(dcat_observation *observation);

// A source of random worlds of 8 to 12 servers that share one demand.
dcat_train_source rl_test_source(dcat_demand *demand);
// The same worlds under the paper's queue rule.
dcat_train_source rl_test_paper_source(dcat_demand *demand);

// --- gradients

// A network written out once more, in double and without blocks: what the library's float code is
// held against.
void rl_test_forward(rl_mlp net, const double *w, const float *x, double *y);
double *rl_test_in_double(const float *w, size_t count); // to be freed
rl_mlp_scratch rl_test_scratch(float **block);           // block to be freed

// Log-probability and entropy of a sample's choices, told from scratch in double: every step's
// scores come from the networks above and the features of the partition at that step. The walk must
// be in the scene that was sampled; its merger is used.
void rl_test_replay(rl_walk *walk, const dcat_actor *actor, const double *w,
                    const rl_sample *sample, double *log_probability, double *entropy);

// Fail unless derivatives agree within a thousandth of scale, the largest of them. One in 200 may
// differ: a unit at its kink within the step makes the difference quotient wrong, not the gradient.
void rl_test_same_gradient(const float *gradient, const double *expected, size_t count,
                           double scale);

// A name for a file of a test's own, to be freed.
char *rl_test_temporary_name(void);

// The bytes of a file, to be freed; and a file of these bytes.
unsigned char *rl_test_read(const char *path, size_t *byte_count);
void rl_test_write(const char *path, const unsigned char *bytes, size_t byte_count);

#endif
