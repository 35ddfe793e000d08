// SPDX-License-Identifier: Apache-2.0
// Steps, awards and transfers against the rules.
#include "exchange/verify/schema.h"
#include "exchange/verify/tally.h"

#include <inttypes.h>
#include <string.h>

// ---- I4: steps

typedef struct arrow {
    const char *from, *to;
} arrow;
#define SCHEMA_STEP(from, to) {from, to},
static const arrow task_steps[] = {SCHEMA_TASK_STEPS(SCHEMA_STEP){NULL, NULL}};
static const arrow server_steps[] = {SCHEMA_SERVER_STEPS(SCHEMA_STEP){NULL, NULL}};
static const arrow payout_steps[] = {SCHEMA_PAYOUT_STEPS(SCHEMA_STEP){NULL, NULL}};
static const arrow mode_steps[] = {SCHEMA_MODE_STEPS(SCHEMA_STEP){NULL, NULL}};
#undef SCHEMA_STEP

// The new state's word; NULL: there is no such step.
static const char *go(const arrow *steps, const char *from, const char *to)
{
    for (; steps->from != NULL; steps++) {
        if (strcmp(steps->from, from) == 0 && strcmp(steps->to, to) == 0) {
            return steps->to;
        }
    }
    return NULL;
}

// Of payouts there are few: where one is, is where the arrow went that it took last, by its place
// in the schema, from 1 on.
static dcat_status take_payout(tally *b, int64_t id, const char *to, dcat_error *err)
{
    int64_t *last = map_at(&b->payouts, (map_key){.low = (uint64_t)id}, NULL);
    if (last == NULL) {
        return tally_no_memory(err);
    }
    const char *from = *last == 0 ? "-" : payout_steps[*last - 1].to;
    for (int64_t i = 0; payout_steps[i].from != NULL; i++) {
        if (strcmp(payout_steps[i].from, from) == 0 && strcmp(payout_steps[i].to, to) == 0) {
            *last = i + 1;
            return DCAT_OK;
        }
    }
    return tally_wrong(b, err, "I4: payout %" PRId64 " goes from %s to %.40s", id, from, to);
}

static dcat_status take_step(tally *b, const json_t *json, dcat_error *err)
{
    const char *machine = tally_words(json, STEP_MACHINE), *to = tally_words(json, STEP_TO);
    int64_t id = tally_item(json, STEP_ID);
    const arrow *steps = NULL;
    const char **state = NULL;
    if (strcmp(machine, "payout") == 0) {
        return take_payout(b, id, to, err);
    }
    if (strcmp(machine, "task") == 0 && tally_task_of(b, id) != NULL) {
        steps = task_steps;
        state = &tally_task_of(b, id)->state;
    } else if (strcmp(machine, "server") == 0 && id >= 0 && (size_t)id < b->server_count) {
        steps = server_steps;
        state = &b->servers[id].state;
    } else if (strcmp(machine, "exchange") == 0) {
        steps = mode_steps;
        state = &b->mode;
    }
    const char *next = state == NULL ? NULL : go(steps, *state, to);
    if (next == NULL) {
        return tally_wrong(b, err, "I4: %s %" PRId64 " goes from %s to %.40s", machine, id,
                           state == NULL ? "nowhere" : *state, to);
    }
    if (steps == task_steps && (*state)[0] == '-' && strcmp(b->mode, "open") != 0) {
        return tally_wrong(b, err, "I20: task %" PRId64 " is accepted while %s", id, b->mode);
    }
    *state = next;
    return DCAT_OK;
}

dcat_status tally_take_steps(tally *b, const json_t *steps, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < json_array_size(steps); i++) {
        status = take_step(b, json_array_get(steps, i), err);
    }
    return status;
}

// ---- awards

static dcat_status take_member(tally *b, tally_task *t, const json_t *member, int64_t *load,
                               dcat_error *err)
{
    int64_t server = tally_item(member, MEMBER_SERVER), part = tally_item(member, MEMBER_LOAD);
    if (server < 0 || (size_t)server >= b->server_count || part < 0 || part > t->work - *load) {
        return tally_wrong(b, err, "I9: a member is server %" PRId64 " with %" PRId64 " cycles",
                           server, part);
    }
    if (!tally_room((void **)&b->team, b->team_count, &b->team_room, sizeof *b->team)) {
        return tally_no_memory(err);
    }
    for (int32_t m = 0; m < t->members; m++) {
        if (b->team[t->team + (size_t)m] == server) {
            return tally_wrong(b, err, "server %" PRId64 " is twice in a team", server);
        }
    }
    b->team[b->team_count++] = server;
    t->members++;
    *load += part;
    return DCAT_OK;
}

static dcat_status take_award(tally *b, const json_t *award, dcat_error *err)
{
    int64_t id = tally_item(award, AWARD_TASK), load = 0;
    tally_task *t = tally_task_of(b, id);
    if (t == NULL || strcmp(t->state, "awarded") != 0 ||
        tally_item(award, AWARD_ATTEMPT) != t->attempt + 1) {
        return tally_wrong(b, err, "it awards task %" PRId64 ", attempt %" PRId64 ", which is %s",
                           id, tally_item(award, AWARD_ATTEMPT), t == NULL ? "none" : t->state);
    }
    if (strcmp(b->mode, "halted") == 0 || strcmp(b->mode, "stopped") == 0) {
        return tally_wrong(b, err, "I20: task %" PRId64 " is sold while %s", id, b->mode);
    }
    const json_t *team = json_array_get(award, AWARD_TEAM);
    t->attempt++;
    t->team = b->team_count;
    t->members = 0;
    b->awards++;
    dcat_status status = DCAT_OK;
    for (size_t m = 0; status == DCAT_OK && m < json_array_size(team); m++) {
        status = take_member(b, t, json_array_get(team, m), &load, err);
    }
    if (status == DCAT_OK && (load != t->work || tally_item(award, AWARD_PAY) < 0)) {
        status = tally_wrong(
            b, err, "I9: the parts of task %" PRId64 " have %" PRId64 " cycles of %" PRId64, id,
            load, t->work);
    }
    return status;
}

