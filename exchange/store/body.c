// SPDX-License-Identifier: Apache-2.0
// Events as JSON. Keys are sorted, numbers are integers but for sites, which have all their digits,
// and numbers of 64 bits without a meaning are hexadecimal text. So one event has one text.
#include "exchange/store/body.h"

#include <sodium.h>
#include <string.h>

bool name_is_valid(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++) {
        if (name[i] < ' ' || name[i] > '~' || name[i] == '"' || name[i] == '\\') {
            return false;
        }
    }
    return length >= 1 && length <= EXCHANGE_NAME_MAX;
}

static void add_field(body_text *body, const char *key, int64_t value)
{
    body_add(body, key);
    body_number(body, value);
}

// ---- what it led to

static void add_award(body_text *body, const exchange_told *led_to, const exchange_told_award *told)
{
    const exchange_award *a = &told->award;
    add_field(body, "[", a->task);
    const int64_t values[] = {a->attempt, a->cluster, a->candidate_count, a->round, a->pay};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        add_field(body, ",", values[i]);
    }
    for (int32_t m = 0; m < a->member_count; m++) {
        const exchange_told_member *member = &led_to->members[told->member_first + (size_t)m];
        add_field(body, m == 0 ? ",[[" : ",[", member->server);
        add_field(body, ",", member->load);
        body_add(body, "]");
    }
    body_add(body, "]]");
}

static void add_awards(body_text *body, const exchange_told *led_to)
{
    for (size_t i = 0; i < led_to->award_count; i++) {
        body_add(body, i == 0 ? ",\"awards\":[" : ",");
        add_award(body, led_to, &led_to->awards[i]);
    }
    body_add(body, led_to->award_count > 0 ? "]" : "");
}

static void add_legs(body_text *body, const exchange_told *led_to)
{
    for (size_t i = 0; i < led_to->leg_count; i++) {
        const exchange_leg *leg = &led_to->legs[i];
        add_field(body, i == 0 ? ",\"legs\":[[" : ",[", leg->debit);
        add_field(body, ",", leg->credit);
        add_field(body, ",", leg->amount);
        body_add(body, ",\"");
        body_add(body, exchange_leg_name(leg->kind));
        add_field(body, "\",", leg->task);
        add_field(body, ",", leg->attempt);
        body_add(body, "]");
    }
    body_add(body, led_to->leg_count > 0 ? "]" : "");
}

// Of tasks, servers, payouts and the exchange; parts and asks follow from the event.
static void add_steps(body_text *body, const exchange_told *led_to)
{
    bool some = false;
    for (size_t i = 0; i < led_to->step_count; i++) {
        const exchange_step *step = &led_to->steps[i];
        if (step->machine != MACHINE_TASK && step->machine != MACHINE_SERVER &&
            step->machine != MACHINE_MODE && step->machine != MACHINE_PAYOUT) {
            continue;
        }
        body_add(body, some ? ",[\"" : ",\"steps\":[[\"");
        body_add(body, machines[step->machine].name);
        add_field(body, "\",", step->id);
        body_add(body, ",\"");
        body_add(body, machines[step->machine].states[step->to]);
        body_add(body, "\"]");
        some = true;
    }
    body_add(body, some ? "]" : "");
}

// ---- what was asked

static void add_task(body_text *body, const exchange_event *event)
{
    const exchange_client *client = &event->task.client;
    add_field(body, "\"area\":", event->task.area);
    body_hex(body, ",\"body\":", client->body, sizeof client->body);
    if (event->task.class_id > 0) {
        add_field(body, ",\"class\":", event->task.class_id);
    }
    body_hex(body, ",\"client\":", client->id, sizeof client->id);
    if (event->task.count > 0) {
        add_field(body, ",\"count\":", event->task.count);
    }
    add_field(body, ",\"data_bits\":", event->task.data_bits);
    add_field(body, ",\"deadline_us\":", event->task.deadline_us);
    const exchange_exact *e = &event->task.exact;
    if (e->work_cycles > 0.0) {
        const double values[] = {e->arrival_s, e->work_cycles, e->data_bits, e->deadline_s,
                                 e->value};
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            body_add(body, i == 0 ? ",\"exact\":[" : ",");
            body_real(body, values[i]);
        }
        body_add(body, "]");
    }
    if (event->task.key > 0) {
        add_field(body, ",\"key\":", event->task.key);
    }
    add_field(body, ",\"max_fee\":", event->task.max_fee);
    add_field(body, ",\"retry_ns\":", event->task.retry_ns);
    add_field(body, ",\"work_cycles\":", event->task.work_cycles);
}

