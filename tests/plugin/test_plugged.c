// SPDX-License-Identifier: Apache-2.0
// Clusterers and auctions from outside: what they may see, and that what they say is checked.

#include "dcat/dcat.h"
#include "dcat/plugin.h"
#include "random_world.h"
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

static dcat_status run_policy(const market *m, const dcat_policy *policy, dcat_run_result *result,
                              dcat_error *err)
{
    const dcat_run_config config = {DCAT_SIZED(dcat_run_config), .policy = *policy, .seed = 5,
                                    .cycle_count = 2};
    return dcat_run(m->world, m->demand, &config, NULL, NULL, result, err);
}

// --- clusterers

typedef struct self {
    int decided, every;
    int32_t last; // the label of the last server, -1: its own
    bool fails;
} self;

static int every_of(void *user, const dcat_world *world)
{
    (void)world;
    return ((self *)user)->every;
}

static size_t room_of(void *user, const dcat_world *world)
{
    (void)user;
    return dcat_world_server_count(world);
}

static dcat_status decide(void *user, const dcat_cluster_input *input, void *workspace,
                          int32_t *cluster_of, dcat_error *err)
{
    self *s = user;
    int32_t S = (int32_t)dcat_world_server_count(input->world);
    assert_null(input->model);       // the host's own
    memset(workspace, 1, (size_t)S); // is as large as asked for
    for (int32_t i = 0; i < S; i++) {
        cluster_of[i] = S - 1 - i; // not canonical
    }
    cluster_of[S - 1] = s->last >= 0 ? s->last : cluster_of[S - 1];
    s->decided++;
    return s->fails ? dcat_fail(err, DCAT_ERR_FORMAT, "no idea") : DCAT_OK;
}

static const dcat_plugin_clusterer backwards = {
    .size = sizeof(dcat_plugin_clusterer),
    .name = "backwards",
    .decide_every = every_of,
    .workspace_bytes = room_of,
    .decide = decide,
};

static void test_a_clusterer_from_outside_decides_when_it_wants_to(void **fixture)
{
    (void)fixture;
    market m = market_create(3);
    for (int every = 0; every < 3; every++) {
        self s = {.every = every, .last = -1};
        dcat_plugged_clusterer *made = NULL;
        assert_int_equal(dcat_plugged_clusterer_of(&backwards, &s, &made, NULL), DCAT_OK);
        const dcat_policy policy = {.clusterer = dcat_plugged_clusterer_row(made),
                                    .auction = dcat_auction_find("rea-s"),
                                    .model = made};
        dcat_run_result outside, inside;
        assert_int_equal(run_policy(&m, &policy, &outside, NULL), DCAT_OK);
        const dcat_policy single = {.clusterer = dcat_clusterer_find("single"),
                                    .auction = dcat_auction_find("rea-s")};
        assert_int_equal(run_policy(&m, &single, &inside, NULL), DCAT_OK);
        assert_memory_equal(&outside.totals, &inside.totals, sizeof inside.totals);
        assert_int_equal(s.decided, every == 1 ? 2 : 1); // of two cycles
        dcat_plugged_clusterer_close(made);
    }
    market_destroy(&m);
}

static void test_what_a_clusterer_says_wrongly_ends_the_run(void **fixture)
{
    (void)fixture;
    market m = market_create(3);
    const self wrong[] = {{.last = 1 << 20}, {.last = -1, .fails = true}};
    const char *const why[] = {"cluster of server", "clusterer backwards: no idea"};
    for (int i = 0; i < 2; i++) {
        self s = wrong[i];
        dcat_plugged_clusterer *made = NULL;
        dcat_error err = {0};
        assert_int_equal(dcat_plugged_clusterer_of(&backwards, &s, &made, &err), DCAT_OK);
        const dcat_policy policy = {.clusterer = dcat_plugged_clusterer_row(made),
                                    .auction = dcat_auction_find("rea"),
                                    .model = made};
        dcat_run_result result;
        assert_int_not_equal(run_policy(&m, &policy, &result, &err), DCAT_OK);
        assert_non_null(strstr(err.message, why[i]));
        dcat_plugged_clusterer_close(made);
    }
    market_destroy(&m);
}

// --- auctions

// The lowest bid is paid the reserve, and changed by what a test wants wrong.
typedef struct rule {
    double factor; // of the price
    int winner;    // -1: the lowest
    int outcome;
    int asked;
} rule;

static dcat_auction_result run(void *user, const dcat_auction_rules *rules,
                               const dcat_auction_input *input)
{
    (void)rules;
    rule *r = user;
    assert_null(input->user); // the host's own
    assert_true(input->bidder_count > 0);
    r->asked++;
    int best = 0;
    for (size_t i = 1; i < input->bidder_count; i++) {
        best = input->bid[i] < input->bid[best] ? (int)i : best;
    }
    if (input->bid[best] > input->fee) {
        return (dcat_auction_result){.outcome = DCAT_AUCTION_NO_BIDDER, .winner = 3};
    }
    return (dcat_auction_result){.outcome = (dcat_auction_outcome)r->outcome,
                                 .winner = r->winner >= 0 ? r->winner : best,
                                 .clearing_price = input->bid[best] * r->factor};
}

