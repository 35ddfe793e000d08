// SPDX-License-Identifier: Apache-2.0
// hopes.h - whether any cluster within the span limit could serve a task in time, all
// queues being empty.

#ifndef DCAT_REPORT_SCENARIO_HOPES_H
#define DCAT_REPORT_SCENARIO_HOPES_H

#include "dcat/demand.h"
#include "dcat/world.h"
#include "dcat/x/resources.h"
#include <stdbool.h>

typedef struct scenario_hopes scenario_hopes;

// Of tasks of one class of the resources, or without resources (nullable) of any task. NULL where
// the world is too large to look: it is a courtesy, not a check. Errors: ERR_MEMORY.
dcat_status hopes_create(const dcat_world *world, const dcat_resources *resources, int class_id,
                         scenario_hopes **hopes, dcat_error *err);
void hopes_destroy(scenario_hopes *hopes);

// The servers within the span limit of one, itself first, into near [S]; returns how many.
size_t list_near(const dcat_world *world, int server, int32_t *near);

// False: no legal cluster is fast enough, certainly. A cluster that holds server i is at most as
// fast as all servers within the span limit of i together, and its data goes at best as far as to
// its best reached member; so the least over servers bounds all clusters. Of a class, members are
// those of the team, and the team of all within the span limit of i has the most memory.
bool hopes_serve(const scenario_hopes *hopes, const dcat_task *task);

#endif
