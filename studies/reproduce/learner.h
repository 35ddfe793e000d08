// SPDX-License-Identifier: Apache-2.0
// learner.h - what a reproduction asks of the learner.
//
// Reading and writing knows nothing about learning: whoever runs a study hands over these
// functions.

#ifndef DCAT_STUDIES_REPRODUCE_LEARNER_H
#define DCAT_STUDIES_REPRODUCE_LEARNER_H

#include "dcat/auction.h"
#include "dcat/demand.h"
#include "dcat/error.h"
#include "dcat/world.h"
#include <stdint.h>
#include <stdio.h>

// One training on one world.
typedef struct reproduce_training {
    const char *estimator; // "group"
    const dcat_auction *auction;
    uint64_t seed;
    uint32_t epoch_count;
    const void *initial; // Nullable: the model to begin with
    const dcat_world *world;
    const dcat_demand *demand;
    uint32_t cycle_first, cycle_count; // that may be learned from
    // Nullable: told after every epoch (from 1; 0 is before the first, with reward NAN) the mean
    // reward of the clusterings drawn in it and the model as it stands. An error ends the training.
    dcat_status (*after_epoch)(void *user, uint32_t epoch, double reward, const void *model,
                               dcat_error *err);
    void *user;
} reproduce_training;

#define REPRODUCE_IDENTITY_SIZE 80

typedef struct reproduce_learner {
    void *user;
    // The model of a file, or for NULL the one that serves every network under an auction; it also
    // tries sample_count drawn clusterings per decision. identity says which bytes it was made of.
    // The model stays the learner's. Called from one thread.
    dcat_status (*load)(void *user, const char *file, const dcat_auction *auction, int sample_count,
                        const void **model, char identity[REPRODUCE_IDENTITY_SIZE],
                        dcat_error *err);
    // Everything else that decides how a training ends, for the key of its job.
    void (*describe)(void *user, const reproduce_training *training, FILE *file);
    // Train, on one thread; several trainings may run at a time. *model lives until *trained is
    // released.
    dcat_status (*train)(void *user, const reproduce_training *training, void **trained,
                         const void **model, dcat_error *err);
    void (*release)(void *user, void *trained); // NULL is fine
} reproduce_learner;

#endif
