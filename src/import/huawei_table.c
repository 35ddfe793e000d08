// SPDX-License-Identifier: Apache-2.0
#include "import/huawei_table.h"

#include "import/field.h"

#include <assert.h>
#include <stdlib.h>

#define REGION_COUNT (DCAT_HUAWEI_REGION_MAX + 1)
#define VM_COUNT (HUAWEI_VM_MAX + 1)

struct huawei_table {
    int day_count;
    size_t instant_count;
    uint8_t *instant_used;               // one bit per instant: some tenant has a sample
    uint64_t *core_sum[REGION_COUNT];    // [day_count * 24] NULL until the region occurs
    uint8_t **series_used[REGION_COUNT]; // [VM_COUNT] bits of this tenant's instants, as needed
};

// --- One line

bool huawei_sample_parse(const char *text, size_t length, huawei_sample *sample)
{
    field_cursor c = field_cursor_at(text, length);
    huawei_sample s;
    bool ok = field_take_count(&c, &s.day) && field_take_char(&c, ' ') &&
              field_take_count(&c, &s.hour) && field_take_char(&c, ':') &&
              field_take_count(&c, &s.minute) && field_take_char(&c, ':') &&
              field_take_count(&c, &s.second) && field_take_char(&c, ',') &&
              field_take_char(&c, 'r') && field_take_count(&c, &s.region) &&
              field_take_char(&c, ',') && field_take_char(&c, 'v') && field_take_count(&c, &s.vm) &&
              field_take_char(&c, ',') && field_take_count(&c, &s.cores) && field_at_end(&c);
    if (ok) {
        *sample = s;
    }
    return ok;
}

// --- The table

static size_t bit_bytes(size_t bit_count)
{
    return (bit_count + 7) / 8;
}

// Set a bit; true if it was set already.
static bool bit_test_and_set(uint8_t *bits, size_t index)
{
    uint8_t mask = (uint8_t)(1u << (index % 8));
    bool was = (bits[index / 8] & mask) != 0;
    bits[index / 8] |= mask;
    return was;
}

