// SPDX-License-Identifier: Apache-2.0
// features.h (internal) - what the actor sees of a pair of clusters and of a whole partition.
//
// A scene holds what stays the same while one decision is made: demand by area as last observed,
// transfer delays, which servers may share a cluster. A merger is the partition under construction:
// it starts as single servers and only ever merges. Everything is built from +, -, *, / and sqrt in
// a fixed order, so features are the same bits on every machine.
//
// Choice: how far demand is, is told in transfer delay (3) at the mean data size rather than in
// metres, so that the same features serve a plane and a network of links. Scales are shares of the
// mean deadline.
//
// Choice: the partition in force is not a feature. An actor that sees it learns to leave everything
// as it is, since the profit of a single cycle rarely pays for a change.

#ifndef DCAT_LEARN_FEATURES_H
#define DCAT_LEARN_FEATURES_H

#include "base/arena.h"
#include "dcat/cluster.h"
#include "dcat/world.h"
#include "learn/near.h"
#include <stdint.h>

// The version changes whenever a feature's meaning does or features are added. Actors of earlier
// versions see what they learned on, to the bit: the features of version 2 follow those of version
// 1, and only version 2 sees classes of work, the forecast, and rivals' costs. Files of other
// versions are refused.
#define RL_FEATURE_VERSION 2
#define RL_DENSE                                                                                   \
    16 // servers within the limit of a server, in the mean, beyond which a world is dense
#define RL_SCALES 3 // transfer delays looked at, and waiting times

// One feature of a pair (a, b) whose union is u. All are symmetric in a and b.
#define RL_PAIR_FEATURES(X)                                                                        \
    X(work_time_union) /* mean work / speed of u, in mean deadlines */                             \
    X(work_time_fast)  /* the same of the faster part */                                           \
    X(work_time_slow)  /* and of the slower */                                                     \
    X(work_time_small) /* smallest work / speed of u, in mean deadlines */                         \
    X(size_union)      /* servers / 6 */                                                           \
    X(size_small)      /* servers of the smaller part / 3 */                                       \
    X(size_large)      /* servers of the larger part / 6 */                                        \
    X(span_union)      /* in span limits */                                                        \
    X(span_parts)      /* the larger of the two */                                                 \
    X(distance_mean)   /* between members of a and b */                                            \
    X(distance_min)                                                                                \
    X(cost_mean)       /* mean unit cost of u / a tenth of the mean fee per cycle */               \
    X(cost_max)        /* dearest member */                                                        \
    X(cost_difference) /* between the parts' means */                                              \
    X(cost_ceiling)    /* dearest member / ceiling; 0 without one */                               \
    X(demand_union_0)  /* work rate that u could finish in time / its speed, squashed, */          \
    X(demand_union_1)  /* ... after waiting 0, 0.2, 0.4 mean deadlines */                          \
    X(demand_union_2)                                                                              \
    X(demand_parts_0) /* the same of a and of b, added, over the speed of u */                     \
    X(demand_parts_1)                                                                              \
    X(demand_parts_2)                                                                              \
    X(demand_gain_0) /* what u can do and neither part can, of what u can */                       \
    X(demand_gain_1)                                                                               \
    X(demand_gain_2)                                                                               \
    X(load_0) /* work rate within reach / all speed that reaches it, squashed; */                  \
    X(load_1) /* ... reach is 0.15, 0.3, 0.5 mean deadlines of transfer */                         \
    X(load_2)                                                                                      \
    X(rivals_0) /* speed that reaches the same demand / all speed */                               \
    X(rivals_1)                                                                                    \
    X(rivals_2)                                                                                    \
    X(within_0) /* share of all demand within reach */                                             \
    X(within_1)                                                                                    \
    X(within_2)                                                                                    \
    X(transfer_mean) /* transfer delay to u, by demand, in mean deadlines */                       \
    X(transfer_min)                                                                                \
    X(transfer_apart) /* how differently the parts lie to demand */                                \
    X(joinable_union) /* other servers that may join all of u / 8 */                               \
    X(joinable_fewer) /* that may join a or b, whichever has fewer, / 8 */                         \
    X(joinable_more)                                                                               \
    X(world_load)     /* all demand / all speed, squashed */                                       \
    X(world_servers)  /* S / 40, squashed */                                                       \
    X(world_degree)   /* mean number of servers a server may join / 8, squashed */                 \
    X(world_transfer) /* mean transfer delay, in mean deadlines */                                 \
    X(world_reach)    /* share of speed within 0.3 mean deadlines of demand */

