// SPDX-License-Identifier: Apache-2.0
#include "dcat/compare.h"

#include "base/jobs.h"
#include "base/sized.h"

#include <math.h>
#include <string.h>

// --- running

typedef struct comparing {
    const dcat_demand *demand;
    const dcat_compare_config *config;
    dcat_run_result *results; // [policy_count, world_count]
} comparing;

// Jobs are numbered world by world: those of one world share it, so they follow each other.
static size_t world_of(const comparing *c, size_t job)
{
    return job / c->config->policy_count;
}

static size_t policy_of(const comparing *c, size_t job)
{
    return job % c->config->policy_count;
}

static dcat_run_result *result_of(const comparing *c, size_t job)
{
    return &c->results[policy_of(c, job) * c->config->world_count + world_of(c, job)];
}

static dcat_status run_job(void *user, size_t job, dcat_error *err)
{
    const comparing *c = user;
    const dcat_compare_config *config = c->config;
    const dcat_compare_source *source = &config->source;
    size_t w = world_of(c, job);
    const dcat_world *world = NULL;
    dcat_status status = source->open(source->user, w, &world, err);
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_run_config run = {
        DCAT_SIZED(dcat_run_config),        .policy = config->policies[policy_of(c, job)],
        .seed = config->seeds[w],           .cycle_first = config->cycle_first,
        .cycle_count = config->cycle_count,
    };
    const dcat_jobs *jobs = config->jobs != NULL ? config->jobs : &jobs_plain;
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = jobs->user,
                                  .clock_s = jobs->clock_s};
    status = dcat_run(world, c->demand, &run, &hooks, NULL, result_of(c, job), err);
    if (source->close != NULL) {
        source->close(source->user, w);
    }
    return status;
}

static void *job_result(void *user, size_t job, size_t *byte_count)
{
    *byte_count = sizeof(dcat_run_result);
    return result_of(user, job);
}

static size_t job_group(void *user, size_t job)
{
    return world_of(user, job);
}

dcat_status dcat_compare_run(const dcat_demand *demand, const dcat_compare_config *config,
                             dcat_run_result *results, dcat_error *err)
{
    dcat_status status = SIZED_CHECK(dcat_compare_config, config, err);
    if (status == DCAT_OK) {
        status = dcat_jobs_check(config->jobs, err);
    }
    if (status == DCAT_OK && (config->policy_count == 0 || config->world_count == 0)) {
        status = dcat_fail(err, DCAT_ERR_RANGE,
                           "a comparison needs policies and worlds, got %zu and %zu",
                           config->policy_count, config->world_count);
    }
    if (status != DCAT_OK) {
        return status;
    }
    comparing c = {demand, config, results};
    const job_list runs = {
        .count = config->policy_count * config->world_count,
        .run = run_job,
        .user = &c,
        .jobs = config->jobs,
        .result = job_result,
        .group = job_group,
    };
    return jobs_run(&runs, err);
}

// --- worlds that are there already

static dcat_status open_given(void *user, size_t index, const dcat_world **world, dcat_error *err)
{
    (void)err;
    const dcat_world *const *worlds = user;
    *world = worlds[index];
    return DCAT_OK;
}

dcat_compare_source dcat_compare_source_of(const dcat_world *const *worlds)
{
    return (dcat_compare_source){.user = (void *)worlds, .open = open_given};
}

// --- summarising

static double per_cycle_profit(const dcat_run_result *result)
{
    return dcat_totals_profit(&result->totals) / (double)result->cycle_count;
}

static double quotient(double numerator, double denominator)
{
    return denominator > 0.0 ? numerator / denominator : 0.0;
}

static double offloading_rate(const dcat_run_result *result)
{
    return quotient((double)result->totals.awarded, (double)result->totals.arrived);
}

typedef double (*measure)(const dcat_run_result *result);

// One measure of a policy over the worlds, or its difference to a baseline (NULL: none).
static dcat_estimate over_worlds(measure value, const dcat_run_result *results,
                                 const dcat_run_result *baseline, size_t world_count)
{
    dcat_sample e = {0};
    for (size_t w = 0; w < world_count; w++) {
        dcat_sample_add(&e, value(&results[w]) - (baseline != NULL ? value(&baseline[w]) : 0.0));
    }
    return dcat_sample_estimate(&e);
}

