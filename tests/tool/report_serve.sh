#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat report --serve: the page and the tables of a run, and nothing else; until SIGTERM.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
expect 0 simulate paper --cycles 1 --tasks --clusters --servers --servers-by-cycle --network --bids --out run
echo secret >run/secret.txt
expect 2 report
holds err "Give --serve RUN"
expect 2 report --serve nothing
holds err "nothing: no run folder"
expect 2 report --serve run --listen 0.0.0.0:0
holds err "loopback"
expect 2 report --serve run --listen here
holds err "listen must be ADDRESS:PORT, such as 127.0.0.1:8080, got here"
"$DCAT" report --serve run >served 2>err &
pid=$!
url=
for _ in $(seq 6000); do
    url=$(sed -n 's/^run is shown at \([^,]*\), until Ctrl-C$/\1/p' served)
    [ -z "$url" ] || break
    sleep 0.1
done
[ -n "$url" ] || { complain "it does not begin: $(cat err)" && finish; }
code() { curl -sS -m 120 -o body -w '%{http_code}' --path-as-is "$@"; }
[ "$(code -D head "$url/")" = 200 ] || complain "/: $(cat body)"
holds head "Content-Security-Policy: default-src 'self'"
holds body '/console/run.js'
for file in run.js dom.js mapview.js lines.js chart.js console.css; do
    [ "$(code "$url/console/$file")" = 200 ] || complain "/console/$file is missing"
done
for table in cycles.csv tasks.csv clusters.csv servers.csv servers_by_cycle.csv areas.csv bids.csv summary.json manifest.json report.html; do
    [ "$(code "$url/run/$table")" = 200 ] || complain "/run/$table is missing"
    cmp -s body "run/$table" || complain "/run/$table is another file"
done
for path in run/secret.txt run/../run/secret.txt run/..%2fsecret.txt console/../secret secret run/; do
    [ "$(code "$url/$path")" = 404 ] || complain "/$path is served: $(head -c 100 body)"
done
[ "$(code -X POST -d x "$url/")" = 405 ] || complain "a POST is taken"
stop_by TERM 0 "$pid" err
finish
