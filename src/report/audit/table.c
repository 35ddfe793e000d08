// SPDX-License-Identifier: Apache-2.0
#include "report/audit/table.h"

#include "file/write_text.h"
#include <inttypes.h>
#include <math.h>

double audit_ratio(double numerator, double denominator)
{
    return denominator != 0.0 ? numerator / denominator : 0.0;
}

// --- columns and cells

#define TEXT(upper, lower)                                                                         \
    {                                                                                              \
        .heading = {(upper), (lower) }                                                             \
    }
#define NAME(upper, lower)                                                                         \
    {                                                                                              \
        .heading = {(upper), (lower)}, .left = true                                                \
    }
#define COUNT(upper, lower) TEXT(upper, lower)
#define PERCENT(upper, lower)                                                                      \
    {                                                                                              \
        .heading = {(upper), (lower)}, .decimals = 1, .never_zero = true                           \
    }
// A percentage with its sign.
#define CHANGE(upper, lower)                                                                       \
    {                                                                                              \
        .heading = {(upper), (lower)}, .decimals = 1, .never_zero = true, .sign = DCAT_SIGN_PLUS   \
    }

static dcat_cell percent(double numerator, double denominator)
{
    return dcat_cell_number(100.0 * audit_ratio(numerator, denominator));
}

static dcat_cell change(double honest, double gamed)
{
    return percent(gamed - honest, fabs(honest));
}

static dcat_cell count(int64_t value)
{
    return dcat_cell_count((uint64_t)value);
}

static const char *name_of(const dcat_audit_auction *result)
{
    return result->kind->name;
}

static const char *verdict(const dcat_audit_auction *result, dcat_promise promise)
{
    bool broken = result->broken[promise];
    return result->promised[promise] ? (broken ? "BROKEN" : "holds")
                                     : (broken ? "not promised" : "not promised (none found)");
}

// --- lies

static const dcat_column lie_columns[] = {
    NAME("auction", ""),
    NAME("liar", ""),
    COUNT("small markets:", "lies tried"),
    COUNT("of them", "pay"),
    PERCENT("best gain", "% fee"),
    COUNT("real auctions:", "lies tried"),
    COUNT("of them", "pay"),
    PERCENT("best gain", "% fee"),
    TEXT("guarantee", ""),
};

static dcat_cell largest_gain(const dcat_audit_lies *lies)
{
    return lies->profitable > 0 ? dcat_cell_number(100.0 * lies->largest_gain)
                                : dcat_cell_missing();
}

static void add_liar(dcat_table *table, const dcat_audit_auction *result, bool member)
{
    const dcat_audit_lies *small = member ? &result->small_members : &result->small_clusters;
    const dcat_audit_lies *real = member ? &result->real_members : &result->real_clusters;
    const dcat_cell cells[] = {
        dcat_cell_text(member ? "" : name_of(result)),
        dcat_cell_text(member ? "member" : "cluster"),
        count(small->pair_count),
        count(small->profitable),
        largest_gain(small),
        count(real->pair_count),
        count(real->profitable),
        largest_gain(real),
        dcat_cell_text(verdict(result, member ? DCAT_PROMISE_TRUTHFUL_MEMBERS
                                              : DCAT_PROMISE_TRUTHFUL_CLUSTERS)),
    };
    dcat_table_add(table, cells, DCAT_ROW_PLAIN);
}

static void add_lies(const dcat_audit_auction *result, dcat_table *table)
{
    add_liar(table, result, false);
    add_liar(table, result, true);
}

// --- the game inside clusters

static const dcat_column inner_columns[] = {
    NAME("auction", ""),
    COUNT("markets", ""),
    COUNT("members:", "lies tried"),
    COUNT("of them", "pay"),
    COUNT("clusters:", "lies tried"),
    COUNT("of them", "pay"),
    COUNT("pairs:", "lies tried"),
    COUNT("of them", "pay both"),
    PERCENT("best gain", "% fee"),
    PERCENT("some member", "loses, %"),
    TEXT("guarantee", ""),
};

