// SPDX-License-Identifier: Apache-2.0
// GML networks: what is taken, what is dropped, what is refused, and the Internet Topology Zoo's
// Chinanet.

#include "scenario_folder.h"

#include "scenario/read/network.h"
#include <math.h>

static dcat_status read_text(const char *text, network_data *network, dcat_error *err)
{
    input in;
    *network = (network_data){0};
    *err = (dcat_error){0};
    input_memory(&in, "n.gml", text, strlen(text));
    dcat_status status = network_read_gml(&in, network, err);
    input_close(&in, NULL);
    return status;
}

static network_data expect_network(const char *text)
{
    network_data network;
    dcat_error err;
    if (read_text(text, &network, &err) != DCAT_OK) {
        fail_msg("does not load: %s", err.message);
    }
    return network;
}

static void expect_message(const char *text, dcat_status status, const char *message)
{
    network_data network;
    dcat_error err;
    assert_int_equal(read_text(text, &network, &err), status);
    assert_string_equal(err.message, message);
    network_data_free(&network);
}

#define NODE(id, label, lon, lat)                                                                  \
    "node [ id " #id " label \"" label "\" Longitude " #lon " Latitude " #lat " ]\n"

static void test_gml_reads_nodes_and_edges(void **fixture)
{
    (void)fixture;
    network_data network = expect_network(
        "# a remark with [ brackets\n"
        "Creator \"x\" Version 1\n"
        "graph [\n label \"g\" meta [ a [ b 1 ] ]\n" NODE(5, "B &amp; C", 10.5, -20) NODE(
            -3, "Z&#252;rich", 8.5,
            47.4) "edge [ source -3 target 5 LinkSpeedRaw 10000000000.0 LinkLabel \"10 [Gbps]\" ]\n"
                  "edge [ target -3 source 5 ]\n"
                  "edge [ source 5 target -3 LinkSpeedRaw 0 ]\n"
                  "]\n");
    assert_int_equal(network.nodes.count, 2);
    assert_string_equal(names_at(&network.nodes, 0), "B & C");
    assert_string_equal(names_at(&network.nodes, 1), "Zürich");
    assert_near(network.sites[0].x, 10.5, 0.0);
    assert_near(network.sites[0].y, -20.0, 0.0);
    assert_int_equal(network.link_count, 3);
    assert_int_equal(network.links[0].node_a, 1);
    assert_int_equal(network.links[0].node_b, 0);
    assert_near(network.links[0].rate_bps, 1e10, 0.0);
    assert_true(isnan(network.links[0].length_m));
    assert_true(isnan(network.links[1].rate_bps) && isnan(network.links[2].rate_bps));
    network_data_free(&network);
}

static void test_gml_keeps_nodes_without_coordinates_that_join_others(void **fixture)
{
    (void)fixture;
    network_data network = expect_network(
        "graph [ edge [ source 0 target 2 ] edge [ source 0 target 1 ] edge [ source 1 target 1 ]"
        " node [ id 0 label \"nowhere\" Longitude 3 ]\n" NODE(1, "A", 1, 2)
            NODE(2, "B", 3, 4) "edge [ source 2 target 1 ] ]");
    // "nowhere" is half-way between A (1, 2) and B (3, 4); the loop is dropped.
    assert_int_equal(network.nodes.count, 3);
    assert_near(network.sites[0].x, 2.0, 1e-3);
    assert_near(network.sites[0].y, 3.0, 1e-3);
    assert_int_equal(network.link_count, 3);
    assert_int_equal(network.links[2].node_a, 2);
    assert_int_equal(network.links[2].node_b, 1);
    assert_int_equal(network.counts.node_junction_count, 1);
    assert_int_equal(network.counts.link_loop_count, 1);
    network_data_free(&network);
}

