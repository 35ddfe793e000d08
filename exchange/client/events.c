// SPDX-License-Identifier: Apache-2.0
#include "exchange/client/events.h"

#include <string.h>

void events_start(events *e, const char *last_id, client_listener *listener, void *user)
{
    *e = (events){.listener = listener, .user = user};
    snprintf(e->last_id, sizeof e->last_id, "%s", last_id);
}

void events_free(events *e)
{
    free(e->line);
    free(e->data);
}

// Room for more bytes and a zero behind them.
static dcat_status make_room(char **text, size_t used, size_t *room, size_t more, dcat_error *err)
{
    if (used + more > EVENTS_BYTES_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "an event of more than %d bytes", EVENTS_BYTES_MAX);
    }
    size_t wanted = *room == 0 ? 256 : *room;
    while (wanted <= used + more) {
        wanted *= 2;
    }
    if (wanted > *room) {
        char *larger = realloc(*text, wanted);
        if (larger == NULL) {
            return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for an event");
        }
        *text = larger;
        *room = wanted;
    }
    return DCAT_OK;
}

// An empty line: what was read since the last one is an event, if it has data.
static void dispatch(events *e, bool *enough)
{
    if (e->has_data) {
        e->data[e->data_used - (e->data_used > 0)] = '\0'; // without the last line's end
        const client_event event = {.id = e->last_id[0] != '\0' ? e->last_id : NULL,
                                    .name = e->name[0] != '\0' ? e->name : NULL,
                                    .data = e->data};
        *enough = !e->listener(e->user, &event);
    }
    e->has_data = false;
    e->data_used = 0;
    e->name[0] = '\0';
}

static dcat_status take_data(events *e, const char *value, size_t length, dcat_error *err)
{
    dcat_status status = make_room(&e->data, e->data_used, &e->data_room, length + 1, err);
    if (status == DCAT_OK) {
        memcpy(e->data + e->data_used, value, length);
        e->data_used += length;
        e->data[e->data_used++] = '\n';
        e->has_data = true;
    }
    return status;
}

// A field too long for us is none that we know.
static void keep(char to[CLIENT_EVENT_ID_SIZE], const char *value, size_t length)
{
    if (length < CLIENT_EVENT_ID_SIZE && memchr(value, '\0', length) == NULL) {
        memcpy(to, value, length);
        to[length] = '\0';
    }
}

static dcat_status take_line(events *e, bool *enough, dcat_error *err)
{
    const char *line = e->line;
    size_t length = e->line_used;
    e->line_used = 0;
    if (length == 0) {
        dispatch(e, enough);
        return DCAT_OK;
    }
    const char *colon = memchr(line, ':', length);
    size_t word = colon != NULL ? (size_t)(colon - line) : length;
    const char *value = line + word + (colon != NULL);
    value += value < line + length && *value == ' ';
    size_t value_length = (size_t)(line + length - value);
    if (word == 4 && memcmp(line, "data", 4) == 0) {
        return take_data(e, value, value_length, err);
    }
    if (word == 5 && memcmp(line, "event", 5) == 0) {
        keep(e->name, value, value_length);
    } else if (word == 2 && memcmp(line, "id", 2) == 0) {
        keep(e->last_id, value, value_length);
    }
    return DCAT_OK; // a comment has no word
}

dcat_status events_feed(events *e, const char *bytes, size_t size, bool *enough, dcat_error *err)
{
    *enough = false;
    for (size_t i = 0; i < size && !*enough; i++) {
        bool second_half = e->after_cr && bytes[i] == '\n'; // of CRLF
        e->after_cr = bytes[i] == '\r';
        if (second_half) {
            continue;
        }
        dcat_status status = make_room(&e->line, e->line_used, &e->line_room, 1, err);
        if (status == DCAT_OK && (bytes[i] == '\r' || bytes[i] == '\n')) {
            status = take_line(e, enough, err);
        } else if (status == DCAT_OK) {
            e->line[e->line_used++] = bytes[i];
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    return DCAT_OK;
}
