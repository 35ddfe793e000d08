// SPDX-License-Identifier: Apache-2.0
// agent.yaml: what is right is read as it stands, and what is wrong is named with file, line, key,
// rule and value.

#include "exchange/backend/config.h"

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TOP                                                                                        \
    "exchange: {url: 'http://127.0.0.1:1', key_file: a.key}\nsign_key_file: a.sign\njournal: "     \
    "a.db\n"
#define SERVER "name: s, x_km: 1, y_km: 2, speed_ghz: 100, cores: 4, backend: sim, ask: formula"

#define REAL(backend, more)                                                                        \
    "run_as: nobody\nallow: [process, oci]\nservers:\n  - {name: a, x_km: 1, y_km: 2, speed_ghz: " \
    "1, cores: 1, backend: " backend ", ask: formula, " more "}\n"

static void test_a_whole_file_is_read_as_it_stands(void **state)
{
    (void)state;
    static const char text[] =
        "exchange: {url: 'https://example.org', key_file: a.key, ca_file: /etc/ca.pem}\n"
        "sign_key_file: a.sign\njournal: j/a.db\nheartbeat_s: 2.5\nreconcile_s: 7\nask_s: 20\n"
        "servers:\n"
        "  - {" SERVER ", address: '10.0.0.7:31000'}\n"
        "  - name: t\n    lat: 52.5\n    lon: -13\n    speed_ghz: 250.5\n    cores: 100\n    "
        "cards: 8\n"
        "    backend: sim\n    factor: 0.9\n    ask: {amount: 1.98, per: card-hour}\n"
        "    limits: {time_s: 10, cpu_s: 11, memory_mb: 12, file_mb: 13, processes: 14, "
        "open_files: "
        "15}\n"
        "  - {name: u, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: sim, ask: {exec: "
        "bin/ask, per: node-hour}}\n";
    agent_config *c = NULL;
    dcat_error err = {0};
    if (agent_config_read("etc/agent.yaml", text, strlen(text), &c, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_string_equal(c->url, "https://example.org");
    assert_string_equal(c->key_file, "etc/a.key"); // beside the file
    assert_string_equal(c->ca_file, "/etc/ca.pem");
    assert_string_equal(c->journal, "etc/j/a.db");
    assert_true(c->heartbeat_s == 2.5 && c->reconcile_s == 7.0 && c->ask_s == 20.0);
    assert_false(c->allow[AGENT_PROCESS]);
    assert_int_equal(c->server_count, 3);
    const agent_server *s = &c->servers[0];
    assert_true(s->has_plane && !s->has_globe && s->x_km == 1.0 && s->y_km == 2.0);
    assert_true(s->factor == 1.0 && s->cards == 0 && s->limits.time_s == 3600.0);
    assert_int_equal(s->ask.kind, AGENT_ASK_FORMULA);
    assert_string_equal(s->address, "10.0.0.7:31000");
    assert_null(c->servers[1].address);
    assert_string_equal(agent_per_words[s->ask.per], "formula");
    s = &c->servers[1];
    assert_true(s->has_globe && s->lat == 52.5 && s->lon == -13.0 && s->cards == 8);
    assert_true(s->factor == 0.9 && s->speed_ghz == 250.5);
    assert_string_equal(s->ask.amount, "1.98");
    assert_string_equal(agent_per_words[s->ask.per], "card-hour");
    assert_true(s->limits.time_s == 10.0 && s->limits.cpu_s == 11 && s->limits.memory_mb == 12);
    assert_true(s->limits.file_mb == 13 && s->limits.processes == 14 && s->limits.open_files == 15);
    assert_string_equal(c->servers[2].ask.exec, "etc/bin/ask");
    agent_config_free(c);
}

static void test_bars_are_a_class_or_a_list(void **state)
{
    (void)state;
    static const char text[] =
        "exchange: {url: 'http://127.0.0.1:1', key_file: a}\nsign_key_file: b\njournal: c\n"
        "servers:\n"
        "- {name: one, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: sim, ask: formula, "
        "bars: video}\n"
        "- {name: two, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: sim, ask: formula, "
        "bars: [video, lm]}\n";
    agent_config *c = NULL;
    assert_int_equal(agent_config_read("a.yaml", text, strlen(text), &c, NULL), DCAT_OK);
    assert_int_equal(c->servers[0].bar_count, 1);
    assert_string_equal(c->servers[0].bars[0], "video");
    assert_int_equal(c->servers[1].bar_count, 2);
    assert_string_equal(c->servers[1].bars[1], "lm");
    agent_config_free(c);
}

static void test_what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"", "a.yaml: the file is empty"},
        {"- 1\n", "a.yaml:1: must be a mapping, got a list"},
        {"exchange: 1\n", "a.yaml:1: sign_key_file is missing"},
        {TOP, "a.yaml:1: servers is missing"},
        {TOP "servers: []\n", "a.yaml:4: servers: must be a list of 1 to 1000 servers"},
        {TOP "servers:\n  - {" SERVER ", address: here}\n",
         "a.yaml:5: servers[0]: address must be HOST:PORT, got here"},
        {TOP "servers:\n  - {" SERVER ", address: 'here:70000'}\n",
         "a.yaml:5: servers[0]: address must be HOST:PORT, got here:70000"},
        {TOP "servers:\n  - {" SERVER ", address: 'a,b:70'}\n",
         "a.yaml:5: servers[0]: address must be HOST:PORT, got a,b:70"},
        {TOP "servers: [3]\n", "a.yaml:4: servers[0]: must be a mapping, got 3"},
        {TOP "servers:\n  - {" SERVER "}\nheartbeats_s: 3\n",
         "a.yaml:6: heartbeats_s: no such key; did you mean heartbeat_s?"},
        {TOP "zzz: 3\n", "a.yaml:4: zzz: no such key"},
        {TOP "journal: b\n", "a.yaml:4: journal: duplicate key; it is in line 3 already"},
        {TOP "heartbeat_s: 0\n", "a.yaml:4: heartbeat_s: must be in [0.1, 3600], got 0"},
        {TOP "heartbeat_s: soon\n", "a.yaml:4: heartbeat_s: must be a number, got soon"},
        {TOP "heartbeat_s: [1]\n", "a.yaml:4: heartbeat_s: must be a number, got a list"},
        {TOP "allow: everything\nservers: []\n",
         "a.yaml:4: allow: must be process or slurm or oci, got everything"},
        {TOP "run_as: nobody-of-that-name\nservers:\n  - {" SERVER "}\n",
         "a.yaml:4: run_as: there is no user nobody-of-that-name"},
        {TOP "run_as: root\nservers:\n  - {" SERVER "}\n",
         "a.yaml:4: run_as: payloads never run as root, got root"},
        {"exchange: {url: 'http://127.0.0.1:1'}\nsign_key_file: a\njournal: b\nservers:\n  - "
         "{" SERVER "}\n",
         "a.yaml:1: exchange: key_file is missing"},
        {TOP "servers:\n  - {" SERVER ", speed: 3}\n",
         "a.yaml:5: servers[0].speed: no such key; did you mean speed_ghz?"},
        {TOP "servers:\n  - {" SERVER ", factor: -1}\n",
         "a.yaml:5: servers[0].factor: must be in (0, 1000], got -1"},
        {TOP "servers:\n  - {" SERVER ", lat: 3}\n",
         "a.yaml:5: servers[0]: must have either x_km and y_km or lat and lon"},
        {TOP "servers:\n  - {" SERVER "}\n  - {" SERVER "}\n",
         "a.yaml:6: servers[1]: there is a server s already"},
        {TOP
         "servers:\n  - {name: a b, x_km: 1, y_km: 2, speed_ghz: 1, cores: 4, backend: sim, ask: "
         "formula}\n",
         "a.yaml:5: servers[0]: name must be 1 to 64 letters, digits, - or _, got a b"},
        {TOP
         "servers:\n  - {name: a, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1.5, backend: sim, ask: "
         "formula}\n",
         "a.yaml:5: servers[0].cores: must be a whole number, got 1.5"},
        {TOP "servers:\n  - {name: a, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: pbs, ask: "
             "formula}\n",
         "a.yaml:5: servers[0].backend: must be sim or process or slurm or oci, got pbs"},
        {TOP "servers:\n  - {name: a, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: slurm, "
             "ask: formula}\n",
         "a.yaml:5: servers[0]: slurm runs what users send: it is off until the line 'allow: "
         "slurm' "
         "stands in this file"},
        {TOP "run_as: nobody\nallow: [process, sim]\nservers:\n  - {" SERVER "}\n",
         "a.yaml:5: allow: must be process or slurm or oci, got sim"},
        {TOP "run_as: nobody\nallow: [oci]\nservers:\n  - {name: a, x_km: 1, y_km: 2, speed_ghz: "
             "1, cores: 1, backend: oci, ask: formula}\n",
         "a.yaml:7: servers[0]: oci needs work_folder"},
        {TOP "servers:\n  - {" SERVER ", slurm: {partition: a}}\n",
         "a.yaml:5: servers[0].slurm: needs backend slurm, or oci with inside: slurm, got sim"},
        {TOP "servers:\n  - name: s\n    slurm:\n      qos: a\n    x_km: 1\n    y_km: 2\n    "
             "speed_ghz: 1\n    cores: 1\n    backend: sim\n    ask: formula\n",
         "a.yaml:6: servers[0].slurm: needs backend slurm, or oci with inside: slurm, got sim"},
        {TOP "servers:\n  - {" SERVER ", oci: {image: a}}\n",
         "a.yaml:5: servers[0].oci: needs backend oci, got sim"},
        {TOP "servers:\n  - {" SERVER ", benchmark: own}\n",
         "a.yaml:5: servers[0].benchmark: needs a backend that runs programs, got sim"},
        {TOP REAL("process", "factor: 1"),
         "a.yaml:7: servers[0].factor: needs backend sim, got process"},
        {TOP REAL("process", "slurm: {qos: a}"),
         "a.yaml:7: servers[0].slurm: needs backend slurm, or oci with inside: slurm, got process"},
        {TOP REAL("oci", "slurm: {qos: a}"),
         "a.yaml:7: servers[0].slurm: needs backend slurm, or oci with inside: slurm, got oci"},
        {TOP "servers:\n  - {" SERVER ", oci: {network: all}}\n",
         "a.yaml:5: servers[0].oci.network: must be none or host, got all"},
        {TOP "fetch: ftp\nservers:\n  - {" SERVER "}\n",
         "a.yaml:4: fetch: must be https or http or file, got ftp"},
        {TOP "servers:\n  - {" SERVER ", slurm: {queue: a}}\n",
         "a.yaml:5: servers[0].slurm.queue: no such key"},
        {TOP "servers:\n  - {" SERVER ", slurm: {gres: 'gpu:2'}}\n",
         "a.yaml:5: servers[0].slurm: gres must be none, NAME or NAME:TYPE, without a count, got "
         "gpu:2"},
        {TOP "servers:\n  - {" SERVER ", slurm: {gres: 'a b'}}\n",
         "a.yaml:5: servers[0].slurm: gres must be none, NAME or NAME:TYPE, without a count, got a "
         "b"},
        {TOP "servers:\n  - {name: a, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: process, "
             "ask: formula}\n",
         "a.yaml:5: servers[0]: process runs what users send: it is off until the line 'allow: "
         "process' stands in this file"},
        {TOP "servers:\n  - {name: a, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: sim, ask: "
             "cheap}\n",
         "a.yaml:5: servers[0].ask: must be formula, {amount: A, per: UNIT} or {exec: PROGRAM, "
         "per: "
         "UNIT}"},
        {TOP "servers:\n  - {name: a, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: sim, ask: "
             "{per: core-hour}}\n",
         "a.yaml:5: servers[0].ask: must have either amount or exec"},
        {TOP "servers:\n  - {name: a, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: sim, ask: "
             "{amount: 1.2345678, per: core-hour}}\n",
         "a.yaml:5: servers[0].ask: amount must be > 0 with at most 6 digits behind the point, got "
         "1.2345678"},
        {TOP "servers:\n  - {name: a, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: sim, ask: "
             "{amount: 0.0, per: core-hour}}\n",
         "got 0.0"},
        {TOP "servers:\n  - {name: a, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: sim, ask: "
             "{amount: 1, per: hour}}\n",
         "a.yaml:5: servers[0].ask.per: must be core-hour or card-hour or node-hour or giga-cycle, "
         "got hour"},
        {TOP "servers:\n  - {" SERVER ", limits: {memory_mb: -1}}\n",
         "a.yaml:5: servers[0].limits.memory_mb: must be"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        agent_config *c = NULL;
        dcat_error err = {0};
        dcat_status status =
            agent_config_read("a.yaml", cases[i].text, strlen(cases[i].text), &c, &err);
        if (!dcat_status_is_user_error(status) || strstr(err.message, cases[i].said) == NULL) {
            fail_msg("%s\nis said: %s", cases[i].text, err.message);
        }
        assert_null(c);
    }
}

