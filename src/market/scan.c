// SPDX-License-Identifier: Apache-2.0
// Ranking the clusters, and listing those that an area reaches.

#include "market/scan.h"

#include "auction/auction.h"
#include "auction/mask.h"
#include "base/bits.h"
#include "base/sort.h"
#include "dcat/x/model.h"
#include <assert.h>
#include <math.h>

void scan_layout(arena *a, const dcat_world *world, const scan *other, scan *s)
{
    size_t S = world->server_count;
    bool sparse = world->row_first != NULL;
    s->world = world;
    s->sparse = sparse;
    s->clusters.queue = ARENA_ARRAY(a, cluster_queue, S + SPARE_ITEMS);
    s->clusters.unit_limit = ARENA_ARRAY(a, double, S + SPARE_ITEMS);
    bool starts = isfinite(world->config.auction.tariff_ceiling) || world->config.auction.opt_out;
    s->clusters.unit_start = starts ? ARENA_ARRAY(a, double, S) : NULL;
    s->clusters.exit_guess = ARENA_ARRAY(a, int32_t, S);
    s->clusters.speed_hz = ARENA_ARRAY(a, double, S);
    s->clusters.number = ARENA_ARRAY(a, int32_t, S);
    s->rank_of = ARENA_ARRAY(a, int32_t, S);
    s->lists = ARENA_ARRAY(a, reach_list, world->area_count);
    bool own = other == NULL;
    s->least_s = own ? ARENA_ARRAY(a, double, sparse ? S : 0) : other->least_s;
    s->seen = own ? ARENA_ARRAY(a, uint64_t, sparse ? S / MASK_BITS + 1 : 0) : other->seen;
    s->clusters.mask = own ? ARENA_ARRAY(a, uint64_t, S / MASK_BITS + 1) : other->clusters.mask;
    s->clusters.bid = own ? ARENA_ARRAY(a, double, S + SPARE_ITEMS) : other->clusters.bid;
    s->clusters.lowest = own ? ARENA_ARRAY(a, lowest_bids, 1) : other->clusters.lowest;
    s->clusters.soonest_s = own ? ARENA_ARRAY(a, double, 4) : other->clusters.soonest_s;
}

// Numbers that a sparse list of so many items takes: delays in two precisions and ranks, with one
// spare of each.
static size_t sparse_list_size(size_t count)
{
    return count + 1 + 2 * ((count + 2) / 2);
}

void scan_layout_lists(arena *a, scan *s)
{
    const dcat_world *world = s->world;
    // A list has no more items than servers in reach.
    s->number_capacity = s->sparse
                             ? world->area_count * sparse_list_size(1) + 2 * world->reach_count
                             : world->area_count * (world->server_count + SPARE_ITEMS);
    s->numbers = ARENA_ARRAY(a, double, s->number_capacity);
}

size_t scan_lists_used_bytes(const scan *s)
{
    return sizeof *s->numbers * s->numbers_used;
}

void scan_init(scan *s, const dcat_auction *auction)
{
    const dcat_world *world = s->world;
    const dcat_world_config *config = &world->config;
    s->clusters.by_limit = auction->by_limit != NULL && auction->by_limit(&config->auction);
    s->clusters.reach_s = config->network.reach_s;
    // A clock starts from the ceiling or from near it, so rounds can be guessed ahead.
    bool guesses = auction->clock != NULL && auction->under_ceiling &&
                   isfinite(config->auction.ceiling_per_cycle) &&
                   config->market.handicap_per_gigacycle_s == 0.0;
    s->clock = guesses ? auction->clock(&world->rules) : NULL;
    s->clusters.guesses = guesses;
    s->numbers_used = 0;
    if (s->sparse) {
        for (size_t i = 0; i < world->server_count; i++) {
            s->least_s[i] = INFINITY;
        }
        memset(s->seen, 0, sizeof *s->seen * (world->server_count / MASK_BITS + 1));
    }
    scan_forget(s);
}

// --- ranks

typedef struct limit_order {
    int32_t *cluster;
    const double *unit_limit;
} limit_order;

// Lower limit, or the same and a lower number.
static bool comes_first(const limit_order *order, size_t i, size_t j)
{
    int32_t a = order->cluster[i], b = order->cluster[j];
    double limit_a = order->unit_limit[a], limit_b = order->unit_limit[b];
    return limit_a < limit_b || (limit_a == limit_b && a < b);
}

static void swap(const limit_order *order, size_t i, size_t j)
{
    sort_swap(order->cluster, i, j);
}

SORT_DEFINE(sort_by_limit, const limit_order *, comes_first, swap)

