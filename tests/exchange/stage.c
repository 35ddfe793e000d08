// SPDX-License-Identifier: Apache-2.0
#include "stage.h"

#include <string.h>

void stage_book(stage *s, const exchange_leg *leg)
{
    const exchange_config *config = exchange_config_view(s->x);
    int32_t debit = exchange_account_index(config, leg->debit);
    int32_t credit = exchange_account_index(config, leg->credit);
    assert_true(debit >= 0 && debit < STAGE_ACCOUNT_MAX && credit >= 0 &&
                credit < STAGE_ACCOUNT_MAX);
    s->book[debit] -= leg->amount;
    s->book[credit] += leg->amount;
    s->leg_count[leg->kind]++;
}

static void keep_leg(void *user, const exchange_leg *leg)
{
    assert_true(leg->amount > 0 && leg->debit != leg->credit);
    stage_book(user, leg);
}

static void keep_step(void *user, const exchange_step *step)
{
    stage *s = user;
    s->walked[step->machine][step->from][step->to] = true;
}

static void keep_award(void *user, const exchange_award *award)
{
    stage *s = user;
    assert_true(award->member_count <= STAGE_TEAM_MAX);
    stage_award *kept = &s->awards[s->award_count++ % STAGE_AWARD_MAX];
    kept->told = *award;
    memcpy(kept->servers, award->servers, sizeof *award->servers * (size_t)award->member_count);
    memcpy(kept->loads, award->loads, sizeof *award->loads * (size_t)award->member_count);
}

exchange_config stage_config(void)
{
    exchange_config config;
    assert_true(exchange_config_preset("demo", &config));
    config.area_count = 2;
    config.party_max = 8;
    config.server_max = 8;
    config.task_max = 16;
    config.part_max = 64;
    config.slot_task_max = 8;
    return config;
}

void stage_init(stage *s, const exchange_config *config)
{
    memset(s, 0, sizeof *s);
    s->sink = (exchange_sink){s, keep_leg, keep_step, keep_award};
    s->span_m = 100e3;
    assert_int_equal(exchange_create(config, &s->x, NULL), DCAT_OK);
    assert_int_equal(stage_party(s, 0, ROLE_OPERATOR), STAGE_OPERATOR);
}

void stage_end(stage *s)
{
    for (size_t i = 0; i < s->cut_count; i++) {
        exchange_cut_destroy(s->cuts[i]);
    }
    exchange_destroy(s->x);
}

exchange_result stage_do(stage *s, const exchange_event *event)
{
    return exchange_apply(s->x, event, &s->sink);
}

int64_t stage_must(stage *s, const exchange_event *event, exchange_code code)
{
    exchange_result result = stage_do(s, event);
    if (result.code != code) {
        fail_msg("%s: %s, expected %s", exchange_kind_name(event->kind),
                 exchange_code_name(result.code), exchange_code_name(code));
    }
    return result.id;
}

int32_t stage_party(stage *s, int64_t at_ns, exchange_role role)
{
    const exchange_event event = {
        .kind = EVENT_PARTY, .actor = EXCHANGE_SELF, .at_ns = at_ns, .party = {(int32_t)role}};
    return (int32_t)stage_must(s, &event, CODE_DONE);
}

int32_t stage_user(stage *s, int64_t at_ns, dcat_money amount)
{
    int32_t user = stage_party(s, at_ns, ROLE_USER);
    const exchange_event event = {
        .kind = EVENT_DEPOSIT, .actor = STAGE_OPERATOR, .at_ns = at_ns, .deposit = {user, amount}};
    stage_must(s, &event, CODE_DONE);
    return user;
}

int32_t stage_server(stage *s, int64_t at_ns, int32_t provider, double x_m, int64_t speed_hz,
                     dcat_money micro, exchange_per per)
{
    exchange_event event = {
        .kind = EVENT_REGISTER,
        .actor = provider,
        .at_ns = at_ns,
        .machine = {.x = x_m, .speed_hz = speed_hz, .core_count = 100, .card_count = 8}};
    int32_t server = (int32_t)stage_must(s, &event, CODE_DONE);
    event = stage_of_server(EVENT_ADMIT, STAGE_OPERATOR, at_ns, server);
    stage_must(s, &event, CODE_DONE);
    event = (exchange_event){.kind = EVENT_ASK,
                             .actor = provider,
                             .at_ns = at_ns,
                             .ask = {server, (int32_t)per, micro, 1, 0}};
    stage_must(s, &event, CODE_DONE);
    return server;
}

