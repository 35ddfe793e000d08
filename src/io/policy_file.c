// policy_file.c - actors and trainers as files. Bytes come from and go to src/rl.

#include "dcat/policy.h"
#include "dcat/result.h"
#include "dcat/train.h"

#include "io/read_source.h"
#include "rl/checkpoint.h"
#include "rl/trainer.h"
#include <stdlib.h>

#define POLICY_BYTES_MAX ((size_t)1 << 30)

static dcat_status read_file(const char *path, char **bytes, size_t *byte_count, dcat_error *err)
{
    const file_source here = {.folder = ""};
    input in;
    dcat_status status = source_open(&here, path, &in, err);
    if (status == DCAT_OK) {
        status = input_read_all(&in, POLICY_BYTES_MAX, bytes, byte_count, err);
        input_close(&in, NULL);
    }
    return status;
}

// Write what status says was made, and free it. The file is complete or as it was before.
static dcat_status write_file(dcat_status status, unsigned char *bytes, size_t byte_count,
                              const char *path, dcat_error *err)
{
    if (status != DCAT_OK) {
        return status;
    }
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    status = dcat_output_single_open(path, true, &output, &file, err);
    if (status == DCAT_OK) {
        fwrite(bytes, 1, byte_count, file); // a failure shows at the commit
        status = dcat_output_single_commit(output, err);
    }
    free(bytes);
    return status;
}

dcat_status dcat_actor_load(const char *path, dcat_actor **actor, dcat_error *err)
{
    char *bytes = NULL;
    size_t byte_count = 0;
    dcat_status status = read_file(path, &bytes, &byte_count, err);
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
    dcat_status status = rl_actor_write(actor, &bytes, &byte_count, err);
    return write_file(status, bytes, byte_count, path, err);
}

dcat_status dcat_trainer_save_actor(const dcat_trainer *trainer, const dcat_actor_origin *origin,
                                    const char *path, dcat_error *err)
{
    unsigned char *bytes = NULL;
    size_t byte_count = 0;
    dcat_status status = rl_trainer_write_actor(trainer, origin, &bytes, &byte_count, err);
    return write_file(status, bytes, byte_count, path, err);
}

dcat_status dcat_trainer_save(const dcat_trainer *trainer, const dcat_actor_origin *origin,
                              const char *path, dcat_error *err)
{
    unsigned char *bytes = NULL;
    size_t byte_count = 0;
    dcat_status status = rl_trainer_write(trainer, origin, &bytes, &byte_count, err);
    return write_file(status, bytes, byte_count, path, err);
}

dcat_status dcat_trainer_resume(const dcat_train_config *config, const dcat_train_source *source,
                                const char *path, dcat_trainer **trainer, dcat_error *err)
{
    char *bytes = NULL;
    size_t byte_count = 0;
    dcat_status status = read_file(path, &bytes, &byte_count, err);
    if (status == DCAT_OK) {
        status = rl_trainer_read(config, source, bytes, byte_count, path, trainer, err);
        free(bytes);
    }
    return status;
}

dcat_status dcat_trainer_read_note(const char *path, char note[DCAT_TRAIN_NOTE], dcat_error *err)
{
    char *bytes = NULL;
    size_t byte_count = 0;
    dcat_status status = read_file(path, &bytes, &byte_count, err);
    if (status == DCAT_OK) {
        status = rl_trainer_read_note(bytes, byte_count, path, note, err);
        free(bytes);
    }
    return status;
}
