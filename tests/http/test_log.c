// SPDX-License-Identifier: Apache-2.0
// The log for everybody over HTTP: what is under the last checkpoint and nothing else, named as
// tlog-tiles names it; asks are shown once their time is over.
#include "exchange/log/key.h"
#include "support.h"
#include "talk.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static talk t;

static void pause_10ms(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

// The size that is signed, once it is at least so many.
static uint64_t await_size(uint64_t least)
{
    for (int i = 0; i < 30000; i++) {
        if (GET(&t, "/v1/log/checkpoint", NULL) == 200) {
            uint64_t size = strtoull(strchr(t.body, '\n') + 1, NULL, 10);
            if (size >= least) {
                return size;
            }
        }
        pause_10ms();
    }
    fail_msg("no checkpoint of %d events", (int)least);
    return 0;
}

static void test_a_checkpoint_is_signed_by_the_key(void **fixture)
{
    (void)fixture;
    await_size(5);
    char note[LOG_NOTE_SIZE];
    snprintf(note, sizeof note, "%s", t.body);
    assert_int_equal(GET(&t, "/v1/log/key", NULL), 200);
    t.body[strcspn(t.body, "\n")] = '\0';
    const char *key64 = strchr(strchr(t.body, '+') + 1, '+') + 1;
    unsigned char key[33], signature[68];
    size_t bytes = 0;
    assert_int_equal(sodium_base642bin(key, sizeof key, key64, strlen(key64), NULL, &bytes, NULL,
                                       sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_int_equal(bytes, sizeof key);
    assert_int_equal(key[0], 1);
    char *end = strstr(note, "\n\n"), *line = strrchr(note, ' ') + 1;
    assert_int_equal(sodium_base642bin(signature, sizeof signature, line, strlen(line), "\n",
                                       &bytes, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_int_equal(bytes, sizeof signature);
    size_t length = (size_t)(end + 1 - note);
    assert_int_equal(
        crypto_sign_verify_detached(&signature[4], (const unsigned char *)note, length, &key[1]),
        0);
    assert_non_null(strstr(note, "dcat.exchange/talk\n"));
}

static void test_tiles_and_entries_are_those_under_it(void **fixture)
{
    (void)fixture;
    await_size(300);
    unsigned char tile[256 * 32], hash[32];
    assert_int_equal(GET(&t, "/v1/log/tile/0/000", NULL), 200);
    memcpy(tile, t.body, sizeof tile);
    assert_int_equal(GET(&t, "/v1/log/entries/000.p/2", NULL), 200);
    unsigned char leaf[4096] = {0};
    size_t length = strcspn(t.body, "\n");
    assert_true(length < sizeof leaf - 1);
    memcpy(&leaf[1], t.body, length);
    crypto_hash_sha256(hash, leaf, 1 + length);
    assert_memory_equal(hash, tile, 32);
    assert_int_equal(GET(&t, "/v1/log/tile/entries/000.p/1", NULL), 200);
    assert_int_equal((unsigned char)t.body[0] << 8 | (unsigned char)t.body[1], length);
    assert_memory_equal(&t.body[2], &leaf[1], length);
    assert_int_equal(GET(&t, "/v1/log/tile/1/000.p/1", NULL), 200);
    static const char *const none[] = {
        "tile/0/000.p/256", "tile/0/000.p/0",  "tile/0/000.p/",    "tile/0/000.p/01", "tile/0/00",
        "tile/0/x000",      "tile/0/x001/234", "tile/1/000",       "tile/2/000.p/1",  "tile/7/000",
        "tile/00/000",      "tile/a/000",      "entries/999",      "entries/000/",    "entries/0",
        "tile/entries/901", "tile/0/000.p/1x", "tile/0/x/y/z/000", "tile/0/-01",
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        char path[64];
        snprintf(path, sizeof path, "/v1/log/%s", none[i]);
        if (GET(&t, path, NULL) != 404) {
            fail_msg("%s: %d", path, t.status);
        }
    }
}

static void test_a_receipt_leads_to_the_checkpoint(void **fixture)
{
    (void)fixture;
    await_size(5);
    assert_int_equal(GET(&t, "/v1/log/proof?seq=3", NULL), 200);
    assert_non_null(strstr(t.body, "{\"seq\":\"3\",\"index\":\"2\",\"body\":\"{\\\"actor\\\":"));
    assert_non_null(strstr(t.body, "\"checkpoint\":\"dcat.exchange/talk\\u000a"));
    assert_int_equal(GET(&t, "/v1/log/proof?seq=100000", NULL), 404);
    assert_int_equal(GET(&t, "/v1/log/proof?seq=0", NULL), 404);
    assert_int_equal(GET(&t, "/v1/log/proof?seq=-1", NULL), 422);
    assert_int_equal(GET(&t, "/v1/log/proof", NULL), 422);
}

// A price is nobody's business for a while, and can then be held against its hash.
static void test_asks_are_shown_when_their_time_is_over(void **fixture)
{
    (void)fixture;
    char body[1024], signature[2 * SIGN_BYTES + 1], path[64], hex[65];
    assert_int_equal(POST(&t, "/v1/servers", t.keys[ROLE_PROVIDER],
                          "{\"name\":\"s\",\"x_km\":11,\"y_km\":21,\"speed_ghz\":600,\"cores\":1}"),
                     201);
    json_t *ask =
        json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:s}", "amount", "0.5", "currency", "EUR", "exchange",
                  "talk", "nonce", 1, "party", "1", "per", "giga-cycle", "server", "0");
    assert_true(sign_document(&t.sign, SIGN_ASK, ask, signature));
    char *text = json_dumps(ask, JSON_COMPACT);
    snprintf(body, sizeof body, "{\"document\":%s,\"signature\":\"%s\"}", text, signature);
    free(text);
    json_decref(ask);
    assert_int_equal(talk_ask(&t, "PUT", "/v1/servers/0/ask", t.keys[ROLE_PROVIDER], "", body),
                     202);
    json_t *answer = json_loads(t.body, 0, NULL);
    const char *seq = json_string_value(json_object_get(answer, "event_seq"));
    assert_non_null(seq);
    snprintf(path, sizeof path, "/v1/log/sealed/%s", seq);
    json_decref(answer);
    assert_int_equal(GET(&t, path, NULL), 403);
    assert_int_equal(GET(&t, "/v1/log/sealed/1", NULL), 404);
    int64_t unseal_ns = t.config.unseal_ns;
    talk_stop(&t);
    t.config.unseal_ns = 1;
    talk_start(&t);
    assert_int_equal(GET(&t, path, NULL), 200);
    assert_non_null(memmem(t.body, 200, "500000 4\n", 9));
    const char *length_line = strstr(t.head, "Content-Length: ");
    unsigned char hash[32];
    crypto_hash_sha256(hash, (const unsigned char *)t.body, strtoull(length_line + 16, NULL, 10));
    sign_hex(hash, sizeof hash, hex);
    await_size(strtoull(strrchr(path, '/') + 1, NULL, 10));
    char proof[64];
    snprintf(proof, sizeof proof, "/v1/log/proof?seq=%s", strrchr(path, '/') + 1);
    assert_int_equal(GET(&t, proof, NULL), 200);
    assert_non_null(strstr(t.body, hex));
    talk_stop(&t);
    t.config.unseal_ns = unseal_ns;
    talk_start(&t);
}

// What is signed survives a stop, and the next one extends it.
static void test_a_stop_signs_all_and_a_start_goes_on(void **fixture)
{
    (void)fixture;
    uint64_t before = await_size(5);
    talk_stop(&t);
    talk_start(&t);
    assert_int_equal(GET(&t, "/v1/log/checkpoint", NULL), 200);
    uint64_t size = strtoull(strchr(t.body, '\n') + 1, NULL, 10);
    assert_true(size >= before);
    await_size(size + 1);
    assert_int_equal(GET(&t, "/metrics", NULL), 200);
    assert_non_null(strstr(t.body, "\ndcat_checkpoint_size "));
    assert_non_null(strstr(t.body, "\ndcat_checkpoint_age_seconds "));
}

static int begin(void **fixture)
{
    *fixture = &t;
    talk_begin(&t);
    t.setup.config.slot_ns = 20000000;
    talk_open(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_checkpoint_is_signed_by_the_key),
        cmocka_unit_test(test_a_receipt_leads_to_the_checkpoint),
        cmocka_unit_test(test_a_stop_signs_all_and_a_start_goes_on),
        cmocka_unit_test(test_asks_are_shown_when_their_time_is_over),
        cmocka_unit_test(test_tiles_and_entries_are_those_under_it),
    };
    return cmocka_run_group_tests(tests, begin, talk_tear_down);
}
