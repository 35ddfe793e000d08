// SPDX-License-Identifier: Apache-2.0
// Loops over threads: every index once, whatever the system gives. ThreadSanitizer runs this
// program.

#include "support.h"

#include "base/threads.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { COUNT = 1000 };

// Counts threads, and refuses further ones when told to.
static int given = INT_MAX, asked;

static int create_counted(pthread_t *id, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *user)
{
    asked++;
    return asked > given ? EAGAIN : (pthread_create)(id, attributes, start, user);
}

#define pthread_create create_counted
#include "base/threads.c" // so that its pthread_create is the one above
#undef pthread_create

typedef struct tally {
    atomic_int runs[COUNT], inner[COUNT];
    atomic_int busy[8]; // by thread: a body is running
    int thread_count;
} tally;

static void inner(void *user, size_t index, int thread)
{
    tally *t = user;
    assert_int_equal(thread, 0);
    atomic_fetch_add(&t->inner[index], 1);
}

static void visit(void *user, size_t index, int thread)
{
    tally *t = user;
    assert_in_range(thread, 0, t->thread_count - 1);
    assert_int_equal(atomic_fetch_add(&t->busy[thread], 1), 0);
    atomic_fetch_add(&t->runs[index], 1);
    assert_int_equal(threads_count(4), 1);
    threads_for(2, 4, inner, t);
    atomic_fetch_sub(&t->busy[thread], 1);
}

static void loop_once(int thread_count, size_t count)
{
    static tally t;
    t = (tally){.thread_count = thread_count};
    threads_for(count, thread_count, visit, &t);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(atomic_load(&t.runs[i]), i < count);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(atomic_load(&t.inner[i]), count);
    }
}

static void test_every_index_runs_once_and_what_is_nested_has_one_thread(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        for (size_t count = 0; count <= COUNT; count = 3 * count + 1) {
            asked = 0;
            loop_once(threads, count);
            int useful = count < (size_t)threads ? (int)count : threads;
            assert_int_equal(asked, useful > 1 ? useful - 1 : 0);
        }
    }
}

static void test_fewer_threads_than_asked_for_do_everything(void **state)
{
    (void)state;
    for (given = 0; given <= 2; given++) {
        asked = 0;
        loop_once(4, COUNT);
        assert_int_equal(asked, given + 1);
    }
    given = INT_MAX;
}

static void count_member(void *user, int thread, int count)
{
    atomic_int *seen = user; // [4]
    assert_int_equal(count, 4);
    atomic_fetch_add(&seen[thread], 1);
}

static void test_a_team_has_each_member_once(void **state)
{
    (void)state;
    atomic_int seen[4] = {0};
    threads_run(4, count_member, seen);
    for (int t = 0; t < 4; t++) {
        assert_int_equal(atomic_load(&seen[t]), 1);
    }
}

static void test_the_default_is_what_was_set_or_the_cores_there_are(void **state)
{
    (void)state;
    cpu_set_t all, one;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    assert_int_equal(threads_count(0), CPU_COUNT(&all));
    threads_set_default(3);
    assert_int_equal(threads_count(0), 3);
    assert_int_equal(threads_count(5), 5);
    assert_int_equal(threads_count(THREADS_MAX + 1), THREADS_MAX);
    threads_set_default(0);
    int core = 0;
    while (!CPU_ISSET(core, &all)) {
        core++;
    }
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(threads_count(0), 1);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_index_runs_once_and_what_is_nested_has_one_thread),
        cmocka_unit_test(test_fewer_threads_than_asked_for_do_everything),
        cmocka_unit_test(test_a_team_has_each_member_once),
        cmocka_unit_test(test_the_default_is_what_was_set_or_the_cores_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
