// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/policy_file.h"
#include "dcat/x/ranges.h"
#include "dcat/x/scenario_facts.h"

#include "base/jobs.h"
#include "base/number_text.h"
#include "dcat/x/model.h"
#include "dcat/x/world_facts.h"
#include "file/json_write.h"
#include "report/scenario/classes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void measure_servers(facts *f)
{
    const dcat_server *servers = dcat_world_servers_view(f->world);
    const double *unit_cost = dcat_world_unit_cost_view(f->world);
    f->speed_min_ghz = INFINITY;
    f->unit_cost_min = INFINITY;
    for (size_t i = 0; i < f->server_count; i++) {
        f->speed_min_ghz = fmin(f->speed_min_ghz, servers[i].speed_hz * 1e-9);
        f->speed_max_ghz = fmax(f->speed_max_ghz, servers[i].speed_hz * 1e-9);
        f->speed_total_ghz += servers[i].speed_hz * 1e-9;
        f->unit_cost_min = fmin(f->unit_cost_min, unit_cost[i] * 1e9);
        f->unit_cost_max = fmax(f->unit_cost_max, unit_cost[i] * 1e9);
        if (unit_cost[i] <= dcat_world_config_view(f->world)->auction.ceiling_per_cycle) {
            f->limit_max = fmax(f->limit_max, unit_cost[i] * 1e9);
        }
    }
    for (size_t q = 0; q < f->class_count; q++) { // then a server's one number says nothing
        f->unit_cost_min =
            q == 0 ? f->classes[q].cost_min : fmin(f->unit_cost_min, f->classes[q].cost_min);
        f->unit_cost_max =
            q == 0 ? f->classes[q].cost_max : fmax(f->unit_cost_max, f->classes[q].cost_max);
    }
    f->pairs_within_span = dcat_world_pair_count(f->world);
    f->pair_count = f->server_count * (f->server_count - 1) / 2;
}

// Test cycles are drawn in blocks, over threads. Sums of a block are added in order of blocks, so
// they do not depend on the threads.
#define BLOCK_MAX 64

typedef struct demand_sums {
    size_t task_count, hopeless_count;
    double work_cycles, data_bits, deadline_s, fee;
    double hopeless;     // of tasks whose class is drawn: as many as are to be expected
    class_sums *classes; // [Q]
    double *area_tasks;  // [A]
} demand_sums;

typedef struct demand_job {
    const facts *facts;
    uint64_t seed;
    size_t block_count;
    demand_sums sums[BLOCK_MAX];
} demand_job;

static void add_tasks(const facts *f, const dcat_task *tasks, size_t task_count, demand_sums *sums)
{
    const dcat_market_config *market = &dcat_world_config_view(f->world)->market;
    for (size_t n = 0; n < task_count; n++) {
        sums->area_tasks[tasks[n].area] += 1.0;
        if (f->class_count > 0) {
            sums->hopeless += classes_add(f, &tasks[n], sums->classes);
        }
        sums->hopeless_count += f->hopes != NULL && !hopes_serve(f->hopes, &tasks[n]);
        sums->work_cycles += tasks[n].work_cycles;
        sums->deadline_s += tasks[n].deadline_s;
        sums->data_bits += tasks[n].data_bits;
        sums->fee += dcat_fee(market->price_per_gigacycle, market->urgency_s, tasks[n].deadline_s,
                              tasks[n].work_cycles);
    }
    sums->task_count += task_count;
}

static dcat_status measure_block(void *user, size_t block, dcat_error *err)
{
    demand_job *job = user;
    const facts *f = job->facts;
    demand_sums *sums = &job->sums[block];
    const dcat_demand *demand = dcat_scenario_demand_view(f->scenario);
    dcat_task *tasks = calloc(dcat_demand_slot_task_max(demand) + 1, sizeof *tasks);
    sums->area_tasks = calloc(f->area_count, sizeof *sums->area_tasks);
    sums->classes = calloc(f->class_count + 1, sizeof *sums->classes);
    if (tasks == NULL || sums->area_tasks == NULL || sums->classes == NULL) {
        free(tasks);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the tasks of a slot");
    }
    uint32_t first = (uint32_t)((uint64_t)f->test.count * block / job->block_count);
    uint32_t end = (uint32_t)((uint64_t)f->test.count * (block + 1) / job->block_count);
    for (uint32_t c = first; c < end; c++) {
        for (uint32_t slot = 0; slot < f->slots_drawn; slot++) {
            size_t count =
                dcat_demand_slot(demand, f->world, job->seed, f->test.first + c, slot, 0, tasks);
            add_tasks(f, tasks, count, sums);
        }
    }
    free(tasks);
    return DCAT_OK;
}

