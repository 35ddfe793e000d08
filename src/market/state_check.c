// SPDX-License-Identifier: Apache-2.0
// The invariants of a state, for tests after every slot.

#include "market/state.h"

#include "dcat/partition.h"
#include "dcat/x/constraint.h"
#include <math.h>

#define TOLERANCE 1e-9

static bool near(double a, double b)
{
    return fabs(a - b) <= TOLERANCE * fmax(1.0, fmax(fabs(a), fabs(b)));
}

static dcat_status check_members(const dcat_state *state, int32_t k, dcat_error *err)
{
    for (int32_t m = state->member_first[k]; m < state->member_first[k + 1]; m++) {
        int32_t i = state->members[m];
        if (state->cluster_of[i] != k) {
            return dcat_fail(err, DCAT_ERR_INTERNAL,
                             "server %d is listed in cluster %d but is in %d", i, k,
                             state->cluster_of[i]);
        }
        if (m > state->member_first[k] && state->members[m - 1] >= i) {
            return dcat_fail(err, DCAT_ERR_INTERNAL, "members of cluster %d are not ascending", k);
        }
    }
    return DCAT_OK;
}

// A task starts at now + (end - now) of the one before, which may round below that end; a shorter
// one than that leaves the cluster free a rounding earlier.
static bool is_past(double server_s, double cluster_s)
{
    return server_s > cluster_s * (1.0 + 1e-12);
}

// Those who work make up the cluster's speed and queue.
static dcat_status check_workers(const dcat_state *state, const plane *p, int32_t k,
                                 dcat_error *err)
{
    double speed_hz = 0.0, last_s = 0.0;
    for (int32_t m = p->worker_first[k]; m < p->worker_first[k + 1]; m++) {
        int32_t i = p->workers[m];
        if (p->works_in[i] != k || state->cluster_of[i] != k) {
            return dcat_fail(err, DCAT_ERR_INTERNAL,
                             "server %d is to work in cluster %d but is in %d, works in %d", i, k,
                             state->cluster_of[i], p->works_in[i]);
        }
        double busy_until_s = dcat_state_queue(state, i, p->queue).busy_until_s;
        double before_s = state->accounts[p->queue * state->world->server_count + (size_t)i]
                              .busy_until_s; // it joined
        if (is_past(before_s, p->busy_until_s[k]) || is_past(busy_until_s, p->busy_until_s[k])) {
            return dcat_fail(err, DCAT_ERR_INTERNAL,
                             "server %d is busy until %.17g s, past its cluster's %.17g s", i,
                             fmax(before_s, busy_until_s), p->busy_until_s[k]);
        }
        speed_hz += p->servers[i].speed_hz;
        last_s = fmax(last_s, fmax(before_s, busy_until_s));
    }
    if (!near(speed_hz * 1e-9, p->speed_hz[k] * 1e-9)) {
        return dcat_fail(err, DCAT_ERR_INTERNAL,
                         "cluster %d has speed %.17g Hz, members sum to %.17g", k, p->speed_hz[k],
                         speed_hz);
    }
    if (p->meets != NULL && !near(last_s, p->busy_until_s[k])) {
        return dcat_fail(err, DCAT_ERR_INTERNAL,
                         "cluster %d is busy until %.17g s for class %d, its servers until %.17g s",
                         k, p->busy_until_s[k], p->class_id, last_s);
    }
    return DCAT_OK;
}

// Where nobody works there is nothing; without resources, everybody who does not opt out does.
static dcat_status check_idle(const dcat_state *state, const plane *p, int32_t k, dcat_error *err)
{
    if (state->world->config.resources == NULL) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "nobody works in cluster %d", k);
    }
    if (p->speed_hz[k] != 0.0 || p->unit_standing[k] < INFINITY || p->busy_until_s[k] != 0.0 ||
        (p->scan.ready && p->scan.rank_of[k] >= 0)) {
        return dcat_fail(err, DCAT_ERR_INTERNAL,
                         "nobody works on class %d in cluster %d, which has %.17g Hz and is busy "
                         "until %.17g s",
                         p->class_id, k, p->speed_hz[k], p->busy_until_s[k]);
    }
    return DCAT_OK;
}

// A cluster as one class of work sees it.
static dcat_status check_plane(const dcat_state *state, const plane *p, int32_t k, dcat_error *err)
{
    if (!(p->busy_until_s[k] >= 0.0 && isfinite(p->busy_until_s[k]))) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "cluster %d is busy until %.17g s", k,
                         p->busy_until_s[k]);
    }
    if (p->worker_first[k] >= p->worker_first[k + 1]) {
        return check_idle(state, p, k, err);
    }
    const scan *s = &p->scan;
    if (s->ready && s->clusters.queue[s->rank_of[k]].busy_until_s != p->busy_until_s[k]) {
        return dcat_fail(err, DCAT_ERR_INTERNAL,
                         "cluster %d is busy until %.17g s, a slot step sees %.17g s", k,
                         p->busy_until_s[k], s->clusters.queue[s->rank_of[k]].busy_until_s);
    }
    return check_workers(state, p, k, err);
}

static dcat_status check_cluster(const dcat_state *state, int32_t k, dcat_error *err)
{
    if (state->member_first[k] >= state->member_first[k + 1]) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "cluster %d has no members", k);
    }
    dcat_status status = check_members(state, k, err);
    for (size_t q = 0; status == DCAT_OK && q < state->plane_count; q++) {
        status = check_plane(state, &state->planes[q], k, err);
    }
    return status;
}

// Money is conserved: the servers hold exactly what was ever paid.
static dcat_status check_money(const dcat_state *state, dcat_error *err)
{
    double payment = 0.0;
    for (size_t i = 0; i < state->world->server_count; i++) {
        payment += dcat_state_server(state, (int32_t)i).payment;
    }
    if (!near(payment, state->payment_total)) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "servers were paid %.17g, the platform paid %.17g",
                         payment, state->payment_total);
    }
    return DCAT_OK;
}

dcat_status dcat_state_check(const dcat_state *state, dcat_error *err)
{
    if (state->member_first[0] != 0 ||
        (size_t)state->member_first[state->cluster_count] != state->world->server_count) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "the clusters do not hold all servers");
    }
    dcat_status status = DCAT_OK;
    for (int32_t k = 0; status == DCAT_OK && k < state->cluster_count; k++) {
        status = check_cluster(state, k, err);
    }
    if (status == DCAT_OK) {
        status = dcat_check_10c(state->world, state->cluster_of, err);
    }
    return status == DCAT_OK ? check_money(state, err) : status;
}
