#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An exchange of one's own with an agent that runs processes, and every verb against it: what is printed,
# exit codes, refusals, what a killed agent leaves behind.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"

children=()
stop_children() {
    for child in "${children[@]}"; do
        kill "$child" 2>/dev/null || true
    done
}
trap stop_children EXIT
one_day 600 # statements and reports are of the day and the month in which it began

# ---- an exchange, a user with money, a provider
cat >exchange.yaml <<'END'
schema: 2
name: test
title: Two cities
geometry: plane
areas: {file: areas.csv}
network: {link_mbps: [100, 500], hops: {hop_km: 60, hop_max: 24}}
market: {price_per_gigacycle: 10, urgency_s: 2, energy_cost_per_cycle_hz2: 1.0e-28, time_cost_per_s: 20, ceiling_per_gigacycle: 1.59}
clustering: {span_max_km: 200}
policy: linkage:rea-s
currency: EUR
listen: 127.0.0.1:0
data: data
admit: auto
times: {preset: demo, slot_s: 0.2, cycle_s: 1, ack_s: 30, gang_s: 30, grace_s: 60, dispute_s: 2}
money: {tax_bp: 1900}
legal: {name: "Two Cities, Ltd.", tax_id: GB1}
END
printf 'name,x_km,y_km\nnorth,0,0\nsouth,100,150\n' >areas.csv
for role in operator user provider; do
    expect 0 key new --role $role --config exchange.yaml --key-file $role.key
done
expect 0 key new --sign provider.sign
"$DCAT" serve --config exchange.yaml >serve.out 2>serve.err &
children+=($!)
serve=$!
serving serve.err "$serve"
export DCAT_URL=$url
user=(--key-file user.key) provider=(--key-file provider.key) operator=(--key-file operator.key)

# Money comes by the operator's hand.
deposit() {
    python3 - "$url/v1/deposits" operator.key "$1" "$2" <<'END'
import json, sys, urllib.request
url, key, party, amount = sys.argv[1:]
body = json.dumps({"party": party, "amount_micro": int(amount)}).encode()
urllib.request.urlopen(urllib.request.Request(url, body, {"Authorization": "Bearer " + open(key).read().strip()}))
END
}
expect 0 account "${user[@]}" --json
party=$(jq -r '[.accounts[].party | strings][0]' out)
deposit "$party" 100000000000
expect 0 account "${user[@]}" --json
true_of_json '[.accounts[] | select(.kind == "user.available").balance_micro] == [100000000000]'
expect 0 account "${user[@]}"
holds out "100000.00"
expect 0 account --terms "${user[@]}" --json
true_of_json '.credit_micro == 0 and .spend_cap_micro > 0 and .spent_micro == 0 and .vouchers == []'
expect 2 account --terms --earnings "${user[@]}"

# ---- an agent
[ "$(id -u)" -ne 0 ] || run_as="run_as: nobody"
cat >agent.yaml <<END
exchange: {url: $url, key_file: provider.key}
sign_key_file: provider.sign
journal: agent.db
heartbeat_s: 1
reconcile_s: 1
allow: process
${run_as:-}
work_folder: work
servers:
  - {name: p1, x_km: 10, y_km: 20, speed_ghz: 300, cores: 4, backend: process, ask: {amount: 0.06, per: core-hour}, limits: {time_s: 3600}}
  - {name: s1, x_km: 300, y_km: 300, speed_ghz: 300, cores: 4, backend: sim, factor: 0.5, ask: formula}
END
expect 0 agent --config agent.yaml --check
sed 's|url: [^,]*|url: http://exchange.example|' agent.yaml >clear.yaml
expect 2 agent --config clear.yaml --check
holds err "clear.yaml: exchange.url: the URL must begin with https://"
expect 2 agent
expect 2 agent --config none.yaml
start_agent() {
    "$DCAT" agent --config agent.yaml 2>>agent.err &
    agent=$!
    children+=("$agent")
}
start_agent
for _ in $(seq 2000); do
    expect 0 servers "${provider[@]}" --json
    [ "$(jq '[.servers[] | select(.state == "active" and .ask.state == "in force")] | length' out)" != 2 ] || break
    sleep 0.1
done
true_of_json '[.servers[].state] == ["active", "active"]'

# ---- tasks
cat >task.json <<'END'
{"origin": {"area": "north"}, "work_gigacycles": 60, "data_megabits": 1, "deadline_s": 200, "retry_until_s": 150,
 "payload": {"run": ["sh", "-c", "echo it ran in $PWD"]}}
