#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Count the instructions of fixed work under callgrind and hold them against tests/counts.txt.
#
# Usage: bench/counts.sh [--store] [BUILD]      BUILD: folder of the release build, build/release
#
# A count that rose by more than the tolerance fails (exit code 1); one that fell by more is said,
# so that it can be stored. --store writes what was counted to tests/counts.txt. Counts belong to a
# compiler and a C library: with others the check is skipped (exit code 77).
set -euo pipefail

tolerance_percent=3

store=false build=build/release
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
for argument in "$@"; do
    case $argument in
    --store) store=true ;;
    -*)
        sed -n '2,8s/^# \{0,1\}//p' bench/counts.sh
        [ "$argument" = --help ] && exit 0
        exit 2
        ;;
    *) build=$argument ;;
    esac
done
stored=tests/counts.txt
program=$build/dcat-bench
if ! command -v valgrind >/dev/null; then
    printf 'counts: valgrind is not installed\n' >&2
    exit 1
fi
if [ ! -x "$program" ]; then
    printf 'counts: there is no %s; build the preset release first\n' "$program" >&2
    exit 1
fi

# What counts depend on besides the sources.
machine="$("$program" --profile build); $(getconf GNU_LIBC_VERSION); $(uname -m)"
# Some loops are chosen by the processor, which valgrind takes after.
! grep -qw avx2 /proc/cpuinfo 2>/dev/null || machine+=" avx2"
stored_machine=$(sed -n 's/^# counted with: //p' "$stored" 2>/dev/null || true)
if ! "$store" && [ "$machine" != "$stored_machine" ]; then
    printf 'counts: skipped; stored ones are of\n  %s\nand this is\n  %s\n' \
        "${stored_machine:-nothing yet}" "$machine"
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# glibc picks its functions by the processor; these switches leave one choice on every machine.
export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX,-FMA,-FMA4,-ERMS,-BMI2
export OPENBLAS_NUM_THREADS=1
valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.out" --collect-atstart=no \
    --toggle-collect='count_*' --log-file="$work/valgrind.log" "$program" --profile counts >"$work/done.txt" || {
    cat "$work/valgrind.log" >&2
    exit 1
}

# "12,345 (10.0%)  file:count_draw [program]", once for each case.
callgrind_annotate --inclusive=yes --threshold=100 "$work/callgrind.out" >"$work/annotated.txt" \
    2>"$work/annotate.log" || {
    cat "$work/annotate.log" >&2
    exit 1
}
sed -n 's/^ *\([0-9,]*\) .*[:]count_\([a-z0-9_]*\)\( .*\)*$/\2 \1/p' "$work/annotated.txt" |
    tr -d , | sort -u >"$work/counted.txt"
while read -r name _; do
    grep -q "^$name " "$work/counted.txt" || {
        printf 'counts: callgrind did not see the case %s\n' "$name" >&2
        exit 1
    }
done <"$work/done.txt"

if "$store"; then
    {
        printf '# Instructions of fixed work, see bench/counts.sh; written by bench/counts.sh --store.\n'
        printf '# counted with: %s\n' "$machine"
        printf '# case  instructions\n'
        cat "$work/counted.txt"
    } >"$work/new.txt"
    cp "$work/new.txt" "$stored"
    printf 'counts: stored %d counts in %s\n' "$(wc -l <"$work/counted.txt")" "$stored"
    exit 0
fi

awk -v tolerance="$tolerance_percent" '
    FNR == 1 { file++ }
    /^#/ { next }
    file == 1 { stored[$1] = $2; next }
    {
        counted[$1] = 1
        if (!($1 in stored)) {
            printf "FAILED: %s is not stored\n", $1
            failed = 1
            next
        }
        change = 100 * ($2 / stored[$1] - 1)
        remark = ""
        if (change > tolerance) {
            remark = "FAILED: rose by more than " tolerance " %"
            failed = 1
        } else if (change < -tolerance) {
            remark = "fell"
            fell = 1
        }
        printf "%-14s %12d stored %12d counted %+8.2f %%  %s\n", $1, stored[$1], $2, change, remark
    }
    END {
        for (name in stored) {
            if (!(name in counted)) {
                printf "FAILED: %s is stored and was not counted\n", name
                failed = 1
            }
        }
        if (failed || fell) {
            print "To accept these counts: bench/counts.sh --store, and say why in the commit."
        }
        exit failed
    }' "$stored" "$work/counted.txt"
