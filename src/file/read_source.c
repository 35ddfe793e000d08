// SPDX-License-Identifier: Apache-2.0
#include "file/read_source.h"

#include "base/array_room.h"
#include "file/embedded.h"
#include "file/text.h"
#ifdef DCAT_HAVE_ARCHIVE
#include "file/foreign/decoder.h"
#endif

#include <errno.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SHIPPED_PATH_MAX 256
#define PACKED_BYTES 65536

// --- Opening

// Take the last component off path; false when there is none.
static bool drop_component(char *path)
{
    if (path[0] == '\0') {
        return false;
    }
    char *slash = strrchr(path, '/');
    *(slash == NULL ? path : slash) = '\0';
    return true;
}

bool source_shipped_path(const char *folder, const char *name, char *path, size_t path_bytes)
{
    size_t used = strlen(folder);
    if (used >= path_bytes) {
        return false;
    }
    memcpy(path, folder, used + 1);
    while (*name != '\0') {
        size_t length = strcspn(name, "/");
        bool stay = length == 0 || (length == 1 && name[0] == '.');
        bool up = length == 2 && name[0] == '.' && name[1] == '.';
        if (up && !drop_component(path)) {
            return false;
        }
        if (!stay && !up) {
            used = strlen(path);
            if (used + 1 + length >= path_bytes) {
                return false;
            }
            if (used > 0) {
                path[used++] = '/';
            }
            memcpy(path + used, name, length);
            path[used + length] = '\0';
        }
        name += length + (name[length] == '/');
    }
    return true;
}

static dcat_status open_shipped(const char *folder, const char *name, input *in, dcat_error *err)
{
    char path[SHIPPED_PATH_MAX];
    const struct dcat_shipped_file *file = NULL;
    if (source_shipped_path(folder, name, path, sizeof path)) {
        file = shipped_find(path);
    }
    if (file == NULL) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND,
                         "%s: no such file among the shipped ones (a file of your own needs an "
                         "absolute path here)",
                         TEXT_SHOW(name, strlen(name)));
    }
    if (asprintf(&in->path, "shipped:%s", path) < 0) {
        in->path = NULL;
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a path");
    }
    in->data = (const char *)file->data;
    in->size = file->size;
    return DCAT_OK;
}

dcat_status source_refuse_pipe(const char *path, dcat_error *err)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISFIFO(info.st_mode)
               ? dcat_fail(err, DCAT_ERR_NOT_FOUND, "%s: is a named pipe, a file is needed", path)
               : DCAT_OK;
}

static dcat_status open_on_disk(const char *folder, const char *name, input *in, dcat_error *err)
{
    bool whole = name[0] == '/' || folder[0] == '\0';
    if (asprintf(&in->path, "%s%s%s", whole ? "" : folder, whole ? "" : "/", name) < 0) {
        in->path = NULL;
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a path");
    }
    dcat_status status = source_refuse_pipe(in->path, err);
    if (status != DCAT_OK) {
        return status;
    }
    in->file = fopen(in->path, "rbe");
    if (in->file == NULL) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        return dcat_fail(err, missing ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO, "%s: %s", in->path,
                         strerror(errno));
    }
    return DCAT_OK;
}

// --- Compressed files

// The next bytes as they lie in the file.
static size_t read_file(input *in, void *bytes, size_t size)
{
    size_t held = in->head_count < size ? in->head_count : size;
    memcpy(bytes, in->head, held);
    in->head_count -= held;
    memmove(in->head, in->head + held, in->head_count);
    return held + fread((char *)bytes + held, 1, size - held, in->file);
}

static dcat_status look_for_compression(input *in, bool *found, dcat_error *err)
{
    static const struct {
        const char *bytes;
        size_t length;
    } magic[] = {{"\x1f\x8b", 2},
                 {"\xfd"
                  "7zXZ",
                  5},
                 {"BZh", 3},
                 {"\x28\xb5\x2f\xfd", 4}};
    errno = 0;
    size_t length = fread(in->head, 1, sizeof in->head, in->file);
    if (ferror(in->file) && errno != EISDIR) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: %s", in->path, strerror(errno));
    }
    *found = false;
    for (size_t i = 0; i < sizeof magic / sizeof *magic; i++) {
        *found = *found || (length >= magic[i].length &&
                            memcmp(in->head, magic[i].bytes, magic[i].length) == 0);
    }
    in->head_count = fseek(in->file, 0, SEEK_SET) == 0 ? 0 : length;
    return DCAT_OK;
}

#ifdef DCAT_HAVE_ARCHIVE
// The decoder reads the file through here, so that the hash is of what lies on the disk.
static la_ssize_t feed_decoder(struct archive *decoder, void *user, const void **bytes)
{
    input *in = user;
    size_t count = read_file(in, in->packed, PACKED_BYTES);
    if (ferror(in->file)) {
        archive_set_error(decoder, errno, "%s", strerror(errno));
        return -1;
    }
    crypto_hash_sha256_update(&in->hash, in->packed, count);
    in->byte_count += count;
    *bytes = in->packed;
    return (la_ssize_t)count;
}

