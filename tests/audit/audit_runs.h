// SPDX-License-Identifier: Apache-2.0
// audit_runs.h - a short run in a random market, as audits walk it.

#ifndef DCAT_TESTS_AUDIT_RUNS_H
#define DCAT_TESTS_AUDIT_RUNS_H

#include "audit/audit.h"
#include "random_world.h"

static inline audit_run run_in(const market *m, uint64_t seed, const dcat_auction *kind)
{
    return (audit_run){
        .demand = m->demand,
        .policy = {.clusterer = dcat_clusterer_find("linkage"), .auction = kind},
        .seed = seed,
        .cycle_first = 3,
        .cycle_count = 3,
    };
}

#endif
