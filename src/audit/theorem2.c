// SPDX-License-Identifier: Apache-2.0
// Theorem 2 of the paper: when a contested task is sold by the reverse clock.
//
// With the two lowest limits c1 <= c2 <= p0 and p_k = gamma^k p0, let k* be the first k >= 1 with
// p_k < c2. Before k* at least two accept; in k* at most the cheapest does. So the task is sold iff
// p_k* >= c1, and then to the cheapest. Since p_k* >= gamma c2 (p_{k* - 1} was still at least c2),
// gamma >= c1 / c2 suffices. The paper asks for gamma > 1 - (c2 - c1) / p0, which also suffices
// inside the same assumptions: 1 - (c2 - c1) / p0 >= 1 - (c2 - c1) / c2 = c1 / c2.

#include "audit/audit.h"
#include "base/sort.h"

#include "dcat/x/clock.h"
#include "dcat/x/model.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Part of the oracle's stream that belongs to profiles.
#define PROFILE_PART 0x743268

bool audit_theorem2_sold(const dcat_clock *clock, int round_max, double fee, double c1, double c2)
{
    assert(c1 > 0.0 && c1 <= c2 && fee > 0.0);
    int round = dcat_clock_exit_round(clock, fee, c2, 1); // k*
    bool in_time = round_max == DCAT_ROUND_UNLIMITED || round <= round_max;
    return in_time && dcat_clock_price(clock, fee, round) >= c1;
}

bool dcat_theorem2_paper(double gamma, double fee, double c1, double c2)
{
    return gamma > 1.0 - (c2 - c1) / fee;
}

// --- one profile

enum { CROWD_MAX = 40 };

typedef struct profile {
    double fee;
    double bid[CROWD_MAX];
    size_t count;
} profile;

static void lowest_bids(const profile *p, double *c1, double *c2)
{
    *c1 = INFINITY;
    *c2 = INFINITY;
    for (size_t i = 0; i < p->count; i++) {
        if (p->bid[i] < *c1) {
            *c2 = *c1;
            *c1 = p->bid[i];
        } else {
            *c2 = fmin(*c2, p->bid[i]);
        }
    }
}

static dcat_auction_result auction_of(const dcat_auction_rules *rules, const profile *p)
{
    int32_t cluster[CROWD_MAX];
    for (size_t i = 0; i < p->count; i++) {
        cluster[i] = (int32_t)i;
    }
    const dcat_auction_input input = {.fee = p->fee,
                                      .work_cycles = 1e9,
                                      .bid = p->bid,
                                      .cluster = cluster,
                                      .bidder_count = p->count,
                                      .draw = 0};
    return dcat_auction_find("rea")->run(rules, &input);
}

// The clock of the paper and nothing else: no lottery stands in for a failed auction.
static dcat_auction_rules clock_rules(double gamma, int round_max)
{
    dcat_auction_config config = dcat_auction_config_default();
    config.rea_decrement = gamma;
    config.rea_round_max = round_max;
    config.rea_all_left = DCAT_END_UNSOLD;
    config.rea_round_end = DCAT_END_UNSOLD;
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &config);
    return rules;
}

// --- anything goes

enum { GAMMA_DRAWS = 250, PROFILES_PER_GAMMA = 800 };

static double uniform_in(dcat_rng *rng, double low, double high)
{
    return low + (high - low) * dcat_rng_uniform(rng);
}

// Limits between 0 and 1.2 fees; one profile in ten has a tie for the lowest.
static profile random_profile(dcat_rng *rng)
{
    profile p = {.fee = 100.0, .count = 2 + dcat_rng_below(rng, 5)};
    for (size_t i = 0; i < p.count; i++) {
        p.bid[i] = uniform_in(rng, 0.1, 120.0);
    }
    if (dcat_rng_below(rng, 10) == 0) {
        double c1;
        double c2;
        lowest_bids(&p, &c1, &c2);
        for (size_t i = 0; i < p.count; i++) {
            p.bid[i] = p.bid[i] == c2 ? c1 : p.bid[i];
        }
    }
    return p;
}

static void judge_paper(dcat_audit_theorem2 *t, const profile *p, bool sold, bool unlimited,
                        double c2, bool round_limit)
{
    t->paper_holds++;
    if (sold) {
        return;
    }
    t->paper_lost_above += c2 > p->fee;
    t->paper_lost_rounds += c2 <= p->fee && !unlimited && round_limit;
    t->paper_lost_inside += c2 <= p->fee && !round_limit;
}

