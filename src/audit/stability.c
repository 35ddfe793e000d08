// SPDX-License-Identifier: Apache-2.0
// Whether members want to stay: what a server would earn alone, or in another cluster.
//
// One server at a time is somewhere else in every cycle of a run, everybody else where the
// clusterer put them; demand and draws are the same. What it would cost the platform is noted too.

#include "audit/audit.h"

#include "base/jobs.h"
#include "dcat/partition.h"
#include "dcat/x/model.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Who gains less than this share of what it earns stays.
#define WORTH_MOVING 0.01

typedef struct meter {
    double *utility; // [S]
    double platform;
} meter;

static void meter_award(void *user, const dcat_slot_record *slot, int32_t n,
                        const dcat_award *award)
{
    meter *m = user;
    if (award->outcome != DCAT_AUCTION_SOLD) {
        return;
    }
    dcat_cluster_view cluster =
        dcat_state_team(slot->state, award->cluster, slot->tasks[n].class_id);
    m->platform += dcat_profit(award->fee, award->payment);
    for (size_t i = 0; i < cluster.worker_count; i++) {
        dcat_member_share share =
            dcat_state_member_share(slot->state, slot->tasks[n].class_id, cluster.workers[i],
                                    slot->tasks[n].work_cycles, award->payment);
        m->utility[cluster.workers[i]] += share.payment - share.cost;
    }
}

typedef struct experiment {
    const dcat_world *world;
    size_t server_count;
    audit_plan plan, elsewhere; // as decided; with one server elsewhere
    double *honest, *moved;     // [S]
    double honest_platform;
    int32_t *scratch; // [S]
} experiment;

static dcat_status play(const experiment *x, const audit_plan *plan, double *utility,
                        double *platform, dcat_error *err)
{
    meter m = {.utility = utility};
    dcat_totals totals;
    const dcat_env_hooks hooks = {.user = &m, .after_task = meter_award};
    memset(utility, 0, sizeof *utility * x->server_count);
    dcat_status status = audit_walk(plan, x->world, 0, &hooks, &totals, err);
    *platform = m.platform;
    return status;
}

// May the server be with everybody of a cluster (10c)?
static bool may_join(const experiment *x, const int32_t *cluster_of, size_t server, int32_t cluster)
{
    double span_m_max = dcat_world_config_view(x->world)->span_m_max;
    for (size_t i = 0; i < x->server_count; i++) {
        if (cluster_of[i] == cluster && i != server &&
            dcat_world_distance_m(x->world, (int)server, (int)i) > span_m_max) {
            return false;
        }
    }
    return true;
}

static bool is_alone(const experiment *x, const int32_t *cluster_of, size_t server)
{
    for (size_t i = 0; i < x->server_count; i++) {
        if (i != server && cluster_of[i] == cluster_of[server]) {
            return false;
        }
    }
    return true;
}

// Put the server alone (host < 0), or with the cluster that holds the host wherever that may be;
// says whether that changes anything.
static bool put(experiment *x, size_t server, int32_t host)
{
    size_t S = x->server_count;
    bool changed = false;
    for (uint32_t cycle = 0; cycle < x->plan.run.cycle_count; cycle++) {
        const int32_t *from = x->plan.cluster_of + cycle * S;
        int32_t *to = x->elsewhere.cluster_of + cycle * S;
        memcpy(to, from, sizeof *to * S);
        if (host >= 0 && may_join(x, from, server, from[host])) {
            to[server] = from[host];
        } else if (host < 0 && !is_alone(x, from, server)) {
            to[server] = (int32_t)S - 1; // fewer clusters than servers: nobody has that number
        }
        dcat_partition_canonical(to, S, x->scratch);
        changed = changed || memcmp(to, from, sizeof *to * S) != 0;
    }
    return changed;
}

// In order of gain, as far as there is room.
static void name(dcat_audit_stays *stays, dcat_audit_stay stay)
{
    int32_t at = stays->count;
    while (at > 0 &&
           stays->of[at - 1].gamed - stays->of[at - 1].honest < stay.gamed - stay.honest) {
        at--;
    }
    if (at == DCAT_AUDIT_NAMED) {
        return;
    }
    stays->count += stays->count < DCAT_AUDIT_NAMED;
    memmove(&stays->of[at + 1], &stays->of[at],
            sizeof stays->of[0] * (size_t)(stays->count - 1 - at));
    stays->of[at] = stay;
}

static void name_all(dcat_audit_stays *stays, const dcat_audit_stays *more)
{
    for (int32_t i = 0; i < more->count; i++) {
        name(stays, more->of[i]);
    }
}

void audit_stability_add(dcat_audit_stability *sum, const dcat_audit_stability *part)
{
    audit_gain_add(&sum->leave, &part->leave);
    audit_gain_add(&sum->move, &part->move);
    name_all(&sum->would_leave, &part->would_leave);
    name_all(&sum->would_move, &part->would_move);
}

static void book(dcat_audit_gain *gain, dcat_audit_stays *stays, const experiment *x, size_t server,
                 double moved, double platform)
{
    double honest = x->honest[server];
    gain->attempt_count++;
    gain->honest += honest;
    gain->gamed += moved;
    gain->platform_honest += x->honest_platform;
    gain->platform_gamed += platform;
    if (moved > honest + WORTH_MOVING * fabs(honest) + AUDIT_TOLERANCE) {
        gain->gainful++;
        gain->largest = fmax(gain->largest, moved - honest);
        name(stays, (dcat_audit_stay){x->plan.run.seed, (int32_t)server, honest, moved,
                                      x->honest_platform, platform});
    }
}

