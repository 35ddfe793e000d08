// SPDX-License-Identifier: Apache-2.0
#include "market/plane.h"

#include "base/bits.h"
#include "dcat/x/resources.h"
#include "market/state.h"
#include <math.h>
#include <string.h>

void plane_layout(arena *a, const dcat_state *state, const plane *first, plane *p)
{
    size_t S = state->world->server_count;
    const dcat_world_config *config = &state->world->config;
    bool mixed = config->resources != NULL, some = config->auction.opt_out || mixed;
    p->works_in = some ? ARENA_ARRAY(a, int32_t, S) : state->cluster_of;
    p->worker_first = some ? ARENA_ARRAY(a, int32_t, S + 1) : state->member_first;
    p->workers = some ? ARENA_ARRAY(a, int32_t, S) : state->members;
    double **by_cluster[] = {
        &p->speed_hz,        &p->unit_cost_mean,  &p->unit_cost_max, &p->tariff,
        &p->unit_limit,      &p->unit_break_even, &p->unit_start,    &p->own_start,
        &p->unit_standing,   &p->busy_until_s,    &p->fifo_until_s,  &p->cluster_work_cycles,
        &p->cluster_payment, &p->cluster_busy_s,  &p->ratio_max,
    };
    for (size_t i = 0; i < sizeof by_cluster / sizeof *by_cluster; i++) {
        *by_cluster[i] = ARENA_ARRAY(a, double, S);
    }
    p->own_busy_s = mixed ? ARENA_ARRAY(a, double, S) : p->busy_until_s;
    p->own_fifo_s = mixed ? ARENA_ARRAY(a, double, S) : p->fifo_until_s;
    p->meets = mixed ? ARENA_ARRAY(a, uint64_t, S) : NULL;
    p->stretch = config->true_speed_hz != NULL ? ARENA_ARRAY(a, double, S) : NULL;
    scan_layout(a, state->world, first != NULL ? &first->scan : NULL, &p->scan);
}

void plane_init(const dcat_state *state, int32_t class_id, plane *p)
{
    const dcat_world *world = state->world;
    const world_class *wanted = &world->classes[class_id];
    p->price_per_gigacycle = wanted->price_per_gigacycle;
    p->urgency_s = wanted->urgency_s;
    p->class_id = class_id;
    p->queue = wanted->queue;
    p->servers = &world->members[(size_t)class_id * world->server_count];
    scan_init(&p->scan, state->auction);
}

// --- earnings

dcat_member_share plane_member_share(const plane *p, const dcat_share *share, int32_t server,
                                     double work_cycles, double payment)
{
    int32_t k = p->works_in[server];
    if (k < 0) {
        return (dcat_member_share){0};
    }
    const dcat_member *member = &p->servers[server];
    const dcat_share_team team = {.member_count = plane_worker_count(p, k),
                                  .speed_hz = p->speed_hz[k],
                                  .unit_cost_mean = p->unit_cost_mean[k],
                                  .unit_cost_max = p->unit_cost_max[k],
                                  .tariff = p->tariff[k],
                                  .ratio_max = p->ratio_max[k]};
    double share_cycles = work_cycles * (member->speed_hz / team.speed_hz);
    return (dcat_member_share){
        .work_cycles = share_cycles,
        .payment = share->pay(share, &team, member, work_cycles, payment),
        .cost = share_cycles * member->unit_cost,
    };
}

// The cluster in which a server has worked since it was formed, or -1.
static inline int32_t worked_in(const plane *p, int32_t server)
{
    int32_t k = p->works_in[server];
    return k >= 0 && p->cluster_work_cycles[k] > 0.0 ? k : -1;
}

// Members work in step. Where classes wait in one queue it ends with the last of them.
void plane_add_queue(const plane *p, int32_t server, dcat_server_account *account)
{
    int32_t k = worked_in(p, server);
    if (k >= 0 && p->meets == NULL) {
        account->busy_until_s = p->busy_until_s[k];
        account->fifo_until_s = p->fifo_until_s[k];
    } else if (k >= 0) {
        account->busy_until_s = fmax(account->busy_until_s, p->own_busy_s[k]);
        account->fifo_until_s = fmax(account->fifo_until_s, p->own_fifo_s[k]);
    }
}

