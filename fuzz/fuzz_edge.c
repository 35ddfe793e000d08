// SPDX-License-Identifier: Apache-2.0
// The public edge of the market from memory: whatever the numbers, a call is refused with a message
// or keeps every invariant of the state.
//
// The input is a list of calls: a byte that names the function, then its arguments as bytes, zeros
// when there are no more.

#include "dcat/market.h"
#include "dcat/x/task_auction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SERVERS = 6, AREAS = 3, TASK_MAX = 3, CALL_MAX = 40 };

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

typedef struct bytes {
    const uint8_t *at;
    size_t left;
} bytes;

static void take(bytes *b, void *into, size_t size)
{
    size_t given = size < b->left ? size : b->left;
    memset(into, 0, size);
    if (given > 0) {
        memcpy(into, b->at, given);
    }
    b->at += given;
    b->left -= given;
}

static uint8_t take_byte(bytes *b)
{
    uint8_t byte;
    take(b, &byte, sizeof byte);
    return byte;
}

// Any double at all, or one that makes sense: a byte of that many units.
static double take_real(bytes *b, double unit)
{
    double any;
    uint8_t byte = take_byte(b);
    if (byte < 250) {
        return byte * unit;
    }
    take(b, &any, sizeof any);
    return any;
}

// A status of the caller's and a message, or none of both.
static bool taken(dcat_status status, const dcat_error *err)
{
    require(status == DCAT_OK ? err->message[0] == '\0'
                              : dcat_status_is_user_error(status) && err->message[0] != '\0');
    return status == DCAT_OK;
}

static dcat_world *make_world(bytes *b)
{
    dcat_world_config config = dcat_world_config_default();
    dcat_server servers[SERVERS];
    dcat_area areas[AREAS];
    dcat_world *world = NULL;
    dcat_error err = {0};
    config.span_m_max = take_real(b, 4e3);
    config.auction.ceiling_per_cycle = take_real(b, 1e-10);
    config.auction.rea_round_max = take_byte(b);
    config.market.task_order = (dcat_task_order)(take_byte(b) % 3);
    config.market.handicap_per_gigacycle_s = take_real(b, 0.01);
    for (int i = 0; i < SERVERS; i++) {
        servers[i] = (dcat_server){.site = {take_real(b, 4e3), 0.0},
                                   .speed_hz = take_real(b, 2e9),
                                   .core_count = take_byte(b),
                                   .energy_cost = NAN,
                                   .time_cost_per_s = take_real(b, 0.2)};
    }
    for (int a = 0; a < AREAS; a++) {
        areas[a] = (dcat_area){.site = {take_real(b, 4e3), 0.0}};
    }
    return taken(dcat_world_create(&config, servers, SERVERS, areas, AREAS, 1, &world, &err), &err)
               ? world
               : NULL;
}

static dcat_task take_task(bytes *b)
{
    dcat_task task = {.arrival_s = take_real(b, 0.1),
                      .work_cycles = take_real(b, 5e9),
                      .data_bits = take_real(b, 1e6),
                      .deadline_s = take_real(b, 0.05)};
    task.value = take_byte(b) < 200 ? INFINITY : take_real(b, 50.0);
    task.area = (int8_t)take_byte(b);
    return task;
}

static void call(bytes *b, const dcat_world *world, dcat_state *state)
{
    dcat_error err = {0};
    dcat_totals totals = {0};
    dcat_award award[TASK_MAX + 1];
    dcat_task tasks[TASK_MAX + 1];
    uint8_t function = take_byte(b);
    double now_s = take_real(b, 0.1);
    size_t count = take_byte(b) % (TASK_MAX + 2);
    bool right = true;
    for (size_t n = 0; n < count; n++) {
        tasks[n] = take_task(b);
        dcat_error why = {0};
        right = taken(dcat_task_check(world, &tasks[n], &why), &why) && right;
    }
    switch (function % 4) {
    case 0:
        if (taken(dcat_state_step(state, now_s, function, 0, tasks, count, award, &totals, &err),
                  &err)) {
            require(right && count <= TASK_MAX && totals.arrived == (int64_t)count);
        } else {
            require(totals.arrived == 0);
        }
        break;
    case 1:
        if (count > 0) {
            require(!taken(dcat_state_auction_task(state, now_s, function, 1, tasks, 0, award,
                                                   &totals, &err),
                           &err) ||
                    isfinite(totals.payment));
        }
        break;
    case 2:
        if (count > 0) {
            int32_t cluster = (int8_t)take_byte(b);
            double payment = take_real(b, 1.0);
            require(taken(dcat_state_award_task(state, now_s, &tasks[0], cluster, payment, award,
                                                &totals, &err),
                          &err) == (totals.awarded == 1));
        }
        break;
    default: {
        int32_t label[SERVERS];
        for (int i = 0; i < SERVERS; i++) {
            label[i] = (int8_t)take_byte(b);
        }
        taken(dcat_state_try_clusters(state, label, &err), &err);
    }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes b = {data, size};
    const dcat_auction *auction = dcat_auction_at(take_byte(&b) % dcat_auction_count());
    dcat_world *world = make_world(&b);
    dcat_state *state = NULL;
    if (world != NULL && dcat_state_create(world, auction, 1, TASK_MAX, &state, NULL) == DCAT_OK) {
        for (int i = 0; i < CALL_MAX && b.left > 0; i++) {
            call(&b, world, state);
        }
        dcat_error err = {0};
        require(dcat_state_check(state, &err) == DCAT_OK);
    }
    dcat_state_destroy(state);
    dcat_world_destroy(world);
    return 0;
}
