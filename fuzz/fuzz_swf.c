// SPDX-License-Identifier: Apache-2.0
// Lines of a Standard Workload Format trace from memory: whatever the bytes, a job is refused, is
// skipped for a reason, or becomes a task that the market accepts.

#include "import/lines.h"
#include "import/swf_job.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const areas[] = {"a", "b", "c"};

typedef struct tally {
    const dcat_import_swf_config *config;
    uint64_t line_count;
} tally;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_header(const import_line *line)
{
    char header[DCAT_SWF_HEADER_BYTES];
    memset(header, 'x', sizeof header);
    bool converted;
    if (!swf_header_parse(line->text, line->length, header, &converted)) {
        return;
    }
    size_t length = strnlen(header, sizeof header);
    require(length > 0 && length < sizeof header && memchr(header, ':', length) != NULL);
    for (size_t i = 0; i < length; i++) {
        require((unsigned char)header[i] >= 0x20);
    }
}

static void take(void *user, const import_line *line)
{
    tally *t = user;
    t->line_count++;
    require(line->number == t->line_count && line->length <= IMPORT_LINE_BYTES_MAX);
    check_header(line);
    swf_job job;
    if (!swf_job_parse(line->text, line->length, &job)) {
        return;
    }
    for (int f = 0; f < SWF_FIELD_COUNT; f++) {
        require(fabs(job.field[f]) < 1e15);
    }
    dcat_task task;
    swf_notes notes = {0};
    dcat_swf_skip reason = DCAT_SWF_SKIP_COUNT;
    if (!swf_job_convert(&job, t->config, &task, &notes, &reason)) {
        require(reason < DCAT_SWF_SKIP_COUNT && reason != DCAT_SWF_MALFORMED);
        return;
    }
    require(task.arrival_s >= 0.0 && isfinite(task.arrival_s));
    require(task.work_cycles > 0.0 && isfinite(task.work_cycles));
    require(task.deadline_s > 0.0 && isfinite(task.deadline_s));
    require(task.deadline_s >= t->config->deadline_s_min);
    require(task.area >= 0 && (size_t)task.area < t->config->origin_count);
    require(!notes.unknown_origin || task.area == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dcat_import_swf_config config = dcat_import_swf_config_default();
    config.origins = areas;
    config.origin_count = sizeof areas / sizeof areas[0];
    config.origin_by = (dcat_swf_origin)(size % DCAT_SWF_ORIGIN_COUNT);
    tally t = {.config = &config};
    import_splitter splitter;
    import_splitter_init(&splitter, take, &t);
    import_splitter_feed(&splitter, (const char *)data, size);
    import_splitter_finish(&splitter);
    return 0;
}
