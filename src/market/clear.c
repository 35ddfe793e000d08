#include "market/clear.h"

#include "auction/auction.h"
#include "dcat/model.h"
#include <math.h>

bool clear_looks_by_limit(const dcat_auction *auction, const dcat_auction_config *config)
{
    return auction == &dcat_auction_rea_s || auction == &dcat_auction_vickrey ||
           (auction == &dcat_auction_rea && config->rea_round_max == DCAT_ROUND_UNLIMITED);
}

bool clear_wants_guesses(const dcat_auction *auction, const dcat_world_config *config)
{
    return auction == &dcat_auction_rea_s && isfinite(config->auction.ceiling_per_cycle) &&
           config->market.handicap_per_gigacycle_s == 0.0;
}

static double limit_of(const clear_task *task, const scan_look *look, size_t entry)
{
    return dcat_cluster_cost(task->work_cycles, look->s->unit_limit[scan_place(look, entry)]);
}

double clear_bid(const clear_task *task, const scan_look *look, size_t entry)
{
    double limit = limit_of(task, look, entry);
    if (task->handicap_per_gigacycle_s == 0.0) {
        return limit;
    }
    const scan_cluster *cluster = &look->s->cluster[scan_place(look, entry)];
    double queue_s = dcat_waiting_delay_s(cluster->busy_until_s, look->now_s);
    return limit + clear_handicap(task->handicap_per_gigacycle_s, task->work_cycles, queue_s);
}

// --- by number: lotteries

// Whether every cluster there is would accept the price: candidates then need not be asked.
static bool all_accept(const clear_task *task, const scan_look *look, double price)
{
    return task->handicap_per_gigacycle_s == 0.0 &&
           dcat_cluster_cost(task->work_cycles, look->s->unit_limit_max) <= price;
}

static dcat_auction_result draw_lot(const clear_task *task, const scan_look *look, size_t count,
                                    int round, double price)
{
    size_t nth = dcat_pick(clear_draw(&task->lot), (uint32_t)count);
    return auction_sold((int)scan_nth_feasible(look, nth), round, price);
}

// A random candidate at a price that all accept.
static dcat_auction_result lottery(const clear_task *task, scan_look *look, double price)
{
    size_t count = scan_feasible_count(look);
    return count == 0 ? auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0)
                      : draw_lot(task, look, count, 0, price);
}

// The clock of rea stops after K rounds at a price that all accept: see auction_rea.c.
static dcat_auction_result stopped_clock(const clear_task *task, scan_look *look, double price)
{
    size_t count = scan_feasible_count(look);
    int round = task->rules->config.rea_round_max;
    if (count == 0) {
        return auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
    }
    if (count == 1) { // it accepts this price, so the fee as well
        return auction_sold((int)scan_nth_feasible(look, 0), 0, task->fee);
    }
    return task->rules->config.rea_round_end == DCAT_END_UNSOLD
               ? auction_unsold(DCAT_AUCTION_ROUND_LIMIT, round)
               : draw_lot(task, look, count, round, price);
}

static bool clear_by_number(const clear_task *task, scan_look *look, dcat_auction_result *result)
{
    const dcat_auction_config *config = &task->rules->config;
    if (task->auction == &dcat_auction_rea) {
        double price = clock_price(&task->rules->rea, task->fee, config->rea_round_max);
        if (all_accept(task, look, price)) {
            *result = stopped_clock(task, look, price);
            return true;
        }
        return false;
    }
    double price = task->auction == &dcat_auction_one_off
                       ? config->one_off_offer * task->fee
                       : dcat_auction_reserve(config, task->fee, task->work_cycles);
    if (all_accept(task, look, price)) {
        *result = lottery(task, look, price);
        return true;
    }
    return false;
}

// --- by limit: the two lowest bids

// Walks the feasible entries of a look in order.
typedef struct walker {
    scan_look *look;
    size_t chunk;
    uint64_t left; // of the chunk
} walker;

#define NO_ENTRY SIZE_MAX

static walker walk(scan_look *look)
{
    return (walker){look, 0, scan_chunk_count(look) > 0 ? scan_mask(look, 0) : 0};
}

static size_t next_entry(walker *w)
{
    while (w->left == 0) {
        if (++w->chunk >= scan_chunk_count(w->look)) {
            return NO_ENTRY;
        }
        w->left = scan_mask(w->look, w->chunk);
    }
    size_t entry = w->chunk * SCAN_CHUNK + (size_t)__builtin_ctzll(w->left);
    w->left &= w->left - 1;
    return entry;
}

// The candidate with the lowest bid and the second lowest bid; INFINITY when there is none.
// Among equals it does not matter which of them is best: no auction sells to it for being so.
typedef struct two_lowest {
    size_t best, next;
    double lowest, second;
} two_lowest;

static two_lowest first_two(const clear_task *task, scan_look *look)
{
    walker w = walk(look);
    two_lowest two = {.best = next_entry(&w), .lowest = INFINITY, .second = INFINITY};
    two.next = two.best == NO_ENTRY ? NO_ENTRY : next_entry(&w);
    if (two.best != NO_ENTRY) {
        two.lowest = limit_of(task, look, two.best);
    }
    if (two.next != NO_ENTRY) {
        two.second = limit_of(task, look, two.next);
    }
    return two;
}

