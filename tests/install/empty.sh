#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make the Debian packages and use them in an empty Debian. lintian has no error to report; then a Debian
# of the same release is made in a folder (debootstrap) with gcc, libc6-dev and pkg-config, and
# libdcat-dev is installed with what it depends on, no other -dev package among it: what the shared
# libraries hide, their users need not have. Every example is built and run there with pkg-config, then
# with cmake and find_package(); a plug-in is made of the template; the program gives what the build
# gives; the Python package runs; and nothing stays when all is removed.
#
# Runs in an empty folder with CMAKE, BUILD_DIR, INSTRUMENT and SOURCE_DIR set, as root, with the Debian
# mirror of this machine. What was downloaded stays in build/empty: later runs take seconds beyond the
# build of the packages. Takes part where CI or DCAT_FULL is set (./check --full). Nothing stays mounted.
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
[ -z "${INSTRUMENT// /}" ] || skip "an instrumented build is not packaged"
[ "$(id -u)" -eq 0 ] || skip "a Debian in a folder needs root"
[ -e "$SOURCE_DIR/.git" ] || skip "the checkout's list of files is git's"
for program in debootstrap dpkg-buildpackage dh lintian; do
    command -v "$program" >/dev/null || skip "$program is missing"
done
# shellcheck source=/dev/null
. /etc/os-release
[ "$ID" = debian ] || skip "this is not Debian"
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$VERSION_CODENAME" '$2 == release && $3 == "main" && !n++ {print $1}')
[ -n "$mirror" ] || skip "apt knows no mirror of $VERSION_CODENAME"

# ---- the packages
DEB_BUILD_OPTIONS="noautodbgsym parallel=$(nproc)" "$SOURCE_DIR/packages/deb.sh" debs >deb.log 2>&1 ||
    fail "packages/deb.sh: $(tail -20 deb.log)"
! grep -q 'dh_missing: warning' deb.log || fail "installed and in no package: $(grep 'dh_missing: warning' deb.log)"
version=$(sed -n 's/^project(dcat VERSION \([0-9.]*\).*/\1/p' "$SOURCE_DIR/CMakeLists.txt")
for name in libdcat"${version%.*}" libdcat-io"${version%.*}" libdcat-dev dcat python3-dcat; do
    compgen -G "debs/${name}_$version-*.deb" >/dev/null || fail "there is no package $name $version: $(ls debs)"
