#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a second process and a second thread bring: wall time of whole commands, as a markdown table.
#
# Usage: bench/scaling.sh [--repetitions N] [DCAT]     DCAT: the tool, build/release/dcat
#
# Every command runs as one process with one thread, as two processes (mpirun) with one thread each,
# and as one process with two threads; the three take turns, so that all meet the same disturbances.
# Medians of N repetitions (default 5) with the smallest and the largest. Wants an idle machine with
# two cores; takes about six minutes there.
set -euo pipefail

repetitions=5 tool=build/release/dcat
while [ $# -gt 0 ]; do
    case $1 in
    --repetitions)
        repetitions=${2:-}
        shift
        ;;
    -*)
        sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        [ "$1" = --help ] && exit 0
        exit 2
        ;;
    *) tool=$1 ;;
    esac
    shift
done
if ! [[ $repetitions =~ ^[1-9][0-9]*$ ]]; then
    printf 'scaling: --repetitions must be a whole number from 1, got %s\n' "'$repetitions'" >&2
    exit 2
fi
tool=$(readlink -f "$tool")
if [ ! -x "$tool" ]; then
    printf 'scaling: there is no %s; build the preset release first\n' "$tool" >&2
    exit 2
fi
if ! command -v mpirun >/dev/null; then
    printf 'scaling: there is no mpirun (package openmpi-bin)\n' >&2
    exit 2
fi

# Two processes on whatever machine this is, as any user. Each may use every core: nothing is bound,
# as nothing binds one process with two threads either.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none

names=(
    "\`dcat --version\`: what starting costs"
    "\`dcat compare paper\`, 20 worlds"
    "\`dcat reproduce fig5 --quick\`"
    "\`dcat train paper --epochs 300\`"
)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Run a command of the list. Usage: run INDEX THREADS LAUNCHER...
run() {
    local index=$1 threads=$2
    shift 2
    case $index in
    0) "$@" "$tool" --version ;;
    1) "$@" "$tool" compare paper --worlds 20 --threads "$threads" -q ;;
    2) "$@" "$tool" reproduce fig5 --quick --threads "$threads" -q --force --out "$work/study" ;;
    3)
        rm -f "$work"/policy*
        "$@" "$tool" train paper --epochs 300 --validate-every 300 --threads "$threads" -q \
            --out "$work/policy"
        ;;
    esac
}

# Append the seconds that a run takes to a file. Usage: measure FILE INDEX THREADS LAUNCHER...
measure() {
    local file=$1 start
    shift
    start=$(date +%s%N)
    if ! run "$@" >"$work/log" 2>&1 </dev/null; then
        cat "$work/log" >&2
        exit 1
    fi
    printf '%s\n' "$((($(date +%s%N) - start) / 1000000))" >>"$file"
}

# "12.34 (12.01 to 13.00)" of milliseconds, one a line.
spread() {
    sort -n "$1" | awk '{ v[NR] = $1 / 1000 }
        END { m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
              printf "%.2f (%.2f to %.2f)", m, v[1], v[NR] }'
}

# How many times as fast, repetition by repetition. Usage: gain SLOW FAST
gain() {
    paste "$1" "$2" | awk '{ print $1 / $2 }' | sort -n | awk '{ v[NR] = $1 }
        END { m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
              printf "%.2f (%.2f to %.2f)", m, v[1], v[NR] }'
}

for index in "${!names[@]}"; do
    run "$index" 2 >"$work/log" 2>&1 </dev/null || { cat "$work/log" >&2; exit 1; } # warm up
    for _ in $(seq "$repetitions"); do
        measure "$work/one-$index" "$index" 1
        measure "$work/ranks-$index" "$index" 1 mpirun -n 2
        measure "$work/threads-$index" "$index" 2
    done
done

cores=$(nproc)
printf '%s, %s cores; seconds of wall time, median of %s (range)\n\n' \
    "$("$tool" --version | sed 's/ (\(.*\), .*/ (\1)/; s/,.*//')" "$cores" "$repetitions"
printf '| | 1 process, 1 thread | 2 processes, 1 thread each | 1 process, 2 threads | 2 processes: times as fast | 2 threads: times as fast |\n'
printf '|---|---|---|---|---|---|\n'
for index in "${!names[@]}"; do
    printf '| %s | %s | %s | %s | %s | %s |\n' "${names[$index]}" "$(spread "$work/one-$index")" \
        "$(spread "$work/ranks-$index")" "$(spread "$work/threads-$index")" \
        "$(gain "$work/one-$index" "$work/ranks-$index")" \
        "$(gain "$work/one-$index" "$work/threads-$index")"
done
