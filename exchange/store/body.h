// SPDX-License-Identifier: Apache-2.0
// body.h (internal) - an event as the log has it: one line of JSON with sorted keys, and back.

#ifndef DCAT_EXCHANGE_STORE_BODY_H
#define DCAT_EXCHANGE_STORE_BODY_H

#include "exchange/store/store.h"
#include "exchange/store/text.h"

struct json_t;
struct scan_object;

// An event and all that its row says. Lists that are empty are left out of the text.
typedef struct body_entry {
    const exchange_event *event;
    int64_t id;
    uint64_t world_seed; // of the cut of a cycle
    const exchange_told *led_to;
    const merkle_hash *prev; // leaf of the event before
    const merkle_hash *root; // Nullable: of the tree before; in the body of slots
    const char *name;        // Nullable
    const void *sealed;      // Nullable
    size_t sealed_bytes;
} body_entry;
void body_write(body_text *body, const body_entry *entry);

// What is sealed of an event: salt; of an ask its price; what the note has. Empty when there is
// nothing to seal.
bool sealed_has(const exchange_event *event, const exchange_note *note);
void sealed_write(body_text *sealed, const exchange_event *event, const exchange_note *note,
                  const unsigned char salt[EXCHANGE_SALT_BYTES]);

// The event of a row, but for the cut of a cycle. Errors: ERR_FORMAT, ERR_MEMORY.
typedef struct body_rest {
    int64_t id;
    char name[EXCHANGE_NAME_MAX + 1]; // "": none
    int32_t *clusters;                // [cluster_count] of a cycle; the caller frees it
    size_t cluster_count;
    uint64_t world_seed;
} body_rest;
typedef struct body_bytes {
    const char *body;
    size_t body_bytes;
    const char *sealed; // Nullable
    size_t sealed_bytes;
} body_bytes;
dcat_status body_read(const body_bytes *bytes, exchange_event *event, body_rest *rest,
                      dcat_error *err);

// ---- body_canary.c: what decides, and nobody else is to know
// The first line of what is sealed of a task that is a canary; nothing of others.
void body_canary_write(body_text *sealed, const exchange_event *event);
void body_canary_read(const char *sealed, size_t bytes, exchange_event *event); // behind the salt
// SHA-256 of the output that a receipt names; all 0: it names none.
void body_output_read(const char *document, size_t bytes, unsigned char output[MERKLE_BYTES]);
void body_hex_read(const char *digits, size_t count, void *bytes, size_t byte_count);

// A body as JSON, for the caller to give back. Errors: ERR_FORMAT, ERR_MEMORY.
dcat_status body_json(const char *body, size_t length, struct json_t **json, dcat_error *err);

// What an event led to by its own words, and the leaf that it follows. Errors: ERR_FORMAT,
// ERR_MEMORY.
dcat_status body_read_told(const body_bytes *bytes, exchange_told *led_to, merkle_hash *prev,
                           dcat_error *err);

// The first event. The areas and words of what was read are in own, whose memory is the caller's.
typedef struct setup_own {
    dcat_area *areas;
    dcat_link *links;
    dcat_site *nodes;
    dcat_class *classes;
    dcat_device *devices;
    double *efficiency;
    char (*names)[EXCHANGE_NAME_MAX + 1]; // of classes, then of devices
    const char **name_list;
    dcat_resources_config resources; // of these
    char name[EXCHANGE_NAME_MAX + 1], currency[EXCHANGE_NAME_MAX + 1];
} setup_own;
// Of the first event, and of later ones by which a new version of the rules begins. A setting that
// a version adds is in no text of an older one, and 0 where it was read from there.
#define RULES_VERSION 2
typedef struct setup_chain {
    int64_t at_ns;
    const merkle_hash *prev, *state; // Nullable, both of the first event: leaf before; snapshot
    const merkle_hash *sealed;       // Nullable: the hash of what is sealed of the first event
} setup_chain;
void setup_write(body_text *body, const exchange_setup *setup, int64_t version,
                 const setup_chain *chain);
// 0: it names none. Errors: ERR_FORMAT, ERR_MEMORY.
dcat_status setup_version(const char *body, size_t length, int64_t *version, dcat_error *err);
dcat_status setup_read(const char *body, size_t length, exchange_setup *setup, setup_own *own,
                       dcat_error *err);
void setup_free(setup_own *own);
bool name_is_valid(const char *name);

// ---- setup_resources.c
void setup_resources_write(body_text *body, const exchange_setup *setup);
dcat_status setup_resources_read(const struct json_t *json, exchange_setup *setup, setup_own *own,
                                 dcat_error *err);

// ---- body_units.c
void body_units_write(body_text *body, const exchange_event *event);
void body_units_read(const struct scan_object *data, exchange_event *event);

#endif
