// SPDX-License-Identifier: Apache-2.0
// Districts are decided side by side, to the same bits for any number of threads. ThreadSanitizer
// runs this program.

#include "base/threads.h"
#include "district_support.h"

static void test_large_decisions_are_legal_and_the_same_for_any_number_of_threads(void **state)
{
    (void)state;
    static place p;
    static sight s;
    static int32_t one[SERVERS_MAX], two[SERVERS_MAX];
    dcat_actor *actor = make_actor();
    place_uniform(&p, 11, 1000, 100);
    dcat_world *world = make_world(&p);
    see(&s, 100);
    start_alone(one, 1000);
    start_alone(two, 1000);
    threads_set_default(1);
    decide(world, &s.observation, actor, one);
    threads_set_default(2);
    decide(world, &s.observation, actor, two);
    threads_set_default(0);
    assert_memory_equal(one, two, sizeof one);
    assert_legal(world, one);
    size_t clusters = count_clusters(one, 1000);
    print_message("%zu clusters of 1000 servers\n", clusters);
    assert_in_range(clusters, 100, 900);
    dcat_world_destroy(world);
    dcat_actor_destroy(actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_decisions_are_legal_and_the_same_for_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