static void add_inner(const dcat_audit_auction *result, dcat_table *table)
{
    const dcat_audit_inner *i = &result->inner;
    const dcat_audit_lies *worst =
        i->members.largest_gain > i->pairs.largest_gain ? &i->members : &i->pairs;
    const dcat_cell cells[] = {
        dcat_cell_text(name_of(result)),
        count(i->market_count),
        count(i->members.pair_count),
        count(i->members.profitable),
        count(i->clusters.pair_count),
        count(i->clusters.profitable),
        count(i->pairs.pair_count),
        count(i->pairs.profitable),
        largest_gain(worst),
        percent((double)i->below_cost, (double)i->award_count),
        dcat_cell_text(verdict(result, DCAT_PROMISE_TRUTHFUL_MEMBERS)),
    };
    dcat_table_add(table, cells, DCAT_ROW_PLAIN);
}

// --- losses

static const dcat_column rational_columns[] = {
    NAME("auction", ""),
    COUNT("awards", ""),
    PERCENT("platform", "loses, %"),
    PERCENT("users", "lose, %"),
    PERCENT("clusters", "lose, %"),
    PERCENT("some member", "loses, %"),
    PERCENT("worst loss", "% of cost"),
    PERCENT("losses", "% of pay"),
    TEXT("members", "guarantee"),
};

static dcat_cell losers(const dcat_audit_side *side)
{
    return side->case_count > 0 ? percent((double)side->below, (double)side->case_count)
                                : dcat_cell_missing();
}

static void add_rational(const dcat_audit_auction *result, dcat_table *table)
{
    const dcat_audit_rational *r = &result->rational;
    const dcat_cell cells[] = {
        dcat_cell_text(name_of(result)),
        count(r->platform.case_count),
        losers(&r->platform),
        losers(&r->user),
        losers(&r->cluster),
        losers(&r->member),
        dcat_cell_number(-100.0 * r->member.worst_share),
        percent(r->member.lost, r->payment),
        dcat_cell_text(verdict(result, DCAT_PROMISE_MEMBERS)),
    };
    dcat_table_add(table, cells, DCAT_ROW_PLAIN);
}

// --- beyond one auction

static const dcat_column gaming_columns[] = {
    NAME("auction", ""),           NAME("ceiling", ""),
    CHANGE("withhold:", "own, %"), TEXT("it paid", "for"),
    CHANGE("platform", "%"),       CHANGE("speed:", "own, %"),
    TEXT("it paid", "for"),        PERCENT("its tasks", "late, %"),
    CHANGE("cost:", "own, %"),     TEXT("it paid", "for"),
    CHANGE("platform", "%"),
};

static dcat_cell ceiling_name(const dcat_audit_auction *result, int without)
{
    return dcat_cell_text(!result->ceiling ? "none" : without ? "without" : "with");
}

// How many of the attempts paid.
typedef char tries_text[48];
static dcat_cell tries(const dcat_audit_gain *gain, tries_text text)
{
    snprintf(text, sizeof(tries_text), "%" PRId64 "/%" PRId64, gain->gainful, gain->attempt_count);
    return dcat_cell_text(text);
}

static void add_gaming(const dcat_audit_auction *result, int without, dcat_table *table)
{
    const dcat_audit_manipulation *m = &result->manipulation[without];
    tries_text text[3];
    const dcat_cell cells[] = {
        dcat_cell_text(without ? "" : name_of(result)),
        ceiling_name(result, without),
        change(m->withhold.honest, m->withhold.gamed),
        tries(&m->withhold, text[0]),
        change(m->withhold.platform_honest, m->withhold.platform_gamed),
        change(m->speed_best.honest, m->speed_best.gamed),
        tries(&m->speed_best, text[1]),
        percent((double)m->speed_best.late, (double)m->speed_best.award_count),
        change(m->cost_best.honest, m->cost_best.gamed),
        tries(&m->cost_best, text[2]),
        change(m->cost_best.platform_honest, m->cost_best.platform_gamed),
    };
    dcat_table_add(table, cells, DCAT_ROW_PLAIN);
}

static const dcat_column stability_columns[] = {
    NAME("auction", ""),     CHANGE("leaves:", "own, %"), TEXT("worth it", "for"),
    CHANGE("platform", "%"), CHANGE("moves:", "own, %"),  TEXT("worth it", "for"),
    CHANGE("platform", "%"),
};

