// SPDX-License-Identifier: Apache-2.0
// district_support.h - large worlds to try districts on, and an actor that decides them.

#ifndef DCAT_TESTS_LEARN_DISTRICT_SUPPORT_H
#define DCAT_TESTS_LEARN_DISTRICT_SUPPORT_H

#include "dcat/x/actor.h"
#include "support.h"

#define SERVERS_MAX 1000
#define AREAS_MAX 120
#define KM 1e3

// A place to try things in; every field may be changed before make_world().
typedef struct place {
    dcat_world_config config;
    dcat_server servers[SERVERS_MAX];
    dcat_area areas[AREAS_MAX];
    size_t server_count, area_count;
} place;

// As dense as 40 servers on 1000 km, spans up to 200 km. No cap on hops, so that what is far is out
// of reach.
void place_uniform(place *p, uint64_t seed, size_t server_count, size_t area_count);
dcat_world *make_world(const place *p);

// What was seen of demand: arrivals of 1 to 5 a slot, by area; the rest is the same everywhere.
typedef struct sight {
    double number[7][AREAS_MAX];
    dcat_observation observation;
} sight;

void see(sight *s, size_t area_count);

// Nothing learned, but decided opinions, so that it merges.
dcat_actor *make_actor(void);

void start_alone(int32_t *cluster_of, size_t server_count);
void decide(const dcat_world *world, const dcat_observation *observation, const dcat_actor *actor,
            int32_t *cluster_of);
size_t count_clusters(const int32_t *cluster_of, size_t server_count);
void assert_legal(const dcat_world *world, const int32_t *cluster_of); // (10c)

#endif
