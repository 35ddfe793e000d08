// SPDX-License-Identifier: Apache-2.0
// exchange.yaml: what is understood, and that a wrong line is refused by its name and place.
#include "exchange/settings/settings.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/settings_XXXXXX";
static char path[64], areas[64];

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

#define MARKET                                                                                     \
    "schema: 2\nname: small\nareas: {file: areas.csv}\nmarket: {price_per_gigacycle: 7}\n"

static dcat_status load(const char *text, exchange_settings *s, dcat_error *err)
{
    write_file(path, text);
    return exchange_settings_load(path, s, err);
}

static void test_market_is_read_by_the_words_of_a_scenario(void **fixture)
{
    (void)fixture;
    exchange_settings s;
    assert_int_equal(load(MARKET "clustering: {span_max_km: 150}\n", &s, NULL), DCAT_OK);
    assert_string_equal(s.setup.name, "small");
    assert_int_equal(s.setup.config.area_count, 2);
    assert_string_equal(s.area_names[1], "north");
    assert_near(s.setup.areas[1].site.y, 30e3, 0);
    assert_near(s.setup.config.price_per_gigacycle, 7.0, 0);
    assert_near(s.setup.world.span_m_max, 150e3, 0);
    assert_near(s.setup.world.auction.rea_s_decrement, 0.99, 0); // a scenario's default
    assert_int_equal(s.setup.config.slot_ns, 1000000000);        // that of preset demo
    assert_int_equal(s.cycle_ns, 20 * s.setup.config.slot_ns);
    assert_false(s.admit_all);
    exchange_settings_free(&s);
}

static void test_own_sections_are_read_over_a_preset(void **fixture)
{
    (void)fixture;
    exchange_settings s;
    const char *text = MARKET "times: {dispute_s: 60, cycle_s: 5, preset: inference}\n"
                              "money: {commission_bp: 250, late: [[0, 100], [500, 10000]]}\n"
                              "limits: {tasks: 77, requests_per_s: 1000, queue: 9}\n"
                              "policy: linkage:rea\nlisten: '[::1]:9'\ndata: log\nadmit: auto\n"
                              "tls: {certificate: /c.pem, key: k.pem}\nlog: {level: warning}\n";
    assert_int_equal(load(text, &s, NULL), DCAT_OK);
    const exchange_config *c = &s.setup.config;
    assert_int_equal(c->slot_ns, 100000000);
    assert_int_equal(c->dispute_ns, 60000000000);
    assert_int_equal(s.cycle_ns, 5000000000);
    assert_int_equal(c->pricing, EXCHANGE_PASS_THROUGH);
    assert_int_equal(c->commission_bp, 250);
    assert_int_equal(c->rung_count, 2);
    assert_int_equal(c->late[1].over_bp, 500);
    assert_int_equal(c->late[1].credit_bp, 10000);
    assert_int_equal(c->task_max, 77);
    assert_near(s.requests_per_s, 1000.0, 0);
    assert_int_equal(s.queue_max, 9);
    assert_string_equal(s.policy, "linkage:rea");
    assert_string_equal(s.listen, "[::1]:9");
    assert_string_equal(s.certificate, "/c.pem");
    assert_int_equal(strncmp(s.key, folder, strlen(folder)), 0); // from the file's folder
    assert_true(s.admit_all && s.quiet);
    exchange_settings_free(&s);
}

