// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/import.h"

#include "import/huawei_table.h"
#include "import/lines.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const skip_names[DCAT_HUAWEI_SKIP_COUNT] = {
#define SKIP_NAME(name, text) [DCAT_HUAWEI_##name] = text,
    DCAT_HUAWEI_SKIP_LIST(SKIP_NAME)
#undef SKIP_NAME
};

const char *dcat_huawei_skip_name(dcat_huawei_skip reason)
{
    assert((unsigned)reason < DCAT_HUAWEI_SKIP_COUNT);
    return skip_names[reason];
}

// --- The tenants of a folder

// Length of NAME in "NAME.csv", "NAME.csv.gz" or "NAME.csv.xz" if it starts with "tenant", else 0.
static size_t tenant_name_length(const char *file_name)
{
    static const char *const endings[] = {".csv", ".csv.gz", ".csv.xz"};
    if (strncmp(file_name, "tenant", 6) != 0) {
        return 0;
    }
    size_t length = strlen(file_name);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcmp(file_name + length - ending, endings[i]) == 0) {
            return length - ending;
        }
    }
    return 0;
}

static int is_tenant(const struct dirent *entry)
{
    return tenant_name_length(entry->d_name) > 0;
}

static int is_other(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && !is_tenant(entry);
}

static void names_free(struct dirent **names, int name_count)
{
    for (int i = 0; i < name_count; i++) {
        free(names[i]);
    }
    free(names);
}

// The same tenant read twice would count twice.
static dcat_status check_distinct(const char *folder, struct dirent **names, int name_count,
                                  dcat_error *err)
{
    for (int a = 0; a < name_count; a++) {
        size_t length = tenant_name_length(names[a]->d_name);
        for (int b = a + 1; b < name_count; b++) {
            if (tenant_name_length(names[b]->d_name) == length &&
                strncmp(names[a]->d_name, names[b]->d_name, length) == 0) {
                return dcat_fail(err, DCAT_ERR_FORMAT,
                                 "%s: %.60s and %.60s are the same tenant: keep one of them",
                                 folder, names[a]->d_name, names[b]->d_name);
            }
        }
    }
    return DCAT_OK;
}

// The tenant files of a folder in the order of their numbers. Caller frees with names_free.
static dcat_status find_tenants(const char *folder, struct dirent ***names, int *name_count,
                                dcat_import_huawei_stats *stats, dcat_error *err)
{
    struct dirent **others = NULL;
    int other_count = scandir(folder, &others, is_other, NULL);
    if (other_count < 0) {
        dcat_status status = errno == ENOENT || errno == ENOTDIR ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO;
        return dcat_fail(err, status, "%s: %s", folder, strerror(errno));
    }
    names_free(others, other_count);
    stats->ignored_file_count = other_count;
    *name_count = scandir(folder, names, is_tenant, versionsort);
    if (*name_count < 0) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: %s", folder, strerror(errno));
    }
    if (*name_count == 0) {
        free(*names);
        *names = NULL;
        return dcat_fail(err, DCAT_ERR_NOT_FOUND,
                         "%s: has no tenant*.csv, tenant*.csv.gz or tenant*.csv.xz", folder);
    }
    return DCAT_OK;
}

// --- Their lines

typedef struct huawei_reader {
    huawei_table *table;
    dcat_import_huawei_stats *stats;
    const char *file_name;
    bool out_of_memory;
} huawei_reader;

static void receive_line(void *user, const import_line *line)
{
    huawei_reader *reader = user;
    dcat_import_huawei_stats *stats = reader->stats;
    if (line->length == 0 && !line->overlong) {
        return;
    }
    stats->line_count++;
    huawei_sample sample;
    dcat_huawei_skip reason = DCAT_HUAWEI_MALFORMED;
    huawei_verdict verdict = HUAWEI_SKIPPED;
    if (huawei_sample_parse(line->text, line->length, &sample)) {
        verdict = huawei_table_add(reader->table, &sample, &reason);
    }
    if (verdict == HUAWEI_KEPT) {
        stats->sample_count++;
    } else if (verdict == HUAWEI_SKIPPED) {
        import_count(&stats->skip[reason], reader->file_name, line->number);
    } else {
        reader->out_of_memory = true;
    }
}

static dcat_status read_tenant(huawei_reader *reader, const char *folder, const char *file_name,
                               dcat_error *err)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, file_name) < 0) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", folder);
    }
    huawei_table_next_tenant(reader->table);
    reader->file_name = file_name;
    dcat_status status = import_read_lines(path, receive_line, reader, err);
    if (status == DCAT_OK && reader->out_of_memory) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", path);
    }
    free(path);
    reader->stats->file_count++;
    return status;
}

static dcat_status read_folder(const char *folder, huawei_reader *reader, dcat_error *err)
{
    struct dirent **names = NULL;
    int name_count = 0;
    dcat_status status = find_tenants(folder, &names, &name_count, reader->stats, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = check_distinct(folder, names, name_count, err);
    for (int i = 0; status == DCAT_OK && i < name_count; i++) {
        status = read_tenant(reader, folder, names[i]->d_name, err);
    }
    names_free(names, name_count);
    if (status == DCAT_OK && reader->stats->sample_count == 0) {
        const dcat_import_count *bad = &reader->stats->skip[DCAT_HUAWEI_MALFORMED];
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "%s: no line is a sample \"day hh:mm:ss,region,vm_type,cores\" of days 1 "
                         "to %d%s%s",
                         folder, reader->stats->day_count,
                         bad->count > 0 ? "; first malformed: " : "",
                         bad->count > 0 ? bad->where[0] : "");
    }
    return status;
}

// --- The table

// Licence and citation travel with the figures, as the licence asks.
static void write_preamble(FILE *file, int day_count)
{
    fputs(
        "# Cores in use by hour and region: the sum over tenants and VM types, averaged over the\n"
        "# six ten-minute instants of the hour; an instant without a row counts as 0.\n"
        "# Derived (summed and averaged) from \"Regionless orchestration datasets\", Huawei,\n"
        "# licence Apache-2.0. Cite: J. Shi et al., \"Characterizing and orchestrating VM\n"
        "# reservation in geo-distributed clouds to improve the resource efficiency\", SoCC 2022,\n"
        "# pp. 94-109.\n"
        "# Made by: dcat import huawei-regionless DIR -o demand.csv",
        file);
    if (day_count != 122) {
        fprintf(file, " --days %d", day_count);
    }
    fputc('\n', file);
}

dcat_status dcat_import_huawei(const char *folder, int day_count, FILE *table,
                               dcat_import_huawei_stats *stats, dcat_error *err)
{
    if (day_count < 1 || day_count > DCAT_HUAWEI_DAY_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "days must be in 1..%d, got %d", DCAT_HUAWEI_DAY_MAX,
                         day_count);
    }
    dcat_import_huawei_stats read = {.day_count = day_count};
    huawei_reader reader = {.table = huawei_table_create(day_count), .stats = &read};
    if (reader.table == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", folder);
    }
    dcat_status status = read_folder(folder, &reader, err);
    if (status == DCAT_OK) {
        huawei_table_describe(reader.table, &read);
        write_preamble(table, day_count);
        huawei_table_write(reader.table, table);
        if (ferror(table)) {
            status = dcat_fail(err, DCAT_ERR_IO, "writing the demand table failed");
        }
    }
    huawei_table_destroy(reader.table);
    if (status == DCAT_OK) {
        *stats = read;
    }
    return status;
}
