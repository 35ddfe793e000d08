// SPDX-License-Identifier: Apache-2.0
// json_values.h - what the engine hands out, as JSON values.

#ifndef DCAT_REPORT_JSON_VALUES_H
#define DCAT_REPORT_JSON_VALUES_H

#include "dcat/compare.h"
#include <jansson.h>

// All of these return a new reference, NULL without memory.

// {"mean", "ci95"}.
json_t *json_estimate(dcat_estimate estimate);

// {"clusterer", "auction"}, to be completed.
json_t *json_policy(const dcat_policy *policy);

// A run's result and back: the very same bits. _from_json is false, and changes nothing, for
// anything that is no such result.
json_t *json_run_result(const dcat_run_result *result);
bool json_run_result_from(const json_t *object, dcat_run_result *result);

// [count] numbers and back, in the same way.
json_t *json_reals(const double *values, size_t count);
bool json_reals_from(const json_t *array, double *values, size_t count);

#endif
