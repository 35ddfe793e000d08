#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How soon the console paints: the page in Chromium on an exchange with 100 000 tasks in its store, from the address to the first
# paint and to its answers and rows; and what its requests take. Needs packages/ci.txt, packages/node.txt and playwright-core from npm.
# Usage: bench/console.sh [DCAT [TASKS]]. Data goes to $TMPDIR.
# shellcheck source=bench/exchange_support.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/exchange_support.sh" "${1:-}"
tasks=${2:-100000}
mkdir modules
cp "$here"/tests/console/package*.json modules/
npm ci --prefix modules --no-audit --no-fund >npm.log 2>&1 || { cat npm.log && exit 1; }

settings 's/  tasks: .*/  tasks: 20000/' 's/  tasks_per_slot: .*/  tasks_per_slot: 20000/' 's/  dispute_s: .*/  dispute_s: 0.1/' \
    's/slot_s: .*/slot_s: 0.1/'
serve
rich user
for batch in $(seq $((tasks / 1000))); do
    jq -cn --argjson b "$batch" '{tasks: [range(1000) | {key: (("0000000000000000" + (($b * 1000 + .) | tostring))[-16:]),
        task: {origin: {area: "Berlin"}, work_gigacycles: (500 + .), data_megabits: 20, deadline_s: 2}}]}' >batch.json
    curl -sS -H "Authorization: Bearer $(cat user.key)" "$url/v1/tasks:batch" -d @batch.json |
        jq -e '[.answers[] | select(.status != 201)] | length == 0' >/dev/null || { sleep 1 && echo "batch $batch: some were refused" >&2; }
done
ask /v1/overview | jq -c '{tasks: .tasks.accepted, open: .open_tasks}'
for path in /v1/overview '/v1/tasks?order=newest&limit=50' '/v1/tasks?order=newest&limit=50&after=50000' '/v1/transfers?order=newest&limit=50' '/v1/history?span=900' /v1/market; do
    for _ in 1 2 3 4 5; do ask "$path" -o answer -w '%{time_total} %{size_download}\n'; done | sort -n |
        awk -v path="$path" 'NR == 3 { printf "%-45s %5.1f ms, %6d bytes\n", path, 1000 * $1, $2 }'
done
cat >paint.mjs <<'END'
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
const {chromium} = createRequire(`${process.cwd()}/modules/`)('playwright-core');
const key = readFileSync('operator.key', 'utf8').trim();
const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox']});
const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
for (const [hash, ready] of [['overview', '.band .a'], ['tasks', 'table[data-list] tbody tr'], ['ledger', 'section[aria-label=Transfers] tbody tr']]) {
  const first = [], whole = [];
  for (let i = 0; i < 5; i++) {
    const page = await (await browser.newContext()).newPage();
    await page.addInitScript((k) => sessionStorage.setItem('dcat-key', k), key);
    const begun = Date.now();
    await page.goto(`${process.argv[2]}/#/${hash}`);
    await page.waitForSelector(ready, {timeout: 60000});
    whole.push(Date.now() - begun);
    first.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN));
    await page.context().close();
  }
  console.log(`${hash.padEnd(10)} first paint ${middle(first).toFixed(0)} ms, answers and rows ${middle(whole)} ms (medians of 5)`);
}
await browser.close();
END
node paint.mjs "$url"
kill -TERM "$server"
wait "$server"
