// SPDX-License-Identifier: Apache-2.0
// What a bound report is made of: runs, bounds, and slots solved exactly.

#include "base/jobs.h"
#include "dcat/x/bound_report.h"
#include "dcat/x/model.h"

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

static dcat_run_config run_config(const dcat_bound_work *b, size_t world)
{
    return (dcat_run_config){
        DCAT_SIZED(dcat_run_config),    .policy = b->policy,
        .seed = b->seeds[world],        .cycle_first = b->cycles.first,
        .cycle_count = b->cycles.count,
    };
}

typedef struct searching {
    const dcat_bound_work *work;
    dcat_bound_world *found; // [world_count]
} searching;

// Everything about one world: the run, the bound, the bound with the run's clusters.
static dcat_status do_world(void *user, size_t world, dcat_error *err)
{
    const searching *job = user;
    const dcat_bound_work *b = job->work;
    dcat_bound_world *found = &job->found[world];
    found->seed = b->seeds[world];
    const dcat_world *view = b->worlds[world];
    watching watch = {.cluster_of = malloc(sizeof(int32_t) * (dcat_world_server_count(view) + 1))};
    if (watch.cluster_of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a world");
    }
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &watch,
                                  .after_slot = watch_slot};
    const dcat_run_config run = run_config(b, world);
    dcat_run_result earned;
    dcat_bound_config config = dcat_bound_config_default();
    config.auction = b->policy.auction;
    config.seed = b->seeds[world];
    config.cycle_first = b->cycles.first;
    config.cycle_count = b->cycles.count;
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
        found->at_limits = (earned.totals.fee - watch.limits) / b->cycles.count;
        found->profit = dcat_totals_profit(&earned.totals) / b->cycles.count;
        found->complete = any.complete;
    }
    free(watch.cluster_of);
    return status;
}

dcat_status dcat_bound_find(const dcat_bound_work *work, dcat_bound_world *found, dcat_error *err)
{
    searching user = {work, found};
    const job_list worlds = {
        .count = work->world_count,
        .run = do_world,
        .user = &user,
        .jobs = work->jobs,
    };
    return jobs_run(&worlds, err);
}

// --- slots, exactly

typedef struct sampling {
    const dcat_bound_work *b;
    dcat_bound_slot *slots; // [b->slot_count]
    size_t slots_done;
    uint64_t slot_total; // of the run
    uint64_t seen;
    dcat_status status;
    dcat_error err;
} sampling;

// Is this slot the next of those spread evenly over the run?
static bool is_sampled(const sampling *s)
{
    uint64_t next = s->slots_done;
    uint64_t wanted = s->b->slot_count;
    return next < wanted && s->seen == (2 * next + 1) * s->slot_total / (2 * wanted);
}

static bool solve_slot(void *user, const dcat_slot_record *record)
{
    sampling *s = user;
    if (!is_sampled(s)) {
        return true;
    }
    dcat_bound_slot *slot = &s->slots[s->slots_done];
    double seconds = s->b->slot_seconds;
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
        dcat_bound_slot *slot = &s->slots[s->slots_done++];
        for (size_t n = 0; n < record->task_count; n++) {
            const dcat_award *award = &record->awards[n];
            if (award->cluster >= 0) {
                slot->profit += award->fee - award->payment;
                slot->at_limits += award->fee - award->limit;
            }
        }
        const dcat_jobs *jobs = s->b->jobs;
        if (jobs != NULL && jobs->progress != NULL) {
            jobs->progress(jobs->user, s->slots_done, s->b->slot_count);
        }
    }
    s->seen++;
    return s->slots_done < s->b->slot_count;
}

dcat_status dcat_bound_find_slots(const dcat_bound_work *b, dcat_bound_slot *slots, dcat_error *err)
{
    const dcat_world_config *config = dcat_world_config_view(b->worlds[0]);
    sampling s = {.b = b,
                  .slots = slots,
                  .slot_total = (uint64_t)b->cycles.count * (uint64_t)config->slots_per_cycle};
    if (b->slot_count > s.slot_total) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--slots must be at most %llu, the slots there are",
                         (unsigned long long)s.slot_total);
    }
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &s, .before_slot = solve_slot,
                                  .after_slot = note_slot};
    const dcat_run_config run = run_config(b, 0);
    dcat_run_result ignored;
    dcat_status status = dcat_run(b->worlds[0], b->demand, &run, &hooks, NULL, &ignored, err);
    return s.status == DCAT_OK ? status : dcat_fail(err, s.status, "%s", s.err.message);
}

// --- slot after slot

static dcat_status run_forward(const dcat_bound_work *b, const int32_t *cluster_of,
                               dcat_bound_forward *f, dcat_error *err)
{
    double seconds = b->slot_seconds;
    double unit_price = RESERVE * dcat_world_config_view(b->worlds[0])->market.price_per_gigacycle /
                        DCAT_CYCLES_PER_GIGACYCLE;
    double optimum = 0.0;
    double priced = 0.0;
    size_t unproven[2] = {0, 0};
    dcat_bound_result given;
    dcat_bound_config config = dcat_bound_config_default();
    config.auction = b->policy.auction;
    config.seed = b->seeds[0];
    config.cycle_first = b->cycles.first;
    config.cycle_count = f->cycle_count;
    config.cluster_of = cluster_of;
    dcat_status status = dcat_bound_run(b->worlds[0], b->demand, &config, NULL, &given, err);
    if (status == DCAT_OK) {
        status = dcat_exact_run(b->worlds[0], b->demand, &config, 0.0, seconds, &optimum,
                                &unproven[0], err);
    }
    if (status == DCAT_OK) {
        status = dcat_exact_run(b->worlds[0], b->demand, &config, unit_price, seconds, &priced,
                                &unproven[1], err);
    }
    if (status == DCAT_OK) {
        f->order = dcat_exact_order(b->worlds[0]);
        f->given = given.per_cycle;
        f->optimum = optimum / f->cycle_count;
        f->priced = priced / f->cycle_count;
        f->unit_price = unit_price;
        f->unproven = unproven[0] + unproven[1];
    }
    return status;
}

// The policy over the first cycles, and exact optima in its place.
dcat_status dcat_bound_find_forward(const dcat_bound_work *b, dcat_bound_forward *f,
                                    dcat_error *err)
{
    size_t server_count = dcat_world_server_count(b->worlds[0]);
    watching watch = {.cluster_of = malloc(sizeof(int32_t) * (server_count + 1))};
    if (watch.cluster_of == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a world");
    }
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = &watch,
                                  .after_slot = watch_slot};
    dcat_run_config run = run_config(b, 0);
    uint32_t wanted = b->forward_count;
    f->cycle_count = wanted < b->cycles.count ? wanted : b->cycles.count;
    run.cycle_count = f->cycle_count;
    dcat_run_result earned;
    dcat_status status = dcat_run(b->worlds[0], b->demand, &run, &hooks, NULL, &earned, err);
    if (status == DCAT_OK) {
        f->at_limits = (earned.totals.fee - watch.limits) / f->cycle_count;
        status = run_forward(b, watch.cluster_of, f, err);
    }
    free(watch.cluster_of);
    return status;
}
