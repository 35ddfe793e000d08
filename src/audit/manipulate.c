// SPDX-License-Identifier: Apache-2.0
// What no single auction rules out, measured over a run: keeping a cluster out of the market,
// saying in every auction that one is faster or slower, cheaper or dearer than one is, or has a
// device that is better at some work.
//
// One tries at a time and all others stay honest. Clusters stay those of the honest run, so that
// what is measured is the auctions' answer and not the clusterer's. Demand is the same too. These
// are attempts, not optima: a cleverer owner may gain more.

#include "audit/meter.h"

#include "dcat/x/world_facts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What is said, as multiples of the truth. Choice: small lies are tried beside large ones, since
// under a tight ceiling only the small ones pay.
static const double speed_factors[DCAT_AUDIT_SPEED_FACTORS] = {0.8, 0.9, 1.1, 1.2};
static const double cost_factors[DCAT_AUDIT_COST_FACTORS] = {1.02, 1.05, 1.1, 1.2, 1.5};
static const double efficiency_factors[DCAT_AUDIT_EFFICIENCY_FACTORS] = {0.8, 1.25, 2.0};
static const double memory_factor = DCAT_AUDIT_MEMORY_FACTOR;

// A withheld server is this much of its speed: no task finishes on it before any deadline, and in a
// cluster with others it adds and earns nothing.
#define WITHHELD 1e-9

// --- the experiment

typedef struct experiment {
    const dcat_world *world;
    audit_plan plan;
    uint32_t cycle_count;
    size_t attempt_max;
    size_t server_count;
    int32_t cluster_count; // in the first cycle
    double *honest;        // [S] utility of every server when all are honest
    double honest_platform;
    // Of the attempt at hand, [S].
    double *gamed, *speed_factor, *cost_factor;
    bool *mine;
    dcat_device_lie lie;
    bool lies; // somebody tells that one
} experiment;

// How many of those who could try do: the first and others evenly after it.
static size_t attempts_of(const experiment *x, size_t count)
{
    return x->attempt_max > 0 && count > x->attempt_max ? x->attempt_max : count;
}

static void nobody_lies(experiment *x)
{
    for (size_t i = 0; i < x->server_count; i++) {
        x->speed_factor[i] = 1.0;
        x->cost_factor[i] = 1.0;
        x->mine[i] = false;
        x->gamed[i] = 0.0;
    }
    x->lies = false;
}

// Walk with what servers say in speed_factor and cost_factor, into m and gamed.
static dcat_status walk_lie(experiment *x, bool slow, audit_meter *m, dcat_error *err)
{
    *m = (audit_meter){.world = x->world,
                       .speed_factor = slow ? x->speed_factor : NULL,
                       .lie = x->lies ? &x->lie : NULL,
                       .watched = x->mine,
                       .utility = x->gamed};
    memset(x->gamed, 0, sizeof *x->gamed * x->server_count);
    const audit_change change = {.speed_factor = x->speed_factor,
                                 .cost_factor = x->cost_factor,
                                 .lie = m->lie,
                                 .handicap = NAN};
    dcat_world *variant = NULL;
    dcat_status status = audit_world_variant(x->world, &change, &variant, err);
    if (status == DCAT_OK) {
        const dcat_env_hooks hooks = {.user = m, .after_task = audit_meter_award};
        dcat_totals totals;
        status = audit_walk(&x->plan, variant, x->cycle_count, &hooks, &totals, err);
        dcat_world_destroy(variant);
    }
    return status;
}

static double sum_of_mine(const experiment *x, const double *utility)
{
    double sum = 0.0;
    for (size_t i = 0; i < x->server_count; i++) {
        sum += x->mine[i] ? utility[i] : 0.0;
    }
    return sum;
}

// Book one attempt: gamed is what those who tried earned, m the run in which they did.
static void book(dcat_audit_gain *gain, const experiment *x, double gamed, const audit_meter *m)
{
    double honest = sum_of_mine(x, x->honest);
    gain->attempt_count++;
    gain->honest += honest;
    gain->gamed += gamed;
    gain->platform_honest += x->honest_platform;
    gain->platform_gamed += m->platform;
    gain->award_count += m->award_count;
    gain->late += m->late;
    if (gamed > honest + AUDIT_TOLERANCE * fabs(honest)) {
        gain->gainful++;
        gain->largest = fmax(gain->largest, gamed - honest);
    }
}

// --- withholding

static bool in_cluster(const experiment *x, size_t server, int32_t cluster)
{
    return x->plan.cluster_of[server] == cluster; // of the first cycle
}