static dcat_run_result sum_over_worlds(const dcat_run_result *results, size_t world_count)
{
    dcat_run_result sum = {0};
    for (size_t w = 0; w < world_count; w++) {
        dcat_totals_add(&sum.totals, &results[w].totals);
        sum.cycle_count += results[w].cycle_count;
        sum.decision_count += results[w].decision_count;
        sum.decision_s += results[w].decision_s;
        sum.cluster_count += results[w].cluster_count;
    }
    return sum;
}

// Given tasks, and nothing drawn that matters: every world gives the same money, and a spread of 0
// over them would say that the result is certain.
static bool worlds_are_one(const dcat_run_result *results, size_t world_count)
{
    bool equal = world_count > 1;
    for (size_t w = 1; equal && w < world_count; w++) {
        const dcat_totals *one = &results[0].totals, *other = &results[w].totals;
        equal = other->arrived == one->arrived && other->fee == one->fee &&
                dcat_totals_profit(other) == dcat_totals_profit(one);
    }
    return equal;
}

static dcat_compare_row row_of(const dcat_policy *policy, const dcat_run_result *results,
                               const dcat_run_result *baseline, size_t world_count)
{
    const dcat_run_result sum = sum_over_worlds(results, world_count);
    const dcat_totals *totals = &sum.totals;
    double arrived = (double)totals->arrived;
    double awarded = (double)totals->awarded;
    return (dcat_compare_row){
        .policy = *policy,
        .profit = over_worlds(per_cycle_profit, results, NULL, world_count),
        .offloading = over_worlds(offloading_rate, results, NULL, world_count),
        .profit_gain = over_worlds(per_cycle_profit, results, baseline, world_count),
        .offloading_gain = over_worlds(offloading_rate, results, baseline, world_count),
        .margin = quotient(dcat_totals_profit(totals), totals->fee),
        .no_candidate = quotient((double)totals->no_candidate, arrived),
        .single_candidate = quotient((double)totals->single_candidate, arrived),
        .all_left = quotient((double)totals->all_left, arrived),
        .no_bidder = quotient((double)totals->no_bidder, arrived),
        .round_limit = quotient((double)totals->round_limit, arrived),
        .not_admitted = quotient((double)totals->not_admitted, arrived),
        .over_value = quotient((double)totals->over_value, arrived),
        .members_below_cost = quotient((double)totals->member_below_cost, awarded),
        .late = quotient((double)totals->late, awarded),
        .transfer_s = quotient(totals->transfer_s, awarded),
        .waiting_s = quotient(totals->waiting_s, awarded),
        .processing_s = quotient(totals->processing_s, awarded),
        .cluster_count = quotient(sum.cluster_count, sum.cycle_count),
        .decision_s = quotient(sum.decision_s, sum.decision_count),
    };
}

void dcat_compare_summarise(const dcat_compare_config *config, const dcat_run_result *results,
                            size_t baseline, dcat_compare_row *rows)
{
    const dcat_run_result *reference = &results[baseline * config->world_count];
    for (size_t p = 0; p < config->policy_count; p++) {
        const dcat_run_result *own = &results[p * config->world_count];
        rows[p] = row_of(&config->policies[p], own, reference, config->world_count);
        if (worlds_are_one(own, config->world_count)) {
            rows[p].profit.ci95 = rows[p].offloading.ci95 = NAN;
            if (p != baseline && worlds_are_one(reference, config->world_count)) {
                rows[p].profit_gain.ci95 = rows[p].offloading_gain.ci95 = NAN;
            }
        }
    }
}

bool dcat_compare_is_baseline(const dcat_policy *policy)
{
    const char *name = policy->clusterer->name;
    return (strcmp(name, "random") == 0 || strcmp(name, "kmeans") == 0) &&
           (policy->auction == dcat_auction_find("rea") ||
            policy->auction == dcat_auction_find("one-off"));
}

size_t dcat_compare_baseline(const dcat_compare_config *config, const dcat_run_result *results)
{
    size_t best = 0;
    bool best_counts = false;
    double best_profit = -INFINITY;
    for (size_t p = 0; p < config->policy_count; p++) {
        bool counts = dcat_compare_is_baseline(&config->policies[p]);
        double profit = over_worlds(per_cycle_profit, &results[p * config->world_count], NULL,
                                    config->world_count)
                            .mean;
        if ((counts && !best_counts) || (counts == best_counts && profit > best_profit)) {
            best = p;
            best_counts = counts;
            best_profit = profit;
        }
    }
    return best;
}
