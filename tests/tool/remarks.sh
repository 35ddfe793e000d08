#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat validate remarks on what is allowed and seldom meant, in words and in JSON, and on nothing else.
# Keys stand between backquotes in messages.
# shellcheck disable=SC2016
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

base() {
    cat >scenario.yaml <<'END'
schema: 2
name: small
time: {slot_s: 1, slots_per_cycle: 20}
servers: {file: servers.csv}
network: {graph: {nodes_file: nodes.csv, links_file: links.csv}}
demand: {tasks_file: tasks.csv}
END
    printf 'name,x_km,y_km\nA,0,0\nB,100,0\nC,200,0\n' >nodes.csv
    printf 'from,to,length_km,rate_mbps\nA,B,101,500\nB,C,100,500\n' >links.csv
    printf 'name,node,speed_ghz,cores\ns1,A,240,100\ns2,B,250,100\ns3,C,260,100\n' >servers.csv
    tasks '0,A,500,20,3' '1,B,600,20,3'
}
tasks() {
    { printf 'arrival_s,origin,work_gigacycles,data_mb,deadline_s\n' && printf '%s\n' "$@"; } >tasks.csv
}

# The only remark there is, as text and in JSON; "" for none. Usage: remark REGEX [OPTION...]
remark() {
    local wanted=$1
    shift
    expect 0 validate scenario.yaml "$@"
    grep '^Remark' out | grep -v 'a2c as shipped' >said || true # that one is tried below
    expect 0 validate scenario.yaml --json "$@"
    jq -r '.remarks[]' out | grep -v 'a2c as shipped' >listed || true
    cmp -s <(sed 's/^Remark  *//' said) listed || complain "text and JSON differ: $(cat said listed)"
    if [ -z "$wanted" ]; then
        [ ! -s said ] || complain "without need: $(cat said)"
    elif [ "$(wc -l <said)" -ne 1 ] || ! grep -qE "$wanted" said; then
        complain "not '$wanted' alone: $(cat said)"
    fi
}

base
remark ''

# ---- ceilings that shut servers out: more than one of a hundred
# s1 costs 0.659, s2 0.705, s3 0.753 a giga-cycle.
remark 'the ceiling of 0.7 is below the cost of 66.7 % of the servers \(up to 0.7529\): they never sell' \
    --set market.ceiling_per_gigacycle=0.7
remark "the ceiling of 0.5 is below every server's cost" --set market.ceiling_per_gigacycle=0.5
one=(compare scenario.yaml --worlds 1 --set market.ceiling_per_gigacycle=0.7)
expect 0 "${one[@]}" --policies single:rea-s
holds err '66.7 % of the servers of the first world cost more than the ceiling'
expect 0 "${one[@]}" --policies single:rea-s --quiet
lacks err 'ceiling'
expect 0 "${one[@]}" --policies single:rea # which pays what it likes
lacks err 'ceiling'

tasks '0,A,500e9,20,1e9' '1,B,600e9,20,1e9' # a deadline that all servers could keep
remark ''
tasks '0,A,500e9,20,3' '1,B,600e9,20,3'
expect 0 validate scenario.yaml
holds out 'asks for 5.5e+11 giga-cycles, which takes all servers together 7.33e+08 s, and has 3 s: is its work given in cycles?'
holds out '2 of 2 tasks (100.0 %) no cluster within the span limit could serve in time'

# 500 giga-cycles take 250 GHz 2 s, and its neighbours within 200 km make 750: 0.67 s.
tasks '0,A,500,0,0.6' '1,B,600,20,3'
remark '^Remark     1 of 2 tasks \(50.0 %\) no cluster within the span limit could serve in time'
tasks '0,A,500,0,0.7' '1,B,600,20,3'
remark ''
expect 0 validate scenario.yaml --set clustering.span_max_km=50 # no two are within it
holds out '1 of 2 tasks (50.0 %)'

tasks '0,A,1e-6,4000,3' '1,B,1e-6,4000,3' # 4 000 Mb through at most 500 Mb/s
expect 0 validate scenario.yaml
grep -qE "the mean deadline of 3 s is shorter than any transfer of the mean task's 4000 Mb, which takes" out ||
    complain "no remark on transfers: $(cat out)"
base

