// SPDX-License-Identifier: Apache-2.0
// body.h (internal) - an event as the log has it: one line of JSON with sorted keys, and back.

#ifndef DCAT_EXCHANGE_STORE_BODY_H
#define DCAT_EXCHANGE_STORE_BODY_H

#include "exchange/store/store.h"

// Text that grows; failed once there was no memory.
typedef struct body_text {
    char *at;
    size_t used, room;
    bool failed;
} body_text;
void text_clear(body_text *t);
void text_free(body_text *t);
void text_add(body_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

// What an event led to, as it was told, for its body and for the rows that follow from it.
typedef struct told_award {
    exchange_award award; // its arrays are in members
    size_t member_first;
} told_award;
typedef struct told_member {
    int32_t server;
    int64_t load;
} told_member;
typedef struct told {
    exchange_leg *legs;
    exchange_step *steps;
    told_award *awards;
    told_member *members;
    size_t leg_count, step_count, award_count, member_count;
    size_t leg_room, step_room, award_room, member_room;
    bool failed; // without memory
} told;
void told_clear(told *t);
void told_free(told *t);
exchange_sink told_sink(told *t);

// The body. world_seed: of the cut of a cycle. prev: leaf of the event before, NULL for the first;
// root: of the tree before the event, in the body of slots.
void body_write(body_text *body, const exchange_event *event, int64_t id, uint64_t world_seed,
                const told *led_to, const merkle_hash *prev, const merkle_hash *root);

// The event of a body, but for the cut of a cycle: its clusters go to *clusters [*cluster_count],
// which the caller frees, and its seed to *world_seed. Errors: ERR_FORMAT, ERR_MEMORY.
typedef struct body_cut {
    int32_t *clusters;
    size_t cluster_count;
    uint64_t world_seed;
} body_cut;
dcat_status body_read(const char *body, size_t length, exchange_event *event, int64_t *id,
                      body_cut *cut, dcat_error *err);

// The first event. The areas of what was read are the caller's to free.
void setup_write(body_text *body, const exchange_setup *setup);
dcat_status setup_read(const char *body, size_t length, exchange_setup *setup, dcat_area **areas,
                       dcat_error *err);

#endif