// What the blocks found together, with the tasks of each area in f->area_share.
static demand_sums add_blocks(facts *f, const demand_job *job)
{
    demand_sums all = {0};
    for (size_t b = 0; b < job->block_count; b++) {
        const demand_sums *sums = &job->sums[b];
        all.task_count += sums->task_count;
        all.hopeless_count += sums->hopeless_count;
        all.work_cycles += sums->work_cycles;
        all.data_bits += sums->data_bits;
        all.deadline_s += sums->deadline_s;
        all.fee += sums->fee;
        all.hopeless += sums->hopeless;
        for (size_t a = 0; a < f->area_count; a++) {
            f->area_share[a] += sums->area_tasks[a];
        }
        for (size_t q = 0; q < f->class_count; q++) {
            class_sums *into = &f->classes[q].sums;
            into->tasks += sums->classes[q].tasks;
            into->hopeless += sums->classes[q].hopeless;
            into->work_cycles += sums->classes[q].work_cycles;
            into->deadline_s += sums->classes[q].deadline_s;
            into->fee += sums->classes[q].fee;
        }
    }
    return all;
}

static void note_demand(facts *f, const demand_sums *all)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    double count = (double)(all->task_count > 0 ? all->task_count : 1);
    double slot_count = (double)f->test.count * f->slots_drawn;
    f->task_count = all->task_count;
    f->hopeless_count = all->hopeless_count;
    if (f->class_count > 0) {
        f->hopeless_count = (size_t)(all->hopeless + 0.5);
    }
    f->arrivals_per_slot = (double)all->task_count / slot_count;
    f->work_mean_gigacycles = all->work_cycles * 1e-9 / count;
    f->deadline_mean_s = all->deadline_s / count;
    f->data_mean_mb = all->data_bits * 1e-6 / count;
    double fee = all->fee;
    for (size_t q = 0; q < f->class_count; q++) {
        fee = q == 0 ? f->classes[q].sums.fee : fee + f->classes[q].sums.fee;
    }
    f->fee_mean = fee / count;
    f->fee_per_gigacycle = all->work_cycles > 0.0 ? f->fee_mean / f->work_mean_gigacycles : 0.0;
    f->load_factor = all->work_cycles * 1e-9 / (f->speed_total_ghz * slot_count * config->slot_s);
    for (size_t a = 0; a < f->area_count; a++) {
        f->area_share[a] /= count;
    }
}

#define TASK_MAX_DRAWN 5e7 // some seconds

// Choice: where all test cycles have more tasks, the first slots of each cycle are drawn, so that
// all hours of the day have their share. Cycles are what demand changes by.
static uint32_t slots_to_draw(const facts *f)
{
    double slots = dcat_world_config_view(f->world)->slots_per_cycle;
    double of_slots = (double)f->test.count *
                      (double)dcat_demand_slot_task_max(dcat_scenario_demand_view(f->scenario));
    return (uint32_t)fmax(fmin(slots, floor(TASK_MAX_DRAWN / of_slots)), 1.0);
}

static dcat_status measure_demand(facts *f, const dcat_facts_options *options, dcat_error *err)
{
    demand_job job = {.facts = f, .seed = options->seed};
    f->slots_drawn = slots_to_draw(f);
    job.block_count = f->test.count < BLOCK_MAX ? f->test.count : BLOCK_MAX;
    dcat_jobs how = dcat_jobs_default();
    how.thread_count = options->thread_count;
    const job_list blocks = {
        .count = job.block_count,
        .jobs = &how,
        .run = measure_block,
        .user = &job,
    };
    dcat_status status = jobs_run(&blocks, err);
    if (status == DCAT_OK) {
        demand_sums all = add_blocks(f, &job);
        note_demand(f, &all);
    }
    for (size_t b = 0; b < job.block_count; b++) {
        free(job.sums[b].area_tasks);
        free(job.sums[b].classes);
    }
    return status;
}

