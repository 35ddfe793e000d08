// SPDX-License-Identifier: Apache-2.0
// The work of `dcat bound`: runs, bounds, and slots solved exactly.

#include "base/jobs.h"
#include "dcat/model.h"
#include "tool/bound/bound_command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESERVE 1.4 // of the price of work: what the priced run wants beyond limits, docs/bound.md

// --- what the policy earns

// Watching a run: what its winners would have accepted, and its clusters.
typedef struct watching {
    double limits;       // summed over awards
    int32_t *cluster_of; // [S] of the first cycle
    bool taken;
} watching;

static bool watch_slot(void *user, const dcat_slot_record *slot)
{
    watching *w = user;
    for (size_t n = 0; n < slot->task_count; n++) {
        w->limits += slot->awards[n].limit;
    }
    if (!w->taken) {
        size_t server_count = dcat_world_server_count(dcat_state_world(slot->state));
        memcpy(w->cluster_of, dcat_state_cluster_of_view(slot->state),
               sizeof *w->cluster_of * server_count);
        w->taken = true;
    }
    return true;
}

static dcat_run_config run_config(const bounding *b, size_t world)
{
    return (dcat_run_config){
        DCAT_SIZED(dcat_run_config),   .policy = b->options->chosen.policy,
        .seed = b->worlds.seed[world], .cycle_first = b->span.first,
        .cycle_count = b->span.count,
    };
}

// Everything about one world: the run, the bound, the bound with the run's clusters.
static dcat_status do_world(void *user, size_t world, dcat_error *err)
{
    const bounding *b = user;
    dcat_bound_world *found = &b->found[world];
    found->seed = b->worlds.seed[world];
    const dcat_world *view = b->worlds.world[world];
    watching watch = {.cluster_of = malloc(sizeof(int32_t) * (dcat_world_server_count(view) + 1))};
    if (watch.cluster_of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a world");
    }
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &watch,
                                  .after_slot = watch_slot};
    const dcat_run_config run = run_config(b, world);
    dcat_run_result earned;
    dcat_bound_config config = dcat_bound_config_default();
    config.auction = b->options->chosen.policy.auction;
    config.seed = b->worlds.seed[world];
    config.cycle_first = b->span.first;
    config.cycle_count = b->span.count;
    dcat_bound_result any = {0};
    dcat_bound_result given = {.per_cycle = NAN};
    dcat_status status = dcat_run(view, b->demand, &run, &hooks, NULL, &earned, err);
    if (status == DCAT_OK) {
        status = dcat_bound_run(view, b->demand, &config, NULL, &any, err);
    }
    if (status == DCAT_OK && earned.decision_count == 1) {
        config.cluster_of = watch.cluster_of;
        status = dcat_bound_run(view, b->demand, &config, NULL, &given, err);
    }
    if (status == DCAT_OK) {
        found->bound = any.per_cycle;
        found->given = given.per_cycle;
        found->at_limits = (earned.totals.fee - watch.limits) / b->span.count;
        found->profit = dcat_totals_profit(&earned.totals) / b->span.count;
        found->complete = any.complete;
    }
    free(watch.cluster_of);
    return status;
}

dcat_status bound_worlds(bounding *b, dcat_error *err)
{
    cli_progress progress = cli_progress_start("bounds", b->common->quiet);
    dcat_jobs how = dcat_jobs_default();
    how.thread_count = b->common->thread_count;
    how.user = &progress;
    how.progress = cli_progress_show;
    const job_list worlds = {
        .count = b->worlds.count,
        .run = do_world,
        .user = b,
        .jobs = &how,
    };
    dcat_status status = jobs_run(&worlds, err);
    cli_progress_end(&progress);
    return status;
}

// --- slots, exactly

typedef struct sampling {
    bounding *b;
    uint64_t slot_total; // of the run
    uint64_t seen;
    cli_progress progress;
    dcat_status status;
    dcat_error err;
} sampling;

// Is this slot the next of those spread evenly over the run?
static bool is_sampled(const sampling *s)
{
    uint64_t next = s->b->slots_done;
    uint64_t wanted = s->b->options->slot_count;
    return next < wanted && s->seen == (2 * next + 1) * s->slot_total / (2 * wanted);
}

static bool solve_slot(void *user, const dcat_slot_record *record)
{
    sampling *s = user;
    if (!is_sampled(s)) {
        return true;
    }
    dcat_bound_slot *slot = &s->b->slots[s->b->slots_done];
    double seconds = s->b->options->seconds;
    *slot = (dcat_bound_slot){
        .cycle = record->cycle, .slot = record->slot, .task_count = record->task_count};
    s->status = dcat_exact_slot(record->state, record->now_s, record->tasks, record->task_count,
                                DCAT_BOUND_ORDER_MARKET, seconds, NULL, &slot->market, &s->err);
    if (s->status == DCAT_OK) {
        s->status = dcat_exact_slot(record->state, record->now_s, record->tasks, record->task_count,
                                    DCAT_BOUND_ORDER_FREE, seconds, NULL, &slot->free, &s->err);
    }
    return s->status == DCAT_OK;
}

