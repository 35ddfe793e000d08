// SPDX-License-Identifier: Apache-2.0
// anneal.c - simulated annealing with the simulator as oracle: slow, for reference.
//
// A partition's score is the profit of simulating it, under the auction it will face, on arrivals
// drawn from what the last cycle showed. Every proposal of a decision meets the same arrivals and
// the same lotteries, so scores differ by the partition alone. Proposals move a server, merge two
// clusters or split one, and are legal by construction. A worse one is accepted with probability
// exp(-loss / temperature), the temperature falling geometrically; the best seen is returned.
//
#include "base/arena.h"
#include "cluster/clusterer.h"
#include "cluster/oracle.h"
#include "cluster/support.h"
#include "world/world.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define LAST_TEMPERATURE_SHARE 1e-3 // of the first temperature, at the last proposal

typedef struct anneal_work {
    void *linkage;         // workspace of the start partition
    int32_t *current;      // [S] where the walk stands, canonical
    int32_t *proposal;     // [S] where it may go, canonical
    int32_t *first;        // [S + 1] members by cluster of the current one
    int32_t *member;       // [S]
    int32_t *option;       // [S] clusters to choose from
    int64_t *legal_count;  // [S] by cluster: its pairs with the movers that are within the limit
    int32_t cluster_count; // of the current one
    const dcat_world *world;
    const uint8_t *dear; // [S] Nullable: servers that stay alone
    oracle oracle;
    dcat_rng rng;
} anneal_work;

static size_t anneal_layout(const dcat_world *world, void *base, anneal_work *work)
{
    size_t server_count = dcat_world_server_count(world);
    arena a = {.base = base};
    *work = (anneal_work){.world = world};
    work->linkage = arena_take(&a, dcat_clusterer_linkage.workspace_bytes(world, NULL));
    oracle_layout(&a, world, &work->oracle);
    work->current = ARENA_ARRAY(&a, int32_t, server_count);
    work->proposal = ARENA_ARRAY(&a, int32_t, server_count);
    work->first = ARENA_ARRAY(&a, int32_t, server_count + 1);
    work->member = ARENA_ARRAY(&a, int32_t, server_count);
    work->option = ARENA_ARRAY(&a, int32_t, server_count);
    work->legal_count = ARENA_ARRAY(&a, int64_t, server_count);
    return a.used;
}

static size_t anneal_workspace_bytes(const dcat_world *world, const void *model)
{
    (void)model;
    anneal_work measured;
    return anneal_layout(world, NULL, &measured);
}

static int anneal_decide_every(const dcat_world *world)
{
    return dcat_world_config_view(world)->anneal.recluster_every;
}

// Stand at work->current.
static void enter_current(anneal_work *work)
{
    size_t server_count = dcat_world_server_count(work->world);
    work->cluster_count = dcat_partition_canonical(work->current, server_count, work->option);
    dcat_cluster_list_members(work->current, server_count, (size_t)work->cluster_count, work->first,
                              work->member);
}

static const int32_t *members_of(const anneal_work *work, int32_t cluster, uint32_t *member_count)
{
    *member_count = (uint32_t)(work->first[cluster + 1] - work->first[cluster]);
    return &work->member[work->first[cluster]];
}

static int32_t random_server(anneal_work *work)
{
    return (int32_t)dcat_rng_below(&work->rng, (uint32_t)dcat_world_server_count(work->world));
}

// Clusters other than home that every one of the movers may join, into work->option; how many. All
// pairs of a mover and a member must be within the limit.
static uint32_t list_options(anneal_work *work, int32_t home, const int32_t *movers,
                             uint32_t mover_count)
{
    if (world_is_dear(work->dear, movers[0])) {
        return 0;
    }
    memset(work->legal_count, 0, sizeof *work->legal_count * (size_t)work->cluster_count);
    for (uint32_t m = 0; m < mover_count; m++) {
        world_neighbours around = world_neighbours_of(work->world, (size_t)movers[m]);
        for (size_t j = 0; j < around.count; j++) {
            bool open = !world_is_dear(work->dear, around.server[j]);
            work->legal_count[work->current[around.server[j]]] += open ? 1 : 0;
        }
    }
    uint32_t option_count = 0;
    for (int32_t k = 0; k < work->cluster_count; k++) {
        int64_t pair_count = (int64_t)mover_count * (work->first[k + 1] - work->first[k]);
        if (k != home && work->legal_count[k] == pair_count) {
            work->option[option_count++] = k;
        }
    }
    return option_count;
}

// Move a random server to a random other cluster that it may join, or to one of its own. The
// proposals change work->proposal, a copy of the current one; false when there is nothing to do.
static bool propose_move(anneal_work *work)
{
    int32_t server = random_server(work);
    int32_t home = work->current[server];
    uint32_t home_size;
    members_of(work, home, &home_size);
    uint32_t option_count = list_options(work, home, &server, 1);
    if (home_size > 1) { // then fewer clusters than servers, so this label is in range and free
        work->option[option_count++] = work->cluster_count;
    }
    if (option_count == 0) {
        return false;
    }
    work->proposal[server] = work->option[dcat_rng_below(&work->rng, option_count)];
    return true;
}