// An input does not move once it is open: the decoder holds its address.
static dcat_status open_decoder(input *in, dcat_error *err)
{
    in->packed = malloc(PACKED_BYTES);
    in->decoder = decoder_create();
    if (in->packed == NULL || in->decoder == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory while opening", in->path);
    }
    return decoder_begin(in->decoder, archive_read_open(in->decoder, in, NULL, feed_decoder, NULL),
                         in->path, err);
}

static dcat_status read_decoder(const input *in, char *bytes, size_t size, size_t *count,
                                dcat_error *err)
{
    return decoder_read(in->decoder, in->path, bytes, size, count, err);
}

static void close_decoder(const input *in)
{
    archive_read_free(in->decoder);
}
#else
static dcat_status open_decoder(const input *in, dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_FORMAT,
                     "%s: is compressed, which this build of dcat does not read: unpack it first",
                     in->path);
}

static dcat_status read_decoder(const input *in, char *bytes, size_t size, size_t *count,
                                dcat_error *err)
{
    (void)bytes, (void)size, (void)count;
    return open_decoder(in, err);
}

static void close_decoder(const input *in)
{
    (void)in;
}
#endif

dcat_status source_open(const file_source *from, const char *name, input *in, dcat_error *err)
{
    *in = (input){.hashed = true};
    crypto_hash_sha256_init(&in->hash);
    dcat_status status = from->shipped && name[0] != '/'
                             ? open_shipped(from->folder, name, in, err)
                             : open_on_disk(from->folder, name, in, err);
    bool compressed = false;
    if (status == DCAT_OK && in->file != NULL) {
        status = look_for_compression(in, &compressed, err);
    }
    if (status == DCAT_OK && compressed) {
        status = open_decoder(in, err);
    }
    if (status != DCAT_OK) {
        input_close(in, NULL);
    } else if (in->file == NULL) {
        crypto_hash_sha256_update(&in->hash, (const unsigned char *)in->data, in->size);
        in->byte_count = in->size;
    }
    return status;
}

void input_memory(input *in, const char *path, const char *data, size_t size)
{
    *in = (input){.path = strdup(path), .data = data, .size = size};
}

// --- Reading

dcat_status input_read(input *in, char *bytes, size_t size, size_t *count, dcat_error *err)
{
    if (in->file == NULL) {
        *count = in->size - in->at < size ? in->size - in->at : size;
        if (*count > 0) { // memory of no bytes may be NULL
            memcpy(bytes, in->data + in->at, *count);
        }
        in->at += *count;
        return DCAT_OK;
    }
    if (in->decoder != NULL) {
        return read_decoder(in, bytes, size, count, err);
    }
    errno = 0;
    *count = read_file(in, bytes, size);
    if (ferror(in->file)) {
        dcat_status status = errno == EISDIR ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO;
        return dcat_fail(err, status, "%s: %s", in->path, strerror(errno));
    }
    crypto_hash_sha256_update(&in->hash, (const unsigned char *)bytes, *count);
    in->byte_count += *count;
    return DCAT_OK;
}

dcat_status input_read_all(input *in, size_t limit, char **text, size_t *size, dcat_error *err)
{
    char *bytes = NULL;
    size_t capacity = 0;
    size_t used = 0;
    for (;;) {
        dcat_status status = array_room(&bytes, &capacity, used + 4096, 1, err);
        size_t count = 0;
        if (status == DCAT_OK) {
            status = input_read(in, bytes + used, capacity - used - 1, &count, err);
        }
        if (status == DCAT_OK && used + count > limit) {
            status = dcat_fail(err, DCAT_ERR_RANGE, "%s: must be at most %zu bytes long", in->path,
                               limit);
        }
        if (status != DCAT_OK) {
            free(bytes);
            return status;
        }
        if (count == 0) {
            break;
        }
        used += count;
    }
    bytes[used] = '\0';
    *text = bytes;
    *size = used;
    return DCAT_OK;
}

dcat_status source_read_all(const char *path, size_t limit, char **text, size_t *size,
                            dcat_error *err)
{
    const file_source here = {.folder = ""};
    input in;
    dcat_status status = source_open(&here, path, &in, err);
    if (status == DCAT_OK) {
        status = input_read_all(&in, limit, text, size, err);
        input_close(&in, NULL);
    }
    return status;
}

void input_close(input *in, dcat_input_file *record)
{
    if (in->decoder != NULL) {
        close_decoder(in);
    }
    free(in->packed);
    if (in->file != NULL) {
        fclose(in->file);
    }
    if (record != NULL) {
        unsigned char hash[crypto_hash_sha256_BYTES];
        crypto_hash_sha256_final(&in->hash, hash);
        sodium_bin2hex(record->sha256, sizeof record->sha256, hash, sizeof hash);
        record->path = in->path;
        record->byte_count = in->byte_count;
    } else {
        free(in->path);
    }
    *in = (input){0};
}