static void middle_of(const experiment *x, int32_t cluster, double middle[3])
{
    double count = 0.0;
    middle[0] = middle[1] = middle[2] = 0.0;
    for (size_t i = 0; i < x->server_count; i++) {
        if (in_cluster(x, i, cluster)) {
            double position[3];
            dcat_world_position_m(x->world, (int)i, position);
            for (int d = 0; d < 3; d++) {
                middle[d] += position[d];
            }
            count++;
        }
    }
    for (int d = 0; d < 3; d++) {
        middle[d] /= count;
    }
}

static bool is_among(const int32_t *list, int count, int32_t cluster)
{
    for (int i = 0; i < count; i++) {
        if (list[i] == cluster) {
            return true;
        }
    }
    return false;
}

// The cluster nearest to the first of owned that is not owned yet.
static int32_t nearest_other(const experiment *x, const int32_t *owned, int owned_count)
{
    double from[3];
    middle_of(x, owned[0], from);
    int32_t best = -1;
    double best_square = INFINITY;
    for (int32_t k = 0; k < x->cluster_count; k++) {
        double to[3];
        middle_of(x, k, to);
        double square = (to[0] - from[0]) * (to[0] - from[0]) +
                        (to[1] - from[1]) * (to[1] - from[1]) +
                        (to[2] - from[2]) * (to[2] - from[2]);
        if (!is_among(owned, owned_count, k) && square < best_square) {
            best = k;
            best_square = square;
        }
    }
    return best;
}

// The owner of owned [count] tries each of them, and keeps what pays best, honesty included. Where
// servers have owners it is one of those, and its servers in a cluster stay away.
static dcat_status withhold_best(experiment *x, const int32_t *owned, int count, int32_t owner,
                                 dcat_audit_gain *gain, dcat_error *err)
{
    const dcat_server *servers = dcat_world_servers_view(x->world);
    nobody_lies(x);
    for (size_t i = 0; i < x->server_count; i++) {
        x->mine[i] = owner != DCAT_NO_OWNER ? servers[i].owner == owner
                                            : is_among(owned, count, x->plan.cluster_of[i]);
    }
    double best = sum_of_mine(x, x->honest);
    audit_meter best_meter = {.platform = x->honest_platform};
    for (int w = 0; w < count; w++) {
        for (size_t i = 0; i < x->server_count; i++) {
            x->speed_factor[i] = x->mine[i] && in_cluster(x, i, owned[w]) ? WITHHELD : 1.0;
        }
        audit_meter m;
        dcat_status status = walk_lie(x, false, &m, err);
        if (status != DCAT_OK) {
            return status;
        }
        double earned = sum_of_mine(x, x->gamed);
        if (earned > best) {
            best = earned;
            best_meter = m;
        }
    }
    book(gain, x, best, &best_meter);
    return DCAT_OK;
}

// The clusters in which an owner has servers, the first few of them.
static int clusters_of(const experiment *x, int32_t owner, int32_t *owned)
{
    const dcat_server *servers = dcat_world_servers_view(x->world);
    int count = 0;
    for (size_t i = 0; i < x->server_count && count < DCAT_AUDIT_OWNED_CLUSTERS; i++) {
        if (servers[i].owner == owner && !is_among(owned, count, x->plan.cluster_of[i])) {
            owned[count++] = x->plan.cluster_of[i];
        }
    }
    return count;
}

// Every owner of servers in several clusters, where servers have owners; says whether there are
// any.
static bool try_owners(experiment *x, dcat_audit_gain *gain, dcat_status *status, dcat_error *err)
{
    const dcat_server *servers = dcat_world_servers_view(x->world);
    int32_t owner_max = DCAT_NO_OWNER;
    for (size_t i = 0; i < x->server_count; i++) {
        owner_max = servers[i].owner > owner_max ? servers[i].owner : owner_max;
    }
    size_t left = attempts_of(x, (size_t)owner_max);
    for (int32_t o = 1; o <= owner_max && left > 0 && *status == DCAT_OK; o++) {
        int32_t owned[DCAT_AUDIT_OWNED_CLUSTERS];
        int count = clusters_of(x, o, owned);
        if (count > 1) {
            *status = withhold_best(x, owned, count, o, gain, err);
            left--;
        }
    }
    return owner_max != DCAT_NO_OWNER;
}

static dcat_status try_withholding(experiment *x, dcat_audit_gain *gain, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    if (try_owners(x, gain, &status, err)) {
        return status;
    }
    size_t clusters = (size_t)x->cluster_count;
    size_t attempts = attempts_of(x, clusters);
    for (size_t a = 0; a < attempts && status == DCAT_OK; a++) {
        int32_t owned[DCAT_AUDIT_OWNED_CLUSTERS] = {(int32_t)(a * clusters / attempts)};
        int count = 1;
        while (count < DCAT_AUDIT_OWNED_CLUSTERS && count + 1 < x->cluster_count) {
            owned[count] = nearest_other(x, owned, count);
            count++;
        }
        status = withhold_best(x, owned, count, DCAT_NO_OWNER, gain, err);
    }
    return status;
}

