#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fuzz/explore.sh counts time of the processor: a program that works is ended when its time is over, and
# that is success; one that ends by itself, or fails, is named.
. "$SOURCE_DIR/tests/support.sh"

explore=$SOURCE_DIR/fuzz/explore.sh
program() { # NAME TEXT
    printf '#!/bin/bash\n%s\n' "$2" >"fuzz_$1"
    chmod +x "fuzz_$1"
}
# shellcheck disable=SC2016 # expanded by the program
program works 'printf "%s\n" "$@" >arguments; while :; do :; done'
program waits 'sleep 2; while :; do :; done' # waiting costs no time of the processor
program fails 'exit 77'
program ends 'exit 0'

"$explore" 1 found ./fuzz_works ./fuzz_waits >out 2>err || complain "a program whose time is over: $(cat err)"
[ "$(grep -c '1 s of the processor, nothing found' out)" -eq 2 ] || complain "says: $(cat out)"
holds arguments found/works
holds arguments fuzz/corpus/works
for name in fails ends; do
    if "$explore" 1 found ./fuzz_$name ./fuzz_works >out 2>err; then complain "$name passes"; fi
    holds err "FAILED: $name: ends with"
    holds out "works: 1 s" # the others are still tried
done
status=0
"$explore" 1h found ./fuzz_works 2>err || status=$?
[ "$status" -eq 2 ] || complain "1h: exits with $status"
finish
