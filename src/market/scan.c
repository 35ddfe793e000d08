#include "market/scan.h"

#include "auction/auction.h"
#include "dcat/model.h"
#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

void scan_layout(arena *a, const dcat_world *world, scan *s)
{
    size_t S = world->server_count;
    bool sparse = world->row_first != NULL;
    s->world = world;
    s->sparse = sparse;
    s->cluster = ARENA_ARRAY(a, scan_cluster, S + 1);
    s->unit_limit = ARENA_ARRAY(a, double, S);
    s->exit_guess = ARENA_ARRAY(a, int32_t, S);
    s->speed_hz = ARENA_ARRAY(a, double, S);
    s->cluster_at = ARENA_ARRAY(a, int32_t, S);
    s->place_of = ARENA_ARRAY(a, int32_t, S);
    s->row = ARENA_ARRAY(a, scan_row, world->area_count);
    s->least_s = ARENA_ARRAY(a, double, sparse ? S : 0);
    s->seen = ARENA_ARRAY(a, uint64_t, sparse ? S / SCAN_CHUNK + 1 : 0);
    s->mask = ARENA_ARRAY(a, uint64_t, S / SCAN_CHUNK + 1);
}

// Numbers that a sparse row of so many entries takes: delays in two precisions and places, with one
// spare of each.
static size_t sparse_row_size(size_t entry_count)
{
    return entry_count + 1 + 2 * ((entry_count + 2) / 2);
}

void scan_layout_rows(arena *a, scan *s)
{
    const dcat_world *world = s->world;
    // A row has no more entries than servers in reach.
    s->rows_room = s->sparse ? world->area_count * sparse_row_size(1) + 2 * world->reach_count
                             : world->area_count * (world->server_count + 1);
    s->rows = ARENA_ARRAY(a, double, s->rows_room);
}

size_t scan_rows_used_bytes(const scan *s)
{
    return sizeof *s->rows * s->rows_used;
}

void scan_init(scan *s)
{
    const dcat_world *world = s->world;
    s->rows_used = 0;
    if (s->sparse) {
        for (size_t i = 0; i < world->server_count; i++) {
            s->least_s[i] = INFINITY;
        }
        memset(s->seen, 0, sizeof *s->seen * (world->server_count / SCAN_CHUNK + 1));
    }
    scan_forget(s);
}

void scan_forget(scan *s)
{
    s->ready = false;
}

// --- places

static bool limit_less(const double *unit_limit, int32_t a, int32_t b)
{
    return unit_limit[a] < unit_limit[b];
}

#define RUN_LENGTH 16

static void insertion_sort(int32_t *order, size_t count, const double *unit_limit)
{
    for (size_t i = 1; i < count; i++) {
        int32_t k = order[i];
        size_t at = i;
        for (; at > 0 && limit_less(unit_limit, k, order[at - 1]); at--) {
            order[at] = order[at - 1];
        }
        order[at] = k;
    }
}

static void merge(const int32_t *from, size_t middle, size_t count, int32_t *to,
                  const double *unit_limit)
{
    size_t left = 0, right = middle;
    for (size_t i = 0; i < count; i++) {
        bool take_right =
            right < count && (left == middle || limit_less(unit_limit, from[right], from[left]));
        to[i] = take_right ? from[right++] : from[left++];
    }
}

// Stable, in O(C log C) and without the heap, which qsort() may take: runs by insertion, then merge
// them, back and forth between order and spare.
static void sort_by_limit(int32_t *order, int32_t *spare, size_t count, const double *unit_limit)
{
    for (size_t i = 0; i < count; i += RUN_LENGTH) {
        insertion_sort(&order[i], count - i < RUN_LENGTH ? count - i : RUN_LENGTH, unit_limit);
    }
    int32_t *from = order, *to = spare;
    for (size_t width = RUN_LENGTH; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            size_t left = count - i;
            size_t middle = left < width ? left : width;
            merge(&from[i], middle, left < 2 * width ? left : 2 * width, &to[i], unit_limit);
        }
        int32_t *last = from;
        from = to;
        to = last;
    }
    if (from != order) {
        memcpy(order, from, sizeof *order * count);
    }
}

