// One run: summary.json, its text, cycles.csv, and the streams of tasks, clusters and servers.

#include "dcat/x/report.h"

#include "dcat/model.h"
#include "file/json_write.h"
#include "file/write_text.h"
#include "report/json_values.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static double ratio(double a, double b)
{
    return b > 0.0 ? a / b : NAN;
}

static double mean_delay_s(double sum_s, const dcat_totals *totals)
{
    return ratio(sum_s, (double)totals->awarded);
}

// --- summary

static json_t *outcomes_json(const dcat_totals *totals)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "sold", (json_int_t)totals->awarded,
                     "no_candidate", (json_int_t)totals->no_candidate, "no_bidder",
                     (json_int_t)totals->no_bidder, "all_exited", (json_int_t)totals->all_exited,
                     "round_limit", (json_int_t)totals->round_limit);
}

static json_t *delays_json(const dcat_totals *totals)
{
    return json_pack("{s:o, s:o, s:o}", "transfer_s",
                     json_number(mean_delay_s(totals->transfer_s, totals)), "waiting_s",
                     json_number(mean_delay_s(totals->waiting_s, totals)), "processing_s",
                     json_number(mean_delay_s(totals->processing_s, totals)));
}

static json_t *money_json(const dcat_totals *totals)
{
    double profit = dcat_totals_profit(totals);
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "fees", json_number(totals->fee), "payments",
                     json_number(totals->payment), "costs", json_number(totals->cost), "profit",
                     json_number(profit), "margin", json_number(ratio(profit, totals->fee)));
}

dcat_status dcat_write_run_summary_json(const dcat_run_report *report, FILE *file, dcat_error *err)
{
    const dcat_totals *totals = &report->result->totals;
    const dcat_run_result *result = report->result;
    double cycles = (double)result->cycle_count;
    json_t *document = json_pack(
        "{s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o}",
        "scenario", json_text(dcat_scenario_name(report->scenario)), "policy",
        json_policy(&report->config->policy), "seed", json_count(report->config->seed),
        "cycle_first", (json_int_t)report->config->cycle_first, "cycles",
        (json_int_t)result->cycle_count, "arrived", (json_int_t)totals->arrived, "awarded",
        (json_int_t)totals->awarded, "offloading",
        json_number(ratio((double)totals->awarded, (double)totals->arrived)), "profit_per_cycle",
        json_number(ratio(dcat_totals_profit(totals), cycles)), "money", money_json(totals),
        "outcomes", outcomes_json(totals), "single_candidate", (json_int_t)totals->single_candidate,
        "contested", (json_int_t)totals->contested, "members_below_cost",
        (json_int_t)totals->member_below_cost, "delays", delays_json(totals), "cluster_count",
        json_number(ratio(result->cluster_count, cycles)), "decision_s",
        json_number(ratio(result->decision_s, (double)result->decision_count)));
    return json_write(document, file, err);
}

static void put_money(FILE *file, const char *label, double value, const char *more)
{
    char text[NUMBER_TEXT_SIZE];
    money_unit unit = money_unit_for(fabs(value));
    number_fixed(value / unit.divisor, decimals_for(fabs(value) / unit.divisor), text);
    fprintf(file, "  %-22s%s%s%s%s\n", label, text, *unit.suffix != '\0' ? " " : "", unit.suffix,
            more);
}

static void put_share(FILE *file, const char *label, int64_t part, int64_t whole)
{
    char text[NUMBER_TEXT_SIZE] = "-";
    if (whole > 0) {
        number_fixed(100.0 * (double)part / (double)whole, 1, text);
    }
    fprintf(file, "  %-22s%s %%  (%" PRId64 ")\n", label, text, part);
}

static void put_seconds(FILE *file, const char *label, double seconds)
{
    char text[NUMBER_TEXT_SIZE];
    duration_text(seconds, text);
    fprintf(file, "  %-22s%s\n", label, text);
}

