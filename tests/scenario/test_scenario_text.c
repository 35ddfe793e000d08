// SPDX-License-Identifier: Apache-2.0
// A scenario's text and overrides, without the files it names: what is refused, with which message,
// and what comes out of defaults and overrides.

#include "support.h"

#include "scenario/object.h"
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static tree defaults;

static int load_defaults(void **fixture)
{
    (void)fixture;
    dcat_error err = {0};
    if (scenario_defaults(&defaults, &err) != DCAT_OK) {
        print_error("%s\n", err.message);
        return -1;
    }
    return 0;
}

static int free_defaults(void **fixture)
{
    (void)fixture;
    tree_free(&defaults);
    return 0;
}

#define GOOD                                                                                       \
    "schema: 1\n"                                                                                  \
    "name: test\n"                                                                                 \
    "servers: {file: servers.csv}\n"                                                               \
    "areas: {file: areas.csv}\n"                                                                   \
    "demand: {profile_file: demand.csv}\n"

static scenario_values *load_values(const char *text, const char *const *overrides, size_t count)
{
    scenario_document document;
    dcat_error err = {0};
    if (scenario_document_load("s.yaml", text, strlen(text), overrides, count, &defaults, &document,
                               &err) != DCAT_OK) {
        fail_msg("does not load: %s", err.message);
    }
    scenario_values *values = NULL;
    assert_int_equal(scenario_values_load(&document, &values, &err), DCAT_OK);
    scenario_document_free(&document);
    return values;
}

static void expect_message_of(const char *text, size_t size, const char *set, dcat_status status,
                              const char *message)
{
    scenario_document document;
    dcat_error err = {0};
    dcat_status got = scenario_document_load("s.yaml", text, size, &set, set == NULL ? 0 : 1,
                                             &defaults, &document, &err);
    if (got == DCAT_OK) {
        scenario_document_free(&document);
        fail_msg("loads, yet it should say: %s", message);
    }
    assert_string_equal(err.message, message);
    assert_int_equal(got, status);
    assert_int_equal(err.status, status);
}

static void expect_message(const char *text, dcat_status status, const char *message)
{
    expect_message_of(text, strlen(text), NULL, status, message);
}

static void expect_set_message(const char *set, dcat_status status, const char *message)
{
    expect_message_of(GOOD, strlen(GOOD), set, status, message);
}

// --- Keys

static void test_scenario_refuses_an_unknown_key_and_suggests_one(void **fixture)
{
    (void)fixture;
    expect_message(GOOD "market:\n  urgency_s: 2\n  price_per_gigacyle: 3\n", DCAT_ERR_FIELD,
                   "s.yaml:8: market.price_per_gigacyle: unknown key; did you mean "
                   "market.price_per_gigacycle?");
    // In the wrong place.
    expect_message(GOOD "span_max_km: 100\n", DCAT_ERR_FIELD,
                   "s.yaml:6: span_max_km: unknown key; did you mean clustering.span_max_km?");
    // Nothing like it: what there is.
    expect_message(
        GOOD "time:\n  zzzzzz: 100\n", DCAT_ERR_FIELD,
        "s.yaml:7: time.zzzzzz: unknown key; there are slot_s, start_s, slots_per_cycle, "
        "cycles_per_day, train_days, validate_days, test_days");
    expect_message(GOOD "time.slot_s: 1\n", DCAT_ERR_FIELD,
                   "s.yaml:6: time.slot_s: unknown key; there are schema, name, title, geometry, "
                   "time, servers, areas, network, demand, market, resources, auction, clustering");
}

static void test_scenario_refuses_a_duplicate_key(void **fixture)
{
    (void)fixture;
    expect_message(GOOD "name: again\n", DCAT_ERR_FIELD,
                   "s.yaml:6: name: duplicate key; it is in line 2 already");
    expect_message(GOOD "market:\n  urgency_s: 2\n  time_cost_per_s: 1\n  urgency_s: 2\n",
                   DCAT_ERR_FIELD,
                   "s.yaml:9: market.urgency_s: duplicate key; it is in line 7 already");
}