// --- speed and cost

// One kind of lie: by which factors, into which array of the experiment, and what came of it.
typedef struct lie {
    const double *factors; // [factor_count]
    size_t factor_count;
    double *said; // [S], or one number where the lie is about a device
    bool about_device;
    bool slow;                  // awards take longer than said
    dcat_audit_gain *by_factor; // [factor_count]
    dcat_audit_gain *best;      // Nullable: of each the factor that pays it best, or honesty
} lie;

// Those who are mine try every factor.
static dcat_status try_factors(experiment *x, const lie *l, dcat_error *err)
{
    double best = sum_of_mine(x, x->honest);
    audit_meter best_meter = {.platform = x->honest_platform};
    for (size_t f = 0; f < l->factor_count; f++) {
        for (size_t i = 0; i < x->server_count && !l->about_device; i++) {
            l->said[i] = x->mine[i] ? l->factors[f] : 1.0;
        }
        if (l->about_device) {
            *l->said = l->factors[f];
        }
        audit_meter m;
        dcat_status status = walk_lie(x, l->slow, &m, err);
        if (status != DCAT_OK) {
            return status;
        }
        double earned = sum_of_mine(x, x->gamed);
        l->by_factor[f].factor = l->factors[f];
        book(&l->by_factor[f], x, earned, &m);
        if (earned > best) {
            best = earned;
            best_meter = m;
        }
    }
    if (l->best != NULL) {
        book(l->best, x, best, &best_meter);
    }
    return DCAT_OK;
}

static dcat_status try_speed(experiment *x, dcat_audit_manipulation *made, dcat_error *err)
{
    const lie speed = {.factors = speed_factors,
                       .factor_count = DCAT_AUDIT_SPEED_FACTORS,
                       .said = x->speed_factor,
                       .slow = true,
                       .by_factor = made->speed,
                       .best = &made->speed_best};
    dcat_status status = DCAT_OK;
    size_t attempts = attempts_of(x, x->server_count);
    for (size_t a = 0; a < attempts && status == DCAT_OK; a++) {
        nobody_lies(x);
        x->mine[a * x->server_count / attempts] = true;
        status = try_factors(x, &speed, err);
    }
    return status;
}

static dcat_status try_cost(experiment *x, dcat_audit_manipulation *made, dcat_error *err)
{
    const lie cost = {.factors = cost_factors,
                      .factor_count = DCAT_AUDIT_COST_FACTORS,
                      .said = x->cost_factor,
                      .by_factor = made->cost,
                      .best = &made->cost_best};
    dcat_status status = DCAT_OK;
    size_t clusters = (size_t)x->cluster_count;
    size_t attempts = attempts_of(x, clusters);
    for (size_t a = 0; a < attempts && status == DCAT_OK; a++) {
        nobody_lies(x);
        for (size_t i = 0; i < x->server_count; i++) {
            x->mine[i] = in_cluster(x, i, (int32_t)(a * clusters / attempts));
        }
        status = try_factors(x, &cost, err);
    }
    return status;
}

// --- devices

// One of the classes that the server can do, another one for another server; -1: none.
static int class_to_lie_about(const experiment *x, size_t server)
{
    const dcat_member *members = dcat_world_members_view(x->world);
    size_t Q = dcat_world_class_count(x->world);
    for (size_t turn = 0; turn < Q; turn++) {
        size_t q = (server + turn) % Q;
        if (members[q * x->server_count + server].speed_hz > 0.0) {
            return (int)q;
        }
    }
    return -1;
}

// The first class into which more memory lets the server, or into which it may help a team that
// shares; -1: none.
static dcat_status class_to_fit(const experiment *x, size_t server, int *found, dcat_error *err)
{
    const dcat_resources *resources = dcat_world_config_view(x->world)->resources;
    const dcat_class *classes = dcat_resources_classes_view(resources);
    dcat_status status = DCAT_OK;
    *found = -1;
    for (size_t q = 0; q < dcat_resources_class_count(resources) && *found < 0; q++) {
        const dcat_device_lie more = {(int)server, (int)q, 1.0, memory_factor};
        dcat_resources *said = NULL;
        status = dcat_resources_said(resources, NULL, NULL, &more, &said, err);
        if (status != DCAT_OK) {
            return status;
        }
        bool able = dcat_effective_speed_hz(said, (int)server, (int)q) > 0.0;
        bool let_in = dcat_effective_speed_hz(resources, (int)server, (int)q) == 0.0 ||
                      (classes[q].memory_mode == DCAT_MEMORY_SUM && classes[q].memory_bytes > 0.0);
        *found = able && let_in ? (int)q : -1;
        dcat_resources_destroy(said);
    }
    return status;
}

