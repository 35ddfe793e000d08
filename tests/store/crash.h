// SPDX-License-Identifier: Apache-2.0
// crash.h - a file system of SQLite in memory that knows what a power cut may leave: what was
// synced for certain, of the rest any sectors, some of them garbled.

#ifndef DCAT_TESTS_STORE_CRASH_H
#define DCAT_TESTS_STORE_CRASH_H

#include "dcat/rng.h"

#include <stdbool.h>
#include <stddef.h>

#define CRASH_VFS "crash"         // the machine that runs
#define CRASH_IMAGE "crash-image" // what is found after the cut

typedef struct crash_hooks {
    void *user;
    void (*before)(void *user);  // every write, sync, truncation and removal
    bool lies;                   // syncs do nothing
    bool (*refuses)(void *user); // Nullable: every read, write, sync, truncation and removal
} crash_hooks;

void crash_register(void);
void crash_begin(const crash_hooks *hooks); // an empty disk
void crash_end(void);

// What a cut now would leave, as the files of CRASH_IMAGE. pattern 0: only what was synced; 1: all
// but half of the last write; others: random sectors, one in ten of them garbled.
void crash_cut(dcat_rng *rng, int pattern);

#endif
