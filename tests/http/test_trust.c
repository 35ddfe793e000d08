// SPDX-License-Identifier: Apache-2.0
// What servers must show and leave over HTTP: benchmarks, what of a document is refused and why,
// and that the log keeps it as it was signed; bonds.
#include "base/json.h"
#include "support.h"
#include "talk.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static talk t;
static const char *const provider = t.keys[ROLE_PROVIDER], *const operator= t.keys[ROLE_OPERATOR];

static bool says(const char *text)
{
    return strstr(t.body, text) != NULL;
}

static void time_text(int64_t from_now_s, char text[32])
{
    time_t at = time(NULL) + (time_t)from_now_s;
    struct tm tm;
    gmtime_r(&at, &tm);
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

// As `dcat-benchmark-compute 5 1 7 25` says it (tests/tool/trust.sh): 524288000 cycles, here in
// 1024 microseconds: 512 GHz.
static json_t *document(void)
{
    static int64_t nonce;
    char made_at[32];
    time_text(0, made_at);
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:i,s:I,s:i,s:s,s:s,s:I}", "exchange", "talk",
                     "party", "1", "server", "0", "class", "work", "program", "compute", "threads",
                     5, "seed", 7, "rounds", 25, "cycles", (json_int_t)524288000, "took_us", 1024,
                     "checksum", "ffda346440ca1844", "made_at", made_at, "nonce",
                     (json_int_t)++nonce);
}

// Signed by the provider's key, as a document of this kind.
static int send_as(const char *kind, const char *path, json_t *what)
{
    char signature[2 * SIGN_BYTES + 1];
    assert_true(sign_document(&t.sign, kind, what, signature));
    json_t *body = json_pack("{s:o,s:s}", "document", what, "signature", signature);
    char *text = json_dumps(body, JSON_COMPACT);
    int status = talk_ask(&t, "PUT", path, provider, "", text);
    free(text);
    json_decref(body);
    return status;
}

static int send_it(json_t *what)
{
    return send_as(SIGN_BENCHMARK, "/v1/servers/0/benchmark", what);
}

static void test_a_benchmark_is_taken_shown_and_kept_as_it_was_signed(void **fixture)
{
    (void)fixture;
    assert_int_equal(
        POST(&t, "/v1/servers", provider,
             "{\"name\":\"s\",\"x_km\":11,\"y_km\":21,\"speed_ghz\":600,\"cores\":100}"),
        201);
    assert_int_equal(GET(&t, "/v1/servers", provider), 200);
    assert_false(says("\"benchmarks\""));
    assert_int_equal(GET(&t, "/v1/market", provider), 200);
    assert_true(says("\"benchmark\":{\"required\":true,\"age_s\":86400,\"programs\":{\"work\":"
                     "\"compute\"}}"));
    assert_int_equal(send_it(document()), 200);
    assert_true(says("{\"server\":\"0\",\"class\":\"work\",\"speed_ghz\":512,\"event_seq\":"));
    assert_int_equal(GET(&t, "/v1/servers", provider), 200);
    assert_true(says("\"benchmarks\":[{\"class\":\"work\",\"speed_ghz\":512}]"));
    assert_true(says("\"canaries\":{\"passed\":0,\"late\":0,\"failed\":0,\"last_at\":null}"));
    assert_int_equal(GET(&t, "/v1/providers", t.keys[ROLE_USER]), 200); // that is for all to see
    assert_true(says("\"canaries\":{\"passed\":0,\"late\":0,\"failed\":0,\"last_at\":null}"));
    assert_int_equal(GET(&t, "/v1/servers/0/benchmarks", provider), 200);
    json_error_t why;
    json_t *list = json_object_of(t.body, strlen(t.body), &why);
    const json_t *kept = json_array_get(json_object_get(list, "benchmarks"), 0);
    unsigned char key[SIGN_PUBLIC_BYTES];
    sign_key_public(&t.sign, key);
    assert_true(sign_check(key, SIGN_BENCHMARK, json_object_get(kept, "document"),
                           json_string_value(json_object_get(kept, "signature"))));
    json_decref(list);
    assert_int_equal(GET(&t, "/v1/servers/0/benchmarks", operator), 200);
    assert_true(says("ffda346440ca1844"));
    assert_int_equal(GET(&t, "/v1/servers/0/benchmarks", t.keys[5]), 200); // another provider
    assert_string_equal(t.body, "{\"benchmarks\":[]}");
}

