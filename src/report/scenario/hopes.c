// SPDX-License-Identifier: Apache-2.0
#include "report/scenario/hopes.h"

#include "dcat/x/model.h"
#include "dcat/x/world_facts.h"

#include <stdlib.h>

#define SERVER_MAX 2048        // distances are compared pair by pair
#define PATH_MAX_LOOKED 200000 // of all areas together

// The best that a server can be part of.
typedef struct hope {
    double seconds_per_bit, propagation_s;
    double speed_hz; // of all servers within the span limit of it
} hope;

struct scenario_hopes {
    hope *hope;    // [first[A]] of every area, without those that another one of it beats
    size_t *first; // [A + 1]
};

// Whether a is at least as good as b for every task.
static bool beats(const hope *a, const hope *b)
{
    return a->seconds_per_bit <= b->seconds_per_bit && a->propagation_s <= b->propagation_s &&
           a->speed_hz >= b->speed_hz;
}

// Add one to those of an area that nobody beats; returns how many there are then.
static size_t keep_best(hope *kept, size_t count, const hope *added)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (beats(&kept[i], added)) {
            return count; // then added beats none of them
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!beats(added, &kept[i])) {
            kept[left++] = kept[i];
        }
    }
    kept[left] = *added;
    return left + 1;
}

size_t list_near(const dcat_world *world, int server, int32_t *near)
{
    double span_m = dcat_world_config_view(world)->span_m_max;
    int server_count = (int)dcat_world_server_count(world);
    size_t count = 0;
    near[count++] = server;
    for (int j = 0; j < server_count; j++) {
        if (j != server && dcat_world_distance_m(world, server, j) <= span_m) {
            near[count++] = j;
        }
    }
    return count;
}

// The speed of all that a cluster with a server may consist of; 0 for one that is in no team.
static void sum_speeds(const dcat_world *world, const dcat_resources *resources, int class_id,
                       int32_t *near, double *speed_hz)
{
    const dcat_server *servers = dcat_world_servers_view(world);
    for (int i = 0; i < (int)dcat_world_server_count(world); i++) {
        size_t count = list_near(world, i, near);
        speed_hz[i] = 0.0;
        if (resources == NULL) {
            for (size_t j = 0; j < count; j++) {
                speed_hz[i] += servers[near[j]].speed_hz;
            }
        } else if (dcat_effective_speed_hz(resources, i, class_id) > 0.0) {
            dcat_team team = dcat_team_of(resources, near, count, class_id);
            speed_hz[i] = team.count > 0 ? team.speed_hz : 0.0;
        }
    }
}

static void fill(const dcat_world *world, scenario_hopes *hopes, const double *speed_hz,
                 int32_t *servers, dcat_path *paths)
{
    size_t area_count = dcat_world_area_count(world);
    for (size_t a = 0; a < area_count; a++) {
        hope *mine = hopes->hope + hopes->first[a];
        size_t count = 0, path_count = dcat_world_paths(world, (int)a, servers, paths);
        for (size_t p = 0; p < path_count; p++) {
            const hope added = {paths[p].seconds_per_bit, paths[p].propagation_s,
                                speed_hz[servers[p]]};
            count = added.speed_hz > 0.0 ? keep_best(mine, count, &added) : count;
        }
        hopes->first[a + 1] = hopes->first[a] + count;
    }
}

dcat_status hopes_create(const dcat_world *world, const dcat_resources *resources, int class_id,
                         scenario_hopes **hopes, dcat_error *err)
{
    size_t server_count = dcat_world_server_count(world);
    size_t path_count = dcat_world_path_count(world);
    *hopes = NULL;
    if (server_count > SERVER_MAX || path_count > PATH_MAX_LOOKED) {
        return DCAT_OK;
    }
    scenario_hopes *made = calloc(1, sizeof *made);
    double *speed_hz = calloc(server_count, sizeof *speed_hz);
    int32_t *servers = calloc(server_count, sizeof *servers);
    dcat_path *paths = calloc(server_count, sizeof *paths);
    if (made != NULL) {
        made->hope = calloc(path_count + 1, sizeof *made->hope);
        made->first = calloc(dcat_world_area_count(world) + 1, sizeof *made->first);
    }
    bool enough = made != NULL && made->hope != NULL && made->first != NULL && speed_hz != NULL &&
                  servers != NULL && paths != NULL;
    if (enough) {
        sum_speeds(world, resources, class_id, servers, speed_hz);
        fill(world, made, speed_hz, servers, paths);
        *hopes = made;
    } else {
        hopes_destroy(made);
    }
    free(speed_hz);
    free(servers);
    free(paths);
    return enough ? DCAT_OK
                  : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu paths", path_count);
}

void hopes_destroy(scenario_hopes *hopes)
{
    if (hopes != NULL) {
        free(hopes->hope);
        free(hopes->first);
        free(hopes);
    }
}

bool hopes_serve(const scenario_hopes *hopes, const dcat_task *task)
{
    for (size_t i = hopes->first[task->area]; i < hopes->first[task->area + 1]; i++) {
        const hope *h = &hopes->hope[i];
        double transfer_s =
            dcat_transfer_delay_s(task->data_bits, h->seconds_per_bit, h->propagation_s);
        double processing_s = dcat_processing_delay_s(task->work_cycles, h->speed_hz);
        if (transfer_s + processing_s <= task->deadline_s * (1.0 + 1e-9)) {
            return true;
        }
    }
    return false;
}
