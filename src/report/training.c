// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/training.h"

#include "dcat/x/file.h"
#include "file/json_write.h"
#include "report/training.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EPOCHS, TIMES, FILES };

typedef struct log_file {
    const char *path; // borrowed
    const char *header;
    int descriptor; // -1: not open
} log_file;

struct dcat_training_log {
    log_file files[FILES];
    figure_training_point *points;
    size_t point_count, point_room;
};

static const char epochs_header[] =
    "epoch,reward,reward_average,reward_sampled,entropy,critic_error,gradient_norm,learning_rate,"
    "clusters_per_server,cycles,choices,validation_gain\n";
static const char times_header[] =
    "epoch,simulation_s,scoring_s,backward_s,optimiser_s,exchange_s\n";

enum {
    COLUMN_EPOCH,
    COLUMN_REWARD,
    COLUMN_AVERAGE,
    COLUMN_ENTROPY = 4,
    COLUMN_GAIN = 11,
    COLUMNS,
    TIME_COLUMNS = 6
};
#define LINE_MAX_BYTES 512

// --- points

// The numbers of a line of our columns; false when it is none.
static bool read_columns(const char *line, double *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char end_of_column = i + 1 < count ? ',' : '\n';
        char *end = NULL;
        columns[i] = *line == end_of_column ? (double)NAN : strtod(line, &end);
        line = *line == end_of_column ? line : end;
        if (*line++ != end_of_column) {
            return false;
        }
    }
    return columns[COLUMN_EPOCH] >= 1.0 && columns[COLUMN_EPOCH] <= (double)UINT32_MAX;
}

// The figure is drawn from what the log says, so that a resumed training draws the same one.
static bool read_point(const char *line, figure_training_point *point)
{
    double columns[COLUMNS] = {0};
    if (!read_columns(line, columns, COLUMNS)) {
        return false;
    }
    *point = (figure_training_point){
        .epoch = (uint32_t)columns[COLUMN_EPOCH],
        .reward = columns[COLUMN_REWARD],
        .reward_average = columns[COLUMN_AVERAGE],
        .entropy = columns[COLUMN_ENTROPY],
        .gain = columns[COLUMN_GAIN],
    };
    return true;
}

static dcat_status keep_point(dcat_training_log *log, const figure_training_point *point,
                              dcat_error *err)
{
    if (log->point_count == log->point_room) {
        size_t room = log->point_room > 0 ? 2 * log->point_room : 1024;
        figure_training_point *grown = realloc(log->points, sizeof *grown * room);
        if (grown == NULL) {
            return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a log of %zu epochs", room);
        }
        log->points = grown;
        log->point_room = room;
    }
    log->points[log->point_count++] = *point;
    return DCAT_OK;
}

// --- files

static dcat_status open_to_append(log_file *f, dcat_error *err)
{
    f->descriptor = open(f->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    return f->descriptor >= 0 ? DCAT_OK
                              : dcat_fail(err, DCAT_ERR_IO, "%s: %s", f->path, strerror(errno));
}

static dcat_status start_file(log_file *f, bool force, dcat_error *err)
{
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_status status = dcat_output_single_open(f->path, force, &output, &file, err);
    if (status == DCAT_OK) {
        fputs(f->header, file);
        status = dcat_output_single_commit(output, err);
    }
    return status == DCAT_OK ? open_to_append(f, err) : status;
}

// Takes a line over up to an epoch; *over says that this one is beyond it.
static dcat_status take_line(dcat_training_log *log, int which, const char *line, uint32_t epoch,
                             bool *over, dcat_error *err)
{
    double times[TIME_COLUMNS];
    figure_training_point point = {0};
    bool ok = which == EPOCHS ? read_point(line, &point) : read_columns(line, times, TIME_COLUMNS);
    if (!ok) {
        return DCAT_ERR_FORMAT;
    }
    *over = which == EPOCHS ? point.epoch > epoch : times[COLUMN_EPOCH] > epoch;
    return which == EPOCHS && !*over ? keep_point(log, &point, err) : DCAT_OK;
}

// Copy header and lines up to an epoch. A last line without an end was being written; it goes.
static dcat_status copy_lines(dcat_training_log *log, int which, FILE *from, uint32_t epoch,
                              FILE *to, dcat_error *err)
{
    const log_file *f = &log->files[which];
    char line[LINE_MAX_BYTES];
    bool over = false;
    for (size_t number = 1; fgets(line, sizeof line, from) != NULL; number++) {
        if (strchr(line, '\n') == NULL && strlen(line) < sizeof line - 1) {
            break;
        }
        dcat_status status = number > 1 ? take_line(log, which, line, epoch, &over, err)
                             : strcmp(line, f->header) == 0 ? DCAT_OK
                                                            : DCAT_ERR_FORMAT;
        if (status != DCAT_OK) {
            return status != DCAT_ERR_FORMAT
                       ? status
                       : dcat_fail(err, status, "%s:%zu: not the log of a training", f->path,
                                   number);
        }
        if (over) {
            break;
        }
        fputs(line, to);
    }
    return ferror(from) ? dcat_fail(err, DCAT_ERR_IO, "%s: reading failed", f->path) : DCAT_OK;
}

static dcat_status resume_file(dcat_training_log *log, int which, uint32_t epoch, dcat_error *err)
{
    log_file *f = &log->files[which];
    dcat_output_single *output = NULL;
    FILE *to = NULL;
    FILE *from = fopen(f->path, "r");
    if (from == NULL && errno == ENOENT) {
        return start_file(f, false, err);
    }
    if (from == NULL) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: %s", f->path, strerror(errno));
    }
    dcat_status status = dcat_output_single_open(f->path, true, &output, &to, err);
    if (status == DCAT_OK) {
        status = copy_lines(log, which, from, epoch, to, err);
        status = dcat_output_single_finish(output, status, err);
    }
    fclose(from);
    return status == DCAT_OK ? open_to_append(f, err) : status;
}

