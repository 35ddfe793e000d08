// SPDX-License-Identifier: Apache-2.0
#include "output_support.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>

bool there(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

size_t entry_count(const char *path)
{
    DIR *list = opendir(path);
    assert_non_null(list);
    size_t count = 0;
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    }
    closedir(list);
    return count;
}

void assert_content(const char *path, const char *expected)
{
    char text[256] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

int set_up(void **fixture)
{
    place *p = calloc(1, sizeof *p);
    p->folder = folder_make();
    snprintf(p->out, sizeof p->out, "%s", folder_file(&p->folder, "out"));
    *fixture = p;
    return 0;
}

int tear_down(void **fixture)
{
    place *p = *fixture;
    folder_remove(&p->folder);
    free(p);
    return 0;
}

// Let no file grow beyond byte_count; writing on gives an error instead of a signal.
struct rlimit limit_file_size(rlim_t byte_count)
{
    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    struct rlimit tight = {byte_count, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    return old;
}
