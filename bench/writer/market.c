// SPDX-License-Identifier: Apache-2.0
#include "bench/writer/market.h"

#include "dcat/rng.h"
#include "dcat/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AREAS = 60, OPERATOR = 0, USER = 1 };
#define SLOT_NS INT64_C(100000000)

void must(dcat_status status, const dcat_error *err)
{
    if (status != DCAT_OK) {
        fprintf(stderr, "dcat-bench-writer: %s\n", err->message);
        exit(1);
    }
}

static double uniform(market *m, double low, double high)
{
    dcat_draw draw = dcat_draw_at(1, DCAT_STREAM_USER, 0, 0, 0, m->draws++);
    return low + (high - low) * dcat_draw_uniform(&draw, 0);
}

static int64_t apply(market *m, const exchange_event *event)
{
    exchange_result result;
    dcat_error err;
    must(exchange_store_apply(m->store, event, NULL, &result, &err), &err);
    if (result.code != CODE_DONE) {
        fprintf(stderr, "dcat-bench-writer: %s: %s\n", exchange_kind_name(event->kind),
                exchange_code_name(result.code));
        exit(1);
    }
    m->now_ns = event->at_ns;
    return result.id;
}

void market_commit(market *m)
{
    dcat_error err;
    const exchange_signed *made = m->signer == NULL ? NULL : signer_look(m->signer, false);
    if (made != NULL) {
        must(exchange_store_sign(m->store, made, &err), &err);
    }
    must(exchange_store_commit(m->store, &err), &err);
    m->commits++;
    if (made != NULL) {
        signer_stored(m->signer);
    }
    if (m->signer != NULL && m->slot > m->slot_signed) {
        const merkle_hash root = exchange_store_root(m->store);
        signer_ask(m->signer, exchange_store_size(m->store), &root);
        m->slot_signed = m->slot;
    }
}

static void is_ready(void *user)
{
    (void)user; // the next commit sees it
}

void market_sign(market *m, const char *folder)
{
    dcat_error err;
    must(signer_start(folder, m->store, is_ready, NULL, &m->signer, &err), &err);
}

// ---- the beginning: as many servers and areas on a square of 1 000 km as the paper has, and
// clusters by linkage

static void add_server(market *m, int32_t i)
{
    exchange_event event = {.kind = EVENT_PARTY, .actor = EXCHANGE_SELF, .party = {ROLE_PROVIDER}};
    m->provider[i] = (int32_t)apply(m, &event);
    event = (exchange_event){.kind = EVENT_REGISTER, .actor = m->provider[i]};
    event.machine = (exchange_machine){.x = uniform(m, 0.0, 1e6),
                                       .y = uniform(m, 0.0, 1e6),
                                       .speed_hz = llround(uniform(m, 200e9, 300e9)),
                                       .core_count = 100};
    int32_t server = (int32_t)apply(m, &event);
    event = (exchange_event){.kind = EVENT_ADMIT, .actor = EXCHANGE_SELF, .server = {server}};
    apply(m, &event);
    event = (exchange_event){
        .kind = EVENT_ASK, .actor = m->provider[i], .ask = {server, PER_GIGACYCLE, 80000, 1, 0}};
    apply(m, &event);
}

static void begin_cycle(market *m, bool alone)
{
    exchange_event event = {.kind = EVENT_SEAL, .actor = EXCHANGE_SELF};
    apply(m, &event);
    exchange_cut *cut = NULL;
    dcat_error err;
    must(exchange_store_cut(m->store, 1, &cut, &err), &err);
    const dcat_clusterer *linkage = dcat_clusterer_find("linkage");
    int32_t cluster_of[MARKET_SERVERS];
    for (int32_t i = 0; i < MARKET_SERVERS; i++) {
        cluster_of[i] = i;
    }
    const dcat_observation nothing = {.area_count = 0};
    const dcat_cluster_input input = {.observation = &nothing,
                                      .world = cut->world,
                                      .auction = dcat_auction_find("rea-s"),
                                      .cluster_of = cluster_of};
    size_t bytes = linkage->workspace_bytes(cut->world, NULL);
    void *memory = aligned_alloc(64, (bytes + 64) / 64 * 64);
    if (!alone) {
        must(linkage->decide(&input, memory, cluster_of, &err), &err);
    }
    free(memory);
    must(exchange_cut_set_clusters(cut, cluster_of, &err), &err);
    event = (exchange_event){.kind = EVENT_CYCLE, .actor = EXCHANGE_SELF, .cut = cut};
    apply(m, &event);
}

#define NOVEMBER_NS (INT64_C(1793491200) * 1000000000) // 2026-11-01

