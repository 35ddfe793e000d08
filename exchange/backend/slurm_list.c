// SPDX-License-Identifier: Apache-2.0
#include "exchange/backend/slurm_list.h"

#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define S_NS INT64_C(1000000000)
#define LONGEST_NS (60 * S_NS) // a list that takes longer is given up, and the longest pause
#define SOON_NS (S_NS / 5)     // between two lists at least
enum { TEXT_MAX = 256 << 20 };

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * S_NS + now.tv_nsec;
}

void slurm_list_init(slurm_list *l, double base_s, const char *user_name)
{
    *l = (slurm_list){.base_s = base_s,
                      .user_name = user_name,
                      .wanted = true,
                      .out = -1,
                      .interval_ns = (int64_t)(base_s * 1e9)};
}

void slurm_list_end(slurm_list *l)
{
    if (l->out >= 0) {
        kill(l->pid, SIGKILL);
        close(l->out);
    }
    json_decref(l->jobs);
    free(l->text);
}

// ---- calling programs

// Choice: a job gets the environment of its sbatch, since without one Slurm logs in as the user to
// find another, which fails for those who cannot log in. So that one is made small.
static void keep_little(void)
{
    static const char *const names[] = {"PATH=", "SLURM_CONF="};
    static char *few[3];
    size_t count = 0;
    for (char **word = environ; word != NULL && *word != NULL; word++) {
        for (size_t i = 0; i < 2 && count < 2; i++) {
            if (strncmp(*word, names[i], strlen(names[i])) == 0) {
                few[count++] = *word;
                break;
            }
        }
    }
    environ = few;
}

pid_t slurm_call(const char *const *argv, int out, int err, int keep, const agent_config *config)
{
    pid_t pid = fork();
    if (pid != 0) {
        return pid;
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid(); // what ends the agent by its group does not end a submission
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, 0);
    dup2(out >= 0 ? out : nothing, 1);
    dup2(err >= 0 ? err : nothing, 2);
    if (keep >= 0) {
        dup2(keep, 3);
        fcntl(3, F_SETFD, 0); // also where it was 3 already
        close_range(4, ~0U, 0);
    } else {
        close_range(3, ~0U, 0);
    }
    if (config != NULL && geteuid() == 0 && config->payload_uid != 0 &&
        (setgroups(0, NULL) != 0 ||
         setresgid(config->payload_gid, config->payload_gid, config->payload_gid) != 0 ||
         setresuid(config->payload_uid, config->payload_uid, config->payload_uid) != 0)) {
        _exit(126);
    }
    if (config != NULL) {
        keep_little();
    }
    execvp(argv[0], (char *const *)argv); // which takes what it never changes as if it might
    dprintf(2, "dcat: cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

// ---- the list

static void ask(slurm_list *l)
{
    int ends[2];
    char user[96];
    snprintf(user, sizeof user, "--user=%s", l->user_name);
    const char *const argv[] = {"squeue", "--json", "--states=all", user, NULL};
    l->asked_ns = now_ns();
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        l->next_ns = l->asked_ns + l->interval_ns;
        return;
    }
    fcntl(ends[1], F_SETFL, 0);
    l->pid = slurm_call(argv, ends[1], -1, -1, NULL);
    close(ends[1]);
    l->out = ends[0];
    l->used = 0;
    l->wanted = false;
}

// More of what it says: false when that was all.
static bool hear(slurm_list *l)
{
    for (;;) {
        if (l->used + 65536 > l->room && l->used < TEXT_MAX) {
            char *text = realloc(l->text, 2 * l->room + 65536);
            if (text == NULL) {
                return false;
            }
            l->text = text;
            l->room = 2 * l->room + 65536;
        }
        ssize_t got = read(l->out, l->text + l->used, l->room - l->used);
        if (got <= 0) {
            return got < 0 && (errno == EAGAIN || errno == EINTR);
        }
        l->used += (size_t)got;
    }
}

// Choice: a list that is no whole JSON with jobs, or names an error, is none: what it lacks would
// be taken for jobs that are not there.
static bool take(slurm_list *l)
{
    json_error_t why = {0};
    json_t *all = json_object_of(l->text, l->used, &why);
    json_t *jobs = json_object_get(all, "jobs");
    const json_t *errors = json_object_get(all, "errors");
    bool good = json_is_array(jobs) && json_array_size(errors) == 0;
    if (good) {
        json_decref(l->jobs);
        l->jobs = json_incref(jobs);
        l->begun_ns = l->asked_ns;
        l->number++;
    }
    json_decref(all);
    return good;
}

// Choice: Slurm that is slow is asked less often: twice as long after every list that failed or
// took half of the pause, up to a minute; and at once as before when it is quick again.
static bool finish(slurm_list *l, bool whole)
{
    int64_t now = now_ns(), took_ns = now - l->asked_ns, base_ns = (int64_t)(l->base_s * 1e9);
    close(l->out);
    l->out = -1;
    bool good = whole && take(l);
    l->failed = !good;
    bool slow = !good || took_ns > l->interval_ns / 2;
    l->interval_ns = slow ? 2 * (took_ns > l->interval_ns ? took_ns : l->interval_ns) : base_ns;
    l->interval_ns = l->interval_ns > LONGEST_NS ? LONGEST_NS : l->interval_ns;
    l->next_ns = now + l->interval_ns;
    return good;
}

int64_t slurm_list_due_ns(const slurm_list *l)
{
    if (l->out >= 0) {
        return now_ns() + S_NS / 50;
    }
    bool quick = l->interval_ns <= (int64_t)(l->base_s * 1e9);
    return l->wanted && quick && l->next_ns > l->asked_ns + SOON_NS ? l->asked_ns + SOON_NS
                                                                    : l->next_ns;
}

bool slurm_list_tick(slurm_list *l)
{
    if (l->out < 0) {
        if (now_ns() >= slurm_list_due_ns(l)) {
            ask(l);
        }
        return false;
    }
    if (!hear(l)) {
        return finish(l, true);
    }
    if (now_ns() - l->asked_ns > LONGEST_NS) {
        kill(l->pid, SIGKILL);
        finish(l, false);
    }
    return false;
}

// ---- what a line says; fields changed their form with Slurm's versions

static int64_t number_of(const json_t *value)
{
    return json_is_object(value) ? json_integer_value(json_object_get(value, "number"))
                                 : json_integer_value(value);
}

int64_t slurm_job_id(const json_t *job)
{
    return number_of(json_object_get(job, "job_id"));
}

const char *slurm_job_state(const json_t *job)
{
    const json_t *state = json_object_get(job, "job_state");
    const char *word = json_string_value(json_is_array(state) ? json_array_get(state, 0) : state);
    return word != NULL ? word : "";
}

int64_t slurm_job_restarts(const json_t *job)
{
    return number_of(json_object_get(job, "restart_cnt"));
}

int64_t slurm_job_start_s(const json_t *job)
{
    return number_of(json_object_get(job, "start_time"));
}

int64_t slurm_job_exit(const json_t *job)
{
    const json_t *code = json_object_get(job, "exit_code");
    if (json_is_object(code)) {
        const json_t *signal = json_object_get(json_object_get(code, "signal"), "id");
        int64_t number = number_of(signal);
        return number > 0 ? 128 + number : number_of(json_object_get(code, "return_code"));
    }
    int64_t status = json_integer_value(code); // as wait() says it
    return (status & 0x7f) != 0 ? 128 + (status & 0x7f) : (status >> 8) & 0xff;
}
