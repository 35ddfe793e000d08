// SPDX-License-Identifier: Apache-2.0
// greedy: a clusterer as a plug-in. From the fastest server down, each joins the first cluster that
// has room for it: fewer than `size` members, and none farther than the span limit.
//
//   cc -O2 -shared -fPIC $(pkg-config --cflags dcat) greedy.c -o greedy.so
//   dcat compare paper --policies 'plugin=./greedy.so?size=4:rea-s,linkage:rea-s'

#include "dcat/plugin.h"

#include <stdio.h>
#include <stdlib.h>

static const dcat_plugin_host *host;

typedef struct greedy {
    int size_max;
} greedy;

static dcat_status open_greedy(const dcat_plugin_host *lent, const char *arguments, void **self,
                               dcat_error *err)
{
    host = lent;
    greedy made = {.size_max = 6};
    int end = 0;
    if (arguments[0] != '\0' && (sscanf(arguments, "size=%d%n", &made.size_max, &end) != 1 ||
                                 arguments[end] != '\0' || made.size_max < 1)) {
        return host->fail(err, DCAT_ERR_RANGE, "greedy takes size=N with N >= 1, got '%s'",
                          arguments);
    }
    greedy *kept = malloc(sizeof *kept);
    if (kept == NULL) {
        return host->fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    *kept = made;
    *self = kept;
    return DCAT_OK;
}

static int once(void *self, const dcat_world *world)
{
    (void)self;
    (void)world;
    return 0; // looks at nothing that changes
}

static size_t workspace_bytes(void *self, const dcat_world *world)
{
    (void)self;
    return host->world_server_count(world) * sizeof(int);
}

// The fastest server without a cluster, -1 when all have one.
static int fastest_left(const dcat_server *servers, int count, const int32_t *cluster_of)
{
    int best = -1;
    for (int i = 0; i < count; i++) {
        if (cluster_of[i] < 0 && (best < 0 || servers[i].speed_hz > servers[best].speed_hz)) {
            best = i;
        }
    }
    return best;
}

static int may_join(const dcat_world *world, const int32_t *cluster_of, int count, int k, int i)
{
    double span_m_max = host->world_config(world)->span_m_max;
    for (int j = 0; j < count; j++) {
        if (cluster_of[j] == k && host->world_distance_m(world, i, j) > span_m_max) {
            return 0;
        }
    }
    return 1;
}

static dcat_status decide(void *self, const dcat_cluster_input *input, void *workspace,
                          int32_t *cluster_of, dcat_error *err)
{
    (void)err;
    const greedy *own = self;
    int *size = workspace; // of each cluster
    int count = (int)host->world_server_count(input->world), cluster_count = 0;
    const dcat_server *servers = host->world_servers(input->world);
    for (int i = 0; i < count; i++) {
        cluster_of[i] = -1;
    }
    for (int i; (i = fastest_left(servers, count, cluster_of)) >= 0;) {
        int k = 0;
        while (k < cluster_count &&
               (size[k] >= own->size_max || !may_join(input->world, cluster_of, count, k, i))) {
            k++;
        }
        if (k == cluster_count) {
            size[cluster_count++] = 0;
        }
        size[k]++;
        cluster_of[i] = k;
    }
    return DCAT_OK;
}

static const dcat_plugin_clusterer clusterer = {
    .size = sizeof clusterer,
    .name = "greedy",
    .summary = "from the fastest server down, into the first cluster with room; ?size=N",
    .open = open_greedy,
    .close = free,
    .decide_every = once,
    .workspace_bytes = workspace_bytes,
    .decide = decide,
};

static const dcat_plugin_clusterer *const clusterers[] = {&clusterer, NULL};

const dcat_plugin *dcat_plugin_entry(const dcat_plugin_host *lent, dcat_error *err);
const dcat_plugin *dcat_plugin_entry(const dcat_plugin_host *lent, dcat_error *err)
{
    static const dcat_plugin plugin = {.size = sizeof plugin,
                                       .abi = DCAT_PLUGIN_ABI,
                                       .name = "greedy",
                                       .version = "1.0",
                                       .license = "Apache-2.0",
                                       .clusterers = clusterers};
    if (lent->abi != DCAT_PLUGIN_ABI) {
        lent->fail(err, DCAT_ERR_FORMAT, "made for another dcat");
        return NULL;
    }
    return &plugin;
}