static void judge(dcat_audit_theorem2 *t, const dcat_auction_rules *rules, const profile *p)
{
    double c1;
    double c2;
    lowest_bids(p, &c1, &c2);
    double gamma = rules->config.rea_decrement;
    int round_max = rules->config.rea_round_max;
    bool unlimited = round_max == DCAT_ROUND_UNLIMITED;
    dcat_auction_result result = auction_of(rules, p);
    bool sold = result.outcome == DCAT_AUCTION_SOLD;
    t->profile_count++;
    t->exact_wrong += sold != audit_theorem2_sold(&rules->rea, round_max, p->fee, c1, c2);
    if (dcat_theorem2_paper(gamma, p->fee, c1, c2)) {
        judge_paper(t, p, sold, unlimited, c2, result.outcome == DCAT_AUCTION_ROUND_LIMIT);
    }
    if (c2 <= p->fee && unlimited) {
        t->tie_count += c1 == c2;
        t->tie_sold += c1 == c2 && sold;
        t->simple_holds += gamma >= c1 / c2;
        t->simple_lost += gamma >= c1 / c2 && !sold;
    }
}

static void try_anything(dcat_audit_theorem2 *t, uint64_t seed)
{
    for (uint32_t g = 0; g < GAMMA_DRAWS; g++) {
        dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_ORACLE, PROFILE_PART, g);
        double gamma = uniform_in(&rng, 0.3, 0.99);
        int round_max = g % 2 == 0 ? DCAT_ROUND_UNLIMITED : 1 + (int)dcat_rng_below(&rng, 8);
        dcat_auction_rules rules = clock_rules(gamma, round_max);
        for (int i = 0; i < PROFILES_PER_GAMMA; i++) {
            profile p = random_profile(&rng);
            judge(t, &rules, &p);
        }
    }
}

// --- the scenario's costs

enum { CELL_PROFILES = 4000, CROWD_FOR_STEPS = 10 };

// What profiles are drawn from.
typedef struct pool {
    double *unit_limit; // [count] of clusters, per cycle, ascending
    size_t count, room;
    const dcat_demand *demand;
    const dcat_audit_config *config;
    dcat_task *tasks;
} pool;

static bool take_clusters(void *user, const dcat_cycle_record *cycle)
{
    pool *from = user;
    size_t class_count = dcat_world_class_count(dcat_state_world(cycle->state));
    for (int32_t k = 0; k < dcat_state_cluster_count(cycle->state); k++) {
        for (int32_t q = 0; q < (int32_t)class_count; q++) {
            dcat_cluster_view team = dcat_state_team(cycle->state, k, q);
            assert(from->count < from->room);
            from->unit_limit[from->count] = team.unit_cost_mean;
            from->count += team.worker_count > 0;
        }
    }
    return false;
}

// The clusters that the policy forms in the first cycle of every world, as each class sees them.
static dcat_status fill_pool(pool *from, const dcat_policy *policy, dcat_error *err)
{
    const dcat_audit_config *config = from->config;
    dcat_status status = DCAT_OK;
    for (size_t w = 0; w < config->world_count && status == DCAT_OK; w++) {
        const dcat_run_config run = {DCAT_SIZED(dcat_run_config), .policy = *policy,
                                     .seed = config->seeds[w], .cycle_first = config->cycle_first,
                                     .cycle_count = 1};
        const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = from,
                                      .after_cycle = take_clusters};
        dcat_run_result result;
        status = dcat_run(config->worlds[w], from->demand, &run, &hooks, NULL, &result, err);
    }
    qsort(from->unit_limit, from->count, sizeof *from->unit_limit, sort_by_value);
    size_t kept = 0;
    for (size_t i = 0; i < from->count; i++) {
        if (kept == 0 || from->unit_limit[i] != from->unit_limit[kept - 1]) {
            from->unit_limit[kept++] = from->unit_limit[i];
        }
    }
    from->count = kept;
    return status;
}

// Choice: unit costs are drawn from the line through the sorted distinct ones rather than from
// those themselves, since two candidates are never the same cluster: a tie would be an accident of
// drawing.
static double draw_unit_limit(const pool *from, dcat_rng *rng)
{
    double at = dcat_rng_uniform(rng) * (double)(from->count - 1);
    size_t i = (size_t)at;
    double low = from->unit_limit[i];
    double high = from->unit_limit[i + 1 < from->count ? i + 1 : i];
    return low + (at - (double)i) * (high - low);
}

