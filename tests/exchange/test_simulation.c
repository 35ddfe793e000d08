// SPDX-License-Identifier: Apache-2.0
// Whole markets in virtual time, by seed: users and agents, some of them slow, lying, defaulting or
// saying everything twice, over a network that drops a third of all messages, doubles a third,
// reorders and delays them for up to two minutes. After every event the invariants hold; at the end
// every task has ended and every fee is somewhere. The same seed, and the same log applied to a
// fresh exchange, come to the same digest.
//
// 200 seeds of 60 tasks; with DCAT_FULL in the environment 2 000 seeds of 500.

#include "sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- the exchange, its log, and what is true of each event

static void keep_leg(void *user, const exchange_leg *leg)
{
    sim *m = user;
    assert_true(leg->kind != LEG_ROUNDING || leg->amount <= 2);
    bool pays = leg->kind == LEG_SHARE || leg->kind == LEG_ROUNDING;
    m->paid += pays && leg->task == m->settled ? leg->amount : 0;
    stage_book(&m->s, leg);
}

// Who does its work, however slowly or often it says so, gives no wrong answer; and whoever gives
// one is found.
static void keep_canary(sim *m, const exchange_step *step)
{
    const task_record *t = task_find(m->s.x, step->id);
    if (step->machine != MACHINE_TASK || t == NULL || t->pin == 0) {
        return;
    }
    habit h = m->habits[t->pin - 1];
    if (step->to == TASK_FAILED && strcmp(step->reason, "wrong-answer") == 0) {
        assert_true(h == WRONG || h == LIAR || h == DEFAULTER);
        m->canaries_wrong++;
    }
    if (step->to == TASK_SETTLED || step->to == TASK_SETTLED_LATE) {
        assert_true(h != WRONG);
        m->canaries_right++;
    }
    assert_true(step->to != TASK_SETTLED_FAULT);
    assert_true(step->to != TASK_ACCEPTED || step->from == TASK_NONE); // not tried again
}

static void keep_step(void *user, const exchange_step *step)
{
    sim *m = user;
    keep_canary(m, step);
    m->s.walked[step->machine][step->from][step->to] = true;
    if (step->machine == MACHINE_TASK && step->from == TASK_RUNNING && step->to == TASK_SETTLED) {
        m->settled = step->id;
        m->paid = 0;
    }
}

static double ask_of(const exchange *x, int32_t server, int64_t load)
{
    const server_record *s = &x->servers[server];
    const ask_record *ask = &s->first.ask;
    double per_s =
        exchange_ask_per_s(ask->micro, (exchange_per)ask->per, exchange_machine_size(&s->machine));
    return isnan(per_s) ? 0.0 : (double)load / (double)s->machine.speed_hz * per_s;
}

// I7, I9, I11 of an award, from what it says and what the user asked for.
static void keep_award(void *user, const exchange_award *award)
{
    sim *m = user;
    m->s.award_count++;
    const task_record *t = task_find(m->s.x, award->task);
    double slot_s = (double)award->slot, arrival_s = (double)t->arrived_ns / 1e9;
    assert_true(slot_s >= arrival_s); // received in (s - 1, s], or earlier
    assert_true(award->finish_s - arrival_s <= (double)t->deadline_us / 1e6 + 1e-9);
    assert_true(award->start_s >= award->data_s && award->data_s >= slot_s);
    double asked = 0.0;
    int64_t load = 0;
    for (int32_t i = 0; i < award->member_count; i++) {
        load += award->loads[i];
        asked += ask_of(m->s.x, award->servers[i], award->loads[i]);
        if (!sim_chance(m, 0.3)) { // an offer that is lost is found in the list of open awards
            timeline_put(&m->line, (item){.at_ns = m->now_ns + sim_delay_ns(m),
                                          .what = OFFER,
                                          .who = award->servers[i],
                                          .task = award->task,
                                          .attempt = award->attempt});
        }
    }
    assert_int_equal(load, t->work_cycles);
    assert_true(award->pay <= t->fee);
    assert_true((double)award->pay >= asked * 1e6 * (1.0 - 1e-12));
    dcat_money least = 0;
    for (int32_t i = t->part_first; i != NONE; i = m->s.x->parts[i].next) {
        least += m->s.x->parts[i].least;
    }
    assert_true((double)least >= asked * 1e6 * (1.0 - 1e-12) &&
                (double)least <= asked * 1e6 + award->member_count);
}

// I11: what was paid for work in time covers the asks of the whole team.
static void check_paid(sim *m)
{
    const task_record *t = task_find(m->s.x, m->settled);
    dcat_money asked = 0;
    for (int32_t i = t->part_first; i != NONE; i = m->s.x->parts[i].next) {
        asked += m->s.x->parts[i].least;
    }
    assert_true(m->paid >= asked);
    m->settled = 0;
}