static void test_money_has_caps_payouts_tax_and_a_name(void **fixture)
{
    (void)fixture;
    exchange_settings s;
    assert_int_equal(load(MARKET, &s, NULL), DCAT_OK);
    const exchange_config *c = &s.setup.config;
    assert_int_equal(c->spend_cap, 700000000 * DCAT_MONEY_UNIT); // 10^8 giga-cycles, by the price
    assert_int_equal(c->payout_ns, INT64_C(604800) * 1000000000);
    assert_true(c->payout_max == 1000 && s.tax_bp == 0 && s.minor_digits == -1);
    assert_string_equal(s.legal_name, "");
    exchange_settings_free(&s);
    const char *text = MARKET "money: {spend_cap_per_hour: 12.5, payout_every_s: 0, payout_min: 3,"
                              " tax_bp: 1900, minor_digits: 0}\n"
                              "legal: {name: Cities Ltd., tax_id: X1, address: 1 Road}\n"
                              "limits: {payouts: 5}\n";
    assert_int_equal(load(text, &s, NULL), DCAT_OK);
    assert_int_equal(c->spend_cap, 12500000);
    assert_true(c->payout_ns == 0 && c->payout_min == 3000000 && c->payout_max == 5);
    assert_true(s.tax_bp == 1900 && s.minor_digits == 0);
    assert_string_equal(s.legal_name, "Cities Ltd.");
    assert_string_equal(s.legal_tax_id, "X1");
    assert_string_equal(s.legal_address, "1 Road");
    exchange_settings_free(&s);
}

static void test_trust_says_what_servers_must_show_and_leave(void **fixture)
{
    (void)fixture;
    exchange_settings s;
    assert_int_equal(load(MARKET, &s, NULL), DCAT_OK);
    assert_false(s.setup.config.benchmark);
    assert_int_equal(s.setup.config.bond, 0);
    assert_int_equal(s.benchmark_age_ns, 86400 * INT64_C(1000000000));
    exchange_settings_free(&s);
    assert_int_equal(load(MARKET "trust:\n  benchmark: required\n  benchmark_age_s: 60\n"
                                 "  programs: {work: memory}\n  bond: 12.5\n  bond_s: 30\n"
                                 "  forfeit_bp: [0, 1000, 5000]\n",
                          &s, NULL),
                     DCAT_OK);
    assert_true(s.setup.config.benchmark);
    assert_int_equal(s.benchmark_age_ns, 60 * INT64_C(1000000000));
    assert_int_equal(s.memory_classes, 1);
    assert_int_equal(s.setup.config.bond, 12500000);
    assert_int_equal(s.setup.config.bond_ns, 30 * INT64_C(1000000000));
    assert_int_equal(s.setup.config.forfeit_bp[1], 1000);
    assert_int_equal(s.setup.config.forfeit_bp[2], 5000);
    exchange_settings_free(&s);
    // What is the standard may be said.
    assert_int_equal(load(MARKET "trust: {bond: 0, bond_s: 0, benchmark: off}\n", &s, NULL),
                     DCAT_OK);
    assert_int_equal(s.setup.config.bond_ns, 0);
    exchange_settings_free(&s);
}

#define CANARY "trust: {canary: {party: p, tasks: [{work_gigacycles: 1, deadline_s: 2, "

static void test_canaries_are_known_tasks(void **fixture)
{
    (void)fixture;
    exchange_settings s;
    assert_int_equal(load(MARKET, &s, NULL), DCAT_OK);
    assert_int_equal(s.setup.config.canary_ns, 0);
    assert_int_equal(s.canary_count, 0);
    exchange_settings_free(&s);
    assert_int_equal(
        load(MARKET
             "trust:\n  canary:\n    party: probes\n    tasks:\n"
             "      - {class: work, work_gigacycles: 2.5, data_megabits: 1.5, deadline_s: 3,\n"
             "         run: [sh, -c, 'echo \"1\"'], image: busybox, sha256: "
             "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}\n"
             "      - {work_gigacycles: 1, deadline_s: 2}\n",
             &s, NULL),
        DCAT_OK);
    assert_int_equal(s.setup.config.canary_ns, 86400 * INT64_C(1000000000));
    assert_string_equal(s.canary_party, "probes");
    assert_int_equal(s.canary_count, 2);
    const exchange_known_task *t = s.canaries;
    assert_true(t->work_cycles == 2500000000 && t->data_bits == 1500000 &&
                t->deadline_us == 3000000 && t->class_id == 0 && t->area == -1);
    assert_string_equal(t->payload,
                        "{\"image\":\"busybox\",\"run\":[\"sh\",\"-c\",\"echo \\\"1\\\"\"]}");
    assert_true(t->answer[0] == 0x01 && t->answer[31] == 0xef);
    assert_null(t[1].payload);
    assert_true(t[1].answer[0] == 0 && t[1].data_bits == 0);
    exchange_settings_free(&s);
    assert_int_equal(load(MARKET CANARY "}], every_s: 60}}\n", &s, NULL), DCAT_OK);
    assert_int_equal(s.setup.config.canary_ns, 60 * INT64_C(1000000000));
    exchange_settings_free(&s);
}

