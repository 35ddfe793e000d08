// SPDX-License-Identifier: Apache-2.0
// falsify.h - counting true and false ones, and asking the verifier in Python about them, too.
//
// With DCAT_FULL more than a million false ones are tried, and Python is told all; where
// FALSIFY_TOLD is set only one of so many, since it takes minutes.

#ifndef DCAT_TESTS_PROOF_FALSIFY_H
#define DCAT_TESTS_PROOF_FALSIFY_H

#include "exchange/verify/tree.h"
#include "support.h"

#include <stdio.h>

struct falsify_run {
    bool full;
    uint64_t every; // one of so many false ones is told to Python; 0: by what each costs
    uint64_t accepted, refused, told; // true ones; false ones; of both, those that Python was told
    uint64_t turn;                    // of Python, which is not told all
    FILE *python;
};
extern struct falsify_run run;

void falsify_hex(const char *key, const void *bytes, size_t count);
void falsify_path(const verify_hash *path, size_t count);
// Count a case; true: Python is to be told, which costs it so much.
bool falsify_count(bool holds, bool due, uint64_t cost);
void falsify_case(const char *kind, bool holds);

// Some leaf by number, and the root of so many of them.
verify_hash falsify_leaf(uint64_t n);
verify_hash falsify_root(uint64_t size);

int falsify_begin(void **fixture);
int falsify_end(void **fixture);

#endif
