// SPDX-License-Identifier: Apache-2.0
// Folders that appear complete or not at all: written as output_make_temporary names them, renamed,
// or exchanged with the folder that was there.

#include "dcat/x/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/output/paths.h"
#include "file/result_format.h"

typedef struct output_stream {
    FILE *file;
    char *name;
} output_stream;

struct dcat_output {
    char *path;
    char *temporary;
    char *parent_made; // topmost parent folder that this output made; NULL if all existed
    bool force;
    int lock; // descriptor of the temporary folder, which says that somebody writes it
    output_stream *streams;
    size_t stream_count;
    char notes[1024]; // lines
};

// --- Folders

// Whether a folder holds nothing at all.
static bool is_empty_folder(const char *path)
{
    DIR *list = opendir(path);
    size_t count = 0;
    for (struct dirent *entry = list == NULL ? NULL : readdir(list); entry != NULL;
         entry = readdir(list)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    if (list == NULL) {
        return false;
    }
    closedir(list);
    return count == 0;
}

// Whether a folder is a result of dcat: its manifest says so. Web projects have a manifest.json
// too, so the name alone is not enough.
static bool is_result_folder(const char *path)
{
    char *name = output_join(path, "/", "manifest.json");
    json_t *manifest = name == NULL ? NULL : json_load_file(name, 0, NULL);
    const char *format = json_string_value(json_object_get(manifest, "format"));
    bool is = format != NULL && strcmp(format, DCAT_MANIFEST_FORMAT) == 0;
    json_decref(manifest);
    free(name);
    return is;
}

// Whether an output may be put at path.
static dcat_status check_target(const char *path, bool force, dcat_error *err)
{
    const char *name = output_last_part(path);
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "output folder \"%s\" must end in a name", path);
    }
    struct stat info;
    if (lstat(path, &info) != 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? DCAT_OK // a parent that is no folder is reported when parents are made
                   : dcat_fail(err, DCAT_ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (!force) {
        return dcat_fail(err, DCAT_ERR_EXISTS,
                         "%s exists already; choose another folder, or --force to replace it",
                         path);
    }
    if (!S_ISDIR(info.st_mode) || !(is_empty_folder(path) || is_result_folder(path))) {
        return dcat_fail(err, DCAT_ERR_EXISTS,
                         "%s is not a result folder of dcat (no manifest.json of ours in it), so "
                         "it is not replaced even with --force",
                         path);
    }
    return DCAT_OK;
}

dcat_status dcat_output_open(const char *path, bool force, dcat_output **output, dcat_error *err)
{
    dcat_output *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->lock = -1;
        made->force = force;
        made->path = output_trimmed(path);
    }
    if (made == NULL || made->path == NULL) {
        dcat_output_abort(made);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status = check_target(made->path, force, err);
    if (status == DCAT_OK) {
        status = output_make_parents(made->path, &made->parent_made, err);
    }
    if (status == DCAT_OK) {
        output_remove_abandoned(made->path);
        status = output_make_temporary(made->path, true, &made->temporary, &made->lock, err);
    }
    if (status != DCAT_OK) {
        dcat_output_abort(made);
        return status;
    }
    *output = made;
    return DCAT_OK;
}

// Whether a name stays inside the folder it is put in.
static bool is_inner_name(const char *name)
{
    return name[0] != '\0' && name[0] != '/' && strcmp(name, "..") != 0 &&
           strncmp(name, "../", 3) != 0 && strstr(name, "/../") == NULL;
}

FILE *dcat_output_file(dcat_output *output, const char *name, dcat_error *err)
{
    assert(is_inner_name(name));
    output_stream *grown = realloc(output->streams, sizeof *grown * (output->stream_count + 1));
    if (grown != NULL) {
        output->streams = grown;
    }
    char *whole = output_join(output->temporary, "/", name);
    char *copy = strdup(name);
    char *parent_made = NULL; // goes with the folder, so nobody needs to remember it
    FILE *file = NULL;
    if (grown == NULL || whole == NULL || copy == NULL) {
        dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    } else if (output_make_parents(whole, &parent_made, err) == DCAT_OK) {
        file = fopen(whole, "wxe");
        if (file == NULL) {
            dcat_fail(err, errno == EEXIST ? DCAT_ERR_EXISTS : DCAT_ERR_IO, "%s/%s: %s",
                      output->path, name, strerror(errno));
        }
    }
    if (file != NULL) {
        output->streams[output->stream_count++] = (output_stream){file, copy};
    } else {
        free(copy);
    }
    free(parent_made);
    free(whole);
    return file;
}

const char *dcat_output_temporary(const dcat_output *output)
{
    return output->temporary;
}

void dcat_output_note(dcat_output *output, const char *line)
{
    size_t length = strlen(output->notes);
    if (strstr(output->notes, line) == NULL &&
        length + strlen(line) + 1 < sizeof output->notes) { // the first ones are worth most
        snprintf(output->notes + length, sizeof output->notes - length, "%s\n", line);
    }
}

const char *dcat_output_notes(const dcat_output *output)
{
    return output->notes;
}

// Close every stream, with sync once it is on the disk; the first that could not be written is the
// error.
static dcat_status close_streams(dcat_output *output, bool sync, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t i = 0; i < output->stream_count; i++) {
        FILE *file = output->streams[i].file;
        bool failed = ferror(file) != 0;
        errno = 0;
        failed = (sync && (fflush(file) != 0 || fsync(fileno(file)) != 0)) || failed;
        failed = fclose(file) != 0 || failed;
        if (failed && status == DCAT_OK) {
            status = dcat_fail(err, DCAT_ERR_IO, "%s/%s: writing failed%s%s", output->path,
                               output->streams[i].name, errno != 0 ? ": " : "",
                               errno != 0 ? strerror(errno) : "");
        }
    }
    for (size_t i = 0; i < output->stream_count; i++) {
        free(output->streams[i].name);
    }
    output->stream_count = 0;
    return status;
}

