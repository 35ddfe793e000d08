#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Inputs that once went wrong, from the folder ../shared/cases beside the source tree: each gives what
# its line in README.md there says is right. Without that folder there is nothing to try.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

cases=$SOURCE_DIR/../shared/cases
[ -d "$cases" ] || skip "there is no folder ../shared/cases beside the source tree"

# A fresh copy of the example, with one of its files replaced. Usage: own FILE CASE
own() {
    rm -rf own && cp -r "$SOURCE_DIR/examples/own-network" own
    sed 's/,A,/,Hamburg,/' "$cases/$2" >"own/$1"
}

# ---- Arrivals that begin far from 0: said, and rebased
for name in epoch-tasks late-tasks; do
    own tasks.csv "$name.csv"
    expect 0 validate own/with-tasks.yaml
    holds out "the first task arrives at"
    holds out "time.start_s: first"
    expect 0 validate own/with-tasks.yaml --set time.start_s=first
    lacks out "the first task arrives at"
done
expect 0 import swf "$cases/epoch.swf" -o epoch.csv --origins a --from-first --json
true_of_json '.kept == 2 and .start_s == 1700000000'

# ---- Traces
expect 0 import swf "$cases/extra-field.swf" -o extra.csv --origins a
holds err "ignored  2 with more than 18 fields"
expect 0 import swf "$cases/latin1-header.swf" -o latin1.csv --origins a --json
iconv -f UTF-8 -t UTF-8 out latin1.csv >/dev/null || complain "latin1-header.swf: not UTF-8"
holds out "Universität"

# ---- GML: text, junctions, names, rates
expect 0 import gml "$cases/latin1.gml" -o latin1 --json
holds latin1/nodes.csv "Münster"
true_of_json '.lines_converted == 2'
expect 0 import gml "$cases/hub.gml" -o hub
holds err "placed   1 node without coordinates that joins others"
holds err "kept     4 nodes, 3 links"
holds hub/nodes.csv "# Nodes of a network, from hub.gml"
expect 0 import gml "$cases/trailing-blank.gml" -o blank
holds err "tidied   2 names"
holds err "ignored  1 rate"
holds blank/nodes.csv "Springfield#2,"
! grep -q ' ,' blank/nodes.csv || complain "a name keeps its blanks: $(cat blank/nodes.csv)"

# ---- Tables
own servers.csv pandas-cores.csv
expect 0 validate own/with-tasks.yaml
own servers.csv hash-name-servers.csv
expect 0 validate own/with-tasks.yaml
holds out "lines that begin with # and have as many cells as a row are left out as comments: 1,"

# ---- Maps: no giant boxes, no band around the globe
expect 0 cluster "$cases/antimeridian/s.yaml" --clusterer linkage --json
jq -e 'def rings: if (.[0] | type) == "number" then empty elif (.[0][0] | type) == "number" then . else .[] | rings end;
    [.features[].geometry.coordinates | arrays | select(length > 0) | rings | map(.[0]) | max - min] | all(. <= 180)' out >/dev/null ||
    complain "antimeridian: a shape goes around the globe"
holds out '"Multi'
expect 0 cluster "$cases/cjk-names/s.yaml" --clusterer linkage --out cjk --quiet
[ -s cjk/clusters.csv ] || complain "cjk-names: no clusters"

# ---- Faults
if ! sanitized; then # whose shadow takes all of the address space
    status=0
    (ulimit -v 184320 && timeout 20 "$DCAT" --help >out 2>err) || status=$?
    [ "$status" -ne 124 ] || complain "ulimit -v 180 MiB: --help does not end"
fi
expect 2 train paper --resume -o "$cases/faults/checkpoint_adam_nan"
rm -rf own && cp -r "$cases/antimeridian" own
{ grep -v '^title:' own/s.yaml; grep '^title:' "$cases/faults/title_bidi.yaml"; } >own/title.yaml
expect 0 validate own/title.yaml
! grep -qP '[\x{202a}-\x{202e}\x{2066}-\x{2069}]|\x1b' out err || complain "title_bidi.yaml: a mark reaches the terminal raw"

finish
