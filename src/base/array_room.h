// SPDX-License-Identifier: Apache-2.0
// array_room.h - arrays that grow while something is read.

#ifndef DCAT_BASE_ARRAY_ROOM_H
#define DCAT_BASE_ARRAY_ROOM_H

#include "dcat/error.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Make room for count elements of element_bytes each, at least half as many again as before.
//   array  address of the pointer to the elements, of any type
// Errors: ERR_MEMORY; the array is untouched then.
static inline dcat_status array_room(void *array, size_t *capacity, size_t count,
                                     size_t element_bytes, dcat_error *err)
{
    if (count <= *capacity) {
        return DCAT_OK;
    }
    size_t wanted = *capacity + *capacity / 2;
    wanted = wanted < count ? count : wanted;
    wanted = wanted < 16 ? 16 : wanted;
    void *elements; // copied as bytes: a pointer to T may not be read as a pointer to void
    memcpy(&elements, array, sizeof elements);
    elements =
        wanted <= SIZE_MAX / 2 / element_bytes ? realloc(elements, wanted * element_bytes) : NULL;
    if (elements == NULL) {
        dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu elements of %zu bytes", wanted,
                  element_bytes);
        return DCAT_ERR_MEMORY;
    }
    memcpy(array, &elements, sizeof elements);
    *capacity = wanted;
    return DCAT_OK;
}

#endif
