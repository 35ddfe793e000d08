// SPDX-License-Identifier: Apache-2.0
// audit.h - what a market promises, measured: lies, losses, Theorem 2, and what is not protected.
//
// A guarantee is checked by trying to break it. Every number here is a count over cases that were
// tried, so 0 means "none among these", and the count of cases is always beside it.
// docs/guarantees.md says in plain words what follows and what does not.

#ifndef DCAT_AUDIT_H
#define DCAT_AUDIT_H

#include "dcat/auction.h"
#include "dcat/demand.h"
#include "dcat/error.h"
#include "dcat/run.h"
#include "dcat/world.h"
#include "dcat/x/jobs.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// --- Incentive compatibility

// A mechanism under audit: any auction rule, so that rules that are not ours can be tried too.
typedef struct dcat_audit_rule {
    const char *name;
    const dcat_auction_rules *rules; // handed to run; also says where prices lie that are worth
                                     // trying
    dcat_auction_result (*run)(const dcat_auction_rules *rules, const dcat_auction_input *input);
    void *user;              // Nullable: handed to run in its input
    dcat_share_rules shares; // how clusters divide; only read where members lie
} dcat_audit_rule;

// A row of the table of auctions as a rule under audit. Borrows rules.
DCAT_API dcat_audit_rule dcat_audit_rule_of(const dcat_auction *kind,
                                            const dcat_auction_rules *rules);

// The lie that gained most.
#define DCAT_AUDIT_BID_MAX 3
typedef struct dcat_audit_lie {
    double fee;
    double limit, lie;   // what the liar's limit (member: cost of its share) is, and what
                         // it said
    double honest, lied; // its utility either way
    size_t bidder_count; // of its auction
    double bid[DCAT_AUDIT_BID_MAX]; // all bids when honest, only for small markets; when a member
                                    // lies, [0] is the cost of the work on its mate instead
    uint32_t cycle, slot;           // only for auctions of a scenario
    int32_t task;                   // -1 for small markets
    uint64_t seed;
} dcat_audit_lie;

// Profiles of true limits together with one lie of one bidder, everything else the same, the random
// draw too: so "not profitable" holds ex post, for each outcome of each lottery, and not only in
// expectation. A gain counts from a billionth of the fee on; below that is rounding.
typedef struct dcat_audit_lies {
    int64_t pair_count;
    int64_t profitable;
    double largest_gain; // as a share of the fee; 0 when nothing gained
    dcat_audit_lie worst;
} dcat_audit_lies;

// All lies of all bidders in markets of 2 and 3 clusters: limits and lies on, between and one
// rounding step beside prices that the rule's clocks show, above and far below them, in all ask
// orders, with and without handicaps, under a ceiling that binds and one that does not.
DCAT_API dcat_audit_lies dcat_audit_small_clusters(const dcat_audit_rule *rule);

// The same for a member server that lies about its own cost, in clusters of two against one or two
// rivals.
DCAT_API dcat_audit_lies dcat_audit_small_members(const dcat_audit_rule *rule);

// --- The game inside clusters

// A rule as it divides. The Nullable parts are for rules that are not ours.
typedef struct dcat_audit_inner_rule {
    dcat_audit_rule rule; // with the share of rule.shares; its prices are drawn, market by market
    bool starts;          // clusters have start prices of their own, and members may opt out of
                          // them where the share goes by tariffs
    // What the winner is paid, its handicap not taken off, for the rule's clearing price. NULL: at
    // most the start price of its own.
    double (*price)(double clearing, double own_start, double highest_start);
    // Who works of members [member_count], given what they say and the least payment, in units of
    // tariffs, that the start price leaves them. Returns how many. NULL: as dcat_share_terms.
    size_t (*team)(const dcat_member *said, const int32_t *members, size_t member_count,
                   double ratio_start, int32_t *workers);
    // Whose handicap, admission and ceiling_on the markets have, under rules with start prices; the
    // moments from which their clusters could begin are drawn. NULL: handicaps and admission are.
    const dcat_market_config *market;
} dcat_audit_inner_rule;

// A row of the table of auctions as such a rule, whose market is drawn. Borrows rules.
DCAT_API dcat_audit_inner_rule dcat_audit_inner_rule_of(const dcat_auction *auction,
                                                        const dcat_auction_rules *rules);

typedef struct dcat_audit_inner {
    int64_t market_count;
    dcat_audit_lies members;  // single lies of members about their own cost
    dcat_audit_lies clusters; // of a cluster about its limit
    dcat_audit_lies pairs;    // of two members of one cluster; worth it when both gain, by the
                              // lesser gain
    int64_t award_count;      // of honest markets
    int64_t below_cost;       // awards that pay a member less than its cost
    int64_t above_start;      // awards above the winner's own start price
    int64_t not_shared;       // awards whose shares do not add up to the payment
} dcat_audit_inner;

