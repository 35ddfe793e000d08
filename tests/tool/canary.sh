#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tasks whose answers are known, given to servers of a live exchange: who is right, wrong and slow.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
folder=$(mktemp -d /tmp/dcat_canary_XXXXXX)
trap 'rm -rf "$folder"' EXIT
chmod 711 "$folder"
python3 "$SOURCE_DIR/tests/tool/canary.py" "$DCAT" "$folder" || complain "canaries do not tell servers apart"
finish
