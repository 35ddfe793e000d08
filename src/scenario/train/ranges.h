// SPDX-License-Identifier: Apache-2.0
// ranges.h (internal) - ranges from nothing, and of several scenarios together.

#ifndef DCAT_SCENARIO_RANGES_H
#define DCAT_SCENARIO_RANGES_H

#include "dcat/x/ranges.h"

dcat_ranges ranges_empty(void); // nothing is known
void ranges_join(dcat_ranges *into, const dcat_ranges *other);

#endif
