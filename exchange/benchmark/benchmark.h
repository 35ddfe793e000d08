// SPDX-License-Identifier: Apache-2.0
// What the benchmarks share: threads that do the same number of rounds each, and the line that says
// what they did.
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct work {
    uint64_t state;   // from the seed; in the end its part of the checksum
    uint64_t *memory; // NULL: it needs none
    int64_t rounds;
    void (*one_round)(struct work *w);
    pthread_t thread;
} work;

typedef struct kind {
    const char *name;
    int64_t cycles_a_round;
    int (*make)(work *w); // what it needs; 0: there is none
    void (*one_round)(work *w);
} kind;

typedef struct given {
    double threads, seconds, seed, rounds; // rounds 0: as many as take so long
} given;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *run(void *user)
{
    work *w = user;
    for (int64_t i = 0; i < w->rounds; i++) {
        w->one_round(w);
    }
    return NULL;
}

// How many rounds take so long: two are tried, of which the first only warms up.
static int64_t rounds_of(work w, double seconds)
{
    double begin_s = 0.0;
    for (int i = 0; i < 2; i++) {
        begin_s = now_s();
        w.one_round(&w);
    }
    double rounds = seconds / (now_s() - begin_s + 1e-9);
    return rounds < 1.0 ? 1 : rounds < 1e9 ? (int64_t)rounds : 1000000000;
}

// False where a thread could not be made.
static int work_off(work *all, int threads, int64_t rounds, double *took_s)
{
    int begun = 0;
    double begin_s = now_s();
    for (; begun < threads; begun++) {
        all[begun].rounds = rounds;
        if (pthread_create(&all[begun].thread, NULL, run, &all[begun]) != 0) {
            break;
        }
    }
    for (int i = 0; i < begun; i++) {
        pthread_join(all[i].thread, NULL);
    }
    *took_s = now_s() - begin_s;
    return begun == threads;
}

static int say(const kind *k, const work *all, const given *g, double took_s)
{
    uint64_t checksum = 0;
    int64_t threads = (int64_t)g->threads, rounds = all[0].rounds;
    for (int64_t i = 0; i < threads; i++) {
        checksum = (checksum << 1 | checksum >> 63) ^ all[i].state;
    }
    printf("{\"program\":\"%s\",\"threads\":%lld,\"seed\":%lld,\"rounds\":%lld,\"cycles\":%lld,"
           "\"took_us\":%lld,\"checksum\":\"%016llx\"}\n",
           k->name, (long long)threads, (long long)g->seed, (long long)rounds,
           (long long)(threads * rounds * k->cycles_a_round), (long long)(took_s * 1e6) + 1,
           (unsigned long long)checksum);
    return fflush(stdout) == 0;
}

static int number(const char *text, double low, double high, double *value)
{
    char *end = NULL;
    *value = strtod(text, &end);
    return *text != '\0' && *end == '\0' && *value >= low && *value <= high;
}

static int measure(const kind *k, work *all, const given *g)
{
    int threads = (int)g->threads;
    double took_s = 0.0;
    for (int i = 0; i < threads; i++) {
        all[i] = (work){.state = (uint64_t)g->seed * UINT64_C(2654435761) + (uint64_t)i + 1,
                        .one_round = k->one_round};
        if (!k->make(&all[i])) {
            return 0;
        }
    }
    int64_t rounds = g->rounds > 0.0 ? (int64_t)g->rounds : rounds_of(all[0], g->seconds);
    return work_off(all, threads, rounds, &took_s) && say(k, all, g, took_s);
}

static int benchmark(int argc, char **argv, const kind *k)
{
    given g = {0};
    if ((argc != 4 && argc != 5) || !number(argv[1], 1, 4096, &g.threads) ||
        !number(argv[2], 0.001, 3600, &g.seconds) || !number(argv[3], 0, 9e15, &g.seed) ||
        (argc == 5 && !number(argv[4], 1, 1e9, &g.rounds))) {
        fprintf(stderr, "Usage: dcat-benchmark-%s THREADS SECONDS SEED [ROUNDS]\n", k->name);
        return 2;
    }
    work *all = calloc((size_t)g.threads, sizeof *all);
    int good = all != NULL && measure(k, all, &g);
    for (int i = 0; all != NULL && i < (int)g.threads; i++) {
        free(all[i].memory);
    }
    free(all);
    if (!good) {
        fprintf(stderr, "dcat-benchmark-%s: no memory, no threads, or nobody reads\n", k->name);
    }
    return good ? 0 : 1;
}
