// SPDX-License-Identifier: Apache-2.0
// file.h - folders and files that are complete or not there at all.
//
// Nothing is ever half-written: a folder or file is written under a temporary name beside its place
// and renamed when complete.

#ifndef DCAT_X_FILE_H
#define DCAT_X_FILE_H

#include "dcat/error.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

// A folder being written. dcat_output_open makes "PATH.tmp-XXXXXX" beside PATH (and PATH's missing
// parents), and removes what a killed run for the same PATH left; dcat_output_commit renames it to
// PATH; dcat_output_abort removes it. Without force an existing PATH is refused with ERR_EXISTS at
// open, before any work is done; with force it is replaced at commit. What is neither empty nor a
// result of ours (its manifest.json, see dcat_manifest_write, says so) is never replaced:
// ERR_EXISTS.
typedef struct dcat_output dcat_output;
DCAT_API dcat_status dcat_output_open(const char *path, bool force, dcat_output **output,
                                      dcat_error *err);
// The same for files that belong together in a folder of the user's: only they [name_count] are
// replaced, all of them in one step, and what else is there stays. Without force one that exists is
// refused. Choice: the step is an exchange of folders, the new one holding the other files by hard
// links; where that cannot be (subfolders, mount points, the
// folder one works in, file systems without links) one is replaced after the
// other.
DCAT_API dcat_status dcat_output_open_files(const char *path, const char *const *names,
                                            size_t name_count, bool force, dcat_output **output,
                                            dcat_error *err);
// A new file of the folder, for writing; name may hold subfolders ("figures/a.svg"). The output
// closes it at commit and then reports a failed write. NULL on failure.
DCAT_API FILE *dcat_output_file(dcat_output *output, const char *name, dcat_error *err);
DCAT_API const char *dcat_output_temporary(const dcat_output *output); // where it is being written
// Note what a folder lacks that is complete otherwise, as a figure without gnuplot: one line, said
// once however often it is noted. dcat_output_notes has all lines, each ended by a newline; "" is
// none. It is valid until the end of the output.
DCAT_API void dcat_output_note(dcat_output *output, const char *line);
DCAT_API const char *dcat_output_notes(const dcat_output *output);
DCAT_API dcat_status dcat_output_commit(dcat_output *output, dcat_error *err); // frees output
DCAT_API void dcat_output_abort(dcat_output *output);                          // NULL is fine
// The end of a folder that was made as status says: commit it or, when that is an error, abort it
// and return the error.
DCAT_API dcat_status dcat_output_finish(dcat_output *output, dcat_status status, dcat_error *err);

// A single file with the same promise: write through file, then commit or abort.
typedef struct dcat_output_single dcat_output_single;
DCAT_API dcat_status dcat_output_single_open(const char *path, bool force,
                                             dcat_output_single **output, FILE **file,
                                             dcat_error *err);
DCAT_API dcat_status dcat_output_single_commit(dcat_output_single *output, dcat_error *err);
DCAT_API void dcat_output_single_abort(dcat_output_single *output);
DCAT_API dcat_status dcat_output_single_finish(dcat_output_single *output, dcat_status status,
                                               dcat_error *err);

// SHA-256 of a file's bytes, lower-case hex. Errors: ERR_NOT_FOUND, ERR_IO.
DCAT_API dcat_status dcat_file_sha256(const char *path, char hex[65], dcat_error *err);

// A file that was read, for manifests.
typedef struct dcat_input_file {
    const char *path; // as opened; "shipped:paper/demand.csv" for shipped ones
    char sha256[65];  // lower-case hex
    uint64_t byte_count;
} dcat_input_file;

#ifdef __cplusplus
}
#endif
#endif
