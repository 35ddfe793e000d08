// rl_support.h - a small world with demand, for the tests of the learner.

#ifndef DCAT_TESTS_RL_SUPPORT_H
#define DCAT_TESTS_RL_SUPPORT_H

#include "dcat/demand.h"
#include "dcat/train.h"
#include "dcat/world.h"

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

#endif
