// SPDX-License-Identifier: Apache-2.0
// The one table of keys against everything that must agree with it: the C values, the
// defaults, the reference page and the checks of the core.

#include "support.h"

#include "scenario/check.h"
#include "scenario/object.h"
#include <stdlib.h>
#include <string.h>

static tree defaults;

static int load_defaults(void **fixture)
{
    (void)fixture;
    return scenario_defaults(&defaults, NULL) == DCAT_OK ? 0 : -1;
}

static int free_defaults(void **fixture)
{
    (void)fixture;
    tree_free(&defaults);
    return 0;
}

// The table goes through the values in their order and leaves out nothing but padding.
static void test_scenario_keys_are_all_loaded(void **fixture)
{
    (void)fixture;
    static const size_t bytes[] = {
        [KEY_WHOLE] = sizeof(int64_t),    [KEY_NUMBER] = sizeof(double),
        [KEY_RANGE] = 2 * sizeof(double), [KEY_DAYS] = 2 * sizeof(int64_t),
        [KEY_CHOICE] = sizeof(int),       [KEY_NAME] = sizeof(char *),
        [KEY_TEXT] = sizeof(char *),      [KEY_FILE] = sizeof(char *),
        [KEY_MIX] = sizeof(void *),       [KEY_ROW] = sizeof(char *),
    };
    size_t end = 0;
    for (size_t i = 0; i < scenario_key_count; i++) {
        const scenario_key *key = &scenario_keys[i];
        if (key->offset < end || key->offset - end >= sizeof(int64_t)) {
            fail_msg("%s is stored at %zu, %zu is where it should be", key->path, key->offset, end);
        }
        end = key->offset + bytes[key->kind];
    }
    assert_true(sizeof(scenario_values) - end < sizeof(int64_t));
}

// A key without a default is required, or one of alternatives, or has a rule of its own.
static void test_scenario_keys_have_defaults(void **fixture)
{
    (void)fixture;
    static const char *const without[] = {
        "schema",
        "name",
        "time.start_s",
        "servers.file",
        "servers.random.devices",
        "resources.devices_file",
        "resources.classes_file",
        "resources.efficiency_file",
        "resources.units_file",
        "resources.class_mix_file",
        "areas.file",
        "network.kind",
        "network.graph.nodes_file",
        "demand.tasks_file",
        "network.graph.links_file",
        "demand.profile_file",
        "network.graph.gml_file",
        "market.price_per_hour",
        "market.ceiling_per_hour",
        "market.time_cost_per_hour",
        "market.hour_of",
        "market.hour_ghz",
        "clustering.span_max_ms",
        "network.latency_file",
        "resources.collapse",
        "servers.random.host_speed",
        "servers.random.device_cost_noise",
    };
    for (size_t i = 0; i < scenario_key_count; i++) {
        const char *path = scenario_keys[i].path;
        bool expected = true;
        for (size_t j = 0; j < sizeof without / sizeof *without; j++) {
            expected = expected && strcmp(path, without[j]) != 0;
        }
        if ((tree_find(&defaults, path) != NULL) != expected) {
            fail_msg("%s %s a default", path, expected ? "lacks" : "should not have");
        }
    }
}

static void describe_default(const char *path, char *text, size_t text_bytes)
{
    const tree_node *node = tree_find(&defaults, path);
    if (node == NULL) {
        text[0] = '\0';
    } else if (node->kind == TREE_SEQUENCE) {
        snprintf(text, text_bytes, "`[%s, %s]`", node->child->text, node->child->next->text);
    } else {
        snprintf(text, text_bytes, "`%s`", node->length == 0 ? "\"\"" : node->text);
    }
}

static void describe_key(const scenario_key *key, char *row, size_t row_bytes)
{
    key_text type;
    key_text range;
    char value[100];
    describe_default(key->path, value, sizeof value);
    snprintf(row, row_bytes, "| `%s` | %s | %s | %s | %s | %s |\n", key->path,
             scenario_key_type(&type, key), key->unit, scenario_key_range(&range, key), value,
             key->meaning);
}

static char *read_page(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s is missing", path);
    }
    static char page[100000];
    size_t size = fread(page, 1, sizeof page - 1, file);
    page[size] = '\0';
    fclose(file);
    return page;
}

// The rows of docs/scenario.md are those of the table, word for word. With DCAT_PRINT_KEYS set, the
// test prints them instead, to be pasted.
static void test_scenario_page_has_every_key(void **fixture)
{
    (void)fixture;
    bool print = getenv("DCAT_PRINT_KEYS") != NULL;
    const char *page = print ? "" : read_page(DCAT_SOURCE_DIR "/docs/scenario.md");
    for (size_t i = 0; i < scenario_key_count; i++) {
        char row[600];
        describe_key(&scenario_keys[i], row, sizeof row);
        if (print) {
            fputs(row, stdout);
        } else if (strstr(page, row) == NULL) {
            fail_msg("docs/scenario.md lacks this row:\n%s", row);
        }
    }
    size_t row_count = 0;
    for (const char *at = strstr(page, "\n| `"); at != NULL; at = strstr(at + 1, "\n| `")) {
        row_count++;
    }
    assert_int_equal(row_count, print ? 0 : scenario_key_count);
}

// --- The core's own checks

#define RANDOM_SCENARIO                                                                            \
    "schema: 1\nname: t\nservers: {random: {}}\nareas: {random: {}}\n"                             \
    "demand: {profile_file: d.csv}\n"

