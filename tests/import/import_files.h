// SPDX-License-Identifier: Apache-2.0
// import_files.h - temporary folders with plain and compressed files, for tests of importers.

#ifndef DCAT_TESTS_IMPORT_IMPORT_FILES_H
#define DCAT_TESTS_IMPORT_IMPORT_FILES_H

#include "support.h"

#include <archive.h>
#include <archive_entry.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct test_folder {
    char path[PATH_MAX / 2];
} test_folder;

static inline test_folder folder_make(void)
{
    test_folder folder;
    const char *base = getenv("TMPDIR");
    snprintf(folder.path, sizeof folder.path, "%s/dcat-test.XXXXXX", base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(folder.path));
    return folder;
}

static inline int folder_remove_one(const char *path, const struct stat *about, int kind,
                                    struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void folder_remove(const test_folder *folder)
{
    nftw(folder->path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *folder_file(const test_folder *folder, const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    return path;
}

static inline void file_write(const test_folder *folder, const char *name, const char *text,
                              size_t length)
{
    FILE *file = fopen(folder_file(folder, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

// Compress with a filter of libarchive, such as archive_write_add_filter_xz.
static inline void file_write_packed(const test_folder *folder, const char *name, const char *text,
                                     int (*add_filter)(struct archive *))
{
    struct archive *archive = archive_write_new();
    assert_non_null(archive);
    assert_int_equal(add_filter(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(archive, folder_file(folder, name)), ARCHIVE_OK);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_pathname(entry, "data");
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(archive, text, strlen(text)), strlen(text));
    archive_entry_free(entry);
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
}

// The bytes of a file with a zero behind them, to be freed; NULL when there is no such file.
static inline char *file_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *bytes = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&bytes, &size);
    assert_non_null(memory);
    for (int byte = fgetc(file); byte != EOF; byte = fgetc(file)) {
        fputc(byte, memory);
    }
    fclose(file);
    fclose(memory);
    if (length != NULL) {
        *length = size;
    }
    return bytes;
}

// What comes after the leading '#' lines.
static inline const char *after_comments(const char *text)
{
    while (*text == '#') {
        text = strchr(text, '\n') + 1;
    }
    return text;
}

#endif
