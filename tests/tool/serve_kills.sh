#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIGKILL under load, 40 times (2 000 with DCAT_FULL): no acknowledged task is lost or doubled, and the log replays.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
sed -e 's/^admit: .*/admit: auto/' -e 's/requests_per_s: .*/requests_per_s: 1000000/' -e 's/  tasks: .*/  tasks: 1000000/' \
    "$SOURCE_DIR/examples/exchange/exchange.yaml" >exchange.yaml
cp "$SOURCE_DIR/examples/exchange/areas.csv" .
expect 0 key new --role operator --config exchange.yaml --key-file operator.key
timeout 3000 python3 "$SOURCE_DIR/tests/tool/serve_kills.py" "$DCAT" . "$([ -z "${DCAT_FULL:-}" ] && echo 40 || echo 2000)" >out 2>err ||
    complain "$(cat err)"
cat out
expect 0 replay data
holds out "root, balances and awards agree"

# 300 connections that are held and ask all at once: libmicrohttpd's epoll mode would sleep for ever.
load=$(dirname "$DCAT")/exchange-load
if [ -x "$load" ]; then
    "$DCAT" serve --config exchange.yaml --listen 127.0.0.1:0 2>served.err &
    pid=$!
    serving served.err "$pid"
    key=$(curl -sS -H "Authorization: Bearer $(cat operator.key)" "$url/v1/parties/1/keys" -d '{"kind":"bearer"}')
    jq -r .key <<<"$key" >user.key
    "$load" "${url#http://}" user.key 300 1 "$pid" || complain "300 held connections are not all answered"
    stop_by TERM 0 "$pid" served.err
fi
finish
