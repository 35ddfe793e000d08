// SPDX-License-Identifier: Apache-2.0
// market.h - a small market that is written to a store: two servers of two providers, a user,
// tasks that are settled, late, cancelled, unserved, and a second cycle.

#ifndef DCAT_TESTS_STORE_MARKET_H
#define DCAT_TESTS_STORE_MARKET_H

#include "exchange/stage.h"
#include "exchange/store/store.h"

enum { STORE_EVENTS = 14 + 8 * 6 }; // of the market

static const dcat_area store_areas[2] = {{{0.0, 0.0}, 0}, {{50e3, 0.0}, 0}};

static inline exchange_setup store_setup(void)
{
    exchange_setup setup = {.config = stage_config(),
                            .world = dcat_world_config_default(),
                            .auction = "rea-s",
                            .areas = store_areas,
                            .name = "test",
                            .currency = "CNY",
                            .seeds_given = true};
    setup.config.task_max = 4; // so that closed tasks are forgotten by the exchange
    setup.config.dispute_ns = 1;
    setup.world.auction.share = dcat_share_find("unit");
    return setup;
}

// The events of the market, by number; false after the last. The cut of a cycle is made from the
// store as it is then.
static inline bool store_event(const exchange_store *store, int64_t n, exchange_event *event)
{
    static const exchange_role roles[] = {ROLE_OPERATOR, ROLE_USER, ROLE_PROVIDER, ROLE_PROVIDER};
    if (n < 4) {
        *event = (exchange_event){
            .kind = EVENT_PARTY, .actor = EXCHANGE_SELF, .party = {(int32_t)roles[n]}};
        return true;
    }
    if (n < 5) {
        *event = (exchange_event){.kind = EVENT_DEPOSIT,
                                  .actor = STAGE_OPERATOR,
                                  .deposit = {1, 100000 * DCAT_MONEY_UNIT}};
        return true;
    }
    if (n < 11) {
        int32_t server = (int32_t)(n - 5) / 3, provider = 2 + server;
        static const exchange_kind kinds[] = {EVENT_REGISTER, EVENT_ADMIT, EVENT_ASK};
        *event = (exchange_event){.kind = kinds[(n - 5) % 3],
                                  .actor = (n - 5) % 3 == 1 ? STAGE_OPERATOR : provider};
        if (event->kind == EVENT_REGISTER) {
            event->machine = (exchange_machine){
                .x = 1e4 / 3.0 * server, .speed_hz = 250000000000, .core_count = 100};
        } else if (event->kind == EVENT_ADMIT) {
            event->server.server = server;
        } else {
            event->ask = (__typeof__(event->ask)){server, PER_GIGACYCLE, 80000 + server, 1, 0};
        }
        return true;
    }
    if (n < 14) {
        static const exchange_kind kinds[] = {EVENT_OPEN, EVENT_SEAL, EVENT_CYCLE};
        *event = (exchange_event){.kind = kinds[n - 11], .actor = EXCHANGE_SELF};
    } else {
        // Rounds of eight: submit, slot, ack, start, finish, submit, cancel, heartbeat.
        int64_t round = (n - 14) / 8, at_ns = (1 + 4 * round) * STAGE_S;
        int64_t task = 2 * round + 1;
        int32_t server = (int32_t)(round % 2);
        exchange_task_view view = {.attempt = 1};
        exchange_task_find(exchange_store_view(store), task, &view);
        for (int32_t i = 0; i < 2; i++) {
            server = exchange_store_view(store)->servers[i].open_parts > 0 ? i : server;
        }
        switch ((n - 14) % 8) {
        case 0:
            *event = stage_submit(1, at_ns, (uint64_t)n, round % 3 == 2 ? 2000 : 700, 5000);
            break;
        case 1:
            *event = (exchange_event){.kind = EVENT_SLOT,
                                      .actor = EXCHANGE_SELF,
                                      .at_ns = at_ns,
                                      .slot = {at_ns / STAGE_S, (uint64_t)n << 40}};
            break;
        case 2:
        case 3:
        case 4: {
            static const exchange_kind ways[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
            *event = stage_report(ways[(n - 14) % 8 - 2], 2 + server,
                                  at_ns + (n - 14) % 8 * STAGE_S / 2, task, view.attempt, server);
            break;
        }
        case 5:
            *event = stage_submit(1, at_ns + 3 * STAGE_S, (uint64_t)n, 600, 3000);
            break;
        case 6:
            *event = stage_report(EVENT_CANCEL, 1, at_ns + 3 * STAGE_S, task + 1, 0, 0);
            break;
        default:
            *event = stage_of_server(EVENT_HEARTBEAT, 2, at_ns + 3 * STAGE_S, 0);
            break;
        }
    }
    if (event->kind == EVENT_CYCLE) {
        assert_int_equal(exchange_store_cut(store, 5, &event->cut, NULL), DCAT_OK);
        assert_int_equal(exchange_cut_set_clusters(event->cut, (const int32_t[]){0, 1}, NULL),
                         DCAT_OK);
    }
    return n < STORE_EVENTS;
}

// Events [from, to) of the market, one commit.
static inline void store_play(exchange_store *store, int64_t from, int64_t to)
{
    exchange_event event;
    for (int64_t n = from; n < to; n++) {
        exchange_result result;
        store_event(store, n, &event);
        assert_int_equal(exchange_store_apply(store, &event, NULL, &result, NULL), DCAT_OK);
    }
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
}

#endif
