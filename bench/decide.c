// SPDX-License-Identifier: Apache-2.0
// Clustering decisions of dcat bench: how long one takes, from worlds of the paper's size to very
// large ones.

#include "bench/bench.h"
#include "bench/reference/cluster.h"
#include "dcat/x/policy_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STRAIGHT_SERVERS 2000 // where linkage and kmeans meet their straightforward versions
#define STRAIGHT_SERVERS_QUICK 500
#define ANNEAL_SERVERS_MAX 1000
#define ANNEAL_PROPOSALS 20
#define SAMPLES 32

// A decision is not tried when it needs more scratch memory than this, or when it would take
// longer, as the two sizes before it tell: their growth goes on.
#define SCRATCH_MIB_MAX 2048.0
#define DECISION_S_MAX 60.0

// What a clusterer took in the sizes so far.
typedef struct history {
    double seconds[2], servers[2]; // the last and the one before; 0: none
} history;

typedef struct decision {
    bench_place *place;
    const dcat_clusterer *clusterer;
    const void *model; // Nullable
    const char *name;  // as in the figure
    bench_target target;
    history *past; // Nullable
} decision;

static dcat_status decide(void *user, double *seconds, dcat_error *err)
{
    const decision *d = user;
    return bench_place_decide(d->place, d->clusterer, d->model, seconds, err);
}

static void remember(history *past, double servers, double seconds)
{
    past->seconds[1] = past->seconds[0];
    past->servers[1] = past->servers[0];
    past->seconds[0] = seconds;
    past->servers[0] = servers;
}

// Seconds that a decision with this many servers would take; 0 when too little is known. past is
// nullable.
static double expected_s(const history *past, double servers)
{
    if (past == NULL || past->servers[1] == 0.0 || past->servers[0] <= past->servers[1]) {
        return 0.0;
    }
    double power =
        log(past->seconds[0] / past->seconds[1]) / log(past->servers[0] / past->servers[1]);
    return past->seconds[0] * pow(servers / past->servers[0], power);
}

// Why the decision is not tried; false when it is.
static bool too_much(const decision *d, char *why, size_t why_bytes)
{
    double servers = (double)d->place->server_count;
    double seconds = expected_s(d->past, servers);
    if (d->past != NULL && seconds > DECISION_S_MAX) {
        snprintf(why, why_bytes,
                 "not measured: %.0f servers took %.2f s and %.0f took %.2f s, so these would take "
                 "%.0f s",
                 d->past->servers[1], d->past->seconds[1], d->past->servers[0], d->past->seconds[0],
                 seconds);
        return true;
    }
    double scratch_mib =
        (double)d->clusterer->workspace_bytes(d->place->world, d->model) / 1048576.0;
    if (scratch_mib > SCRATCH_MIB_MAX) {
        snprintf(why, why_bytes, "not measured: needs %.0f MiB of scratch memory (limit %.0f MiB)",
                 scratch_mib, SCRATCH_MIB_MAX);
        return true;
    }
    return false;
}

// --- straightforward versions

static bool is_linkage(const decision *d)
{
    return strcmp(d->clusterer->name, "linkage") == 0;
}

// That of kmeans deletes no members beyond the span limit, which ours does besides.
static dcat_status decide_straight(void *user, double *seconds, dcat_error *err)
{
    const decision *d = user;
    const dcat_world *world = d->place->world;
    size_t count = d->place->server_count;
    int32_t *cluster_of = calloc(count, sizeof *cluster_of);
    double start_s = bench_process_s();
    bool enough =
        cluster_of != NULL && (is_linkage(d) ? reference_linkage_by_table(world, cluster_of)
                                             : reference_kmeans(world, 1, cluster_of));
    *seconds = bench_process_s() - start_s;
    dcat_status status = DCAT_OK;
    if (!enough) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu servers", count);
    } else if (is_linkage(d) &&
               memcmp(cluster_of, d->place->cluster_of, count * sizeof *cluster_of) != 0) {
        status =
            dcat_fail(err, DCAT_ERR_INTERNAL,
                      "%s decides otherwise than its straightforward version", d->clusterer->name);
    }
    free(cluster_of);
    return status;
}

