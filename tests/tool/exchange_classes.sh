#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An exchange with devices, classes of work, tariffs and a network that is a graph: servers bring units, each pool has its
# own ask and queue, tasks have a class, and what is not served says what would have helped.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"
"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"

ask() { curl -sS -m 120 -H "Authorization: Bearer $(cat "$1")" "${@:3}" "$url$2" >answer; }
says() { grep -qF -- "$1" answer || complain "no $1 in: $(cat answer)"; }
cp "$SOURCE_DIR"/examples/exchange-classes/* .
expect 0 validate exchange.yaml
holds out "4 classes of work, 3 devices"
holds out "4 nodes and 4 links"
echo 'trust: {canary: {party: probes, every_s: 60, tasks: [{class: cyclegan, work_gigacycles: 1, deadline_s: 9}]}}' |
    cat exchange.yaml - >canary.yaml
expect 0 validate canary.yaml
holds out "known tasks of probes, a user who pays for them: 1; one for a server and class every 60 s on average"
holds out "Remark     3 of 4 classes of work have no known task in trust.canary.tasks, so no server is tried at them"
expect 0 validate canary.yaml --json
[ "$(jq '[.remarks[] | select(startswith("3 of 4 classes of work"))] | length' out)" = 1 ] || complain "no remark as JSON: $(cat out)"
expect 0 key new --role operator --config exchange.yaml --key-file operator.key
sed -i 's/^data: data/&\ntimes: {slot_s: 0.5, cycle_s: 1, ack_s: 60, gang_s: 60, grace_s: 120, heartbeat_s: 600}/' exchange.yaml
rm -rf data && expect 0 key new --role operator --config exchange.yaml --key-file operator2.key
"$DCAT" serve --config exchange.yaml --listen 127.0.0.1:0 >served.out 2>served.err &
pid=$!
serving served.err "$pid"
mv operator2.key operator.key

party() { # ROLE NAME
    ask operator.key /v1/parties -d "{\"role\":\"$1\",\"name\":\"$2\"}"
    local id
    id=$(sed -n 's/.*"id":"\([0-9]*\)".*/\1/p' answer)
    ask operator.key "/v1/parties/$id/keys" -d '{"kind":"bearer"}'
    sed -n 's/.*"key":"\([^"]*\)".*/\1/p' answer >"$2.key"
}
party user alice
party provider bob
ask operator.key /v1/deposits -d '{"party":"1","amount_micro":900000000000}'
ask alice.key /v1/market
says '"name":"cyclegan","pool":"gpu","price_per_gigacycle":12'
says '"efficiency":{"cpu":0,"resnet50":1.593,"cyclegan":1.842,"speech":0}'
says '"nodes":["north","east","south","west"]'

# Servers, by an agent: a CPU beside four K80, and a V100 alone.
expect 0 key new --sign bob.sign
cat >agent.yaml <<END
exchange: {url: "$url", key_file: bob.key}
sign_key_file: bob.sign
journal: agent.db
heartbeat_s: 1
reconcile_s: 1
servers:
  - name: mixed
    x_km: 100
    y_km: 180
    node: north
    speed_ghz: 250
    cores: 100
    units: [{device: k80, count: 4, tariff: {amount: 0.176, per: giga-cycle}}]
    backend: sim
    factor: 1
    ask: formula
  - name: fast
    x_km: 180
    y_km: 100
    node: east
    units: [{device: v100}]
    bars: [speech, cpu]
    backend: sim
    factor: 1
    ask: {amount: 300, per: card-hour}
END
expect 0 agent --config agent.yaml --check
"$DCAT" agent --config agent.yaml >agent.out 2>agent.err &
agent=$!
for _ in $(seq 6000); do
    ask operator.key /v1/servers
    [ "$(jq '[.servers[] | select(.state == "active")] | length' answer)" != 2 ] || break
    sleep 0.1
done
[ "$(jq -c '[.servers[].units[].pool]' answer)" = '["cpu","gpu","gpu"]' ] || complain "units: $(cat answer)"
[ "$(jq -c '.servers[0].units[1] | [.device, .count, .speed_ghz, .tariff.amount]' answer)" = '["k80",4,1000,"0.176000"]' ] ||
    complain "units: $(cat answer)"
[ "$(jq -r '.servers[1].units[0].ask.amount' answer)" = 300.000000 ] || complain "asks: $(cat answer)"

[ "$(jq -c '[.servers[].bars]' answer)" = '[[],["cpu","speech"]]' ] || complain "bars: $(cat answer)"
expect 0 servers --url "$url" --key-file bob.key
holds out "cpu, speech"

task() { # CLASS GIGACYCLES DEADLINE
    printf '{"origin":{"area":"Nord"},"class":"%s","work_gigacycles":%s,"data_megabits":20,"deadline_s":%s}' "$@" >task.json
}
for class in cpu resnet50 cyclegan; do
    task $class 300 30
    expect 0 submit --url "$url" --key-file alice.key task.json --wait --json
    holds out '"state": "settled"'
    holds out "\"class\": \"$class\""
