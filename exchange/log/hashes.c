// SPDX-License-Identifier: Apache-2.0
#include "exchange/log/hashes.h"

#include <string.h>

bool log_hashes(sqlite3 *db, int level, uint64_t first, size_t count, merkle_hash *hashes)
{
    // A leaf's number is that of its event less one.
    const char *sql = level == 0
                          ? "SELECT leaf FROM event WHERE seq>?2 AND seq<=?2+?3 ORDER BY seq"
                          : "SELECT root FROM tile WHERE level=?1-1 AND idx>=?2 AND idx<?2+?3 "
                            "ORDER BY idx";
    sqlite3_stmt *rows = NULL;
    size_t found = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) == SQLITE_OK) {
        sqlite3_bind_int(rows, 1, level);
        sqlite3_bind_int64(rows, 2, (int64_t)first);
        sqlite3_bind_int64(rows, 3, (int64_t)count);
        while (found < count && sqlite3_step(rows) == SQLITE_ROW &&
               sqlite3_column_bytes(rows, 0) == MERKLE_BYTES) {
            memcpy(hashes[found++].byte, sqlite3_column_blob(rows, 0), MERKLE_BYTES);
        }
    }
    sqlite3_finalize(rows);
    return found == count;
}

// Of a subtree that is complete: 2^height leaves from an index that is a multiple of them.
static bool complete_root(sqlite3 *db, int height, uint64_t first, merkle_hash *root)
{
    merkle_hash hashes[LOG_WIDTH];
    int level = height / LOG_BITS, rest = height % LOG_BITS;
    size_t count = (size_t)1 << rest;
    bool ok = log_hashes(db, level, first >> (LOG_BITS * level), count, hashes);
    merkle tree = {0};
    for (size_t i = 0; ok && i < count; i++) {
        merkle_add(&tree, &hashes[i]);
    }
    *root = merkle_root(&tree);
    return ok;
}

static int height_below(uint64_t count) // of the largest power of two that is less
{
    int height = 0;
    while (UINT64_C(2) << height < count) {
        height++;
    }
    return height;
}

// Of leaves [first, end): complete subtrees from left to right, joined from the right.
static bool range_root(sqlite3 *db, uint64_t first, uint64_t end, merkle_hash *root)
{
    merkle tree = {.size = end - first};
    for (int bit = 63; bit >= 0; bit--) {
        if ((tree.size >> bit & 1) != 0) {
            if (!complete_root(db, bit, first, &tree.edge[bit])) {
                return false;
            }
            first += UINT64_C(1) << bit;
        }
    }
    *root = merkle_root(&tree);
    return true;
}

int log_path(sqlite3 *db, uint64_t index, uint64_t size, merkle_hash path[LOG_PATH_MAX])
{
    uint64_t first = 0, end = size;
    int count = 0;
    while (end - first > 1) { // from the root down; the path goes up
        uint64_t middle = first + (UINT64_C(1) << height_below(end - first));
        bool left = index < middle;
        if (!range_root(db, left ? middle : first, left ? end : middle, &path[count++])) {
            return -1;
        }
        first = left ? first : middle;
        end = left ? middle : end;
    }
    for (int i = 0; i < count / 2; i++) {
        merkle_hash other = path[i];
        path[i] = path[count - 1 - i];
        path[count - 1 - i] = other;
    }
    return count;
}
