// SPDX-License-Identifier: Apache-2.0
#include "file/table/fields.h"

#include "base/json.h"
#include "file/table/table.h"
#include <string.h>

dcat_cell field_cell(const field *f, const void *from)
{
    const void *member = (const char *)from + f->offset;
    uint32_t narrow;
    uint64_t wide;
    double real;
    switch (f->kind) {
    case FIELD_REAL:
        memcpy(&real, member, sizeof real);
        return dcat_cell_number(real);
    case FIELD_INTEGER:
        if (f->size == sizeof narrow) {
            memcpy(&narrow, member, sizeof narrow);
            return dcat_cell_count(narrow);
        }
        memcpy(&wide, member, sizeof wide);
        return dcat_cell_count(wide);
    case FIELD_BOOLEAN:
        return dcat_cell_boolean(*(const bool *)member);
    case FIELD_TEXT:
        return dcat_cell_text(*(const char *const *)member);
    case FIELD_OBJECT:
    default:
        return dcat_cell_missing();
    }
}

json_t *fields_json(const field *fields, const void *from)
{
    json_t *object = json_object();
    for (const field *f = fields; f->key != NULL; f++) {
        const dcat_cell cell = field_cell(f, from);
        json_t *value = f->kind == FIELD_OBJECT
                            ? fields_json(f->members, (const char *)from + f->offset)
                            : json_cell(&cell);
        object = json_with(object, f->key, value);
    }
    return object;
}

static bool read_field(const json_t *value, const field *f, void *member)
{
    double real = json_number_value(value);
    json_int_t wide = json_integer_value(value);
    uint32_t narrow = (uint32_t)wide;
    switch (f->kind) {
    case FIELD_REAL:
        memcpy(member, &real, sizeof real);
        return json_is_number(value);
    case FIELD_INTEGER:
        memcpy(member, f->size == sizeof narrow ? (void *)&narrow : (void *)&wide, f->size);
        return json_is_integer(value) && wide >= 0 && (f->size == sizeof wide || wide == narrow);
    case FIELD_OBJECT:
        return fields_read(value, f->members, member);
    case FIELD_BOOLEAN:
    case FIELD_TEXT:
    default:
        return false;
    }
}

bool fields_read(const json_t *object, const field *fields, void *into)
{
    bool ok = true;
    for (const field *f = fields; ok && f->key != NULL; f++) {
        ok = read_field(json_object_get(object, f->key), f, (char *)into + f->offset);
    }
    return ok;
}
