// SPDX-License-Identifier: Apache-2.0
#include "exchange/live/writer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000000)
#define SLOTS_READY 3 // as long as the last slot was not longer ago

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

int64_t live_now_ns(const live *l)
{
    return read_clock(CLOCK_MONOTONIC) - l->monotonic_ns;
}

int64_t live_unix_ns(const live *l, int64_t at_ns)
{
    return exchange_store_setup_view(l->store)->begun_unix_ns + at_ns;
}

// ---- what others see

const exchange *live_lock(live *l)
{
    pthread_mutex_lock(&l->lock);
    return exchange_store_view(l->store);
}

void live_unlock(live *l)
{
    pthread_mutex_unlock(&l->lock);
}

const exchange_store *live_store(const live *l)
{
    return l->store;
}

live_figures *live_figures_of(live *l)
{
    return &l->figures;
}

const live_history *live_history_of(const live *l)
{
    return &l->history;
}

int64_t live_started_ns(const live *l)
{
    return l->started_ns;
}

live_hub *live_hub_of(live *l)
{
    return l->hub;
}

const live_config *live_config_view(const live *l)
{
    return &l->config;
}

bool live_is_ready(live *l)
{
    const exchange *x = live_lock(l);
    int64_t slot_ns = exchange_config_view(x)->slot_ns;
    bool ready = exchange_mode(x) == MODE_OPEN &&
                 live_now_ns(l) / slot_ns - exchange_time(x).slot <= SLOTS_READY;
    live_unlock(l);
    return ready;
}

bool live_push(live *l, live_command *command)
{
    command->pushed_ns = read_clock(CLOCK_MONOTONIC);
    return queue_push(&l->queue, command);
}

bool live_is_full(live *l)
{
    return queue_count(&l->queue) >= l->config.queue_max;
}

int32_t live_queue_depth(live *l)
{
    return queue_count(&l->queue);
}

// ---- from start to end

static dcat_status differs(const live_config *config, const char *what, dcat_error *err)
{
    return dcat_fail(
        err, DCAT_ERR_RANGE,
        "%s: the log there was begun with other rules: %s differs; they hold for all of "
        "a log",
        config->folder, what);
}

static bool same_areas(const exchange_setup *a, const exchange_setup *b)
{
    bool same = a->config.area_count == b->config.area_count;
    for (int32_t i = 0; same && i < a->config.area_count; i++) {
        same = a->areas[i].site.x == b->areas[i].site.x && a->areas[i].site.y == b->areas[i].site.y;
    }
    return same;
}

static bool same_market(const exchange_setup *a, const exchange_setup *b)
{
    const dcat_market_config *m = &a->world.market, *n = &b->world.market;
    return a->config.price_per_gigacycle == b->config.price_per_gigacycle &&
           a->config.urgency_s == b->config.urgency_s && m->energy_cost == n->energy_cost &&
           m->time_cost_per_s == n->time_cost_per_s && m->task_order == n->task_order &&
           m->handicap_per_gigacycle_s == n->handicap_per_gigacycle_s &&
           m->admission_per_gigacycle == n->admission_per_gigacycle &&
           m->admission_per_gigacycle_s == n->admission_per_gigacycle_s &&
           m->ceiling_on == n->ceiling_on && a->world.auction.share == b->world.auction.share &&
           a->world.auction.ceiling_per_cycle == b->world.auction.ceiling_per_cycle;
}

// The rules of a log that exists are those of the settings.
static dcat_status compare_setup(const live_config *config, const exchange_setup *log,
                                 dcat_error *err)
{
    const exchange_setup *s = config->setup;
    if (s == NULL) {
        return DCAT_OK;
    }
    const exchange_config *a = &s->config, *b = &log->config;
    const struct {
        const char *what;
        bool same;
    } rules[] = {
        {"name", strcmp(s->name, log->name) == 0},
        {"currency", strcmp(s->currency, log->currency) == 0},
        {"policy (its auction)", strcmp(s->auction, log->auction) == 0},
        {"areas", same_areas(s, log)},
        {"times", a->slot_ns == b->slot_ns && a->ack_ns == b->ack_ns && a->gang_ns == b->gang_ns &&
                      a->grace_ns == b->grace_ns && a->heartbeat_ns == b->heartbeat_ns &&
                      a->dispute_ns == b->dispute_ns},
        // Before money, whose cap is by the price unless it is set.
        {"market", same_market(s, log)},
        {"clustering.span_max_km", s->world.span_m_max == log->world.span_m_max},
        {"resources", a->class_count == b->class_count && a->device_count == b->device_count},
        {"trust", a->bond == b->bond && a->bond_ns == b->bond_ns && a->benchmark == b->benchmark &&
                      memcmp(a->forfeit_bp, b->forfeit_bp, sizeof a->forfeit_bp) == 0},
        {"money", a->pricing == b->pricing && a->commission_bp == b->commission_bp &&
                      a->provider_bears_bp == b->provider_bears_bp &&
                      a->rung_count == b->rung_count && a->spend_cap == b->spend_cap &&
                      a->payout_ns == b->payout_ns && a->payout_min == b->payout_min &&
                      memcmp(a->late, b->late, sizeof *a->late * (size_t)a->rung_count) == 0},
        {"limits", a->party_max == b->party_max && a->key_max == b->key_max &&
                       a->server_max == b->server_max && a->task_max == b->task_max &&
                       a->part_max == b->part_max && a->slot_task_max == b->slot_task_max &&
                       a->payout_max == b->payout_max},
        {"trust.canary.every_s", a->canary_ns == b->canary_ns},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!rules[i].same) {
            return differs(config, rules[i].what, err);
        }
    }
    return DCAT_OK;
}