static void create(market *m, const char *folder, int32_t open_max, bool alone, int64_t stride)
{
    memset(m, 0, sizeof *m);
    m->stride = stride;
    m->some_late = stride > 1;
    dcat_area areas[AREAS];
    for (int i = 0; i < AREAS; i++) {
        areas[i] = (dcat_area){{uniform(m, 0.0, 1e6), uniform(m, 0.0, 1e6)}, 0};
    }
    exchange_setup setup = {.world = dcat_world_config_default(),
                            .auction = "rea-s",
                            .areas = areas,
                            .name = "bench",
                            .currency = "XTS", // ISO 4217's code for trying things out
                            .seeds_given = true};
    exchange_config_preset("inference", &setup.config);
    setup.config.ack_ns = setup.config.gang_ns = setup.config.heartbeat_ns = 3600 * 10 * SLOT_NS;
    setup.config.dispute_ns = 1;
    if (stride > 1) {
        setup.config.ack_ns = setup.config.gang_ns = setup.config.heartbeat_ns =
            EXCHANGE_TIME_MAX / 16;
        setup.config.payout_ns = 0;
        setup.config.late[0] = (exchange_rung){0, 1234};
        setup.begun_unix_ns = NOVEMBER_NS;
    }
    setup.config.area_count = AREAS;
    setup.config.task_max = open_max;
    setup.config.part_max = 8 * open_max;
    setup.config.slot_task_max = open_max;
    setup.world.span_m_max = 200e3;
    setup.world.auction.ceiling_per_cycle = 1.8e-9;
    dcat_error err;
    must(exchange_store_create(folder, NULL, &setup, &m->store, &err), &err);
    static const exchange_role roles[] = {ROLE_OPERATOR, ROLE_USER};
    for (int i = 0; i < 2; i++) {
        const exchange_event event = {
            .kind = EVENT_PARTY, .actor = EXCHANGE_SELF, .party = {(int32_t)roles[i]}};
        apply(m, &event);
    }
    exchange_event event = {
        .kind = EVENT_DEPOSIT, .actor = OPERATOR, .deposit = {USER, DCAT_MONEY_MAX}};
    apply(m, &event);
    for (int32_t i = 0; i < MARKET_SERVERS; i++) {
        add_server(m, i);
    }
    begin_cycle(m, alone);
    event = (exchange_event){.kind = EVENT_OPEN, .actor = EXCHANGE_SELF};
    apply(m, &event);
    market_commit(m);
}

void market_create(market *m, const char *folder, int32_t open_max, bool alone)
{
    create(m, folder, open_max, alone, 1);
}

void market_create_month(market *m, const char *folder, int64_t stride)
{
    create(m, folder, 20000, false, stride);
}

void market_close(market *m)
{
    signer_stop(m->signer);
    exchange_store_close(m->store);
    agenda_free(&m->agents);
}

// ---- tasks

void market_skip(market *m)
{
    m->now_ns = (m->slot + m->stride) * SLOT_NS - 1;
}

void market_submit(market *m)
{
    exchange_event event = {.kind = EVENT_SUBMIT, .actor = USER, .at_ns = m->now_ns};
    event.task.client.id[0] = 0x9e3779b97f4a7c15u * ++m->tasks; // spread, as clients' ids are
    event.task.client.id[1] = m->tasks;
    event.task.area = (int32_t)(m->tasks % AREAS);
    event.task.work_cycles = llround(uniform(m, 0.5e9, 0.9e9));
    event.task.data_bits = 20000;
    event.task.deadline_us = 2500000;
    event.task.max_fee = DCAT_MONEY_MAX;
    apply(m, &event);
}

static void plan(market *m, const exchange_told *told, size_t which)
{
    const exchange_award *a = &told->awards[which].award;
    const exchange_kind kinds[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
    const double at_s[] = {0.0, a->start_s, a->finish_s};
    for (int r = 0; r < 3; r++) {
        for (int32_t i = 0; i < a->member_count; i++) {
            int32_t server = told->members[told->awards[which].member_first + (size_t)i].server;
            exchange_event event = {.kind = kinds[r], .actor = m->provider[server]};
            bool late = m->some_late && r == 2 && a->task % 10 == 0;
            int64_t at_ns = (int64_t)ceil((at_s[r] + (late ? 3.0 : 0.0)) * 1e9);
            event.at_ns = at_ns > m->now_ns ? at_ns : m->now_ns;
            event.report.task = a->task;
            event.report.attempt = a->attempt;
            event.report.server = server;
            if (!agenda_put(&m->agents, &event)) {
                must(DCAT_ERR_MEMORY, &(dcat_error){.message = "no memory"});
            }
        }
    }
    m->members += (uint64_t)a->member_count;
}

void market_slot(market *m)
{
    m->slot += m->stride;
    const exchange_event event = {.kind = EVENT_SLOT,
                                  .actor = EXCHANGE_SELF,
                                  .at_ns = m->slot * SLOT_NS,
                                  .slot = {m->slot, 1}};
    apply(m, &event);
    m->awards += exchange_store_told(m->store)->award_count;
}

void market_plan(market *m)
{
    const exchange_told *told = exchange_store_told(m->store);
    for (size_t i = 0; i < told->award_count; i++) {
        plan(m, told, i);
    }
}

size_t market_due(market *m, exchange_event *reports, size_t max)
{
    size_t count = 0;
    while (count < max && agenda_due(&m->agents, (m->slot + m->stride) * SLOT_NS)) {
        reports[count++] = agenda_take(&m->agents);
    }
    return count;
}

void market_report(market *m, const exchange_event *reports, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        exchange_event event = reports[i];
        event.at_ns = event.at_ns > m->now_ns ? event.at_ns : m->now_ns;
        apply(m, &event);
    }
    market_commit(m);
}