static void add_cut(body_text *body, const exchange_cut *cut, uint64_t world_seed)
{
    body_add(body, "\"clusters\":[");
    for (int32_t w = 0; w < cut->server_count; w++) {
        add_field(body, w > 0 ? "," : "", cut->cluster_of[w]);
    }
    body_add(body, "],\"world_seed\":");
    body_word(body, world_seed);
}

static void add_machine(body_text *body, const exchange_event *event)
{
    const exchange_machine *m = &event->machine;
    if (event->barred != 0) {
        body_add(body, "\"barred\":");
        body_word(body, event->barred);
        body_add(body, ",");
    }
    add_field(body, "\"cards\":", m->card_count);
    add_field(body, ",\"cores\":", m->core_count);
    if (m->own_costs == 1) {
        body_add(body, ",\"energy_cost\":");
        body_real(body, m->energy_cost);
    }
    if (m->exact_hz > 0.0) {
        body_add(body, ",\"exact_hz\":");
        body_real(body, m->exact_hz);
    }
    add_field(body, ",\"node\":", m->node);
    add_field(body, ",\"speed_hz\":", m->speed_hz);
    if (event->start_ns > 0) {
        add_field(body, ",\"start_ns\":", event->start_ns);
    }
    if (m->own_costs == 1) {
        body_add(body, ",\"time_cost_per_s\":");
        body_real(body, m->time_cost_per_s);
    }
    body_units_write(body, event);
    body_add(body, ",\"x\":");
    body_real(body, m->x);
    body_add(body, ",\"y\":");
    body_real(body, m->y);
}

static void add_key(body_text *body, const exchange_event *event)
{
    if (event->kind == EVENT_KEY) {
        add_field(body, "\"expires_ns\":", event->key.expires_ns);
        body_add(body, ",");
    }
    body_hex(body, "\"key\":", event->key.key.byte, sizeof event->key.key.byte);
    if (event->kind == EVENT_KEY) {
        add_field(body, ",\"of\":", event->key.party);
        if (event->key.spend_cap > 0) {
            add_field(body, ",\"spend_cap\":", event->key.spend_cap);
        }
        add_field(body, ",\"type\":", event->key.kind);
    }
}

static void add_report(body_text *body, const exchange_event *event)
{
    add_field(body, "\"attempt\":", event->report.attempt);
    if (event->report.ran_ns > 0) {
        add_field(body, ",\"ran_ns\":", event->report.ran_ns);
    }
    add_field(body, ",\"refund\":", event->report.refund);
    add_field(body, ",\"server\":", event->report.server);
    add_field(body, ",\"task\":", event->report.task);
}

static void add_offer(body_text *body, const exchange_offer *offer)
{
    add_field(body, "\"floor\":", offer->floor);
    add_field(body, ",\"min_count\":", offer->min_count);
    add_field(body, ",\"notice_ns\":", offer->notice_ns);
    add_field(body, ",\"server\":", offer->server);
    add_field(body, ",\"until_ns\":", offer->until_ns);
}

static void add_benchmark(body_text *body, const exchange_benchmark *b)
{
    add_field(body, "\"class\":", b->class_id);
    add_field(body, ",\"nonce\":", b->nonce);
    add_field(body, ",\"server\":", b->server);
    add_field(body, ",\"unit_hz\":", b->unit_hz);
}

// Deposits, vouchers, terms, payouts, offers. False: it is none of these.
static bool add_money(body_text *body, const exchange_event *event)
{
    switch (event->kind) {
    case EVENT_DEPOSIT:
        add_field(body, "\"amount\":", event->deposit.amount);
        add_field(body, ",\"party\":", event->deposit.party);
        break;
    case EVENT_VOUCHER:
        add_field(body, "\"amount\":", event->voucher.amount);
        if (event->voucher.classes != 0) {
            body_add(body, ",\"classes\":");
            body_word(body, event->voucher.classes);
        }
        add_field(body, ",\"expires_ns\":", event->voucher.expires_ns);
        add_field(body, ",\"party\":", event->voucher.party);
        break;
    case EVENT_TERMS:
        add_field(body, "\"credit\":", event->terms.credit);
        add_field(body, ",\"party\":", event->terms.party);
        add_field(body, ",\"spend_cap\":", event->terms.spend_cap);
        break;
    case EVENT_PAYOUT:
        add_field(body, "\"amount\":", event->payout.amount);
        add_field(body, ",\"party\":", event->payout.party);
        break;
    case EVENT_CONFIRM:
    case EVENT_RETURN:
        add_field(body, "\"payout\":", event->payout.payout);
        break;
    case EVENT_OFFER:
        add_offer(body, &event->offer);
        break;
    case EVENT_BENCHMARK:
        add_benchmark(body, &event->benchmark);
        break;
    case EVENT_BOND:
        add_field(body, "\"amount\":", event->bond.amount);
        add_field(body, ",\"party\":", event->bond.party);
        break;
    default:
        return false;
    }
    return true;
}

