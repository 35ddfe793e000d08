// SPDX-License-Identifier: Apache-2.0
// What an event led to, kept until its rows are written; and text that grows.
#include "exchange/store/body.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_clear(body_text *t)
{
    t->used = 0;
}

void text_free(body_text *t)
{
    free(t->at);
    *t = (body_text){0};
}

static bool text_make_room(body_text *t, size_t more)
{
    if (t->used + more > t->room) {
        size_t room = 2 * (t->used + more) + 256;
        char *at = realloc(t->at, room);
        if (at == NULL) {
            t->failed = true;
            return false;
        }
        t->at = at;
        t->room = room;
    }
    return true;
}

void text_add(body_text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0 && text_make_room(t, (size_t)length + 1)) {
        va_start(arguments, format);
        vsnprintf(&t->at[t->used], (size_t)length + 1, format, arguments);
        va_end(arguments);
        t->used += (size_t)length;
    }
}

void told_clear(told *t)
{
    t->leg_count = t->step_count = t->award_count = t->member_count = 0;
}

void told_free(told *t)
{
    free(t->legs);
    free(t->steps);
    free(t->awards);
    free(t->members);
    *t = (told){0};
}

// Room for one more element; NULL without memory.
static void *grown(told *t, void *array, size_t count, size_t *room, size_t size)
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
    told *t = user;
    void *room = grown(t, t->legs, t->leg_count, &t->leg_room, sizeof *t->legs);
    if (room != NULL) {
        t->legs = room;
        t->legs[t->leg_count++] = *leg;
    }
}

static void keep_step(void *user, const exchange_step *step)
{
    told *t = user;
    void *room = grown(t, t->steps, t->step_count, &t->step_room, sizeof *t->steps);
    if (room != NULL) {
        t->steps = room;
        t->steps[t->step_count++] = *step;
    }
}

static void keep_award(void *user, const exchange_award *award)
{
    told *t = user;
    void *room = grown(t, t->awards, t->award_count, &t->award_room, sizeof *t->awards);
    if (room == NULL) {
        return;
    }
    t->awards = room;
    t->awards[t->award_count++] = (told_award){*award, t->member_count};
    for (int32_t m = 0; m < award->member_count; m++) {
        room = grown(t, t->members, t->member_count, &t->member_room, sizeof *t->members);
        if (room == NULL) {
            return;
        }
        t->members = room;
        t->members[t->member_count++] = (told_member){award->servers[m], award->loads[m]};
    }
}

exchange_sink told_sink(told *t)
{
    return (exchange_sink){t, keep_leg, keep_step, keep_award};
}
