#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The page "bring your own network": its commands run as written, the files it shows are the example's,
# and the mistakes it lists give the messages it lists.
set -euo pipefail

page=$SOURCE_DIR/docs/own-network.md
mkdir bin
ln -s "$DCAT" bin/dcat
export PATH=$PWD/bin:$PATH
ln -s "$SOURCE_DIR/examples" examples
top=$PWD

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

# The text of all blocks of one kind, fences left out.
blocks() {
    awk -v fence='```'"$1" '$0 == fence { on = 1; next } /^```/ { on = 0 } on' "$page"
}

# ---- The scenario shown is the example's.
blocks yaml >shown.yaml
cmp shown.yaml examples/own-network/scenario.yaml || fail "the page shows another scenario.yaml"

# ---- Every command, in order, in one shell.
blocks sh >commands.sh
count=$(grep -c '^dcat ' commands.sh)
[ "$count" -ge 6 ] || fail "the page has only $count commands"
bash -euo pipefail commands.sh >out 2>err || { cat err >&2; fail "a command of the page fails"; }
grep -q 'own-network: valid' out || fail "validate does not say that the scenario is valid"
grep -q 'own-network-gml: valid' out || fail "the GML variant is not valid"
[ -s my-network/results/report.html ] || fail "compare leaves no report"
[ -s my-network/tasks-run/tasks.csv ] || fail "simulate leaves no tasks.csv"
[ "$(grep -vc '^[#a]' my-network/tasks.csv)" -eq "$(($(wc -l <my-network/tasks-run/tasks.csv) - 1))" ] ||
    fail "simulate does not report every given task"

# ---- GML and CSV describe the same network: the same clusters and paths, word for word.
cd "$top"
dcat validate my-network/scenario.yaml --set network.link_mbps=500 >csv.txt
dcat validate my-network/with-gml.yaml --set network.link_mbps=500 >gml.txt
diff <(grep -E '^(Servers|Clusters|Network|Areas)' csv.txt) <(grep -E '^(Servers|Clusters|Network|Areas)' gml.txt) ||
    fail "GML and CSV give different networks"

# ---- The mistakes of the last section.
# mistake FILE SED-EXPRESSION: the message must be in the page, after the folder's name.
mistake() {
    rm -rf broken
    cp -r examples/own-network/ broken
    sed -i "$2" "broken/$1"
    local status=0 message
    dcat validate broken/scenario.yaml >out 2>err || status=$?
    [ "$status" -eq 2 ] || fail "'$2' in $1 exits with $status, not 2"
    message=$(sed -n 's/^dcat[a-z ]*: //; s/broken\///gp' err | head -n 1)
    [ -n "$message" ] || fail "'$2' in $1 gives no message: $(cat err)"
    grep -qxF -- "$message" "$page" || fail "the page lacks this message: $message"
}
mistake servers.csv 's/^spree-1,Berlin,300/spree-1,Berlin,-280/'
mistake servers.csv 's/speed_ghz/speed/'
mistake servers.csv 's/^rhine,Cologne/rhine,Colonge/'
mistake links.csv '/Munich/d'
mistake scenario.yaml 's/price_per_gigacycle/price_per_gigacyle/'

# ---- Awkward files that are fine: CRLF and a byte order mark.
rm -rf awkward
cp -r examples/own-network/ awkward
for file in awkward/*.csv awkward/scenario.yaml; do
    { printf '\xef\xbb\xbf'; sed 's/$/\r/' "$file"; } >tmp
    mv tmp "$file"
done
dcat validate awkward/scenario.yaml >/dev/null || fail "CRLF and a byte order mark are refused"

# ---- Clusters of one's own beside others: what `dcat cluster` writes is read again, to the bit.
own=examples/own-network/scenario.yaml
dcat cluster $own --clusterer linkage >clusters.csv
dcat compare $own --worlds 2 --cycles 6 --quiet --policies 'linkage:rea-s,file=clusters.csv:rea-s' --json >both.json
[ "$(jq '.rows[] | .profit.mean' both.json | sort -u | wc -l)" -eq 1 ] || fail "file is not linkage: $(cat both.json)"
jq -r '.rows[] | .clusterer' both.json | grep -qx 'file=clusters' || fail "no row file=clusters"
dcat simulate $own --clusterer file=clusters.csv --quiet >/dev/null || fail "simulate with file"
sed 's/,isar,/,isra,/' clusters.csv >wrong.csv
status=0
dcat simulate $own --clusterer file=wrong.csv --quiet >/dev/null 2>err || status=$?
{ [ "$status" -eq 2 ] && grep -q 'wrong.csv:[0-9]*: server: must be a server.*did you mean isar?' err; } ||
    fail "a wrong name: $status $(cat err)"
status=0
dcat simulate $own --clusterer file=clusters.csv --set clustering.span_max_km=1 --quiet >/dev/null 2>err || status=$?
{ [ "$status" -eq 2 ] && grep -q 'clusters.csv:[0-9]*: cluster: .* km apart' err; } || fail "span: $status $(cat err)"
status=0
dcat compare $own --policies file:rea-s 2>err || status=$?
{ [ "$status" -eq 2 ] && grep -q 'file=clusters.csv' err; } || fail "file without a table: $(cat err)"

echo "own-network: $count commands and 5 mistakes behave as the page says"
