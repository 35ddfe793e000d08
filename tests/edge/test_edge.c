// SPDX-License-Identifier: Apache-2.0
// The public edge of the market: whatever comes from outside is answered by a status and a message,
// never by a signal, and nothing has happened then. One table of wrong arguments. Null pointers
// where a header does not say Nullable stay the caller's fault.

#include "dcat/market.h"
#include "dcat/x/task_auction.h"
#include "support.h"
#include <stdio.h>
#include <string.h>

// Arguments of all functions below, right until one is spoiled.
typedef struct arguments {
    dcat_world_config config;
    dcat_server server[2];
    dcat_area area[2];
    size_t server_count, area_count;
    dcat_demand_profile profile;
    double weight[4];
    dcat_task task;
    size_t task_count;
    size_t demand_areas;
    double slot_s;
    int slots_per_cycle;
    dcat_auction auction;
    size_t task_max;
    double now_s;
    int32_t n, cluster, label[2];
    double payment;
} arguments;

static dcat_world *world; // of right arguments
static dcat_state *state; // at 10 s, for one task, each server its own cluster

static arguments right(void)
{
    arguments a = {
        .config = dcat_world_config_default(),
        .server_count = 2,
        .area_count = 2,
        .profile = {DCAT_SIZED(dcat_demand_profile), .arrivals_per_slot = 1.0, .step_count = 2,
                    .area_count = 2, .work_cycles = {1e9, 2e9}, .data_bits = {0.0, 1e6},
                    .deadline_s = {1.0, 2.0}, .value_per_gigacycle = {INFINITY, INFINITY},
                    .train_step_count = 1},
        .weight = {1.0, 0.0, 1.0, 2.0},
        .task = {.arrival_s = 10.0,
                 .work_cycles = 250e9,
                 .data_bits = 1e6,
                 .deadline_s = 4.0,
                 .value = INFINITY},
        .task_count = 1,
        .demand_areas = 2,
        .slot_s = 1.0,
        .slots_per_cycle = 20,
        .auction = *dcat_auction_find("rea-s"),
        .task_max = 1,
        .now_s = 10.0,
        .label = {1, 0},
        .payment = 100.0,
    };
    for (int i = 0; i < 2; i++) {
        a.server[i] = (dcat_server){.site = {300e3 * i, 0.0},
                                    .speed_hz = 250e9,
                                    .core_count = 100,
                                    .energy_cost = NAN,
                                    .time_cost_per_s = NAN};
    }
    return a;
}

// --- the functions, each on the arguments; what a right call makes is taken down again

static dcat_status check_auction_config(arguments *a, dcat_error *err)
{
    return dcat_auction_config_check(&a->config.auction, err);
}

static dcat_status check_world_config(arguments *a, dcat_error *err)
{
    return dcat_world_config_check(&a->config, err);
}

static dcat_status create_world(arguments *a, dcat_error *err)
{
    dcat_world *made = NULL;
    dcat_status status = dcat_world_create(&a->config, a->server, a->server_count, a->area,
                                           a->area_count, 1, &made, err);
    assert_true((made != NULL) == (status == DCAT_OK));
    dcat_world_destroy(made);
    return status;
}

static dcat_status create_profile(arguments *a, dcat_error *err)
{
    dcat_demand *made = NULL;
    a->profile.weight = a->weight;
    dcat_status status = dcat_demand_create_profile(&a->profile, &made, err);
    assert_true((made != NULL) == (status == DCAT_OK));
    dcat_demand_destroy(made);
    return status;
}

static dcat_status create_tasks(arguments *a, dcat_error *err)
{
    dcat_demand *made = NULL;
    dcat_status status = dcat_demand_create_tasks(&a->task, a->task_count, a->demand_areas,
                                                  a->slot_s, a->slots_per_cycle, &made, err);
    assert_true((made != NULL) == (status == DCAT_OK));
    dcat_demand_destroy(made);
    return status;
}

static dcat_status check_task(arguments *a, dcat_error *err)
{
    return dcat_task_check(world, &a->task, err);
}

static dcat_status create_state(arguments *a, dcat_error *err)
{
    dcat_state *made = NULL;
    dcat_status status = dcat_state_create(world, &a->auction, 1, a->task_max, &made, err);
    assert_true((made != NULL) == (status == DCAT_OK));
    dcat_state_destroy(made);
    return status;
}

static dcat_status try_clusters(arguments *a, dcat_error *err)
{
    return dcat_state_try_clusters(state, a->label, err);
}

static dcat_status step(arguments *a, dcat_error *err)
{
    dcat_totals totals = {0};
    dcat_award award;
    dcat_status status =
        dcat_state_step(state, a->now_s, 0, 10, &a->task, a->task_count, &award, &totals, err);
    assert_int_equal(totals.arrived, status == DCAT_OK);
    return status;
}