static void print_demand_text(const facts *f, FILE *file)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    fprintf(file, "Demand     %.*f tasks a slot on average in the %u test cycle%s from cycle %u",
            f->arrivals_per_slot >= 100.0 ? 0
            : f->arrivals_per_slot >= 1.0 ? 1
                                          : 4,
            f->arrivals_per_slot, f->test.count, f->test.count == 1 ? "" : "s", f->test.first);
    if (f->slots_drawn < (uint32_t)config->slots_per_cycle) {
        fprintf(file, ", by the first %u slot%s of each", f->slots_drawn,
                f->slots_drawn == 1 ? "" : "s");
    }
    fprintf(file,
            "\n           mean task: %s giga-cycles, %s Mb, deadline %s s, fee %s (%s per "
            "giga-cycle)\n",
            NUMBER_SHOWN(f->work_mean_gigacycles, 4), NUMBER_SHOWN(f->data_mean_mb, 4),
            NUMBER_SHOWN(f->deadline_mean_s, 4), NUMBER_SHOWN(f->fee_mean, 5),
            NUMBER_SHOWN(f->fee_per_gigacycle, 4));
    fprintf(file, "           %d slot%s of %g s a cycle\n", config->slots_per_cycle,
            config->slots_per_cycle == 1 ? "" : "s", config->slot_s);
    if (f->class_count == 0) {
        fprintf(file, "Load       factor %.3g (offered work / capacity of all servers)\n",
                f->load_factor);
    }
    hours_print(f, file);
    fprintf(file, "Areas      %zu:", f->area_count);
    size_t shown = f->area_count < 12 ? f->area_count : 12;
    for (size_t a = 0; a < shown; a++) {
        fprintf(file, "%s %s %.1f %%", a == 0 ? "" : ",", dcat_scenario_area_name(f->scenario, a),
                100.0 * f->area_share[a]);
    }
    fprintf(file, "%s\n", shown < f->area_count ? ", ..." : "");
}

static void print_remarks(const facts *f, FILE *file)
{
    const remarks r = remarks_on(f);
    for (size_t i = 0; dcat_scenario_note(f->scenario, i) != NULL; i++) {
        fprintf(file, "Remark     %s\n", dcat_scenario_note(f->scenario, i));
    }
    for (size_t i = 0; i < r.count; i++) {
        fprintf(file, "Remark     %s\n", r.text[i]);
    }
}

static json_t *json_remarks(const facts *f)
{
    const remarks r = remarks_on(f);
    json_t *list = json_array();
    for (size_t i = 0; dcat_scenario_note(f->scenario, i) != NULL; i++) {
        list = json_plus(list, json_text(dcat_scenario_note(f->scenario, i)));
    }
    for (size_t i = 0; i < r.count; i++) {
        list = json_plus(list, json_string(r.text[i]));
    }
    return list;
}

static void print_network_text(const facts *f, FILE *file)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    if (config->network.kind == DCAT_NETWORK_GRAPH) {
        fprintf(file, "Network    %zu node%s, %zu link%s\n", config->network.node_count,
                config->network.node_count == 1 ? "" : "s", config->network.link_count,
                config->network.link_count == 1 ? "" : "s");
    } else {
        fprintf(file, "Network    hops of %g km, at most %d\n", config->network.hop_m * 1e-3,
                config->network.hop_max);
    }
    if (f->paths_in_reach < f->path_count) {
        fprintf(file,
                "           %zu of %zu paths from areas to servers are within a task's reach\n",
                f->paths_in_reach, f->path_count);
    }
    fprintf(file, "           path from area to server: 5 %% / median / 95 %%");
    if (f->area_step > 1) {
        fprintf(file, ", of one area in %zu", f->area_step);
    }
    fputc('\n', file);
    fprintf(file, "             delay %.3g / %.3g / %.3g s for %g Mb\n", f->path_delay_s.p5,
            f->path_delay_s.p50, f->path_delay_s.p95, config->network.reference_bits * 1e-6);
    fprintf(file, "             links %.0f / %.0f / %.0f\n", f->path_hops.p5, f->path_hops.p50,
            f->path_hops.p95);
    if (f->class_count == 0) {
        fprintf(file,
                "           one idle server alone meets the mean task's deadline on %.1f %% of "
                "paths\n",
                100.0 * f->alone_share);
    }
}

