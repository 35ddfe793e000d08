// SPDX-License-Identifier: Apache-2.0
// All of an audit: independent jobs over all cores, added up in their order.

#include "audit/audit.h"

#include "base/jobs.h"
#include "base/sized.h"
#include "dcat/x/clock.h"
#include <math.h>
#include <stdlib.h>

// The handicap under which lies are tried as well, where the scenario has none.
#define HANDICAP_TRIED 0.3

typedef enum job_kind {
    JOB_SMALL = 0,  // every lie in small markets
    JOB_INNER,      // and between members, in random ones
    JOB_REAL,       // lies and losses in the scenario's auctions
    JOB_HANDICAP,   // lies with a handicap, or without where the scenario has one
    JOB_GAMING,     // beyond one auction
    JOB_NO_CEILING, // the same without the ceiling
    JOB_STABILITY,  // would servers rather be elsewhere?
    JOB_THEOREM2,
} job_kind;

typedef struct job {
    job_kind kind;
    size_t policy, world;
    int64_t pair_count;
    // What came out.
    dcat_audit_lies small_clusters, small_members;
    dcat_audit_inner inner;
    audit_real real;
    dcat_audit_manipulation manipulation;
    dcat_audit_stability stability;
} job;

static bool uses_ceiling(const dcat_audit_config *config, size_t policy)
{
    const dcat_auction_config *auction = &dcat_world_config_view(config->worlds[0])->auction;
    return isfinite(auction->ceiling_per_cycle) && config->policies[policy].auction->under_ceiling;
}

// The jobs of one policy: at most this many per world, and two more.
#define JOBS_PER_WORLD 5

static size_t add_policy_jobs(const dcat_audit_config *config, size_t policy, job *jobs)
{
    size_t count = 0;
    int64_t parts = (int64_t)(2 * config->world_count);
    int64_t part = 0;
    jobs[count++] = (job){.kind = JOB_SMALL, .policy = policy};
    jobs[count++] = (job){.kind = JOB_INNER, .policy = policy};
    for (size_t w = 0; w < config->world_count; w++) {
        for (job_kind kind = JOB_REAL; kind <= JOB_HANDICAP; kind++) {
            int64_t pair_count = config->pair_count / parts + (part++ < config->pair_count % parts);
            jobs[count++] =
                (job){.kind = kind, .policy = policy, .world = w, .pair_count = pair_count};
        }
        jobs[count++] = (job){.kind = JOB_GAMING, .policy = policy, .world = w};
        if (uses_ceiling(config, policy)) {
            jobs[count++] = (job){.kind = JOB_NO_CEILING, .policy = policy, .world = w};
        }
        if (config->stability) {
            jobs[count++] = (job){.kind = JOB_STABILITY, .policy = policy, .world = w};
        }
    }
    return count;
}

static audit_run run_of(const dcat_demand *demand, const dcat_audit_config *config, const job *j)
{
    return (audit_run){.demand = demand,
                       .policy = config->policies[j->policy],
                       .seed = config->seeds[j->world],
                       .cycle_first = config->cycle_first,
                       .cycle_count = config->cycle_count};
}

static void run_small(const dcat_audit_config *config, job *j)
{
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &dcat_world_config_view(config->worlds[j->world])->auction);
    const dcat_audit_rule rule = dcat_audit_rule_of(config->policies[j->policy].auction, &rules);
    j->small_clusters = dcat_audit_small_clusters(&rule);
    j->small_members = dcat_audit_small_members(&rule);
}

static void run_inner(const dcat_audit_config *config, job *j)
{
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &dcat_world_config_view(config->worlds[j->world])->auction);
    dcat_audit_inner_rule rule =
        dcat_audit_inner_rule_of(config->policies[j->policy].auction, &rules);
    const dcat_market_config *market = &dcat_world_config_view(config->worlds[j->world])->market;
    bool admission =
        market->admission_per_gigacycle > 0.0 || market->admission_per_gigacycle_s > 0.0;
    bool on_limits = market->ceiling_on == DCAT_CEILING_ON_LIMIT;
    rule.market = admission || on_limits ? market : NULL;
    j->inner = dcat_audit_inner_game(&rule, config->seeds[0], config->inner_count);
}

