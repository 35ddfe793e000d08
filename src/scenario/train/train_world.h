// SPDX-License-Identifier: Apache-2.0
// train_world.h (internal) - single worlds of those that a training learns on.

#ifndef DCAT_SCENARIO_TRAIN_WORLD_H
#define DCAT_SCENARIO_TRAIN_WORLD_H

#include "dcat/x/scenario.h"
#include "dcat/x/train_worlds.h"

// Are there worlds without end?
bool train_worlds_endless(const dcat_train_plan *plan);

const dcat_train_plan *train_worlds_plan(const dcat_train_worlds *worlds);

// World `number` of those learned on, or of those held back to validate on: with ranges they are
// others, without they are the same. Its scenario lives as long as worlds.
dcat_status train_world_open(dcat_train_worlds *worlds, uint64_t number, bool held_back,
                             dcat_world **world, const dcat_scenario **scenario, uint64_t *seed,
                             dcat_error *err);

#endif
