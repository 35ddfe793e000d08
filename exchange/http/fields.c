// SPDX-License-Identifier: Apache-2.0
#include "exchange/http/fields.h"

#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define DETAIL_TEXT 40 // of a client's own words in a message

json_t *fields_parse(const char *body, size_t length, bool may_be_empty, http_problem *problem)
{
    json_error_t why;
    if (length == 0 && may_be_empty) {
        body = "{}";
        length = 2;
    }
    json_t *object = json_object_of(length > 0 ? body : "", length, &why);
    if (object == NULL) {
        if (why.text[0] == '\0') {
            http_refuse(problem, PROBLEM_BUSY, "no memory");
        } else {
            http_refuse(problem, PROBLEM_MALFORMED, "the body must be a JSON object: %s", why.text);
        }
    }
    return object;
}

fields fields_of(const json_t *object, const char *where, http_problem *problem)
{
    return (fields){.object = object, .where = where, .problem = problem};
}

bool fields_has(const fields *f, const char *name)
{
    return json_object_get(f->object, name) != NULL;
}

// The value of a field that is asked for; NULL: refused, or not there and need not be.
static const json_t *value_of(fields *f, const char *name, bool required)
{
    f->names[f->count++] = name;
    const json_t *value = json_object_get(f->object, name);
    if (json_is_null(value) && !required) {
        value = NULL;
    }
    if (value == NULL && required) {
        http_refuse(f->problem, PROBLEM_OUT_OF_RANGE, "%s%s is missing", f->where, name);
    }
    return f->problem->code == PROBLEM_NONE ? value : NULL;
}

static void must_be(fields *f, const char *name, const char *what)
{
    http_refuse(f->problem, PROBLEM_OUT_OF_RANGE, "%s%s must be %s", f->where, name, what);
}

const json_t *fields_object(fields *f, const char *name, bool required)
{
    const json_t *value = value_of(f, name, required);
    if (value != NULL && !json_is_object(value)) {
        must_be(f, name, "an object");
        return NULL;
    }
    return value;
}

const json_t *fields_array(fields *f, const char *name, size_t max)
{
    const json_t *value = value_of(f, name, true);
    size_t count = json_array_size(value);
    if (value != NULL && (!json_is_array(value) || count == 0 || count > max)) {
        http_refuse(f->problem, PROBLEM_OUT_OF_RANGE, "%s%s must be an array of 1 to %zu elements",
                    f->where, name, max);
        return NULL;
    }
    return value;
}

const char *fields_text(fields *f, const char *name, bool required, size_t max)
{
    const json_t *value = value_of(f, name, required);
    if (value == NULL) {
        return NULL;
    }
    if (!json_is_string(value) || json_string_length(value) > max ||
        (required && json_string_length(value) == 0)) {
        http_refuse(f->problem, PROBLEM_OUT_OF_RANGE, "%s%s must be a text of up to %zu bytes",
                    f->where, name, max);
        return NULL;
    }
    return json_string_value(value);
}

const char *fields_name(fields *f, const char *name)
{
    const char *text = fields_text(f, name, true, 64);
    for (const char *c = text; c != NULL && *c != '\0'; c++) {
        if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\') {
            must_be(f, name, "of printable ASCII without \" and \\");
            return NULL;
        }
    }
    return text;
}

double fields_number(fields *f, const char *name, double standard, double low, double high)
{
    const json_t *value = value_of(f, name, isnan(standard));
    if (value == NULL) {
        return isnan(standard) ? low : standard;
    }
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= low && number <= high)) {
        http_refuse(f->problem, PROBLEM_OUT_OF_RANGE, "%s%s must be a number in [%g, %g], got %g",
                    f->where, name, low, high, number);
        return low;
    }
    return number;
}

int64_t fields_whole(fields *f, const char *name, int64_t standard, int64_t low, int64_t high)
{
    const json_t *value = value_of(f, name, standard == FIELDS_REQUIRED);
    if (value == NULL) {
        return standard == FIELDS_REQUIRED ? low : standard;
    }
    int64_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < low || number > high) {
        http_refuse(f->problem, PROBLEM_OUT_OF_RANGE,
                    "%s%s must be a whole number in [%" PRId64 ", %" PRId64 "]", f->where, name,
                    low, high);
        return low;
    }
    return number;
}

bool fields_digits(const char *text, int64_t *value)
{
    size_t length = strlen(text);
    if (length == 0 || length > 18 || strspn(text, "0123456789") != length) {
        return false;
    }
    *value = 0;
    for (const char *c = text; *c != '\0'; c++) {
        *value = 10 * *value + (*c - '0');
    }
    return true;
}

dcat_money fields_money(fields *f, const char *name, dcat_money standard)
{
    const json_t *value = value_of(f, name, standard < 0);
    if (value == NULL) {
        return standard;
    }
    int64_t amount = json_integer_value(value);
    bool good = json_is_integer(value) ||
                (json_is_string(value) && fields_digits(json_string_value(value), &amount));
    if (!good || amount < 1 || amount > DCAT_MONEY_MAX) {
        must_be(f, name, "whole micro-units in [1, 10^18], as a number or as digits");
        return 0;
    }
    return amount;
}

int64_t fields_id(fields *f, const char *name)
{
    const json_t *value = value_of(f, name, true);
    int64_t id = 0;
    if (value != NULL &&
        (!json_is_string(value) || !fields_digits(json_string_value(value), &id))) {
        must_be(f, name, "an id: 1 to 18 digits in quotes");
    }
    return id;
}

int fields_word(fields *f, const char *name, const char *const *words, int count, int standard)
{
    const json_t *value = value_of(f, name, standard < 0);
    if (value == NULL) {
        return standard < 0 ? 0 : standard;
    }
    char list[100] = "";
    for (int i = 0; i < count; i++) {
        if (json_is_string(value) && strcmp(json_string_value(value), words[i]) == 0) {
            return i;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    http_refuse(f->problem, PROBLEM_OUT_OF_RANGE, "%s%s must be one of: %s", f->where, name, list);
    return 0;
}

bool fields_truth(fields *f, const char *name)
{
    const json_t *value = value_of(f, name, true);
    if (value != NULL && !json_is_boolean(value)) {
        must_be(f, name, "true or false");
    }
    return json_is_true(value);
}

bool fields_end(fields *f)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)f->object, key, value)
    {
        bool known = false;
        for (int i = 0; i < f->count; i++) {
            known = known || strcmp(f->names[i], key) == 0;
        }
        if (!known) {
            return http_refuse(f->problem, PROBLEM_UNKNOWN_FIELD, "%s%.*s is not known", f->where,
                               DETAIL_TEXT, key);
        }
    }
    return f->problem->code == PROBLEM_NONE;
}
