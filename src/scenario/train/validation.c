// SPDX-License-Identifier: Apache-2.0
// Validation of a training. With several ranks world w is the affair of rank w mod count, which
// opens it once and for all. The work is small beside that of an epoch, and gains are added in the
// order of worlds.

#include "dcat/x/train_worlds.h"

#include "base/jobs.h"
#include "base/ranks/ranks.h"
#include "dcat/run.h"
#include "scenario/train/train_world.h"
#include <math.h>
#include <stdlib.h>

#define VALIDATE_CYCLES 384 // over all worlds, but at least ...
#define VALIDATE_CYCLES_MIN 48

// A world held back: what linkage earns there is what the actor is measured against.
typedef struct held_world {
    const dcat_scenario *scenario;
    dcat_world *world;
    uint64_t seed;
    dcat_cycle_span cycles;
    double linkage; // profit
    double least;   // that gains are counted in when there is next to none
} held_world;

struct dcat_validation {
    dcat_train_worlds *worlds; // borrowed
    dcat_validation_config config;
    int rank, rank_count;
    held_world *held; // [config.world_count], open at the rank that does it
};

// A few worlds are watched for longer than many.
static uint32_t cycles_of(const dcat_validation *v, uint32_t available)
{
    uint32_t share = VALIDATE_CYCLES / (uint32_t)v->config.world_count;
    uint32_t wanted = share > VALIDATE_CYCLES_MIN ? share : VALIDATE_CYCLES_MIN;
    return wanted < available ? wanted : available;
}

static dcat_status earn(const held_world *held, const dcat_clusterer *clusterer,
                        const dcat_auction *auction, const void *model, dcat_totals *totals,
                        dcat_error *err)
{
    const dcat_run_config config = {
        DCAT_SIZED(dcat_run_config),
        .policy = {.clusterer = clusterer, .auction = auction, .model = model},
        .seed = held->seed,
        .cycle_first = held->cycles.first,
        .cycle_count = held->cycles.count,
    };
    dcat_run_result result = {0};
    dcat_status status = dcat_run(held->world, dcat_scenario_demand_view(held->scenario), &config,
                                  NULL, NULL, &result, err);
    *totals = result.totals;
    return status;
}

// Choice: where linkage keeps less than a hundredth of its fees, gains are counted in those: a
// quotient by next to nothing would drown every other world.
// Choice: for the same reason a gain is counted in what the better of the two earns, so that no
// world counts for more than 100 %. Of small gains that is the same.
static dcat_status hold_world(dcat_validation *v, int number, held_world *held, dcat_error *err)
{
    dcat_totals totals = {0};
    dcat_status status = train_world_open(v->worlds, (uint64_t)number, true, &held->world,
                                          &held->scenario, &held->seed, err);
    if (status == DCAT_OK) {
        held->cycles = dcat_scenario_validate_cycles(held->scenario);
        held->cycles.count = cycles_of(v, held->cycles.count);
        status = earn(held, dcat_clusterer_find("linkage"), v->config.auction, NULL, &totals, err);
    }
    held->linkage = dcat_totals_profit(&totals);
    held->least = fmax(0.01 * totals.fee, 1.0);
    return status;
}

static dcat_status hold_worlds(dcat_validation *v, dcat_error *err)
{
    const dcat_train_plan *plan = train_worlds_plan(v->worlds);
    if (!train_worlds_endless(plan) && (uint64_t)v->config.world_count > plan->world_count) {
        v->config.world_count = (int)plan->world_count; // the worlds learned on, no more
    }
    v->held = calloc((size_t)v->config.world_count, sizeof *v->held);
    if (v->held == NULL) {
        v->config.world_count = 0;
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory to validate");
    }
    dcat_status status = DCAT_OK;
    for (int w = v->rank; status == DCAT_OK && w < v->config.world_count; w += v->rank_count) {
        status = hold_world(v, w, &v->held[w], err);
    }
    return status;
}

dcat_status dcat_validation_create(dcat_train_worlds *worlds, const dcat_validation_config *config,
                                   dcat_validation **validation, dcat_error *err)
{
    const dcat_ranks *ranks = config->ranks;
    dcat_validation *made = malloc(sizeof *made);
    dcat_status status = DCAT_OK;
    if (made == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory to validate");
    } else {
        *made = (dcat_validation){
            .worlds = worlds,
            .config = *config,
            .rank = ranks != NULL ? ranks->rank : 0,
            .rank_count = ranks != NULL ? ranks->count : 1,
        };
        status = hold_worlds(made, err);
    }
    status = ranks_agree(ranks, status, err);
    if (status != DCAT_OK) {
        dcat_validation_destroy(made);
        return status;
    }
    *validation = made;
    return DCAT_OK;
}

void dcat_validation_destroy(dcat_validation *validation)
{
    if (validation == NULL) {
        return;
    }
    for (int w = 0; w < validation->config.world_count; w++) {
        dcat_world_destroy(validation->held[w].world);
    }
    free(validation->held);
    free(validation);
}

// --- runs

typedef struct trial {
    const dcat_validation *validation;
    const dcat_actor *actor;
    double *gain; // [world_count] over linkage, as a share; 0 in worlds of other ranks
} trial;

static dcat_status earn_in_held_world(void *user, size_t job, dcat_error *err)
{
    const trial *t = user;
    const dcat_validation *v = t->validation;
    size_t w = (size_t)v->rank + job * (size_t)v->rank_count;
    const held_world *held = &v->held[w];
    dcat_totals totals = {0};
    dcat_status status = earn(held, &dcat_clusterer_a2c, v->config.auction, t->actor, &totals, err);
    double profit = dcat_totals_profit(&totals);
    t->gain[w] = (profit - held->linkage) / fmax(fmax(held->linkage, profit), held->least);
    return status;
}

static dcat_status earn_in_own_worlds(const dcat_validation *v, const dcat_actor *actor,
                                      double *gain, dcat_error *err)
{
    int behind = v->config.world_count - v->rank - 1; // worlds behind this rank's first
    trial t = {v, actor, gain};
    dcat_jobs how = dcat_jobs_default();
    how.thread_count = v->config.thread_count;
    const job_list jobs = {
        .count = behind < 0 ? 0 : (size_t)(behind / v->rank_count + 1),
        .jobs = &how,
        .run = earn_in_held_world,
        .user = &t,
    };
    return jobs_run(&jobs, err);
}

dcat_status dcat_validation_run(const dcat_validation *v, const dcat_actor *actor, double *gain,
                                dcat_error *err)
{
    const dcat_ranks *ranks = v->config.ranks;
    size_t count = (size_t)v->config.world_count;
    double *gains = calloc(count, sizeof *gains);
    dcat_status status = gains != NULL ? earn_in_own_worlds(v, actor, gains, err)
                                       : dcat_fail(err, DCAT_ERR_MEMORY, "no memory to validate");
    status = ranks_agree(ranks, status, err);
    if (status == DCAT_OK && ranks != NULL) {
        status = ranks->sum(ranks->user, gains, count, err);
    }
    double sum = 0.0;
    for (size_t w = 0; status == DCAT_OK && gains != NULL && w < count; w++) {
        sum += gains[w];
    }
    free(gains);
    *gain = sum / (double)count;
    return status;
}
