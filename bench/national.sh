#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measure generated countries and print the table of docs/generate.md as Markdown: medians of the
# runs with their ranges.
#
# Usage: bench/national.sh [BUILD [RUNS [SERVERS...]]]
#
# BUILD is the folder of a release build (default build/release), RUNS the times everything is
# measured (default 3), SERVERS the sizes (default 10000 100000). Needs jq, and GNU time for memory.
# Times are wall times of this machine, with as many threads as it has cores: only world creation
# and what dcat validate draws use more than one. Under `taskset -c 0` it is one.
set -euo pipefail

case ${1:-} in
-*)
    sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    [ "$1" = --help ] && exit 0
    exit 2
    ;;
esac
build=$(readlink -f "${1:-build/release}")
runs=${2:-3}
shift $(($# < 2 ? $# : 2))
sizes=("${@:-10000}")
[ $# -gt 0 ] || sizes=(10000 100000)
dcat=$build/dcat
[ -x "$dcat" ] || { printf 'national: there is no %s; build the preset release first\n' "$dcat" >&2; exit 1; }
command -v jq >/dev/null || { printf 'national: jq is not installed\n' >&2; exit 1; }
gnu_time=$(type -P time || true) # not the word of the shell

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Run dcat; leaves its output in `out`, seconds in `wall` and peak MiB (0: not known) in `peak`.
run() {
    local start
    start=$(date +%s.%N)
    if [ -n "$gnu_time" ]; then
        "$gnu_time" -o memory -f %M "$dcat" "$@" >out
        peak=$(awk 'END { printf "%.0f", $1 / 1024 }' memory)
    else
        "$dcat" "$@" >out
        peak=0
    fi
    wall=$(awk -v start="$start" -v end="$(date +%s.%N)" 'BEGIN { print end - start }')
}

# Note a value of a quantity for the size at work.
note() { printf '%s\n' "$2" >>"$size.$1"; }

# A quantity's median and range, in the format given.
cell() {
    sort -g "$1.$2" | awk -v format="$3" '
        { value[NR] = $1 }
        END {
            middle = NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2
            text = sprintf(format, middle)
            low = sprintf(format, value[1]); high = sprintf(format, value[NR])
            print low == high ? text : text " (" low " to " high ")"
        }'
}

measure() {
    local clusterer country=country-$size
    run generate --servers "$size" --seed 1 --out "$country" --force --quiet
    note generate_s "$wall"
    note generate_mib "$peak"
    note folder_mb "$(du -sk "$country" | awk '{ print $1 / 1000 }')"
    jq -r '"\(.areas), \(.cities), \(.backbone_links)"' "$country/manifest.json" >"$size.places"
    run validate "$country/scenario.yaml" --json
    note validate_s "$wall"
    note validate_mib "$peak"
    note read_s "$(jq .timing.read_s out)"
    note world_s "$(jq .timing.world_s out)"
    jq -r '"\(.paths_in_reach / 1e6 * 10 | round / 10) M, \(.paths_in_reach / .paths * 1000 | round / 10) %"' out >"$size.paths"
    jq -r '"\(.pairs_within_span / 1e6 * 10 | round / 10) M"' out >"$size.pairs"
    for clusterer in linkage kmeans; do
        run simulate "$country/scenario.yaml" --cycles 2 --clusterer "$clusterer" --json --quiet \
            --out run --force
        note "${clusterer}_s" "$(jq .decision_s out)"
        note "${clusterer}_mib" "$peak"
        note "${clusterer}_rate" "$(jq -n --slurpfile run out --slurpfile about run/manifest.json \
            '$run[0].arrived / ($about[0].wall_s - $run[0].decision_s) / 1e6')"
        jq -r '"\(.arrived), \(.offloading * 1000 | round / 10) %"' out >"$size.${clusterer}_tasks"
        jq -r '.cluster_count | round' out >"$size.${clusterer}_clusters"
    done
}

for size in "${sizes[@]}"; do
    for ((i = 0; i < runs; i++)); do
        measure
    done
done

# A row: its name, and a command that prints the cell of one size.
row() {
    local name=$1 size
    shift
    printf '| %s |' "$name"
    for size in "${sizes[@]}"; do
        printf ' %s |' "$("$@")"
    done
    printf '\n'
}
fact() { cat "$size.$1"; }
figure() { cell "$size" "$1" "$2"; }

printf '| |'
printf ' %d servers |' "${sizes[@]}"
printf '\n|---|'
printf '%s' "${sizes[@]/*/---|}"
printf '\n'
row "areas, cities, backbone links" fact places
row "size of the folder, MB" figure folder_mb %.1f
row "\`dcat generate\`, s" figure generate_s %.2f
row "\`dcat generate\`, peak MiB" figure generate_mib %.0f
row "paths kept, of all" fact paths
row "server pairs within the span limit" fact pairs
row "reading the files, s" figure read_s %.2f
row "world creation, s" figure world_s %.2f
row "\`dcat validate\`, s" figure validate_s %.1f
row "\`dcat validate\`, peak MiB" figure validate_mib %.0f
for clusterer in linkage kmeans; do
    row "\`$clusterer\`: tasks in 2 cycles, awarded" fact "${clusterer}_tasks"
    row "clusters" fact "${clusterer}_clusters"
    row "one decision, s" figure "${clusterer}_s" %.2f
    row "million tasks a second without the decision" figure "${clusterer}_rate" %.2f
    row "\`dcat simulate\`, peak MiB" figure "${clusterer}_mib" %.0f
done