done
ask alice.key /v1/tasks/2/explanation
says '"pool":"gpu"'
ask alice.key /v1/tasks -d '{"origin":{"area":"Nord"},"class":"resnet50","work":{"device":"v100","seconds":2},"data_megabits":1,"deadline_s":30}'
says '"work_gigacycles":796.5' # 2 s x 250 GHz x 1.593

# A voucher that is bound to a class buys that class alone.
party user carol
ask operator.key /v1/vouchers -d '{"party":"3","amount_micro":90000000000,"expires":"2090-01-01T00:00:00Z","issuer":"city","classes":["cyclegan"]}'
says '"classes":["cyclegan"]'
ask operator.key /v1/vouchers -d '{"party":"3","amount_micro":1,"expires":"2090-01-01T00:00:00Z","issuer":"city","classes":["poetry"]}'
says 'there is no class poetry'
task cpu 300 30
ask carol.key /v1/tasks -d @task.json
says '"code":"insufficient-balance"'
task cyclegan 300 30
expect 0 submit --url "$url" --key-file carol.key task.json --wait --json
holds out '"state": "settled"'
expect 0 account --terms --url "$url" --key-file carol.key --json
[ "$(jq -c '.vouchers[0] | [.classes, .left_micro < 90000000000]' out)" = '[["cyclegan"],true]' ] || complain "vouchers: $(cat out)"

# Four cards or none: a task that is stated for one is not for that server, nor for its cluster.
ask bob.key /v1/servers/0/offer -X PUT -d '{"min_count":4}'
says '"min_count":4'
for count in 1 4; do
    ask alice.key /v1/quotes -d '{"origin":{"area":"Nord"},"class":"resnet50","work":{"device":"k80","count":'$count',"seconds":1},"data_megabits":1,"deadline_s":30}'
    cp answer "quote$count"
done
[ "$(jq -s '(.[0].reason == "min-count" and .[0].needed.count == 4) or .[0].candidates == .[1].candidates - 1' quote1 quote4)" = true ] ||
    complain "$(cat quote1 quote4)"
[ "$(jq .served quote4)" = true ] || complain "$(cat quote4)"
ask bob.key /v1/servers/0/offer -X PUT -d '{}'

# Not served, and why.
task resnet50 900 60
for _ in 1 2 3; do expect 0 submit --url "$url" --key-file alice.key task.json; done
task resnet50 900 2.5
for _ in $(seq 6000); do
    ask alice.key /v1/quotes -d @task.json
    ! grep -qF '"reason":"queues-full"' answer || break
    sleep 0.05
done
says '"reason":"queues-full","needed":{"deadline_s":'
[ "$(jq '.needed.deadline_s > 2.5 and .needed.deadline_s < 60' answer)" = true ] || complain "no deadline that fits: $(cat answer)"
task resnet50 900 0.5
ask alice.key /v1/tasks -d @task.json
says '"code":"deadline-impossible"'
says 'deadline_s must be at least'
task speech 10 30
expect 0 submit --url "$url" --key-file alice.key task.json --wait --json
holds out '"reason": "no-device"'
task poetry 10 30
ask alice.key /v1/tasks -d @task.json
says 'class must be one of: cpu, resnet50, cyclegan, speech'
ask bob.key /v1/servers -d '{"name":"x","x_km":1,"y_km":1,"node":"west","units":[{"device":"h100"}]}'
says 'units[0].device: there is no device h100'
ask bob.key /v1/servers -d '{"name":"x","x_km":1,"y_km":1,"node":"west","units":[{"device":"k80"},{"device":"v100"}]}'
says 'units[1]: the server has a gpu unit already'
ask bob.key /v1/servers -d '{"name":"x","x_km":1,"y_km":1,"node":"moon","units":[{"device":"k80"}]}'
says 'there is no node moon'
ask bob.key /v1/servers -d '{"name":"x","x_km":1,"y_km":1,"node":"west","units":[{"device":"k80"}],"bars":["poetry"]}'
says 'bars: there is no class poetry'
ask bob.key /v1/servers -d '{"name":"x","x_km":1,"y_km":1,"node":"west"}'
says 'speed_ghz'

stop_by TERM 143 "$agent" agent.err
stop_by TERM 0 "$pid" served.err
expect 0 replay data
holds out "root, balances and awards agree"

# Told as runs, with units, classes and a queue for each pool.
if [ -x /usr/bin/python3 ]; then
    expect 0 simulate --log data --tasks --clusters --servers --network --bids --quiet --out told
    told=(told)
    [ -e told/tasks.csv ] || told=(told/*)
    for folder in "${told[@]}"; do
        PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$SOURCE_DIR/examples/verify/verify.py" "$folder" >said 2>&1 || complain "$(cat said)"
        grep -qx 'fast,cpu' "$folder/barred.csv" || ! grep -q '^fast,' "$folder/servers.csv" || complain "$folder: nothing is barred"
        grep -q '^cyclegan,' "$folder/classes.csv" || complain "$folder has lost the names of classes"
    done
fi
finish
