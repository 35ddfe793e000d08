// SPDX-License-Identifier: Apache-2.0
// paths.h (for src/file/output) - names and parents of outputs, and putting them on the disk.

#ifndef DCAT_FILE_OUTPUT_PATHS_H
#define DCAT_FILE_OUTPUT_PATHS_H

#include "dcat/error.h"
#include <stdbool.h>

#define OUTPUT_SUFFIX_LENGTH 6
#define OUTPUT_TEMPORARY ".tmp-dcat-" // then the suffix: a name that is nobody else's

// a, separator and b as one text, to be freed; NULL without memory. Likewise a path without its
// trailing slashes; "/" stays.
char *output_join(const char *a, const char *separator, const char *b);
char *output_trimmed(const char *path);

const char *output_last_part(const char *path);
bool output_exists(const char *path);

// Make the missing parents of path. *made becomes the topmost one made, to be removed on abort.
dcat_status output_make_parents(const char *path, char **made, dcat_error *err);

// Remove the folders that were made, as far as they are empty, from path's parent up to made.
void output_remove_parents(const char *path, const char *made);

// Letters or digits that nobody else is likely to choose.
void output_random_suffix(char text[OUTPUT_SUFFIX_LENGTH + 1]);

// A new folder or file "PATH.tmp-dcat-XXXXXX" beside path, as permissive as the user's umask wants.
// *lock is its descriptor, locked: the kernel drops the lock when the process dies, so others can
// tell what is abandoned from what somebody still writes.
dcat_status output_make_temporary(const char *path, bool folder, char **name, int *lock,
                                  dcat_error *err);
// Remove what killed runs left beside path.
void output_remove_abandoned(const char *path);

// Remove what is at folder/name, without following symbolic links. False, with errno, when some of
// it could not be.
bool output_remove_at(int folder, const char *name);

// Whether another folder may be put in place of this one: it is no link, no mount point, not where
// we work, and the folder above may be written to.
bool output_may_exchange(const char *path);
// Give a folder all that another one holds under names that it has not, and its permissions, by
// hard links. False where there are subfolders, or a file system without hard links.
bool output_link_others(const char *from, const char *to);
// Move what a folder holds into another one, over what has the same names.
dcat_status output_move_into(const char *from, const char *to, dcat_error *err);

// Put a folder's own list of names on the disk; of all below it too, and of path's parents up to
// the one above made (NULL: the next one alone). False, with errno, when the disk fails. A file
// system that cannot do this to folders is fine.
bool output_sync_folder(const char *path);
bool output_sync_tree(const char *path);
bool output_sync_parents(const char *path, const char *made);

#endif
