#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Commands killed at random moments (kills.py): 20 times, with DCAT_FULL 1000 times.
set -euo pipefail

python3 "$SOURCE_DIR/tests/faults/kills.py" --tool "$DCAT" --preload "$PRELOAD" \
    --kills "$([ -n "${DCAT_FULL:-}" ] && echo 1000 || echo 20)"
