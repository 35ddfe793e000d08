// SPDX-License-Identifier: Apache-2.0
#include "exchange/live/hub.h"

#include <pthread.h>
#include <stdlib.h>

struct live_hub {
    pthread_mutex_t mutex;
    uint64_t staged;    // notes ever staged: the writer's alone
    uint64_t published; // of which can be seen
    int64_t size;       // events that can be seen
    int64_t before;     // events that were there before the first note
    live_listener *waiting;
    live_note notes[LIVE_NOTES]; // the last ones, by number
};

live_hub *live_hub_create(int64_t size)
{
    live_hub *hub = calloc(1, sizeof *hub);
    if (hub != NULL) {
        hub->size = hub->before = size;
        pthread_mutex_init(&hub->mutex, NULL);
    }
    return hub;
}

void live_hub_destroy(live_hub *hub)
{
    if (hub != NULL) {
        pthread_mutex_destroy(&hub->mutex);
        free(hub);
    }
}

static live_note *at(live_hub *hub, uint64_t number)
{
    return &hub->notes[number % LIVE_NOTES];
}

static uint64_t oldest(const live_hub *hub)
{
    return hub->staged > LIVE_NOTES ? hub->staged - LIVE_NOTES : 0;
}

void live_hub_stage(live_hub *hub, const live_note *note)
{
    pthread_mutex_lock(&hub->mutex);
    *at(hub, hub->staged) = *note;
    hub->staged++;
    pthread_mutex_unlock(&hub->mutex);
}

bool live_hub_concerns(const live_listener *listener, const live_note *note)
{
    return (listener->passes_over >> note->kind & 1) == 0 &&
           (note->party == LIVE_EVERYBODY || note->party == listener->party ||
            listener->role == ROLE_OPERATOR || listener->role == ROLE_AUDITOR);
}

// Whether there is something for it, passing over what is not.
static bool has_news(live_hub *hub, live_listener *listener)
{
    if (listener->place < oldest(hub)) {
        return true; // what it lost
    }
    while (listener->place < hub->published &&
           !live_hub_concerns(listener, at(hub, listener->place))) {
        listener->place++;
    }
    return listener->place < hub->published;
}

static void wake(live_hub *hub, bool all)
{
    live_listener **link = &hub->waiting;
    while (*link != NULL) {
        live_listener *listener = *link;
        if (all || has_news(hub, listener)) {
            *link = listener->next;
            listener->waits = false;
            listener->woken = all;
            listener->wake(listener);
        } else {
            link = &listener->next;
        }
    }
}

void live_hub_publish(live_hub *hub, int64_t size)
{
    pthread_mutex_lock(&hub->mutex);
    hub->published = hub->staged;
    hub->size = size;
    wake(hub, false);
    pthread_mutex_unlock(&hub->mutex);
}

void live_hub_wake_all(live_hub *hub)
{
    pthread_mutex_lock(&hub->mutex);
    wake(hub, true);
    pthread_mutex_unlock(&hub->mutex);
}

bool live_hub_place(live_hub *hub, int64_t after_seq, uint64_t *place)
{
    pthread_mutex_lock(&hub->mutex);
    uint64_t first = oldest(hub), last = hub->published;
    bool known = first == 0 ? after_seq >= hub->before : at(hub, first)->seq <= after_seq;
    while (first < last) { // numbers grow with seq
        uint64_t middle = first + (last - first) / 2;
        if (at(hub, middle)->seq <= after_seq) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    *place = first;
    pthread_mutex_unlock(&hub->mutex);
    return known;
}

int64_t live_hub_size(live_hub *hub)
{
    pthread_mutex_lock(&hub->mutex);
    int64_t size = hub->size;
    pthread_mutex_unlock(&hub->mutex);
    return size;
}

size_t live_hub_read(live_hub *hub, live_listener *listener, live_note *notes, size_t max,
                     bool *lost)
{
    size_t count = 0;
    pthread_mutex_lock(&hub->mutex);
    *lost = listener->place < oldest(hub);
    while (!*lost && count < max && has_news(hub, listener)) {
        notes[count++] = *at(hub, listener->place++);
    }
    pthread_mutex_unlock(&hub->mutex);
    return count;
}

bool live_hub_wait(live_hub *hub, live_listener *listener)
{
    pthread_mutex_lock(&hub->mutex);
    bool waits = !has_news(hub, listener);
    if (waits) {
        listener->waits = true;
        listener->next = hub->waiting;
        hub->waiting = listener;
    }
    pthread_mutex_unlock(&hub->mutex);
    return waits;
}

int64_t live_hub_behind(live_hub *hub, const live_listener *listener, int64_t after_seq)
{
    pthread_mutex_lock(&hub->mutex);
    int64_t behind = listener->waits || after_seq > hub->size ? 0 : hub->size - after_seq;
    pthread_mutex_unlock(&hub->mutex);
    return behind;
}

void live_hub_leave(live_hub *hub, live_listener *listener)
{
    pthread_mutex_lock(&hub->mutex);
    for (live_listener **link = &hub->waiting; listener->waits && *link != NULL;) {
        if (*link == listener) {
            *link = listener->next;
            listener->waits = false;
        } else {
            link = &(*link)->next;
        }
    }
    pthread_mutex_unlock(&hub->mutex);
}
