// Large worlds of dcat bench: what making them costs, and what clustering them costs.

#include "bench.h"

#include <math.h>
#include <stdlib.h>

static const bench_target no_target = {BENCH_NO_TARGET, 0.0};

static json_t *describe(const bench_place *place, const char *clock)
{
    return json_pack("{s:s,s:I,s:I,s:i,s:s}", "scenario", "large", "servers",
                     (json_int_t)place->server_count, "areas", (json_int_t)place->area_count,
                     "threads", 1, "clock", clock);
}

// --- making a world

dcat_status bench_only_make_world(size_t server_count, dcat_error *err)
{
    bench_place place;
    dcat_status status = bench_place_large(&place, server_count, err);
    if (status == DCAT_OK) {
        status = bench_place_make_world(&place, err);
    }
    bench_place_free(&place);
    return status;
}

static dcat_status add_world_memory(bench *b, size_t server_count, dcat_error *err)
{
    char count[32], name[64];
    double samples[BENCH_REPETITION_MAX];
    snprintf(count, sizeof count, "%zu", server_count);
    snprintf(name, sizeof name, "world/%zu/memory", server_count);
    const char *const arguments[] = {"bench", "--make-world", count, NULL};
    dcat_status status = DCAT_OK;
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        bench_child child = {0};
        status = bench_child_run(arguments, &child, err);
        samples[i] = child.peak_mib;
    }
    if (status == DCAT_OK) {
        bench_target target = {BENCH_AT_MOST, 4096.0};
        bench_add(b, name, "MiB", server_count == 100000 ? target : no_target, samples,
                  (size_t)b->repetition_count,
                  json_pack("{s:s,s:I}", "scenario", "large", "servers", (json_int_t)server_count));
    }
    return status;
}

static dcat_status add_world_time(bench *b, size_t server_count, dcat_error *err)
{
    bench_place place;
    double samples[BENCH_REPETITION_MAX];
    char name[64];
    dcat_status status = bench_place_large(&place, server_count, err);
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        double start_s = bench_process_s();
        status = bench_place_make_world(&place, err);
        samples[i] = bench_process_s() - start_s;
    }
    if (status == DCAT_OK) {
        bench_target target = {BENCH_AT_MOST, 30.0};
        snprintf(name, sizeof name, "world/%zu/time", server_count);
        bench_add(b, name, "s", server_count == 100000 ? target : no_target, samples,
                  (size_t)b->repetition_count, describe(&place, "cpu"));
    }
    bench_place_free(&place);
    return status;
}

dcat_status bench_world(bench *b, dcat_error *err)
{
    static const size_t server_counts[] = {10000, 100000};
    size_t count = b->quick ? 1 : 2;
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        status = add_world_memory(b, server_counts[i], err); // before this process grows
    }
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        status = add_world_time(b, server_counts[i], err);
    }
    return status;
}

// --- clustering

// A decision is not tried when it needs more scratch memory, or by the square of the servers would
// take longer, than this.
#define SCRATCH_MIB_MAX 2048.0
#define DECISION_S_MAX 60.0

typedef struct decision {
    const char *clusterer;
    const void *model;    // Nullable
    bench_target targets; // of the size at work
    double *last_s;       // in: CPU time of a decision with last_servers; out: with these
    size_t *last_servers; // 0: none yet
} decision;

// Why the decision is not tried; false when it is.
static bool too_much(const bench_place *place, const decision *d, char *why, size_t why_bytes)
{
    const dcat_clusterer *clusterer = dcat_clusterer_find(d->clusterer);
    double scratch_mib = (double)clusterer->workspace_bytes(place->world, d->model) / 1048576.0;
    double ratio =
        *d->last_servers > 0 ? (double)place->server_count / (double)*d->last_servers : 0;
    double expected_s = *d->last_s * ratio * ratio;
    if (scratch_mib > SCRATCH_MIB_MAX) {
        snprintf(why, why_bytes, "not measured: needs %.0f MiB of scratch memory (limit %.0f MiB)",
                 scratch_mib, SCRATCH_MIB_MAX);
    } else if (expected_s > DECISION_S_MAX) {
        snprintf(why, why_bytes,
                 "not measured: %zu servers took %.2f s, the square of the servers says %.0f s",
                 *d->last_servers, *d->last_s, expected_s);
    } else {
        return false;
    }
    return true;
}

static dcat_status add_decision(bench *b, bench_place *place, const decision *d, dcat_error *err)
{
    char name[64], why[160];
    double samples[BENCH_REPETITION_MAX];
    const dcat_clusterer *clusterer = dcat_clusterer_find(d->clusterer);
    snprintf(name, sizeof name, "decide/%s/%zu", d->clusterer, place->server_count);
    if (too_much(place, d, why, sizeof why)) {
        bench_add_missing(b, name, "s", d->targets, describe(place, "cpu"), why);
        return DCAT_OK;
    }
    dcat_status status = DCAT_OK;
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        status = bench_place_decide(place, clusterer, d->model, &samples[i], err);
    }
    if (status == DCAT_OK) {
        json_t *params = describe(place, "cpu");
        json_object_set_new(params, "clusters", json_integer(place->cluster_count));
        json_object_set_new(
            params, "scratch_bytes",
            json_integer((json_int_t)clusterer->workspace_bytes(place->world, d->model)));
        *d->last_s =
            bench_add(b, name, "s", d->targets, samples, (size_t)b->repetition_count, params)
                ->value;
        *d->last_servers = place->server_count;
    }
    return status;
}

static bench_target decision_target(size_t server_count, double ten_thousand_s,
                                    double hundred_thousand_s)
{
    switch (server_count) {
    case 10000:
        return (bench_target){BENCH_AT_MOST, ten_thousand_s};
    case 100000:
        return (bench_target){BENCH_AT_MOST, hundred_thousand_s};
    default:
        return no_target;
    }
}

typedef struct history {
    double last_s[3];
    size_t last_servers[3];
} history;

static dcat_status decide_all(bench *b, bench_place *place, const dcat_actor *actor, history *h,
                              dcat_error *err)
{
    const decision decisions[] = {
        {"linkage", NULL, decision_target(place->server_count, 0.3, 5.0), &h->last_s[0],
         &h->last_servers[0]},
        {"kmeans", NULL, no_target, &h->last_s[1], &h->last_servers[1]},
        {"a2c", actor, decision_target(place->server_count, 1.0, 15.0), &h->last_s[2],
         &h->last_servers[2]},
    };
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < sizeof decisions / sizeof decisions[0]; i++) {
        status = add_decision(b, place, &decisions[i], err);
    }
    return status;
}

dcat_status bench_decide(bench *b, dcat_error *err)
{
    static const size_t server_counts[] = {500, 1000, 2000, 10000, 100000};
    size_t count = b->quick ? 1 : sizeof server_counts / sizeof server_counts[0];
    history h = {0};
    dcat_actor *actor = NULL;
    dcat_status status = dcat_actor_shipped(DCAT_AUCTION_REA_S, &actor, err);
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        bench_place place;
        status = bench_place_large(&place, server_counts[i], err);
        if (status == DCAT_OK) {
            status = bench_place_make_world(&place, err);
        }
        if (status == DCAT_OK) {
            status = bench_place_make_tasks(&place, 1, err);
        }
        if (status == DCAT_OK) {
            status = decide_all(b, &place, actor, &h, err);
        }
        bench_place_free(&place);
    }
    dcat_actor_destroy(actor);
    return status;
}