static void add_stability(const dcat_audit_auction *result, dcat_table *table)
{
    const dcat_audit_stability *s = &result->stability;
    tries_text text[2];
    const dcat_cell cells[] = {
        dcat_cell_text(name_of(result)),
        change(s->leave.honest, s->leave.gamed),
        tries(&s->leave, text[0]),
        change(s->leave.platform_honest, s->leave.platform_gamed),
        change(s->move.honest, s->move.gamed),
        tries(&s->move, text[1]),
        change(s->move.platform_honest, s->move.platform_gamed),
    };
    dcat_table_add(table, cells, DCAT_ROW_PLAIN);
}

// A column for each factor, in the order of dcat_audit_manipulation.
#define FACTORS (DCAT_AUDIT_COST_FACTORS + DCAT_AUDIT_SPEED_FACTORS)
static const dcat_column factor_columns[] = {
    NAME("auction", ""),     NAME("ceiling", ""), NAME("what those", "earn who say"),
    CHANGE("cost", "x1.02"), CHANGE("", "x1.05"), CHANGE("", "x1.1"),
    CHANGE("", "x1.2"),      CHANGE("", "x1.5"),  CHANGE("speed", "x0.8"),
    CHANGE("", "x0.9"),      CHANGE("", "x1.1"),  CHANGE("", "x1.2"),
};

// The largest gain, of what those who try earn honestly on average.
static dcat_cell worst(const dcat_audit_gain *gain)
{
    return percent(gain->largest, gain->honest / (double)gain->attempt_count);
}

static void add_factors(const dcat_audit_auction *result, int without, dcat_table *table)
{
    const dcat_audit_manipulation *m = &result->manipulation[without];
    const char *auction = without ? "" : name_of(result);
    dcat_cell mean[3 + FACTORS] = {dcat_cell_text(auction), ceiling_name(result, without),
                                   dcat_cell_text("mean, %")};
    dcat_cell most[3 + FACTORS] = {dcat_cell_text(""), dcat_cell_text(""),
                                   dcat_cell_text("worst, %")};
    dcat_cell paid[3 + FACTORS] = {dcat_cell_text(""), dcat_cell_text(""),
                                   dcat_cell_text("it paid for")};
    tries_text text[FACTORS];
    for (size_t f = 0; f < FACTORS; f++) {
        const dcat_audit_gain *gain =
            f < DCAT_AUDIT_COST_FACTORS ? &m->cost[f] : &m->speed[f - DCAT_AUDIT_COST_FACTORS];
        mean[3 + f] = change(gain->honest, gain->gamed);
        most[3 + f] = worst(gain);
        paid[3 + f] = tries(gain, text[f]);
    }
    dcat_table_add(table, mean, DCAT_ROW_PLAIN);
    dcat_table_add(table, most, DCAT_ROW_PLAIN);
    dcat_table_add(table, paid, DCAT_ROW_PLAIN);
}

static const dcat_column device_columns[] = {
    NAME("auction", ""),         NAME("ceiling", ""),     CHANGE("efficiency:", "own, %"),
    TEXT("it paid", "for"),      CHANGE("platform", "%"), PERCENT("its tasks", "late, %"),
    CHANGE("memory:", "own, %"), TEXT("it paid", "for"),  PERCENT("its tasks", "late, %"),
};

static void add_devices(const dcat_audit_auction *result, int without, dcat_table *table)
{
    const dcat_audit_gain *best = &result->manipulation[without].efficiency_best;
    const dcat_audit_gain *more = &result->manipulation[without].memory;
    tries_text text[2];
    const dcat_cell cells[] = {dcat_cell_text(without ? "" : name_of(result)),
                               ceiling_name(result, without),
                               change(best->honest, best->gamed),
                               tries(best, text[0]),
                               change(best->platform_honest, best->platform_gamed),
                               percent((double)best->late, (double)best->award_count),
                               change(more->honest, more->gamed),
                               tries(more, text[1]),
                               percent((double)more->late, (double)more->award_count)};
    dcat_table_add(table, cells, DCAT_ROW_PLAIN);
}

static const dcat_column deadline_columns[] = {
    NAME("auction", ""),
    NAME("ceiling", ""),
    COUNT("users", "who try"),
    PERCENT("honest:", "served"),
    PERCENT("lying:", "served"),
    PERCENT("lying:", "in time"),
    CHANGE("fee", "paid"),
    CHANGE("gain, worth", "1.5 fees"),
    CHANGE("gain, worth", "3 fees"),
};

