// SPDX-License-Identifier: Apache-2.0
// auction.h - award one task to one cluster at one price.
//
// Every auction sees the same thing: the clusters that can finish the task in time, each with its
// bid, the lowest clock price it accepts. What differs is the rule. One file per rule, one row per
// rule in a table. Source: paper, Algorithm 2 (rea); DESIGN of this project for the others.
//
// A bid is limit + handicap: the limit is the lowest payment the cluster accepts, the handicap is
// public, set by the market, and taken off the winner's pay again by the caller. A rule only sees
// bids, so every rule works with handicaps.

#ifndef DCAT_AUCTION_H
#define DCAT_AUCTION_H

#include "dcat/error.h"
#include "dcat/rng.h"
#include "dcat/share.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// How an auction ended. An unsold task is a result, not an error.
typedef enum dcat_auction_outcome {
    DCAT_AUCTION_SOLD = 0,
    DCAT_AUCTION_NO_CANDIDATE, // no cluster can finish in time
    DCAT_AUCTION_NO_BIDDER,    // candidates, but none accepts the first price asked
    DCAT_AUCTION_ALL_LEFT,     // the last bidders left on the same price cut
    DCAT_AUCTION_ROUND_LIMIT,  // round_max cuts and still several bidders
    DCAT_AUCTION_NOT_ADMITTED, // clusters could finish in time, but none is admitted (market)
    DCAT_AUCTION_NO_DEVICE,    // no cluster has devices for its class of work (market)
    DCAT_AUCTION_OVER_VALUE,   // the fee is more than the task is worth to its user (market)
    DCAT_AUCTION_OUTCOME_COUNT
} dcat_auction_outcome;

// What every outcome but a sale is called, in one place. X(enumerator, key, name, meaning): the key
// is the field of dcat_totals and the word of columns and JSON, the name the word in cells.
#define DCAT_AUCTION_UNSOLD(X)                                                                     \
    X(NO_CANDIDATE, no_candidate, "no-candidate", "tasks that no cluster could finish in time")    \
    X(NO_BIDDER, no_bidder, "no-bidder", "tasks that nobody bid for")                              \
    X(ALL_LEFT, all_left, "all-left", "tasks lost because the last bidders left together")         \
    X(ROUND_LIMIT, round_limit, "round-limit", "tasks lost to the limit on rounds")                \
    X(NOT_ADMITTED, not_admitted, "not-admitted",                                                  \
      "tasks that clusters could finish in time, none of them admitted")                           \
    X(NO_DEVICE, no_device, "no-device", "tasks of a class that no cluster has devices for")       \
    X(OVER_VALUE, over_value, "over-value", "tasks whose fee is more than they are worth")

// What rea does where Algorithm 2 is silent.
typedef enum dcat_end_rule {
    DCAT_END_UNSOLD = 0,
    DCAT_END_LOTTERY, // to a random one of those who accepted the last price that somebody accepted
} dcat_end_rule;

// Which of a cluster's unit costs is its limit. Rules under the public ceiling whose limit is the
// dearest member's go by the market's share instead: dcat_auction_shares.
typedef enum dcat_limit_rule {
    DCAT_LIMIT_MEAN =
        0,          // the cluster's cost (8): the paper; a member dearer than the mean can lose
    DCAT_LIMIT_MAX, // its dearest member's: paid one unit price by load, no member ever loses
    DCAT_LIMIT_RULE_COUNT
} dcat_limit_rule;

// What a rule can promise, judged by dcat_audit_run.
typedef enum dcat_promise {
    DCAT_PROMISE_TRUTHFUL_CLUSTERS = 0, // no lie of a cluster pays in one auction
    DCAT_PROMISE_TRUTHFUL_MEMBERS,      // nor one of a member server
    DCAT_PROMISE_PLATFORM,              // (10f), four sides
    DCAT_PROMISE_USERS,
    DCAT_PROMISE_CLUSTERS,
    DCAT_PROMISE_MEMBERS,
    DCAT_PROMISE_COUNT
} dcat_promise;

#define DCAT_ROUND_UNLIMITED 0

typedef struct dcat_auction_config {
    double rea_decrement;        // gamma of rea, in [0.01, 0.9999]; default 0.8
    int rea_round_max;           // K: price cuts before the clock stops; >= 1, or
                                 // DCAT_ROUND_UNLIMITED; default 10
    dcat_end_rule rea_all_left;  // nobody left; default unsold (lottery is not truthful)
    dcat_end_rule rea_round_end; // K cuts and several left; default lottery
    double one_off_offer;        // offer / fee of one-off, in (0, 1]; default 0.8
    double rea_s_decrement;      // gamma of rea-s, in [0.01, 0.9999]; default 0.99
    double ceiling_per_cycle;    // r: the most the platform pays per cycle of work under rea-s,
                                 // vickrey and posted; > 0, INFINITY for none; default INFINITY
    // How clusters divide under these three (share.h).
    const dcat_share *share; // default: unit
    double tariff_ceiling;   // a cluster starts from this times its tariff, if that is less than
                             // fee and ceiling; >= 1, INFINITY for none; default INFINITY
    bool opt_out;            // members to whom that pays no cost are left out; needs share tariff;
                             // default false
} dcat_auction_config;

