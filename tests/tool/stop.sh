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

expect 0 "${long[@]}" --out whole
compgen -G 'whole.*' >/dev/null && complain "finished runs stay behind"

stop_run TERM 143 asked 1 "${long[@]}"
holds err "of 48 jobs are kept in asked.jobs and the same command goes on from there"
compgen -G 'asked.tmp-*' >/dev/null && complain "an orderly end leaves a temporary folder"
expect 0 "${long[@]}" --out asked/ # the same folder
holds err "kept from before"
same_tables whole asked

stop_run KILL 137 killed 1 "${long[@]}"
expect 0 "${long[@]}" --out killed --force --threads 2
holds err "kept from before"
same_tables whole killed

stop_run INT 130 other 1 "${long[@]}" --set demand.arrivals_per_slot=20
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