// Mean change of utility, of the honest fee: a task worth w when in time and nothing when late is
// worth w P(in time) - fees.
static dcat_cell deadline_gain(const dcat_audit_deadline *d, double fees_worth)
{
    double fee = audit_ratio(d->fee_honest, (double)d->served_honest);
    double in_time = (double)(d->in_time_lied - d->served_honest);
    double fees = d->fee_lied - d->fee_honest;
    return percent(fees_worth * fee * in_time - fees, (double)d->task_count * fee);
}

static void add_deadline(const dcat_audit_auction *result, int without, dcat_table *table)
{
    const dcat_audit_deadline *d = &result->manipulation[without].deadline;
    double tasks = (double)d->task_count;
    const dcat_cell cells[] = {
        dcat_cell_text(without ? "" : name_of(result)),
        ceiling_name(result, without),
        count(d->task_count),
        percent((double)d->served_honest, tasks),
        percent((double)d->served_lied, tasks),
        percent((double)d->in_time_lied, tasks),
        change(audit_ratio(d->fee_honest, (double)d->served_honest),
               audit_ratio(d->fee_lied, (double)d->served_lied)),
        deadline_gain(d, 1.5),
        deadline_gain(d, 3.0),
    };
    dcat_table_add(table, cells, DCAT_ROW_PLAIN);
}

// --- Theorem 2

// A column for each gamma, under its number.
static void start_theorem2(const dcat_audit_theorem2 *t, audit_table *into)
{
    into->columns[0] = (dcat_column)NAME("candidates", "");
    for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
        number_text(t->gamma[g], into->gamma[g]);
        into->columns[1 + g] = (dcat_column)PERCENT(g == 0 ? "gamma" : "", into->gamma[g]);
    }
    into->table.head.columns = into->columns;
    into->table.head.column_count = 1 + DCAT_AUDIT_GAMMAS;
}

static void add_theorem2(const dcat_audit_theorem2 *t, dcat_table *table)
{
    for (size_t c = 0; c < DCAT_AUDIT_CROWDS; c++) {
        dcat_cell cells[1 + DCAT_AUDIT_GAMMAS] = {count(t->crowd[c])};
        for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
            cells[1 + g] = percent((double)t->lost[c][g], (double)t->cell_profiles);
        }
        dcat_table_add(table, cells, DCAT_ROW_PLAIN);
    }
}

// --- verdict

bool audit_verdict_sentence(const dcat_audit_report *report, size_t index,
                            char text[AUDIT_SENTENCE_SIZE])
{
    size_t found = 0;
    for (size_t p = 0; p < report->config->policy_count; p++) {
        for (int promise = 0; promise < DCAT_PROMISE_COUNT; promise++) {
            const dcat_audit_auction *result = &report->results[p];
            if (result->promised[promise] && result->broken[promise] && found++ == index) {
                snprintf(text, AUDIT_SENTENCE_SIZE,
                         "BROKEN: %s promises \"%s\", and does not keep it.", name_of(result),
                         dcat_audit_promise_name((dcat_promise)promise));
                return true;
            }
        }
    }
    if (found == 0 && index == 0) {
        snprintf(text, AUDIT_SENTENCE_SIZE, "Every guarantee that %s promised holds.",
                 report->config->policy_count == 1 ? "the auction" : "these auctions");
        return true;
    }
    return false;
}

// --- all

bool audit_table_applies(const dcat_audit_report *report, audit_table_kind kind)
{
    return kind == AUDIT_TABLE_STABILITY  ? report->config->stability
           : kind == AUDIT_TABLE_THEOREM2 ? report->theorem2->cell_profiles > 0
           : kind == AUDIT_TABLE_INNER    ? report->config->inner_count > 0
           : kind == AUDIT_TABLE_DEVICES
               ? report->results[0].manipulation[0].efficiency_best.attempt_count > 0
               : true;
}

// Either of the two functions adds the rows of an auction; add_manipulation is called once more
// for what becomes of the auction without its ceiling.
typedef struct table_kind {
    const char *title, *note;
    dcat_table_head head;
    void (*add)(const dcat_audit_auction *result, dcat_table *table);
    void (*add_manipulation)(const dcat_audit_auction *result, int without, dcat_table *table);
} table_kind;

