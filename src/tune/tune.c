// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/tune.h"

#include "dcat/x/model.h"
#include "tune/choose.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Cycles in each world while settings are tried: five days of hours.
#define CYCLES 120

static dcat_status check_plan(const dcat_tune_plan *plan, dcat_error *err)
{
    const dcat_auction *auction = plan->policy.auction;
    if (plan->world_count < 1 || plan->proposal_count < 1 || plan->test_world_count < 1 ||
        plan->test_world_count > DCAT_TUNE_SEED_OFFSET) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "tune needs worlds and proposals, and 1 to %d worlds to judge in",
                         DCAT_TUNE_SEED_OFFSET);
    }
    if (plan->seed > UINT64_MAX - DCAT_TUNE_SEED_OFFSET - plan->world_count) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "seed %" PRIu64 ": the seeds of worlds to tune in go beyond 2^64 - 1",
                         plan->seed);
    }
    if (!auction->under_ceiling) {
        return dcat_fail(
            err, DCAT_ERR_FIELD,
            "auction %s has no public ceiling: there is nothing to tune for it; rea-s, "
            "vickrey and posted have one",
            auction->name);
    }
    return dcat_jobs_check(plan->jobs, err);
}

// --- what the scenario is like

// The dearest fee of a giga-cycle in the first cycle of training.
static dcat_status find_fee(const dcat_scenario *scenario, const dcat_world *world, double *fee_max,
                            dcat_error *err)
{
    const dcat_demand *demand = dcat_scenario_demand_view(scenario);
    const dcat_world_config *config = dcat_world_config_view(world);
    dcat_task *tasks = calloc(dcat_demand_slot_task_max(demand) + 1, sizeof *tasks);
    if (tasks == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    *fee_max = config->market.price_per_gigacycle;
    for (uint32_t slot = 0; slot < (uint32_t)config->slots_per_cycle; slot++) {
        size_t count = dcat_demand_slot(demand, world, dcat_world_seed(world),
                                        dcat_scenario_train_cycles(scenario).first, slot, 0, tasks);
        for (size_t n = 0; n < count; n++) {
            tasks[n].work_cycles = DCAT_CYCLES_PER_GIGACYCLE;
            *fee_max = fmax(*fee_max, dcat_task_fee(world, &tasks[n]));
        }
    }
    free(tasks);
    return DCAT_OK;
}

static dcat_status measure(const dcat_scenario *scenario, tune_search *s, dcat_error *err)
{
    const dcat_tune_plan *plan = s->runs.plan;
    for (size_t w = 0; w < plan->world_count; w++) {
        dcat_world *world = NULL;
        dcat_status status =
            dcat_scenario_world(scenario, plan->seed + DCAT_TUNE_SEED_OFFSET + w, &world, err);
        if (status != DCAT_OK) {
            return status;
        }
        const dcat_member *members = dcat_world_members_view(world);
        size_t member_count = dcat_world_class_count(world) * dcat_world_server_count(world);
        for (size_t i = 0; i < member_count; i++) {
            double cost = members[i].unit_cost * DCAT_CYCLES_PER_GIGACYCLE;
            s->scale.cost_max = isfinite(cost) ? fmax(s->scale.cost_max, cost) : s->scale.cost_max;
        }
        if (w == 0) {
            const dcat_world_config *config = dcat_world_config_view(world);
            s->runs.own = tune_setting_of(config);
            for (size_t i = 0; i < tune_lever_count; i++) {
                const tune_lever *row = &tune_levers[i];
                s->scale.applies[i] = row->applies == NULL || row->applies(config);
            }
            status = find_fee(scenario, world, &s->scale.fee_max, err);
        }
        dcat_world_destroy(world);
        if (status != DCAT_OK) {
            return status;
        }
    }
    return s->scale.cost_max > 0.0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "servers cost nothing: there is nothing to tune");
}

static tune_place place_in(const dcat_tune_plan *plan, dcat_cycle_span span)
{
    return (tune_place){
        .first_seed = plan->seed + DCAT_TUNE_SEED_OFFSET,
        .world_count = plan->world_count,
        .span = span,
        .cycle_count = span.count < CYCLES ? span.count : CYCLES,
    };
}

static void choose_days(const dcat_scenario *scenario, tune_search *s, dcat_tune_result *result)
{
    dcat_cycle_span train = dcat_scenario_train_cycles(scenario);
    dcat_cycle_span validate = dcat_scenario_validate_cycles(scenario);
    result->test = dcat_scenario_test_cycles(scenario);
    result->days_differ = train.first != result->test.first;
    s->train = place_in(s->runs.plan, train);
    s->validate = place_in(s->runs.plan, validate.count > 0 ? validate : train);
}

