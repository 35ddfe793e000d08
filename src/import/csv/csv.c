// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/import.h"

#include "file/foreign/encoding.h"
#include "file/text.h"
#include "file/write_text.h"
#include "import/csv/time.h"
#include "import/lines.h"

#include <assert.h>
#include <csv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL_MAX 512

static const char *const field_names[DCAT_CSV_FIELD_COUNT] = {
#define FIELD_NAME(name, text) [DCAT_CSV_##name] = text,
    DCAT_CSV_FIELD_LIST(FIELD_NAME)
#undef FIELD_NAME
};

static const char *const skip_names[DCAT_CSV_SKIP_COUNT] = {
#define SKIP_NAME(name, text) [DCAT_CSV_SKIP_##name] = text,
    DCAT_CSV_SKIP_LIST(SKIP_NAME)
#undef SKIP_NAME
};

const char *dcat_csv_skip_name(dcat_csv_skip reason)
{
    assert((unsigned)reason < DCAT_CSV_SKIP_COUNT);
    return skip_names[reason];
}

dcat_csv_field dcat_csv_field_find(const char *name)
{
    int field = 0;
    while (field < DCAT_CSV_FIELD_COUNT && strcmp(field_names[field], name) != 0) {
        field++;
    }
    return (dcat_csv_field)field;
}

dcat_import_csv_config dcat_import_csv_config_default(void)
{
    return (dcat_import_csv_config){.factor = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0},
                                    .time_format = "s",
                                    .separator = ','};
}

// Fields that are no numbers, and those that a table may be without.
static bool is_text(int field)
{
    return field == DCAT_CSV_ORIGIN || field >= DCAT_CSV_CLASS;
}

static bool is_optional(int field)
{
    return field >= DCAT_CSV_VALUE;
}

// What a number must be: those of tasks.csv.
static bool in_range(dcat_csv_field field, double number)
{
    bool zero = field == DCAT_CSV_ARRIVAL || field == DCAT_CSV_DATA || field == DCAT_CSV_VALUE;
    return (zero ? number >= 0.0 : number > 0.0) && number <= 1e15;
}

static dcat_status check(const dcat_import_csv_config *config, dcat_error *err)
{
    for (int f = 0; f < DCAT_CSV_FIELD_COUNT; f++) {
        if (!is_optional(f) && config->column[f] == NULL && config->always[f] == NULL) {
            return dcat_fail(err, DCAT_ERR_RANGE, "%s needs a column or what it always is",
                             field_names[f]);
        }
        double number;
        const char *always = config->column[f] == NULL ? config->always[f] : NULL;
        if (always != NULL && !is_text(f) &&
            (text_number(always, strlen(always), &number) != NULL ||
             !in_range((dcat_csv_field)f, number))) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "%s: must be a number that tasks may have, got %s", field_names[f],
                             TEXT_SHOW(always, strlen(always)));
        }
        if (!(config->factor[f] > 0.0 && config->factor[f] <= 1e15)) {
            return dcat_fail(err, DCAT_ERR_RANGE, "%s: the factor must be in (0, 1e15], got %g",
                             field_names[f], config->factor[f]);
        }
    }
    bool separator = config->separator != '\0' && strchr("\"\r\n#", config->separator) == NULL;
    return separator ? DCAT_OK
                     : dcat_fail(err, DCAT_ERR_RANGE, "the separator must be a character like ;");
}

// --- One line

typedef struct csv_reader {
    const char *path, *file_name;
    const dcat_import_csv_config *config;
    dcat_import_csv_stats *stats;
    FILE *tasks;
    struct csv_parser parser;
    bool header_seen, measuring;
    int place[DCAT_CSV_FIELD_COUNT]; // of each field's column; -1 for none
    size_t column_count;
    double start_s;
    // The line being read: its cells, one after the other, each with a zero byte.
    char utf8[ENCODING_GROWTH * IMPORT_LINE_BYTES_MAX];
    char text[ENCODING_GROWTH * IMPORT_LINE_BYTES_MAX + CELL_MAX];
    size_t text_used;
    const char *cell[CELL_MAX];
    size_t cell_count;
    bool row_done, malformed;
    dcat_status status;
    dcat_error *err;
} csv_reader;

