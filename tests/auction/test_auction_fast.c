// SPDX-License-Identifier: Apache-2.0
// The fast paths of rules against their literal forms: same outcome, winner, round and price, bit
// for bit, over random sets of clusters.

#include "auction/mask.h"
#include "dcat/x/clock.h"
#include "random_world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20250202

enum { CLUSTER_MAX = 150 };

// A set of clusters as one task meets it. Arrays are by rank but item_*, which are the list.
typedef struct random_set {
    ranked_clusters all;
    cluster_queue queue[CLUSTER_MAX + SPARE_ITEMS];
    double unit_limit[CLUSTER_MAX + SPARE_ITEMS], speed_hz[CLUSTER_MAX];
    int32_t number[CLUSTER_MAX], exit_guess[CLUSTER_MAX];
    uint64_t mask[CLUSTER_MAX / MASK_BITS + 1];
    double item_bid[CLUSTER_MAX + SPARE_ITEMS];
    lowest_bids lowest;
    double soonest_s[4];
    double item_transfer_s[CLUSTER_MAX + SPARE_ITEMS];
    float item_rounded_s[CLUSTER_MAX + 1];
    int32_t item_rank[CLUSTER_MAX + 1];
    slot_terms slot;
    told task;
    candidates candidates;
    // The list of bids that the literal form takes.
    double bid[CLUSTER_MAX];
    int32_t cluster[CLUSTER_MAX];
    size_t bidder_count, in_time_count;
} random_set;

static dcat_auction_config random_config(dcat_rng *rng)
{
    static const int round_max[] = {1, 3, 10, DCAT_ROUND_UNLIMITED};
    static const double decrement[] = {0.5, 0.8, 0.99};
    static const double ceilings[] = {0.3, 1.0, INFINITY}; // of the fee per work below
    dcat_auction_config config = dcat_auction_config_default();
    config.rea_decrement = decrement[dcat_rng_below(rng, 3)];
    config.rea_round_max = round_max[dcat_rng_below(rng, 4)];
    config.rea_all_left = rng_chance(rng, 0.5) ? DCAT_END_UNSOLD : DCAT_END_LOTTERY;
    config.rea_round_end = rng_chance(rng, 0.5) ? DCAT_END_UNSOLD : DCAT_END_LOTTERY;
    config.one_off_offer = rng_in(rng, 0.1, 1.0);
    config.rea_s_decrement = decrement[dcat_rng_below(rng, 3)];
    config.ceiling_per_cycle = ceilings[dcat_rng_below(rng, 3)] * 18e-9;
    return config;
}

// The work is a power of two, so that a limit can be exactly a price.
static const double work_cycles = 0x1p39;

// On a price of the rule, the start included; a copy of the one before; between; or hopeless.
static double random_unit_limit(dcat_rng *rng, const dcat_auction *auction,
                                const dcat_auction_rules *rules, double fee, double before)
{
    double start = auction->start_price(rules, fee, work_cycles);
    const dcat_clock *clock = auction->clock != NULL ? auction->clock(rules) : &rules->rea;
    double price = dcat_clock_price(clock, start, (int)dcat_rng_below(rng, 8));
    switch (dcat_rng_below(rng, 6)) {
    case 0:
        return price / work_cycles;
    case 1:
        return before > 0.0 ? before : price / work_cycles;
    case 2:
        return nextafter(price, 0.0) / work_cycles;
    case 3:
        return rng_chance(rng, 0.1) ? 2.0 * start / work_cycles : 0.1 * price / work_cycles;
    default:
        return price * rng_in(rng, 0.5, 1.0) / work_cycles;
    }
}

typedef struct ranked {
    double unit_limit;
    int32_t number;
} ranked;

static int compare_limits(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->unit_limit != y->unit_limit) {
        return x->unit_limit < y->unit_limit ? -1 : 1;
    }
    return x->number - y->number;
}

