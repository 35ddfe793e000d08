// SPDX-License-Identifier: Apache-2.0
#include "exchange/backend/config.h"

#include "exchange/backend/allow.h"
#include "exchange/backend/fields.h"
#include "exchange/backend/units.h"
#include "file/read_source.h"

#include <assert.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SERVER_MAX = 1000, NAME_MAX_BYTES = 64 };

const char *const agent_per_words[] = {"core-hour",  "card-hour", "node-hour",
                                       "giga-cycle", "formula",   NULL};
const char *const agent_backend_words[] = {"sim", "process", "slurm", "oci", NULL};

// The config with what its texts are borrowed from.
typedef struct loaded {
    agent_config config;
    tree tree;
    tree_origin origin;
    char *path;
    char **paths; // [path_count] made absolute
    size_t path_count;
} loaded;

typedef struct sections {
    const tree_node *exchange, *servers, *allow, *fetch;
} sections;

// clang-format off
#define ROW(word, what, at, needed) .key = (word), .kind = (what), .offset = (at), .required = (needed)
#define TEXT(word, at, needed) {ROW(word, FIELD_TEXT, at, needed)}
#define OTHER(word, at, needed) {ROW(word, FIELD_OTHER, at, needed)}
#define WORD(word, at, needed, list) {ROW(word, FIELD_WORD, at, needed), .words = (list)}
#define NUMBER(word, at, needed, ...) {ROW(word, FIELD_NUMBER, at, needed), .bound = {__VA_ARGS__}}
#define WHOLE(word, at, needed, ...) {ROW(word, FIELD_WHOLE, at, needed), .bound = {__VA_ARGS__}}
#define NOT_NEGATIVE 0.0, 1e9, false, false
// clang-format on

#define AT(member) offsetof(agent_config, member)
static const field exchange_fields[] = {
    TEXT("url", AT(url), true),
    TEXT("key_file", AT(key_file), true),
    TEXT("ca_file", AT(ca_file), false),
};
static const field own_fields[] = {
    TEXT("sign_key_file", AT(sign_key_file), true),
    TEXT("journal", AT(journal), true),
    TEXT("work_folder", AT(work_folder), false),
    TEXT("run_as", AT(run_as), false),
    NUMBER("heartbeat_s", AT(heartbeat_s), false, 0.1, 3600.0, false, false),
    NUMBER("reconcile_s", AT(reconcile_s), false, 0.1, 3600.0, false, false),
    NUMBER("ask_s", AT(ask_s), false, 1.0, 86400.0, false, false),
    NUMBER("fetch_s", AT(fetch_s), false, 0.1, 604800.0, false, false),
    NUMBER("slurm_poll_s", AT(slurm_poll_s), false, 0.1, 3600.0, false, false),
};
#undef AT
static const field section_fields[] = {
    OTHER("exchange", offsetof(sections, exchange), true),
    OTHER("servers", offsetof(sections, servers), true),
    OTHER("allow", offsetof(sections, allow), false),
    OTHER("fetch", offsetof(sections, fetch), false),
};
enum {
    OWN_COUNT = sizeof own_fields / sizeof *own_fields,
    SECTION_COUNT = sizeof section_fields / sizeof *section_fields,
};

typedef struct server_sections {
    agent_server server; // first, so that rows of both may be read in one go
    const tree_node *ask, *limits, *slurm, *oci, *units, *tariff, *bars;
} server_sections;

