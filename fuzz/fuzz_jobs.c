// SPDX-License-Identifier: Apache-2.0
// The file of a kept job holds anything: what comes back is what was kept under this key, or
// nothing.

#include "file/job_store.h"
#include "report/compare_job.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static char folder[] = "/tmp/dcat-fuzz-jobs-XXXXXX";
static char path[128];

static void remove_all(void)
{
    unlink(path);
    rmdir(folder);
}

static job_store open_store(const job_key *key)
{
    static bool made;
    if (!made) {
        require(mkdtemp(folder) != NULL);
        snprintf(path, sizeof path, "%s/%s.json", folder, key->hex);
        made = true;
        atexit(remove_all);
    }
    return (job_store){.folder = folder};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const job_key key = job_key_of("one", 3);
    job_store store = open_store(&key);
    const dcat_run_result kept = {.cycle_count = 3, .cluster_count = 0.1, .totals.fee = 1.0 / 3.0};
    // The bytes alone; and over the beginning, the middle or the end of a file that was kept.
    for (int part = 0; part < 4; part++) {
        require(compare_job_keep(&store, &key, &kept, NULL) == DCAT_OK);
        FILE *file = fopen(path, part == 0 ? "wb" : "r+b");
        require(file != NULL && fseek(file, 0, SEEK_END) == 0);
        long length = ftell(file);
        long first = part == 1 ? 0 : part == 2 ? length / 2 : length - (long)size;
        require(fseek(file, first > 0 ? first : 0, SEEK_SET) == 0);
        require(fwrite(data, 1, size, file) == size && fclose(file) == 0);
        dcat_run_result back = {0};
        if (compare_job_recall(&store, &key, &back)) {
            require(memcmp(&back, &kept, sizeof back) == 0);
        }
    }
    return 0;
}
