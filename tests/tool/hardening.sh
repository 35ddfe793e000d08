#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What users run is hardened (cmake/DcatFlags.cmake): read off the binary.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

! sanitized && "$DCAT" --version | grep -qE -- '-O[23s]' || skip "needs an optimised build without sanitizers"
readelf --wide --file-header --dynamic --program-headers --dyn-syms "$DCAT" >elf
holds elf "Position-Independent Executable"
holds elf "GNU_RELRO"
holds elf "BIND_NOW"
holds elf "__stack_chk_fail"
holds elf "printf_chk" # fortified
finish
