// SPDX-License-Identifier: Apache-2.0
// Every lie in markets of two and three clusters.
//
// What a bidder gets depends on its own report only through the auction's result. So for each draw,
// bidder and profile of the others, one auction per report is run, and every pair of a true limit
// and a lie is judged from those results.

#include "audit/audit.h"
#include "base/sort.h"
#include "dcat/x/clock.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define FEE 100.0
#define WORK_CYCLES 1e9

enum {
    GRID_MAX = 64,
    MEMBER_GRID_MAX = 14,
    DRAW_COUNT = 6,
    BIDDER_MAX = DCAT_AUDIT_BID_MAX,
    SETTING_COUNT = 4, // with and without handicaps, under a ceiling that binds and one that not
};

// --- the grid

typedef struct grid {
    double value[GRID_MAX];
    size_t count;
} grid;

static void grid_add(grid *g, double value)
{
    assert(g->count < GRID_MAX);
    if (value > 0.0 && isfinite(value)) {
        g->value[g->count++] = value;
    }
}

// A price: on it and one rounding step to either side.
static void grid_add_price(grid *g, double price)
{
    grid_add(g, nextafter(price, 0.0));
    grid_add(g, price);
    grid_add(g, nextafter(price, INFINITY));
}

static void grid_finish(grid *g)
{
    qsort(g->value, g->count, sizeof g->value[0], sort_by_value);
    size_t kept = 0;
    for (size_t i = 0; i < g->count; i++) {
        if (kept == 0 || g->value[i] != g->value[kept - 1]) {
            g->value[kept++] = g->value[i];
        }
    }
    g->count = kept;
}

// The first prices of a clock that starts at `start`, and halfway to the next.
static void grid_add_clock(grid *g, const dcat_clock *clock, double start, int round_first,
                           int round_count)
{
    for (int k = round_first; k < round_first + round_count; k++) {
        double price = dcat_clock_price(clock, start, k);
        grid_add_price(g, price);
        grid_add(g, sqrt(price * dcat_clock_price(clock, start, k + 1)));
    }
}

static grid price_grid(const dcat_auction_rules *rules)
{
    const dcat_auction_config *config = &rules->config;
    double reserve = dcat_auction_reserve(config, FEE, WORK_CYCLES);
    grid g = {.count = 0};
    grid_add_clock(&g, &rules->rea, FEE, 0, 3);
    if (config->rea_round_max > 3) { // where the paper's clock stops
        grid_add_clock(&g, &rules->rea, FEE, config->rea_round_max, 1);
    }
    grid_add_clock(&g, &rules->rea_s, reserve, 0, 3);
    grid_add_price(&g, config->one_off_offer * FEE);
    grid_add(&g, 1.3 * FEE);
    grid_add(&g, 0.01 * FEE);
    grid_finish(&g);
    return g;
}

// Fewer points for markets with members, whose number of profiles grows faster.
static grid member_grid(const grid *all)
{
    grid g = {.count = 0};
    for (size_t i = 0; i < MEMBER_GRID_MAX; i++) {
        grid_add(&g, all->value[i * (all->count - 1) / (MEMBER_GRID_MAX - 1)]);
    }
    grid_finish(&g);
    return g;
}

// --- the market

typedef struct market {
    const dcat_audit_rule *rule;
    dcat_auction_rules rules; // of the rule, with this market's ceiling
    size_t bidder_count;
    double handicap[BIDDER_MAX];
    uint64_t draw[DRAW_COUNT];
} market;

