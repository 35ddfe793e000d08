// SPDX-License-Identifier: Apache-2.0
// walk.h (internal) - from the first event to the last.

#ifndef DCAT_EXCHANGE_VERIFY_WALK_H
#define DCAT_EXCHANGE_VERIFY_WALK_H

#include "exchange/verify/signed.h"
#include "exchange/verify/tables.h"
#include "exchange/verify/verify.h"

typedef struct walk {
    verify_source *source;
    const verify_options *options;
    verify_result *result;
    const verify_key *keys; // [key_count]
    size_t key_count;
    verify_note newest, kept; // kept.text NULL: nothing was kept
    verify_tree tree;
    verify_hash last; // leaf
    verify_hash level[VERIFY_LEVELS][VERIFY_TILE];
    uint64_t width[VERIFY_LEVELS]; // of the tiles that grow
    tally tally;
    tables tables;       // of a data folder
    signed_rows signed_; // of a data folder
} walk;

dcat_status walk_all(walk *w, dcat_error *err);

#endif
