#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The log of a live exchange told as runs: on a market of its own, behind the queues that slots began with, without
# servers that fell silent, a run for each market that there was; examples/verify recomputes them, and finds what was changed.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
python=/usr/bin/python3
[ -x "$python" ] || skip "there is no $python"
export PYTHONDONTWRITEBYTECODE=1
tables=(--tasks --clusters --servers --network --bids --quiet)

children=()
stop_children() {
    for child in "${children[@]}"; do
        kill -KILL "$child" 2>/dev/null || true
    done
}
trap stop_children EXIT

verify() {
    "$python" "$SOURCE_DIR/examples/verify/verify.py" "$1" >said 2>&1
}
# Usage: differs FOLDER TEXT: the verifier finds it
differs() {
    local status=0
    verify "$1" || status=$?
    [ "$status" -eq 1 ] || complain "$1: the verifier exits with $status: $(cat said)"
    holds said "$2"
}

# ---- two providers, one of whom falls silent
cat >exchange.yaml <<'END'
schema: 2
name: test
geometry: plane
areas: {file: areas.csv}
network: {link_mbps: [100, 500], hops: {hop_km: 60, hop_max: 24}}
market: {price_per_gigacycle: 10, urgency_s: 2, energy_cost_per_cycle_hz2: 1.0e-28, time_cost_per_s: 20, ceiling_per_gigacycle: 1.59,
  task_order: urgency, handicap_per_gigacycle_s: 0.3, admission_per_gigacycle_s: 9}
clustering: {span_max_km: 200}
policy: linkage:rea-s
currency: EUR
listen: 127.0.0.1:0
data: data
admit: auto
times: {preset: demo, slot_s: 0.2, cycle_s: 4, ack_s: 60, gang_s: 60, grace_s: 60, heartbeat_s: 6, dispute_s: 2}
END
printf 'name,x_km,y_km\nnorth,0,0\nsouth,100,150\n' >areas.csv
for role in operator user; do
    expect 0 key new --role $role --config exchange.yaml --key-file $role.key
done
"$DCAT" key new --role provider --config exchange.yaml --key-file one.key >/dev/null || complain "no key"
"$DCAT" serve --config exchange.yaml >serve.out 2>serve.err &
children+=($!)
serve=$!
serving serve.err "$serve"
ask() { curl -sS -m 20 -H "Authorization: Bearer $(cat "$1")" "$url$2" "${@:3}"; }
count() { curl -sS -m 20 "$url/metrics" | sed -n "s/^dcat_$1 //p"; }
# Usage: reaches METRIC NUMBER: waits until it is at least that
reaches() {
    for _ in $(seq 1200); do
        local now
        now=$(count "$1" || true)
        [ "${now:-0}" -lt "$2" ] || return 0
        sleep 0.1
    done
    complain "$1 stays below $2: $(tail -n 3 serve.err)"
    finish
}
two=$(ask operator.key /v1/parties -d '{"role":"provider","name":"two"}' | jq -r .id)
ask operator.key "/v1/parties/$two/keys" -d '{"kind":"bearer"}' | jq -r .key >two.key
user=$("$DCAT" account --url "$url" --key-file user.key --json | jq -r '[.accounts[].party | strings][0]')
ask operator.key /v1/deposits -d "{\"party\":\"$user\",\"amount_micro\":900000000000000}" >/dev/null
agents=()
for name in one two; do
    expect 0 key new --sign $name.sign
    {
        printf 'exchange: {url: "%s", key_file: %s.key}\nsign_key_file: %s.sign\njournal: %s.db\nheartbeat_s: 0.5\nreconcile_s: 1\nservers:\n' \
            "$url" $name $name $name
        for i in 1 2 3; do
            printf '  - {name: s%s, x_km: %s, y_km: %s, speed_ghz: 2%s0, cores: 100, backend: sim, factor: 0.8, ask: formula}\n' \
                $i $((20 * i)) $((${#agents[@]} * 40)) $i
        done
    } >$name.yaml
    "$DCAT" agent --config $name.yaml --quiet >/dev/null 2>$name.err &
    children+=($!)
    agents+=($!)
done
"$DCAT" users --url "$url" --key-file user.key --rate 8 --seed 1 --await 6 --quiet &
children+=($!)
reaches 'tasks_total{outcome="awarded"}' 16
kill -STOP "${agents[1]}"
reaches 'servers{state="lost"}' 3
reaches 'tasks_total{outcome="awarded"}' $(($(count 'tasks_total{outcome="awarded"}') + 5))
cycle=$(ask user.key /v1/market | jq .cycle)
for _ in $(seq 1200); do # a cycle without them
    [ "$(ask user.key /v1/market | jq .cycle)" -le "$cycle" ] || break
    sleep 0.1
done
reaches 'tasks_total{outcome="awarded"}' $(($(count 'tasks_total{outcome="awarded"}') + 4))
stop_by TERM 0 "$serve" serve.err
expect 0 replay data

# ---- told, and recomputed
expect 0 simulate --log data "${tables[@]}" --out told
cat out err >text
folders=(told)
[ -e told/tasks.csv ] || folders=(told/*)
tasks=0
for folder in "${folders[@]}"; do
    verify "$folder" || complain "$(cat said)"
    holds said "everything agrees"
    tasks=$((tasks + $(jq .arrived "$folder/summary.json")))
    expect 0 validate "$folder/scenario.yaml"
done
[ "$tasks" -ge 20 ] || complain "$tasks tasks were told"
[ "${#folders[@]}" -ge 2 ] || complain "one market, with and without three servers"
grep -hq ',,,[0-9.e-]*$' "${folders[@]/%//queues.csv}" || complain "nobody was out of service in any slot"
grep -hq ',,[0-9][0-9.]*,[0-9.e-]*$' "${folders[@]/%//queues.csv}" || complain "no queue was carried over"
first=$(wc -l "${folders[@]/%//tasks.csv}" | grep -v total | sort -n | tail -1 | sed 's/^ *[0-9]* //; s/.tasks.csv$//') # that says most
grep -q 's1@' "$first/servers.csv" || complain "servers of two providers have one name"
jq -e '.inputs[0].path == "data/exchange.db" and (.inputs | length) == 1' "$first/manifest.json" >/dev/null || complain "the manifest does not name the log"
expect 0 simulate --log data --json --quiet
jq -e .arrived out >/dev/null || complain "no summary as JSON"

# ---- what was changed is found
cp -r "$first" changed
awk -F , -v OFS=, '!done && $8 == 1 { for (i = 1; i <= NF; i++) if (pay[i]) { $i *= 1.001; done = 1 } }
    NR == 1 { for (i = 1; i <= NF; i++) pay[i] = $i == "payment" } { print }' "$first/tasks.csv" >changed/tasks.csv
differs changed ", column payment: the folder says"
cp "$first/tasks.csv" changed/tasks.csv
head -1 "$first/queues.csv" >changed/queues.csv
differs changed ".csv, line"
cp "$first/queues.csv" changed/queues.csv
sed -i '3s/^\([0-9]*,[0-9]*\),\([0-9.]*\),/\1,\29,/' changed/slots.csv
differs changed ", column "

# ---- mistakes
expect 2 simulate
holds err "which scenario?"
expect 2 simulate --log nowhere
expect 2 simulate --log data --seed 3
holds err "does not go with --seed"
expect 2 simulate --log data --cycles 3
expect 2 simulate paper --log data
holds err "without a scenario the log is told on a market of its own"
finish
