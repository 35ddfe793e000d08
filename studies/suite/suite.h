// SPDX-License-Identifier: Apache-2.0
// suite.h - the benchmark suite as data: points, policies, and entries that others add.
//
// suite.yaml is the shipped suite, and says what each part means. Neither changes once loaded.

#ifndef DCAT_STUDIES_SUITE_SUITE_H
#define DCAT_STUDIES_SUITE_SUITE_H

#include "dcat/error.h"
#include <stddef.h>
#include <stdint.h>

#define SUITE_POINT_MAX 64
#define SUITE_POLICY_MAX 64
#define SUITE_SET_MAX 16

typedef struct suite_point {
    const char *name;
    const char *scenario;           // NULL: a generated country
    const char *set[SUITE_SET_MAX]; // [set_count] "KEY=VALUE"
    size_t set_count;
    size_t server_count; // of a generated country
    uint64_t seed;
} suite_point;

typedef struct suite_budget {
    size_t world_count;
    uint32_t cycle_count; // 0: all test cycles
} suite_budget;

typedef struct suite {
    size_t version;
    suite_budget full, quick;
    const char *policies[SUITE_POLICY_MAX]; // [policy_count] "clusterer:auction"
    size_t policy_count;
    suite_point points[SUITE_POINT_MAX]; // [point_count]
    size_t point_count;
    struct plan_document *document; // holds all texts
} suite;

// A policy that somebody adds.
typedef struct suite_entry {
    size_t schema, version; // of this format, of the suite that it was made for
    const char *name, *authors, *policy;
    const char *about, *url, *licence; // Nullable
    char *resolved;                    // policy with {here} replaced by the folder of the manifest
    struct plan_document *document;
} suite_entry;

// file NULL: the shipped one. Errors: ERR_NOT_FOUND, ERR_IO, ERR_MEMORY, and ERR_FORMAT, ERR_FIELD,
// ERR_RANGE, ERR_REFERENCE with file, line, field, rule and value.
dcat_status suite_load(const char *file, suite **made, dcat_error *err);
void suite_destroy(suite *made); // NULL is fine

dcat_status suite_entry_load(const char *file, suite_entry *entry, dcat_error *err);
void suite_entry_free(suite_entry *entry);

#endif
