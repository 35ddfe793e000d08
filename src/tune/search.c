// SPDX-License-Identifier: Apache-2.0
#include "tune/search.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

// Proposals of a round all start from the same best, so that their number does not depend on how
// many threads there are.
#define ROUND 16
#define STALE_ROUNDS_MAX 3 // without a better profit on validation days
#define STEP_FIRST 0.5     // of logarithms
#define STEP_SHRINKS 0.7
#define STEP_LEAST 0.02

// Streams of callers start at 128: training has the first two.
#define STREAM_TUNE ((dcat_stream)(DCAT_STREAM_USER + 2))
enum { PART_RANDOM, PART_LOCAL };

// --- around a setting

// More of a handicap or of an admission shuts clusters out, and so does less of a ceiling.
static bool step_to(const tune_scale *scale, const tune_setting *setting, size_t lever,
                    bool towards_cliff, tune_setting *neighbour, tune_step *step)
{
    const tune_lever *row = &tune_levers[lever];
    double value = setting->value[lever];
    if (!row->moved || !scale->applies[lever] || value == 0.0 || isinf(value)) {
        return false;
    }
    double least = row->off_at_zero ? 0.0 : fmin(row->range(scale).low, value);
    double factor = row->off_at_zero == towards_cliff ? 1.25 : 0.75;
    double moved = fmax(factor * value, least);
    *neighbour = *setting;
    neighbour->value[lever] = moved;
    *step = (tune_step){lever, moved / value, towards_cliff};
    return moved != value;
}

size_t tune_neighbours(const tune_scale *scale, const tune_setting *setting,
                       tune_setting neighbour[TUNE_STEP_MAX], tune_step step[TUNE_STEP_MAX])
{
    size_t count = 0;
    for (int towards_cliff = 1; towards_cliff >= 0; towards_cliff--) {
        for (size_t i = 0; i < tune_lever_count; i++) {
            count +=
                step_to(scale, setting, i, towards_cliff != 0, &neighbour[count], &step[count]);
        }
    }
    return count;
}

dcat_status tune_score(tune_search *s, const tune_place *place, const tune_money *own,
                       const tune_setting *settings, size_t count, double *scores, dcat_error *err)
{
    size_t world_count = place->world_count;
    tune_money *money = calloc(count * world_count + 1, sizeof *money);
    if (money == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu settings", count);
    }
    dcat_status status = tune_earn(&s->runs, place, settings, count, money, err);
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        double sum = 0.0;
        for (size_t w = 0; w < world_count; w++) {
            sum += tune_share(&money[i * world_count + w], &own[w]);
        }
        scores[i] = sum / (double)world_count;
    }
    free(money);
    return status;
}

// --- trials

const char *const tune_trials[DCAT_TUNE_TRIAL_MAX] = {
    "servers.random.speed_ghz=[50, 500]", "demand.data_mb=[60, 60]",
    "servers.random.cost_noise=0.1", // tariffs are a tenth off
};

dcat_status tune_open_trial(tune_search *s, const tune_place *place, size_t t, tune_money *own,
                            bool *applies, dcat_error *err)
{
    tune_place there = *place;
    there.override = tune_trials[t];
    dcat_error inner = {0};
    dcat_status status = tune_earn(&s->runs, &there, &s->runs.own, 1, own, &inner);
    *applies = status == DCAT_OK;
    bool ours = status == DCAT_ERR_MEMORY || status == DCAT_ERR_IO || status == DCAT_ERR_INTERNAL;
    return ours ? dcat_fail(err, status, "%s", inner.message) : DCAT_OK;
}

static dcat_status open_trials(tune_search *s, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t t = 0; status == DCAT_OK && t < DCAT_TUNE_TRIAL_MAX; t++) {
        bool applies = false;
        s->own_trial[t] = calloc(s->train.world_count, sizeof *s->own_trial[t]);
        if (s->own_trial[t] == NULL) {
            return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
        }
        status = tune_open_trial(s, &s->train, t, s->own_trial[t], &applies, err);
        if (!applies) {
            free(s->own_trial[t]);
            s->own_trial[t] = NULL;
        }
    }
    return status;
}

