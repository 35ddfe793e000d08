// SPDX-License-Identifier: Apache-2.0
// The files of `dcat train`: their names, and whether they may be written.

#include "tool/train/train.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

dcat_status train_name_files(train_paths *paths, const char *out, dcat_error *err)
{
    const struct {
        char *path;
        const char *suffix;
    } files[] = {{paths->checkpoint, ".checkpoint"},
                 {paths->log, ".csv"},
                 {paths->timing, ".timing.csv"},
                 {paths->svg, ".svg"},
                 {paths->png, ".png"},
                 {paths->report, ".report"},
                 {paths->page, ".report/report.html"}};
    paths->policy = out;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        int length = snprintf(files[i].path, TRAIN_PATH_MAX, "%s%s", out, files[i].suffix);
        if (length < 0 || length >= TRAIN_PATH_MAX) {
            return dcat_fail(err, DCAT_ERR_RANGE, "the path of -o must be shorter than %d bytes",
                             TRAIN_PATH_MAX - 32);
        }
    }
    return DCAT_OK;
}

#define FILE_COUNT 6

static void list_files(const train_session *s, const char *files[FILE_COUNT])
{
    files[0] = s->paths.policy;
    files[1] = s->paths.checkpoint;
    files[2] = s->paths.log;
    files[3] = s->paths.timing;
    files[4] = s->paths.svg;
    files[5] = s->options->png ? s->paths.png : s->paths.svg;
}

// Whether a log is empty or begins as ours do.
static bool is_our_log(const char *path)
{
    char begin[sizeof "epoch,"] = "";
    FILE *file = fopen(path, "re");
    size_t length = file == NULL ? 0 : fread(begin, 1, sizeof begin - 1, file);
    bool is = file != NULL && !ferror(file) && strncmp(begin, "epoch,", length) == 0;
    if (file != NULL) {
        fclose(file);
    }
    return is;
}

// The folder of the report may be ours, and then with force.
static dcat_status check_report(const train_session *s, dcat_error *err)
{
    dcat_output *output = NULL;
    dcat_status status = dcat_output_open(s->paths.report, s->common->force, &output, err);
    dcat_output_abort(output);
    return status;
}

// Without force, a training starts on free ground. Logs alone, without policy and checkpoint, are
// of one that was killed before its first checkpoint: there is nothing in them to go on from.
dcat_status train_check_ground(const train_session *s, dcat_error *err)
{
    const char *files[FILE_COUNT];
    struct stat info;
    list_files(s, files);
    bool begun = lstat(files[0], &info) == 0 || lstat(files[1], &info) == 0;
    for (size_t i = 0; i < FILE_COUNT; i++) {
        if (lstat(files[i], &info) != 0) {
            continue;
        }
        if (!S_ISREG(info.st_mode)) {
            return dcat_fail(err, DCAT_ERR_EXISTS, "%s exists and is not a plain file", files[i]);
        }
        bool is_log = i == 2 || i == 3;
        if (!s->common->force && (begun || !is_log || !is_our_log(files[i]))) {
            return dcat_fail(err, DCAT_ERR_EXISTS,
                             "%s exists already; choose another name, or --force to replace it%s",
                             files[i], i == 1 ? ", or --resume to go on from it" : "");
        }
    }
    return check_report(s, err);
}

// What an earlier training left must not be taken for this one's. Its policy stays until there is a
// new one.
dcat_status train_clear_ground(const train_session *s, dcat_error *err)
{
    const char *files[FILE_COUNT];
    list_files(s, files);
    for (size_t i = 1; i < FILE_COUNT; i++) {
        if (unlink(files[i]) != 0 && errno != ENOENT) {
            return dcat_fail(err, DCAT_ERR_IO, "%s: %s", files[i], strerror(errno));
        }
    }
    if (unlink(s->paths.page) != 0 && errno != ENOENT && errno != ENOTDIR) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: %s", s->paths.page, strerror(errno));
    }
    return DCAT_OK;
}
