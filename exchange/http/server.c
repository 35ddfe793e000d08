// SPDX-License-Identifier: Apache-2.0
// From start to end.
#include "exchange/http/request.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define READ_TIMEOUT_MS 200
// libmicrohttpd writes zeros to all of it at every request, twice. Heads are shorter, bodies go
// through in pieces.
#define CONNECTION_MEMORY (16 * 1024)

http_config http_config_default(void)
{
    return (http_config){
        .address = "127.0.0.1",
        .port = 8080,
        .requests_per_s = 200.0,
        .failures_per_s = 20.0,
        .connection_max = 1200,
        .idle_s = 120,
        .books = {.minor_digits = -1},
        .unseal_ns = 86400 * INT64_C(1000000000),
        .benchmark_age_ns = 86400 * INT64_C(1000000000),
    };
}

// ---- the address

typedef union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
} address;

static bool read_address(const http_config *config, address *at)
{
    memset(at, 0, sizeof *at);
    uint16_t port = htons((uint16_t)config->port);
    if (inet_pton(AF_INET, config->address, &at->four.sin_addr) == 1) {
        at->four.sin_family = AF_INET;
        at->four.sin_port = port;
        return true;
    }
    at->six.sin6_family = AF_INET6;
    at->six.sin6_port = port;
    return inet_pton(AF_INET6, config->address, &at->six.sin6_addr) == 1;
}

static bool is_loopback(const address *at)
{
    return at->any.sa_family == AF_INET
               ? (ntohl(at->four.sin_addr.s_addr) >> 24) == 127
               : memcmp(&at->six.sin6_addr, &in6addr_loopback, sizeof in6addr_loopback) == 0;
}

dcat_status http_config_check(const http_config *config, dcat_error *err)
{
    address at;
    if (config->port < 0 || config->port > 65535) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the port must be in [0, 65535], got %d",
                         config->port);
    }
    if (!read_address(config, &at)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "the address must be numeric, such as 127.0.0.1 or ::1, got %.60s",
                         config->address);
    }
    if ((config->certificate == NULL) != (config->key == NULL)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "tls needs a certificate and a key");
    }
    if (config->certificate == NULL && !is_loopback(&at)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "%.60s is no loopback address, so keys would travel in the clear: "
                         "configure tls, or listen at 127.0.0.1",
                         config->address);
    }
    if (!(config->requests_per_s >= 1.0) || !(config->failures_per_s >= 1.0) ||
        config->connection_max < 1 || config->idle_s < 1) {
        return dcat_fail(err, DCAT_ERR_RANGE, "limits must be at least 1");
    }
    return DCAT_OK;
}

// ---- the daemon

// Clients that leave are no news.
__attribute__((format(printf, 2, 0))) static void no_log(void *user, const char *format,
                                                         va_list arguments)
{
    (void)user;
    (void)format;
    (void)arguments;
}

// Choice: poll, never epoll: libmicrohttpd 0.9.75 sleeps for ever in epoll once 128 connections are
// ready at once and some are suspended. And two threads, since each takes in but one new connection
// a round: with one, the last of 1 000 that came together waited for seconds. Suspended connections
// cost them nothing.
static dcat_status start_daemon(http_server *s, dcat_error *err)
{
    address at;
    read_address(&s->config, &at);
    unsigned flags =
        MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | MHD_USE_ITC;
    flags |= at.any.sa_family == AF_INET6 ? MHD_USE_IPv6 : 0;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)s->config.certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)s->config.key},
        {MHD_OPTION_END, 0, NULL},
    };
    if (s->config.certificate != NULL) {
        flags |= MHD_USE_TLS;
    } else {
        tls[0] = tls[2];
    }
    s->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, http_on_request, s, MHD_OPTION_EXTERNAL_LOGGER, no_log, NULL,
        MHD_OPTION_SOCK_ADDR, &at.any, MHD_OPTION_NOTIFY_COMPLETED, http_on_end, s,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->config.connection_max,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)s->config.idle_s, MHD_OPTION_NOTIFY_CONNECTION,
        guests_on_connection, s->guests, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)HTTP_THREADS,
        MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    return s->daemon != NULL ? DCAT_OK
                             : dcat_fail(err, DCAT_ERR_IO, "cannot listen at %s port %d%s",
                                         s->config.address, s->config.port,
                                         s->config.certificate != NULL
                                             ? ": is the port free, and are the certificate and "
                                               "its key in PEM?"
                                             : ": is the port free?");
}

// ---- together

static void free_server(http_server *s)
{
    for (int i = 0; i < HTTP_READERS; i++) {
        exchange_reader_close(s->readers[i]);
    }
    guests_stop(s->guests);
    http_keys_destroy(s->keys);
    failures_destroy(s->failures);
    pthread_cond_destroy(&s->readers_free);
    pthread_mutex_destroy(&s->readers_lock);
    pthread_mutex_destroy(&s->streams_lock);
    pthread_mutex_destroy(&s->today_lock);
    free(s);
}

static dcat_status make_parts(http_server *s, dcat_error *err)
{
    const exchange_setup *setup = exchange_store_setup_view(live_store(s->live));
    s->keys = http_keys_create(setup->config.key_max, s->config.requests_per_s);
    s->failures = failures_create(s->config.failures_per_s);
    if (s->keys == NULL || s->failures == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for keys");
    }
    http_keys_read(s->keys, live_lock(s->live));
    live_unlock(s->live);
    dcat_status status = guests_start(s->config.idle_s, &s->guests, err);
    for (int i = 0; i < HTTP_READERS && status == DCAT_OK; i++) {
        status = exchange_reader_open(s->config.live.folder, READ_TIMEOUT_MS, &s->readers[i], err);
    }
    return status;
}

dcat_status http_server_start(const http_config *config, http_server **server, dcat_error *err)
{
    dcat_status status = http_config_check(config, err);
    if (status == DCAT_OK && sodium_init() < 0) {
        status = dcat_fail(err, DCAT_ERR_INTERNAL, "libsodium does not start");
    }
    http_server *s = status == DCAT_OK ? calloc(1, sizeof *s) : NULL;
    if (s == NULL) {
        return status != DCAT_OK ? status : dcat_fail(err, DCAT_ERR_MEMORY, "no memory");
    }
    s->config = *config;
    pthread_mutex_init(&s->readers_lock, NULL);
    pthread_mutex_init(&s->streams_lock, NULL);
    pthread_mutex_init(&s->today_lock, NULL);
    pthread_cond_init(&s->readers_free, NULL);
    status = live_start(&config->live, &s->live, err);
    if (status == DCAT_OK) {
        status = make_parts(s, err);
    }
    if (status == DCAT_OK) {
        status = start_daemon(s, err);
    }
    if (status != DCAT_OK) {
        if (s->live != NULL) {
            live_stop(s->live);
        }
        free_server(s);
        return status;
    }
    *server = s;
    return DCAT_OK;
}

int http_server_port(const http_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

live *http_server_live(http_server *server)
{
    return server->live;
}

// First nobody new is let in; then whoever waits for the writer is answered; then streams end.
void http_server_stop(http_server *server)
{
    atomic_store(&server->stops, true);
    MHD_socket listening = MHD_quiesce_daemon(server->daemon);
    live_quiesce(server->live);
    while (atomic_load(&server->streams) > 0) { // none may be suspended then
        live_hub_wake_all(live_hub_of(server->live));
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    MHD_stop_daemon(server->daemon);
    if (listening != MHD_INVALID_SOCKET) {
        close(listening);
    }
    live_stop(server->live);
    free_server(server);
}
