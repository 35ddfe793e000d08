// SPDX-License-Identifier: Apache-2.0
#include "dcat/demand.h"

#include "world/demand.h"
#include "world/poisson.h"
#include <math.h>
#include <string.h>

enum { PART_AREA_WORK, PART_DEADLINE_DATA };

static double at(const double *array, size_t index)
{
    return array == NULL ? 0.0 : array[index];
}

// Uniform with the given mean and standard deviation, but never below a tenth of the mean, because
// sizes and deadlines must stay positive.
static double draw_around(double mean, double sd, double uniform)
{
    const double half_width = sd * 1.7320508075688772; // sqrt(3) sd
    double value = mean + half_width * (2.0 * uniform - 1.0);
    return value > 0.1 * mean ? value : 0.1 * mean;
}

// Sums of arrivals up to some areas, so that the area of a draw is found without adding up all
// before it.
#define SIGN_MAX 256

typedef struct signposts {
    size_t every; // areas from one to the next
    size_t count;
    double sum[SIGN_MAX]; // of areas 0 to i * every
    double total;
} signposts;

static signposts put_signposts(const dcat_observation *observation)
{
    signposts signs = {.every = (observation->area_count + SIGN_MAX - 1) / SIGN_MAX};
    for (size_t a = 0; a < observation->area_count; a++) {
        signs.total += observation->arrivals_per_slot[a];
        if (a % signs.every == 0) {
            signs.sum[signs.count++] = signs.total;
        }
    }
    return signs;
}

// The first area with a sum of arrivals, from the first area on, above the target; or the last.
static size_t find_area(const dcat_observation *observation, const signposts *signs, double target)
{
    size_t low = 0, high = signs->count; // the last sign at most target, if there is one
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (signs->sum[middle] <= target) {
            low = middle;
        } else {
            high = middle;
        }
    }
    size_t area = low * signs->every;
    double cumulative = signs->sum[low];
    while (cumulative <= target && area + 1 < observation->area_count) {
        cumulative += observation->arrivals_per_slot[++area];
    }
    return area;
}

size_t dcat_observation_draw(const dcat_observation *observation, uint64_t seed, uint32_t part,
                             uint32_t cycle, uint32_t slot, double now_s, dcat_task *tasks,
                             size_t task_max)
{
    const dcat_observation *rows =
        observation->by_class == NULL ? observation : observation->by_class;
    size_t class_count = observation->by_class == NULL ? 1 : observation->class_count;
    const signposts signs = put_signposts(rows);
    // Four parts per caller's part: the count, and two draws a task.
    size_t count =
        poisson_draw(signs.total, task_max, seed, DCAT_STREAM_ORACLE, 4 * part + 2, cycle, slot);
    for (size_t n = 0; n < count; n++) {
        dcat_draw first = dcat_draw_at(seed, DCAT_STREAM_ORACLE, 4 * part + PART_AREA_WORK, cycle,
                                       slot, (uint32_t)n);
        dcat_draw second = dcat_draw_at(seed, DCAT_STREAM_ORACLE, 4 * part + PART_DEADLINE_DATA,
                                        cycle, slot, (uint32_t)n);
        size_t row = find_area(rows, &signs, signs.total * dcat_draw_uniform(&first, 0));
        tasks[n] = (dcat_task){
            .arrival_s = now_s,
            .work_cycles = draw_around(rows->work_cycles[row], at(rows->work_sd, row),
                                       dcat_draw_uniform(&first, 1)),
            .data_bits = draw_around(rows->data_bits[row], at(rows->data_sd, row),
                                     dcat_draw_uniform(&second, 1)),
            .deadline_s = draw_around(rows->deadline_s[row], at(rows->deadline_sd, row),
                                      dcat_draw_uniform(&second, 0)),
            .value = INFINITY,
            .area = (int32_t)(row / class_count),
            .id = (int32_t)n,
            .class_id = (int32_t)(row % class_count),
        };
    }
    return count;
}

// --- collecting one

static void layout_rows(arena *a, size_t area_count, dcat_observation *observation)
{
    observation->area_count = area_count;
    observation->arrivals_per_slot = ARENA_ARRAY(a, double, area_count);
    observation->work_cycles = ARENA_ARRAY(a, double, area_count);
    observation->data_bits = ARENA_ARRAY(a, double, area_count);
    observation->deadline_s = ARENA_ARRAY(a, double, area_count);
    observation->work_sd = ARENA_ARRAY(a, double, area_count);
    observation->data_sd = ARENA_ARRAY(a, double, area_count);
    observation->deadline_sd = ARENA_ARRAY(a, double, area_count);
}

