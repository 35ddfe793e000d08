// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/train_worlds.h"

#include "dcat/x/scenario.h"
#include "scenario/train/ranges.h"
#include "scenario/train/train_world.h"
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DRAWS 128

struct dcat_train_worlds {
    dcat_train_plan plan;
    pthread_mutex_t lock;  // of drawn
    dcat_scenario **drawn; // [scenarios, DRAWS] read when first needed
};

// The first scenario, or one of the others.
static const dcat_train_plan *part_of(const dcat_train_worlds *worlds, size_t part)
{
    return part == 0 ? &worlds->plan : &worlds->plan.also[part - 1];
}

static size_t part_count(const dcat_train_plan *plan)
{
    return 1 + plan->also_count;
}

// --- draws

// Streams of callers start at 128; the library's learner takes that one.
#define STREAM_TRAIN ((dcat_stream)(DCAT_STREAM_USER + 1))
enum { PART_RANGES, PART_LEARN, PART_HELD_BACK };

static size_t choice_count(const dcat_vary *vary)
{
    size_t count = 1;
    for (const char *at = strchr(vary->choice, '|'); at != NULL; at = strchr(at + 1, '|')) {
        count++;
    }
    return count;
}

static void write_draw(const dcat_vary *vary, double uniform, char *text, size_t size)
{
    if (vary->choice[0] != '\0') {
        size_t number = (size_t)(uniform * (double)choice_count(vary));
        const char *at = vary->choice;
        for (; number > 0; number--) {
            at = strchr(at, '|') + 1;
        }
        snprintf(text, size, "%s=%.*s", vary->key, (int)strcspn(at, "|"), at);
    } else if (vary->whole) {
        double value = vary->min + floor(uniform * (vary->max - vary->min + 1.0));
        snprintf(text, size, "%s=%.0f", vary->key, value);
    } else {
        double value = vary->min + uniform * (vary->max - vary->min);
        snprintf(text, size, "%s=%.6g", vary->key, value);
    }
}

// Read the scenario with its ranges at these shares of the way from min to max.
static dcat_status load_at(const dcat_train_plan *plan, const double uniform[DCAT_VARY_MAX],
                           dcat_scenario **scenario, dcat_error *err)
{
    size_t count = plan->override_count + plan->vary_count;
    const char **overrides = calloc(count + 1, sizeof *overrides);
    char drawn[DCAT_VARY_MAX][400];
    if (overrides == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a world's settings");
    }
    for (size_t i = 0; i < plan->override_count; i++) {
        overrides[i] = plan->overrides[i];
    }
    for (size_t i = 0; i < plan->vary_count; i++) {
        write_draw(&plan->vary[i], uniform[i], drawn[i], sizeof drawn[i]);
        overrides[plan->override_count + i] = drawn[i];
    }
    dcat_status status = dcat_scenario_load(plan->scenario, overrides, count, scenario, err);
    free(overrides);
    return status;
}

// Drawn for the index-th time.
static dcat_status load_draw(const dcat_train_worlds *worlds, size_t part, size_t index,
                             dcat_scenario **scenario, dcat_error *err)
{
    const dcat_train_plan *plan = part_of(worlds, part);
    double uniform[DCAT_VARY_MAX];
    for (size_t i = 0; i < plan->vary_count; i++) {
        dcat_draw draw = dcat_draw_at(worlds->plan.seed, STREAM_TRAIN, PART_RANGES, (uint32_t)part,
                                      (uint32_t)index, (uint32_t)i);
        uniform[i] = dcat_draw_uniform(&draw, 0);
    }
    return load_at(plan, uniform, scenario, err);
}

static dcat_status find_draw(dcat_train_worlds *worlds, size_t part, size_t index,
                             const dcat_scenario **scenario, dcat_error *err)
{
    dcat_scenario **drawn = &worlds->drawn[part * DRAWS + index];
    pthread_mutex_lock(&worlds->lock);
    dcat_status status = DCAT_OK;
    if (*drawn == NULL) {
        status = load_draw(worlds, part, index, drawn, err);
    }
    *scenario = *drawn;
    pthread_mutex_unlock(&worlds->lock);
    return status;
}

dcat_status dcat_train_worlds_create(const dcat_train_plan *plan, dcat_train_worlds **worlds,
                                     dcat_error *err)
{
    dcat_train_worlds *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->drawn = calloc(part_count(plan) * DRAWS, sizeof *made->drawn);
    }
    if (made == NULL || made->drawn == NULL) {
        free(made);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the worlds of a training");
    }
    made->plan = *plan;
    pthread_mutex_init(&made->lock, NULL);
    *worlds = made;
    return DCAT_OK;
}

void dcat_train_worlds_destroy(dcat_train_worlds *worlds)
{
    if (worlds == NULL) {
        return;
    }
    for (size_t i = 0; i < part_count(&worlds->plan) * DRAWS; i++) {
        dcat_scenario_destroy(worlds->drawn[i]);
    }
    free(worlds->drawn);
    pthread_mutex_destroy(&worlds->lock);
    free(worlds);
}

