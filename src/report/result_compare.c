// A comparison as JSON and CSV. Rows keep the order in which the policies were given.

#include "dcat/x/report.h"

#include "file/json_write.h"
#include "file/write_text.h"
#include "report/json_values.h"
#include "report/result_facts.h"
#include <inttypes.h>
#include <math.h>

static json_t *gain_json(const dcat_compare_report *report, size_t row)
{
    percent_estimate percent = facts_gain(report, row);
    const dcat_estimate *gain = &report->rows[row].profit_gain;
    return json_pack("{s:o, s:o, s:o, s:o}", "mean", json_number(gain->mean), "ci95",
                     json_number(gain->ci95), "percent", json_number(percent.mean), "percent_ci95",
                     json_number(percent.ci95));
}

static bool put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static json_t *row_json(const dcat_compare_report *report, size_t r)
{
    const dcat_compare_row *row = &report->rows[r];
    json_t *delays =
        json_pack("{s:o, s:o, s:o}", "transfer_s", json_number(row->transfer_s), "waiting_s",
                  json_number(row->waiting_s), "processing_s", json_number(row->processing_s));
    json_t *object = json_policy(&row->policy);
    // put() releases its value when it fails, so nothing leaks whatever the order.
    bool ok = put(object, "profit", json_estimate(row->profit));
    ok = put(object, "offloading", json_estimate(row->offloading)) && ok;
    ok = put(object, "margin", json_number(row->margin)) && ok;
    ok = put(object, "no_candidate", json_number(row->no_candidate)) && ok;
    ok = put(object, "single_candidate", json_number(row->single_candidate)) && ok;
    ok = put(object, "simultaneous_exit", json_number(row->simultaneous_exit)) && ok;
    ok = put(object, "no_bidder", json_number(row->no_bidder)) && ok;
    ok = put(object, "round_limit", json_number(row->round_limit)) && ok;
    ok = put(object, "members_below_cost", json_number(row->members_below_cost)) && ok;
    ok = put(object, "decision_s", json_number(row->decision_s)) && ok;
    ok = put(object, "profit_gain", gain_json(report, r)) && ok;
    ok = put(object, "offloading_gain", json_estimate(row->offloading_gain)) && ok;
    ok = put(object, "delays", delays) && ok;
    if (report->bound != NULL) {
        percent_estimate share = facts_bound_share(report, r);
        dcat_estimate part = {share.mean / 100.0, share.ci95 / 100.0};
        ok = put(object, "bound_share", json_estimate(part)) && ok;
    }
    ok = put(object, "cluster_count", json_number(row->cluster_count)) && ok;
    ok = put(object, "is_baseline", json_boolean(r == report->baseline)) && ok;
    if (!ok) {
        json_decref(object);
        return NULL;
    }
    return object;
}

dcat_status dcat_write_compare_json(const dcat_compare_report *report, FILE *file, dcat_error *err)
{
    const dcat_compare_config *config = report->config;
    json_t *rows = json_array();
    for (size_t r = 0; r < config->policy_count; r++) {
        if (json_array_append_new(rows, row_json(report, r)) != 0) {
            json_decref(rows);
            return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
        }
    }
    json_t *bound = report->bound == NULL
                        ? json_null()
                        : json_estimate(dcat_estimate_of(report->bound, config->world_count));
    json_t *document = json_pack(
        "{s:o, s:I, s:o, s:I, s:I, s:o, s:o, s:o, s:o}", "scenario",
        json_text(dcat_scenario_name(report->scenario)), "worlds", (json_int_t)config->world_count,
        "seed", json_count(report->seed), "cycle_first", (json_int_t)config->cycle_first, "cycles",
        (json_int_t)config->cycle_count, "baseline",
        json_policy(&report->rows[report->baseline].policy), "best",
        json_policy(&report->rows[facts_best(report)].policy), "bound", bound, "rows", rows);
    return json_write(document, file, err);
}

static dcat_status check_stream(FILE *file, const char *what, dcat_error *err)
{
    return ferror(file) ? dcat_fail(err, DCAT_ERR_IO, "writing %s failed", what) : DCAT_OK;
}

static void put_numbers(FILE *file, const double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        putc(',', file);
        csv_put_number(file, numbers[i]);
    }
}

static void put_policy(FILE *file, const dcat_policy *policy)
{
    csv_put_text(file, dcat_policy_clusterer_name(policy));
    putc(',', file);
    csv_put_text(file, policy->auction->name);
}

