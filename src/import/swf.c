// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/import.h"

#include "file/text.h"
#include "import/field.h"
#include "import/lines.h"
#include "import/swf_job.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// --- Names

static const char *const skip_names[DCAT_SWF_SKIP_COUNT] = {
#define SKIP_NAME(name, text) [DCAT_SWF_##name] = text,
    DCAT_SWF_SKIP_LIST(SKIP_NAME)
#undef SKIP_NAME
};

static const char *const origin_names[DCAT_SWF_ORIGIN_COUNT] = {
#define ORIGIN_NAME(name, text) [DCAT_SWF_BY_##name] = text,
    DCAT_SWF_ORIGIN_LIST(ORIGIN_NAME)
#undef ORIGIN_NAME
};

const char *dcat_swf_skip_name(dcat_swf_skip reason)
{
    assert((unsigned)reason < DCAT_SWF_SKIP_COUNT);
    return skip_names[reason];
}

dcat_swf_origin dcat_swf_origin_find(const char *name)
{
    int origin = 0;
    while (origin < DCAT_SWF_ORIGIN_COUNT && strcmp(origin_names[origin], name) != 0) {
        origin++;
    }
    return (dcat_swf_origin)origin;
}

// --- Rules

dcat_import_swf_config dcat_import_swf_config_default(void)
{
    return (dcat_import_swf_config){
        .core_hz = 2.5e9,
        .deadline_factor = 2.0,
        .deadline_s_min = 2.0,
        .data_bits = 20e6,
        .origin_by = DCAT_SWF_BY_USER,
    };
}

static dcat_status check_origin(const char *name, dcat_error *err)
{
    bool ok = name[0] != '\0' && name[0] != '#' && strpbrk(name, ",\"") == NULL &&
              text_is_line(name, strlen(name));
    return ok ? DCAT_OK
              : dcat_fail(err, DCAT_ERR_RANGE,
                          "origins: a name must not be empty, start with '#' or hold ',', '\"' or "
                          "what is no plain UTF-8 text, got \"%s\"",
                          TEXT_SHOW(name, strlen(name)));
}

