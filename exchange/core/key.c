// SPDX-License-Identifier: Apache-2.0
// By what parties are known: bearer keys and keys that sign. A revoked key stays, so that it is
// never anybody's again.
#include "exchange/core/object.h"

#include <string.h>

static int32_t find_key(const exchange *x, const exchange_key *key)
{
    for (int32_t i = 0; i < x->core.key_count; i++) {
        if (memcmp(&x->keys[i].key, key, sizeof *key) == 0) {
            return i;
        }
    }
    return NONE;
}

// Each party for itself, an operator and the exchange for all.
static bool may_act(const exchange *x, int32_t actor, int32_t party)
{
    return actor == EXCHANGE_SELF || actor == party || x->parties[actor].role == ROLE_OPERATOR;
}

exchange_result on_key(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    (void)sink;
    int32_t party = event->key.party, kind = event->key.kind;
    if (party < 0 || party >= x->core.party_count) {
        return refused(CODE_NOT_FOUND);
    }
    if (!may_act(x, event->actor, party)) {
        return refused(CODE_FORBIDDEN);
    }
    bool spends = kind == EXCHANGE_KEY_BEARER && x->parties[party].role == ROLE_USER;
    if (kind < 0 || kind >= EXCHANGE_KEY_KIND_COUNT || event->key.expires_ns < 0 ||
        event->key.expires_ns > EXCHANGE_TIME_MAX || event->key.spend_cap < 0 ||
        event->key.spend_cap > (spends ? DCAT_MONEY_MAX : 0)) {
        return refused(CODE_OUT_OF_RANGE);
    }
    int32_t known = find_key(x, &event->key.key);
    if (known != NONE) {
        const key_record *k = &x->keys[known];
        bool same = k->party == party && k->kind == kind && !k->revoked &&
                    k->expires_ns == event->key.expires_ns && k->spend_cap == event->key.spend_cap;
        return same ? (exchange_result){.code = CODE_REPEATED, .id = known}
                    : refused(CODE_KEY_REUSED);
    }
    if (x->core.key_count == x->config.key_max) {
        return refused(CODE_BUSY);
    }
    x->keys[x->core.key_count] = (key_record){.key = event->key.key,
                                              .expires_ns = event->key.expires_ns,
                                              .party = party,
                                              .kind = (uint8_t)kind,
                                              .spend_cap = event->key.spend_cap};
    return done(x->core.key_count++);
}

exchange_result on_revoke(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    (void)sink;
    int32_t known = find_key(x, &event->key.key);
    if (known == NONE) {
        return refused(CODE_NOT_FOUND);
    }
    key_record *k = &x->keys[known];
    if (!may_act(x, event->actor, k->party)) {
        return refused(CODE_FORBIDDEN);
    }
    if (k->revoked) {
        return (exchange_result){.code = CODE_REPEATED, .id = known};
    }
    k->revoked = 1;
    return done(known);
}
