// SPDX-License-Identifier: Apache-2.0
// Fixed work for a profiler: bench/profile.sh runs one of these under callgrind and looks at what
// `profiled` does, and nothing else.

#include "bench/bench.h"
#include "dcat/version.h"
#include "dcat/x/policy_file.h"
#include "env/env.h"

#include <string.h>

#define PAPER_CYCLES 48
#define LARGE_SLOTS 3
#define PROFILED __attribute__((noinline)) static

typedef struct profiled_work {
    bench_place place;
    dcat_env *env;                   // of an auction, or
    const dcat_clusterer *clusterer; // a clusterer, or
    bench_decision decision;         //
    bool world;                      // making the world
    size_t slot_first, slot_end;
    dcat_totals totals;
} profiled_work;

static void clear_slots(profiled_work *work, size_t first, size_t end)
{
    for (size_t s = first; s < end; s++) {
        bench_slot at = bench_place_slot(&work->place, s);
        env_step_tasks(work->env, at.tasks, at.task_count, &work->totals);
    }
}

PROFILED dcat_status profiled(profiled_work *work, dcat_error *err)
{
    if (work->env != NULL) {
        clear_slots(work, work->slot_first, work->slot_end);
    } else if (work->clusterer != NULL) {
        return work->clusterer->decide(&work->decision.input, work->decision.workspace,
                                       work->place.cluster_of, err);
    } else if (work->world) {
        return bench_place_make_world(&work->place, err);
    }
    return DCAT_OK;
}

// Clusters of linkage; the first slots make what later ones find.
static dcat_status prepare_step(profiled_work *work, const dcat_auction *auction, dcat_error *err)
{
    double decision_s;
    dcat_status status =
        bench_place_decide(&work->place, dcat_clusterer_find("linkage"), NULL, &decision_s, err);
    if (status == DCAT_OK) {
        status = bench_place_env(&work->place, auction, true, &work->env, err);
    }
    if (status == DCAT_OK) {
        work->slot_first = work->place.slot_count / 3;
        work->slot_end = work->place.slot_count;
        clear_slots(work, 0, work->slot_first);
        work->totals = (dcat_totals){0};
    }
    return status;
}

static dcat_status prepare(profiled_work *work, const char *what, const dcat_actor *actor,
                           dcat_error *err)
{
    const dcat_auction *auction = dcat_auction_find(what);
    work->clusterer = dcat_clusterer_find(what);
    if (auction != NULL) {
        return prepare_step(work, auction, err);
    }
    if (work->clusterer != NULL) {
        return bench_decision_prepare(&work->place, work->clusterer,
                                      work->clusterer->needs_model ? actor : NULL, &work->decision,
                                      err);
    }
    work->world = strcmp(what, "world") == 0;
    return work->world ? DCAT_OK
                       : dcat_fail(err, DCAT_ERR_NOT_FOUND,
                                   "there is no profile of '%s': give an auction, a clusterer or "
                                   "world",
                                   what);
}

dcat_status bench_profile(const char *what, size_t server_count, bool national, dcat_error *err)
{
    static profiled_work work; // too large for a stack
    if (strcmp(what, "build") == 0) {
        puts(dcat_build());
        return DCAT_OK;
    }
    if (strcmp(what, "counts") == 0) {
        return bench_counts(err);
    }
    dcat_actor *actor = NULL;
    // "AUCTION/untuned": in the paper's scenario as it was before its market was tuned.
    char name[BENCH_NAME_BYTES];
    const char *slash = strchr(what, '/');
    bool untuned = slash != NULL && strcmp(slash, "/untuned") == 0;
    snprintf(name, sizeof name, "%.*s", untuned ? (int)(slash - what) : (int)strlen(what), what);
    dcat_status status =
        server_count == 0
            ? bench_place_paper(&work.place, untuned ? &bench_paper_untuned : &bench_paper_shipped,
                                PAPER_CYCLES, err)
            : bench_place_complete(&work.place, server_count, national, LARGE_SLOTS, err);
    if (status == DCAT_OK) {
        status = dcat_actor_shipped(dcat_auction_find("rea-s"), &actor, err);
    }
    if (status == DCAT_OK) {
        status = prepare(&work, name, actor, err);
    }
    if (status == DCAT_OK) {
        status = profiled(&work, err);
    }
    if (status == DCAT_OK) { // what a share is of
        printf("%lld\n", (long long)(work.env != NULL ? work.totals.arrived
                                                      : (int64_t)work.place.server_count));
    }
    dcat_env_destroy(work.env);
    bench_decision_free(&work.decision);
    dcat_actor_destroy(actor);
    bench_place_free(&work.place);
    return status;
}
