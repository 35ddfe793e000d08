// SPDX-License-Identifier: Apache-2.0
// The game inside clusters, by brute force over small markets.
//
// All members say what a cycle costs them; the shares make limits of that, the auction a winner and
// a price, the shares again what each gets. Somebody says something else, everybody else the same:
// does it gain? The work is one cycle, so that money per cycle is money.

#include "audit/audit.h"

#include "dcat/x/clock.h"
#include "dcat/x/model.h"
#include <math.h>
#include <string.h>

#define FEE 100.0
#define WORK 1.0

enum { CLUSTERS = 3, MEMBERS = 3, SERVERS = CLUSTERS * MEMBERS, LIES = 12 };

typedef struct market {
    const dcat_audit_inner_rule *rule;
    dcat_share_rules shares;
    dcat_auction_rules rules;
    uint64_t draw;
    size_t cluster_count;
    size_t member_count[CLUSTERS];
    dcat_member server[SERVERS]; // as they are; cluster k has MEMBERS k, MEMBERS k + 1, ...
    double handicap[CLUSTERS];   // public
    double needed_hz[CLUSTERS];  // a team slower than this is late
    bool admitted[CLUSTERS];     // public
    bool on_limits;              // the ceiling is: clusters start from it and their handicap
    double told_fee;             // FEE, or above all starts
} market;

// --- drawing one

static double either(dcat_rng *rng, const double *values, uint32_t count)
{
    return values[dcat_rng_below(rng, count)];
}

static void draw_server(dcat_rng *rng, bool grid, dcat_member *server)
{
    static const double speeds[] = {1.0, 2.0, 3.0}, tariffs[] = {10.0, 10.0, 20.0, 30.0};
    static const double costs[] = {8.0, 10.0, 12.0, 16.0, 20.0, 24.0};
    server->speed_hz = either(rng, speeds, 3);
    server->tariff = either(rng, tariffs, 4);
    server->unit_cost = grid ? either(rng, costs, 6) : 5.0 + 25.0 * dcat_rng_uniform(rng);
    if (!grid && dcat_rng_below(rng, 2) == 0) { // near its tariff
        server->unit_cost = server->tariff * (0.8 + 0.4 * dcat_rng_uniform(rng));
    }
}

static void draw_cluster(dcat_rng *rng, bool grid, bool handicaps, market *m, size_t k)
{
    double speed_hz = 0.0;
    m->member_count[k] = 1 + dcat_rng_below(rng, MEMBERS);
    for (size_t i = 0; i < m->member_count[k]; i++) {
        dcat_member *server = &m->server[MEMBERS * k + i];
        draw_server(rng, grid, server);
        speed_hz += server->speed_hz;
    }
    static const double halves[] = {0.0, 0.0, 2.0, 5.0};
    m->handicap[k] = handicaps ? either(rng, halves, 4) : 0.0;
    m->needed_hz[k] = dcat_rng_below(rng, 2) == 0 ? 0.0 : speed_hz * dcat_rng_uniform(rng);
    m->admitted[k] = dcat_rng_below(rng, 8) > 0;
}

// The scenario's terms for a giga-cycle by a random deadline, in the money of these markets.
static void draw_terms(const dcat_market_config *terms, dcat_rng *rng, market *m)
{
    double deadline_s = 0.5 + 4.0 * dcat_rng_uniform(rng);
    double fee = dcat_fee(terms->price_per_gigacycle, terms->urgency_s, deadline_s,
                          DCAT_CYCLES_PER_GIGACYCLE);
    double most_s =
        dcat_admission_s(terms->admission_per_gigacycle, terms->admission_per_gigacycle_s, fee,
                         DCAT_CYCLES_PER_GIGACYCLE);
    double largest = 0.0;
    for (size_t k = 0; k < m->cluster_count; k++) {
        bool idle = dcat_rng_below(rng, 4) == 0;
        double delay_s = idle ? 0.0 : deadline_s * dcat_rng_uniform(rng);
        m->handicap[k] = terms->handicap_per_gigacycle_s * delay_s * (FEE / fee);
        m->admitted[k] = delay_s <= most_s;
        largest = fmax(largest, m->handicap[k]);
    }
    m->on_limits = terms->ceiling_on == DCAT_CEILING_ON_LIMIT && largest > 0.0;
    if (m->on_limits) {
        m->told_fee = dcat_auction_reserve(&m->rules.config, FEE, WORK) + largest;
        m->rules.config.ceiling_per_cycle = INFINITY; // shares keep theirs
    }
}

