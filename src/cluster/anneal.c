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
#include "cluster/moves.h"
#include "cluster/oracle.h"
#include "cluster/support.h"
#include "world/world.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define LAST_TEMPERATURE_SHARE 1e-3 // of the first temperature, at the last proposal

typedef struct anneal_work {
    void *linkage; // workspace of the start partition
    moves moves;
    oracle oracle;
} anneal_work;

static size_t anneal_layout(const dcat_world *world, void *base, anneal_work *work)
{
    arena a = {.base = base};
    *work = (anneal_work){0};
    work->linkage = arena_take(&a, dcat_clusterer_linkage.workspace_bytes(world, NULL));
    oracle_layout(&a, world, oracle_task_count(world), &work->oracle);
    moves_layout(&a, world, &work->moves);
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

// The better of linkage's partition and the one in force, its dear servers alone, becomes the
// current one; its profit.
static double choose_start(anneal_work *work, int32_t *in_force)
{
    moves *m = &work->moves;
    size_t server_count = dcat_world_server_count(m->world);
    size_t bytes = sizeof *in_force * server_count;
    double linkage_profit = oracle_profit(&work->oracle, m->current);
    dcat_cluster_part(in_force, m->dear, server_count, m->option);
    if (memcmp(in_force, m->current, bytes) == 0) {
        return linkage_profit;
    }
    double in_force_profit = oracle_profit(&work->oracle, in_force);
    if (in_force_profit > linkage_profit) {
        memcpy(m->current, in_force, bytes);
        return in_force_profit;
    }
    return linkage_profit;
}

// Metropolis: a gain always, a loss the less likely the larger and the colder. At temperature 0 the
// quotient of a loss is -inf, and no loss is accepted.
static bool accept(anneal_work *work, double gain, double temperature)
{
    return gain >= 0.0 || dcat_rng_uniform(&work->moves.rng) < exp(gain / temperature);
}

// Walk from the current partition; the best one seen ends in best.
//
// Choice: the temperature is a share of the best profit so far. The first profit may be next to
// nothing: one big cluster has no rival, and rea pays a lone candidate the whole fee.
static void walk(anneal_work *work, double profit, int32_t *best)
{
    moves *m = &work->moves;
    const dcat_anneal_config *config = &dcat_world_config_view(m->world)->anneal;
    size_t bytes = sizeof *best * dcat_world_server_count(m->world);
    double share = config->temperature;
    double cooling = pow(LAST_TEMPERATURE_SHARE, 1.0 / fmax(1.0, config->iteration_max - 1));
    double best_profit = profit;

    memcpy(best, m->current, bytes);
    for (int i = 0; i < config->iteration_max; i++, share *= cooling) {
        if (!moves_propose(m, false)) {
            continue;
        }
        double proposed = oracle_profit(&work->oracle, m->proposal);
        if (!accept(work, proposed - profit, share * best_profit)) {
            continue;
        }
        profit = proposed;
        moves_accept(m);
        if (profit > best_profit) {
            best_profit = profit;
            memcpy(best, m->current, bytes);
        }
    }
}

static dcat_status anneal_decide(const dcat_cluster_input *input, void *workspace,
                                 int32_t *cluster_of, dcat_error *err)
{
    assert((uintptr_t)workspace % DCAT_ARENA_ALIGN == 0);
    anneal_work work;
    anneal_layout(input->world, workspace, &work);
    work.moves.dear = dcat_world_dear_view(input->world, input->auction);
    dcat_clusterer_linkage.decide(input, work.linkage, work.moves.current, err);
    if (!oracle_begin(&work.oracle, input, CLUSTER_PART_ANNEAL)) { // nothing arrived
        memcpy(cluster_of, work.moves.current,
               sizeof *cluster_of * dcat_world_server_count(input->world));
        return DCAT_OK;
    }
    work.moves.rng =
        dcat_rng_at(input->seed, DCAT_STREAM_CLUSTER, CLUSTER_PART_ANNEAL, input->cycle);
    double profit = choose_start(&work, cluster_of);
    moves_enter(&work.moves);
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