static void on_cell(void *bytes, size_t length, void *user)
{
    csv_reader *r = user;
    if (r->row_done || r->cell_count == CELL_MAX || r->text_used + length >= sizeof r->text ||
        (length > 0 && memchr(bytes, '\0', length) != NULL)) {
        r->malformed = true;
        return;
    }
    char *at = r->text + r->text_used;
    if (length > 0) {
        memcpy(at, bytes, length);
    }
    at[length] = '\0';
    r->cell[r->cell_count++] = at;
    r->text_used += length + 1;
}

static void on_row(int end, void *user)
{
    (void)end;
    ((csv_reader *)user)->row_done = true;
}

// Cut a line into its cells; false when it is no whole row.
static bool cut(csv_reader *r, const import_line *line)
{
    bool converted;
    size_t size = encoding_convert(line->text, line->length, r->utf8, &converted);
    if (converted) {
        import_count(&r->stats->converted, r->file_name, line->number);
    }
    r->text_used = r->cell_count = 0;
    r->row_done = r->malformed = false;
    bool parsed = csv_parse(&r->parser, r->utf8, size, on_cell, on_row, r) == size &&
                  csv_parse(&r->parser, "\n", 1, on_cell, on_row, r) == 1 && r->row_done;
    if (!parsed) { // a quote that did not close must not reach into the next line
        unsigned char separator = csv_get_delim(&r->parser);
        csv_free(&r->parser);
        csv_init(&r->parser, CSV_STRICT | CSV_APPEND_NULL);
        csv_set_delim(&r->parser, separator);
    }
    return parsed && !r->malformed && !line->overlong;
}

static void take_header(csv_reader *r)
{
    r->column_count = r->cell_count;
    for (int f = 0; f < DCAT_CSV_FIELD_COUNT; f++) {
        r->place[f] = -1;
        const char *name = r->config->column[f];
        for (size_t c = 0; name != NULL && c < r->cell_count; c++) {
            r->place[f] = strcmp(r->cell[c], name) == 0 && r->place[f] < 0 ? (int)c : r->place[f];
        }
        if (name != NULL && r->place[f] < 0 && r->status == DCAT_OK) {
            r->status = dcat_fail(r->err, DCAT_ERR_FIELD, "%s:1: has no column %s for %s", r->path,
                                  TEXT_SHOW(name, strlen(name)), field_names[f]);
        }
    }
}

