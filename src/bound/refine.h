// SPDX-License-Identifier: Apache-2.0
// refine.h - a lower bound on what fixed clusters can earn: every cluster has its own prices.
//
// When the clusters are given for the whole span, the theorem of relaxation.h holds with a price
// for every cluster and window in place of server[i] * factor[w]: a cluster works on one task at a
// time. So many prices follow how scarce each cluster is at each moment. A small cluster far from
// demand is often idle because nothing fits, and a price for all moments cannot see that.

#ifndef DCAT_BOUND_REFINE_H
#define DCAT_BOUND_REFINE_H

#include "bound/relaxation.h"

// The bound for options that are the clusters of one partition, with prices found by coordinate
// descent from prices. cycle_value is [cycle_count], nullable. Errors: ERR_MEMORY.
dcat_status bound_refine(const dcat_world *world, const bound_options *options,
                         const bound_tasks *tasks, const bound_prices *prices, double *cycle_value,
                         double *value, dcat_error *err);

#endif