END
expect 0 quote task.json "${user[@]}" --json
true_of_json '.served and .fee_micro == 606000000' # 10 a giga-cycle x 60 x (1 + 2 / 200)
expect 0 submit task.json --dry-run "${user[@]}" --json
true_of_json '.fee_micro == 606000000'
expect 0 submit --url "$url" --key-file user.key task.json --wait --json
true_of_json '.state == "settled" and .charge_micro > 0 and .pay_micro > 0 and .fee_micro == 606000000'
id=$(jq -r .id out)
grep -q "^it ran in .*/p1\.$id\.1/run\$" "work/p1.$id.1/output" || complain "the payload did not run: $(cat work/*/output)"
expect 0 task "$id" "${user[@]}" --explain --json
true_of_json '.awards[0].team[0].name == "p1" and .task.state == "settled"'
expect 0 task "$id" "${user[@]}"
holds out "settled"
expect 0 submit - "${user[@]}" --id 00112233445566778899aabbccddeeff --wait --json <task.json
true_of_json '.state == "settled"'
again=$(jq -r .id out)
expect 0 submit task.json "${user[@]}" --id 00112233445566778899aabbccddeeff --json
true_of_json ".id == \"$again\""
expect 0 tasks "${user[@]}" --state settled --json
true_of_json '[.tasks[].id] | length == 2'
expect 0 tasks "${user[@]}" --limit 1
[ "$(wc -l <out)" -eq 2 ] || complain "tasks --limit 1 prints $(cat out)"

# What becomes of a task is told as it happens.
"$DCAT" tasks --follow --json --limit 1 "${user[@]}" >follow.out &
children+=($!)
follow=$!
for _ in $(seq 2000); do # until it listens, as the agent does
    listeners=$(curl -sS "$url/metrics" | sed -n 's/^dcat_sse_clients //p')
    [ "${listeners:-0}" -lt 2 ] || break
    sleep 0.05
done
expect 0 submit "${user[@]}" --wait --json <task.json
told=$(jq -r .id out)
for _ in $(seq 2000); do
    ! grep -q "task.settled.*\"$told\"" follow.out || break
    sleep 0.05
done
for event in accepted awarded settled; do
    grep "task.$event" follow.out | grep "\"$told\"" >told.out || complain "tasks --follow does not tell task.$event of $told: $(cat follow.out)"
done
kill "$follow"

# A payload's own fault is settled as one.
jq '.payload.run = ["sh", "-c", "exit 3"]' task.json >fault.json
expect 0 submit fault.json "${user[@]}" --wait --json
true_of_json '.state == "settled_fault"'
# What runs is cancelled: the payload ends, the rest of the fee comes back.
jq '.payload.run = ["sleep", "3600"] | .work_gigacycles = 900' task.json >long.json
expect 0 submit long.json "${user[@]}" --json
long=$(jq -r .id out)
for _ in $(seq 2000); do
    expect 0 task "$long" "${user[@]}" --json
    [ "$(jq -r .state out)" != running ] || break
    sleep 0.05
done
expect 0 cancel "$long" "${user[@]}" --json
true_of_json '.state == "cancelled"'
for _ in $(seq 2000); do
    [ ! -e "work/p1.$long.1/exit" ] || break
    sleep 0.05
done
grep -q '^stopped ' "work/p1.$long.1/exit" || complain "a cancelled payload was not stopped"

# ---- refusals: exit code 3, and why
refused() { # CODE ARGUMENT...
    local code=$1
    shift
    expect 3 "$@"
    holds err "dcat: the exchange refused: $code"
}
refused wrong-state cancel "$long" "${user[@]}"
refused not-found task 999999 "${user[@]}"
refused forbidden servers "${user[@]}"
refused forbidden exchange halt --reason why "${user[@]}"
refused unauthenticated tasks
refused fee-above-limit submit <(jq '.max_fee_micro = 1' task.json) "${user[@]}"
refused unknown-field submit <(jq '.colour = 1' task.json) "${user[@]}" --json
true_of_json '.status == 422 or .status == 400'
refused key-reused submit fault.json "${user[@]}" --id 00112233445566778899aabbccddeeff

# ---- mistakes: exit code 2
expect 2 submit task.json fault.json "${user[@]}"
holds err "one task at a time"
expect 2 submit "${user[@]}" <<<'[1]'
holds err "-:1: must be an object of JSON"
expect 2 submit none.json "${user[@]}"
expect 2 submit <(echo '{"a":') "${user[@]}"
holds err "must be JSON"
expect 2 submit task.json "${user[@]}" --id xyz
expect 2 task abc "${user[@]}"
expect 2 servers explode "${provider[@]}"
expect 2 servers drain nobody "${provider[@]}"
expect 2 ask p1 cheap --sign-key provider.sign "${provider[@]}"
expect 2 ask p1 0.07/core-hour "${provider[@]}"
holds err "asks are signed"
expect 2 exchange halt "${operator[@]}"
holds err "needs --reason"
expect 2 tasks --url http://example.org "${user[@]}"
holds err "must begin with https://"
expect 2 tasks --key-file none.key
(unset DCAT_URL && expect 2 tasks "${user[@]}" && holds err "which exchange?" && finish) || failures=$((failures + 1))
expect 1 tasks --url http://127.0.0.1:1 "${user[@]}"

