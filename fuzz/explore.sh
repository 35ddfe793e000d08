#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Let fuzz programs look for new inputs, each for a given time of the processor (not of the clock on the
# wall, so that a busy machine looks as hard as an idle one). Built by: cmake --preset fuzz.
set -euo pipefail

usage() {
    echo "Usage: fuzz/explore.sh SECONDS FOUND PROGRAM..."
    echo "New inputs go to FOUND/SUBJECT, what makes a program fail to FOUND/SUBJECT-crash-*."
}
if [ $# -lt 3 ] || ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
    usage >&2
    exit 2
fi
seconds=$1 found=$2
shift 2
corpora=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/corpus

failed=0
for program in "$@"; do
    subject=${program##*/fuzz_}
    mkdir -p "$found/$subject"
    status=0
    # The soft limit is what ends it: SIGXCPU, which a shell sees as 128 + 24. Everything else is news.
    (
        ulimit -S -c 0 -t "$seconds"
        exec "$program" -timeout=60 -print_final_stats=1 -artifact_prefix="$found/$subject-" "$found/$subject" "$corpora/$subject"
    ) || status=$?
    if [ "$status" -eq 152 ]; then
        printf '%s: %d s of the processor, nothing found\n' "$subject" "$seconds"
    else
        printf 'FAILED: %s: ends with %d before its time is over\n' "$subject" "$status" >&2
        failed=1
    fi
done
exit "$failed"
