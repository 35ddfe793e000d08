// SPDX-License-Identifier: Apache-2.0
// env_support.h - environments on the worlds that come with dcat, and cycles of theirs.

#ifndef DCAT_TESTS_ENV_ENV_SUPPORT_H
#define DCAT_TESTS_ENV_ENV_SUPPORT_H

#include "dcat/env.h"
#include "dcat/run.h"
#include "dcat/x/scenario.h"

typedef struct shipped {
    dcat_scenario *scenario;
    dcat_world *world;
    const dcat_demand *demand;
    uint32_t first;
} shipped;

typedef struct drawn {
    dcat_task *tasks;
    size_t *task_end;
    dcat_arrivals arrivals;
} drawn;

shipped open_shipped(const char *name);
void close_shipped(shipped *s);
dcat_env *env_of(const dcat_world *world, const dcat_demand *demand, const dcat_policy *policy,
                 uint64_t seed, uint32_t cycle);
void decide_if_due(dcat_env *env);
dcat_totals step_cycle(dcat_env *env);
dcat_policy linkage(void);
drawn draw_cycle(const shipped *s, uint32_t cycle);
void drawn_free(drawn *d);

#endif
