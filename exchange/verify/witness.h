// SPDX-License-Identifier: Apache-2.0
// witness.h - somebody else who says: this log has only grown, as far as I saw it (C2SP
// tlog-cosignature). And a log copied to files, as tlog-tiles lays them out.

#ifndef DCAT_EXCHANGE_VERIFY_WITNESS_H
#define DCAT_EXCHANGE_VERIFY_WITNESS_H

#include "exchange/verify/verify.h"

typedef struct verify_witness_options {
    const char *where, *ca_file; // as in verify_options
    const verify_key *keys;      // [key_count] of the log; 0: those that it names itself
    size_t key_count;
    const char *state; // file with what it cosigned last; one that is not there is made
    const char
        *in; // Nullable: a checkpoint to cosign, others' cosignatures and all; NULL: the newest
    const char *out; // Nullable: where the cosigned one goes, beside state
    verify_key own;
    const unsigned char *secret; // 64 bytes, as libsodium has it
    int64_t unix_s;              // now
} verify_witness_options;

// Cosign, unless it is not signed by the log, or is not the log that was cosigned before grown
// longer. size: that was cosigned. Errors: ERR_FORMAT, and those of the source and files.
dcat_status verify_witness(const verify_witness_options *options, uint64_t *size, dcat_error *err);

// The resources of a log into a folder that must not exist: checkpoint, key, tiles, entries.
// events: that were copied. Errors: ERR_EXISTS, ERR_FORMAT (what is copied does not fit its
// checkpoint), and those of the source and files.
dcat_status verify_export(const char *where, const char *ca_file, const char *folder,
                          uint64_t *events, dcat_error *err);

#endif
