// SPDX-License-Identifier: Apache-2.0
// scan.h - what a slot step reads of each cluster, and in which order.
//
// Clusters that can work on its class are ranked as the auction wants them, and every area has a
// list of those that it can reach, in order of rank; see auction/candidates.h, which both are made
// for.

#ifndef DCAT_MARKET_SCAN_H
#define DCAT_MARKET_SCAN_H

#include "auction/candidates.h"
#include "base/arena.h"
#include "dcat/demand.h"
#include "world/world.h"
#include <stdbool.h>
#include <string.h>

// The clusters that an area reaches, with the delay (3) to each: one number an item in a dense
// world. A sparse list begins with what is read for every task, the delays rounded to float and the
// ranks, and keeps the delays themselves behind them: all lists of a large world are more than
// stays in fast memory, so what is read of one should be little.
typedef struct reach_list {
    size_t start;     // in scan.numbers
    double data_bits; // it was made for; NAN: not made yet
    int32_t count;
    int32_t capacity; // of a sparse list, without the spare item; 0: not taken yet
} reach_list;

typedef struct scan {
    bool ready;  // for the clusters as they are
    bool sparse; // the network's reach is bounded
    ranked_clusters clusters;
    int32_t *rank_of;  // [C] by cluster; -1: nobody in it works
    reach_list *lists; // [A]
    double *numbers;   // [number_capacity] of all lists
    size_t number_capacity, numbers_used;
    double *least_s; // [C] scratch of making a sparse list; INFINITY between uses
    uint64_t *seen;  // [C / 64] as above; 0 between uses
    const dcat_world *world;
    const dcat_clock *clock; // Nullable: guess rounds of this clock from the ceiling
} scan;

// Scratch is that of another scan, if there is one.
void scan_layout(arena *a, const dcat_world *world, const scan *other, scan *s);

// The lists, which are large and mostly unused in a large world, go last; this many bytes of them
// are in use.
void scan_layout_lists(arena *a, scan *s);
size_t scan_lists_used_bytes(const scan *s);

// First use of fresh memory, for a state under this auction.
void scan_init(scan *s, const dcat_auction *auction);

// What scan_prepare needs of the clusters, all [C] but members [S] and member_first [C + 1].
typedef struct scan_clusters {
    int32_t count;
    const int32_t *cluster_of;             // [S] that a server works in; -1: it opted out
    const int32_t *member_first, *members; // those who work
    const double *speed_hz, *busy_until_s; // a speed of 0: nobody works
    const double *unit_limit;              // INFINITY where it is above the start price of its own
    const double *unit_start;              // INFINITY: none of its own
    bool on_limits;          // start prices are held against limits, which unit_limit knows
    bool handicaps, limited; // the market has some; not all are admitted to it
} scan_clusters;

// Clusters changed: forget ranks and lists.
static inline void scan_forget(scan *s)
{
    s->ready = false;
}

// Rank the clusters. O(C log C) by limit, O(C) by number.
void scan_prepare(scan *s, const scan_clusters *clusters);

// A cluster took work. Both numbers are written at once, because both are read at once soon after,
// and a read that spans a fresh narrower write waits for it.
static inline void scan_set_busy(scan *s, int32_t rank, double busy_until_s)
{
    typedef double both __attribute__((vector_size(16)));
    both now = {busy_until_s, s->clusters.queue[rank].seconds_per_cycle};
    memcpy(&s->clusters.queue[rank], &now, sizeof now);
}

// The list of an area for a data size; made anew when the size differs from the last one asked.
void scan_make_list(scan *s, const scan_clusters *clusters, int32_t area, double data_bits);

// Numbers that the floats of a sparse list and its spare item take, and its ranks as well.
static inline size_t list_halves(const reach_list *list)
{
    return ((size_t)list->capacity + 2) / 2;
}

static inline const double *scan_list_transfer(const scan *s, const reach_list *list)
{
    return &s->numbers[list->start + (s->sparse ? 2 * list_halves(list) : 0)];
}

static inline const float *scan_list_rounded(const scan *s, const reach_list *list)
{
    const void *first = &s->numbers[list->start];
    return s->sparse ? first : NULL;
}

static inline const int32_t *scan_list_rank(const scan *s, const reach_list *list)
{
    const void *behind = &s->numbers[list->start + list_halves(list)];
    return s->sparse ? behind : NULL;
}

// Ask for the list of an area of a large world ahead of its use.
static inline void scan_prefetch(const scan *s, int32_t area)
{
    if (!s->sparse || !s->ready) {
        return;
    }
    const reach_list *list = &s->lists[area];
    const size_t line = 64; // bytes fetched at once
    const char *delays = (const char *)scan_list_rounded(s, list);
    const char *ranks = (const char *)scan_list_rank(s, list);
    for (size_t at = 0; at < (size_t)list->count * sizeof(float); at += line) {
        __builtin_prefetch(delays + at);
        __builtin_prefetch(ranks + at);
    }
}

#endif