static dcat_status auction_task(arguments *a, dcat_error *err)
{
    dcat_totals totals = {0};
    dcat_award award;
    dcat_status status =
        dcat_state_auction_task(state, a->now_s, 0, 10, &a->task, a->n, &award, &totals, err);
    assert_int_equal(totals.arrived, status == DCAT_OK);
    return status;
}

static dcat_status award_task(arguments *a, dcat_error *err)
{
    dcat_totals totals = {0};
    dcat_status status = dcat_state_award_task(state, a->now_s, &a->task, a->cluster, a->payment,
                                               NULL, &totals, err);
    assert_int_equal(totals.awarded, status == DCAT_OK);
    return status;
}

// --- the table: function, argument, its kind, wrong values, a word of the message

typedef enum kind {
    REAL = 0,
    WHOLE,  // int and enums
    COUNT,  // size_t
    CALLED, // a function pointer, made NULL
} kind;

typedef struct wrong {
    dcat_status (*call)(arguments *a, dcat_error *err);
    size_t offset;
    kind kind;
    double value[5]; // up to the first 0 after the first one
    const char *word;
} wrong;

#define AT(field) offsetof(arguments, field)
#define BAD_TIMES                                                                                  \
    {                                                                                              \
        NAN, INFINITY, -INFINITY, -1.0, 9.5                                                        \
    }

