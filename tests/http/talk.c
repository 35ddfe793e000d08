// SPDX-License-Identifier: Apache-2.0
#include "talk.h"

#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const dcat_area areas[] = {{{10e3, 20e3}, 0}, {{10e3, 30e3}, 0}};
static const char *const area_names[] = {"south", "north"};

// ---- people

static int32_t apply(exchange_store *store, const exchange_event *event, const char *name)
{
    const exchange_note note = {.name = name};
    exchange_result result;
    assert_int_equal(exchange_store_apply(store, event, &note, &result, NULL), DCAT_OK);
    assert_int_equal(result.code, CODE_DONE);
    return (int32_t)result.id;
}

static void add_person(talk *t, exchange_store *store, int i)
{
    exchange_role role = i < ROLE_COUNT ? (exchange_role)i : i == 4 ? ROLE_USER : ROLE_PROVIDER;
    char name[16];
    snprintf(name, sizeof name, "person-%d", i);
    const exchange_event party = {
        .kind = EVENT_PARTY, .actor = EXCHANGE_SELF, .party = {.role = (int32_t)role}};
    assert_int_equal(apply(store, &party, name), i);
    exchange_event key = {.kind = EVENT_KEY, .actor = EXCHANGE_SELF};
    key.key.party = i;
    http_key_make(role, t->keys[i], &key.key.key);
    apply(store, &key, NULL);
}

static void add_people(talk *t, exchange_store *store)
{
    for (int i = 0; i < TALK_PEOPLE; i++) {
        add_person(t, store, i);
    }
    char path[128];
    snprintf(path, sizeof path, "%s/sign", t->folder);
    assert_int_equal(sign_key_new(path, &t->sign, NULL), DCAT_OK);
    exchange_event key = {.kind = EVENT_KEY, .actor = EXCHANGE_SELF};
    key.key.party = ROLE_PROVIDER;
    key.key.kind = EXCHANGE_KEY_SIGN;
    sign_key_public(&t->sign, key.key.key.byte);
    apply(store, &key, NULL);
    for (int i = 0; i < TALK_PEOPLE; i += 4) {
        const exchange_event deposit = {.kind = EVENT_DEPOSIT,
                                        .actor = ROLE_OPERATOR,
                                        .deposit = {i, 1000000 * DCAT_MONEY_UNIT}};
        apply(store, &deposit, NULL);
    }
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
}

void talk_begin(talk *t)
{
    *t = (talk){.folder = "/tmp/talk_XXXXXX", .socket = -1, .config = http_config_default()};
    assert_non_null(mkdtemp(t->folder));
    assert_true(exchange_config_preset("demo", &t->setup.config));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    t->setup.config.slot_ns = 50000000;
    // Nothing is late, or lost, only because this machine is busy.
    t->setup.config.ack_ns = t->setup.config.gang_ns = t->setup.config.grace_ns =
        t->setup.config.heartbeat_ns = INT64_C(3600000000000);
    t->setup.config.area_count = 2;
    t->setup.world = dcat_world_config_default();
    t->setup.world.auction.ceiling_per_cycle = 1e-8; // 10 a giga-cycle
    t->setup.auction = "rea-s";
    t->setup.areas = areas;
    t->setup.name = "talk";
    t->setup.currency = "EUR";
    t->setup.begun_unix_ns = now.tv_sec * INT64_C(1000000000);
    assert_int_equal(dcat_policy_parse("linkage:rea-s", &t->policy, NULL), DCAT_OK);
    t->config.port = 0;
    t->config.area_names = area_names;
    t->config.requests_per_s = t->config.failures_per_s = 1e6;
    t->config.live = (live_config){.folder = t->folder,
                                   .setup = &t->setup,
                                   .policy = &t->policy,
                                   .world_seed = 1,
                                   .cycle_ns = 200000000,
                                   .queue_max = 1000,
                                   .admit_all = true};
}

