// SPDX-License-Identifier: Apache-2.0
// hashes.h - the tree of a log as its tables have it: leaves with the events, and the root of every
// full tile of 256 hashes. Everything else of the tree follows from these by a few hashes.

#ifndef DCAT_EXCHANGE_LOG_HASHES_H
#define DCAT_EXCHANGE_LOG_HASHES_H

#include "exchange/store/merkle.h"

#include <sqlite3.h>
#include <stdbool.h>

enum { LOG_LEVELS = 7, LOG_BITS = 8, LOG_WIDTH = 1 << LOG_BITS, LOG_PATH_MAX = 64 };

// The hashes [count] of a level from an index on: leaves at level 0, roots of full tiles of the
// level below at the others. False: they are not all there.
bool log_hashes(sqlite3 *db, int level, uint64_t first, size_t count, merkle_hash *hashes);

// The path of a leaf in the tree of the first `size` ones, as RFC 9162 has it (2.1.3.1); its
// length, or -1: the log cannot be read.
int log_path(sqlite3 *db, uint64_t index, uint64_t size, merkle_hash path[LOG_PATH_MAX]);

#endif
