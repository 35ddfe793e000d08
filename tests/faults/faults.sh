#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Single faults in every command (faults.py): some of them, with DCAT_FULL all.
set -euo pipefail

if ! command -v strace >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
    echo "needs strace, and to be allowed to trace"
    exit 77
fi
most=(--most 14)
[ -z "${DCAT_FULL:-}" ] || most=(--most 1500)
python3 "$SOURCE_DIR/tests/faults/faults.py" --tool "$DCAT" --preload "$PRELOAD" "${most[@]}"