static market draw_market(const dcat_audit_inner_rule *rule, dcat_rng *rng)
{
    static const double ceilings[] = {14.0, 20.0, 26.0, 40.0, INFINITY};
    static const double starts[] = {1.0, 1.1, 1.3, 2.0, INFINITY, INFINITY};
    market m = {
        .rule = rule, .rules = *rule->rule.rules, .shares = rule->rule.shares, .told_fee = FEE};
    bool grid = dcat_rng_below(rng, 2) == 0, handicaps = dcat_rng_below(rng, 2) == 0;
    m.draw = dcat_rng_u64(rng);
    m.cluster_count = 1 + dcat_rng_below(rng, CLUSTERS);
    m.rules.config.ceiling_per_cycle = either(rng, ceilings, 5);
    m.shares.ceiling_per_cycle = m.rules.config.ceiling_per_cycle;
    double start = either(rng, starts, 6);
    bool opt_out = dcat_rng_below(rng, 2) == 0;
    m.shares.tariff_ceiling = rule->starts ? start : INFINITY;
    m.shares.opt_out = rule->starts && m.shares.share->by_tariff && opt_out;
    for (size_t k = 0; k < m.cluster_count; k++) {
        draw_cluster(rng, grid, handicaps, &m, k);
    }
    if (rule->market != NULL && rule->starts) {
        dcat_rng terms = dcat_rng_at(m.draw, DCAT_STREAM_ORACLE, 0x746572, 0);
        draw_terms(rule->market, &terms, &m);
    }
    return m;
}

// --- what becomes of it

// What one cluster brings to the auction.
typedef struct entry {
    dcat_terms terms;
    int32_t workers[MEMBERS];
    double bid, start; // INFINITY: stays away
} entry;

static double ratio_at_start(const market *m, const dcat_member *said, const int32_t *members,
                             size_t member_count)
{
    dcat_share_team all = dcat_share_team_of(said, members, member_count);
    return fmin(m->shares.ceiling_per_cycle / all.tariff, m->shares.tariff_ceiling);
}

static entry entry_of(const market *m, const dcat_member *said, size_t k)
{
    entry e;
    int32_t members[MEMBERS];
    size_t count = m->member_count[k];
    for (size_t i = 0; i < count; i++) {
        members[i] = (int32_t)(MEMBERS * k + i);
    }
    e.terms = dcat_share_terms(&m->shares, said, members, count, e.workers);
    if (m->rule->team != NULL) {
        double ratio = ratio_at_start(m, said, members, count);
        size_t working = m->rule->team(said, members, count, ratio, e.workers);
        e.terms.team = dcat_share_team_of(said, e.workers, working);
        e.terms.unit_limit =
            m->shares.share->unit_limit(m->shares.share, &e.terms.team, said, e.workers);
        e.terms.unit_start = m->shares.tariff_ceiling * e.terms.team.tariff;
    }
    e.start = WORK * e.terms.unit_start;
    if (m->on_limits) {
        double most = fmin(FEE, WORK * m->shares.ceiling_per_cycle);
        e.start = fmin(most, e.start) + m->handicap[k];
    }
    double bid = WORK * e.terms.unit_limit + m->handicap[k];
    bool in = m->admitted[k] && e.terms.team.speed_hz >= m->needed_hz[k] && bid <= e.start;
    e.bid = in ? bid : INFINITY;
    return e;
}

typedef struct sale {
    int winner;     // a cluster; -1
    double payment; // handicap taken off
    double price, start;
} sale;

static sale sell(const market *m, const entry *entries)
{
    int32_t number[CLUSTERS];
    double bid[CLUSTERS], highest = 0.0;
    size_t count = 0;
    for (size_t k = 0; k < m->cluster_count; k++) {
        if (isfinite(entries[k].bid)) {
            bid[count] = entries[k].bid;
            number[count++] = (int32_t)k;
            highest = fmax(highest, entries[k].start);
        }
    }
    if (count == 0) {
        return (sale){.winner = -1};
    }
    const dcat_auction_input input = {.fee = m->told_fee,
                                      .work_cycles = WORK,
                                      .bid = bid,
                                      .cluster = number,
                                      .bidder_count = count,
                                      .draw = m->draw,
                                      .user = m->rule->rule.user};
    dcat_auction_result result = m->rule->rule.run(&m->rules, &input);
    if (result.winner < 0) {
        return (sale){.winner = -1};
    }
    int winner = number[result.winner];
    double start = entries[winner].start;
    double price = m->rule->price != NULL ? m->rule->price(result.clearing_price, start, highest)
                                          : fmin(result.clearing_price, start);
    return (sale){winner, price - m->handicap[winner], price, start};
}