static void test_what_is_wrong_is_refused_by_name_and_place(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *line, *says;
    } rows[] = {
        {"servers: {random: {count: 3}}", "servers register themselves"},
        {"demand: {arrivals_per_slot: 3}", "tasks are submitted"},
        {"time: {slot_s: 1}", "has `times`"},
        {"network: {latency_file: x.csv}", "come and go"},
        {"network: {graph: {nodes_file: x, links_file: y}}", "network.graph.nodes_file"},
        {"resources: {classes_file: x.csv}", "resources.classes_file"},
        {"resources: {classes_file: x.csv, units_file: x.csv}", "registered with their servers"},
        {"resources: {classes_file: x.csv, class_mix_file: x.csv}", "tasks are submitted"},
        {"resources: {classes_file: x.csv, collapse: worst}", "knows its devices"},
        {"listn: x", ":5: listn: unknown key; did you mean listen?"},
        {"legl: {name: x}", ":5: legl: unknown key; did you mean legal?"},
        {"brokers: x", "auction, clustering, policy, listen, data, currency"},
        {"currency: EURO",
         ":5: currency: must be three letters of ISO 4217, such as EUR, got EURO"},
        {"currency: eur", ":5: currency: must be three letters"},
        {"trust: on", ":5: trust: must be a section of keys"},
        {"trust: {honest: yes}", ":5: trust.honest: unknown key"},
        {"trust: {benchmark: yes}", ":5: trust.benchmark: must be off or required, got yes"},
        {"trust: {benchmark: off, benchmark: off}", ":5: trust"},
        {"trust: {benchmark_age_s: 0}", ":5: trust.benchmark_age_s: must be a number in"},
        {"trust: {benchmark_age_s: [1]}", ":5: trust.benchmark_age_s: must be one value"},
        {"trust: {programs: memory}", ":5: trust.programs: must have compute or memory"},
        {"trust: {programs: {work: gpu}}", ":5: trust.programs: must be compute or memory for"},
        {"trust: {programs: {gpu: memory}}", "trust.programs: there is no class gpu"},
        {"trust: {bond: -1}", ":5: trust.bond: must be a number in [0, 1000000000], got -1"},
        {"trust: {bond_s: x}", ":5: trust.bond_s: must be a number in [0, 300000000], got x"},
        {"trust: {bond_s: -1}", ":5: trust.bond_s: must be a number in [0, 300000000], got -1"},
        {"trust: {forfeit_bp: [0, 1, x]}", ":5: trust.forfeit_bp: must be a list of 3"},
        {"trust: {forfeit_bp: [0, 1, 2, 3]}", ":5: trust.forfeit_bp: must be a list of 3"},
        {"trust: {late: [[0, 10000]]}", ":5: trust.late: unknown key"},
        {"trust: {forfeit_bp: [0, 1]}", ":5: trust.forfeit_bp: must be a list of 3"},
        {"trust: {forfeit_bp: [0, 1, 10001]}", ":5: trust.forfeit_bp: must be a list of 3"},
        {"trust: {forfeit_bp: [0, 1.5, 2]}", ":5: trust.forfeit_bp: must be a list of 3"},
        {"trust: {forfeit_bp: 7}", ":5: trust.forfeit_bp: must be a list of 3"},
        {"trust: {canary: on}", ":5: trust.canary: must be a section of keys"},
        {"trust: {canary: {}}", ":5: trust.canary: must have the name of a user in party"},
        {"trust: {canary: {party: p}}", ":5: trust.canary: must have tasks"},
        {"trust: {canary: {party: [p]}}", ":5: trust.canary.party: must be a name of up to 64"},
        {"trust: {canary: {part: p}}", ":5: trust.canary.part: unknown key"},
        {"trust: {canary: {every_s: 0}}",
         ":5: trust.canary.every_s: must be a number in [1, 300000000], got 0"},
        {"trust: {canary: {tasks: []}}", ":5: trust.canary.tasks: must be a list of tasks"},
        {"trust: {canary: {tasks: [x]}}", ":5: trust.canary.tasks: must be sections of keys"},
        {"trust: {canary: {tasks: [{}]}}", ":5: trust.canary.tasks: must have work_gigacycles"},
        {"trust: {canary: {tasks: [{work_gigacycles: 1}]}}",
         ":5: trust.canary.tasks: must have deadline_s"},
        {"trust: {canary: {tasks: [{work_gigacycles: -1}]}}",
         ":5: trust.canary.tasks.work_gigacycles: must be a number in [1e-09, 9007199.25474099], "
         "got -1"},
        {"trust: {canary: {tasks: [{deadline_s: 0}]}}",
         ":5: trust.canary.tasks.deadline_s: must be a number in [1e-06, 31622400], got 0"},
        {CANARY "data_megabits: -1}]}}", ":5: trust.canary.tasks.data_megabits: must be a number"},
        {CANARY "sha256: 12}]}}",
         ":5: trust.canary.tasks.sha256: must be 64 hexadecimal digits 0-9a-f, got 12"},
        {CANARY "sha256: [1]}]}}", ":5: trust.canary.tasks.sha256: must be 64"},
        {CANARY "run: ls}]}}", ":5: trust.canary.tasks.run: must be a list of 1 to 64 texts"},
        {CANARY "run: [[ls]]}]}}", ":5: trust.canary.tasks.run: must be a list of 1 to 64 texts"},
        {CANARY "image: x}]}}", ":5: trust.canary.tasks: must have run with its image"},
        {CANARY "class: gpu}]}}", ":5: trust.canary.tasks.class: there is no class gpu"},
        {CANARY "area: Mars}]}}", ":5: trust.canary.tasks.area: there is no area Mars"},
        {CANARY "exit: 0}]}}", ":5: trust.canary.tasks.exit: unknown key"},
        {CANARY "deadline_s: 3}]}}", ":5: trust.canary.tasks: duplicate key; it is in line 5"},
        {"times: {slot_s: 0}", ":5: times.slot_s: must be a number in"},
        {"times: {slot_s: x}", "times.slot_s: must be a number in"},
        {"times: {preset: fast}", "must be demo, inference or batch, got fast"},
        {"times: {cycle_s: 0.5}", "times.cycle_s must be at least times.slot_s"},
        {"times: 3", ":5: times: must be a section"},
        {"limits: {task: 3}", ":5: limits.task: unknown key"},
        {"limits: {tasks: 1.5}", "limits.tasks: must be a whole number"},
        {"limits: {tasks: [3]}", "limits.tasks: must be one value"},
        {"admit: maybe", "admit: must be operator or auto, got maybe"},
        {"money: {pricing: free}", "must be spread or pass-through, got free"},
        {"money: {late: [[0, 20000]]}", "money.late: must be up to 8 pairs"},
        {"money: {late: [[5, 1], [5, 1]]}", "late.over_bp must ascend"},
        {"money: {late: [3]}", "money.late"},
        {"money: {late: 3}", ":5: money.late: must be a list"},
        {"money: {late: [[0.5, 1]]}", "money.late: must be up to 8 pairs"},
        {"times: {slot_s: 1, slot_s: 2}", "times.slot_s: duplicate key; it is in line 5 already"},
        {"listen: a:1\nlisten: b:1", ":6: listen: duplicate key; it is in line 5 already"},
        {"money: {spend_cap_per_hour: -1}", "money.spend_cap_per_hour: must be a number in [0"},
        {"money: {tax_bp: 10001}", "money.tax_bp: must be a whole number in [0, 10000]"},
        {"money: {minor_digits: 7}", "money.minor_digits"},
        {"legal: {nam: x}", "legal.nam: unknown key"},
        {"listen: ''", "listen: must be a text"},
        {"tls: {key: k.pem}", "tls needs both"},
        {"market: 3", "market"},
        {"market: {queue: paper}", "market.queue must be fifo"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        exchange_settings s;
        dcat_error err = {0};
        char text[512];
        snprintf(text, sizeof text, "%s%s\n",
                 strncmp(rows[i].line, "market", 6) == 0
                     ? "schema: 2\nname: x\nareas: {file: areas.csv}\n"
                     : MARKET,
                 rows[i].line);
        dcat_status status = load(text, &s, &err);
        if (status == DCAT_OK || strstr(err.message, rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].line, status == DCAT_OK ? "was taken" : err.message);
        }
        assert_true(dcat_status_is_user_error(status));
    }
}