void dcat_write_run_summary_text(const dcat_run_report *report, FILE *file)
{
    const dcat_totals *totals = &report->result->totals;
    const dcat_run_result *result = report->result;
    char policy[DCAT_POLICY_TEXT_SIZE];
    char name[256];
    char number[NUMBER_TEXT_SIZE];
    dcat_policy_text(&report->config->policy, policy);
    text_clean(dcat_scenario_name(report->scenario), name, sizeof name);
    fprintf(file, "%s: %s on %" PRIu32 " cycles from cycle %" PRIu32 ", seed %" PRIu64 "\n\n", name,
            policy, result->cycle_count, report->config->cycle_first, report->config->seed);
    double cycles = result->cycle_count > 0 ? (double)result->cycle_count : NAN;
    put_money(file, "profit per cycle", dcat_totals_profit(totals) / cycles, "");
    put_money(file, "  fees", totals->fee / cycles, "  paid by users");
    put_money(file, "  payments", totals->payment / cycles, "  to clusters");
    put_money(file, "  costs", totals->cost / cycles, "  of clusters");
    fprintf(file, "  %-22s%" PRId64 "\n", "tasks arrived", totals->arrived);
    put_share(file, "tasks awarded", totals->awarded, totals->arrived);
    put_share(file, "  one candidate", totals->single_candidate, totals->arrived);
    put_share(file, "lost: no candidate", totals->no_candidate, totals->arrived);
    put_share(file, "lost: all exited", totals->all_exited, totals->arrived);
    put_share(file, "lost: no bidder", totals->no_bidder, totals->arrived);
    put_share(file, "lost: round limit", totals->round_limit, totals->arrived);
    put_share(file, "member below its cost", totals->member_below_cost, totals->awarded);
    put_seconds(file, "transfer delay", mean_delay_s(totals->transfer_s, totals));
    put_seconds(file, "waiting delay", mean_delay_s(totals->waiting_s, totals));
    put_seconds(file, "processing delay", mean_delay_s(totals->processing_s, totals));
    number_fixed(result->cluster_count / cycles, 1, number);
    fprintf(file, "  %-22s%s\n", "clusters", number);
    put_seconds(file, "decision time", ratio(result->decision_s, (double)result->decision_count));
}

// --- cycles.csv

static void put_cycle(const dcat_run_report *report, size_t index, FILE *file)
{
    const dcat_totals *totals = &report->cycles[index];
    fprintf(file, "%" PRIu64 ",", (uint64_t)report->config->cycle_first + index);
    fprintf(file, "%" PRId64 ",%" PRId64 ",", totals->arrived, totals->awarded);
    csv_put_number(file, ratio((double)totals->awarded, (double)totals->arrived));
    const double money[] = {totals->fee, totals->payment, totals->cost, dcat_totals_profit(totals)};
    for (size_t i = 0; i < sizeof money / sizeof money[0]; i++) {
        putc(',', file);
        csv_put_number(file, money[i]);
    }
    fprintf(file,
            ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64,
            totals->no_candidate, totals->no_bidder, totals->all_exited, totals->round_limit,
            totals->single_candidate, totals->contested, totals->member_below_cost);
    const double delays_s[] = {totals->transfer_s, totals->waiting_s, totals->processing_s};
    for (size_t i = 0; i < sizeof delays_s / sizeof delays_s[0]; i++) {
        putc(',', file);
        csv_put_number(file, mean_delay_s(delays_s[i], totals));
    }
    putc(',', file);
    if (report->cycle_cluster_count != NULL) {
        fprintf(file, "%" PRId32, report->cycle_cluster_count[index]);
    }
    putc(',', file);
    if (report->cycle_decision_s != NULL) {
        csv_put_number(file, report->cycle_decision_s[index]);
    }
    putc('\n', file);
}

static dcat_status check_stream(FILE *file, const char *what, dcat_error *err)
{
    return ferror(file) ? dcat_fail(err, DCAT_ERR_IO, "writing %s failed", what) : DCAT_OK;
}

dcat_status dcat_write_cycles_csv(const dcat_run_report *report, FILE *file, dcat_error *err)
{
    fputs("cycle,arrived,awarded,offloading,fee,payment,cost,profit,no_candidate,no_bidder,"
          "all_exited,round_limit,single_candidate,contested,members_below_cost,transfer_s,"
          "waiting_s,processing_s,clusters,decision_s\n",
          file);
    for (size_t i = 0; i < report->result->cycle_count; i++) {
        put_cycle(report, i, file);
    }
    return check_stream(file, "cycles.csv", err);
}

// --- tasks.csv

void dcat_write_tasks_csv_header(FILE *file)
{
    fputs("job_id,submission_time,waiting_time,starting_time,execution_time,finish_time,"
          "turnaround_time,success,cycle,slot,task,origin,work_gigacycles,data_mb,deadline_s,"
          "value,outcome,candidates,rounds,cluster,transfer_s,queue_s,processing_s,fee,payment,"
          "limit,cost,member_below_cost\n",
          file);
}

// Times of an awarded task in the words of SWF and Batsim. Choice: a task starts once its data has
// arrived and the cluster is free, so waiting_time = starting_time - submission_time holds transfer
// and queue, and finish_time = starting_time + execution_time.
static void put_times(const dcat_task *task, const dcat_award *award, FILE *file)
{
    double waiting_s = award->transfer_s + award->waiting_s;
    double start_s = task->arrival_s + waiting_s;
    const double times_s[] = {waiting_s, start_s, award->processing_s,
                              start_s + award->processing_s, waiting_s + award->processing_s};
    for (size_t i = 0; i < sizeof times_s / sizeof times_s[0]; i++) {
        putc(',', file);
        csv_put_number(file, award->outcome == DCAT_AUCTION_SOLD ? times_s[i] : NAN);
    }
}