// Draws that ask three clusters in each of the six orders, each from another sixth of all
// lotteries.
static void find_draws(market *m)
{
    static const int32_t orders[DRAW_COUNT][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                  {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t o = 0; o < DRAW_COUNT; o++) {
        uint64_t draw = UINT64_MAX / DRAW_COUNT * o;
        while (!(dcat_ask_priority(draw, orders[o][0]) < dcat_ask_priority(draw, orders[o][1]) &&
                 dcat_ask_priority(draw, orders[o][1]) < dcat_ask_priority(draw, orders[o][2]))) {
            draw++;
        }
        m->draw[o] = draw;
    }
}

static market market_of(const dcat_audit_rule *rule, size_t bidder_count, size_t setting)
{
    static const double handicaps[BIDDER_MAX] = {3.7, 0.0, 16.5};
    market m = {.rule = rule, .rules = *rule->rules, .bidder_count = bidder_count};
    m.rules.config.ceiling_per_cycle = (setting & 1 ? 0.7 : 1.5) * FEE / WORK_CYCLES;
    for (size_t i = 0; i < BIDDER_MAX; i++) {
        m.handicap[i] = setting & 2 ? handicaps[i] : 0.0;
    }
    find_draws(&m);
    return m;
}

// What `who` is paid, its handicap taken off, when these limits are reported; NAN if it does not
// win.
static double payment_of(const market *m, uint64_t draw, const double *limit, size_t who)
{
    static const int32_t cluster[BIDDER_MAX] = {0, 1, 2};
    double bid[BIDDER_MAX];
    for (size_t i = 0; i < m->bidder_count; i++) {
        bid[i] = limit[i] + m->handicap[i];
    }
    const dcat_auction_input input = {.fee = FEE,
                                      .work_cycles = WORK_CYCLES,
                                      .bid = bid,
                                      .cluster = cluster,
                                      .bidder_count = m->bidder_count,
                                      .draw = draw,
                                      .user = m->rule->user};
    dcat_auction_result result = m->rule->run(&m->rules, &input);
    return result.winner == (int)who ? result.clearing_price - m->handicap[who] : NAN;
}

// --- lies of clusters

// Judge every pair of a true cost and a lie. paid [count] is what each report is paid, NAN when it
// does not win; the liar does `share` of the work. lie is complete but for what a pair changes;
// bid_of_liar is Nullable.
static void judge(const grid *g, const double *paid, double share, dcat_audit_lie *lie,
                  double *bid_of_liar, double handicap, dcat_audit_lies *lies)
{
    const double least = AUDIT_TOLERANCE * FEE;
    for (size_t t = 0; t < g->count; t++) {
        double cost = share * g->value[t];
        double honest = isnan(paid[t]) ? 0.0 : paid[t] - cost;
        for (size_t r = 0; r < g->count; r++) {
            double lied = isnan(paid[r]) ? 0.0 : paid[r] - cost;
            if (lied - honest <= least) { // nearly always: no need to remember it
                lies->pair_count += r != t;
                continue;
            }
            lie->limit = cost;
            lie->lie = share * g->value[r];
            lie->honest = honest;
            lie->lied = lied;
            if (bid_of_liar != NULL) {
                *bid_of_liar = cost + handicap;
            }
            audit_count_lie(lies, lie);
        }
    }
}

static void judge_cluster(const market *m, const grid *g, const double *paid, const double *limit,
                          size_t who, dcat_audit_lies *lies)
{
    dcat_audit_lie lie = {.fee = FEE, .bidder_count = m->bidder_count, .task = -1};
    for (size_t i = 0; i < m->bidder_count; i++) {
        lie.bid[i] = limit[i] + m->handicap[i];
    }
    judge(g, paid, 1.0, &lie, &lie.bid[who], m->handicap[who], lies);
}

// All lies of one bidder under one draw, whatever the others' limits.
static void lies_of_cluster(const market *m, const grid *g, uint64_t draw, size_t who,
                            dcat_audit_lies *lies)
{
    double limit[BIDDER_MAX] = {0};
    double paid[GRID_MAX];
    assert(g->count > 0);
    size_t others = m->bidder_count == 3 ? g->count * g->count : g->count;
    for (size_t profile = 0; profile < others; profile++) {
        limit[(who + 1) % m->bidder_count] = g->value[profile % g->count];
        if (m->bidder_count == 3) {
            limit[(who + 2) % 3] = g->value[profile / g->count];
        }
        for (size_t r = 0; r < g->count; r++) {
            limit[who] = g->value[r];
            paid[r] = payment_of(m, draw, limit, who);
        }
        judge_cluster(m, g, paid, limit, who, lies);
    }
}

dcat_audit_lies dcat_audit_small_clusters(const dcat_audit_rule *rule)
{
    dcat_audit_lies lies = {0};
    for (size_t setting = 0; setting < SETTING_COUNT; setting++) {
        for (size_t count = 2; count <= BIDDER_MAX; count++) {
            market m = market_of(rule, count, setting);
            grid g = price_grid(&m.rules);
            for (size_t job = 0; job < DRAW_COUNT * count; job++) {
                lies_of_cluster(&m, &g, m.draw[job / count], job % count, &lies);
            }
        }
    }
    return lies;
}

// --- lies of members

// Cluster 0 has two members with these loads; costs are what the whole work would cost on each.
static const double load[2] = {0.4, 0.6};

// Tariffs count where the share goes by them; the work is the unit of both.
static const double tariff[2] = {20.0, 32.0};

static const int32_t both[2] = {0, 1};

static dcat_share_team team_of(const double *cost, dcat_member *members)
{
    for (size_t i = 0; i < 2; i++) {
        members[i] = (dcat_member){.speed_hz = load[i], .unit_cost = cost[i], .tariff = tariff[i]};
    }
    return dcat_share_team_of(members, both, 2);
}

static void judge_member(const market *m, const grid *g, const double *part, size_t member,
                         double mate, const double *limit, dcat_audit_lies *lies)
{
    dcat_audit_lie lie = {.fee = FEE, .bidder_count = m->bidder_count, .task = -1};
    for (size_t i = 1; i < m->bidder_count; i++) {
        lie.bid[i] = limit[i] + m->handicap[i];
    }
    lie.bid[0] = mate; // the other member's cost; the cluster's bid follows from the two
    judge(g, part, load[member], &lie, NULL, 0.0, lies);
}

// All lies of one member of cluster 0, whatever its mate's cost and the rivals' limits.
static void lies_of_member(const market *m, const grid *g, uint64_t draw, size_t member,
                           dcat_audit_lies *lies)
{
    double limit[BIDDER_MAX] = {0};
    double part[GRID_MAX];
    assert(g->count > 0);
    size_t profiles = g->count * g->count * (m->bidder_count == 3 ? g->count : 1);
    for (size_t profile = 0; profile < profiles; profile++) {
        double mate = g->value[profile % g->count];
        limit[1] = g->value[profile / g->count % g->count];
        limit[2] = g->value[profile / (g->count * g->count)];
        for (size_t r = 0; r < g->count; r++) {
            const dcat_share *share = m->rule->shares.share;
            double said[2] = {mate, mate};
            said[member] = g->value[r];
            dcat_member members[2];
            dcat_share_team team = team_of(said, members);
            limit[0] = share->unit_limit(share, &team, members, both);
            double payment = payment_of(m, draw, limit, 0);
            part[r] =
                isnan(payment) ? NAN : share->pay(share, &team, &members[member], 1.0, payment);
        }
        judge_member(m, g, part, member, mate, limit, lies);
    }
}

dcat_audit_lies dcat_audit_small_members(const dcat_audit_rule *rule)
{
    dcat_audit_lies lies = {0};
    for (size_t setting = 0; setting < SETTING_COUNT; setting++) {
        for (size_t count = 2; count <= BIDDER_MAX; count++) {
            market m = market_of(rule, count, setting);
            grid all = price_grid(&m.rules);
            grid g = member_grid(&all);
            for (size_t d = 0; d < DRAW_COUNT; d++) {
                for (size_t member = 0; member < 2; member++) {
                    lies_of_member(&m, &g, m.draw[d], member, &lies);
                }
            }
        }
    }
    return lies;
}
