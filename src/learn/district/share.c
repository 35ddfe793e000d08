// SPDX-License-Identifier: Apache-2.0
// How observed demand is shared out to districts: area by area along the paths that the world has,
// twice. The first time counts what falls to each district; the second adds it up in groups of
// areas.

#include "dcat/x/model.h"
#include "learn/district/district.h"
#include "world/world.h"
#include <string.h>

void rl_sharing_layout(arena *a, const dcat_world *world, rl_sharing *sharing)
{
    size_t S = dcat_world_server_count(world);
    size_t count_max = rl_districts_count_max(S), each = count_max * dcat_world_class_count(world);
    sharing->server = ARENA_ARRAY(a, int32_t, S);
    sharing->left_s = ARENA_ARRAY(a, double, S);
    sharing->touched = ARENA_ARRAY(a, int32_t, count_max);
    sharing->reach = ARENA_ARRAY(a, double, count_max);
    sharing->demand = ARENA_ARRAY(a, double, each);
    sharing->passed = ARENA_ARRAY(a, double, each);
    sharing->area_total = ARENA_ARRAY(a, int32_t, each);
    sharing->area_passed = ARENA_ARRAY(a, int32_t, each);
    sharing->group = ARENA_ARRAY(a, int32_t, count_max);
}

// An area with demand, of one class where these are told apart.
typedef struct source {
    size_t number; // of the area
    rl_area seen;
    double data_bits;
    const dcat_member *member; // [S] what servers are to the class; NULL: their own numbers count
} source;

static bool read_source(const rl_districts *districts, const dcat_observation *observation,
                        size_t number, size_t class_id, source *area)
{
    bool apart = districts->Q > 1;
    const dcat_observation *rows = apart ? observation->by_class : observation;
    size_t row = number * districts->Q + class_id;
    *area = (source){.number = number,
                     .seen = rl_area_of(rows, row),
                     .data_bits = rows->data_bits[row],
                     .member = apart ? &districts->world->members[class_id * districts->S] : NULL};
    area->seen.class_id = (int32_t)class_id;
    return area->seen.arrivals > 0.0;
}

static double speed_to(const rl_districts *districts, const source *area, int32_t server)
{
    return area->member != NULL ? area->member[server].speed_hz
                                : districts->world->servers[server].speed_hz;
}

// --- who reaches an area

static void reach_server(rl_sharing *sharing, const source *area, size_t server, dcat_path path)
{
    double transfer_s =
        dcat_transfer_delay_s(area->data_bits, path.seconds_per_bit, path.propagation_s);
    if (transfer_s < area->seen.deadline_s) {
        sharing->server[sharing->reached] = (int32_t)server;
        sharing->left_s[sharing->reached++] = area->seen.deadline_s - transfer_s;
    }
}

static void reach_servers(rl_sharing *sharing, const dcat_world *world, const source *area)
{
    sharing->reached = 0;
    if (world->row_first == NULL) {
        for (size_t i = 0; i < world->server_count; i++) {
            dcat_path path = dcat_world_path(world, (int)area->number, (int)i);
            reach_server(sharing, area, i, path);
        }
        return;
    }
    const world_stops *stops = &world->stops;
    for (size_t at = world->row_first[area->number]; at < world->row_first[area->number + 1];
         at++) {
        int32_t stop = world->row_stop[at];
        for (int32_t m = stops->first[stop]; m < stops->first[stop + 1]; m++) {
            dcat_path path = world_path_by(world, at, (size_t)m);
            if (world_in_reach(&world->config.network, path.seconds_per_bit, path.propagation_s)) {
                reach_server(sharing, area, (size_t)stops->server[m], path);
            }
        }
    }
}

// speed * time left of every district.
static void weigh_districts(rl_districts *districts, const source *area)
{
    rl_sharing *sharing = &districts->sharing;
    reach_servers(sharing, districts->world, area);
    sharing->touched_count = 0;
    sharing->total = 0.0;
    for (size_t r = 0; r < sharing->reached; r++) {
        int32_t server = sharing->server[r], district = districts->district_of[server];
        double speed_hz = speed_to(districts, area, server);
        if (!(speed_hz > 0.0)) {
            continue;
        }
        if (!(sharing->reach[district] > 0.0)) {
            sharing->touched[sharing->touched_count++] = district;
        }
        sharing->reach[district] += speed_hz * sharing->left_s[r];
    }
    for (size_t t = 0; t < sharing->touched_count; t++) {
        sharing->total += sharing->reach[sharing->touched[t]];
    }
}

// Arrivals of the area that fall to a district.
static double arrivals_to(const rl_sharing *sharing, const source *area, int32_t district)
{
    return area->seen.arrivals * (sharing->reach[district] / sharing->total);
}

static void forget_area(rl_sharing *sharing)
{
    for (size_t t = 0; t < sharing->touched_count; t++) {
        sharing->reach[sharing->touched[t]] = 0.0;
    }
}

// --- first pass

static void count_demand(rl_districts *districts, const dcat_observation *observation)
{
    rl_sharing *sharing = &districts->sharing;
    for (size_t row = 0; row < districts->A * districts->Q; row++) {
        source area;
        size_t class_id = row % districts->Q;
        if (!read_source(districts, observation, row / districts->Q, class_id, &area)) {
            continue;
        }
        weigh_districts(districts, &area);
        for (size_t t = 0; t < sharing->touched_count; t++) {
            int32_t district = sharing->touched[t];
            size_t at = (size_t)district * districts->Q + class_id;
            sharing->demand[at] += arrivals_to(sharing, &area, district);
            sharing->area_total[at]++;
        }
        forget_area(sharing);
    }
}