static void test_gml_drops_nodes_without_coordinates_that_join_nothing(void **fixture)
{
    (void)fixture;
    network_data network = expect_network(
        "graph [ node [ id 0 label \"abroad\" ] node [ id 3 label \"beyond\" ]\n" NODE(1, "A", 1, 2)
            NODE(2, "B", 3, 4) "edge [ source 2 target 1 ] edge [ source 1 target 0 ]\n"
                               "edge [ source 0 target 3 ] ]");
    assert_int_equal(network.nodes.count, 2);
    assert_int_equal(network.link_count, 1);
    assert_int_equal(network.counts.node_dropped_count, 2);
    assert_int_equal(network.counts.link_dropped_count, 2);
    network_data_free(&network);
}

static void test_gml_makes_labels_unique(void **fixture)
{
    (void)fixture;
    network_data network = expect_network("graph [\n" NODE(0, "P", 1, 1) NODE(1, "P#2", 1, 1) NODE(
        2, "P", 1, 1) NODE(3, "P", 1, 1) "node [ id 4 Longitude 1 Latitude 1 ] node [ id 5 label "
                                         "\"\" Longitude 1 Latitude 1 ] ]");
    // P#2 is taken when the second P comes.
    static const char *const expected[] = {"P", "P#2", "P#3", "P#4", "node4", "node5"};
    assert_int_equal(network.nodes.count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(names_at(&network.nodes, i), expected[i]);
    }
    network_data_free(&network);
}

static void test_gml_refuses_mistakes_by_line(void **fixture)
{
    (void)fixture;
    expect_message("", DCAT_ERR_FORMAT,
                   "n.gml: must have a graph with at least one node that has a Longitude and a "
                   "Latitude");
    expect_message("graph [\n" NODE(0, "A", 1, 1) "node [ id 0 ]\n]", DCAT_ERR_FIELD,
                   "n.gml:3: id: must be unique, got 0");
    expect_message("graph [\n node [ label \"x\" ]\n]", DCAT_ERR_FIELD,
                   "n.gml:2: node: must have an id");
    expect_message("graph [\n\n" NODE(0, "A", 181, 1) "]", DCAT_ERR_RANGE,
                   "n.gml:3: Longitude: must be in [-180, 180], got 181");
    expect_message("graph [\n" NODE(0, "A", 1, "1 N") "]", DCAT_ERR_FORMAT,
                   "n.gml:2: Latitude: must be a number, got 1 N");
    expect_message("graph [\n" NODE(0, "A", 1, 1e999) "]", DCAT_ERR_FORMAT,
                   "n.gml:2: Latitude: must be a finite number, got 1e999");
    expect_message("graph [\n" NODE(0, "A", 1, 1) "edge [ source 0\n target 7 ]\n]",
                   DCAT_ERR_REFERENCE, "n.gml:3: target: must be the id of a node, got 7");
    expect_message("graph [\n" NODE(0, "A", 1, 1) "edge [ source 0 ]\n]", DCAT_ERR_FIELD,
                   "n.gml:3: edge: must have a source and a target");
    expect_message("graph [\n" NODE(0, "A", 1, 1) "edge [ source 0 target 0 LinkSpeedRaw -1 ]\n]",
                   DCAT_ERR_RANGE, "n.gml:3: LinkSpeedRaw: must be >= 0, got -1");
    expect_message("graph [ ]\ngraph [ ]", DCAT_ERR_FORMAT, "n.gml:2: graph: must stand once");
    expect_message("graph [\n node [ id 0 label \"A\n", DCAT_ERR_FORMAT,
                   "n.gml:2: string has no end, got A?");
    expect_message("graph [\n node [ id 0\n", DCAT_ERR_FORMAT,
                   "n.gml:3: the file ends inside a list");
    expect_message("graph [ ] ]", DCAT_ERR_FORMAT, "n.gml:1: closes a list that was not opened");
    expect_message("graph [\n id ]", DCAT_ERR_FORMAT,
                   "n.gml:2: id: must have a value, got nothing");
    expect_message("graph [\n 7 8 ]", DCAT_ERR_FORMAT, "n.gml:2: must be a key, got 7");
    char deep[400] = "";
    for (int i = 0; i < 60; i++) {
        strcat(deep, "a [ ");
    }
    expect_message(deep, DCAT_ERR_FORMAT, "n.gml:1: lists are nested too deeply");
}

