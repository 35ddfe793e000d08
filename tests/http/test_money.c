// SPDX-License-Identifier: Apache-2.0
// Money over HTTP: vouchers, terms, payouts, offers, what a provider has, statements and reports.
#include "support.h"
#include "talk.h"

#include <stdio.h>
#include <string.h>

static talk t;
static const char *const user = t.keys[ROLE_USER], *const provider = t.keys[ROLE_PROVIDER],
                         *const operator= t.keys[ROLE_OPERATOR],
                         *const auditor = t.keys[ROLE_AUDITOR];

static bool says(const char *text)
{
    return strstr(t.body, text) != NULL;
}

static int put(const char *path, const char *key, const char *body)
{
    return talk_ask(&t, "PUT", path, key, "", body);
}

static void test_a_voucher_is_used_first(void **fixture)
{
    (void)fixture;
    static const char *const good = "{\"party\":\"0\",\"amount_micro\":7000000000,"
                                    "\"expires\":\"2090-01-01T00:00:00Z\",\"issuer\":\"the city\"}";
    assert_int_equal(talk_ask(&t, "POST", "/v1/vouchers", operator,
                              "Idempotency-Key: 0123456789abcdef0123\r\n", good),
                     201);
    assert_int_equal(talk_ask(&t, "POST", "/v1/vouchers", operator,
                              "Idempotency-Key: 0123456789abcdef0123\r\n", good),
                     201);
    assert_true(says("\"id\":\"1\"") && says("\"amount_micro\":7000000000"));
    assert_true(says("2090-01-01") && says("\"classes\":null"));
    assert_int_equal(GET(&t, "/v1/accounts", user), 200); // once
    assert_true(says("\"kind\":\"user.voucher\",\"balance_micro\":7000000000"));
    assert_int_equal(POST(&t, "/v1/tasks", user, TALK_TASK), 201);
    assert_int_equal(GET(&t, "/v1/transfers", user), 200);
    assert_true(says("\"kind\":\"hold\""));
    assert_int_equal(GET(&t, "/v1/accounts", user), 200);
    assert_true(says("\"kind\":\"user.voucher\",\"balance_micro\":600000000")); // less 6 400
    assert_int_equal(
        POST(&t, "/v1/vouchers", operator,
             "{\"party\":\"0\",\"amount_micro\":5,\"expires\":\"2089-01-01T00:00:00Z\","
             "\"issuer\":\"x\",\"classes\":[\"work\"]}"),
        201);
    assert_true(says("\"id\":\"2\"") && says("\"classes\":[\"work\"]"));
    assert_int_equal(GET(&t, "/v1/terms", user), 200);
    assert_true(says("\"vouchers_end\":\"2089-01-01T00:00:00"));
    assert_true(says("\"vouchers\":[{\"id\":\"1\",\"left_micro\":600000000,\"expires\":\"2090-"));
    assert_true(says("{\"id\":\"2\",\"left_micro\":5,\"expires\":\"2089-"));
    assert_int_equal(GET(&t, "/v1/terms?party=0", auditor), 200);
    assert_true(says("\"credit_micro\":0") && says("\"classes\":[\"work\"]}]"));
    assert_int_equal(GET(&t, "/v1/terms?party=1", auditor), 404); // a provider
    assert_int_equal(GET(&t, "/v1/terms", operator), 422);
    static const char *const bad[] = {
        "{\"party\":\"0\",\"amount_micro\":7,\"expires\":\"2090-01-01\",\"issuer\":\"x\"}",
        ("{\"party\":\"0\",\"amount_micro\":7,\"expires\":\"1999-01-01T00:00:00Z\",\"issuer\":"
         "\"x\"}"),
        "{\"party\":\"0\",\"amount_micro\":7,\"expires\":\"2090-01-01T00:00:00Z\"}",
        ("{\"party\":\"0\",\"amount_micro\":7,\"expires\":\"2090-02-30T00:00:00Z\",\"issuer\":"
         "\"x\"}"),
        ("{\"party\":\"0\",\"amount_micro\":7,\"expires\":\"2101-01-01T00:00:00Z\",\"issuer\":"
         "\"x\"}"),
        ("{\"party\":\"0\",\"amount_micro\":7,\"expires\":\"2090-01-01T00:00:00Z\",\"issuer\":"
         "\"x\",\"classes\":[\"play\"]}"),
        ("{\"party\":\"0\",\"amount_micro\":7,\"expires\":\"2090-01-01T00:00:00Z\",\"issuer\":"
         "\"x\",\"classes\":[7]}"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(POST(&t, "/v1/vouchers", operator, bad[i]), 422);
    }
}

static void test_terms_limit_what_a_user_spends(void **fixture)
{
    (void)fixture;
    const char *other = t.keys[4];
    assert_int_equal(put("/v1/parties/4/terms", operator, "{\"spend_cap_micro\":7000000000}"), 200);
    assert_true(says("\"credit_micro\":0,\"spend_cap_micro\":7000000000,\"spent_micro\":0"));
    assert_int_equal(GET(&t, "/v1/actions", auditor), 200);
    assert_true(says("\"action\":\"terms\",\"by\":\"2\",\"party\":\"4\""));
    assert_true(says("\"action\":\"voucher\",\"by\":\"2\",\"party\":\"0\""));
    assert_int_equal(POST(&t, "/v1/tasks", other, TALK_TASK), 201);
    assert_int_equal(POST(&t, "/v1/tasks", other, TALK_TASK), 429);
    assert_string_equal(talk_code(&t), "spend-cap");
    assert_int_equal(put("/v1/parties/4/terms", operator, "{\"credit_micro\":5,\"no_cap\":true}"),
                     200);
    assert_true(says("\"credit_micro\":5,\"spend_cap_micro\":null"));
    assert_int_equal(POST(&t, "/v1/tasks", other, TALK_TASK), 201);
    assert_int_equal(put("/v1/parties/1/terms", operator, "{}"), 403); // a provider
    assert_int_equal(put("/v1/parties/99/terms", operator, "{}"), 404);
    assert_int_equal(put("/v1/parties/4/terms", operator, "{\"credit_micro\":-1}"), 422);
}

// A key may have a cap below its party's; by it no key without one is made.
static void test_a_key_has_a_cap_of_its_own(void **fixture)
{
    (void)fixture;
    const char *other = t.keys[4];
    assert_int_equal(POST(&t, "/v1/parties/4/keys", other,
                          "{\"kind\":\"bearer\",\"spend_cap_micro\":7000000000}"),
                     201);
    const char *key = strstr(t.body, "\"key\":\"");
    assert_non_null(key);
    char capped[HTTP_KEY_BYTES];
    snprintf(capped, sizeof capped, "%.*s", (int)strcspn(key + 7, "\""), key + 7);
    assert_int_equal(POST(&t, "/v1/tasks", capped, TALK_TASK), 201);
    assert_int_equal(POST(&t, "/v1/tasks", capped, TALK_TASK), 429);
    assert_string_equal(talk_code(&t), "spend-cap");
    assert_int_equal(POST(&t, "/v1/tasks", other, TALK_TASK), 201);
    assert_int_equal(POST(&t, "/v1/parties/4/keys", capped, "{\"kind\":\"bearer\"}"), 403);
    assert_int_equal(
        POST(&t, "/v1/parties/4/keys", other, "{\"kind\":\"bearer\",\"spend_cap_micro\":-1}"), 422);
    assert_int_equal(
        POST(&t, "/v1/parties/1/keys", provider, "{\"kind\":\"bearer\",\"spend_cap_micro\":1}"),
        422); // it spends nothing
}

static void test_payouts_are_of_what_is_free(void **fixture)
{
    (void)fixture;
    assert_int_equal(POST(&t, "/v1/payouts", provider, "{\"amount_micro\":1}"), 402);
    assert_true(says("it is more than what is free"));
    assert_int_equal(POST(&t, "/v1/payouts", provider, "{\"party\":\"5\",\"amount_micro\":1}"),
                     403);
    assert_int_equal(POST(&t, "/v1/payouts", operator, "{\"amount_micro\":1}"), 403);
    assert_int_equal(POST(&t, "/v1/payouts", operator, "{\"party\":\"77\",\"amount_micro\":1}"),
                     404);
    assert_int_equal(POST(&t, "/v1/payouts/7/confirm", operator, "{\"reference\":\"b\"}"), 404);
    assert_int_equal(POST(&t, "/v1/payouts/7/confirm", operator, "{}"), 422);
    assert_int_equal(POST(&t, "/v1/payouts/7/return", operator, "{\"reason\":\"b\"}"), 404);
    assert_int_equal(GET(&t, "/v1/payouts", provider), 200);
    assert_string_equal(t.body, "{\"payouts\":[]}");
    assert_int_equal(GET(&t, "/v1/earnings", provider), 200);
    assert_true(
        says("\"party\":\"1\",\"accrued_micro\":0,\"accrued_tasks\":0,\"payable_micro\":0"));
    assert_true(says("\"next_payout_at\":\"") && says("\"locked\":[]"));
    assert_int_equal(GET(&t, "/v1/earnings?party=5", auditor), 200);
    assert_int_equal(GET(&t, "/v1/earnings?party=0", auditor), 404);
    assert_int_equal(GET(&t, "/v1/earnings", operator), 422);
}

// What a refusal says is to be done.
static void test_refusals_of_money_say_what_to_do(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *path, *body, *says;
        int role, status;
    } rows[] = {
        {"/v1/deposits", "{\"party\":\"1\",\"amount_micro\":1}", "the party must be a user",
         ROLE_OPERATOR, 403},
        {"/v1/deposits", "{\"party\":\"77\",\"amount_micro\":1}", "GET /v1/parties lists them",
         ROLE_OPERATOR, 404},
        {"/v1/payouts", "{\"party\":\"0\",\"amount_micro\":1}", "the party must be a provider",
         ROLE_OPERATOR, 403},
        {"/v1/payouts/7/confirm", "{\"reference\":\"b\"}", "GET /v1/payouts lists them",
         ROLE_OPERATOR, 404},
        {"/v1/bonds", "{\"amount_micro\":1}", "this exchange has no bonds: trust.bond is 0",
         ROLE_PROVIDER, 409},
        {"/v1/deposits", "{\"party\":\"0\",\"amount_micro\":1}",
         "a key of role provider may not do this, but one of role operator", ROLE_PROVIDER, 403},
        {"/v1/bonds", "{\"amount_micro\":1}",
         "a key of role user may not do this, but one of role provider or operator", ROLE_USER,
         403},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int status = POST(&t, rows[i].path, t.keys[rows[i].role], rows[i].body);
        if (status != rows[i].status || !says(rows[i].says)) {
            fail_msg("%s %s: %d %s", rows[i].path, rows[i].body, status, t.body);
        }
    }
    assert_int_equal(put("/v1/parties/4/terms", operator, "{\"spend_cap_micro\":1}"), 200);
    assert_int_equal(POST(&t, "/v1/tasks", t.keys[4], TALK_TASK), 429);
    assert_true(says("GET /v1/terms says how much"));
    assert_int_equal(GET(&t, "/v1/earnings", operator), 422);
    assert_true(says("party must be the id of a provider; GET /v1/parties lists them"));
    assert_int_equal(GET(&t, "/v1/terms?party=1", operator), 404);
    assert_true(says("there is no user 1; GET /v1/parties lists them"));
}

