// SPDX-License-Identifier: Apache-2.0
#include "tool/serve/serve.h"

#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void serve_market_free(serve_market *m)
{
    free(m->areas);
    free(m->area_names);
    free(m->certificate);
    free(m->key);
    exchange_settings_free(&m->settings);
    dcat_world_destroy(m->world);
    dcat_scenario_destroy(m->scenario);
    cli_policy_free(&m->chosen);
}

// ---- what a file says

static dcat_status read_pem(const char *path, char **text, dcat_error *err)
{
    FILE *file = fopen(path, "r");
    size_t room = 0;
    ssize_t length = file == NULL ? -1 : getdelim(text, &room, '\0', file);
    if (file != NULL) {
        fclose(file);
    }
    return length > 0 ? DCAT_OK : dcat_fail(err, DCAT_ERR_NOT_FOUND, "cannot read %s", path);
}

static void borrow(serve_market *m)
{
    const exchange_settings *s = &m->settings;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    m->setup = s->setup;
    m->setup.auction = m->chosen.policy.auction->name;
    m->setup.begun_unix_ns = now.tv_sec * INT64_C(1000000000);
    m->http = http_config_default();
    m->http.area_names = s->area_names;
    m->http.books = (books_options){.legal_name = s->legal_name,
                                    .tax_id = s->legal_tax_id,
                                    .address = s->legal_address,
                                    .tax_bp = s->tax_bp,
                                    .minor_digits = s->minor_digits};
    m->http.node_names = s->node_names;
    m->http.requests_per_s = s->requests_per_s;
    m->http.failures_per_s = s->failures_per_s;
    m->http.connection_max = (int)s->connection_max;
    m->http.unseal_ns = s->unseal_ns;
    m->http.benchmark_age_ns = s->benchmark_age_ns;
    m->http.memory_classes = s->memory_classes;
    m->http.certificate = m->certificate;
    m->http.key = m->key;
    m->http.live = (live_config){
        .setup = &m->setup,
        .policy = &m->chosen.policy,
        .world_seed = (uint64_t)s->world_seed,
        .cycle_ns = s->cycle_ns,
        .queue_max = (int32_t)s->queue_max,
        .admit_all = s->admit_all,
        .canary_party = s->canary_party,
        .canaries = s->canaries,
        .canary_count = s->canary_count,
    };
}

dcat_status serve_config_market(serve_market *m, const char *path, bool quiet, dcat_error *err)
{
    dcat_status status = exchange_settings_load(path, &m->settings, err);
    if (status == DCAT_OK) {
        char policy[SETTINGS_TEXT];
        dcat_error inner = {0};
        snprintf(policy, sizeof policy, "%s", m->settings.policy);
        if (strstr(policy, "plugin=") != NULL || strncmp(policy, "file=", 5) == 0) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "%s: policy: an exchange knows the clusterers and auctions of the "
                             "program, and a2c=FILE",
                             path);
        }
        status = cli_policy_parse(&m->chosen, policy, &inner);
        if (status != DCAT_OK) {
            dcat_fail(err, status, "%s: policy: %.400s", path, inner.message);
        }
    }
    if (status == DCAT_OK) {
        status = cli_policy_load(&m->chosen, quiet, err);
    }
    if (status == DCAT_OK && m->settings.certificate[0] != '\0') {
        status = read_pem(m->settings.certificate, &m->certificate, err);
        if (status == DCAT_OK) {
            status = read_pem(m->settings.key, &m->key, err);
        }
    }
    if (status == DCAT_OK) {
        borrow(m);
        status = serve_listen(m->settings.listen, m, err);
    }
    return status;
}

// ---- small things

static bool remark_policy(const serve_market *m, char text[SERVE_REMARK_SIZE])
{
    const dcat_scenario *scenario = m->scenario != NULL ? m->scenario : m->settings.scenario;
    char values[1024];
    if (cli_policy_outside(&m->chosen, scenario, values, sizeof values) == 0) {
        return false;
    }
    snprintf(text, SERVE_REMARK_SIZE, "%s did not learn on such values: %s",
             m->chosen.file != NULL ? m->chosen.file : "a2c as shipped", values);
    return true;
}

