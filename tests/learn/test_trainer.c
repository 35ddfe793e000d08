// SPDX-License-Identifier: Apache-2.0
// Training: the same bits for any number of threads and after a resume, and it learns.

#include "support.h"

#include "dcat/run.h"
#include "dcat/x/policy_file.h"
#include "learn/trainer.h"
#include "rl_support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static dcat_train_config small_config(dcat_estimator estimator)
{
    dcat_train_config config = dcat_train_config_default(estimator);
    config.auction = dcat_auction_find("rea");
    config.epoch_count = 8;
    config.environment_count = 3;
    config.sample_count = 4;
    config.step_count = 3;
    config.world_cycle_count = 5; // worlds change within the test
    static const dcat_jobs threads_1 = {.size = sizeof(dcat_jobs), .thread_count = 1};
    config.jobs = &threads_1;
    return config;
}

static dcat_trainer *make_trainer(const dcat_train_config *config, dcat_demand *demand)
{
    dcat_error err = {0};
    const dcat_actor_shape shape = {.pair_hidden = 16, .stop_hidden = 8, .critic_hidden = 8};
    dcat_train_source source = rl_test_source(demand);
    dcat_actor *actor = NULL;
    dcat_trainer *trainer = NULL;
    assert_int_equal(dcat_actor_create(&shape, 5, &actor, &err), DCAT_OK);
    if (dcat_trainer_create(config, &source, actor, &trainer, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    dcat_actor_destroy(actor);
    return trainer;
}

static void train(dcat_trainer *trainer, uint32_t epochs)
{
    dcat_error err = {0};
    for (uint32_t i = 0; i < epochs; i++) {
        dcat_train_report report;
        if (dcat_trainer_epoch(trainer, &report, &err) != DCAT_OK) {
            fail_msg("%s", err.message);
        }
        assert_true(isfinite(report.profit) && isfinite(report.gradient_norm));
        assert_true(report.entropy >= 0.0);
    }
}

static void assert_same_weights(const dcat_trainer *a, const dcat_trainer *b)
{
    assert_int_equal(a->actor->weight_count, b->actor->weight_count);
    assert_memory_equal(a->actor->weights, b->actor->weights,
                        sizeof(float) * a->actor->weight_count);
}

static void check_threads(dcat_estimator estimator)
{
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = small_config(estimator);
    dcat_trainer *one = make_trainer(&config, demand);
    static const dcat_jobs threads_3 = {.size = sizeof(dcat_jobs), .thread_count = 3};
    config.jobs = &threads_3;
    dcat_trainer *three = make_trainer(&config, demand);
    train(one, 6);
    train(three, 6);
    assert_same_weights(one, three);
    dcat_trainer_destroy(one);
    dcat_trainer_destroy(three);
    dcat_demand_destroy(demand);
}

static void test_weights_do_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    check_threads(DCAT_ESTIMATOR_GROUP);
    check_threads(DCAT_ESTIMATOR_GAE);
    check_threads(DCAT_ESTIMATOR_PAPER);
}

// Also with a BLAS loaded that may have threads of its own.
static void test_a_child_trains_on_to_the_same_bits(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = small_config(DCAT_ESTIMATOR_GROUP);
    static const dcat_jobs threads_2 = {.size = sizeof(dcat_jobs), .thread_count = 2};
    config.jobs = &threads_2;
    dcat_trainer *whole = make_trainer(&config, demand), *part = make_trainer(&config, demand);
    train(whole, 6);
    train(part, 3);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60); // rather than waiting forever for a thread that the parent had
        train(part, 3);
        size_t bytes = sizeof(float) * whole->actor->weight_count;
        _exit(memcmp(whole->actor->weights, part->actor->weights, bytes) == 0 ? 0 : 1);
    }
    int code = -1;
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    dcat_trainer_destroy(whole);
    dcat_trainer_destroy(part);
    dcat_demand_destroy(demand);
}