static void test_an_offer_goes_with_a_server(void **fixture)
{
    (void)fixture;
    assert_int_equal(
        POST(&t, "/v1/servers", provider,
             "{\"name\":\"s\",\"x_km\":11,\"y_km\":21,\"speed_ghz\":600,\"cores\":100}"),
        201);
    assert_int_equal(put("/v1/servers/0/offer", provider,
                         "{\"until\":\"2090-01-01T00:00:00Z\",\"floor\":\"1.98\",\"min_count\":4,"
                         "\"notice_s\":60}"),
                     200);
    assert_true(says("\"floor_micro\":1980000,\"min_count\":4,\"notice_s\":60"));
    assert_int_equal(GET(&t, "/v1/servers", provider), 200);
    assert_true(says("\"offer\":{\"until\":\"2090-01-01T00:00:00") &&
                says("\"floor_micro\":1980000,\"min_count\":4,\"notice_s\":60}"));
    assert_int_equal(put("/v1/servers/0/offer", provider, "{}"), 200);
    assert_true(says("\"until\":null,\"floor_micro\":0"));
    assert_int_equal(GET(&t, "/v1/servers", provider), 200);
    assert_false(says("\"offer\""));
    assert_int_equal(put("/v1/servers/0/offer", provider, "{\"notice_s\":5}"), 200);
    assert_int_equal(GET(&t, "/v1/servers", provider), 200);
    assert_true(
        says("\"offer\":{\"until\":null,\"floor_micro\":0,\"min_count\":0,\"notice_s\":5}"));
    assert_int_equal(put("/v1/servers/0/offer", t.keys[5], "{}"), 403);
    assert_int_equal(put("/v1/servers/9/offer", provider, "{}"), 404);
    assert_int_equal(put("/v1/servers/0/offer", provider, "{\"floor\":\"cheap\"}"), 422);
    assert_int_equal(put("/v1/servers/0/offer", provider, "{\"min_count\":101}"), 422);
}

