// SPDX-License-Identifier: Apache-2.0
// levers.h (internal) - what may be set: a row a lever. A setting has a value for each.

#ifndef DCAT_TUNE_LEVERS_H
#define DCAT_TUNE_LEVERS_H

#include "dcat/error.h"
#include "dcat/world.h"
#include "dcat/x/tune.h"
#include <stdbool.h>
#include <stddef.h>

// Words count from 0; numbers are in the units of scenario files; INFINITY is "none".
typedef struct tune_setting {
    double value[DCAT_TUNE_LEVER_MAX];
} tune_setting;

// What the ranges of levers are measured in, per giga-cycle of work.
typedef struct tune_scale {
    double cost_max;                   // of the dearest server
    double fee_max;                    // of the most urgent task
    bool applies[DCAT_TUNE_LEVER_MAX]; // which levers do anything; the others stay as they are
} tune_scale;

typedef struct tune_range {
    double low, high; // > 0; values between are drawn evenly by their logarithms
} tune_range;

typedef struct tune_lever {
    const char *key;
    const char *const *words; // Nullable, ended by NULL: a choice among them
    bool last_word;           // every proposal has the last of them
    bool off_at_zero;         // 0 is a value, too, and means that there is no such thing
    bool moved;               // a number that must not stand at a cliff
    bool (*applies)(const dcat_world_config *config); // Nullable: always
    double (*of)(const dcat_world_config *config);
    tune_range (*range)(const tune_scale *scale);
} tune_lever;

extern const tune_lever tune_levers[]; // [tune_lever_count]
extern const size_t tune_lever_count;

tune_setting tune_setting_of(const dcat_world_config *config);
bool tune_setting_same(const tune_setting *a, const tune_setting *b);

// A value as scenario files have it.
void tune_value_text(const tune_lever *lever, double value, char text[DCAT_TUNE_VALUE_SIZE]);

// The number that its text stands for: what is tried is what is written.
double tune_rounded(double value);

#endif