// And of version 2. Here demand is by area and class of work; near is demand within 0.5 mean
// deadlines of transfer.
#define RL_PAIR_FEATURES_2(X)                                                                      \
    X(together)       /* work that u can finish in time and neither part can, of what u can */     \
    X(no_device)      /* demand near of classes that u has no device for */                        \
    X(dear_members)   /* share of u's servers above the ceiling or their start price */            \
    X(cost_rivals)    /* cost that u bids less the mean of servers near the same demand, scaled */ \
                      /* as cost_mean */                                                           \
    X(rivals_cheaper) /* share of those, by speed, that are cheaper */                             \
    X(needed)         /* servers of mean speed that a task near needs to be in time, squashed */   \
    X(shortfall)      /* share of the speed needed that u lacks */                                 \
    X(shortfall_most) /* and would lack with all others who may join it */                         \
    X(alone)          /* single servers that could finish tasks near, squashed */                  \
    X(owners)         /* 1: u joins servers of different owners, who then bid as one */

// One feature of the whole partition, for stop and critic: means over clusters, then the world.
#define RL_POOL_FEATURES(X)                                                                        \
    X(clusters)       /* clusters / S */                                                           \
    X(candidates)     /* legal pairs / S, squashed */                                              \
    X(mean_work_time) /* mean work / speed, in mean deadlines */                                   \
    X(mean_size)                                                                                   \
    X(mean_demand_0)                                                                               \
    X(mean_demand_1)                                                                               \
    X(mean_demand_2)                                                                               \
    X(mean_within) /* share of all demand within 0.3 mean deadlines */                             \
    X(single)      /* share of clusters of one server */                                           \
    X(served_0)    /* sum of the smaller of speed and demand / all speed */                        \
    X(served_1)                                                                                    \
    X(served_2)                                                                                    \
    X(rivalry) /* contexts over all demand */                                                      \
    X(sole)                                                                                        \
    X(scarcity)                                                                                    \
    X(pool_load) /* the world, as above */                                                         \
    X(pool_servers)                                                                                \
    X(pool_degree)                                                                                 \
    X(pool_transfer)                                                                               \
    X(pool_reach)

// And of version 2.
#define RL_POOL_FEATURES_2(X)                                                                      \
    X(mean_shortfall) /* share of the speed that a mean task needs and clusters lack */            \
    X(pool_needed)    /* servers of mean speed that a mean task needs, squashed */                 \
    X(pool_alone)     /* what single servers would serve, as served_1 */

// What changes around a pair while others merge. Unlike features, contexts are looked at again in
// every step, so they are only sums over areas, weighed by the demand that u could finish in time
// after waiting 0.2 mean deadlines: other clusters count as far as they could finish it too.
#define RL_CONTEXTS(X)                                                                             \
    X(always)          /* 1 */                                                                     \
    X(around_rivalry)  /* clusters that could serve the same demand, squashed */                   \
    X(around_sole)     /* 1 / (1 + those clusters) */                                              \
    X(around_scarcity) /* demand / their speed, squashed */                                        \
    X(progress)        /* clusters / S */

#define RL_FEATURE_ENUM(name) RL_PAIR_##name,
enum { RL_PAIR_FEATURES(RL_FEATURE_ENUM) RL_PAIR_COUNT_1 };
enum { RL_PAIR_last_1 = RL_PAIR_COUNT_1 - 1, RL_PAIR_FEATURES_2(RL_FEATURE_ENUM) RL_PAIR_COUNT };
#undef RL_FEATURE_ENUM
#define RL_FEATURE_ENUM(name) RL_POOL_##name,
enum { RL_POOL_FEATURES(RL_FEATURE_ENUM) RL_POOL_COUNT_1 };
enum { RL_POOL_last_1 = RL_POOL_COUNT_1 - 1, RL_POOL_FEATURES_2(RL_FEATURE_ENUM) RL_POOL_COUNT };
#undef RL_FEATURE_ENUM
#define RL_FEATURE_ENUM(name) RL_CONTEXT_##name,
enum { RL_CONTEXTS(RL_FEATURE_ENUM) RL_CONTEXT_COUNT };
#undef RL_FEATURE_ENUM
#define RL_AREA_CONTEXTS 3 // the around_ ones

