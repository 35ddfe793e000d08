// Jobs over threads: each once, and the first failure in their order whatever the threads.

#include "support.h"

#include "base/jobs.h"
#include <string.h>

enum { COUNT = 100 };

typedef struct record {
    int runs[COUNT];
    size_t fails_from; // every job from here on fails
    size_t shown, last;
} record;

static dcat_status run(void *user, size_t job, dcat_error *err)
{
    record *r = user;
    r->runs[job]++;
    return job < r->fails_from ? DCAT_OK : dcat_fail(err, DCAT_ERR_RANGE, "job %zu", job);
}

static void show(void *user, size_t done, size_t count)
{
    record *r = user;
    assert_int_equal(count, COUNT);
    r->shown++;
    r->last = done;
}

static dcat_status run_all(record *r, int thread_count, dcat_error *err)
{
    const job_list todo = {.count = COUNT,
                           .thread_count = thread_count,
                           .run = run,
                           .user = r,
                           .progress = show,
                           .progress_user = r};
    return jobs_run(&todo, err);
}

static void test_every_job_runs_once_and_is_shown(void **fixture)
{
    (void)fixture;
    for (int thread_count = 0; thread_count <= 3; thread_count++) {
        record r = {.fails_from = COUNT};
        dcat_error err = {0};
        assert_int_equal(run_all(&r, thread_count, &err), DCAT_OK);
        for (size_t j = 0; j < COUNT; j++) {
            assert_int_equal(r.runs[j], 1);
        }
        assert_int_equal(r.shown, COUNT);
        assert_int_equal(r.last, COUNT);
    }
}

static void test_the_error_is_the_first_jobs_in_order(void **fixture)
{
    (void)fixture;
    for (int thread_count = 1; thread_count <= 3; thread_count++) {
        record r = {.fails_from = 37};
        dcat_error err = {0};
        assert_int_equal(run_all(&r, thread_count, &err), DCAT_ERR_RANGE);
        assert_string_equal(err.message, "job 37");
        assert_int_equal(r.runs[COUNT - 1], 1); // the others run all the same
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_job_runs_once_and_is_shown),
        cmocka_unit_test(test_the_error_is_the_first_jobs_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
