#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A disk that fills up under load: the exchange ends with code 1 and one line, and every task that it acknowledged is in
# the log that is found. The disk is a small file system in memory, in a mount namespace of its own.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
if [ -z "${IN_NAMESPACE:-}" ]; then
    mkdir full
    unshare -m mount -t tmpfs -o size=8m none full 2>/dev/null || skip "mounts need root"
    IN_NAMESPACE=1 exec unshare -m bash "$0" "$@"
fi
mount -t tmpfs -o size=8m none full

cp "$SOURCE_DIR/examples/exchange/areas.csv" .
sed -e 's/requests_per_s: .*/requests_per_s: 1000000/' -e 's/  tasks: .*/  tasks: 100000/' -e 's/^data: .*/data: full/' \
    "$SOURCE_DIR/examples/exchange/exchange.yaml" >exchange.yaml
for role in operator user; do
    expect 0 key new --role $role --config exchange.yaml --key-file $role.key
done
"$DCAT" serve --config exchange.yaml --listen 127.0.0.1:0 2>served.err &
server=$!
serving served.err "$server"
curl -sS -H "Authorization: Bearer $(cat operator.key)" "$url/v1/deposits" -d '{"party":"1","amount_micro":"100000000000000000"}' >out
"$DCAT" users --url "$url" --key-file user.key --rate 5000 --count 1000000 >users.out 2>users.err &
users=$!
code=0
timeout 1500 tail --pid="$server" -f /dev/null || complain "a full disk does not end it: $(cat served.err)"
wait "$server" || code=$?
kill "$users"
wait "$users" || true
[ "$code" -eq 1 ] || complain "it ends with $code: $(cat served.err)"
[ "$(grep -c 'the log cannot be written' served.err)" -eq 1 ] || complain "it does not say why: $(cat served.err)"
mkdir found && cp full/exchange.db* found/
expect 0 replay found --json
accepted=$(sed -n 's/^\([0-9]*\) accepted.*/\1/p' users.out)
[ "${accepted:-0}" -gt 0 ] || complain "nothing was accepted before it was full: $(cat users.out users.err)"
true_of_json ".tasks >= ${accepted:-0}"
finish
