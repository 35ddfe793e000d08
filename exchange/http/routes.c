// SPDX-License-Identifier: Apache-2.0
#include "exchange/http/routes.h"

#include "exchange/core/exchange.h"

#include <string.h>

const http_route http_routes[ROUTE_COUNT] = {
#define ROUTE_ROW(name, method, path, roles, body_max) {method, path, roles, body_max},
    HTTP_ROUTES(ROUTE_ROW)
#undef ROUTE_ROW
};

// Whether a path is of a pattern, and what its braces stand for.
static bool fits(const char *pattern, const char *path, http_parts *parts)
{
    int part = 0;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (*pattern++ != *path++) {
                return false;
            }
            continue;
        }
        bool slashes = strcmp(pattern, "{tile}") == 0;
        size_t length = slashes ? strlen(path) : strcspn(path, "/");
        if (length == 0 || length >= HTTP_PART_BYTES) {
            return false;
        }
        memcpy(parts->text[part], path, length);
        parts->text[part++][length] = '\0';
        path += length;
        pattern += strcspn(pattern, "}") + 1;
    }
    return *path == '\0';
}

http_route_id http_route_find(const char *method, const char *path, http_parts *parts, bool *known)
{
    *known = false;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        *parts = (http_parts){0};
        if (fits(http_routes[i].path, path, parts)) {
            if (strcmp(http_routes[i].method, method) == 0) {
                return (http_route_id)i;
            }
            *known = true;
        }
    }
    return ROUTE_COUNT;
}
