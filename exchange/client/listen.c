// SPDX-License-Identifier: Apache-2.0
// Listening to the exchange's events.
#include "exchange/client/connection.h"
#include "exchange/client/events.h"

#include <stdlib.h>
#include <string.h>

enum { CONNECT_TIMEOUT_MS = 10000, SILENCE_S = 40 }; // a comment comes every 15 s

typedef struct listening {
    client *c;
    events events;
    const atomic_bool *stop;
    dcat_error *err;
    dcat_status status; // why it was ended by us
    bool enough;
} listening;

static size_t receive(char *bytes, size_t one, size_t size, void *user)
{
    (void)one;
    listening *l = user;
    long status = 0;
    curl_easy_getinfo(l->c->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        l->status = dcat_fail(l->err, DCAT_ERR_FORMAT, "the stream of events is refused: %.*s",
                              (int)(size < 300 ? size : 300), bytes);
        return 0;
    }
    l->status = events_feed(&l->events, bytes, size, &l->enough, l->err);
    return l->status == DCAT_OK && !l->enough ? size : 0;
}

// Called about once a second at least.
static int watch(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    const listening *l = user;
    return l->stop != NULL && atomic_load(l->stop);
}

static CURLcode perform(listening *l, char *url, const char *last_id)
{
    char resume[32 + CLIENT_EVENT_ID_SIZE];
    snprintf(resume, sizeof resume, "Last-Event-ID: %s", last_id);
    const char *headers[] = {"Accept: text/event-stream", last_id[0] != '\0' ? resume : NULL};
    CURL *curl = l->c->curl;
    struct curl_slist *list = connection_prepare(l->c, "GET", url, headers, 2);
    if (list == NULL) {
        l->status = dcat_fail(l->err, DCAT_ERR_MEMORY, "out of memory for a call");
        return CURLE_OUT_OF_MEMORY;
    }
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, l);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, l);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_S);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(list);
    return code;
}

dcat_status client_listen(client *c, const char *path, char last_id[CLIENT_EVENT_ID_SIZE],
                          client_listener *listener, void *user, const atomic_bool *stop,
                          dcat_error *err)
{
    char *url = connection_url(c, path);
    if (url == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a call");
    }
    listening l = {.c = c, .stop = stop, .err = err};
    events_start(&l.events, last_id, listener, user);
    CURLcode code = perform(&l, url, last_id);
    memcpy(last_id, l.events.last_id, CLIENT_EVENT_ID_SIZE);
    dcat_status status = l.status;
    if (status == DCAT_OK && !l.enough && code != CURLE_ABORTED_BY_CALLBACK) {
        status = dcat_fail(err, DCAT_ERR_IO, "GET %s: %s", url,
                           code == CURLE_OK ? "the stream ended" : curl_easy_strerror(code));
    }
    events_free(&l.events);
    free(url);
    return status;
}
