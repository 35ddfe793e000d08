// SPDX-License-Identifier: Apache-2.0
#include "report/audit_table.h"

#include "file/write_text.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

double audit_ratio(double numerator, double denominator)
{
    return denominator != 0.0 ? numerator / denominator : 0.0;
}

// --- cells

typedef char table_text[AUDIT_CELL_SIZE];

static void put_text(table_text cell, const char *text)
{
    snprintf(cell, AUDIT_CELL_SIZE, "%s", text);
}

// Digits in groups of three.
static void put_count(table_text cell, int64_t count)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, count);
    char *out = cell;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-') {
            *out++ = ' ';
        }
        *out++ = digits[i];
    }
    *out = '\0';
}

// A share in percent; a share that is not 0 is never written as 0.
static void put_percent(table_text cell, double share, const char *sign)
{
    char number[NUMBER_TEXT_SIZE];
    double percent = 100.0 * share;
    int decimals = percent != 0.0 && fabs(percent) < 0.05 ? 4 : 1;
    number_fixed(percent, decimals, number);
    snprintf(cell, AUDIT_CELL_SIZE, "%s%s", percent > 0.0 ? sign : "", number);
}

static void put_head(audit_table *table, size_t column, const char *upper, const char *lower)
{
    put_text(table->head[0][column], upper);
    put_text(table->head[1][column], lower);
}