void talk_start(talk *t)
{
    dcat_error err = {0};
    if (http_server_start(&t->config, &t->server, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
}

void talk_open(talk *t)
{
    exchange_store *store = NULL;
    assert_int_equal(exchange_store_create(t->folder, NULL, &t->setup, &store, NULL), DCAT_OK);
    add_people(t, store);
    exchange_store_close(store);
    talk_start(t);
}

void talk_stop(talk *t)
{
    if (t->socket >= 0) {
        close(t->socket);
        t->socket = -1;
    }
    http_server_stop(t->server);
    t->server = NULL;
}

void talk_end(talk *t)
{
    if (t->server != NULL) {
        talk_stop(t);
    }
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", t->folder);
    assert_int_equal(system(command), 0);
}

int talk_tear_down(void **fixture)
{
    talk_end(*fixture);
    return 0;
}

// ---- requests

static void join(talk *t)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)http_server_port(t->server))};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    t->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(t->socket >= 0);
    assert_int_equal(connect(t->socket, (struct sockaddr *)&to, sizeof to), 0);
    struct timeval limit = {.tv_sec = 120};
    setsockopt(t->socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(t->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static void send_all(const talk *t, const char *text, size_t length)
{
    while (length > 0) { // a refusal may come before all is sent
        ssize_t sent = send(t->socket, text, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        text += sent;
        length -= (size_t)sent;
    }
}

static void drop(talk *t)
{
    close(t->socket);
    t->socket = -1;
}

// Head, then as much as Content-Length says. False: the connection ended before.
static bool take(talk *t)
{
    size_t used = 0;
    char *end = NULL;
    while (end == NULL) {
        ssize_t got = recv(t->socket, t->head + used, sizeof t->head - 1 - used, 0);
        if (got <= 0) {
            return false;
        }
        used += (size_t)got;
        t->head[used] = '\0';
        end = strstr(t->head, "\r\n\r\n");
    }
    const char *length_text = strcasestr(t->head, "Content-Length: ");
    size_t length = length_text == NULL ? 0 : strtoul(length_text + 16, NULL, 10);
    assert_true(length < sizeof t->body);
    size_t have = used - (size_t)(end + 4 - t->head);
    memcpy(t->body, end + 4, have);
    while (have < length) {
        ssize_t got = recv(t->socket, t->body + have, length - have, 0);
        if (got <= 0) {
            return false;
        }
        have += (size_t)got;
    }
    t->body[length] = '\0';
    end[4] = '\0';
    t->status = atoi(t->head + 9);
    return true;
}

// A field that the published description does not know would be a lie. Counts by state have states
// for names.
static void check_fields(const talk *t)
{
    static char description[1 << 17];
    if (description[0] == '\0') {
        FILE *file = fopen(DCAT_SOURCE_DIR "/exchange/api/openapi.yaml", "r");
        assert_non_null(file);
        assert_true(fread(description, 1, sizeof description - 1, file) < sizeof description - 1);
        fclose(file);
    }
    char name[40], described[48];
    for (const char *at = t->body; (at = strstr(at, "\":")) != NULL; at += 2) {
        if (at[-1] == '\\') { // within a text
            continue;
        }
        const char *from = at;
        while (from > t->body && from[-1] != '"') {
            from--;
        }
        snprintf(name, sizeof name, "%.*s", (int)(at - from), from);
        snprintf(described, sizeof described, " %s:", name);
        bool count = at[2] >= '0' && at[2] <= '9';
        if (strstr(description, described) == NULL && !count) {
            fail_msg("\"%s\" of %s is not described", name, t->body);
        }
    }
}

int talk_ask(talk *t, const char *method, const char *path, const char *key, const char *head,
             const char *body)
{
    char lines[1024];
    size_t length = body == NULL ? 0 : strlen(body);
    for (int tries = 0; tries < 3; tries++) {
        if (t->socket < 0) {
            join(t);
        }
        int used = snprintf(lines, sizeof lines,
                            "%s %s HTTP/1.1\r\nHost: x\r\n%s%s%s%sContent-Length: %zu\r\n\r\n",
                            method, path, key != NULL ? "Authorization: Bearer " : "",
                            key != NULL ? key : "", key != NULL ? "\r\n" : "", head, length);
        send_all(t, lines, (size_t)used);
        send_all(t, body, length);
        if (take(t)) {
            if (strstr(t->head, "json\r\n") != NULL) {
                check_fields(t);
            }
            if (strstr(t->head, "Connection: close") != NULL) {
                drop(t);
            }
            return t->status;
        }
        drop(t);
    }
    fail_msg("%s %s: no answer", method, path);
    return 0;
}

const char *talk_code(const talk *t)
{
    static char code[40];
    const char *at = strstr(t->body, "\"code\":\"");
    code[0] = '\0';
    if (at != NULL) {
        sscanf(at + 8, "%39[^\"]", code);
    }
    return code;
}

merkle_hash talk_root(const talk *t)
{
    live_lock(http_server_live(t->server));
    merkle_hash root = exchange_store_root(live_store(http_server_live(t->server)));
    live_unlock(http_server_live(t->server));
    return root;
}
