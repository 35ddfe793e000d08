// SPDX-License-Identifier: Apache-2.0
// demand_support.h - what tests of drawn and of given demand share.

#ifndef DCAT_TESTS_WORLD_DEMAND_SUPPORT_H
#define DCAT_TESTS_WORLD_DEMAND_SUPPORT_H

#include "dcat/demand.h"
#include "dcat/world.h"

// One server, and areas that all stand where it does.
dcat_world *simple_world(double slot_s, int slots_per_cycle, size_t area_count);

// A task that is valid everywhere, and a demand of given tasks.
dcat_task task_at(double arrival_s);
dcat_demand *task_demand(const dcat_task *tasks, size_t count, double slot_s, int per_cycle);

#endif
