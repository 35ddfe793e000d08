// SPDX-License-Identifier: Apache-2.0
// The agent against a stand-in exchange: whatever is lost, said twice or killed, every award is run
// once and has one receipt.

#include "service/agent_child.h"

#include "exchange/agent/agent.h"
#include "exchange/agent/journal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const char sim[] =
    "  - {name: s1, x_km: 1, y_km: 2, speed_ghz: 100, cores: 4, backend: sim, ask: formula}\n"
    "  - {name: s2, x_km: 1, y_km: 2, speed_ghz: 100, cores: 4, backend: sim, factor: 0.5, "
    "ask: {amount: 1.98, per: core-hour}}\n";

static void test_simulated_servers_work_one_part_after_the_other(void **state)
{
    (void)state;
    market *m = market_start();
    write_config(m, "", sim);
    pid_t agent = start_agent();
    for (size_t i = 0; i < 10; i++) {
        market_offer(m, i % 2, 2000000000, NULL); // 20 ms at 100 GHz
    }
    expect_all(m, MARKET_FINISHED, PATIENCE_S);
    // An orderly end is that of the signal.
    int status = end_agent(agent, SIGTERM);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM);
    for (size_t i = 0; i < m->part_count; i++) {
        assert_int_equal(m->parts[i].starts, 1);
        assert_int_equal(m->parts[i].ends, 1);
        const json_t *receipt = m->parts[i].receipt;
        assert_int_equal(json_integer_value(json_object_get(receipt, "work_done_cycles")),
                         2000000000);
        assert_string_equal(json_string_value(json_object_get(receipt, "server")),
                            i % 2 == 0 ? "1" : "2");
        // A part starts after the one before it on the same server has finished.
        if (i >= 2) {
            const char *began = json_string_value(json_object_get(receipt, "started_at"));
            const char *ended =
                json_string_value(json_object_get(m->parts[i - 2].receipt, "finished_at"));
            assert_true(strcmp(ended, began) <= 0);
        }
    }
    assert_true(m->beat_count >= 1);
    assert_int_equal(m->ask_count, 2);
    assert_string_equal(m->ask_per[0], "formula");
    assert_string_equal(m->ask_amount[1], "1.98");
    assert_string_equal(m->ask_per[1], "core-hour");
    assert_int_equal(m->refused_count, 0);
    clear_up(m);
}

static void test_lost_answers_change_nothing(void **state)
{
    (void)state;
    market *m = market_start();
    write_config(m, "", sim);
    m->lose_every = 3;
    pid_t agent = start_agent();
    for (size_t i = 0; i < 20; i++) {
        market_offer(m, i % 2, 500000000, NULL);
    }
    expect_all(m, MARKET_FINISHED, PATIENCE_S);
    end_agent(agent, SIGTERM);
    assert_true(m->repeated_count > 0);
    for (size_t i = 0; i < m->part_count; i++) {
        assert_int_equal(m->parts[i].starts, 1);
        assert_int_equal(m->parts[i].ends, 1);
    }
    clear_up(m);
}

// ---- real processes

static const char processes[] =
    "  - {name: p1, x_km: 1, y_km: 2, speed_ghz: 100, cores: 4, backend: process, ask: formula, "
    "limits: {time_s: 600, memory_mb: 512, file_mb: 1, open_files: 64}}\n"
    "  - {name: p2, x_km: 1, y_km: 2, speed_ghz: 100, cores: 4, backend: process, ask: formula}\n"
    "  - {name: s3, x_km: 1, y_km: 2, speed_ghz: 100, cores: 4, backend: sim, ask: formula}\n"
    "  - {name: p4, x_km: 1, y_km: 2, speed_ghz: 100, cores: 4, backend: process, ask: formula, "
    "limits: {time_s: 1}}\n";

// What a payload left: the first line of its output.
static void read_output(const char *server, int64_t task, char line[256])
{
    char path[128];
    line[0] = '\0';
    snprintf(path, sizeof path, "work/%s.%lld.1/output", server, (long long)task);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        if (fgets(line, 256, file) == NULL) {
            line[0] = '\0';
        }
        fclose(file);
    }
    line[strcspn(line, "\n")] = '\0';
}

static int64_t exit_code_of(const market *m, int64_t task)
{
    return json_integer_value(json_object_get(m->parts[task - 1].receipt, "exit_code"));
}

