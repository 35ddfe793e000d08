// SPDX-License-Identifier: Apache-2.0
#include "exchange/feed/agenda.h"

#include "base/array_room.h"

#include <stdlib.h>

static bool before(const agenda_item *a, const agenda_item *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->number < b->number;
}

static void swap(agenda_item *a, agenda_item *b)
{
    agenda_item kept = *a;
    *a = *b;
    *b = kept;
}

bool agenda_put(agenda *a, const exchange_event *event)
{
    if (array_room(&a->items, &a->room, a->count + 1, sizeof *a->items, NULL) != DCAT_OK) {
        return false;
    }
    size_t at = a->count++;
    a->items[at] = (agenda_item){event->at_ns, a->next++, *event};
    for (; at > 0 && before(&a->items[at], &a->items[(at - 1) / 2]); at = (at - 1) / 2) {
        swap(&a->items[at], &a->items[(at - 1) / 2]);
    }
    return true;
}

bool agenda_due(const agenda *a, int64_t until_ns)
{
    return a->count > 0 && a->items[0].at_ns <= until_ns;
}

exchange_event agenda_take(agenda *a)
{
    exchange_event event = a->items[0].event;
    a->items[0] = a->items[--a->count];
    size_t at = 0;
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < a->count && before(&a->items[child], &a->items[least])) {
                least = child;
            }
        }
        if (least == at) {
            return event;
        }
        swap(&a->items[at], &a->items[least]);
        at = least;
    }
}

void agenda_free(agenda *a)
{
    free(a->items);
    *a = (agenda){0};
}
