// SPDX-License-Identifier: Apache-2.0
// The game inside a cluster, by the smallest examples there are. They are explained in
// docs/inner-game.md. Build it against an installed dcat:
//
//   cc inner_game.c $(pkg-config --cflags --libs dcat) -lm -o inner_game

#include <dcat/share.h>
#include <dcat/x/audit.h>
#include <dcat/x/clock.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

// Two members of one speed: each does half of the work, which is 2 cycles, one each.
static const int32_t both[] = {0, 1};
#define WORK 2.0

typedef struct pair {
    double cost[2], tariff[2];
} pair;

static dcat_share_team team_of(const pair *p, dcat_member members[2])
{
    for (int i = 0; i < 2; i++) {
        members[i] = (dcat_member){1.0, p->cost[i], p->tariff[i]};
    }
    return dcat_share_team_of(members, both, 2);
}

// What is left to member `who`, whose cycle costs `cost`, when both say what is in p and the
// cluster is offered a payment: nothing where that is below the limit.
static double left(const dcat_share *share, const pair *p, int who, double cost, double payment)
{
    dcat_member members[2];
    dcat_share_team team = team_of(p, members);
    if (payment < WORK * share->unit_limit(share, &team, members, both)) {
        return 0.0;
    }
    return share->pay(share, &team, &members[who], WORK, payment) - cost;
}

// --- shares that look right and are not: rows of one's own, as dcat_audit_rule takes them

static double mean_cost(const dcat_share *share, const dcat_share_team *team,
                        const dcat_member *servers, const int32_t *workers)
{
    (void)share;
    (void)servers;
    (void)workers;
    return team->unit_cost_mean;
}

// To each what it says its work costs, and an equal share of what is left: the Shapley value, where
// all are needed.
static double plus_surplus(const dcat_share *share, const dcat_share_team *team,
                           const dcat_member *member, double work_cycles, double payment)
{
    (void)share;
    double load = member->speed_hz / team->speed_hz;
    return work_cycles * load * member->unit_cost +
           (payment - work_cycles * team->unit_cost_mean) / (double)team->member_count;
}

// To each the payment less what the others' work costs: truthful, and far more than the payment.
static double team_vcg(const dcat_share *share, const dcat_share_team *team,
                       const dcat_member *member, double work_cycles, double payment)
{
    (void)share;
    double load = member->speed_hz / team->speed_hz;
    return payment - work_cycles * (team->unit_cost_mean - load * member->unit_cost);
}

static const dcat_share bad_plus_surplus = {DCAT_SIZED(dcat_share), .name = "cost plus surplus",
                                            .unit_limit = mean_cost, .unit_break_even = mean_cost,
                                            .pay = plus_surplus};
static const dcat_share bad_team_vcg = {DCAT_SIZED(dcat_share), .name = "team VCG",
                                        .unit_limit = mean_cost, .unit_break_even = mean_cost,
                                        .pay = team_vcg};

static void rows(void)
{
    const pair p = {{4.0, 6.0}, {4.0, 6.0}};
    dcat_member members[2];
    dcat_share_team team = team_of(&p, members);
    printf("Shares of two members that cost 4 and 6, with exact tariffs, paid 14\n");
    for (size_t i = 0; i <= dcat_share_count() + 1; i++) {
        const dcat_share *share = i < dcat_share_count()    ? dcat_share_at(i)
                                  : i == dcat_share_count() ? &bad_plus_surplus
                                                            : &bad_team_vcg;
        double pay[2];
        for (int m = 0; m < 2; m++) {
            pay[m] = share->pay(share, &team, &members[m], WORK, 14.0);
        }
        printf("  %-17s  limit %4.1f, pays %4.1f and %4.1f, together %4.1f\n", share->name,
               WORK * share->unit_limit(share, &team, members, both), pay[0], pay[1],
               pay[0] + pay[1]);
    }
}

// Theorem 0: a truthful rule that hands on the payment posts a split a, P - a. Both pairs of costs
// are below the payment and worth taking; no split takes both.
static void theorem0(void)
{
    static const int costs[2][2] = {{60, 79}, {62, 77}}; // tenths
    printf("Theorem 0: a split of 14 accepts (6, 7.9) and (6.2, 7.7)\n");
    for (int a = 59; a <= 63; a++) {
        bool accepts[2];
        for (int i = 0; i < 2; i++) {
            accepts[i] = costs[i][0] <= a && costs[i][1] <= 140 - a;
        }
        printf("  %.1f and %.1f: %-3s %s\n", a / 10.0, 14.0 - a / 10.0, accepts[0] ? "yes" : "no",
               accepts[1] ? "yes" : "no");
    }
}

