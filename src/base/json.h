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

// The object without the key.
static inline JSON_MUST_USE json_t *json_without(json_t *object, const char *key)
{
    json_object_del(object, key); // needs no memory; a key that is not there is no failure
    return object;
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

// json_loadb of text, or json_loadf of file when text is NULL; "" in *why without memory. jansson
// goes on when it gets none, without a byte of a token or past its end, so this leaves it at the
// first refusal: then what was read so far is never freed.
JSON_MUST_USE json_t *json_load_guarded(const char *text, size_t length, FILE *file,
                                        json_error_t *why);

// What text says, which must be an object; NULL when it is none, and why in *why, "" without
// memory.
static inline JSON_MUST_USE json_t *json_object_of(const char *text, size_t length,
                                                   json_error_t *why)
{
    json_t *document = json_load_guarded(text, length, NULL, why);
    if (document != NULL && !json_is_object(document)) {
        snprintf(why->text, sizeof why->text, "something else");
        json_decref(document);
        document = NULL;
    }
    return document;
}

#endif
