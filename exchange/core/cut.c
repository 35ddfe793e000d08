// SPDX-License-Identifier: Apache-2.0
#include "exchange/core/cut.h"

#include "base/arena.h"
#include "dcat/partition.h"
#include "exchange/core/object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Counts must be set.
static void layout(arena *a, exchange_cut *cut, int32_t slot_task_max)
{
    int32_t W = cut->server_count, T = slot_task_max;
    size_t queues = cut->queue_count * (size_t)W;
    cut->server_of = ARENA_ARRAY(a, int32_t, W);
    cut->index_of = ARENA_ARRAY(a, int32_t, cut->server_max);
    cut->cluster_of = ARENA_ARRAY(a, int32_t, W);
    cut->told_cluster = ARENA_ARRAY(a, int32_t, W);
    cut->told_s = ARENA_ARRAY(a, double, queues);
    cut->begin_s = ARENA_ARRAY(a, double, queues);
    cut->hold_s = ARENA_ARRAY(a, double, queues);
    cut->lead_s = ARENA_ARRAY(a, double, queues);
    cut->labels = ARENA_ARRAY(a, int32_t, W);
    cut->kept_s = ARENA_ARRAY(a, double, W);
    cut->scratch = ARENA_ARRAY(a, int32_t, W);
    cut->reach = ARENA_ARRAY(a, cut_reach, cut->area_count * cut->class_count);
    cut->class_hz = ARENA_ARRAY(a, double, cut->class_count);
    cut->tasks = ARENA_ARRAY(a, dcat_task, T);
    cut->task_of = ARENA_ARRAY(a, int32_t, T);
    cut->order = ARENA_ARRAY(a, int32_t, T);
}

// All of a cut but its world and engine; NULL without memory.
static exchange_cut *place_cut(const exchange_cut *sizes, int32_t slot_task_max)
{
    exchange_cut measured = *sizes;
    arena measure = {0};
    arena_take(&measure, sizeof measured);
    layout(&measure, &measured, slot_task_max);
    void *memory = aligned_alloc(DCAT_ARENA_ALIGN, measure.used);
    if (memory == NULL) {
        return NULL;
    }
    memset(memory, 0, measure.used);
    arena place = {.base = memory};
    exchange_cut *cut = arena_take(&place, sizeof *cut);
    *cut = *sizes;
    layout(&place, cut, slot_task_max);
    return cut;
}

static dcat_status check(const exchange *x, const exchange_cut_config *config, int32_t server_count,
                         dcat_error *err)
{
    if (x->core.sealed == 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "no cycle is sealed");
    }
    if (server_count == 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "no server takes part: none is admitted with an ask");
    }
    const dcat_resources_config *resources = config->resources;
    if (config->world.resources != NULL ||
        (resources != NULL ? resources->class_count : 0) != (size_t)x->config.class_count ||
        (resources != NULL && resources->device_count != (size_t)x->config.device_count)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "devices and classes must be those of the exchange");
    }
    if (config->world.market.queue != DCAT_QUEUE_FIFO) {
        return dcat_fail(err, DCAT_ERR_RANGE, "market.queue must be fifo: promises are kept here");
    }
    return DCAT_OK;
}

static void make_servers(const exchange *x, const exchange_cut *cut, dcat_server *servers)
{
    for (int32_t w = 0; w < cut->server_count; w++) {
        const server_record *s = &x->servers[cut->server_of[w]];
        servers[w] = cut_server(x, s, cut->restored);
        servers[w].owner = w + 1; // clusters with a common provider are one bidder
        for (int32_t v = 0; v < w; v++) {
            bool same = x->servers[cut->server_of[v]].party == s->party;
            servers[w].owner = same ? servers[v].owner : servers[w].owner;
        }
    }
}

// Which pool each queue of a server is of.
static void list_queues(const exchange *x, exchange_cut *cut)
{
    cut->queue_count = dcat_world_queue_count(cut->world);
    for (int32_t q = 0; q < x->config.class_count; q++) {
        cut->pool_of[dcat_world_queue_of(cut->world, q)] = x->config.classes[q].pool;
    }
}

static void measure_reach(exchange_cut *cut)
{
    size_t W = (size_t)cut->server_count;
    for (size_t q = 0; q < cut->class_count; q++) {
        for (size_t a = 0; a < cut->area_count; a++) {
            cut->reach[a * cut->class_count + q] = (cut_reach){INFINITY, INFINITY};
        }
        for (size_t w = 0; w < W; w++) {
            double speed_hz = cut_member(cut, (int32_t)q, (int32_t)w)->speed_hz;
            cut->class_hz[q] += speed_hz;
            for (size_t a = 0; speed_hz > 0.0 && a < cut->area_count; a++) {
                cut_reach *reach = &cut->reach[a * cut->class_count + q];
                dcat_path path = dcat_world_path(cut->world, (int)a, (int)w);
                reach->seconds_per_bit = fmin(reach->seconds_per_bit, path.seconds_per_bit);
                reach->propagation_s = fmin(reach->propagation_s, path.propagation_s);
            }
        }
    }
}

