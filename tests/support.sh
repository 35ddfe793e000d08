# What the tests in tests/cli share. Source it first: . "$SOURCE_DIR/tests/support.sh"
# shellcheck shell=bash
set -euo pipefail

failures=0

complain() {
    printf 'FAILED: %s\n' "$*" >&2
    failures=$((failures + 1))
}

# Run the tool, leaving its output in out and err; complain unless it exits with the code.
expect() {
    local code=$1 status=0
    shift
    "$DCAT" "$@" >out 2>err || status=$?
    [ "$status" -eq "$code" ] || complain "dcat $* exits with $status, not $code: $(head -c 300 err)"
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

# Last line of a test.
finish() {
    exit $((failures > 0))
}
