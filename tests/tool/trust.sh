#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What servers must show before they are believed: a live exchange that requires benchmarks.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
folder=$(mktemp -d /tmp/dcat_trust_XXXXXX)
trap 'rm -rf "$folder"' EXIT
chmod 711 "$folder"
for name in compute memory; do
    program=$(dirname "$DCAT")/dcat-benchmark-$name
    "$program" 2 0.01 7 2 >"$name" || complain "dcat-benchmark-$name fails"
    "$program" 2 9 7 2 | sed 's/"took_us":[0-9]*//' >again
    sed 's/"took_us":[0-9]*//' "$name" | cmp -s - again || complain "dcat-benchmark-$name has no checksum that can be found again"
    "$program" 2 0.01 8 2 | grep -o '"checksum":.*' >other
    grep -qF "$(cat other)" "$name" && complain "dcat-benchmark-$name does not read its seed"
    "$program" 0 1 7 2>err && complain "dcat-benchmark-$name works with no thread"
    grep -q '^Usage: ' err || complain "dcat-benchmark-$name does not say how it is called"
done
# The exchange knows this one without its work (tests/http/test_trust.c).
"$(dirname "$DCAT")/dcat-benchmark-compute" 5 9 7 25 | grep -qF '"cycles":524288000,' || complain "compute counts other cycles"
"$(dirname "$DCAT")/dcat-benchmark-compute" 5 9 7 25 | grep -qF '"checksum":"ffda346440ca1844"' || complain "compute comes to something else"
python3 "$SOURCE_DIR/tests/tool/trust.py" "$DCAT" "$folder" || complain "servers are not held to what they showed"
finish