void plane_add_earnings(const plane *p, const dcat_share *share, int32_t server,
                        dcat_server_account *account)
{
    int32_t k = worked_in(p, server);
    if (k >= 0) {
        dcat_member_share part =
            plane_member_share(p, share, server, p->cluster_work_cycles[k], p->cluster_payment[k]);
        account->work_cycles += part.work_cycles;
        account->payment += part.payment;
        account->cost += part.cost;
        account->busy_s += p->cluster_busy_s[k];
    }
}

// --- who works

// Members who can work on the class, into found [member_count]; returns how many.
static size_t find_able(const plane *p, const int32_t *members, size_t member_count, int32_t *found)
{
    size_t count = 0;
    for (size_t m = 0; m < member_count; m++) {
        if (p->servers[members[m]].speed_hz > 0.0) {
            found[count++] = members[m];
        }
    }
    return count;
}

// A class of memory_mode sum needs devices that hold it together. Choice: those of the members who
// work, after some opted out.
static bool has_memory(const dcat_state *state, const plane *p, const int32_t *workers,
                       size_t count)
{
    const dcat_resources *resources = state->world->config.resources;
    return resources == NULL || dcat_team_of(resources, workers, count, p->class_id).count > 0;
}

static dcat_terms nobody(void)
{
    return (dcat_terms){
        .team = {.unit_cost_mean = INFINITY, .unit_cost_max = INFINITY, .ratio_max = INFINITY},
        .unit_limit = INFINITY,
        .unit_break_even = INFINITY,
    };
}

// Who of a cluster works, listed behind those of the clusters before it.
static dcat_terms find_terms(const dcat_state *state, plane *p, int32_t k)
{
    const int32_t *members = &state->members[state->member_first[k]];
    size_t member_count = (size_t)(state->member_first[k + 1] - state->member_first[k]);
    int32_t *workers = &p->workers[p->worker_first[k]];
    if (p->works_in == state->cluster_of) {
        return dcat_share_terms(&state->shares, p->servers, members, member_count, workers);
    }
    int32_t *able = state->candidate; // scratch
    size_t able_count = find_able(p, members, member_count, able);
    dcat_terms terms =
        able_count == 0 ? nobody()
                        : dcat_share_terms(&state->shares, p->servers, able, able_count, workers);
    if (!has_memory(state, p, workers, terms.team.member_count)) {
        terms = nobody();
    }
    p->worker_first[k + 1] = p->worker_first[k] + (int32_t)terms.team.member_count;
    for (size_t m = 0; m < member_count; m++) {
        p->works_in[members[m]] = -1;
    }
    for (size_t m = 0; m < terms.team.member_count; m++) {
        p->works_in[workers[m]] = k;
    }
    return terms;
}

static void sum_cluster(const dcat_state *state, plane *p, int32_t k)
{
    const dcat_terms terms = find_terms(state, p, k);
    const dcat_server_account *accounts = &state->accounts[p->queue * state->world->server_count];
    double busy_until_s = 0.0;
    double fifo_until_s = 0.0;
    for (int32_t m = p->worker_first[k]; m < p->worker_first[k + 1]; m++) {
        int32_t i = p->workers[m];
        busy_until_s = fmax(busy_until_s, accounts[i].busy_until_s);
        fifo_until_s = fmax(fifo_until_s, accounts[i].fifo_until_s);
    }
    p->speed_hz[k] = terms.team.speed_hz;
    p->unit_cost_mean[k] = terms.team.unit_cost_mean;
    p->unit_cost_max[k] = terms.team.unit_cost_max;
    p->tariff[k] = terms.team.tariff;
    p->ratio_max[k] = terms.team.ratio_max;
    p->unit_limit[k] = terms.unit_limit;
    p->unit_break_even[k] = terms.unit_break_even;
    p->own_start[k] = terms.unit_start;
    p->busy_until_s[k] = busy_until_s;
    p->fifo_until_s[k] = fifo_until_s;
    p->cluster_work_cycles[k] = 0.0;
    p->cluster_payment[k] = 0.0;
    p->cluster_busy_s[k] = 0.0;
    if (p->meets != NULL) {
        p->own_busy_s[k] = 0.0;
        p->own_fifo_s[k] = 0.0;
    }
}

// Workers are given work by the speeds that the platform knows; the slowest of them ends it.
static void find_stretch(const dcat_state *state, plane *p, int32_t k)
{
    const dcat_world *world = state->world;
    const double *true_hz = &world->true_speed_hz[(size_t)p->class_id * world->server_count];
    p->stretch[k] = 0.0;
    for (int32_t m = p->worker_first[k]; m < p->worker_first[k + 1]; m++) {
        int32_t i = p->workers[m];
        p->stretch[k] = fmax(p->stretch[k], p->servers[i].speed_hz / true_hz[i]);
    }
}