// --- between which values they lie

#define END 0x1.fffffffffffffp-1 // the largest that is drawn

// The ranges of one scenario among them, joined to into. What a mistake makes of a corner that no
// draw may ever reach is no world. Returns its load.
static dcat_status join_at(const dcat_train_plan *plan, const double uniform[DCAT_VARY_MAX],
                           dcat_ranges *into, double *load, dcat_error *err)
{
    dcat_scenario *scenario = NULL;
    dcat_status status = load_at(plan, uniform, &scenario, err);
    if (status == DCAT_OK) {
        dcat_ranges ranges = dcat_scenario_ranges(scenario);
        ranges_join(into, &ranges);
        *load = ranges.of[DCAT_QUANTITY_LOAD].max;
        dcat_scenario_destroy(scenario);
    }
    return status != DCAT_OK && plan->vary_count > 0 && dcat_status_is_user_error(status) ? DCAT_OK
                                                                                          : status;
}

// At the other end of one range, or at each of its other choices; the last one's load.
static dcat_status join_others(const dcat_train_plan *plan, double uniform[DCAT_VARY_MAX], size_t i,
                               dcat_ranges *into, double *load, dcat_error *err)
{
    size_t choices = choice_count(&plan->vary[i]);
    dcat_status status = DCAT_OK;
    for (size_t c = 1; status == DCAT_OK && c < choices; c++) {
        uniform[i] = ((double)c + 0.5) / (double)choices;
        status = join_at(plan, uniform, into, load, err);
    }
    if (choices == 1) {
        uniform[i] = END;
        status = join_at(plan, uniform, into, load, err);
    }
    uniform[i] = 0.0;
    return status;
}

static dcat_status join_part(const dcat_train_plan *plan, dcat_ranges *into, dcat_error *err)
{
    double low[DCAT_VARY_MAX] = {0.0}, light[DCAT_VARY_MAX] = {0.0}, heavy[DCAT_VARY_MAX];
    double least = 0.0;
    dcat_status status = join_at(plan, low, into, &least, err);
    for (size_t i = 0; status == DCAT_OK && i < plan->vary_count; i++) {
        double load = least;
        status = join_others(plan, low, i, into, &load, err);
        light[i] = load < least ? END : 0.0;
        heavy[i] = load < least ? 0.0 : END;
    }
    if (status == DCAT_OK && plan->vary_count > 0) {
        status = join_at(plan, light, into, &least, err);
    }
    if (status == DCAT_OK && plan->vary_count > 0) {
        status = join_at(plan, heavy, into, &least, err);
    }
    return status;
}

dcat_status dcat_train_worlds_ranges(const dcat_train_worlds *worlds, dcat_ranges *ranges,
                                     dcat_error *err)
{
    dcat_ranges made = ranges_empty();
    dcat_status status = DCAT_OK;
    for (size_t part = 0; status == DCAT_OK && part < part_count(&worlds->plan); part++) {
        status = join_part(part_of(worlds, part), &made, err);
    }
    if (status == DCAT_OK) {
        *ranges = made;
    }
    return status;
}

bool train_worlds_endless(const dcat_train_plan *plan)
{
    return plan->vary_count > 0 || plan->also_count > 0;
}

const dcat_train_plan *train_worlds_plan(const dcat_train_worlds *worlds)
{
    return &worlds->plan;
}

// --- worlds

dcat_status train_world_open(dcat_train_worlds *worlds, uint64_t number, bool held_back,
                             dcat_world **world, const dcat_scenario **scenario, uint64_t *seed,
                             dcat_error *err)
{
    bool ranges = train_worlds_endless(&worlds->plan);
    // Seeds of drawn worlds are 64 random bits, far from the small ones that people test with.
    dcat_draw draw = dcat_draw_at(dcat_mix64(number) ^ worlds->plan.seed, STREAM_TRAIN,
                                  held_back ? PART_HELD_BACK : PART_LEARN, 0, 0, 0);
    *seed =
        ranges ? dcat_draw_u64(&draw, 0) : worlds->plan.seed + number % worlds->plan.world_count;
    uint64_t bits = ranges ? dcat_draw_u64(&draw, 1) : 0;
    size_t index = ranges ? dcat_pick(bits, DRAWS) : 0;
    // Held-back worlds are of each scenario in turn.
    size_t parts = part_count(&worlds->plan);
    size_t part = held_back ? (size_t)number % parts : dcat_pick(dcat_mix64(bits), (uint32_t)parts);
    dcat_status status = find_draw(worlds, part, index, scenario, err);
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

dcat_train_source dcat_train_worlds_source(dcat_train_worlds *worlds)
{
    return (dcat_train_source){.user = worlds, .open = open_world, .close = close_world};
}
