// SPDX-License-Identifier: Apache-2.0
#include "tool/compare/compare_run.h"

#include "base/jobs.h"
#include "base/ranks/ranks.h"

#include <stdlib.h>
#include <string.h>

// --- policies

static bool named_before(const comparison *c, const dcat_policy *policy)
{
    for (size_t i = 0; i < c->policy_count; i++) {
        if (c->policies[i].auction == policy->auction &&
            strcmp(dcat_policy_clusterer_name(&c->policies[i]),
                   dcat_policy_clusterer_name(policy)) == 0) {
            return true;
        }
    }
    return false;
}

dcat_status comparison_add(comparison *c, char *text, const cli_policy *learned, bool quiet,
                           dcat_error *err)
{
    cli_policy *chosen = &c->chosen[c->policy_count];
    chosen->file = learned->file;
    chosen->sample_count = learned->sample_count;
    chosen->guard_tasks = learned->guard_tasks;
    dcat_status status = cli_policy_parse(chosen, text, err);
    if (status == DCAT_OK) {
        status = cli_policy_load(chosen, quiet, err);
    }
    if (status == DCAT_OK && named_before(c, &chosen->policy)) {
        status =
            dcat_fail(err, DCAT_ERR_FIELD, "'%s:%s' is named twice",
                      dcat_policy_clusterer_name(&chosen->policy), chosen->policy.auction->name);
    }
    c->policies[c->policy_count++] = chosen->policy;
    return status;
}

dcat_status comparison_bind(comparison *c, const cli_options *common, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t p = 0; status == DCAT_OK && p < c->policy_count; p++) {
        status = cli_policy_bind(&c->chosen[p], c->scenario, common->quiet, err);
        c->policies[p] = c->chosen[p].policy;
    }
    return status;
}

dcat_status comparison_make_room(comparison *c, const cli_options *common, size_t world_count,
                                 dcat_error *err)
{
    size_t run_count = world_count * c->policy_count;
    c->results = calloc(run_count, sizeof *c->results);
    c->rows = calloc(c->policy_count, sizeof *c->rows);
    if (c->results == NULL || c->rows == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu worlds", world_count);
    }
    return dcat_worlds_create(c->scenario, common->seed, world_count, &c->worlds, err);
}

// --- runs that are kept

// Jobs go through the policies of a world, then on to the next world.
static size_t policy_of(const comparison *c, size_t job)
{
    return job % c->policy_count;
}

static size_t world_of(const comparison *c, size_t job)
{
    return job / c->policy_count;
}

static bool is_kept(void *user, size_t job)
{
    const comparison *c = user;
    return dcat_kept_runs_has(c->kept, policy_of(c, job), world_of(c, job));
}

static dcat_status keep(void *user, size_t job, dcat_error *err)
{
    comparison *c = user;
    c->jobs.done++;
    return dcat_kept_runs_add(c->kept, policy_of(c, job), world_of(c, job), err);
}

static bool should_stop(void *user)
{
    comparison *c = user;
    return cli_jobs_stop(&c->jobs);
}

static void show(void *user, size_t done, size_t run_count)
{
    comparison *c = user;
    cli_progress_show(&c->progress, done, run_count);
}

static dcat_status identify(comparison *c, dcat_error *err)
{
    char program[CLI_PROGRAM_SIZE];
    const char *models[COMPARISON_POLICY_MAX];
    int sample_counts[COMPARISON_POLICY_MAX];
    int guard_tasks[COMPARISON_POLICY_MAX];
    char *plugins[COMPARISON_POLICY_MAX] = {NULL};
    for (size_t p = 0; p < c->policy_count; p++) {
        const cli_policy *chosen = &c->chosen[p];
        bool own = chosen->actor != NULL || chosen->clusters != NULL;
        models[p] = own ? chosen->file : NULL;
        plugins[p] = cli_plugged_identity(&chosen->plugged);
        sample_counts[p] = chosen->actor != NULL ? chosen->sample_count : 0;
        guard_tasks[p] = chosen->actor != NULL ? chosen->guard_tasks : 0;
    }
    const dcat_runs_origin origin = {
        .program = program,
        .scenario = c->scenario,
        .config = &c->config,
        .models = models,
        .sample_counts = sample_counts,
        .guard_tasks = guard_tasks,
        .plugins = (const char *const *)plugins,
    };
    dcat_status status = cli_program(program, err);
    if (status == DCAT_OK) {
        status = dcat_kept_runs_create(&origin, c->results, &c->kept, err);
    }
    for (size_t p = 0; p < c->policy_count; p++) {
        free(plugins[p]);
    }
    return status;
}

dcat_status comparison_recall(comparison *c, const cli_options *common, dcat_error *err)
{
    c->jobs.count = c->policy_count * c->config.world_count;
    if (common->out == NULL || !cli_first()) {
        return DCAT_OK;
    }
    size_t damaged = 0;
    dcat_status status = dcat_kept_runs_open(c->kept, common->out, &c->jobs.done, &damaged, err);
    if (damaged > 0) {
        fprintf(stderr, "%zu kept runs are damaged and run again\n", damaged);
    }
    if (c->jobs.done > 0 && !common->quiet) {
        fprintf(stderr, "%zu %s kept from before, %zu are to do\n", c->jobs.done,
                c->jobs.done == 1 ? "run is" : "runs are", c->jobs.count - c->jobs.done);
    }
    c->jobs.folder = dcat_kept_runs_folder(c->kept);
    return status;
}

// --- running

