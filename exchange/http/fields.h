// SPDX-License-Identifier: Apache-2.0
// fields.h - a JSON object that a client sent, taken apart field by field: what is missing, of
// another type, out of range or not known is refused by name. After the first refusal everything
// that is asked for comes out as nothing.

#ifndef DCAT_EXCHANGE_HTTP_FIELDS_H
#define DCAT_EXCHANGE_HTTP_FIELDS_H

#include "exchange/http/problem.h"

#include <jansson.h>

enum { FIELDS_MAX = 20 };
typedef struct fields {
    const json_t *object;
    const char *where; // in front of names in messages: "" or "origin."
    http_problem *problem;
    const char *names[FIELDS_MAX]; // that were asked for
    int count;
} fields;

// The object of a body; for json_decref. NULL: refused. An empty body is {} where that may be.
json_t *fields_parse(const char *body, size_t length, bool may_be_empty, http_problem *problem);

fields fields_of(const json_t *object, const char *where, http_problem *problem);
bool fields_has(const fields *f, const char *name);
const json_t *fields_object(fields *f, const char *name, bool required);
const json_t *fields_array(fields *f, const char *name, size_t max); // at least one
// Up to max bytes; NULL where it is missing.
const char *fields_text(fields *f, const char *name, bool required, size_t max);
// Printable ASCII without " and \, up to 64 bytes: as stores take it.
const char *fields_name(fields *f, const char *name);
double fields_number(fields *f, const char *name, double standard, double low, double high);
int64_t fields_whole(fields *f, const char *name, int64_t standard, int64_t low, int64_t high);
// From 1 up, as a number or as digits.
dcat_money fields_money(fields *f, const char *name, dcat_money standard);
int64_t fields_id(fields *f, const char *name); // digits in quotes; required
// Index of one of the words; standard < 0: required.
int fields_word(fields *f, const char *name, const char *const *words, int count, int standard);
bool fields_truth(fields *f, const char *name);
// No field is left that nobody asked for; and nothing was refused.
bool fields_end(fields *f);

#define FIELDS_REQUIRED_NUMBER ((double)NAN)
#define FIELDS_REQUIRED INT64_MIN

bool fields_digits(const char *text, int64_t *value); // 1 to 18 of them

#endif
