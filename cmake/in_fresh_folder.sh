#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Run a test script in a fresh temporary folder, which is removed afterwards.
# Usage: in_fresh_folder.sh TOOL SOURCE_DIR SCRIPT
set -euo pipefail
export DCAT=$1 SOURCE_DIR=$2
script=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/dcat-test.XXXXXX")
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
cd "$work"
bash "$script"
