// SPDX-License-Identifier: Apache-2.0
#include "dcat/market.h"

#include "dcat/partition.h"
#include "dcat/x/model.h"
#include "dcat/x/task_auction.h"
#include "market/partition.h"
#include "market/told.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Counts must be set; places the arrays of state in the arena.
static void layout(arena *a, dcat_state *state)
{
    size_t S = state->world->server_count;
    state->cluster_of = ARENA_ARRAY(a, int32_t, S);
    state->member_first = ARENA_ARRAY(a, int32_t, S + 1);
    state->members = ARENA_ARRAY(a, int32_t, S);
    state->accounts = ARENA_ARRAY(a, dcat_server_account, state->world->queue_count * S);
    bidders_layout(a, state->world, &state->bidders);
    state->bid = ARENA_ARRAY(a, double, S);
    state->candidate = ARENA_ARRAY(a, int32_t, S);
    state->item = ARENA_ARRAY(a, int32_t, S);
    state->order = ARENA_ARRAY(a, int32_t, state->task_max);
    state->told = ARENA_ARRAY(a, told, state->task_max);
    state->draws.drawn = ARENA_ARRAY(a, bool, draw_blocks(state->task_max));
    state->draws.draws = ARENA_ARRAY(a, dcat_draw, draw_blocks(state->task_max) * DRAW_BLOCK);
    state->plane_count = state->world->class_count;
    state->planes = ARENA_ARRAY(a, plane, state->plane_count);
    plane measured = {0}, *planes = state->planes;
    for (size_t q = 0; q < state->plane_count; q++) {
        plane *p = planes != NULL ? &planes[q] : &measured;
        plane_layout(a, state, q > 0 ? p - (planes != NULL ? q : 0) : NULL, p);
    }
    for (size_t q = 0; q < state->plane_count; q++) {
        scan_layout_lists(a, planes != NULL ? &planes[q].scan : &measured.scan);
    }
}

static void choose_terms(dcat_state *state)
{
    state->market = state->world->config.market;
    if (!state->auction->under_ceiling) {
        state->market.task_order = DCAT_ORDER_ARRIVAL;
        state->market.handicap_per_gigacycle_s = 0.0;
        state->market.admission_per_gigacycle = 0.0;
        state->market.admission_per_gigacycle_s = 0.0;
    }
    state->admits_all = state->market.admission_per_gigacycle == 0.0 &&
                        state->market.admission_per_gigacycle_s == 0.0;
}

size_t dcat_state_bytes(const dcat_world *world, size_t task_max)
{
    dcat_state sizes = {.world = world, .task_max = task_max};
    arena measure = {0};
    arena_take(&measure, sizeof sizes);
    layout(&measure, &sizes);
    return measure.used;
}

dcat_state *dcat_state_init(void *memory, const dcat_world *world, const dcat_auction *auction,
                            uint64_t seed, size_t task_max)
{
    arena place = {.base = memory};
    dcat_state *state = arena_take(&place, sizeof *state);
    *state = (dcat_state){.world = world, .auction = auction, .seed = seed, .task_max = task_max};
    layout(&place, state);
    state->shares = dcat_auction_shares(auction, &world->config.auction);
    choose_terms(state);
    for (size_t q = 0; q < state->plane_count; q++) {
        plane_init(state, (int32_t)q, &state->planes[q]);
    }
    dcat_state_reset(state);
    return state;
}

dcat_status dcat_state_create(const dcat_world *world, const dcat_auction *auction, uint64_t seed,
                              size_t task_max, dcat_state **state, dcat_error *err)
{
    if (auction->name == NULL || auction->run == NULL || auction->start_price == NULL ||
        (unsigned)auction->limit >= DCAT_LIMIT_RULE_COUNT) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "the auction's row needs a name, a limit rule, a start price and a rule");
    }
    if (task_max > INT32_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "task_max must be at most %d, got %zu", INT32_MAX,
                         task_max);
    }
    size_t byte_count = dcat_state_bytes(world, task_max);
    void *memory = aligned_alloc(DCAT_ARENA_ALIGN, byte_count);
    if (memory == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a state (%zu MiB)", byte_count >> 20);
    }
    *state = dcat_state_init(memory, world, auction, seed, task_max);
    return DCAT_OK;
}

