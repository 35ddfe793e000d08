// SPDX-License-Identifier: Apache-2.0
#include "report/result/facts.h"

#include "file/write_text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

percent_estimate facts_gain(const dcat_compare_report *report, size_t row)
{
    double base = report->rows[report->baseline].profit.mean;
    if (!(base > 0.0)) {
        return (percent_estimate){NAN, NAN};
    }
    dcat_estimate gain = report->rows[row].profit_gain;
    return (percent_estimate){100.0 * gain.mean / base, 100.0 * gain.ci95 / base};
}

// Worlds that all give the same are one sample: a spread of 0 says nothing.
static dcat_estimate one_if_equal(dcat_estimate estimate)
{
    bool equal = estimate.ci95 <= 1e-12 * fabs(estimate.mean);
    return (dcat_estimate){estimate.mean, equal ? NAN : estimate.ci95};
}

percent_estimate facts_bound_share(const dcat_compare_report *report, size_t row)
{
    size_t world_count = report->config->world_count;
    dcat_sample share = {0};
    for (size_t w = 0; report->bound != NULL && w < world_count; w++) {
        const dcat_run_result *own = &report->results[row * world_count + w];
        if (!(report->bound[w] > 0.0) || own->cycle_count == 0) {
            return (percent_estimate){NAN, NAN};
        }
        double profit = dcat_totals_profit(&own->totals) / own->cycle_count;
        dcat_sample_add(&share, 100.0 * profit / report->bound[w]);
    }
    if (share.count == 0) {
        return (percent_estimate){NAN, NAN};
    }
    dcat_estimate estimate = one_if_equal(dcat_sample_estimate(&share));
    return (percent_estimate){estimate.mean, estimate.ci95};
}

dcat_estimate facts_bound(const dcat_compare_report *report)
{
    return one_if_equal(dcat_estimate_of(report->bound, report->config->world_count));
}

void facts_interval(const dcat_compare_report *report, char *text, size_t size)
{
    snprintf(text, size, "cycles: block bootstrap, blocks of %zu", report->block_cycles);
}

double facts_world_gain(const dcat_compare_report *report, size_t row, size_t world)
{
    size_t world_count = report->config->world_count;
    const dcat_run_result *base = &report->results[report->baseline * world_count + world];
    const dcat_run_result *own = &report->results[row * world_count + world];
    double base_mean = report->rows[report->baseline].profit.mean;
    if (!(base_mean > 0.0) || base->cycle_count == 0 || own->cycle_count == 0) {
        return NAN;
    }
    double difference = dcat_totals_profit(&own->totals) / own->cycle_count -
                        dcat_totals_profit(&base->totals) / base->cycle_count;
    return 100.0 * difference / base_mean;
}

void facts_order(const dcat_compare_report *report, size_t *order)
{
    for (size_t i = 0; i < report->config->policy_count; i++) {
        size_t place = i;
        while (place > 0 &&
               report->rows[order[place - 1]].profit.mean < report->rows[i].profit.mean) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = i;
    }
}

size_t facts_best(const dcat_compare_report *report)
{
    size_t best = 0;
    for (size_t i = 1; i < report->config->policy_count; i++) {
        if (report->rows[i].profit.mean > report->rows[best].profit.mean) {
            best = i;
        }
    }
    return best;
}

const char *facts_baseline_role(const dcat_compare_report *report)
{
    if (report->baseline_chosen) {
        return "the chosen one";
    }
    return dcat_compare_is_baseline(&report->rows[report->baseline].policy)
               ? "the best of the paper's baselines"
               : "the best of all rows";
}

// "13.2 ± 1.1", or "13.2" without an interval.
static void percent_text(double mean, double ci95, char *text, size_t size)
{
    char number[NUMBER_TEXT_SIZE];
    number_fixed(mean, 1, number);
    if (isfinite(ci95)) {
        char width[NUMBER_TEXT_SIZE];
        number_fixed(ci95, 1, width);
        snprintf(text, size, "%s \u00b1 %s", number, width);
    } else {
        snprintf(text, size, "%s", number);
    }
}

static void offloading_sentence(const dcat_compare_report *report, size_t best, char *text,
                                size_t size)
{
    const dcat_compare_row *row = &report->rows[best];
    char share[NUMBER_TEXT_SIZE];
    number_fixed(100.0 * row->offloading.mean, 1, share);
    if (best == report->baseline) {
        snprintf(text, size, "It serves %s %% of the tasks.", share);
        return;
    }
    double gain = 100.0 * row->offloading_gain.mean;
    char points[2 * NUMBER_TEXT_SIZE];
    percent_text(fabs(gain), 100.0 * row->offloading_gain.ci95, points, sizeof points);
    if (fabs(gain) < 0.05) { // "0.0 points more" says nothing
        snprintf(text, size, "It serves %s %% of the tasks, about as many as the baseline.", share);
    } else {
        snprintf(text, size, "It serves %s %% of the tasks, %s percentage points %s.", share,
                 points, gain < 0.0 ? "fewer" : "more");
    }
}