// Random small markets: 1 to 3 clusters of 1 to 3 members, costs and tariffs on a grid with ties or
// anywhere, start prices above and below each other, with and without handicaps, public admission
// and opt-out, clusters whose members are not all needed. In each every member, cluster and pair of
// members of a cluster tries every lie of a list that holds the others' numbers and both sides of
// where a start price would be refused. The markets are a function of the seed.
DCAT_API dcat_audit_inner dcat_audit_inner_game(const dcat_audit_inner_rule *rule, uint64_t seed,
                                                int64_t market_count);

// --- Individual rationality (10f)

typedef struct dcat_audit_side {
    int64_t case_count; // awards looked at
    int64_t below;      // of them: somebody of this side lost money
    double worst;       // lowest utility of one of them, money; 0 when nobody lost
    double worst_share; // that loss as a share of what it cost them
    double lost;        // summed losses, money
} dcat_audit_side;

typedef struct dcat_audit_rational {
    dcat_audit_side platform; // fee - payment
    dcat_audit_side user;     // value - fee, of tasks with a value
    dcat_audit_side cluster;  // payment - cost (8)
    dcat_audit_side member;   // every server's share of pay and work
    double payment;           // all payments, to compare losses with
} dcat_audit_rational;

// --- Beyond one auction

// What those gain who do something that no single auction rules out, over a whole run. All others
// stay honest. Utilities are summed over the attempts.
typedef struct dcat_audit_gain {
    double factor; // what is said, as a multiple of the truth; 0 where that is no question
    int64_t attempt_count;
    int64_t gainful;        // attempts that paid
    double honest, gamed;   // summed utility of those who try, money
    double largest;         // largest gain of one attempt, money
    double platform_honest; // the platform's profit, summed over the attempts
    double platform_gamed;  // the same while somebody games
    int64_t award_count;    // tasks awarded to those who game
    int64_t late;           // of them: finished after the deadline
} dcat_audit_gain;

// A user who says its deadline is longer than it is. Sums over the tasks tried.
typedef struct dcat_audit_deadline {
    int64_t task_count;
    int64_t served_honest, served_lied;
    int64_t in_time_lied;        // finished within the true deadline; honest ones always are
    double fee_honest, fee_lied; // paid
} dcat_audit_deadline;

// How hard each tries: every factor by itself, in the order of the comments.
#define DCAT_AUDIT_OWNED_CLUSTERS 3
#define DCAT_AUDIT_SPEED_FACTORS 4 // 0.8, 0.9, 1.1, 1.2
#define DCAT_AUDIT_COST_FACTORS 5  // 1.02, 1.05, 1.1, 1.2, 1.5
#define DCAT_AUDIT_DEADLINE_FACTOR 1.5
#define DCAT_AUDIT_EFFICIENCY_FACTORS 3 // 0.8, 1.25, 2
#define DCAT_AUDIT_MEMORY_FACTOR 4.0

// "best": everybody who tries uses the factor that pays it best in this run, or stays honest.
typedef struct dcat_audit_manipulation {
    dcat_audit_gain withhold; // an owner of several neighbouring clusters keeps one out of the
                              // market
    dcat_audit_gain speed[DCAT_AUDIT_SPEED_FACTORS]; // a server says another speed than it has
    dcat_audit_gain speed_best;
    dcat_audit_gain cost[DCAT_AUDIT_COST_FACTORS]; // a cluster says in every auction that it is
                                                   // dearer than it is
    dcat_audit_gain cost_best;
    dcat_audit_deadline deadline;
    // Where work has classes: a server says of its device that it is better or worse at one of the
    // classes that it can do, or that it has more memory than it has. Work for which memory is
    // missing never ends and is given up when it was promised.
    dcat_audit_gain efficiency[DCAT_AUDIT_EFFICIENCY_FACTORS];
    dcat_audit_gain efficiency_best;
    dcat_audit_gain memory; // those whom it would let into some class
} dcat_audit_manipulation;

// --- Do members want to stay?

// What a server would earn elsewhere, one at a time, everybody else where the clusterer put them.
// Gainful: by more than a hundredth of what it earns. The best of staying and of what is tried.
// Those who would gain most are named, the largest gain first.
#define DCAT_AUDIT_NAMED 16

typedef struct dcat_audit_stay {
    uint64_t seed; // of the run's world
    int32_t server;
    double honest, gamed;                   // what it earns, and what it would, money
    double platform_honest, platform_gamed; // the platform's profit in both runs
} dcat_audit_stay;

typedef struct dcat_audit_stays {
    int32_t count;
    dcat_audit_stay of[DCAT_AUDIT_NAMED];
} dcat_audit_stays;

typedef struct dcat_audit_stability {
    dcat_audit_gain leave; // alone in every cycle
    dcat_audit_gain move;  // with another cluster that the span limit allows
    dcat_audit_stays would_leave, would_move;
} dcat_audit_stability;

