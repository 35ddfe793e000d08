// SPDX-License-Identifier: Apache-2.0
// An observation of arrivals from outside, as an environment makes one of its own.
#include "dcat/demand.h"

#include "base/arena.h"
#include "world/demand.h"

#include <stdlib.h>

struct dcat_observer {
    dcat_observation collecting, finished;
};

static void layout(arena *a, size_t area_count, size_t class_count, dcat_observer *observer)
{
    observation_layout(a, area_count, class_count, &observer->collecting);
    observation_layout(a, area_count, class_count, &observer->finished);
}

dcat_status dcat_observer_create(size_t area_count, size_t class_count, dcat_observer **observer,
                                 dcat_error *err)
{
    if (area_count == 0 || class_count == 0) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "an observer needs areas and classes, got %zu and %zu", area_count,
                         class_count);
    }
    dcat_observer sizes;
    arena measure = {0};
    arena_take(&measure, sizeof sizes);
    layout(&measure, area_count, class_count, &sizes);
    void *memory = aligned_alloc(DCAT_ARENA_ALIGN, measure.used);
    if (memory == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an observer");
    }
    arena place = {.base = memory};
    dcat_observer *made = arena_take(&place, sizeof *made);
    layout(&place, area_count, class_count, made);
    observation_clear(&made->collecting);
    observation_clear(&made->finished);
    *observer = made;
    return DCAT_OK;
}

void dcat_observer_destroy(dcat_observer *observer)
{
    free(observer);
}

void dcat_observer_add(dcat_observer *observer, const dcat_task *tasks, size_t task_count)
{
    observation_add(&observer->collecting, tasks, task_count);
}

const dcat_observation *dcat_observer_finish(dcat_observer *observer, int slot_count)
{
    observation_copy(&observer->finished, &observer->collecting);
    observation_finish(&observer->finished, slot_count > 0 ? slot_count : 1);
    observation_clear(&observer->collecting);
    return &observer->finished;
}
