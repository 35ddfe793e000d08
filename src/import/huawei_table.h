// SPDX-License-Identifier: Apache-2.0
// huawei_table.h - samples of the Huawei trace summed into an hourly table, in memory.

#ifndef DCAT_IMPORT_HUAWEI_TABLE_H
#define DCAT_IMPORT_HUAWEI_TABLE_H

#include "dcat/error.h"
#include "dcat/x/import.h"
#include <stddef.h>
#include <stdint.h>

#define HUAWEI_VM_MAX 99
#define HUAWEI_CORES_MAX 100000000 // more in one region than any cloud has
#define HUAWEI_SAMPLES_PER_HOUR 6
#define HUAWEI_INSTANTS_PER_DAY 144

// One line of the trace: "1 00:10:00,r8,v1,150".
typedef struct huawei_sample {
    uint32_t day; // from 1
    uint32_t hour, minute, second;
    uint32_t region, vm;
    uint32_t cores;
} huawei_sample;

typedef enum huawei_verdict {
    HUAWEI_KEPT = 0,
    HUAWEI_SKIPPED, // with a reason
    HUAWEI_NO_MEMORY,
} huawei_verdict;

// Read the fields of a line; false when it is not of this form. Says nothing about ranges.
bool huawei_sample_parse(const char *text, size_t length, huawei_sample *sample);

typedef struct huawei_table huawei_table;

// An empty table; NULL when out of memory. day_count is in 1..DCAT_HUAWEI_DAY_MAX.
huawei_table *huawei_table_create(int day_count);
void huawei_table_destroy(huawei_table *table);

// From here on samples belong to another tenant.
void huawei_table_next_tenant(huawei_table *table);

// Add a sample, or say why not. reason is written when the verdict is HUAWEI_SKIPPED.
huawei_verdict huawei_table_add(huawei_table *table, const huawei_sample *sample,
                                dcat_huawei_skip *reason);

// Fill in what the table knows: days, rows, instants, regions and their means.
void huawei_table_describe(const huawei_table *table, dcat_import_huawei_stats *stats);

// Header and rows as CSV, after the caller's comment lines.
void huawei_table_write(const huawei_table *table, FILE *file);

#endif