dcat_status dcat_write_compare_csv(const dcat_compare_report *report, FILE *file, dcat_error *err)
{
    fputs("clusterer,auction,profit,profit_ci95,offloading,offloading_ci95,profit_gain,"
          "profit_gain_ci95,profit_gain_percent,profit_gain_percent_ci95,offloading_gain,"
          "offloading_gain_ci95,margin,no_candidate,single_candidate,simultaneous_exit,no_bidder,"
          "round_limit,members_below_cost,transfer_s,waiting_s,processing_s,cluster_count,"
          "decision_s,is_baseline",
          file);
    fputs(report->bound != NULL ? ",bound_share,bound_share_ci95\n" : "\n", file);
    for (size_t r = 0; r < report->config->policy_count; r++) {
        const dcat_compare_row *row = &report->rows[r];
        percent_estimate percent = facts_gain(report, r);
        const double numbers[] = {row->profit.mean,
                                  row->profit.ci95,
                                  row->offloading.mean,
                                  row->offloading.ci95,
                                  row->profit_gain.mean,
                                  row->profit_gain.ci95,
                                  percent.mean,
                                  percent.ci95,
                                  row->offloading_gain.mean,
                                  row->offloading_gain.ci95,
                                  row->margin,
                                  row->no_candidate,
                                  row->single_candidate,
                                  row->simultaneous_exit,
                                  row->no_bidder,
                                  row->round_limit,
                                  row->members_below_cost,
                                  row->transfer_s,
                                  row->waiting_s,
                                  row->processing_s,
                                  row->cluster_count,
                                  row->decision_s};
        put_policy(file, &row->policy);
        put_numbers(file, numbers, sizeof numbers / sizeof numbers[0]);
        fprintf(file, ",%d", r == report->baseline);
        if (report->bound != NULL) {
            percent_estimate share = facts_bound_share(report, r);
            put_numbers(file, (const double[]){share.mean / 100.0, share.ci95 / 100.0}, 2);
        }
        putc('\n', file);
    }
    return check_stream(file, "compare.csv", err);
}

static double ratio(double a, double b)
{
    return b > 0.0 ? a / b : NAN;
}

static void put_world_row(const dcat_compare_report *report, size_t policy, size_t world,
                          FILE *file)
{
    const dcat_compare_config *config = report->config;
    const dcat_run_result *result = &report->results[policy * config->world_count + world];
    const dcat_totals *totals = &result->totals;
    double cycles = result->cycle_count;
    double awarded = (double)totals->awarded;
    fprintf(file, "%zu,%" PRIu64 ",", world + 1, config->seeds[world]);
    put_policy(file, &config->policies[policy]);
    fprintf(file, ",%" PRIu32 ",%" PRId64 ",%" PRId64, result->cycle_count, totals->arrived,
            totals->awarded);
    fprintf(file,
            ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64,
            totals->no_candidate, totals->no_bidder, totals->all_exited, totals->round_limit,
            totals->single_candidate, totals->contested, totals->member_below_cost);
    const double numbers[] = {totals->fee,
                              totals->payment,
                              totals->cost,
                              ratio(dcat_totals_profit(totals), cycles),
                              ratio(awarded, (double)totals->arrived),
                              ratio(totals->transfer_s, awarded),
                              ratio(totals->waiting_s, awarded),
                              ratio(totals->processing_s, awarded),
                              ratio(result->cluster_count, cycles),
                              ratio(result->decision_s, (double)result->decision_count)};
    put_numbers(file, numbers, sizeof numbers / sizeof numbers[0]);
    if (report->bound != NULL) {
        put_numbers(file, &report->bound[world], 1);
    }
    putc('\n', file);
}

dcat_status dcat_write_compare_worlds_csv(const dcat_compare_report *report, FILE *file,
                                          dcat_error *err)
{
    fputs("world,seed,clusterer,auction,cycles,arrived,awarded,no_candidate,no_bidder,all_exited,"
          "round_limit,single_candidate,contested,members_below_cost,fee,payment,cost,"
          "profit_per_cycle,offloading,transfer_s,waiting_s,processing_s,cluster_count,"
          "decision_s",
          file);
    fputs(report->bound != NULL ? ",bound\n" : "\n", file);
    for (size_t w = 0; w < report->config->world_count; w++) {
        for (size_t p = 0; p < report->config->policy_count; p++) {
            put_world_row(report, p, w, file);
        }
    }
    return check_stream(file, "worlds.csv", err);
}