static const dcat_plugin_auction lowest = {
    .size = sizeof(dcat_plugin_auction), .name = "lowest", .limit = DCAT_LIMIT_MEAN, .run = run};

static dcat_status run_rule(const market *m, rule *r, dcat_run_result *result, dcat_error *err)
{
    dcat_plugged_auction *made = NULL;
    assert_int_equal(dcat_plugged_auction_of(&lowest, r, &made, err), DCAT_OK);
    const dcat_policy policy = {.clusterer = dcat_clusterer_find("single"),
                                .auction = dcat_plugged_auction_row(made)};
    dcat_status status = run_policy(m, &policy, result, err);
    dcat_plugged_auction_close(made);
    return status;
}

static void test_an_auction_from_outside_sells(void **fixture)
{
    (void)fixture;
    market m = market_create(3);
    rule fair = {.factor = 1.0, .winner = -1};
    dcat_run_result result;
    assert_int_equal(run_rule(&m, &fair, &result, NULL), DCAT_OK);
    assert_true(result.totals.awarded > 0);
    // Paid its bid, a cluster of one server gets its cost (8) and nothing more.
    assert_near(result.totals.payment, result.totals.cost, 1e-9);
    assert_int_equal(result.totals.arrived,
                     result.totals.awarded + result.totals.no_candidate + result.totals.no_bidder);
    market_destroy(&m);
}

static void test_what_an_auction_says_wrongly_ends_the_run_and_sells_nothing(void **fixture)
{
    (void)fixture;
    market m = market_create(3);
    const rule wrong[] = {{.factor = 0.5, .winner = -1},
                          {.factor = 1e9, .winner = -1},
                          {.factor = NAN, .winner = -1},
                          {.factor = 1.0, .winner = 1000},
                          {.factor = 1.0, .winner = -1, .outcome = DCAT_AUCTION_OUTCOME_COUNT}};
    const char *const why[] = {"its price must be", "its price must be", "its price must be",
                               "its winner must be in", "outcome"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        rule r = wrong[i];
        dcat_run_result result = {.cycle_count = 77};
        dcat_error err = {0};
        assert_int_equal(run_rule(&m, &r, &result, &err), DCAT_ERR_RANGE);
        assert_non_null(strstr(err.message, "auction lowest: "));
        assert_non_null(strstr(err.message, why[i]));
        assert_int_equal(result.cycle_count, 77);
        assert_int_equal(r.asked, 1); // never again after that
    }
    market_destroy(&m);
}

// --- threads

// How many were in one of the three at a time.
typedef struct watch {
    atomic_int inside, most;
} watch;

static void pass(watch *w)
{
    int now = atomic_fetch_add(&w->inside, 1) + 1, most = atomic_load(&w->most);
    while (now > most && !atomic_compare_exchange_weak(&w->most, &most, now)) {
    }
    sched_yield(); // whoever may come in, does
    atomic_fetch_sub(&w->inside, 1);
}

static dcat_status decide_watched(void *user, const dcat_cluster_input *input, void *workspace,
                                  int32_t *cluster_of, dcat_error *err)
{
    (void)workspace;
    (void)err;
    pass(user);
    for (int32_t i = 0; i < (int32_t)dcat_world_server_count(input->world); i++) {
        cluster_of[i] = i;
    }
    return DCAT_OK;
}

static dcat_auction_result run_watched(void *user, const dcat_auction_rules *rules,
                                       const dcat_auction_input *input)
{
    (void)rules;
    (void)input;
    pass(user);
    return (dcat_auction_result){.outcome = DCAT_AUCTION_NO_BIDDER, .winner = -1};
}

// 16 runs on 8 threads; returns how many were inside at a time.
static void play_watched(const market *m, unsigned flags, int most[2])
{
    watch clusterer = {0}, auction = {0};
    const dcat_plugin_clusterer c = {
        .size = sizeof c, .flags = flags, .name = "watched", .decide = decide_watched};
    const dcat_plugin_auction a = {.size = sizeof a,
                                   .flags = flags,
                                   .name = "watched",
                                   .limit = DCAT_LIMIT_MAX,
                                   .run = run_watched};
    dcat_plugged_clusterer *made = NULL;
    dcat_plugged_auction *sale = NULL;
    assert_int_equal(dcat_plugged_clusterer_of(&c, &clusterer, &made, NULL), DCAT_OK);
    assert_int_equal(dcat_plugged_auction_of(&a, &auction, &sale, NULL), DCAT_OK);
    const dcat_policy policy = {.clusterer = dcat_plugged_clusterer_row(made),
                                .auction = dcat_plugged_auction_row(sale),
                                .model = made};
    const dcat_world *worlds[16];
    uint64_t seeds[16];
    for (size_t w = 0; w < 16; w++) {
        worlds[w] = m->world;
        seeds[w] = w;
    }
    dcat_jobs jobs = dcat_jobs_default();
    jobs.thread_count = 8;
    const dcat_compare_config config = {
        DCAT_SIZED(dcat_compare_config),
        .policies = &policy,
        .policy_count = 1,
        .source = dcat_compare_source_of(worlds),
        .seeds = seeds,
        .world_count = 16,
        .cycle_count = 2,
        .jobs = &jobs,
    };
    dcat_run_result results[16];
    assert_int_equal(dcat_compare_run(m->demand, &config, results, NULL), DCAT_OK);
    dcat_plugged_clusterer_close(made);
    dcat_plugged_auction_close(sale);
    most[0] = atomic_load(&clusterer.most);
    most[1] = atomic_load(&auction.most);
}