#define AT(member) offsetof(agent_server, member)
static const field server_fields[] = {
    TEXT("name", AT(name), true),
    TEXT("node", AT(node), false),
    TEXT("address", AT(address), false),
    TEXT("benchmark", AT(benchmark), false),
    NUMBER("x_km", AT(x_km), false, -1e6, 1e6, false, false),
    NUMBER("y_km", AT(y_km), false, -1e6, 1e6, false, false),
    NUMBER("lat", AT(lat), false, -90.0, 90.0, false, false),
    NUMBER("lon", AT(lon), false, -180.0, 180.0, false, false),
    NUMBER("speed_ghz", AT(speed_ghz), false, 0.0, 9007199.0, true, false),
    WHOLE("cores", AT(cores), false, 1.0, 1e6, false, false),
    WHOLE("cards", AT(cards), false, 0.0, 1e6, false, false),
    WORD("backend", AT(backend), true, agent_backend_words),
    NUMBER("factor", AT(factor), false, 0.0, 1000.0, true, false),
    NUMBER("start_s", AT(start_s), false, 0.0, 86400.0, false, false),
    OTHER("ask", offsetof(server_sections, ask), true),
    OTHER("tariff", offsetof(server_sections, tariff), false),
    OTHER("units", offsetof(server_sections, units), false),
    OTHER("bars", offsetof(server_sections, bars), false),
    OTHER("limits", offsetof(server_sections, limits), false),
    OTHER("slurm", offsetof(server_sections, slurm), false),
    OTHER("oci", offsetof(server_sections, oci), false),
};
static const field limit_fields[] = {
    NUMBER("time_s", AT(limits.time_s), false, NOT_NEGATIVE),
    WHOLE("cpu_s", AT(limits.cpu_s), false, NOT_NEGATIVE),
    WHOLE("memory_mb", AT(limits.memory_mb), false, NOT_NEGATIVE),
    WHOLE("file_mb", AT(limits.file_mb), false, NOT_NEGATIVE),
    WHOLE("processes", AT(limits.processes), false, NOT_NEGATIVE),
    WHOLE("open_files", AT(limits.open_files), false, NOT_NEGATIVE),
};
#undef AT
#define COUNT(fields) (sizeof(fields) / sizeof *(fields))

// ---- one server

// Choice: limits that hold when nobody wrote them keep a mistake from taking the machine.
static const agent_limits standard_limits = {
    .time_s = 3600.0, .memory_mb = 4096, .file_mb = 1024, .processes = 256, .open_files = 256};

static dcat_status check_place(const tree_node *node, const char *path, agent_server *s,
                               dcat_error *err)
{
    s->has_plane = tree_child(node, "x_km") != NULL && tree_child(node, "y_km") != NULL;
    s->has_globe = tree_child(node, "lat") != NULL && tree_child(node, "lon") != NULL;
    bool halves = (tree_child(node, "x_km") != NULL) != (tree_child(node, "y_km") != NULL) ||
                  (tree_child(node, "lat") != NULL) != (tree_child(node, "lon") != NULL);
    if (halves || s->has_plane == s->has_globe) {
        return tree_fail(err, DCAT_ERR_FIELD, node, path,
                         "must have either x_km and y_km or lat and lon");
    }
    return DCAT_OK;
}

static bool is_address(const char *text)
{
    static const char host[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]%";
    const char *colon = strrchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : 0;
    size_t digits = colon != NULL ? strspn(colon + 1, "0123456789") : 0;
    long port = digits >= 1 && digits <= 5 ? strtol(colon + 1, NULL, 10) : 0;
    return length >= 1 && length <= 240 && strspn(text, host) == strlen(text) &&
           colon[1 + digits] == '\0' && port >= 1 && port <= 65535;
}

static dcat_status check_server(const loaded *l, const tree_node *node, const char *path,
                                size_t index, const agent_server *s, dcat_error *err)
{
    const tree_node *name = tree_child(node, "name");
    assert(s->name != NULL && name != NULL); // it is required
    if (!text_is_word(s->name, strlen(s->name))) {
        return tree_fail(err, DCAT_ERR_FORMAT, name, path,
                         "name must be 1 to 64 letters, digits, - or _, got %s",
                         TEXT_SHOW(name->text, name->length));
    }
    if (s->address != NULL && !is_address(s->address)) {
        const tree_node *address = tree_child(node, "address");
        return tree_fail(err, DCAT_ERR_FORMAT, address, path, "address must be HOST:PORT, got %s",
                         TEXT_SHOW(address->text, address->length));
    }
    for (size_t i = 0; i < index; i++) {
        const char *before = l->config.servers[i].name;
        if (before != NULL && strcmp(before, s->name) == 0) {
            return tree_fail(err, DCAT_ERR_FIELD, name, path, "there is a server %s already",
                             s->name);
        }
    }
    return agent_backend_check(&l->config, node, path, s, err);
}