void state_copy(dcat_state *to, const dcat_state *from)
{
    // A state is one block, so only its pointers need mending; unused lists are at its end.
    const char *begin = (const char *)from;
    memcpy(to, from, (size_t)((const char *)from->planes[0].scan.numbers - begin));
    for (size_t q = 0; q < from->plane_count; q++) {
        const scan *s = &from->planes[q].scan;
        size_t offset = (size_t)((const char *)s->numbers - begin);
        memcpy((char *)to + offset, s->numbers, scan_lists_used_bytes(s));
    }
    arena place = {.base = (unsigned char *)to};
    arena_take(&place, sizeof *to);
    layout(&place, to);
}

dcat_status dcat_state_clone(const dcat_state *state, dcat_state **copy, dcat_error *err)
{
    size_t byte_count = dcat_state_bytes(state->world, state->task_max);
    void *memory = aligned_alloc(DCAT_ARENA_ALIGN, byte_count);
    if (memory == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a state (%zu MiB)", byte_count >> 20);
    }
    state_copy(memory, state);
    *copy = memory;
    return DCAT_OK;
}

void dcat_state_destroy(dcat_state *state)
{
    free(state);
}

// --- clusters

dcat_member_share dcat_state_member_share(const dcat_state *state, int32_t class_id, int32_t server,
                                          double work_cycles, double payment)
{
    return plane_member_share(&state->planes[class_id], state->shares.share, server, work_cycles,
                              payment);
}

// One of a server's queues, and what was earned in it.
static dcat_server_account account_of(const dcat_state *state, size_t queue, int32_t server)
{
    dcat_server_account account =
        state->accounts[queue * state->world->server_count + (size_t)server];
    for (size_t q = 0; q < state->plane_count; q++) {
        const plane *p = &state->planes[q];
        if (p->queue == queue) {
            plane_add_queue(p, server, &account);
            plane_add_earnings(p, state->shares.share, server, &account);
        }
    }
    return account;
}

// Write every cluster's earnings and queues to its members, before the clusters change.
void state_settle(dcat_state *state)
{
    size_t S = state->world->server_count;
    for (size_t at = 0; at < state->world->queue_count * S; at++) {
        state->accounts[at] = account_of(state, at / S, (int32_t)(at % S));
    }
}

// Members of every cluster in ascending order, by counting sort.
static void list_members(dcat_state *state)
{
    size_t S = state->world->server_count;
    int32_t *first = state->member_first;
    memset(first, 0, sizeof *first * (S + 1));
    state->cluster_count = 0;
    for (size_t i = 0; i < S; i++) {
        int32_t k = state->cluster_of[i];
        // Canonical labels: a new one is the next number.
        assert(k >= 0 && k <= state->cluster_count);
        state->cluster_count += k == state->cluster_count;
        first[k + 1]++;
    }
    for (int32_t k = 0; k < state->cluster_count; k++) {
        first[k + 1] += first[k];
    }
    for (size_t i = S; i-- > 0;) {
        state->members[--first[state->cluster_of[i] + 1]] = (int32_t)i;
    }
    // first[k + 1] now holds the start of cluster k; shift it into place.
    for (int32_t k = 0; k < state->cluster_count; k++) {
        first[k] = first[k + 1];
    }
    first[state->cluster_count] = (int32_t)S;
}

static bool span_is_legal(const dcat_state *state, int32_t k)
{
    for (int32_t i = state->member_first[k]; i < state->member_first[k + 1]; i++) {
        for (int32_t j = state->member_first[k]; j < i; j++) {
            if (!world_may_share(state->world, state->members[i], state->members[j])) {
                return false;
            }
        }
    }
    return true;
}