dcat_status dcat_import_swf_config_check(const dcat_import_swf_config *config, dcat_error *err)
{
    if (!(config->core_hz > 0.0 && config->core_hz <= 1e15)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "core-ghz must be in (0, 1e6], got %g",
                         config->core_hz / 1e9);
    }
    if (!(config->deadline_factor > 0.0 && config->deadline_factor <= 1e9)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "deadline-factor must be in (0, 1e9], got %g",
                         config->deadline_factor);
    }
    if (!(config->deadline_s_min >= 0.0 && config->deadline_s_min <= 1e12)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "deadline-min-s must be in [0, 1e12], got %g",
                         config->deadline_s_min);
    }
    if (!(config->data_bits >= 0.0 && config->data_bits <= 1e18)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "data-mb must be in [0, 1e12], got %g",
                         config->data_bits / 1e6);
    }
    if ((unsigned)config->origin_by >= DCAT_SWF_ORIGIN_COUNT) {
        return dcat_fail(err, DCAT_ERR_RANGE, "origin-by must be user, group, queue or partition");
    }
    if (config->origin_count < 1 || config->origin_count > INT32_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "origins must name at least one area");
    }
    for (size_t i = 0; i < config->origin_count; i++) {
        dcat_status status = check_origin(config->origins[i], err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    return DCAT_OK;
}

// --- Writing

// Fifteen digits are exact for everything a trace can say and hide the last bit of products.
static void write_number(FILE *file, double value)
{
    fprintf(file, "%.15g", value);
}

static void write_preamble(FILE *file, const char *path, const dcat_import_swf_config *config,
                           const dcat_import_swf_stats *stats)
{
    const char *name = import_base_name(path);
    fprintf(file, "# Tasks from the jobs of a trace in Standard Workload Format: %s\n",
            TEXT_SHOW(name, strlen(name)));
    for (int i = 0; i < stats->header_count; i++) {
        fprintf(file, "#   %s\n", stats->header[i]);
    }
    fputs("# Made by: dcat import swf FILE -o tasks.csv --core-ghz ", file);
    write_number(file, config->core_hz / 1e9);
    fputs(" --deadline-factor ", file);
    write_number(file, config->deadline_factor);
    fputs(" --deadline-min-s ", file);
    write_number(file, config->deadline_s_min);
    fputs(" --data-mb ", file);
    write_number(file, config->data_bits / 1e6);
    if (config->from_first) {
        fprintf(file, " --from-first (%.15g s taken off)", stats->start_s);
    }
    fprintf(file, " --origin-by %s --origins ", origin_names[config->origin_by]);
    for (size_t i = 0; i < config->origin_count; i++) {
        fprintf(file, "%s%s", i > 0 ? "," : "", config->origins[i]);
    }
    fputs("\narrival_s,origin,work_gigacycles,data_mb,deadline_s\n", file);
}

static void write_task(FILE *file, const dcat_import_swf_config *config, const dcat_task *task)
{
    write_number(file, task->arrival_s);
    fprintf(file, ",%s,", config->origins[task->area]);
    write_number(file, task->work_cycles / 1e9);
    fputc(',', file);
    write_number(file, task->data_bits / 1e6);
    fputc(',', file);
    write_number(file, task->deadline_s);
    fputc('\n', file);
}

// --- Reading

typedef struct swf_reader {
    bool measuring;                     // the first of two readings: only for the first arrival
    char before[IMPORT_LINE_BYTES_MAX]; // the line before, when it was a job
    size_t before_length;
    const char *path;
    const char *file_name;
    const dcat_import_swf_config *config;
    dcat_import_swf_stats *stats;
    FILE *tasks;
    bool preamble_written;
    double start_s; // what is taken off arrivals
} swf_reader;

static void receive_comment(dcat_import_swf_stats *stats, const import_line *line)
{
    stats->comment_count++;
    bool converted = false;
    if (stats->header_count < DCAT_SWF_HEADER_MAX &&
        swf_header_parse(line->text, line->length, stats->header[stats->header_count],
                         &converted)) {
        stats->header_count++;
        stats->line_converted_count += converted;
    }
}

static void note_task(dcat_import_swf_stats *stats, const dcat_task *task, const swf_notes *notes)
{
    bool first = stats->task_count == 0;
    stats->arrival_s_first =
        first ? task->arrival_s : fmin(stats->arrival_s_first, task->arrival_s);
    stats->arrival_s_last = first ? task->arrival_s : fmax(stats->arrival_s_last, task->arrival_s);
    stats->task_count++;
    stats->requested_processors_count += notes->requested_processors;
    stats->unknown_origin_count += notes->unknown_origin;
    stats->deadline_floor_count += notes->deadline_floor;
    stats->work_cycles += task->work_cycles;
}

// Whether a job's line is word for word the one before it, which is kept for the next.
static bool is_again(swf_reader *reader, const import_line *line)
{
    bool again = line->length == reader->before_length &&
                 memcmp(line->text, reader->before, line->length) == 0;
    memcpy(reader->before, line->text, line->length);
    reader->before_length = line->length;
    return again;
}

static void receive_job(swf_reader *reader, const import_line *line)
{
    dcat_import_swf_stats *stats = reader->stats;
    stats->job_count++;
    swf_job job;
    dcat_task task;
    swf_notes notes = {0};
    dcat_swf_skip reason = DCAT_SWF_MALFORMED;
    bool parsed = swf_job_parse(line->text, line->length, &job);
    bool again = parsed && is_again(reader, line);
    reason = again ? DCAT_SWF_DUPLICATE : reason;
    if (parsed && job.more_fields) {
        import_count(&stats->more_fields, reader->file_name, line->number);
    }
    if (!parsed || again || !swf_job_convert(&job, reader->config, &task, &notes, &reason)) {
        import_count(&stats->skip[reason], reader->file_name, line->number);
        return;
    }
    task.arrival_s -= reader->start_s;
    if (reader->measuring) {
        note_task(stats, &task, &notes);
        return;
    }
    if (!reader->preamble_written) { // by now the trace's own header has been seen
        write_preamble(reader->tasks, reader->path, reader->config, stats);
        reader->preamble_written = true;
    }
    note_task(stats, &task, &notes);
    write_task(reader->tasks, reader->config, &task);
}

static void receive_line(void *user, const import_line *line)
{
    swf_reader *reader = user;
    field_cursor start = field_cursor_at(line->text, line->length);
    field_take_blanks(&start);
    if (field_at_end(&start) && !line->overlong) {
        return;
    }
    reader->stats->line_count++;
    if (field_take_char(&start, ';') || field_take_char(&start, '#')) {
        receive_comment(reader->stats, line);
    } else {
        receive_job(reader, line);
    }
}

// Read the whole trace, for the first arrival or for all that there is.
static dcat_status read_trace(swf_reader *reader, dcat_import_swf_stats *read, dcat_error *err)
{
    reader->stats = read;
    reader->before_length = SIZE_MAX;
    locale_t locale = text_locale_enter();
    dcat_status status = import_read_lines(reader->path, receive_line, reader, err);
    text_locale_leave(locale);
    return status;
}

dcat_status dcat_import_swf(const char *path, const dcat_import_swf_config *config, FILE *tasks,
                            dcat_import_swf_stats *stats, dcat_error *err)
{
    dcat_status status = dcat_import_swf_config_check(config, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_import_swf_stats read = {0};
    swf_reader reader = {
        .path = path, .file_name = import_base_name(path), .config = config, .tasks = tasks};
    if (config->from_first) {
        dcat_import_swf_stats measured = {0};
        reader.measuring = true;
        status = read_trace(&reader, &measured, err);
        reader.start_s = read.start_s = measured.arrival_s_first;
        reader.measuring = false;
    }
    status = status == DCAT_OK ? read_trace(&reader, &read, err) : status;
    if (status != DCAT_OK) {
        return status;
    }
    if (read.task_count == 0) {
        const dcat_import_count *bad = &read.skip[DCAT_SWF_MALFORMED];
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "%s: no usable job: a line is 18 numbers, with run time and processors "
                         "above 0%s%s",
                         path, bad->count > 0 ? "; first malformed: " : "",
                         bad->count > 0 ? bad->where[0] : "");
    }
    if (ferror(tasks)) {
        return dcat_fail(err, DCAT_ERR_IO, "writing the task table failed");
    }
    *stats = read;
    return DCAT_OK;
}