remark 'the ceiling of 1000 is above the mean fee, 16.67 per giga-cycle' --set market.ceiling_per_gigacycle=1000
remark '' --set market.ceiling_per_gigacycle=16
remark '' --set market.ceiling_per_gigacycle=none
remark 'clustering.span_max_km of 200000 is more than half of the way around the Earth' --set clustering.span_max_km=200000
remark '' --set clustering.span_max_km=20000

remark 'links have up to 5e\+08 Mb/s: are rates given in bit/s' --set 'network.access_mbps=[1e8,5e8]'
remark '' --set 'network.access_mbps=[1e7,1e7]'
printf 'from,to,rate_mbps\nA,B,500000000\nB,C,500\n' >links.csv
remark 'links have up to 5e\+08 Mb/s'
printf 'from,to,length_km,rate_mbps\nA,B,99.5,500\nB,C,10,500\n' >links.csv # 99.5 of 100 is rounding
remark '1 of the links is shorter than the straight line between the ends, as B - C: 10 km of 100'
printf 'from,to,rate_mbps\nA,B,500\nB,C,500\nC,B,400\nB,C,300\n' >links.csv
remark '2 of the links join nodes that another one joins already, as B - C'
base

printf 'name,node,speed_ghz\ns1,A,240\ns2,B,3\n' >servers.csv
expect 0 validate scenario.yaml --set market.ceiling_per_gigacycle=none --set clustering.span_max_km=0
holds out '1 of 2 servers have one core of more than 10 GHz, which makes them dear (8): are `cores` missing?'
printf 'name,node,speed_ghz,cores\ns1,A,240,100\ns2,B,3,1\n' >servers.csv
expect 0 validate scenario.yaml
lacks out 'are `cores` missing'

base

# ---- terms of rules with a public ceiling
remark 'market.task_order acts under rea-s, vickrey and posted only: rea and one-off take tasks as they come' \
    --set market.task_order=urgency
remark 'market.task_order and market.handicap_per_gigacycle_s and the admission act under rea-s' \
    --set market.task_order=urgency --set market.handicap_per_gigacycle_s=0.01 --set market.admission_per_gigacycle_s=3
remark 'market.handicap_per_gigacycle_s acts' --set market.handicap_per_gigacycle_s=0.01
expect 0 validate scenario.yaml --set market.handicap_per_gigacycle_s=0.9
holds out 'handicap_per_gigacycle_s of 0.9 and the ceiling of 1.8 together shut out'
expect 0 validate scenario.yaml --set market.handicap_per_gigacycle_s=0.9 --set market.ceiling_on=limit
lacks out 'shut out'
expect 0 validate scenario.yaml --set market.admission_per_gigacycle=17
holds out 'market.admission_per_gigacycle of 17 is above the mean fee, 16.67 per giga-cycle: most tasks admit nobody'

# ---- owners: s1 and s3 are Ann's, and linkage puts all three into one cluster
printf 'name,node,speed_ghz,cores,owner\ns1,A,240,100,Ann\ns2,B,250,100,\ns3,C,260,100,Ann\n' >servers.csv
remark 'owners join all clusters of linkage to one bidder: nobody competes'
expect 0 validate scenario.yaml --json
[ "$(jq -c .owners out)" = '{"count":1,"servers":2,"bidders_alone":2,"bidders_linkage":1}' ] || complain "$(jq -c .owners out)"
expect 0 validate scenario.yaml --set clustering.span_max_km=50
holds out '1 owns 2 servers: 2 bidders while every server is alone, 2 with the clusters of linkage'
expect 0 validate scenario.yaml --set market.ceiling_on=limit --set market.handicap_per_gigacycle_s=0.5
holds out 'market.ceiling_on: limit acts while every cluster is a bidder of its own'
expect 0 validate scenario.yaml --set market.ceiling_on=limit
lacks out 'market.ceiling_on'
expect 2 validate paper --set servers.random.owners=41
holds err 'servers.random.owners=41: must be at most servers.random.count, 40, got 41'

# ---- a policy that earns less than a simple rule, which the guard does not let it
training=(--epochs 1 --samples 2 --draws 1 --environments 2 --validate-every 1 --validate-worlds 1 -q)
expect 0 train paper "${training[@]}" -o beginner.safetensors
far=(compare chinanet --worlds 3 --cycles 4 --set demand.work_gigacycles=3500 --policies "a2c=beginner.safetensors:rea-s,linkage:rea-s")
expect 0 "${far[@]}" --set clustering.guard=off
holds err '% less than linkage:rea-s, a simple rule: turn clustering.guard on'
expect 0 "${far[@]}" --set clustering.guard=off --quiet
lacks err 'note:'
expect 0 "${far[@]}"
lacks err 'simple rule'

