// SPDX-License-Identifier: Apache-2.0
// Rows of what an event makes: parties, keys, servers, asks, cycles, tasks.
#include "exchange/store/rows/rows.h"

static const char *const per_names[PER_COUNT] = {"formula", "core-hour", "card-hour", "node-hour",
                                                 "giga-cycle"};

static bool add_party(exchange_store *store, const body_entry *entry)
{
    int32_t party = (int32_t)entry->id, role = entry->event->party.role;
    bool user = role == ROLE_USER;
    row_values row = row_begin(store, STATEMENT_PARTY);
    row_number(&row, party);
    row_words(&row, exchange_role_name((exchange_role)role));
    row_words(&row, entry->name);
    row_number(&row, rows_sequence(store));
    return row_write(&row) &&
           rows_add_account(store, exchange_account_available(party), party,
                            user ? "user.available" : "provider.payable") &&
           rows_add_account(store, exchange_account_held(party), party,
                            user ? "user.held" : "provider.bond");
}

static bool add_key(exchange_store *store, const exchange_event *event)
{
    bool bearer = event->key.kind == EXCHANGE_KEY_BEARER;
    row_values row = row_begin(store, bearer ? STATEMENT_BEARER : STATEMENT_SIGNER);
    row_bytes(&row, event->key.key.byte, sizeof event->key.key.byte);
    row_number(&row, event->key.party);
    row_number(&row, event->key.expires_ns);
    row_number(&row, rows_sequence(store));
    return row_write(&row);
}

static bool revoke_key(exchange_store *store, const exchange_event *event)
{
    bool ok = true;
    for (int i = 0; i < 2; i++) { // it is in one of the two
        row_values row =
            row_begin(store, i == 0 ? STATEMENT_REVOKE_BEARER : STATEMENT_REVOKE_SIGNER);
        row_number(&row, rows_sequence(store));
        row_bytes(&row, event->key.key.byte, sizeof event->key.key.byte);
        ok = ok && row_write(&row);
    }
    return ok;
}

// What units and parts are of where servers are one number each.
#define POOL_ONLY "main"

const char *rows_pool(const exchange_store *store, int32_t pool)
{
    return store->setup.resources == NULL ? POOL_ONLY : dcat_pool_name((dcat_pool)pool);
}

static bool add_unit(exchange_store *store, int32_t server, int32_t pool)
{
    exchange_unit_view view;
    if (!exchange_unit_find(store->x, server, pool, &view)) {
        return true;
    }
    bool named = store->setup.resources != NULL, tariff = view.unit.tariff > 0;
    row_values row = row_begin(store, STATEMENT_UNIT);
    row_number(&row, server);
    row_words(&row, rows_pool(store, pool));
    row_number(&row, view.speed_hz);
    row_number(&row, view.core_count);
    row_number(&row, view.card_count);
    row_words(&row, named ? store->setup.device_names[view.unit.device] : NULL);
    row_number(&row, named ? view.unit.count : 1);
    row_number_or_null(&row, view.unit.tariff, tariff);
    row_words(&row, tariff ? per_names[view.unit.tariff_per] : NULL);
    return row_write(&row);
}

static bool add_server(exchange_store *store, const body_entry *entry)
{
    const exchange_machine *m = &entry->event->machine;
    row_values row = row_begin(store, STATEMENT_SERVER);
    row_number(&row, entry->id);
    row_number(&row, entry->event->actor);
    row_words(&row, entry->name);
    row_real(&row, m->x);
    row_real(&row, m->y);
    row_number(&row, m->node);
    row_number(&row, rows_sequence(store));
    bool ok = row_write(&row);
    for (int32_t pool = 0; pool < DCAT_POOL_COUNT; pool++) {
        ok = ok && add_unit(store, (int32_t)entry->id, pool);
    }
    return ok;
}

static bool add_ask(exchange_store *store, const exchange_event *event)
{
    row_values row = row_begin(store, STATEMENT_ASK);
    row_number(&row, event->ask.server);
    row_words(&row, rows_pool(store, event->ask.pool));
    row_number(&row, event->ask.nonce);
    row_number(&row, rows_sequence(store));
    row_number(&row, event->ask.micro);
    row_words(&row, per_names[event->ask.per]);
    return row_write(&row);
}

static bool add_cycle(exchange_store *store, const body_entry *entry)
{
    const exchange_cut *cut = entry->event->cut;
    int32_t clusters = 0;
    for (int32_t w = 0; w < cut->server_count; w++) { // labels are by smallest member
        clusters = cut->cluster_of[w] >= clusters ? cut->cluster_of[w] + 1 : clusters;
    }
    row_values row = row_begin(store, STATEMENT_CYCLE);
    row_number(&row, cut->number);
    row_number(&row, exchange_time(store->x).slot + 1);
    row_number(&row, rows_sequence(store));
    row_words(&row, entry->name);
    row_number(&row, cut->server_count);
    row_number(&row, clusters);
    return row_write(&row);
}

static bool add_task(exchange_store *store, const body_entry *entry)
{
    const exchange_event *event = entry->event;
    exchange_task_view view = {.party = 0};
    exchange_task_find(store->x, entry->id, &view);
    row_values row = row_begin(store, STATEMENT_TASK);
    row_number(&row, entry->id);
    row_number(&row, event->actor);
    row_bytes(&row, event->task.client.id, sizeof event->task.client.id);
    row_bytes(&row, event->task.client.body, sizeof event->task.client.body);
    const int64_t values[] = {event->task.area,      event->task.work_cycles,
                              event->task.data_bits, event->task.deadline_us,
                              event->task.max_fee,   view.fee,
                              event->at_ns,          rows_sequence(store)};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        row_number(&row, values[i]);
    }
    row_words(&row, store->setup.resources == NULL
                        ? NULL
                        : store->setup.class_names[event->task.class_id]);
    return row_write(&row);
}

// An acknowledgement that says where the part is met: what is sealed of it, behind the salt.
static bool add_peer(exchange_store *store, const body_entry *entry)
{
    exchange_part_view part = {.server = -1};
    int32_t server = entry->event->report.server;
    for (int32_t i = 0; part.server != server; i++) {
        if (!exchange_task_part(store->x, entry->event->report.task, i, &part)) {
            return false;
        }
    }
    row_values row = row_begin(store, STATEMENT_PEER);
    row_number(&row, part.task);
    row_number(&row, part.attempt);
    row_number(&row, part.rank);
    row_text(&row, (const char *)entry->sealed + EXCHANGE_SALT_BYTES,
             entry->sealed_bytes - EXCHANGE_SALT_BYTES);
    return row_write(&row);
}

bool rows_add_made(exchange_store *store, const body_entry *entry)
{
    switch (entry->event->kind) {
    case EVENT_PARTY:
        return add_party(store, entry);
    case EVENT_KEY:
        return add_key(store, entry->event);
    case EVENT_REVOKE:
        return revoke_key(store, entry->event);
    case EVENT_REGISTER:
        return add_server(store, entry);
    case EVENT_ASK:
        return add_ask(store, entry->event);
    case EVENT_CYCLE:
        return add_cycle(store, entry);
    case EVENT_SUBMIT:
        return add_task(store, entry);
    case EVENT_ACK:
        return entry->sealed == NULL || add_peer(store, entry);
    default:
        return true;
    }
}
