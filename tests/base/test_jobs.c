// SPDX-License-Identifier: Apache-2.0
// Jobs over threads: each once, and the first failure in their order whatever the threads.

#include "support.h"

#include "base/jobs.h"
#include <string.h>
#include <time.h>

enum { COUNT = 100 };

typedef struct record {
    int runs[COUNT];
    size_t fails_from; // every job from here on fails
    size_t stops_after;
    size_t asked, finished, shown, last;
} record;

static dcat_status run(void *user, size_t job, dcat_error *err)
{
    record *r = user;
    r->runs[job]++;
    if (job == r->fails_from) { // it is not the first to say so
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return job < r->fails_from ? DCAT_OK : dcat_fail(err, DCAT_ERR_RANGE, "job %zu", job);
}

static void show(void *user, size_t done, size_t count)
{
    record *r = user;
    assert_int_equal(count, COUNT);
    r->shown++;
    r->last = done;
}

static dcat_jobs jobs_of(record *r, int thread_count)
{
    return (dcat_jobs){
        .size = sizeof(dcat_jobs), .thread_count = thread_count, .user = r, .progress = show};
}

static job_list list_of(record *r, const dcat_jobs *jobs)
{
    return (job_list){.count = COUNT, .run = run, .user = r, .jobs = jobs};
}

static void test_every_job_runs_once_and_is_shown(void **fixture)
{
    (void)fixture;
    for (int thread_count = 0; thread_count <= 3; thread_count++) {
        record r = {.fails_from = COUNT};
        const dcat_jobs jobs = jobs_of(&r, thread_count);
        const job_list list = list_of(&r, &jobs);
        dcat_error err = {0};
        assert_int_equal(jobs_run(&list, &err), DCAT_OK);
        for (size_t j = 0; j < COUNT; j++) {
            assert_int_equal(r.runs[j], 1);
        }
        assert_int_equal(r.shown, COUNT);
        assert_int_equal(r.last, COUNT);
    }
}

static void test_the_error_is_the_first_jobs_in_order_and_ends_the_rest(void **fixture)
{
    (void)fixture;
    for (int thread_count = 1; thread_count <= 3; thread_count++) {
        record r = {.fails_from = 37};
        const dcat_jobs jobs = jobs_of(&r, thread_count);
        const job_list list = list_of(&r, &jobs);
        dcat_error err = {0};
        assert_int_equal(jobs_run(&list, &err), DCAT_ERR_RANGE);
        assert_string_equal(err.message, "job 37");
        for (size_t j = 0; j <= 37; j++) {
            assert_int_equal(r.runs[j], 1);
        }
        // Every thread but the one that failed may be in another job.
        assert_int_equal(r.runs[37 + thread_count], 0);
    }
}

static bool is_kept(void *user, size_t job)
{
    (void)user;
    return job % 4 == 1;
}

static dcat_status finish(void *user, size_t job, dcat_error *err)
{
    record *r = user;
    r->finished++;
    return job == 50 ? dcat_fail(err, DCAT_ERR_IO, "no room for job %zu", job) : DCAT_OK;
}

static bool stop(void *user)
{
    record *r = user;
    return r->asked++ == r->stops_after;
}

static void show_some(void *user, size_t done, size_t count)
{
    record *r = user;
    assert_int_equal(count, 75);
    r->last = done;
}

static void test_what_is_kept_does_not_run(void **fixture)
{
    (void)fixture;
    record r = {.fails_from = COUNT};
    bool stopped = false;
    dcat_jobs jobs = jobs_of(&r, 2);
    jobs.kept = is_kept;
    jobs.progress = show_some;
    jobs.stopped = &stopped;
    const job_list list = list_of(&r, &jobs);
    assert_int_equal(jobs_run(&list, NULL), DCAT_OK);
    for (size_t j = 0; j < COUNT; j++) {
        assert_int_equal(r.runs[j], j % 4 != 1);
    }
    assert_int_equal(r.last, 75);
    assert_false(stopped);
}

static void test_what_cannot_be_booked_has_failed(void **fixture)
{
    (void)fixture;
    record r = {.fails_from = COUNT};
    dcat_jobs jobs = jobs_of(&r, 1);
    jobs.finished = finish;
    const job_list list = list_of(&r, &jobs);
    dcat_error err = {0};
    assert_int_equal(jobs_run(&list, &err), DCAT_ERR_IO);
    assert_string_equal(err.message, "no room for job 50");
    assert_int_equal(r.finished, 51);
    assert_int_equal(r.last, 50); // jobs 0 to 49
}

static void test_a_stop_ends_the_rest_and_says_so(void **fixture)
{
    (void)fixture;
    for (int thread_count = 1; thread_count <= 3; thread_count++) {
        record r = {.fails_from = COUNT, .stops_after = 20};
        bool stopped = false;
        dcat_jobs jobs = jobs_of(&r, thread_count);
        jobs.stop = stop;
        jobs.stopped = &stopped;
        const job_list list = list_of(&r, &jobs);
        assert_int_equal(jobs_run(&list, NULL), DCAT_ERR_IO);
        assert_true(stopped);
        assert_int_equal(r.last, 20); // what had begun ended
        assert_int_equal(r.runs[20], 0);
        // Nobody asks when there is nothing to begin.
        r = (record){.fails_from = COUNT, .stops_after = COUNT};
        stopped = false;
        assert_int_equal(jobs_run(&list, NULL), DCAT_OK);
        assert_false(stopped);
    }
}

static void test_wrong_wishes_are_refused(void **fixture)
{
    (void)fixture;
    const dcat_ranks beyond = {.rank = 2, .count = 2};
    dcat_jobs jobs = dcat_jobs_default();
    assert_int_equal(dcat_jobs_check(NULL, NULL), DCAT_OK);
    assert_int_equal(dcat_jobs_check(&jobs, NULL), DCAT_OK);
    jobs.thread_count = -1;
    assert_int_equal(dcat_jobs_check(&jobs, NULL), DCAT_ERR_RANGE);
    jobs = (dcat_jobs){.thread_count = 1};
    assert_int_equal(dcat_jobs_check(&jobs, NULL), DCAT_ERR_RANGE); // no size
    jobs = dcat_jobs_default();
    jobs.ranks = &beyond;
    assert_int_equal(dcat_jobs_check(&jobs, NULL), DCAT_ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_wishes_are_refused),
        cmocka_unit_test(test_every_job_runs_once_and_is_shown),
        cmocka_unit_test(test_the_error_is_the_first_jobs_in_order_and_ends_the_rest),
        cmocka_unit_test(test_what_is_kept_does_not_run),
        cmocka_unit_test(test_what_cannot_be_booked_has_failed),
        cmocka_unit_test(test_a_stop_ends_the_rest_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