// What follows from who is one bidder. Fast paths look at two bids, whoever made them.
static void choose_path(dcat_state *state)
{
    state->on_limits = state->market.ceiling_on == DCAT_CEILING_ON_LIMIT &&
                       state->market.handicap_per_gigacycle_s > 0.0 && !state->bidders.joined;
    state->rules = state->on_limits ? &state->world->rules_on_limits : &state->world->rules;
    for (size_t q = 0; q < state->plane_count; q++) {
        plane_set_starts(state, &state->planes[q]);
    }
    state->fast = state->bidders.joined ? NULL : state->auction->fast;
}

void state_form(dcat_state *state)
{
    list_members(state);
    for (int32_t k = 0; k < state->cluster_count; k++) {
        assert(span_is_legal(state, k)); // (10c)
    }
    for (size_t q = 0; q < state->plane_count; q++) {
        plane_form(state, &state->planes[q]);
    }
    for (size_t q = 0; q < state->plane_count; q++) {
        plane_find_meetings(state, &state->planes[q]);
    }
    bidders_join(&state->bidders, state->world, state->cluster_of, state->cluster_count);
    choose_path(state);
}

void dcat_state_reset(dcat_state *state)
{
    for (size_t i = 0; i < state->world->server_count; i++) {
        state->cluster_of[i] = (int32_t)i;
    }
    state_place(state, NULL, state->cluster_of);
}

// busy_until_s is read over again where it has not all queues.
static void place(dcat_state *state, const double *busy_until_s, size_t busy_count,
                  const int32_t *cluster_of)
{
    size_t S = state->world->server_count;
    memmove(state->cluster_of, cluster_of, sizeof *cluster_of * S);
    for (size_t at = 0; at < state->world->queue_count * S; at++) {
        double until_s = busy_until_s != NULL ? busy_until_s[at % busy_count] : 0.0;
        state->accounts[at] =
            (dcat_server_account){.busy_until_s = until_s, .fifo_until_s = until_s};
    }
    state->payment_total = 0.0;
    state->now_s = 0.0;
    state_form(state);
}

void state_place(dcat_state *state, const double *busy_until_s, const int32_t *cluster_of)
{
    place(state, busy_until_s, state->world->server_count, cluster_of);
}

void state_place_queues(dcat_state *state, const double *busy_until_s, const int32_t *cluster_of)
{
    place(state, busy_until_s, state->world->queue_count * state->world->server_count, cluster_of);
}

void state_queues(const dcat_state *state, double *busy_until_s)
{
    size_t S = state->world->server_count;
    for (size_t i = 0; i < S; i++) {
        busy_until_s[i] = 0.0;
        for (size_t queue = 0; queue < state->world->queue_count; queue++) {
            dcat_server_account account = state->accounts[queue * S + i];
            for (size_t q = 0; q < state->plane_count; q++) {
                const plane *p = &state->planes[q];
                if (p->queue == queue) {
                    plane_add_queue(p, (int32_t)i, &account);
                }
            }
            busy_until_s[i] = fmax(busy_until_s[i], account.busy_until_s);
        }
    }
}

void state_delay(dcat_state *state, int32_t cluster, double extra_s)
{
    for (size_t q = 0; q < state->plane_count; q++) {
        plane_delay(&state->planes[q], cluster, extra_s);
    }
    // With resources a cluster's queues follow from those of its servers.
    bool mixed = state->world->config.resources != NULL;
    for (size_t queue = 0; mixed && queue < state->world->queue_count; queue++) {
        dcat_server_account *accounts = &state->accounts[queue * state->world->server_count];
        for (int32_t m = state->member_first[cluster]; m < state->member_first[cluster + 1]; m++) {
            accounts[state->members[m]].busy_until_s += extra_s;
        }
    }
}

void state_delay_team(dcat_state *state, int32_t cluster, int32_t class_id, double extra_s)
{
    plane *p = &state->planes[class_id];
    if (plane_worker_count(p, cluster) > 0) {
        plane_set_busy(p, cluster, p->busy_until_s[cluster] + extra_s);
        if (p->meets != NULL) {
            plane_tell(state->planes, p, cluster);
        }
    }
}

