// SPDX-License-Identifier: Apache-2.0
#include "reproduce/study.h"

#include "base/memory.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const reproduce_source_names[] = {"", "generalist", "trained on the world",
                                              "fine-tuned on the world", "given"};

reproduce_options reproduce_options_default(const reproduce_plan *plan, bool quick)
{
    const reproduce_budget *budget = quick ? &plan->quick : &plan->full;
    return (reproduce_options){
        .plan = plan,
        .figures = REPRODUCE_ALL,
        .seed = 1,
        .world_count = budget->worlds,
        .cycle_count = (uint32_t)budget->cycles,
        .epoch_count = (uint32_t)budget->epochs,
        .curve_epoch_count = (uint32_t)budget->curve_epochs,
        .curve_look_every = (uint32_t)plan->curves.look_every,
        .curve_seed_count = budget->curve_seeds,
        .anneal_proposals = (int)budget->anneal_proposals,
        .quick = quick,
    };
}

// --- Looking into a study

void reproduce_remark(reproduce_study *study, const char *format, ...)
{
    if (study->remark_count < REPRODUCE_REMARK_MAX) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(study->remarks[study->remark_count], REPRODUCE_REMARK_SIZE, format, arguments);
        va_end(arguments);
        study->remark_count++;
    }
}

bool reproduce_has_sweep(const reproduce_study *study, size_t sweep)
{
    return (study->options.figures & (1u << sweep)) != 0;
}

const reproduce_sweep *reproduce_sweep_of(const reproduce_study *study, size_t point)
{
    return &study->plan->sweeps[study->points[point].sweep];
}

const char *reproduce_value_of(const reproduce_study *study, size_t point)
{
    return reproduce_sweep_of(study, point)->values[study->points[point].value];
}

size_t reproduce_first_point(const reproduce_study *study, size_t sweep)
{
    size_t p = 0;
    while (p < study->point_count && study->points[p].sweep != sweep) {
        p++;
    }
    return p;
}

bool reproduce_in_paper(const reproduce_arm *arm)
{
    return (arm->places & REPRODUCE_IN_PAPER) != 0;
}

bool reproduce_is_trained(const reproduce_arm *arm)
{
    return arm->source == REPRODUCE_TRAINED || arm->source == REPRODUCE_TUNED;
}

bool reproduce_runs(const reproduce_study *study, size_t point, size_t arm)
{
    return (study->arms[arm].places & reproduce_sweep_of(study, point)->place) != 0;
}

size_t reproduce_arm_find(const reproduce_study *study, const char *name)
{
    for (size_t a = 0; a < study->arm_count; a++) {
        if (strcmp(study->arms[a].name, name) == 0) {
            return a;
        }
    }
    return SIZE_MAX;
}

dcat_run_result *reproduce_result(const reproduce_study *study, size_t point, size_t arm,
                                  size_t world)
{
    return &study->results[(point * study->arm_count + arm) * study->options.world_count + world];
}

size_t reproduce_curve_value_count(const reproduce_study *study)
{
    return study->options.curve_epoch_count + study->look_count;
}

double *reproduce_curve(const reproduce_study *study, size_t estimator, size_t seed)
{
    return &study->curve_values[(estimator * study->options.curve_seed_count + seed) *
                                reproduce_curve_value_count(study)];
}

double *reproduce_looks(const reproduce_study *study, size_t estimator, size_t seed)
{
    return reproduce_curve(study, estimator, seed) + study->options.curve_epoch_count;
}

// --- Points

