// SPDX-License-Identifier: Apache-2.0
// Users under load: N connections that are held, each with one task on its way at a time.
//
// Usage: exchange-load ADDRESS:PORT KEY_FILE CONNECTIONS SECONDS SERVER_PID [RATE]
//
// With a rate (requests a second of all together) a connection waits for its turn, otherwise it
// asks again at once. Prints what was answered, how long it took, and the processor time of the
// server for each task that it accepted. A connection that gets no answer within ten seconds is a
// failure.

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_BYTES = 4096, SAMPLES = 1 << 22, STUCK_S = 10 };

typedef struct connection {
    int socket;
    size_t used;
    double sent_s, turn_s; // turn_s: when it may ask next; 0: it waits for an answer
    char answer[ANSWER_BYTES];
} connection;

static const char body[] = "{\"origin\":{\"area\":\"Berlin\"},\"work_gigacycles\":700,"
                           "\"data_megabits\":20,\"deadline_s\":2.5}";
static char request[1024];
static size_t request_length;
static float *accepted_ms, *busy_ms;
static size_t accepted, busy, other;
static struct sockaddr_in server;
static double rate;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "exchange-load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void say(connection *c)
{
    c->used = 0;
    c->sent_s = now_s();
    if (send(c->socket, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length) {
        die("cannot send");
    }
}

static void begin(connection *c, int poll)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    c->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->socket < 0 || connect(c->socket, (struct sockaddr *)&server, sizeof server) != 0) {
        die("cannot connect");
    }
    setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    epoll_ctl(poll, EPOLL_CTL_ADD, c->socket, &event);
}

// Whether the answer is whole; then it is counted.
static bool take(connection *c, int poll, bool *closed)
{
    ssize_t got = recv(c->socket, c->answer + c->used, ANSWER_BYTES - 1 - c->used, 0);
    if (got <= 0) {
        die("a connection was lost");
    }
    c->used += (size_t)got;
    c->answer[c->used] = '\0';
    const char *end = strstr(c->answer, "\r\n\r\n");
    const char *length = end == NULL ? NULL : strstr(c->answer, "Content-Length: ");
    if (length == NULL ||
        c->used < (size_t)(end + 4 - c->answer) + strtoul(length + 16, NULL, 10)) {
        return false;
    }
    float ms = (float)(1e3 * (now_s() - c->sent_s));
    int status = atoi(c->answer + 9);
    if (status == 201 && accepted < SAMPLES) {
        accepted_ms[accepted++] = ms;
    } else if (status == 503 && busy < SAMPLES) {
        busy_ms[busy++] = ms;
    } else if (other++ == 0) {
        fprintf(stderr, "exchange-load: %s\n", c->answer);
    }
    *closed = strstr(c->answer, "Connection: close") != NULL;
    if (*closed) {
        close(c->socket);
        begin(c, poll);
    }
    return true;
}

static int by_size(const void *a, const void *b)
{
    float one = *(const float *)a, two = *(const float *)b;
    return (one > two) - (one < two);
}

