// SPDX-License-Identifier: Apache-2.0
// dcat serve: an exchange, live.
#include "tool/serve/serve.h"

#include <errno.h>
#include <ftw.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_EVERY_S = 2, TELL_EVERY_LOOKS = 5 }; // telling: of a demo, on a terminal

typedef struct serve_options {
    cli_options common;
    const char *config, *data, *listen; // Nullable
    bool demo;
} serve_options;

static const cli_option option_table[] = {
    {"config", 0, CLI_TEXT, "FILE", CLI_AT(serve_options, config),
     .help = "The exchange's settings (docs/exchange.md)"},
    {"demo", 0, CLI_FLAG, NULL, CLI_AT(serve_options, demo),
     .help = "The paper's market: 40 simulated servers and users that come at random"},
    {"data", 0, CLI_TEXT, "DIR", CLI_AT(serve_options, data),
     .help = "Folder of the log; --demo without it uses one that is removed at the end"},
    {"listen", 0, CLI_TEXT, "ADDRESS:PORT", CLI_AT(serve_options, listen),
     .help = "Where to answer (default: 127.0.0.1:8080, or what the settings say)"},
    {0},
};

// ---- the folder

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about;
    (void)kind;
    (void)at;
    return remove(path);
}

// made: it is temporary.
static dcat_status open_folder(const serve_options *options, const serve_market *m, char *folder,
                               size_t room, bool *made, dcat_error *err)
{
    const char *given = options->data != NULL         ? options->data
                        : m->settings.data[0] != '\0' ? m->settings.data
                                                      : NULL;
    if (given == NULL && !options->demo) {
        return dcat_fail(err, DCAT_ERR_FIELD, "give --data DIR, or `data` in the settings");
    }
    if (given == NULL) {
        const char *parent = getenv("TMPDIR");
        snprintf(folder, room, "%s/dcat-demo-XXXXXX", parent != NULL ? parent : "/tmp");
        *made = mkdtemp(folder) != NULL;
        return *made ? DCAT_OK
                     : dcat_fail(err, DCAT_ERR_IO, "cannot make %s: %s", folder, strerror(errno));
    }
    if ((size_t)snprintf(folder, room, "%s", given) >= room) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--data: the name is too long");
    }
    return mkdir(folder, 0700) == 0 || errno == EEXIST
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_IO, "cannot make %s: %s", folder, strerror(errno));
}

// ---- running

