// SPDX-License-Identifier: Apache-2.0
// The actor: its features, its decisions, its file.

#include "support.h"

#include "dcat/run.h"
#include "dcat/x/constraint.h"
#include "dcat/x/policy_file.h"
#include "learn/checkpoint.h"
#include "learn/walk.h"
#include "rl_support.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVERS 20

static dcat_actor *make_actor(uint64_t seed)
{
    dcat_actor *actor = NULL;
    dcat_error err = {0};
    dcat_actor_shape shape = dcat_actor_shape_default();
    assert_int_equal(dcat_actor_create(&shape, seed, &actor, &err), DCAT_OK);
    dcat_actor_set_guard_tasks(actor, -1); // its own decisions are looked at
    return actor;
}

static void decide(const dcat_world *world, const dcat_observation *observation,
                   const dcat_actor *actor, int32_t *cluster_of)
{
    void *workspace =
        aligned_alloc(DCAT_ARENA_ALIGN, dcat_clusterer_a2c.workspace_bytes(world, actor));
    assert_non_null(workspace);
    const dcat_cluster_input input = {.world = world,
                                      .observation = observation,
                                      .auction = dcat_auction_find("rea"),
                                      .model = actor};
    assert_int_equal(dcat_clusterer_a2c.decide(&input, workspace, cluster_of, NULL), DCAT_OK);
    free(workspace);
}

// --- features

