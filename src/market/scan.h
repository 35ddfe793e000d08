// scan.h - what a slot step reads per cluster looked at, and in which order it looks.
//
// Clusters stand in places. Auctions that sell to the cheapest look in order of the limit, so that
// they may stop early; those that draw lots look in order of the cluster's number, so that the lot
// can be counted off. An area sees a row of entries, one per cluster it can reach, in the same
// order: entry e of a dense row is place e, of a sparse one place[e].
//
// What is looked at is a bit per entry, 64 at a time: can the cluster finish the task in time
// (10b).

#ifndef DCAT_CORE_SCAN_H
#define DCAT_CORE_SCAN_H

#include "base/arena.h"
#include "dcat/demand.h"
#include "world/world.h"
#include <stdbool.h>
#include <string.h>

#define SCAN_CHUNK 64 // entries of one mask word

// Read for every entry, so close together.
typedef struct scan_cluster {
    _Alignas(16) double busy_until_s;
    double seconds_per_cycle; // 1 / F
} scan_cluster;

typedef struct scan_row {
    size_t start;     // in scan.rows
    double data_bits; // it was made for; NAN: not made yet
    int32_t entry_count;
    int32_t entry_room; // of a sparse row, without the spare one; 0: no room taken yet
} scan_row;

typedef struct scan {
    bool guesses;       // exit_guess is filled
    bool by_limit;      // order of places: by limit, or by number
    bool ready;         // for the clusters as they are
    bool sparse;        // the network's reach is bounded
    bool speed_extreme; // some 1 / F is not a normal number and too coarse to use
    size_t cluster_count;
    scan_cluster *cluster; // [C + 1] by place
    double *unit_limit;    // [C] by place
    int32_t *exit_guess;   // [C] by place: where about the clock of rea-s passes the limit
    double *speed_hz;      // [C] by place
    int32_t *cluster_at;   // [C] by place
    int32_t *place_of;     // [C] by cluster
    double unit_limit_max; // of all clusters
    scan_row *row;         // [A]
    double *rows;          // [rows_room] see scan_row_transfer
    size_t rows_room, rows_used;
    double *least_s; // [C] scratch of making a sparse row; INFINITY between uses
    uint64_t *seen;  // [C / 64] as above; 0 between uses
    uint64_t *mask;  // [C / 64] the masks of one task
    const dcat_world *world;
} scan;

void scan_layout(arena *a, const dcat_world *world, scan *s);

// The rows, which are large and mostly unused in a large world, go last; this many bytes of them
// are in use.
void scan_layout_rows(arena *a, scan *s);
size_t scan_rows_used_bytes(const scan *s);

// First use of fresh memory.
void scan_init(scan *s);

// What scan_prepare needs of the clusters, all [C] but members [S] and member_first [C + 1].
typedef struct scan_clusters {
    int32_t count;
    const int32_t *cluster_of; // [S]
    const int32_t *member_first, *members;
    const double *speed_hz, *unit_limit, *busy_until_s;
} scan_clusters;

// Clusters changed: forget order and rows.
void scan_forget(scan *s);

// Put the clusters in places. O(C log C) by limit, O(C) by number.
void scan_prepare(scan *s, const scan_clusters *clusters);

// A cluster took work. Both numbers are written at once, because both are read at once soon after,
// and a read that spans a fresh narrower write waits for it.
static inline void scan_set_busy(scan *s, int32_t place, double busy_until_s)
{
    typedef double both __attribute__((vector_size(16)));
    both now = {busy_until_s, s->cluster[place].seconds_per_cycle};
    memcpy(&s->cluster[place], &now, sizeof now);
}

// The row of an area for a data size; made anew when the size differs from the last one asked.
void scan_make_row(scan *s, const scan_clusters *clusters, int32_t area, double data_bits);

// The entries of a row: delay (3) to each. A sparse row begins with what is read for every task,
// the delays rounded to float and the places, and keeps the delays themselves behind them: all rows
// of a large world are more than stays in fast memory, so what is read of one should be little.
static inline size_t scan_row_halves(const scan_row *row)
{
    return ((size_t)row->entry_room + 2) / 2; // numbers that so many halves and the spare one take
}

static inline const double *scan_row_transfer(const scan *s, const scan_row *row)
{
    return &s->rows[row->start + (s->sparse ? 2 * scan_row_halves(row) : 0)];
}

static inline const float *scan_row_rounded(const scan *s, const scan_row *row)
{
    const void *first = &s->rows[row->start];
    return s->sparse ? first : NULL;
}

static inline const int32_t *scan_row_place(const scan *s, const scan_row *row)
{
    const void *behind = &s->rows[row->start + scan_row_halves(row)];
    return s->sparse ? behind : NULL;
}

// Ask for the row of a large world ahead of its use: all rows together are more than stays in fast
// memory.
static inline void scan_fetch_row(const scan *s, int32_t area)
{
    if (!s->sparse || !s->ready) {
        return;
    }
    const scan_row *row = &s->row[area];
    const size_t line = 64; // bytes fetched at once
    const char *delays = (const char *)scan_row_rounded(s, row);
    const char *places = (const char *)scan_row_place(s, row);
    for (size_t at = 0; at < (size_t)row->entry_count * sizeof(float); at += line) {
        __builtin_prefetch(delays + at);
        __builtin_prefetch(places + at);
    }
}

// One task as it meets one row.
typedef struct scan_look {
    const scan *s;
    const double *transfer_s; // [count]
    const float *rounded_s;   // [count] the same to float; NULL in a dense world
    const int32_t *place;     // [count] NULL in a dense world
    size_t count;
    size_t chunk_done;     // masks that have been made
    size_t feasible_count; // entries in them
    double now_s;
    double late_s; // how long the task has waited for its slot
    double work_cycles;
    double deadline_s;
} scan_look;

static inline int32_t scan_place(const scan_look *look, size_t entry)
{
    return look->place == NULL ? (int32_t)entry : look->place[entry];
}

static inline size_t scan_chunk_count(const scan_look *look)
{
    return (look->count + SCAN_CHUNK - 1) / SCAN_CHUNK;
}

// The feasible ones among entries 64 chunk .. 64 chunk + 63. Chunks are asked in ascending order
// the first time; later they are remembered until another task looks.
uint64_t scan_make_mask(scan_look *look, size_t chunk);
static inline uint64_t scan_mask(scan_look *look, size_t chunk)
{
    return chunk < look->chunk_done ? look->s->mask[chunk] : scan_make_mask(look, chunk);
}

// How many entries are feasible; makes all masks.
size_t scan_feasible_count(scan_look *look);

// The nth (from 0) feasible entry; all masks are made and it exists.
size_t scan_nth_feasible(const scan_look *look, size_t nth);

#endif