// Merge a random server's cluster with a random one that keeps the union legal.
static bool propose_merge(anneal_work *work)
{
    int32_t home = work->current[random_server(work)];
    uint32_t member_count;
    const int32_t *members = members_of(work, home, &member_count);
    uint32_t option_count = list_options(work, home, members, member_count);
    if (option_count == 0) {
        return false;
    }
    int32_t target = work->option[dcat_rng_below(&work->rng, option_count)];
    for (uint32_t m = 0; m < member_count; m++) {
        work->proposal[members[m]] = target;
    }
    return true;
}

// Split a random server's cluster: two random members part, the others follow the closer one.
static bool propose_split(anneal_work *work)
{
    int32_t home = work->current[random_server(work)];
    uint32_t member_count;
    const int32_t *members = members_of(work, home, &member_count);
    if (member_count < 2) {
        return false;
    }
    uint32_t stay = dcat_rng_below(&work->rng, member_count);
    uint32_t leave = dcat_rng_below(&work->rng, member_count - 1);
    leave += leave >= stay ? 1 : 0;
    for (uint32_t m = 0; m < member_count; m++) {
        double to_stay_m = dcat_world_distance_m(work->world, members[m], members[stay]);
        double to_leave_m = dcat_world_distance_m(work->world, members[m], members[leave]);
        if (m == leave || (m != stay && to_leave_m < to_stay_m)) {
            work->proposal[members[m]] = work->cluster_count; // free, as in propose_move
        }
    }
    return true;
}

static bool propose(anneal_work *work)
{
    memcpy(work->proposal, work->current,
           sizeof *work->proposal * dcat_world_server_count(work->world));
    switch (dcat_rng_below(&work->rng, 4)) {
    case 0:
        return propose_merge(work);
    case 1:
        return propose_split(work);
    default: // half of them move one server
        return propose_move(work);
    }
}

// The better of linkage's partition and the one in force, its dear servers alone, becomes the
// current one; its profit.
static double choose_start(anneal_work *work, int32_t *in_force)
{
    size_t bytes = sizeof *in_force * dcat_world_server_count(work->world);
    double linkage_profit = oracle_profit(&work->oracle, work->current);
    dcat_cluster_part(in_force, work->dear, dcat_world_server_count(work->world), work->option);
    if (memcmp(in_force, work->current, bytes) == 0) {
        return linkage_profit;
    }
    double in_force_profit = oracle_profit(&work->oracle, in_force);
    if (in_force_profit > linkage_profit) {
        memcpy(work->current, in_force, bytes);
        return in_force_profit;
    }
    return linkage_profit;
}

// Metropolis: a gain always, a loss the less likely the larger and the colder. At temperature 0 the
// quotient of a loss is -inf, and no loss is accepted.
static bool accept(anneal_work *work, double gain, double temperature)
{
    return gain >= 0.0 || dcat_rng_uniform(&work->rng) < exp(gain / temperature);
}

// Walk from work->current; the best partition seen ends in best.
//
// Choice: the temperature is a share of the best profit so far. The first profit may be next to
// nothing: one big cluster has no rival, and rea pays a lone candidate the whole fee.
static void walk(anneal_work *work, double profit, int32_t *best)
{
    const dcat_anneal_config *config = &dcat_world_config_view(work->world)->anneal;
    size_t server_count = dcat_world_server_count(work->world);
    size_t bytes = sizeof *best * server_count;
    double share = config->temperature;
    double cooling = pow(LAST_TEMPERATURE_SHARE, 1.0 / fmax(1.0, config->iteration_max - 1));
    double best_profit = profit;

    memcpy(best, work->current, bytes);
    for (int i = 0; i < config->iteration_max; i++, share *= cooling) {
        if (!propose(work)) {
            continue;
        }
        dcat_partition_canonical(work->proposal, server_count, work->option);
        double proposed = oracle_profit(&work->oracle, work->proposal);
        if (!accept(work, proposed - profit, share * best_profit)) {
            continue;
        }
        profit = proposed;
        memcpy(work->current, work->proposal, bytes);
        enter_current(work);
        if (profit > best_profit) {
            best_profit = profit;
            memcpy(best, work->current, bytes);
        }
    }
}

static dcat_status anneal_decide(const dcat_cluster_input *input, void *workspace,
                                 int32_t *cluster_of, dcat_error *err)
{
    assert((uintptr_t)workspace % DCAT_ARENA_ALIGN == 0);
    anneal_work work;
    anneal_layout(input->world, workspace, &work);
    work.dear = dcat_world_dear_view(input->world, input->auction);
    dcat_clusterer_linkage.decide(input, work.linkage, work.current, err);
    if (!oracle_begin(&work.oracle, input, CLUSTER_PART_ANNEAL)) { // nothing arrived
        memcpy(cluster_of, work.current,
               sizeof *cluster_of * dcat_world_server_count(input->world));
        return DCAT_OK;
    }
    work.rng = dcat_rng_at(input->seed, DCAT_STREAM_CLUSTER, CLUSTER_PART_ANNEAL, input->cycle);
    double profit = choose_start(&work, cluster_of);
    enter_current(&work);
    walk(&work, profit, cluster_of);
    return DCAT_OK;
}

const dcat_clusterer dcat_clusterer_anneal = {
    DCAT_SIZED(dcat_clusterer),
    .name = "anneal",
    .summary = "simulated annealing on simulated profit, from linkage (slow, for reference)",
    .decide_every = anneal_decide_every,
    .workspace_bytes = anneal_workspace_bytes,
    .decide = anneal_decide,
};
