// Training: the same bits for any number of threads and after a resume, and it learns.

#include "support.h"

#include "dcat/run.h"
#include "rl/trainer.h"
#include "rl_support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static dcat_train_config small_config(dcat_estimator estimator)
{
    dcat_train_config config = dcat_train_config_default(estimator);
    config.auction = DCAT_AUCTION_REA;
    config.epoch_count = 8;
    config.environment_count = 3;
    config.sample_count = 4;
    config.step_count = 3;
    config.world_cycle_count = 5; // worlds change within the test
    config.thread_count = 1;
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
    config.thread_count = 3;
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

static void check_resume(dcat_estimator estimator)
{
    char path[] = "/tmp/dcat-test-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    dcat_error err = {0};
    dcat_demand *demand = rl_test_demand();
    dcat_train_source source = rl_test_source(demand);
    const dcat_train_config config = small_config(estimator);
    const dcat_actor_origin origin = {.seed = 5};
    dcat_trainer *whole = make_trainer(&config, demand), *half = make_trainer(&config, demand);
    dcat_trainer *rest = NULL;
    train(whole, 8);
    train(half, 4);
    assert_int_equal(dcat_trainer_save(half, &origin, path, &err), DCAT_OK);
    if (dcat_trainer_resume(&config, &source, path, &rest, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(dcat_trainer_epoch_count(rest), 4);
    train(rest, 4);
    assert_same_weights(whole, rest);

    dcat_train_config other = config;
    other.sample_count = 5;
    dcat_trainer *refused = NULL;
    assert_int_equal(dcat_trainer_resume(&other, &source, path, &refused, &err), DCAT_ERR_FIELD);
    assert_non_null(strstr(err.message, "train.samples = 4, not 5"));
    assert_null(refused);
    unlink(path);
    dcat_trainer_destroy(whole);
    dcat_trainer_destroy(half);
    dcat_trainer_destroy(rest);
    dcat_demand_destroy(demand);
}

static void test_resuming_gives_the_bits_of_never_stopping(void **state)
{
    (void)state;
    check_resume(DCAT_ESTIMATOR_GROUP);
    check_resume(DCAT_ESTIMATOR_GAE);
}

static double profit_of(const dcat_actor *actor, dcat_demand *demand)
{
    double sum = 0.0;
    for (uint64_t seed = 500; seed < 506; seed++) {
        dcat_world *world = rl_test_world(seed, 12);
        dcat_error err = {0};
        dcat_run_result result;
        const dcat_run_config run = {
            .policy = {&dcat_clusterer_a2c, DCAT_AUCTION_REA, actor},
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
        cmocka_unit_test(test_resuming_gives_the_bits_of_never_stopping),
        cmocka_unit_test(test_learning_earns_more_on_worlds_and_cycles_never_seen),
        cmocka_unit_test(test_bad_configurations_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
