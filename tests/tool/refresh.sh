#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/refresh: prints anew what stands between markers, sees differences, skips what is long, refuses
# broken markers; the markers of README and docs are well-formed and their tables exist.
set -euo pipefail

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

refresh() {
    DCAT_BUILD=$(dirname "$DCAT") "$SOURCE_DIR/docs/refresh" "$@"
}

cat >page.md <<'END'
# Page
<!-- refresh table (1 s): printf '| a |\n|---|\n| %d |\n' $((1 + 1)) -->
| a |
|---|
| 3 |
<!-- /refresh -->
between
<!-- refresh text (1 s): echo "step   12 ms  more" -->
```
step 7.5 s more
```
<!-- /refresh -->
<!-- refresh text long (1 h): echo new -->
old
<!-- /refresh -->
<!-- refresh text times (1 s): echo 2 apples -->
<!-- /refresh -->
END
cp page.md first.md

# ---- a wrong number is shown and nothing written; times, long and timed tables do not count
if refresh --check page.md >out 2>err; then fail "--check is content with a wrong number"; fi
grep -q '^-| 3 |' out && grep -q '^+| 2 |' out || fail "--check does not show the difference"
if grep -qE '^[-+].*(step|old|new|apples)' out; then fail "--check compares what it should not"; fi
cmp page.md first.md || fail "--check writes"

# ---- written, and then equal
refresh page.md 2>err
sed -n 2,5p page.md | grep -q '^| 2 |$' || fail "the table is not printed anew"
grep -q '^step   12 ms  more$' page.md && grep -q '^2 apples$' page.md || fail "text is not printed anew"
grep -q '^old$' page.md || fail "what is long is run without --long"
[ "$(grep -c '^between$' page.md)" = 1 ] || fail "the text between tables changes"
refresh --check page.md 2>err || fail "what was just printed differs"
refresh --long page.md 2>err
grep -q '^new$' page.md || fail "--long leaves out what is long"

# ---- the same command of dcat is run once
[ "$(refresh --list page.md | wc -l)" = 4 ] || fail "--list does not show four commands"

# ---- trouble names file and line
refuse() { # TEXT MESSAGE
    printf '%s\n' "first" "$1" >broken.md
    cp broken.md before.md
    if refresh broken.md >out 2>err; then fail "accepts $1"; fi
    grep -q "$2" err || fail "says $(cat err) of $1"
    cmp broken.md before.md || fail "writes in spite of $1"
}
refuse '<!-- refresh text (1 s): echo a -->' 'broken.md:2: no <!-- /refresh -->'
refuse '<!-- refresh text: echo a -->' 'broken.md:2: not <!-- refresh'
refuse $'<!-- refresh text (1 s): false -->\n<!-- /refresh -->' 'broken.md:2: failed: false'
refuse $'<!-- refresh text (1 s): true -->\n<!-- /refresh -->' 'broken.md:2: prints nothing'

# ---- every marker of the product's pages can be read, and its table is there
refresh --list >list
[ "$(wc -l <list)" -ge 15 ] || fail "only $(wc -l <list) printed tables"
sed -n 's/.*docs.tables.sh \([a-z_]*\).*/\1/p' list | sort -u | while read -r table; do
    grep -qE "^(table_)?$table\(\)" "$SOURCE_DIR"/docs/tables*.sh || fail "docs/tables.sh has no table $table"
done
sed -n 's/^table_\([a-z_]*\)().*/\1/p' "$SOURCE_DIR"/docs/tables*.sh | while read -r table; do
    grep -q "docs/tables.sh $table" list || fail "no page prints the table $table"
done