// The best of staying and of what `put` makes of each host; leaving is the host -1 alone.
static dcat_status try_hosts(experiment *x, size_t server, bool moves, dcat_audit_stability *result,
                             dcat_error *err)
{
    dcat_audit_gain *gain = moves ? &result->move : &result->leave;
    dcat_audit_stays *stays = moves ? &result->would_move : &result->would_leave;
    double best = x->honest[server], best_platform = x->honest_platform;
    const int32_t *first = x->plan.cluster_of;
    dcat_status status = DCAT_OK;
    int32_t end = moves ? (int32_t)x->server_count : 0;
    for (int32_t host = moves ? 0 : -1; host < end && status == DCAT_OK; host++) {
        bool lowest = true; // one host stands for its cluster
        for (int32_t i = 0; i < host; i++) {
            lowest = lowest && first[i] != first[host];
        }
        bool other = host < 0 || (lowest && first[host] != first[server]);
        if (!other || !put(x, server, host)) {
            continue;
        }
        double platform;
        status = play(x, &x->elsewhere, x->moved, &platform, err);
        if (status == DCAT_OK && x->moved[server] > best) {
            best = x->moved[server];
            best_platform = platform;
        }
    }
    if (status == DCAT_OK) {
        book(gain, stays, x, server, best, best_platform);
    }
    return status;
}

static dcat_status try_all(experiment *x, size_t attempt_max, bool moves,
                           dcat_audit_stability *result, dcat_error *err)
{
    size_t S = x->server_count;
    size_t attempts = attempt_max > 0 && attempt_max < S ? attempt_max : S;
    dcat_status status = play(x, &x->plan, x->honest, &x->honest_platform, err);
    for (size_t a = 0; a < attempts && status == DCAT_OK; a++) {
        size_t server = a * S / attempts;
        status = try_hosts(x, server, false, result, err);
        if (status == DCAT_OK && moves) {
            status = try_hosts(x, server, true, result, err);
        }
    }
    return status;
}

dcat_status audit_stability(const dcat_world *world, const audit_run *run, uint32_t cycle_max,
                            size_t attempt_max, bool moves, dcat_audit_stability *result,
                            dcat_error *err)
{
    audit_run shorter = *run;
    shorter.cycle_count =
        cycle_max > 0 && cycle_max < run->cycle_count ? cycle_max : run->cycle_count;
    experiment x = {.world = world, .server_count = dcat_world_server_count(world)};
    dcat_status status = audit_plan_create(world, &shorter, &x.plan, err);
    if (status != DCAT_OK) {
        return status;
    }
    size_t S = x.server_count;
    x.elsewhere = x.plan;
    x.elsewhere.cluster_of = calloc(S * shorter.cycle_count, sizeof *x.elsewhere.cluster_of);
    x.honest = calloc(2 * S, sizeof *x.honest);
    x.scratch = calloc(S, sizeof *x.scratch);
    if (x.elsewhere.cluster_of == NULL || x.honest == NULL || x.scratch == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an experiment");
    } else {
        x.moved = x.honest + S;
        status = try_all(&x, attempt_max, moves, result, err);
    }
    free(x.elsewhere.cluster_of);
    free(x.honest);
    free(x.scratch);
    audit_plan_free(&x.plan);
    return status;
}

// --- every server of one run

typedef struct leaving {
    experiment honest;
    double *gain; // [S]
} leaving;

static dcat_status let_leave(void *user, size_t server, dcat_error *err)
{
    leaving *l = user;
    size_t S = l->honest.server_count;
    experiment x = l->honest;
    x.elsewhere.cluster_of = calloc(S * x.plan.run.cycle_count, sizeof *x.elsewhere.cluster_of);
    x.moved = calloc(S, sizeof *x.moved);
    x.scratch = calloc(S, sizeof *x.scratch);
    dcat_status status = DCAT_OK;
    if (x.elsewhere.cluster_of == NULL || x.moved == NULL || x.scratch == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an experiment");
    } else if (put(&x, server, -1)) {
        double platform;
        status = play(&x, &x.elsewhere, x.moved, &platform, err);
        l->gain[server] = x.moved[server] - x.honest[server];
    }
    free(x.elsewhere.cluster_of);
    free(x.moved);
    free(x.scratch);
    return status;
}

dcat_status dcat_audit_leaving(const dcat_world *world, const dcat_demand *demand,
                               const dcat_run_config *config, const dcat_jobs *jobs, double *gain,
                               dcat_error *err)
{
    const audit_run run = {.demand = demand,
                           .policy = config->policy,
                           .seed = config->seed,
                           .cycle_first = config->cycle_first,
                           .cycle_count = config->cycle_count};
    size_t S = dcat_world_server_count(world);
    leaving l = {.honest = {.world = world, .server_count = S}, .gain = gain};
    experiment *honest = &l.honest;
    dcat_status status = dcat_jobs_check(jobs, err);
    status = status == DCAT_OK ? audit_plan_create(world, &run, &honest->plan, err) : status;
    if (status != DCAT_OK) {
        return status;
    }
    memset(gain, 0, sizeof *gain * S);
    honest->elsewhere = honest->plan;
    honest->honest = calloc(S, sizeof *honest->honest);
    if (honest->honest == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an experiment");
    } else {
        status = play(honest, &honest->plan, honest->honest, &honest->honest_platform, err);
    }
    dcat_jobs own = jobs != NULL ? *jobs : jobs_plain;
    own.ranks = NULL;
    if (status == DCAT_OK) {
        status = jobs_run(&(job_list){.count = S, .run = let_leave, .user = &l, .jobs = &own}, err);
    }
    free(honest->honest);
    audit_plan_free(&honest->plan);
    return status;
}