static dcat_status print_text(const facts *f, FILE *file, dcat_error *err)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    fprintf(file, "Scenario   %s: valid\n", dcat_scenario_name(f->scenario));
    if (dcat_scenario_title(f->scenario)[0] != '\0') {
        fprintf(file, "           %s\n", dcat_scenario_title(f->scenario));
    }
    if (f->class_count > 0) {
        fprintf(file, "Servers    %zu; how fast each class of work finds them is said below\n",
                f->server_count);
    } else {
        fprintf(file, "Servers    %zu with %s to %s GHz, %s GHz together\n", f->server_count,
                NUMBER_SHOWN(f->speed_min_ghz, 4), NUMBER_SHOWN(f->speed_max_ghz, 4),
                NUMBER_SHOWN(f->speed_total_ghz, 6));
    }
    fprintf(file, "           cost %.4g to %.4g per giga-cycle (8); ", f->unit_cost_min,
            f->unit_cost_max);
    if (isfinite(config->auction.ceiling_per_cycle)) {
        fprintf(file, "public ceiling %g\n", config->auction.ceiling_per_cycle * 1e9);
    } else {
        fputs("no public ceiling\n", file);
    }
    if (f->bidders.owner_count > 0) {
        fprintf(
            file,
            "Owners     %zu own%s %zu server%s: %zu bidder%s while every server is alone, %zu with "
            "the clusters of linkage\n",
            f->bidders.owner_count, f->bidders.owner_count == 1 ? "s" : "", f->bidders.server_count,
            f->bidders.server_count == 1 ? "" : "s", f->bidders.alone,
            f->bidders.alone == 1 ? "" : "s", f->bidders.linkage);
    }
    fprintf(file, "Clusters   span limit %g km: %zu of %zu server pairs are within it\n",
            config->span_m_max * 1e-3, f->pairs_within_span, f->pair_count);
    print_network_text(f, file);
    print_demand_text(f, file);
    for (size_t i = 0; i < dcat_scenario_input_count(f->scenario); i++) {
        dcat_input_file input = dcat_scenario_input(f->scenario, i);
        fprintf(file, "%s %s (%llu bytes)\n", i == 0 ? "Files     " : "          ", input.path,
                (unsigned long long)input.byte_count);
    }
    print_remarks(f, file);
    return classes_print(f, file, err);
}

static json_t *json_percentiles(percentiles p)
{
    return json_pack("{s:o,s:o,s:o}", "p5", json_number(p.p5), "p50", json_number(p.p50), "p95",
                     json_number(p.p95));
}

static json_t *json_areas(const facts *f)
{
    json_t *areas = json_array();
    for (size_t a = 0; a < f->area_count; a++) {
        areas = json_plus(areas, json_pack("{s:o,s:o}", "name",
                                           json_text(dcat_scenario_area_name(f->scenario, a)),
                                           "share", json_number(f->area_share[a])));
    }
    return areas;
}

// null where nobody owns a server.
static json_t *json_owners(const facts *f)
{
    const scenario_bidders *b = &f->bidders;
    return b->owner_count == 0
               ? json_null()
               : json_pack("{s:o,s:o,s:o,s:o}", "count", json_count(b->owner_count), "servers",
                           json_count(b->server_count), "bidders_alone", json_count(b->alone),
                           "bidders_linkage", json_count(b->linkage));
}