// --- drawing

static double log_between(tune_range range, double uniform)
{
    return range.low * exp(uniform * log(range.high / range.low));
}

// Choice: in a fourth of the proposals a lever stays, and in another fourth it is off where it can
// be: most levers do little unless another one stands right.
static double draw_value(const tune_search *s, size_t lever, uint32_t proposal)
{
    const tune_lever *row = &tune_levers[lever];
    dcat_draw draw =
        dcat_draw_at(s->runs.plan->seed, STREAM_TUNE, PART_RANDOM, 0, proposal, (uint32_t)lever);
    double which = dcat_draw_uniform(&draw, 0), uniform = dcat_draw_uniform(&draw, 1);
    if ((which < 0.25 && !row->last_word) || !s->scale.applies[lever]) {
        return s->runs.own.value[lever];
    }
    if (row->words != NULL) {
        uint32_t count = 0;
        while (row->words[count] != NULL) {
            count++;
        }
        return row->last_word ? (double)(count - 1)
                              : (double)dcat_pick(dcat_draw_u64(&draw, 1), count);
    }
    if (row->off_at_zero && which < 0.5) {
        return 0.0;
    }
    return tune_rounded(log_between(row->range(&s->scale), uniform));
}

static tune_setting draw_setting(const tune_search *s, uint32_t proposal)
{
    tune_setting setting = s->runs.own;
    for (size_t i = 0; proposal > 0 && i < tune_lever_count; i++) {
        setting.value[i] = draw_value(s, i, proposal);
    }
    return setting;
}

// Two draws for every lever: whether it moves, and where to. Kept within twice its range.
static double move_value(const tune_search *s, size_t lever, double value, double step,
                         uint32_t proposal, uint32_t attempt)
{
    const tune_lever *row = &tune_levers[lever];
    dcat_draw draw = dcat_draw_at(s->runs.plan->seed, STREAM_TUNE, PART_LOCAL, attempt, proposal,
                                  (uint32_t)lever);
    double which = dcat_draw_uniform(&draw, 0), uniform = dcat_draw_uniform(&draw, 1);
    if (!s->scale.applies[lever] || row->words != NULL || isinf(value) ||
        (value == 0.0 && which < 0.3)) {
        return which < 0.15 ? draw_value(s, lever, proposal) : value;
    }
    if (which >= 0.6 || value == 0.0) {
        return value;
    }
    if (row->off_at_zero && which < 0.03) {
        return 0.0;
    }
    tune_range range = row->range(&s->scale);
    double moved = value * exp(step * (2.0 * uniform - 1.0));
    return tune_rounded(fmin(fmax(moved, fmin(range.low, value)), 2.0 * range.high));
}

static tune_setting move_setting(const tune_search *s, const tune_setting *from, double step,
                                 uint32_t proposal)
{
    tune_setting setting = *from;
    for (uint32_t attempt = 0; attempt < 16 && tune_setting_same(&setting, from); attempt++) {
        for (size_t i = 0; i < tune_lever_count; i++) {
            setting.value[i] = move_value(s, i, from->value[i], step, proposal, attempt);
        }
    }
    return setting;
}

// --- trying

static dcat_status try_settings(tune_search *s, const tune_setting *settings, size_t count,
                                const char *phase, dcat_error *err)
{
    double scores[ROUND];
    assert(count <= ROUND && s->try_count + count <= s->try_max);
    dcat_status status = tune_score(s, &s->train, s->own_train, settings, count, scores, err);
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        s->tries[s->try_count++] =
            (tune_try){.setting = settings[i], .phase = phase, .score = scores[i], .safe = NAN};
    }
    return status;
}