static dcat_status read_server(loaded *l, const tree_node *node, size_t index, dcat_error *err)
{
    char path[64], ask_path[80], limits_path[80];
    snprintf(path, sizeof path, "servers[%zu]", index);
    snprintf(ask_path, sizeof ask_path, "%s.ask", path);
    snprintf(limits_path, sizeof limits_path, "%s.limits", path);
    server_sections s = {.server = {.factor = 1.0, .limits = standard_limits}};
    dcat_status status =
        agent_fields_read(node, path, server_fields, COUNT(server_fields), &s, err);
    if (status == DCAT_OK) {
        status = check_place(node, path, &s.server, err);
    }
    if (status == DCAT_OK) {
        status = agent_backend_read(s.slurm, s.oci, path, &s.server, err);
    }
    if (status == DCAT_OK) {
        status = check_server(l, node, path, index, &s.server, err);
    }
    if (status == DCAT_OK) {
        status = agent_price_read(s.ask, ask_path, &s.server.ask, err);
    }
    if (status == DCAT_OK) {
        const agent_unit_nodes nodes = {node, s.units, s.tariff, s.bars};
        status = agent_units_read(&nodes, path, &s.server, err);
    }
    if (status == DCAT_OK && s.limits != NULL) {
        status = agent_fields_read(s.limits, limits_path, limit_fields, COUNT(limit_fields),
                                   &s.server, err);
    }
    l->config.servers[index] = s.server;
    return status;
}

static dcat_status read_servers(loaded *l, const tree_node *list, dcat_error *err)
{
    size_t count = tree_count(list);
    if (list->kind != TREE_SEQUENCE || count == 0 || count > SERVER_MAX) {
        return tree_fail(err, DCAT_ERR_FORMAT, list, "servers", "must be a list of 1 to %d servers",
                         SERVER_MAX);
    }
    l->config.servers = calloc(count, sizeof *l->config.servers);
    if (l->config.servers == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu servers", count);
    }
    dcat_status status = DCAT_OK;
    for (const tree_node *node = list->child; status == DCAT_OK && node != NULL;
         node = node->next) {
        status = read_server(l, node, l->config.server_count, err);
        l->config.server_count++;
    }
    return status;
}

// ---- who runs payloads

static dcat_status find_user(loaded *l, dcat_error *err)
{
    agent_config *c = &l->config;
    const tree_node *node = tree_child(l->tree.root, "run_as");
    if (node == NULL && geteuid() == 0 && agent_config_runs_payloads(c)) {
        return tree_fail(err, DCAT_ERR_FIELD, tree_child(l->tree.root, "allow"), NULL,
                         "an agent of root needs run_as: payloads never run as root");
    }
    const struct passwd *user = node != NULL ? getpwnam(c->run_as) : getpwuid(geteuid());
    if (node != NULL && user == NULL) {
        return tree_fail(err, DCAT_ERR_REFERENCE, node, "run_as", "there is no user %s",
                         TEXT_SHOW(node->text, node->length));
    }
    if (node != NULL && user->pw_uid == 0) {
        return tree_fail(err, DCAT_ERR_RANGE, node, "run_as", "payloads never run as root, got %s",
                         c->run_as);
    }
    if (node != NULL && geteuid() != 0 && user->pw_uid != geteuid()) {
        return tree_fail(err, DCAT_ERR_RANGE, node, "run_as",
                         "only an agent of root can run payloads as somebody else, got %s",
                         c->run_as);
    }
    c->payload_uid = user != NULL ? user->pw_uid : geteuid();
    c->payload_gid = user != NULL ? user->pw_gid : getegid();
    snprintf(c->payload_user, sizeof c->payload_user, "%s", user != NULL ? user->pw_name : "?");
    snprintf(c->payload_home, sizeof c->payload_home, "%s", user != NULL ? user->pw_dir : "/");
    return DCAT_OK;
}

// ---- files