// The baseline's clusterer under another auction, or no row: SIZE_MAX.
static size_t baseline_under(const dcat_compare_report *report, const dcat_auction *auction)
{
    const dcat_policy *base = &report->rows[report->baseline].policy;
    for (size_t i = 0; i < report->config->policy_count; i++) {
        const dcat_policy *policy = &report->rows[i].policy;
        if (policy->auction == auction && policy->clusterer == base->clusterer &&
            policy->model == base->model) {
            return i;
        }
    }
    return SIZE_MAX;
}

// What of the best row's gain its auction brings, with the baseline's clusters, and what its
// clusters add. Empty when both rows have the same of one, or none tells.
static void split_sentence(const dcat_compare_report *report, size_t best, char *text, size_t size)
{
    const dcat_policy *winner = &report->rows[best].policy;
    size_t between = baseline_under(report, winner->auction);
    text[0] = '\0';
    if (between == SIZE_MAX || between == report->baseline || between == best) {
        return;
    }
    dcat_sample clusters = {0};
    for (size_t w = 0; w < report->config->world_count; w++) {
        dcat_sample_add(&clusters,
                        facts_world_gain(report, best, w) - facts_world_gain(report, between, w));
    }
    percent_estimate auction = facts_gain(report, between);
    dcat_estimate rest = one_if_equal(dcat_sample_estimate(&clusters));
    char name[DCAT_POLICY_TEXT_SIZE];
    char of_auction[2 * NUMBER_TEXT_SIZE];
    char of_clusters[2 * NUMBER_TEXT_SIZE];
    dcat_policy_text(&report->rows[between].policy, name);
    percent_text(auction.mean, auction.ci95, of_auction, sizeof of_auction);
    percent_text(rest.mean, rest.ci95, of_clusters, sizeof of_clusters);
    snprintf(text, size, " Of this, %s points are the auction (%s) and %s the clusters.",
             of_auction, name, of_clusters);
}

void facts_headline(const dcat_compare_report *report, char *text, size_t size)
{
    size_t best = facts_best(report);
    char winner[DCAT_POLICY_TEXT_SIZE];
    char base[DCAT_POLICY_TEXT_SIZE];
    char offloading[256];
    dcat_policy_text(&report->rows[best].policy, winner);
    dcat_policy_text(&report->rows[report->baseline].policy, base);
    offloading_sentence(report, best, offloading, sizeof offloading);
    if (report->config->policy_count == 1) {
        snprintf(text, size, "%s ran alone, so there is nothing to compare it with. %s", winner,
                 offloading);
        return;
    }
    if (best == report->baseline) {
        snprintf(text, size, "No other policy earns more than %s, %s. %s", base,
                 facts_baseline_role(report), offloading);
        return;
    }
    percent_estimate gain = facts_gain(report, best);
    if (!isfinite(gain.mean)) {
        snprintf(text, size,
                 "%s earns most; %s, %s, makes no profit, so no percentage is given. %s", winner,
                 base, facts_baseline_role(report), offloading);
        return;
    }
    char percent[2 * NUMBER_TEXT_SIZE];
    percent_text(gain.mean, gain.ci95, percent, sizeof percent);
    const char *doubt =
        !isfinite(gain.ci95) && report->config->world_count > 1 ? " (one sample: no interval)"
        : !isfinite(gain.ci95)                                  ? " (one world: no interval)"
        : gain.mean <= gain.ci95 ? "; the interval includes zero, so this may be chance"
                                 : "";
    char split[256];
    split_sentence(report, best, split, sizeof split);
    snprintf(text, size, "%s earns %s %% more than %s, %s%s.%s %s", winner, percent, base,
             facts_baseline_role(report), doubt, split, offloading);
}

// Which policy earns most, and how close the next one is.
static void answer_best(const dcat_compare_report *report, const char *profit_text,
                        facts_answers *answers)
{
    size_t best = facts_best(report);
    size_t next = SIZE_MAX;
    for (size_t i = 0; i < report->config->policy_count; i++) {
        if (i != best &&
            (next == SIZE_MAX || report->rows[i].profit.mean > report->rows[next].profit.mean)) {
            next = i;
        }
    }
    dcat_policy_text(&report->rows[best].policy, answers->best);
    int length = snprintf(answers->best_proof, sizeof answers->best_proof, "%s", profit_text);
    double most = report->rows[best].profit.mean;
    if (next != SIZE_MAX && most > 0.0 && length > 0 &&
        (size_t)length < sizeof answers->best_proof) {
        char name[DCAT_POLICY_TEXT_SIZE];
        char behind[NUMBER_TEXT_SIZE];
        dcat_policy_text(&report->rows[next].policy, name);
        number_fixed(100.0 * (most - report->rows[next].profit.mean) / most, 1, behind);
        snprintf(answers->best_proof + length, sizeof answers->best_proof - (size_t)length,
                 "; %s is %s %% behind", name, behind);
    }
}

