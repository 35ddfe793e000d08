// SPDX-License-Identifier: Apache-2.0
// limits.h - how often somebody may do something: a bucket that fills with time, for a second's
// worth.

#ifndef DCAT_EXCHANGE_HTTP_LIMITS_H
#define DCAT_EXCHANGE_HTTP_LIMITS_H

#include "dcat/error.h"
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

struct sockaddr;

typedef struct rate_limit {
    double tokens;
    int64_t at_ns; // 0: it is full
} rate_limit;

// One more, if there is one.
bool limit_take(rate_limit *l, double rate_per_s, int64_t now_ns);
bool limit_has(rate_limit *l, double rate_per_s, int64_t now_ns);

// Failures by address: addresses that share a place share their limit. Port counts for nothing.
typedef struct failures failures;
failures *failures_create(double rate_per_s); // NULL without memory
void failures_destroy(failures *f);
void failures_count(failures *f, const struct sockaddr *from, int64_t now_ns);
bool failures_allow(failures *f, const struct sockaddr *from, int64_t now_ns);

// ---- connections that have begun, and an end to those that say a request so slowly that they only
// hold a place (guests.c): libmicrohttpd ends silent ones, but not one that sends a byte now and
// then

typedef struct guests guests;

// most_s: from the beginning of a connection, or its last answer, until its next request is there
// as a whole.
dcat_status guests_start(double most_s, guests **g, dcat_error *err);
void guests_stop(guests *g); // g nullable; after the daemon

// MHD_OPTION_NOTIFY_CONNECTION, with the guests.
void guests_on_connection(void *user, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what);
// Its request is there as a whole; it was answered.
void guests_asked(guests *g, struct MHD_Connection *connection);
void guests_answered(guests *g, struct MHD_Connection *connection);

#endif