static void test_those_that_want_one_thread_get_one_at_a_time(void **fixture)
{
    (void)fixture;
    market m = market_create(3);
    int most[2];
    play_watched(&m, DCAT_PLUGIN_ONE_THREAD, most);
    assert_int_equal(most[0], 1);
    assert_int_equal(most[1], 1);
    play_watched(&m, 0, most);
    assert_true(most[1] > 1); // the others are met by several, or this shows nothing
    market_destroy(&m);
}

// --- structs of other versions

static void test_a_row_that_is_shorter_or_says_nothing_is_refused(void **fixture)
{
    (void)fixture;
    dcat_plugged_auction *auction = NULL;
    dcat_plugged_clusterer *clusterer = NULL;
    dcat_error err = {0};
    dcat_plugin_auction a = lowest;
    a.size = 8;
    assert_int_equal(dcat_plugged_auction_of(&a, NULL, &auction, &err), DCAT_ERR_FORMAT);
    a = lowest;
    a.run = NULL;
    assert_int_equal(dcat_plugged_auction_of(&a, NULL, &auction, &err), DCAT_ERR_FORMAT);
    a = lowest;
    a.promises = 1u << DCAT_PROMISE_COUNT;
    assert_int_equal(dcat_plugged_auction_of(&a, NULL, &auction, &err), DCAT_ERR_RANGE);
    a = lowest;
    a.limit = DCAT_LIMIT_RULE_COUNT;
    assert_int_equal(dcat_plugged_auction_of(&a, NULL, &auction, &err), DCAT_ERR_RANGE);
    dcat_plugin_clusterer c = backwards;
    c.name = "";
    assert_int_equal(dcat_plugged_clusterer_of(&c, NULL, &clusterer, &err), DCAT_ERR_FORMAT);
    c = backwards;
    c.decide = NULL;
    assert_int_equal(dcat_plugged_clusterer_of(&c, NULL, &clusterer, &err), DCAT_ERR_FORMAT);
    assert_null(auction);
    assert_null(clusterer);
}

static void test_a_row_of_a_later_version_is_taken_as_far_as_it_is_known(void **fixture)
{
    (void)fixture;
    struct {
        dcat_plugin_clusterer known;
        void *later;
    } long_row = {backwards, &long_row};
    long_row.known.size = sizeof long_row;
    dcat_plugged_clusterer *made = NULL;
    assert_int_equal(dcat_plugged_clusterer_of(&long_row.known, NULL, &made, NULL), DCAT_OK);
    assert_string_equal(dcat_plugged_clusterer_row(made)->name, "backwards");
    dcat_plugged_clusterer_close(made);
    dcat_plugged_clusterer_close(NULL);
    dcat_plugged_auction_close(NULL);
}

static void test_a_file_that_is_no_plugin_is_refused_with_the_reason(void **fixture)
{
    (void)fixture;
    dcat_plugged_clusterer *made = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_plugged_clusterer_load("nowhere.so?x=1", &made, &err),
                     DCAT_ERR_NOT_FOUND);
    assert_string_equal(err.message, "no plug-in at 'nowhere.so'");
    assert_int_equal(dcat_plugged_clusterer_load(DCAT_SOURCE_DIR "/LICENSE", &made, &err),
                     DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "LICENSE: no plug-in: "));
    dcat_plugged_auction *auction = NULL;
    assert_int_equal(dcat_plugged_auction_load("nowhere.so", &auction, &err), DCAT_ERR_NOT_FOUND);
    assert_null(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clusterer_from_outside_decides_when_it_wants_to),
        cmocka_unit_test(test_what_a_clusterer_says_wrongly_ends_the_run),
        cmocka_unit_test(test_an_auction_from_outside_sells),
        cmocka_unit_test(test_what_an_auction_says_wrongly_ends_the_run_and_sells_nothing),
        cmocka_unit_test(test_those_that_want_one_thread_get_one_at_a_time),
        cmocka_unit_test(test_a_row_that_is_shorter_or_says_nothing_is_refused),
        cmocka_unit_test(test_a_row_of_a_later_version_is_taken_as_far_as_it_is_known),
        cmocka_unit_test(test_a_file_that_is_no_plugin_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
