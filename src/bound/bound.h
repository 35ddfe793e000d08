// SPDX-License-Identifier: Apache-2.0
// bound.h (internal) - what the two kinds of bounds share.

#ifndef DCAT_BOUND_BOUND_H
#define DCAT_BOUND_BOUND_H

#include "dcat/x/bound.h"

// Does the config fit world and demand? Errors: ERR_RANGE.
dcat_status bound_config_check(const dcat_world *world, const dcat_demand *demand,
                               const dcat_bound_config *config, dcat_error *err);

#endif