static json_t *json_facts(const facts *f)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    json_t *servers = json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o}", "count", json_count(f->server_count), "speed_min_ghz",
        json_number(f->speed_min_ghz), "speed_max_ghz", json_number(f->speed_max_ghz),
        "speed_total_ghz", json_number(f->speed_total_ghz), "cost_min_per_gigacycle",
        json_number(f->unit_cost_min), "cost_max_per_gigacycle", json_number(f->unit_cost_max));
    json_t *demand = json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "cycle_first", json_count(f->test.first),
        "cycle_count", json_count(f->test.count), "slots_drawn", json_count(f->slots_drawn),
        "tasks", json_count(f->task_count), "arrivals_per_slot", json_number(f->arrivals_per_slot),
        "work_mean_gigacycles", json_number(f->work_mean_gigacycles), "data_mean_mb",
        json_number(f->data_mean_mb), "deadline_mean_s", json_number(f->deadline_mean_s),
        "fee_mean", json_number(f->fee_mean));
    json_t *timing = json_pack("{s:o,s:o}", "read_s", json_number(f->read_s), "world_s",
                               json_number(f->world_s));
    return json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
        "scenario", json_text(dcat_scenario_name(f->scenario)), "title",
        json_text(dcat_scenario_title(f->scenario)), "valid", json_true(), "servers", servers,
        "owners", json_owners(f), "hours", hours_json(f), "span_max_km",
        json_number(config->span_m_max * 1e-3), "pairs_within_span",
        json_count(f->pairs_within_span), "pairs", json_count(f->pair_count), "paths_in_reach",
        json_count(f->paths_in_reach), "paths", json_count(f->path_count), "path_area_step",
        json_count(f->area_step), "path_delay_s", json_percentiles(f->path_delay_s), "path_links",
        json_percentiles(f->path_hops), "load_factor",
        json_number(f->class_count > 0 ? NAN : f->load_factor), "demand", demand, "areas",
        json_areas(f), "classes", classes_json(f), "remarks", json_remarks(f), "timing", timing);
}

// Both shipped policies learned on the same.
static dcat_status measure_beyond(facts *f, dcat_error *err)
{
    dcat_actor *actor = NULL;
    dcat_status status = dcat_actor_shipped(dcat_auction_find("rea-s"), &actor, err);
    if (status == DCAT_OK) {
        const dcat_ranges learned = dcat_ranges_read(dcat_actor_origin_view(actor)->ranges);
        const dcat_ranges here = dcat_scenario_ranges(f->scenario);
        dcat_ranges_outside(&learned, &here, f->beyond, sizeof f->beyond);
        dcat_actor_destroy(actor);
    }
    return status;
}

dcat_status dcat_write_scenario_facts(const dcat_scenario *scenario, const dcat_world *world,
                                      const dcat_facts_options *options, FILE *file,
                                      dcat_error *err)
{
    facts f = {
        .scenario = scenario,
        .world = world,
        .server_count = dcat_world_server_count(world),
        .area_count = dcat_world_area_count(world),
        .test = dcat_scenario_test_cycles(scenario),
        .read_s = options->read_s,
        .world_s = options->world_s,
        .text_width = options->text_width,
    };
    f.area_share = calloc(f.area_count, sizeof *f.area_share);
    if (f.area_share == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu areas", f.area_count);
    }
    dcat_status status = classes_create(&f, err);
    if (status == DCAT_OK) {
        measure_servers(&f);
    }
    if (status == DCAT_OK && f.class_count == 0) {
        status = hopes_create(world, NULL, 0, &f.hopes, err);
    }
    if (status == DCAT_OK) {
        status = bidders_measure(world, options->seed, &f.bidders, err);
    }
    if (status == DCAT_OK) {
        status = measure_demand(&f, options, err);
    }
    if (status == DCAT_OK) {
        status = facts_measure_paths(&f, err);
    }
    if (status == DCAT_OK) {
        status = measure_shares(&f, err);
    }
    if (status == DCAT_OK) {
        status = measure_beyond(&f, err);
    }
    if (status == DCAT_OK && options->json) {
        status = json_write(json_facts(&f), file, err);
    } else if (status == DCAT_OK) {
        status = print_text(&f, file, err);
    }
    hopes_destroy(f.hopes);
    classes_destroy(&f);
    free(f.area_share);
    return status;
}

dcat_status dcat_write_scenario_refusal(const dcat_scenario *scenario,
                                        const dcat_world_needs *needs, const char *message,
                                        FILE *file, dcat_error *err)
{
    json_t *wanted = json_pack(
        "{s:o,s:o,s:o,s:o}", "memory_mib", json_number(needs->bytes / 1048576.0),
        "memory_limit_mib", json_number(needs->limit_bytes / 1048576.0), "pairs_within_span",
        json_number(needs->pair_count), "ways", json_number(needs->way_count));
    return json_write(json_pack("{s:o,s:o,s:o,s:o,s:o}", "scenario",
                                json_text(dcat_scenario_name(scenario)), "title",
                                json_text(dcat_scenario_title(scenario)), "valid", json_false(),
                                "error", json_text(message), "needs", wanted),
                      file, err);
}