static bool has_straight(const bench *b, const decision *d)
{
    size_t server_count = b->quick ? STRAIGHT_SERVERS_QUICK : STRAIGHT_SERVERS;
    return d->place->server_count == server_count && d->place->scenario == NULL &&
           (is_linkage(d) || strcmp(d->clusterer->name, "kmeans") == 0);
}

// --- decisions

static void describe(const void *user, json_t *params)
{
    const decision *d = user;
    size_t scratch_bytes = d->clusterer->workspace_bytes(d->place->world, d->model);
    json_object_set_new(params, "clusters", json_integer(d->place->cluster_count));
    json_object_set_new(params, "scratch_bytes", json_integer((json_int_t)scratch_bytes));
    if (strcmp(d->clusterer->name, "anneal") == 0) {
        json_object_set_new(params, "proposals", json_integer(ANNEAL_PROPOSALS));
    }
}

static dcat_status add_decision(bench *b, decision *d, dcat_error *err)
{
    char name[BENCH_NAME_BYTES], why[200];
    double seconds[BENCH_REPETITION_MAX];
    snprintf(name, sizeof name, "decide/%s/%s", d->name, d->place->label);
    bench_show(b, name, 0);
    if (too_much(d, why, sizeof why)) {
        bench_add_missing(b, name, "s", d->target, bench_place_params(d->place, "cpu"), why);
        return DCAT_OK;
    }
    const bench_race race = {
        .name = name,
        .unit = "s",
        .target = d->target,
        .ours = {decide, d, 0.0},
        .straight = {has_straight(b, d) ? decide_straight : NULL, d, 0.0},
        .straight_is = is_linkage(d)
                           ? "a table of all links, looked through at every merge"
                           : "the distance of every server to every centre in every round",
        .complete = describe,
        .params = bench_place_params(d->place, "cpu"),
    };
    dcat_status status = bench_run(b, &race, seconds, err);
    if (status == DCAT_OK && d->past != NULL) {
        remember(d->past, (double)d->place->server_count, seconds[0]);
    }
    if (status == DCAT_OK && strcmp(d->name, "a2c") == 0 && d->place->server_count == 100000) {
        status = bench_two_threads(b, name, &race.ours, bench_place_params(d->place, "wall"), err);
    }
    return status;
}

// a2c's include its guard, but for the time of the policy alone.
static bench_target target_of(const char *clusterer, size_t server_count)
{
    static const struct {
        const char *clusterer;
        size_t server_count;
        double seconds;
    } targets[] = {{"linkage", 10000, 0.3},
                   {"linkage", 100000, 5.0},
                   {"a2c", 1000, 0.1},
                   {"a2c", 10000, 2.0},
                   {"a2c", 100000, 20.0}};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        if (strcmp(targets[i].clusterer, clusterer) == 0 &&
            targets[i].server_count == server_count) {
            return (bench_target){BENCH_AT_MOST, targets[i].seconds};
        }
    }
    return bench_no_target;
}

static bool wanted(const bench *b, const char *clusterer, const bench_place *place)
{
    if (strcmp(clusterer, "anneal") == 0) { // national worlds make its default of proposals
        return b->all && place->scenario == NULL && place->server_count <= ANNEAL_SERVERS_MAX;
    }
    return b->all || strcmp(clusterer, "linkage") == 0 || strcmp(clusterer, "kmeans") == 0 ||
           strcmp(clusterer, "a2c") == 0;
}

#define CLUSTERER_MAX 16