static void test_scenario_names_what_is_missing(void **fixture)
{
    (void)fixture;
    expect_message("name: test\n", DCAT_ERR_FIELD, "s.yaml: schema: must be given");
    expect_message("schema: 1\n", DCAT_ERR_FIELD, "s.yaml: name: must be given");
    expect_message("schema: 1\nname: x\n", DCAT_ERR_FIELD,
                   "s.yaml: servers.file or servers.random: must be given");
    expect_message("schema: 1\nname: x\nservers: {random: {}}\n", DCAT_ERR_FIELD,
                   "s.yaml: demand.profile_file or demand.tasks_file: must be given");
    expect_message("schema: 1\nname: x\nservers: {random: {}}\ndemand: {tasks_file: t.csv}\n",
                   DCAT_ERR_FIELD, "s.yaml: areas.file or areas.random: must be given");
    expect_message(GOOD "network: {graph: {nodes_file: n.csv}}\n", DCAT_ERR_FIELD,
                   "s.yaml: network.graph.links_file: must be given");
    expect_message(GOOD "network: {kind: graph}\n", DCAT_ERR_FIELD,
                   "s.yaml: network.graph.nodes_file or network.graph.gml_file: must be given");
}

static void test_scenario_takes_one_of_two_alternatives(void **fixture)
{
    (void)fixture;
    expect_message("schema: 1\nname: x\nservers:\n  random: {}\n  file: s.csv\n", DCAT_ERR_FIELD,
                   "s.yaml:5: servers.file: cannot stand beside servers.random");
    expect_message(GOOD "network: {graph: {gml_file: a, links_file: b}}\n", DCAT_ERR_FIELD,
                   "s.yaml:6: network.graph.links_file: cannot stand beside "
                   "network.graph.gml_file");
    // What a demand profile draws is a column of given tasks.
    expect_message("schema: 1\nname: x\nservers: {file: s}\nareas: {file: a}\n"
                   "demand:\n  tasks_file: t.csv\n  deadline_s: 3\n",
                   DCAT_ERR_FIELD,
                   "s.yaml:7: demand.deadline_s: cannot stand beside demand.tasks_file");
}

// --- Values

static void test_scenario_refuses_values_of_the_wrong_type(void **fixture)
{
    (void)fixture;
    expect_message(GOOD "market: {urgency_s: soon}\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: market.urgency_s: must be a number, got soon");
    expect_message(GOOD "market: {urgency_s: '2'}\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: market.urgency_s: must be a number without quotes, got \"2\"");
    expect_message(GOOD "market: {urgency_s: }\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: market.urgency_s: must be a number, got nothing");
    expect_message(GOOD "market: {urgency_s: [2]}\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: market.urgency_s: must be a number, got a list");
    expect_message(GOOD "market: 3\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: market: must be a mapping of keys, got 3");
    expect_message(GOOD "market:\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: market: must be a mapping of keys, got nothing");
    expect_message("- schema\n", DCAT_ERR_FORMAT,
                   "s.yaml:1: must be a mapping of keys, got a list");
    expect_message(GOOD "time: {slots_per_cycle: 2.5}\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: time.slots_per_cycle: must be a whole number, got 2.5");
    expect_message(GOOD "time: {slots_per_cycle: 0x10}\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: time.slots_per_cycle: must be a whole number, got 0x10");
    expect_message(GOOD "network: {link_mbps: [1, 2, 3]}\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: network.link_mbps: must be [min, max] or one number, got a list");
    expect_message(GOOD "network: {link_mbps: [[1], 2]}\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: network.link_mbps: must be a number, got a list");
    expect_message(GOOD "title: [a]\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: title: must be text, got a list");
    expect_message(GOOD "title: \"a\\nb\"\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: title: must be one line of text, got \"a?b\"");
    expect_message("schema: 1\nname: a b\n", DCAT_ERR_FORMAT,
                   "s.yaml:2: name: must be 1 to 64 letters, digits, - or _, got \"a b\"");
    expect_message("schema: 1\nservers: {file: ''}\n", DCAT_ERR_FORMAT,
                   "s.yaml:2: servers.file: must be the name of a file, got \"\"");
}

