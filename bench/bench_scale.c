// bench_scale.c - what large worlds cost: creation, clustering, forming clusters, clearing tasks.
//
//   bench_scale [SERVERS...]     default 10000 100000
//
// Servers are as dense as 40 on a square of 1000 km, areas lie anywhere on the square, and demand
// grows with the servers: 0.75 arrivals a slot each, as 30 for 40. Tasks are those of Table I with
// 20 Mb and deadlines of 2 to 3 s; no path has a cap on its hops, so that what is far is out of
// reach, and the reach of the network is bounded by the
// largest deadline and the smallest task. The span limit of 300 km
// gives about four servers a cluster. Medians with ranges; compare within one run.

#include "dcat/dcat.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define REPETITIONS 5
#define SLOTS 8

static const double span_m_max = 300e3;

typedef struct setting {
    size_t server_count, area_count;
    dcat_world_config config;
    dcat_server *servers;
    dcat_area *areas;
    dcat_world *world;
    dcat_demand *demand;
    int32_t *cluster_of;
    dcat_task *tasks; // of SLOTS slots
    size_t first[SLOTS + 1];
} setting;

static double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void stop_on(dcat_status status, const dcat_error *err)
{
    if (status != DCAT_OK) {
        fprintf(stderr, "bench_scale: %s\n", err->message);
        exit(1);
    }
}

static void *take(size_t byte_count)
{
    void *memory = aligned_alloc(64, (byte_count + 127) / 64 * 64);
    if (memory == NULL) {
        fprintf(stderr, "bench_scale: out of memory\n");
        exit(1);
    }
    return memory;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static double median_of(double *seconds)
{
    qsort(seconds, REPETITIONS, sizeof seconds[0], by_value);
    return seconds[REPETITIONS / 2];
}

static void show(const char *what, double *seconds, const char *more)
{
    double median_s = median_of(seconds);
    printf("  %-22s %9.4f s (%.4f to %.4f)%s\n", what, median_s, seconds[0],
           seconds[REPETITIONS - 1], more);
    fflush(stdout);
}

// --- the world

static void prepare(setting *s)
{
    double side_m = 1e6 * sqrt((double)s->server_count / 40.0);
    s->servers = take(sizeof *s->servers * s->server_count);
    s->areas = take(sizeof *s->areas * s->area_count);
    s->cluster_of = take(sizeof *s->cluster_of * s->server_count);
    dcat_draw_servers(1, side_m, (dcat_range){200e9, 300e9}, 100, s->servers, s->server_count);
    dcat_draw_areas(1, side_m, s->areas, s->area_count);
    s->config = dcat_world_config_default();
    s->config.span_m_max = span_m_max;
    s->config.auction.ceiling_per_cycle = 1.8e-9;
    s->config.network.hop_max = 1000000;
    s->config.network.reach_s = 3.0;
    s->config.network.reach_bits = 20e6;
    s->config.network.reach_work_cycles = 500e9;
}

static void create_world(setting *s)
{
    double seconds[REPETITIONS];
    dcat_error err = {0};
    for (int i = 0; i < REPETITIONS; i++) {
        dcat_world_destroy(s->world);
        double start_s = clock_s();
        stop_on(dcat_world_create(&s->config, s->servers, s->server_count, s->areas, s->area_count,
                                  1, &s->world, &err),
                &err);
        seconds[i] = clock_s() - start_s;
    }
    struct rusage usage;
    char more[64];
    getrusage(RUSAGE_SELF, &usage);
    snprintf(more, sizeof more, "  peak memory %.0f MiB", (double)usage.ru_maxrss / 1024.0);
    show("world", seconds, more);
}

static void draw_tasks(setting *s)
{
    dcat_error err = {0};
    double *weight = take(sizeof *weight * s->area_count);
    for (size_t a = 0; a < s->area_count; a++) {
        weight[a] = 1.0;
    }
    const dcat_demand_profile profile = {
        .arrivals_per_slot = 0.75 * (double)s->server_count,
        .weight = weight,
        .step_count = 1,
        .area_count = s->area_count,
        .work_cycles = {500e9, 900e9},
        .data_bits = {20e6, 20e6},
        .deadline_s = {2.0, 3.0},
        .value_per_gigacycle = {INFINITY, INFINITY},
        .train_step_count = 1,
    };
    stop_on(dcat_demand_create_profile(&profile, &s->demand, &err), &err);
    free(weight);
    s->tasks = take(sizeof *s->tasks * dcat_demand_slot_task_max(s->demand) * SLOTS);
    s->first[0] = 0;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        s->first[slot + 1] = s->first[slot] + dcat_demand_slot(s->demand, s->world, 1, 0, slot, 0,
                                                               &s->tasks[s->first[slot]]);
        for (size_t n = s->first[slot]; n < s->first[slot + 1]; n++) {
            s->tasks[n].arrival_s = slot;
        }
    }
}

