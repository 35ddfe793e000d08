#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plug-ins, built outside the tree against the public headers alone: they decide and sell, are refused with
# the reason, stand in manifests and keys of kept runs, and `dcat audit` judges what they claim.
set -euo pipefail

. "$SOURCE_DIR/tests/support.sh"

build() { # SOURCE OUTPUT [FLAG...]
    "${CC:-cc}" -O2 -Wall -Wextra -Werror -shared -fPIC "${@:3}" -I"$SOURCE_DIR/include" "$1" -o "$2"
}
build "$SOURCE_DIR/plugins/greedy/greedy.c" greedy.so
build "$SOURCE_DIR/plugins/second-price/second_price.c" second_price.so
cp -r "$SOURCE_DIR/plugins/template" template
make -s -C template CFLAGS="-I$SOURCE_DIR/include"
if nm -D --defined-only greedy.so | grep -v ' dcat_plugin_entry$' | grep -q ' T '; then
    complain "greedy.so exports more than its entry"
fi
if nm -D --undefined-only greedy.so | grep -q dcat_; then
    complain "greedy.so needs symbols of dcat"
fi

profit() { # POLICY: of 3 cycles
    "$DCAT" compare paper --quiet --json --worlds 2 --cycles 3 --policies "$1" | jq -c '[.rows[].profit.mean]'
}
# A second price from outside is vickrey; arguments arrive.
[ "$(profit 'linkage:plugin=./second_price.so')" = "$(profit linkage:vickrey)" ] || complain "second-price is not vickrey"
[ "$(profit 'plugin=./greedy.so?size=1:rea')" = "$(profit single:rea)" ] || complain "greedy of one server each is not single"
[ "$(profit 'plugin=./greedy.so?size=9:rea')" != "$(profit single:rea)" ] || complain "greedy forms no clusters"
profit 'plugin=template/my_plugin.so:plugin=template/my_plugin.so' >/dev/null

# Any command, and the manifest.
"$DCAT" simulate paper --quiet --cycles 1 --clusterer 'plugin=./greedy.so?size=3' \
    --auction 'plugin=./second_price.so#first-price' --out run >/dev/null
jq -e --arg sha "$(sha256sum <greedy.so | cut -d' ' -f1)" '.plugins | length == 2 and .[0].sha256 == $sha and
    .[0].arguments == "?size=3" and .[1].arguments == "#first-price"' run/manifest.json >/dev/null ||
    complain "manifest: $(jq -c .plugins run/manifest.json)"
"$DCAT" explain paper --quiet --auction 'plugin=./second_price.so' --cycle 2400 --task 1 >/dev/null
"$DCAT" cluster paper --quiet --clusterer plugin=./greedy.so --out map >/dev/null

refused() { # WHAT PATTERN COMMAND...
    local what=$1 pattern=$2 status=0
    shift 2
    "$@" >out.txt 2>err.txt || status=$?
    [ "$status" -eq 2 ] || complain "$what: exit $status, not 2: $(head -3 err.txt)"
    grep -q -- "$pattern" err.txt || complain "$what: $(head -3 err.txt)"
}
refused "a file that is not there" "plugin=./none.so: no plug-in at './none.so'" \
    "$DCAT" simulate paper --clusterer plugin=./none.so
refused "arguments" "greedy takes size=N with N >= 1, got 'size=x'" "$DCAT" simulate paper --clusterer 'plugin=./greedy.so?size=x'
refused "another kind" "the plug-in has no auction" "$DCAT" simulate paper --auction plugin=./greedy.so
refused "another name" "the plug-in has no auction called third" "$DCAT" simulate paper --auction 'plugin=./second_price.so#third'
printf 'int nothing;\n' >empty.c
build empty.c empty.so
refused "no plug-in" "no plug-in, it has no dcat_plugin_entry" "$DCAT" simulate paper --auction plugin=./empty.so

# What it says wrongly ends the run.
sed 's/first_price ? input->bid\[best\] : price/2 * reserve/' "$SOURCE_DIR/plugins/second-price/second_price.c" >dear.c
build dear.c dear.so -Wno-unused-parameter -Wno-unused-but-set-variable
refused "a price above the reserve" "auction second-price: its price must be from the winner's bid" \
    "$DCAT" compare paper --quiet --worlds 2 --cycles 2 --policies linkage:plugin=./dear.so,linkage:rea

# Audit: what second-price claims holds, first-price's claim is found wrong, and a rule with a memory is no rule.
audit() { # AUCTION
    "$DCAT" audit paper --worlds 1 --cycles 1 --pairs 100 --attempts 1 --auction "$1" >out 2>err
}
audit plugin=./second_price.so || complain "second-price: $(tail -2 out err)"
grep -q 'four runs with one seed, on 1 and 2 threads, gave the same bits' err || complain "no word of repeats: $(cat err)"
! audit 'plugin=./second_price.so#first-price' || complain "first-price is not found out"
grep -q '^BROKEN: first-price promises "no lie of a cluster pays"' out || complain "first-price: $(tail -3 out)"
sed 's/if (input->bid\[best\] > reserve)/static int calls; if (++calls % 3 == 0 || input->bid[best] > reserve)/' \
    "$SOURCE_DIR/plugins/second-price/second_price.c" >moody.c
build moody.c moody.so
! audit plugin=./moody.so || complain "a rule that counts its calls passes"
grep -q 'linkage:second-price: four runs .* gave different bits' err || complain "moody: $(cat err)"

finish