static void test_scenario_refuses_values_out_of_range(void **fixture)
{
    (void)fixture;
    expect_message(GOOD "market:\n  price_per_gigacycle: -3\n", DCAT_ERR_RANGE,
                   "s.yaml:7: market.price_per_gigacycle: must be > 0, got -3");
    expect_message(GOOD "market:\n  price_per_gigacycle: 1e200\n", DCAT_ERR_RANGE,
                   "s.yaml:7: market.price_per_gigacycle: must be <= 1e+15, got 1e200");
    expect_message(GOOD "auction: {rea: {decrement: 1}}\n", DCAT_ERR_RANGE,
                   "s.yaml:6: auction.rea.decrement: must be in [0.01, 0.9999], got 1");
    expect_message(GOOD "auction: {rea: {round_max: 0}}\n", DCAT_ERR_RANGE,
                   "s.yaml:6: auction.rea.round_max: must be >= 1 or unlimited, got 0");
    expect_message(GOOD "network:\n  link_mbps: [500, 100]\n", DCAT_ERR_RANGE,
                   "s.yaml:7: network.link_mbps: must not begin above its end, got [500, 100]");
    expect_message(GOOD "network:\n  link_mbps: [1500.5, 20]\n", DCAT_ERR_RANGE,
                   "s.yaml:7: network.link_mbps: must not begin above its end, got [1500.5, 20]");
    expect_message(GOOD "time: {train_days: [40, 7]}\n", DCAT_ERR_RANGE,
                   "s.yaml:6: time.train_days: must not begin above its end, got [40, 7]");
    expect_message(GOOD "geometry: sphere\n", DCAT_ERR_RANGE,
                   "s.yaml:6: geometry: must be plane or geo, got sphere");
    expect_message("schema: 3\n", DCAT_ERR_RANGE, "s.yaml:1: schema: must be in [1, 2], got 3");
}

static void test_scenario_refuses_numbers_that_are_not_finite(void **fixture)
{
    (void)fixture;
    static const char *const words[] = {"nan", ".nan", "inf", "-.inf", "1e999", "-1e999", "NaN"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char text[400];
        char message[200];
        snprintf(text, sizeof text, GOOD "market: {urgency_s: %s}\n", words[i]);
        snprintf(message, sizeof message,
                 "s.yaml:6: market.urgency_s: must be a finite number, got %s", words[i]);
        expect_message(text, DCAT_ERR_FORMAT, message);
    }
}

// --- Text that is no scenario

static void test_scenario_refuses_what_is_no_single_document(void **fixture)
{
    (void)fixture;
    expect_message("", DCAT_ERR_FORMAT, "s.yaml: is empty; a scenario begins with schema: 2");
    expect_message("# only a remark\n", DCAT_ERR_FORMAT,
                   "s.yaml: is empty; a scenario begins with schema: 2");
    expect_message(GOOD "---\nschema: 1\n", DCAT_ERR_FORMAT,
                   "s.yaml:6: a second document starts here; there must be one");
    expect_message("schema: &x 1\n", DCAT_ERR_FORMAT,
                   "s.yaml:1: anchors, aliases and tags are not used here");
    expect_message("schema: 1\nname: *x\n", DCAT_ERR_FORMAT,
                   "s.yaml:2: anchors, aliases and tags are not used here");
    expect_message("schema: !!int 1\n", DCAT_ERR_FORMAT,
                   "s.yaml:1: anchors, aliases and tags are not used here");
    expect_message("? [a]\n: 1\n", DCAT_ERR_FORMAT, "s.yaml:1: a key must be a plain word");
    expect_message(
        "schema: 1\ntime:\n\tslot_s: 1\n", DCAT_ERR_FORMAT,
        "s.yaml:3: not YAML: found character that cannot start any token, while scanning "
        "for the next token (tabs cannot indent YAML)");
    expect_message("schema: 1\nname: M\xfcnchen\n", DCAT_ERR_FORMAT,
                   "s.yaml:2: must be UTF-8 text, got byte 0xfc");
    expect_message_of("schema: 1\nname: \"a\\0b\"\n", 23, NULL, DCAT_ERR_FORMAT,
                      "s.yaml:2: a zero byte cannot stand in a value");
}

