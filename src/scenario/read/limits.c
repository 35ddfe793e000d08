// SPDX-License-Identifier: Apache-2.0
#include "scenario/read/limits.h"

#include "base/array_room.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_TEXT_SIZE 512

void place_limits_free(place_limits *limits)
{
    names_free(&limits->texts);
    free(limits->barred);
    *limits = (place_limits){0};
}

// The next name of a list between spaces; NULL at its end.
static const char *next_name(const char **list, size_t *length)
{
    const char *name = *list + strspn(*list, " ");
    *length = strcspn(name, " ");
    *list = name + *length;
    return *length > 0 ? name : NULL;
}

// Append "word=a+b" to text; every name must be a place of some server.
static dcat_status append_list(const table *t, int column, const names *places, const char *word,
                               char *text, dcat_error *err)
{
    const table_cell *cell = table_cell_at(t, (size_t)column);
    const char *list = cell->given ? cell->text : "", *name, *between = word;
    size_t length;
    while ((name = next_name(&list, &length)) != NULL) {
        if (places == NULL || names_find(places, name, length) == NAMES_NONE) {
            char given[64];
            snprintf(given, sizeof given, "%.*s", (int)(length < 63 ? length : 63), name);
            const char *nearest = places == NULL ? NULL : names_nearest(places, given);
            return table_fail(t, err, DCAT_ERR_REFERENCE, column,
                              "%s must be a country or a region of a server%s%s%s",
                              TEXT_SHOW(name, length), nearest == NULL ? "" : "; did you mean ",
                              nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
        }
        size_t used = strlen(text);
        if (used + strlen(between) + length + 2 > LIMIT_TEXT_SIZE) {
            return table_fail(t, err, DCAT_ERR_RANGE, column, "must name fewer places");
        }
        snprintf(text + used, LIMIT_TEXT_SIZE - used, "%s%.*s", between, (int)length, name);
        between = "+";
    }
    return DCAT_OK;
}

static bool names_place(const table *t, int column, const names *places, int32_t place)
{
    const table_cell *cell = table_cell_at(t, (size_t)column);
    const char *list = cell->given ? cell->text : "", *name;
    size_t length;
    bool found = false;
    while (place >= 0 && (name = next_name(&list, &length)) != NULL) {
        found = found || names_find(places, name, length) == (size_t)place;
    }
    return found;
}

static void fill_barred(const table *t, int allow, int deny, const server_data *servers,
                        uint8_t *barred)
{
    const names *places = &servers->places;
    for (size_t i = 0; i < servers->names.count; i++) {
        int32_t country = servers->country[i], region = servers->region[i];
        bool allowed = !table_cell_at(t, (size_t)allow)->given ||
                       names_place(t, allow, places, country) ||
                       names_place(t, allow, places, region);
        barred[i] = !allowed || names_place(t, deny, places, country) ||
                    names_place(t, deny, places, region);
    }
}

dcat_status limit_read(const table *t, int allow, int deny, const server_data *servers,
                       place_limits *limits, int32_t *limit, dcat_error *err)
{
    char text[LIMIT_TEXT_SIZE] = "";
    const names *places = servers == NULL || servers->places.count == 0 ? NULL : &servers->places;
    *limit = 0;
    dcat_status status = append_list(t, allow, places, " allow=", text, err);
    if (status == DCAT_OK) {
        status = append_list(t, deny, places, " deny=", text, err);
    }
    if (status != DCAT_OK || servers == NULL || text[0] == '\0') {
        return status;
    }
    size_t index = 0, S = servers->names.count;
    bool added = false;
    status = names_add(&limits->texts, text, strlen(text), &index, &added, err);
    if (status == DCAT_OK && added) {
        status = array_room(&limits->barred, &limits->capacity, limits->texts.count * S,
                            sizeof *limits->barred, err);
    }
    if (status == DCAT_OK && added) {
        fill_barred(t, allow, deny, servers, &limits->barred[index * S]);
    }
    *limit = status == DCAT_OK ? (int32_t)index + 1 : 0;
    return status;
}
