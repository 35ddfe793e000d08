# SPDX-License-Identifier: Apache-2.0
# What the measurements of an exchange share: a folder of its own in $TMPDIR, which is removed at the end with all processes.
# Source it first, with the dcat to measure or nothing: . "$(dirname "${BASH_SOURCE[0]}")/exchange_support.sh" "${1:-}"
# shellcheck shell=bash
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
dcat=$(readlink -f "${1:-$here/build/release/dcat}")
work=$(mktemp -d)
pids=()
clean() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait
    rm -rf "$work"
}
trap clean EXIT
cd "$work"

# The exchange of examples/exchange, changed, with as many requests and fees as there are, and a key of its operator.
# Usage: settings SED-EXPRESSION...
settings() {
    cp "$here/examples/exchange/areas.csv" .
    sed -e 's/requests_per_s: .*/requests_per_s: 1000000/' -e 's/^money:/&\n  spend_cap_per_hour: 0/' \
        "$here/examples/exchange/exchange.yaml" >exchange.yaml
    for expression in "$@"; do sed -i "$expression" exchange.yaml; done
    rm -rf data operator.key
    "$dcat" key new --role operator --config exchange.yaml --key-file operator.key >/dev/null
}

# Have it answer: at $url, as process $server.
serve() {
    : >log # of one before
    "$dcat" serve --config exchange.yaml --listen 127.0.0.1:0 2>>log &
    server=$!
    pids+=("$server")
    until url=$(sed -n 's/.*"event":"serving","url":"\([^"]*\)".*/\1/p' log) && [ -n "$url" ]; do
        kill -0 "$server" || { cat log >&2 && exit 1; }
        sleep 0.1
    done
}

# Processor time that processes have used, in micro-seconds. Usage: used_us PID...
used_us() {
    local files=()
    for pid in "$@"; do files+=("/proc/$pid/stat"); done
    awk -v ticks="$(getconf CLK_TCK)" '{ used += $14 + $15 } END { printf "%.0f\n", 1e6 * used / ticks }' "${files[@]}"
}

# As its operator. Usage: ask PATH CURL-OPTION...
ask() { curl -sS -H "Authorization: Bearer $(cat operator.key)" "$url$1" "${@:2}"; }

# A party with a key in NAME.key, and its id. Usage: party ROLE NAME
party() {
    local id
    id=$(ask /v1/parties -d "{\"role\":\"$1\",\"name\":\"$2\"}" | sed -n 's/.*"id":"\([0-9]*\)".*/\1/p')
    ask "/v1/parties/$id/keys" -d '{"kind":"bearer"}' | sed -n 's/.*"key":"\([^"]*\)".*/\1/p' >"$2.key"
    chmod 600 "$2.key"
    echo "$id"
}

# A user of that name who can pay for everything.
rich() { ask /v1/deposits -d "{\"party\":\"$(party user "$1")\",\"amount_micro\":\"900000000000000000\"}" >/dev/null; }
