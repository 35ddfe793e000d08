// SPDX-License-Identifier: Apache-2.0
// What the writer of an exchange costs: processor time of a task from accept to award and of its
// whole life, tasks a second, the next start, the audit. bench/exchange.sh runs it beside others.
//
//   dcat-bench-writer life FOLDER [TASKS [A-SLOT [A-COMMIT]]]   JSON of all that
//   dcat-bench-writer signed FOLDER [TASKS [A-SLOT [A-COMMIT]]] the same, with checkpoints
//   dcat-bench-writer awards FOLDER [TASKS]                     the same, every server alone: a log
//   dcat-bench-writer accept FOLDER SECONDS [CLIENTS]           tasks accepted and awarded a second
//   dcat-bench-writer month FOLDER [TASKS]                      a log of a month, some late
//   dcat-bench-writer start FOLDER                              open a log, and audit it

#include "bench/writer/market.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { REPORTS_A_COMMIT = 200 };

static double process_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

// Of the writer's thread.
static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

typedef struct spent {
    double cpu, wall;
} spent;

static spent begin(void)
{
    return (spent){cpu_s(), wall_s()};
}

static void add(spent *sum, spent since)
{
    sum->cpu += cpu_s() - since.cpu;
    sum->wall += wall_s() - since.wall;
}

// ---- lives

static void life(const char *folder, bool alone, bool signs, uint64_t tasks, uint64_t a_slot,
                 uint64_t a_commit)
{
    market m;
    market_create(&m, folder, 20000, alone);
    if (signs) {
        market_sign(&m, folder);
    }
    double process = process_s();
    spent accept = {0.0, 0.0}, award = accept, reports = accept, rest = accept;
    uint64_t first = m.commits;
    while (m.tasks < tasks || m.agents.count > 0) {
        spent since = begin();
        for (uint64_t i = 0; i < a_slot && m.tasks < tasks; i++) {
            market_submit(&m);
            if (i % a_commit == a_commit - 1) {
                market_commit(&m);
            }
        }
        market_commit(&m);
        add(&accept, since);
        since = begin();
        market_slot(&m);
        market_commit(&m);
        add(&award, since);
        market_plan(&m); // the agents' own, as is what they have due
        exchange_event due[REPORTS_A_COMMIT];
        size_t count = 0;
        while ((count = market_due(&m, due, REPORTS_A_COMMIT)) > 0) {
            since = begin();
            market_report(&m, due, count);
            add(&reports, since);
        }
        since = begin();
        dcat_error err;
        must(exchange_store_rest(m.store, &err), &err);
        add(&rest, since);
    }
    process = process_s() - process; // with the signer, and agents
    double n = (double)m.tasks;
    uint64_t events = exchange_store_size(m.store);
    dcat_error err;
    must(exchange_store_snapshot(m.store, &err), &err);
    market_close(&m);
    printf("{\"tasks\": %llu, \"awards\": %llu, \"members\": %.2f, \"events\": %llu, "
           "\"commits\": %llu,\n \"accept_us\": %.2f, \"award_us\": %.2f, \"accept_award_us\": "
           "%.2f, \"reports_us\": %.2f, \"rest_us\": %.2f, \"life_us\": %.2f,\n"
           " \"process_us\": %.2f, \"wall_s\": %.2f}\n",
           (unsigned long long)m.tasks, (unsigned long long)m.awards,
           (double)m.members / (double)(m.awards > 0 ? m.awards : 1), (unsigned long long)events,
           (unsigned long long)(m.commits - first), accept.cpu / n * 1e6, award.cpu / n * 1e6,
           (accept.cpu + award.cpu) / n * 1e6, reports.cpu / n * 1e6, rest.cpu / n * 1e6,
           (accept.cpu + award.cpu + reports.cpu + rest.cpu) / n * 1e6, process / n * 1e6,
           accept.wall + award.wall + reports.wall + rest.wall);
}