// The text of a field in this row; NULL when it has none.
static const char *text_of(const csv_reader *r, dcat_csv_field field)
{
    const char *text = r->place[field] >= 0 ? r->cell[r->place[field]] : r->config->always[field];
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static bool skip(dcat_csv_skip why, dcat_csv_skip *reason)
{
    *reason = why;
    return false;
}

// The numbers of a task, by field; value is NAN when there is none.
static bool read_numbers(const csv_reader *r, double number[DCAT_CSV_FIELD_COUNT],
                         dcat_csv_skip *reason)
{
    const dcat_import_csv_config *config = r->config;
    for (int f = 0; f < DCAT_CSV_FIELD_COUNT; f++) {
        const char *text = text_of(r, (dcat_csv_field)f);
        number[f] = NAN;
        if (is_text(f) || (is_optional(f) && text == NULL)) {
            continue;
        }
        bool own = r->place[f] >= 0;
        if (f == DCAT_CSV_ARRIVAL && own) {
            if (text == NULL || !time_read(text, config->time_format, config->zone_s, &number[f])) {
                return skip(DCAT_CSV_SKIP_NO_TIME, reason);
            }
        } else if (text == NULL || text_number(text, strlen(text), &number[f]) != NULL) {
            return skip(DCAT_CSV_SKIP_NO_NUMBER, reason);
        }
        number[f] *= own ? config->factor[f] : 1.0;
        if (!in_range((dcat_csv_field)f, number[f])) {
            return skip(DCAT_CSV_SKIP_OUT_OF_RANGE, reason);
        }
    }
    return true;
}

// The area of a row by the map of origins; NULL when it has none.
static const char *origin_of(const csv_reader *r)
{
    const char *text = text_of(r, DCAT_CSV_ORIGIN);
    const char *other = r->config->origin_count == 0 ? text : NULL;
    for (size_t i = 0; text != NULL && i < r->config->origin_count; i++) {
        const dcat_csv_origin *origin = &r->config->origins[i];
        if (strcmp(origin->from, text) == 0) {
            return origin->to;
        }
        other = strcmp(origin->from, "*") == 0 ? origin->to : other;
    }
    bool name = other != NULL && strlen(other) <= 200 && text_is_line(other, strlen(other));
    return name ? other : NULL;
}

// Names of tasks.csv are short and of one line.
static bool texts_are_lines(const csv_reader *r)
{
    bool all = true;
    for (int f = DCAT_CSV_CLASS; f < DCAT_CSV_FIELD_COUNT; f++) {
        const char *text = text_of(r, (dcat_csv_field)f);
        all = all && (text == NULL || (strlen(text) <= 200 && text_is_line(text, strlen(text))));
    }
    return all;
}

// Has the output a column for the field?
static bool is_written(const csv_reader *r, int field)
{
    return r->place[field] >= 0 || r->config->always[field] != NULL;
}

static void write_task(const csv_reader *r, const double *number, const char *origin)
{
    fprintf(r->tasks, "%.15g,", number[DCAT_CSV_ARRIVAL]);
    csv_put_text(r->tasks, origin);
    for (int f = DCAT_CSV_WORK; f <= DCAT_CSV_DEADLINE; f++) {
        fprintf(r->tasks, ",%.15g", number[f]);
    }
    for (int f = DCAT_CSV_VALUE; f < DCAT_CSV_FIELD_COUNT; f++) {
        const char *text = text_of(r, (dcat_csv_field)f);
        if (!is_written(r, f)) {
            continue;
        }
        putc(',', r->tasks);
        if (is_text(f) && text != NULL) {
            csv_put_text(r->tasks, text);
        } else if (!is_text(f) && !isnan(number[f])) {
            fprintf(r->tasks, "%.15g", number[f]);
        }
    }
    putc('\n', r->tasks);
}

static void write_header(const csv_reader *r)
{
    fprintf(r->tasks, "# Tasks from %s\n# Made by: dcat import csv FILE -o tasks.csv",
            TEXT_SHOW(r->file_name, strlen(r->file_name)));
    for (int f = 0; f < DCAT_CSV_FIELD_COUNT; f++) {
        const char *from =
            r->config->column[f] != NULL ? r->config->column[f] : r->config->always[f];
        if (from != NULL) {
            fprintf(r->tasks, "\n#   --%s '%s=%s",
                    r->config->column[f] != NULL ? "column" : "always", field_names[f],
                    TEXT_SHOW(from, strlen(from)));
            fprintf(r->tasks, r->config->factor[f] != 1.0 ? "*%.15g'" : "'", r->config->factor[f]);
        }
    }
    if (r->config->from_first) {
        fprintf(r->tasks, "\n#   --from-first (%.15g s taken off)", r->start_s);
    }
    putc('\n', r->tasks);
    for (int f = 0; f < DCAT_CSV_FIELD_COUNT; f++) {
        if (is_written(r, f)) {
            fprintf(r->tasks, "%s%s", f == 0 ? "" : ",", field_names[f]);
        }
    }
    putc('\n', r->tasks);
}

static void take_row(csv_reader *r, const import_line *line, bool whole)
{
    dcat_import_csv_stats *stats = r->stats;
    double number[DCAT_CSV_FIELD_COUNT];
    dcat_csv_skip reason = DCAT_CSV_SKIP_MALFORMED;
    const char *origin = NULL;
    stats->row_count++;
    bool ok = whole && r->cell_count == r->column_count && read_numbers(r, number, &reason);
    if (ok && !texts_are_lines(r)) {
        ok = false; // malformed: tasks.csv could not hold it
    }
    if (ok && (origin = origin_of(r)) == NULL) {
        reason = DCAT_CSV_SKIP_NO_ORIGIN;
    }
    if (origin == NULL) {
        import_count(&stats->skip[reason], r->file_name, line->number);
        return;
    }
    number[DCAT_CSV_ARRIVAL] -= r->start_s;
    double arrival_s = number[DCAT_CSV_ARRIVAL];
    bool first = stats->task_count++ == 0;
    stats->arrival_s_first = first ? arrival_s : fmin(stats->arrival_s_first, arrival_s);
    stats->arrival_s_last = first ? arrival_s : fmax(stats->arrival_s_last, arrival_s);
    stats->work_gigacycles += number[DCAT_CSV_WORK];
    if (!r->measuring) {
        write_task(r, number, origin);
    }
}

static void receive_line(void *user, const import_line *line)
{
    csv_reader *r = user;
    if (r->status != DCAT_OK || (line->length == 0 && !line->overlong)) {
        return;
    }
    if (!r->header_seen && line->length > 0 && line->text[0] == '#') {
        return; // comments before the header
    }
    bool whole = cut(r, line);
    if (r->header_seen) {
        take_row(r, line, whole);
        return;
    }
    r->header_seen = true;
    take_header(r);
    if (!r->measuring && r->status == DCAT_OK) {
        write_header(r);
    }
}

// --- The whole

static dcat_status read_once(csv_reader *r, dcat_import_csv_stats *stats, dcat_error *err)
{
    if (csv_init(&r->parser, CSV_STRICT | CSV_APPEND_NULL) != 0) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", r->path);
    }
    csv_set_delim(&r->parser, (unsigned char)r->config->separator);
    r->stats = stats;
    r->status = DCAT_OK;
    r->err = err;
    r->header_seen = false;
    locale_t locale = text_locale_enter();
    dcat_status status = import_read_lines(r->path, receive_line, r, err);
    text_locale_leave(locale);
    csv_free(&r->parser);
    return status == DCAT_OK ? r->status : status;
}

