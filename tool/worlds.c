// SPDX-License-Identifier: Apache-2.0
#include "tool/worlds.h"

#include "base/threads.h"
#include "dcat/version.h"
#include "dcat/x/file.h"
#include <stdlib.h>
#include <string.h>

dcat_status cli_worlds_make(const dcat_scenario *scenario, const cli_options *common, size_t count,
                            cli_worlds *worlds, dcat_error *err)
{
    *worlds = (cli_worlds){
        .world = calloc(count, sizeof *worlds->world),
        .seed = calloc(count, sizeof *worlds->seed),
        .count = count,
    };
    if (worlds->world == NULL || worlds->seed == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu worlds", count);
    }
    cli_progress progress = cli_progress_start("worlds", common->quiet);
    dcat_status status = DCAT_OK;
    for (size_t w = 0; status == DCAT_OK && w < count; w++) {
        worlds->seed[w] = common->seed + w;
        status = dcat_scenario_world(scenario, worlds->seed[w], &worlds->world[w], err);
        cli_progress_show(&progress, w + 1, count);
    }
    cli_progress_end(&progress);
    return status;
}

void cli_worlds_free(cli_worlds *worlds)
{
    for (size_t w = 0; worlds->world != NULL && w < worlds->count; w++) {
        dcat_world_destroy(worlds->world[w]);
    }
    free(worlds->world);
    free(worlds->seed);
    *worlds = (cli_worlds){0};
}

// --- made when needed

typedef struct made_world {
    size_t index;
    dcat_world *world; // NULL while it is being made
    int user_count;
} made_world;

dcat_status cli_world_maker_init(cli_world_maker *maker, const dcat_scenario *scenario,
                                 uint64_t first_seed, size_t count, dcat_error *err)
{
    *maker = (cli_world_maker){
        .scenario = scenario, .seed = calloc(count, sizeof *maker->seed), .count = count};
    pthread_mutex_init(&maker->lock, NULL);
    pthread_cond_init(&maker->news, NULL);
    if (maker->seed == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu worlds", count);
    }
    for (size_t w = 0; w < count; w++) {
        maker->seed[w] = first_seed + w;
    }
    return DCAT_OK;
}

void cli_world_maker_free(cli_world_maker *maker)
{
    if (maker->scenario == NULL) { // never begun
        return;
    }
    for (size_t i = 0; i < maker->made_count; i++) {
        dcat_world_destroy(maker->made[i].world);
    }
    free(maker->made);
    free(maker->seed);
    pthread_mutex_destroy(&maker->lock);
    pthread_cond_destroy(&maker->news);
    *maker = (cli_world_maker){0};
}

static made_world *find_made(const cli_world_maker *maker, size_t index)
{
    for (size_t i = 0; i < maker->made_count; i++) {
        if (maker->made[i].index == index) {
            return &maker->made[i];
        }
    }
    return NULL;
}

static void forget(cli_world_maker *maker, made_world *gone)
{
    dcat_world_destroy(gone->world);
    *gone = maker->made[--maker->made_count];
}

static void forget_unused(cli_world_maker *maker)
{
    for (size_t i = maker->made_count; i-- > 0;) {
        if (maker->made[i].user_count == 0) {
            forget(maker, &maker->made[i]);
        }
    }
}

// Room for one more, used by nobody yet.
static made_world *add_made(cli_world_maker *maker, size_t index)
{
    forget_unused(maker);
    if (maker->made_count == maker->made_room) {
        size_t room = 2 * maker->made_room + 4;
        made_world *grown = realloc(maker->made, room * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        maker->made = grown;
        maker->made_room = room;
    }
    made_world *added = &maker->made[maker->made_count++];
    *added = (made_world){.index = index, .user_count = 1};
    return added;
}

// With the lock held, which is released while the world is made.
static dcat_status make_world(cli_world_maker *maker, size_t index, dcat_error *err)
{
    if (add_made(maker, index) == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    pthread_mutex_unlock(&maker->lock);
    dcat_world *world = NULL;
    dcat_status status = dcat_scenario_world(maker->scenario, maker->seed[index], &world, err);
    pthread_mutex_lock(&maker->lock);
    made_world *own = find_made(maker, index); // it may have moved
    if (status == DCAT_OK) {
        own->world = world;
    } else {
        forget(maker, own);
    }
    pthread_cond_broadcast(&maker->news);
    return status;
}

static dcat_status open_world(void *user, size_t index, const dcat_world **world, dcat_error *err)
{
    cli_world_maker *maker = user;
    dcat_status status = DCAT_OK;
    pthread_mutex_lock(&maker->lock);
    made_world *found = find_made(maker, index);
    while (found != NULL && found->world == NULL) {
        pthread_cond_wait(&maker->news, &maker->lock);
        found = find_made(maker, index);
    }
    if (found != NULL) {
        found->user_count++;
    } else {
        status = make_world(maker, index, err);
    }
    if (status == DCAT_OK) {
        *world = find_made(maker, index)->world;
    }
    pthread_mutex_unlock(&maker->lock);
    return status;
}

static void close_world(void *user, size_t index)
{
    cli_world_maker *maker = user;
    pthread_mutex_lock(&maker->lock);
    find_made(maker, index)->user_count--;
    pthread_mutex_unlock(&maker->lock);
}

dcat_compare_source cli_world_maker_source(cli_world_maker *maker)
{
    return (dcat_compare_source){.user = maker, .open = open_world, .close = close_world};
}

// --- where a result comes from

dcat_status cli_program(char text[CLI_PROGRAM_SIZE], dcat_error *err)
{
    const char *commit = dcat_commit();
    char hex[65] = "";
    dcat_status status = DCAT_OK;
    if (strchr(commit, '-') != NULL || strcmp(commit, "unknown") == 0) {
        status = dcat_file_sha256("/proc/self/exe", hex, err);
    }
    snprintf(text, CLI_PROGRAM_SIZE, "%s %s %s", dcat_version(), commit, hex);
    return status;
}

dcat_manifest cli_manifest(const cli_options *common, const dcat_scenario *scenario, double wall_s)
{
    return (dcat_manifest){
        .scenario = scenario,
        .command = common->command,
        .command_count = common->command_count,
        .seed = common->seed,
        .wall_s = wall_s,
        .thread_count = threads_count(common->thread_count),
        .process_count = cli_ranks() != NULL ? cli_ranks()->count : 1,
    };
}

dcat_status cli_write_origin(const dcat_manifest *manifest, dcat_output *output, dcat_error *err)
{
    FILE *file = dcat_output_file(output, "scenario.yaml", err);
    dcat_status status =
        file == NULL ? err->status : dcat_scenario_write(manifest->scenario, file, err);
    if (status == DCAT_OK) {
        file = dcat_output_file(output, "manifest.json", err);
        status = file == NULL ? err->status : dcat_manifest_write(manifest, file, err);
    }
    return status;
}