static void test_payloads_run_with_their_limits(void **state)
{
    (void)state;
    market *m = market_start();
    write_config(m, process_top(), processes);
    pid_t agent = start_agent();
    assert_true(market_wait(m, MARKET_OFFERED, 0, 0.1));
    int64_t good = market_offer(m, 0, 1, "{\"run\": [\"echo\", \"hello\"]}");
    int64_t user = market_offer(
        m, 0, 1,
        "{\"run\": [\"sh\", \"-c\", \"id -u; pwd; test $HOME = $PWD && echo x >$HOME/x\"]}");
    int64_t privileges =
        market_offer(m, 0, 1, "{\"run\": [\"grep\", \"NoNewPrivs\", \"/proc/self/status\"]}");
    int64_t named = market_offer(
        m, 0, 1, "{\"run\": [\"sh\", \"-c\", \"echo $DCAT_TASK $DCAT_ATTEMPT $DCAT_SERVER\"]}");
    int64_t code = market_offer(m, 0, 1, "{\"run\": [\"sh\", \"-c\", \"exit 7\"]}");
    int64_t endless = market_offer(m, 3, 1, "{\"run\": [\"sleep\", \"1000\"]}");
    int64_t large = market_offer(
        m, 0, 1, "{\"run\": [\"dd\", \"if=/dev/zero\", \"of=large\", \"bs=1M\", \"count=9\"]}");
    int64_t greedy = market_offer(
        m, 0, 1, "{\"run\": [\"sh\", \"-c\", \"x=$(head -c 1000M /dev/zero | tr '\\\\0' x)\"]}");
    int64_t missing = market_offer(m, 0, 1, "{\"run\": [\"/no/such/program\"]}");
    int64_t files = market_offer(m, 0, 1, "{\"run\": [\"sh\", \"-c\", \"ulimit -n\"]}");
    int64_t none = market_offer(m, 0, 1, NULL);
    // An agent was killed before it had made this one's folder ready.
    assert_int_equal(system("mkdir -p -m 711 work && mkdir -p -m 700 work/p1.12.1/run"), 0);
    int64_t half_made = market_offer(m, 0, 1, "{\"run\": [\"touch\", \"here\"]}");
    bool ended = market_wait(m, MARKET_FINISHED, 6, PATIENCE_S) &&
                 market_wait(m, MARKET_FAULT, 6, PATIENCE_S);
    if (!ended) {
        show_log();
        fail_msg("%zu finished, %zu with faults", market_count(m, MARKET_FINISHED),
                 market_count(m, MARKET_FAULT));
    }
    end_agent(agent, SIGTERM);
    char line[256], expected[64];
    read_output("p1", good, line);
    assert_string_equal(line, "hello");
    // SHA-256 of "hello\n"
    assert_string_equal(
        json_string_value(json_object_get(m->parts[good - 1].receipt, "output_sha256")),
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    read_output("p1", user, line);
    snprintf(expected, sizeof expected, "%d", geteuid() == 0 ? 65534 : (int)geteuid());
    assert_string_equal(line, expected);
    read_output("p1", privileges, line);
    assert_string_equal(line, "NoNewPrivs:\t1");
    read_output("p1", named, line);
    snprintf(expected, sizeof expected, "%lld 1 p1", (long long)named);
    assert_string_equal(line, expected);
    read_output("p1", files, line);
    assert_string_equal(line, "64");
    assert_int_equal(exit_code_of(m, good), 0);
    assert_int_equal(exit_code_of(m, code), 7);
    assert_int_equal(exit_code_of(m, endless), 124);
    assert_int_not_equal(exit_code_of(m, large), 0);
    assert_int_not_equal(exit_code_of(m, greedy), 0);
    assert_int_equal(exit_code_of(m, missing), 127);
    assert_int_equal(exit_code_of(m, none), 127);
    assert_int_equal(half_made, 12);
    assert_int_equal(exit_code_of(m, half_made), 0);
    clear_up(m);
}

static void test_an_agent_of_a_user_runs_payloads_as_that_user_and_says_so(void **state)
{
    (void)state;
    market *m = market_start();
    write_config(m, "allow: process\nwork_folder: work\n", processes);
    assert_int_equal(system("touch agent.log; chmod 666 agent.log; chmod 777 ."), 0);
    uid_t user = geteuid() == 0 ? SOMEBODY : geteuid();
    assert_true(geteuid() != 0 || (chown("provider.key", user, user) == 0 &&
                                   chown("provider.sign", user, user) == 0));
    pid_t agent = start_agent_as(user);
    int64_t task = market_offer(m, 0, 1, "{\"run\": [\"id\", \"-u\"]}");
    expect_all(m, MARKET_FINISHED, PATIENCE_S);
    end_agent(agent, SIGTERM);
    char line[256], expected[64];
    read_output("p1", task, line);
    snprintf(expected, sizeof expected, "%d", (int)user);
    assert_string_equal(line, expected);
    assert_int_equal(system("grep -q \"payloads run as .*, the agent's own user\" agent.log"), 0);
    clear_up(m);
}

static void test_a_withdrawn_award_ends_with_all_that_it_started(void **state)
{
    (void)state;
    market *m = market_start();
    write_config(m, process_top(), processes);
    pid_t agent = start_agent();
    // A grandchild in a session of its own that outlives its parent, and would say so.
    int64_t task = market_offer(
        m, 1, 1,
        "{\"run\": [\"sh\", \"-c\", \"setsid sh -c 'echo $$ >child; sleep 1000' & sleep 1000\"]}");
    assert_true(market_wait(m, MARKET_STARTED, 1, PATIENCE_S));
    long child = 0;
    for (int i = 0; i < PATIENCE_S * 100 && child == 0; i++) {
        FILE *file = fopen("work/p2.1.1/run/child", "r");
        if (file != NULL) {
            if (fscanf(file, "%ld", &child) != 1) {
                child = 0;
            }
            fclose(file);
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_true(child > 0);
    assert_int_equal(kill((pid_t)child, 0), 0);
    market_cancel(m, task);
    bool gone = false;
    for (int i = 0; i < PATIENCE_S * 100 && !gone; i++) {
        gone = access("work/p2.1.1/exit", F_OK) == 0;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_true(gone);
    assert_int_equal(kill((pid_t)child, 0), -1);
    end_agent(agent, SIGTERM);
    assert_int_equal(m->parts[0].ends, 0);
    clear_up(m);
}

// ---- killed at any moment

static void test_a_killed_agent_runs_nothing_twice(void **state)
{
    (void)state;
    bool full = getenv("DCAT_FULL") != NULL;
    int kills = full ? 300 : 30;
    market *m = market_start();
    write_config(m, process_top(), processes);
    m->lose_every = 7;
    // Every run leaves a line in one file: more lines than awards are runs too many.
    assert_int_equal(system("rm -f ran; touch ran; chmod 666 ran; chmod 711 ."), 0);
    char payload[512], here[300];
    assert_non_null(getcwd(here, sizeof here));
    snprintf(payload, sizeof payload,
             "{\"run\": [\"sh\", \"-c\", \"echo $DCAT_TASK >>%s/ran; sleep 0.0$((RANDOM %% 9))\"]}",
             here);
    uint32_t random = 12345;
    size_t process_count = 0;
    for (int i = 0; i < kills; i++) {
        pid_t agent = start_agent();
        for (size_t j = 0; j < 3; j++) {
            bool real = j < 2 && m->part_count % 2 == 0;
            process_count += real;
            market_offer(m, real ? j : 2, 300000000, real ? payload : NULL);
        }
        random = random * 1664525 + 1013904223;
        nanosleep(&(struct timespec){.tv_nsec = (long)(random >> 8) % 250 * 1000000}, NULL);
        end_agent(agent, SIGKILL);
    }
    pid_t agent = start_agent();
    expect_all(m, MARKET_FINISHED, PATIENCE_S);
    end_agent(agent, SIGTERM);
    assert_false(m->bad);
    for (size_t i = 0; i < m->part_count; i++) {
        assert_int_equal(m->parts[i].starts, 1);
        assert_int_equal(m->parts[i].ends, 1);
    }
    assert_int_equal(lines_of("ran"), process_count);
    clear_up(m);
}

// ---- the rest

static void test_an_older_epoch_is_not_believed(void **state)
{
    (void)state;
    market *m = market_start();
    write_config(m, "", sim);
    m->epoch = 7;
    pid_t agent = start_agent();
    market_offer(m, 0, 1000000, NULL);
    expect_all(m, MARKET_FINISHED, PATIENCE_S);
    m->epoch = 6;
    market_offer(m, 0, 1000000, NULL);
    assert_false(market_wait(m, MARKET_ACKED, 1, 1.0));
    assert_int_equal(market_count(m, MARKET_OFFERED), 1);
    end_agent(agent, SIGKILL);
    // It is known after a restart, too: then nobody registers.
    agent = start_agent();
    int status = 0;
    assert_int_equal(waitpid(agent, &status, 0), agent);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    m->epoch = 8;
    agent = start_agent();
    expect_all(m, MARKET_FINISHED, PATIENCE_S);
    end_agent(agent, SIGTERM);
    clear_up(m);
}

static void test_started_work_of_a_lost_journal_is_given_up(void **state)
{
    (void)state;
    market *m = market_start();
    write_config(m, "", sim);
    pid_t agent = start_agent();
    market_offer(m, 0, 100000000000000, NULL);
    assert_true(market_wait(m, MARKET_STARTED, 1, PATIENCE_S));
    end_agent(agent, SIGKILL);
    assert_int_equal(system("rm -f agent.db*"), 0);
    agent = start_agent();
    expect_all(m, MARKET_FAILED, PATIENCE_S);
    end_agent(agent, SIGTERM);
    clear_up(m);
}

static void test_a_journal_is_ours_or_empty_whenever_its_agent_is_killed(void **state)
{
    (void)state;
    market *m = market_start();
    write_config(m, "", sim);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(system("rm -f agent.db*"), 0);
        pid_t agent = start_agent();
        // From the moment the file is there on, in steps of a fifth of a millisecond.
        for (int j = 0; j < 10000 && access("agent.db", F_OK) != 0; j++) {
            nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
        }
        nanosleep(&(struct timespec){.tv_nsec = i * 200000}, NULL);
        end_agent(agent, SIGKILL);
        journal *j = NULL;
        dcat_error err = {0};
        if (journal_open("agent.db", &j, &err) != DCAT_OK) {
            fail_msg("%d: %s", i, err.message);
        }
        journal_close(j);
    }
    clear_up(m);
}

static void test_one_agent_a_journal(void **state)
{
    (void)state;
    market *m = market_start();
    write_config(m, "", sim);
    pid_t agent = start_agent();
    market_offer(m, 0, 1000000, NULL);
    expect_all(m, MARKET_FINISHED, PATIENCE_S);
    pid_t second = start_agent();
    int status = 0;
    assert_int_equal(waitpid(second, &status, 0), second);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    end_agent(agent, SIGTERM);
    assert_int_equal(system("grep -q 'another agent is running on this journal' agent.log"), 0);
    clear_up(m);
}

static void write_program(const char *text)
{
    FILE *file = fopen("ask.new", "w");
    fprintf(file, "#!/bin/sh\n%s\n", text);
    fclose(file);
    assert_int_equal(system("chmod 755 ask.new; mv ask.new ask.sh"), 0);
}

static void test_a_program_names_the_ask_and_may_fail(void **state)
{
    (void)state;
    market *m = market_start();
    write_config(m, "ask_s: 1\n",
                 "  - {name: s1, x_km: 1, y_km: 2, speed_ghz: 100, cores: 4, backend: sim, ask: "
                 "{exec: ask.sh, per: core-hour}}\n");
    assert_int_equal(system("chmod 711 ."), 0);
    write_program("grep -q '\"name\":\"s1\"' && echo 1980000");
    pid_t agent = start_agent();
    for (int i = 0; i < PATIENCE_S * 100 && market_asks(m) == 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_string_equal(m->ask_amount[0], "1.980000");
    assert_string_equal(m->ask_per[0], "core-hour");
    write_program("echo cheap");
    bool said = false;
    for (int i = 0; i < PATIENCE_S * 100 && !said; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        said = system("grep -q 'must say a whole number > 0, got cheap; agent_ask_errors_total "
                      "[1-9]' agent.log") == 0;
    }
    assert_true(said);
    assert_int_equal(m->ask_count, 1);
    write_program("echo 2500000");
    for (int i = 0; i < PATIENCE_S * 100 && market_asks(m) < 2; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_string_equal(m->ask_amount[0], "2.500000");
    end_agent(agent, SIGTERM);
    clear_up(m);
}

static int enter(void **state)
{
    (void)state;
    char folder[] = "/tmp/dcat_agent_XXXXXX";
    return mkdtemp(folder) != NULL && chmod(folder, 0711) == 0 && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    char here[300];
    return getcwd(here, sizeof here) != NULL && chdir("/") == 0 && rmdir(here) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simulated_servers_work_one_part_after_the_other),
        cmocka_unit_test(test_lost_answers_change_nothing),
        cmocka_unit_test(test_payloads_run_with_their_limits),
        cmocka_unit_test(test_an_agent_of_a_user_runs_payloads_as_that_user_and_says_so),
        cmocka_unit_test(test_a_withdrawn_award_ends_with_all_that_it_started),
        cmocka_unit_test(test_a_killed_agent_runs_nothing_twice),
        cmocka_unit_test(test_an_older_epoch_is_not_believed),
        cmocka_unit_test(test_started_work_of_a_lost_journal_is_given_up),
        cmocka_unit_test(test_a_journal_is_ours_or_empty_whenever_its_agent_is_killed),
        cmocka_unit_test(test_one_agent_a_journal),
        cmocka_unit_test(test_a_program_names_the_ask_and_may_fail),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
