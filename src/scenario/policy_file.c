// SPDX-License-Identifier: Apache-2.0
// policy_file.c - actors and trainers as files. Bytes come from and go to src/learn.

#include "dcat/x/policy_file.h"
#include "dcat/x/file.h"

#include "base/ranks/ranks.h"
#include "base/ranks/ranks_share.h"
#include "file/embedded.h"
#include "file/read_source.h"
#include <assert.h>
#include <stdlib.h>

#define POLICY_BYTES_MAX ((size_t)1 << 30)

// Write what was made. The file is complete or as it was before.
static dcat_status write_file(const unsigned char *bytes, size_t byte_count, const char *path,
                              dcat_error *err)
{
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_status status = dcat_output_single_open(path, true, &output, &file, err);
    if (status == DCAT_OK) {
        fwrite(bytes, 1, byte_count, file); // a failure shows at the commit
        status = dcat_output_single_commit(output, err);
    }
    return status;
}

dcat_status dcat_actor_load(const char *path, dcat_actor **actor, dcat_error *err)
{
    char *bytes = NULL;
    size_t byte_count = 0;
    dcat_status status = source_read_all(path, POLICY_BYTES_MAX, &bytes, &byte_count, err);
    if (status == DCAT_OK) {
        status = dcat_actor_read(bytes, byte_count, path, actor, err);
        free(bytes);
    }
    return status;
}

dcat_status dcat_actor_save(const dcat_actor *actor, const char *path, dcat_error *err)
{
    unsigned char *bytes = NULL;
    size_t byte_count = 0;
    dcat_status status = dcat_actor_write(actor, &bytes, &byte_count, err);
    if (status == DCAT_OK) {
        status = write_file(bytes, byte_count, path, err);
    }
    free(bytes);
    return status;
}

// The trained actors are part of the library.
dcat_status dcat_actor_shipped(const dcat_auction *auction, dcat_actor **actor, dcat_error *err)
{
    // Whose clusters' limits are their average cost, or their dearest member's?
    const char *path = auction->limit == DCAT_LIMIT_MEAN ? "policies/rea.safetensors"
                                                         : "policies/rea-s.safetensors";
    const struct dcat_shipped_file *file = shipped_find(path);
    assert(file != NULL);
    return dcat_actor_read(file->data, file->size, path, actor, err);
}

// --- trainers: rank 0 has the files, and how it fared is how all did

dcat_status dcat_trainer_save_actor(const dcat_trainer *trainer, const dcat_actor_origin *origin,
                                    const char *path, dcat_error *err)
{
    const dcat_ranks *ranks = dcat_trainer_ranks(trainer);
    unsigned char *bytes = NULL;
    size_t byte_count = 0;
    dcat_error failure = {0};
    dcat_status status = DCAT_OK;
    if (dcat_ranks_first(ranks)) {
        status = dcat_trainer_write_actor(trainer, origin, &bytes, &byte_count, &failure);
        if (status == DCAT_OK) {
            status = write_file(bytes, byte_count, path, &failure);
        }
        free(bytes);
    }
    status = ranks_agree(ranks, status, &failure);
    return status == DCAT_OK ? DCAT_OK : dcat_fail(err, status, "%s", failure.message);
}

dcat_status dcat_trainer_save(const dcat_trainer *trainer, const dcat_actor_origin *origin,
                              const char *path, dcat_error *err)
{
    const dcat_ranks *ranks = dcat_trainer_ranks(trainer);
    unsigned char *bytes = NULL;
    size_t byte_count = 0;
    dcat_error failure = {0};
    dcat_status status = dcat_trainer_write(trainer, origin, &bytes, &byte_count, &failure);
    if (status == DCAT_OK && dcat_ranks_first(ranks)) {
        status = write_file(bytes, byte_count, path, &failure);
    }
    free(bytes);
    status = ranks_agree(ranks, status, &failure);
    return status == DCAT_OK ? DCAT_OK : dcat_fail(err, status, "%s", failure.message);
}

dcat_status dcat_trainer_resume(const dcat_train_config *config, const dcat_train_source *source,
                                const char *path, dcat_trainer **trainer, dcat_error *err)
{
    char *file = NULL;
    size_t byte_count = 0;
    dcat_error failure = {0};
    dcat_status status = dcat_train_config_check(config, &failure);
    if (status != DCAT_OK) { // of the same configuration at every rank
        return dcat_fail(err, status, "%s", failure.message);
    }
    const dcat_ranks *ranks = config->jobs != NULL ? config->jobs->ranks : NULL;
    if (dcat_ranks_first(ranks)) {
        status = source_read_all(path, POLICY_BYTES_MAX, &file, &byte_count, &failure);
    }
    void *bytes = file;
    dcat_trainer *made = NULL;
    status = ranks_share(ranks, status, &bytes, &byte_count, &failure);
    if (status == DCAT_OK) {
        status = dcat_trainer_read(config, source, bytes, byte_count, path, &made, &failure);
    }
    free(bytes);
    status = ranks_agree(ranks, status, &failure);
    if (status != DCAT_OK) {
        dcat_trainer_destroy(made);
        return dcat_fail(err, status, "%s", failure.message);
    }
    *trainer = made;
    return DCAT_OK;
}

dcat_status dcat_trainer_load_note(const char *path, char note[DCAT_TRAIN_NOTE], dcat_error *err)
{
    char *bytes = NULL;
    size_t byte_count = 0;
    dcat_status status = source_read_all(path, POLICY_BYTES_MAX, &bytes, &byte_count, err);
    if (status == DCAT_OK) {
        status = dcat_trainer_read_note(bytes, byte_count, path, note, err);
        free(bytes);
    }
    return status;
}
