// SPDX-License-Identifier: Apache-2.0
// Running a benchmark: a program that prints one line of JSON.
#include "exchange/agent/benchmark.h"

#include "exchange/backend/process.h"

#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_SIZE = 1024, WORDS_MAX = 24, PATH_SIZE = 4096 };
enum { TIMEOUT = 124, LOOK_MS = 200 };
#define LIMIT_S 600.0 // a job of Slurm may wait for its node
#define SECONDS "2"

typedef struct command {
    const char *argv[WORDS_MAX];
    size_t count;
    char program[PATH_SIZE], threads[24], cores[40], seed[24];
} command;

static void add(command *c, const char *word)
{
    if (word != NULL && c->count + 1 < WORDS_MAX) {
        c->argv[c->count++] = word;
    }
}

static void add_option(command *c, const char *option, const char *value)
{
    if (value != NULL) {
        add(c, option);
        add(c, value);
    }
}

// Beside this program.
static bool find_shipped(const char *name, char path[PATH_SIZE])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_SIZE - 1);
    if (length <= 0) {
        return false;
    }
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    size_t room = PATH_SIZE - (size_t)(slash - path);
    return (size_t)snprintf(slash, room, "/dcat-benchmark-%s", name) < room &&
           access(path, X_OK) == 0;
}

static bool make_command(const benchmark_job *job, command *c, char why[WORD_SIZE])
{
    const agent_server *server = job->server;
    int64_t cores = job->unit != NULL && server->cores == 0 ? job->unit->count : server->cores;
    snprintf(c->threads, sizeof c->threads, "%lld", (long long)(cores < 1 ? 1 : cores));
    snprintf(c->cores, sizeof c->cores, "--cpus-per-task=%s", c->threads);
    snprintf(c->seed, sizeof c->seed, "%lld", (long long)job->seed);
    if (agent_server_uses_slurm(server)) {
        add(c, "srun");
        add(c, "--quiet");
        add(c, "--ntasks=1");
        add(c, c->cores);
        add_option(c, "--partition", server->slurm_partition);
        add_option(c, "--account", server->slurm_account);
        add_option(c, "--qos", server->slurm_qos);
    }
    if (server->benchmark != NULL) {
        add(c, server->benchmark);
        add(c, job->class_name);
    } else if (job->unit != NULL && strcmp(job->unit->device, "server") != 0) {
        snprintf(why, WORD_SIZE, "%.40s needs a program of its owner", job->unit->device);
        return false;
    } else if (!find_shipped(job->program, c->program)) {
        snprintf(why, WORD_SIZE, "dcat-benchmark-%.30s is not beside dcat", job->program);
        return false;
    } else {
        add(c, c->program);
    }
    add(c, c->threads);
    add(c, SECONDS);
    add(c, c->seed);
    return true;
}

// Between the agent and the program, so that no program and nothing that it started outlives the
// agent, however that ends. Never returns.
_Noreturn static void watch(const session *s, const command *c, pid_t agent, int in, int out)
{
    const char *why = NULL;
    watch_begin();
    if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0 || getppid() != agent) {
        _exit(1); // it ended before we asked to be told
    }
    pid_t program = fork();
    if (program == 0) {
        session_exec(s->config, c->argv, in, out);
    }
    if (program < 0) {
        _exit(1);
    }
    close_range(3, ~0U, 0); // the pipe's end is the program's end
    setpgid(program, program);
    int status = watch_until_end(program, LIMIT_S, &why);
    kill(-program, SIGKILL);
    watch_sweep();
    _exit(why != NULL ? TIMEOUT : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

// All that it prints, until it ends; false: too long a line, or the agent is to end.
static bool read_line(const session *s, int from, char line[LINE_SIZE])
{
    size_t used = 0;
    while (used + 1 < LINE_SIZE && !atomic_load(s->options->stop)) {
        struct pollfd what = {.fd = from, .events = POLLIN};
        if (poll(&what, 1, LOOK_MS) < 0 && errno != EINTR) {
            return false;
        }
        ssize_t got =
            what.revents != 0 ? read(from, line + used, LINE_SIZE - 1 - used) : (ssize_t)-1;
        if (got == 0) {
            line[used] = '\0';
            return true;
        }
        used += got > 0 ? (size_t)got : 0;
    }
    return false;
}

static bool run_program(const session *s, const command *c, char line[LINE_SIZE],
                        char why[WORD_SIZE])
{
    int out[2] = {-1, -1}, status = 0, nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pid_t agent = getpid(),
          watcher = nothing >= 0 && pipe2(out, O_CLOEXEC) == 0 ? fork() : (pid_t)-1;
    if (watcher == 0) {
        watch(s, c, agent, nothing, out[1]);
    }
    if (watcher < 0) {
        snprintf(why, WORD_SIZE, "%s", strerror(errno));
    }
    close(nothing);
    close(out[1]);
    bool whole = watcher > 0 && read_line(s, out[0], line);
    if (watcher > 0) {
        if (!whole) {
            kill(watcher, SIGTERM);
        }
        while (waitpid(watcher, &status, 0) < 0 && errno == EINTR) {
        }
        bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        bool late = WIFEXITED(status) && WEXITSTATUS(status) == TIMEOUT;
        if (!whole || !well) {
            snprintf(why, WORD_SIZE, "%.50s %s", c->argv[0],
                     atomic_load(s->options->stop) ? "was ended with the agent"
                     : whole && !late              ? "ended badly"
                                                   : "printed no line in time");
        }
        whole = whole && well;
    }
    close(out[0]);
    return whole;
}

// What a simulated server would do: its work takes `factor` times as long as it says.
static json_t *simulated(const benchmark_job *job)
{
    double hz = job->should_hz / (job->server->factor > 0.0 ? job->server->factor : 1.0);
    json_int_t cycles = hz < 9e15 ? (json_int_t)hz : (json_int_t)9e15;
    return json_pack("{s:i, s:I, s:i, s:I, s:i, s:s}", "threads", 1, "seed", (json_int_t)job->seed,
                     "rounds", 1, "cycles", cycles < 1 ? 1 : cycles, "took_us", 1000000, "checksum",
                     "0");
}

bool benchmark_run(const session *s, const benchmark_job *job, json_t **result, char why[WORD_SIZE])
{
    command c = {.count = 0};
    char line[LINE_SIZE] = "";
    json_error_t bad;
    if (job->server->backend == AGENT_SIM) {
        *result = simulated(job);
    } else if (!make_command(job, &c, why) || !run_program(s, &c, line, why)) {
        return false;
    } else {
        *result = json_object_of(line, strlen(line), &bad);
    }
    if (*result == NULL) {
        snprintf(why, WORD_SIZE, "it printed no JSON object");
    }
    return *result != NULL;
}
