// SPDX-License-Identifier: Apache-2.0
// Feeds every file of the folders given as arguments to a fuzz program's entry point.
//
// libFuzzer needs clang; this runs the same entry point over a corpus with any compiler, so that
// every input that was ever worth keeping is a test.

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

#define EXIT_SKIP 77

static void stop(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(EXIT_FAILURE);
}

// The bytes lie in a block of exactly their size, so that a sanitizer sees a read past them.
static void replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (file == NULL || data == NULL || fread(data, 1, size, file) != size) {
        stop(path);
    }
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static size_t replay_folder(const char *folder)
{
    struct dirent **entries = NULL;
    int entry_count = scandir(folder, &entries, NULL, alphasort);
    if (entry_count < 0) {
        if (errno == ENOENT) {
            return 0;
        }
        stop(folder);
    }
    size_t file_count = 0;
    for (int i = 0; i < entry_count; i++) {
        char *path = NULL;
        struct stat status;
        if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0 || stat(path, &status) != 0) {
            stop(folder);
        }
        if (S_ISREG(status.st_mode) && entries[i]->d_name[0] != '.') {
            replay_file(path, (size_t)status.st_size);
            file_count++;
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    return file_count;
}

int main(int argc, char **argv)
{
    if (LLVMFuzzerInitialize != NULL) {
        LLVMFuzzerInitialize(&argc, &argv);
    }
    size_t file_count = 0;
    for (int i = 1; i < argc; i++) {
        file_count += replay_folder(argv[i]);
    }
    printf("%zu inputs replayed\n", file_count);
    if (file_count == 0) {
        fprintf(stderr, "no inputs: the corpus is missing\n");
        return EXIT_SKIP;
    }
    return EXIT_SUCCESS;
}