void observation_layout(arena *a, size_t area_count, size_t class_count,
                        dcat_observation *observation)
{
    layout_rows(a, area_count, observation);
    observation->class_count = class_count;
    observation->by_class = NULL;
    if (class_count > 1) {
        dcat_observation rows = {0};
        dcat_observation *by_class = ARENA_ARRAY(a, dcat_observation, 1);
        layout_rows(a, area_count * class_count, &rows);
        if (by_class != NULL) { // not while measuring
            *by_class = rows;
        }
        observation->by_class = by_class;
    }
}

void observation_copy(dcat_observation *to, const dcat_observation *from)
{
    size_t byte_count = sizeof *to->work_cycles * from->area_count;
    memcpy(to->arrivals_per_slot, from->arrivals_per_slot, byte_count);
    memcpy(to->work_cycles, from->work_cycles, byte_count);
    memcpy(to->data_bits, from->data_bits, byte_count);
    memcpy(to->deadline_s, from->deadline_s, byte_count);
    memcpy(to->work_sd, from->work_sd, byte_count);
    memcpy(to->data_sd, from->data_sd, byte_count);
    memcpy(to->deadline_sd, from->deadline_sd, byte_count);
    if (from->by_class != NULL) {
        observation_copy(to->by_class, from->by_class);
    }
}

static void clear(double *array, size_t count)
{
    for (size_t i = 0; array != NULL && i < count; i++) {
        array[i] = 0.0;
    }
}

void observation_clear(dcat_observation *sums)
{
    clear(sums->arrivals_per_slot, sums->area_count);
    clear(sums->work_cycles, sums->area_count);
    clear(sums->data_bits, sums->area_count);
    clear(sums->deadline_s, sums->area_count);
    clear(sums->work_sd, sums->area_count);
    clear(sums->data_sd, sums->area_count);
    clear(sums->deadline_sd, sums->area_count);
    if (sums->by_class != NULL) {
        observation_clear(sums->by_class);
    }
}

static void add_square(double *sums, size_t area, double value)
{
    if (sums != NULL) {
        sums[area] += value * value;
    }
}

// By area, or by area and class where there are several.
static void add_rows(dcat_observation *sums, size_t class_count, const dcat_task *tasks,
                     size_t task_count)
{
    for (size_t n = 0; n < task_count; n++) {
        const dcat_task *task = &tasks[n];
        size_t class_id = class_count > 1 ? (size_t)task->class_id : 0;
        size_t a = (size_t)task->area * class_count + class_id;
        sums->arrivals_per_slot[a] += 1.0;
        sums->work_cycles[a] += task->work_cycles;
        sums->data_bits[a] += task->data_bits;
        sums->deadline_s[a] += task->deadline_s;
        add_square(sums->work_sd, a, task->work_cycles);
        add_square(sums->data_sd, a, task->data_bits);
        add_square(sums->deadline_sd, a, task->deadline_s);
    }
}

static double *place_in(double *array, size_t area)
{
    return array != NULL ? &array[area] : NULL;
}

void observation_add(dcat_observation *sums, const dcat_task *tasks, size_t task_count)
{
    add_rows(sums, 1, tasks, task_count);
    if (sums->by_class != NULL) {
        add_rows(sums->by_class, sums->class_count, tasks, task_count);
    }
}

static void mean_and_sd(double *sum, double *sum_of_squares, double count)
{
    double mean = *sum / count;
    *sum = mean;
    if (sum_of_squares == NULL) {
        return;
    }
    double variance = *sum_of_squares / count - mean * mean;
    // Below the rounding error of the difference above there is no spread to speak of.
    *sum_of_squares = variance > 1e-12 * mean * mean ? sqrt(variance) : 0.0;
}

void observation_finish(dcat_observation *sums, int slot_count)
{
    for (size_t a = 0; a < sums->area_count; a++) {
        double count = sums->arrivals_per_slot[a];
        sums->arrivals_per_slot[a] = count / slot_count;
        if (count > 0.0) {
            mean_and_sd(&sums->work_cycles[a], place_in(sums->work_sd, a), count);
            mean_and_sd(&sums->data_bits[a], place_in(sums->data_sd, a), count);
            mean_and_sd(&sums->deadline_s[a], place_in(sums->deadline_sd, a), count);
        }
    }
    if (sums->by_class != NULL) {
        observation_finish(sums->by_class, slot_count);
    }
}
