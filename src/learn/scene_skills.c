// SPDX-License-Identifier: Apache-2.0
// What servers are to the work that is asked for: speeds and costs by class, who is too dear, what
// rivals near the same demand cost.
//
// A server that is of different use to different classes is described, where one number must do, by
// its speeds weighted by the demand for classes within its reach.

#include "learn/feature_math.h"

#include <math.h>
#include <string.h>

void rl_skills_layout(arena *a, rl_size room, rl_scene *scene)
{
    scene->server_hz = ARENA_ARRAY(a, double, room.S);
    scene->server_cost = ARENA_ARRAY(a, double, room.S);
    scene->skill = ARENA_ARRAY(a, rl_skill, room.S * room.Q);
    scene->memory_needed = ARENA_ARRAY(a, double, room.Q);
    scene->above = ARENA_ARRAY(a, uint8_t, room.S);
    scene->area_cost = ARENA_ARRAY(a, double, room.A);
    scene->area_cost_sd = ARENA_ARRAY(a, double, room.A);
}

// --- one number a server

static void read_servers(rl_scene *scene)
{
    const double *unit_cost = dcat_world_unit_cost_view(scene->world);
    const dcat_server *servers = dcat_world_servers_view(scene->world);
    scene->memory_needed[0] = 0.0;
    for (size_t i = 0; i < scene->S; i++) {
        size_t server = rl_scene_server(scene, i);
        scene->server_hz[i] = servers[server].speed_hz;
        scene->server_cost[i] = unit_cost[server];
        scene->skill[i] = (rl_skill){
            .speed_hz = scene->server_hz[i],
            .cost = scene->server_hz[i] * unit_cost[server],
            .cost_max = unit_cost[server],
        };
    }
}

// --- by class

static void read_skills(rl_scene *scene)
{
    const dcat_member *members = dcat_world_members_view(scene->world);
    const dcat_resources *resources = dcat_world_config_view(scene->world)->resources;
    const dcat_class *classes = dcat_resources_classes_view(resources);
    for (size_t q = 0; q < scene->Q; q++) {
        bool shared = classes[q].memory_mode == DCAT_MEMORY_SUM;
        scene->memory_needed[q] = shared ? classes[q].memory_bytes : 0.0;
        for (size_t i = 0; i < scene->S; i++) {
            int32_t server = (int32_t)rl_scene_server(scene, i);
            const dcat_member *member =
                &members[q * dcat_world_server_count(scene->world) + (size_t)server];
            rl_skill *skill = &scene->skill[i * scene->Q + q];
            *skill = (rl_skill){.speed_hz = member->speed_hz};
            if (member->speed_hz > 0.0) {
                skill->cost = member->speed_hz * member->unit_cost;
                skill->cost_max = member->unit_cost;
            }
            if (shared) {
                skill->memory = dcat_team_of(resources, &server, 1, (int)q).memory_bytes;
            }
        }
    }
}

// Weights of classes for a server: their demand within its reach, and a little of all demand, so
// that there is something where nothing is near.
static void weigh_classes(const rl_scene *scene, size_t i, double *weight)
{
    double total = 0.0;
    memset(weight, 0, sizeof *weight * scene->Q);
    for (size_t area = 0; area < scene->A; area++) {
        double near = within_reach(scene, scene->transfer_s[i * scene->A + area], 1) + 1e-3;
        weight[scene->area_class[area]] += near * scene->area_demand_hz[area];
        total += near * scene->area_demand_hz[area];
    }
    for (size_t q = 0; q < scene->Q; q++) {
        weight[q] /= total;
    }
}

#define SPEED_LEAST 0.01 // of the mean: who can do nothing that is asked for has some speed, too

static void mix_skills(rl_scene *scene)
{
    double sum_hz = 0.0, sum_cost = 0.0;
    for (size_t i = 0; i < scene->S; i++) {
        double weight[DCAT_CLASS_MAX], speed_hz = 0.0, cost = 0.0;
        weigh_classes(scene, i, weight);
        for (size_t q = 0; q < scene->Q; q++) {
            const rl_skill *skill = &scene->skill[i * scene->Q + q];
            speed_hz += weight[q] * skill->speed_hz;
            cost += weight[q] * skill->cost;
        }
        scene->server_hz[i] = speed_hz;
        scene->server_cost[i] = speed_hz > 0.0 ? cost / speed_hz : NAN;
        sum_hz += speed_hz;
        sum_cost += cost;
    }
    double least_hz = larger(SPEED_LEAST * sum_hz / (double)scene->S, 1.0);
    for (size_t i = 0; i < scene->S; i++) {
        if (isnan(scene->server_cost[i])) {
            scene->server_cost[i] = sum_hz > 0.0 ? sum_cost / sum_hz : 0.0;
        }
        scene->server_hz[i] = larger(scene->server_hz[i], least_hz);
    }
}

// --- the market's limits

// Above the public ceiling or its own start price at every class that it can do. Whether such
// servers stay alone is another question (dcat_world_dear_view).
static void find_above(rl_scene *scene, const dcat_auction *auction)
{
    const dcat_world_config *config = dcat_world_config_view(scene->world);
    const dcat_member *members = dcat_world_members_view(scene->world);
    size_t server_count = dcat_world_server_count(scene->world);
    size_t class_count = dcat_world_class_count(scene->world);
    scene->bids_dearest = auction->limit == DCAT_LIMIT_MAX;
    memset(scene->above, auction->under_ceiling, scene->S);
    for (size_t i = 0; auction->under_ceiling && i < scene->S; i++) {
        for (size_t q = 0; q < class_count; q++) {
            const dcat_member *member = &members[q * server_count + rl_scene_server(scene, i)];
            bool bids = member->speed_hz > 0.0 &&
                        member->unit_cost <= config->auction.ceiling_per_cycle &&
                        member->unit_cost <= config->auction.tariff_ceiling * member->tariff;
            scene->above[i] = bids ? 0 : scene->above[i];
        }
    }
}

void rl_skills_set(rl_scene *scene, const dcat_auction *auction)
{
    if (scene->Q > 1) {
        read_skills(scene);
        mix_skills(scene);
    } else {
        read_servers(scene);
    }
    if (scene->version > 1) {
        find_above(scene, auction);
    }
}

// --- rivals

// What servers near an area cost for its work: mean and standard deviation by speed.
void rl_skills_weigh_costs(rl_scene *scene)
{
    for (size_t area = 0; area < scene->A; area++) {
        double speed_hz = 0.0, sum = 0.0, squares = 0.0;
        size_t q = (size_t)scene->area_class[area];
        for (size_t i = 0; i < scene->S; i++) {
            const rl_skill *skill = &scene->skill[i * scene->Q + q];
            double near = within_reach(scene, scene->transfer_s[i * scene->A + area], 2) + 1e-3;
            speed_hz += near * skill->speed_hz;
            sum += near * skill->cost;
            squares += near * skill->cost * skill->cost_max;
        }
        double mean = speed_hz > 0.0 ? sum / speed_hz : 0.0;
        double variance = speed_hz > 0.0 ? squares / speed_hz - mean * mean : 0.0;
        scene->area_cost[area] = mean;
        scene->area_cost_sd[area] = sqrt(larger(variance, 1e-6 * mean * mean));
    }
}