// A billion laughs, brackets without end and very long files must end quickly and cleanly.
static void test_scenario_refuses_hostile_text(void **fixture)
{
    (void)fixture;
    static char deep[200001];
    memset(deep, '[', sizeof deep - 1);
    expect_message(deep, DCAT_ERR_FORMAT, "s.yaml:1: nested too deeply");
    static char huge[TREE_BYTES_MAX + 2];
    memset(huge, ' ', sizeof huge - 1);
    expect_message(huge, DCAT_ERR_RANGE, "s.yaml:1: must be at most 262144 bytes long");
    char many[20001] = "schema: [";
    while (strlen(many) < sizeof many - 3) {
        strcat(many, "1,");
    }
    expect_message(many, DCAT_ERR_RANGE, "s.yaml:1: too many values");
}

static void test_scenario_accepts_a_byte_order_mark_and_crlf(void **fixture)
{
    (void)fixture;
    scenario_values *values = load_values("\xef\xbb\xbfschema: 1\r\nname: test\r\nservers:\r\n"
                                          "  random: {}\r\nareas: {random: {}}\r\n"
                                          "demand: {profile_file: d.csv}\r\n",
                                          NULL, 0);
    assert_string_equal(values->name, "test");
    assert_int_equal(values->servers.random.count, 40);
    scenario_values_free(values);
}

// --- Defaults and overrides

static void test_scenario_takes_table_one_where_the_user_is_silent(void **fixture)
{
    (void)fixture;
    scenario_values *v = load_values(GOOD, NULL, 0);
    assert_near(v->market.price_per_gigacycle, 10.0, 0.0);
    assert_near(v->market.energy_cost_per_cycle_hz2, 1e-28, 0.0);
    assert_near(v->auction.rea.decrement, 0.8, 0.0);
    assert_int_equal(v->auction.rea.round_max, 10);
    assert_int_equal(v->auction.rea.round_end, DCAT_END_LOTTERY);
    assert_near(v->network.link_mbps[1], 500.0, 0.0);
    assert_int_equal(v->network.kind, DCAT_NETWORK_HOPS);
    assert_int_equal(v->time.test_days[0], 101);
    assert_true(isinf(v->demand.value_per_gigacycle[0]));
    assert_near(v->market.ceiling_per_gigacycle, 1.8, 0.0);
    // The defaults of random servers do not make a scenario with a file a random one.
    assert_int_equal(v->servers.random.count, 0);
    assert_string_equal(v->servers.file, "servers.csv");
    scenario_values_free(v);
}

static void test_scenario_values_arrive_as_written(void **fixture)
{
    (void)fixture;
    scenario_values *v =
        load_values(GOOD "title: 'a \"b\" \\ c'\nmarket: {price_per_gigacycle: 0.1, "
                         "ceiling_per_gigacycle: none, task_order: urgency, share: tariff, "
                         "tariff_ceiling: 1.25, opt_out: true}\n"
                         "auction: {rea: {round_max: unlimited, all_left: lottery}}\n"
                         "network: {link_mbps: 250, graph: {gml_file: net.gml}}\n"
                         "geometry: geo\ntime: {train_days: 3}\n",
                    NULL, 0);
    assert_string_equal(v->title, "a \"b\" \\ c");
    assert_true(v->market.price_per_gigacycle == 0.1);
    assert_true(isinf(v->market.ceiling_per_gigacycle));
    assert_int_equal(v->market.task_order, DCAT_ORDER_URGENCY);
    assert_string_equal(v->market.share, "tariff");
    assert_true(v->market.tariff_ceiling == 1.25);
    assert_int_equal(v->market.opt_out, 1);
    assert_int_equal(v->auction.rea.round_max, DCAT_ROUND_UNLIMITED);
    assert_int_equal(v->auction.rea.all_left, DCAT_END_LOTTERY);
    assert_near(v->network.link_mbps[0], 250.0, 0.0);
    assert_near(v->network.link_mbps[1], 250.0, 0.0);
    assert_int_equal(v->network.kind, DCAT_NETWORK_GRAPH); // because there is one
    assert_int_equal(v->geometry, DCAT_GEO);
    assert_int_equal(v->time.train_days[1], 3);
    scenario_values_free(v);
}

