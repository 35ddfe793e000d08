// SPDX-License-Identifier: Apache-2.0
// The published description and the table of routes say the same.
#include "exchange/core/exchange.h"
#include "exchange/http/request.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const role_words[] = {
#define ROLE_WORD(name, text) text,
    EXCHANGE_ROLES(ROLE_WORD)
#undef ROLE_WORD
};

typedef struct described {
    char path[128], method[16];
    unsigned roles;
    bool keeps; // takes an Idempotency-Key
    long body_max;
} described;

// The operation that a line begins, or something that a line says of it.
static void read_line(const char *line, described *all, size_t *count, char path[128])
{
    char word[128] = "";
    if (sscanf(line, "  \"%127[^\"]\":", word) == 1 && line[2] == '"') {
        snprintf(path, 128, "%s", word);
    } else if (strncmp(line, "    ", 4) == 0 && line[4] >= 'a' && line[4] <= 'z' &&
               sscanf(line + 4, "%15[a-z]:\n", word) == 1 && path[0] != '\0') {
        described *d = &all[(*count)++];
        snprintf(d->path, sizeof d->path, "%s", path);
        for (size_t i = 0; i < sizeof d->method - 1 && word[i] != '\0'; i++) {
            d->method[i] = (char)(word[i] - 'a' + 'A');
        }
    } else if (strstr(line, "x-roles: [") != NULL && *count > 0) {
        for (unsigned r = 0; r < ROLE_COUNT; r++) {
            all[*count - 1].roles |= strstr(line, role_words[r]) != NULL ? 1u << r : 0;
        }
    } else if (strstr(line, "parameters/idempotency\"") != NULL && *count > 0) {
        all[*count - 1].keeps = true;
    } else if (sscanf(line, "      x-body-max: %ld", &all[*count > 0 ? *count - 1 : 0].body_max)) {
        return;
    }
}

static size_t read_description(described *all)
{
    FILE *file = fopen(DCAT_SOURCE_DIR "/exchange/api/openapi.yaml", "r");
    assert_non_null(file);
    char line[1024], path[128] = "";
    size_t count = 0;
    while (fgets(line, sizeof line, file) != NULL && strcmp(line, "components:\n") != 0) {
        read_line(line, all, &count, path);
        assert_true(count <= 2 * ROUTE_COUNT);
    }
    fclose(file);
    return count;
}

static void test_description_and_table_name_the_same_routes(void **fixture)
{
    (void)fixture;
    described all[2 * ROUTE_COUNT + 2] = {0};
    size_t count = read_description(all);
    assert_int_equal(count, ROUTE_COUNT);
    for (size_t i = 0; i < count; i++) {
        http_parts parts;
        bool known = false;
        http_route_id id = http_route_find(all[i].method, all[i].path, &parts, &known);
        if (id == ROUTE_COUNT || strcmp(http_routes[id].path, all[i].path) != 0) {
            fail_msg("%s %s is described but no route", all[i].method, all[i].path);
        }
        if (http_routes[id].roles != all[i].roles ||
            http_routes[id].body_max != (size_t)all[i].body_max) {
            fail_msg("%s %s: roles or most bytes of a body differ", all[i].method, all[i].path);
        }
        // Of tasks the key is kept with the task itself.
        if (all[i].keeps != (id == ROUTE_SUBMIT || http_handlers[id].kept_as != NULL)) {
            fail_msg("%s %s: described %s Idempotency-Key", all[i].method, all[i].path,
                     all[i].keeps ? "with" : "without");
        }
    }
}

static void test_route_is_found_by_method_and_path(void **fixture)
{
    (void)fixture;
    http_parts parts;
    bool known = false;
    assert_int_equal(http_route_find("POST", "/v1/awards/12/3/ack", &parts, &known),
                     ROUTE_AWARD_ACK);
    assert_string_equal(parts.text[0], "12");
    assert_string_equal(parts.text[1], "3");
    assert_int_equal(http_route_find("GET", "/v1/tasks/12", &parts, &known), ROUTE_TASK);
    assert_int_equal(http_route_find("POST", "/v1/tasks:batch", &parts, &known),
                     ROUTE_SUBMIT_BATCH);
    assert_int_equal(http_route_find("PUT", "/v1/tasks/12", &parts, &known), ROUTE_COUNT);
    assert_true(known);
    assert_int_equal(http_route_find("GET", "/v1/tasks/12/", &parts, &known), ROUTE_COUNT);
    assert_false(known);
    assert_int_equal(http_route_find("GET", "/v1/tasks//cancel", &parts, &known), ROUTE_COUNT);
    assert_int_equal(http_route_find("GET", "", &parts, &known), ROUTE_COUNT);
    char path[200] = "/v1/keys/";
    memset(path + strlen(path), 'a', HTTP_PART_BYTES);
    assert_int_equal(http_route_find("DELETE", path, &parts, &known), ROUTE_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_description_and_table_name_the_same_routes),
        cmocka_unit_test(test_route_is_found_by_method_and_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
