// SPDX-License-Identifier: Apache-2.0
// Jobs of a Slurm cluster: `sacct -P` with a header.

#include "import/fleet/fleet.h"
#include "import/fleet/gres.h"

#include "file/text.h"
#include "import/csv/time.h"
#include "import/field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL_MAX 128 // sacct has about 110 fields

// --- Lists of resources

// One entry: KEY:TYPE=COUNT, or KEY=COUNT without a kind. Nodes write ':' before the count, and
// "(S:0-1)" behind it. False when the entry is about something else or its count is none.
static bool read_entry(const char *entry, size_t length, const char *key, char equals, char *type,
                       size_t type_size, int *count)
{
    size_t key_length = strlen(key);
    if (length <= key_length || strncmp(entry, key, key_length) != 0) {
        return false;
    }
    const char *at = entry + key_length, *end = entry + length;
    const char *open = memchr(at, '(', (size_t)(end - at));
    end = open == NULL ? end : open;
    const char *last = memrchr(at, equals, (size_t)(end - at));
    double number = 1.0; // "gpu:a100" is one
    bool counted = last != NULL && last + 1 < end &&
                   text_number(last + 1, (size_t)(end - last - 1), &number) == NULL;
    const char *type_end = counted ? last : end;
    if (at < end && *at != ':' && *at != equals) {
        return false; // "gpumem:..." is another key
    }
    size_t type_length = type_end > at && *at == ':' ? (size_t)(type_end - at - 1) : 0;
    if (number < 0.0 || number > 1e6 || type_length >= type_size) {
        return false;
    }
    memcpy(type, at + 1, type_length);
    type[type_length] = '\0';
    *count = (int)number;
    return true;
}

// The end of an entry: a comma that stands in no brackets.
static size_t entry_length(const char *at)
{
    size_t length = 0;
    for (int depth = 0; at[length] != '\0' && (at[length] != ',' || depth > 0); length++) {
        depth += at[length] == '(';
        depth -= at[length] == ')';
    }
    return length;
}

bool gres_is_valid(const char *list, const char *key, char equals)
{
    size_t key_length = strlen(key);
    for (const char *at = list; *at != '\0';) {
        size_t length = entry_length(at), end = strcspn(at, "(");
        end = end < length ? end : length;
        const char *last = memrchr(at, equals, end);
        bool ours = strncmp(at, key, key_length) == 0 && last >= at + key_length;
        size_t left = ours ? end - (size_t)(last + 1 - at) : 0;
        // Digits are a count, and so is nothing; anything else is a kind, of which there is one.
        if (ours && at[key_length] == equals && strspn(last + 1, "-.0123456789") >= left) {
            int64_t count = -1;
            if (text_whole(last + 1, left, &count) != NULL || count < 0 || count > 1000000) {
                return false;
            }
        }
        at += length + (at[length] == ',');
    }
    return true;
}

void gres_choose(const char *list, const char *key, char equals, gres_choice *choice)
{
    *choice = (gres_choice){.type = ""};
    int kinds = 0, untyped = 0;
    for (const char *at = list; *at != '\0';) {
        char type[sizeof choice->type];
        int count;
        size_t length = entry_length(at);
        if (read_entry(at, length, key, equals, type, sizeof type, &count) && count > 0) {
            untyped = type[0] == '\0' ? count : untyped;
            kinds += type[0] != '\0';
            if (type[0] != '\0' && count > choice->count) {
                strcpy(choice->type, type);
                choice->count = count;
            }
        }
        at += length + (at[length] == ',');
    }
    if (kinds == 0 && untyped > 0) {
        strcpy(choice->type, "gpu");
        choice->count = untyped;
    }
    choice->left = kinds > 1 ? kinds - 1 : 0;
}

double tres_value(const char *list, const char *key)
{
    size_t key_length = strlen(key);
    for (const char *at = list; *at != '\0';) {
        size_t length = entry_length(at);
        double number;
        if (length > key_length + 1 && strncmp(at, key, key_length) == 0 && at[key_length] == '=' &&
            text_number(at + key_length + 1, length - key_length - 1, &number) == NULL) {
            return number;
        }
        at += length + (at[length] == ',');
    }
    return 0.0;
}

// --- Lines

enum { SUBMIT, ELAPSED_RAW, ELAPSED, TRES, REQUESTED, CORES, STATE, JOB_ID, JOB_COLUMNS };
static const char *const columns[JOB_COLUMNS] = {"Submit",  "ElapsedRaw", "Elapsed", "AllocTRES",
                                                 "ReqTRES", "AllocCPUS",  "State",   "JobID"};

static const char *cell(const fleet_table *t, char *const *cells, int column)
{
    return t->column[column] < 0 ? "" : cells[t->column[column]];
}

