#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Under market.queue: fifo every promised finish is one that a first-in-first-out queue keeps, whatever the scenario,
# auction and clusterer; under paper as many awards are late as the run says. DCAT_FULL: all of them with each other.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

python=/usr/bin/python3
[ -x "$python" ] || skip "there is no $python"
export PYTHONDONTWRITEBYTECODE=1

scenarios=(paper paper-tight chinanet follow-the-sun mixed-owners "$SOURCE_DIR/examples/own-network/scenario.yaml")
# From the program's own lists, so that a new one is not forgotten.
"$DCAT" simulate paper --clusterer nobody 2>clusterers || true
"$DCAT" simulate paper --auction nobody 2>auctions || true

run() {
    expect 0 simulate "$1" --auction "$2" --clusterer "$3" --set "market.queue=$4" --cycles 2 --tasks --clusters \
        --set clustering.anneal.iteration_max=20 --out run --force --quiet
}

replay() {
    "$python" "$SOURCE_DIR/examples/verify/replay.py" run >told 2>&1
}

keeps() {
    run "$1" "$2" "$3" fifo
    replay || complain "$1, $2, $3: $(cat told)"
    holds told " 0 finish after the promised moment"
    lacks told "run: 0 awards"
}

IFS=' ' read -ra clusterers <<<"$(sed -n 's/.*there are: //p' clusterers | tr -d ,)"
IFS=' ' read -ra auctions <<<"$(sed -n 's/.*there are: //p' auctions | tr -d ,)"
[ "${#clusterers[@]}" -ge 6 ] && [ "${#auctions[@]}" -ge 5 ] || complain "clusterers ${clusterers[*]}, auctions ${auctions[*]}"

for scenario in "${scenarios[@]}"; do
    for clusterer in "${clusterers[@]}"; do
        if [ -n "${DCAT_FULL:-}" ]; then
            for auction in "${auctions[@]}"; do
                keeps "$scenario" "$auction" "$clusterer"
            done
        else
            keeps "$scenario" rea-s "$clusterer"
        fi
    done
    for auction in "${auctions[@]}"; do
        keeps "$scenario" "$auction" linkage
    done
done

if [ -n "${DCAT_FULL:-}" ]; then
    expect 0 generate --servers 400 --out country --quiet
    for auction in "${auctions[@]}"; do
        keeps country/scenario.yaml "$auction" linkage
    done
fi

# ---- with the market's other settings
expect 0 simulate paper --set market.task_order=urgency --set market.handicap_per_gigacycle_s=0.3 --cycles 3 --tasks --clusters --out run --force --quiet
replay || complain "urgency and handicap: $(cat told)"

# ---- the paper's own rule: a replay and the run count the same late awards, and there are some
for auction in rea rea-s; do
    run paper "$auction" linkage paper
    status=0
    replay || status=$?
    [ "$status" -eq 1 ] || complain "the replay of rule paper exits with $status: $(cat told)"
    late=$(jq .late run/summary.json)
    [ "$late" -gt 50 ] || complain "only $late awards are late under rule paper"
    holds told ", $late of all after their deadline"
done

finish
