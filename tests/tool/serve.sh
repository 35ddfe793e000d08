#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demo from its start to its end: tasks of its users are settled, one of ours too, figures are as Prometheus wants
# them, the log replays after SIGTERM and is continued; and an exchange of one's own, whose first key is made ahead.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"

# Start a server and wait until it says where it answers: $url, $pid. Usage: serve ARGUMENT...
serve() {
    rm -f served.err
    "$DCAT" serve "$@" --listen 127.0.0.1:0 >served.out 2>served.err &
    pid=$!
    serving served.err "$pid"
}
stop() { stop_by TERM 0 "$pid" served.err; }
# Usage: ask KEY_FILE PATH [ARGUMENT of curl...]
ask() { curl -sS -m 120 -H "Authorization: Bearer $(cat "$1")" "${@:3}" "$url$2"; }
settled() { # in time or, where the disk takes longer than a task has, late
    curl -sS -m 120 "$url/metrics" | awk '/^dcat_tasks_total\{outcome="settled(_late)?"\}/ { n += $2 } END { print n + 0 }'
}

serve --demo --data demo
for _ in $(seq 6000); do # the log says that it serves before the demo says what to type
    ! grep -q "Ctrl-C ends it" served.out || break
    sleep 0.1
done
grep -q "answers at $url" served.out || complain "the demo does not say where it answers"
for role in user provider operator auditor; do
    grep -q "dk_${role}_" served.out || complain "the demo shows no key of a $role"
done
[ "$(curl -sS -o ready -w '%{http_code}' "$url/readyz")" = 200 ] || complain "/readyz: $(cat ready)"
for _ in $(seq 6000); do
    ready=$(settled || true)
    [ "${ready:-0}" -lt 5 ] || break
    sleep 0.1
done
[ "$(settled)" -ge 5 ] || complain "the demo settles nothing: $(settled), $(cat served.err)"
jq '.deadline_s = 120' demo/task.json >task.json
expect 0 submit --url "$url" --key-file demo/keys/user.key task.json --wait --json
holds out '"state": "settled"'
expect 0 task "$(jq -r .id out)" --explain --url "$url" --key-file demo/keys/user.key
holds out "Why this cluster: "
holds out "Why this price: The clock began at no more than the ceiling of "
if command -v promtool >/dev/null; then
    curl -sS "$url/metrics" | promtool check metrics >lint 2>&1 || true
    [ ! -s lint ] || complain "promtool: $(cat lint)"
fi
curl -sS "$url/metrics" | sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' >metrics
[ "$(wc -l <metrics)" -ge 30 ] || complain "few metrics: $(cat metrics)"
while read -r metric; do
    grep -qE "^\|.*\`$metric(\{|\`)" "$SOURCE_DIR/docs/operate.md" || complain "docs/operate.md has no row for $metric"
done <metrics
for file in grafana.json alerts.yaml; do
    grep -oE 'dcat_[a-z_]+' "$SOURCE_DIR/examples/exchange/$file" | sed -E 's/_(bucket|sum|count)$//' | sort -u | while read -r metric; do
        grep -qx "$metric" metrics || echo "$file asks for $metric, which /metrics does not have"
    done >unknown
    [ ! -s unknown ] || complain "$(cat unknown)"
done
ask demo/keys/user.key /v1/cycles/1 | grep >/dev/null '"servers":40,.*"policy":"linkage:rea-s"' ||
    complain "the first cycle, before anybody asked for anything, is $(ask demo/keys/user.key /v1/cycles/1)"
[ "$(ask demo/keys/user.key /v1/parties -o out -w '%{http_code}')" = 403 ] || complain "a user lists parties"
curl -sS "$url/v1/openapi.yaml" | cmp - "$SOURCE_DIR/exchange/api/openapi.yaml" || complain "another description is served"
expect 0 exchange backup first --url "$url" --key-file demo/keys/operator.key --json # while tasks come
backup_root=$(sed -n 's/.*"root": "\([0-9a-f]*\)".*/\1/p' out)
mkdir restored && cp demo/backups/first.db restored/exchange.db
expect 0 replay restored --json
holds out "$backup_root"
expect 2 serve --demo --data demo --listen 127.0.0.1:0
holds err "another process works here"
expect 2 replay demo
stop
expect 0 replay demo
holds out "root, balances and awards agree"
before=$(sed -n 's/^\([0-9]*\) events.*/\1/p' out)
serve --demo --data demo # goes on where it was
ask demo/keys/user.key /v1/tasks/1 | grep >/dev/null '"id":"1"' || complain "the first task is forgotten"
expect 0 submit --url "$url" --key-file demo/keys/user.key task.json --wait
stop
expect 0 replay demo
[ "$(sed -n 's/^\([0-9]*\) events.*/\1/p' out)" -gt "$before" ] || complain "nothing was added to the log"