// The task at a random moment of the audited cycles; false when that slot is empty.
static bool draw_task(const pool *from, dcat_rng *rng, dcat_task *task)
{
    const dcat_audit_config *config = from->config;
    const dcat_world *world = config->worlds[0];
    uint32_t cycle = config->cycle_first + dcat_rng_below(rng, config->cycle_count);
    uint32_t slot = dcat_rng_below(rng, (uint32_t)dcat_world_config_view(world)->slots_per_cycle);
    size_t count =
        dcat_demand_slot(from->demand, world, config->seeds[0], cycle, slot, 0, from->tasks);
    if (count == 0) {
        return false;
    }
    *task = from->tasks[dcat_rng_below(rng, (uint32_t)count)];
    return true;
}

static profile drawn_profile(const pool *from, size_t crowd, uint32_t index)
{
    dcat_rng rng = dcat_rng_at(from->config->seeds[0], DCAT_STREAM_ORACLE, PROFILE_PART + 1, index);
    dcat_task task = {.work_cycles = 1e9, .deadline_s = 1.0};
    for (int tries = 0; tries < 1000 && !draw_task(from, &rng, &task); tries++) {
    }
    profile p = {.fee = dcat_task_fee(from->config->worlds[0], &task), .count = crowd};
    for (size_t i = 0; i < crowd; i++) {
        p.bid[i] = dcat_cluster_cost(task.work_cycles, draw_unit_limit(from, &rng));
    }
    return p;
}

// One profile under every decrement.
static void try_drawn(dcat_audit_theorem2 *t, const dcat_auction_rules *rules, size_t row,
                      const profile *p)
{
    double c1;
    double c2;
    lowest_bids(p, &c1, &c2);
    for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
        bool sold = auction_of(&rules[g], p).outcome == DCAT_AUCTION_SOLD;
        bool exact = audit_theorem2_sold(&rules[g].rea, DCAT_ROUND_UNLIMITED, p->fee, c1, c2);
        t->exact_wrong += sold != exact;
        t->lost[row][g] += !sold;
        t->lost_exact[row][g] += !exact;
        t->paper_says[row][g] += dcat_theorem2_paper(t->gamma[g], p->fee, c1, c2);
        t->simple_says[row][g] += t->gamma[g] >= c1 / c2;
    }
    t->profile_count++;
    if (p->count == CROWD_FOR_STEPS) {
        t->step_paper += (c2 - c1) / p->fee / CELL_PROFILES;
        t->step_simple += (1.0 - c1 / c2) / CELL_PROFILES;
    }
}

static void try_scenario(dcat_audit_theorem2 *t, const pool *from)
{
    dcat_auction_rules rules[DCAT_AUDIT_GAMMAS];
    for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
        rules[g] = clock_rules(t->gamma[g], DCAT_ROUND_UNLIMITED);
    }
    t->cell_profiles = CELL_PROFILES;
    for (size_t row = 0; row < DCAT_AUDIT_CROWDS; row++) {
        for (uint32_t i = 0; i < CELL_PROFILES; i++) {
            profile p = drawn_profile(from, (size_t)t->crowd[row], i);
            try_drawn(t, rules, row, &p);
        }
    }
}

dcat_status audit_theorem2(const dcat_demand *demand, const dcat_audit_config *config,
                           const dcat_policy *policy, dcat_audit_theorem2 *result, dcat_error *err)
{
    dcat_audit_theorem2 t = {
        .gamma = {0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999},
        .crowd = {2, 3, 5, 10, 20, CROWD_MAX},
    };
    pool from = {.demand = demand, .config = config};
    for (size_t w = 0; w < config->world_count; w++) {
        from.room +=
            dcat_world_server_count(config->worlds[w]) * dcat_world_class_count(config->worlds[w]);
    }
    from.unit_limit = calloc(from.room + 1, sizeof *from.unit_limit);
    from.tasks = calloc(dcat_demand_slot_task_max(demand), sizeof *from.tasks);
    dcat_status status = DCAT_OK;
    if (from.unit_limit == NULL || from.tasks == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the costs of all clusters");
    } else {
        status = fill_pool(&from, policy, err);
    }
    if (status == DCAT_OK) {
        try_anything(&t, config->seeds[0]);
        try_scenario(&t, &from);
        *result = t;
    }
    free(from.unit_limit);
    free(from.tasks);
    return status;
}
