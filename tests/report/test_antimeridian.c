// SPDX-License-Identifier: Apache-2.0
// Sites around longitude 180: where a map begins, and how hulls are cut.

#include "support.h"

#include "report/map/antimeridian.h"

static double west_of(const double *longitude, size_t count)
{
    double copy[8];
    for (size_t i = 0; i < count; i++) {
        copy[i] = longitude[i];
    }
    return map_west(copy, count);
}

static void test_a_map_begins_behind_the_widest_gap(void **fixture)
{
    (void)fixture;
    const double pacific[] = {-178.0, 177.0, 179.0, -179.5};
    assert_near(west_of(pacific, 4), 177.0, 0.0); // behind 355 degrees of nothing
    assert_near(map_unwrapped(-178.0, 177.0), 182.0, 0.0);
    assert_near(map_unwrapped(177.0, 177.0), 177.0, 0.0);
    assert_near(map_wrapped(182.0), -178.0, 0.0);
    assert_near(map_wrapped(180.0), 180.0, 0.0);
    const double europe[] = {-9.0, 30.0, 2.0};
    assert_near(west_of(europe, 3), -180.0, 0.0);
    // Gaps of 120 degrees, one of them across the antimeridian: nothing changes.
    const double round[] = {-120.0, 0.0, 120.0};
    assert_near(west_of(round, 3), -180.0, 0.0);
    assert_near(west_of(round, 1), -180.0, 0.0);
    assert_near(west_of(round, 0), -180.0, 0.0);
}

static void expect_part(const dcat_site *ring, size_t count, bool east, const dcat_site *wanted,
                        size_t wanted_count)
{
    dcat_site part[8];
    assert_int_equal(map_cut(ring, count, east, part), wanted_count);
    for (size_t i = 0; i < wanted_count; i++) {
        assert_near(part[i].x, wanted[i].x, 1e-12);
        assert_near(part[i].y, wanted[i].y, 1e-12);
    }
}

static void test_a_ring_is_cut_in_two_that_meet_at_180(void **fixture)
{
    (void)fixture;
    const dcat_site square[] = {{178, 0}, {182, 0}, {182, 2}, {178, 2}};
    const dcat_site west[] = {{178, 0}, {180, 0}, {180, 2}, {178, 2}};
    const dcat_site east[] = {{-180, 0}, {-178, 0}, {-178, 2}, {-180, 2}};
    expect_part(square, 4, false, west, 4);
    expect_part(square, 4, true, east, 4);
    // A corner on the antimeridian is of both parts.
    const dcat_site kite[] = {{178, 1}, {180, 0}, {184, 1}, {180, 2}};
    const dcat_site left[] = {{178, 1}, {180, 0}, {180, 2}};
    const dcat_site right[] = {{-180, 0}, {-176, 1}, {-180, 2}};
    expect_part(kite, 4, false, left, 3);
    expect_part(kite, 4, true, right, 3);
}

static void test_a_line_is_cut_once(void **fixture)
{
    (void)fixture;
    const dcat_site line[] = {{179, 0}, {183, 4}};
    const dcat_site west[] = {{179, 0}, {180, 1}}, east[] = {{-180, 1}, {-177, 4}};
    expect_part(line, 2, false, west, 2);
    expect_part(line, 2, true, east, 2);
    const dcat_site back[] = {{183, 4}, {179, 0}};
    const dcat_site west_back[] = {{180, 1}, {179, 0}};
    expect_part(back, 2, false, west_back, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_map_begins_behind_the_widest_gap),
        cmocka_unit_test(test_a_ring_is_cut_in_two_that_meet_at_180),
        cmocka_unit_test(test_a_line_is_cut_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
