// clear.h - one task's auction without listing its candidates first.
//
// The auctions of auction_*.c take a list of bids. Most tasks need no list: a lottery in which all
// candidates accept needs their number only, and a clock needs the two lowest bids and those close
// above the second. Here these cases are decided from the masks of a scan, with the same outcome to
// the last bit; for the others clear_quickly() says no and the caller makes the list.
// tests/core/slot_reference.c walks the rounds over all clusters instead and must always agree.

#ifndef DCAT_CORE_CLEAR_H
#define DCAT_CORE_CLEAR_H

#include "dcat/auction.h"
#include "dcat/model.h"
#include "market/scan.h"

// What a task's random bits are a function of; they are drawn only when the auction needs them.
typedef struct clear_lot {
    uint64_t seed;
    uint32_t cycle, slot, index;
} clear_lot;

static inline uint64_t clear_draw(const clear_lot *lot)
{
    dcat_draw draw =
        dcat_draw_at(lot->seed, DCAT_STREAM_AUCTION, 0, lot->cycle, lot->slot, lot->index);
    return dcat_draw_u64(&draw, 0);
}

typedef struct clear_task {
    const dcat_auction_rules *rules;
    const dcat_auction *auction;
    double fee;
    double work_cycles;
    double handicap_per_gigacycle_s;
    clear_lot lot;
} clear_task;

// Whether an auction that looks by limit is run under these rules, see scan.h.
bool clear_looks_by_limit(const dcat_auction *auction, const dcat_auction_config *config);

// Whether its clock starts from the ceiling, so that rounds can be guessed ahead.
bool clear_wants_guesses(const dcat_auction *auction, const dcat_world_config *config);

// What the market adds to a bid, and takes off the pay, of a cluster that is still busy.
static inline double clear_handicap(double handicap_per_gigacycle_s, double work_cycles,
                                    double waiting_s)
{
    return handicap_per_gigacycle_s * waiting_s * (work_cycles / DCAT_CYCLES_PER_GIGACYCLE);
}

// What an entry bids: its limit and the market's handicap for the time until it is free.
double clear_bid(const clear_task *task, const scan_look *look, size_t entry);

// Decide the auction if that takes no list. On true, result->winner is an entry of the look.
bool clear_quickly(const clear_task *task, scan_look *look, dcat_auction_result *result);

#endif
