// SPDX-License-Identifier: Apache-2.0
// learner.h - how `dcat reproduce` trains, and by which policies it decides.

#ifndef DCAT_TOOL_REPRODUCE_LEARNER_H
#define DCAT_TOOL_REPRODUCE_LEARNER_H

#include "dcat/dcat.h"
#include "dcat/x/x.h"

#include "reproduce/learner.h"

// Policies that were loaded; they live as long as this.
#define REPRODUCE_LOADED_MAX 64
typedef struct reproduce_policies {
    dcat_actor *actors[REPRODUCE_LOADED_MAX];
    size_t count;
} reproduce_policies;

// The learner that trains with dcat_trainer; policies must stay where it is.
reproduce_learner reproduce_learner_make(reproduce_policies *policies);
void reproduce_policies_free(reproduce_policies *policies);

#endif
