// SPDX-License-Identifier: Apache-2.0
// json.h (internal) - building JSON so that no failure is lost.
//
// jansson says at every step whether there was memory, and a step that nobody asks leaves out a
// value in silence. Here a failure makes the whole NULL, NULL stays NULL whatever is added, and who
// writes it says ERR_MEMORY. Nobody else calls jansson's functions that change a value
// (tests/tool/house.sh).

#ifndef DCAT_BASE_JSON_H
#define DCAT_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define JSON_MUST_USE __attribute__((warn_unused_result))

// Both are taken over; what holds them is returned, NULL when something failed here or before.
static inline JSON_MUST_USE json_t *json_kept(json_t *whole, bool ok)
{
    if (!ok) {
        json_decref(whole);
        return NULL;
    }
    return whole;
}

// The object with the value under a key.
static inline JSON_MUST_USE json_t *json_with(json_t *object, const char *key, json_t *value)
{
    return json_kept(object, json_object_set_new(object, key, value) == 0);
}

// The array with the value at its end.
static inline JSON_MUST_USE json_t *json_plus(json_t *array, json_t *value)
{
    return json_kept(array, json_array_append_new(array, value) == 0);
}

// The object with all members of another one.
static inline JSON_MUST_USE json_t *json_merged(json_t *object, json_t *more)
{
    bool ok = object != NULL && more != NULL && json_object_update(object, more) == 0;
    json_decref(more);
    return json_kept(object, ok);
}

// What text says, which must be an object; NULL when it is none, and why in *why, "" without
// memory. jansson takes a failed allocation for a wrong token: so what it refuses is tried again,
// and refused only if there is memory for more than it can need.
static inline JSON_MUST_USE json_t *json_object_of(const char *text, size_t length,
                                                   json_error_t *why)
{
    json_t *document = json_loadb(text, length, JSON_REJECT_DUPLICATES, why);
    if (document == NULL) {
        document = json_loadb(text, length, JSON_REJECT_DUPLICATES, why);
    }
    void *room = document == NULL ? malloc(64 * (length + 64)) : NULL;
    if (document == NULL && room == NULL) {
        why->text[0] = '\0';
    } else if (document != NULL && !json_is_object(document)) {
        snprintf(why->text, sizeof why->text, "something else");
        json_decref(document);
        document = NULL;
    }
    free(room);
    return document;
}

#endif
