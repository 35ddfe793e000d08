// SPDX-License-Identifier: Apache-2.0
#include "service/agent_child.h"

#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

void write_config(const market *m, const char *top, const char *servers)
{
    FILE *file = fopen("agent.yaml", "w");
    fprintf(file,
            "exchange: {url: '%s', key_file: provider.key}\nsign_key_file: provider.sign\n"
            "journal: agent.db\nheartbeat_s: 0.2\nreconcile_s: 0.2\n%sservers:\n%s",
            standin_url(m->server), top, servers);
    fclose(file);
}

static pid_t start(uid_t user, const char *option)
{
    pid_t agent = fork();
    if (agent == 0) {
        if (user != geteuid() &&
            (setgroups(0, NULL) != 0 || setgid(user) != 0 || setuid(user) != 0)) {
            _exit(125);
        }
        FILE *log = freopen("agent.log", "a", stderr);
        umask(077); // as a service may have it
        execl(DCAT_TOOL, "dcat", "agent", "--config", "agent.yaml", option, (char *)NULL);
        _exit(log == NULL ? 126 : 127);
    }
    assert_true(agent > 0);
    return agent;
}

pid_t start_agent_as(uid_t user)
{
    return start(user, NULL);
}

pid_t start_agent(void)
{
    return start(geteuid(), NULL);
}

int run_benchmarks(void)
{
    pid_t agent = start(geteuid(), "--benchmark");
    int status = 0;
    assert_int_equal(waitpid(agent, &status, 0), agent);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

const char *process_top(void)
{
    return geteuid() == 0 ? "allow: process\nrun_as: nobody\nwork_folder: work\n"
                          : "allow: process\nwork_folder: work\n";
}

int end_agent(pid_t agent, int signal_number)
{
    int status = 0;
    kill(agent, signal_number);
    assert_int_equal(waitpid(agent, &status, 0), agent);
    return status;
}

void show_log(void)
{
    FILE *file = fopen("agent.log", "r");
    char line[1024];
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        print_message("%s", line);
    }
    if (file != NULL) {
        fclose(file);
    }
}

void expect_all(market *m, market_state state, double seconds)
{
    struct stat file;
    assert_true(stat("agent.db", &file) != 0 || (file.st_mode & 077) == 0);
    bool reached = market_wait(m, state, m->part_count, seconds);
    if (!reached || m->bad) {
        show_log();
        fail_msg("%zu of %zu in state %d; %s", market_count(m, state), m->part_count, (int)state,
                 m->why);
    }
}

void clear_up(market *m)
{
    market_stop(m);
    assert_int_equal(system("rm -rf agent.yaml agent.log agent.db* work ran ask.sh"), 0);
}

long lines_of(const char *path)
{
    FILE *file = fopen(path, "r");
    long count = 0;
    for (int c; file != NULL && (c = fgetc(file)) != EOF;) {
        count += c == '\n';
    }
    if (file != NULL) {
        fclose(file);
    }
    return count;
}
