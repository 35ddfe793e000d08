// SPDX-License-Identifier: Apache-2.0
// When the back end `slurm` submits: never by a list of jobs that is older than the end of an
// sbatch before, nor at once after one that failed, whose job may still come in; whichever agent
// called it.

#include "exchange/backend/command.h"
#include "exchange/backend/slurm.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static agent_server server = {.name = "node", .cores = 1, .backend = AGENT_SLURM};
static agent_config config = {
    .work_folder = "work", .servers = &server, .server_count = 1, .slurm_poll_s = 0.05};

static void quiet(void *user, const char *level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
}

// Lists that were asked for.
static long lists(void)
{
    FILE *file = fopen("lists", "r");
    long count = 0;
    for (int c; file != NULL && (c = fgetc(file)) != EOF;) {
        count += c == '\n';
    }
    if (file != NULL) {
        fclose(file);
    }
    return count;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void look(slurm *s, agent_part *part)
{
    process_end end;
    slurm_tick(s, part, 1);
    assert_int_equal(slurm_look(s, part, &end), PROCESS_RUNS);
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static slurm *begin(const agent_part *part, int *folder)
{
    slurm *s = NULL;
    assert_int_equal(slurm_create(&config, "e", quiet, NULL, &s, NULL), DCAT_OK);
    *folder = part_folder_open(&config, part, true);
    assert_true(*folder >= 0);
    unlink("lists");
    return s;
}

static void end(slurm *s, int folder)
{
    slurm_destroy(s);
    close(folder);
    while (waitpid(-1, NULL, 0) > 0) {
    }
}

static void test_a_list_from_before_the_end_of_an_sbatch_is_not_enough(void **state)
{
    (void)state;
    agent_part part = {.task = "1", .attempt = 1, .state = AGENT_STARTED};
    int folder = -1;
    slurm *s = begin(&part, &folder);
    int lock = openat(folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(lock, LOCK_EX), 0); // as an sbatch does that works
    while (lists() < 2) {
        look(s, &part);
    }
    for (long more = lists() + 3; lists() < more;) { // two of them come when nobody looks
        slurm_tick(s, &part, 1);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_int_equal(part.submits, 0);
    close(lock);
    long before = lists();
    while (part.submits == 0) {
        look(s, &part);
    }
    assert_true(lists() > before);
    end(s, folder);
}

static void test_the_sbatch_of_an_agent_before_may_have_failed_with_its_job_in(void **state)
{
    (void)state;
    agent_part part = {.task = "2", .attempt = 1, .state = AGENT_STARTED};
    int folder = -1;
    slurm *s = begin(&part, &folder);
    int said = openat(folder, "sbatch", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(dprintf(said, "sbatch: error: Socket timed out\n") > 0);
    close(said);
    double begun_s = now_s();
    while (part.submits < 2) {
        look(s, &part);
    }
    assert_true(now_s() - begun_s > 0.9); // a second, and whatever the machine takes
    end(s, folder);
}

static void write_program(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", text);
    fclose(file);
    assert_int_equal(chmod(path, 0755), 0);
}

static int enter(void **state)
{
    (void)state;
    static char folder[] = "/tmp/dcat_look_XXXXXX", path[4200];
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || mkdir("bin", 0755) != 0) {
        return -1;
    }
    write_program("bin/squeue", "echo asked >>lists\necho '{\"jobs\": [], \"errors\": []}'");
    write_program("bin/sbatch", "echo 7");
    snprintf(path, sizeof path, "%s/bin:%s", folder, getenv("PATH"));
    config.payload_uid = geteuid();
    config.payload_gid = getegid();
    snprintf(config.payload_user, sizeof config.payload_user, "nobody");
    return setenv("PATH", path, 1);
}

static int leave(void **state)
{
    (void)state;
    return system("rm -rf bin work lists; cd / && rmdir \"$OLDPWD\"") == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_from_before_the_end_of_an_sbatch_is_not_enough),
        cmocka_unit_test(test_the_sbatch_of_an_agent_before_may_have_failed_with_its_job_in),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