static double server_cpu_s(int pid)
{
    char path[64], line[1024] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        die("no such server");
    }
    fclose(file);
    unsigned long user = 0, system = 0;
    sscanf(strrchr(line, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
           &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void check_stuck(const connection *all, int count)
{
    for (int i = 0; i < count; i++) {
        if (now_s() - all[i].sent_s > STUCK_S) {
            fprintf(stderr, "exchange-load: connection %d has no answer for %d s\n", i, STUCK_S);
            exit(1);
        }
    }
}

// Ask on all connections whose turn it is; how many have no more, since it is past the end.
static int take_turns(connection *all, int count, double end_s)
{
    double at_s = now_s();
    int ended = 0;
    for (int i = 0; i < count; i++) {
        if (all[i].turn_s == 0.0 || (all[i].turn_s > at_s && at_s < end_s)) {
            continue;
        }
        all[i].turn_s = 0.0;
        if (at_s < end_s) {
            say(&all[i]);
        } else {
            ended++;
        }
    }
    return ended;
}

static void run(connection *all, int count, double seconds, int poll)
{
    double start_s = now_s(), end_s = start_s + seconds;
    int open = count;
    for (int i = 0; i < count; i++) {
        all[i].sent_s = 1e300;
        all[i].turn_s = start_s + (rate > 0.0 ? i / rate : 0.0);
    }
    while (open > 0) {
        struct epoll_event events[256];
        open -= take_turns(all, count, end_s);
        int ready = epoll_wait(poll, events, 256, rate > 0.0 ? 1 : 1000);
        for (int i = 0; i < ready; i++) {
            connection *c = events[i].data.ptr;
            bool closed = false;
            if (!take(c, poll, &closed)) {
                continue;
            }
            c->turn_s = rate > 0.0 ? fmax(c->sent_s + count / rate, now_s()) : now_s();
            c->sent_s = 1e300;
        }
        check_stuck(all, count);
    }
}

static void prepare(char **argv)
{
    char key[128] = "";
    FILE *file = fopen(argv[2], "r");
    if (file == NULL || fgets(key, sizeof key, file) == NULL) {
        die(argv[2]);
    }
    fclose(file);
    key[strcspn(key, "\n")] = '\0';
    request_length = (size_t)snprintf(request, sizeof request,
                                      "POST /v1/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                                      "%s\r\nContent-Length: %zu\r\n\r\n%s",
                                      key, sizeof body - 1, body);
    char *colon = strchr(argv[1], ':');
    if (colon == NULL) {
        die(argv[1]);
    }
    *colon = '\0';
    server =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(colon + 1))};
    inet_pton(AF_INET, argv[1], &server.sin_addr);
    accepted_ms = malloc(SAMPLES * sizeof *accepted_ms);
    busy_ms = malloc(SAMPLES * sizeof *busy_ms);
    if (accepted_ms == NULL || busy_ms == NULL) {
        die("no memory");
    }
}

int main(int argc, char **argv)
{
    if (argc != 6 && argc != 7) {
        fprintf(stderr, "Usage: exchange-load ADDRESS:PORT KEY_FILE CONNECTIONS SECONDS SERVER_PID "
                        "[RATE]\n");
        return 2;
    }
    rate = argc == 7 ? atof(argv[6]) : 0.0;
    prepare(argv);
    int count = atoi(argv[3]), pid = atoi(argv[5]), poll = epoll_create1(EPOLL_CLOEXEC);
    double seconds = atof(argv[4]);
    connection *all = calloc((size_t)count, sizeof *all);
    if (all == NULL || count < 1) {
        die("no connections");
    }
    for (int i = 0; i < count; i++) {
        begin(&all[i], poll);
    }
    double cpu_s = server_cpu_s(pid), start_s = now_s();
    run(all, count, seconds, poll);
    double took_s = now_s() - start_s;
    cpu_s = server_cpu_s(pid) - cpu_s;
    qsort(accepted_ms, accepted, sizeof *accepted_ms, by_size);
    qsort(busy_ms, busy, sizeof *busy_ms, by_size);
    size_t some = accepted > 0 ? accepted : 1;
    printf("%d connections: %.0f accepted/s, p50 %.2f ms, p99 %.2f ms, %.1f us CPU a task; busy "
           "%.0f/s, p50 %.2f ms, p99 %.2f ms; other %zu\n",
           count, (double)accepted / took_s, (double)accepted_ms[some / 2],
           (double)accepted_ms[some - 1 - some / 100], 1e6 * cpu_s / (double)some,
           (double)busy / took_s, busy > 0 ? (double)busy_ms[busy / 2] : 0.0,
           busy > 0 ? (double)busy_ms[busy - 1 - busy / 100] : 0.0, other);
    free(all);
    free(accepted_ms);
    free(busy_ms);
    return other > 0;
}
