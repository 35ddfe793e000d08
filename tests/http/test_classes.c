// SPDX-License-Identifier: Apache-2.0
// Classes of work over HTTP: which tasks are the same, and benchmarks of servers that are not
// there.
#include "support.h"
#include "talk.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define GHZ 1e9

static talk t;
static const char *const user = t.keys[ROLE_USER], *const provider = t.keys[ROLE_PROVIDER];

// A core does what a server's own does, and both classes alike.
static const dcat_device devices[] = {
    {.pool = DCAT_POOL_CPU,
     .speed_hz = 1.0,
     .core_count = 1,
     .memory_bytes = INFINITY,
     .energy_cost = NAN,
     .time_cost_per_s = NAN},
    {.pool = DCAT_POOL_CPU,
     .speed_hz = 2 * GHZ,
     .core_count = 1,
     .memory_bytes = INFINITY,
     .energy_cost = 0.0,
     .time_cost_per_s = 1.0},
};
static const dcat_class classes[] = {
    {.pool = DCAT_POOL_CPU, .price_per_gigacycle = 10.0, .urgency_s = 2.0},
    {.pool = DCAT_POOL_CPU, .price_per_gigacycle = 10.0, .urgency_s = 2.0},
};
static const double efficiency[] = {1.0, 1.0, 1.0, 1.0};
static const dcat_resources_config resources = {
    DCAT_SIZED(dcat_resources_config),
    .devices = devices,
    .device_count = 2,
    .classes = classes,
    .class_count = 2,
    .efficiency = efficiency,
};
static const char *const class_names[] = {"first", "second"};
static const char *const device_names[] = {"server", "core"};

#define TASK(what)                                                                                 \
    "{\"origin\":{\"area\":\"south\"},\"data_megabits\":20,\"deadline_s\":30," what "}"

// 600 giga-cycles each; the second and third differ in nothing but which of class and count is 1.
static void test_tasks_of_another_class_or_count_are_other_tasks(void **fixture)
{
    (void)fixture;
    static const char *const tasks[] = {
        TASK("\"class\":\"first\",\"work_gigacycles\":600"),
        TASK("\"class\":\"second\",\"work_gigacycles\":600"),
        TASK("\"class\":\"first\",\"work\":{\"device\":\"core\",\"count\":1,\"seconds\":300}"),
        TASK("\"class\":\"second\",\"work\":{\"device\":\"core\",\"count\":1,\"seconds\":300}"),
        TASK("\"class\":\"first\",\"work\":{\"device\":\"core\",\"count\":2,\"seconds\":150}"),
    };
    enum { TASKS = sizeof tasks / sizeof *tasks };
    for (int i = 0; i < TASKS; i++) {
        char key[64];
        snprintf(key, sizeof key, "Idempotency-Key: 000000000000000%d\r\n", i);
        assert_int_equal(talk_ask(&t, "POST", "/v1/tasks", user, key, tasks[i]), 201);
        for (int k = 0; k < TASKS; k++) {
            int status = talk_ask(&t, "POST", "/v1/tasks", user, key, tasks[k]);
            if (status != (i == k ? 200 : 422)) {
                fail_msg("%s after %s: %d %s", tasks[k], tasks[i], status, t.body);
            }
        }
    }
}

static int send_benchmark(const char *server)
{
    char made_at[32], signature[2 * SIGN_BYTES + 1], path[64];
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(made_at, sizeof made_at, "%Y-%m-%dT%H:%M:%SZ", &tm);
    json_t *what = json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:i,s:i,s:i,s:s,s:s,s:i}", "exchange",
                             "talk", "party", "1", "server", server, "class", "second", "program",
                             "own", "threads", 1, "seed", 7, "rounds", 1, "cycles", 2000000,
                             "took_us", 1000, "checksum", "0", "made_at", made_at, "nonce", 1);
    assert_true(sign_document(&t.sign, SIGN_BENCHMARK, what, signature));
    json_t *body = json_pack("{s:o,s:s}", "document", what, "signature", signature);
    char *text = json_dumps(body, JSON_COMPACT);
    snprintf(path, sizeof path, "/v1/servers/%s/benchmark", server);
    int status = talk_ask(&t, "PUT", path, provider, "", text);
    free(text);
    json_decref(body);
    return status;
}

static void test_benchmark_of_an_unknown_server_is_not_found(void **fixture)
{
    (void)fixture;
    assert_int_equal(send_benchmark("0"), 404);
    assert_string_equal(talk_code(&t), "not-found");
    assert_int_equal(POST(&t, "/v1/servers", provider,
                          "{\"name\":\"s\",\"x_km\":11,\"y_km\":21,\"speed_ghz\":2,\"cores\":1}"),
                     201);
    assert_int_equal(send_benchmark("0"), 200);
    assert_non_null(strstr(t.body, "\"class\":\"second\",\"speed_ghz\":2,"));
    assert_int_equal(send_benchmark("1"), 404);
}

static int begin(void **fixture)
{
    *fixture = &t;
    talk_begin(&t);
    t.setup.resources = &resources;
    t.setup.class_names = class_names;
    t.setup.device_names = device_names;
    assert_int_equal(exchange_setup_classes(&t.setup, NULL), DCAT_OK);
    t.setup.config.slot_ns = 3600 * INT64_C(1000000000); // nothing is auctioned meanwhile
    t.config.live.cycle_ns = 4 * t.setup.config.slot_ns;
    talk_open(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tasks_of_another_class_or_count_are_other_tasks),
        cmocka_unit_test(test_benchmark_of_an_unknown_server_is_not_found),
    };
    return cmocka_run_group_tests(tests, begin, talk_tear_down);
}
