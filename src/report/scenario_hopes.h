// SPDX-License-Identifier: Apache-2.0
// scenario_hopes.h - whether any cluster within the span limit could serve a task in time, all
// queues being empty.

#ifndef DCAT_REPORT_SCENARIO_HOPES_H
#define DCAT_REPORT_SCENARIO_HOPES_H

#include "dcat/demand.h"
#include "dcat/world.h"
#include <stdbool.h>

typedef struct scenario_hopes scenario_hopes;

// NULL where the world is too large to look: it is a courtesy, not a check. Errors: ERR_MEMORY.
dcat_status hopes_create(const dcat_world *world, scenario_hopes **hopes, dcat_error *err);
void hopes_destroy(scenario_hopes *hopes);

// False: no legal cluster is fast enough, certainly. A cluster that holds server i is at most as
// fast as all servers within the span limit of i together, and its data goes at best as far as to
// its best reached member; so the least over servers bounds all clusters.
bool hopes_serve(const scenario_hopes *hopes, const dcat_task *task);

#endif
