// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/scenario.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

typedef struct made_world {
    size_t index;
    dcat_world *world; // NULL while it is being made
    int user_count;
} made_world;

struct dcat_worlds {
    const dcat_scenario *scenario;
    uint64_t *seed; // [count]
    size_t count;
    made_world *made; // [made_count] those there are
    size_t made_count, made_room;
    pthread_mutex_t lock;
    pthread_cond_t news;
};

dcat_status dcat_worlds_create(const dcat_scenario *scenario, uint64_t first_seed, size_t count,
                               dcat_worlds **worlds, dcat_error *err)
{
    if (count > 0 && first_seed > UINT64_MAX - (count - 1)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "seed %" PRIu64 ": seeds of %zu worlds go beyond 2^64 - 1", first_seed,
                         count);
    }
    dcat_worlds *made = calloc(1, sizeof *made);
    uint64_t *seed = calloc(count, sizeof *seed);
    if (made == NULL || seed == NULL) {
        free(made);
        free(seed);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu worlds", count);
    }
    *made = (dcat_worlds){.scenario = scenario, .seed = seed, .count = count};
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->news, NULL);
    for (size_t w = 0; w < count; w++) {
        seed[w] = first_seed + w;
    }
    *worlds = made;
    return DCAT_OK;
}

void dcat_worlds_destroy(dcat_worlds *worlds)
{
    if (worlds == NULL) {
        return;
    }
    for (size_t i = 0; i < worlds->made_count; i++) {
        dcat_world_destroy(worlds->made[i].world);
    }
    free(worlds->made);
    free(worlds->seed);
    pthread_mutex_destroy(&worlds->lock);
    pthread_cond_destroy(&worlds->news);
    free(worlds);
}

size_t dcat_worlds_count(const dcat_worlds *worlds)
{
    return worlds->count;
}

const uint64_t *dcat_worlds_seeds(const dcat_worlds *worlds)
{
    return worlds->seed;
}

static made_world *find_made(const dcat_worlds *worlds, size_t index)
{
    for (size_t i = 0; i < worlds->made_count; i++) {
        if (worlds->made[i].index == index) {
            return &worlds->made[i];
        }
    }
    return NULL;
}

static void forget(dcat_worlds *worlds, made_world *gone)
{
    dcat_world_destroy(gone->world);
    *gone = worlds->made[--worlds->made_count];
}

static void forget_unused(dcat_worlds *worlds)
{
    for (size_t i = worlds->made_count; i-- > 0;) {
        if (worlds->made[i].user_count == 0) {
            forget(worlds, &worlds->made[i]);
        }
    }
}

// Room for one more, used by nobody yet.
static made_world *add_made(dcat_worlds *worlds, size_t index)
{
    forget_unused(worlds);
    if (worlds->made_count == worlds->made_room) {
        size_t room = 2 * worlds->made_room + 4;
        made_world *grown = realloc(worlds->made, room * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        worlds->made = grown;
        worlds->made_room = room;
    }
    made_world *added = &worlds->made[worlds->made_count++];
    *added = (made_world){.index = index, .user_count = 1};
    return added;
}

// With the lock held, which is released while the world is made.
static dcat_status make_world(dcat_worlds *worlds, size_t index, dcat_error *err)
{
    if (add_made(worlds, index) == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    pthread_mutex_unlock(&worlds->lock);
    dcat_world *world = NULL;
    dcat_status status = dcat_scenario_world(worlds->scenario, worlds->seed[index], &world, err);
    pthread_mutex_lock(&worlds->lock);
    made_world *own = find_made(worlds, index); // it may have moved
    if (status == DCAT_OK) {
        own->world = world;
    } else {
        forget(worlds, own);
    }
    pthread_cond_broadcast(&worlds->news);
    return status;
}

static dcat_status open_world(void *user, size_t index, const dcat_world **world, dcat_error *err)
{
    dcat_worlds *worlds = user;
    dcat_status status = DCAT_OK;
    pthread_mutex_lock(&worlds->lock);
    made_world *found = find_made(worlds, index);
    while (found != NULL && found->world == NULL) {
        pthread_cond_wait(&worlds->news, &worlds->lock);
        found = find_made(worlds, index);
    }
    if (found != NULL) {
        found->user_count++;
    } else {
        status = make_world(worlds, index, err);
    }
    if (status == DCAT_OK) {
        *world = find_made(worlds, index)->world;
    }
    pthread_mutex_unlock(&worlds->lock);
    return status;
}

static void close_world(void *user, size_t index)
{
    dcat_worlds *worlds = user;
    pthread_mutex_lock(&worlds->lock);
    find_made(worlds, index)->user_count--;
    pthread_mutex_unlock(&worlds->lock);
}

dcat_compare_source dcat_worlds_source(dcat_worlds *worlds)
{
    return (dcat_compare_source){.user = worlds, .open = open_world, .close = close_world};
}
