// SPDX-License-Identifier: Apache-2.0
// train_source.h - the worlds that `dcat train` learns on.
//
// Either the worlds of a scenario with seeds SEED to SEED + W - 1, or worlds without end in which
// some keys of the scenario are drawn from ranges: what a generalist learns on. Reading a scenario
// takes longer than learning a cycle on it, so the ranges are drawn TRAIN_DRAWS times and each draw
// serves any number of worlds, which differ by seed.

#ifndef DCAT_CLI_TRAIN_SOURCE_H
#define DCAT_CLI_TRAIN_SOURCE_H

#include "cli.h"
#include "dcat/x/train.h"

#include <pthread.h>

#define TRAIN_VARY_MAX 16
#define TRAIN_DRAWS 128

typedef struct train_vary {
    char key[96];
    double min, max;
    bool whole; // both ends are whole numbers, and so is every draw
} train_vary;

typedef struct train_worlds {
    const cli_options *common;
    train_vary vary[TRAIN_VARY_MAX];
    size_t vary_count;
    uint64_t world_count;              // of a scenario without ranges
    pthread_mutex_t lock;              // of drawn
    dcat_scenario *drawn[TRAIN_DRAWS]; // read when first needed
} train_worlds;

void train_worlds_init(train_worlds *worlds, const cli_options *common);
void train_worlds_free(train_worlds *worlds);

// Parse "key.path=MIN:MAX". Errors: ERR_FORMAT, ERR_RANGE.
dcat_status train_vary_parse(const char *text, train_vary *vary, dcat_error *err);

// A source of worlds; worlds must stay where it is.
dcat_train_source train_source(train_worlds *worlds);

// World `number` of those learned on, or of those held back to validate on: with ranges they are
// others, without they are the same. Its scenario lives as long as worlds.
dcat_status train_world_open(train_worlds *worlds, uint64_t number, bool held_back,
                             dcat_world **world, const dcat_scenario **scenario, uint64_t *seed,
                             dcat_error *err);

#endif
