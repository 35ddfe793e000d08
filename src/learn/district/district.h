// SPDX-License-Identifier: Apache-2.0
// district.h (internal) - a large world as districts: markets of a few dozen servers each, which
// the actor decides one by one.
//
// What the actor sees of a pair changes with every merge anywhere in its world, so a decision takes
// pairs times merges; and it learned on worlds of a few dozen servers. Markets are local: a task is
// done by servers near enough for its deadline. So a world of more than RL_WHOLE_MAX servers is cut
// by place (district_cuts.h), and each district sees its own servers and a share of demand.
// docs/clusterers.md has what it costs in profit, and how the sizes were chosen.
//
// Choice: an area's demand is shared out by speed * time left: what the servers of a district could
// do before the area's mean deadline once its data is there, of what all servers could. Shares add
// up to 1. Demand that nobody reaches in time is nobody's.
//
// Choice: at most RL_DISTRICT_AREAS areas in a district. Where more are in reach, those that lie
// next to each other are taken together, in groups of about the same demand: what is little is told
// coarsely. Work, deadline and transfer delay of a group are means by demand.
//
// Choice: where classes of work are told apart, groups are of one class, and there are
// RL_DISTRICT_ROWS of them together, but two of each class.
//
// Choice: a server may only join its RL_NEAR_MAX nearest, and those that have it among theirs; see
// features.c, where a dense world that is decided as a whole has the same cap.

#ifndef DCAT_LEARN_DISTRICT_DISTRICT_H
#define DCAT_LEARN_DISTRICT_DISTRICT_H

#include "learn/district/cuts.h"
#include "learn/features.h"

#define RL_WHOLE_MAX 80      // servers of a world that is decided as a whole
#define RL_DISTRICT_MAX 128  // servers of a district
#define RL_DISTRICT_AREAS 32 // areas, or groups of them
#define RL_DISTRICT_ROWS 128 // and, about as many, of areas and classes of work together

// Scratch memory while demand is shared out (district_share.c).
typedef struct rl_sharing {
    // Servers that the area at work reaches in time.
    int32_t *server; // [reached]
    double *left_s;  // [reached] of the mean deadline, once the data has arrived
    size_t reached;
    // Districts that have such servers.
    int32_t *touched; // [touched_count]
    size_t touched_count;
    double total; // of speed * time left over all districts
    // Of every district:
    double *reach; // speed * time left for the area at work, 0 between areas
    // Of every district and class:
    double *demand;       // arrivals from all its areas
    double *passed;       // arrivals from those before the area at work
    int32_t *area_total;  // areas in reach
    int32_t *area_passed; // those before the area at work
    int32_t *group;       // [districts] of the area at work
} rl_sharing;

void rl_sharing_layout(arena *a, const dcat_world *world, rl_sharing *sharing);

typedef struct rl_districts {
    const dcat_world *world;
    const uint8_t *dear; // Nullable: servers of the world that stay alone
    int version;         // of the features that the actor sees
    size_t S, A, count;
    size_t Q;             // classes told apart, as demand was shared out last
    size_t groups;        // of areas, most in a district for each class
    size_t row;           // room for groups in a district
    rl_cuts servers;      // by district
    rl_cuts areas;        // each by itself, neighbours next to each other
    double (*point)[3];   // [max(S, A)] while cutting
    int32_t *district_of; // [S]
    int32_t *place;       // [S] in its district
    // What districts see of demand.
    rl_area *area;       // [count, row]
    int32_t *area_count; // [count] that have demand
    double *transfer_s;  // [S, row] by district, then place
    rl_sharing sharing;
} rl_districts;

// Is a world cut into districts?
static inline bool rl_districts_needed(const dcat_world *world)
{
    return dcat_world_server_count(world) > RL_WHOLE_MAX;
}

// No world of so many servers has more districts.
size_t rl_districts_count_max(size_t server_count);

void rl_districts_layout(arena *a, const dcat_world *world, rl_districts *districts);

// Cut the world.
void rl_districts_cut(rl_districts *districts);

// Share out what was seen of demand. O(paths in reach). (district_share.c)
void rl_districts_share(rl_districts *districts, const dcat_observation *observation);

// The servers of a district, ascending.
static inline const int32_t *rl_district_servers(const rl_districts *districts, size_t district,
                                                 size_t *count)
{
    const rl_cuts *cuts = &districts->servers;
    size_t first = (size_t)cuts->first[district];
    *count = (size_t)cuts->first[district + 1] - first;
    return &rl_cuts_members(cuts)[first];
}

// --- looking at one district

// Groups of areas that a district has of each class at most.
size_t rl_district_groups(size_t class_count);

// Room for any of a world.
rl_size rl_district_size(const dcat_world *world);

// Scratch memory of one who looks.
typedef struct rl_district_pairs {
    rl_market_pair *pair; // [RL_DISTRICT_MAX * RL_NEAR_MAX]
    rl_near near;         // of RL_DISTRICT_MAX servers, by place
} rl_district_pairs;

void rl_district_pairs_layout(arena *a, rl_district_pairs *pairs);

// What a district sees; of the arrays of both arguments, which must not change meanwhile.
rl_market rl_district_market(const rl_districts *districts, size_t district,
                             rl_district_pairs *pairs);

#endif
