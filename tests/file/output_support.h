// SPDX-License-Identifier: Apache-2.0
// output_support.h - what tests of written folders and files share.

#ifndef DCAT_TESTS_FILE_OUTPUT_SUPPORT_H
#define DCAT_TESTS_FILE_OUTPUT_SUPPORT_H

#include "import/import_files.h"
#include "support.h"
#include <stdbool.h>
#include <sys/resource.h>

// Each test has a fresh folder and writes to "out" in it.
typedef struct place {
    test_folder folder;
    char out[PATH_MAX];
} place;

bool there(const char *path);
size_t entry_count(const char *path);
void assert_content(const char *path, const char *expected);
int set_up(void **fixture);
int tear_down(void **fixture);
// Let no file grow beyond byte_count; writing on gives an error instead of a signal.
struct rlimit limit_file_size(rlim_t byte_count);

#endif