void scan_prepare(scan *s, const scan_clusters *clusters)
{
    ranked_clusters *ranked = &s->clusters;
    size_t C = 0;
    ranked->unit_limit_max = 0.0;
    ranked->speed_extreme = false;
    // Bids with handicaps are held against start prices one by one.
    ranked->wide = !s->sparse && wide_available() &&
                   (ranked->unit_start == NULL || clusters->on_limits || !clusters->handicaps);
    ranked->make_mask = candidates_mask_maker(ranked->wide, clusters->handicaps, clusters->limited);
    for (int32_t k = 0; k < clusters->count; k++) {
        s->rank_of[k] = -1;
        ranked->number[C] = k;
        C += clusters->speed_hz[k] > 0.0;
    }
    ranked->count = C;
    if (ranked->by_limit) {
        const limit_order order = {ranked->number, clusters->unit_limit};
        sort_by_limit(&order, C);
    }
    for (size_t r = 0; r < C; r++) {
        int32_t k = ranked->number[r];
        double seconds_per_cycle = 1.0 / clusters->speed_hz[k];
        s->rank_of[k] = (int32_t)r;
        ranked->unit_limit[r] = clusters->unit_limit[k];
        if (ranked->unit_start != NULL) {
            ranked->unit_start[r] = clusters->on_limits ? INFINITY : clusters->unit_start[k];
        }
        ranked->speed_hz[r] = clusters->speed_hz[k];
        ranked->queue[r] = (cluster_queue){
            .busy_until_s = clusters->busy_until_s[k],
            .seconds_per_cycle = seconds_per_cycle,
        };
        ranked->speed_extreme = ranked->speed_extreme || !isnormal(seconds_per_cycle);
        ranked->unit_limit_max = fmax(ranked->unit_limit_max, ranked->unit_limit[r]);
    }
    for (size_t r = C; r < C + SPARE_ITEMS; r++) {
        ranked->queue[r] = (cluster_queue){0};
        ranked->unit_limit[r] = 0.0;
    }
    for (size_t r = 0; r < C && ranked->guesses; r++) {
        ranked->exit_guess[r] = clock_guess_exit(
            s->clock, s->world->config.auction.ceiling_per_cycle, ranked->unit_limit[r]);
    }
    for (size_t a = 0; a < s->world->area_count; a++) { // no list is made
        s->lists[a] =
            (reach_list){.start = a * (s->world->server_count + SPARE_ITEMS), .data_bits = NAN};
    }
    s->numbers_used = s->sparse ? 0 : s->number_capacity;
    s->ready = true;
}

// --- lists of what an area reaches

// All clusters: eq. (3), the least delay to any of their members.
static void make_dense_list(scan *s, const scan_clusters *clusters, size_t area, double data_bits)
{
    const dcat_world *world = s->world;
    const double *seconds_per_bit = &world->seconds_per_bit[area * world->server_count];
    const double *propagation_s = &world->propagation_s[area * world->server_count];
    size_t C = s->clusters.count;
    double *transfer = &s->numbers[s->lists[area].start];
    for (size_t r = 0; r < C; r++) {
        int32_t k = s->clusters.number[r];
        double least_s = INFINITY;
        for (int32_t m = clusters->member_first[k]; m < clusters->member_first[k + 1]; m++) {
            int32_t i = clusters->members[m];
            double transfer_s =
                dcat_transfer_delay_s(data_bits, seconds_per_bit[i], propagation_s[i]);
            least_s = transfer_s < least_s ? transfer_s : least_s;
        }
        transfer[r] = least_s;
    }
    for (size_t r = C; r < C + SPARE_ITEMS; r++) {
        transfer[r] = INFINITY;
    }
    s->lists[area].count = (int32_t)C;
}

// Find the ranks of clusters with a member in the area's reach, and note the least delay to any
// such member.
static void search_reach(scan *s, const scan_clusters *clusters, size_t area, double data_bits)
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
            int32_t k = clusters->cluster_of[stops->server[m]];
            if (k < 0) {
                continue;
            }
            int32_t r = s->rank_of[k];
            double transfer_s =
                dcat_transfer_delay_s(data_bits, path.seconds_per_bit, path.propagation_s);
            s->seen[r / MASK_BITS] |= UINT64_C(1) << (r % MASK_BITS);
            s->least_s[r] = transfer_s < s->least_s[r] ? transfer_s : s->least_s[r];
        }
    }
}

// Memory for every cluster seen, which are the same for every data size.
static void take_memory(scan *s, reach_list *list)
{
    size_t capacity = 0;
    for (size_t w = 0; w * MASK_BITS < s->clusters.count; w++) {
        capacity += bits_in(s->seen[w]);
    }
    list->start = s->numbers_used;
    list->capacity = (int32_t)capacity;
    s->numbers_used += sparse_list_size(capacity);
    assert(s->numbers_used <= s->number_capacity);
}

// Clusters that could finish some task in time: those with a member in the area's reach
// that, idle, does the least work in what the transfer leaves. world/world.h says why leaving out
// members beyond reach changes no result; here (1) does not decrease with the work either.
static void make_sparse_list(scan *s, const scan_clusters *clusters, size_t area, double data_bits)
{
    const dcat_network_config *network = &s->world->config.network;
    reach_list *list = &s->lists[area];
    search_reach(s, clusters, area, data_bits);
    if (isnan(list->data_bits)) {
        take_memory(s, list);
    }
    size_t halves = list_halves(list);
    void *first = &s->numbers[list->start], *behind = &s->numbers[list->start + halves];
    float *rounded = first;
    int32_t *rank = behind;
    double *transfer = &s->numbers[list->start + 2 * halves];
    int32_t count = 0;
    for (size_t w = 0; w * MASK_BITS < s->clusters.count; w++) {
        for (uint64_t left = s->seen[w]; left != 0; left &= left - 1) {
            int32_t r = (int32_t)(w * MASK_BITS) + bits_first(left);
            double processing_s =
                dcat_processing_delay_s(network->reach_work_cycles, s->clusters.speed_hz[r]);
            rank[count] = r;
            rounded[count] = (float)s->least_s[r];
            transfer[count] = s->least_s[r];
            count += dcat_total_delay_s(s->least_s[r], 0.0, processing_s) <= network->reach_s;
            s->least_s[r] = INFINITY;
        }
        s->seen[w] = 0;
    }
    rank[count] = 0;
    rounded[count] = INFINITY;
    transfer[count] = INFINITY;
    list->count = count;
}

void scan_make_list(scan *s, const scan_clusters *clusters, int32_t area, double data_bits)
{
    if (!s->sparse) {
        make_dense_list(s, clusters, (size_t)area, data_bits);
    } else {
        make_sparse_list(s, clusters, (size_t)area, data_bits);
    }
    s->lists[area].data_bits = data_bits;
}