static void test_what_is_no_benchmark_is_refused_and_says_why(void **fixture)
{
    (void)fixture;
    char early[32], late[32];
    time_text(-90000, early);
    time_text(900, late);
    const struct {
        const char *key, *text, *says;
        int64_t number;
        int status;
    } bad[] = {
        {"exchange", "other", "document.exchange must be talk", 0, 422},
        {"party", "5", "document.party must be 1", 0, 403},
        {"server", "1", "document.server is not that of the path", 0, 422},
        {"class", "gpu", "class", 0, 422},
        {"program", "memory", "document.program must be compute for this class, or own", 0, 422},
        {"program", "other", "program", 0, 422},
        {"checksum", "ffda346440ca1845", "document.checksum is not what compute comes to", 0, 422},
        {"checksum", "FFDA346440CA1844", "document.checksum is not what compute comes to", 0, 422},
        {"seed", NULL, "document.checksum is not what compute comes to", 8, 422},
        {"cycles", NULL, "document.cycles must be threads times rounds times 4194304", 524288001,
         422},
        {"threads", NULL, "document.cycles must be threads times rounds times 4194304", 6, 422},
        {"rounds", NULL, "document.cycles must be threads times rounds times 4194304",
         INT64_C(9007199254740991), 422},
        {"made_at", early, "at most 86400 s are taken", 0, 422},
        {"made_at", late, "s from now", 0, 422},
        {"made_at", "yesterday", "made_at must be a time", 0, 422},
        {"checksum", NULL, "checksum", 0, 422},
        {"took_us", NULL, "took_us", 0, 422},
        {"cycles", NULL, "cycles", -1, 422},
        {"nonce", NULL, "", 1, 409},
        {"more", "x", "more", 0, 422},
    };
    merkle_hash root = talk_root(&t);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *what = document();
        what =
            json_with(what, bad[i].key,
                      bad[i].text != NULL ? json_string(bad[i].text) : json_integer(bad[i].number));
        int status = send_it(what);
        if (status != bad[i].status || !says(bad[i].says)) {
            fail_msg("%s: %d %s", bad[i].key, status, t.body);
        }
    }
    assert_int_equal(send_as(SIGN_ASK, "/v1/servers/0/benchmark", document()), 422);
    assert_string_equal(talk_code(&t), "bad-signature");
    assert_int_equal(
        talk_ask(&t, "PUT", "/v1/servers/0/benchmark", provider, "", "{\"document\":{}}"), 422);
    assert_true(says("signature"));
    json_t *what = document();
    json_object_set_new(what, "server", json_string("9"));
    assert_int_equal(send_as(SIGN_BENCHMARK, "/v1/servers/9/benchmark", what), 404);
    merkle_hash after = talk_root(&t);
    assert_memory_equal(&root, &after, sizeof root);
}

// What it comes to is its owner's affair.
static void test_a_benchmark_of_a_program_of_its_owner_is_taken(void **fixture)
{
    (void)fixture;
    json_t *what = document();
    json_object_set_new(what, "program", json_string("own"));
    json_object_set_new(what, "checksum", json_string("7"));
    json_object_set_new(what, "cycles", json_integer(1024000));
    assert_int_equal(send_it(what), 200);
    assert_true(says("\"speed_ghz\":1,"));
}