dcat_status comparison_configure(comparison *c, const cli_options *common, uint32_t cycle_count,
                                 dcat_error *err)
{
    dcat_cycle_span span;
    dcat_status status = dcat_scenario_first_test_cycles(c->scenario, cycle_count, &span, err);
    if (status != DCAT_OK) {
        return status;
    }
    c->how = dcat_jobs_default();
    c->how.thread_count = common->thread_count;
    c->how.ranks = cli_ranks();
    c->how.user = c;
    c->how.clock_s = cli_clock;
    c->how.progress = show;
    c->how.stop = should_stop;
    c->how.stopped = &c->stopped;
    c->how.kept = is_kept;
    c->how.finished = keep;
    c->config = (dcat_compare_config){
        DCAT_SIZED(dcat_compare_config),
        .policies = c->policies,
        .policy_count = c->policy_count,
        .source = dcat_worlds_source(c->worlds),
        .seeds = dcat_worlds_seeds(c->worlds),
        .world_count = dcat_worlds_count(c->worlds),
        .cycle_first = span.first,
        .cycle_count = span.count,
        .jobs = &c->how,
    };
    return identify(c, err);
}

dcat_status comparison_check_same_input(const comparison *c, dcat_error *err)
{
    size_t byte_count;
    const void *identity = dcat_kept_runs_identity(c->kept, &byte_count);
    return ranks_same(cli_ranks(), "other scenario or policy files", identity, byte_count, err);
}

static dcat_status end_of(const comparison *c, dcat_status status, dcat_error *err)
{
    bool ended = status != DCAT_OK && (c->stopped || cli_stop_asked());
    return ended ? cli_jobs_ended(&c->jobs, err) : status;
}

// Worlds that all give the same do not say how sure a result is, nor does one world: cycles do.
static dcat_status take_intervals(comparison *c, dcat_error *err)
{
    const dcat_demand *demand = dcat_scenario_demand_view(c->scenario);
    bool one = !dcat_demand_is_drawn(demand) && dcat_compare_is_one_sample(&c->config, c->rows);
    if (!c->over_cycles && !one) {
        return DCAT_OK;
    }
    size_t block =
        dcat_compare_block(c->config.cycle_count, dcat_scenario_cycles_per_day(c->scenario));
    c->block_cycles = 2 * block <= c->config.cycle_count ? block : 0;
    return dcat_compare_over_cycles(demand, &c->config, c->baseline, block, c->rows, err);
}

dcat_status comparison_run(comparison *c, const cli_options *common, dcat_error *err)
{
    if (common->out != NULL) {
        cli_stop_catch();
    }
    c->progress = cli_progress_start("runs", common->quiet);
    double start_s = cli_clock_s();
    dcat_status status =
        dcat_compare_run(dcat_scenario_demand_view(c->scenario), &c->config, c->results, err);
    c->wall_s = cli_clock_s() - start_s;
    cli_progress_end(&c->progress);
    if (status != DCAT_OK) {
        return end_of(c, status, err);
    }
    if (cli_first()) {
        c->baseline =
            c->baseline_chosen ? c->baseline : dcat_compare_baseline(&c->config, c->results);
        dcat_compare_summarise(&c->config, c->results, c->baseline, c->rows);
        status = take_intervals(c, err);
    }
    return status;
}

// --- bounds

typedef struct bounding {
    comparison *c;
    dcat_bound_config config;
} bounding;

static dcat_status bound_world(void *user, size_t w, dcat_error *err)
{
    const bounding *b = user;
    const dcat_compare_source *source = &b->c->config.source;
    const dcat_world *world = NULL;
    dcat_status status = source->open(source->user, w, &world, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_bound_config own = b->config;
    own.seed = b->c->config.seeds[w];
    dcat_bound_result found;
    status =
        dcat_bound_run(world, dcat_scenario_demand_view(b->c->scenario), &own, NULL, &found, err);
    source->close(source->user, w);
    if (status == DCAT_OK) {
        b->c->bound[w] = found.per_cycle;
    }
    return status;
}

static void *bound_result(void *user, size_t w, size_t *byte_count)
{
    const bounding *b = user;
    *byte_count = sizeof *b->c->bound;
    return &b->c->bound[w];
}

dcat_status comparison_find_bound(comparison *c, const cli_options *common, dcat_error *err)
{
    c->bound = calloc(c->config.world_count, sizeof *c->bound);
    dcat_status status =
        ranks_agree(cli_ranks(),
                    c->bound == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu worlds",
                                                 c->config.world_count)
                                     : DCAT_OK,
                    err);
    if (status != DCAT_OK) {
        return status;
    }
    bounding b = {c, dcat_bound_config_default()};
    b.config.auction = dcat_auction_find("rea");
    b.config.cycle_first = c->config.cycle_first;
    b.config.cycle_count = c->config.cycle_count;
    c->progress = cli_progress_start("bounds", common->quiet);
    dcat_jobs how = c->how;
    how.kept = NULL;
    how.finished = NULL;
    const job_list jobs = {
        .count = c->config.world_count,
        .run = bound_world,
        .user = &b,
        .jobs = &how,
        .result = bound_result,
    };
    status = jobs_run(&jobs, err);
    cli_progress_end(&c->progress);
    return end_of(c, status, err);
}

void comparison_clear_up(const comparison *c, bool committed)
{
    if (c->kept != NULL && (committed || c->jobs.done == 0)) {
        dcat_kept_runs_remove(c->kept);
    }
}

void comparison_free(comparison *c)
{
    for (size_t p = 0; p < c->policy_count; p++) {
        cli_policy_free(&c->chosen[p]);
    }
    dcat_worlds_destroy(c->worlds);
    dcat_kept_runs_destroy(c->kept);
    free(c->results);
    free(c->rows);
    free(c->bound);
    dcat_scenario_destroy(c->scenario);
}