static dcat_status no_task(const char *path, const dcat_import_csv_stats *stats, dcat_error *err)
{
    for (int i = 0; i < DCAT_CSV_SKIP_COUNT; i++) {
        if (stats->skip[i].count > 0) {
            return dcat_fail(err, DCAT_ERR_FORMAT, "%s: no usable row; first %s: %s", path,
                             skip_names[i], stats->skip[i].where[0]);
        }
    }
    return dcat_fail(err, DCAT_ERR_FORMAT, "%s: no row", path);
}

dcat_status dcat_import_csv(const char *path, const dcat_import_csv_config *config, FILE *tasks,
                            dcat_import_csv_stats *stats, dcat_error *err)
{
    dcat_status status = check(config, err);
    csv_reader *r = status == DCAT_OK ? calloc(1, sizeof *r) : NULL;
    if (r == NULL) {
        return status != DCAT_OK ? status
                                 : dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", path);
    }
    dcat_import_csv_stats read = {0};
    r->path = path;
    r->file_name = import_base_name(path);
    r->config = config;
    r->tasks = tasks;
    if (config->from_first) {
        dcat_import_csv_stats measured = {0};
        r->measuring = true;
        status = read_once(r, &measured, err);
        r->measuring = false;
        r->start_s = read.start_s = measured.arrival_s_first;
    }
    if (status == DCAT_OK) {
        status = read_once(r, &read, err);
    }
    free(r);
    if (status == DCAT_OK && read.task_count == 0) {
        status = no_task(path, &read, err);
    }
    if (status == DCAT_OK && ferror(tasks)) {
        status = dcat_fail(err, DCAT_ERR_IO, "writing the task table failed");
    }
    if (status == DCAT_OK) {
        *stats = read;
    }
    return status;
}