static void start(audit_table *table, const char *title, const char *note,
                  const char *const (*heads)[2], size_t column_count, size_t name_count)
{
    memset(table, 0, sizeof *table);
    table->title = title;
    table->note = note;
    table->column_count = column_count;
    table->name_count = name_count;
    for (size_t c = 0; c < column_count; c++) {
        put_head(table, c, heads[c][0], heads[c][1]);
    }
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

static void put_lies(audit_table *table, size_t row, size_t column, const dcat_audit_lies *lies)
{
    put_count(table->cell[row][column], lies->pair_count);
    put_count(table->cell[row][column + 1], lies->profitable);
    if (lies->profitable > 0) {
        put_percent(table->cell[row][column + 2], lies->largest_gain, "");
    } else {
        put_text(table->cell[row][column + 2], "-");
    }
}

static void add_liar(audit_table *table, const dcat_audit_auction *result, bool member)
{
    size_t row = table->row_count++;
    put_text(table->cell[row][0], member ? "" : name_of(result));
    put_text(table->cell[row][1], member ? "member" : "cluster");
    put_lies(table, row, 2, member ? &result->small_members : &result->small_clusters);
    put_lies(table, row, 5, member ? &result->real_members : &result->real_clusters);
    put_text(table->cell[row][8], verdict(result, member ? DCAT_PROMISE_TRUTHFUL_MEMBERS
                                                         : DCAT_PROMISE_TRUTHFUL_CLUSTERS));
}

static void make_lies(const dcat_audit_report *report, audit_table *table)
{
    static const char *const heads[][2] = {
        {"auction", ""},    {"liar", ""},           {"small markets:", "lies tried"},
        {"of them", "pay"}, {"best gain", "% fee"}, {"real auctions:", "lies tried"},
        {"of them", "pay"}, {"best gain", "% fee"}, {"guarantee", ""},
    };
    start(table, "Lies about cost in one auction",
          "One bidder says another cost, all else stays, the random draw too. Small markets: every "
          "lie on a grid around the prices, 2 and 3 clusters. Real auctions: random lies in the "
          "scenario's own.",
          heads, 9, 2);
    for (size_t p = 0; p < report->config->policy_count; p++) {
        add_liar(table, &report->results[p], false);
        add_liar(table, &report->results[p], true);
    }
}

// --- losses

static void put_side(table_text cell, const dcat_audit_side *side)
{
    if (side->case_count == 0) {
        put_text(cell, "-");
    } else {
        put_percent(cell, audit_ratio((double)side->below, (double)side->case_count), "");
    }
}

static void make_rational(const dcat_audit_report *report, audit_table *table)
{
    static const char *const heads[][2] = {
        {"auction", ""},
        {"awards", ""},
        {"platform", "loses, %"},
        {"users", "lose, %"},
        {"clusters", "lose, %"},
        {"some member", "loses, %"},
        {"worst loss", "% of cost"},
        {"losses", "% of pay"},
        {"members", "guarantee"},
    };
    start(table, "Who loses money on an award (10f)",
          "Share of awards on which somebody of that side is left with less than nothing. Worst "
          "loss: of a member, in percent of what its share of the work cost it. Losses: of all "
          "members together, in percent of all payments. Users without a value lose nothing (-).",
          heads, 9, 1);
    for (size_t p = 0; p < report->config->policy_count; p++) {
        const dcat_audit_auction *result = &report->results[p];
        const dcat_audit_rational *r = &result->rational;
        size_t row = table->row_count++;
        put_text(table->cell[row][0], name_of(result));
        put_count(table->cell[row][1], r->platform.case_count);
        put_side(table->cell[row][2], &r->platform);
        put_side(table->cell[row][3], &r->user);
        put_side(table->cell[row][4], &r->cluster);
        put_side(table->cell[row][5], &r->member);
        put_percent(table->cell[row][6], -r->member.worst_share, "");
        put_percent(table->cell[row][7], audit_ratio(r->member.lost, r->payment), "");
        put_text(table->cell[row][8], verdict(result, DCAT_PROMISE_MEMBERS));
    }
}

// --- beyond one auction

static void put_ceiling(audit_table *table, size_t row, const dcat_audit_auction *result,
                        int without)
{
    put_text(table->cell[row][0], without ? "" : name_of(result));
    put_text(table->cell[row][1], !result->ceiling ? "none" : without ? "without" : "with");
}

static void put_change(table_text cell, double honest, double gamed)
{
    put_percent(cell, audit_ratio(gamed - honest, fabs(honest)), "+");
}

// How many of the attempts paid.
static void put_tries(table_text cell, const dcat_audit_gain *gain)
{
    snprintf(cell, AUDIT_CELL_SIZE, "%" PRId64 "/%" PRId64, gain->gainful, gain->attempt_count);
}

static void add_gaming(audit_table *table, const dcat_audit_auction *result, int without)
{
    const dcat_audit_manipulation *m = &result->manipulation[without];
    size_t row = table->row_count++;
    table_text *cell = table->cell[row];
    put_ceiling(table, row, result, without);
    put_change(cell[2], m->withhold.honest, m->withhold.gamed);
    put_tries(cell[3], &m->withhold);
    put_change(cell[4], m->withhold.platform_honest, m->withhold.platform_gamed);
    put_change(cell[5], m->speed.honest, m->speed.gamed);
    put_tries(cell[6], &m->speed);
    put_percent(cell[7], audit_ratio((double)m->speed.late, (double)m->speed.award_count), "");
    put_change(cell[8], m->dear.honest, m->dear.gamed);
    put_tries(cell[9], &m->dear);
    put_change(cell[10], m->dear.platform_honest, m->dear.platform_gamed);
}

static void make_gaming(const dcat_audit_report *report, audit_table *table)
{
    static const char *const heads[][2] = {
        {"auction", ""},    {"ceiling", ""},          {"withhold:", "own, %"},
        {"it paid", "for"}, {"platform", "%"},        {"speed x1.2:", "own, %"},
        {"it paid", "for"}, {"its tasks", "late, %"}, {"cost x1.5:", "own, %"},
        {"it paid", "for"}, {"platform", "%"},
    };
    start(table, "Beyond one auction: what the market does not protect from",
          "Mean change of what those who try earn over a run, everybody else honest, for how many "
          "of them it paid, and what became of the platform's profit. Withhold: an owner of three "
          "neighbouring clusters keeps the best one of them, or none, "
          "out of the market. Speed: a server says it is 1.2 times as fast. Cost: a cluster says "
          "in every auction that its cost is 1.5 times what it is.",
          heads, 11, 2);
    for (size_t p = 0; p < report->config->policy_count; p++) {
        for (int without = 0; without <= (report->results[p].ceiling ? 1 : 0); without++) {
            add_gaming(table, &report->results[p], without);
        }
    }
}

static void add_deadline(audit_table *table, const dcat_audit_auction *result, int without)
{
    const dcat_audit_deadline *d = &result->manipulation[without].deadline;
    size_t row = table->row_count++;
    double tasks = (double)d->task_count;
    put_ceiling(table, row, result, without);
    put_count(table->cell[row][2], d->task_count);
    put_percent(table->cell[row][3], audit_ratio((double)d->served_honest, tasks), "");
    put_percent(table->cell[row][4], audit_ratio((double)d->served_lied, tasks), "");
    put_percent(table->cell[row][5], audit_ratio((double)d->in_time_lied, tasks), "");
    put_change(table->cell[row][6], audit_ratio(d->fee_honest, (double)d->served_honest),
               audit_ratio(d->fee_lied, (double)d->served_lied));
    // A task worth w when in time and nothing when late is worth w P(in time) - fees.
    double in_time = (double)(d->in_time_lied - d->served_honest);
    double fees = d->fee_lied - d->fee_honest;
    double fee = audit_ratio(d->fee_honest, (double)d->served_honest);
    for (int i = 0; i < 2; i++) {
        double worth = (i == 0 ? 1.5 : 3.0) * fee;
        put_percent(table->cell[row][7 + i], audit_ratio(worth * in_time - fees, tasks * fee), "+");
    }
}

static void make_deadline(const dcat_audit_report *report, audit_table *table)
{
    static const char *const heads[][2] = {
        {"auction", ""},           {"ceiling", ""},
        {"users", "who try"},      {"honest:", "served"},
        {"lying:", "served"},      {"lying:", "in time"},
        {"fee", "paid"},           {"gain, worth", "1.5 fees"},
        {"gain, worth", "3 fees"},
    };
    start(table, "Beyond one auction: users who say their deadline is 1.5 times as long",
          "One at a time, in percent of those who try. In time: by the true deadline. Fee: change "
          "for those served. Gain: mean change of the user's utility in percent of its honest fee, "
          "for tasks that are worth so much in time and nothing late.",
          heads, 9, 2);
    for (size_t p = 0; p < report->config->policy_count; p++) {
        for (int without = 0; without <= (report->results[p].ceiling ? 1 : 0); without++) {
            add_deadline(table, &report->results[p], without);
        }
    }
}

// --- Theorem 2

static void make_theorem2(const dcat_audit_report *report, audit_table *table)
{
    const dcat_audit_theorem2 *t = report->theorem2;
    static const char *const heads[][2] = {{"candidates", ""}};
    start(table, "Theorem 2: contested tasks that the paper's clock loses",
          "Percent of tasks lost because the last candidates leave together, by decrement gamma, "
          "for limits as the scenario's clusters have them and no limit on rounds.",
          heads, 1, 1);
    for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
        char number[NUMBER_TEXT_SIZE];
        number_text(t->gamma[g], number);
        put_head(table, table->column_count++, g == 0 ? "gamma" : "", number);
    }
    for (size_t c = 0; c < DCAT_AUDIT_CROWDS; c++) {
        size_t row = table->row_count++;
        put_count(table->cell[row][0], t->crowd[c]);
        for (size_t g = 0; g < DCAT_AUDIT_GAMMAS; g++) {
            put_percent(table->cell[row][1 + g],
                        audit_ratio((double)t->lost[c][g], (double)t->cell_profiles), "");
        }
    }
}