// The first decision of a run, and the policy without its guard.
static dcat_status decide_as_a2c(bench *b, bench_place *place, dcat_actor *actor, history past[2],
                                 dcat_error *err)
{
    decision d = {.place = place,
                  .clusterer = &dcat_clusterer_a2c,
                  .model = actor,
                  .name = "a2c-first",
                  .past = past != NULL ? &past[0] : NULL};
    place->first_decision = true;
    dcat_status status = add_decision(b, &d, err);
    place->first_decision = false;
    if (status == DCAT_OK) {
        dcat_actor_set_guard_tasks(actor, -1);
        d.name = "a2c-unguarded";
        d.past = past != NULL ? &past[1] : NULL;
        status = add_decision(b, &d, err);
        dcat_actor_set_guard_tasks(actor, 0);
    }
    return status;
}

static dcat_status decide_in(bench *b, bench_place *place, dcat_actor *actor, history *past,
                             dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t c = 0; status == DCAT_OK && c < dcat_clusterer_count() && c < CLUSTERER_MAX; c++) {
        const dcat_clusterer *clusterer = dcat_clusterer_at(c);
        if (!wanted(b, clusterer->name, place)) {
            continue;
        }
        decision d = {
            .place = place,
            .clusterer = clusterer,
            .model = clusterer->needs_model ? actor : NULL,
            .name = clusterer->name,
            .target = target_of(clusterer->name, place->server_count),
            .past = &past[c],
        };
        status = add_decision(b, &d, err);
    }
    return status == DCAT_OK ? decide_as_a2c(b, place, actor, &past[CLUSTERER_MAX], err) : status;
}

static dcat_status decide_large(bench *b, size_t server_count, bool national, dcat_actor *actor,
                                history *past, dcat_error *err)
{
    bench_place place;
    dcat_status status = bench_place_large(&place, server_count, national, err);
    if (status == DCAT_OK) {
        place.config.anneal.iteration_max = ANNEAL_PROPOSALS;
        status = bench_place_make_world(&place, err);
    }
    if (status == DCAT_OK) {
        status = bench_place_make_tasks(&place, 1, err);
    }
    if (status == DCAT_OK) {
        status = decide_in(b, &place, actor, past, err);
    }
    bench_place_free(&place);
    return status;
}

// The shipped policy where it was made for, greedy and with samples.
static dcat_status decide_paper(bench *b, dcat_actor *actor, dcat_error *err)
{
    bench_place place;
    decision d = {.place = &place, .clusterer = &dcat_clusterer_a2c, .model = actor, .name = "a2c"};
    dcat_status status = bench_place_paper(&place, &bench_paper_shipped, 1, err);
    if (status == DCAT_OK) {
        status = add_decision(b, &d, err);
    }
    if (status == DCAT_OK) {
        status = decide_as_a2c(b, &place, actor, NULL, err);
    }
    if (status == DCAT_OK) {
        dcat_actor_set_sample_count(actor, SAMPLES);
        d.name = "a2c+32-samples";
        status = add_decision(b, &d, err);
        dcat_actor_set_sample_count(actor, 0);
    }
    bench_place_free(&place);
    return status;
}

dcat_status bench_decide(bench *b, dcat_error *err)
{
    static const struct {
        size_t server_count;
        bool national, only_all, quick;
    } worlds[] = {
        {20, false, true, false},    {40, false, true, false},     {100, false, true, false},
        {200, false, true, false},   {500, false, false, true},    {1000, false, false, false},
        {2000, false, false, false}, {10000, false, false, false}, {100000, false, false, false},
        {1000, true, false, false},  {10000, true, false, false},  {100000, true, false, false},
    };
    history past[2][CLUSTERER_MAX + 2] = {0};
    dcat_actor *actor = NULL;
    dcat_status status = dcat_actor_shipped(dcat_auction_find("rea-s"), &actor, err);
    if (status == DCAT_OK) {
        status = decide_paper(b, actor, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < sizeof worlds / sizeof worlds[0]; i++) {
        bool wanted_now = b->quick ? worlds[i].quick : b->all || !worlds[i].only_all;
        if (wanted_now) {
            status = decide_large(b, worlds[i].server_count, worlds[i].national, actor,
                                  past[worlds[i].national], err);
        }
    }
    dcat_actor_destroy(actor);
    return status;
}
