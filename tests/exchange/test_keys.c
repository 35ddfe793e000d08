// SPDX-License-Identifier: Apache-2.0
// Keys come and go by events and are never anybody else's; what is to be seen of parties, servers
// and parts; and quotes, which are what the next slot does, and leave no trace.

#include "stage.h"
#include <math.h>
#include <string.h>

static exchange_event key_event(exchange_kind kind, int32_t actor, int32_t party, int which)
{
    exchange_event event = {.kind = kind, .actor = actor};
    memset(event.key.key.byte, which, sizeof event.key.key.byte);
    event.key.party = party;
    return event;
}

static void test_a_key_is_one_partys_until_it_is_revoked(void **fixture)
{
    (void)fixture;
    static stage s;
    exchange_config config = stage_config();
    config.key_max = 3;
    stage_init(&s, &config);
    int32_t user = stage_party(&s, 0, ROLE_USER), provider = stage_party(&s, 0, ROLE_PROVIDER);
    exchange_event event = key_event(EVENT_KEY, user, user, 1);
    event.key.expires_ns = 5;
    assert_int_equal(stage_must(&s, &event, CODE_DONE), 0);
    assert_int_equal(stage_must(&s, &event, CODE_REPEATED), 0);
    event.key.expires_ns = 6;
    stage_must(&s, &event, CODE_KEY_REUSED); // with another end
    event.key.expires_ns = 0;
    stage_must(&s, &event, CODE_KEY_REUSED);
    event = key_event(EVENT_KEY, provider, user, 2);
    stage_must(&s, &event, CODE_FORBIDDEN); // for others
    event = key_event(EVENT_KEY, provider, provider, 1);
    stage_must(&s, &event, CODE_KEY_REUSED);
    event = key_event(EVENT_KEY, user, user, 1);
    event.key.kind = EXCHANGE_KEY_SIGN;
    stage_must(&s, &event, CODE_KEY_REUSED);
    event = key_event(EVENT_KEY, STAGE_OPERATOR, provider, 2);
    event.key.kind = EXCHANGE_KEY_SIGN;
    assert_int_equal(stage_must(&s, &event, CODE_DONE), 1);
    for (int i = 0; i < 3; i++) {
        event = key_event(EVENT_KEY, user, user, 3);
        event.key.kind = i == 0 ? EXCHANGE_KEY_KIND_COUNT : (i == 1 ? -1 : 0);
        event.key.expires_ns = i == 2 ? -1 : 0;
        stage_must(&s, &event, CODE_OUT_OF_RANGE);
    }
    event = key_event(EVENT_KEY, STAGE_OPERATOR, 99, 3);
    stage_must(&s, &event, CODE_NOT_FOUND);
    event = key_event(EVENT_KEY, EXCHANGE_SELF, user, 3);
    stage_must(&s, &event, CODE_DONE);
    event = key_event(EVENT_KEY, user, user, 4);
    stage_must(&s, &event, CODE_BUSY);

    event = key_event(EVENT_REVOKE, user, 0, 2);
    stage_must(&s, &event, CODE_FORBIDDEN);
    event = key_event(EVENT_REVOKE, user, 0, 9);
    stage_must(&s, &event, CODE_NOT_FOUND);
    event = key_event(EVENT_REVOKE, user, 0, 1);
    uint64_t before = exchange_digest(s.x);
    assert_int_equal(stage_must(&s, &event, CODE_DONE), 0);
    assert_true(exchange_digest(s.x) != before);
    stage_must(&s, &event, CODE_REPEATED);
    event = key_event(EVENT_KEY, user, user, 1);
    stage_must(&s, &event, CODE_KEY_REUSED); // never again
    exchange_key_view view;
    assert_true(exchange_key_at(s.x, 0, &view) && view.revoked && view.party == user);
    assert_int_equal(view.expires_ns, 5);
    assert_true(exchange_key_at(s.x, 1, &view) && !view.revoked && view.key.byte[31] == 2);
    assert_int_equal(view.kind, EXCHANGE_KEY_SIGN);
    assert_false(exchange_key_at(s.x, 3, &view) || exchange_key_at(s.x, -1, &view));
    stage_end(&s);
}

