// SPDX-License-Identifier: Apache-2.0
// Folders that appear complete or not at all: written as output_make_temporary names them, renamed,
// or exchanged with the folder that was there.

#include "dcat/x/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "file/output/paths.h"
#include "file/output/stream.h"
#include "file/read_source.h"
#include "file/result_format.h"

#define MANIFEST_BYTES_MAX ((size_t)16 << 20) // far more than any of ours

typedef struct named_stream {
    output_stream *stream;
    char *name;
} named_stream;

struct dcat_output {
    char *path;
    char *temporary;
    char *parent_made; // topmost parent folder that this output made; NULL if all existed
    bool force;
    bool among_others; // of the user's, which stay
    bool inside;       // the temporary folder is inside of the one that the files are for
    int lock;          // descriptor of the temporary folder, which says that somebody writes it
    named_stream *streams;
    size_t stream_count;
    char notes[1024]; // lines
};

// --- Folders

// Whether a folder holds nothing at all.
static dcat_status is_empty_folder(const char *path, bool *is, dcat_error *err)
{
    DIR *list = opendir(path);
    size_t count = 0;
    errno = list == NULL ? errno : 0;
    for (struct dirent *entry = list == NULL ? NULL : readdir(list); entry != NULL;
         entry = readdir(list)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    dcat_status status = DCAT_OK;
    if (errno != 0) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (list != NULL) {
        closedir(list);
    }
    *is = count == 0;
    return status;
}

// Whether a folder is a result of dcat: its manifest says so. Web projects have a manifest.json
// too, so the name alone is not enough.
static dcat_status is_result_folder(const char *path, bool *is, dcat_error *err)
{
    const file_source here = {.folder = path};
    input in;
    char *text = NULL;
    size_t size = 0;
    dcat_status status = source_open(&here, "manifest.json", &in, err);
    if (status == DCAT_OK) {
        status = input_read_all(&in, MANIFEST_BYTES_MAX, &text, &size, err);
        input_close(&in, NULL);
    }
    *is = false;
    if (status == DCAT_ERR_NOT_FOUND || status == DCAT_ERR_RANGE || status == DCAT_ERR_FORMAT) {
        return DCAT_OK; // no file, or not ours: too large, or damaged where it is compressed
    }
    if (status == DCAT_OK) {
        json_error_t why;
        json_t *manifest = json_object_of(text, size, &why);
        const char *format = json_string_value(json_object_get(manifest, "format"));
        *is = format != NULL && strcmp(format, DCAT_MANIFEST_FORMAT) == 0;
        if (manifest == NULL && why.text[0] == '\0') {
            status = dcat_fail(err, DCAT_ERR_MEMORY, "%s/manifest.json: out of memory", path);
        }
        json_decref(manifest);
    }
    free(text);
    return status;
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
    bool may = false;
    dcat_status status = DCAT_OK;
    if (S_ISDIR(info.st_mode)) {
        status = is_empty_folder(path, &may, err);
    }
    if (status == DCAT_OK && S_ISDIR(info.st_mode) && !may) {
        status = is_result_folder(path, &may, err);
    }
    if (status == DCAT_OK && !may) {
        return dcat_fail(err, DCAT_ERR_EXISTS,
                         "%s is not a result folder of dcat (no manifest.json of ours in it), so "
                         "it is not replaced even with --force",
                         path);
    }
    return status;
}

// Whether files may be put into a folder that may be there.
static dcat_status check_files(const char *path, const char *const *names, size_t name_count,
                               bool force, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    struct stat info;
    for (size_t i = 0; i < name_count && status == DCAT_OK; i++) {
        char *whole = output_join(path, "/", names[i]);
        if (whole == NULL) {
            status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
        } else if (lstat(whole, &info) == 0 && !S_ISREG(info.st_mode)) {
            status = dcat_fail(err, DCAT_ERR_EXISTS, "%s exists and is not a plain file", whole);
        } else if (!force && output_exists(whole)) {
            status = dcat_fail(err, DCAT_ERR_EXISTS,
                               "%s exists already; choose another name, or --force to replace it",
                               whole);
        }
        free(whole);
    }
    if (status == DCAT_OK && stat(path, &info) == 0 && !S_ISDIR(info.st_mode)) {
        status = dcat_fail(err, DCAT_ERR_EXISTS, "%s exists and is no folder", path);
    }
    return status;
}

// Where the temporary folder of an output is made: beside its path, or for files of a folder that
// cannot be exchanged, inside of it, named for the first of them.
static dcat_status make_temporary(dcat_output *output, const char *first, dcat_error *err)
{
    output->inside =
        first != NULL && output_exists(output->path) && !output_may_exchange(output->path);
    char *inner = first == NULL ? NULL : output_join(output->path, "/", first);
    if (first != NULL && inner == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    output_remove_abandoned(output->path);
    if (inner != NULL) {
        output_remove_abandoned(inner);
    }
    dcat_status status = output_make_temporary(output->inside ? inner : output->path, true,
                                               &output->temporary, &output->lock, err);
    free(inner);
    return status;
}

// names NULL: the whole folder is the output's.
static dcat_status open_output(const char *path, const char *const *names, size_t name_count,
                               bool force, dcat_output **output, dcat_error *err)
{
    dcat_output *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->lock = -1;
        made->force = force;
        made->among_others = names != NULL;
        made->path = output_trimmed(path);
    }
    if (made == NULL || made->path == NULL) {
        dcat_output_abort(made);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status = names == NULL ? check_target(made->path, force, err)
                                       : check_files(made->path, names, name_count, force, err);
    if (status == DCAT_OK) {
        status = output_make_parents(made->path, &made->parent_made, err);
    }
    if (status == DCAT_OK) {
        status = make_temporary(made, names == NULL ? NULL : names[0], err);
    }
    if (status != DCAT_OK) {
        dcat_output_abort(made);
        return status;
    }
    *output = made;
    return DCAT_OK;
}

dcat_status dcat_output_open(const char *path, bool force, dcat_output **output, dcat_error *err)
{
    return open_output(path, NULL, 0, force, output, err);
}

dcat_status dcat_output_open_files(const char *path, const char *const *names, size_t name_count,
                                   bool force, dcat_output **output, dcat_error *err)
{
    return open_output(path, names, name_count, force, output, err);
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
    named_stream *grown = realloc(output->streams, sizeof *grown * (output->stream_count + 1));
    if (grown != NULL) {
        output->streams = grown;
    }
    char *whole = output_join(output->temporary, "/", name);
    char *copy = strdup(name);
    char *parent_made = NULL; // goes with the folder, so nobody needs to remember it
    output_stream *stream = NULL;
    if (grown == NULL || whole == NULL || copy == NULL) {
        dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    } else if (output_make_parents(whole, &parent_made, err) == DCAT_OK) {
        int file = open(whole, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0) {
            dcat_fail(err, errno == EEXIST ? DCAT_ERR_EXISTS : DCAT_ERR_IO, "%s/%s: %s",
                      output->path, name, strerror(errno));
        } else if ((stream = output_stream_open(file)) == NULL) {
            dcat_fail(err, DCAT_ERR_MEMORY, "%s/%s: out of memory", output->path, name);
        }
    }
    if (stream != NULL) {
        output->streams[output->stream_count++] = (named_stream){stream, copy};
    } else {
        free(copy);
    }
    free(parent_made);
    free(whole);
    return stream == NULL ? NULL : stream->file;
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
        int reason = output_stream_close(output->streams[i].stream, sync);
        if (reason != 0 && status == DCAT_OK) {
            status = dcat_fail(err, DCAT_ERR_IO, "%s/%s: writing failed: %s", output->path,
                               output->streams[i].name, strerror(reason));
        }
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
                           "%s is written, but the old folder, now %s, could not be removed: %s",
                           output->path, output->temporary, strerror(errno));
    }
    return status;
}

// What is there already is replaced: as a whole if that can be.
static dcat_status replace(const dcat_output *output, dcat_error *err)
{
    if (!output->among_others ||
        (!output->inside && output_link_others(output->path, output->temporary))) {
        return replace_folder(output, err);
    }
    dcat_status status = output_move_into(output->temporary, output->path, err);
    if (status == DCAT_OK) {
        output_remove_at(AT_FDCWD, output->temporary);
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
    if (status == DCAT_OK && !output->among_others && output_exists(output->path)) {
        status = check_target(output->path, output->force, err); // it may have appeared meanwhile
    }
    // On the disk before the name is: after a power cut the folder is whole or not there.
    if (status == DCAT_OK && !output_sync_tree(output->temporary)) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: %s", output->path, strerror(errno));
    }
    if (status == DCAT_OK && output_exists(output->path)) {
        status = replace(output, err);
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
