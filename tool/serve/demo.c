// SPDX-License-Identifier: Apache-2.0
// The demo: the paper's market with its servers and users as clients like any other, each in a
// process of its own.
#include "tool/serve/serve.h"

#include "dcat/x/file.h"
#include "exchange/http/keys.h"
#include "exchange/sign/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEMO_SEED 1
#define DEMO_RATE "10"
#define SECOND INT64_C(1000000000)
#define DEPOSIT (INT64_C(1000000000) * DCAT_MONEY_UNIT)

// ---- the market

static dcat_status copy_areas(serve_market *m, dcat_error *err)
{
    size_t count = dcat_world_area_count(m->world);
    m->areas = calloc(count, sizeof *m->areas);
    m->area_names = calloc(count, sizeof *m->area_names);
    if (m->areas == NULL || m->area_names == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for areas");
    }
    memcpy(m->areas, dcat_world_areas_view(m->world), count * sizeof *m->areas);
    for (size_t a = 0; a < count; a++) {
        m->area_names[a] = dcat_scenario_area_name(m->scenario, a);
    }
    m->setup.areas = m->areas;
    m->setup.config.area_count = (int32_t)count;
    m->http.area_names = m->area_names;
    return DCAT_OK;
}

// Choice: disputes for a minute, so that tasks are forgotten and the demo runs for days; a unit of
// the paper's money is a Chinese yuan.
static void set_up(serve_market *m)
{
    exchange_config_preset("demo", &m->setup.config);
    m->setup.config.dispute_ns = 60 * SECOND;
    m->setup.config.task_max = 20000;
    m->setup.config.part_max = 80000;
    m->setup.world = *dcat_world_config_view(m->world);
    m->setup.config.geometry = (int32_t)m->setup.world.geometry;
    m->setup.config.price_per_gigacycle = m->setup.world.market.price_per_gigacycle;
    m->setup.config.urgency_s = m->setup.world.market.urgency_s;
    m->setup.config.spend_cap = exchange_spend_cap(m->setup.config.price_per_gigacycle);
    m->setup.auction = m->chosen.policy.auction->name;
    m->setup.name = "demo";
    m->setup.currency = "CNY";
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    m->setup.begun_unix_ns = now.tv_sec * SECOND;
    m->http.live.setup = &m->setup;
    m->http.live.policy = &m->chosen.policy;
    m->http.live.world_seed = DEMO_SEED;
    m->http.live.cycle_ns = 20 * SECOND;
    m->http.live.queue_max = 65536;
    m->http.live.admit_all = true;
}

dcat_status serve_demo_market(serve_market *m, bool quiet, dcat_error *err)
{
    m->http = http_config_default();
    char policy[] = "a2c:rea-s";
    dcat_status status = cli_policy_parse(&m->chosen, policy, err);
    if (status == DCAT_OK) {
        status = cli_policy_load(&m->chosen, quiet, err);
    }
    if (status == DCAT_OK) {
        status = dcat_scenario_load("paper", NULL, 0, &m->scenario, err);
    }
    if (status == DCAT_OK) {
        status = dcat_scenario_world(m->scenario, DEMO_SEED, &m->world, err);
    }
    if (status == DCAT_OK) {
        status = copy_areas(m, err);
    }
    if (status == DCAT_OK) {
        set_up(m);
        status = serve_listen("127.0.0.1:8080", m, err);
    }
    return status;
}

// ---- its people

// A party with a bearer key in a file of its own.
static dcat_status add_party(exchange_store *store, const char *folder, exchange_role role,
                             int32_t *party, dcat_error *err)
{
    char name[64], path[4096], text[HTTP_KEY_BYTES];
    snprintf(name, sizeof name, "demo-%s", exchange_role_name(role));
    snprintf(path, sizeof path, "%s/keys/%s.key", folder, exchange_role_name(role));
    dcat_status status = serve_add_key(store, role, name, party, text, err);
    return status == DCAT_OK ? serve_write_secret(path, text, err) : status;
}

static dcat_status add_people(exchange_store *store, const char *folder, dcat_error *err)
{
    int32_t party[ROLE_COUNT] = {0};
    dcat_status status = DCAT_OK;
    for (int role = 0; role < ROLE_COUNT && status == DCAT_OK; role++) {
        status = add_party(store, folder, (exchange_role)role, &party[role], err);
    }
    if (status == DCAT_OK) {
        const exchange_event deposit = {
            .kind = EVENT_DEPOSIT,
            .actor = party[ROLE_OPERATOR],
            .deposit = {.party = party[ROLE_USER], .amount = DEPOSIT},
        };
        exchange_result result;
        status = exchange_store_apply(store, &deposit, NULL, &result, err);
    }
    return status == DCAT_OK ? exchange_store_commit(store, err) : status;
}

