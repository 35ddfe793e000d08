// SPDX-License-Identifier: Apache-2.0
// A log as chapters, each the files of a scenario: what cannot be read is said, and not taken for
// what has no name.

#include "exchange/feed/chapter.h"
#include "exchange/feed/feed.h"
#include "store/folder.h"
#include "store/market.h"
#include <string.h>
#include <sys/stat.h>

typedef struct scene {
    folder log;
    char into[32];
    exchange_book book;
} scene;

static void scene_init(scene *c)
{
    const exchange_setup setup = store_setup();
    exchange_store *store = NULL;
    dcat_error err = {0};
    c->log = folder_make();
    assert_int_equal(exchange_store_create(c->log.path, NULL, &setup, &store, &err), DCAT_OK);
    store_play(store, 0, STORE_EVENTS);
    exchange_store_close(store);
    if (exchange_book_read(c->log.path, &c->book, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    strcpy(c->into, "into_XXXXXX");
    assert_non_null(mkdtemp(c->into));
}

static void scene_end(scene *c)
{
    static const char *const names[] = {"scenario.yaml", "servers.csv", "areas.csv", "tasks.csv"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", c->into, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(c->into), 0);
    exchange_book_free(&c->book);
    folder_remove(&c->log);
}

static dcat_status policy_of(const scene *c, char policy[EXCHANGE_NAME_MAX + 1], dcat_error *err)
{
    return exchange_chapter_policy(c->log.path, &c->book.chapters[0], policy, err);
}

static void test_a_chapter_without_names_has_numbers(void **fixture)
{
    (void)fixture;
    scene c;
    dcat_error err = {0};
    char policy[EXCHANGE_NAME_MAX + 1] = "none";
    scene_init(&c);
    assert_int_equal(policy_of(&c, policy, &err), DCAT_OK);
    assert_string_equal(policy, "");
    assert_int_equal(exchange_chapter_write(c.log.path, &c.book, &c.book.chapters[0], c.into, &err),
                     DCAT_OK);
    scene_end(&c);
}

static void test_what_cannot_be_read_of_a_log_is_said(void **fixture)
{
    (void)fixture;
    scene c;
    dcat_error err = {0};
    char policy[EXCHANGE_NAME_MAX + 1];
    scene_init(&c);
    folder_change(&c.log, "ALTER TABLE cycle RENAME COLUMN policy TO rule;"
                          "ALTER TABLE server RENAME COLUMN name TO word");
    assert_int_equal(policy_of(&c, policy, &err), DCAT_ERR_IO);
    assert_non_null(strstr(err.message, "the policy of cycle 1: no such column: policy"));
    assert_int_equal(exchange_chapter_write(c.log.path, &c.book, &c.book.chapters[0], c.into, &err),
                     DCAT_ERR_IO);
    assert_non_null(strstr(err.message, "the name of server 0: no such column: s.name"));
    scene_end(&c);
}

// Room is for 64 slots of tasks, in four parts each, and an exchange has room for 1e8 of anything.
static void test_a_slot_has_no_more_tasks_than_an_exchange_has_room_for(void **fixture)
{
    (void)fixture;
    scene c;
    scene_init(&c);
    const size_t counts[] = {390626, (size_t)1 << 26, ((size_t)1 << 32) + 1};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const exchange_feed_config config = {.folder = c.into,
                                             .world = c.book.chapters[0].world,
                                             .auction = c.book.auction,
                                             .slot_task_max = counts[i]};
        exchange_feed *feed = NULL;
        dcat_error err = {0};
        assert_int_equal(exchange_feed_create(&config, &feed, &err), DCAT_ERR_RANGE);
        assert_non_null(strstr(err.message, "at most 390625 tasks in a slot"));
    }
    scene_end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_chapter_without_names_has_numbers),
        cmocka_unit_test(test_what_cannot_be_read_of_a_log_is_said),
        cmocka_unit_test(test_a_slot_has_no_more_tasks_than_an_exchange_has_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
