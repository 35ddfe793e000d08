// SPDX-License-Identifier: Apache-2.0
// Tasks that may be worked on in some places only: they become classes of work of their own, which
// the servers elsewhere cannot do.
//
// Choice: so a cluster with members in several places works on such a task with those of them who
// may, as it does with those who have the devices; data and work never reach the others.

#include "scenario/object.h"

#include <stdlib.h>
#include <string.h>

// A scenario without classes has one, which every server does at its own speed.
static dcat_status make_the_one_class(dcat_scenario *s, dcat_error *err)
{
    resource_data *r = &s->resources;
    size_t index;
    bool added;
    dcat_status status = resources_start(r, err);
    if (status == DCAT_OK) {
        status = names_add(&r->class_names, DCAT_CLASS_ONLY, strlen(DCAT_CLASS_ONLY), &index,
                           &added, err);
    }
    r->classes = calloc(1, sizeof *r->classes);
    r->share = calloc(1, sizeof *r->share);
    r->no_cpu = calloc(s->servers.names.count + 1, sizeof *r->no_cpu);
    if (status == DCAT_OK && (r->classes == NULL || r->share == NULL || r->no_cpu == NULL)) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a class of work");
    }
    if (status == DCAT_OK) {
        r->classes[0] = (dcat_class){
            .pool = DCAT_POOL_CPU,
            .price_per_gigacycle = s->values->market.price_per_gigacycle,
            .urgency_s = s->values->market.urgency_s,
        };
        r->share[0] = 1.0;
        status = efficiency_default(r, err);
    }
    return status;
}

// The classes after the first class_count, one for each pair of a class and a limit in use, and
// which class_count + n is of.
typedef struct limited {
    size_t class_count, count;
    int32_t class_id[DCAT_CLASS_MAX], limit[DCAT_CLASS_MAX];
} limited;

static dcat_status find_pairs(const char *path, task_data *tasks, limited *l, dcat_error *err)
{
    for (size_t n = 0; n < tasks->count; n++) {
        dcat_task *task = &tasks->tasks[n];
        int32_t limit = task->unused - 1;
        task->unused = 0;
        if (limit < 0) {
            continue;
        }
        size_t at = 0;
        while (at < l->count && !(l->class_id[at] == task->class_id && l->limit[at] == limit)) {
            at++;
        }
        if (l->class_count + at >= DCAT_CLASS_MAX) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "%s: classes of work and lists of places must make at most %d "
                             "different pairs",
                             path, DCAT_CLASS_MAX);
        }
        if (at == l->count) {
            l->class_id[at] = task->class_id;
            l->limit[at] = limit;
            l->count++;
        }
        task->class_id = (int32_t)(l->class_count + at);
    }
    return DCAT_OK;
}

static void *grown(void *array, size_t count, size_t more, size_t item_bytes)
{
    char *made = calloc(count + more, item_bytes);
    if (made != NULL && array != NULL) {
        memcpy(made, array, count * item_bytes);
        free(array);
    }
    return made;
}

static bool grow_classes(resource_data *r, const limited *l)
{
    size_t Q = l->class_count, more = l->count, D = r->device_names.count;
    double *efficiency = calloc(D * (Q + more), sizeof *efficiency);
    r->classes = grown(r->classes, Q, more, sizeof *r->classes);
    r->share = grown(r->share, Q, more, sizeof *r->share);
    r->rated_class = grown(r->rated_class, Q, more, sizeof *r->rated_class);
    if (efficiency == NULL || r->classes == NULL || r->share == NULL || r->rated_class == NULL) {
        free(efficiency);
        return false;
    }
    for (size_t d = 0; d < D; d++) {
        for (size_t q = 0; q < Q + more; q++) {
            size_t of = q < Q ? q : (size_t)l->class_id[q - Q];
            efficiency[d * (Q + more) + q] = r->efficiency[d * Q + of];
        }
    }
    for (size_t n = 0; n < more; n++) {
        r->classes[Q + n] = r->classes[l->class_id[n]];
        r->rated_class[Q + n] = true;
    }
    free(r->efficiency);
    r->efficiency = efficiency;
    return true;
}

static dcat_status name_classes(resource_data *r, const limited *l, const place_limits *limits,
                                dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t n = 0; status == DCAT_OK && n < l->count; n++) {
        char name[1024];
        size_t index;
        bool added;
        snprintf(name, sizeof name, "%s%s", names_at(&r->class_names, (size_t)l->class_id[n]),
                 names_at(&limits->texts, (size_t)l->limit[n]));
        status = names_add(&r->class_names, name, strlen(name), &index, &added, err);
    }
    return status;
}

dcat_status scenario_limit_classes(dcat_scenario *s, const char *path, task_data *tasks,
                                   dcat_error *err)
{
    resource_data *r = &s->resources;
    const place_limits *limits = &tasks->limits;
    if (limits->texts.count == 0) {
        return DCAT_OK;
    }
    if (s->values->resources.collapse != COLLAPSE_NONE) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "%s: allow and deny cannot stand beside resources.collapse", path);
    }
    dcat_status status = resource_data_any(r) ? DCAT_OK : make_the_one_class(s, err);
    limited l = {.class_count = r->class_names.count};
    if (status == DCAT_OK) {
        status = find_pairs(path, tasks, &l, err);
    }
    size_t S = s->servers.names.count, Q = l.class_count + l.count;
    if (status == DCAT_OK) {
        r->barred = calloc(S * Q + 1, sizeof *r->barred);
        status = r->barred == NULL || !grow_classes(r, &l)
                     ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu classes", Q)
                     : name_classes(r, &l, limits, err);
    }
    for (size_t at = 0; status == DCAT_OK && at < S * l.count; at++) {
        size_t i = at / l.count, n = at % l.count;
        r->barred[i * Q + l.class_count + n] = limits->barred[(size_t)l.limit[n] * S + i];
    }
    return status;
}