// Merge whatever is legal until nothing is, and hold every feature of every pair against what it is
// for the same two sets of servers found from scratch by their members.
static void test_features_of_merged_clusters_follow_from_their_members(void **state)
{
    (void)state;
    dcat_world *world = rl_test_world(3, SERVERS);
    dcat_demand *demand = rl_test_demand();
    dcat_observation observation = rl_test_observation(demand);
    arena measure = {0};
    rl_scene scene;
    rl_merger merger;
    rl_scene_layout(&measure, world, rl_size_of(world), &scene);
    rl_merger_layout(&measure, rl_size_of(world), &merger);
    arena place = {.base = aligned_alloc(DCAT_ARENA_ALIGN, measure.used)};
    rl_scene_layout(&place, world, rl_size_of(world), &scene);
    rl_merger_layout(&place, rl_size_of(world), &merger);
    assert_true(rl_scene_set(&scene, &observation, dcat_auction_find("rea"), false));
    rl_merger_start(&merger, &scene);
    double span_m = dcat_world_config_view(world)->span_m_max;
    int merges = 0;
    for (bool merged = true; merged;) {
        merged = false;
        for (size_t p = 0; p < merger.live_count && !merged; p++) {
            for (size_t q = p + 1; q < merger.live_count && !merged; q++) {
                int32_t a = merger.live[p], b = merger.live[q];
                if (!rl_merger_legal(&merger, a, b)) {
                    continue;
                }
                float x[RL_PAIR_COUNT], weight[RL_AREAS];
                rl_pair_features(&merger, a, b, x, weight);
                double speed_hz = 0.0, far_m = 0.0, cross_m = 0.0, pairs = 0.0, weights = 0.0;
                int size = 0;
                for (int i = 0; i < SERVERS; i++) {
                    bool in_a = merger.cluster_of[i] == a, in_b = merger.cluster_of[i] == b;
                    speed_hz += in_a || in_b ? dcat_world_servers_view(world)[i].speed_hz : 0.0;
                    size += in_a || in_b;
                    for (int j = 0; j < SERVERS; j++) {
                        bool across = in_a && merger.cluster_of[j] == b;
                        bool inside = (in_a || in_b) &&
                                      (merger.cluster_of[j] == a || merger.cluster_of[j] == b);
                        double d = dcat_world_distance_m(world, i, j);
                        far_m = inside && d > far_m ? d : far_m;
                        cross_m += across ? d : 0.0;
                        pairs += across;
                    }
                }
                for (size_t area = 0; area < RL_AREAS; area++) {
                    weights += (double)weight[area];
                }
                // Mean work is 700 G and the mean deadline 2.5 s: 280 GHz is one deadline.
                assert_near((double)x[RL_PAIR_work_time_union], 280e9 / speed_hz, 1e-4);
                assert_near((double)x[RL_PAIR_size_union], size / 6.0, 1e-6);
                assert_near((double)x[RL_PAIR_span_union], far_m / span_m, 1e-5);
                assert_near((double)x[RL_PAIR_distance_mean], cross_m / pairs / span_m, 1e-5);
                assert_true(weights < 1.0 + 1e-4);
                for (size_t f = 0; f < RL_PAIR_COUNT; f++) {
                    assert_true(isfinite(x[f]) && fabsf(x[f]) < 8.0f);
                }
                rl_merger_join(&merger, a, b);
                merges++;
                merged = true;
            }
        }
    }
    assert_true(merges >= 5);
    free(place.base);
    rl_test_observation_free(&observation);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

// --- decisions

static void test_decisions_respect_the_span_limit_and_repeat(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    dcat_observation observation = rl_test_observation(demand);
    for (uint64_t seed = 1; seed <= 30; seed++) {
        dcat_world *world = rl_test_world(seed, SERVERS);
        dcat_actor *actor = make_actor(seed);
        for (size_t i = 0; i < actor->weight_count; i++) {
            actor->weights[i] *= 4.0f;
        }
        int32_t first[SERVERS] = {0}, second[SERVERS] = {0};
        dcat_error err = {0};
        for (int32_t i = 0; i < SERVERS; i++) {
            first[i] = second[i] = i;
        }
        decide(world, &observation, actor, first);
        decide(world, &observation, actor, second);
        assert_memory_equal(first, second, sizeof first);
        if (dcat_check_10c(world, first, &err) != DCAT_OK) {
            fail_msg("seed %d: %s", (int)seed, err.message);
        }
        dcat_actor_destroy(actor);
        dcat_world_destroy(world);
    }
    rl_test_observation_free(&observation);
    dcat_demand_destroy(demand);
}

static void test_nothing_observed_leaves_the_partition_in_force(void **state)
{
    (void)state;
    dcat_world *world = rl_test_world(4, SERVERS);
    dcat_demand *demand = rl_test_demand();
    dcat_observation observation = rl_test_observation(demand);
    dcat_actor *actor = make_actor(1);
    memset(observation.arrivals_per_slot, 0, sizeof(double) * RL_AREAS);
    int32_t cluster_of[SERVERS], expected[SERVERS];
    for (int32_t i = 0; i < SERVERS; i++) {
        cluster_of[i] = expected[i] = i;
    }
    decide(world, &observation, actor, cluster_of);
    assert_memory_equal(cluster_of, expected, sizeof expected);
    dcat_actor_destroy(actor);
    rl_test_observation_free(&observation);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

static void test_a_silent_area_changes_nothing_for_the_others(void **state)
{
    (void)state;
    // The same demand told with and without an area that asks for nothing, placed first.
    dcat_world *world = rl_test_world(4, SERVERS);
    dcat_demand *demand = rl_test_demand();
    dcat_observation observation = rl_test_observation(demand);
    dcat_actor *actor = make_actor(2);
    observation.arrivals_per_slot[0] = 0.0;
    int32_t with_junk[SERVERS] = {0}, with_zeros[SERVERS] = {0};
    decide(world, &observation, actor, with_junk);
    observation.work_cycles[0] = observation.data_bits[0] = observation.deadline_s[0] = 0.0;
    decide(world, &observation, actor, with_zeros);
    assert_memory_equal(with_junk, with_zeros, sizeof with_zeros);
    dcat_actor_destroy(actor);
    rl_test_observation_free(&observation);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
}

// --- files

static unsigned char *bytes_of(const dcat_actor *actor, size_t *count)
{
    unsigned char *bytes = NULL;
    dcat_error err = {0};
    rl_tensors tensors = rl_tensors_new();
    rl_actor_to_tensors(actor, dcat_actor_origin_view(actor), &tensors);
    assert_int_equal(rl_safetensors_write(&tensors, &bytes, count, &err), DCAT_OK);
    rl_tensors_free(&tensors);
    return bytes;
}

static void test_a_saved_actor_comes_back_the_same(void **state)
{
    (void)state;
    char path[] = "/tmp/dcat-test-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    dcat_error err = {0};
    dcat_actor *actor = make_actor(9), *back = NULL;
    const dcat_actor_origin origin = {.auction = dcat_auction_find("rea"),
                                      .seed = UINT64_MAX,
                                      .epoch_count = 12,
                                      .scenario = "paper",
                                      .command = "dcat train \"x\"",
                                      .commit = "abc",
                                      .estimator = "group"};
    actor->origin = origin;
    assert_int_equal(dcat_actor_save(actor, path, &err), DCAT_OK);
    if (dcat_actor_load(path, &back, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_memory_equal(actor->weights, back->weights, sizeof(float) * actor->weight_count);
    const dcat_actor_origin *seen = dcat_actor_origin_view(back);
    assert_ptr_equal(seen->auction, dcat_auction_find("rea"));
    assert_true(seen->seed == UINT64_MAX && seen->epoch_count == 12);
    assert_string_equal(seen->command, origin.command);
    assert_string_equal(seen->estimator, "group");
    unlink(path);
    dcat_actor_destroy(actor);
    dcat_actor_destroy(back);
}

static void expect_refusal(const unsigned char *bytes, size_t count, const char *reason)
{
    dcat_error err = {0};
    dcat_actor *actor = NULL;
    assert_int_not_equal(dcat_actor_read(bytes, count, "p.st", &actor, &err), DCAT_OK);
    assert_null(actor);
    if (strstr(err.message, reason) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, reason);
    }
}

// Replace text of the header by other text of the same length.
static void replace(unsigned char *bytes, size_t count, const char *from, const char *to)
{
    unsigned char *at = memmem(bytes, count, from, strlen(from));
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
}

static void test_a_policy_that_does_not_fit_is_refused_with_the_reason(void **state)
{
    (void)state;
    dcat_actor *actor = make_actor(9);
    size_t count = 0;
    const struct {
        const char *from, *to, *reason;
    } cases[] = {
        {"work_time_union", "work_time_onion", "lists other features"},
        {"\"feature_version\":\"2\"", "\"feature_version\":\"3\"", "feature_version is 3"},
        {"\"feature_version\":\"2\"", "\"feature_version\":\"1\"", "lists other features"},
        {"around_rivalry,", "around_rivalri,", "note contexts lists other features"},
        {"mean_within,", "mean_within;", "note pool_features lists other features"},
        {"\"auction\":\"rea\"", "\"auction\":\"reb\"", "note auction names none: 'reb'"},
        {"\"epochs\":\"0\"", "\"epochs\":\"x\"", "note epochs must be a whole number, got 'x'"},
        {"\"format_version\":\"1\"", "\"format_version\":\"3\"", "format_version is 3"},
        {"stop.b1", "stop.c1", "stop_hidden must be a multiple of 8"},
        {"dcat-policy", "dcat-polizy", "not a policy of dcat"},
        {"pair.w2", "pair.w9", "pair.w2 is missing"},
        {"[23,32]", "[32,23]", "another shape"},
        {"\"F32\"", "\"F16\"", "dtype must be"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char *bytes = bytes_of(actor, &count);
        if (memmem(bytes, count, cases[i].from, strlen(cases[i].from)) == NULL) {
            fail_msg("the header has no %s", cases[i].from);
        }
        replace(bytes, count, cases[i].from, cases[i].to);
        expect_refusal(bytes, count, cases[i].reason);
        free(bytes);
    }
    actor->weights[7] = NAN;
    unsigned char *bytes = bytes_of(actor, &count);
    expect_refusal(bytes, count, "not finite");
    for (size_t cut = 0; cut < count; cut += 97) {
        expect_refusal(bytes, cut, "p.st");
    }
    free(bytes);
    dcat_actor_destroy(actor);
}

static void test_tensors_with_gaps_or_overlaps_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool right;
    } cases[] = {
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]},"
         "\"b\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
         true},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
         "\"b\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
         false},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]},"
         "\"b\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[4,12]}}",
         false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char file[512] = {0};
        uint64_t length = strlen(cases[i].header);
        memcpy(file, &length, 8);
        memcpy(&file[8], cases[i].header, length);
        rl_tensors tensors;
        dcat_error err = {0};
        dcat_status status = rl_safetensors_read(file, 8 + length + 16, "t.st", &tensors, &err);
        assert_int_equal(status, cases[i].right ? DCAT_OK : DCAT_ERR_FORMAT);
        if (status == DCAT_OK) {
            rl_tensors_free(&tensors);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tensors_with_gaps_or_overlaps_are_refused),
        cmocka_unit_test(test_features_of_merged_clusters_follow_from_their_members),
        cmocka_unit_test(test_decisions_respect_the_span_limit_and_repeat),
        cmocka_unit_test(test_nothing_observed_leaves_the_partition_in_force),
        cmocka_unit_test(test_a_silent_area_changes_nothing_for_the_others),
        cmocka_unit_test(test_a_saved_actor_comes_back_the_same),
        cmocka_unit_test(test_a_policy_that_does_not_fit_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