# One's own.
cp "$SOURCE_DIR"/examples/exchange/exchange.yaml "$SOURCE_DIR"/examples/exchange/areas.csv .
sed -i 's/^  slot_s: 1$/&\n  ack_s: 60\n  gang_s: 60/' exchange.yaml # whatever the machine does besides
expect 0 validate exchange.yaml
holds out "5 areas"
lacks out Remark # linkage learned nothing
sed 's/^policy: .*/policy: a2c:rea-s/; s/span_max_km: .*/span_max_km: 800/' exchange.yaml >far.yaml
expect 0 validate far.yaml
holds out "Remark     a2c as shipped did not learn on such values: span 800 km (80 to 400: 2 times the most)"
expect 0 validate far.yaml --json
true_of_json '.remarks | length == 1 and (.[0] | test("span 800 km"))'
echo 'trust: {bond: 0, bond_s: 60, forfeit_bp: [0, 1, 2]}' | cat far.yaml - >idle.yaml
expect 0 validate idle.yaml
holds out "Remark     trust.forfeit_bp and trust.bond_s have no effect: trust.bond is 0, so there are no bonds"
expect 0 validate idle.yaml --json
true_of_json '.remarks | length == 2 and (.[1] | startswith("trust.forfeit_bp and trust.bond_s have no effect"))'
echo 'trust: {bond_s: 60}' | cat exchange.yaml - >idle.yaml
expect 0 validate idle.yaml
holds out "Remark     trust.bond_s has no effect"
echo 'trust: {bond: 1, bond_s: 60, forfeit_bp: [0, 1, 2]}' | cat exchange.yaml - >bond.yaml
expect 0 validate bond.yaml
lacks out Remark
echo 'trust: {bond: 0, bond_s: 0, forfeit_bp: [0, 0, 0]}' | cat exchange.yaml - >none.yaml
expect 0 validate none.yaml
lacks out Remark
expect 0 key new --role operator --config exchange.yaml --key-file operator.key
[ "$(stat -c %a operator.key)" = 600 ] || complain "others can read a key"
serve --config exchange.yaml
mkdir bin && ln -s "$DCAT" bin/dcat
sed "s|127.0.0.1:8080|${url#http://}|" "$SOURCE_DIR/examples/exchange/agent.yaml" >agent.yaml
{
    echo 'trap "kill %1; wait" EXIT'
    sed -n '/^## Ten minutes/,/^Beyond this/p' "$SOURCE_DIR/docs/exchange.md" | awk '/^```/ { fence++; next } fence == 3' |
        sed "s|127.0.0.1:8080|${url#http://}|; s|\"deadline_s\": 10|\"deadline_s\": 100|"
} >ten.sh
(umask 022 && PATH=$PWD/bin:$PATH timeout 1200 bash ten.sh >ten.out 2>ten.err) || complain "docs/exchange.md, ten minutes: $(cat ten.out ten.err)"
grep -qE '^state +settled$' ten.out || complain "docs/exchange.md, ten minutes, settles nothing: $(cat ten.out ten.err)"
ask keys/alice.key /v1/tasks -d '{"origin":{"lat":52.5,"lon":13.4},"work_gigacycles":600,"data_megabits":20,"deadline_s":5}' >out
holds out '"area":"Berlin"'
expect 2 key new --role user --data data # it runs
stop
lacks served.err "did not learn"
serve --config far.yaml --data far
stop
holds served.err '"event":"policy","note":"a2c as shipped did not learn on such values: span 800 km'
expect 0 key new --role user --name alice --data data
holds out dk_user_
expect 2 serve --config exchange.yaml --listen 0.0.0.0:0
holds err "no loopback address"
while IFS='|' read -r what edit; do # what holds for all of a log
    sed "$edit" exchange.yaml >changed.yaml
    expect 2 serve --config changed.yaml
    holds err "begun with other rules: $what differs"
done <<'END'
market|s/^market:/&\n  share: load/
market|s/time_cost_per_s: 20/time_cost_per_s: 21/
clustering.span_max_km|s/span_max_km: .*/span_max_km: 300/
trust|$atrust: {bond: 5}
trust|$atrust: {benchmark: required}
END
sed -i 's/price_per_gigacycle: 10 /price_per_gigacycle: 11 /' exchange.yaml
expect 2 serve --config exchange.yaml
holds err "begun with other rules: m" # market, or money, whose spend cap follows the price

# With TLS, for which the certificate is made here.
if command -v openssl >/dev/null; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 \
        -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 >openssl.log 2>&1
    sed -i 's/price_per_gigacycle: 11 /price_per_gigacycle: 10 /' exchange.yaml
    printf 'tls: {certificate: cert.pem, key: key.pem}\n' >>exchange.yaml
    serve --config exchange.yaml
    [ "${url%%:*}" = https ] || complain "TLS is configured, but it answers at $url"
    [ "$(curl -sS --cacert cert.pem -o ready -w '%{http_code}' "$url/readyz")" = 200 ] || complain "no answer over TLS"
    stop
fi
finish