static void test_legal_parties_stand_on_statements(void **fixture)
{
    (void)fixture;
    assert_int_equal(POST(&t, "/v1/parties", operator,
                          "{\"role\":\"user\",\"name\":\"acme\",\"legal_name\":\"ACME, Ltd.\","
                          "\"tax_id\":\"GB1\",\"address\":\"1 Road\"}"),
                     201);
    assert_int_equal(GET(&t, "/v1/parties", operator), 200);
    assert_false(says("ACME")); // sealed
    assert_int_equal(GET(&t, "/v1/statements?month=2026-11&format=focus", user), 200);
    assert_int_equal(strncmp(t.body, "BilledCost,EffectiveCost", 24), 0);
    assert_int_equal(GET(&t, "/v1/statements?month=2026-11&format=csv&party=1", operator), 200);
    assert_int_equal(strncmp(t.body, "invoice_id,from,to,", 19), 0);
    assert_int_equal(GET(&t, "/v1/statements?month=2026-13&format=csv", user), 422);
    assert_int_equal(GET(&t, "/v1/statements?month=2026-11&format=pdf", user), 422);
    assert_int_equal(GET(&t, "/v1/statements?month=2026-11&format=csv&party=x", operator), 422);
    assert_int_equal(GET(&t, "/v1/statements?month=2026-11", user), 200); // by kind, as ever
    assert_true(says("\"month\":\"2026-11\""));
}

