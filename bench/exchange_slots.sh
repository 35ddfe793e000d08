#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whether slots keep their time: simulated servers, a hundred an agent of a provider of its own, users that submit at a rate, slots of a second. Prints how
# long slots took (their auctions, and commits), how many were passed over, and what became of the tasks. Data goes to $TMPDIR.
#
# Usage: bench/exchange_slots.sh [DCAT [SERVERS [TASKS_A_SECOND [SECONDS]]]]
# shellcheck source=bench/exchange_support.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/exchange_support.sh" "${1:-}"
servers=${2:-1000} rate=${3:-1000} seconds=${4:-600}
settings 's/slot_s: .*/slot_s: 1/' 's/admit: .*/admit: auto/' 's/  dispute_s: .*/  dispute_s: 1/' 's/  tasks: .*/  tasks: 100000/' \
    's/  parts: .*/  parts: 400000/' 's/  tasks_per_slot: .*/  tasks_per_slot: 10000/' "s/  servers: .*/  servers: $servers/" \
    's/span_max_km: .*/span_max_km: 20/' 's/  cycle_s: .*/  cycle_s: 20\n  heartbeat_s: 60/'
serve
rich user
for ((first = 0; first < servers; first += 100)); do
    party provider "p$first" >/dev/null # an agent is told of all servers of its provider
    "$dcat" key new --sign "p$first.sign" >/dev/null
    printf 'exchange: {url: %s, key_file: p%d.key}\nsign_key_file: p%d.sign\njournal: p%d.db\nservers:\n' "$url" "$first" "$first" "$first"
    awk -v first="$first" -v n="$servers" 'BEGIN { srand(first); for (i = first; i < n && i < first + 100; i++) printf \
        "  - {name: s%d, lat: %.4f, lon: %.4f, speed_ghz: %.1f, cores: 100, backend: sim, factor: 0.8, ask: formula}\n", \
        i, 48 + 5.5 * rand(), 7 + 6.5 * rand(), 200 + 100 * rand() }'
done >agents
csplit -s -z -f agent -b %d.yaml agents '/^exchange:/' '{*}'
for config in agent*.yaml; do
    "$dcat" agent --config "$config" --quiet 2>>agents.log &
    pids+=($!)
done
"$dcat" users --url "$url" --key-file user.key --await "$servers" --rate "$rate" --count $((rate * seconds)) --work 100:200 --data 1 --deadline 3:6 --quiet
sleep 10
echo "processor: server $(($(used_us "$server") / 1000)) ms, agents $(($(used_us "${pids[@]:1}") / 1000)) ms; load $(cut -d ' ' -f 1-3 /proc/loadavg)"
curl -sS "$url/metrics" | grep -E '^dcat_(slot_seconds|commit_seconds|slots_skipped|recluster_late|recluster_seconds_(sum|count)|tasks_total|cycle |slot )'
