// SPDX-License-Identifier: Apache-2.0
#include "exchange/feed/feed.h"

#include "exchange/feed/object.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000000)

// Room for the tasks of so many slots, and for the parts of a task on average. An exchange has room
// for 1e8 of anything.
enum {
    TASKS_OF_SLOTS = 64,
    PARTS_OF_TASK = 4,
    SLOT_TASK_MAX = 100000000 / (TASKS_OF_SLOTS * PARTS_OF_TASK)
};

// ---- events

dcat_status feed_apply(exchange_feed *f, const exchange_event *event, int64_t *id, dcat_error *err)
{
    exchange_result result = {.code = CODE_DONE};
    dcat_status status = exchange_store_apply(f->store, event, NULL, &result, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (result.code != CODE_DONE) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "the exchange refuses %s at %" PRId64 " ns: %s",
                         exchange_kind_name(event->kind), event->at_ns,
                         exchange_code_name(result.code));
    }
    f->now_ns = event->at_ns;
    if (id != NULL) {
        *id = result.id;
    }
    return DCAT_OK;
}

// Whatever agents have to do until then.
static dcat_status run_agents(exchange_feed *f, int64_t until_ns, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && agenda_due(&f->agents, until_ns)) {
        exchange_event event = agenda_take(&f->agents);
        event.at_ns = event.at_ns > f->now_ns ? event.at_ns : f->now_ns;
        status = feed_apply(f, &event, NULL, err);
    }
    return status;
}

// ---- the beginning

// Devices, classes and efficiencies of the world, or none.
static dcat_status take_resources(exchange_feed *f, exchange_setup *setup, dcat_error *err)
{
    const dcat_resources *from = dcat_world_config_view(f->world)->resources;
    if (from == NULL) {
        return DCAT_OK;
    }
    size_t D = dcat_resources_device_count(from), Q = dcat_resources_class_count(from);
    f->efficiency = calloc(D * Q, sizeof *f->efficiency);
    if (f->efficiency == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for classes of work");
    }
    for (size_t i = 0; i < D * Q; i++) {
        f->efficiency[i] = dcat_resources_efficiency(from, (int)(i / Q), (int)(i % Q));
    }
    f->resources = (dcat_resources_config){DCAT_SIZED(dcat_resources_config),
                                           .devices = dcat_resources_devices_view(from),
                                           .device_count = D,
                                           .classes = dcat_resources_classes_view(from),
                                           .class_count = Q,
                                           .efficiency = f->efficiency};
    setup->resources = &f->resources;
    return exchange_setup_classes(setup, err);
}

static exchange_setup setup_of(const exchange_feed_config *config)
{
    const dcat_world_config *world = dcat_world_config_view(config->world);
    size_t server_count = dcat_world_server_count(config->world);
    exchange_setup setup = {.world = *world,
                            .auction = config->auction->name,
                            .areas = dcat_world_areas_view(config->world),
                            .name = "simulation",
                            .currency = "XTS", // ISO 4217's code for trying things out
                            .seeds_given = true};
    setup.world.resources = NULL;
    exchange_config_preset("demo", &setup.config);
    exchange_config *c = &setup.config;
    c->slot_ns = llround(world->slot_s * 1e9);
    // Agents keep promises and say nothing else.
    c->ack_ns = c->gang_ns = c->heartbeat_ns = EXCHANGE_TIME_MAX / 16;
    c->dispute_ns = 1;
    c->spend_cap = c->payout_ns = 0;
    c->price_per_gigacycle = world->market.price_per_gigacycle;
    c->urgency_s = world->market.urgency_s;
    c->area_count = (int32_t)dcat_world_area_count(config->world);
    c->geometry = (int32_t)world->geometry;
    c->node_count = (int32_t)world->network.node_count;
    c->cycle_first = (int32_t)config->cycle_first;
    c->party_max = (int32_t)server_count + PROVIDERS;
    c->server_max = (int32_t)server_count;
    size_t task_max = TASKS_OF_SLOTS * config->slot_task_max; // check() knows that they fit
    c->slot_task_max = (int32_t)config->slot_task_max;
    c->task_max = (int32_t)(task_max > 100000 ? task_max : 100000);
    c->part_max = PARTS_OF_TASK * c->task_max;
    return setup;
}

static dcat_status check(const exchange_feed_config *config, dcat_error *err)
{
    const dcat_world_config *world = dcat_world_config_view(config->world);
    double slot_ns = world->slot_s * 1e9;
    if (slot_ns < 1.0 || fabs(slot_ns - nearbyint(slot_ns)) > 0.0) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "an exchange needs slots of whole nano-seconds, not of %.17g s",
                         world->slot_s);
    }
    if (config->slot_task_max > SLOT_TASK_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "an exchange takes at most %d tasks in a slot, not %zu", SLOT_TASK_MAX,
                         config->slot_task_max);
    }
    if (world->network.latency_s != NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "network.latency_file: servers register at an exchange with a place, not "
                         "with a zone");
    }
    if (world->true_speed_hz != NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "resources.collapse: an exchange goes by the speeds that receipts show, "
                         "so after ten of them its awards are others than the simulation's");
    }
    if (world->market.queue != DCAT_QUEUE_FIFO) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "market.queue must be fifo: an exchange keeps its promises");
    }
    return DCAT_OK;
}