static const char rest[] = "allow: process\nwork_folder: w\nservers:\n  - {" SERVER "}\n";

// What becomes of the file as this user, with run_as (nullable): a message, "" for none.
static const char *said_of(const char *run_as, char user[64])
{
    static dcat_error err;
    char text[1024];
    agent_config *c = NULL;
    snprintf(text, sizeof text, TOP "%s%s%s%s", run_as != NULL ? "run_as: " : "",
             run_as != NULL ? run_as : "", run_as != NULL ? "\n" : "", rest);
    err = (dcat_error){0};
    if (agent_config_read("a.yaml", text, strlen(text), &c, &err) == DCAT_OK) {
        snprintf(user, 64, "%s", c->payload_user);
        agent_config_free(c);
    }
    return err.message;
}

// In a process that is no root: 0, or the number of what is wrong.
static int check_as_user(void)
{
    char user[64] = "";
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
        return 1;
    }
    const struct passwd *me = getpwuid(geteuid());
    if (said_of(NULL, user)[0] != '\0' || (me != NULL && strcmp(user, me->pw_name) != 0)) {
        return 2;
    }
    if (me != NULL && said_of(me->pw_name, user)[0] != '\0') {
        return 3;
    }
    return strstr(said_of("daemon", user),
                  "only an agent of root can run payloads as somebody else, "
                  "got daemon") == NULL
               ? 4
               : 0;
}

// Whoever is root names somebody else; whoever is not can be nobody else.
static void test_payloads_are_run_as_whom(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        char user[64] = "";
        assert_string_equal(said_of(NULL, user),
                            "a.yaml:4: an agent of root needs run_as: payloads never run as root");
        assert_string_equal(said_of("daemon", user), "");
        assert_string_equal(user, "daemon");
    }
    pid_t other = fork();
    if (other == 0) {
        _exit(check_as_user());
    }
    int status = 0;
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_the_example_is_right(void **state)
{
    (void)state;
    agent_config *c = NULL;
    dcat_error err = {0};
    if (agent_config_load(DCAT_SOURCE_DIR "/examples/exchange/agent.yaml", &c, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(c->server_count, 2);
    agent_config_free(c);
    assert_int_equal(agent_config_load("none.yaml", &c, &err), DCAT_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_file_is_read_as_it_stands),
        cmocka_unit_test(test_bars_are_a_class_or_a_list),
        cmocka_unit_test(test_what_is_wrong_is_named),
        cmocka_unit_test(test_payloads_are_run_as_whom),
        cmocka_unit_test(test_the_example_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