static dcat_status try_device(experiment *x, size_t server, int class_id, const lie *l,
                              dcat_error *err)
{
    nobody_lies(x);
    x->mine[server] = true;
    x->lies = true;
    x->lie = (dcat_device_lie){(int)server, class_id, 1.0, 1.0};
    return try_factors(x, l, err);
}

static dcat_status try_devices(experiment *x, dcat_audit_manipulation *made, dcat_error *err)
{
    const lie efficiency = {.factors = efficiency_factors,
                            .factor_count = DCAT_AUDIT_EFFICIENCY_FACTORS,
                            .said = &x->lie.efficiency_factor,
                            .about_device = true,
                            .by_factor = made->efficiency,
                            .best = &made->efficiency_best};
    const lie memory = {.factors = &memory_factor,
                        .factor_count = 1,
                        .said = &x->lie.memory_factor,
                        .about_device = true,
                        .by_factor = &made->memory};
    dcat_status status = DCAT_OK;
    size_t attempts = attempts_of(x, x->server_count);
    for (size_t a = 0; a < attempts && status == DCAT_OK; a++) {
        size_t server = a * x->server_count / attempts;
        int able = class_to_lie_about(x, server), fits;
        if (able >= 0) {
            status = try_device(x, server, able, &efficiency, err);
        }
        if (status == DCAT_OK) {
            status = class_to_fit(x, server, &fits, err);
        }
        if (status == DCAT_OK && fits >= 0) {
            status = try_device(x, server, fits, &memory, err);
        }
    }
    return status;
}

// --- all

static dcat_status measure_honesty(experiment *x, dcat_error *err)
{
    audit_meter m = {.world = x->world, .utility = x->honest};
    dcat_totals totals;
    const dcat_env_hooks earnings = {.user = &m, .after_task = audit_meter_award};
    dcat_status status = audit_walk(&x->plan, x->world, x->cycle_count, &earnings, &totals, err);
    x->honest_platform = m.platform;
    return status;
}

static dcat_status prepare(experiment *x, dcat_error *err)
{
    size_t S = x->server_count;
    for (size_t i = 0; i < S; i++) {
        x->cluster_count = x->plan.cluster_of[i] + 1 > x->cluster_count ? x->plan.cluster_of[i] + 1
                                                                        : x->cluster_count;
    }
    x->honest = calloc(S, sizeof *x->honest);
    x->gamed = calloc(S, sizeof *x->gamed);
    x->speed_factor = calloc(S, sizeof *x->speed_factor);
    x->cost_factor = calloc(S, sizeof *x->cost_factor);
    x->mine = calloc(S, sizeof *x->mine);
    bool complete = x->honest != NULL && x->gamed != NULL && x->speed_factor != NULL &&
                    x->cost_factor != NULL && x->mine != NULL;
    return complete ? DCAT_OK : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an experiment");
}

static void release(experiment *x)
{
    free(x->honest);
    free(x->gamed);
    free(x->speed_factor);
    free(x->cost_factor);
    free(x->mine);
    audit_plan_free(&x->plan);
}

dcat_status audit_manipulate(const dcat_world *world, const audit_run *run, uint32_t cycle_count,
                             size_t attempt_max, dcat_audit_manipulation *result, dcat_error *err)
{
    audit_run shorter = *run;
    if (cycle_count > 0 && cycle_count < run->cycle_count) {
        shorter.cycle_count = cycle_count;
    }
    dcat_audit_manipulation made = {0};
    experiment x = {.world = world,
                    .cycle_count = shorter.cycle_count,
                    .attempt_max = attempt_max,
                    .server_count = dcat_world_server_count(world)};
    dcat_status status = audit_plan_create(world, &shorter, &x.plan, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = prepare(&x, err);
    if (status == DCAT_OK) {
        status = measure_honesty(&x, err);
    }
    if (status == DCAT_OK) {
        status = audit_users(&x.plan, world, &made.deadline, err);
    }
    if (status == DCAT_OK) {
        status = try_withholding(&x, &made.withhold, err);
    }
    if (status == DCAT_OK) {
        status = try_speed(&x, &made, err);
    }
    if (status == DCAT_OK) {
        status = try_cost(&x, &made, err);
    }
    if (status == DCAT_OK && dcat_world_config_view(world)->resources != NULL) {
        status = try_devices(&x, &made, err);
    }
    release(&x);
    if (status == DCAT_OK) {
        *result = made;
    }
    return status;
}
