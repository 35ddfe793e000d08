// SPDX-License-Identifier: Apache-2.0
// What a clusterer is shown in a live exchange: the clusters in force, the servers' queues, and
// whether demand was ever seen before.
#include "support.h"
#include "talk.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static talk t;

// A clusterer that puts all servers into one cluster and remembers what it saw.
static struct {
    pthread_mutex_t mutex;
    int decisions, joined, first, queued, wrong;
} seen = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static size_t no_bytes(const dcat_world *world, const void *model)
{
    (void)world;
    (void)model;
    return 0;
}

static int every_cycle(const dcat_world *world)
{
    (void)world;
    return 1;
}

static dcat_status decide(const dcat_cluster_input *input, void *workspace, int32_t *cluster_of,
                          dcat_error *err)
{
    (void)workspace;
    (void)err;
    double begin_s = dcat_world_slot_start_s(input->world, input->cycle, 0);
    size_t S = dcat_world_server_count(input->world);
    pthread_mutex_lock(&seen.mutex);
    seen.decisions++;
    seen.first += input->first;
    seen.joined += S == 2 && cluster_of[0] == 0 && cluster_of[1] == 0;
    for (size_t i = 0; i < S; i++) {
        seen.queued += input->busy_until_s[i] > begin_s + 0.01;
        seen.wrong += input->cluster_of[i] != cluster_of[i] || input->busy_until_s[i] < begin_s;
        cluster_of[i] = 0;
    }
    pthread_mutex_unlock(&seen.mutex);
    return DCAT_OK;
}

static const dcat_clusterer spy = {
    DCAT_SIZED(dcat_clusterer),        .name = "spy",
    .summary = "all servers together", .decide_every = every_cycle,
    .workspace_bytes = no_bytes,       .decide = decide,
};

static int count(const int *what)
{
    pthread_mutex_lock(&seen.mutex);
    int found = *what;
    pthread_mutex_unlock(&seen.mutex);
    return found;
}

// Until it is more than that; the exchange's time goes on meanwhile.
static void await_more(const int *what, int than)
{
    for (int i = 0; count(what) <= than; i++) {
        assert_true(i < 12000);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
}

static void put_server(int number)
{
    char body[2048], path[64], signature[2 * SIGN_BYTES + 1], server[16];
    snprintf(body, sizeof body,
             "{\"name\":\"s%d\",\"x_km\":1%d,\"y_km\":21,\"speed_ghz\":300,\"cores\":100}", number,
             number);
    assert_int_equal(POST(&t, "/v1/servers", t.keys[ROLE_PROVIDER], body), 201);
    snprintf(server, sizeof server, "%d", number);
    json_t *document =
        json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:s}", "amount", "0.5", "currency", "EUR", "exchange",
                  "talk", "nonce", 1, "party", "1", "per", "giga-cycle", "server", server);
    assert_true(sign_document(&t.sign, SIGN_ASK, document, signature));
    char *text = json_dumps(document, JSON_COMPACT);
    snprintf(body, sizeof body, "{\"document\":%s,\"signature\":\"%s\"}", text, signature);
    free(text);
    json_decref(document);
    snprintf(path, sizeof path, "/v1/servers/%d/ask", number);
    assert_int_equal(talk_ask(&t, "PUT", path, t.keys[ROLE_PROVIDER], "", body), 202);
}

static void test_decisions_begin_with_what_is_in_force(void **fixture)
{
    (void)fixture;
    put_server(0);
    put_server(1);
    await_more(&seen.joined, 0); // together once decided, and so shown to the next decision
    int decisions = count(&seen.decisions);
    await_more(&seen.decisions, decisions + 1);
    assert_int_equal(count(&seen.first), count(&seen.decisions)); // nobody asked for anything
    assert_int_equal(count(&seen.queued), 0);
    for (int i = 0; i < 40 && count(&seen.queued) == 0;
         i++) { // 2 s of work for both, again and again
        assert_int_equal(POST(&t, "/v1/tasks", t.keys[ROLE_USER],
                              "{\"origin\":{\"area\":\"south\"},\"work_gigacycles\":1200,"
                              "\"data_megabits\":1,\"deadline_s\":30}"),
                         201);
        decisions = count(&seen.decisions);
        await_more(&seen.decisions, decisions + 1);
    }
    assert_true(count(&seen.queued) > 0);
    int first = count(&seen.first);
    assert_true(first < count(&seen.decisions)); // demand was seen
    decisions = count(&seen.decisions);
    await_more(&seen.decisions, decisions + 1);
    assert_int_equal(count(&seen.first), first);
    assert_int_equal(count(&seen.wrong), 0);
}

static int set_up(void **fixture)
{
    *fixture = &t;
    talk_begin(&t);
    t.policy.clusterer = &spy;
    talk_open(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_decisions_begin_with_what_is_in_force, set_up,
                                        talk_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