// Theorem 4: reported costs in the pay tempt.
static void theorem4(void)
{
    const pair honest = {{4.0, 6.0}, {4.0, 6.0}}, lie = {{7.0, 6.0}, {4.0, 6.0}};
    printf("Member 0 costs 4 and says 7, of a payment of 14\n");
    printf("  cost plus surplus leaves it %.1f instead of %.1f\n",
           left(&bad_plus_surplus, &lie, 0, 4.0, 14.0),
           left(&bad_plus_surplus, &honest, 0, 4.0, 14.0));
    printf("  tariff leaves it %.1f instead of %.1f\n",
           left(dcat_share_find("tariff"), &lie, 0, 4.0, 14.0),
           left(dcat_share_find("tariff"), &honest, 0, 4.0, 14.0));
}

// Theorem 1: every lie of either member, on a grid, at every payment.
static void theorem1(const dcat_share *share)
{
    int lies = 0, pay = 0;
    for (int c = 0; c < 100; c++) {
        for (int said = 0; said < 10; said++) {
            for (int payment = 1; payment < 30; payment++) {
                pair honest = {{1.0 + c / 10, 1.0 + c % 10}, {4.0, 6.0}}, lie = honest;
                lie.cost[0] = 1.0 + said;
                double cost = honest.cost[0];
                lies++;
                pay += left(share, &lie, 0, cost, payment) >
                       left(share, &honest, 0, cost, payment) + 1e-9;
            }
        }
    }
    printf("  %-17s  %d lies, %s\n", share->name, lies, pay == 0 ? "none pays" : "some pay");
}

static double limit_of(const char *name, const dcat_share_team *team, const dcat_member *members)
{
    const dcat_share *share = dcat_share_find(name);
    return WORK * share->unit_limit(share, team, members, both);
}

// Theorem 2 and its limits.
static void theorem2(void)
{
    static const pair pairs[] = {
        {{4.0, 6.0}, {4.0, 6.0}}, {{4.0, 6.0}, {4.4, 5.4}}, {{1.0, 1.0}, {2.0, 1.0}}};
    static const char *const what[] = {"exact", "a tenth off", "tariffs 2 and 1 for costs 1 and 1"};
    printf("Limits: mean cost (load), by tariffs, of the dearest (unit)\n");
    for (int i = 0; i < 3; i++) {
        dcat_member members[2];
        dcat_share_team team = team_of(&pairs[i], members);
        printf("  %-34s %5.2f %5.2f %5.2f\n", what[i], limit_of("load", &team, members),
               limit_of("tariff", &team, members), limit_of("unit", &team, members));
    }
}

// A cluster starts from the tariff ceiling; who is too dear for it may leave the work to others.
static void opt_out(void)
{
    const pair p = {{12.0, 16.0}, {10.0, 20.0}};
    dcat_member members[2];
    team_of(&p, members);
    printf("Costs 12 and 16, tariffs 10 and 20, at most 1.1 times the tariff\n");
    for (int may = 0; may < 2; may++) {
        const dcat_share_rules rules = {dcat_share_find("tariff"), INFINITY, 1.1, may == 1};
        int32_t workers[2];
        dcat_terms terms = dcat_share_terms(&rules, members, both, 2, workers);
        printf("  %s: %zu work, limit %.1f a cycle, start %.1f: %s\n",
               may == 1 ? "with opt-out" : "all or none ", terms.team.member_count,
               terms.unit_limit, terms.unit_start,
               terms.unit_limit <= terms.unit_start ? "in" : "out");
    }
}

static void coins(void)
{
    int64_t share[3];
    dcat_share_split(100, (const uint64_t[]){1, 1, 1}, 3, share);
    printf("100 coins for three of the same weight: %" PRId64 ", %" PRId64 ", %" PRId64 "\n",
           share[0], share[1], share[2]);
}

// Lies of members, and of pairs that both want to gain, in random small markets.
static void brute_force(const dcat_share *share)
{
    const dcat_auction_config config = dcat_auction_config_default();
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &config);
    dcat_audit_inner_rule rule = dcat_audit_inner_rule_of(dcat_auction_find("rea-s"), &rules);
    rule.rule.shares.share = share;
    dcat_audit_inner found = dcat_audit_inner_game(&rule, 1, 1000);
    printf("  %-17s  of members: %s, of pairs: %s, of clusters: %s; members below cost: %s\n",
           share->name, found.members.profitable == 0 ? "none pays" : "some pay",
           found.pairs.profitable == 0 ? "none pays" : "some pay",
           found.clusters.profitable == 0 ? "none pays" : "some pay",
           found.below_cost == 0 ? "none" : "some");
}

int main(void)
{
    rows();
    theorem0();
    printf("Theorem 1: every lie of a member, at every payment\n");
    for (size_t i = 0; i < dcat_share_count(); i++) {
        theorem1(dcat_share_at(i));
    }
    theorem1(&bad_plus_surplus);
    theorem1(&bad_team_vcg);
    printf("Lies in random small markets under rea-s\n");
    for (size_t i = 0; i < dcat_share_count(); i++) {
        brute_force(dcat_share_at(i));
    }
    brute_force(&bad_plus_surplus);
    theorem2();
    theorem4();
    opt_out();
    coins();
    return 0;
}
