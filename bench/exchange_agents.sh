#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From an award to its agent: agents of as many providers, each a `dcat agent` with simulated servers, over HTTP, while
# users submit at a rate. Taken from the log, for every part of an award: from the slot that awarded it until the agent's
# word was in the log; how the tasks ended; and the processor time of an award, in the server and in all agents, all that
# they do meanwhile included. Data goes to $TMPDIR: its disk is measured, too.
#
# Usage: bench/exchange_agents.sh [DCAT [AGENTS [SERVERS_EACH [TASKS_A_SECOND [SECONDS]]]]]
# shellcheck source=bench/exchange_support.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/exchange_support.sh" "${1:-}"
agents=${2:-20} each=${3:-1} rate=${4:-60} seconds=${5:-10}
settings 's/slot_s: .*/slot_s: 0.1/' 's/cycle_s: .*/cycle_s: 5/' 's/admit: .*/admit: auto/' 's/dispute_s: .*/dispute_s: 0.1/' \
    's/span_max_km: .*/span_max_km: 1/'
serve
rich users
for ((i = 0; i < agents; i++)); do
    party provider "p$i" >/dev/null
    "$dcat" key new --sign "p$i.sign" >/dev/null
    {
        printf 'exchange: {url: %s, key_file: p%d.key}\nsign_key_file: p%d.sign\njournal: p%d.db\nservers:\n' "$url" "$i" "$i" "$i"
        for ((j = 0; j < each; j++)); do
            printf '  - {name: s%d, lat: %s, lon: %s, speed_ghz: 300, cores: 100, backend: sim, factor: 0.9, ask: formula}\n' \
                "$j" "$((50 + i % 20 / 10)).$((i % 10))$((j % 10))" "$((10 + i / 20)).$((j / 10 % 10))"
        done
    } >"p$i.yaml"
    "$dcat" agent --config "p$i.yaml" --quiet 2>>agents.log &
    pids+=($!)
done
until [ "$("$dcat" exchange status --url "$url" --key-file operator.key --json | sed -n 's/.*"active": \([0-9]*\).*/\1/p')" = $((agents * each)) ]; do
    sleep 0.5
done
running=("${pids[@]:1}")
before=("$(used_us "$server")" "$(used_us "${running[@]}")")
"$dcat" users --url "$url" --key-file users.key --rate "$rate" --count $((rate * seconds)) --work 1:5 --data 1 --deadline 3:6 --quiet
sleep 3
used=($(($(used_us "$server") - before[0])) $(($(used_us "${running[@]}") - before[1])))
kill "$server"
wait "$server"
python3 - "$agents" "$rate" "${used[@]}" "$(cut -d ' ' -f 1 /proc/loadavg)" <<'END'
import json, sqlite3, sys
db = sqlite3.connect("file:data/exchange.db?mode=ro", uri=True)
# An award names its slot; the events of that slot say when it was made.
made = dict(db.execute("SELECT slot, min(at_ns) FROM event WHERE kind = 'slot' GROUP BY slot"))
slot_of = {(task, attempt): slot for task, attempt, slot in db.execute("SELECT task, attempt, slot FROM award")}
delays = []
for at, body in db.execute("SELECT at_ns, body FROM event WHERE kind = 'ack'"):
    part = json.loads(body)["data"]
    delays.append((at - made[slot_of[part["task"], part["attempt"]]]) / 1e6)
delays.sort()
states = dict(db.execute("SELECT state, count(*) FROM task GROUP BY state"))
pick = lambda share: delays[min(len(delays) - 1, int(share * len(delays)))]
print(json.dumps({"agents": int(sys.argv[1]), "tasks_a_second": int(sys.argv[2]), "awards": len(slot_of), "acknowledged": len(delays),
                  "award_to_ack_ms": {"p50": round(pick(.5), 1), "p99": round(pick(.99), 1), "max": round(delays[-1], 1)}, "tasks": states,
                  "us_an_award": {"server": round(int(sys.argv[3]) / len(slot_of)), "agents": round(int(sys.argv[4]) / len(slot_of))},
                  "load": float(sys.argv[5])}))
END
