#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A compare that is stopped or killed goes on where it was, to the same bytes, and believes no run of
# another comparison.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

long=(compare paper --threads 1 --policies "linkage:rea,kmeans:rea-s" --worlds 24)

same_tables() {
    cmp "$1/worlds.csv" "$2/worlds.csv" || complain "$2: other worlds.csv"
}

# Run the long command and send a signal once it has kept a run.
stop_by() {
    local signal=$1 code=$2 folder=$3 status=0 runner
    shift 3
    "$DCAT" "${long[@]}" --out "$folder" "$@" >out 2>err &
    runner=$!
    until compgen -G "$folder.jobs/*.json" >/dev/null; do
        kill -0 "$runner" 2>/dev/null || break
        sleep 0.01
    done
    kill -s "$signal" "$runner" 2>/dev/null || complain "the run of $folder was too short"
    wait "$runner" 2>/dev/null || status=$?
    [ "$status" -eq "$code" ] || complain "$signal: exit code $status: $(head -c 300 err)"
    [ ! -e "$folder" ] || complain "$signal: a stopped run leaves a result"
}

expect 0 "${long[@]}" --out whole
compgen -G 'whole.*' >/dev/null && complain "finished runs stay behind"

stop_by TERM 143 asked
holds err "of 48 jobs are kept in asked.jobs and the same command goes on from there"
compgen -G 'asked.tmp-*' >/dev/null && complain "an orderly end leaves a temporary folder"
expect 0 "${long[@]}" --out asked/ # the same folder
holds err "kept from before"
same_tables whole asked

stop_by KILL 137 killed
expect 0 "${long[@]}" --out killed --force --threads 2
holds err "kept from before"
same_tables whole killed

stop_by INT 130 other --set demand.arrivals_per_slot=20
expect 0 "${long[@]}" --out other
lacks err "kept from before"
same_tables whole other

compgen -G '*.jobs' >/dev/null && complain "finished runs stay behind"
compgen -G '*.tmp-*' >/dev/null && complain "a temporary folder stays behind"

# What is not ours stays.
mkdir notes.jobs && : >notes.jobs/thing
expect 0 compare paper --worlds 1 --cycles 1 --policies linkage:rea --out notes
[ -e notes.jobs/thing ] || complain "compare removed what it did not write"

finish