// Seconds of "[days-]hours:minutes:seconds"; NAN for anything else.
static double elapsed_of(const char *text)
{
    uint32_t days = 0, hours, minutes, seconds;
    field_cursor at = field_cursor_at(text, strlen(text));
    bool whole =
        strchr(text, '-') == NULL || (field_take_count(&at, &days) && field_take_char(&at, '-'));
    whole = whole && field_take_count(&at, &hours) && field_take_char(&at, ':') &&
            field_take_count(&at, &minutes) && field_take_char(&at, ':') &&
            field_take_count(&at, &seconds) && field_at_end(&at);
    return whole ? 86400.0 * days + 3600.0 * hours + 60.0 * minutes + seconds : NAN;
}

static double run_time_of(const fleet_table *t, char *const *cells)
{
    const char *raw = cell(t, cells, ELAPSED_RAW);
    double run_s;
    if (raw[0] != '\0') {
        return text_number(raw, strlen(raw), &run_s) == NULL ? run_s : NAN;
    }
    return elapsed_of(cell(t, cells, ELAPSED));
}

static void take_job(fleet_table *t, char *const *cells, uint64_t line)
{
    const char *state = cell(t, cells, STATE);
    double submit_s, run_s = run_time_of(t, cells), cores;
    if (strchr(cell(t, cells, JOB_ID), '.') != NULL) {
        fleet_skip_job(t->fleet, DCAT_FLEET_STEP, line);
        return;
    }
    if (strncmp(state, "PENDING", 7) == 0 || strncmp(state, "RUNNING", 7) == 0 ||
        strncmp(state, "SUSPENDED", 9) == 0) {
        fleet_skip_job(t->fleet, state[0] == 'P' ? DCAT_FLEET_NOT_RUN : DCAT_FLEET_NO_END, line);
        return;
    }
    if (!time_read(cell(t, cells, SUBMIT), "iso", 0, &submit_s) || isnan(run_s)) {
        fleet_skip_job(t->fleet, DCAT_FLEET_MALFORMED, line);
        return;
    }
    const char *tres = cell(t, cells, TRES);
    tres = tres[0] == '\0' ? cell(t, cells, REQUESTED) : tres;
    const char *allocated = cell(t, cells, CORES);
    if (text_number(allocated, strlen(allocated), &cores) != NULL) {
        cores = tres_value(tres, "cpu");
    }
    gres_choice gpu;
    gres_choose(tres, "gres/gpu", '=', &gpu);
    bool any = strcmp(gpu.type, "gpu") == 0; // no kind is said
    const fleet_use use = {
        .cpu = gpu.count == 0,
        .amount = gpu.count == 0 ? cores : gpu.count,
        .models = gpu.type,
        .models_length = any ? 0 : strlen(gpu.type),
    };
    fleet_add_job(t->fleet, &use, submit_s, run_s, line);
}

static void take_header(fleet_table *t, char *const *cells, size_t count)
{
    t->header_seen = true;
    t->column_count = count;
    for (int c = 0; c < JOB_COLUMNS; c++) {
        t->column[c] = fleet_column(cells, count, columns[c]);
    }
    const char *missing = t->column[SUBMIT] < 0 ? "Submit"
                          : t->column[ELAPSED_RAW] < 0 && t->column[ELAPSED] < 0
                              ? "ElapsedRaw or Elapsed"
                          : t->column[TRES] < 0 && t->column[REQUESTED] < 0 && t->column[CORES] < 0
                              ? "AllocTRES or AllocCPUS"
                              : NULL;
    if (missing != NULL) {
        t->fleet->status =
            dcat_fail(t->fleet->err, DCAT_ERR_FIELD,
                      "%s:1: has no column %s; `sacct -a -X -P -o "
                      "JobID,Submit,ElapsedRaw,State,AllocCPUS,AllocTRES` prints what is needed",
                      t->path, missing);
    }
}

void slurm_job_line(void *table, const import_line *line)
{
    fleet_table *t = table;
    char copy[IMPORT_LINE_BYTES_MAX + 1], *cells[CELL_MAX];
    if (t->fleet->status != DCAT_OK || (line->length == 0 && !line->overlong)) {
        return;
    }
    size_t count = fleet_cut(line->text, line->length, '|', copy, cells, CELL_MAX);
    if (!t->header_seen) {
        take_header(t, cells, count);
        return;
    }
    t->fleet->stats->job_count++;
    if (line->overlong || count != t->column_count) {
        fleet_skip_job(t->fleet, DCAT_FLEET_MALFORMED, line->number);
    } else {
        take_job(t, cells, line->number);
    }
}
