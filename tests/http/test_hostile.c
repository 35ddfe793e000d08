// SPDX-License-Identifier: Apache-2.0
// Clients that mean no good, or mean it all at once: heads that never end, heads too long, bodies
// byte by byte, a thousand connections, more requests than can wait.

#include "talk.h"

#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MANY = 1000, QUEUE = 8, BURST = 64, SLOW = 40, PATIENCE_S = 60 };

#define SMALL_TASK                                                                                 \
    "{\"origin\":{\"area\":\"south\"},\"work_gigacycles\":0.1,\"data_megabits\":1,"                \
    "\"deadline_s\":30}"

static talk t;
static int sockets[MANY];

static int join_in(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)http_server_port(t.server))};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s >= 0);
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof to), 0);
    struct timeval limit = {.tv_sec = PATIENCE_S};
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return s;
}

static bool say(int s, const char *text)
{
    return send(s, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

static void say_task(int s)
{
    char text[1024];
    snprintf(text, sizeof text,
             "POST /v1/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: "
             "%zu\r\n\r\n%s",
             t.keys[ROLE_USER], strlen(SMALL_TASK), SMALL_TASK);
    assert_true(say(s, text));
}

// The status of what comes, and all of it; 0: the connection ended.
static int hear(int s, char *text, size_t room)
{
    size_t used = 0;
    while (used + 1 < room) {
        ssize_t got = recv(s, text + used, room - 1 - used, 0);
        if (got <= 0) {
            break;
        }
        used += (size_t)got;
        text[used] = '\0';
        const char *end = strstr(text, "\r\n\r\n");
        const char *length = end == NULL ? NULL : strcasestr(text, "Content-Length: ");
        if (length != NULL && used >= (size_t)(end + 4 - text) + strtoul(length + 16, NULL, 10)) {
            break;
        }
    }
    text[used] = '\0';
    return used > 12 ? atoi(text + 9) : 0;
}

static bool is_ended(int s)
{
    char byte;
    ssize_t got = recv(s, &byte, 1, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

// Bytes of a head, and of a body with a good key, come one by one for ever. Others are served
// meanwhile, and whoever is so slow is ended.
static void test_slow_clients_stop_nobody_and_are_ended(void **fixture)
{
    (void)fixture;
    talk_stop(&t);
    t.config.idle_s = 6;
    talk_start(&t);
    char head[512];
    snprintf(head, sizeof head,
             "POST /v1/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: "
             "60000\r\n\r\n",
             t.keys[ROLE_USER]);
    for (int i = 0; i < SLOW; i++) {
        sockets[i] = join_in();
        assert_true(say(sockets[i], i % 2 == 0 ? "GET /healthz HTTP/1.1\r\nX-Slow: " : head));
    }
    int open = SLOW, served = 0;
    for (time_t begun = time(NULL); open > 0 && time(NULL) - begun < PATIENCE_S;) {
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        open = 0;
        for (int i = 0; i < SLOW; i++) {
            say(sockets[i], "a"); // silence would be ended by libmicrohttpd alone
            open += !is_ended(sockets[i]);
        }
        served += GET(&t, "/healthz", NULL) == 200;
        assert_int_equal(t.status, 200);
    }
    assert_int_equal(open, 0);
    assert_true(served > 2);
    for (int i = 0; i < SLOW; i++) {
        close(sockets[i]);
    }
    talk_stop(&t);
    t.config.idle_s = 120;
    talk_start(&t);
}

// One line without an end, and very many lines.
static void test_floods_of_heads_are_refused(void **fixture)
{
    (void)fixture;
    merkle_hash root = talk_root(&t);
    for (int way = 0; way < 2; way++) {
        static char flood[1 << 20];
        const char *piece = way == 0 ? "aaaaaaaaaaaaaaaa" : "X-Again: and again\r\n";
        size_t used = (size_t)snprintf(flood, sizeof flood, "GET /v1/market HTTP/1.1\r\nX-Long: ");
        while (used + 64 < sizeof flood) {
            used += (size_t)snprintf(flood + used, sizeof flood - used, "%s", piece);
        }
        int s = join_in();
        say(s, flood); // the other side may end it before all is sent
        shutdown(s, SHUT_WR);
        char text[4096];
        int status = hear(s, text, sizeof text);
        assert_true(status == 0 || (status >= 400 && status < 500));
        close(s);
        assert_int_equal(GET(&t, "/healthz", NULL), 200);
    }
    merkle_hash after = talk_root(&t);
    assert_memory_equal(&root, &after, sizeof root);
}

// libmicrohttpd's epoll mode sleeps for ever here.
static void test_thousand_connections_that_ask_at_once_are_all_answered(void **fixture)
{
    (void)fixture;
    struct rlimit files;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    int count = files.rlim_cur > 2 * MANY + 100 ? MANY : (int)(files.rlim_cur - 100) / 2;
    for (int i = 0; i < count; i++) {
        sockets[i] = join_in();
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < count; i++) {
            say_task(sockets[i]);
        }
        for (int i = 0; i < count; i++) {
            char text[4096];
            if (hear(sockets[i], text, sizeof text) != 201) {
                fail_msg("connection %d: %s", i, text);
            }
        }
    }
    for (int i = 0; i < count; i++) {
        close(sockets[i]);
    }
}

// The writer is kept from going on: what finds no room is told so meanwhile, at once, and what was
// taken is answered as soon as it goes on.
static void test_too_much_is_told_busy_and_what_was_taken_is_done(void **fixture)
{
    (void)fixture;
    talk_stop(&t);
    t.config.live.queue_max = QUEUE;
    talk_start(&t);
    live *l = http_server_live(t.server);
    uint64_t before = exchange_store_size(live_store(l));
    struct pollfd ready[BURST];
    char text[4096];
    int busy = 0, accepted = 0;
    live_lock(l);
    for (int i = 0; i < BURST; i++) {
        sockets[i] = join_in();
        say_task(sockets[i]);
        ready[i] = (struct pollfd){.fd = sockets[i], .events = POLLIN};
    }
    // The writer has taken at most one batch, and as much again may wait.
    for (time_t begun = time(NULL); busy < BURST - 2 * QUEUE && time(NULL) - begun < PATIENCE_S;) {
        assert_true(poll(ready, BURST, 1000) >= 0);
        for (int i = 0; i < BURST; i++) {
            if ((ready[i].revents & POLLIN) != 0) {
                assert_int_equal(hear(sockets[i], text, sizeof text), 503);
                assert_non_null(strstr(text, "\"code\":\"busy\""));
                assert_non_null(strcasestr(text, "Retry-After: "));
                busy++;
                ready[i].fd = -1; // is looked at no more
                ready[i].revents = 0;
            }
        }
    }
    live_unlock(l);
    for (int i = 0; i < BURST; i++) {
        if (ready[i].fd >= 0) {
            int status = hear(sockets[i], text, sizeof text);
            assert_true(status == 201 || status == 503);
            accepted += status == 201;
            busy += status == 503;
        }
        close(sockets[i]);
    }
    assert_true(busy >= BURST - 2 * QUEUE && accepted > 0 && accepted + busy == BURST);
    assert_int_equal(POST(&t, "/v1/tasks", t.keys[ROLE_USER], SMALL_TASK), 201); // it recovers
    live_lock(l);
    uint64_t after = exchange_store_size(live_store(l));
    live_unlock(l);
    assert_int_equal(after - before, accepted + 1); // slots are an hour apart
}

static int begin(void **fixture)
{
    *fixture = &t;
    talk_begin(&t);
    t.setup.config.slot_ns = INT64_C(3600000000000);
    t.setup.config.task_max = t.setup.config.part_max = 10000;
    t.config.live.cycle_ns = t.setup.config.slot_ns;
    talk_open(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_clients_stop_nobody_and_are_ended),
        cmocka_unit_test(test_floods_of_heads_are_refused),
        cmocka_unit_test(test_thousand_connections_that_ask_at_once_are_all_answered),
        cmocka_unit_test(test_too_much_is_told_busy_and_what_was_taken_is_done),
    };
    return cmocka_run_group_tests(tests, begin, talk_tear_down);
}
