// SPDX-License-Identifier: Apache-2.0
#include "district_support.h"

#include "dcat/x/constraint.h"
#include "dcat/x/world_facts.h"
#include "learn/net/actor.h"
#include <stdlib.h>
#include <string.h>

void place_uniform(place *p, uint64_t seed, size_t server_count, size_t area_count)
{
    double side_m = 1000 * KM * sqrt((double)server_count / 40.0);
    p->config = dcat_world_config_default();
    p->config.span_m_max = 200 * KM;
    p->config.slots_per_cycle = 5;
    p->config.network.hop_max = 1000000;
    p->server_count = server_count;
    p->area_count = area_count;
    dcat_draw_servers(seed, side_m, (dcat_range){200e9, 300e9}, 100, p->servers, server_count);
    dcat_draw_areas(seed, side_m, p->areas, area_count);
}

dcat_world *make_world(const place *p)
{
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_world_create(&p->config, p->servers, p->server_count, p->areas, p->area_count, 1,
                          &world, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return world;
}

void see(sight *s, size_t area_count)
{
    memset(s, 0, sizeof *s);
    s->observation = (dcat_observation){.area_count = area_count,
                                        .arrivals_per_slot = s->number[0],
                                        .work_cycles = s->number[1],
                                        .data_bits = s->number[2],
                                        .deadline_s = s->number[3],
                                        .work_sd = s->number[4],
                                        .data_sd = s->number[5],
                                        .deadline_sd = s->number[6]};
    for (size_t area = 0; area < area_count; area++) {
        s->number[0][area] = 1.0 + (double)(area % 5);
        s->number[1][area] = 700e9;
        s->number[2][area] = 20e6;
        s->number[3][area] = 2.5;
        s->number[4][area] = 115e9;
        s->number[6][area] = 0.29;
    }
}

dcat_actor *make_actor(void)
{
    const dcat_actor_shape shape = {
        .pair_hidden = 16, .stop_hidden = 8, .critic_hidden = 8, .feature_version = 1};
    dcat_actor *actor = NULL;
    assert_int_equal(dcat_actor_create(&shape, 2, &actor, NULL), DCAT_OK);
    for (size_t i = 0; i < actor->weight_count; i++) {
        actor->weights[i] *= 4.0f;
    }
    dcat_actor_set_guard_tasks(actor, -1); // its own decisions are looked at
    return actor;
}

void decide(const dcat_world *world, const dcat_observation *observation, const dcat_actor *actor,
            int32_t *cluster_of)
{
    void *workspace =
        aligned_alloc(DCAT_ARENA_ALIGN, dcat_clusterer_a2c.workspace_bytes(world, actor));
    assert_non_null(workspace);
    const dcat_cluster_input input = {.world = world,
                                      .observation = observation,
                                      .auction = dcat_auction_find("rea-s"),
                                      .seed = 1,
                                      .model = actor};
    assert_int_equal(dcat_clusterer_a2c.decide(&input, workspace, cluster_of, NULL), DCAT_OK);
    free(workspace);
}

void start_alone(int32_t *cluster_of, size_t server_count)
{
    for (size_t i = 0; i < server_count; i++) {
        cluster_of[i] = (int32_t)i;
    }
}

size_t count_clusters(const int32_t *cluster_of, size_t server_count)
{
    int32_t count = 0;
    for (size_t i = 0; i < server_count; i++) {
        count = cluster_of[i] >= count ? cluster_of[i] + 1 : count;
    }
    return (size_t)count;
}

void assert_legal(const dcat_world *world, const int32_t *cluster_of)
{
    dcat_error err = {0};
    if (dcat_check_10c(world, cluster_of, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
}
