// SPDX-License-Identifier: Apache-2.0
#include "report/json_values.h"

#include "file/json_write.h"
#include <stddef.h>
#include <string.h>

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

static const struct {
    const char *name;
    size_t offset; // of an int64_t in dcat_totals
} count_fields[] = {
    {"arrived", offsetof(dcat_totals, arrived)},
    {"awarded", offsetof(dcat_totals, awarded)},
    {"no_candidate", offsetof(dcat_totals, no_candidate)},
    {"no_bidder", offsetof(dcat_totals, no_bidder)},
    {"all_exited", offsetof(dcat_totals, all_exited)},
    {"round_limit", offsetof(dcat_totals, round_limit)},
    {"single_candidate", offsetof(dcat_totals, single_candidate)},
    {"single_awarded", offsetof(dcat_totals, single_awarded)},
    {"contested", offsetof(dcat_totals, contested)},
    {"member_below_cost", offsetof(dcat_totals, member_below_cost)},
};
static const struct {
    const char *name;
    size_t offset; // of a double in dcat_run_result
} real_fields[] = {
    {"fee", offsetof(dcat_run_result, totals.fee)},
    {"payment", offsetof(dcat_run_result, totals.payment)},
    {"cost", offsetof(dcat_run_result, totals.cost)},
    {"transfer_s", offsetof(dcat_run_result, totals.transfer_s)},
    {"waiting_s", offsetof(dcat_run_result, totals.waiting_s)},
    {"processing_s", offsetof(dcat_run_result, totals.processing_s)},
    {"decision_s", offsetof(dcat_run_result, decision_s)},
    {"cluster_count", offsetof(dcat_run_result, cluster_count)},
};
#define COUNT_FIELD_COUNT (sizeof count_fields / sizeof count_fields[0])
#define REAL_FIELD_COUNT (sizeof real_fields / sizeof real_fields[0])

json_t *json_run_result(const dcat_run_result *result)
{
    json_t *object = json_pack("{s:I, s:I}", "cycle_count", (json_int_t)result->cycle_count,
                               "decision_count", (json_int_t)result->decision_count);
    bool ok = object != NULL;
    for (size_t i = 0; i < COUNT_FIELD_COUNT; i++) {
        int64_t value;
        memcpy(&value, (const char *)&result->totals + count_fields[i].offset, sizeof value);
        ok = json_object_set_new(object, count_fields[i].name, json_integer(value)) == 0 && ok;
    }
    for (size_t i = 0; i < REAL_FIELD_COUNT; i++) {
        double value;
        memcpy(&value, (const char *)result + real_fields[i].offset, sizeof value);
        ok = json_object_set_new(object, real_fields[i].name, json_number(value)) == 0 && ok;
    }
    if (!ok) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static bool read_count(const json_t *object, const char *name, uint32_t *count)
{
    const json_t *value = json_object_get(object, name);
    json_int_t number = json_integer_value(value);
    *count = (uint32_t)number;
    return json_is_integer(value) && number >= 0 && number <= UINT32_MAX;
}

// The very bits that were written: reals were printed with as many digits as that takes.
bool json_run_result_from(const json_t *object, dcat_run_result *result)
{
    dcat_run_result made = {0};
    bool ok = read_count(object, "cycle_count", &made.cycle_count) &&
              read_count(object, "decision_count", &made.decision_count) && made.cycle_count > 0;
    for (size_t i = 0; i < COUNT_FIELD_COUNT; i++) {
        const json_t *value = json_object_get(object, count_fields[i].name);
        int64_t number = json_integer_value(value);
        memcpy((char *)&made.totals + count_fields[i].offset, &number, sizeof number);
        ok = ok && json_is_integer(value) && number >= 0;
    }
    for (size_t i = 0; i < REAL_FIELD_COUNT; i++) {
        const json_t *value = json_object_get(object, real_fields[i].name);
        double number = json_number_value(value);
        memcpy((char *)&made + real_fields[i].offset, &number, sizeof number);
        ok = ok && json_is_number(value);
    }
    if (ok) {
        *result = made;
    }
    return ok;
}

// --- Reals

json_t *json_reals(const double *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < count; i++) {
        if (json_array_append_new(array, json_number(values[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
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
