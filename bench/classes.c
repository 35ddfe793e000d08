// SPDX-License-Identifier: Apache-2.0
// Classes of work in dcat bench: what they cost an auction, and large mixed worlds.

#include "bench/bench.h"
#include "dcat/x/resources.h"
#include "env/env.h"

#include <math.h>
#include <stdlib.h>

#define CLASSES 8
#define CPU_CLASSES 2 // of a mixed world's
#define PAPER_CYCLES 528
#define PAPER_CYCLES_QUICK 48
#define LARGE_SERVERS 100000
#define LARGE_SERVERS_QUICK 2000
#define LARGE_SLOTS 8

// Device 0 is what a server is by itself; the others are GPUs. GPU classes by their speed on these.
enum { DEVICES = 4 };
static const double gpu_efficiency[DEVICES - 1][CLASSES - CPU_CLASSES] = {
    {0.25, 0.34, 0.30, 0.63, 0.21, 0.61},
    {1.0, 1.0, 1.0, 1.0, 1.0, 1.0},
    {1.59, 1.69, 1.11, 0.45, 1.84, 1.26},
};

typedef struct fleet {
    dcat_device devices[DEVICES];
    dcat_class classes[CLASSES];
    double efficiency[DEVICES * CLASSES];
    dcat_unit *units; // [2, S]
} fleet;

// Alike: every class is all work, so that auctions are those of one class. Mixed: two of CPUs, six
// of GPUs, of which every other server has one.
static void describe_fleet(fleet *f, const dcat_market_config *market, bool mixed)
{
    for (size_t d = 0; d < DEVICES; d++) {
        f->devices[d] = (dcat_device){.pool = d == 0 ? DCAT_POOL_CPU : DCAT_POOL_GPU,
                                      .speed_hz = d == 0 ? 1.0 : 250e9,
                                      .core_count = 1,
                                      .memory_bytes = INFINITY,
                                      .energy_cost = d == 0 ? NAN : 0.0,
                                      .time_cost_per_s = d == 0 ? NAN : 100.0 * (double)d};
    }
    for (size_t q = 0; q < CLASSES; q++) {
        bool cpu = !mixed || q < CPU_CLASSES;
        f->classes[q] = (dcat_class){.pool = cpu ? DCAT_POOL_CPU : DCAT_POOL_GPU,
                                     .price_per_gigacycle = market->price_per_gigacycle,
                                     .urgency_s = market->urgency_s};
        for (size_t d = 0; d < DEVICES; d++) {
            double gpu = cpu || d == 0 ? 0.0 : gpu_efficiency[d - 1][q - CPU_CLASSES];
            f->efficiency[d * CLASSES + q] = cpu && d == 0 ? 1.0 : gpu;
        }
    }
}

static dcat_status make_resources(const dcat_market_config *market, const dcat_server *servers,
                                  size_t server_count, bool mixed, dcat_resources **made,
                                  dcat_error *err)
{
    static fleet f;
    size_t unit_count = 0;
    f.units = calloc(2 * server_count, sizeof *f.units);
    if (f.units == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu units", 2 * server_count);
    }
    describe_fleet(&f, market, mixed);
    for (size_t i = 0; i < server_count; i++) {
        f.units[unit_count++] = (dcat_unit){.server = (int)i,
                                            .count = servers[i].core_count,
                                            .speed_hz = servers[i].speed_hz,
                                            .energy_cost = servers[i].energy_cost,
                                            .time_cost_per_s = servers[i].time_cost_per_s,
                                            .tariff_per_cycle = servers[i].tariff_per_cycle};
        if (mixed && i % 2 == 0) {
            f.units[unit_count++] = (dcat_unit){.server = (int)i,
                                                .device = 1 + (int)(i / 2 % (DEVICES - 1)),
                                                .count = 1,
                                                .speed_hz = NAN,
                                                .energy_cost = NAN,
                                                .time_cost_per_s = NAN};
        }
    }
    const dcat_resources_config config = {DCAT_SIZED(dcat_resources_config),
                                          .devices = f.devices,
                                          .device_count = DEVICES,
                                          .classes = f.classes,
                                          .class_count = CLASSES,
                                          .efficiency = f.efficiency,
                                          .units = f.units,
                                          .unit_count = unit_count,
                                          .server_count = server_count,
                                          .energy_cost = market->energy_cost,
                                          .time_cost_per_s = market->time_cost_per_s};
    dcat_status status = dcat_resources_create(&config, made, err);
    free(f.units);
    return status;
}