void dcat_state_set_clusters(dcat_state *state, const int32_t *cluster_of)
{
    state_settle(state);
    memcpy(state->cluster_of, cluster_of, sizeof *cluster_of * state->world->server_count);
    state_form(state);
}

dcat_status dcat_state_try_clusters(dcat_state *state, const int32_t *cluster_of, dcat_error *err)
{
    size_t S = state->world->server_count;
    int32_t *labels = malloc(sizeof *labels * 3 * S); // and scratch
    if (labels == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory to look at %zu servers", S);
    }
    dcat_status status = partition_check(state->world, cluster_of, &labels[S], err);
    if (status == DCAT_OK) {
        memcpy(labels, cluster_of, sizeof *labels * S);
        dcat_partition_canonical(labels, S, &labels[S]);
        dcat_state_set_clusters(state, labels);
    }
    free(labels);
    return status;
}

void dcat_state_set_bidders(dcat_state *state, const int32_t *bidder_of)
{
    bidders_set(&state->bidders, bidder_of, state->cluster_count);
    choose_path(state);
}

// --- views

const dcat_world *dcat_state_world(const dcat_state *state)
{
    return state->world;
}

const dcat_auction *dcat_state_auction(const dcat_state *state)
{
    return state->auction;
}

const dcat_market_config *dcat_state_market_view(const dcat_state *state)
{
    return &state->market;
}

const dcat_auction_rules *dcat_state_rules_view(const dcat_state *state)
{
    return state->rules;
}

int32_t dcat_state_cluster_count(const dcat_state *state)
{
    return state->cluster_count;
}

const int32_t *dcat_state_cluster_of_view(const dcat_state *state)
{
    return state->cluster_of;
}

const int32_t *dcat_state_bidder_of_view(const dcat_state *state)
{
    return state->bidders.of;
}

dcat_cluster_view dcat_state_cluster(const dcat_state *state, int32_t cluster)
{
    return dcat_state_team(state, cluster, 0);
}

dcat_cluster_view dcat_state_team(const dcat_state *state, int32_t cluster, int32_t class_id)
{
    assert(cluster >= 0 && cluster < state->cluster_count);
    assert(class_id >= 0 && (size_t)class_id < state->plane_count);
    const plane *p = &state->planes[class_id];
    int32_t first = state->member_first[cluster];
    return (dcat_cluster_view){
        .members = &state->members[first],
        .member_count = (size_t)(state->member_first[cluster + 1] - first),
        .workers = &p->workers[p->worker_first[cluster]],
        .worker_count = plane_worker_count(p, cluster),
        .speed_hz = p->speed_hz[cluster],
        .unit_cost_mean = p->unit_cost_mean[cluster],
        .unit_cost_max = p->unit_cost_max[cluster],
        .tariff = p->tariff[cluster],
        .unit_limit = p->unit_limit[cluster],
        .unit_start = p->unit_start[cluster],
        .busy_until_s = p->busy_until_s[cluster],
    };
}

dcat_server_account dcat_state_queue(const dcat_state *state, int32_t server, size_t queue)
{
    assert(server >= 0 && (size_t)server < state->world->server_count);
    assert(queue < state->world->queue_count);
    return account_of(state, queue, server);
}

dcat_server_account dcat_state_server(const dcat_state *state, int32_t server)
{
    dcat_server_account sum = dcat_state_queue(state, server, 0);
    for (size_t queue = 1; queue < state->world->queue_count; queue++) {
        dcat_server_account account = dcat_state_queue(state, server, queue);
        sum.busy_until_s = fmax(sum.busy_until_s, account.busy_until_s);
        sum.fifo_until_s = fmax(sum.fifo_until_s, account.fifo_until_s);
        sum.busy_s += account.busy_s;
        sum.work_cycles += account.work_cycles;
        sum.payment += account.payment;
        sum.cost += account.cost;
    }
    return sum;
}
