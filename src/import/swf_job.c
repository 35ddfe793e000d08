// SPDX-License-Identifier: Apache-2.0
#include "import/swf_job.h"

#include "file/foreign/encoding.h"
#include "import/field.h"
#include "import/lines.h"

#include <math.h>
#include <string.h>

// --- Lines

bool swf_job_parse(const char *text, size_t length, swf_job *job)
{
    field_cursor c = field_cursor_at(text, length);
    swf_job read;
    field_take_blanks(&c);
    for (int f = 0; f < SWF_FIELD_COUNT; f++) {
        if (f > 0 && !field_take_blanks(&c)) {
            return false;
        }
        if (!field_take_decimal(&c, &read.field[f])) {
            return false;
        }
    }
    bool blank = field_take_blanks(&c);
    read.more_fields = !field_at_end(&c);
    if (read.more_fields && !blank) { // the last number does not end
        return false;
    }
    *job = read;
    return true;
}

// What tells where a trace comes from and what its clock means.
static const char *const header_keys[] = {
    "Version",  "Computer",       "Installation", "Acknowledge", "Information",
    "MaxNodes", "MaxProcs",       "MaxJobs",      "MaxRecords",  "UnixStartTime",
    "TimeZone", "TimeZoneString", "StartTime",    "EndTime",     "MaxRuntime",
};

static bool is_known_key(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof header_keys / sizeof header_keys[0]; i++) {
        if (strlen(header_keys[i]) == length && strncasecmp(header_keys[i], text, length) == 0) {
            return true;
        }
    }
    return false;
}

bool swf_header_parse(const char *text, size_t length, char header[DCAT_SWF_HEADER_BYTES],
                      bool *converted)
{
    field_cursor c = field_cursor_at(text, length);
    field_take_blanks(&c);
    if (!field_take_char(&c, ';')) {
        return false;
    }
    field_take_blanks(&c);
    const char *colon = memchr(c.at, ':', (size_t)(c.end - c.at));
    if (colon == NULL || !is_known_key(c.at, (size_t)(colon - c.at))) {
        return false;
    }
    char utf8[ENCODING_GROWTH * IMPORT_LINE_BYTES_MAX];
    size_t size = encoding_convert(c.at, (size_t)(c.end - c.at), utf8, converted);
    name_changes changes;
    name_tidy(utf8, size, header, DCAT_SWF_HEADER_BYTES - 1, &changes);
    return true;
}

// --- Jobs to tasks

static double processors_of(const swf_job *job, swf_notes *notes)
{
    double allocated = job->field[SWF_PROCESSORS];
    notes->requested_processors = !(allocated > 0.0);
    return notes->requested_processors ? job->field[SWF_PROCESSORS_REQUESTED] : allocated;
}

static int32_t origin_of(const swf_job *job, const dcat_import_swf_config *config, swf_notes *notes)
{
    static const swf_field fields[DCAT_SWF_ORIGIN_COUNT] = {
        [DCAT_SWF_BY_USER] = SWF_USER,
        [DCAT_SWF_BY_GROUP] = SWF_GROUP,
        [DCAT_SWF_BY_QUEUE] = SWF_QUEUE,
        [DCAT_SWF_BY_PARTITION] = SWF_PARTITION,
    };
    double number = job->field[fields[config->origin_by]];
    notes->unknown_origin = number < 0.0;
    // Numbers have at most 15 digits, so both operands and the remainder are exact.
    return notes->unknown_origin ? 0 : (int32_t)fmod(floor(number), (double)config->origin_count);
}

static bool skip(dcat_swf_skip why, dcat_swf_skip *reason)
{
    *reason = why;
    return false;
}

bool swf_job_convert(const swf_job *job, const dcat_import_swf_config *config, dcat_task *task,
                     swf_notes *notes, dcat_swf_skip *reason)
{
    double status = job->field[SWF_STATUS];
    double run_s = job->field[SWF_RUN_S];
    if (status == 5.0) {
        return skip(DCAT_SWF_CANCELLED, reason);
    }
    if (status >= 2.0 && status <= 4.0) {
        return skip(DCAT_SWF_PARTIAL, reason);
    }
    if (job->field[SWF_SUBMIT_S] < 0.0) {
        return skip(DCAT_SWF_NO_SUBMIT_TIME, reason);
    }
    if (!(run_s > 0.0)) {
        return skip(DCAT_SWF_NO_RUN_TIME, reason);
    }
    double processors = processors_of(job, notes);
    if (!(processors > 0.0)) {
        return skip(DCAT_SWF_NO_PROCESSORS, reason);
    }
    double deadline_s = config->deadline_factor * run_s;
    notes->deadline_floor = deadline_s < config->deadline_s_min;
    *task = (dcat_task){
        .arrival_s = job->field[SWF_SUBMIT_S],
        .work_cycles = run_s * processors * config->core_hz,
        .data_bits = config->data_bits,
        .deadline_s = notes->deadline_floor ? config->deadline_s_min : deadline_s,
        .value = INFINITY,
        .area = origin_of(job, config, notes),
        .id = -1,
    };
    return true;
}
