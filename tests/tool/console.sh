#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The console in Debian's Chromium against a demo: tests/console/check.mjs. Takes part where CI or DCAT_FULL is set,
# with packages/ci.txt and node.txt. CONSOLE_SHOTS=FOLDER keeps its pictures.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

[ -n "${CI:-}${DCAT_FULL:-}" ] || skip "a browser is tried where CI or DCAT_FULL is set"
"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
! sanitized || skip "a browser is slow enough without sanitizers"
while read -r package; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || skip "$package is not installed (packages/ci.txt)"
done < <(grep -x chromium "$SOURCE_DIR/packages/ci.txt")
for program in node npm; do
    command -v "$program" >/dev/null || skip "$program is not installed (packages/node.txt)"
done

mkdir -p modules "${CONSOLE_SHOTS:=$PWD/shots}"
cp "$SOURCE_DIR"/tests/console/package*.json modules/
npm ci --prefix modules --no-audit --no-fund >npm.log 2>&1 || skip "playwright-core cannot be fetched: $(tail -n 2 npm.log)"

"$DCAT" compare paper --worlds 2 --cycles 2 --quiet --out report >out 2>&1 || complain "no report: $(cat out)"
"$DCAT" serve --demo --data demo --listen 127.0.0.1:0 >served.out 2>served.err &
pid=$!
trap 'kill -TERM $pid 2>/dev/null || true' EXIT
serving served.err "$pid"
status=0
cp "$SOURCE_DIR"/examples/exchange/{exchange.yaml,areas.csv} .
"$DCAT" key new --role operator --config exchange.yaml --data empty --key-file operator.key >/dev/null || complain "no key"
demo=$url
"$DCAT" serve --config exchange.yaml --data empty --listen 127.0.0.1:0 >empty.out 2>empty.err &
empty=$!
trap 'kill -TERM $pid $empty 2>/dev/null || true' EXIT
serving empty.err "$empty"
MODULES=$PWD/modules REPORT=$PWD/report/report.html EMPTY=$url timeout 3000 node "$SOURCE_DIR/tests/console/check.mjs" "$demo" demo/keys "$CONSOLE_SHOTS" >out 2>&1 || status=$?
cat out
[ "$status" -eq 0 ] || complain "the console: exit code $status"
stop_by TERM 0 "$empty" empty.err
stop_by TERM 0 "$pid" served.err
trap - EXIT
expect 0 replay demo
finish