// The world of a job, in *made when it had to be made.
static dcat_status world_of(const dcat_audit_config *config, const job *j, dcat_world **made,
                            dcat_error *err)
{
    const dcat_world *world = config->worlds[j->world];
    bool has_handicap = dcat_world_config_view(world)->market.handicap_per_gigacycle_s > 0.0;
    audit_change change = {.handicap = NAN};
    if (j->kind == JOB_HANDICAP) {
        change.handicap = has_handicap ? 0.0 : HANDICAP_TRIED;
    } else if (j->kind == JOB_NO_CEILING) {
        change.no_ceiling = true;
    } else {
        return DCAT_OK;
    }
    return audit_world_variant(world, &change, made, err);
}

typedef struct auditing {
    const dcat_demand *demand;
    const dcat_audit_config *config;
    job *jobs;
    dcat_audit_theorem2 theorem2;
} auditing;

static dcat_status run_job(void *user, size_t index, dcat_error *err)
{
    auditing *a = user;
    const dcat_audit_config *config = a->config;
    job *j = &a->jobs[index];
    if (j->kind == JOB_SMALL) {
        run_small(config, j);
        return DCAT_OK;
    }
    if (j->kind == JOB_INNER) {
        run_inner(config, j);
        return DCAT_OK;
    }
    if (j->kind == JOB_THEOREM2) {
        return audit_theorem2(a->demand, config, &config->policies[j->policy], &a->theorem2, err);
    }
    dcat_world *made = NULL;
    dcat_status status = world_of(config, j, &made, err);
    if (status != DCAT_OK) {
        return status;
    }
    const dcat_world *world = made != NULL ? made : config->worlds[j->world];
    audit_run run = run_of(a->demand, config, j);
    if (j->kind == JOB_REAL || j->kind == JOB_HANDICAP) {
        status = audit_real_run(world, &run, j->pair_count, j->kind == JOB_REAL, &j->real, err);
    } else if (j->kind == JOB_STABILITY) {
        status = audit_stability(world, &run, config->gaming_cycle_max, config->attempt_max,
                                 config->moves, &j->stability, err);
    } else {
        status = audit_manipulate(world, &run, config->gaming_cycle_max, config->attempt_max,
                                  &j->manipulation, err);
    }
    dcat_world_destroy(made);
    return status;
}

// --- adding up

static void add_job(dcat_audit_auction *result, const job *j)
{
    audit_lies_add(&result->small_clusters, &j->small_clusters);
    audit_lies_add(&result->small_members, &j->small_members);
    audit_inner_add(&result->inner, &j->inner);
    audit_lies_add(&result->real_clusters, &j->real.clusters);
    audit_lies_add(&result->real_members, &j->real.members);
    audit_rational_add(&result->rational, &j->real.rational);
    audit_stability_add(&result->stability, &j->stability);
    bool without = j->kind == JOB_NO_CEILING;
    audit_manipulation_add(&result->manipulation[without], &j->manipulation);
}

static void judge(dcat_audit_auction *result, const dcat_auction_config *config)
{
    const dcat_audit_rational *r = &result->rational;
    const dcat_audit_inner *inner = &result->inner;
    const int64_t found[DCAT_PROMISE_COUNT] = {
        [DCAT_PROMISE_TRUTHFUL_CLUSTERS] = result->small_clusters.profitable +
                                           result->real_clusters.profitable +
                                           inner->clusters.profitable + inner->above_start,
        [DCAT_PROMISE_TRUTHFUL_MEMBERS] = result->small_members.profitable +
                                          result->real_members.profitable +
                                          inner->members.profitable + inner->pairs.profitable,
        [DCAT_PROMISE_PLATFORM] = r->platform.below,
        [DCAT_PROMISE_USERS] = r->user.below,
        [DCAT_PROMISE_CLUSTERS] = r->cluster.below,
        [DCAT_PROMISE_MEMBERS] = r->member.below + inner->below_cost + inner->not_shared,
    };
    for (int p = 0; p < DCAT_PROMISE_COUNT; p++) {
        result->promised[p] = dcat_auction_promises(result->kind, config, (dcat_promise)p);
        result->broken[p] = found[p] > 0;
    }
}