exchange_cut *stage_make_cut(stage *s, const int32_t *cluster_of)
{
    static const dcat_area areas[2] = {{{0.0, 0.0}, 0}, {{50e3, 0.0}, 0}};
    exchange_cut_config config = {.world = dcat_world_config_default(),
                                  .areas = areas,
                                  .auction = dcat_auction_find("rea-s"),
                                  .world_seed = 1};
    config.world.span_m_max = s->span_m;
    if (s->share != NULL) {
        config.world.auction.share = dcat_share_find(s->share);
    }
    dcat_error err = {0};
    exchange_cut *cut = NULL;
    if (exchange_cut_create(s->x, &config, &cut, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    if (cluster_of != NULL) {
        assert_int_equal(exchange_cut_set_clusters(cut, cluster_of, &err), DCAT_OK);
    }
    assert_true(s->cut_count < STAGE_CUT_MAX);
    s->cuts[s->cut_count++] = cut;
    return cut;
}

void stage_seal(stage *s, int64_t at_ns)
{
    const exchange_event event = {.kind = EVENT_SEAL, .actor = EXCHANGE_SELF, .at_ns = at_ns};
    stage_must(s, &event, CODE_DONE);
}

void stage_cut(stage *s, int64_t at_ns, const int32_t *cluster_of)
{
    stage_seal(s, at_ns);
    const exchange_event event = {.kind = EVENT_CYCLE,
                                  .actor = EXCHANGE_SELF,
                                  .at_ns = at_ns,
                                  .cut = stage_make_cut(s, cluster_of)};
    stage_must(s, &event, CODE_DONE);
}

void stage_open(stage *s, int64_t at_ns)
{
    const exchange_event event = {.kind = EVENT_OPEN, .actor = STAGE_OPERATOR, .at_ns = at_ns};
    stage_must(s, &event, CODE_DONE);
}

exchange_result stage_slot(stage *s, int64_t number)
{
    const exchange_event event = {
        .kind = EVENT_SLOT,
        .actor = EXCHANGE_SELF,
        .at_ns = number * exchange_config_view(s->x)->slot_ns,
        .slot = {number, 7},
    };
    return stage_do(s, &event);
}

exchange_event stage_submit(int32_t user, int64_t at_ns, uint64_t client, int64_t work_gigacycles,
                            int64_t deadline_ms)
{
    return (exchange_event){.kind = EVENT_SUBMIT,
                            .actor = user,
                            .at_ns = at_ns,
                            .task = {.client = {{client, 1}, {client, 2}},
                                     .work_cycles = work_gigacycles * 1000000000,
                                     .data_bits = 20000000,
                                     .deadline_us = deadline_ms * 1000,
                                     .max_fee = DCAT_MONEY_MAX}};
}

exchange_event stage_report(exchange_kind kind, int32_t actor, int64_t at_ns, int64_t task,
                            int32_t attempt, int32_t server)
{
    return (exchange_event){.kind = kind,
                            .actor = actor,
                            .at_ns = at_ns,
                            .report = {.task = task, .attempt = attempt, .server = server}};
}

exchange_event stage_of_server(exchange_kind kind, int32_t actor, int64_t at_ns, int32_t server)
{
    return (exchange_event){.kind = kind, .actor = actor, .at_ns = at_ns, .server = {server}};
}

exchange_task_view stage_task(const stage *s, int64_t task)
{
    exchange_task_view view;
    assert_true(exchange_task_find(s->x, task, &view));
    return view;
}

void stage_check(const stage *s)
{
    dcat_error err = {0};
    if (exchange_check(s->x, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    for (int32_t i = 0; i < ACCOUNT_PLATFORM_COUNT + 2 * s->x->core.party_count; i++) {
        assert_int_equal(exchange_balance(s->x, i), s->book[i]);
    }
    const exchange_config *config = exchange_config_view(s->x);
    for (int32_t i = 0; i < s->x->core.party_count; i++) {
        const int32_t more[] = {ACCOUNT_PAYOUTS, exchange_account_voucher(i),
                                exchange_account_credit(i)};
        for (size_t k = 0; k < sizeof more / sizeof *more; k++) {
            assert_int_equal(exchange_balance(s->x, more[k]),
                             s->book[exchange_account_index(config, more[k])]);
        }
    }
}
