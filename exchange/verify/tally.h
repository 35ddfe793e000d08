// SPDX-License-Identifier: Apache-2.0
// tally.h (internal) - what events say of money, tasks and servers, held against every rule that
// needs no secret. Numbers of invariants are those of docs/exchange.md.

#ifndef DCAT_EXCHANGE_VERIFY_TALLY_H
#define DCAT_EXCHANGE_VERIFY_TALLY_H

#include "dcat/error.h"
#include "exchange/verify/map.h"
#include "exchange/verify/tree.h"

#include <jansson.h>

typedef struct tally_task {
    int64_t party, work, held, attempt;
    const char *state; // a word of the schema
    size_t team;       // where its members begin
    int32_t members;
} tally_task;

typedef struct tally_server {
    int64_t party, nonce;
    const char *state;
} tally_server;

typedef struct tally {
    map accounts;  // balances by number
    map clients;   // tasks by party and client's id
    map nonces;    // by server and pool
    map payouts;   // which arrow of the schema led to where they are, by number
    int64_t *team; // servers of awards
    size_t team_count, team_room;
    tally_task *tasks; // [task_count] ids count from 1
    size_t task_count, task_room;
    tally_server *servers; // [server_count]
    size_t server_count, server_room;
    int64_t party_count, awards, transfers;
    const char *mode;
    bool seeds_given;
    int64_t slot_ns, version; // of the rules
    // Of the event that is looked at:
    int64_t seq, at_ns, slot; // slot: the last one
    bool is_slot, is_rules;
    verify_hash slot_root; // after the last slot
} tally;

void tally_begin(tally *b);
void tally_end(tally *b);

// One event; tree: before it. Errors: ERR_FORMAT, naming the event and the rule;
// ERR_MEMORY.
dcat_status tally_take(tally *b, int64_t seq, const json_t *body, const verify_tree *tree,
                       dcat_error *err);

// ---- for its own files
dcat_status tally_wrong(const tally *b, dcat_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
dcat_status tally_no_memory(dcat_error *err);
// Room for one more of an array of things of a size; false without memory.
bool tally_room(void **array, size_t count, size_t *room, size_t size);
int64_t tally_item(const json_t *array, size_t index);
const char *tally_words(const json_t *array, size_t index); // never NULL
tally_task *tally_task_of(const tally *b, int64_t id);      // NULL: there is none
dcat_status tally_take_legs(tally *b, const json_t *legs, dcat_error *err);
dcat_status tally_take_steps(tally *b, const json_t *steps, dcat_error *err);
dcat_status tally_look_at_steps(const tally *b, const json_t *steps, dcat_error *err); // behind all
dcat_status tally_take_awards(tally *b, const json_t *awards, dcat_error *err);

#endif