static const wrong table[] = {
    {check_auction_config, AT(config.auction.rea_decrement), REAL, {0, -1, 1, NAN, 2}, "decrement"},
    {check_auction_config, AT(config.auction.rea_round_max), WHOLE, {-1}, "round_max"},
    {check_auction_config, AT(config.auction.rea_all_left), WHOLE, {-1, 2, 99}, "all_left"},
    {check_auction_config, AT(config.auction.rea_round_end), WHOLE, {-1, 2}, "round_end"},
    {check_auction_config, AT(config.auction.one_off_offer), REAL, {0, 1.5, NAN}, "offer_of_fee"},
    {check_auction_config, AT(config.auction.rea_s_decrement), REAL, {0, 1, NAN}, "rea_s"},
    {check_auction_config, AT(config.auction.ceiling_per_cycle), REAL, {0, -1, NAN}, "ceiling"},
    {check_world_config, AT(config.slot_s), REAL, {0, -1, NAN, INFINITY}, "slot_s"},
    {check_world_config, AT(config.slots_per_cycle), WHOLE, {0, -1}, "slots_per_cycle"},
    {check_world_config, AT(config.span_m_max), REAL, {-1, NAN}, "span"},
    {check_world_config, AT(config.market.task_order), WHOLE, {-1, 2}, "task_order"},
    {check_world_config, AT(config.market.queue), WHOLE, {-1, 2}, "market.queue"},
    {check_world_config, AT(config.market.price_per_gigacycle), REAL, {0, -1, NAN}, "price"},
    {check_world_config, AT(config.market.urgency_s), REAL, {-1, NAN, INFINITY}, "urgency"},
    {check_world_config, AT(config.network.kind), WHOLE, {-1, 2}, "network.kind"},
    {check_world_config, AT(config.geometry), WHOLE, {-1, 2}, "geometry"},
    {create_world, AT(config.network.kind), WHOLE, {-1, 7}, "network.kind"},
    {create_world, AT(config.auction.rea_round_end), WHOLE, {-1, 7}, "round_end"},
    {create_world, AT(server_count), COUNT, {0, 0x1p33, 0x1p63}, "server"},
    {create_world, AT(area_count), COUNT, {0, 0x1p33, 0x1p63}, "area"},
    {create_world, AT(server[1].site.x), REAL, {NAN, INFINITY}, "server 1"},
    {create_world, AT(server[1].speed_hz), REAL, {0, -1, NAN, INFINITY}, "speed"},
    {create_world, AT(server[1].core_count), WHOLE, {0, -1}, "cores"},
    {create_world, AT(server[1].energy_cost), REAL, {-1, INFINITY}, "cost"},
    {create_world, AT(area[1].site.y), REAL, {NAN, -INFINITY}, "area 1"},
    {create_profile, AT(profile.arrivals_per_slot), REAL, {0, -1, NAN, INFINITY, 1e300}, "arriv"},
    {create_profile, AT(profile.step_count), COUNT, {0, 0x1p33}, "step"},
    {create_profile, AT(profile.area_count), COUNT, {0, 0x1p31, 0x1p63}, "area"},
    {create_profile, AT(profile.train_step_count), COUNT, {0, 3}, "training"},
    {create_profile, AT(profile.work_cycles.min), REAL, {0, -1, NAN, 3e9}, "work"},
    {create_profile, AT(profile.data_bits.max), REAL, {-1, NAN, INFINITY}, "data"},
    {create_profile, AT(profile.deadline_s.min), REAL, {0, NAN, 3}, "deadline"},
    {create_profile, AT(profile.value_per_gigacycle.min), REAL, {-1, NAN, 1}, "value"},
    {create_profile, AT(weight[3]), REAL, {-1, NAN, INFINITY}, "area 1 in step 1"},
    {create_tasks, AT(task_count), COUNT, {0, 0x1p32}, "tasks"},
    {create_tasks, AT(slot_s), REAL, {0, -1, NAN, INFINITY}, "slot_s"},
    {create_tasks, AT(slots_per_cycle), WHOLE, {0, -5}, "slots_per_cycle"},
    {create_tasks, AT(demand_areas), COUNT, {0}, "area"},
    {create_tasks, AT(task.arrival_s), REAL, {-1, NAN, INFINITY, 1e300}, "arrival_s"},
    {create_tasks, AT(task.work_cycles), REAL, {0, -1, NAN, INFINITY}, "task 0: work"},
    {check_task, AT(task.area), WHOLE, {-1, 2, 1e9}, "area"},
    {check_task, AT(task.arrival_s), REAL, {-1, NAN, INFINITY}, "arrival_s"},
    {check_task, AT(task.work_cycles), REAL, {0, -1, NAN, INFINITY, 0.5}, "work"},
    {check_task, AT(task.deadline_s), REAL, {1e-320}, "fee"},
    {check_task, AT(task.data_bits), REAL, {-1, NAN, INFINITY}, "data"},
    {check_task, AT(task.deadline_s), REAL, {0, -1, NAN, INFINITY, 1e-320}, "deadline_s"},
    {check_task, AT(task.value), REAL, {-1, NAN, -INFINITY}, "value"},
    {create_state, AT(task_max), COUNT, {0x1p31, 0x1p62}, "task_max"},
    {create_state, AT(auction.limit), WHOLE, {-1, DCAT_LIMIT_RULE_COUNT}, "limit"},
    {create_state, AT(auction.run), CALLED, {0}, "rule"},
    {create_state, AT(auction.name), CALLED, {0}, "name"},
    {create_state, AT(auction.start_price), CALLED, {0}, "start price"},
    {try_clusters, AT(label[0]), WHOLE, {-1, 2, 1e9}, "server 0"},
    {try_clusters, AT(label[1]), WHOLE, {1}, "(10c)"},
    {step, AT(now_s), REAL, BAD_TIMES, "now_s"},
    {step, AT(task_count), COUNT, {2, 0x1p62}, "task_max"},
    {step, AT(task.area), WHOLE, {-1, 2}, "task 0: area"},
    {step, AT(task.work_cycles), REAL, {0, NAN, INFINITY}, "task 0: work"},
    {auction_task, AT(now_s), REAL, BAD_TIMES, "now_s"},
    {auction_task, AT(n), WHOLE, {-1}, "task"},
    {auction_task, AT(task.deadline_s), REAL, {0, NAN}, "deadline_s"},
    {award_task, AT(now_s), REAL, BAD_TIMES, "now_s"},
    {award_task, AT(now_s), REAL, {14.0}, "in time"}, // its deadline
    {award_task, AT(task.area), WHOLE, {-1, 2}, "area"},
    {award_task, AT(task.value), REAL, {1.0}, "value"}, // below the fee
    {award_task, AT(cluster), WHOLE, {-1, 2}, "cluster"},
    {award_task, AT(payment), REAL, {-1, NAN, INFINITY}, "payment"},
};

static void spoil(arguments *a, const wrong *w, double value)
{
    char *at = (char *)a + w->offset;
    int whole = w->kind == WHOLE ? (int)value : 0;
    size_t count = w->kind == COUNT ? (size_t)value : 0;
    void (*none)(void) = NULL;
    switch (w->kind) {
    case REAL:
        memcpy(at, &value, sizeof value);
        break;
    case WHOLE:
        memcpy(at, &whole, sizeof whole);
        break;
    case COUNT:
        memcpy(at, &count, sizeof count);
        break;
    case CALLED:
        memcpy(at, &none, sizeof none);
        break;
    }
}

static void set_up(void)
{
    arguments a = right();
    const dcat_task nothing[1] = {0};
    dcat_totals totals = {0};
    assert_int_equal(dcat_world_create(&a.config, a.server, 2, a.area, 2, 1, &world, NULL),
                     DCAT_OK);
    assert_int_equal(dcat_state_create(world, dcat_auction_find("rea-s"), 1, 1, &state, NULL),
                     DCAT_OK);
    assert_int_equal(dcat_state_step(state, 10.0, 0, 10, nothing, 0, NULL, &totals, NULL), DCAT_OK);
}