static void draw_clusters(random_set *set, dcat_rng *rng, const dcat_auction *auction,
                          const dcat_auction_rules *rules, double fee)
{
    static const double waits_s[] = {0.0, 0.0, 0.25, 0.5};
    ranked order[CLUSTER_MAX];
    size_t few = dcat_rng_below(rng, 5), many = dcat_rng_below(rng, CLUSTER_MAX + 1);
    size_t count = rng_chance(rng, 0.8) ? few : many;
    bool cheap = rng_chance(rng, 0.3); // so that all accept
    double before = 0.0;
    set->all = (ranked_clusters){.queue = set->queue,
                                 .unit_limit = set->unit_limit,
                                 .speed_hz = set->speed_hz,
                                 .number = set->number,
                                 .exit_guess = set->exit_guess,
                                 .mask = set->mask,
                                 .bid = set->item_bid,
                                 .lowest = &set->lowest,
                                 .soonest_s = set->soonest_s,
                                 .guesses = rng_chance(rng, 0.5),
                                 .count = count,
                                 .reach_s = 2.0};
    set->all.by_limit = auction->by_limit != NULL && auction->by_limit(&rules->config);
    for (size_t k = 0; k < count; k++) {
        double limit = random_unit_limit(rng, auction, rules, fee, before);
        before = limit;
        order[k] = (ranked){cheap ? 0.05 * limit : limit, (int32_t)k};
    }
    if (set->all.by_limit) {
        qsort(order, count, sizeof *order, compare_limits);
    }
    for (size_t r = 0; r < count; r++) {
        set->number[r] = order[r].number;
        set->unit_limit[r] = order[r].unit_limit;
        set->all.unit_limit_max = fmax(set->all.unit_limit_max, order[r].unit_limit);
        set->speed_hz[r] = rng_in(rng, 200e9, 900e9);
        set->queue[r] =
            (cluster_queue){100.0 + waits_s[dcat_rng_below(rng, 4)], 1.0 / set->speed_hz[r]};
        set->exit_guess[r] = (int32_t)dcat_rng_below(rng, 40);
    }
    for (size_t r = count; r < count + SPARE_ITEMS; r++) {
        set->queue[r] = (cluster_queue){0};
        set->unit_limit[r] = 0.0;
    }
}

// The delay (4) of the task on an item.
static double total_s(const candidates *c, size_t item)
{
    int32_t r = candidate_rank(c, item);
    double queue_s = dcat_waiting_delay_s(c->clusters->queue[r].busy_until_s, c->slot->now_s);
    queue_s = dcat_queue_delay_s(c->slot->queue, queue_s, c->transfer_s[item]);
    return dcat_total_delay_s(c->transfer_s[item], c->task->late_s + queue_s,
                              dcat_processing_delay_s(work_cycles, c->clusters->speed_hz[r]));
}

// How long until its cluster can begin.
static double start_s(const candidates *c, size_t item)
{
    int32_t r = candidate_rank(c, item);
    double queue_s = dcat_waiting_delay_s(c->clusters->queue[r].busy_until_s, c->slot->now_s);
    return dcat_start_delay_s(c->slot->queue, queue_s, c->transfer_s[item]);
}

