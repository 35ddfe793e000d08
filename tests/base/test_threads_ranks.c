// SPDX-License-Identifier: Apache-2.0
// Jobs over ranks: whoever runs a job, rank 0 has its result, and all ranks hear the same. Ranks
// that agree, and ranks that differ. ThreadSanitizer runs this program.

#include "support.h"

#include "base/jobs.h"
#include "base/ranks/ranks.h"
#include "ranks_team.h"

#include <stdatomic.h>
#include <stdio.h>

enum { COUNT = 240, GROUP = 12, RANKS = 4 };

typedef struct outcome {
    uint64_t result[COUNT];
    dcat_status status;
    dcat_error err;
    bool complete;
    atomic_bool visited[COUNT / GROUP]; // dozens of jobs that this rank has had one of
} outcome;

typedef struct plan {
    int thread_count;
    size_t fails_from;
    size_t cannot_be_kept; // COUNT: none
    int stopped_rank;      // -1: none
    atomic_size_t stops_after;
    atomic_bool told;  // to stop
    size_t group_size; // 0: no groups
    int slow_rank;     // -1: none
    size_t booked, shown;
    atomic_int runs[COUNT];
    outcome of[RANKS];
} plan;

// What a job's user is: a rank of a plan.
typedef struct place {
    plan *p;
    int rank;
} place;