static bool are_settings(const char *name)
{
    bool ours = false;
    assert_int_equal(exchange_settings_are(name, &ours, NULL), DCAT_OK);
    return ours;
}

static void test_settings_are_told_from_scenarios(void **fixture)
{
    (void)fixture;
    write_file(path, MARKET "listen: x\n");
    assert_true(are_settings(path));
    write_file(path, MARKET);
    assert_false(are_settings(path));
    write_file(path, ": [");
    assert_false(are_settings(path));
    assert_false(are_settings("paper"));
    exchange_settings s;
    assert_int_equal(exchange_settings_load("./nothing.yaml", &s, NULL), DCAT_ERR_NOT_FOUND);
    assert_int_equal(load("", &s, NULL), DCAT_ERR_FORMAT);
}

static void test_market_alone_has_a_config_and_areas(void **fixture)
{
    (void)fixture;
    static const char *const others[] = {"mine"};
    dcat_scenario *scenario = NULL;
    dcat_error err;
    write_file(path, MARKET "mine: {a: 1}\n");
    assert_int_equal(dcat_scenario_load_market(path, others, 1, &scenario, &err), DCAT_OK);
    assert_near(dcat_scenario_world_config(scenario)->market.price_per_gigacycle, 7.0, 0);
    assert_near(dcat_scenario_areas_view(scenario)[0].site.x, 10e3, 0);
    dcat_scenario_destroy(scenario);
    assert_int_equal(dcat_scenario_load_market(path, NULL, 0, &scenario, &err), DCAT_ERR_FIELD);
}

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    snprintf(path, sizeof path, "%s/exchange.yaml", folder);
    snprintf(areas, sizeof areas, "%s/areas.csv", folder);
    write_file(areas, "name,x_km,y_km\nsouth,10,20\nnorth,10,30\n");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_market_is_read_by_the_words_of_a_scenario),
        cmocka_unit_test(test_own_sections_are_read_over_a_preset),
        cmocka_unit_test(test_money_has_caps_payouts_tax_and_a_name),
        cmocka_unit_test(test_trust_says_what_servers_must_show_and_leave),
        cmocka_unit_test(test_canaries_are_known_tasks),
        cmocka_unit_test(test_what_is_wrong_is_refused_by_name_and_place),
        cmocka_unit_test(test_settings_are_told_from_scenarios),
        cmocka_unit_test(test_market_alone_has_a_config_and_areas),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    unlink(areas);
    rmdir(folder);
    return failed;
}
