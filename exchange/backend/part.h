// SPDX-License-Identifier: Apache-2.0
// part.h (internal) - one server's part of one award, as its agent knows it.

#ifndef DCAT_EXCHANGE_BACKEND_PART_H
#define DCAT_EXCHANGE_BACKEND_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Where a part is. Each is in the journal before what it says is done, but for those that answers
// make: they follow from asking again.
typedef enum agent_state {
    AGENT_SEEN = 0, // in the exchange's list of open awards
    AGENT_ACKED,    // and the exchange knows that we saw it
    AGENT_INTENDED, // to be started: the exchange is told first
    AGENT_STARTED,  // and the back end has it
    AGENT_FINISHED, // with a signed receipt that nothing changes any more
    AGENT_SENT,     // the exchange has the receipt, or wants none
    AGENT_DROPPED,  // the exchange took it back
    AGENT_STATE_COUNT
} agent_state;

typedef enum agent_result { AGENT_DONE = 0, AGENT_FAULT, AGENT_FAIL } agent_result;

enum { AGENT_ID_SIZE = 24, AGENT_SHA_SIZE = 65 };

typedef struct agent_part {
    char task[AGENT_ID_SIZE];
    int64_t attempt;
    size_t server; // index in the config
    agent_state state;
    int64_t load_cycles;
    char *payload;                   // nullable: JSON
    char *team;                      // nullable: JSON, its place in the team (team.h)
    int64_t data_ns;                 // UTC, when its data was there, by the forecast
    int64_t started_ns, finished_ns; // UTC; 0: not yet
    agent_result result;
    int64_t exit_code;
    char output_sha256[AGENT_SHA_SIZE];
    char *receipt; // nullable: the report that is sent, as JSON
    // Not in the journal: what the last list of the exchange said.
    int64_t due_ns;  // monotonic, when it may start
    double should_s; // its processing, by the forecast
    char pool[8];    // that it is worked on in; "": unknown
    int64_t cards;   // that its unit has
    bool listed;     // the list had it
    bool alone;      // in its team
    bool team_ready;
    // Nor this: of its inputs.
    struct fetch *fetch; // nullable: under way
    bool fetch_over, fetch_bad;
    char fetch_why[256];
    // Not in the journal: of back end slurm, monotonic.
    bool held;          // sbatch was at work when it was last looked at
    int64_t asked_ns;   // when it was first looked at
    int64_t submit_ns;  // when sbatch was last seen at work, or no more
    uint64_t seen_list; // the last list that had no job of it
    int submits, missed;
} agent_part;

#endif
