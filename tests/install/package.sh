#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make the Debian package and look into it. Runs in an empty folder with CPACK, BUILD_DIR and INSTRUMENT
# (sanitizer flags of the build) set. Skipped for instrumented builds, which nobody ships, and when
# dpkg-shlibdeps, which finds the package's dependencies, is not installed.
set -euo pipefail

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

[ -z "${INSTRUMENT// /}" ] || { echo "skipped: an instrumented build is not packaged" && exit 77; }
command -v dpkg-shlibdeps >/dev/null || { echo "skipped: dpkg-shlibdeps is missing (dpkg-dev)" && exit 77; }

"$CPACK" -G DEB --config "$BUILD_DIR/CPackConfig.cmake" -B "$PWD/out" >cpack.log 2>&1 ||
    fail "cpack: $(tail -5 cpack.log)"
package=$(echo out/dcat_*.deb)
dpkg-deb --field "$package" Depends | tr ',' '\n' >depends
grep -q '^ *libc6 ' depends || fail "the package does not depend on libc6: $(cat depends)"
dpkg-deb --contents "$package" | awk '{print $6}' >files
for file in ./usr/include/dcat/dcat.h ./usr/lib/libdcat.a ./usr/lib/libdcat.so ./usr/lib/pkgconfig/dcat.pc \
    ./usr/include/dcat/x/x.h ./usr/lib/libdcat-io.so ./usr/lib/pkgconfig/dcat-io.pc; do
    grep -qx "$file" files || fail "the package has no $file"
done

dpkg-deb --extract "$package" tree
if [ -e "$BUILD_DIR/dcat" ]; then
    LD_LIBRARY_PATH=$PWD/tree/usr/lib tree/usr/bin/dcat --version >/dev/null || fail "the packaged tool does not run"
fi
echo "$(basename "$package"): $(wc -l <files) files"
