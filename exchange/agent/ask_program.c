// SPDX-License-Identifier: Apache-2.0
// The owner's program that names a price: a line of JSON in, a whole number of micro-units out,
// within two seconds.
#include "exchange/agent/session.h"

#include "file/text.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_SIZE = 64 };
#define LIMIT_NS (2 * NS_PER_S)
#define MICRO_MAX INT64_C(1000000000000)

_Noreturn void session_exec(const agent_config *config, const char *const *argv, int in, int out)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    dup2(in, 0);
    dup2(out, 1);
    close_range(3, ~0U, 0);
    // It is the owner's, but an agent of root has no need to run anything as root.
    if (geteuid() == 0 && config->payload_uid != 0 &&
        (setgroups(0, NULL) != 0 ||
         setresgid(config->payload_gid, config->payload_gid, config->payload_gid) != 0 ||
         setresuid(config->payload_uid, config->payload_uid, config->payload_uid) != 0)) {
        _exit(126);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); // another user would have forgotten it
    execv(argv[0], (char *const *)argv);       // a file of its owner
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

// Everything that comes until the end, at most so long: false when there was no end.
static bool read_all(int from, char answer[ANSWER_SIZE])
{
    int64_t until_ns = session_now_ns() + LIMIT_NS;
    size_t used = 0;
    for (;;) {
        int64_t left_ms = (until_ns - session_now_ns()) / 1000000;
        struct pollfd what = {.fd = from, .events = POLLIN};
        if (left_ms <= 0 || (poll(&what, 1, (int)left_ms) < 0 && errno != EINTR)) {
            return false;
        }
        char rest[ANSWER_SIZE];
        ssize_t got = what.revents != 0 ? read(from, rest, sizeof rest) : -1;
        if (got == 0) {
            answer[used] = '\0';
            return true;
        }
        for (ssize_t i = 0; i < got && used + 1 < ANSWER_SIZE; i++) {
            answer[used++] = rest[i];
        }
    }
}

// Wait for the end; a program that closed its output and lives on is killed.
static bool ends_well(pid_t program, bool answered, char why[WORD_SIZE])
{
    int status = 0;
    pid_t ended = 0;
    for (int i = 0; answered && ended == 0 && i < 100; i++) {
        ended = waitpid(program, &status, WNOHANG);
        if (ended == 0) {
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        }
    }
    if (ended != program) {
        kill(-program, SIGKILL);
        waitpid(program, &status, 0);
        snprintf(why, WORD_SIZE, "took longer than 2 s");
        return false;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        snprintf(why, WORD_SIZE, "ended with %s %d", WIFEXITED(status) ? "exit code" : "signal",
                 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
        return false;
    }
    return true;
}

static bool read_amount(char *answer, int64_t *micro, char why[WORD_SIZE])
{
    size_t length = strlen(answer);
    while (length > 0 && (answer[length - 1] == '\n' || answer[length - 1] == ' ')) {
        answer[--length] = '\0';
    }
    if (text_whole(answer, length, micro) != NULL || *micro <= 0 || *micro > MICRO_MAX) {
        snprintf(why, WORD_SIZE, "must say a whole number > 0, got %s", TEXT_SHOW(answer, length));
        return false;
    }
    return true;
}

bool ask_program(const agent_config *config, const agent_server *server, const char *question,
                 int64_t *micro, char why[WORD_SIZE])
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    char answer[ANSWER_SIZE] = "";
    pid_t program = -1;
    if (pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0) {
        program = fork();
    }
    if (program == 0) {
        session_exec(config, (const char *const[]){server->ask.exec, NULL}, in[0], out[1]);
    }
    if (program < 0) {
        snprintf(why, WORD_SIZE, "%s", strerror(errno));
    }
    close(in[0]);
    close(out[1]);
    bool known = false;
    if (program > 0) {
        // A pipe takes so much without anybody reading it.
        bool asked = write(in[1], question, strlen(question)) >= 0 || errno == EPIPE;
        close(in[1]);
        in[1] = -1;
        known = ends_well(program, asked && read_all(out[0], answer), why) &&
                read_amount(answer, micro, why);
    }
    close(in[1]);
    close(out[0]);
    return known;
}
