// SPDX-License-Identifier: Apache-2.0
// Training in several ranks: the bits of one process, whoever plays what, and nobody left waiting.

#include "support.h"

#include "dcat/rng.h"
#include "dcat/x/policy_file.h"
#include "learn/trainer.h"
#include "ranks_team.h"
#include "rl_support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENVIRONMENTS 3 // fewer than the largest team has ranks
#define RANK_MAX 4

// What a team is told to do, and what its ranks found out.
typedef struct job {
    dcat_train_config config;
    dcat_demand *demand;
    uint32_t epoch_count;  // to train now
    const char *from, *to; // Nullable: checkpoints to go on from and to leave
    int bad_rank;          // whose worlds fail, or -1
    int opened_max;        // worlds that it opens before
    int stopper;           // rank that asks to stop, or -1
    int spoiler;           // rank whose weights are spoilt after the first epoch, or -1
    dcat_status status[RANK_MAX];
    dcat_error err[RANK_MAX];
    dcat_train_report report[RANK_MAX]; // of the last epoch
    uint32_t epochs_done[RANK_MAX];     // complete, here
    float *weights[RANK_MAX];
    size_t weight_count;
} job;

static job job_of(dcat_estimator estimator, dcat_demand *demand)
{
    job made = {.demand = demand, .epoch_count = 5, .bad_rank = -1, .stopper = -1, .spoiler = -1};
    made.config = dcat_train_config_default(estimator);
    made.config.auction = dcat_auction_find("rea");
    made.config.epoch_count = 8;
    made.config.environment_count = ENVIRONMENTS;
    made.config.sample_count = 4;
    made.config.step_count = 3;
    made.config.world_cycle_count = 5; // worlds change within the test
    static const dcat_jobs threads_1 = {.size = sizeof(dcat_jobs), .thread_count = 1};
    made.config.jobs = &threads_1;
    return made;
}

// --- a rank's part

typedef struct rank_source {
    dcat_train_source inner;
    int left; // worlds that it still opens
} rank_source;

static dcat_status open_or_fail(void *user, uint64_t number, dcat_train_world *world,
                                dcat_error *err)
{
    rank_source *source = user;
    if (source->left-- == 0) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "world.csv:3: broken");
    }
    return source->inner.open(source->inner.user, number, world, err);
}

static void close_it(void *user, dcat_train_world *world)
{
    rank_source *source = user;
    source->inner.close(source->inner.user, world);
}

static bool want_stop(void *user)
{
    (void)user;
    return true;
}