# ---- what is sent
expect 0 account --show-request "${user[@]}"
holds err "curl -X GET -H \"Authorization: Bearer \$(cat 'user.key')\" '$url/v1/accounts'"
lacks err "$(cat user.key)"

# ---- servers and asks
expect 0 ask s1 0.9/giga-cycle --sign-key provider.sign "${provider[@]}" --json
true_of_json '.in_force_from_cycle >= 1'
expect 0 servers offer s1 --until 2090-01-01T00:00:00Z --floor 0.5 --notice 60 --min-count 4 "${provider[@]}" --json
true_of_json '.floor_micro == 500000 and .notice_s == 60 and .min_count == 4'
refused out-of-range ask s1 0.4/giga-cycle --sign-key provider.sign "${provider[@]}"
expect 0 servers offer s1 "${provider[@]}" --json
true_of_json '.floor_micro == 0 and .until == null'
expect 2 servers drain s1 --floor 1 "${provider[@]}"
expect 0 servers drain s1 "${provider[@]}" --json
true_of_json '.name == "s1" and (.state == "draining" or .state == "out")'

# ---- the operator
expect 0 exchange status "${user[@]}" --json
true_of_json '.name == "test" and .currency == "EUR" and .mode == "open"'
expect 0 exchange halt --reason "a test" "${operator[@]}"
refused halted submit task.json "${user[@]}"
expect 0 exchange resume --reason "a test" "${operator[@]}"
expect 0 exchange backup first "${operator[@]}" --json
[ -s data/backups/first.db ] || complain "there is no backup"

# ---- users, and an agent that is killed again and again
# shellcheck disable=SC2016 # the variable is the payload's
"$DCAT" users "${user[@]}" --rate 4 --work 20:60 --data 1 --deadline 300:400 --count 30 --seed 3 --run 'echo $DCAT_TASK' >users.out 2>users.err &
users=$!
for _ in 1 2 3 4 5 6 7 8; do
    sleep "0.$((RANDOM % 9 + 1))"
    stop_by KILL 137 "$agent" agent.err
    start_agent
done
wait "$users" || complain "users: $(cat users.err)"
holds users.out "30 accepted, 0 refused"
for _ in $(seq 2000); do
    expect 0 exchange status "${user[@]}" --json
    [ "$(jq .open_tasks out)" != 0 ] || break
    sleep 0.1
done
true_of_json '.open_tasks == 0'

# ---- money: what nobody may dispute any more is paid out in two steps
for _ in $(seq 3000); do
    expect 0 account --earnings "${provider[@]}" --json
    [ "$(jq '.free_micro > 0 and .free_micro == .payable_micro' out)" != true ] || break
    sleep 0.1
done
true_of_json '.locked == [] and .next_payout_at != null'
free=$(jq .free_micro out)
expect 0 account --pay-out 0.01 "${provider[@]}" --json
true_of_json '.state == "ordered" and .amount_micro == 10000'
stuck=$(jq -r .id out)
expect 0 account --pay-out 0.02 "${provider[@]}" --json
next=$(jq -r .id out)
expect 0 exchange confirm "$next" --reason "bank 17" "${operator[@]}"
expect 0 exchange payouts "${operator[@]}" --json
true_of_json '[.payouts[].state] == ["ordered", "confirmed"]'
expect 0 account --earnings "${provider[@]}" --json
true_of_json ".free_micro == $free - 30000 and .locked[0].why == \"payout-ordered\" and .locked[0].amount_micro == 10000"
expect 0 exchange return "$stuck" --reason "no such account" "${operator[@]}"
refused wrong-state exchange confirm "$stuck" --reason "bank 18" "${operator[@]}"
holds err "payout $stuck was returned before"
refused insufficient-balance account --pay-out 1000000 "${provider[@]}"
holds err "GET /v1/earnings says what frees the rest"
refused forbidden exchange payouts "${user[@]}"
month=$(date -u +%Y-%m)
expect 0 account --statement "$month" --format focus "${user[@]}"
head -n 1 out | tr ',' '\n' | grep -qx BilledCost || complain "no FOCUS: $(head -n 1 out)"
cp out focus.csv
expect 0 account --statement "$month" --format focus "${operator[@]}"
cp out focus_all.csv
python3 "$SOURCE_DIR/tests/tool/focus.py" --self focus.csv >faults || complain "$(cat faults)"
python3 "$SOURCE_DIR/tests/tool/focus.py" focus_all.csv >faults || complain "$(cat faults)"
expect 0 account --statement "$month" --format csv "${user[@]}"
holds out '"Two Cities, Ltd.",GB1'
expect 0 exchange report --month "$month" "${operator[@]}" --json
true_of_json '.served >= 25 and (.sites | length) > 0'
refused forbidden exchange report --month "$month" "${user[@]}"
expect 0 exchange report --day "$(date -u +%F)" "${operator[@]}" --out report
holds out "By device and site"
for file in report.html sites.csv regions.csv unserved.csv sums.csv schema.json manifest.json; do
    [ -s "report/$file" ] || complain "there is no report/$file"