// November 2026 with so many tasks, evenly spread: for statements and reports.
static void month(const char *folder, uint64_t tasks)
{
    enum { A_SLOT = 300, SLOTS_A_DAY = 864000 };
    market m;
    uint64_t slots = (tasks + A_SLOT - 1) / A_SLOT;
    market_create_month(&m, folder, 29 * SLOTS_A_DAY / (int64_t)slots);
    while (m.tasks < tasks || m.agents.count > 0) {
        market_skip(&m);
        for (uint64_t i = 0; i < A_SLOT && m.tasks < tasks; i++) {
            market_submit(&m);
        }
        market_slot(&m);
        market_plan(&m);
        exchange_event due[REPORTS_A_COMMIT];
        for (size_t n = 0; (n = market_due(&m, due, REPORTS_A_COMMIT)) > 0;) {
            market_report(&m, due, n);
        }
        dcat_error err;
        must(exchange_store_rest(m.store, &err), &err);
    }
    dcat_error err;
    must(exchange_store_snapshot(m.store, &err), &err);
    printf("{\"tasks\": %llu, \"awards\": %llu, \"events\": %llu}\n", (unsigned long long)m.tasks,
           (unsigned long long)m.awards, (unsigned long long)exchange_store_size(m.store));
    market_close(&m);
}

// ---- so many clients that wait for their answers: what waits is one commit

static void accepting(const char *folder, double seconds, uint64_t clients)
{
    market m;
    market_create(&m, folder, 400000, false);
    double start_s = wall_s(), cpu = cpu_s(), slot_s = start_s;
    while (wall_s() - start_s < seconds) {
        for (uint64_t i = 0; i < clients; i++) {
            market_submit(&m);
        }
        market_commit(&m);
        if (wall_s() - slot_s > 0.1) { // a slot of 100 ms, committed with what comes next
            market_slot(&m);
            slot_s = wall_s();
        }
        dcat_error err;
        must(exchange_store_rest(m.store, &err), &err);
    }
    double wall = wall_s() - start_s;
    cpu = cpu_s() - cpu;
    printf("{\"tasks_per_s\": %.0f, \"cpu_us\": %.2f, \"awards\": %llu, \"commits\": %llu}\n",
           (double)m.tasks / wall, cpu / (double)m.tasks * 1e6, (unsigned long long)m.awards,
           (unsigned long long)m.commits);
    market_close(&m);
}

// ---- starts

static void start(const char *folder)
{
    exchange_store *store = NULL;
    dcat_error err;
    spent open = {0.0, 0.0}, audit = open, since = begin();
    must(exchange_store_open(folder, NULL, &store, &err), &err);
    add(&open, since);
    uint64_t events = exchange_store_size(store);
    exchange_store_close(store);
    exchange_audit found = {.user = NULL};
    since = begin();
    must(exchange_store_audit(folder, NULL, &found, &err), &err);
    add(&audit, since);
    printf("{\"events\": %llu, \"awards\": %lld, \"transfers\": %lld,\n \"open_s\": %.3f, "
           "\"open_cpu_s\": %.3f, \"audit_s\": %.2f, \"audit_cpu_s\": %.2f}\n",
           (unsigned long long)events, (long long)found.awards, (long long)found.transfers,
           open.wall, open.cpu, audit.wall, audit.cpu);
}

static uint64_t argument(char **argv, int argc, int at, uint64_t standard)
{
    return argc > at ? strtoull(argv[at], NULL, 10) : standard;
}

int main(int argc, char **argv)
{
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_TOP_PAD, 16 << 20);
    if (argc >= 3 && (strcmp(argv[1], "life") == 0 || strcmp(argv[1], "signed") == 0)) {
        life(argv[2], false, argv[1][0] == 's', argument(argv, argc, 3, 20000),
             argument(argv, argc, 4, 300), argument(argv, argc, 5, 64));
    } else if (argc >= 3 && strcmp(argv[1], "awards") == 0) {
        life(argv[2], true, false, argument(argv, argc, 3, 1000000), 300, 64);
    } else if (argc >= 3 && strcmp(argv[1], "month") == 0) {
        month(argv[2], argument(argv, argc, 3, 1000000));
    } else if (argc >= 4 && strcmp(argv[1], "accept") == 0) {
        accepting(argv[2], (double)argument(argv, argc, 3, 10), argument(argv, argc, 4, 64));
    } else if (argc >= 3 && strcmp(argv[1], "start") == 0) {
        start(argv[2]);
    } else {
        fprintf(stderr,
                "Usage: dcat-bench-writer life|signed|awards|month|accept|start FOLDER ...\n");
        return 2;
    }
    return 0;
}
