// SPDX-License-Identifier: Apache-2.0
#include "report/json_values.h"

#include "file/json_write.h"
#include "file/table/fields.h"

json_t *json_estimate(dcat_estimate estimate)
{
    return json_pack("{s:o, s:o}", "mean", json_number(estimate.mean), "ci95",
                     json_number(estimate.ci95));
}

json_t *json_policy(const dcat_policy *policy)
{
    return json_pack("{s:o, s:o}", "clusterer", json_text(dcat_policy_clusterer_name(policy)),
                     "auction", json_text(policy->auction->name));
}

// --- A run's result

#define TOTAL(member_) FIELD(dcat_run_result, #member_, totals.member_)
#define RESULT(member_) FIELD(dcat_run_result, #member_, member_)
#define OUTCOME(enumerator, key, name, meaning) TOTAL(key),
static const field result_fields[] = {
    RESULT(cycle_count),
    RESULT(decision_count),
    TOTAL(arrived),
    TOTAL(awarded),
    DCAT_AUCTION_UNSOLD(OUTCOME) TOTAL(single_candidate),
    TOTAL(single_awarded),
    TOTAL(contested),
    TOTAL(member_below_cost),
    TOTAL(late),
    TOTAL(fee),
    TOTAL(payment),
    TOTAL(cost),
    TOTAL(transfer_s),
    TOTAL(waiting_s),
    TOTAL(processing_s),
    RESULT(decision_s),
    RESULT(cluster_count),
    {0},
};

json_t *json_run_result(const dcat_run_result *result)
{
    return fields_json(result_fields, result);
}

bool json_run_result_from(const json_t *object, dcat_run_result *result)
{
    dcat_run_result made = {0};
    bool ok = fields_read(object, result_fields, &made) && made.cycle_count > 0;
    if (ok) {
        *result = made;
    }
    return ok;
}

// --- Reals

json_t *json_reals(const double *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        array = json_plus(array, json_number(values[i]));
    }
    return array;
}

bool json_reals_from(const json_t *array, double *values, size_t count)
{
    if (json_array_size(array) != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!json_is_number(json_array_get(array, i))) {
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = json_number_value(json_array_get(array, i));
    }
    return true;
}