static dcat_status make_folder(const char *path, dcat_error *err)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_IO, "cannot make %s: %s", path, strerror(errno));
}

dcat_status serve_demo_people(const serve_market *m, const char *folder, dcat_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/" EXCHANGE_STORE_FILE, folder);
    if (access(path, F_OK) == 0) {
        return DCAT_OK;
    }
    snprintf(path, sizeof path, "%s/keys", folder);
    dcat_status status = make_folder(path, err);
    exchange_store *store = NULL;
    if (status == DCAT_OK) {
        status = exchange_store_create(folder, NULL, &m->setup, &store, err);
    }
    if (status == DCAT_OK) {
        status = add_people(store, folder, err);
    }
    exchange_store_close(store);
    snprintf(path, sizeof path, "%s/keys/provider.sign", folder);
    sign_key key;
    return status == DCAT_OK ? sign_key_new(path, &key, err) : status;
}

// ---- its agent and users

// FOLDER/task.json, to be submitted.
static dcat_status write_task(const serve_market *m, const char *folder, dcat_error *err)
{
    char path[4096];
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    snprintf(path, sizeof path, "%s/task.json", folder);
    dcat_status status = dcat_output_single_open(path, true, &output, &file, err);
    if (status != DCAT_OK) {
        return status;
    }
    fprintf(file,
            "{\"origin\": {\"area\": \"%s\"}, \"work_gigacycles\": 600, \"data_megabits\": 20, "
            "\"deadline_s\": 4}\n",
            m->area_names[0]);
    return dcat_output_single_commit(output, err);
}

dcat_status serve_demo_agent(const serve_market *m, const char *folder, const char *url,
                             dcat_error *err)
{
    char path[4096];
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    snprintf(path, sizeof path, "%s/agent.yaml", folder);
    dcat_status status = dcat_output_single_open(path, true, &output, &file, err);
    if (status != DCAT_OK) {
        return status;
    }
    fprintf(file,
            "# The servers of the paper's world of seed %d, simulated, and 20 %% faster than they "
            "say, so\n"
            "# that they keep their promises on a busy machine, too.\n"
            "exchange:\n  url: %s\n  key_file: keys/provider.key\n"
            "sign_key_file: keys/provider.sign\njournal: agent.db\nservers:\n",
            DEMO_SEED, url);
    const dcat_server *servers = dcat_world_servers_view(m->world);
    for (size_t i = 0; i < dcat_world_server_count(m->world); i++) {
        fprintf(file,
                "  - {name: %s, x_km: %.6f, y_km: %.6f, cores: %d, speed_ghz: %.6f, backend: sim, "
                "factor: 0.8, ask: formula}\n",
                dcat_scenario_server_name(m->scenario, i), servers[i].site.x / 1e3,
                servers[i].site.y / 1e3, servers[i].core_count, servers[i].speed_hz / 1e9);
    }
    status = dcat_output_single_commit(output, err);
    return status == DCAT_OK ? write_task(m, folder, err) : status;
}

static pid_t start(char *const *arguments)
{
    pid_t child = fork();
    if (child != 0) {
        return child;
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    execv("/proc/self/exe", arguments);
    _exit(127);
}

dcat_status serve_demo_start(const serve_market *m, const char *folder, const char *url,
                             pid_t children[SERVE_CHILDREN], dcat_error *err)
{
    char config[4096], key[4096], where[256], parent[24], servers[24];
    snprintf(config, sizeof config, "%s/agent.yaml", folder);
    snprintf(key, sizeof key, "%s/keys/user.key", folder);
    snprintf(where, sizeof where, "%s", url);
    snprintf(parent, sizeof parent, "%d", (int)getpid());
    snprintf(servers, sizeof servers, "%zu", dcat_world_server_count(m->world));
    char *const agent[] = {"dcat",    "agent",         "--config", config,
                           "--quiet", "--with-parent", parent,     NULL};
    char *const users[] = {"dcat",    "users",         "--url",  where, "--key-file", key,
                           "--rate",  DEMO_RATE,       "--seed", "1",   "--await",    servers,
                           "--quiet", "--with-parent", parent,   NULL};
    children[0] = start(agent);
    children[1] = start(users);
    return children[0] > 0 && children[1] > 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_IO, "cannot start a process: %s", strerror(errno));
}

void serve_demo_end(pid_t children[SERVE_CHILDREN])
{
    for (int i = 0; i < SERVE_CHILDREN; i++) {
        if (children[i] > 0) {
            kill(children[i], SIGTERM);
        }
    }
    for (int i = 0; i < SERVE_CHILDREN; i++) {
        if (children[i] > 0) {
            waitpid(children[i], NULL, 0);
            children[i] = 0;
        }
    }
}