static void spread_tasks(bench_place *place)
{
    for (size_t n = 0; n < place->first[place->slot_count]; n++) {
        place->tasks[n].class_id = (int32_t)(n % CLASSES);
    }
}

// --- an auction: the paper's scenario with all of its work in eight classes that are alike

static dcat_status give_classes(bench_place *place, dcat_error *err)
{
    dcat_world_config config = *dcat_world_config_view(place->world);
    const dcat_server *servers = dcat_world_servers_view(place->world);
    dcat_resources *resources = NULL;
    dcat_world *made = NULL;
    dcat_status status =
        make_resources(&config.market, servers, place->server_count, false, &resources, err);
    if (status == DCAT_OK) {
        config.resources = resources;
        status = dcat_world_create(&config, servers, place->server_count,
                                   dcat_world_areas_view(place->world), place->area_count,
                                   dcat_world_seed(place->world), &made, err);
    }
    dcat_resources_destroy(resources);
    if (status == DCAT_OK) {
        dcat_world_destroy(place->world);
        place->world = made;
        spread_tasks(place);
    }
    return status;
}

static dcat_status clear_totals(const bench_place *place, const dcat_auction *auction,
                                dcat_totals *totals, dcat_error *err)
{
    dcat_env *env = NULL;
    dcat_status status = bench_place_env(place, auction, true, &env, err);
    *totals = (dcat_totals){0};
    for (size_t s = 0; status == DCAT_OK && s < place->slot_count; s++) {
        bench_slot at = bench_place_slot(place, s);
        env_step_tasks(env, at.tasks, at.task_count, totals);
    }
    dcat_env_destroy(env);
    return status;
}

// Classes that are alike change no result.
static dcat_status compare(const bench_place *one, const bench_place *many,
                           const dcat_auction *auction, dcat_error *err)
{
    dcat_totals a, b;
    dcat_status status = clear_totals(one, auction, &a, err);
    status = status == DCAT_OK ? clear_totals(many, auction, &b, err) : status;
    bool same = status != DCAT_OK || (a.awarded == b.awarded && a.payment == b.payment);
    return same ? status
                : dcat_fail(err, DCAT_ERR_INTERNAL,
                            "%s sold %lld tasks of one class and %lld of eight", auction->name,
                            (long long)a.awarded, (long long)b.awarded);
}

static dcat_status add_ratio(bench *b, const bench_place *one, const bench_place *many,
                             const dcat_auction *auction, dcat_error *err)
{
    bench_clearing of_one = {.place = one, .auction = auction};
    bench_clearing of_many = {.place = many, .auction = auction};
    char name[BENCH_NAME_BYTES];
    double ratio[BENCH_REPETITION_MAX], one_s = 0.0, many_s = 0.0;
    size_t count = (size_t)b->repetition_count;
    dcat_status status = compare(one, many, auction, err);
    snprintf(name, sizeof name, "classes/paper/%s", auction->name);
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        bench_show(b, name, (int)i);
        status = bench_once(&(bench_way){bench_clear, &of_one, 0.0}, &one_s, err);
        if (status == DCAT_OK) {
            status = bench_once(&(bench_way){bench_clear, &of_many, 0.0}, &many_s, err);
            ratio[i] = many_s / one_s;
        }
    }
    if (status == DCAT_OK) {
        json_t *params = bench_place_params(many, "cpu");
        json_object_set_new(params, "of", json_string("CPU time a task, eight classes over one"));
        bench_add(b, name, "x", (bench_target){BENCH_AT_MOST, 1.2}, ratio, count, params);
    }
    return status;
}

static dcat_status prepare_paper(bench_place *place, uint32_t cycle_count, dcat_error *err)
{
    double decision_s;
    dcat_status status = bench_place_paper(place, &bench_paper_shipped, cycle_count, err);
    return status == DCAT_OK
               ? bench_place_decide(place, dcat_clusterer_find("linkage"), NULL, &decision_s, err)
               : status;
}

