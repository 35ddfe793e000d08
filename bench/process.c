// SPDX-License-Identifier: Apache-2.0
// What dcat bench measures from outside: start-up, memory and comparisons of dcat as a process.

#include "bench/bench.h"
#include "dcat/x/file.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENT_MAX 32
#define STARTUP_REPEAT 4 // it is short: four for every repetition asked for
#define SIX_ALGORITHMS "random:one-off,random:rea,kmeans:one-off,kmeans:rea,a2c:one-off,a2c:rea"

void bench_temporary(char *path, size_t path_bytes, const char *name)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, path_bytes, "%s/dcat-bench-%s", folder != NULL ? folder : P_tmpdir, name);
}

static int spawn_quiet(const char *program, char *const *argv, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0) {
        return failed;
    }
    failed = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (failed == 0) {
        failed =
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    if (failed == 0) {
        failed = posix_spawn(pid, program, &actions, NULL, argv, environ);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

dcat_status bench_child_run(const char *const *arguments, bench_child *child, dcat_error *err)
{
    char program[CLI_PATH_SIZE], *argv[ARGUMENT_MAX] = {"dcat"};
    if (!cli_beside("dcat", program)) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "dcat is not beside dcat-bench");
    }
    for (size_t i = 0; arguments[i] != NULL && i + 2 < ARGUMENT_MAX; i++) {
        argv[i + 1] = (char *)arguments[i]; // execve takes them so and changes nothing
    }
    pid_t pid = 0;
    int wait_status = 0;
    struct rusage usage;
    double start_s = cli_clock_s();
    int failed = spawn_quiet(program, argv, &pid);
    if (failed != 0) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "cannot start dcat %s: %s", arguments[0],
                         strerror(failed));
    }
    if (wait4(pid, &wait_status, 0, &usage) != pid || !WIFEXITED(wait_status) ||
        WEXITSTATUS(wait_status) != 0) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "dcat %s, run to be measured, failed",
                         arguments[0]);
    }
    *child = (bench_child){
        .wall_s = cli_clock_s() - start_s,
        .cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
        .peak_mib = (double)usage.ru_maxrss / 1024.0,
    };
    return DCAT_OK;
}

// CPU time is shown beside wall time: a busy machine stretches the one and not the other.
dcat_status bench_startup(bench *b, dcat_error *err)
{
    static const char *const arguments[] = {"--help", NULL};
    double wall_ms[BENCH_REPETITION_MAX], cpu_ms[BENCH_REPETITION_MAX];
    int count = b->repetition_count * STARTUP_REPEAT;
    if (count > BENCH_REPETITION_MAX) {
        count = BENCH_REPETITION_MAX;
    }
    dcat_status status = DCAT_OK;
    for (int i = 0; status == DCAT_OK && i < count; i++) {
        bench_child child = {0};
        bench_show(b, "startup/help", i / STARTUP_REPEAT);
        status = bench_child_run(arguments, &child, err);
        wall_ms[i] = 1e3 * child.wall_s;
        cpu_ms[i] = 1e3 * child.cpu_s;
    }
    if (status == DCAT_OK) {
        const bench_target target = {BENCH_AT_MOST, 20.0};
        bench_add(b, "startup/help", "ms", target, wall_ms, (size_t)count,
                  json_pack("{s:s,s:s}", "command", "dcat --help", "clock", "wall"));
        bench_add(b, "startup/help/cpu", "ms", bench_no_target, cpu_ms, (size_t)count,
                  json_pack("{s:s,s:s}", "command", "dcat --help", "clock", "cpu"));
    }
    return status;
}

dcat_status bench_child_memory(bench *b, const char *name, const char *const *arguments,
                               bench_target target, json_t *params, dcat_error *err)
{
    double samples[BENCH_REPETITION_MAX];
    dcat_status status = DCAT_OK;
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        bench_child child = {0};
        bench_show(b, name, i);
        status = bench_child_run(arguments, &child, err);
        samples[i] = child.peak_mib;
    }
    if (status != DCAT_OK) {
        json_decref(params);
        return status;
    }
    bench_add(b, name, "MiB", target, samples, (size_t)b->repetition_count, params);
    return DCAT_OK;
}