static void collect(const dcat_audit_config *config, const job *jobs, size_t job_count,
                    dcat_audit_auction *results)
{
    for (size_t p = 0; p < config->policy_count; p++) {
        results[p] = (dcat_audit_auction){.kind = config->policies[p].auction,
                                          .ceiling = uses_ceiling(config, p)};
    }
    for (size_t j = 0; j < job_count; j++) {
        if (jobs[j].kind != JOB_THEOREM2) {
            add_job(&results[jobs[j].policy], &jobs[j]);
        }
    }
    for (size_t p = 0; p < config->policy_count; p++) {
        if (!results[p].ceiling) {
            results[p].manipulation[1] = results[p].manipulation[0];
        }
        judge(&results[p], &dcat_world_config_view(config->worlds[0])->auction);
    }
}

// --- running

static size_t list_jobs(const dcat_audit_config *config, job *jobs)
{
    size_t count = 0;
    for (size_t p = 0; p < config->policy_count; p++) {
        count += add_policy_jobs(config, p, &jobs[count]);
        if (config->policies[p].auction == dcat_auction_find("rea")) {
            jobs[count++] = (job){.kind = JOB_THEOREM2, .policy = p};
        }
    }
    return count;
}

static dcat_status check_config(const dcat_audit_config *config, dcat_error *err)
{
    if (config->policy_count == 0 || config->world_count == 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "an audit needs an auction and a world");
    }
    if (config->pair_count < 1) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the number of lies must be >= 1, got %lld",
                         (long long)config->pair_count);
    }
    dcat_status status = DCAT_OK;
    for (size_t w = 0; status == DCAT_OK && w < config->world_count; w++) {
        if (dcat_world_config_view(config->worlds[w])->true_speed_hz != NULL) {
            status = dcat_fail(err, DCAT_ERR_RANGE,
                               "an audit is of a platform that knows what servers are "
                               "(resources.collapse: none)");
        }
    }
    return status == DCAT_OK ? dcat_jobs_check(config->jobs, err) : status;
}

dcat_status dcat_audit_run(const dcat_demand *demand, const dcat_audit_config *config,
                           dcat_audit_auction *results, dcat_audit_theorem2 *theorem2,
                           dcat_error *err)
{
    dcat_status status = SIZED_CHECK(dcat_audit_config, config, err);
    if (status == DCAT_OK) {
        status = check_config(config, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    size_t room = config->policy_count * (3 + JOBS_PER_WORLD * config->world_count);
    auditing a = {.demand = demand, .config = config, .jobs = calloc(room, sizeof *a.jobs)};
    if (a.jobs == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu jobs", room);
    }
    dcat_jobs own = config->jobs != NULL ? *config->jobs : jobs_plain;
    own.ranks = NULL;
    const job_list jobs = {
        .count = list_jobs(config, a.jobs),
        .run = run_job,
        .user = &a,
        .jobs = &own,
    };
    status = jobs_run(&jobs, err);
    for (size_t w = 0; status == DCAT_OK && w < config->world_count; w++) {
        status = dcat_share_failure(dcat_world_config_view(config->worlds[w])->auction.share, err);
    }
    if (status == DCAT_OK) {
        collect(config, a.jobs, jobs.count, results); // in the order of the list
        *theorem2 = a.theorem2;
    }
    free(a.jobs);
    return status;
}
