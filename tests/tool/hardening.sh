#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What users run is hardened (cmake/DcatFlags.cmake): read off the binary.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

if grep -qE '__asan_init|__tsan_init' "$DCAT" || ! "$DCAT" --version | grep -qE -- '-O[23s]'; then
    echo "needs an optimised build without sanitizers"
    exit 77
fi
readelf --wide --file-header --dynamic --program-headers --dyn-syms "$DCAT" >elf
holds elf "Position-Independent Executable"
holds elf "GNU_RELRO"
holds elf "BIND_NOW"
holds elf "__stack_chk_fail"
holds elf "printf_chk" # fortified
finish