static dcat_status prepare(tune_search *s, dcat_tune_result *result, dcat_error *err)
{
    const dcat_tune_plan *plan = s->runs.plan;
    dcat_scenario *scenario = NULL;
    dcat_status status =
        dcat_scenario_load(plan->scenario, plan->overrides, plan->override_count, &scenario, err);
    if (status == DCAT_OK) {
        choose_days(scenario, s, result);
        status = measure(scenario, s, err);
    }
    dcat_scenario_destroy(scenario);
    s->try_max = plan->proposal_count;
    s->tries = calloc(s->try_max, sizeof *s->tries);
    s->own_train = calloc(plan->world_count, sizeof *s->own_train);
    s->own_validate = calloc(plan->world_count, sizeof *s->own_validate);
    if (status == DCAT_OK &&
        (s->tries == NULL || s->own_train == NULL || s->own_validate == NULL)) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu proposals", s->try_max);
    }
    // A guess for the bar: proposals, neighbours and finalists, and the worlds of the judgement.
    s->runs.expected = 2 * plan->proposal_count * plan->world_count + 10 * plan->test_world_count;
    if (status == DCAT_OK) {
        status = tune_earn(&s->runs, &s->train, &s->runs.own, 1, s->own_train, err);
    }
    return status == DCAT_OK
               ? tune_earn(&s->runs, &s->validate, &s->runs.own, 1, s->own_validate, err)
               : status;
}

// --- the judgement

enum { OWN, FOUND, FIRST_LEVER };
#define JUDGED_MAX (FIRST_LEVER + 2 * DCAT_TUNE_LEVER_MAX)

static dcat_estimate gain_over_worlds(const tune_money *money, const tune_money *own, size_t count)
{
    dcat_sample sample = {0};
    bool same = count > 1;
    for (size_t w = 0; w < count; w++) {
        dcat_sample_add(&sample, tune_share(&money[w], &own[w]) - tune_share(&own[w], &own[w]));
        same = same && own[w].profit == own[0].profit && money[w].profit == money[0].profit;
    }
    dcat_estimate gain = dcat_sample_estimate(&sample);
    // Given tasks in worlds of which nothing is drawn are one sample.
    gain.ci95 = same && own[0].profit != money[0].profit ? NAN : gain.ci95;
    return gain;
}

static dcat_estimate per_cycle(const tune_money *money, size_t count, uint32_t cycle_count)
{
    dcat_sample sample = {0};
    bool same = count > 1;
    for (size_t w = 0; w < count; w++) {
        dcat_sample_add(&sample, money[w].profit / (double)cycle_count);
        same = same && money[w].profit == money[0].profit;
    }
    dcat_estimate estimate = dcat_sample_estimate(&sample);
    estimate.ci95 = same ? NAN : estimate.ci95;
    return estimate;
}

static void describe_levers(const tune_search *s, const tune_setting *found,
                            dcat_tune_result *result)
{
    result->lever_count = tune_lever_count;
    for (size_t i = 0; i < tune_lever_count; i++) {
        dcat_tune_lever *lever = &result->levers[i];
        const tune_lever *row = &tune_levers[i];
        *lever = (dcat_tune_lever){
            .key = row->key,
            .number = row->words == NULL,
            .value = found->value[i],
            .changed = found->value[i] != s->runs.own.value[i],
        };
        tune_value_text(row, s->runs.own.value[i], lever->before);
        tune_value_text(row, found->value[i], lever->after);
    }
}

// Test days, in the worlds of reports: once, when nothing is chosen any more.
static dcat_status judge(tune_search *s, const tune_setting *found, dcat_tune_result *result,
                         dcat_error *err)
{
    size_t world_count = s->runs.plan->test_world_count;
    const tune_place place = {
        .first_seed = s->runs.plan->seed,
        .world_count = world_count,
        .span = result->test,
        .cycle_count = result->test.count,
    };
    tune_setting settings[JUDGED_MAX] = {[OWN] = s->runs.own, [FOUND] = *found};
    size_t count = FIRST_LEVER;
    size_t first[DCAT_TUNE_LEVER_MAX] = {0}; // of the pair of a lever that is changed
    for (size_t i = 0; i < tune_lever_count; i++) {
        if (found->value[i] != s->runs.own.value[i]) {
            first[i] = count;
            settings[count] = s->runs.own;
            settings[count++].value[i] = found->value[i];
            settings[count] = *found;
            settings[count++].value[i] = s->runs.own.value[i];
        }
    }
    tune_money *money = calloc(count * world_count, sizeof *money);
    dcat_status status = money != NULL
                             ? tune_earn(&s->runs, &place, settings, count, money, err)
                             : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the judgement");
    if (status == DCAT_OK) {
        const tune_money *own = &money[OWN * world_count], *best = &money[FOUND * world_count];
        result->before = per_cycle(own, world_count, place.cycle_count);
        result->after = per_cycle(best, world_count, place.cycle_count);
        result->gain = gain_over_worlds(best, own, world_count);
        for (size_t i = 0; i < tune_lever_count; i++) {
            bool changed = first[i] > 0;
            const tune_money *alone = changed ? &money[first[i] * world_count] : own;
            const tune_money *without = changed ? &alone[world_count] : best;
            result->levers[i].alone = gain_over_worlds(alone, own, world_count);
            result->levers[i].without = gain_over_worlds(without, own, world_count);
        }
    }
    free(money);
    return status;
}

