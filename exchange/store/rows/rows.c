// SPDX-License-Identifier: Apache-2.0
// The rows of an event. The log is the truth; what else is written follows from it, in the same
// transaction.
#include "exchange/store/rows/rows.h"

#include <sodium.h>
#include <stdlib.h>

int64_t rows_sequence(const exchange_store *store)
{
    return (int64_t)store->tree.size;
}

static int64_t in_ns(double s)
{
    return (int64_t)(s * 1e9);
}

// ---- accounts

// Without a floor where it may be overdrawn.
static bool add_account(exchange_store *store, enum statement which, int32_t id, int32_t party,
                        const char *kind)
{
    row_values row = row_begin(store, which);
    row_number(&row, id);
    row_number_or_null(&row, party, party >= 0);
    row_words(&row, kind);
    row_number_or_null(&row, 0, !exchange_account_overdraws(id));
    return row_write(&row);
}

bool rows_add_account(exchange_store *store, int32_t id, int32_t party, const char *kind)
{
    return add_account(store, STATEMENT_ACCOUNT, id, party, kind);
}

bool rows_write_platform(exchange_store *store)
{
    static const char *const names[] = {
#define NAME(name, text) text,
        EXCHANGE_PLATFORM(NAME)
#undef NAME
    };
    bool ok = true;
    for (int32_t i = 0; i < ACCOUNT_PLATFORM_COUNT; i++) {
        ok = ok && rows_add_account(store, i, -1, names[i]);
    }
    return ok;
}

// ---- what it led to

// Choice: accounts that came later have a row from when they are first used.
static bool know_account(exchange_store *store, int32_t account)
{
    if (account < ACCOUNT_PAYOUTS) {
        return true;
    }
    if (account == ACCOUNT_PAYOUTS) {
        return add_account(store, STATEMENT_ACCOUNT_MORE, account, -1, "platform.payouts");
    }
    int32_t party = (account - ACCOUNT_MORE_PARTIES) / 2;
    bool credit = account == exchange_account_credit(party);
    return add_account(store, STATEMENT_ACCOUNT_MORE, account, party,
                       credit ? "user.credit" : "user.voucher");
}

// Choice: balances are written once a commit, not once a transfer: of many tasks of one user only
// the last one counts.
static void note_moved(exchange_store *store, int32_t account)
{
    int32_t at = exchange_account_index(&store->setup.config, account);
    if (!store->is_moved[at]) {
        store->is_moved[at] = true;
        store->moved[store->moved_count++] = account;
    }
}

bool rows_make_room(exchange_store *store)
{
    size_t accounts = exchange_account_room(&store->setup.config);
    store->moved = calloc(accounts, sizeof *store->moved);
    store->is_moved = calloc(accounts, sizeof *store->is_moved);
    return store->moved != NULL && store->is_moved != NULL;
}

dcat_status rows_write_balances(exchange_store *store, dcat_error *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < store->moved_count; i++) {
        int32_t account = store->moved[i];
        row_values row = row_begin(store, STATEMENT_MOVE);
        row_number(&row, exchange_balance(store->x, account));
        row_number(&row, account);
        ok = row_write(&row);
        store->is_moved[exchange_account_index(&store->setup.config, account)] = false;
    }
    store->moved_count = 0;
    return ok ? DCAT_OK : store_dead(store, "cannot write balances", err);
}

static bool add_leg(exchange_store *store, const exchange_leg *leg)
{
    if (!know_account(store, leg->debit) || !know_account(store, leg->credit)) {
        return false;
    }
    row_values row = row_begin(store, STATEMENT_TRANSFER);
    row_number(&row, rows_sequence(store));
    row_number(&row, leg->debit);
    row_number(&row, leg->credit);
    row_number(&row, leg->amount);
    row_words(&row, exchange_leg_name(leg->kind));
    row_number_or_null(&row, leg->task, leg->task > 0);
    row_number_or_null(&row, leg->attempt, leg->task > 0);
    note_moved(store, leg->debit);
    note_moved(store, leg->credit);
    return row_write(&row);
}

// As it stands after the event, whichever of its steps this is.
static bool task_went(exchange_store *store, const exchange_step *step)
{
    exchange_task_view view;
    if (step->from == TASK_NONE || !exchange_task_find(store->x, step->id, &view)) {
        return true;
    }
    bool open = view.settlement == SETTLEMENT_HELD;
    row_values row = row_begin(store, STATEMENT_TASK_STATE);
    row_words(&row, machines[MACHINE_TASK].states[step->to]);
    row_number(&row, step->attempt);
    row_number(&row, view.tries);
    row_words(&row, step->reason);
    if (step->needed > 0.0) {
        row_real(&row, step->needed);
    } else {
        row_number_or_null(&row, 0, false);
    }
    row_number_or_null(&row, view.charge, !open);
    row_number_or_null(&row, view.pay, !open);
    row_number_or_null(&row, store->at_ns, !open);
    row_number(&row, step->id);
    return row_write(&row);
}