static void tell_ended(pid_t children[SERVE_CHILDREN])
{
    for (int i = 0; i < SERVE_CHILDREN; i++) {
        int status = 0;
        if (children[i] > 0 && waitpid(children[i], &status, WNOHANG) == children[i]) {
            serve_log("warning", "child-ended", "\"which\":\"%s\",\"status\":%d",
                      i == 0 ? "agent" : "users",
                      WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
            children[i] = 0;
        }
    }
}

// Until a signal says stop; a child that ends is told of once.
static void wait_for_end(const sigset_t *signals, pid_t children[SERVE_CHILDREN], live *l,
                         bool demo)
{
    const struct timespec patience = {.tv_sec = LOOK_EVERY_S};
    serve_warned warned = {0};
    int signal = 0, looks = 0;
    do {
        signal = sigtimedwait(signals, NULL, &patience);
        if (signal == SIGCHLD) {
            tell_ended(children);
        } else if (signal < 0 && errno == EAGAIN) {
            serve_warn_canaries(l, &warned);
            looks = (looks + 1) % TELL_EVERY_LOOKS;
            if (demo && looks == 0) {
                serve_tell_progress(l);
            }
        }
    } while (signal < 0 || signal == SIGCHLD);
    serve_log("info", "stopping", "\"signal\":\"%s\"", strsignal(signal));
}

static dcat_status start(const serve_options *options, serve_market *m, const char *folder,
                         http_server **server, char *url, size_t room, dcat_error *err)
{
    m->http.live.folder = folder;
    dcat_status status = http_config_check(&m->http, err);
    if (status == DCAT_OK && options->demo) {
        status = serve_demo_people(m, folder, err);
    }
    if (status == DCAT_OK) {
        status = http_server_start(&m->http, server, err);
    }
    if (status == DCAT_OK) {
        bool six = strchr(m->address, ':') != NULL;
        snprintf(url, room, "%s://%s%s%s:%d", m->http.certificate != NULL ? "https" : "http",
                 six ? "[" : "", m->http.address, six ? "]" : "", http_server_port(*server));
        serve_log("info", "serving", "\"url\":\"%s\",\"data\":\"%s\",\"events\":%llu", url, folder,
                  (unsigned long long)exchange_store_size(live_store(http_server_live(*server))));
    }
    return status;
}

static dcat_status serve(const serve_options *options, serve_market *m, const char *folder,
                         bool made, dcat_error *err)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); // before there are threads
    http_server *server = NULL;
    char url[128];
    pid_t children[SERVE_CHILDREN] = {0};
    dcat_status status = start(options, m, folder, &server, url, sizeof url, err);
    if (status == DCAT_OK && options->demo) {
        status = serve_demo_agent(m, folder, url, err);
        if (status == DCAT_OK) {
            status = serve_demo_start(m, folder, url, children, err);
        }
        if (status == DCAT_OK) {
            serve_tell_demo(folder, url, made);
        }
    }
    if (status == DCAT_OK) {
        wait_for_end(&signals, children, http_server_live(server), options->demo);
    }
    serve_demo_end(children);
    if (server != NULL) {
        http_server_stop(server);
    }
    return status;
}

static dcat_status check(void *command_options, dcat_error *err)
{
    const serve_options *options = command_options;
    if (options->demo == (options->config != NULL)) {
        return dcat_fail(err, DCAT_ERR_FIELD, "give either --config FILE or --demo");
    }
    return DCAT_OK;
}

static void remark(const serve_market *m)
{
    static const char *const of[SERVE_REMARKS] = {"policy", "settings", "settings"};
    for (int i = 0; i < SERVE_REMARKS; i++) {
        char *note = serve_remark_json(m, i);
        if (note != NULL) {
            serve_log("warning", of[i], "\"note\":%s", note);
        }
        free(note);
    }
}

// What a commit takes and gives back stays here: without this the writer spends more on asking the
// system for memory again than on some of its statements.
static void keep_memory(void)
{
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_TOP_PAD, 16 << 20);
}

static int run(void *command_options)
{
    keep_memory();
    serve_options *options = command_options;
    serve_market m = {0};
    dcat_error err = {0};
    char folder[4000] = "";
    bool made = false;
    dcat_status status =
        options->demo ? serve_demo_market(&m, options->common.quiet, &err)
                      : serve_config_market(&m, options->config, options->common.quiet, &err);
    if (status == DCAT_OK && options->listen != NULL) {
        status = serve_listen(options->listen, &m, &err);
    }
    serve_log_quiet(m.settings.quiet);
    if (status == DCAT_OK && !options->common.quiet) {
        remark(&m);
    }
    if (status == DCAT_OK) {
        status = open_folder(options, &m, folder, sizeof folder, &made, &err);
    }
    if (status == DCAT_OK) {
        status = serve(options, &m, folder, made, &err);
    }
    if (made) {
        nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
    serve_market_free(&m);
    return cli_exit(status, &err);
}

const cli_command cli_serve = {
    .name = "serve",
    .brief = "",
    .summary = "run an exchange that users and providers reach over HTTP",
    .about = "Run an exchange: take tasks, auction them every slot, form clusters every cycle, "
             "settle what was done, and answer over HTTP. Its log is a SQLite database in --data; "
             "SIGTERM ends it in an orderly way.\v"
             "Log lines are JSON on standard error. docs/exchange.md tells the whole.\n\n"
             "Example: dcat serve --demo",
    .own = option_table,
    .options_size = sizeof(serve_options),
    .check = check,
    .run = run,
};
