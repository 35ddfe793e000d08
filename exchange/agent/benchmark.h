// SPDX-License-Identifier: Apache-2.0
// benchmark.h (internal) - what servers show of their speed: one result of one class.

#ifndef DCAT_EXCHANGE_AGENT_BENCHMARK_H
#define DCAT_EXCHANGE_AGENT_BENCHMARK_H

#include "exchange/agent/session.h"

typedef struct benchmark_job {
    const agent_server *server;
    const agent_unit *unit; // Nullable: the server's own cores
    const char *program;    // compute or memory, as the exchange says
    const char *class_name;
    double efficiency; // of the unit at the class
    double should_hz;  // of the class, as it is declared; of sim
    int64_t seed;      // nobody could know it before
} benchmark_job;

// Run the program that shows it: the owner's, or the one that is installed beside this one, on all
// cores of the server, as payloads run; a simulated server says what it would. It ends with the
// agent. False: why.
bool benchmark_run(const session *s, const benchmark_job *job, json_t **result,
                   char why[WORD_SIZE]);

#endif
