// SPDX-License-Identifier: Apache-2.0
// error.h - how a call says that it failed.
//
// Whatever can go wrong at run time returns a dcat_status and fills the caller's dcat_error, always
// the last argument and always nullable. The library never prints and never exits. A failed call
// leaves its outputs untouched and nothing to free.

#ifndef DCAT_ERROR_H
#define DCAT_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DCAT_API __attribute__((visibility("default")))

// Structs that callers fill begin with their size, so that one made for another version is refused
// instead of misread: a _default() sets it, and so does this, first among the fields that are
// named.
#define DCAT_SIZED(type) .size = sizeof(type)

// Functions whose text stands in a header. Each is exported as well (src/sim/symbols.c), for
// callers that cannot read C.
#ifndef DCAT_INLINE
#define DCAT_INLINE DCAT_API inline
#endif

// The one list of status codes: name, whether the caller's input is to blame, one-line text.
#define DCAT_STATUS_LIST(X)                                                                        \
    X(OK, false, "ok")                                                                             \
    X(ERR_RANGE, true, "value out of range")                                                       \
    X(ERR_FORMAT, true, "malformed input")                                                         \
    X(ERR_FIELD, true, "unknown, missing or duplicate field")                                      \
    X(ERR_REFERENCE, true, "name refers to nothing")                                               \
    X(ERR_NOT_FOUND, true, "no such file or name")                                                 \
    X(ERR_EXISTS, true, "would overwrite an existing file")                                        \
    X(ERR_IO, false, "reading or writing failed")                                                  \
    X(ERR_MEMORY, false, "out of memory")                                                          \
    X(ERR_INTERNAL, false, "an invariant is broken: this is a defect in dcat")

typedef enum dcat_status {
#define DCAT_STATUS_ENUM(name, user, text) DCAT_##name,
    DCAT_STATUS_LIST(DCAT_STATUS_ENUM)
#undef DCAT_STATUS_ENUM
        DCAT_STATUS_COUNT
} dcat_status;

typedef struct dcat_error {
    dcat_status status;
    char message[512]; // one line; names the field as the user wrote it, the rule and the value
} dcat_error;

// One-line English text of a status code; "unknown status" outside the list.
DCAT_API const char *dcat_status_text(dcat_status status);

// True when the caller's input is to blame (exit code 2), false when the program or machine is (1).
DCAT_API bool dcat_status_is_user_error(dcat_status status);

// Fill err (nullable) and return status, so that a check reads `return dcat_fail(err, ...)`.
DCAT_API dcat_status dcat_fail(dcat_error *err, dcat_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif
#endif