# ---- a policy of the other queue rule
expect 0 train paper -o p.st --epochs 1 --environments 2 --samples 2 --world-cycles 2 --validate-every 1 \
    --validate-worlds 1 --quiet
run=(--clusterer a2c --policy p.st --cycles 1)
expect 0 simulate paper "${run[@]}"
lacks err 'learned under `market.queue'
expect 0 simulate paper "${run[@]}" --set market.queue=paper
holds err 'note: p.st learned under `market.queue: fifo` (on paper) and decides under `paper`'
expect 0 compare paper --policies a2c=p.st:rea-s,single:rea-s --worlds 1 --cycles 1 --set market.queue=paper
holds err 'note: p.st learned under `market.queue: fifo`'
expect 0 compare paper --policies a2c=p.st:rea-s,single:rea-s --worlds 1 --cycles 1 --set market.queue=paper --quiet
lacks err 'note:'

# Tariffs. Costs are 0.705, 0.704 and 0.646, two to four hundredths from each other.
base
remark '' --set market.share=load
remark '3 of 3 servers have no tariff of the operator' --set market.share=tariff
remark '3 of 3 servers have no tariff of the operator' --set market.tariff_ceiling=1.2
printf 'name,node,speed_ghz,cores,tariff_per_gigacycle\ns1,A,240,100,0.8\ns2,B,250,100,0.6\ns3,C,260,100,0.8\n' >servers.csv
remark '' --set market.share=tariff
remark '' --set market.share=tariff --set market.tariff_ceiling=1.3
remark 'tariff_ceiling of 1.1 is below the limit of 1 of linkage.s . clusters, which .* with market.opt_out: true only' \
    --set market.share=tariff --set market.tariff_ceiling=1.1

# ---- what the shipped policies did not learn on: validate always, others when they use them, once
base
expect 0 validate scenario.yaml
holds out "Remark     a2c as shipped did not learn on such values: servers 3 (8 to 100: 0.375 times the least)"
expect 0 validate scenario.yaml --json
true_of_json '.remarks | map(select(test("a2c as shipped.*servers 3 "))) | length == 1'
expect 0 validate paper
lacks out "a2c as shipped"
far=(--set 'demand.work_gigacycles=[6000, 9000]' --set 'demand.deadline_s=0.4' --cycles 1)
note="note: a2c as shipped did not learn on such values: work 6000 to 9000 giga-cycles (200 to 5000: 1.8 times the most);"
note="$note deadline 0.4 s (0.7 to 10: 0.571 times the least)"
expect 0 compare paper "${far[@]}" --worlds 1 --policies a2c:rea,a2c:rea-s,a2c-once:rea-s,linkage:rea
[ "$(grep -cF "$note" err)" -eq 1 ] || complain "compare says: $(cat err)"
expect 0 simulate paper "${far[@]}" --clusterer a2c
holds err "$note"
expect 0 explain paper "${far[@]:0:4}" --clusterer a2c
holds err "$note"
expect 0 simulate paper "${far[@]}" --clusterer a2c --quiet
lacks err "did not learn"
expect 0 simulate paper "${far[@]}" --clusterer linkage
lacks err "did not learn"
expect 0 simulate paper --cycles 1 --clusterer a2c
lacks err "did not learn"

# A policy of one's own says it, too, and knows what it learned on.
expect 0 train paper "${training[@]}" --vary servers.random.count=5:9 -o small.safetensors
expect 0 policy small.safetensors
holds out "Learned on servers 5 to 9, span_km 200 to 200, load 9.33333 to 16.8,"
expect 0 policy small.safetensors --json
true_of_json '.ranges.servers == [5, 9] and .ranges.network == ["hops"] and .ranges.deadline_s == [2, 3]'
expect 0 compare paper --worlds 1 --cycles 1 --policies a2c=small.safetensors:rea-s,a2c:rea-s
holds err "note: small.safetensors did not learn on such values: servers 40 (5 to 9: 4.44 times the most); load 2.1"
lacks err "as shipped"

finish
