// SPDX-License-Identifier: Apache-2.0
// session.h (internal) - an agent at work: what it knows of the exchange and of its parts.

#ifndef DCAT_EXCHANGE_AGENT_SESSION_H
#define DCAT_EXCHANGE_AGENT_SESSION_H

#include "exchange/agent/agent.h"
#include "exchange/agent/journal.h"
#include "exchange/backend/slurm.h"
#include "exchange/client/client.h"
#include "exchange/sign/sign.h"

#include <signal.h>

enum { REPORT_MAX = 1000, WORD_SIZE = 80 };
#define NS_PER_S INT64_C(1000000000)

typedef struct session_server {
    char id[AGENT_ID_SIZE];
    bool has_ask;
    bool has_unit_ask[AGENT_UNITS];
    int64_t ask_micro; // of a program's last answer
    json_t *shown;     // nullable, owned: benchmarks of it that the exchange has
    json_t *bars;      // owned: classes that it does not work on, as it is registered
} session_server;

typedef struct session {
    const agent_config *config;
    agent_options *options;
    client *client;
    journal *journal;
    slurm *slurm; // nullable: no server of it uses Slurm
    sign_key key;
    json_t *devices, *classes; // nullable, owned: of an exchange with classes of work
    json_t *programs;          // nullable, owned: that benchmarks of classes run
    bool benchmarks;           // are required
    char exchange[WORD_SIZE], currency[WORD_SIZE], party[AGENT_ID_SIZE];
    session_server *servers; // [config->server_count], owned
    agent_part *parts;       // [part_count], owned: all that are not closed
    size_t part_count, part_room;
    int64_t epoch, nonce;
    int64_t ask_error_count;
    int64_t list_ns;         // monotonic, of the last list
    int64_t silent_until_ns; // nothing is sent before
    int64_t silence_ns;      // the present pause; 0: the exchange answers
    bool wants_list;
    int wake;       // eventfd of the listener
    sigset_t awake; // of signals, while it waits
} session;

int64_t session_now_ns(void); // monotonic
int64_t session_utc_ns(void); // the time of day
void session_time_text(int64_t utc_ns, char text[40]);
int64_t session_nonce(session *s); // greater than all before

// A line of the log: level "info", "warning" or "error".
void session_say(const session *s, const char *level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// A call. True: answered, and not refused; the body is the caller's to release, never NULL. False:
// said in the log, with the answer's code (nullable) filled in.
bool session_call(session *s, const char *method, const char *path, json_t *body, json_t **answer,
                  char code[CLIENT_CODE_SIZE]);

// Know the exchange, be known there, and have all servers registered. Errors: ERR_REFERENCE when
// refused; ERR_IO when nobody answers.
dcat_status session_register(session *s, dcat_error *err);

// Sign and send what servers ask; only of programs when `again`. False: try later.
bool session_ask(session *s, bool again);
// Which pool a device is of.
const char *session_pool_of(const session *s, const char *device);
// What a program says: false when it fails, and why.
bool ask_program(const agent_config *config, const agent_server *server, const char *question,
                 int64_t *micro, char why[WORD_SIZE]);

// Run a program of ours in place of this process, a fork: never as root, and never longer than who
// forked. Never returns.
_Noreturn void session_exec(const agent_config *config, const char *const *argv, int in, int out);

// Show what servers can do: the benchmarks that the exchange requires and has not; with a file all,
// whose answers are written there. Returns how many could not be shown or handed in.
size_t session_benchmark(session *s, FILE *all);

// Our parts by the exchange's list of open awards. False: no list came, or one of an older epoch.
// *err is set for what ends the agent.
bool session_reconcile(session *s, dcat_error *err);

// The two halves that hold no call: what a list of open awards says, and what the exchange answered
// to reports about parts said [count].
dcat_status session_follow(session *s, const json_t *list, dcat_error *err);
dcat_status session_note_answers(session *s, const size_t *said, size_t count, const json_t *answer,
                                 dcat_error *err);

// Move on what can: look at back ends, report, start. Returns when to be called again (monotonic).
int64_t session_work(session *s, dcat_error *err);

// Whether an answer is of the exchange that we know: an epoch lower than the highest is refused.
bool session_check_epoch(session *s, const json_t *answer);

// End what runs of a part that was taken back.
void session_stop_part(const session *s, const agent_part *p);

dcat_status session_add(session *s, const agent_part *part, dcat_error *err);
void session_forget_closed(session *s);

#endif