// When the part of an award that is still known was started; 0: it was not.
static int64_t started_ns(const exchange_store *store, const exchange_step *step)
{
    exchange_part_view part;
    for (int32_t i = 0; exchange_task_part(store->x, step->id, i, &part); i++) {
        if (part.server == step->server && part.attempt == step->attempt) {
            return part.started_ns;
        }
    }
    return 0;
}

// Choice: a part's row is written with its award and when it ends. What is between is known to the
// exchange while the award is open, and to the log for ever.
static bool part_went(exchange_store *store, const exchange_step *step)
{
    if (step->to <= PART_STARTED) {
        return true;
    }
    int64_t started = started_ns(store, step);
    row_values row = row_begin(store, STATEMENT_MEMBER_STATE);
    row_words(&row, machines[MACHINE_PART].states[step->to]);
    row_number_or_null(&row, started, started > 0);
    row_number(&row, store->at_ns);
    row_number(&row, step->id);
    row_number(&row, step->attempt);
    row_number(&row, step->server);
    return row_write(&row);
}

static bool server_went(exchange_store *store, const exchange_step *step)
{
    row_values time = row_begin(store, STATEMENT_SERVER_TIME);
    row_number(&time, step->id);
    row_number(&time, rows_sequence(store));
    row_number(&time, store->at_ns);
    row_words(&time, machines[MACHINE_SERVER].states[step->to]);
    if (!row_write(&time)) {
        return false;
    }
    if (step->from == SERVER_NONE) {
        return true;
    }
    row_values row = row_begin(store, STATEMENT_SERVER_STATE);
    row_words(&row, machines[MACHINE_SERVER].states[step->to]);
    row_number(&row, step->id);
    return row_write(&row);
}

static bool ask_went(exchange_store *store, const exchange_step *step)
{
    if (step->from == ASK_NONE) {
        return true;
    }
    row_values row = row_begin(store, STATEMENT_ASK_STATE);
    row_words(&row, machines[MACHINE_ASK].states[step->to]);
    row_number_or_null(&row, exchange_time(store->x).cycle, step->to == ASK_IN_FORCE);
    row_number(&row, step->id);
    row_words(&row, rows_pool(store, step->pool));
    row_words(&row, machines[MACHINE_ASK].states[step->from]);
    return row_write(&row);
}

static bool settlement_went(exchange_store *store, const exchange_step *step)
{
    if (step->from == SETTLEMENT_NONE) {
        return true; // held, as the task says
    }
    bool first = step->from == SETTLEMENT_HELD;
    row_values row = row_begin(store, first ? STATEMENT_SETTLEMENT : STATEMENT_SETTLEMENT_STATE);
    row_number(&row, first ? step->id : rows_sequence(store));
    if (first) {
        row_number(&row, rows_sequence(store));
    }
    row_words(&row, machines[MACHINE_SETTLEMENT].states[step->to]);
    if (!first) {
        row_number(&row, step->id);
    }
    return row_write(&row);
}

static bool payout_went(exchange_store *store, const exchange_step *step)
{
    bool first = step->from == PAYOUT_NONE;
    exchange_payout_view view = {.party = 0};
    exchange_payout_find(store->x, step->id, &view);
    row_values row = row_begin(store, first ? STATEMENT_PAYOUT : STATEMENT_PAYOUT_STATE);
    if (first) {
        row_number(&row, step->id);
        row_number(&row, view.party);
        row_number(&row, view.amount);
        row_number(&row, rows_sequence(store));
    } else {
        row_words(&row, machines[MACHINE_PAYOUT].states[step->to]);
        row_number(&row, rows_sequence(store));
        row_number(&row, step->id);
    }
    return row_write(&row);
}

static bool add_step(exchange_store *store, const exchange_step *step)
{
    switch (step->machine) {
    case MACHINE_TASK:
        return task_went(store, step);
    case MACHINE_PART:
        return part_went(store, step);
    case MACHINE_SERVER:
        return server_went(store, step);
    case MACHINE_ASK:
        return ask_went(store, step);
    case MACHINE_SETTLEMENT:
        return settlement_went(store, step);
    case MACHINE_PAYOUT:
        return payout_went(store, step);
    default: // the exchange itself is in no table
        return true;
    }
}