void scan_prepare(scan *s, const scan_clusters *clusters)
{
    size_t C = (size_t)clusters->count;
    s->cluster_count = C;
    s->unit_limit_max = 0.0;
    s->speed_extreme = false;
    for (size_t k = 0; k < C; k++) {
        s->cluster_at[k] = (int32_t)k;
    }
    if (s->by_limit) {
        sort_by_limit(s->cluster_at, s->place_of, C, clusters->unit_limit);
    }
    for (size_t p = 0; p < C; p++) {
        int32_t k = s->cluster_at[p];
        double seconds_per_cycle = 1.0 / clusters->speed_hz[k];
        s->place_of[k] = (int32_t)p;
        s->unit_limit[p] = clusters->unit_limit[k];
        s->speed_hz[p] = clusters->speed_hz[k];
        s->cluster[p] = (scan_cluster){
            .busy_until_s = clusters->busy_until_s[k],
            .seconds_per_cycle = seconds_per_cycle,
        };
        s->speed_extreme = s->speed_extreme || !isnormal(seconds_per_cycle);
        s->unit_limit_max = fmax(s->unit_limit_max, s->unit_limit[p]);
    }
    s->cluster[C] = (scan_cluster){0};
    if (s->guesses) {
        const dcat_auction_rules *rules = &s->world->rules;
        for (size_t p = 0; p < C; p++) {
            s->exit_guess[p] =
                clock_guess_exit(&rules->rea_s, rules->config.ceiling_per_cycle, s->unit_limit[p]);
        }
    }
    for (size_t a = 0; a < s->world->area_count; a++) { // no row is made
        s->row[a] = (scan_row){.start = a * (s->world->server_count + 1), .data_bits = NAN};
    }
    s->rows_used = s->sparse ? 0 : s->rows_room;
    s->ready = true;
}

// --- bits

#define BYTES_OF(byte) (UINT64_C(0x0101010101010101) * (byte))

// The number of bits in each byte of word, plus those in the bytes below it.
static uint64_t bits_up_to_byte(uint64_t word)
{
    word -= (word >> 1) & BYTES_OF(0x55);
    word = (word & BYTES_OF(0x33)) + ((word >> 2) & BYTES_OF(0x33));
    word = (word + (word >> 4)) & BYTES_OF(0x0f);
    return word * BYTES_OF(0x01);
}

static size_t bit_count(uint64_t word)
{
    return bits_up_to_byte(word) >> 56;
}

// --- rows

// Every cluster has an entry: eq. (3), the least delay to any of its members.
static void make_dense_row(scan *s, const scan_clusters *clusters, size_t area, double data_bits)
{
    const dcat_world *world = s->world;
    const double *seconds_per_bit = &world->seconds_per_bit[area * world->server_count];
    const double *propagation_s = &world->propagation_s[area * world->server_count];
    double *transfer = &s->rows[s->row[area].start];
    for (size_t p = 0; p < s->cluster_count; p++) {
        int32_t k = s->cluster_at[p];
        double least_s = INFINITY;
        for (int32_t m = clusters->member_first[k]; m < clusters->member_first[k + 1]; m++) {
            int32_t i = clusters->members[m];
            double transfer_s =
                dcat_transfer_delay_s(data_bits, seconds_per_bit[i], propagation_s[i]);
            least_s = transfer_s < least_s ? transfer_s : least_s;
        }
        transfer[p] = least_s;
    }
    transfer[s->cluster_count] = INFINITY;
    s->row[area].entry_count = (int32_t)s->cluster_count;
}

// Mark the places of clusters with a member in the area's reach, and note the least delay to any
// such member.
static void look_around(scan *s, const scan_clusters *clusters, size_t area, double data_bits)
{
    const dcat_world *world = s->world;
    const world_stops *stops = &world->stops;
    for (size_t j = world->row_first[area]; j < world->row_first[area + 1]; j++) {
        int32_t stop = world->row_stop[j];
        for (int32_t m = stops->first[stop]; m < stops->first[stop + 1]; m++) {
            dcat_path path = world_path_by(world, j, (size_t)m);
            if (!world_in_reach(&world->config.network, path.seconds_per_bit, path.propagation_s)) {
                continue;
            }
            int32_t p = s->place_of[clusters->cluster_of[stops->server[m]]];
            double transfer_s =
                dcat_transfer_delay_s(data_bits, path.seconds_per_bit, path.propagation_s);
            s->seen[p / SCAN_CHUNK] |= UINT64_C(1) << (p % SCAN_CHUNK);
            s->least_s[p] = transfer_s < s->least_s[p] ? transfer_s : s->least_s[p];
        }
    }
}

// Room for an entry of every marked cluster, which are the same for every data size.
static void take_room(scan *s, scan_row *row)
{
    size_t entry_room = 0;
    for (size_t w = 0; w <= (s->cluster_count - 1) / SCAN_CHUNK; w++) {
        entry_room += bit_count(s->seen[w]);
    }
    row->start = s->rows_used;
    row->entry_room = (int32_t)entry_room;
    s->rows_used += sparse_row_size(entry_room);
    assert(s->rows_used <= s->rows_room);
}

