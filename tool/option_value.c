// SPDX-License-Identifier: Apache-2.0
// Values of options: a text becomes a number, a list or what its setter makes of it.

#include "tool/option.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *cli_real(const char *text, double *value)
{
    char *end = NULL;
    double number = strtod(text, &end);
    bool whole_text = end != text && *end == '\0';
    if (whole_text && !isfinite(number)) {
        return "must be a finite number";
    }
    if (!whole_text || text[strspn(text, "0123456789.eE+-")] != '\0') { // neither hex nor spaces
        return "must be a number";
    }
    *value = number;
    return NULL;
}

dcat_status cli_whole(const cli_option *row, void *target, const char *text, dcat_error *err)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    bool digits = text[0] >= '0' && text[0] <= '9';
    if (!digits || *end != '\0' || errno != 0 || value < row->min || value > row->max) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "--%s must be a whole number in [%" PRIu64 ", %" PRIu64 "], got '%s'",
                         row->name, row->min, row->max, text);
    }
    uint32_t half = (uint32_t)value;
    memcpy(target, row->size == sizeof half ? (void *)&half : (void *)&value, row->size);
    return DCAT_OK;
}

static dcat_status set_real(const cli_option *row, double *target, const char *text,
                            dcat_error *err)
{
    double value = 0.0;
    if (cli_real(text, &value) != NULL || value < row->low || value > row->high) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--%s must be a number in [%g, %g], got '%s'",
                         row->name, row->low, row->high, text);
    }
    *target = value;
    return DCAT_OK;
}

static dcat_status add_text(cli_list *list, const char *text, dcat_error *err)
{
    const char **grown = realloc(list->text, sizeof *grown * (list->count + 1));
    if (grown == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    list->text = grown;
    list->text[list->count++] = text;
    return DCAT_OK;
}

dcat_status cli_set(const cli_option *row, char *options, char *text, dcat_error *err)
{
    void *target = options + row->offset;
    switch (row->kind) {
    case CLI_FLAG:
        *(bool *)target = true;
        return DCAT_OK;
    case CLI_WHOLE:
        return cli_whole(row, target, text, err);
    case CLI_REAL:
        return set_real(row, target, text, err);
    case CLI_TEXT:
        *(const char **)target = text;
        return DCAT_OK;
    case CLI_LIST:
        return add_text(target, text, err);
    case CLI_OWN:
        break;
    }
    return row->set(target, text, err);
}