static dcat_status make_world(const exchange *x, const exchange_cut_config *config,
                              exchange_cut *cut, dcat_error *err)
{
    dcat_world_config world = config->world;
    world.slot_s = seconds(x->config.slot_ns);
    world.market.price_per_gigacycle = x->config.price_per_gigacycle;
    world.market.urgency_s = x->config.urgency_s;
    dcat_server *servers = calloc((size_t)cut->server_count, sizeof *servers);
    if (servers == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %d servers", cut->server_count);
    }
    make_servers(x, cut, servers);
    dcat_resources *resources = NULL;
    dcat_status status = DCAT_OK;
    if (config->resources != NULL) {
        status = cut_resources(x, config, cut, &resources, err);
        world.resources = resources;
    }
    if (status == DCAT_OK) {
        status =
            dcat_world_create(&world, servers, (size_t)cut->server_count, config->areas,
                              (size_t)x->config.area_count, config->world_seed, &cut->world, err);
    }
    if (status == DCAT_OK) {
        list_queues(x, cut);
        measure_reach(cut);
    }
    dcat_resources_destroy(resources);
    free(servers);
    return status;
}

static void list_servers(const exchange *x, exchange_cut *cut)
{
    int32_t w = 0;
    for (int32_t i = 0; i < cut->server_max; i++) {
        bool part = i < x->core.server_count && x->servers[i].takes_part == 1;
        cut->index_of[i] = part ? w : NONE;
        if (part) {
            cut->cluster_of[w] = cut->told_cluster[w] = w;
            cut->server_of[w++] = i;
        }
    }
}

// The rest of a cut whose servers are listed.
static dcat_status build(const exchange *x, const exchange_cut_config *config, exchange_cut *place,
                         exchange_cut **cut, dcat_error *err)
{
    dcat_status status = make_world(x, config, place, err);
    if (status == DCAT_OK) {
        status = dcat_state_create(place->world, config->auction, 0,
                                   (size_t)x->config.slot_task_max, &place->state, err);
    }
    if (status != DCAT_OK) {
        exchange_cut_destroy(place);
        return status;
    }
    *cut = place;
    return DCAT_OK;
}

dcat_status exchange_cut_create(const exchange *x, const exchange_cut_config *config,
                                exchange_cut **cut, dcat_error *err)
{
    exchange_cut made = {.number = x->core.cycle + 1,
                         .seals = x->core.seals,
                         .world_seed = config->world_seed,
                         .server_max = x->config.server_max,
                         .area_count = (size_t)x->config.area_count,
                         .class_count = class_count(x),
                         .queue_count = (size_t)pool_count(x)};
    for (int32_t i = 0; i < x->core.server_count; i++) {
        made.server_count += x->servers[i].takes_part == 1;
    }
    dcat_status status = check(x, config, made.server_count, err);
    if (status != DCAT_OK) {
        return status;
    }
    exchange_cut *place = place_cut(&made, x->config.slot_task_max);
    if (place == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a cut");
    }
    list_servers(x, place);
    return build(x, config, place, cut, err);
}

dcat_status exchange_cut_restore(exchange *x, const exchange_snapshot_cut *from,
                                 const exchange_cut_config *config, exchange_cut **cut,
                                 dcat_error *err)
{
    const exchange_cut made = {.number = from->number,
                               .seals = from->seals,
                               .world_seed = from->world_seed,
                               .server_count = from->server_count,
                               .server_max = x->config.server_max,
                               .area_count = (size_t)x->config.area_count,
                               .class_count = class_count(x),
                               .queue_count = (size_t)pool_count(x),
                               .restored = true};
    exchange_cut *place = place_cut(&made, x->config.slot_task_max);
    if (place == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a cut");
    }
    for (int32_t i = 0; i < made.server_max; i++) {
        place->index_of[i] = NONE;
    }
    for (int32_t w = 0; w < made.server_count; w++) {
        place->server_of[w] = from->server_of[w];
        place->index_of[from->server_of[w]] = w;
        place->told_s[w] = NAN; // in one queue: so that the engine is told everything
    }
    dcat_status status = build(x, config, place, &place, err);
    if (status == DCAT_OK) {
        status = exchange_cut_set_clusters(place, from->cluster_of, err);
        if (status != DCAT_OK) {
            exchange_cut_destroy(place);
        }
    }
    if (status == DCAT_OK) {
        x->cut = *cut = place;
    }
    return status;
}

void exchange_cut_destroy(exchange_cut *cut)
{
    if (cut == NULL) {
        return;
    }
    dcat_state_destroy(cut->state);
    dcat_world_destroy(cut->world);
    free(cut);
}

dcat_status exchange_cut_set_clusters(exchange_cut *cut, const int32_t *cluster_of, dcat_error *err)
{
    dcat_status status = dcat_state_try_clusters(cut->state, cluster_of, err);
    if (status == DCAT_OK) {
        size_t bytes = sizeof *cut->cluster_of * (size_t)cut->server_count;
        memcpy(cut->cluster_of, dcat_state_cluster_of_view(cut->state), bytes);
        memcpy(cut->told_cluster, cut->cluster_of, bytes);
    }
    return status;
}

