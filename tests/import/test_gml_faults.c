// SPDX-License-Identifier: Apache-2.0
// GML as people write it: one small file for every kind of fault. What comes out is the same
// whether the file is imported or named by a scenario.

#include "support.h"

#include "file/net/topology.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static topology read_gml(const char *gml)
{
    topology t = {0};
    dcat_error err = {0};
    size_t size = strlen(gml);
    char *text = strdup(gml);
    assert_non_null(text);
    if (topology_read_gml("n.gml", &text, &size, true, &t, &err) != DCAT_OK ||
        topology_settle(&t, &err) != DCAT_OK) {
        fail_msg("does not load: %s", err.message);
    }
    free(text);
    return t;
}

// Kept nodes, links as "A-B" by name, in their order.
static void expect(const char *gml, const char *wanted)
{
    topology t = read_gml(gml);
    char got[2000] = "";
    size_t used = 0;
    for (size_t n = 0; n < t.node_count; n++) {
        if (!t.nodes[n].dropped) {
            assert_true(topology_is_placed(&t.nodes[n]));
            used += (size_t)snprintf(got + used, sizeof got - used, "%s%s", used > 0 ? "|" : "",
                                     t.nodes[n].label);
        }
    }
    for (size_t l = 0; l < t.link_count; l++) {
        if (topology_is_kept(&t, &t.links[l])) {
            used += (size_t)snprintf(got + used, sizeof got - used, " %s-%s",
                                     t.nodes[t.links[l].source].label,
                                     t.nodes[t.links[l].target].label);
        }
    }
    assert_string_equal(got, wanted);
    topology_free(&t);
}

static void refuse(const char *gml, dcat_status wanted, const char *message)
{
    topology t = {0};
    dcat_error err = {0};
    size_t size = strlen(gml);
    char *text = strdup(gml);
    assert_non_null(text);
    assert_int_equal(topology_read_gml("n.gml", &text, &size, true, &t, &err), wanted);
    assert_string_equal(err.message, message);
    free(text);
}

#define AT(lat, lon) " Latitude " #lat " Longitude " #lon " ]\n"
#define A "node [ id 0 label \"A\"" AT(0, 0)
#define B "node [ id 1 label \"B\"" AT(0, 10)
#define AB "edge [ source 0 target 1 ]\n"

static void test_ids_may_be_large_negative_or_words_and_come_last(void **fixture)
{
    (void)fixture;
    expect("graph [ edge [ source 0 target 1 ]" A B "]", "A|B A-B");
    expect("graph [ node [ label \"X\" Latitude 1 Longitude 1 id -7 ] node [ id n0 label \"Y\"" AT(
               1, 2) "edge [ source n0 target -7.0 ] ]",
           "X|Y Y-X");
    // As numbers of 53 bits these two would be one.
    expect(
        "graph [ node [ id 98765432109876543210 label \"X\"" AT(
            1, 1) "node [ id 98765432109876543211 label \"Y\"" AT(1,
                                                                  2) "edge [ source "
                                                                     "98765432109876543210 target "
                                                                     "98765432109876543211 ] ]",
        "X|Y X-Y");
    expect("graph [ node [ id \"a b\" label \"X\"" AT(1, 1) "node [ id 1e2 label \"Y\"" AT(
               1, 2) "edge [ source \"a b\" target 100 ] ]",
           "X|Y X-Y");
}

static void test_missing_and_duplicate_ids_are_refused_by_line(void **fixture)
{
    (void)fixture;
    refuse("graph [\n" A "node [ label \"no id\" ] ]", DCAT_ERR_FIELD,
           "n.gml:3: node: must have an id");
    refuse("graph [\n" A A "]", DCAT_ERR_FIELD, "n.gml:3: id: must be unique, got 0");
    refuse("graph [\n" A "node [ id 00.0 ] ]", DCAT_ERR_FIELD,
           "n.gml:3: id: must be unique, got 0");
    refuse("graph [\n" A "node [ id [ 1 2 ] ] ]", DCAT_ERR_FORMAT,
           "n.gml:3: id: must be a number or a text");
    refuse("graph [\n" A "node [ id 1.5 ] ]", DCAT_ERR_RANGE,
           "n.gml:3: id: must be a whole number, got 1.5");
    refuse("graph [\n" A "edge [ source 0 target 12345678901234567890 ] ]", DCAT_ERR_REFERENCE,
           "n.gml:3: target: must be the id of a node, got 12345678901234567890");
}

