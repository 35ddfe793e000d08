#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat explain says what decided: competition, a lottery, a limit or a tie, in words and in JSON.
# jq has variables, too.
# shellcheck disable=SC2016
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

# Usage: explain AUCTION DECIDED WHY [OPTION...]; the text must hold WHY, the JSON both. Leaves out.
explain() {
    local auction=$1 decided=$2 why=$3
    shift 3
    expect 0 explain paper --auction "$auction" --cycle 2400 --task 7 "$@"
    grep -qE "$why" out || complain "explain of $auction $* does not say '$why'"
    cp out text
    expect 0 explain paper --auction "$auction" --cycle 2400 --task 7 --json "$@"
    jq -e --arg decided "$decided" --arg why "$why" \
        '(.award.decided_by // "nothing") == $decided and (.award.why | test($why))' out >/dev/null ||
        complain "explain of $auction $* has award $(jq -c .award out), not $decided"
}

# The README's example: the clock stops after ten rounds, all who accept its last price draw lots.
explain rea lottery "among 4 at the clock's last price: round 10 is the limit"
true_of_json '.award.among == 4 and .award.among == ([.clusters[] | select(.fate | test("lottery|not drawn"))] | length) and
    .award.payment as $price | [.clusters[] | select(.feasible and .bid <= $price)] | length == 4'
holds text 'won by lottery'
[ "$(grep -c 'still in, not drawn' text)" -eq 3 ] || complain "not three of four were left undrawn"
explain rea nothing 'candidates were left after round 10, the limit' --set auction.rea.round_end=unsold
explain rea nothing 'a tie, the last [0-9]+ candidates left on the same price cut, round 1' \
    --set auction.rea.decrement=0.02
explain rea lottery 'among [0-9]+ that left together in round 1' --set auction.rea.decrement=0.02 \
    --set auction.rea.all_left=lottery
explain rea-s price 'only one to accept the last price'
lacks text lottery
explain rea-s last-asked 'Tie: [0-9]+ would have left in round 1; the last one asked' \
    --set auction.rea_s.decrement=0.02
holds text 'won, asked last'
explain one-off lottery 'among [0-9]+ that accept the one price'
true_of_json '.award.among == ([.clusters[] | select(.feasible and .bid <= 0.8 * 16109.927931911985)] | length)'
explain vickrey lowest-bid 'lowest bid'
lacks text lottery
plain=(--set market.handicap_per_gigacycle_s=0 --set market.admission_per_gigacycle_s=0)
explain vickrey lottery 'among [0-9]+ equal lowest bids' --clusterer single "${plain[@]}" \
    --set 'servers.random.speed_ghz=[250,250]' --set 'demand.deadline_s=[10,10]'

# Tariffs: who opts out of its cluster's start price works nothing, the others share by load times tariff.
noisy=(paper-tight --cycle 2400 --task 7 --set servers.random.cost_noise=0.4 --set market.tariff_ceiling=1.1
    --set clustering.dear_alone=false --set market.task_order=arrival "${plain[@]}" --set market.ceiling_per_gigacycle=12)
expect 0 explain "${noisy[@]}"
holds out 'refused its 7713.3'
holds out 'Not served (no-bidder)'
expect 0 explain "${noisy[@]}" --set market.opt_out=true
holds out 'tariff/Gcycle  ratio'
holds out '1.2884  opted out'
expect 0 explain "${noisy[@]}" --set market.opt_out=true --json
true_of_json '.award.payment as $paid | .clusters[.award.cluster].members | (map(.payment) | add) / $paid | . > 0.999999 and . < 1.000001'
true_of_json '.clusters[.award.cluster] | .bid <= .start_price and
    ([.members[] | select(.share > 0)] | all(.payment >= .cost and .ratio <= 1.1)) and
    ([.members[] | select(.share == 0)] | length == 1 and all(.ratio > 1.1 and .payment == 0))'

finish
