// SPDX-License-Identifier: Apache-2.0
#include "service/standin.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct standin {
    struct MHD_Daemon *daemon;
    standin_handler *handler;
    void *user;
    pthread_mutex_t lock;
    size_t count;
    char url[64];
};

typedef struct body {
    char *text;
    size_t used;
} body;

static const char *header(struct MHD_Connection *c, const char *name)
{
    return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static int add_query(void *user, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    char *path = user;
    size_t used = strlen(path);
    snprintf(path + used, 512 - used, "%s%s=%s", strchr(path, '?') == NULL ? "?" : "&", key,
             value != NULL ? value : "");
    return MHD_YES;
}

static enum MHD_Result answer_with(struct MHD_Connection *c, const standin_answer *a)
{
    if (a->status == 0) {
        free(a->owned);
        return MHD_NO;
    }
    char *text = a->owned != NULL ? a->owned : strdup(a->body != NULL ? a->body : "");
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(response, "Content-Type",
                            a->type != NULL ? a->type : "application/json");
    if (a->retry_after != NULL) {
        MHD_add_response_header(response, "Retry-After", a->retry_after);
    }
    enum MHD_Result queued = MHD_queue_response(c, (unsigned)a->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result take(void *user, struct MHD_Connection *c, const char *url,
                            const char *method, const char *version, const char *data, size_t *size,
                            void **request)
{
    (void)version;
    standin *s = user;
    if (*request == NULL) {
        *request = calloc(1, sizeof(body));
        return MHD_YES;
    }
    body *b = *request;
    if (*size > 0) {
        b->text = realloc(b->text, b->used + *size + 1);
        memcpy(b->text + b->used, data, *size);
        b->used += *size;
        b->text[b->used] = '\0';
        *size = 0;
        return MHD_YES;
    }
    char path[512];
    snprintf(path, sizeof path, "%s", url);
    MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, (MHD_KeyValueIterator)add_query, path);
    pthread_mutex_lock(&s->lock);
    const standin_request asked = {method,
                                   path,
                                   header(c, "Idempotency-Key"),
                                   header(c, "Authorization"),
                                   header(c, "Last-Event-ID"),
                                   b->text != NULL ? b->text : "",
                                   ++s->count};
    const standin_answer a = s->handler(s->user, &asked);
    enum MHD_Result result = answer_with(c, &a);
    pthread_mutex_unlock(&s->lock);
    return result;
}

static void forget(void *user, struct MHD_Connection *c, void **request,
                   enum MHD_RequestTerminationCode code)
{
    (void)user, (void)c, (void)code;
    body *b = *request;
    if (b != NULL) {
        free(b->text);
        free(b);
    }
}

standin *standin_start(standin_handler *handler, void *user)
{
    standin *s = calloc(1, sizeof *s);
    s->handler = handler;
    s->user = user;
    pthread_mutex_init(&s->lock, NULL);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    s->daemon =
        MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD, 0, NULL, NULL, take, s, MHD_OPTION_SOCK_ADDR,
                         &at, MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_END);
    if (s->daemon == NULL) {
        abort();
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u", (unsigned)info->port);
    return s;
}

void standin_stop(standin *s)
{
    MHD_stop_daemon(s->daemon);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

const char *standin_url(const standin *s)
{
    return s->url;
}

size_t standin_count(const standin *s)
{
    return s->count;
}
