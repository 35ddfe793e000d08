// SPDX-License-Identifier: Apache-2.0
// search.c - simple rules made strong by the simulator, once for a whole run: linkage with
// the link, the span and the size of clusters that earn most; and local moves from there.
//
// What a learned policy must beat to be worth learning. Arrivals are drawn from the demand known
// before the first cycle, and all partitions meet the same ones.
//
// Choice: the link and the span are chosen together, without a cap; then the cap. That is 20
// simulations instead of 90. Where servers have owners, one more: clusters of one owner each.

#include "base/arena.h"
#include "cluster/clusterer.h"
#include "cluster/linkage.h"
#include "cluster/moves.h"
#include "cluster/oracle.h"
#include "cluster/support.h"
#include "world/world.h"
#include <string.h>

#define SEARCH_MOVES 400
#define SEARCH_TASKS_MAX 100000 // of a simulation: in large worlds it is slow as it is

static const double spans[] = {1.0, 0.85, 0.7, 0.55, 0.4}; // of the limit
static const int32_t caps[] = {8, 6, 4, 3, 2};

typedef struct search_work {
    void *linkage; // workspace
    moves moves;   // stands at the best
    oracle oracle;
    int32_t *candidate; // [S]
    double profit;      // of the best
} search_work;

static size_t search_layout(const dcat_world *world, void *base, search_work *work)
{
    size_t task_max = oracle_task_count(world);
    arena a = {.base = base};
    *work = (search_work){0};
    work->linkage = arena_take(&a, dcat_clusterer_linkage.workspace_bytes(world, NULL));
    moves_layout(&a, world, &work->moves);
    oracle_layout(&a, world, task_max < SEARCH_TASKS_MAX ? task_max : SEARCH_TASKS_MAX,
                  &work->oracle);
    work->candidate = ARENA_ARRAY(&a, int32_t, dcat_world_server_count(world));
    return a.used;
}

static size_t search_workspace_bytes(const dcat_world *world, const void *model)
{
    (void)model;
    search_work measured;
    return search_layout(world, NULL, &measured);
}

// Whether a rule earns more than the best so far, which it then is.
static bool try_rule(search_work *work, const linkage_rule *rule)
{
    moves *m = &work->moves;
    linkage_form(m->world, m->dear, rule, work->linkage, work->candidate);
    double profit = oracle_profit(&work->oracle, work->candidate);
    bool better = profit > work->profit;
    if (better) {
        work->profit = profit;
        memcpy(m->current, work->candidate, sizeof *m->current * dcat_world_server_count(m->world));
    }
    return better;
}

// The best rule; the first one, which is linkage's, stands in m->current.
static void tune(search_work *work)
{
    double limit_m = dcat_world_config_view(work->moves.world)->span_m_max;
    linkage_rule best = {LINK_COMPLETE, limit_m, LINKAGE_SIZE_ANY, false};
    work->profit = oracle_profit(&work->oracle, work->moves.current);
    for (int link = 0; link < LINK_COUNT; link++) {
        for (size_t s = 0; s < sizeof spans / sizeof spans[0]; s++) {
            const linkage_rule rule = {(linkage_link)link, spans[s] * limit_m, LINKAGE_SIZE_ANY,
                                       false};
            best = try_rule(work, &rule) ? rule : best;
        }
    }
    for (size_t c = 0; c < sizeof caps / sizeof caps[0]; c++) {
        linkage_rule rule = best;
        rule.size_max = caps[c];
        try_rule(work, &rule);
    }
    if (work->moves.world->owner_max != 0) {
        best.owners_apart = true;
        try_rule(work, &best);
    }
}

static void climb(search_work *work)
{
    moves *m = &work->moves;
    moves_enter(m);
    for (int i = 0; i < SEARCH_MOVES; i++) {
        if (!moves_propose(m, true)) {
            continue;
        }
        double profit = oracle_profit(&work->oracle, m->proposal);
        if (profit > work->profit) {
            work->profit = profit;
            moves_accept(m);
        }
    }
}

static void decide(const dcat_cluster_input *input, bool climbs, void *workspace,
                   int32_t *cluster_of)
{
    search_work work;
    search_layout(input->world, workspace, &work);
    moves *m = &work.moves;
    m->dear = dcat_world_dear_view(input->world, input->auction);
    dcat_clusterer_linkage.decide(input, work.linkage, m->current, NULL);
    if (oracle_begin(&work.oracle, input, CLUSTER_PART_TUNED)) { // something arrived
        tune(&work);
        m->rng = dcat_rng_at(input->seed, DCAT_STREAM_CLUSTER, CLUSTER_PART_TUNED, input->cycle);
        if (climbs) {
            climb(&work);
        }
    }
    memcpy(cluster_of, m->current, sizeof *cluster_of * dcat_world_server_count(input->world));
}

static dcat_status tuned_decide(const dcat_cluster_input *input, void *workspace,
                                int32_t *cluster_of, dcat_error *err)
{
    (void)err;
    decide(input, false, workspace, cluster_of);
    return DCAT_OK;
}

static dcat_status search_decide(const dcat_cluster_input *input, void *workspace,
                                 int32_t *cluster_of, dcat_error *err)
{
    (void)err;
    decide(input, true, workspace, cluster_of);
    return DCAT_OK;
}

const dcat_clusterer dcat_clusterer_linkage_tuned = {
    DCAT_SIZED(dcat_clusterer),
    .name = "linkage-tuned",
    .summary = "linkage with link, span and size of clusters chosen by simulated profit, once",
    .decide_every = dcat_cluster_decide_once,
    .workspace_bytes = search_workspace_bytes,
    .decide = tuned_decide,
};

const dcat_clusterer dcat_clusterer_search = {
    DCAT_SIZED(dcat_clusterer),
    .name = "search",
    .summary = "linkage-tuned and local moves on simulated profit, once",
    .decide_every = dcat_cluster_decide_once,
    .workspace_bytes = search_workspace_bytes,
    .decide = search_decide,
};