// What is left to a server of cluster k, by its true cost.
static double utility_of(const market *m, const entry *entries, const sale *s,
                         const dcat_member *said, size_t server)
{
    size_t k = server / MEMBERS;
    if (s->winner != (int)k) {
        return 0.0;
    }
    const entry *e = &entries[k];
    for (size_t i = 0; i < e->terms.team.member_count; i++) {
        if (e->workers[i] == (int32_t)server) {
            double load = said[server].speed_hz / e->terms.team.speed_hz;
            const dcat_share *share = m->shares.share;
            double pay = share->pay(share, &e->terms.team, &said[server], WORK, s->payment);
            return pay - WORK * load * m->server[server].unit_cost;
        }
    }
    return 0.0;
}

// --- lies

typedef struct attempt {
    const market *market;
    entry honest[CLUSTERS];
    sale sold;
    dcat_audit_inner *result;
    uint64_t seed;
} attempt;

// What a member may say: far off, as cheap or dear as others, just inside and outside of the start.
static size_t list_lies(const market *m, size_t server, double *lies)
{
    size_t k = server / MEMBERS, count = 0;
    int32_t members[MEMBERS];
    for (size_t i = 0; i < m->member_count[k]; i++) {
        members[i] = (int32_t)(MEMBERS * k + i);
    }
    double truth = m->server[server].unit_cost;
    double edge =
        ratio_at_start(m, m->server, members, m->member_count[k]) * m->server[server].tariff;
    const double wanted[LIES] = {1e-3 * truth,
                                 0.5 * truth,
                                 0.9 * truth,
                                 0.99 * truth,
                                 1.01 * truth,
                                 1.1 * truth,
                                 1.4 * truth,
                                 1e3 * truth,
                                 edge,
                                 nextafter(edge, INFINITY),
                                 m->server[(server + 1) % SERVERS].unit_cost,
                                 m->server[MEMBERS * ((k + 1) % CLUSTERS)].unit_cost};
    for (size_t i = 0; i < LIES; i++) {
        if (wanted[i] > 0.0 && isfinite(wanted[i])) {
            lies[count++] = wanted[i];
        }
    }
    return count;
}

// The market when one cluster's members say something else.
static sale sell_again(const attempt *a, const dcat_member *said, size_t k, entry *entries)
{
    memcpy(entries, a->honest, sizeof a->honest);
    entries[k] = entry_of(a->market, said, k);
    return sell(a->market, entries);
}

static dcat_audit_lie lie_of(const attempt *a, double honest, double lied)
{
    dcat_audit_lie lie = {.fee = FEE,
                          .honest = honest,
                          .lied = lied,
                          .bidder_count = a->market->cluster_count,
                          .task = -1,
                          .seed = a->seed};
    for (size_t k = 0; k < a->market->cluster_count; k++) {
        lie.bid[k] = a->honest[k].bid;
    }
    return lie;
}

static void try_member(const attempt *a, size_t server)
{
    const market *m = a->market;
    double lies[LIES];
    size_t count = list_lies(m, server, lies);
    double honest = utility_of(m, a->honest, &a->sold, m->server, server);
    dcat_member said[SERVERS];
    memcpy(said, m->server, sizeof said);
    for (size_t i = 0; i < count; i++) {
        entry entries[CLUSTERS];
        said[server].unit_cost = lies[i];
        sale s = sell_again(a, said, server / MEMBERS, entries);
        dcat_audit_lie lie = lie_of(a, honest, utility_of(m, entries, &s, said, server));
        lie.limit = m->server[server].unit_cost;
        lie.lie = lies[i];
        audit_count_lie(&a->result->members, &lie);
    }
}

static void try_pair(const attempt *a, size_t one, size_t other)
{
    const market *m = a->market;
    double lies[LIES], others[LIES];
    size_t count = list_lies(m, one, lies), other_count = list_lies(m, other, others);
    double honest[2] = {utility_of(m, a->honest, &a->sold, m->server, one),
                        utility_of(m, a->honest, &a->sold, m->server, other)};
    dcat_member said[SERVERS];
    memcpy(said, m->server, sizeof said);
    for (size_t i = 0; i < count * other_count; i++) {
        entry entries[CLUSTERS];
        said[one].unit_cost = lies[i / other_count];
        said[other].unit_cost = others[i % other_count];
        sale s = sell_again(a, said, one / MEMBERS, entries);
        double gain[2] = {utility_of(m, entries, &s, said, one) - honest[0],
                          utility_of(m, entries, &s, said, other) - honest[1]};
        int lesser = gain[1] < gain[0];
        dcat_audit_lie lie = lie_of(a, honest[lesser], honest[lesser] + gain[lesser]);
        lie.limit = m->server[lesser == 0 ? one : other].unit_cost;
        lie.lie = said[lesser == 0 ? one : other].unit_cost;
        audit_count_lie(&a->result->pairs, &lie);
    }
}

