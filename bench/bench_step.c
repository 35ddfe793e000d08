// How fast one core clears tasks on the shipped scenario `paper`: the slot step alone with arrivals
// already drawn, and whole runs in which they are drawn. Prints the median of several repetitions
// with its range; compare ratios within one run rather than absolute numbers across machines.

#include "dcat/dcat.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define REPETITIONS 7
#define CYCLES 528 // the test days

static double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void stop_on(dcat_status status, const dcat_error *err)
{
    if (status != DCAT_OK) {
        fprintf(stderr, "bench_step: %s\n", err->message);
        exit(1);
    }
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

// All tasks of the benchmark's cycles, slot after slot.
typedef struct batch {
    dcat_task *tasks;
    size_t *first; // [slot_count + 1]
    size_t slot_count;
} batch;

static batch draw_all(const dcat_demand *demand, const dcat_world *world, uint32_t cycle_first)
{
    uint32_t slots = (uint32_t)dcat_world_config_view(world)->slots_per_cycle;
    size_t slot_max = dcat_demand_slot_task_max(demand);
    batch b = {.slot_count = (size_t)CYCLES * slots};
    b.tasks = malloc(sizeof *b.tasks * slot_max * (b.slot_count + 1));
    b.first = malloc(sizeof *b.first * (b.slot_count + 1));
    if (b.tasks == NULL || b.first == NULL) {
        fprintf(stderr, "bench_step: out of memory\n");
        exit(1);
    }
    b.first[0] = 0;
    for (size_t s = 0; s < b.slot_count; s++) {
        b.first[s + 1] =
            b.first[s] + dcat_demand_slot(demand, world, 1, cycle_first + (uint32_t)(s / slots),
                                          (uint32_t)(s % slots), 0, &b.tasks[b.first[s]]);
    }
    return b;
}

typedef struct setting {
    const dcat_world *world;
    const dcat_demand *demand;
    dcat_cycle_span test;
    batch drawn;
    dcat_policy policy;
} setting;

// Seconds to step through all slots with the tasks at hand.
static double time_steps(const setting *s)
{
    dcat_error err = {0};
    dcat_state *state = NULL;
    size_t task_max = dcat_demand_slot_task_max(s->demand);
    stop_on(dcat_state_create(s->world, s->policy.auction, 1, task_max, &state, &err), &err);
    size_t server_count = dcat_world_server_count(s->world);
    int32_t *cluster_of = malloc(sizeof *cluster_of * server_count);
    void *workspace = malloc(s->policy.clusterer->workspace_bytes(s->world, NULL) + 64);
    if (cluster_of == NULL || workspace == NULL) {
        exit(1);
    }
    for (size_t i = 0; i < server_count; i++) {
        cluster_of[i] = (int32_t)i;
    }
    const dcat_cluster_input input = {
        .world = s->world, .auction = s->policy.auction, .seed = 1, .cycle = s->test.first};
    s->policy.clusterer->decide(&input, workspace, cluster_of);
    dcat_state_set_clusters(state, cluster_of);
    const dcat_world_config *config = dcat_world_config_view(s->world);
    uint32_t slots = (uint32_t)config->slots_per_cycle;
    dcat_totals totals = {0};
    double start_s = clock_s();
    for (size_t i = 0; i < s->drawn.slot_count; i++) {
        uint32_t cycle = s->test.first + (uint32_t)(i / slots);
        uint32_t slot = (uint32_t)(i % slots);
        double now_s = ((double)cycle * slots + slot) * config->slot_s;
        dcat_state_step(state, now_s, cycle, slot, &s->drawn.tasks[s->drawn.first[i]],
                        s->drawn.first[i + 1] - s->drawn.first[i], NULL, &totals);
    }
    double elapsed_s = clock_s() - start_s;
    free(workspace);
    free(cluster_of);
    dcat_state_destroy(state);
    return elapsed_s;
}

// Seconds of a whole run: arrivals drawn, observation collected, clusters decided.
static double time_run(const setting *s)
{
    dcat_error err = {0};
    const dcat_run_config config = {
        .policy = s->policy, .seed = 1, .cycle_first = s->test.first, .cycle_count = CYCLES};
    dcat_run_result result;
    double start_s = clock_s();
    stop_on(dcat_run(s->world, s->demand, &config, NULL, NULL, &result, &err), &err);
    return clock_s() - start_s;
}

static void measure(const char *what, const setting *s, double (*time_it)(const setting *))
{
    double seconds[REPETITIONS];
    time_it(s); // warm up
    for (int i = 0; i < REPETITIONS; i++) {
        seconds[i] = time_it(s);
    }
    qsort(seconds, REPETITIONS, sizeof seconds[0], by_value);
    double tasks = (double)s->drawn.first[s->drawn.slot_count];
    double median_s = seconds[REPETITIONS / 2];
    printf("%-8s %-8s %-22s %7.2f M tasks/s (%.2f to %.2f) %7.1f ns/task %9.0f cycles/s\n",
           s->policy.clusterer->name, dcat_auction_get(s->policy.auction)->name, what,
           tasks / median_s * 1e-6, tasks / seconds[REPETITIONS - 1] * 1e-6,
           tasks / seconds[0] * 1e-6, median_s / tasks * 1e9, CYCLES / median_s);
}

int main(void)
{
    dcat_error err = {0};
    dcat_scenario *scenario = NULL;
    dcat_world *world = NULL;
    stop_on(dcat_scenario_load("paper", NULL, 0, &scenario, &err), &err);
    stop_on(dcat_scenario_world(scenario, 1, &world, &err), &err);
    setting s = {
        .world = world,
        .demand = dcat_scenario_demand_view(scenario),
        .test = dcat_scenario_test_cycles(scenario),
    };
    s.drawn = draw_all(s.demand, world, s.test.first);
    printf("paper, %zu servers, %d cycles, %zu tasks, one core, CPU time, median of %d (range)\n",
           dcat_world_server_count(world), CYCLES, s.drawn.first[s.drawn.slot_count], REPETITIONS);
    static const char *const policies[] = {"linkage:rea",  "linkage:rea-s", "kmeans:rea",
                                           "kmeans:rea-s", "single:rea-s",  "linkage:vickrey"};
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        stop_on(dcat_policy_parse(policies[i], &s.policy, &err), &err);
        measure("step, arrivals at hand", &s, time_steps);
        measure("run, arrivals drawn", &s, time_run);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory %.1f MiB\n", (double)usage.ru_maxrss / 1024.0);
    free(s.drawn.tasks);
    free(s.drawn.first);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
    return 0;
}
