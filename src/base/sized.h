// SPDX-License-Identifier: Apache-2.0
// sized.h (internal) - structs that callers fill begin with their size, see DCAT_SIZED.

#ifndef DCAT_BASE_SIZED_H
#define DCAT_BASE_SIZED_H

#include "dcat/error.h"

static inline dcat_status sized_check(const char *type, size_t size, size_t here, dcat_error *err)
{
    return size == here ? DCAT_OK
                        : dcat_fail(err, DCAT_ERR_RANGE,
                                    "%s: made for another version of dcat (size %zu, this one has "
                                    "%zu); begin it with DCAT_SIZED",
                                    type, size, here);
}

// Is *object, which begins with its size, a struct as this library knows it?
#define SIZED_CHECK(type, object, err) sized_check(#type, (object)->size, sizeof(type), err)

#endif
