// SPDX-License-Identifier: Apache-2.0
#include "exchange/live/decide.h"

#include "exchange/live/writer.h"

#include "dcat/partition.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct decider {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    decider_state state;
    bool stopped;
    dcat_policy policy;
    bool decided; // on demand that was seen
    exchange *x;  // a copy
    exchange_cut_config config;
    dcat_observer *seen; // the writer's
    const dcat_observation *observation;
    decision made;
};

// ---- what was seen

void decider_saw(decider *d, const exchange_event *submitted)
{
    const dcat_task task = {.work_cycles = (double)submitted->task.work_cycles,
                            .data_bits = (double)submitted->task.data_bits,
                            .deadline_s = (double)submitted->task.deadline_us / 1e6,
                            .area = submitted->task.area,
                            .class_id = submitted->task.class_id};
    dcat_observer_add(d->seen, &task, 1);
}

static void observe(decider *d, int64_t slot_count)
{
    d->observation = dcat_observer_finish(d->seen, (int)slot_count);
}

static bool has_demand(const dcat_observation *observation)
{
    for (size_t a = 0; a < observation->area_count; a++) {
        if (observation->arrivals_per_slot[a] > 0.0) {
            return true;
        }
    }
    return false;
}

// ---- the decision

// The clusters in force, of those who take part again; others are alone. Whoever moved may have
// left the span limit: then all are alone.
static void begin_with(const decider *d, exchange_cut *cut, int32_t *labels)
{
    for (int32_t w = 0; w < cut->server_count; w++) {
        int32_t cluster = exchange_cluster_of(d->x, cut->server_of[w]), v = 0;
        while (v < w && (cluster < 0 || exchange_cluster_of(d->x, cut->server_of[v]) != cluster)) {
            v++;
        }
        labels[w] = v;
    }
    (void)exchange_cut_set_clusters(cut, labels, NULL); // refused: as the cut was made, all alone
    memcpy(labels, cut->cluster_of, sizeof *labels * (size_t)cut->server_count);
}

// When servers have done what was awarded to them, in the time of the cut's world.
static void see_queues(const decider *d, const exchange_cut *cut, double *busy_until_s)
{
    double now_s = (double)exchange_time(d->x).now_ns / 1e9;
    double begin_s = dcat_world_slot_start_s(cut->world, cut->number, 0);
    for (int32_t w = 0; w < cut->server_count; w++) {
        exchange_server_view s = {0};
        exchange_server_find(d->x, cut->server_of[w], &s);
        busy_until_s[w] = begin_s + (s.free_s > now_s ? s.free_s - now_s : 0.0);
    }
}

// Choice: where nothing was asked for yet, what was learned has nothing to go by, and to it single
// servers are as good as any clusters. Linkage needs no demand.
static const dcat_clusterer *clusterer_of(const decider *d, const exchange_cut *cut)
{
    const dcat_clusterer *chosen = d->policy.clusterer;
    return cut->number == 1 && !has_demand(d->observation) && chosen->needs_model
               ? dcat_clusterer_find("linkage")
               : chosen;
}

static dcat_status form(decider *d, exchange_cut *cut, const dcat_clusterer *clusterer,
                        int32_t *labels, double *busy_until_s, dcat_error *err)
{
    begin_with(d, cut, labels);
    see_queues(d, cut, busy_until_s);
    const dcat_cluster_input input = {
        .world = cut->world,
        .observation = d->observation,
        .cluster_of = cut->cluster_of,
        .busy_until_s = busy_until_s,
        .auction = d->config.auction,
        .seed = d->config.world_seed,
        .cycle = cut->number,
        .model = d->policy.model,
        .first = !d->decided,
    };
    d->decided = d->decided || has_demand(d->observation);
    void *workspace = malloc(clusterer->workspace_bytes(cut->world, d->policy.model) + 1);
    dcat_status status = workspace == NULL
                             ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a decision")
                             : clusterer->decide(&input, workspace, labels, err);
    free(workspace);
    return status == DCAT_OK ? exchange_cut_set_clusters(cut, labels, err) : status;
}

