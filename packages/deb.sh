#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make the Debian source package of this checkout (its tracked files as they are now) and the binary
# packages of it. Usage: packages/deb.sh FOLDER [ARGUMENT of dpkg-buildpackage...]
#
# FOLDER then holds dcat_VERSION.dsc, .orig.tar.gz, .debian.tar.xz, the .debs and .changes. Needs the
# packages of packages/core.txt and service.txt and debhelper, dh-python and dpkg-dev. The same checkout
# gives the same bytes, whatever FOLDER is.
set -euo pipefail

[ $# -ge 1 ] || { echo "Usage: $0 FOLDER [ARGUMENT of dpkg-buildpackage...]" >&2 && exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

version=$(dpkg-parsechangelog -S Version)
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -S Timestamp)
export SOURCE_DATE_EPOCH
top=dcat-${version%-*}
rm -rf "${folder:?}/$top"
mkdir "$folder/$top"
git ls-files -z | while IFS= read -r -d '' file; do # without what was deleted and not yet committed
    [ ! -e "$file" ] || printf '%s\0' "$file"
done | xargs -0 cp -a --parents -t "$folder/$top"

cd "$folder"
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw \
    --exclude="$top/debian" -c "$top" | gzip -9n >"dcat_${version%-*}.orig.tar.gz"
cd "$top"
dpkg-buildpackage -us -uc "$@"
rm -rf "${folder:?}/$top"
