// Slot steps of dcat bench: tasks cleared per second in the paper's scenario and in large worlds.

#include "bench.h"

#include <math.h>

#define PAPER_CYCLES 528 // the test days
#define PAPER_CYCLES_QUICK 48
#define LARGE_SLOTS 8

static const bench_target no_target = {BENCH_NO_TARGET, 0.0};

static size_t tasks_from(const bench_place *place, size_t skip_count)
{
    return place->first[place->slot_count] - place->first[skip_count];
}

static json_t *describe(const bench_place *place, const char *scenario, const char *clusterer,
                        dcat_auction_kind auction, const char *arrivals, size_t skip_count)
{
    return json_pack("{s:s,s:I,s:I,s:s,s:I,s:s,s:s,s:I,s:I,s:i,s:s}", "scenario", scenario,
                     "servers", (json_int_t)place->server_count, "areas",
                     (json_int_t)place->area_count, "clusterer", clusterer, "clusters",
                     (json_int_t)place->cluster_count, "auction", dcat_auction_get(auction)->name,
                     "arrivals", arrivals, "slots", (json_int_t)(place->slot_count - skip_count),
                     "tasks", (json_int_t)tasks_from(place, skip_count), "threads", 1, "clock",
                     "cpu");
}

// --- the paper's scenario

static dcat_status add_paper_step(bench *b, bench_place *place, dcat_auction_kind auction,
                                  bool draw, dcat_error *err)
{
    double samples[BENCH_REPETITION_MAX], warm_up_s;
    dcat_status status = bench_place_step(place, auction, draw, 0, &warm_up_s, err);
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        status = bench_place_step(place, auction, draw, 0, &samples[i], err);
    }
    if (status == DCAT_OK) {
        char name[64];
        const bench_target target = {BENCH_AT_LEAST, draw ? 8.0 : 20.0};
        snprintf(name, sizeof name, "step/paper/%s/%s", dcat_auction_get(auction)->name,
                 draw ? "drawn" : "at-hand");
        bench_rates(samples, (size_t)b->repetition_count, 1e-6 * (double)tasks_from(place, 0));
        bench_add(b, name, "M tasks/s", target, samples, (size_t)b->repetition_count,
                  describe(place, "paper", "linkage", auction, draw ? "drawn" : "at hand", 0));
    }
    return status;
}

// Whole runs: arrivals drawn, observations collected, clusters decided.
static dcat_status add_paper_run(bench *b, bench_place *place, dcat_auction_kind auction,
                                 uint32_t cycle_count, dcat_error *err)
{
    double samples[BENCH_REPETITION_MAX];
    const dcat_run_config config = {
        .policy = {.clusterer = dcat_clusterer_find("linkage"), .auction = auction},
        .seed = 1,
        .cycle_first = place->cycle_first,
        .cycle_count = cycle_count,
    };
    dcat_status status = DCAT_OK;
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        dcat_run_result result;
        double start_s = bench_process_s();
        status = dcat_run(place->world, place->demand, &config, NULL, NULL, &result, err);
        samples[i] = bench_process_s() - start_s;
    }
    if (status == DCAT_OK) {
        char name[64];
        snprintf(name, sizeof name, "run/paper/%s", dcat_auction_get(auction)->name);
        bench_rates(samples, (size_t)b->repetition_count, 1e-6 * (double)tasks_from(place, 0));
        bench_add(b, name, "M tasks/s", no_target, samples, (size_t)b->repetition_count,
                  describe(place, "paper", "linkage", auction, "drawn", 0));
    }
    return status;
}

dcat_status bench_step(bench *b, dcat_error *err)
{
    static const dcat_auction_kind auctions[] = {DCAT_AUCTION_REA, DCAT_AUCTION_REA_S};
    bench_place place;
    double decision_s;
    uint32_t cycle_count = b->quick ? PAPER_CYCLES_QUICK : PAPER_CYCLES;
    dcat_status status = bench_place_paper(&place, cycle_count, err);
    if (status == DCAT_OK) {
        status = bench_place_decide(&place, dcat_clusterer_find("linkage"), NULL, &decision_s, err);
    }
    for (int draw = 0; draw < 2; draw++) {
        for (size_t a = 0; status == DCAT_OK && a < 2; a++) {
            status = add_paper_step(b, &place, auctions[a], draw == 1, err);
        }
    }
    for (size_t a = 0; status == DCAT_OK && a < 2; a++) {
        status = add_paper_run(b, &place, auctions[a], cycle_count, err);
    }
    bench_place_free(&place);
    return status;
}

