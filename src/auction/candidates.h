// SPDX-License-Identifier: Apache-2.0
// candidates.h - the clusters that may get one task, as plain arrays, for the fast paths of rules.
//
// A rule's literal form takes a list of bids. Most tasks need no list: a lottery in which all
// candidates accept needs their number only, and a clock needs the two lowest bids and those close
// above the second. So a rule may also decide from this, with the same outcome to the last bit.
//
// Clusters are ranked: by limit for rules that sell to the cheapest, so that they may stop early,
// or by number for rules that draw lots, so that the winner can be counted off. An area reaches a
// list of them in order of rank: item i has rank i in a dense world, rank[i] in a sparse one. Which
// items can finish the task in time (10b) and are admitted, the candidates, is a feasibility mask,
// a bit an item, 64 to a word, and words are made when they are first asked for. A candidate is
// named by its item.

#ifndef DCAT_AUCTION_CANDIDATES_H
#define DCAT_AUCTION_CANDIDATES_H

#include "auction/auction.h"
#include "base/bits.h"
#include "base/draws.h"
#include "dcat/x/model.h"
#include <math.h>
#include <stdbool.h>

#define MASK_BITS 64 // items of one word of a feasibility mask

// Read for every item, so close together.
typedef struct cluster_queue {
    _Alignas(16) double busy_until_s;
    double seconds_per_cycle; // 1 / F
} cluster_queue;

// The candidate with the lowest bid and the second lowest bid; INFINITY when there is none. Next
// has that one, and is not told where there are handicaps. Among equals it does not matter which of
// them is best: no rule sells to it for being so.
typedef struct lowest_bids {
    size_t best, next;
    double lowest, second;
} lowest_bids;

#define NO_CANDIDATE SIZE_MAX

#define SPARE_ITEMS 3 // behind the last one, which a loop may read along

typedef struct dcat_candidates candidates;

// Makes a word of the feasibility mask, with what else is found on the way.
typedef uint64_t mask_maker(candidates *c, size_t word);

// All clusters. Arrays are [C] by rank.
typedef struct ranked_clusters {
    bool by_limit;         // order of ranks: by unit limit, or by number
    bool guesses;          // exit_guess is filled; not with handicaps
    bool speed_extreme;    // some 1 / F is not a normal number and too coarse to use
    bool wide;             // bids with handicaps are looked at four at a time
    mask_maker *make_mask; // candidates_mask_maker
    size_t count;
    double unit_limit_max;
    double reach_s;       // no delay of a sparse list is larger
    cluster_queue *queue; // [C + SPARE_ITEMS]
    double *unit_limit;   // [C + SPARE_ITEMS] per cycle; INFINITY above the start price of its own
    double *unit_start;   // Nullable: start prices of their own, per cycle
    double *speed_hz;
    int32_t *number;     // of the cluster
    int32_t *exit_guess; // about the round in which the rule's clock, started from the ceiling,
                         // passes the unit limit
    // Scratch of one task:
    double *soonest_s;   // [4] under an admission, how much past its deadline the soonest of every
                         // fourth item ends
    uint64_t *mask;      // [C / 64 + 1] the feasibility mask
    double *bid;         // [C + SPARE_ITEMS] by item: bids of candidates, with handicaps
    lowest_bids *lowest; // [1] of those
} ranked_clusters;

// Random bits of the tasks of a slot. Most tasks need some, so those of a block are drawn together,
// when the first is asked for.
#define DRAW_BLOCK 64

typedef struct slot_draws {
    bool *drawn;      // [B] is the block?
    dcat_draw *draws; // [B * DRAW_BLOCK]
} slot_draws;

static inline size_t draw_blocks(size_t task_count)
{
    return (task_count + DRAW_BLOCK - 1) / DRAW_BLOCK;
}