// The world's configuration under one override.
static dcat_status core_verdict(const char *set, dcat_error *err)
{
    dcat_scenario scenario = {0};
    dcat_status status = scenario_document_load("s.yaml", RANDOM_SCENARIO, strlen(RANDOM_SCENARIO),
                                                &set, 1, &defaults, &scenario.document, err);
    if (status != DCAT_OK) {
        return status;
    }
    assert_int_equal(scenario_values_load(&scenario.document, &scenario.values, err), DCAT_OK);
    assert_int_equal(scenario_load_share(&scenario, err), DCAT_OK);
    dcat_world_config config = scenario_world_config(&scenario);
    status = dcat_world_config_check(&config, err);
    scenario_values_free(scenario.values);
    scenario_document_free(&scenario.document);
    return status;
}

// What the table accepts, the core accepts: a message of the core could not name file and line.
static void test_scenario_bounds_are_no_wider_than_the_core(void **fixture)
{
    (void)fixture;
    for (size_t i = 0; i < scenario_key_count; i++) {
        const scenario_key *key = &scenario_keys[i];
        bool number = key->kind == KEY_NUMBER || key->kind == KEY_RANGE || key->kind == KEY_WHOLE;
        for (int end = 0; number && end < 2; end++) {
            double value = end == 0 ? key->bound.min : key->bound.max;
            bool open = end == 0 ? key->bound.min_open : key->bound.max_open;
            value = open ? (key->kind == KEY_WHOLE ? value + 1 : 1e-300) : value;
            char set[160];
            snprintf(set, sizeof set, key->kind == KEY_WHOLE ? "%s=%.0f" : "%s=%.17g", key->path,
                     value);
            dcat_error err = {0};
            if (core_verdict(set, &err) != DCAT_OK) {
                fail_msg("--set %s: %s", set, err.message);
            }
        }
    }
}

// Words that stand for rows of a table are their names.
static void test_scenario_shares_are_those_there_are(void **fixture)
{
    (void)fixture;
    const scenario_key *key = scenario_key_find("market.share");
    assert_int_equal(key->word_count, dcat_share_count());
    for (size_t i = 0; i < key->word_count; i++) {
        assert_string_equal(dcat_share_at((size_t)key->words[i].value)->name, key->words[i].word);
    }
}

// The page leaves limits of a million and more unsaid, so they stand here: keys with the same ones.
static void test_scenario_limits_that_are_left_unsaid(void **fixture)
{
    (void)fixture;
    static const struct {
        double limit;
        const char *keys;
    } expected[] = {
        {1e6,
         "time.slot_s time.slots_per_cycle time.cycles_per_day servers.random.side_km "
         "servers.random.cores areas.random.side_km network.hops.hop_km "
         "demand.arrivals_per_slot auction.rea.round_max clustering.span_max_km "
         "clustering.anneal.recluster_every clustering.anneal.temperature market.tariff_ceiling"},
        {1e8, "clustering.anneal.iteration_max"},
        {1e9, "servers.random.speed_ghz demand.deadline_s market.urgency_s market.hour_ghz"},
        {1e12, "network.link_mbps network.signal_speed_mps network.reference_data_mb "
               "network.access_mbps demand.work_gigacycles demand.data_mb"},
        {1e15, "demand.value_per_gigacycle market.price_per_gigacycle market.time_cost_per_s "
               "market.ceiling_per_gigacycle market.handicap_per_gigacycle_s "
               "market.admission_per_gigacycle market.admission_per_gigacycle_s time.start_s "
               "market.price_per_hour market.ceiling_per_hour market.time_cost_per_hour"}};
    size_t wrong = 0;
    for (size_t i = 0; i < scenario_key_count; i++) {
        const scenario_key *key = &scenario_keys[i];
        bool number = key->kind == KEY_NUMBER || key->kind == KEY_RANGE || key->kind == KEY_WHOLE;
        if (number && fabs(key->bound.max) >= 1e6) {
            bool found = false;
            for (size_t e = 0; e < sizeof expected / sizeof expected[0]; e++) {
                found = found || (expected[e].limit == key->bound.max &&
                                  strstr(expected[e].keys, key->path) != NULL);
            }
            wrong += !found;
            printf("%g %s%s\n", key->bound.max, key->path, found ? "" : ": differs");
        }
        assert_true(!number || key->bound.min > -1e6 || isinf(key->bound.min));
    }
    assert_int_equal(wrong, 0);
}

static void test_scenario_suggestions_stay_close(void **fixture)
{
    (void)fixture;
    assert_int_equal(text_distance("market", "market"), 0);
    assert_int_equal(text_distance("maket", "market"), 1);  // one added
    assert_int_equal(text_distance("marekt", "market"), 1); // one swap
    assert_int_equal(text_distance("morlet", "market"), 2); // two changed
    assert_true(text_is_close(2, "market"));
    assert_false(text_is_close(3, "market"));
    assert_false(text_is_close(text_distance("servers", "market"), "servers"));
    // Only a beginning: "price" is one away from every name that begins with it.
    assert_int_equal(text_unlikeness("price", "price_per_gigacycle"), 1);
    assert_int_equal(text_unlikeness("pricee", "price_per_gigacycle"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenario_keys_are_all_loaded),
        cmocka_unit_test(test_scenario_keys_have_defaults),
        cmocka_unit_test(test_scenario_page_has_every_key),
        cmocka_unit_test(test_scenario_bounds_are_no_wider_than_the_core),
        cmocka_unit_test(test_scenario_shares_are_those_there_are),
        cmocka_unit_test(test_scenario_limits_that_are_left_unsaid),
        cmocka_unit_test(test_scenario_suggestions_stay_close),
    };
    return cmocka_run_group_tests(tests, load_defaults, free_defaults);
}