static dcat_status open_store(const live_config *config, live *l, dcat_error *err)
{
    dcat_status status = exchange_store_open(config->folder, NULL, &l->store, err);
    if (status == DCAT_OK) {
        return compare_setup(config, exchange_store_setup_view(l->store), err);
    }
    if (status == DCAT_ERR_NOT_FOUND && config->setup != NULL) {
        status = exchange_store_create(config->folder, NULL, config->setup, &l->store, err);
    }
    return status;
}

// Time goes on as the clock on the wall says, but never back.
static void set_clock(live *l)
{
    int64_t begun_ns = exchange_store_setup_view(l->store)->begun_unix_ns;
    int64_t now_ns = read_clock(CLOCK_REALTIME) - begun_ns;
    int64_t last_ns = exchange_time(exchange_store_view(l->store)).now_ns;
    now_ns = now_ns > last_ns ? now_ns : last_ns + 1;
    l->monotonic_ns = read_clock(CLOCK_MONOTONIC) - now_ns;
    l->next_cycle_ns = (now_ns / l->config.cycle_ns + 1) * l->config.cycle_ns;
    l->sealed_slot = exchange_time(exchange_store_view(l->store)).slot;
}

static dcat_status open_market(live *l, dcat_error *err)
{
    exchange_result result;
    const exchange_event event = {
        .kind = EVENT_OPEN, .actor = EXCHANGE_SELF, .at_ns = live_now_ns(l)};
    if (exchange_mode(exchange_store_view(l->store)) != MODE_STARTING) {
        return DCAT_OK;
    }
    dcat_status status = exchange_store_apply(l->store, &event, NULL, &result, err);
    return status == DCAT_OK ? exchange_store_commit(l->store, err) : status;
}

static void free_live(live *l)
{
    backuper_stop(l->backuper);
    decider_stop(l->decider);
    signer_stop(l->signer);
    exchange_store_close(l->store);
    live_hub_destroy(l->hub);
    live_history_destroy(&l->history);
    queue_destroy(&l->queue);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static void is_signed(void *user)
{
    queue_wake(&((live *)user)->queue);
}

static dcat_status begin(live *l, dcat_error *err)
{
    dcat_status status = open_store(&l->config, l, err);
    if (status != DCAT_OK) {
        return status;
    }
    set_clock(l);
    l->figures.ceiling_per_cycle =
        exchange_store_setup_view(l->store)->world.auction.ceiling_per_cycle;
    l->started_ns = live_now_ns(l);
    status = live_history_create(&l->history) ? open_market(l, err)
                                              : dcat_fail(err, DCAT_ERR_MEMORY, "no memory");
    if (status == DCAT_OK) {
        status = decider_start(&exchange_store_setup_view(l->store)->config, l->config.policy,
                               &l->decider, err);
    }
    if (status == DCAT_OK) {
        status = signer_start(l->config.folder, l->store, is_signed, l, &l->signer, err);
        l->figures.signed_size = exchange_store_signed(l->store).size;
        l->figures.signed_ns = live_now_ns(l);
    }
    if (status == DCAT_OK) {
        status = backuper_start(l->config.folder, &l->backuper, err);
    }
    if (status == DCAT_OK) {
        l->hub = live_hub_create((int64_t)exchange_store_size(l->store));
        status = l->hub == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory for events") : DCAT_OK;
    }
    if (status == DCAT_OK && pthread_create(&l->thread, NULL, live_write, l) != 0) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no thread for the writer");
    }
    return status;
}

dcat_status live_start(const live_config *config, live **l, dcat_error *err)
{
    live *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an exchange");
    }
    made->config = *config;
    pthread_mutex_init(&made->lock, NULL);
    queue_init(&made->queue, config->queue_max);
    dcat_status status = begin(made, err);
    if (status != DCAT_OK) {
        free_live(made);
        return status;
    }
    *l = made;
    return DCAT_OK;
}

void live_quiesce(live *l)
{
    if (!l->stopped) {
        l->stopped = true;
        queue_stop(&l->queue);
        pthread_join(l->thread, NULL);
        backuper_stop(l->backuper);
        l->backuper = NULL;
    }
}

void live_stop(live *l)
{
    live_quiesce(l);
    free_live(l);
}
