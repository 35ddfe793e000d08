// SPDX-License-Identifier: Apache-2.0
// scenario_folder.h - a temporary folder of files for tests that load scenarios from disk.

#ifndef DCAT_TESTS_SCENARIO_SCENARIO_FOLDER_H
#define DCAT_TESTS_SCENARIO_SCENARIO_FOLDER_H

#include "support.h"

#include "dcat/x/scenario.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[256];

static int folder_make(void **fixture)
{
    (void)fixture;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/dcat-scenario-XXXXXX", base == NULL ? "/tmp" : base);
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static inline void folder_path(const char *name, char *path, size_t path_bytes)
{
    snprintf(path, path_bytes, "%s/%s", folder, name);
}

static inline int folder_remove(void **fixture)
{
    (void)fixture;
    DIR *all = opendir(folder);
    struct dirent *entry;
    while (all != NULL && (entry = readdir(all)) != NULL) {
        char path[600];
        folder_path(entry->d_name, path, sizeof path);
        if (entry->d_name[0] != '.') {
            remove(path);
        }
    }
    closedir(all);
    return rmdir(folder);
}

static inline void folder_write_bytes(const char *name, const char *bytes, size_t size)
{
    char path[600];
    folder_path(name, path, sizeof path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void folder_write(const char *name, const char *text)
{
    folder_write_bytes(name, text, strlen(text));
}

// Load a file of the folder; NULL and the message, with the folder's path cut out, when it fails.
static inline dcat_scenario *folder_load(const char *name, const char *set, dcat_error *err)
{
    char path[600];
    folder_path(name, path, sizeof path);
    dcat_scenario *scenario = NULL;
    *err = (dcat_error){0};
    dcat_status status = dcat_scenario_load(path, &set, set == NULL ? 0 : 1, &scenario, err);
    assert_int_equal(status, scenario == NULL ? err->status : DCAT_OK);
    size_t length = strlen(folder);
    for (char *at = strstr(err->message, folder); at != NULL; at = strstr(at, folder)) {
        memmove(at, at + length + 1, strlen(at + length + 1) + 1);
    }
    return scenario;
}

static inline void expect_error(const char *set, dcat_status status, const char *message)
{
    dcat_error err;
    dcat_scenario *scenario = folder_load("scenario.yaml", set, &err);
    assert_null(scenario);
    assert_string_equal(err.message, message);
    assert_int_equal(err.status, status);
}

static inline dcat_scenario *expect_scenario(const char *name, const char *set)
{
    dcat_error err;
    dcat_scenario *scenario = folder_load(name, set, &err);
    if (scenario == NULL) {
        fail_msg("%s does not load: %s", name, err.message);
    }
    return scenario;
}

#endif