// ---- into force

bool cut_fits(const exchange *x, const exchange_cut *cut)
{
    return cut != NULL && x->core.sealed == 1 && cut->seals == x->core.seals &&
           cut->number == x->core.cycle + 1 && cut->server_max == x->config.server_max;
}

void cut_enter(exchange *x, const exchange_sink *sink, exchange_cut *cut)
{
    x->cut = cut;
    x->core.cycle = cut->number;
    x->core.sealed = 0;
    x->core.slot_first = x->core.slot + 1;
    for (int32_t w = 0; w < cut->server_count; w++) {
        int32_t server = cut->server_of[w];
        server_record *s = &x->servers[server];
        asks_enter(x, sink, server);
        if (s->state == SERVER_ADMITTED) {
            s->seen_ns = x->core.now_ns;
        }
        if (s->state == SERVER_ADMITTED || s->state == SERVER_ACTIVE) {
            server_go(x, sink, server, SERVER_ON_CUT);
        }
    }
    for (int32_t i = 0; i < x->core.server_count; i++) {
        server_leave_if_empty(x, sink, i);
    }
}

// ---- the engine's queues

static bool in_service(const exchange *x, int32_t server)
{
    const server_record *s = &x->servers[server];
    bool there = s->state == SERVER_ACTIVE || s->state == SERVER_DRAINING;
    return there && !(server_on_probation(x, server) && s->open_parts > 0);
}

// Clusters as decided, but whoever is out of service is alone, so that its mates trade on.
static void label(const exchange *x, exchange_cut *cut)
{
    size_t W = (size_t)cut->server_count;
    memcpy(cut->labels, cut->cluster_of, sizeof *cut->labels * W);
    bool all = true;
    for (size_t w = 0; w < W; w++) {
        all = all && in_service(x, cut->server_of[w]);
    }
    if (!all) {
        // Labels of clusters are below W, as are those of servers alone: both by smallest member
        // that is in service.
        memset(cut->scratch, 0xff, sizeof *cut->scratch * W);
        for (size_t w = 0; w < W; w++) {
            if (!in_service(x, cut->server_of[w])) {
                cut->labels[w] = (int32_t)w;
                continue;
            }
            int32_t *first = &cut->scratch[cut->cluster_of[w]];
            *first = *first == NONE ? (int32_t)w : *first;
            cut->labels[w] = *first;
        }
        dcat_partition_canonical(cut->labels, W, cut->scratch);
    }
}

void cut_tell(const exchange *x, exchange_cut *cut, double now_s)
{
    size_t W = (size_t)cut->server_count;
    label(x, cut);
    bool same = now_s >= cut->told_now_s && // or another exchange used it, at a later time
                memcmp(cut->labels, cut->told_cluster, sizeof *cut->labels * W) == 0;
    for (size_t at = 0; at < cut->queue_count * W; at++) {
        int32_t server = cut->server_of[at % W];
        const unit_record *unit = unit_at(x, server, cut->pool_of[at / W]);
        const start_hold hold = start_of(&x->servers[server], cut->pool_of[at / W]);
        double until_s =
            in_service(x, server) ? start_after(hold, unit->free_s, now_s) : (double)INFINITY;
        cut->hold_s[at] = hold.lag_s;
        cut->lead_s[at] = hold.ack_s + hold.lag_s;
        same = same && until_s == cut->told_s[at];
        cut->told_s[at] = until_s;
    }
    if (!same) {
        memcpy(cut->told_cluster, cut->labels, sizeof *cut->labels * W);
        dcat_state_place(cut->state, cut->told_s, cut->labels);
    }
    cut->told_now_s = now_s;
    memcpy(cut->begin_s, cut->told_s, sizeof *cut->begin_s * cut->queue_count * W);
}

void cut_booked(exchange_cut *cut, int32_t class_id, const int32_t *members, int32_t count)
{
    size_t queue = dcat_world_queue_of(cut->world, class_id);
    double *told_s = &cut->told_s[queue * (size_t)cut->server_count];
    const double *hold_s = &cut->hold_s[queue * (size_t)cut->server_count];
    bool holds = false;
    for (int32_t m = 0; m < count; m++) {
        told_s[members[m]] = dcat_state_queue(cut->state, members[m], queue).busy_until_s;
        holds = holds || hold_s[members[m]] > 0.0;
    }
    for (int32_t m = 0; holds && m < count; m++) {
        told_s[members[m]] += hold_s[members[m]];
    }
    if (holds) { // what comes behind in this slot begins later than they are free
        dcat_state_place(cut->state, cut->told_s, cut->told_cluster);
    }
}

const dcat_member *cut_member(const exchange_cut *cut, int32_t class_id, int32_t w)
{
    size_t at = (size_t)class_id * (size_t)cut->server_count + (size_t)w;
    return &dcat_world_members_view(cut->world)[at];
}