// Clusters that could finish some task in time have an entry: one with a member in the area's reach
// that, idle, does the least work in what the transfer leaves. core/world.h says why leaving out
// members beyond reach changes no result; here (1) does not decrease with the work either.
static void make_sparse_row(scan *s, const scan_clusters *clusters, size_t area, double data_bits)
{
    const dcat_network_config *network = &s->world->config.network;
    scan_row *row = &s->row[area];
    look_around(s, clusters, area, data_bits);
    if (isnan(row->data_bits)) {
        take_room(s, row);
    }
    size_t halves = scan_row_halves(row);
    void *first = &s->rows[row->start], *behind = &s->rows[row->start + halves];
    float *rounded = first;
    int32_t *place = behind;
    double *transfer = &s->rows[row->start + 2 * halves];
    int32_t count = 0;
    for (size_t w = 0; w <= (s->cluster_count - 1) / SCAN_CHUNK; w++) {
        for (uint64_t left = s->seen[w]; left != 0; left &= left - 1) {
            int32_t p = (int32_t)(w * SCAN_CHUNK) + __builtin_ctzll(left);
            double processing_s =
                dcat_processing_delay_s(network->reach_work_cycles, s->speed_hz[p]);
            place[count] = p;
            rounded[count] = (float)s->least_s[p];
            transfer[count] = s->least_s[p];
            count += dcat_total_delay_s(s->least_s[p], 0.0, processing_s) <= network->reach_s;
            s->least_s[p] = INFINITY;
        }
        s->seen[w] = 0;
    }
    place[count] = 0;
    rounded[count] = INFINITY;
    transfer[count] = INFINITY;
    row->entry_count = count;
}

void scan_make_row(scan *s, const scan_clusters *clusters, int32_t area, double data_bits)
{
    if (!s->sparse) {
        make_dense_row(s, clusters, (size_t)area, data_bits);
    } else {
        make_sparse_row(s, clusters, (size_t)area, data_bits);
    }
    s->row[area].data_bits = data_bits;
}

// --- masks

// (10b) as the equations have it.
static bool feasible_exactly(const scan_look *look, size_t entry)
{
    int32_t p = scan_place(look, entry);
    double queue_s = dcat_waiting_delay_s(look->s->cluster[p].busy_until_s, look->now_s);
    double processing_s = dcat_processing_delay_s(look->work_cycles, look->s->speed_hz[p]);
    return dcat_total_delay_s(look->transfer_s[entry], look->late_s + queue_s, processing_s) <=
           look->deadline_s;
}

static uint64_t mask_exactly(const scan_look *look, size_t first, size_t count)
{
    uint64_t mask = 0;
    for (size_t j = 0; j < count; j++) {
        mask |= (uint64_t)feasible_exactly(look, first + j) << j;
    }
    return mask;
}

// The masks compare moments, not delays: the later of now and busy_until, plus transfer and
// processing delay, against the deadline's moment. And they multiply by 1 / F instead of dividing
// by F. Either moves a sum near the deadline's moment by less than a dozen roundings of the largest
// number involved. So a sum outside this margin is on the same side as the total of (4); where one
// is inside it the equations themselves decide. Delays rounded to float add their own roundings.
#define MARGIN 1e-14

typedef struct moment {
    double now_s, deadline_s; // since cycle 0
    double margin_s;
    double work_cycles;
} moment;

static moment moment_of(const scan_look *look)
{
    double size_s = fabs(look->now_s) + look->late_s + look->deadline_s;
    // No entry is farther than the network's reach.
    double rounded_s = look->rounded_s == NULL ? 0.0 : look->s->world->config.network.reach_s;
    return (moment){
        .now_s = look->now_s,
        .deadline_s = look->deadline_s - look->late_s + look->now_s,
        .margin_s = size_s * MARGIN + rounded_s * FLT_EPSILON + (double)FLT_MIN,
        .work_cycles = look->work_cycles,
    };
}

// A bit for each of count entries that makes the deadline; *margin_s is how close one comes to it.
// place is NULL for entries that are places. An odd count reads one entry more, which every row has
// to spare.
#ifdef __SSE2__
static inline __m128d load_rounded(const float *two)
{
    return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)two)));
}