static void test_a_report_is_for_operators(void **fixture)
{
    (void)fixture;
    assert_int_equal(GET(&t, "/v1/reports?month=2026-11", auditor), 200);
    assert_true(says("\"exchange\":\"talk\",\"period\":\"2026-11\",\"currency\":\"EUR\""));
    assert_int_equal(GET(&t, "/v1/reports?day=2026-11-28", operator), 200);
    assert_int_equal(GET(&t, "/v1/reports?day=2026-11-31", operator), 422);
    assert_int_equal(GET(&t, "/v1/reports?month=2026-11&day=2026-11-28", operator), 422);
    assert_int_equal(GET(&t, "/v1/reports", operator), 422);
    assert_int_equal(GET(&t, "/v1/reports?month=2026-11", user), 403);
}

static int begin(void **fixture)
{
    *fixture = &t;
    talk_begin(&t);
    t.setup.config.slot_ns = 3600 * INT64_C(1000000000); // nothing is auctioned meanwhile
    t.config.live.cycle_ns = 4 * t.setup.config.slot_ns;
    talk_open(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_voucher_is_used_first),
        cmocka_unit_test(test_terms_limit_what_a_user_spends),
        cmocka_unit_test(test_a_key_has_a_cap_of_its_own),
        cmocka_unit_test(test_payouts_are_of_what_is_free),
        cmocka_unit_test(test_refusals_of_money_say_what_to_do),
        cmocka_unit_test(test_an_offer_goes_with_a_server),
        cmocka_unit_test(test_legal_parties_stand_on_statements),
        cmocka_unit_test(test_a_report_is_for_operators),
    };
    return cmocka_run_group_tests(tests, begin, talk_tear_down);
}
