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
    const signposts signs = put_signposts(observation);
    // Four parts per caller's part: the count, and two draws a task.
    size_t count =
        poisson_draw(signs.total, task_max, seed, DCAT_STREAM_ORACLE, 4 * part + 2, cycle, slot);
    for (size_t n = 0; n < count; n++) {
        dcat_draw first = dcat_draw_at(seed, DCAT_STREAM_ORACLE, 4 * part + PART_AREA_WORK, cycle,
                                       slot, (uint32_t)n);
        dcat_draw second = dcat_draw_at(seed, DCAT_STREAM_ORACLE, 4 * part + PART_DEADLINE_DATA,
                                        cycle, slot, (uint32_t)n);
        size_t a = find_area(observation, &signs, signs.total * dcat_draw_uniform(&first, 0));
        tasks[n] = (dcat_task){
            .arrival_s = now_s,
            .work_cycles = draw_around(observation->work_cycles[a], at(observation->work_sd, a),
                                       dcat_draw_uniform(&first, 1)),
            .data_bits = draw_around(observation->data_bits[a], at(observation->data_sd, a),
                                     dcat_draw_uniform(&second, 1)),
            .deadline_s = draw_around(observation->deadline_s[a], at(observation->deadline_sd, a),
                                      dcat_draw_uniform(&second, 0)),
            .value = INFINITY,
            .area = (int32_t)a,
            .id = (int32_t)n,
        };
    }
    return count;
}

// --- collecting one

void observation_layout(arena *a, size_t area_count, dcat_observation *observation)
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
}

static void add_square(double *sums, size_t area, double value)
{
    if (sums != NULL) {
        sums[area] += value * value;
    }
}

void observation_add(dcat_observation *sums, const dcat_task *tasks, size_t task_count)
{
    for (size_t n = 0; n < task_count; n++) {
        const dcat_task *task = &tasks[n];
        size_t a = (size_t)task->area;
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
}