// Of a command with its default settings.
static dcat_status add_memory(bench *b, const char *name, const char *command,
                              const char *const *arguments, dcat_error *err)
{
    return bench_child_memory(b, name, arguments, (bench_target){BENCH_AT_MOST, 100.0},
                              json_pack("{s:s}", "command", command), err);
}

// What training writes goes into a folder that is removed again.
static dcat_status add_train_memory(bench *b, dcat_error *err)
{
    char folder[4096], policy[5000];
    dcat_output *output = NULL;
    bench_temporary(folder, sizeof folder, "policy");
    dcat_status status = dcat_output_open(folder, true, &output, err);
    if (status != DCAT_OK) {
        return status;
    }
    snprintf(policy, sizeof policy, "%s/policy", dcat_output_temporary(output));
    const char *const arguments[] = {"train", "paper", "--epochs", "8",       "--threads", "2",
                                     "-o",    policy,  "--quiet",  "--force", NULL};
    status =
        add_memory(b, "memory/train", "dcat train paper --epochs 8 --threads 2", arguments, err);
    dcat_output_abort(output);
    return status;
}

dcat_status bench_memory(bench *b, dcat_error *err)
{
    static const char *const simulate[] = {"simulate", "paper", "--quiet", NULL};
    dcat_status status = add_memory(b, "memory/simulate", "dcat simulate paper", simulate, err);
    return status == DCAT_OK ? add_train_memory(b, err) : status;
}

// --- comparing

typedef struct compare_samples {
    double two_s[BENCH_REPETITION_MAX];
    double gain[BENCH_REPETITION_MAX];
    double peak_mib[BENCH_REPETITION_MAX];
    double cpu_s[BENCH_REPETITION_MAX]; // of all threads
} compare_samples;

static dcat_status run_compare(const char *worlds, const char *threads, bench_child *child,
                               dcat_error *err)
{
    const char *const arguments[] = {"compare",  "paper", "--policies", SIX_ALGORITHMS,
                                     "--worlds", worlds,  "--threads",  threads,
                                     "--quiet",  NULL};
    return bench_child_run(arguments, child, err);
}

static json_t *describe(const bench *b, const char *worlds, const char *clock)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:i,s:s}", "command", "dcat compare paper", "policies",
                     SIX_ALGORITHMS, "worlds", worlds, "cycles", "all test cycles", "threads",
                     b->thread_count, "clock", clock);
}

static void add_compare(bench *b, compare_samples *s, const char *worlds)
{
    size_t count = (size_t)b->repetition_count;
    bool as_targeted = !b->quick && b->thread_count == 2;
    const bench_target wall = {BENCH_AT_MOST, 10.0}, gain = {BENCH_AT_LEAST, 1.8},
                       memory = {BENCH_AT_MOST, 100.0};
    bench_add(b, "compare/wall", "s", as_targeted ? wall : bench_no_target, s->two_s, count,
              describe(b, worlds, "wall"));
    bench_add(b, "compare/cpu", "s", bench_no_target, s->cpu_s, count, describe(b, worlds, "cpu"));
    bench_add(b, "compare/memory", "MiB", memory, s->peak_mib, count, describe(b, worlds, "wall"));
    if (b->thread_count == 2) {
        bench_add(b, "threads/compare", "x", gain, s->gain, count, describe(b, worlds, "wall"));
    } else {
        bench_add_missing(b, "threads/compare", "x", gain, describe(b, worlds, "wall"),
                          "not measured: there is one core only");
    }
}

// One thread and two take turns, so that both meet the same disturbances.
dcat_status bench_compare(bench *b, dcat_error *err)
{
    static compare_samples s;
    const char *worlds = b->quick ? "2" : "20";
    dcat_status status = DCAT_OK;
    for (int i = 0; status == DCAT_OK && i < b->repetition_count; i++) {
        bench_child one = {0}, two = {0};
        bench_show(b, "compare/wall", i);
        status = run_compare(worlds, b->thread_count == 2 ? "2" : "1", &two, err);
        if (status == DCAT_OK && b->thread_count == 2) {
            status = run_compare(worlds, "1", &one, err);
        }
        s.two_s[i] = two.wall_s;
        s.peak_mib[i] = two.peak_mib;
        s.cpu_s[i] = two.cpu_s;
        s.gain[i] = one.wall_s / two.wall_s;
    }
    if (status == DCAT_OK) {
        add_compare(b, &s, worlds);
    }
    return status;
}