static exchange_result apply(sim *m, exchange_event event)
{
    event.at_ns = m->now_ns;
    if (m->log_count == m->log_max) {
        m->log_max = 2 * m->log_max + 1024;
        m->log = realloc(m->log, m->log_max * sizeof *m->log);
    }
    m->log[m->log_count++] = event;
    bool open = exchange_mode(m->s.x) == MODE_OPEN;
    size_t awards = m->s.award_count;
    exchange_result result = stage_do(&m->s, &event);
    assert_true(open || m->s.award_count == awards); // I20
    if (m->settled != 0) {
        check_paid(m);
    }
    stage_check(&m->s);
    return result;
}

// ---- the exchange's own clock

static void ask(sim *m, int32_t server)
{
    const server_record *s = &m->s.x->servers[server];
    dcat_money micro = 80000 + (int64_t)dcat_rng_below(&m->rng, 8000);
    apply(m, (exchange_event){.kind = EVENT_ASK,
                              .actor = s->party,
                              .ask = {server, PER_GIGACYCLE, micro, s->nonce + 1, 0}});
}

// An operator moves servers about, all but a few; and some register that never ask a price.
static void move_servers(sim *m)
{
    static const exchange_kind kinds[] = {EVENT_DRAIN, EVENT_UNDRAIN, EVENT_SUSPEND, EVENT_ADMIT};
    if (sim_chance(m, 0.1)) {
        apply(m, (exchange_event){.kind = EVENT_REGISTER,
                                  .actor = m->s.x->servers[0].party,
                                  .machine = {.speed_hz = 1, .core_count = 1}});
    }
    for (int i = 0; i < 3; i++) {
        uint32_t others = (uint32_t)m->s.x->core.server_count - KEPT;
        int32_t server = KEPT + (int32_t)dcat_rng_below(&m->rng, others);
        exchange_kind kind = kinds[dcat_rng_below(&m->rng, sim_chance(m, 0.5) ? 2 : 4)];
        int32_t lost = KEPT; // few are, and not for long
        while (lost < m->s.x->core.server_count && m->s.x->servers[lost].state != SERVER_LOST) {
            lost++;
        }
        if (lost < m->s.x->core.server_count && sim_chance(m, 0.3)) {
            server = lost;
            kind = EVENT_SUSPEND;
        }
        apply(m, stage_of_server(kind, STAGE_OPERATOR, 0, server));
    }
}

// Vouchers, credit, and payouts that are ordered, confirmed and come back in any order.
static void move_money(sim *m)
{
    int32_t user = m->user[dcat_rng_below(&m->rng, USERS)];
    dcat_money amount = (dcat_money)dcat_rng_below(&m->rng, 50000) * DCAT_MONEY_UNIT;
    apply(m, (exchange_event){.kind = EVENT_VOUCHER,
                              .actor = STAGE_OPERATOR,
                              .voucher = {user, amount, m->now_ns + 60 * STAGE_S, 0}});
    apply(m, (exchange_event){
                 .kind = EVENT_TERMS, .actor = STAGE_OPERATOR, .terms = {user, amount, 0}});
    for (int i = 0; i < 3; i++) {
        int32_t party = m->s.x->servers[dcat_rng_below(&m->rng, SERVERS)].party;
        dcat_money free = exchange_earnings_of(m->s.x, party).free;
        assert_true(free >= 0);
        apply(m, (exchange_event){.kind = EVENT_PAYOUT,
                                  .actor = sim_chance(m, 0.5) ? party : STAGE_OPERATOR,
                                  .payout = {0, party, free / 3 + sim_chance(m, 0.1) * free}});
        apply(m, (exchange_event){.kind = sim_chance(m, 0.7) ? EVENT_CONFIRM : EVENT_RETURN,
                                  .actor = STAGE_OPERATOR,
                                  .payout = {1 + (int64_t)dcat_rng_below(&m->rng, 10), 0, 0}});
    }
    int32_t server = KEPT + (int32_t)dcat_rng_below(&m->rng, SERVERS - KEPT);
    apply(m, (exchange_event){.kind = EVENT_OFFER,
                              .actor = m->s.x->servers[server].party,
                              .offer = {.until_ns = m->now_ns + 20 * STAGE_S,
                                        .notice_ns = STAGE_S,
                                        .server = server}});
}

