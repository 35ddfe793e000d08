#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A wrong include does not compile: in a scratch copy each of these is added to one file, and the build
# of its folder, which passed before, is refused because there is no such file.
set -euo pipefail

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

mkdir copy
for part in CMakeLists.txt cmake include src exchange tool bench studies python scenarios policies LICENSE NOTICE docs; do
    cp -r "$SOURCE_DIR/$part" copy/
done
cmake -G Ninja -S copy -B build -DDCAT_TESTS=OFF -DCMAKE_BUILD_TYPE=Debug >configure.log 2>&1 ||
    fail "configure: $(tail -5 configure.log)"

refused() { # FOLDER FILE INCLUDE
    ninja -C build "CMakeFiles/dcat_$1.dir/$2.o" >before.log 2>&1 || fail "$2 does not compile: $(tail -5 before.log)"
    cp "copy/$2" kept
    { printf '#include "%s"\n' "$3" && cat kept; } >"copy/$2"
    if ninja -C build "CMakeFiles/dcat_$1.dir/$2.o" >after.log 2>&1; then
        fail "$2 may include $3"
    fi
    grep -q "$3: No such file" after.log || fail "$2 was refused for another reason: $(tail -5 after.log)"
    cp kept "copy/$2"
}

refused auction src/auction/rea.c world/world.h
refused auction src/auction/rea.c dcat/world.h
refused world src/world/demand.c dcat/market.h
refused market src/market/step.c dcat/cluster.h
refused cluster src/cluster/linkage.c learn/walk.h
refused learn src/learn/a2c.c dcat/x/file.h
refused sim src/sim/run.c dcat/x/scenario.h
refused bound src/bound/bound.c market/state.h
refused audit src/audit/run.c dcat/x/report.h
refused exchange_core exchange/core/slot.c market/state.h
refused exchange_core exchange/core/cut.c dcat/x/scenario.h
if grep -q dcat_exchange_verify build/build.ninja; then # who verifies knows nothing of who writes
    refused exchange_verify exchange/verify/tree.c exchange/store/merkle.h
    refused exchange_verify exchange/verify/rules.c exchange/core/machine.h
    refused exchange_verify exchange/verify/note.c exchange/log/key.h
fi
refused file src/file/output/folder.c dcat/x/scenario.h
refused scenario src/scenario/load.c world/world.h
refused import src/import/swf.c scenario/keys.h
refused report src/report/manifest.c reproduce/plan.h
refused tool tool/compare/compare.c report/compare_job.h
refused tool tool/reproduce/reproduce.c file/job_store.h
echo "20 wrong includes were refused"

# Whoever builds the program alone, as ./quickstart does, has the programs that it starts.
started=(dcat-bench)
if grep -q dcat_exchange_verify build/build.ninja; then
    started+=(dcat-benchmark-compute dcat-benchmark-memory)
fi
needed=$(ninja -C build -t query dcat)
for name in "${started[@]}"; do
    grep -qE "^ *\|\|? $name\$" <<<"$needed" || fail "$name is not built with dcat, which starts it"
done

# Values are put into JSON by base/json.h alone, whose failures nobody can ignore.
stray=$(cd copy && grep -rnE 'json_(object_(set|update|del|clear)|array_(append|set|insert|extend|remove))' src exchange tool studies |
    grep -v '^src/base/json.h:' || true)
[ -z "$stray" ] || fail "jansson's own functions change values in: $stray"

# JSON is read, and streams into memory are ended, by what notices when there is no memory.
stray=$(cd copy && grep -rnE '\bjson_load(b|f|s|_file|_callback|fd)\(' src exchange tool studies | grep -v '^src/base/json.[ch]:' || true)
[ -z "$stray" ] || fail "jansson reads without a guard in: $stray"
stray=$(cd copy && grep -rlE '\bopen_memstream\(' src exchange tool studies | xargs grep -L 'memory_stream_end(' || true)
[ -z "$stray" ] || fail "memory_stream_end does not end the streams of: $stray"

# A file is one idea, at most 500 lines; a folder holds at most 25 of them, and what the product is made of
# has functions of at most 60 lines (CONTRIBUTING.md). Public headers stay where their users include them.
cd "$SOURCE_DIR"
sources() {
    find "$@" -name '*.[ch]' -not -name '.*' | sort
}
rooms=(src exchange tool studies python plugins tests fuzz bench examples)
large=$(sources "${rooms[@]}" include | xargs wc -l | awk '$1 > 500 && $2 != "total" { print $2 ": " $1 }')
[ -z "$large" ] || fail "more than 500 lines: $large"
crowded=$(sources "${rooms[@]}" | sed 's,/[^/]*$,,' | sort | uniq -c | awk '$1 > 25 { print $2 ": " $1 }')
[ -z "$crowded" ] || fail "more than 25 files in a folder: $crowded"
long=$(sources src exchange tool studies python plugins examples | xargs awk '
    FNR == 1 { first = 0 }
    /^{$/ { first = FNR }
    /^}/ { if (first && FNR - first >= 60) print FILENAME ":" first ": " FNR - first + 1; first = 0 }')
[ -z "$long" ] || fail "functions of more than 60 lines: $long"
echo "no file, folder or function is too long"
