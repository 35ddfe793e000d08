// SPDX-License-Identifier: Apache-2.0
// partition.h (internal) - checking labels from outside.

#ifndef DCAT_MARKET_PARTITION_H
#define DCAT_MARKET_PARTITION_H

#include "dcat/partition.h"

// Are labels cluster_of [S] in [0, S), and all members of a cluster within the span limit (10c)?
// scratch is [2 S]. Errors: ERR_RANGE, naming the first server, or the pair, that breaks the rule.
dcat_status partition_check(const dcat_world *world, const int32_t *cluster_of, int32_t *scratch,
                            dcat_error *err);

#endif