static void test_loops_go_and_parallel_links_stay(void **fixture)
{
    (void)fixture;
    const char *gml =
        "graph [" A B AB "edge [ source 1 target 0 ] edge [ source 1 target 1 ]" AB "]";
    expect(gml, "A|B A-B B-A A-B");
    topology t = read_gml(gml);
    assert_int_equal(t.counts.link_loop_count, 1);
    assert_int_equal(t.counts.link_parallel_count, 2);
    topology_free(&t);
}

static void test_coordinates_may_be_quoted_scientific_or_short(void **fixture)
{
    (void)fixture;
    topology t = read_gml("graph [ node [ id 0 label \"A\" Latitude \"48.5\" Longitude \" -1e1 \" ]"
                          "node [ id 1 lat +4.85E1 lon .5 ] node [ id 2 lat \"\" lon 3 ]"
                          "node [ id 3 LATITUDE 1 longitude 2 ]"
                          "node [ id 4 Latitude \"None\" Longitude \" none\" ] ]");
    assert_near(t.nodes[0].latitude, 48.5, 0);
    assert_near(t.nodes[0].longitude, -10, 0);
    assert_near(t.nodes[1].latitude, 48.5, 0);
    assert_near(t.nodes[1].longitude, 0.5, 0);
    assert_true(t.nodes[2].dropped); // an empty text is no coordinate
    assert_true(t.nodes[4].dropped); // nor is Python's word for nothing
    assert_near(t.nodes[3].longitude, 2, 0);
    topology_free(&t);
    refuse("graph [\nnode [ id 0 Latitude \"north\" Longitude 0 ] ]", DCAT_ERR_FORMAT,
           "n.gml:2: Latitude: must be a number, got north");
    refuse("graph [\nnode [ id 0 Latitude 90.1 Longitude 0 ] ]", DCAT_ERR_RANGE,
           "n.gml:2: Latitude: must be in [-90, 90], got 90.1");
    refuse("graph [\nnode [ id 0 Latitude NaN Longitude 0 ] ]", DCAT_ERR_FORMAT,
           "n.gml:2: Latitude: must be a finite number, got NaN");
}

static void test_values_nobody_needs_may_be_anything(void **fixture)
{
    (void)fixture;
    expect(
        "Version 1.0.2 directed true\n"
        "graph [ weight NAN far +INF big 1e999 meta [ node [ id 0 ] deep [ deeper [ x 1 ] ] ]\n" A
        "node [ id 1 label \"B\" graphics [ x 1 Latitude 77 ] ports [ port \"p\" ]" AT(
            0, 10) "edge [ source 0 target 1 key 0 LinkLabel \"[ not # a list\" ] ]",
        "A|B A-B");
    refuse("graph [\n" A "label\n]", DCAT_ERR_FORMAT,
           "n.gml:4: label: must have a value, got nothing");
}

static void test_line_ends_comments_and_marks_of_all_systems(void **fixture)
{
    (void)fixture;
    expect("\xef\xbb\xbf# a comment [\r\ngraph [\r\n" A "# node [ id 1 ]\r\n" B AB "]\r\n",
           "A|B A-B");
    expect("# old\rgraph [\r" A B "# comment\r" AB "]\r", "A|B A-B");
    expect("graph[node[id 0 label\"A\"Latitude 0 Longitude 0]node[id 1 label\"B\"Latitude 0 "
           "Longitude 10]edge[source 0 target 1]]",
           "A|B A-B");
}

static void test_entities_are_resolved(void **fixture)
{
    (void)fixture;
    expect(
        "graph [ node [ id 0 label \"Z&uuml;rich &amp; K&#246;ln&#xE9; &apos;&Eacute;&hellip;\"" AT(
            0, 0) "]",
        "Zürich & Kölné 'É…");
    expect("graph [ node [ id 0 label \"R&D &nosuch; &#xd800; &#1114112; &\"" AT(0, 0) "]",
           "R&D &nosuch; &#xd800; &#1114112; &");
}

