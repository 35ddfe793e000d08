// SPDX-License-Identifier: Apache-2.0
#include "exchange/store/told.h"

#include <stdlib.h>

void told_clear(exchange_told *t)
{
    t->leg_count = t->step_count = t->award_count = t->member_count = 0;
}

void told_free(exchange_told *t)
{
    free(t->legs);
    free(t->steps);
    free(t->awards);
    free(t->members);
    *t = (exchange_told){0};
}

// Room for one more element; NULL without memory.
static void *grown(exchange_told *t, void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return array;
    }
    size_t wanted = 2 * *room + 64;
    void *larger = realloc(array, wanted * size);
    if (larger == NULL) {
        t->failed = true;
        return NULL;
    }
    *room = wanted;
    return larger;
}

static void keep_leg(void *user, const exchange_leg *leg)
{
    exchange_told *t = user;
    void *room = grown(t, t->legs, t->leg_count, &t->leg_room, sizeof *t->legs);
    if (room != NULL) {
        t->legs = room;
        t->legs[t->leg_count++] = *leg;
    }
}

static void keep_step(void *user, const exchange_step *step)
{
    exchange_told *t = user;
    void *room = grown(t, t->steps, t->step_count, &t->step_room, sizeof *t->steps);
    if (room != NULL) {
        t->steps = room;
        t->steps[t->step_count++] = *step;
    }
}

static void keep_award(void *user, const exchange_award *award)
{
    exchange_told *t = user;
    void *room = grown(t, t->awards, t->award_count, &t->award_room, sizeof *t->awards);
    if (room == NULL) {
        return;
    }
    t->awards = room;
    t->awards[t->award_count++] = (exchange_told_award){*award, t->member_count};
    for (int32_t m = 0; m < award->member_count; m++) {
        room = grown(t, t->members, t->member_count, &t->member_room, sizeof *t->members);
        if (room == NULL) {
            return;
        }
        t->members = room;
        t->members[t->member_count++] = (exchange_told_member){award->servers[m], award->loads[m]};
    }
}

exchange_sink told_sink(exchange_told *t)
{
    return (exchange_sink){t, keep_leg, keep_step, keep_award};
}
