// SPDX-License-Identifier: Apache-2.0
// Lines of the Huawei trace from memory: cutting, parsing and adding up must never fail, whatever
// the bytes, and must not depend on how the bytes are cut into pieces.

#include "import/huawei_table.h"
#include "import/lines.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DAY_COUNT 2

typedef struct tally {
    huawei_table *table; // NULL: only cut and hash
    uint64_t line_count, kept, skipped;
    uint64_t core_sum;
    uint64_t hash; // of all lines
} tally;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void take(void *user, const import_line *line)
{
    tally *t = user;
    t->line_count++;
    require(line->number == t->line_count);
    require(line->length <= IMPORT_LINE_BYTES_MAX && (!line->overlong || line->length == 0));
    for (size_t i = 0; i < line->length; i++) {
        require(line->text[i] != '\n');
        t->hash = (t->hash ^ (unsigned char)line->text[i]) * UINT64_C(0x100000001b3);
    }
    t->hash = (t->hash ^ 0x100) * UINT64_C(0x100000001b3); // the end of a line counts too
    if (t->table == NULL) {
        return;
    }
    huawei_sample sample;
    dcat_huawei_skip reason = DCAT_HUAWEI_SKIP_COUNT;
    huawei_verdict verdict = HUAWEI_SKIPPED;
    if (huawei_sample_parse(line->text, line->length, &sample)) {
        verdict = huawei_table_add(t->table, &sample, &reason);
        require(verdict != HUAWEI_SKIPPED || reason < DCAT_HUAWEI_SKIP_COUNT);
        // The same sample again must be a duplicate, or be skipped for the same reason.
        dcat_huawei_skip again = DCAT_HUAWEI_SKIP_COUNT;
        require(huawei_table_add(t->table, &sample, &again) == HUAWEI_SKIPPED);
        require(again == (verdict == HUAWEI_KEPT ? DCAT_HUAWEI_DUPLICATE : reason));
    }
    if (verdict == HUAWEI_KEPT) {
        t->kept++;
        t->core_sum += sample.cores;
    } else {
        t->skipped++;
    }
}

// Feed in pieces of at most piece_bytes.
static tally run(huawei_table *table, const char *bytes, size_t size, size_t piece_bytes)
{
    tally t = {.table = table};
    import_splitter splitter;
    import_splitter_init(&splitter, take, &t);
    for (size_t at = 0; at < size; at += piece_bytes) {
        size_t left = size - at;
        import_splitter_feed(&splitter, bytes + at, left < piece_bytes ? left : piece_bytes);
    }
    import_splitter_finish(&splitter);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    huawei_table *table = huawei_table_create(DAY_COUNT);
    require(table != NULL);
    tally whole = run(table, bytes, size, size > 0 ? size : 1);
    tally parts = run(NULL, bytes, size, size > 0 ? 1 + data[0] % 32u : 1);
    require(whole.line_count == parts.line_count && whole.hash == parts.hash);
    require(whole.kept + whole.skipped == whole.line_count);

    dcat_import_huawei_stats stats = {0};
    huawei_table_describe(table, &stats);
    double mean = 0.0;
    for (int i = 0; i < stats.region_count; i++) {
        mean += stats.region_mean_cores[i];
    }
    double expected = (double)whole.core_sum / (DAY_COUNT * HUAWEI_INSTANTS_PER_DAY);
    require(mean >= expected * (1 - 1e-12) && mean <= expected * (1 + 1e-12));
    huawei_table_destroy(table);
    return 0;
}
