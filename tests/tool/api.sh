#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every function of the public headers has a user outside its own folder and its tests, or stands in
# the list "Kept for embedders" of docs/stable.md with the reason. The list holds no other.
set -euo pipefail

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

cd "$SOURCE_DIR"
# Every word dcat_... by file, comments left out: "FILE NAME". In documents all words count.
words() {
    find src exchange tool studies bench python -name '*.[ch]' -print0 | xargs -0 awk '
        { sub(/\/\/.*/, ""); while (match($0, /dcat_[a-z0-9_]+/)) {
            print FILENAME, substr($0, RSTART, RLENGTH); $0 = substr($0, RSTART + RLENGTH) } }'
    find examples docs -type f \( -name '*.c' -o -name '*.md' \) ! -name stable.md ! -name architecture.md -print0 |
        xargs -0 grep -ohE '\bdcat_[a-z0-9_]+' | sed 's,^,docs ,'
}
words | sort -u >"$OLDPWD/words.txt"
sed -n '/^## Kept for embedders/,/^## /p' docs/stable.md | grep -oE '^\| `dcat_[a-z0-9_]+`' | tr -d '|` ' | sort >"$OLDPWD/kept.txt"

# Functions by header. Where one is defined: a line that begins with its type and is no declaration.
for header in $(find include/dcat -name '*.h' | sort); do
    sed 's,//.*,,' "$header" | grep -v '^ *#' | tr '\n' ' ' |
        grep -oE '\bDCAT_(API|INLINE)\b[^;{(]*\bdcat_[a-z0-9_]+ *\(' | grep -oE 'dcat_[a-z0-9_]+ *\($' | tr -d ' (' |
        sed "s,^,$header ," || true
done >"$OLDPWD/functions.txt"
find src -name '*.c' -print0 | xargs -0 grep -oE '^[a-z][a-z0-9_ ]*[ *]dcat_[a-z0-9_]+\(' |
    sed -E 's,^([^:]*):.*(dcat_[a-z0-9_]+)\($,\2 \1,' >"$OLDPWD/defined.txt"
cd "$OLDPWD"

awk '
    FILENAME == "defined.txt" { home[$1] = $2; next }
    FILENAME == "words.txt" { users[$2] = users[$2] " " $1; next }
    function folder(path) { split(path, part, "/"); return part[1] "/" part[2] }
    {
        count = split(users[$2], user, " ")
        for (i = 1; i <= count; i++) {
            if (!($2 in home) || folder(user[i]) != folder(home[$2])) { next }
        }
        print $2
    }' defined.txt words.txt functions.txt | sort >unused.txt

count=$(wc -l <functions.txt)
[ "$count" -gt 100 ] || fail "only $count functions were found"
new=$(comm -23 unused.txt kept.txt)
[ -z "$new" ] || fail "nobody uses:" $new
used=$(comm -13 unused.txt kept.txt)
[ -z "$used" ] || fail "in the list of docs/stable.md, but used or gone:" $used
core=$(grep -c '^include/dcat/[a-z_]*\.h ' functions.txt)
echo "$count public functions, $core of the core; $(wc -l <kept.txt) kept for embedders"
