#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles by itself, as C17 and as C++, and the libraries have a symbol for every
# function that a header declares, those among them whose text stands in the header. Runs in an empty
# folder with CC, INSTRUMENT (sanitizer flags of the build), BUILD_DIR and SOURCE_DIR set.
set -euo pipefail

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

include=$SOURCE_DIR/include
mapfile -t headers < <(cd "$include" && find dcat -name '*.h' | sort)
flags=(-Wall -Wextra -Wpedantic -Wno-long-long -Werror -fsyntax-only -I "$include")
languages=(C17)
if command -v g++ >/dev/null; then
    languages+=(C++)
fi
for header in "${headers[@]}"; do
    printf '#include <%s>\n' "$header" | tee one.c >one.cc
    "$CC" -std=c17 "${flags[@]}" one.c || fail "$header does not compile by itself"
    if command -v g++ >/dev/null; then
        g++ -std=c++17 "${flags[@]}" one.cc || fail "$header does not compile by itself as C++"
    fi
done

# What the headers declare: NAME( after DCAT_API or DCAT_INLINE, up to the end of the declaration.
declared() {
    local header
    for header in "${headers[@]}"; do
        sed 's,//.*,,' "$include/$header" | grep -v '^ *#' | tr '\n' ' ' |
            grep -oE '\bDCAT_(API|INLINE)\b[^;{(]*\bdcat_[a-z0-9_]+ *\(' | grep -oE 'dcat_[a-z0-9_]+ *\($' | tr -d ' (' || true
    done
}
declared | sort >declared.txt
count=$(wc -l <declared.txt)
[ "$count" -gt 100 ] || fail "only $count functions were found in ${#headers[@]} headers"
[ -z "$(uniq -d declared.txt)" ] || fail "declared twice: $(uniq -d declared.txt)"

cat >find.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
// find LIBRARY...: names on standard input that no library has.
int main(int argc, char **argv)
{
    void *library[8];
    char name[256];
    for (int i = 1; i < argc; i++) {
        library[i] = dlopen(argv[i], RTLD_NOW);
        if (library[i] == NULL) {
            printf("%s\n", dlerror());
        }
    }
    while (fgets(name, sizeof name, stdin) != NULL) {
        int found = 0;
        name[strcspn(name, "\n")] = '\0';
        for (int i = 1; i < argc; i++) {
            found += library[i] != NULL && dlsym(library[i], name) != NULL;
        }
        if (found == 0) {
            printf("%s\n", name);
        }
    }
    return 0;
}
END
read -ra instrument <<<"${INSTRUMENT:-}" # a sanitizer wants to be there first
"$CC" -std=gnu17 "${instrument[@]}" find.c -ldl -o find || fail "the program that looks names up does not compile"
libraries=("$BUILD_DIR/libdcat.so")
if [ -e "$BUILD_DIR/libdcat-io.so" ]; then
    libraries+=("$BUILD_DIR/libdcat-io.so")
fi
missing=$(./find "${libraries[@]}" <declared.txt)
[ -z "$missing" ] || fail "no library has: $missing"
echo dcat_no_such_function | ./find "${libraries[@]}" | grep -q no_such || fail "names are not looked up"

echo "${#headers[@]} headers compile by themselves as ${languages[*]}; dlsym finds all $count functions"
