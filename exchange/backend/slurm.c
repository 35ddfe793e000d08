// SPDX-License-Identifier: Apache-2.0
#include "exchange/backend/slurm.h"

#include "exchange/backend/command.h"
#include "exchange/backend/slurm_list.h"
#include "exchange/backend/slurm_script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define S_NS INT64_C(1000000000)
enum { COMMENT_SIZE = 300, SUBMIT_MAX = 5, CANCEL_MAX = 100, MISSED_MAX = 3, LINE_SIZE = 512 };

struct slurm {
    const agent_config *config;
    const char *exchange;
    slurm_say *say;
    void *user;
    slurm_list list;
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * S_NS + now.tv_nsec;
}

static void say(const slurm *s, const char *level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void say(const slurm *s, const char *level, const char *format, ...)
{
    char text[LINE_SIZE + 200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    s->say(s->user, level, text);
}

dcat_status slurm_create(const agent_config *config, const char *exchange, slurm_say *say_it,
                         void *user, slurm **made, dcat_error *err)
{
    slurm *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for Slurm");
    }
    *s = (slurm){.config = config, .exchange = exchange, .say = say_it, .user = user};
    slurm_list_init(&s->list, config->slurm_poll_s, config->payload_user);
    *made = s;
    return DCAT_OK;
}

void slurm_destroy(slurm *s)
{
    if (s != NULL) {
        slurm_list_end(&s->list);
        free(s);
    }
}

static void comment_of(const slurm *s, const agent_part *part, char comment[COMMENT_SIZE])
{
    snprintf(comment, COMMENT_SIZE, "dcat:%s:%s:%lld:%s", s->exchange, part->task,
             (long long)part->attempt, s->config->servers[part->server].name);
}

// ---- its folder

static bool make_job_folder(const agent_config *config, int folder)
{
    return (mkdirat(folder, "job", 0700) == 0 || errno == EEXIST) &&
           (geteuid() != 0 || fchownat(folder, "job", config->payload_uid, config->payload_gid,
                                       AT_SYMLINK_NOFOLLOW) == 0);
}

dcat_status slurm_prepare(const slurm *s, const agent_part *part, dcat_error *err)
{
    part_command c = {0};
    int folder = part_folder_open(s->config, part, true);
    dcat_status status = DCAT_OK;
    if (folder < 0 || !make_job_folder(s->config, folder)) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: cannot make a folder for task %s: %s",
                           s->config->work_folder, part->task, strerror(errno));
    }
    if (status == DCAT_OK) {
        status = command_read(s->config, part, &c, err);
    }
    if (status == DCAT_OK) {
        int file = openat(folder, "script.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        FILE *out = file >= 0 ? fdopen(file, "w") : NULL;
        if (out != NULL) {
            slurm_write_script(out, &c, part, &s->config->servers[part->server]);
        }
        bool good = out != NULL && ferror(out) == 0 && fchmod(file, 0644) == 0;
        good = out != NULL && fclose(out) == 0 && good;
        if (!good || renameat(folder, "script.tmp", folder, "script") != 0) {
            status = dcat_fail(err, DCAT_ERR_IO, "%s: cannot write a script", c.folder);
        }
    }
    command_free(&c);
    if (folder >= 0) {
        close(folder);
    }
    return status;
}

// ---- submitting

static void submit_words(const slurm *s, const agent_part *part, const char *folder, slurm_words *w)
{
    static const char *const fixed[] = {"sbatch", "--parsable", "--ntasks=1", "--open-mode=append",
                                        "--export=ALL"};
    const agent_server *server = &s->config->servers[part->server];
    char comment[COMMENT_SIZE], name[PART_NAME_SIZE], path[PART_PATH_SIZE + 16];
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        slurm_word(w, fixed[i]);
    }
    comment_of(s, part, comment);
    part_name(s->config, part, name);
    slurm_option(w, "comment", comment);
    slurm_option(w, "job-name", name);
    snprintf(path, sizeof path, "%s/job/output", folder);
    slurm_option(w, "output", path);
    snprintf(path, sizeof path, "%s/run", folder);
    slurm_option(w, "chdir", path);
    slurm_number(w, "cpus-per-task", server->cores);
    slurm_number(w, "mem", server->limits.memory_mb);
    slurm_number(w, "time", (int64_t)((server->limits.time_s + 59.0) / 60.0));
    slurm_option(w, "partition", server->slurm_partition);
    slurm_option(w, "account", server->slurm_account);
    slurm_option(w, "qos", server->slurm_qos);
    snprintf(path, sizeof path, "%s/script", folder);
    slurm_word(w, path);
}

