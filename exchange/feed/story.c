// SPDX-License-Identifier: Apache-2.0
#include "exchange/feed/story.h"

#include "base/array_room.h"
#include "dcat/x/task_auction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct waiting { // a task that was accepted and may be auctioned
    int64_t id;
    int32_t count; // of cores or cards that its work was stated for; 0: it was not
    bool canary;
    dcat_task task;
} waiting;

typedef struct story {
    const exchange_story_config *config;
    dcat_state *state; // the world's, whose queues follow the log
    waiting *waiting;  // [waiting_count] in order of acceptance
    size_t waiting_count, waiting_room;
    waiting *lost; // [lost_count] awarded once, kept for another attempt
    size_t lost_count, lost_room;
    dcat_task *tasks; // [task_room] of a slot
    dcat_award *awards;
    int32_t *order;
    int64_t *ids;
    size_t task_room;
    dcat_totals *cycles;
    dcat_run_result *result;
    int64_t slot_first; // of the cycle in force
    uint32_t cycle;     // in force, as the run counts
    int32_t *decided;   // [S] its clusters
    int32_t next_id;    // of the cycle
    bool begun, stopped;
    dcat_status status;
    dcat_error *err;
} story;

// ---- the world

static dcat_status compare_worlds(const story *s, const exchange_cut *cut, dcat_error *err)
{
    const dcat_server *a = dcat_world_servers_view(s->config->world);
    const dcat_server *b = dcat_world_servers_view(cut->world);
    size_t count = dcat_world_server_count(s->config->world);
    if ((size_t)cut->server_count != count) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "cycle %u of the log has %d servers, the world of the scenario and seed "
                         "has %zu; without a scenario the log is told on a market of its own",
                         cut->number, cut->server_count, count);
    }
    const double *cost_a = dcat_world_unit_cost_view(s->config->world);
    const double *cost_b = dcat_world_unit_cost_view(cut->world);
    for (size_t i = 0; i < count; i++) {
        if (a[i].site.x != b[i].site.x || a[i].site.y != b[i].site.y ||
            a[i].speed_hz != b[i].speed_hz || cost_a[i] != cost_b[i]) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "server %zu of cycle %u is another in the world of the scenario and "
                             "seed; without a scenario the log is told on a market of its own",
                             i, cut->number);
        }
    }
    return dcat_world_area_count(s->config->world) == dcat_world_area_count(cut->world) &&
                   dcat_world_class_count(s->config->world) == dcat_world_class_count(cut->world)
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_RANGE,
                           "the log has other areas or classes than the scenario");
}

// Those who were out of service are back in the clusters that were decided.
static void restore(story *s)
{
    size_t bytes = sizeof *s->decided * dcat_world_server_count(s->config->world);
    if (s->status == DCAT_OK &&
        memcmp(dcat_state_cluster_of_view(s->state), s->decided, bytes) != 0) {
        s->status = dcat_state_try_clusters(s->state, s->decided, s->err);
    }
}

static void end_cycle(story *s)
{
    uint32_t at = s->result->cycle_count;
    restore(s);
    dcat_totals_add(&s->result->totals, &s->cycles[at]);
    s->result->cluster_count += dcat_state_cluster_count(s->state);
    s->result->cycle_count++;
    const dcat_run_hooks *hooks = s->config->hooks;
    const dcat_cycle_record record = {
        .state = s->state, .cycle = s->cycle, .totals = &s->cycles[at], .decision_s = 0.0};
    if (hooks->after_cycle != NULL) {
        s->stopped = !hooks->after_cycle(hooks->user, &record);
    }
}

static void begin_cycle(story *s, const exchange_store *store)
{
    const exchange *x = exchange_store_view(store);
    const exchange_cut *cut = exchange_cut_in_force(x);
    if (s->begun) {
        end_cycle(s);
    }
    s->stopped = s->stopped || s->result->cycle_count == s->config->cycle_count;
    if (s->status != DCAT_OK || s->stopped || cut->number <= s->config->cycle_from) {
        return;
    }
    s->begun = true;
    s->result->decision_count++;
    s->next_id = 0;
    s->cycle = (uint32_t)exchange_store_setup_view(store)->config.cycle_first + cut->number - 1;
    s->slot_first = exchange_time(x).slot + 1;
    s->status = compare_worlds(s, cut, s->err);
    if (s->status == DCAT_OK) {
        memcpy(s->decided, cut->cluster_of, sizeof *s->decided * (size_t)cut->server_count);
        restore(s);
    }
}

