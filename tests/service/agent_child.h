// SPDX-License-Identifier: Apache-2.0
// agent_child.h - an agent in a process of its own, with its files in the current folder.

#ifndef DCAT_TESTS_SERVICE_AGENT_CHILD_H
#define DCAT_TESTS_SERVICE_AGENT_CHILD_H

#include "service/market.h"

#include <sys/types.h>

enum {
    SOMEBODY = 65534, // who is not root
    PATIENCE_S = 300, // with what takes a moment, on a machine that is busy
};

// agent.yaml: lines before its servers, and those of its servers.
void write_config(const market *m, const char *top, const char *servers);

pid_t start_agent_as(uid_t user);
pid_t start_agent(void);
int end_agent(pid_t agent, int signal_number); // what waitpid says of it
int run_benchmarks(void);                      // dcat agent --benchmark: its exit code

// Lines for write_config of an agent that runs payloads as processes.
const char *process_top(void);

void show_log(void);

// Everything that was offered so far is in that state, or the test fails and shows why.
void expect_all(market *m, market_state state, double seconds);
void clear_up(market *m);
long lines_of(const char *path); // 0: there is none

#endif