// What each server of one run would gain by being alone in every cycle, everybody else where the
// policy put them, demand and draws the same: gain is [S], money; 0 for who is alone anyway. One
// run a server. jobs is Nullable: threads, progress and stop; no ranks. Errors: as dcat_run.
DCAT_API dcat_status dcat_audit_leaving(const dcat_world *world, const dcat_demand *demand,
                                        const dcat_run_config *config, const dcat_jobs *jobs,
                                        double *gain, dcat_error *err);

// --- Theorem 2

enum { DCAT_AUDIT_GAMMAS = 10, DCAT_AUDIT_CROWDS = 6 };

// Whether a contested task is sold by the paper's clock. c1 <= c2 are the two lowest bids, p0 the
// fee, gamma the decrement, K the number of rounds. Exactly: with k* the first k >= 1 for which
// gamma^k p0 < c2, it is sold to the cheapest iff gamma^k* p0 >= c1 and k* <= K.
typedef struct dcat_audit_theorem2 {
    // Profiles with limits anywhere between 0 and 1.2 fees, ties, small K.
    int64_t profile_count;
    int64_t exact_wrong; // the exact condition and the auction disagree
    // The paper's condition holds, and the task was lost or went above the promised price:
    int64_t paper_holds;
    int64_t paper_lost_inside; // with c2 <= p0 and no limit on rounds
    int64_t paper_lost_above;  // because c1 <= p0 < c2
    int64_t paper_lost_rounds; // because K < k*
    // The simple condition gamma >= c1 / c2, under the same assumptions.
    int64_t simple_holds, simple_lost;
    int64_t tie_count, tie_sold; // c1 = c2, inside the assumptions
    // Limits as in the scenario, without a limit on rounds.
    double gamma[DCAT_AUDIT_GAMMAS];
    int32_t crowd[DCAT_AUDIT_CROWDS];                         // number of candidates
    int64_t cell_profiles;                                    // profiles in each cell
    int64_t lost[DCAT_AUDIT_CROWDS][DCAT_AUDIT_GAMMAS];       // by the auction
    int64_t lost_exact[DCAT_AUDIT_CROWDS][DCAT_AUDIT_GAMMAS]; // by the exact condition
    int64_t paper_says[DCAT_AUDIT_CROWDS][DCAT_AUDIT_GAMMAS]; // the paper's condition holds
    int64_t simple_says[DCAT_AUDIT_CROWDS][DCAT_AUDIT_GAMMAS];
    double step_paper, step_simple; // mean largest 1 - gamma that each allows, crowd of 10
} dcat_audit_theorem2;

// The paper's sufficient condition: gamma > 1 - (c2 - c1) / p0.
DCAT_API bool dcat_theorem2_paper(double gamma, double fee, double c1, double c2);

// --- All of it

DCAT_API const char *dcat_audit_promise_name(dcat_promise promise);

typedef struct dcat_audit_auction {
    const dcat_auction *kind;
    dcat_audit_lies small_clusters, small_members; // exhaustive
    dcat_audit_inner inner;                        // random small markets
    dcat_audit_lies real_clusters, real_members;   // random, in the scenario's auctions
    dcat_audit_rational rational;
    // [0] with the ceiling, [1] without; equal for auctions that have none.
    dcat_audit_manipulation manipulation[2];
    dcat_audit_stability stability; // where it was asked for
    bool ceiling;                   // whether a ceiling is set and the auction uses it
    bool promised[DCAT_PROMISE_COUNT];
    bool broken[DCAT_PROMISE_COUNT]; // something was found against it, promised or not
} dcat_audit_auction;

typedef struct dcat_audit_config {
    size_t size;                 // DCAT_SIZED(dcat_audit_config)
    const dcat_policy *policies; // [policy_count] one per auction rule
    size_t policy_count;
    const dcat_world *const *worlds; // [world_count]
    const uint64_t *seeds;           // [world_count]
    size_t world_count;
    uint32_t cycle_first, cycle_count;
    uint32_t gaming_cycle_max; // cycles of the runs in which somebody games; 0: all
    int64_t pair_count;        // random lies in the scenario's auctions, per auction rule; >= 1
    int64_t inner_count;       // random small markets for the game inside clusters; 0: none
    bool stability, moves;     // try whether servers want to leave, and to move as well
    const dcat_jobs *jobs;     // Nullable: threads, progress and stop; no ranks
    size_t attempt_max; // clusters, servers and owners that game, each per world; 0: all there are
} dcat_audit_config;

// Audit: results is [policy_count]. theorem2 is filled when `rea` is among the auctions, and zero
// otherwise. Jobs spread over cores; results do not depend on how many. Errors: ERR_RANGE,
// ERR_MEMORY.
DCAT_API dcat_status dcat_audit_run(const dcat_demand *demand, const dcat_audit_config *config,
                                    dcat_audit_auction *results, dcat_audit_theorem2 *theorem2,
                                    dcat_error *err);

// Whether something promised was broken.
DCAT_API bool dcat_audit_failed(const dcat_audit_auction *result);

#ifdef __cplusplus
}
#endif
#endif
