#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where the time of one thing goes: a profile by callgrind, on fixed work.
#
# Usage: bench/profile.sh [--servers N [--national]] [--lines N] WHAT [BUILD]
#
# WHAT is an auction (slot steps under it, with clusters of linkage, at the shipped settings;
# AUCTION/untuned: at those before the market was tuned), a clusterer (one decision), or
# world (making it), in the scenario paper or, with --servers, in a large world as `dcat bench`
# makes them; or train (epochs of `dcat train paper`). BUILD is the folder of the release build,
# build/release. Prints a table of the functions with the most instructions of their own, with their
# shares of instructions and of cache misses: D1 is a first-level cache of 32 KiB, L2 one of 1 MiB
# that nobody shares.
set -euo pipefail

servers=0 national=() lines=12 what='' build=build/release
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
while [ "$#" -gt 0 ]; do
    case $1 in
    --servers) servers=$2 && shift ;;
    --national) national=(--national) ;;
    --lines) lines=$2 && shift ;;
    -*)
        sed -n '2,13s/^# \{0,1\}//p' bench/profile.sh
        [ "$1" = --help ] && exit 0
        exit 2
        ;;
    *) if [ -z "$what" ]; then what=$1; else build=$1; fi ;;
    esac
    shift
done
if [ -z "$what" ] || [ ! -x "$build/dcat" ] || ! command -v valgrind >/dev/null; then
    printf 'profile: say of what; it needs valgrind and the release build in %s\n' "$build" >&2
    exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell
if [ "$what" = train ]; then
    toggle=dcat_trainer_epoch
    command=("$build/dcat" train paper --epochs 4 --threads 1 --quiet -o "$work/policy")
else
    toggle='profiled*' # the compiler may add to its name
    command=("$build/dcat-bench" --profile "$what" "${national[@]}")
    [ "$servers" = 0 ] || command+=(--make-world "$servers")
fi
valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.out" --collect-atstart=no \
    --toggle-collect="$toggle" --cache-sim=yes --I1=32768,8,64 --D1=32768,8,64 \
    --LL=1048576,16,64 --log-file="$work/valgrind.log" "${command[@]}" \
    >"$work/count.txt" || {
    cat "$work/valgrind.log" >&2
    exit 1
}
callgrind_annotate --auto=no --threshold=100 --show=Ir,D1mr,D1mw,DLmr,DLmw "$work/callgrind.out" \
    >"$work/annotated.txt" 2>"$work/annotate.log" || {
    cat "$work/annotate.log" >&2
    exit 1
}

# "12,345 (10.0%) 6 (0.1%) . . 0  file:function [program]"; counts stand before their shares.
awk -v lines="$lines" -v what="$what" -v amount="$(tail -n 1 "$work/count.txt")" '
    function number(text) {
        gsub(/,/, "", text)
        return text == "." ? 0 : text + 0
    }
    /PROGRAM TOTALS/ || /^ *[0-9,]+ .*:/ {
        line = $0
        gsub(/\( *[0-9.]+%\)/, "", line)
        count = split(line, field, " ")
        ir = number(field[1])
        d1 = number(field[2]) + number(field[3])
        l2 = number(field[4]) + number(field[5])
        if ($0 ~ /PROGRAM TOTALS/) {
            all_ir = ir; all_d1 = d1; all_l2 = l2
            next
        }
        name = field[6]
        sub(/^.*:/, "", name)
        sub(/\x27.*$/, "", name)
        of_ir[name] += ir; of_d1[name] += d1; of_l2[name] += l2
    }
    END {
        if (what != "train" && amount + 0 > 0) {
            unit = what ~ /^(rea|rea-s|one-off|vickrey|posted)(\/untuned)?$/ ? "task" : "server"
            printf "%d %ss; each %.0f instructions, %.2f D1 misses, %.2f L2 misses\n\n", amount,
                unit, all_ir / amount, all_d1 / amount, all_l2 / amount
        } else {
            printf "%.0f M instructions, %.2f M D1 misses, %.2f M L2 misses\n\n", all_ir / 1e6,
                all_d1 / 1e6, all_l2 / 1e6
        }
        print "| Function | Instructions | D1 misses | L2 misses |"
        print "|---|---|---|---|"
        for (shown = 0; shown < lines; shown++) {
            best = ""
            for (name in of_ir) {
                if (best == "" || of_ir[name] > of_ir[best]) best = name
            }
            if (best == "" || of_ir[best] < 0.005 * all_ir) break
            printf "| `%s` | %.1f %% | %.1f %% | %.1f %% |\n", best, 100 * of_ir[best] / all_ir,
                100 * of_d1[best] / (all_d1 + (all_d1 == 0)),
                100 * of_l2[best] / (all_l2 + (all_l2 == 0))
            delete of_ir[best]
        }
    }' "$work/annotated.txt"
