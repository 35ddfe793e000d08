#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat interlink against what a node of interLink sends: pods become tasks.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
folder=$(mktemp -d /tmp/dcat_interlink_XXXXXX)
trap 'rm -rf "$folder"' EXIT
chmod 711 "$folder"
timeout 3000 python3 "$SOURCE_DIR/tests/tool/interlink.py" "$DCAT" "$folder/market" >out 2>err || complain "$(cat out err)"
cat out
expect 2 interlink
holds err "Give --area NAME"
finish
