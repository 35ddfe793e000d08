#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A market is stepped in one place: outside the market's own folder each of the two functions that
# auction tasks without checks is called once, both of them by the loop over slots.
set -euo pipefail

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

cd "$SOURCE_DIR"
for name in state_step state_auction_task; do
    # Comments left out. dcat_state_step and dcat_state_auction_task, which check, are other words.
    calls=$(find src tool bench studies -name '*.[ch]' ! -path 'src/market/*' -print0 | sort -z | xargs -0 awk -v name="$name" '
        { sub(/\/\/.*/, ""); if ($0 ~ ("(^|[^a-z0-9_])" name "[^a-z0-9_]")) { print FILENAME } }')
    [ "$calls" = src/env/step.c ] || fail "$name is called, instead of once by src/env/step.c, by:" $calls
done
# The checked ones are for programs of one's own; dcat itself has but the explanation of one auction.
calls=$(grep -rlE '\bdcat_state_(step|auction_task)\(' src tool bench studies --include='*.[ch]' | grep -v '^src/market/' || true)
[ "$calls" = src/report/explain_make.c ] || fail "a market is also stepped by:" $calls
echo "one loop over slots: src/env/step.c"