extern const char *const rl_pair_feature_names[RL_PAIR_COUNT];
extern const char *const rl_pool_feature_names[RL_POOL_COUNT];
extern const char *const rl_context_names[RL_CONTEXT_COUNT];

// How many of them a version has.
static inline size_t rl_pair_count_of(int version)
{
    return version == 1 ? RL_PAIR_COUNT_1 : RL_PAIR_COUNT;
}
static inline size_t rl_pool_count_of(int version)
{
    return version == 1 ? RL_POOL_COUNT_1 : RL_POOL_COUNT;
}

// --- one decision's constants

// Room for a scene or what is made of it: servers, areas (of each class of work), classes, pairs
// that may share a cluster.
typedef struct rl_size {
    size_t S, A, Q, pair_max;
} rl_size;

// A whole world's.
rl_size rl_size_of(const dcat_world *world);

// What was seen of demand in an area, or of one class of work there.
typedef struct rl_area {
    double arrivals; // a slot
    double work_cycles, deadline_s;
    double work_var, deadline_var;
    int32_t class_id; // 0 where classes are not told apart
} rl_area;

rl_area rl_area_of(const dcat_observation *observation, size_t area);

// Does an actor of this version tell classes of work apart there? Then areas are rows of
// observation->by_class.
bool rl_sees_classes(int version, const dcat_observation *observation);

typedef struct rl_market_pair {
    int32_t a, b; // places in rl_market.server
    double distance_m;
} rl_market_pair;

// Some of a world's servers and some of its demand: what a scene can be made of instead of all.
typedef struct rl_market {
    const int32_t *server; // [S] of the world, ascending
    size_t S, A;
    size_t Q;                   // classes told apart
    const rl_area *area;        // [A] with arrivals > 0
    const double *transfer_s;   // [S, row] the first A of each row; finite
    size_t row;                 // >= A
    const rl_market_pair *pair; // [pair_count] that may share a cluster, each once
    size_t pair_count;
} rl_market;

// How two clusters lie to each other. Merging combines them without looking at members.
typedef struct rl_link {
    float max_m, min_m, sum_m; // distances between members
} rl_link;

// What a server is to a class of work, or a cluster: sums over its members.
typedef struct rl_skill {
    double speed_hz;
    double cost;     // speed * unit cost
    double cost_max; // unit cost of the dearest
    double memory;   // of those with a device; only where the class shares its memory
} rl_skill;

typedef struct rl_scene {
    const dcat_world *world;
    int version;           // of the features, before the scene is set
    const uint8_t *dear;   // Nullable: servers of the world that stay alone
    const int32_t *server; // [S] of the world; NULL: all of them
    size_t S, A;           // A: areas (of each class) that have demand
    size_t Q;              // classes told apart
    size_t words;          // of a set of servers
    double span_m_max, unit_fee, ceiling;
    double work_cycles, work_min_cycles, deadline_s; // means and smallest, by demand
    double work_var, deadline_var;                   // variances, cycles^2 and s^2
    double speed_hz;                                 // of all servers
    double demand_hz;                                // of all areas: cycles asked for per second
    double *area_demand_hz;                          // [A]
    double *area_slack_s;                            // [A] mean deadline
    double *area_work;                               // [A] mean work
    int32_t *area_class;                             // [A]
    double *server_hz;     // [S] speeds; with classes by the demand within reach of each server
    double *server_cost;   // [S] unit costs likewise
    rl_skill *skill;       // [S, Q] version 2
    double *memory_needed; // [Q] of a class that shares it; else 0
    uint8_t *above;        // [S] above the ceiling or the own start price; version 2
    bool bids_dearest;     // a cluster bids what its dearest member costs
    double *area_cost;     // [A] mean unit cost of servers near, by speed; version 2
    double *area_cost_sd;  // [A] and its standard deviation
    double *load_weight;   // [RL_SCALES, A] demand / speed that reaches it
    double *rival_weight;  // [RL_SCALES, A] demand * that speed
    double *transfer_s;    // [S, A]
    uint64_t *legal;       // [S, words] who may join whom, not oneself
    rl_link *link;         // [S, S] of single servers
    rl_near near;          // of a dense world
    float world_pair[5];   // the world_ features
} rl_scene;