// With the lock held: sbatch inherits it, so that no one looks for its job too early.
static bool submit(const slurm *s, const agent_part *part, int folder, int lock)
{
    slurm_words words = {.count = 0};
    char named[PART_PATH_SIZE], whole[PART_PATH_SIZE];
    if (!part_folder_path(s->config, part, named) || realpath(named, whole) == NULL) {
        return false;
    }
    submit_words(s, part, whole, &words);
    if (words.short_of_room) { // it would be another job
        say(s, "error", "task %s, attempt %lld: the options of sbatch are too long", part->task,
            (long long)part->attempt);
        return false;
    }
    int said = openat(folder, "sbatch", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool begun = said >= 0 && slurm_call(words.argv, said, said, lock, s->config) > 0;
    if (said >= 0) {
        close(said);
    }
    return begun;
}

// ---- looking

static size_t read_small(int folder, const char *name, char line[LINE_SIZE])
{
    int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, line, LINE_SIZE - 1) : 0;
    if (file >= 0) {
        close(file);
    }
    line[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

static int64_t claimed_id(int folder)
{
    char id[32] = "";
    ssize_t length = readlinkat(folder, "job/claim", id, sizeof id - 1);
    return length > 0 ? strtoll(id, NULL, 10) : 0;
}

// The part's job: the one that claimed the payload, or the first one.
static const json_t *find_job(const slurm *s, const agent_part *part, int64_t claimed)
{
    char comment[COMMENT_SIZE];
    const json_t *job = NULL, *best = NULL;
    size_t i;
    comment_of(s, part, comment);
    json_array_foreach(s->list.jobs, i, job)
    {
        const char *said = json_string_value(json_object_get(job, "comment"));
        if (said == NULL || strcmp(said, comment) != 0) {
            continue;
        }
        if (best == NULL || slurm_job_id(job) == claimed ||
            (slurm_job_id(best) != claimed && slurm_job_id(job) < slurm_job_id(best))) {
            best = job;
        }
    }
    return best;
}

static void note_times(int folder, agent_part *part, process_end *end)
{
    struct stat begun, ended;
    if (fstatat(folder, "job/start", &begun, AT_SYMLINK_NOFOLLOW) == 0) {
        part->started_ns = (int64_t)begun.st_mtim.tv_sec * S_NS + begun.st_mtim.tv_nsec;
    }
    if (fstatat(folder, "job/exit", &ended, AT_SYMLINK_NOFOLLOW) == 0) {
        end->at_ns = (int64_t)ended.st_mtim.tv_sec * S_NS + ended.st_mtim.tv_nsec;
    }
    int job = openat(folder, "job", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (job >= 0) {
        part_folder_hash(job, end->output_sha256);
        close(job);
    }
}

// Choice: a script that an older agent submitted does not say in which run it ended. It is believed
// where there was one run alone, or what it left is no older than the last one's start.
static bool is_of_last_run(int folder, const json_t *job)
{
    struct stat ended;
    int64_t start_s = slurm_job_start_s(job);
    return slurm_job_restarts(job) == 0 ||
           (start_s > 0 && fstatat(folder, "job/exit", &ended, AT_SYMLINK_NOFOLLOW) == 0 &&
            ended.st_mtim.tv_sec >= start_s);
}

// True: the payload said itself how it ended, in the last run of its job (which may have been
// requeued), or without a job in any.
static bool read_exit(int folder, const json_t *job, process_end *end)
{
    char line[LINE_SIZE];
    int code = 0;
    long long run = 0;
    int said =
        read_small(folder, "job/exit", line) > 0 ? sscanf(line, "ended %d %lld", &code, &run) : 0;
    if (said < 1 || (job != NULL &&
                     !(said == 2 ? run == slurm_job_restarts(job) : is_of_last_run(folder, job)))) {
        return false;
    }
    end->exit_code = code;
    return true;
}

static process_state state_of(const json_t *job, int folder, process_end *end)
{
    static const char *const ours[] = {"NODE_FAIL", "BOOT_FAIL", "PREEMPTED", "DEADLINE",
                                       "REVOKED"};
    const char *state = slurm_job_state(job);
    int64_t restarts = slurm_job_restarts(job);
    bool said = read_exit(folder, job, end);
    if (strcmp(state, "COMPLETED") == 0 || strcmp(state, "FAILED") == 0) {
        end->exit_code = said ? end->exit_code : slurm_job_exit(job);
        // A job that never began the payload failed for reasons of ours, and so did one that Slurm
        // could not start again; the claim is that of its first run.
        bool begun = said || (restarts == 0 && claimed_id(folder) > 0);
        return begun ? PROCESS_ENDED : PROCESS_LOST;
    }
    if (strcmp(state, "OUT_OF_MEMORY") == 0) {
        end->exit_code = 137;
        return PROCESS_ENDED;
    }
    if (strcmp(state, "TIMEOUT") == 0) {
        return PROCESS_TIMEOUT;
    }
    if (strcmp(state, "CANCELLED") == 0) {
        return said ? PROCESS_ENDED : PROCESS_STOPPED;
    }
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (strcmp(state, ours[i]) == 0) {
            return PROCESS_LOST;
        }
    }
    return PROCESS_RUNS; // PENDING, RUNNING, COMPLETING, REQUEUED and the like
}

// There is no job with its comment. It ended long ago, or nobody submitted it, or Slurm forgot it.
static process_state without_job(slurm *s, agent_part *part, int folder, int lock, process_end *end)
{
    char line[LINE_SIZE];
    if (read_exit(folder, NULL, end)) {
        return PROCESS_ENDED;
    }
    size_t length = read_small(folder, "sbatch", line);
    bool is_in = length > 0 && line[0] >= '1' && line[0] <= '9';
    line[strcspn(line, "\n")] = '\0';
    if (is_in || claimed_id(folder) > 0) {
        part->missed += part->seen_list != s->list.number;
        part->seen_list = s->list.number;
        s->list.wanted = true;
        return part->missed >= MISSED_MAX ? PROCESS_LOST : PROCESS_RUNS;
    }
    // Choice: after an sbatch that failed its job may still come in, so that the next one waits;
    // also where it was that of an agent before this one.
    if (part->submits == 0 && faccessat(folder, "sbatch", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        part->submits = 1;
        part->submit_ns = part->submit_ns > part->asked_ns ? part->submit_ns : part->asked_ns;
    }
    int64_t pause_ns = part->submits > 0 ? S_NS << (part->submits - 1) : 0;
    if (s->list.begun_ns < part->submit_ns + pause_ns) {
        s->list.wanted |= now_ns() >= part->submit_ns + pause_ns;
        return PROCESS_RUNS;
    }
    if (length > 0) {
        say(s, "warning", "task %s, attempt %lld: sbatch says: %s", part->task,
            (long long)part->attempt, line);
    }
    if (part->submits >= SUBMIT_MAX) {
        return PROCESS_LOST;
    }
    part->submits++;
    part->submit_ns = now_ns();
    return submit(s, part, folder, lock) ? PROCESS_RUNS : PROCESS_LOST;
}

process_state slurm_look(slurm *s, agent_part *part, process_end *end)
{
    *end = (process_end){0};
    int folder = part_folder_open(s->config, part, false);
    if (folder < 0) {
        return PROCESS_ABSENT;
    }
    process_state state = PROCESS_RUNS;
    int lock = openat(folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        state = PROCESS_LOST;
    } else if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        part->held = true; // sbatch is under way
    } else if (part->held) {
        part->held = false;
        part->submit_ns = now_ns(); // what it did is in a list that begins from now on
    } else if (part->asked_ns == 0 || s->list.jobs == NULL || s->list.begun_ns < part->submit_ns ||
               s->list.begun_ns < part->asked_ns) {
        s->list.wanted = true; // a list that is younger than what we know
    } else {
        const json_t *job = find_job(s, part, claimed_id(folder));
        state = job != NULL ? state_of(job, folder, end) : without_job(s, part, folder, lock, end);
        part->missed = job != NULL ? 0 : part->missed;
    }
    if (part->asked_ns == 0) {
        part->asked_ns = now_ns();
    }
    if (state != PROCESS_RUNS) {
        note_times(folder, part, end);
    }
    close(lock);
    close(folder);
    return state;
}

// ---- cancelling

void slurm_stop(slurm *s, const agent_part *part)
{
    char name[PART_NAME_SIZE + 16], own[PART_NAME_SIZE], user[96];
    int folder = part_folder_open(s->config, part, false);
    if (folder >= 0) { // a job that comes in later ends by itself
        int stop = openat(folder, "stop", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        close(stop);
        close(folder);
    }
    part_name(s->config, part, own);
    snprintf(name, sizeof name, "--name=%s", own);
    snprintf(user, sizeof user, "--user=%s", s->config->payload_user);
    slurm_call((const char *const[]){"scancel", name, user, NULL}, -1, -1, -1, NULL);
    s->list.wanted = true; // what was still being submitted is found there
}

static bool is_wanted(const slurm *s, const char *comment, const agent_part *parts, size_t count)
{
    char own[COMMENT_SIZE];
    for (size_t i = 0; i < count; i++) {
        bool open = parts[i].state >= AGENT_INTENDED && parts[i].state <= AGENT_FINISHED;
        comment_of(s, &parts[i], own);
        if (open && strcmp(own, comment) == 0) {
            return true;
        }
    }
    return false;
}

// Of this exchange, and of a server of this agent.
static bool is_ours(const slurm *s, const char *comment)
{
    char prefix[COMMENT_SIZE];
    snprintf(prefix, sizeof prefix, "dcat:%s:", s->exchange);
    const char *server = comment != NULL ? strrchr(comment, ':') : NULL;
    for (size_t i = 0; server != NULL && i < s->config->server_count; i++) {
        if (strcmp(server + 1, s->config->servers[i].name) == 0) {
            return strncmp(comment, prefix, strlen(prefix)) == 0;
        }
    }
    return false;
}

static bool is_live(const char *state)
{
    static const char *const words[] = {"PENDING",  "RUNNING",      "SUSPENDED", "CONFIGURING",
                                        "REQUEUED", "REQUEUE_HOLD", "RESIZING"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(state, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void cancel_rest(slurm *s, const agent_part *parts, size_t count)
{
    const char *argv[CANCEL_MAX + 2] = {"scancel"};
    char ids[CANCEL_MAX][24];
    size_t used = 0, i;
    const json_t *job = NULL;
    json_array_foreach(s->list.jobs, i, job)
    {
        const char *comment = json_string_value(json_object_get(job, "comment"));
        if (used < CANCEL_MAX && is_live(slurm_job_state(job)) && is_ours(s, comment) &&
            !is_wanted(s, comment, parts, count)) {
            snprintf(ids[used], sizeof ids[used], "%lld", (long long)slurm_job_id(job));
            argv[used + 1] = ids[used];
            used++;
        }
    }
    if (used > 0) {
        say(s, "info", "%zu jobs that nobody wants any more are cancelled", used);
        slurm_call(argv, -1, -1, -1, NULL);
        s->list.wanted = true; // until none of them is left
    }
}

int64_t slurm_tick(slurm *s, const agent_part *parts, size_t count)
{
    bool failed = s->list.failed, runs = false;
    for (size_t i = 0; i < count; i++) {
        runs |= parts[i].state == AGENT_STARTED &&
                agent_server_uses_slurm(&s->config->servers[parts[i].server]);
    }
    if (!runs && !s->list.wanted && s->list.out < 0) {
        return INT64_MAX; // nobody asks
    }
    if (slurm_list_tick(&s->list)) {
        cancel_rest(s, parts, count);
    }
    if (s->list.failed && !failed) {
        say(s, "warning", "squeue does not say which jobs there are; asked again in %.1f s",
            (double)s->list.interval_ns / 1e9);
    }
    return slurm_list_due_ns(&s->list);
}
