// SPDX-License-Identifier: Apache-2.0
// floors.h - what the parts of training cost when each runs alone.
//
// After an epoch the trainer still holds its work: clusterings and arrivals, rows of features, and
// their derivatives. Each part is run on it again, by itself, so that a floor is for the same
// cycles, the same rows and the same weights as the epoch. The trainer goes on as before, up to a
// rounding of its queues.

#ifndef DCAT_BENCH_FLOORS_H
#define DCAT_BENCH_FLOORS_H

#include "dcat/x/train.h"

enum { BENCH_FLOOR_COUNT = 4 }; // simulate, score, back-propagate, Adam

typedef struct bench_floors bench_floors;

dcat_status bench_floors_create(const dcat_trainer *trainer, bench_floors **floors,
                                dcat_error *err);
void bench_floors_destroy(bench_floors *floors);

// Run each part alone on the work of the last epoch; add CPU seconds of this thread.
dcat_status bench_floors_add(bench_floors *floors, dcat_trainer *trainer,
                             double seconds[BENCH_FLOOR_COUNT], dcat_error *err);

#endif
