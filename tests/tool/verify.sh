#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Run folders recomputed by examples/verify, which shares nothing with dcat: 21 runs agree in every row, and a
# digit changed in any file is found in its row and column.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

python=/usr/bin/python3
[ -x "$python" ] || skip "there is no $python"
export PYTHONDONTWRITEBYTECODE=1

verify() {
    "$python" "$SOURCE_DIR/examples/verify/verify.py" "$1" >told 2>&1
}

# Usage: agrees NAME SCENARIO [OPTION...]
agrees() {
    local name=$1
    expect 0 simulate "${@:2}" --tasks --clusters --servers --network --bids --out "$name" --quiet
    verify "$name" || complain "$(cat told)"
    tail -n +2 "$name/tasks.csv" | cut -d , -f 17 >>outcomes
}

agrees rea paper --auction rea --clusterer kmeans --cycles 2
agrees one-off paper-tight --auction one-off --clusterer random --cycles 2
agrees posted paper --auction posted --cycles 2 --seed 3 --set 'demand.value_per_gigacycle=[16, 22]' \
    --set market.ceiling_per_gigacycle=0.7
agrees vickrey paper --auction vickrey --cycles 2 --set market.queue=paper --set market.task_order=urgency \
    --set market.handicap_per_gigacycle_s=0.3
agrees rea-s chinanet --cycles 2 --set market.handicap_per_gigacycle_s=0.3 --set market.task_order=urgency
agrees lottery chinanet --auction rea --cycles 2 --clusterer single --set auction.rea.round_max=unlimited \
    --set auction.rea.all_left=lottery --set market.queue=paper
agrees owned paper --auction rea-s --cycles 2 --set servers.random.owners=6
agrees halves paper-tight --auction rea --cycles 1 --clusterer single --set servers.random.owners=2
agrees shares paper-tight --cycles 2 --set market.share=tariff --set servers.random.tariff=cost \
    --set servers.random.cost_noise=0.2 --set market.tariff_ceiling=1.1 --set market.opt_out=true
agrees load paper --cycles 1 --auction posted --set market.share=load --set market.tariff_ceiling=1.3 \
    --set market.handicap_per_gigacycle_s=0.3 --set servers.random.cost_noise=0.3
agrees admitted paper --auction rea-s --cycles 2 --set market.task_order=urgency --set market.handicap_per_gigacycle_s=0.1 \
    --set market.admission_per_gigacycle=11 --set market.admission_per_gigacycle_s=5.7 --set servers.random.owners=20
agrees admitted-posted paper-tight --auction posted --cycles 1 --set market.queue=paper --set market.admission_per_gigacycle_s=12
agrees on-limits paper --auction rea-s --cycles 2 --set market.ceiling_on=limit --set market.task_order=urgency \
    --set market.handicap_per_gigacycle_s=0.9 --set market.ceiling_per_gigacycle=0.9 --set market.admission_per_gigacycle_s=7
agrees tariffs-on-limits paper-tight --auction vickrey --cycles 1 --set market.ceiling_on=limit --set market.queue=paper \
    --set market.handicap_per_gigacycle_s=3 --set market.tariff_ceiling=1.1 --set market.admission_per_gigacycle=17
agrees plain paper --auction one-off --cycles 1 --set market.task_order=urgency --set market.handicap_per_gigacycle_s=1 \
    --set market.admission_per_gigacycle=99
agrees own "$SOURCE_DIR/examples/own-network/with-tasks.yaml"
agrees hetero hetero --cycles 2
agrees chinanet-hetero chinanet-hetero --cycles 1 --auction vickrey --set market.task_order=urgency --set market.handicap_per_gigacycle_s=0.1
agrees hetero-opt-out hetero --cycles 1 --seed 2 --set market.opt_out=true --set market.tariff_ceiling=1.05 --set market.queue=paper \
    --set servers.random.owners=6
cp -r "$SOURCE_DIR/examples/mixed-network" few
sed -i 's/^main-2,v100,4/main-2,v100,1/' few/units.csv # nobody alone has 40 GiB
agrees mixed few/ --cycles 2 --clusterer single
agrees unsold paper-tight --auction rea --cycles 1 --set auction.rea.round_max=4 --set auction.rea.round_end=unsold

# ---- nothing of this was idle
for outcome in sold no-candidate no-bidder all-left round-limit not-admitted no-device over-value; do
    grep -qx "$outcome" outcomes || complain "no task of these runs ended as $outcome"
