// SPDX-License-Identifier: Apache-2.0
#include "import/lines.h"

#include "base/array_room.h"
#include "file/foreign/decoder.h"
#include "file/read_source.h"
#include "file/text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// --- Cutting into lines

void import_splitter_init(import_splitter *splitter, import_line_fn *receive, void *user)
{
    splitter->receive = receive;
    splitter->user = user;
    splitter->line_count = 0;
    splitter->overlong = false;
    splitter->length = 0;
}

// Hand one finished line over.
static void emit(import_splitter *splitter, const char *text, size_t length)
{
    static const char mark[] = "\xef\xbb\xbf";
    import_line line = {text, length, ++splitter->line_count, splitter->overlong};
    if (line.number == 1 && length >= 3 && memcmp(text, mark, 3) == 0) {
        line.text += 3;
        line.length -= 3;
    }
    if (line.length > 0 && line.text[line.length - 1] == '\r') {
        line.length--;
    }
    if (line.overlong) {
        line.length = 0;
    }
    splitter->receive(splitter->user, &line);
    splitter->overlong = false;
    splitter->length = 0;
}

// Put part of a line aside until the rest of it comes.
static void keep(import_splitter *splitter, const char *bytes, size_t byte_count)
{
    if (splitter->overlong || byte_count > IMPORT_LINE_BYTES_MAX - splitter->length) {
        splitter->overlong = true;
        splitter->length = 0;
        return;
    }
    memcpy(splitter->text + splitter->length, bytes, byte_count);
    splitter->length += byte_count;
}

void import_splitter_feed(import_splitter *splitter, const char *bytes, size_t byte_count)
{
    const char *end = bytes + byte_count;
    while (bytes < end) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        if (stop == NULL) {
            keep(splitter, bytes, (size_t)(end - bytes));
            return;
        }
        size_t length = (size_t)(stop - bytes);
        bool whole = splitter->length == 0 && !splitter->overlong;
        if (whole && length <= IMPORT_LINE_BYTES_MAX) {
            emit(splitter, bytes, length); // the common case copies nothing
        } else {
            keep(splitter, bytes, length);
            emit(splitter, splitter->text, splitter->length);
        }
        bytes = stop + 1;
    }
}

void import_splitter_finish(import_splitter *splitter)
{
    if (splitter->length > 0 || splitter->overlong) {
        emit(splitter, splitter->text, splitter->length);
    }
}

// --- Reading

// Where the bytes of a file go, piece by piece.
typedef dcat_status piece_fn(void *user, const char *bytes, size_t byte_count, dcat_error *err);

static dcat_status decode_all(struct archive *decoder, const char *path, piece_fn *take, void *user,
                              dcat_error *err)
{
    char piece[64 * 1024];
    size_t got = 0;
    dcat_status status = decoder_read(decoder, path, piece, sizeof piece, &got, err);
    while (status == DCAT_OK && got > 0) {
        status = take(user, piece, got, err);
        if (status == DCAT_OK) {
            status = decoder_read(decoder, path, piece, sizeof piece, &got, err);
        }
    }
    return status;
}

static dcat_status open_regular(const char *path, int *file, dcat_error *err)
{
    dcat_status status = source_refuse_pipe(path, err);
    if (status != DCAT_OK) {
        return status;
    }
    *file = open(path, O_RDONLY | O_CLOEXEC);
    if (*file < 0) {
        status = errno == ENOENT || errno == ENOTDIR ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO;
        return dcat_fail(err, status, "%s: %s", path, strerror(errno));
    }
    struct stat about;
    if (fstat(*file, &about) == 0 && S_ISDIR(about.st_mode)) {
        close(*file);
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "%s: is a folder, a file is needed", path);
    }
    return DCAT_OK;
}

static dcat_status read_pieces(const char *path, piece_fn *take, void *user, dcat_error *err)
{
    int file = -1;
    dcat_status status = open_regular(path, &file, err);
    if (status != DCAT_OK) {
        return status;
    }
    struct archive *decoder = decoder_create();
    if (decoder == NULL) {
        close(file);
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory while opening", path);
    }
    int code = archive_read_open_fd(decoder, file, 64 * 1024);
    status = decoder_begin(decoder, code, path, err);
    if (status == DCAT_OK) {
        status = decode_all(decoder, path, take, user, err);
    }
    archive_read_free(decoder);
    close(file);
    return status;
}

static dcat_status cut_piece(void *user, const char *bytes, size_t byte_count, dcat_error *err)
{
    (void)err;
    import_splitter_feed(user, bytes, byte_count);
    return DCAT_OK;
}

dcat_status import_read_lines(const char *path, import_line_fn *receive, void *user,
                              dcat_error *err)
{
    import_splitter splitter;
    import_splitter_init(&splitter, receive, user);
    dcat_status status = read_pieces(path, cut_piece, &splitter, err);
    if (status == DCAT_OK) {
        import_splitter_finish(&splitter);
    }
    return status;
}

typedef struct whole_text {
    const char *path;
    char *bytes;
    size_t size, capacity, limit;
} whole_text;

static dcat_status append_piece(void *user, const char *bytes, size_t byte_count, dcat_error *err)
{
    whole_text *whole = user;
    if (byte_count > whole->limit - whole->size) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s: must be at most %zu bytes long, unpacked",
                         whole->path, whole->limit);
    }
    if (array_room(&whole->bytes, &whole->capacity, whole->size + byte_count, 1, NULL) != DCAT_OK) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory while reading", whole->path);
    }
    assert(whole->bytes != NULL);
    memcpy(whole->bytes + whole->size, bytes, byte_count);
    whole->size += byte_count;
    return DCAT_OK;
}

dcat_status import_read_all(const char *path, size_t limit, char **text, size_t *size,
                            dcat_error *err)
{
    whole_text whole = {.path = path, .limit = limit};
    dcat_status status = read_pieces(path, append_piece, &whole, err);
    if (status != DCAT_OK) {
        free(whole.bytes);
        return status;
    }
    *text = whole.bytes;
    *size = whole.size;
    return DCAT_OK;
}

// --- Counting

void import_count(dcat_import_count *count, const char *file, uint64_t line)
{
    if (count->count < DCAT_IMPORT_WHERE_MAX) {
        char *where = count->where[count->count];
        // A file name may hold anything, and a terminal obeys it.
        snprintf(where, DCAT_IMPORT_WHERE_BYTES, "%s:%llu", TEXT_SHOW(file, strlen(file)),
                 (unsigned long long)line);
    }
    count->count++;
}

const char *import_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}