static void draw_task(random_set *set, dcat_rng *rng, double fee)
{
    bool sparse = rng_chance(rng, 0.5);
    candidates *c = &set->candidates;
    slot_terms *slot = &set->slot;
    told *task = &set->task;
    *c = (candidates){.slot = slot,
                      .task = task,
                      .clusters = &set->all,
                      .transfer_s = set->item_transfer_s,
                      .rounded_s = sparse ? set->item_rounded_s : NULL,
                      .rank = sparse ? set->item_rank : NULL};
    *task = (told){.late_s = rng_chance(rng, 0.5) ? 0.0 : 0.125,
                   .work_cycles = work_cycles,
                   .gigacycles = work_cycles / DCAT_CYCLES_PER_GIGACYCLE,
                   .admission_s = INFINITY,
                   .most = INFINITY,
                   .fee = fee,
                   .clock_fee = fee};
    *slot = (slot_terms){.now_s = 100.0,
                         .queue = rng_chance(rng, 0.5) ? DCAT_QUEUE_FIFO : DCAT_QUEUE_PAPER,
                         .handicap_per_gigacycle_s = rng_chance(rng, 0.5) ? 0.0 : 2e9 / work_cycles,
                         .seed = dcat_rng_u64(rng),
                         .cycle = 3,
                         .slot = 1};
    c->index = dcat_rng_below(rng, 9);
    set->all.guesses = set->all.guesses && slot->handicap_per_gigacycle_s == 0.0;
    for (size_t r = 0; r < set->all.count; r++) {
        if (sparse && rng_chance(rng, 0.3)) {
            continue; // out of the area's reach
        }
        set->item_rank[c->count] = (int32_t)r;
        set->item_transfer_s[c->count] = rng_in(rng, 0.0, 1.0);
        set->item_rounded_s[c->count] = (float)set->item_transfer_s[c->count];
        c->count++;
    }
    set->item_rank[c->count] = 0; // the spare ones
    for (size_t i = c->count; i < c->count + SPARE_ITEMS; i++) {
        set->item_transfer_s[i] = INFINITY;
    }
    set->item_rounded_s[c->count] = INFINITY;
    // Sometimes the deadline is exactly the delay of one of them.
    task->deadline_s = c->count > 0 && rng_chance(rng, 0.3)
                           ? total_s(c, dcat_rng_below(rng, (uint32_t)c->count))
                           : rng_in(rng, 0.5, 6.0);
    bool limited = rng_chance(rng, 0.5);
    if (limited && rng_chance(rng, 0.8)) { // or the delay of one of them
        task->admission_s = c->count > 0 && rng_chance(rng, 0.5)
                                ? start_s(c, dcat_rng_below(rng, (uint32_t)c->count))
                                : rng_in(rng, -0.2, 2.0);
    }
    set->all.wide = !sparse && wide_available() && rng_chance(rng, 0.5);
    set->all.make_mask =
        candidates_mask_maker(set->all.wide, slot->handicap_per_gigacycle_s != 0.0, limited);
}

// What the literal form is given: those that make the deadline, by number.
static void list_bids(random_set *set)
{
    const candidates *c = &set->candidates;
    set->bidder_count = set->in_time_count = 0;
    for (int32_t k = 0; k < (int32_t)set->all.count; k++) {
        for (size_t i = 0; i < c->count; i++) {
            if (candidate_cluster(c, i) == k && total_s(c, i) <= c->task->deadline_s) {
                int32_t r = candidate_rank(c, i);
                double delay_s = start_s(c, i);
                set->in_time_count++;
                if (delay_s > c->task->admission_s) {
                    continue;
                }
                set->cluster[set->bidder_count] = k;
                set->bid[set->bidder_count++] = dcat_cluster_cost(work_cycles, set->unit_limit[r]) +
                                                market_handicap(c->slot->handicap_per_gigacycle_s,
                                                                c->task->gigacycles, delay_s);
            }
        }
    }
}

static dcat_auction_result run_literally(const random_set *set, const dcat_auction *auction,
                                         const dcat_auction_rules *rules)
{
    const dcat_auction_input input = {.fee = set->task.clock_fee,
                                      .work_cycles = work_cycles,
                                      .bid = set->bid,
                                      .cluster = set->cluster,
                                      .bidder_count = set->bidder_count,
                                      .draw = candidates_draw(&set->candidates)};
    dcat_auction_result result = auction->run(rules, &input);
    result.winner = result.winner < 0 ? -1 : set->cluster[result.winner];
    return result;
}