// --- what came out

static dcat_status list_tries(const tune_search *s, dcat_tune_result *result, dcat_error *err)
{
    result->tries = calloc(s->try_count, sizeof *result->tries);
    if (result->tries == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    result->try_count = s->try_count;
    for (size_t i = 0; i < s->try_count; i++) {
        const tune_try *from = &s->tries[i];
        dcat_tune_try *to = &result->tries[i];
        *to = (dcat_tune_try){
            .phase = from->phase,
            .gain = from->score - s->tries[0].score,
            .safe_gain = from->safe - s->tries[0].score,
        };
        for (size_t k = 0; k < tune_lever_count; k++) {
            tune_value_text(&tune_levers[k], from->setting.value[k], to->value[k]);
        }
    }
    return DCAT_OK;
}

static void describe(const tune_search *s, const tune_candidate *chosen, dcat_tune_result *result)
{
    describe_levers(s, &chosen->setting, result);
    result->train_gain = chosen->train_score - s->tries[0].score;
    double own = 0.0;
    for (size_t w = 0; w < s->validate.world_count; w++) {
        own += tune_share(&s->own_validate[w], &s->own_validate[w]);
    }
    result->validate_gain = chosen->score - own / (double)s->validate.world_count;
    result->safe = chosen->safe;
    result->loss_max = chosen->loss_max;
    result->move_count = chosen->step_count;
    for (size_t i = 0; i < chosen->step_count; i++) {
        result->moves[i] = (dcat_tune_move){
            .key = tune_levers[chosen->step[i].lever].key,
            .factor = chosen->step[i].factor,
            .change = chosen->moved[i] / chosen->score - 1.0,
        };
    }
    result->trial_count = DCAT_TUNE_TRIAL_MAX;
    for (size_t t = 0; t < DCAT_TUNE_TRIAL_MAX; t++) {
        bool applies = !isnan(chosen->trial[t]);
        result->trials[t] = (dcat_tune_trial){
            .override = tune_trials[t],
            .applies = applies,
            .change = applies ? chosen->trial[t] - 1.0 : NAN,
        };
    }
}

static dcat_status tune(tune_search *s, dcat_tune_result *result, dcat_error *err)
{
    tune_candidate chosen = {0};
    dcat_status status = prepare(s, result, err);
    if (status == DCAT_OK) {
        status = tune_search_run(s, err);
    }
    if (status == DCAT_OK) {
        status = tune_choose(s, &chosen, err);
    }
    if (status == DCAT_OK) {
        describe(s, &chosen, result);
        status = judge(s, &chosen.setting, result, err);
    }
    if (status == DCAT_OK) {
        status = list_tries(s, result, err);
    }
    return status == DCAT_OK ? tune_load(&s->runs, &chosen.setting, NULL, &result->scenario, err)
                             : status;
}

dcat_status dcat_tune_run(const dcat_tune_plan *plan, dcat_tune_result *result, dcat_error *err)
{
    dcat_status status = check_plan(plan, err);
    if (status != DCAT_OK) {
        return status;
    }
    tune_search s = {0};
    dcat_tune_result made = {0};
    status = tune_runs_open(plan, &s.runs, err);
    if (status == DCAT_OK) {
        status = tune(&s, &made, err);
    }
    made.run_count = s.runs.done;
    made.recalled = s.runs.recalled;
    made.damaged = s.runs.store.damaged;
    free(s.tries);
    free(s.own_train);
    free(s.own_validate);
    for (size_t t = 0; t < DCAT_TUNE_TRIAL_MAX; t++) {
        free(s.own_trial[t]);
    }
    tune_runs_close(&s.runs);
    if (status != DCAT_OK) {
        dcat_tune_result_free(&made);
        return status;
    }
    *result = made;
    return DCAT_OK;
}

void dcat_tune_result_free(dcat_tune_result *result)
{
    dcat_scenario_destroy(result->scenario);
    free(result->tries);
    *result = (dcat_tune_result){0};
}
