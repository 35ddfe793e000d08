// bench_cluster.c - wall time of one clustering decision, by clusterer and number of servers.
//
//   bench_cluster [SERVERS_MAX]     default 1000
//
// Servers are as dense as 40 on a square of 1000 km, the span limit is 200 km, demand grows with
// the servers. The best of several decisions is shown, since anything above it is the machine's
// doing. Annealing runs 100 proposals; the default of a scenario is 2000, and time is proportional.

#include "dcat/cluster.h"
#include "dcat/world.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { AREA_COUNT = 20, SERVER_MAX = 1000, PROPOSALS = 20 };

static const double repeat_for_s = 0.2;

static double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static dcat_world *make_world(size_t server_count)
{
    static dcat_server servers[SERVER_MAX];
    dcat_area areas[AREA_COUNT];
    dcat_world_config config = dcat_world_config_default();
    dcat_world *world = NULL;
    dcat_error err = {0};
    double side_m = 1e6 * sqrt((double)server_count / 40.0);
    config.span_m_max = 200e3;
    config.anneal.iteration_max = PROPOSALS;
    dcat_draw_servers(1, side_m, (dcat_range){200e9, 300e9}, 100, servers, server_count);
    dcat_draw_areas(1, side_m, areas, AREA_COUNT);
    if (dcat_world_create(&config, servers, server_count, areas, AREA_COUNT, 1, &world, &err) !=
        DCAT_OK) {
        fprintf(stderr, "bench_cluster: %s\n", err.message);
        exit(EXIT_FAILURE);
    }
    return world;
}

// Best time of a decision; cluster_count is that of the last.
static double decision_s(const dcat_clusterer *clusterer, const dcat_world *world,
                         int32_t *cluster_count)
{
    static int32_t cluster_of[SERVER_MAX], scratch[SERVER_MAX];
    static double arrivals_per_slot[AREA_COUNT], work_cycles[AREA_COUNT], data_bits[AREA_COUNT],
        deadline_s[AREA_COUNT];
    size_t server_count = dcat_world_server_count(world);
    for (size_t a = 0; a < AREA_COUNT; a++) {
        arrivals_per_slot[a] = 0.75 * (double)server_count / AREA_COUNT; // 30 for 40 servers
        work_cycles[a] = 700e9;
        data_bits[a] = 20e6;
        deadline_s[a] = 2.5;
    }
    const dcat_observation observation = {.area_count = AREA_COUNT,
                                          .arrivals_per_slot = arrivals_per_slot,
                                          .work_cycles = work_cycles,
                                          .data_bits = data_bits,
                                          .deadline_s = deadline_s};
    const dcat_cluster_input input = {
        .world = world, .observation = &observation, .auction = DCAT_AUCTION_REA, .seed = 1};
    size_t byte_count = (clusterer->workspace_bytes(world, NULL) + 127) / 64 * 64;
    void *workspace = aligned_alloc(64, byte_count);
    if (workspace == NULL) {
        fprintf(stderr, "bench_cluster: no memory for a workspace of %zu bytes\n", byte_count);
        exit(EXIT_FAILURE);
    }
    double best_s = INFINITY;
    double begin_s = clock_s();
    do {
        for (size_t i = 0; i < server_count; i++) {
            cluster_of[i] = (int32_t)i;
        }
        double start_s = clock_s();
        clusterer->decide(&input, workspace, cluster_of);
        best_s = fmin(best_s, clock_s() - start_s);
    } while (clock_s() - begin_s < repeat_for_s);
    free(workspace);
    *cluster_count = dcat_partition_canonical(cluster_of, server_count, scratch);
    return best_s;
}

int main(int argc, char **argv)
{
    static const size_t server_counts[] = {20, 40, 100, 200, 500, 1000};
    static const char *const names[] = {"single", "random", "kmeans", "linkage", "anneal"};
    size_t server_max = argc > 1 ? strtoul(argv[1], NULL, 10) : SERVER_MAX;
    printf("Microseconds per decision (clusters made); anneal: %d proposals\n\n%8s", PROPOSALS,
           "servers");
    for (size_t c = 0; c < sizeof names / sizeof names[0]; c++) {
        printf("  %18s", names[c]);
    }
    printf("\n");
    for (size_t s = 0; s < sizeof server_counts / sizeof server_counts[0]; s++) {
        if (server_counts[s] > server_max) {
            break;
        }
        dcat_world *world = make_world(server_counts[s]);
        printf("%8zu", server_counts[s]);
        for (size_t c = 0; c < sizeof names / sizeof names[0]; c++) {
            int32_t cluster_count = 0;
            double best_s = decision_s(dcat_clusterer_find(names[c]), world, &cluster_count);
            printf("  %11.1f (%4d)", 1e6 * best_s, cluster_count);
            fflush(stdout);
        }
        printf("\n");
        dcat_world_destroy(world);
    }
    return EXIT_SUCCESS;
}