// A cluster that says another limit than its own and stays the same team.
static void try_cluster(const attempt *a, size_t k)
{
    static const double factors[] = {1e-3, 0.5, 0.9, 0.99, 1.01, 1.1, 1.5, 1e3};
    const market *m = a->market;
    const entry *e = &a->honest[k];
    double limit = WORK * e->terms.unit_limit;
    double honest = a->sold.winner == (int)k ? a->sold.payment - limit : 0.0;
    for (size_t i = 0; i < sizeof factors / sizeof *factors + 2 * m->cluster_count; i++) {
        size_t at = i - sizeof factors / sizeof *factors;
        entry entries[CLUSTERS];
        memcpy(entries, a->honest, sizeof entries);
        double rival = i < sizeof factors / sizeof *factors ? 0.0 : a->honest[at / 2].bid;
        double bid = i < sizeof factors / sizeof *factors ? limit * factors[i] + m->handicap[k]
                     : at % 2 == 0                        ? rival
                                                          : nextafter(rival, 0.0);
        bool in = m->admitted[k] && e->terms.team.speed_hz >= m->needed_hz[k];
        entries[k].bid = in && bid > m->handicap[k] && bid <= e->start ? bid : INFINITY;
        sale s = sell(m, entries);
        dcat_audit_lie lie = lie_of(a, honest, s.winner == (int)k ? s.payment - limit : 0.0);
        lie.limit = limit;
        lie.lie = bid - m->handicap[k];
        audit_count_lie(&a->result->clusters, &lie);
    }
}

// --- honest markets

static void judge_award(const attempt *a)
{
    const market *m = a->market;
    if (a->sold.winner < 0) {
        return;
    }
    const entry *e = &a->honest[a->sold.winner];
    double sum = 0.0;
    bool below = false;
    for (size_t i = 0; i < e->terms.team.member_count; i++) {
        const dcat_member *server = &m->server[e->workers[i]];
        sum += m->shares.share->pay(m->shares.share, &e->terms.team, server, WORK, a->sold.payment);
        below = below || utility_of(m, a->honest, &a->sold, m->server, (size_t)e->workers[i]) <
                             -AUDIT_TOLERANCE * FEE;
    }
    a->result->award_count++;
    a->result->below_cost += below;
    a->result->above_start += a->sold.price > a->sold.start + AUDIT_TOLERANCE * FEE;
    a->result->not_shared += fabs(sum - a->sold.payment) > AUDIT_TOLERANCE * FEE;
}

static void try_all(const attempt *a)
{
    const market *m = a->market;
    for (size_t k = 0; k < m->cluster_count; k++) {
        try_cluster(a, k);
        for (size_t i = 0; i < m->member_count[k]; i++) {
            try_member(a, MEMBERS * k + i);
            for (size_t j = 0; j < i; j++) {
                try_pair(a, MEMBERS * k + j, MEMBERS * k + i);
            }
        }
    }
}

dcat_audit_inner_rule dcat_audit_inner_rule_of(const dcat_auction *auction,
                                               const dcat_auction_rules *rules)
{
    return (dcat_audit_inner_rule){
        .rule = dcat_audit_rule_of(auction, rules),
        .starts = auction->under_ceiling && auction->limit == DCAT_LIMIT_MAX,
    };
}

dcat_audit_inner dcat_audit_inner_game(const dcat_audit_inner_rule *rule, uint64_t seed,
                                       int64_t market_count)
{
    dcat_audit_inner result = {.market_count = market_count};
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_ORACLE, 0x696e6e, 0);
    for (int64_t i = 0; i < market_count; i++) {
        market m = draw_market(rule, &rng);
        attempt a = {.market = &m, .result = &result, .seed = seed};
        for (size_t k = 0; k < m.cluster_count; k++) {
            a.honest[k] = entry_of(&m, m.server, k);
        }
        a.sold = sell(&m, a.honest);
        judge_award(&a);
        try_all(&a);
    }
    return result;
}

void audit_inner_add(dcat_audit_inner *sum, const dcat_audit_inner *part)
{
    sum->market_count += part->market_count;
    audit_lies_add(&sum->members, &part->members);
    audit_lies_add(&sum->clusters, &part->clusters);
    audit_lies_add(&sum->pairs, &part->pairs);
    sum->award_count += part->award_count;
    sum->below_cost += part->below_cost;
    sum->above_start += part->above_start;
    sum->not_shared += part->not_shared;
}