void rl_scene_layout(arena *a, const dcat_world *world, rl_size room, rl_scene *scene);

// The whole world. Reads demand; false when nothing arrived, and then there is no scene. blind:
// demand is put in every area alike, as much as all servers could do.
bool rl_scene_set(rl_scene *scene, const dcat_observation *observation, const dcat_auction *auction,
                  bool blind);

// What servers are to classes of work, of a scene (scene_skills.c).
void rl_skills_layout(arena *a, rl_size room, rl_scene *scene);
void rl_skills_set(rl_scene *scene, const dcat_auction *auction);
void rl_skills_weigh_costs(rl_scene *scene);

// A part of it, which is a world of its own to whoever looks at the scene. market->server must
// outlive the scene.
bool rl_scene_set_market(rl_scene *scene, const rl_market *market, const dcat_auction *auction,
                         bool blind);

// The world's number of a server.
static inline size_t rl_scene_server(const rl_scene *scene, size_t i)
{
    return scene->server == NULL ? i : (size_t)scene->server[i];
}

// --- the partition under construction

#define OWNERS_MIXED (-1)

typedef struct rl_cluster {
    int32_t size;
    int32_t above; // members
    int32_t owner; // of all members that have one; DCAT_NO_OWNER, or OWNERS_MIXED
    double speed_hz, cost_weighted, cost_max; // cost_weighted: sum of speed * unit cost
    double span_m;
    double demand_hz[RL_SCALES]; // that it could finish in time after waiting
    double within;
    uint64_t hash;
} rl_cluster;

typedef struct rl_merger {
    const rl_scene *scene;
    rl_cluster *cluster; // [S] by smallest member
    double *transfer_s;  // [S, A] least of the members
    double *chance;      // [S, A] that a task of the area could be finished in time
    double *able;        // [A] sum of chance over live clusters
    double *able_hz;     // [A] sum of chance * speed
    double *pair_chance; // [A] scratch of rl_pair_features
    rl_skill *skill;     // [S, Q] version 2
    double *alone;       // [A] single servers that could finish a task, squashed; version 2
    double alone_served; // served_1 of single servers
    float *around;       // [RL_AREA_CONTEXTS, A] contexts of each area
    uint64_t *legal;     // [S, words] servers that may join all members
    rl_link *link;       // [S, S]
    int32_t *cluster_of; // [S]
    int32_t *live;       // [live_count] ascending
    size_t live_count;
    double sum[12]; // over live clusters, for the pool features
} rl_merger;

void rl_merger_layout(arena *a, rl_size room, rl_merger *merger);

// Single servers.
void rl_merger_start(rl_merger *merger, const rl_scene *scene);
// What from is.
void rl_merger_copy(rl_merger *merger, const rl_merger *from);
// Put b's members into a; a < b, their union legal.
void rl_merger_join(rl_merger *merger, int32_t a, int32_t b);

// May these two be merged? O(1).
static inline bool rl_merger_legal(const rl_merger *merger, int32_t a, int32_t b)
{
    return (double)merger->link[(size_t)a * merger->scene->S + (size_t)b].max_m <=
           merger->scene->span_m_max;
}

// Features x [RL_PAIR_COUNT], and the weights of areas [A] in the pair's contexts: they add up
// to 1.
void rl_pair_features(const rl_merger *merger, int32_t a, int32_t b, float *x, float *area_weight);

// Contexts c [RL_CONTEXT_COUNT] as things stand.
void rl_pair_contexts(const rl_merger *merger, const float *area_weight, float *c);

void rl_pool_features(const rl_merger *merger, size_t candidate_count, float *x);

// What version 2 adds, after the others (features_2.c).
void rl_pair_features_2(const rl_merger *merger, int32_t a, int32_t b, float *x);
void rl_pool_features_2(const rl_merger *merger, float *x);

#endif
