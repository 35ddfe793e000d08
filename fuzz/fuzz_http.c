// SPDX-License-Identifier: Apache-2.0
// Bodies of requests hold anything: each is taken apart into events or refused with a code, and
// what was taken apart is in its range. The first byte chooses the route; the path's parts are ids.

#include "exchange/http/fields.h"
#include "exchange/http/request.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static char folder[] = "/tmp/fuzz_http_XXXXXX";
static http_server server;

static void remove_folder(void)
{
    char path[128];
    static const char *const names[] = {"/exchange.db",   "/exchange.db-wal", "/exchange.db-shm",
                                        "/exchange.lock", "/backups",         ""};
    live_stop(server.live);
    http_keys_destroy(server.keys);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s%s", folder, names[i]);
        remove(path);
    }
}

// An exchange without anybody, whose slots take an hour.
static void begin(void)
{
    static const dcat_area areas[] = {{{0.0, 0.0}, 0}, {{1e3, 0.0}, 0}};
    static const char *const names[] = {"south", "north"};
    static exchange_setup setup;
    static dcat_policy policy;
    require(sodium_init() >= 0 && mkdtemp(folder) != NULL);
    require(exchange_config_preset("demo", &setup.config));
    setup.config.slot_ns = INT64_C(3600000000000);
    setup.config.area_count = 2;
    setup.world = dcat_world_config_default();
    setup.auction = "rea-s";
    setup.areas = areas;
    setup.name = "fuzz";
    setup.currency = "EUR";
    require(dcat_policy_parse("linkage:rea-s", &policy, NULL) == DCAT_OK);
    server.config = http_config_default();
    server.config.area_names = names;
    server.config.live = (live_config){.folder = folder,
                                       .setup = &setup,
                                       .policy = &policy,
                                       .cycle_ns = setup.config.slot_ns,
                                       .queue_max = 10};
    require(live_start(&server.config.live, &server.live, NULL) == DCAT_OK);
    server.keys = http_keys_create(10, 10.0);
    require(server.keys != NULL);
    atexit(remove_folder);
}

static void check(const http_request *r)
{
    const exchange_setup *setup = exchange_store_setup_view(live_store(server.live));
    for (size_t i = 0; i < r->command.count; i++) {
        const live_item *item = &r->command.items[i];
        const exchange_event *event = &item->event;
        if (item->refusal != 0) {
            require(item->refusal < PROBLEM_COUNT);
            continue;
        }
        require((int)event->kind >= 0 && event->kind < EVENT_COUNT);
        require(item->note.sealed_bytes <= EXCHANGE_SEALED_MAX);
        if (event->kind == EVENT_SUBMIT) {
            require(event->task.area >= 0 && event->task.area < setup->config.area_count);
            require(event->task.work_cycles > 0 && event->task.data_bits >= 0);
            require(event->task.deadline_us > 0 && event->task.max_fee > 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (server.live == NULL) {
        begin();
    }
    if (size < 1) {
        return 0;
    }
    http_route_id id = (http_route_id)(data[0] % ROUTE_COUNT);
    const http_handler *handler = &http_handlers[id];
    if (handler->parse == NULL || size - 1 > http_routes[id].body_max) {
        return 0;
    }
    http_request r = {.server = &server, .route = id, .parts = {{"1", "1"}}};
    r.caller.role = ROLE_OPERATOR;
    json_t *body =
        fields_parse((const char *)data + 1, size - 1, handler->body_optional, &r.problem);
    bool good = body != NULL && handler->parse(&r, body);
    json_decref(body);
    require(good == (r.problem.code == PROBLEM_NONE));
    if (good) {
        check(&r);
    }
    for (size_t i = 0; i < r.command.count; i++) {
        free(r.command.items[i].sealed);
    }
    free(r.command.items);
    free(r.backup);
    return 0;
}