dcat_status exchange_feed_create(const exchange_feed_config *config, exchange_feed **feed,
                                 dcat_error *err)
{
    dcat_status status = check(config, err);
    if (status != DCAT_OK) {
        return status;
    }
    exchange_feed *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an exchange");
    }
    exchange_setup setup = setup_of(config);
    f->world = config->world;
    f->auction = config->auction;
    f->seed = config->seed;
    f->cycle_first = config->cycle_first;
    f->slot_task_max = config->slot_task_max;
    f->slot_ns = setup.config.slot_ns;
    f->provider = calloc(dcat_world_server_count(f->world), sizeof *f->provider);
    f->task_of = calloc(f->slot_task_max + 1, sizeof *f->task_of);
    status = f->provider == NULL || f->task_of == NULL
                 ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an exchange")
                 : take_resources(f, &setup, err);
    if (status == DCAT_OK) {
        status = exchange_store_create(config->folder, NULL, &setup, &f->store, err);
    }
    if (status == DCAT_OK) {
        status = log_keeper_create(config->folder, f->store, &f->keeper, err);
    }
    if (status == DCAT_OK) {
        status = feed_people(f, err);
    }
    if (status != DCAT_OK) {
        exchange_feed_destroy(f);
        return status;
    }
    *feed = f;
    return DCAT_OK;
}

void exchange_feed_destroy(exchange_feed *feed)
{
    if (feed != NULL) {
        log_keeper_destroy(feed->keeper);
        exchange_store_close(feed->store);
        agenda_free(&feed->agents);
        free(feed->efficiency);
        free(feed->provider);
        free(feed->task_of);
        free(feed);
    }
}

// ---- a cycle

static dcat_status begin_cycle(exchange_feed *f, const dcat_slot_record *slot, dcat_error *err)
{
    exchange_event event = {.kind = EVENT_SEAL, .actor = EXCHANGE_SELF, .at_ns = f->now_ns};
    dcat_status status = feed_apply(f, &event, NULL, err);
    exchange_cut *cut = NULL;
    if (status == DCAT_OK) {
        status = exchange_store_cut(f->store, dcat_world_seed(f->world), &cut, err);
    }
    if (status == DCAT_OK) {
        status = exchange_cut_set_clusters(cut, dcat_state_cluster_of_view(slot->state), err);
    }
    if (status == DCAT_OK) {
        event = (exchange_event){
            .kind = EVENT_CYCLE, .actor = EXCHANGE_SELF, .at_ns = f->now_ns, .cut = cut};
        status = feed_apply(f, &event, NULL, err);
        cut = status == DCAT_OK ? NULL : cut;
    }
    exchange_cut_destroy(cut);
    return status;
}

// ---- a slot

static exchange_event submission(exchange_feed *f, const dcat_task *task)
{
    exchange_event event = {.kind = EVENT_SUBMIT, .actor = USER};
    int64_t arrival_ns = llround(task->arrival_s * 1e9);
    event.at_ns = arrival_ns > f->now_ns ? arrival_ns : f->now_ns;
    event.task.client.id[0] = ++f->clients;
    event.task.area = task->area;
    event.task.class_id = task->class_id;
    event.task.work_cycles = llround(task->work_cycles);
    event.task.data_bits = llround(task->data_bits);
    event.task.deadline_us = (int64_t)ceil(task->deadline_s * 1e6);
    event.task.max_fee = DCAT_MONEY_MAX;
    event.task.exact =
        (exchange_exact){task->arrival_s, task->work_cycles, task->data_bits, task->deadline_s,
                         isfinite(task->value) ? task->value : 0.0};
    return event;
}

static dcat_status submit_tasks(exchange_feed *f, const dcat_slot_record *slot, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t n = 0; status == DCAT_OK && n < slot->task_count; n++) {
        int64_t arrival_ns = llround(slot->tasks[n].arrival_s * 1e9);
        status = run_agents(f, arrival_ns, err);
        const exchange_event event = submission(f, &slot->tasks[n]);
        if (status == DCAT_OK) {
            status = feed_apply(f, &event, &f->task_of[n], err);
        }
    }
    return status;
}

// What the agents of an award will do: acknowledge at once, start and finish as forecast.
static dcat_status plan(exchange_feed *f, const exchange_told *told, size_t which, dcat_error *err)
{
    const exchange_award *a = &told->awards[which].award;
    const struct {
        exchange_kind kind;
        double at_s;
    } reports[] = {{EVENT_ACK, 0.0}, {EVENT_START, a->start_s}, {EVENT_FINISH, a->finish_s}};
    for (size_t r = 0; r < sizeof reports / sizeof *reports; r++) {
        for (int32_t m = 0; m < a->member_count; m++) {
            int32_t server = told->members[told->awards[which].member_first + (size_t)m].server;
            exchange_event event = {.kind = reports[r].kind, .actor = f->provider[server]};
            int64_t at_ns = (int64_t)ceil(reports[r].at_s * 1e9);
            event.at_ns = at_ns > f->now_ns ? at_ns : f->now_ns;
            event.report.task = a->task;
            event.report.attempt = a->attempt;
            event.report.server = server;
            if (!agenda_put(&f->agents, &event)) {
                return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an agenda");
            }
        }
    }
    return DCAT_OK;
}