static void test_names_are_trimmed_tidied_cut_and_numbered(void **fixture)
{
    (void)fixture;
    char gml[4000], name[401] = "";
    for (int i = 0; i < 200; i++) {
        memcpy(name + strlen(name), "é", 3);
    }
    snprintf(gml, sizeof gml,
             "graph [ node [ id 0 label \"Ulm\"" AT(1, 1) "node [ id 1 label \" Ulm\t\"" AT(1, 2) "node [ id 2 label \"  \"" AT(
                 1,
                 3) "node [ id 3 label \"New\r\nYork\x1b&#160;\"" AT(1,
                                                                     4) "node [ id 4 label "
                                                                        "\"%s\"" AT(
                                                                            1,
                                                                            5) "node [ id "
                                                                               "5 label "
                                                                               "\"%s\"" AT(
                                                                                   1,
                                                                                   6) "node [ "
                                                                                      "id 6 "
                                                                                      "label "
                                                                                      "7" AT(
                                                                                          1,
                                                                                          7) "node "
                                                                                             "[ id "
                                                                                             "7" AT(
                                                                                                 1,
                                                                                                 8) "]",
             name, name);
    topology t = read_gml(gml);
    char cut[201];
    snprintf(cut, sizeof cut, "%.200s", name);
    assert_string_equal(t.nodes[0].label, "Ulm");
    assert_string_equal(t.nodes[1].label, "Ulm#2");
    assert_string_equal(t.nodes[2].label, "node2");
    assert_string_equal(t.nodes[3].label, "New  York");
    assert_string_equal(t.nodes[4].label, cut);
    assert_int_equal(strlen(t.nodes[5].label), 200); // 99 characters and the number
    assert_string_equal(t.nodes[5].label + 198, "#2");
    assert_memory_equal(t.nodes[5].label, cut, 198);
    assert_string_equal(t.nodes[6].label, "7");
    assert_string_equal(t.nodes[7].label, "node7");
    assert_int_equal(t.counts.label_tidied_count, 3);
    assert_int_equal(t.counts.label_cut_count, 2);
    assert_int_equal(t.counts.label_missing_count, 2);
    assert_int_equal(t.counts.node_renamed_count, 2);
    topology_free(&t);
}

static void test_text_that_is_not_utf8_is_latin1_and_counted(void **fixture)
{
    (void)fixture;
    // The line in UTF-8 stays; 0x80 and 0x96 are of Windows-1252, 0x81 is in neither.
    topology t = read_gml(
        "graph [\nnode [ id 0 label \"M\xfcnster\"" AT(1, 1) "node [ id 1 label \"Gießen\"" AT(
            1, 2) "node [ id 2 label \"M\xfcnster\"" AT(1, 3) "node [ id 3 label "
                                                              "\"\x80\x96\x81x\"" AT(1, 4) "]");
    assert_string_equal(t.nodes[0].label, "Münster");
    assert_string_equal(t.nodes[1].label, "Gießen");
    assert_string_equal(t.nodes[2].label, "Münster#2");
    assert_string_equal(t.nodes[3].label, "€– x");
    assert_int_equal(t.counts.encoding.line_count, 3);
    assert_int_equal(t.counts.encoding.first_line, 2);
    topology_free(&t);
    refuse("\xff\xfeg", DCAT_ERR_FORMAT, "n.gml: is UTF-16; save it as UTF-8");
}

static void test_rates_that_are_none_are_counted(void **fixture)
{
    (void)fixture;
    topology t = read_gml("graph [" A B "edge [ source 0 target 1 LinkSpeedRaw -5 ]"
                          "edge [ source 0 target 1 LinkSpeedRaw \"fast\" ]"
                          "edge [ source 0 target 1 LinkSpeedRaw \"1e9\" ]"
                          "edge [ source 0 target 1 LinkSpeedRaw 0 ]"
                          "edge [ source 0 target 1 LinkSpeedRaw \"\" ] ]");
    for (size_t l = 0; l < t.link_count; l++) {
        assert_true(l == 2 ? t.links[l].rate_bps == 1e9 : isnan(t.links[l].rate_bps));
    }
    assert_int_equal(t.counts.rate_unusable_count, 2);
    topology_free(&t);
}

// --- Nodes without coordinates

static void test_a_hub_stays_at_the_mean_of_its_neighbours(void **fixture)
{
    (void)fixture;
    const char *gml = "graph [" A B "node [ id 2 label \"C\"" AT(
        10, 5) "node [ id 3 label \"ring\" hyperedge 1 ] node [ id 4 label \"world\" ]"
               "edge [ source 0 target 3 ] edge [ source 1 target 3 ] edge [ source 2 target 3 ]"
               "edge [ source 2 target 3 ] edge [ source 2 target 4 ] ]";
    expect(gml, "A|B|C|ring A-ring B-ring C-ring C-ring");
    topology t = read_gml(gml);
    // A second link to the same neighbour pulls no harder: about (10 / 3, 5).
    assert_near(t.nodes[3].latitude, 10.0 / 3, 5e-3);
    assert_near(t.nodes[3].longitude, 5.0, 5e-3);
    assert_int_equal(t.counts.node_junction_count, 1);
    assert_int_equal(t.counts.node_dropped_count, 1);
    topology_free(&t);
}