void plane_form(const dcat_state *state, plane *p)
{
    p->worker_first[0] = 0;
    for (int32_t k = 0; k < state->cluster_count; k++) {
        sum_cluster(state, p, k);
        if (p->stretch != NULL) {
            find_stretch(state, p, k);
        }
    }
}

// --- queues that classes share

static void note_meetings(const plane *p, const plane *other, uint64_t bit, int32_t cluster_count)
{
    for (int32_t k = 0; k < cluster_count; k++) {
        for (int32_t m = p->worker_first[k]; m < p->worker_first[k + 1]; m++) {
            p->meets[k] |= other->works_in[p->workers[m]] == k ? bit : 0;
        }
    }
}

void plane_find_meetings(const dcat_state *state, plane *p)
{
    if (p->meets == NULL) {
        return;
    }
    memset(p->meets, 0, sizeof *p->meets * (size_t)state->cluster_count);
    for (size_t q = 0; q < state->plane_count; q++) {
        const plane *other = &state->planes[q];
        if (other != p && other->queue == p->queue) {
            note_meetings(p, other, UINT64_C(1) << q, state->cluster_count);
        }
    }
}

void plane_delay(plane *p, int32_t cluster, double extra_s)
{
    if (plane_worker_count(p, cluster) == 0) {
        return;
    }
    plane_set_busy(p, cluster, p->busy_until_s[cluster] + extra_s);
    if (p->meets != NULL && p->own_busy_s[cluster] > 0.0) {
        p->own_busy_s[cluster] += extra_s;
    }
}

void plane_tell(plane *planes, const plane *p, int32_t cluster)
{
    double busy_until_s = p->busy_until_s[cluster], fifo_until_s = p->fifo_until_s[cluster];
    p->own_busy_s[cluster] = busy_until_s;
    p->own_fifo_s[cluster] = fifo_until_s;
    for (uint64_t left = p->meets[cluster]; left != 0; left &= left - 1) {
        plane *other = &planes[bits_first(left)];
        if (busy_until_s > other->busy_until_s[cluster]) {
            plane_set_busy(other, cluster, busy_until_s);
        }
        if (fifo_until_s > 0.0 && fifo_until_s > other->fifo_until_s[cluster]) { // 0: not kept
            other->fifo_until_s[cluster] = fifo_until_s;
        }
    }
}

// --- truth

// Choice: the queue moves by the time that work really takes, or by the promised one where it would
// never end, which is when it is given up. A late task pays no fee; its provider did the work and
// is paid.
void plane_keep_truth(plane *p, int32_t cluster, double start_s, double latest_s, dcat_award *award)
{
    double promised_s = award->processing_s, true_s = promised_s * p->stretch[cluster];
    bool ends = isfinite(true_s);
    award->processing_s = ends ? true_s : promised_s;
    award->late = !ends || start_s + true_s > latest_s + LATE_TOLERANCE_S;
    award->fee = award->late ? 0.0 : award->fee;
    plane_set_busy(p, cluster, start_s + award->processing_s);
    p->cluster_busy_s[cluster] += award->processing_s - promised_s;
}

// --- start prices

// Choice: all clusters of one bidder start from the highest of their own start prices. With
// different ones it would pay to keep away the cluster with the lower.
void plane_set_starts(const dcat_state *state, plane *p)
{
    double *highest = p->unit_standing; // by bidder, until the last loop
    for (int32_t k = 0; k < state->cluster_count; k++) {
        highest[k] = 0.0;
    }
    for (int32_t k = 0; k < state->cluster_count; k++) {
        int32_t bidder = state->bidders.of[k];
        highest[bidder] = fmax(highest[bidder], p->own_start[k]);
    }
    for (int32_t k = 0; k < state->cluster_count; k++) {
        p->unit_start[k] = highest[state->bidders.of[k]];
    }
    double ceiling = state->on_limits ? state->world->config.auction.ceiling_per_cycle : INFINITY;
    p->standing_max = 0.0;
    for (int32_t k = 0; k < state->cluster_count; k++) {
        bool stands = p->unit_limit[k] <= fmin(p->unit_start[k], ceiling);
        p->unit_standing[k] = stands ? p->unit_limit[k] : INFINITY;
        p->standing_max = fmax(p->standing_max, stands ? p->unit_limit[k] : 0.0);
    }
    scan_forget(&p->scan);
}