static const table_kind kinds[AUDIT_TABLE_COUNT] = {
    [AUDIT_TABLE_LIES] =
        {"Lies about cost in one auction",
         "One bidder says another cost, all else stays, the random draw too. Small markets: every "
         "lie on a grid around the prices, 2 and 3 clusters. Real auctions: random lies in the "
         "scenario's own.",
         DCAT_TABLE_HEAD("lies", NULL, lie_columns), add_lies, NULL},
    [AUDIT_TABLE_INNER] =
        {"The game inside clusters",
         "Random small markets of 1 to 3 clusters of 1 to 3 members under the market's share, with "
         "start prices of their own, handicaps, admission and opt-out. A lie of a pair of one "
         "cluster pays when both gain.",
         DCAT_TABLE_HEAD("inner", NULL, inner_columns), add_inner, NULL},
    [AUDIT_TABLE_RATIONAL] =
        {"Who loses money on an award (10f)",
         "Share of awards on which somebody of that side is left with less than nothing. Worst "
         "loss: of a member, in percent of what its share of the work cost it. Losses: of all "
         "members together, in percent of all payments. Users without a value lose nothing (-).",
         DCAT_TABLE_HEAD("rational", NULL, rational_columns), add_rational, NULL},
    [AUDIT_TABLE_GAMING] =
        {"Beyond one auction: what the market does not protect from",
         "Mean change of what those who try earn over a run, everybody else honest, for how many "
         "of them it paid, and what became of the platform's profit. Withhold: an owner of three "
         "neighbouring clusters keeps the best one of them, or none, out of the market. Speed: a "
         "server says another speed than it has. Cost: a cluster says in every auction another "
         "cost "
         "than it has. Both by the factor of the next table that pays them best, or honest.",
         DCAT_TABLE_HEAD("gaming", NULL, gaming_columns), NULL, add_gaming},
    [AUDIT_TABLE_FACTORS] =
        {"Beyond one auction: by how much they lie",
         "The same lies about cost and speed, factor by factor. Mean: change of what those who try "
         "earn together. Worst: the largest gain of one, in percent of what one earns honestly on "
         "average.",
         DCAT_TABLE_HEAD("factors", NULL, factor_columns), NULL, add_factors},
    [AUDIT_TABLE_DEVICES] =
        {"Beyond one auction: what servers say of their devices",
         "Efficiency: 0.8, 1.25 or 2 times the truth at one class, whichever pays best, or honest. "
         "Memory: four times, where that lets it into work that it cannot do, and never ends.",
         DCAT_TABLE_HEAD("devices", NULL, device_columns), NULL, add_devices},
    [AUDIT_TABLE_DEADLINE] =
        {"Beyond one auction: users who say their deadline is 1.5 times as long",
         "One at a time, in percent of those who try. In time: by the true deadline. Fee: change "
         "for those served. Gain: mean change of the user's utility in percent of its honest fee, "
         "for tasks that are worth so much in time and nothing late.",
         DCAT_TABLE_HEAD("deadline", NULL, deadline_columns), NULL, add_deadline},
    [AUDIT_TABLE_STABILITY] =
        {"Do members want to stay?",
         "One server at a time is somewhere else for the whole run: alone, or in the cluster where "
         "it earns most. For how many that is worth more than 1 %, and what becomes of the "
         "platform's profit.",
         DCAT_TABLE_HEAD("stability", NULL, stability_columns), add_stability, NULL},
    [AUDIT_TABLE_THEOREM2] =
        {.title = "Theorem 2: contested tasks that the paper's clock loses",
         .note = "Percent of tasks lost because the last candidates leave together, by decrement "
                 "gamma, for limits as the scenario's clusters have them and no limit on rounds."},
};

void audit_table_make(const dcat_audit_report *report, audit_table_kind which, audit_table *into)
{
    const table_kind *kind = &kinds[which];
    *into = (audit_table){kind->title, kind->note, .table = {.head = kind->head}};
    if (which == AUDIT_TABLE_THEOREM2) {
        start_theorem2(report->theorem2, into);
        add_theorem2(report->theorem2, &into->table);
        return;
    }
    for (size_t p = 0; p < report->config->policy_count; p++) {
        const dcat_audit_auction *result = &report->results[p];
        if (kind->add != NULL) {
            kind->add(result, &into->table);
            continue;
        }
        for (int without = 0; without <= (result->ceiling ? 1 : 0); without++) {
            kind->add_manipulation(result, without, &into->table);
        }
    }
}
