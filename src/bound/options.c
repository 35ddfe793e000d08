// SPDX-License-Identifier: Apache-2.0
#include "bound/options.h"

#include "dcat/cluster.h"
#include "dcat/x/clock.h"
#include "dcat/x/resources.h"
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
    // Of the class at hand.
    int32_t class_id;
    const dcat_member *members; // [S] as it sees them
    const double *true_hz;      // Nullable [S] as they are (dcat_world_config.true_speed_hz)
    size_t visited;             // clusters of those who can do it
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
           grow((void **)&o->unit_limit, sizeof *o->unit_limit, room) &&
           grow((void **)&o->cluster, sizeof *o->cluster, room);
}

static bool append(bound_lists *lists, size_t *room, size_t index, const int32_t *servers,
                   size_t server_count)
{
    size_t used = index == 0 ? 0 : lists->first[index];
    if (used + server_count > *room) {
        *room = 2 * (used + server_count) + 256;
        if (!grow((void **)&lists->item, sizeof *lists->item, *room)) {
            return false;
        }
    }
    lists->first[0] = 0;
    memcpy(&lists->item[used], servers, sizeof *servers * server_count);
    lists->first[index + 1] = used + server_count;
    return true;
}

// What servers do in a second as one team: the one that is slowest for its share of the work, which
// is given by what the platform takes it for, ends it. 0: never.
static double team_hz(const listing *l, const int32_t *servers, size_t server_count)
{
    double speed_hz = 0.0, stretch = 0.0;
    for (size_t m = 0; m < server_count; m++) {
        int32_t i = servers[m];
        speed_hz += l->members[i].speed_hz;
        stretch = l->true_hz != NULL ? fmax(stretch, l->members[i].speed_hz / l->true_hz[i]) : 1.0;
    }
    return speed_hz / stretch;
}

// At least what any team among them does: the sum of what they are.
static double most_hz(const listing *l, const int32_t *servers, size_t server_count)
{
    double speed_hz = 0.0;
    for (size_t m = 0; m < server_count; m++) {
        int32_t i = servers[m];
        speed_hz += l->true_hz != NULL ? l->true_hz[i] : l->members[i].speed_hz;
    }
    return speed_hz;
}

// The lowest payment per cycle that these servers accept as one cluster, all of them at work.
static double unit_limit_of(const listing *l, const int32_t *servers, size_t server_count)
{
    dcat_share_team team = dcat_share_team_of(l->members, servers, server_count);
    return l->shares.share->unit_limit(l->shares.share, &team, l->members, servers);
}

