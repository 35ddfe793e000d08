// SPDX-License-Identifier: Apache-2.0
#include "dcat/error.h"

#include "base/utf8.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    bool user;
    const char *text;
} statuses[DCAT_STATUS_COUNT] = {
#define DCAT_STATUS_ROW(name, user, text) [DCAT_##name] = {user, text},
    DCAT_STATUS_LIST(DCAT_STATUS_ROW)
#undef DCAT_STATUS_ROW
};

const char *dcat_status_text(dcat_status status)
{
    if ((unsigned)status >= DCAT_STATUS_COUNT) {
        return "unknown status";
    }
    return statuses[status].text;
}

bool dcat_status_is_user_error(dcat_status status)
{
    return (unsigned)status < DCAT_STATUS_COUNT && statuses[status].user;
}

dcat_status dcat_fail(dcat_error *err, dcat_status status, const char *format, ...)
{
    if (err != NULL) {
        err->status = status;
        va_list arguments;
        va_start(arguments, format);
        int length = vsnprintf(err->message, sizeof err->message, format, arguments);
        va_end(arguments);
        if (length >= (int)sizeof err->message) {
            err->message[utf8_whole(err->message, sizeof err->message - 1)] = '\0';
        }
        utf8_make_harmless(err->message, strlen(err->message)); // it holds what users wrote
    }
    return status;
}
