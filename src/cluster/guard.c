// SPDX-License-Identifier: Apache-2.0
#include "cluster/guard.h"

#include "cluster/clusterer.h"
#include "cluster/linkage.h"
#include "cluster/support.h"
#include "world/world.h"
#include <string.h>

#define JUDGEMENTS_FIRST 60 // of the first decision: candidates and moves
#define JUDGEMENTS_MORE 16  // of a regular decision that may simulate more than the candidates take
#define MOVES_LEAST 8       // that the first decision keeps tasks for, when it tries rules
#define ARRIVALS_MAX 1048576 // of a judgement: they are kept in memory

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

// Simple rules, whose partitions are candidates in every decision, or in the first.
static const dcat_clusterer *const rules[] = {&dcat_clusterer_linkage, &dcat_clusterer_single,
                                              &dcat_clusterer_kmeans, &dcat_clusterer_random};
#define RULES_REGULAR 2
#define RULES_FIRST 4

static size_t rule_bytes(const dcat_world *world)
{
    size_t most = 0;
    for (size_t r = 0; r < RULES_FIRST; r++) {
        most = larger(most, rules[r]->workspace_bytes(world, NULL));
    }
    return most;
}

void guard_layout(arena *a, const dcat_world *world, size_t tasks_max, guard *g)
{
    size_t S = dcat_world_server_count(world);
    size_t tasks =
        tasks_max > 0 ? tasks_max : smaller(GUARD_TASKS_PER_SERVER * S, GUARD_TASKS_MOST);
    size_t room = larger(GUARD_TASKS_FIRST / JUDGEMENTS_FIRST, tasks / (JUDGEMENTS_MORE / 2));
    *g = (guard){.world = world, .tasks_max = tasks};
    g->rule = arena_take(a, rule_bytes(world));
    moves_layout(a, world, &g->moves);
    oracle_layout(a, world, smaller(room, ARRIVALS_MAX), &g->oracle);
    g->in_force = ARENA_ARRAY(a, int32_t, S);
    g->candidate = ARENA_ARRAY(a, int32_t, S);
}

static size_t bytes_of(const guard *g)
{
    return sizeof *g->in_force * dcat_world_server_count(g->world);
}

void guard_note_in_force(guard *g, const int32_t *cluster_of)
{
    memcpy(g->in_force, cluster_of, bytes_of(g));
}

// How many tasks this decision may simulate, and how many of them for one judgement.
static void plan(guard *g, const dcat_cluster_input *input)
{
    const dcat_observation *seen = input->observation;
    double arrivals = 0.0;
    for (size_t a = 0; a < seen->area_count; a++) {
        arrivals += seen->arrivals_per_slot[a];
    }
    arrivals *= dcat_world_config_view(g->world)->slots_per_cycle;
    size_t cycle = arrivals < (double)g->oracle.room ? (size_t)arrivals + 1 : g->oracle.room;
    g->tasks_left = g->tasks_max;
    size_t length = larger(cycle, g->tasks_max / JUDGEMENTS_MORE);
    if (input->first) {
        g->tasks_left = larger(g->tasks_max, GUARD_TASKS_FIRST);
        length = larger(cycle, g->tasks_left / JUDGEMENTS_FIRST);
    }
    g->oracle.task_max = smaller(length, g->oracle.room);
}

static double judge(guard *g, const int32_t *cluster_of)
{
    g->tasks_left -= smaller(g->tasks_left, g->oracle.task_max);
    return oracle_profit(&g->oracle, cluster_of);
}

// A candidate becomes the best one where it earns more than that and what is asked for.
static void consider(guard *g, const int32_t *cluster_of, double least)
{
    size_t bytes = bytes_of(g);
    if (memcmp(cluster_of, g->moves.current, bytes) == 0 ||
        memcmp(cluster_of, g->in_force, bytes) == 0) {
        return;
    }
    double profit = judge(g, cluster_of);
    if (profit > g->profit && profit > least) {
        g->profit = profit;
        memcpy(g->moves.current, cluster_of, bytes);
    }
}

// Local moves from the best candidate, as long as there are tasks left beside those to confirm.
static void climb(guard *g)
{
    moves_enter(&g->moves);
    while (g->tasks_left >= 3 * g->oracle.task_max) {
        if (!moves_propose(&g->moves, true)) {
            g->tasks_left--; // so that it ends where nothing can move
            continue;
        }
        double profit = judge(g, g->moves.proposal);
        if (profit > g->profit) {
            g->profit = profit;
            moves_accept(&g->moves);
        }
    }
}

// Other arrivals like those seen, from the servers' queues.
static bool draw(guard *g, const dcat_cluster_input *input, uint32_t part)
{
    if (!oracle_begin(&g->oracle, input, part)) {
        return false;
    }
    if (input->busy_until_s != NULL) {
        oracle_start_from(&g->oracle, input);
    }
    return true;
}

// Whoever was chosen for what it earned owes some of that to chance. So it must earn more than the
// base again, by the same margin, on arrivals that it was not chosen by; else the base stays.
static void confirm(guard *g, const dcat_cluster_input *input, uint32_t part, const int32_t *base,
                    double margin)
{
    if (memcmp(base, g->moves.current, bytes_of(g)) == 0 || !draw(g, input, part)) {
        return;
    }
    double least = judge(g, base) * (1.0 + margin);
    if (!(judge(g, g->moves.current) > least)) {
        memcpy(g->moves.current, base, bytes_of(g));
    }
}

