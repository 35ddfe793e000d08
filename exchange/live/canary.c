// SPDX-License-Identifier: Apache-2.0
// Canaries: drawn after every slot by its lots, and submitted as a user's tasks are.
//
// Choice: at a moment of the slot, under a client's id and by a bearer key as any other task, so
// that neither a server's agent nor who reads the log sees which ones they are.
#include "exchange/core/purse.h"
#include "exchange/live/writer.h"

#include <sodium.h>
#include <string.h>

// One of those that are known of a class, or NULL.
static const exchange_known_task *pick(const live *l, int32_t class_id)
{
    uint32_t count = 0;
    const exchange_known_task *picked = NULL;
    for (size_t i = 0; i < l->config.canary_count; i++) {
        const exchange_known_task *t = &l->config.canaries[i];
        if (t->class_id == class_id && randombytes_uniform(++count) == 0) {
            picked = t;
        }
    }
    return picked;
}

static void draw_of(live *l, const exchange *x, uint64_t seed, int32_t server)
{
    const exchange_config *config = exchange_config_view(x);
    int32_t classes = config->class_count > 0 ? config->class_count : 1;
    int64_t now_ns = live_now_ns(l), end_ns = (exchange_time(x).slot + 1) * config->slot_ns;
    for (int32_t q = 0; q < classes; q++) {
        const exchange_known_task *task =
            exchange_canary_is_due(x, seed, server, q) ? pick(l, q) : NULL;
        if (task != NULL) {
            double part = randombytes_uniform(800) / 1000.0;
            int64_t left_ns = end_ns > now_ns ? end_ns - now_ns : 0;
            l->canaries[l->canary_count++] =
                (live_canary){.due_ns = now_ns + (int64_t)((double)left_ns * part),
                              .server = server,
                              .task = task};
            return; // one at a time
        }
    }
}

// ---- what keeps all of them back

static exchange_event event_of(const exchange_known_task *t, int32_t party, int64_t now_ns)
{
    return (exchange_event){.kind = EVENT_SUBMIT,
                            .actor = party,
                            .at_ns = now_ns,
                            .task = {.work_cycles = t->work_cycles,
                                     .data_bits = t->data_bits,
                                     .deadline_us = t->deadline_us,
                                     .max_fee = DCAT_MONEY_MAX,
                                     .area = t->area,
                                     .class_id = t->class_id}};
}

// Whatever is drawn; CODE_DONE: its party is a user, and could pay for one of the known tasks.
static exchange_code hindrance(const live *l, const exchange *x)
{
    int32_t party = exchange_store_party(l->store, l->config.canary_party);
    if (party < 0) {
        return CODE_NOT_FOUND; // nobody was named so yet
    }
    if (exchange_party_role(x, party) != ROLE_USER) {
        return CODE_FORBIDDEN;
    }
    int64_t now_ns = live_now_ns(l);
    for (size_t i = 0; i < l->config.canary_count; i++) {
        const exchange_event event = event_of(&l->config.canaries[i], party, now_ns);
        if (exchange_task_fee(exchange_config_view(x), &event) <=
            exchange_user_has(x, party, event.task.class_id, now_ns)) {
            return CODE_DONE;
        }
    }
    return CODE_INSUFFICIENT_BALANCE;
}

// What the operator alone can mend; that a server went, or the exchange is halted, passes by.
static bool is_for_operator(exchange_code code)
{
    return code == CODE_OUT_OF_RANGE || code == CODE_INSUFFICIENT_BALANCE ||
           code == CODE_SPEND_CAP || code == CODE_DEADLINE_IMPOSSIBLE;
}

static void tell(live *l)
{
    l->figures.canary_code =
        l->canary_hindrance != CODE_DONE ? l->canary_hindrance : l->canary_refusal;
}

// Choice: so that no server comes before others for ever where there are too many, the first one is
// drawn, too.
void live_canaries_draw(live *l)
{
    const exchange *x = exchange_store_view(l->store);
    int32_t servers = exchange_server_count(x);
    l->canary_count = 0; // what was not submitted in its slot is over
    if (l->config.canary_count == 0 || exchange_config_view(x)->canary_ns == 0) {
        return;
    }
    l->canary_hindrance = hindrance(l, x);
    tell(l);
    if (servers == 0 || exchange_mode(x) != MODE_OPEN) {
        return;
    }
    uint64_t seed = exchange_store_canary_seed(l->store);
    int32_t first = (int32_t)(seed % (uint64_t)servers);
    for (int32_t i = 0; i < servers && l->canary_count < LIVE_CANARIES_MAX; i++) {
        draw_of(l, x, seed, (first + i) % servers);
    }
}

int64_t live_canaries_next_ns(const live *l)
{
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < l->canary_count; i++) {
        next_ns = l->canaries[i].due_ns < next_ns ? l->canaries[i].due_ns : next_ns;
    }
    return next_ns;
}

// A bearer key of a party, as tasks name theirs; 0: it has none.
static int32_t key_of(const exchange *x, int32_t party, int64_t now_ns)
{
    exchange_key_view key;
    for (int32_t i = 0; exchange_key_at(x, i, &key); i++) {
        bool lives = !key.revoked && (key.expires_ns == 0 || key.expires_ns > now_ns);
        if (lives && key.party == party && key.kind == EXCHANGE_KEY_BEARER) {
            return i + 1;
        }
    }
    return 0;
}

static void submit(live *l, const live_canary *c, int32_t party, int64_t now_ns)
{
    const exchange *x = exchange_store_view(l->store);
    const exchange_known_task *t = c->task;
    uint32_t areas = (uint32_t)exchange_config_view(x)->area_count;
    exchange_event event = event_of(t, party, now_ns);
    event.task.area = t->area >= 0 ? t->area : (int32_t)randombytes_uniform(areas);
    event.task.key = key_of(x, party, now_ns);
    event.task.canary =
        (exchange_canary){.slot = exchange_time(x).slot, .server = c->server, .drawn = 1};
    randombytes_buf(&event.task.client, sizeof event.task.client);
    memcpy(event.task.canary.answer, t->answer, sizeof t->answer);
    const exchange_note note = {.sealed = t->payload,
                                .sealed_bytes = t->payload == NULL ? 0 : strlen(t->payload)};
    exchange_result result; // of what is refused the figures tell
    live_apply(l, &event, &note, &result);
    if (result.code == CODE_DONE || is_for_operator(result.code)) {
        l->canary_refusal = result.code;
        l->figures.canaries_missed += result.code != CODE_DONE;
    }
}

void live_canaries_submit(live *l, int64_t now_ns)
{
    size_t left = 0;
    for (size_t i = 0; i < l->canary_count; i++) {
        const live_canary c = l->canaries[i];
        if (c.due_ns > now_ns) {
            l->canaries[left++] = c;
            continue;
        }
        int32_t party = exchange_store_party(l->store, l->config.canary_party);
        if (party >= 0 && exchange_party_role(exchange_store_view(l->store), party) == ROLE_USER) {
            submit(l, &c, party, now_ns);
        } else {
            l->figures.canaries_missed++; // the hindrance says why
        }
        tell(l);
    }
    l->canary_count = left;
}
