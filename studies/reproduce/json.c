// SPDX-License-Identifier: Apache-2.0
// Results of jobs as JSON, for the store.

#include "reproduce/job.h"

#include "file/json_write.h"
#include <stddef.h>
#include <string.h>

json_t *reproduce_reals_json(const double *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < count; i++) {
        if (json_array_append_new(array, json_number(values[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

bool reproduce_reals_from_json(const json_t *array, double *values, size_t count)
{
    if (json_array_size(array) != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!json_is_number(json_array_get(array, i))) {
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = json_number_value(json_array_get(array, i));
    }
    return true;
}
