// SPDX-License-Identifier: Apache-2.0
#include "bench/asks/market.h"

#include "dcat/rng.h"
#include "dcat/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPERATOR = 0, USER = 1, PROVIDER = 2 }; // parties, as they come
enum { PLACES = 0, TASKS = 1 };                // parts of the random numbers
#define SLOT_NS INT64_C(1000000000)
#define GIGA 1e9

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "bench/asks: %s\n", what);
        abort();
    }
}

static double in(dcat_rng *rng, double low, double high)
{
    return low + (high - low) * dcat_rng_uniform(rng);
}

// ---- events

static void keep_leg(void *user, const exchange_leg *leg)
{
    asks_market *m = user;
    if (leg->kind == LEG_SHARE || leg->kind == LEG_ROUNDING) {
        for (int32_t i = 0; i < ASKS_SERVERS; i++) {
            bool its = leg->credit == exchange_account_available(m->provider[i]);
            m->paid[i] += its ? leg->amount : 0;
        }
        bool first = false;
        for (int64_t i = 0; i < m->first_count; i++) {
            first = first || m->first_tasks[i] == leg->task;
        }
        bool liars = leg->credit == exchange_account_available(m->provider[m->config.liar]);
        m->first_paid += first && liars ? (double)leg->amount : 0.0;
    }
}

// When the part of a liar truly starts and is finished: alone, one after another, at its true
// speed.
static void work_truly(asks_market *m, const exchange_award *award, double at_s[3])
{
    exchange_unit_view unit;
    must(award->member_count == 1 && exchange_unit_find(m->x, m->config.liar, 0, &unit),
         "a liar works alone");
    double true_hz = (double)unit.speed_hz / m->config.overstated;
    at_s[1] = fmax(at_s[1], m->free_s);
    at_s[2] = m->free_s = at_s[1] + (double)award->loads[0] / true_hz;
    if (m->first_count < ASKS_FIRST) {
        m->first_tasks[m->first_count++] = award->task;
        m->first_spent += (double)award->loads[0] / GIGA * (double)m->cost[m->config.liar];
    }
}