done
expect 2 account --statement "$month" --format pdf "${user[@]}"
holds err "csv or focus"
expect 2 account --statement 2026-13 --format csv --data data
expect 2 account --format csv "${user[@]}"
holds err "give --statement YYYY-MM, too"
for amount in nothing 1.2345678 -1 0 0.0000000 1. .5 1e3 1000000000; do
    expect 2 account --pay-out "$amount" "${provider[@]}"
    holds err "--pay-out must be an amount > 0 with at most six digits behind the point, such as 12.50, got '$amount'"
done
expect 2 account --party 1 "${operator[@]}"
holds err "give one of them, or --statement YYYY-MM with --format csv or focus"
expect 2 account --data data "${operator[@]}"
holds err "give --statement YYYY-MM and --format csv or focus, too"
expect 2 account --earnings --terms "${operator[@]}"
holds err "one at a time"
expect 2 account 3 "${operator[@]}"
holds err "account has options alone, such as --earnings, got '3'"
expect 2 exchange report "${operator[@]}"
holds err "--day YYYY-MM-DD or --month YYYY-MM"
expect 2 exchange report --day 2026-11-31 --data data
expect 0 exchange report --month 2099-01 "${operator[@]}"
holds out "The log has nothing of that time."
refused not-found account --statement "$month" --format focus --party 99 "${operator[@]}"
expect 2 exchange confirm 1 "${operator[@]}"
expect 2 exchange status --month "$month" "${operator[@]}"
stop_by TERM 143 "$agent" agent.err
stop_by TERM 0 "$serve" serve.err
children=()
expect 0 replay data
# Without the exchange, from its data, a user's rows are the same; and they add up to the invoice.
expect 0 account --statement "$month" --format focus --party "$party" --data data --config exchange.yaml
python3 - focus.csv out <<'END' || complain "statements"
import csv, decimal, sys
asked, read = ([{k: v for k, v in row.items() if k != "x_Root"} for row in csv.DictReader(open(name))] for name in sys.argv[1:])
assert asked == read and len(read) > 2, (len(asked), len(read))
total = sum(decimal.Decimal(row["BilledCost"]) for row in read)
assert total > 0 and total == total.quantize(decimal.Decimal("0.01")), total
assert {row["ChargeCategory"] for row in read} >= {"Usage", "Tax"}
END
sed 's/^currency: EUR/currency: CNY/' exchange.yaml >other.yaml
expect 2 account --statement "$month" --format focus --data data --config other.yaml
holds err "currency is CNY, of the log EUR"
expect 2 exchange report --month "$month" --data data --config "$SOURCE_DIR/examples/exchange/exchange.yaml"
holds err "the settings are of another exchange"
expect 2 account --statement "$month" --format csv --party 99 --data data
expect 0 exchange report --month "$month" --data data --config exchange.yaml
holds out "amounts in EUR"
holds out "The log has "
expect 0 exchange report --month "$month" --data data --config exchange.yaml --format csv
holds out "# sites"
# Every part has at most one receipt, and every task that is settled has one of each of its team.
python3 - <<'END' || complain "receipts"
import collections, json, sqlite3
db = sqlite3.connect("file:data/exchange.db?mode=ro", uri=True)
receipts = collections.Counter()
for kind, body in db.execute("SELECT kind, body FROM event WHERE kind IN ('finish', 'fault')"):
    part = json.loads(body)["data"]
    receipts[tuple(str(part[key]) for key in ("task", "attempt", "server"))] += 1
assert max(receipts.values()) == 1, receipts.most_common(3)
settled = db.execute("SELECT count(*) FROM task WHERE state IN ('settled', 'settled_late')").fetchone()[0]
assert settled >= 25, settled
for task, attempt, server in db.execute("SELECT m.task, m.attempt, m.server FROM award_member m JOIN task t ON t.id = m.task "
                                        "AND t.attempt = m.attempt WHERE t.state IN ('settled', 'settled_late')"):
    assert receipts[(str(task), str(attempt), str(server))] == 1, (task, attempt, server)
END
finish
