// SPDX-License-Identifier: Apache-2.0
#include "tune/choose.h"

#include <math.h>
#include <stdlib.h>

#define FINALISTS 12

// --- finalists

static double worth(const tune_try *one)
{
    return isnan(one->safe) ? -INFINITY : one->safe;
}

static int by_safety(const void *a, const void *b)
{
    const tune_try *const *first = a, *const *second = b;
    double x = worth(*first), y = worth(*second);
    return x != y ? (x < y ? 1 : -1) : (*first < *second ? -1 : *first > *second);
}

// The safest of the search, and the scenario's own, each once. Returns how many.
static size_t list_finalists(const tune_search *s, const tune_try **order,
                             tune_setting finalists[FINALISTS])
{
    for (size_t i = 0; i < s->try_count; i++) {
        order[i] = &s->tries[i];
    }
    qsort(order, s->try_count, sizeof(const tune_try *), by_safety);
    size_t count = 0;
    finalists[count++] = s->runs.own;
    for (size_t i = 0; i < s->try_count && count < FINALISTS && !isnan(order[i]->safe); i++) {
        bool there = false;
        for (size_t k = 0; k < count; k++) {
            there = there || tune_setting_same(&finalists[k], &order[i]->setting);
        }
        if (!there) {
            finalists[count++] = order[i]->setting;
        }
    }
    return count;
}

// --- what each is like

static dcat_status put_on_trial(tune_search *s, const tune_setting *finalists, size_t count,
                                size_t trial, tune_candidate *candidates, dcat_error *err)
{
    tune_place place = s->validate;
    place.override = tune_trials[trial];
    tune_money *own = calloc(place.world_count, sizeof *own);
    double scores[FINALISTS] = {0.0};
    bool applies = false;
    dcat_status status = own != NULL ? tune_open_trial(s, &s->validate, trial, own, &applies, err)
                                     : dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    if (status == DCAT_OK && applies) {
        status = tune_score(s, &place, own, finalists, count, scores, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        candidates[i].trial[trial] = applies ? 1.0 + scores[i] - scores[0] : NAN;
    }
    free(own);
    return status;
}

static dcat_status move_around(tune_search *s, tune_candidate *c, dcat_error *err)
{
    tune_setting neighbour[TUNE_STEP_MAX];
    c->step_count = tune_neighbours(&s->scale, &c->setting, neighbour, c->step);
    dcat_status status =
        tune_score(s, &s->validate, s->own_validate, neighbour, c->step_count, c->moved, err);
    c->least = 1.0;
    for (size_t i = 0; status == DCAT_OK && i < c->step_count; i++) {
        c->least = fmin(c->least, c->score > 0.0 ? c->moved[i] / c->score : 0.0);
    }
    return status;
}

// A setting that stands at no cliff is worth its own score. Choice: what a move or a trial costs
// beyond what it may is taken off, and not forbidden, so that a little more risk is taken for much
// more profit, and the report says so.
static void weigh(tune_candidate *c, double loss_max)
{
    double moves = fmin(1.0, c->least / (1.0 - loss_max));
    double trials = 1.0;
    for (size_t t = 0; t < DCAT_TUNE_TRIAL_MAX; t++) {
        if (!isnan(c->trial[t])) {
            trials = fmin(trials, tune_trial_worth(c->trial[t]));
        }
    }
    c->loss_max = loss_max;
    c->safe = moves >= 1.0 && trials >= 1.0;
    c->worth = c->score * moves * trials;
}

static dcat_status look_at_all(tune_search *s, const tune_setting *finalists, size_t count,
                               tune_candidate *candidates, dcat_error *err)
{
    double scores[FINALISTS];
    dcat_status status =
        tune_score(s, &s->validate, s->own_validate, finalists, count, scores, err);
    for (size_t t = 0; status == DCAT_OK && t < DCAT_TUNE_TRIAL_MAX; t++) {
        status = put_on_trial(s, finalists, count, t, candidates, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        candidates[i].setting = finalists[i];
        candidates[i].score = scores[i];
        status = move_around(s, &candidates[i], err);
    }
    double loss_max = fmax(TUNE_MOVE_LOSS_MAX, 1.0 - candidates[0].least); // the scenario's own
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        weigh(&candidates[i], loss_max);
    }
    return status;
}

// --- the choice

static const tune_candidate *farthest(const tune_candidate *candidates, size_t count)
{
    const tune_candidate *best = candidates;
    for (size_t i = 1; i < count; i++) {
        best = candidates[i].worth > best->worth ? &candidates[i] : best;
    }
    const tune_candidate *taken = best;
    for (size_t i = 0; i < count; i++) {
        bool equal = candidates[i].worth >= (1.0 - TUNE_EQUAL) * best->worth &&
                     candidates[i].score >= (1.0 - TUNE_EQUAL) * best->score;
        taken = equal && candidates[i].least > taken->least ? &candidates[i] : taken;
    }
    return taken;
}

// A lever that earns nothing where it was found goes back, if the setting is worth as much without:
// whoever reads the settings would wonder.
static dcat_status put_back(tune_search *s, size_t lever, tune_candidate *chosen, dcat_error *err)
{
    tune_setting pair[] = {s->runs.own, chosen->setting};
    pair[1].value[lever] = s->runs.own.value[lever];
    double score = 0.0;
    dcat_status status = tune_score(s, &s->validate, s->own_validate, &pair[1], 1, &score, err);
    if (status != DCAT_OK || score < chosen->score) {
        return status;
    }
    tune_candidate candidates[2] = {0};
    status = look_at_all(s, pair, 2, candidates, err);
    if (status == DCAT_OK && candidates[1].worth >= chosen->worth) {
        *chosen = candidates[1];
    }
    return status;
}

static dcat_status simplify(tune_search *s, tune_candidate *chosen, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < tune_lever_count; i++) {
        if (chosen->setting.value[i] != s->runs.own.value[i]) {
            status = put_back(s, i, chosen, err);
        }
    }
    return status;
}

dcat_status tune_choose(tune_search *s, tune_candidate *chosen, dcat_error *err)
{
    const tune_try **order = calloc(s->try_count, sizeof *order);
    if (order == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    tune_setting finalists[FINALISTS];
    tune_candidate candidates[FINALISTS] = {0};
    size_t count = list_finalists(s, order, finalists);
    free(order);
    dcat_status status = look_at_all(s, finalists, count, candidates, err);
    if (status == DCAT_OK) {
        *chosen = *farthest(candidates, count);
        status = simplify(s, chosen, err);
    }
    return status == DCAT_OK ? tune_score(s, &s->train, s->own_train, &chosen->setting, 1,
                                          &chosen->train_score, err)
                             : status;
}
