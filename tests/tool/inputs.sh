#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Inputs of payloads by URI: fetched before the start, checked, measured.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
folder=$(mktemp -d /tmp/dcat_inputs_XXXXXX)
trap 'rm -rf "$folder"' EXIT
chmod 711 "$folder"
timeout 3000 python3 "$SOURCE_DIR/tests/tool/inputs.py" "$DCAT" "$folder/market" >out 2>err || complain "$(cat out err)"
cat out
finish