// ---- tasks

static bool put(waiting **list, size_t *count, size_t *room, const waiting *w)
{
    if (array_room(list, room, *count + 1, sizeof **list, NULL) != DCAT_OK) {
        return false;
    }
    size_t at = (*count)++;
    for (; at > 0 && (*list)[at - 1].id > w->id; at--) {
        (*list)[at] = (*list)[at - 1];
    }
    (*list)[at] = *w;
    return true;
}

static bool take(waiting *list, size_t *count, int64_t id, waiting *w)
{
    for (size_t i = 0; i < *count; i++) {
        if (list[i].id == id) {
            *w = list[i];
            memmove(&list[i], &list[i + 1], (--*count - i) * sizeof *list);
            return true;
        }
    }
    return false;
}

dcat_task exchange_story_task(const exchange_event *event)
{
    const exchange_exact *e = &event->task.exact;
    bool exact = e->work_cycles > 0.0;
    return (dcat_task){.arrival_s = exact ? e->arrival_s : (double)event->at_ns / 1e9,
                       .work_cycles = exact ? e->work_cycles : (double)event->task.work_cycles,
                       .data_bits = exact ? e->data_bits : (double)event->task.data_bits,
                       .deadline_s = exact ? e->deadline_s : (double)event->task.deadline_us / 1e6,
                       .value = exact && e->value > 0.0 ? e->value : (double)INFINITY,
                       .area = event->task.area,
                       .class_id = event->task.class_id};
}

static void accept(story *s, const exchange_event *event, int64_t id)
{
    const waiting w = {.id = id,
                       .count = event->task.count,
                       .canary = event->task.canary.drawn != 0,
                       .task = exchange_story_task(event)};
    if (!put(&s->waiting, &s->waiting_count, &s->waiting_room, &w)) {
        s->status = dcat_fail(s->err, DCAT_ERR_MEMORY, "no memory for tasks");
    }
}

// Queues as the log had them when the slot's auctions began; who was out of service is alone.
static void set_queues(story *s, const exchange_cut *cut, double now_s)
{
    dcat_error err;
    size_t W = (size_t)cut->server_count;
    if (memcmp(dcat_state_cluster_of_view(s->state), cut->told_cluster,
               sizeof *cut->told_cluster * W) != 0) {
        s->status = dcat_state_try_clusters(s->state, cut->told_cluster, s->err);
    }
    for (size_t at = 0; at < cut->queue_count * W; at++) {
        int32_t w = (int32_t)(at % W);
        double until_s = dcat_state_queue(s->state, w, at / W).busy_until_s;
        bool idle = until_s <= now_s && cut->begin_s[at] <= now_s;
        if (!idle && until_s != cut->begin_s[at]) {
            dcat_state_set_unit_busy(s->state, w, at / W, cut->begin_s[at], &err);
        }
    }
}

static bool make_room(story *s, size_t count)
{
    if (count > s->task_room) {
        free(s->tasks);
        free(s->awards);
        free(s->order);
        free(s->ids);
        s->task_room = 2 * count;
        s->tasks = calloc(s->task_room, sizeof *s->tasks);
        s->awards = calloc(s->task_room, sizeof *s->awards);
        s->order = calloc(s->task_room, sizeof *s->order);
        s->ids = calloc(s->task_room, sizeof *s->ids);
    }
    return s->task_room == 0 ||
           (s->tasks != NULL && s->awards != NULL && s->order != NULL && s->ids != NULL);
}

// The log has the award that the auction gives again.
static bool is_told(const exchange_told *told, int64_t id, const dcat_award *award)
{
    for (size_t i = 0; i < told->award_count; i++) {
        const exchange_award *a = &told->awards[i].award;
        if (a->task == id) {
            return award->outcome == DCAT_AUCTION_SOLD && a->cluster == award->cluster &&
                   a->round == award->round && a->payment == award->payment;
        }
    }
    return award->outcome != DCAT_AUCTION_SOLD;
}

// What comes behind an award in its slot waits for what a start takes, too.
static void hold_team(story *s, const exchange_cut *cut, int32_t class_id, int32_t cluster)
{
    dcat_error err;
    dcat_cluster_view team = dcat_state_team(s->state, cluster, class_id);
    size_t queue = dcat_world_queue_of(cut->world, class_id);
    for (size_t m = 0; m < team.worker_count; m++) {
        int32_t w = team.workers[m];
        double hold_s = cut->hold_s[queue * (size_t)cut->server_count + (size_t)w];
        if (hold_s > 0.0) {
            double until_s = dcat_state_queue(s->state, w, queue).busy_until_s + hold_s;
            dcat_state_set_unit_busy(s->state, w, queue, until_s, &err);
        }
    }
}

