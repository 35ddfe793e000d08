// SPDX-License-Identifier: Apache-2.0
// Promises that the caller must keep are asserted in every build: breaking one ends the program.

#include "market/state.h"
#include "random_world.h"
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static dcat_state *two_far_servers(void)
{
    static dcat_world *world;
    dcat_server servers[2];
    for (int i = 0; i < 2; i++) {
        servers[i] = (dcat_server){.site = {300e3 * i, 0.0},
                                   .speed_hz = 250e9,
                                   .core_count = 100,
                                   .energy_cost = NAN,
                                   .time_cost_per_s = NAN};
    }
    const dcat_area area = {.site = {0.0, 0.0}};
    const dcat_world_config config = dcat_world_config_default(); // span at most 200 km
    if (dcat_world_create(&config, servers, 2, &area, 1, 1, &world, NULL) != DCAT_OK) {
        return NULL;
    }
    dcat_state *state = NULL;
    dcat_state_create(world, dcat_auction_find("rea"), 1, 1, &state, NULL);
    return state;
}

static void form_too_wide_a_cluster(void)
{
    const int32_t together[] = {0, 0};
    dcat_state_set_clusters(two_far_servers(), together);
}

static void use_labels_that_are_not_canonical(void)
{
    const int32_t skipped[] = {0, 2};
    dcat_state_set_clusters(two_far_servers(), skipped);
}

static void bring_more_tasks_than_announced(void)
{
    const dcat_task tasks[2] = {{.work_cycles = 1e9, .deadline_s = 1.0}};
    dcat_totals totals = {0};
    state_step(two_far_servers(), 0.0, 0, 0, tasks, 2, NULL, &totals);
}

// Whether the call ends in abort(), tried in a process of its own.
static bool aborts(void (*call)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (freopen("/dev/null", "w", stderr) != NULL) {
            call();
        }
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void stay_within_the_rules(void)
{
    const int32_t apart[] = {0, 1};
    dcat_state_set_clusters(two_far_servers(), apart);
}

static void test_broken_promises_are_asserted(void **fixture)
{
    (void)fixture;
    assert_false(aborts(stay_within_the_rules));
    assert_true(aborts(form_too_wide_a_cluster));
    assert_true(aborts(use_labels_that_are_not_canonical));
    assert_true(aborts(bring_more_tasks_than_announced));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_broken_promises_are_asserted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