static void put_award(const dcat_award *award, FILE *file)
{
    bool sold = award->outcome == DCAT_AUCTION_SOLD;
    fprintf(file, ",%s,%" PRId32 ",%" PRId32 ",", dcat_auction_outcome_name(award->outcome),
            award->candidate_count, award->round);
    if (sold) {
        fprintf(file, "%" PRId32, award->cluster);
    }
    const double of_winner[] = {award->transfer_s, award->waiting_s, award->processing_s,
                                award->fee,        award->payment,   award->limit,
                                award->cost};
    for (size_t i = 0; i < sizeof of_winner / sizeof of_winner[0]; i++) {
        putc(',', file);
        bool is_fee = i == 3; // the offer stands whether or not it was sold
        csv_put_number(file, sold || is_fee ? of_winner[i] : NAN);
    }
    fprintf(file, ",%s\n", sold ? award->member_below_cost ? "1" : "0" : "");
}

void dcat_write_tasks_csv_rows(const dcat_scenario *scenario, const dcat_slot_record *slot,
                               uint64_t first_job_id, FILE *file)
{
    for (size_t n = 0; n < slot->task_count; n++) {
        const dcat_task *task = &slot->tasks[n];
        const dcat_award *award = &slot->awards[n];
        fprintf(file, "%" PRIu64 ",", first_job_id + n);
        csv_put_number(file, task->arrival_s);
        put_times(task, award, file);
        fprintf(file, ",%d,%" PRIu32 ",%" PRIu32 ",%" PRId32 ",",
                award->outcome == DCAT_AUCTION_SOLD, slot->cycle, slot->slot, task->id);
        csv_put_text(file, dcat_scenario_area_name(scenario, (size_t)task->area));
        const double asked[] = {task->work_cycles / 1e9, task->data_bits / 1e6, task->deadline_s,
                                task->value};
        for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
            putc(',', file);
            csv_put_number(file, asked[i]);
        }
        put_award(award, file);
    }
}

// --- clusters.csv and servers.csv

void dcat_write_clusters_csv_header(FILE *file)
{
    fputs("cycle,cluster,server,speed_ghz,cluster_servers,cluster_speed_ghz,cluster_span_km,"
          "unit_cost_per_gigacycle\n",
          file);
}

void dcat_write_clusters_csv_rows(const dcat_scenario *scenario, const dcat_state *state,
                                  uint32_t cycle, FILE *file)
{
    const dcat_world *world = dcat_state_world(state);
    const dcat_server *servers = dcat_world_servers_view(world);
    const double *unit_cost = dcat_world_unit_cost_view(world);
    for (int32_t k = 0; k < dcat_state_cluster_count(state); k++) {
        dcat_cluster_view cluster = dcat_state_cluster(state, k);
        double span_m = dcat_span_m(world, cluster.members, cluster.member_count);
        for (size_t m = 0; m < cluster.member_count; m++) {
            int32_t i = cluster.members[m];
            fprintf(file, "%" PRIu32 ",%" PRId32 ",", cycle, k);
            csv_put_text(file, dcat_scenario_server_name(scenario, (size_t)i));
            putc(',', file);
            csv_put_number(file, servers[i].speed_hz / 1e9);
            fprintf(file, ",%zu,", cluster.member_count);
            csv_put_number(file, cluster.speed_hz / 1e9);
            putc(',', file);
            csv_put_number(file, span_m / 1e3);
            putc(',', file);
            csv_put_number(file, unit_cost[i] * DCAT_CYCLES_PER_GIGACYCLE);
            putc('\n', file);
        }
    }
}

void dcat_write_servers_csv(const dcat_scenario *scenario, const dcat_state *state,
                            double duration_s, FILE *file)
{
    const dcat_world *world = dcat_state_world(state);
    const dcat_server *servers = dcat_world_servers_view(world);
    const double *unit_cost = dcat_world_unit_cost_view(world);
    fputs("server,speed_ghz,cores,unit_cost_per_gigacycle,busy_s,utilisation,work_gigacycles,"
          "earnings,cost,utility\n",
          file);
    for (size_t i = 0; i < dcat_world_server_count(world); i++) {
        dcat_server_account account = dcat_state_server(state, (int32_t)i);
        csv_put_text(file, dcat_scenario_server_name(scenario, i));
        putc(',', file);
        csv_put_number(file, servers[i].speed_hz / 1e9);
        fprintf(file, ",%d", servers[i].core_count);
        const double numbers[] = {unit_cost[i] * DCAT_CYCLES_PER_GIGACYCLE,
                                  account.busy_s,
                                  ratio(account.busy_s, duration_s),
                                  account.work_cycles / 1e9,
                                  account.payment,
                                  account.cost,
                                  account.payment - account.cost};
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
            putc(',', file);
            csv_put_number(file, numbers[k]);
        }
        putc('\n', file);
    }
}