static bool note_slot(void *user, const dcat_slot_record *record)
{
    sampling *s = user;
    if (is_sampled(s)) {
        dcat_bound_slot *slot = &s->b->slots[s->b->slots_done++];
        for (size_t n = 0; n < record->task_count; n++) {
            const dcat_award *award = &record->awards[n];
            if (award->cluster >= 0) {
                slot->profit += award->fee - award->payment;
                slot->at_limits += award->fee - award->limit;
            }
        }
        cli_progress_show(&s->progress, s->b->slots_done, s->b->options->slot_count);
    }
    s->seen++;
    return s->b->slots_done < s->b->options->slot_count;
}

dcat_status bound_slots(bounding *b, dcat_error *err)
{
    const dcat_world_config *config = dcat_world_config_view(b->worlds.world[0]);
    sampling s = {.b = b,
                  .slot_total = (uint64_t)b->span.count * (uint64_t)config->slots_per_cycle};
    if (b->options->slot_count > s.slot_total) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--slots must be at most %llu, the slots there are",
                         (unsigned long long)s.slot_total);
    }
    s.progress = cli_progress_start("slots", b->common->quiet);
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &s, .before_slot = solve_slot,
                                  .after_slot = note_slot};
    const dcat_run_config run = run_config(b, 0);
    dcat_run_result ignored;
    dcat_status status = dcat_run(b->worlds.world[0], b->demand, &run, &hooks, NULL, &ignored, err);
    cli_progress_end(&s.progress);
    return s.status == DCAT_OK ? status : dcat_fail(err, s.status, "%s", s.err.message);
}

// --- slot after slot

static dcat_status run_forward(bounding *b, const int32_t *cluster_of, dcat_error *err)
{
    dcat_bound_forward *f = &b->forward;
    double seconds = b->options->seconds;
    double unit_price = RESERVE *
                        dcat_world_config_view(b->worlds.world[0])->market.price_per_gigacycle /
                        DCAT_CYCLES_PER_GIGACYCLE;
    double optimum = 0.0;
    double priced = 0.0;
    size_t unproven[2] = {0, 0};
    dcat_bound_result given;
    dcat_bound_config config = dcat_bound_config_default();
    config.auction = b->options->chosen.policy.auction;
    config.seed = b->worlds.seed[0];
    config.cycle_first = b->span.first;
    config.cycle_count = f->cycle_count;
    config.cluster_of = cluster_of;
    dcat_status status = dcat_bound_run(b->worlds.world[0], b->demand, &config, NULL, &given, err);
    if (status == DCAT_OK) {
        status = dcat_exact_run(b->worlds.world[0], b->demand, &config, 0.0, seconds, &optimum,
                                &unproven[0], err);
    }
    if (status == DCAT_OK) {
        status = dcat_exact_run(b->worlds.world[0], b->demand, &config, unit_price, seconds,
                                &priced, &unproven[1], err);
    }
    if (status == DCAT_OK) {
        f->given = given.per_cycle;
        f->optimum = optimum / f->cycle_count;
        f->priced = priced / f->cycle_count;
        f->unit_price = unit_price;
        f->unproven = unproven[0] + unproven[1];
    }
    return status;
}

// The policy over the first cycles, and exact optima in its place.
dcat_status bound_forward(bounding *b, dcat_error *err)
{
    size_t server_count = dcat_world_server_count(b->worlds.world[0]);
    watching watch = {.cluster_of = malloc(sizeof(int32_t) * (server_count + 1))};
    if (watch.cluster_of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a world");
    }
    dcat_bound_forward *f = &b->forward;
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &watch,
                                  .after_slot = watch_slot};
    dcat_run_config run = run_config(b, 0);
    uint32_t wanted = b->options->forward_count;
    f->cycle_count = wanted < b->span.count ? wanted : b->span.count;
    run.cycle_count = f->cycle_count;
    dcat_run_result earned;
    dcat_status status = dcat_run(b->worlds.world[0], b->demand, &run, &hooks, NULL, &earned, err);
    if (status == DCAT_OK) {
        f->at_limits = (earned.totals.fee - watch.limits) / f->cycle_count;
        status = run_forward(b, watch.cluster_of, err);
    }
    free(watch.cluster_of);
    return status;
}
