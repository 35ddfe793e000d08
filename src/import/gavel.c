// SPDX-License-Identifier: Apache-2.0
// Throughputs of jobs by device, as Gavel keeps them: {"v100": {"('LM (batch size 20)', 1)":
// {"null": 32.9, "('A3C', 1)": [30.1, 4.2]}}}. The second of a job's pair is how many devices it
// runs on, "null" what it reaches alone.

#include "dcat/x/import.h"

#include "base/json.h"
#include "dcat/x/resources.h"
#include "file/text.h"
#include "file/text_names.h"
#include "file/write_text.h"
#include "import/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GAVEL_BYTES_MAX (64u << 20)
#define NAME_BYTES_MAX 200
#define SHARED_SERVERS "_unconsolidated" // the same device, a job's workers spread over servers

// "('LM (batch size 20)', 1)" to "LM (batch size 20)"; false for jobs on several devices and what
// is no pair.
static bool job_of(const char *key, const char **name, size_t *length)
{
    static const char end[] = "', 1)";
    size_t size = strlen(key), tail = sizeof end - 1;
    if (strncmp(key, "('", 2) != 0 || size < 2 + 1 + tail || strcmp(key + size - tail, end) != 0) {
        return false;
    }
    *name = key + 2;
    *length = size - 2 - tail;
    return *length <= NAME_BYTES_MAX && text_is_line(*name, *length);
}

static bool is_device(const char *key)
{
    size_t size = strlen(key), tail = strlen(SHARED_SERVERS);
    bool spread = size >= tail && strcmp(key + size - tail, SHARED_SERVERS) == 0;
    return !spread && size > 0 && size <= NAME_BYTES_MAX && text_is_line(key, size);
}

// What a job reaches alone; 0 when it is not there or no number above 0.
static double alone_of(const json_t *jobs, const char *key)
{
    double value = json_number_value(json_object_get(json_object_get(jobs, key), "null"));
    return value > 0.0 && isfinite(value) ? value : 0.0;
}

// Every job that some device has alone on one device, in the order of the file.
static dcat_status list_jobs(json_t *devices, names *jobs, names *keys,
                             dcat_import_gavel_stats *stats, dcat_error *err)
{
    const char *device, *key;
    json_t *of_device, *job;
    dcat_status status = DCAT_OK;
    json_object_foreach(devices, device, of_device)
    {
        if (!is_device(device)) {
            stats->device_skipped_count++;
            continue;
        }
        stats->device_count++;
        json_object_foreach(of_device, key, job)
        {
            const char *name;
            size_t length, index;
            bool added = false;
            if (!job_of(key, &name, &length)) {
                stats->job_skipped_count++;
            } else if (status == DCAT_OK) {
                status = names_add(jobs, name, length, &index, &added, err);
            }
            if (status == DCAT_OK && added) {
                status = names_add(keys, key, strlen(key), &index, &added, err);
            }
        }
    }
    return status;
}

static void write_header(FILE *file, const char *path, const char *reference)
{
    const char *name = import_base_name(path);
    fprintf(file,
            "# Throughput by device and class of work, a multiple of that of %s, from %s\n"
            "# Made by: dcat import gavel FILE -o efficiency.csv --reference %s\ndevice",
            TEXT_SHOW(reference, strlen(reference)), TEXT_SHOW(name, strlen(name)),
            TEXT_SHOW(reference, strlen(reference)));
}

static dcat_status write_table(const json_t *devices, const char *path, const char *reference,
                               const names *jobs, const names *keys, FILE *table,
                               dcat_import_gavel_stats *stats, dcat_error *err)
{
    json_t *base = json_object_get(devices, reference);
    const char *device;
    json_t *of_device;
    write_header(table, path, reference);
    for (size_t q = 0; q < jobs->count; q++) {
        bool kept = alone_of(base, names_at(keys, q)) > 0.0;
        stats->class_count += kept;
        stats->no_reference_count += !kept;
        if (kept) {
            putc(',', table);
            csv_put_text(table, names_at(jobs, q));
        }
    }
    if (stats->class_count == 0 || stats->class_count > DCAT_CLASS_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s: has %d jobs on one %s, there must be 1 to %d",
                         path, stats->class_count, TEXT_SHOW(reference, strlen(reference)),
                         DCAT_CLASS_MAX);
    }
    putc('\n', table);
    json_object_foreach((json_t *)devices, device, of_device)
    {
        if (!is_device(device)) {
            continue;
        }
        csv_put_text(table, device);
        for (size_t q = 0; q < jobs->count; q++) {
            double of_base = alone_of(base, names_at(keys, q));
            if (of_base > 0.0) {
                double alone = alone_of(of_device, names_at(keys, q));
                fprintf(table, alone > 0.0 ? ",%.6g" : ",", alone / of_base);
                stats->cell_count += alone > 0.0;
            }
        }
        putc('\n', table);
    }
    return DCAT_OK;
}

static dcat_status convert(json_t *devices, const char *path, const char *reference, FILE *table,
                           dcat_import_gavel_stats *stats, dcat_error *err)
{
    names jobs = {0}, keys = {0};
    dcat_status status = list_jobs(devices, &jobs, &keys, stats, err);
    if (status == DCAT_OK && json_object_get(devices, reference) == NULL) {
        status = dcat_fail(err, DCAT_ERR_REFERENCE, "%s: has no device %s", path,
                           TEXT_SHOW(reference, strlen(reference)));
    }
    if (status == DCAT_OK) {
        status = write_table(devices, path, reference, &jobs, &keys, table, stats, err);
    }
    names_free(&jobs);
    names_free(&keys);
    return status;
}

dcat_status dcat_import_gavel(const char *path, const char *reference, FILE *table,
                              dcat_import_gavel_stats *stats, dcat_error *err)
{
    char *text = NULL;
    size_t size = 0;
    dcat_status status = import_read_all(path, GAVEL_BYTES_MAX, &text, &size, err);
    if (status != DCAT_OK) {
        return status;
    }
    json_error_t why;
    json_t *devices = json_object_of(text == NULL ? "" : text, size, &why);
    free(text);
    if (devices == NULL) {
        return why.text[0] == '\0'
                   ? dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", path)
                   : dcat_fail(err, DCAT_ERR_FORMAT, "%s: must be a JSON object: %s", path,
                               TEXT_SHOW(why.text, strlen(why.text)));
    }
    dcat_import_gavel_stats read = {0};
    locale_t locale = text_locale_enter();
    status = convert(devices, path, reference, table, &read, err);
    text_locale_leave(locale);
    json_decref(devices);
    if (status == DCAT_OK && ferror(table)) {
        status = dcat_fail(err, DCAT_ERR_IO, "writing the table failed");
    }
    if (status == DCAT_OK) {
        *stats = read;
    }
    return status;
}