// A cycle; and before it some server asks another price.
static void cuts(sim *m)
{
    int32_t server = (int32_t)dcat_rng_below(&m->rng, SERVERS);
    ask(m, server);
    int32_t cluster_of[SERVERS];
    apply(m, (exchange_event){.kind = EVENT_SEAL, .actor = EXCHANGE_SELF});
    if (sim_chance(m, 0.1)) { // and again, with another ask
        ask(m, server);
        apply(m, (exchange_event){.kind = EVENT_SEAL, .actor = EXCHANGE_SELF});
    }
    exchange_cut *cut = stage_make_cut(&m->s, NULL);
    for (int32_t w = 0; w < cut->server_count; w++) { // neighbours by two or three
        cluster_of[w] = w / (2 + (int32_t)(m->s.cut_count % 2));
    }
    assert_int_equal(exchange_cut_set_clusters(cut, cluster_of, NULL), DCAT_OK);
    if (sim_chance(m, 0.1)) { // too late for this cut
        ask(m, server);
    }
    apply(m, (exchange_event){.kind = EVENT_CYCLE, .actor = EXCHANGE_SELF, .cut = cut});
    move_servers(m);
    move_money(m);
    if (m->now_ns < m->end_ns) {
        sim_later(m, CUT, m->end_ns / 16 + STAGE_S / 3, 0, 0, 0);
    }
}

static void draw_canaries(sim *m, uint64_t seed)
{
    for (int32_t server = 0; server < SERVERS && m->now_ns < m->end_ns; server++) {
        if (exchange_canary_is_due(m->s.x, seed, server, 0)) {
            exchange_event event = stage_submit(m->user[0], 0, 1000000 + m->log_count, 500, 60000);
            event.task.canary = (exchange_canary){.slot = exchange_time(m->s.x).slot,
                                                  .seed = seed,
                                                  .server = server,
                                                  .drawn = 1,
                                                  .answer = {RIGHT_OUTPUT}};
            apply(m, event);
        }
    }
}

static void slot(sim *m)
{
    bool halted = exchange_mode(m->s.x) == MODE_HALTED; // not half of the time
    if (sim_chance(m, halted ? 0.2 : 0.01)) {
        apply(m, (exchange_event){.kind = halted ? EVENT_RESUME : EVENT_HALT,
                                  .actor = STAGE_OPERATOR});
    }
    uint64_t seed = dcat_rng_u64(&m->rng);
    apply(m, (exchange_event){
                 .kind = EVENT_SLOT, .actor = EXCHANGE_SELF, .slot = {m->now_ns / STAGE_S, seed}});
    draw_canaries(m, seed);
    if (m->now_ns < m->end_ns + AFTER_NS) {
        sim_later(m, SLOT, sim_chance(m, 0.05) ? 3 * STAGE_S : STAGE_S, 0, 0,
                  0); // some are skipped
    }
}

static void step(sim *m)
{
    item it = timeline_take(&m->line);
    m->now_ns = it.at_ns;
    switch (it.what) {
    case MESSAGE: {
        exchange_result result = apply(m, it.event);
        if (it.event.kind == EVENT_SUBMIT) {
            sim_answer_user(m, &it.event, result);
        }
        break;
    }
    case OFFER:
        sim_offer(m, &it);
        break;
    case USER:
        sim_user_acts(m, &it);
        break;
    case AGENT:
        sim_agent_acts(m, &it);
        break;
    case BEAT:
        sim_beats(m, &it);
        break;
    case SLOT:
        slot(m);
        break;
    case CUT:
        cuts(m);
        break;
    }
}

// ---- a market from its seed to its end

static void set_up(stage *s, const exchange_config *config, int32_t *user, int32_t *server)
{
    stage_init(s, config);
    for (int i = 0; i < USERS; i++) {
        user[i] = stage_user(s, 0, 2000000 * DCAT_MONEY_UNIT);
    }
    int32_t provider[PROVIDERS];
    for (int i = 0; i < PROVIDERS; i++) {
        provider[i] = stage_party(s, 0, ROLE_PROVIDER);
    }
    for (int i = 0; i < SERVERS; i++) {
        server[i] =
            stage_server(s, 0, provider[i % PROVIDERS], 10e3 * i,
                         (200 + 10 * i) * INT64_C(1000000000), 80000 + 1000 * i, PER_GIGACYCLE);
    }
    stage_open(s, 0);
}

static exchange_config config_of(uint64_t seed)
{
    exchange_config config = stage_config();
    config.party_max = 1 + USERS + PROVIDERS;
    config.task_max = TASK_MAX;
    config.server_max = SERVERS + 4;
    config.part_max = 40;
    config.ack_ns = config.gang_ns = 30 * STAGE_S;
    config.grace_ns = 60 * STAGE_S;
    config.heartbeat_ns = 45 * STAGE_S; // so that some are lost
    config.dispute_ns = 60 * STAGE_S;
    config.pricing = seed % 2 == 0 ? EXCHANGE_SPREAD : EXCHANGE_PASS_THROUGH;
    config.commission_bp = 500;
    config.late[0] = (exchange_rung){0, 1000};
    config.late[1] = (exchange_rung){1000, 5000};
    config.late[2] = (exchange_rung){10000, 10000};
    config.rung_count = 3;
    config.provider_bears_bp = (int32_t)(seed % 3) * 5000;
    config.payout_ns = 50 * STAGE_S;
    config.payout_max = 6;
    config.spend_cap = 1500000 * DCAT_MONEY_UNIT;
    config.canary_ns = 8 * STAGE_S;
    return config;
}

