// SPDX-License-Identifier: Apache-2.0
#include "train/train_source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

dcat_status train_vary_parse(const char *text, train_vary *vary, dcat_error *err)
{
    const char *equals = strchr(text, '=');
    const char *colon = equals != NULL ? strchr(equals, ':') : NULL;
    if (colon == NULL || equals == text || (size_t)(equals - text) >= sizeof vary->key) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "--vary is written KEY.PATH=MIN:MAX, such as "
                         "clustering.span_max_km=100:300; got '%s'",
                         text);
    }
    char *end_min = NULL, *end_max = NULL;
    *vary = (train_vary){.min = strtod(equals + 1, &end_min), .max = strtod(colon + 1, &end_max)};
    memcpy(vary->key, text, (size_t)(equals - text));
    if (end_min != colon || end_min == equals + 1 || *end_max != '\0' || end_max == colon + 1 ||
        !isfinite(vary->min) || !isfinite(vary->max) || vary->min > vary->max) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--vary %s: MIN:MAX must be two numbers, MIN <= MAX",
                         text);
    }
    vary->whole = vary->min == floor(vary->min) && vary->max == floor(vary->max);
    return DCAT_OK;
}

// --- draws

// Streams of callers start at 128; the library's learner takes that one.
#define STREAM_TRAIN ((dcat_stream)(DCAT_STREAM_USER + 1))
enum { PART_RANGES, PART_LEARN, PART_HELD_BACK };

static void write_draw(const train_vary *vary, double uniform, char *text, size_t size)
{
    if (vary->whole) {
        double value = vary->min + floor(uniform * (vary->max - vary->min + 1.0));
        snprintf(text, size, "%s=%.0f", vary->key, value);
    } else {
        double value = vary->min + uniform * (vary->max - vary->min);
        snprintf(text, size, "%s=%.6g", vary->key, value);
    }
}

// Read the scenario with its ranges drawn for the index-th time.
static dcat_status load_draw(const train_worlds *worlds, size_t index, dcat_scenario **scenario,
                             dcat_error *err)
{
    const cli_options *common = worlds->common;
    size_t count = common->overrides.count + worlds->vary_count;
    const char **overrides = calloc(count + 1, sizeof *overrides);
    char drawn[TRAIN_VARY_MAX][160];
    if (overrides == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a world's settings");
    }
    for (size_t i = 0; i < common->overrides.count; i++) {
        overrides[i] = common->overrides.text[i];
    }
    for (size_t i = 0; i < worlds->vary_count; i++) {
        dcat_draw draw =
            dcat_draw_at(common->seed, STREAM_TRAIN, PART_RANGES, 0, (uint32_t)index, (uint32_t)i);
        write_draw(&worlds->vary[i], dcat_draw_uniform(&draw, 0), drawn[i], sizeof drawn[i]);
        overrides[common->overrides.count + i] = drawn[i];
    }
    dcat_status status = dcat_scenario_load(common->scenario, overrides, count, scenario, err);
    free(overrides);
    return status;
}

static dcat_status find_draw(train_worlds *worlds, size_t index, const dcat_scenario **scenario,
                             dcat_error *err)
{
    pthread_mutex_lock(&worlds->lock);
    dcat_status status = DCAT_OK;
    if (worlds->drawn[index] == NULL) {
        status = load_draw(worlds, index, &worlds->drawn[index], err);
    }
    *scenario = worlds->drawn[index];
    pthread_mutex_unlock(&worlds->lock);
    return status;
}

void train_worlds_init(train_worlds *worlds, const cli_options *common)
{
    worlds->common = common;
    pthread_mutex_init(&worlds->lock, NULL);
}

void train_worlds_free(train_worlds *worlds)
{
    for (size_t i = 0; i < TRAIN_DRAWS; i++) {
        dcat_scenario_destroy(worlds->drawn[i]);
    }
    pthread_mutex_destroy(&worlds->lock);
}

// --- worlds

dcat_status train_world_open(train_worlds *worlds, uint64_t number, bool held_back,
                             dcat_world **world, const dcat_scenario **scenario, uint64_t *seed,
                             dcat_error *err)
{
    bool ranges = worlds->vary_count > 0;
    // Seeds of drawn worlds are 64 random bits, far from the small ones that people test with.
    dcat_draw draw = dcat_draw_at(dcat_mix64(number) ^ worlds->common->seed, STREAM_TRAIN,
                                  held_back ? PART_HELD_BACK : PART_LEARN, 0, 0, 0);
    *seed = ranges ? dcat_draw_u64(&draw, 0) : worlds->common->seed + number % worlds->world_count;
    size_t index = ranges ? dcat_pick(dcat_draw_u64(&draw, 1), TRAIN_DRAWS) : 0;
    dcat_status status = find_draw(worlds, index, scenario, err);
    return status == DCAT_OK ? dcat_scenario_world(*scenario, *seed, world, err) : status;
}

static dcat_status open_world(void *user, uint64_t number, dcat_train_world *into, dcat_error *err)
{
    dcat_world *world = NULL;
    const dcat_scenario *scenario = NULL;
    uint64_t seed;
    dcat_status status = train_world_open(user, number, false, &world, &scenario, &seed, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_cycle_span span = dcat_scenario_train_cycles(scenario);
    *into = (dcat_train_world){
        .world = world,
        .demand = dcat_scenario_demand_view(scenario),
        .cycle_first = span.first,
        .cycle_count = span.count,
    };
    return DCAT_OK;
}

static void close_world(void *user, dcat_train_world *world)
{
    (void)user;
    dcat_world_destroy((dcat_world *)world->world); // open_world made it
}

dcat_train_source train_source(train_worlds *worlds)
{
    return (dcat_train_source){.user = worlds, .open = open_world, .close = close_world};
}
