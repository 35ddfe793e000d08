// SPDX-License-Identifier: Apache-2.0
// A task whose parts talk to each other: every part has a number, and a sum of them goes around the
// ring of the team once. Rank 0 begins, each adds its own, and the whole comes back and around
// again so that all print it.
//
// cc -std=c17 -O2 -o ring examples/tasks/ring.c
// DCAT_RANK=0 DCAT_WORLD_SIZE=1 DCAT_PEERS=127.0.0.1:32451 ./ring 5
//
// DCAT_PEERS has an address HOST:PORT for every rank. A part listens at its own and calls the next
// one. Members start together, but not in the same millisecond: who is not there yet is called
// again.
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_S = 60 };

static void die(const char *what)
{
    fprintf(stderr, "ring: %s: %s\n", what, errno != 0 ? strerror(errno) : "not usable");
    exit(1);
}

static long variable(const char *name)
{
    const char *text = getenv(name);
    if (text == NULL) {
        errno = 0;
        die(name);
    }
    return strtol(text, NULL, 10);
}

// The address of one rank, as what sockets want.
static struct addrinfo *address_of(long rank)
{
    const char *peers = getenv("DCAT_PEERS");
    char *list = strdup(peers != NULL ? peers : ""), *rest = list, *one = NULL;
    for (long i = 0; i <= rank; i++) {
        one = strsep(&rest, ",");
    }
    char *colon = one != NULL ? strrchr(one, ':') : NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    if (colon != NULL) {
        *colon = '\0';
    }
    errno = 0;
    if (colon == NULL || getaddrinfo(one, colon + 1, &hints, &found) != 0) {
        die("DCAT_PEERS");
    }
    free(list);
    return found;
}

static int listen_at(const struct addrinfo *own)
{
    int on = 1, s = socket(own->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(s, own->ai_addr, own->ai_addrlen) != 0 || listen(s, 4) != 0) {
        die("cannot listen");
    }
    return s;
}

static int call(const struct addrinfo *next)
{
    for (time_t end = time(NULL) + WAIT_S; time(NULL) < end;) {
        int s = socket(next->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (s >= 0 && connect(s, next->ai_addr, next->ai_addrlen) == 0) {
            return s;
        }
        close(s);
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    die("the next one does not answer");
    return -1;
}

static int64_t receive(int s)
{
    int64_t value = 0;
    size_t got = 0;
    while (got < sizeof value) {
        ssize_t n = read(s, (char *)&value + got, sizeof value - got);
        if (n <= 0) {
            die("the one before is gone");
        }
        got += (size_t)n;
    }
    return value;
}

static void say(int s, int64_t value)
{
    if (send(s, &value, sizeof value, MSG_NOSIGNAL) != sizeof value) {
        die("the next one is gone");
    }
}

int main(int argc, char **argv)
{
    long rank = variable("DCAT_RANK"), size = variable("DCAT_WORLD_SIZE");
    int64_t own = argc == 2 ? strtoll(argv[1], NULL, 10) : rank + 1;
    if (argc > 2 || size < 1 || rank < 0 || rank >= size) {
        fprintf(stderr, "Usage: ring [NUMBER]\n");
        return 2;
    }
    struct addrinfo *here = address_of(rank), *there = address_of((rank + 1) % size);
    int door = listen_at(here);
    int next = call(there); // its listener takes the call before anybody accepts it
    int before = accept(door, NULL, NULL);
    if (before < 0) {
        die("nobody calls");
    }
    if (rank == 0) {
        say(next, own);
    }
    int64_t sum = receive(before) + (rank == 0 ? 0 : own); // at rank 0 it is whole
    say(next, sum);
    int64_t whole = rank == 0 ? sum : receive(before);
    if (rank > 0 && rank < size - 1) {
        say(next, whole);
    }
    printf("rank %ld of %ld: the sum is %lld\n", rank, size, (long long)whole);
    freeaddrinfo(here);
    freeaddrinfo(there);
    return 0;
}
