// SPDX-License-Identifier: Apache-2.0
// remote.h - what the commands that talk to an exchange share: where it is, who asks, what is
// printed. Exit code 3: the exchange refused, and its problem was printed.

#ifndef DCAT_TOOL_EXCHANGE_REMOTE_H
#define DCAT_TOOL_EXCHANGE_REMOTE_H

#include "exchange/client/client.h"
#include "tool/cli.h"

enum { REMOTE_REFUSED = 3, REMOTE_WORD_MAX = 64 };

// The beginning of these commands' options.
typedef struct remote_options {
    cli_options common;
    const char *url, *key_file, *ca_file; // nullable
    bool show_request;
    int timeout_ms;  // of a try; 0: the client's. No option of its own
    int patience_ms; // for an answer, and then it is not asked again; 0: the client's
    const char *words[REMOTE_WORD_MAX]; // [word_count] arguments
    size_t word_count;
} remote_options;

extern const cli_option remote_option_table[];
#define CLI_REMOTE                                                                                 \
    .common = remote_option_table, .common_title = "The exchange:", .argument = remote_argument

dcat_status remote_argument(void *options, const char *text, dcat_error *err);

// A client for the options: 0, or the exit code after a message.
int remote_open(const remote_options *options, client **c);

// A call: 0 with the answer's body (never NULL, the caller's), or the exit code after a message.
// body is released.
int remote_call(const remote_options *options, client *c, const char *method, const char *path,
                json_t *body, const char *key, json_t **answer);

// A GET whose answer may be CSV: 0 with the whole answer, the caller's, or the exit code.
int remote_call_any(const remote_options *options, client *c, const char *method, const char *path,
                    client_answer *answer);

// Open, call, print what comes, close: the exit code.
int remote_ask(const remote_options *options, const char *method, const char *path, json_t *body);

// Print an answer and release it: as JSON with --json, else for people; fields ending in _micro as
// amounts. Returns the exit code.
int remote_print(const remote_options *options, json_t *answer);

// A JSON object of a file, or of standard input where the name is "-": 0 or an exit code.
int remote_read_file(const char *path, json_t **body);

// So many micro-units as a decimal amount.
enum { REMOTE_AMOUNT_SIZE = 32 };
void remote_amount(long long value, char text[REMOTE_AMOUNT_SIZE]);

// The commands.
extern const cli_command cli_submit, cli_quote, cli_tasks, cli_task, cli_cancel, cli_servers,
    cli_ask, cli_account, cli_exchange, cli_agent, cli_interlink, cli_users, cli_ledger;

#endif
