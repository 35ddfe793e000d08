// SPDX-License-Identifier: Apache-2.0
// What an auction guarantees and what it does not, by the smallest examples there are. They are
// explained in docs/guarantees.md. Build it against an installed dcat:
//
//   cc guarantees.c $(pkg-config --cflags --libs dcat) -lm -o guarantees

#include <dcat/x/audit.h>
#include <dcat/x/clock.h>
#include <dcat/x/model.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#define FEE 100.0

static dcat_auction_result run(const dcat_auction *kind, const dcat_auction_config *config,
                               double a, double b)
{
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, config);
    const double bid[] = {a, b};
    const int32_t cluster[] = {0, 1};
    const dcat_auction_input task = {.fee = FEE,
                                     .work_cycles = 1e9,
                                     .bid = bid,
                                     .cluster = cluster,
                                     .bidder_count = 2,
                                     .draw = 0}; // lotteries take the first
    return kind->run(&rules, &task);
}

static void say(const char *what, const dcat_auction_result *result)
{
    if (result->outcome == DCAT_AUCTION_SOLD) {
        printf("  %s: cluster %d is paid %.2f\n", what, result->winner, result->clearing_price);
    } else {
        printf("  %s: unsold, %s\n", what, dcat_auction_outcome_name(result->outcome));
    }
}

// The paper's clock alone: no lottery stands in for a failed auction.
static dcat_auction_config clock_of_paper(int round_max)
{
    dcat_auction_config config = dcat_auction_config_default();
    config.rea_decrement = 0.8;
    config.rea_round_max = round_max;
    config.rea_round_end = DCAT_END_UNSOLD;
    return config;
}

static void theorem2(const char *why, int round_max, double c1, double c2)
{
    dcat_auction_config config = clock_of_paper(round_max);
    dcat_auction_result result = run(dcat_auction_find("rea"), &config, c1, c2);
    printf("%s: costs %g and %g, fee %g, gamma 0.8\n", why, c1, c2, FEE);
    printf("  the paper's condition %s\n",
           dcat_theorem2_paper(0.8, FEE, c1, c2) ? "holds" : "does not hold");
    say("rea", &result);
    result = run(dcat_auction_find("rea-s"), &config, c1, c2);
    say("rea-s", &result);
}

static double utility(const dcat_auction_result *result, double cost)
{
    return result->winner == 0 ? result->clearing_price - cost : 0.0;
}

static void lottery_tempts(void)
{
    dcat_auction_config config = clock_of_paper(DCAT_ROUND_UNLIMITED);
    config.rea_all_left = DCAT_END_LOTTERY;
    dcat_auction_result honest = run(dcat_auction_find("rea"), &config, 60.0, 70.0);
    dcat_auction_result lied = run(dcat_auction_find("rea"), &config, 70.0, 70.0);
    printf("A lottery when all left together: costs 60 and 70\n");
    say("honest", &honest);
    say("cluster 0 says 70, and the draw is kind", &lied);
    printf("  the lie is worth %.2f instead of %.2f\n", utility(&lied, 60.0),
           utility(&honest, 60.0));
}

static void no_lie_pays(const dcat_auction *kind)
{
    const dcat_auction_config config = dcat_auction_config_default();
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &config);
    const dcat_audit_rule rule = dcat_audit_rule_of(kind, &rules);
    dcat_audit_lies clusters = dcat_audit_small_clusters(&rule);
    dcat_audit_lies members = dcat_audit_small_members(&rule);
    printf("  %-8s  of clusters: %s, of members: %s\n", rule.name,
           clusters.profitable == 0 ? "none pays" : "some pay",
           members.profitable == 0 ? "none pays" : "some pay");
}

// Members are paid by load, whatever they cost.
static void member_loses(void)
{
    const double speed_hz[] = {200e9, 300e9};
    const double work_cycles = 700e9;
    const double payment = 59.5;
    printf("A member below its cost: servers of 200 and 300 GHz, 20 a second, paid %g for 700 "
           "giga-cycles\n",
           payment);
    double dearest = 0.0;
    for (int i = 0; i < 2; i++) {
        double unit_cost = dcat_unit_cost(0.0, 20.0, speed_hz[i], 1.0);
        dearest = fmax(dearest, unit_cost);
        printf("  member %d is left with %+.1f\n", i,
               dcat_server_utility(payment, work_cycles, speed_hz[i], 500e9, unit_cost));
    }
    printf("  the cluster costs %g, so rea lets it accept; the limit under rea-s is %g\n",
           dcat_cluster_cost(work_cycles, 0.4 * 1e-10 + 0.6 * 20.0 / 300e9),
           dcat_cluster_cost(work_cycles, dearest));
}

int main(void)
{
    theorem2("Theorem 2, c1 <= fee < c2", DCAT_ROUND_UNLIMITED, 90.0, 120.0);
    theorem2("Theorem 2, too few rounds (K = 2)", 2, 10.0, 50.0);
    theorem2("Theorem 2, a tie", DCAT_ROUND_UNLIMITED, 50.0, 50.0);
    lottery_tempts();
    printf("Every lie in markets of two and three\n");
    for (size_t kind = 0; kind < dcat_auction_count(); kind++) {
        no_lie_pays(dcat_auction_at(kind));
    }
    member_loses();
    return 0;
}
