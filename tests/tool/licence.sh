#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every source file says its licence in its first lines.
set -euo pipefail

cd "$SOURCE_DIR"
count=0 bare=()
while read -r file; do
    count=$((count + 1))
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || bare+=("$file")
done < <(
    find include src tool bench studies tests fuzz examples cmake packages policies docs -type f \
        \( -name '*.[ch]' -o -name '*.sh' -o -name '*.cmake' -o -name '*.py' -o -name '*.sbatch' \) -not -path 'fuzz/corpus/*'
    printf '%s\n' CMakeLists.txt check quickstart .ci/run
)
[ "$count" -gt 300 ] || { echo "FAILED: only $count source files were found" >&2 && exit 1; }
[ "${#bare[@]}" -eq 0 ] || { echo "FAILED: no licence in ${bare[*]}" >&2 && exit 1; }
echo "$count source files say their licence"