static void test_junctions_in_a_row_share_the_way(void **fixture)
{
    (void)fixture;
    topology t = read_gml("graph [" A "node [ id 1 label \"B\"" AT(
        0, 4) "node [ id 2 ] node [ id 3 ] node [ id 4 ]"
              "edge [ source 0 target 2 ] edge [ source 2 target 3 ]"
              "edge [ source 3 target 4 ] edge [ source 4 target 1 ] ]");
    // Harmonic: a quarter of the way each, on the chord, so within 2e-4 degrees on the arc.
    for (int n = 2; n <= 4; n++) {
        assert_near(t.nodes[n].longitude, n - 1.0, 1e-2);
        assert_near(t.nodes[n].latitude, 0, 1e-6);
    }
    topology_free(&t);
}

static void test_a_junction_over_the_antimeridian_is_not_in_europe(void **fixture)
{
    (void)fixture;
    topology t =
        read_gml("graph [ node [ id 0 label \"Fiji\"" AT(-17, 178) "node [ id 1 label \"Samoa\"" AT(
            -17, -172) "node [ id 2 ] edge [ source 0 target 2 ] edge [ source 2 target 1 ] ]");
    assert_near(t.nodes[2].longitude, -177, 1e-6);
    topology_free(&t);
}

static void test_the_rest_of_the_world_is_dropped(void **fixture)
{
    (void)fixture;
    // A chain that ends, a triangle on one node, one alone, and one with a link to itself.
    const char *gml = "graph [" A B AB "node [ id 2 ] node [ id 3 ] node [ id 4 ] node [ id 5 ]"
                      "node [ id 6 ] node [ id 7 ] edge [ source 0 target 2 ]"
                      "edge [ source 2 target 3 ] edge [ source 0 target 4 ]"
                      "edge [ source 4 target 5 ] edge [ source 5 target 0 ]"
                      "edge [ source 7 target 7 ] ]";
    expect(gml, "A|B A-B");
    topology t = read_gml(gml);
    assert_int_equal(t.counts.node_dropped_count, 6);
    assert_int_equal(t.counts.link_dropped_count, 5);
    topology_free(&t);
}

static void test_opposite_neighbours_leave_a_junction_at_one_of_them(void **fixture)
{
    (void)fixture;
    topology t = read_gml("graph [" A "node [ id 1 label \"B\"" AT(
        0, 180) "node [ id 2 ] edge [ source 0 target 2 ] edge [ source 2 target 1 ] ]");
    assert_true(topology_is_placed(&t.nodes[2]));
    assert_true(fabs(t.nodes[2].longitude) == 0.0 || fabs(t.nodes[2].longitude) == 180.0);
    topology_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_may_be_large_negative_or_words_and_come_last),
        cmocka_unit_test(test_missing_and_duplicate_ids_are_refused_by_line),
        cmocka_unit_test(test_loops_go_and_parallel_links_stay),
        cmocka_unit_test(test_coordinates_may_be_quoted_scientific_or_short),
        cmocka_unit_test(test_values_nobody_needs_may_be_anything),
        cmocka_unit_test(test_line_ends_comments_and_marks_of_all_systems),
        cmocka_unit_test(test_entities_are_resolved),
        cmocka_unit_test(test_names_are_trimmed_tidied_cut_and_numbered),
        cmocka_unit_test(test_text_that_is_not_utf8_is_latin1_and_counted),
        cmocka_unit_test(test_rates_that_are_none_are_counted),
        cmocka_unit_test(test_a_hub_stays_at_the_mean_of_its_neighbours),
        cmocka_unit_test(test_junctions_in_a_row_share_the_way),
        cmocka_unit_test(test_a_junction_over_the_antimeridian_is_not_in_europe),
        cmocka_unit_test(test_the_rest_of_the_world_is_dropped),
        cmocka_unit_test(test_opposite_neighbours_leave_a_junction_at_one_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