done
lintian --allow-root --fail-on error debs/*.changes >lintian.log 2>&1 || fail "lintian: $(cat lintian.log)"

# ---- an empty system, kept as an archive under a name that says what is in it
inside() { # COMMAND...
    timeout 1500 chroot root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
        DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}
apt_inside() { # ARGUMENT...
    inside apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root \
        -o APT::Keep-Downloaded-Packages=true "$@" >>apt.log 2>&1 || fail "apt-get $*: $(tail -3 apt.log)"
}
debs_inside() { # NAME...: our packages, as files
    printf "/debs/%s_$version-*.deb\n" "$@" | (cd root && sed 's,^/,,' | while read -r pattern; do
        compgen -G "$pattern"
    done) | sed 's,^,/,'
}

cache=$SOURCE_DIR/build/empty
mkdir -p "$cache/debs"
compiler=(gcc libc6-dev pkg-config)
later=(cmake make python3-numpy)
depends=$(for deb in debs/*.deb; do dpkg-deb -f "$deb" Depends; done)
archive=$cache/$VERSION_CODENAME-$(printf '%s\n' "${compiler[@]}" "${later[@]}" "$depends" | sha256sum | cut -c1-12).tar
mkdir root
if [ -e "$archive" ]; then
    tar -C root -xf "$archive"
    cp -r debs root/debs
else
    timeout 1500 debootstrap --variant=minbase --cache-dir="$cache/debs" "$VERSION_CODENAME" "$PWD/root" "$mirror" \
        >debootstrap.log 2>&1 || skip "no Debian from $mirror: $(tail -1 debootstrap.log)"
    apt_inside install "${compiler[@]}"
    rm -f root/var/cache/apt/archives/*.deb
    cp -r debs root/debs
    mapfile -t all < <(debs_inside libdcat"${version%.*}" libdcat-io"${version%.*}" libdcat-dev dcat python3-dcat)
    apt_inside --download-only install "${later[@]}" "${all[@]}"
    rm -f "$cache/$VERSION_CODENAME"-*.tar
    tar -C root --exclude=./debs -cf "$archive.part" .
    mv "$archive.part" "$archive"
fi

# ---- libdcat-dev and a compiler
mapfile -t files < <(debs_inside libdcat"${version%.*}" libdcat-io"${version%.*}" libdcat-dev)
apt_inside install "${files[@]}"
stray=$(inside dpkg-query -W -f '${Package}\n' | grep -e '-dev$' |
    grep -vE '^(libdcat|libc6|libgcc-[0-9]+|libcrypt|libnsl|libtirpc|linux-libc)-dev$' || true)
[ -z "$stray" ] || fail "there is more than a compiler: $stray"

mkdir root/examples
cp "$SOURCE_DIR"/examples/*.c root/examples/
compare() { # NAME PROGRAM
    inside "$2" >"$1.out" || fail "$2 exits with $?"
    diff -u "$SOURCE_DIR/examples/$1.expected" "$1.out" || fail "$2 prints something else"
}
module_of() { # NAME: those that use files need the second library
    if grep -qE '<dcat/x/(file|import|policy_file|report|scenario|x)\.h>' "root/examples/$1.c"; then
        echo dcat-io
    else
        echo dcat
    fi
}

names=()
for source in root/examples/*.c; do
    name=$(basename "$source" .c)
    names+=("$name")
    inside sh -c "gcc -std=c17 -Wall -Wextra -Werror /examples/$name.c -o /examples/$name \
        \$(pkg-config --cflags --libs $(module_of "$name")) -lm" || fail "$name does not compile"
    compare "$name" "/examples/$name"
done

apt_inside install cmake make
{
    echo 'cmake_minimum_required(VERSION 3.25)'
    echo 'project(user C)'
    echo "find_package(dcat ${version%.*} REQUIRED)"
    for name in "${names[@]}"; do
        echo "add_executable($name $name.c)"
        echo "target_link_libraries($name dcat::$(module_of "$name" | sed 's/dcat-//') m)"
    done
} >root/examples/CMakeLists.txt
inside sh -c 'cmake -S /examples -B /examples/build && cmake --build /examples/build' >package.log 2>&1 ||
    fail "find_package: $(tail -20 package.log)"
for name in "${names[@]}"; do
    compare "$name" "/examples/build/$name"
done

# ---- the program, with a plug-in
mapfile -t files < <(debs_inside dcat)
apt_inside install "${files[@]}"
inside cp -r /usr/share/doc/libdcat-dev/examples/plugins/template /mine
inside make -C /mine >make.log 2>&1 || fail "a plug-in: $(tail -5 make.log)"
inside dcat simulate paper --cycles 24 --auction 'plugin=/mine/my_plugin.so' >plugin.log || fail "a plug-in: $(cat plugin.log)"
for options in "paper --cycles 48" "chinanet --cycles 24 --clusterer kmeans --auction rea"; do
    # shellcheck disable=SC2086
    inside dcat simulate $options --json | grep -v decision_s >packaged.json
    # shellcheck disable=SC2086
    "$BUILD_DIR/dcat" simulate $options --json | grep -v decision_s >built.json
    diff -u built.json packaged.json || fail "the packaged program finds something else"
done
for name in compute memory; do # what its agents start
    inside "dcat-benchmark-$name" 1 0.1 7 1 >benchmark.log || fail "dcat-benchmark-$name: exits with $?"
    grep -qF '"checksum":"' benchmark.log || fail "dcat-benchmark-$name: $(cat benchmark.log)"
done
# The exchange: its units are there and not enabled, its example is as it should be, and the demo sells.
for unit in dcat-exchange dcat-agent; do
    [ -e "root/lib/systemd/system/$unit.service" ] || fail "no unit $unit"
    [ -z "$(find root/etc/systemd -name "$unit.service" 2>/dev/null)" ] || fail "$unit is enabled"
done
# Pages are there by their names, and so is what they take from examples/, in this package or in libdcat-dev.
named=$(cd "$SOURCE_DIR" && ls docs/*.md && sed 's,python/examples,,g' docs/*.md |
    grep -oE '\bexamples/[a-z][A-Za-z0-9_./-]*' | sed 's/[.]$//' | sort -u)
grep -q '^examples/' <<<"$named" || fail "pages name no example"
for path in $named; do
    [ -e "root/usr/share/doc/dcat/$path" ] || [ -e "root/usr/share/doc/libdcat-dev/$path" ] ||
        fail "pages name $path, which no package has"
done
inside dcat validate /usr/share/doc/dcat/examples/exchange/exchange.yaml >exchange.log || fail "the example: $(cat exchange.log)"
# Its agent and users are the same program, found by /proc, which this process alone sees there.
unshare --mount --propagation private sh -c 'mount -t proc proc root/proc && exec timeout 1500 chroot root env -i \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C dcat serve --demo --data /demo --listen 127.0.0.1:0' \
    >serve.out 2>serve.err </dev/null &
server=$!
for _ in $(seq 3000); do
    url=$(sed -n 's/.*"event":"serving","url":"\([^"]*\)".*/\1/p' serve.err)
    settled=$([ -z "$url" ] || curl -sS -m 20 "$url/metrics" | awk '/^dcat_tasks_total\{outcome="settled(_late)?"\}/ { n += $2 } END { print n + 0 }')
    [ "${settled:-0}" -lt 5 ] || break
    sleep 0.2