// --- second pass

// The group of a district's next area of a class, which brings so many arrivals. Areas come in the
// order of their places.
static int32_t next_group(rl_districts *districts, int32_t district, size_t class_id,
                          double arrivals)
{
    rl_sharing *sharing = &districts->sharing;
    size_t at = (size_t)district * districts->Q + class_id;
    int32_t groups = (int32_t)districts->groups, first = groups * (int32_t)class_id;
    int32_t number = sharing->area_passed[at]++;
    double middle = sharing->passed[at] + 0.5 * arrivals;
    sharing->passed[at] += arrivals;
    if (sharing->area_total[at] <= groups) {
        return first + number;
    }
    int32_t group = (int32_t)(middle / sharing->demand[at] * groups);
    return first + (group < groups ? group : groups - 1);
}

// Add an area's share to the sums of its group, weighed by arrivals.
static void add_area(rl_districts *districts, int32_t district, const source *area)
{
    rl_sharing *sharing = &districts->sharing;
    double arrivals = arrivals_to(sharing, area, district);
    int32_t group = next_group(districts, district, (size_t)area->seen.class_id, arrivals);
    rl_area *into = &districts->area[(size_t)district * districts->row + (size_t)group];
    into->class_id = area->seen.class_id;
    into->arrivals += arrivals;
    into->work_cycles += arrivals * area->seen.work_cycles;
    into->deadline_s += arrivals * area->seen.deadline_s;
    into->work_var += arrivals * area->seen.work_var;
    into->deadline_var += arrivals * area->seen.deadline_var;
    sharing->group[district] = group;
}

// Add the time left to the sums of the servers that reach the area.
static void add_times(rl_districts *districts, const source *area)
{
    const rl_sharing *sharing = &districts->sharing;
    for (size_t r = 0; r < sharing->reached; r++) {
        int32_t server = sharing->server[r], district = districts->district_of[server];
        size_t at = (size_t)districts->servers.first[district] + (size_t)districts->place[server];
        if (sharing->reach[district] > 0.0) {
            districts->transfer_s[at * districts->row + (size_t)sharing->group[district]] +=
                sharing->left_s[r] * arrivals_to(sharing, area, district);
        }
    }
}

static void add_demand(rl_districts *districts, const dcat_observation *observation)
{
    rl_sharing *sharing = &districts->sharing;
    const int32_t *order = rl_cuts_members(&districts->areas);
    for (size_t p = 0; p < districts->A * districts->Q; p++) {
        source area;
        if (!read_source(districts, observation, (size_t)order[p / districts->Q], p % districts->Q,
                         &area)) {
            continue;
        }
        weigh_districts(districts, &area);
        for (size_t t = 0; t < sharing->touched_count; t++) {
            add_area(districts, sharing->touched[t], &area);
        }
        add_times(districts, &area);
        forget_area(sharing);
    }
}

// Sums become means, times left become transfer delays. Who is not in time counts as at the
// deadline. Groups without any area are left out.
static void finish_district(rl_districts *districts, size_t district)
{
    rl_area *area = &districts->area[district * districts->row];
    size_t kept = 0, first = (size_t)districts->servers.first[district], count;
    rl_district_servers(districts, district, &count);
    for (size_t g = 0; g < districts->row; g++) {
        if (!(area[g].arrivals > 0.0)) {
            continue;
        }
        double per = 1.0 / area[g].arrivals;
        const rl_area mean = {area[g].arrivals,           area[g].work_cycles * per,
                              area[g].deadline_s * per,   area[g].work_var * per,
                              area[g].deadline_var * per, area[g].class_id};
        area[kept] = mean;
        for (size_t i = 0; i < count; i++) {
            double *transfer_s = &districts->transfer_s[(first + i) * districts->row];
            transfer_s[kept] = mean.deadline_s - transfer_s[g] * per;
        }
        kept++;
    }
    districts->area_count[district] = (int32_t)kept;
}

void rl_districts_share(rl_districts *districts, const dcat_observation *observation)
{
    rl_sharing *sharing = &districts->sharing;
    size_t count = districts->count;
    bool apart = rl_sees_classes(districts->version, observation);
    districts->Q = apart ? observation->class_count : 1;
    districts->groups = rl_district_groups(districts->Q);
    memset(districts->area, 0, sizeof *districts->area * count * districts->row);
    memset(districts->transfer_s, 0, sizeof(double) * districts->S * districts->row);
    memset(sharing->reach, 0, sizeof(double) * count);
    memset(sharing->demand, 0, sizeof(double) * count * districts->Q);
    memset(sharing->passed, 0, sizeof(double) * count * districts->Q);
    memset(sharing->area_total, 0, sizeof(int32_t) * count * districts->Q);
    memset(sharing->area_passed, 0, sizeof(int32_t) * count * districts->Q);
    count_demand(districts, observation);
    add_demand(districts, observation);
    for (size_t district = 0; district < count; district++) {
        finish_district(districts, district);
    }
}