static void take_down(void)
{
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_wrong_arguments_get_a_status_and_a_message(void **fixture)
{
    (void)fixture;
    set_up();
    size_t tried = 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const wrong *w = &table[i];
        for (int v = 0; v < 5 && (v == 0 || w->value[v] != 0.0); v++) {
            arguments a = right();
            dcat_error err = {0};
            spoil(&a, w, w->value[v]);
            dcat_status status = w->call(&a, &err);
            if (status == DCAT_OK || err.status != status || !dcat_status_is_user_error(status) ||
                strstr(err.message, w->word) == NULL) {
                fail_msg("line %zu of the table (%s), value %g: status %d, '%s'", i, w->word,
                         w->value[v], (int)status, err.message);
            }
            assert_int_equal(w->call(&a, NULL), status); // nobody need ask why
            assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
            tried++;
        }
    }
    assert_int_equal(dcat_state_cluster_count(state), 2);
    assert_true(dcat_state_cluster(state, 0).busy_until_s == 0.0); // nothing has happened
    printf("%zu wrong arguments\n", tried);
    take_down();
}

static void test_right_arguments_are_taken(void **fixture)
{
    (void)fixture;
    set_up();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        arguments a = right();
        dcat_error err = {0};
        dcat_state_reset(state);
        if (table[i].call(&a, &err) != DCAT_OK) {
            fail_msg("line %zu of the table (%s): %s", i, table[i].word, err.message);
        }
        assert_int_equal(dcat_state_check(state, NULL), DCAT_OK);
    }
    take_down();
}

static void test_labels_from_outside_are_made_canonical(void **fixture)
{
    (void)fixture;
    set_up();
    const int32_t label[] = {1, 0};
    assert_int_equal(dcat_state_try_clusters(state, label, NULL), DCAT_OK);
    assert_int_equal(dcat_state_cluster_of_view(state)[0], 0);
    assert_int_equal(dcat_state_cluster_of_view(state)[1], 1);
    take_down();
}

static void test_an_award_by_hand_is_booked_as_an_auction_books_it(void **fixture)
{
    (void)fixture;
    set_up();
    arguments a = right();
    dcat_totals by_auction = {0}, by_hand = {0};
    dcat_award auctioned, given;
    dcat_state *other = NULL;
    assert_int_equal(dcat_state_clone(state, &other, NULL), DCAT_OK);
    assert_int_equal(
        dcat_state_auction_task(state, 10.0, 0, 10, &a.task, 0, &auctioned, &by_auction, NULL),
        DCAT_OK);
    assert_int_equal(auctioned.outcome, DCAT_AUCTION_SOLD);
    assert_int_equal(dcat_state_award_task(other, 10.0, &a.task, auctioned.cluster,
                                           auctioned.payment, &given, &by_hand, NULL),
                     DCAT_OK);
    assert_int_equal(given.outcome, DCAT_AUCTION_SOLD);
    assert_int_equal(given.cluster, auctioned.cluster);
    assert_true(given.fee == auctioned.fee && given.payment == auctioned.payment);
    assert_true(given.limit == auctioned.limit && given.cost == auctioned.cost);
    assert_true(given.transfer_s == auctioned.transfer_s);
    assert_true(given.waiting_s == auctioned.waiting_s);
    assert_true(given.processing_s == auctioned.processing_s);
    assert_true(by_hand.fee == by_auction.fee && by_hand.payment == by_auction.payment);
    assert_int_equal(by_hand.awarded, 1);
    for (int32_t k = 0; k < 2; k++) {
        assert_true(dcat_state_cluster(other, k).busy_until_s ==
                    dcat_state_cluster(state, k).busy_until_s);
        assert_true(dcat_state_server(other, k).payment == dcat_state_server(state, k).payment);
    }
    assert_int_equal(dcat_state_check(other, NULL), DCAT_OK);
    // 1 s of work each: a fourth one would not be done by 14 s.
    for (int n = 0; n < 3; n++) {
        dcat_status status = dcat_state_award_task(other, 10.0, &a.task, auctioned.cluster, 50.0,
                                                   NULL, &by_hand, NULL);
        assert_int_equal(status, n < 2 ? DCAT_OK : DCAT_ERR_RANGE);
    }
    dcat_state_destroy(other);
    take_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_arguments_get_a_status_and_a_message),
        cmocka_unit_test(test_right_arguments_are_taken),
        cmocka_unit_test(test_labels_from_outside_are_made_canonical),
        cmocka_unit_test(test_an_award_by_hand_is_booked_as_an_auction_books_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