bool audit_theorem2_sentence(const dcat_audit_theorem2 *t, size_t index,
                             char text[AUDIT_SENTENCE_SIZE])
{
    table_text a;
    table_text b;
    table_text c;
    char x[NUMBER_TEXT_SIZE];
    char y[NUMBER_TEXT_SIZE];
    switch (index) {
    case 0:
        put_count(a, t->profile_count);
        put_count(b, t->exact_wrong);
        snprintf(text, AUDIT_SENTENCE_SIZE,
                 "The exact condition (sold iff gamma^k* fee >= c1, k* the first k >= 1 with "
                 "gamma^k fee < c2, k* <= K) was wrong in %s of %s random profiles.",
                 b, a);
        return true;
    case 1:
        put_count(a, t->paper_holds);
        put_count(b, t->paper_lost_above);
        put_count(c, t->paper_lost_rounds);
        snprintf(text, AUDIT_SENTENCE_SIZE,
                 "The paper's condition held in %s profiles; of them %s were lost because c2 is "
                 "above the fee, %s because K rounds were too few, %" PRId64
                 " inside its assumptions.",
                 a, b, c, t->paper_lost_inside);
        return true;
    case 2:
        put_count(a, t->simple_holds);
        snprintf(text, AUDIT_SENTENCE_SIZE,
                 "gamma >= c1 / c2 held in %s profiles inside the assumptions; %" PRId64
                 " were lost. Of %" PRId64 " ties for the lowest limit %" PRId64 " were sold.",
                 a, t->simple_lost, t->tie_count, t->tie_sold);
        return true;
    case 3:
        number_fixed(100.0 * t->step_paper, 3, x);
        number_fixed(100.0 * t->step_simple, 3, y);
        snprintf(text, AUDIT_SENTENCE_SIZE,
                 "With 10 candidates of the scenario the paper's condition allows price cuts of "
                 "%s %% on average, gamma >= c1 / c2 allows %s %%.",
                 x, y);
        return true;
    default:
        return false;
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
                         "BROKEN: %s promises \"%s\", and does not keep "
                         "it.",
                         name_of(result), dcat_audit_promise_name((dcat_promise)promise));
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
    return kind != AUDIT_TABLE_THEOREM2 || report->theorem2->cell_profiles > 0;
}

void audit_table_make(const dcat_audit_report *report, audit_table_kind kind, audit_table *table)
{
    static void (*const make[AUDIT_TABLE_COUNT])(const dcat_audit_report *, audit_table *) = {
        [AUDIT_TABLE_LIES] = make_lies,         [AUDIT_TABLE_RATIONAL] = make_rational,
        [AUDIT_TABLE_GAMING] = make_gaming,     [AUDIT_TABLE_DEADLINE] = make_deadline,
        [AUDIT_TABLE_THEOREM2] = make_theorem2,
    };
    make[kind](report, table);
}
