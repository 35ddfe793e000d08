// SPDX-License-Identifier: Apache-2.0
#include "import/lines.h"

#include "file/read_array.h"
#include "file/text.h"

#include <archive.h>
#include <archive_entry.h>
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

// A decoder for the compressions that workload archives use. Choice: not every filter of
// libarchive, since some of them start other programs when the first bytes of a file ask for it,
// and one takes plain text for uuencoded data.
static struct archive *decoder_create(void)
{
    struct archive *decoder = archive_read_new();
    if (decoder == NULL) {
        return NULL;
    }
    archive_read_support_filter_gzip(decoder);
    archive_read_support_filter_xz(decoder);
    archive_read_support_filter_bzip2(decoder);
    archive_read_support_filter_zstd(decoder);
    archive_read_support_format_raw(decoder);
    archive_read_support_format_empty(decoder);
    return decoder;
}

// What libarchive says, told apart: the disk's fault or the file's.
static dcat_status decoder_fail(struct archive *decoder, const char *path, dcat_error *err)
{
    int code = archive_errno(decoder);
    const char *text = archive_error_string(decoder);
    if (code == ENOMEM) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory while reading", path);
    }
    dcat_status status = code == EIO ? DCAT_ERR_IO : DCAT_ERR_FORMAT;
    return dcat_fail(err, status, "%s: cannot be read: %s", path,
                     text != NULL ? text : "damaged or cut off");
}

// Where the bytes of a file go, piece by piece; false when there is no memory for them.
typedef bool piece_fn(void *user, const char *bytes, size_t byte_count);

static dcat_status decode_all(struct archive *decoder, const char *path, piece_fn *take, void *user,
                              dcat_error *err)
{
    struct archive_entry *entry = NULL;
    int code = archive_read_next_header(decoder, &entry);
    if (code == ARCHIVE_EOF) {
        return DCAT_OK; // an empty file
    }
    if (code < ARCHIVE_WARN) {
        return decoder_fail(decoder, path, err);
    }
    char piece[64 * 1024];
    la_ssize_t got;
    while ((got = archive_read_data(decoder, piece, sizeof piece)) > 0) {
        if (!take(user, piece, (size_t)got)) {
            return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory while reading", path);
        }
    }
    return got < 0 ? decoder_fail(decoder, path, err) : DCAT_OK;
}

static dcat_status open_regular(const char *path, int *file, dcat_error *err)
{
    *file = open(path, O_RDONLY | O_CLOEXEC);
    if (*file < 0) {
        dcat_status status = errno == ENOENT || errno == ENOTDIR ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO;
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
    if (archive_read_open_fd(decoder, file, 64 * 1024) != ARCHIVE_OK) {
        status = decoder_fail(decoder, path, err);
    } else {
        status = decode_all(decoder, path, take, user, err);
    }
    archive_read_free(decoder);
    close(file);
    return status;
}

static bool cut_piece(void *user, const char *bytes, size_t byte_count)
{
    import_splitter_feed(user, bytes, byte_count);
    return true;
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
    char *bytes;
    size_t size, capacity, limit;
} whole_text;

static bool append_piece(void *user, const char *bytes, size_t byte_count)
{
    whole_text *whole = user;
    if (byte_count > whole->limit - whole->size ||
        array_room(&whole->bytes, &whole->capacity, whole->size + byte_count, 1, NULL) != DCAT_OK) {
        return false;
    }
    assert(whole->bytes != NULL);
    memcpy(whole->bytes + whole->size, bytes, byte_count);
    whole->size += byte_count;
    return true;
}

dcat_status import_read_all(const char *path, size_t limit, char **text, size_t *size,
                            dcat_error *err)
{
    whole_text whole = {.limit = limit};
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