DCAT_API dcat_auction_config dcat_auction_config_default(void);
DCAT_API dcat_status dcat_auction_config_check(const dcat_auction_config *config, dcat_error *err);

// The price of every round of a clock, prepared once: round k asks start * decrement^k.
// Choice: decrement^k is rounded independently of the path to it (repeated squaring), so that the
// round in which a bid leaves can be found without walking and still agrees with the walk exactly.
#define DCAT_CLOCK_TABLE 256
typedef struct dcat_clock {
    double decrement;
    double rounds_per_log; // 1 / log(decrement), negative
    double factor[DCAT_CLOCK_TABLE];
} dcat_clock;

// A checked config with its clocks, shared by all auctions of a world.
typedef struct dcat_auction_rules {
    dcat_auction_config config;
    dcat_clock rea;
    dcat_clock rea_s;
} dcat_auction_rules;

// One task's auction. bid[i] > 0 is the bid of cluster[i]; cluster indices are distinct and only
// used to order questions. draw is 64 random bits that belong to the task.
typedef struct dcat_auction_input {
    double fee;             // p_n of eq. (5); > 0
    double work_cycles;     // l_n; > 0
    const double *bid;      // [bidder_count]
    const int32_t *cluster; // [bidder_count]
    size_t bidder_count;
    uint64_t draw;
    void *user; // Nullable: that of the rule
} dcat_auction_input;

typedef struct dcat_auction_result {
    dcat_auction_outcome outcome;
    int winner;            // index into bid, or -1 when unsold
    int round;             // price cuts made
    double clearing_price; // what the winner's bid is paid, before its handicap; 0 when unsold
} dcat_auction_result;

struct dcat_candidates; // internal

// A rule: one row of the table of auctions. Its functions read their arguments only, allocate
// nothing and cannot fail.
typedef struct dcat_auction {
    size_t size;         // DCAT_SIZED(dcat_auction)
    const char *name;    // as users write it: "rea-s"
    const char *summary; // one line for --help
    dcat_limit_rule limit;
    bool under_ceiling; // the public ceiling bounds its prices, and the market's task order,
                        // handicap and admission act
    bool skips_start;   // its clock's start price is not asked: the first question is round 1
    // The price it starts from.
    double (*start_price)(const dcat_auction_rules *rules, double fee, double work_cycles);
    // Nullable: its clock; a rule without one names a single price.
    const dcat_clock *(*clock)(const dcat_auction_rules *rules);
    // The auction of one task, in O(bidder_count).
    dcat_auction_result (*run)(const dcat_auction_rules *rules, const dcat_auction_input *input);
    // Nullable, for rules of this library: the same outcome to the last bit from what a slot step
    // knows of the clusters, without a list of bids; false where that takes the list.
    bool (*fast)(const dcat_auction_rules *rules, struct dcat_candidates *candidates,
                 dcat_auction_result *result);
    // Nullable: whether fast wants the clusters ranked by limit under these settings; otherwise
    // they are ranked by number.
    bool (*by_limit)(const dcat_auction_config *config);
    unsigned promises; // bits 1 << dcat_promise
    // Nullable: those of its promises that these settings take away.
    unsigned (*promises_lost)(const dcat_auction_config *config);
    // Nullable both, for rules from outside (plugin.h): what run finds in its input; and whether
    // one of its auctions went wrong, which ends what stepped the market with this status and
    // message.
    void *user;
    dcat_status (*failure)(void *user, dcat_error *err);
    bool asks_in_turn; // within a round of its clock, until one cluster is left: no two leave at
                       // once, and where all would leave the last one asked wins
} dcat_auction;

// The rules by index 0..count-1, and by name (NULL if there is none). rea-s is the default, rea and
// one-off are the paper's.
#define DCAT_AUCTION_MAX 16 // most rules of the table, for arrays with an element for each
DCAT_API size_t dcat_auction_count(void);
DCAT_API const dcat_auction *dcat_auction_at(size_t index);
DCAT_API const dcat_auction *dcat_auction_find(const char *name);

DCAT_API const char *dcat_auction_outcome_name(dcat_auction_outcome outcome); // in cells

#ifdef __cplusplus
}
#endif
#endif