static void answer_gain(const dcat_compare_report *report, facts_answers *answers)
{
    size_t best = facts_best(report);
    percent_estimate gain = facts_gain(report, best);
    char base[DCAT_POLICY_TEXT_SIZE];
    char percent[2 * NUMBER_TEXT_SIZE];
    char offloading[256];
    char split[256];
    dcat_policy_text(&report->rows[report->baseline].policy, base);
    offloading_sentence(report, best, offloading, sizeof offloading);
    split_sentence(report, best, split, sizeof split);
    percent_text(gain.mean, gain.ci95, percent, sizeof percent);
    bool alone = report->config->policy_count == 1;
    if (alone || best == report->baseline || !isfinite(gain.mean)) {
        snprintf(answers->gain, sizeof answers->gain, "%s",
                 alone                      ? "Nothing to compare"
                 : best == report->baseline ? "No other earns more"
                                            : "No percentage");
        snprintf(answers->gain_proof, sizeof answers->gain_proof, "%s%s%s%s. %s",
                 alone ? "it ran alone" : base, alone ? "" : ", ",
                 alone ? "" : facts_baseline_role(report),
                 isfinite(gain.mean) || alone ? "" : ", makes no profit", offloading);
        return;
    }
    snprintf(answers->gain, sizeof answers->gain, "+%.60s %%", percent);
    snprintf(answers->gain_proof, sizeof answers->gain_proof, "over %s, %s.%s %s", base,
             facts_baseline_role(report), split, offloading);
}

#define WORLDS_FEW 5 // fewer give intervals that are mostly Student's t

// Intervals over cycles, worlds, or none.
static void say_what_intervals_are(const dcat_compare_report *report, facts_answers *answers)
{
    size_t worlds = report->config->world_count;
    const char *why = "\u00b1 is half of the 95 % interval over worlds; all policies meet the same "
                      "tasks";
    char over[128], blocks[256];
    if (report->block_cycles > 0) {
        facts_interval(report, over, sizeof over);
        snprintf(blocks, sizeof blocks, "\u00b1 is half of the 95 %% interval over %s", over);
        snprintf(answers->sure, sizeof answers->sure, "%u cycle%s",
                 (unsigned)report->config->cycle_count,
                 report->config->cycle_count == 1 ? "" : "s");
        why = blocks;
    } else if (worlds == 1) {
        snprintf(answers->sure, sizeof answers->sure, "One world");
        why = "one world has no interval; --worlds 20 gives one, --over-cycles another";
    } else if (!isfinite(report->rows[facts_best(report)].profit.ci95)) {
        snprintf(answers->sure, sizeof answers->sure, "One sample");
        why = "given tasks that earn the same in all worlds, and few cycles";
    } else if (worlds < WORLDS_FEW) {
        snprintf(answers->sure, sizeof answers->sure, "Only %zu worlds", worlds);
        why = "few worlds make a wide interval; --worlds 20 narrows it";
    } else {
        snprintf(answers->sure, sizeof answers->sure, "%zu worlds", worlds);
    }
    snprintf(answers->sure_proof, sizeof answers->sure_proof, "%s", why);
    answers->doubt = report->block_cycles == 0 && worlds < WORLDS_FEW;
}

static void answer_sure(const dcat_compare_report *report, facts_answers *answers)
{
    size_t best = facts_best(report);
    percent_estimate gain = facts_gain(report, best);
    say_what_intervals_are(report, answers);
    if (best != report->baseline && isfinite(gain.ci95) && gain.mean <= gain.ci95) {
        snprintf(answers->sure, sizeof answers->sure, "May be chance");
        snprintf(answers->sure_proof, sizeof answers->sure_proof,
                 "the interval of the gain includes zero");
        answers->doubt = true;
    }
    answers->doubt = answers->doubt || !isfinite(report->rows[best].profit.ci95);
}

void facts_answer(const dcat_compare_report *report, const char *profit_text,
                  facts_answers *answers)
{
    *answers = (facts_answers){0};
    answer_best(report, profit_text, answers);
    answer_gain(report, answers);
    answer_sure(report, answers);
}

dcat_totals facts_totals(const dcat_compare_report *report, size_t row)
{
    dcat_totals sum = {0};
    for (size_t w = 0; w < report->config->world_count; w++) {
        dcat_totals_add(&sum, &report->results[row * report->config->world_count + w].totals);
    }
    return sum;
}