static void auction(story *s, const exchange_cut *cut, const exchange_told *told,
                    const dcat_slot_record *slot, const int64_t *ids)
{
    const dcat_run_hooks *hooks = s->config->hooks;
    dcat_task_order_of(s->config->world, s->config->auction, s->tasks, slot->task_count, s->order);
    for (size_t i = 0; s->status == DCAT_OK && i < slot->task_count; i++) {
        int32_t n = s->order[i];
        if (hooks->before_task != NULL) {
            hooks->before_task(hooks->user, slot, n);
        }
        s->status =
            dcat_state_auction_task(s->state, slot->now_s, slot->cycle, slot->slot, s->tasks, n,
                                    &s->awards[n], &s->cycles[s->result->cycle_count], s->err);
        if (s->status == DCAT_OK && !is_told(told, ids[n], &s->awards[n])) {
            s->status = dcat_fail(s->err, DCAT_ERR_RANGE,
                                  "task %lld of the log is awarded otherwise in the world of the "
                                  "scenario and seed",
                                  (long long)ids[n]);
        }
        if (s->status == DCAT_OK && hooks->after_task != NULL) {
            hooks->after_task(hooks->user, slot, n, &s->awards[n]);
        }
        if (s->status == DCAT_OK && s->awards[n].outcome == DCAT_AUCTION_SOLD) {
            hold_team(s, cut, s->tasks[n].class_id, s->awards[n].cluster);
        }
    }
}

// Whether a task that waited was auctioned: it took a step, and not because its time was over.
static bool was_auctioned(const exchange_told *told, int64_t id)
{
    for (size_t i = 0; i < told->step_count; i++) {
        const exchange_step *step = &told->steps[i];
        if (step->machine == MACHINE_TASK && step->id == id && step->from == TASK_ACCEPTED) {
            return step->reason == NULL || strcmp(step->reason, "deadline") != 0;
        }
    }
    return false;
}

// A canary sets all servers but its own aside for one task alone, an offer with a least count its
// server, which no table of queues says.
static dcat_status check_aside(const story *s, const exchange *x, const waiting *w)
{
    const exchange_cut *cut = exchange_cut_in_force(x);
    if (w->canary) {
        return dcat_fail(s->err, DCAT_ERR_RANGE,
                         "task %lld of the log is a canary, for which all servers but one were set "
                         "aside: such a slot cannot be told",
                         (long long)w->id);
    }
    for (int32_t i = 0; w->count > 0 && i < cut->server_count; i++) {
        exchange_server_view server;
        if (exchange_server_find(x, cut->server_of[i], &server) &&
            server.offer.min_count > w->count) {
            return dcat_fail(s->err, DCAT_ERR_RANGE,
                             "task %lld of the log met server %d, whose offer takes no task of so "
                             "few cores or cards: such a slot cannot be told",
                             (long long)w->id, cut->server_of[i]);
        }
    }
    return DCAT_OK;
}

static void tell_slot(story *s, const exchange_store *store, const exchange_event *event)
{
    const exchange_setup *setup = exchange_store_setup_view(store);
    const exchange_told *told = exchange_store_told(store);
    if (!make_room(s, s->waiting_count)) {
        s->status = dcat_fail(s->err, DCAT_ERR_MEMORY, "no memory for tasks");
        return;
    }
    dcat_slot_record slot = {.state = s->state,
                             .now_s = (double)(event->slot.number * setup->config.slot_ns) / 1e9,
                             .cycle = s->cycle,
                             .slot = (uint32_t)(event->slot.number - s->slot_first),
                             .tasks = s->tasks};
    for (size_t i = 0; i < s->waiting_count; i++) {
        if (s->status == DCAT_OK && was_auctioned(told, s->waiting[i].id)) {
            s->status = check_aside(s, exchange_store_view(store), &s->waiting[i]);
            s->ids[slot.task_count] = s->waiting[i].id;
            s->tasks[slot.task_count] = s->waiting[i].task;
            s->tasks[slot.task_count].id = s->next_id++;
            slot.task_count++;
        }
    }
    if (s->status != DCAT_OK) {
        return;
    }
    const exchange_cut *cut = exchange_cut_in_force(exchange_store_view(store));
    if (s->config->before_slot != NULL) {
        const exchange_story_slot begins = {.record = &slot,
                                            .seed = event->slot.seed,
                                            .busy_until_s = cut->begin_s,
                                            .hold_s = cut->hold_s,
                                            .queue_count = cut->queue_count};
        s->config->before_slot(s->config->hooks->user, &begins);
    }
    if (slot.task_count > 0) {
        set_queues(s, cut, slot.now_s);
        dcat_state_set_seed(s->state, event->slot.seed);
        auction(s, cut, told, &slot, s->ids);
    }
    slot.awards = s->awards;
    const dcat_run_hooks *hooks = s->config->hooks;
    if (s->status == DCAT_OK && hooks->after_slot != NULL) {
        s->stopped = !hooks->after_slot(hooks->user, &slot);
    }
}

