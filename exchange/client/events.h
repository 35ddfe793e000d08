// SPDX-License-Identifier: Apache-2.0
// events.h (internal) - a stream of server-sent events, in pieces of any size, as the events in it.
// Source: WHATWG HTML, 9.2.6.

#ifndef DCAT_EXCHANGE_CLIENT_EVENTS_H
#define DCAT_EXCHANGE_CLIENT_EVENTS_H

#include "exchange/client/client.h"

enum { EVENTS_BYTES_MAX = 1 << 20 }; // of one event

typedef struct events {
    char last_id[CLIENT_EVENT_ID_SIZE];
    char name[CLIENT_EVENT_ID_SIZE]; // of the event that is being read
    char *line, *data;               // owned
    size_t line_used, line_room, data_used, data_room;
    bool after_cr, has_data;
    client_listener *listener;
    void *user;
} events;

void events_start(events *e, const char *last_id, client_listener *listener, void *user);
void events_free(events *e);

// The next bytes. Errors: ERR_RANGE (an event too large), ERR_MEMORY. *enough: the listener's word.
dcat_status events_feed(events *e, const char *bytes, size_t size, bool *enough, dcat_error *err);

#endif