// What the tasks of a slot have in common.
typedef struct slot_terms {
    double now_s;
    double handicap_per_gigacycle_s; // of the market
    dcat_queue_rule queue;           // of the market
    // With the task's index, what its random bits are a function of; they are drawn only when a
    // rule needs them.
    uint32_t cycle, slot;
    uint32_t task_count; // of the slot, where all is set
    uint64_t seed;
    const slot_draws *all; // Nullable: those of the slot
} slot_terms;

void draw_block(const slot_terms *slot, uint32_t index);

static inline uint64_t draw_of(const slot_terms *slot, uint32_t index)
{
    if (slot->all == NULL) {
        dcat_draw draw =
            dcat_draw_at(slot->seed, DCAT_STREAM_AUCTION, 0, slot->cycle, slot->slot, index);
        return dcat_draw_u64(&draw, 0);
    }
    if (!slot->all->drawn[index / DRAW_BLOCK]) {
        draw_block(slot, index);
    }
    return dcat_draw_u64(&slot->all->draws[index], 0);
}

// What an auction is told of a task, which depends on no cluster.
typedef struct told {
    double work_cycles, gigacycles; // twice the same
    double deadline_s;
    double late_s; // how long it has waited for its slot
    double fee;    // (5)
    // How long a cluster may take to begin and still be admitted; INFINITY where all are.
    double admission_s;
    // Where the ceiling is on limits, the most that is paid for the task; INFINITY otherwise.
    double most;
    // What the rule takes for the fee: that, or where the ceiling is on limits, `most` and the
    // handicap of whoever can begin last. No candidate's start price is above it.
    double clock_fee;
} told;

// One task as it meets the clusters that its area reaches.
struct dcat_candidates {
    const slot_terms *slot;
    const told *task;
    uint32_t index; // of the task in its slot
    const ranked_clusters *clusters;
    const double *transfer_s; // [count] (3)
    const float *rounded_s;   // [count] the same to float; NULL in a dense world
    const int32_t *rank;      // [count] NULL in a dense world
    size_t count;             // items
    size_t words_made;        // of the mask
    size_t feasible_count;    // in them
};

static inline uint64_t candidates_draw(const candidates *c)
{
    return draw_of(c->slot, c->index);
}

static inline int32_t candidate_rank(const candidates *c, size_t item)
{
    return c->rank == NULL ? (int32_t)item : c->rank[item];
}

static inline int32_t candidate_cluster(const candidates *c, size_t item)
{
    return c->clusters->number[candidate_rank(c, item)];
}

// --- feasibility mask

static inline size_t mask_word_count(const candidates *c)
{
    return (c->count + MASK_BITS - 1) / MASK_BITS;
}

// The candidates among items 64 word .. 64 word + 63. Words are asked for in ascending order the
// first time; later they are remembered until another task is looked at.
static inline uint64_t candidates_mask(candidates *c, size_t word)
{
    return word < c->words_made ? c->clusters->mask[word] : c->clusters->make_mask(c, word);
}

// Who makes words: four items at a time where asked for (dense worlds and processors that can),
// with bids where there are handicaps, with the moment of the beginning where not all are admitted.
mask_maker *candidates_mask_maker(bool wide, bool handicaps, bool limited);

// How many candidates there are; makes the whole mask.
static inline size_t candidates_count(candidates *c)
{
    while (c->words_made < mask_word_count(c)) {
        candidates_mask(c, c->words_made);
    }
    return c->feasible_count;
}

// Whether some items could finish in time and are not admitted, where nobody is a candidate and the
// whole mask is made.
bool candidates_some_not_admitted(const candidates *c);

// The nth (from 0) candidate; the whole mask is made and it exists.
size_t candidates_nth(const candidates *c, size_t nth);

// Walks the candidates in order of rank.
typedef struct candidate_walk {
    candidates *candidates;
    size_t word;
    uint64_t left; // of the word
} candidate_walk;

static inline candidate_walk candidates_walk(candidates *c)
{
    return (candidate_walk){c, 0, mask_word_count(c) > 0 ? candidates_mask(c, 0) : 0};
}