static bool remark_bond(const serve_market *m, char text[SERVE_REMARK_SIZE])
{
    const exchange_config *c = &m->setup.config;
    bool forfeits = false;
    for (int i = 0; i < EXCHANGE_STRIKES; i++) {
        forfeits = forfeits || c->forfeit_bp[i] > 0;
    }
    if (c->bond > 0 || (c->bond_ns == 0 && !forfeits)) {
        return false;
    }
    snprintf(text, SERVE_REMARK_SIZE, "%s no effect: trust.bond is 0, so there are no bonds",
             forfeits && c->bond_ns > 0 ? "trust.forfeit_bp and trust.bond_s have"
             : forfeits                 ? "trust.forfeit_bp has"
                                        : "trust.bond_s has");
    return true;
}

// Classes for which servers are never tried.
static bool remark_canary(const serve_market *m, char text[SERVE_REMARK_SIZE])
{
    const exchange_settings *s = &m->settings;
    int left = 0, first = -1;
    for (int q = 0; s->canary_count > 0 && q < m->setup.config.class_count; q++) {
        bool known = false;
        for (size_t i = 0; i < s->canary_count; i++) {
            known = known || s->canaries[i].class_id == q;
        }
        left += !known;
        first = known || first >= 0 ? first : q;
    }
    if (left == 0) {
        return false;
    }
    snprintf(text, SERVE_REMARK_SIZE,
             "%d of %d classes of work have no known task in trust.canary.tasks, so no server is "
             "tried at them; %s is the first",
             left, m->setup.config.class_count, s->class_names[first]);
    return true;
}

bool serve_remark(const serve_market *m, int which, char text[SERVE_REMARK_SIZE])
{
    return which == SERVE_REMARK_POLICY ? remark_policy(m, text)
           : which == SERVE_REMARK_BOND ? remark_bond(m, text)
                                        : remark_canary(m, text);
}

char *serve_remark_json(const serve_market *m, int which)
{
    char text[SERVE_REMARK_SIZE];
    json_t *said = serve_remark(m, which, text) ? json_string(text) : NULL;
    char *quoted = said != NULL ? json_dumps(said, JSON_ENCODE_ANY) : NULL;
    json_decref(said);
    return quoted;
}

dcat_status serve_address(const char *text, char address[SERVE_ADDRESS], int *port, dcat_error *err)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - text);
    bool brackets = length > 2 && text[0] == '[' && text[length - 1] == ']';
    size_t from = brackets ? 1 : 0;
    length -= 2 * from;
    size_t digits = colon == NULL ? 0 : strspn(colon + 1, "0123456789");
    long value =
        digits > 0 && digits < 6 && colon[1 + digits] == '\0' ? strtol(colon + 1, NULL, 10) : -1;
    if (length == 0 || length >= SERVE_ADDRESS || value < 0 || value > 65535) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "listen must be ADDRESS:PORT, such as 127.0.0.1:8080, got %.80s", text);
    }
    memcpy(address, text + from, length);
    address[length] = '\0';
    *port = (int)value;
    return DCAT_OK;
}

dcat_status serve_listen(const char *text, serve_market *m, dcat_error *err)
{
    m->http.address = m->address;
    return serve_address(text, m->address, &m->http.port, err);
}

dcat_status serve_write_secret(const char *path, const char *line, dcat_error *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        return dcat_fail(err, errno == EEXIST ? DCAT_ERR_EXISTS : DCAT_ERR_IO, "cannot make %s: %s",
                         path, strerror(errno));
    }
    bool ok = dprintf(file, "%s\n", line) > 0 && fsync(file) == 0;
    return close(file) == 0 && ok ? DCAT_OK : dcat_fail(err, DCAT_ERR_IO, "cannot write %s", path);
}

static bool log_quiet;

void serve_log_quiet(bool quiet)
{
    log_quiet = quiet;
}

void serve_log(const char *level, const char *event, const char *format, ...)
{
    if (log_quiet && strcmp(level, "info") == 0) {
        return;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm parts;
    char text[32] = "", fields[1024] = "";
    if (gmtime_r(&now.tv_sec, &parts) != NULL) {
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fields, sizeof fields, format, arguments);
    va_end(arguments);
    fprintf(stderr, "{\"at\":\"%s.%03ldZ\",\"level\":\"%s\",\"event\":\"%s\"%s%s}\n", text,
            now.tv_nsec / 1000000, level, event, fields[0] != '\0' ? "," : "", fields);
}
