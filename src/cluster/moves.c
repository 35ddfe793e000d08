// SPDX-License-Identifier: Apache-2.0
#include "cluster/moves.h"

#include "cluster/support.h"
#include "world/world.h"
#include <string.h>

void moves_layout(arena *a, const dcat_world *world, moves *m)
{
    size_t server_count = dcat_world_server_count(world);
    *m = (moves){.world = world};
    m->current = ARENA_ARRAY(a, int32_t, server_count);
    m->proposal = ARENA_ARRAY(a, int32_t, server_count);
    m->first = ARENA_ARRAY(a, int32_t, server_count + 1);
    m->member = ARENA_ARRAY(a, int32_t, server_count);
    m->option = ARENA_ARRAY(a, int32_t, server_count);
    m->legal_count = ARENA_ARRAY(a, int64_t, server_count);
}

void moves_enter(moves *m)
{
    size_t server_count = dcat_world_server_count(m->world);
    m->cluster_count = dcat_partition_canonical(m->current, server_count, m->option);
    dcat_cluster_list_members(m->current, server_count, (size_t)m->cluster_count, m->first,
                              m->member);
}

static const int32_t *members_of(const moves *m, int32_t cluster, uint32_t *member_count)
{
    *member_count = (uint32_t)(m->first[cluster + 1] - m->first[cluster]);
    return &m->member[m->first[cluster]];
}

static int32_t random_server(moves *m)
{
    return (int32_t)dcat_rng_below(&m->rng, (uint32_t)dcat_world_server_count(m->world));
}

// Clusters other than home that every one of the movers may join, into m->option; how many. All
// pairs of a mover and a member must be within the limit.
static uint32_t list_options(moves *m, int32_t home, const int32_t *movers, uint32_t mover_count)
{
    if (world_is_dear(m->dear, movers[0])) {
        return 0;
    }
    memset(m->legal_count, 0, sizeof *m->legal_count * (size_t)m->cluster_count);
    for (uint32_t n = 0; n < mover_count; n++) {
        world_neighbours around = world_neighbours_of(m->world, (size_t)movers[n]);
        for (size_t j = 0; j < around.count; j++) {
            bool open = !world_is_dear(m->dear, around.server[j]);
            m->legal_count[m->current[around.server[j]]] += open ? 1 : 0;
        }
    }
    uint32_t option_count = 0;
    for (int32_t k = 0; k < m->cluster_count; k++) {
        int64_t pair_count = (int64_t)mover_count * (m->first[k + 1] - m->first[k]);
        if (k != home && m->legal_count[k] == pair_count) {
            m->option[option_count++] = k;
        }
    }
    return option_count;
}

// Move a random server to a random other cluster that it may join, or to one of its own. The
// proposals change m->proposal, a copy of the current one; false when there is nothing to do.
static bool propose_move(moves *m)
{
    int32_t server = random_server(m);
    int32_t home = m->current[server];
    uint32_t home_size;
    members_of(m, home, &home_size);
    uint32_t option_count = list_options(m, home, &server, 1);
    if (home_size > 1) { // then fewer clusters than servers, so this label is in range and free
        m->option[option_count++] = m->cluster_count;
    }
    if (option_count == 0) {
        return false;
    }
    m->proposal[server] = m->option[dcat_rng_below(&m->rng, option_count)];
    return true;
}

// Merge a random server's cluster with a random one that keeps the union legal.
static bool propose_merge(moves *m)
{
    int32_t home = m->current[random_server(m)];
    uint32_t member_count;
    const int32_t *members = members_of(m, home, &member_count);
    uint32_t option_count = list_options(m, home, members, member_count);
    if (option_count == 0) {
        return false;
    }
    int32_t target = m->option[dcat_rng_below(&m->rng, option_count)];
    for (uint32_t n = 0; n < member_count; n++) {
        m->proposal[members[n]] = target;
    }
    return true;
}

// Owners who share a cluster are one bidder: all that are not of a server's owner leave.
static bool propose_parting_of_owners(moves *m)
{
    int32_t server = random_server(m);
    uint32_t member_count, leaving = 0;
    const int32_t *members = members_of(m, m->current[server], &member_count);
    for (uint32_t n = 0; n < member_count; n++) {
        if (world_owners_differ(m->world, server, members[n])) {
            m->proposal[members[n]] = m->cluster_count; // free, as in propose_move
            leaving++;
        }
    }
    return leaving > 0;
}

// Split a random server's cluster: two random members part, the others follow the closer one.
static bool propose_split(moves *m)
{
    if (m->world->owner_max != 0 && dcat_rng_below(&m->rng, 2) == 0) {
        return propose_parting_of_owners(m);
    }
    int32_t home = m->current[random_server(m)];
    uint32_t member_count;
    const int32_t *members = members_of(m, home, &member_count);
    if (member_count < 2) {
        return false;
    }
    uint32_t stay = dcat_rng_below(&m->rng, member_count);
    uint32_t leave = dcat_rng_below(&m->rng, member_count - 1);
    leave += leave >= stay ? 1 : 0;
    for (uint32_t n = 0; n < member_count; n++) {
        double to_stay_m = dcat_world_distance_m(m->world, members[n], members[stay]);
        double to_leave_m = dcat_world_distance_m(m->world, members[n], members[leave]);
        if (n == leave || (n != stay && to_leave_m < to_stay_m)) {
            m->proposal[members[n]] = m->cluster_count; // free, as in propose_move
        }
    }
    return true;
}

// May server join the cluster of another in its place?
static bool fits_in_place_of(const moves *m, int32_t server, int32_t other)
{
    uint32_t member_count;
    const int32_t *members = members_of(m, m->current[other], &member_count);
    bool fits = true;
    for (uint32_t n = 0; n < member_count && fits; n++) {
        fits = members[n] == other || world_may_share(m->world, server, members[n]);
    }
    return fits;
}

// A random server and a random one within the limit of it, of another cluster, change places.
static bool propose_swap(moves *m)
{
    int32_t server = random_server(m);
    world_neighbours around = world_neighbours_of(m->world, (size_t)server);
    if (around.count == 0) {
        return false;
    }
    int32_t other = around.server[dcat_rng_below(&m->rng, (uint32_t)around.count)];
    bool apart = m->current[server] != m->current[other];
    bool dear = world_is_dear(m->dear, server) || world_is_dear(m->dear, other);
    if (!apart || dear || !fits_in_place_of(m, server, other) ||
        !fits_in_place_of(m, other, server)) {
        return false;
    }
    m->proposal[server] = m->current[other];
    m->proposal[other] = m->current[server];
    return true;
}

static bool propose(moves *m, bool swaps)
{
    switch (dcat_rng_below(&m->rng, 4)) {
    case 0:
        return propose_merge(m);
    case 1:
        return propose_split(m);
    case 2:
        return swaps && dcat_rng_below(&m->rng, 2) == 0 ? propose_swap(m) : propose_move(m);
    default: // half of them move one server
        return propose_move(m);
    }
}

bool moves_propose(moves *m, bool swaps)
{
    size_t server_count = dcat_world_server_count(m->world);
    memcpy(m->proposal, m->current, sizeof *m->proposal * server_count);
    if (!propose(m, swaps)) {
        return false;
    }
    dcat_partition_canonical(m->proposal, server_count, m->option);
    return true;
}

void moves_accept(moves *m)
{
    memcpy(m->current, m->proposal, sizeof *m->current * dcat_world_server_count(m->world));
    moves_enter(m);
}
