// SPDX-License-Identifier: Apache-2.0
// classes.h - what dcat validate says of each class of work: who can do it, how fast, and
// which of its tasks nobody can.

#ifndef DCAT_REPORT_SCENARIO_CLASSES_H
#define DCAT_REPORT_SCENARIO_CLASSES_H

#include "file/json_write.h"
#include "report/scenario/remarks.h"

// Sums over tasks, each with the weight of the class in it.
typedef struct class_sums {
    double tasks, hopeless, work_cycles, deadline_s, fee;
} class_sums;

typedef struct class_facts {
    const char *name;
    const dcat_class *wanted;
    scenario_hopes *hopes;     // NULL: the world is too large to look for them
    size_t server_count;       // whose effective speed is above 0
    double speed_ghz;          // of all of them
    double alone_ghz;          // of the median of them
    double cost_min, cost_max; // money per giga-cycle
    size_t team_max;           // of all within the span limit of one; 0: no team fits
    double team_ghz;           // of the fastest of these
    class_sums sums;
} class_facts;

// Fill f->resources, f->classes and f->class_count, which are empty for a scenario without
// resources. Errors: ERR_MEMORY.
dcat_status classes_create(facts *f, dcat_error *err);
void classes_destroy(facts *f);

// Add a task to the sums [class_count]; returns how likely no legal cluster can serve it.
double classes_add(const facts *f, const dcat_task *task, class_sums *sums);

// Errors: ERR_MEMORY.
dcat_status classes_print(const facts *f, FILE *file, dcat_error *err);
json_t *classes_json(const facts *f);

#endif