// Steps of one kind around those that may still be better than `best`: they count for no more than
// what is left at the worst.
static dcat_status step_from(tune_search *s, tune_try *const *asked, size_t count, double best,
                             bool towards_cliff, dcat_error *err)
{
    tune_setting tried[ROUND * TUNE_STEP_MAX] = {0};
    tune_try *of[ROUND * TUNE_STEP_MAX];
    double scores[ROUND * TUNE_STEP_MAX];
    size_t tried_count = 0;
    for (size_t i = 0; i < count; i++) {
        tune_setting neighbour[TUNE_STEP_MAX];
        tune_step step[TUNE_STEP_MAX];
        size_t around = tune_neighbours(&s->scale, &asked[i]->setting, neighbour, step);
        for (size_t k = 0; asked[i]->safe > best && k < around; k++) {
            if (step[k].towards_cliff == towards_cliff) {
                of[tried_count] = asked[i];
                tried[tried_count++] = neighbour[k];
            }
        }
    }
    dcat_status status = tune_score(s, &s->train, s->own_train, tried, tried_count, scores, err);
    for (size_t i = 0; status == DCAT_OK && i < tried_count; i++) {
        of[i]->safe = fmin(of[i]->safe, scores[i] / (1.0 - s->loss_max));
    }
    return status;
}

// The same in trials.
static dcat_status try_trials(tune_search *s, tune_try *const *asked, size_t count, double best,
                              dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t t = 0; status == DCAT_OK && t < DCAT_TUNE_TRIAL_MAX; t++) {
        tune_setting tried[ROUND + 1] = {s->runs.own}; // whose share is 1
        tune_try *of[ROUND + 1];
        double scores[ROUND + 1];
        size_t tried_count = 1;
        tune_place place = s->train;
        place.override = tune_trials[t];
        for (size_t i = 0; i < count; i++) {
            if (s->own_trial[t] != NULL && asked[i]->safe > best) {
                of[tried_count] = asked[i];
                tried[tried_count++] = asked[i]->setting;
            }
        }
        if (tried_count > 1) {
            status = tune_score(s, &place, s->own_trial[t], tried, tried_count, scores, err);
        }
        for (size_t i = 1; status == DCAT_OK && i < tried_count; i++) {
            of[i]->safe *= tune_trial_worth(1.0 + scores[i] - scores[0]);
        }
    }
    return status;
}

// The profit that is left at the worst move, made up for what a move may cost: a setting that
// stands at no cliff is worth its own profit, and none is worth more; and less where a trial costs
// more than it may. For ROUND at most; of one
// that is no better than `best` it is known that it is not.
static dcat_status ask_safety(tune_search *s, tune_try *const *asked, size_t count, double best,
                              dcat_error *err)
{
    assert(count <= ROUND);
    for (size_t i = 0; i < count; i++) {
        asked[i]->safe = asked[i]->score;
    }
    dcat_status status = try_trials(s, asked, count, best, err);
    if (status == DCAT_OK) {
        status = step_from(s, asked, count, best, true, err);
    }
    return status == DCAT_OK ? step_from(s, asked, count, best, false, err) : status;
}

static const tune_try *best_of(const tune_search *s, bool safe)
{
    const tune_try *best = NULL;
    for (size_t i = 0; i < s->try_count; i++) {
        const tune_try *one = &s->tries[i];
        double value = safe ? one->safe : one->score;
        if (!isnan(value) && (best == NULL || value > (safe ? best->safe : best->score))) {
            best = one;
        }
    }
    return best;
}

static int by_score(const void *a, const void *b)
{
    const tune_try *const *first = a, *const *second = b;
    double x = (*first)->score, y = (*second)->score;
    return x != y ? (x < y ? 1 : -1) : (*first < *second ? -1 : *first > *second);
}

// What a move may cost: the more of a hundredth and of what it costs the scenario's own settings,
// whose ceiling may be a large part of the fee.
static dcat_status find_loss_max(tune_search *s, dcat_error *err)
{
    s->loss_max = 0.0;
    tune_try own = s->tries[0];
    tune_try *const asked[] = {&own};
    dcat_status status = ask_safety(s, asked, 1, -INFINITY, err);
    s->loss_max = fmax(TUNE_MOVE_LOSS_MAX, own.score > 0.0 ? 1.0 - own.safe / own.score : 0.0);
    return status;
}