// Those behind an item whose word is made.
static inline candidate_walk candidates_walk_behind(candidates *c, size_t item)
{
    size_t word = item / MASK_BITS;
    return (candidate_walk){c, word,
                            candidates_mask(c, word) & UINT64_MAX << 1 << item % MASK_BITS};
}

static inline size_t next_candidate(candidate_walk *w)
{
    while (w->left == 0) {
        if (++w->word >= mask_word_count(w->candidates)) {
            return NO_CANDIDATE;
        }
        w->left = candidates_mask(w->candidates, w->word);
    }
    size_t item = w->word * MASK_BITS + (size_t)bits_first(w->left);
    w->left &= w->left - 1;
    return item;
}

// --- bids

// What the market adds to a bid, and takes off the pay, of a cluster that can begin only later.
static inline double market_handicap(double handicap_per_gigacycle_s, double gigacycles,
                                     double start_delay_s)
{
    return handicap_per_gigacycle_s * start_delay_s * gigacycles;
}

static inline double candidate_limit(const candidates *c, size_t item)
{
    return dcat_cluster_cost(c->task->work_cycles,
                             c->clusters->unit_limit[candidate_rank(c, item)]);
}

// Its limit and the market's handicap for the time until it can begin; INFINITY above the start
// price of its own. Its word of the mask is made.
static inline double candidate_bid(const candidates *c, size_t item)
{
    return c->slot->handicap_per_gigacycle_s == 0.0 ? candidate_limit(c, item)
                                                    : c->clusters->bid[item];
}

// --- bids with handicaps, which may be well above their limits

// Those in a word that is made who bid at most price, a bit each.
uint64_t candidates_accepting(const candidates *c, size_t word, double price);

// Looks beyond the first word, where it must.
void candidates_search_on(candidates *c);

static inline lowest_bids candidates_search_lowest(candidates *c)
{
    const lowest_bids *found = c->clusters->lowest;
    const lowest_bids nobody = {NO_CANDIDATE, NO_CANDIDATE, INFINITY, INFINITY};
    // Known sooner than the bids, and hard to foresee.
    if (c->count == 0 || (candidates_mask(c, 0) == 0 && c->count <= MASK_BITS)) {
        return nobody;
    }
    if (c->count > MASK_BITS || found->best == NO_CANDIDATE) {
        candidates_search_on(c);
    }
    return (lowest_bids){found->best, NO_CANDIDATE, found->lowest, found->second};
}

// Without handicaps bids are limits, so the first two are the lowest.
static inline lowest_bids candidates_first_two(candidates *c)
{
    candidate_walk w = candidates_walk(c);
    lowest_bids two = {.best = next_candidate(&w), .lowest = INFINITY, .second = INFINITY};
    two.next = two.best == NO_CANDIDATE ? NO_CANDIDATE : next_candidate(&w);
    if (two.best != NO_CANDIDATE) {
        two.lowest = candidate_limit(c, two.best);
    }
    if (two.next != NO_CANDIDATE) {
        two.second = candidate_limit(c, two.next);
    }
    return two;
}

// For clusters ranked by limit.
static inline lowest_bids candidates_lowest_bids(candidates *c)
{
    return c->slot->handicap_per_gigacycle_s == 0.0 ? candidates_first_two(c)
                                                    : candidates_search_lowest(c);
}

// Whether every cluster there is would accept the price: candidates then need not be asked.
static inline bool candidates_all_accept(const candidates *c, double price)
{
    return c->slot->handicap_per_gigacycle_s == 0.0 &&
           dcat_cluster_cost(c->task->work_cycles, c->clusters->unit_limit_max) <= price;
}

// A random one of count >= 1 candidates, at a price that all accept.
static inline dcat_auction_result candidates_lottery(const candidates *c, size_t count, int round,
                                                     double price)
{
    size_t nth = dcat_pick(candidates_draw(c), (uint32_t)count);
    return auction_sold((int)candidates_nth(c, nth), round, price);
}

// Sell to a random candidate if all accept the price; otherwise says false.
bool candidates_sell_at(candidates *c, double price, dcat_auction_result *result);

#endif