// How far apart the members of clusters are; members [W] is scratch.
static void measure(decision *made, int32_t *members)
{
    const exchange_cut *cut = made->cut;
    int32_t clusters = 0;
    double sum_m = 0.0;
    for (int32_t first = 0; first < cut->server_count; first++) {
        size_t count = 0;
        int32_t before = 0;
        while (before < first && cut->cluster_of[before] != cut->cluster_of[first]) {
            before++;
        }
        for (int32_t w = first; before == first && w < cut->server_count; w++) {
            if (cut->cluster_of[w] == cut->cluster_of[first]) {
                members[count++] = w;
            }
        }
        double span_m = count > 0 ? dcat_span_m(cut->world, members, count) : 0.0;
        clusters += count > 0;
        sum_m += span_m;
        made->span_most_m = fmax(made->span_most_m, span_m);
    }
    made->span_mean_m = sum_m / clusters;
}

static void decide(decider *d)
{
    struct timespec before, after;
    decision made = {0};
    if (exchange_check(d->x, &made.why) != DCAT_OK) {
        live_die("an invariant is broken", &made.why);
    }
    clock_gettime(CLOCK_MONOTONIC, &before);
    dcat_status status = exchange_cut_create(d->x, &d->config, &made.cut, &made.why);
    if (status == DCAT_OK) {
        made.by = clusterer_of(d, made.cut);
        int32_t *labels = calloc((size_t)made.cut->server_count, sizeof *labels);
        double *busy_until_s = calloc((size_t)made.cut->server_count, sizeof *busy_until_s);
        status = labels == NULL || busy_until_s == NULL
                     ? dcat_fail(&made.why, DCAT_ERR_MEMORY, "no memory for a decision")
                     : form(d, made.cut, made.by, labels, busy_until_s, &made.why);
        if (status == DCAT_OK) {
            measure(&made, labels);
        }
        free(labels);
        free(busy_until_s);
    }
    if (status != DCAT_OK) {
        exchange_cut_destroy(made.cut);
        made.cut = NULL;
    }
    clock_gettime(CLOCK_MONOTONIC, &after);
    made.took_s =
        (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
    d->made = made;
}

static void *work(void *user)
{
    decider *d = user;
    pthread_mutex_lock(&d->mutex);
    while (!d->stopped) {
        if (d->state != DECIDER_WORKS) {
            pthread_cond_wait(&d->changed, &d->mutex);
            continue;
        }
        pthread_mutex_unlock(&d->mutex);
        decide(d);
        pthread_mutex_lock(&d->mutex);
        d->state = DECIDER_DONE;
    }
    pthread_mutex_unlock(&d->mutex);
    return NULL;
}

void decider_begin(decider *d, const exchange *x, const exchange_cut_config *config,
                   int64_t slot_count)
{
    exchange_copy(d->x, x);
    d->config = *config;
    observe(d, slot_count > 0 ? slot_count : 1);
    pthread_mutex_lock(&d->mutex);
    d->state = DECIDER_WORKS;
    pthread_cond_signal(&d->changed);
    pthread_mutex_unlock(&d->mutex);
}

decider_state decider_look(decider *d)
{
    pthread_mutex_lock(&d->mutex);
    decider_state state = d->state;
    pthread_mutex_unlock(&d->mutex);
    return state;
}

decision decider_take(decider *d)
{
    pthread_mutex_lock(&d->mutex);
    d->state = DECIDER_IDLE;
    pthread_mutex_unlock(&d->mutex);
    decision made = d->made;
    d->made.cut = NULL;
    return made;
}

// ---- from start to end

static void free_decider(decider *d)
{
    exchange_cut_destroy(d->made.cut);
    exchange_destroy(d->x);
    dcat_observer_destroy(d->seen);
    pthread_cond_destroy(&d->changed);
    pthread_mutex_destroy(&d->mutex);
    free(d);
}

dcat_status decider_start(const exchange_config *config, const dcat_policy *policy, decider **d,
                          dcat_error *err)
{
    decider *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for decisions");
    }
    made->policy = *policy;
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->changed, NULL);
    dcat_status status = dcat_observer_create(
        (size_t)config->area_count, config->class_count > 0 ? (size_t)config->class_count : 1,
        &made->seen, err);
    if (status == DCAT_OK) {
        status = exchange_create(config, &made->x, err);
    }
    if (status == DCAT_OK && pthread_create(&made->thread, NULL, work, made) != 0) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no thread for decisions");
    }
    if (status != DCAT_OK) {
        free_decider(made);
        return status;
    }
    *d = made;
    return DCAT_OK;
}

void decider_stop(decider *d)
{
    if (d == NULL) {
        return;
    }
    pthread_mutex_lock(&d->mutex);
    d->stopped = true;
    pthread_cond_signal(&d->changed);
    pthread_mutex_unlock(&d->mutex);
    pthread_join(d->thread, NULL);
    free_decider(d);
}