task_shares facts_shares(const dcat_totals *totals)
{
    if (totals->arrived == 0) {
        return (task_shares){0};
    }
    double arrived = (double)totals->arrived;
    return (task_shares){
        .sold_contested = (double)(totals->awarded - totals->single_awarded) / arrived,
        .sold_single = (double)totals->single_awarded / arrived,
        .no_candidate = (double)totals->no_candidate / arrived,
        .all_left = (double)totals->all_left / arrived,
        .other = (double)(totals->no_bidder + totals->round_limit + totals->not_admitted +
                          totals->no_device + totals->over_value) /
                 arrived,
    };
}

double facts_capacity_hz(const dcat_world *world)
{
    const dcat_server *servers = dcat_world_servers_view(world);
    double speed_hz = 0.0;
    for (size_t i = 0; i < dcat_world_server_count(world); i++) {
        speed_hz += servers[i].speed_hz;
    }
    return speed_hz;
}

double facts_cluster_speed_hz(const dcat_state *state, int32_t cluster)
{
    const dcat_world *world = dcat_state_world(state);
    dcat_cluster_view view = dcat_state_cluster(state, cluster);
    double speed_hz = 0.0;
    if (dcat_world_config_view(world)->resources == NULL) {
        return view.speed_hz;
    }
    for (size_t m = 0; m < view.member_count; m++) {
        speed_hz += dcat_world_servers_view(world)[view.members[m]].speed_hz;
    }
    return speed_hz;
}

bool facts_works(const dcat_state *state, int32_t server)
{
    bool works = false;
    for (int32_t q = 0; q < (int32_t)dcat_world_class_count(dcat_state_world(state)); q++) {
        works = works || dcat_state_member_share(state, q, server, 1.0, 0.0).work_cycles > 0.0;
    }
    return works;
}

double facts_units(const dcat_world *world, size_t server)
{
    size_t S = dcat_world_server_count(world), count = 0;
    const dcat_member *members = dcat_world_members_view(world);
    for (size_t queue = 0; queue < dcat_world_queue_count(world); queue++) {
        bool used = false;
        for (size_t q = 0; q < dcat_world_class_count(world); q++) {
            used = used || (dcat_world_queue_of(world, (int32_t)q) == queue &&
                            members[q * S + server].speed_hz > 0.0);
        }
        count += used;
    }
    return count > 0 ? (double)count : 1.0;
}

static void count_arrivals(const dcat_compare_report *report, const dcat_demand *demand,
                           dcat_task *tasks, demand_facts *facts)
{
    const dcat_compare_config *config = report->config;
    const dcat_world *world = report->world;
    uint32_t slot_count = (uint32_t)dcat_world_config_view(world)->slots_per_cycle;
    for (uint32_t c = 0; c < config->cycle_count; c++) {
        for (uint32_t slot = 0; slot < slot_count; slot++) {
            size_t count = dcat_demand_slot(demand, world, config->seeds[0],
                                            config->cycle_first + c, slot, 0, tasks);
            facts->arrivals[c] += (double)count;
            for (size_t n = 0; n < count; n++) {
                facts->area_per_slot[tasks[n].area] += 1.0;
                facts->work_cycles += tasks[n].work_cycles;
            }
        }
    }
    double slots = (double)config->cycle_count * slot_count;
    for (size_t a = 0; a < dcat_world_area_count(world); a++) {
        facts->area_per_slot[a] /= slots;
    }
    double time_s = slots * dcat_world_config_view(world)->slot_s;
    facts->load_factor = facts->work_cycles / (facts_capacity_hz(world) * time_s);
}

dcat_status demand_facts_create(const dcat_compare_report *report, demand_facts *facts,
                                dcat_error *err)
{
    const dcat_demand *demand = dcat_scenario_demand_view(report->scenario);
    size_t area_count = dcat_world_area_count(report->world);
    dcat_task *tasks = calloc(dcat_demand_slot_task_max(demand) + 1, sizeof *tasks);
    demand_facts made = {
        .arrivals = calloc((size_t)report->config->cycle_count + 1, sizeof *made.arrivals),
        .area_per_slot = calloc(area_count + 1, sizeof *made.area_per_slot),
    };
    if (tasks == NULL || made.arrivals == NULL || made.area_per_slot == NULL) {
        free(tasks);
        demand_facts_destroy(&made);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    count_arrivals(report, demand, tasks, &made);
    free(tasks);
    *facts = made;
    return DCAT_OK;
}

void demand_facts_destroy(demand_facts *facts)
{
    free(facts->arrivals);
    free(facts->area_per_slot);
    *facts = (demand_facts){0};
}