static bool is_same(const exchange_award *told, const dcat_award *own)
{
    return own->outcome == DCAT_AUCTION_SOLD && told->cluster == own->cluster &&
           told->round == own->round && told->candidate_count == own->candidate_count &&
           told->payment == own->payment;
}

static dcat_status compare(exchange_feed *f, const dcat_slot_record *slot, dcat_error *err)
{
    const exchange_told *told = exchange_store_told(f->store);
    size_t sold = 0;
    for (size_t n = 0; n < slot->task_count; n++) {
        sold += slot->awards[n].outcome == DCAT_AUCTION_SOLD;
    }
    for (size_t i = 0; i < told->award_count; i++) {
        const exchange_award *a = &told->awards[i].award;
        size_t n = (size_t)(a->task - f->task_of[0]); // ids of a slot follow each other
        if (n >= slot->task_count || !is_same(a, &slot->awards[n])) {
            return dcat_fail(err, DCAT_ERR_INTERNAL,
                             "cycle %u, slot %u: the exchange awards task %zu otherwise",
                             slot->cycle, slot->slot, n);
        }
    }
    if (told->award_count != sold) {
        return dcat_fail(err, DCAT_ERR_INTERNAL,
                         "cycle %u, slot %u: the exchange awards %zu tasks, the simulation %zu",
                         slot->cycle, slot->slot, told->award_count, sold);
    }
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < told->award_count; i++) {
        status = plan(f, told, i, err);
    }
    f->awards += sold;
    return status;
}

static dcat_status clear_slot(exchange_feed *f, int64_t number, dcat_error *err)
{
    const exchange_event event = {.kind = EVENT_SLOT,
                                  .actor = EXCHANGE_SELF,
                                  .at_ns = number * f->slot_ns,
                                  .slot = {number, f->seed}};
    f->begun = true;
    return feed_apply(f, &event, NULL, err);
}

// A checkpoint of what is committed, written with the next commit.
static dcat_status sign(exchange_feed *f, dcat_error *err)
{
    const merkle_hash root = exchange_store_root(f->store);
    exchange_signed made;
    dcat_status status =
        log_keeper_sign(f->keeper, exchange_store_size(f->store), &root, &made, err);
    return status == DCAT_OK ? exchange_store_sign(f->store, &made, err) : status;
}

dcat_status exchange_feed_slot(exchange_feed *feed, const dcat_slot_record *slot, dcat_error *err)
{
    if (slot->task_count > feed->slot_task_max) {
        return dcat_fail(err, DCAT_ERR_RANGE, "a slot has at most %zu tasks, got %zu",
                         feed->slot_task_max, slot->task_count);
    }
    int64_t number = llround(slot->now_s * 1e9) / feed->slot_ns;
    // Where a cycle begins: after what the last slot before it heard of, before anything newer.
    int64_t before_ns = (number - 1) * feed->slot_ns;
    dcat_status status = run_agents(feed, before_ns, err);
    if (status == DCAT_OK && !feed->begun && number > 0) {
        status = clear_slot(feed, number - 1, err); // the first cycle's slots count from here
    }
    if (status == DCAT_OK && slot->slot == 0) {
        status = begin_cycle(feed, slot, err);
    }
    if (status == DCAT_OK) {
        status = submit_tasks(feed, slot, err);
    }
    if (status == DCAT_OK) {
        status = run_agents(feed, number * feed->slot_ns, err);
    }
    if (status == DCAT_OK) {
        status = clear_slot(feed, number, err);
    }
    if (status == DCAT_OK) {
        status = compare(feed, slot, err);
    }
    if (status == DCAT_OK) {
        status = exchange_store_commit(feed->store, err);
    }
    return status == DCAT_OK ? sign(feed, err) : status;
}

dcat_status exchange_feed_finish(exchange_feed *feed, uint64_t *awards, dcat_error *err)
{
    dcat_status status = run_agents(feed, EXCHANGE_TIME_MAX, err);
    static const exchange_kind end[] = {EVENT_CLOSE, EVENT_STOP};
    for (size_t i = 0; status == DCAT_OK && i < sizeof end / sizeof *end; i++) {
        const exchange_event event = {
            .kind = end[i], .actor = EXCHANGE_SELF, .at_ns = feed->now_ns};
        status = feed_apply(feed, &event, NULL, err);
    }
    if (status == DCAT_OK) {
        status = exchange_store_commit(feed->store, err);
    }
    if (status == DCAT_OK) {
        status = log_keeper_sign_all(feed->keeper, feed->store, err);
    }
    if (status == DCAT_OK) {
        status = exchange_store_snapshot(feed->store, err);
    }
    *awards = feed->awards;
    return status;
}