// --- what is done in it

static void decide(setting *s, const char *name)
{
    const dcat_clusterer *clusterer = dcat_clusterer_find(name);
    const dcat_cluster_input input = {.world = s->world, .seed = 1};
    void *workspace = take(clusterer->workspace_bytes(s->world, NULL));
    double seconds[REPETITIONS];
    int32_t cluster_count = 0;
    for (int i = 0; i < REPETITIONS; i++) {
        double start_s = clock_s();
        clusterer->decide(&input, workspace, s->cluster_of);
        seconds[i] = clock_s() - start_s;
    }
    for (size_t i = 0; i < s->server_count; i++) {
        cluster_count = s->cluster_of[i] >= cluster_count ? s->cluster_of[i] + 1 : cluster_count;
    }
    char more[64];
    snprintf(more, sizeof more, "  %d clusters", cluster_count);
    show(name, seconds, more);
    free(workspace);
}

static void form(setting *s)
{
    dcat_state *state = NULL;
    dcat_error err = {0};
    double seconds[REPETITIONS];
    stop_on(dcat_state_create(s->world, DCAT_AUCTION_REA_S, 1, 1, &state, &err), &err);
    for (int i = 0; i < REPETITIONS; i++) {
        double start_s = clock_s();
        dcat_state_set_clusters(state, s->cluster_of);
        seconds[i] = clock_s() - start_s;
    }
    show("set_clusters", seconds, "");
    dcat_state_destroy(state);
}

// The first slot makes the rows of the areas and is left out; the others see queues as they grow.
static double clear_slots(setting *s, dcat_auction_kind kind, dcat_award *awards)
{
    dcat_state *state = NULL;
    dcat_error err = {0};
    dcat_totals totals = {0};
    stop_on(
        dcat_state_create(s->world, kind, 1, dcat_demand_slot_task_max(s->demand), &state, &err),
        &err);
    dcat_state_set_clusters(state, s->cluster_of);
    double start_s = 0.0;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        if (slot == 1) {
            start_s = clock_s();
        }
        dcat_state_step(state, slot, 0, slot, &s->tasks[s->first[slot]],
                        s->first[slot + 1] - s->first[slot], awards, &totals);
    }
    double elapsed_s = clock_s() - start_s;
    dcat_state_destroy(state);
    return elapsed_s;
}

static void clear(setting *s, dcat_auction_kind kind, bool with_awards)
{
    double seconds[REPETITIONS];
    size_t task_max = dcat_demand_slot_task_max(s->demand);
    dcat_award *awards = with_awards ? take(sizeof *awards * task_max) : NULL;
    for (int i = 0; i < REPETITIONS; i++) {
        seconds[i] = clear_slots(s, kind, awards);
    }
    double tasks = (double)(s->first[SLOTS] - s->first[1]);
    double median_s = median_of(seconds);
    printf("  step %-8s %-8s %7.2f M tasks/s (%.2f to %.2f) %8.1f ns/task\n",
           dcat_auction_get(kind)->name, with_awards ? "awards" : "totals", tasks / median_s * 1e-6,
           tasks / seconds[REPETITIONS - 1] * 1e-6, tasks / seconds[0] * 1e-6,
           median_s / tasks * 1e9);
    fflush(stdout);
    free(awards);
}

static void measure(size_t server_count)
{
    setting s = {.server_count = server_count};
    s.area_count = server_count <= 10000 ? (server_count + 9) / 10 : server_count / 20;
    prepare(&s);
    printf("%zu servers, %zu areas\n", s.server_count, s.area_count);
    create_world(&s);
    draw_tasks(&s);
    static const char *const names[] = {"single", "random", "kmeans", "linkage"};
    for (size_t c = 0; c < sizeof names / sizeof names[0]; c++) {
        decide(&s, names[c]);
    }
    form(&s); // the clusters of linkage, as all that follows
    static const dcat_auction_kind kinds[] = {DCAT_AUCTION_REA, DCAT_AUCTION_REA_S,
                                              DCAT_AUCTION_VICKREY};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        clear(&s, kinds[k], false);
        clear(&s, kinds[k], true);
    }
    dcat_demand_destroy(s.demand);
    dcat_world_destroy(s.world);
    free(s.tasks);
    free(s.cluster_of);
    free(s.servers);
    free(s.areas);
}

int main(int argc, char **argv)
{
    printf("one core, CPU time, median of %d (range)\n", REPETITIONS);
    if (argc < 2) {
        measure(10000);
        measure(100000);
    }
    for (int i = 1; i < argc; i++) {
        measure(strtoul(argv[i], NULL, 10));
    }
    return 0;
}
