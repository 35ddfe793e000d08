# SPDX-License-Identifier: Apache-2.0
# What the tests in tests/cli share. Source it first: . "$SOURCE_DIR/tests/support.sh"
# shellcheck shell=bash
set -euo pipefail

failures=0

complain() {
    printf 'FAILED: %s\n' "$*" >&2
    failures=$((failures + 1))
}

# Leave a test that cannot run here. Usage: skip REASON
skip() {
    printf 'skipped: %s\n' "$1"
    exit 77
}

# Run the tool, leaving its output in out and err; complain unless it exits with the code.
expect() {
    local code=$1 status=0
    shift
    "$DCAT" "$@" >out 2>err || status=$?
    [ "$status" -eq "$code" ] || complain "dcat $* exits with $status, not $code: $(head -c 300 err)"
}

# Wait until an exchange serves, for its address in url; the test ends when it does not. Usage: serving LOG PROCESS
serving() {
    url=
    for _ in $(seq 6000); do
        url=$(sed -n 's/.*"event":"serving","url":"\([^"]*\)".*/\1/p' "$1" 2>/dev/null) || true
        [ -z "$url" ] || return 0
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
    complain "dcat serve does not begin: $(cat "$1")"
    finish
}

# Wait for the next day, UTC, where this one ends within so many seconds: for what is told of a day. Usage: one_day SECONDS
one_day() {
    while [ $((86400 - $(date +%s) % 86400)) -le "$1" ]; do
        sleep 1
    done
}

# Send a signal to a process of this shell and wait for its end; complain unless that has the code. LOG is shown then.
# Usage: stop_by SIGNAL CODE PROCESS [LOG]
stop_by() {
    local status=0
    kill -s "$1" "$3" 2>/dev/null || complain "it ended before SIG$1"
    wait "$3" 2>/dev/null || status=$?
    [ "$status" -eq "$2" ] || complain "after SIG$1 it ends with $status, not $2: $([ -z "${4:-}" ] || tail -n 3 "$4")"
}

# Run the tool and stop it once it keeps so many runs: it ends with the code and leaves no result.
# Usage: stop_run SIGNAL CODE FOLDER RUNS ARGUMENT...
stop_run() {
    local runner
    "$DCAT" "${@:5}" --out "$3" >out 2>err &
    runner=$!
    until [ "$(find . -path "./$3.jobs/*.json" | wc -l)" -ge "$4" ]; do
        kill -0 "$runner" 2>/dev/null || break
        sleep 0.01
    done
    stop_by "$1" "$2" "$runner" err
    [ ! -e "$3" ] || complain "SIG$1: a stopped run leaves a result"
}

# A text that a file must hold, or must not. Usage: holds FILE TEXT
holds() {
    grep -qF -- "$2" "$1" || complain "$1 lacks '$2': $(head -c 300 "$1")"
}
lacks() {
    ! grep -qF -- "$2" "$1" || complain "$1 has '$2'"
}

# What must be true of the JSON in out, in jq's words.
true_of_json() {
    jq -e "$1" out >/dev/null || complain "not true of $(head -c 100 out)...: $1"
}

# Whether this dcat is built with sanitizers, which look at every way once: what takes many runs is for the optimised
# build to show, tens of times as fast.
sanitized() {
    grep -qE '__asan_init|__tsan_init' "$DCAT"
}

# Two trainings that must have left the same p.st and so on. Usage: same_training FOLDER FOLDER TEXT
same_training() {
    cmp -s "$1/p.st" "$2/p.st" || complain "$3: another policy"
    cmp -s "$1/p.st.checkpoint" "$2/p.st.checkpoint" || complain "$3: another checkpoint"
    cmp -s "$1/p.st.csv" "$2/p.st.csv" || complain "$3: another log"
    if command -v gnuplot >/dev/null; then
        cmp -s "$1/p.st.svg" "$2/p.st.svg" || complain "$3: another figure"
    fi
}

# Last line of a test.
finish() {
    exit $((failures > 0))
}