// Without an exchange of names in one step: the old folder is moved aside first.
static dcat_status move_aside(const dcat_output *output, dcat_error *err)
{
    char suffix[OUTPUT_SUFFIX_LENGTH + 1];
    output_random_suffix(suffix);
    char *aside = output_join(output->path, OUTPUT_TEMPORARY, suffix);
    if (aside == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status = DCAT_OK;
    if (rename(output->path, aside) != 0) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: cannot move the old folder aside: %s",
                           output->path, strerror(errno));
    } else if (rename(output->temporary, output->path) != 0) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: %s", output->path, strerror(errno));
        if (rename(aside, output->path) != 0) {
            status = dcat_fail(err, DCAT_ERR_IO, "%s: %s; the old folder is now %s", output->path,
                               strerror(errno), aside);
        }
    } else if (rename(aside, output->temporary) != 0) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s is written; the old folder is now %s",
                           output->path, aside);
    }
    free(aside);
    return status;
}

// Put the finished folder in place of an old one, which is removed last: the name is there all the
// time, for the old folder or the new one.
static dcat_status replace_folder(const dcat_output *output, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    if (renameat2(AT_FDCWD, output->temporary, AT_FDCWD, output->path, RENAME_EXCHANGE) != 0) {
        status = errno == EINVAL || errno == ENOSYS
                     ? move_aside(output, err)
                     : dcat_fail(err, DCAT_ERR_IO, "%s: %s", output->path, strerror(errno));
    }
    if (status == DCAT_OK && (!output_sync_parents(output->path, NULL) ||
                              !output_remove_at(AT_FDCWD, output->temporary))) {
        // The result is in place; what is left of the old one is named rather than hidden.
        status = dcat_fail(err, DCAT_ERR_IO,
                           "%s is written, but the old folder, now %s, could not be removed",
                           output->path, output->temporary);
    }
    return status;
}

static void output_free(dcat_output *output)
{
    if (output->lock >= 0) {
        close(output->lock);
    }
    free(output->streams);
    free(output->parent_made);
    free(output->temporary);
    free(output->path);
    free(output);
}

dcat_status dcat_output_commit(dcat_output *output, dcat_error *err)
{
    dcat_status status = close_streams(output, true, err);
    if (status == DCAT_OK && output_exists(output->path)) {
        status = check_target(output->path, output->force, err); // it may have appeared meanwhile
    }
    // On the disk before the name is: after a power cut the folder is whole or not there.
    if (status == DCAT_OK && !output_sync_tree(output->temporary)) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: %s", output->path, strerror(errno));
    }
    if (status == DCAT_OK && output_exists(output->path)) {
        status = replace_folder(output, err);
    } else if (status == DCAT_OK && rename(output->temporary, output->path) != 0) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: %s", output->path, strerror(errno));
    }
    if (status != DCAT_OK) {
        dcat_output_abort(output);
        return status;
    }
    output_sync_parents(output->path, output->parent_made); // the result is there either way
    output_free(output);
    return DCAT_OK;
}

void dcat_output_abort(dcat_output *output)
{
    if (output == NULL) {
        return;
    }
    close_streams(output, false, NULL);
    if (output->temporary != NULL) {
        output_remove_at(AT_FDCWD, output->temporary);
    }
    output_remove_parents(output->path == NULL ? "" : output->path, output->parent_made);
    output_free(output);
}

dcat_status dcat_output_finish(dcat_output *output, dcat_status status, dcat_error *err)
{
    if (status == DCAT_OK) {
        return dcat_output_commit(output, err);
    }
    dcat_output_abort(output);
    return status;
}