static dcat_status make(const job *j, const dcat_train_config *config, dcat_train_source *source,
                        dcat_trainer **trainer, dcat_error *err)
{
    if (j->from != NULL) {
        return dcat_trainer_resume(config, source, j->from, trainer, err);
    }
    const dcat_actor_shape shape = {.pair_hidden = 16, .stop_hidden = 8, .critic_hidden = 8};
    dcat_actor *actor = NULL;
    if (dcat_ranks_first(config->jobs->ranks)) { // the others take rank 0's
        dcat_status status = dcat_actor_create(&shape, 5, &actor, err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    dcat_status status = dcat_trainer_create(config, source, actor, trainer, err);
    dcat_actor_destroy(actor);
    return status;
}

static void keep_weights(job *j, int rank, const dcat_trainer *trainer)
{
    size_t byte_count = sizeof(float) * trainer->actor->weight_count;
    j->weights[rank] = malloc(byte_count);
    memcpy(j->weights[rank], trainer->actor->weights, byte_count);
    if (rank == 0) {
        j->weight_count = trainer->actor->weight_count;
    }
}

static dcat_status train(job *j, int rank, dcat_trainer *trainer)
{
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && j->epochs_done[rank] < j->epoch_count) {
        status = dcat_trainer_epoch(trainer, &j->report[rank], &j->err[rank]);
        j->epochs_done[rank] += status == DCAT_OK;
        if (rank == j->spoiler) {
            trainer->actor->weights[7] += 1e-3f;
        }
    }
    return status;
}

static void work(const dcat_ranks *ranks, void *user)
{
    job *j = user;
    int rank = ranks == NULL ? 0 : ranks->rank;
    rank_source own = {rl_test_source(j->demand), rank == j->bad_rank ? j->opened_max : -1};
    dcat_train_source source = {&own, open_or_fail, close_it};
    dcat_train_config config = j->config;
    dcat_jobs jobs = *config.jobs;
    jobs.ranks = ranks;
    jobs.stop = rank == j->stopper ? want_stop : NULL;
    config.jobs = &jobs;
    dcat_trainer *trainer = NULL;
    dcat_status status = make(j, &config, &source, &trainer, &j->err[rank]);
    if (status == DCAT_OK) {
        status = train(j, rank, trainer);
    }
    if (status == DCAT_OK && j->to != NULL) {
        const dcat_actor_origin origin = {.seed = 5, .command = "dcat train"};
        status = dcat_trainer_save(trainer, &origin, j->to, &j->err[rank]);
    }
    if (status == DCAT_OK) {
        keep_weights(j, rank, trainer);
    }
    j->status[rank] = status;
    dcat_trainer_destroy(trainer);
}

// --- running teams

// 0 ranks: one process, without any.
static ranks_talk run(job *j, int rank_count)
{
    ranks_talk talk = {0};
    if (rank_count == 0) {
        work(NULL, j);
    } else {
        talk = ranks_team_run(rank_count, work, j);
    }
    assert_int_equal(talk.letters_left, 0);
    return talk;
}

static void expect_success(const job *j, int rank_count)
{
    for (int r = 0; r < (rank_count > 0 ? rank_count : 1); r++) {
        if (j->status[r] != DCAT_OK) {
            fail_msg("rank %d of %d: %s", r, rank_count, j->err[r].message);
        }
    }
}

static void free_weights(job *j)
{
    for (int r = 0; r < RANK_MAX; r++) {
        free(j->weights[r]);
        j->weights[r] = NULL;
    }
}

// Every rank fails, and says the same.
static void expect_failure(const job *j, int rank_count, dcat_status status, const char *reason)
{
    for (int r = 0; r < rank_count; r++) {
        assert_int_equal(j->status[r], status);
        assert_string_equal(j->err[r].message, j->err[0].message);
    }
    if (strstr(j->err[0].message, reason) == NULL) {
        fail_msg("'%s' does not say '%s'", j->err[0].message, reason);
    }
}

static void assert_same_bytes(const char *path_a, const char *path_b)
{
    size_t count_a, count_b;
    unsigned char *a = rl_test_read(path_a, &count_a), *b = rl_test_read(path_b, &count_b);
    assert_int_equal(count_a, count_b);
    assert_memory_equal(a, b, count_a);
    free(a);
    free(b);
}

// --- the same bits

static void assert_like_alone(const job *alone, const job *team, int rank_count)
{
    for (int r = 0; r < rank_count; r++) {
        assert_memory_equal(team->weights[r], alone->weights[0],
                            sizeof(float) * alone->weight_count);
        // No clock, so all of the report is there to be compared.
        const dcat_train_report *a = &alone->report[0], *b = &team->report[r];
        assert_int_equal(a->epoch, b->epoch);
        assert_true(a->profit == b->profit && a->profit_sampled == b->profit_sampled);
        assert_true(a->entropy == b->entropy && a->critic_error == b->critic_error);
        assert_true(a->gradient_norm == b->gradient_norm && a->learning_rate == b->learning_rate);
        assert_true(a->cluster_count == b->cluster_count && a->stop == b->stop);
        assert_int_equal(a->cycle_count, b->cycle_count);
        assert_int_equal(a->choice_count, b->choice_count);
    }
}

static void check_ranks(dcat_estimator estimator)
{
    dcat_demand *demand = rl_test_demand();
    job alone = job_of(estimator, demand);
    char *alone_file = rl_test_temporary_name(), *team_file = rl_test_temporary_name();
    alone.to = alone_file;
    run(&alone, 0);
    expect_success(&alone, 0);
    for (int rank_count = 1; rank_count <= RANK_MAX; rank_count++) {
        job team = job_of(estimator, demand);
        team.to = team_file;
        run(&team, rank_count);
        expect_success(&team, rank_count);
        assert_like_alone(&alone, &team, rank_count);
        assert_same_bytes(alone_file, team_file);
        free_weights(&team);
    }
    free_weights(&alone);
    unlink(alone_file);
    unlink(team_file);
    free(alone_file);
    free(team_file);
    dcat_demand_destroy(demand);
}

static void test_any_number_of_ranks_has_the_bits_of_one_process(void **state)
{
    (void)state;
    check_ranks(DCAT_ESTIMATOR_GROUP);
    check_ranks(DCAT_ESTIMATOR_GAE);
    check_ranks(DCAT_ESTIMATOR_PAPER);
}

static void check_resume(dcat_estimator estimator, uint32_t stop, int before, int after)
{
    dcat_demand *demand = rl_test_demand();
    job whole = job_of(estimator, demand), first = whole, rest = whole;
    char *whole_file = rl_test_temporary_name(), *part_file = rl_test_temporary_name();
    whole.to = whole_file;
    run(&whole, 0);
    first.epoch_count = stop;
    first.to = part_file;
    run(&first, before);
    expect_success(&first, before);
    rest.epoch_count = whole.epoch_count - stop;
    rest.from = part_file;
    rest.to = part_file;
    run(&rest, after);
    expect_success(&rest, after);
    assert_like_alone(&whole, &rest, after);
    assert_same_bytes(whole_file, part_file);
    free_weights(&whole);
    free_weights(&first);
    free_weights(&rest);
    unlink(whole_file);
    unlink(part_file);
    free(whole_file);
    free(part_file);
    dcat_demand_destroy(demand);
}

static void test_a_checkpoint_goes_on_with_any_number_of_ranks(void **state)
{
    (void)state;
    for (int estimator = 0; estimator < DCAT_ESTIMATOR_COUNT; estimator++) {
        check_resume((dcat_estimator)estimator, 2, 2, 3);
        check_resume((dcat_estimator)estimator, 3, 4, 1);
        check_resume((dcat_estimator)estimator, 1, 0, 4);
        check_resume((dcat_estimator)estimator, 0, 3, 2); // before any world is open
    }
}

// Whatever the order and grouping, sums of derivatives of all sizes are the same bits; those of
// plain doubles are not, so the test can fail.
static void test_sums_of_derivatives_do_not_depend_on_their_order(void **state)
{
    (void)state;
    enum { PARTS = 4096, COUNT = 16 };
    static float part[PARTS][COUNT];
    for (size_t p = 0; p < PARTS; p++) {
        for (size_t i = 0; i < COUNT; i++) {
            dcat_draw draw = dcat_draw_at(77, DCAT_STREAM_USER, (uint32_t)p, (uint32_t)i, 0, 0);
            double exponent = -50.0 + 44.0 * dcat_draw_uniform(&draw, 0);
            part[p][i] = (float)((dcat_draw_uniform(&draw, 1) - 0.5) * exp2(exponent));
        }
    }
    double up[COUNT] = {0}, down[COUNT] = {0}, even_odd[2][COUNT] = {{0}}, plain_up = 0.0,
           plain_down = 0.0;
    for (size_t p = 0; p < PARTS; p++) {
        rl_add_gradient(up, part[p], COUNT);
        rl_add_gradient(down, part[PARTS - 1 - p], COUNT);
        rl_add_gradient(even_odd[p % 2], part[p], COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            plain_up += (double)part[p][i];
            plain_down += (double)part[PARTS - 1 - p][COUNT - 1 - i];
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        double grouped = even_odd[0][i] + even_odd[1][i];
        assert_true(up[i] == down[i] && up[i] == grouped);
    }
    assert_true(plain_up != plain_down);
}

// The rounding is far below what a float of usual size holds, and large derivatives keep all bits.
static void test_derivatives_are_hardly_rounded(void **state)
{
    (void)state;
    const float part[] = {0.0f, 1e-30f, 1e-9f, -3.7e-4f, 0.123f, -127.0f, 5e8f};
    double sum[7] = {0};
    rl_add_gradient(sum, part, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_true(fabs(sum[i] - (double)part[i]) <= 0x1p-47);
    }
    for (size_t i = 3; i < 7; i++) { // multiples of 2^-46 already
        assert_true((float)sum[i] == part[i]);
    }
}

// --- what is said

// Group: one sum an epoch. Gae: one more, of two numbers for an environment. Each carries a mark
// for every rank; the gradient's also ten numbers for an environment, three for a rank. On top of
// that comes one sum after creation, which agrees on its success, and one before an actor is sent.
static void test_ranks_add_up_once_an_epoch(void **state)
{
    (void)state;
    const size_t R = 2, E = ENVIRONMENTS;
    dcat_demand *demand = rl_test_demand();
    for (int estimator = 0; estimator < DCAT_ESTIMATOR_COUNT; estimator++) {
        bool gae = estimator == DCAT_ESTIMATOR_GAE;
        job team = job_of((dcat_estimator)estimator, demand);
        ranks_talk talk = run(&team, (int)R);
        expect_success(&team, (int)R);
        size_t per_epoch = team.weight_count + 10 * E + 4 * R + (gae ? 2 * E + R : 0);
        assert_int_equal(talk.sum_count, 2 + 5 * (gae ? 2 : 1));
        assert_int_equal(talk.value_total, 2 * R + 5 * per_epoch);
        free_weights(&team);
    }
    dcat_demand_destroy(demand);
}

static void test_a_wish_to_stop_reaches_all_ranks_in_the_same_epoch(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    for (int stopper = -1; stopper < 3; stopper++) {
        job team = job_of(DCAT_ESTIMATOR_GROUP, demand);
        team.stopper = stopper;
        team.epoch_count = 1;
        run(&team, 3);
        expect_success(&team, 3);
        for (int r = 0; r < 3; r++) {
            assert_int_equal(team.report[r].stop, stopper >= 0);
        }
        free_weights(&team);
    }
    dcat_demand_destroy(demand);
}

// --- failures

static void test_a_world_that_fails_at_one_rank_fails_all(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    for (int estimator = 0; estimator < DCAT_ESTIMATOR_COUNT; estimator++) {
        for (int bad = 0; bad < 3; bad++) {
            for (int opened = 0; opened < 2; opened++) { // at once, and in a later epoch
                job team = job_of((dcat_estimator)estimator, demand);
                team.epoch_count = 8; // group needs its second world in the sixth
                team.bad_rank = bad;
                team.opened_max = opened;
                run(&team, 3);
                expect_failure(&team, 3, DCAT_ERR_FORMAT,
                               bad == 1   ? "rank 1: world.csv:3: broken"
                               : bad == 2 ? "rank 2: world.csv:3: broken"
                                          : "world.csv:3: broken");
                assert_int_equal(team.epochs_done[0], team.epochs_done[2]);
                assert_true((team.epochs_done[1] > 0) == (opened > 0));
            }
        }
    }
    dcat_demand_destroy(demand);
}

static void test_other_weights_at_a_rank_are_noticed(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    for (int spoiler = 0; spoiler < 3; spoiler++) {
        job team = job_of(DCAT_ESTIMATOR_PAPER, demand);
        team.spoiler = spoiler;
        run(&team, 3);
        expect_failure(&team, 3, DCAT_ERR_INTERNAL, "holds other weights than rank 0");
        assert_int_equal(team.epochs_done[2], 1);
    }
    dcat_demand_destroy(demand);
}

static void test_files_that_fail_at_rank_0_fail_all(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    job team = job_of(DCAT_ESTIMATOR_GROUP, demand);
    team.epoch_count = 1;
    team.to = "/dev/null/p.checkpoint";
    run(&team, 3);
    expect_failure(&team, 3, DCAT_ERR_IO, "/dev/null/p.checkpoint");

    team = job_of(DCAT_ESTIMATOR_GROUP, demand);
    team.from = "/nowhere/p.checkpoint";
    run(&team, 3);
    expect_failure(&team, 3, DCAT_ERR_NOT_FOUND, "/nowhere/p.checkpoint");

    char *path = rl_test_temporary_name();
    rl_test_write(path, (const unsigned char *)"what", 4);
    team.from = path;
    run(&team, 3);
    expect_failure(&team, 3, DCAT_ERR_FORMAT, path);
    unlink(path);
    free(path);
    dcat_demand_destroy(demand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_number_of_ranks_has_the_bits_of_one_process),
        cmocka_unit_test(test_a_checkpoint_goes_on_with_any_number_of_ranks),
        cmocka_unit_test(test_sums_of_derivatives_do_not_depend_on_their_order),
        cmocka_unit_test(test_derivatives_are_hardly_rounded),
        cmocka_unit_test(test_ranks_add_up_once_an_epoch),
        cmocka_unit_test(test_a_wish_to_stop_reaches_all_ranks_in_the_same_epoch),
        cmocka_unit_test(test_a_world_that_fails_at_one_rank_fails_all),
        cmocka_unit_test(test_other_weights_at_a_rank_are_noticed),
        cmocka_unit_test(test_files_that_fail_at_rank_0_fail_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