// Tasks come and go by the steps of their machine. Before a slot is told those come back whose
// attempt was lost; after it the others go.
static void follow_tasks(story *s, const exchange_told *told, bool back)
{
    for (size_t i = 0; s->status == DCAT_OK && i < told->step_count; i++) {
        const exchange_step *step = &told->steps[i];
        bool returns = step->to == TASK_ACCEPTED && step->from > TASK_ACCEPTED;
        waiting w;
        bool kept = true;
        if (step->machine != MACHINE_TASK || returns != back) {
            continue;
        }
        if (returns && take(s->lost, &s->lost_count, step->id, &w)) {
            kept = put(&s->waiting, &s->waiting_count, &s->waiting_room, &w);
        } else if (step->from == TASK_ACCEPTED && step->to != TASK_ACCEPTED &&
                   take(s->waiting, &s->waiting_count, step->id, &w)) {
            kept = step->to != TASK_AWARDED || put(&s->lost, &s->lost_count, &s->lost_room, &w);
        } else if (step->to > TASK_RUNNING) {
            take(s->lost, &s->lost_count, step->id, &w);
        }
        if (!kept) {
            s->status = dcat_fail(s->err, DCAT_ERR_MEMORY, "no memory for tasks");
        }
    }
}

static void tell(void *user, const exchange_store *store, const exchange_event *event)
{
    story *s = user;
    const exchange_told *told = exchange_store_told(store);
    if (s->status != DCAT_OK || s->stopped) {
        return;
    }
    if (event->kind == EVENT_SUBMIT) {
        accept(s, event, told->steps[0].id);
        return;
    }
    follow_tasks(s, told, true);
    if (event->kind == EVENT_CYCLE) {
        begin_cycle(s, store);
    } else if (event->kind == EVENT_SLOT && s->begun) {
        tell_slot(s, store, event);
    }
    follow_tasks(s, told, false);
}

// ---- the whole

dcat_status exchange_story_cycles(const char *folder, uint32_t *first, uint32_t *count,
                                  dcat_error *err)
{
    exchange_store *store = NULL;
    dcat_status status = exchange_store_open(folder, NULL, &store, err);
    if (status == DCAT_OK) {
        *first = (uint32_t)exchange_store_setup_view(store)->config.cycle_first;
        *count = exchange_time(exchange_store_view(store)).cycle;
        if (*count == 0) {
            status = dcat_fail(err, DCAT_ERR_RANGE, "%s: the log has no cycle", folder);
        }
    }
    exchange_store_close(store);
    return status;
}

dcat_status exchange_story_tell(const exchange_story_config *config, dcat_totals *cycles,
                                dcat_run_result *result, dcat_error *err)
{
    story s = {.config = config, .cycles = cycles, .result = result, .err = err};
    *result = (dcat_run_result){0};
    dcat_status status = dcat_state_create(config->world, config->auction, 0, 1, &s.state, err);
    s.decided = calloc(dcat_world_server_count(config->world), sizeof *s.decided);
    if (status == DCAT_OK && s.decided == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for clusters");
    }
    exchange_audit audit = {.user = &s, .event = tell};
    if (status == DCAT_OK) {
        status = exchange_store_audit(config->folder, NULL, &audit, err);
    }
    if (status == DCAT_OK) {
        status = s.status;
    }
    if (status == DCAT_OK && s.begun && !s.stopped) {
        end_cycle(&s);
        status = s.status;
    }
    dcat_state_destroy(s.state);
    free(s.decided);
    free(s.waiting);
    free(s.lost);
    free(s.tasks);
    free(s.awards);
    free(s.order);
    free(s.ids);
    return status;
}