static void test_scenario_overrides_apply_in_order(void **fixture)
{
    (void)fixture;
    const char *const sets[] = {
        "market.price_per_gigacycle=11", "market.price_per_gigacycle=12",
        "demand.deadline_s=[1, 4]",      "title=x: y is \"quoted\"",
        "servers.random.count=7",        "network={link_mbps: 9, hops: {hop_km: 5}}",
    };
    // An unquoted value with ": " in it is a mapping to YAML; the message says so.
    dcat_error err = {0};
    scenario_document document;
    assert_int_equal(
        scenario_document_load("s.yaml", GOOD, strlen(GOOD), sets, 4, &defaults, &document, &err),
        DCAT_ERR_FORMAT);
    assert_string_equal(err.message, "--set title=x: y is \"quoted\": must be text, got a mapping");
    const char *const good[] = {sets[0], sets[1], sets[2], sets[4], sets[5]};
    scenario_values *v = load_values(GOOD, good, 5);
    assert_near(v->market.price_per_gigacycle, 12.0, 0.0);
    assert_near(v->demand.deadline_s[1], 4.0, 0.0);
    // Choosing random servers takes the file out and brings the other defaults of random ones.
    assert_null(v->servers.file);
    assert_int_equal(v->servers.random.count, 7);
    assert_int_equal(v->servers.random.cores, 100);
    assert_near(v->network.link_mbps[0], 9.0, 0.0);
    assert_near(v->network.hops.hop_km, 5.0, 0.0);
    assert_int_equal(v->network.hops.hop_max, 24); // replaced sections get their defaults again
    scenario_values_free(v);
}

static void test_scenario_override_of_tasks_replaces_the_profile(void **fixture)
{
    (void)fixture;
    const char *const sets[] = {"demand.tasks_file=t.csv"};
    scenario_values *v = load_values(GOOD "title: t\n", sets, 1);
    assert_null(v->demand.profile_file);
    assert_string_equal(v->demand.tasks_file, "t.csv");
    scenario_values_free(v);
}

static void test_scenario_refuses_wrong_overrides(void **fixture)
{
    (void)fixture;
    expect_set_message("market.pricee=3", DCAT_ERR_FIELD,
                       "--set market.pricee=3: unknown key; did you mean "
                       "market.price_per_gigacycle?");
    expect_set_message("markt.urgency_s=3", DCAT_ERR_FIELD,
                       "--set markt.urgency_s=3: unknown key; did you mean market.urgency_s?");
    expect_set_message("market.price_per_gigacycle=-3", DCAT_ERR_RANGE,
                       "--set market.price_per_gigacycle=-3: must be > 0, got -3");
    expect_set_message("market={price_per_gigacycle: -3}", DCAT_ERR_RANGE,
                       "--set market={price_per_gigacycle: -3}: market.price_per_gigacycle: must "
                       "be > 0, got -3");
    expect_set_message("market={urgency_s: 1, urgency_s: 2}", DCAT_ERR_FIELD,
                       "--set market={urgency_s: 1, urgency_s: 2}: market.urgency_s: duplicate "
                       "key; it is in line 1 already");
    expect_set_message("market.urgency_s", DCAT_ERR_FORMAT,
                       "--set market.urgency_s: must be key.path=value");
    expect_set_message("=3", DCAT_ERR_FIELD, "--set =3: unknown key");
    expect_set_message("market.urgency_s=", DCAT_ERR_FORMAT,
                       "--set market.urgency_s=: must be a number, got nothing");
    expect_set_message("market.urgency_s=[", DCAT_ERR_FORMAT,
                       "--set market.urgency_s=[: not YAML: did not find expected node content, "
                       "while parsing a flow node");
    expect_set_message("schema=3", DCAT_ERR_RANGE, "--set schema=3: must be in [1, 2], got 3");
    // The file is checked as it stands, even where an override would replace the mistake.
    expect_message_of("schema: 9\n", 10, "schema=1", DCAT_ERR_RANGE,
                      "s.yaml:1: schema: must be in [1, 2], got 9");
}