done
[ "${settled:-0}" -ge 5 ] || fail "the demo settles ${settled:-nothing}: $(tail -3 serve.err)"
kill -TERM "$server"
wait "$server" || fail "the demo ends with $?: $(tail -3 serve.err)"
inside dcat replay /demo >replay.log || fail "its log: $(cat replay.log)"
rm -rf root/demo
inside bash -c '. /usr/share/bash-completion/completions/dcat && complete -p dcat' >/dev/null || fail "bash completes nothing"
for page in dcat.1 dcat-bench.1 dcat-options.1 dcat-scenario.5; do # a minimal system unpacks no pages
    grep -q "usr/share/man/man${page##*.}/$page.gz" root/var/lib/dpkg/info/dcat.md5sums || fail "no page $page"
done

# ---- Python
mapfile -t files < <(debs_inside python3-dcat)
apt_inside install "${files[@]}"
inside python3 /usr/share/doc/python3-dcat/examples/own_clusterer.py >python.log || fail "Python: $(cat python.log)"

# ---- and away again; then a wheel of the source archive, where no library of ours is left
inside dpkg --purge python3-dcat dcat libdcat-dev libdcat-io"${version%.*}" libdcat"${version%.*}" >>apt.log 2>&1 ||
    fail "purge: $(tail -3 apt.log)"
left=$(find root/usr root/etc root/var -iname '*dcat*' | grep -v '^root/var/\(cache/apt\|log\)' || true)
[ -z "$left" ] || fail "what stays: $left"

mkdir sdist
/usr/bin/python3 "$SOURCE_DIR/python/wheel.py" sdist . >wheel.log
tar -C sdist --strip-components=1 -xf dcat-"$version".tar.gz
/usr/bin/python3 sdist/python/wheel.py lean . >>wheel.log 2>&1 || fail "a wheel: $(tail -5 wheel.log)"
wheel=$(echo dcat-"$version"-cp311-abi3-manylinux_*.whl)
[ "$(stat -c %s "$wheel")" -lt 10000000 ] || fail "the wheel is too large: $(ls -l "$wheel")"
apt_inside install python3-numpy # it came with our package, and stays
apt_inside autoremove --purge
! inside dpkg-query -W libyaml-0-2 libjansson4 libproj25 >/dev/null 2>&1 || fail "libraries are left: the wheel shows nothing"
cp "$wheel" "$SOURCE_DIR/python/examples/own_clusterer.py" root/
inside python3 -m zipfile -e "/$wheel" /lean
inside env PYTHONPATH=/lean python3 /own_clusterer.py >lean.log || fail "the wheel: $(cat lean.log)"
diff python.log lean.log || fail "the wheel finds something else"
! inside env PYTHONPATH=/lean python3 -c 'import dcat; dcat.Scenario("chinanet").world()' 2>lean.log || fail "chinanet without PROJ"
grep -q 'InputError.*PROJ' lean.log || fail "a geographic world without PROJ: $(cat lean.log)"
echo "$(grep -c '^[WI]:' lintian.log || true) remarks of lintian; ${#names[@]} examples, a plug-in, program and Python package used in an empty $PRETTY_NAME, and $wheel ($(stat -c %s "$wheel") bytes)"
