// SPDX-License-Identifier: Apache-2.0
#include "bound/bound.h"

#include "base/sized.h"
#include "bound/prices.h"
#include "bound/refine.h"
#include <math.h>
#include <stdlib.h>

#define OPTION_MAX_DEFAULT 4096
#define WINDOWS_PER_DEADLINE 16 // no budget spreads over many more windows than this

dcat_bound_config dcat_bound_config_default(void)
{
    return (dcat_bound_config){
        DCAT_SIZED(dcat_bound_config),
        .auction = dcat_auction_find("rea-s"),
        .cycle_count = 1,
        .option_max = OPTION_MAX_DEFAULT,
    };
}

dcat_status bound_config_check(const dcat_world *world, const dcat_demand *demand,
                               const dcat_bound_config *config, dcat_error *err)
{
    dcat_status status = SIZED_CHECK(dcat_bound_config, config, err);
    if (status == DCAT_OK) {
        status = dcat_demand_check(demand, world, config->cycle_first, config->cycle_count, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_share *share = dcat_world_config_view(world)->auction.share;
    if (share->user != NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "bound: share %s is a plug-in's, and how low its limits may be is not "
                         "known",
                         share->name);
    }
    if (config->option_max == 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "option_max must be >= 1, got 0");
    }
    return DCAT_OK;
}

// Everything the bound of one world holds.
typedef struct bounding {
    const dcat_world *world;
    bound_tasks tasks;
    bound_options options;
    bound_relaxation relaxation;
    bound_prices prices;
} bounding;

static void release(bounding *b)
{
    bound_tasks_destroy(&b->tasks);
    bound_options_destroy(&b->options);
    bound_relaxation_destroy(&b->relaxation);
    free(b->prices.server);
    free(b->prices.factor);
}

static dcat_status make_prices(bounding *b, dcat_error *err)
{
    double slot_s = dcat_world_config_view(b->world)->slot_s;
    bound_prices *p = &b->prices;
    p->window_s = fmax(slot_s, b->tasks.budget_s_max / WINDOWS_PER_DEADLINE);
    p->window_count = (size_t)ceil((b->tasks.duration_s + b->tasks.budget_s_max) / p->window_s) + 2;
    p->server = calloc(bound_queue_count(b->world) + 1, sizeof *p->server);
    p->factor = calloc(dcat_world_queue_count(b->world) * p->window_count, sizeof *p->factor);
    if (p->server == NULL || p->factor == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu prices", p->window_count);
    }
    return DCAT_OK;
}

static dcat_status prepare(bounding *b, const dcat_demand *demand, const dcat_bound_config *config,
                           dcat_error *err)
{
    dcat_status status = bound_tasks_create(b->world, demand, config->seed, config->cycle_first,
                                            config->cycle_count, &b->tasks, err);
    if (status == DCAT_OK) {
        status = bound_options_create(b->world, config->auction, config->cluster_of,
                                      config->option_max, &b->options, err);
    }
    if (status == DCAT_OK) {
        status = bound_relaxation_create(b->world, &b->options, &b->tasks, &b->relaxation, err);
    }
    if (status == DCAT_OK) {
        status = make_prices(b, err);
    }
    if (status == DCAT_OK) {
        status = bound_find_server_prices(b->world, &b->options, &b->tasks, b->prices.server, err);
    }
    return status;
}

dcat_status dcat_bound_run(const dcat_world *world, const dcat_demand *demand,
                           const dcat_bound_config *config, double *cycles,
                           dcat_bound_result *result, dcat_error *err)
{
    dcat_status status = bound_config_check(world, demand, config, err);
    if (status != DCAT_OK) {
        return status;
    }
    bounding b = {.world = world};
    double total = 0.0;
    status = prepare(&b, demand, config, err);
    if (status == DCAT_OK) {
        bound_relaxation_set_servers(&b.relaxation, b.prices.server);
        status = bound_find_factors(&b.relaxation, &b.prices, err);
    }
    if (status == DCAT_OK) {
        total = bound_relaxation_value(&b.relaxation, &b.prices, cycles);
    }
    if (status == DCAT_OK && config->cluster_of != NULL) {
        status = bound_refine(world, &b.options, &b.tasks, &b.prices, cycles, &total, err);
    }
    if (status == DCAT_OK) {
        *result = (dcat_bound_result){
            .total = total,
            .per_cycle = total / config->cycle_count,
            .option_count = b.options.count,
            .complete = b.options.complete,
        };
    }
    release(&b);
    return status;
}