// Both files, anew or from where they are.
static dcat_status open_log(const char *path, const char *timing_path, const uint32_t *epoch,
                            bool force, dcat_training_log **log, dcat_error *err)
{
    dcat_training_log *made = malloc(sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a log");
    }
    *made =
        (dcat_training_log){.files = {{path, epochs_header, -1}, {timing_path, times_header, -1}}};
    dcat_status status = DCAT_OK;
    for (int i = 0; status == DCAT_OK && i < FILES; i++) {
        status = epoch == NULL ? start_file(&made->files[i], force, err)
                               : resume_file(made, i, *epoch, err);
    }
    if (status != DCAT_OK) {
        dcat_training_log_destroy(made);
        return status;
    }
    *log = made;
    return DCAT_OK;
}

dcat_status dcat_training_log_create(const char *path, const char *timing_path, bool force,
                                     dcat_training_log **log, dcat_error *err)
{
    return open_log(path, timing_path, NULL, force, log, err);
}

dcat_status dcat_training_log_resume(const char *path, const char *timing_path, uint32_t epoch,
                                     dcat_training_log **log, dcat_error *err)
{
    return open_log(path, timing_path, &epoch, false, log, err);
}

// Half a line may stay; a resumed training drops it.
static void cut_off(const log_file *f, off_t end)
{
    if (end >= 0 && ftruncate(f->descriptor, end) != 0) {
        return;
    }
}

// All of it or, if possible, nothing: what a full disk took is cut off again.
static dcat_status append(const log_file *f, const char *bytes, size_t count, dcat_error *err)
{
    off_t end = lseek(f->descriptor, 0, SEEK_END);
    for (size_t at = 0; at < count;) {
        ssize_t written = write(f->descriptor, &bytes[at], count - at);
        if (written < 0) {
            dcat_fail(err, DCAT_ERR_IO, "%s: %s", f->path, strerror(errno));
            cut_off(f, end);
            return DCAT_ERR_IO;
        }
        at += (size_t)written;
    }
    return DCAT_OK;
}

dcat_status dcat_training_log_add(dcat_training_log *log, const dcat_train_report *r,
                                  double reward_average, double gain, dcat_error *err)
{
    char line[LINE_MAX_BYTES], times[LINE_MAX_BYTES], gain_text[32] = "";
    if (!isnan(gain)) {
        snprintf(gain_text, sizeof gain_text, "%.6f", gain);
    }
    int length =
        snprintf(line, sizeof line,
                 "%" PRIu32 ",%.6f,%.6f,%.6f,%.5f,%.6f,%.5g,%.6g,%.4f,%" PRIu64 ",%" PRIu64 ",%s\n",
                 r->epoch, r->profit, reward_average, r->profit_sampled, r->entropy,
                 r->critic_error, r->gradient_norm, r->learning_rate, r->cluster_count,
                 r->cycle_count, r->choice_count, gain_text);
    int times_length =
        snprintf(times, sizeof times, "%" PRIu32 ",%.4g,%.4g,%.4g,%.4g,%.4g\n", r->epoch,
                 r->simulation_s, r->scoring_s, r->backward_s, r->optimiser_s, r->exchange_s);
    dcat_status status = append(&log->files[EPOCHS], line, (size_t)length, err);
    if (status == DCAT_OK) {
        status = append(&log->files[TIMES], times, (size_t)times_length, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    figure_training_point point = {0};
    read_point(line, &point);
    return keep_point(log, &point, err);
}

dcat_status dcat_training_log_sync(const dcat_training_log *log, dcat_error *err)
{
    for (int i = 0; i < FILES; i++) {
        if (fdatasync(log->files[i].descriptor) != 0) {
            return dcat_fail(err, DCAT_ERR_IO, "%s: %s", log->files[i].path, strerror(errno));
        }
    }
    return DCAT_OK;
}

void dcat_training_log_destroy(dcat_training_log *log)
{
    if (log == NULL) {
        return;
    }
    for (int i = 0; i < FILES; i++) {
        if (log->files[i].descriptor >= 0) {
            close(log->files[i].descriptor);
        }
    }
    free(log->points);
    free(log);
}

dcat_status dcat_training_log_draw(const dcat_training_log *log, const char *format,
                                   const char *path, dcat_error *err)
{
    figure_format drawn = strcmp(format, "png") == 0 ? FIGURE_PNG : FIGURE_SVG;
    return log->point_count > 0
               ? figure_training_save(log->points, log->point_count, drawn, path, err)
               : DCAT_OK;
}

const figure_training_point *training_log_points(const dcat_training_log *log, size_t *count)
{
    *count = log->point_count;
    return log->points;
}

// --- summary

dcat_status dcat_write_training_json(const dcat_training_summary *s, FILE *file, dcat_error *err)
{
    json_t *document = json_pack(
        "{s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:i}", "policy",
        s->policy != NULL ? json_text(s->policy) : json_null(), "checkpoint",
        json_text(s->checkpoint), "scenario", json_text(s->scenario), "auction", s->auction->name,
        "estimator", dcat_estimator_name(s->estimator), "epochs", json_count(s->epoch_count),
        "epochs_planned", json_count(s->epochs_planned), "best_epoch", json_count(s->best_epoch),
        "validation_gain", json_number(s->validation_gain), "complete",
        s->epoch_count == s->epochs_planned, "wall_s", json_number(s->wall_s), "cycles",
        json_count(s->cycle_count), "processes", s->process_count);
    return json_write(document, file, err);
}
