// SPDX-License-Identifier: Apache-2.0
// scenario_facts.h - what was understood of a scenario, in the user's units.
//
// What a seed draws (positions, speeds, link rates) is told of one world, demand of its arrivals in
// the test cycles.

#ifndef DCAT_X_SCENARIO_FACTS_H
#define DCAT_X_SCENARIO_FACTS_H

#include "dcat/x/scenario.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dcat_facts_options {
    uint64_t seed;          // of the arrivals that are counted; the world's
    int thread_count;       // 0: all cores; the facts do not depend on it
    double read_s, world_s; // wall times of reading the scenario and making the world, for JSON
    bool json;              // else text for a terminal
    size_t text_width;      // of it; 0: as wide as it is
} dcat_facts_options;

// Of more than some 10^7 tasks or paths a part is looked at, spread evenly, and the facts name it.
// Errors: ERR_MEMORY.
DCAT_API dcat_status dcat_write_scenario_facts(const dcat_scenario *scenario,
                                               const dcat_world *world,
                                               const dcat_facts_options *options, FILE *file,
                                               dcat_error *err);

// For a scenario that is right and whose world needs more memory than there is: the same document
// with "valid": false, "error" and "needs", as JSON. Errors: ERR_MEMORY.
DCAT_API dcat_status dcat_write_scenario_refusal(const dcat_scenario *scenario,
                                                 const dcat_world_needs *needs, const char *message,
                                                 FILE *file, dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
