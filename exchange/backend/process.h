// SPDX-License-Identifier: Apache-2.0
// process.h (internal) - the back end that runs what users send, as processes of this machine.
//
// Every part has a folder WORK/SERVER.TASK.ATTEMPT and a supervisor, a process that lives on when
// the agent is killed, with these files:
//
//   lock    held by the supervisor as long as it lives
//   begun   made by it, once and for all, before the payload: whoever finds it starts no second one
//   run     the payload's own folder
//   output  what it printed
//   exit    how it ended; complete or not there

#ifndef DCAT_EXCHANGE_BACKEND_PROCESS_H
#define DCAT_EXCHANGE_BACKEND_PROCESS_H

#include "exchange/backend/config.h"
#include "exchange/backend/part.h"

// Start the part's payload unless it was started before, by whatever agent. Errors: ERR_FORMAT (a
// payload that is none: the task's own fault), ERR_IO (ours), ERR_MEMORY.
dcat_status process_start(const agent_config *config, const agent_part *part, dcat_error *err);

typedef enum process_state {
    PROCESS_RUNS,
    PROCESS_ENDED,   // by itself: exit_code, or 128 + signal
    PROCESS_TIMEOUT, // ended by its limit of time
    PROCESS_STOPPED, // ended by process_stop
    PROCESS_LOST,    // begun, but nobody knows how it ended: the machine went down
    PROCESS_ABSENT,  // not begun
} process_state;

typedef struct process_end {
    int64_t exit_code;
    int64_t begun_ns, at_ns; // UTC, of the payload; 0: not known
    char output_sha256[AGENT_SHA_SIZE];
} process_end;

process_state process_look(const agent_config *config, const agent_part *part, process_end *end);

// Ask the supervisor to end the payload with all that it started.
void process_stop(const agent_config *config, const agent_part *part);

// ---- the supervisor

typedef struct process_job {
    int folder, lock;                             // descriptors
    const char *const *argv, *const *environment; // ended by NULL
    const char *const *after;                     // Nullable: run when it is over; ended by NULL
    const agent_limits *limits;
    bool contained; // limits and privileges are the container's, not its client's
    uid_t uid;      // of the payload; the agent's own changes nothing
    gid_t gid;
} process_job;

// In the process that was forked for it. Never returns.
_Noreturn void process_supervise(const process_job *job);

// ---- watching, in a process that was forked for it
// Have a session of our own, hear of SIGTERM and of ends in watch_until_end alone, and be handed
// what the program leaves behind.
void watch_begin(void);
// Wait for the program, a group of its own; it is asked to end when its time is over (0: never) or
// we are asked to, and killed when it does not. Returns waitpid's status; *why is NULL when it
// ended by itself, else "timeout" or "stopped".
int watch_until_end(pid_t program, double time_s, const char **why);
// End all that it left behind.
void watch_sweep(void);

#endif
