// SPDX-License-Identifier: Apache-2.0
#include "sim/timeline.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

static bool before(const item *a, const item *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

void timeline_put(timeline *line, item it)
{
    if (line->count == line->room) {
        line->room = 2 * line->room + 1024;
        line->items = realloc(line->items, line->room * sizeof *line->items);
        assert(line->items != NULL);
    }
    it.order = line->order++;
    size_t i = line->count++;
    for (; i > 0 && before(&it, &line->items[(i - 1) / 2]); i = (i - 1) / 2) {
        line->items[i] = line->items[(i - 1) / 2];
    }
    line->items[i] = it;
}

item timeline_take(timeline *line)
{
    assert(line->count > 0);
    item top = line->items[0], last = line->items[--line->count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        child += child + 1 < line->count && before(&line->items[child + 1], &line->items[child]);
        if (child >= line->count || !before(&line->items[child], &last)) {
            break;
        }
        line->items[i] = line->items[child];
        i = child;
    }
    line->items[i] = last;
    return top;
}

void timeline_free(timeline *line)
{
    free(line->items);
    *line = (timeline){0};
}