// With handicaps a bid may be well above its limit.
static two_lowest find_two_lowest(const clear_task *task, scan_look *look)
{
    two_lowest two = {NO_ENTRY, NO_ENTRY, INFINITY, INFINITY};
    walker w = walk(look);
    for (size_t e = next_entry(&w); e != NO_ENTRY; e = next_entry(&w)) {
        // Limits ascend from here on, and no bid is below its limit.
        if (two.second <= limit_of(task, look, e)) {
            break;
        }
        double bid = clear_bid(task, look, e);
        if (bid < two.lowest || two.best == NO_ENTRY) {
            two.second = two.lowest;
            two.next = two.best;
            two.lowest = bid;
            two.best = e;
        } else if (bid < two.second) {
            two.second = bid;
            two.next = e;
        }
    }
    return two;
}

static uint64_t priority_of(uint64_t draw, const scan_look *look, size_t entry)
{
    return dcat_ask_priority(draw, look->s->cluster_at[scan_place(look, entry)]);
}

// Of those who bid at most price, the last one asked; ends early once one after `enough` is found.
static size_t last_asked(const clear_task *task, uint64_t draw, scan_look *look, double price,
                         size_t except, uint64_t enough, uint64_t *priority)
{
    size_t last = NO_ENTRY;
    *priority = 0;
    walker w = walk(look);
    for (size_t e = next_entry(&w); e != NO_ENTRY && limit_of(task, look, e) <= price;
         e = next_entry(&w)) {
        if (e == except || clear_bid(task, look, e) > price) {
            continue;
        }
        uint64_t mine = priority_of(draw, look, e);
        if (last == NO_ENTRY || mine > *priority) {
            last = e;
            *priority = mine;
        }
        if (*priority > enough) {
            break;
        }
    }
    return last;
}

// The clock of rea-s below the reserve, with both bids at most the reserve: see auction_rea_s.c.
static dcat_auction_result ask_in_turn(const clear_task *task, scan_look *look,
                                       const two_lowest *two, double reserve)
{
    const dcat_clock *clock = &task->rules->rea_s;
    // The reserve is mostly the ceiling: then the round hardly depends on the task.
    int round = look->s->guesses
                    ? clock_exit_round_near(clock, reserve, two->second, 1,
                                            look->s->exit_guess[scan_place(look, two->next)])
                    : dcat_clock_exit_round(clock, reserve, two->second, 1);
    double price = clock_price(clock, reserve, round);
    double previous = clock_price(clock, reserve, round - 1);
    uint64_t priority, draw = clear_draw(&task->lot);
    if (two->lowest > price) {
        size_t last = last_asked(task, draw, look, previous, NO_ENTRY, UINT64_MAX, &priority);
        return auction_sold((int)last, round, previous);
    }
    uint64_t best = priority_of(draw, look, two->best);
    bool accepted = best < priority_of(draw, look, two->next); // it is one of those who leave
    if (!accepted) {
        last_asked(task, draw, look, previous, two->best, best, &priority);
        accepted = best < priority;
    }
    return auction_sold((int)two->best, round, accepted ? price : previous);
}

static dcat_auction_result clear_rea_s(const clear_task *task, scan_look *look,
                                       const two_lowest *two)
{
    double reserve = dcat_auction_reserve(&task->rules->config, task->fee, task->work_cycles);
    if (two->lowest > reserve) {
        return auction_unsold(DCAT_AUCTION_NO_BIDDER, 0);
    }
    if (two->second > reserve) { // or there is no second
        return auction_sold((int)two->best, 0, reserve);
    }
    return ask_in_turn(task, look, two, reserve);
}

// An unlimited clock: see auction_rea.c.
static bool clear_rea(const clear_task *task, const two_lowest *two, dcat_auction_result *result)
{
    const dcat_clock *clock = &task->rules->rea;
    if (two->second == INFINITY) {
        *result = two->lowest <= task->fee ? auction_sold((int)two->best, 0, task->fee)
                                           : auction_unsold(DCAT_AUCTION_NO_BIDDER, 0);
        return true;
    }
    int round = dcat_clock_exit_round(clock, task->fee, two->second, 1);
    double price = clock_price(clock, task->fee, round);
    bool sold = price >= two->lowest;
    *result = sold ? auction_sold((int)two->best, round, price)
                   : auction_unsold(DCAT_AUCTION_ALL_EXITED, round);
    return sold || task->rules->config.rea_all_left == DCAT_END_UNSOLD;
}

static bool clear_vickrey(const clear_task *task, const two_lowest *two,
                          dcat_auction_result *result)
{
    double reserve = dcat_auction_reserve(&task->rules->config, task->fee, task->work_cycles);
    *result = two->lowest > reserve ? auction_unsold(DCAT_AUCTION_NO_BIDDER, 0)
                                    : auction_sold((int)two->best, 0, fmin(two->second, reserve));
    return two->lowest > reserve || two->second > two->lowest; // equals draw lots
}

static bool clear_by_limit(const clear_task *task, scan_look *look, dcat_auction_result *result)
{
    two_lowest two =
        task->handicap_per_gigacycle_s == 0.0 ? first_two(task, look) : find_two_lowest(task, look);
    if (two.best == NO_ENTRY) {
        *result = auction_unsold(DCAT_AUCTION_NO_CANDIDATE, 0);
        return true;
    }
    if (task->auction == &dcat_auction_rea_s) {
        *result = clear_rea_s(task, look, &two);
        return true;
    }
    return task->auction == &dcat_auction_rea ? clear_rea(task, &two, result)
                                              : clear_vickrey(task, &two, result);
}

bool clear_quickly(const clear_task *task, scan_look *look, dcat_auction_result *result)
{
    return look->s->by_limit ? clear_by_limit(task, look, result)
                             : clear_by_number(task, look, result);
}
