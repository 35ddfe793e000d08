#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every stop of the ways in docs/architecture.md, FILE:FUNCTION, exists: the file is there and defines
# the function.
set -euo pipefail

cd "$SOURCE_DIR"
count=0 wrong=0
while IFS=: read -r file name; do
    count=$((count + 1))
    if [ ! -e "$file" ]; then
        echo "FAILED: $file is not there" >&2
        wrong=$((wrong + 1))
    elif ! grep -qE "^[a-z][a-zA-Z0-9_ *]*\b$name\(" "$file"; then
        echo "FAILED: $file has no function $name" >&2
        wrong=$((wrong + 1))
    fi
done < <(grep -oE '^\| `[a-z0-9_/]+\.c:[a-z0-9_]+`' docs/architecture.md | tr -d '|` ')
[ "$count" -gt 30 ] || { echo "FAILED: only $count stops were found" >&2 && exit 1; }
[ "$wrong" -eq 0 ] || exit 1
echo "$count stops of three ways are where docs/architecture.md says"