// One server that is admitted at once locks 100 of the 250 that were paid in.
static void test_a_bond_is_paid_in_locked_and_taken_back(void **fixture)
{
    (void)fixture;
    assert_int_equal(
        POST(&t, "/v1/bonds", operator, "{\"party\":\"1\",\"amount_micro\":250000000}"), 201);
    assert_true(says("{\"party\":\"1\",\"amount_micro\":250000000,\"event_seq\":"));
    assert_int_equal(GET(&t, "/v1/accounts", provider), 200);
    assert_true(says("\"kind\":\"provider.bond\",\"balance_micro\":250000000"));
    assert_int_equal(GET(&t, "/v1/earnings", provider), 200);
    assert_true(says("\"bond_micro\":250000000,\"bond_needed_micro\":100000000,"
                     "\"bond_free_micro\":150000000"));
    assert_true(says("{\"why\":\"bond\",\"frees\":\"its servers leave, and have no strike for a "
                     "time\",\"count\":1,\"amount_micro\":100000000"));
    assert_int_equal(POST(&t, "/v1/bonds", provider, "{\"amount_micro\":-150000001}"), 402);
    assert_true(says("it is more than what is not locked; GET /v1/earnings says"));
    assert_int_equal(POST(&t, "/v1/bonds", provider, "{\"amount_micro\":-150000000}"), 201);
    assert_int_equal(GET(&t, "/v1/earnings", provider), 200);
    assert_true(says("\"payable_micro\":150000000") && says("\"bond_free_micro\":0"));
    assert_int_equal(POST(&t, "/v1/bonds", provider, "{\"amount_micro\":150000001}"), 402);
    assert_true(says("it is more than what may be paid out; GET /v1/earnings says"));
    assert_int_equal(POST(&t, "/v1/bonds", t.keys[5], "{\"party\":\"1\",\"amount_micro\":1}"), 403);
    assert_int_equal(POST(&t, "/v1/bonds", operator, "{\"party\":\"0\",\"amount_micro\":1}"), 403);
    assert_int_equal(POST(&t, "/v1/bonds", operator, "{\"party\":\"1\",\"amount_micro\":0}"), 422);
    assert_int_equal(POST(&t, "/v1/bonds", operator, "{\"party\":\"1\",\"amount_micro\":1.5}"),
                     422);
    assert_int_equal(POST(&t, "/v1/bonds", operator, "{\"party\":\"1\"}"), 422);
}

static int64_t bond_of_provider(void)
{
    assert_int_equal(GET(&t, "/v1/earnings", provider), 200);
    json_error_t why;
    json_t *has = json_object_of(t.body, strlen(t.body), &why);
    int64_t bond = json_integer_value(json_object_get(has, "bond_micro"));
    json_decref(has);
    return bond;
}

static int bond_once(const char *path, const char *body)
{
    return talk_ask(&t, "POST", path, operator, "Idempotency-Key: 0123456789abcdef0123\r\n", body);
}

static void test_a_bond_that_is_asked_for_again_is_paid_in_once(void **fixture)
{
    (void)fixture;
    static const char *const body = "{\"party\":\"1\",\"amount_micro\":7}";
    int64_t before = bond_of_provider();
    char first[256];
    assert_int_equal(bond_once("/v1/bonds", body), 201);
    snprintf(first, sizeof first, "%s", t.body);
    assert_int_equal(bond_once("/v1/bonds", body), 201);
    assert_string_equal(t.body, first);
    assert_int_equal(bond_of_provider() - before, 7);
    assert_int_equal(bond_once("/v1/bonds", "{\"party\":\"1\",\"amount_micro\":8}"), 422);
    assert_string_equal(talk_code(&t), "key-reused");
    // The same words elsewhere: a payout has not been asked for yet.
    assert_int_equal(bond_once("/v1/payouts", body), 422);
    assert_string_equal(talk_code(&t), "key-reused");
    assert_int_equal(bond_of_provider() - before, 7);
}

static int begin(void **fixture)
{
    *fixture = &t;
    talk_begin(&t);
    t.setup.config.benchmark = true;
    t.setup.config.bond = 100 * DCAT_MONEY_UNIT;
    t.setup.config.canary_ns = 86400 * INT64_C(1000000000);
    t.setup.config.bond_ns = 60 * INT64_C(1000000000);
    t.setup.config.slot_ns = 3600 * INT64_C(1000000000); // nothing happens meanwhile
    t.config.live.cycle_ns = 4 * t.setup.config.slot_ns;
    talk_open(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_benchmark_is_taken_shown_and_kept_as_it_was_signed),
        cmocka_unit_test(test_what_is_no_benchmark_is_refused_and_says_why),
        cmocka_unit_test(test_a_benchmark_of_a_program_of_its_owner_is_taken),
        cmocka_unit_test(test_a_bond_is_paid_in_locked_and_taken_back),
        cmocka_unit_test(test_a_bond_that_is_asked_for_again_is_paid_in_once),
    };
    return cmocka_run_group_tests(tests, begin, talk_tear_down);
}
