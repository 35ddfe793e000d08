#include "rl/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 30)

static dcat_status read_open(FILE *file, const char *path, unsigned char **bytes,
                             size_t *byte_count, dcat_error *err)
{
    struct stat facts;
    if (fstat(fileno(file), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: not a regular file", path);
    }
    if (facts.st_size < 0 || (size_t)facts.st_size > FILE_MAX) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: larger than 1 GiB", path);
    }
    size_t size = (size_t)facts.st_size;
    unsigned char *made = malloc(size > 0 ? size : 1);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: no memory for %zu KiB", path, size >> 10);
    }
    if (fread(made, 1, size, file) != size) {
        free(made);
        return dcat_fail(err, DCAT_ERR_IO, "%s: reading failed", path);
    }
    *bytes = made;
    *byte_count = size;
    return DCAT_OK;
}

dcat_status rl_file_read(const char *path, unsigned char **bytes, size_t *byte_count,
                         dcat_error *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return dcat_fail(err, errno == ENOENT ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO,
                         "%s: cannot open: %s", path, strerror(errno));
    }
    dcat_status status = read_open(file, path, bytes, byte_count, err);
    fclose(file);
    return status;
}

dcat_status rl_file_write(const char *path, const unsigned char *bytes, size_t byte_count,
                          dcat_error *err)
{
    size_t room = strlen(path) + sizeof ".tmp-XXXXXX";
    char *temporary = malloc(room);
    if (temporary == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: no memory for its name", path);
    }
    snprintf(temporary, room, "%s.tmp-XXXXXX", path);
    int descriptor = mkstemp(temporary);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    bool done = file != NULL && fchmod(descriptor, 0644) == 0 &&
                fwrite(bytes, 1, byte_count, file) == byte_count && fflush(file) == 0 &&
                fsync(descriptor) == 0;
    int reason = errno;
    if (file != NULL && fclose(file) != 0 && done) {
        done = false;
        reason = errno;
    }
    if (done && rename(temporary, path) != 0) {
        done = false;
        reason = errno;
    }
    if (!done && descriptor >= 0) {
        unlink(temporary);
    }
    free(temporary);
    return done ? DCAT_OK
                : dcat_fail(err, DCAT_ERR_IO, "%s: cannot write: %s", path, strerror(reason));
}
