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
build "$SOURCE_DIR/plugins/heads/heads.c" heads.so
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
mkfifo pipe.so
refused "a pipe" "./pipe.so: no plug-in: it is no file" timeout 60 "$DCAT" simulate paper --clusterer plugin=./pipe.so
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

# Shares: paid by load all the way, heads is unit; in the scenario's file the name is beside it.
divided() { # SHARE [SETTING...]: profit of 3 cycles
    "$DCAT" compare paper --quiet --json --worlds 2 --cycles 3 --policies linkage:rea-s --set "market.share=$1" \
        "${@:2}" | jq -c '[.rows[].profit.mean]'
}
[ "$(divided 'plugin=./heads.so?part=0')" = "$(divided unit)" ] || complain "heads of nothing is not unit"
[ "$(divided plugin=./heads.so)" != "$(divided unit)" ] || complain "heads is unit"
divided plugin=template/my_plugin.so >/dev/null
"$DCAT" scenarios paper --out mine >/dev/null
sed -i 's/^market:$/market:\n  share: "plugin=heads.so?part=0.5"/' mine/scenario.yaml
cp heads.so mine/
"$DCAT" validate mine/scenario.yaml >/dev/null || complain "a share beside its scenario"
"$DCAT" simulate mine/scenario.yaml --quiet --cycles 1 --clusterer plugin=./greedy.so --out shared >/dev/null
jq -e --arg sha "$(sha256sum <heads.so | cut -d' ' -f1)" '(.plugins | map(.arguments) == ["", "?part=0.5"]) and
    .plugins[1].sha256 == $sha and any(.inputs[]; .sha256 == $sha and .path == "mine/heads.so")' shared/manifest.json >/dev/null ||
    complain "manifest of a share: $(jq -c .plugins shared/manifest.json)"

# A checker written from the pages knows no rules of others, and says so.
"$DCAT" simulate paper --quiet --cycles 1 --set market.share=plugin=./heads.so --tasks --clusters --servers --network --bids --out foreign >/dev/null
status=0
python3 "$SOURCE_DIR/examples/verify/verify.py" foreign >out.txt 2>err.txt || status=$?
[ "$status" -eq 2 ] && grep -q "share plugin=./heads.so is a plug-in's" err.txt || complain "verify: $status, $(cat out.txt err.txt)"

# Kept runs belong to the file and its arguments.
keys() { # SHARE: of the runs that a stopped comparison keeps
    rm -rf kept kept.jobs
    "$DCAT" compare paper --quiet --worlds 64 --policies linkage:rea-s --set "market.share=$1" --out kept >/dev/null 2>&1 &
    until compgen -G 'kept.jobs/*.json' >/dev/null; do
        kill -0 $! 2>/dev/null || { complain "a comparison of 64 worlds ends before it is stopped" && finish; }
        sleep 0.02
    done
    kill -INT $!
    wait $! || true
    (cd kept.jobs && echo ./*.json | tr ' ' '\n' | sort)
}
keys plugin=./heads.so >keys-1
keys 'plugin=./heads.so?part=0.5' >keys-2
[ -z "$(comm -12 keys-1 keys-2)" ] || complain "runs with other arguments of a share are taken for the same"
keys plugin=./heads.so >keys-3
[ -n "$(comm -12 keys-1 keys-3)" ] || complain "the same share is taken for another"

refused "arguments of a share" "--set market.share=.*heads takes part=P with P in \[0, 1\], got 'part=2'" \
    "$DCAT" simulate paper --set 'market.share=plugin=./heads.so?part=2'
refused "a share's file that is not there" "market.share=plugin=./none.so: ./none.so: No such file" \
    "$DCAT" simulate paper --set market.share=plugin=./none.so
refused "no share" "the plug-in has no share" "$DCAT" simulate paper --set market.share=plugin=./greedy.so
refused "neither" "must be unit or tariff or load or plugin=PATH?ARGUMENTS, got plug" "$DCAT" simulate paper --set market.share=plug
refused "opt-out" "needs market.share: tariff" "$DCAT" simulate paper --set market.share=plugin=./heads.so --set market.opt_out=true
refused "a bound" "share heads is a plug-in's" "$DCAT" bound paper --cycles 1 --set market.share=plugin=./heads.so
sed 's/return payment \* (part/return 1.01 * payment * (part/' "$SOURCE_DIR/plugins/heads/heads.c" >more.c
build more.c more.so
refused "more than the payment" "share heads: members must get all of a payment" \
    "$DCAT" compare paper --quiet --worlds 2 --cycles 2 --policies linkage:rea-s --set market.share=plugin=./more.so
refused "more than the payment, trained on" "share heads: members must get all of a payment" \
    "$DCAT" train paper --quiet --epochs 1 --environments 1 --samples 2 --validate-worlds 1 -o never.safetensors --set market.share=plugin=./more.so
divide() { # SHARE
    "$DCAT" audit paper --worlds 1 --cycles 1 --pairs 100 --attempts 1 --auction rea-s --set "market.share=$1" >out 2>err
}
divide 'plugin=./heads.so?part=0.3' || complain "heads: $(tail -2 out err)"
grep -q 'four runs with one seed, on 1 and 2 threads, gave the same bits' err || complain "no word of repeats: $(cat err)"
! divide 'plugin=./heads.so#surplus' || complain "surplus is not found out"
grep -q '^BROKEN: rea-s promises "no lie of a member pays"' out || complain "surplus: $(tail -3 out)"
! grep -q '^BROKEN: rea-s promises "no member loses' out || complain "surplus loses: $(tail -3 out)"

# A plug-in from before there were shares is shorter, and loads.
sed 's/\.size = sizeof plugin,/.size = offsetof(dcat_plugin, shares),/' "$SOURCE_DIR/plugins/second-price/second_price.c" >early.c
build early.c early.so
[ "$(profit linkage:plugin=./early.so)" = "$(profit linkage:vickrey)" ] || complain "a shorter plug-in"
refused "a shorter plug-in's share" "the plug-in has no share" "$DCAT" simulate paper --set market.share=plugin=./early.so

finish