static dcat_status write_text(const dcat_scenario *scenario, char **text, dcat_error *err)
{
    size_t size = 0;
    FILE *file = open_memstream(text, &size);
    if (file == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status = dcat_scenario_write(scenario, file, err);
    if (!memory_stream_end(file, text) && status == DCAT_OK) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    return status;
}

// The plan's rules for a scenario, in overrides; says how many.
static size_t take_rules(const reproduce_plan *plan, const char *name, const char **overrides)
{
    size_t count = 0;
    for (size_t r = 0; r < plan->rules_count; r++) {
        const reproduce_rules *rules = &plan->rules[r];
        for (size_t i = 0; strcmp(rules->scenario, name) == 0 && i < rules->setting_count; i++) {
            overrides[count++] = rules->settings[i];
        }
    }
    return count;
}

// Load a scenario with the plan's rules, the annealing budget, a queue rule, the user's settings
// and one of ours (nullable).
//
// Choice: the paper's claims are about its policy, so a2c decides without the guard.
static dcat_status load(const reproduce_options *options, const char *name, const char *queue,
                        const char *setting, dcat_scenario **scenario, char **text, dcat_error *err)
{
    char rule[32];
    char proposals[64];
    char every[64];
    snprintf(proposals, sizeof proposals, "clustering.anneal.iteration_max=%d",
             options->anneal_proposals);
    snprintf(every, sizeof every, "clustering.anneal.recluster_every=%zu",
             options->plan->anneal_every);
    const char **overrides = calloc(
        options->override_count + REPRODUCE_RULES_MAX * REPRODUCE_VALUE_MAX + 5, sizeof *overrides);
    if (overrides == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    size_t count = take_rules(options->plan, name, overrides);
    overrides[count++] = proposals;
    overrides[count++] = every;
    snprintf(rule, sizeof rule, "market.queue=%s", queue);
    overrides[count++] = rule;
    overrides[count++] = "clustering.guard=off";
    for (size_t i = 0; i < options->override_count; i++) {
        overrides[count++] = options->overrides[i];
    }
    if (setting != NULL) {
        overrides[count++] = setting;
    }
    dcat_status status = dcat_scenario_load(name, overrides, count, scenario, err);
    free(overrides);
    return status == DCAT_OK ? write_text(*scenario, text, err) : status;
}

// The first of the points up to p with this text.
static size_t find_text(const reproduce_study *study, size_t p, const char *text)
{
    size_t q = 0;
    assert(text != NULL);
    while (q < p && strcmp(study->points[q].text, text) != 0) {
        q++;
    }
    return q;
}

// What a sweep sets is at fault where the message names it; the user's own settings are otherwise.
static dcat_status setting_failed(const reproduce_study *study, const reproduce_sweep *sweep,
                                  const char *setting, const dcat_error *own, dcat_error *err)
{
    static const char option[] = "--set ";
    size_t length = sizeof option - 1;
    if (sweep->key != NULL && strncmp(own->message, option, length) == 0 &&
        strncmp(own->message + length, setting, strlen(setting)) == 0) {
        return dcat_fail(err, own->status, "%s:%zu: sweeps[%td]: %s", study->plan->file,
                         sweep->line, sweep - study->plan->sweeps, own->message + length);
    }
    return dcat_fail(err, own->status, "%s", own->message);
}

static dcat_status add_point(reproduce_study *study, size_t sweep, size_t value, dcat_error *err)
{
    const reproduce_options *options = &study->options;
    const reproduce_sweep *at = &study->plan->sweeps[sweep];
    size_t p = study->point_count++;
    reproduce_point *point = &study->points[p];
    *point = (reproduce_point){.sweep = sweep, .value = value, .same_as = p};
    char setting[128];
    snprintf(setting, sizeof setting, "%s=%s", at->key != NULL ? at->key : "", at->values[value]);
    dcat_error own = {0};
    dcat_status status =
        load(options, at->scenario != NULL ? at->scenario : options->scenario, at->queue,
             at->key != NULL ? setting : NULL, &point->scenario, &point->text, &own);
    if (status != DCAT_OK) {
        return setting_failed(study, at, setting, &own, err);
    }
    status =
        dcat_scenario_first_test_cycles(point->scenario, options->cycle_count, &point->cycles, err);
    if (status == DCAT_OK) {
        point->same_as = find_text(study, p, point->text);
    }
    return status;
}

static dcat_status add_points(reproduce_study *study, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t s = 0; s < study->plan->sweep_count; s++) {
        for (size_t v = 0; reproduce_has_sweep(study, s) && v < study->plan->sweeps[s].value_count;
             v++) {
            status = add_point(study, s, v, err);
            if (status != DCAT_OK) {
                return status;
            }
        }
    }
    return status;
}

// --- Algorithms

// Where an algorithm runs in this study.
static unsigned places_of(const reproduce_study *study, const reproduce_arm *arm)
{
    const reproduce_options *options = &study->options;
    unsigned places = 0;
    for (size_t s = 0; s < study->plan->sweep_count; s++) {
        places |= reproduce_has_sweep(study, s) ? arm->places & study->plan->sweeps[s].place : 0u;
    }
    if (arm->source == REPRODUCE_TRAINED && !options->per_world) {
        places &= REPRODUCE_IN_ABLATION;
    }
    return arm->source == REPRODUCE_TUNED && !options->fine_tune ? 0 : places;
}

static dcat_status load_model(const reproduce_options *options, const char *file,
                              reproduce_arm *arm, dcat_error *err)
{
    const reproduce_learner *learner = options->learner;
    bool needed = arm->source == REPRODUCE_GENERALIST || arm->source == REPRODUCE_TUNED ||
                  arm->source == REPRODUCE_GIVEN;
    if (!needed) {
        return DCAT_OK;
    }
    // rea's generalist serves one-off too: they share what a cluster's limit is.
    const char *path = file != NULL ? file : options->policies[arm->auction->limit];
    return learner->load(learner->user, path, arm->auction, arm->sample_count, &arm->model,
                         arm->identity, err);
}

static dcat_status add_arm(reproduce_study *study, const reproduce_arm *wanted, const char *file,
                           dcat_error *err)
{
    unsigned places = places_of(study, wanted);
    if (places == 0) {
        return DCAT_OK;
    }
    if (reproduce_arm_find(study, wanted->name) != SIZE_MAX) {
        return dcat_fail(err, DCAT_ERR_FIELD, "--add %s: there is a row of this name already",
                         wanted->name);
    }
    reproduce_arm *arm = &study->arms[study->arm_count++];
    *arm = *wanted;
    arm->places = places;
    arm->baseline = reproduce_names_hold(&study->plan->claims.baselines, wanted->name);
    arm->claimant = reproduce_names_hold(&study->plan->claims.algorithms, wanted->name);
    return load_model(&study->options, file, arm, err);
}

static dcat_status add_arms(reproduce_study *study, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < study->plan->arm_count; i++) {
        status = add_arm(study, &study->plan->arms[i], NULL, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < study->options.given_count; i++) {
        const reproduce_given *given = &study->options.given[i];
        const reproduce_arm arm = {.name = given->name,
                                   .clusterer = "a2c",
                                   .auction = dcat_auction_find("rea"),
                                   .source = REPRODUCE_GIVEN,
                                   .places = REPRODUCE_IN_ABLATION};
        status = add_arm(study, &arm, given->file, err);
    }
    return status;
}

// --- Planning

static dcat_status make_room(reproduce_study *study, dcat_error *err)
{
    const reproduce_options *options = &study->options;
    size_t runs = study->point_count * study->arm_count * options->world_count;
    size_t curves =
        study->curves ? study->plan->curves.estimator_count * options->curve_seed_count : 0;
    study->look_count = options->curve_epoch_count / options->curve_look_every + 1;
    study->results = calloc(runs + 1, sizeof *study->results);
    study->curve_values =
        calloc(curves * reproduce_curve_value_count(study) + 1, sizeof *study->curve_values);
    if (study->results == NULL || study->curve_values == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu runs", runs);
    }
    return DCAT_OK;
}

static void add_remarks(reproduce_study *study)
{
    const reproduce_options *options = &study->options;
    bool trains = false;
    bool anneals = false;
    for (size_t a = 0; a < study->arm_count; a++) {
        trains = trains || reproduce_is_trained(&study->arms[a]);
        anneals = anneals || strcmp(study->arms[a].clusterer, "anneal") == 0;
    }
    if (options->quick) {
        reproduce_remark(study, "QUICK RUN: few worlds, cycles and epochs. It shows that all of it "
                                "works, and is no result.");
    }
    if (options->world_count < study->plan->full.worlds && study->point_count > 0 &&
        !options->quick) {
        reproduce_remark(study, "%zu worlds a point are fewer than the %zu of a full study.",
                         options->world_count, study->plan->full.worlds);
    }
    if (study->point_count > 0 && options->cycle_count > 0) {
        reproduce_remark(study, "Only the first %u cycles of the test days.", options->cycle_count);
    }
    if (anneals) {
        reproduce_remark(study,
                         "anneal makes %d proposals every %zu cycles, however long that takes.",
                         options->anneal_proposals, study->plan->anneal_every);
    }
    if (trains) {
        reproduce_remark(study, "Training on a world takes %u epochs on its training days.",
                         options->epoch_count);
    }
    for (size_t i = 0; i < DCAT_LIMIT_RULE_COUNT; i++) {
        if (options->policies[i] != NULL) {
            reproduce_remark(study, "The generalist of %s is %.200s.",
                             i == DCAT_LIMIT_MEAN ? "rea" : "rea-s", options->policies[i]);
        }
    }
    for (size_t i = 0; i < options->override_count; i++) {
        reproduce_remark(study, "Differs from Table I by --set %.200s.", options->overrides[i]);
    }
}

static dcat_status check(const reproduce_options *options, dcat_error *err)
{
    if (options->figures == 0 || options->world_count == 0 || options->epoch_count == 0 ||
        options->curve_epoch_count == 0 || options->curve_look_every == 0 ||
        options->curve_seed_count == 0 || options->anneal_proposals <= 0 ||
        options->given_count > REPRODUCE_GIVEN_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "a study needs a figure, a world, a seed, an epoch");
    }
    return DCAT_OK;
}

dcat_status reproduce_study_plan(const reproduce_options *options, reproduce_study *study,
                                 dcat_error *err)
{
    study->options = *options;
    study->plan = options->plan;
    study->curves = (options->figures & REPRODUCE_FIG2) != 0;
    dcat_status status = check(options, err);
    if (status == DCAT_OK) {
        status = load(options, options->scenario, study->plan->curves.queue, NULL, &study->base,
                      &study->base_text, err);
    }
    if (status == DCAT_OK) {
        status = add_points(study, err);
    }
    if (status == DCAT_OK) {
        status = add_arms(study, err);
    }
    if (status == DCAT_OK) {
        add_remarks(study);
        status = make_room(study, err);
    }
    return status;
}

void reproduce_study_free(reproduce_study *study)
{
    for (size_t p = 0; p < study->point_count; p++) {
        dcat_scenario_destroy(study->points[p].scenario);
        free(study->points[p].text);
    }
    dcat_scenario_destroy(study->base);
    free(study->base_text);
    free(study->results);
    free(study->curve_values);
    *study = (reproduce_study){0};
}