typedef struct seen {
    exchange_part_view parts[8];
    size_t count;
} seen;

static void see(void *user, const exchange_part_view *view)
{
    seen *kept = user;
    kept->parts[kept->count++] = *view;
}

typedef struct scene {
    stage s;
    int32_t user, provider;
} scene;

static void scene_init(scene *c)
{
    const exchange_config config = stage_config();
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, 10000000 * DCAT_MONEY_UNIT);
    c->provider = stage_party(&c->s, 0, ROLE_PROVIDER);
    for (int i = 0; i < 2; i++) {
        stage_server(&c->s, 0, c->provider, 10e3 * i, 250000000000, 80000, PER_GIGACYCLE);
    }
    stage_cut(&c->s, 0, (const int32_t[]){0, 0});
    stage_open(&c->s, 0);
}

static void test_what_agents_have_to_do_is_to_be_seen(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    exchange_event event = stage_submit(c.user, 0, 1, 700, 5000);
    int64_t task = stage_must(&c.s, &event, CODE_DONE);
    stage_slot(&c.s, 0);
    event = stage_report(EVENT_ACK, c.provider, 1, task, 1, 1);
    stage_must(&c.s, &event, CODE_DONE);
    seen all = {.count = 0};
    exchange_part_each(c.s.x, &all, see);
    assert_int_equal(all.count, 2);
    for (int32_t i = 0; i < 2; i++) {
        const exchange_part_view *p = &all.parts[i];
        exchange_task_view view = stage_task(&c.s, task);
        assert_true(p->task == task && p->attempt == 1 && p->server == i);
        assert_int_equal(p->state, i == 0 ? PART_OFFERED : PART_ACKNOWLEDGED);
        assert_int_equal(p->team_state, PART_OFFERED);
        assert_int_equal(p->load, 350000000000);
        assert_true(p->rank == i && p->team_count == 2 && p->work == 700000000000);
        assert_int_equal(p->before, i * 350000000000);
        assert_int_equal(p->deadline_ns, 5 * STAGE_S);
        assert_int_equal(p->lease_ns, (int64_t)(view.finish_s * 1e9) + 30 * STAGE_S);
        assert_true(p->start_s == view.start_s && p->data_s == view.data_s);
    }
    exchange_part_view part;
    assert_true(exchange_task_part(c.s.x, task, 1, &part) && part.server == 1);
    assert_false(exchange_task_part(c.s.x, task, 2, &part));
    assert_false(exchange_task_part(c.s.x, 99, 0, &part));
    exchange_server_view server;
    assert_true(exchange_server_find(c.s.x, 1, &server));
    assert_true(server.machine.x == 10e3 && server.ask.micro == 80000 && server.nonce == 1);
    assert_int_equal(server.ask.state, ASK_IN_FORCE);
    assert_int_equal(server.next.state, ASK_NONE);
    assert_int_equal(server.open_parts, 1);
    event = (exchange_event){
        .kind = EVENT_ASK, .actor = c.provider, .at_ns = 2, .ask = {1, PER_GIGACYCLE, 90000, 2, 0}};
    stage_must(&c.s, &event, CODE_DONE);
    exchange_server_find(c.s.x, 1, &server);
    assert_true(server.next.state == ASK_SIGNED && server.next.micro == 90000);
    stage_seal(&c.s, 2);
    exchange_server_find(c.s.x, 1, &server);
    assert_int_equal(server.next.state, ASK_SEALED);
    assert_int_equal(exchange_server_count(c.s.x), 2);
    assert_int_equal(exchange_party_count(c.s.x), 3);
    assert_int_equal(exchange_party_role(c.s.x, c.user), ROLE_USER);
    assert_int_equal(exchange_party_role(c.s.x, -1), -1);
    assert_string_equal(exchange_role_name(ROLE_AUDITOR), "auditor");
    exchange_time_view time = exchange_time(c.s.x);
    assert_true(time.now_ns == 2 && time.slot == 0 && time.cycle == 1 && time.sealed);
    assert_int_equal(time.open_tasks, 1);
    stage_end(&c.s);
}

