// SPDX-License-Identifier: Apache-2.0
// verify.h - a log held against itself, against what was signed, and against what its reader kept.
//
// This folder knows nothing of who writes the log: it hashes, walks trees and proofs and adds up
// money by itself, and what it takes from the design stands in schema.h.

#ifndef DCAT_EXCHANGE_VERIFY_VERIFY_H
#define DCAT_EXCHANGE_VERIFY_VERIFY_H

#include "exchange/verify/note.h"
#include "exchange/verify/source.h"

typedef struct verify_options {
    const char *where;   // as verify_source_open takes it
    const char *ca_file; // Nullable
    // Keys of the log by another way than the log, [key_count]; 0: those that it names itself.
    const verify_key *keys;
    size_t key_count;
    // Nullable: a file with the checkpoint that the reader kept. The log must continue it; then the
    // newest takes its place, unless cosignatures are asked for. One that is not there is made.
    const char *kept;
    // Who may cosign, and how many of them must have cosigned the kept checkpoint, or the log's
    // newest where nothing was kept.
    const verify_key *witnesses; // [witness_count]
    size_t witness_count, cosignatures;
    void *user;
    void (*progress)(void *user, uint64_t done, uint64_t total); // Nullable
} verify_options;

typedef struct verify_result {
    uint64_t events, checkpoints;
    int64_t tasks, awards, transfers;
    uint64_t size; // that the newest checkpoint signs
    verify_hash root;
    char origin[VERIFY_NAME];
    bool own_key; // the log's own word was taken for its key
    size_t cosignatures;
} verify_result;

// Errors: ERR_FORMAT, naming the first record that is wrong; those of verify_source_open.
dcat_status verify_log(const verify_options *options, verify_result *result, dcat_error *err);

// A receipt, the JSON of /v1/log/proof, against a checkpoint that one of the keys signed: its own.
// body: [*body_bytes] of the event, inside receipt's memory. Errors: ERR_FORMAT.
dcat_status verify_receipt(const char *receipt, size_t bytes, const verify_key *keys,
                           size_t key_count, int64_t *seq, uint64_t *size, char **body,
                           dcat_error *err);

// The keys that a log names. Errors: those of verify_source_get; ERR_FORMAT.
dcat_status verify_source_keys(verify_source *source, verify_key keys[VERIFY_KEYS], size_t *count,
                               dcat_error *err);
// Whether one of them signed.
bool verify_note_signed_by(const verify_note *note, const verify_key *keys, size_t count);
// A checkpoint that one of them signed; which: what errors call it. Errors: ERR_FORMAT.
dcat_status verify_note_take(const verify_bytes *bytes, const char *which, const verify_key *keys,
                             size_t key_count, verify_note *note, dcat_error *err);
// In place of what was there, under a temporary name first. Errors: ERR_IO.
dcat_status verify_write_file(const char *path, const char *bytes, size_t count, dcat_error *err);

#endif