// --- large worlds

// Nanoseconds per task, [2 sizes][2 auctions][repetitions].
typedef struct large_costs {
    double ns[2][2][BENCH_REPETITION_MAX];
} large_costs;

// The first slot makes the rows of the areas and is left out; the others see queues as they grow.
static dcat_status add_large_step(bench *b, const bench_place *place, dcat_auction_kind auction,
                                  double target, double *cost_ns, dcat_error *err)
{
    double samples[BENCH_REPETITION_MAX];
    dcat_status status = DCAT_OK;
    double task_count = (double)tasks_from(place, 1);
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        status = bench_place_step(place, auction, false, 1, &samples[i], err);
        cost_ns[i] = 1e9 * samples[i] / task_count;
    }
    if (status == DCAT_OK) {
        char name[64];
        snprintf(name, sizeof name, "step/%zu/%s/at-hand", place->server_count,
                 dcat_auction_get(auction)->name);
        bench_rates(samples, (size_t)b->repetition_count, 1e-6 * task_count);
        bench_add(b, name, "M tasks/s", (bench_target){BENCH_AT_LEAST, target}, samples,
                  (size_t)b->repetition_count,
                  describe(place, "large", "linkage", auction, "at hand", 1));
    }
    return status;
}

static dcat_status measure_size(bench *b, size_t server_count, double target, double *cost_rea_ns,
                                double *cost_rea_s_ns, dcat_error *err)
{
    bench_place place;
    double decision_s;
    dcat_status status = bench_place_large(&place, server_count, err);
    if (status == DCAT_OK) {
        status = bench_place_make_world(&place, err);
    }
    if (status == DCAT_OK) {
        status = bench_place_make_tasks(&place, LARGE_SLOTS, err);
    }
    if (status == DCAT_OK) {
        status = bench_place_decide(&place, dcat_clusterer_find("linkage"), NULL, &decision_s, err);
    }
    if (status == DCAT_OK) {
        status = add_large_step(b, &place, DCAT_AUCTION_REA, target, cost_rea_ns, err);
    }
    if (status == DCAT_OK) {
        status = add_large_step(b, &place, DCAT_AUCTION_REA_S, target, cost_rea_s_ns, err);
    }
    bench_place_free(&place);
    return status;
}

// Repetition i of one size over repetition i of the other.
static void add_growth(bench *b, const char *auction, const double *small_ns,
                       const double *large_ns)
{
    double samples[BENCH_REPETITION_MAX];
    char name[64];
    for (int i = 0; i < b->repetition_count; i++) {
        samples[i] = large_ns[i] / small_ns[i];
    }
    snprintf(name, sizeof name, "growth/%s", auction);
    bench_add(b, name, "x", (bench_target){BENCH_AT_MOST, 2.0}, samples,
              (size_t)b->repetition_count,
              json_pack("{s:s,s:i,s:i,s:s,s:s}", "of", "CPU time per task", "servers_from", 10000,
                        "servers_to", 100000, "auction", auction, "clock", "cpu"));
}

dcat_status bench_large(bench *b, dcat_error *err)
{
    static large_costs costs;
    dcat_status status = measure_size(b, 10000, 2.0, costs.ns[0][0], costs.ns[0][1], err);
    if (status == DCAT_OK && !b->quick) {
        status = measure_size(b, 100000, 0.5, costs.ns[1][0], costs.ns[1][1], err);
    }
    if (status == DCAT_OK && !b->quick) {
        add_growth(b, "rea", costs.ns[0][0], costs.ns[1][0]);
        add_growth(b, "rea-s", costs.ns[0][1], costs.ns[1][1]);
    }
    return status;
}
