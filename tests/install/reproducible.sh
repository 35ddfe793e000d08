#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same bytes from another folder: what is installed of this build, and the wheel, against those of a
# copy of the checkout that is built here; with DCAT_FULL the Debian packages of both, too. Runs in an
# empty folder with CMAKE, BUILD_DIR and SOURCE_DIR set, takes part where CI or DCAT_FULL is set, and
# compares the preset release, which users run.
set -euo pipefail

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77
}

[ -n "${CI:-}${DCAT_FULL:-}" ] || skip "./check --full runs it"
[ "$BUILD_DIR" = "$SOURCE_DIR/build/release" ] || skip "this is not the preset release"
[ -e "$SOURCE_DIR/.git" ] || skip "the checkout's list of files is git's"

# A copy of the checkout, with the same commit; built without a cache, which would hand out what
# another folder gave.
unset CMAKE_C_COMPILER_LAUNCHER
copy_to() { # FOLDER
    mkdir -p "$1"
    (cd "$SOURCE_DIR" && git ls-files -z | while IFS= read -r -d '' file; do
        [ ! -e "$file" ] || printf '%s\0' "$file"
    done | xargs -0 cp -a --parents -t "$1")
    ln -s "$SOURCE_DIR/.git" "$1/.git"
    (cd "$1" && "$CMAKE" --preset release -DDCAT_TESTS=OFF && "$CMAKE" --build --preset release) >build.log 2>&1 ||
        fail "a copy does not build: $(tail -5 build.log)"
}
copy=$PWD/a/longer/path/of/the/same/checkout
copy_to "$copy"
here=$SOURCE_DIR
if grep -q '^CMAKE_C_COMPILER_LAUNCHER:[A-Z]*=.' "$BUILD_DIR/CMakeCache.txt"; then # this build had a cache
    here=$PWD/b
    copy_to "$here"
fi

collect() { # CHECKOUT FOLDER
    "$CMAKE" --install "$1/build/release" --prefix "$PWD/$2" >>install.log || fail "install: $(tail -3 install.log)"
    if [ -e "$1/build/release/python" ]; then
        PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$1/python/wheel.py" "$1/build/release/python" "$2" >>install.log
    fi
    if [ -n "${DCAT_FULL:-}" ] && command -v dh >/dev/null; then
        DEB_BUILD_OPTIONS="parallel=$(nproc)" "$1/packages/deb.sh" "$2/debs" >>install.log 2>&1 ||
            fail "packages/deb.sh: $(tail -5 install.log)"
        rm "$2"/debs/*.buildinfo "$2"/debs/*.changes # these say where
    fi
}
collect "$here" one
collect "$copy" two
if [ "$here" != "$SOURCE_DIR" ]; then # the same files at least
    "$CMAKE" --install "$BUILD_DIR" --prefix "$PWD/built" >>install.log || fail "install: $(tail -3 install.log)"
    diff <(cd built && find . -type f | sort) <(cd two && find . -type f -not -name '*.whl' -not -path './debs/*' | sort) ||
        fail "another folder installs other files"
fi
! grep -rlaF "$PWD" one two || fail "the folder is told"
diff -r one two || fail "another folder gives other bytes"
echo "$(find two -type f | wc -l) files are the same bytes from two folders"
