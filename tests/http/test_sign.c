// SPDX-License-Identifier: Apache-2.0
#include "exchange/sign/sign.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/sign_XXXXXX";
static char path[64];

static json_t *json_of(const char *text)
{
    json_t *document = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(document);
    return document;
}

static void test_text_is_sorted_and_without_spaces(void **fixture)
{
    (void)fixture;
    json_t *document = json_of("{ \"b\": [1, -2], \"a\": {\"z\":\"/\\u00e4\\n\", \"y\": null} }");
    char *text = sign_canonical(document);
    assert_string_equal(text, "{\"a\":{\"y\":null,\"z\":\"/\xc3\xa4\\n\"},\"b\":[1,-2]}");
    free(text);
    json_decref(document);
    document = json_of("[1.5]"); // has more than one text
    assert_null(sign_canonical(document));
    json_decref(document);
    document = json_of("{\"a\":{\"b\":2.0}}");
    assert_null(sign_canonical(document));
    json_decref(document);
    document = json_of("[[[[[[[[[[1]]]]]]]]]]");
    assert_null(sign_canonical(document));
    json_decref(document);
}

static void test_signature_is_of_one_key_kind_and_document(void **fixture)
{
    (void)fixture;
    sign_key key, again, other;
    unsigned char public_key[SIGN_PUBLIC_BYTES], other_public[SIGN_PUBLIC_BYTES];
    dcat_error err;
    assert_int_equal(sign_key_new(path, &key, &err), DCAT_OK);
    assert_int_equal(sign_key_new(path, &other, &err), DCAT_ERR_EXISTS);
    assert_int_equal(sign_key_load(path, &again, &err), DCAT_OK);
    assert_memory_equal(&key, &again, sizeof key);
    unlink(path);
    assert_int_equal(sign_key_new(path, &other, &err), DCAT_OK);
    sign_key_public(&key, public_key);
    sign_key_public(&other, other_public);

    json_t *document = json_of("{\"nonce\":1,\"server\":\"4\"}");
    json_t *changed = json_of("{\"nonce\":2,\"server\":\"4\"}");
    json_t *real = json_of("{\"nonce\":1.0,\"server\":\"4\"}");
    char signature[2 * SIGN_BYTES + 1];
    assert_true(sign_document(&key, SIGN_ASK, document, signature));
    assert_false(sign_document(&key, SIGN_ASK, real, signature));
    assert_true(sign_check(public_key, SIGN_ASK, document, signature));
    assert_false(sign_check(public_key, SIGN_RECEIPT, document, signature));
    assert_false(sign_check(public_key, SIGN_ASK, changed, signature));
    assert_false(sign_check(public_key, SIGN_ASK, real, signature));
    assert_false(sign_check(other_public, SIGN_ASK, document, signature));
    signature[5] = signature[5] == '0' ? '1' : '0';
    assert_false(sign_check(public_key, SIGN_ASK, document, signature));
    assert_false(sign_check(public_key, SIGN_ASK, document, "00"));
    assert_false(sign_check(public_key, SIGN_ASK, document, ""));
    json_decref(document);
    json_decref(changed);
    json_decref(real);
}

static void test_key_file_must_be_one_and_private(void **fixture)
{
    (void)fixture;
    sign_key key;
    dcat_error err;
    unlink(path);
    assert_int_equal(sign_key_load(path, &key, &err), DCAT_ERR_NOT_FOUND);
    assert_int_equal(sign_key_new("/nowhere/key", &key, &err), DCAT_ERR_IO);
    assert_int_equal(sign_key_new(path, &key, &err), DCAT_OK);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(sign_key_load(path, &key, &err), DCAT_ERR_RANGE);
    FILE *file = fopen(path, "w");
    fputs("0123456789ABCDEF\n", file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(sign_key_load(path, &key, &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "64 hexadecimal digits"));
}

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    snprintf(path, sizeof path, "%s/key", folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_sorted_and_without_spaces),
        cmocka_unit_test(test_signature_is_of_one_key_kind_and_document),
        cmocka_unit_test(test_key_file_must_be_one_and_private),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    rmdir(folder);
    return failed;
}