// The log alone, on a fresh exchange with cuts of its own.
static uint64_t replay(const sim *m, const exchange_config *config)
{
    static stage s;
    int32_t user[USERS], server[SERVERS];
    set_up(&s, config, user, server);
    for (size_t i = 0; i < m->log_count; i++) {
        exchange_event event = m->log[i];
        if (event.kind == EVENT_CYCLE) {
            event.cut = stage_make_cut(&s, event.cut->cluster_of);
        }
        exchange_apply(s.x, &event, NULL);
    }
    uint64_t digest = exchange_digest(s.x);
    stage_end(&s);
    return digest;
}

static uint64_t run(sim *m, uint64_t seed, size_t task_count, bool walked[MACHINE_COUNT][64][64])
{
    memset(m->work, 0, sizeof m->work);
    m->log_count = 0;
    m->now_ns = m->settled = 0;
    m->end_ns = (int64_t)task_count * STAGE_S;
    m->rng = dcat_rng_at(seed, DCAT_STREAM_USER, 1, 0);
    const exchange_config config = config_of(seed);
    set_up(&m->s, &config, m->user, m->server);
    m->s.sink = (exchange_sink){m, keep_leg, keep_step, keep_award};
    for (int i = 0; i < SERVERS; i++) {
        m->habits[i] = (habit)dcat_rng_below(&m->rng, i < KEPT ? 1 : HABIT_COUNT);
        sim_later(m, BEAT, STAGE_S / 4, m->server[i], 0, 0);
    }
    sim_later(m, CUT, 0, 0, 0, 0);
    sim_later(m, SLOT, STAGE_S, 0, 0, 0);
    sim_make_wishes(m, task_count);
    while (m->line.count > 0) {
        step(m);
    }
    apply(m, (exchange_event){.kind = EVENT_CLOSE, .actor = STAGE_OPERATOR});
    apply(m, (exchange_event){.kind = EVENT_STOP, .actor = STAGE_OPERATOR});
    assert_int_equal(exchange_mode(m->s.x), MODE_STOPPED); // nothing is open
    for (int i = 0; i < USERS; i++) {
        assert_int_equal(exchange_balance(m->s.x, exchange_account_held(m->user[i])), 0);
    }
    uint64_t digest = exchange_digest(m->s.x);
    assert_true(replay(m, &config) == digest); // I10
    for (int id = 0; id < MACHINE_COUNT; id++) {
        for (size_t i = 0; i < 64 * 64; i++) {
            walked[id][i / 64][i % 64] |= m->s.walked[id][i / 64][i % 64];
        }
    }
    stage_end(&m->s);
    return digest;
}

static void test_markets_with_faults_lose_nothing_and_repeat_themselves(void **fixture)
{
    (void)fixture;
    bool full = getenv("DCAT_FULL") != NULL;
    uint64_t seeds = full ? 2000 : 200;
    size_t task_count = full ? TASK_MAX : 60;
    static sim m;
    static bool walked[MACHINE_COUNT][64][64];
    m.wishes = malloc(TASK_MAX * sizeof *m.wishes);
    size_t events = 0, awards = 0;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        uint64_t digest = run(&m, seed, task_count, walked);
        events += m.log_count;
        awards += m.s.award_count;
        assert_true(run(&m, seed, task_count, walked) == digest);
    }
    size_t arrows = 0, missed = 0;
    for (int id = 0; id < MACHINE_COUNT; id++) {
        for (size_t i = 0; i < machines[id].arrow_count; i++) {
            const machine_arrow *a = &machines[id].arrows[i];
            arrows++;
            if (!walked[id][a->from][a->to] && a->from != a->to) { // those are not told
                printf("not taken: %s, %s by %s\n", machines[id].name, machines[id].states[a->from],
                       machines[id].inputs[a->input]);
                missed++;
            }
        }
    }
    printf("%llu seeds: %zu events, %zu awards, %zu canaries right, %zu wrong; %zu of %zu arrows "
           "not taken\n",
           (unsigned long long)seeds, events, awards, m.canaries_right, m.canaries_wrong, missed,
           arrows);
    assert_true(m.canaries_right > seeds && m.canaries_wrong > seeds / 4);
    assert_int_equal(missed, 0);
    assert_true(awards > seeds * task_count / 4);
    timeline_free(&m.line);
    free(m.wishes);
    free(m.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markets_with_faults_lose_nothing_and_repeat_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