static bool add_award(exchange_store *store, const exchange_told_award *told)
{
    const exchange_award *a = &told->award;
    const int64_t values[] = {a->task,          a->attempt,         a->slot,           a->cycle,
                              a->cluster,       a->candidate_count, a->round,          a->pay,
                              in_ns(a->data_s), in_ns(a->start_s),  in_ns(a->finish_s)};
    row_values row = row_begin(store, STATEMENT_AWARD);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        row_number(&row, values[i]);
    }
    bool ok = row_write(&row);
    for (int32_t m = 0; ok && m < a->member_count; m++) {
        const exchange_told_member *member = &store->led_to.members[told->member_first + (size_t)m];
        row_values part = row_begin(store, STATEMENT_MEMBER);
        row_number(&part, a->task);
        row_number(&part, a->attempt);
        row_number(&part, member->server);
        row_number(&part, member->load);
        row_words(&part, rows_pool(store, a->pool));
        ok = row_write(&part);
    }
    return ok;
}

// ---- an event

// The leaf of a new body, with its row.
static bool add_event(exchange_store *store, int64_t slot, int64_t at_ns, const char *kind,
                      int32_t actor)
{
    store->at_ns = at_ns;
    store->last = merkle_leaf(store->body.at, store->body.used);
    merkle_add(&store->tree, &store->last);
    row_values row = row_begin(store, STATEMENT_EVENT);
    row_number(&row, rows_sequence(store));
    row_number(&row, slot);
    row_number(&row, at_ns);
    row_words(&row, kind);
    row_number(&row, actor);
    row_bytes(&row, store->body.at, store->body.used);
    row_bytes(&row, store->sealed.used > 0 ? store->sealed.at : NULL, store->sealed.used);
    row_bytes(&row, store->last.byte, MERKLE_BYTES);
    return row_write(&row);
}

bool rows_write_led_to(exchange_store *store, const body_entry *entry)
{
    const exchange_told *led_to = &store->led_to;
    bool ok = rows_add_made(store, entry);
    for (size_t i = 0; i < led_to->leg_count; i++) {
        ok = ok && add_leg(store, &led_to->legs[i]);
    }
    for (size_t i = 0; i < led_to->award_count; i++) {
        ok = ok && add_award(store, &led_to->awards[i]);
    }
    for (size_t i = 0; i < led_to->step_count; i++) {
        ok = ok && add_step(store, &led_to->steps[i]);
    }
    return ok;
}

static dcat_status not_written(exchange_store *store, dcat_error *err)
{
    if (store->led_to.failed || store->body.failed || store->sealed.failed) {
        store->failed = true;
        return dcat_fail(err, DCAT_ERR_MEMORY, "cannot write the log: out of memory");
    }
    return store_dead(store, "cannot write the log", err);
}

dcat_status rows_write(exchange_store *store, const body_entry *entry, dcat_error *err)
{
    const exchange_event *event = entry->event;
    bool ok = !store->led_to.failed && !store->body.failed && !store->sealed.failed &&
              add_event(store, event->at_ns / store->setup.config.slot_ns, event->at_ns,
                        exchange_kind_name(event->kind), event->actor) &&
              rows_write_led_to(store, entry);
    return ok ? DCAT_OK : not_written(store, err);
}

// Behind its salt, as all that is sealed. A simulation, whose seeds are given, hides nothing.
static void seal_secret(exchange_store *store)
{
    unsigned char salt[EXCHANGE_SALT_BYTES] = {0};
    if (!store->setup.seeds_given) {
        randombytes_buf(salt, sizeof salt);
        randombytes_buf(store->secret.byte, MERKLE_BYTES);
    }
    body_put(&store->sealed, (const char *)salt, sizeof salt);
    body_put(&store->sealed, (const char *)store->secret.byte, MERKLE_BYTES);
}

dcat_status rows_write_rules(exchange_store *store, const setup_chain *chain, dcat_error *err)
{
    bool first = store->tree.size == 0;
    setup_chain sealing = *chain;
    merkle_hash hash;
    body_clear(&store->sealed);
    if (first && store->setup.config.canary_ns > 0) {
        seal_secret(store);
        hash = merkle_plain(store->sealed.at, store->sealed.used);
        sealing.sealed = &hash;
    }
    setup_write(&store->body, &store->setup, store->version, &sealing);
    bool ok = !store->body.failed &&
              add_event(store, chain->at_ns / store->setup.config.slot_ns, chain->at_ns, "rules",
                        EXCHANGE_SELF) &&
              (!first || rows_write_platform(store));
    store->slot_root = first ? merkle_root(&store->tree) : store->slot_root;
    return ok ? DCAT_OK : not_written(store, err);
}
