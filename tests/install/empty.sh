#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Use dcat in an empty Debian with a compiler and nothing else: what the shared libraries hide, their
# users need not have. Installs the build into an empty prefix, makes a Debian of the same release in a
# folder (debootstrap), adds gcc, libc6-dev and pkg-config and the packages that our shared libraries
# load, no -dev package among them, and builds and runs every example there; then the same with cmake
# and find_package().
#
# Runs in an empty folder with CMAKE, BUILD_DIR, LIBDIR, INSTRUMENT and SOURCE_DIR set, as root, with
# the Debian mirror of this machine. What was downloaded stays in build/empty: later runs take seconds.
# Takes part where CI or DCAT_FULL is set (./check --full). Nothing is mounted.
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
[ -z "${INSTRUMENT// /}" ] || skip "an instrumented build needs its sanitizers"
[ "$(id -u)" -eq 0 ] || skip "a Debian in a folder needs root"
command -v debootstrap >/dev/null || skip "debootstrap is missing"
# shellcheck source=/dev/null
. /etc/os-release
[ "$ID" = debian ] || skip "this is not Debian"
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$VERSION_CODENAME" '$2 == release && $3 == "main" {print $1; exit}')
[ -n "$mirror" ] || skip "apt knows no mirror of $VERSION_CODENAME"

"$CMAKE" --install "$BUILD_DIR" --prefix "$PWD/prefix" >install.log || fail "install: $(tail -3 install.log)"

# The packages that hold what our libraries load: a package of ours would depend on them.
needed_packages() {
    local file
    LD_LIBRARY_PATH=prefix/$LIBDIR ldd prefix/"$LIBDIR"/libdcat*.so | awk '$2 == "=>" && $3 ~ /^\// {print $3}' |
        grep -v '/libdcat' | sort -u | while read -r file; do
        dpkg-query -S "$(readlink -f "$file")" "$(readlink -f "$file" | sed 's,^/usr,,')" 2>/dev/null || true
    done | sed 's/:.*//' | sort -u
}
mapfile -t needed < <(needed_packages)
printf '%s\n' "${needed[@]}" | grep -qx 'libjansson4' || fail "what the libraries need was not found: ${needed[*]}"
! printf '%s\n' "${needed[@]}" | grep -e '-dev$' || fail "a library needs a package for developers"

inside() { # COMMAND...
    timeout 200 chroot root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
        DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}
install_inside() { # PACKAGE...
    inside apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root \
        -o APT::Keep-Downloaded-Packages=true install "$@" >>apt.log 2>&1 ||
        fail "installing $*: $(tail -3 apt.log)"
}

# An empty system, kept as an archive under a name that says what is in it.
cache=$SOURCE_DIR/build/empty
mkdir -p "$cache/debs"
wanted=(gcc libc6-dev pkg-config "${needed[@]}")
archive=$cache/$VERSION_CODENAME-$(printf '%s\n' "${wanted[@]}" | sha256sum | cut -c1-12).tar
if [ -e "$archive" ]; then
    mkdir root
    tar -C root -xf "$archive"
else
    timeout 300 debootstrap --variant=minbase --cache-dir="$cache/debs" "$VERSION_CODENAME" "$PWD/root" "$mirror" \
        >debootstrap.log 2>&1 || skip "no Debian from $mirror: $(tail -1 debootstrap.log)"
    install_inside "${wanted[@]}"
    rm -f root/var/cache/apt/archives/*.deb
    inside apt-get -q -y --no-install-recommends --download-only -o APT::Sandbox::User=root install cmake make \
        >>apt.log 2>&1 || fail "cmake: $(tail -3 apt.log)"
    rm -f "$cache/$VERSION_CODENAME"-*.tar
    tar -C root -cf "$archive.part" .
    mv "$archive.part" "$archive"
fi
stray=$(inside dpkg-query -W -f '${Package}\n' | grep -e '-dev$' |
    grep -vE '^(libc6|libgcc-[0-9]+|libcrypt|libnsl|libtirpc|linux-libc)-dev$' || true)
[ -z "$stray" ] || fail "there is more than a compiler: $stray"

mkdir -p root/opt root/examples
cp -a prefix root/opt/dcat
cp "$SOURCE_DIR"/examples/*.c root/examples/

compare() { # NAME PROGRAM
    inside env LD_LIBRARY_PATH="/opt/dcat/$LIBDIR" "$2" >"$1.out" || fail "$2 exits with $?"
    diff -u "$SOURCE_DIR/examples/$1.expected" "$1.out" || fail "$2 prints something else"
}

module_of() { # NAME: those that use files need the second library
    if grep -qE '<dcat/x/(file|import|policy_file|report|scenario|x)\.h>' "root/examples/$1.c"; then
        echo dcat-io
    else
        echo dcat
    fi
}

# With pkg-config.
names=()
for source in root/examples/*.c; do
    name=$(basename "$source" .c)
    names+=("$name")
    inside sh -c "PKG_CONFIG_PATH=/opt/dcat/$LIBDIR/pkgconfig; export PKG_CONFIG_PATH
        gcc -std=c17 -Wall -Wextra -Werror /examples/$name.c -o /examples/$name \
            \$(pkg-config --cflags --libs $(module_of "$name")) -lm" || fail "$name does not compile"
    compare "$name" "/examples/$name"
done

# With find_package().
install_inside cmake make
{
    echo 'cmake_minimum_required(VERSION 3.25)'
    echo 'project(user C)'
    echo 'find_package(dcat 0.1 REQUIRED)'
    for name in "${names[@]}"; do
        echo "add_executable($name $name.c)"
        echo "target_link_libraries($name dcat::$(module_of "$name" | sed 's/dcat-//') m)"
    done
} >root/examples/CMakeLists.txt
inside sh -c 'cmake -S /examples -B /examples/build -DCMAKE_PREFIX_PATH=/opt/dcat && cmake --build /examples/build' \
    >package.log 2>&1 || fail "find_package: $(tail -20 package.log)"
for name in "${names[@]}"; do
    compare "$name" "/examples/build/$name"
done
echo "${#names[@]} examples built and run in an empty $PRETTY_NAME, with pkg-config and with find_package"