static inline __attribute__((always_inline)) uint64_t
look_along(const moment *m, const double *transfer_s, const float *rounded_s,
           const scan_cluster *cluster, const int32_t *place, size_t count, double *margin_s)
{
    const __m128d now_s = _mm_set1_pd(m->now_s), deadline_s = _mm_set1_pd(m->deadline_s);
    const __m128d work_cycles = _mm_set1_pd(m->work_cycles), sign = _mm_set1_pd(-0.0);
    __m128d least_s = _mm_set1_pd(INFINITY);
    uint64_t mask = 0;
    for (size_t j = 0; j < count; j += 2) {
        size_t p0 = place == NULL ? j : (size_t)place[j];
        size_t p1 = place == NULL ? j + 1 : (size_t)place[j + 1];
        __m128d a = _mm_load_pd(&cluster[p0].busy_until_s);
        __m128d b = _mm_load_pd(&cluster[p1].busy_until_s);
        __m128d start_s = _mm_max_pd(_mm_unpacklo_pd(a, b), now_s);
        __m128d processing_s = _mm_mul_pd(_mm_unpackhi_pd(a, b), work_cycles);
        __m128d way_s = place == NULL ? _mm_loadu_pd(&transfer_s[j]) : load_rounded(&rounded_s[j]);
        __m128d end_s = _mm_add_pd(_mm_add_pd(start_s, way_s), processing_s);
        __m128d over_s = _mm_sub_pd(end_s, deadline_s);
        least_s = _mm_min_pd(_mm_andnot_pd(sign, over_s), least_s);
        mask |= (uint64_t)(unsigned)_mm_movemask_pd(over_s) << j;
    }
    *margin_s = _mm_cvtsd_f64(_mm_min_sd(least_s, _mm_unpackhi_pd(least_s, least_s)));
    return mask;
}
#else
static inline uint64_t look_along(const moment *m, const double *transfer_s, const float *rounded_s,
                                  const scan_cluster *cluster, const int32_t *place, size_t count,
                                  double *margin_s)
{
    uint64_t mask = 0;
    *margin_s = INFINITY;
    for (size_t j = 0; j < count; j++) {
        const scan_cluster *c = &cluster[place == NULL ? j : (size_t)place[j]];
        double start_s = c->busy_until_s > m->now_s ? c->busy_until_s : m->now_s;
        double way_s = place == NULL ? transfer_s[j] : (double)rounded_s[j];
        double over_s = start_s + way_s + m->work_cycles * c->seconds_per_cycle - m->deadline_s;
        *margin_s = fmin(*margin_s, fabs(over_s));
        mask |= (uint64_t)(over_s < 0.0) << j;
    }
    return mask;
}
#endif

uint64_t scan_make_mask(scan_look *look, size_t chunk)
{
    const scan *s = look->s;
    const size_t first = chunk * SCAN_CHUNK;
    assert(first < look->count);
    const size_t count = look->count - first < SCAN_CHUNK ? look->count - first : SCAN_CHUNK;
    const double *transfer_s = &look->transfer_s[first];
    const moment m = moment_of(look);
    double margin_s;
    uint64_t mask =
        look->place == NULL
            ? look_along(&m, transfer_s, NULL, &s->cluster[first], NULL, count, &margin_s)
            : look_along(&m, transfer_s, &look->rounded_s[first], s->cluster, &look->place[first],
                         count, &margin_s);
    if (!(margin_s > m.margin_s) || s->speed_extreme) {
        mask = mask_exactly(look, first, count);
    }
    if (count < SCAN_CHUNK) {
        mask &= (UINT64_C(1) << count) - 1; // the spare entry is nobody's
    }
    s->mask[chunk] = mask;
    look->chunk_done = chunk + 1;
    look->feasible_count += bit_count(mask);
    return mask;
}

size_t scan_feasible_count(scan_look *look)
{
    while (look->chunk_done < scan_chunk_count(look)) {
        scan_make_mask(look, look->chunk_done);
    }
    return look->feasible_count;
}

// How many bytes of sums, which are below 128 and never decrease, are at most limit.
static size_t bytes_at_most(uint64_t sums, size_t limit)
{
    uint64_t at_most = ((BYTES_OF(0x80) + BYTES_OF(limit)) - sums) & BYTES_OF(0x80);
    return ((at_most >> 7) * BYTES_OF(0x01)) >> 56;
}

// The nth set bit of a word, without a branch.
static size_t nth_bit(uint64_t word, size_t nth)
{
    uint64_t sums = bits_up_to_byte(word);
    size_t byte = bytes_at_most(sums, nth);
    size_t below = byte == 0 ? 0 : (sums >> (8 * byte - 8)) & 0xff;
    // One byte for each bit of the byte it is in: 1 where the bit is set.
    uint64_t bits = (((word >> (8 * byte)) & 0xff) * BYTES_OF(0x01)) & UINT64_C(0x8040201008040201);
    bits = ((bits + BYTES_OF(0x7f)) >> 7) & BYTES_OF(0x01);
    return 8 * byte + bytes_at_most(bits * BYTES_OF(0x01), nth - below);
}

size_t scan_nth_feasible(const scan_look *look, size_t nth)
{
    for (size_t chunk = 0;; chunk++) {
        assert(chunk < look->chunk_done);
        uint64_t mask = look->s->mask[chunk];
        size_t count = bit_count(mask);
        if (nth < count) {
            return chunk * SCAN_CHUNK + nth_bit(mask, nth);
        }
        nth -= count;
    }
}
