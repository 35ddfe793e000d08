// SPDX-License-Identifier: Apache-2.0
#include "falsify.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>

struct falsify_run run;

// ---- telling Python

void falsify_hex(const char *key, const void *bytes, size_t count)
{
    fprintf(run.python, ",\"%s\":\"", key);
    for (size_t i = 0; i < count; i++) {
        fprintf(run.python, "%02x", ((const unsigned char *)bytes)[i]);
    }
    fputc('"', run.python);
}

void falsify_path(const verify_hash *path, size_t count)
{
    fputs(",\"path\":[", run.python);
    for (size_t i = 0; i < count; i++) {
        fputs(i > 0 ? ",\"" : "\"", run.python);
        for (int b = 0; b < VERIFY_HASH; b++) {
            fprintf(run.python, "%02x", path[i].byte[b]);
        }
        fputc('"', run.python);
    }
    fputc(']', run.python);
}

// Count a case; true: Python is to be told, which costs it so much.
bool falsify_count(bool holds, bool due, uint64_t cost)
{
    if (holds != due) {
        fail_msg("%s is %s", due ? "a true one" : "a false one", holds ? "accepted" : "refused");
    }
    run.accepted += holds;
    run.refused += !holds;
    bool tell = due || (++run.turn % (run.every > 0 ? run.every : cost)) == 0;
    run.told += tell;
    return tell;
}

void falsify_case(const char *kind, bool holds)
{
    fprintf(run.python, "{\"kind\":\"%s\",\"holds\":%s", kind, holds ? "true" : "false");
}

verify_hash falsify_leaf(uint64_t n)
{
    return verify_leaf(&n, sizeof n);
}

verify_hash falsify_root(uint64_t size)
{
    verify_tree tree = {.size = 0};
    for (uint64_t i = 0; i < size; i++) {
        const verify_hash leaf = falsify_leaf(i);
        verify_tree_add(&tree, &leaf);
    }
    return verify_tree_root(&tree);
}

int falsify_begin(void **fixture)
{
    (void)fixture;
    run.full = getenv("DCAT_FULL") != NULL;
    const char *every = getenv("FALSIFY_TOLD");
    run.every = every != NULL ? strtoull(every, NULL, 10) : run.full;
    run.python = popen("/usr/bin/python3 " DCAT_SOURCE_DIR "/tests/proof/agree.py " DCAT_SOURCE_DIR
                       "/examples/verify",
                       "w");
    return run.python != NULL && sodium_init() >= 0 ? 0 : 1;
}

int falsify_end(void **fixture)
{
    (void)fixture;
    int code = pclose(run.python);
    printf("%" PRIu64 " true ones accepted, %" PRIu64
           " false ones refused; Python was told %" PRIu64 "\n",
           run.accepted, run.refused, run.told);
    return code == 0 ? 0 : 1;
}