static void save(const dcat_trainer *trainer, const char *path)
{
    const dcat_actor_origin origin = {.seed = 5, .command = "dcat train"};
    dcat_error err = {0};
    if (dcat_trainer_save(trainer, &origin, path, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
}

// Two trainers are the same when their files are, byte for byte: weights, moments, environments.
static void assert_same_files(const dcat_trainer *a, const dcat_trainer *b)
{
    char *path[2] = {rl_test_temporary_name(), rl_test_temporary_name()};
    unsigned char *bytes[2];
    size_t count[2];
    save(a, path[0]);
    save(b, path[1]);
    for (int i = 0; i < 2; i++) {
        bytes[i] = rl_test_read(path[i], &count[i]);
        unlink(path[i]);
        free(path[i]);
    }
    assert_int_equal(count[0], count[1]);
    assert_memory_equal(bytes[0], bytes[1], count[0]);
    free(bytes[0]);
    free(bytes[1]);
}

static dcat_trainer *resume(const dcat_train_config *config, dcat_demand *demand, const char *path)
{
    dcat_train_source source = rl_test_source(demand);
    dcat_trainer *trainer = NULL;
    dcat_error err = {0};
    if (dcat_trainer_resume(config, &source, path, &trainer, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return trainer;
}

// Interrupted after every possible number of epochs.
static void check_resume(dcat_estimator estimator)
{
    dcat_demand *demand = rl_test_demand();
    const dcat_train_config config = small_config(estimator);
    dcat_trainer *whole = make_trainer(&config, demand);
    char *path = rl_test_temporary_name();
    train(whole, 8);
    for (uint32_t stop = 0; stop <= 8; stop++) {
        dcat_trainer *part = make_trainer(&config, demand);
        train(part, stop);
        save(part, path);
        dcat_trainer *rest = resume(&config, demand, path);
        assert_int_equal(dcat_trainer_epoch_count(rest), stop);
        train(rest, 8 - stop);
        assert_same_weights(whole, rest);
        assert_same_files(whole, rest);
        dcat_trainer_destroy(part);
        dcat_trainer_destroy(rest);
    }
    unlink(path);
    free(path);
    dcat_trainer_destroy(whole);
    dcat_demand_destroy(demand);
}

static void test_resuming_gives_the_bits_of_never_stopping(void **state)
{
    (void)state;
    check_resume(DCAT_ESTIMATOR_GROUP);
    check_resume(DCAT_ESTIMATOR_GAE);
    check_resume(DCAT_ESTIMATOR_PAPER);
}

static void test_a_note_travels_with_the_trainer(void **state)
{
    (void)state;
    static const char text[] = "--rate=0.1\nbest=-0x1.8p-3 \"quoted\" \xc3\xa4\n";
    dcat_demand *demand = rl_test_demand();
    const dcat_train_config config = small_config(DCAT_ESTIMATOR_GROUP);
    dcat_trainer *trainer = make_trainer(&config, demand);
    dcat_error err = {0};
    char *path = rl_test_temporary_name(), note[DCAT_TRAIN_NOTE] = "untouched";
    assert_string_equal(dcat_trainer_note_view(trainer), "");
    assert_int_equal(dcat_trainer_set_note(trainer, text, &err), DCAT_OK);
    save(trainer, path);
    assert_int_equal(dcat_trainer_load_note(path, note, &err), DCAT_OK);
    assert_string_equal(note, text);
    dcat_trainer *back = resume(&config, demand, path);
    assert_string_equal(dcat_trainer_note_view(back), text);

    char *too_long = calloc(DCAT_TRAIN_NOTE + 1, 1);
    memset(too_long, 'x', DCAT_TRAIN_NOTE);
    assert_int_equal(dcat_trainer_set_note(back, too_long, &err), DCAT_ERR_RANGE);
    assert_string_equal(dcat_trainer_note_view(back), text);
    too_long[DCAT_TRAIN_NOTE - 1] = '\0';
    assert_int_equal(dcat_trainer_set_note(back, too_long, &err), DCAT_OK);

    const dcat_actor_origin origin = {.seed = 5};
    strcpy(note, "untouched");
    assert_int_equal(dcat_trainer_save_actor(trainer, &origin, path, &err), DCAT_OK);
    assert_int_equal(dcat_trainer_load_note(path, note, &err), DCAT_ERR_FIELD);
    assert_non_null(strstr(err.message, "a policy, not a checkpoint"));
    assert_string_equal(note, "untouched");
    unlink(path);
    assert_int_equal(dcat_trainer_load_note(path, note, &err), DCAT_ERR_NOT_FOUND);
    free(too_long);
    free(path);
    dcat_trainer_destroy(back);
    dcat_trainer_destroy(trainer);
    dcat_demand_destroy(demand);
}

static void test_the_policy_file_says_how_it_was_trained(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    const dcat_train_config config = small_config(DCAT_ESTIMATOR_GAE);
    dcat_trainer *trainer = make_trainer(&config, demand);
    const dcat_actor_origin origin = {.seed = 5, .scenario = "s", .command = "c", .commit = "d"};
    dcat_actor *actor = NULL;
    dcat_error err = {0};
    char *path = rl_test_temporary_name();
    train(trainer, 3);
    assert_int_equal(dcat_trainer_save_actor(trainer, &origin, path, &err), DCAT_OK);
    assert_int_equal(dcat_actor_load(path, &actor, &err), DCAT_OK);
    const dcat_actor_origin *seen = dcat_actor_origin_view(actor);
    assert_int_equal(seen->epoch_count, 3);
    assert_ptr_equal(seen->auction, dcat_auction_find("rea"));
    assert_string_equal(seen->estimator, "gae");
    assert_int_equal(seen->queue, DCAT_QUEUE_FIFO);
    assert_string_equal(seen->scenario, "s");
    assert_memory_equal(actor->weights, trainer->actor->weights,
                        sizeof(float) * actor->weight_count);
    dcat_actor_destroy(actor);
    unlink(path);
    free(path);
    dcat_trainer_destroy(trainer);
    dcat_demand_destroy(demand);
}

static void expect_refusal(const dcat_train_config *config, dcat_demand *demand, const char *path,
                           dcat_status status, const char *reason)
{
    dcat_train_source source = rl_test_source(demand);
    dcat_trainer *trainer = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_trainer_resume(config, &source, path, &trainer, &err), status);
    assert_null(trainer);
    if (strstr(err.message, reason) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, reason);
    }
}

static void test_a_checkpoint_of_another_training_is_refused_by_name(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    const dcat_train_config config = small_config(DCAT_ESTIMATOR_GROUP);
    dcat_trainer *trainer = make_trainer(&config, demand);
    char *path = rl_test_temporary_name();
    train(trainer, 2);
    save(trainer, path);
    dcat_train_config other = config;
    other.sample_count = 5;
    expect_refusal(&other, demand, path, DCAT_ERR_FIELD, "train.samples = 4, not 5");
    other = config;
    other.seed = 2;
    expect_refusal(&other, demand, path, DCAT_ERR_FIELD, "train.seed = 1, not 2");
    other = config;
    other.learning_rate = 0.5;
    expect_refusal(&other, demand, path, DCAT_ERR_FIELD, "train.learning_rate = 0.001");
    other = config;
    other.estimator = DCAT_ESTIMATOR_PAPER;
    expect_refusal(&other, demand, path, DCAT_ERR_FIELD, "train.estimator = group, not paper");
    other = config;
    other.auction = dcat_auction_find("posted");
    expect_refusal(&other, demand, path, DCAT_ERR_FIELD, "auction rea, not posted");

    dcat_train_source other_rule = rl_test_paper_source(demand);
    dcat_trainer *wrong = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_trainer_resume(&config, &other_rule, path, &wrong, &err), DCAT_ERR_FIELD);
    assert_non_null(strstr(err.message, "market.queue = fifo, not paper"));

    size_t count = 0;
    unsigned char *bytes = rl_test_read(path, &count); // cut off anywhere, it is refused
    for (size_t cut = 0; cut < count; cut += count / 23) {
        rl_test_write(path, bytes, cut);
        expect_refusal(&config, demand, path, DCAT_ERR_FORMAT, path);
    }
    // And so is one with any bit of its numbers changed.
    for (size_t at = count - 1; at > count - 200; at -= 13) {
        bytes[at] ^= 4;
        rl_test_write(path, bytes, count);
        expect_refusal(&config, demand, path, DCAT_ERR_FORMAT, "is damaged");
        bytes[at] ^= 4;
    }
    free(bytes);
    unlink(path);
    free(path);
    dcat_trainer_destroy(trainer);
    dcat_demand_destroy(demand);
}

// Written with a checksum, but by a program that let it happen.
static void test_a_checkpoint_with_numbers_that_are_none_is_refused(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    const dcat_train_config config = small_config(DCAT_ESTIMATOR_GROUP);
    char *path = rl_test_temporary_name();
    dcat_trainer *trainer = make_trainer(&config, demand);
    train(trainer, 2);
    float *const numbers[] = {&trainer->adam.mean[3], &trainer->adam.square[4]};
    for (int i = 0; i < 2; i++) {
        float whole = *numbers[i];
        *numbers[i] = i == 0 ? NAN : -1.0f;
        save(trainer, path);
        *numbers[i] = whole;
        expect_refusal(&config, demand, path, DCAT_ERR_FORMAT,
                       i == 0 ? "adam.mean[3] = " : "adam.square[4] = -1");
        unlink(path);
    }
    free(path);
    dcat_trainer_destroy(trainer);
    dcat_demand_destroy(demand);
}

static double profit_of(const dcat_actor *actor, dcat_demand *demand)
{
    double sum = 0.0;
    for (uint64_t seed = 500; seed < 506; seed++) {
        dcat_world *world = rl_test_world(seed, 12);
        dcat_error err = {0};
        dcat_run_result result;
        const dcat_run_config run = {
            DCAT_SIZED(dcat_run_config),
            .policy = {.clusterer = &dcat_clusterer_a2c,
                       .auction = dcat_auction_find("rea"),
                       .model = actor},
            .seed = seed,
            .cycle_first = 40,
            .cycle_count = 8,
        };
        assert_int_equal(dcat_run(world, demand, &run, NULL, NULL, &result, &err), DCAT_OK);
        sum += dcat_totals_profit(&result.totals);
        dcat_world_destroy(world);
    }
    return sum;
}

static void test_learning_earns_more_on_worlds_and_cycles_never_seen(void **state)
{
    (void)state;
    dcat_demand *demand = rl_test_demand();
    dcat_train_config config = small_config(DCAT_ESTIMATOR_GROUP);
    config.epoch_count = 150;
    config.environment_count = 4;
    config.sample_count = 8;
    config.learning_rate = 3e-3;
    dcat_trainer *trainer = make_trainer(&config, demand);
    double before = profit_of(dcat_trainer_actor_view(trainer), demand);
    train(trainer, 150);
    double after = profit_of(dcat_trainer_actor_view(trainer), demand);
    print_message("profit before %.0f, after %.0f\n", before, after);
    assert_true(after > 1.02 * before);
    dcat_trainer_destroy(trainer);
    dcat_demand_destroy(demand);
}

static void test_bad_configurations_are_refused_by_name(void **state)
{
    (void)state;
    dcat_error err = {0};
    dcat_train_config config = dcat_train_config_default(DCAT_ESTIMATOR_GROUP);
    assert_int_equal(dcat_train_config_check(&config, &err), DCAT_OK);
    config.sample_count = 1;
    assert_int_equal(dcat_train_config_check(&config, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "train.samples"));
    config = dcat_train_config_default(DCAT_ESTIMATOR_GAE);
    config.discount = NAN;
    assert_int_equal(dcat_train_config_check(&config, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "train.discount"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(test_a_child_trains_on_to_the_same_bits),
        cmocka_unit_test(test_resuming_gives_the_bits_of_never_stopping),
        cmocka_unit_test(test_a_note_travels_with_the_trainer),
        cmocka_unit_test(test_the_policy_file_says_how_it_was_trained),
        cmocka_unit_test(test_a_checkpoint_of_another_training_is_refused_by_name),
        cmocka_unit_test(test_a_checkpoint_with_numbers_that_are_none_is_refused),
        cmocka_unit_test(test_learning_earns_more_on_worlds_and_cycles_never_seen),
        cmocka_unit_test(test_bad_configurations_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