static uint64_t result_of(size_t job)
{
    return (uint64_t)job * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static void pause_ms(long ms)
{
    const struct timespec nap = {.tv_nsec = ms * 1000000};
    nanosleep(&nap, NULL);
}

static dcat_status run(void *user, size_t job, dcat_error *err)
{
    const place *here = user;
    atomic_fetch_add(&here->p->runs[job], 1);
    bool waits = here->p->stopped_rank >= 0 && here->rank != here->p->stopped_rank;
    while (waits && job >= COUNT / 2 &&
           !atomic_load(&here->p->told)) { // work is left for that rank
        pause_ms(1);
    }
    pause_ms(here->rank == here->p->slow_rank ? 20 : 1);
    outcome *own = &here->p->of[here->rank];
    atomic_store(&own->visited[job / GROUP], true);
    own->result[job] = result_of(job);
    return job < here->p->fails_from ? DCAT_OK : dcat_fail(err, DCAT_ERR_RANGE, "job %zu", job);
}

static void *result(void *user, size_t job, size_t *byte_count)
{
    const place *here = user;
    *byte_count = sizeof(uint64_t);
    return &here->p->of[here->rank].result[job];
}

static dcat_status book(void *user, size_t job, dcat_error *err)
{
    const place *here = user;
    here->p->booked += here->p->of[0].result[job] == result_of(job);
    return job == here->p->cannot_be_kept ? dcat_fail(err, DCAT_ERR_IO, "no room for job %zu", job)
                                          : DCAT_OK;
}

static void show(void *user, size_t done, size_t count)
{
    plan *p = ((const place *)user)->p;
    p->shown += done == p->shown + 1 && count == COUNT;
}

static bool stop(void *user)
{
    const place *here = user;
    bool now =
        here->rank == here->p->stopped_rank && (atomic_load(&here->p->stops_after) == 0 ||
                                                atomic_fetch_sub(&here->p->stops_after, 1) == 0);
    if (now) {
        atomic_store(&here->p->told, true);
    }
    return now;
}

static size_t group(void *user, size_t job)
{
    const place *here = user;
    return job / here->p->group_size;
}

static void work(const dcat_ranks *ranks, void *user)
{
    plan *p = user;
    place here = {p, ranks->rank};
    outcome *own = &p->of[ranks->rank];
    bool stopped = false;
    const dcat_jobs jobs = {.thread_count = p->thread_count,
                            .ranks = ranks,
                            .user = &here,
                            .progress = show,
                            .stop = stop,
                            .stopped = &stopped,
                            .finished = book};
    const job_list list = {
        .count = COUNT,
        .run = run,
        .user = &here,
        .jobs = &jobs,
        .result = result,
        .group = p->group_size > 0 ? group : NULL,
    };
    own->status = jobs_run(&list, &own->err);
    own->complete = own->status == DCAT_OK;
    own->status = stopped ? DCAT_OK : own->status;
}

static plan plan_of(int thread_count)
{
    return (plan){.thread_count = thread_count,
                  .fails_from = COUNT,
                  .cannot_be_kept = COUNT,
                  .stopped_rank = -1,
                  .slow_rank = -1};
}

static void test_rank_0_has_all_results_whoever_ran_them(void **fixture)
{
    (void)fixture;
    for (int count = 1; count <= RANKS; count++) {
        for (int threads = 1; threads <= 3; threads++) {
            static plan p;
            p = plan_of(threads);
            p.group_size = threads == 2 ? GROUP : 0;
            ranks_talk talk = ranks_team_run(count, work, &p);
            for (size_t j = 0; j < COUNT; j++) {
                assert_int_equal(atomic_load(&p.runs[j]), 1);
                assert_true(p.of[0].result[j] == result_of(j));
            }
            assert_int_equal(p.booked, COUNT);
            assert_int_equal(p.shown, COUNT);
            assert_int_equal(talk.letters_left, 0);
            for (int r = 0; r < count; r++) {
                assert_int_equal(p.of[r].status, DCAT_OK);
                assert_true(p.of[r].complete);
            }
        }
    }
}

static void test_all_ranks_report_the_first_failing_job(void **fixture)
{
    (void)fixture;
    for (int threads = 1; threads <= 3; threads++) {
        static plan p;
        p = plan_of(threads);
        p.fails_from = 37;
        p.slow_rank = 1;
        ranks_talk talk = ranks_team_run(RANKS, work, &p);
        assert_int_equal(talk.letters_left, 0);
        for (int r = 0; r < RANKS; r++) {
            assert_int_equal(p.of[r].status, DCAT_ERR_RANGE);
            assert_string_equal(p.of[r].err.message, "job 37");
            assert_false(p.of[r].complete);
        }
        assert_int_equal(p.booked, 37);
        assert_int_equal(atomic_load(&p.runs[37 + RANKS * threads]), 0);
    }
}

static void test_all_ranks_report_what_rank_0_cannot_keep(void **fixture)
{
    (void)fixture;
    static plan p;
    p = plan_of(1);
    p.cannot_be_kept = 11;
    p.slow_rank = 0; // so that it is another rank that runs job 11
    ranks_team_run(3, work, &p);
    for (int r = 0; r < 3; r++) {
        assert_int_equal(p.of[r].status, DCAT_ERR_IO);
        assert_string_equal(p.of[r].err.message, "no room for job 11");
    }
}

static void test_a_stop_at_any_rank_stops_all(void **fixture)
{
    (void)fixture;
    for (int stopped = 0; stopped < 3; stopped++) {
        static plan p;
        p = plan_of(2);
        p.stopped_rank = stopped;
        atomic_store(&p.stops_after, 5);
        ranks_talk talk = ranks_team_run(3, work, &p);
        assert_int_equal(talk.letters_left, 0);
        size_t ran = 0;
        for (size_t j = 0; j < COUNT; j++) {
            ran += atomic_load(&p.runs[j]) > 0;
        }
        assert_true(ran < COUNT);
        assert_int_equal(p.booked, ran); // what had begun has ended and come in
        for (int r = 0; r < 3; r++) {
            assert_int_equal(p.of[r].status, DCAT_OK);
            assert_false(p.of[r].complete);
        }
    }
}

static void test_a_group_stays_at_one_rank_until_the_end(void **fixture)
{
    (void)fixture;
    static plan p;
    p = plan_of(1);
    p.group_size = GROUP;
    ranks_team_run(2, work, &p);
    size_t visits = 0;
    for (int r = 0; r < 2; r++) {
        for (size_t g = 0; g < COUNT / GROUP; g++) {
            visits += p.of[r].visited[g];
        }
    }
    // Only the last groups are shared.
    assert_true(visits >= COUNT / GROUP && visits <= COUNT / GROUP + 2);
}

static void test_a_rank_without_a_group_helps_others(void **fixture)
{
    (void)fixture;
    static plan p;
    p = plan_of(1);
    p.group_size = COUNT; // one group
    ranks_team_run(2, work, &p);
    size_t ran[2] = {0, 0};
    for (size_t g = 0; g < COUNT / GROUP; g++) {
        ran[0] += p.of[0].visited[g];
        ran[1] += p.of[1].visited[g];
    }
    assert_true(ran[0] > 1 && ran[1] > 1);
}

// --- agreeing

typedef struct meeting {
    dcat_status own[RANKS], agreed[RANKS];
    dcat_error err[RANKS];
    const char *read[RANKS];
} meeting;

static void agree(const dcat_ranks *ranks, void *user)
{
    meeting *m = user;
    int r = ranks->rank;
    if (m->own[r] != DCAT_OK) {
        dcat_fail(&m->err[r], m->own[r], "file %d is not there", r);
    }
    m->agreed[r] = ranks_agree(ranks, m->own[r], &m->err[r]);
}

static void test_all_ranks_take_over_the_first_failure(void **fixture)
{
    (void)fixture;
    meeting m = {.own = {DCAT_OK, DCAT_OK, DCAT_ERR_NOT_FOUND, DCAT_ERR_IO}};
    ranks_team_run(RANKS, agree, &m);
    for (int r = 0; r < RANKS; r++) {
        assert_int_equal(m.agreed[r], DCAT_ERR_NOT_FOUND);
        assert_string_equal(m.err[r].message, "rank 2: file 2 is not there");
    }
    m = (meeting){.own = {DCAT_ERR_IO, DCAT_ERR_IO, DCAT_ERR_IO, DCAT_ERR_IO}};
    ranks_team_run(RANKS, agree, &m);
    for (int r = 0; r < RANKS; r++) { // what all have met is said as if there were one
        assert_string_equal(m.err[r].message, "file 0 is not there");
    }
    m = (meeting){.own = {DCAT_OK}};
    ranks_team_run(RANKS, agree, &m);
    for (int r = 0; r < RANKS; r++) {
        assert_int_equal(m.agreed[r], DCAT_OK);
    }
}

static void read_alike(const dcat_ranks *ranks, void *user)
{
    meeting *m = user;
    int r = ranks->rank;
    m->agreed[r] = ranks_same(ranks, "another book", m->read[r], strlen(m->read[r]), &m->err[r]);
}

static void test_a_rank_that_read_something_else_is_named(void **fixture)
{
    (void)fixture;
    meeting m = {.read = {"one", "one", "two", "one"}};
    ranks_team_run(RANKS, read_alike, &m);
    for (int r = 0; r < RANKS; r++) {
        assert_int_equal(m.agreed[r], DCAT_ERR_FIELD);
        assert_string_equal(m.err[r].message, "rank 2 has another book than rank 0");
    }
    m = (meeting){.read = {"one", "one", "one", "one"}};
    ranks_team_run(RANKS, read_alike, &m);
    for (int r = 0; r < RANKS; r++) {
        assert_int_equal(m.agreed[r], DCAT_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rank_0_has_all_results_whoever_ran_them),
        cmocka_unit_test(test_all_ranks_report_the_first_failing_job),
        cmocka_unit_test(test_all_ranks_report_what_rank_0_cannot_keep),
        cmocka_unit_test(test_a_stop_at_any_rank_stops_all),
        cmocka_unit_test(test_a_group_stays_at_one_rank_until_the_end),
        cmocka_unit_test(test_a_rank_without_a_group_helps_others),
        cmocka_unit_test(test_all_ranks_take_over_the_first_failure),
        cmocka_unit_test(test_a_rank_that_read_something_else_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
