// SPDX-License-Identifier: Apache-2.0
// logs.h - small logs that are signed, to be looked at and spoilt.

#ifndef DCAT_TESTS_PROOF_LOGS_H
#define DCAT_TESTS_PROOF_LOGS_H

#include "exchange/log/keeper.h"
#include "exchange/store/object.h"
#include "store/folder.h"
#include "store/market.h"

static inline exchange_store *logs_begin(const folder *f, bool simulated)
{
    exchange_setup setup = store_setup();
    setup.seeds_given = simulated;
    exchange_store *store = NULL;
    dcat_error err = {0};
    if (exchange_store_create(f->path, NULL, &setup, &store, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return store;
}

// Heartbeats: events that change little.
static inline void logs_beat(exchange_store *store, int count)
{
    for (int i = 0; i < count; i++) {
        exchange_result result;
        int64_t at_ns = exchange_time(exchange_store_view(store)).now_ns;
        const exchange_event event = stage_of_server(EVENT_HEARTBEAT, 2, at_ns, 0);
        assert_int_equal(exchange_store_apply(store, &event, NULL, &result, NULL), DCAT_OK);
    }
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
}

static inline void logs_sign(log_keeper *keeper, exchange_store *store)
{
    dcat_error err = {0};
    if (log_keeper_sign_all(keeper, store, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
}

static inline log_keeper *logs_keeper(const folder *f, const exchange_store *store)
{
    log_keeper *keeper = NULL;
    dcat_error err = {0};
    if (log_keeper_create(f->path, store, &keeper, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return keeper;
}

static inline void logs_remove(const folder *f)
{
    char path[128];
    snprintf(path, sizeof path, "%s/" LOG_KEY_FILE, f->path);
    unlink(path);
    folder_remove(f);
}

#endif
