// SPDX-License-Identifier: Apache-2.0
// swf_job.h - one line of a Standard Workload Format trace, in memory.
//
// The format: lines of 18 numbers, -1 for unknown; ';' starts a comment, "; Key: value" a header
// field. Source: D. Feitelson et al., the Parallel Workloads Archive, version 2.2 of the format.

#ifndef DCAT_IMPORT_SWF_JOB_H
#define DCAT_IMPORT_SWF_JOB_H

#include "dcat/demand.h"
#include "dcat/x/import.h"
#include <stdbool.h>
#include <stddef.h>

// The fields in the order of the format.
typedef enum swf_field {
    SWF_JOB_NUMBER = 0,
    SWF_SUBMIT_S,
    SWF_WAIT_S,
    SWF_RUN_S,
    SWF_PROCESSORS, // allocated
    SWF_CPU_S,
    SWF_MEMORY_KB,
    SWF_PROCESSORS_REQUESTED,
    SWF_RUN_REQUESTED_S,
    SWF_MEMORY_REQUESTED_KB,
    SWF_STATUS,
    SWF_USER,
    SWF_GROUP,
    SWF_EXECUTABLE,
    SWF_QUEUE,
    SWF_PARTITION,
    SWF_PRECEDING_JOB,
    SWF_THINK_S,
    SWF_FIELD_COUNT
} swf_field;

typedef struct swf_job {
    double field[SWF_FIELD_COUNT];
    bool more_fields; // behind them, of whatever kind
} swf_job;

// Which defaults stood in for unknown values of a job.
typedef struct swf_notes {
    bool requested_processors; // for the allocated ones
    bool unknown_origin;       // the first origin
    bool deadline_floor;       // deadline_s_min
} swf_notes;

// Read 18 numbers; what stands behind them is ignored. False when the line is not of this form.
bool swf_job_parse(const char *text, size_t length, swf_job *job);

// The value of a header line "; Key: value" if its key is one worth keeping: writes "Key: value"
// as one line of UTF-8, cut to DCAT_SWF_HEADER_BYTES. *converted: it was something else, and is
// read as Latin-1. False for every other comment. length is at most IMPORT_LINE_BYTES_MAX.
bool swf_header_parse(const char *text, size_t length, char header[DCAT_SWF_HEADER_BYTES],
                      bool *converted);

// Turn a job into a task whose area is an index into config->origins; false with the reason when it
// is skipped. The config is a checked one.
bool swf_job_convert(const swf_job *job, const dcat_import_swf_config *config, dcat_task *task,
                     swf_notes *notes, dcat_swf_skip *reason);

#endif