static dcat_status add_ratios(bench *b, dcat_error *err)
{
    bench_place one = {0}, many = {0};
    uint32_t cycle_count = b->quick ? PAPER_CYCLES_QUICK : PAPER_CYCLES;
    dcat_status status = prepare_paper(&one, cycle_count, err);
    if (status == DCAT_OK) {
        status = prepare_paper(&many, cycle_count, err);
    }
    if (status == DCAT_OK) {
        status = give_classes(&many, err);
    }
    for (size_t a = 0; status == DCAT_OK && a < dcat_auction_count(); a++) {
        if (dcat_auction_at(a)->clock != NULL) {
            status = add_ratio(b, &one, &many, dcat_auction_at(a), err);
        }
    }
    bench_place_free(&one);
    bench_place_free(&many);
    return status;
}

// --- a large mixed world

static dcat_status make_mixed(bench_place *place, size_t server_count, dcat_error *err)
{
    dcat_resources *resources = NULL;
    dcat_status status = bench_place_large(place, server_count, false, err);
    if (status == DCAT_OK) {
        status = make_resources(&place->config.market, place->servers, server_count, true,
                                &resources, err);
    }
    if (status == DCAT_OK) {
        place->config.resources = resources; // which the world copies
        status = bench_place_make_world(place, err);
    }
    dcat_resources_destroy(resources);
    return status;
}

dcat_status bench_only_make_mixed(size_t server_count, dcat_error *err)
{
    bench_place place = {0};
    dcat_status status = make_mixed(&place, server_count, err);
    bench_place_free(&place);
    return status;
}

static dcat_status add_memory(bench *b, const char *label, const char *servers, dcat_error *err)
{
    char name[BENCH_NAME_BYTES];
    const char *const arguments[] = {"bench", "--make-world", servers, "--mixed", NULL};
    snprintf(name, sizeof name, "classes/%s/memory", label);
    return bench_child_memory(b, name, arguments, (bench_target){BENCH_AT_MOST, 8192.0},
                              json_pack("{s:s,s:s,s:i,s:s}", "world", "uniform, mixed", "servers",
                                        servers, "classes", CLASSES, "process", "makes the world"),
                              err);
}

static dcat_status add_steps(bench *b, const bench_place *place, const char *label, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t a = 0; status == DCAT_OK && a < dcat_auction_count(); a++) {
        const dcat_auction *auction = dcat_auction_at(a);
        if (auction->clock == NULL) {
            continue;
        }
        bench_clearing clearing = {.place = place, .auction = auction, .skip_count = 1};
        char name[BENCH_NAME_BYTES];
        snprintf(name, sizeof name, "classes/%s/%s/at-hand", label, auction->name);
        json_t *params = bench_place_params(place, "cpu");
        json_object_set_new(params, "classes", json_integer(CLASSES));
        json_object_set_new(params, "auction", json_string(auction->name));
        const bench_race race = {
            .name = name,
            .unit = "M tasks/s",
            .target = {BENCH_AT_LEAST, 0.4},
            .ours = {bench_clear, &clearing, 1e-6 * (double)bench_tasks_from(place, 1)},
            .params = params,
        };
        status = bench_run(b, &race, NULL, err);
    }
    return status;
}

dcat_status bench_classes(bench *b, dcat_error *err)
{
    char servers[32], label[64];
    size_t server_count = b->quick ? LARGE_SERVERS_QUICK : LARGE_SERVERS;
    double decision_s;
    snprintf(servers, sizeof servers, "%zu", server_count);
    snprintf(label, sizeof label, "%sx%d", servers, CLASSES);
    dcat_status status = add_memory(b, label, servers, err);
    status = status == DCAT_OK ? add_ratios(b, err) : status;
    bench_place place = {0};
    status = status == DCAT_OK ? make_mixed(&place, server_count, err) : status;
    status = status == DCAT_OK ? bench_place_make_tasks(&place, LARGE_SLOTS, err) : status;
    if (status == DCAT_OK) {
        spread_tasks(&place);
        status = bench_place_decide(&place, dcat_clusterer_find("linkage"), NULL, &decision_s, err);
    }
    status = status == DCAT_OK ? add_steps(b, &place, label, err) : status;
    bench_place_free(&place);
    return status;
}
