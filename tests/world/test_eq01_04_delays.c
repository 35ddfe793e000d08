// SPDX-License-Identifier: Apache-2.0
// Equations (1) to (4): the parts of a task's delay, by hand.

#include "dcat/x/model.h"
#include "support.h"

static void test_eq01_processing_delay_is_work_over_the_clusters_speed(void **fixture)
{
    (void)fixture;
    // 700 G cycles at 250 GHz: 2.8 s. On the cluster {200, 300} GHz: 700 / 500 = 1.4 s.
    assert_near(dcat_processing_delay_s(700e9, 250e9), 2.8, 1e-15);
    assert_near(dcat_processing_delay_s(700e9, 200e9 + 300e9), 1.4, 1e-15);
}

static void test_eq02_waiting_delay_is_what_is_left_of_the_queue(void **fixture)
{
    (void)fixture;
    // Busy until 12.5 s, now 10.2 s: 2.3 s. The paper's L / f: 575 G left at 250 GHz is 2.3 s too.
    assert_near(dcat_waiting_delay_s(12.5, 10.2), 2.3, 1e-15);
    assert_near(dcat_waiting_delay_s(12.5, 10.2), 575e9 / 250e9, 1e-15);
    assert_near(dcat_waiting_delay_s(10.2, 10.2), 0.0, 0.0);
    assert_near(dcat_waiting_delay_s(3.0, 10.2), 0.0, 0.0); // empty queues do not turn negative
}

static void test_eq03_transfer_delay_adds_links_and_propagation(void **fixture)
{
    (void)fixture;
    // Two links of 60 km at 100 and 500 Mb/s, 20 Mb, 3e8 m/s:
    // 20e6 (1e-8 + 2e-9) = 0.24 s, 120e3 / 3e8 = 0.0004 s.
    double seconds_per_bit = 1.0 / 100e6 + 1.0 / 500e6;
    double propagation_s = 60e3 / 3e8 + 60e3 / 3e8;
    assert_near(dcat_transfer_delay_s(20e6, seconds_per_bit, propagation_s), 0.2404, 1e-15);
    assert_near(dcat_transfer_delay_s(0.0, seconds_per_bit, propagation_s), 0.0004, 1e-15);
}

static void test_eq04_total_delay_is_the_sum(void **fixture)
{
    (void)fixture;
    assert_near(dcat_total_delay_s(0.2404, 2.3, 2.8), 5.3404, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eq01_processing_delay_is_work_over_the_clusters_speed),
        cmocka_unit_test(test_eq02_waiting_delay_is_what_is_left_of_the_queue),
        cmocka_unit_test(test_eq03_transfer_delay_adds_links_and_propagation),
        cmocka_unit_test(test_eq04_total_delay_is_the_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