static void test_gml_network_makes_a_scenario(void **fixture)
{
    (void)fixture;
    folder_write("net.gml", "graph [\n" NODE(0, "A", 10, 50) NODE(1, "B", 11, 50)
                                NODE(2, "C", 12, 50) "edge [ source 0 target 1 ]\n]");
    folder_write("servers.csv", "name,node,speed_ghz,cores\ns,A,250,100\n");
    folder_write("demand.csv", "day,hour,B\n1,0,1\n101,0,1\n");
    folder_write("scenario.yaml",
                 "schema: 1\nname: g\ngeometry: geo\nservers: {file: servers.csv}\n"
                 "network: {graph: {gml_file: net.gml}}\n"
                 "demand: {profile_file: demand.csv}\n");
    dcat_scenario *scenario = expect_scenario("scenario.yaml", NULL);
    assert_string_equal(dcat_scenario_node_name(scenario, 2), "C");
    assert_string_equal(dcat_scenario_area_name(scenario, 0), "B");
    assert_null(dcat_scenario_note(scenario, 0));
    dcat_scenario_destroy(scenario);
    // The same in Latin-1, with a node that joins nothing: said in notes.
    folder_write("net.gml",
                 "graph [\n" NODE(0, "A", 10, 50) NODE(1, "B", 11, 50)
                     NODE(2, "K\xf6ln", 12, 50) "node [ id 3 ] edge [ source 0 target 1 ]\n]");
    scenario = expect_scenario("scenario.yaml", NULL);
    assert_string_equal(dcat_scenario_node_name(scenario, 2), "Köln");
    assert_non_null(strstr(dcat_scenario_note(scenario, 0), "net.gml: 1 lines are not UTF-8"));
    assert_non_null(strstr(dcat_scenario_note(scenario, 1), "1 nodes without coordinates"));
    dcat_scenario_destroy(scenario);
    folder_write("net.gml", "graph [\n" NODE(0, "A", 10, 50) NODE(1, "B", 11, 50)
                                NODE(2, "C", 12, 50) "edge [ source 0 target 1 ]\n]");
    // C is joined to nothing.
    folder_write("demand.csv", "day,hour,C\n1,0,1\n101,0,1\n");
    expect_error(NULL, DCAT_ERR_REFERENCE,
                 "net.gml: no path joins area C (node C) and server s (node A)");
}

// 42 nodes and 66 links; 4 international ones have no coordinates.
static void test_gml_reads_chinanet(void **fixture)
{
    (void)fixture;
    file_source folder_of = {.folder = DCAT_SOURCE_DIR "/../shared/data/topology"};
    input in;
    dcat_error err = {0};
    if (source_open(&folder_of, "Chinanet.gml", &in, &err) != DCAT_OK) {
        print_message("skipped: %s\n", err.message);
        skip();
    }
    network_data network = {0};
    assert_int_equal(network_read_gml(&in, &network, &err), DCAT_OK);
    assert_int_equal(network.nodes.count, 38);
    assert_int_equal(network.link_count, 62); // 4 of the 66 lead abroad
    assert_true(names_find(&network.nodes, "Xi'an", 5) != NAMES_NONE);
    assert_int_equal(names_find(&network.nodes, "Lhasa", 5), 0);
    int32_t *group;
    assert_int_equal(network_groups(&network, &group, &err), DCAT_OK);
    for (size_t i = 0; i < network.nodes.count; i++) {
        assert_int_equal(group[i], 0); // all of China is connected without them
    }
    free(group);
    network_data_free(&network);
    input_close(&in, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gml_reads_nodes_and_edges),
        cmocka_unit_test(test_gml_keeps_nodes_without_coordinates_that_join_others),
        cmocka_unit_test(test_gml_drops_nodes_without_coordinates_that_join_nothing),
        cmocka_unit_test(test_gml_makes_labels_unique),
        cmocka_unit_test(test_gml_refuses_mistakes_by_line),
        cmocka_unit_test(test_gml_network_makes_a_scenario),
        cmocka_unit_test(test_gml_reads_chinanet),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
