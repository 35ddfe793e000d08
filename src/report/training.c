// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/training.h"

#include "dcat/x/file.h"
#include "file/json_write.h"
#include "report/figure/training.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct dcat_training_log {
    const char *path; // borrowed
    int descriptor;   // -1: not open
    figure_training_point *points;
    size_t point_count, point_room;
};

static const char header[] =
    "epoch,reward,reward_average,reward_sampled,entropy,critic_error,gradient_norm,learning_rate,"
    "clusters_per_server,cycles,choices,validation_gain,simulation_s,scoring_s,backward_s,"
    "optimiser_s,exchange_s\n";

enum { COLUMN_EPOCH, COLUMN_REWARD, COLUMN_AVERAGE, COLUMN_ENTROPY = 4, COLUMN_GAIN = 11, COLUMNS };
#define LINE_MAX_BYTES 512

// --- points

// The numbers of a line, as far as the figure needs them; false when it is no line of ours. The
// figure is drawn from what the log says, so that a resumed training draws the same one.
static bool read_point(const char *line, figure_training_point *point)
{
    double columns[COLUMNS] = {0};
    for (size_t i = 0; i < COLUMNS; i++) {
        char *end = NULL;
        columns[i] = *line == ',' ? (double)NAN : strtod(line, &end);
        line = *line == ',' ? line : end;
        if (*line != ',') {
            return false;
        }
        line++;
    }
    if (!(columns[COLUMN_EPOCH] >= 1.0 && columns[COLUMN_EPOCH] <= (double)UINT32_MAX)) {
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

static dcat_status open_to_append(dcat_training_log *log, dcat_error *err)
{
    log->descriptor = open(log->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    return log->descriptor >= 0 ? DCAT_OK
                                : dcat_fail(err, DCAT_ERR_IO, "%s: %s", log->path, strerror(errno));
}

static dcat_training_log *log_new(const char *path, dcat_error *err)
{
    dcat_training_log *log = malloc(sizeof *log);
    if (log == NULL) {
        dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a log");
        return NULL;
    }
    *log = (dcat_training_log){.path = path, .descriptor = -1};
    return log;
}

// A log that was made as it should be; otherwise it goes.
static dcat_status hand_out(dcat_training_log *made, dcat_status status, dcat_training_log **log,
                            dcat_error *err)
{
    status = status == DCAT_OK ? open_to_append(made, err) : status;
    if (status != DCAT_OK) {
        dcat_training_log_destroy(made);
        return status;
    }
    *log = made;
    return DCAT_OK;
}

dcat_status dcat_training_log_create(const char *path, bool force, dcat_training_log **log,
                                     dcat_error *err)
{
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_training_log *made = log_new(path, err);
    if (made == NULL) {
        return DCAT_ERR_MEMORY;
    }
    dcat_status status = dcat_output_single_open(path, force, &output, &file, err);
    if (status == DCAT_OK) {
        fputs(header, file);
        status = dcat_output_single_commit(output, err);
    }
    return hand_out(made, status, log, err);
}

// Copy header and lines up to an epoch. A last line without an end was being written; it goes.
static dcat_status copy_lines(dcat_training_log *log, FILE *from, uint32_t epoch, FILE *to,
                              dcat_error *err)
{
    char line[LINE_MAX_BYTES];
    for (size_t number = 1; fgets(line, sizeof line, from) != NULL; number++) {
        figure_training_point point;
        if (strchr(line, '\n') == NULL && strlen(line) < sizeof line - 1) {
            break;
        }
        if (number == 1 ? strcmp(line, header) != 0 : !read_point(line, &point)) {
            return dcat_fail(err, DCAT_ERR_FORMAT, "%s:%zu: not the log of a training", log->path,
                             number);
        }
        if (number > 1 && point.epoch > epoch) {
            break;
        }
        dcat_status status = number > 1 ? keep_point(log, &point, err) : DCAT_OK;
        if (status != DCAT_OK) {
            return status;
        }
        fputs(line, to);
    }
    return ferror(from) ? dcat_fail(err, DCAT_ERR_IO, "%s: reading failed", log->path) : DCAT_OK;
}

static dcat_status cut_after(dcat_training_log *log, FILE *from, uint32_t epoch, dcat_error *err)
{
    dcat_output_single *output = NULL;
    FILE *to = NULL;
    dcat_status status = dcat_output_single_open(log->path, true, &output, &to, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = copy_lines(log, from, epoch, to, err);
    return dcat_output_single_finish(output, status, err);
}

dcat_status dcat_training_log_resume(const char *path, uint32_t epoch, dcat_training_log **log,
                                     dcat_error *err)
{
    FILE *from = fopen(path, "r");
    if (from == NULL && errno == ENOENT) {
        return dcat_training_log_create(path, false, log, err);
    }
    if (from == NULL) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: %s", path, strerror(errno));
    }
    dcat_training_log *made = log_new(path, err);
    dcat_status status = made != NULL ? cut_after(made, from, epoch, err) : DCAT_ERR_MEMORY;
    fclose(from);
    return made != NULL ? hand_out(made, status, log, err) : status;
}

// Half a line may stay; a resumed training drops it.
static void cut_off(const dcat_training_log *log, off_t end)
{
    if (end >= 0 && ftruncate(log->descriptor, end) != 0) {
        return;
    }
}

// All of it or, if possible, nothing: what a full disk took is cut off again.
static dcat_status append(const dcat_training_log *log, const char *bytes, size_t count,
                          dcat_error *err)
{
    off_t end = lseek(log->descriptor, 0, SEEK_END);
    for (size_t at = 0; at < count;) {
        ssize_t written = write(log->descriptor, &bytes[at], count - at);
        if (written < 0) {
            dcat_fail(err, DCAT_ERR_IO, "%s: %s", log->path, strerror(errno));
            cut_off(log, end);
            return DCAT_ERR_IO;
        }
        at += (size_t)written;
    }
    return DCAT_OK;
}

dcat_status dcat_training_log_add(dcat_training_log *log, const dcat_train_report *r,
                                  double reward_average, double gain, dcat_error *err)
{
    char line[LINE_MAX_BYTES], gain_text[32] = "";
    if (!isnan(gain)) {
        snprintf(gain_text, sizeof gain_text, "%.6f", gain);
    }
    int length = snprintf(line, sizeof line,
                          "%" PRIu32 ",%.6f,%.6f,%.6f,%.5f,%.6f,%.5g,%.6g,%.4f,%" PRIu64 ",%" PRIu64
                          ",%s,%.4g,%.4g,%.4g,%.4g,%.4g\n",
                          r->epoch, r->profit, reward_average, r->profit_sampled, r->entropy,
                          r->critic_error, r->gradient_norm, r->learning_rate, r->cluster_count,
                          r->cycle_count, r->choice_count, gain_text, r->simulation_s, r->scoring_s,
                          r->backward_s, r->optimiser_s, r->exchange_s);
    dcat_status status = append(log, line, (size_t)length, err);
    if (status != DCAT_OK) {
        return status;
    }
    figure_training_point point = {0};
    read_point(line, &point);
    return keep_point(log, &point, err);
}

dcat_status dcat_training_log_sync(const dcat_training_log *log, dcat_error *err)
{
    return fdatasync(log->descriptor) == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_IO, "%s: %s", log->path, strerror(errno));
}

void dcat_training_log_destroy(dcat_training_log *log)
{
    if (log == NULL) {
        return;
    }
    if (log->descriptor >= 0) {
        close(log->descriptor);
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
