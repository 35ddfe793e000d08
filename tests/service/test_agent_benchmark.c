// SPDX-License-Identifier: Apache-2.0
// Benchmarks of an agent against a stand-in exchange: which are run, what an exit code says, and
// that none outlives its agent.

#include "service/agent_child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVER "name: s1, x_km: 1, y_km: 2, speed_ghz: 100, cores: 1, ask: formula"
static const char sim[] = "  - {" SERVER ", backend: sim}\n";
static const char barring[] = "  - {" SERVER ", backend: sim, bars: [video, sound]}\n";
static const char owned[] = "  - {" SERVER ", backend: process, benchmark: ./program}\n";

// A program of the owner.
static void write_program(const char *text)
{
    FILE *file = fopen("program", "w");
    fprintf(file, "#!/bin/sh\n%s\n", text);
    fclose(file);
    chmod("program", 0755);
    assert_int_equal(system("rm -rf pids && mkdir pids && chmod 777 pids && chmod 711 ."), 0);
}

static void wait_shortly(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

// The number that a program leaves in a file, at most after half a minute.
static pid_t read_pid(const char *path)
{
    long pid = 0;
    for (int i = 0; i < 3000 && pid == 0; i++) {
        FILE *file = fopen(path, "r");
        if (file != NULL) {
            pid = fscanf(file, "%ld", &pid) == 1 ? pid : 0;
            fclose(file);
        }
        wait_shortly();
    }
    assert_true(pid > 0);
    return (pid_t)pid;
}

static void expect_gone(pid_t pid)
{
    bool gone = false;
    for (int i = 0; i < 3000 && !gone; i++) {
        gone = kill(pid, 0) != 0;
        wait_shortly();
    }
    if (!gone) {
        kill(pid, SIGKILL);
        fail_msg("a benchmark outlives its agent");
    }
}

// Neither the program, nor what it began in a session of its own and does not end when it is asked.
static void test_no_benchmark_outlives_its_agent(void **state)
{
    (void)state;
    static const int ends[] = {SIGTERM, SIGINT, SIGKILL};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        market *m = market_start();
        m->programs = "{\"work\": \"compute\"}";
        write_config(m, process_top(), owned);
        write_program(
            "setsid sh -c 'trap \"\" TERM; echo $$ >pids/child; sleep 1000; sleep 1000' &\n"
            "trap '' TERM\necho $$ >pids/program\nsleep 1000; sleep 1000");
        pid_t agent = start_agent();
        pid_t child = read_pid("pids/child"), program = read_pid("pids/program");
        assert_int_equal(kill(program, 0), 0);
        int status = end_agent(agent, ends[i]);
        assert_true(ends[i] == SIGKILL ? WIFSIGNALED(status)
                                       : WIFEXITED(status) && WEXITSTATUS(status) == 128 + ends[i]);
        expect_gone(program);
        expect_gone(child);
        assert_int_equal(m->benchmark_count, 0);
        assert_int_equal(system("rm -rf pids program"), 0);
        clear_up(m);
    }
}

static void test_classes_that_a_server_bars_have_no_benchmark(void **state)
{
    (void)state;
    market *m = market_start();
    m->programs = "{\"work\": \"compute\", \"video\": \"memory\", \"sound\": \"compute\"}";
    write_config(m, "", barring);
    assert_int_equal(run_benchmarks(), 0); // as it registers
    assert_string_equal(m->benchmarks, "work own;");
    // What it is registered with counts.
    m->bars = "[\"work\"]";
    m->benchmarks[0] = '\0';
    assert_int_equal(run_benchmarks(), 0);
    assert_non_null(strstr(m->benchmarks, "video own;"));
    assert_non_null(strstr(m->benchmarks, "sound own;"));
    assert_int_equal(m->benchmark_count, 3);
    clear_up(m);
}

#define LINE                                                                                       \
    "echo \"{\\\"threads\\\":$2,\\\"seed\\\":$4,\\\"rounds\\\":1,\\\"cycles\\\":1000,"             \
    "\\\"took_us\\\":1,\\\"checksum\\\":\\\"7\\\"}\""

static void test_benchmarks_by_hand_fail_where_one_was_not_shown(void **state)
{
    (void)state;
    market *m = market_start();
    m->programs = "{\"work\": \"compute\", \"video\": \"compute\"}";
    write_config(m, process_top(), owned);
    write_program(LINE);
    assert_int_equal(run_benchmarks(), 0);
    assert_int_equal(m->benchmark_count, 2);
    write_program("[ \"$1\" = work ] && " LINE);
    assert_int_equal(run_benchmarks(), 1);
    assert_int_equal(m->benchmark_count, 3);
    assert_int_equal(system("grep -q '1 of the benchmarks could not be shown' agent.log"), 0);
    write_config(m, "", sim);
    assert_int_equal(run_benchmarks(), 0);
    m->refuses_benchmarks = true;
    assert_int_equal(run_benchmarks(), 1);
    assert_int_equal(system("grep -q '2 of the benchmarks could not be shown' agent.log"), 0);
    assert_int_equal(system("rm -rf pids program"), 0);
    clear_up(m);
}

static char folder[] = "/tmp/agent_benchmark_XXXXXX";

static int begin(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int end(void **state)
{
    (void)state;
    return chdir("/") != 0 || rmdir(folder) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_benchmark_outlives_its_agent),
        cmocka_unit_test(test_classes_that_a_server_bars_have_no_benchmark),
        cmocka_unit_test(test_benchmarks_by_hand_fail_where_one_was_not_shown),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