// What agents will say: they acknowledge at once, start and finish as forecast.
static void keep_award(void *user, const exchange_award *award)
{
    asks_market *m = user;
    const exchange_kind kinds[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
    double at_s[] = {0.0, award->start_s, award->finish_s};
    if (m->config.overstated > 0.0 && award->servers[0] == m->config.liar) {
        work_truly(m, award, at_s);
    }
    for (int r = 0; r < 3; r++) {
        for (int32_t i = 0; i < award->member_count; i++) {
            int32_t server = award->servers[i];
            exchange_event event = {.kind = kinds[r], .actor = m->provider[server]};
            event.at_ns = (int64_t)ceil(at_s[r] * 1e9);
            event.report.task = award->task;
            event.report.attempt = award->attempt;
            event.report.server = server;
            must(agenda_put(&m->agents, &event), "no memory");
        }
    }
    for (int32_t i = 0; i < award->member_count; i++) {
        int32_t server = award->servers[i];
        double gigacycles = (double)award->loads[i] / GIGA;
        m->spent[server] += gigacycles * (double)m->cost[server];
        m->first_price[server] += gigacycles * m->asked[server];
    }
    m->awards++;
}

static int64_t apply(asks_market *m, exchange_event event)
{
    const exchange_sink sink = {m, keep_leg, NULL, keep_award};
    event.at_ns = event.at_ns > m->now_ns ? event.at_ns : m->now_ns;
    m->now_ns = event.at_ns;
    if (m->log_count == m->log_room) {
        m->log_room = 2 * m->log_room + 1024;
        m->log = realloc(m->log, m->log_room * sizeof *m->log);
        must(m->log != NULL, "no memory");
    }
    m->log[m->log_count++] = event;
    exchange_result result = exchange_apply(m->x, &event, &sink);
    if (result.code != CODE_DONE) {
        fprintf(stderr, "%s: ", exchange_kind_name(event.kind));
        must(false, exchange_code_name(result.code));
    }
    return result.id;
}

static void run_agents(asks_market *m, int64_t until_ns)
{
    while (agenda_due(&m->agents, until_ns)) {
        apply(m, agenda_take(&m->agents));
    }
}

// ---- the beginning: a square of 1 000 km

static exchange_config config_of(void)
{
    exchange_config config;
    must(exchange_config_preset("demo", &config), "there is no preset demo");
    // Agents keep promises and say nothing else.
    config.ack_ns = config.gang_ns = config.heartbeat_ns = EXCHANGE_TIME_MAX / 16;
    config.dispute_ns = 1;
    config.spend_cap = config.payout_ns = 0;
    config.slot_ns = SLOT_NS;
    config.area_count = ASKS_AREAS;
    config.party_max = ASKS_SERVERS + PROVIDER;
    config.server_max = ASKS_SERVERS;
    config.slot_task_max = 200;
    config.task_max = 1000;
    config.part_max = 8 * config.task_max;
    return config;
}

static void ask(asks_market *m, int32_t server)
{
    apply(m, (exchange_event){.kind = EVENT_ASK,
                              .actor = m->provider[server],
                              .ask = {server, PER_GIGACYCLE, m->ask[server], ++m->nonce, 0}});
}

// Costs of 0.5 to 1.0 a giga-cycle, under a ceiling of 1.8.
static void add_server(asks_market *m, int32_t i, dcat_rng *rng)
{
    exchange_event event = {.kind = EVENT_PARTY, .actor = EXCHANGE_SELF, .party = {ROLE_PROVIDER}};
    m->provider[i] = (int32_t)apply(m, event);
    event = (exchange_event){.kind = EVENT_REGISTER, .actor = m->provider[i]};
    event.machine.x = in(rng, 0.0, 1e6);
    event.machine.y = in(rng, 0.0, 1e6);
    event.machine.speed_hz = llround(in(rng, 200.0, 300.0)) * 1000000000;
    if (m->config.overstated > 0.0 && i == m->config.liar) {
        event.machine.speed_hz = llround((double)event.machine.speed_hz * m->config.overstated);
    }
    event.machine.core_count = 100;
    int32_t server = (int32_t)apply(m, event);
    must(server == i, "servers are numbered otherwise");
    apply(m, (exchange_event){.kind = EVENT_ADMIT, .actor = EXCHANGE_SELF, .server = {server}});
    m->cost[i] = m->ask[i] = llround(in(rng, 500.0, 1000.0)) * 1000;
    ask(m, i);
}

void asks_create(asks_market *m, const asks_config *config)
{
    *m = (asks_market){.config = *config};
    const exchange_config rules = config_of();
    must(exchange_create(&rules, &m->x, NULL) == DCAT_OK, "no exchange");
    dcat_rng rng = dcat_rng_at(config->seed, DCAT_STREAM_USER, PLACES, 0);
    for (int i = 0; i < ASKS_AREAS; i++) {
        m->areas[i] = (dcat_area){{in(&rng, 0.0, 1e6), in(&rng, 0.0, 1e6)}, 0};
    }
    static const exchange_role roles[PROVIDER] = {ROLE_OPERATOR, ROLE_USER};
    for (int i = 0; i < PROVIDER; i++) {
        apply(m, (exchange_event){
                     .kind = EVENT_PARTY, .actor = EXCHANGE_SELF, .party = {(int32_t)roles[i]}});
    }
    apply(m, (exchange_event){
                 .kind = EVENT_DEPOSIT, .actor = OPERATOR, .deposit = {USER, DCAT_MONEY_MAX}});
    for (int32_t i = 0; i < ASKS_SERVERS; i++) {
        add_server(m, i, &rng);
        m->cluster_of[i] = i;
    }
}

static void *copy_of(const void *from, size_t bytes)
{
    void *to = malloc(bytes + 1);
    must(to != NULL, "no memory");
    if (bytes > 0) {
        memcpy(to, from, bytes);
    }
    return to;
}

void asks_copy(asks_market *to, const asks_market *from)
{
    *to = *from;
    to->x = NULL;
    must(exchange_create(exchange_config_view(from->x), &to->x, NULL) == DCAT_OK, "no exchange");
    exchange_copy(to->x, from->x);
    to->agents.items = copy_of(from->agents.items, from->agents.room * sizeof *from->agents.items);
    to->cuts = NULL;
    to->log = NULL;
    to->cut_count = to->log_count = to->log_room = 0;
}

void asks_destroy(asks_market *m)
{
    exchange_destroy(m->x);
    agenda_free(&m->agents);
    for (size_t i = 0; i < m->cut_count; i++) {
        exchange_cut_destroy(m->cuts[i]);
    }
    free(m->cuts);
    free(m->log);
}

// ---- a cycle

void asks_set(asks_market *m, int32_t server, double factor)
{
    m->ask[server] = llround(factor * (double)m->cost[server]);
    ask(m, server);
}

static void make_clusters(asks_market *m, const exchange_cut *cut)
{
    const dcat_clusterer *linkage = dcat_clusterer_find("linkage");
    const dcat_observation nothing = {.area_count = 0};
    const dcat_cluster_input input = {.observation = &nothing,
                                      .world = cut->world,
                                      .auction = dcat_auction_find("rea-s"),
                                      .cluster_of = m->cluster_of};
    size_t bytes = linkage->workspace_bytes(cut->world, NULL);
    void *memory = aligned_alloc(64, (bytes + 64) / 64 * 64);
    must(memory != NULL && linkage->decide(&input, memory, m->cluster_of, NULL) == DCAT_OK,
         "no clusters");
    free(memory);
}

void asks_cycle(asks_market *m)
{
    apply(m, (exchange_event){.kind = EVENT_SEAL, .actor = EXCHANGE_SELF});
    exchange_cut_config config = {.world = dcat_world_config_default(),
                                  .areas = m->areas,
                                  .auction = dcat_auction_find("rea-s"),
                                  .world_seed = m->config.seed};
    config.world.auction.ceiling_per_cycle = 1.8 / GIGA;
    exchange_cut **cuts = realloc(m->cuts, (m->cut_count + 1) * sizeof(exchange_cut *));
    must(cuts != NULL, "no memory");
    m->cuts = cuts;
    dcat_error err = {.message = ""};
    exchange_cut *cut = NULL;
    must(exchange_cut_create(m->x, &config, &cut, &err) == DCAT_OK, err.message);
    m->cuts[m->cut_count++] = cut;
    if (m->slot == 0 && !m->config.alone) {
        make_clusters(m, cut);
    }
    must(exchange_cut_set_clusters(cut, m->cluster_of, &err) == DCAT_OK, err.message);
    apply(m, (exchange_event){.kind = EVENT_CYCLE, .actor = EXCHANGE_SELF, .cut = cut});
    if (m->slot == 0) {
        apply(m, (exchange_event){.kind = EVENT_OPEN, .actor = EXCHANGE_SELF});
    }
    for (int32_t i = 0; i < ASKS_SERVERS; i++) {
        m->asked[i] = (double)m->ask[i];
    }
}

// ---- a slot

// Poisson, by the gaps between arrivals.
static uint32_t draw_count(dcat_rng *rng, double mean)
{
    uint32_t count = 0;
    for (double at = -log1p(-dcat_rng_uniform(rng)); at < mean && count < 200;
         at -= log1p(-dcat_rng_uniform(rng))) {
        count++;
    }
    return count;
}

void asks_slot_of(asks_market *m, uint32_t task_count)
{
    m->slot++;
    dcat_rng rng = dcat_rng_at(m->config.seed, DCAT_STREAM_USER, TASKS, (uint32_t)m->slot);
    uint32_t count = draw_count(&rng, m->config.tasks_a_slot);
    int64_t at_ns = m->slot * SLOT_NS;
    run_agents(m, at_ns - 1);
    for (uint32_t n = 0; n < count && n < task_count; n++) {
        exchange_event event = {.kind = EVENT_SUBMIT, .actor = USER, .at_ns = at_ns - 1};
        event.task.client.id[0] = ++m->tasks;
        event.task.area = (int32_t)dcat_rng_below(&rng, ASKS_AREAS);
        event.task.work_cycles = llround(in(&rng, 500.0, 900.0)) * 1000000000;
        event.task.data_bits = llround(in(&rng, 10.0, 30.0)) * 1000000;
        event.task.deadline_us = llround(in(&rng, 3.0, 8.0) * 1e6);
        event.task.max_fee = DCAT_MONEY_MAX;
        apply(m, event);
    }
    run_agents(m, at_ns);
    apply(m, (exchange_event){.kind = EVENT_SLOT,
                              .actor = EXCHANGE_SELF,
                              .at_ns = at_ns,
                              .slot = {m->slot, m->config.seed}});
}

void asks_slot(asks_market *m)
{
    asks_slot_of(m, UINT32_MAX);
}

void asks_finish(asks_market *m)
{
    run_agents(m, INT64_MAX);
}

void asks_play(asks_market *m, int cycles)
{
    for (int c = 0; c < cycles; c++) {
        asks_cycle(m);
        for (int s = 0; s < ASKS_SLOTS; s++) {
            asks_slot(m);
        }
    }
    asks_finish(m);
}

// ---- what came of it

uint64_t asks_replay(const asks_market *m)
{
    exchange *x = NULL;
    must(exchange_create(exchange_config_view(m->x), &x, NULL) == DCAT_OK, "no exchange");
    for (size_t i = 0; i < m->log_count; i++) {
        must(exchange_apply(x, &m->log[i], NULL).code == CODE_DONE, "the log is not repeated");
    }
    uint64_t digest = exchange_digest(x);
    exchange_destroy(x);
    return digest;
}

double asks_utility(const asks_market *m, int32_t server)
{
    return (double)m->paid[server] - m->spent[server];
}

dcat_money asks_profit(const asks_market *m)
{
    return exchange_balance(m->x, ACCOUNT_PROFIT) + exchange_balance(m->x, ACCOUNT_ROUNDING);
}
