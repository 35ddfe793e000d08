// SPDX-License-Identifier: Apache-2.0
// Files that appear complete or not at all: written as output_make_temporary names
// them, and renamed.

#include "dcat/x/file.h"
#include "file/output/paths.h"
#include "file/output/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct dcat_output_single {
    char *path;
    char *temporary;
    char *parent_made;
    bool force;
    output_stream *stream;
};

static dcat_status check_single_target(const char *path, bool force, dcat_error *err)
{
    const char *name = output_last_part(path);
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "output file \"%s\" must end in a name", path);
    }
    struct stat info;
    if (lstat(path, &info) != 0) {
        return DCAT_OK;
    }
    if (!S_ISREG(info.st_mode)) {
        return dcat_fail(err, DCAT_ERR_EXISTS, "%s exists and is not a plain file", path);
    }
    if (!force) {
        return dcat_fail(err, DCAT_ERR_EXISTS,
                         "%s exists already; choose another name, or --force to replace it", path);
    }
    return DCAT_OK;
}

dcat_status dcat_output_single_open(const char *path, bool force, dcat_output_single **output,
                                    FILE **file, dcat_error *err)
{
    dcat_output_single *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->force = force;
        made->path = strdup(path);
    }
    if (made == NULL || made->path == NULL) {
        dcat_output_single_abort(made);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status = check_single_target(path, force, err);
    if (status == DCAT_OK) {
        status = output_make_parents(path, &made->parent_made, err);
    }
    int file_lock = -1;
    if (status == DCAT_OK) {
        output_remove_abandoned(path);
        status = output_make_temporary(path, false, &made->temporary, &file_lock, err);
    }
    if (status == DCAT_OK) {
        made->stream = output_stream_open(file_lock);
        if (made->stream == NULL) {
            status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
        }
    }
    if (status != DCAT_OK) {
        dcat_output_single_abort(made);
        return status;
    }
    *output = made;
    *file = made->stream->file;
    return DCAT_OK;
}

static void single_free(dcat_output_single *output)
{
    free(output->parent_made);
    free(output->temporary);
    free(output->path);
    free(output);
}

dcat_status dcat_output_single_commit(dcat_output_single *output, dcat_error *err)
{
    // On the disk before the name is: after a power cut the file is the old one or the new one.
    int reason = output_stream_close(output->stream, true);
    output->stream = NULL;
    dcat_status status = DCAT_OK;
    if (reason != 0) {
        status =
            dcat_fail(err, DCAT_ERR_IO, "%s: writing failed: %s", output->path, strerror(reason));
    } else {
        status = check_single_target(output->path, output->force, err);
    }
    if (status == DCAT_OK && rename(output->temporary, output->path) != 0) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: %s", output->path, strerror(errno));
    }
    if (status != DCAT_OK) {
        dcat_output_single_abort(output);
        return status;
    }
    output_sync_parents(output->path, output->parent_made); // the file is there either way
    single_free(output);
    return DCAT_OK;
}

void dcat_output_single_abort(dcat_output_single *output)
{
    if (output == NULL) {
        return;
    }
    if (output->stream != NULL) {
        output_stream_close(output->stream, false);
    }
    if (output->temporary != NULL) {
        unlink(output->temporary);
    }
    output_remove_parents(output->path == NULL ? "" : output->path, output->parent_made);
    single_free(output);
}

dcat_status dcat_output_single_finish(dcat_output_single *output, dcat_status status,
                                      dcat_error *err)
{
    if (status == DCAT_OK) {
        return dcat_output_single_commit(output, err);
    }
    dcat_output_single_abort(output);
    return status;
}
