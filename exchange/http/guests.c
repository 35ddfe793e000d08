// SPDX-License-Identifier: Apache-2.0
#include "exchange/http/limits.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define SECOND INT64_C(1000000000)
#define LOOKS 4 // in the time that a request may take

typedef struct guest {
    struct guest *next, **link;
    int64_t since_ns;
    int socket;
    bool asked; // a request is there, and being answered
} guest;

struct guests {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t stopping;
    guest *first;
    int64_t most_ns;
    bool stopped;
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

// Its thread of the daemon finds the connection at its end, and closes it.
static void sweep(const guests *g)
{
    for (const guest *one = g->first; one != NULL; one = one->next) {
        if (!one->asked && now_ns() - one->since_ns > g->most_ns) {
            shutdown(one->socket, SHUT_RDWR);
        }
    }
}

static void *look(void *user)
{
    guests *g = user;
    pthread_mutex_lock(&g->mutex);
    while (!g->stopped) {
        int64_t next_ns = now_ns() + g->most_ns / LOOKS;
        const struct timespec next = {next_ns / SECOND, next_ns % SECOND};
        pthread_cond_timedwait(&g->stopping, &g->mutex, &next);
        sweep(g);
    }
    pthread_mutex_unlock(&g->mutex);
    return NULL;
}

void guests_on_connection(void *user, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    guests *g = user;
    guest *one = *context;
    pthread_mutex_lock(&g->mutex);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        one = info != NULL ? calloc(1, sizeof *one) : NULL;
        if (one != NULL) {
            *one = (guest){g->first, &g->first, now_ns(), info->connect_fd, false};
            if (one->next != NULL) {
                one->next->link = &one->next;
            }
            g->first = one;
        }
        *context = one;
    } else if (one != NULL) {
        *one->link = one->next;
        if (one->next != NULL) {
            one->next->link = one->link;
        }
        free(one);
        *context = NULL;
    }
    pthread_mutex_unlock(&g->mutex);
}

static void set(guests *g, struct MHD_Connection *connection, bool asked)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    guest *one = info != NULL ? info->socket_context : NULL;
    if (one != NULL) {
        pthread_mutex_lock(&g->mutex);
        one->asked = asked;
        one->since_ns = now_ns();
        pthread_mutex_unlock(&g->mutex);
    }
}

void guests_asked(guests *g, struct MHD_Connection *connection)
{
    set(g, connection, true);
}

void guests_answered(guests *g, struct MHD_Connection *connection)
{
    set(g, connection, false);
}

dcat_status guests_start(double most_s, guests **g, dcat_error *err)
{
    guests *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for connections");
    }
    made->most_ns = (int64_t)(most_s * 1e9);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->stopping, &clock);
    pthread_condattr_destroy(&clock);
    if (pthread_create(&made->thread, NULL, look, made) != 0) {
        pthread_cond_destroy(&made->stopping);
        pthread_mutex_destroy(&made->mutex);
        free(made);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no thread for connections");
    }
    *g = made;
    return DCAT_OK;
}

void guests_stop(guests *g)
{
    if (g == NULL) {
        return;
    }
    pthread_mutex_lock(&g->mutex);
    g->stopped = true;
    pthread_cond_signal(&g->stopping);
    pthread_mutex_unlock(&g->mutex);
    pthread_join(g->thread, NULL);
    pthread_cond_destroy(&g->stopping);
    pthread_mutex_destroy(&g->mutex);
    free(g);
}