// --- Writing

static char *write_text(const scenario_document *document)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_int_equal(scenario_document_write(document, NULL, file, NULL), DCAT_OK);
    fclose(file);
    return text;
}

static void test_scenario_written_loads_again_to_the_same(void **fixture)
{
    (void)fixture;
    const char *text = GOOD "title: \"\\\"q\\\" \\\\ é\"\nauction: {rea: {round_max: unlimited}}\n"
                            "network: {link_mbps: 1.0e2}\n";
    scenario_document first;
    scenario_document second;
    dcat_error err = {0};
    assert_int_equal(
        scenario_document_load("s.yaml", text, strlen(text), NULL, 0, &defaults, &first, &err),
        DCAT_OK);
    char *once = write_text(&first);
    assert_int_equal(
        scenario_document_load("s.yaml", once, strlen(once), NULL, 0, &defaults, &second, &err),
        DCAT_OK);
    char *twice = write_text(&second);
    assert_string_equal(once, twice);
    assert_non_null(strstr(once, "title: \"\\\"q\\\" \\\\ é\"\n"));
    assert_non_null(strstr(once, "    round_max: unlimited\n"));
    assert_non_null(strstr(once, "  link_mbps: 1.0e2\n"));
    free(once);
    free(twice);
    scenario_document_free(&first);
    scenario_document_free(&second);
}

static void test_scenario_does_not_depend_on_the_locale(void **fixture)
{
    (void)fixture;
    // Where no locale with a decimal comma is installed this only repeats the test above.
    locale_t comma = newlocale(LC_ALL_MASK, "de_DE.UTF-8", (locale_t)0);
    locale_t before = comma == (locale_t)0 ? (locale_t)0 : uselocale(comma);
    double number = 0.0;
    assert_null(text_number("0.12345678901234567", 19, &number));
    assert_true(number == 0.12345678901234567);
    dcat_scenario *scenario = NULL;
    dcat_error err = {0};
    const char *set = "market.price_per_gigacycle=10.25";
    assert_int_equal(dcat_scenario_load("paper", &set, 1, &scenario, &err), DCAT_OK);
    dcat_world *world = NULL;
    assert_int_equal(dcat_scenario_world(scenario, 1, &world, &err), DCAT_OK);
    assert_true(dcat_world_config_view(world)->market.price_per_gigacycle == 10.25);
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
    if (comma != (locale_t)0) {
        uselocale(before);
        freelocale(comma);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenario_refuses_an_unknown_key_and_suggests_one),
        cmocka_unit_test(test_scenario_refuses_a_duplicate_key),
        cmocka_unit_test(test_scenario_names_what_is_missing),
        cmocka_unit_test(test_scenario_takes_one_of_two_alternatives),
        cmocka_unit_test(test_scenario_refuses_values_of_the_wrong_type),
        cmocka_unit_test(test_scenario_refuses_values_out_of_range),
        cmocka_unit_test(test_scenario_refuses_numbers_that_are_not_finite),
        cmocka_unit_test(test_scenario_refuses_what_is_no_single_document),
        cmocka_unit_test(test_scenario_refuses_hostile_text),
        cmocka_unit_test(test_scenario_accepts_a_byte_order_mark_and_crlf),
        cmocka_unit_test(test_scenario_takes_table_one_where_the_user_is_silent),
        cmocka_unit_test(test_scenario_values_arrive_as_written),
        cmocka_unit_test(test_scenario_overrides_apply_in_order),
        cmocka_unit_test(test_scenario_override_of_tasks_replaces_the_profile),
        cmocka_unit_test(test_scenario_refuses_wrong_overrides),
        cmocka_unit_test(test_scenario_written_loads_again_to_the_same),
        cmocka_unit_test(test_scenario_does_not_depend_on_the_locale),
    };
    return cmocka_run_group_tests(tests, load_defaults, free_defaults);
}