dcat_status tally_take_awards(tally *b, const json_t *awards, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < json_array_size(awards); i++) {
        status = take_award(b, json_array_get(awards, i), err);
    }
    return status;
}

// ---- transfers

static dcat_status add(const tally *b, int64_t *sum, int64_t amount, dcat_error *err)
{
    return __builtin_add_overflow(*sum, amount, sum)
               ? tally_wrong(b, err, "I1: a balance is beyond all bounds")
               : DCAT_OK;
}

static dcat_status move(tally *b, int64_t account, int64_t amount, dcat_error *err)
{
    int64_t *balance = map_at(&b->accounts, (map_key){.low = (uint64_t)account}, NULL);
    return balance != NULL ? add(b, balance, amount, err) : tally_no_memory(err);
}

// I12: only members of the team are paid.
static bool is_paid_rightly(const tally *b, const tally_task *t, const char *kind, int64_t credit)
{
    if (strcmp(kind, "share") != 0 && strcmp(kind, "rounding") != 0) {
        return true;
    }
    for (int32_t m = 0; t != NULL && m < t->members; m++) {
        int64_t server = b->team[t->team + (size_t)m];
        if (schema_payable(b->servers[server].party) == credit) {
            return true;
        }
    }
    return false;
}

static dcat_status take_leg(tally *b, const json_t *leg, dcat_error *err)
{
    int64_t debit = tally_item(leg, LEG_DEBIT), credit = tally_item(leg, LEG_CREDIT),
            amount = tally_item(leg, LEG_AMOUNT), id = tally_item(leg, LEG_TASK);
    tally_task *t = tally_task_of(b, id);
    const char *kind = tally_words(leg, LEG_KIND);
    if (amount <= 0 || debit == credit || !schema_account(debit, b->party_count) ||
        !schema_account(credit, b->party_count)) {
        return tally_wrong(b, err, "I1: it moves %" PRId64 " from account %" PRId64 " to %" PRId64,
                           amount, debit, credit);
    }
    if (id != 0 && (t == NULL || tally_item(leg, LEG_ATTEMPT) != t->attempt)) {
        return tally_wrong(b, err, "I5: a transfer cites task %" PRId64 ", attempt %" PRId64, id,
                           tally_item(leg, LEG_ATTEMPT));
    }
    if (!is_paid_rightly(b, t, kind, credit)) {
        return tally_wrong(b, err,
                           "I12: account %" PRId64 " is paid for task %" PRId64
                           ", which nobody of it was awarded",
                           credit, id);
    }
    b->transfers++;
    dcat_status status = move(b, debit, -amount, err);
    if (status == DCAT_OK) {
        status = move(b, credit, amount, err);
    }
    int64_t held = (schema_is_held(credit) ? amount : 0) - (schema_is_held(debit) ? amount : 0);
    return status == DCAT_OK && t != NULL ? add(b, &t->held, held, err) : status;
}

// I3: nobody is overdrawn. I18: a fee is held while its task is open, and no longer.
static dcat_status look_at_leg(tally *b, const json_t *leg, dcat_error *err)
{
    for (size_t side = LEG_DEBIT; side <= LEG_CREDIT; side++) {
        int64_t account = tally_item(leg, side);
        const int64_t *balance = map_at(&b->accounts, (map_key){.low = (uint64_t)account}, NULL);
        if (balance == NULL) {
            return tally_no_memory(err);
        }
        if (*balance < 0 && !schema_may_overdraw(account)) {
            return tally_wrong(b, err, "I3: account %" PRId64 " has %" PRId64, account, *balance);
        }
        if (account == SCHEMA_CLEARING && *balance != 0) {
            return tally_wrong(b, err, "I2: clearing keeps %" PRId64, *balance);
        }
    }
    return DCAT_OK;
}

static dcat_status look_at_task(const tally *b, int64_t id, dcat_error *err)
{
    const tally_task *t = tally_task_of(b, id);
    if (t == NULL) {
        return DCAT_OK;
    }
    bool open = strcmp(t->state, "accepted") == 0 || strcmp(t->state, "awarded") == 0 ||
                strcmp(t->state, "running") == 0;
    return open == (t->held > 0) && t->held >= 0
               ? DCAT_OK
               : tally_wrong(b, err, "I18: task %" PRId64 " is %s, and %" PRId64 " is held", id,
                             t->state, t->held);
}

dcat_status tally_take_legs(tally *b, const json_t *legs, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    size_t count = json_array_size(legs);
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        status = take_leg(b, json_array_get(legs, i), err);
    }
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        const json_t *leg = json_array_get(legs, i);
        status = look_at_leg(b, leg, err);
        if (status == DCAT_OK) {
            status = look_at_task(b, tally_item(leg, LEG_TASK), err);
        }
    }
    return status;
}

// A task that closes lets go of its fee, whatever moved.
dcat_status tally_look_at_steps(const tally *b, const json_t *steps, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        if (strcmp(tally_words(step, STEP_MACHINE), "task") == 0) {
            status = look_at_task(b, tally_item(step, STEP_ID), err);
        }
    }
    return status;
}