// Beside the config, unless it begins at the root.
static bool place_file(loaded *l, const char **file)
{
    const char *slash = strrchr(l->path, '/');
    if (*file == NULL || (*file)[0] == '/' || slash == NULL) {
        return true;
    }
    char *whole = NULL;
    if (asprintf(&whole, "%.*s/%s", (int)(slash - l->path), l->path, *file) < 0) {
        return false;
    }
    char **more = realloc(l->paths, (l->path_count + 1) * sizeof *more);
    if (more == NULL) {
        free(whole);
        return false;
    }
    l->paths = more;
    l->paths[l->path_count++] = whole;
    *file = whole;
    return true;
}

static dcat_status place_files(loaded *l, dcat_error *err)
{
    agent_config *c = &l->config;
    bool placed = place_file(l, &c->key_file) && place_file(l, &c->ca_file) &&
                  place_file(l, &c->sign_key_file) && place_file(l, &c->journal) &&
                  place_file(l, &c->work_folder);
    for (size_t i = 0; placed && i < c->server_count; i++) {
        placed = place_file(l, &c->servers[i].ask.exec) && place_file(l, &c->servers[i].benchmark);
    }
    return placed ? DCAT_OK : dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for names of files");
}

static dcat_status read_all(loaded *l, const char *text, size_t size, dcat_error *err)
{
    dcat_status status = tree_parse(text, size, &l->origin, &l->tree, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (l->tree.root == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: the file is empty", l->path);
    }
    // Sections and keys of the top level stand in one mapping, and in two structs.
    struct {
        agent_config config;
        sections sections;
    } top = {.config = {.heartbeat_s = 5.0,
                        .reconcile_s = 30.0,
                        .ask_s = 60.0,
                        .slurm_poll_s = 2.0,
                        .fetch_s = 3600.0,
                        .fetch_schemes = 1},
             .sections = {0}};
    field fields[OWN_COUNT + SECTION_COUNT];
    memcpy(fields, own_fields, sizeof own_fields);
    memcpy(fields + OWN_COUNT, section_fields, sizeof section_fields);
    for (size_t i = OWN_COUNT; i < COUNT(fields); i++) {
        fields[i].offset += offsetof(__typeof__(top), sections);
    }
    status = agent_fields_read(l->tree.root, "", fields, COUNT(fields), &top, err);
    if (status == DCAT_OK) {
        status = agent_fields_read(top.sections.exchange, "exchange", exchange_fields,
                                   COUNT(exchange_fields), &top.config, err);
    }
    l->config = top.config;
    if (status == DCAT_OK && top.sections.allow != NULL) {
        status = agent_allow_read(top.sections.allow, l->config.allow, err);
    }
    if (status == DCAT_OK && top.sections.fetch != NULL) {
        status = agent_fetch_read(top.sections.fetch, &l->config.fetch_schemes, err);
    }
    if (status == DCAT_OK) {
        status = find_user(l, err);
    }
    if (status == DCAT_OK) {
        status = read_servers(l, top.sections.servers, err);
    }
    return status == DCAT_OK ? place_files(l, err) : status;
}

dcat_status agent_config_read(const char *path, const char *text, size_t size,
                              agent_config **config, dcat_error *err)
{
    loaded *l = calloc(1, sizeof *l);
    if (l == NULL || (l->path = strdup(path)) == NULL) {
        free(l);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a config");
    }
    l->origin = (tree_origin){l->path, true};
    locale_t before = text_locale_enter();
    dcat_status status = read_all(l, text, size, err);
    text_locale_leave(before);
    if (status != DCAT_OK) {
        agent_config_free(&l->config);
        return status;
    }
    *config = &l->config;
    return DCAT_OK;
}

dcat_status agent_config_load(const char *path, agent_config **config, dcat_error *err)
{
    char *text = NULL;
    size_t size = 0;
    dcat_status status = source_read_all(path, TREE_BYTES_MAX, &text, &size, err);
    if (status == DCAT_OK) {
        status = agent_config_read(path, text, size, config, err);
    }
    free(text);
    return status;
}

void agent_config_free(agent_config *config)
{
    loaded *l = (loaded *)config; // its first member
    if (l == NULL) {
        return;
    }
    for (size_t i = 0; i < l->path_count; i++) {
        free(l->paths[i]);
    }
    free(l->paths);
    free(l->config.servers);
    tree_free(&l->tree);
    free(l->path);
    free(l);
}