static void add_data(body_text *body, const body_entry *entry)
{
    const exchange_event *event = entry->event;
    if (add_money(body, event)) {
        return;
    }
    switch (event->kind) {
    case EVENT_PARTY:
        add_field(body, "\"role\":", event->party.role);
        break;
    case EVENT_KEY:
    case EVENT_REVOKE:
        add_key(body, event);
        break;
    case EVENT_REGISTER:
        add_machine(body, event);
        break;
    case EVENT_ADMIT:
    case EVENT_HEARTBEAT:
    case EVENT_DRAIN:
    case EVENT_UNDRAIN:
    case EVENT_SUSPEND:
        add_field(body, "\"server\":", event->server.server);
        break;
    case EVENT_ASK: // the price is sealed
        add_field(body, "\"nonce\":", event->ask.nonce);
        if (event->ask.pool > 0) {
            add_field(body, ",\"pool\":", event->ask.pool);
        }
        add_field(body, ",\"server\":", event->ask.server);
        break;
    case EVENT_CYCLE:
        add_cut(body, event->cut, entry->world_seed);
        break;
    case EVENT_SLOT:
        add_field(body, "\"number\":", event->slot.number);
        body_add(body, ",\"seed\":");
        body_word(body, event->slot.seed);
        break;
    case EVENT_SUBMIT:
        add_task(body, event);
        break;
    case EVENT_CANCEL:
    case EVENT_ACK:
    case EVENT_START:
    case EVENT_FINISH:
    case EVENT_FAIL:
    case EVENT_FAULT:
    case EVENT_DISPUTE:
    case EVENT_RESOLVE:
        add_report(body, event);
        break;
    default: // seal, open, halt, resume, close, stop say all by their name
        break;
    }
}

void body_write(body_text *body, const body_entry *entry)
{
    if (entry->led_to->failed) { // it is not whole
        body->failed = true;
        return;
    }
    const exchange_event *event = entry->event;
    body_clear(body);
    add_field(body, "{\"actor\":", event->actor);
    add_field(body, ",\"at_ns\":", event->at_ns);
    add_awards(body, entry->led_to);
    body_add(body, ",\"data\":{");
    add_data(body, entry);
    add_field(body, "},\"id\":", entry->id);
    body_add(body, ",\"kind\":\"");
    body_add(body, exchange_kind_name(event->kind));
    body_add(body, "\"");
    add_legs(body, entry->led_to);
    if (entry->name != NULL) {
        body_add(body, ",\"name\":\"");
        body_add(body, entry->name);
        body_add(body, "\"");
    }
    body_hex(body, ",\"prev\":", entry->prev->byte, MERKLE_BYTES);
    if (entry->root != NULL) {
        body_hex(body, ",\"root\":", entry->root->byte, MERKLE_BYTES);
    }
    if (entry->sealed != NULL) {
        merkle_hash hash;
        crypto_hash_sha256(hash.byte, entry->sealed, entry->sealed_bytes);
        body_hex(body, ",\"sealed\":", hash.byte, MERKLE_BYTES);
    }
    add_steps(body, entry->led_to);
    body_add(body, "}");
}

// An ask's price stands in a line of its own before what its provider signed.
bool sealed_has(const exchange_event *event, const exchange_note *note)
{
    return event->kind == EVENT_ASK || (event->kind == EVENT_SUBMIT && event->task.canary.drawn) ||
           (note != NULL && note->sealed != NULL);
}

void sealed_write(body_text *sealed, const exchange_event *event, const exchange_note *note,
                  const unsigned char salt[EXCHANGE_SALT_BYTES])
{
    body_clear(sealed);
    bool noted = note != NULL && note->sealed != NULL;
    if (!sealed_has(event, note)) {
        return;
    }
    body_put(sealed, (const char *)salt, EXCHANGE_SALT_BYTES);
    if (event->kind == EVENT_ASK) {
        body_number(sealed, event->ask.micro);
        add_field(sealed, " ", event->ask.per);
        body_add(sealed, "\n");
    }
    body_canary_write(sealed, event);
    if (noted) {
        body_put(sealed, note->sealed, note->sealed_bytes);
    }
}