huawei_table *huawei_table_create(int day_count)
{
    assert(day_count >= 1 && day_count <= DCAT_HUAWEI_DAY_MAX);
    huawei_table *table = calloc(1, sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    table->day_count = day_count;
    table->instant_count = (size_t)day_count * HUAWEI_INSTANTS_PER_DAY;
    table->instant_used = calloc(bit_bytes(table->instant_count), 1);
    if (table->instant_used == NULL) {
        free(table);
        return NULL;
    }
    return table;
}

void huawei_table_next_tenant(huawei_table *table)
{
    for (size_t r = 0; r < REGION_COUNT; r++) {
        for (size_t v = 0; table->series_used[r] != NULL && v < VM_COUNT; v++) {
            free(table->series_used[r][v]);
        }
        free(table->series_used[r]);
        table->series_used[r] = NULL;
    }
}

void huawei_table_destroy(huawei_table *table)
{
    if (table == NULL) {
        return;
    }
    huawei_table_next_tenant(table);
    for (size_t r = 0; r < REGION_COUNT; r++) {
        free(table->core_sum[r]);
    }
    free(table->instant_used);
    free(table);
}

// The instants this tenant has shown for a region and VM type; NULL when out of memory.
static uint8_t *series_bits(huawei_table *table, uint32_t region, uint32_t vm)
{
    if (table->series_used[region] == NULL) {
        table->series_used[region] = calloc(VM_COUNT, sizeof *table->series_used[region]);
        if (table->series_used[region] == NULL) {
            return NULL;
        }
    }
    uint8_t **bits = &table->series_used[region][vm];
    if (*bits == NULL) {
        *bits = calloc(bit_bytes(table->instant_count), 1);
    }
    return *bits;
}

static uint64_t *region_sums(huawei_table *table, uint32_t region)
{
    if (table->core_sum[region] == NULL) {
        table->core_sum[region] = calloc((size_t)table->day_count * 24, sizeof(uint64_t));
    }
    return table->core_sum[region];
}

static bool in_range(const huawei_table *table, const huawei_sample *s)
{
    return s->day >= 1 && s->day <= (uint32_t)table->day_count && s->hour < 24 && s->minute < 60 &&
           s->second < 60 && s->region <= DCAT_HUAWEI_REGION_MAX && s->vm <= HUAWEI_VM_MAX &&
           s->cores <= HUAWEI_CORES_MAX;
}

static huawei_verdict skip(dcat_huawei_skip why, dcat_huawei_skip *reason)
{
    *reason = why;
    return HUAWEI_SKIPPED;
}

huawei_verdict huawei_table_add(huawei_table *table, const huawei_sample *sample,
                                dcat_huawei_skip *reason)
{
    if (!in_range(table, sample)) {
        return skip(DCAT_HUAWEI_OUT_OF_RANGE, reason);
    }
    // A sample between the six instants of an hour would count for more than a sixth of it.
    if (sample->minute % 10 != 0 || sample->second != 0) {
        return skip(DCAT_HUAWEI_OFF_GRID, reason);
    }
    size_t hour = (sample->day - 1) * 24 + sample->hour;
    size_t instant = hour * HUAWEI_SAMPLES_PER_HOUR + sample->minute / 10;
    uint8_t *bits = series_bits(table, sample->region, sample->vm);
    uint64_t *sums = region_sums(table, sample->region);
    if (bits == NULL || sums == NULL) {
        return HUAWEI_NO_MEMORY;
    }
    if (bit_test_and_set(bits, instant)) {
        return skip(DCAT_HUAWEI_DUPLICATE, reason);
    }
    bit_test_and_set(table->instant_used, instant);
    sums[hour] += sample->cores;
    return HUAWEI_KEPT;
}

// --- Out of the table

static double region_mean_cores(const huawei_table *table, const uint64_t *sums)
{
    uint64_t total = 0;
    for (int h = 0; h < table->day_count * 24; h++) {
        total += sums[h];
    }
    return (double)total / (double)table->instant_count;
}

void huawei_table_describe(const huawei_table *table, dcat_import_huawei_stats *stats)
{
    stats->day_count = table->day_count;
    stats->row_count = table->day_count * 24;
    stats->instant_count = (int)table->instant_count;
    stats->instant_empty_count = 0;
    for (size_t i = 0; i < table->instant_count; i++) {
        stats->instant_empty_count += (table->instant_used[i / 8] >> (i % 8) & 1) == 0;
    }
    stats->region_count = 0;
    for (int r = 0; r < REGION_COUNT; r++) {
        if (table->core_sum[r] != NULL) {
            stats->region[stats->region_count] = r;
            stats->region_mean_cores[stats->region_count] =
                region_mean_cores(table, table->core_sum[r]);
            stats->region_count++;
        }
    }
}

// The mean of an hour with one decimal, by whole numbers alone so that every machine writes the
// same bytes. Sixths end in .0 .2 .3 .5 .7 .8, all different: nothing is lost.
static void write_mean(FILE *file, uint64_t sum)
{
    uint64_t tenths = (sum * 10 + HUAWEI_SAMPLES_PER_HOUR / 2) / HUAWEI_SAMPLES_PER_HOUR;
    fprintf(file, ",%llu", (unsigned long long)(tenths / 10));
    if (tenths % 10 != 0) {
        fprintf(file, ".%u", (unsigned)(tenths % 10));
    }
}

void huawei_table_write(const huawei_table *table, FILE *file)
{
    fputs("day,hour", file);
    for (int r = 0; r < REGION_COUNT; r++) {
        if (table->core_sum[r] != NULL) {
            fprintf(file, ",r%d", r);
        }
    }
    fputc('\n', file);
    for (int h = 0; h < table->day_count * 24; h++) {
        fprintf(file, "%d,%d", h / 24 + 1, h % 24);
        for (int r = 0; r < REGION_COUNT; r++) {
            if (table->core_sum[r] != NULL) {
                write_mean(file, table->core_sum[r][h]);
            }
        }
        fputc('\n', file);
    }
}
