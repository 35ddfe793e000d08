#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Install dcat into a fresh prefix and use it as a stranger would: compile every example with what
# pkg-config says, run it, compare its output with examples/NAME.expected; then once more with
# find_package(). Runs in an empty folder with CC, CMAKE, GENERATOR, INSTRUMENT (sanitizer flags of the
# build), BUILD_DIR, LIBDIR and SOURCE_DIR set.
set -euo pipefail

prefix=$PWD/prefix
read -ra instrument <<<"${INSTRUMENT:-}"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

"$CMAKE" --install "$BUILD_DIR" --prefix "$prefix" >install.log || fail "install: $(tail -3 install.log)"
mv "$prefix" "$prefix.moved" # an installed tree can be moved
prefix=$prefix.moved

if [ -e "$BUILD_DIR/dcat" ]; then
    "$prefix/bin/dcat" --version >/dev/null || fail "the installed tool does not run"
fi
while read -r header; do
    [ -e "$prefix/include/$header" ] || fail "$header is not installed"
done < <(cd "$SOURCE_DIR/include" && find dcat -name '*.h')

# Nothing but the public interface is exported, each name with its version; what libdcat-io needs of
# libdcat besides is under a private one.
for library in dcat dcat-io; do
    stray=$(nm -D --defined-only --with-symbol-versions "$prefix/$LIBDIR/lib$library.so" |
        awk '$2 ~ /[TDBRVW]/ {print $3}' |
        grep -vE '^(dcat_.*@@DCAT_(IO_)?[0-9.]+$|.*@@DCAT_PRIVATE_[0-9.]+$|__(gcov|llvm|asan|odr_asan|tsan|ubsan|sanitizer)|_(init|fini)$)' || true)
    [ -z "$stray" ] || fail "lib$library.so exports more than its interface: $stray"
done

export PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig LD_LIBRARY_PATH=$prefix/$LIBDIR
pkg-config --exists dcat dcat-io || fail "pkg-config does not find dcat"
read -ra flags <<<"$(pkg-config --cflags --libs dcat-io)"

compare() { # NAME PROGRAM
    "$2" >"$1.out" || fail "$1 exits with $?"
    diff -u "$SOURCE_DIR/examples/$1.expected" "$1.out" || fail "$1 prints something else"
}

count=0
for source in "$SOURCE_DIR"/examples/*.c; do
    name=$(basename "$source" .c)
    "$CC" -std=c17 -Wall -Wextra -Werror "${instrument[@]}" "$source" "${flags[@]}" -lm -o "$name" ||
        fail "$name does not compile"
    compare "$name" "./$name"
    count=$((count + 1))
done

# Every cc line of the pages and of the examples themselves, as printed.
cc() {
    "$CC" "${instrument[@]}" "$@"
}
mkdir printed
cp "$SOURCE_DIR"/examples/*.c printed/
ln -s "$SOURCE_DIR/examples" printed/examples
lines=0
while read -r line; do
    (cd printed && eval "$line") || fail "as printed: $line"
    lines=$((lines + 1))
done < <(sed -nE 's|^(// +)?(cc [a-z_/]+\.c .*pkg-config .*)|\2|p' "$SOURCE_DIR"/{README.md,docs/building.md,examples/*.c})
[ "$lines" -ge 5 ] || fail "only $lines cc lines were found"

mkdir package
cat >package/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(user C)
find_package(dcat 0.1 REQUIRED)
foreach(kind dcat static)
  add_executable(own_world_${kind} ${EXAMPLES}/own_world.c)
  target_link_libraries(own_world_${kind} dcat::${kind})
endforeach()
foreach(kind io io_static)
  add_executable(run_${kind} ${EXAMPLES}/run.c)
  target_link_libraries(run_${kind} dcat::${kind})
endforeach()
END
if ! { "$CMAKE" -G "$GENERATOR" -S package -B package/build -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$CC" \
    -DCMAKE_C_FLAGS="${INSTRUMENT:-}" -DEXAMPLES="$SOURCE_DIR/examples" &&
    "$CMAKE" --build package/build; } >package.log 2>&1; then
    fail "find_package: $(tail -20 package.log)"
fi
compare own_world package/build/own_world_dcat
compare own_world package/build/own_world_static
compare run package/build/run_io
compare run package/build/run_io_static

echo "$count examples built against the installed library and run"
