// SPDX-License-Identifier: Apache-2.0
// bidders.h - how many bidders the owners of a world's servers leave.

#ifndef DCAT_REPORT_SCENARIO_BIDDERS_H
#define DCAT_REPORT_SCENARIO_BIDDERS_H

#include "dcat/x/scenario.h"

// All zero where nobody owns a server.
typedef struct scenario_bidders {
    size_t owner_count;  // of one server at least
    size_t server_count; // that have an owner
    size_t alone;        // bidders while every server is a cluster
    size_t linkage;      // with the clusters of linkage
} scenario_bidders;

// Errors: ERR_MEMORY.
dcat_status bidders_measure(const dcat_world *world, uint64_t seed, scenario_bidders *found,
                            dcat_error *err);

#endif
