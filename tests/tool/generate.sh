#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `dcat generate`: a country that every other command reads, the same bytes for the same command, and
# nothing where something is wrong.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

# ---- A small country, read by the other commands
expect 0 generate --servers 200 --out country
holds out "country/scenario.yaml"
holds err "200 servers, 10 areas, 5 cities"
expect 0 validate country/scenario.yaml
holds out "generated-200: valid"
holds out "200 with 200 to 300 GHz"
expect 0 compare country/scenario.yaml --worlds 1 --cycles 2 --policies linkage:rea-s,kmeans:rea --quiet
holds out "linkage"
expect 0 simulate country/scenario.yaml --cycles 2 --quiet
expect 0 cluster country/scenario.yaml --json --quiet

# ---- The network as GML, for other tools
expect 0 import gml country/network.gml --out tables --quiet
[ "$(grep -vc '^#' tables/nodes.csv)" -eq "$(grep -vc '^#' country/nodes.csv)" ] || complain "the GML has other nodes"
[ "$(grep -vc '^#' tables/links.csv)" -eq "$(grep -vc '^#' country/links.csv)" ] || complain "the GML has other links"

# ---- Bytes
expect 0 generate --servers 200 --out again --quiet
[ ! -s err ] || complain "--quiet says $(cat err)"
diff -r country again || complain "the same command gives other bytes"
expect 0 generate --servers 200 --areas 10 --cities 5 --size-km 224 --seed 1 --out explicit --quiet
diff -r country explicit || complain "the default options given give other bytes"
expect 0 generate --servers 200 --seed 2 --out other --quiet
! cmp -s country/servers.csv other/servers.csv || complain "another seed gives the same servers"

# ---- Folders
expect 2 generate --servers 20 --out country
holds err "exists already"
expect 0 generate --servers 20 --out country --force
holds err "20 servers"
[ "$(grep -vc '^[#n]' country/servers.csv)" -eq 20 ] || complain "--force leaves other servers"
mkdir mine && echo precious >mine/file
expect 2 generate --servers 20 --out mine --force
[ "$(cat mine/file)" = precious ] || complain "--force replaces a folder that is not ours"

# ---- Mistakes leave nothing
expect 2 generate
holds err "--servers is missing"
expect 2 generate --servers 20
holds err "--out is missing"
expect 2 generate --servers 0 --out wrong
holds err "--servers must be a whole number in [1, 1000000]"
expect 2 generate --servers 20 --areas 100001 --out wrong
expect 2 generate --servers 20 --size-km 0 --out wrong
holds err "--size-km must be a number in [1, 15000]"
expect 2 generate --servers 20 --cities 21 --areas 30 --out wrong
holds err "cities must be at most 20, got 21"
expect 2 generate paper --servers 20 --out wrong
holds err "takes options only"
[ -z "$(find . -name 'wrong*')" ] || complain "a mistake leaves $(find . -name 'wrong*')"
expect 0 generate --help
holds out "Usage: dcat generate"

# ---- The smallest, and one just large enough for the bound on reach
expect 0 generate --servers 1 --out one --quiet
expect 0 simulate one/scenario.yaml --cycles 1 --quiet
expect 0 generate --servers 2001 --areas 20 --cities 20 --out bounded --quiet
expect 0 simulate bounded/scenario.yaml --cycles 1 --quiet
expect 0 validate one/scenario.yaml --json
jq -e '.paths == 5 and .paths_in_reach == 5 and .pairs == 0 and .timing.world_s >= 0' out >/dev/null ||
    complain "validate --json of one server: $(cat out)"
expect 0 validate bounded/scenario.yaml --json --threads 1
jq -e '.paths == 40020 and .paths_in_reach < .paths and .paths_in_reach > 2001 and
    .pairs_within_span > 0 and .pairs_within_span < .pairs' out >/dev/null ||
    complain "validate --json of a bounded world: $(cat out)"
jq 'del(.timing)' out >one-thread.json
expect 0 validate bounded/scenario.yaml --json --threads 2
jq 'del(.timing)' out | diff - one-thread.json || complain "validate depends on the threads"
expect 0 validate bounded/scenario.yaml
holds out "of 40020 paths from areas to servers are within a task's reach"
expect 0 cluster bounded/scenario.yaml --clusterer linkage --out map --quiet

# ---- More areas than tables once had columns; what fits no memory is refused at once, with what it would take
expect 0 generate --servers 2100 --areas 20100 --cities 2000 --out wide --quiet
[ "$(grep -vc '^[#n]' wide/areas.csv)" -eq 20100 ] || complain "20100 areas: $(wc -l wide/areas.csv)"
expect 0 validate wide/scenario.yaml --quiet
rm -r wide
if ! sanitized; then # whose shadow takes all of the address space
    expect 0 generate --servers 20000 --size-km 50 --out dense --quiet
    for json in "" --json; do
        status=0
        (ulimit -v 1000000 && "$DCAT" validate dense/scenario.yaml $json) >out 2>err || status=$?
        [ "$status" -eq 1 ] || complain "a world that fits no memory: exit $status"
        holds err "a world of 20000 servers and 1000 areas needs about 7"
        holds err "at most 977 MiB can be had: about 2e+08 pairs of servers are within the span limit of 100 km"
    done
    true_of_json '.valid == false and .needs.memory_mib > 7000 and .needs.memory_limit_mib < 977 and
        .needs.pairs_within_span > 1.9e8 and (.error | contains("needs about"))'
fi

# ---- Of very many tasks validate draws a part
expect 0 validate bounded/scenario.yaml --set demand.arrivals_per_slot=60000
holds out "by the first 5 slots of each"
expect 0 validate bounded/scenario.yaml --set demand.arrivals_per_slot=60000 --json
true_of_json '.demand.slots_drawn == 5 and .demand.arrivals_per_slot > 55000 and .demand.arrivals_per_slot < 65000'

# ---- The table of docs/generate.md
bash "$SOURCE_DIR/bench/national.sh" "$(dirname "$DCAT")" 1 200 >table.md 2>err ||
    complain "bench/national.sh fails: $(cat err)"
grep -q '^| areas, cities, backbone links | 10, 5, 4 |$' table.md || complain "bench/national.sh: $(cat table.md)"
grep -q '^| paths kept, of all | 0 M, 100 % |$' table.md || complain "bench/national.sh: $(cat table.md)"

finish
