// SPDX-License-Identifier: Apache-2.0
#include "market/bidders.h"

#include "base/sort.h"
#include "dcat/x/task_auction.h"

void bidders_layout(arena *a, const dcat_world *world, bidders *b)
{
    size_t S = world->server_count;
    b->of = ARENA_ARRAY(a, int32_t, S);
    b->lowest = ARENA_ARRAY(a, int32_t, S);
    b->cluster = ARENA_ARRAY(a, int32_t, S);
    b->seen_with = ARENA_ARRAY(a, int32_t, world->owner_max + 1);
}

static void everybody_alone(bidders *b, int32_t cluster_count)
{
    b->joined = false;
    for (int32_t k = 0; k < cluster_count; k++) {
        b->of[k] = k;
        b->lowest[k] = -1;
    }
}

// The lowest cluster joined so far with this one; union-find, with paths halved on the way.
static int32_t find(int32_t *of, int32_t cluster)
{
    while (of[cluster] != cluster) {
        of[cluster] = of[of[cluster]];
        cluster = of[cluster];
    }
    return cluster;
}

static void join(bidders *b, int32_t one, int32_t other)
{
    int32_t low = find(b->of, one), high = find(b->of, other);
    b->joined = b->joined || low != high;
    if (low < high) {
        b->of[high] = low;
    } else {
        b->of[low] = high;
    }
}

void bidders_join(bidders *b, const dcat_world *world, const int32_t *cluster_of,
                  int32_t cluster_count)
{
    everybody_alone(b, cluster_count);
    if (world->owner_max == 0) {
        return;
    }
    for (int32_t o = 0; o <= world->owner_max; o++) {
        b->seen_with[o] = -1;
    }
    for (size_t i = 0; i < world->server_count; i++) {
        int32_t owner = world->servers[i].owner;
        if (owner != DCAT_NO_OWNER && b->seen_with[owner] >= 0) {
            join(b, b->seen_with[owner], cluster_of[i]);
        }
        b->seen_with[owner] = cluster_of[i];
    }
    for (int32_t k = 0; k < cluster_count; k++) {
        b->of[k] = find(b->of, k);
    }
}

typedef struct number_order {
    int32_t *cluster;
    const int32_t *number;
} number_order;

// Lower number, or the same and a lower cluster.
static bool comes_first(const number_order *order, size_t i, size_t j)
{
    int32_t a = order->cluster[i], b = order->cluster[j];
    return order->number[a] < order->number[b] || (a < b && order->number[a] == order->number[b]);
}

static void swap(const number_order *order, size_t i, size_t j)
{
    sort_swap(order->cluster, i, j);
}

SORT_DEFINE(sort_by_number, const number_order *, comes_first, swap)

void bidders_set(bidders *b, const int32_t *bidder_of, int32_t cluster_count)
{
    everybody_alone(b, cluster_count);
    if (bidder_of == NULL) {
        return;
    }
    for (int32_t k = 0; k < cluster_count; k++) {
        b->cluster[k] = k;
    }
    const number_order order = {b->cluster, bidder_of};
    sort_by_number(&order, (size_t)cluster_count);
    for (int32_t i = 1; i < cluster_count; i++) {
        int32_t before = b->cluster[i - 1], k = b->cluster[i];
        if (bidder_of[before] == bidder_of[k]) {
            b->of[k] = b->of[before];
            b->joined = true;
        }
    }
}

size_t bidders_keep_lowest(bidders *b, double *bid, int32_t *cluster, int32_t *item, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int32_t *lowest = &b->lowest[b->of[cluster[i]]];
        if (*lowest < 0 || bid[i] < bid[*lowest] ||
            (bid[i] == bid[*lowest] && cluster[i] < cluster[*lowest])) {
            *lowest = (int32_t)i;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t bidder = b->of[cluster[i]];
        if (b->lowest[bidder] == (int32_t)i) {
            bid[kept] = bid[i];
            cluster[kept] = bidder;
            item[kept++] = item[i];
        }
    }
    for (size_t i = 0; i < kept; i++) { // one of every bidder
        b->lowest[cluster[i]] = -1;
    }
    return kept;
}

bool dcat_bid_stands(const int32_t *bidder_of, const double *bid, const int32_t *cluster,
                     size_t count, size_t i)
{
    for (size_t j = 0; j < count; j++) {
        bool before = bid[j] < bid[i] || (bid[j] == bid[i] && cluster[j] < cluster[i]);
        if (before && bidder_of[cluster[j]] == bidder_of[cluster[i]]) {
            return false;
        }
    }
    return true;
}