// One case; whether the fast path decided it.
static bool agrees(random_set *set, const dcat_auction *auction, const dcat_auction_rules *rules,
                   size_t number)
{
    dcat_auction_result fast;
    candidates *c = &set->candidates;
    list_bids(set);
    if (!auction->fast(rules, c, &fast)) {
        return false;
    }
    int winner = fast.winner < 0 ? -1 : candidate_cluster(c, (size_t)fast.winner);
    dcat_auction_result literal = run_literally(set, auction, rules);
    if (fast.outcome != literal.outcome || winner != literal.winner ||
        fast.round != literal.round || fast.clearing_price != literal.clearing_price) {
        fail_msg("%s, seed %d, case %zu of %zu bidders: fast %s to %d in round %d at %a, literal "
                 "%s to %d in round %d at %a",
                 auction->name, SEED, number, set->bidder_count,
                 dcat_auction_outcome_name(fast.outcome), winner, fast.round, fast.clearing_price,
                 dcat_auction_outcome_name(literal.outcome), literal.winner, literal.round,
                 literal.clearing_price);
    }
    assert_int_equal(candidates_count(c), set->bidder_count);
    if (set->bidder_count == 0) {
        assert_int_equal(candidates_some_not_admitted(c), set->in_time_count > 0);
    }
    return true;
}

static void test_fast_paths_agree_with_the_literal_forms(void **fixture)
{
    (void)fixture;
    static random_set set;
    static dcat_auction_rules rules;
    size_t count = test_cases(30000), with_fast = 0;
    for (size_t a = 0; a < dcat_auction_count(); a++) {
        const dcat_auction *auction = dcat_auction_at(a);
        dcat_rng rng = dcat_rng_at(SEED, DCAT_STREAM_USER, (uint32_t)a, 0);
        size_t decided = 0, bidders[4] = {0}; // none, one, two, more
        with_fast += auction->fast != NULL;
        for (size_t n = 0; auction->fast != NULL && n < count; n++) {
            if (n % 50 == 0) {
                dcat_auction_config config = random_config(&rng);
                dcat_auction_rules_init(&rules, &config);
            }
            double fee = 18e-9 * work_cycles * rng_in(&rng, 0.9, 1.1);
            draw_clusters(&set, &rng, auction, &rules, fee);
            draw_task(&set, &rng, fee);
            if (agrees(&set, auction, &rules, n)) {
                decided++;
                bidders[set.bidder_count < 3 ? set.bidder_count : 3]++;
            }
        }
        printf("%s: %zu of %zu decided by the fast path, with 0, 1, 2, more bidders %zu %zu %zu "
               "%zu\n",
               auction->name, decided, count, bidders[0], bidders[1], bidders[2], bidders[3]);
        for (int i = 0; auction->fast != NULL && count >= 10000 && i < 4; i++) {
            assert_true(bidders[i] > count / 100); // or nothing was tested
        }
    }
    assert_true(with_fast >= 2); // rea and rea-s at least
}

// The nth candidate, counted off bit by bit.
static void test_nth_candidate_is_the_nth_bit_of_the_mask(void **fixture)
{
    (void)fixture;
    dcat_rng rng = dcat_rng_at(SEED, DCAT_STREAM_USER, 99, 0);
    for (size_t n = 0; n < 2000; n++) {
        uint64_t mask[3];
        ranked_clusters all = {.mask = mask};
        candidates c = {.clusters = &all, .count = 3 * MASK_BITS, .words_made = 3};
        size_t nth = 0;
        for (int w = 0; w < 3; w++) {
            mask[w] = dcat_rng_u64(&rng) & dcat_rng_u64(&rng) & (n % 7 == 0 ? 0xff : UINT64_MAX);
            mask[w] |= n % 11 == 0 ? UINT64_MAX : 0;
        }
        for (size_t i = 0; i < 3 * MASK_BITS; i++) {
            if (mask[i / MASK_BITS] >> (i % MASK_BITS) & 1) {
                assert_int_equal(candidates_nth(&c, nth++), i);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fast_paths_agree_with_the_literal_forms),
        cmocka_unit_test(test_nth_candidate_is_the_nth_bit_of_the_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
