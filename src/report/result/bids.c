// SPDX-License-Identifier: Apache-2.0
// bids.csv: who could have had a task, for how much, and when it left the clock.

#include "dcat/x/clock.h"
#include "dcat/x/report.h"
#include "dcat/x/task_auction.h"

#include <stdlib.h>

static const dcat_column bid_columns[] = {
    DCAT_COLUMN("job_id", DCAT_COLUMN_COUNT, NULL, "number of the task in the run, from 0"),
    DCAT_COLUMN("cluster", DCAT_COLUMN_COUNT, NULL, "a candidate, by its number in the cycle"),
    DCAT_COLUMN("transfer_s", DCAT_COLUMN_NUMBER, "s", "time to transfer the data to it"),
    DCAT_COLUMN("queue_s", DCAT_COLUMN_NUMBER, "s",
                "time from arrival until it is free, as in tasks"),
    DCAT_COLUMN("processing_s", DCAT_COLUMN_NUMBER, "s", "time of processing"),
    DCAT_COLUMN("limit", DCAT_COLUMN_NUMBER, "money", "lowest payment that it accepts"),
    DCAT_COLUMN("bid", DCAT_COLUMN_NUMBER, "money", "limit and handicap"),
    DCAT_COLUMN("round_left", DCAT_COLUMN_COUNT, NULL,
                "price cut at which it left, 0: the first price; empty: it never did"),
    DCAT_COLUMN("bidder", DCAT_COLUMN_COUNT, NULL,
                "the lowest cluster of its bidder: clusters with a common owner are one"),
    DCAT_COLUMN("stands", DCAT_COLUMN_BOOLEAN, NULL,
                "whether it is its bidder's lowest bid; others are not in the auction"),
};
const dcat_table_head dcat_bids_head =
    DCAT_TABLE_HEAD("bids", "a candidate of a task", bid_columns);

struct dcat_bid_rows {
    FILE *file;
    double *bid;         // [S] of the candidates of a task
    int32_t *cluster;    // [S] theirs
    dcat_offer offers[]; // [S] of the clusters there are
};

dcat_status dcat_bid_rows_create(const dcat_world *world, FILE *file, dcat_bid_rows **rows,
                                 dcat_error *err)
{
    size_t S = dcat_world_server_count(world);
    dcat_bid_rows *made = calloc(1, sizeof *made + S * sizeof *made->offers);
    if (made != NULL) {
        made->bid = malloc(S * sizeof *made->bid);
        made->cluster = malloc(S * sizeof *made->cluster);
    }
    if (made == NULL || made->bid == NULL || made->cluster == NULL) {
        dcat_bid_rows_destroy(made);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the bids of %zu clusters", S);
    }
    made->file = file;
    *rows = made;
    return DCAT_OK;
}

void dcat_bid_rows_destroy(dcat_bid_rows *rows)
{
    if (rows != NULL) {
        free(rows->bid);
        free(rows->cluster);
    }
    free(rows);
}

void dcat_bid_rows_before(dcat_bid_rows *rows, const dcat_slot_record *slot, int32_t n)
{
    for (int32_t k = 0; k < dcat_state_cluster_count(slot->state); k++) {
        rows->offers[k] = dcat_state_offer(slot->state, slot->now_s, &slot->tasks[n], k);
    }
}

// The price cut at which a loser left. A lone bidder is asked the first price, whatever the
// rule.
static dcat_cell round_left(const dcat_auction *auction, const dcat_auction_rules *rules,
                            const dcat_award *award, size_t bidder_count, double start_price,
                            double bid)
{
    if (auction->clock == NULL) {
        return bid > start_price ? dcat_cell_count(0) : dcat_cell_missing();
    }
    int round_min = auction->skips_start && bidder_count > 1 ? 1 : 0;
    int round = dcat_clock_exit_round(auction->clock(rules), start_price, bid, round_min);
    return round <= award->round ? dcat_cell_count((uint64_t)round) : dcat_cell_missing();
}

// Lists the candidates; says how many.
static size_t list_candidates(dcat_bid_rows *rows, const dcat_state *state)
{
    size_t count = 0;
    for (int32_t k = 0; k < dcat_state_cluster_count(state); k++) {
        if (rows->offers[k].feasible && rows->offers[k].admitted) {
            rows->bid[count] = rows->offers[k].bid;
            rows->cluster[count++] = k;
        }
    }
    return count;
}

static size_t count_bidders(const dcat_bid_rows *rows, const int32_t *bidder_of, size_t count)
{
    size_t bidder_count = 0;
    for (size_t i = 0; i < count; i++) {
        bidder_count += dcat_bid_stands(bidder_of, rows->bid, rows->cluster, count, i);
    }
    return bidder_count;
}

void dcat_bid_rows_after(dcat_bid_rows *rows, const dcat_slot_record *slot, int32_t n,
                         const dcat_award *award, uint64_t job_id)
{
    const dcat_auction *auction = dcat_state_auction(slot->state);
    const dcat_task *task = &slot->tasks[n];
    const dcat_auction_rules *rules = dcat_state_rules_view(slot->state);
    double start =
        auction->start_price(rules, dcat_state_told_fee(slot->state, task), task->work_cycles);
    const int32_t *bidder_of = dcat_state_bidder_of_view(slot->state);
    size_t count = list_candidates(rows, slot->state);
    size_t bidder_count = count_bidders(rows, bidder_of, count);
    for (size_t i = 0; i < count; i++) {
        int32_t k = rows->cluster[i];
        const dcat_offer *offer = &rows->offers[k];
        bool stands = dcat_bid_stands(bidder_of, rows->bid, rows->cluster, count, i);
        const dcat_cell cells[] = {
            dcat_cell_count(job_id),
            dcat_cell_count((uint64_t)k),
            dcat_cell_number(offer->transfer_s),
            dcat_cell_number(offer->waiting_s),
            dcat_cell_number(offer->processing_s),
            dcat_cell_number(offer->limit),
            dcat_cell_number(offer->bid),
            k == award->cluster || !stands
                ? dcat_cell_missing()
                : round_left(auction, rules, award, bidder_count, start, offer->bid),
            dcat_cell_count((uint64_t)bidder_of[k]),
            dcat_cell_boolean(stands),
        };
        dcat_csv_row(&dcat_bids_head, cells, rows->file);
    }
}
