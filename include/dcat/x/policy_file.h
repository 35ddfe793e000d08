// SPDX-License-Identifier: Apache-2.0
// policy_file.h - policies and checkpoints of trainings as files.

#ifndef DCAT_X_POLICY_FILE_H
#define DCAT_X_POLICY_FILE_H

#include "dcat/x/actor.h"
#include "dcat/x/train.h"

#ifdef __cplusplus
extern "C" {
#endif

// Read a file; see dcat_actor_read. Errors: also ERR_NOT_FOUND, ERR_IO.
DCAT_API dcat_status dcat_actor_load(const char *path, dcat_actor **actor, dcat_error *err);

// The generalist that ships with the library for a mechanism: rea's for rea and one-off, rea-s's
// for the others. Errors: ERR_MEMORY.
DCAT_API dcat_status dcat_actor_shipped(const dcat_auction *auction, dcat_actor **actor,
                                        dcat_error *err);

// Write a file that is complete or not there at all. Errors: ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_actor_save(const dcat_actor *actor, const char *path, dcat_error *err);

// The actor of a trainer alone, as a policy file. All ranks; rank 0 writes. Errors: ERR_IO,
// ERR_MEMORY.
DCAT_API dcat_status dcat_trainer_save_actor(const dcat_trainer *trainer,
                                             const dcat_actor_origin *origin, const char *path,
                                             dcat_error *err);

// Everything needed to go on: actor, optimiser, all environments. On the same machine, training on
// from the file, with any number of ranks, gives the same bits as never having stopped. All ranks;
// rank 0 writes and reads, the others need no access to path. Errors: as dcat_actor_load and _save;
// a file of another configuration is refused, naming the field.
DCAT_API dcat_status dcat_trainer_save(const dcat_trainer *trainer, const dcat_actor_origin *origin,
                                       const char *path, dcat_error *err);
DCAT_API dcat_status dcat_trainer_resume(const dcat_train_config *config,
                                         const dcat_train_source *source, const char *path,
                                         dcat_trainer **trainer, dcat_error *err);

// The note of a checkpoint; see dcat_trainer_read_note. One rank's own affair.
DCAT_API dcat_status dcat_trainer_load_note(const char *path, char note[DCAT_TRAIN_NOTE],
                                            dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
