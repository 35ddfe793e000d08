// SPDX-License-Identifier: Apache-2.0
#include "bound/options.h"

#include "dcat/cluster.h"
#include "dcat/x/clock.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- growing

// Where the listing stands. Arrays grow by doubling.
typedef struct listing {
    const dcat_world *world;
    dcat_share_rules shares;
    bound_options *options;
    size_t count_max;
    size_t option_room, paid_room, near_room;
    bool too_many, no_memory;
} listing;

static bool grow(void **array, size_t item_bytes, size_t room)
{
    void *grown = realloc(*array, item_bytes * room);
    if (grown == NULL) {
        return false;
    }
    *array = grown;
    return true;
}

static bool make_room(listing *l, size_t option_count)
{
    bound_options *o = l->options;
    if (option_count < l->option_room) {
        return true;
    }
    size_t room = 2 * option_count + 64;
    l->option_room = room;
    return grow((void **)&o->paid.first, sizeof *o->paid.first, room + 1) &&
           grow((void **)&o->near.first, sizeof *o->near.first, room + 1) &&
           grow((void **)&o->speed_hz, sizeof *o->speed_hz, room) &&
           grow((void **)&o->paid_hz, sizeof *o->paid_hz, room) &&
           grow((void **)&o->unit_limit, sizeof *o->unit_limit, room);
}

static bool append(bound_lists *lists, size_t *room, size_t index, const int32_t *servers,
                   size_t server_count)
{
    size_t used = index == 0 ? 0 : lists->first[index];
    if (used + server_count > *room) {
        *room = 2 * (used + server_count) + 256;
        if (!grow((void **)&lists->server, sizeof *lists->server, *room)) {
            return false;
        }
    }
    lists->first[0] = 0;
    memcpy(&lists->server[used], servers, sizeof *servers * server_count);
    lists->first[index + 1] = used + server_count;
    return true;
}

static double sum_speed_hz(const dcat_world *world, const int32_t *servers, size_t server_count)
{
    double speed_hz = 0.0;
    for (size_t m = 0; m < server_count; m++) {
        speed_hz += dcat_world_servers_view(world)[servers[m]].speed_hz;
    }
    return speed_hz;
}

// The lowest payment per cycle that these servers accept as one cluster, all of them at work.
static double unit_limit_of(const listing *l, const int32_t *servers, size_t server_count)
{
    dcat_share_team team =
        dcat_share_team_of(dcat_world_members_view(l->world), servers, server_count);
    return l->shares.share->unit_limit(&team);
}

static void add_option(listing *l, const int32_t *paid, size_t paid_count, const int32_t *near,
                       size_t near_count)
{
    bound_options *o = l->options;
    size_t k = o->count;
    if (!make_room(l, k + 1) || !append(&o->paid, &l->paid_room, k, paid, paid_count) ||
        !append(&o->near, &l->near_room, k, near, near_count)) {
        l->no_memory = true;
        return;
    }
    o->paid_hz[k] = sum_speed_hz(l->world, paid, paid_count);
    o->speed_hz[k] = sum_speed_hz(l->world, near, near_count);
    o->unit_limit[k] = unit_limit_of(l, paid, paid_count);
    o->count++;
}

// --- the three kinds of lists

static bool may_join(const dcat_world *world, int32_t server, const int32_t *members,
                     size_t member_count)
{
    double span_m_max = dcat_world_config_view(world)->span_m_max;
    for (size_t m = 0; m < member_count; m++) {
        if (dcat_world_distance_m(world, server, members[m]) > span_m_max) {
            return false;
        }
    }
    return true;
}

// All legal clusters whose first members are given: each is met once, its members ascending.
static void list_clusters(listing *l, int32_t *members, size_t member_count)
{
    int32_t server_count = (int32_t)dcat_world_server_count(l->world);
    int32_t next = member_count == 0 ? 0 : members[member_count - 1] + 1;
    for (int32_t i = next; i < server_count && !l->too_many && !l->no_memory; i++) {
        if (!may_join(l->world, i, members, member_count)) {
            continue;
        }
        if (l->options->count == l->count_max) {
            l->too_many = true;
            return;
        }
        members[member_count] = i;
        add_option(l, members, member_count + 1, members, member_count + 1);
        list_clusters(l, members, member_count + 1);
    }
}

static void list_servers(listing *l, int32_t *near)
{
    int32_t server_count = (int32_t)dcat_world_server_count(l->world);
    for (int32_t i = 0; i < server_count && !l->no_memory; i++) {
        size_t near_count = 0;
        for (int32_t j = 0; j < server_count; j++) {
            near[near_count] = j;
            near_count += may_join(l->world, j, &i, 1);
        }
        add_option(l, &i, 1, near, near_count);
    }
}

// Of a partition: as many as stay in each cluster, whoever opts out.
static void list_partition(listing *l, const int32_t *cluster_of, int32_t *members,
                           int32_t *workers)
{
    size_t server_count = dcat_world_server_count(l->world);
    for (int32_t k = 0; k < (int32_t)server_count && !l->no_memory; k++) {
        size_t member_count = 0;
        for (size_t i = 0; i < server_count; i++) {
            members[member_count] = (int32_t)i;
            member_count += cluster_of[i] == k;
        }
        if (member_count > 0) {
            dcat_terms terms = dcat_share_terms(&l->shares, dcat_world_members_view(l->world),
                                                members, member_count, workers);
            add_option(l, workers, terms.team.member_count, workers, terms.team.member_count);
        }
    }
}

dcat_status bound_options_create(const dcat_world *world, const dcat_auction *auction,
                                 const int32_t *cluster_of, size_t count_max,
                                 bound_options *options, dcat_error *err)
{
    *options = (bound_options){.complete = true};
    size_t server_count = dcat_world_server_count(world);
    listing l = {
        .world = world,
        .shares = dcat_auction_shares(auction, &dcat_world_config_view(world)->auction),
        .options = options,
        .count_max = count_max,
    };
    int32_t *members = malloc(sizeof *members * 2 * (server_count + 1));
    l.no_memory = members == NULL;
    if (!l.no_memory && cluster_of != NULL) {
        list_partition(&l, cluster_of, members, &members[server_count + 1]);
    } else if (!l.no_memory) {
        list_clusters(&l, members, 0);
    }
    if (l.too_many && !l.no_memory) {
        options->count = 0;
        options->complete = false;
        list_servers(&l, members);
    }
    free(members);
    if (l.no_memory) {
        bound_options_destroy(options);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory to list the legal clusters");
    }
    return DCAT_OK;
}

void bound_options_destroy(bound_options *options)
{
    free(options->paid.first);
    free(options->paid.server);
    free(options->near.first);
    free(options->near.server);
    free(options->speed_hz);
    free(options->paid_hz);
    free(options->unit_limit);
    *options = (bound_options){0};
}