static void add_option(listing *l, const int32_t *paid, size_t paid_count, const int32_t *near,
                       size_t near_count, int32_t cluster)
{
    bound_options *o = l->options;
    size_t k = o->count;
    double paid_hz = team_hz(l, paid, paid_count);
    if (!(paid_hz > 0.0)) {
        return; // it would be late for every task
    }
    if (!make_room(l, k + 1) || !append(&o->paid, &l->paid_room, k, paid, paid_count) ||
        !append(&o->near, &l->near_room, k, near, near_count)) {
        l->no_memory = true;
        return;
    }
    size_t queue = dcat_world_queue_of(l->world, l->class_id);
    for (size_t m = o->paid.first[k]; m < o->paid.first[k + 1]; m++) {
        o->paid.item[m] = bound_queue(l->world, queue, o->paid.item[m]);
    }
    o->paid_hz[k] = paid_hz;
    o->speed_hz[k] = paid == near ? paid_hz : most_hz(l, near, near_count);
    o->unit_limit[k] = unit_limit_of(l, paid, paid_count);
    o->cluster[k] = cluster;
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

static bool is_able(const listing *l, int32_t server)
{
    return l->members[server].speed_hz > 0.0;
}

// A class of memory_mode sum needs a team that has it together.
static bool has_memory(const listing *l, const int32_t *servers, size_t server_count)
{
    const dcat_resources *resources = dcat_world_config_view(l->world)->resources;
    return resources == NULL ||
           dcat_team_of(resources, servers, server_count, l->class_id).count > 0;
}

// All legal clusters whose first members are given: each is met once, its members ascending.
static void list_clusters(listing *l, int32_t *members, size_t member_count)
{
    int32_t server_count = (int32_t)dcat_world_server_count(l->world);
    int32_t next = member_count == 0 ? 0 : members[member_count - 1] + 1;
    for (int32_t i = next; i < server_count && !l->too_many && !l->no_memory; i++) {
        if (!is_able(l, i) || !may_join(l->world, i, members, member_count)) {
            continue;
        }
        if (l->visited == l->count_max) {
            l->too_many = true;
            return;
        }
        l->visited++;
        members[member_count] = i;
        if (has_memory(l, members, member_count + 1)) {
            add_option(l, members, member_count + 1, members, member_count + 1, -1);
        }
        list_clusters(l, members, member_count + 1);
    }
}

static void list_servers(listing *l, int32_t *near)
{
    int32_t server_count = (int32_t)dcat_world_server_count(l->world);
    for (int32_t i = 0; i < server_count && !l->no_memory; i++) {
        size_t near_count = 0;
        for (int32_t j = 0; is_able(l, i) && j < server_count; j++) {
            near[near_count] = j;
            near_count += is_able(l, j) && may_join(l->world, j, &i, 1);
        }
        if (near_count > 0 && has_memory(l, near, near_count)) {
            add_option(l, &i, 1, near, near_count, -1);
        }
    }
}

// Of a partition: as many of those who can as stay in each cluster, whoever opts out.
static void list_partition(listing *l, const int32_t *cluster_of, int32_t *members,
                           int32_t *workers)
{
    size_t server_count = dcat_world_server_count(l->world);
    for (int32_t k = 0; k < (int32_t)server_count && !l->no_memory; k++) {
        size_t member_count = 0;
        for (size_t i = 0; i < server_count; i++) {
            members[member_count] = (int32_t)i;
            member_count += cluster_of[i] == k && is_able(l, (int32_t)i);
        }
        if (member_count == 0) {
            continue;
        }
        size_t count = dcat_share_terms(&l->shares, l->members, members, member_count, workers)
                           .team.member_count;
        if (has_memory(l, workers, count)) {
            add_option(l, workers, count, workers, count, k);
        }
    }
}

// The options of one class, behind those of the ones before it. members is [2 (S + 1)].
static void list_class(listing *l, const int32_t *cluster_of, int32_t *members)
{
    size_t S = dcat_world_server_count(l->world), q = (size_t)l->class_id;
    const double *true_hz = dcat_world_config_view(l->world)->true_speed_hz;
    l->members = &dcat_world_members_view(l->world)[q * S];
    l->true_hz = true_hz != NULL ? &true_hz[q * S] : NULL;
    l->visited = 0;
    l->too_many = false;
    if (cluster_of != NULL) {
        list_partition(l, cluster_of, members, &members[S + 1]);
    } else {
        list_clusters(l, members, 0);
    }
    if (l->too_many) {
        l->options->count = l->options->class_first[q];
        l->options->complete = false;
        list_servers(l, members);
    }
    l->options->class_first[q + 1] = l->options->count;
}

dcat_status bound_options_create(const dcat_world *world, const dcat_auction *auction,
                                 const int32_t *cluster_of, size_t count_max,
                                 bound_options *options, dcat_error *err)
{
    size_t class_count = dcat_world_class_count(world);
    *options = (bound_options){
        .complete = true,
        .class_first = calloc(class_count + 1, sizeof *options->class_first),
    };
    size_t server_count = dcat_world_server_count(world);
    listing l = {
        .world = world,
        .shares = dcat_auction_shares(auction, &dcat_world_config_view(world)->auction),
        .options = options,
        .count_max = count_max,
    };
    int32_t *members = malloc(sizeof *members * 2 * (server_count + 1));
    l.no_memory = members == NULL || options->class_first == NULL;
    for (size_t q = 0; q < class_count && !l.no_memory; q++) {
        l.class_id = (int32_t)q;
        list_class(&l, cluster_of, members);
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
    free(options->class_first);
    free(options->paid.first);
    free(options->paid.item);
    free(options->near.first);
    free(options->near.item);
    free(options->speed_hz);
    free(options->paid_hz);
    free(options->unit_limit);
    free(options->cluster);
    *options = (bound_options){0};
}
