// SPDX-License-Identifier: Apache-2.0
#include "file/foreign/decoder.h"

#include <archive_entry.h>
#include <errno.h>
#include <string.h>

// Choice: the compressions that data are published in, not every filter of libarchive, since some
// of them start other programs when the first bytes of a file ask for it, and one takes plain text
// for uuencoded data.
struct archive *decoder_create(void)
{
    struct archive *decoder = archive_read_new();
    if (decoder == NULL) {
        return NULL;
    }
    if (archive_read_support_filter_gzip(decoder) < ARCHIVE_WARN ||
        archive_read_support_filter_xz(decoder) < ARCHIVE_WARN ||
        archive_read_support_filter_bzip2(decoder) < ARCHIVE_WARN ||
        archive_read_support_filter_zstd(decoder) < ARCHIVE_WARN ||
        archive_read_support_format_raw(decoder) < ARCHIVE_WARN ||
        archive_read_support_format_empty(decoder) < ARCHIVE_WARN ||
        // Opening makes room here for what it is given, and never asks whether there was any.
        archive_read_set_callback_data(decoder, NULL) != ARCHIVE_OK) {
        archive_read_free(decoder);
        return NULL;
    }
    return decoder;
}

// What libarchive says, told apart: the disk's fault or the file's, of which EILSEQ and EINVAL are
// two ways to say that it is damaged.
static dcat_status decoder_fail(struct archive *decoder, const char *path, dcat_error *err)
{
    int code = archive_errno(decoder);
    const char *text = archive_error_string(decoder);
    if (code == ENOMEM) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory while reading", path);
    }
    if (code > 0 && code != EILSEQ && code != EINVAL) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: cannot be read: %s", path, strerror(code));
    }
    return dcat_fail(err, DCAT_ERR_FORMAT, "%s: cannot be read: %s", path,
                     text != NULL ? text : "damaged or cut off");
}

dcat_status decoder_begin(struct archive *decoder, int code, const char *path, dcat_error *err)
{
    // The entry of its own may be missing, and it would not notice.
    struct archive_entry *entry = archive_entry_new();
    if (entry == NULL || (code != ARCHIVE_OK && archive_error_string(decoder) == NULL)) {
        archive_entry_free(entry);
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory while opening", path);
    }
    if (code == ARCHIVE_OK) {
        code = archive_read_next_header2(decoder, entry);
    }
    archive_entry_free(entry);
    return code >= ARCHIVE_WARN ? DCAT_OK : decoder_fail(decoder, path, err);
}

dcat_status decoder_read(struct archive *decoder, const char *path, char *bytes, size_t size,
                         size_t *count, dcat_error *err)
{
    *count = 0;
    if (archive_file_count(decoder) == 0) {
        return DCAT_OK; // an empty file
    }
    la_ssize_t got = archive_read_data(decoder, bytes, size);
    *count = got > 0 ? (size_t)got : 0;
    return got >= 0 ? DCAT_OK : decoder_fail(decoder, path, err);
}
