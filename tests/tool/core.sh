#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The core can be built without PROJ, OpenBLAS, Cbc, YAML, archives and MPI: configured and built here,
# the examples that read no file run on it, and its shared library needs nothing but jansson and the C library.
set -euo pipefail

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

cmake -G Ninja -S "$SOURCE_DIR" -B build -DDCAT_IO=OFF -DDCAT_PROJ=OFF -DDCAT_BLAS=OFF -DDCAT_CBC=OFF \
    -DDCAT_MPI=OFF -DDCAT_TESTS=OFF -DCMAKE_BUILD_TYPE=Debug >configure.log 2>&1 ||
    fail "configure: $(tail -5 configure.log)"
cmake --build build >build.log 2>&1 || fail "build: $(tail -5 build.log)"
[ ! -e build/libdcat-io.so ] && [ ! -e build/dcat ] || fail "more than the core was built"

needed=$(readelf -d build/libdcat.so | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    grep -vE '^(libc|libm|libjansson|ld-linux-x86-64)\.so' || true)
[ -z "$needed" ] || fail "libdcat.so needs $needed"

examples=(auction env own_world)
for name in "${examples[@]}"; do
    "${CC:-cc}" -std=c17 -I "$SOURCE_DIR/include" "$SOURCE_DIR/examples/$name.c" -L build -ldcat -lm -o "$name" ||
        fail "$name does not compile"
    LD_LIBRARY_PATH=build "./$name" >"$name.out" || fail "$name exits with $?"
    diff -u "$SOURCE_DIR/examples/$name.expected" "$name.out" || fail "$name prints something else"
done
echo "the core was built alone and ${examples[*]} run on it"