// Of the best so far, until those that are left earn no more than the best that stands at no cliff.
static dcat_status ask_safety_of_best(tune_search *s, dcat_error *err)
{
    tune_try **order = calloc(s->try_count, sizeof *order);
    if (order == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < s->try_count; i++) {
        order[i] = &s->tries[i];
    }
    qsort(order, s->try_count, sizeof(tune_try *), by_score);
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < s->try_count; i += ROUND) {
        const tune_try *best = best_of(s, true);
        double safe = best != NULL ? best->safe : -INFINITY;
        if (order[i]->score <= safe) {
            break;
        }
        size_t left = s->try_count - i;
        status = ask_safety(s, &order[i], left < ROUND ? left : ROUND, safe, err);
    }
    free(order);
    return status;
}

// --- rounds

typedef struct climb {
    bool safe;
    const char *phase;
    double step;
    double validated; // best profit on validation days so far
    int stale;        // rounds since
} climb;

// One round around the best; those that may become the best one are asked for their neighbours.
static dcat_status climb_round(tune_search *s, climb *c, size_t count, dcat_error *err)
{
    const tune_try *from = best_of(s, c->safe);
    double best = c->safe ? from->safe : from->score;
    tune_setting settings[ROUND];
    for (size_t i = 0; i < count; i++) {
        settings[i] = move_setting(s, &from->setting, c->step, (uint32_t)(s->try_count + i));
    }
    size_t first = s->try_count, asked_count = 0;
    tune_try *asked[ROUND];
    dcat_status status = try_settings(s, settings, count, c->phase, err);
    for (size_t i = first; c->safe && status == DCAT_OK && i < s->try_count; i++) {
        if (s->tries[i].score > best) {
            asked[asked_count++] = &s->tries[i];
        }
    }
    status = status == DCAT_OK && asked_count > 0 ? ask_safety(s, asked, asked_count, best, err)
                                                  : status;
    if (status != DCAT_OK) {
        return status;
    }
    const tune_try *now = best_of(s, c->safe);
    bool better = (c->safe ? now->safe : now->score) > best;
    if (!better) {
        c->step *= STEP_SHRINKS;
        c->stale++;
        return DCAT_OK;
    }
    double validated;
    status = tune_score(s, &s->validate, s->own_validate, &now->setting, 1, &validated, err);
    c->stale = validated > c->validated ? 0 : c->stale + 1;
    c->validated = fmax(c->validated, validated);
    return status;
}

static dcat_status climb_until(tune_search *s, climb *c, size_t end, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && s->try_count < end && c->step >= STEP_LEAST &&
           c->stale < STALE_ROUNDS_MAX) {
        size_t left = end - s->try_count;
        status = climb_round(s, c, left < ROUND ? left : ROUND, err);
    }
    return status;
}

// Choice: two fifths of the proposals are random, and at most three tenths each climb by profit
// and by profit away from cliffs; the last has what the one before left over.
dcat_status tune_search_run(tune_search *s, dcat_error *err)
{
    size_t all = s->try_max, random = (2 * all + 4) / 5, local = random + 3 * all / 10;
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && s->try_count < random) {
        size_t left = random - s->try_count, count = left < ROUND ? left : ROUND;
        tune_setting settings[ROUND];
        for (size_t i = 0; i < count; i++) {
            settings[i] = draw_setting(s, (uint32_t)(s->try_count + i));
        }
        status = try_settings(s, settings, count, "random", err);
    }
    climb profit = {.phase = "local", .step = STEP_FIRST};
    if (status == DCAT_OK) {
        status = climb_until(s, &profit, local, err);
    }
    if (status == DCAT_OK) {
        status = open_trials(s, err);
    }
    if (status == DCAT_OK) {
        status = find_loss_max(s, err);
    }
    if (status == DCAT_OK) {
        status = ask_safety_of_best(s, err);
    }
    climb away = {.phase = "safe", .step = STEP_FIRST, .safe = true};
    return status == DCAT_OK ? climb_until(s, &away, all, err) : status;
}