// Whether linkage by this rule is the best candidate so far, which it then is; in large worlds
// there may be no tasks left to ask.
static bool consider_linkage(guard *g, const linkage_rule *rule)
{
    double before = g->profit;
    if (g->tasks_left < (2 + MOVES_LEAST) * g->oracle.task_max) {
        return false;
    }
    linkage_form(g->world, g->moves.dear, rule, g->rule, g->candidate);
    consider(g, g->candidate, before);
    return g->profit > before;
}

// Linkage with other links, within a part of the span limit, with small clusters, by owner.
static void consider_other_linkages(guard *g)
{
    static const struct {
        linkage_link link;
        double span;
    } forms[] = {{LINK_COMPLETE, 0.7},
                 {LINK_COMPLETE, 0.4},
                 {LINK_AVERAGE, 1.0},
                 {LINK_AVERAGE, 0.6},
                 {LINK_SINGLE, 0.6}};
    static const int32_t caps[] = {4, 3, 2, 6};
    double limit_m = dcat_world_config_view(g->world)->span_m_max;
    linkage_rule best = {LINK_COMPLETE, limit_m, LINKAGE_SIZE_ANY, false};
    if (g->world->owner_max != 0) {
        linkage_rule rule = best;
        rule.owners_apart = true;
        best = consider_linkage(g, &rule) ? rule : best;
    }
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        linkage_rule rule = best;
        rule.link = forms[f].link;
        rule.span_m_max = forms[f].span * limit_m;
        best = consider_linkage(g, &rule) ? rule : best;
    }
    for (size_t c = 0; c < sizeof caps / sizeof caps[0]; c++) {
        linkage_rule rule = best;
        rule.size_max = caps[c];
        consider_linkage(g, &rule);
    }
}

// The best candidate, or what is in force where that earns about as much.
static void choose_candidate(guard *g, const dcat_cluster_input *input, const int32_t *policy)
{
    double margin = input->first ? 0.0 : dcat_world_config_view(g->world)->guard_margin;
    memcpy(g->moves.current, g->in_force, bytes_of(g));
    g->profit = judge(g, g->in_force);
    double least = g->profit * (1.0 + margin);
    consider(g, policy, least);
    for (size_t r = 0; r < (input->first ? RULES_FIRST : RULES_REGULAR); r++) {
        rules[r]->decide(input, g->rule, g->candidate, NULL);
        consider(g, g->candidate, least);
    }
    if (input->first) {
        consider_other_linkages(g);
    } else {
        confirm(g, input, CLUSTER_PART_GUARD_AGAIN, g->in_force, margin);
    }
}

void guard_decide(guard *g, const dcat_cluster_input *input, int32_t *cluster_of)
{
    moves *m = &g->moves;
    plan(g, input);
    if (!draw(g, input, CLUSTER_PART_GUARD)) {
        return;
    }
    m->dear = dcat_world_dear_view(g->world, input->auction);
    dcat_cluster_part(g->in_force, m->dear, dcat_world_server_count(g->world), m->option);
    choose_candidate(g, input, cluster_of);
    if (input->first || memcmp(m->current, g->in_force, bytes_of(g)) != 0) {
        m->rng = dcat_rng_at(input->seed, DCAT_STREAM_CLUSTER, CLUSTER_PART_GUARD, input->cycle);
        memcpy(g->candidate, m->current, bytes_of(g));
        g->profit = judge(g, m->current);
        climb(g);
        confirm(g, input, CLUSTER_PART_GUARD_CLIMB, g->candidate, 0.0);
    }
    memcpy(cluster_of, m->current, bytes_of(g));
}

// --- by itself

// What a2c's guard would do without a policy: linkage stands where the policy's partition would.
typedef struct guard_work {
    guard guard;
    void *linkage; // workspace
} guard_work;

static size_t guard_work_layout(const dcat_world *world, void *base, guard_work *work)
{
    arena a = {.base = base};
    guard_layout(&a, world, 0, &work->guard);
    work->linkage = arena_take(&a, dcat_clusterer_linkage.workspace_bytes(world, NULL));
    return a.used;
}

static size_t guard_workspace_bytes(const dcat_world *world, const void *model)
{
    (void)model;
    guard_work measured;
    return guard_work_layout(world, NULL, &measured);
}

static int decide_every_cycle(const dcat_world *world)
{
    (void)world;
    return 1;
}

static dcat_status guard_alone_decide(const dcat_cluster_input *seen, void *workspace,
                                      int32_t *cluster_of, dcat_error *err)
{
    guard_work work;
    dcat_cluster_input input = *seen;
    input.observation = seen->forecast != NULL ? seen->forecast : seen->observation;
    guard_work_layout(input.world, workspace, &work);
    guard_note_in_force(&work.guard, cluster_of);
    if (oracle_has_demand(input.observation)) {
        dcat_clusterer_linkage.decide(&input, work.linkage, cluster_of, err);
    }
    guard_decide(&work.guard, &input, cluster_of);
    return DCAT_OK;
}

const dcat_clusterer dcat_clusterer_guard = {
    DCAT_SIZED(dcat_clusterer),
    .name = "guard",
    .summary = "the guard of a2c without its policy: simple rules and local moves, simulated",
    .decide_every = decide_every_cycle,
    .workspace_bytes = guard_workspace_bytes,
    .decide = guard_alone_decide,
};