done

# ---- a wrong digit is found where it is
# Usage: refuses FOLDER FILE LINE COLUMN: the first digit of the cell is another.
refuses() {
    local file=$1/$2 line=$3 column=$4 status=0
    cp "$file" kept
    awk -F , -v OFS=, -v line="$line" -v column="$column" '
        NR == 1 { for (i = 1; i <= NF; i++) { if ($i == column) { at = i } } }
        NR == line && match($at, /[0-9]/) {
            $at = substr($at, 1, RSTART - 1) (substr($at, RSTART, 1) + 1) % 10 substr($at, RSTART + 1) }
        { print }' kept >"$file"
    cmp -s kept "$file" && complain "nothing was changed in $file, line $line, column $column"
    verify "$1" || status=$?
    [ "$status" -eq 1 ] || complain "a wrong $column in $file exits with $status: $(cat told)"
    holds told "$2, line $line, column $column: the folder says"
    cp kept "$file"
}

sold=$(awk -F , 'NR > 1 && $8 == 1 { print NR; exit }' rea-s/tasks.csv)
for column in work_gigacycles data_mb deadline_s candidates rounds transfer_s starting_time fee payment cost; do
    refuses rea-s tasks.csv "$sold" "$column"
done
refuses rea-s clusters.csv 3 cluster_speed_ghz
refuses rea-s clusters.csv 2 cluster_span_km
refuses rea-s bids.csv 40 bid
refuses rea-s bids.csv "$(awk -F , 'NR > 1 && $8 != "" { print NR; exit }' rea-s/bids.csv)" round_left
refuses rea-s links.csv 20 rate_mbps
refuses rea links.csv 500 rate_mbps
refuses rea paths.csv 100 seconds_per_bit
refuses rea servers.csv 5 earnings
refuses owned servers.csv 5 owner
refuses owned bids.csv 7 bidder
refuses owned bids.csv 7 stands
refuses rea cycles.csv 2 no_candidate

# ---- with classes of work: who can do what is in the sums of every row
gpu=$(awk -F , 'NR > 1 && $8 == 1 && $29 == "lm" { print NR; exit }' hetero/tasks.csv)
for column in processing_s fee payment limit cost queue_s candidates; do
    refuses hetero tasks.csv "$gpu" "$column"
done
sed -i "${gpu}s/,lm\$/,cyclegan/" hetero/tasks.csv
status=0
verify hetero || status=$?
[ "$status" -eq 1 ] || complain "another class exits with $status: $(cat told)"
sed -i "${gpu}s/,cyclegan\$/,lm/" hetero/tasks.csv
refuses hetero units.csv 4 unit_cost_per_gigacycle
refuses hetero units.csv 4 count
refuses hetero servers.csv 3 speed_ghz
refuses hetero servers.csv 3 utilisation
refuses hetero classes.csv 3 profit
refuses chinanet-hetero bids.csv 40 limit
# A device that is better at a class than the table says: found where it first counts.
awk -F , -v OFS=, '$1 == "v100" && $2 == "lm" { $3 *= 1.001 } { print }' hetero/efficiency.csv >better
cp better hetero/efficiency.csv
status=0
verify hetero || status=$?
[ "$status" -eq 1 ] || complain "another efficiency exits with $status: $(cat told)"
# Promises of every queue are kept; with one queue for all pools they would not be.
"$python" "$SOURCE_DIR/examples/verify/replay.py" chinanet-hetero >told 2>&1 || complain "$(cat told)"
sed -i 's/,gpu,0,each,/,cpu,0,each,/' chinanet-hetero/classes.csv
status=0
"$python" "$SOURCE_DIR/examples/verify/replay.py" chinanet-hetero >told 2>&1 || status=$?
[ "$status" -ne 0 ] || complain 'GPU work on CPUs keeps its promises'
expect 0 simulate hetero --cycles 1 --set resources.collapse=worst --tasks --clusters --servers --network --bids --out worst --quiet
status=0
verify worst || status=$?
[ "$status" -eq 2 ] || complain "a platform that is deceived exits with $status"
holds told 'resources.collapse'

# ---- a folder without all files
rm own/bids.csv
status=0
verify own || status=$?
[ "$status" -eq 2 ] || complain "a folder without bids.csv exits with $status"
holds told "bids.csv"

finish