// Acknowledged at once; the first one started as forecast, and runs until after the test.
static void keep_promise(scene *c, int64_t task)
{
    for (int32_t server = 0; server < 2; server++) {
        exchange_event event =
            stage_report(EVENT_ACK, c->provider, c->s.x->core.now_ns, task, 1, server);
        stage_must(&c->s, &event, CODE_DONE);
    }
    int64_t at_ns = (int64_t)ceil(stage_task(&c->s, task).start_s * 1e9);
    for (int32_t server = 0; server < 2 && task == 1; server++) {
        exchange_event event = stage_report(EVENT_START, c->provider, at_ns, task, 1, server);
        stage_must(&c->s, &event, CODE_DONE);
    }
}

static void test_a_quote_is_what_the_slot_then_does(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    for (int64_t slot = 0; slot < 6; slot++) {
        exchange_event event =
            stage_submit(c.user, slot * STAGE_S, (uint64_t)slot + 1, 3000 + 100 * slot, 20000);
        uint64_t before = exchange_digest(c.s.x);
        exchange_quote quote = exchange_quote_of(c.s.x, &event);
        assert_true(exchange_digest(c.s.x) == before);
        assert_int_equal(quote.code, CODE_DONE);
        int64_t task = stage_must(&c.s, &event, CODE_DONE);
        stage_slot(&c.s, slot);
        exchange_task_view view = stage_task(&c.s, task);
        assert_int_equal(quote.fee, view.fee);
        assert_int_equal(quote.served, view.state == TASK_AWARDED);
        if (quote.served) {
            assert_int_equal(quote.pay, view.pay);
            assert_true(fabs(quote.start_s - view.start_s) < 1e-9);
            assert_true(fabs(quote.finish_s - view.finish_s) < 1e-9);
            assert_int_equal(quote.candidate_count, 1);
            keep_promise(&c, task);
        } else {
            assert_string_equal(quote.reason, view.reason);
        }
        assert_int_equal(quote.served, slot < 3); // then the queue is full
    }
    exchange_event event = stage_submit(c.user, 5 * STAGE_S, 99, 700, 5000);
    event.actor = c.provider;
    assert_int_equal(exchange_quote_of(c.s.x, &event).code, CODE_FORBIDDEN);
    event.actor = c.user;
    event.at_ns = 0;
    assert_int_equal(exchange_quote_of(c.s.x, &event).code, CODE_STALE_TIME);
    event.at_ns = 5 * STAGE_S;
    event.task.max_fee = 1;
    assert_int_equal(exchange_quote_of(c.s.x, &event).code, CODE_FEE_ABOVE_LIMIT);
    assert_true(exchange_quote_of(c.s.x, &event).fee > 1);
    event.task.work_cycles = 0;
    assert_int_equal(exchange_quote_of(c.s.x, &event).code, CODE_OUT_OF_RANGE);
    stage_end(&c.s);

    static stage s; // before the first cycle
    const exchange_config config = stage_config();
    stage_init(&s, &config);
    int32_t user = stage_user(&s, 0, 100000 * DCAT_MONEY_UNIT);
    stage_open(&s, 0);
    event = stage_submit(user, 0, 1, 700, 5000);
    assert_false(exchange_quote_of(s.x, &event).served);
    assert_string_equal(exchange_quote_of(s.x, &event).reason, "no-server-in-reach");
    stage_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_is_one_partys_until_it_is_revoked),
        cmocka_unit_test(test_what_agents_have_to_do_is_to_be_seen),
        cmocka_unit_test(test_a_quote_is_what_the_slot_then_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
