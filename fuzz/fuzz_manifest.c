// SPDX-License-Identifier: Apache-2.0
// A folder's manifest.json holds anything: with --force the folder is replaced when the manifest is
// one of ours, and stays as it is, with a message, when it is not.

#include "dcat/x/file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char above[] = "/tmp/dcat-fuzz-manifest-XXXXXX";
static char folder[64], manifest[96];

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void remove_all(void)
{
    unlink(manifest);
    rmdir(folder);
    rmdir(above);
}

static void write_manifest(const uint8_t *data, size_t size)
{
    if (folder[0] == '\0') {
        require(mkdtemp(above) != NULL);
        snprintf(folder, sizeof folder, "%s/result", above);
        snprintf(manifest, sizeof manifest, "%s/manifest.json", folder);
        atexit(remove_all);
    }
    require(mkdir(folder, 0777) == 0 || access(folder, F_OK) == 0);
    FILE *file = fopen(manifest, "wb");
    require(file != NULL && fwrite(data, 1, size, file) == size && fclose(file) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dcat_output *output = NULL;
    dcat_error err = {0};
    write_manifest(data, size);
    dcat_status status = dcat_output_open(folder, true, &output, &err);
    if (status != DCAT_OK) {
        require(err.status == status && status == DCAT_ERR_EXISTS);
        require(strstr(err.message, "is not a result folder of dcat") != NULL);
    } else {
        require(dcat_output_finish(output, DCAT_ERR_IO, &err) == DCAT_ERR_IO); // gives it up
    }
    require(access(manifest, R_OK) == 0);
    return 0;
}
