// SPDX-License-Identifier: Apache-2.0
// serve.h - what the parts of dcat serve share.

#ifndef DCAT_TOOL_SERVE_SERVE_H
#define DCAT_TOOL_SERVE_SERVE_H

#include "exchange/http/server.h"
#include "exchange/settings/settings.h"
#include "tool/policy.h"

#include <sys/types.h>

enum { SERVE_ADDRESS = 64 };

// Everything that a server borrows while it runs.
typedef struct serve_market {
    exchange_settings settings; // owned; all zero: of the demo
    dcat_scenario *scenario;    // owned, of the demo
    dcat_world *world;          // owned, of the demo
    exchange_setup setup;
    dcat_area *areas;            // [area_count] owned
    const char **area_names;     // [area_count] owned; the names are the scenario's
    cli_policy chosen;           // owned
    char *certificate, *key;     // Nullable, owned: of TLS
    char address[SERVE_ADDRESS]; // where it listens
    char *data;                  // Nullable, owned: folder of a configuration
    http_config http;
} serve_market;
void serve_market_free(serve_market *m);

// The paper's market, as the demo has it.
dcat_status serve_demo_market(serve_market *m, bool quiet, dcat_error *err);

// What a file of settings says.
dcat_status serve_config_market(serve_market *m, const char *path, bool quiet, dcat_error *err);

// What is allowed and seldom meant, each as a sentence: on what values of this market its policy
// did not learn, and what of its settings has no effect. False: there is nothing to say.
enum {
    SERVE_REMARK_POLICY,
    SERVE_REMARK_BOND,
    SERVE_REMARK_CANARY,
    SERVE_REMARKS,
    SERVE_REMARK_SIZE = 1200
};
bool serve_remark(const serve_market *m, int which, char text[SERVE_REMARK_SIZE]);
// The same as JSON, to be freed; NULL: there is nothing, or no memory.
char *serve_remark_json(const serve_market *m, int which);

// ADDRESS:PORT, or [ADDRESS]:PORT; the market's, or of any server. Errors: ERR_RANGE.
dcat_status serve_address(const char *text, char address[SERVE_ADDRESS], int *port,
                          dcat_error *err);
dcat_status serve_listen(const char *text, serve_market *m, dcat_error *err);

// The demo's people: parties, keys in FOLDER/keys and money, where there is no log yet.
dcat_status serve_demo_people(const serve_market *m, const char *folder, dcat_error *err);
// FOLDER/agent.yaml, for the servers of the paper's world, and a task to try.
dcat_status serve_demo_agent(const serve_market *m, const char *folder, const char *url,
                             dcat_error *err);
// Its agent and its users, as processes of their own.
enum { SERVE_CHILDREN = 2 };
dcat_status serve_demo_start(const serve_market *m, const char *folder, const char *url,
                             pid_t children[SERVE_CHILDREN], dcat_error *err);
void serve_demo_end(pid_t children[SERVE_CHILDREN]);
// Where it answers, its keys, what to try; and how it goes, if somebody looks.
void serve_tell_demo(const char *folder, const char *url, bool made);
void serve_tell_progress(live *l);

// Warn in the log of canaries that cannot be submitted: of each reason once, and again after a day.
typedef struct serve_warned {
    int64_t at_s[CODE_COUNT]; // on a clock that begins with the machine; 0: not yet
} serve_warned;
void serve_warn_canaries(live *l, serve_warned *warned);

// One line of a file, or into a file that must not exist and is its owner's alone.
dcat_status serve_write_secret(const char *path, const char *line, dcat_error *err);

// A new party of a role, or the one of that name, and a bearer key for it.
dcat_status serve_add_key(exchange_store *store, exchange_role role, const char *name,
                          int32_t *party, char *key, dcat_error *err);

// A line of JSON on standard error. fields: "\"name\":value,..." or "".
void serve_log_quiet(bool quiet); // from now on only what is worse than info
void serve_log(const char *level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
